"""The plane through a lumbar foramen: articular process, intertransverse ligament, the body's margin, and the nerve root between them."""

from __future__ import annotations

import numpy as np

from models.foreign.simulator.anatomy.bone import Hand, mirrored, oval
from models.foreign.simulator.anatomy.curves import Curve, Point, extreme, resampled, roughened
from models.foreign.simulator.anatomy.lumbar import back_muscles, psoas, spinous_tip_mm
from models.foreign.simulator.anatomy.section import Landmark, Line, Region, Section


def rear_arch(hand: Hand, base: float, edge: float) -> Curve:
    """Laminae and articular processes, an arch whose lateral edge falls away at x = edge."""
    half = [(0, base - 3), (6, base), (edge - 7, base + 1.5), (edge - 4, base + hand.about(0.3, 1.0)), (edge - 0.8, base + 1.6)]
    half += [(edge, base + 4), (edge - 0.6, base + 12), (edge - 6, base + 15), (0, base + 10)]
    return hand.bone(half + mirrored(half[1:-1])[::-1])


def body_and_margin(hand: Hand, base: float, edge: float) -> tuple[Curve, Point]:
    """The vertebral body's outline and its dorsolateral margin."""
    wide, middle = edge + hand.about(8.5, 1.5), base + hand.about(41, 2.5)
    body = hand.bone([(float(x), float(z)) for x, z in oval((0, middle), wide, 17.5 * hand.subject.size)[::4]], 0.5)
    return body, extreme(body, (wide - 4.5, middle - 9.5), 3.5, (0.7, -0.7))


def roof_line(hand: Hand, roof: float, edge: float) -> Line:
    """The intertransverse ligament, from the articular process outwards."""
    points = [(edge + 1.2, roof), (edge + 10, roof + hand.about(0, 0.8)), (edge + hand.about(22, 2), roof + hand.about(-1.5, 1.5))]
    return hand.line(points, hand.between(1.4, 3.0), 0.7, 0.15)


def transverse_foramen(hand: Hand) -> Section:
    """Through a foramen, one side (x > 0): articular process, the ligament beyond it, the body's margin and the root between them."""
    tip = spinous_tip_mm(hand)
    base, edge = tip + hand.about(25, 2.0), hand.about(21, 1.8)
    arch, (body, margin), roof = rear_arch(hand, base, edge), body_and_margin(hand, base, edge), base + hand.about(11.5, 1.4)
    ligament, wide, high = roof_line(hand, roof, edge), hand.about(4.4, 0.6), hand.about(3.1, 0.4)
    middle = ligament.points[len(ligament.points) // 2]
    root = (edge + hand.about(7.5, 1.2), roof + high + hand.about(3.8, 0.8))
    marks = (
        Landmark("articular_edge", extreme(arch, (edge, base + 2.5), 2.8, (0.8, -0.6)), "bone"),
        Landmark("intertransverse_ligament", (float(middle[0]), float(middle[1])), "line"),
        Landmark("vertebral_edge", margin, "bone"),
        Landmark("nerve_root", root, "soft"),
    )
    lines = (*back_muscles(hand, tip, base - tip), ligament, *root_rim(hand, root, wide, high))
    regions = (*psoas(hand, roof + 2), *root_regions(hand, root, wide, high))
    return Section((arch, body), lines, regions, marks, edge + hand.between(4, 15), margin[1] + 6, hand.subject.fat_mm)


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
