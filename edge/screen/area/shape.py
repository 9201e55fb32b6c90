"""The shape of a scan area from its outermost pixels: rectangle, convex, virtual convex or phased, with apex, radii and angle.

Rule 1: an edge is a line or arc that many of the outermost pixels lie on and that almost none lies beyond.
Rule 2: several shapes are tried; which one counts, what is seen of their edges decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, cos, degrees, floor, radians, sin, tan
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.types import GeometryKind, PointPx, ScanGeometry

Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]

LEAST_SIDE_PX = 48
LEAST_BAND_PX = 4
CORNER_PX = 3  # a box so much narrower than its fan is cut by the screen; what is narrower is left as it is
EDGE_PX = 1.2  # a pixel lies on an edge when it is so near
BEYOND_PX = 2.5  # and beyond it when it is farther out
UPRIGHT = 0.02  # slope (columns per row) up to which a side is upright
DRAWS = 500
ARC_DRAWS, LEAST_ARC_COLUMNS = 300, 40
ASPECTS = (0.7, 1.45)  # mm per column over mm per row, as far as grabbers stretch
SMALLEST_CURVED_FACE_MM = 13.0  # radius (design): microconvex arrays for people have 14 mm and more; a phased array's picture starts nearer its apex
LEAST_TELLING = 0.2  # rad: a narrower fan's arcs do not tell the aspect
ASPECT_GAIN = 0.12  # of the arcs' pixels, that another aspect must add


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The outermost pixels of the area: left and right of each row in rows, top and bottom of each column in columns."""

    rows: Floats
    left: Floats
    right: Floats
    columns: Floats
    top: Floats
    bottom: Floats


@dataclass(frozen=True, slots=True)
class Side:
    """A line: column = at + slope * row, and the share of rows that lie on it."""

    at: float
    slope: float
    support: float


@dataclass(frozen=True, slots=True)
class Fan:
    """A sector: apex, half angle (rad), radii to face (down the axis where it is flat) and deepest arc."""

    apex: PointPx
    half: float
    inner: float
    outer: float
    kind: GeometryKind


def outline_of(mask: Mask) -> Outline | None:
    """The outermost pixels; a pixel alone in its row does not count. None where too few are left."""
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if down.size < LEAST_BAND_PX or across.size < LEAST_SIDE_PX:
        return None
    begin, first = int(down[0]), max(0, int(across[0]) - 1)
    part = mask[begin : down[-1] + 1, first : across[-1] + 2]
    steady = part.copy()
    steady[:, 1:-1] &= part[:, :-2] | part[:, 2:]
    rows, columns = np.flatnonzero(steady.any(axis=1)), np.flatnonzero(steady.any(axis=0))
    if rows.size < LEAST_BAND_PX or columns.size < LEAST_SIDE_PX:
        return None
    part = steady[rows]
    left, right = part.argmax(axis=1), steady.shape[1] - 1 - part[:, ::-1].argmax(axis=1)
    part = steady[:, columns]
    top, bottom = part.argmax(axis=0), steady.shape[0] - 1 - part[::-1].argmax(axis=0)
    places = (rows + begin, left + first, right + first, columns + first, top + begin, bottom + begin)
    return Outline(*(np.asarray(values, np.float64) for values in places))


def shapes(outline: Outline, shape: tuple[int, int], known_aspect: float = 0.0) -> list[tuple[ScanGeometry, float]]:
    """Every shape that may explain the outline, with the pixel aspect that its arcs tell, 1.0 where they do not. shape: rows, columns of the picture.
    known_aspect: mm per column over mm per row; 0 where the arcs have to tell it."""
    tried = [(clip(_rectangle(outline, sides_of(outline)), shape, outline), 1.0)]
    aspect = known_aspect or 1.0
    square = _squared(outline, aspect)
    apex, fan = _apex_of(square, sides_of(square)), None
    if apex is not None:
        fan = _fan_at(square, apex)
        tried.append(_unsquared(fan, square, shape, aspect))
        if fan.kind == "virtual_convex":  # beside a marker or writing an arc may pass for flat: what is seen of either decides
            tried.append(_unsquared(replace(fan, kind="convex"), square, shape, aspect))
    by_arc = _fan_by_arc(square)
    if by_arc is not None:
        tried.append(_unsquared(by_arc, square, shape, aspect))
    if not known_aspect and apex is not None and fan is not None and fan.kind == "convex" and fan.half > LEAST_TELLING:
        aspect = aspect_of(outline, apex)
        if aspect != 1.0:
            square = _squared(outline, aspect)
            tried.append(_unsquared(_fan_at(square, (apex[0] * aspect, apex[1])), square, shape, aspect))
    return tried


