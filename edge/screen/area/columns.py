"""How wide columns are, in heights of a row: a fan's sides meet in the centre of its arcs only where columns count for what they are.

Rule 1: an edge is where a picture is half-way between the grey outside and the grey inside, averaged along a stretch: no threshold moves it.
Rule 2: what is told comes with its uncertainty, the scatter of the stretches and what may bend a whole edge by a part of a pixel.
Rule 3: two arcs that contradict each other tell nothing: the sides of a picture that is steered wider than its array meet elsewhere.
Rule 4: what is near to a width that video chains make is that width; what is near to none counts only where it is told exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, cos, hypot, radians, sin, sqrt, tan
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.types import GeometryKind, GrayImage, ScanGeometry

Floats: TypeAlias = NDArray[np.float64]
Use: TypeAlias = tuple[bool, bool]  # whether the face's arc counts, and the far edge's

LEFT, RIGHT, FACE, FAR = range(4)
OUTWARD_PX = np.arange(-7.0, 8.0)  # along an edge's normal; outside is positive
OUTSIDE, INSIDE = OUTWARD_PX >= 3, (OUTWARD_PX >= -4) & (OUTWARD_PX <= -1)
STEP_PX, STRETCH_STEPS = 2.0, 8  # along an edge
MARGIN_PX = 4.0  # from an edge's ends
FLAT, CONTRAST = 6.0, 10.0  # grey levels: range outside of a stretch, and between in and out
FOUND_PX = (-4.0, 2.5)  # off the edge as it was thought
NEAR_PX, WIDE_PX = 1.2, 4.0  # a stretch farther off does not count, in the end and at first
ON, MOST_STRAY = 0.3, 0.25  # weight of a stretch that counts; share of stretches that may not
LEAST_SIDE, LEAST_ARC = 3, 4  # stretches
REACHING = 0.6  # of half an arc's width: so far out it must be seen, and along so much of it
LEAST_SEEN = (0.6, 0.25)  # of the face's stretches and of the far edge's: dark tissue hides the latter only
SCATTER_PX, BENT_PX = 0.15, 0.15  # least error of a stretch; of a whole arc's ends against its middle
AGREE_SIGMA = 3.0
ROUNDS, SETTLED_PX = 4, 0.05
SCREENS = (4 / 3, 5 / 4, 16 / 9, 16 / 10, 3 / 2)  # width over height of usual screens
# rows of standard-definition video and what ITU-R BT.601 makes of its columns, 4:3 and 16:9: 704 of them are the picture
BROADCAST = {480: (10 / 11, 40 / 33), 486: (10 / 11, 40 / 33), 576: (12 / 11, 16 / 11)}
BROADCAST_COLUMNS = (704, 720)
MOST_SIGMA, EXACT_SIGMA = 0.004, 0.0015  # of what is to be one of those widths, and of what is none
# One arc may tell a width with more doubt than MOST_SIGMA if it lies ROUGH_OFF of one usual width and FAR_SIGMA of its own doubts from all others.
# Of 397 phantom fans 38 had such a doubt: none strayed by more than 1.3 times it, and three more are read.
ROUGH_SIGMA, FAR_SIGMA, ROUGH_OFF = 0.0105, 6.0, 0.01
SAME = 0.005  # so near to one of those widths is that one: bars and overscan are cut to whole pixels
ONE_SIGMA, OTHER_SIGMA = 2.0, 5.0  # farther off than SAME by so much of its uncertainty at most; all others by so much at least


@dataclass(frozen=True, slots=True)
class Told:
    """mm per column over mm per row, its uncertainty (one sigma, of itself), and how many arcs tell it."""

    aspect: float
    sigma: float
    arcs: int


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Where the edges (LEFT, RIGHT, FACE, FAR) were found, columns and rows of stretches, and how many stretches each edge has."""

    columns: tuple[Floats, ...]
    rows: tuple[Floats, ...]
    whole: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A fan: apex column and row, slope of its sides (columns per row), radii (rows) and aspect; the aspect's sigma; weights of each edge."""

    fan: Floats
    sigma: float
    weights: tuple[Floats, ...]


