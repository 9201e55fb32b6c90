"""Ala: the upper end of a sacrum: how its wings run from the groove to the ilium, and what stands on the midline there. Lengths in mm.

Rule 1: a wing reaches under the ilium: it has no free end (a transverse process has one). Sizes are design, but for the groove at 25 to 32 mm from
the midline and the crest at 40 to 60.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import radians, tan

import numpy as np

from models.foreign.solids.bones import Field, step

LOW_Y, HIGH_Y = 6.0, 8.0  # the wings begin at this y and are whole so much higher


@dataclass(frozen=True, slots=True)
class Ala:
    """Of both wings: groove: x of the groove; drop: how far it lies below the roof; slope: fall per mm lateral; sag: of a trough; notch: depth of
    a narrow groove; tread: a step. reach: how far they go past the sacrum's edge. crest: height of the first spine over that of the others.
    gap: half-width of an open arch, or 0."""

    groove: float
    drop: float
    slope: float
    sag: float
    notch: float
    tread: float
    reach: float
    crest: float
    gap: float

    def deeper(self, x: Field, y: Field) -> Field:
        """How far the wings lie below the sacrum's roof."""
        wide = np.abs(x)
        run = np.clip(wide - self.groove - 0.5, 0.0, 24.0)
        deep = self.drop * step(wide, at=self.groove - 2.5, over=6.0) + self.slope * run + self.sag * np.sin(np.clip(run / 18.0, 0, 1.3) * np.pi)
        deep = deep + self.notch * np.exp(-(((wide - self.groove - 0.8) / 1.8) ** 2)) + self.tread * step(wide, at=self.groove + 9.0, over=1.5)
        return np.asarray(deep * step(y, at=LOW_Y, over=HIGH_Y), np.float32)

    def crest_share(self, y: Field) -> Field:
        """Height of the median crest at y over that of the others."""
        return np.asarray(1.0 + (self.crest - 1.0) * step(y, at=LOW_Y, over=6.0), np.float32)

    def open_arch(self, x: Field, y: Field) -> Field:
        """mm inside the gap of an arch that did not close (spina bifida occulta), negative outside it."""
        return np.minimum(self.gap - np.abs(x), y - LOW_Y - 2.0) if self.gap else np.full(np.broadcast(x, y).shape, -50.0, np.float32)


def _level(rng: np.random.Generator) -> dict[str, float]:
    return {"drop": rng.uniform(5, 13)}


def _falling(rng: np.random.Generator) -> dict[str, float]:
    return {"drop": rng.uniform(3, 9), "slope": tan(radians(rng.uniform(15, 38)))}


def _rising(rng: np.random.Generator) -> dict[str, float]:
    return {"drop": rng.uniform(7, 15), "slope": -tan(radians(rng.uniform(5, 20)))}


def _trough(rng: np.random.Generator) -> dict[str, float]:
    return {"drop": rng.uniform(4, 9), "sag": rng.uniform(3, 8), "slope": -rng.uniform(0.0, 0.3)}


def _notched(rng: np.random.Generator) -> dict[str, float]:
    return {"drop": rng.uniform(0, 4), "notch": rng.uniform(3, 8), "slope": rng.uniform(-0.15, 0.2)}


def _stepped(rng: np.random.Generator) -> dict[str, float]:
    return {"drop": rng.uniform(4, 10), "tread": rng.choice([-1.0, 1.0]) * rng.uniform(2.5, 6)}


FAMILIES: tuple[Callable[[np.random.Generator], dict[str, float]], ...] = (_level, _falling, _rising, _trough, _notched, _stepped)


def drawn(rng: np.random.Generator, groove_mm: float) -> Ala:
    """Wings of one of the families, and a midline: usual, tall, low or open."""
    shape = {"slope": 0.0, "sag": 0.0, "notch": 0.0, "tread": 0.0} | FAMILIES[int(rng.integers(len(FAMILIES)))](rng)
    crest = rng.choice([1.0, rng.uniform(1.3, 2.0), rng.uniform(0.05, 0.4)], p=[0.55, 0.2, 0.25])
    gap = float(rng.uniform(5.5, 9.0)) if rng.random() < 0.15 else 0.0
    return Ala(groove_mm, **{name: float(value) for name, value in shape.items()}, reach=float(rng.uniform(10, 30)), crest=float(crest), gap=gap)
