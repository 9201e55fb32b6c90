"""Templates of view "none": planes and places without the landmarks of any view."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.outlines import lumbar, processes, sacral
from models.foreign.outlines.chance import Chance
from models.foreign.outlines.scene import Band, Bone, Build, Oval, Scene, outline


def muscle(chance: Chance) -> Scene:
    """Muscle with septa, no bone."""
    scene = Scene(need_mm=chance.between(20, 60))
    for _ in range(chance.count(0, 5)):
        _septum(scene, chance)
    return scene


def _septum(scene: Scene, chance: Chance) -> None:
    x = np.linspace(-60, 60, 120)
    z = chance.between(-5, 60) + chance.between(-0.4, 0.4) * x + chance.between(0, 3) * np.sin(x / chance.between(8, 30) + chance.between(0, 6))
    scene.bands.append(Band(np.column_stack([x, z]), chance.between(0.2, 0.9), chance.between(0.5, 2.5)))


def _shaft(scene: Scene, chance: Chance, build: Build, x: float, z: float, half: float) -> None:
    """One long bone's arc, as a section shows it."""
    turn, flat = np.linspace(-1, 1, 7) * chance.between(0.6, 1.5), chance.between(0.3, 1.0)
    points = [(x + half * float(np.sin(angle)), z + half * flat * float(1 - np.cos(angle))) for angle in turn]
    scene.bones.append(Bone(outline(chance, build, points, 0.4)[0], chance.between(0.6, 1.0)))


def one_bone(chance: Chance) -> Scene:
    scene, half = Scene(), chance.between(4, 22)
    _shaft(scene, chance, Build.drawn(chance), chance.about(0, 8), 0.0, half)
    scene.need_mm = half + 12
    return scene


def two_bones(chance: Chance) -> Scene:
    scene, build, gap = Scene(need_mm=30), Build.drawn(chance), chance.between(12, 45)
    _shaft(scene, chance, build, -gap / 2, chance.about(2, 3), chance.between(3, 12))
    _shaft(scene, chance, build, gap / 2, chance.about(2, 3), chance.between(3, 12))
    return scene


def long_shaft(chance: Chance) -> Scene:
    """A long bone along the picture: one nearly straight line from side to side."""
    scene, slope = Scene(need_mm=30), chance.between(-0.3, 0.3)
    points = [(x, slope * x + chance.about(0, 1.5)) for x in (-70.0, -40.0, -15.0, 15.0, 40.0, 70.0)]
    scene.bones.append(Bone(outline(chance, Build.drawn(chance), points)[0]))
    return scene


def ribs(chance: Chance) -> Scene:
    """Rib caps with the pleura's bright line between and below them."""
    scene, build, pitch = Scene(need_mm=35), Build.drawn(chance), chance.between(16, 34)
    deep = chance.between(5, 12)
    for number in range(-3, 4):
        _shaft(scene, chance, build, number * pitch + chance.about(0, 2), chance.about(0, 1), chance.between(3.5, 8))
    x = np.linspace(-70, 70, 200)
    for echo in range(chance.count(1, 4)):
        scene.bands.append(Band(np.column_stack([x, deep * (1 + echo) + 0.6 * np.sin(x / 9)]), 1.0 / (1 + echo), chance.between(1, 2.5)))
    return scene


def sagittal_processes(chance: Chance) -> Scene:
    """A sagittal plane through transverse processes: short caps with shadows, muscle between them (the trident); no complexes."""
    scene, build, pitch = Scene(need_mm=40), Build.drawn(chance), chance.between(24, 38)
    shift, half = chance.between(-10, 10), chance.between(3, 7)
    for number in range(-2, 3):
        _shaft(scene, chance, build, shift + number * pitch, chance.about(0, 1.5), half * chance.between(0.8, 1.2))
    return scene


def sagittal_joints(chance: Chance) -> Scene:
    """A sagittal plane through articular processes: humps joined to one wavy line without a window."""
    scene, pitch, high = Scene(need_mm=35), chance.between(24, 36), chance.between(2.5, 7)
    points = []
    for number in range(-3, 4):
        x = number * pitch + chance.about(0, 1)
        points += [
            (x - pitch * 0.28, 0.0),
            (x + pitch * 0.05, chance.about(0, 0.8)),
            (x + pitch * 0.25, high),
            (x + pitch * 0.5, high + chance.about(0, 1)),
        ]
    scene.bones.append(Bone(outline(chance, Build.drawn(chance), points)[0]))
    return scene


def spinous_row(chance: Chance) -> Scene:
    """The midline sagittal plane over spinous processes: long shallow caps and black shadows, ligament between."""
    scene, build, pitch = Scene(need_mm=45), Build.drawn(chance), chance.between(26, 40)
    shift, half = chance.between(-12, 12), chance.between(0.28, 0.4) * pitch
    for number in range(-2, 3):
        x, z = shift + number * pitch, chance.about(0, 1.5)
        points = [(x - half, z + 3), (x - half * 0.8, z), (x, z + chance.about(0, 1)), (x + half * 0.8, z + chance.between(-1, 1)), (x + half, z + 3)]
        scene.bones.append(Bone(outline(chance, build, points)[0]))
    return scene


