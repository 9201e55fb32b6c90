"""Echoes: strokes answer only where a beam reaches them, and stop what they do not let through.

Levels are greys of 0 to 1 without speckle (echo.py judges by them).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import lfilter
from scipy.special import erf

from models.foreign.tracings import looks
from models.foreign.tracings.looks import Look, smooth
from models.foreign.tracings.page import Page, Point, Stroke
from models.foreign.tracings.probe import BEAMS, Field, Probe

OWN_MM = 1.5  # so close above a crossing a stroke's own shadow does not count
BONE = 0.5  # opacity from which a stroke counts as bone
KNOT_MM = 3.5


@dataclass(frozen=True, slots=True)
class Scan:
    """levels, without (the same with no bone) and passed (share of the sound that arrives): (beams, samples)."""

    levels: Field
    without: Field
    passed: Field


@dataclass(frozen=True, slots=True)
class Crossings:
    """Where beams meet a stroke: beam, sample (real), the cosine between beam and normal, mm along the stroke, the stroke's place there."""

    beam: NDArray[np.int64]
    sample: Field
    facing: Field
    along_mm: Field


def crossings(stroke: Stroke, probe: Probe) -> Crossings:
    b, s = probe.beam_sample(stroke.points[:, 0], stroke.points[:, 1])
    db, ds = np.diff(b), np.diff(s)
    ends = np.clip(np.ceil(np.sort((b[:-1], b[1:]), axis=0)), 0, BEAMS)  # half open: no beam meets a joint twice
    first, count = ends[0], (ends[1] - ends[0]).astype(int)
    part = np.repeat(np.arange(len(count)), count)
    beam = first[part] + np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    share = (beam - b[part]) / db[part]
    sample = s[part] + share * ds[part]
    arm = np.abs(db[part]) * probe.pitch_mm(np.maximum(sample * probe.sample_mm, 0.0))
    facing = arm / np.maximum(np.hypot(arm, ds[part] * probe.sample_mm), 1e-9)
    inside = (sample >= 0) & (sample < probe.samples - 1)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(stroke.points, axis=0).T))))[part]
    return Crossings(beam[inside].astype(int), sample[inside], facing[inside], along[inside])


def scan(page: Page, probe: Probe, look: Look, cover_mm: float, veil: list[Point]) -> Scan:
    """page in probe_mm. veil: places whose echoes are lost."""
    met = [(stroke, crossings(stroke, probe)) for stroke in page.strokes]
    stopped = np.zeros((BEAMS, probe.samples), dtype=np.float32)
    for stroke, at in met:
        np.add.at(stopped, (at.beam, at.sample.astype(int)), np.log1p(-stroke.opacity))
    raw = np.cumsum(stopped, axis=1)
    sharp = np.exp(gaussian_filter1d(raw, 0.7, axis=0))
    passed = _softened(sharp, page)
    bone, sheets = np.zeros_like(raw), np.zeros_like(raw)
    for stroke, at in met:
        before = np.exp(raw[at.beam, np.maximum((at.sample - OWN_MM / probe.sample_mm).astype(int), 0)])
        strength = before * 10 ** (_strength_db(page, probe, look, stroke, at, veil) / 20)
        onto, whole = bone if stroke.opacity > BONE else sheets, at.sample.astype(int)
        part = at.sample - whole
        np.add.at(onto, (at.beam, whole), strength * (1 - part))
        np.add.at(onto, (at.beam, whole + 1), strength * part)
    greys = looks.bare(page, probe, look) if look.bare else looks.tissue(page, probe, look, cover_mm)
    soft = _amplitude(greys, look) + _amplitude(np.array(look.muscle + page.u(0.1, 0.3), np.float32), look) * _spread(sheets, probe, look, 0.5, page)
    hard = _amplitude(np.array(look.bone, np.float32), look) * _spread(bone, probe, look, 1.0, page)
    haze_grey = look.haze + 0.05 * smooth(page.rng, probe, 9, 18) + page.u(0, 0.05) * smooth(page.rng, probe, 4, 200)
    haze_grey = haze_grey - page.u(0.001, 0.022) * np.cumsum(1 - passed, axis=1) * probe.sample_mm  # it fades behind the bone
    haze = _amplitude(haze_grey, look) * (1 - passed)
    sound = 10 ** (looks.gains(page, probe) * look.dynamic_db / 20)
    noise = 10 ** ((page.u(-0.15, 0.1) - 1) * look.dynamic_db / 20)
    return Scan(_grey(sound * (soft * passed + hard + haze) + noise, look), _grey(sound * soft + noise, look), sharp)


