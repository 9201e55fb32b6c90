"""What else on a screen speaks against a ruler that was read: of bars, traces and other lengths some fit it too.

Rule 1: a bar of greys or colours is of one grey from side to side and of many from end to end; a ruler that begins and ends with one is the bar's.
Rule 2: a ruler's marks are of one length, or of two or three; what begins together and ends anywhere are a histogram's bars.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.foreign import bands
from edge.screen.area.scan_area import Floats, origin_of
from edge.screen.ruler.labels import label_columns, labels_alone, lone_ticks, place_of
from edge.screen.ruler.marks import ALONG, AT_MARK, LONE_TICKS_MM, begins_at_face, face_of, foreign, plausible, scan_depth_px
from edge.screen.ruler.numbers import Number
from edge.screen.ruler.printed import PRINTED_TOLERANCE, SURE, as_deep_as_both, has_its_marks, meant_mm
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage, ScanGeometry

LABELS_END = 1.6  # marks between the last one seen, or labelled, and a far edge that is seen; a scan that is dark below may have more
CONTRADICTED = 0.02  # between labels by themselves and the ruler that was read
UPWARDS = 3  # labels at marks, in equal steps, that count upwards
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
FOREIGN = "another ruler begins at the scan's top, with other marks: mask it in a profile"
COUNTS_UPWARDS = "a ruler's labels count upwards: turn the picture, or mask that ruler in a profile"
ENDS_BEFORE = "the labelled ruler ends before the scan does: mask it in a profile, or state tick_mm"
EXCEEDED = "a printed length is more than the labelled ruler shows: state tick_mm in a profile"
LABELS_ELSE = "labels in a column and the ruler's marks disagree"
DEPTH_ELSE = "a number without a unit fits the ruler as well as the printed length: state tick_mm in a profile"


def contradiction(
    ruler: Ruler,
    rulers: tuple[Ruler, ...],
    numbers: list[Number],
    geometry: ScanGeometry,
    *,
    tick_mm: float,
    witnesses: tuple[str, ...],
    far_edge: bool,
) -> str:
    """What else on the screen speaks against a ruler that was read, empty where nothing does: bars of colours, and other lengths, fit it too."""
    if any(_counts_upwards(each, numbers) for each in rulers if _as_long(each, geometry)):
        return COUNTS_UPWARDS
    # echoes come back as equally apart; labels and the print together are not of a bar's
    if len(witnesses) == 1 and any(foreign(ruler, other) for other in rulers if begins_at_face(other, geometry)):
        return FOREIGN
    ends_before = far_edge and _beyond(ruler, numbers, geometry) > LABELS_END and not has_its_marks(ruler, numbers, tick_mm)
    if witnesses == ("labels",) and ends_before:
        return ENDS_BEFORE
    if witnesses == ("labels",) and _exceeded(ruler, numbers, geometry, tick_mm, far_edge=far_edge):
        return EXCEEDED
    down = tick_mm / ruler.pitch_px
    if any(abs(tick / other.pitch_px / down - 1) > CONTRADICTED for other, tick in labels_alone(numbers, geometry)):
        return LABELS_ELSE
    return DEPTH_ELSE if witnesses == ("printed depth",) and _told_otherwise(ruler, numbers, tick_mm, geometry) else ""


def _beyond(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> float:
    """How many marks the scan goes on beyond the last of a ruler and of its labels."""
    last = max([ruler.count - 1.0, *(place_of(ruler, number) for column in label_columns(ruler, numbers) for number in column)])
    return (origin_of(geometry)[1] + scan_depth_px(geometry) - ruler.first_px) / ruler.pitch_px - last


def _exceeded(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry, tick_mm: float, *, far_edge: bool) -> bool:
    """Whether a printed length is more than a labelled ruler and the scan beside it show: it can be the depth only, and that another. Where the
    scan's end is not seen there may be a mark more."""
    face = origin_of(geometry)[1]
    marks = max(scan_depth_px(geometry), ruler.first_px + ruler.span_px - face + (0 if far_edge else ruler.pitch_px)) / ruler.pitch_px
    lengths_mm = [depth_mm for number in numbers if number.certainty >= SURE and number.whole for depth_mm in meant_mm(number)]
    return any(length_mm > (1 + PRINTED_TOLERANCE) * marks * tick_mm for length_mm in lengths_mm)


def _as_long(ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler is about as long as the scan is deep: that of a trace below it is not."""
    lengths = ruler.span_px, scan_depth_px(geometry)
    return min(lengths) >= ALONG * max(lengths)


def _counts_upwards(ruler: Ruler, numbers: list[Number]) -> bool:
    """Whether labels of a ruler, all at its marks, fall by equal steps: the picture is upside down, or the ruler none of depth."""
    for column in label_columns(ruler, numbers):
        place = np.array([place_of(ruler, label) for label in column])
        value = np.array([label.value for label in column])[np.argsort(place)]
        place = np.sort(place)
        if len(column) < UPWARDS or np.any(np.abs(place - np.round(place)) > AT_MARK):
            continue
        per_mark = np.diff(value) / np.diff(np.round(place)).clip(1)
        if per_mark[0] < 0 and bool((np.abs(per_mark - per_mark[0]) <= 0.01 * abs(per_mark[0])).all()):
            return True
    return False


def _told_otherwise(ruler: Ruler, numbers: list[Number], tick_mm: float, geometry: ScanGeometry) -> bool:
    """Whether a number without a unit makes another distance of marks as well as a printed length made this one: the only label, or a depth that is
    printed bare, which is more than any length (of 180 screens with one of half or a fifth of the depth 30 were read so)."""
    bare = [number for number in numbers if not number.unit]
    face = face_of(ruler, geometry)
    labels = [column[0] for column in label_columns(ruler, bare) if len(column) == 1]
    labels = [label for label in labels if place_of(ruler, label) < ruler.count - 1 + AT_MARK]  # at a mark that is seen: below may be a setting
    if any(ticks and tick_mm not in ticks for label in labels if (ticks := lone_ticks(label, ruler, face))):
        return True
    larger = [tick for tick in LONE_TICKS_MM if tick > tick_mm and plausible(tick, ruler, geometry)]
    return any(as_deep_as_both(number, tick, ruler, geometry) for number in bare for tick in larger)


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
