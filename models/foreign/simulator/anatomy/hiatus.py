"""The two planes of the sacral hiatus: across it and along it. Depths count from the cornua, and from the apex."""

from __future__ import annotations

import numpy as np

from models.foreign.simulator.anatomy.bone import Corners, Hand, mirrored
from models.foreign.simulator.anatomy.curves import Curve, Point, dorsal, extreme, resampled
from models.foreign.simulator.anatomy.section import Landmark, Line, Region, Section


def cornu_mm(hand: Hand) -> float:
    """Depth of the cornua under the skin: the fat is thin over the sacrum's end."""
    return 0.42 * hand.subject.fat_mm + hand.about(4.5, 1.2)


def cornu_half(hand: Hand, top: float, floor: float) -> tuple[list[Point], Point]:
    """One cornu: a knob with a steep medial wall down to the floor and a slope outwards."""
    out, wide, own = hand.about(9.2, 1.1), hand.about(2.3, 0.4), top + abs(hand.about(0.3, 0.5))
    corners = [
        (0, floor),
        (out - wide - 1.2, floor - 0.4),
        (out - wide, own + 2.0),
        (out - 0.8, own),
        (out + 0.8, own),
        (out + wide, own + hand.about(1.8, 0.4)),
    ]
    slope = hand.about(4.0, 1.2)
    corners += [(out + 7, own + slope), (out + 15, own + slope + hand.about(2.5, 1.2)), (out + 24, own + 14), (out + 26, own + 30), (0, floor + 22)]
    return corners, (out, own)


def transverse_sacral_hiatus(hand: Hand) -> Section:
    """Across the hiatus, the frog's eyes: two cornua, the ligament's band between them, the dark canal and the floor."""
    top = cornu_mm(hand)
    band, thick, canal = top + hand.about(1.6, 0.7), float(np.clip(hand.about(1.9, 0.5), 0.8, 3.2)), float(np.clip(hand.about(4.2, 1.1), 1.5, 8.0))
    floor = band + thick + canal
    (right, eye_right), (left, eye_left) = cornu_half(hand, top, floor), cornu_half(hand, top, floor)
    bone = hand.bone(right + mirrored(left[1:-1])[::-1], 0.6)
    bow = hand.about(0.2, 0.5)
    inner = min(eye_right[0], eye_left[0]) - 1.2
    upper = hand.line([(-inner, band + bow), (0, band), (inner, band + bow)], hand.between(1.4, 3.2), thick * 0.6, 0.15, 0.08)
    lower = hand.line([(-inner + 1, band + thick + bow), (0, band + thick), (inner - 1, band + thick + bow)], hand.between(0.4, 1.2), 0.3, 0.3, 0.08)
    marks = [
        Landmark("cornu", extreme(bone, eye_right, 2.5, (0, -1)), "bone"),
        Landmark("cornu", extreme(bone, (-eye_left[0], eye_left[1]), 2.5, (0, -1)), "bone"),
    ]
    middle = int(np.argmin(np.abs(upper.points[:, 0])))
    marks += [Landmark("scl", (0.0, float(upper.points[middle, 1])), "line"), Landmark("sacral_floor", dorsal(bone, 0.0, 0.4), "bone")]
    ligament = hand.region([(-inner, band), (inner, band), (inner - 1, band + thick), (-inner + 1, band + thick)], "fibre")
    within = hand.region(
        [(-inner + 1, band + thick), (inner - 1, band + thick), (inner - 3, floor), (-inner + 3, floor)], "fluid" if hand.chance(0.6) else "nerve"
    )
    return Section((bone,), (upper, lower, *caudal_fat(hand, top)), (ligament, within), tuple(marks), hand.about(0, 1.5), floor + 7, top - 1.5)


def caudal_fat(hand: Hand, top: float) -> tuple[Line, ...]:
    """Septa of the fat over the sacrum's end, and gluteus beside it."""
    found = []
    for _ in range(int(hand.rng.integers(2, 8))):
        x, z = hand.between(-35, 30), hand.between(2, max(top - 1, 3.0))
        found.append(hand.line([(x, z), (x + hand.between(4, 18), z + hand.between(-1, 1))], hand.between(0.3, 0.8), ragged=0.5))
    return tuple(found)


