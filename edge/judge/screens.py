"""The demonstration's frames on a video screen of any size: what a benchmark shows the path where there is no scanner."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from edge.record.recording import Recorded, read
from edge.screen.profile import OrientationPart, Profile, RulerPart
from edge.types import GrayImage, Scan, ScreenLeft

DEMONSTRATION = Path(__file__).resolve().parents[2] / "models" / "demonstration.mcap"
HELD_FROM = 60  # the recorded probe stands still over the facet joint from here, and every frame is pointed from
TICK_MM = 10.0
TICK_PX = (2, 10)  # rows, columns
TICK_GREY = 220
FILLS = 0.9  # of the screen's height or width
# the drawn ruler has no labels: its marks are stated, as a profile states them
PROFILE = Profile("bench", ruler=RulerPart(tick_mm=TICK_MM), orientation=OrientationPart(ScreenLeft.PATIENT_LEFT))


def screens(size_px: tuple[int, int], count: int, path: Path = DEMONSTRATION) -> list[GrayImage]:
    """So many pictures (size_px: columns, rows) in a row, of the right facet joint: scan and ruler on black. Raises RecordingError."""
    return [screen_of(item, size_px) for item in islice(read(path), HELD_FROM, HELD_FROM + count)]


def screen_of(item: Recorded, size_px: tuple[int, int]) -> GrayImage:
    """One recorded scan as large as the screen allows, with a tick for each centimetre beside it."""
    assert item.frame is not None
    assert isinstance(item.scan, Scan)
    pixels, (_, top) = item.frame.pixels, item.frame.offset_px
    rows, columns = pixels.shape
    scale = FILLS * min(size_px[0] / columns, size_px[1] / rows)
    wide, high = round(columns * scale), round(rows * scale)
    picture = np.zeros(size_px[::-1], np.uint8)
    x, y = (size_px[0] - wide) // 2, (size_px[1] - high) // 2
    picture[y : y + high, x : x + wide] = np.asarray(Image.fromarray(pixels).resize((wide, high), Image.Resampling.BILINEAR))
    zero, pitch = y + (item.scan.origin_px[1] - top + 0.5) * high / rows, TICK_MM / item.scan.mm_per_px_y * high / rows
    for row in np.arange(zero, y + high, pitch):
        picture[round(row - TICK_PX[0] / 2) : round(row + TICK_PX[0] / 2), x + wide + 8 : x + wide + 8 + TICK_PX[1]] = TICK_GREY
    return picture
