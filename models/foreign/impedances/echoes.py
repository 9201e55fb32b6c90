"""Echoes: from impedance, scattering and loss to greys. An edge's echo is the slope of log impedance along the beam;
sound is budgeted along each beam.

Rule 1: greys without grain come first, with bone and without it, for models/foreign/echo.py; grain multiplies them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from models.foreign.impedances.flesh import Flesh, woven
from models.foreign.impedances.loft import FAR_MM, Cut
from models.foreign.impedances.look import Look
from models.foreign.impedances.probe import Draw, Numbers

BEHIND_MM = 0.2  # with the pulse's length the step of impedance lies so far within the surface, so that its echo begins at the surface
LOST_DB = -50.0


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """All (beams, samples). db, bare_db: over muscle's grain, with bone and without. sound_db: that reaches a sample. edge: share of the echo that
    is an edge's, 0 to 1."""

    db: Numbers
    bare_db: Numbers
    sound_db: Numbers
    edge: Numbers


def echoes_of(draw: Draw, cut: Cut, flesh: Flesh, look: Look, contact_db: Numbers) -> Echoes:
    """contact_db: (beams,) what the face's contact leaves of the sound."""
    inside, squarely = _bone(draw, cut, look)
    step = cut.array.sample_mm
    bare_sound = -np.cumsum(flesh.loss_db_mm, axis=1) * np.float32(step)
    sound = bare_sound - np.cumsum(inside, axis=1) * np.float32(step * look.shadow_db_mm)
    sound = gaussian_filter1d(np.maximum(sound, np.float32(LOST_DB)), look.compound_beams, axis=0, mode="nearest")
    floor = _floor(draw, cut, look)
    soft = np.abs(_slope(flesh.log_z, step))
    hard = np.maximum(_slope(inside, step), 0) * np.float32(10 ** (look.bone_db / 20) * 4 * look.bone_edge_mm) * squarely
    edges = _smeared(np.stack([soft, soft + hard]), look, cut)
    scatter = 10 ** (flesh.scatter_db / 20)
    bare = _sum(scatter, edges[0], 10 ** (bare_sound / 20), np.zeros_like(scatter), look)
    heard = 10 ** (sound / 20)
    marrow = scatter * (1 - np.float32(0.6) * inside)
    full = _sum(marrow, edges[1], heard, _haze(draw, cut, look, heard), look)
    tilt = floor[0] + contact_db[:, None]
    share = edges[1] * heard
    edge = share**2 / np.maximum(full**2, 1e-9)
    noise = 10 ** (floor[1] / 10)
    db = [10 * np.log10(part**2 * 10 ** (tilt / 10) + noise) for part in (full, bare)]
    return Echoes(db[0], db[1], sound, np.minimum(edge, 1))


def _bone(draw: Draw, cut: Cut, look: Look) -> tuple[Numbers, Numbers]:
    """How much of each sample is bone, and how squarely, with how much of the surface's patches, its beam meets bone there."""
    field = cut.all_bones()
    if not (field < FAR_MM / 2).any():
        return np.zeros_like(field), np.ones_like(field)
    down = _slope(field, cut.array.sample_mm)
    across = np.gradient(field, axis=0) / cut.array.pitch_mm()[None, :]
    steep = np.maximum(np.hypot(down, across), np.float32(0.3))
    met = np.clip(-down / steep, 0.05, 1)
    patch = woven(9.0, cut.x * np.float32(draw.uniform(1, 5)) + 900, cut.z * np.float32(2) + np.float32(draw.uniform(0, 500)))
    patches = np.clip(1 + np.float32(draw.uniform(0.0, 0.45)) * patch, 0.15, 1.6)
    out = (field / steep + np.float32(BEHIND_MM + look.pulse_mm)) / np.float32(max(look.bone_edge_mm, 0.6 * cut.array.sample_mm))
    inside = 1 / (1 + np.exp(np.clip(out, -12, 12)))
    return inside.astype(np.float32), met ** np.float32(look.squareness) * patches


