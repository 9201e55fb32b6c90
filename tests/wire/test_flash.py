"""`tuffier flash`: hash before, version after, a cure for each way to fail. The tool is a script, the device is the simulator."""

from __future__ import annotations

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from core import COMPILER, NO_COMPILER
from test_link import LIMITS, Host, aim, free, locked, wait_for

from firmware_bridge import flash
from firmware_bridge.flash import FlashError, check_image, flash_command, flash_line, read_boards
from firmware_bridge.sim import SimDevice

SIGN = Path(__file__).resolve().parents[2] / "systemd/sign.sh"


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An image in a folder of its own, and a package that holds the hash of it."""
    path = tmp_path / "tuffier.uf2"
    path.write_bytes(b"firmware")
    images = tmp_path / "package"
    images.mkdir()
    (images / "SHA256SUMS").write_text(f"{'0' * 64}  other.hex\n{sha256(b'firmware').hexdigest()}  tuffier-pico.uf2\n")
    monkeypatch.setattr(flash, "IMAGES", images)
    return path


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is there is heard, however busy the machine."""
    for limit in ("ASK_S", "STATUS_S", "RESTART_S"):
        monkeypatch.setattr(flash, limit, 60.0)


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
    ("a hash beside it", ["--image", "beside.uf2"], "damaged or another file"),
    ("another hash", ["--image", "tuffier.uf2", "--sha256", "00"], "damaged or another file"),
    ("nothing", [], "nothing to write"),
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
    Path("beside.uf2").write_bytes(b"x")
    Path("beside.uf2.sha256").write_text(sha256(b"x").hexdigest() + "  beside.uf2\n")
    assert flash_command(["--board", "pico", *options]) == 2
    assert words in capsys.readouterr().err
    assert not tool.exists()


def test_a_missing_tool_names_its_package(image: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert flash_command(["--board", "pico", "--image", str(image)]) == 2
    assert "sudo apt install picotool" in capsys.readouterr().err


@pytest.mark.usefixtures("patient")
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


@pytest.mark.usefixtures("patient")
@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
def test_a_silent_bootloader_gets_a_list(image: Path, tool: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TOOL_STATUS", "1")
    with SimDevice() as device:
        assert flash_command(["--board", "pico", "--image", str(image), "--port", device.port_path]) == 2
    assert "1. hold BOOTSEL" in capsys.readouterr().err
    assert tool.exists()


@pytest.mark.usefixtures("patient")
@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
def test_writes_only_a_bracket_that_is_disarmed_and_unlocked(image: Path, tool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SimDevice() as device:
        options = ["--board", "pico", "--image", str(image), "--port", device.port_path]
        host = Host(device.port_path, LIMITS)
        host.link.start()
        aim(device, LIMITS, -337)
        host.link.stop()
        wait_for(lambda: locked(device), "locked with its host gone")
        assert flash_command(options) == 2
        assert flash_command([*options, "--needle-out"]) == 2, "a device that says LOCKED is believed"
        assert "the bracket is LOCKED, a needle may be in it" in capsys.readouterr().err
        assert not tool.exists()
        free(device)
        assert flash_command(options) == 0
    assert tool.exists()


def test_a_device_that_does_not_answer_is_written_only_after_a_look(image: Path, tool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--board", "pico", "--image", str(image), "--port", "/dev/absent", "--dry-run"]
    assert flash_command(options) == 2
    assert "look, then add --needle-out" in capsys.readouterr().err
    assert flash_command([*options, "--needle-out"]) == 0
    assert not tool.exists()


def test_a_package_s_own_image_is_the_default(image: Path, tool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--board", "pico", "--port", "/dev/absent", "--dry-run", "--needle-out"]
    assert flash_command(options) == 2
    assert "holds no image" in capsys.readouterr().err
    shutil.copy(image, image.parent / "package/tuffier-pico.uf2")
    assert flash_command(options) == 0
    assert "package/tuffier-pico.uf2" in capsys.readouterr().out
    assert not tool.exists()


def test_a_package_without_a_hash_writes_nothing_unless_one_is_stated(image: Path, tool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (image.parent / "package/SHA256SUMS").unlink()
    options = ["--board", "pico", "--image", str(image), "--port", "/dev/absent", "--dry-run", "--needle-out"]
    assert flash_command(options) == 2
    assert "no hash to check" in capsys.readouterr().err
    assert flash_command([*options, "--sha256", sha256(b"firmware").hexdigest()]) == 0
    assert not tool.exists()


def make_key(folder: Path, name: str) -> tuple[Path, Path]:
    """A site's key and certificate."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    kind = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}")
    subprocess.run(["openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return key, certificate


def sign(key: Path, certificate: Path, *files: Path) -> None:
    subprocess.run(["sh", str(SIGN), str(key), str(certificate), *map(str, files)], check=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="sudo apt install openssl")
def test_an_image_that_the_package_does_not_know_is_taken_by_its_signature_alone(tmp_path: Path) -> None:
    """Of a board whose firmware others build. Signed again it has the same bytes; a changed file, another site's key and none are refused."""
    esp32, image, signature = read_boards()["esp32"], tmp_path / "ours.bin", tmp_path / "ours.bin.p7s"
    image.write_bytes(b"firmware")
    (key, site), (other_key, other_site) = make_key(tmp_path, "site"), make_key(tmp_path, "other")
    with pytest.raises(FlashError, match=r"ours.bin.p7s is not beside it; give --sha256"):
        check_image(esp32, image, None, site)
    sign(key, site, image)
    first = signature.read_bytes()
    assert check_image(esp32, image, None, site) == sha256(b"firmware").hexdigest()
    sign(key, site, image)
    assert signature.read_bytes() == first
    with pytest.raises(FlashError, match=r"no signature of it by other\.pem"):
        check_image(esp32, image, None, other_site)
    with pytest.raises(FlashError, match="no certificate"):
        check_image(esp32, image, None, tmp_path / "absent.pem")
    with pytest.raises(FlashError, match="damaged or another file"):
        check_image(esp32, image, "00", site)
    image.write_bytes(b"firmware of another hand")
    with pytest.raises(FlashError, match=r"no signature of it by site\.pem"):
        check_image(esp32, image, None, site)
    sign(other_key, other_site, image)
    with pytest.raises(FlashError, match=r"no signature of it by site\.pem"):
        check_image(esp32, image, None, site)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="sudo apt install openssl")
def test_a_newer_image_than_the_package_s_is_taken_by_its_signature(image: Path, tool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, site = make_key(image.parent, "site")
    newer = image.parent / "newer.uf2"
    newer.write_bytes(b"newer")
    options = ["--board", "pico", "--image", str(newer), "--port", "/dev/absent", "--dry-run", "--needle-out", "--certificate", str(site)]
    assert flash_command(options) == 2
    assert "newer.uf2.p7s is not beside it" in capsys.readouterr().err
    sign(key, site, newer)
    assert flash_command(options) == 0
    assert not tool.exists()


@pytest.mark.parametrize("name", ["lm3s6965", "pico"])
@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no cross compiler: sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi")
def test_builds_a_firmware_and_prints_its_hash(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    board = read_boards()[name]
    out = tmp_path / f"tuffier{board.suffix}"
    assert flash_command(["--board", name, "--build", str(out)]) == 0
    assert check_image(board, out, capsys.readouterr().out.split()[-1])


def test_a_board_without_a_project_is_not_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert flash_command(["--board", "stm32", "--build", str(tmp_path / "x.bin")]) == 2
    assert "no firmware project" in capsys.readouterr().err
