"""What a frame tells: landmarks by echo.py's rules, the target by the procedure's.

Beyond echo.py: a landmark lies inside the scan, and LEAST_PASSED of the sound arrives above it. A root is seen where its inside or its wall differs
from the tissue beside it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from edge.catalogue import LEAST_BRIGHTNESS, PLAN_OF
from models.foreign.echo import CLEAR, DIM, SHEETS, Least, Place, only_dim, shows
from models.foreign.tracings.echoes import OWN_MM, Scan
from models.foreign.tracings.page import Mark, Page, Point
from models.foreign.tracings.probe import BEAMS, Probe

Named: TypeAlias = dict[str, list[list[float]]]
LEAST_PASSED, CAUDAL_MM = 0.4, 2.5
ROOT_APART, ROOT_APART_DIM = 0.06, 0.035  # greys


def told(page: Page, probe: Probe, scan: Scan, least: Least = CLEAR) -> list[Mark]:
    """The marks that a reader would set, left of the screen first. page in probe_mm."""
    return sorted((mark for mark in page.marks if _shown(mark, page, probe, scan, least)), key=lambda mark: mark.at[0])


def _shown(mark: Mark, page: Page, probe: Probe, scan: Scan, least: Least) -> bool:
    beam, sample = (float(value) for value in probe.beam_sample(np.array(mark.at[0]), np.array(mark.at[1])))
    if not (1.5 <= beam <= BEAMS - 2.5 and 3 <= sample <= probe.samples - 3 / probe.sample_mm):
        return False
    above = max(0, int(sample - (OWN_MM + 0.5) / probe.sample_mm))
    if scan.passed[round(beam), above] < LEAST_PASSED:
        return False
    place = Place(beam, sample, float(probe.pitch_mm(np.array(sample * probe.sample_mm))), probe.sample_mm)
    if mark.kind == "blob":
        return _root_shown(mark, page, probe, scan, least)
    return shows(mark.name, scan.levels, scan.without, place, soft=mark.name in SHEETS, least=least)


def _root_shown(mark: Mark, page: Page, probe: Probe, scan: Scan, least: Least) -> bool:
    blob = min(page.blobs, key=lambda one: abs(one.centre[0] - mark.at[0]) + abs(one.centre[1] - mark.at[1]))
    x, z = probe.places_mm
    radius = np.hypot((x - mark.at[0]) / blob.radii[0], (z - mark.at[1]) / blob.radii[1])
    core, wall, beside = (scan.levels[mask] for mask in (radius < 0.7, (radius > 0.8) & (radius < 1.2), (radius > 1.5) & (radius < 2.2)))
    if min(core.size, wall.size, beside.size) == 0:
        return False
    apart = max(abs(core.mean() - beside.mean()), abs(wall.mean() - core.mean()))
    bright = max(core.mean(), wall.mean()) * 255 >= LEAST_BRIGHTNESS["nerve_root"] + 6
    return bool(bright and apart >= (ROOT_APART if least is CLEAR else ROOT_APART_DIM))


def truth(page: Page, probe: Probe, scan: Scan, view: str, screen_left: str) -> dict[str, Any]:
    """The truth but for what is the same in all frames."""
    clear = told(page, probe, scan)
    landmarks, plan = _named(clear, probe), PLAN_OF[view]
    sides = [side for side in (-1, 0, 1) if _target(clear, view, side) is not None]
    side = int(page.rng.choice(sides or [mark.side for mark in page.marks]))
    target = _target(clear, view, side)
    drawn_left = (side or page.pick_side()) < 0
    return {
        "view": view,
        "procedure": plan.procedure.name.lower(),
        "side": ("left" if drawn_left == (screen_left == "patient_left") else "right") if plan.sided else None,
        "landmarks": landmarks,
        "dim": only_dim(_named(told(page, probe, scan, DIM), probe), landmarks),
        "target": None if target is None else _pixel(target, probe),
    }


def _named(marks: list[Mark], probe: Probe) -> Named:
    return {name: [_pixel(mark.at, probe) for mark in marks if mark.name == name] for name in dict.fromkeys(mark.name for mark in marks)}


def _pixel(at: Point, probe: Probe) -> list[float]:
    u, v = probe.origin_px
    return [round(u + at[0] / probe.mm_per_px, 2), round(v + at[1] / probe.mm_per_px, 2)]


def _target(marks: list[Mark], view: str, side: int) -> Point | None:
    """By PROCEDURES: the landmark itself, the middle of two of one side, or just through the ligament."""
    at = {mark.name: np.array(mark.at) for mark in marks if mark.side == side}
    names = PLAN_OF[view].target
    if any(name not in at for name in names):
        return None
    first, last = at[names[0]], at[names[-1]]
    if "scl" in names:
        way = float(np.hypot(*(last - first)))
        point = first + (last - first) / max(way, 1e-6) * min(CAUDAL_MM, way / 2)
    else:
        point = (first + last) / 2
    return float(point[0]), float(point[1])
