"""Look: the greys of one frame: how bright by depth, how grainy, how bone answers. Its figures were measured on real pictures.

Measured on 30 November 2026 (30 panels of human spines in six groups, 20 frames of cadaver bone, 7 of a spine phantom that scatters; greys of 255):
- DEPTHS: the median grey in tenths of the depth, a row a group. The 10th and 90th percentiles are 0.4 and 1.6 of it.
- OCTAVES: standard deviation of the grey in bands about 0.5, 1, 2, 4 and 8 mm wide, over the mean: it grows with the size, as 1/f noise does.
- Speckle after compounding: 0.10 to 0.12 of the local grey on people, 0.18 on cadavers, 0.23 in the phantom; two to three times as wide as long.
- Bone's peak along a piece: 0.14 of its mean (0.06 to 0.26), neighbours alike over 1.2 mm. The grey above is 0.74 of it (0.45 to 1.0). Behind it
  lies 0.85 of the grey above (0.5 to 1.6): haze, in columns with soft sides. It is 3.3 mm thick (1.5 to 12). Cadavers: a thin line over black.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.foreign.textures.field import BEAMS, SAMPLES, Field
from models.foreign.textures.sections import Numbers, Rng, between, chance

Greys: TypeAlias = NDArray[np.floating[Any]]  # (BEAMS, SAMPLES), 0 to 1
PEOPLE = np.array([
    [141, 127, 100, 96, 90, 75, 61, 49, 46, 46], [151, 138, 112, 106, 105, 94, 94, 97, 102, 111], [117, 69, 69, 81, 81, 52, 39, 35, 19, 13],
    [92, 100, 90, 92, 110, 116, 108, 93, 89, 91], [99, 118, 86, 83, 83, 84, 74, 49, 34, 26]])  # fmt: skip
OTHERS = np.array([[60, 80, 85, 60, 37, 23, 12, 6, 4, 3], [234, 199, 144, 80, 45, 22, 12, 8, 5, 4], [90, 75, 60, 50, 42, 36, 30, 26, 22, 18]])
DEPTHS = np.concatenate([PEOPLE, OTHERS])
OCTAVES = ((0.7, 0.05), (1.2, 0.07), (2.5, 0.10), (5.0, 0.12), (10.0, 0.13))  # mm along the beam, share of the grey


@dataclass(frozen=True, slots=True)
class Look:
    """How one frame looks. people: as the spines of people do; otherwise as cadavers, phantoms and sharper scanners. haze: grey behind bone over
    that above. rise: bone's peak over the tissue's grey, to white. band_mm, tail_mm: of bone's echo. fall: how fast it dims with the angle. blotch:
    of its grey. grain: speckle's share of the grey. mhz: 2 to 12. decibels: of the whole grey scale."""

    people: bool
    haze: float
    rise: float
    band_mm: float
    tail_mm: float
    fall: float
    blotch: float
    grain: float
    mhz: float
    decibels: float

    @staticmethod
    def drawn(rng: Rng, *, deep_mm: float) -> Look:
        people = chance(rng, 0.62)
        mhz = float(np.clip(between(rng, 2, 12) * (1.0 if deep_mm < 60 else 0.6), 2, 12))
        if people:
            haze = float(np.clip(rng.normal(0.75, 0.22), 0.3, 1.15))
            rise, band, fall = between(rng, 0.04, 0.46), between(rng, 0.8, 5.5), between(rng, 0.5, 2.5)
        else:
            haze, rise, band, fall = between(rng, 0.0, 0.45), between(rng, 0.4, 1.0), between(rng, 0.2, 1.8), between(rng, 1.0, 5.0)
        tail = between(rng, 0, 3) if chance(rng, 0.6) else between(rng, 3, 10)
        grain = between(rng, 0.06, 0.15) if people else between(rng, 0.05, 0.34)
        return Look(people, haze, rise, band, tail, fall, between(rng, 0.06, 0.28), grain, mhz, between(rng, 45, 75))


