"""Scenes that are none of the ten views: other planes of the back, other parts, and a probe that touches nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.foreign.simulator.bone import Hand, mirrored, oval
from models.foreign.simulator.curves import Point
from models.foreign.simulator.lumbar import (
    back_muscles,
    between_spines,
    long_muscles,
    paramedian_oblique,
    spine_corners,
    spinous_tip_mm,
    transverse_facet,
    transverse_process,
)
from models.foreign.simulator.sacral import caudal_fat, sacral_muscles, transverse_s1
from models.foreign.simulator.section import Line, Region, Section, moved


def flesh_only(hand: Hand) -> Section:
    """Muscle between fasciae, no bone."""
    lines = []
    for _ in range(int(hand.rng.integers(2, 8))):
        z, slope = hand.between(hand.subject.fat_mm, 70), hand.between(-0.2, 0.2)
        lines.append(hand.line([(-60, z - 60 * slope), (0, z), (60, z + 60 * slope)], hand.between(0.4, 1.2), ragged=0.4, wave_mm=1.2))
    scene = Section((), tuple(lines), (), (), 0.0, hand.between(35, 90), hand.subject.fat_mm, "along" if hand.chance(0.5) else "across")
    return scene if hand.chance(0.5) else replace(scene, regions=vessels(hand))


def vessels(hand: Hand) -> tuple[Region, ...]:
    return tuple(
        Region(oval((hand.between(-25, 25), hand.between(12, 45)), hand.between(1.5, 5), hand.between(1.5, 4)), "fluid")
        for _ in range(int(hand.rng.integers(1, 4)))
    )


def long_bone(hand: Hand) -> Section:
    """A limb: one shaft, across (an arc) or along (a line)."""
    top = hand.subject.fat_mm * 0.5 + hand.between(6, 25)
    if hand.chance(0.55):
        wide = hand.between(7, 17)
        bone = hand.bone([(float(x), float(z)) for x, z in oval((hand.between(-9, 9), top + wide * 0.9), wide, wide * 0.9)[::4]], 0.3)
    else:
        tilt = hand.between(-0.25, 0.25)
        bone = hand.bone(
            [(-70, top - 70 * tilt), (0, top + hand.between(-2, 2)), (70, top + 70 * tilt), (70, top + 20 + 70 * tilt), (-70, top + 20 - 70 * tilt)],
            0.3,
        )
    lines = tuple(
        hand.line([(-40, z), (0, z + hand.between(-2, 2)), (40, z + hand.between(-4, 4))], hand.between(0.5, 1.1), wave_mm=1.0)
        for z in np.linspace(4, max(top - 2, 5), 3)
    )
    return Section((bone,), lines, (), (), 0.0, top + 22, hand.subject.fat_mm * 0.5)


def spines_lengthwise(hand: Hand) -> Section:
    """The midline lengthwise: caps of spinous processes, shallow, with black between."""
    tip, pitch, long = spinous_tip_mm(hand), hand.about(31, 2.5), hand.about(19, 3)
    caps = []
    for k in range(-2, 4):
        x, z = k * pitch + hand.between(-3, 3), tip + hand.about(0, 1.2)
        caps.append(hand.bone([(x, z + 2), (x + 2, z), (x + long - 2, z + 0.6), (x + long, z + 3), (x + long - 1, z + 22), (x + 1, z + 20)]))
    return Section(tuple(caps), long_muscles(hand, tip + 3), (), (), hand.between(-15, 15), tip + 45, hand.subject.fat_mm, "along")


def trident(hand: Hand) -> Section:
    """Lengthwise over transverse processes: round caps with black fingers between strips of psoas."""
    deep, pitch = hand.subject.fat_mm + hand.about(36, 3), hand.about(32, 2.5)
    caps = [
        hand.bone([(float(x), float(z)) for x, z in oval((k * pitch, deep + hand.about(4, 1)), hand.about(5.5, 1), hand.about(4, 0.6))[::5]])
        for k in range(-3, 4)
    ]
    return Section(tuple(caps), long_muscles(hand, deep), (), (), hand.between(-12, 12), deep + 30, hand.subject.fat_mm, "along")


def articular_humps(hand: Hand) -> Section:
    """Lengthwise over articular processes: one unbroken row of humps, no window."""
    deep, pitch = hand.subject.fat_mm + hand.about(29, 2.5), hand.about(31.5, 2.5)
    corners: list[Point] = [(-90, deep + 5)]
    for k in range(-2, 3):
        x = k * pitch
        corners += [
            (x - 9, deep + hand.about(0.5, 0.8)),
            (x - 1, deep - 0.5),
            (x + 1, deep + hand.about(1.8, 0.5)),
            (x + 7, deep + 0.4),
            (x + 14, deep + 6),
            (x + 17, deep + 6.5),
        ]
    return Section(
        (hand.bone([*corners, (95, deep + 5), (95, deep + 20), (-90, deep + 20)]),),
        long_muscles(hand, deep),
        (),
        (),
        hand.between(-12, 12),
        deep + 25,
        hand.subject.fat_mm,
        "along",
    )


def spine_alone(hand: Hand) -> Section:
    """Across one spinous process's end, below its laminae: a cap, a shadow, and muscle on both sides."""
    tip, height = spinous_tip_mm(hand), hand.about(20, 3)
    half = [*spine_corners(hand, tip, height, True)[:5], (2.5, tip + height)]
    bone = hand.bone(half + mirrored(half[1:])[::-1])
    return Section(
        (bone,), back_muscles(hand, tip, height), (between_spines(hand, tip - 3, tip + 60),), (), hand.between(-6, 6), tip + 50, hand.subject.fat_mm
    )


