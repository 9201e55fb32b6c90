"""The cut of a spine by a plane, and the dorsal outlines of the bones in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign.digitised.field import Floats
from models.foreign.digitised.plane import Plane
from models.foreign.digitised.spine import Spine

BODY_BORDER_MM = 4.5  # mesh mm dorsal of a body's own dorsal face: what lies further ventral belongs to the body
SEARCH_STEP_MM = 1.0
FINE_STEP_MM = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """x_mm (columns), z_mm (rows): of the plane. distances_mm: (bones, rows, columns). mesh: (3, rows, columns).

    arches: (bones, rows, columns), true where what is there belongs to a vertebra's arch or processes, not to its body.
    """

    spine: Spine
    x_mm: Floats
    z_mm: Floats
    distances_mm: Floats
    mesh: Floats
    arches: NDArray[np.bool_]

    def outline(self, bones: list[int]) -> Outline:
        """The dorsal outline of the arches and processes of some bones."""
        return self._first(np.where(self.arches[bones], self.distances_mm[bones], 9.0).min(axis=0))

    def bodies(self) -> Outline:
        """The dorsal outline of the bodies as if no arch stood above."""
        return self._first(np.where(self.arches, 9.0, self.distances_mm).min(axis=0))

    def _first(self, away: Floats) -> Outline:
        inside = away < 0
        columns = np.nonzero(inside.any(axis=0))[0]
        rows = inside[:, columns].argmax(axis=0)
        before, after = away[np.maximum(rows - 1, 0), columns], away[rows, columns]
        step = float(self.z_mm[1] - self.z_mm[0])
        back = np.where((rows > 0) & (before < 4), after / np.minimum(after - before, -1e-6), 0.0)
        return Outline(self.x_mm[columns], self.z_mm[rows] - step * np.clip(back, 0, 1), self.mesh[:, rows, columns])


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Places of a plane in columns from left to right: x_mm, z_mm, and mesh (3, columns)."""

    x_mm: Floats
    z_mm: Floats
    mesh: Floats

    def __len__(self) -> int:
        return len(self.x_mm)

    def where(self, kept: NDArray[np.bool_ | np.intp]) -> Outline:
        """kept: by mask, or by number in a new order."""
        return Outline(self.x_mm[kept], self.z_mm[kept], self.mesh[:, kept])

    def beside(self, side: int) -> Outline:
        """On one side (1: the body's right) of the midline, from the midline outwards."""
        kept = np.nonzero(side * self.mesh[0] > 0)[0]
        return self.where(kept[np.argsort(np.abs(self.mesh[0][kept]), kind="stable")])

    def within(self, low_mm: float, high_mm: float) -> Outline:
        """Of a distance from the midline, mesh mm."""
        far = np.abs(self.mesh[0])
        return self.where((far >= low_mm) & (far <= high_mm))

    def unbroken(self) -> Outline:
        """Up to the first gap in x of two columns."""
        if len(self) < 2:
            return self
        gap_mm = 2.4 * float(np.abs(np.diff(self.x_mm)).min())
        gaps = np.nonzero(np.abs(np.diff(self.x_mm)) > gap_mm)[0]
        return self.where(np.arange(len(self)) <= (gaps[0] if len(gaps) else len(self)))

    def top(self) -> int:
        return int(np.argmin(self.z_mm))

    def corner(self, first: int, last: int) -> int:
        """The place deepest beneath the chord between two places of the outline."""
        low, high = min(first, last), max(first, last) + 1
        start, along = np.array([self.x_mm[first], self.z_mm[first]]), np.array([self.x_mm[last], self.z_mm[last]])
        along = (along - start) / max(float(np.linalg.norm(along - start)), 1e-6)
        beneath = np.abs(along[0]) * (self.z_mm[low:high] - start[1]) - np.sign(along[0]) * along[1] * (self.x_mm[low:high] - start[0])
        return low + int(np.argmax(beneath))

    def at(self, index: int) -> tuple[float, float]:
        return float(self.x_mm[index]), float(self.z_mm[index])


def cut_of(spine: Spine, plane: Plane, *, half_width_mm: float, depth_mm: float, step_mm: float) -> Cut:
    x, z = np.arange(-half_width_mm, half_width_mm, step_mm), np.arange(0, depth_mm, step_mm)
    across, down = np.meshgrid(x, z)
    mesh = spine.mesh(plane.points(across, down))
    arches = np.stack([bone.own(mesh)[2] > bone.form.wall[1] + BODY_BORDER_MM for bone in spine.bones])
    return Cut(spine, x, z, spine.distances(mesh), mesh, arches)
