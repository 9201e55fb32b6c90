"""Field: a probe's beams through the section, where they first meet bone, and the picture they become."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.foreign.echo import Place
from models.foreign.textures.sections import Line, Numbers, Point, Rng, between, chance

Kind: TypeAlias = Literal["convex", "rectangle", "phased"]
BEAMS, SAMPLES = 160, 360
FLAT_MM = 2e4  # at 30 mm from its middle such an arc is 0.02 mm off a straight line


@dataclass(frozen=True)
class Field:
    """radius_mm: of the array's arc; a flat one is an arc of FLAT_MM. half: its half-angle in radians. cut_mm: the screen shows |x| up to
    there. mm_per_px: of both axes. origin_px: of the face's centre."""

    kind: Kind
    radius_mm: float
    half: float
    depth_mm: float
    cut_mm: float
    mm_per_px: float
    origin_px: Point
    shape_px: tuple[int, int]

    @cached_property
    def ways(self) -> Line:
        """(BEAMS, 2) unit vectors along the beams."""
        turns = np.linspace(-self.half, self.half, BEAMS)
        return np.stack([np.sin(turns), np.cos(turns)], axis=1)

    @cached_property
    def starts(self) -> Line:
        """(BEAMS, 2) where beams leave the face."""
        return self.radius_mm * np.subtract(self.ways, (0.0, 1.0))

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (SAMPLES - 1)

    @cached_property
    def along_mm(self) -> Numbers:
        """(SAMPLES,) distances along a beam."""
        return np.linspace(0, self.depth_mm, SAMPLES)

    def pitch_mm(self, along_mm: float) -> float:
        """How far apart beams lie so far down."""
        return 2 * self.half * (self.radius_mm + along_mm) / (BEAMS - 1)

    def beam_of(self, x: float, z: float) -> tuple[float, float]:
        """Beam, a real number, and distance along it in mm of a place."""
        turn = float(np.arctan2(x, z + self.radius_mm))
        return (turn / self.half + 1) / 2 * (BEAMS - 1), float(np.hypot(x, z + self.radius_mm)) - self.radius_mm

    def place(self, x: float, z: float) -> Place:
        beam, along = self.beam_of(x, z)
        return Place(beam, along / self.sample_mm, self.pitch_mm(along), self.sample_mm)

    def holds(self, x: float, z: float, rim_mm: float = 1.0) -> bool:
        """Whether a place lies in the scan, rim_mm from its sides at least."""
        beam, along = self.beam_of(x, z)
        rim = rim_mm / self.pitch_mm(max(along, 0.0))
        return rim <= beam <= BEAMS - 1 - rim and 0.8 <= along <= self.depth_mm - rim_mm and abs(x) <= self.cut_mm - rim_mm

    def pixel(self, x: float, z: float) -> list[float]:
        return [round(self.origin_px[0] + x / self.mm_per_px, 2), round(self.origin_px[1] + z / self.mm_per_px, 2)]

    def along_line(self, line: Line) -> Numbers:
        """(BEAMS,) mm along each beam to a line from left to right; NaN beside it."""
        order = np.argsort(line[:, 0], kind="stable")
        x, z = line[order, 0], line[order, 1]
        along = np.full(BEAMS, float(z.mean()))
        for _ in range(4):
            across = self.starts[:, 0] + self.ways[:, 0] * along
            along = (np.interp(across, x, z) - self.starts[:, 1]) / self.ways[:, 1]
        across = self.starts[:, 0] + self.ways[:, 0] * along
        return np.where((across < x[0]) | (across > x[-1]), np.nan, along)

    def first_bone(self, bones: list[Line]) -> tuple[Numbers, Numbers]:
        """(BEAMS,) mm to the first bone of each beam, infinite where it meets none, and the cosine of beam and normal."""
        if not bones:
            return np.full(BEAMS, np.inf), np.ones(BEAMS)
        near = np.concatenate(bones)
        far = np.concatenate([np.roll(bone, -1, axis=0) for bone in bones])
        edge, gone = far - near, near[None] - self.starts[:, None]
        way = self.ways[:, None]
        cross = way[..., 0] * edge[:, 1] - way[..., 1] * edge[:, 0]
        cross = np.where(np.abs(cross) < 1e-9, 1e-9, cross)  # an edge along the beam
        along = (gone[..., 0] * edge[:, 1] - gone[..., 1] * edge[:, 0]) / cross
        share = (gone[..., 0] * way[..., 1] - gone[..., 1] * way[..., 0]) / cross
        along = np.where((share >= 0) & (share < 1) & (along > 0), along, np.inf)
        which = np.argmin(along, axis=1)
        met = edge[which]
        cosine = np.abs(self.ways[:, 0] * met[:, 1] - self.ways[:, 1] * met[:, 0]) / np.maximum(np.hypot(met[:, 0], met[:, 1]), 1e-9)
        return along[np.arange(BEAMS), which], cosine

    def picture(self, greys: NDArray[np.floating[Any]]) -> Numbers:
        """(rows, columns) of greys (BEAMS, SAMPLES); black outside the scan."""
        rows, columns = self.shape_px
        x = (np.arange(columns, dtype=np.float32) - np.float32(self.origin_px[0])) * np.float32(self.mm_per_px)
        z = ((np.arange(rows, dtype=np.float32) - np.float32(self.origin_px[1])) * np.float32(self.mm_per_px))[:, None]
        down = z + np.float32(self.radius_mm)
        beam = (np.arctan2(x, down) / np.float32(self.half) + 1) * np.float32((BEAMS - 1) / 2)
        along = (np.sqrt(x * x + down * down) - np.float32(self.radius_mm)) / np.float32(self.sample_mm)
        inside = (beam >= 0) & (beam <= BEAMS - 1) & (along >= 0) & (along <= SAMPLES - 1) & (np.abs(x) <= self.cut_mm)
        out = np.zeros((rows, columns))
        out[inside] = ndimage.map_coordinates(greys, np.stack([beam[inside], along[inside]]), order=1, mode="nearest")
        return out


