"""Sacral templates: what four views hold. x from the midline (from the hiatus where sagittal), z from the most dorsal bone, mm."""

from __future__ import annotations

import numpy as np

from models.foreign.outlines.chance import Chance
from models.foreign.outlines.lumbar import SIDES, mirrored, put, side_gain, spinous
from models.foreign.outlines.scene import Band, Bone, Build, Mark, Oval, Scene, apex, outline


def ilium(scene: Scene, chance: Chance, build: Build, side: float, edge: tuple[float, float], gain: float) -> tuple[float, float]:
    """The iliac bone from its medial edge, rising laterally to the posterior spine and falling beyond. Returns where the edge lies."""
    x, z = edge
    far, high = x + chance.between(5, 12), z - chance.between(6, 18)
    points = [(x - 0.3, z + chance.between(2, 6)), (x, z), (x + (far - x) * 0.5, z + (high - z) * chance.between(0.4, 0.8))]
    points += [(far, high), (far + chance.between(4, 9), high + chance.between(-1, 2)), (far + 18, high + chance.between(4, 14))]
    curve, at = outline(chance, build, points)
    scene.bones.append(Bone(mirrored(curve, side), gain))
    return at(1)


def transverse_s1(chance: Chance) -> Scene:
    """Dorsal surface of the sacrum with its crest and the gap of the first foramen on each side, or on one."""
    scene, build = Scene(), Build.drawn(chance)
    plate, middle, width = chance.between(3, 14), chance.about(23.5, 2.5, 17, 30), chance.between(5, 11)
    base, only = chance.between(2, 6), chance.of((0.0, -1.0, 1.0), (65, 18, 17))
    spinous(scene, chance, build, (base, plate - chance.between(0, 2)), "median_crest")
    slope = chance.between(-0.05, 0.25)
    for side in SIDES:
        gain = side_gain(chance)
        if gain > 0:
            place = (middle * chance.about(1, 0.06), plate + chance.about(0, 1), width * chance.between(0.8, 1.25))
            _s1_side(scene, chance, build, side, gain, (base, slope), place, gap=side != -only)
    scene.need_mm, scene.focus_mm, scene.width_mm = plate + 12, middle, 2 * middle + 16
    return scene


def _s1_side(
    scene: Scene, chance: Chance, build: Build, side: float, gain: float, root: tuple[float, float], place: tuple[float, float, float], gap: bool
) -> None:
    base, slope = root
    middle, z, width = place
    inner, outer = middle - width / 2, middle + width / 2
    medial = [
        (base, z - chance.between(0, 2)),
        (inner * 0.55, z + slope * 6),
        (inner - 2, z + slope * inner * 0.8 - chance.between(-1, 2)),
        (inner, z + slope * inner),
    ]
    lateral = [(outer, z + slope * outer * 0.8 + chance.between(-2.5, 2)), (outer + 5, z + slope * outer - chance.between(-1, 4))]
    lateral += [(outer + 12, z + slope * outer + chance.between(-2, 5)), (outer + chance.between(16, 24), z + chance.between(2, 14))]
    if not gap:
        curve, _ = outline(chance, build, [*medial, *lateral])
        scene.bones.append(Bone(mirrored(curve, side), gain))
        return
    medial.append((inner + 0.5, medial[-1][1] + chance.between(2, 6)))
    lateral.insert(0, (outer - 0.5, lateral[0][1] + chance.between(2, 6)))
    near, at = outline(chance, build, medial)
    far, at_far = outline(chance, build, lateral)
    scene.bones += [Bone(mirrored(near, side), gain), Bone(mirrored(far, side), gain * chance.between(0.6, 1.0))]
    _foramen(scene, chance, (middle * side, z + slope * middle), width)
    scene.marks += [Mark("foramen_medial_lip", put(at(3), side)), Mark("foramen_lateral_lip", put(at_far(1), side))]
    if chance.happens(0.25):
        ilium(scene, chance, build, side, (outer + chance.between(18, 26), z + chance.between(0, 6)), gain * chance.between(0.5, 1))


def _foramen(scene: Scene, chance: Chance, place: tuple[float, float], width: float) -> None:
    """What shows through a foramen: soft tissue, and at times the ventral wall or the root below."""
    x, z = place
    if chance.happens(0.6):
        span = np.linspace(-width * 0.45, width * 0.45, 30)
        scene.bands.append(
            Band(np.column_stack([x + span, z + chance.between(9, 14) + 0.05 * span]), chance.between(0.25, 0.8), chance.between(1, 2.5))
        )
    if chance.happens(0.4):
        scene.ovals.append(Oval((x, z + chance.between(4, 7)), (width * 0.35, chance.between(1.5, 3)), chance.between(0.4, 1.3), 0.0))


