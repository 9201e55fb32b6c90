"""Profile: the dorsal outline of each part of a cut, looked at straight from the array, and the places that are told on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.foreign.lofts.array import first_hits
from models.foreign.lofts.mesh import Cut, Real

STEP_MM, HALF_MM = 0.25, 75.0
X_MM = np.arange(-HALF_MM, HALF_MM + STEP_MM / 2, STEP_MM)
Point = tuple[float, float]


@dataclass(frozen=True)
class Profile:
    """What a cut shows from above. Depths are NaN where there is nothing."""

    cut: Cut

    def of(self, *parts: int) -> Real:
        """(X_MM,) the least depth of these parts."""
        own = np.isin(self.cut.parts, parts)
        return self._depths(own)

    @cached_property
    def all(self) -> Real:
        return self._depths(np.ones(len(self.cut.parts), dtype=bool))

    def _depths(self, own: Real) -> Real:
        (c0, r0), (c1, r1) = (((ends[own, 0] + HALF_MM) / STEP_MM, ends[own, 1]) for ends in (self.cut.starts, self.cut.ends))
        hits = first_hits((c0, c1), (r0, r1), np.zeros(len(r0)), self.cut.parts[own], len(X_MM))
        return np.where(np.isfinite(hits.along_mm), hits.along_mm, np.nan)


def top(depth: Real, *, within: Point = (-HALF_MM, HALF_MM)) -> Point | None:
    """The shallowest place of an outline."""
    here = np.where((within[0] <= X_MM) & (within[1] >= X_MM), depth, np.nan)
    if np.isnan(here).all():
        return None
    at = int(np.nanargmin(here))
    return float(X_MM[at]), float(here[at])


def at_x(depth: Real, x_mm: float) -> Point | None:
    """The outline's place there; None where there is none."""
    z = depth[int(np.clip(round((x_mm + HALF_MM) / STEP_MM), 0, len(X_MM) - 1))]
    return None if np.isnan(z) else (x_mm, float(z))


def corner(depth: Real, start: Point, end: Point) -> Point | None:
    """The place of an outline between two of its places that lies farthest beneath their chord."""
    lo, hi = sorted((start[0], end[0]))
    here = np.flatnonzero((lo < X_MM) & (hi > X_MM) & ~np.isnan(depth))
    if len(here) < 3:
        return None
    (x0, z0), (x1, z1) = sorted((start, end))
    chord = np.interp(X_MM[here], (x0, x1), (z0, z1))
    at = here[int(np.argmax(depth[here] - chord))]
    return float(X_MM[at]), float(depth[at])


def on_chord(x_mm: float, one: Point, other: Point) -> float:
    """The depth there of the line between two places."""
    (x0, z0), (x1, z1) = sorted((one, other))
    return float(np.interp(x_mm, (x0, x1), (z0, z1)))


def end_of(depth: Real, side: float, *, steepest: float = 1.3) -> Point | None:
    """The last place of an outline on a side before it falls away more steeply than that."""
    here = np.flatnonzero(~np.isnan(depth))
    if len(here) < 6:
        return None
    here = here[::-1] if side > 0 else here
    slope = np.abs(np.gradient(depth[np.sort(here)], STEP_MM))
    level = np.flatnonzero((slope[::-1] if side > 0 else slope) <= steepest)
    return None if len(level) == 0 else (float(X_MM[here[level[0]]]), float(depth[here[level[0]]]))
