"""From bones and flesh to a scan: echoes, shadows, haze and speckle on beams, and the same without speckle, by which truth is judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from models.foreign.digitised.field import Floats
from models.foreign.digitised.flesh import Flesh, Scan, gain, laid, texture
from models.foreign.digitised.look import Look
from models.foreign.digitised.probe import BEAMS, STEP_MM, Probe

SLICE_SHARES = (0.25, 0.5, 0.25)  # of the three places of a slice's thickness
SOFT_MM = 0.5  # over which a bone's surface sets in
RISE_SIGMAS = 1.55  # from a pulse's first edge to its middle: on a scale of dB, half of the rise of a bone 20 dB over muscle lies there


@dataclass(frozen=True, slots=True, eq=False)
class Bones:
    """distances_mm: (slices, beams, samples) to the nearest bone, over the slice's thickness; the middle one is the plane itself."""

    distances_mm: Floats
    apart_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """grey, even: 0 to 1, with and without speckle, (beams, samples). through: share of the amplitude that bone above lets pass.

    touched: contact of each beam.
    """

    grey: Floats
    even: Floats
    through: Floats
    touched: Floats


def echoes_of(probe: Probe, look: Look, scan: Scan, flesh: Flesh, bones: Bones, chance: np.random.Generator) -> Echoes:
    along = np.arange(scan.x_mm.shape[1]) * STEP_MM
    filled, faces = _bones(probe, look, scan, bones, along, chance)
    passed = np.cumsum(filled, axis=1) * STEP_MM
    through = np.exp(-look.through_per_mm * np.maximum(passed - filled * STEP_MM, 0))
    touched = _contact(look, chance)[:, None]
    slope_db = look.tgc_db_per_mm * (along - 0.4 * probe.depth_mm) - np.cumsum(flesh.loss_db_per_mm, axis=1) * STEP_MM
    reach = through * touched * gain(np.clip(slope_db, -14, 10))
    struck = (faces + flesh.sheets * (1 - filled)) * reach
    scattered = (gain(flesh.level_db) * (1 - filled) + gain(look.marrow_db) * filled) * reach
    tail = look.tail * _fading(struck, look.tail_mm)
    haze = look.haze * _blurred(_fading(scattered + 0.5 * struck, look.haze_mm), 5.0 / probe.pitch_mm(along))
    noise = gain(look.noise_db + 22 * along / along[-1])
    power = _spread(scattered**2 + tail**2 + haze**2, probe, look, along) + noise**2
    ordered = _spread(struck, probe, look, along)
    one, other = _speckle(probe, look, along, chance), _speckle(probe, look, along, chance)
    envelope = np.abs(np.sqrt(power) * one + ordered * (0.75 + 0.45 * other.real))
    even = np.sqrt(power + ordered**2)
    grey = _smoothed(_shown(envelope, look), look)
    return Echoes(grey=grey, even=_shown(even, look), through=through, touched=touched[:, 0])


def _bones(probe: Probe, look: Look, scan: Scan, bones: Bones, along: Floats, chance: np.random.Generator) -> tuple[Floats, Floats]:
    """How much of a place is bone (0 to 1), and the amplitude of the bones' faces."""
    filled = np.clip(0.5 - bones.distances_mm / SOFT_MM, 0, 1)
    down = np.gradient(bones.distances_mm, STEP_MM, axis=2)
    aside = np.gradient(bones.distances_mm, axis=1) / probe.pitch_mm(along)
    off = np.broadcast_to((bones.distances_mm[2] - bones.distances_mm[0]) / (2 * bones.apart_mm), down.shape)
    square = np.clip(-down / np.sqrt(down**2 + aside**2 + off**2 + 1e-6), 0, 1)
    answer = look.glancing + (1 - look.glancing) * square**look.lobe
    rise = np.clip(np.diff(filled, axis=2, prepend=filled[:, :, :1]), 0, None)
    blotches = gain(look.blotch_db * laid(texture(chance, 3.5, 3.5), scan.x_mm, scan.z_mm))
    shares = np.array(SLICE_SHARES)[:, None, None]
    faces = (shares * rise * answer).sum(axis=0) * gain(look.bone_db) * blotches
    peak = np.sqrt(2 * np.pi) * np.hypot(look.pulse_mm, 0.3 * SOFT_MM) / STEP_MM  # a pulse that sums to 1 is this much lower
    return (shares * filled).sum(axis=0), faces * peak


