"""The depth ruler: marks at equal distances in a column beside (or over the edge of) the scan, or in a row above or below it.

Rule 1: the pitch comes from all marks together, by least squares of their centroids, never from two neighbours.
Rule 2: marks that are not nearly all there, or not nearly equally spaced, are no ruler.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.scan_area import Floats
from edge.types import GrayImage, ScanGeometry

REACHES_PX = (4, 8)  # fine marks at a small pitch; larger ones whose neighbours stand a coarse reach away
CONTRAST = 22  # grey levels by which a mark stands out along the ruler
BRIGHT, LEAST_BRIGHT = 110, 9  # the same of marks drawn over the scan, and how many: few echoes do. test_bright_dots_over_the_scan_are_a_ruler
MOST_WIDTH = 0.03  # of the picture's longer side: echoes that come back again and again lie as equally apart, and are wider
LEAST_MARKS = 4
MOST_MARKS = 160
LEAST_PITCH_PX = 5.0
LEAST_FILL = 0.8  # of the marks between the first and the last
LEAST_FILL_MANY = 0.62  # of nine seen marks or more: focus markers hide some
LEAST_CHAIN = 0.15  # of the scan's height: so much unbroken run of marks a lattice grows from
LINKED = 0.07  # of the pitch, that neighbours' distance may be off it: a scaler moves marks by whole pixels: 32, 32, 30, 32 ...
MOST_BETWEEN = 1.0  # of the marks: so much else may stand between them, focus marks and writing
LEAST_SPAN = 0.25  # of the scan's height, which is found too great where it is dark below
OVER_SCAN = 0.15  # of the scan's width: so far inside its edges a ruler may be drawn
BESIDE_GAP_PX = 3
BESIDE_SIDE_PX = (1, 25)  # from a fan's slanted side, across it: where marks along it stand
MOST_MISSING = 3  # places from one mark to the next: what chances to lie on the lattice farther down is writing. Across, letters stand so near
MOSTLY_THERE = 0.75  # of what lies on a lattice: so much stands together in a ruler
STRAYS_PX, STRAYS = 1.8, 0.15  # of a mark off its place, or of its neighbour's distance, while a lattice grows; the share is of the pitch
MOST_RMS_PX, MOST_RMS = (0.5, 0.8), 0.012  # marks drawn at whole pixels stray by 0.29, scaled up by more; the share is of the pitch
ONE_LINE_RMS_PX = 0.7, 0.9  # of the marks of one line of pixels, by whole and half pixels: at any pitch, and at one of thirty
LARGE_RMS_PX = 0.75  # of 1080 rows, and in proportion: 480 scaled up to them, as scalers do, stray by 0.65
NEAR_PX, NEAR = 1.2, 0.012  # of its place in the lattice, and share of the pitch: what stands farther off is no mark alone, but with its label
NARROW_SHARE = 0.6  # of the marks end within a few pixels of the strip on both sides
LABELLED_EVERY = (2, 4, 5, 10)
NARROW_REST, LEAST_REST = 0.9, 4  # of the marks but every so many: those carry a label
LEAST_ALIKE = 7  # marks nearly all of which begin and end alike; of fewer all do
USUAL_ROWS = 720
TIP_PX = (2, 6)  # beside the tip of a large disc there is more of it
ALONGSIDE_PX = (5, 12)
END_SIZES = (0.4, 3.0)  # of the small and the large marks: what is smaller or larger at a ruler's end is none of its marks
END_FELLOWS = 3  # itself among them: so many marks begin and end like one beyond a missing mark
END_INK = 2.0  # of the fourth strongest mark: a last mark so much stronger is writing
BELOW = 0.5  # of the places of marks below a ruler's end that writing may lie on
END_ALIKE_PX, ENDS_PX, END_ALIKE = 3, 1, 0.5  # so many marks begin, end or have their middle in the same column
LONGEST_PX = 24  # beyond the strip that all marks are in, the larger ones reach no farther (16 at most seen)
MOSTLY = 0.6  # of a ruler's marks, that must be another's to be its larger ones
SAME_RULER_PX, PART_OF = 30, 0.35  # columns between a ruler and its labels, and the share of its pitch that those may stand off its marks
SAME_PITCH = 0.015
MOST_HALF_PX = 12, 8  # rows above and below a place in which its mark lies, and that tell its size
MAJOR_REACH_PX = 6  # a larger mark is at least so much larger


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """Marks at first_px + k * pitch_px, k = 0 .. count - 1, along one axis ("down": rows; "across": columns); low_px, high_px: the strip they
    lie in, on the other axis (exclusive end). major_every: every so many marks is larger (0: none is); major_phase: k of the first larger."""

    down: bool
    pitch_px: float
    first_px: float
    count: int
    rms_px: float
    low_px: int
    high_px: int
    major_every: int = 0
    major_phase: int = 0

    @property
    def span_px(self) -> float:
        return (self.count - 1) * self.pitch_px


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Equal distances in one line of pixels; seen: how many of the count are there."""

    pitch: float
    first: float
    count: int
    seen: int


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """What stands at each place of a lattice: the place (row), the centre and weight of what is there (0: nothing), its size with what is beside it,
    the columns of the strip in which it begins and ends; and lines, a row of pixels each, with reach columns on both sides of the strip."""

    place: Floats
    centre: Floats
    weight: Floats
    size: Floats
    left: Floats
    right: Floats
    lines: GrayImage
    reach: int

    @property
    def seen(self) -> NDArray[np.bool_]:
        return np.asarray(self.weight > 0, np.bool_)

    def part(self, low: int, high: int) -> _Marks:
        """The marks from one to before another."""
        cut = slice(low, high)
        marks = self.place[cut], self.centre[cut], self.weight[cut], self.size[cut], self.left[cut], self.right[cut], self.lines[cut]
        return _Marks(*marks, self.reach)


