"""Periodic tiles of tissue structure: muscle's fascicles and septa, fat's lobules, bone's roughness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.phantom.probe import C64, F32

T = TypeVar("T", np.float32, np.complex64)

TILE_PX = 256
TILE_MM = 64.0  # one tile repeats after this


def _band(seed: int, *, low_mm: float, high_mm: float, stretch: float = 1.0) -> F32:
    """Periodic Gaussian noise with structure between two sizes, `stretch` times longer along columns. Unit spread."""
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((TILE_PX, TILE_PX))
    along = np.fft.fftfreq(TILE_PX, TILE_MM / TILE_PX)
    k = np.hypot(along[:, None], along[None, :] * stretch)
    keep = np.exp(-((k * low_mm / 2) ** 2)) * (1 - np.exp(-((k * high_mm) ** 2)))
    out = np.real(fft.ifft2(fft.fft2(noise) * keep))
    return np.asarray(out / out.std(), np.float32)


def _septa(seed: int, *, low_mm: float, high_mm: float, stretch: float, sharp: float) -> F32:
    """A net of bright lines where band noise crosses zero. Mean 0, unit spread."""
    noise = _band(seed, low_mm=low_mm, high_mm=high_mm, stretch=stretch)
    lines = np.exp(-np.abs(noise) * sharp)
    return np.asarray((lines - lines.mean()) / lines.std(), np.float32)


@dataclass(frozen=True, slots=True)
class Weave:
    """How a muscle is made up: shares of fine and coarse nets of connective tissue, of patches (fat between fascicles), and of tendons: bright,
    thin and few. stretch: how flat the fascicles are."""

    fine: float
    coarse: float
    patches: float
    tendons: float
    stretch: float


# Design: from even meat with one net to muscle full of tendons and fat
WEAVES = (
    Weave(0.4, 0.8, 0.6, 0.0, 1.6),
    Weave(0.3, 0.5, 0.4, 0.9, 2.4),
    Weave(0.1, 0.5, 1.0, 0.5, 1.3),
    Weave(0.8, 0.2, 0.2, 0.3, 3.0),
    Weave(0.1, 0.2, 0.5, 1.3, 4.0),
    Weave(0.2, 1.0, 0.9, 0.7, 2.0),
    Weave(0.3, 0.2, 0.15, 0.1, 1.6),
    Weave(0.0, 0.9, 0.3, 1.0, 5.0),
)


def _tendons(seed: int, stretch: float) -> F32:
    """Few bright dashes, thin across and `stretch` times as wide along columns. 0 between them, about 2 on them."""
    noise = _band(seed, low_mm=1.2, high_mm=7.0, stretch=stretch)
    return np.asarray(np.minimum(np.maximum(noise - np.float32(1.3), 0) * np.float32(2.5), 2.2), np.float32)


@lru_cache(maxsize=len(WEAVES))
def muscle_tile(weave: int = 0) -> F32:
    """(TILE_PX, TILE_PX) over the two coordinates across the fibres: perimysium between fascicles of some millimetres, coarser septa, tendons.
    weave: one of WEAVES; the first is the plain one."""
    of = WEAVES[weave]
    fine = _septa(11 + 100 * weave, low_mm=2.5, high_mm=8.0, stretch=of.stretch, sharp=2.5)
    coarse = _septa(12 + 100 * weave, low_mm=5.0, high_mm=20.0, stretch=1.25 * of.stretch, sharp=3.5)
    patches = _band(13 + 100 * weave, low_mm=8.0, high_mm=30.0, stretch=1.3)
    net = np.clip(of.fine * fine + of.coarse * coarse + of.patches * patches, -2, 1.7)
    if of.tendons:
        net = net + np.float32(of.tendons) * _tendons(14 + 100 * weave, of.stretch)
    return np.asarray(net, np.float32)


LOBULES = ((3.5, 14.0, 3.5, 4.0), (2.0, 6.0, 2.0, 3.0), (6.0, 24.0, 4.5, 6.0), (3.0, 9.0, 7.0, 5.0))  # least, most mm; stretch; sharpness of septa


@lru_cache(maxsize=len(LOBULES))
def fat_tile(lobules: int = 0) -> F32:
    """(TILE_PX, TILE_PX) over depth and the way along the skin: lobules between thin septa that run with the skin. lobules: one of LOBULES."""
    least, most, stretch, sharp = LOBULES[lobules]
    lines = _septa(21 + 100 * lobules, low_mm=least, high_mm=most, stretch=stretch, sharp=sharp)
    patches = _band(22 + 100 * lobules, low_mm=5.0, high_mm=20.0, stretch=2.0)
    return np.asarray(np.clip(0.9 * lines + 0.4 * patches, -1.6, 2.2), np.float32)


@lru_cache(maxsize=1)
def patch_tile() -> F32:
    """(TILE_PX, TILE_PX): patches of some millimetres that take more or less from what passes."""
    return _band(41, low_mm=5.0, high_mm=24.0)


@lru_cache(maxsize=1)
def rough_tile() -> C64:
    """(TILE_PX, TILE_PX): how a surface's height (as phase) and brightness vary along it, over about 3 to 12 mm."""
    height, gain = _band(31, low_mm=3.0, high_mm=12.0), _band(32, low_mm=3.0, high_mm=12.0)
    return np.asarray(np.exp(1.2j * height + 0.35 * gain), np.complex64)


def look_up(tile: NDArray[T], row_mm: F32, column_mm: F32) -> NDArray[T]:
    """The tile's values at millimetres, nearest, periodic."""
    per_mm = np.float32(TILE_PX / TILE_MM)
    row = np.floor(row_mm * per_mm).astype(np.int32) & (TILE_PX - 1)
    column = np.floor(column_mm * per_mm).astype(np.int32) & (TILE_PX - 1)
    found: NDArray[T] = np.take(tile, row * TILE_PX + column)
    return found
