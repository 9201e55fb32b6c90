"""`tuffier calibrate` on drawn screens: what it writes is read again, and what nothing on the screen tells it says or is told."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.board import config as configs
from edge.cli import main
from edge.judge import calibrate
from edge.screen import profile, watch
from edge.types import ScreenLeft
from tests.unit.screens import Drawn, draw

PAL = Drawn(rows=576, columns=720, box=(150, 40, 500, 440), tick_px=18.0, ticks=23, ruler_column=530, labels=("0", "1", "2", "3", "4"))
WIDE = Drawn(tick_px=46.0, ticks=11, every=2, labels=("0", "1", "2", "3", "4", "5"), depth_text="5.0 cm")


def _calibrated(folder: Path, drawn: Drawn, *words: str, mirrored: bool = False) -> int:
    (folder / "frames").mkdir()
    pixels = draw(drawn)
    Image.fromarray(np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels).save(folder / "frames" / "0000.png")
    return main(["calibrate", f"images:{folder / 'frames'}", "--out", str(folder / "mine.toml"), "--yes", *words])


def test_a_stated_pixel_aspect_makes_standard_definition_video_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _calibrated(tmp_path, PAL, "--pixel-aspect", "1.0667") == 0
    assert "1.0667 times as wide as high, by your word" in capsys.readouterr().out
    made = profile.load(tmp_path / "mine.toml")
    fit = watch.read_screen(draw(PAL), made, None)
    assert fit is not None
    assert fit.measures
    assert fit.mm_per_px is not None
    assert fit.mm_per_px[0] / fit.mm_per_px[1] == pytest.approx(1.0667)
    assert fit.mm_per_px[1] == pytest.approx(2 / 18, rel=0.005)


@pytest.mark.parametrize(("drawn", "says"), [(PAL, watch.NO_SQUARES), (WIDE, "Is what is round drawn round?")], ids=["no squares", "no proof"])
def test_it_says_that_nothing_tells_how_wide_pixels_are(drawn: Drawn, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _calibrated(tmp_path, drawn) == (1 if drawn is PAL else 0)
    printed = capsys.readouterr().out
    assert says in printed
    assert "pixel" in printed
    assert profile.load(tmp_path / "mine.toml").video.pixel_aspect == 0


def test_a_stated_distance_is_of_such_marks_only(tmp_path: Path) -> None:
    """Each fifth is larger when it is calibrated: at another depth, with all alike, the distance may be another."""
    unlabelled = replace(PAL, columns=768, labels=())
    assert _calibrated(tmp_path, unlabelled, "--tick-mm", "2") == 0
    made = profile.load(tmp_path / "mine.toml")
    assert (made.ruler.tick_mm, made.ruler.major_every) == (2.0, 5)
    same, other = (watch.read_screen(draw(each), made, None) for each in (unlabelled, replace(unlabelled, every=1)))
    assert same is not None
    assert same.measures
    assert other is not None
    assert other.mm_per_px is None
    assert "calibrate again" in other.why


@pytest.mark.parametrize(("tick_mm", "status"), [("2", 2), ("10", 2), ("5", 0)])
def test_a_stated_distance_that_the_screen_contradicts_is_refused(
    tick_mm: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was written as the operator's word, and no run would have read the screen with it."""
    assert _calibrated(tmp_path, WIDE, "--tick-mm", tick_mm) == status
    told = capsys.readouterr()
    if status:
        assert f"--tick-mm {tick_mm}, but the screen's labels and printed depth put marks 5 mm apart" in told.err
    else:
        assert "marks every 5 mm, by your word, labels, printed depth" in told.out
    assert (tmp_path / "mine.toml").exists() == (status == 0)


