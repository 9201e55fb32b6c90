"""What lies in a shape and is no scan: lines of writing and rulers below the scan, and whatever stands beyond an upright edge that cuts a fan.

Rule 1: a scan goes on to the deepest step at which something shows that is not writing.
Rule 2: writing stands in lines: low bands of rows, dark above and below, of many marks side by side or of words. An echo is one piece or a few.
Rule 3: a fan is cut where many rows end in one column and almost nothing shows beyond; a screen's window is as wide on both sides of the apex.
"""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.edges import shown
from edge.screen.area.sector import sector_mask
from edge.screen.area.shape import CORNER_PX, Floats, Mask, as_deep, reaching
from edge.types import ScanGeometry

LEAST_DEEP = 0.03  # of the beams: so many show something at the deepest step
TALLEST_LINE = 0.05  # of the picture's height: a line of writing is no higher
LEAST_LINE = 0.015  # of the columns: so much of a row shows in a line of writing; noise shows less
LEAST_MARKS, MARK_HEIGHT = 4, 0.5  # side by side in a line of writing; of its height, at least
WORD_WIDTH = 5  # of a line's height
SIDE_PX, SIDE_GAP_PX = 24, 2  # from a side: so near letters stand on both sides of it; so near a side's own edge may smear
FILLED = 0.6  # of the width: what fills so much of a row is a scan
LINE_GAP_PX = 2  # dark rows above and below a line of writing
THICKEST_LINE_PX, LINE_WIDTH, LINE_FILLED = 6, 20, 0.5  # of a level line or a row of dots: rows; columns for each row; share of the columns
CUT_INSIDE_PX, CUT_OUTSIDE_PX, CUT_GAP_PX = 3, 4, 2
LEAST_CUT_ROWS, SURE_CUT_ROWS = 8, 24  # rows that may end at a cut
LEAST_CUT = (0.35, 0.6)  # share of them that do: where both sides are cut alike, and on one side alone
MOST_BEYOND = 0.12  # of the part cut off: so much may be a ruler or writing
END_PX, END_SHARE = 8, 0.02  # rows before and after an edge; of the depth, so far from the shape's far edge it may lie
LEAST_END, MOST_AFTER = 0.15, 0.35  # of the beams that show something before a far edge, and of these after it
INSIDE_PX, END_GAP_PX, LEAST_GOING_ON = 3, 8, 0.05  # what goes on has no gap of so many rows in which fewer beams show something


def deepest(mask: Mask, geometry: ScanGeometry, aspect: float) -> float:
    """The last step (row, or range from the apex in rows) at which the shape, were it endless, shows anything but writing."""
    endless = endless_of(geometry, mask.shape)
    there = _steps_without(writing_rows(mask, endless, aspect), mask, endless, aspect)
    return float(there[-1] + 1) if there.size else 0.0


def _steps_without(written: Mask, mask: Mask, geometry: ScanGeometry, aspect: float) -> NDArray[np.intp]:
    """The steps at which something shows that does not lie in these rows."""
    return np.flatnonzero(shown(np.logical_and(mask, ~written[:, None]), geometry, aspect) >= LEAST_DEEP)


def endless_of(geometry: ScanGeometry, shape: tuple[int, int]) -> ScanGeometry:
    """The shape as deep as the picture, its box too."""
    if geometry.apex_px is None:
        return replace(geometry, bottom_px=shape[0])
    return replace(geometry, outer_radius_px=2.0 * shape[0], left_px=0, right_px=shape[1], bottom_px=shape[0])


def writing_rows(mask: Mask, geometry: ScanGeometry, aspect: float) -> Mask:
    """(rows,) of the picture that within this shape hold writing and nothing else."""
    box = geometry.box_px
    part, sector = mask[box[1] : box[3], box[0] : box[2]], sector_mask(geometry, aspect, box)
    inside = part if sector is None else part & sector
    width = np.full(part.shape[0], part.shape[1]) if sector is None else np.maximum(1, sector.sum(axis=1))
    found = np.zeros(mask.shape[0], np.bool_)
    for first, end in bands(np.asarray(inside.sum(axis=1) >= LEAST_LINE * width, np.bool_), LINE_GAP_PX):
        band = inside[first:end]
        low = end - first <= TALLEST_LINE * mask.shape[0] and float((band.sum(axis=1) / width[first:end]).max()) < FILLED
        passes = sector is None and _passes_a_side(mask[box[1] + first : box[1] + end], geometry)
        if (low and (passes or _many_marks(band))) or (sector is not None and _is_line(band)):
            found[box[1] + first : box[1] + end] = True
    return found