def ventral_wall(hand: Hand, apex: float, slope: float, canal: float, long: float) -> tuple[list[Point], Curve]:
    """The canal's floor lengthwise: its dorsal surface, and the bone beneath it with the first piece of the coccyx."""
    turn = hand.between(0.05, 0.3)
    wall = [
        (-60.0, apex + 1.7 * canal - slope * 60),
        (-20.0, apex + canal - slope * 10),
        (0.0, apex + 0.75 * canal),
        (long, apex + 0.6 * canal + turn * long),
    ]
    end = wall[3][1]
    return wall, hand.bone([*wall, (long + 14, end + 6), (long + 30, end + 15), (long + 28, end + 26), (0, apex + 26), (-60, apex + 30)], 0.6)


def sloping_ligament(hand: Hand, tip: Point, foot: Point, thick: float) -> tuple[Line, Line, Region]:
    """The sacrococcygeal ligament lengthwise: its dorsal and its ventral surface, and what lies between them."""
    drop = foot[1] - tip[1]
    points = [(tip[0] + 0.2, tip[1] + 0.5), (0.5 * foot[0], tip[1] + 0.5 + 0.28 * drop), (foot[0] + 2, foot[1] - 0.4)]
    upper = hand.line(points, hand.between(1.3, 3.0), thick * 0.6, 0.15, 0.1)
    lower = Line(upper.points[3:-20] + np.array([0.0, thick]), hand.between(0.3, 1.0), 0.3, 0.3)
    band = np.vstack([upper.points, (upper.points + np.array([0.0, thick]))[::-1]])
    return upper, lower, hand.region([(float(x), float(z)) for x, z in band[::6]], "fibre")


def nearest(outline: Curve, point: Point) -> Point:
    """The place of an outline that is nearest to a point: a perpendicular's foot."""
    fine = resampled(outline, closed=True)
    x, z = fine[int(np.argmin(np.hypot(*(fine - np.array(point)).T)))]
    return float(x), float(z)


def longitudinal_sacral_hiatus(hand: Hand) -> Section:
    """Along the midline at the sacrum's end, cranial left: dorsal plate to the apex, ligament sloping on over the canal, ventral wall beneath."""
    apex, plate, slope, long = cornu_mm(hand) + hand.about(2.5, 0.8), hand.about(3.0, 0.5), hand.between(-0.1, 0.22), hand.about(22, 3)
    canal, thick = float(np.clip(hand.about(4.4, 1.0), 1.8, 8.0)), float(np.clip(hand.about(1.9, 0.5), 0.8, 3.2))
    roof = hand.bone(plate_corners(hand, apex, plate, slope))
    wall, floor = ventral_wall(hand, apex + plate, slope, canal, long)
    tip = extreme(roof, (0, apex), 2.5, (0.7, -0.7))
    upper, lower, band = sloping_ligament(hand, tip, wall[3], thick)
    scl = along(upper.points, tip, 5.0)
    marks = (Landmark("hiatus_apex", tip, "bone"), Landmark("scl", scl, "line"), Landmark("sacral_floor", nearest(floor, scl), "bone"))
    within = [(-60, apex + 1), (0, apex + 1), wall[3], (0, wall[2][1] + 0.3), (-60, wall[0][1] + 0.3)]
    regions = (hand.region(within, hand.one_of("nerve", "fluid", "fluid")), band)
    lines, deepest = (upper, lower, *caudal_fat(hand, apex)), scl[1] + canal + 12
    return Section((floor, roof), lines, regions, marks, hand.between(-1, 8), deepest, apex - 2.5, "along")


def plate_corners(hand: Hand, apex: float, thick: float, slope: float) -> Corners:
    """The dorsal plate lengthwise: knobs of the median crest on a slope that ends at the apex."""
    knobs = [(-x, apex - slope * x - hand.about(2.0, 1.0) * (k % 2)) for k, x in enumerate((4.0, 12.0, 20.0, 29.0, 38.0, 48.0))]
    return [
        (-60, apex - slope * 60),
        *knobs[::-1],
        (-0.6, apex),
        (0.2, apex + 0.8),
        (-0.4, apex + thick),
        (-30, apex + thick + 0.5 - slope * 30),
        (-60, apex + thick + 1 - slope * 60),
    ]


def along(line: Curve, start: Point, reach_mm: float) -> Point:
    """The vertex of a line at a distance from a point, going right."""
    away = np.where(line[:, 0] >= start[0], np.abs(np.hypot(*(line - np.array(start)).T) - reach_mm), np.inf)
    best = line[int(np.argmin(away))]
    return float(best[0]), float(best[1])
