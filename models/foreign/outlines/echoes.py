"""Echoes: bones and bands of a scene laid into beam space, with the shadow that bones cast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, maximum_filter1d, minimum_filter1d
from scipy.signal import lfilter

from models.foreign.outlines.chance import Chance, Floats
from models.foreign.outlines.look import Look
from models.foreign.outlines.probe import BEAMS, SAMPLE_MM, Probe
from models.foreign.outlines.scene import Band, Bone, Oval, Scene

NEVER = 1e6  # a sample deeper than any picture: no bone in this beam
RISE = 1.1  # samples that an echo is laid below its surface, so that after all blurring its grey rises at the surface: measured
SELF_SHADOW = 6  # samples: bone at the same depth within this is the same surface


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """bone, soft: 0 to 1 share of an echo at each cell, (samples, beams). shade: 0 to 1.
    first: (beams,) sample of the first bone that casts a shadow. laid: bone's echoes before they get their thickness and tails."""

    bone: Floats
    soft: Floats
    shade: Floats
    first: NDArray[np.float64]
    laid: Floats


def _cells(probe: Probe, curve: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.bool_]]:
    """Beam number, real sample, and whether it lies in the fan, of a curve's points (made dense enough that no beam is skipped).
    A band between bones that touch has no point."""
    if not len(curve):
        return np.zeros(0, np.intp), np.zeros(0), np.zeros(0, np.bool_)
    fine = np.linspace(0, len(curve) - 1, 2 * len(curve))
    dense = np.column_stack([np.interp(fine, np.arange(len(curve)), curve[:, axis]) for axis in (0, 1)])
    beam, sample = probe.beams_of(dense)
    number = np.round(beam).astype(np.intp)
    return number, sample, (number >= 0) & (number < BEAMS) & (sample >= 0) & (sample < probe.samples - 1)


def first_bone(probe: Probe, bones: list[Bone]) -> NDArray[np.float64]:
    """(beams,) sample of the shallowest bone that casts a shadow; NEVER where there is none."""
    first = np.full(BEAMS, NEVER)
    for bone in bones:
        if bone.casts:
            number, sample, inside = _cells(probe, bone.curve)
            np.minimum.at(first, number[inside], sample[inside])
    return first


def _facing(probe: Probe, number: NDArray[np.intp], sample: NDArray[np.float64], law: float) -> NDArray[np.float64]:
    """Brightness by the angle between the beam and the surface's normal, 0 to 1."""
    across = np.gradient(number.astype(float)) * probe.beam_mm(float(np.median(sample)) * SAMPLE_MM)
    across = gaussian_filter1d(across, 3.0)
    down = gaussian_filter1d(np.gradient(sample) * SAMPLE_MM, 1.5)
    cosine = np.abs(across) / np.maximum(np.hypot(across, down), 1e-6)
    return np.asarray(np.clip(0.06 + 0.94 * cosine**law, 0, 1))


def _lay(target: Floats, number: NDArray[np.intp], sample: NDArray[np.float64], gain: NDArray[np.float64]) -> None:
    """Put points into cells, shared between two samples, so that an edge moves smoothly."""
    low = np.minimum(np.floor(sample + RISE).astype(np.intp), len(target) - 2)
    part = sample + RISE - low
    np.maximum.at(target, (low, number), gain * (1 - 0.5 * part))
    np.maximum.at(target, (low + 1, number), gain * (0.5 + 0.5 * part))


def _lay_bone(target: Floats, chance: Chance, probe: Probe, look: Look, bone: Bone, first: NDArray[np.float64]) -> None:
    number, sample, inside = _cells(probe, bone.curve)
    gain = bone.gain * _facing(probe, number, sample, look.law)
    patch = gaussian_filter1d(chance.noise(len(number)), chance.between(3, 16))
    patch /= max(float(patch.std()), 1e-6)
    gain *= np.exp(-look.blotch * np.maximum(patch, -0.5))
    if look.broken:
        gain *= np.where(patch > np.quantile(patch, 1 - 0.5 * look.broken), 0.15, 1.0)
    number, sample, gain = number[inside], sample[inside], gain[inside]
    gain *= np.where(sample > first[number] + SELF_SHADOW, look.leak * 0.6, 1.0)
    _lay(target, number, sample, gain)


