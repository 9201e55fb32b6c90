"""Marks: where a cut shows each landmark, read off the first bone of its beams and off the patient's soft sheets.

A row of beams runs from the midline to one side. Every mark lies on the leading edge: that is where a beam first meets the bone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.foreign.capsules.bones import ALA, BODY, INFERIOR, LAMINA, NOTHING, PEDICLE, S1_SUPERIOR, SPINOUS, SUPERIOR, TRANSVERSE, Numbers, Row
from models.foreign.capsules.cut import Cut

SIDES = (-1, 1)
ASIDE_MM = 14.0  # a midline farther from the probe's middle is not what it is held over
SHOULDER = 0.5  # an edge is where the surface first looks this much at the beam (cosine)


@dataclass(frozen=True, slots=True)
class Mark:
    """A landmark's place in the plane, in mm of the probe."""

    u: float
    w: float
    soft: bool = False


Marks: TypeAlias = dict[str, list[Mark]]
Found: TypeAlias = dict[str, Mark]


def outwards(cut: Cut, side: int) -> Row:
    """Beams that meet bone on a side, from the midline outwards. side: -1 the patient's left, 1 right."""
    off = (cut.at[0] - cut.patient.middle_x(cut.at[1])) * side
    beams = np.nonzero((cut.part != NOTHING) & (off > -6))[0]
    return beams[np.argsort(off[beams])]


def of(cut: Cut, beam: int) -> Mark:
    return Mark(float(cut.u[beam]), float(cut.w[beam]))


def top(cut: Cut, beams: Row) -> Mark | None:
    """The shallowest of some beams, if it is not the scan's own brink."""
    if len(beams) < 2:
        return None
    beam = int(beams[np.argmin(cut.w[beams])])
    return of(cut, beam) if 2 <= beam <= len(cut.u) - 3 else None


def having(cut: Cut, row: Row, *parts: int) -> Row:
    return row[np.isin(cut.part[row], parts)]


def shoulder(cut: Cut, beams: Row) -> Mark | None:
    """The first of a row that looks at its beam."""
    bright = beams[cut.facing[beams] > SHOULDER]
    return of(cut, int(bright[0])) if len(bright) else None


def width_mm(cut: Cut, beams: Row) -> float:
    return float(np.ptp(cut.u[beams])) if len(beams) else 0.0


def hollow(cut: Cut, high: Mark, beams: Row) -> Mark | None:
    """The junction between a summit and the shelf beside it: of the beams, the one farthest beneath the line between their last and the summit."""
    if len(beams) < 3:
        return None
    last = of(cut, int(beams[-1]))
    du, dw = last.u - high.u, last.w - high.w
    if abs(du) < 2:
        return None
    beneath = (cut.w[beams] - high.w - dw * (cut.u[beams] - high.u) / du) * abs(du) / np.hypot(du, dw)
    return of(cut, int(beams[np.argmax(beneath)])) if beneath.max() > 1.2 else None


def spinous(cut: Cut) -> Mark | None:
    beams = np.nonzero(cut.part == SPINOUS)[0]
    found = top(cut, beams)
    return found if found and found.w < np.median(cut.patient.lamina_z(cut.at[1][beams])) - 6 else None


