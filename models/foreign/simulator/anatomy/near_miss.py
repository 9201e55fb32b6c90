"""Planes of the back that are none of the ten views: between them, beside them, or far too aslant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.foreign.simulator.anatomy.bone import Hand, mirrored, oval
from models.foreign.simulator.anatomy.canal import long_muscles, paramedian_oblique
from models.foreign.simulator.anatomy.curves import Point
from models.foreign.simulator.anatomy.hiatus import caudal_fat
from models.foreign.simulator.anatomy.lumbar import back_muscles, between_spines, spine_corners, spinous_tip_mm, transverse_facet, transverse_process
from models.foreign.simulator.anatomy.sacral import sacral_muscles, transverse_s1
from models.foreign.simulator.anatomy.section import Section, moved


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
