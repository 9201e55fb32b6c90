"""Beams: rays traced through a plane of tissue, steered and compounded. render(seed, view) draws a frame and tells its truth.

Rule 1: anatomy is in section.py, lumbar.py, sacral.py, misses.py; physics in rays.py, scan.py; settings in probe.py; what counts as seen in judge.py.
Rule 2: a frame is drawn again, at most TRIES times, until it is as echo.py's rule 5 wants it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.beams import lumbar, misses, sacral
from models.foreign.beams.judge import Points, target_of, told
from models.foreign.beams.probe import BEAMS, Look, Probe, pressed, probe_of
from models.foreign.beams.scan import scanned, with_speckle
from models.foreign.beams.section import Draw, Floats, Section
from models.foreign.echo import CLEAR, DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame

TRIES = 6
DRAWN = {make.__name__: make for make in (*lumbar.MAKERS, *sacral.MAKERS)}


def render(seed: int, view: str) -> ForeignFrame:
    """view: one of the catalogue, or none; ValueError on any other. The same seed and view give the same bytes."""
    draw = Draw(np.random.PCG64([seed, 0xBEA, [NO_VIEW, *VIEWS].index(view)]))
    hidden = draw.chance(HIDDEN_SHARE)
    found = []
    for _ in range(TRIES):
        pose = posed(view, draw)
        look = Look(draw, pose.probe.mhz)
        blind = _hide(pose, draw, view) if hidden and view != NO_VIEW else None
        scan = scanned(pose.section, pose.probe, look, draw, _contact_db(draw, blind))
        clear, dim = told(pose.section, pose.probe, scan, CLEAR), told(pose.section, pose.probe, scan, DIM)
        target = None if view == NO_VIEW else target_of(view, clear, pose.right, pose.midline_mm)
        found.append((pose, look, scan, clear, dim, target))
        if view == NO_VIEW or wanted(view, clear, target=target is not None, hidden=hidden):
            break
    else:
        found.sort(key=lambda one: len(one[3]))  # what tells most
    pose, look, scan, clear, dim, target = found[-1]
    picture, origin_px, box = pose.probe.picture(with_speckle(scan, pose.probe, look, draw), int(draw.integers(2, 24)))
    if draw.chance(0.35):  # a scanner smooths or sharpens edges
        soft = gaussian_filter(picture, draw.u(0.5, 1.6))
        picture = np.where(picture > 0, soft if draw.chance(0.6) else picture + draw.u(0.3, 0.9) * (picture - soft), 0)
    truth = {"subject": f"w{seed}", "view": view} | _truth(view, pose, draw, origin_px, (clear, only_dim(dim, clear)), target)
    return ForeignFrame(np.clip(np.round(picture * 255), 0, 255).astype(np.uint8), truth, box)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A section as it lies under a probe. right: the target's side is drawn right. mirrored: left and right, or caudal and cranial, are swapped."""

    section: Section
    probe: Probe
    right: bool
    midline_mm: float
    mirrored: bool


def posed(view: str, draw: Draw) -> Pose:
    section = misses.missed(draw) if view == NO_VIEW else DRAWN[view](draw)
    aim = max([mark.z for mark in section.marks] or [section.fascia_mm + draw.u(20, 55)])
    probe = probe_of(draw, aim, shallow=aim < 36)
    mirrored, right = draw.chance(0.5), draw.chance(0.5) or view == "transverse_foramen"
    reach = min(probe.box_mm()[0], probe.radius_mm * probe.half + 0.35 * aim)
    shift = draw.n((0.3 if view == NO_VIEW else 0.13) * reach)
    aside = max([abs(mark.x) for mark in section.marks if mark.kind != "soft" and mark.name in PLAN_OF[view].target] or [0.0])
    if aside > 8 and (reach < aside + 8 or draw.chance(0.25) or view == "transverse_foramen"):  # the target's side alone, or nearly
        shift = (-1 if right else 1) * max(aside * draw.u(0.5, 1.1), aside + 4 - reach * 0.8)
    section = section.placed(turn_rad=0.0 if section.follows else draw.n(0.06), about_mm=aim, shift_mm=shift, mirrored=mirrored)
    return Pose(pressed(section, probe), probe, right != mirrored, -shift if mirrored else shift, mirrored)


def _hide(pose: Pose, draw: Draw, view: str) -> float | None:
    """Takes the target's echo away: what is soft answers weakly, or the probe has no contact over the beam that is returned."""
    marks = sorted((mark for mark in pose.section.marks if mark.name in PLAN_OF[view].target), key=lambda mark: mark.x)
    mark = marks[-1 if pose.right else 0] if marks else None
    if mark is None or draw.chance(0.15):
        return None
    if mark.kind == "soft" and draw.chance(0.75):
        near = [abs(np.interp(mark.x, *one.points.T) - mark.z) < 0.8 for one in pose.section.sheets]
        pose.section.sheets = [replace(one, gain=draw.u(0, 0.5)) if hit else one for one, hit in zip(pose.section.sheets, near, strict=True)]
        return None
    return pose.probe.place(mark.x, mark.z).beam


def _contact_db(draw: Draw, blind: float | None) -> Floats:
    """(BEAMS,) loss by poor contact: a little everywhere, much at an edge or over the beam `blind`."""
    beams = np.arange(BEAMS)
    loss = gaussian_filter1d(draw.normal(0, 2.0, BEAMS), 2.0)
    if draw.chance(0.25):
        loss += draw.u(10, 40) * (beams < draw.u(0.03, 0.25) * BEAMS)[:: int(draw.pick(-1, 1))]
    if blind is not None:
        loss += draw.u(30, 60) * np.exp(-(((beams - blind) / draw.u(3, 11)) ** 4))
    return np.asarray(gaussian_filter1d(loss, draw.u(1, 7)))


def _truth(
    view: str, pose: Pose, draw: Draw, origin_px: tuple[float, float], points: tuple[Points, Points], target: tuple[float, float] | None
) -> dict[str, Any]:
    """points: clear ones and dim ones, in mm. A sagittal plane lies on either side of the patient."""
    mm, first, plan = pose.probe.mm_per_px, draw.chance(0.5), PLAN_OF.get(view)

    def pixel(at: tuple[float, float]) -> list[float]:
        return [round(start + one / mm, 2) for start, one in zip(origin_px, at, strict=True)]

    clear, dim = ({name: [pixel(at) for at in found] for name, found in some.items()} for some in points)
    across = plan is None or VIEWS[view].plane == "transverse"
    return {
        "procedure": plan.procedure.name.lower() if plan else None,
        "side": ("left", "right")[pose.right == first] if plan and plan.sided else None,
        "screen_left": ("patient_right", "patient_left")[first] if across else ("cranial", "caudal")[pose.mirrored],
        "mm_per_px": [mm, mm],
        "origin_px": list(origin_px),
        "geometry": pose.probe.geometry(),
        "landmarks": clear,
        "dim": dim,
        "target": None if target is None else pixel(target),
    }