def lamina(cut: Cut, side: int) -> Mark | None:
    """Midway between the base of the spinous process and the medial edge of the inferior articular process."""
    row = having(cut, outwards(cut, side), LAMINA, INFERIOR)
    if not len(row):
        return None
    level = int(np.bincount(cut.level[row]).argmax())
    one = next(one for one in cut.patient.vertebrae if one.level == level)
    wanted = 0.5 * (3.5 + one.joint_x[(side + 1) // 2] - 9.0)
    off = np.abs((cut.at[0][row] - cut.patient.middle_x(cut.at[1][row])) * side - max(5.0, wanted))
    beam = int(row[np.argmin(off)])
    return of(cut, beam) if off.min() < 1.5 and cut.facing[beam] > 0.3 else None


def joint(cut: Cut, side: int) -> tuple[Mark, float] | None:
    """The facet's dorsal opening, and how wide both processes show there."""
    row = outwards(cut, side)
    inner, outer = having(cut, row, INFERIOR), having(cut, row, SUPERIOR, S1_SUPERIOR)
    inner = inner[cut.side[inner] == side]
    outer = outer[cut.side[outer] == side]
    if len(inner) < 2 or len(outer) < 2:
        return None
    sign = 1.0 if cut.u[outer[-1]] > cut.u[inner[0]] else -1.0
    ends = float((cut.u[inner] * sign).max()), float((cut.u[outer] * sign).min())
    if not -1.0 < ends[1] - ends[0] < 4.5 or cut.level[outer[0]] != cut.level[inner[-1]] + 1:
        return None
    one = top(cut, inner[np.abs(cut.u[inner] - sign * ends[0]) < 7])
    other = top(cut, outer[np.abs(cut.u[outer] - sign * ends[1]) < 7])
    if one is None or other is None or abs(one.u - other.u) < 1.5 or abs(one.w - other.w) > 7:
        return None
    u = sign * (ends[0] + ends[1]) / 2
    return Mark(u, one.w + (other.w - one.w) * (u - one.u) / (other.u - one.u)), min(width_mm(cut, inner), width_mm(cut, outer))


def process(cut: Cut, side: int) -> dict[str, Mark]:
    """sap_tip, tp_groove and tp_tip of a side; empty where no transverse process shows over 9 mm."""
    row = outwards(cut, side)
    shelf = having(cut, row, TRANSVERSE)
    shelf = shelf[cut.side[shelf] == side]
    if width_mm(cut, shelf) < 9:
        return {}
    level = int(np.bincount(cut.level[shelf]).argmax())
    shelf = shelf[cut.level[shelf] == level]
    marks = {"tp_tip": of(cut, int(shelf[cut.facing[shelf] > 0.35][-1]))} if (cut.facing[shelf] > 0.35).any() else {}
    if marks and min(int(shelf[-1]), len(cut.u) - 1 - int(shelf[-1])) < 3:
        marks = {}  # the scan's brink, not the process's end
    knob = having(cut, row, SUPERIOR)
    knob = knob[(cut.level[knob] == level) & (cut.side[knob] == side)]
    tip = top(cut, knob)
    if tip is not None and width_mm(cut, knob) > 2.5:
        marks["sap_tip"] = tip
        near = shelf[: max(3, len(shelf) * 2 // 3)]
        beyond = row[(cut.u[row] - tip.u) * np.sign(float(cut.u[near[-1]]) - tip.u) > 0]
        between = np.concatenate([having(cut, beyond, SUPERIOR, PEDICLE), near])
        between = between[np.abs(cut.u[between] - tip.u) <= abs(float(cut.u[near[-1]]) - tip.u)]
        found = hollow(cut, tip, between[np.argsort(np.abs(cut.u[between] - tip.u))])
        if found is not None and abs(found.u - tip.u) < 16:
            marks["tp_groove"] = found
    return marks


def crossing(cut: Cut, depth: Callable[[Numbers], Numbers], *, x: float | None = None) -> Mark | None:
    """Where the midline of the plane (or x of the patient) meets a soft sheet of that depth at each height y."""
    plane = cut.plane
    y, z = float(plane.origin[1]), 40.0
    for _ in range(6):
        at = np.asarray([float(cut.patient.middle_x(np.asarray(y))) if x is None else x, y, z])
        u, w, beside = plane.of(at)
        y -= beside * float(plane.normal[1])
        z = float(depth(np.asarray(y)))
    u, w, _ = plane.of(np.asarray([float(cut.patient.middle_x(np.asarray(y))) if x is None else x, y, z]))
    return Mark(u, w, soft=True) if cut.open_to(u, w) else None


def complexes(cut: Cut) -> dict[str, Mark]:
    """Posterior and anterior complex on the midline, where sound comes through between the laminae."""
    body = cut.patient
    posterior = crossing(cut, body.flavum_z)
    if posterior is None or abs(posterior.u) > 60:
        return {}
    found = {"posterior_complex": posterior}
    off = np.abs(cut.at[0] - body.middle_x(cut.at[1]))
    behind = np.nonzero((cut.part == BODY) & (off < 2.0))[0]
    if len(behind):
        found["anterior_complex"] = of(cut, int(behind[np.argmin(off[behind])]))
    return found


def articular(cut: Cut, side: int) -> Mark | None:
    """The medial dorsal edge of the articular processes."""
    row = having(cut, outwards(cut, side), INFERIOR, SUPERIOR, S1_SUPERIOR)
    row = row[cut.side[row] == side]
    if width_mm(cut, row) < 3:
        return None
    near = row[np.abs(cut.u[row] - cut.u[row[0]]) < 9]
    high = float(cut.w[near].min())
    return shoulder(cut, near[cut.w[near] < high + 3.0])


def gathered(*found: Found) -> Marks:
    marks: Marks = {}
    for some in found:
        for name, mark in some.items():
            marks.setdefault(name, []).append(mark)
    return marks


def some(**found: Mark | None) -> Found:
    return {name: mark for name, mark in found.items() if mark is not None}


def shelf(cut: Cut) -> float:
    return max(width_mm(cut, np.nonzero((cut.part == TRANSVERSE) & (cut.side == side))[0]) for side in SIDES)


def sacral(cut: Cut) -> bool:
    """Whether an ala shows beside the processes."""
    return width_mm(cut, np.nonzero(cut.part == ALA)[0]) > 4
