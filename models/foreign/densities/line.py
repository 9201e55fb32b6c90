"""A frame's line of truth.jsonl."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, Plan
from firmware_bridge.wire import Procedure
from models.foreign.densities.bodies import Rng
from models.foreign.densities.probe import Probe, Screen
from models.foreign.densities.scene import Scene
from models.foreign.densities.truth import Found

INTO_CANAL_MM = 2.5


def truth_line(draw: Rng, seed: int, view: str, scene: Scene, of: Probe, onto: Screen, found: list[Found], *, mirrored: bool) -> dict[str, Any]:
    """truth.jsonl's form without "frame"."""
    left = ("caudal" if mirrored else "cranial") if scene.pose.sagittal else str(draw.choice(["patient_left", "patient_right"]))
    origin = (onto.width_px - 1 - onto.origin_px[0] if mirrored else onto.origin_px[0], onto.origin_px[1])
    half = of.radius_mm * float(np.sin(of.fan)) if of.radius_mm else of.fan
    line: dict[str, Any] = {
        "subject": f"s{seed}",
        "view": view,
        "procedure": None,
        "side": None,
        "screen_left": left,
        "mm_per_px": list(onto.mm_per_px),
        "origin_px": list(origin),
        "geometry": {
            "kind": "convex" if of.radius_mm else "rectangle",
            "face_radius_mm": round(of.radius_mm, 3),
            "face_half_width_mm": round(half, 3),
        },
        "landmarks": points_px(found, onto, mirrored=mirrored),
        "target": None,
    }
    if view != NO_VIEW:
        line |= _aim(draw, view, left, found, onto, mirrored=mirrored)
    return line


def points_px(found: list[Found], onto: Screen, *, mirrored: bool) -> dict[str, list[list[float]]]:
    """Landmarks in pixels, left of the screen first."""
    points: dict[str, list[list[float]]] = {}
    for one in sorted(found, key=lambda one: one.u_mm):
        points.setdefault(one.name, []).append(list(onto.px(one.u_mm, one.v_mm)))
    if mirrored:
        points = {name: [[onto.width_px - 1 - x, y] for x, y in reversed(some)] for name, some in points.items()}
    return points


def _aim(draw: Rng, view: str, left: str, found: list[Found], onto: Screen, *, mirrored: bool) -> dict[str, Any]:
    """Procedure, side and target."""
    plan = PLAN_OF[view]
    sides = _sides(plan, found)
    drawn = int(draw.choice(sides if sides and draw.random() < 0.9 else [-1, 1]))
    if view == "transverse_foramen" and found:
        drawn = found[0].side
    side = None
    if plan.sided:
        side = ("left" if (drawn < 0) == (left == "patient_left") else "right") if left.startswith("patient") else str(draw.choice(["left", "right"]))
    place = _target(plan, drawn, found)
    target = None if place is None else list(onto.px(*place))
    if target is not None and mirrored:
        target[0] = onto.width_px - 1 - target[0]
    return {"procedure": plan.procedure.name.lower(), "side": side, "target": target}


def _sides(plan: Plan, found: list[Found]) -> list[int]:
    """The sides on which all of the target's landmarks are seen."""
    return [side for side in (-1, 1) if all(any(one.name == name and one.side == side for one in found) for name in plan.target)]


def _target(plan: Plan, side: int, found: list[Found]) -> tuple[float, float] | None:
    """By the procedure's rule, in mm."""
    paired = plan.sided and plan.procedure != Procedure.INTERLAMINAR_PARAMEDIAN
    at = {one.name: np.array([one.u_mm, one.v_mm]) for one in found if one.side == side or not paired}
    if any(name not in at for name in plan.target):
        return None
    if plan.procedure == Procedure.CAUDAL:
        way = at["sacral_floor"] - at["scl"]
        far = float(np.hypot(*way))
        place = at["scl"] + way / max(far, 1e-6) * min(INTO_CANAL_MM, far / 2)
    else:
        place = np.mean([at[name] for name in plan.target], axis=0)
    return float(place[0]), float(place[1])
