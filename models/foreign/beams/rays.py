"""Rays meet bone: steps along each ray as long as the implicit distance allows (sphere tracing), then the surface's normal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.foreign.beams.section import Bone, Floats, Sheet

STEPS, TOUCH_MM, MELT_MM = 26, 0.12, 0.9
NEVER_MM = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """The chains' limbs, sorted by part. a, b: (limbs, 2) ends; ra, rb: radii. starts: first limb of each part. waves: (n, 4) of kx, kz, phase, mm."""

    a: Floats
    b: Floats
    ra: Floats
    rb: Floats
    starts: Floats
    waves: Floats

    def distance(self, x: Floats, z: Floats) -> Floats:
        """(rays,) signed mm to the surface, at places (x, z)."""
        dx, dz = self.b[:, 0] - self.a[:, 0], self.b[:, 1] - self.a[:, 1]
        px, pz = x[:, None] - self.a[:, 0], z[:, None] - self.a[:, 1]
        share = np.clip((px * dx + pz * dz) / (dx * dx + dz * dz + 1e-9), 0, 1)
        limbs = np.hypot(px - share * dx, pz - share * dz) - (self.ra + share * (self.rb - self.ra))
        nearest = limbs.min(axis=1)
        melted = np.add.reduceat(np.exp(np.clip((nearest[:, None] - limbs) / MELT_MM, -60, 0)), self.starts, axis=1).max(axis=1)
        rough = (np.sin(x[:, None] * self.waves[:, 0] + z[:, None] * self.waves[:, 1] + self.waves[:, 2]) * self.waves[:, 3]).sum(axis=1)
        return np.asarray(nearest - MELT_MM * np.log(melted) + rough)


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Of each ray: mm to the first surface (NEVER_MM: none), and the normal there, (rays,) each."""

    at_mm: Floats
    nx: Floats
    nz: Floats


def solid_of(bones: Sequence[Bone], waves: Floats) -> Solid | None:
    if not bones:
        return None
    ordered = sorted(bones, key=lambda bone: bone.part)
    limbs = [(bone.part, *first, *last) for bone in ordered for first, last in zip(bone.discs, bone.discs[1:] if len(bone.discs) > 1 else bone.discs, strict=False)]
    table = np.asarray(limbs, dtype=np.float32)
    starts = np.concatenate(([0], np.nonzero(np.diff(table[:, 0]))[0] + 1))
    return Solid(table[:, 1:3], table[:, 4:6], table[:, 3], table[:, 6], starts, waves.astype(np.float32))


def trace(solid: Solid | None, x: Floats, z: Floats, dx: Floats, dz: Floats, *, far_mm: float, steps: int = STEPS) -> Hits:
    """First surfaces along rays from (x, z) towards (dx, dz), all (rays,)."""
    if solid is None:
        return Hits(np.full(x.shape, NEVER_MM), np.zeros(x.shape), -np.ones(x.shape))
    along = np.zeros_like(x)
    gap = np.zeros_like(x)
    for _ in range(steps):
        gap = solid.distance(x + along * dx, z + along * dz)
        along = along + np.where(np.abs(gap) < TOUCH_MM / 2, 0, 0.9 * gap)
        along = np.clip(along, 0, far_mm + 5)
    hx, hz = x + along * dx, z + along * dz
    nx, nz = solid.distance(hx + 0.3, hz) - gap, solid.distance(hx, hz + 0.3) - gap
    size = np.hypot(nx, nz) + 1e-6
    met = (gap < TOUCH_MM * 3) & (along < far_mm)
    return Hits(np.where(met, along, NEVER_MM), nx / size, nz / size)


def cross(sheet: Sheet, x: Floats, z: Floats, dx: Floats, dz: Floats) -> tuple[Floats, Floats]:
    """Of each ray: mm to the sheet (NEVER_MM beside it) and the cosine between ray and the sheet's normal."""
    along = np.maximum(np.interp(x, sheet.points[:, 0], sheet.points[:, 1]) - z, 0) / np.maximum(dz, 0.3)
    for _ in range(4):
        along = (np.interp(x + along * dx, sheet.points[:, 0], sheet.points[:, 1]) - z) / np.maximum(dz, 0.3)
    at = x + along * dx
    slope = np.interp(at + 1, sheet.points[:, 0], sheet.points[:, 1]) - np.interp(at - 1, sheet.points[:, 0], sheet.points[:, 1])
    cosine = np.abs(dz - dx * slope / 2) / np.hypot(1, slope / 2)
    inside = (at >= sheet.points[0, 0]) & (at <= sheet.points[-1, 0]) & (along > 0)
    return np.where(inside, along, NEVER_MM), cosine