def depth_curve(rng: Rng, look: Look) -> Numbers:
    """(SAMPLES,) the grey by depth: a blend of measured rows, brighter or darker, with a gain set wrong."""
    rows = PEOPLE if look.people else DEPTHS
    weights = rng.dirichlet(np.full(len(rows), 0.35))
    tenth = weights @ rows / 255 * between(rng, 0.7, 1.25) * (1 + 0.12 * rng.normal(size=10)) * np.linspace(1, between(rng, 0.7, 1.3), 10)
    curve = np.interp(np.linspace(0, 1, SAMPLES), np.linspace(0.05, 0.95, 10), tenth)
    return np.asarray(np.minimum(ndimage.gaussian_filter1d(curve, SAMPLES / 30), 0.82) ** between(rng, 0.8, 1.25))


def smooth(rng: Rng, field: Field, wide_mm: float, long_mm: float) -> Greys:
    """(BEAMS, SAMPLES) noise of deviation 1 and so large a grain, its joints rounded."""
    across, down = field.pitch_mm(0.5 * field.depth_mm) * (BEAMS - 1) / wide_mm, field.depth_mm / long_mm
    coarse = rng.normal(size=(max(2, round(across)) + 2, max(2, round(down)) + 2))
    return np.asarray(1.25 * (_blend(BEAMS, coarse.shape[0]) @ coarse @ _blend(SAMPLES, coarse.shape[1]).T))


def wave_of(rng: Rng, fine: int, knots: float) -> Numbers:
    """(fine,) noise of deviation 1 that bends at so many places."""
    coarse = max(2, round(knots)) + 2
    return np.asarray(1.25 * (_blend(fine, coarse) @ rng.normal(size=coarse)))


def along_beams(rng: Rng, field: Field, wide_mm: float) -> Numbers:
    """(BEAMS,) noise of deviation 1 from beam to beam."""
    return wave_of(rng, BEAMS, field.pitch_mm(0.5 * field.depth_mm) * (BEAMS - 1) / wide_mm)


def _blend(fine: int, coarse: int) -> Numbers:
    """(fine, coarse) weights that go from knot to knot as a cosine does."""
    at = np.linspace(0, coarse - 1.0001, fine)
    left = at.astype(int)
    share = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    weights = np.zeros((fine, coarse))
    weights[np.arange(fine), left] = 1 - share
    weights[np.arange(fine), left + 1] += share
    return weights


def speckled(rng: Rng, field: Field, levels: Greys, look: Look) -> Greys:
    """The greys with speckle: a Rayleigh grain's logarithm where it is coarse, smoothed by compounding where it is fine; and electronic noise."""
    middle = field.pitch_mm(0.45 * field.depth_mm)
    sigma = (max(0.5, 0.42 * (between(rng, 2.0, 5.0) / look.mhz + 0.3) / middle), max(0.5, 0.42 * (0.9 / look.mhz + 0.12) / field.sample_mm))
    power = np.zeros((BEAMS, SAMPLES), dtype=np.float32)
    for _ in range(2 if look.grain > 0.2 else 4):  # one look has two parts, real and imaginary
        power += ndimage.gaussian_filter(rng.standard_normal((BEAMS, SAMPLES), dtype=np.float32), sigma, mode="wrap", truncate=2.5) ** 2
    grain = np.log(power + 1e-3 * power.mean())
    grain = (grain - grain.mean()) / grain.std()
    depth_noise = between(rng, 0.0, 0.05) * (0.4 + np.linspace(0, 1.2, SAMPLES))[None, :]
    # people's scanners compound, so that grain is a share of the grey; others show the logarithm's own 5.6 dB
    deviation = look.grain * levels if look.people else 5.6 / look.decibels * look.grain / 0.2 * np.minimum(levels / 0.15, 1)
    return np.asarray(levels + deviation * grain + depth_noise * (1 + 0.35 * rng.standard_normal((BEAMS, SAMPLES), dtype=np.float32)))
