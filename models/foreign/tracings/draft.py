"""Draft: a page under a probe, with its scan and its truth, before its speckle. Most drafts that are drawn again never need that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.tracings import echoes, judge, looks, probe
from models.foreign.tracings.page import Page, Point, placed

LEAST_COVER_MM, LEAST_SKIN_MM = 4.0, 2.5


@dataclass(frozen=True, slots=True)
class Draft:
    page: Page  # in probe_mm
    scanner: probe.Probe
    look: looks.Look
    levels: probe.Field
    truth: dict[str, Any]


NOTHING: dict[str, Any] = {"view": NO_VIEW, "procedure": None, "side": None, "landmarks": {}, "dim": {}, "target": None}


def drawn(page: Page, view: str, *, hidden: bool) -> Draft:
    """Lays a traced page under a probe and scans it. hidden: the target's echo is lost."""
    u = page.u
    cover = LEAST_COVER_MM + (page.most_cover_mm - LEAST_COVER_MM) * u(0, 1) ** 1.7
    if view != NO_VIEW:
        targets = [mark.at for mark in page.marks if mark.name in PLAN_OF[view].target]
        page.aim = targets[int(page.rng.integers(len(targets)))]
    scanner = probe.chosen(page, cover)
    across = _across(page, scanner, cover)
    turn = float(np.clip(page.rng.normal(0, 0.11 if page.along else 0.075), -0.24, 0.24))
    scale, waves = u(0.88, 1.12), _waves(page)
    cover += max(0.0, LEAST_SKIN_MM - _shallowest(placed(page, scale, turn, (across, cover), waves), scanner))
    under = placed(page, scale, turn, (across, cover), waves)
    look = looks.chosen(page, scanner)
    under, veil = _veiled(under, view) if hidden else (under, [])
    scan = echoes.scan(under, scanner, look, cover, veil)
    screen_left = "cranial" if view != NO_VIEW and VIEWS[view].plane == "sagittal" else page.pick("patient_left", "patient_right")
    truth = NOTHING if view == NO_VIEW else judge.truth(under, scanner, scan, view, screen_left)
    return Draft(under, scanner, look, scan.levels, {**truth, "screen_left": screen_left})


def _across(page: Page, scanner: probe.Probe, cover_mm: float) -> float:
    """Where the page's midline comes to lie, mm: half of the time near the middle, else anywhere that keeps the aim in the field."""
    deep = cover_mm + page.aim[1]
    half = scanner.half if scanner.kind == "rectangle" else (scanner.radius_mm + deep) * float(np.sin(scanner.half))
    free = half * 0.86 - 3 - abs(page.aim[0])
    if page.chance(0.5) and free > 0:
        return page.u(-1, 1) * min(7.0, free)
    return -page.aim[0] + page.u(-0.7, 0.7) * half


def _waves(page: Page) -> probe.Field:
    """Three waves that bend a page (page.placed): 28 to 90 mm long, and at most a fiftieth of that high."""
    length, way = page.rng.uniform(28, 90, 3), page.rng.uniform(0, 2 * np.pi, 3)
    heights = length * page.rng.uniform(-0.015, 0.015, (2, 3))
    return np.column_stack((*heights, 2 * np.pi / length * np.cos(way), 2 * np.pi / length * np.sin(way), *page.rng.uniform(0, 6.3, (2, 3))))


def _shallowest(page: Page, scanner: probe.Probe) -> float:
    """Depth in mm of the shallowest stroke that any beam meets."""
    points = np.concatenate([np.empty((0, 2)), *(stroke.points for stroke in page.strokes)])
    beam, sample = scanner.beam_sample(points[:, 0], points[:, 1])
    return float((sample[(beam >= 0) & (beam <= probe.BEAMS - 1)] * scanner.sample_mm).min(initial=99.0))


def _veiled(page: Page, view: str) -> tuple[Page, list[Point]]:
    """Where echoes are lost so that no target is told: at one of the landmarks that it rests on, on both sides. A root is lost among its tissue."""
    name = page.pick(*PLAN_OF[view].target)
    places = [mark.at for mark in page.marks if mark.name == name]
    roots = {mark.at for mark in page.marks if mark.kind == "blob"}
    return replace(page, blobs=[replace(blob, gain_db=0.0, rim_db=0.0) if blob.centre in roots else blob for blob in page.blobs]), places


def finished(draft: Draft, seed: int) -> ForeignFrame:
    """With speckle, noise and the scanner's smoothing, as a picture."""
    rng, look, scanner = draft.page.rng, draft.look, draft.scanner
    shape = draft.levels.shape
    sigma = (look.grain[0], look.grain[1] / scanner.sample_mm)
    waves = [gaussian_filter(rng.standard_normal(shape, np.float32), sigma, mode="wrap") for _ in range(2)]
    speckle = np.hypot(waves[0], waves[1])
    db = look.speckle * 20 * np.log10(np.maximum(speckle / np.sqrt((speckle**2).mean()), 0.03))
    greys = np.clip(draft.levels, 1e-3, 1) ** (1 / look.gamma) + db / look.dynamic_db * np.clip(draft.levels / 0.08, 0, 1)
    greys = np.clip(greys, 0, 1) ** look.gamma + rng.standard_normal(shape, np.float32) * (0.012 * rng.random())
    if rng.random() < 0.4:  # a scanner's smoothing, and its edges drawn harder
        soft = gaussian_filter(greys, (rng.uniform(0.3, 1.0), rng.uniform(0.3, 1.2)))
        greys = soft + rng.uniform(0, 0.7) * (soft - gaussian_filter(soft, (1.5, 3)))
    width_mm = scanner.half if scanner.kind == "rectangle" else scanner.radius_mm * float(np.sin(scanner.half))
    face = {"kind": scanner.kind, "face_radius_mm": round(scanner.radius_mm, 3), "face_half_width_mm": round(width_mm, 3)}
    place = {"mm_per_px": [scanner.mm_per_px] * 2, "origin_px": [round(value, 2) for value in scanner.origin_px], "geometry": face}
    return ForeignFrame(scanner.picture(np.clip(greys, 0, 1)), {"subject": f"j{seed}", **place, **draft.truth}, scanner.box_px)
