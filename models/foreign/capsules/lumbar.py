"""Lumbar: the five lumbar views, each with what a cut must meet to be it, and its landmarks.

Facet: both processes of a joint, a closed midline, no transverse process. Transverse process: a long shelf beneath and beside the superior articular
process, closed midline. Interlaminar: an open midline between articular processes. Foramen: open beside the pars, the probe held over the root.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from models.foreign.capsules.bones import BODY, CREST, INFERIOR, LAMINA, PLATE, SPINOUS, SUPERIOR, TRANSVERSE
from models.foreign.capsules.cut import Cut
from models.foreign.capsules.marks import (
    ASIDE_MM,
    SIDES,
    Found,
    Mark,
    Marks,
    articular,
    complexes,
    crossing,
    gathered,
    having,
    joint,
    lamina,
    of,
    outwards,
    process,
    sacral,
    shelf,
    shoulder,
    some,
    spinous,
    width_mm,
)


def facet(cut: Cut) -> Marks | None:
    joints = {side: found for side in SIDES if (found := joint(cut, side)) is not None and found[1] > 2.5}
    if not joints or complexes(cut) or shelf(cut) > 7 or sacral(cut) or foramen(cut):
        return None
    marks = gathered(
        some(spinous_process=spinous(cut)), *({"facet": one} for one, _ in joints.values()), *(some(lamina=lamina(cut, side)) for side in SIDES)
    )
    return marks if {"spinous_process", "lamina"} & set(marks) else None


def transverse_process(cut: Cut) -> Marks | None:
    sides = [process(cut, side) for side in SIDES]
    if not any({"tp_groove", "tp_tip"} & set(one) for one in sides) or not any("sap_tip" in one for one in sides) or complexes(cut) or sacral(cut):
        return None
    return gathered(some(spinous_process=spinous(cut)), *sides, *(some(lamina=lamina(cut, side)) for side in SIDES))


def interlaminar(cut: Cut) -> Marks | None:
    found = complexes(cut)
    edges = [edge for side in SIDES if (edge := articular(cut, side)) is not None]
    if not found or not edges or (np.isin(cut.part, (SPINOUS, LAMINA)) & (np.abs(cut.at[0] - cut.patient.middle_x(cut.at[1])) < 5)).any():
        return None
    if sacral(cut) and abs(found["posterior_complex"].u) > ASIDE_MM:
        return None  # the ala is what the probe is held over
    return {**gathered(found), "articular_process": edges}


def foramen(cut: Cut) -> Marks | None:
    if shelf(cut) > 4 or cut.at[1].max() > cut.patient.sacrum.y - 6:
        return None
    best: Marks | None = None
    for vertebra in cut.patient.vertebrae:
        for side in SIDES:
            crossed = cut.plane.crossed(*cut.patient.root(vertebra, side))
            if crossed is None or not cut.open_to(*crossed) or abs(crossed[0]) > _held_over(cut, side):
                continue
            row = having(cut, outwards(cut, side), LAMINA, INFERIOR, SUPERIOR)
            edge = shoulder(cut, row[::-1])
            if edge is None or joint(cut, -side) is not None:
                continue
            body = cut.patient
            reach = float(0.5 * (abs(float(cut.at[0][row[-1]]) - vertebra.centre_x) + np.mean(vertebra.tips_x)))
            depth = partial(body.between_z, np.asarray(reach))
            sheet = crossing(cut, depth, x=vertebra.centre_x + side * reach)
            off = np.abs((cut.at[0] - vertebra.centre_x) * side - 0.82 * body.column[0])
            margin = np.nonzero((cut.part == BODY) & (off < 2.5))[0]
            edge_of_body = of(cut, int(margin[np.argmin(off[margin])])) if len(margin) else None
            best = gathered(
                some(articular_edge=edge, intertransverse_ligament=sheet, vertebral_edge=edge_of_body, nerve_root=Mark(*crossed, soft=True))
            )
    return best


def paramedian(cut: Cut) -> Marks | None:
    body = cut.patient
    best: Marks | None = None
    order = np.argsort(cut.at[1])
    plates = order[np.isin(cut.part[order], (LAMINA, INFERIOR, PLATE, CREST))]
    if np.isin(cut.part, (TRANSVERSE, SPINOUS)).sum() > 12:
        return None
    for upper in (2, 3, 4, 5):
        above, below = plates[cut.level[plates] == upper], plates[cut.level[plates] == upper + 1]
        if width_mm(cut, above) < 5 or width_mm(cut, below) < 4:
            continue
        one, other = shoulder(cut, above[::-1]), shoulder(cut, below)
        if one is None or other is None or not 2.5 < other.u - one.u < 26:
            continue
        mid = (one.u + other.u) / 2, (one.w + other.w) / 2
        lean = (other.w - one.w) / (other.u - one.u)
        found: Found = {"lamina_cranial": one, "lamina_caudal": other}
        down = np.arange(1.0, 45.0, 0.25)
        u, w = mid[0] - down * lean / np.hypot(1, lean), mid[1] + down / np.hypot(1, lean)
        at = cut.plane.at(u, w)
        deeper = np.nonzero(at[2] > body.flavum_z(at[1]))[0]
        if len(deeper) and abs(float(at[0][deeper[0]] - body.middle_x(at[1][deeper[0]]))) < 9:
            k = int(deeper[0])
            if cut.open_to(float(u[k]), float(w[k])):
                found["posterior_complex"] = Mark(float(u[k]), float(w[k]), soft=True)
        behind = np.nonzero(body.column_distance(at) < 0)[0]
        if len(behind) and cut.open_to(float(u[behind[0]]), float(w[behind[0]]) - 0.5):
            found["anterior_complex"] = Mark(float(u[behind[0]]), float(w[behind[0]]))
        if "posterior_complex" in found and (best is None or abs(mid[0]) < abs(best["lamina_cranial"][0].u + best["lamina_caudal"][0].u) / 2):
            best = gathered(found)
    return best


def _held_over(cut: Cut, side: int) -> float:
    """How far from the probe's middle the midline lies, or a joint of that side where it is nearer: a foramen's root lies nearer than both."""
    found = joint(cut, side)
    middle = abs(cut.plane.of(np.asarray([cut.patient.middle_x(cut.plane.origin[1]), cut.plane.origin[1], 30.0]))[0])
    return middle if found is None else min(middle, abs(found[0].u))
