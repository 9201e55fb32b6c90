"""From densities to greys along the beams, as from a CT: the echo is where density rises, and what lies behind is dimmed by what was crossed.

All fields are (samples, beams). Strengths are in dB over plain muscle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, gaussian_filter, gaussian_filter1d, map_coordinates

from models.foreign.densities.bodies import F32, Oval, Rng, Sheet
from models.foreign.densities.probe import Probe
from models.foreign.densities.scene import Scene


@dataclass(frozen=True, slots=True)
class Look:
    """How a frame's scanner and bone look. Greys from 0 to 1, lengths in mm."""

    range_db: float
    flesh_grey: float
    bone_db: float
    diffuse: float
    sharpness: float
    patchy_db: float
    lost: float
    rise_mm: float
    tail_mm: float
    tail_db: float
    opaque: float
    leak: float
    haze_db: float
    haze_fade_db: float
    rough_mm: float
    grain_mm: float
    grain_beams: float
    grain: float
    blur_beams: float
    shade_beams: float
    noise_db: float
    gain_db: float
    fibre_db: float
    fat_db: float


def look(draw: Rng) -> Look:
    """Half of the frames hazy, a quarter black behind bone, the rest between."""
    hazy = int(draw.choice([0, 1, 2], p=[0.22, 0.25, 0.53]))
    flesh = draw.uniform(0.18, 0.5) if hazy == 0 else draw.uniform(0.25, 0.7)
    range_db = draw.uniform(42, 75)
    bone = draw.uniform(max(flesh + 0.03, 0.45), 0.98 if hazy == 0 else 0.9)
    long_tail = draw.random() < (0.15 if hazy == 0 else 0.5)
    return Look(
        range_db=range_db,
        flesh_grey=flesh,
        bone_db=(bone - flesh) * range_db + 2,
        diffuse=draw.uniform(0.08, 0.55),
        sharpness=draw.uniform(1.0, 5.0),
        patchy_db=draw.uniform(0.8, 6),
        lost=draw.choice([0.0, draw.uniform(0, 0.12)]),
        rise_mm=draw.uniform(0.15, 0.45),
        tail_mm=draw.uniform(2.5, 10) if long_tail else draw.uniform(0.4, 3),
        tail_db=draw.uniform(-8, -1),
        opaque=draw.uniform(0.9, 3.0) if hazy < 2 else draw.uniform(0.45, 1.6),
        leak=draw.choice([0.35, 1.0], p=[0.12, 0.88]),
        haze_db=(draw.uniform(-70, -24), draw.uniform(-18, -6), draw.uniform(-7, 3))[hazy],
        haze_fade_db=draw.uniform(0, 0.9) if hazy < 2 else draw.uniform(0, 0.35),
        rough_mm=draw.choice([draw.uniform(0.0, 0.2), draw.uniform(0.15, 0.6)]),
        grain_mm=draw.uniform(0.18, 0.5),
        grain_beams=draw.uniform(0.5, 1.9),
        grain=draw.uniform(0.35, 1.0),
        blur_beams=draw.uniform(0.3, 2.2),
        shade_beams=draw.uniform(0.8, 3.2),
        noise_db=draw.uniform(-55, -26),
        gain_db=draw.uniform(0, 5),
        fibre_db=draw.uniform(1.0, 5.5),
        fat_db=draw.uniform(-11, 5),
    )


def smooth(draw: Rng, shape: tuple[int, int], rows: int, columns: int) -> F32:
    """Slow noise of about unit deviation, with so many hills down and across."""
    weights = []
    for size, hills in zip(shape, (rows, columns), strict=True):
        at = np.linspace(0, hills - 1, size, dtype=np.float32)[:, None] - np.arange(hills, dtype=np.float32)[None]
        own = np.exp(-1.4 * at * at)
        weights.append(own / np.sqrt((own * own).sum(axis=1, keepdims=True)))
    return np.asarray(weights[0] @ draw.standard_normal((rows, columns), dtype=np.float32) @ weights[1].T, np.float32)


