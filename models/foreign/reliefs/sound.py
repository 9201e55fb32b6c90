"""Sound: from a section and its soft parts to greys, with speckle and without.

Each slice within the beam's thickness throws its own shadow. Their mean is what the probe hears, so that bone that is only grazed is half dark.
Speckle is complex noise under a pulse of two cycles and a beam that widens away from its focus. Shadows hold haze: sound that wandered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.signal import lfilter

from models.foreign.reliefs.probe import SAMPLES, Probe
from models.foreign.reliefs.relief import Reals
from models.foreign.reliefs.tissue import Soft, grain

SPEED_MM_US = 1.54
LOSS_DB_MM = 9.0  # of bone, both ways
F_NUMBER = {"rectangle": 2.2, "convex": 3.0, "phased": 3.6}


@dataclass(frozen=True, slots=True)
class Look:
    """A scanner's and a patient's manner. bone_db: of a bone met squarely, over muscle. tail_mm: of its echo. haze_db: in shadows, against muscle."""

    bone_db: float
    rough: float
    tail_mm: float
    blotch: float
    haze_db: float
    noise_db: float
    range_db: float
    muscle_grey: float
    slope_db: tuple[float, float]  # along the depth: linear, bowed
    fade_db: float
    gamma: float
    looks: int
    smooth: tuple[float, float]
    focus: float
    bow: float


def drawn_look(rng: np.random.Generator) -> Look:
    """Thin over black to blotchy over haze: one number, `murk`, holds most of them together."""
    murk = float(rng.beta(1.7, 0.95))

    def between(least: float, most: float) -> float:
        return float(rng.uniform(least, most))

    def about(mean: float, sd: float, least: float, most: float) -> float:
        return float(np.clip(rng.normal(mean, sd), least, most))

    return Look(
        about(25.5 - 13.5 * murk, 4, 6, 38), between(0.12, 0.6), float(rng.gamma(1.4, 0.8 + 2.6 * murk) + 0.15), between(0.1, 0.25 + 0.4 * murk),
        haze_db=about(-30 + 28 * murk, 5, -45, 1), noise_db=between(-48, -24), range_db=between(45, 75),
        muscle_grey=about(0.30 + 0.19 * murk, 0.07, 0.14, 0.62), slope_db=(about(-6, 7, -40, 20), about(0, 4, -20, 20)),
        fade_db=between(0, 14) * (rng.random() < 0.6), gamma=between(0.8, 1.25), bow=between(0, 0.5), looks=int(rng.choice([1, 1, 2, 3])),
        smooth=(between(0, 1.1), between(0, 1.1)), focus=between(0.25, 0.7),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """greys: (beams, samples) of 0 to 1, as drawn. levels: the same without speckle and blotches. lit: the share of sound that comes so deep."""

    greys: Reals
    levels: Reals
    lit: Reals


def heard(rng: np.random.Generator, solid: Reals | None, soft: Soft, probe: Probe, look: Look) -> Heard:
    """solid: (slices, beams, samples), or None without bone."""
    shape = soft.diffuse_db.shape
    pitch, step = probe.pitch_mm(), probe.step_mm
    wave = SPEED_MM_US / probe.mhz
    narrow = wave * F_NUMBER[probe.kind] / 2.355  # deviation of the beam at its focus, mm
    bone, lit = (np.zeros(shape, np.float32), np.ones(shape, np.float32)) if solid is None else _bone(solid, probe, look)
    tissue = 10 ** (soft.diffuse_db / 10) * lit**2
    haze = 10 ** (look.haze_db / 10 + 0.2 * grain(rng, shape, (14 / float(pitch[SAMPLES // 2]), 14 / step))) * _beneath(lit)
    blotch = np.exp(look.blotch * 1.6 * grain(rng, shape, (2.2 / float(pitch[SAMPLES // 2]), 1.2 / step)) - look.blotch**2)
    own = _shaded(probe, rng, look)
    widths = [max(0.3, narrow * times / float(pitch[int(SAMPLES * look.focus)])) for times in (1.0, 2.2)]
    deep = np.abs(np.linspace(0, 1, SAMPLES, dtype=np.float32) - look.focus) / max(look.focus, 1 - look.focus)
    along = max(0.6, 0.42 * wave / step)
    tail = _tail(bone, max(look.tail_mm / step, along))
    power = tissue + haze + tail**2 * 0.75
    direct = np.asarray(soft.lines * lit + 0.7 * tail, np.float32)

    def spread(field: Reals) -> Reals:
        near, far = (gaussian_filter1d(gaussian_filter1d(field, along, axis=1), w, axis=0) for w in widths)
        return np.asarray(near + (far - near) * deep, np.float32)

    total = np.zeros(shape, np.float32)
    coherent = spread(direct * blotch)
    for _ in range(look.looks):
        scatter = np.sqrt(power) * np.where(tail**2 > tissue + haze, blotch, 1)
        real, imaginary = (spread((scatter * rng.standard_normal(shape)).astype(np.float32)) for _ in range(2))
        scale = np.sqrt(2 * np.pi * along * (widths[0] + (widths[1] - widths[0]) * deep))  # of unit noise under these filters
        total += np.hypot(real * scale + coherent, imaginary * scale) / look.looks
    noise = 10 ** (look.noise_db / 20) * 10 ** (np.linspace(-0.6, 0.6, SAMPLES, dtype=np.float32))
    total = total * own + noise * np.abs(rng.standard_normal(shape)).astype(np.float32)
    expected = gaussian_filter1d(gaussian_filter1d(power, along / 1.4, axis=1), widths[0] / 1.4, axis=0)
    mean = np.sqrt(expected + spread(direct) ** 2) * own + noise * 0.8
    greys = gaussian_filter(_grey(total, look), look.smooth)
    return Heard(np.asarray(greys, np.float32), _grey(mean, look), np.asarray(lit, np.float32))


def _bone(solid: Reals, probe: Probe, look: Look) -> tuple[Reals, Reals]:
    """The echo where sound enters bone, by slice and angle, and the sound that is left; both as amplitudes."""
    step, pitch = probe.step_mm, probe.pitch_mm()
    passed = 10 ** (-np.cumsum((solid < 0).astype(np.float32), axis=2) * (LOSS_DB_MM * step / 20))
    before = np.concatenate([np.ones_like(passed[:, :, :1]), passed[:, :, :-1]], axis=2)
    enters = np.zeros(solid.shape, bool)
    enters[:, :, 1:] = (solid[:, :, :-1] > 0) & (solid[:, :, 1:] <= 0)
    down = np.gradient(solid, step, axis=2)
    side = np.gradient(solid, axis=1) / pitch
    away = (solid[-1] - solid[0]) / max(probe.slice_mm, 0.1)
    square = np.abs(down) / np.sqrt(down**2 + side**2 + away[None] ** 2 + 1e-6)
    strength = look.rough + (1 - look.rough) * square ** (4 + 10 * (1 - look.rough))
    echo = (enters * before * strength).mean(axis=0) * 10 ** (look.bone_db / 20)
    return np.asarray(echo, np.float32), np.asarray(before.mean(axis=0), np.float32)


def _tail(bone: Reals, length: float) -> Reals:
    """Each echo dies away beneath its edge."""
    return np.asarray(lfilter([1.0], [1.0, -float(np.exp(-1 / max(length, 0.3)))], bone, axis=1), np.float32)


def _beneath(lit: Reals) -> Reals:
    """Haze stands in the dark, and fades with depth."""
    dark = 1 - lit
    return np.asarray(dark * np.exp(-np.cumsum((dark > 0.5).astype(np.float32), axis=1) / (0.6 * SAMPLES)), np.float32)


def _shaded(probe: Probe, rng: np.random.Generator, look: Look) -> Reals:
    """What the way, the gain and the skin's contact do to each place, as an amplitude."""
    depth = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    beam = np.linspace(-1, 1, probe.beams, dtype=np.float32)[:, None]
    db = look.slope_db[0] * (depth - 0.5) + look.slope_db[1] * (1 - 4 * (depth - 0.5) ** 2) - look.fade_db * np.abs(beam) ** 3
    db = db + rng.uniform(0, 1.5) * gaussian_filter1d(rng.standard_normal(probe.beams), 3)[:, None] * 4
    if rng.random() < 0.15:  # poor contact at one side
        edge = rng.uniform(0.55, 0.9) * rng.choice([-1, 1])
        db = db - rng.uniform(12, 40) / (1 + np.exp(-(beam * np.sign(edge) - abs(edge)) / 0.04))
    return np.asarray(10 ** (db / 20), np.float32)


def _grey(amplitude: Reals, look: Look) -> Reals:
    """Decibels as greys: muscle at its grey, the range over 1, a screen's gamma and bow."""
    linear = np.clip(look.muscle_grey + 20 * np.log10(np.maximum(amplitude, 1e-6)) / look.range_db, 0, 1)
    bowed = linear + look.bow * linear * (1 - linear) * (linear - 0.35)
    return np.asarray(np.clip(bowed, 0, 1) ** look.gamma, np.float32)
