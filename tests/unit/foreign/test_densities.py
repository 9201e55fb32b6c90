"""The densities renderer: its truth lies on the leading edge of its bones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.foreign.densities import lumbar
from models.foreign.densities.echoes import _lines, look
from models.foreign.densities.probe import probe
from tests.unit.foreign.drawn import edges_of, frames_of


def test_truth_lies_on_the_leading_edge_of_bone() -> None:
    apart = edges_of(frames_of("densities"))
    assert abs(np.median(apart)) < 0.5
    assert np.mean(np.abs(apart) <= 1.0) > 0.6


@pytest.mark.parametrize("seed", range(6))
def test_a_skin_over_hardly_any_fat_is_drawn(seed: int) -> None:
    draw = np.random.default_rng(seed)
    scene = replace(lumbar.VIEWS["transverse_facet"](draw), fat_mm=1.2)
    of = probe(draw, scene.deep_mm, scene.wide_mm)
    level = np.zeros(of.grid_mm()[0].shape, np.float32)
    assert np.isfinite(_lines(draw, scene, look(draw), level, level)).all()
