"""Beams: rays traced through a plane of tissue, steered and compounded. render(seed, view) draws a frame and tells its truth.

Rule 1: anatomy is in lumbar.py, sacral.py, misses.py, soft.py; physics in rays.py, scan.py; settings in look.py; what counts as seen in judge.py.
Rule 2: a frame is drawn again, at most TRIES times, until it is as echo.py's rule 5 wants it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.beams import lumbar, misses, sacral
from models.foreign.beams.judge import Points, target_of, told
from models.foreign.beams.look import look_of, pressed, probe_of
from models.foreign.beams.probe import BEAMS, Probe
from models.foreign.beams.scan import scanned, with_speckle
from models.foreign.beams.section import Draw, Floats, Section
from models.foreign.echo import CLEAR, DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame

TRIES = 7
DRAWN = {**lumbar.VIEWS_DRAWN, **sacral.VIEWS_DRAWN}
SHALLOW = frozenset({"transverse_sacral_hiatus", "longitudinal_sacral_hiatus", "transverse_sacroiliac", "transverse_s1"})
SIDE_MM = {  # how far off the midline a sided target lies
    **{"transverse_facet": 18.0, "transverse_process": 26.0, "transverse_foramen": 22.0},
    **{"transverse_sacral_ala": 27.0, "transverse_s1": 22.0, "transverse_sacroiliac": 30.0},
}


def render(seed: int, view: str) -> ForeignFrame:
    """view: one of the catalogue, or none. The same seed and view give the same bytes."""
    if view != NO_VIEW and view not in VIEWS:
        raise ValueError(f"view {view!r}: it can be {NO_VIEW}, {', '.join(VIEWS)}")
    draw = Draw(np.random.PCG64([seed, 0xBEA, [NO_VIEW, *VIEWS].index(view)]))
    hidden = draw.chance(HIDDEN_SHARE)
    for _ in range(TRIES):
        section, probe, right, midline_mm = posed(view, draw)
        look = look_of(draw, probe.mhz)
        blind = _hide(section, probe, draw, view, right) if hidden and view != NO_VIEW else None
        scan = scanned(section, probe, look, draw, _contact_db(draw, blind))
        clear, dim = told(section, probe, scan, CLEAR), told(section, probe, scan, DIM)
        target = None if view == NO_VIEW else target_of(view, clear, right, midline_mm)
        if view == NO_VIEW or wanted(view, clear, target=target is not None, hidden=hidden):
            break
    return _frame(seed, view, right, probe, with_speckle(scan, probe, look, draw), draw, (clear, only_dim(dim, clear)), target)


def posed(view: str, draw: Draw) -> tuple[Section, Probe, bool, float]:
    """A section under the probe; the probe; whether the target's side is drawn right; where the midline is, in mm."""
    section = misses.missed(draw) if view == NO_VIEW else DRAWN[view](draw)
    aim = max([mark.z for mark in section.marks] or [section.fascia_mm + draw.u(20, 55)])
    probe = probe_of(draw, aim, shallow=view in SHALLOW or (view == NO_VIEW and aim < 35))
    mirrored, right = draw.chance(0.5), draw.chance(0.5)
    reach = min(probe.box_mm()[0], probe.half_width_mm + 0.35 * aim)
    aside = SIDE_MM.get(view, 0.0)
    if aside and (reach < aside + 8 or draw.chance(0.25) or view == "transverse_foramen"):
        shift = (-1 if right else 1) * max(aside * draw.u(0.5, 1.1), aside + 4 - reach * 0.8)  # the target's side alone, or nearly
        if view == "transverse_foramen":
            right = True
            shift = -abs(shift)
    else:
        shift = draw.n(0.13 * reach if view != NO_VIEW else 0.3 * reach)
    section = section.placed(turn_rad=0.0 if section.follows else draw.n(0.06), about_mm=aim, shift_mm=float(shift), mirrored=mirrored)
    midline = -float(shift) if mirrored else float(shift)
    return pressed(section, probe), probe, right != mirrored, midline


def _hide(section: Section, probe: Probe, draw: Draw, view: str, right: bool) -> float | None:
    """Takes the target's echo away: what is soft answers weakly, or the probe has no contact over the beam that is returned."""
    marks = sorted((mark for mark in section.marks if mark.name in PLAN_OF[view].target), key=lambda mark: mark.x)
    if not marks or draw.chance(0.15):
        return None
    mark = marks[-1 if right else 0]
    if mark.kind == "soft" and draw.chance(0.75):
        weak, sheets = draw.u(0, 0.2), section.sheets
        section.sheets = [replace(one, gain=one.gain * weak) if abs(np.interp(mark.x, *one.points.T) - mark.z) < 0.8 else one for one in sheets]
        return None
    return probe.place(mark.x, mark.z).beam


def _contact_db(draw: Draw, blind: float | None) -> Floats:
    """(BEAMS,) loss by poor contact: at an edge, a strip, or over the beam `blind`."""
    loss = np.zeros(BEAMS)
    beams = np.arange(BEAMS)
    if draw.chance(0.25):
        loss += draw.u(10, 40) * (beams < draw.u(0.03, 0.25) * BEAMS)[:: int(draw.pick(-1, 1))]
    if draw.chance(0.15):
        loss += draw.u(3, 15) * np.exp(-(((beams - draw.u(0, BEAMS)) / draw.u(3, 14)) ** 2))
    if blind is not None:
        loss += draw.u(20, 50) * np.exp(-(((beams - blind) / draw.u(7, 18)) ** 4))
    return np.asarray(gaussian_filter1d(loss + gaussian_filter1d(draw.normal(0, 2.0, BEAMS), 2.0), draw.u(1, 7)))


def _frame(
    seed: int, view: str, right: bool, probe: Probe, greys: Floats, draw: Draw, told_mm: tuple[Points, Points], target: tuple[float, float] | None
) -> ForeignFrame:
    picture, (u0, v0), box = probe.picture(greys, draw.integers(4, 24, 4).tolist())
    if draw.chance(0.35):
        soft = gaussian_filter(picture, draw.u(0.5, 1.6))
        picture = np.where(picture > 0, soft if draw.chance(0.6) else picture + draw.u(0.3, 0.9) * (picture - soft), 0)
    pixels = np.clip(np.round(picture * 255), 0, 255).astype(np.uint8)

    def pixel(at: tuple[float, float]) -> list[float]:
        return [round(u0 + at[0] / probe.mm_per_px, 2), round(v0 + at[1] / probe.mm_per_px, 2)]

    sagittal = view != NO_VIEW and VIEWS[view].plane == "sagittal"
    first = draw.chance(0.5)
    truth: dict[str, Any] = {
        "subject": f"w{seed}",
        "view": view,
        "procedure": None,
        "side": None,
        "screen_left": "patient_left" if first else "patient_right",
        "mm_per_px": [probe.mm_per_px, probe.mm_per_px],
        "origin_px": [u0, v0],
        "geometry": probe.geometry(),
        "landmarks": {name: [pixel(at) for at in points] for name, points in told_mm[0].items()},
        "dim": {name: [pixel(at) for at in points] for name, points in told_mm[1].items()},
        "target": None if target is None else pixel(target),
    }
    if view != NO_VIEW:
        plan = PLAN_OF[view]
        truth["procedure"] = plan.procedure.name.lower()
        if plan.sided:
            truth["side"] = "left" if (right != first if not sagittal else first) else "right"
    return ForeignFrame(pixels, truth, box)