def one_lamina(hand: Hand) -> Section:
    """Across laminae alone, between joint and window: a roof of two slopes without a cleft."""
    tip, height = spinous_tip_mm(hand), hand.about(25, 2)
    half = [
        *spine_corners(hand, tip, height, hand.chance(0.6)),
        (10, tip + height + hand.about(3, 1)),
        (15, tip + height + hand.about(7, 2)),
        (13, tip + height + 14),
        (0, tip + height + 9),
    ]
    return Section(
        (hand.bone(half + mirrored(half[1:-1])[::-1]),),
        back_muscles(hand, tip, height),
        (),
        (),
        hand.between(-10, 10),
        tip + height + 20,
        hand.subject.fat_mm,
    )


def low_sacrum(hand: Hand) -> Section:
    """Across the sacrum between foramina: an unbroken plate with a low crest."""
    crest = 0.6 * hand.subject.fat_mm + hand.about(6, 1.5)
    half = [
        (0.0, crest),
        (3, crest + hand.about(2, 0.8)),
        (10, crest + hand.about(6, 1)),
        (20, crest + hand.about(6.5, 1)),
        (32, crest + hand.about(12, 2)),
        (38, crest + 22),
        (0, crest + 25),
    ]
    return Section(
        (hand.bone(half + mirrored(half[1:-1])[::-1]),),
        sacral_muscles(hand, crest, 8),
        (),
        (),
        hand.between(-10, 25),
        crest + 24,
        0.6 * hand.subject.fat_mm,
    )


def coccyx(hand: Hand) -> Section:
    """Lengthwise beyond the hiatus: short segments that dip away."""
    z, x, bones = 0.4 * hand.subject.fat_mm + hand.about(9, 2), -30.0, []
    for _ in range(5):
        long, drop = hand.about(11, 2), hand.about(2.5, 1)
        bones.append(hand.bone([(x, z), (x + long, z + drop), (x + long - 1, z + drop + 5), (x + 1, z + 5)]))
        x, z = x + long + hand.about(2, 0.5), z + drop
    return Section(tuple(bones), caudal_fat(hand, 12), (), (), hand.between(-10, 10), z + 12, 0.4 * hand.subject.fat_mm, "along")


def ribs_and_lung(hand: Hand) -> Section:
    """Two or three ribs with black behind, the pleura's bright line between them and its echoes beneath."""
    deep, pitch = hand.subject.fat_mm + hand.between(9, 20), hand.between(19, 30)
    ribs = [
        hand.bone(
            [(float(x), float(z)) for x, z in oval((k * pitch + hand.between(-2, 2), deep), hand.between(5, 8), hand.between(3, 4.5))[::5]], 0.4
        )
        for k in range(-2, 3)
    ]
    pleura, air = deep + hand.between(4, 8), []
    for k in range(1, 5):
        air.append(hand.line([(-80, pleura * k), (80, pleura * k + hand.between(-1, 1))], 6.0 / k**1.6, 0.5, 0.1, 0.3))
    lung = hand.region([(-90, pleura), (90, pleura), (90, 190), (-90, 190)], "air")
    return Section(tuple(ribs), tuple(air), (lung,), (), hand.between(-14, 14), pleura + 45, hand.subject.fat_mm)


