"""Probe: where beams start, where they go, where a place of the plane lies among them and in the picture. Look: how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import ndimage

from models.foreign.beams.rays import Rays
from models.foreign.beams.section import Draw, Floats, Section
from models.foreign.echo import Place

BEAMS, SAMPLES = 152, 272
FLAT_MM = 20_000.0  # radius of a face that is flat to a fortieth of a millimetre


@dataclass(frozen=True, slots=True)
class Probe:
    """kind: convex, rectangle or phased. radius_mm: of the face, FLAT_MM if flat. half: rad from the middle beam to the last."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float
    mhz: float
    mm_per_px: float

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (SAMPLES - 1)

    def geometry(self) -> dict[str, Any]:
        radius = 0.0 if self.radius_mm == FLAT_MM else self.radius_mm
        return {"kind": self.kind, "face_radius_mm": round(radius, 2), "face_half_width_mm": round(self.radius_mm * float(np.sin(self.half)), 2)}

    def rays(self, steer_rad: float = 0.0) -> Rays:
        """From each beam's place on the face, (BEAMS,)."""
        across = np.linspace(-self.half, self.half, BEAMS)
        x, z, dx, dz = self.radius_mm * np.sin(across), self.radius_mm * (np.cos(across) - 1), np.sin(across + steer_rad), np.cos(across + steer_rad)
        return x.astype(np.float32), z.astype(np.float32), dx.astype(np.float32), dz.astype(np.float32)

    def grid(self) -> tuple[Floats, Floats]:
        """x, z of each sample of each straight beam, (BEAMS, SAMPLES)."""
        x, z, dx, dz = self.rays()
        down = np.linspace(0, self.depth_mm, SAMPLES, dtype=np.float32)
        return x[:, None] + dx[:, None] * down, z[:, None] + dz[:, None] * down

    def steered(self, steer_rad: float) -> tuple[Floats, Floats]:
        """For each sample (BEAMS, SAMPLES): which steered ray passes there (real number), and how far from the face along it (1, SAMPLES)."""
        down = np.linspace(0, self.depth_mm, SAMPLES)[None]
        lean = np.arcsin(self.radius_mm * np.sin(steer_rad) / (self.radius_mm + down))
        along = (self.radius_mm + down) * np.cos(lean) - self.radius_mm * np.cos(steer_rad)
        ray = np.arange(BEAMS)[:, None] + (lean - steer_rad) * (BEAMS - 1) / (2 * self.half)
        return ray.astype(np.float32), along.astype(np.float32)

    def place(self, x: float, z: float) -> Place:
        """A place of the plane among the beams."""
        across, away = float(np.arctan2(x, z + self.radius_mm)), float(np.hypot(x, z + self.radius_mm))
        pitch = max(away * 2 * self.half / (BEAMS - 1), 0.05)
        return Place((across + self.half) * (BEAMS - 1) / (2 * self.half), (away - self.radius_mm) / self.sample_mm, pitch, self.sample_mm)

    def box_mm(self) -> tuple[float, float, float]:
        """Half of the scan's width, its top's z, its height."""
        top = self.radius_mm * (float(np.cos(self.half)) - 1)
        return (self.radius_mm + self.depth_mm) * float(np.sin(self.half)), top, self.depth_mm - top

    def picture(self, greys: Floats, margin_px: int) -> tuple[Floats, tuple[float, float], tuple[int, int, int, int]]:
        """Scan conversion of (BEAMS, SAMPLES) greys: the picture, the pixel of the face's centre, the scan's box. margin_px: round it."""
        wide, top, high = self.box_mm()
        half, rows = int(wide / self.mm_per_px), int(high / self.mm_per_px) + 1
        x = np.arange(-half, half + 1, dtype=np.float32)[None] * self.mm_per_px
        z = np.arange(rows, dtype=np.float32)[:, None] * self.mm_per_px + top
        across, down = np.arctan2(x, z + self.radius_mm), np.hypot(x, z + self.radius_mm) - self.radius_mm
        inside = (np.abs(across) <= self.half) & (down >= 0) & (down <= self.depth_mm)
        where = np.stack(((across[inside] + self.half) * (BEAMS - 1) / (2 * self.half), down[inside] / self.sample_mm))
        scan = np.zeros(inside.shape, np.float32)
        scan[inside] = ndimage.map_coordinates(greys.astype(np.float32), where, order=1, mode="nearest", prefilter=False)
        box = margin_px, margin_px, margin_px + 2 * half + 1, margin_px + rows
        return np.pad(scan, margin_px), (float(margin_px + half), margin_px - top / self.mm_per_px), box