def _squared(outline: Outline, aspect: float) -> Outline:
    """The outline with its columns as wide as its rows are high."""
    if aspect == 1.0:
        return outline
    return replace(outline, left=outline.left * aspect, right=outline.right * aspect, columns=outline.columns * aspect)


def beginning(geometry: ScanGeometry, step: float) -> ScanGeometry:
    """A shape with its face moved to this row, or step of range of a fan's first pixels; the box's top moves with it."""
    if geometry.apex_px is None:
        return replace(geometry, top_px=floor(step + 0.5))
    inner = max(0.0, step - 0.5)  # an edge runs half a pixel outside the outermost pixel
    top = geometry.apex_px[1] + (inner if geometry.kind == "virtual_convex" else inner * cos(radians(geometry.half_angle_deg)))
    return replace(geometry, inner_radius_px=inner, top_px=max(0, ceil(top - 0.5)))


def _unsquared(fan: Fan, square: Outline, shape: tuple[int, int], aspect: float) -> tuple[ScanGeometry, float]:
    """A fan fitted in square pixels, its columns put back, and the aspect."""
    geometry = clip(geometry_of(fan), (shape[0], round(shape[1] * aspect)), square)
    assert geometry.apex_px is not None
    left, right = floor(geometry.left_px / aspect + 0.5), ceil((geometry.right_px - 1) / aspect - 0.5) + 1
    apex = geometry.apex_px[0] / aspect, geometry.apex_px[1]
    return replace(geometry, left_px=max(0, left), right_px=min(shape[1], right), apex_px=apex), aspect


@lru_cache(maxsize=4)
def sides_of(outline: Outline) -> tuple[Side | None, Side | None]:
    """The left and right side."""
    return fit_side(outline.rows, outline.left, outward=-1), fit_side(outline.rows, outline.right, outward=1)


