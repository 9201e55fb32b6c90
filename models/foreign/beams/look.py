"""Look: how scanner, settings and patient make the same plane look, drawn anew for each frame. Amplitudes in dB over muscle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.beams.probe import Probe
from models.foreign.beams.section import Floats, Section
from models.foreign.beams.soft import Draw


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """steers: rad of the compounded beams. facing: rad by which a surface may turn away. contact_db: (BEAMS,) loss of each beam."""

    steers: tuple[float, ...]
    pulse_mm: float
    beam: float
    bone_db: float
    rough: float
    facing: float
    blotch: float
    thick_mm: float
    tail_mm: float
    tail: float
    haze_db: float
    haze_fade: float
    double: float
    repeat: float
    fat_db: float
    skin_db: float
    skin_mm: float
    streak: tuple[float, float, float]
    near_db: float
    slope_db: float
    side_db: float
    noise_db: float
    range_db: float
    muscle_grey: float
    gamma: float
    smoothed: float
    coherent: float
    waves: Floats


def look_of(draw: Draw, mhz: float) -> Look:
    """Thin bone over black, or blotchy and thick over haze, and all between: real spines show both."""
    u = draw.uniform
    hazy = draw.random() < 0.7
    angles = int(draw.choice([1, 3, 5], p=[0.35, 0.5, 0.15]))
    wide = u(0.06, 0.2)
    waves = np.column_stack((draw.normal(0, 0.6, (3, 2)), draw.uniform(0, 6.3, 3), draw.uniform(0, 0.28, 3)))
    return Look(
        steers=tuple(np.linspace(-wide, wide, angles).tolist()) if angles > 1 else (0.0,),
        pulse_mm=float(np.clip(1.54 * u(0.5, 1.3) / mhz, 0.12, 0.7)),
        beam=u(0.5, 2.6),
        bone_db=u(4, 17) if hazy else u(10, 30),
        rough=u(0.15, 0.85),
        facing=u(0.2, 0.75),
        blotch=u(0, 0.65),
        thick_mm=float(np.clip(draw.lognormal(np.log(1.5), 0.8), 0.2, 6)) if hazy else u(0.2, 1.2),
        tail_mm=u(0.5, 10) if hazy else u(0.3, 4),
        tail=u(0, 0.75) if hazy else u(0, 0.4),
        haze_db=u(-14, 2) if hazy else u(-45, -16),
        haze_fade=u(0, 0.5),
        double=draw.choice([0.0, u(0.05, 0.5)]),
        repeat=draw.choice([0.0, u(0.02, 0.2)]),
        fat_db=u(-9, 6),
        skin_db=u(0, 14),
        skin_mm=u(0.8, 2.6),
        streak=(u(2.5, 14), u(0.3, 1.1), u(0.2, 0.95)),
        near_db=draw.choice([0.0, u(4, 18)]),
        slope_db=draw.normal(-0.06, 0.1),
        side_db=draw.choice([0.0, u(2, 22)]),
        noise_db=u(-42, -14),
        range_db=u(45, 75),
        muscle_grey=u(0.13, 0.55) if hazy else u(0.03, 0.42),
        gamma=u(0.75, 1.35),
        smoothed=float(np.clip(draw.normal(0.35, 0.35), 0, 0.93)),
        coherent=u(0.1, 0.9),
        waves=waves,
    )


def probe_of(draw: Draw, aim_mm: float, *, shallow: bool) -> Probe:
    """A probe whose depth reaches aim_mm and some more."""
    kind = str(draw.choice(["convex", "rectangle", "phased"], p=[0.42, 0.55, 0.03] if shallow else [0.78, 0.12, 0.1]))
    if kind == "rectangle" and aim_mm > 62:
        kind = "convex"
    depth = float(np.clip(aim_mm * draw.uniform(1.25, 2.1) + 6, 40, 160))
    mhz = float(np.clip(draw.uniform(170, 420) / depth, 2, 12))
    match kind:
        case "rectangle":
            radius, half = 0.0, draw.uniform(18, 27)
        case "phased":
            radius, half = draw.uniform(5, 14), np.radians(draw.uniform(36, 45))
        case _:
            radius, half = draw.uniform(40, 66), np.radians(draw.uniform(24, 37))
    probe = Probe(kind, float(radius), float(half), depth, mhz, 0.2)
    wide, _, high = probe.box_mm()
    scale = max(2 * wide / draw.uniform(370, 600), high / 600)
    return Probe(kind, float(radius), float(half), depth, mhz, float(np.round(scale, 4)))


def pressed(section: Section, probe: Probe) -> Section:
    """The same with its shallow sheets bent along a convex face, the less the deeper they lie."""
    if probe.radius_mm < 30:
        return section
    for sheet in section.sheets:
        x, z = sheet.points[:, 0], sheet.points[:, 1]
        if z.min() <= section.fascia_mm + 6:
            face = np.sqrt(np.maximum(probe.radius_mm**2 - np.minimum(np.abs(x), 0.7 * probe.radius_mm) ** 2, 0)) - probe.radius_mm
            sheet.points[:, 1] += face * np.exp(-np.maximum(z, 0) / 22)
    return section
