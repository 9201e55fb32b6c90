"""The phantom's acoustics in figures: speckle, widths, shadow, fall-off and the time a frame takes. Run: python -m tests.bench.phantom_acoustics"""

from __future__ import annotations

import json
import time

import numpy as np

from models.phantom.acoustics import PLAIN, render_beams, sample_physics
from models.phantom.medium import medium_from
from models.phantom.probe import F32, sample_probe
from models.phantom.scanconvert import scale_to_fit, scan_convert
from models.phantom.scanner import develop, sample_settings
from models.phantom.tissue import Tissue

FRAMES = 40


class Ridge:
    """Fat, fascia, muscle and a ridge of bone."""

    fibre = None

    def __init__(self, x: F32, z: F32, _: F32) -> None:
        self.bone_mm = (np.hypot(x / 2, z - 52) - 8).astype(np.float32)
        fascia = (z - 15).astype(np.float32)
        self.labels = np.where(self.bone_mm < 0, Tissue.BONE, np.where(fascia < 0, Tissue.FAT, Tissue.MUSCLE)).astype(np.uint8)
        self.sheets = {"skin": z.astype(np.float32), "fascia": fascia}


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def times_s(seed: int) -> list[float]:
    """Processor time at the start and after each step of one frame of a new random probe (no table is kept from the frame before)."""
    rng = rng_of(seed)
    probe = sample_probe(rng, reach_mm=65)
    medium = medium_from(Ridge, probe, rng)
    physics, settings = sample_physics(rng), sample_settings(rng)
    scale = scale_to_fit(probe, width_px=800, height_px=600)
    at = [time.process_time()]
    envelope = render_beams(medium, probe, rng, physics).envelope
    at.append(time.process_time())
    grey = develop(envelope, settings)
    at.append(time.process_time())
    scan_convert(grey, probe, mm_per_px=scale)
    return [*at, time.process_time()]


def timings_ms() -> dict[str, float]:
    """Median processor time of each step over FRAMES frames."""
    steps = np.median(np.diff([times_s(seed) for seed in range(FRAMES)], axis=1), axis=0) * 1000
    return dict(zip(("render_ms", "develop_ms", "scan_convert_ms"), steps.round(2).tolist(), strict=True))


def speckle_snr() -> float:
    """Mean over standard deviation of the envelope in uniform muscle (Rayleigh: 1.91), mean of 12 random probes."""

    class Muscle:
        def __init__(self, x: F32, *_: F32) -> None:
            self.labels, self.bone_mm, self.sheets = np.full(x.shape, Tissue.MUSCLE, np.uint8), np.full(x.shape, 50, np.float32), {}

    ratios = []
    for seed in range(12):
        probe = sample_probe(rng_of(seed))
        flat = render_beams(medium_from(Muscle, probe, rng_of(seed)), probe, rng_of(seed), PLAIN).envelope[40:-40, 8:-8].astype(float)
        flat /= np.sqrt(np.mean(flat**2, axis=1, keepdims=True))  # attenuation taken out
        ratios.append(flat.mean() / flat.std())
    return round(float(np.mean(ratios)), 3)


if __name__ == "__main__":
    print(json.dumps({"speckle_snr": speckle_snr(), **timings_ms()}, indent=1))
