"""How much of a shape's edge a picture shows: face, sides and bottom, looked at beam by beam.

Rule 1: an edge is seen where there is foreground just inside it and none just outside; what lies farther off does not count.
Rule 2: the face is the topmost edge that most beams begin at together and that ends with the scan's sides; a line of the screen runs on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, floor, radians, sin, tan

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.shape import Floats, Mask, beginning
from edge.types import ScanGeometry

BEAMS = 96
INSIDE_PX = 3  # foreground within so many pixels inside the edge
BEHIND_PX, BEHIND = 9, 5  # so many of the next pixels are foreground too: a line has nothing behind it
SIDE_PX, SIDE = 14, 6
GAP_PX = 2  # the first pixel outside may be smeared; the two after it may not
LEAST_FACE_RUN = 0.06  # of a face's width: marks, and a probe's marker, beside it are narrower
LEAST_FACE = (0.8, 0.5)  # of the beams that begin together at the face; fewer serve where nowhere so many do
END_PX = (3, 4)  # beside the face's ends: nearer than a probe's marker stands
# MARK_PX: columns beside a flat face. What ends within them on one side is a ruler's mark, if MARKED_SIDES of each side and of both are seen.
# LINE_PX: columns beside an arc. Writing, or a line of the screen, fills LINE_FULL of them on both sides: writing above a fan had passed for its
# face, 42 mm off. tests/system/test_screens.py holds both.
MARK_PX, MARKED_SIDES, LINE_PX, LINE_FULL = 40, (0.3, 1.0), 24, 0.5
LEAST_CHORD_PX = 16.0  # a narrower face is a point
# Least width of a face, of the scan's; a phased array's may be narrower: one of 0.05 was taken for a point, and the origin stood 1.1 mm off. Above a
# convex fan words in the screen's head are as wide.
LEAST_CHORD, LEAST_PHASED_CHORD = 0.06, 0.04
SIDE_POINTS = 128
LEAST_ARC_DEG = 15.0  # a wider arc tells its centre without the sides
SURE_FACE, MOST_RIVAL, MOST_LEAK = 0.85, 0.5, 0.2
CLEAR_FACE, CLEAR_RIVAL = 0.95, 0.3
ECHO_PX = 24  # above the far edge: reverberation's lines stand closer
SEEN_BOTTOM, SURE_BOTTOM = 0.3, 0.6  # of the beams that end together at the far edge: they may at a wide bone
# least of a curved face, most of a rival and past the sides: of 589 phantom frames, a third in water, 6 more are read, all right to 0.05 mm
WHOLE_ARC, WIDE_ARC_DEG = (0.9, 0.15, 0.1), 20.0
SOLID = 0.8
PLAIN_SIDE, PLAIN_SIDES = 0.4, 1.0  # of each side and of both together
PHASED_HALF_DEG, PHASED_LEAK = 34.0, 0.08  # least half angle of a phased fan (made: 36 to 45; a piece of a flat face: 16 to 30); most past its sides
# 52 phantom frames of phased arrays whose face was not surely seen: right in 38 of 38 with this much of both sides and a face narrower than can be
# seen; where some of a face showed, in 3 of 5 (subjects 3,950,000 to 3,950,299)
LEAST_FAN_SIDE, MOST_FAN_LEAK, NO_FACE = 0.55, 0.15, 0.01
# of both sides of a flat face that is plain to see from end to end, and of the worse seen, where the far edge is seen too
FRAMED = (0.25, 0.5)
# 155 of 4,200 phantom frames show a face that is not surely seen. Where so much of it shows and a ruler begins there, 50 of 50 are right to 0.35 mm;
# of the others one in three is off by more than 1 mm.
NEARLY_FACE = 0.7


@dataclass(frozen=True, slots=True)
class EdgesSeen:
    """Shares (0 to 1) of the shape's edges that are seen, and of the sides that something leaks over. rival: the greatest share of beams that
    begin together somewhere above the face: below it the face is the topmost."""

    face: float
    rival: float
    left: float
    right: float
    bottom: float
    leak: float

    @property
    def clear_face(self) -> bool:
        """Nearly all of the face is seen, and little above it looks like one."""
        return self.face >= CLEAR_FACE and self.rival <= CLEAR_RIVAL

    @property
    def plain_sides(self) -> bool:
        """Both sides are plain to see."""
        return min(self.left, self.right) >= PLAIN_SIDE and self.left + self.right >= PLAIN_SIDES

    @property
    def some_sides(self) -> bool:
        """Something of both sides is seen."""
        return min(self.left, self.right) >= 0.1 and self.left + self.right >= 0.4

    @property
    def far_edge(self) -> bool:
        """The far edge is seen."""
        return self.bottom >= SEEN_BOTTOM

    @property
    def sure_far_edge(self) -> bool:
        """So much of the far edge is seen that it is no bone's."""
        return self.bottom >= SURE_BOTTOM

    @property
    def solid(self) -> bool:
        """Nearly all of the outline is seen."""
        return min(self.face, self.left, self.right, self.bottom) >= SOLID

    @property
    def merit(self) -> float:
        return self.face + 0.7 * (self.left + self.right) + 0.4 * self.bottom - 1.5 * self.leak


