"""python -m models.phantom: what it writes, and what it says to arguments that make no sense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from PIL import Image

from edge import truth
from models.phantom.__main__ import main
from models.phantom.sheet import CELL_PX, contact_sheet


def test_frames_writes_pictures_and_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frames", str(tmp_path / "out"), "--view", "transverse_s1", "--count", "2", "--seed", "3", "--workers", "1"]) == 0
    told = truth.read(tmp_path / "out")
    assert [line.frame for line in told] == ["000000.png", "000001.png"]
    assert {line.subject for line in told} == {"s3000000", "s3000001"}
    assert "2 frames" in capsys.readouterr().out
    with Image.open(tmp_path / "out" / "000000.png") as picture:
        assert picture.mode == "L"


def test_only_none_is_only_none(tmp_path: Path) -> None:
    assert main(["frames", str(tmp_path / "out"), "--view", "none", "--count", "2", "--workers", "1"]) == 0
    assert {line.view for line in truth.read(tmp_path / "out")} == {"none"}


def test_a_clip_is_a_folder_of_one_clip(tmp_path: Path) -> None:
    assert main(["clip", str(tmp_path / "out"), "--view", "transverse_facet", "--seconds", "0.4", "--rate", "5", "--motion", "hold"]) == 0
    told = truth.read(tmp_path / "out")
    assert len({line.clip for line in told}) == 1
    assert [line.captured_ns for line in told] == [0, 200_000_000]


@pytest.mark.parametrize("arguments", [["frames", "{}", "--view", "elbow", "--count", "1", "--workers", "1"], ["clip", "{}", "--layout", "toaster"]])
def test_nonsense_is_told_and_ends_with_2(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([argument.format(tmp_path / "out") for argument in arguments]) == 2
    assert "one of" in capsys.readouterr().err


def test_the_contact_sheet_has_a_row_a_view_and_the_real_frames(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    Image.fromarray(np.full((60, 80), 77, np.uint8)).save(folder / "a.png")
    sheet = contact_sheet(columns=1, seed=0, real=tmp_path)
    rows = 10 + 2 + 1 + 1
    assert sheet.shape == (rows * (CELL_PX[1] + 22), CELL_PX[0], 3)
    assert (sheet[-CELL_PX[1] // 2 :] == 77).any()
