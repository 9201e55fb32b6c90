"""Array: the probe's beams, where their samples lie, and where beams meet a cut."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.foreign.lofts.mesh import Cut, Draw, Real, Whole

BEAMS, SAMPLES = 168, 480


@dataclass(frozen=True)
class Array:
    """kind: convex, phased or rectangle. radius_mm: of the face, 0 where flat. half: half its angle in radians, or half its width in mm."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (SAMPLES - 1)

    @property
    def step(self) -> float:
        return 2 * self.half / (BEAMS - 1)

    @cached_property
    def along_mm(self) -> Real:
        """(SAMPLES,) from the face."""
        return np.arange(SAMPLES, dtype=np.float32) * np.float32(self.sample_mm)

    @cached_property
    def across(self) -> Real:
        """(BEAMS,) angles in radians, or mm."""
        return np.linspace(-self.half, self.half, BEAMS, dtype=np.float32)

    @cached_property
    def places(self) -> tuple[Real, Real]:
        """x and depth, mm, of (SAMPLES, BEAMS)."""
        r, a = self.along_mm[:, None], self.across[None, :]
        if not self.radius_mm:
            return np.broadcast_to(a, (SAMPLES, BEAMS)), np.broadcast_to(r, (SAMPLES, BEAMS))
        return (r + np.float32(self.radius_mm)) * np.sin(a), (r + np.float32(self.radius_mm)) * np.cos(a) - np.float32(self.radius_mm)

    @cached_property
    def pitch_mm(self) -> Real:
        """(SAMPLES,) between beams."""
        return (self.along_mm + np.float32(self.radius_mm)) * np.float32(self.step) if self.radius_mm else np.full(SAMPLES, self.step, np.float32)

    def polar(self, x: Real, z: Real) -> tuple[Real, Real]:
        """Beam, a real number, and mm from the face."""
        if not self.radius_mm:
            return (x + self.half) / self.step, z
        return (np.arctan2(x, z + self.radius_mm) + self.half) / self.step, np.hypot(x, z + self.radius_mm) - self.radius_mm

    def geometry(self) -> dict[str, str | float]:
        """As truth states it."""
        face = self.radius_mm * float(np.sin(self.half)) if self.radius_mm else self.half
        return {"kind": self.kind, "face_radius_mm": round(self.radius_mm, 3), "face_half_width_mm": round(face, 3)}


@dataclass(frozen=True, slots=True)
class Hits:
    """Of each column what is met first: along_mm (inf for nothing), square (0 grazed to 1 met head-on), part (-1 for nothing)."""

    along_mm: Real
    square: Real
    part: Whole


def first_hits(columns: tuple[Real, Real], along: tuple[Real, Real], square: Real, part: Whole, count: int) -> Hits:
    """Segments from column and depth to column and depth, laid on whole columns; the nearest stays."""
    turned = columns[0] > columns[1]
    c0, c1 = np.where(turned, columns[1], columns[0]), np.where(turned, columns[0], columns[1])
    r0, r1 = np.where(turned, along[1], along[0]), np.where(turned, along[0], along[1])
    first, last = np.maximum(np.ceil(c0), 0).astype(int), np.minimum(np.floor(c1), count - 1).astype(int)
    covers = np.maximum(last - first + 1, 0)
    which = np.repeat(np.arange(len(covers)), covers)
    column = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(covers) - covers, covers)
    share = (column - c0[which]) / np.maximum(c1 - c0, 1e-6)[which]
    depth = r0[which] + share * (r1 - r0)[which]
    order = np.argsort(-depth, kind="stable")
    order = order[depth[order] > 0]
    hits = Hits(np.full(count, np.inf), np.zeros(count), np.full(count, -1))
    hits.along_mm[column[order]] = depth[order]
    hits.square[column[order]] = square[which[order]]
    hits.part[column[order]] = part[which[order]]
    return hits


def met(cut: Cut, array: Array) -> Hits:
    """What each beam meets first."""
    b0, r0 = array.polar(*cut.starts.T)
    b1, r1 = array.polar(*cut.ends.T)
    if array.radius_mm:
        angle = (b0 + b1) / 2 * array.step - array.half
        square = np.abs(cut.normals[:, 0] * np.sin(angle) + cut.normals[:, 1] * np.cos(angle))
    else:
        square = np.abs(cut.normals[:, 1])
    return first_hits((b0, b1), (r0, r1), square, cut.parts, BEAMS)


def array_for(draw: Draw, deepest_mm: float, *, wide_mm: float, shallow: bool = False) -> Array:
    """An array and a depth setting that show what lies so deep, wide_mm across."""
    depth = float(np.clip(deepest_mm * draw.uniform(1.12, 1.9), 38, 165))
    kind = draw.choice(("convex", "phased", "rectangle"), p=(0.35, 0.1, 0.55) if shallow else (0.68, 0.17, 0.15))
    if kind == "phased":
        return Array("phased", draw.uniform(3.5, 7.0), draw.uniform(0.55, 0.8), max(depth, 55.0))
    if kind == "rectangle":
        return Array("rectangle", 0.0, float(np.clip(wide_mm / 2 * draw.uniform(0.8, 1.3), 17, 36)), min(depth, 110.0))
    return Array("convex", draw.uniform(36, 68), draw.uniform(0.42, 0.68), max(depth, 45.0))
