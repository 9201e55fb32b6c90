"""Bars of greys or colours beside a scan: the marks along one count grey levels, velocities or stiffness, not depth.

Rule 1: a bar is of one grey from side to side and of many from end to end.
Rule 2: a ruler is a bar's where both begin and end together.
"""

from __future__ import annotations

import numpy as np

from edge.foreign import bands
from edge.ruler import Ruler
from edge.scan_area import Floats
from edge.types import GrayImage

REACH_PX, USUAL_ROWS = 48, 720  # columns from a ruler to its bar, in a picture of so many rows or fewer
LEAST_WIDTH_PX = 5
LEVEL, LEVEL_ROWS = 6, 0.85  # grey levels between neighbouring columns of a bar; of its rows that have no more
INK, GAP_PX = 10, 3  # a bar's least grey from the background, and rows in which marks may hide it
SHADES, LEAST_STEPS = 40, 6  # grey levels from a bar's darkest to its brightest, and the least number of different ones
ENDS_PX, ENDS = 3.0, 0.35  # so near to the ruler's ends a bar ends: pixels, of a mark's distance
LEAST_LENGTH = 0.6  # of the ruler's
DARK = 40  # an end so dark may go on in black


def of_a_bar(contrast: GrayImage, ruler: Ruler) -> bool:
    """Whether a bar stands beside a ruler down the picture, as long as that. contrast: grey levels from the background, 0 over the scan."""
    reach = round(REACH_PX * max(1.0, contrast.shape[0] / USUAL_ROWS))
    columns = contrast[:, max(0, ruler.low_px - reach) : ruler.high_px + reach]
    first, last = max(0, round(ruler.first_px)), round(ruler.first_px + ruler.span_px) + 1
    level = (np.abs(np.diff(columns[first:last].astype(np.int16), axis=1)) <= LEVEL).mean(axis=0) >= LEVEL_ROWS
    # so many steps without a change are one column more
    wide = [(begin, end + 1) for begin, end in bands(level, 1) if end - begin + 1 >= LEAST_WIDTH_PX]
    return any(_is_its_bar(np.median(columns[:, begin:end], axis=1), ruler) for begin, end in wide)


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
