"""Look: how strongly things answer in one picture, and how the scanner shows it. All ranges are design, wide on purpose.

Bone over muscle, shadow and thickness span what models/foreign/README.md measures on real frames ("How bone looks beside real bone")."""

from __future__ import annotations

from dataclasses import dataclass

from models.foreign.impedances.probe import Draw


@dataclass(frozen=True, slots=True)
class Look:
    """dB are over muscle's grain. muscle_grey: 0 to 1 on the screen; range_db: from black to white."""

    bone_db: float
    bone_edge_mm: float  # of the step of impedance
    squareness: float  # how much more a surface answers that is met squarely
    shadow_db_mm: float
    haze_db: float
    haze_fall_db_mm: float
    tail_db: float
    tail_mm: float
    pulse_mm: float
    blur_beams: float
    fat_db: float
    streak_db: float
    grain_db: float
    muscle_grey: float
    range_db: float
    gamma: float
    looks: int
    speckle_beams: float
    speckle_mm: float
    sharpen: float
    compound_beams: float
    noise_db: float
    gain_fall_db: float
    ring_db: float


def look_of(draw: Draw) -> Look:
    black = draw.random() < 0.22  # shadows without haze, as some scanners show them
    thick = draw.random() < 0.55
    return Look(
        bone_db=draw.uniform(9, 24),
        bone_edge_mm=draw.uniform(0.16, 0.34),
        squareness=draw.uniform(0.0, 1.6),
        shadow_db_mm=draw.uniform(1.5, 9.0),
        haze_db=draw.uniform(-30, -13) if black else draw.uniform(-9, 1.0),
        haze_fall_db_mm=draw.uniform(0.02, 0.45),
        tail_db=draw.uniform(-7, 0) if thick else draw.uniform(-24, -10),
        tail_mm=draw.uniform(0.8, 4.0) if thick else draw.uniform(0.3, 0.9),
        pulse_mm=draw.uniform(0.16, 0.42),
        blur_beams=draw.uniform(0.5, 1.7),
        fat_db=draw.uniform(-9, 7),
        streak_db=draw.uniform(2, 18),
        grain_db=draw.uniform(1.0, 5.0),
        muscle_grey=draw.uniform(0.22, 0.56),
        range_db=draw.uniform(44, 72),
        gamma=draw.uniform(0.8, 1.25),
        looks=int(draw.choice(4, p=(0.0, 0.4, 0.35, 0.25))),
        speckle_beams=draw.uniform(0.7, 1.5),
        speckle_mm=draw.uniform(0.18, 0.42),
        sharpen=draw.uniform(0.0, 0.8) if draw.random() < 0.5 else 0.0,
        compound_beams=draw.uniform(1.5, 5.0) if draw.random() < 0.5 else draw.uniform(0.8, 1.6),
        noise_db=draw.uniform(-34, -14),
        gain_fall_db=draw.normal(-5, 6),
        ring_db=draw.uniform(-4, 16),
    )
