"""Scan: a map of random scatterers in beam space, weighted by tissue, over which the pulse and the beam are laid.

Rule 1: powers add. Tissue, a rough surface and clutter are scatterers of random phase, whose mean power the pulse and beam only smear: so levels
without speckle are computed, not averaged. The mirror's part of a bone has its phase and adds as an amplitude.
Rule 2: sound that a bone has stopped is gone for all beneath it on that beam, in proportion to how much of the slice the bone fills.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.signal import lfilter

from models.foreign.sections.cuts import Surface, surface_of
from models.foreign.sections.look import Look
from models.foreign.sections.probe import BEAMS, Grid, Probe
from models.foreign.sections.shapes import Random, Section
from models.foreign.sections.tissue import Body, sheet_power

ZONES = 8  # of depth, in each of which the beam is one


@dataclass(frozen=True, slots=True)
class Scan:
    """power, without: (beams, samples) before pulse and beam, with bone and with none. mirror: complex amplitude. levels, bare: greys without
    speckle of the two. passed: share of power that reaches a sample. surface: where beams meet bone."""

    power: Grid
    mirror: Grid
    levels: Grid
    bare: Grid
    passed: Grid
    surface: Surface


def scanned(rng: Random, probe: Probe, section: Section, body: Body, look: Look) -> Scan:
    surface = surface_of(probe, section.bones)
    r = probe.depths().astype(np.float32)
    sent = 10 ** ((look.fade_db[:, None] + look.loss_db_mm * r) / 10).astype(np.float32)
    lead = 1.1 * look.pulse_mm
    soft = (10 ** (body.echo_db / 10) + sheet_power(probe, body.sheets, look.facing_deg, lead)) * sent
    stopped = np.maximum.accumulate(surface.share, axis=1)
    passed = 1 - stopped * np.float32(1 - look.leak)
    rough, mirror = _answers(rng, probe, look, surface, sent, passed)
    haze = 10 ** ((look.haze_db[:, None] + look.haze_db_mm * r) / 10) * sent
    power = soft * passed * (1 - surface.share) + rough + haze
    bare = soft + haze
    noise = 10 ** ((look.noise_db + look.noise_db_mm * r) / 10)
    beams = _beams(probe, look)
    mirrored = np.abs(_laid(mirror, beams)) ** 2
    return Scan(
        power.astype(np.float32),
        mirror,
        look.greys(_smeared(power, probe, look, beams) + mirrored + noise),
        look.greys(_smeared(bare, probe, look, beams) + noise),
        passed,
        surface,
    )


def _answers(rng: Random, probe: Probe, look: Look, surface: Surface, sent: Grid, passed: Grid) -> tuple[Grid, Grid]:
    """The bones' power of random phase with its tails, and the mirror's amplitude over the pulse."""
    rough, mirror = np.zeros((BEAMS, probe.samples), np.float32), np.zeros((BEAMS, probe.samples), np.complex64)
    lead = round(1.1 * look.pulse_mm / probe.sample_mm)
    inside = surface.sample + lead < probe.samples
    beam, sample = surface.beam[inside], surface.sample[inside]
    if len(beam):
        blotch = gaussian_filter1d(rng.normal(size=(BEAMS, 8)), max(0.8, look.blotch_mm / float(probe.pitch_mm(np.array([probe.depth_mm / 2]))[0])), axis=0, mode="wrap")
        blotch = blotch / max(float(blotch.std()), 1e-9) * look.blotch_db
        uneven = blotch[beam, (sample * 8) // probe.samples]  # nearby depths answer alike
        tilt = np.degrees(np.arccos(np.clip(surface.facing[inside], 0, 1)))
        facing = np.exp(-((tilt / look.facing_deg) ** 2))
        full = 10 ** ((look.bone_db + uneven) / 10) * sent[beam, sample] * passed[beam, np.maximum(sample - 1, 0)] * surface.strength[inside]
        scattered = full * (look.rough * np.maximum(surface.facing[inside], 0.1) + (1 - look.rough) * (1 - look.coherent) * facing)
        np.add.at(rough, (beam, sample + lead), scattered.astype(np.float32))
        drift = np.cumsum(rng.normal(0, 0.35, BEAMS))[beam]
        np.add.at(mirror, (beam, sample + lead), (np.sqrt(full * (1 - look.rough) * look.coherent * facing) * np.exp(1j * drift)).astype(np.complex64))
    tail = np.exp(-probe.sample_mm / max(look.tail_mm / 2.3, look.pulse_mm * 1.2))
    lag = np.exp(-probe.sample_mm / look.lag_mm)
    tails = lfilter([1.0], [1.0, -tail], rough, axis=1) + 10 ** (look.lag_db / 10) * lfilter([0.0, 1.0], [1.0, -lag], rough + np.abs(mirror) ** 2, axis=1)
    return tails, gaussian_filter1d(mirror.real, s := look.pulse_mm / probe.sample_mm, axis=1) * (s * 2.507) + 1j * (
        gaussian_filter1d(mirror.imag, s, axis=1) * (s * 2.507)
    )


def _beams(probe: Probe, look: Look) -> list[tuple[slice, Grid]]:
    """The beam's profile of each zone of depth: (beams, beams), rows that add up to 1."""
    r, index = probe.depths(), np.arange(BEAMS)
    away = np.abs(index[:, None] - index).astype(np.float32)
    made = []
    for part in np.array_split(np.arange(probe.samples), ZONES):
        middle = r[part[len(part) // 2]]
        sigma = np.hypot(look.beam_mm, look.spread * (middle - look.focus_mm)) / float(probe.pitch_mm(np.array([middle]))[0])
        kernel = np.exp(-0.5 * (away / max(sigma, 0.4)) ** 2) + look.lobes * np.exp(-away / (4 * sigma + 2))
        made.append((slice(int(part[0]), int(part[-1]) + 1), (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)))
    return made


def _laid(field: Grid, beams: list[tuple[slice, Grid]]) -> Grid:
    """The beam over amplitudes."""
    return np.concatenate([kernel @ field[:, part] for part, kernel in beams], axis=1)


def _smeared(power: Grid, probe: Probe, look: Look, beams: list[tuple[slice, Grid]]) -> Grid:
    """Pulse and beam over powers of random phase: their squares, which add up to 1."""
    along = gaussian_filter1d(power, look.pulse_mm / probe.sample_mm / 2**0.5, axis=1)
    return np.concatenate([(kernel**2 / (kernel**2).sum(axis=1, keepdims=True)) @ along[:, part] for part, kernel in beams], axis=1)


def speckled(rng: Random, probe: Probe, scan: Scan, look: Look) -> Grid:
    """(beams, samples) greys of 0 to 1 as the scanner shows them."""
    shape = (2, BEAMS, probe.samples)
    s, beams = look.pulse_mm / probe.sample_mm, _beams(probe, look)
    white = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(scan.power / 2)
    along = gaussian_filter1d(white, s, axis=2) * np.sqrt(2 * s * np.sqrt(np.pi))
    field = np.concatenate(
        [kernel @ (along[:, :, part] / np.sqrt((kernel**2).sum(axis=1))[None, :, None]) for part, kernel in beams], axis=2
    )
    laid = _laid(scan.mirror, beams)
    r = probe.depths().astype(np.float32)
    hiss = rng.standard_normal(shape, dtype=np.float32) * 10 ** ((look.noise_db + look.noise_db_mm * r) / 20) / np.float32(2**0.5)
    power = (field[0] + laid.real + hiss[0]) ** 2 + (field[1] + laid.imag + hiss[1]) ** 2
    greys = scan.levels + look.grain * (look.greys(power) - scan.levels)
    if look.blur:
        greys = gaussian_filter(greys, look.blur)
    if look.sharpen:
        greys = greys + look.sharpen * (greys - gaussian_filter(greys, 1.5))
    return np.asarray(np.clip(greys, 0, 1))
