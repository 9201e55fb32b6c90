"""Drawing: from a seed and a view to a picture with its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign import echo
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.sections import lumbar, others, probe, sacrum, sagittal, scan, tissue, truth
from models.foreign.sections.cuts import Surface, surface_of
from models.foreign.sections.look import Look
from models.foreign.sections.probe import Probe, Screen
from models.foreign.sections.scan import Scan
from models.foreign.sections.shapes import Mark, Random, Section, within
from models.foreign.sections.tissue import Body

ATTEMPTS = 8
GAPPED = 0.5  # share of the hidden targets over which the face has no good contact
SEED = 7110


@dataclass(frozen=True, slots=True)
class Stance:
    """How a view is held. cut: draws its section. middle_mm: where the picture's middle lies from the midline, (least, most) towards the side.
    central: share of frames with it at the midline +- 6 mm. cover_mm: skin to the most dorsal bone. turn_deg: most, either way."""

    cut: Callable[[Random], Section]
    middle_mm: tuple[float, float]
    central: float
    cover_mm: tuple[float, float] = (4.0, 45.0)
    turn_deg: float = 6.0


STANCES = {"transverse_facet": Stance(lumbar.facet, (2.0, 26.0), 0.5), "transverse_process": Stance(lumbar.process, (4.0, 34.0), 0.4),
    "transverse_sacral_ala": Stance(sacrum.ala, (6.0, 32.0), 0.4), "transverse_interlaminar": Stance(lumbar.interlaminar, (-14.0, 14.0), 0.6),
    "paramedian_oblique": Stance(sagittal.paramedian, (-9.0, 9.0), 0.4, (14.0, 60.0)), "transverse_sacral_hiatus": Stance(sacrum.hiatus, (-10.0,
    10.0), 0.6, (3.0, 30.0)), "longitudinal_sacral_hiatus": Stance(sagittal.hiatus, (-8.0, 14.0), 0.4, (3.0, 30.0)),
    "transverse_foramen": Stance(lumbar.foramen, (14.0, 34.0), 0.0, turn_deg=16.0), "transverse_s1": Stance(sacrum.s1, (2.0, 28.0), 0.45),
    "transverse_sacroiliac": Stance(sacrum.sacroiliac, (8.0, 36.0), 0.2), NO_VIEW: Stance(others.near_miss, (-15.0, 15.0), 0.5, (3.0, 50.0), 12.0)}


@dataclass(frozen=True, slots=True)
class Held:
    """A probe on a body. side: of the screen, -1 or 1, that is meant."""

    section: Section
    probe: Probe
    surface: Surface
    body: Body
    side: int


@dataclass(frozen=True, slots=True)
class Take:
    """One draw of a frame, before its speckle. side: of the screen, -1, 0 or 1. clear, dim: what the scan tells."""

    held: Held
    look: Look
    scan: Scan
    side: int
    clear: list[Mark]
    dim: list[Mark]
    target: tuple[float, float] | None


def render(seed: int, view: str) -> ForeignFrame:
    """A frame of a view of the catalogue or of `none`. The same seed and view give the same bytes. Raises KeyError on another view."""
    rng = np.random.default_rng([SEED, seed, [*VIEWS, NO_VIEW].index(view)])
    hidden = view != NO_VIEW and rng.random() < echo.HIDDEN_SHARE
    take = _take(rng, view, hidden=hidden)
    for attempt in range(1, ATTEMPTS):
        if view == NO_VIEW or _wanted(view, take, hidden=hidden):
            break
        # every other time the scanner is set anew over the same body, which costs half
        take = _scanned(rng, view, take.held, hidden=hidden) if attempt % 2 and not hidden else _take(rng, view, hidden=hidden)
    screen = probe.screen_of(rng, take.held.probe)
    pixels, box = probe.picture(take.held.probe, screen, scan.speckled(rng, take.held.probe, take.scan, take.look))
    return ForeignFrame(pixels, _line(rng, seed, view, take, screen), box)


def _wanted(view: str, take: Take, *, hidden: bool) -> bool:
    """Rule 5 of echo.py; and half of the view's landmarks are there, clear or dim, or nobody could name it."""
    there, told = ({mark.name for mark in marks} for marks in (take.clear + take.dim, take.clear))
    return 2 * len(there) >= len(VIEWS[view].landmarks) and echo.wanted(view, told, target=take.target is not None, hidden=hidden)


