"""Look: what a machine and a person make of the same anatomy: sound, bone's ways of answering, gains and greys."""

from __future__ import annotations

from dataclasses import dataclass

from models.foreign.lofts.array import Array
from models.foreign.lofts.mesh import Draw

SPEED_MM_US = 1.54


@dataclass(frozen=True, slots=True)
class Look:
    """Decibels are over the tissue's usual level. bone_db: met head-on; mirror: by which power of the cosine it falls; rough_db: what a grazed bone
    still answers, under bone_db. haze_db: what lies in a shadow. tail_mm: by which an echo fades. grey_at: of the usual level, of 0 to 1."""

    mhz: float
    bone_db: float
    mirror: float
    rough_db: float
    patchy_db: float
    coherent: float
    thick_mm: float
    tail_mm: float
    tail_db: float
    leak_db: float
    haze_db: float
    haze_mm: float
    echo_shift: float
    slice_mm: float
    steer: float
    cycles: float
    focus: float
    spread: float
    lobes_db: float
    noise_db: float
    slope_db: float
    fade_db: float
    contact_db: float
    ring_mm: float
    range_db: float
    grey_at: float
    curve: float
    smooth: float
    sharpen: float


def pulse_mm(look: Look) -> float:
    """The deviation of the pulse's amplitude along the beam."""
    return 0.3 * look.cycles * SPEED_MM_US / look.mhz


def look_of(draw: Draw, array: Array) -> Look:
    lengths = {"convex": (2.2, 5.5), "phased": (1.8, 3.6), "rectangle": (5.0, 13.0)}
    low, high = lengths[array.kind]
    mhz = draw.uniform(low, min(high, max(low + 0.6, 420 / array.depth_mm)))
    black, thin = draw.random() < 0.3, draw.random() < 0.4
    return Look(
        mhz=mhz,
        bone_db=draw.choice((draw.uniform(6, 12), draw.uniform(10, 21))),
        mirror=draw.choice((draw.uniform(0.6, 2), draw.uniform(2, 7))),
        rough_db=-draw.uniform(3, 14),
        patchy_db=draw.choice((draw.uniform(0, 2), draw.uniform(2, 7))),
        coherent=draw.uniform(0.1, 0.9),
        thick_mm=draw.uniform(0.3, 0.9) if thin else draw.uniform(0.6, 3.2),
        tail_mm=draw.uniform(0.5, 6.0),
        tail_db=-draw.uniform(14, 30) if thin else -draw.uniform(5, 18),
        leak_db=-draw.uniform(18, 45) if black else -draw.uniform(5, 26),
        haze_db=-draw.uniform(22, 45) if black else -draw.uniform(4, 24),
        haze_mm=draw.uniform(12, 90),
        echo_shift=draw.uniform(0.35, 0.8),
        slice_mm=draw.uniform(0.2, 1.8),
        steer=draw.uniform(0.1, 0.28) if draw.random() < 0.35 else 0.0,
        cycles=draw.uniform(0.9, 2.2),
        focus=draw.uniform(0.25, 0.85),
        spread=draw.uniform(0.003, 0.018),
        lobes_db=-draw.uniform(18, 40),
        noise_db=-draw.uniform(18, 50),
        slope_db=draw.normal(0, 7),
        fade_db=draw.choice((0.0, draw.uniform(0, 14))),
        contact_db=draw.choice((draw.uniform(0, 1.5), draw.uniform(1, 6))),
        ring_mm=draw.uniform(0.5, 5),
        range_db=draw.uniform(42, 75),
        grey_at=draw.uniform(0.3, 0.62),
        curve=draw.uniform(0.7, 1.4),
        smooth=draw.choice((0.0, draw.uniform(0.4, 1.1))),
        sharpen=draw.choice((0.0, 0.0, draw.uniform(0.2, 0.8))),
    )
