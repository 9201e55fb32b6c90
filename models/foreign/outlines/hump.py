"""Hump: the superior articular process as a transverse plane cuts it, in several shapes. Both views that stand beside one draw it from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.foreign.outlines.chance import Chance

Place = tuple[float, float]  # x from the midline, z down, mm


@dataclass(frozen=True, slots=True)
class Hump:
    """Control points from the medial foot to just before the groove, and the number of the apex among them."""

    points: list[Place]
    apex: int


def _rounded(chance: Chance, top: Place, groove: Place) -> Hump:
    (x, z), wide, high = top, (groove[0] - top[0]) * 0.8, groove[1] - top[1]
    inner = chance.between(2.5, 5)
    points = [(x - inner, z + high * chance.between(0.3, 0.8)), (x - inner * 0.55, z + high * 0.12), (x, z)]
    return Hump([*points, (x + wide * 0.6, z + high * 0.18), (x + wide, z + high * chance.between(0.5, 0.8))], 2)


def _pointed(chance: Chance, top: Place, groove: Place) -> Hump:
    (x, z), high = top, groove[1] - top[1]
    return Hump([(x - chance.between(1, 2), z + chance.between(0.8, 2.5)), (x, z), (x + 1.2, z + high * chance.between(0.25, 0.5))], 1)


def _flat(chance: Chance, top: Place, groove: Place) -> Hump:
    (x, z), wide, high = top, groove[0] - top[0], groove[1] - top[1]
    inner = chance.between(2, 5)
    points = [(x - inner, z + chance.between(0.5, 2)), (x - inner * 0.6, z + chance.between(0, 0.4)), (x, z)]
    return Hump([*points, (x + wide * 0.55, z + chance.between(0, 0.6)), (x + wide * 0.8, z + high * chance.between(0.4, 0.8))], 2)


def _steep(chance: Chance, top: Place, groove: Place) -> Hump:
    (x, z), wide, high = top, groove[0] - top[0], groove[1] - top[1]
    points = [(x - chance.between(1, 3), z + chance.between(0.3, 3)), (x, z), (x + wide * 0.25, z + high * 0.15)]
    return Hump([*points, (x + wide * 0.4, z + high * chance.between(0.7, 0.95))], 1)


def _shouldered(chance: Chance, top: Place, groove: Place) -> Hump:
    """With the mamillary process as a shoulder on its lateral slope."""
    (x, z), wide, high = top, groove[0] - top[0], groove[1] - top[1]
    points = [(x - 1.5, z + chance.between(0.2, 1.5)), (x, z), (x + wide * 0.35, z + high * chance.between(0.3, 0.5))]
    return Hump([*points, (x + wide * 0.65, z + high * chance.between(0.2, 0.5)), (x + wide * 0.85, z + high * 0.8)], 1)


SHAPES: tuple[Callable[[Chance, Place, Place], Hump], ...] = (_rounded, _pointed, _flat, _steep, _shouldered)


def drawn(chance: Chance, top: Place, groove: Place) -> Hump:
    """A hump of any shape between its apex and the groove lateral of it."""
    return chance.of(SHAPES)(chance, top, groove)
