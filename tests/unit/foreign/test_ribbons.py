"""The ribbons renderer: where its beams meet a ribbon, which marks they may show, and that truth lies on the leading edge of its bones."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.ribbons import SECTIONS
from models.foreign.ribbons.beams import BEAMS, Beams
from models.foreign.ribbons.body import Body
from models.foreign.ribbons.cut import cut_of
from models.foreign.ribbons.ribbon import Ribbon, Section
from models.foreign.ribbons.shape import tangent_at
from models.foreign.ribbons.truth import cuts_of, in_reach
from tests.unit.foreign.drawn import SEEDS, edges_of, frames_of

ARRAYS = [Beams("convex", 55.0, 0.5, 90.0), Beams("phased", 5.0, 0.7, 120.0), Beams("rectangle", 0.0, 25.0, 60.0)]
LEVEL = Ribbon(np.stack([np.linspace(-15, 15, 121), np.full(121, 30.0)], axis=1), (("median_crest", 60),))
LID = Ribbon(LEVEL.points - (0, 8))


def test_truth_lies_on_the_leading_edge_of_bone() -> None:
    apart = edges_of(frames_of("ribbons"))
    assert abs(np.median(apart)) < 0.4
    assert np.mean(np.abs(apart) <= 1.0) > 0.6


def test_all_but_few_frames_show_the_target() -> None:
    frames = frames_of("ribbons")
    shown = sum(frame.truth["target"] is not None for view in VIEWS for frame in frames[view])
    assert shown >= 0.8 * SEEDS["ribbons"] * len(VIEWS)


@pytest.mark.parametrize("view", [*VIEWS, NO_VIEW])
def test_a_section_draws_every_landmark_of_its_view_and_no_other(view: str) -> None:
    names: set[str] = set()
    for seed in range(20):
        section = SECTIONS[view](np.random.default_rng(seed))
        here = [name for one in section.ribbons for name, _ in one.marks] + [name for name, _, _ in section.places]
        here += [patch.mark for patch in section.patches if patch.mark]
        assert all(here.count(name) <= (2 if name in VIEWS[view].paired else 1) for name in here)
        names |= set(here)
    assert names == (set() if view == NO_VIEW else set(VIEWS[view].landmarks))


@pytest.mark.parametrize("beams", ARRAYS, ids=lambda beams: str(beams.kind))
def test_a_level_ribbon_is_met_where_it_lies(beams: Beams) -> None:
    cut = cut_of(LEVEL, beams)
    met = np.flatnonzero(np.isfinite(cut.depth_mm))
    x, z = beams.places()
    rows = np.round(cut.depth_mm[met] / beams.sample_mm).astype(int)
    assert len(met) > 10
    assert np.abs(z[met, rows] - 30).max() < beams.sample_mm
    assert np.abs(x[met, rows]).max() <= 15.5
    assert cut.square[BEAMS // 2] > 0.99


@pytest.mark.parametrize("beams", ARRAYS, ids=lambda beams: str(beams.kind))
def test_a_place_comes_back_from_beam_and_depth(beams: Beams) -> None:
    x, z = beams.places()
    beam, along = beams.polar(x[40, 200], z[40, 200])
    assert float(beam) == pytest.approx(40, abs=0.01)
    assert float(along) == pytest.approx(200 * beams.sample_mm, abs=0.01)


@pytest.mark.parametrize(("ribbons", "seen"), [((LEVEL,), True), ((LEVEL, LID), False), ((LID, LEVEL), False)])
def test_bone_over_a_mark_hides_it(ribbons: tuple[Ribbon, ...], seen: bool) -> None:
    body = Body(Section(ribbons), ARRAYS[0], fat_mm=8.0, lies=0.5, flipped=False, middle_x=0.0)
    assert ("median_crest" in in_reach(body, cuts_of(body))) == seen


def test_the_tangent_touches_the_higher_points() -> None:
    left, right = (Ribbon(np.array([[x, 9.0], [x + 1, 5.0], [x + 2, 9.0]])) for x in (-4, 2))
    assert tangent_at((left, right), 0.0, 6.0) == pytest.approx(5.0)
