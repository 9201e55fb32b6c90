"""Probe: the beams of one scan in mm and the picture that they are drawn into."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.foreign.outlines.chance import Chance, Floats
from models.foreign.outlines.curves import Points

DEPTHS_MM = (40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 180)
BEAMS = 176
WIDE_MM = 110.0  # a plane that wants this much is seen with a wide curved array
SAMPLE_MM = 0.4


@dataclass(frozen=True, slots=True)
class Probe:
    """kind: convex, rectangle or phased. radius_mm: of the face (0: flat). half_deg: half angle of a fan. half_mm: half width of a flat face.

    Beam space is (samples, beams): sample k lies k * SAMPLE_MM below the face. The origin (0, 0) is the middle of the face.
    """

    kind: str
    radius_mm: float
    half_deg: float
    half_mm: float
    depth_mm: float
    crop_mm: float

    @property
    def samples(self) -> int:
        return int(self.depth_mm / SAMPLE_MM)

    @property
    def face_half_mm(self) -> float:
        return self.half_mm if self.radius_mm == 0 else self.radius_mm * sin(radians(self.half_deg))

    @property
    def box_mm(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom of the picture's scan."""
        if self.radius_mm == 0:
            return -self.half_mm, 0.0, self.half_mm, self.depth_mm
        reach = min((self.radius_mm + self.depth_mm) * sin(radians(self.half_deg)), self.crop_mm)
        return -reach, self.radius_mm * (cos(radians(self.half_deg)) - 1), reach, self.depth_mm

    def beams_of(self, points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(beam, sample) as real numbers of (n, 2) points in mm."""
        x, z = points[..., 0], points[..., 1]
        if self.radius_mm == 0:
            return (x / self.half_mm + 1) * (BEAMS - 1) / 2, z / SAMPLE_MM
        down = z + self.radius_mm
        angle = np.degrees(np.arctan2(x, down))
        return (angle / self.half_deg + 1) * (BEAMS - 1) / 2, (np.hypot(x, down) - self.radius_mm) / SAMPLE_MM

    def beam_mm(self, depth_mm: float) -> float:
        """Distance between beams at a depth."""
        width = 2 * self.half_mm if self.radius_mm == 0 else 2 * radians(self.half_deg) * (self.radius_mm + depth_mm)
        return width / (BEAMS - 1)

    def grid_mm(self) -> tuple[Floats, Floats]:
        """x and z of every cell of beam space, each (samples, beams)."""
        sample = np.arange(self.samples, dtype=np.float32)[:, None] * SAMPLE_MM
        turn = np.linspace(-1, 1, BEAMS, dtype=np.float32)[None, :]
        if self.radius_mm == 0:
            return self.half_mm * turn + 0 * sample, sample + 0 * turn
        angle = np.radians(self.half_deg) * turn
        return ((self.radius_mm + sample) * np.sin(angle)), ((self.radius_mm + sample) * np.cos(angle) - self.radius_mm)

    def geometry(self) -> dict[str, Any]:
        """As truth.jsonl states it."""
        if self.radius_mm == 0:
            return {"kind": "rectangle", "face_radius_mm": 0.0, "face_half_width_mm": round(self.half_mm, 3)}
        return {"kind": self.kind, "face_radius_mm": round(self.radius_mm, 3), "face_half_width_mm": round(self.face_half_mm, 3)}


def drawn(chance: Chance, need_mm: float, width_mm: float) -> Probe:
    """A probe that a user might hold over something need_mm deep and width_mm wide: convex mostly."""
    wish = max(need_mm * chance.between(1.1, 1.9), 38)
    depth = float(min((value for value in DEPTHS_MM if value >= wish), default=180))
    depth *= chance.between(0.95, 1.05)
    flat = 0.3 if width_mm < 50 and need_mm < 60 else 0.0 if width_mm >= WIDE_MM else 0.12
    kind = chance.of(("convex", "rectangle", "phased"), (0.9 - flat, flat, 0.1))
    if kind == "rectangle":
        return Probe(kind, 0.0, 0.0, chance.between(19, 32), depth, 1e9)
    if kind == "phased":
        return Probe(kind, chance.between(1.5, 9), chance.between(36, 45), 0.0, depth, 1e9)
    small = chance.happens(0.1)
    radius, half = (chance.between(14, 25), chance.between(32, 42)) if small else (chance.between(38, 66), chance.between(22, 38))
    if width_mm >= WIDE_MM:
        return Probe("convex", chance.between(50, 66), chance.between(30, 38), 0.0, depth, 1e9)
    crop = chance.between(38, 75) if chance.happens(0.12) else 1e9
    return Probe("convex", radius, half, 0.0, depth, crop)
