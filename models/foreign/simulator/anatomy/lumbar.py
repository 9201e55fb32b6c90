"""Two lumbar planes across bone: through a facet joint and through the transverse processes; and the muscles that all lumbar planes share.

Heights count from the spinous process's dorsal tip; x is 0 on the midline. Sizes: edge/README.md, "Clinical ground".
"""

from __future__ import annotations

import numpy as np

from models.foreign.simulator.anatomy.bone import Hand, mirrored
from models.foreign.simulator.anatomy.curves import Curve, Point, bridge, dorsal, extreme
from models.foreign.simulator.anatomy.section import Landmark, Line, Region, Section


def spinous_tip_mm(hand: Hand) -> float:
    """Depth of the spinous process's dorsal tip: just under the fascia."""
    return hand.subject.fat_mm + hand.about(4.5, 1.2)


def spine_corners(hand: Hand, tip: float, height: float, present: bool) -> list[Point]:
    """One flank of the spinous process, from its tip to its base on the lamina; a stump where the plane misses the process."""
    knob, neck = hand.about(3.6, 0.9), hand.about(2.6, 0.5)
    if not present:
        return [(0, tip + height - 3.5), (2.5, tip + height - 2.5), (5.0, tip + height)]
    return [(0, tip), (knob * 0.7, tip + 0.6), (knob, tip + 4), (neck, tip + 9), (neck + 0.4, tip + height - 7), (6.0, tip + height)]


def leaning(corners: list[Point], by_mm: float, tip: float, height: float) -> list[Point]:
    """The outline with the spinous process bent sideways: by_mm at the tip, nothing at the lamina."""
    return [(x + by_mm * max(0.0, 1 - (z - tip) / height) * (abs(x) < 6.5), z) for x, z in corners]


def below(outline: Curve, depth: float) -> Curve:
    """The outline without its spinous process, which may lean over a lamina."""
    return outline[outline[:, 1] > depth]


def back_muscles(hand: Hand, tip: float, height: float) -> tuple[Line, ...]:
    """Septa between multifidus, longissimus and iliocostalis, short tendons, and the fascia beneath erector spinae."""
    top, found = hand.subject.fat_mm, []
    for sign in (-1, 1):
        for start, end, strength in ((hand.about(13, 3), hand.about(25, 4), 1.3), (hand.about(33, 4), hand.about(44, 4), 1.1)):
            found.append(
                hand.line(
                    [(sign * start, top + 1), (sign * (start + end) / 2, tip + 0.45 * height), (sign * end, tip + height - 3)], strength, wave_mm=1.0
                )
            )
        for _ in range(int(hand.rng.integers(2, 9))):
            x, z = hand.between(5, 45), hand.between(tip + 4, tip + height)
            reach, slope = hand.between(2, 7), hand.between(-1.5, 2.5)
            found.append(hand.line([(sign * x, z), (sign * (x + reach), z + slope)], hand.between(0.3, 0.9), ragged=0.6))
    return tuple(found)


def between_spines(hand: Hand, tip: float, bottom: float) -> Region:
    """The interspinous ligament and what lies beside it, a band on the midline."""
    wide = hand.about(2.6, 0.5)
    tissue = hand.one_of("fibre", "fibre", "fat", "muscle")
    return hand.region([(-wide, tip), (wide, tip), (wide * 1.3, bottom), (-wide * 1.3, bottom)], tissue)


def psoas(hand: Hand, roof: float) -> tuple[Region, ...]:
    """Psoas and quadratus beneath the transverse processes, on both sides."""
    outer, foot = hand.about(62, 5), roof + hand.about(45, 5)
    return tuple(
        hand.region([(sign * 14, roof), (sign * outer, roof - hand.about(4, 2)), (sign * outer, foot), (sign * 20, foot)], "psoas")
        for sign in (-1, 1)
    )


