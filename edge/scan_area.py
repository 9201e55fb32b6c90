"""Where the ultrasound picture lies on a screen and what shape it has: rectangle, convex, virtual convex or phased, fitted to its edges.

Rule 1: the area is what is not background, dense, and large; a dark part of the scan never makes the area smaller.
Rule 2: an edge is a line or arc that many of the outermost pixels lie on and that almost none lies beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan, ceil, cos, degrees, floor, radians, sin, tan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.types import GeometryKind, GrayImage, PointPx, ScanGeometry

Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Cells: TypeAlias = NDArray[Any]

CELL_ROWS = 120  # a cell is at least this fine: rows / 120, 4 px or more
FLAT_RANGE = 6  # grey levels within a cell that is background
DENSE = 0.5  # least share of a cell that is not background
HALO_SHARE = 0.15  # of the brightness around: less is taken for compression's halo
HALO_CELLS = 2
HALO_FAVOUR = 0.12  # of sharpness, where both ways serve
LEAST_SHARE = 0.02  # of the picture: a smaller area is no scan
LEAST_SIDE_PX = 48
EDGE_PX = 1.2  # a pixel lies on an edge when it is so near
BEYOND_PX = 2.5  # and beyond it when it is farther out
UPRIGHT = 0.02  # slope (columns per row) up to which a side is upright
DRAWS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """What is not background: pixels (rows, columns), the same in cells (share 0 to 1), the cell's size, background levels and noise.

    A pixel counts when it differs from every background level by more than the noise and by more than a share of what its neighbourhood
    differs by: the halo that lossy compression puts around a bright picture is background.
    """

    pixels: Mask
    share: NDArray[np.float32]
    cell_px: int
    levels: tuple[int, ...]
    noise: int


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


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A fitted scan area. pixel_aspect: mm per column over mm per row as the arcs tell it (1.0 where they do not)."""

    geometry: ScanGeometry
    pixel_aspect: float
    foreground: Foreground
    sharpness: float


