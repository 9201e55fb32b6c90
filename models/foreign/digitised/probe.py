"""The array on the skin: its beams, how deep they look, and the picture that they fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.ndimage import map_coordinates

from models.foreign.digitised.field import Floats

Kind: TypeAlias = Literal["convex", "rectangle", "phased"]
STEP_MM = 0.22  # between samples
BEAMS = 176


@dataclass(frozen=True, slots=True)
class Probe:
    """radius_mm, half_angle_rad: of the face (0 for a flat one). half_width_mm: of the face. frequency_mhz sets pulse and loss."""

    kind: Kind
    radius_mm: float
    half_angle_rad: float
    half_width_mm: float
    depth_mm: float
    frequency_mhz: float
    focus_mm: float
    mm_per_px: float

    def places(self) -> tuple[Floats, Floats, Floats]:
        """x, z in mm of each (beam, sample), and the distance from the face of each sample."""
        along, fan = np.arange(0, self.depth_mm, STEP_MM), np.linspace(-1, 1, BEAMS)[:, None]
        if self.kind == "rectangle":
            return np.broadcast_to(self.half_width_mm * fan, (BEAMS, len(along))), np.broadcast_to(along, (BEAMS, len(along))), along
        angle = self.half_angle_rad * fan
        return (self.radius_mm + along) * np.sin(angle), (self.radius_mm + along) * np.cos(angle) - self.radius_mm, along

    def pitch_mm(self, along: Floats) -> Floats:
        """Distance between neighbouring beams."""
        if self.kind == "rectangle":
            return np.full_like(along, 2 * self.half_width_mm / (BEAMS - 1))
        return np.asarray((self.radius_mm + along) * 2 * self.half_angle_rad / (BEAMS - 1))

    def beam_sample(self, x: Floats, z: Floats) -> tuple[Floats, Floats]:
        """Beam and sample, both as fractions, of places in mm."""
        if self.kind == "rectangle":
            fan, along = x / self.half_width_mm, z
        else:
            fan = np.arctan2(x, z + self.radius_mm) / self.half_angle_rad
            along = np.hypot(x, z + self.radius_mm) - self.radius_mm
        return (np.asarray(fan) + 1) * (BEAMS - 1) / 2, np.asarray(along) / STEP_MM

    @property
    def corner_mm(self) -> tuple[float, float]:
        """x and z of the picture's left top: z is negative above a round face's ends."""
        if self.kind == "rectangle":
            return -self.half_width_mm, 0.0
        wide = (self.radius_mm + self.depth_mm) * np.sin(self.half_angle_rad)
        return -float(wide), float(self.radius_mm * (np.cos(self.half_angle_rad) - 1))

    def pixel(self, x: float, z: float) -> tuple[float, float]:
        left, top = self.corner_mm
        return (x - left) / self.mm_per_px, (z - top) / self.mm_per_px

    def picture(self, scan: Floats) -> Floats:
        """(rows, columns) of a scan (beams, samples); 0 outside."""
        left, top = self.corner_mm
        columns, rows = int(-2 * left / self.mm_per_px) + 1, int((self.depth_mm - top) / self.mm_per_px) + 1
        x, z = np.meshgrid(left + self.mm_per_px * np.arange(columns), top + self.mm_per_px * np.arange(rows))
        return np.asarray(map_coordinates(scan, self.beam_sample(x, z), order=1, mode="constant", cval=0.0, prefilter=False))


def probe_for(depth_mm: float, half_width_mm: float, chance: np.random.Generator) -> Probe:
    """An array that sees down to depth_mm and, if it can, half_width_mm to both sides at the depth of what is looked for."""
    draw = chance.random()
    frequency = float(np.clip(chance.normal(5.2, 1.0) - 0.022 * (depth_mm - 70), 2.2, 7.5))
    if draw < 0.15 and depth_mm < 75 and half_width_mm < 30:
        shape = ("rectangle", 0.0, 0.0, float(chance.uniform(max(19, half_width_mm), 31)))
        frequency += 3
    elif draw < 0.25:
        radius, half_angle = chance.uniform(7, 14), chance.uniform(0.6, 0.75)
        shape = ("phased", radius, half_angle, radius * np.sin(half_angle))
    else:
        radius, half_angle = chance.uniform(38, 65), chance.uniform(0.42, 0.62)
        shape = ("convex", radius, half_angle, radius * np.sin(half_angle))
    kind, radius, half_angle, half_width = shape
    width_mm = 2 * (half_width if kind == "rectangle" else (radius + depth_mm) * np.sin(half_angle))
    scale = max(width_mm / chance.uniform(360, 470), depth_mm / 480)
    return Probe(
        kind=kind,  # type: ignore[arg-type]
        radius_mm=float(radius),
        half_angle_rad=float(half_angle),
        half_width_mm=float(half_width),
        depth_mm=depth_mm,
        frequency_mhz=frequency,
        focus_mm=depth_mm * float(chance.uniform(0.35, 0.7)),
        mm_per_px=float(scale),
    )
