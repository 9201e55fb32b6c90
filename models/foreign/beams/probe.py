"""Probe: where beams start, where they go, and where a place of the plane lies among them and in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from models.foreign.beams.section import Floats
from models.foreign.echo import Place

BEAMS, SAMPLES = 176, 300


@dataclass(frozen=True, slots=True)
class Probe:
    """kind: convex, rectangle or phased. radius_mm: of the face, 0 if flat. half: rad from the middle beam to the last, or mm on a flat face."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float
    mhz: float
    mm_per_px: float

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (SAMPLES - 1)

    @property
    def half_width_mm(self) -> float:
        return float(self.radius_mm * np.sin(self.half)) if self.radius_mm else self.half

    def geometry(self) -> dict[str, Any]:
        return {"kind": self.kind, "face_radius_mm": round(self.radius_mm, 2), "face_half_width_mm": round(self.half_width_mm, 2)}

    def rays(self, steer_rad: float = 0.0) -> tuple[Floats, Floats, Floats, Floats]:
        """x, z, dx, dz of each beam on the face, (BEAMS,)."""
        across = np.linspace(-self.half, self.half, BEAMS, dtype=np.float32)
        if not self.radius_mm:
            flat = np.zeros_like(across)
            return across, flat, flat + np.float32(np.sin(steer_rad)), flat + np.float32(np.cos(steer_rad))
        return self.radius_mm * np.sin(across), self.radius_mm * (np.cos(across) - 1), np.sin(across + steer_rad), np.cos(across + steer_rad)

    def grid(self) -> tuple[Floats, Floats]:
        """x, z of each sample of each straight beam, (BEAMS, SAMPLES)."""
        x, z, dx, dz = self.rays()
        down = np.linspace(0, self.depth_mm, SAMPLES, dtype=np.float32)
        return x[:, None] + dx[:, None] * down, z[:, None] + dz[:, None] * down

    def steered(self, steer_rad: float) -> tuple[Floats, Floats]:
        """For each sample (BEAMS, SAMPLES): which steered ray passes there (real number), and how far from the face along it."""
        across = np.linspace(-self.half, self.half, BEAMS, dtype=np.float32)[:, None]
        down = np.linspace(0, self.depth_mm, SAMPLES, dtype=np.float32)[None]
        if not self.radius_mm:
            start, along = across - down * np.tan(steer_rad), down / np.cos(steer_rad) + 0 * across
        else:
            lean = np.arcsin(self.radius_mm * np.sin(steer_rad) / (self.radius_mm + down))
            start = across - steer_rad + lean
            along = (self.radius_mm + down) * np.cos(lean) - self.radius_mm * np.cos(steer_rad) + 0 * across
        return (start + self.half) * (BEAMS - 1) / (2 * self.half), along

    def place(self, x: float, z: float) -> Place:
        """A place of the plane among the beams."""
        if self.radius_mm:
            across, down = float(np.arctan2(x, z + self.radius_mm)), float(np.hypot(x, z + self.radius_mm)) - self.radius_mm
            pitch = (self.radius_mm + max(down, 0.0)) * 2 * self.half / (BEAMS - 1)
        else:
            across, down, pitch = x, z, 2 * self.half / (BEAMS - 1)
        return Place((across + self.half) * (BEAMS - 1) / (2 * self.half), down / self.sample_mm, max(pitch, 0.05), self.sample_mm)

    def box_mm(self) -> tuple[float, float, float]:
        """Half of the scan's width, its top's z, its height."""
        if not self.radius_mm:
            return self.half, 0.0, self.depth_mm
        top = self.radius_mm * (np.cos(self.half) - 1)
        return float((self.radius_mm + self.depth_mm) * np.sin(self.half)), float(top), float(self.depth_mm - top)

    def picture(self, greys: Floats, margin_px: list[int]) -> tuple[Floats, tuple[float, float], tuple[int, int, int, int]]:
        """Scan conversion of (BEAMS, SAMPLES) greys: the picture, the pixel of the face's centre, the scan's box. margin_px: left, top, right,
        bottom."""
        wide, top, high = self.box_mm()
        half, rows = int(wide / self.mm_per_px), int(high / self.mm_per_px) + 1
        left, above, right, below = margin_px
        u0, v0 = float(left + half), float(above - top / self.mm_per_px)
        out = np.zeros((rows + above + below, 2 * half + 1 + left + right), np.float32)
        x = (np.arange(left, left + 2 * half + 1, dtype=np.float32)[None] - u0) * self.mm_per_px
        z = (np.arange(above, above + rows, dtype=np.float32)[:, None] - v0) * self.mm_per_px
        if self.radius_mm:
            across, down = np.arctan2(x, z + self.radius_mm), np.hypot(x, z + self.radius_mm) - self.radius_mm
        else:
            across, down = x + 0 * z, z + 0 * x
        inside = (np.abs(across) <= self.half) & (down >= 0) & (down <= self.depth_mm)
        where = np.stack(((across[inside] + self.half) * (BEAMS - 1) / (2 * self.half), down[inside] / self.sample_mm))
        scan = out[above : above + rows, left : left + 2 * half + 1]
        scan[inside] = ndimage.map_coordinates(greys.astype(np.float32), where, order=1, mode="nearest", prefilter=False)
        return out, (u0, v0), (left, above, left + 2 * half + 1, above + rows)
