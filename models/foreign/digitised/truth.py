"""Which landmarks a frame shows, and its line of truth.jsonl.

Rule 1: a landmark lies where the anatomy puts it; the picture only says whether it can be seen.
Rule 2: it is told if the array has contact there, bone above lets a third of the amplitude through, and its echo is an edge
in the picture without speckle.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF
from models.foreign.digitised.echoes import Echoes
from models.foreign.digitised.field import Floats
from models.foreign.digitised.marks import Mark, Place
from models.foreign.digitised.places import Setting
from models.foreign.digitised.probe import STEP_MM, Probe

Seen: TypeAlias = Literal["clear", "dim", "hidden"]
LEAST_THROUGH, LEAST_CONTACT = 1 / 3, 0.5
# grey of the picture without speckle, of 1: darker than what lies above by at most, and brighter than the darker side by at least
EDGES: dict[Seen, tuple[float, float]] = {"clear": (0.0, 0.08), "dim": (0.15, 0.04)}
ROOTS: dict[Seen, float] = {"clear": 0.06, "dim": 0.03}  # a nerve has no edge: it differs from what surrounds it
ORDER: tuple[Seen, ...] = ("clear", "dim", "hidden")
BESIDE_MM, DEEPER_MM = (-1.2, 0.0, 1.2), (-0.5, 0.0, 0.7)  # where an edge may be met


def seen(probe: Probe, echoes: Echoes, mark: Mark) -> Seen:
    """How a mark shows: an opening as the worse of its two edges, if sound reaches it."""
    if mark.kind == "opening" and _reached(probe, echoes, mark.at) is None:
        return "hidden"
    return max((_seen(probe, echoes, mark, place) for place in mark.judged), key=ORDER.index)


def _seen(probe: Probe, echoes: Echoes, mark: Mark, place: Place) -> Seen:
    reached = _reached(probe, echoes, place)
    if reached is None:
        return "hidden"
    beam, sample = reached
    if mark.kind == "nerve":
        return _root(probe, echoes.even, beam, sample)
    pitch = float(probe.pitch_mm(np.array(sample * STEP_MM)))
    spots = [(beam + side / pitch, sample + down / STEP_MM) for side in BESIDE_MM for down in DEEPER_MM]
    return min((_edge(echoes.even, *spot) for spot in spots), key=ORDER.index)


def _reached(probe: Probe, echoes: Echoes, place: Place) -> tuple[float, float] | None:
    """Beam and sample of a place in the scan that sound reaches, else None."""
    beams, samples = echoes.even.shape
    beam, sample = (float(value) for value in probe.beam_sample(np.array(place[0]), np.array(place[1])))
    if not (1 <= beam <= beams - 2 and 8 <= sample <= samples - 3):
        return None
    column, above = round(beam), max(round(sample - 1.2 / STEP_MM), 0)
    dark = echoes.through[column, above] < LEAST_THROUGH or echoes.touched[column] < LEAST_CONTACT
    return None if dark else (beam, sample)


def _edge(even: Floats, beam: float, sample: float) -> Seen:
    column = even[int(np.clip(round(beam), 0, len(even) - 1))]

    def mean(low_mm: float, high_mm: float) -> float:
        rows = column[max(0, round(sample + low_mm / STEP_MM)) : max(1, round(sample + high_mm / STEP_MM))]
        return float(rows.mean()) if len(rows) else 0.0

    echo, above, below = mean(0.2, 1.8), mean(-5, -1), mean(2.5, 6)
    for grade in ("clear", "dim"):
        darker, brighter = EDGES[grade]
        if echo >= above - darker and echo >= min(above, below) + brighter:
            return grade
    return "hidden"


def _root(probe: Probe, even: Floats, beam: float, sample: float) -> Seen:
    """By the difference between a root's middle and a ring around it."""
    pitch = float(probe.pitch_mm(np.array(sample * STEP_MM)))
    beams, samples = np.ogrid[: even.shape[0], : even.shape[1]]
    far_mm = np.hypot((beams - beam) * pitch, (samples - sample) * STEP_MM)
    apart = abs(float(even[far_mm < 1.6].mean()) - float(even[(far_mm > 3.0) & (far_mm < 5.0)].mean()))
    return "clear" if apart >= ROOTS["clear"] else "dim" if apart >= ROOTS["dim"] else "hidden"


def truth_of(view: str, probe: Probe, echoes: Echoes, at: Setting | None, subject: str) -> dict[str, Any]:
    """A line of truth.jsonl without "frame"."""
    marks = at.marks if at and view != NO_VIEW else ()
    graded = [(mark, seen(probe, echoes, mark)) for mark in marks]
    target = target_of(view, at) if at and marks else None
    shown = target is not None and seen(probe, echoes, target) == "clear"
    plan = PLAN_OF.get(view)
    return {
        "subject": subject,
        "view": view,
        "procedure": plan.procedure.name.lower() if plan else None,
        "side": ("right" if at.side > 0 else "left") if plan and plan.sided and at else None,
        "screen_left": _screen_left(at),
        "mm_per_px": [probe.mm_per_px, probe.mm_per_px],
        "origin_px": list(probe.pixel(0.0, 0.0)),
        "geometry": {"kind": probe.kind, "face_radius_mm": probe.radius_mm, "face_half_width_mm": probe.half_width_mm},
        "landmarks": _named(probe, [mark for mark, grade in graded if grade == "clear"]),
        "target": list(probe.pixel(*target.at)) if target is not None and shown else None,
        "dim": _named(probe, [mark for mark, grade in graded if grade == "dim"]),
    }


def _named(probe: Probe, marks: list[Mark]) -> dict[str, list[list[float]]]:
    named: dict[str, list[list[float]]] = {}
    for mark in sorted(marks, key=lambda mark: mark.at[0]):
        named.setdefault(mark.name, []).append(list(probe.pixel(*mark.at)))
    return named


def target_of(view: str, at: Setting) -> Mark | None:
    """The view's target on the chosen side; all these views aim at a landmark itself."""
    of_target = [mark for mark in at.marks if mark.name == PLAN_OF[view].target[0]]
    towards = at.side * float(np.sign(at.plane.across[0] if not at.sagittal else 1.0))
    return max(of_target, key=lambda mark: towards * mark.at[0]) if of_target else None


def _screen_left(at: Setting | None) -> str:
    if at is None:
        return "patient_left"
    if at.sagittal:
        return "cranial" if at.plane.across[1] < 0 else "caudal"
    return "patient_left" if at.plane.across[0] > 0 else "patient_right"