def fit_side(rows: Floats, columns: Floats, *, outward: float) -> Side | None:
    """The line that most rows' outermost pixels lie on and almost none lies beyond. outward: -1 for a left side, +1 for a right one."""
    count = rows.size
    if count < 24:
        return None
    rng = np.random.default_rng(count)  # the same draws for the same outline
    first, second = rng.integers(0, count, DRAWS), rng.integers(0, count, DRAWS)
    apart = np.abs(rows[first] - rows[second]) >= 0.08 * (rows[-1] - rows[0])
    first, second = first[apart], second[apart]
    slope = (columns[second] - columns[first]) / (rows[second] - rows[first])
    gentle = np.abs(slope) < 3.0
    slope, at = slope[gentle], (columns[first] - slope * rows[first])[gentle]
    slope, at = np.append(slope, 0.0), np.append(at, _extreme(columns, outward))
    step = max(1, count // 200)
    off = (columns[None, ::step] - at[:, None] - slope[:, None] * rows[None, ::step]) * outward
    on, beyond = np.abs(off) <= EDGE_PX, off > BEYOND_PX
    score = on.sum(axis=1) - 3.0 * beyond.sum(axis=1)
    best = int(np.argmax(score))
    at_best, slope_best = float(at[best]), float(slope[best])
    for _ in range(3):
        off_best = columns - at_best - slope_best * rows
        near = np.abs(off_best) <= EDGE_PX + 0.3
        if near.sum() < 12 or np.ptp(rows[near]) < 10:
            return None
        slope_best, at_best = (float(value) for value in np.polyfit(rows[near], columns[near], 1))
    return Side(at_best, slope_best, float(near.mean()))


def _extreme(values: Floats, outward: float) -> float:
    """The outermost value that at least 2 % reach."""
    return float(np.percentile(values, 98 if outward > 0 else 2))


def _rectangle(outline: Outline, sides: tuple[Side | None, Side | None]) -> ScanGeometry:
    """Upright sides; where none was found, the outermost pixels that enough rows and columns reach."""
    ends = zip(sides, (outline.left, outline.right), (-1.0, 1.0), strict=True)
    at = [_upright(side, outline.rows, values, outward) for side, values, outward in ends]
    top, bottom = _level(outline.top, -1.0), _level(outline.bottom, 1.0)
    return ScanGeometry("rectangle", round(at[0]), round(top), round(at[1]) + 1, round(bottom) + 1)


def _upright(side: Side | None, rows: Floats, values: Floats, outward: float) -> float:
    if side is not None and abs(side.slope) <= UPRIGHT and side.support > 0.15:
        return side.at + side.slope * float(rows.mean())
    return _level(values, outward)


def _level(values: Floats, outward: float) -> float:
    """The level that most values share, few lying beyond."""
    mode, share = _mode(values, outward=outward, width=3.0)
    if share < 0.03:
        return _extreme(values, outward)
    near = values[np.abs(values - mode) <= 2]
    return float(np.percentile(near, 90 if outward > 0 else 10))


def _apex_of(outline: Outline, sides: tuple[Side | None, Side | None]) -> PointPx | None:
    """Where both sides meet, if they lean outward and meet above the scan."""
    left, right = sides
    if left is None or right is None or not (left.slope < -UPRIGHT and right.slope > UPRIGHT):
        return None
    # a fan opens equally to both sides: the mean slope, about the middle of the rows
    slope, middle = (right.slope - left.slope) / 2, float(outline.rows.mean())
    ends = left.at + left.slope * middle, right.at + right.slope * middle
    row = middle - (ends[1] - ends[0]) / (2 * slope)
    if row > outline.rows[0] + 0.2 * np.ptp(outline.rows):
        return None
    return (ends[0] + ends[1]) / 2, row


def _half_angle(outline: Outline, apex: PointPx) -> float:
    """The half opening angle (rad) that most rows' ends reach and few exceed."""
    far = float(np.median(outline.rows)) - apex[1]  # angles as arc lengths there, so that pixels are counted with pixels
    found = []
    for values, sign in ((outline.left, -1.0), (outline.right, 1.0)):
        angle = np.arctan2(sign * (values - apex[0]), outline.rows - apex[1])
        found.append((*_mode(angle[(angle > 0) & (angle < 1.4)] * far, outward=1.0), angle))
    told = [length / far for length, share, _ in found if share > 0.12]
    if not told:
        told = [float(np.percentile(np.concatenate([angle for _, _, angle in found]), 97))]
    return float(np.clip(np.mean(told), 0.008, 1.4))


def _fan_at(outline: Outline, apex: PointPx) -> Fan:
    """Radii, kind and angle of a fan whose apex is known, then all of it sharpened."""
    half = _half_angle(outline, apex)
    inner, kind = _face(outline, apex, half)
    return _sharpened(outline, Fan(apex, half, inner, _reach(outline, apex, half), kind))


def _fan_by_arc(outline: Outline) -> Fan | None:
    """A fan told by the arc of its face alone: sides and depth may lie in the dark."""
    arc = smile(outline.columns, outline.top)
    if arc is None:
        return None
    apex, inner, half_of_arc = arc
    half = max(_half_angle(outline, apex), half_of_arc) if half_of_arc < radians(75) else half_of_arc
    outer = _reach(outline, apex, half)
    outer = max(outer, inner + 2.0)
    return _sharpened(outline, Fan(apex, half, inner, outer, "convex"))


def smile(columns: Floats, rows: Floats) -> tuple[PointPx, float, float] | None:
    """The topmost arc with its centre above it that many columns' first pixels lie on: centre, radius, half angle (rad) of its ends."""
    count = columns.size
    rng = np.random.default_rng(count)
    anywhere = rng.integers(0, count, (ARC_DRAWS, 3))
    # a face may be a small part of the columns: three within a stretch of any length lie on it more often than any three do
    middle, stretch = rng.integers(0, count, (ARC_DRAWS, 1)), rng.uniform(LEAST_ARC_COLUMNS, max(LEAST_ARC_COLUMNS, 0.5 * count), (ARC_DRAWS, 1))
    near = np.clip(middle + stretch * rng.uniform(-0.5, 0.5, (ARC_DRAWS, 3)), 0, count - 1).astype(np.int64)
    draw = np.sort(np.concatenate([anywhere, near]), axis=1)
    x, y = columns[draw], rows[draw]
    a, b = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]
    c, d = x[:, 2] - x[:, 0], y[:, 2] - y[:, 0]
    cross = 2 * (a * d - b * c)
    usable = (np.minimum(a, x[:, 2] - x[:, 1]) >= 8) & (np.abs(cross) > 1e-6)
    x, y, a, b, c, d, cross = x[usable], y[usable], a[usable], b[usable], c[usable], d[usable], cross[usable]
    first, second = a * a + b * b, c * c + d * d
    centre_x, centre_y = x[:, 0] + (d * first - b * second) / cross, y[:, 0] + (a * second - c * first) / cross
    radius = np.hypot(x[:, 0] - centre_x, y[:, 0] - centre_y)
    above = (centre_y < y.min(axis=1)) & (radius < 8 * np.ptp(columns)) & (radius > 12)
    if not above.any():
        return None
    centre_x, centre_y, radius = centre_x[above], centre_y[above], radius[above]
    off = np.hypot(columns[None, :] - centre_x[:, None], rows[None, :] - centre_y[:, None]) - radius[:, None]
    score = (np.abs(off) <= EDGE_PX).sum(axis=1) - 2.0 * (off < -BEYOND_PX).sum(axis=1)
    best = int(np.argmax(score))
    apex, size = (float(centre_x[best]), float(centre_y[best])), float(radius[best])
    on = np.abs(off[best]) <= EDGE_PX
    if on.sum() < max(LEAST_ARC_COLUMNS, 0.1 * count):
        return None
    reach = columns[on]
    span = (np.percentile(reach, 1), np.percentile(reach, 99))
    if on.sum() < 0.7 * (span[1] - span[0] + 1):
        return None
    sine = np.clip(max(span[1] - apex[0], apex[0] - span[0]) / size, 0.02, 0.99)
    return apex, size, float(np.arcsin(sine))


