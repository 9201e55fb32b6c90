"""The outlines renderer: the same seed draws the same picture, and its truth lies where the echoes are drawn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.source.truth import parse
from models.foreign.__main__ import main
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.outlines import ala, processes, render
from models.foreign.outlines.chance import Chance

SEEDS = range(20)
BONE = {"spinous_process", "lamina", "sap_tip", "tp_tip", "articular_process", "cornu", "median_crest", "iliac_edge", "s1_sap", "lamina_cranial"}


@pytest.fixture(scope="module")
def frames() -> dict[str, list[ForeignFrame]]:
    return {view: [render(seed, view) for seed in SEEDS] for view in (*VIEWS, NO_VIEW)}


@pytest.mark.parametrize("view", VIEWS)
def test_many_frames_show_the_target(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    assert sum(frame.truth["target"] is not None for frame in frames[view]) >= 0.4 * len(SEEDS)  # a joint's cleft needs both of its edges


def rise(frame: ForeignFrame, x: float, y: float) -> float:
    """Mean grey of the 2 mm below a point less that of the 2 mm above it."""
    per_mm = 1 / frame.truth["mm_per_px"][1]
    column = frame.pixels[:, max(0, round(x) - 1) : round(x) + 2].astype(float).mean(axis=1)
    row, reach = round(y), max(2, round(2 * per_mm))
    return float(column[row : row + reach].mean() - column[max(0, row - reach) : row].mean())


def test_the_grey_rises_at_most_landmarks_on_bone(frames: dict[str, list[ForeignFrame]]) -> None:
    rises = [
        rise(frame, *point)
        for some in frames.values()
        for frame in some
        for name, points in frame.truth["landmarks"].items()
        if name in BONE
        for point in points
    ]
    assert np.mean(np.asarray(rises) > 0) > 0.7


def test_the_command_writes_pictures_and_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["frames", str(tmp_path / "out"), "--renderer", "outlines", "--view", "all", "--count", "3", "--first", "7"])
    lines = (tmp_path / "out" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["frame"] for line in lines] == [path.name for path in sorted((tmp_path / "out").glob("*.png"))]
    assert main(["frames", str(tmp_path / "out"), "--renderer", "outlines"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["frames", str(tmp_path / "other"), "--renderer", "outlines", "--view", "transverse_knee"]) == 2
    assert "transverse_knee" in capsys.readouterr().err


@pytest.mark.parametrize("view", ["transverse_facet", "transverse_process", "transverse_sacral_ala", "transverse_sacroiliac"])
def test_the_target_is_on_the_stated_side_where_both_sides_are_seen(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    name = PLANS[parse({"frame": "a.png", **frames[view][0].truth}).procedure].target[0]
    for frame in frames[view]:
        points = frame.truth["landmarks"].get(name, [])
        if frame.truth["target"] is None or len(points) < 2:
            continue
        drawn_left = (frame.truth["side"] == "left") == (frame.truth["screen_left"] == "patient_left")
        assert (frame.truth["target"][0] < (points[0][0] + points[1][0]) / 2) == drawn_left


@pytest.mark.parametrize("family", ala.FAMILIES, ids=lambda family: family.__name__)
def test_an_ala_of_any_family_has_no_free_end(family: ala.Surface) -> None:
    """Lateral of the groove bone lies under every place up to 20 mm beyond the ala's own run: the ilium goes on where the ala ends."""
    for seed in range(12):
        scene = ala.scene_of(Chance(seed), family)
        for groove in (mark for mark in scene.marks if mark.name == "ala_groove"):
            x = np.concatenate([bone.curve[:, 0] for bone in scene.bones]) * np.sign(groove.point[0])
            beyond = np.arange(abs(groove.point[0]), abs(groove.point[0]) + 50)
            assert max(np.abs(x[:, None] - beyond).min(axis=0)) < 5


@pytest.mark.parametrize("family", processes.FAMILIES, ids=lambda family: family.__name__)
def test_a_transverse_process_of_any_family_ends_free(family: processes.Shaft) -> None:
    for seed in range(12):
        scene = processes.scene_of(Chance(seed), family)
        for tip in (mark for mark in scene.marks if mark.name == "tp_tip"):
            x = np.concatenate([bone.curve[:, 0] for bone in scene.bones]) * np.sign(tip.point[0])
            assert x.max() < abs(tip.point[0]) + 4
