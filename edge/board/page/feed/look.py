"""One answer as the page is told it: numbers in less than a kilobyte, the picture apart, and what changes slowly.

Rule 1: pixels come from edge.screen.crop only, so no name on the screen is served. Rule 2: what is drawn on a picture is of that picture's own frame.
Rule 3: a withheld frame has no digit and nothing drawn on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

from PIL import Image

from edge.board.board import BoardState
from edge.board.terminal import Vitals
from edge.catalogue import NOTICE
from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.screen.crop import scan_only
from edge.types import Estimate, Frame, Landmarks, Pointing, Scan
from firmware_bridge.wire import Side

MOST_SIDE_PX = 720  # of the picture that is sent
MOST_HINT, MOST_SCREEN_LINES, MOST_SCREEN_COLUMNS = 160, 8, 24  # characters; an answer stays below a kilobyte
MOST_LINE = 200  # of a line about link, source or recording


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether frames are kept now. by_page: started here, so that it can be ended here."""

    on: bool = False
    by_page: bool = False
    frames: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What the page is told of one frame. frame is None where nothing of the picture may be shown; marker: where the profile says that the probe's
    marker is drawn, "" where none says it."""

    frame: Frame | None
    answer: Answer
    session: Session
    vitals: Vitals
    profile: str
    marker: str = ""
    recording: Recording = Recording()
    device_chose: bool = False


def side_of(session: Session) -> str | None:
    return None if session.side is Side.NONE else session.side.name.lower()


def numbers_of(look: Look) -> dict[str, Any]:
    """The answer without landmarks and picture. captured_ns is on the monotonic clock, which all processes of a machine share."""
    guidance, landmarks = look.answer.guidance, look.answer.landmarks
    found = guidance.estimate if isinstance(guidance, Pointing) else None
    return {
        "frame": guidance.frame_id,
        "captured_ns": look.answer.scan.captured_ns,
        "state": "pointing" if found else "withheld",
        "reason": None if isinstance(guidance, Pointing) else guidance.reason.name.lower(),
        "hint": guidance.hint[:MOST_HINT],
        "procedure": look.session.procedure.name.lower(),
        "side": side_of(look.session),
        "live": look.vitals.live,
        "view": landmarks.view if landmarks else None,
        "view_percent": int(100 * landmarks.view_confidence) if landmarks else None,
        **(_figures(found) if found else {}),
        "screen": [line[:MOST_SCREEN_COLUMNS] for line in look.vitals.device_screen[:MOST_SCREEN_LINES]],
    }


def _figures(found: Estimate) -> dict[str, float | None]:
    return {
        "depth_mm": round(found.depth_mm, 1),
        "depth_interval_mm": round(found.depth_interval_mm, 1),
        "angle_deg": round(found.angle_deg, 1),
        "angle_interval_deg": round(found.angle_interval_deg, 1),
        "insertion_mm": round(found.insertion_mm, 1),
        "lateral_mm": round(found.lateral_mm, 1),
        "pivot_mm": None if found.pivot_mm is None else round(found.pivot_mm, 1),
    }


def standing_of(look: Look, board: BoardState) -> dict[str, Any]:
    """What changes slowly: link, rates, the board, the recording."""
    vitals, scan, recording = look.vitals, look.answer.scan, look.recording
    return {
        "notice": NOTICE,
        "approach": look.session.approach,
        "profile": look.profile,
        "link": vitals.link[:MOST_LINE],
        "frames": vitals.frames,
        "frames_per_s": round(vitals.frames_per_s, 1),
        "path_ms": round(vitals.path_ms, 2),
        "overwritten": vitals.overwritten,
        "scale": [round(scan.mm_per_px_x, 4), round(scan.mm_per_px_y, 4), scan.scale_source] if isinstance(scan, Scan) else None,
        "temperature_c": board.temperature_c,
        "hot": board.hot or board.throttled,
        "under_voltage": bool(board.under_voltage),
        "recording": recording.on,
        "recording_by_page": recording.by_page,
        "recorded": recording.frames,
        "recording_trouble": recording.trouble[:MOST_LINE],
        "device_chose": look.device_chose,
    }


def picture_of(look: Look) -> tuple[dict[str, Any], bytes] | None:
    """The scan's grey levels, row by row, and what belongs on them; None where nothing of a picture may be shown. Places are in pixels of the
    picture, counted from its top left corner."""
    scan = look.answer.scan
    if look.frame is None or not isinstance(scan, Scan):
        return None
    kept = scan_only(look.frame, scan)
    if not kept.pixels.size:
        return None
    image = Image.fromarray(kept.pixels)
    factor = -(-max(image.size) // MOST_SIDE_PX)
    small = image.reduce(factor) if factor > 1 else image
    placed = _Placed(kept.offset_px, factor)
    header = {
        "frame": look.answer.guidance.frame_id,
        "captured_ns": scan.captured_ns,
        "size": list(small.size),
        "mm_per_px": [scan.mm_per_px_x * factor, scan.mm_per_px_y * factor],
        "origin": placed(scan.origin_px),
        "left": scan.orientation.value,
        "marker": look.marker,
        "procedure": look.session.procedure.name.lower(),
        "side": side_of(look.session),
        "live": look.vitals.live,
        "overlay": _overlay(look, scan, placed),
    }
    return header, small.tobytes()


@dataclass(frozen=True, slots=True)
class _Placed:
    """frame_px to pixels of a picture that begins at offset_px and is so many times smaller."""

    offset_px: tuple[int, int]
    factor: int

    def __call__(self, point_px: tuple[float, float]) -> list[float]:
        return [round((at - begin + 0.5) / self.factor, 2) for at, begin in zip(point_px, self.offset_px, strict=True)]


def _overlay(look: Look, scan: Scan, placed: _Placed) -> dict[str, Any] | None:
    """Target with its interval (mm), the needle's way in the plane, the landmarks; nothing of a withheld frame."""
    guidance = look.answer.guidance
    if not isinstance(guidance, Pointing):
        return None
    found = guidance.estimate
    return {
        "target": placed(found.target_px),
        "interval_mm": found.interval_mm,
        "entry": placed(_entry_px(found, scan)) if look.session.approach == "in_plane" else None,
        "landmarks": _points(look.answer.landmarks, placed),
    }


def _entry_px(found: Estimate, scan: Scan) -> tuple[float, float]:
    """Where the needle crosses the skin, in frame_px (DESIGN.md, "Geometry" 5, solved for the entry)."""
    bend = radians(found.angle_deg)
    u, v = found.target_px
    return u - found.insertion_mm * sin(bend) / scan.mm_per_px_x, v - found.insertion_mm * cos(bend) / scan.mm_per_px_y


def _points(landmarks: Landmarks | None, placed: _Placed) -> Mapping[str, list[list[float]]]:
    if landmarks is None:
        return {}
    return {name: [placed((point.x_px, point.y_px)) for point in points] for name, points in landmarks.points.items() if points}