def aspect_of(outline: Outline, apex: PointPx) -> float:
    """mm per column over mm per row at which face and deepest edge become arcs about the apex; 1.0 unless another serves clearly better."""

    def share(aspect: float) -> float:
        total = 0.0
        for rows, outward in ((outline.top, -1.0), (outline.bottom, 1.0)):
            radius = np.hypot((outline.columns - apex[0]) * aspect, rows - apex[1])
            total += _mode(radius, outward=outward)[1]
        return total

    square = share(1.0)
    if square > 0.9:
        return 1.0
    coarse = np.arange(ASPECTS[0], ASPECTS[1], 0.015)
    best = float(coarse[int(np.argmax([share(float(each)) for each in coarse]))])
    fine = np.arange(best - 0.015, best + 0.016, 0.002)
    shares = [share(float(each)) for each in fine]
    best = float(fine[int(np.argmax(shares))])
    return best if abs(best - 1) > 0.012 and max(shares) > square + ASPECT_GAIN else 1.0


def geometry_of(fan: Fan) -> ScanGeometry:
    """The fan with its bounding box, not yet cut to the picture."""
    width = fan.outer * sin(fan.half)
    top = fan.apex[1] + (fan.inner if fan.kind == "virtual_convex" else fan.inner * cos(fan.half))
    return ScanGeometry(
        fan.kind,
        floor(fan.apex[0] - width + 0.5),
        ceil(top - 0.5),
        ceil(fan.apex[0] + width + 0.5),
        ceil(fan.apex[1] + fan.outer + 0.5),
        fan.apex,
        fan.inner,
        fan.outer,
        degrees(fan.half),
    )


def reaching(geometry: ScanGeometry, outer: float, shape: tuple[int, int], aspect: float) -> ScanGeometry:
    """A fan of another depth, its box cut to the picture. aspect: mm per column over mm per row."""
    assert geometry.apex_px is not None
    outer = max(outer, geometry.inner_radius_px + 2)
    width = outer * sin(radians(geometry.half_angle_deg)) / aspect
    return replace(
        geometry,
        outer_radius_px=outer,
        left_px=max(0, floor(geometry.apex_px[0] - width + 0.5)),
        right_px=min(shape[1], ceil(geometry.apex_px[0] + width + 0.5)),
        bottom_px=min(shape[0], ceil(geometry.apex_px[1] + outer + 0.5)),
    )


