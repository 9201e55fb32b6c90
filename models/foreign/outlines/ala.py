"""Ala: a transverse plane over the sacral base. x from the midline, z from the most dorsal bone on it, mm.

Rule 1: lateral of the groove bone goes on without a free end, until the ilium or the picture's side: no sound comes back from beneath it. A
transverse process ends free in muscle instead (`processes`). All else of the two views overlaps on purpose.

Sizes: the groove lies 25 to 32 mm from the midline and 42 +-7 under the skin (Greher 2015), the iliac crest 40 to 60 mm from the midline and up to
30 mm nearer to the skin than the ala; the rest is design.
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

Surface = Callable[[Chance, Place, float], list[Place]]  # from the groove: where it lies, and how far the ala runs, mm


def _run(groove: Place, run: float, rises: tuple[tuple[float, float], ...]) -> list[Place]:
    """Control points at shares of the run, each so many mm below the groove."""
    return [(groove[0] + share * run, groove[1] + deep) for share, deep in rises]


def flat(chance: Chance, groove: Place, run: float) -> list[Place]:
    return _run(groove, run, ((0.3, chance.between(-2, 1)), (0.65, chance.between(-2, 2)), (1.0, chance.between(-2, 3))))


def falling(chance: Chance, groove: Place, run: float) -> list[Place]:
    """The plane cuts high, or the beams look caudally: the ala falls away by 15 to 40 degrees."""
    fall = min(run, 24.0) * tan(radians(chance.between(15, 40)))
    return _run(groove, run, ((0.25, fall * chance.between(0.1, 0.3)), (0.6, fall * chance.between(0.5, 0.7)), (1.0, fall)))


def rising(chance: Chance, groove: Place, run: float) -> list[Place]:
    rise = -min(run, 28.0) * tan(radians(chance.between(6, 24)))
    return _run(groove, run, ((0.3, rise * chance.between(0.1, 0.4)), (0.65, rise * chance.between(0.5, 0.8)), (1.0, rise)))


def concave(chance: Chance, groove: Place, run: float) -> list[Place]:
    """A trough that sags, then climbs to the ilium."""
    sag, climb = chance.between(2, 7), chance.between(3, 13)
    return _run(groove, run, ((0.22, sag * 0.8), (0.5, sag), (0.8, sag - climb * 0.5), (1.0, sag - climb)))


def convex(chance: Chance, groove: Place, run: float) -> list[Place]:
    """A swell between the groove and the joint."""
    swell = chance.between(2.5, 8)
    return _run(groove, run, ((0.2, -swell * 0.5), (0.45, -swell), (0.75, -swell * 0.6), (1.0, chance.between(-1, 6))))


def stepped(chance: Chance, groove: Place, run: float) -> list[Place]:
    at, high, lean = chance.between(0.3, 0.65), chance.of((-1.0, 1.0)) * chance.between(2.5, 7), chance.between(-2, 3)
    return _run(groove, run, ((at - 0.15, lean * 0.3), (at, lean * 0.5), (at + 0.06, lean * 0.5 + high), (1.0, lean + high)))


def notched(chance: Chance, groove: Place, run: float) -> list[Place]:
    """The groove as a narrow notch: within a few mm the ala stands again nearly as high as the process, or higher."""
    wide, high = chance.between(1.5, 4), chance.between(3, 9)
    lip = (groove[0] + wide, groove[1] - high)
    return [lip, *_run((lip[0], lip[1]), run - wide, ((0.4, chance.between(-2, 2)), (1.0, chance.between(-3, 5))))]


def cleft(chance: Chance, groove: Place, run: float) -> list[Place]:
    """A last lumbar vertebra that is half sacral, or a first sacral one half lumbar: its wing meets the ala at a false joint."""
    at, wide, z = max(chance.between(0.35, 0.75) * run, 5.0), chance.between(1, 3), groove[1] + chance.between(-4, 2)
    deep, beyond = chance.between(2.5, 7), chance.between(-3, 4)
    near = [(groove[0] + at * 0.5, z), (groove[0] + at, z), (groove[0] + at + 0.3, z + deep), (groove[0] + at + wide, z + deep)]
    return [*near, (groove[0] + at + wide + 0.3, z + beyond), (groove[0] + max(run, at + wide + 6), z + beyond + chance.between(-2, 4))]


FAMILIES: tuple[Surface, ...] = (flat, falling, rising, concave, convex, stepped, notched, cleft)


def transverse_sacral_ala(chance: Chance) -> Scene:
    """An ala of any family."""
    return scene_of(chance, chance.of(FAMILIES))


def scene_of(chance: Chance, family: Surface) -> Scene:
    """What lies on the midline, and on each side the S1 process, the groove and the ala of a family, up to the ilium. In a third of the scenes
    the probe stands over one side."""
    scene, build = Scene(), Build.drawn(chance)
    plate, x, base = _midline(scene, chance, build), chance.about(21, 3.5, 14, 30), chance.between(2, 5)
    up, down, run = chance.of((chance.between(0, 2), chance.between(1, 8))), chance.between(2.5, 16), chance.between(8, 30)
    for side in SIDES:
        gain = side_gain(chance)
        if gain > 0:
            place = (x * chance.about(1, 0.07), plate + chance.about(0, 1))
            _side(scene, chance, build, side, gain, (base, *place), (up, down, run), family)
    scene.need_mm, scene.focus_mm, scene.width_mm = plate + 0.6 * down + 8, x + 4, chance.of((2 * x + 30, 120.0), (5, 3))
    if chance.happens(0.35):
        scene.aside, scene.focus_mm, scene.width_mm = True, (x + chance.between(4, 14)) * chance.of(SIDES), chance.of((40.0, 2 * x + 30))
    return scene


def _midline(scene: Scene, chance: Chance, build: Build) -> float:
    """The crest of the first sacral vertebra: usual, tall, a mere bump, or none (spina bifida occulta, or the plane is that of the window above).
    Returns the depth of the laminae."""
    kind = chance.of(("usual", "tall", "low", "none"), (5, 2, 2, 2))
    plate = {"usual": chance.between(4, 14), "tall": chance.between(14, 26), "low": chance.between(1.5, 4), "none": chance.between(3, 9)}[kind]
    if kind != "none":
        spinous(scene, chance, build, (chance.between(2, 5), plate - chance.between(0, min(3.0, plate * 0.5))), "median_crest")
        return plate
    half, deep = chance.between(4, 9), plate + chance.between(0, 6)
    span = np.linspace(-half, half, 60)
    for number in range(chance.count(0, 2)):
        line = np.column_stack([span, deep + number * chance.between(9, 17) + 0.02 * span**2])
        scene.bands.append(Band(line, chance.between(0.3, 0.9), chance.between(1, 3)))
    scene.ovals.append(Oval((0.0, deep / 2), (chance.between(1, 4), deep / 2), chance.between(0.5, 1.4), 0.0))
    return plate


def _side(
    scene: Scene,
    chance: Chance,
    build: Build,
    side: float,
    gain: float,
    root: tuple[float, float, float],
    sizes: tuple[float, float, float],
    family: Surface,
) -> None:
    base, x, z = root
    up, down, run = (value * chance.between(0.8, 1.2) for value in sizes)
    top = (x, z - up)
    groove = (x + chance.between(3.5, 9), top[1] + down)
    process = hump.drawn(chance, top, groove)
    ends = chance.of(("joined", "overhung", "beyond the picture"), (4, 4, 3))
    surface = family(chance, groove, run if ends != "beyond the picture" else chance.between(55, 80))
    curve, at = outline(chance, build, [*process.points, groove, *surface])
    scene.bones.append(Bone(mirrored(curve, side), gain))
    _medial(scene, chance, build, side, gain, base, (process.points[0][0], z))
    scene.marks += [Mark("s1_sap", put(apex(curve, at(process.apex), 1.5), side)), Mark("ala_groove", put(at(len(process.points)), side))]
    if ends == "joined":
        _joined(scene, chance, build, side, surface[-1], gain)
    elif ends == "overhung":
        _overhanging(scene, chance, build, side, groove, surface[-1], gain)


def _medial(scene: Scene, chance: Chance, build: Build, side: float, gain: float, base: float, foot: Place) -> None:
    """What lies between the midline and the process: the lamina whole, faint or not seen, or the last lumbar vertebra's inferior process
    beside the joint's cleft."""
    x, z = foot
    end = (x - chance.between(0, 2), z + chance.between(-1, 2))
    points = [(base, z - chance.between(0, 3)), (max(base + 1, x * 0.55), z + chance.between(0, 3)), end]
    if chance.happens(0.3):
        hump_z, half = z - chance.between(0, 5), chance.between(2, 4)
        edge = x - chance.between(0.8, 2.5)
        points = [(max(base, edge - 3 * half), z + chance.between(0, 4)), (edge - 1.6 * half, hump_z + 1), (edge - half * 0.7, hump_z)]
        points += [(edge, hump_z + chance.between(0.5, 2)), (edge + 0.3, hump_z + chance.between(3, 6))]
    if points[0][0] < points[1][0]:
        curve, _ = outline(chance, build, points)
        scene.bones.append(Bone(mirrored(curve, side), gain * chance.of((1.0, chance.between(0.2, 0.7), 0.0), (6, 2, 2))))


