"""Solids: a renderer that casts beams onto a three-dimensional lumbosacral spine of struts and height fields. `render` is all that others use."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import PLAN_OF, VIEWS
from models.foreign import echo
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.solids.beams import BEAMS, SAMPLES, Probe
from models.foreign.solids.bones import Field
from models.foreign.solids.cut import Cut, bend, cut
from models.foreign.solids.marks import MARKS, Marks, Spot
from models.foreign.solids.picture import Canvas, converted, draw_canvas, in_beams
from models.foreign.solids.places import SACRAL, Place, place_for

TRIES = 24
LIKE_SHARE = 0.6
NAMES = ("none", *VIEWS)
LUMBAR = tuple(view for view in VIEWS if view not in SACRAL)


def render(seed: int, view: str) -> ForeignFrame:
    """One frame of a view, or of "none". The same seed and view give the same bytes. ValueError for an unknown view."""
    if view not in NAMES:
        raise ValueError(f"view {view!r} is none of {', '.join(NAMES)}")
    hidden = bool(np.random.default_rng((seed, NAMES.index(view))).random() < echo.HIDDEN_SHARE)
    for attempt in range(TRIES):
        if (frame := _attempt(seed, view, attempt, hidden=hidden)) is not None:
            return frame
    raise AssertionError("the last attempt is always taken")


def _attempt(seed: int, view: str, attempt: int, *, hidden: bool) -> ForeignFrame | None:
    """A frame; None where it may not stand for its view and is not the last."""
    rng, last = np.random.default_rng((seed, NAMES.index(view), attempt)), attempt == TRIES - 1
    place = place_for(rng, view)
    cut_ = cut(place.body, place.probe, place.plane, bend(rng))
    marks = MARKS[view](cut_) if view in MARKS else {}
    canvas = draw_canvas(rng, place.probe)

    in_plane = drawn(marks, canvas)
    # what the plane does not hold no picture shows
    if not (last or (holds(view, in_plane, attempt) if view != "none" else not any(like(other, cut_, canvas) for other in possible(cut_)))):
        return None
    grey, clear, soft = in_beams(rng, cut_, place)
    points = drawn(echoing(marks, place.probe, clear, soft), canvas)
    if not (last or view == "none" or holds(view, points, attempt, hidden=hidden)):
        return None
    line = truth(seed, view, place, cut_, canvas, points)
    line["dim"] = echo.only_dim(in_order(view, drawn(echoing(marks, place.probe, clear, soft, echo.DIM), canvas)), line["landmarks"])
    return ForeignFrame(converted(canvas, place.probe, grey), line, canvas.box_px)


Points = dict[str, dict[int, tuple[float, float]]]


def pixel(canvas: Canvas, at: Spot) -> tuple[float, float] | None:
    """A point of the plane in pixels, if the picture shows it."""
    if at is None:
        return None
    x, y = canvas.origin_px[0] + at[0] / canvas.mm[0], canvas.origin_px[1] + at[1] / canvas.mm[1]
    left, top, right, bottom = canvas.box_px
    return (x, y) if left + 2 < x < right - 3 and top + 2 < y < bottom - 3 else None


def drawn(marks: Marks, canvas: Canvas) -> Points:
    """Landmarks in pixels, unseen ones left out."""
    found = {name: {side: pixel(canvas, at) for side, at in spots.items()} for name, spots in marks.items()}
    return {name: kept for name, spots in found.items() if (kept := {side: p for side, p in spots.items() if p is not None})}


def echoing(marks: Marks, probe: Probe, clear: Field, soft: Field, least: echo.Least = echo.CLEAR) -> Marks:
    """The landmarks without those of bone whose echo does not show (`models.foreign.echo`). clear, soft: greys without speckle, with bone
    and without, (beams, samples)."""
    sample_mm = probe.depth_mm / (SAMPLES - 1)

    def kept(name: str, at: Spot) -> Spot:
        if at is None or name == "nerve_root":
            return at
        beam, range_mm = (np.asarray(value) for value in probe.find(np.float64(at[0]), np.float64(at[1])))  # type: ignore[arg-type]
        number = float((beam / probe.half + 1) * (BEAMS - 1) / 2)
        where = echo.Place(number, float(range_mm) / sample_mm, float(probe.pitch_mm(range_mm)), sample_mm)
        return at if echo.shows(name, clear, soft, where, soft=name in echo.SHEETS, least=least) else None

    return {name: {side: kept(name, at) for side, at in spots.items()} for name, spots in marks.items()}


def holds(view: str, points: Points, attempt: int, *, hidden: bool = False) -> bool:
    """Half of the landmarks are seen, and a target, or where it shall hide none. Late attempts do not ask for the target."""
    enough = len(points) >= (len(VIEWS[view].landmarks) + 1) // 2
    seen = any(target(view, points, side) is not None for side in (-1, 1))
    return enough and (attempt > TRIES // 3 or echo.wanted(view, points, target=seen, hidden=hidden))


def possible(cut_: Cut) -> tuple[str, ...]:
    """Views that a plane through this body could hold."""
    return LUMBAR if cut_.body.canal is not None else SACRAL if "apex" in cut_.body.marks else ()


def like(view: str, cut_: Cut, canvas: Canvas) -> bool:
    """So many landmarks of a view are seen that a reader could take the plane for it: it is neither that view nor none."""
    return len(drawn(MARKS[view](cut_), canvas)) >= LIKE_SHARE * len(VIEWS[view].landmarks)


def one(points: Points, name: str, side: int) -> tuple[float, float] | None:
    """A landmark of a side, or the one on the midline."""
    spots = points.get(name, {})
    return spots.get(side, spots.get(0))


def target(view: str, points: Points, side: int, mm: tuple[float, float] = (1.0, 1.0)) -> tuple[float, float] | None:
    """The target in pixels: PROCEDURES' rules."""
    spots = [one(points, name, side) for name in PLAN_OF[view].target]
    if any(s is None for s in spots):
        return None
    first, last = np.array(spots[0]), np.array(spots[-1])
    if view.endswith("hiatus"):
        way = (last - first) * mm
        length = float(np.hypot(*way))
        first = first + (last - first) * (min(2.5, length / 2) / max(length, 1e-6))
        return float(first[0]), float(first[1])
    middle = (first + last) / 2
    return float(middle[0]), float(middle[1])


