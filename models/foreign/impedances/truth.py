"""Truth: which landmarks the scan shows, by models/foreign/echo.py, and the line that states them.

Rule 1: a landmark is told where half of the sound or more reaches it, no other bone lies over it, and `shows` of echo.py holds.
Rule 2: a nerve root, which has no edge, is told where it is darker or brighter than what surrounds it by NERVE_STEP of white."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign import echo
from models.foreign.impedances.loft import Cut
from models.foreign.impedances.probe import Draw, Numbers
from models.foreign.impedances.scene import Scene, Spot, inside

LEAST_SOUND_DB = -6.0
NERVE_STEP, LEAST_NERVE = 0.06, 0.04
LEAST_GREY = 0.14
MARGIN_BEAMS = 2.0

Points: TypeAlias = dict[str, list[tuple[float, float]]]  # by landmark, x and z mm on the screen, x rising


def spots_of(scene: Scene, cut: Cut) -> list[tuple[str, Spot]]:
    """All landmarks that the anatomy has in this plane, seen or not."""
    found = [(name, finder(cut)) for name, finder in scene.aims]
    return [(name, spot) for name, spot in found if spot is not None and inside(cut, spot)]


def points_of(cut: Cut, spots: list[tuple[str, Spot]]) -> Points:
    points: Points = {}
    for name, spot in spots:
        points.setdefault(name, []).append(cut.array.point(*spot))
    return {name: sorted(some) for name, some in points.items()}


def seen_spots(
    spots: list[tuple[str, Spot]], cut: Cut, full: Numbers, bare: Numbers, sound_db: Numbers, least: echo.Least = echo.CLEAR
) -> list[tuple[str, Spot]]:
    """full, bare: greys without grain, with bone and without."""
    return [(name, spot) for name, spot in spots if _seen(name, spot, cut, full, bare, sound_db, least)]


def _seen(name: str, spot: Spot, cut: Cut, full: Numbers, bare: Numbers, sound_db: Numbers, least: echo.Least) -> bool:
    beam, along = spot
    if not MARGIN_BEAMS <= beam <= len(full) - 1 - MARGIN_BEAMS:
        return False
    column = along / cut.array.sample_mm
    over = max(0, round(column - (1.2 if name not in echo.OPENINGS else 2.5) / cut.array.sample_mm))
    if sound_db[round(beam), over] < LEAST_SOUND_DB:
        return False
    place = echo.Place(beam, column, float(cut.array.pitch_mm()[round(column)]), cut.array.sample_mm)
    if name == "nerve_root":
        return differs(full, place)
    if not echo.shows(name, full, bare, place, soft=name in echo.SHEETS, least=least):
        return False
    return name in echo.OPENINGS or bool(place.part(full, (0.0, 1.6), 1.2).max() >= LEAST_GREY)


def differs(levels: Numbers, place: echo.Place) -> bool:
    def grey(across_mm: float, down_mm: float) -> float:
        part = place.moved(across_mm=across_mm, down_mm=down_mm).part(levels, (-0.8, 0.8), 1.4)
        return float(part.mean()) if part.size else 0.0

    own = grey(0, 0)
    around = np.mean([grey(-5, 0), grey(5, 0), grey(0, -4.5), grey(0, 4.5)])
    return abs(float(around) - own) >= NERVE_STEP and max(own, float(around)) >= LEAST_NERVE + NERVE_STEP and own >= LEAST_NERVE


# --- the line --------------------------------------------------------------------------------------------------------------------------------------


def targets(view: str, points: Points, middle_x: float) -> dict[int, tuple[float, float]]:
    """x and z in mm by side of the screen: -1 left of the midline, 1 right, 0 where the target has one place alone."""
    if view == NO_VIEW:
        return {}
    wanted = PLAN_OF[view].target
    groups = [points.get(name, []) for name in wanted]
    if not VIEWS[view].paired & set(wanted):
        return {0: _target(view, [some[0] for some in groups])} if all(groups) else {}
    found = {}
    for side in (-1, 1):
        own = [[point for point in some if (point[0] - middle_x) * side > 0] for some in groups]
        if all(own):
            found[side] = _target(view, [some[0] for some in own])
    return found


def _target(view: str, points: list[tuple[float, float]]) -> tuple[float, float]:
    """PROCEDURES: the landmark itself, midway between two, or through the ligament by 2.5 mm or half of the canal."""
    first, last = np.array(points[0]), np.array(points[-1])
    if PLAN_OF[view].procedure.name == "CAUDAL":
        long = max(float(np.linalg.norm(last - first)), 1e-6)
        first, last = first + (last - first) * min(2.5, long / 2) / long, first + (last - first) * min(2.5, long / 2) / long
    middle = (first + last) / 2
    return float(middle[0]), float(middle[1])


def line_of(draw: Draw, seed: int, view: str, scene: Scene, points: Points, flipped: bool) -> dict[str, Any]:
    """The fields that do not depend on pixels; points in mm, not mirrored."""
    line: dict[str, Any] = {"subject": f"s{seed}", "view": view, "procedure": None, "side": None, "geometry": scene.array.geometry()}
    line["screen_left"] = ("patient_left", "patient_right")[int(draw.integers(2))]
    line["landmarks"], line["target"] = {}, None
    sagittal = scene.sagittal if view == NO_VIEW else VIEWS[view].plane == "sagittal"
    if sagittal:
        line["screen_left"] = "caudal" if flipped else "cranial"
    if view == NO_VIEW:
        return line
    plan, found = PLAN_OF[view], targets(view, points, scene.middle_x)
    side = int(draw.choice(list(found))) if found else int(draw.choice((-1, 1)))
    line |= {"procedure": plan.procedure.name.lower(), "landmarks": points, "target": found.get(side)}
    if sagittal:
        line["side"] = ("left", "right")[int(draw.integers(2))] if plan.sided else None
    elif plan.sided:
        on_screen = (side or 1) * (-1 if flipped else 1)
        line["side"] = "left" if (on_screen < 0) == (line["screen_left"] == "patient_left") else "right"
    return line
