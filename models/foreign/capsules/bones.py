"""Bones: capsules with a part's name each, and how far a point lies from them.

The patient's frame, in mm: x to the patient's right, y towards the feet, z down from the skin, which is flat: the back is unrolled along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.floating[Any]]
Row: TypeAlias = NDArray[np.intp]  # indices of beams
SPINOUS, LAMINA, INFERIOR, SUPERIOR, TRANSVERSE, PEDICLE, BODY, ILIUM, S1_SUPERIOR, RIB = range(10)
CREST, PLATE, PIT, ALA, CORNU, FLOOR, NOTHING = range(10, 17)  # zones of the sacrum's back, and no bone
BLEND_MM = 2.5  # capsules of one bone melt into each other over so much


@dataclass(frozen=True, slots=True)
class Capsule:
    """A round cone from one end to the other. level: 2 to 5 of the lumbar vertebrae, 6 the sacrum, 7 the ilium; side: -1 left, 1 right, 0 middle."""

    ends: tuple[tuple[float, float, float], tuple[float, float, float]]
    radii: tuple[float, float]
    part: int
    level: int
    side: int = 0


@dataclass(frozen=True, slots=True)
class Bones:
    """Capsules, and the same as arrays: ends (n, 2, 3) mm, radii (n, 2) mm, what (n, 3) part, level, side."""

    capsules: tuple[Capsule, ...]
    ends: Numbers
    radii: Numbers
    what: NDArray[np.intp]

    def near(self, point: Numbers, normal: Numbers, *, least_mm: float = 4.0) -> Bones:
        """Those that reach within least_mm of a plane (a point of it, its normal)."""
        beside = (self.ends - point) @ normal
        apart = np.where(beside[:, 0] * beside[:, 1] < 0, 0.0, np.abs(beside).min(axis=1))
        kept = np.nonzero(apart - self.radii.max(axis=1) < least_mm)[0]
        return Bones(tuple(self.capsules[k] for k in kept), self.ends[kept], self.radii[kept], self.what[kept])


def gathered(capsules: list[Capsule]) -> Bones:
    what = np.asarray([(one.part, one.level, one.side) for one in capsules], np.intp)
    return Bones(tuple(capsules), np.asarray([one.ends for one in capsules]), np.asarray([one.radii for one in capsules]), what)


def distance(one: Capsule, at: Numbers) -> Numbers:
    """at: (3, ...) mm. How far each point lies outside a capsule, negative within."""
    (ax, ay, az), (bx, by, bz) = one.ends
    dx, dy, dz = bx - ax, by - ay, bz - az
    x, y, z = at[0] - np.float32(ax), at[1] - np.float32(ay), at[2] - np.float32(az)
    over = np.float32(1 / max(1e-6, dx * dx + dy * dy + dz * dz))
    share = ((x * np.float32(dx) + y * np.float32(dy) + z * np.float32(dz)) * over).clip(0, 1)
    x -= share * np.float32(dx)
    y -= share * np.float32(dy)
    z -= share * np.float32(dz)
    return np.asarray(np.sqrt(x * x + y * y + z * z) - (np.float32(one.radii[0]) + share * np.float32(one.radii[1] - one.radii[0])))


def distances(bones: Bones, at: Numbers) -> Numbers:
    """at: (3, n) mm. (k, n) of each capsule and point."""
    along = bones.ends[:, 1] - bones.ends[:, 0]
    away = at[None] - bones.ends[:, 0, :, None]
    share = np.clip((away * along[:, :, None]).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-6)[:, None], 0, 1)
    away = away - share[:, None] * along[:, :, None]
    return np.asarray(np.sqrt((away**2).sum(axis=1)) - bones.radii[:, :1] - share * (bones.radii[:, 1:] - bones.radii[:, :1]))


Window: TypeAlias = tuple[slice, slice]


def union(bones: Bones, at: Numbers, windows: list[Window] | None = None) -> Numbers:
    """Distance from all of them: smooth within one bone, sharp between two. Far away where there is none. at: (3, n), or a grid (3, a, b) with
    windows: the part of it in which each capsule matters; elsewhere it counts as far away."""
    whole = np.full(at.shape[1:], 99.0, np.float32)
    known = distances(bones, at).astype(np.float32) if windows is None else None
    for level in sorted({one.level for one in bones.capsules}):
        bone = np.full(at.shape[1:], 99.0, np.float32)
        for k, one in enumerate(bones.capsules):
            if one.level != level:
                continue
            if known is not None:
                bone = _melted(bone, known[k])
            elif windows is not None:
                where = windows[k]
                bone[where] = _melted(bone[where], distance(one, at[(slice(None), *where)]))
        whole = np.minimum(whole, bone)
    return whole


def _melted(one: Numbers, other: Numbers) -> Numbers:
    gap = np.maximum(np.float32(BLEND_MM) - np.abs(one - other), 0)
    return np.minimum(one, other) - gap * gap * np.float32(0.25 / BLEND_MM)
