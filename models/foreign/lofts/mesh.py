"""Mesh: skins of bone in three dimensions: lofts (rings along bent axes) and sheets (heights over a floor), and what planes cut out of them.

Millimetres. x across the back, y caudal, z ventral, away from the skin. Every triangle has a part: the number of a kind of bone, and of its side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Draw: TypeAlias = np.random.Generator
Real: TypeAlias = NDArray[Any]
Whole: TypeAlias = NDArray[np.int64]

ALONG, AROUND = 17, 18  # rings of a loft, and vertices of a ring
_S = np.linspace(0, 1, ALONG)
BEZIER = np.stack([(1 - _S) ** 2, 2 * _S * (1 - _S), _S**2], axis=1)  # (ALONG, 3)
SLOPE = np.stack([_S - 1, 1 - 2 * _S, _S], axis=1)
_PHI = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)


def _ring_triangles() -> Whole:
    i, j = np.meshgrid(np.arange(ALONG - 1), np.arange(AROUND), indexing="ij")
    a, b = i * AROUND + j, i * AROUND + (j + 1) % AROUND
    return np.concatenate([np.stack(three, axis=-1).reshape(-1, 3) for three in ((a, b, a + AROUND), (b, b + AROUND, a + AROUND))])


RINGS = _ring_triangles()


@dataclass(frozen=True, slots=True)
class Mesh:
    """vertices: (n, 3) mm. triangles: (m, 3) of vertices. parts: (m,)."""

    vertices: Real
    triangles: Whole
    parts: Whole


@dataclass(frozen=True, slots=True)
class Loft:
    """axis: three points that a Bezier curve follows. radii: three pairs, across and in depth of the ring. roll: radians by which rings turn.
    square: 2 an ellipse, more is boxier. blunt: how suddenly its ends close."""

    part: int
    axis: Sequence[Sequence[float]]
    radii: Sequence[Sequence[float]]
    up: Sequence[float] = (0.0, 0.0, 1.0)
    roll: float = 0.0
    square: float = 2.3
    blunt: float = 6.0


def lofted(lofts: Sequence[Loft]) -> Mesh:
    """All lofts as one mesh."""
    axis, radii, up = (np.array([getattr(one, name) for one in lofts], dtype=np.float64) for name in ("axis", "radii", "up"))
    roll, square, blunt = (np.array([getattr(one, name) for one in lofts])[:, None, None] for name in ("roll", "square", "blunt"))
    line, along = BEZIER @ axis, SLOPE @ axis
    across = np.cross(along, up[:, None, :])
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    deep = np.cross(across, along)
    deep /= np.maximum(np.linalg.norm(deep, axis=-1, keepdims=True), 1e-6)
    close = np.maximum(1 - np.abs(2 * _S - 1)[None, :, None] ** blunt, 0.0) ** (1 / 2.5)
    size = (BEZIER @ radii) * np.maximum(close, 0.02)
    c, s = (np.sign(f) * np.abs(f) ** (2 / square) for f in (np.cos(_PHI)[None, None, :], np.sin(_PHI)[None, None, :]))
    a, b = size[..., :1] * c, size[..., 1:] * s
    a, b = a * np.cos(roll) - b * np.sin(roll), a * np.sin(roll) + b * np.cos(roll)
    vertices = line[:, :, None, :] + a[..., None] * across[:, :, None, :] + b[..., None] * deep[:, :, None, :]
    starts = np.arange(len(lofts))[:, None, None] * (ALONG * AROUND)
    parts = np.repeat([one.part for one in lofts], len(RINGS))
    return Mesh(vertices.reshape(-1, 3), (RINGS[None] + starts).reshape(-1, 3), parts)


def sheet(x: Real, y: Real, z: Real, parts: Whole) -> Mesh:
    """A surface over a grid: x and y are its lines, z and parts (y, x). Cells with a part below 0 are open."""
    xx, yy = np.meshgrid(x, y)
    i, j = np.meshgrid(np.arange(len(y) - 1), np.arange(len(x) - 1), indexing="ij")
    a = i * len(x) + j
    triangles = np.concatenate([np.stack(three, axis=-1).reshape(-1, 3) for three in ((a, a + 1, a + len(x)), (a + 1, a + len(x) + 1, a + len(x)))])
    part = np.tile(parts[:-1, :-1].reshape(-1), 2)
    return Mesh(np.stack([xx, yy, z], axis=-1).reshape(-1, 3), triangles[part >= 0], part[part >= 0])


def joined(meshes: Sequence[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(one.vertices) for one in meshes[:-1])])
    triangles = np.concatenate([one.triangles + start for one, start in zip(meshes, starts, strict=True)])
    return Mesh(np.concatenate([one.vertices for one in meshes]), triangles, np.concatenate([one.parts for one in meshes]))


def waves(draw: Draw, *, longest_mm: float, shortest_mm: float, most_mm: float, count: int = 5) -> Callable[[Real], Real]:
    """A field of displacements: (n, 3) mm at (n, 3) places; shorter waves are lower."""
    length = np.exp(draw.uniform(np.log(shortest_mm), np.log(longest_mm), count))
    turned = draw.standard_normal((count, 3))
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    phase, push = draw.uniform(0, 2 * np.pi, count), draw.standard_normal((count, 3)) * (most_mm / count**0.5 * length / length.max())[:, None]
    wave = (turned * (2 * np.pi / length)[:, None]).T
    return lambda places: np.sin(places @ wave + phase) @ push


def bent(mesh: Mesh, *fields: Callable[[Real], Real]) -> Mesh:
    moved = mesh.vertices + sum(field(mesh.vertices) for field in fields)
    return Mesh(moved, mesh.triangles, mesh.parts)


@dataclass(frozen=True, slots=True)
class Plane:
    """origin: where the array's face is, mm. across, down: unit vectors of the picture."""

    origin: Real
    across: Real
    down: Real

    @property
    def normal(self) -> Real:
        return np.cross(self.across, self.down)

    def moved(self, mm: float) -> Plane:
        return Plane(self.origin + mm * self.normal, self.across, self.down)

    def flat(self, places: Real) -> Real:
        """(n, 2) picture's x and depth of (n, 3) places, as if they lay in the plane."""
        return np.asarray((places - self.origin) @ np.stack([self.across, self.down], axis=1))


@dataclass(frozen=True, slots=True)
class Cut:
    """Segments of a plane: starts and ends (n, 2) mm of the picture, normals (n, 2) the skin's direction as seen in it (shorter where the skin leans
    out of the plane), parts (n,)."""

    starts: Real
    ends: Real
    normals: Real
    parts: Whole


def cut_of(mesh: Mesh, plane: Plane) -> Cut:
    side = (mesh.vertices - plane.origin) @ plane.normal
    signs = (side >= 0)[mesh.triangles]
    above = signs.sum(axis=1)
    hit = np.flatnonzero((above == 1) | (above == 2))
    lone = np.argmax(signs[hit] == (above[hit] == 1)[:, None], axis=1)
    order = np.take_along_axis(mesh.triangles[hit], (lone[:, None] + np.arange(3)) % 3, axis=1)
    corner, far = mesh.vertices[order], side[order]
    starts, ends = (corner[:, 0] + (corner[:, k] - corner[:, 0]) * (far[:, 0] / (far[:, 0] - far[:, k]))[:, None] for k in (1, 2))
    normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    flat = np.stack([plane.across, plane.down], axis=1)
    return Cut(plane.flat(starts), plane.flat(ends), normals @ flat, mesh.parts[hit])
