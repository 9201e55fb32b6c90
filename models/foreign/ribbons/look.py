"""Look: how one scanner on one patient draws: brightness, grain, what bone does to sound. Real bone spans all of it (bone_profile: README.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.ribbons.ribbon import Draw, chance


@dataclass(frozen=True, slots=True)
class Look:
    """Decibels are of amplitude beside a muscle's. range_db: from black to white. muscle: its grey, 0 to 1."""

    range_db: float
    muscle: float
    bone_db: float  # a bone met square, over muscle
    blotch_db: float  # deviation of its strength along it
    specular: float  # power of the cosine of incidence
    rough_db: float  # the least that incidence leaves
    thick_mm: float
    tail_mm: float
    tail: float  # share of the echo that the tail begins with
    shadow_db: float  # what one bone takes away
    axial_mm: float
    lateral_mm: float  # deviations of the point spread at the focus
    focus: float  # share of the depth
    widening: float
    noise: float  # amplitude beside plain muscle
    smooth: float  # share of the grain that compounding takes away


def look_of(draw: Draw, depth_mm: float) -> Look:
    """Deeper pictures are made with lower frequencies, whose grain is coarser."""
    fineness = (depth_mm / 75) ** 0.6
    hazy = draw.random()
    shadow = draw.uniform(1.5, 8) if hazy < 0.55 else draw.uniform(8, 20) if hazy < 0.8 else draw.uniform(20, 45)
    return Look(
        range_db=draw.uniform(42, 72),
        muscle=draw.uniform(0.22, 0.56),
        bone_db=draw.uniform(6, 20) + (3 if shadow < 8 else 0),  # where there is no shadow, an echo is all that shows
        blotch_db=draw.uniform(0.5, 4.5),
        specular=draw.uniform(1, 7),
        rough_db=-draw.uniform(6, 22),
        thick_mm=float(np.exp(draw.uniform(np.log(0.4), np.log(6.0)))),
        tail_mm=draw.uniform(0.5, 10) if chance(draw, 0.6) else 0.5,
        tail=draw.uniform(0.05, 0.5),
        shadow_db=float(shadow),
        axial_mm=draw.uniform(0.1, 0.28) * fineness,
        lateral_mm=draw.uniform(0.28, 0.75) * fineness,
        focus=draw.uniform(0.2, 0.8),
        widening=draw.uniform(1.2, 2.4),
        noise=10 ** (-draw.uniform(22, 50) / 20),
        smooth=draw.choice([0.0, draw.uniform(0, 0.7)]),
    )
