"""Labelled frames as training samples: who trains and who tests, and what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge.screen.profile import AUTO
from edge.source import truth
from edge.source.truth import FILE_NAME, TruthError
from models.phantom.frame import FrameSpec, render_frame
from models.phantom.look import PLAIN_LOOK
from models.training import labelled
from models.training.samples import on_grid
from models.training.settings import GRID
from models.training.shards import ALL, SIDES, SLOTS, Samples
from tests.unit.made import whole_grid

VIEW = "transverse_facet"


def truth_line(name: str, subject: str, **fields: Any) -> dict[str, Any]:
    return {"frame": name, "clip": name, "subject": subject, "view": VIEW, "procedure": "facet", "side": "left", "screen_left": "patient_left",
            "mm_per_px": [0.3, 0.3], "origin_px": [160, 0], "landmarks": {}, "target": None, **fields}  # fmt: skip


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    for line in lines:
        Image.new("L", (320, 240)).save(folder / line["frame"])
    (folder / FILE_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


def phantom_folder(folder: Path, subjects: int) -> Path:
    lines = []
    for subject in range(subjects):
        frame = render_frame(FrameSpec(subject_seed=3_100_000 + subject, view=VIEW, seed=subject, layout="butterfly", faults=False, look=PLAIN_LOOK))
        name = f"{subject}.png"
        Image.fromarray(frame.pixels).save(folder / name)
        lines.append({**frame.truth, "frame": name, "clip": name, "subject": f"s{subject}"})
    (folder / FILE_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


def some(views: list[int], subtype: str) -> Samples:
    count = len(views)
    points = np.full((count, len(ALL.landmarks), SLOTS, 2), np.nan, np.float32)
    grids = np.zeros((count, GRID.rows, GRID.columns), np.uint8)
    return Samples(ALL, grids, np.array(views, np.int64), points, np.arange(count), np.array([subtype] * count, dtype=np.str_), whole_grid(count))


def test_phantom_frames_come_back_as_the_samples_that_training_renders(tmp_path: Path) -> None:
    folder = phantom_folder(tmp_path, 5)
    split = labelled.read(folder, AUTO)
    parts = (split.train, split.validation, split.test)
    subjects = [set(part.subjects.tolist()) for part in parts]
    assert len(set.union(*subjects)) == sum(map(len, subjects))
    assert sum(map(len, parts)) + split.withheld == 5
    for part in parts:
        for index in range(len(part)):
            assert ALL.views[part.views[index]] == VIEW
            assert np.isfinite(part.points[index]).any()
    # the screen stage's scan against the renderer's own: the same place on the grid within a cell
    spec = FrameSpec(subject_seed=3_100_000, view=VIEW, seed=0, layout="butterfly", faults=False, look=PLAIN_LOOK)
    frame = render_frame(spec)
    rendered = on_grid(frame.pixels, frame.truth, frame.scan_box_px)
    assert rendered is not None
    wanted = rendered[2][np.isfinite(rendered[2])]
    found = [part.points[i][np.isfinite(part.points[i])] for part in parts for i in range(len(part))]
    assert any(len(points) == len(wanted) and np.abs(points - wanted).max() < 1.0 for points in found)


def test_too_few_subjects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 subjects; the least is 3"):
        labelled.read(written(tmp_path, [truth_line("a.png", "a"), truth_line("b.png", "b")]), AUTO)


def test_frames_that_the_screen_withholds_are_no_samples(tmp_path: Path) -> None:
    lines = [truth_line(f"{name}.png", name) for name in "abc"]
    with pytest.raises(ValueError, match="withheld every frame"):
        labelled.read(written(tmp_path, lines), AUTO)


def test_an_unknown_landmark_is_named_with_its_frame(tmp_path: Path) -> None:
    lines = [truth_line(f"{name}.png", name, landmarks={"elbow": [[1, 2]]}) for name in "abc"]
    with pytest.raises(ValueError, match=r"frame a\.png has landmarks that no view has: elbow"):
        labelled.read(written(tmp_path, lines), AUTO)


def test_a_folder_without_truth_is_told(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=FILE_NAME):
        labelled.read(tmp_path, AUTO)


@pytest.mark.parametrize(("share", "wanted"), [(0.0, 0), (0.2, 2), (0.5, 8), (0.8, 32)])
def test_labelled_frames_are_repeated_to_their_share_of_their_own_view(share: float, wanted: int) -> None:
    mixed = labelled.mixed(some([1] * 8 + [2] * 8, "phantom"), some([1, 1], "labelled"), share=share)
    own = mixed.subtypes == "labelled"
    assert int(own.sum()) == wanted
    assert set(mixed.views[own].tolist()) <= {1}
    assert int((~own).sum()) == 16


def test_dim_landmarks_come_along_in_slots_of_their_own(tmp_path: Path) -> None:
    folder = phantom_folder(tmp_path, 1)
    line = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    name, points = next((name, points) for name, points in line["landmarks"].items() if points)
    del line["landmarks"][name]
    (folder / FILE_NAME).write_text(json.dumps({**line, "dim": {name: points}}) + "\n", encoding="utf-8")
    found = labelled.sample_of_line(folder, truth.read(folder)[0], AUTO)
    assert found is not None
    own = found[1][ALL.landmarks.index(name)]
    assert np.isfinite(own[SIDES:]).all(axis=1).sum() == len(points)
    assert not np.isfinite(own[:SIDES]).any()