def _joined(scene: Scene, chance: Chance, build: Build, side: float, end: Place, gain: float) -> None:
    """The ilium begins where the ala ends, or a joint's width beside it, and rises."""
    x = end[0] + chance.of((0.0, chance.between(0, 4)))
    _crest(scene, chance, build, side, (x, end[1] + chance.between(-3, 2)), end[1], gain)


def _overhanging(scene: Scene, chance: Chance, build: Build, side: float, groove: Place, end: Place, gain: float) -> None:
    """The crest stands over the lateral part of the ala and hides it."""
    x = groove[0] + max((end[0] - groove[0]) * chance.between(0.35, 0.95), 5)
    _crest(scene, chance, build, side, (x, end[1] - chance.between(2, 14)), end[1], gain)


def _crest(scene: Scene, chance: Chance, build: Build, side: float, lip: Place, ala_z: float, gain: float) -> None:
    """The iliac bone from its medial lip up to the crest and down its outer face, past any picture's side: bright, faint, or only its shadow."""
    x, z = lip
    high = max(ala_z - chance.between(8, 32), -chance.between(0, 6))
    high, far = min(high, z - 1.5), x + chance.between(2, 14)
    points = [(x - 0.3, z + chance.between(2, 6)), (x, z), (x + (far - x) * chance.between(0.3, 0.7), z + (high - z) * chance.between(0.4, 0.85))]
    points += [(far, high), (far + chance.between(3, 10), high + chance.between(-1, 2)), (far + chance.between(14, 26), high + chance.between(4, 20))]
    points.append((far + chance.between(45, 60), high + chance.between(20, 60)))
    curve, _ = outline(chance, build, points)
    shown = chance.of((1.0, chance.between(0.35, 0.9), 0.0), (5, 4, 1))
    scene.bones.append(Bone(mirrored(curve, side), gain * shown))
    if chance.happens(0.35):  # the iliolumbar ligament, from the crest towards the last lumbar vertebra
        inner = (x - chance.between(8, 18), z - chance.between(0, 8))
        line = np.linspace(inner, (x, z - chance.between(0, 3)), 40)
        scene.bands.append(Band(mirrored(line, side), chance.between(0.2, 0.7), chance.between(0.8, 3)))
