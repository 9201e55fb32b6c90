"""The scale of a screen: the ruler's pitch, and its unit from labels, the printed depth or the profile. Where they disagree there is none.

Rule 1: a unit needs a witness (labels, printed depth, profile); sizes of marks alone never settle it.
Rule 2: witnesses that contradict each other, and rulers that do, give no scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from edge.digits import ANY_ASPECT, Number, Unit, usual_aspects
from edge.ruler import Ruler
from edge.scan_area import origin_of
from edge.types import ScanGeometry

TICKS_MM = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)  # distances of neighbouring marks that scanners draw
MAJORS_MM = (5.0, 10.0, 20.0, 50.0, 100.0)  # distances of larger marks
DEPTHS_MM = (12.0, 320.0)  # depths that scanners show
# of fans, 25 mm and what is measured of them (22000062: 24.997): skin and eyes are seen through flat faces (18001227: labels each 5 of marks that
# are 10 mm, or 1)
LEAST_FAN_DEPTH_MM = 24.5
BEFORE_NEXT = 0.9  # of a small mark's distance: so much deeper than its ruler's last a scan may be (29000004: 25 mm, marked each 2)
MM_PER_PX = (0.015, 1.0)
PRINTED_TOLERANCE = 0.03  # printed depth against the scan's height
USUAL_DEPTHS_MM = 5.0  # most depths go in steps of this
RULER_SLACK, MOST_SHORT = 1.05, 1  # marks that a ruler may have beyond the printed depth, and that may be missing at its end
MARKS_BEYOND = 0.35  # of the depth's marks: so many more a ruler may seem to have below a scan that is as deep as the print says
STRETCH = 0.13  # of square pixels: what standard-definition video makes of them
CHAIN = 0.01  # off what video chains make of columns, as a ruler across says: 1234 x 688 made 1280 x 720 is 0.9 % off square
SQUARE = 0.008  # off square pixels: a ruler across that says no more says that they are
LEAST_STRETCHED = 7  # marks of one that says that they are not: a frame around the scan and what lies on it made five, and columns 6 % wrong
CLAIMED = 0.012  # off what a fan's arcs claim, which is less exact
ALONG = 0.6  # of the scan that a ruler runs along; those across 23 phantom screens along 0.75 of the width and more, without half a mark at each end
COUNTED_FROM_PX, COUNTED_FROM = 1.5, 0.03  # pixels, share of a mark's distance: so near to the scan's middle or a side a ruler across has a mark
MOST_RMS_PX, MOST_RMS = 0.5, 0.05  # of the marks of a ruler across off their places: pixels, share of its pitch
LABEL_TOLERANCE = 0.25  # of a mark's distance
MOST_RULERS = 4  # the best of a screen
AGREE = 0.005  # two rulers of one screen
LONE_TICKS_MM = TICKS_MM[:-1]  # by a printed depth alone: with 20 mm too few marks remain
ALIGNED = 0.6  # of a label's height: labels of one ruler stand in one column
AT_FACE = 0.3  # of a mark's distance: two labels alone must put their zero so near to the face, or to the first mark
AT_MARK = 0.15  # of a mark's distance: so near to a mark a lone label stands
MOST_LOST = 2  # marks beside the face that its own brightness hides
MOST_ABOVE = 2  # marks above the face that writing there passes for (18000235: the end of a date)
MOST_ABOVE_EXACT = 4  # of a ruler whose other marks are the printed depth's, and the scan as deep to a hundredth (29000252, 29000393: 3 of 30)
SHORT_SHARE = 0.04  # of a ruler's marks that may be missing at its end: the next distance that marks have is a fifth off
MANY_MARKS = 12  # marks of a ruler of which one may be missing at its end
MOST_DEEPER = 1.6  # so much deeper than printed a scan of few marks is found at most, and of none that are hidden (29400428: 1.8 times the scale)
SURE = 0.85  # of a printed depth: of 68 that told a unit alone, three were less; a blurred "Zoom" was a 2 cm of 0.7 (17200337: a fifth of the scale)
SURE_EXACT = 0.7  # of one that ruler and scan both are as deep as, to the mark and to a hundredth (22000188, 22000369)
SURE_BARE = 0.9  # of one that has no unit either
BARE_TOLERANCE = 0.01  # a depth printed without its unit against the scan's height
TELLING_LABELS = 3  # among other numbers
LABELS_ALONE, LABELS_PRINTED = 4, 2  # so many equally spaced labels are a ruler of their own: without a printed depth, and with one (18100233)
LABELS_RMS_PX = 0.7
MOST_STEPS = 1.3  # between the first and the last of few labels, for each of them: five lie on a line by no chance (22000106: three in a ramp)
HALVES_MM = (2.5, 5.0)  # of what marks without labels mostly are
STATED_TOLERANCE, STATED_MARKS = 0.01, 8  # of a distance at a stated scale; and so many marks that are a ruler by that alone
NO_UNIT = "ruler without a unit"
LABELS_END = 1.6  # marks between the last one seen, or labelled, and a far edge that is seen: of scans that are dark below more (39400040)
CONTRADICTED = 0.02  # between labels by themselves and the ruler that was read
UPWARDS = 3  # labels at marks, in equal steps, that count upwards
FOREIGN = "another ruler begins at the scan's top, with other marks: mask it in a profile"
COUNTS_UPWARDS = "a ruler's labels count upwards: turn the picture, or mask that ruler in a profile"
ENDS_BEFORE = "the labelled ruler ends before the scan does: mask it in a profile, or state tick_mm"
EXCEEDED = "a printed length is more than the labelled ruler shows: state tick_mm in a profile"
LABELS_ELSE = "labels in a column and the ruler's marks disagree"
DEPTH_ELSE = "a number without a unit fits the ruler as well as the printed length: state tick_mm in a profile"
OTHER_MARKS = "the ruler's marks are not those of the profile: calibrate again, at this depth too"
UNUSUAL = "only an unusual depth tells the unit: state tick_mm in a profile"
STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # between labels
DECIMALS = {"cm": 1, "mm": 0}  # of a depth; a caliper's "4.00 cm" may be a depth's half
UNITS_MM: dict[Unit, tuple[float, ...]] = {"": (1.0, 10.0), "cm": (10.0,), "mm": (1.0,)}  # what a label's number may count


@dataclass(frozen=True, slots=True)
class Reading:
    """mm per pixel down and, where a ruler runs across too, across (else 0); the ruler; what settled the unit; and the boxes (left, top,
    right, bottom) of ruler and numbers, in which a change of scale would show. zero_px: the row that the labels call depth 0 (None: no labels).
    whole: the ruler has exactly the marks of a printed depth, so that its first is depth 0. labels: the boxes of its labels."""

    mm_per_px_y: float
    mm_per_px_x: float
    ruler: Ruler
    tick_mm: float
    witnesses: tuple[str, ...]
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    zero_px: float | None = None
    whole: bool = False
    labels: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class NoReading:
    """Why there is no scale: one short line."""

    why: str


def read_scale(
    rulers: tuple[Ruler, ...],
    across: tuple[Ruler, ...],
    numbers: list[Number],
    geometry: ScanGeometry,
    *,
    tick_mm: float = 0.0,
    major_every: int = -1,
    aspect: float = 1.0,
    made: tuple[float, ...] = (1.0,),
    far_edge: bool = True,
) -> Reading | NoReading:
    """The scale that rulers and printed numbers agree on. tick_mm: the profile's word for rulers with every major_every marks larger (-1: for any),
    0 for none. aspect: the width of a column in heights of a row as a fan's arcs claim it. made: the widths that video chains make in such a
    picture. far_edge: whether the scan is seen to end where the geometry says."""
    rulers = tuple(ruler for ruler in rulers[:MOST_RULERS] if not _of_numbers(ruler, numbers))
    ticks_mm = [tick_mm if major_every in (-1, ruler.major_every) else 0.0 for ruler in rulers]
    outcomes = [(ruler, _settle_unit(ruler, numbers, geometry, tick_mm=tick)) for ruler, tick in zip(rulers, ticks_mm, strict=True)]
    silent = tick_mm <= 0 and all(unit == NO_UNIT for _, unit in outcomes)
    alone = _labels_alone(numbers, geometry) if silent else ()
    if not rulers and not alone:
        return NoReading("no ruler seen")
    settled = [(ruler, *unit) for ruler, unit in outcomes if not isinstance(unit, str)] or [(*each, ("labels",)) for each in alone]
    if not settled:
        why = next(unit for _, unit in outcomes if isinstance(unit, str))
        return NoReading(OTHER_MARKS if why == NO_UNIT and tick_mm > 0 else why)
    # a printed depth is the depth of a ruler whose labels agree with it (22000332: echoes fitted it too)
    if any({"labels", "printed depth"} <= set(witnesses) for _, _, witnesses in settled):
        settled = [each for each in settled if each[2] != ("printed depth",)]
    scales = [tick / ruler.pitch_px for ruler, tick, _ in settled]
    if max(scales) > min(scales) * (1 + AGREE):
        return NoReading("two rulers disagree")
    ruler, tick, witnesses = max(settled, key=lambda each: (len(each[2]), each[0].count >= 5, each[0].span_px / (each[0].rms_px + 0.05)))
    down = tick / ruler.pitch_px
    why = _contradiction(ruler, rulers, numbers, geometry, tick_mm=tick, witnesses=witnesses, far_edge=far_edge)
    if why:
        return NoReading(why)
    labels, whole = _label_columns(ruler, numbers), _whole(ruler, numbers, tick)
    zero = ruler.first_px if any(ruler is each for each, _ in alone) else _zero_of(ruler, labels, tick)
    lost = lost_marks(ruler, geometry)
    # marks at the face that bright skin hides count as there where the print says how many there are (29000474)
    if zero is None and "printed depth" in witnesses and (lost < 0 or _whole(ruler, numbers, tick, lost)):
        zero = ruler.first_px - lost * ruler.pitch_px
    beside = tuple(each for each in across if not _over_scan(each, ruler) and _along_scan(each, geometry))
    columns = _across(beside, ruler, tick, geometry, aspect=aspect, usual=usual_aspects(numbers), made=made)
    if columns is None and geometry.kind == "rectangle":
        return NoReading("the rulers down and across do not fit each other: state pixel_aspect in a profile")
    at_labels = tuple(label.box for column in labels for label in column)
    return Reading(down, columns or 0.0, ruler, tick, witnesses, _boxes(ruler, labels, numbers), zero, whole, at_labels)


def _contradiction(
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
    # echoes come back as equally apart; labels and the print together are not of a bar's (22000332)
    if len(witnesses) == 1 and any(_foreign(ruler, other) for other in rulers if _at_face(other, geometry)):
        return FOREIGN
    ends_before = far_edge and _beyond(ruler, numbers, geometry) > LABELS_END and not _is_printed(ruler, numbers, tick_mm)
    if witnesses == ("labels",) and ends_before:
        return ENDS_BEFORE
    if witnesses == ("labels",) and _exceeded(ruler, numbers, geometry, tick_mm, far_edge=far_edge):
        return EXCEEDED
    down = tick_mm / ruler.pitch_px
    if any(abs(tick / other.pitch_px / down - 1) > CONTRADICTED for other, tick in _labels_alone(numbers, geometry)):
        return LABELS_ELSE
    return DEPTH_ELSE if witnesses == ("printed depth",) and _told_otherwise(ruler, numbers, tick_mm, geometry) else ""


def _beyond(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> float:
    """How many marks the scan goes on beyond the last of a ruler and of its labels."""
    last = max([ruler.count - 1.0, *(_place(ruler, number) for column in _label_columns(ruler, numbers) for number in column)])
    return (origin_of(geometry)[1] + scan_depth_px(geometry) - ruler.first_px) / ruler.pitch_px - last


def _exceeded(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry, tick_mm: float, *, far_edge: bool) -> bool:
    """Whether a printed length is more than a labelled ruler and the scan beside it show: it can be the depth only, and that another. Where the
    scan's end is not seen there may be a mark more."""
    face = origin_of(geometry)[1]
    marks = max(scan_depth_px(geometry), ruler.first_px + ruler.span_px - face + (0 if far_edge else ruler.pitch_px)) / ruler.pitch_px
    lengths_mm = [depth_mm for number in numbers if number.certainty >= SURE and number.whole for depth_mm in _depths_mm(number)]
    return any(length_mm > (1 + PRINTED_TOLERANCE) * marks * tick_mm for length_mm in lengths_mm)


