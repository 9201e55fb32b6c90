"""Where a scan ends whose far field is dark: with the ruler beside it, whose marks begin at the face and end with the scan.

Rule 1: a far edge that is seen counts; the ruler is asked only where none is.
Rule 2: the scan ends at the ruler's last mark or less than a mark below. What lies farther down is writing, unless it fills the scan's width.
Rule 3: face, apex, sides and origin stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge.edges import shown
from edge.foreign import LEAST_DEEP, endless_of
from edge.ruler import Ruler
from edge.scale import TICKS_MM
from edge.scan_area import Area, origin_of
from edge.shape import Floats, reaching
from edge.types import ScanGeometry

SAME_SCALE = 0.015  # a ruler's marks stand as far apart as the scale says
ZERO_PX, ZERO_SHARE = 1.6, 0.06  # the ruler's zero off the face: rows, share of a mark's distance
FILLED = 0.3  # of beams and steps below the ruler's end: so much is a scan, not writing
LEAST_MARKS = 4
MOST_SHORT_PX = 2.0  # above the last mark an edge is as good as on it
MOST_GAP_PX = 3
CUT_PX = 3  # a box so much narrower than its fan is cut by the screen


def zero_reach_px(ruler: Ruler) -> float:
    """How far (rows) a ruler's zero may stand off the face."""
    return max(ZERO_PX, ZERO_SHARE * ruler.pitch_px)


def as_deep_as_ruler(area: Area, rulers: tuple[Ruler, ...], mm_per_px_y: float) -> Area:
    """The area with its far edge where the finest ruler of this scale says that it is; as it was where the edge is seen or no ruler tells it."""
    if area.seen.far_edge:
        return area
    face = origin_of(area.geometry)[1]
    own = [each for each in rulers if _measures(each, face, mm_per_px_y)]
    if not own:
        return area
    ruler = min(own, key=lambda each: (round(each.pitch_px), -each.count))
    geometry, last = area.geometry, _last_mark(ruler, area)
    if last - MOST_SHORT_PX <= _far_row(geometry) <= last + ruler.pitch_px:
        return area
    shown_at = shown(area.foreground.pixels, endless_of(area.geometry, area.foreground.pixels.shape), area.pixel_aspect)
    begin = 0.0 if geometry.apex_px is None else geometry.apex_px[1]
    low, high, far = round(last - begin), round(last + ruler.pitch_px - begin), round(_far_row(geometry) - begin)
    below = shown_at[high : max(high, far)]
    if below.size and below.mean() > FILLED:
        return area
    return replace(area, geometry=_ending(geometry, last + _goes_on(shown_at[low:high]), area))


def _last_mark(ruler: Ruler, area: Area) -> float:
    """The row of the last mark before two that are missing, and not of one that stands alone below a missing one: farther down a line of writing
    may pass for one."""
    mask = area.foreground.pixels
    rows = np.round(ruler.first_px + ruler.pitch_px * np.arange(ruler.count)).astype(np.int64)
    near = np.clip(rows[:, None] + np.arange(-1, 2), 0, mask.shape[0] - 1)
    missing = np.logical_not(mask[near, ruler.low_px : ruler.high_px].any(axis=(1, 2)))
    gaps = np.flatnonzero(missing[:-1] & missing[1:])
    count = int(gaps[0]) if gaps.size and gaps[0] >= LEAST_MARKS else ruler.count
    if count > LEAST_MARKS and missing[count - 2] and not missing[count - 1]:
        count -= 2
    return ruler.first_px + ruler.pitch_px * (count - 1)


def _goes_on(share: Floats) -> float:
    """How many steps the scan goes on at least, from the first on: to the last that shows something before a gap."""
    steps = np.flatnonzero(share >= LEAST_DEEP)
    gaps = np.flatnonzero(np.diff(np.concatenate([[0], steps])) > MOST_GAP_PX)
    steps = steps[: gaps[0]] if gaps.size else steps
    return float(steps[-1]) if steps.size else 0.0


def _measures(ruler: Ruler, face: float, mm_per_px_y: float) -> bool:
    """Whether a ruler's marks stand as far apart as the scale says, from the face on."""
    tick_mm = ruler.pitch_px * mm_per_px_y
    return min(abs(tick_mm / each - 1) for each in TICKS_MM) <= SAME_SCALE and abs(ruler.first_px - face) <= zero_reach_px(ruler)


def _far_row(geometry: ScanGeometry) -> float:
    """The deepest row on the axis."""
    return float(geometry.bottom_px - 1) if geometry.apex_px is None else geometry.apex_px[1] + geometry.outer_radius_px


def _ending(geometry: ScanGeometry, row: float, area: Area) -> ScanGeometry:
    """The geometry with its far edge at this row of the axis; sides that the screen cuts upright stay cut."""
    shape = area.foreground.pixels.shape
    if geometry.apex_px is None:
        return replace(geometry, bottom_px=min(shape[0], round(row) + 1))
    whole = reaching(geometry, geometry.outer_radius_px, shape, area.pixel_aspect)
    ended = reaching(geometry, row - geometry.apex_px[1] + 0.5, shape, area.pixel_aspect)
    left = geometry.left_px if geometry.left_px > whole.left_px + CUT_PX else ended.left_px
    right = geometry.right_px if geometry.right_px < whole.right_px - CUT_PX else ended.right_px
    return replace(ended, left_px=left, right_px=right)