def find_rulers(pixels: GrayImage, geometry: ScanGeometry) -> tuple[Ruler, ...]:
    """Every ruler down the sides, best first."""
    width = geometry.right_px - geometry.left_px
    inner = round(OVER_SCAN * width)
    ranges = ((0, geometry.left_px + inner), (geometry.right_px - inner, pixels.shape[1]))
    extent = (geometry.top_px, geometry.bottom_px)
    found = [ruler for low, high in ranges for ruler in _in_strip(pixels, low, high, extent, down=True)]
    if not found:
        over = ((geometry.left_px, geometry.left_px + inner), (geometry.right_px - inner, geometry.right_px))
        bright = [ruler for low, high in over for ruler in _in_strip(pixels, low, high, extent, down=True, least=BRIGHT)]
        found = [ruler for ruler in bright if ruler.count >= LEAST_BRIGHT]
    return _wholes(sorted(found, key=_merit, reverse=True))


def _wholes(rulers: list[Ruler]) -> tuple[Ruler, ...]:
    """The rulers, best first, without those that are every so many marks of a better one beside them: its larger marks, or its labels. Their pitch is
    less exact, so the two would seem to disagree; and a wrong depth (5 cm for 10.5) fits few marks where it does not fit many.
    test_larger_marks_and_labels_are_no_second_ruler."""
    kept: list[Ruler] = []
    for ruler in rulers:
        if not any(_part_of(ruler, other) for other in kept):
            kept = [*(each for each in kept if not _part_of(each, ruler)), ruler]
    return tuple(kept)


def _part_of(ruler: Ruler, other: Ruler) -> bool:
    """Whether each mark of a ruler stands on one of another at its side, which has as many or more; beyond that one's ends is writing."""
    if ruler.pitch_px < 0.9 * other.pitch_px or max(ruler.low_px - other.high_px, other.low_px - ruler.high_px) > SAME_RULER_PX:
        return False
    if abs(ruler.pitch_px - other.pitch_px) <= SAME_PITCH * other.pitch_px and ruler.count < other.count:
        return True  # a column at its edge, where few marks are as long
    places = (ruler.first_px + ruler.pitch_px * np.arange(ruler.count) - other.first_px) / other.pitch_px
    on = np.abs(places - np.round(places)) <= PART_OF
    within = (places > -0.5) & (places < other.count - 0.5)
    return bool(on[within].all() and within.mean() >= MOSTLY)


