"""The scanner's own processing: log compression, grey map, persistence, edge enhancement, smoothing, speckle reduction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from models.phantom.probe import F32


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """dynamic_range_db: 45-75, black to white. gain_db: moves the whole picture; at 0 the reference speckle lies at `reference` of the
    range. gamma, toe: the grey map. persistence 0..0.9: share of the previous frame. edge 0..1, smooth_samples, smooth_beams >= 0 (sigmas),
    speckle_reduction 0..1: towards a local mean that keeps edges."""

    dynamic_range_db: float = 60.0
    gain_db: float = 0.0
    reference: float = 0.34
    gamma: float = 1.0
    toe: float = 0.0
    persistence: float = 0.3
    edge: float = 0.2
    smooth_samples: float = 0.5
    smooth_beams: float = 0.4
    speckle_reduction: float = 0.2


def sample_settings(rng: np.random.Generator, *, water: bool = False) -> ScannerSettings:
    """A random scanner and its user's choices; water: gain turned down until water is black."""
    settings = ScannerSettings(
        dynamic_range_db=float(rng.uniform(45, 75)),
        gain_db=float(rng.normal(0, 3)),
        reference=float(rng.uniform(0.26, 0.42)),
        gamma=float(rng.uniform(0.8, 1.35)),
        toe=float(rng.uniform(0, 0.10)),
        persistence=float(rng.uniform(0, 0.6)),
        edge=float(rng.uniform(0, 0.6)),
        smooth_samples=float(rng.uniform(0, 1.2)),
        smooth_beams=float(rng.uniform(0, 0.9)),
        speckle_reduction=float(rng.choice([0.0, 1.0], p=[0.3, 0.7]) * rng.uniform(0.2, 0.9)),
    )
    return replace(settings, reference=float(rng.uniform(0.16, 0.34)), dynamic_range_db=float(rng.uniform(42, 60))) if water else settings


def develop(envelope: F32, settings: ScannerSettings, previous: F32 | None = None) -> F32:
    """envelope: float32 (samples, beams), 1.0 is the reference speckle's root mean square. previous: what the last call gave, for
    persistence. Returns grey float32 (samples, beams), 0..255."""
    db = 20 * np.log10(np.maximum(envelope, np.float32(1e-6)))
    level = (db + np.float32(settings.gain_db)) / np.float32(settings.dynamic_range_db) + np.float32(settings.reference)
    level = _reduce_speckle(level, settings.speckle_reduction)
    if settings.smooth_samples > 0.1 or settings.smooth_beams > 0.1:
        level = ndimage.gaussian_filter(level, (settings.smooth_samples, settings.smooth_beams), truncate=2.5)
    if settings.edge > 0:
        level += np.float32(settings.edge) * (level - ndimage.uniform_filter(level, (7, 3)))
    grey = np.float32(255) * _grey_map(level, settings)
    if previous is not None and settings.persistence > 0:
        grey += np.float32(settings.persistence) * (previous - grey)
    return grey


def _grey_map(level: F32, settings: ScannerSettings) -> F32:
    toe = np.float32(settings.toe)
    level = np.clip((level - toe) / (1 - toe), 0, 1)
    return level if settings.gamma == 1 else np.power(level, np.float32(settings.gamma))


def _reduce_speckle(level: F32, strength: float) -> F32:
    """Lee's filter on the logarithm: flat parts go to their mean, edges stay (Lee, IEEE PAMI 1980; log speckle has a fixed variance)."""
    if strength <= 0:
        return level
    mean = ndimage.uniform_filter(level, (5, 3))
    spread = ndimage.uniform_filter((level - mean) ** 2, (5, 3))
    noise = np.float32(np.median(spread[::8, ::4]) + 1e-9)
    keep = spread / (spread + noise)
    return np.asarray(level + np.float32(strength) * (1 - keep) * (mean - level), np.float32)
