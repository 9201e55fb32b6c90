"""Sacral: the five sacral views, each with what a cut must meet to be it, and its landmarks."""

from __future__ import annotations

from functools import partial

import numpy as np

from models.foreign.capsules.bones import ALA, CORNU, CREST, FLOOR, ILIUM, PIT, PLATE, S1_SUPERIOR, Row
from models.foreign.capsules.cut import Cut
from models.foreign.capsules.marks import (
    ASIDE_MM,
    SIDES,
    Mark,
    Marks,
    complexes,
    crossing,
    gathered,
    having,
    hollow,
    of,
    outwards,
    shelf,
    shoulder,
    some,
    top,
    width_mm,
)


def sacral_ala(cut: Cut) -> Marks | None:
    middle = complexes(cut).get("posterior_complex")
    if shelf(cut) > 5 or pits(cut, 0) or (middle is not None and abs(middle.u) <= ASIDE_MM):
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
        sides.append(some(s1_sap=tip, ala_groove=groove))
    if not any("ala_groove" in one for one in sides):
        return None
    crest = np.nonzero((cut.part == CREST) & (np.abs(cut.at[0] - cut.patient.sacrum.x) < 4.5))[0]
    return gathered(some(median_crest=_proud(cut, crest)), *sides)


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
        rim = plate[np.argmin(np.abs(out - 1.0))]
        if iliac is None or abs(out[plate == rim][0] - 1.0) > 3 or cut.facing[rim] < 0.25 or abs(iliac.u - float(cut.u[rim])) > 14:
            continue
        sides.append((side, {"sacral_edge": of(cut, int(rim)), "iliac_edge": iliac}))
    if not sides or pits(cut, 0):
        return None
    marks = _foramina(cut, 1, "", "", least=0) or {}
    side, edges = min(sides, key=lambda one: abs(one[1]["iliac_edge"].u))
    crest = marks.get("median_crest", [])
    centre = float(cut.patient.sacrum.x - cut.plane.origin[0]) * float(cut.plane.across[0])
    holes = [mark for mark in marks.get("s2_foramen", []) if (mark.u - centre) * float(cut.plane.across[0]) * side > 0]
    return {
        name: found
        for name, found in (("median_crest", crest), ("s2_foramen", holes[:1]), *((name, [mark]) for name, mark in edges.items()))
        if found
    }


def hiatus_across(cut: Cut) -> Marks | None:
    base, body = cut.patient.sacrum, cut.patient
    sheet = crossing(cut, partial(body.scl_z, np.asarray(base.x)), x=base.x)
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


def _foramina(cut: Cut, row: int, medial: str, lateral: str, *, least: int = 1) -> Marks | None:
    """Both lips of each foramen of a row (0 first, 1 second) that the plane crosses; without names of lips the place midway as s2_foramen."""
    if pits(cut, 1 - row) or (row == 0 and (cut.part == S1_SUPERIOR).any()):
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
    return {**gathered(some(median_crest=crest)), **marks}


def _pit_beams(cut: Cut, row: int, side: int) -> Row:
    base = cut.patient.sacrum
    _, px, py, wide, high = base.pits[row + (4 if side > 0 else 0)]
    x, y = cut.at[0] - base.x, cut.at[1] - base.y
    return np.nonzero((cut.part == PIT) & (np.hypot((x - side * px) / (wide + 0.7), (y - py) / (high + 0.7)) < 1))[0]


def pits(cut: Cut, row: int) -> bool:
    return any(width_mm(cut, _pit_beams(cut, row, side)) > 2 for side in SIDES)


def _proud(cut: Cut, beams: Row) -> Mark | None:
    """The crest's top, where it stands over the plates beside it."""
    found = top(cut, beams)
    if found is None:
        return None
    beside = cut.w[(cut.part == PLATE) & (np.abs(np.abs(cut.u - found.u) - 9) < 3)]
    return found if len(beside) and found.w < float(np.median(beside)) - 1.5 else None
