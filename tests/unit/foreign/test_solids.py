"""The solids renderer: the same seed gives the same bytes, truth lies in the picture and on the echo, and "none" holds no landmark."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import PLANS, VIEWS
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.solids import NAMES, render

SEEDS = range(3, 8)
BONE = {
    "spinous_process",
    "lamina",
    "facet",
    "sap_tip",
    "tp_tip",
    "articular_process",
    "cornu",
    "median_crest",
    "s1_sap",
    "lamina_cranial",
    "lamina_caudal",
}


@pytest.fixture(scope="module")
def frames() -> dict[str, list[ForeignFrame]]:
    return {view: [render(seed, view) for seed in SEEDS] for view in NAMES}


@pytest.mark.parametrize("view", ["transverse_facet", "longitudinal_sacral_hiatus", "none"])
def test_the_same_seed_gives_the_same_frame(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    again, first = render(SEEDS[0], view), frames[view][0]
    assert again.pixels.tobytes() == first.pixels.tobytes()
    assert (again.truth, again.scan_box_px) == (first.truth, first.scan_box_px)


def test_another_seed_gives_another_picture(frames: dict[str, list[ForeignFrame]]) -> None:
    assert len({frame.pixels.tobytes() for group in frames.values() for frame in group}) == len(NAMES) * len(SEEDS)


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(ValueError, match="transverse_knee"):
        render(1, "transverse_knee")


def test_none_has_no_landmarks_no_procedure_and_no_target(frames: dict[str, list[ForeignFrame]]) -> None:
    for frame in frames["none"]:
        assert frame.truth["landmarks"] == {}
        assert [frame.truth[key] for key in ("procedure", "side", "target")] == [None] * 3


@pytest.mark.parametrize("view", VIEWS)
def test_truth_lies_in_the_picture_and_in_order(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    for frame in frames[view]:
        left, top, right, bottom = frame.scan_box_px
        assert set(frame.truth["landmarks"]) <= set(VIEWS[view].landmarks)
        assert frame.truth["landmarks"]
        for name, points in frame.truth["landmarks"].items():
            assert 1 <= len(points) <= (2 if name in VIEWS[view].paired else 1)
            assert points == sorted(points)
            assert all(left <= x < right and top <= y < bottom for x, y in points)


@pytest.mark.parametrize("view", VIEWS)
def test_truth_states_procedure_side_and_orientation(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    plan = next(plan for plan in PLANS.values() if view in plan.views)
    lefts = {"cranial", "caudal"} if VIEWS[view].plane == "sagittal" else {"patient_left", "patient_right"}
    for frame in frames[view]:
        assert frame.truth["view"] == view
        assert frame.truth["procedure"] == plan.procedure.name.lower()
        assert (frame.truth["side"] in ("left", "right")) if plan.sided else (frame.truth["side"] is None)
        assert frame.truth["screen_left"] in lefts


@pytest.mark.parametrize("view", VIEWS)
def test_most_frames_show_their_target(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    assert sum(frame.truth["target"] is not None for frame in frames[view]) >= 3


def test_the_target_stands_on_the_side_that_truth_names(frames: dict[str, list[ForeignFrame]]) -> None:
    for frame in frames["transverse_facet"]:
        facets = frame.truth["landmarks"].get("facet", [])
        if len(facets) == 2:
            drawn_left = (frame.truth["screen_left"] == "patient_left") == (frame.truth["side"] == "left")
            assert frame.truth["target"] == facets[0 if drawn_left else 1]


def test_grey_rises_at_bone_landmarks(frames: dict[str, list[ForeignFrame]]) -> None:
    """The echo begins at the landmark: on the whole the millimetre below it is brighter than the one above. Bone that shows by the brink to its
    shadow alone need not be."""
    rises = []
    for frame in (frame for group in frames.values() for frame in group):
        for name in BONE & set(frame.truth["landmarks"]):
            for x, y in frame.truth["landmarks"][name]:
                rises.append(mean_grey(frame, x, y, 0.2, 1.4) - mean_grey(frame, x, y, -2.0, -0.8))
    assert np.mean(rises) > 15
    assert np.mean(np.array(rises) > 0) > 0.65


def mean_grey(frame: ForeignFrame, x: float, y: float, start_mm: float, stop_mm: float) -> float:
    """Mean grey of three columns between two depths beside a point."""
    mm, column = frame.truth["mm_per_px"][1], round(x)
    rows = slice(max(0, round(y + start_mm / mm)), round(y + stop_mm / mm) + 1)
    return float(frame.pixels[rows, column - 1 : column + 2].mean())