def screen_left(view: str, cut_: Cut) -> str:
    """What the picture's left side is. A picture that holds no view is told by its across axis."""
    across = cut_.plane.across
    if view in VIEWS and VIEWS[view].plane == "sagittal":
        return "cranial" if across[1] < 0 else "caudal"
    return "patient_left" if across[0] > 0 else "patient_right"


def chosen_side(view: str, place: Place, points: Points) -> int:
    """The side that the probe stands on, or the other if only that one's target is seen."""
    return place.side if target(view, points, place.side) is not None or target(view, points, -place.side) is None else -place.side


def in_order(view: str, points: Points) -> dict[str, list[list[float]]]:
    """The view's landmarks, left of the screen first."""
    names = VIEWS[view].landmarks if view != "none" else ()
    return {name: [[round(v, 2) for v in p] for p in sorted(points[name].values())] for name in names if name in points}


def truth(seed: int, view: str, place: Place, cut_: Cut, canvas: Canvas, points: Points) -> dict[str, Any]:
    """A line of truth.jsonl without its frame."""
    probe, none = place.probe, view == "none"
    side = 0 if none or not PLAN_OF[view].sided else chosen_side(view, place, points)
    aim = None if none else target(view, points, side, canvas.mm)
    return {
        "view": view,
        "procedure": None if none else PLAN_OF[view].procedure.name.lower(),
        "side": {0: None, 1: "right", -1: "left"}[side],
        "screen_left": screen_left(view, cut_),
        "mm_per_px": list(canvas.mm),
        "origin_px": list(canvas.origin_px),
        "geometry": {"kind": probe.kind, "face_radius_mm": probe.radius_mm, "face_half_width_mm": probe.face_half_mm},
        "landmarks": in_order(view, points),
        "target": None if aim is None else [round(v, 2) for v in aim],
        "subject": f"s{seed}",
    }
