"""Probe: a scan's shape, its beams in probe_mm, and how they become a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from models.foreign.foreign_frame import GreyPicture
from models.foreign.tracings.page import Page

Field: TypeAlias = NDArray[np.floating[Any]]  # (beams, samples), or the like
ProbeKind: TypeAlias = Literal["convex", "rectangle", "phased"]
BEAMS = 160
MOST_ROWS_PX = 620


@dataclass(frozen=True)
class Probe:
    """radius_mm: of the face, 0 where flat or a point. half: half of the opening in rad, or of the width in mm (rectangle)."""

    kind: ProbeKind
    radius_mm: float
    half: float
    depth_mm: float
    sample_mm: float
    mm_per_px: float
    margin_px: tuple[int, int]  # left, top

    @property
    def samples(self) -> int:
        return int(self.depth_mm / self.sample_mm) + 1

    def beam_sample(self, x_mm: Field, z_mm: Field) -> tuple[Field, Field]:
        """Of places in probe_mm, as real numbers; outside the scan they run on."""
        if self.kind == "rectangle":
            return (x_mm / self.half + 1) / 2 * (BEAMS - 1), z_mm / self.sample_mm
        down = z_mm + self.radius_mm
        angle = np.arctan2(x_mm, down)
        return (angle / self.half + 1) / 2 * (BEAMS - 1), (np.hypot(x_mm, down) - self.radius_mm) / self.sample_mm

    def pitch_mm(self, depth_mm: Field) -> Field:
        """Between beams, at a depth."""
        width = 2 * self.half / (BEAMS - 1)
        return np.full_like(depth_mm, width) if self.kind == "rectangle" else np.maximum(depth_mm + self.radius_mm, 1.0) * width

    @cached_property
    def places_mm(self) -> tuple[Field, Field]:
        """x and z of all samples, (beams, samples)."""
        depth = np.arange(self.samples, dtype=np.float32) * self.sample_mm
        across = np.linspace(-self.half, self.half, BEAMS, dtype=np.float32)[:, None]
        if self.kind == "rectangle":
            return np.broadcast_to(across, (BEAMS, self.samples)), np.broadcast_to(depth, (BEAMS, self.samples))
        reach = depth + self.radius_mm
        return reach * np.sin(across), reach * np.cos(across) - self.radius_mm

    @property
    def extent_mm(self) -> tuple[float, float, float]:
        """Half width, top (0 or above the face's centre, so negative), bottom."""
        if self.kind == "rectangle":
            return self.half, 0.0, self.depth_mm
        return (self.radius_mm + self.depth_mm) * float(np.sin(self.half)), self.radius_mm * (float(np.cos(self.half)) - 1), self.depth_mm

    @property
    def origin_px(self) -> tuple[float, float]:
        half, top, _ = self.extent_mm
        return self.margin_px[0] + half / self.mm_per_px, self.margin_px[1] - top / self.mm_per_px

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        half, top, bottom = self.extent_mm
        left, above = self.margin_px
        return left, above, left + int(2 * half / self.mm_per_px) + 1, above + int((bottom - top) / self.mm_per_px) + 1

    def picture(self, greys: Field) -> GreyPicture:
        """greys: (beams, samples) 0 to 1."""
        left, top, right, bottom = self.box_px
        u, v = self.origin_px
        x = ((np.arange(left, right) - u) * self.mm_per_px).astype(np.float32)[None, :]
        z = ((np.arange(top, bottom) - v) * self.mm_per_px).astype(np.float32)[:, None]
        beam, sample = self.beam_sample(np.broadcast_to(x, (z.size, x.size)), np.broadcast_to(z, (z.size, x.size)))
        inside = map_coordinates(greys.astype(np.float32), np.stack((beam, sample)), order=1, cval=0.0, prefilter=False)
        pixels = np.zeros((bottom + top, right + left), dtype=np.uint8)
        pixels[top:bottom, left:right] = np.clip(inside * 255, 0, 255).round()
        return pixels


def chosen(page: Page, cover_mm: float) -> Probe:
    """A probe that reaches the page's aim under so much cover: convex two times in three, else linear where that is shallow, else phased."""
    aim = cover_mm + max(page.aim[1], 4.0)
    draw = page.u(0, 1)
    kind: ProbeKind = "rectangle" if draw < 0.22 and aim < 48 else "phased" if draw > 0.93 and cover_mm > 10 else "convex"
    depth = float(np.clip(aim * page.u(1.25, 2.1) + page.u(2, 14), 40, 160))
    if kind == "rectangle":
        radius, half, depth = 0.0, page.u(19, 32), min(depth, 75)
    else:
        radius, half = (0.0, page.u(0.62, 0.8)) if kind == "phased" else (page.u(40, 66), page.u(0.42, 0.66))
        radius, half = (page.u(10, 20), page.u(0.55, 0.85)) if kind == "convex" and page.chance(0.1) else (radius, half)
    probe = Probe(kind, radius, half, depth, depth / page.u(260, 330), 1.0, (int(page.u(0, 14)), int(page.u(0, 14))))
    wide, top, bottom = probe.extent_mm
    return replace(probe, mm_per_px=round(max(2 * wide / page.u(380, 620), (bottom - top) / MOST_ROWS_PX), 5))
