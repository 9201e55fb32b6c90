"""Scan: a map of random scatterers in beam space, weighted by tissue, over which the pulse and the beam are laid.

Rule 1: powers add. Tissue, a rough surface and clutter are scatterers of random phase, whose mean power the pulse and beam only smear: so levels
without speckle are computed, not averaged. The mirror's part of a bone has its phase and adds as an amplitude.
Rule 2: sound that a bone has stopped is gone for all beneath it on that beam, in proportion to how much of the slice the bone fills.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.signal import lfilter

from models.foreign.sections.cuts import Surface
from models.foreign.sections.look import Look, powers
from models.foreign.sections.probe import BEAMS, Grid, Probe
from models.foreign.sections.shapes import Random
from models.foreign.sections.tissue import Body, sheet_power

ZONES = 8  # of depth, in each of which the beam is one
Zone: TypeAlias = tuple[slice, Grid, Grid]  # samples; the beam over amplitudes, rows that add up to 1; the same over powers


@dataclass(frozen=True, slots=True)
class Scan:
    """power, without: (beams, samples) before pulse and beam, with bone and with none. mirror: (2, beams, samples), the real and imaginary
    amplitude after them. levels, bare: greys without
    speckle of the two. passed: share of power that reaches a sample. surface: where beams meet bone. beams: each zone's beam profile."""

    power: Grid
    mirror: Grid
    levels: Grid
    bare: Grid
    passed: Grid
    surface: Surface
    beams: list[Zone]


def scanned(rng: Random, probe: Probe, surface: Surface, body: Body, look: Look) -> Scan:
    r = probe.depths().astype(np.float32)
    sent = powers(look.fade_db[:, None] + look.loss_db_mm * r)
    lead = 1.1 * look.pulse_mm
    soft = (powers(body.echo_db) + sheet_power(probe, body, look.facing_deg, lead)) * sent
    stopped = np.maximum.accumulate(surface.share, axis=1)
    shade_beams = look.shade_mm / float(probe.pitch_mm(np.array([probe.depth_mm / 2]))[0])  # an aperture is wide: a shadow's edge is soft
    passed = gaussian_filter1d(1 - stopped * np.float32(1 - look.leak), shade_beams, axis=0, mode="nearest")
    rough, mirror = _answers(rng, probe, look, surface, sent, passed)
    haze = powers(look.haze_db[:, None] + look.haze_db_mm * r) * sent
    power = soft * passed * (1 - surface.share) + rough + haze
    bare = soft + haze
    noise = powers(look.noise_db + look.noise_db_mm * r)
    beams = _beams(probe, look)
    laid = _laid(mirror, beams)
    mirrored = (laid**2).sum(axis=0)
    return Scan(power, laid, look.greys(_smeared(power, probe, look, beams) + mirrored + noise), look.greys(_smeared(bare, probe, look,
        beams) + noise), passed, surface, beams)


