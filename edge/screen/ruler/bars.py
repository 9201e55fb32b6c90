"""Bars of greys or colours beside a scan: the marks along one count grey levels, velocities or stiffness, not depth.

Rule 1: a bar is of one grey from side to side and of many from end to end.
Rule 2: a ruler is a bar's where both begin and end together.
Rule 3: a ruler's marks are of one length, or of two or three; what begins together and ends anywhere are a histogram's bars.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.foreign import bands
from edge.screen.area.scan_area import Floats
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage

REACH_PX, USUAL_ROWS = 48, 720  # columns from a ruler to its bar, in a picture of so many rows or fewer
LEAST_WIDTH_PX = 5
LEVEL, LEVEL_ROWS = 6, 0.85  # grey levels between neighbouring columns of a bar; of its rows that have no more
INK, GAP_PX = 10, 3  # a bar's least grey from the background, and rows in which marks may hide it
SHADES, LEAST_STEPS = 40, 6  # grey levels from a bar's darkest to its brightest, and the least number of different ones
ENDS_PX, ENDS = 3.0, 0.35  # so near to the ruler's ends a bar ends: pixels, of a mark's distance
LEAST_LENGTH = 0.6  # of the ruler's
DARK = 40  # an end so dark may go on in black
LEAST_BARS, STROKE_INK, REACH_BARS = 6, 22, 90  # of a histogram; their grey levels; columns that they reach beyond a strip, in USUAL_ROWS
# lengths that are one; shares of marks that have the most usual one, of a ruler at least, and that begin in one column; longest over shortest
ALIKE_PX, ALIKE, ONE_SIDE, LONGER = 2, 0.4, 0.8, 2.0


def of_a_bar(contrast: GrayImage, ruler: Ruler) -> bool:
    """Whether a bar stands beside a ruler down the picture, as long as that. contrast: grey levels from the background, 0 over the scan."""
    reach = round(REACH_PX * max(1.0, contrast.shape[0] / USUAL_ROWS))
    columns = contrast[:, max(0, ruler.low_px - reach) : ruler.high_px + reach]
    first, last = max(0, round(ruler.first_px)), round(ruler.first_px + ruler.span_px) + 1
    level = (np.abs(np.diff(columns[first:last].astype(np.int16), axis=1)) <= LEVEL).mean(axis=0) >= LEVEL_ROWS
    # so many steps without a change are one column more
    wide = [(begin, end + 1) for begin, end in bands(level, 1) if end - begin + 1 >= LEAST_WIDTH_PX]
    return any(_is_its_bar(np.median(columns[:, begin:end], axis=1), ruler) for begin, end in wide)


def of_a_histogram(contrast: GrayImage, ruler: Ruler) -> bool:
    """Whether a ruler's marks are bars: they begin in one column and end in many, where most marks are of one length, or of two."""
    scale = max(1.0, contrast.shape[0] / USUAL_ROWS)
    reach, begin = round(REACH_BARS * scale), max(0, ruler.low_px - round(REACH_BARS * scale))
    rows = np.round(ruler.first_px + ruler.pitch_px * np.arange(ruler.count)).astype(np.int64)
    rows = rows[(rows >= 0) & (rows < contrast.shape[0])]
    lit = contrast[rows, begin : ruler.high_px + reach] > STROKE_INK
    middle = (ruler.low_px + ruler.high_px) // 2 - begin
    lit = lit[lit[:, middle]]
    if len(lit) < LEAST_BARS:
        return False
    column = np.arange(lit.shape[1])
    left = np.where(~lit & (column < middle), column, -1).max(axis=1) + 1
    right = np.where(~lit & (column > middle), column, lit.shape[1]).min(axis=1)
    one_side = max((np.abs(side - np.median(side)) <= ALIKE_PX).mean() for side in (left, right))
    length = right - left
    return bool(one_side >= ONE_SIDE and length.max() >= LONGER * length.min() and unlike(length))


def unlike(length: NDArray[np.int64]) -> bool:
    """Whether too few of these lengths are alike to be those of a ruler's marks."""
    return bool(max((np.abs(length - each) <= ALIKE_PX).mean() for each in length) < ALIKE)


def _is_its_bar(shades: Floats, ruler: Ruler) -> bool:
    """Whether the greys down a band of columns are those of a bar from a ruler's first mark to its last."""
    there = np.flatnonzero(shades > INK)
    runs = [run for run in np.split(there, np.flatnonzero(np.diff(there) > GAP_PX) + 1) if run.size]
    if not runs:
        return False
    bar = max(runs, key=len)
    near = max(ENDS_PX, ENDS * ruler.pitch_px)
    ends = ((int(bar[0]), ruler.first_px), (int(bar[-1]), ruler.first_px + ruler.span_px))
    apart = [abs(row - mark) > near for row, mark in ends]
    fading = [shades[row] <= DARK and (row > mark if inner else row < mark) for (row, mark), inner in zip(ends, (True, False), strict=True)]
    alike = sum(apart) <= 1 and all(not off or fades for off, fades in zip(apart, fading, strict=True))
    return alike and bar.size >= LEAST_LENGTH * ruler.span_px and graded(shades[bar])


def graded(shades: Floats) -> bool:
    """Whether greys go over into each other from many to many: a panel has one, marks and letters two."""
    low, high = np.percentile(shades, (3, 97))
    steps = np.unique(np.round(shades[(shades > low + 2) & (shades < high - 2)] / 4)).size
    return bool(high - low >= SHADES and steps >= LEAST_STEPS)
