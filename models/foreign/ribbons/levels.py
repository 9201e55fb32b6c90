"""Levels: echoes of ribbons over tissue, with shadows; as amplitudes and as greys without grain, at each (beam, sample)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtr

from models.foreign.ribbons.beams import BEAMS, SAMPLES
from models.foreign.ribbons.body import Body
from models.foreign.ribbons.cut import Cut
from models.foreign.ribbons.look import Look
from models.foreign.ribbons.ribbon import Draw, Numbers, Ribbon, bumps, chance
from models.foreign.ribbons.tissue import tissue_db

PASSES_DB = 24.0  # what a bone takes at least of what lies behind it


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """sound: amplitudes, 1 is plain muscle. gain_db (beams, samples): what the receiver adds. even: the share of an echo that has no grain.

    with_bone, without: greys of 0 to 1. cuts: of each ribbon."""

    sound: Numbers
    even: Numbers
    gain_db: Numbers
    with_bone: Numbers
    without: Numbers
    cuts: tuple[Cut, ...]


def levels_of(draw: Draw, body: Body, look: Look, cuts: tuple[Cut, ...], blind: Sequence[float] = ()) -> Levels:
    """blind: beams about which the array has lost contact."""
    clutter = 10 ** (-(look.shadow_db + draw.uniform(2, 10)) / 20)  # where shadows are hazy, canals and vessels are
    soft = np.hypot(np.power(10, tissue_db(draw, body) / 20), clutter).astype(np.float32)
    for one, cut in zip(body.section.ribbons, cuts, strict=True):
        if not one.hard:
            _echo(soft, cut, _sheet_gain(draw, one, cut), body.beams.sample_mm, thick_mm=one.thick_mm, tail=(0.0, 1.0))
    passes, hazy, bone = np.ones_like(soft), np.ones_like(soft), np.zeros_like(soft)
    for one, cut in sorted(zip(body.section.ribbons, cuts, strict=True), key=lambda pair: float(pair[1].depth_mm.min())):
        if one.hard:
            _bone(draw, one, cut, look, body.beams.sample_mm, bone, passes, hazy)
    bone = bone + draw.uniform(0, 0.03) * gaussian_filter1d(bone, draw.uniform(4, 14), axis=0)
    haze = np.maximum(hazy - passes, 0) * np.float32(10 ** (draw.uniform(-2, 3) / 20))
    sound = soft * passes + haze + bone
    gain = _receiver(draw, body, blind)
    with_bone, without = (grey(_blurred(one, look, body) + look.noise, gain, look) for one in (sound, soft))
    return Levels(sound, bone / np.maximum(sound, 1e-6), gain, with_bone, without, cuts)


def grey(sound: Numbers, gain_db: Numbers, look: Look) -> Numbers:
    """0 black to 1 white."""
    return np.asarray(np.clip(look.muscle + (20 * np.log10(np.maximum(sound, 1e-5)) + gain_db) / look.range_db, 0, 1))


def _blurred(sound: Numbers, look: Look, body: Body) -> Numbers:
    axial = gaussian_filter1d(sound, max(0.3, look.axial_mm / body.beams.sample_mm), axis=1)
    return np.asarray(gaussian_filter1d(axial, max(0.4, look.lateral_mm / body.beams.pitch_mm(body.beams.depth_mm / 2)), axis=0))


def _sheet_gain(draw: Draw, one: Ribbon, cut: Cut) -> Numbers:
    """(beams,) amplitude of a ligament, fascia or dura: uneven, weaker aslant."""
    uneven = bumps(draw, len(one.points), draw.uniform(8, 40))[cut.row.astype(int)] * draw.uniform(0.5, 3)
    return np.asarray(np.power(10, (one.gain_db + 5 + uneven + 20 * np.log10(np.maximum(cut.square, 0.1))) / 20))


def _echo(into: Numbers, cut: Cut, strength: Numbers, sample_mm: float, *, thick_mm: Numbers | float, tail: tuple[float, float]) -> None:
    """Adds an echo whose leading edge is the cut: half its height lies on it. tail: its share of the height, its length in mm."""
    met = np.flatnonzero(np.isfinite(cut.depth_mm))
    thick = np.broadcast_to(np.asarray(thick_mm, dtype=float), cut.depth_mm.shape)[met, None]
    reach = int((float(thick.max(initial=0)) * 2.0 + 1.5 + (3 * tail[1] if tail[0] else 0)) / sample_mm) + 2
    begin = np.floor((cut.depth_mm[met] - 0.8) / sample_mm).astype(int)
    samples = begin[:, None] + np.arange(reach)[None, :]
    below = samples * sample_mm - cut.depth_mm[met, None]
    rise = ndtr(below / 0.22)
    body = np.exp(-((np.maximum(below - 0.6 * thick, 0) / np.maximum(0.5 * thick, 0.15)) ** 2))
    shape = rise * np.maximum(body, tail[0] * np.exp(-np.maximum(below, 0) / tail[1]))
    good = (samples >= 0) & (samples < SAMPLES)
    into[np.broadcast_to(met[:, None], samples.shape)[good], samples[good]] += (shape * strength[met, None])[good]


def _bone(draw: Draw, one: Ribbon, cut: Cut, look: Look, sample_mm: float, bone: Numbers, passes: Numbers, hazy: Numbers) -> None:
    """Adds a bone's echo, weakened by what lies above it; nearly nothing passes it, and what it seems to let through is haze without structure."""
    met = np.isfinite(cut.depth_mm)
    if not met.any():
        return
    blotch = look.blotch_db * bumps(draw, len(one.points), draw.uniform(8, 50))[cut.row.astype(int)]
    lost = _lost(draw, one)[cut.row.astype(int)]
    aslant = np.maximum(look.rough_db, 20 * look.specular * np.log10(np.maximum(cut.square, 1e-3)))
    at = np.clip(np.where(met, cut.depth_mm, 0) / sample_mm, 0, SAMPLES - 1).astype(int)
    strength = np.power(10, (look.bone_db + one.gain_db + blotch + aslant - lost) / 20) * passes[np.arange(BEAMS), at]
    strength = gaussian_filter1d(strength, 0.7)
    swell = np.clip(draw.uniform(0.7, 1.4) + 0.35 * bumps(draw, BEAMS, draw.uniform(4, 20)), 0.3, 2) * np.sqrt(np.maximum(cut.square, 0.1))
    _echo(bone, cut, strength, sample_mm, thick_mm=look.thick_mm * swell, tail=(look.tail, look.tail_mm))
    takes = np.where(met, look.shadow_db * np.clip(1 + 0.25 * bumps(draw, BEAMS, draw.uniform(3, 20)), 0.3, 1.6), 0.0)
    takes = gaussian_filter1d(takes, 0.8)
    behind = np.clip((np.arange(SAMPLES)[None, :] * sample_mm - np.where(met, cut.depth_mm, np.inf)[:, None]) / (0.4 + 0.12 * look.thick_mm), 0, 1)
    hazy *= np.power(10, -takes[:, None] * behind / 20).astype(np.float32)
    passes *= np.power(10, -np.maximum(takes, PASSES_DB * met)[:, None] * behind / 20).astype(np.float32)
    if chance(draw, 0.12):
        twice = Cut(2 * cut.depth_mm, cut.square, cut.row)
        _echo(bone, twice, strength * draw.uniform(0.02, 0.1), sample_mm, thick_mm=look.thick_mm, tail=(0.0, 1.0))