def _softened(passed: Field, page: Page) -> Field:
    """Shadows whose sides blur, the deeper the more, as beams widen."""
    near, far = gaussian_filter1d(passed, page.u(0.6, 1.6), axis=0), gaussian_filter1d(passed, page.u(1.8, 5.0), axis=0)
    return np.asarray(near + (far - near) * np.linspace(0.1, 1.0, passed.shape[1], dtype=np.float32))


def _amplitude(grey: Field, look: Look) -> Field:
    return np.asarray(10 ** ((grey - 1) * look.dynamic_db / 20))


def _grey(amplitude: Field, look: Look) -> Field:
    return np.asarray(np.clip(1 + 20 * np.log10(np.maximum(amplitude, 1e-9)) / look.dynamic_db, 0, 1) ** look.gamma)


def _strength_db(page: Page, probe: Probe, look: Look, stroke: Stroke, at: Crossings, veil: list[Point]) -> Field:
    """Of an echo at each crossing: by angle, by roughness along the bone, by gaps, by the veil."""
    knots = int(at.along_mm.max(initial=0.0) / KNOT_MM) + 2
    change = page.rng.standard_normal(knots) * look.rough_db - 14.0 * (page.rng.random(knots) < page.u(0, 0.12))
    db = stroke.gain_db + np.interp(at.along_mm, np.arange(knots) * KNOT_MM, change)
    steep = np.clip(2.2 * at.facing, 0.05, 1)  # a beam that runs along a bone meets little of it
    rough = page.u(0.15, 0.5)  # what answers at any angle
    db = db + 20 * np.log10((rough + (1 - rough) * at.facing ** page.u(0.6, 4)) * steep)
    x, z = (axis[at.beam, at.sample.astype(int)] for axis in probe.places_mm)
    for place in veil:
        db = db - 26 * np.exp(-((np.hypot(x - place[0], z - place[1]) / 5.0) ** 4))
    return np.asarray(db)


def _spread(hits: Field, probe: Probe, look: Look, share: float, page: Page) -> Field:
    """Hits drawn as echoes: a quick rise at the surface, an even body, a blotchy tail. Peaks are 1 for a hit of 1 that faces the beam."""
    mm = probe.sample_mm
    body, sigma = max(1, round(look.body_mm * share / mm)), page.u(0.25, 0.5) * max(probe.depth_mm / 90, 0.8) / mm
    even = uniform_filter1d(hits, body, axis=1, origin=(body - 1) // 2) * body
    if look.tail_mm * share > 0.3:
        tail = lfilter([1.0], [1.0, -np.exp(-mm / (look.tail_mm * share))], hits, axis=1).astype(np.float32)
        even = even + look.tail_share * tail * np.clip(0.8 + 0.5 * smooth(page.rng, probe, 3.5, 4), 0.1, 2)
    pulse = gaussian_filter1d(even, sigma, axis=1)
    shift = max(0, round(0.8 * sigma))
    pulse = np.concatenate((np.zeros((BEAMS, shift), np.float32), pulse[:, : pulse.shape[1] - shift]), axis=1)
    wide = gaussian_filter1d(pulse, 0.8, axis=0)
    return np.asarray(wide / float(erf(body / sigma / 8**0.5)))
