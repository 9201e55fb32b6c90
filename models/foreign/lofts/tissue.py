"""Tissue: how loud each place of the picture answers, in dB, and how much sound each takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from models.foreign.lofts.array import Array
from models.foreign.lofts.mesh import Draw, Real
from models.foreign.lofts.scene import Oval, Scene

TILE = 512
MM_A_CELL = 0.25


@cache
def grains() -> Real:
    """(4, TILE, TILE) of periodic noise, mean 0 and deviation 1: from long fibres across to round lumps."""
    draw = np.random.default_rng(60917)
    widths = ((1.2, 14.0), (1.5, 5.0), (3.5, 3.5), (16.0, 16.0))
    noise = [gaussian_filter(draw.standard_normal((TILE, TILE)), sigma, mode="wrap") for sigma in widths]
    return np.stack([one / one.std() for one in noise]).astype(np.float32)


def lookup(draw: Draw, layer: int, x: Real, z: Real, *, scale: float = 1.0, turned: float = 0.0) -> Real:
    """The grain at places, from a random corner of its tile, turned and stretched."""
    c, s = np.float32(np.cos(turned) / MM_A_CELL / scale), np.float32(np.sin(turned) / MM_A_CELL / scale)
    row, column = draw.integers(0, TILE, 2)
    i = (z * c - x * s).astype(np.int32) + np.int32(row + TILE * 8)
    j = (x * c + z * s).astype(np.int32) + np.int32(column + TILE * 8)
    return np.asarray(grains()[layer].ravel()[(i & (TILE - 1)) * TILE + (j & (TILE - 1))])


@dataclass(frozen=True, slots=True)
class Tissue:
    """(SAMPLES, BEAMS): loud in dB, loss in dB per mm and MHz, both ways."""

    loud: Real
    loss: Real


def tissue_of(draw: Draw, scene: Scene) -> Tissue:
    array = scene.array
    x, z = array.places
    if scene.calm != "muscle":
        level = -34.0 if scene.calm == "gel" else -26.0
        return Tissue(np.full(x.shape, level, np.float32) + 2 * lookup(draw, 3, x, z), np.full(x.shape, 0.005, np.float32))
    depth = _under_skin(draw, array, x, z)
    loud, loss = _layers(draw, scene, x, z, depth)
    for oval in scene.ovals:
        loud = _with_oval(loud, oval, x, z)
    return Tissue(loud, loss)


def _under_skin(draw: Draw, array: Array, x: Real, z: Real) -> Real:
    """Depth as layers count it: along the face near it, level further down, and wavy."""
    flat = (
        z
        if not array.radius_mm
        else np.minimum(1.0, array.along_mm[:, None] / 30) * z + np.maximum(0, 1 - array.along_mm[:, None] / 30) * array.along_mm[:, None]
    )
    return flat + np.float32(draw.uniform(0.2, 1.4)) * lookup(draw, 3, x, z * 0.5, scale=draw.uniform(1.0, 2.5))


def _layers(draw: Draw, scene: Scene, x: Real, z: Real, depth: Real) -> tuple[Real, Real]:
    fat = np.float32(max(2.0, scene.cover_mm * draw.uniform(0.5, 1.0)))
    skin = np.float32(draw.uniform(1.0, 2.6))
    muscle = _muscle(draw, scene, x, z)
    lumps = draw.uniform(-9, 1) + draw.uniform(0.5, 3) * lookup(draw, 2, x, z, scale=draw.uniform(0.8, 2)) + _septa(draw, x, z, 0, draw.uniform(0, 9))
    loud = np.where(depth < skin, np.float32(draw.uniform(2, 9)), np.where(depth < fat, lumps, muscle)).astype(np.float32)
    for at in (skin, fat, fat + np.float32(draw.uniform(1.5, 6))):
        loud += np.float32(draw.uniform(0, 13)) * np.exp(-(((depth - at) / np.float32(draw.uniform(0.3, 0.8))) ** 2))
    loss = np.where(depth < fat, np.float32(draw.uniform(0.05, 0.11)), np.float32(draw.uniform(0.08, 0.16)))
    return loud, loss


def _septa(draw: Draw, x: Real, z: Real, layer: int, most_db: float, *, turned: float = 0.0) -> Real:
    """Bright thin lines where a slow noise crosses nought."""
    return np.float32(most_db) * np.exp(
        -((lookup(draw, layer, x, z, scale=draw.uniform(1.2, 3.0), turned=turned) / np.float32(draw.uniform(0.1, 0.3))) ** 2)
    )


def _muscle(draw: Draw, scene: Scene, x: Real, z: Real) -> Real:
    """Fascicles: streaks that lean, septa, and fat between in some people; lengthways the streaks are long."""
    lean = draw.normal(0, 0.25)
    streaks = lookup(draw, 0 if scene.sagittal else int(draw.integers(0, 2)), x, z, scale=draw.uniform(0.8, 2.0), turned=lean)
    loud = draw.uniform(-8, 1) + draw.uniform(0.5, 4.5) * streaks + draw.uniform(0.5, 4) * lookup(draw, 3, x, z, scale=draw.uniform(0.7, 2))
    if draw.random() < 0.7:
        loud = loud + _septa(draw, x, z, 1 if draw.random() < 0.6 else 0, draw.uniform(2, 13), turned=-lean)
    if draw.random() < 0.25:
        loud = loud + np.float32(draw.uniform(3, 10)) * (lookup(draw, 3, x, z, scale=draw.uniform(0.6, 1.2)) > 0.7)
    return loud


def _with_oval(loud: Real, oval: Oval, x: Real, z: Real) -> Real:
    """The oval's own level inside, and its rim."""
    c, s = np.float32(np.cos(oval.turned)), np.float32(np.sin(oval.turned))
    dx, dz = x - np.float32(oval.middle[0]), z - np.float32(oval.middle[1])
    far = np.sqrt(((c * dx + s * dz) / oval.radii[0]) ** 2 + ((c * dz - s * dx) / oval.radii[1]) ** 2)
    inside = 1 / (1 + far**8)
    return (loud + oval.loud * inside + oval.rim * np.exp(-(((far - 1.1) / 0.22) ** 2))).astype(np.float32)