def fibres(draw: Rng, of: Probe, u: F32, v: F32, *, thick_mm: float, long_mm: float) -> F32:
    """Streaks of unit deviation along slanted, converging lines."""
    apart = float(of.apart_mm().mean())
    noise = gaussian_filter(
        draw.standard_normal(u.shape, dtype=np.float32), (thick_mm / of.step_mm, min(long_mm / apart, 14)), mode="wrap", truncate=2.5
    )
    noise /= noise.std() + 1e-6
    slant, bend, meet = draw.normal(0, 0.13), draw.normal(0, 0.003), draw.normal(0, 0.006)
    row, column = of.place(u, v)
    row = row + (slant * u + bend * u * u + meet * u * v) / np.float32(of.step_mm)
    return np.asarray(map_coordinates(noise, np.stack([row, column]), order=1, mode="grid-wrap"), np.float32)


def _band(apart_mm: F32, thick_mm: float, sharp_mm: float = 0.3) -> F32:
    """1 from the upper face on, fading over thick_mm. apart_mm: depth below the upper face."""
    inside = np.exp(-np.maximum(apart_mm, 0) / np.float32(thick_mm))
    return np.asarray(inside * np.exp(-np.square(np.minimum(apart_mm, 0) / np.float32(sharp_mm))), np.float32)


