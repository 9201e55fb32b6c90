"""Truth: what a scan tells of a cut's landmarks, and the line of truth.jsonl. The rules of what is seen are echo.py's."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF
from models.foreign.capsules.cut import Cut
from models.foreign.capsules.echoes import Scan
from models.foreign.capsules.flesh import Grid
from models.foreign.capsules.marks import Mark, Marks
from models.foreign.capsules.screen import Screen
from models.foreign.capsules.views import SAGITTAL
from models.foreign.echo import CLEAR, DIM, OWN_MM, OWN_WIDE_MM, SHEETS, Least, Place, shows

LIP_TO_LIP_MM = 16.0
LEAST_GREY = {CLEAR: 0.12, DIM: 0.07}  # what a screen in a lit room still shows
ROOT_GREY = {CLEAR: (0.1, 0.12), DIM: (0.08, 0.06)}  # mean, and brightest less darkest, around a root


def told(scan: Scan, here: Grid, marks: Marks, least: Least = CLEAR) -> Marks:
    """The landmarks that the scan shows."""
    kept = {name: [mark for mark in found if _shown(name, scan, here, mark, least)] for name, found in marks.items()}
    return {name: sorted(found, key=lambda mark: mark.u) for name, found in kept.items() if found}


def _shown(name: str, scan: Scan, here: Grid, mark: Mark, least: Least) -> bool:
    beam, way = here.probe.beam_of(mark.u, mark.w)
    if not (1.5 < beam < len(here.u) - 2.5 and 1.0 < way < here.probe.depth_mm - 2.0):
        return False
    at = Place(beam, way / here.sample_mm, here.probe.pitch_mm(way), here.sample_mm)
    if name == "nerve_root":
        around = at.part(scan.levels, (-4.0, 4.0), 6.0)
        mean, range_ = ROOT_GREY[least]
        return bool(around.size and around.mean() > mean and np.ptp(around) > range_)
    own = at.part(scan.levels, OWN_MM, OWN_WIDE_MM)
    if not own.size or float(own.max()) < LEAST_GREY[least]:
        return False
    return shows(name, scan.levels, scan.without, at, soft=name in SHEETS, least=least)


def target(view: str, clear: Marks, cut: Cut, *, side: int) -> tuple[Mark, int] | None:
    """The procedure's target among clear landmarks and the patient's side it lies on (-1 left, 1 right, 0 none); side: which one is wanted of two."""
    places = [(mark, _side(cut, mark)) for mark in _targets(view, clear)]
    if not places:
        return None
    if not PLAN_OF[view].sided:
        return places[0][0], 0
    return next((place for place in places if place[1] == side), places[0])


def _targets(view: str, clear: Marks) -> list[Mark]:
    match PLAN_OF[view].target:
        case ("scl", "sacral_floor"):
            if not {"scl", "sacral_floor"} <= set(clear):
                return []
            scl, floor = clear["scl"][0], clear["sacral_floor"][0]
            long = float(np.hypot(floor.u - scl.u, floor.w - scl.w))
            share = min(2.5, long / 2) / max(long, 1e-6)
            return [Mark(scl.u + share * (floor.u - scl.u), scl.w + share * (floor.w - scl.w))]
        case (first, second):
            pairs = [(one, other) for one in clear.get(first, []) for other in clear.get(second, []) if abs(one.u - other.u) < LIP_TO_LIP_MM]
            return [Mark((one.u + other.u) / 2, (one.w + other.w) / 2) for one, other in pairs]
        case (only,):
            return clear.get(only, [])
        case _:
            return []


def _side(cut: Cut, mark: Mark) -> int:
    at = cut.plane.at(np.asarray(mark.u), np.asarray(mark.w))
    return 1 if float(at[0]) > float(cut.patient.middle_x(at[1])) else -1


def line(
    seed: int, view: str, shown: Screen, *, mirror: bool, clear: Marks, dim: Marks, aim: tuple[Mark, int] | None, held_side: int
) -> dict[str, Any]:
    """A line of truth.jsonl without "frame". held_side: the patient's side on which a sided view without a target is held."""
    plan = PLAN_OF.get(view)
    side = (aim[1] if aim else held_side) if plan is not None and plan.sided else 0
    left = "cranial" if view in SAGITTAL else "patient_right" if mirror else "patient_left"
    return {
        "clip": f"k{seed}",
        "captured_ns": 0,
        "subject": f"k{seed}",
        "view": view,
        "procedure": None if plan is None else plan.procedure.name.lower(),
        "side": {-1: "left", 0: None, 1: "right"}[side],
        "screen_left": None if view == NO_VIEW else left,
        "mm_per_px": [round(shown.mm_per_px, 6)] * 2,
        "origin_px": [round(value, 3) for value in shown.origin_px],
        "geometry": shown.probe.geometry(),
        "landmarks": _pixels(shown, clear),
        "dim": _pixels(shown, dim),
        "target": None if aim is None else shown.pixel(aim[0].u, aim[0].w),
    }


def _pixels(shown: Screen, marks: Marks) -> dict[str, list[list[float]]]:
    return {name: [shown.pixel(mark.u, mark.w) for mark in found] for name, found in marks.items()}