def iliac_alone(chance: Chance) -> Scene:
    """The iliac crest or another flat bone that rises to one side, with nothing beside it."""
    scene, side = Scene(need_mm=35), chance.of((-1.0, 1.0))
    sacral.ilium(scene, chance, Build.drawn(chance), side, (chance.between(-20, 5), chance.between(5, 18)), 1.0)
    return scene


def vessels(chance: Chance) -> Scene:
    """Dark round vessels and honeycomb nerves in soft tissue."""
    scene = muscle(chance)
    for _ in range(chance.count(1, 5)):
        radius, place = chance.between(1.5, 9), (chance.between(-25, 25), chance.between(2, 40))
        scene.ovals.append(Oval(place, (radius * chance.between(0.8, 1.8), radius), chance.between(0.05, 1.4), chance.between(0, 0.9)))
    return scene


def joint(chance: Chance) -> Scene:
    """A limb's joint: two bone ends that meet at a cleft, capsule above."""
    scene, build, high = Scene(need_mm=25), Build.drawn(chance), chance.between(-6, 6)
    left = [(-60.0, chance.between(0, 14)), (-25.0, chance.between(0, 8)), (-9.0, chance.between(-2, 3)), (-1.5, 2.0), (-1.0, chance.between(5, 12))]
    right = [
        (1.0, chance.between(5, 12)),
        (1.5, 2.0 + high),
        (9.0, high + chance.between(-1, 3)),
        (25.0, high + chance.between(0, 8)),
        (60.0, chance.between(0, 14)),
    ]
    scene.bones += [Bone(outline(chance, build, points)[0]) for points in (left, right)]
    x = np.linspace(-14, 14, 60)
    scene.bands.append(Band(np.column_stack([x, np.minimum(high, 0) - 3 + 0.01 * x**2]), chance.between(0, 0.8), chance.between(0.8, 2.5)))
    return scene


def blobs(chance: Chance) -> Scene:
    """Bright and dark patches and broken lines that mean nothing."""
    scene, build = Scene(need_mm=50), Build.drawn(chance)
    for _ in range(chance.count(1, 7)):
        place = (chance.between(-40, 40), chance.between(0, 60))
        scene.ovals.append(Oval(place, (chance.between(2, 18), chance.between(1.5, 12)), chance.between(0.2, 2.2), chance.between(0, 0.6)))
    for _ in range(chance.count(0, 4)):
        x, z, long = chance.between(-40, 40), chance.between(0, 50), chance.between(3, 18)
        points = [(x, z), (x + long / 2, z + chance.about(0, 3)), (x + long, z + chance.about(0, 6))]
        scene.bones.append(Bone(outline(chance, build, points)[0], chance.between(0.4, 1), casts=chance.happens(0.5)))
    return scene


def empty(chance: Chance) -> Scene:
    """Air, gel or water: nothing but what the face itself gives."""
    scene = Scene(need_mm=chance.between(15, 70))
    spacing = chance.between(2, 12)
    x = np.linspace(-90, 90, 90)
    for echo in range(chance.count(0, 6)):
        scene.bands.append(Band(np.column_stack([x, (echo + 1) * spacing - 8.0 + 0 * x]), 0.8 / (1 + echo), chance.between(0.6, 2)))
    return scene


def sideways(chance: Chance) -> Scene:
    """A plane of the spine turned so far that no view is left of it: lines that run steeply down the picture."""
    scene, build = Scene(need_mm=45), Build.drawn(chance)
    for number in range(chance.count(1, 3)):
        x, side = chance.between(-25, 25), chance.of((-1, 1))
        points = [(x + side * k * chance.between(2, 6), number * 6 + k * chance.between(7, 12)) for k in range(5)]
        scene.bones.append(Bone(outline(chance, build, points)[0], chance.between(0.5, 1)))
    return scene


def upside_down(chance: Chance) -> Scene:
    """A view of the ten standing on its head: `render` turns the picture in the beams."""
    template = chance.of((lumbar.transverse_facet, processes.transverse_process, sacral.transverse_s1, sacral.transverse_sacroiliac))
    return template(chance)


KINDS: tuple[Callable[[Chance], Scene], ...] = (
    muscle, one_bone, two_bones, long_shaft, ribs, sagittal_processes, sagittal_joints, spinous_row, iliac_alone, vessels, joint, blobs, empty,
    sideways, upside_down,
)  # fmt: skip
SHARES = (10, 10, 8, 6, 8, 8, 7, 8, 6, 10, 7, 6, 6, 4, 6)
