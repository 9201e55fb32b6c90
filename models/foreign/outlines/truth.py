"""Truth: which landmarks a scan shows, and the line that states them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS, Plan
from models.foreign import echo
from models.foreign.outlines.chance import Chance, Floats
from models.foreign.outlines.echoes import RISE, Echoes
from models.foreign.outlines.finish import Canvas
from models.foreign.outlines.probe import BEAMS, SAMPLE_MM, Probe
from models.foreign.outlines.scene import Mark

Px = tuple[float, float]
RIM_MM = 1.5  # a landmark nearer to the scan's rim than this is not seen
LEAST_GAIN = 0.25  # share of its grey that is left to a landmark still seen
COVER_MM, COVER_SOFT_MM = 2.5, 1.0  # bone this far above an opening, or above a soft landmark, hides it
LEAST_ECHO = 0.1  # share of a full echo that must be laid within 0.8 mm of a landmark on bone


def seen(probe: Probe, found: Echoes, gain: Floats, clear: tuple[Floats, Floats], mark: Mark, least: echo.Least) -> bool:
    """Whether the landmark lies in the scan and sound reaches it there; and on bone, whether its own echo was laid there and shows (`echo`), on
    soft tissue or in an opening whether no bone lies above it. gain: (samples, beams) factor on all greys; clear:
    (beams, samples) greys without speckle, with bone and without."""
    beam, sample = (float(value) for value in probe.beams_of(np.asarray(mark.point)))
    left, _, right, _ = probe.box_mm
    pitch = probe.beam_mm(max(sample, 0) * SAMPLE_MM)
    side = RIM_MM / pitch
    if not (side <= beam <= BEAMS - 1 - side and 2 / SAMPLE_MM <= sample <= probe.samples - RIM_MM / SAMPLE_MM):
        return False
    if not left + RIM_MM <= mark.point[0] <= right - RIM_MM or gain[int(sample), round(beam)] < LEAST_GAIN:
        return False
    opening = mark.name in echo.OPENINGS
    if mark.soft or opening:
        near = np.median(found.first[max(0, round(beam) - 1) : round(beam) + 2])
        if sample - near > (COVER_SOFT_MM if mark.soft else COVER_MM) / SAMPLE_MM:
            return False
    if mark.name == "nerve_root":
        return True
    laid = mark.soft or opening or _laid(found, beam, sample) >= LEAST_ECHO
    return laid and echo.shows(mark.name, *clear, echo.Place(beam, sample, pitch, SAMPLE_MM), soft=mark.soft, least=least)


def _laid(found: Echoes, beam: float, sample: float) -> float:
    """The strongest echo of bone that was laid within 0.8 mm in depth and a beam of a place, of 1."""
    middle, number = round(sample + RISE), round(beam)
    return float(found.laid[max(0, middle - 2) : middle + 3, max(0, number - 1) : number + 2].max())


def pixels_of(canvas: Canvas, point: tuple[float, float]) -> Px:
    return canvas.origin_px[0] + point[0] / canvas.mm_per_px[0], canvas.origin_px[1] + point[1] / canvas.mm_per_px[1]


def by_name(canvas: Canvas, marks: Sequence[Mark]) -> dict[str, list[Px]]:
    """The landmarks in pixels; of two points of a name the left one first."""
    found: dict[str, list[Px]] = {}
    for mark in sorted(marks, key=lambda one: one.point[0]):
        found.setdefault(mark.name, []).append(pixels_of(canvas, mark.point))
    return found


def lists(canvas: Canvas, marks: Sequence[Mark]) -> dict[str, list[list[float]]]:
    """by_name as truth.jsonl has it."""
    return {name: [list(point) for point in points] for name, points in by_name(canvas, marks).items()}


def _between(first: Px, second: Px, share: float) -> Px:
    return first[0] + share * (second[0] - first[0]), first[1] + share * (second[1] - first[1])


def target_of(plan: Plan, points: Sequence[Px], mm_per_px: Px) -> Px:
    """PROCEDURES' rule: the landmark itself, midway between two, or for caudal just through the ligament."""
    if len(points) == 1:
        return points[0]
    if "scl" in plan.target:
        long_mm = float(np.hypot((points[1][0] - points[0][0]) * mm_per_px[0], (points[1][1] - points[0][1]) * mm_per_px[1]))
        return _between(points[0], points[1], min(2.5, long_mm / 2) / max(long_mm, 1e-6))
    return _between(points[0], points[1], 0.5)


def side_targets(plan: Plan, marks: Sequence[Mark], canvas: Canvas) -> dict[int, Px]:
    """Where the target lies left (-1) and right (1) of the midline, where it is seen; under 0 for a target without a side."""
    found: dict[int, Px] = {}
    for side in (-1, 1):
        here = {mark.name: mark.point for mark in marks if not plan.sided or plan.medial is None or mark.side == side}
        if all(name in here for name in plan.target):
            found[side] = target_of(plan, [pixels_of(canvas, here[name]) for name in plan.target], canvas.mm_per_px)
    return found


def _side(chance: Chance, plan: Plan, transverse: bool, screen_left: str, targets: dict[int, Px]) -> tuple[str | None, Px | None]:
    """The chosen side and its target: one that is seen in nine of ten frames that show only one."""
    if not plan.sided or not transverse:
        side = chance.of(("left", "right")) if plan.sided else None
        return side, targets.get(1)
    drawn = chance.of((-1, 1))
    if drawn not in targets and -drawn in targets and chance.happens(0.9):
        drawn = -drawn
    left = screen_left == "patient_left"
    return ("left" if (drawn == -1) == left else "right"), targets.get(drawn)


def line(chance: Chance, seed: int, view: str, probe: Probe, canvas: Canvas, marks: Sequence[Mark]) -> dict[str, Any]:
    """A line of truth.jsonl without "frame"."""
    plan = PLAN_OF.get(view)
    transverse = view == NO_VIEW or VIEWS[view].plane == "transverse"
    screen_left = chance.of(("patient_left", "patient_right")) if transverse else "cranial"
    side, target = (None, None)
    if plan is not None:
        side, target = _side(chance, plan, transverse, screen_left, side_targets(plan, marks, canvas))
    return {
        "subject": f"s{seed}",
        "view": view,
        "procedure": None if plan is None else plan.procedure.name.lower(),
        "side": side,
        "screen_left": screen_left,
        "mm_per_px": list(canvas.mm_per_px),
        "origin_px": list(canvas.origin_px),
        "geometry": probe.geometry(),
        "landmarks": lists(canvas, marks),
        "target": None if target is None else list(target),
    }
