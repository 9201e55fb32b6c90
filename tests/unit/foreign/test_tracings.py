"""Tracings: marks lie on strokes that a beam reaches, at the leading edge of their echo, and targets follow the procedures' rules."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.tracings import ATLAS, draft, echoes, looks, probe, render
from models.foreign.tracings.page import Page, placed
from tests.unit.foreign.drawn import edges_of, frames_of


def traced(view: str, seed: int) -> Page:
    page = Page(np.random.default_rng(seed))
    ATLAS[view](page)
    return page


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_marks_each_landmark_of_its_view_and_none_else(view: str) -> None:
    for seed in range(30):
        names = {mark.name for mark in traced(view, seed).marks}
        assert names <= set(VIEWS[view].landmarks)
        assert set(PLAN_OF[view].target) <= names


def test_none_has_no_marks() -> None:
    assert not any(traced(NO_VIEW, seed).marks for seed in range(60))


@pytest.mark.parametrize("view", VIEWS)
def test_marks_of_bone_and_sheets_stay_on_their_strokes_when_the_page_is_bent(view: str) -> None:
    for seed in range(12):
        page = traced(view, seed)
        under = placed(page, 1.07, 0.1, (3.0, 9.0), draft._waves(page))
        strokes = np.concatenate([stroke.points for stroke in under.strokes])
        for mark in under.marks:
            if mark.kind in ("bone", "sheet"):
                assert np.hypot(*(strokes - mark.at).T).min() < 0.4, mark.name


def test_paired_marks_lie_on_their_own_side() -> None:
    for view in (view for view in VIEWS if VIEWS[view].paired):
        for mark in traced(view, 5).marks:
            assert mark.side == (np.sign(mark.at[0]) if mark.name in VIEWS[view].paired else 0)


def flat(*depths_mm: float, opacity: float = 0.997) -> probe.Field:
    """Grey along the depth (a sample each 0.2 mm) of flat strokes, 20 mm wide, in the middle of a linear scan: the median of nine."""
    columns = []
    for seed in range(9):
        page = Page(np.random.default_rng(seed))
        for depth in depths_mm:
            page.bone((-10, depth), (10, depth), opacity=opacity)
        scanner = probe.Probe("rectangle", 0.0, 20.0, 60.0, 0.2, 0.1, (0, 0))
        look = looks.Look(60, 1.0, 0.3, 0.3, 0.9, 0.0, 0.5, 0.0, 0.0, 0.5, 0.5, (1.0, 0.3), "")
        under = placed(page, 1.0, 0.0, (0.0, 0.0), np.empty((0, 6)))
        columns.append(echoes.scan(under, scanner, look, 10.0, []).levels[60:100].mean(axis=0))
    return np.asarray(np.median(columns, axis=0))


def beneath(column: probe.Field, depth_mm: float) -> float:
    """The brightest grey within 1.5 mm beneath a depth."""
    return float(column[int(depth_mm / 0.2) : int((depth_mm + 1.5) / 0.2)].max())


def test_only_what_a_beam_reaches_answers() -> None:
    both, alone, through = flat(20.0, 35.0), flat(35.0), flat(20.0, 35.0, opacity=0.2)
    assert beneath(both, 20) > 0.6
    assert beneath(both, 35) < 0.2
    assert beneath(alone, 35) > 0.6
    assert beneath(through, 35) > 0.35  # sheets let sound through


def test_an_echo_begins_at_its_stroke() -> None:
    assert abs((80 + np.argmax(np.diff(flat(20.0)[80:120]))) * 0.2 - 20.0) < 0.5


def test_bone_lies_at_the_leading_edge_of_its_echo_in_finished_pictures() -> None:
    edges = np.array(edges_of(frames_of("tracings")))
    assert len(edges) > 60
    assert abs(np.median(edges)) < 0.4
    assert (np.abs(edges) < 1.0).mean() > 0.7


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(KeyError):
        render(1, "transverse_knee")
