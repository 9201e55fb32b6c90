"""The overlay: what was answered then is drawn, nothing of a withheld answer is, and the video has as many pictures as the recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.cli import main
from edge.record import overlay, recording
from edge.record.recording import Recorder
from edge.types import Frame
from tests.unit.board.looks import SESSION, look, named_screen


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five frames, of which the last three point."""
    path = tmp_path_factory.mktemp("overlay") / "clip.mcap"
    with Recorder(path, {"procedure": "facet"}) as recorder:
        for number in range(1, 6):
            answer = look(frames=number, captured_ns=number * 33_000_000).answer
            recorder.write(Frame(number, number * 33_000_000, named_screen()), answer, SESSION)
    return path


def drawn(picture: overlay.RgbImage, colour: tuple[int, int, int]) -> int:
    """Pixels of a colour above the strip of words."""
    return int((picture[: -overlay.STRIP_PX] == colour).all(axis=2).sum())


def test_a_target_is_drawn_where_one_was_told_and_nowhere_else(path: Path) -> None:
    shown = [picture for _, picture in overlay.pictures(path)]
    assert [drawn(picture, overlay.GREEN) > 100 for picture in shown] == [False, False, True, True, True]
    assert all(drawn(picture, overlay.BLUE) > 100 for picture in shown)
    assert len({picture.shape for picture in shown}) == 1


def test_the_target_is_where_it_was_told(path: Path) -> None:
    *_, (recorded, told) = recording.read_answers(path)
    *_, (_, picture) = overlay.pictures(path)
    assert recorded.frame is not None
    u, v = (round(place - corner) for place, corner in zip(told["target_px"], recorded.frame.offset_px, strict=True))
    assert tuple(picture[v, u]) == overlay.GREEN


def test_an_out_of_plane_needle_is_no_line_in_the_picture(path: Path) -> None:
    *_, (recorded, told) = recording.read_answers(path)
    assert recorded.frame is not None
    with_line, without = (
        np.asarray(overlay.picture_of(recorded.frame, recorded.scan, told, in_plane=in_plane))  # type: ignore[arg-type]  # its scan is one
        for in_plane in (True, False)
    )
    assert drawn(with_line, overlay.GREEN) > drawn(without, overlay.GREEN) > 0


POINTED = {"state": "pointing", "depth_mm": 31.4, "angle_deg": -12.0, "insertion_mm": 35.0, "interval_mm": 1.2}
WORDS = [
    (POINTED, "POINTING  depth 31.4 mm, angle -12.0 deg"),
    ({"state": "withheld", "reason": "scale_unknown", "hint": "show the ruler"}, "WITHHELD  scale unknown: show the ruler"),
    ({"state": "withheld", "reason": "starting", "hint": None}, "WITHHELD  starting: "),
]


@pytest.mark.parametrize(("told", "begins"), WORDS)
def test_the_words_beneath(told: dict[str, object], begins: str) -> None:
    assert overlay.words(told).startswith(begins)


def test_the_command_makes_a_video_in_colour(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    av = pytest.importorskip("av", reason="the video extra is not installed")
    out = tmp_path / "clip.mp4"
    assert main(["export", str(path), "--overlay", str(out)]) == 0
    assert "5 frames in" in capsys.readouterr().out
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    green = frames[-1].astype(int)
    assert ((green[:, :, 1] > green[:, :, 0] + 60) & (green[:, :, 1] > 150)).sum() > 100
    assert main(["export", str(path), "--overlay", str(path)]) == 2


def test_a_recording_without_pictures_makes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clip.mcap"
    with Recorder(path, {"procedure": "facet"}) as recorder:
        recorder.write(None, look().answer, SESSION)
    assert main(["export", str(path), "--overlay", str(tmp_path / "clip.mp4")]) == 2
    assert "no picture in it" in capsys.readouterr().err
    assert not (tmp_path / "clip.mp4").exists()