def facet_halves(hand: Hand, tip: float, height: float) -> tuple[list[Point], list[Point], tuple[Point, Point], float]:
    """One side's lamina with inferior process, its superior process, the gap's middle line (two points on it), and where the process begins."""
    out, lean, gap = hand.about(19, 2.6), np.radians(hand.between(12, 55)), hand.subject.gap_mm / 2
    rim, step = tip + height + hand.about(1.0, 1.3), hand.about(0.2, 1.1)
    down = np.array([-np.sin(lean), np.cos(lean)])
    across = np.array([np.cos(lean), np.sin(lean)])
    mouth = np.array([out, rim + 0.6])
    inner, outer = mouth - gap * across, mouth + gap * across
    medial = out - hand.about(7.0, 1.0)
    low = inner + down * hand.about(9, 1.5)
    ip = [(medial - 1.5, tip + height + 1.6), (medial + 1, rim - 0.3), ((medial + inner[0]) / 2 + 0.5, rim - hand.about(1.3, 0.5))]
    ip += [(inner[0] - 0.6, inner[1] - 0.6), tuple(inner + down * 1.0), tuple(low), (max(4.5, low[0] - 4), low[1] + 1.5), (0, tip + height + 9)]
    deep = outer + down * 10 - across * (2 * gap + 1.5)
    top = (outer[0] + 2.6, rim - 1.0 + step)
    sp = [tuple(outer + down * 1.0), (outer[0] + 0.7, outer[1] - 0.6 + 0.6 * step), top, (outer[0] + hand.about(5.2, 0.6), rim + 1.0 + step)]
    sp += [(outer[0] + hand.about(7.4, 0.8), rim + 7), (outer[0] + 7, rim + 16), (deep[0] + 2, rim + 17), tuple(deep)]
    return ip, sp, (tuple(mouth), tuple(mouth + down)), medial


def crossing(a: Point, b: Point, c: Point, d: Point) -> Point:
    """Where the line through a and b meets the line through c and d."""
    p, r, q, s = np.array(a), np.subtract(b, a), np.array(c), np.subtract(d, c)
    share = float(((q - p)[0] * s[1] - (q - p)[1] * s[0]) / (r[0] * s[1] - r[1] * s[0]))
    return float(p[0] + share * r[0]), float(p[1] + share * r[1])


def facet_mark(vertebra: Curve, process: Curve, gap: tuple[Point, Point], sign: int) -> Landmark:
    """The dorsal opening: the gap's middle line on the line that touches both processes dorsally."""
    out = abs(gap[0][0])
    beside = (np.abs(vertebra[:, 0] * sign - (out - 3.5)) < 4.0) & (vertebra[:, 1] > gap[0][1] - 6)  # not a spinous process that leans over
    near = vertebra[beside]
    a, b = bridge(near, process) if sign > 0 else bridge(process, near)
    inner, outer = (a, b) if sign > 0 else (b, a)
    return Landmark("facet", crossing(inner, outer, gap[0], gap[1]), "bone", (inner, outer))


def transverse_facet(hand: Hand) -> Section:
    """Through a facet joint: spinous process, laminae, and on each side the cleft between the two articular processes."""
    tip, height, present = spinous_tip_mm(hand), hand.about(25, 2.0), hand.chance(0.85)
    right, left = facet_halves(hand, tip, height), facet_halves(hand, tip, height)
    spine_right, spine_left = (spine_corners(hand, tip, height, present) for _ in range(2))
    outline = spine_right + right[0] + mirrored(spine_left + left[0])[::-1]
    vertebra = hand.bone(leaning(outline, hand.about(0, 2.0), tip, height))
    marks = [Landmark("spinous_process", extreme(vertebra, (0, tip), 7, (0, -1)), "bone")] if present else []
    processes, arch = [], below(vertebra, tip + 0.6 * height)
    for sign, half in ((1, right), (-1, left)):
        processes.append(hand.bone(half[1] if sign > 0 else mirrored(half[1])[::-1], 0.7))
        gap = tuple((sign * x, z) for x, z in half[2])
        marks.append(Landmark("lamina", dorsal(arch, sign * (6.0 + half[3]) / 2), "bone"))
        marks.append(facet_mark(vertebra, processes[-1], (gap[0], gap[1]), sign))
    aim = hand.between(0, 22)
    return Section(
        (vertebra, *processes),
        back_muscles(hand, tip, height),
        (between_spines(hand, tip - 3, tip + 2),),
        tuple(marks),
        aim,
        tip + height + 14,
        hand.subject.fat_mm,
    )