def transverse_sacroiliac(chance: Chance) -> Scene:
    """Median crest, second foramen, the sacrum's surface down to its edge, the joint's cleft, and the ilium that rises laterally."""
    scene, build = Scene(), Build.drawn(chance)
    plate, hole, width = chance.between(3, 13), chance.about(15, 2, 10, 20), chance.between(4.5, 9)
    edge, cleft, base = (chance.between(26, 40), chance.between(2, 13)), chance.between(1.5, 7), chance.between(2, 5)
    spinous(scene, chance, build, (base, plate - chance.between(0, 2)), "median_crest")
    for side in SIDES:
        gain = side_gain(chance)
        if gain > 0:
            far = (edge[0] * chance.about(1, 0.06), plate + edge[1] + chance.about(0, 1.5), cleft * chance.between(0.7, 1.4))
            _joint_side(scene, chance, build, side, gain, (base, plate), (hole * chance.about(1, 0.06), width), far)
    scene.need_mm, scene.focus_mm, scene.width_mm = plate + edge[1] + 8, edge[0] - 4, 2 * edge[0] + 16
    return scene


def _sacral_plate(
    chance: Chance, root: tuple[float, float], hole: tuple[float, float], edge: tuple[float, float]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Control points from the crest's foot to the second foramen's medial lip, and from its lateral lip to the sacrum's edge."""
    (base, plate), (middle, width), (x, z) = root, hole, edge
    inner, outer = middle - width / 2, middle + width / 2
    lip, lip_far = plate + chance.between(-1, 2), plate + (z - plate) * 0.2 + chance.between(-1.5, 2)
    medial = [
        (base, plate - chance.between(0, 2)),
        ((base + inner) / 2, plate + chance.between(-1, 1)),
        (inner, lip),
        (inner + 0.5, lip + chance.between(2, 5)),
    ]
    lateral = [
        (outer - 0.5, lip_far + chance.between(2, 5)),
        (outer, lip_far),
        (outer + (x - outer) * 0.5, (lip_far + z) / 2 - chance.between(-1, 3)),
    ]
    lateral += [(x, z), (x + 0.5, z + chance.between(2, 6))]
    return medial, lateral


def _joint_side(
    scene: Scene,
    chance: Chance,
    build: Build,
    side: float,
    gain: float,
    root: tuple[float, float],
    hole: tuple[float, float],
    far: tuple[float, float, float],
) -> None:
    plate, (middle, width), (x, z, cleft) = root[1], hole, far
    medial, lateral = _sacral_plate(chance, root, hole, (x, z))
    near, at = outline(chance, build, medial)
    plate_curve, at_plate = outline(chance, build, lateral)
    scene.bones += [Bone(mirrored(near, side), gain), Bone(mirrored(plate_curve, side), gain * chance.between(0.7, 1.0))]
    iliac = ilium(scene, chance, build, side, (x + cleft, z - chance.between(-2, 5)), gain * chance.between(0.7, 1.0))
    _foramen(scene, chance, (middle * side, plate), width)
    lips = np.mean([at(2), at_plate(1)], axis=0)
    scene.marks.append(Mark("s2_foramen", put((float(lips[0]), float(lips[1])), side)))
    scene.marks += [Mark("sacral_edge", put(at_plate(3), side)), Mark("iliac_edge", put(iliac, side))]


def transverse_sacral_hiatus(chance: Chance) -> Scene:
    """Two cornua as inverted U's, the sacrococcygeal ligament as a band between them, the sacral floor below."""
    scene, build = Scene(), Build.drawn(chance)
    x, lid = chance.about(9.2, 1.4, 6, 13), chance.between(0.3, 4.5)
    floor, arch = lid + chance.about(1.8, 0.7, 0.8, 3.5) + chance.between(1.2, 8), chance.between(-0.02, 0.05)
    for side in SIDES:
        gain = chance.of((1.0, chance.between(0.5, 0.9), 0.0), (82, 14, 4))
        if gain > 0:
            _cornu(scene, chance, build, side, gain, x * chance.about(1, 0.1), chance.about(0, 0.8))
    reach = x - chance.between(1.5, 3.5)
    span = np.linspace(-reach, reach, 60)
    if not chance.happens(0.06):
        scene.bands.append(Band(np.column_stack([span, lid + arch * span**2]), chance.between(0.5, 1.0), chance.between(0.9, 2.6)))
        scene.marks.append(Mark("scl", (0.0, lid), soft=True))
    bottom = np.column_stack([span * 0.95, floor + chance.between(-0.03, 0.01) * span**2])
    gain = chance.of((chance.between(0.5, 1.0), 0.0), (92, 8))
    scene.bones.append(Bone(bottom, gain))
    scene.ovals.append(Oval((0.0, (lid + floor) / 2 + 0.6), (reach, (floor - lid) / 2), chance.between(0.3, 1.0), 0.0))
    if gain > 0:
        scene.marks.append(Mark("sacral_floor", (0.0, floor), soft=True))
    scene.need_mm, scene.focus_mm, scene.width_mm = floor + 8, 0.0, 2 * x + 14
    return scene


def _cornu(scene: Scene, chance: Chance, build: Build, side: float, gain: float, x: float, z: float) -> None:
    wide, wall = chance.between(1.0, 3.0), chance.between(2.5, 8)
    points = [
        (x - wide - chance.between(0.3, 1.5), z + wall),
        (x - wide, z + chance.between(0.6, 2)),
        (x, z),
        (x + wide, z + chance.between(0.5, 2.5)),
    ]
    points += [(x + wide + chance.between(1, 4), z + chance.between(3, 8)), (x + wide + chance.between(8, 18), z + chance.between(5, 16))]
    curve, at = outline(chance, build, points[: chance.of((5, 6))])
    scene.bones.append(Bone(mirrored(curve, side), gain))
    scene.marks.append(Mark("cornu", put(apex(curve, at(2), 1.5), side)))


def longitudinal_sacral_hiatus(chance: Chance) -> Scene:
    """Cranial at the left: the sacrum's dorsal plate ends at the hiatus; the ligament slopes from there over the canal; the floor lies below."""
    scene, build = Scene(), Build.drawn(chance)
    slope, thick = chance.between(-0.25, 0.2), chance.between(2, 4.5)
    plate = [(-x, -slope * x + chance.about(0, 1.2)) for x in (62.0, 46.0, 32.0, 20.0, 10.0)]
    plate += [(-2.5, chance.about(0, 0.6)), (0.0, 0.0), (chance.between(0.3, 1.5), chance.between(1, thick))]
    curve, at = outline(chance, build, plate)
    scene.bones.append(Bone(curve, chance.between(0.65, 1.0)))
    end = at(6)
    scene.marks.append(Mark("hiatus_apex", end))
    lid, canal = end[1] + chance.between(0.2, 3.0), chance.about(1.8, 0.7, 0.8, 3.5) + chance.between(1.5, 8)
    tilt, long = chance.between(-0.1, 0.35), chance.between(14, 30)
    floor = _floor(scene, chance, build, end[0], lid + canal, tilt, long)
    span = np.linspace(-1.0, long, 100)
    drop = lid + tilt * span + canal * np.clip((span - 8) / (long - 8), 0, 1) ** 1.5
    band = np.column_stack([end[0] + span, drop + chance.between(0, 0.8) * np.sin(span / 5)])
    if not chance.happens(0.06):
        scene.bands.append(Band(band, chance.between(0.45, 1.0), chance.between(0.9, 2.8)))
        scl = (end[0] + 5.0, float(np.interp(end[0] + 5.0, band[:, 0], band[:, 1])))
        scene.marks.append(Mark("scl", scl, soft=True))
        if floor is not None:
            foot = floor[np.argmin(np.hypot(*(floor - scl).T))]
            scene.marks.append(Mark("sacral_floor", (float(foot[0]), float(foot[1])), soft=True))
    scene.need_mm, scene.focus_mm, scene.width_mm = lid + canal + 10, 0.0, 45.0
    return scene


def _floor(
    scene: Scene, chance: Chance, build: Build, x: float, z: float, tilt: float, long: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    """The ventral wall under the ligament, then the coccyx. None where it is not seen."""
    controls = [(x - 14, z - chance.between(-1, 3)), (x, z), (x + 6, z + 6 * tilt + chance.between(-0.6, 0.6)), (x + long - 1, z + tilt * long)]
    curve, _ = outline(chance, build, controls, 0.6)
    seen = chance.happens(0.9)
    scene.bones.append(Bone(curve, chance.between(0.5, 1.0) if seen else 0.0))
    start, deep = x + long + chance.between(0, 4), z + tilt * long - chance.between(0, 3)
    for _ in range(chance.count(0, 3)):
        length = chance.between(7, 14)
        piece, _ = outline(chance, build, [(start, deep + 1), (start + length / 2, deep - 0.5), (start + length, deep + chance.between(0, 4))])
        scene.bones.append(Bone(piece, chance.between(0.5, 1.0)))
        start, deep = start + length + 2, deep + chance.between(0, 5)
    return curve if seen else None