class Look:
    """Thin bone over black, or blotchy and thick over haze, and all between: real spines show both. Nothing changes a look once drawn.

    steers: rad of the compounded beams. beam: width of a beam in beams. facing: rad by which a surface may turn away. streak: muscle's fibres: mm
    along, mm across, contrast. waves: roughness of bone, (n, 4). _db: over muscle, or a gain."""

    def __init__(self, draw: Draw, mhz: float) -> None:
        u, hazy, wide = draw.u, draw.chance(0.8), draw.u(0.06, 0.2)
        angles = (1, 3, 5)[int(draw.choice(3, p=[0.4, 0.5, 0.1]))]
        self.steers = tuple(np.linspace(-wide, wide, angles).tolist()) if angles > 1 else (0.0,)
        self.pulse_mm, self.beam = float(np.clip(1.54 * u(0.5, 1.3) / mhz, 0.12, 0.9)), u(0.4, 1.9)
        self.bone_db, self.rough, self.facing, self.blotch = u(2, 12) if hazy else u(8, 28), u(0.15, 0.85), u(0.2, 0.75), u(0, 0.65)
        self.thick_mm = float(np.clip(draw.lognormal(1.15, 0.75), 0.3, 10)) if hazy else u(0.2, 1.2)
        self.tail_mm, self.tail = (u(0.5, 10), u(0, 0.5)) if hazy else (u(0.3, 4), u(0, 0.4))
        self.haze_db, self.haze_fade = u(-15, 1) if hazy else u(-45, -16), u(0, 0.5)
        self.double, self.repeat = draw.pick(0.0, u(0.05, 0.5)), draw.pick(0.0, u(0.02, 0.2))
        self.fat_db, self.skin_db, self.skin_mm, self.streak = u(-9, 6), u(0, 14), u(0.8, 2.6), (u(2.5, 14), u(0.3, 1.1), u(0.2, 0.95))
        self.near_db, self.slope_db, self.side_db, self.noise_db = draw.pick(0.0, u(4, 18)), draw.n(0.1, -0.06), draw.pick(0.0, u(2, 22)), u(-42, -14)
        self.range_db, self.muscle_grey, self.gamma = u(45, 75), u(0.28, 0.7) if hazy else u(0.05, 0.45), u(0.75, 1.35)
        self.smoothed, self.coherent = float(np.clip(draw.n(0.3, 0.25), 0, 0.75)), u(0.1, 0.9)
        self.waves = np.column_stack((draw.normal(0, 0.6, (3, 2)), draw.uniform(0, 6.3, 3), draw.uniform(0, 0.28, 3)))


def probe_of(draw: Draw, aim_mm: float, *, shallow: bool) -> Probe:
    """A probe whose depth reaches aim_mm and some more."""
    shares = [0.42, 0.55, 0.03] if shallow else [0.78, 0.12, 0.1]
    kind = str(draw.choice(["convex", "rectangle" if aim_mm < 44 else "convex", "phased"], p=shares))
    depth = float(np.clip(aim_mm * draw.u(1.25, 2.1) + 6, 40, 75 if kind == "rectangle" else 160))
    mhz = float(np.clip(draw.u(170, 420) / depth, 2, 12))
    flat, round_ = (FLAT_MM, draw.u(19, 30) / FLAT_MM), (draw.u(40, 66), draw.u(0.42, 0.65))
    shape = {"rectangle": flat, "phased": (draw.u(5, 14), draw.u(0.63, 0.79)), "convex": round_}[kind]
    probe = Probe(kind, *shape, depth, mhz, 1.0)
    wide, _, high = probe.box_mm()
    return replace(probe, mm_per_px=round(max(2 * wide / draw.u(380, 570), high / 600), 4))


def pressed(section: Section, probe: Probe) -> Section:
    """The same with its shallow sheets bent along a convex face, the less the deeper they lie."""
    for sheet in section.sheets if 30 < probe.radius_mm < FLAT_MM else ():
        x, z = sheet.points[:, 0], sheet.points[:, 1]
        if section.follows or z.min() <= section.fascia_mm + 6:
            face = np.sqrt(np.maximum(probe.radius_mm**2 - np.minimum(np.abs(x), 0.7 * probe.radius_mm) ** 2, 0)) - probe.radius_mm
            sheet.points[:, 1] += face * (1 if section.follows else np.exp(-np.maximum(z, 0) / 22))
    return section
