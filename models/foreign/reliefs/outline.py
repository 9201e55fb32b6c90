"""Outline: a section as a reader of outlines has it: apexes, rims, corners, and where a soft sheet crosses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.foreign.reliefs.aims import Aim
from models.foreign.reliefs.relief import Plane, Reals, Section


@dataclass(frozen=True, slots=True)
class Mark:
    """A landmark in the picture, mm. lips: the two edges by which a reader sees an opening. root: he sees it by its section's greys.
    half: the side of the midline that a paired one lies on, on the screen."""

    name: str
    x: float
    z: float
    lips: tuple[tuple[float, float], ...] = ()
    root: tuple[float, float] | None = None
    half: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A section as a reader of outlines has it."""

    cut: Section
    plane: Plane
    aim: Aim

    def column(self, x: float, z: float) -> float:
        """x in the picture of the patient's x at about the patient's depth z."""
        return self.plane.picture((x, self.aim.focus[1], z))[0]

    def nearest(self, name: str, score: Reals, top: Reals) -> list[Mark]:
        """The column of the least score, nan where it may not lie."""
        if not np.isfinite(score).any():
            return []
        index = int(np.nanargmin(score))
        return [Mark(name, float(self.cut.x_mm[index]), float(top[index]))]

    def apex(self, name: str, *bones: str) -> list[Mark]:
        """The most dorsal place of an outline."""
        return self.nearest(name, self.cut.top(*bones), self.cut.top(*bones))

    def rim(self, name: str, way: int, fall: float, *bones: str, slope: float = 1.3) -> list[Mark]:
        """The last place of an outline on its way (-1 left, 1 right) before it falls, by steepness or by `fall` mm under its top."""
        top = self.cut.top(*bones)
        with np.errstate(invalid="ignore"):
            held = (np.abs(np.gradient(top, self.cut.x_mm)) < slope) & (top < np.nanmin(top, initial=1e3) + fall)
        return self.nearest(name, np.where(held, -way * self.cut.x_mm, np.nan), top)

    def corner(self, name: str, inner: str, outer: str, side: int) -> list[Mark]:
        """Where a process's flank meets the bone beside it, on the joined outline."""
        one, two = self.cut.top(inner), self.cut.top(outer)
        off = self.cut.x_mm - sum(mark.x for mark in self.apex(name, inner))
        found = self.nearest(name, np.where((off * side > 1) & (off * side < 15), np.abs(one - two), np.nan), two)
        return [replace(mark, z=self.cut.surface(mark.x, mark.z - 0.5, 3.0)) for mark in found]

    def sheet(self, name: str, x: float) -> list[Mark]:
        """Where a soft sheet's dorsal surface crosses a column."""
        depths = np.arange(0, self.cut.z_mm[-1], 0.1, dtype=np.float32)
        return self._along(name, np.full_like(depths, x), depths)

    def _along(self, name: str, x: Reals, z: Reals) -> list[Mark]:
        for sheet in (one for one in self.aim.body.sheets if one.name == name):
            off = sheet.over(*self.plane.patient(x, z))
            hits = np.nonzero((off[:-1] < 0) & (off[1:] >= 0) & (off[1:] < 5))[0]
            if len(hits):
                return [Mark(name, float(x[hits[0]]), float(z[hits[0]]))]
        return []

    def facing(self, name: str, one: Mark, two: Mark) -> list[Mark]:
        """Where a sheet meets the perpendicular through the middle between two marks."""
        length = max(float(np.hypot(two.x - one.x, two.z - one.z)), 1e-3)
        right, down = (two.x - one.x) / length, (two.z - one.z) / length
        sign = 1.0 if right > 0 else -1.0
        along = np.arange(0, 40, 0.1, dtype=np.float32)
        return self._along(name, (one.x + two.x) / 2 - sign * down * along, (one.z + two.z) / 2 + sign * right * along)
