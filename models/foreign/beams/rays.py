"""Rays meet bone: steps along each ray as long as the implicit distance allows (sphere tracing), then the surface's normal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from models.foreign.beams.section import Body, Bone, Floats, Sheet

STEPS, TOUCH_MM, LEAST_STEP_MM, MELT_MM = 30, 0.12, 0.4, 0.9  # the least step takes a grazing ray past a wall
NEVER_MM = 1e4
Surface: TypeAlias = Callable[[Floats, Floats], Floats]
Hits: TypeAlias = tuple[Floats, Floats, Floats]  # mm to the first surface (NEVER_MM: none), x and z of the normal there: (rays,) each
Rays: TypeAlias = tuple[Floats, Floats, Floats, Floats]  # x, z of the start; dx, dz of the way: (rays,) each


def surface_of(bones: Sequence[Bone], waves: Floats) -> Surface:
    """The signed mm from places x, z to the bones' surface. waves: (n, 4) of kx, kz, phase, mm: its roughness."""
    ordered = sorted(bones, key=lambda bone: bone.part)
    limbs = [(one.part, *first, *last) for one in ordered for first, last in zip(one.discs, one.discs[min(1, len(one.discs) - 1) :], strict=False)]
    part, ax, az, ra, bx, bz, rb = np.asarray(limbs, dtype=np.float32).T
    starts = np.concatenate(([0], np.nonzero(np.diff(part))[0] + 1))  # first limb of each part
    wx, wz, size = bx - ax, bz - az, (bx - ax) ** 2 + (bz - az) ** 2 + 1e-9
    kx, kz, phase, high = waves.astype(np.float32).T

    def distance(x: Floats, z: Floats) -> Floats:
        px, pz = x[:, None] - ax, z[:, None] - az
        share = np.minimum(np.maximum((px * wx + pz * wz) / size, 0), 1)
        limbs = np.sqrt((px - share * wx) ** 2 + (pz - share * wz) ** 2) - (ra + share * (rb - ra))
        nearest = limbs.min(axis=1)
        melted = np.add.reduceat(np.exp(np.maximum((nearest[:, None] - limbs) / MELT_MM, -60)), starts, axis=1).max(axis=1)
        return np.asarray(nearest - MELT_MM * np.log(melted) + np.sin(x[:, None] * kx + z[:, None] * kz + phase) @ high)

    return distance


def trace(surface: Surface, rays: Rays, *, far_mm: float, steps: int = STEPS) -> Hits:
    """First surfaces along rays, no farther than far_mm."""
    x, z, dx, dz = rays
    along, gap = np.zeros_like(x), np.full_like(x, np.inf)
    on = np.arange(len(x))  # rays that have neither met bone nor left
    for _ in range(steps):
        gap[on] = surface(x[on] + along[on] * dx[on], z[on] + along[on] * dz[on])
        on = on[gap[on] >= TOUCH_MM]
        along[on] += np.maximum(0.9 * gap[on], LEAST_STEP_MM)
        on = on[along[on] < far_mm]
        if not len(on):
            break
    for _ in range(2):  # back to the surface that the last step may have passed
        along = along + np.minimum(gap, 0)
        gap = surface(x + along * dx, z + along * dz)
    hx, hz = x + along * dx, z + along * dz
    nx, nz = surface(hx + 0.3, hz) - gap, surface(hx, hz + 0.3) - gap
    size = np.hypot(nx, nz) + 1e-6
    return np.where((gap < 2 * LEAST_STEP_MM) & (along < far_mm), along, NEVER_MM), nx / size, nz / size


def cross(sheet: Sheet, rays: Rays) -> tuple[Floats, Floats]:
    """Of each ray: mm to the sheet (NEVER_MM beside it) and the angle between ray and the sheet's normal, in rad."""
    x, z, dx, dz = rays
    xs, zs = sheet.points.T
    along = np.maximum(np.interp(x, xs, zs) - z, 0)
    for _ in range(4):
        along = (np.interp(x + along * dx, xs, zs) - z) / np.maximum(dz, 0.3)
    at = x + along * dx
    slope = (np.interp(at + 1, xs, zs) - np.interp(at - 1, xs, zs)) / 2
    return np.where((at >= xs[0]) & (at <= xs[-1]) & (along > 0), along, NEVER_MM), np.abs(np.arctan2(dx + slope * dz, dz - slope * dx))


def walls(body: Body, rays: Rays) -> tuple[Floats, Floats]:
    """Where rays enter and leave an ellipse, in mm. Both are NEVER_MM where they pass it by."""
    x, z, dx, dz = rays
    cos, sin = np.cos(body.turn), np.sin(body.turn)
    px, pz = ((x - body.x) * cos + (z - body.z) * sin) / body.wide, (-(x - body.x) * sin + (z - body.z) * cos) / body.high
    qx, qz = (dx * cos + dz * sin) / body.wide, (-dx * sin + dz * cos) / body.high
    a, b = qx * qx + qz * qz, px * qx + pz * qz
    root = np.sqrt(np.maximum(b * b - a * (px * px + pz * pz - 1), 0))
    return np.where(root > 0, (-b - root) / a, NEVER_MM), np.where(root > 0, (-b + root) / a, NEVER_MM)
