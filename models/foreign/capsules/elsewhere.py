"""Elsewhere: scans without a spine. Ribs, kidney, a limb's long bone, vessels, muscle alone, gel and air."""

from __future__ import annotations

import numpy as np

from models.foreign.capsules.bones import NOTHING, RIB, Numbers
from models.foreign.capsules.cut import Surface
from models.foreign.capsules.echoes import Scan, scanned
from models.foreign.capsules.flesh import SAMPLES, Grid, flesh, grid
from models.foreign.capsules.look import Look
from models.foreign.capsules.patient import Patient
from models.foreign.capsules.posing import probe
from models.foreign.capsules.probe import BEAMS, posed

KINDS = ("ribs", "ribs", "kidney", "kidney", "limb", "limb", "limb", "vessels", "vessels", "muscle", "muscle", "muscle", "gel", "air")


def scan(draw: np.random.Generator, body: Patient, look: Look) -> tuple[Grid, Scan]:
    kind = str(draw.choice(KINDS))
    held = probe(draw, "transverse_facet", draw.uniform(18, 60))
    anchor = np.asarray([draw.choice((-1, 1)) * draw.uniform(80, 140), draw.uniform(-140, -40), 30.0])
    sagittal = bool(draw.random() < 0.5)
    plane = posed(anchor, sagittal=sagittal, mirror=False, off_mm=0.0, yaw=draw.normal(0, 10), pitch=0.0, roll=draw.normal(0, 8))
    here = grid(held, plane)
    tissue = flesh(draw, body, here, look, sagittal=sagittal)
    surface = None
    match kind:
        case "ribs" | "limb":
            surface, more = _arcs(draw, here, body.cover_mm, ribs=kind == "ribs")
            tissue = tissue + more
        case "kidney":
            tissue = tissue + _kidney(draw, here, body.cover_mm)
        case "vessels":
            tissue = tissue + _vessels(draw, here)
        case "gel":
            tissue = np.full(tissue.shape, -draw.uniform(3, 25)) + 25 * np.exp(-here.way / 2)
        case "air":
            rings = sum(np.exp(-(((here.way - k * draw.uniform(3, 9)) / 0.8) ** 2)) for k in range(1, 5))
            tissue = -30 * np.ones((BEAMS, 1)) + 34 * np.exp(-here.way / draw.uniform(3, 12)) + 12 * rings
    return here, scanned(draw, look, here, np.broadcast_to(tissue, (BEAMS, SAMPLES)), surface)


def _arcs(draw: np.random.Generator, here: Grid, cover_mm: float, *, ribs: bool) -> tuple[Surface, Numbers]:
    """Round bones side by side, or one shaft along or across the plane. (BEAMS, SAMPLES) dB beside them: the pleura between ribs."""
    far = np.full(here.u.shape, 99.0, np.float32)
    top = cover_mm * draw.uniform(0.7, 1.2) + draw.uniform(4, 14)
    more = np.zeros(here.u.shape)
    if ribs:
        apart, first = draw.uniform(16, 28), draw.uniform(-14, 14)
        for k in range(-3, 4):
            far = np.minimum(far, np.hypot((here.u - first - k * apart) / 1.3, here.w - top - 5 - draw.normal(0, 0.7)) - draw.uniform(3.5, 6))
        pleura = here.w - top - draw.uniform(9, 13)
        more = 14 * np.exp(-np.maximum(pleura, 0) / 1.2) * (pleura > 0) - draw.uniform(-4, 6) * (pleura > 2)
    else:
        size, flat = draw.uniform(6, 18), draw.choice([1.0, draw.uniform(1, 12)])
        far = (np.hypot((here.u - draw.normal(0, 10)) / flat, here.w - top - size + draw.normal(0, 0.15) * here.u) - size).astype(np.float32)
    within = far < 0
    hit, first_in = within.any(axis=1), within.argmax(axis=1)
    across, down = np.gradient(far)
    rows = np.arange(BEAMS)
    pitch = here.probe.pitch_mm(30.0)
    slope = np.abs(across[rows, first_in] / pitch) / np.maximum(1e-3, np.abs(down[rows, first_in] / here.sample_mm))
    way = np.where(hit, here.way[first_in], np.inf)
    part = np.where(hit, RIB, NOTHING).astype(np.intp)
    return Surface(way, part, 1 / np.hypot(1, slope), np.full(BEAMS, draw.uniform(0, 0.4))), more


def _kidney(draw: np.random.Generator, here: Grid, cover_mm: float) -> Numbers:
    u, w = draw.normal(0, 10), cover_mm + draw.uniform(25, 40)
    size = draw.uniform(38, 60), draw.uniform(17, 26)
    far = np.hypot((here.u - u) / size[0], (here.w - w) / size[1])
    sinus = np.exp(-(((far - 0.05) / 0.42) ** 4))
    capsule = np.exp(-(((far - 1) / 0.035) ** 2))
    return np.asarray(np.where(far < 1, -draw.uniform(3, 9), 0) + draw.uniform(8, 18) * sinus + 8 * capsule)


def _vessels(draw: np.random.Generator, here: Grid) -> Numbers:
    level = np.zeros(here.u.shape)
    for _ in range(int(draw.integers(1, 5))):
        u, w = draw.uniform(-22, 22), draw.uniform(8, 0.6 * here.probe.depth_mm)
        wide, high = draw.uniform(2, 8) * draw.uniform(1, 3), draw.uniform(2, 8)
        far = np.hypot((here.u - u) / wide, (here.w - w) / high)
        level += (
            np.where(far < 1, -draw.uniform(12, 30), 0)
            + 7 * np.exp(-(((far - 1.05) / 0.1) ** 2))
            + draw.uniform(0, 5) * ((np.abs(here.u - u) < 0.7 * wide) & (here.w > w + high)) * np.exp(-(here.w - w) / 15)
        )
    return level