@dataclass(frozen=True, slots=True, eq=False)
class Beams:
    """Foreground along BEAMS lines from the apex (or down the columns): set[beam, step], known where the step lies in the picture."""

    set: Mask
    known: Mask


def beams_of(mask: Mask, geometry: ScanGeometry, aspect: float) -> Beams:
    """One step is one row pixel of range (a row, for a rectangle and for the flat face of a virtual convex)."""
    rows, columns = mask.shape
    if geometry.apex_px is None:
        at = np.linspace(geometry.left_px + 2, geometry.right_px - 3, BEAMS).round().astype(np.int64)
        return Beams(np.ascontiguousarray(mask[:, np.clip(at, 0, columns - 1)].T), np.ones((BEAMS, rows), np.bool_))
    angle = np.linspace(-0.96, 0.96, BEAMS) * radians(geometry.half_angle_deg)
    steps = np.arange(int(min(geometry.outer_radius_px, rows - geometry.apex_px[1]) + 12), dtype=np.float64)
    if geometry.kind == "virtual_convex":
        across, down = np.tan(angle)[:, None] * steps, np.broadcast_to(steps, (BEAMS, steps.size))
    else:
        across, down = np.sin(angle)[:, None] * steps, np.cos(angle)[:, None] * steps
    return _looked_up(mask, geometry, aspect, across, down)


def _looked_up(mask: Mask, geometry: ScanGeometry, aspect: float, across: Floats, down: Floats) -> Beams:
    """Foreground at points from the apex, in row pixels."""
    assert geometry.apex_px is not None
    column = np.round(geometry.apex_px[0] + across / aspect).astype(np.int64)
    row = np.round(geometry.apex_px[1] + down).astype(np.int64)
    known = (column >= 0) & (column < mask.shape[1]) & (row >= 0) & (row < mask.shape[0])
    found = mask[np.clip(row, 0, mask.shape[0] - 1), np.clip(column, 0, mask.shape[1] - 1)] & known
    return Beams(found, known)


def begins(beams: Beams, *, thick: bool) -> Floats:
    """(steps,): share of beams that begin at each step: foreground within INSIDE_PX from it, none in the pixels before. thick: and more of it
    behind, for a straight edge may be a line of the screen; an arc is none."""
    count = beams.set.shape[1]
    padded = np.pad(beams.set, ((0, 0), (GAP_PX + 1, INSIDE_PX)))
    before = padded[:, :count] | padded[:, 1 : count + 1]
    first = GAP_PX + 1
    within = padded[:, first : first + count].copy()
    for step in range(1, INSIDE_PX):
        within |= padded[:, first + step : first + step + count]
    if thick:
        total = np.cumsum(np.pad(beams.set, ((0, 0), (1, BEHIND_PX - 1))), axis=1, dtype=np.int32)
        within &= total[:, BEHIND_PX:] - total[:, :-BEHIND_PX] >= BEHIND
    known = beams.known.sum(axis=0)
    share = (within & ~before & beams.known).sum(axis=0) / np.maximum(known, 1)
    return np.where(known >= 0.6 * BEAMS, share, 0.0)


