"""Look: how one scanner and one body draw tissue and bone. All draws of appearance in one table."""

from __future__ import annotations

from dataclasses import dataclass

from models.foreign.outlines.chance import Chance


@dataclass(frozen=True, slots=True)
class Look:
    """Greys are 0 to 1 before the tone curve.

    bone: grey of a full echo. tissue: of muscle at bone's depth. shadow: of haze under bone. thick_mm: of an echo. tail_mm: its ring-down below the
    leading edge. blotch: how patchy bone is. law: power of the cosine of incidence. broken: share of bone that is lost.
    speckle: power of the Rayleigh noise.
    grain: its size down and across in samples and beams. leak: sound that bone lets through. fade, side_fade: loss with depth and to the sides.
    blur: in panel pixels. coarse: how coarse the panel is, 1 for 0.4 mm. quality: of the JPEG, 0 for none.
    """

    bone: float
    tissue: float
    shadow: float
    thick_mm: float
    tail_mm: float
    blotch: float
    law: float
    broken: float
    speckle: float
    fibre: float
    grain: tuple[float, float]
    fat_mm: float
    leak: float
    fade: float
    side_fade: float
    noise: float
    gamma: float
    blur: float
    coarse: float
    quality: int

    @staticmethod
    def drawn(chance: Chance) -> Look:
        bone = chance.between(0.35, 0.9)
        thin = chance.happens(0.25)
        ratio = chance.about(0.3, 0.15, 0.04, 0.6) if thin else chance.about(0.65, 0.17, 0.25, 1.0)
        haze = chance.of((chance.between(0, 0.2), chance.between(0.2, 0.65), chance.between(0.6, 1.5)), (5, 2, 1) if thin else (2, 4, 4))
        if ratio > 0.7:
            haze = min(haze, chance.between(0.2, 0.75))  # as bright as bone above and below, bone would be nowhere
        return Look(
            bone=bone,
            tissue=bone * ratio,
            shadow=bone * ratio * haze,
            thick_mm=chance.between(0.5, 1.6) if thin else chance.between(1.2, 4.5),
            tail_mm=chance.between(0, 1.5) if thin else chance.of((chance.between(0, 3), chance.between(2, 10)), (5, 5)),
            blotch=chance.between(0, 0.4) if thin else chance.between(0.1, 0.9),
            law=chance.between(0.2, 2.2),
            broken=chance.of((0.0, chance.between(0.05, 0.5)), (4, 6)),
            speckle=chance.of((chance.between(0.15, 0.5), chance.between(0.4, 0.9)), (6, 4)),
            fibre=chance.between(0.0, 0.9),
            grain=(chance.between(0.5, 1.6), chance.between(0.6, 3.0)),
            fat_mm=chance.between(2, 12),
            leak=chance.of((0.0, chance.between(0.1, 0.8)), (7, 3)),
            fade=chance.between(-0.3, 1.6),
            side_fade=chance.of((0.0, chance.between(0.1, 0.9)), (5, 5)),
            noise=chance.of((0.0, chance.between(0.0, 0.12)), (4, 6)),
            gamma=chance.about(1.0, 0.3, 0.5, 2.0),
            blur=chance.of((0.0, chance.between(0.3, 1.4)), (5, 5)),
            coarse=chance.of((1.0, chance.between(1.3, 3.0)), (6, 4)),
            quality=chance.of((0, chance.count(25, 90)), (5, 5)),
        )
