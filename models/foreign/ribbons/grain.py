"""Grain: random phasors through a point spread that widens away from the focus, the receiver's tone, and the picture on a screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates

from models.foreign.ribbons.beams import BEAMS, SAMPLES, Beams
from models.foreign.ribbons.body import Body
from models.foreign.ribbons.levels import Levels, grey
from models.foreign.ribbons.look import Look
from models.foreign.ribbons.ribbon import Draw, Numbers, chance

RAYLEIGH_MEAN = 0.886  # of the envelope, its root mean square 1


def grained(draw: Draw, levels: Levels, body: Body, look: Look) -> Numbers:
    """(beams, samples) greys of 0 to 1."""
    phasors = draw.standard_normal((2, BEAMS, SAMPLES), dtype=np.float32) * (levels.sound * np.float32(2**-0.5))
    phasors = _spread(phasors, max(0.5, look.axial_mm / body.beams.sample_mm), axis=2)
    narrow = max(0.5, look.lateral_mm / body.beams.pitch_mm(look.focus * body.beams.depth_mm))
    sharp, wide = _spread(phasors, narrow, axis=1), _spread(phasors, narrow * look.widening, axis=1)
    share = np.clip(np.abs(np.linspace(0, 1, SAMPLES) - look.focus) * 1.6, 0, 1).astype(np.float32)
    alike = np.sqrt(2 * look.widening / (1 + look.widening**2))
    mixed = (sharp * (1 - share) + wide * share) / np.sqrt((1 - share) ** 2 + share**2 + 2 * share * (1 - share) * alike)
    envelope = np.hypot(mixed[0], mixed[1]) / RAYLEIGH_MEAN
    even = look.smooth + (1 - look.smooth) * draw.uniform(0, 0.6) * levels.even
    envelope = envelope * (1 - even) + levels.sound * even
    noise = np.float32(look.noise) * np.abs(draw.standard_normal((BEAMS, SAMPLES), dtype=np.float32))
    return _toned(draw, grey(envelope + noise, levels.gain_db, look))


def _spread(values: Numbers, sigma: float, axis: int) -> Numbers:
    """Smoothed, white noise keeping its power."""
    return np.asarray(gaussian_filter1d(values, sigma, axis=axis, truncate=2.5) * np.float32(np.sqrt(2 * sigma * np.sqrt(np.pi))))


def _toned(draw: Draw, greys: Numbers) -> Numbers:
    """Speckle filter, edge enhancement and the tone curve."""
    if chance(draw, 0.4):
        greys = gaussian_filter1d(gaussian_filter1d(greys, draw.uniform(0.4, 1.1), axis=0), draw.uniform(0.4, 1.3), axis=1)
    if chance(draw, 0.3):
        greys = greys + draw.uniform(0.2, 0.8) * (greys - gaussian_filter1d(greys, draw.uniform(1, 3), axis=1))
    bent = np.clip(greys, 0, 1) ** draw.uniform(0.75, 1.35)
    curve = draw.uniform(-0.12, 0.12)
    return np.asarray(np.clip(bent + curve * np.sin(2 * np.pi * bent) / 2, 0, 1))


def on_screen(greys: Numbers, beams: Beams, mm_per_px: float) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """The bare scan on black, and the origin's pixel (x, y)."""
    half, top, bottom = beams.extent_mm()
    width, height = int(2 * half / mm_per_px) + 1, int((bottom - top) / mm_per_px) + 1
    origin = (width - 1) / 2, -top / mm_per_px
    x = ((np.arange(width, dtype=np.float32) - origin[0]) * mm_per_px)[None, :]
    z = ((np.arange(height, dtype=np.float32) - origin[1]) * mm_per_px)[:, None]
    beam, along = beams.polar(*np.broadcast_arrays(x, z))
    places = [beam.ravel(), (along / beams.sample_mm).ravel()]
    picture = map_coordinates(greys.astype(np.float32), places, order=1, mode="constant", cval=0.0, prefilter=False).reshape(height, width)
    return np.round(picture * 255).astype(np.uint8), origin
