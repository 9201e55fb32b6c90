"""python -m models.phantom: what it writes, and what it says to arguments that make no sense."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from PIL import Image

from edge.source import truth
from models.phantom import dataset
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


REFUSED = [
    ("no frame", ["frames", "{}", "--count", "0"], "from 1 up"),
    ("no number", ["frames", "{}", "--count", "many"], "invalid number"),
    ("a share over one", ["frames", "{}", "--none-share", "1.5"], "from 0 to 1"),
    ("no subject of the test set", ["frames", "{}", "--split", "test", "--subjects", "201"], "from 1 to 200"),
    ("the test set of a split that has none", ["frames", "{}", "--subjects", "2"], "--split test"),
    ("a view of the whole test set", ["frames", "{}", "--split", "test", "--subjects", "2", "--view", "transverse_s1"], "leave out --view"),
    ("no body", ["clip", "{}", "--bmi", "nan"], "from 15 to 60"),
    ("no picture's name", ["sheet", "{}.txt"], ".png or .jpg"),
    ("no folder", ["sheet", "{}/no/sheet.png"], "no such folder"),
    ("no real frames", ["sheet", "{}.png", "--real", "{}/no"], "no such folder"),
]


@pytest.mark.parametrize(("name", "arguments", "told"), REFUSED, ids=[case[0] for case in REFUSED])
def test_arguments_out_of_bounds_are_refused_before_anything_is_written(
    name: str, arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: object = main([argument.format(tmp_path / "out") for argument in arguments])
    except SystemExit as ended:
        status = ended.code
    assert status == 2, name
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["frames", "{}", "--view", "elbow"], ["clip", "{}", "--view", "elbow"], ["clip", "{}", "--layout", "toaster"]])
def test_nonsense_leaves_an_older_set_as_it_was(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "truth.jsonl").write_text("older\n")
    assert main([argument.format(tmp_path) for argument in arguments]) == 2
    assert (tmp_path / "truth.jsonl").read_text() == "older\n"


@pytest.mark.parametrize("name", ["truth.jsonl", "000000.png"])
@pytest.mark.parametrize("command", [["frames", "{}", "--view", "transverse_s1", "--count", "1", "--workers", "1"],
                                     ["clip", "{}", "--seconds", "0.2", "--rate", "5"]])  # fmt: skip
def test_a_set_that_is_there_is_never_written_over(name: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("corrected by hand\n")
    assert main([word.format(tmp_path) for word in command]) == 2
    assert "is not empty: name a new folder" in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "corrected by hand\n")]


def test_two_sets_at_once_in_one_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with dataset.truth_file(tmp_path) as add:
        add("mine")
        assert main(["frames", str(tmp_path), "--count", "1", "--workers", "1"]) == 2
    assert "another process" in capsys.readouterr().err
    assert (tmp_path / "truth.jsonl").read_text() == "mine\n"


def test_a_full_disk_keeps_whole_lines_of_whole_pictures(tmp_path: Path) -> None:
    """A process that may write files of 200 kB at most stands for the disk: lines are added until none fits."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from models.phantom.dataset import truth_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "with truth_file(Path(sys.argv[1])) as add:\n"
        "    for k in range(10_000): add('x' * 77)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert "OSError" in ended.stderr
    written = (tmp_path / "truth.jsonl").read_text()
    assert written == ("x" * 77 + "\n") * (200_000 // 78)


def test_ctrl_c_ends_with_130_and_whole_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "models.phantom", "frames", str(tmp_path / "out"), "--count", "5000", "--workers", "2"]
    # a shell starts its background jobs with Ctrl-C ignored, and so would everything below them
    heeding = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, **heeding) as running:
        truth_file = tmp_path / "out" / "truth.jsonl"
        for _ in range(600):
            if running.poll() is not None or (truth_file.exists() and truth_file.read_bytes().count(b"\n") >= 2):
                break
            time.sleep(0.1)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: parent and workers
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert "interrupted" in told
    assert "Traceback" not in told
    for line in truth.read(tmp_path / "out"):
        with Image.open(tmp_path / "out" / line.frame) as picture:
            picture.load()


def test_the_contact_sheet_has_a_row_a_view_and_the_real_frames(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    Image.fromarray(np.full((60, 80), 77, np.uint8)).save(folder / "a.png")
    sheet = contact_sheet(columns=1, seed=0, real=tmp_path)
    rows = 10 + 2 + 1 + 1
    assert sheet.shape == (rows * (CELL_PX[1] + 22), CELL_PX[0], 3)
    assert (sheet[-CELL_PX[1] // 2 :] == 77).any()
