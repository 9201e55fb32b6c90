"""The lofts renderer: where its plane cuts and beams meet bone, which marks its scenes draw, its speckle, and truth on the leading edge."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.lofts import SCENES
from models.foreign.lofts.array import BEAMS, SAMPLES, Array, met
from models.foreign.lofts.look import look_of
from models.foreign.lofts.mesh import Loft, Plane, cut_of, lofted
from models.foreign.lofts.profile import Profile, at_x, top
from models.foreign.lofts.speckle import summed
from tests.unit.foreign.drawn import edges_of, frames_of

ARRAYS = [Array("convex", 55.0, 0.5, 90.0), Array("phased", 5.0, 0.7, 120.0), Array("rectangle", 0.0, 25.0, 60.0)]
ROD = Loft(4, [(0.0, -30.0, 30.0), (0.0, 0.0, 30.0), (0.0, 30.0, 30.0)], [(8.0, 5.0)] * 3, square=2.0, blunt=60)
ACROSS = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))


def test_truth_lies_on_the_leading_edge_of_bone() -> None:
    apart = edges_of(frames_of("lofts"))
    assert abs(np.median(apart)) < 0.4
    assert np.mean(np.abs(apart) <= 1.0) > 0.6


@pytest.mark.parametrize("view", [*VIEWS, NO_VIEW])
def test_scenes_draw_every_landmark_of_their_view_and_no_other(view: str) -> None:
    names: set[str] = set()
    for seed in range(15):
        marks = SCENES[view](np.random.default_rng(seed)).marks
        assert all(len(points) <= (2 if name in VIEWS[view].paired else 1) for name, points in marks.items())
        names |= set(marks)
    assert names == (set() if view == NO_VIEW else set(VIEWS[view].landmarks))


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: str(array.kind))
def test_a_rod_is_met_on_its_upper_skin(array: Array) -> None:
    hits = met(cut_of(lofted([ROD]), ACROSS), array)
    middle = BEAMS // 2
    assert hits.along_mm[middle] == pytest.approx(25.0, abs=0.3)
    assert hits.square[middle] > 0.95
    assert hits.part[middle] == 4
    assert not np.isfinite(hits.along_mm[[0, -1]]).any()


def test_a_rods_outline_is_an_ellipse() -> None:
    outline = Profile(cut_of(lofted([ROD]), ACROSS)).of(4)
    peak, beside = top(outline), at_x(outline, 6.0)
    assert peak is not None
    assert beside is not None
    assert abs(peak[0]) < 1.5
    assert beside[1] == pytest.approx(30 - 5 * (1 - (6 / 8) ** 2) ** 0.5, abs=0.4)
    assert at_x(outline, 9.0) is None


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: str(array.kind))
def test_a_place_comes_back_from_beam_and_depth(array: Array) -> None:
    x, z = array.places
    beam, along = array.polar(x[200, 40], z[200, 40])
    assert float(beam) == pytest.approx(40, abs=0.01)
    assert float(along) == pytest.approx(200 * array.sample_mm, abs=0.01)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: str(array.kind))
def test_speckle_of_even_tissue_is_fully_developed_and_keeps_its_power(array: Array) -> None:
    draw = np.random.default_rng(2)
    noise = (draw.standard_normal((SAMPLES, BEAMS)) + 1j * draw.standard_normal((SAMPLES, BEAMS))) / 2**0.5
    amplitude = np.abs(summed(noise, array, look_of(draw, array)))[40:-40, 15:-15]
    assert amplitude.mean() / amplitude.std() == pytest.approx(1.91, abs=0.15)
    assert (amplitude**2).mean() == pytest.approx(1.0, abs=0.15)
