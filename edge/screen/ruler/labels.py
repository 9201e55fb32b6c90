"""What the labels beside a ruler make of it: the distance of its marks, and where they put depth 0; labels may be a ruler of their own."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np

from edge.screen.area.scan_area import origin_of
from edge.screen.ruler.marks import AT_FACE, AT_MARK, DEPTHS_MM, TICKS_MM, face_of, nearest, plausible, scan_depth_px
from edge.screen.ruler.numbers import Number, Unit
from edge.screen.ruler.printed import PRINTED_TOLERANCE, SURE, SURE_BARE, as_deep_as_both, meant_mm, millimetres
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

LABEL_TOLERANCE = 0.25  # of a mark's distance
SAME_STEP = 0.04  # of what labels count a mark, by all of them: a wheel of depths to choose from counted 1.8 for 2
ALIGNED = 0.6  # of a label's height: labels of one ruler stand in one column
TELLING_LABELS = 3  # among other numbers
LABELS_ALONE, LABELS_PRINTED = 4, 2  # so many equally spaced labels are a ruler of their own: without a printed depth, and with one
LABELS_RMS_PX = 0.7
MOST_STEPS = 1.3  # between the first and the last of few labels, for each of them: five lie on a line by no chance, three may
STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # between labels
UNITS_MM: dict[Unit, tuple[float, ...]] = {"": (1.0, 10.0), "cm": (10.0,), "mm": (1.0,)}  # what a label's number may count


def without_labels(numbers: list[Number], rulers: tuple[Ruler, ...]) -> list[Number]:
    """Numbers that are no labels of these rulers."""
    labels = [label for ruler in rulers for column in label_columns(ruler, numbers) for label in column]
    return [number for number in numbers if number not in labels]


def of_numbers(ruler: Ruler, numbers: list[Number]) -> bool:
    """Whether a ruler's marks are digits of labels: those stand as equally apart, but less exactly."""
    boxes = [each.box for each in numbers if each.left_px <= ruler.high_px and each.right_px >= ruler.low_px]
    rows = [ruler.first_px + index * ruler.pitch_px for index in range(ruler.count)]
    return 2 * sum(any(top - 1 <= row <= bottom for _, top, _, bottom in boxes) for row in rows) >= ruler.count


def ticks_by_labels(ruler: Ruler, columns: list[list[Number]], geometry: ScanGeometry) -> set[float]:
    """Distances of marks (mm) that the labels beside the ruler allow: in cm, in mm, or both; empty where they tell nothing."""
    face = face_of(ruler, geometry)
    told = [ticks for column in columns if (ticks := label_ticks(ruler, column, face))]
    if not told:
        told = [ticks for column in columns if len(column) == 1 and (ticks := _labelled_once(column[0], ruler, face))]
    return set.intersection(*told) if told else set()


