"""Signed distances to solids made of rounded, tapered boxes that blend within a bone and stay apart between bones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phantom.anatomy_types import F32

CUT = 1 << 20
REACH_MM = 12.0  # distances are exact up to here and clamped beyond: nobody asks further, and far primitives are then never touched


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A rounded box. axes: (3, 3), rows are its own unit axes in the patient frame; half_mm: half sizes before rounding is taken off;
    round_mm: radius of its edges; taper: (2,), how much the first two half sizes grow per half length along the third axis (-1..1);
    blend_mm: how softly it joins what came before it in its bone."""

    centre_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    half_mm: tuple[float, float, float]
    round_mm: float
    taper: tuple[float, float] = (0.0, 0.0)
    blend_mm: float = 3.0


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """numpy's own cross product of two single vectors costs 60 microseconds, and a subject needs a hundred."""
    (a0, a1, a2), (b0, b1, b2) = a.tolist(), b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def rod(
    start_mm: Sequence[float] | NDArray[np.float64],
    end_mm: Sequence[float] | NDArray[np.float64],
    *,
    half_mm: tuple[float, float],
    up: Sequence[float] | NDArray[np.float64] = (0.0, 1.0, 0.0),
    end_half_mm: tuple[float, float] | None = None,
    blend_mm: float = 3.0,
) -> Box:
    """A rounded bar from start to end (both inside it). half_mm: half sizes across, first sideways, then along `up`; end_half_mm: at the end."""
    a, b = np.asarray(start_mm, float), np.asarray(end_mm, float)
    length = float(np.linalg.norm(b - a))
    along = (b - a) / length
    side = _cross(np.asarray(up, float), along)
    side /= np.linalg.norm(side)
    axes = np.stack([side, _cross(along, side), along])
    last = end_half_mm or half_mm
    middle = ((half_mm[0] + last[0]) / 2, (half_mm[1] + last[1]) / 2)
    taper = ((last[0] - half_mm[0]) / 2 / middle[0], (last[1] - half_mm[1]) / 2 / middle[1])
    least = min(*half_mm, *last)
    return Box((a + b) / 2, axes, (*middle, length / 2 + least), least * 0.95, taper, blend_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """Boxes of several bones, packed. bone: int (K,), which bone each belongs to, in order; CUT for boxes that are taken away from all."""

    centres: F32
    axes: F32
    half: F32
    rounds: F32
    taper: F32
    blend: F32
    bone: NDArray[np.int32]
    reach: F32

    @staticmethod
    def of(bones: Sequence[Sequence[Box]], cuts: Sequence[Box] = ()) -> Solid:
        boxes = [box for bone in (*bones, cuts) for box in bone]
        half = np.array([b.half_mm for b in boxes], np.float32)
        grown = half * (1 + np.abs(np.array([(*b.taper, 0.0) for b in boxes], np.float32)))
        return Solid(
            np.array([b.centre_mm for b in boxes], np.float32),
            np.array([b.axes for b in boxes], np.float32),
            half,
            np.array([b.round_mm for b in boxes], np.float32),
            np.array([b.taper for b in boxes], np.float32),
            np.array([b.blend_mm for b in boxes], np.float32),
            np.array([i for i, bone in enumerate(bones) for _ in bone] + [CUT] * len(cuts), np.int32),
            np.linalg.norm(grown, axis=1).astype(np.float32),
        )


def distance_mm(solid: Solid, points_mm: F32) -> F32:
    """points_mm: float32 (N, 3). Returns float32 (N,), signed distance to the nearest bone, clamped at REACH_MM."""
    out = np.full(len(points_mm), REACH_MM, np.float32)
    if len(points_mm) == 0:
        return out
    low, high = points_mm.min(axis=0), points_mm.max(axis=0)
    away = np.maximum(np.maximum(low - solid.centres, solid.centres - high), 0)
    near = np.flatnonzero(np.einsum("ij,ij->i", away, away) < (solid.reach + REACH_MM) ** 2)
    if len(near) == 0:
        return out
    centres = solid.centres[near]
    square = np.einsum("ij,ij->i", points_mm, points_mm)[None, :] - 2 * (centres @ points_mm.T)
    bound = (solid.reach[near] + REACH_MM) ** 2 - np.einsum("ij,ij->i", centres, centres)
    inside = square < bound[:, None].astype(np.float32)
    for bone in np.unique(solid.bone[near]):
        members = np.flatnonzero(solid.bone[near] == bone)
        if bone == CUT:
            for m in members:
                index = np.flatnonzero(inside[m] & (out < 3))
                if len(index):
                    out[index] = -_blend(-out[index], _box(solid, int(near[m]), points_mm[index]), float(solid.blend[near[m]]))
            continue
        own = np.full(len(points_mm), REACH_MM, np.float32)
        for m in members:
            index = np.flatnonzero(inside[m])
            if len(index):
                own[index] = _blend(own[index], _box(solid, int(near[m]), points_mm[index]), float(solid.blend[near[m]]))
        np.minimum(out, own, out=out)
    return out


def _box(solid: Solid, k: int, points: F32) -> F32:
    q = (points - solid.centres[k]) @ solid.axes[k].T
    a, b, c = q[:, 0], q[:, 1], q[:, 2]
    h, r = solid.half[k], solid.rounds[k]
    ta, tb = solid.taper[k]
    hx: F32 | np.float32 = h[0] - r
    hy: F32 | np.float32 = h[1] - r
    if ta or tb:
        t = np.clip(c / h[2], -1, 1)
        hx = h[0] * (1 + ta * t) - r
        hy = h[1] * (1 + tb * t) - r
    x, y, z = np.abs(a) - hx, np.abs(b) - hy, np.abs(c) - (h[2] - r)
    deepest = np.minimum(np.maximum(np.maximum(x, y), z), 0)
    np.maximum(x, 0, out=x)
    np.maximum(y, 0, out=y)
    np.maximum(z, 0, out=z)
    return np.asarray(np.sqrt(x * x + y * y + z * z) + deepest - r, np.float32)


def _blend(a: F32, b: F32, soft_mm: float) -> F32:
    """Polynomial smooth minimum; equals the plain one where the two differ by more than soft_mm."""
    h = np.maximum(np.float32(soft_mm) - np.abs(a - b), 0)
    return np.asarray(np.minimum(a, b) - h * h * np.float32(0.25 / soft_mm), np.float32)
