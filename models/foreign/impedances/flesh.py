"""Flesh: skin, fat, fascia and muscle of a scene, with what is laid into them, as impedance, scattering and loss of each sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from models.foreign.impedances.loft import Cut
from models.foreign.impedances.look import Look
from models.foreign.impedances.probe import Draw, Numbers
from models.foreign.impedances.scene import Oval, Scene, Sheet

TILE = 512
BEHIND_MM = 0.35  # so much deeper lies a sheet's first slope, so that its echo begins on its points


@cache
def weave(sigma: float) -> Numbers:
    """(TILE, TILE) smooth noise of mean 0 and variance 1 that wraps around: the same in every picture, read from elsewhere each time."""
    noise = gaussian_filter(np.random.default_rng(7).normal(size=(TILE, TILE)), sigma, mode="wrap")
    return np.asarray(noise / noise.std(), np.float32)


def woven(sigma: float, u: Numbers, v: Numbers) -> Numbers:
    """The weave at real places, in cells: nearest."""
    index = (u.astype(np.int32) & (TILE - 1)) * TILE + (v.astype(np.int32) & (TILE - 1))
    return weave(sigma).ravel()[index]


@dataclass(frozen=True, slots=True, eq=False)
class Flesh:
    """All (beams, samples). log_z: of impedance, so that an edge's echo is its slope along the beam in dB over muscle's grain as a factor.
    scatter_db: over muscle's grain. loss_db_mm: beyond what the scanner allows for."""

    log_z: Numbers
    scatter_db: Numbers
    loss_db_mm: Numbers


def flesh_of(draw: Draw, scene: Scene, cut: Cut, look: Look) -> Flesh:
    fat_line = _line(draw, scene, scene.fat_mm, wave_mm=0.03 * scene.fat_mm)
    deep = cut.array.along_mm()[None, :] - fat_line[:, None]  # mm beneath the fascia
    fat = deep < 0
    scatter = _muscle(draw, scene, cut, look)
    lobules = woven(
        3.0, cut.x * np.float32(draw.uniform(0.6, 1.6)) + 900, cut.z * np.float32(draw.uniform(2.5, 6)) + np.float32(draw.uniform(0, 500))
    )
    scatter = np.where(fat, np.float32(look.fat_db) + lobules * np.float32(draw.uniform(1, 3)), scatter)
    log_z = np.where(fat, np.float32(_height(draw.uniform(-8, 7), 0.5)) * np.maximum(lobules - 0.9, 0), _streaks(draw, scene, cut, look))
    loss = np.where(fat, np.float32(draw.uniform(-0.02, 0.06)), np.float32(0))
    _fascias(draw, log_z, scatter, deep, cut.array.sample_mm)
    _skin(draw, scatter, cut, look)
    for sheet in scene.sheets:
        _lay_sheet(log_z, scatter, cut, sheet)
    for oval in scene.ovals:
        _lay_oval(log_z, scatter, loss, cut, oval)
    return Flesh(log_z, scatter, loss)


def _height(db: float, thick_mm: float) -> float:
    """How high a bump of log impedance of that thickness must be for an edge so many dB over muscle's grain."""
    return float(10 ** (db / 20) * thick_mm * 1.17)


def _line(draw: Draw, scene: Scene, depth_mm: float, wave_mm: float) -> Numbers:
    """(beams,) mm along each beam to a layer at a depth under the skin."""
    ways = np.linspace(-1, 1, scene.array.places()[0].shape[0])
    tilt, curve = draw.normal(0, 0.03) * depth_mm, draw.normal(0, 0.05) * depth_mm
    return depth_mm + tilt * ways + curve * ways**2 + wave_mm * np.sin(ways * draw.uniform(2, 9) + draw.uniform(0, 6))


def _muscle(draw: Draw, scene: Scene, cut: Cut, look: Look) -> Numbers:
    """Bundles and patches of fat in muscle, in dB."""
    turn = draw.normal(0, 0.12 if scene.sagittal else 0.35)
    u = cut.x * np.float32(np.cos(turn)) + cut.z * np.float32(np.sin(turn))
    v = cut.z * np.float32(np.cos(turn)) - cut.x * np.float32(np.sin(turn))
    long = draw.uniform(0.25, 0.6) if scene.sagittal else draw.uniform(0.7, 2.5)
    bundles = woven(3.0, u * np.float32(long) + np.float32(draw.uniform(400, 900)), v * np.float32(draw.uniform(1.5, 4)) + 300)
    patches = woven(9.0, u * np.float32(draw.uniform(0.5, 1.6)) + 700, v * np.float32(draw.uniform(0.6, 2)) + np.float32(draw.uniform(0, 500)))
    return np.asarray((bundles + np.float32(draw.uniform(0.2, 1.2)) * patches) * np.float32(look.grain_db))


