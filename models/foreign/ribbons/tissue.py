"""Tissue: skin, fat in lobules, fasciae, muscle in fascicles, ovals; as decibels over plain muscle at each (beam, sample)."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from models.foreign.ribbons.body import Body
from models.foreign.ribbons.ribbon import Draw, Numbers, Patch, chance

CELLS = 48  # of a table of noise, which repeats


def tissue_db(draw: Draw, body: Body) -> Numbers:
    """(beams, samples) float32."""
    x, z = body.beams.places()
    along = np.linspace(0, body.beams.depth_mm, z.shape[1], dtype=np.float32)[None, :]
    level = (1 - body.lies) * z + body.lies * along
    db = _muscle(draw, x, level, body.section.along)
    if body.section.layers:
        db = _layers(draw, db, x, level, body.fat_mm)
    for patch in body.section.patches:
        _put(db, patch, x, z)
    return db


def woven(draw: Draw, x: Numbers, y: Numbers) -> Numbers:
    """Smooth noise of deviation about 0.7 whose grains are one unit apart."""
    table = draw.standard_normal((CELLS, CELLS), dtype=np.float32)
    few = [y[::2, ::2] + np.float32(draw.uniform(0, CELLS)), x[::2, ::2] + np.float32(draw.uniform(0, CELLS))]
    half = map_coordinates(table, few, order=1, mode="grid-wrap", prefilter=False)
    return _doubled(_doubled(half, x.shape[0]).T, x.shape[1]).T


def _doubled(rows: Numbers, count: int) -> Numbers:
    """count rows, each second one the mean of its neighbours. Reading the table at a quarter of the places saves a third of a frame's time."""
    between = np.concatenate([(rows[:-1] + rows[1:]) / 2, rows[-1:]])
    return np.stack([rows, between], axis=1).reshape(2 * len(rows), -1)[:count]


def _muscle(draw: Draw, x: Numbers, level: Numbers, along: bool) -> Numbers:
    """Fascicles: bright seams where long smooth noise passes zero, between darker bundles; tilted as the muscle runs."""
    long = draw.uniform(14, 40) if along else draw.uniform(4, 14)
    thick, tilt = draw.uniform(1.2, 3.2), draw.normal(0, 0.12 if along else 0.2)
    bundles = woven(draw, x / long, (level + tilt * x) / thick)
    seams = np.exp(-((bundles / draw.uniform(0.12, 0.3)) ** 2)) * draw.uniform(1, 12) * _broken(draw, x, level)
    clouds = woven(draw, x / draw.uniform(10, 25), level / draw.uniform(7, 18))
    return np.asarray(seams + draw.uniform(0, 2.5) * bundles + draw.uniform(0.5, 5) * clouds, dtype=np.float32)


def _broken(draw: Draw, x: Numbers, level: Numbers) -> Numbers:
    """0 to 1: where seams show."""
    return np.asarray(np.clip(woven(draw, x / draw.uniform(3, 9), level / draw.uniform(2, 6)) + draw.uniform(0, 0.7), 0, 1))


def _layers(draw: Draw, db: Numbers, x: Numbers, level: Numbers, fat_mm: float) -> Numbers:
    skin = min(draw.uniform(1, 3), 0.5 * fat_mm)
    floor = fat_mm + draw.uniform(0, 1.5) * np.sin(x / draw.uniform(8, 30) + draw.uniform(0, 6))
    lobules = woven(draw, x / draw.uniform(4, 11), level / draw.uniform(1.8, 5))
    fat = (
        draw.uniform(-9, 5)
        + draw.uniform(0, 2) * lobules
        + draw.uniform(2, 9) * np.exp(-((lobules / draw.uniform(0.08, 0.25)) ** 2)) * _broken(draw, x, level)
    )
    db = np.where(level < floor, fat, db)
    db = np.where(level < skin, draw.uniform(2, 14), db)
    if chance(draw, 0.3):
        db = db + _reverberation(draw, level)
    for number in range(int(draw.integers(1, 5))):
        _fascia(draw, db, x, level - floor - (number and draw.uniform(1, 14)), first=number == 0)
    return np.asarray(db, dtype=np.float32)


def _reverberation(draw: Draw, level: Numbers) -> Numbers:
    """The skin's echoes that come again: lines at equal distances, weaker with depth."""
    line = np.maximum(0, np.cos(2 * np.pi * level / draw.uniform(1.2, 5))) ** 6
    return np.asarray(draw.uniform(3, 12) * line * np.exp(-level / draw.uniform(2, 12)))


def _fascia(draw: Draw, db: Numbers, x: Numbers, below: Numbers, *, first: bool) -> None:
    """A bright line where `below` is zero, broken here and there; deeper ones slant."""
    line = below if first else below - draw.normal(0, 0.12) * x - draw.uniform(0, 1) * np.sin(x / draw.uniform(5, 20))
    gain = draw.uniform(6, 16) if first else draw.uniform(3, 12)
    band = np.abs(line) < 3
    width = draw.uniform(0.3, 0.9)
    broken = 1.0 if first and chance(draw, 0.6) else np.clip(woven(draw, x[:, :2] / 6, 0 * x[:, :2])[:, :1] + 0.5, 0, 1)
    gains = np.broadcast_to(gain * broken, db.shape)
    db[band] += gains[band] * np.exp(-((line[band] / width) ** 2))


def _put(db: Numbers, patch: Patch, x: Numbers, z: Numbers) -> None:
    """Lays an oval over what is there: its gain inside, its wall's around it."""
    reach = 1.5 * max(patch.half_x, patch.half_y)
    near = (np.abs(x - patch.x) < reach) & (np.abs(z - patch.y) < reach)
    if not near.any():
        return
    across, down = x[near] - patch.x, z[near] - patch.y
    cosine, sine = np.cos(patch.tilt_rad), np.sin(patch.tilt_rad)
    aside, deep = np.abs(across * cosine + down * sine) / patch.half_x, np.abs(down * cosine - across * sine) / patch.half_y
    far = np.hypot(aside, deep) if patch.corners == 2 else (aside**patch.corners + deep**patch.corners) ** (1 / patch.corners)
    inside = 1 / (1 + np.exp(np.clip((far - 1) * 14, -30, 30)))
    db[near] += patch.gain_db * inside + patch.rim_db * np.exp(-(((far - 1) / 0.22) ** 2))
