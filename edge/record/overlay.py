"""A recording as people watch it: each picture with what was answered drawn on it, and the answer in words beneath.

Rule 1: what is drawn is the answer that was given then, read from the recording; nothing is computed anew. Rule 2: a withheld picture has no target,
no needle and no number.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from edge.catalogue import NOTICE, PLANS
from edge.record import recording
from edge.record.recording import RecordingError
from edge.types import Frame, PointPx, Scan

LEAST_WIDTH_PX, STRIP_PX, FONT_PX, MARGIN_PX = 480, 84, 16, 8
GREEN, BLUE, YELLOW, GREY = (80, 255, 110), (110, 180, 255), (255, 215, 60), (170, 170, 170)
RgbImage = NDArray[np.uint8]  # (height_px, width_px, 3)


def pictures(path: Path) -> Iterator[tuple[int, RgbImage]]:
    """(captured_ns, picture) of every recorded frame that has pixels, all of one size: the first one's. Raises RecordingError."""
    size: tuple[int, int] | None = None
    approach = _stated_approach(recording.session_fields(path))
    for recorded, told in recording.read_answers(path):
        if recorded.frame is not None and isinstance(recorded.scan, Scan):
            picture = picture_of(recorded.frame, recorded.scan, told, in_plane=(approach or _approach_of(told)) == "in_plane")
            size = size or picture.size
            sheet = picture if picture.size == size else _on_sheet(picture, size)
            yield recorded.scan.captured_ns, np.asarray(sheet)
    if size is None:
        raise RecordingError(f"{path}: no picture in it: it was withheld throughout")


def _stated_approach(session: Mapping[str, Any]) -> str:
    """What the configuration of a recording stated over the procedure's own approach; empty for nothing."""
    stated: Any = session
    for key in ("configuration", "procedure", "approach"):
        stated = stated.get(key) if isinstance(stated, Mapping) else None
    return stated if isinstance(stated, str) else ""


def _approach_of(told: Mapping[str, Any]) -> str:
    """The answer's procedure's own approach; empty for a procedure that this version does not know."""
    plans = {procedure.name.lower(): plan.approach for procedure, plan in PLANS.items()}
    return plans.get(told.get("procedure", ""), "")


def picture_of(frame: Frame, scan: Scan, told: Mapping[str, Any], *, in_plane: bool) -> Image.Image:
    """One picture with what was answered. told: the answer's fields as a recording and replay have them; in_plane: the needle lies in the picture."""
    rows, columns = frame.pixels.shape
    width = max(LEAST_WIDTH_PX, columns + columns % 2)
    sheet = Image.new("RGB", (width, rows + rows % 2 + STRIP_PX))
    sheet.paste(Image.fromarray(frame.pixels).convert("RGB"), (0, 0))
    pen = ImageDraw.Draw(sheet)
    corner = frame.offset_px
    for points in (told.get("landmarks_px") or {}).values():
        for u, v, _, interval_mm in points:
            _ring(pen, (u - corner[0], v - corner[1]), interval_mm, scan, BLUE)
    if told["state"] == "pointing":
        _needle(pen, scan, told, corner, in_plane=in_plane)
    _words(pen, told, (width, sheet.height))
    return sheet


def _needle(pen: ImageDraw.ImageDraw, scan: Scan, told: Mapping[str, Any], corner: tuple[int, int], *, in_plane: bool) -> None:
    """The target's interval, and the way to it where it lies in the picture."""
    u, v = told["target_px"][0] - corner[0], told["target_px"][1] - corner[1]
    _ring(pen, (u, v), told["interval_mm"], scan, GREEN)
    pen.line([u - 4, v, u + 4, v], fill=GREEN)
    pen.line([u, v - 4, u, v + 4], fill=GREEN)
    if in_plane:
        lean, long_mm = radians(told["angle_deg"]), told["insertion_mm"]
        entry = (u - long_mm * sin(lean) / scan.mm_per_px_x, v - long_mm * cos(lean) / scan.mm_per_px_y)
        pen.line([entry, (u, v)], fill=GREEN, width=2)


def _ring(pen: ImageDraw.ImageDraw, centre: PointPx, radius_mm: float, scan: Scan, colour: tuple[int, int, int]) -> None:
    across, down = max(2.0, radius_mm / scan.mm_per_px_x), max(2.0, radius_mm / scan.mm_per_px_y)
    pen.ellipse([centre[0] - across, centre[1] - down, centre[0] + across, centre[1] + down], outline=colour, width=2)


def _words(pen: ImageDraw.ImageDraw, told: Mapping[str, Any], size: tuple[int, int]) -> None:
    """State and numbers, or reason and cure, under the picture; and that nobody validated it."""
    width, height = size
    font = ImageFont.load_default(FONT_PX)
    top = height - STRIP_PX + 2
    colour = GREEN if told["state"] == "pointing" else YELLOW
    characters = int((width - 2 * MARGIN_PX) / pen.textlength("n", font=font))
    for number, line in enumerate(textwrap.wrap(words(told), characters)[:3]):
        pen.text((MARGIN_PX, top + number * (FONT_PX + 4)), line, fill=colour, font=font)
    pen.text((MARGIN_PX, height - FONT_PX - 4), NOTICE, fill=GREY, font=ImageFont.load_default(FONT_PX - 3))


def words(told: Mapping[str, Any]) -> str:
    """An answer's fields in words."""
    if told["state"] == "pointing":
        depth = f"depth {told['depth_mm']:.1f} mm, angle {told['angle_deg']:+.1f} deg"
        return f"POINTING  {depth}, insertion {told['insertion_mm']:.1f} mm, within {told['interval_mm']:.1f} mm"
    return f"WITHHELD  {str(told['reason']).replace('_', ' ')}: {told['hint'] or ''}"


def _on_sheet(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture of another size: whole where it fits, its words always."""
    sheet = Image.new("RGB", size)
    sheet.paste(picture.crop((0, 0, picture.width, picture.height - STRIP_PX)), (0, 0))
    sheet.paste(picture.crop((0, picture.height - STRIP_PX, picture.width, picture.height)), (0, size[1] - STRIP_PX))
    return sheet