def ends_there(mask: Mask, geometry: ScanGeometry, aspect: float, share: Floats) -> NDArray[np.bool_]:
    """(steps,): whether an edge that this share of the beams begin at ends with both sides: a line across the screen goes on. Beside a flat face
    a mark of the ruler may stand, on one side of it."""
    if geometry.apex_px is None:
        return _flat_ends(mask, geometry, share.size)
    half, step, off = radians(geometry.half_angle_deg), np.arange(share.size), np.array(END_PX)
    free = np.ones(share.size, np.bool_)
    for sign in (-1, 1):
        across = sign * (step[:, None] * sin(half) + off * cos(half))
        down = step[:, None] * cos(half) - off * sin(half)
        beside = _looked_up(mask, geometry, aspect, across, down).set
        free &= ~_or_below(np.asarray(beside.all(axis=1), np.bool_))
    chord = LEAST_PHASED_CHORD if geometry.kind == "phased" else LEAST_CHORD
    least = max(LEAST_CHORD_PX, chord * (geometry.right_px - geometry.left_px) * aspect)
    free &= 2 * step * sin(half) >= least
    for at in np.flatnonzero(free & (share >= CLEAR_RIVAL)):
        free[at] = not _in_a_line(mask, geometry, aspect, int(at))
    return free


def _flat_ends(mask: Mask, geometry: ScanGeometry, steps: int) -> NDArray[np.bool_]:
    """ends_there of a rectangle's rows. What ends a little beyond one of two sides that are seen is a ruler's mark; beyond a dark side it may be the
    face itself."""
    touched, crossed = [], []
    for sign in (-1, 1):
        column = (geometry.left_px if sign < 0 else geometry.right_px - 1) + sign * np.arange(END_PX[0], MARK_PX)
        beside: Mask = mask[:steps, np.clip(column, 0, mask.shape[1] - 1)] & ((column >= 0) & (column < mask.shape[1]))
        touched.append(_or_below(np.asarray(beside[:, : len(END_PX)].all(axis=1), np.bool_)))
        crossed.append(_or_below(np.asarray(beside.all(axis=1), np.bool_)))
    left, right, _ = side_shares(mask, geometry, 1.0)
    if min(left, right) < MARKED_SIDES[0] or left + right < MARKED_SIDES[1]:
        return np.asarray(~touched[0] & ~touched[1], np.bool_)
    return np.asarray(~(touched[0] & touched[1]) & ~crossed[0] & ~crossed[1], np.bool_)


def _or_below(rows: Mask) -> Mask:
    """(steps,): set there or at one of the INSIDE_PX - 1 steps below."""
    found = rows.copy()
    for later in range(1, INSIDE_PX):
        found[:-later] |= rows[later:]
    return found


def _in_a_line(mask: Mask, geometry: ScanGeometry, aspect: float, step: int) -> bool:
    """Whether what an arc begins with goes on level beyond both of the fan's sides."""
    assert geometry.apex_px is not None
    half = radians(geometry.half_angle_deg)
    down = np.arange(floor(step * cos(half)), step + INSIDE_PX)[:, None]
    off = np.arange(END_PX[0], LINE_PX)
    level = np.broadcast_to(down, (down.size, off.size)).astype(np.float64)
    sides = [_looked_up(mask, geometry, aspect, sign * (down * tan(half) + off * aspect), level) for sign in (-1, 1)]
    return all(float(side.set.any(axis=0).mean()) >= LINE_FULL for side in sides)


def _face_at(share: Floats, free: NDArray[np.bool_], old: int, deepest: int) -> int:
    """The topmost step at which enough beams begin together; where there is none, the best one near the old face."""
    share = np.where(free, share, 0.0)[: max(1, deepest)]
    for least in LEAST_FACE:
        peaks = np.flatnonzero(share >= least)
        if peaks.size:
            first = int(peaks[0])
            return first + int(np.argmax(share[first : first + INSIDE_PX + 2]))
    low = max(0, old - 6)
    near = share[low : old + 7]
    return low + int(np.argmax(near)) if near.size and near.max() > 0 else old


def _first_set(beams: Beams, at: int) -> float:
    """Mean of the first set steps of the beams that begin about there."""
    low = max(0, at - 2)
    part = beams.set[:, low : at + 4]
    begun = part.any(axis=1)
    if not begun.any():
        return float(at)
    first = part.argmax(axis=1)[begun] + low
    usual = int(np.bincount(first).argmax())
    return float(np.mean(first[np.abs(first - usual) <= 1]))


def look(mask: Mask, geometry: ScanGeometry, aspect: float) -> tuple[ScanGeometry, EdgesSeen]:
    """The geometry with its face moved to where the beams say it is, and how much of its edges is seen."""
    beams = beams_of(mask, geometry, aspect)
    share = begins(beams, thick=geometry.kind in ("rectangle", "virtual_convex"))
    free = ends_there(mask, geometry, aspect, share)
    old = geometry.top_px if geometry.apex_px is None else round(geometry.inner_radius_px)
    far = geometry.bottom_px if geometry.apex_px is None else round(geometry.outer_radius_px)
    at = _face_at(share, free, min(old, share.size - 1), min(share.size, round(0.3 * old + 0.7 * far)))
    face = float(share[max(0, at - 1) : at + 2].max()) if free[at] else 0.0
    rival = float(np.where(free, share, 0.0)[: max(0, at - 4)].max(initial=0.0))
    moved = beginning(geometry, _first_set(beams, at))
    left, right, leak = side_shares(mask, moved, aspect)
    return moved, EdgesSeen(face, rival, left, right, _bottom(beams, far), leak)


