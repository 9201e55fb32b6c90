"""Flesh: the level of each sample's soft tissue, in dB over muscle, by where the sample lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.foreign.capsules.bones import Numbers
from models.foreign.capsules.look import Look
from models.foreign.capsules.patient import Patient
from models.foreign.capsules.probe import BEAMS, Plane, Probe

SAMPLES = 310


@dataclass(frozen=True, slots=True)
class Grid:
    """(BEAMS, SAMPLES) of a scan: across and down in the plane, at (3, ...) in the patient, way along each beam; all mm."""

    probe: Probe
    u: Numbers
    w: Numbers
    at: Numbers
    way: Numbers

    @property
    def sample_mm(self) -> float:
        return self.probe.depth_mm / SAMPLES


def grid(probe: Probe, plane: Plane) -> Grid:
    start, go = probe.rays()
    way = (np.arange(SAMPLES) + 0.5) * probe.depth_mm / SAMPLES
    u, w = start[:, :1] + go[:, :1] * way, start[:, 1:] + go[:, 1:] * way
    return Grid(probe, u.astype(np.float32), w.astype(np.float32), plane.at(u, w), way)


def streaks(draw: np.random.Generator, here: Grid, *, count: int, long_mm: float, slope: float, thick_mm: float) -> Numbers:
    """(BEAMS, SAMPLES) of 0 to about 1: short bright lines, as connective tissue in muscle or septa in fat."""
    marks = np.zeros((BEAMS, SAMPLES), np.float32)
    reach = float(np.abs(here.u).max())
    u, w = draw.uniform(-reach, reach, count), draw.uniform(0, here.probe.depth_mm, count)
    lean, half = slope + draw.normal(0, 0.16, count), long_mm * draw.exponential(0.5, count) + 0.6
    bright = draw.uniform(0.25, 1.0, count)
    k = ((w + (w < 2)) / here.sample_mm).astype(int).clip(0, SAMPLES - 1)
    beams = here.u[:, k]  # (BEAMS, count): where each beam passes at the line's depth
    away = beams - u
    row = k + (away * lean + 0.005 * away * away * np.sign(lean)) / here.sample_mm
    hit = (np.abs(away) < half) & (row >= 0) & (row < SAMPLES - 1)
    i, j = np.nonzero(hit)
    np.maximum.at(marks, (i, row[i, j].astype(int)), (bright[j] * (1 - (away[i, j] / half[j]) ** 2)).astype(np.float32))
    sigma = max(0.5, thick_mm / here.sample_mm)
    return np.asarray(gaussian_filter1d(marks, sigma, axis=1) * sigma * 2.0)


def clouds(draw: np.random.Generator, size_db: float) -> Numbers:
    """(BEAMS, SAMPLES) of dB that wax and wane over centimetres."""
    coarse = draw.normal(0, size_db, (12, 20)).astype(np.float32)
    return np.asarray(_TO_BEAMS @ coarse @ _TO_SAMPLES.T)


def _tent(fine: int, coarse: int) -> Numbers:
    """(fine, coarse) weights of linear interpolation."""
    away = np.abs(np.linspace(0, coarse - 1, fine)[:, None] - np.arange(coarse))
    return np.asarray(np.maximum(0, 1 - away), np.float32)


_TO_BEAMS, _TO_SAMPLES = _tent(BEAMS, 12), _tent(SAMPLES, 20)


def flesh(draw: np.random.Generator, body: Patient, here: Grid, look: Look, *, sagittal: bool) -> Numbers:
    """dB over muscle of each sample without bone."""
    x, y, z = here.at
    off = np.abs(x - body.middle_x(y).astype(np.float32))
    fascia_z = _fascia(draw, body, here)
    deep = z - fascia_z
    unit = look.dynamic_db
    level = np.where(deep < 0, (look.fat - look.muscle) * unit, 0.0).astype(np.float32)
    level += look.streak_db * np.where(
        deep < 0,
        streaks(draw, here, count=int(draw.uniform(20, 120)), long_mm=draw.uniform(5, 16), slope=0.0, thick_mm=0.25),
        streaks(
            draw,
            here,
            count=int(draw.uniform(150, 700)),
            long_mm=draw.uniform(10, 30) if sagittal else draw.uniform(2, 8),
            slope=draw.normal(0, 0.15),
            thick_mm=draw.uniform(0.2, 0.5),
        ),
    )
    level += clouds(draw, draw.uniform(0.5, 3.0))
    level += look.fascia_db * _line(deep, draw.uniform(0.4, 1.1))
    for _ in range(int(draw.integers(0, 4))):  # septa between the muscles' bellies
        level += (
            draw.uniform(0.2, 0.8)
            * look.fascia_db
            * _line(z - fascia_z - draw.uniform(2, 18) - draw.normal(0, 0.25) * (off - 25), draw.uniform(0.3, 0.8))
        )
    if draw.random() < 0.3:  # skin and fascia again and again
        apart = draw.uniform(2.5, 7)
        level += sum(draw.uniform(2, 9) / k * _line((here.way - k * apart)[None, :], 0.5) for k in range(1, 5))
    level += look.fascia_db * 0.8 * _line(z - draw.uniform(0.8, 1.8), 0.7)
    flavum = body.flavum_z(y).astype(np.float32)
    back = flavum + np.float32(body.canal)
    lumbar = y < body.sacrum.y + 4
    canal = lumbar * np.clip((z - flavum) / 1.5, 0, 1) * np.clip((back - z) / 1.5, 0, 1) * np.clip((11 - off) / 3.5, 0, 1)
    level = level * (1 - 0.7 * canal) - draw.uniform(1, 12) * canal
    level += look.sheet_db * np.where(lumbar & (off < 10), _line(z - flavum, draw.uniform(0.5, 1.3)), 0)
    level += 0.5 * look.sheet_db * np.where(lumbar & (off < 9), _line(z - flavum - draw.uniform(2.5, 4.5), 0.5), 0)  # dura
    level += draw.normal(0, 3.5) * np.where(lumbar & (deep > 0) & (z < flavum), np.exp(-((off / 3) ** 2)), 0)  # between the spinous processes
    if draw.random() < 0.4:  # fat in the deep muscle
        level += draw.uniform(0, 8) * np.exp(-(((z - flavum + np.float32(body.flavum + 4)) / 7) ** 2)) * (off < 24)
    sheet = flavum + np.float32(body.between - body.flavum) + np.float32(0.12) * (off - 30)  # Patient.between_z
    level += (
        draw.uniform(0.5, 1.0)
        * look.sheet_db
        * np.where((y < body.sacrum.y - 4) & (off > 16) & (off < 48), _line(z - sheet, draw.uniform(0.4, 1.0)), 0)
    )
    level += draw.normal(0, 3) * ((off > 20) & (z > sheet) & (y < body.sacrum.y))
    level += _hiatus(draw, body, here, look)
    return np.asarray(level)


def _fascia(draw: np.random.Generator, body: Patient, here: Grid) -> Numbers:
    """Depth of the fascia: nearest over the spinous processes, waving."""
    x, y, _ = here.at
    sag, wave, phase = draw.uniform(0, 7), draw.uniform(0, 0.9), draw.uniform(0, 6.3)
    over = np.interp(y, (body.sacrum.y - 10, body.sacrum.y + 60, body.sacrum.y + 105), (1.0, 0.8, 0.55))
    return np.asarray(
        np.maximum(2.2, body.cover_mm * body.fascia * over) + sag * np.minimum(1.5, (x / 45) ** 2) + wave * np.sin(here.u * 0.13 + phase), np.float32
    )


def _line(deep: Numbers, thick: float) -> Numbers:
    """1 at a sheet's shallow surface, falling beneath it over so many mm."""
    return np.where(deep < -0.25, 0.0, np.exp(-np.maximum(deep, 0) / thick) * np.minimum(1.0, (deep + 0.25) / 0.25)).astype(np.float32)