def test_the_distance_asked_for_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    unlabelled = replace(PAL, columns=768, labels=())
    Image.fromarray(draw(unlabelled)).save(tmp_path / "screen.png")
    answers = iter(["two", "60", "2", "left", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert main(["calibrate", f"images:{tmp_path / 'screen.png'}", "--out", str(tmp_path / "mine.toml")]) == 0
    told = capsys.readouterr().out
    assert "0.1111 mm per pixel, marks every 2 mm, by your word" in told
    assert told.index("'two' is no number of millimetres from 0 to 50") < told.index("'60' is no number")
    assert "'left' is none of unknown, patient_left" in told
    assert "every procedure with a side is withheld" in told
    assert profile.load(tmp_path / "mine.toml").ruler == profile.RulerPart(side="right", tick_mm=2.0, major_every=5)


@pytest.mark.parametrize(("pictures", "looked_at"), [(1, 1), (7, 7), (12, 12), (13, 7), (60, 8), (96, 12), (200, 12)])
def test_a_short_source_is_looked_at_whole_and_a_long_one_all_over(pictures: int, looked_at: int, tmp_path: Path) -> None:
    for index in range(pictures):
        Image.fromarray(np.full((2, 2), index, np.uint8)).save(tmp_path / f"{index:03d}.png")
    frames, unread = calibrate.spread(f"images:{tmp_path}")
    shades = [int(each[0, 0]) for each in frames]
    assert (len(shades), unread) == (looked_at, [])
    assert len(set(np.diff(shades))) <= 1
    assert shades[0] == 0
    assert shades[-1] >= min(pictures, calibrate.MOST_FRAMES) * 3 // 4


def test_why_a_picture_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "0.png").write_bytes(b"no picture")
    words = [f"images:{folder}", "--out", str(tmp_path / "mine.toml"), "--yes"]
    assert main(["calibrate", *words]) == 2
    assert "no picture in it can be read: 0.png cannot be read: cannot identify image file" in capsys.readouterr().err
    Image.fromarray(draw(WIDE)).save(folder / "1.png")
    assert main(["calibrate", *words]) == 0
    assert "1 looked at, a scan in 1; 1 of the pictures cannot be read: 0.png" in capsys.readouterr().out


TOLD_AT_ONCE = [
    (["--box", "400", "0", "100", "50"], "--box: box_px holds [400, 0, 100, 50]"),
    (["--tick-mm", "60"], "--tick-mm: tick_mm is 60.0"),
    (["--tick-mm", "nan"], "--tick-mm: tick_mm is nan"),
    (["--latency-ms", "-1"], "--latency-ms: latency_ms is -1.0"),
    (["--pixel-aspect", "3"], "--pixel-aspect: pixel_aspect is 3.0"),
    (["--name", '"'], "it must be a word"),
    (["--out", ""], "not a file"),
    (["--out", "FOLDER"], "not a file"),
    (["--out", "FOLDER/no/mine.toml"], "no folder that can be written"),
    (["--picture", "FOLDER/no/mine.png"], "no folder that can be written"),
]


@pytest.mark.parametrize(("words", "says"), TOLD_AT_ONCE)
def test_what_cannot_be_is_told_before_the_search(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calibrate, "spread", lambda _: pytest.fail("it searched"))
    made = [word.replace("FOLDER", str(tmp_path)) for word in words]
    assert main(["calibrate", f"images:{tmp_path}", "--yes", "--out", str(tmp_path / "mine.toml"), *made]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_where_no_scan_is_found_it_tells_what_could_not_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"no picture")
    Image.fromarray(np.zeros((600, 800), np.uint8)).save(tmp_path / "0.png")
    assert main(["calibrate", f"images:{tmp_path}", "--out", str(tmp_path / "mine.toml"), "--yes"]) == 2
    told = capsys.readouterr().err
    assert "no scan area found" in told
    assert "; 2 of the pictures cannot be read: 1.png cannot be read" in told


def test_a_mirror_image_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is ever shown of one, and once it is turned round the ruler stands on the other side."""
    assert _calibrated(tmp_path, WIDE, mirrored=True) == 2
    assert "turn it round" in capsys.readouterr().err
    assert not (tmp_path / "mine.toml").exists()


def test_an_impossible_pixel_aspect_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _calibrated(tmp_path, PAL, "--pixel-aspect", "3") == 2
    assert "from 0.5 to 2" in capsys.readouterr().err
    assert not (tmp_path / "mine.toml").exists()


@pytest.mark.parametrize("value", ["3.0", "0.1", '"square"', "true"])
def test_a_profile_with_such_a_pixel_aspect_is_refused(value: str) -> None:
    with pytest.raises(profile.ProfileError, match=r"line 2: pixel_aspect is .* from 0.5 to 2, 1 for square"):
        profile.parse(f"[video]\npixel_aspect = {value}\n")


@pytest.mark.parametrize(("out", "picture"), [("screen.toml", ""), ("other.toml", "screen.png"), ("same.png", "")])
def test_neither_source_nor_profile_is_lost_to_the_picture(out: str, picture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    screen_file = tmp_path / "screen.png"
    Image.fromarray(draw(WIDE)).save(screen_file)
    before = screen_file.read_bytes()
    words = ["--picture", str(tmp_path / picture)] if picture else []
    assert main(["calibrate", f"images:{screen_file}", "--out", str(tmp_path / out), "--yes", *words]) == 2
    assert "would be lost: name another file" in capsys.readouterr().err
    assert screen_file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["screen.png"]


def test_it_shows_before_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(draw(WIDE)).save(tmp_path / "screen.png")
    shown = []

    def answer(_: str) -> str:
        shown.append((capsys.readouterr().out, (tmp_path / "mine.png").is_file(), (tmp_path / "mine.toml").exists()))
        return "patient_left"

    monkeypatch.setattr("builtins.input", answer)
    assert main(["calibrate", str(tmp_path / "screen.png"), "--out", str(tmp_path / "mine.toml")]) == 0
    [(told, picture, written)] = shown
    assert "scan    rectangle" in told
    assert f"look at {tmp_path / 'mine.png'}" in told
    assert (picture, written) == (True, False)
    assert profile.load(tmp_path / "mine.toml").orientation.screen_left is ScreenLeft.PATIENT_LEFT


def test_a_profile_that_is_there_is_kept_beside_the_new_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text("# the first\n")
    (tmp_path / "mine.toml.1").write_text("# older still\n")
    assert _calibrated(tmp_path, WIDE, "--screen-left", "patient_left") == 0
    assert (tmp_path / "mine.toml.1").read_text() == "# older still\n"
    assert (tmp_path / "mine.toml.2").read_text() == "# the first\n"
    assert f"kept    {tmp_path / 'mine.toml.2'}" in capsys.readouterr().out


def test_a_profile_that_is_there_is_not_replaced_where_nobody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text("# the first\n")
    Image.fromarray(draw(WIDE)).save(tmp_path / "screen.png")
    answers = iter(["patient_left", "maybe", "n"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert main(["calibrate", str(tmp_path / "screen.png"), "--out", str(tmp_path / "mine.toml")]) == 2
    told = capsys.readouterr()
    assert "Say y or n." in told.out
    assert "is as it was: name another one with --out" in told.err
    assert (tmp_path / "mine.toml").read_text() == "# the first\n"


def test_frames_that_disagree_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, drawn in enumerate([WIDE, WIDE, replace(WIDE, labels=(), depth_text="")]):
        Image.fromarray(draw(drawn)).save(tmp_path / f"{number}.png")
    assert main(["calibrate", str(tmp_path), "--out", str(tmp_path / "mine.toml"), "--yes"]) == 0
    assert "WARNING frames disagree: marks every 5 mm in 2, no scale in 1" in capsys.readouterr().out


def test_a_profile_that_cannot_point_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _calibrated(tmp_path, replace(PAL, columns=768, labels=())) == 1
    assert "CANNOT POINT: ruler without a unit" in capsys.readouterr().out.splitlines()[-1]
    assert (tmp_path / "mine.toml").is_file()


def test_what_comes_next_can_be_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _calibrated(tmp_path, WIDE, "--screen-left", "patient_left") == 0
    told = capsys.readouterr().out
    [command] = re.findall(r"next    `(.*)`", told)
    assert main(shlex.split(command)[1:]) == 0
    [line] = re.findall(r"^ *(profile = .*)$", told, re.MULTILINE)
    (tmp_path / "tuffier.toml").write_text(f"[source]\n{line}\n")
    assert configs.load(tmp_path / "tuffier.toml").source.profile == str(tmp_path / "mine.toml")


def test_without_a_source_it_takes_the_configurations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tuffier.toml").write_text(f'[source]\nsource = "images:{tmp_path / "nothing"}"\n')
    assert main(["calibrate", "--config", str(tmp_path / "tuffier.toml"), "--out", str(tmp_path / "mine.toml")]) == 2
    assert "nothing: no such folder" in capsys.readouterr().err
    assert main(["calibrate", "--out", str(tmp_path / "mine.toml")]) == 2
    assert "`tuffier calibrate /dev/video0` looks at a camera" in capsys.readouterr().err