def told_by_arcs(pixels: GrayImage, geometry: ScanGeometry, aspect: float) -> Told | None:
    """What sides and arcs say; None where too little of them is seen, or where they contradict each other. aspect: where to begin."""
    assert geometry.apex_px is not None
    slope = tan(radians(geometry.half_angle_deg)) / aspect
    fan = np.array([*geometry.apex_px, slope, geometry.inner_radius_px, geometry.outer_radius_px, aspect])
    seen, solved = None, None
    for _ in range(ROUNDS):
        # what the picture's box cuts off is none of the fan's edges
        found = [_found(pixels, *line, geometry) for line in _edges_of(fan)]
        seen = Seen(tuple(each[0] for each in found), tuple(each[1] for each in found), tuple(each[2] for each in found))
        solved = solve(fan, seen, (True, True))
        if solved is None:
            return None
        moved, fan = float(np.abs(solved.fan - fan).max()), solved.fan
        if moved < SETTLED_PX:
            break
    assert seen is not None
    assert solved is not None
    return _judged(seen, solved, geometry.kind)


def settled(told: Told, shape: tuple[int, ...]) -> float:
    """How wide columns are in a picture of this shape (rows, columns), by what the arcs told of it; 0 where that is not certain."""
    made = made_by_chains(shape)
    nearest = min(made, key=lambda each: abs(told.aspect / each - 1))
    off, clear = abs(told.aspect / nearest - 1), OTHER_SIGMA * told.sigma
    if off > max(SAME, min(ROUGH_OFF, ONE_SIGMA * told.sigma)):
        return told.aspect if told.arcs == 2 and told.sigma <= EXACT_SIGMA and off >= clear else 0.0
    apart = min((abs(told.aspect / each - 1) for each in made if abs(each / nearest - 1) > SAME), default=np.inf)
    rough = told.arcs == 1 and told.sigma <= ROUGH_SIGMA and apart >= FAR_SIGMA * told.sigma
    return nearest if rough or (told.sigma <= MOST_SIGMA and apart >= clear) else 0.0


def made_by_chains(shape: tuple[int, ...]) -> tuple[float, ...]:
    """The widths of a column, in heights of a row, that video chains make in a picture of this shape (rows, columns): square, with or without bars;
    a usual screen stretched to all of it; standard-definition broadcast's."""
    rows, columns = shape
    filled = [screen * rows / columns for screen in SCREENS]
    return 1.0, *filled, *(BROADCAST.get(rows, ()) if columns in BROADCAST_COLUMNS else ())


def _judged(seen: Seen, joint: Solved, kind: GeometryKind) -> Told | None:
    """The aspect from the arcs that are seen well enough, which must agree. A convex fan whose far edge tells it and whose face does not is
    contradicted by its face, which is always seen better."""
    face, far = (_alone(joint.fan, seen, edge) for edge in (FACE, FAR))
    if face is None:
        return None if far is None or kind == "convex" else Told(float(far.fan[5]), _sigma(far, (False, True)), 1)
    if far is None:
        return Told(float(face.fan[5]), _sigma(face, (True, False)), 1)
    apart = abs(float(face.fan[5] / far.fan[5]) - 1)
    if apart > AGREE_SIGMA * hypot(_sigma(face, (True, False)), _sigma(far, (False, True))):
        return None
    return Told(float(joint.fan[5]), _sigma(joint, (True, True)), 2)


def _alone(fan: Floats, seen: Seen, edge: int) -> Solved | None:
    """The fan by its sides and one arc, where enough of each is seen and nearly all of that is one."""
    solved = solve(fan, seen, (edge == FACE, edge == FAR))
    if solved is None or any((weight > ON).sum() < LEAST_SIDE or _strays(weight) for weight in solved.weights[:FACE]):
        return None
    return solved if _well_seen(seen, solved, edge) else None


def _strays(weight: Floats) -> bool:
    return bool((weight <= ON).sum() > MOST_STRAY * weight.size)


def _well_seen(seen: Seen, solved: Solved, edge: int) -> bool:
    """Whether enough of an arc is seen, one of its ends and far from that among it, and nearly all of that is an arc."""
    weight, whole = solved.weights[edge], seen.whole[edge]
    on = weight > ON
    if on.sum() < LEAST_ARC or on.sum() < LEAST_SEEN[edge - FACE] * whole or _strays(weight):
        return False
    apex, _, slope, *radii, aspect = solved.fan.tolist()
    reach = REACHING * radii[edge - FACE] * sin(atan(slope * aspect)) / aspect
    off = seen.columns[edge][on] - apex
    return bool(np.abs(off).max() >= reach and np.ptp(off) >= reach)


