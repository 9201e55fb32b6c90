"""What else on a screen speaks against a ruler that was read: of bars, traces and other lengths some fit it too."""

from __future__ import annotations

import numpy as np

from edge.screen.area.scan_area import origin_of
from edge.screen.ruler.digits import Number
from edge.screen.ruler.labels import label_columns, labels_alone, lone_ticks, place_of
from edge.screen.ruler.marks import (
    ALONG,
    AT_MARK,
    LONE_TICKS_MM,
    USUAL_DEPTHS_MM,
    begins_at_face,
    face_of,
    foreign,
    lost_marks,
    plausible,
    scan_depth_px,
)
from edge.screen.ruler.printed import MOST_SHORT, PRINTED_TOLERANCE, SURE, as_deep_as_marks, as_deep_as_scan, has_its_marks, meant_mm
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

LABELS_END = 1.6  # marks between the last one seen, or labelled, and a far edge that is seen; a scan that is dark below may have more
CONTRADICTED = 0.02  # between labels by themselves and the ruler that was read
UPWARDS = 3  # labels at marks, in equal steps, that count upwards
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
    ends_before = far_edge and _beyond(ruler, numbers, geometry) > LABELS_END and not _is_printed(ruler, numbers, tick_mm)
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


def _is_printed(ruler: Ruler, numbers: list[Number], tick_mm: float) -> bool:
    """Whether a depth is printed, with its unit or without, that has just a ruler's marks."""
    return has_its_marks(ruler, numbers, tick_mm) or any(as_deep_as_marks(number, tick_mm, ruler) for number in numbers if not number.unit)


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
    return any(_as_deep(number, tick, ruler, geometry) for number in bare for tick in larger)


def _as_deep(number: Number, tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a number without a unit is, in centimetres, as deep as the scan and as the marks."""
    depth_mm = 10 * number.value
    marks = int(depth_mm / tick_mm + 0.01) - (ruler.count - 1 + lost_marks(ruler, geometry))
    usual = number.decimals == 1 or depth_mm % USUAL_DEPTHS_MM == 0
    return usual and as_deep_as_scan(number, tick_mm, ruler, geometry) and abs(marks) <= MOST_SHORT
