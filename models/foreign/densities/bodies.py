"""Lumps, holes and sheets in the body's millimetres, and how dense bone is where the scan's plane cuts them.

Body axes: x across (screen's right before mirroring), y towards the feet, z away from the skin. Bone is where the density is above zero;
near a surface the density is about the distance to it in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
Rng = np.random.Generator
Triple = tuple[float, float, float]
OUTSIDE_MM = -30.0  # density where no lump is near


@dataclass(frozen=True, slots=True, eq=False)
class Lump:
    """A rounded body. axes: rows are its own axes. square: 0 for an ellipsoid, 1 for a rounded block. hole: takes bone away from `bone`."""

    bone: int
    centre_mm: F32
    radii_mm: F32
    axes: F32
    square: bool = False
    hole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A thin bright layer about level with the skin: z = z_mm + slopes and bend over (x, y) within a box.

    Its echo begins at z and fades over thick_mm.
    """

    centre_mm: Triple
    half_mm: tuple[float, float]
    thick_mm: float
    strength: float
    slopes: tuple[float, float] = (0.0, 0.0)
    bend: float = 0.0

    def depth_at(self, x: F32 | float, y: F32 | float) -> F32:
        """z of its upper face."""
        dx, dy = x - self.centre_mm[0], y - self.centre_mm[1]
        return np.asarray(self.centre_mm[2] + self.slopes[0] * dx + self.slopes[1] * dy + self.bend * dx * dx, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Oval:
    """Soft tissue of its own grey: gain times what is around it, with a rim of its own strength."""

    centre_mm: Triple
    radii_mm: Triple
    gain: float
    rim: float = 0.0


def turned(about_x_deg: float = 0.0, about_y_deg: float = 0.0, about_z_deg: float = 0.0) -> F32:
    """Rows: the own axes of something turned about x, then y, then z."""
    x, y, z = np.deg2rad([about_x_deg, about_y_deg, about_z_deg])
    rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return np.asarray((rz @ ry @ rx).T, np.float32)


def lump(bone: int, centre: Triple, radii: Triple, axes: F32 | None = None, *, square: bool = False, hole: bool = False) -> Lump:
    """A lump; axes None: along the body's."""
    own = np.eye(3, dtype=np.float32) if axes is None else axes
    return Lump(bone, np.asarray(centre, np.float32), np.asarray(radii, np.float32), own, square, hole)


def rod(bone: int, start: Triple, end: Triple, radii: tuple[float, float], *, square: bool = True) -> Lump:
    """A lump from start to end; radii: along y as far as it can be, and across both."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    along = (b - a) / np.linalg.norm(b - a)
    helper = np.array([0.0, 1.0, 0.0]) if abs(along[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    third = np.cross(along, helper)
    third /= np.linalg.norm(third)
    axes = np.stack([along, np.cross(third, along), third]).astype(np.float32)
    half = (float(np.linalg.norm(b - a)) / 2, *radii)
    return Lump(bone, ((a + b) / 2).astype(np.float32), np.asarray(half, np.float32), axes, square)


def _density(points: F32, one: Lump) -> F32:
    """About the distance to its surface in mm, above zero inside. points: (3, rows, columns)."""
    own = np.tensordot(one.axes, points - one.centre_mm[:, None, None], axes=1) / one.radii_mm[:, None, None]
    np.clip(own, -30, 30, out=own)
    inverse = (1 / one.radii_mm)[:, None, None]
    two = own * own
    if not one.square:
        far = np.sqrt(two.sum(axis=0)) + np.float32(1e-4)
        slope = np.sqrt((two * inverse * inverse).sum(axis=0)) / far
    else:
        four = (two * two).sum(axis=0)
        far = np.sqrt(np.sqrt(four)) + np.float32(1e-4)
        slope = np.sqrt((two * two * two * inverse * inverse).sum(axis=0)) / (far * far * far)
    return np.asarray((1 - far) / np.maximum(slope, 0.02), np.float32)


def cut(points: F32, normal: F32, lumps: list[Lump], blend_mm: float) -> tuple[F32, NDArray[np.int16]]:
    """Density, and which bone is the densest, over the plane's points (3, rows, columns). Lumps of one bone flow together over blend_mm."""
    middle = points[:, 0, 0]
    near = [one for one in lumps if abs(float(normal @ (one.centre_mm - middle))) < float(one.radii_mm.max()) + 6]
    density = np.full(points.shape[1:], OUTSIDE_MM, np.float32)
    owner = np.full(points.shape[1:], -1, np.int16)
    for bone in sorted({one.bone for one in near if not one.hole}):
        mass = np.zeros(points.shape[1:], np.float32)
        for one in near:
            if one.bone == bone and not one.hole:
                mass += np.exp(np.clip(_density(points, one), OUTSIDE_MM, 30) / blend_mm)
        its = blend_mm * np.log(mass + np.float32(1e-12))
        for one in near:
            if one.bone == bone and one.hole:
                its = np.minimum(its, -_density(points, one))
        owner[its > density] = bone
        density = np.maximum(density, its)
    return density, owner