def _with_tails(laid: Floats, look: Look) -> Floats:
    """Echoes drawn downwards: full over their thickness, then a tail that decays; the rise stays at the leading edge."""
    thick = max(1, round(look.thick_mm / SAMPLE_MM))
    full = lfilter(np.ones(thick), [1.0], laid, axis=0) / min(thick, 2)
    keep = float(np.exp(-SAMPLE_MM / max(look.tail_mm * 0.6, 0.05)))
    tail = lfilter([1 - keep], [1.0, -keep], full, axis=0) * min(2.0, 1 + look.tail_mm / 4)
    drawn = gaussian_filter(np.maximum(full, tail), (0.6, 0.8), truncate=2.5)
    return np.asarray(np.tanh(2.4 * drawn), np.float32)


def _lay_band(target: Floats, chance: Chance, probe: Probe, look: Look, band: Band, first: NDArray[np.float64]) -> None:
    number, sample, inside = _cells(probe, band.curve)
    number, sample = number[inside], sample[inside]
    if not len(number):
        return
    patch = gaussian_filter1d(chance.noise(len(number)), chance.between(4, 20))
    gain = band.gain * np.exp(-0.5 * look.blotch * np.maximum(patch / max(float(patch.std()), 1e-6), -0.5))
    gain *= np.where(sample > first[number] + 2, look.leak * 0.5, 1.0)
    for step in range(max(1, round(band.thick_mm / SAMPLE_MM))):
        _lay(target, number, np.minimum(sample + step, probe.samples - 2), gain * 0.88**step)


def shade_of(chance: Chance, probe: Probe, look: Look, first: NDArray[np.float64]) -> Floats:
    """(samples, beams): 0 above bone, 1 in its full shadow, with soft sides."""
    reach = 2 * chance.count(1, 5) + 1  # gaps narrower than this many beams let no sound through that comes back
    narrow = maximum_filter1d(minimum_filter1d(first, reach), reach)
    start = narrow + (look.thick_mm + chance.between(0, 1.0)) / SAMPLE_MM + RISE
    soft = chance.between(0.8, 4)
    depth = np.arange(probe.samples, dtype=np.float32)[:, None]
    hard = np.clip((depth - start[None, :].astype(np.float32)) / soft, 0, 1)
    return np.asarray((1 - look.leak) * gaussian_filter1d(hard, chance.between(0.5, 2.5), axis=1), np.float32)


def of_scene(chance: Chance, probe: Probe, look: Look, scene: Scene) -> Echoes:
    """All echoes of the scene and its shadows."""
    first = first_bone(probe, scene.bones)
    bone, soft = (np.zeros((probe.samples, BEAMS), np.float32) for _ in range(2))
    for piece in scene.bones:
        if piece.gain > 0:
            _lay_bone(bone, chance, probe, look, piece, first)
    for band in scene.bands:
        _lay_band(soft, chance, probe, look, band, first)
    soft = gaussian_filter(soft, (0.5, 1.0), truncate=2.5)
    return Echoes(_with_tails(bone, look), soft, shade_of(chance, probe, look, first), first, bone)


def oval_factor(x: Floats, z: Floats, oval: Oval) -> Floats:
    """(samples, beams) factor on the tissue: the oval's level inside, its rim a little brighter than the tissue."""
    reach = np.hypot((x - oval.middle[0]) / oval.radii[0], (z - oval.middle[1]) / oval.radii[1])
    inside = np.clip((1.15 - reach) / 0.3, 0, 1)
    rim = oval.rim * np.exp(-(((reach - 1.05) / 0.14) ** 2))
    return np.asarray(1 + (oval.level - 1) * inside + rim, np.float32)
