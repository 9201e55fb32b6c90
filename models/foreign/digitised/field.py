"""A vertebra as a field of distances to its digitised surface, and the few places that its neighbours and soft parts need to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, label, map_coordinates
from scipy.spatial import cKDTree

from models.foreign.digitised.meshes import Triangles, triangles

STEP_MM = 0.8
BORDER_MM = 8.0
FAR_MM = 12.0  # what a point outside the field reads
EXACT_MM = 3.0  # nearer than this the distance is to the triangles themselves, else to the nearest voxel
RIM_MM = 3.0  # a body's dorsal face is hollow by less
ROUNDING = 0.8  # voxels: rounds the edges between triangles of 5 to 10 mm
_OFF = np.array([0.0137, 0.0213, 0.0171])  # a voxel's line never runs along an edge of a mesh that mirrors itself

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """distances_mm: negative inside, (right, cranial, dorsal). Places are (cranial, dorsal) of the same axes, on the midline but for `process`.

    centre: of the body. wall: dorsal face of the body at its centre's height. walls: the same from its lower to its upper rim.
    arch: the most ventral place of the arch's inner face.
    tip: the most dorsal place of the spinous process. process: middle of the transverse processes beyond 26 mm.
    """

    distances_mm: NDArray[np.float32]
    low_mm: Floats
    centre: tuple[float, float]
    wall: tuple[float, float]
    walls: tuple[tuple[float, float], ...]
    arch: tuple[float, float]
    tip: tuple[float, float]
    process: tuple[float, float]

    def at(self, points: Floats) -> Floats:
        """Distances in mm of points (3, ...) in the vertebra's own axes."""
        voxels = (points - self.low_mm.reshape(3, *[1] * (points.ndim - 1))) / STEP_MM
        return np.asarray(map_coordinates(self.distances_mm, voxels, order=1, mode="constant", cval=FAR_MM, prefilter=False))


@cache
def form_of(name: str) -> Form:
    """The field of a mesh: about a second. Raises FileNotFoundError."""
    corners = triangles(name)
    low = corners.reshape(-1, 3).min(0) - BORDER_MM
    counts = np.ceil((corners.reshape(-1, 3).max(0) + BORDER_MM - low) / STEP_MM).astype(int)
    axes = [low[k] + _OFF[k] + STEP_MM * np.arange(counts[k]) for k in range(3)]
    distances = gaussian_filter(_signed(corners, axes), ROUNDING).astype(np.float32)
    return _form(distances, axes)


def _signed(corners: Triangles, axes: list[Floats]) -> Floats:
    inside = _inside(corners, axes)
    rough = (distance_transform_edt(~inside) - distance_transform_edt(inside)) * STEP_MM
    near = np.nonzero(np.abs(rough) < EXACT_MM)
    points = np.stack([axis[index] for axis, index in zip(axes, near, strict=True)], axis=1)
    exact, _ = cKDTree(_sprinkled(corners)).query(points)
    rough[near] = np.where(inside[near], -exact, exact)
    return np.asarray(rough)


def _sprinkled(corners: Triangles, per_mm2: float = 6.0) -> Floats:
    """Points spread over the triangles: none of the surface is farther than about 0.4 mm from one."""
    chance = np.random.default_rng(0)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    chosen = corners[np.repeat(np.arange(len(corners)), np.ceil(areas * per_mm2).astype(int))]
    return np.asarray((chosen * chance.dirichlet([1.0, 1.0, 1.0], len(chosen))[:, :, None]).sum(axis=1))


def _inside(corners: Triangles, axes: list[Floats]) -> NDArray[np.bool_]:
    """Voxels with an odd number of surfaces caudal of them."""
    flips = np.zeros([len(axis) for axis in axes], dtype=np.int8)
    for a, b, c in corners:
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        rights, dorsals = (np.nonzero((axes[k] >= low[k]) & (axes[k] <= high[k]))[0] for k in (0, 2))
        twice_area = (b[0] - a[0]) * (c[2] - a[2]) - (c[0] - a[0]) * (b[2] - a[2])
        if not (len(rights) and len(dorsals)) or abs(twice_area) < 1e-9:
            continue
        x, z = np.meshgrid(axes[0][rights] - a[0], axes[2][dorsals] - a[2], indexing="ij")
        u = (x * (c[2] - a[2]) - (c[0] - a[0]) * z) / twice_area
        v = ((b[0] - a[0]) * z - x * (b[2] - a[2])) / twice_area
        hit = np.nonzero((u >= 0) & (v >= 0) & (u + v <= 1))
        heights = np.searchsorted(axes[1], a[1] + u[hit] * (b[1] - a[1]) + v[hit] * (c[1] - a[1]))
        np.add.at(flips, (rights[hit[0]], np.minimum(heights, len(axes[1]) - 1), dorsals[hit[1]]), 1)
    return np.asarray(np.cumsum(flips, axis=1) % 2 == 1)


def _form(distances: NDArray[np.float32], axes: list[Floats]) -> Form:
    middle = distances[int(np.argmin(np.abs(axes[0])))] < 0
    cranial, dorsal = np.meshgrid(axes[1], axes[2], indexing="ij")
    parts, count = label(middle)
    body = parts == 1 + int(np.argmin([dorsal[parts == k].mean() for k in range(1, count + 1)]))
    arch = middle & ~body
    centre = (float(cranial[body].mean()), float(dorsal[body].mean()))
    row = int(np.argmin(np.abs(axes[1] - centre[0])))
    faces = np.where(body, dorsal, -np.inf).max(axis=1)
    rows = np.nonzero(faces > faces[row] - RIM_MM)[0][::3]  # a slanted end's ventral part has no dorsal face
    inner = int(np.argmin(np.where(arch, dorsal, np.inf).min(axis=1)))
    last = int(np.argmax(np.where(arch, dorsal, -np.inf).max(axis=1)))
    right = np.broadcast_to(np.abs(axes[0])[:, None, None], distances.shape)
    wide = np.nonzero((distances < 0) & (right > 26))
    return Form(
        distances_mm=distances,
        low_mm=np.array([axis[0] for axis in axes]),
        centre=centre,
        walls=tuple(zip(axes[1][rows].tolist(), faces[rows].tolist(), strict=True)),
        wall=(centre[0], float(dorsal[row][body[row]].max())),
        arch=(float(axes[1][inner]), float(dorsal[inner][arch[inner]].min())),
        tip=(float(axes[1][last]), float(dorsal[last][arch[last]].max())),
        process=(float(axes[1][wide[1]].mean()), float(axes[2][wide[2]].mean())),
    )
