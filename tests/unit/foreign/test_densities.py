"""The densities renderer: the same seed draws the same picture, and its truth lies on the leading edge of its bones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.foreign.densities import lumbar
from models.foreign.densities.echoes import _lines, look
from models.foreign.densities.probe import probe
from models.foreign.foreign_frame import ForeignFrame
from tests.unit.foreign.drawn import BONE, Frames, frames_of


@pytest.fixture(scope="module")
def frames() -> Frames:
    return frames_of("densities")


def at_edge(frame: ForeignFrame, x: float, y: float) -> float:
    """How far above (-) or below (+) the mark, in mm, the grey rises most steeply over 0.8 mm, within 2.5 mm."""
    mm = frame.truth["mm_per_px"][1]
    columns = frame.pixels[:, max(0, round(x) - 3) : round(x) + 4].astype(float).mean(axis=1)
    reach = max(1, round(0.8 / mm))
    rows = np.arange(max(reach, round(y - 2.5 / mm)), min(len(columns) - reach, round(y + 2.5 / mm)))
    rises = [columns[row : row + reach].mean() - columns[row - reach : row].mean() for row in rows]
    return float((rows[int(np.argmax(rises))] - y) * mm)


def test_truth_lies_on_the_leading_edge_of_bone(frames: Frames) -> None:
    apart = [
        at_edge(frame, *point)
        for some in frames.values()
        for frame in some
        for name, points in frame.truth["landmarks"].items()
        if name in BONE
        for point in points
    ]
    assert abs(np.median(apart)) < 0.5
    assert np.mean(np.abs(apart) <= 1.0) > 0.6


@pytest.mark.parametrize("seed", range(6))
def test_a_skin_over_hardly_any_fat_is_drawn(seed: int) -> None:
    draw = np.random.default_rng(seed)
    scene = replace(lumbar.VIEWS["transverse_facet"](draw), fat_mm=1.2)
    of = probe(draw, scene.deep_mm, scene.wide_mm)
    level = np.zeros(of.grid_mm()[0].shape, np.float32)
    assert np.isfinite(_lines(draw, scene, look(draw), level, level)).all()