def under_the_face(mask: Mask, geometry: ScanGeometry) -> ScanGeometry:
    """A rectangle with its sides where its face ends. A ruler or buttons beside a dark side widen it (by 16 % once), but nothing joins them along the
    top; a probe's marker beside the face is short and stands apart. test_buttons_or_a_marker_beside_a_dark_side_make_no_face_wider."""
    along = mask[geometry.top_px : geometry.top_px + INSIDE_PX, geometry.left_px : geometry.right_px].any(axis=0)
    at = np.flatnonzero(along)
    runs = [run for run in np.split(at, np.flatnonzero(np.diff(at) > GAP_PX + 1) + 1) if run.size]
    least = LEAST_FACE_RUN * (geometry.right_px - geometry.left_px)
    long = [run for run in runs if run.size >= least]
    if not long:
        return geometry
    return replace(geometry, left_px=geometry.left_px + int(long[0][0]), right_px=geometry.left_px + int(long[-1][-1]) + 1)


def shown(mask: Mask, geometry: ScanGeometry, aspect: float) -> Floats:
    """(steps,): share of beams with foreground at each row (step of range, for a fan)."""
    return np.asarray(beams_of(mask, geometry, aspect).set.mean(axis=0), np.float64)


def _bottom(beams: Beams, far: int) -> float:
    """Share of beams that end at the deepest edge. What stands by itself there is the last echo of a reverberation."""
    turned = Beams(beams.set[:, ::-1], beams.known[:, ::-1])
    share = begins(turned, thick=True)[::-1]
    ended = float(share[max(0, far - 3) : far + 3].max(initial=0.0))
    above = beams.set[:, max(0, far - ECHO_PX) : max(0, far - INSIDE_PX)].mean(axis=0)
    return ended if above.size and above.min() >= 0.5 * ended else 0.0


def side_shares(mask: Mask, geometry: ScanGeometry, aspect: float) -> tuple[float, float, float]:
    """EdgesSeen shares of the left and right side and the share of both that something leaks over."""
    seen, leaks = [], []
    for sign in (-1, 1):
        inner, outer = _beside(mask, geometry, aspect, sign)
        seen.append(float((inner & ~outer).mean()))
        leaks.append(float((inner & outer).mean()))
    return seen[0], seen[1], (leaks[0] + leaks[1]) / 2


def _beside(mask: Mask, geometry: ScanGeometry, aspect: float, sign: int) -> tuple[Mask, Mask]:
    """(SIDE_POINTS,) whether there is foreground just inside and just outside one side. The box cuts a fan short: then its edge is the side."""
    limit = geometry.left_px if sign < 0 else geometry.right_px - 1
    if geometry.apex_px is None:
        row = np.linspace(geometry.top_px + 3, geometry.bottom_px - 4, SIDE_POINTS).round().astype(np.int64)[:, None]
        column = np.full((SIDE_POINTS, 1), limit)
    else:
        half = radians(geometry.half_angle_deg)
        along = np.linspace(geometry.inner_radius_px + 4, geometry.outer_radius_px - 4, SIDE_POINTS)
        slant = geometry.apex_px[0] + sign * along * sin(half) / aspect
        column = (np.maximum(slant, limit) if sign < 0 else np.minimum(slant, limit)).round().astype(np.int64)[:, None]
        row = (geometry.apex_px[1] + along * cos(half)).round().astype(np.int64)[:, None]

    def at(off: NDArray[np.int64]) -> NDArray[np.int64]:
        wanted = column + sign * off
        there = (wanted >= 0) & (wanted < mask.shape[1]) & (row >= 0) & (row < mask.shape[0])
        found = mask[np.clip(row, 0, mask.shape[0] - 1), np.clip(wanted, 0, mask.shape[1] - 1)] & there
        return np.asarray(found.sum(axis=1), np.int64)

    return (at(np.arange(-4, 1)) > 0) & (at(np.arange(1 - SIDE_PX, 1)) >= SIDE), at(np.arange(3, 6)) > 0