def _slope(values: Numbers, step_mm: float) -> Numbers:
    slope = np.empty_like(values)
    slope[:, 1:-1] = (values[:, 2:] - values[:, :-2]) * np.float32(0.5 / step_mm)
    slope[:, 0], slope[:, -1] = slope[:, 1], slope[:, -2]
    return slope


def _smeared(edges: Numbers, look: Look, cut: Cut) -> Numbers:
    """Through the pulse, and with the tail that follows it."""
    step = cut.array.sample_mm
    sharp = gaussian_filter1d(edges, max(0.4, look.pulse_mm / step), axis=2, mode="nearest")
    keep = float(np.exp(-step / look.tail_mm))
    tail = lfilter([1 - keep], [1, -keep], sharp, axis=2).astype(np.float32)
    both = sharp + tail * np.float32(10 ** (look.tail_db / 20) * look.tail_mm / max(look.pulse_mm, 0.2))
    return np.asarray(gaussian_filter1d(both, look.blur_beams, axis=1, mode="nearest"))


def _sum(scatter: Numbers, edges: Numbers, heard: Numbers, haze: Numbers, look: Look) -> Numbers:
    power = (scatter**2 + edges**2) * heard**2 + haze**2
    return np.asarray(np.sqrt(gaussian_filter1d(power, look.blur_beams, axis=0, mode="nearest")))


def _haze(draw: Draw, cut: Cut, look: Look, heard: Numbers) -> Numbers:
    """What shows in shadow: sound that went astray or came back twice, falling with depth, in slow clouds and faint bands."""
    clouds = woven(9.0, cut.x * np.float32(draw.uniform(0.5, 2)) + 900, cut.z * np.float32(draw.uniform(0.7, 3)) + np.float32(draw.uniform(0, 500)))
    level = np.float32(look.haze_db) - np.float32(look.haze_fall_db_mm) * np.maximum(cut.z - 20, 0) + clouds * np.float32(draw.uniform(0.5, 3.5))
    return np.asarray(10 ** (level / 20) * np.sqrt(np.maximum(1 - heard**2, 0)))


def _floor(draw: Draw, cut: Cut, look: Look) -> tuple[Numbers, Numbers]:
    """(1, samples) how the gain is off with depth, and the noise, in dB."""
    share = np.linspace(0, 1, cut.x.shape[1], dtype=np.float32)[None, :]
    bump = draw.normal(0, 2.5) * np.sin(share * draw.uniform(3, 9) + draw.uniform(0, 6))
    gain = np.float32(look.gain_fall_db) * (share - np.float32(0.3)) + bump
    return gain.astype(np.float32), np.float32(look.noise_db) + np.maximum(gain, 0).astype(np.float32) + 6 * share


def greys(db: Numbers, look: Look) -> Numbers:
    """0 to 1 on the screen."""
    level = np.clip(db / np.float32(look.range_db) + np.float32(look.muscle_grey), 0, 1)
    return np.asarray(level ** np.float32(look.gamma))


def grained(draw: Draw, echoes: Echoes, cut: Cut, look: Look) -> Numbers:
    """Greys with speckle: correlated, of one to three looks, less of it on edges that answer as mirrors do."""
    shape = cut.x.shape
    axial = max(0.45, look.speckle_mm / cut.array.sample_mm)
    power = np.zeros(shape, np.float32)
    for _ in range(look.looks):
        parts = draw.standard_normal((2, *shape), np.float32)
        parts = gaussian_filter1d(gaussian_filter1d(parts, axial, axis=2, mode="wrap"), look.speckle_beams, axis=1, mode="nearest")
        power += parts[0] ** 2 + parts[1] ** 2
    grain = 10 * np.log10(np.maximum(power / power.mean(), 1e-4))
    picture = greys(echoes.db + grain * (1 - np.float32(0.5) * echoes.edge), look)
    if look.sharpen:
        soft = gaussian_filter1d(picture, 2.0, axis=1, mode="nearest")
        picture = np.clip(picture + np.float32(look.sharpen) * (picture - soft), 0, 1)
    return picture
