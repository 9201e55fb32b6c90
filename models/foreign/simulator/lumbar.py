"""The five lumbar planes. Heights count from the spinous process's dorsal tip; x is 0 on the midline. Sizes: edge/README.md, "Clinical ground"."""

from __future__ import annotations

import numpy as np

from models.foreign.simulator.bone import Corners, Hand, joined, mirrored, oval
from models.foreign.simulator.curves import Curve, Point, bridge, dorsal, extreme, resampled, roughened
from models.foreign.simulator.section import Landmark, Line, Region, Section


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
    near = vertebra[(np.abs(vertebra[:, 0] * sign - (out - 3.5)) < 4.0)]
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
    processes = []
    for sign, half in ((1, right), (-1, left)):
        processes.append(hand.bone(half[1] if sign > 0 else mirrored(half[1])[::-1], 0.7))
        gap = tuple((sign * x, z) for x, z in half[2])
        marks.append(Landmark("lamina", dorsal(vertebra, sign * (6.0 + half[3]) / 2), "bone"))
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


def process_marks(bone: Curve, at: dict[str, Point], medial: float, sign: int) -> list[Landmark]:
    groove, tip = (sign * at["tp_groove"][0], at["tp_groove"][1]), (sign * at["tp_tip"][0], at["tp_tip"][1])
    sap = (sign * at["sap_tip"][0], at["sap_tip"][1])
    return [
        Landmark("lamina", dorsal(bone, sign * (6.0 + medial) / 2), "bone"),
        Landmark("sap_tip", extreme(bone, sap, 3.0, (0, -1)), "bone"),
        Landmark("tp_groove", extreme(bone, groove, 2.0, (-0.6 * sign, 0.8)), "bone"),
        Landmark("tp_tip", extreme(bone, tip, 2.6, (0.85 * sign, -0.5)), "bone"),
    ]


def transverse_process(hand: Hand) -> Section:
    """Through the transverse processes: a stair on each side from the spinous process down to them."""
    tip, height, present = spinous_tip_mm(hand), hand.about(25, 2.0), hand.chance(0.8)
    right, left = process_half(hand, tip, height), process_half(hand, tip, height)
    outline = spine_corners(hand, tip, height, present) + right[0] + mirrored(spine_corners(hand, tip, height, present) + left[0])[::-1]
    bone = hand.bone(leaning(outline, hand.about(0, 2.0), tip, height))
    marks = [Landmark("spinous_process", extreme(bone, (0, tip), 7, (0, -1)), "bone")] if present else []
    marks += process_marks(bone, right[1], right[2], 1) + process_marks(bone, left[1], left[2], -1)
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


def psoas(hand: Hand, roof: float) -> tuple[Region, ...]:
    """Psoas and quadratus beneath the transverse processes, on both sides."""
    outer, foot = hand.about(62, 5), roof + hand.about(45, 5)
    return tuple(
        hand.region([(sign * 14, roof), (sign * outer, roof - hand.about(4, 2)), (sign * outer, foot), (sign * 20, foot)], "psoas")
        for sign in (-1, 1)
    )


def deep_fascia(hand: Hand, tip: Point, sign: int) -> tuple[Line, ...]:
    """The fascia that goes on from the transverse process's tip, and the psoas's."""
    x, z = tip
    outer = hand.line([(sign * (x + 1), z + 1), (sign * (x + 14), z + hand.about(-3, 2)), (sign * (x + 30), z - hand.about(9, 4))], 0.9)
    return outer, hand.line([(sign * (x - 4), z + 14), (sign * (x + 20), z + 18)], 0.5)


def articular_half(hand: Hand, base: float) -> Corners:
    """One side's articular processes where the plane runs between the laminae: an island of bone beside the window."""
    inner, wide, top = hand.about(12.5, 1.8), hand.about(13, 1.6), base + hand.about(1, 1.5)
    return [
        (inner, top + 2.4), (inner + 1.6, top + 0.3), (inner + wide * 0.45, top + hand.about(-0.8, 0.8)),
        (inner + wide * 0.6, top + hand.about(0.6, 0.8)),
        (inner + wide * 0.85, top + 0.6), (inner + wide, top + 4.5), (inner + wide - 1, top + 15), (inner + 5, top + 15), (inner + 0.5, top + 8),
    ]  # fmt: skip


def beyond(hand: Hand, base: float) -> list[Point]:
    """A transverse process's lower rim beside the articular processes, where the plane just meets it."""
    start, deep, long = hand.about(29, 1.5), base + hand.about(12, 1.5), hand.about(15, 4)
    return [
        (start, deep),
        (start + 0.5 * long, deep - 0.8),
        (start + long, deep),
        (start + long + 1, deep + 2),
        (start + long - 1, deep + 5),
        (start, deep + 6),
    ]


