"""Look: how one scanner and one patient render tissue and echoes, and the tissue itself: layers, fibres, septa, blobs, gains.

Greys are 0 to 1 and stand for decibels: a grey of g has the amplitude 10 ** ((g - 1) * dynamic_db / 20).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import BSpline

from models.foreign.tracings.page import Page
from models.foreign.tracings.probe import BEAMS, Field, Probe


@dataclass(frozen=True, slots=True)
class Look:
    """muscle, fat, haze: greys, haze of a shadow. bone: grey of its echo at right angles. body_mm, tail_mm, tail_share: an echo's even part, its
    decay and that part's share. rough_db: its changes along the bone. speckle: exponent, 1 is full; grain: (beams, mm). bare: gel, air or "".
    """

    dynamic_db: float
    gamma: float
    muscle: float
    fat: float
    bone: float
    haze: float
    body_mm: float
    tail_mm: float
    tail_share: float
    rough_db: float
    speckle: float
    grain: tuple[float, float]
    bare: str


def chosen(page: Page, probe: Probe) -> Look:
    """Thin lines over black, blotchy bands over grey haze, and all between."""
    u, style = page.u, page.pick("black", "black", "black", "heavy", "heavy", "heavy", "heavy", "soft", "soft", "thin")
    black, heavy = style == "black", style == "heavy"
    muscle, speckle = u(0.1, 0.4) if black else u(0.3, 0.68), u(0.12, 0.6) if heavy else u(0.25, 1.0)
    share = u(0.25, 0.6) if black else u(0.8, 1.35) if heavy else u(0.6, 1.0)  # of the grey above over the bone's
    tailed = style in ("heavy", "soft")
    return Look(
        *(u(45, 75), u(0.8, 1.3), muscle, float(np.clip(muscle + u(-0.15, 0.18), 0.06, 0.7))),
        bone=float(np.clip(muscle / share, muscle - 0.06 + 0.1 * speckle, 1.02)),
        haze=muscle * (u(-0.3, 0.3) if black else u(0.85, 1.4) if heavy else u(0.3, 1.0)),
        body_mm=u(1.5, 6) if heavy else u(0.8, 3.5) if tailed else u(0.2, 1.4),
        tail_mm=u(4, 16) if heavy else u(1, 9) if tailed else u(0, 3),
        tail_share=u(0.4, 1.0) if tailed else u(0.05, 0.35),
        rough_db=u(2, 6.5) if tailed else u(1, 4),
        speckle=speckle,
        grain=(u(0.5, 1.7), u(0.12, 0.7 if heavy else 0.4) * max(probe.depth_mm / 90, 0.7)),
        bare="" if page.strokes or page.blobs else page.pick("gel", "air", ""),
    )


def smooth(rng: np.random.Generator, probe: Probe, across_mm: float, down_mm: float, extra: int = 0) -> Field:
    """(beams, samples + extra) of mean 0 and deviation 1, alike over so many mm."""
    width = 2 * float(probe.pitch_mm(np.array(probe.depth_mm / 2))) * BEAMS / 2
    rows = _weights(BEAMS, max(1, round(width / across_mm)))
    columns = _weights(probe.samples + extra, max(1, round(probe.depth_mm / down_mm)))
    field = rows @ rng.standard_normal((rows.shape[1], columns.shape[1]), dtype=np.float32) @ columns.T
    field -= field.mean()
    return np.asarray(field / max(float(np.sqrt(np.vdot(field, field) / field.size)), 1e-6))


@lru_cache(maxsize=512)
def _weights(places: int, cells: int) -> Field:
    """(places, cells + 3) of cubic B-splines."""
    return np.asarray(BSpline.design_matrix(np.linspace(0, cells - 1e-6, places), np.arange(-3.0, cells + 4), 3).toarray().astype(np.float32))


def tissue(page: Page, probe: Probe, look: Look, cover_mm: float) -> Field:
    """(beams, samples) greys of all that is not an echo of a stroke. page in probe_mm."""
    rng, u = page.rng, page.u
    depth = np.arange(probe.samples, dtype=np.float32) * probe.sample_mm
    bent = _bend(page, probe)
    net = u(0.1, 0.9)  # a mesh of thin lines, the rest in streaks
    extra = int(np.ptp(bent) / probe.sample_mm) + 2
    moved = np.arange(probe.samples) + ((bent.max() - bent) / probe.sample_mm).astype(int)[:, None]

    def bands(across_mm: float, down_mm: float) -> Field:
        """Thin bright lines, bent as the layers are: 0 to 1."""
        field = smooth(rng, probe, across_mm, down_mm, extra)
        broken = np.clip(0.35 + 0.8 * smooth(rng, probe, across_mm * 1.5, down_mm * 2.5, extra), 0, 1)
        lines = net * np.clip(1 - np.abs(field), 0, 1) ** 3 * broken + (1 - net) * np.clip(field - 0.4, 0, 1.6)
        return np.take_along_axis(lines, moved, axis=1)

    fascia = max(2.5, cover_mm * (u(0.55, 1.05) if page.muscle else u(0.7, 1.0))) + bent[:, None]
    fibres = sum(share * bands(u(*mm) * (3 if page.along else 1), u(1.1, 2.4)) for share, mm in ((0.7, (5, 12)), (0.5, (3, 6))))
    blotch = smooth(rng, probe, u(8, 20), u(6, 16))
    muscle = look.muscle + u(0.05, 0.26) * (fibres - 0.3) + u(0.01, 0.06) * blotch
    fat = look.fat + u(0.06, 0.26) * (bands(u(14, 34), u(1.6, 3.6)) - 0.25) + 0.02 * blotch
    greys = np.where(depth < fascia, fat, muscle if page.muscle else (muscle + fat) / 2)
    for _ in range(int(rng.integers(1, 4))):  # sheets of the fascia, some of them near one another
        line = u(0.08, 0.35) * np.exp(-(((depth - fascia - u(-2.5, 2.5)) / u(0.35, 0.9)) ** 2))
        greys = greys + line * np.clip(0.7 + 0.5 * smooth(rng, probe, 12, 200)[:, :1], 0, 1.2)
    x, z = probe.places_mm
    for blob in page.blobs:
        radius = np.hypot((x - blob.centre[0]) / max(blob.radii[0], 0.5), (z - blob.centre[1]) / max(blob.radii[1], 0.5))
        rim = blob.rim_db * np.exp(-(((radius - 1) * min(blob.radii) / 0.7) ** 2))
        greys = greys + (blob.gain_db * np.clip((1.0 - radius) * 4, 0, 1) + rim) / look.dynamic_db
    return np.asarray(greys + u(0.1, 0.45) * np.exp(-((depth / u(0.6, 3)) ** 4)) * (0.8 + 0.2 * np.cos(depth * u(3, 8))))


def _bend(page: Page, probe: Probe) -> Field:
    """(beams,) mm that layers lie deeper by: flat or along the face, tilted, waved."""
    beam = np.linspace(-1, 1, BEAMS)
    angle = beam * probe.half if probe.kind != "rectangle" else np.zeros(BEAMS)
    flat = (probe.radius_mm + 12) * (1 / np.cos(angle) - 1) * page.u(0.1, 0.9)
    return np.asarray(flat + page.u(-3, 3) * beam + page.u(0, 1.5) * np.sin(beam * page.u(2, 7) + page.u(0, 6)), dtype=np.float32)


def gains(page: Page, probe: Probe) -> Field:
    """(beams, samples) greys to add: depth gain set wrongly, attenuation, dim sides, poor contact."""
    u = page.u
    depth, beam = np.linspace(0, 1, probe.samples, dtype=np.float32), np.linspace(-1, 1, BEAMS, dtype=np.float32)[:, None]
    gain = -u(0, 0.3) * np.clip((depth - u(0.4, 0.8)) / 0.5, 0, 1) - u(0, 0.3) * np.abs(beam) ** u(3, 8)
    gain = gain + u(0, 0.05) * smooth(page.rng, probe, 300, probe.depth_mm / 5) + u(0, 0.03) * smooth(page.rng, probe, 8, 300)
    if page.chance(0.15):
        lost = page.pick_side() * u(0.5, 1.0)
        gain = gain - u(0.15, 0.9) / (1 + np.exp(-(np.abs(lost) - np.abs(beam - lost) * 3) * 12)) * (beam * lost > 0)
    return np.asarray(gain)


def bare(page: Page, probe: Probe, look: Look) -> Field:
    """(beams, samples) greys of gel or air: repeats of the face that fade."""
    depth = np.arange(probe.samples) * probe.sample_mm
    ring = np.cos(np.pi * depth / page.u(2.5, 9)) ** (2 * int(page.u(2, 30)))
    fade = np.exp(-depth / (page.u(8, 35) if look.bare == "air" else page.u(2, 9)))
    return np.asarray(page.u(0.4, 1.0) * ring * fade + page.u(-0.2, 0.25) * fade + 0.04 * smooth(page.rng, probe, 12, 12) - 0.02)
