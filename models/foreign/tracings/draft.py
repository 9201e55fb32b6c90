"""Draft: a page under a probe, with its scan and its truth, before its speckle. Most drafts that are drawn again never need that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.tracings import echoes, judge, looks, probe
from models.foreign.tracings.page import Page, Point, Pose, placed

SUBJECT = "j"
LEAST_COVER_MM, LEAST_SKIN_MM = 4.0, 2.5


@dataclass(frozen=True, slots=True)
class Draft:
    page: Page  # in probe_mm
    scanner: probe.Probe
    look: looks.Look
    levels: probe.Field
    truth: dict[str, Any]


def drawn(page: Page, view: str, *, hidden: bool) -> Draft:
    """Lays a traced page under a probe and scans it. hidden: the target's echo is lost, or lies beside the picture."""
    u = page.u
    cover = LEAST_COVER_MM + (page.most_cover_mm - LEAST_COVER_MM) * u(0, 1) ** 1.7
    page.aim = page.aim if view == NO_VIEW or page.aim[0] == 0 else _near(page, view)
    scanner = probe.chosen(page, cover)
    across = _across(page, scanner, cover)
    turn = float(np.clip(page.rng.normal(0, 0.075 if not page.along else 0.11), -0.24, 0.24))
    under = placed(page, Pose(u(0.88, 1.12), turn, (across, cover), (0.0, 0.0), _waves(page)))
    lift = max(0.0, LEAST_SKIN_MM - _shallowest(under, scanner))
    under = _lowered(under, lift)
    look = looks.chosen(page, scanner)
    veil = _veil(under, view) if hidden else []
    scan = echoes.scan(under, scanner, look, cover + lift, veil)
    screen_left = page.pick("patient_left", "patient_right") if view == NO_VIEW or VIEWS[view].plane == "transverse" else "cranial"
    nothing = {"view": NO_VIEW, "procedure": None, "side": None, "landmarks": {}, "dim": {}, "target": None}
    truth = nothing if view == NO_VIEW else judge.truth(under, scanner, scan, view, screen_left)
    return Draft(under, scanner, look, scan.levels, {**truth, "screen_left": screen_left})


def _near(page: Page, view: str) -> Point:
    """A target of the page."""
    places = [mark.at for mark in page.marks if mark.name in PLAN_OF[view].target]
    return places[int(page.rng.integers(len(places)))] if places else page.aim


def _across(page: Page, scanner: probe.Probe, cover_mm: float) -> float:
    """Where the page's midline comes to lie, mm: half of the time near the middle, else anywhere that keeps the aim in the field."""
    deep = cover_mm + page.aim[1]
    half = scanner.half if scanner.kind == "rectangle" else (scanner.radius_mm + deep) * float(np.sin(scanner.half))
    room = half * 0.86
    if page.chance(0.5) and abs(page.aim[0]) < room - 3:
        free = min(7.0, room - 3 - abs(page.aim[0]))
        return page.u(-free, free)
    return -page.aim[0] + page.u(-0.8, 0.8) * room


def _waves(page: Page) -> probe.Field:
    rows = []
    for _ in range(3):
        length, way = page.u(28, 90), page.u(0, 2 * np.pi)
        number = 2 * np.pi / length
        height = page.u(0, 0.02) * length
        rows.append([height * page.u(-1, 1), height * page.u(-1, 1), number * np.cos(way), number * np.sin(way), page.u(0, 6.3), page.u(0, 6.3)])
    return np.array(rows)


def _shallowest(page: Page, scanner: probe.Probe) -> float:
    """Depth in mm of the shallowest stroke that any beam meets; 99 without one."""
    depths = [99.0]
    for stroke in page.strokes:
        beam, sample = scanner.beam_sample(stroke.points[:, 0], stroke.points[:, 1])
        met = sample[(beam >= 0) & (beam <= probe.BEAMS - 1)]
        depths.append(float(met.min(initial=99.0 / scanner.sample_mm)) * scanner.sample_mm)
    return min(depths)


def _lowered(page: Page, mm: float) -> Page:
    """The page deeper by so much."""
    if mm == 0:
        return page
    strokes = [replace(stroke, points=stroke.points + (0.0, mm)) for stroke in page.strokes]
    blobs = [replace(blob, centre=(blob.centre[0], blob.centre[1] + mm)) for blob in page.blobs]
    return replace(page, strokes=strokes, blobs=blobs, marks=[replace(mark, at=(mark.at[0], mark.at[1] + mm)) for mark in page.marks])


def _veil(page: Page, view: str) -> list[Point]:
    """The targets' places."""
    return [mark.at for mark in page.marks if mark.name in PLAN_OF[view].target]


def finished(draft: Draft, seed: int) -> ForeignFrame:
    """With speckle, noise and the scanner's smoothing, as a picture."""
    rng, look, scanner = draft.page.rng, draft.look, draft.scanner
    shape = draft.levels.shape
    sigma = (look.grain[0], look.grain[1] / scanner.sample_mm)
    waves = [gaussian_filter(rng.standard_normal(shape).astype(np.float32), sigma, mode="wrap") for _ in range(2)]
    speckle = np.hypot(waves[0], waves[1])
    db = look.speckle * 20 * np.log10(np.maximum(speckle / np.sqrt((speckle**2).mean()), 0.03))
    greys = np.clip(draft.levels, 1e-3, 1) ** (1 / look.gamma) + db / look.dynamic_db * np.clip(draft.levels / 0.08, 0, 1)
    greys = np.clip(greys, 0, 1) ** look.gamma + rng.normal(0, 0.012, shape) * rng.random()
    if rng.random() < 0.4:  # a scanner's smoothing, and its edges drawn harder
        soft = gaussian_filter(greys, (rng.uniform(0.3, 1.0), rng.uniform(0.3, 1.2)))
        greys = soft + rng.uniform(0, 0.7) * (soft - gaussian_filter(soft, (1.5, 3)))
    truth = {
        "subject": f"{SUBJECT}{seed}",
        "mm_per_px": [scanner.mm_per_px, scanner.mm_per_px],
        "origin_px": [round(value, 2) for value in scanner.origin_px],
        "geometry": {"kind": scanner.kind, "face_radius_mm": round(scanner.radius_mm, 3), "face_half_width_mm": round(scanner.face_half_width_mm, 3)},
        **draft.truth,
    }
    return ForeignFrame(scanner.picture(np.clip(greys, 0, 1)), truth, scanner.box_px)
