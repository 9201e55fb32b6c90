"""Three planes across the sacrum: at its top, through the first foramina, and through the second with the sacroiliac joints.

Depths count from the median crest.
"""

from __future__ import annotations

import numpy as np

from models.foreign.simulator.anatomy.bone import Hand, mirrored
from models.foreign.simulator.anatomy.curves import Curve, Point, extreme
from models.foreign.simulator.anatomy.section import Landmark, Line, Region, Section


def crest_mm(hand: Hand, over: float) -> float:
    """Depth of the median crest: fat thins towards the sacrum's end."""
    return over * hand.subject.fat_mm + hand.about(5, 1.0)


def sacral_muscles(hand: Hand, crest: float, reach: float) -> tuple[Line, ...]:
    """The fascia from the crest outwards, tendons of multifidus, and fat streaks."""
    found = []
    for sign in (-1, 1):
        out = hand.about(40, 5)
        found.append(
            hand.line([(sign * 2, crest - 0.5), (sign * out / 2, crest - hand.about(1, 1)), (sign * out, crest + hand.about(2, 2))], 0.9, wave_mm=0.6)
        )
        for _ in range(int(hand.rng.integers(2, 7))):
            x, z = hand.between(4, 38), hand.between(crest + 1, crest + reach)
            found.append(hand.line([(sign * x, z), (sign * (x + hand.between(2, 9)), z + hand.between(-2, 2))], hand.between(0.3, 0.9), ragged=0.6))
    return tuple(found)


def ala_half(hand: Hand, crest: float) -> tuple[list[Point], dict[str, Point]]:
    """One side at the top of the sacrum: crest, lamina, S1's superior process, the groove, and the ala."""
    sap, plate = hand.about(23, 2.0), crest + hand.about(17, 1.8)
    peak = plate - hand.about(5.0, 1.6)
    groove_x, groove = sap + hand.about(7.5, 0.9), plate + hand.about(9, 1.8)
    ala = groove - hand.about(1.5, 1.5)
    corners = [
        (0, crest),
        (2.6, crest + 1.4),
        (4.2, crest + 8),
        (8, plate - 1.5),
        (sap - 6.5, plate),
        (sap - 4.2, plate - 1),
        (sap - 1.4, peak + 0.4),
        (sap + 1.2, peak + 0.3),
    ]
    corners += [
        (sap + 3.6, peak + 3.5),
        (groove_x - 1.8, groove - 1.8),
        (groove_x, groove),
        (groove_x + 9, (groove + ala) / 2 - hand.about(0.5, 0.8)),
        (groove_x + 22, ala),
    ]
    corners += [(groove_x + 36, ala + 4), (groove_x + 36, ala + 14), (groove_x, groove + 14), (0, plate + 12)]
    return corners, {"sap": (sap, peak), "groove": (groove_x, groove)}


def iliac_crest(hand: Hand, crest: float, inner: float) -> Curve:
    """The back of the iliac crest, shallow at the picture's side."""
    top = crest + hand.about(6, 3)
    return hand.bone(
        [(inner, top + 3), (inner + 5, top), (inner + 14, top + 1), (inner + 22, top + 6), (inner + 20, top + 24), (inner + 4, top + 20)]
    )


def transverse_sacral_ala(hand: Hand) -> Section:
    """At the top of the sacrum: the groove between S1's superior articular process and the ala."""
    crest = crest_mm(hand, 0.95)
    right, left = ala_half(hand, crest), ala_half(hand, crest)
    bone = hand.bone(right[0] + mirrored(left[0][1:])[::-1])
    present = hand.chance(0.85)
    if not present:
        bone = np.stack([bone[:, 0], np.maximum(bone[:, 1], crest + 9 + 0.2 * np.abs(bone[:, 0]))], axis=1)
    marks = [Landmark("median_crest", extreme(bone, (0, crest), 5, (0, -1)), "bone")] if present else []
    for sign, at in ((1, right[1]), (-1, left[1])):
        marks.append(Landmark("s1_sap", extreme(bone, (sign * at["sap"][0], at["sap"][1]), 3.0, (0, -1)), "bone"))
        marks.append(Landmark("ala_groove", extreme(bone, (sign * at["groove"][0], at["groove"][1]), 2.0, (-0.6 * sign, 0.8)), "bone"))
    bones = (bone, iliac_crest(hand, crest, hand.about(54, 3))) if hand.chance(0.4) else (bone,)
    return Section(bones, sacral_muscles(hand, crest, 15), (), tuple(marks), hand.between(2, 30), right[1]["groove"][1] + 8, hand.subject.fat_mm)