def bands(filled: Mask, gap: int) -> list[tuple[int, int]]:
    """First and end of each run of what is filled; runs no more than `gap` apart are one."""
    at = np.flatnonzero(filled)
    if not at.size:
        return []
    breaks = np.flatnonzero(np.diff(at) > gap)
    return list(zip(at[np.r_[0, breaks + 1]].tolist(), (at[np.r_[breaks, at.size - 1]] + 1).tolist(), strict=True))


def _many_marks(band: Mask) -> bool:
    """Whether a band of rows holds marks side by side, as high as it is, or a word: letters that run together."""
    marks = [band[:, first:end] for first, end in bands(np.asarray(band.any(axis=0), np.bool_), 1)]
    high = [mark.shape[1] for mark in marks if np.ptp(np.flatnonzero(mark.any(axis=1))) + 1 >= MARK_HEIGHT * band.shape[0]]
    word = band.shape[0] > THICKEST_LINE_PX and max(high, default=0) >= WORD_WIDTH * band.shape[0]
    return word or len(high) >= LEAST_MARKS


def _passes_a_side(band: Mask, geometry: ScanGeometry) -> bool:
    """Whether what a band of rows of the picture holds stands on both sides of one of a rectangle's sides: a scan ends there."""
    for edge in (geometry.left_px, geometry.right_px):
        before, after = band[:, max(0, edge - SIDE_PX) : max(0, edge - SIDE_GAP_PX)], band[:, edge + SIDE_GAP_PX : edge + SIDE_PX]
        if before.any() and after.any():
            return True
    return False


def _is_line(band: Mask) -> bool:
    """Whether a band is a level line: what echoes in a fan, lies along arcs."""
    at = np.flatnonzero(band.any(axis=0))
    wide = max(LINE_WIDTH * band.shape[0], int(np.ptp(at)))
    return bool(band.shape[0] <= THICKEST_LINE_PX and at.size >= LINE_FILLED * wide)


def without_corners(mask: Mask, geometry: ScanGeometry, aspect: float) -> ScanGeometry:
    """A fan with its box cut upright where the screen's window ends; as it was where no cut is seen."""
    if geometry.apex_px is None:
        return geometry
    box = geometry.box_px
    sector = sector_mask(geometry, aspect, box)
    assert sector is not None
    inside = mask[box[1] : box[3], box[0] : box[2]] & sector
    axis = geometry.apex_px[0] - geometry.left_px
    whole = reaching(geometry, geometry.outer_radius_px, mask.shape, aspect)
    turned, reach = (inside[:, ::-1], sector[:, ::-1]), sector.shape[1] - 1 - axis
    left = (axis, LEAST_CUT[1]) if geometry.left_px > whole.left_px + CORNER_PX else _cut(*turned, axis=reach)
    right = (reach, LEAST_CUT[1]) if geometry.right_px < whole.right_px - CORNER_PX else _cut(inside, sector, axis=axis)
    alike = left[1] > 0 and right[1] > 0 and abs(left[0] - right[0]) <= CORNER_PX
    told = [far for far, seen in (left, right) if seen >= LEAST_CUT[1] or alike]
    if not told:
        return geometry
    least = min(told)
    found = geometry
    if axis > least and _dark_beyond(*turned, round(reach + least)):
        found = replace(found, left_px=max(found.left_px, round(geometry.apex_px[0] - least)))
    if reach > least and _dark_beyond(inside, sector, round(axis + least)):
        found = replace(found, right_px=min(found.right_px, round(geometry.apex_px[0] + least) + 1))
    return found


def _cut(inside: Mask, sector: Mask, *, axis: float) -> tuple[float, float]:
    """How far right of the axis (columns) the fan is cut, and the share of rows that end together in that last column: 0 where none do."""
    begin, columns = max(0, round(axis)), inside.shape[1]
    near, far = inside.copy(), np.zeros_like(inside)
    for step in range(1, CUT_INSIDE_PX):
        near[:, step:] |= inside[:, :-step]
    for step in range(CUT_GAP_PX, CUT_GAP_PX + CUT_OUTSIDE_PX):
        far[:, :-step] |= inside[:, step:]
    reach = CUT_GAP_PX + CUT_OUTSIDE_PX - 1
    both = np.zeros_like(sector)
    both[:, :-reach] = sector[:, :-reach] & sector[:, reach:]
    rows = both.sum(axis=0)
    share = np.where(rows >= LEAST_CUT_ROWS, (both & near & ~far).sum(axis=0) / np.maximum(rows, 1), 0.0)
    for column in range(columns - 1, begin, -1):
        if share[column] >= LEAST_CUT[0] and _dark_beyond(inside, sector, column):
            low = max(begin, column - CUT_OUTSIDE_PX)
            at = low + int(np.argmax(share[low : column + 1]))
            return at - axis, float(share[at]) if rows[at] >= SURE_CUT_ROWS else LEAST_CUT[0]
    return np.inf, 0.0


