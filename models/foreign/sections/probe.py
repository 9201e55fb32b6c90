"""Probe: the array, its fan or rows of beams, and the picture that a scanner makes of them.

Rule 1: beam space is (beam, sample); r is the way from the face in mm, along the beam. Probe coordinates are (x, z) in mm (DESIGN, "Geometry").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from models.foreign.echo import Place
from models.foreign.sections.shapes import Random, within

Grid = NDArray[np.floating[Any]]  # (beams, samples)
BEAMS, LEAST_SAMPLES, MOST_SAMPLES = 128, 270, 370


@dataclass(frozen=True, slots=True)
class Probe:
    """kind: convex, rectangle or phased. radius_mm: of the face (0 flat). half: the outermost beam's angle in rad, or its x in mm. mhz: 2 to 12."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float
    mhz: float

    @property
    def samples(self) -> int:
        return int(min(max(self.depth_mm / 0.22, LEAST_SAMPLES), MOST_SAMPLES))

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (self.samples - 1)

    @property
    def face_half_width_mm(self) -> float:
        return float(self.radius_mm * np.sin(self.half)) if self.radius_mm else self.half

    def steps(self) -> Grid:
        """Angle (rad) or x (mm) of each beam."""
        return np.linspace(-self.half, self.half, BEAMS)

    def lines(self) -> tuple[Grid, Grid]:
        """Where each beam leaves the face, and its direction: (beams, 2) both."""
        step = self.steps()
        if not self.radius_mm:
            return np.stack([step, 0 * step], axis=1), np.stack([0 * step, 1 + 0 * step], axis=1)
        way = np.stack([np.sin(step), np.cos(step)], axis=1)
        return self.radius_mm * way - (0.0, self.radius_mm), way

    def depths(self) -> Grid:
        """r of each sample."""
        return np.arange(self.samples) * self.sample_mm

    def pitch_mm(self, r: Grid) -> Grid:
        """How far apart beams lie at r."""
        return np.asarray((self.radius_mm + r if self.radius_mm else 1.0 + 0 * r) * (2 * self.half / (BEAMS - 1)))

    def place(self, x: float, z: float) -> Place:
        """A point's place in beam space; it may lie beside the scan."""
        if self.radius_mm:
            step, r = float(np.arctan2(x, z + self.radius_mm)), float(np.hypot(x, z + self.radius_mm)) - self.radius_mm
        else:
            step, r = x, z
        pitch = float(self.pitch_mm(np.array([max(r, 0.0)]))[0])
        return Place((step + self.half) / (2 * self.half) * (BEAMS - 1), r / self.sample_mm, pitch, self.sample_mm)

    def point(self, beam: float, r: float) -> tuple[float, float]:
        """(x, z) of a place."""
        step = -self.half + beam / (BEAMS - 1) * 2 * self.half
        if not self.radius_mm:
            return step, r
        return float((self.radius_mm + r) * np.sin(step)), float((self.radius_mm + r) * np.cos(step) - self.radius_mm)


def drawn(rng: Random, depth_mm: float, *, shallow: bool) -> Probe:
    """A probe for a depth. shallow: a linear array is as likely as a convex one; else one frame in ten."""
    chance = rng.random()
    if chance < (0.5 if shallow else 0.1) and depth_mm < 85:
        return Probe("rectangle", 0.0, within(rng, 19.0, 30.0), depth_mm, within(rng, 5.0, 12.0))
    if chance > 0.93 and not shallow:
        return Probe("phased", within(rng, 2.0, 9.0), np.deg2rad(within(rng, 36.0, 46.0)), depth_mm, within(rng, 2.0, 3.6))
    if chance > 0.85:  # a micro-convex one
        return Probe("convex", within(rng, 11.0, 22.0), np.deg2rad(within(rng, 32.0, 45.0)), depth_mm, within(rng, 3.5, 7.5))
    mhz = within(rng, 2.0, 6.5) if depth_mm > 60 else within(rng, 3.5, 8.0)
    return Probe("convex", within(rng, 38.0, 66.0), np.deg2rad(within(rng, 24.0, 37.0)), depth_mm, mhz)


@dataclass(frozen=True, slots=True)
class Screen:
    """The bare scan's place in its picture. origin_px: where the face's middle lies."""

    wide_px: int
    high_px: int
    mm_per_px: float
    origin_px: tuple[float, float]

    def pixel(self, x: float, z: float) -> tuple[float, float]:
        return self.origin_px[0] + x / self.mm_per_px, self.origin_px[1] + z / self.mm_per_px


def screen_of(rng: Random, probe: Probe) -> Screen:
    """A picture of 380 to 640 pixels' width, with 0 to 12 black pixels around the scan."""
    corners = [probe.point(beam, r) for beam in (0, (BEAMS - 1) / 2, BEAMS - 1) for r in (0.0, probe.depth_mm)]
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    wide, pad = int(rng.integers(380, 641)), int(rng.integers(0, 13))
    mm = float((right - left) / (wide - 1 - 2 * pad))
    if (bottom - top) / mm > 600:
        mm = float((bottom - top) / 600)
        wide = int(np.ceil((right - left) / mm)) + 1 + 2 * pad
    high = int(np.ceil((bottom - top) / mm)) + 1 + 2 * pad
    return Screen(wide, high, mm, (float(pad - left / mm), float(pad - top / mm)))


def picture(probe: Probe, screen: Screen, greys: Grid) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """The scan of greys 0 to 1 on black, and its box."""
    x = ((np.arange(screen.wide_px) - screen.origin_px[0]) * screen.mm_per_px).astype(np.float32)[None, :]
    z = ((np.arange(screen.high_px) - screen.origin_px[1]) * screen.mm_per_px).astype(np.float32)[:, None]
    if probe.radius_mm:
        z = z + np.float32(probe.radius_mm)
        step, r = np.arctan2(x, z), np.sqrt(x * x + z * z) - np.float32(probe.radius_mm)
    else:
        step, r = np.broadcast_arrays(x, z)
    inside = (np.abs(step) <= probe.half) & (r >= 0) & (r <= probe.depth_mm)
    beam = (step[inside] + probe.half) / (2 * probe.half) * (BEAMS - 1)
    values = map_coordinates(greys.astype(np.float32), [beam, r[inside] / probe.sample_mm], order=1, mode="nearest")
    pixels = np.zeros(inside.shape, np.uint8)
    pixels[inside] = np.clip(values * 255, 0, 255).astype(np.uint8)
    columns, rows = np.nonzero(inside.any(axis=0))[0], np.nonzero(inside.any(axis=1))[0]
    return pixels, (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
