"""What on a screen says that a scan's upper edge is no probe's face."""

from __future__ import annotations

import numpy as np
import pytest

from edge.against import under_a_panel
from edge.digits import Number
from edge.labels import label_ticks
from edge.ruler import Ruler
from edge.types import ScanGeometry

LEFT, TOP, RIGHT, BOTTOM = 200, 100, 600, 700
FLAT = ScanGeometry("rectangle", LEFT, TOP, RIGHT, BOTTOM)
ECHOES = np.random.default_rng(1).integers(20, 160, (BOTTOM - TOP, RIGHT - LEFT)).astype(np.uint8)
PANELS = [
    ("none", None, False),
    ("as wide as the scan", (LEFT, 60, RIGHT, TOP), True),
    ("wider", (LEFT - 30, 60, RIGHT + 80, TOP), True),
    ("across all of the screen", (0, 60, 900, TOP), False),
    ("above a gap", (LEFT - 30, 40, RIGHT + 80, TOP - 20), False),
    ("narrower", (LEFT + 100, 60, RIGHT, TOP), False),
    ("the ground that the scan lies on", (LEFT - 100, 20, RIGHT + 100, 760), False),
]


@pytest.mark.parametrize(("name", "panel", "expected"), PANELS, ids=[each[0] for each in PANELS])
def test_a_panel_on_a_face_may_hide_it(name: str, panel: tuple[int, int, int, int] | None, expected: bool) -> None:
    pixels = np.zeros((800, 900), np.uint8)
    if panel:
        pixels[panel[1] : panel[3], panel[0] : panel[2]] = 70
    pixels[TOP:BOTTOM, LEFT:RIGHT] = ECHOES
    assert under_a_panel(pixels, FLAT) is expected, name


COUNTED = [("labels", 420.0, 108.0, {10.0, 1.0}), ("a wheel of depths", 279.0, 60.0, set())]


@pytest.mark.parametrize(("name", "first_px", "apart_px", "expected"), COUNTED, ids=[each[0] for each in COUNTED])
def test_numbers_that_do_not_count_whole_marks_are_no_labels(name: str, first_px: float, apart_px: float, expected: set[float]) -> None:
    """Marks each 108 pixels; of five numbers the middle one, which is larger, is none of theirs. 60 pixels apart they count 1.8 a mark, not 2."""
    ruler = Ruler(True, 108.0, 96.0, 8, 0.1, 1000, 1007)
    rows = [first_px + apart_px * step for step in (0, 1, 3, 4)]
    numbers = [Number(value, "", 1045, round(row) - 7, 1054, round(row) + 8, 0.99) for value, row in zip((3, 4, 6, 7), rows, strict=True)]
    assert label_ticks(ruler, numbers, 0.0) == expected, name
