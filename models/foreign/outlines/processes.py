"""Processes: a transverse plane along the transverse processes. x from the midline, z from the spinous tip, mm.

Rule 1: a transverse process ends free: lateral of its tip, and beneath, sound goes on into muscle. An ala never ends free (`ala`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import radians, tan

import numpy as np

from models.foreign.outlines import hump
from models.foreign.outlines.chance import Chance
from models.foreign.outlines.hump import Place
from models.foreign.outlines.lumbar import SIDES, mirrored, put, side_gain, spinous
from models.foreign.outlines.scene import Band, Bone, Build, Mark, Oval, Scene, apex, outline

Shaft = Callable[[Chance, Place], list[Place]]  # from the groove to the tip


def _shaft(groove: Place, run: float, deep: float, bow: float) -> list[Place]:
    return [(groove[0] + 0.5 * run, groove[1] + 0.5 * deep + bow), (groove[0] + run, groove[1] + deep)]


def level(chance: Chance, groove: Place) -> list[Place]:
    return _shaft(groove, chance.between(10, 22), chance.between(-4, 5), chance.between(-1.5, 1.5))


def slender(chance: Chance, groove: Place) -> list[Place]:
    """Long, as at the third lumbar vertebra."""
    return _shaft(groove, chance.between(20, 32), chance.between(-3, 8), chance.between(-2, 2))


def stubby(chance: Chance, groove: Place) -> list[Place]:
    """Short, as at the first or the last lumbar vertebra."""
    return _shaft(groove, chance.between(6, 12), chance.between(-3, 3), chance.between(-2, 0.5))


def upswept(chance: Chance, groove: Place) -> list[Place]:
    run = chance.between(10, 24)
    return _shaft(groove, run, -run * tan(radians(chance.between(10, 30))), chance.between(0, 2))


def drooping(chance: Chance, groove: Place) -> list[Place]:
    run = chance.between(10, 24)
    return _shaft(groove, run, run * tan(radians(chance.between(15, 38))), chance.between(-2, 1))


def bowed(chance: Chance, groove: Place) -> list[Place]:
    return _shaft(groove, chance.between(12, 26), chance.between(-2, 4), chance.of((-1.0, 1.0)) * chance.between(2.5, 5))


FAMILIES: tuple[Shaft, ...] = (level, slender, stubby, upswept, drooping, bowed)


def transverse_process(chance: Chance) -> Scene:
    """Transverse processes of any family."""
    return scene_of(chance, chance.of(FAMILIES))


def scene_of(chance: Chance, family: Shaft) -> Scene:
    """Stairs on each side: lamina, the superior articular process's hump, its drop to the groove, and a transverse process of a family. In a quarter
    of the scenes the probe stands over one side."""
    scene, build = Scene(), Build.drawn(chance)
    lamina_z, x, base = chance.between(12, 28), chance.about(21, 3.5, 14, 30), chance.between(2.5, 6)
    up, down = chance.between(0, 7), chance.between(3.5, 13)
    spinous(scene, chance, build, (base, lamina_z - chance.between(0, 4)), "spinous_process")
    for side in SIDES:
        gain = side_gain(chance)
        if gain > 0:
            root = (base, x * chance.about(1, 0.07), lamina_z + chance.about(0, 1.2))
            _side(scene, chance, build, side, gain, root, (up, down), family)
    scene.need_mm, scene.focus_mm, scene.width_mm = lamina_z + 14, x + 6, chance.of((2 * x + 32, 120.0), (5, 3))
    if chance.happens(0.25):
        scene.aside, scene.focus_mm, scene.width_mm = True, (x + chance.between(4, 12)) * chance.of(SIDES), chance.of((40.0, 2 * x + 32))
    return scene


def _side(
    scene: Scene, chance: Chance, build: Build, side: float, gain: float, root: tuple[float, float, float], stair: tuple[float, float], family: Shaft
) -> None:
    base, x, z = root
    up, down = (value * chance.between(0.8, 1.2) for value in stair)
    top = (x, z - up)
    groove = (x + chance.between(3.5, 8), top[1] + down)
    process = hump.drawn(chance, top, groove)
    shaft = family(chance, groove)
    tip = shaft[-1]
    steps = [*process.points, groove, *shaft, (tip[0] + chance.between(0.4, 1.5), tip[1] + chance.between(2, 5))]
    foot = x - chance.between(4, 7)
    medial = [(base, z - chance.between(0, 4)), ((base + foot) / 2, z), (foot, z + chance.between(-1, 2) - up * 0.2)]
    lamina, at = outline(chance, build, medial if chance.happens(0.4) or process.points[0][0] <= foot else [*medial, process.points[0]])
    stairs, at_stair = outline(chance, build, steps)
    scene.bones += [Bone(mirrored(lamina, side), gain), Bone(mirrored(stairs, side), gain * chance.between(0.6, 1.0))]
    number = len(process.points)
    scene.marks += [Mark("lamina", put(at(1), side)), Mark("sap_tip", put(apex(stairs, at_stair(process.apex), 1.5), side))]
    scene.marks += [Mark("tp_groove", put(at_stair(number), side)), Mark("tp_tip", put(at_stair(number + 2), side))]
    _beyond(scene, chance, side, tip)


def _beyond(scene: Scene, chance: Chance, side: float, tip: Place) -> None:
    """What lies lateral of a tip: quadratus lumborum or psoas, the fascia that ends at the tip, the kidney or gut far beyond."""
    x, z = tip
    if chance.happens(0.5):
        size = (chance.between(6, 16), chance.between(4, 11))
        scene.ovals.append(Oval(((x + size[0] * 0.8) * side, z + chance.between(0, 14)), size, chance.between(0.5, 1.5), chance.between(0, 0.4)))
    if chance.happens(0.4):
        far = x + chance.between(15, 40)
        line = np.linspace((x + 1, z - chance.between(0, 2)), (far, z + chance.between(-8, 6)), 60)
        scene.bands.append(Band(mirrored(line, side), chance.between(0.15, 0.6), chance.between(0.5, 1.8)))
    if chance.happens(0.2):
        size = (chance.between(14, 28), chance.between(10, 20))
        place = (x + size[0] + chance.between(0, 10), z + size[1] + chance.between(4, 18))
        scene.ovals.append(Oval((place[0] * side, place[1]), size, chance.between(0.3, 0.9), chance.between(0.2, 0.9)))