def find_area(pixels: GrayImage) -> Area | None:
    """The scan area of a frame, None where there is none.

    Tried with and without allowance for compression's halo; the one whose edges are sharper counts.
    """
    cell_px = max(4, pixels.shape[0] // CELL_ROWS)
    levels, noise = background_levels(*cell_extremes(pixels, cell_px))
    away = distance_table(levels)[pixels]
    tried = [_fitted(_foreground(away, limit, cell_px, levels, noise)) for limit in (halo_limit(away, cell_px), np.uint8(0))]
    found = [each for each in tried if each is not None]
    return max(found, key=lambda each: each.sharpness + HALO_FAVOUR * (each is tried[0]), default=None)


def _foreground(away: GrayImage, limit: GrayImage | np.uint8, cell_px: int, levels: tuple[int, ...], noise: int) -> Foreground:
    pixels = away > np.maximum(np.uint8(noise), limit)
    return Foreground(pixels, cell_share(pixels, cell_px), cell_px, levels, noise)


def _fitted(foreground: Foreground) -> Area | None:
    mask = largest_dense(foreground)
    outline = None if mask is None else outline_of(mask)
    if mask is None or outline is None:
        return None
    sides = _sides(outline)
    outline = outline_of(_without_foreign_rows(mask, outline, sides)) or outline
    geometry, aspect = fit(outline)
    clipped = clip(geometry, mask.shape, outline)
    if min(clipped.right_px - clipped.left_px, clipped.bottom_px - clipped.top_px) < LEAST_SIDE_PX:
        return None
    return Area(clipped, aspect, foreground, sharpness(clipped, outline))


def _without_foreign_rows(mask: Mask, outline: Outline, sides: tuple[Side | None, Side | None]) -> Mask:
    """The mask without rows that run on past a side: lines and texts of the screen, not the scan."""
    foreign = np.zeros(outline.rows.size, np.bool_)
    for side, values, outward in ((sides[0], outline.left, -1.0), (sides[1], outline.right, 1.0)):
        if side is not None and side.support > 0.3:
            foreign |= (values - side.at - side.slope * outline.rows) * outward > 2 * BEYOND_PX
    if not 0 < foreign.mean() < 0.15:
        return mask
    kept = mask.copy()
    kept[outline.rows[foreign].astype(np.int64)] = False
    return kept


def sharpness(geometry: ScanGeometry, outline: Outline) -> float:
    """Share of the outermost pixels that lie on the shape's edge, the mean of its four edges, 0 to 1."""
    if geometry.apex_px is None:
        ends = (geometry.left_px, geometry.right_px - 1, geometry.top_px, geometry.bottom_px - 1)
        edges = (outline.left, outline.right, outline.top, outline.bottom)
        return float(np.mean([(np.abs(values - end) <= EDGE_PX).mean() for values, end in zip(edges, ends, strict=True)]))
    half = radians(geometry.half_angle_deg)
    shares = []
    for values, sign in ((outline.left, -1.0), (outline.right, 1.0)):
        off = sign * (values - geometry.apex_px[0]) * cos(half) - (outline.rows - geometry.apex_px[1]) * sin(half)
        shares.append(float((np.abs(off + 0.4) <= EDGE_PX).mean()))
    for values, radius in ((outline.top, geometry.inner_radius_px), (outline.bottom, geometry.outer_radius_px)):
        away, angle = _radii(outline.columns, values, geometry.apex_px)
        away = values - geometry.apex_px[1] if geometry.kind == "virtual_convex" and values is outline.top else away
        inside = np.abs(angle) < half
        shares.append(float((np.abs(away[inside] - radius) <= EDGE_PX + 0.5).mean()) if inside.any() else 0.0)
    return float(np.mean(shares))


def distance_table(levels: tuple[int, ...]) -> GrayImage:
    """(256,): how far each grey level is from the nearest background level; 255 everywhere where there is none."""
    if not levels:
        return np.full(256, 255, np.uint8)
    away = np.abs(np.arange(256)[:, None] - np.array(levels)).min(axis=1)
    return np.asarray(away, np.uint8)


def halo_limit(away: GrayImage, cell_px: int) -> GrayImage:
    """What compression may leave beside a bright picture: a share of the greatest mean of the cells around, for every pixel."""
    rows, columns = -(-away.shape[0] // cell_px), -(-away.shape[1] // cell_px)
    padded = np.pad(away, ((0, rows * cell_px - away.shape[0]), (0, columns * cell_px - away.shape[1])), mode="edge")
    mean = padded.reshape(rows, cell_px, columns, cell_px).sum(axis=1, dtype=np.uint16).sum(axis=2, dtype=np.uint32) / cell_px**2
    limit = (HALO_SHARE * largest_near(mean, HALO_CELLS)).astype(np.uint8)
    wide = np.repeat(np.repeat(limit, cell_px, axis=0), cell_px, axis=1)
    return np.asarray(wide[: away.shape[0], : away.shape[1]], np.uint8)


def largest_near(values: Floats, steps: int) -> Floats:
    """The greatest value within `steps` cells."""
    for _ in range(steps):
        padded = np.pad(values, 1, mode="edge")
        across = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
        values = np.maximum(np.maximum(across[:-2], across[1:-1]), across[2:])
    return values


def cell_extremes(pixels: GrayImage, cell_px: int) -> tuple[GrayImage, GrayImage]:
    """Least and greatest grey of every whole cell."""
    rows, columns = pixels.shape[0] // cell_px, pixels.shape[1] // cell_px
    cells = pixels[: rows * cell_px, : columns * cell_px].reshape(rows, cell_px, columns, cell_px)
    across_low, across_high = cells.min(axis=1), cells.max(axis=1)
    return np.asarray(across_low.min(axis=2), np.uint8), np.asarray(across_high.max(axis=2), np.uint8)


def cell_share(mask: Mask, cell_px: int) -> NDArray[np.float32]:
    """Share of each cell that is set; partial cells at the right and bottom included."""
    rows, columns = -(-mask.shape[0] // cell_px), -(-mask.shape[1] // cell_px)
    padded = np.zeros((rows * cell_px, columns * cell_px), np.uint8)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    total = padded.reshape(rows, cell_px, columns, cell_px).sum(axis=1, dtype=np.uint16).sum(axis=2, dtype=np.uint32)
    area = np.full(rows, cell_px, np.float32)[:, None] * np.full(columns, cell_px, np.float32)
    area[-1] *= (mask.shape[0] - (rows - 1) * cell_px) / cell_px
    area[:, -1] *= (mask.shape[1] - (columns - 1) * cell_px) / cell_px
    return np.asarray(total / area, np.float32)


def background_levels(lowest: GrayImage, highest: GrayImage) -> tuple[tuple[int, ...], int]:
    """Grey levels of flat cells that fill at least 1.5 % of the picture, and how far background strays from them."""
    spread = highest.astype(np.int16) - lowest
    middle = ((highest.astype(np.int16) + lowest) // 2).astype(np.int64)
    flat = spread <= FLAT_RANGE
    exact = np.bincount(middle[spread == 0], minlength=256).astype(np.float64)
    around = np.convolve(np.bincount(middle[flat], minlength=256), np.ones(5), "same")
    exact[1:][exact[1:] < 0.6 * around[1:]] = 0  # the dark of a scan is near one level, the dark of a screen is at it
    levels = _peaks(exact, 0.015 * spread.size, apart=4)
    if levels:
        return levels, 0
    near = np.convolve(np.bincount(middle[flat], minlength=256).astype(np.float64), np.ones(5), "same")
    levels = _peaks(near, 0.08 * spread.size, apart=8)[:2]
    return levels, FLAT_RANGE - 2 if levels else 0


def _peaks(count: Floats, least: float, *, apart: int) -> tuple[int, ...]:
    """Levels by falling count, at least `least` each and `apart` grey levels from one another; five at most."""
    levels: list[int] = []
    for level in np.argsort(-count):
        if count[level] >= least and all(abs(int(level) - other) >= apart for other in levels):
            levels.append(int(level))
    return tuple(levels[:5])


def label_cells(cells: Mask) -> tuple[NDArray[np.int32], int]:
    """Connected parts of a small mask by 4 neighbours: label 1 to n of every set cell, 0 elsewhere."""
    rows, columns = cells.shape
    label = np.where(cells, np.arange(1, rows * columns + 1, dtype=np.int32).reshape(rows, columns), 0)
    across, down = cells[:, 1:] & cells[:, :-1], cells[1:] & cells[:-1]
    edges_a = np.concatenate([label[:, 1:][across], label[1:][down]])
    edges_b = np.concatenate([label[:, :-1][across], label[:-1][down]])
    root = np.arange(rows * columns + 1, dtype=np.int32)
    while True:
        a, b = root[edges_a], root[edges_b]
        differ = a != b
        if not differ.any():
            break
        edges_a, edges_b, a, b = edges_a[differ], edges_b[differ], a[differ], b[differ]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            jumped = root[root]
            if np.array_equal(jumped, root):
                break
            root = jumped
    roots = root[label]
    names, numbered = np.unique(roots, return_inverse=True)
    first = 0 if names[0] == 0 else 1
    return np.asarray(numbered.reshape(cells.shape) + first, np.int32), len(names) - 1 + first


def grow(cells: Mask, steps: int = 1) -> Mask:
    """Dilation by a 3x3 square."""
    for _ in range(steps):
        padded = np.pad(cells, 1)
        across = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
        cells = across[:-2] | across[1:-1] | across[2:]
    return cells


def shrink(cells: Mask, steps: int = 1) -> Mask:
    """Erosion by a 3x3 square; beyond the picture counts as set."""
    return ~grow(~cells, steps)


def largest_dense(foreground: Foreground) -> Mask | None:
    """The pixels of the largest dense part and of what belongs to it; None where nothing is large enough."""
    for least, closing in ((DENSE, 0), (0.2, 2)):
        dense = foreground.share >= least
        dense = shrink(grow(dense, closing), closing) if closing else dense
        chosen = _joined(grow(shrink(dense)) & dense)
        if chosen is not None:
            near = grow(chosen, 2)
            size = foreground.cell_px
            wide = np.repeat(np.repeat(near, size, axis=0), size, axis=1)
            rows, columns = foreground.pixels.shape
            return np.asarray(foreground.pixels & wide[:rows, :columns], np.bool_)
    return None


def _joined(opened: Mask) -> Mask | None:
    """The largest part with the parts above, below or close beside it that lie within its extent."""
    label, count = label_cells(opened)
    if count == 0:
        return None
    sizes = np.bincount(label.ravel(), minlength=count + 1)
    sizes[0] = 0
    main = int(np.argmax(sizes))
    if sizes[main] < LEAST_SHARE * opened.size:
        return None
    chosen: Mask = label == main
    for other in np.argsort(-sizes):
        if other == main or sizes[other] < max(6, 0.004 * sizes[main]):
            continue
        part = label == other
        if _belongs(_box(chosen), _box(part)):
            chosen |= part
    return chosen


def _box(cells: Mask) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the set cells."""
    columns, rows = np.flatnonzero(cells.any(axis=0)), np.flatnonzero(cells.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _belongs(main: tuple[int, int, int, int], part: tuple[int, int, int, int]) -> bool:
    """A part split off by a dark band: within the main part's columns and not far off, or inside its box."""
    left, top, right, bottom = main
    width, height = right - left, bottom - top
    within = part[0] >= left - 2 and part[2] <= right + 2
    gap = max(part[1] - bottom, top - part[3], 0)
    if within and gap == 0:
        return True
    wide = part[2] - part[0] >= 0.4 * width
    return within and wide and gap <= 0.5 * height


def outline_of(mask: Mask) -> Outline | None:
    """The outermost pixels; a pixel alone in its row or column does not count."""
    steady = mask.copy()
    steady[:, 1:-1] &= mask[:, :-2] | mask[:, 2:]
    rows, columns = np.flatnonzero(steady.any(axis=1)), np.flatnonzero(steady.any(axis=0))
    if rows.size < LEAST_SIDE_PX or columns.size < LEAST_SIDE_PX:
        return None
    part = steady[rows]
    left, right = part.argmax(axis=1), steady.shape[1] - 1 - part[:, ::-1].argmax(axis=1)
    part = steady[:, columns]
    top, bottom = part.argmax(axis=0), steady.shape[0] - 1 - part[::-1].argmax(axis=0)
    return Outline(*(np.asarray(values, np.float64) for values in (rows, left, right, columns, top, bottom)))


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


def _sides(outline: Outline) -> tuple[Side | None, Side | None]:
    return fit_side(outline.rows, outline.left, outward=-1), fit_side(outline.rows, outline.right, outward=1)


def fit(outline: Outline) -> tuple[ScanGeometry, float]:
    """The shape that explains the outline, with the pixel aspect its arcs tell."""
    left, right = _sides(outline)
    sector = _sector(outline, left, right)
    return sector if sector is not None else (_rectangle(outline, left, right), 1.0)


def _rectangle(outline: Outline, left: Side | None, right: Side | None) -> ScanGeometry:
    """Upright sides; where none was found, the outermost pixels that enough rows and columns reach."""
    at = [_upright(side, outline.rows, values, outward) for side, values, outward in ((left, outline.left, -1.0), (right, outline.right, 1.0))]
    top, bottom = _level(outline.top, -1.0), _level(outline.bottom, 1.0)
    return ScanGeometry("rectangle", round(at[0]), round(top), round(at[1]) + 1, round(bottom) + 1)


def _upright(side: Side | None, rows: Floats, values: Floats, outward: float) -> float:
    if side is not None and abs(side.slope) <= UPRIGHT and side.support > 0.15:
        return side.at + side.slope * float(rows.mean())
    return _level(values, outward)


def _level(values: Floats, outward: float) -> float:
    """The outermost level that many values share: the outermost with at least a fifth of the fullest one's count, and nothing much beyond."""
    whole = np.round(values).astype(np.int64)
    low = int(whole.min())
    count = np.convolve(np.bincount(whole - low), np.ones(3), "same")
    shared = np.flatnonzero(count >= max(0.03 * values.size, 0.2 * count.max()))
    if shared.size == 0:
        return _extreme(values, outward)
    edge = low + int(shared[-1] if outward > 0 else shared[0])
    near = values[np.abs(values - edge) <= 2]
    return float(near.max() if outward > 0 else near.min()) if near.size == 0 else float(np.percentile(near, 90 if outward > 0 else 10))


def _sector(outline: Outline, left: Side | None, right: Side | None) -> tuple[ScanGeometry, float] | None:
    """A fan, from its sides where both lean outward and meet above, else from the arc of its face."""
    if left is None or right is None:
        return None
    if not (left.slope < -UPRIGHT and right.slope > UPRIGHT):
        return None
    row = (left.at - right.at) / (right.slope - left.slope)
    apex = (left.at + left.slope * row, row)
    if apex[1] > outline.rows[0] + 0.2 * np.ptp(outline.rows):
        return None
    return _fan(outline, apex, (left, right))


def _fan(outline: Outline, apex: PointPx, sides: tuple[Side, Side]) -> tuple[ScanGeometry, float]:
    """Radii, kind and angle of a fan whose apex is known."""
    aspect = 1.0
    half = 0.5 * (atan(-sides[0].slope) + atan(sides[1].slope))
    inner, kind = _face(outline, apex, half)
    outer = _reach(outline, apex, half)
    sharp = _sharpened(outline, apex, half, inner, outer, kind)
    apex, half, inner, outer = sharp
    width = outer * sin(half)
    top = apex[1] + (inner if kind == "virtual_convex" else inner * cos(half))
    geometry = ScanGeometry(
        kind,
        floor(apex[0] - width + 0.5),
        ceil(top - 0.5),
        ceil(apex[0] + width + 0.5),
        ceil(apex[1] + outer + 0.5),
        apex,
        inner,
        outer,
        degrees(half),
    )
    return geometry, aspect


def _radii(columns: Floats, rows: Floats, apex: PointPx) -> tuple[Floats, Floats]:
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
    radius, angle = _radii(outline.columns, outline.top, apex)
    within = np.abs(angle) < half * 0.97
    if within.sum() < 12:
        return max(0.0, float(outline.top.min()) - apex[1]), "phased"
    arc, arc_share = _mode(radius[within], outward=-1.0)
    flat, flat_share = _mode(outline.top[within] - apex[1], outward=-1.0)
    reach = float(outline.bottom.max()) - apex[1]
    if flat_share > arc_share and flat > 0.08 * reach:
        return flat - 0.5, "virtual_convex"
    return max(0.0, arc - 0.5), "phased" if arc < 0.1 * reach else "convex"


def _reach(outline: Outline, apex: PointPx, half: float) -> float:
    """Radius of the deepest arc: the outermost that enough columns reach."""
    radius, angle = _radii(outline.columns, outline.bottom, apex)
    within = radius[np.abs(angle) < half * 0.97]
    if within.size < 12:
        return float(outline.bottom.max()) - apex[1]
    outer, share = _mode(within, outward=1.0)
    return outer + 0.5 if share > 0.05 else float(np.percentile(within, 98)) + 0.5


def _sharpened(
    outline: Outline, apex: PointPx, half: float, inner: float, outer: float, kind: GeometryKind
) -> tuple[PointPx, float, float, float]:
    """Least squares of sides and arcs together (Gauss-Newton): unknowns apex column and row, half angle, both radii."""
    for _ in range(8):
        moved = _step(outline, apex, half, inner, outer, kind)
        if moved is None:
            break
        along, down, turn, near, far = (float(value) for value in moved)
        apex, half, inner, outer = (apex[0] + along, apex[1] + down), half + turn, inner + near, outer + far
        if float(np.abs(moved).max()) < 1e-3:
            break
    return apex, half, max(0.0, inner), outer


def _step(outline: Outline, apex: PointPx, half: float, inner: float, outer: float, kind: GeometryKind) -> Floats | None:
    """One Gauss-Newton step over the outline's pixels that lie on an edge; edges run half a pixel outside the outermost pixel."""
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
        radius, angle = _radii(outline.columns, values, apex)
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
    if any(len(error) < 8 for error in errors):
        return None
    solution = np.linalg.lstsq(np.concatenate(blocks), np.concatenate(errors), rcond=None)[0]
    return np.asarray(solution, np.float64)


def clip(geometry: ScanGeometry, shape: tuple[int, ...], outline: Outline) -> ScanGeometry:
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
    """The same geometry with the face in mm. A convex face is an arc of the inner radius; others are flat."""
    if geometry.kind == "convex":
        radius_mm = geometry.inner_radius_px * mm_per_px_y
        return replace(geometry, face_radius_mm=radius_mm, face_half_width_mm=radius_mm * sin(radians(geometry.half_angle_deg)))
    if geometry.kind == "virtual_convex":
        half_mm = geometry.inner_radius_px * mm_per_px_y * tan(radians(geometry.half_angle_deg))
    elif geometry.kind == "phased":
        half_mm = geometry.inner_radius_px * mm_per_px_y * sin(radians(geometry.half_angle_deg))
    else:
        half_mm = (geometry.right_px - geometry.left_px) / 2 * mm_per_px_x
    return replace(geometry, face_radius_mm=0.0, face_half_width_mm=half_mm)