def canal_lines(hand: Hand, depth: float, canal: float, half_width: float) -> tuple[Line, Line]:
    """Posterior and anterior complex as they cross a transverse window."""
    bow = hand.about(1.2, 1.0)
    rear = hand.line([(-half_width, depth + bow), (0, depth), (half_width, depth + bow)], hand.between(1.5, 4.0), hand.between(0.3, 1.6), 0.15, 0.15)
    front = hand.line(
        [(-half_width - 2, depth + canal + 0.4), (0, depth + canal), (half_width + 2, depth + canal + 0.4)],
        hand.between(2.0, 5.0),
        hand.between(0.4, 2.2),
        0.15,
        0.15,
    )
    return rear, front


def crossing_midline(line: Line) -> Point:
    at = int(np.argmin(np.abs(line.points[:, 0])))
    return float(line.points[at, 0]), float(line.points[at, 1])


def transverse_interlaminar(hand: Hand) -> Section:
    """Between two laminae: no bone on the midline, articular processes beside, and the two complexes across the canal."""
    tip = spinous_tip_mm(hand)
    base = tip + hand.about(24, 2.0)
    depth, canal = base + hand.about(6.0, 1.5), hand.about(15.5, 1.8)
    right, left = articular_half(hand, base), articular_half(hand, base)
    bones = [hand.bone(right, 0.8), hand.bone(mirrored(left)[::-1], 0.8)]
    body = hand.bone(
        [
            (-22, depth + canal + 4),
            (-10, depth + canal + 0.9),
            (10, depth + canal + 0.9),
            (22, depth + canal + 4),
            (24, depth + 45),
            (-24, depth + 45),
        ],
        0.3,
    )
    lines = canal_lines(hand, depth, canal, hand.about(9, 1.0))
    if hand.chance(0.5):
        bones += [hand.bone(process) for process in (beyond(hand, base), mirrored(beyond(hand, base))[::-1])]
    edges = [(right[0], 1), ((-left[0][0], left[0][1]), -1)]
    marks = [Landmark("articular_process", extreme(bones[k], (x, z - 1), 3.0, (-0.7 * sign, -0.7)), "bone") for k, ((x, z), sign) in enumerate(edges)]
    marks += [Landmark("posterior_complex", crossing_midline(lines[0]), "line"), Landmark("anterior_complex", crossing_midline(lines[1]), "line")]
    thick = hand.about(3.2, 0.7)
    flavum = hand.region(
        [(-9, depth - thick), (0, depth - thick - 0.5), (9, depth - thick), (9, depth - 0.2), (0, depth - 0.2), (-9, depth - 0.2)], "fibre"
    )
    side = hand.about(13.5, 0.8)
    sac = Region(
        np.array(
            [
                (-side, depth + 3.5),
                (-5, depth + 1.0),
                (5, depth + 1.0),
                (side, depth + 3.5),
                (side, depth + canal - 0.6),
                (-side, depth + canal - 0.6),
            ]
        ),
        "fluid",
    )
    regions = (*psoas(hand, base + 16), between_spines(hand, tip - 2, depth - thick - 1), sac, flavum)
    return Section(
        (*bones, body),
        (*back_muscles(hand, tip, base - tip), *lines, *filaments(hand, depth, canal)),
        regions,
        tuple(marks),
        hand.about(0, 3),
        depth + canal + 6,
        hand.subject.fat_mm,
    )


def filaments(hand: Hand, depth: float, canal: float) -> tuple[Line, ...]:
    """Roots of the cauda equina: short faint lines in the sac."""
    spots = [(hand.between(-6, 6), depth + hand.between(0.25, 0.9) * canal) for _ in range(int(hand.rng.integers(0, 6)))]
    return tuple(hand.line([(x, z), (x + hand.between(1, 3), z + 0.2)], hand.between(0.15, 0.5), 0.3, 0.5) for x, z in spots)


def lamina_corners(hand: Hand, start: float, long: float, depth: float, rise: float) -> Corners:
    """A lamina cut lengthwise: its cranial end deep, its caudal end shallow and blunt."""
    thick = hand.about(6.0, 0.8)
    return [
        (start, depth + rise), (start + 0.3 * long, depth + 0.62 * rise + hand.about(0, 0.5)),
        (start + 0.7 * long, depth + 0.15 * rise + hand.about(0, 0.5)), (start + long - 1.2, depth), (start + long, depth + 1.6),
        (start + long - 1.5, depth + thick), (start + 0.3 * long, depth + rise + thick * 0.8), (start + 0.5, depth + rise + 3.5),
    ]  # fmt: skip


