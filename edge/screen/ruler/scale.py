"""The scale of a screen: the ruler's pitch, and its unit from labels, the printed depth or the profile. Where they disagree there is none.

Rule 1: a unit needs a witness (labels, printed depth, profile); sizes of marks alone never settle it.
Rule 2: witnesses that contradict each other, and rulers that do, give no scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge.screen.ruler.across import along_scan, mm_across
from edge.screen.ruler.against import contradiction
from edge.screen.ruler.digits import Number, usual_aspects
from edge.screen.ruler.labels import but_labels, goes_on_otherwise, label_columns, labels_alone, of_numbers, ticks_by_labels, zero_of
from edge.screen.ruler.marks import AGREE, MAJORS_MM, TICKS_MM, fits, lost_marks, nearest, plausible
from edge.screen.ruler.printed import has_its_marks, printed_ticks, usual_depth
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

MOST_RULERS = 4  # the best of a screen
HALVES_MM = (2.5, 5.0)  # of what marks without labels mostly are
STATED_TOLERANCE, STATED_MARKS = 0.01, 8  # of a distance at a stated scale; and so many marks that are a ruler by that alone
NO_UNIT = "ruler without a unit"
OTHER_MARKS = "the ruler's marks are not those of the profile: calibrate again, at this depth too"
UNUSUAL = "only an unusual depth tells the unit: state tick_mm in a profile"


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
    rulers = tuple(ruler for ruler in rulers[:MOST_RULERS] if not of_numbers(ruler, numbers))
    ticks_mm = [tick_mm if major_every in (-1, ruler.major_every) else 0.0 for ruler in rulers]
    outcomes = [(ruler, _settle_unit(ruler, numbers, geometry, tick_mm=tick)) for ruler, tick in zip(rulers, ticks_mm, strict=True)]
    silent = tick_mm <= 0 and all(unit == NO_UNIT for _, unit in outcomes)
    alone = labels_alone(numbers, geometry) if silent else ()
    if not rulers and not alone:
        return NoReading("no ruler seen")
    settled = [(ruler, *unit) for ruler, unit in outcomes if not isinstance(unit, str)] or [(*each, ("labels",)) for each in alone]
    if not settled:
        why = next(unit for _, unit in outcomes if isinstance(unit, str))
        return NoReading(OTHER_MARKS if why == NO_UNIT and tick_mm > 0 else why)
    # a printed depth is the depth of a ruler whose labels agree with it, whatever else fits it:
    # test_a_printed_depth_is_the_ruler_s_that_has_labels_too
    if any({"labels", "printed depth"} <= set(witnesses) for _, _, witnesses in settled):
        settled = [each for each in settled if each[2] != ("printed depth",)]
    scales = [tick / ruler.pitch_px for ruler, tick, _ in settled]
    if max(scales) > min(scales) * (1 + AGREE):
        return NoReading("two rulers disagree")
    ruler, tick, witnesses = max(settled, key=lambda each: (len(each[2]), each[0].count >= 5, each[0].span_px / (each[0].rms_px + 0.05)))
    down = tick / ruler.pitch_px
    why = contradiction(ruler, rulers, numbers, geometry, tick_mm=tick, witnesses=witnesses, far_edge=far_edge)
    if why:
        return NoReading(why)
    labels, whole = label_columns(ruler, numbers), has_its_marks(ruler, numbers, tick)
    zero = ruler.first_px if any(ruler is each for each, _ in alone) else zero_of(ruler, labels, tick)
    lost = lost_marks(ruler, geometry)
    # marks at the face that bright skin hides count as there where the print says how many there are
    if zero is None and "printed depth" in witnesses and (lost < 0 or has_its_marks(ruler, numbers, tick, lost)):
        zero = ruler.first_px - lost * ruler.pitch_px
    beside = tuple(each for each in across if along_scan(each, geometry))
    columns = mm_across(beside, ruler, tick, geometry, aspect=aspect, usual=usual_aspects(numbers), made=made)
    if columns is None and geometry.kind == "rectangle":
        return NoReading("the rulers down and across do not fit each other: state pixel_aspect in a profile")
    own = [number for number in numbers if ruler.low_px <= number.left_px < number.right_px <= ruler.high_px]  # labels by themselves
    at_labels = tuple(label.box for column in (*labels, own) for label in column)
    return Reading(down, columns or 0.0, ruler, tick, witnesses, _boxes(ruler, labels, numbers), zero, whole, at_labels)


def at_scale(rulers: tuple[Ruler, ...], mm_per_px_y: float) -> Iterator[Reading]:
    """The rulers of many marks that stand a usual distance apart at a stated scale (mm per row)."""
    for ruler in rulers[:MOST_RULERS]:
        tick_mm = nearest(ruler.pitch_px * mm_per_px_y, TICKS_MM, STATED_TOLERANCE)
        if tick_mm and ruler.count >= STATED_MARKS:
            yield Reading(mm_per_px_y, 0.0, ruler, tick_mm, ("stated",), _boxes(ruler, [], []))


def _boxes(ruler: Ruler, columns: list[list[Number]], numbers: list[Number]) -> tuple[tuple[int, int, int, int], ...]:
    """The ruler's strip half a mark beyond its ends, and every number that may have been a label (columns) or a depth."""
    begin, end = ruler.first_px - 0.5 * ruler.pitch_px, ruler.first_px + (ruler.count - 0.5) * ruler.pitch_px
    strip = (ruler.low_px - 1, max(0, round(begin)), ruler.high_px + 1, round(end))
    labels = [number for column in columns for number in column]
    kept = [number.box for number in numbers if number.unit or number in labels]
    return (strip, *kept)


def _settle_unit(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry, *, tick_mm: float) -> tuple[float, tuple[str, ...]] | str:
    """The distance of neighbouring marks in mm with its witnesses, or why it is not known."""
    columns = label_columns(ruler, numbers)
    labels = ticks_by_labels(ruler, columns, geometry)
    printed = printed_ticks(ruler, but_labels(ruler, columns, numbers, geometry), geometry)
    usual = MAJORS_MM[:-1] if printed else MAJORS_MM  # where a point is lost, centimetres become ten
    from_zero = bool(ruler.major_every) and ruler.major_phase == -lost_marks(ruler, geometry) % ruler.major_every
    if from_zero and len(printed) > 1:  # 2 mm or 2.5 mm, say: nobody marks each fifth of 2.5
        printed = {tick for tick in printed if fits(tick * ruler.major_every, usual)}
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
    possible = {tick for tick in common if plausible(tick, ruler, geometry)}
    if len(possible) > 1 and from_zero and ruler.major_every >= 5 and geometry.kind == "rectangle":
        possible -= {TICKS_MM[-1]}  # marks of 20 mm, larger ones each 10 cm, seen through a flat face: they are 2
    if len(possible) != 1:
        return "labels, printed depth and profile disagree" if len(possible) == 0 else "cm or mm is not certain"
    tick = possible.pop()
    # marks of 2.5 mm with larger ones each 5 are such of 5 with each 10, and the depth a caliper's length
    if from_zero and len(voices) == 1 and (not fits(tick * ruler.major_every, usual) or (tick, ruler.major_every) == (2.5, 2)):
        return "sizes of marks do not fit the unit"
    if set(voices) == {"printed depth"} and tick in HALVES_MM and not from_zero and not usual_depth(ruler, numbers, tick, geometry):
        return UNUSUAL
    if set(voices) == {"printed depth"} and goes_on_otherwise(ruler, numbers, tick, geometry):
        return "labels beyond the marks seen do not fit the printed depth"
    return tick, tuple(voices)
