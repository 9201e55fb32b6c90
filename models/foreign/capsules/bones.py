"""Bones: capsules with a part's name each, and how far a point lies from them.

The patient's frame, in mm: x to the patient's right, y towards the feet, z down from the skin, which is flat: the back is unrolled along it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Bones:
    """Capsules as arrays: ends (n, 2, 3) mm, radii (n, 2) mm, what (n, 3) part, level, side."""

    capsules: list[Capsule] = field(default_factory=list)

    def near(self, plane: tuple[Numbers, Numbers], *, least_mm: float = 4.0) -> list[Capsule]:
        """Those that reach within least_mm of a plane (a point of it, its normal)."""
        point, normal = plane
        return [one for one in self.capsules if _reach(one, point, normal) < least_mm]


def _reach(one: Capsule, point: Numbers, normal: Numbers) -> float:
    first, second = (float((np.asarray(end) - point) @ normal) for end in one.ends)
    apart = 0.0 if first * second < 0 else min(abs(first), abs(second))
    return apart - max(one.radii)


def distance(one: Capsule, at: Numbers) -> Numbers:
    """at: (3, ...) mm. How far each point lies outside a capsule, negative within."""
    first, along = np.asarray(one.ends[0]), np.asarray(one.ends[1]) - np.asarray(one.ends[0])
    away = [(at[k] - np.float32(first[k])) for k in range(3)]
    share = sum(away[k] * np.float32(along[k]) for k in range(3)) / np.float32(max(1e-6, float(along @ along)))
    share = np.clip(share, 0, 1)
    square = sum((away[k] - share * np.float32(along[k])) ** 2 for k in range(3))
    return np.asarray(np.sqrt(square) - (np.float32(one.radii[0]) + share * np.float32(one.radii[1] - one.radii[0])))


Window: TypeAlias = tuple[slice, slice]


def union(capsules: list[Capsule], at: Numbers, windows: list[Window] | None = None) -> Numbers:
    """Distance from all of them: smooth within one bone, sharp between two. Far away where there is none. windows: the part of a grid (3, a, b) in
    which each capsule matters; elsewhere it counts as far away."""
    whole = np.full(at.shape[1:], 99.0, np.float32)
    for level in sorted({one.level for one in capsules}):
        bone = np.full(at.shape[1:], 99.0, np.float32)
        for k, one in enumerate(capsules):
            if one.level == level:
                where = windows[k] if windows else (slice(None),)
                bone[where] = _melted(bone[where], distance(one, at[(slice(None), *where)]))
        whole = np.minimum(whole, bone)
    return whole


def _melted(one: Numbers, other: Numbers) -> Numbers:
    gap = np.maximum(np.float32(BLEND_MM) - np.abs(one - other), 0)
    return np.minimum(one, other) - gap * gap * np.float32(0.25 / BLEND_MM)


def nearest(capsules: list[Capsule], at: Numbers) -> tuple[NDArray[np.intp], Numbers]:
    """at: (3, n) mm. Index of the nearest capsule of each point, and how far it is."""
    if not capsules:
        return np.zeros(at.shape[1], np.intp), np.full(at.shape[1], 99.0)
    apart = np.stack([distance(one, at) for one in capsules])
    return apart.argmin(axis=0), apart.min(axis=0)