def foramen_half(hand: Hand, crest: float, out: float, wide: float, depth: float) -> tuple[list[Point], dict[str, Point]]:
    """One side from the crest to a dorsal foramen, its floor, and its lateral lip with the lateral crest beyond."""
    plate = crest + depth
    rise = hand.about(1.6, 0.8)
    medial, lateral = (out - wide / 2, plate + hand.about(0.3, 0.6)), (out + wide / 2, plate + hand.about(0.0, 0.8))
    floor = plate + hand.about(11.3, 1.4)
    corners = [
        (0, crest),
        (2.6, crest + 1.4),
        (4.5, crest + 0.5 * depth),
        (8.5, plate - 0.8),
        ((8.5 + medial[0]) / 2, plate - rise),
        (medial[0] - 1.5, medial[1] - 0.4),
        medial,
    ]
    narrow = hand.between(0.05, 0.3) * wide
    corners += [
        (medial[0] + 0.5, plate + 4),
        (medial[0] + narrow, floor - 1),
        (out, floor + 0.8),
        (lateral[0] - narrow, floor - 0.6),
        (lateral[0] - 0.5, plate + 4),
        lateral,
    ]
    corners += [(lateral[0] + 1.5, lateral[1] - 0.6), (lateral[0] + 4.5, plate - hand.about(2.2, 0.8))]
    return corners, {"foramen_medial_lip": medial, "foramen_lateral_lip": lateral}


def foramen_filling(hand: Hand, at: dict[str, Point], sign: int) -> Region:
    """Nerve and fat in a foramen, down to its floor."""
    a, b = at["foramen_medial_lip"], at["foramen_lateral_lip"]
    tissue = hand.one_of("nerve", "nerve", "fat", "fluid")
    return Region(
        np.array([(sign * (a[0] - 1), a[1] + 0.8), (sign * (b[0] + 1), b[1] + 0.8), (sign * b[0], b[1] + 14), (sign * a[0], a[1] + 14)]), tissue
    )


def lip(bone: Curve, at: Point, sign: int, inwards: int) -> Point:
    """The dorsal corner of a foramen's lip: inwards 1 where the gap lies lateral of it, -1 where medial."""
    return extreme(bone, (sign * at[0], at[1]), 1.6, (0.72 * sign * inwards, -0.7))


def transverse_s1(hand: Hand) -> Section:
    """Through the first dorsal foramina: a gap in the sacrum's bright plate on each side."""
    crest, deep = crest_mm(hand, 0.9), hand.about(11, 1.5)
    halves = []
    for _ in range(2):
        corners, at = foramen_half(hand, crest, hand.about(23.5, 1.4), hand.about(8.0, 1.3), deep)
        out, plate = at["foramen_lateral_lip"][0], crest + deep
        corners += [(out + 12, plate + 1), (out + 24, plate + 4), (out + 34, plate + 9), (out + 34, plate + 26), (0, plate + 26)]
        halves.append((corners, at))
    bone = hand.bone(halves[0][0] + mirrored(halves[1][0][1:])[::-1], 0.8)
    marks = [Landmark("median_crest", extreme(bone, (0, crest), 5, (0, -1)), "bone")]
    for sign, (_, at) in zip((1, -1), halves, strict=True):
        marks.append(Landmark("foramen_medial_lip", lip(bone, at["foramen_medial_lip"], sign, 1), "bone"))
        marks.append(Landmark("foramen_lateral_lip", lip(bone, at["foramen_lateral_lip"], sign, -1), "bone"))
    return Section(
        (bone,),
        sacral_muscles(hand, crest, deep),
        tuple(foramen_filling(hand, at, sign) for sign, (_, at) in zip((1, -1), halves, strict=True)),
        tuple(marks),
        hand.between(0, 24),
        crest + deep + 16,
        0.9 * hand.subject.fat_mm,
    )


