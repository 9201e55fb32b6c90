"""The densities renderer: the same seed draws the same picture, and its truth lies on the leading edge of its bones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.source.truth import parse
from models.foreign.__main__ import main
from models.foreign.densities import render
from models.foreign.foreign_frame import ForeignFrame

SEEDS = range(8)
BONE = {"spinous_process", "lamina", "sap_tip", "tp_tip", "articular_process", "cornu", "median_crest", "iliac_edge", "s1_sap", "lamina_cranial"}


@pytest.fixture(scope="module")
def frames() -> dict[str, list[ForeignFrame]]:
    return {view: [render(seed, view) for seed in SEEDS] for view in (*VIEWS, NO_VIEW)}


@pytest.mark.parametrize("view", VIEWS)
def test_most_frames_show_the_target(view: str, frames: dict[str, list[ForeignFrame]]) -> None:
    assert sum(frame.truth["target"] is not None for frame in frames[view]) >= len(SEEDS) / 2


def at_edge(frame: ForeignFrame, x: float, y: float) -> float:
    """How far above (-) or below (+) the mark, in mm, the grey rises most steeply over 0.8 mm, within 2.5 mm."""
    mm = frame.truth["mm_per_px"][1]
    columns = frame.pixels[:, max(0, round(x) - 3) : round(x) + 4].astype(float).mean(axis=1)
    reach = max(1, round(0.8 / mm))
    rows = np.arange(max(reach, round(y - 2.5 / mm)), min(len(columns) - reach, round(y + 2.5 / mm)))
    rises = [columns[row : row + reach].mean() - columns[row - reach : row].mean() for row in rows]
    return float((rows[int(np.argmax(rises))] - y) * mm)


def test_truth_lies_on_the_leading_edge_of_bone(frames: dict[str, list[ForeignFrame]]) -> None:
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


def test_the_command_writes_pictures_and_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["frames", str(tmp_path / "out"), "--renderer", "densities", "--view", "all", "--count", "3", "--first", "7"])
    lines = (tmp_path / "out" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["frame"] for line in lines] == [path.name for path in sorted((tmp_path / "out").glob("*.png"))]
    assert main(["frames", str(tmp_path / "out"), "--renderer", "densities"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["frames", str(tmp_path / "other"), "--renderer", "densities", "--view", "transverse_knee"]) == 2
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
