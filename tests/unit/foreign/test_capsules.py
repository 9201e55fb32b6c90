"""Capsules: marks lie on leading edges of the bone that the plane meets, targets follow the procedures, and a view is what the plane shows."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.capsules import render
from models.foreign.capsules.bones import LAMINA, Capsule, distance, gathered, union
from models.foreign.capsules.cut import cut
from models.foreign.capsules.patient import patient
from models.foreign.capsules.posing import laid, missed
from models.foreign.capsules.probe import Plane, Probe, posed
from models.foreign.capsules.views import SAGITTAL, marks_of, views_of
from tests.unit.foreign.drawn import SEEDS, edges_of, frames_of

SIDED = [view for view in VIEWS if PLAN_OF[view].sided]


def test_most_marks_of_bone_lie_where_the_grey_rises() -> None:
    apart = np.abs(edges_of(frames_of("capsules")))
    assert len(apart) > 100
    assert np.median(apart) < 0.8
    assert np.percentile(apart, 75) < 1.5


def test_a_mark_lies_on_the_first_bone_of_its_beam() -> None:
    draw = np.random.default_rng(5)
    seen = 0
    for view in VIEWS:
        for _ in range(6):
            body = patient(draw)
            held, plane = laid(draw, body, view)
            found = cut(body, plane, held)
            for name, marks in (marks_of(found, view) or {}).items():
                for mark in marks:
                    beam, way = found.probe.beam_of(mark.u, mark.w)
                    near = found.way[max(0, int(beam) - 1) : int(beam) + 3]
                    seen += 1
                    assert way < near.max() + 1.0, (view, name)  # nothing is told in the shadow of a bone
    assert seen > 40


CASES = [("beside a ball", (5.0, 0.0, 0.0), 3.0), ("beyond the end", (0.0, 14.0, 0.0), 2.0), ("within", (0.0, 5.0, 0.0), -2.0)]


@pytest.mark.parametrize(("name", "point", "expected"), CASES)
def test_distance_of_a_capsule(name: str, point: tuple[float, float, float], expected: float) -> None:
    one = Capsule(((0.0, 0.0, 0.0), (0.0, 10.0, 0.0)), (2.0, 2.0), LAMINA, 3)
    at = np.asarray(point, np.float32).reshape(3, 1)
    assert float(distance(one, at)[0]) == pytest.approx(expected, abs=1e-4), name
    assert float(union(gathered([one, one]), at)[0]) <= expected + 1e-4


def test_a_plane_passes_through_its_anchor_where_it_was_asked_to() -> None:
    anchor = np.asarray([3.0, -40.0, 30.0])
    plane: Plane = posed(anchor, sagittal=False, mirror=True, off_mm=7.0, yaw=9.0, pitch=-12.0, roll=6.0)
    u, _, beside = plane.of(anchor)
    assert abs(beside) < 1e-6
    assert abs(u - 7.0) < 5.0
    assert plane.origin[2] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("probe", [Probe("convex", 55.0, 0.5, 0.0, 90.0), Probe("rectangle", 0.0, 0.0, 25.0, 60.0)])
def test_a_beam_holds_the_points_that_it_passes(probe: Probe) -> None:
    start, go = probe.rays()
    u, w = start[30] + 40 * go[30]
    assert probe.beam_of(float(u), float(w)) == pytest.approx((30.0, 40.0))


def test_the_same_body_shows_other_views_where_the_plane_moves() -> None:
    draw = np.random.default_rng(2)
    body = patient(draw)
    found = set()
    for view in VIEWS:
        for _ in range(5):
            held, plane = laid(draw, body, view)
            found |= set(views_of(cut(body, plane, held), sagittal=view in SAGITTAL))
    assert len(found) >= 8


def test_near_misses_come_from_the_same_body_and_are_no_view() -> None:
    draw = np.random.default_rng(8)
    body = patient(draw)
    none = 0
    for _ in range(20):
        held, plane = missed(draw, body)
        none += not views_of(cut(body, plane, held), sagittal=False)
    assert 5 < none <= 20


@pytest.mark.parametrize("view", SIDED)
def test_the_side_is_the_patients(view: str) -> None:
    for frame in frames_of("capsules")[view]:
        assert frame.truth["side"] in ("left", "right")
        assert frame.truth["screen_left"] == "cranial" if view in SAGITTAL else frame.truth["screen_left"].startswith("patient")


def test_an_unknown_view_is_refused_and_none_has_no_dim_marks() -> None:
    with pytest.raises(ValueError, match="transverse_knee"):
        render(0, "transverse_knee")
    assert all(frame.truth["dim"] == {} for frame in frames_of("capsules")[NO_VIEW])
    assert len(frames_of("capsules")[NO_VIEW]) == SEEDS["capsules"]
