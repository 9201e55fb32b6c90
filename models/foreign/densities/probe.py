"""The probe: where its beams go, and the picture that a scanner makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from models.foreign.densities.bodies import F32, Rng

STEP_MM = 0.36  # along the beam


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """radius_mm 0: flat. fan: half the sector's angle in radians (curved) or half the face's width in mm (flat). Rows go down the beams."""

    radius_mm: float
    fan: float
    depth_mm: float
    beams: int
    samples: int

    @property
    def step_mm(self) -> float:
        return self.depth_mm / (self.samples - 1)

    def grid_mm(self) -> tuple[F32, F32]:
        """u and v, each (samples, beams)."""
        along = np.linspace(0, self.depth_mm, self.samples, dtype=np.float32)[:, None]
        beam = np.linspace(-self.fan, self.fan, self.beams, dtype=np.float32)[None]
        if not self.radius_mm:
            return np.broadcast_to(beam, (self.samples, self.beams)), np.broadcast_to(along, (self.samples, self.beams))
        far = along + np.float32(self.radius_mm)
        return far * np.sin(beam), far * np.cos(beam) - np.float32(self.radius_mm)

    def place(self, u: Any, v: Any) -> tuple[Any, Any]:
        """(row, column) of the grid, as fractions, where (u, v) lies; arrays or numbers."""
        if self.radius_mm:
            row = (np.hypot(u, np.asarray(v) + self.radius_mm) - self.radius_mm) / self.step_mm
            column = np.arctan2(u, np.asarray(v) + self.radius_mm)
        else:
            row, column = np.asarray(v) / self.step_mm, np.asarray(u)
        return row, (column / self.fan + 1) * (self.beams - 1) / 2

    def at(self, row: float, column: float) -> tuple[float, float]:
        """(u, v) of a place in the grid."""
        beam = (column * 2 / (self.beams - 1) - 1) * self.fan
        along = row * self.step_mm
        if not self.radius_mm:
            return float(beam), float(along)
        return float((along + self.radius_mm) * np.sin(beam)), float((along + self.radius_mm) * np.cos(beam) - self.radius_mm)

    def apart_mm(self) -> F32:
        """Between neighbouring beams, per row: (samples, 1)."""
        beam = 2 * self.fan / (self.beams - 1)
        along = np.linspace(0, self.depth_mm, self.samples, dtype=np.float32)[:, None]
        return np.asarray((along + self.radius_mm) * beam if self.radius_mm else np.full_like(along, beam), np.float32)


def probe(draw: Rng, deep_mm: float, wide_mm: float) -> Probe:
    """One that mostly shows what lies deep_mm deep and wide_mm to both sides."""
    depth = float(np.clip(deep_mm * draw.uniform(1.0, 1.45), 40, 150))
    if draw.random() < (0.75 if deep_mm < 32 else 0.2):
        half = float(np.clip(wide_mm * draw.uniform(0.75, 1.3), 19, 60))
        return Probe(0.0, half, depth, 160, max(130, int(depth / STEP_MM)))
    radius = draw.uniform(12, 25) if draw.random() < 0.1 else draw.uniform(36, 70)
    half_face = draw.uniform(22, 34) if radius > 30 else draw.uniform(8, 13)
    fan = float(np.clip(half_face / radius, 0.42, 0.75))
    return Probe(float(radius), fan, depth, 168, max(130, int(depth / STEP_MM)))


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """The picture's grid: origin in px, mm per px, size; mask is where the scan is."""

    origin_px: tuple[float, float]
    mm_per_px: tuple[float, float]
    width_px: int
    height_px: int

    def px(self, u: float, v: float) -> tuple[float, float]:
        return self.origin_px[0] + u / self.mm_per_px[0], self.origin_px[1] + v / self.mm_per_px[1]


def screen(draw: Rng, of: Probe) -> Screen:
    """About 300 to 440 px of the longer side, with a black margin."""
    if of.radius_mm:
        half = (of.radius_mm + of.depth_mm) * np.sin(of.fan)
        top = of.radius_mm * (np.cos(of.fan) - 1)
    else:
        half, top = of.fan, 0.0
    high = of.depth_mm - top
    mm_x = max(2 * half, high) / draw.uniform(300, 430)
    mm_y = mm_x * (draw.uniform(0.94, 1.06) if draw.random() < 0.1 else 1.0)
    margin = draw.uniform(4, 20, size=4)
    width, height = int(2 * half / mm_x + margin[0] + margin[1]), int(high / mm_y + margin[2] + margin[3])
    return Screen((float(margin[0] + half / mm_x), float(margin[2] - top / mm_y)), (float(mm_x), float(mm_y)), width, height)


def converted(grid: F32, of: Probe, onto: Screen) -> tuple[F32, NDArray[np.bool_]]:
    """The beams' greys as a picture, and where the scan is."""
    u = (np.arange(onto.width_px, dtype=np.float32) - np.float32(onto.origin_px[0])) * np.float32(onto.mm_per_px[0])
    v = (np.arange(onto.height_px, dtype=np.float32) - np.float32(onto.origin_px[1])) * np.float32(onto.mm_per_px[1])
    row, column = of.place(u[None, :], v[:, None])
    row, column = np.broadcast_arrays(np.asarray(row, np.float32), np.asarray(column, np.float32))
    inside = (row >= 0) & (row <= of.samples - 1) & (column >= 0) & (column <= of.beams - 1)
    picture = np.zeros(inside.shape, np.float32)
    picture[inside] = map_coordinates(grid, np.stack([row[inside], column[inside]]), order=1, mode="nearest")
    return picture, inside
