"""Real bone as a yardstick: where it begins, where the peaks stand, which of a reader's points they find."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.model import runner
from models.foreign import readings
from models.training import on_bone
from models.training.on_bone import Peaks
from tests.unit import made


def test_bone_begins_where_none_lies_right_above_it() -> None:
    bone = np.zeros((6, 3), bool)
    bone[2:5, 0] = bone[0:2, 1] = True
    assert np.argwhere(on_bone.leading(bone)).tolist() == [[0, 1], [2, 0]]


def test_a_peak_stands_where_the_picture_was_before_it_was_moved() -> None:
    manifest = replace(made.manifest(), placings=((0, 0), (2, 1)))
    heatmaps = np.full((48, 48, len(manifest.landmarks)), -128, np.int8)
    heatmaps[10, 20, 3] = 127
    raw = replace(made.raw("none", {}), heatmaps_int8=heatmaps)
    found = on_bone.peaks_of((raw, raw), manifest)
    at = [index for index, name in enumerate(found.names) if name == manifest.landmarks[3]]
    assert found.cells[at].tolist() == [[81.5, 41.5], [79.5, 40.5]]
    assert found.heights[at] == pytest.approx([1.0, 1.0])


def test_a_point_is_seen_by_a_peak_of_its_own_name_that_is_near_and_high() -> None:
    found = Peaks(("lamina", "lamina", "tp_groove"), np.array([0.5, 0.2, 0.9]), np.array([[10.0, 10.0], [50.0, 10.0], [90.0, 10.0]]))
    points = {"lamina": np.array([[14.0, 12.0], [16.0, 10.0], [50.0, 10.0], [90.0, 10.0]]), "spinous_process": np.array([[10.0, 10.0]])}
    assert on_bone.seen(found, points) == {"lamina": (4, 1), "spinous_process": (1, 0)}


def test_a_folder_without_truth_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert on_bone.main([str(tmp_path)]) == 2
    assert "truth.jsonl" in capsys.readouterr().err


def test_only_frames_with_a_mask_and_of_that_half_are_counted(tmp_path: Path) -> None:
    lines = [line for line in readings.read("a") if line.mm_per_px and line.turn_deg == 0 and line.half == "report"][:2]
    for number, line in enumerate(lines):
        name = line.frame.replace("/", "_")
        Image.fromarray(made.echoes(number, 20, 90, (300, 300))).save(tmp_path / name)
    mask = np.zeros((300, 300), np.uint8)
    mask[150] = 255
    Image.fromarray(mask).save(readings.bone_of(tmp_path / lines[0].frame.replace("/", "_")))
    told = [readings.truth_line(line, line.frame.replace("/", "_"), (300, 300)) for line in lines]
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(line) + "\n" for line in told))
    model = runner.load()
    found = on_bone.tally(model, tmp_path, "report")
    assert found.frames == 1
    assert 0 <= found.near <= found.peaks
    # 6 mm of what the grid holds of a scan 300 rows high
    height_mm = min(300 * lines[0].mm_per_px[1], 208 * 0.6)  # type: ignore[index]
    assert found.chance == pytest.approx(6.6 / height_mm, rel=0.25)
    assert on_bone.tally(model, tmp_path, "choose").frames == 0
    assert "1 frames with a mask" in on_bone.told("report", found)
