"""reliefs: bones as a relief seen from behind, cut by a plane and heard by a pulse. It never teaches.

Rule: this package was written without sight of any other renderer, and draws what anatomy and probe give: no frame is drawn again for its target.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.reliefs.aims import AIMS, Aim
from models.foreign.reliefs.marks import marks_of
from models.foreign.reliefs.near_misses import near_miss
from models.foreign.reliefs.outline import Mark, Reading
from models.foreign.reliefs.probe import Kind, Probe, Screen, aimed, drawn_probe, scanned, screen_of
from models.foreign.reliefs.reader import Reader, Sight
from models.foreign.reliefs.relief import Plane, section
from models.foreign.reliefs.sound import drawn_look, heard
from models.foreign.reliefs.tissue import empty, soft

COVER, COVER_HIATUS = (12.2, 4.0, 45.0), (7.4, 3.0, 25.0)  # mm of skin and fat over z 0: median, least, most
THROUGH_MM = 2.5  # a caudal needle stops so far past the ligament, or half-way


def render(seed: int, view: str) -> ForeignFrame:
    """view: one of the catalogue's or "none". Raises ValueError on another."""
    if view != NO_VIEW and view not in VIEWS:
        raise ValueError(f"view {view!r}: it can be {NO_VIEW}, {', '.join(VIEWS)}")
    rng = np.random.default_rng([seed, zlib.crc32(view.encode())])
    aim = near_miss(rng) if view == NO_VIEW else AIMS[view](rng)
    mean, least, most = COVER_HIATUS if aim.shallow else COVER
    cover_mm = float(np.clip(mean * rng.lognormal(0, 0.52), least, most))
    probe = _probe(rng, aim, cover_mm)
    plane = _plane(rng, aim, probe, cover_mm)
    look = drawn_look(rng)
    slices = (-probe.slice_mm / 2, 0.0, probe.slice_mm / 2)
    cut = section(aim.body, plane, half_mm=probe.reach_mm, deep_mm=min(probe.deep_mm, cover_mm + aim.deep + 45), slices_mm=slices)
    nothing = "empty" in aim.body.sizes
    fat_mm = max(2.0, cover_mm - float(rng.uniform(0, 3)))
    parts = empty(rng, probe, air=aim.body.sizes["air"] > 0) if nothing else soft(rng, aim.body, plane, probe, fat_mm=fat_mm, sagittal=aim.sagittal)
    sound = heard(rng, cut.sampled(*probe.places()) if aim.body.ridges else None, parts, probe, replace(look, haze_db=-60.0) if nothing else look)
    screen = screen_of(rng, probe)
    marks = [] if view == NO_VIEW else marks_of(view, Reading(cut, plane, aim))
    told = [(mark, Reader(sound, probe).sight(mark)) for mark in marks if screen.holds(mark.x, mark.z)]
    truth = {"subject": f"y{seed}", **_truth(rng, view, aim, probe, screen, told)}
    return ForeignFrame(scanned(sound.greys, probe, screen), truth, screen.box)


def _probe(rng: np.random.Generator, aim: Aim, cover_mm: float) -> Probe:
    """Convex mostly; flat where all that matters is near and narrow."""
    needed = cover_mm + aim.deep
    deep = float(np.clip(needed * rng.uniform(1.12, 1.55), 40, 160))
    kind: Kind = "phased" if rng.random() < 0.09 else "convex"
    if needed < 62 and aim.reach < 34 and rng.random() < (0.6 if aim.shallow else 0.3):
        kind, deep = "rectangle", min(deep, 80.0)
    return drawn_probe(rng, kind, deep)


def _plane(rng: np.random.Generator, aim: Aim, probe: Probe, cover_mm: float) -> Plane:
    """Where the focus falls in the picture: near the middle, less so where the field is wide."""
    depth = cover_mm + aim.focus[2]
    half = probe.span if not probe.radius_mm else (probe.radius_mm + depth) * float(np.sin(probe.span))
    at = float(np.clip(rng.normal(0, 0.13), -0.4, 0.4)) * half
    return aimed(aim.focus, at=(at, depth), sagittal=aim.sagittal, tilts=aim.tilts)


def _truth(rng: np.random.Generator, view: str, aim: Aim, probe: Probe, screen: Screen, told: list[tuple[Mark, Sight]]) -> dict[str, Any]:
    """A line of truth.jsonl without "frame"."""
    sagittal = view != NO_VIEW and VIEWS[view].plane == "sagittal"
    screen_left = "cranial" if sagittal else str(rng.choice(["patient_left", "patient_right"]))
    right = bool(rng.random() < 0.5) if sagittal else (aim.side > 0) == (screen_left == "patient_left")
    plan = None if view == NO_VIEW else PLAN_OF[view]
    clear = [mark for mark, sight in told if sight == "clear"]
    target = None if plan is None else _target(view, aim, clear)
    return {
        "view": view,
        "procedure": None if plan is None else plan.procedure.name.lower(),
        "side": None if plan is None or not plan.sided else "right" if right else "left",
        "screen_left": screen_left,
        "mm_per_px": [screen.mm_per_px, screen.mm_per_px],
        "origin_px": list(screen.origin_px),
        "geometry": {"kind": probe.kind, "face_radius_mm": probe.radius_mm, "face_half_width_mm": probe.half_width_mm},
        "landmarks": _points(clear, screen),
        "dim": _points([mark for mark, sight in told if sight == "dim"], screen),
        "target": None if target is None else screen.px(*target),
    }


def _points(marks: list[Mark], screen: Screen) -> dict[str, list[list[float]]]:
    """By name, left of the screen first."""
    found: dict[str, list[list[float]]] = {}
    for mark in sorted(marks, key=lambda one: one.x):
        found.setdefault(mark.name, []).append(screen.px(mark.x, mark.z))
    return found


def _target(view: str, aim: Aim, clear: list[Mark]) -> tuple[float, float] | None:
    """The procedure's target on the aim's side; None where a landmark that it rests on is not clear."""
    found: list[Mark] = []
    for name in PLAN_OF[view].target:
        some = [mark for mark in clear if mark.name == name and (name not in VIEWS[view].paired or mark.half == aim.side)]
        if not some:
            return None
        found.append(some[0])
    if view.endswith("sacral_hiatus"):
        scl, floor = found
        apart = float(np.hypot(floor.x - scl.x, floor.z - scl.z))
        share = min(THROUGH_MM, apart / 2) / max(apart, 1e-6)
        return scl.x + share * (floor.x - scl.x), scl.z + share * (floor.z - scl.z)
    return float(np.mean([mark.x for mark in found])), float(np.mean([mark.z for mark in found]))
