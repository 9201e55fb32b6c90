"""Soft tissue in beam space: skin, fat, fascia and muscle with fibres that follow curves, under speckle."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from models.foreign.outlines.chance import Chance, Floats
from models.foreign.outlines.look import Look
from models.foreign.outlines.probe import BEAMS, SAMPLE_MM, Probe


def speckle(chance: Chance, probe: Probe, look: Look) -> Floats:
    """(samples, beams) of mean about 1: Rayleigh noise of the look's grain to its power."""
    down, across = look.grain
    wave = [gaussian_filter(chance.noise(probe.samples, BEAMS), (down, across), truncate=2.5) for _ in range(2)]
    size = np.hypot(*wave)
    lifted = (size / size.mean()) ** look.speckle
    return np.asarray(lifted / lifted.mean(), np.float32)


def _streaks(chance: Chance, probe: Probe, long: float, bend_mm: float) -> Floats:
    """Fibres: noise drawn out along the beams' index and shifted down each column by a smooth curve."""
    spare = int(2 * bend_mm / SAMPLE_MM) + 2
    noise = gaussian_filter(chance.noise(probe.samples + 2 * spare, BEAMS), (chance.between(0.6, 1.6), long), truncate=2.0)
    x = np.linspace(-1, 1, BEAMS)
    bend = chance.between(-0.7, 0.7) * x + 0.5 * np.sin(x * chance.between(1, 5) + chance.between(0, 6))
    shift = np.round(np.clip(bend, -1, 1) * bend_mm / SAMPLE_MM).astype(int) + spare
    rows = np.arange(probe.samples)[:, None] + shift[None, :]
    picked = np.take_along_axis(noise, rows, axis=0)
    return np.asarray(picked / max(float(picked.std()), 1e-6), np.float32)


def _layers(chance: Chance, probe: Probe, skin_mm: float) -> Floats:
    """Levels around 1 of skin, fat and muscle, with a bright fascia at each border. skin_mm: about where the deepest fascia lies."""
    depth = np.arange(probe.samples, dtype=np.float32)[:, None] * SAMPLE_MM
    x = np.linspace(-1, 1, BEAMS, dtype=np.float32)[None, :]
    level = np.ones((probe.samples, BEAMS), np.float32)
    borders = sorted(chance.between(1.5, max(skin_mm, 4)) for _ in range(chance.count(1, 4)))
    for border in borders:
        edge = border + chance.about(0, 1.2) * x + chance.between(0, 1.5) * np.sin(x * chance.between(2, 7) + chance.between(0, 6))
        below = depth > edge
        level = np.where(below, level, level * chance.between(0.55, 1.5))
        bright, thick = chance.between(0.0, 1.3), chance.between(0.3, 1.1)
        pieces = 0.6 + 0.4 * np.sin(x * chance.between(2, 12) + chance.between(0, 6))
        level += np.float32(bright) * pieces * np.exp(-(((depth - edge) / thick) ** 2))
    level += chance.between(0, 1.6) * np.exp(-depth / chance.between(0.6, 4.0))
    return level


def soft_tissue(chance: Chance, probe: Probe, look: Look, skin_mm: float) -> Floats:
    """(samples, beams): greys of the tissue before speckle, the look's tissue grey at muscle."""
    grey = _layers(chance, probe, skin_mm)
    if look.fibre > 0.05:
        fibres = _streaks(chance, probe, chance.between(4, 25), chance.between(0, 14))
        fine = _streaks(chance, probe, chance.between(2, 10), chance.between(0, 8))
        lines = np.exp(look.fibre * (0.35 * fibres + 0.2 * fine))
        grey *= lines / lines.mean()
    patches = gaussian_filter(chance.noise(max(probe.samples // 6, 4), BEAMS // 6 + 1), 2.0)
    patches *= chance.between(0, 0.5) / max(float(patches.std()), 1e-6)
    grey *= np.exp(np.repeat(np.repeat(patches, 7, axis=0), 6, axis=1)[: probe.samples, :BEAMS])
    return np.asarray(look.tissue * grey, np.float32)


def haze(chance: Chance, probe: Probe, look: Look) -> Floats:
    """(samples, beams): what a shadow holds, drawn out along the beams and fading with depth, the look's shadow grey at its start."""
    streaks = gaussian_filter(chance.noise(probe.samples // 4 + 1, BEAMS), (chance.between(1, 8), chance.between(0.8, 4)), truncate=2.0)
    streaks = np.repeat(streaks, 4, axis=0)[: probe.samples]
    streaks *= chance.between(0.1, 0.45) / max(float(streaks.std()), 1e-6)
    depth = np.linspace(0, 1, probe.samples, dtype=np.float32)[:, None]
    return np.asarray(look.shadow * np.exp(streaks) * np.exp(-chance.between(0, 1.5) * depth), np.float32)


def _contact(chance: Chance, samples: int) -> Floats:
    """(samples, beams) factor: lost contact under parts of the face, faint stripes, and bands of gain down the depth."""
    across = np.ones(BEAMS, np.float32)
    for _ in range(chance.of((0, 1, 2), (6, 3, 1))):
        middle, width = chance.of((chance.between(0, 0.18), chance.between(0.82, 1), chance.between(0.2, 0.8)), (4, 4, 1)), chance.between(0.03, 0.16)
        across *= 1 - chance.between(0.3, 0.95) * np.exp(-(((np.linspace(0, 1, BEAMS) - middle) / width) ** 4)).astype(np.float32)
    stripes = gaussian_filter1d(chance.noise(BEAMS), chance.between(0.8, 5))
    across *= np.exp(chance.between(0, 0.12) * stripes / max(float(stripes.std()), 1e-6))
    gains = np.interp(np.linspace(0, 7, samples), np.arange(8), [chance.about(0, 0.12) for _ in range(8)])
    return np.asarray(np.exp(gains)[:, None] * across[None, :], np.float32)


def gains(chance: Chance, probe: Probe, look: Look) -> Floats:
    """(samples, beams) factor on all greys: loss with depth and to the sides, contact, bands of gain."""
    depth = np.linspace(0, 1, probe.samples, dtype=np.float32)[:, None]
    side = np.linspace(-1, 1, BEAMS, dtype=np.float32)[None, :] ** 4
    loss = np.exp(-look.fade * np.maximum(depth - 0.35, -0.2)) * (1 - look.side_fade * side)
    return np.asarray(loss * _contact(chance, probe.samples), np.float32)
