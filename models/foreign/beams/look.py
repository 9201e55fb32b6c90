"""Look: how scanner, settings and patient make the same plane look, drawn anew for each frame. Amplitudes in dB over muscle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.foreign.beams.probe import Probe
from models.foreign.beams.section import Draw, Floats, Section


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """steers: rad of the compounded beams. beam: width of a beam in beams. facing: rad by which a surface may turn away. streak: muscle's fibres: mm
    along, mm across, contrast. waves: roughness of bone, (n, 4). Each _db is over muscle, or a gain."""

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
    u, hazy, wide = draw.u, draw.chance(0.72), draw.u(0.06, 0.2)
    angles = (1, 3, 5)[int(draw.choice(3, p=[0.35, 0.5, 0.15]))]
    thick, tail, haze = (float(np.clip(draw.lognormal(0.6, 0.75), 0.2, 7)), u(0.5, 10), u(-15, 1)) if hazy else (u(0.2, 1.2), u(0.3, 4), u(-45, -16))
    waves = np.column_stack((draw.normal(0, 0.6, (3, 2)), draw.uniform(0, 6.3, 3), draw.uniform(0, 0.28, 3)))
    return Look(
        steers=tuple(np.linspace(-wide, wide, angles).tolist()) if angles > 1 else (0.0,),
        pulse_mm=float(np.clip(1.54 * u(0.5, 1.3) / mhz, 0.12, 0.7)),
        beam=u(0.4, 1.9),
        bone_db=u(6, 20) if hazy else u(10, 30),
        rough=u(0.15, 0.85),
        facing=u(0.2, 0.75),
        blotch=u(0, 0.65),
        thick_mm=thick,
        tail_mm=tail,
        tail=u(0, 0.6) if hazy else u(0, 0.4),
        haze_db=haze,
        haze_fade=u(0, 0.5),
        double=draw.pick(0.0, u(0.05, 0.5)),
        repeat=draw.pick(0.0, u(0.02, 0.2)),
        fat_db=u(-9, 6),
        skin_db=u(0, 14),
        skin_mm=u(0.8, 2.6),
        streak=(u(2.5, 14), u(0.3, 1.1), u(0.2, 0.95)),
        near_db=draw.pick(0.0, u(4, 18)),
        slope_db=draw.n(0.1, -0.06),
        side_db=draw.pick(0.0, u(2, 22)),
        noise_db=u(-42, -14),
        range_db=u(45, 75),
        muscle_grey=u(0.16, 0.58) if hazy else u(0.03, 0.42),
        gamma=u(0.75, 1.35),
        smoothed=float(np.clip(draw.n(0.3, 0.25), 0, 0.75)),
        coherent=u(0.1, 0.9),
        waves=waves,
    )


def probe_of(draw: Draw, aim_mm: float, *, shallow: bool) -> Probe:
    """A probe whose depth reaches aim_mm and some more."""
    kind = str(draw.choice(["convex", "rectangle", "phased"], p=[0.42, 0.55, 0.03] if shallow else [0.78, 0.12, 0.1]))
    if kind == "rectangle" and aim_mm > 44:
        kind = "convex"
    depth = float(np.clip(aim_mm * draw.u(1.25, 2.1) + 6, 40, 160))
    if kind == "rectangle":
        depth = min(depth, 75.0)
    mhz = float(np.clip(draw.u(170, 420) / depth, 2, 12))
    shapes = {"rectangle": (0.0, draw.u(19, 30)), "phased": (draw.u(5, 14), draw.u(0.63, 0.79)), "convex": (draw.u(40, 66), draw.u(0.42, 0.65))}
    probe = Probe(kind, *shapes[kind], depth, mhz, 1.0)
    wide, _, high = probe.box_mm()
    return replace(probe, mm_per_px=round(max(2 * wide / draw.u(370, 600), high / 600), 4))


def pressed(section: Section, probe: Probe) -> Section:
    """The same with its shallow sheets bent along a convex face, the less the deeper they lie."""
    if probe.radius_mm < 30:
        return section
    for sheet in section.sheets:
        x, z = sheet.points[:, 0], sheet.points[:, 1]
        if section.follows or z.min() <= section.fascia_mm + 6:
            face = np.sqrt(np.maximum(probe.radius_mm**2 - np.minimum(np.abs(x), 0.7 * probe.radius_mm) ** 2, 0)) - probe.radius_mm
            sheet.points[:, 1] += face * (1 if section.follows else np.exp(-np.maximum(z, 0) / 22))
    return section
