"""Beams: the array, where its beams run, and the way between mm, beams and samples, and pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.ribbons.ribbon import Draw, Numbers

BEAMS, SAMPLES = 156, 384


@dataclass(frozen=True, slots=True)
class Beams:
    """kind: convex, phased or rectangle. radius_mm: of the face; 0 for a flat one. half: the field's half angle in radians, or half width in mm.

    Probe frame: x and z in mm from the middle of the face, z down."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (SAMPLES - 1)

    def ways(self) -> Numbers:
        """(BEAMS,) each beam's angle in radians, or x in mm."""
        return np.linspace(-self.half, self.half, BEAMS)

    def places(self) -> tuple[Numbers, Numbers]:
        """x and z in mm of all (beams, samples)."""
        along = np.linspace(0, self.depth_mm, SAMPLES, dtype=np.float32)[None, :]
        ways = self.ways().astype(np.float32)[:, None]
        if not self.radius_mm:
            return ways + 0 * along, along + 0 * ways
        reach = self.radius_mm + along
        return reach * np.sin(ways), reach * np.cos(ways) - np.float32(self.radius_mm)

    def polar(self, x: Numbers | float, z: Numbers | float) -> tuple[Numbers, Numbers]:
        """(beam, mm along it) of places in the probe frame, both real; beams outside 0 to BEAMS - 1 lie beside the field."""
        if not self.radius_mm:
            way, along = np.asarray(x), np.asarray(z)
        else:
            way = np.arctan2(x, z + self.radius_mm)
            along = np.hypot(x, z + self.radius_mm) - self.radius_mm
        return (way + self.half) / (2 * self.half) * (BEAMS - 1), along

    def pitch_mm(self, along: float) -> float:
        """Between beams at a depth along them."""
        step = 2 * self.half / (BEAMS - 1)
        return step * (self.radius_mm + along) if self.radius_mm else step

    def extent_mm(self) -> tuple[float, float, float]:
        """Half width, top (z <= 0 where the face is curved) and bottom of the field."""
        if not self.radius_mm:
            return self.half, 0.0, self.depth_mm
        reach = self.radius_mm + self.depth_mm
        return reach * float(np.sin(self.half)), self.radius_mm * (float(np.cos(self.half)) - 1), self.depth_mm

    def geometry(self) -> dict[str, str | float]:
        """As truth states it."""
        face = self.radius_mm * float(np.sin(self.half)) if self.radius_mm else self.half
        return {"kind": self.kind, "face_radius_mm": round(self.radius_mm, 3), "face_half_width_mm": round(face, 3)}


def beams_for(draw: Draw, deepest_mm: float, *, shallow: bool) -> Beams:
    """An array that a person would take for marks as deep as that, set to a depth that shows them."""
    depth = float(np.clip(deepest_mm * draw.uniform(1.12, 2.2), 40, 170))
    kind = draw.choice(3, p=(0.4, 0.12, 0.48) if shallow else (0.62, 0.16, 0.22))
    if kind == 0:
        return Beams("convex", draw.uniform(38, 66), draw.uniform(0.42, 0.66), max(depth, 45))
    if kind == 1:
        return Beams("phased", draw.uniform(4.3, 5.7), draw.uniform(0.6, 0.8), max(depth, 60))
    return Beams("rectangle", 0.0, draw.uniform(19, 32), min(depth, 110))