def as_deep(geometry: ScanGeometry, outer: float, shape: tuple[int, int], aspect: float) -> ScanGeometry:
    """A fan of another depth; where it was cut it stays cut."""
    whole = reaching(geometry, geometry.outer_radius_px, shape, aspect)
    found = reaching(geometry, outer, shape, aspect)
    return replace(
        found,
        left_px=geometry.left_px if geometry.left_px > whole.left_px + CORNER_PX else found.left_px,
        right_px=geometry.right_px if geometry.right_px < whole.right_px - CORNER_PX else found.right_px,
        bottom_px=found.bottom_px if outer > geometry.outer_radius_px else min(found.bottom_px, geometry.bottom_px),
    )


def radii(columns: Floats, rows: Floats, apex: PointPx) -> tuple[Floats, Floats]:
    """Distance from the apex and angle from the axis (rad)."""
    du, dv = columns - apex[0], rows - apex[1]
    return np.hypot(du, dv), np.arctan2(du, dv)


def _mode(values: Floats, *, outward: float, width: float = 2.0) -> tuple[float, float]:
    """The value that most lie near, counting those beyond against it; and the share that lies near."""
    if values.size == 0:
        return 0.0, 0.0
    trial = np.unique(np.round(values * 2) / 2)
    ordered = np.sort(values)
    near = np.searchsorted(ordered, trial + width / 2, "right") - np.searchsorted(ordered, trial - width / 2, "left")
    beyond = values.size - np.searchsorted(ordered, trial + width, "right") if outward > 0 else np.searchsorted(ordered, trial - width, "left")
    best = float(trial[int(np.argmax(near - 1.5 * beyond))])
    inside = values[np.abs(values - best) <= width / 2]
    return float(inside.mean()) if inside.size else best, inside.size / values.size


def _face(outline: Outline, apex: PointPx, half: float) -> tuple[float, GeometryKind]:
    """Radius of the face and kind of the fan: an arc, a flat face (radius measured down the axis) or a point."""
    radius, angle = radii(outline.columns, outline.top, apex)
    within = np.abs(angle) < half * 0.97
    if within.sum() < 12:
        return max(0.0, float(outline.top.min()) - apex[1]), "phased"
    arc, arc_share = _mode(radius[within], outward=-1.0)
    flat, flat_share = _mode(outline.top[within] - apex[1], outward=-1.0)
    reach = float(outline.bottom.max()) - apex[1]
    if flat_share > arc_share + 0.1 and flat > 0.08 * reach:
        return flat - 0.5, "virtual_convex"
    return max(0.0, arc - 0.5), "phased" if arc < 0.1 * reach else "convex"


def _reach(outline: Outline, apex: PointPx, half: float) -> float:
    """Radius of the deepest arc: the outermost that enough columns reach."""
    radius, angle = radii(outline.columns, outline.bottom, apex)
    within = radius[np.abs(angle) < half * 0.97]
    if within.size < 12:
        return float(outline.bottom.max()) - apex[1]
    outer, share = _mode(within, outward=1.0)
    return outer + 0.5 if share > 0.05 else float(np.percentile(within, 98)) + 0.5


def _sharpened(outline: Outline, fan: Fan) -> Fan:
    """Least squares of sides and arcs together (Gauss-Newton): unknowns apex column and row, half angle, both radii."""
    began = fan
    for _ in range(8):
        moved = _step(outline, fan)
        if moved is None:
            break
        along, down, turn, near, far = (float(value) for value in moved)
        fan = Fan((fan.apex[0] + along, fan.apex[1] + down), fan.half + turn, max(0.0, fan.inner + near), fan.outer + far, fan.kind)
        if float(np.abs(moved).max()) < 1e-3:
            break
    sane = 0.005 < fan.half < 1.45 and fan.outer > fan.inner and abs(fan.outer - began.outer) < 0.2 * began.outer + 20
    return fan if sane else began


