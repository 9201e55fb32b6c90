"""What of a section shows in the picture, and the truth that is written of it.

Rule: a landmark is told only where its own echo can be seen, in the picture, and not behind other bone: about as strong as what lies above it,
and clearly stronger than what lies above or than what lies beneath, for an edge against a shadow is seen as well as a bright line (CLEAR). One
that is weaker than what lies above and still an edge (DIM) is told as dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.simulator.anatomy.curves import Point
from models.foreign.simulator.anatomy.section import Landmark
from models.foreign.simulator.anatomy.subject import FRAMES_A_SUBJECT
from models.foreign.simulator.display import Canvas
from models.foreign.simulator.echo import Echoes, Passage, step_mm
from models.foreign.simulator.probe import Floats, Probe

LEAST_PAST = 0.35  # share of amplitude that other bone lets by
CLEAR, DIM = (1.0, 1.8), (0.35, 1.3)  # echo over what is above it; echo over the darker side
LEAST_GREY = 26.0
Least: TypeAlias = tuple[float, float]
INSIDE_MM = 1.0
CANAL_MM = 2.5  # a caudal target lies so far through the ligament, or half the canal


@dataclass(frozen=True, slots=True)
class Pose:
    """How the patient stands on the screen: whose left, which side is asked for, and whether the picture is mirrored against the anatomy."""

    side: str | None
    screen_left: str
    mirrored: bool


def visible(mark: Landmark, probe: Probe, looks: list[Echoes], passage: Passage, grey: Floats, least: Least = CLEAR) -> bool:
    """Whether a landmark lies in the picture, is not behind other bone, and its own echo stands out of what surrounds it."""
    if not inside(mark.at, probe):
        return False
    return all(inside(at, probe) and shows(at, mark.kind, probe, looks, passage, grey, least) for at in mark.witnesses or (mark.at,))


def inside(at: Point, probe: Probe) -> bool:
    beam, far = (float(value) for value in probe.beam_range(np.array(at[0]), np.array(at[1])))
    margin = INSIDE_MM / float(probe.beam_mm(np.array([max(far, 0.0)]))[0])
    return margin <= beam <= probe.beams - 1 - margin and INSIDE_MM <= far <= probe.depth_mm - INSIDE_MM


def shows(at: Point, kind: str, probe: Probe, looks: list[Echoes], passage: Passage, grey: Floats, least: Least = CLEAR) -> bool:
    """Whether the echo at one place can be seen."""
    beam, far = probe.beam_range(np.array([at[0]]), np.array([at[1]]))
    if float(passage.at(passage.bone, beam, far - 0.6)[0]) < LEAST_PAST:
        return False
    b, step = int(np.clip(round(float(beam[0])), 1, probe.beams - 2)), step_mm(probe)
    near = slice(max(int((far[0] - 0.4) / step), 0), int((far[0] + 1.6) / step) + 1)
    around = slice(max(int((far[0] - 5) / step), 0), int((far[0] - 1.0) / step) + 2)
    under = slice(int((far[0] + 2.5) / step), int((far[0] + 6) / step) + 1)
    if kind == "soft":
        return float(grey[b - 1 : b + 2, around].mean()) > 0.6 * LEAST_GREY
    own = np.mean([np.abs(look.bone if kind == "bone" else look.line)[b - 1 : b + 2, near].max(axis=1).mean() for look in looks])
    edges = [place for place in (around, under) if place.start < grey.shape[1] - 3]
    sides = [np.mean([np.abs(look.soft + look.clutter)[max(b - 3, 0) : b + 4, place].mean() for look in looks]) for place in edges]
    seen = own >= least[0] * sides[0] and own >= least[1] * min(sides)
    return bool(seen and grey[b - 1 : b + 2, near].max() >= LEAST_GREY)


def chosen(view: str, name: str, pose: Pose, shown: list[Landmark]) -> Point | None:
    """Where a landmark of the side asked for shows."""
    either = name not in VIEWS[view].paired
    return next((mark.at for mark in shown if mark.name == name and (either or mark.right == (pose.side == "right"))), None)


def target_of(view: str, pose: Pose, shown: list[Landmark]) -> Point | None:
    """The target in mm by the procedure's rule; None where a landmark that it rests on does not show."""
    plan = PLAN_OF.get(view)
    points = [chosen(view, name, pose, shown) for name in plan.target] if plan else [None]
    found = [np.array(point) for point in points if point is not None]
    if len(found) < len(points):
        return None
    if len(found) == 1:
        return float(found[0][0]), float(found[0][1])
    way = found[1] - found[0]
    share = min(CANAL_MM / max(float(np.hypot(*way)), 1e-6), 0.5) if "hiatus" in view else 0.5
    x, z = found[0] + share * way
    return float(x), float(z)


def placed(shown: list[Landmark], canvas: Canvas) -> dict[str, list[list[float]]]:
    """Landmarks in pixels, left of the screen first."""
    found: dict[str, list[list[float]]] = {}
    for mark in shown:
        found.setdefault(mark.name, []).append([round(value, 2) for value in canvas.pixel(*mark.at)])
    return {name: sorted(places) for name, places in found.items()}


def truth_of(seed: int, view: str, probe: Probe, pose: Pose, canvas: Canvas, shown: list[Landmark], dim: list[Landmark]) -> dict[str, Any]:
    """truth.jsonl's form without "frame". dim: those that show and are not clear."""
    plan, target = PLAN_OF.get(view), None if view == NO_VIEW else target_of(view, pose, shown)
    return {
        "view": view,
        "procedure": plan.procedure.name.lower() if plan else None,
        "side": pose.side,
        "screen_left": pose.screen_left,
        "mm_per_px": [round(value, 6) for value in canvas.mm_per_px],
        "origin_px": [round(value, 3) for value in canvas.origin_px],
        "geometry": {"kind": probe.kind, "face_radius_mm": round(probe.radius_mm, 3), "face_half_width_mm": round(probe.half_width_mm, 3)},
        "landmarks": placed(shown, canvas),
        "dim": placed(dim, canvas),
        "target": None if target is None else [round(value, 2) for value in canvas.pixel(*target)],
        "subject": f"s{seed // FRAMES_A_SUBJECT}",
    }
