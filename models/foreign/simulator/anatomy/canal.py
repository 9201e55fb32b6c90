"""Two planes through a window into the lumbar canal: across it on the midline, and lengthwise beside the midline."""

from __future__ import annotations

import numpy as np

from models.foreign.simulator.anatomy.bone import Corners, Hand, mirrored
from models.foreign.simulator.anatomy.curves import Curve, Point, extreme
from models.foreign.simulator.anatomy.lumbar import back_muscles, between_spines, psoas, spinous_tip_mm
from models.foreign.simulator.anatomy.section import Landmark, Line, Region, Section


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


def islands(hand: Hand, base: float) -> tuple[list[Curve], list[Landmark]]:
    """The articular processes on both sides with their medial dorsal edges, and at times the transverse processes beyond."""
    right, left = articular_half(hand, base), articular_half(hand, base)
    bones = [hand.bone(right, 0.8), hand.bone(mirrored(left)[::-1], 0.8)]
    inner = ((right[0], 1), ((-left[0][0], left[0][1]), -1))
    marks = [
        Landmark("articular_process", extreme(bone, (x, z - 1), 3.0, (-0.7 * sign, -0.7)), "bone")
        for bone, ((x, z), sign) in zip(bones, inner, strict=True)
    ]
    if hand.chance(0.5):
        bones += [hand.bone(process) for process in (beyond(hand, base), mirrored(beyond(hand, base))[::-1])]
    return bones, marks


def window(hand: Hand, depth: float, canal: float, thick: float) -> tuple[Region, Region]:
    """The sac, as wide as the window, and the ligamentum flavum over it."""
    roof = [(-9, depth - thick), (0, depth - thick - 0.5), (9, depth - thick), (9, depth - 0.2), (0, depth - 0.2), (-9, depth - 0.2)]
    side, floor = hand.about(13.5, 0.8), depth + canal - 0.6
    sac = np.array([(-side, depth + 3.5), (-5, depth + 1.0), (5, depth + 1.0), (side, depth + 3.5), (side, floor), (-side, floor)])
    return Region(sac, "fluid"), hand.region(roof, "fibre")


def body_behind(hand: Hand, front: float) -> Curve:
    """The vertebral body, or the disc's rim, just beneath the anterior complex."""
    return hand.bone([(-22, front + 4), (-10, front + 0.9), (10, front + 0.9), (22, front + 4), (24, front + 30), (-24, front + 30)], 0.3)


def transverse_interlaminar(hand: Hand) -> Section:
    """Between two laminae: no bone on the midline, articular processes beside, and the two complexes across the canal."""
    tip = spinous_tip_mm(hand)
    base = tip + hand.about(24, 2.0)
    depth, canal, thick = base + hand.about(6.0, 1.5), hand.about(15.5, 1.8), hand.about(3.2, 0.7)
    bones, marks = islands(hand, base)
    lines = canal_lines(hand, depth, canal, hand.about(9, 1.0))
    names = ("posterior_complex", "anterior_complex")
    marks += [Landmark(name, crossing_midline(line), "line") for name, line in zip(names, lines, strict=True)]
    return Section(
        (*bones, body_behind(hand, depth + canal)),
        (*back_muscles(hand, tip, base - tip), *lines, *filaments(hand, depth, canal)),
        (*psoas(hand, base + 16), between_spines(hand, tip - 2, depth - thick - 1), *window(hand, depth, canal, thick)),
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


def teeth(hand: Hand, top: float, drift: float, pitch: float) -> tuple[list[Curve], Point, Point, float]:
    """Five laminae, or three and the sacrum's slope, the two edges of the window that is aimed at, and how much deeper a cranial end lies."""
    long, rise = hand.about(19, 1.6), hand.about(5.2, 1.5)
    starts = [k * pitch - pitch - long for k in range(5)]
    tops = [top + drift * (start + long / 2) + hand.about(0, 0.8) for start in starts]
    bones = [hand.bone(lamina_corners(hand, start, long + hand.about(0, 1), z, rise), 0.8) for start, z in zip(starts, tops, strict=True)]
    if hand.chance(0.3):
        bones[3:] = [sacral_slope(hand, starts[2] + pitch, tops[2] + rise)]
    cranial = extreme(bones[1], (starts[1] + long, tops[1]), 3.0, (0.85, -0.5))
    return bones, cranial, extreme(bones[2], (starts[2], tops[2] + rise), 3.5, (-0.8, -0.6)), rise


def paramedian_oblique(hand: Hand) -> Section:
    """Lengthwise beside the midline, leaning to it: a saw-tooth of laminae, cranial left, and the complexes through the window that is aimed at."""
    top, drift, pitch = hand.subject.fat_mm + hand.about(26, 2.5), hand.between(-0.08, 0.08), hand.about(31.5, 2.5)
    bones, cranial, caudal, rise = teeth(hand, top, drift, pitch)
    rear, front, regions = long_canal(hand, top + rise * 0.5 + hand.about(5.0, 1.2), drift)
    marks = [Landmark("lamina_cranial", cranial, "bone"), Landmark("lamina_caudal", caudal, "bone")]
    for name, line in (("posterior_complex", rear), ("anterior_complex", front)):
        marks.append(Landmark(name, on_bisector(line.points, cranial, caudal), "line"))
    aim, deepest = (cranial[0] + caudal[0]) / 2, float(front.points[len(front.points) // 2, 1]) + 5
    bones += bodies(hand, front.points, aim + hand.about(6, 4), pitch)
    return Section(tuple(bones), (*long_muscles(hand, top), rear, front), regions, tuple(marks), aim, deepest, hand.subject.fat_mm, "along")


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
    """Septa of the erector spinae lengthwise: long, slightly slanting. top: no deeper, in mm, but beneath the fat in any case."""
    found, upper = [], hand.subject.fat_mm
    for _ in range(int(hand.rng.integers(3, 10))):
        x, z, reach, slope = hand.between(-70, 40), hand.between(upper + 2, max(upper + 2, top)), hand.between(15, 60), hand.between(-0.05, 0.22)
        found.append(hand.line([(x, z), (x + reach, min(z + slope * reach, top - 1))], hand.between(0.3, 0.9), ragged=0.5, wave_mm=0.6))
    return tuple(found)
