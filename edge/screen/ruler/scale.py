"""The scale of a screen: rulers give the pitch, witnesses (profile, labels, printed depth) the distance of marks. Here they are weighed.

Rule 1: a unit needs a witness; sizes of marks alone never settle it.
Rule 2: each witness says which distances it allows. All that speak must allow one in common; what contradicts, witness or ruler, ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge.screen.ruler.against import contradiction
from edge.screen.ruler.labels import but_labels, goes_on_otherwise, label_columns, labels_alone, of_numbers, ticks_by_both, ticks_by_labels, zero_of
from edge.screen.ruler.marks import AGREE, MAJORS_MM, TICKS_MM, along_scan, fits, lost_marks, mm_across, nearest, plausible
from edge.screen.ruler.numbers import Number, usual_aspects
from edge.screen.ruler.printed import has_its_marks, printed_ticks, usual_depth
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

MOST_RULERS = 4  # the best of a screen
HALVES_MM = (2.5, 5.0)  # of what marks without labels mostly are
STATED_TOLERANCE, STATED_MARKS = 0.01, 8  # of a distance at a stated scale; and so many marks that are a ruler by that alone
NO_UNIT = "ruler without a unit"
OTHER_MARKS = "the ruler's marks are not those of the profile: calibrate again, at this depth too"
ACROSS_ELSE = "the rulers down and across do not fit each other: state pixel_aspect in a profile"
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


@dataclass(frozen=True, slots=True)
class Witness:
    """What tells how far apart a ruler's marks stand: its name, and the distances (mm) that it allows."""

    name: str
    ticks_mm: frozenset[float]


@dataclass(frozen=True, slots=True)
class Settled:
    """A ruler whose marks are known to stand so far apart, and the names of the witnesses."""

    ruler: Ruler
    tick_mm: float
    witnesses: tuple[str, ...]

    @property
    def mm_per_px(self) -> float:
        return self.tick_mm / self.ruler.pitch_px

    @property
    def weight(self) -> tuple[int, bool, float]:
        """How much stands behind it: witnesses, then marks, then how exactly these tell their distance."""
        return len(self.witnesses), self.ruler.count >= 5, self.ruler.span_px / (self.ruler.rms_px + 0.05)


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
    stated = {ruler: tick_mm if major_every in (-1, ruler.major_every) else 0.0 for ruler in rulers}
    found = [_settled(ruler, numbers, geometry, stated[ruler]) for ruler in rulers]
    alone = labels_alone(numbers, geometry) if tick_mm <= 0 and all(each == NO_UNIT for each in found) else ()
    best = _weighed([each for each in found if isinstance(each, Settled)] or [Settled(*each, ("labels",)) for each in alone])
    if best is None:
        why = next((each for each in found if isinstance(each, str)), "no ruler seen")
        return NoReading(OTHER_MARKS if why == NO_UNIT and tick_mm > 0 else why)
    if isinstance(best, str):
        return NoReading(best)
    ruler, tick = best.ruler, best.tick_mm
    why = contradiction(ruler, rulers, numbers, geometry, tick_mm=tick, witnesses=best.witnesses, far_edge=far_edge)
    beside = tuple(each for each in across if along_scan(each, geometry))
    columns = mm_across(beside, ruler, tick, geometry, aspect=aspect, usual=usual_aspects(numbers), made=made)
    if why or (columns is None and geometry.kind == "rectangle"):
        return NoReading(why or ACROSS_ELSE)
    labels, whole = label_columns(ruler, numbers), has_its_marks(ruler, numbers, tick)
    zero = ruler.first_px if any(ruler is each for each, _ in alone) else _zero(best, labels, numbers, geometry)
    own = [number for number in numbers if ruler.low_px <= number.left_px < number.right_px <= ruler.high_px]  # labels by themselves
    at_labels = tuple(label.box for column in (*labels, own) for label in column)
    return Reading(best.mm_per_px, columns or 0.0, ruler, tick, best.witnesses, _boxes(ruler, labels, numbers), zero, whole, at_labels)


def _weighed(settled: list[Settled]) -> Settled | str | None:
    """The ruler with most behind it, if all that are settled say the same; None where none is."""
    if not settled:
        return None
    scales = [each.mm_per_px for each in settled]
    return "two rulers disagree" if max(scales) > min(scales) * (1 + AGREE) else max(settled, key=lambda each: each.weight)


def _zero(best: Settled, labels: list[list[Number]], numbers: list[Number], geometry: ScanGeometry) -> float | None:
    """The row of depth 0, by the labels; or by the print, which says how many marks there are, where bright skin hides some at the face."""
    ruler, lost = best.ruler, lost_marks(best.ruler, geometry)
    zero = zero_of(ruler, labels, best.tick_mm)
    if zero is None and "printed depth" in best.witnesses and (lost < 0 or has_its_marks(ruler, numbers, best.tick_mm, lost)):
        return ruler.first_px - lost * ruler.pitch_px
    return zero


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


def _settled(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry, stated_mm: float) -> Settled | str:
    """A ruler with the distance that all its witnesses allow, or why there is none. stated_mm: the profile's word, 0 for none."""
    from_zero = bool(ruler.major_every) and ruler.major_phase == -lost_marks(ruler, geometry) % ruler.major_every
    heard = _witnesses(ruler, numbers, geometry, stated_mm)
    if isinstance(heard, str):
        return heard
    if not heard:
        return NO_UNIT
    possible = {tick for tick in frozenset.intersection(*(each.ticks_mm for each in heard)) if plausible(tick, ruler, geometry)}
    if len(possible) != 1:
        return "cm or mm is not certain" if possible else "labels, printed depth and profile disagree"
    tick, names = possible.pop(), tuple(each.name for each in heard)
    return _print_doubt(ruler, tick, numbers, geometry, names, from_zero=from_zero) or Settled(ruler, tick, names)


def _witnesses(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry, stated_mm: float) -> list[Witness] | str:
    """All that tell how far apart a ruler's marks stand, or why they contradict themselves."""
    columns = label_columns(ruler, numbers)
    labels = ticks_by_labels(ruler, columns, geometry)
    printed = printed_ticks(ruler, but_labels(ruler, columns, numbers, geometry), geometry)
    if len(printed) > 1:
        return "two printed depths disagree"
    pair = set() if labels or printed else ticks_by_both(ruler, numbers, geometry)
    said = (("profile", {stated_mm} - {0.0}), ("labels", labels), ("printed depth", printed), ("label and bare depth", pair))
    return [Witness(name, frozenset(ticks)) for name, ticks in said if ticks]


def _print_doubt(
    ruler: Ruler, tick: float, numbers: list[Number], geometry: ScanGeometry, names: tuple[str, ...], *, from_zero: bool
) -> str:
    """Why one witness alone does not settle a distance of marks; empty where it does, or where several do."""
    # marks of 2.5 mm with larger ones each 5 are such of 5 with each 10, and the depth a caliper's length
    larger = tick * ruler.major_every
    # beside a printed depth not ten centimetres: where its point is lost, centimetres become ten
    majors_mm = MAJORS_MM[:-1] if "printed depth" in names else MAJORS_MM
    if from_zero and len(names) == 1 and (not fits(larger, majors_mm) or (tick, larger) == (2.5, 5.0)):
        return "sizes of marks do not fit the unit"
    if names != ("printed depth",):
        return ""
    if tick in HALVES_MM and not from_zero and not usual_depth(ruler, numbers, tick, geometry):
        return UNUSUAL
    return "labels beyond the marks seen do not fit the printed depth" if goes_on_otherwise(ruler, numbers, tick, geometry) else ""