def _streaks(draw: Draw, scene: Scene, cut: Cut, look: Look) -> Numbers:
    """Septa within muscle, as bumps of impedance: long in a sagittal picture, short across the fibres."""
    slope = np.float32(draw.normal(0, 0.1 if scene.sagittal else 0.4))
    u, v = cut.x - slope * cut.z * np.float32(0.3), cut.z + slope * cut.x
    wide, high = (draw.uniform(0.25, 0.6), draw.uniform(3, 7)) if scene.sagittal else (draw.uniform(0.6, 2.0), draw.uniform(3, 6))
    threads = woven(3.0, u * np.float32(wide) + np.float32(draw.uniform(500, 900)), v * np.float32(high) + np.float32(draw.uniform(0, 500)))
    return np.asarray(np.maximum(threads - np.float32(draw.uniform(0.3, 1.3)), 0) * np.float32(_height(look.streak_db, 0.5)))


def _fascias(draw: Draw, log_z: Numbers, scatter: Numbers, deep: Numbers, sample_mm: float) -> None:
    """The thoracolumbar fascia in one to four layers."""
    at = draw.uniform(-0.8, 0.4)
    for _ in range(int(draw.integers(1, 5))):
        thick = max(draw.uniform(0.25, 0.6), 1.1 * sample_mm)
        bump = np.exp(-(((deep - np.float32(at)) / np.float32(thick)) ** 2))
        log_z += np.float32(_height(draw.uniform(0, 17), thick)) * bump
        scatter += np.float32(draw.uniform(0, 5)) * bump
        at += draw.uniform(0.9, 2.6)


def _skin(draw: Draw, scatter: Numbers, cut: Cut, look: Look) -> None:
    along = cut.array.along_mm()[None, :]
    thick = draw.uniform(0.6, 2.4)
    scatter += np.float32(look.ring_db) * np.exp(-((along / np.float32(thick)) ** 2))
    scatter += np.float32(draw.uniform(0, 8)) * np.exp(-(((along - np.float32(thick * draw.uniform(1.3, 2.5))) / np.float32(0.5)) ** 2))


def _lay_sheet(log_z: Numbers, scatter: Numbers, cut: Cut, sheet: Sheet) -> None:
    """Its dorsal edge lies on its points."""
    box = _box(cut, sheet.points, 3 * sheet.thick_mm + 1)
    if box is None:
        return
    x, z = cut.x[box], cut.z[box]
    thick = max(sheet.thick_mm, 1.0 * cut.array.sample_mm)
    under = (z - np.interp(x, sheet.points[:, 0], sheet.points[:, 1]).astype(np.float32)) - np.float32(BEHIND_MM)
    under = under / np.float32(thick) - np.float32(0.75)
    ends = np.clip(np.minimum(x - sheet.points[0, 0], sheet.points[-1, 0] - x) + 0.5, 0, 1)
    bump = (np.exp(-under * under) * ends).astype(np.float32)
    log_z[box] += np.float32(_height(sheet.db, thick)) * bump
    scatter[box] += np.float32(max(0.0, sheet.db - 6)) * bump


def _lay_oval(log_z: Numbers, scatter: Numbers, loss: Numbers, cut: Cut, oval: Oval) -> None:
    reach = max(oval.wide_mm, oval.high_mm) + 2
    box = _box(cut, np.array([[oval.x - reach, oval.z - reach], [oval.x + reach, oval.z + reach]]), 1)
    if box is None:
        return
    x, z = cut.x[box] - np.float32(oval.x), cut.z[box] - np.float32(oval.z)
    cos, sin = np.float32(np.cos(oval.turn)), np.float32(np.sin(oval.turn))
    u, v = (x * cos + z * sin) / np.float32(oval.wide_mm), (z * cos - x * sin) / np.float32(oval.high_mm)
    radius = np.sqrt(u * u + v * v)
    out = (radius - 1) * np.float32(min(oval.wide_mm, oval.high_mm))  # mm outside, roughly
    share = np.clip(np.float32(0.5) - out / np.float32(0.6), 0, 1)
    scatter[box] = scatter[box] * (1 - np.float32(0.8) * share) + np.float32(oval.db) * share
    log_z[box] *= 1 - share
    rim = max(0.35, cut.array.sample_mm)
    ring = np.exp(-((out / np.float32(rim)) ** 2))
    log_z[box] += np.float32(_height(oval.rim_db, rim)) * ring
    scatter[box] += np.float32(max(0.0, oval.rim_db - 2)) * ring
    loss[box] += np.float32(oval.loss_db_mm) * share


def _box(cut: Cut, points: Numbers, margin_mm: float) -> tuple[slice, slice] | None:
    low, high = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
    x, z = cut.x[::6, ::6], cut.z[::6, ::6]
    step = 3 + float(abs(z[0, 1] - z[0, 0]))
    hit = (x > low[0] - step) & (x < high[0] + step) & (z > low[1] - step) & (z < high[1] + step)
    beams, samples = np.nonzero(hit)
    if not len(beams):
        return None
    return slice(max(0, 6 * beams.min() - 5), 6 * beams.max() + 6), slice(max(0, 6 * samples.min() - 5), 6 * samples.max() + 6)