def find_across(pixels: GrayImage, geometry: ScanGeometry) -> tuple[Ruler, ...]:
    """Every ruler above or below the scan, best first."""
    turned = np.ascontiguousarray(pixels.T)
    height = geometry.bottom_px - geometry.top_px
    inner = round(0.03 * height)
    ranges = ((max(0, geometry.top_px - height // 4), geometry.top_px + inner), (geometry.bottom_px - inner, pixels.shape[0]))
    extent = (geometry.left_px, geometry.right_px)
    found = [ruler for low, high in ranges for ruler in _in_strip(turned, low, high, extent, down=False)]
    return tuple(sorted(found, key=_merit, reverse=True))


def along_a_side(pixels: GrayImage, geometry: ScanGeometry, aspect: float) -> bool:
    """Whether marks stand along a fan's slanted side, at equal steps of range, as GE Vivid, Philips EPIQ and HP draw them. aspect: mm per column over
    mm per row."""
    if geometry.apex_px is None:
        return False
    half, reach, deep = radians(geometry.half_angle_deg), np.arange(*BESIDE_SIDE_PX), np.arange(geometry.inner_radius_px, geometry.outer_radius_px)
    row = np.round(geometry.apex_px[1] + deep[:, None] * cos(half) - reach * sin(half)).astype(np.int64)
    for sign in (-1, 1):
        off = (deep[:, None] * sin(half) + reach * cos(half)) / aspect
        column = np.round(geometry.apex_px[0] + sign * off).astype(np.int64)
        inside = (row >= 0) & (row < pixels.shape[0]) & (column >= 0) & (column < pixels.shape[1])
        strip = np.where(inside, pixels[row.clip(0, pixels.shape[0] - 1), column.clip(0, pixels.shape[1] - 1)], np.uint8(0))
        if _in_strip(strip, 0, strip.shape[1], (0, strip.shape[0]), down=True):
            return True
    return False


def _merit(ruler: Ruler) -> float:
    return ruler.count * min(1.0, (ruler.high_px - ruler.low_px) / 3) / (1 + ruler.rms_px)


def standing_out(pixels: GrayImage, reach_px: int) -> GrayImage:
    """How much each pixel is brighter than both pixels reach_px above and below it; 0 where it is not."""
    padded = np.pad(pixels, ((reach_px, reach_px), (0, 0)), mode="edge")
    around = np.maximum(padded[: -2 * reach_px], padded[2 * reach_px :])
    return np.asarray(np.maximum(pixels, around) - around, np.uint8)


def _in_strip(pixels: GrayImage, low: int, high: int, extent: tuple[int, int], *, down: bool, least: int = 0) -> list[Ruler]:
    """Rulers in columns low to high. extent: where the scan begins and ends along the ruler. least: grey levels by which marks stand out: more than
    CONTRAST for bright marks among echoes."""
    low, high = max(0, low), min(pixels.shape[1], high)
    if high - low < 2:
        return []
    height = extent[1] - extent[0]
    reach_px = max(6, round(pixels.shape[0] / 80))
    strip = pixels[:, low:high]
    proud = np.maximum.reduce([standing_out(strip, reach) for reach in (reach_px, *REACHES_PX)])
    if least:
        proud = np.where(proud > least, proud, np.uint8(0))
    marked = proud > CONTRAST
    begun = np.count_nonzero(marked[1:] & ~marked[:-1], axis=0)
    likely = (begun >= LEAST_MARKS - 1) & (begun <= 3 * MOST_MARKS)
    missing = MOST_MISSING if down else MOST_MARKS
    columns = [_lattice_of(marked[:, column], height, missing) if likely[column] else None for column in range(high - low)]
    rulers = []
    for group in _groups(columns):
        if group[-1] - group[0] >= MOST_WIDTH * max(pixels.shape):
            continue
        ruler = _measured(proud, columns, group, low, down=down)
        if ruler is not None and not _tips(strip, ruler, low, reach_px):
            rulers.append(ruler)
    return rulers


def _lattice_of(line: NDArray[np.bool_], height: int, missing: int) -> _Lattice | None:
    """The best lattice of one line's marks, None where there is none. missing: places from a mark to the next, at most."""
    edges = np.flatnonzero(np.diff(line.view(np.int8), prepend=0, append=0))
    centres = (edges[::2] + edges[1::2] - 1) / 2  # of the runs of set pixels
    if not LEAST_MARKS <= centres.size <= 3 * MOST_MARKS or np.ptp(centres) < LEAST_SPAN * height:
        return None
    steps = np.diff(centres)
    best: _Lattice | None = None
    trials = _common(steps)
    # doubled lines put marks half a line off, a scaler moves neighbours apart (13, 14.5, 14.5 ... 12.5 rows), and a short chain's pitch runs
    # away from the marks far from it
    for strays_px in (0.0, STRAYS_PX):
        for trial in trials:
            lattice = _grown(centres, trial, height, missing, strays_px)
            if lattice is not None and (best is None or lattice.seen > best.seen):
                best = lattice
        if best is not None:
            break
    return best


def _common(steps: Floats) -> list[float]:
    """Distances between neighbours that occur most, three at most, widely first found."""
    usable = steps[steps >= LEAST_PITCH_PX]
    if usable.size < 2:
        return []
    ordered = np.sort(usable)
    tolerance = np.maximum(1.0, 0.03 * ordered)
    near = np.searchsorted(ordered, ordered + tolerance, "right") - np.searchsorted(ordered, ordered - tolerance, "left")
    chosen: list[float] = []
    for index in np.argsort(-near):
        value = float(ordered[index])
        if near[index] >= 2 and all(abs(value - other) > 0.06 * other + 1 for other in chosen):
            chosen.append(float(np.median(ordered[np.abs(ordered - value) <= tolerance[index]])))
        if len(chosen) == 3:
            break
    return chosen


def _grown(centres: Floats, pitch: float, height: int, missing: int, strays_px: float) -> _Lattice | None:
    """A lattice grown from the longest chain of neighbours at about the pitch. strays_px: how far off its place a mark may be at first."""
    tolerance = max(1.2, LINKED * pitch, min(strays_px, STRAYS * pitch))
    linked = np.abs(np.diff(centres) - pitch) <= tolerance
    edges = np.flatnonzero(np.diff(np.concatenate([[0], linked.view(np.int8), [0]])))
    if edges.size == 0:
        return None
    lengths = edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    if lengths[longest] * pitch < LEAST_CHAIN * height:
        return None
    begin, end = int(edges[2 * longest]), int(edges[2 * longest + 1])
    first = float(centres[begin])
    if end - begin >= 2:
        pitch, _ = _line(np.arange(end - begin + 1), centres[begin : end + 1])
    index = np.zeros(0, np.int64)
    residual = np.zeros(0)
    for strays in (strays_px, strays_px, 0.0, 0.0, 0.0):
        whole = np.round((centres - first) / pitch)
        off = centres - first - whole * pitch
        near = np.abs(off) <= max(1.2, 0.05 * pitch, min(strays, STRAYS * pitch))
        if near.sum() < LEAST_MARKS:
            return None
        index, places = np.unique(whole[near], return_index=True)
        apart = index[1:] - index[:-1] > missing
        if apart.any():
            together = max(np.split(np.arange(index.size), np.flatnonzero(apart) + 1), key=len)
            if together.size < max(LEAST_MARKS, MOSTLY_THERE * index.size):
                return None  # writing all the way
            index, places = index[together], places[together]
        kept = centres[near][places]
        pitch, first = _line(index, kept)
        residual = kept - first - pitch * index
        if pitch < LEAST_PITCH_PX:
            return None
    count = int(index[-1] - index[0]) + 1
    first += float(index[0]) * pitch
    rms = float(np.sqrt(np.mean(residual**2)))
    between = ((centres > first - pitch / 2) & (centres < first + (count - 0.5) * pitch)).sum()
    fill = LEAST_FILL_MANY if index.size >= 9 else LEAST_FILL
    if not LEAST_MARKS <= count <= MOST_MARKS or index.size < fill * count or (count - 1) * pitch < LEAST_SPAN * height:
        return None
    if between > (1 + MOST_BETWEEN) * index.size + 1 or rms > max(ONE_LINE_RMS_PX[0], min(0.03 * pitch, ONE_LINE_RMS_PX[1]), 0.02 * pitch):
        return None
    return _Lattice(pitch, first, count, int(index.size))


def _line(index: NDArray[Any], values: Floats) -> tuple[float, float]:
    """Slope and value at 0 of the least-squares line."""
    middle, mean = float(index.mean()), float(values.mean())
    off = index - middle
    slope = float((off * (values - mean)).sum() / (off * off).sum())
    return slope, mean - slope * middle


def _same(one: _Lattice, other: _Lattice) -> bool:
    """Whether two lines hold the same marks."""
    if abs(one.pitch - other.pitch) > 0.02 * one.pitch:
        return False
    shift = (other.first - one.first) / one.pitch
    return abs(shift - round(shift)) < 0.15


def _groups(columns: list[_Lattice | None]) -> list[list[int]]:
    """Neighbouring lines with the same lattice."""
    groups: list[list[int]] = []
    for column, lattice in enumerate(columns):
        if lattice is None:
            continue
        for group in groups:
            last = columns[group[-1]]
            if column - group[-1] <= BESIDE_GAP_PX and last is not None and _same(last, lattice):
                group.append(column)
                break
        else:
            groups.append([column])
    return groups


def _measured(proud: GrayImage, columns: list[_Lattice | None], group: list[int], low: int, *, down: bool) -> Ruler | None:
    """The group's ruler, its pitch from the centres of all marks; None where those at its places are not alike, or not equally apart."""
    best = max((lattice for lattice in (columns[column] for column in group) if lattice is not None), key=lambda lattice: lattice.seen)
    begin, end = group[0], group[-1] + 1
    marks = _marks_at(proud, begin, end, best)
    marks = marks.part(*_ends(marks))
    off = np.abs(marks.centre - marks.place) <= max(NEAR_PX, NEAR * best.pitch)
    near = marks.seen & off if (marks.seen & off).sum() >= LEAST_MARKS - 1 else marks.seen
    count = _ended(near | (_fellows(marks, near, ENDS_PX) >= 2))  # a mark whose centre the writing beside it moves begins and ends as others do
    near = near[:count]
    if near.sum() < LEAST_MARKS - 1 or marks.seen.sum() < LEAST_MARKS:
        return None
    pitch, first, rms = _line_through(np.arange(count)[near], marks.centre[:count][near])
    rows = proud.shape[0] if down else 0  # across, a scaler's whole rows do not move marks
    if rms > np.clip(MOST_RMS * best.pitch, max(MOST_RMS_PX[0], LARGE_RMS_PX * min(1.0, rows / 1080)), MOST_RMS_PX[1]):
        return None
    marks = _marks_at(proud, begin, end, _Lattice(pitch, first, count, int(near.sum())))
    if not _narrow(marks):
        return None
    return Ruler(down, pitch, first, count, rms, low + begin, low + end, *major_marks(marks.size))


def _marks_at(proud: GrayImage, begin: int, end: int, lattice: _Lattice) -> _Marks:
    """What stands at the places of a lattice in columns begin to end, and beside them."""
    place = np.asarray(lattice.first + lattice.pitch * np.arange(lattice.count), np.float64)
    ink = np.where(proud > CONTRAST / 2, proud, np.uint8(0))
    half = max(2, int(min(0.4 * lattice.pitch, MOST_HALF_PX[0])))
    low, high = max(0, begin - MAJOR_REACH_PX), end + MAJOR_REACH_PX
    line, wide = (np.pad(ink[:, first:last].sum(axis=1, dtype=np.float64), half) for first, last in ((begin, end), (low, high)))
    rows = np.round(place).astype(np.int64)[:, None] + np.arange(-half, half + 1)
    there = np.clip(rows + half, 0, line.size - 1)
    close = slice(max(0, half - MOST_HALF_PX[1]), half + MOST_HALF_PX[1] + 1)
    weight, size = line[there].sum(axis=1), wide[there[:, close]].sum(axis=1)
    centre = np.where(weight > 0, (line[there] * rows).sum(axis=1) / np.maximum(weight, 1), place)
    at = np.clip(rows[:, half, None] + np.array([-1, 0, 1]), 0, proud.shape[0] - 1)
    reach = max(LONGEST_PX, round(LONGEST_PX * proud.shape[0] / USUAL_ROWS))  # in a larger picture they are drawn larger
    padded = np.pad(proud[at].max(axis=1), ((0, 0), (reach, reach)))[:, begin : end + 2 * reach]
    return _Marks(place, centre, weight, size, *_extents(padded, reach), padded, reach)


def _extents(lines: GrayImage, reach: int) -> tuple[Floats, Floats]:
    """Column in which each mark begins and the one in which it ends, from the strip's first: the unbroken run through its brightest. lines: a row a
    mark, with reach columns on both sides of the strip."""
    peak = lines[:, reach : lines.shape[1] - reach].argmax(axis=1)[:, None] + reach
    lit = lines > CONTRAST
    lit[:, 1:-1] |= lit[:, :-2] & lit[:, 2:]  # where a ruler's axis crosses
    column = np.arange(lines.shape[1])
    left = np.where(~lit & (column < peak), column, -1).max(axis=1) + 1
    right = np.where(~lit & (column > peak), column, lines.shape[1]).min(axis=1) - 1
    return np.asarray(left - reach, np.float64), np.asarray(right - reach, np.float64)


def _fellows(marks: _Marks, among: NDArray[np.bool_], reach_px: int) -> NDArray[np.int64]:
    """How many of some marks begin and end like each."""
    alike = [np.abs(side[:, None] - side[among]) <= reach_px for side in (marks.left, marks.right)]
    return np.asarray((alike[0] & alike[1]).sum(axis=1), np.int64)


def _ends(marks: _Marks) -> tuple[int, int]:
    """First mark and the one behind the last: text that chances to lie on the lattice beyond the ruler's ends looks unlike its marks."""
    seen, size = marks.seen, marks.size
    ordered = np.sort(size[seen])
    small, large = ordered[ordered.size // 6], ordered[-min(3, ordered.size)]
    strongest = END_INK * np.sort(marks.weight)[-min(4, seen.size)]
    width, reach = marks.lines.shape[1] - 2 * marks.reach, marks.reach // 2
    left, right = np.maximum(marks.left, -reach), np.minimum(marks.right, width + reach - 1)
    begins, ends, centred = ((np.abs(side[:, None] - side[seen]) <= END_ALIKE_PX).mean(axis=1) for side in (left, right, (left + right) / 2))
    like = (np.maximum(np.maximum(begins, ends), centred) >= END_ALIKE) & ((size <= END_SIZES[1] * large) | (centred >= END_ALIKE))  # a large zero
    like &= seen & (size >= END_SIZES[0] * small)
    fellows = _fellows(marks, seen, END_ALIKE_PX) >= END_FELLOWS

    def own(mark: int, inwards: int) -> bool:
        beyond = [seen[mark + step * inwards] for step in (1, 2, 3) if 0 <= mark + step * inwards < seen.size]
        return bool(like[mark] and sum(beyond) >= 2 and (beyond[0] or fellows[mark]))  # beyond a missing mark only what is like others

    low, high = 0, seen.size
    while high - low > LEAST_MARKS and (marks.weight[high - 1] > strongest or not own(high - 1, -1)):
        high -= 1
    while high - low > LEAST_MARKS and not own(low, 1):
        low += 1
    return low, high


def _ended(there: NDArray[np.bool_]) -> int:
    """How many marks there are before writing below, some lines of which chance to lie on the lattice: not on its first place, and on few others
    (test_settings_below_a_ruler_are_no_marks)."""
    for count in range(LEAST_MARKS, there.size - 1):
        beyond = there[count:]
        if not beyond[0] and beyond.sum() <= BELOW * beyond.size and (beyond.size > 2 or not beyond.any()):
            return count
    return int(there.size)


def _narrow(marks: _Marks) -> bool:
    """Whether most marks end near the strip on both sides, as echoes and lines of text do not; or nearly all begin and end in the same columns, small
    and large ones each in theirs; or all but every so many, which carry a label."""
    near, far = (round(each * marks.reach / LONGEST_PX) for each in ALONGSIDE_PX)
    inside = marks.lines[:, marks.reach : marks.lines.shape[1] - marks.reach].mean(axis=1)
    beside = [side[:, marks.reach - far : marks.reach - near].mean(axis=1) for side in (marks.lines, marks.lines[:, ::-1])]
    narrow = np.maximum(*beside) < 0.45 * inside
    if narrow.mean() >= NARROW_SHARE:
        return True
    width = marks.lines.shape[1] - 2 * marks.reach
    inner = (marks.left > -marks.reach) & (marks.right < width + marks.reach - 1)
    ends = np.stack([marks.left, marks.right], axis=1)
    kinds, counts = np.unique(ends, axis=0, return_counts=True)
    usual = kinds[np.argsort(-counts)[:2]]
    alike = np.abs(ends[:, None] - usual).max(axis=2).min(axis=1) <= 1
    alike &= inner
    if alike.mean() >= (NARROW_REST if alike.size >= LEAST_ALIKE else 1.0):
        return True
    rest = [narrow[np.arange(narrow.size) % every != phase] for every in LABELLED_EVERY for phase in range(every)]
    return any(part.size >= LEAST_REST and part.mean() >= NARROW_REST for part in rest)


def _tips(strip: GrayImage, ruler: Ruler, low: int, reach_px: int) -> bool:
    """Whether the marks are the tips of discs or panels: beside most of them, bright pixels reach farther up and down than a mark does."""
    at = np.round(ruler.first_px + ruler.pitch_px * np.arange(ruler.count)).astype(np.int64)
    rows = np.clip(at[:, None] + np.arange(-reach_px - 2, reach_px + 3), 0, strip.shape[0] - 1)
    between = np.clip(at + round(ruler.pitch_px / 2), 0, strip.shape[0] - 1)
    begin, end = ruler.low_px - low, ruler.high_px - low
    grey = strip.astype(np.int16)
    usual = np.median(grey[:, begin:end])

    def disc(first: int, last: int) -> NDArray[np.bool_]:
        part = np.abs(grey[:, max(0, first) : max(0, last)] - usual) > CONTRAST / 2
        solid = np.asarray(part[rows].all(axis=1), np.bool_)
        return np.asarray((solid & ~part[between]).any(axis=1), np.bool_)  # an axis and the scan are bright between marks too

    near, far = TIP_PX
    return bool((disc(begin - far, begin - near + 1) | disc(end + near - 1, end + far)).mean() >= NARROW_SHARE)


def _line_through(index: NDArray[np.int64], centres: Floats) -> tuple[float, float, float]:
    """Pitch, first and rms of the least-squares lattice, marks far off it left out."""
    keep = np.ones(index.size, np.bool_)
    pitch = first = rms = 0.0
    for _ in range(4):
        pitch, first = _line(index[keep], centres[keep])
        off = np.abs(centres - first - pitch * index)
        rms = float(np.sqrt(np.mean(off[keep] ** 2)))
        narrower = off <= max(0.35, 2.5 * float(np.median(off[keep])))
        if narrower.sum() < LEAST_MARKS - 1 or np.array_equal(narrower, keep):
            break
        keep = narrower
    return pitch, first, rms


def major_marks(sizes: Floats) -> tuple[int, int]:
    """Every how many marks is larger, and the first larger one; (0, 0) where the sizes tell nothing."""
    best = (0.0, 0, 0)
    for every in (2, 4, 5, 10):
        if sizes.size < 2 * every + 1:
            continue
        for phase in range(every):
            large = sizes[phase::every]
            small = np.delete(sizes, np.arange(phase, sizes.size, every))
            if large.size < 2:
                continue
            least, most = float(np.median(large)), float(np.median(small))
            parted = float((large > 1.15 * most).mean() + (small < 0.87 * least).mean()) / 2
            if least > 1.25 * max(most, 1e-9) and parted > 0.88 and parted > best[0] + 0.04:
                best = (parted, every, phase)
    return best[1], best[2]
