"""The screens of scanners: canvas, where the scan lies, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.phantom.probe import ProbeSpec


@dataclass(frozen=True, slots=True)
class Layout:
    """name; canvas in pixels; box_px: left, top, right, bottom that the scan may fill."""

    name: str
    width_px: int
    height_px: int
    box_px: tuple[int, int, int, int]


def sample_layout(rng: np.random.Generator, probe: ProbeSpec, name: str | None = None) -> Layout:
    """A random layout, or the named one."""
    width, height = [(640, 480), (800, 600), (1024, 768), (1280, 720), (1280, 960), (1920, 1080)][int(rng.integers(6))]
    inset = [float(v) for v in rng.uniform(0.0, 0.15, 4)]
    box = (round(width * inset[0]), round(height * inset[1]), round(width * (1 - inset[2])), round(height * (1 - inset[3])))
    return Layout(name or "bare", width, height, box)
