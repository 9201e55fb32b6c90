"""What holds of the renderers that draw whole pictures by seed: the same seed draws the same one, and its truth is of its form."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, PLANS, VIEWS
from edge.guidance.locate import combined
from edge.source.truth import parse
from models.foreign import renderer_of
from models.foreign.__main__ import main
from tests.unit.foreign.drawn import SEEDS, Frames, frames_of

# of a view's frames; outlines and reliefs draw none again for want of a clear target
LEAST_TARGETS = {
    "outlines": 0.3,
    "densities": 0.4,
    "ribbons": 0.4,
    "lofts": 0.6,
    "impedances": 0.6,
    "tracings": 0.6,
    "beams": 0.5,
    "textures": 0.5,
    "sections": 0.5,
    "capsules": 0.5,
    "reliefs": 0.25,
}
TARGET_PX = 0.02  # truth is rounded


@pytest.fixture(params=list(SEEDS))
def drawn(request: pytest.FixtureRequest) -> tuple[str, Frames]:
    """A renderer's name and its frames by view."""
    return request.param, frames_of(request.param)


@pytest.mark.parametrize("view", [*VIEWS, NO_VIEW])
def test_the_same_seed_gives_the_same_bytes(view: str, drawn: tuple[str, Frames]) -> None:
    name, frames = drawn
    again = renderer_of(name)(3, view)
    assert again.pixels.tobytes() == frames[view][3].pixels.tobytes()
    assert again.truth == frames[view][3].truth
    assert frames[view][3].pixels.tobytes() != frames[view][4].pixels.tobytes()


@pytest.mark.parametrize("view", VIEWS)
def test_truth_is_of_its_form_inside_the_scan_and_in_order(view: str, drawn: tuple[str, Frames]) -> None:
    for frame in drawn[1][view]:
        line = parse({"frame": "a.png", **json.loads(json.dumps(frame.truth))})
        left, top, right, bottom = frame.scan_box_px
        assert frame.pixels.dtype == np.uint8
        assert set(line.landmarks) <= set(VIEWS[view].landmarks)
        assert view in PLANS[line.procedure].views
        for name, points in line.landmarks.items():
            assert len(points) <= (2 if name in VIEWS[view].paired else 1)
            assert [x for x, _ in points] == sorted(x for x, _ in points)
            assert all(left <= x < right and top <= y < bottom for x, y in points)


def test_none_has_no_landmarks(drawn: tuple[str, Frames]) -> None:
    for frame in drawn[1][NO_VIEW]:
        assert (frame.truth["procedure"], frame.truth["side"], frame.truth["target"]) == (None, None, None)
        assert frame.truth["landmarks"] == {}


@pytest.mark.parametrize("view", VIEWS)
def test_many_frames_show_the_target(view: str, drawn: tuple[str, Frames]) -> None:
    name, frames = drawn
    assert sum(frame.truth["target"] is not None for frame in frames[view]) >= LEAST_TARGETS[name] * SEEDS[name]


def test_truth_tells_dim_landmarks_apart_from_clear_ones(drawn: tuple[str, Frames]) -> None:
    frames = [frame for view in VIEWS for frame in drawn[1][view]]
    assert any(frame.truth["dim"] for frame in frames)
    for frame in frames:
        left, top, right, bottom = frame.scan_box_px
        for name, points in frame.truth["dim"].items():
            assert name in VIEWS[frame.truth["view"]].landmarks
            assert not any(point in frame.truth["landmarks"].get(name, []) for point in points)
            assert all(left <= x < right and top <= y < bottom for x, y in points)


def test_some_frames_of_a_renderer_hide_their_target_and_still_tell_half_of_the_view(drawn: tuple[str, Frames]) -> None:
    hidden = [(view, frame) for view in VIEWS for frame in drawn[1][view] if frame.truth["target"] is None]
    told = [(view, frame) for view, frame in hidden if 2 * len(frame.truth["landmarks"]) >= len(VIEWS[view].landmarks)]
    assert len(told) >= 0.05 * len(VIEWS) * SEEDS[drawn[0]]


@pytest.mark.parametrize("view", ["transverse_facet", "transverse_process", "transverse_sacral_ala", "transverse_sacroiliac"])
def test_the_target_is_on_the_stated_side_where_both_sides_are_seen(view: str, drawn: tuple[str, Frames]) -> None:
    name = PLANS[parse({"frame": "a.png", **drawn[1][view][0].truth}).procedure].target[0]
    for frame in drawn[1][view]:
        points = frame.truth["landmarks"].get(name, [])
        if frame.truth["target"] is None or len(points) < 2:
            continue
        drawn_left = (frame.truth["side"] == "left") == (frame.truth["screen_left"] == "patient_left")
        assert (frame.truth["target"][0] < (points[0][0] + points[1][0]) / 2) == drawn_left


@pytest.mark.parametrize("view", VIEWS)
def test_the_target_follows_its_procedures_rule(view: str, drawn: tuple[str, Frames]) -> None:
    """Between two of its landmarks that truth tells, or on one, where a run would put it; a side is stated where the procedure has one."""
    plan = PLAN_OF[view]
    for frame in drawn[1][view]:
        if frame.truth["target"] is None:
            continue
        assert (frame.truth["side"] in ("left", "right")) == plan.sided
        mm = np.array(frame.truth["mm_per_px"])
        told = [[tuple(mm * point) for point in frame.truth["landmarks"][name]] for name in plan.target]
        apart = [np.hypot(*(combined(plan.procedure, list(points)) - mm * frame.truth["target"])) for points in product(*told)]
        assert min(apart) < TARGET_PX * mm[0]
        assert len(plan.target) > 1 or frame.truth["target"] in frame.truth["landmarks"][plan.target[0]]


@pytest.mark.parametrize("renderer", list(SEEDS))
def test_the_command_writes_pictures_and_truth(renderer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["frames", str(tmp_path / "out"), "--renderer", renderer, "--view", "all", "--count", "3", "--first", "7"])
    lines = (tmp_path / "out" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["frame"] for line in lines] == [path.name for path in sorted((tmp_path / "out").glob("*.png"))]
    assert main(["frames", str(tmp_path / "out"), "--renderer", renderer]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["frames", str(tmp_path / "other"), "--renderer", renderer, "--view", "transverse_knee"]) == 2
    assert "transverse_knee" in capsys.readouterr().err