def _answers(rng: Random, probe: Probe, look: Look, surface: Surface, sent: Grid, passed: Grid) -> tuple[Grid, Grid]:
    """The bones' power of random phase with its tails, and the mirror's amplitude (2, beams, samples) over the pulse."""
    rough, mirror = np.zeros((BEAMS, probe.samples), np.float32), np.zeros((2, BEAMS, probe.samples), np.float32)
    lead = round(1.1 * look.pulse_mm / probe.sample_mm)
    inside = surface.sample + lead < probe.samples
    beam, sample = surface.beam[inside], surface.sample[inside]
    if len(beam):
        blotch = gaussian_filter1d(rng.normal(size=(BEAMS, 8)), max(0.8, look.blotch_mm / float(probe.pitch_mm(np.array([probe.depth_mm / 2]))[0])),
            axis=0, mode="wrap")
        blotch = blotch / max(float(blotch.std()), 1e-9) * look.blotch_db
        uneven = blotch[beam, (sample * 8) // probe.samples]  # nearby depths answer alike
        tilt = np.degrees(np.arccos(np.clip(surface.facing[inside], 0, 1)))
        facing = np.exp(-((tilt / look.facing_deg) ** 2))
        full = 10 ** ((look.bone_db + uneven) / 10) * sent[beam, sample] * passed[beam, np.maximum(sample - 1, 0)] * surface.strength[inside]
        scattered = full * (look.rough * np.maximum(surface.facing[inside], 0.1) + (1 - look.rough) * (1 - look.coherent) * facing)
        np.add.at(rough, (beam, sample + lead), scattered.astype(np.float32))
        drift = np.cumsum(rng.normal(0, 0.35, BEAMS))[beam]
        amplitude = np.sqrt(full * (1 - look.rough) * look.coherent * facing)
        mirror[0, beam, sample + lead] = amplitude * np.cos(drift)
        mirror[1, beam, sample + lead] = amplitude * np.sin(drift)
    tail = np.exp(-probe.sample_mm / max(look.tail_mm / 2.3, look.pulse_mm * 1.2))
    lag, band = np.exp(-probe.sample_mm / look.lag_mm), round(look.band_mm / probe.sample_mm)
    scattered_on = gaussian_filter1d(rough + (mirror**2).sum(axis=0), look.lag_beams, axis=0)
    first = np.zeros_like(rough)  # where the band ends and the tail begins
    first[:, band:] = rough[:, : probe.samples - band]
    tails = np.cumsum(rough - first, axis=1) + lfilter([1.0], [1.0, -tail], first, axis=1)
    tails = tails + 10 ** (look.lag_db / 10) * lfilter([0.0, 1.0], [1.0, -lag], scattered_on, axis=1)
    s = look.pulse_mm / probe.sample_mm
    over = float(s * np.sqrt(2 * np.pi))  # so that the pulse's peak is 1
    return tails.astype(np.float32), over * gaussian_filter1d(mirror, s, axis=2)


def _beams(probe: Probe, look: Look) -> list[Zone]:
    """The beam's profile of each zone of depth: (beams, beams)."""
    r, away = probe.depths(), np.arange(BEAMS)
    apart = np.abs(away[:, None] - away)
    made = []
    for part in np.array_split(np.arange(probe.samples), ZONES):
        middle = r[part[len(part) // 2]]
        sigma = np.hypot(look.beam_mm, look.spread * (middle - look.focus_mm)) / float(probe.pitch_mm(np.array([middle]))[0])
        kernel = (np.exp(-0.5 * (away / max(sigma, 0.4)) ** 2) + look.lobes * np.exp(-away / (4 * sigma + 2))).astype(np.float32)[apart]
        kernel /= kernel.sum(axis=1, keepdims=True)
        made.append((slice(int(part[0]), int(part[-1]) + 1), kernel, kernel**2 / (kernel**2).sum(axis=1, keepdims=True)))
    return made


def _laid(field: Grid, beams: list[Zone]) -> Grid:
    """The beam over amplitudes."""
    return np.concatenate([kernel @ field[..., part] for part, kernel, _ in beams], axis=-1)


def _smeared(power: Grid, probe: Probe, look: Look, beams: list[Zone]) -> Grid:
    """Pulse and beam over powers of random phase: their squares, which add up to 1."""
    along = gaussian_filter1d(power, look.pulse_mm / probe.sample_mm / 2**0.5, axis=1)
    return np.concatenate([kernel @ along[:, part] for part, _, kernel in beams], axis=1)


def speckled(rng: Random, probe: Probe, scan: Scan, look: Look) -> Grid:
    """(beams, samples) greys of 0 to 1 as the scanner shows them."""
    shape = (2, BEAMS, probe.samples)
    s, beams = look.pulse_mm / probe.sample_mm, scan.beams
    white = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(scan.power / 2)
    along = gaussian_filter1d(white, s, axis=2) * float(np.sqrt(2 * s * np.sqrt(np.pi)))
    field = np.concatenate([kernel @ (along[:, :, part] / np.sqrt((kernel**2).sum(axis=1))[None, :, None]) for part, kernel, _ in beams], axis=2)
    r = probe.depths().astype(np.float32)
    hiss = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(powers(look.noise_db + look.noise_db_mm * r) / 2)
    power = ((field + scan.mirror + hiss) ** 2).sum(axis=0)
    greys = scan.levels + look.grain * (look.greys(power) - scan.levels)
    if look.blur:
        greys = gaussian_filter(greys, look.blur)
    if look.sharpen:
        greys = greys + look.sharpen * (greys - gaussian_filter(greys, 1.5))
    return np.asarray(np.clip(greys, 0, 1))
