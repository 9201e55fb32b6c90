"""Lumbar templates: what four views hold. x from the midline (from the window's middle where sagittal), z from the spinous tip or laminae, mm.

Anatomy as PROCEDURES and published scanning guides describe it; every number below is a range, wide on purpose.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from models.foreign.outlines.chance import Chance
from models.foreign.outlines.curves import Points
from models.foreign.outlines.scene import Band, Bone, Build, Mark, Oval, Scene, apex, outline

SIDES = (-1.0, 1.0)


def mirrored(curve: Points, side: float) -> Points:
    return curve * (side, 1.0)


def put(point: tuple[float, float], side: float) -> tuple[float, float]:
    return point[0] * side, point[1]


def side_gain(chance: Chance) -> float:
    """How bright one side's bones are: mostly whole, at times faint, at times not there (0)."""
    return chance.of((1.0, chance.between(0.4, 0.8), 0.0), (84, 12, 4))


def spinous(scene: Scene, chance: Chance, build: Build, base: tuple[float, float], name: str) -> None:
    """The spinous process or crest on the midline, from its base (x, z) to its tip at z 0: whole, only a cap, faint, or only its shadow."""
    half, lean = min(chance.between(0.8, 3.5), base[0] * 0.8), chance.about(0, 1.5, -3, 3)
    flat = chance.between(0, 1.5)
    wall = min(base[1] * 0.4, chance.between(2, 7))
    left, right = (lean - half, flat), (lean + half, chance.between(0, 1.5))
    points = [(-base[0], base[1]), (lean - half - 0.8, wall), left, (lean, 0.0), right, (lean + half + 0.8, wall), (base[0], base[1])]
    if chance.happens(0.45):
        points = points[1:-1]
    curve, at = outline(chance, build, points, 0.5)
    gain = chance.of((1.0, chance.between(0.35, 0.8), 0.0), (70, 18, 12))
    scene.bones.append(Bone(curve, gain, casts=gain == 0 or chance.happens(0.95)))
    if gain > 0:
        scene.marks.append(Mark(name, apex(curve, at(len(points) // 2), 2.0)))


def transverse_facet(chance: Chance) -> Scene:
    """Spinous process, laminae, and on each side inferior and superior articular process with the joint's cleft between them."""
    scene, build = Scene(), Build.drawn(chance)
    x, z, base = chance.about(19, 4.5, 11, 30), chance.between(12, 30), chance.between(2.5, 6)
    gap, drop = chance.between(0.8, 3.2), chance.between(0, 7)
    spinous(scene, chance, build, (base, z + drop - chance.between(0, 4)), "spinous_process")
    for side in SIDES:
        gain = side_gain(chance)
        if gain > 0:
            _facet_side(
                scene, chance, build, side, gain, base, (x * chance.about(1, 0.08), z + chance.about(0, 1.5)), gap * chance.between(0.7, 1.3), drop
            )
    scene.need_mm, scene.focus_mm, scene.width_mm = z + 8, x, 2 * x + 20
    return scene


def _facet_side(
    scene: Scene, chance: Chance, build: Build, side: float, gain: float, base: float, joint: tuple[float, float], gap: float, drop: float
) -> None:
    x, z = joint
    edge = max(base + 2.5, x - chance.between(5, 9))
    lamina, deep = ((base + edge) / 2, z + drop + chance.between(-1, 1)), chance.between(2.5, 7)
    hump, horn, fall = chance.between(0, 2.5), chance.between(-1.5, 3.5), chance.between(8, 16)
    inner = [(base, lamina[1] - chance.between(0, 4)), lamina, (edge, z + drop * 0.5 + chance.between(-0.5, 1))]
    inner += [(x - gap / 2 - chance.between(1.5, 3.5), z - hump), (x - gap / 2, z + 0.4), (x - gap / 2 + 0.3, z + deep)]
    outer = [(x + gap / 2 - 0.3, z + deep), (x + gap / 2, z + 0.4), (x + gap / 2 + chance.between(1.5, 4), z - horn)]
    outer += [(x + gap / 2 + chance.between(5, 8), z + fall * chance.between(0.2, 0.5)), (x + gap / 2 + chance.between(8, 13), z + fall)]
    medial, at = outline(chance, build, inner)
    lateral, at_lateral = outline(chance, build, outer)
    scene.bones += [Bone(mirrored(medial, side), gain), Bone(mirrored(lateral, side), gain * chance.between(0.6, 1.0))]
    first, second = apex(medial, at(3), 1.0), apex(lateral, at_lateral(2), 1.0)
    opening = (x, float(np.interp(x, [first[0], second[0]], [first[1], second[1]])))
    if chance.happens(0.4):
        scene.bands.append(Band(mirrored(np.linspace(first, second, 30), side), chance.between(0.2, 0.7), chance.between(0.6, 1.8)))
    scene.marks += [Mark("lamina", put(at(1), side)), Mark("facet", put(opening, side))]


def transverse_interlaminar(chance: Chance) -> Scene:
    """No bone on the midline: articular processes as wings on both sides, posterior and anterior complex as bright bands between them."""
    scene, build = Scene(), Build.drawn(chance)
    x, z = chance.about(11, 2.5, 6.5, 17), chance.between(13, 30)
    back = z + chance.between(1, 10)
    front = back + chance.between(11, 20)
    wings = chance.happens(0.5)
    for side in SIDES:
        gain = side_gain(chance)
        if gain > 0:
            _wing(scene, chance, build, side, gain, (x * chance.about(1, 0.1), z + chance.about(0, 1.5)), wings)
    _complex(scene, chance, back, chance.between(3.5, min(9.0, x)), chance.between(0, 0.35), "posterior_complex", 0.12)
    _complex(scene, chance, front, chance.between(4, min(12.0, x + 1)), chance.between(-0.1, 0.1), "anterior_complex", 0.08)
    _canal(scene, chance, back, front, x)
    scene.need_mm, scene.focus_mm, scene.width_mm = front + 6, 0.0, 2 * x + 22
    return scene


def _wing(scene: Scene, chance: Chance, build: Build, side: float, gain: float, edge: tuple[float, float], wings: bool) -> None:
    x, z = edge
    joint, width = x + chance.between(4, 9), chance.between(9, 15)
    points = [(x - 0.4, z + chance.between(1.5, 5)), (x, z), (x + 2.5, z - chance.between(0, 3))]
    if chance.happens(0.55):
        points += [(joint - 0.7, z - chance.between(-1, 2)), (joint, z + chance.between(1, 4)), (joint + 0.9, z - chance.between(-1, 2))]
    points += [(joint + 3, z - chance.between(-1, 3)), (joint + width * 0.6, z + chance.between(2, 7)), (joint + width, z + chance.between(6, 14))]
    curve, at = outline(chance, build, points)
    scene.bones.append(Bone(mirrored(curve, side), gain))
    scene.marks.append(Mark("articular_process", put(at(1), side)))
    if wings:
        deep = z + chance.between(8, 15)
        tp, _ = outline(
            chance, build, [(joint + width + 1, deep), (joint + width + 10, deep + chance.between(-3, 3)), (joint + width + 18, deep + 3)]
        )
        scene.bones.append(Bone(mirrored(tp, side), gain * chance.between(0.4, 0.9)))


def _complex(scene: Scene, chance: Chance, z: float, half: float, roof: float, name: str, hidden: float) -> None:
    """A bright band over the midline, its leading edge at depth z there, falling away by roof to the sides."""
    if chance.happens(hidden):
        return
    x = np.linspace(-half, half * chance.between(0.7, 1.3), 60)
    wave = chance.between(0, 0.5) * np.sin(x * chance.between(0.3, 1.0)) * (x / half)
    curve = np.column_stack([x + chance.about(0, 0.8), z + roof * (np.hypot(x, 1.5) - 1.5) + wave])
    scene.bands.append(Band(curve, chance.between(0.5, 1.0), chance.between(1.0, 3.2)))
    scene.marks.append(Mark(name, (0.0, float(np.interp(0.0, curve[:, 0], curve[:, 1]))), soft=True))


def _canal(scene: Scene, chance: Chance, back: float, front: float, x: float) -> None:
    """What lies between and above the complexes: the fluid of the sac, a second line of the ligament, the interspinous stripe."""
    middle = (back + front) / 2
    scene.ovals.append(Oval((0.0, middle + 1), (x * chance.between(0.6, 0.9), (front - back) / 2), chance.between(0.3, 0.95), 0.0))
    for _ in range(chance.count(0, 4)):
        scene.ovals.append(Oval((chance.about(0, 3), middle + chance.about(0, 3)), (1.0, 0.8), chance.between(1.1, 2.0), 0.0))
    if chance.happens(0.35):
        span = np.linspace(-x * 0.5, x * 0.5, 40)
        line = np.column_stack([span, back - chance.between(2.5, 4.5) + 0.2 * np.abs(span)])
        scene.bands.append(Band(line, chance.between(0.15, 0.45), chance.between(0.8, 1.6)))
    if chance.happens(0.6):
        scene.ovals.append(Oval((0.0, back / 2 - 2), (chance.between(1.2, 4), back / 2), chance.between(0.45, 1.5), 0.0))
    if chance.happens(0.7):
        span = np.linspace(-14, 14, 60)
        body = np.column_stack([span, front + chance.between(0.8, 2) + 0.01 * span**2])
        scene.bones.append(Bone(body, chance.between(0.0, 0.7)))


def paramedian_oblique(chance: Chance) -> Scene:
    """Saw-tooth laminae, cranial at the left, with a window between two of them through which both complexes show;
    at times the sacrum at the right."""
    scene, build = Scene(), Build.drawn(chance)
    length, gap, rise = chance.between(13, 23), chance.between(8, 18), chance.between(-1, 7)
    trend, shape, z = chance.between(-0.18, 0.18), chance.of((-1.0, 0.0, 1.0, 2.0)), chance.between(8, 26)
    low, ends = chance.happens(0.25), []
    for number in range(-2, 1 if low else 2):
        start = gap / 2 + number * (length + gap) + chance.about(0, 1.2)
        sacrum = low and number == 0
        ends.append(
            _tooth(scene, chance, build, (start, z + trend * start + chance.about(0, 1)), length * chance.between(0.85, 1.15), rise, shape, sacrum)
        )
    thickness, canal = chance.between(2, 9), chance.between(10, 19)
    for number, (cranial, caudal) in enumerate(pairwise(ends)):
        _window(scene, chance, cranial[1], caudal[0], thickness, canal, marked=number == 1)
    scene.need_mm, scene.focus_mm, scene.width_mm = z + thickness + canal + 8, 0.0, 2 * length + gap
    return scene


def _tooth(
    scene: Scene, chance: Chance, build: Build, start: tuple[float, float], length: float, rise: float, shape: float, sacrum: bool
) -> tuple[tuple[float, float], tuple[float, float]]:
    """One lamina from its cranial to its caudal edge (both handed back); the caudal one lies nearer to the skin, like roof tiles."""
    x, z = start
    rise, length = rise + chance.about(0, 1), length * (2.5 if sacrum else 1.0)
    bulge = shape * chance.between(0.3, 1.3)
    points = [(x - 0.5, z + rise / 2 + chance.between(1, 4)), (x, z + rise / 2), (x + length * 0.35, z + rise * 0.15 - bulge)]
    points += [(x + length * 0.7, z - rise * 0.25 - bulge), (x + length, z - rise / 2), (x + length + 0.4, z - rise / 2 + chance.between(1, 4))]
    curve, at = outline(chance, build, points)
    scene.bones.append(Bone(curve, chance.between(0.6, 1.0)))
    return at(1), at(4)


def _window(
    scene: Scene, chance: Chance, cranial: tuple[float, float], caudal: tuple[float, float], thickness: float, canal: float, marked: bool
) -> None:
    middle = ((cranial[0] + caudal[0]) / 2, (cranial[1] + caudal[1]) / 2)
    half = max(2.5, (caudal[0] - cranial[0]) / 2 + chance.between(-1, 3))
    slope = (caudal[1] - cranial[1]) / max(caudal[0] - cranial[0], 3)
    x = np.linspace(-half, half, 60)
    axis = np.asarray(caudal) - np.asarray(cranial)
    if marked:
        scene.marks += [Mark("lamina_cranial", cranial), Mark("lamina_caudal", caudal)]
    for name, deep, hidden in (("posterior_complex", thickness, 0.1), ("anterior_complex", thickness + canal, 0.15)):
        bow = chance.between(-0.02, 0.03) * x**2
        curve = np.column_stack([middle[0] + x, middle[1] + deep + chance.about(0, 0.5) + slope * chance.between(0.2, 1.0) * x + bow])
        if chance.happens(hidden if marked else 0.35):
            continue
        scene.bands.append(Band(curve, chance.between(0.55, 1.0), chance.between(1.0, 3.0)))
        if marked:
            foot = curve[np.argmin(np.abs((curve - middle) @ axis))]
            scene.marks.append(Mark(name, (float(foot[0]), float(foot[1])), soft=True))
    if chance.happens(0.6):
        body = np.column_stack([middle[0] + x, middle[1] + thickness + canal + 1.5 + slope * x])
        scene.bones.append(Bone(body, chance.between(0.0, 0.6)))
    scene.ovals.append(Oval((middle[0], middle[1] + thickness + canal / 2), (half, canal / 2 - 1), chance.between(0.35, 0.95), 0.0))


def transverse_foramen(chance: Chance) -> Scene:
    """One side at the foramen: articular process and its lateral edge, intertransverse ligament, nerve root under it, vertebral body's edge below."""
    scene, build = Scene(), Build.drawn(chance)
    side = chance.of(SIDES)
    x, z = chance.about(23, 4, 14, 33), chance.between(15, 32)
    _articular(scene, chance, build, side, (x, z), marked=True)
    if chance.happens(0.45):
        _articular(scene, chance, build, -side, (x * chance.about(1, 0.08), z + chance.about(0, 2)), marked=False)
    if chance.happens(0.35):
        spinous(scene, chance, build, (3.0, chance.between(8, 14)), "spinous_process")
        scene.marks = [mark for mark in scene.marks if mark.name != "spinous_process"]
    deep = _behind(scene, chance, build, side, (x, z))
    scene.need_mm, scene.focus_mm, scene.width_mm, scene.aside = deep + 6, side * (x + 4), 40.0, True
    return scene


def _articular(scene: Scene, chance: Chance, build: Build, side: float, edge: tuple[float, float], marked: bool) -> None:
    x, z = edge
    hump = z - chance.between(1, 6)
    points = [(max(3.5, x - chance.between(12, 17)), z + chance.between(-2, 6)), (x - chance.between(7, 10), hump + chance.between(0, 3))]
    points += [(x - chance.between(3, 5), hump), (x, z), (x + 0.6, z + chance.between(4, 10))]
    curve, at = outline(chance, build, points)
    scene.bones.append(Bone(mirrored(curve, side), chance.between(0.6, 1.0)))
    if marked:
        scene.marks.append(Mark("articular_edge", put(at(3), side)))


def _behind(scene: Scene, chance: Chance, build: Build, side: float, edge: tuple[float, float]) -> float:
    """Ligament, root and body lateral of an articular edge. Returns the depth of the body's edge."""
    x, z = edge
    roof, far = z + chance.between(3, 10), x + chance.between(13, 24)
    ligament, at = outline(
        chance, build, [(x + 1.2, roof), ((x + 1.2 + far) / 2, roof + chance.between(-1, 2)), (far, roof + chance.between(-2, 4))], 0.4
    )
    scene.bands.append(Band(mirrored(ligament, side), chance.between(0.35, 0.9), chance.between(0.8, 2.2)))
    root, radius = (x + chance.between(3, 9), roof + chance.between(4.5, 10)), chance.between(1.8, 3.8)
    size = (radius * chance.between(0.9, 1.6), radius)
    scene.ovals.append(Oval(put(root, side), size, chance.between(0.25, 0.75), chance.between(0.2, 0.8)))
    body = (x + chance.between(1.5, 7), root[1] + radius + chance.between(2, 8))
    shape = [(body[0] - 7, body[1] - chance.between(-2, 1)), body, (body[0] + 5, body[1] + chance.between(2, 5))]
    shape += [(body[0] + 9, body[1] + chance.between(6, 11)), (body[0] + 12, body[1] + 18)]
    wall, at_wall = outline(chance, build, shape)
    scene.bones.append(Bone(mirrored(wall, side), chance.between(0.45, 1.0)))
    scene.marks += [Mark("intertransverse_ligament", put(at(1), side), soft=True), Mark("nerve_root", put(root, side), soft=True)]
    scene.marks.append(Mark("vertebral_edge", put(at_wall(1), side)))
    return body[1]