def _sigma(solved: Solved, use: Use) -> float:
    """The uncertainty of an aspect, what may bend its arcs included: of an arc of radius R and half chord c (rows), R / c^2 of the aspect a row."""
    _, _, slope, *radii, aspect = solved.fan.tolist()
    half = atan(slope * aspect)
    per_px = min(1 / max(1e-6, radius * sin(half) ** 2) for radius, used in zip(radii, use, strict=True) if used)
    return hypot(solved.sigma, BENT_PX * per_px)


def _edges_of(fan: Floats) -> list[tuple[Floats, Floats, Floats, Floats]]:
    """Columns, rows and outward normals (columns, rows) along the four edges, a point every STEP_PX rows or columns."""
    apex, top, slope, *radii, aspect = fan.tolist()
    half, length = atan(slope * aspect), sqrt(1 + slope * slope)
    down = np.arange(radii[0] * cos(half) + MARGIN_PX, radii[1] * cos(half) - MARGIN_PX, STEP_PX)
    ones = np.ones_like(down)
    sides = [(apex + sign * slope * down, top + down, ones * sign / length, -ones * slope / length) for sign in (-1, 1)]
    arcs = []
    for radius, sign in zip(radii, (-1, 1), strict=True):
        reach = max(0.0, radius * sin(half) / aspect - MARGIN_PX)
        across = np.arange(-reach, reach, STEP_PX)
        deep = np.sqrt(np.maximum(1e-9, radius**2 - (aspect * across) ** 2))
        steep = np.hypot(aspect**2 * across, deep)
        arcs.append((apex + across, top + deep, sign * aspect**2 * across / steep, sign * deep / steep))
    return [*sides, *arcs]


def _found(pixels: GrayImage, u: Floats, v: Floats, nu: Floats, nv: Floats, geometry: ScanGeometry) -> tuple[Floats, Floats, int]:
    """Columns and rows of an edge by stretches, and how many stretches there are in all."""
    count = u.size // STRETCH_STEPS
    if count == 0:
        return np.zeros(0), np.zeros(0), 0
    u, v, nu, nv = (each[: count * STRETCH_STEPS].reshape(count, STRETCH_STEPS) for each in (u, v, nu, nv))
    left, top, right, bottom = geometry.box_px
    inside = ((u >= left) & (u < right) & (v >= top - 1) & (v <= bottom)).all(axis=1)
    profile = _sampled(pixels, u[..., None] + nu[..., None] * OUTWARD_PX, v[..., None] + nv[..., None] * OUTWARD_PX).mean(axis=1)
    off = _half_way(profile)
    there = inside & np.isfinite(off)
    return (u.mean(axis=1) + nu.mean(axis=1) * off)[there], (v.mean(axis=1) + nv.mean(axis=1) * off)[there], count


def _sampled(pixels: GrayImage, u: Floats, v: Floats) -> Floats:
    """Grey levels between pixels; NaN outside the picture."""
    rows, columns = pixels.shape
    known = (u >= 0) & (u <= columns - 1) & (v >= 0) & (v <= rows - 1)
    column, row = np.clip(u.astype(np.int64), 0, columns - 2), np.clip(v.astype(np.int64), 0, rows - 2)
    right, down = u - column, v - row
    flat, at = pixels.ravel(), row * columns + column
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + columns] * (1 - right) + flat[at + columns + 1] * right
    return np.where(known, upper * (1 - down) + lower * down, np.nan)


def _half_way(profile: Floats) -> Floats:
    """How far out (pixels) each profile passes half-way between inside and outside for good; NaN where it has no plain edge."""
    outside = profile[:, OUTSIDE]
    above = profile - np.median(outside, axis=1, keepdims=True)
    contrast = above[:, INSIDE].mean(axis=1)
    above = above * np.sign(contrast)[:, None] - np.abs(contrast)[:, None] / 2
    last = OUTWARD_PX.size - 1 - (above[:, ::-1] >= 0).argmax(axis=1)
    last = np.clip(last, 0, OUTWARD_PX.size - 2)
    each = np.arange(last.size)
    step = above[each, last] - above[each, last + 1]
    off = OUTWARD_PX[last] + above[each, last] / np.where(step > 0, step, 1.0)
    plain = (np.abs(contrast) >= CONTRAST) & (np.ptp(outside, axis=1) <= FLAT) & (step > 0) & (off >= FOUND_PX[0]) & (off <= FOUND_PX[1])
    return np.where(plain, off, np.nan)


