"""Truth: which landmarks the picture shows, and the line of truth.jsonl.

Rule 1: bone and sheets are seen by the rules of models/foreign/echo.py, where no other bone lies over them along their beam. Rule 2: a nerve is seen
where no bone lies over it and it differs from what is around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign import echo
from models.foreign.ribbons.beams import BEAMS
from models.foreign.ribbons.body import Body
from models.foreign.ribbons.cut import Cut, cut_of
from models.foreign.ribbons.levels import Levels
from models.foreign.ribbons.ribbon import Draw, Numbers

SAME_MM = 1.2  # how far along the beam a landmark may lie from where its ribbon is met first
OVER_MM = 0.7  # bone that lies this much above hides
LEAST_GREY, NERVE_STEP, LEAST_NERVE = 0.16, 0.06, 0.08

Seen: TypeAlias = dict[str, list[tuple[float, float]]]  # x and z in mm, by landmark


def cuts_of(body: Body) -> tuple[Cut, ...]:
    return tuple(cut_of(one, body.beams) for one in body.section.ribbons)


def seen_landmarks(body: Body, levels: Levels, least: echo.Least = echo.CLEAR) -> Seen:
    """Landmarks in the probe's frame that the picture shows."""
    return _found(body, levels.cuts, lambda name, beam, along: _shown(name, body, levels, beam, along, least))


def in_reach(body: Body, cuts: tuple[Cut, ...]) -> Seen:
    """Those that lie in the field with no other bone over them: all that a picture could show."""
    return _found(body, cuts, lambda *_: True)


def _found(body: Body, cuts: tuple[Cut, ...], shown: Callable[[str, float, float], bool]) -> Seen:
    found: Seen = {}
    for name, x, z in marked(body):
        beam, along = (float(value) for value in body.beams.polar(x, z))
        if not (1.5 <= beam <= BEAMS - 2.5 and 1.0 <= along <= body.beams.depth_mm - 1.0):
            continue
        if not _covered(name, _tops(body, cuts, beam, along), along) and shown(name, beam, along):
            found.setdefault(name, []).append((x, z))
    return {name: sorted(points) for name, points in found.items()}


def marked(body: Body) -> list[tuple[str, float, float]]:
    """All landmarks of a body, seen or not."""
    section = body.section
    on = [(name, float(one.points[row, 0]), float(one.points[row, 1])) for one in section.ribbons for name, row in one.marks]
    return [*on, *section.places, *((patch.mark, patch.x, patch.y) for patch in section.patches if patch.mark)]


def _shown(name: str, body: Body, levels: Levels, beam: float, along: float, least: echo.Least) -> bool:
    at = echo.Place(beam, along / body.beams.sample_mm, body.beams.pitch_mm(along), body.beams.sample_mm)
    if name == "nerve_root":
        return differs(levels.with_bone, at)
    if not echo.shows(name, levels.with_bone, levels.without, at, soft=name in echo.SHEETS, least=least):
        return False
    if name in echo.OPENINGS:
        return True
    if at.part(levels.with_bone, (0.0, 1.5), 1.2).max() < LEAST_GREY:
        return False
    return name in echo.SHEETS or bool((np.abs(_tops(body, levels.cuts, beam, along) - along) < SAME_MM).any())


def _tops(body: Body, cuts: tuple[Cut, ...], beam: float, along: float) -> Numbers:
    """Where the beams at a place meet each bone, in mm along them."""
    return np.array([_top(cut.depth_mm, beam, along) for one, cut in zip(body.section.ribbons, cuts, strict=True) if one.hard])


def _covered(name: str, tops: Numbers, along: float) -> bool:
    return bool((tops < along - (SAME_MM if name in echo.OPENINGS else OVER_MM)).any())


def _top(depth_mm: Numbers, beam: float, along: float) -> float:
    """Where the beams next to a place meet a ribbon: of the two, the one nearer to the place."""
    two = depth_mm[[int(beam), int(beam) + 1]]
    return float(two[np.argmin(np.abs(np.where(np.isfinite(two), two, 1e9) - along))])


def differs(greys: Numbers, at: echo.Place) -> bool:
    """Whether a nerve's grey differs from what lies 4 to 5 mm above, beneath and beside it."""

    def grey(*, across_mm: float = 0.0, mm: tuple[float, float] = (0.0, 0.0), wide_mm: float = 1.2) -> float:
        part = at.moved(across_mm=across_mm).part(greys, mm, wide_mm)
        return float(part.mean()) if part.size else 0.0

    own = grey(mm=(-1, 1))
    around = (grey(across_mm=-5), grey(across_mm=5), grey(mm=(-5, -4)), grey(mm=(4, 5)))
    return abs(float(np.mean(around)) - own) >= NERVE_STEP and own >= LEAST_NERVE


# --- the line --------------------------------------------------------------------------------------------------------------------------------------


def targets(view: str, seen: Seen, body: Body) -> dict[int, tuple[float, float]]:
    """-1: left of the midline on the screen, 1: right; 0 where the procedure has no side. With the target's x and z in mm."""
    if view == NO_VIEW:
        return {}
    plan = PLAN_OF[view]
    points = [seen.get(name, []) for name in plan.target]
    if not VIEWS[view].paired & set(plan.target):
        return {0: _target(view, [some[0] for some in points])} if all(points) else {}
    sides = {}
    for side in (-1, 1):
        own = [[point for point in some if (point[0] - body.middle_x) * side > 0] for some in points]
        if all(own):
            sides[side] = _target(view, [some[0] for some in own])
    return sides


def _target(view: str, points: list[tuple[float, float]]) -> tuple[float, float]:
    """The procedure's rule: a landmark, the middle of two, or 2.5 mm through the ligament (at most half the canal)."""
    if len(points) == 1:
        return points[0]
    first, second = np.array(points)
    if PLAN_OF[view].procedure.name != "CAUDAL":
        return tuple(((first + second) / 2).tolist())
    way = second - first
    length = float(np.hypot(*way))
    return tuple((first + way / max(length, 1e-9) * min(2.5, length / 2)).tolist())


def line_of(draw: Draw, seed: int, view: str, body: Body, seen: Seen) -> dict[str, Any]:
    """The fields that do not depend on pixels, points still in mm."""
    line: dict[str, Any] = {"subject": f"s{seed}", "view": view, "procedure": None, "side": None, "geometry": body.beams.geometry()}
    line["screen_left"] = ("patient_left", "patient_right")[int(draw.integers(2))]
    line["landmarks"], line["target"] = {}, None
    if view == NO_VIEW:
        return line
    plan = PLAN_OF[view]
    sides = targets(view, seen, body)
    side = draw.choice(list(sides)) if sides else int(draw.choice((-1, 1)))
    line |= {"procedure": plan.procedure.name.lower(), "landmarks": seen, "target": sides.get(int(side))}
    if VIEWS[view].plane == "sagittal":
        line["screen_left"] = "caudal" if body.flipped else "cranial"
        line["side"] = ("left", "right")[int(draw.integers(2))] if plan.sided else None
    elif plan.sided:
        side = int(side) or (-1 if body.flipped else 1)  # a foramen's one side lies to the right of a section
        line["side"] = "left" if (side < 0) == (line["screen_left"] == "patient_left") else "right"
    return line
