"""What differs from scanner to scanner and from body to body in how echoes look. All levels are in dB of a muscle's scattering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Look:
    """bone_db: a bone met squarely. glancing: share of it that a grazing beam still gets. lobe: how fast it falls with the angle.

    marrow_db: scattering inside a bone; through_per_mm: amplitude lost per mm of bone. haze: what the dark is filled with, as a share of the
    echoes above. blotch_db: unevenness along a bone. tail_mm, tail: reverberation of bright echoes.
    """

    bone_db: float
    glancing: float
    lobe: float
    marrow_db: float
    through_per_mm: float
    blotch_db: float
    haze: float
    haze_mm: float
    tail: float
    tail_mm: float
    pulse_mm: float
    width_mm: float
    slice_mm: float
    noise_db: float
    tgc_db_per_mm: float
    range_db: float
    muscle_grey: float
    gamma: float
    smooth: float
    contact: float


def look_of(chance: np.random.Generator, frequency_mhz: float) -> Look:
    """Shadows are black in a fifth of the people, hazy in half."""
    haze = float(chance.choice([0.03, 0.35, 0.85], p=[0.15, 0.25, 0.6]) * chance.uniform(0.7, 1.8))
    return Look(
        bone_db=chance.uniform(17, 32),
        glancing=chance.uniform(0.25, 0.75),
        lobe=chance.uniform(1.5, 6.0),
        marrow_db=chance.uniform(-4, 11),
        through_per_mm=chance.uniform(0.25, 1.1),
        blotch_db=chance.uniform(1.0, 4.5),
        haze=haze,
        haze_mm=chance.uniform(10, 35),
        tail=chance.uniform(0.15, 1.3),
        tail_mm=chance.uniform(1.0, 6.0),
        pulse_mm=float(np.clip(1.3 / frequency_mhz * chance.uniform(0.7, 1.8), 0.15, 0.7)),
        width_mm=float(np.clip(2.6 / frequency_mhz * chance.uniform(0.7, 1.5), 0.25, 1.2)),
        slice_mm=chance.uniform(2.0, 5.0),
        noise_db=chance.uniform(-42, -26),
        tgc_db_per_mm=chance.normal(0, 0.05),
        range_db=chance.uniform(45, 72),
        muscle_grey=chance.uniform(0.26, 0.5),
        gamma=chance.uniform(0.8, 1.3),
        smooth=chance.uniform(0, 1),
        contact=float(chance.random() < 0.15) * chance.uniform(0.05, 0.25),
    )
