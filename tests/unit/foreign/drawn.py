"""Frames of the renderers that draw whole pictures by seed, rendered once for all tests of a process. Not a test."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign import renderer_of
from models.foreign.foreign_frame import ForeignFrame

Frames: TypeAlias = dict[str, list[ForeignFrame]]  # by view, one a seed
SEEDS = {"outlines": 20} | dict.fromkeys(
    ("densities", "ribbons", "lofts", "impedances", "tracings", "beams", "textures", "sections", "capsules", "reliefs"), 8
)
BONE = {"spinous_process", "lamina", "sap_tip", "tp_tip", "articular_process", "cornu", "median_crest", "iliac_edge", "s1_sap", "lamina_cranial"}


@cache
def frames_of(renderer: str) -> Frames:
    render = renderer_of(renderer)
    return {view: [render(seed, view) for seed in range(SEEDS[renderer])] for view in (*VIEWS, NO_VIEW)}


def at_edge(frame: ForeignFrame, x: float, y: float) -> float:
    """How far above (-) or below (+) the mark, in mm, the grey rises most steeply over 0.8 mm, within 2.5 mm."""
    mm = frame.truth["mm_per_px"][1]
    columns = frame.pixels[:, max(0, round(x) - 3) : round(x) + 4].astype(float).mean(axis=1)
    reach = max(1, round(0.8 / mm))
    rows = np.arange(max(reach, round(y - 2.5 / mm)), min(len(columns) - reach, round(y + 2.5 / mm)))
    rises = [columns[row : row + reach].mean() - columns[row - reach : row].mean() for row in rows]
    return float((rows[int(np.argmax(rises))] - y) * mm)


def edges_of(frames: Frames) -> list[float]:
    """at_edge of each landmark of bone."""
    pairs = ((frame, name, points) for some in frames.values() for frame in some for name, points in frame.truth["landmarks"].items())
    return [at_edge(frame, *point) for frame, name, points in pairs if name in BONE for point in points]