def solve(fan: Floats, seen: Seen, use: Use) -> Solved | None:
    """Least squares over the stretches (Gauss-Newton, Tukey's weights): apex, slope, the radii of the arcs in use, and aspect. None where it
    runs away."""
    arcs = [edge for edge, used in zip((FACE, FAR), use, strict=True) if used and seen.columns[edge].size]
    free = [0, 1, 2, *(edge + 1 for edge in arcs), 5]
    if not arcs or sum(seen.columns[edge].size for edge in (LEFT, RIGHT, *arcs)) <= len(free):
        return None
    reach = WIDE_PX
    for _ in range(12):
        off, slopes, _ = _residuals(fan, seen, arcs)
        weight = _tukey(off, reach)
        step = np.linalg.lstsq((slopes[:, free].T * weight) @ slopes[:, free], -slopes[:, free].T @ (weight * off), rcond=1e-12)[0]
        fan = fan.copy()
        fan[free] += np.clip(step, -20, 20)
        if not (0.3 < fan[5] < 3 and 0.03 < fan[2] < 5 and fan[4] > 0):
            return None
        if reach == NEAR_PX and np.abs(step).max() < 1e-3:
            break
        reach = max(NEAR_PX, 0.7 * reach)
    off, slopes, edge_of = _residuals(fan, seen, arcs)
    weight = _tukey(off, NEAR_PX)
    scatter = max(SCATTER_PX, sqrt(float((weight * off**2).sum()) / max(1.0, float(weight.sum()) - len(free))))
    spread = np.linalg.pinv((slopes[:, free].T * weight) @ slopes[:, free])
    sigma = scatter * sqrt(max(0.0, float(spread[-1, -1]))) / float(fan[5])
    return Solved(fan, sigma, tuple(weight[edge_of == edge] for edge in range(4)))


def _tukey(off: Floats, reach: float) -> Floats:
    return np.where(np.abs(off) < reach, (1 - (off / reach) ** 2) ** 2, 0.0)


def _residuals(fan: Floats, seen: Seen, arcs: list[int]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """How far (pixels) each stretch lies outside the fan's edge, what each of the fan's numbers changes of that, and which edge it is of."""
    parts = [_off_side(fan, seen.columns[edge], seen.rows[edge], -1 if edge == LEFT else 1) for edge in (LEFT, RIGHT)]
    parts += [_off_arc(fan, seen.columns[edge], seen.rows[edge], edge) for edge in arcs]
    edge_of = np.repeat(np.array([LEFT, RIGHT, *arcs]), [off.size for off, _ in parts])
    return np.concatenate([off for off, _ in parts]), np.concatenate([slopes for _, slopes in parts]), edge_of


def _off_side(fan: Floats, u: Floats, v: Floats, sign: int) -> tuple[Floats, Floats]:
    apex, top, slope = fan[:3].tolist()
    length, zero = sqrt(1 + slope * slope), np.zeros_like(u)
    off = (sign * (u - apex) - slope * (v - top)) / length
    by_slope = -(v - top) / length - off * slope / length**2
    return off, np.stack([zero - sign / length, zero + slope / length, by_slope, zero, zero, zero], axis=1)


def _off_arc(fan: Floats, u: Floats, v: Floats, edge: int) -> tuple[Floats, Floats]:
    apex, top, _, *radii, aspect = fan.tolist()
    sign, zero = (-1 if edge == FACE else 1), np.zeros_like(u)
    across, down = aspect * (u - apex), v - top
    radius = np.hypot(across, down)
    steep = np.maximum(1e-6, np.hypot(aspect * across, down))  # radius times how steeply it grows along the normal, per pixel
    off = (radius - radii[edge - FACE]) * radius / steep
    slopes = np.stack([-aspect * across, -down, zero, zero, zero, across * (u - apex)], axis=1) / steep[:, None]
    slopes[:, edge + 1] = -radius / steep
    return sign * off, sign * slopes
