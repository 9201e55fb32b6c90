"""Capsules: a body of capsules and a dorsal surface in three dimensions, cut where a probe is laid; the view follows from where its plane stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.capsules import elsewhere
from models.foreign.capsules.bones import Numbers
from models.foreign.capsules.cut import Cut, cut
from models.foreign.capsules.echoes import Scan, grained, scanned
from models.foreign.capsules.flesh import Grid, flesh, grid, root
from models.foreign.capsules.look import Look, look
from models.foreign.capsules.marks import Mark, Marks
from models.foreign.capsules.patient import Patient, patient
from models.foreign.capsules.posing import laid, missed
from models.foreign.capsules.probe import BEAMS
from models.foreign.capsules.screen import picture, screen
from models.foreign.capsules.truth import line, target, told
from models.foreign.capsules.views import SAGITTAL, marks_of, resembles_one, views_of
from models.foreign.echo import DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame

POSES, PATIENTS, SCANS, ENOUGH = 8, 12, 8, 3  # poses a patient, patients, scans a frame, at most; after so many, hidden or not is as it comes
ELSEWHERE_SHARE, HAZY_SHARE, STRAY_SHARE = 0.4, 0.7, 0.2
BESIDE_MM = (4.0, 8.0)  # a hidden target is veiled over so much on both sides


@dataclass(frozen=True, slots=True)
class Shot:
    """One scan of a view, with what it tells."""

    cut: Cut
    here: Grid
    scan: Scan
    clear: Marks
    dim: Marks
    aim: tuple[Mark, int] | None
    looks: Look


def render(seed: int, view: str) -> ForeignFrame:
    """A frame of a view of the catalogue or `none`, with its truth. Raises ValueError on an unknown view."""
    if view != NO_VIEW and view not in VIEWS:
        raise ValueError(f"view {view!r}: it can be {NO_VIEW}, {', '.join(VIEWS)}")
    draw = np.random.default_rng([seed, [NO_VIEW, *VIEWS].index(view), 11])
    shown = look(draw, hazy=bool(draw.random() < HAZY_SHARE))
    return _no_view(draw, seed, shown) if view == NO_VIEW else _view(draw, seed, view, shown)


def _view(draw: np.random.Generator, seed: int, view: str, looks: Look) -> ForeignFrame:
    """Rule 5 of echo.py: scans until the target shows, or hides where it is to."""
    hidden, side = bool(draw.random() < HIDDEN_SHARE), int(draw.choice((-1, 1)))
    best: Shot | None = None
    for k in range(SCANS):
        if k % 2 == 0:
            found, marks = _found(draw, view)
        if k > 0:
            looks = look(draw, hazy=looks.hazy)  # scans that are harder to read are not to become fewer
        shot = _shot(draw, view, found, marks, looks, hidden=hidden, side=side)
        if best is None or len(shot.clear) > len(best.clear):
            best = shot
        named = 2 * len(shot.clear) >= len(VIEWS[view].landmarks)  # else nobody would name the view
        if named and (k >= ENOUGH or wanted(view, shot.clear, target=shot.aim is not None, hidden=hidden)):
            best = shot
            break
    assert best is not None
    shot, found, looks = best, best.cut, best.looks
    on = screen(draw, found.probe)
    held = 1 if float(np.median(found.at[0] - found.patient.middle_x(found.at[1]))) > 0 else -1
    mirror = bool(found.plane.across[0] < 0)
    truth = line(seed, view, on, mirror=mirror, clear=shot.clear, dim=shot.dim, aim=shot.aim, held_side=held)
    return ForeignFrame(picture(on, grained(draw, looks, shot.here, shot.scan.levels)), truth, on.box_px)


def _found(draw: np.random.Generator, view: str) -> tuple[Cut, Marks]:
    """A patient and a pose whose plane is the view and no other. Raises RuntimeError where there is none, which says that the body is wrong."""
    for _ in range(PATIENTS):
        body = patient(draw)
        for _ in range(POSES):
            held, plane = laid(draw, body, view)
            found = cut(body, plane, held)
            marks = marks_of(found, view)
            if marks is not None and views_of(found, sagittal=view in SAGITTAL) == [view]:
                return found, marks
    raise RuntimeError(f"no plane of {PATIENTS * POSES} shows {view}")


def _shot(draw: np.random.Generator, view: str, found: Cut, marks: Marks, looks: Look, *, hidden: bool, side: int) -> Shot:
    """One scan. hidden: the target answers weakly, or lies in a shadow that something above it throws."""
    here = grid(found.probe, found.plane)
    weak = hidden and bool(draw.random() < 0.5)
    faint = replace(looks, sheet_db=looks.sheet_db * draw.uniform(0.0, 0.15)) if weak else looks
    tissue = flesh(draw, found.patient, here, faint, sagittal=view in SAGITTAL)
    for mark in marks.get("nerve_root", []):
        tissue = tissue + root(draw, here, u=mark.u, w=mark.w, across_mm=found.patient.root_mm) * (0.1 if weak else 1.0)
    dull: Numbers | float = 0.0
    veil: Numbers | float = 0.0
    if weak:
        dull = _over_target(draw, view, found, marks)
    elif hidden:
        veil = _veil(draw, here, _over_target(draw, view, found, marks), found.patient.cover_mm)
    elif draw.random() < STRAY_SHARE:
        veil = _stray(draw, here, found.patient.cover_mm)
    scan = scanned(draw, looks, here, tissue, found.surface, veil=veil, dull=dull)
    if weak:  # its echo is a tenth: nobody sees the root, whatever lies there
        marks = {name: some for name, some in marks.items() if name != "nerve_root"}
    clear = told(scan, here, marks)
    dim = only_dim(told(scan, here, marks, DIM), clear)
    return Shot(found, here, scan, clear, dim, target(view, clear, found, side=side), looks)


def _veil(draw: np.random.Generator, here: Grid, loss: Numbers, cover_mm: float) -> Numbers:
    """(BEAMS, SAMPLES) dB of a shadow that begins somewhere above the bone. loss: of each beam."""
    return np.asarray(loss[:, None] * np.clip((here.way - draw.uniform(0, 1.2) * cover_mm) / draw.uniform(2, 8), 0, 1))


def _stray(draw: np.random.Generator, here: Grid, cover_mm: float) -> Numbers:
    """A shadow over no matter what, so that shadows do not tell where targets are."""
    away = (np.arange(BEAMS) - draw.uniform(0, BEAMS)) * here.probe.pitch_mm(40.0) / draw.uniform(2, 9)
    return _veil(draw, here, draw.uniform(12, 45) * np.exp(-(np.abs(away) ** draw.uniform(2, 5))), cover_mm)


def _over_target(draw: np.random.Generator, view: str, found: Cut, marks: Marks) -> Numbers:
    """(BEAMS,) dB that beams lose over the view's targets."""
    loss = np.zeros(BEAMS)
    for name in PLAN_OF[view].target[-1:]:
        for mark in marks.get(name, []):
            beam, way = found.probe.beam_of(mark.u, mark.w)
            away = (np.arange(BEAMS) - beam) * found.probe.pitch_mm(way) / draw.uniform(*BESIDE_MM)
            loss = np.maximum(loss, draw.uniform(16, 45) * np.exp(-(np.abs(away) ** draw.uniform(2, 5))))
    return loss


def _no_view(draw: np.random.Generator, seed: int, looks: Look) -> ForeignFrame:
    body: Patient = patient(draw)
    if draw.random() < ELSEWHERE_SHARE:
        here, scan = elsewhere.scan(draw, body, looks)
    else:
        found = _missed(draw, body)
        here = grid(found.probe, found.plane)
        tissue = flesh(draw, body, here, looks, sagittal=abs(float(found.plane.across[1])) > 0.7)
        veil = _stray(draw, here, body.cover_mm) if draw.random() < STRAY_SHARE else 0.0
        scan = scanned(draw, looks, here, tissue, found.surface, veil=veil)
    on = screen(draw, here.probe)
    truth = line(seed, NO_VIEW, on, mirror=False, clear={}, dim={}, aim=None, held_side=0)
    return ForeignFrame(picture(on, grained(draw, looks, here, scan.levels)), truth, on.box_px)


def _missed(draw: np.random.Generator, body: Patient) -> Cut:
    """A plane that is no view, by either orientation."""
    while True:
        held, plane = missed(draw, body)
        found = cut(body, plane, held)
        if not views_of(found, sagittal=False) and not views_of(found, sagittal=True) and not resembles_one(found):
            return found
