"""Bones as solids: struts (swept sections) and sheets (height fields), each an implicit function of a point in the patient.

Patient axes, mm: x to the patient's right, y cranial, z ventral (deeper for a probe on the back).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.floating[Any]]  # any shape, float32 where there are many
Point: TypeAlias = tuple[float, float, float]
Surface: TypeAlias = Callable[[Field, Field], Field]  # z of x and y


@dataclass(frozen=True, slots=True)
class Strut:
    """A section swept from `start` to `end` (points of its dorsal surface). dome: 0 flat, 1 half round across. lean: rise of z per mm across, the
    cranial side of a transverse strut first. half_mm: half-width at start and end."""

    label: str
    side: int
    start: Point
    end: Point
    half_mm: tuple[float, float]
    thick_mm: float
    dome: float = 0.6
    cap_mm: float = 2.5
    lean: float = 0.0

    def bounds(self) -> tuple[float, float, float, float]:
        """x least, x most, y least, y most, with a margin of 2 mm."""
        reach = max(max(self.half_mm), self.cap_mm) + 2.0
        xs, ys = (self.start[0], self.end[0]), (self.start[1], self.end[1])
        return min(xs) - reach, max(xs) + reach, min(ys) - reach, max(ys) + reach

    def shape(self, x: Field, y: Field) -> tuple[Field, Field]:
        """z of the dorsal surface, and mm outside the outline (negative inside)."""
        run, rise = self.end[0] - self.start[0], self.end[1] - self.start[1]
        length = max(float(np.hypot(run, rise)), 1e-3)
        along = ((x - self.start[0]) * run + (y - self.start[1]) * rise) / length
        across = ((y - self.start[1]) * run - (x - self.start[0]) * rise) / length
        part = np.clip(along / length, 0.0, 1.0)
        half = self.half_mm[0] + (self.half_mm[1] - self.half_mm[0]) * part
        beyond = np.maximum(np.maximum(along - length, -along), 0.0)
        ratio = np.hypot(across / half, beyond / self.cap_mm)
        drop = self.dome * np.minimum(half, 6.0) * (1.0 - np.sqrt(np.maximum(1.0 - np.minimum(ratio, 1.0) ** 2, 0.0)))
        top = self.start[2] + (self.end[2] - self.start[2]) * part + drop + self.lean * across
        return top, (ratio - 1.0) * np.minimum(half, self.cap_mm)

    def outside(self, x: Field, y: Field, z: Field) -> Field:
        """About the distance to the solid, mm; negative inside."""
        top, foot = self.shape(x, y)
        return np.maximum(np.maximum(foot, top - z), z - top - self.thick_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A height field. top: z of the dorsal surface; foot: mm outside the outline, negative inside; thick: mm below the top."""

    label: str
    side: int
    top: Surface
    foot: Surface
    thick: Surface

    def bounds(self) -> tuple[float, float, float, float]:
        """Everywhere."""
        return -1e3, 1e3, -1e3, 1e3

    def shape(self, x: Field, y: Field) -> tuple[Field, Field]:
        """z of the dorsal surface, and mm outside the outline (negative inside)."""
        return self.top(x, y), self.foot(x, y)

    def outside(self, x: Field, y: Field, z: Field) -> Field:
        """About the distance to the solid, mm; negative inside."""
        top, foot = self.shape(x, y)
        return np.maximum(np.maximum(foot, top - z), z - top - self.thick(x, y))


Bone: TypeAlias = Strut | Sheet


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A ligament or membrane that sound passes: its shallow side at `top`, within `foot` < 0. grey: how far it stands above what is around it."""

    label: str
    top: Surface
    foot: Surface
    thick_mm: float
    grey: float


@dataclass(frozen=True, slots=True)
class Cord:
    """A nerve: a straight tube through `through` along `along` (unit vector), radius in mm."""

    label: str
    side: int
    through: Point
    along: Point
    radius_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Everything that the plane can cut, and where its landmarks are told from.

    marks: named lengths in mm (x of a facet's gap and the like) that the landmarks' definitions need.
    canal: x half-width, z least, z most of the dark fluid behind the complexes; None for no canal.
    """

    bones: tuple[Bone, ...]
    bands: tuple[Band, ...]
    cords: tuple[Cord, ...]
    marks: dict[str, float]
    canal: tuple[float, float, float] | None = None


def step(value: Field, *, at: float, over: float) -> Field:
    """0 below `at`, 1 beyond `at` + `over`, smooth between."""
    part = np.clip((value - at) / over, 0.0, 1.0)
    return np.asarray(part * part * (3.0 - 2.0 * part), np.float32)
