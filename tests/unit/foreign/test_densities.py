"""The densities renderer: its truth lies on the leading edge of its bones."""

from __future__ import annotations

import numpy as np

from tests.unit.foreign.drawn import edges_of, frames_of


def test_truth_lies_on_the_leading_edge_of_bone() -> None:
    apart = edges_of(frames_of("densities"))
    assert abs(np.median(apart)) < 0.5
    assert np.mean(np.abs(apart) <= 1.0) > 0.6