def surely_seen(seen: EdgesSeen, geometry: ScanGeometry, shape: tuple[int, int]) -> bool:
    """Whether the face is where the geometry says, by the picture alone: it is seen, nothing above it looks like one, and both sides are seen
    to end with it; of a phased array the sides alone tell it. A rectangle along the picture's rim needs more: panels of a screen lie there."""
    if geometry.kind == "phased" and seen.face <= NO_FACE and min(seen.left, seen.right) >= LEAST_FAN_SIDE and seen.leak <= MOST_FAN_LEAK:
        return True  # a phased array's face is a point, dark in most pictures: the sides meet in it
    if seen.face < SURE_FACE or seen.rival > MOST_RIVAL or seen.leak > MOST_LEAK:
        return False
    least, both = min(seen.left, seen.right), seen.left + seen.right
    if geometry.apex_px is not None:
        arc = geometry.kind == "convex" and _arc_tells(seen, geometry.half_angle_deg)
        return arc or (least >= 0.08 and both >= 0.4 if seen.face >= CLEAR_FACE else seen.plain_sides)
    if _along_the_rim(geometry, shape):
        return seen.plain_sides
    framed = seen.clear_face and seen.sure_far_edge and least >= FRAMED[0] and both >= FRAMED[1]
    return framed or (least >= (0.08 if seen.clear_face else 0.15) and both >= 0.7)


def _arc_tells(seen: EdgesSeen, half_angle_deg: float) -> bool:
    """Whether a curved face is wide enough, and so much of it seen, that it tells its centre without the sides."""
    nearly_whole = seen.face >= WHOLE_ARC[0] and seen.rival <= WHOLE_ARC[1] and seen.leak <= WHOLE_ARC[2] and half_angle_deg >= WIDE_ARC_DEG
    return nearly_whole or (seen.clear_face and half_angle_deg >= LEAST_ARC_DEG)


def phased_sides(seen: EdgesSeen, half_angle_deg: float) -> bool:
    """Whether a phased array's sides tell its middle. Its face is short, and a piece of any bright line looks the same: two such pieces had passed
    for fans, 12 mm off across. In a fan as wide as phased arrays make, past which nothing leaks, a clear face tells it too.
    test_a_phased_arrays_middle_is_told_by_its_sides."""
    wide = half_angle_deg >= PHASED_HALF_DEG and seen.clear_face and seen.leak <= PHASED_LEAK
    return wide or seen.plain_sides or (min(seen.left, seen.right) >= 0.08 and seen.left + seen.right >= PLAIN_SIDES)


def _along_the_rim(geometry: ScanGeometry, shape: tuple[int, int]) -> bool:
    return geometry.left_px == 0 or geometry.right_px == shape[1]


def partly_seen(seen: EdgesSeen, geometry: ScanGeometry, shape: tuple[int, int]) -> bool:
    """Whether enough of the face is seen to believe the ruler whose zero lies there. A rectangle along the picture's rim needs plain sides here too:
    panels lie there, and one put the origin 1.5 mm off (test_along_the_picture_s_rim_a_face_nearly_seen_needs_plain_sides)."""
    if geometry.apex_px is not None:  # where an arc is not seen whole, the sides have to tell its middle
        return seen.face >= CLEAR_FACE or (seen.face >= 0.7 and seen.plain_sides)
    if _along_the_rim(geometry, shape):
        return seen.face >= 0.3 and seen.plain_sides
    if seen.clear_face and seen.leak <= MOST_LEAK:
        return True  # a flat face that is seen from end to end tells the dark sides too
    return seen.face >= 0.3 and seen.some_sides


def nearly_seen(seen: EdgesSeen, geometry: ScanGeometry, shape: tuple[int, int]) -> bool:
    """Whether most of a face is seen, and of a flat one something of both sides, plain ones along the picture's rim, or all of it from end to end:
    enough to believe it where a ruler's first mark stands at it. Of 6 flat faces seen whole between dark sides 3 had such a mark, all right; of those
    without one 5 were panels of the screen. test_a_ruler_that_begins_at_a_face_confirms_it."""
    if geometry.apex_px is not None:
        return seen.face >= NEARLY_FACE
    if _along_the_rim(geometry, shape):
        return seen.face >= NEARLY_FACE and seen.plain_sides
    return seen.face >= NEARLY_FACE and (seen.some_sides or (seen.clear_face and seen.leak <= MOST_LEAK))
