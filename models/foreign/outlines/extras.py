"""Extras: what any plane may also hold and no landmark lies on: a needle, more fascia, a stray piece of bone."""

from __future__ import annotations

import numpy as np

from models.foreign.outlines.chance import Chance
from models.foreign.outlines.scene import Band, Bone, Build, Scene, outline


def add(scene: Scene, chance: Chance) -> None:
    """A few extras in a third of the frames."""
    if chance.happens(0.1):
        _needle(scene, chance)
    for _ in range(chance.of((0, 1, 2, 3), (6, 2, 1, 1))):
        _fascia(scene, chance)
    if chance.happens(0.06):
        _stray_bone(scene, chance)


def _needle(scene: Scene, chance: Chance) -> None:
    side, start = chance.of((-1.0, 1.0)), chance.between(20, 45)
    along = np.linspace(0, chance.between(15, 45), 80)
    slope = chance.between(0.35, 1.6)
    line = np.column_stack([side * (start - along / np.hypot(1, slope)), along * slope / np.hypot(1, slope)])
    for echo in range(chance.count(1, 3)):
        scene.bands.append(Band(line + np.array([0, 1.8 * echo]), chance.between(0.4, 1.0) / (1 + echo), chance.between(0.4, 1.2)))


def _fascia(scene: Scene, chance: Chance) -> None:
    x, deep = np.linspace(-70, 70, 160), chance.between(0.1, 0.75) * scene.need_mm
    z = deep + chance.between(-0.12, 0.12) * x + chance.between(0, 2.5) * np.sin(x / chance.between(9, 35) + chance.between(0, 6))
    part = (x > chance.between(-90, 0)) & (x < chance.between(0, 90))
    scene.bands.append(Band(np.column_stack([x, z])[part], chance.between(0.15, 0.7), chance.between(0.4, 1.6)))


def _stray_bone(scene: Scene, chance: Chance) -> None:
    """A rib's or the crest's piece far from the middle."""
    x, z, half = chance.of((-1, 1)) * chance.between(38, 60), scene.need_mm * chance.between(0.3, 0.9), chance.between(3, 9)
    points = [(x - half, z + chance.between(1, 4)), (x, z), (x + half, z + chance.between(1, 4))]
    scene.bones.append(Bone(outline(chance, Build.drawn(chance), points)[0], chance.between(0.4, 1.0)))