def _hiatus(draw: np.random.Generator, body: Patient, here: Grid, look: Look) -> Numbers:
    """The sacrococcygeal ligament's band, and fat in the canal beneath."""
    x, y, z = here.at
    base = body.sacrum
    if y.max() < base.y + base.apex:
        return np.zeros(z.shape, np.float32)
    within = (np.abs(x - base.x) < 9.5) & (y > base.y + base.apex - 1) & (y < base.y + base.end + 12)
    deep = z - body.scl_z(x, y)
    band = np.where((deep > -0.2) & (deep < body.scl_thick), 1.0, 0.0)
    canal = np.where((deep >= body.scl_thick) & (deep < base.canal + 8), draw.uniform(-10, 0), 0.0)
    return np.asarray(within * (look.sheet_db * draw.uniform(0.6, 1.2) * band + canal), np.float32)


def root(draw: np.random.Generator, here: Grid, *, u: float, w: float, across_mm: float) -> Numbers:
    """dB that a nerve root adds: a darker core with bright fascicles in a bright rim."""
    far = np.hypot((here.u - u) / (across_mm * draw.uniform(0.5, 0.75)), (here.w - w) / (across_mm * 0.5))
    return np.asarray(draw.uniform(5, 13) * np.exp(-(((far - 1) / 0.28) ** 2)) - draw.uniform(-2, 5) * (far < 0.75), np.float32)