def flesh(draw: Rng, scene: Scene, of: Probe, how: Look, u: F32, v: F32) -> F32:
    """dB of skin, fat, fascia and muscle."""
    along = np.linspace(0, of.depth_mm, of.samples, dtype=np.float32)[:, None]
    share = draw.uniform(0, 1)
    wave = draw.normal(0, 0.8) * np.sin(u / draw.uniform(6, 25) + draw.uniform(0, 6)) + draw.normal(0, 2) * np.exp(
        -np.square(u / draw.uniform(6, 14))
    )
    level = along * (1 - share) + v * share + wave.astype(np.float32) * np.clip(along / 6, 0, 1)
    streaks = fibres(draw, of, u, v, thick_mm=draw.uniform(0.35, 1.0), long_mm=draw.uniform(2, 12))
    fat = np.float32(1) / (1 + np.exp(np.clip((level - scene.fat_mm) / 0.4, -30, 30)))
    muscle = how.fibre_db * streaks + np.where(streaks > 1.3, (streaks - 1.3) * draw.uniform(0, 14), 0)
    fatty = how.fat_db + draw.uniform(0.5, 3) * np.roll(streaks, of.samples // 3, axis=0) * 0.8
    out = muscle * (1 - fat) + fatty * fat + draw.uniform(0.5, 2.5) * smooth(draw, u.shape, 5, 5)
    out += _lines(draw, scene, how, u, level)
    out += draw.uniform(0, 12) * np.exp(-along / draw.uniform(0.6, 2.5))
    return np.asarray(out + how.gain_db * smooth(draw, u.shape, 4, 1) * 0.8, np.float32)


def _lines(draw: Rng, scene: Scene, how: Look, u: F32, level: F32) -> F32:
    """Fascia at the foot of the fat, in one to three layers, septa in fat and muscle, that come and go along their way."""
    depths = [scene.fat_mm + k * draw.uniform(1.2, 4) for k in range(int(draw.integers(1, 4)))]
    depths += [draw.uniform(2, max(2.0, scene.fat_mm)) for _ in range(int(draw.integers(0, 4)))]
    depths += [draw.uniform(scene.fat_mm, max(scene.deep_mm, scene.fat_mm + 5)) for _ in range(int(draw.integers(0, 4)))]
    out = np.zeros(u.shape, np.float32)
    for depth in depths:
        bent = draw.normal(0, 0.05) * u + draw.normal(0, 0.002) * u * u
        fade = np.clip(smooth(draw, u.shape, 1, int(draw.integers(3, 9))) * 0.6 + 0.6, 0, 1)
        out = np.maximum(out, draw.uniform(4, min(20.0, how.bone_db + 4)) * fade * _band(level - depth - bent, draw.uniform(0.25, 1.0)))
    return out


def _soft(scene: Scene, points: F32, strength_db: float, dark_db: float) -> F32:
    """dB to add for sheets and ovals. points: (3, samples, beams) of the body."""
    out = np.zeros(points.shape[1:], np.float32)
    for oval in scene.ovals:
        out += _oval(oval, points)
    for sheet in scene.sheets:
        out = np.maximum(out, (strength_db + dark_db) * sheet.strength * _sheet(sheet, points) - dark_db) if sheet.strength else out
    return out


def _oval(oval: Oval, points: F32) -> F32:
    apart = (points - np.asarray(oval.centre_mm, np.float32)[:, None, None]) / np.asarray(oval.radii_mm, np.float32)[:, None, None]
    far = np.sqrt((apart * apart).sum(axis=0))
    size = min(oval.radii_mm)
    inside = 1 / (1 + np.exp(np.clip((far - 1) * size / 0.25, -30, 30)))
    return np.asarray(20 * np.log10(oval.gain) * inside + oval.rim * 8 * np.exp(-np.square((far - 1) * size / 0.45)), np.float32)


def _sheet(sheet: Sheet, points: F32) -> F32:
    box = [np.abs(points[k] - sheet.centre_mm[k]) / sheet.half_mm[k] for k in (0, 1)]
    within = np.exp(-(box[0] ** 8)) * np.exp(-(box[1] ** 8))
    return np.asarray(_band(points[2] - sheet.depth_at(points[0], points[1]), sheet.thick_mm) * within, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """grey: the finished greys; clean: without grain and noise; passed: the share of the sound that reaches each place."""

    grey: F32
    clean: F32
    passed: F32


def echoes(draw: Rng, scene: Scene, of: Probe, how: Look, grid: tuple[F32, F32], points: F32, density: F32) -> Echoes:
    """The frame's greys on the beams."""
    soft = flesh(draw, scene, of, how, *grid)
    if scene.kind in ("air", "water"):
        return _empty(draw, of, how, soft, scene.kind)
    soft += _soft(scene, points, draw.uniform(0.35, 1.0) * how.bone_db, draw.uniform(0, 3))
    inside = 1 / (1 + np.exp(np.clip(-density / 0.25, -30, 30)))
    crossed = np.cumsum(inside, axis=0, dtype=np.float32) * np.float32(of.step_mm)
    passed = np.exp(-how.opaque * np.maximum(crossed - 0.25, 0))
    crossed = gaussian_filter1d(crossed, how.shade_beams, axis=1)  # a beam is wider than a slit: shadows have soft sides
    shaded = gaussian_filter1d(passed, how.shade_beams, axis=1)
    bright = _surface(draw, of, how, density, np.exp(-how.opaque * how.leak * np.maximum(crossed - 1.0, 0)))
    contact = _contact(draw, of)
    strong = np.float32(10) ** (soft / 20) * shaded + _haze(draw, of, how, crossed, soft.shape)
    strong, bright = strong * contact, bright * contact
    if draw.random() < 0.3:
        strong += draw.uniform(0.01, 0.08) * np.repeat(bright, 2, axis=0)[: of.samples]  # an echo that went twice
    strong += draw.uniform(0.0, 0.05) * gaussian_filter1d(bright, 9, axis=1)  # side lobes
    return _grey(draw, of, how, strong, bright, shaded * contact)


def _surface(draw: Rng, of: Probe, how: Look, density: F32, reached: F32) -> F32:
    """Strength of the bone's echo: where density rises along the beam, stronger where the beam meets it squarely, with its tail.

    reached: the share of the sound that reaches each place.
    """
    down = np.gradient(density, of.step_mm, axis=0)
    side = np.gradient(density, axis=1) / of.apart_mm()
    square = np.clip(down, 0, None) / np.sqrt(down * down + side * side + 1e-3)
    rise = np.zeros_like(density)
    rise[:-1] = np.clip(np.diff((density > 0).astype(np.float32), axis=0), 0, None)
    share = np.zeros_like(density)  # spread a surface over the two rows about it, so that its echo does not step
    share[:-1] = np.clip(-density[:-1] / np.maximum(density[1:] - density[:-1], 1e-3), 0, 1)
    strength = rise * (how.diffuse + (1 - how.diffuse) * square**how.sharpness)
    upper, lower = strength * (1 - share), np.roll(strength * share, 1, axis=0)
    patch = how.patchy_db * smooth(draw, density.shape, 6, int(draw.integers(10, 50)))
    lost = smooth(draw, density.shape, 5, int(draw.integers(6, 25))) > (3.0 - 14 * how.lost)
    surface = (upper + lower) * reached * np.float32(10) ** ((how.bone_db + patch - 14 * lost) / 20)
    length = min(16.0, 1.5 + 4 * how.tail_mm)
    at = np.arange(-int(length / of.step_mm), int(length / of.step_mm) + 1) * of.step_mm
    pulse = np.exp(-np.square(np.minimum(at - 1.18 * how.rise_mm, 0) / how.rise_mm) * 0.5) * np.exp(
        -np.square(np.maximum(at - 1.18 * how.rise_mm, 0) / (how.rise_mm + 0.35)) * 0.5
    )
    tail = np.where(at > how.rise_mm, np.exp(-np.maximum(at, 0) / how.tail_mm - np.square(2 * at / length)), 0) * 10 ** (how.tail_db / 20)
    echo = convolve1d(surface, np.maximum(pulse, tail).astype(np.float32)[::1], axis=0, mode="constant")
    return np.asarray(gaussian_filter1d(echo, how.blur_beams, axis=1), np.float32)


def _haze(draw: Rng, of: Probe, how: Look, crossed: F32, shape: tuple[int, int]) -> F32:
    """What a scanner shows in the shadow."""
    behind = np.cumsum(crossed > 0.4, axis=0, dtype=np.float32) * np.float32(of.step_mm)
    level = how.haze_db - how.haze_fade_db * behind + draw.uniform(1.0, 5) * smooth(draw, shape, int(draw.integers(3, 14)), int(draw.integers(4, 24)))
    return np.asarray(np.float32(10) ** (level / 20) * (1 - np.exp(-np.maximum(crossed - 0.2, 0))), np.float32)


def _contact(draw: Rng, of: Probe) -> F32:
    """Gain per beam: fades to the sides, shadows from the skin."""
    beam = np.linspace(-1, 1, of.beams, dtype=np.float32)[None]
    loss = draw.choice([0.0, draw.uniform(0, 14)]) * np.abs(beam) ** draw.uniform(2, 6)
    if draw.random() < 0.25:
        loss = loss + draw.uniform(5, 30) * np.exp(-(np.abs((beam - draw.uniform(-1.1, 1.1)) / draw.uniform(0.05, 0.3)) ** 4))
    return np.asarray(10 ** (-loss / 20), np.float32)


def _grey(draw: Rng, of: Probe, how: Look, strong: F32, bright: F32, passed: F32) -> Echoes:
    """Grain, noise and log compression."""
    grain = np.abs(_grain(draw, of, how)) ** how.grain
    shine = np.abs(_grain(draw, of, how, fine=0.8))
    floor = 10 ** ((how.noise_db + np.linspace(0, draw.uniform(0, 14), of.samples, dtype=np.float32)[:, None]) / 20)
    noise = floor * draw.rayleigh(0.8, strong.shape).astype(np.float32)
    curve = draw.uniform(0.8, 1.25)
    mix = draw.uniform(0.25, 0.75)
    heard = np.sqrt(np.square(strong * grain + noise) + np.square(bright * (1 - mix + mix * shine)))
    clean = np.sqrt(np.square(strong) + np.square(bright) + np.square(floor))
    return Echoes(_compressed(heard, how, curve), _compressed(clean, how, curve), passed)


def _compressed(strength: F32, how: Look, curve: float) -> F32:
    grey = np.float32(how.flesh_grey) + 20 * np.log10(strength + np.float32(1e-6)) / np.float32(how.range_db)
    return np.asarray(np.clip(grey, 0, 1.02) ** np.float32(curve), np.float32)


def _grain(draw: Rng, of: Probe, how: Look, fine: float = 1.0) -> NDArray[np.complex64]:
    """Complex noise of unit power with the pulse's length and the beam's width, wider with depth."""
    white = draw.standard_normal((2, of.samples, of.beams), dtype=np.float32)
    one = gaussian_filter(white, (0, how.grain_mm * fine / of.step_mm, how.grain_beams * fine), truncate=2.5)
    one = one[0] + 1j * one[1]
    return np.asarray(one / np.sqrt(np.mean(np.abs(one) ** 2)), np.complex64)


def _empty(draw: Rng, of: Probe, how: Look, soft: F32, kind: str) -> Echoes:
    """Air: rings that fade with depth. Water or gel: next to nothing."""
    along = np.linspace(0, of.depth_mm, of.samples, dtype=np.float32)[:, None]
    rings = np.cos(2 * np.pi * along / draw.uniform(2, 9)) ** 8 * draw.uniform(5, 25) - draw.uniform(0.4, 1.6) * along
    level = rings + soft * 0.2 if kind == "air" else soft * 0.3 - draw.uniform(15, 40)
    strong = np.asarray(np.float32(10) ** (level / 20), np.float32)
    return _grey(draw, of, how, strong, np.zeros_like(strong), np.ones_like(strong))
