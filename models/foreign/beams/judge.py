"""Judge: which marks of a section a scan shows clearly or dimly, by the rules of echo.py, and the target that follows from them.

What only this renderer knows: a mark of bone is where a straight ray meets the surface within SNAP_MM of it, so that it lies on the leading edge; an
opening and a soft mark meet sound where no whole bone lies above them; a nerve root is told where it differs from what lies beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edge.catalogue import PLAN_OF
from models.foreign.beams.probe import BEAMS, SAMPLES, Probe
from models.foreign.beams.scan import Scan
from models.foreign.beams.section import Mark, Section
from models.foreign.echo import CLEAR, DIM, Least, Place, shows

SNAP_MM, EDGE_MM = 1.8, 1.5  # a mark within EDGE_MM of the scan's side is cut off
ROOT = {CLEAR: 0.05, DIM: 0.025}  # how far a root's grey differs from that beside it
ROOT_GREY = 0.08

Points = dict[str, list[tuple[float, float]]]  # by landmark, x and z in mm, left first


def snapped(mark: Mark, probe: Probe, scan: Scan) -> tuple[float, float] | None:
    """Where the mark's echo begins, in mm. None: no sound meets it."""
    at = probe.place(mark.x, mark.z)
    if not (EDGE_MM <= at.beam * at.pitch_mm <= (BEAMS - 1) * at.pitch_mm - EDGE_MM and 3 <= at.sample <= SAMPLES - 1 - 3 / at.sample_mm):
        return None
    if mark.kind == "bone":
        x, z, dx, dz = probe.rays()
        hx, hz = x + scan.hit_mm * dx, z + scan.hit_mm * dz
        far = np.hypot(hx - mark.x, hz - mark.z)
        best = int(far.argmin())
        return (float(hx[best]), float(hz[best])) if far[best] <= SNAP_MM + at.pitch_mm / 2 else None
    beams = slice(max(0, round(at.beam - 1 / at.pitch_mm)), round(at.beam + 1 / at.pitch_mm) + 1)
    above = at.sample * at.sample_mm - (0.5 if mark.kind == "opening" else 0.0)
    return (mark.x, mark.z) if (scan.hit_mm[beams] >= above).mean() > 0.5 else None


def _root_shows(scan: Scan, at: Place, least: Least) -> bool:
    own = at.part(scan.levels, (-1.2, 1.2), 3.0)
    beside = [at.moved(across_mm=mm) for mm in (-6.5, 6.5)]
    around = np.array([place.part(scan.levels, (-1.5, 1.5), 2.0).mean() for place in beside if 2 <= place.beam <= BEAMS - 3] or [0.0])
    return bool(own.size and own.mean() >= ROOT_GREY and np.abs(own.mean() - around).min() >= ROOT[least])


def told(section: Section, probe: Probe, scan: Scan, least: Least) -> Points:
    """The marks that the scan shows at least so well."""
    found: Points = {}
    for mark in section.marks:
        place = snapped(mark, probe, scan)
        if place is None:
            continue
        at = probe.place(*place)
        soft = mark.kind == "soft"
        if _root_shows(scan, at, least) if mark.kind == "root" else shows(mark.name, scan.levels, scan.without, at, soft=soft, least=least):
            found[mark.name] = sorted([*found.get(mark.name, []), place])
    return found


def target_of(view: str, points: Mapping[str, list[tuple[float, float]]], right: bool, midline_mm: float) -> tuple[float, float] | None:
    """The procedure's target in mm, on the side that is drawn right, or left. None where a landmark it rests on is not told."""
    plan = PLAN_OF[view]
    transverse = view.startswith("transverse")
    ends = []
    for name in plan.target:
        some = [one for one in points.get(name, []) if not (plan.sided and transverse) or (one[0] > midline_mm) == right]
        if not some:
            return None
        ends.append(np.array(some[-1 if right else 0]))
    way = ends[-1] - ends[0]  # none where one landmark is the target
    share = min(0.5, 2.5 / max(float(np.hypot(*way)), 1e-6)) if plan.target[0] == "scl" else 0.5
    return float(ends[0][0] + share * way[0]), float(ends[0][1] + share * way[1])