def _dark_beyond(inside: Mask, sector: Mask, column: int) -> bool:
    """Whether right of a column the fan shows almost nothing."""
    beyond = np.s_[:, column + CUT_GAP_PX :]
    shape, set_there = int(sector[beyond].sum()), int(inside[beyond].sum())
    return shape > 0 and set_there <= MOST_BEYOND * shape


def without_writing(mask: Mask, geometry: ScanGeometry, aspect: float) -> ScanGeometry:
    """The shape with its far edge above the writing in its deepest part; as it was where there is none."""
    written = writing_rows(mask, geometry, aspect)
    if not written.any():
        return geometry
    far = geometry.bottom_px if geometry.apex_px is None else round(geometry.outer_radius_px)
    there = _steps_without(written, mask, geometry, aspect)
    there = there[there < far]
    if not there.size or not written[_row(geometry, float(there[-1])) :].any():
        return geometry
    end = float(there[-1] + 1)
    if geometry.apex_px is None:
        return replace(geometry, bottom_px=min(geometry.bottom_px, round(end)))
    ended = reaching(geometry, min(end, geometry.outer_radius_px), mask.shape, aspect)
    left, right = max(ended.left_px, geometry.left_px), min(ended.right_px, geometry.right_px)
    return replace(ended, left_px=left, right_px=right, bottom_px=min(ended.bottom_px, geometry.bottom_px))


def ended(mask: Mask, geometry: ScanGeometry, aspect: float) -> ScanGeometry:
    """The shape with its far edge where most beams end together, if they do near by: compression leaves a halo beyond it. Where they do not, the scan
    goes on as far as something shows without a gap, as streaks under bone do."""
    endless = endless_of(geometry, mask.shape)
    share = shown(mask & ~writing_rows(mask, endless, aspect)[:, None], endless, aspect)
    near, far = (geometry.top_px, geometry.bottom_px) if geometry.apex_px is None else (geometry.inner_radius_px, geometry.outer_radius_px)
    low, high = round(far - max(END_PX, END_SHARE * (far - near))), round(far + INSIDE_PX)
    at = end_within(share, low, high)
    if at is None:
        beyond = np.lib.stride_tricks.sliding_window_view(np.pad(share[high - INSIDE_PX :], (0, END_GAP_PX)), END_GAP_PX)[:-1]
        gaps = np.flatnonzero(beyond.max(axis=1) < LEAST_GOING_ON)
        reach = high - INSIDE_PX + (int(gaps[0]) if gaps.size else share.size)
        at = end_within(share, high, reach + INSIDE_PX)
        at = reach if at is None else at
    if geometry.apex_px is None:
        return replace(geometry, bottom_px=min(mask.shape[0], max(at, low)))
    return as_deep(geometry, max(at, low) - 0.5, mask.shape, aspect)


def end_within(share: Floats, low: int, high: int) -> int | None:
    """The deepest step from low to high at which most of the beams that show something end together."""
    total = np.cumsum(np.pad(share, (1 + END_PX, END_PX + INSIDE_PX)))
    step = np.arange(max(0, low), min(share.size, high))
    if not step.size:
        return None
    before = (total[step + END_PX] - total[step]) / END_PX
    after = (total[step + 2 * END_PX + INSIDE_PX - 1] - total[step + END_PX + INSIDE_PX - 1]) / END_PX
    drop = np.where((before >= LEAST_END) & (after <= MOST_AFTER * before), before - after, 0.0)
    if not drop.any():
        return None
    deepest_drop = int(np.flatnonzero(drop)[-1])
    first = max(0, deepest_drop - END_PX)
    best = first + int(np.argmax(drop[first : deepest_drop + 1]))
    gone = np.flatnonzero(share[step[best] :] < before[best] / 2)
    return int(step[best] + gone[0]) if gone.size else None


def _row(geometry: ScanGeometry, step: float) -> int:
    """The highest row of the picture at a step of range: that of the sides."""
    if geometry.apex_px is None:
        return round(step)
    flat = geometry.kind == "virtual_convex"
    return max(0, round(geometry.apex_px[1] + step * (1.0 if flat else cos(radians(geometry.half_angle_deg)))))