def _is_printed(ruler: Ruler, numbers: list[Number], tick_mm: float) -> bool:
    """Whether a depth is printed, with its unit or without, that has just a ruler's marks."""
    return _whole(ruler, numbers, tick_mm) or any(_by_marks(number, tick_mm, ruler) for number in numbers if not number.unit)


def _as_long(ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler is about as long as the scan is deep: that of a trace below it is not."""
    lengths = ruler.span_px, scan_depth_px(geometry)
    return min(lengths) >= ALONG * max(lengths)


def _counts_upwards(ruler: Ruler, numbers: list[Number]) -> bool:
    """Whether labels of a ruler, all at its marks, fall by equal steps: the picture is upside down, or the ruler none of depth."""
    for column in _label_columns(ruler, numbers):
        place = np.array([_place(ruler, label) for label in column])
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
    face = _face(ruler, geometry)
    labels = [column[0] for column in _label_columns(ruler, bare) if len(column) == 1]
    if any(ticks and tick_mm not in ticks for label in labels if (ticks := _lone_ticks(label, ruler, face))):
        return True
    larger = [tick for tick in LONE_TICKS_MM if tick > tick_mm and _plausible(tick, ruler, geometry)]
    return any(_as_deep(number, tick, ruler, geometry) for number in bare for tick in larger)


def _as_deep(number: Number, tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a number without a unit is, in centimetres, as deep as the scan and as the marks."""
    depth_mm = 10 * number.value
    marks = int(depth_mm / tick_mm + 0.01) - (ruler.count - 1 + lost_marks(ruler, geometry))
    usual = number.decimals == 1 or depth_mm % USUAL_DEPTHS_MM == 0
    return usual and _by_scan(number, tick_mm, ruler, geometry) and abs(marks) <= MOST_SHORT


def at_scale(rulers: tuple[Ruler, ...], mm_per_px_y: float) -> Iterator[Reading]:
    """The rulers of many marks that stand a usual distance apart at a stated scale (mm per row)."""
    for ruler in rulers[:MOST_RULERS]:
        tick_mm = _nearest(ruler.pitch_px * mm_per_px_y, TICKS_MM, STATED_TOLERANCE)
        if tick_mm and ruler.count >= STATED_MARKS:
            yield Reading(mm_per_px_y, 0.0, ruler, tick_mm, ("stated",))


def without_labels(numbers: list[Number], rulers: tuple[Ruler, ...]) -> list[Number]:
    """Numbers that are no labels of these rulers."""
    labels = [label for ruler in rulers for column in _label_columns(ruler, numbers) for label in column]
    return [number for number in numbers if number not in labels]


def _of_numbers(ruler: Ruler, numbers: list[Number]) -> bool:
    """Whether a ruler's marks are digits of labels: those stand as equally apart, but less exactly (18000239)."""
    boxes = [each.box for each in numbers if not each.unit and each.left_px <= ruler.high_px and each.right_px >= ruler.low_px]
    rows = [ruler.first_px + index * ruler.pitch_px for index in range(ruler.count)]
    return 2 * sum(any(top - 1 <= row <= bottom for _, top, _, bottom in boxes) for row in rows) >= ruler.count


def _at_face(ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler's first mark stands at the face: what begins elsewhere is none of depth (18000139: bright echoes)."""
    return abs(ruler.first_px - origin_of(geometry)[1]) <= max(2.0, AT_MARK * ruler.pitch_px)


def _foreign(ruler: Ruler, other: Ruler) -> bool:
    """Whether another ruler's marks are neither every so many of this one's nor the other way about."""
    ratio = max(ruler.pitch_px, other.pitch_px) / min(ruler.pitch_px, other.pitch_px)
    return abs(ratio - round(ratio)) > 0.01 * ratio


def _boxes(ruler: Ruler, columns: list[list[Number]], numbers: list[Number]) -> tuple[tuple[int, int, int, int], ...]:
    """The ruler's strip half a mark beyond its ends, and every number that may have been a label (columns) or a depth."""
    begin, end = ruler.first_px - 0.5 * ruler.pitch_px, ruler.first_px + (ruler.count - 0.5) * ruler.pitch_px
    strip = (ruler.low_px - 1, max(0, round(begin)), ruler.high_px + 1, round(end))
    labels = [number for column in columns for number in column]
    kept = [number.box for number in numbers if number.unit or number in labels]
    return (strip, *kept)


def _settle_unit(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry, *, tick_mm: float) -> tuple[float, tuple[str, ...]] | str:
    """The distance of neighbouring marks in mm with its witnesses, or why it is not known."""
    columns = _label_columns(ruler, numbers)
    labels = _ticks_by_labels(ruler, columns, numbers, geometry)
    printed = _printed_ticks(ruler, _but_labels(ruler, columns, numbers, geometry), geometry)
    usual = MAJORS_MM[:-1] if printed else MAJORS_MM  # where a point is lost, centimetres become ten
    from_zero = bool(ruler.major_every) and ruler.major_phase == -lost_marks(ruler, geometry) % ruler.major_every
    if from_zero and len(printed) > 1:  # 18000325: 2 mm and 2.5 mm, five of which nobody marks
        printed = {tick for tick in printed if _fits(tick * ruler.major_every, usual)}
    if len(printed) > 1 and labels:
        printed &= labels
    if len(printed) > 1:
        return "two printed depths disagree"
    voices: dict[str, set[float]] = {}
    if tick_mm > 0:
        voices["profile"] = {tick_mm}
    if labels:
        voices["labels"] = labels
    if printed:
        voices["printed depth"] = printed
    if not voices:
        return NO_UNIT
    common = set.intersection(*voices.values())
    possible = {tick for tick in common if _plausible(tick, ruler, geometry)}
    if len(possible) > 1 and from_zero and ruler.major_every >= 5 and geometry.kind == "rectangle":
        possible -= {TICKS_MM[-1]}  # marks of 20 mm, larger ones each 10 cm, seen through a flat face: they are 2 (22000754)
    if len(possible) != 1:
        return "labels, printed depth and profile disagree" if len(possible) == 0 else "cm or mm is not certain"
    tick = possible.pop()
    # marks of 2.5 mm with larger ones each 5 are such of 5 with each 10, and the depth a caliper's length
    if from_zero and len(voices) == 1 and (not _fits(tick * ruler.major_every, usual) or (tick, ruler.major_every) == (2.5, 2)):
        return "sizes of marks do not fit the unit"
    if set(voices) == {"printed depth"} and tick in HALVES_MM and not from_zero and not _usual_depth(ruler, numbers, tick, geometry):
        return UNUSUAL
    if set(voices) == {"printed depth"} and _goes_on_otherwise(ruler, numbers, tick, geometry):
        return "labels beyond the marks seen do not fit the printed depth"
    return tick, tuple(voices)


def _usual_depth(ruler: Ruler, numbers: list[Number], tick_mm: float, geometry: ScanGeometry) -> bool:
    """Whether a printed depth of those that most depths are makes this distance of marks. Another may be half of the true depth by chance, a target's
    own depth printed large, say: of 60 such screens 4 were read so, at half the scale."""
    usual = [number for number in numbers if any(depth_mm % USUAL_DEPTHS_MM == 0 for depth_mm in _depths_mm(number))]
    return tick_mm in _printed_ticks(ruler, usual, geometry)


def _ticks_by_labels(ruler: Ruler, columns: list[list[Number]], numbers: list[Number], geometry: ScanGeometry) -> set[float]:
    """Distances of marks (mm) that the labels beside the ruler allow: in cm, in mm, or both; empty where they tell nothing."""
    face = _face(ruler, geometry)
    told = [ticks for column in columns if (ticks := _label_ticks(ruler, column, face))]
    if not told:
        told = [ticks for column in columns if len(column) == 1 and (ticks := _labelled_once(column[0], ruler, face))]
    if not told:
        bare = [(column, [ticks for each in column if (ticks := _lone_ticks(each, ruler, face))]) for column in columns if not column[0].unit]
        told = [ticks for column, lone in bare if (ticks := _lone_labels(column, lone, ruler, numbers, geometry))]
    return set.intersection(*told) if told else set()


def _goes_on_otherwise(ruler: Ruler, numbers: list[Number], tick_mm: float, geometry: ScanGeometry) -> bool:
    """Whether labels in line with the ruler's, of which its marks do not reach all, make another distance of marks: then the printed depth fitted
    marks by chance (21000411: half the marks seen, taken for twice as far apart)."""
    lowest = max((number.middle_row for number in numbers), default=0.0)
    longer = replace(ruler, count=max(ruler.count, ceil((lowest - ruler.first_px) / ruler.pitch_px) + 2))
    face = _face(ruler, geometry)
    told = [ticks for column in _label_columns(longer, numbers) if (ticks := _label_ticks(longer, column, face))]
    return any(tick_mm not in ticks for ticks in told)


def _but_labels(ruler: Ruler, columns: list[list[Number]], numbers: list[Number], geometry: ScanGeometry) -> list[Number]:
    """The numbers without the ruler's labels that carry their unit: each would pass for a printed depth."""
    face = _face(ruler, geometry)
    labels = [number for column in columns if column[0].unit and _label_ticks(ruler, column, face) for number in column]
    return [number for number in numbers if number not in labels]


def _face(ruler: Ruler, geometry: ScanGeometry) -> float:
    """The place of the scan's face, in marks."""
    return (origin_of(geometry)[1] - ruler.first_px) / ruler.pitch_px


def _place(ruler: Ruler, number: Number) -> float:
    """Where a number stands along the ruler, in marks."""
    return (number.middle_row - ruler.first_px) / ruler.pitch_px


def _lone_ticks(label: Number, ruler: Ruler, face: float) -> set[float]:
    """What one label allows: at a larger mark, if any are, of a ruler that begins at the face."""
    place, value = _place(ruler, label), label.value
    mark = round(place)
    larger = not ruler.major_every or (mark - ruler.major_phase) % ruler.major_every == 0
    if abs(place - mark) > AT_MARK or mark < 3 or abs(face) > AT_FACE or not larger:
        return set()
    return {tick for unit_mm in (1.0, 10.0) if (tick := _nearest(value * unit_mm / mark, TICKS_MM, 1e-3))}


def _labelled_once(label: Number, ruler: Ruler, face: float) -> set[float]:
    """What the only label with its unit allows: a whole number, surely read, that stands at its mark to a part of its own height."""
    row = ruler.first_px + round(_place(ruler, label)) * ruler.pitch_px
    stands = abs(label.middle_row - row) <= 1 + AT_MARK * _height(label)
    if not label.unit or not label.whole or label.decimals or label.certainty < SURE or not stands:
        return set()
    return {tick for tick in _lone_ticks(label, ruler, face) if abs(tick * round(_place(ruler, label)) - _depth_mm(label)) < 1e-3 * _depth_mm(label)}


def _lone_labels(column: list[Number], lone: list[set[float]], ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> set[float]:
    """What labels that do not settle it themselves, each for its own, allow where the depth is printed too, if without its unit: as deep as the scan
    or the marks; as both where a label is the only one among settings (18200357), or no mark is larger than others."""
    ticks: set[float] = set.intersection(*lone) if lone else set()
    bare = [number for number in numbers if not number.unit and number.value >= 2]
    clear = len(lone) > 1 or (len(column) == 1 and ruler.major_every)
    enough = any if clear else all
    return {tick for tick in ticks if any(enough((_by_scan(each, tick, ruler, geometry), _by_marks(each, tick, ruler))) for each in bare)}


def _by_scan(number: Number, tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a number without a unit is, in centimetres, as deep as the scan."""
    return abs(10 * number.value - scan_depth_px(geometry) / ruler.pitch_px * tick_mm) <= BARE_TOLERANCE * 10 * number.value


def _by_marks(number: Number, tick_mm: float, ruler: Ruler) -> bool:
    """Whether it is a depth that scanners have, surely read, and as deep as the marks of a ruler that has many. A label speaks for them too, so that
    a letter may touch it (39000200: "D 8.5")."""
    usual = number.certainty >= SURE_BARE and 10 * number.value % USUAL_DEPTHS_MM == 0
    return usual and ruler.count >= MANY_MARKS and int(10 * number.value / tick_mm + 0.01) == ruler.count - 1


def _labels_alone(numbers: list[Number], geometry: ScanGeometry) -> tuple[tuple[Ruler, float], ...]:
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
        ticks = [step * unit_mm for unit_mm in units_mm if _plausible(step * unit_mm, ruler, geometry)]
        if len(ticks) == 1:
            found.append((ruler, ticks[0]))
    return tuple(found)


def _units_printed(column: list[Number], ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> tuple[float, ...]:
    """The units (mm: 1, 10) of labels that make the scan as deep as a printed depth says; or, of a scan found too deep, the label that would come
    next is beyond that depth (22000372). Of another unit the labels cannot be (24000407: 20 mm printed, taken for 20 cm)."""
    last = max(each.value for each in column)
    step, by_label = last / (ruler.count - 1), last / ruler.span_px * scan_depth_px(geometry)
    depths_mm = [depth_mm for number in numbers if number.whole for depth_mm in _depths_mm(number)]

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


def _label_columns(ruler: Ruler, numbers: list[Number]) -> list[list[Number]]:
    """Labels by the columns they stand in, each of one unit or none: what a list of settings shows beside the ruler stands in another."""
    columns = []
    for right in (False, True):
        for unit in UNITS_MM:
            beside = _beside(ruler, [number for number in numbers if number.unit == unit], right=right)
            while beside:
                nearest, first = min(beside, key=lambda each: (each[0], _height(each[1])))
                reach = nearest + ALIGNED * _height(first)
                columns.append([number for gap, number in beside if gap <= reach])
                beside = [each for each in beside if each[0] > reach]
    return columns


def _whole(ruler: Ruler, numbers: list[Number], tick_mm: float, lost: int = 0) -> bool:
    """Whether a printed depth is the ruler's length, with as many more marks before its first."""
    length_mm = (ruler.count - 1 + lost) * tick_mm
    return any(number.unit and -0.01 * tick_mm < _depth_mm(number) - length_mm < 0.99 * tick_mm for number in numbers)


def _depth_mm(number: Number) -> float:
    return number.value * (10 if number.unit == "cm" else 1)


def _zero_of(ruler: Ruler, columns: list[list[Number]], tick_mm: float) -> float | None:
    """The row at which the labels put depth 0, if two or more agree on it; None where they tell nothing."""
    for labels in columns:
        for unit_mm in reversed(UNITS_MM[labels[0].unit]):
            # every label stands at a mark: settings in its column agree by chance (29000023)
            at_marks = [label for label in labels if (label.value * unit_mm) % tick_mm == 0]
            places = [_place(ruler, label) - label.value * unit_mm / tick_mm for label in at_marks]
            best = max(places, key=lambda zero: sum(abs(zero - other) <= LABEL_TOLERANCE for other in places), default=0.0)
            agreeing = [zero for zero in places if abs(zero - best) <= LABEL_TOLERANCE]
            if len(agreeing) >= 2 and abs(best - round(best)) <= LABEL_TOLERANCE:
                return ruler.first_px + round(float(np.mean(agreeing))) * ruler.pitch_px
    return None


def _label_ticks(ruler: Ruler, labels: list[Number], face: float) -> set[float]:
    """What the labels of one column allow. face: the place of the scan's face, in marks."""
    if len(labels) < 2:
        return set()
    index = np.array([_place(ruler, label) for label in labels])
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
    return {tick for unit_mm in UNITS_MM[labels[0].unit] if (tick := _nearest(per_mark * unit_mm, TICKS_MM, 0.04))}


def _beside(ruler: Ruler, numbers: list[Number], *, right: bool) -> list[tuple[int, Number]]:
    """(gap, number) of whole and half numbers close beside the ruler, on one side."""
    found = []
    for number in numbers:
        gap = number.left_px - ruler.high_px if right else ruler.low_px - number.right_px
        beside = -0.3 * _height(number) <= gap <= 3.5 * _height(number) + 8
        # the first mark and the last may be unseen where their labels are read (39000691, 39000667)
        if beside and -1 - AT_MARK <= _place(ruler, number) <= ruler.count + AT_MARK and number.value * 2 == int(number.value * 2):
            found.append((gap, number))
    return found


def _height(number: Number) -> int:
    return number.bottom_px - number.top_px


def _printed_ticks(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> set[float]:
    """Distances of marks (mm) that printed depths allow: a number with cm or mm that equals the scan's height in marks."""
    found = set()
    for number in numbers:
        for depth_mm in _depths_mm(number) if number.certainty >= SURE_EXACT else ():
            ticks = {tick for tick in LONE_TICKS_MM if _depth_fits(depth_mm, tick, ruler, geometry, whole=number.whole)}
            found |= {tick for tick in ticks if number.certainty >= SURE or (number.whole and _depth_is(depth_mm, tick, ruler, geometry))}
    return found


def _depth_is(depth_mm: float, tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether it is a depth that scanners have, the ruler has just its marks, from the face on, and the scan is as deep to a hundredth."""
    by_scan = tick_mm / ruler.pitch_px * scan_depth_px(geometry)
    exact = depth_mm % USUAL_DEPTHS_MM == 0 and abs(by_scan - depth_mm) <= BARE_TOLERANCE * depth_mm
    return exact and _at_face(ruler, geometry) and int(depth_mm / tick_mm + 0.01) == ruler.count - 1


def _depths_mm(number: Number) -> list[float]:
    """The depths that a printed number may mean: two where its point may be none; none where it is exacter than depths are: a caliper's length."""
    if number.decimals > DECIMALS.get(number.unit, 0):
        return []
    depth_mm = _depth_mm(number)
    meant = [depth_mm, depth_mm * 10 ** len(f"{number.value:g}".partition(".")[2])] if number.faint_point else [depth_mm]
    whole = [each for each in meant if number.unit and abs(each - round(each)) <= 1e-6]
    return [each for each in whole if DEPTHS_MM[0] <= each <= DEPTHS_MM[1]]


def _depth_fits(depth_mm: float, tick_mm: float, ruler: Ruler, geometry: ScanGeometry, *, whole: bool) -> bool:
    """Whether marks at tick_mm begin at the face and end where the depth does, and the scan too. Where the scan is found to end elsewhere, dark
    below or with writing below it, the ruler must have every mark that the depth has room for, the depth be one that scanners have (a clock's
    blurred 17 passed for 17 mm), and be read whole."""
    lost = lost_marks(ruler, geometry)
    by_scan = tick_mm / ruler.pitch_px * scan_depth_px(geometry)
    above = MOST_ABOVE_EXACT if abs(by_scan - depth_mm) <= BARE_TOLERANCE * depth_mm else MOST_ABOVE
    if not -above <= lost <= MOST_LOST or abs(ruler.first_px - lost * ruler.pitch_px - origin_of(geometry)[1]) > max(3.0, 0.1 * ruler.pitch_px):
        return False
    marks = depth_mm / tick_mm
    short = int(marks + 0.01) - (ruler.count - 1 + lost)
    if lost >= 0 and abs(by_scan - depth_mm) <= PRINTED_TOLERANCE * depth_mm:
        beyond = short < 0 and _makes_as_many(depth_mm, ruler.count - 1 + lost)
        exact = whole and depth_mm % USUAL_DEPTHS_MM == 0 and abs(by_scan - depth_mm) <= BARE_TOLERANCE * depth_mm
        most = MARKS_BEYOND * marks if exact and lost == 0 else MOST_SHORT  # a grey bar hides marks (39000702: the last three of ten)
        return -max(RULER_SLACK, MARKS_BEYOND * marks) <= short <= most and not beyond
    if not whole or depth_mm % USUAL_DEPTHS_MM or short < -1:
        return False
    ended = by_scan < (1 + PRINTED_TOLERANCE) * depth_mm
    if not ended and (lost > 0 or (by_scan > MOST_DEEPER * depth_mm and ruler.count < MANY_MARKS)):
        return False
    if short == 0 or lost < 0:
        return short == 0
    if short == -1:  # something below passes for one more (29000172)
        return ended and ruler.count >= MANY_MARKS
    return (ended and short <= SHORT_SHARE * ruler.count) or (short == 1 and ruler.count >= MANY_MARKS)


def _makes_as_many(depth_mm: float, marks: int) -> bool:
    """Whether a usual distance makes as many marks of a depth, or one more: then those seen beyond the depth speak for that one, and a scan that ends
    in the dark too soon for another (29600119: 20 mm, ten dots of 2 mm of eleven seen, taken for 2.5)."""
    return any(0 <= int(depth_mm / tick_mm + 0.01) - marks <= MOST_SHORT for tick_mm in LONE_TICKS_MM)


def lost_marks(ruler: Ruler, geometry: ScanGeometry) -> int:
    """How many marks stand between the scan's face and the ruler's first that were not seen."""
    return round((ruler.first_px - origin_of(geometry)[1]) / ruler.pitch_px)


def scan_depth_px(geometry: ScanGeometry) -> float:
    """From the face to the deepest sample along the axis, row pixels."""
    if geometry.apex_px is None:
        return float(geometry.bottom_px - geometry.top_px)
    return min(geometry.outer_radius_px, geometry.bottom_px - geometry.apex_px[1]) - geometry.inner_radius_px


def _plausible(tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    scale = tick_mm / ruler.pitch_px
    least_mm = DEPTHS_MM[0] if geometry.kind == "rectangle" else LEAST_FAN_DEPTH_MM
    depth_mm = scale * max(scan_depth_px(geometry), ruler.span_px) + (BEFORE_NEXT * tick_mm if tick_mm < USUAL_DEPTHS_MM else 0.0)
    return MM_PER_PX[0] <= scale <= MM_PER_PX[1] and least_mm <= depth_mm and scale * scan_depth_px(geometry) <= DEPTHS_MM[1]


def _nearest(value: float, allowed: tuple[float, ...], tolerance: float) -> float:
    """The allowed value within a relative tolerance, 0.0 where there is none."""
    best = min(allowed, key=lambda each: abs(value - each) / each)
    return best if abs(value - best) <= tolerance * best else 0.0


def _fits(value: float, allowed: tuple[float, ...]) -> bool:
    return any(abs(value - each) < 1e-6 * each for each in allowed)


def _across(
    rulers: tuple[Ruler, ...],
    ruler: Ruler,
    tick_mm: float,
    geometry: ScanGeometry,
    *,
    aspect: float,
    usual: tuple[float, float],
    made: tuple[float, ...],
) -> float | None:
    """mm per pixel across from the rulers there, if their marks stand for one usual distance; 0 where there is no ruler, None where there is one that
    fits no such distance, or two. One that says that columns are as wide as a fan's arcs claim, or as rows are high, is right: to do so by chance is
    rare (39000824: of a scan of which little was seen the arcs claimed 1.027). Else it counts from the scan's middle or sides and ends with it, is
    marked like the ruler down, a column is near to a width that video chains make, and within STRETCH of a row's height (2 and 2.5 mm are so near
    that a stretched one is the other) or, where digits are too wide or narrow for that, or beside a fan, within what makes those usual (18001048: a
    fan drawn 16:9 from 4:3; 38001228: 5:4 as 4:3 twice over): the marks along a loop's frames made columns 4 to 13 % wrong."""
    down = tick_mm / ruler.pitch_px
    clear = [each for each in rulers if _clear_across(each)]
    told = [tick / each.pitch_px for each in clear for tick in TICKS_MM if usual[0] <= tick / each.pitch_px / down <= usual[1]]
    for width, near in ((aspect, SQUARE if aspect == 1.0 else CLAIMED), (1.0, SQUARE)):
        claimed = [each for each in told if abs(each / (down * width) - 1) <= near]
        if claimed:
            return claimed[0]
    clear = [each for each in clear if each.count >= LEAST_STRETCHED]
    told_by_digits = usual != ANY_ASPECT and (geometry.kind != "rectangle" or not usual[0] <= 1 <= usual[1])
    least, most = usual if told_by_digits else (1 / (1 + STRETCH), 1 / (1 - STRETCH))
    single = []
    for each in clear:
        fitting = [tick for tick in TICKS_MM if least <= tick / each.pitch_px / down <= most]
        measures = _from_scan(each, geometry) and _within(each, geometry)
        if len(fitting) == 1 and measures and _marked_alike(each, fitting[0], ruler, tick_mm):
            single.append(fitting[0] / each.pitch_px)
    single = [each for each in single if any(abs(each / (down * width) - 1) <= CHAIN for width in made)]
    if single and aspect == 1.0 and max(single) <= min(single) * (1 + AGREE):
        return single[0]
    return None if clear else 0.0


def _from_scan(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a mark, a larger one where some are, stands where the scan's middle or one of its sides does."""
    first, pitch = across.first_px + across.major_phase * across.pitch_px, across.pitch_px * max(1, across.major_every)
    places = ((column - first) / pitch for column in (geometry.left_px - 0.5, origin_of(geometry)[0], geometry.right_px - 0.5))
    return any(abs(place - round(place)) * pitch <= max(COUNTED_FROM_PX, COUNTED_FROM * across.pitch_px) for place in places)


def _within(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler across goes no farther than a mark's distance beyond the scan's sides."""
    last = across.first_px + across.span_px
    return across.first_px >= geometry.left_px - across.pitch_px and last <= geometry.right_px + across.pitch_px


def _marked_alike(one: Ruler, one_mm: float, other: Ruler, other_mm: float) -> bool:
    """Whether two rulers of one screen have their marks, or larger ones, at the same distance."""
    return bool({one_mm, one_mm * one.major_every} & {other_mm, other_mm * other.major_every} - {0.0})


def _over_scan(across: Ruler, down: Ruler) -> bool:
    """Whether a ruler across lies among the marks of the one down, and so on the scan: a caliper's dotted line (18100012: an eighth off)."""
    middle = (across.low_px + across.high_px) / 2
    return down.first_px + 0.05 * down.span_px < middle < down.first_px + 0.95 * down.span_px


def _along_scan(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler across runs along most of the scan, which it is there to measure: equally wide letters of a line of writing need not (21100138:
    8 % off across)."""
    begin, end = across.first_px - across.pitch_px / 2, across.first_px + across.span_px + across.pitch_px / 2
    return min(end, geometry.right_px) - max(begin, geometry.left_px) >= ALONG * (geometry.right_px - geometry.left_px)


def _clear_across(ruler: Ruler) -> bool:
    """Whether a ruler across is one surely: what strays so far for its small pitch is chance (18001356: echoes, 6 pixels apart)."""
    return ruler.count >= 5 and ruler.high_px - ruler.low_px >= 2 and ruler.rms_px <= min(MOST_RMS_PX, MOST_RMS * ruler.pitch_px)
