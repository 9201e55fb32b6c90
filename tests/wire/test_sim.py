"""The simulated device: built once, told what is missing, its display as text and picture; `tuffier sim`; the latency command."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from core import COMPILER, NO_COMPILER
from PIL import Image
from test_link import Host, wait_for

from firmware_bridge import latency, sim, wire
from firmware_bridge.sim import NoSimulatorError, SimDevice, build, png, sim_command, terminal_screen

COMMAND = "import sys; from firmware_bridge.sim import sim_command; sys.exit(sim_command(sys.argv[1:]))"
needs_compiler = pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)


def test_without_a_compiler_the_cure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NoSimulatorError, match="sudo apt install gcc"):
        build()
    assert sim_command([]) == 2
    assert "sudo apt install gcc" in capsys.readouterr().err


@needs_compiler
def test_it_is_built_once_for_its_sources(tmp_path: Path) -> None:
    program = build(cache=tmp_path)
    built_ns = program.stat().st_mtime_ns
    assert build(cache=tmp_path) == program
    assert program.stat().st_mtime_ns == built_ns
    assert build(cache=tmp_path, flags=("-std=c11", "-O0")) != program


def test_a_picture_has_the_bits_of_the_display() -> None:
    bits = bytes([0x80, *[0] * 15, *[0xFF] * 16, *[0] * 16 * 62])
    picture = Image.open(io.BytesIO(png(bits, scale=2)))
    assert picture.size == (256, 128)
    assert [picture.getpixel(at) for at in ((0, 0), (1, 1), (2, 0), (0, 2), (255, 3), (0, 4))] == [255, 255, 0, 255, 255, 0]


def test_a_terminal_shows_a_frame() -> None:
    lines = terminal_screen(["FACET           RIGHT", "31.5"]).splitlines()
    assert {len(line) for line in lines} == {25}
    assert lines[1] == "| FACET           RIGHT |"


@needs_compiler
def test_a_started_device_is_entered_as_it_is() -> None:
    """The command started two: the port it named was the first one's, what was typed went to the second."""
    device = SimDevice().start()
    pid, port_path = device.pid, device.port_path
    with device:
        assert (device.pid, device.port_path) == (pid, port_path)


@needs_compiler
def test_its_picture_is_what_it_shows() -> None:
    with SimDevice() as device:
        host = Host(device.port_path)
        host.link.start()
        wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits")
        digits = device.picture()
        host.guidance = wire.Guidance(reason=wire.Reason.MENU)
        wait_for(lambda: device.shown is wire.Shown.WORDS, "words")
        assert device.picture() != digits
        host.link.stop()


@needs_compiler
def test_the_command_shows_the_display_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    link, picture = tmp_path / "device", tmp_path / "display.png"
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "--link", str(link), "--png", str(picture)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    wait_for(picture.exists, "the picture")
    assert link.is_symlink()
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "NOT FOR PATIENTS" in told
    assert not link.is_symlink()
    assert Image.open(picture).size == (512, 256)


@needs_compiler
def test_a_picture_that_can_be_kept_no_more_ends_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "display.png.part").mkdir()
    assert sim_command(["--png", str(tmp_path / "display.png"), "--link", str(tmp_path / "device")]) == 1
    assert "display.png: Is a directory: name another place" in capsys.readouterr().err
    assert not (tmp_path / "device").is_symlink()


@needs_compiler
def test_a_device_that_is_killed_ends_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def killed(device: SimDevice, picture: Path | None) -> None:
        os.kill(device.pid, signal.SIGKILL)
        shown(device, picture)

    shown = sim._show_until_interrupted
    monkeypatch.setattr(sim, "_show_until_interrupted", killed)
    assert sim_command(["--link", str(tmp_path / "device")]) == 1
    assert "was ended from outside: start it again" in capsys.readouterr().err
    assert not (tmp_path / "device").is_symlink()


REFUSED = [
    ("a file under the link's name", "--link", "file", "would be lost"),
    ("a link to something else", "--link", "to-file", "would be lost"),
    ("a folder under the link's name", "--link", "folder", "would be lost"),
    ("no folder for the link", "--link", "no/device", "no folder that can be written"),
    ("no folder for the picture", "--png", "no/display.png", "no folder that can be written"),
    ("a pipe in the picture's place", "--png", "pipe", "no file"),
    ("a folder in the record's place", "--record", "folder", "no file"),
    ("another's file in the record's place", "--record", "file", "would be spoilt"),
]


@pytest.mark.parametrize(("name", "option", "place", "told"), REFUSED, ids=[case[0] for case in REFUSED])
def test_nothing_that_stands_there_is_lost(
    name: str, option: str, place: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text(1001 * "x")
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    assert sim_command([option, str(tmp_path / place)]) == 2, name
    assert told in capsys.readouterr().err
    assert (sorted(tmp_path.iterdir()), (tmp_path / "file").read_text(), (tmp_path / "to-file").is_symlink()) == (before, 1001 * "x", True)


@needs_compiler
def test_a_link_that_an_earlier_one_left_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was killed; and a link that is another's by the end stays."""
    (tmp_path / "device").symlink_to("/dev/pts/left-behind")

    def another_takes_it(device: SimDevice, _picture: Path | None) -> None:
        assert os.readlink(tmp_path / "device") == device.port_path
        (tmp_path / "device").unlink()
        (tmp_path / "device").symlink_to("/dev/pts/another")
        raise KeyboardInterrupt

    monkeypatch.setattr(sim, "_show_until_interrupted", another_takes_it)
    assert sim_command(["--link", str(tmp_path / "device")]) == 0
    assert os.readlink(tmp_path / "device") == "/dev/pts/another"


@needs_compiler
def test_latency_is_measured_over_a_paced_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert latency.main(["--frames", "10"]) == 0
    bare, paced = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (bare["line"], paced["line"]) == ("pty", "115200 baud")
    assert paced["median_ms"] > 38 * 10 / 115.2  # the frame's own bits take that long
