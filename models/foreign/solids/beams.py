"""The probe: its beams in the picture's plane, and where that plane lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign.solids.bones import Field

BEAMS, SAMPLES = 168, 384
COARSE = 2  # the bones are looked up at each second sample


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """kind: "convex", "rectangle" or "phased". radius_mm is 0 for a rectangle. half: half-angle in rad, or half-width in mm for a rectangle."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float
    mm_per_px: float

    @property
    def face_half_mm(self) -> float:
        """Half the width of the array's face."""
        return self.half if self.kind == "rectangle" else float(self.radius_mm * np.sin(self.half))

    def steps(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Beam positions (rad or mm), depths along the beam (mm)."""
        return np.linspace(-self.half, self.half, BEAMS, dtype=np.float32), np.linspace(0.0, self.depth_mm, SAMPLES, dtype=np.float32)

    def place(self, beam: Field, range_mm: Field) -> tuple[Field, Field]:
        """Across and down in the picture's plane, mm from the origin, of a depth along a beam."""
        if self.kind == "rectangle":
            return beam + 0 * range_mm, range_mm + 0 * beam
        return (self.radius_mm + range_mm) * np.sin(beam), (self.radius_mm + range_mm) * np.cos(beam) - self.radius_mm

    def find(self, across: Field, down: Field) -> tuple[Field, Field]:
        """Beam and depth along it of a point of the picture's plane."""
        if self.kind == "rectangle":
            return across, down
        height = down + self.radius_mm
        return np.arctan2(across, height), np.hypot(across, height) - self.radius_mm

    def pitch_mm(self, range_mm: Field) -> Field:
        """Distance of neighbouring beams."""
        if self.kind == "rectangle":
            return 0 * range_mm + 2 * self.half / (BEAMS - 1)
        return (self.radius_mm + range_mm) * np.float32(2 * self.half / (BEAMS - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The picture's plane in the patient: origin, and unit vectors across (+ to the right of the screen) and down (along the axis)."""

    origin: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]

    def patient(self, u: Field, w: Field) -> tuple[Field, Field, Field]:
        """x, y, z in the patient of a point of the plane."""
        x, y, z = (self.origin[i] + u * np.float32(self.across[i]) + w * np.float32(self.down[i]) for i in range(3))
        return x, y, z


def turned(plane: Plane, *, yaw: float, pitch: float, roll: float, pivot_mm: float) -> Plane:
    """The plane turned by angles in rad about the point `pivot_mm` down its axis: yaw about the axis, pitch out of the picture, roll in it."""
    a, d = plane.across, plane.down
    n = np.cross(a, d)
    a, n = a * np.cos(yaw) + n * np.sin(yaw), n * np.cos(yaw) - a * np.sin(yaw)
    d, n = d * np.cos(pitch) + n * np.sin(pitch), n * np.cos(pitch) - d * np.sin(pitch)
    a, d = a * np.cos(roll) + d * np.sin(roll), d * np.cos(roll) - a * np.sin(roll)
    return Plane(plane.origin + pivot_mm * (plane.down - d), a, d)


def draw_probe(rng: np.random.Generator, need_mm: float, wide_mm: float) -> Probe:
    """A probe that sees `need_mm` deep and, if it can, `wide_mm` to each side there. Convex most often."""
    depth = float(np.clip(need_mm * rng.uniform(1.15, 1.9) + rng.uniform(4, 15), 40, 180))
    mm = float(np.clip(depth / rng.uniform(260, 560), 0.1, 0.5))
    draw = rng.random()
    if draw < 0.22 and depth < 95 and wide_mm < 32:
        return Probe("rectangle", 0.0, float(rng.uniform(19, 30)), depth, mm)
    if draw > 0.9:
        return Probe("phased", float(rng.uniform(2, 12)), float(rng.uniform(0.6, 0.8)), depth, mm)
    radius = float(rng.choice([40.0, 45.0, 50.0, 60.0, 60.0, 65.0]))
    return Probe("convex", radius, float(rng.uniform(0.45, 0.68)), depth, mm)