def paramedian_oblique(hand: Hand) -> Section:
    """Lengthwise beside the midline, leaning to it: a saw-tooth of laminae, cranial left, and the complexes through the window that is aimed at."""
    top = hand.subject.fat_mm + hand.about(26, 2.5)
    pitch, long, rise = hand.about(31.5, 2.5), hand.about(19, 1.6), hand.about(6.0, 1.6)
    drift, starts = hand.between(-0.08, 0.08), [k * pitch - pitch - long for k in range(5)]
    tops = [top + drift * (start + long / 2) + hand.about(0, 0.8) for start in starts]
    bones = [hand.bone(lamina_corners(hand, start, long + hand.about(0, 1), z, rise), 0.8) for start, z in zip(starts, tops, strict=True)]
    if hand.chance(0.3):
        bones[3:] = [sacral_slope(hand, starts[2] + long + pitch - long, tops[2] + rise)]
    cranial = extreme(bones[1], (starts[1] + long, tops[1]), 3.0, (0.85, -0.5))
    caudal = extreme(bones[2], (starts[2], tops[2] + rise), 3.5, (-0.8, -0.6))
    rear, front, regions = long_canal(hand, top + rise * 0.5 + hand.about(5.0, 1.2), drift)
    marks = [Landmark("lamina_cranial", cranial, "bone"), Landmark("lamina_caudal", caudal, "bone")]
    marks += [
        Landmark(name, on_bisector(line.points, cranial, caudal), "line") for name, line in (("posterior_complex", rear), ("anterior_complex", front))
    ]
    aim = (cranial[0] + caudal[0]) / 2
    bones += bodies(hand, front.points, aim + hand.about(6, 4), pitch)
    return Section(
        tuple(bones),
        (*long_muscles(hand, top), rear, front),
        regions,
        tuple(marks),
        aim,
        front.points[len(front.points) // 2, 1] + 5,
        hand.subject.fat_mm,
        "along",
    )


def bodies(hand: Hand, front: Curve, disc: float, pitch: float) -> list[Curve]:
    """Vertebral bodies beneath the anterior complex, discs between them: one disc lies at x = disc."""
    found, gap = [], hand.about(9, 1.2)
    for k in range(-2, 3):
        start, end = disc + k * pitch + gap / 2, disc + (k + 1) * pitch - gap / 2
        a, m, b = (float(np.interp(x, front[:, 0], front[:, 1])) + 0.7 for x in (start, (start + end) / 2, end))
        found.append(hand.bone([(start, a), ((start + end) / 2, m + 0.6), (end, b), (end - 1, b + 25), (start + 1, a + 25)], 0.4))
    return found


def sacral_slope(hand: Hand, start: float, depth: float) -> Curve:
    """The sacrum's dorsal surface as the last tooth: one long slope."""
    rise = hand.about(6, 3)
    return hand.bone(
        [
            (start, depth),
            (start + 6, depth - 3),
            (start + 30, depth - rise),
            (start + 60, depth - rise + 2),
            (start + 60, depth + 14),
            (start + 4, depth + 10),
        ]
    )


def long_canal(hand: Hand, depth: float, drift: float) -> tuple[Line, Line, tuple[Region, ...]]:
    """Both complexes, the ligamentum flavum and the sac, lengthwise; the laminae's shadows hide them but in the windows."""
    canal, thick = hand.about(15, 1.6), hand.about(3.0, 0.6)
    xs = np.linspace(-70, 70, 15)

    def along(offset: float) -> list[Point]:
        return [(float(x), depth + drift * float(x) + offset) for x in xs]

    rear = hand.line(along(0), hand.between(1.5, 4.0), hand.between(0.3, 1.6), 0.2, 0.5)
    front = hand.line(along(canal), hand.between(2.0, 5.0), hand.between(0.4, 2.2), 0.2, 0.5)
    band = [(p[0], p[1]) for p in rear.points[::20]]
    floor = [(p[0], p[1]) for p in front.points[::20]]
    flavum = Region(np.array([(x, z - thick) for x, z in band] + band[::-1]), "fibre")
    sac = Region(np.array([(x, z + 1.0) for x, z in band] + [(x, z - 0.5) for x, z in floor[::-1]]), "fluid")
    discs = Region(np.array([(x, z + 0.5) for x, z in floor] + [(x, z + 60) for x, z in floor[::-1]]), "disc")
    return rear, front, (discs, flavum, sac)


def on_bisector(line: Curve, a: Point, b: Point) -> Point:
    """Where a line meets the perpendicular through the middle between two points."""
    middle, along = (np.array(a) + np.array(b)) / 2, np.subtract(b, a)
    best = line[int(np.argmin(np.abs((line - middle) @ along)))]
    return float(best[0]), float(best[1])


def long_muscles(hand: Hand, top: float) -> tuple[Line, ...]:
    """Septa of the erector spinae lengthwise: long, slightly slanting."""
    found, upper = [], hand.subject.fat_mm
    for _ in range(int(hand.rng.integers(3, 10))):
        x, z, reach, slope = hand.between(-70, 40), hand.between(upper + 2, top), hand.between(15, 60), hand.between(-0.05, 0.22)
        found.append(hand.line([(x, z), (x + reach, min(z + slope * reach, top - 1))], hand.between(0.3, 0.9), ragged=0.5, wave_mm=0.6))
    return tuple(found)


def transverse_foramen(hand: Hand) -> Section:
    """Through a foramen, one side (x > 0): articular process, the ligament beyond it, the body's margin and the root between them."""
    tip = spinous_tip_mm(hand)
    base, edge = tip + hand.about(25, 2.0), hand.about(21, 1.8)
    rear = [
        (0, base - 3),
        (6, base),
        (edge - 7, base + 1.5),
        (edge - 4, base + hand.about(0.3, 1.0)),
        (edge - 0.8, base + 1.6),
        (edge, base + 4),
        (edge - 0.6, base + 12),
        (edge - 6, base + 15),
        (0, base + 10),
    ]
    posterior = hand.bone(rear + mirrored(rear[1:-1])[::-1])
    width, low = edge + hand.about(8.5, 1.5), base + hand.about(41, 2.5)
    body = hand.bone([(float(x), float(z)) for x, z in oval((0, low), width, 17.5 * hand.subject.size)[::4]], 0.5)
    roof = base + hand.about(11.5, 1.4)
    ligament = hand.line(
        [(edge + 1.2, roof), (edge + 10, roof + hand.about(0, 0.8)), (edge + hand.about(22, 2), roof + hand.about(-1.5, 1.5))],
        hand.between(1.4, 3.0),
        0.7,
        0.15,
    )
    wide, high = hand.about(4.4, 0.6), hand.about(3.1, 0.4)
    centre = (edge + hand.about(7.5, 1.2), roof + high + hand.about(3.8, 0.8))
    middle = ligament.points[len(ligament.points) // 2]
    margin = extreme(body, (width - 4.5, low - 9.5), 3.5, (0.7, -0.7))
    marks = (
        Landmark("articular_edge", extreme(posterior, (edge, base + 2.5), 2.8, (0.8, -0.6)), "bone"),
        Landmark("intertransverse_ligament", (float(middle[0]), float(middle[1])), "line"),
        Landmark("vertebral_edge", margin, "bone"),
        Landmark("nerve_root", centre, "soft"),
    )
    return Section(
        (posterior, body),
        (*back_muscles(hand, tip, base - tip), ligament, *root_rim(hand, centre, wide, high)),
        (*psoas(hand, roof + 2), *root_regions(hand, centre, wide, high)),
        marks,
        edge + hand.between(4, 15),
        margin[1] + 6,
        hand.subject.fat_mm,
    )


def root_regions(hand: Hand, centre: Point, wide: float, high: float) -> tuple[Region, ...]:
    """The root in its bed of fat."""
    lean, bed = hand.between(-0.4, 0.8), hand.one_of("sinus", "sinus", "fat", "fibre")
    around = roughened(resampled(oval(centre, wide + hand.about(2.2, 0.7), high + hand.about(1.7, 0.6), lean), closed=True), 0.7, 0.1, hand.rng)
    root = roughened(resampled(oval(centre, wide, high, lean), closed=True), 0.3, 0.05, hand.rng)
    return Region(around, bed), Region(root, "nerve")


def root_rim(hand: Hand, centre: Point, wide: float, high: float) -> tuple[Line, ...]:
    """The root's bright sheath above and beneath."""
    strength = hand.between(0.3, 1.1)
    turn = np.linspace(0.15 * np.pi, 0.85 * np.pi, 9)
    below = [(centre[0] + wide * float(np.cos(t)), centre[1] + high * float(np.sin(t))) for t in turn]
    above = [(x, 2 * centre[1] - z) for x, z in below]
    return hand.line(above, strength, wave_mm=0.05), hand.line(below, strength * 0.8, wave_mm=0.05)


__all__ = ["joined", "paramedian_oblique", "transverse_facet", "transverse_foramen", "transverse_interlaminar", "transverse_process"]
