"""The figures of score, on frames whose model output is made up with known errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge.judge.score import Outcome, bootstrapped, bootstrapped_share, procedure_figures, score_folder, score_table, why_no_target
from edge.screen import profile
from edge.source import truth
from edge.source.truth import TruthError
from edge.types import ModelInput, PointMm, RawOutput
from firmware_bridge.wire import Procedure
from tests.unit import made

MM_PER_PX = 0.2
ORIGIN_PX = (319.5, 0.0)


def folder_of(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Frames of one grey, a different one each, so that the made-up model can tell them apart."""
    for index, row in enumerate(rows):
        Image.fromarray(made.echoes(index, 40, 200)).save(folder / f"{index}.png")
        row |= {"frame": f"{index}.png", "clip": str(index), "captured_ns": 0, "screen_left": "patient_left", "mm_per_px": [MM_PER_PX] * 2}
        row |= {"origin_px": list(ORIGIN_PX), "geometry": {"kind": "rectangle", "face_radius_mm": 0, "face_half_width_mm": 0}}
    (folder / "truth.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder


def facet_row(subject: str) -> dict[str, Any]:
    target = [ORIGIN_PX[0] + 19 / MM_PER_PX, ORIGIN_PX[1] + 31.5 / MM_PER_PX]
    return {"subject": subject, "view": "transverse_facet", "procedure": "facet", "side": "right", "landmarks": {"facet": [target]}, "target": target}


NONE_ROW = {"subject": "n", "view": "none", "procedure": None, "side": None, "landmarks": {}, "target": None}


def model_that_says(view: str, peaks: dict[str, list[PointMm]]) -> Any:
    def invoke(model_input: ModelInput) -> RawOutput:
        return made.raw(view, peaks, mirrored=model_input.mirrored)

    return invoke


def scored(folder: Path, view: str, peaks: dict[str, list[PointMm]]) -> dict[str, Any]:
    return score_folder(
        folder, manifest=made.manifest(), invoke=model_that_says(view, peaks), profile=profile.AUTO, scale_from_truth=True
    )


def test_score_asks_the_models_networks_in_turn(tmp_path: Path) -> None:
    turns: list[int] = []

    def invoke(given: ModelInput) -> RawOutput:
        turns.append(given.turn)
        return made.raw("transverse_facet", {})

    manifest = replace(made.manifest(), placings=((0, 0), (2, 1), (1, -2)))
    score_folder(folder_of(tmp_path, [facet_row("a")]), manifest=manifest, invoke=invoke, profile=profile.AUTO, scale_from_truth=True)
    assert set(turns) == {0, 1, 2}


def test_a_known_error_is_what_score_says(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [facet_row(f"s{index}") for index in range(3)])
    # 1.0 mm too deep, 1.0 mm too far right
    figures = scored(folder, "transverse_facet", {"spinous_process": [(0.0, 20.0)], "facet": [(-18.0, 31.0), (20.0, 32.5)]})
    facet = figures["procedures"]["facet"]
    assert (facet["held"], facet["shown"], facet["wrong"]) == (3, 3, 0)
    assert facet["target_median_mm"]["value"] == pytest.approx(np.sqrt(2), abs=0.2)
    assert facet["depth_bias_mm"]["value"] == pytest.approx(1.0, abs=0.2)
    assert facet["shown_share"]["value"] == 1.0
    assert facet["coverage"]["value"] == 1.0
    # the needle from (40, 0): atan2(19 - 40, 31.5) against atan2(20 - 40, 32.5)
    assert facet["across_p95_mm"]["value"] == pytest.approx(np.sin(np.radians(33.69 - 31.61)) * 37.83, abs=0.2)
    assert figures["views"]["transverse_facet"]["sensitivity"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert (figures["views"]["transverse_facet"]["frames"], figures["views"]["transverse_facet"]["subjects"]) == (3, 3)
    assert "patients" in score_table(figures)


def test_more_than_five_mm_off_is_wrong(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [facet_row("s0")])
    figures = scored(folder, "transverse_facet", {"spinous_process": [(0.0, 20.0)], "facet": [(-18.0, 31.0), (24.2, 32.0)]})
    assert figures["procedures"]["facet"]["wrong"] == 1
    assert figures["procedures"]["facet"]["wrong_frames"] == [{"frame": "0.png", "fault": "5.2 mm off, depth +0.5 mm"}]
    assert "wrong: 0.png: 5.2 mm off" in score_table(figures)


def test_a_number_on_a_frame_of_no_view_is_wrong(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [dict(NONE_ROW), dict(NONE_ROW)])
    figures = scored(folder, "transverse_facet", {"spinous_process": [(0.0, 20.0)], "facet": [(-18.0, 31.0), (19.0, 32.0)]})
    facet = figures["procedures"]["facet"]
    # both sides are tried on each of the two frames
    assert (facet["held"], facet["shown"], facet["wrong"]) == (0, 4, 4)
    assert {each["fault"] for each in facet["wrong_frames"]} == {"the view is none"}
    assert figures["views"]["none"]["sensitivity"]["value"] == 0.0
    assert figures["views"]["transverse_facet"]["specificity"]["value"] == 0.0


@pytest.mark.parametrize(("x_mm", "on_axis"), [(0.0, 2), (2.5, 2), (-8.0, 0)])
def test_a_target_beside_the_axis_is_held_but_not_on_axis(tmp_path: Path, x_mm: float, on_axis: int) -> None:
    target = [ORIGIN_PX[0] + x_mm / MM_PER_PX, 40 / MM_PER_PX]
    own = {"view": "transverse_interlaminar", "procedure": "interlaminar", "side": None, "target": target}
    own |= {"landmarks": {"posterior_complex": [target]}}
    folder = folder_of(tmp_path, [facet_row(f"s{index}") | own for index in range(2)])
    figures = scored(folder, "transverse_interlaminar", {"posterior_complex": [(x_mm, 40.0)]})["procedures"]["interlaminar"]
    assert (figures["held"], figures["on_axis"], figures["shown"]) == (2, on_axis, on_axis)
    assert (figures["shown_share_on_axis"] or {"value": None})["value"] == (1.0 if on_axis else None)


def test_a_hidden_target_is_not_held(tmp_path: Path) -> None:
    row = facet_row("s0") | {"target": None, "landmarks": {}}
    figures = scored(folder_of(tmp_path, [row]), "none", {})
    assert figures["procedures"]["facet"]["held"] == 0
    assert figures["procedures"]["facet"]["shown"] == 0


@pytest.mark.parametrize(("off_mm", "on_dim", "fault"), [(1.0, 1, "the target is dim, 1.0 mm away"), (7.0, 0, "the target is dim, 7.0 mm away")])
def test_a_number_on_a_dim_target_is_wrong_and_told_apart(tmp_path: Path, off_mm: float, on_dim: int, fault: str) -> None:
    clear = facet_row("s0")
    row = clear | {"target": None, "landmarks": {}, "dim": {"facet": [[100.0, 150.0], clear["target"]]}}
    peaks = {"spinous_process": [(0.0, 20.0)], "facet": [(-18.0, 31.0), (19.0, 31.5 + off_mm)]}
    figures = scored(folder_of(tmp_path, [row]), "transverse_facet", peaks)
    facet = figures["procedures"]["facet"]
    assert (facet["held"], facet["shown"], facet["wrong"], facet["wrong_on_dim"]) == (0, 1, 1, on_dim)
    assert facet["wrong_frames"][0]["fault"] == fault
    assert ("1 on a target that truth calls dim" in score_table(figures)) is bool(on_dim)


def test_a_hidden_target_is_not_called_dim_for_the_other_side_s_clear_one(tmp_path: Path) -> None:
    row = facet_row("s0") | {"target": None, "landmarks": {"facet": [[100.0, 150.0]]}}
    figures = scored(folder_of(tmp_path, [row]), "transverse_facet", {"spinous_process": [(0.0, 20.0)], "facet": [(-18.0, 31.0), (19.0, 31.5)]})
    facet = figures["procedures"]["facet"]
    assert (facet["wrong"], facet["wrong_on_dim"]) == (1, 0)
    assert facet["wrong_frames"][0]["fault"] == "the target cannot be seen"


@pytest.mark.parametrize("dim_mm", [0.0, 3.0])
def test_a_caudal_target_is_dim_where_one_of_its_two_landmarks_is(tmp_path: Path, dim_mm: float) -> None:
    """Through the ligament by half of the 4 mm to the floor, wherever the dim ligament is told."""
    places = {"scl": [ORIGIN_PX[0] + dim_mm / MM_PER_PX, 30 / MM_PER_PX], "sacral_floor": [ORIGIN_PX[0], 34 / MM_PER_PX]}
    own = {"view": "transverse_sacral_hiatus", "procedure": "caudal", "side": None, "target": None}
    own |= {"landmarks": {"sacral_floor": [places["sacral_floor"]]}, "dim": {"scl": [places["scl"]]}}
    row = facet_row("s0") | own
    figures = scored(folder_of(tmp_path, [row]), "transverse_sacral_hiatus", {"scl": [(0.0, 30.0)], "sacral_floor": [(0.0, 34.0)]})
    caudal = figures["procedures"]["caudal"]
    assert (caudal["shown"], caudal["wrong_on_dim"]) == (1, 1)
    assert float(caudal["wrong_frames"][0]["fault"].split()[4]) == pytest.approx(dim_mm / 2, abs=0.3)


def test_the_interval_is_over_subjects_not_frames() -> None:
    """One subject with many frames has no spread of its own: resampling subjects gives the same value each time."""
    outcomes = [Outcome(Procedure.FACET, "f.png", "one", True, True, index % 2 == 0, False, "", None) for index in range(100)]
    figure = bootstrapped(outcomes, lambda rows: sum(row.shown for row in rows) / len(rows) if rows else None)
    assert figure == {"value": 0.5, "low": 0.5, "high": 0.5}


def test_a_views_interval_is_over_subjects_too() -> None:
    """Two subjects, one always right and one always wrong: resampled, anything from 0 to 1; how often each was seen does not matter to that."""
    answers = [("right", True)] * 30 + [("wrong", False)] * 10
    assert bootstrapped_share(answers) == {"value": 0.75, "low": 0.0, "high": 1.0}
    assert bootstrapped_share([("one", index % 2 == 0) for index in range(100)]) == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert bootstrapped_share([]) is None


def test_frames_that_cannot_be_read_are_told_and_a_folder_of_them_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [dict(NONE_ROW), dict(NONE_ROW)])
    (folder / "1.png").unlink()
    figures = scored(folder, "none", {})
    assert figures["unread"]["frames"] == 1
    assert "1 frames cannot be read and count as withheld, the first: 1.png cannot be read" in score_table(figures)
    (folder / "0.png").unlink()
    with pytest.raises(TruthError, match=r"none of its 2 frames can be read: 0\.png cannot be read"):
        scored(folder, "none", {})
    (folder / "truth.jsonl").write_text("\n")
    with pytest.raises(TruthError, match="no frame in it"):
        scored(folder, "none", {})


def test_nothing_to_count_is_none_not_zero() -> None:
    assert procedure_figures([])["target_median_mm"] is None


def truth_line(**change: Any) -> truth.TruthLine:
    row = {"frame": "0.png", "mm_per_px": [0.2, 0.2], "origin_px": [0, 0], **facet_row("s")}
    return truth.parse(row | change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (NONE_ROW, "all 1 frames are of view none: set views and landmarks with `tuffier annotate --out FOLDER`"),
        ({"procedure": "caudal"}, "no frame is of a procedure asked for: there are caudal"),
        ({"target": None}, "none of 1 frames has a target: set views and landmarks"),
        ({"origin_px": None}, "none of 1 frames with a target states mm_per_px and origin_px"),
        ({"target": [400, 1000]}, "all 1 targets lie outside their procedure's depths"),
    ],
)
def test_a_table_without_figures_says_why(change: dict[str, Any], why: str) -> None:
    assert why_no_target([truth_line(**change)], [Procedure.FACET]).startswith(why)


def test_score_says_why_it_has_no_figures_and_what_to_do(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [dict(NONE_ROW)])
    figures = score_folder(folder, manifest=made.manifest(), invoke=model_that_says("none", {}), profile=profile.AUTO)  # no ruler on it
    table = score_table(figures)
    assert "no figures of a target: all 1 frames are of view none" in table
    assert "no figures of a view: every frame was withheld before the model (scale_unknown): state the truth's scale with --scale truth" in table
    # where there are figures nothing is said
    peaks: dict[str, list[PointMm]] = {"spinous_process": [(0.0, 20.0)], "facet": [(-18.0, 31.0), (19.0, 32.0)]}
    shown = scored(folder_of(tmp_path, [facet_row("s")]), "transverse_facet", peaks)
    assert "no figures" not in score_table(shown)


def test_a_folder_with_proposals_only_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "proposed.jsonl").write_text("")
    with pytest.raises(TruthError, match="only what a model proposed: set its frames right and done with `tuffier annotate --out "):
        scored(tmp_path, "none", {})