def _lost(draw: Draw, one: Ribbon) -> Numbers:
    """Decibels missing along a bone: in a quarter of them a piece or two hardly answers."""
    lost = np.zeros(len(one.points))
    if chance(draw, 0.25):
        for _ in range(draw.integers(1, 3)):
            start, wide = draw.integers(len(lost)), int(draw.uniform(6, 26))
            lost[start : start + wide] = draw.uniform(6, 20)
    return np.asarray(gaussian_filter1d(lost, 1.5))


def _receiver(draw: Draw, body: Body, blind: Sequence[float]) -> Numbers:
    """(beams, samples) dB: time gain with its errors, what depth takes, sides that fade, a part of the array without contact."""
    deep = np.linspace(0, 1, SAMPLES)
    errors = np.interp(deep, np.linspace(0, 1, 6), draw.normal(0, 2.5, 6)) - draw.uniform(0, 16) * deep**1.5
    near = draw.uniform(-2, 12) * np.exp(-deep * body.beams.depth_mm / draw.uniform(1.5, 5))
    across = np.abs(np.linspace(-1, 1, BEAMS))
    fade = -draw.uniform(0, 10) * np.maximum(0, across - draw.uniform(0.3, 0.9)) / 0.5
    for beam in blind or ([draw.uniform(0, BEAMS)] if chance(draw, 0.12) else []):
        wide = draw.uniform(0.08, 0.3) * BEAMS / 2
        fade = fade - draw.uniform(18 if blind else 6, 30) * np.exp(-(((np.arange(BEAMS) - beam) / wide) ** 2))
    streaks = draw.uniform(0, 1.2) * bumps(draw, BEAMS, draw.uniform(1, 8))
    return np.asarray((errors + near)[None, :] + (fade + streaks)[:, None], dtype=np.float32)