def _contact(look: Look, chance: np.random.Generator) -> Floats:
    """Amplitude of each beam: lost at one end of the array where it stands off."""
    places = np.linspace(0, 1, BEAMS)
    places = places if chance.random() < 0.5 else 1 - places
    return np.asarray(1 / (1 + np.exp(-(places - look.contact) / 0.04))) if look.contact else np.ones_like(places)


def _fading(amplitude: Floats, over_mm: float) -> Floats:
    """What echoes leave beneath them, fading over a length."""
    keep = np.exp(-STEP_MM / over_mm)
    return np.asarray(lfilter([0.0, 1 - keep], [1.0, -keep], amplitude, axis=1))


def _blurred(amplitude: Floats, beams: Floats) -> Floats:
    return np.asarray(gaussian_filter1d(amplitude, float(np.median(beams)), axis=0, mode="nearest"))


def _widths(probe: Probe, look: Look, along: Floats) -> Floats:
    """Half-width of the beam in beams at each sample: least at the focus."""
    mm = look.width_mm * (0.5 + 0.5 * np.abs(along - probe.focus_mm) / probe.focus_mm)
    return np.asarray(mm / probe.pitch_mm(along))


def _across(field: Floats, widths: Floats) -> Floats:
    """Smoothed over beams by a width that changes with depth: between three fixed widths."""
    low, high = float(widths.min()), float(widths.max()) + 1e-3
    stops = np.array([low, (low + high) / 2, high])
    layers = [gaussian_filter1d(field, max(stop, 0.2), axis=0, mode="nearest") for stop in stops]
    place = np.clip((widths - low) / (high - low) * 2, 0, 2)
    shares = np.clip(1 - np.abs(place[None, :] - np.arange(3)[:, None]), 0, 1)
    return np.asarray(sum(layer * share for layer, share in zip(layers, shares, strict=True)))


def _spread(field: Floats, probe: Probe, look: Look, along: Floats) -> Floats:
    """Drawn out over pulse and beam; its first edge, on a scale of dB, falls on what it came from."""
    sigma = look.pulse_mm / STEP_MM
    pulsed = gaussian_filter1d(field, sigma, axis=1, mode="nearest")
    late = round(RISE_SIGMAS * float(np.hypot(look.pulse_mm, 0.3 * SOFT_MM)) / STEP_MM)
    pulsed = np.concatenate([pulsed[:, :1].repeat(late, axis=1), pulsed[:, : pulsed.shape[1] - late]], axis=1)
    return _across(pulsed, _widths(probe, look, along))


def _speckle(probe: Probe, look: Look, along: Floats, chance: np.random.Generator) -> Floats:
    """Complex, of power 1 at each depth."""
    shape = (BEAMS, len(along))
    rough = chance.normal(size=shape) + 1j * chance.normal(size=shape)
    sigma = look.pulse_mm / STEP_MM
    parts = [_across(gaussian_filter1d(part, sigma, axis=1, mode="wrap"), _widths(probe, look, along)) for part in (rough.real, rough.imag)]
    smooth = parts[0] + 1j * parts[1]
    return np.asarray(smooth / np.sqrt((np.abs(smooth) ** 2).mean(axis=0, keepdims=True)))


def _shown(envelope: Floats, look: Look) -> Floats:
    """Grey 0 to 1 of an envelope: logarithmic, then the scanner's map."""
    level_db = 20 * np.log10(np.maximum(envelope, 1e-6))
    return np.asarray(np.clip(level_db / look.range_db + look.muscle_grey, 0, 1) ** look.gamma)


def _smoothed(grey: Floats, look: Look) -> Floats:
    """Speckle taken down, as scanners do, by a share of a smoother picture."""
    smooth = gaussian_filter1d(gaussian_filter1d(grey, 1.3, axis=0), 1.8, axis=1)
    return np.asarray((1 - 0.85 * look.smooth) * grey + 0.85 * look.smooth * smooth)