def kidney(hand: Hand) -> Section:
    """A kidney beneath muscle, a rib's shadow sometimes."""
    deep = hand.subject.fat_mm + hand.between(38, 52)
    lean = hand.between(-0.3, 0.3)
    wide, high = hand.between(38, 52), hand.between(19, 26)
    regions = (
        hand.region([(-90, deep - high - 9), (90, deep - high - 5), (90, 190), (-90, 190)], "deep"),
        Region(oval((0, deep), wide, high, lean), "cortex"),
        Region(oval((0, deep), wide * 0.55, high * 0.42, lean), "sinus"),
    )
    rim = oval((0, deep), wide, high, lean)
    lines = (
        hand.line([(float(x), float(z)) for x, z in rim[30:60]], 1.2),
        hand.line([(float(x), float(z)) for x, z in rim[:31]], 0.8),
        *long_muscles(hand, deep - high),
    )
    ribs = (hand.bone([(float(x), float(z)) for x, z in oval((hand.between(25, 45), deep - high - 14), 6, 4)[::5]]),) if hand.chance(0.4) else ()
    return Section(ribs, lines, regions, (), hand.between(-15, 15), deep + high + 8, hand.subject.fat_mm, "along")


def in_air(hand: Hand) -> Section:
    """No contact: the lens's own echoes and noise."""
    lines = tuple(Line(np.array([[x, 1.6 * k] for x in np.arange(-90, 90, 0.2)]), 9.0 / k**1.3, 0.4, 0.05) for k in range(1, 9))
    return Section(
        (),
        lines,
        (Region(np.array([[-99.0, -30], [99, -30], [99, 190], [-99, 190]]), "air"),),
        (),
        0.0,
        hand.between(40, 120),
        0.0,
        skin="air",
        flesh="air",
    )


def gel_over_skin(hand: Hand) -> Section:
    """A thick bed of gel, and flesh far beneath or none at all."""
    deep = hand.between(8, 30)
    regions = (Region(np.array([[-99.0, -30], [99, -30], [99, deep], [-99, deep + hand.between(-6, 6)]]), "water"),)
    return Section(
        (),
        (hand.line([(-80, deep), (80, deep)], 3.0, wave_mm=2.0),),
        regions,
        (),
        0.0,
        hand.between(45, 90),
        hand.subject.fat_mm + deep,
        skin="water",
    )


def water_tank(hand: Hand) -> Section:
    """Water, a bottom plate, its second echo, and sometimes a wire."""
    deep, tilt = hand.between(35, 85), hand.between(-3, 3)
    plate = [hand.line([(-90, deep * k - tilt), (90, deep * k + tilt)], 12.0 / k**1.5, 0.8, 0.1, 0.1) for k in (1, 2)]
    if hand.chance(0.5):
        x, z = hand.between(-20, 20), hand.between(12, deep - 5)
        plate.append(hand.line([(x, z), (x + hand.between(0.3, 25), z + hand.between(-3, 3))], 6.0, wave_mm=0.0))
    return Section(
        (),
        tuple(plate),
        (Region(np.array([[-99.0, -30], [99, -30], [99, 190], [-99, 190]]), "water"),),
        (),
        0.0,
        deep * 1.3,
        0.0,
        skin="water",
        flesh="water",
    )


def too_oblique(hand: Hand) -> Section:
    """A plane of the back cut so aslant that its two sides stand at different heights and its bones are drawn out."""
    make = [transverse_facet, transverse_process, transverse_s1][int(hand.rng.integers(3))]
    turn, stretch = float(hand.rng.choice([-1, 1])) * hand.between(0.6, 0.95), hand.between(1.3, 1.9)
    whole = make(hand)
    pivot = whole.deepest_mm * 0.5
    keep = [bone for bone in whole.bones if (bone[:, 0].mean() > 0) == (turn > 0) or len(whole.bones) == 1]

    def move(points: np.ndarray) -> np.ndarray:
        x, z = points[:, 0] * stretch, points[:, 1] - pivot
        return np.stack([x * np.cos(turn) - z * np.sin(turn), x * np.sin(turn) + z * np.cos(turn) + pivot + 8], axis=1)

    return replace(moved(replace(whole, bones=tuple(keep)), move), landmarks=(), aim_mm=0.0)


def beside_the_window(hand: Hand) -> Section:
    """Lengthwise over laminae where the windows are closed: teeth that overlap, no complexes."""
    whole = paramedian_oblique(hand)
    bones = tuple(np.stack([(bone[:, 0] - bone[:, 0].mean()) * 1.9 + bone[:, 0].mean(), bone[:, 1]], axis=1) for bone in whole.bones)
    return replace(whole, bones=bones, lines=long_muscles(hand, 30), regions=(), landmarks=(), notes=("closed",))


SCENES: tuple[Callable[[Hand], Section], ...] = (
    flesh_only, flesh_only, long_bone, spines_lengthwise, trident, articular_humps, spine_alone, one_lamina, low_sacrum, coccyx,
    ribs_and_lung, kidney, in_air, gel_over_skin, water_tank, too_oblique, beside_the_window,
)  # fmt: skip


def scene(hand: Hand) -> Section:
    """One of the scenes."""
    return SCENES[int(hand.slip.integers(len(SCENES)))](hand)
