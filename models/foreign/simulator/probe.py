"""A probe: its face, its beams and its pulse, and how places in mm become beam and range and back."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SOUND_MM_US = 1.54


@dataclass(frozen=True, slots=True)
class Probe:
    """depth_mm: of the picture, on its axis. half_width_mm: of the face's chord. f_number: focus over aperture. cycles: of the two-way pulse."""

    kind: Literal["convex", "rectangle", "phased"]
    radius_mm: float
    half_width_mm: float
    beams: int
    mhz: float
    cycles: float
    focus_mm: float
    f_number: float
    depth_mm: float

    @property
    def half_angle(self) -> float:
        """Radians from the axis to the last beam; 0 for a flat face."""
        return asin(self.half_width_mm / self.radius_mm) if self.radius_mm > 0 else 0.0

    @property
    def wave_mm(self) -> float:
        return SOUND_MM_US / self.mhz

    @property
    def pulse_mm(self) -> float:
        """Standard deviation, along range, of the two-way pulse's envelope."""
        return self.cycles * self.wave_mm / 2 / 2.355

    def beam_range(self, x: Floats, z: Floats) -> tuple[Floats, Floats]:
        """Beam (fractional, 0 the left one) and range from the face in mm."""
        last = self.beams - 1
        if self.radius_mm <= 0:
            return (x / self.half_width_mm + 1) / 2 * last, z
        beam = (np.arctan2(x, z + self.radius_mm) / self.half_angle + 1) / 2 * last
        return beam, np.hypot(x, z + self.radius_mm) - self.radius_mm

    def place(self, beam: Floats, range_mm: Floats) -> tuple[Floats, Floats]:
        """x and z in mm of a place on a beam."""
        share = beam / (self.beams - 1) * 2 - 1
        if self.radius_mm <= 0:
            return share * self.half_width_mm, range_mm + 0 * share
        angle = share * self.half_angle
        return (self.radius_mm + range_mm) * np.sin(angle), (self.radius_mm + range_mm) * np.cos(angle) - self.radius_mm

    def beam_mm(self, range_mm: Floats) -> Floats:
        """Distance between neighbouring beams at a range."""
        if self.radius_mm <= 0:
            return np.full_like(range_mm, 2 * self.half_width_mm / (self.beams - 1))
        return (self.radius_mm + range_mm) * 2 * self.half_angle / (self.beams - 1)

    def spread_mm(self, range_mm: Floats) -> Floats:
        """Standard deviation of the two-way lateral profile: narrowest at the focus, an aperture's cone away from it, never under diffraction's."""
        aperture = self.focus_mm / self.f_number
        waist = 0.42 * self.wave_mm * np.maximum(self.f_number, range_mm / aperture)
        return np.asarray(np.hypot(waist, 0.16 * np.abs(range_mm - self.focus_mm) / self.f_number / (1 + range_mm / self.focus_mm)))

    def face_z(self, x: Floats) -> Floats:
        """z of the face at x: 0 in the middle, above it beside."""
        if self.radius_mm <= 0:
            return np.zeros_like(x)
        held = np.clip(np.abs(x), 0, self.half_width_mm)
        return np.sqrt(self.radius_mm**2 - held**2) - self.radius_mm


def half_picture_mm(probe: Probe) -> float:
    """Half the picture's width."""
    return (probe.radius_mm + probe.depth_mm) * sin(probe.half_angle) if probe.radius_mm > 0 else probe.half_width_mm


def drawn_probe(view: str, target_mm: float, deepest_mm: float, rng: np.random.Generator) -> Probe:
    """The probe an operator takes for a view, set so deep that what counts is in the picture."""
    hiatus = "hiatus" in view
    linear = rng.random() < (0.65 if hiatus else 0.18 if target_mm < 40 else 0.0)
    depth = float(np.clip(max(deepest_mm * rng.uniform(1.08, 1.5), 38), 38, 70 if linear else 165))
    if linear:
        return Probe("rectangle", 0.0, rng.uniform(18, 27), 192, rng.uniform(5.5, 10), rng.uniform(1.8, 3.0), target_mm, rng.uniform(2.2, 4.0), depth)
    if rng.random() < 0.07 and not hiatus:
        half, radius = rng.uniform(0.62, 0.78), rng.uniform(4, 12)
        return Probe("phased", radius, radius * sin(half), 160, rng.uniform(2.2, 3.6), rng.uniform(1.8, 2.6), target_mm, rng.uniform(3.0, 4.5), depth)
    radius, half = rng.uniform(40, 66), rng.uniform(0.46, 0.64)
    mhz = float(np.clip(rng.uniform(2.6, 5.2) - 0.01 * max(target_mm - 50, 0), 2.2, 6))
    return Probe(
        "convex", radius, radius * sin(half), 192, mhz, rng.uniform(1.6, 3.2), target_mm * rng.uniform(0.7, 1.3), rng.uniform(2.2, 4.2), depth
    )