def drawn(rng: Rng, *, deep_mm: float, half_wide_mm: float) -> Field:
    """A probe and its depth. deep_mm: of the deepest thing to be seen; half_wide_mm: how far to either side the view reaches."""
    kind: Kind = ("convex", "rectangle", "phased")[int(rng.choice(3, p=(0.74, 0.19, 0.07)))]
    if kind == "rectangle" and (half_wide_mm > 34 or deep_mm > 62):
        kind = "convex"
    depth = float(np.clip(4 + deep_mm * between(rng, 1.15, 3.0 if kind != "rectangle" else 1.6), 40, 160))
    if kind == "convex":
        radius, face = between(rng, 38, 66), between(rng, 20, 33)
        half = float(np.clip(np.arcsin(min(0.9, face / radius)), 0.42, 0.72))
    elif kind == "phased":
        radius, half = between(rng, 3, 9), between(rng, 0.55, 0.8)
    else:
        radius, half = FLAT_MM, max(between(rng, 19, 31), depth / 3.2) / FLAT_MM
    wide = (radius + depth) * float(np.sin(half))
    cut = wide * between(rng, 0.62, 0.95) if chance(rng, 0.22) else wide + 1.0  # as some screens cut the fan's sides
    tall, show = depth + radius * (1 - float(np.cos(half))), 2 * min(wide, cut)
    scale = max(show / between(rng, 380, 640), tall / 600)
    left, top = (int(each) for each in rng.integers(0, 14, 2))
    shape = (int(tall / scale) + top + int(rng.integers(2, 14)), int(show / scale) + 2 * left + 2)
    origin = (left + show / 2 / scale + 0.5, top + radius * (1 - float(np.cos(half))) / scale + 0.5)
    return Field(kind, radius, half, depth, cut, scale, origin, shape)
