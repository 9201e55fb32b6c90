"""One subject: build, bone style and scanner, all drawn from the subject's number; four frames share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FRAMES_A_SUBJECT = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """fat_mm: skin and fat over the lumbar fascia. size: scale of bones. round_share: corners cut (0 sharp, 0.25 round). Roughness in mm.
    broken: share of bones with a piece missing.

    bone_db: peak of bone over muscle. haze_db: grey behind bone against the muscle above (-45 is black). clutter_db: the same in whatever echoes
    little itself. smear_mm: how deep a bone echo reaches by the slice's thickness. tail_mm: ring-down. patchy: 0 an even bone echo, 1 one with holes.
    blotch_mm: how long the blotches are. through_mm: how deep sound reaches into bone. soft_edge: how much a shadow's edge spreads behind it.
    halo_db: tendon and fat close over bone, over muscle.
    """

    number: int
    fat_mm: float
    size: float
    round_share: float
    coarse_mm: float
    fine_mm: float
    pits: int
    pit_mm: float
    gap_mm: float
    broken: float
    bone_db: float
    haze_db: float
    haze_reach_mm: float
    clutter_db: float
    soft_edge: float
    blotch_mm: float
    halo_db: float
    smear_mm: float
    tail_mm: float
    tail_db: float
    patchy: float
    through_mm: float
    fatty: float
    fibre_db: float
    fascia_db: float
    spread_db: float
    contact: float


def subject_of(number: int) -> Subject:
    """The subject with a number."""
    rng = np.random.default_rng([number, 771])
    build, style = rng.random(), rng.random()
    arthritic = rng.random() < 0.35
    return Subject(
        number=number,
        fat_mm=float(3 + 9 * rng.random() if build < 0.45 else 8 + 14 * rng.random() if build < 0.85 else 20 + 16 * rng.random()),
        size=float(np.clip(rng.normal(1.0, 0.07), 0.84, 1.16)),
        round_share=float(rng.choice([0.0, 0.08, 0.16, 0.25])),
        coarse_mm=float(rng.uniform(0.1, 0.5) + 0.3 * arthritic),
        fine_mm=float(rng.uniform(0.02, 0.15)),
        pits=int(rng.integers(0, 5) + 8 * arthritic),
        pit_mm=float(rng.uniform(0.4, 1.2) + 0.5 * arthritic),
        gap_mm=float(rng.uniform(0.8, 1.8) if arthritic else rng.uniform(1.2, 3.2)),
        broken=float(rng.choice([0.0, 0.0, 0.0, 0.35])),
        **_bone_style(style, rng),
        fatty=float(rng.beta(1.2, 2.5)),
        fibre_db=float(rng.uniform(3, 9)),
        fascia_db=float(rng.uniform(9, 21)),
        spread_db=float(rng.uniform(1.0, 4.0)),
        contact=float(rng.beta(1.2, 4)),
    )


def _bone_style(style: float, rng: np.random.Generator) -> dict[str, float]:
    """Three families: thin bone over black; real backs with hazy shadows and thick, blotchy bone; and what lies between."""
    black, hazy = style < 0.25, style > 0.5
    return {
        "bone_db": float(rng.uniform(18, 30) if black else rng.uniform(12, 22) if hazy else rng.uniform(14, 25)),
        "haze_db": float(rng.uniform(-45, -28) if black else rng.uniform(-9, 4) if hazy else rng.uniform(-28, -10)),
        "haze_reach_mm": float(rng.uniform(20, 90)),
        "soft_edge": float(rng.uniform(0, 0.3) if black else rng.uniform(0.3, 1.0)),
        "blotch_mm": float(rng.uniform(1.5, 5.0)),
        "clutter_db": float(rng.uniform(-45, -30) if black else rng.uniform(-15, -4) if hazy else rng.uniform(-28, -12)),
        "halo_db": float(rng.uniform(0, 2) if black else rng.uniform(0, 7) if hazy else rng.uniform(0, 5)),
        "smear_mm": float(rng.uniform(0.1, 0.6) if black else min(rng.gamma(1.6, 1.6) + 0.6, 8.0) if hazy else rng.uniform(0.3, 2.0)),
        "tail_mm": float(0.0 if black else min(rng.gamma(1.3, 3.0), 10.0)),
        "tail_db": float(rng.uniform(-13, -1)),
        "patchy": float(rng.uniform(0, 0.3) if black else rng.uniform(0.3, 1.1) if hazy else rng.uniform(0.1, 0.7)),
        "through_mm": float(rng.uniform(0.3, 0.6) if black else rng.uniform(0.5, 1.5)),
    }
