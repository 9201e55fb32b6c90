"""Where a scan ends whose far field is dark: with the ruler beside it, whose marks begin at the face and end with the scan.

Rule 1: a far edge that most beams end at counts; where few do, it may be a wide bone, and a ruler that goes on below it tells the end.
Rule 2: the scan ends at the ruler's last mark, or where less than a mark below many beams end together. What lies farther down is writing.
Rule 3: face, apex, sides and origin stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.edges import shown
from edge.screen.area.foreground import distance_table
from edge.screen.area.foreign import LEAST_DEEP, end_within, endless_of, writing_rows
from edge.screen.area.scan_area import Area, origin_of
from edge.screen.area.shape import Floats, as_deep
from edge.screen.ruler.marks import TICKS_MM
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage, ScanGeometry

SAME_SCALE = 0.015  # a ruler's marks stand as far apart as the scale says
ZERO_PX, ZERO_SHARE = 1.6, 0.06  # the ruler's zero off the face: rows, share of a mark's distance
MISSING_FIRST = (2, 3)  # marks that may be drawn, or taken for marks, above the face; marks from the face on that may not be seen
MARK_INK = 15  # grey levels by which a mark stands out along the ruler
LIKE_MARK = 0.6  # of the columns that the ruler's marks fill: so many a mark fills
MOST_SHORT_PX = 2.0  # above the last mark, or below the one that would follow, an edge is as good as on it
MOST_GAP_PX = 3
BRIGHT = 12  # grey levels from the background


def zero_reach_px(ruler: Ruler) -> float:
    """How far (rows) a ruler's zero may stand off the face."""
    return max(ZERO_PX, ZERO_SHARE * ruler.pitch_px)


def as_deep_as_ruler(area: Area, rulers: tuple[Ruler, ...], mm_per_px_y: float, pixels: GrayImage) -> Area:
    """The area with its far edge where the finest ruler of this scale says that it is; as it was where the edge is seen or no ruler tells it.
    An edge of which a part is seen only moves down, by more than a mark. test_a_wide_bone_is_no_far_edge_where_the_ruler_goes_on."""
    if area.seen.sure_far_edge:
        return area
    face = origin_of(area.geometry)[1]
    own = [each for each in rulers if _measures(each, face, mm_per_px_y)]
    if not own:
        return area
    ruler = min(own, key=lambda each: (round(each.pitch_px), -each.count))
    geometry, last = area.geometry, _last_mark(ruler, pixels)
    if area.seen.far_edge and _far_row(geometry) > last - MOST_SHORT_PX - ruler.pitch_px:
        return area
    if last - MOST_SHORT_PX <= _far_row(geometry) <= max(last + ruler.pitch_px, ruler.first_px + ruler.span_px) + MOST_SHORT_PX:
        return area
    mask, endless = area.foreground.pixels, endless_of(area.geometry, area.foreground.pixels.shape)
    shown_at = shown(mask, endless, area.pixel_aspect)
    begin = 0.0 if geometry.apex_px is None else geometry.apex_px[1]
    low, high = round(last - begin), round(last + ruler.pitch_px - begin)
    bright = mask & (distance_table(area.foreground.levels)[pixels] > BRIGHT) & ~writing_rows(mask, endless, area.pixel_aspect)[:, None]
    echoes = shown(bright, endless, area.pixel_aspect)[low : high + 1]
    end = end_within(shown_at, low, high)
    row = last + _last_echo(echoes) if end is None else begin + end - 1
    return replace(area, geometry=_ending(geometry, row, area))


def _last_mark(ruler: Ruler, pixels: GrayImage) -> float:
    """The row of the last mark: as wide as the others, and with no more marks missing above it than stand there. Farther down a box around a printed
    depth, or a line of writing, may pass for marks."""
    strip = pixels[:, ruler.low_px : ruler.high_px].astype(np.int16)
    rows = np.round(ruler.first_px + ruler.pitch_px * np.arange(ruler.count)).astype(np.int64)

    def brightest(at: NDArray[np.int64]) -> NDArray[np.int16]:
        return np.asarray(strip[np.clip(at[:, None] + np.arange(-1, 2), 0, strip.shape[0] - 1)].max(axis=1), np.int16)

    half = max(3, round(ruler.pitch_px / 2))
    ink = brightest(rows) - np.maximum(brightest(rows - half), brightest(rows + half)) >= MARK_INK
    usual = ink.mean(axis=0) >= 0.5
    if not usual.any():
        return ruler.first_px + ruler.span_px
    there = np.flatnonzero(ink[:, usual].mean(axis=1) >= LIKE_MARK)
    runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)
    while len(runs) > 1 and len(runs[-1]) < runs[-1][0] - runs[-2][-1]:
        runs.pop()
    return ruler.first_px + ruler.pitch_px * float(runs[-1][-1])


def _last_echo(share: Floats) -> int:
    """How many steps beyond the last mark something bright goes on without a gap. Faint noise and halo do not tell."""
    there = np.flatnonzero(share >= LEAST_DEEP)
    gaps = np.flatnonzero(np.diff(np.concatenate([[0], there])) > MOST_GAP_PX)
    there = there[: gaps[0]] if gaps.size else there
    return int(there[-1]) if there.size else 0


def _measures(ruler: Ruler, face: float, mm_per_px_y: float) -> bool:
    """Whether a ruler's marks stand as far apart as the scale says, one of them at the face. What is drawn at the face may hide the first, and the
    screen's writing may pass for one above."""
    tick_mm = ruler.pitch_px * mm_per_px_y
    first = round((ruler.first_px - face) / ruler.pitch_px)
    at_face = abs(ruler.first_px - first * ruler.pitch_px - face) <= zero_reach_px(ruler)
    return at_face and -MISSING_FIRST[0] <= first <= MISSING_FIRST[1] and min(abs(tick_mm / each - 1) for each in TICKS_MM) <= SAME_SCALE


def _far_row(geometry: ScanGeometry) -> float:
    """The deepest row on the axis."""
    return float(geometry.bottom_px - 1) if geometry.apex_px is None else geometry.apex_px[1] + geometry.outer_radius_px


def _ending(geometry: ScanGeometry, row: float, area: Area) -> ScanGeometry:
    """The geometry with its far edge at this row of the axis; sides that the screen cuts upright stay cut."""
    shape = area.foreground.pixels.shape
    if geometry.apex_px is None:
        return replace(geometry, bottom_px=min(shape[0], round(row) + 1))
    return as_deep(geometry, row - geometry.apex_px[1] + 0.5, shape, area.pixel_aspect)
