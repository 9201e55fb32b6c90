"""Truth: which landmarks a scan shows, where their echoes begin, and the target that they make."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge.catalogue import PLAN_OF, VIEWS
from models.foreign import echo
from models.foreign.echo import Least, Place
from models.foreign.sections.probe import BEAMS, Probe
from models.foreign.sections.scan import Scan
from models.foreign.sections.shapes import Mark, Section

MET = 0.4  # share of the sound that must reach a landmark
SEEK_MM = 2.5  # along the beam, from the landmark's place to its bone's surface
MARGIN_MM = 1.0  # from the scan's border
ROOT_EDGE = {echo.CLEAR: 0.08, echo.DIM: 0.04}  # of grey, between root and surroundings
ROOT_LEAST = 0.08  # grey around it
CANAL_MM = 2.5  # PROCEDURES: a caudal target lies so far past the ligament


def told(probe: Probe, section: Section, scan: Scan, least: Least) -> list[Mark]:
    """The landmarks that the scan shows, at the leading edges of their echoes."""
    marks = [settled for mark in section.marks if (settled := _settled(probe, scan, mark)) is not None]
    return [mark for mark in marks if _shown(probe, scan, mark, least)]


def _settled(probe: Probe, scan: Scan, mark: Mark) -> Mark | None:
    """The mark on the surface that its beam meets; None beside the scan or where the beam meets none."""
    at = probe.place(mark.x, mark.z)
    r = at.sample * at.sample_mm
    side_mm = min(at.beam, BEAMS - 1 - at.beam) * at.pitch_mm
    if not (side_mm >= MARGIN_MM and 2 * MARGIN_MM <= r <= probe.depth_mm - 2 * MARGIN_MM):
        return None
    if mark.on != "bone":
        return mark
    surface = scan.surface
    across, along = np.abs(surface.beam - at.beam) * at.pitch_mm, np.abs(surface.r - r)
    near = (across <= max(0.8, at.pitch_mm)) & (along <= SEEK_MM)
    if not near.any():
        return None
    best = int(np.argmin(np.where(near, across + along, np.inf)))
    beam = float(np.clip(at.beam, surface.beam[best] - 0.5, surface.beam[best] + 0.5))
    x, z = probe.point(beam, float(surface.r[best]))
    return replace(mark, x=x, z=z)


def _shown(probe: Probe, scan: Scan, mark: Mark, least: Least) -> bool:
    at = probe.place(mark.x, mark.z)
    above = at.part(scan.passed, (-1.0, -0.4), 1.0)
    if above.size == 0 or float(above.mean()) < MET:
        return False
    if mark.on == "root":
        return _root_shown(scan, at, ROOT_EDGE[least])
    if mark.on == "sheet" and float(at.part(scan.surface.share, (0.0, 0.4), 0.5).max(initial=0.0)) > 0.5:
        return False
    return echo.shows(mark.name, scan.levels, scan.bare, at, soft=mark.on == "sheet", least=least)


def _root_shown(scan: Scan, at: Place, edge: float) -> bool:
    """A root stands out against both its sides or what lies over and under it, and is not in the dark."""
    own = at.part(scan.levels, (-1.0, 1.0), 2.0)
    around = [at.moved(across_mm=dx, down_mm=dz).part(scan.levels, (-0.8, 0.8), 1.5) for dx, dz in ((-5, 0), (5, 0), (0, -4.5), (0, 4.5))]
    greys = [float(part.mean()) for part in around if part.size]
    clean = float(at.part(scan.passed, (-2.0, 2.0), 3.0).min(initial=1.0)) > MET
    return clean and len(greys) == 4 and max(greys) >= ROOT_LEAST and sum(abs(grey - float(own.mean())) >= edge for grey in greys) >= 2


def target_of(view: str, marks: list[Mark], side: int) -> tuple[float, float] | None:
    """(x, z) of the view's target on that side (0: the view has none); None where a landmark that it rests on is not told."""
    plan = PLAN_OF[view]
    sided = bool(VIEWS[view].paired) and plan.sided
    own = {mark.name: np.array([mark.x, mark.z]) for mark in marks if not sided or mark.side in (0, side)}
    if any(name not in own for name in plan.target):
        return None
    first, last = own[plan.target[0]], own[plan.target[-1]]
    if view.endswith("sacral_hiatus"):
        way = last - first
        long = float(np.hypot(*way))
        place = first + way / max(long, 1e-9) * min(CANAL_MM, long / 2)
    else:
        place = (first + last) / 2
    return float(place[0]), float(place[1])