def _step(outline: Outline, fan: Fan) -> Floats | None:
    """One Gauss-Newton step over the outline's pixels that lie on an edge; edges run half a pixel outside the outermost pixel."""
    apex, half, inner, outer, kind = fan.apex, fan.half, fan.inner, fan.outer, fan.kind
    blocks: list[Floats] = []
    errors: list[Floats] = []
    cos, sin = np.cos(half), np.sin(half)
    for values, sign in ((outline.left, -1.0), (outline.right, 1.0)):
        du, dv = sign * (values - apex[0]), outline.rows - apex[1]
        off = du * cos - dv * sin + 0.4  # signed distance beyond the side
        near = (np.abs(off) < 1.8) & (du > 0)
        ones = np.ones(int(near.sum()))
        along = (du * sin + dv * cos)[near]
        zero = np.zeros_like(ones)
        blocks.append(np.stack([sign * cos * ones, -sin * ones, along, zero, zero], axis=1))
        errors.append(off[near])
    for values, radius_now, column, shift in ((outline.top, inner, 3, -0.4), (outline.bottom, outer, 4, 0.4)):
        radius, angle = radii(outline.columns, values, apex)
        flat = kind == "virtual_convex" and column == 3
        off = (values - apex[1] if flat else radius) + shift - radius_now
        near = (np.abs(off) < 1.8) & (np.abs(angle) < half)
        ones = np.ones(int(near.sum()))
        block = np.zeros((ones.size, 5))
        block[:, 0] = 0.0 if flat else np.sin(angle[near])
        block[:, 1] = 1.0 if flat else np.cos(angle[near])
        block[:, column] = 1.0
        blocks.append(block)
        errors.append(off[near])
    told = [len(error) >= 8 for error in errors]
    if not (told[2] or (told[0] and told[1])):
        return None
    # what no edge tells stays as it is: the least-squares step of least length
    solution = np.linalg.lstsq(np.concatenate(blocks), np.concatenate(errors), rcond=None)[0]
    return np.asarray(solution, np.float64)


def clip(geometry: ScanGeometry, shape: tuple[int, int], outline: Outline) -> ScanGeometry:
    """The box cut to the picture, and to upright or level edges that cut the fan short."""
    left, top = max(0, geometry.left_px), max(0, geometry.top_px)
    right, bottom = min(shape[1], geometry.right_px), min(shape[0], geometry.bottom_px)
    if geometry.apex_px is not None:
        bottom = int(_cut(bottom - 1, outline.bottom, 1.0)) + 1
        left, right = int(_cut(left, outline.left, -1.0)), int(_cut(right - 1, outline.right, 1.0)) + 1
    return replace(geometry, left_px=left, top_px=top, right_px=right, bottom_px=bottom)


def _cut(edge: float, values: Floats, outward: float) -> float:
    """The edge, or the outermost value if it lies clearly inside and many rows or columns end there."""
    outermost = float(values.max() if outward > 0 else values.min())
    shared = float((np.abs(values - outermost) <= 1.5).mean()) >= 0.12
    return outermost if shared and (edge - outermost) * outward > 4 else edge


def origin_of(geometry: ScanGeometry) -> PointPx:
    """Where the scan's centre line meets the face (frame_px): DESIGN.md, "Geometry", 2."""
    if geometry.apex_px is None:
        return (geometry.left_px + geometry.right_px - 1) / 2, float(geometry.top_px)
    return geometry.apex_px[0], geometry.apex_px[1] + geometry.inner_radius_px


def with_face(geometry: ScanGeometry, *, mm_per_px_x: float, mm_per_px_y: float) -> ScanGeometry:
    """The same geometry with the face in mm. A convex face is an arc of the inner radius; others are flat, and so is one whose arc is smaller than
    any curved array's for a back: that is a phased array close up, of which the outline alone, before the scale is known, cannot tell."""
    radius_mm = geometry.inner_radius_px * mm_per_px_y
    if geometry.kind == "convex" and radius_mm < SMALLEST_CURVED_FACE_MM:
        geometry = replace(geometry, kind="phased")
    if geometry.kind == "convex":
        return replace(geometry, face_radius_mm=radius_mm, face_half_width_mm=radius_mm * sin(radians(geometry.half_angle_deg)))
    if geometry.kind == "virtual_convex":
        half_mm = radius_mm * tan(radians(geometry.half_angle_deg))
    elif geometry.kind == "phased":
        half_mm = radius_mm * sin(radians(geometry.half_angle_deg))
    else:
        half_mm = (geometry.right_px - geometry.left_px) / 2 * mm_per_px_x
    return replace(geometry, face_radius_mm=0.0, face_half_width_mm=half_mm)