def joint_half(hand: Hand, crest: float, deep: float) -> tuple[list[Point], list[Point], dict[str, Point]]:
    """One side at S2: sacrum with its foramen to the joint's margin, and the ilium beyond the cleft."""
    corners, at = foramen_half(hand, crest, hand.about(18.5, 1.5), hand.about(5.8, 0.9), deep)
    plate, edge = crest + deep, hand.about(33, 2.2)
    sacral = (edge, plate + hand.about(4.0, 1.6))
    corners += [(edge - 4, sacral[1] - 1.3), sacral, (edge + 0.8, sacral[1] + 5), (edge + 3, plate + 24), (0, plate + 24)]
    gap = hand.about(3.4, 0.8) * 0.75 + 0.3 * hand.subject.gap_mm
    iliac = (edge + gap, sacral[1] - hand.about(1.2, 1.2))
    rise = hand.about(9, 2.5)
    ilium = [
        (sacral[0] + 0.2, sacral[1] + hand.about(8, 1.5)),
        iliac,
        (iliac[0] + 1.6, iliac[1] - 2.6),
        (iliac[0] + 6, iliac[1] - 0.75 * rise),
        (iliac[0] + 13, iliac[1] - rise),
    ]
    ilium += [
        (iliac[0] + 22, iliac[1] - rise + 2),
        (iliac[0] + 32, iliac[1] - rise + 9),
        (iliac[0] + 28, iliac[1] + 22),
        (iliac[0] - 1, iliac[1] + 24),
    ]
    return corners, ilium, at | {"sacral_edge": sacral, "iliac_edge": iliac}


def between(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def joint_marks(sacrum: Curve, ilium: Curve, at: dict[str, Point], sign: int) -> list[Landmark]:
    medial, lateral = lip(sacrum, at["foramen_medial_lip"], sign, 1), lip(sacrum, at["foramen_lateral_lip"], sign, -1)
    sacral, iliac = at["sacral_edge"], at["iliac_edge"]
    return [
        Landmark("s2_foramen", between(medial, lateral), "bone", (medial, lateral)),
        Landmark("sacral_edge", extreme(sacrum, (sign * sacral[0], sacral[1]), 2.0, (0.72 * sign, -0.7)), "bone"),
        Landmark("iliac_edge", extreme(ilium, (sign * iliac[0], iliac[1]), 2.2, (-0.85 * sign, -0.5)), "bone"),
    ]


def transverse_sacroiliac(hand: Hand) -> Section:
    """At the second foramen: median crest, foramen, the sacrum's margin, the cleft, and the ilium that rises beyond it."""
    crest, deep = crest_mm(hand, 0.9), hand.about(9, 1.4)
    right, left = joint_half(hand, crest, deep), joint_half(hand, crest, deep)
    sacrum = hand.bone(right[0] + mirrored(left[0][1:])[::-1], 0.8)
    ilia = [hand.bone(right[1]), hand.bone(mirrored(left[1])[::-1])]
    present = hand.chance(0.85)
    marks = [Landmark("median_crest", extreme(sacrum, (0, crest), 5, (0, -1)), "bone")] if present else []
    if not present:
        sacrum = np.stack([sacrum[:, 0], np.maximum(sacrum[:, 1], crest + 0.75 * deep)], axis=1)
    marks += joint_marks(sacrum, ilia[0], right[2], 1) + joint_marks(sacrum, ilia[1], left[2], -1)
    return Section(
        (sacrum, *ilia),
        sacral_muscles(hand, crest, deep),
        (foramen_filling(hand, right[2], 1), foramen_filling(hand, left[2], -1)),
        tuple(marks),
        hand.between(14, 32),
        right[2]["sacral_edge"][1] + 8,
        0.9 * hand.subject.fat_mm,
    )
