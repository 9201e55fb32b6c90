"""Vertebra: a lumbar vertebra of capsules, L2 to L5, in the patient's frame.

Sizes in mm are round numbers of this renderer's own, in the range of Panjabi 1992 (Spine 17:299) and Zindrick 1987 (Spine 12:160), not read off
their tables; the facets' way off the midline is in that of Galiano 2005 (PMID 16037179), 19 +-6. How parts lie to each other is design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.capsules.bones import INFERIOR, LAMINA, PEDICLE, SPINOUS, SUPERIOR, TRANSVERSE, Capsule

Point = tuple[float, float, float]
#        joint beneath, tip of the transverse process, spinous length, its height, lamina's height
SIZES = {2: (13.5, 41.0, 29.0, 22.0, 21.0), 3: (15.5, 46.0, 29.0, 22.0, 21.0), 4: (18.5, 43.0, 27.0, 19.0, 19.0), 5: (23.0, 46.0, 21.0, 14.0, 16.0)}


@dataclass(frozen=True, slots=True)
class Vertebra:
    """centre_y: of its body; tip_z: of its spinous process; lamina_z: dorsal surface of the laminae beside it; joint_x, tips_x: left and right."""

    level: int
    centre_y: float
    centre_x: float
    tip_z: float
    lamina_z: float
    joint_x: tuple[float, float]
    tips_x: tuple[float, float]
    size: float
    turn_rad: float
    capsules: tuple[Capsule, ...]

    def placed(self, point: Point) -> Point:
        return placed(point, centre=(self.centre_x, self.centre_y, self.lamina_z), turn_rad=self.turn_rad)


def placed(point: Point, *, centre: Point, turn_rad: float) -> Point:
    """A point of the vertebra (x, y from the body's centre, z from the laminae's surface) in the patient's frame, turned about the long axis."""
    c, s = float(np.cos(turn_rad)), float(np.sin(turn_rad))
    z = point[2] - 15.0
    return centre[0] + c * point[0] + s * z, centre[1] + point[1], centre[2] + 15.0 - s * point[0] + c * z


def vertebra(draw: np.random.Generator, level: int, *, centre: Point, joint_above_x: tuple[float, float], size: float, worn: float) -> Vertebra:
    """centre: x, y of the body, z of the spinous tip. joint_above_x: where the joints with the vertebra above lie. worn: 0 to 1."""
    joint, tip, spine, high, lamina = (value * size for value in SIZES[level])
    joint_x = (joint * draw.normal(1, 0.06), joint * draw.normal(1, 0.06))
    tips_x = (tip * draw.normal(1, 0.07), tip * draw.normal(1, 0.07))
    spine *= draw.normal(1, 0.1)
    turn = float(draw.normal(0, 0.05))
    parts = [*_spinous(draw, spine, high, worn)]
    missing = draw.random()
    for side in (-1, 1):
        k = (side + 1) // 2
        parts += _side(draw, side, joint=joint_x[k], above=joint_above_x[k], tip=tips_x[k], lamina=lamina, worn=worn, missing=missing)
    lamina_z = centre[2] + spine
    where = (centre[0], centre[1], lamina_z)
    kept = tuple(
        Capsule((placed(a, centre=where, turn_rad=turn), placed(b, centre=where, turn_rad=turn)), radii, part, level, side)
        for (a, b), radii, part, side in parts
    )
    return Vertebra(level, centre[1], centre[0], centre[2], lamina_z, joint_x, tips_x, size, turn, kept)


Part = tuple[tuple[Point, Point], tuple[float, float], int, int]


def _spinous(draw: np.random.Generator, length: float, high: float, worn: float) -> list[Part]:
    """A blade that slopes to the feet; its tip is thick, often bent to a side. z 0 is the laminae's surface."""
    bent, thick, slope = draw.normal(0, 1.5 + 2 * worn), draw.uniform(2.4, 3.4), draw.uniform(1.0, 5.0)
    end = draw.uniform(3.2, 4.8)
    rows = np.linspace(-3.0, high - 5.0, 5)
    tips = [0.5 * max(0.0, abs(row - rows[2]) - 4) for row in rows]  # the tip's corners are round
    return [
        (((0.0, float(row), 3.0), (float(bent), float(row * 0.92 + slope), -length + end + dip)), (thick, end), SPINOUS, 0)
        for row, dip in zip(rows, tips, strict=True)
    ]


def _side(draw: np.random.Generator, side: int, *, joint: float, above: float, tip: float, lamina: float, worn: float, missing: float) -> list[Part]:
    """Lamina, articular processes, pedicle and transverse process of a side."""
    s, wide = float(side), joint - 6.5
    slope, fall = draw.uniform(0.12, 0.35), draw.uniform(1.0, 4.0)
    parts: list[Part] = []
    if missing > 0.03 or side < 0:  # a laminectomy takes the right one
        for row in np.linspace(-3.0, lamina - 5.0, 5):
            z = 3.5 - slope * (row - 6)
            out = wide * (0.85 if row < lamina - 8 else 1.0)
            parts.append((((s * 1.5, float(row), z), (s * out, float(row + 1.0), z + fall)), (3.3, 3.4), LAMINA, side))
    inner = joint - draw.uniform(4.4, 5.4)
    parts.append((((s * (inner - 3.0), 6.0, 4.0 + fall), (s * inner, 14.0, 4.0)), (4.2, 4.2), LAMINA, side))
    parts.append((((s * inner, 14.0, 4.0), (s * (inner + 0.5), 26.0, 4.2)), (4.3, 4.0), INFERIOR, side))
    lean, gap = np.radians(draw.uniform(12, 42)), draw.uniform(0.9, 2.6) * (1 - 0.6 * worn)
    thick = draw.uniform(3.8, 4.8)
    reach = 4.2 + thick + gap
    x, z = above - 5.0 + reach * np.cos(lean), 4.2 + reach * np.sin(lean)
    parts.append((((s * x, -21.0, z), (s * x, -6.0, z + 1.0)), (thick, thick), SUPERIOR, side))
    knob = draw.uniform(2.6, 3.6) + worn
    parts.append((((s * (x + 1.5), -13.0, z - 3.0), (s * (x + 1.5), -3.0, z - 1.5)), (knob, knob), SUPERIOR, side))
    if draw.random() < worn:  # a bone spur on the joint's brink
        parts.append((((s * (inner + 1), 18.0, 1.5), (s * (inner + 3.0), 22.0, 1.0)), (draw.uniform(1.5, 3.0),) * 2, INFERIOR, side))
    parts.append((((s * wide, -1.0, 6.0 + fall), (s * (inner - 1.0), 10.0, 5.0 + fall)), (4.0, 4.0), LAMINA, side))
    parts.append((((s * (above + 1.0), -5.0, 11.0), (s * (above + 1.0), -7.0, 27.0)), (5.0, 5.0), PEDICLE, side))
    if draw.random() > 0.04:  # few have none
        root, end, rise = draw.uniform(9.5, 14.5), draw.normal(0, 3.5), draw.normal(-2, 2)
        half = draw.uniform(2.0, 3.5)
        bend = draw.normal(0, 1.5)
        middle = ((above + 6.0 + tip) / 2, root + end / 2 + bend)
        for dy in (-half, half):
            y = -3.0 + dy
            halfway = (s * middle[0], y + rise / 2, middle[1])
            parts.append((((s * (above + 3.0), y, root + 1.0), halfway), (3.8, 3.0), TRANSVERSE, side))
            parts.append(((halfway, (s * (tip - 3.0), y + rise - 0.3 * dy, root + end)), (3.0, 2.8), TRANSVERSE, side))
    return parts
