"""Relief: bones as crowned ridges seen from behind, and a plane's section of them.

A ridge has a top, z of (x, y), and a thickness. Bone is what lies between top and bottom. Patient frame, mm: x to the screen's right, y cranial,
z ventral, 0 at the tip of the middle spinous process or crest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

Reals: TypeAlias = NDArray[np.float32]
Point: TypeAlias = tuple[float, float, float]  # x, y, z in mm
STEEP = 12.0  # mm of depth a mm beside the rim: a wall
STEP_MM = 0.5
CLIP_MM = 3.0
AWAY = np.float32(50.0)


@dataclass(frozen=True, slots=True)
class Ridge:
    """A ridge from a to b. Its foot reaches radius (at a, at b) to the side; its rim lies `crown` beneath its top, and `power` says how flat the top
    is (2 round, 6 flat). stretch: a mm along y counts so much (0: the ridge has no end along y). lean: z a mm of y from a."""

    name: str
    a: Point
    b: Point
    radius: tuple[float, float]
    crown: float = 3.0
    power: float = 2.5
    thick: float = 12.0
    stretch: float = 1.0
    lean: float = 0.0

    def depth(self, x: Reals, y: Reals, z: Reals, rough: Reals) -> Reals:
        """Negative inside the bone, positive above its rough top, beneath it and, steeply, beside its foot; in mm about."""
        along_x, along_y = self.b[0] - self.a[0], (self.b[1] - self.a[1]) * self.stretch
        off_x, off_y = x - self.a[0], (y - self.a[1]) * np.float32(self.stretch)
        length2 = max(along_x**2 + along_y**2, 1e-6)
        t = np.clip((off_x * along_x + off_y * along_y) / length2, 0, 1)
        reach = np.hypot(off_x - t * along_x, off_y - t * along_y)
        radius = self.radius[0] + t * (self.radius[1] - self.radius[0])
        inside = np.minimum(reach / radius, 1)
        crown = self.crown * (1 - (1 - inside**self.power) ** (1 / self.power))
        top = self.a[2] + t * (self.b[2] - self.a[2]) + crown + STEEP * np.maximum(reach - radius, 0)
        level = z - self.lean * (y - self.a[1])
        return np.asarray(np.maximum(top + rough - level, level - min(self.a[2], self.b[2]) - self.thick), dtype=np.float32)

    def rows(self, spans: tuple[tuple[Reals, Reals], ...]) -> slice:
        """The rows of places that its foot can meet. spans: by row, least and most x, then y."""
        reach = max(self.radius) + self.thick / STEEP
        met = np.ones(len(spans[0][0]), dtype=bool)
        for (least, most), ends, scale in zip(spans, ((self.a[0], self.b[0]), (self.a[1], self.b[1])), (1.0, self.stretch), strict=True):
            met &= ((least - max(ends)) * scale < reach) & ((min(ends) - most) * scale < reach)
        held = np.nonzero(met)[0]
        return slice(int(held[0]), int(held[-1]) + 1) if len(held) else slice(0, 0)


@dataclass(frozen=True, slots=True)
class Pit:
    """A hole through the bones named: a foramen. radius along x and y; no bone above depth_mm (z)."""

    centre: tuple[float, float]
    radius: tuple[float, float]
    depth_mm: float
    through: frozenset[str]

    def depth(self, x: Reals, y: Reals) -> Reals:
        """Positive inside the hole, in mm about."""
        reach = np.hypot((x - self.centre[0]) / self.radius[0], (y - self.centre[1]) / self.radius[1])
        return np.asarray((1 - reach) * min(self.radius) * 3, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A soft surface of z = base + slope_x |x - x0| + slope_y (y - y0) in a span of x and y; strength in dB over muscle, thick in mm."""

    name: str
    base: float
    at: tuple[float, float]
    span_x: tuple[float, float]
    span_y: tuple[float, float]
    strength_db: float
    slope_x: float = 0.0
    slope_y: float = 0.0
    thick: float = 0.6

    def over(self, x: Reals, y: Reals, z: Reals) -> Reals:
        """How far a place lies beneath the sheet (mm); AWAY beside its span, with soft ends."""
        off = z - (self.base + self.slope_x * np.abs(x - self.at[0]) + self.slope_y * (y - self.at[1]))
        held = (x > self.span_x[0]) & (x < self.span_x[1]) & (y > self.span_y[0]) & (y < self.span_y[1])
        return np.where(held, off, AWAY).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Blob:
    """A soft body: an ellipsoid with its own greys (dB over muscle); a rim makes it a nerve or a vessel."""

    name: str
    centre: Point
    radius: Point
    fill_db: float
    rim_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Body:
    """What a probe looks at. bump: amplitudes, waves and phases of the bones' roughness."""

    ridges: tuple[Ridge, ...]
    pits: tuple[Pit, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    blobs: tuple[Blob, ...] = ()
    bump: tuple[tuple[float, float, float, float], ...] = ()
    sizes: dict[str, float] = field(default_factory=dict)

    def rough(self, x: Reals, y: Reals) -> Reals:
        return np.asarray(sum((a * np.sin(kx * x + ky * y + phase) for a, kx, ky, phase in self.bump), start=np.zeros_like(x)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Plane:
    """Where the picture lies in the patient: origin under the face's centre; unit vectors along the screen, across the slice, along depth."""

    origin: Reals  # (3,)
    axes: Reals  # (3, 3): rows are right, across, down

    def patient(self, x: Reals, z: Reals, across_mm: float = 0.0) -> tuple[Reals, Reals, Reals]:
        start = self.origin + across_mm * self.axes[1]
        one, two, three = (np.asarray(start[i] + x * self.axes[0, i] + z * self.axes[2, i], dtype=np.float32) for i in range(3))
        return one, two, three

    def place(self, x: float, z: float) -> Point:
        """The patient's x, y and z of one place of the picture."""
        one, two, three = (float(v) for v in self.origin + x * self.axes[0] + z * self.axes[2])
        return one, two, three

    def picture(self, point: Sequence[float]) -> tuple[float, float, float]:
        """x, z of the picture and mm off the slice."""
        right, across, down = self.axes @ (np.asarray(point, dtype=np.float32) - self.origin)
        return float(right), float(down), float(across)


@dataclass(frozen=True, slots=True)
class Section:
    """solid: (slices, x, z) about the distance to bone, clipped, negative inside. tops: by bone, the depth of its dorsal outline in each column of
    the middle slice, nan where there is none. x_mm: the columns."""

    x_mm: Reals
    z_mm: Reals
    solid: Reals
    tops: dict[str, Reals]

    def surface(self, x: float, near: float, reach_mm: float = 4.0) -> float:
        """Depth of the bone's outline in a column that lies nearest to a depth; `near` where none is in reach."""
        column = self.solid[len(self.solid) // 2, int(np.clip(round((x - self.x_mm[0]) / STEP_MM), 0, len(self.x_mm) - 1))]
        hits = np.nonzero((column[:-1] > 0) & (column[1:] <= 0))[0]
        if len(hits) == 0:
            return near
        depths = self.z_mm[hits] + STEP_MM * column[hits] / np.maximum(column[hits] - column[hits + 1], 1e-6)
        best = float(depths[np.argmin(np.abs(depths - near))])
        return best if abs(best - near) < reach_mm else near

    def top(self, *names: str) -> Reals:
        """The most dorsal outline of the bones named, nan beside them."""
        rows = [self.tops[name] for name in names if name in self.tops]
        if not rows:
            return np.full(len(self.x_mm), np.nan, dtype=np.float32)
        least = np.min([np.nan_to_num(row, nan=1e3) for row in rows], axis=0)
        return np.where(least < 999, least, np.nan).astype(np.float32)

    def sampled(self, x: Reals, z: Reals) -> Reals:
        """solid at the places of a beam grid."""
        at = [(x - self.x_mm[0]) / STEP_MM, (z - self.z_mm[0]) / STEP_MM]
        return np.stack([map_coordinates(one, at, order=1, mode="nearest", output=np.float32) for one in self.solid])


def section(body: Body, plane: Plane, *, half_mm: float, deep_mm: float, slices_mm: Sequence[float]) -> Section:
    """The cut of a body by a plane and by its neighbours within the slice's thickness."""
    x_mm = np.arange(-half_mm - 2, half_mm + 2.1, STEP_MM, dtype=np.float32)
    z_mm = np.arange(-2, deep_mm + 2, STEP_MM, dtype=np.float32)
    grid_x, grid_z = np.meshgrid(x_mm, z_mm, indexing="ij")
    solids: list[Reals] = []
    tops: dict[str, Reals] = {}
    for index, across_mm in enumerate(slices_mm):
        x, y, z = plane.patient(grid_x, grid_z, across_mm)
        rough = body.rough(x, y)
        spans = tuple((v.min(axis=1), v.max(axis=1)) for v in (x, y))
        solid = np.full(x.shape, AWAY, dtype=np.float32)
        for ridge in body.ridges:
            rows = ridge.rows(spans)
            if rows.start == rows.stop:
                continue
            one = ridge.depth(x[rows], y[rows], z[rows], rough[rows])
            for pit in (pit for pit in body.pits if ridge.name in pit.through):
                one = np.maximum(one, np.minimum(pit.depth(x[rows], y[rows]), pit.depth_mm - z[rows]))
            if index == len(slices_mm) // 2:
                _outline(tops, ridge.name, one, z_mm, rows, len(x_mm))
            solid[rows] = np.minimum(solid[rows], one)
        solids.append(gaussian_filter(np.clip(solid, -CLIP_MM, CLIP_MM), 1.0))
    return Section(x_mm, z_mm, np.stack(solids), tops)


def _outline(tops: dict[str, Reals], name: str, solid: Reals, z_mm: Reals, rows: slice, columns: int) -> None:
    """Adds a bone's first surface by column of the picture; solid holds `rows` of them."""
    enters = (solid[:, :-1] > 0) & (solid[:, 1:] <= 0)
    first = enters.argmax(axis=1)
    each = np.arange(len(first))
    above, below = solid[each, first], solid[each, first + 1]
    depth = np.full(columns, np.nan, dtype=np.float32)
    depth[rows] = np.where(enters.any(axis=1), z_mm[first] + STEP_MM * above / np.maximum(above - below, 1e-6), np.nan)
    tops[name] = np.fmin(tops[name], depth) if name in tops else depth
