"""Tissue: skin, fat, fascia and muscle over and around the bones, as powers in beam space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from models.foreign.sections.cuts import Crossings, crossings, filled
from models.foreign.sections.probe import BEAMS, Grid, Probe
from models.foreign.sections.shapes import Points, Random, Section, Sheet, within

TILE = 48  # knots of a texture's square, which repeats
EACH = 2  # samples that share a fine texture's value: the pulse is longer


@dataclass(frozen=True, slots=True)
class Body:
    """echo_db: (beams, samples) of soft tissue without bone. sheets: with the layers' own, in probe coordinates. uneven_db: (sheets, beams) of their
    echoes. met: where beams cross each sheet."""

    echo_db: Grid
    sheets: tuple[Sheet, ...]
    uneven_db: Grid
    met: tuple[Crossings, ...] = ()


def _texture(rng: Random, x: Grid, z: Grid, long_mm: float, thick_mm: float, slope: float, each: int = EACH) -> Grid:
    """(beams, samples) noise of mean 0 and variance about 0.5, in streaks of that length and thickness that rise by slope."""
    samples = x.shape[1]
    x, z = x[:, ::each], z[:, ::each]
    knots = rng.normal(size=(TILE, TILE)).astype(np.float32)
    wave = np.float32(within(rng, 0.0, 1.5)) * np.sin(x / np.float32(within(rng, 8, 25)) + np.float32(within(rng, 0, 6)))
    at = [(x / np.float32(long_mm)), (z + np.float32(slope) * x + wave) / np.float32(thick_mm)]
    return np.asarray(np.repeat(map_coordinates(knots, at, order=1, mode="grid-wrap"), each, axis=1)[:, :samples])


def _layer(rng: Random, probe: Probe, depth: float, flat: float) -> Grid:
    """(beams,) r of a layer that follows the face (flat 0) or lies level (flat 1), with a slow wave."""
    step = probe.steps()
    level = (probe.radius_mm + depth) / np.cos(step) - probe.radius_mm if probe.radius_mm else depth + 0 * step
    wave = min(1.5, depth * 0.12) * np.sin(np.linspace(0, within(rng, 1, 7), BEAMS) + within(rng, 0, 6))
    tilt = within(rng, -0.06, 0.06) * depth * np.linspace(-1, 1, BEAMS)
    return np.asarray((1 - flat) * depth + flat * np.minimum(level, depth * 2) + wave + tilt)


def _line(probe: Probe, r: Grid) -> Points:
    return np.array([probe.point(beam, float(r[beam])) for beam in range(0, BEAMS, 6)])


def body_of(rng: Random, probe: Probe, section: Section, cover_mm: float) -> Body:
    """cover_mm: from skin to the most dorsal bone."""
    r = probe.depths()
    start, way = probe.lines()
    x = (start[:, :1] + way[:, :1] * r).astype(np.float32)
    z = (start[:, 1:] + way[:, 1:] * r).astype(np.float32)
    if section.gel:
        return Body(np.full(x.shape, -60.0, np.float32), (), np.zeros((0, BEAMS)))
    skin, fat = within(rng, 1.0, 2.8), cover_mm * within(rng, 0.15, 0.85)
    flat = within(rng, 0.2, 1.0)
    fat_r = np.maximum(_layer(rng, probe, skin + fat, flat * 0.7), skin + 0.8)[:, None]
    muscle_db = within(rng, -2.0, 2.0)
    slope = within(rng, -0.5, 0.5)
    long = within(rng, 12.0, 40.0) if section.along else within(rng, 3.0, 9.0)
    fibres = _texture(rng, x, z, long, within(rng, 0.9, 2.2), slope * (0.4 if section.along else 1.0))
    strength = within(rng, 2.0, 8.0)
    blobs = _texture(rng, x, z, within(rng, 14, 30), within(rng, 8, 20), 0.0, 2 * EACH)  # slow changes: other bundles, fat in muscle
    echo = muscle_db + strength * fibres + within(rng, 0.5, 4.0) * blobs
    fatty = within(rng, -9.0, 5.0) + within(rng, 1.0, 5.0) * np.maximum(_texture(rng, x, z, within(rng, 6, 18), within(rng, 1.0, 3.0), 0.0), -0.3)
    deep = within(rng, -6.0, 1.0)  # beyond the bones' level
    echo = echo + deep * np.clip((z - np.float32(section.deepest_z)) / 8, 0, 1)
    for soft in section.softs:
        echo = np.where(filled(probe, soft.outline), soft.echo_db + soft.grain * strength * fibres, echo)
    echo = np.where(r < fat_r, fatty, echo)
    echo = np.where(r < skin, within(rng, 4.0, 15.0), echo)
    ring, beat = within(rng, 0.0, 14.0), within(rng, 0.8, 2.6)
    echo = echo + np.where(r < 12, ring * np.exp(-r / within(rng, 0.8, 3.5)) * np.cos(2 * np.pi * r / beat), 0.0)
    sheets = (*_fasciae(rng, probe, section, fat_r[:, 0], cover_mm), *section.sheets)
    uneven = gaussian_filter1d(rng.normal(size=(len(sheets), BEAMS)), sigma := within(rng, 1.5, 5.0), axis=1) * np.sqrt(2 * sigma * np.sqrt(np.pi))
    met = tuple(crossings(probe, sheet.line, closed=False) for sheet in sheets)
    return Body(echo.astype(np.float32), sheets, within(rng, 1.0, 4.5) * uneven, met)


def _fasciae(rng: Random, probe: Probe, section: Section, fat_r: Grid, cover_mm: float) -> list[Sheet]:
    """The deep fascia in one to four leaves, and septa in fat and muscle."""
    power = within(rng, 4.0, 17.0)
    leaves = [Sheet(_line(probe, fat_r + k * within(rng, 0.9, 2.4)), power - 2.5 * k, within(rng, 0.4, 1.1)) for k in range(rng.integers(1, 5))]
    septa = []
    for _ in range(rng.integers(2, 13)):
        x, long = within(rng, -35, 35), within(rng, 6.0, 34.0 if section.along else 24.0)
        z = within(rng, 0.2 * float(fat_r.mean()), cover_mm + 0.35 * max(8.0, section.deepest_z - cover_mm))
        rise, bow = within(rng, -0.25, 0.25) * long * (0.6 if section.along else 1.6), within(rng, -1.5, 1.5)
        t = np.linspace(-0.5, 0.5, 7)
        line = np.stack([x + t * long, z + t * rise + bow * (1 - 4 * t * t)], axis=1)
        septa.append(Sheet(line, within(rng, -2.0, 13.0), within(rng, 0.3, 1.2)))
    return leaves + septa


def sheet_power(probe: Probe, body: Body, facing_deg: float, lead_mm: float) -> Grid:
    """(beams, samples) power of all sheets. lead_mm: an echo is laid so much under its sheet, as its pulse runs ahead of it."""
    power = np.zeros((BEAMS, probe.samples + 64), np.float32)
    for sheet, uneven_db, found in zip(body.sheets, body.uneven_db, body.met, strict=True):
        keep = found.sample < probe.samples
        tilt = np.degrees(np.arccos(np.clip(found.facing[keep], 0, 1)))
        own = (10 ** ((sheet.echo_db + uneven_db[found.beam[keep]]) / 10) * (np.exp(-((tilt / (facing_deg * 1.2)) ** 2)) + 0.02)).astype(np.float32)
        first = found.sample[keep] + round(lead_mm / probe.sample_mm)
        for step in range(max(1, min(60, round(sheet.thick_mm / probe.sample_mm)))):
            at = (found.beam[keep], np.minimum(first + step, power.shape[1] - 1))
            power[at] = np.maximum(power[at], own)
    return power[:, : probe.samples]