def process_half(hand: Hand, tip: float, height: float) -> tuple[list[Point], dict[str, Point], float]:
    """One side at the transverse process: lamina, superior articular process, a step down to the groove, and the process to its tip."""
    sap, base = hand.about(21, 2.2), tip + height
    medial = sap - hand.about(5.5, 0.8)
    peak, groove = base + hand.about(-0.5, 2.2), base + hand.about(12.5, 2.0)
    groove_x = sap + hand.about(7.8, 1.0)
    end_x, end_z = groove_x + hand.about(18, 3.5), groove + hand.about(-0.5, 2.5)
    corners = [(medial - 2, base + 2.2), (medial, base + 1.5), (sap - 1.5, peak + 0.4), (sap + 1.2, peak + 0.3), (sap + 3.6, peak + 3.2)]
    corners += [
        (groove_x - 1.8, groove - 2.0),
        (groove_x, groove),
        ((groove_x + end_x) / 2, (groove + end_z) / 2 + hand.about(-0.6, 0.9)),
        (end_x - 2.5, end_z - 0.2),
    ]
    corners += [(end_x, end_z + 1.2), (end_x - 1, end_z + 5), (groove_x + 3, groove + 7), (groove_x - 3, groove + 9), (12, base + 16), (0, base + 9)]
    return corners, {"sap_tip": (sap, peak), "tp_groove": (groove_x, groove), "tp_tip": (end_x, end_z)}, medial


def process_marks(arch: Curve, at: dict[str, Point], medial: float, sign: int) -> list[Landmark]:
    groove, tip = (sign * at["tp_groove"][0], at["tp_groove"][1]), (sign * at["tp_tip"][0], at["tp_tip"][1])
    sap = (sign * at["sap_tip"][0], at["sap_tip"][1])
    return [
        Landmark("lamina", dorsal(arch, sign * (6.0 + medial) / 2), "bone"),
        Landmark("sap_tip", extreme(arch, sap, 3.0, (0, -1)), "bone"),
        Landmark("tp_groove", extreme(arch, groove, 2.0, (-0.6 * sign, 0.8)), "bone"),
        Landmark("tp_tip", extreme(arch, tip, 2.6, (0.85 * sign, -0.5)), "bone"),
    ]


def transverse_process(hand: Hand) -> Section:
    """Through the transverse processes: a stair on each side from the spinous process down to them."""
    tip, height, present = spinous_tip_mm(hand), hand.about(25, 2.0), hand.chance(0.8)
    right, left = process_half(hand, tip, height), process_half(hand, tip, height)
    outline = spine_corners(hand, tip, height, present) + right[0] + mirrored(spine_corners(hand, tip, height, present) + left[0])[::-1]
    bone = hand.bone(leaning(outline, hand.about(0, 2.0), tip, height))
    marks = [Landmark("spinous_process", extreme(bone, (0, tip), 7, (0, -1)), "bone")] if present else []
    arch = below(bone, tip + 0.6 * height)
    marks += process_marks(arch, right[1], right[2], 1) + process_marks(arch, left[1], left[2], -1)
    lines = (*back_muscles(hand, tip, height), *deep_fascia(hand, right[1]["tp_tip"], 1), *deep_fascia(hand, left[1]["tp_tip"], -1))
    return Section(
        (bone,),
        lines,
        (*psoas(hand, tip + height + 16), between_spines(hand, tip - 3, tip + 2)),
        tuple(marks),
        hand.between(2, 30),
        tip + height + 22,
        hand.subject.fat_mm,
    )


def deep_fascia(hand: Hand, tip: Point, sign: int) -> tuple[Line, ...]:
    """The fascia that goes on from the transverse process's tip, and the psoas's."""
    x, z = tip
    outer = hand.line([(sign * (x + 1), z + 1), (sign * (x + 14), z + hand.about(-3, 2)), (sign * (x + 30), z - hand.about(9, 4))], 0.9)
    return outer, hand.line([(sign * (x - 4), z + 14), (sign * (x + 20), z + 18)], 0.5)
