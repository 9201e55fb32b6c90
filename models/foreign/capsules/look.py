"""Look: how one scanner shows one patient. Most are thick over haze, as real spines are, the rest run to thin over black."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Look:
    """Greys are of 0 to 1 before the tone; dB are of amplitude. muscle, peak, haze: grey of muscle, of bone that faces its beam, of the shadow.
    thick, tail: of the echo in mm; tail_db: how far it falls before its tail. blotch_db: how much it waxes and wanes along the bone."""

    hazy: bool
    dynamic_db: float
    muscle: float
    fat: float
    peak: float
    haze: float
    fall_mm: float
    rise_mm: float
    thick: float
    tail: float
    tail_db: float
    blotch_db: float
    grazing: float
    fascia_db: float
    streak_db: float
    sheet_db: float
    beam_mm: float
    grain: tuple[float, float]
    speckle: float
    noise: float
    deep_db: float
    side_db: float
    tone: float
    near_db: float


def look(draw: np.random.Generator, *, hazy: bool) -> Look:
    muscle = draw.uniform(0.22, 0.52) if hazy else draw.uniform(0.05, 0.38)
    peak = float(np.clip(muscle / draw.uniform(0.55, 1.05), muscle + 0.03, 0.95)) if hazy else draw.uniform(max(0.5, muscle + 0.2), 1.0)
    return Look(
        hazy=hazy,
        dynamic_db=draw.uniform(45, 75), muscle=muscle, fat=muscle * draw.uniform(0.45, 1.25), peak=peak,
        haze=muscle * (draw.uniform(0.4, 1.05) if hazy else draw.uniform(0.0, 0.5)), fall_mm=draw.uniform(0.6, 5 if hazy else 2),
        rise_mm=draw.uniform(0.15, 0.5),
        thick=float(np.exp(draw.uniform(np.log(1.2), np.log(16.0)))) if hazy else draw.uniform(0.45, 1.8),
        tail=draw.choice([0.0, draw.uniform(1, 10)]),
        tail_db=draw.uniform(4, 14), blotch_db=draw.uniform(1, 7 if hazy else 4), grazing=draw.uniform(0.6, 3.0), fascia_db=draw.uniform(3, 17),
        streak_db=draw.uniform(3, 18), sheet_db=draw.uniform(5, 18), beam_mm=draw.uniform(0.5, 2.8),
        grain=(draw.uniform(0.15, 0.5), draw.uniform(0.5, 1.7)),
        speckle=draw.uniform(0.12, 0.45) if draw.random() < 0.55 else draw.uniform(0.45, 1.0),
        noise=draw.uniform(0.0, 0.05),
        deep_db=draw.uniform(-4, 16), side_db=draw.choice([0.0, draw.uniform(2, 16)]), tone=draw.uniform(0.8, 1.35), near_db=draw.uniform(-4, 10),
    )  # fmt: skip