def ticks_by_both(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> set[float]:
    """Distances of marks (mm) that one label, or a setting where one may stand, and a depth printed without its unit allow together. Either alone
    fits some distance by chance."""
    face = face_of(ruler, geometry)
    bare = [number for number in numbers if not number.unit and number.certainty >= SURE_BARE]
    labels = [label for right in (False, True) for _, label in _beside(ruler, bare, right=right)]
    return {
        tick
        for label in labels
        for tick in lone_ticks(label, ruler, face)
        if any(depth is not label and as_deep_as_both(depth, tick, ruler, geometry) for depth in bare)
    }


def goes_on_otherwise(ruler: Ruler, numbers: list[Number], tick_mm: float, geometry: ScanGeometry) -> bool:
    """Whether labels in line with the ruler's, of which its marks do not reach all, make another distance of marks: then the printed depth fitted
    marks by chance: of one ruler half the marks were seen, and taken for twice as far apart."""
    lowest = max((number.middle_row for number in numbers), default=0.0)
    longer = replace(ruler, count=max(ruler.count, ceil((lowest - ruler.first_px) / ruler.pitch_px) + 2))
    face = face_of(ruler, geometry)
    told = [ticks for column in label_columns(longer, numbers) if (ticks := label_ticks(longer, column, face))]
    return any(tick_mm not in ticks for ticks in told)


def but_labels(ruler: Ruler, columns: list[list[Number]], numbers: list[Number], geometry: ScanGeometry) -> list[Number]:
    """The numbers without the ruler's labels that carry their unit: each would pass for a printed depth."""
    face = face_of(ruler, geometry)
    labels = [number for column in columns if column[0].unit and label_ticks(ruler, column, face) for number in column]
    return [number for number in numbers if number not in labels]


def place_of(ruler: Ruler, number: Number) -> float:
    """Where a number stands along the ruler, in marks."""
    return (number.middle_row - ruler.first_px) / ruler.pitch_px


def lone_ticks(label: Number, ruler: Ruler, face: float) -> set[float]:
    """What one label allows: at a larger mark, if any are, of a ruler that begins at the face."""
    place, value = place_of(ruler, label), label.value
    mark = round(place)
    larger = not ruler.major_every or (mark - ruler.major_phase) % ruler.major_every == 0
    if abs(place - mark) > AT_MARK or mark < 3 or abs(face) > AT_FACE or not larger:
        return set()
    return {tick for unit_mm in (1.0, 10.0) if (tick := nearest(value * unit_mm / mark, TICKS_MM, 1e-3))}


def _labelled_once(label: Number, ruler: Ruler, face: float) -> set[float]:
    """What the only label with its unit allows: a whole number, surely read, that stands at its mark to a part of its own height."""
    row = ruler.first_px + round(place_of(ruler, label)) * ruler.pitch_px
    stands = abs(label.middle_row - row) <= 1 + AT_MARK * height_of(label)
    if not label.unit or not label.whole or label.decimals or label.certainty < SURE or not stands:
        return set()
    mark, depth_mm = round(place_of(ruler, label)), millimetres(label)
    return {tick for tick in lone_ticks(label, ruler, face) if abs(tick * mark - depth_mm) < 1e-3 * depth_mm}


def labels_alone(numbers: list[Number], geometry: ScanGeometry) -> tuple[tuple[Ruler, float], ...]:
    """Columns of labels, equally spaced down the picture from a zero at the face: each as a ruler, with the distance of its marks in mm. Where
    overscan cuts a ruler's marks off, its labels tell as much."""
    bare = [number for number in numbers if not number.unit and number.value == int(number.value) <= DEPTHS_MM[1]]
    found: list[tuple[Ruler, float]] = []
    for one in bare:
        height = one.bottom_px - one.top_px
        alike = [each for each in bare if abs(each.bottom_px - each.top_px - height) <= 1 + 0.15 * height]
        column = [each for each in alike if _in_column(one, each, ALIGNED * height)]
        ruler = _ruler_of(sorted(column, key=lambda each: each.middle_row), origin_of(geometry)[1])
        if ruler is None or any(ruler.low_px < other.high_px and other.low_px < ruler.high_px for other, _ in found):
            continue
        units_mm = _units_printed(column, ruler, numbers, geometry) or ((1.0, 10.0) if len(column) >= LABELS_ALONE else ())
        step = max(each.value for each in column) / (ruler.count - 1)
        ticks = [step * unit_mm for unit_mm in units_mm if plausible(step * unit_mm, ruler, geometry)]
        if len(ticks) == 1:
            found.append((ruler, ticks[0]))
    return tuple(found)


def _units_printed(column: list[Number], ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> tuple[float, ...]:
    """The units (mm: 1, 10) of labels that make the scan as deep as a printed depth says; or, of a scan found too deep, the label that would come
    next is beyond that depth. The labels cannot be of another unit: 20 mm printed had been taken for 20 cm.
    test_two_labels_alone_are_of_the_printed_depths_unit."""
    last = max(each.value for each in column)
    step, by_label = last / (ruler.count - 1), last / ruler.span_px * scan_depth_px(geometry)
    depths_mm = [depth_mm for number in numbers if number.whole for depth_mm in meant_mm(number)]

    def fits(depth: float) -> bool:
        ends_before = len(column) > LABELS_PRINTED and by_label > last and last <= depth < last + step
        return abs(by_label - depth) <= PRINTED_TOLERANCE * depth or ends_before

    return tuple(unit_mm for unit_mm in (1.0, 10.0) if any(fits(depth_mm / unit_mm) for depth_mm in depths_mm))


def _in_column(one: Number, other: Number, reach_px: float) -> bool:
    """Whether two numbers are aligned left, right or by their middles."""
    sides = ((one.left_px, other.left_px), (one.right_px, other.right_px), ((one.left_px + one.right_px) / 2, (other.left_px + other.right_px) / 2))
    return any(abs(a - b) <= reach_px for a, b in sides)


def _ruler_of(column: list[Number], face: float) -> Ruler | None:
    """Labels as the marks of a ruler: every label of the column must stand where its value says, zero at the face."""
    if len(column) < LABELS_PRINTED or len({each.value for each in column}) < len(column):
        return None
    value, row = np.array([each.value for each in column]), np.array([each.middle_row for each in column])
    step = float(np.diff(value).min())
    most = MOST_STEPS if len(column) <= LABELS_ALONE else np.inf
    if step not in STEPS or np.any(np.diff(value) % step) or (value[-1] - value[0]) / step > most * len(column):
        return None
    pitch, first = (float(each) for each in np.polyfit(value / step, row, 1))
    rms = float(np.sqrt(np.mean((row - first - pitch * value / step) ** 2)))
    if rms > LABELS_RMS_PX or abs(first - face) > max(2.0, 0.05 * pitch):
        return None
    low, high = min(each.left_px for each in column), max(each.right_px for each in column)
    return Ruler(True, pitch, first, round(value[-1] / step) + 1, rms, low, high)


def label_columns(ruler: Ruler, numbers: list[Number]) -> list[list[Number]]:
    """Labels by the columns they stand in, each of one unit or none: what a list of settings shows beside the ruler stands in another."""
    columns = []
    for right in (False, True):
        for unit in UNITS_MM:
            beside = _beside(ruler, [number for number in numbers if number.unit == unit], right=right)
            while beside:
                nearest, first = min(beside, key=lambda each: (each[0], height_of(each[1])))
                reach = nearest + ALIGNED * height_of(first)
                columns.append([number for gap, number in beside if gap <= reach])
                beside = [each for each in beside if each[0] > reach]
    return columns


def zero_of(ruler: Ruler, columns: list[list[Number]], tick_mm: float) -> float | None:
    """The row at which the labels put depth 0, if two or more agree on it; None where they tell nothing."""
    for labels in columns:
        for unit_mm in reversed(UNITS_MM[labels[0].unit]):
            # every label stands at a mark: settings in its column agree by chance
            at_marks = [label for label in labels if (label.value * unit_mm) % tick_mm == 0]
            places = [place_of(ruler, label) - label.value * unit_mm / tick_mm for label in at_marks]
            best = max(places, key=lambda zero: sum(abs(zero - other) <= LABEL_TOLERANCE for other in places), default=0.0)
            agreeing = [zero for zero in places if abs(zero - best) <= LABEL_TOLERANCE]
            if len(agreeing) >= 2 and abs(best - round(best)) <= LABEL_TOLERANCE:
                return ruler.first_px + round(float(np.mean(agreeing))) * ruler.pitch_px
    return None


def label_ticks(ruler: Ruler, labels: list[Number], face: float) -> set[float]:
    """What the labels of one column allow. face: the place of the scan's face, in marks."""
    if len(labels) < 2:
        return set()
    index = np.array([place_of(ruler, label) for label in labels])
    value = np.array([label.value for label in labels])
    best: tuple[int, float, float] = (0, 0.0, 0.0)
    for one in range(len(labels)):
        for other in range(len(labels)):
            step = round(index[other] - index[one])
            if step < 1 or abs(index[other] - index[one] - step) > LABEL_TOLERANCE or value[other] <= value[one]:
                continue
            per_mark = (value[other] - value[one]) / step
            zero = float(index[one] - value[one] / per_mark)
            agreeing = int((np.abs(index - zero - value / per_mark) <= LABEL_TOLERANCE).sum())
            if agreeing > best[0]:
                best = (agreeing, per_mark, zero)
    agreeing, per_mark, zero = best
    at_face = min(abs(zero - face), abs(zero)) <= AT_FACE
    # any two numbers lie on some line, and settings stand in columns too: two must begin at the face and be alone, or one of them its zero
    if agreeing < 2 or abs(zero - round(zero)) > LABEL_TOLERANCE or (agreeing == 2 and not at_face):
        return set()
    if agreeing < len(labels) - 1 and not (agreeing >= TELLING_LABELS and at_face and 2 * agreeing >= len(labels)):
        return set()
    if agreeing == 2 and len(labels) > 2 and not np.any((value == 0) & (np.abs(index - zero) <= AT_MARK)):
        return set()
    on = np.abs(index - zero - value / per_mark) <= LABEL_TOLERANCE
    if agreeing > 2 and abs(np.polyfit(index[on], value[on], 1)[0] / per_mark - 1) > SAME_STEP:
        return set()
    return {tick for unit_mm in UNITS_MM[labels[0].unit] if (tick := nearest(per_mark * unit_mm, TICKS_MM, 0.04))}


def _beside(ruler: Ruler, numbers: list[Number], *, right: bool) -> list[tuple[int, Number]]:
    """(gap, number) of whole and half numbers close beside the ruler, on one side."""
    found = []
    for number in numbers:
        gap = number.left_px - ruler.high_px if right else ruler.low_px - number.right_px
        beside = -0.3 * height_of(number) <= gap <= 3.5 * height_of(number) + 8
        # the first mark and the last may be unseen where their labels are read
        if beside and -1 - AT_MARK <= place_of(ruler, number) <= ruler.count + AT_MARK and number.value * 2 == int(number.value * 2):
            found.append((gap, number))
    return found


def height_of(number: Number) -> int:
    """In rows."""
    return number.bottom_px - number.top_px
