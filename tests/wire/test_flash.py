"""`tuffier flash`: hash before, version after, a cure for each way to fail. The tool is a script, the device is the simulator."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from core import COMPILER, NO_COMPILER

from firmware_bridge.flash import check_image, flash_command, flash_line, read_boards
from firmware_bridge.sim import SimDevice


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "tuffier.uf2"
    path.write_bytes(b"firmware")
    path.with_name("tuffier.uf2.sha256").write_text(sha256(b"firmware").hexdigest() + "  tuffier.uf2\n")
    return path


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picotool that notes how it was called and succeeds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "picotool"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\nexit ${{TOOL_STATUS:-0}}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return tmp_path / "called"


def test_every_board_has_what_it_needs() -> None:
    for board in read_boards().values():
        assert board.command[0] == board.tool
        assert any("{image}" in part for part in board.command)
        assert len(board.no_bootloader) >= 3
        assert board.install.startswith("sudo apt install ")


def test_image_and_port_are_filled_in() -> None:
    line = flash_line(read_boards()["arduino-mega"], Path("a.hex"), "/dev/ttyACM0")
    assert line[6] == "/dev/ttyACM0"
    assert "flash:w:a.hex:i" in line


REFUSED = [
    ("no image", ["--image", "absent.uf2"], "is not there"),
    ("another kind", ["--image", "other.hex"], "takes a .uf2 image"),
    ("no hash", ["--image", "bare.uf2"], "no hash to check"),
    ("another hash", ["--image", "tuffier.uf2", "--sha256", "00"], "damaged or another file"),
    ("nothing", [], "nothing to write"),
    ("no project", ["--build", "x.uf2"], "no firmware project"),
]


@pytest.mark.parametrize(("name", "options", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused_before_anything_is_touched(
    name: str,  # noqa: ARG001
    options: list[str],
    words: str,
    image: Path,
    tool: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(image.parent)
    Path("other.hex").write_bytes(b"x")
    Path("bare.uf2").write_bytes(b"x")
    assert flash_command(["--board", "pico", *options]) == 2
    assert words in capsys.readouterr().err
    assert not tool.exists()


def test_a_missing_tool_names_its_package(image: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert flash_command(["--board", "pico", "--image", str(image)]) == 2
    assert "sudo apt install picotool" in capsys.readouterr().err


@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
def test_writes_and_asks_the_version(image: Path, tool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SimDevice() as device:
        options = ["--board", "pico", "--image", str(image), "--port", device.port_path]
        assert flash_command([*options, "--dry-run"]) == 0
        assert not tool.exists()
        assert flash_command(options) == 0
    told = capsys.readouterr().out
    assert tool.read_text() == f"load --verify --execute {image}\n"
    assert "device before: 0.1.0" in told
    assert "device after: 0.1.0" in told


@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
def test_a_silent_bootloader_gets_a_list(image: Path, tool: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TOOL_STATUS", "1")
    with SimDevice() as device:
        assert flash_command(["--board", "pico", "--image", str(image), "--port", device.port_path]) == 2
    assert "1. hold BOOTSEL" in capsys.readouterr().err
    assert tool.exists()


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no cross compiler: sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi")
def test_builds_the_reference_firmware_with_its_hash(tmp_path: Path) -> None:
    out = tmp_path / "tuffier.elf"
    assert flash_command(["--board", "lm3s6965", "--build", str(out)]) == 0
    assert check_image(read_boards()["lm3s6965"], out, None)
