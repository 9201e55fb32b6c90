"""Views: which view a cut is, and its landmarks. The view follows from what the plane meets, never from what was wanted.

Facet: both processes of a joint, a closed midline, no transverse process. Transverse process: a long shelf beneath and beside the superior articular
process, closed midline. Interlaminar: an open midline between articular processes. Foramen: open beside the pars, neither shelf nor joint.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.capsules.bones import ALA, BODY, CORNU, CREST, FLOOR, ILIUM, INFERIOR, LAMINA, PIT, PLATE, S1_SUPERIOR, SPINOUS, SUPERIOR, TRANSVERSE
from models.foreign.capsules.cut import Cut
from models.foreign.capsules.marks import (
    Mark,
    articular,
    complexes,
    crossing,
    having,
    hollow,
    joint,
    lamina,
    of,
    outwards,
    process,
    shoulder,
    spinous,
    top,
    width_mm,
)

Marks = dict[str, list[Mark]]
SIDES = (-1, 1)
ASIDE_MM = 14.0
Found = dict[str, Mark]


def marks_of(cut: Cut, view: str) -> Marks | None:
    """The landmarks of a view, or None where the cut is not that view."""
    return READ[view](cut)


def views_of(cut: Cut, *, sagittal: bool) -> list[str]:
    """All views that the cut is, of one orientation."""
    return [view for view in READ if (view in SAGITTAL) == sagittal and marks_of(cut, view) is not None]


def _gathered(*found: Found) -> Marks:
    marks: Marks = {}
    for some in found:
        for name, mark in some.items():
            marks.setdefault(name, []).append(mark)
    return marks


def _some(**found: Mark | None) -> Found:
    return {name: mark for name, mark in found.items() if mark is not None}


def facet(cut: Cut) -> Marks | None:
    joints = {side: found for side in SIDES if (found := joint(cut, side)) is not None and found[1] > 2.5}
    if not joints or complexes(cut) or _shelf(cut) > 7 or _sacral(cut):
        return None
    marks = _gathered(_some(spinous_process=spinous(cut)), *({"facet": one} for one, _ in joints.values()), *(_some(lamina=lamina(cut, side)) for side in SIDES))
    return marks if {"spinous_process", "lamina"} & set(marks) else None


def transverse_process(cut: Cut) -> Marks | None:
    sides = [process(cut, side) for side in SIDES]
    if not any({"tp_groove", "tp_tip"} & set(one) for one in sides) or not any("sap_tip" in one for one in sides) or complexes(cut) or _sacral(cut):
        return None
    return _gathered(_some(spinous_process=spinous(cut)), *sides, *(_some(lamina=lamina(cut, side)) for side in SIDES))


def sacral_ala(cut: Cut) -> Marks | None:
    if _shelf(cut) > 5 or _pits(cut, 0):
        return None
    sides = []
    for side in SIDES:
        row = outwards(cut, side)
        knob, wing = having(cut, row, S1_SUPERIOR), having(cut, row, ALA, PLATE)
        wing = wing[np.abs(cut.at[0][wing] - cut.patient.sacrum.x) > 22]
        tip = top(cut, knob[cut.side[knob] == side])
        if tip is None or width_mm(cut, wing) < 7:
            continue
        groove = hollow(cut, tip, wing[: max(3, len(wing) // 2)])
        sides.append(_some(s1_sap=tip, ala_groove=groove))
    if not any("ala_groove" in one for one in sides):
        return None
    crest = np.nonzero((cut.part == CREST) & (np.abs(cut.at[0] - cut.patient.sacrum.x) < 4.5))[0]
    return _gathered(_some(median_crest=_proud(cut, crest)), *sides)


def interlaminar(cut: Cut) -> Marks | None:
    found = complexes(cut)
    edges = [edge for side in SIDES if (edge := articular(cut, side)) is not None]
    if not found or not edges or (np.isin(cut.part, (SPINOUS, LAMINA)) & (np.abs(cut.at[0] - cut.patient.middle_x(cut.at[1])) < 5)).any():
        return None
    if _sacral(cut) and abs(found["posterior_complex"].u) > ASIDE_MM:
        return None  # the ala is what the probe is held over
    return {**_gathered(found), "articular_process": edges}


def foramen(cut: Cut) -> Marks | None:
    if _shelf(cut) > 4 or cut.at[1].max() > cut.patient.sacrum.y - 6:
        return None
    best: Marks | None = None
    for vertebra in cut.patient.vertebrae:
        for side in SIDES:
            crossed = cut.plane.crossed(*cut.patient.root(vertebra, side))
            if crossed is None or not cut.open_to(*crossed):
                continue
            row = having(cut, outwards(cut, side), LAMINA, INFERIOR, SUPERIOR)
            edge = shoulder(cut, row[::-1])
            if edge is None or joint(cut, -side) is not None:
                continue
            body = cut.patient
            reach = 0.5 * (abs(float(cut.at[0][row[-1]]) - vertebra.centre_x) + np.mean(vertebra.tips_x))
            sheet = crossing(cut, lambda y, reach=reach: float(body.between_z(np.asarray(reach), np.asarray(y))), x=vertebra.centre_x + side * float(reach))  # type: ignore[misc]
            off = np.abs((cut.at[0] - vertebra.centre_x) * side - 0.82 * body.column[0])
            margin = np.nonzero((cut.part == BODY) & (off < 2.5))[0]
            edge_of_body = of(cut, int(margin[np.argmin(off[margin])])) if len(margin) else None
            best = _gathered(_some(articular_edge=edge, intertransverse_ligament=sheet, vertebral_edge=edge_of_body, nerve_root=Mark(*crossed, soft=True)))
    return best


def first_foramen(cut: Cut) -> Marks | None:
    return _foramina(cut, 0, "foramen_medial_lip", "foramen_lateral_lip")


def sacroiliac(cut: Cut) -> Marks | None:
    sides = []
    for side in SIDES:
        row = outwards(cut, side)
        blade, plate = having(cut, row, ILIUM), having(cut, row, PLATE, ALA)
        if width_mm(cut, blade) < 5 or width_mm(cut, plate) < 6 or not 30 < np.median(cut.at[1][plate]) - cut.patient.sacrum.y < 64:
            continue
        base = cut.patient.sacrum
        iliac = shoulder(cut, blade)
        out = base.half_width(cut.at[1][plate] - base.y) - np.abs(cut.at[0][plate] - base.x)
        rim = plate[np.argsort(out)][0]
        if iliac is None or out.min() > 4 or cut.facing[rim] < 0.25 or abs(iliac.u - float(cut.u[rim])) > 14:
            continue
        sides.append((side, {"sacral_edge": of(cut, int(rim)), "iliac_edge": iliac}))
    if not sides or _pits(cut, 0):
        return None
    marks = _foramina(cut, 1, "", "", least=0) or {}
    side, edges = min(sides, key=lambda one: abs(one[1]["iliac_edge"].u))
    crest = marks.get("median_crest", [])
    centre = float(cut.patient.sacrum.x - cut.plane.origin[0]) * float(cut.plane.across[0])
    holes = [mark for mark in marks.get("s2_foramen", []) if (mark.u - centre) * float(cut.plane.across[0]) * side > 0]
    if not holes:
        return None
    return {name: found for name, found in (("median_crest", crest), ("s2_foramen", holes[:1]), *((name, [mark]) for name, mark in edges.items())) if found}


def hiatus_across(cut: Cut) -> Marks | None:
    base, body = cut.patient.sacrum, cut.patient
    sheet = crossing(cut, lambda y: float(body.scl_z(np.asarray(base.x), np.asarray(y))), x=base.x)
    off = np.abs(cut.at[0] - base.x)
    floor = np.nonzero((cut.part == FLOOR) & (off < 1.5))[0]
    horns = [mark for side in SIDES if (mark := top(cut, np.nonzero((cut.part == CORNU) & (cut.side == side))[0])) is not None]
    if sheet is None or not len(floor) or not horns or cut.at[1][floor[0]] > base.y + base.end + 4:
        return None
    return {"cornu": horns, "scl": [sheet], "sacral_floor": [of(cut, int(floor[np.argmin(off[floor])]))]}


def hiatus_along(cut: Cut) -> Marks | None:
    base, body = cut.patient.sacrum, cut.patient
    roof = np.nonzero(np.isin(cut.part, (CREST, PLATE)) & (cut.at[1] > base.y + base.apex - 9) & (cut.at[1] < base.y + base.apex + 1))[0]
    floor = np.nonzero(cut.part == FLOOR)[0]
    if len(roof) < 2 or width_mm(cut, floor) < 6:
        return None
    last = int(roof[np.argmax(cut.at[1][roof])])
    y, x = float(cut.at[1][last]), float(cut.at[0][last])
    u, w, _ = cut.plane.of(np.asarray([x, y + 5, float(body.scl_z(np.asarray(x), np.asarray(y + 5)))]))
    foot = int(floor[np.argmin(np.abs(cut.u[floor] - u))])
    marks = {"hiatus_apex": [of(cut, last)]}
    if cut.open_to(u, w):
        marks["scl"] = [Mark(u, w, soft=True)]
    if abs(float(cut.u[foot]) - u) < 1.5:
        marks["sacral_floor"] = [of(cut, foot)]
    return marks if "scl" in marks else None


def paramedian(cut: Cut) -> Marks | None:
    body = cut.patient
    best: Marks | None = None
    order = np.argsort(cut.at[1])
    plates = order[np.isin(cut.part[order], (LAMINA, INFERIOR, PLATE, CREST))]
    if np.isin(cut.part, (TRANSVERSE, SPINOUS)).sum() > 6:
        return None
    for upper in (2, 3, 4, 5):
        above, below = plates[cut.level[plates] == upper], plates[cut.level[plates] == upper + 1]
        if width_mm(cut, above) < 5 or width_mm(cut, below) < 4:
            continue
        one, other = shoulder(cut, above[::-1]), shoulder(cut, below)
        if one is None or other is None or not 3 < other.u - one.u < 26:
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
            best = _gathered(found)
    return best


def _foramina(cut: Cut, row: int, medial: str, lateral: str, *, least: int = 1) -> Marks | None:
    """Both lips of each foramen of a row (0 first, 1 second) that the plane crosses; without names of lips the place midway as s2_foramen."""
    if _pits(cut, 1 - row) or (row == 0 and (cut.part == S1_SUPERIOR).any()):
        return None
    marks: Marks = {}
    for side in SIDES:
        beams = _pit_beams(cut, row, side)
        if width_mm(cut, beams) < 3 or beams.min() < 3 or beams.max() > len(cut.u) - 4:
            continue
        lips = [of(cut, int(beams.min()) - 1), of(cut, int(beams.max()) + 1)]
        if cut.plane.across[0] * side < 0:
            lips.reverse()
        if medial:
            marks.setdefault(medial, []).append(lips[0])
            marks.setdefault(lateral, []).append(lips[1])
        else:
            marks.setdefault("s2_foramen", []).append(Mark((lips[0].u + lips[1].u) / 2, (lips[0].w + lips[1].w) / 2))
    crest = _proud(cut, np.nonzero((cut.part == CREST) & (np.abs(cut.at[0] - cut.patient.sacrum.x) < 4.5))[0])
    if len(marks) < least:
        return None
    return {**_gathered(_some(median_crest=crest)), **marks}


def _pit_beams(cut: Cut, row: int, side: int) -> np.ndarray:  # type: ignore[type-arg]
    base = cut.patient.sacrum
    _, px, py, wide, high = base.pits[row + (4 if side > 0 else 0)]
    x, y = cut.at[0] - base.x, cut.at[1] - base.y
    return np.nonzero((cut.part == PIT) & (np.hypot((x - side * px) / (wide + 0.7), (y - py) / (high + 0.7)) < 1))[0]


def _pits(cut: Cut, row: int) -> bool:
    return any(width_mm(cut, _pit_beams(cut, row, side)) > 2 for side in SIDES)


def _proud(cut: Cut, beams: np.ndarray) -> Mark | None:  # type: ignore[type-arg]
    """The crest's top, where it stands over the plates beside it."""
    found = top(cut, beams)
    if found is None:
        return None
    beside = cut.w[(cut.part == PLATE) & (np.abs(np.abs(cut.u - found.u) - 9) < 3)]
    return found if len(beside) and found.w < float(np.median(beside)) - 1.5 else None


def _shelf(cut: Cut) -> float:
    return max(width_mm(cut, np.nonzero((cut.part == TRANSVERSE) & (cut.side == side))[0]) for side in SIDES)


def _sacral(cut: Cut) -> bool:
    """Whether an ala shows beside the processes."""
    return width_mm(cut, np.nonzero(cut.part == ALA)[0]) > 4


READ: dict[str, Callable[[Cut], Marks | None]] = {
    "transverse_facet": facet,
    "transverse_process": transverse_process,
    "transverse_sacral_ala": sacral_ala,
    "transverse_interlaminar": interlaminar,
    "paramedian_oblique": paramedian,
    "transverse_sacral_hiatus": hiatus_across,
    "longitudinal_sacral_hiatus": hiatus_along,
    "transverse_foramen": foramen,
    "transverse_s1": first_foramen,
    "transverse_sacroiliac": sacroiliac,
}
SAGITTAL = frozenset({"paramedian_oblique", "longitudinal_sacral_hiatus"})
