"""Echoes: levels of a scan from its tissue and bones, on beams and samples; then grain, noise and the picture's greys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from models.foreign.capsules.bones import BODY, FLOOR, PIT, Numbers
from models.foreign.capsules.cut import Surface
from models.foreign.capsules.flesh import SAMPLES, Grid, clouds
from models.foreign.capsules.look import Look
from models.foreign.capsules.probe import BEAMS


@dataclass(frozen=True, slots=True)
class Scan:
    """levels, without: (BEAMS, SAMPLES) greys of 0 to 1 without grain, with bone and without it."""

    levels: Numbers
    without: Numbers


def scanned(
    draw: np.random.Generator,
    look: Look,
    here: Grid,
    tissue: Numbers,
    found: Surface | None,
    *,
    veil: Numbers | float = 0.0,
    dull: Numbers | float = 0.0,
) -> Scan:
    """tissue: dB over muscle. veil: dB that samples lose, (BEAMS, SAMPLES); dull: that the bone of each beam loses, (BEAMS,)."""
    gain = _gain(draw, look, here) - veil
    wide = max(0.35, look.beam_mm / here.probe.pitch_mm(0.5 * here.probe.depth_mm) / 2.36)
    soft = gaussian_filter1d(10 ** (tissue / 20), wide, axis=0)
    without = _greys(look, 20 * np.log10(np.maximum(soft, 1e-4)) + gain)
    if found is None:
        return Scan(without, without)
    echo, kept, haze = _bone(draw, look, here, found, dull)
    whole = gaussian_filter1d(10 ** (tissue / 20) * kept + echo + haze, wide, axis=0)
    return Scan(_greys(look, 20 * np.log10(np.maximum(whole, 1e-4)) + gain), without)


def _bone(draw: np.random.Generator, look: Look, here: Grid, found: Surface, dull: Numbers | float) -> tuple[Numbers, Numbers, Numbers]:
    """Amplitude of the bone's echo, the share of the tissue's that is left beneath it, and the haze in its shadow."""
    way = np.where(np.isfinite(found.way), found.way, 1e4)[:, None]
    deep = (here.way[None, :] - way).astype(np.float32)
    peak_db = (look.peak - look.muscle) * look.dynamic_db
    turned = 20 * look.grazing * np.log10(np.clip(np.maximum(found.facing, 0.12) * 1.1, 0, 1))
    weak = (
        np.where(found.part == BODY, -draw.uniform(0, 8), 0.0)
        + np.where(found.part == FLOOR, -draw.uniform(-2, 5), 0.0)
        + np.where(found.part == PIT, -draw.uniform(0, 14), 0.0)
    )
    fine = gaussian_filter1d(draw.normal(size=BEAMS), draw.uniform(1.5, 7))
    blotch = fine / max(1e-6, float(fine.std())) * look.blotch_db
    own = 10 ** ((peak_db + turned + weak + blotch - dull)[:, None] / 20)
    uneven = np.clip(1 + 0.35 * gaussian_filter1d(draw.normal(size=BEAMS), 3) * 3, 0.4, 1.8)
    steep = np.abs(np.gradient(np.where(np.isfinite(found.way), found.way, 0.0)))  # from beam to beam: a steep wall is no row of dots
    thick = (look.thick * uneven + 0.7 * np.where(steep < 6, steep, 0.0))[:, None]
    inside = np.maximum(deep, 0)
    shape = np.exp(-((inside / thick) ** 2))
    if look.tail > 0:
        shape = np.maximum(shape, 10 ** (-look.tail_db / 20) * np.exp(-2 * inside / look.tail))
    rise = np.clip((deep + 0.1) / (look.rise_mm + 0.9 * found.aside[:, None]), 0, 1)
    left = 10 ** ((max(look.haze, 0.001) - look.muscle) * look.dynamic_db / 20)
    gone = 1 - np.exp(-inside / look.fall_mm)
    patches = 10 ** (clouds(draw, draw.uniform(0, 4)) / 20)
    haze = np.where(deep < 0, 0.0, gone * left * np.clip(patches, 0.3, 2.5))
    kept = np.where(deep < 0, 1.0, 1 - gone).astype(np.float32)
    soft = draw.uniform(0.3, 3.0)  # how far a shadow's sides blur
    return np.asarray(own * shape * rise), gaussian_filter1d(kept, soft, axis=0), gaussian_filter1d(haze.astype(np.float32), soft, axis=0)


def _gain(draw: np.random.Generator, look: Look, here: Grid) -> Numbers:
    """dB by depth and by beam: attenuation that the scanner makes up for badly, dark sides, poor contact."""
    share = here.way / here.probe.depth_mm
    down = look.near_db * np.exp(-here.way / 7) - look.deep_db * np.maximum(0, share - 0.35) ** 1.5
    bumps = np.interp(share, np.linspace(0, 1, 6), draw.normal(0, 1.3, 6))
    across = np.linspace(-1, 1, BEAMS)
    sides = -look.side_db * np.abs(across - draw.uniform(-0.3, 0.3)) ** 3
    if draw.random() < 0.2:
        sides = sides - draw.uniform(5, 25) / (1 + np.exp((across * draw.choice((-1, 1)) + draw.uniform(0.5, 0.9)) / 0.05))
    for _ in range(int(draw.poisson(0.5))):
        sides = sides - draw.uniform(2, 9) * np.exp(-(((across - draw.uniform(-1, 1)) / draw.uniform(0.02, 0.1)) ** 2))
    return np.asarray((down + bumps)[None, :] + sides[:, None])


def _greys(look: Look, level_db: Numbers) -> Numbers:
    return np.asarray(np.clip(look.muscle + level_db / look.dynamic_db, 0, 1) ** look.tone, np.float32)


def grained(draw: np.random.Generator, look: Look, here: Grid, levels: Numbers) -> Numbers:
    """Greys with speckle and noise, (BEAMS, SAMPLES) of 0 to 1."""
    grain = min(look.grain[0], 0.005 * here.probe.depth_mm), min(look.grain[1], 0.012 * here.probe.depth_mm)  # shallow scans have high frequencies
    axial, lateral = max(0.6, grain[0] / here.sample_mm), max(0.5, grain[1] / here.probe.pitch_mm(0.4 * here.probe.depth_mm) / 1.5)
    parts = draw.normal(size=(2, BEAMS, SAMPLES)).astype(np.float32)
    field = gaussian_filter(parts, (0, lateral, axial), truncate=2.5)
    power = field[0] ** 2 + field[1] ** 2
    grain_db = 10 * np.log10(power / power.mean() + 0.05) + 2.0
    shown = levels ** (1 / look.tone) + look.speckle * grain_db / look.dynamic_db * np.clip(levels * 8, 0, 1)
    noise = look.noise * (0.3 + here.way / here.probe.depth_mm) * np.abs(parts[0])
    return np.asarray(np.clip(np.maximum(shown, 0) ** look.tone + noise, 0, 1))