def _take(rng: Random, view: str, *, hidden: bool) -> Take:
    stance = STANCES[view]
    made = stance.cut(rng)
    side = made.side or (1 if rng.random() < 0.5 else -1)
    central = rng.random() < stance.central
    middle = within(rng, -6.0, 6.0) if central else side * within(rng, *stance.middle_mm)
    share = float(rng.beta(1.2, 1.9))
    cover = stance.cover_mm[0] + share * (stance.cover_mm[1] - stance.cover_mm[0])
    turn = within(rng, -stance.turn_deg, stance.turn_deg)
    if made.side:  # a foramen is looked into from its side
        turn = -side * abs(turn)
    section = made.moved(x0=middle, dz=cover - made.cover_z, turn_deg=turn)
    depth = float(np.clip(section.deepest_z / within(rng, 0.54, 0.95), 40.0, 160.0))
    device = probe.drawn(rng, depth, shallow=view.endswith("hiatus") or (view == NO_VIEW and cover < 20))
    held = Held(section, device, surface_of(device, section.bones), tissue.body_of(rng, device, section, cover), side)
    return _scanned(rng, view, held, hidden=hidden)


def _scanned(rng: Random, view: str, held: Held, *, hidden: bool) -> Take:
    look = Look(rng, held.probe)
    if hidden and rng.random() < GAPPED:
        own = [mark for mark in held.section.marks if mark.name in PLAN_OF[view].target and mark.side in (0, held.side)]
        at = held.probe.place(own[0].x, own[0].z)
        look.lose(at.beam, within(rng, 2.0, 9.0) / at.pitch_mm, within(rng, 10.0, 30.0))
    made = scan.scanned(rng, held.probe, held.surface, held.body, look)
    if view == NO_VIEW:
        return Take(held, look, made, 0, [], [], None)
    side, clear = held.side, truth.told(held.probe, held.section, made, echo.CLEAR)
    target = truth.target_of(view, clear, side)
    if target is None and not hidden and not held.section.side:  # who holds the probe means the side that he sees
        other = truth.target_of(view, clear, -side)
        side, target = (-side, other) if other is not None else (side, None)
    return Take(held, look, made, side, clear, truth.told(held.probe, held.section, made, echo.DIM), target)


def _line(rng: Random, seed: int, view: str, take: Take, screen: Screen) -> dict[str, Any]:
    """The truth of a frame, as a line of truth.jsonl without "frame"."""
    sagittal_view = view != NO_VIEW and VIEWS[view].plane == "sagittal"
    left = "cranial" if sagittal_view else ("patient_left", "patient_right")[rng.integers(2)]
    side = None
    if view != NO_VIEW and PLAN_OF[view].sided:
        side = ("left", "right")[rng.integers(2)] if sagittal_view else ("left" if (take.side < 0) == (left == "patient_left") else "right")
    half = take.held.probe.face_half_width_mm
    clear = _points(take.clear, screen)
    return {
        "clip": f"q{seed}-{view}",
        "captured_ns": 0,
        "subject": f"q{seed}",
        "view": view,
        "procedure": None if view == NO_VIEW else PLAN_OF[view].procedure.name.lower(),
        "side": side,
        "screen_left": left,
        "mm_per_px": [screen.mm_per_px, screen.mm_per_px],
        "origin_px": list(screen.origin_px),
        "geometry": {"kind": take.held.probe.kind, "face_radius_mm": take.held.probe.radius_mm, "face_half_width_mm": half},
        "landmarks": clear,
        "dim": echo.only_dim(_points(take.dim, screen), clear),
        "target": None if take.target is None else list(screen.pixel(*take.target)),
    }


def _points(marks: list[Mark], screen: Screen) -> dict[str, list[list[float]]]:
    """By name, left of the screen first."""
    named: dict[str, list[list[float]]] = {}
    for mark in sorted(marks, key=lambda one: one.x):
        named.setdefault(mark.name, []).append(list(screen.pixel(mark.x, mark.z)))
    return named
