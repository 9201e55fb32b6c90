"""Truth: which landmarks a scan shows, and the line of truth.jsonl.

Rule 1: a mark of bone lies where its beam meets bone first; elsewhere another bone hides it. Rule 2: echo.py says what can be seen.
Rule 3: a nerve is told where its middle meets sound and differs from what surrounds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.echo import CLEAR, OPENINGS, SHEETS, Least, Place, shows
from models.foreign.lofts.array import BEAMS, SAMPLES, Array
from models.foreign.lofts.echoes import Echoes
from models.foreign.lofts.mesh import Draw
from models.foreign.lofts.profile import Point
from models.foreign.lofts.scene import Marks, Scene
from models.foreign.lofts.speckle import Greys

HIDDEN_MM, MARGIN = 1.5, 3
LEAST_NERVE = 0.05  # of white, between a nerve and what surrounds it


def place_of(array: Array, point: Point) -> Place | None:
    """None outside the scan."""
    beam, along = (float(one) for one in array.polar(np.asarray(point[0]), np.asarray(point[1])))
    sample = along / array.sample_mm
    if not (MARGIN <= beam < BEAMS - MARGIN and MARGIN <= sample < SAMPLES - MARGIN):
        return None
    return Place(beam, sample, float(array.pitch_mm[int(sample)]), array.sample_mm)


def in_reach(scene: Scene, echoes: Echoes) -> Marks:
    """Marks inside the scan that no bone hides, those of bone put on the skin that their beam meets."""
    found: Marks = {}
    for name, points in scene.marks.items():
        put = [spot for point in points if (spot := _met(scene.array, echoes, name, point)) is not None]
        if put:
            found[name] = sorted(put)
    return found


def _met(array: Array, echoes: Echoes, name: str, point: Point) -> Point | None:
    place = place_of(array, point)
    if place is None:
        return None
    along = place.sample * array.sample_mm
    near = [float(echoes.hits.along_mm[round(place.beam + off)]) for off in (-1, 0, 1)]
    soft = name in OPENINGS or name in SHEETS or name == "nerve_root"
    if soft:
        return point if name in OPENINGS or min(near) > along - HIDDEN_MM else None
    nearest = min(near, key=lambda one: abs(one - along))
    return point if abs(nearest - along) <= HIDDEN_MM else None


def seen(scene: Scene, reach: Marks, greys: Greys, least: Least = CLEAR) -> Marks:
    """Those in reach that the scan shows."""
    found: Marks = {}
    for name, points in reach.items():
        shown = [point for point in points if _shown(scene.array, name, point, greys, least)]
        if shown:
            found[name] = shown
    return found


def _shown(array: Array, name: str, point: Point, greys: Greys, least: Least) -> bool:
    place = place_of(array, point)
    assert place is not None
    if name == "nerve_root":
        return _nerve(greys, place)
    return shows(name, greys.with_bone.T, greys.without.T, place, soft=name in SHEETS, least=least)


def _nerve(greys: Greys, place: Place) -> bool:
    levels = greys.with_bone.T
    inside, around = place.part(levels, (-1.2, 1.2), 2.4), place.part(levels, (-4.0, 4.0), 8.0)
    return bool(abs(inside.mean() - around.mean()) >= LEAST_NERVE and around.mean() > 0.06)


def targets(view: str, marks: Marks, scene: Scene) -> dict[int, Point]:
    """The target by the side of the picture: -1 left, 1 right, 0 on the midline. Empty where what it rests on is not told."""
    if view == NO_VIEW:
        return {}
    plan = PLAN_OF[view]
    if any(name not in marks for name in plan.target):
        return {}
    if plan.target == ("scl", "sacral_floor"):
        scl, floor = (np.array(marks[name][0]) for name in plan.target)
        away = float(np.linalg.norm(floor - scl))
        spot = scl + (floor - scl) / max(away, 1e-6) * min(2.5, away / 2)
        return {0: (float(spot[0]), float(spot[1]))}
    return _sided(view, marks, scene)


def _sided(view: str, marks: Marks, scene: Scene) -> dict[int, Point]:
    """Each side's target, of one landmark or midway between two."""
    names = PLAN_OF[view].target
    middle = float(scene.plane.flat(np.array([[0.0, scene.plane.origin[1], 20.0]]))[0, 0])
    paired = PLAN_OF[view].sided and not scene.sagittal
    by: dict[int, list[Point]] = {}
    for name in names:
        for point in marks[name]:
            by.setdefault((-1 if point[0] < middle else 1) if paired else 0, []).append(point)
    return {
        side: (float(np.mean([x for x, _ in some])), float(np.mean([z for _, z in some]))) for side, some in by.items() if len(some) == len(names)
    }


def line_of(draw: Draw, seed: int, view: str, scene: Scene, marks: Marks) -> dict[str, Any]:
    """The fields that do not depend on pixels, points still in mm."""
    line: dict[str, Any] = {"subject": f"s{seed}", "view": view, "procedure": None, "side": None, "geometry": scene.array.geometry()}
    line["screen_left"] = ("patient_left", "patient_right")[int(draw.integers(2))]
    line |= {"landmarks": {}, "target": None}
    if view == NO_VIEW:
        return line
    plan, sides = PLAN_OF[view], targets(view, marks, scene)
    side = int(draw.choice(list(sides))) if sides else int(draw.choice((-1, 1)))
    line |= {"procedure": plan.procedure.name.lower(), "landmarks": marks, "target": sides.get(side)}
    if VIEWS[view].plane == "sagittal":
        line["screen_left"] = "caudal" if scene.plane.across[1] < 0 else "cranial"
        line["side"] = ("left", "right")[int(draw.integers(2))] if plan.sided else None
    elif plan.sided:
        line["side"] = "left" if (side < 0) == (line["screen_left"] == "patient_left") else "right"
    return line
