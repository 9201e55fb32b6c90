"""A Pico's drive: a folder or a FAT file system with what its boot ROM shows, and a thread that takes the image as the ROM does. No chip."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from core import COMPILER, NO_COMPILER

from firmware_bridge import bootsel, flash
from firmware_bridge.flash import flash_command
from firmware_bridge.sim import SimDevice

INFO = "UF2 Bootloader v2.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n"
MISSING = [program for program in ("mkfs.vfat", "mcopy", "mke2fs", "debugfs", "losetup") if shutil.which(program) is None]


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An image that the package knows."""
    path = tmp_path / "tuffier-pico.uf2"
    path.write_bytes(os.urandom(51_200))
    images = tmp_path / "package"
    images.mkdir()
    (images / "SHA256SUMS").write_text(f"{flash.sha256(path.read_bytes()).hexdigest()}  tuffier-pico.uf2\n")
    monkeypatch.setattr(flash, "IMAGES", images)
    return path


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    folder = tmp_path / "RPI-RP2"
    folder.mkdir()
    (folder / bootsel.INFO).write_text(INFO)
    return folder


@contextmanager
def rom(drive: Path, size: int, goes: Callable[[], object]) -> Iterator[list[bytes]]:
    """The boot ROM: once it has the whole image it restarts, and its drive is gone."""
    took: list[bytes] = []
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.01):
            for path in drive.glob("*.uf2"):
                if path.stat().st_size == size:
                    took.append(path.read_bytes())
                    goes()
                    return

    chip = threading.Thread(target=run, name="boot ROM")
    chip.start()
    try:
        yield took
    finally:
        ended.set()
        chip.join(60)


@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
def test_the_drive_takes_the_image_and_the_version_is_asked_afterwards(
    image: Path, drive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for limit in ("ASK_S", "STATUS_S", "RESTART_S"):
        monkeypatch.setattr(flash, limit, 60.0)
    size = image.stat().st_size
    with SimDevice() as device:
        options = ["--board", "pico", "--image", str(image), "--port", device.port_path, "--drive", str(drive)]
        assert flash_command([*options, "--dry-run"]) == 0
        assert sorted(path.name for path in drive.iterdir()) == [bootsel.INFO]
        with rom(drive, size, lambda: drive.rename(drive.with_name("gone"))) as took:
            assert flash_command(options) == 0
    assert took == [image.read_bytes()]
    told = capsys.readouterr().out
    assert f"drive RPI-RP2: {size} bytes written" in told
    assert "device after: 0.1.0" in told


REFUSED: list[tuple[str, dict[str, str], list[str], str]] = [
    ("a needle may be in its guide", {"INFO_UF2.TXT": INFO}, [], "look, then add --needle-out"),
    ("somebody's stick", {"holiday.jpg": ""}, ["--needle-out"], "is no board's drive"),
    ("a newer chip's", {"INFO_UF2.TXT": INFO.replace("RPI-RP2", "RP2350")}, ["--needle-out"], "is the drive of RP2350, not RPI-RP2"),
    ("a name in another line", {"INFO_UF2.TXT": "Model: Board-ID: RPI-RP2\n"}, ["--needle-out"], "a board without a name"),
    ("another image", {"INFO_UF2.TXT": INFO}, ["--needle-out", "--sha256", "00"], "damaged or another file"),
]


@pytest.mark.parametrize(("name", "files", "words", "why"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_drive_that_is_not_the_board_s_gets_nothing(
    name: str,  # noqa: ARG001
    files: dict[str, str],
    words: list[str],
    why: str,
    image: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    for file, content in files.items():
        (folder / file).write_text(content)
    options = ["--board", "pico", "--image", str(image), "--port", "/dev/absent", "--drive", str(folder)]
    assert flash_command([*options, *words]) == 2
    assert why in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)


def test_no_drive_is_told_with_what_to_do(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bootsel, "BY_LABEL", tmp_path / "by-label")
    assert flash_command(["--board", "pico", "--image", str(image), "--needle-out", "--drive"]) == 2
    assert "by-label/RPI-RP2 is not there: hold BOOTSEL while plugging the board in" in capsys.readouterr().err
    mega = image.with_suffix(".hex")
    mega.write_bytes(b"x")
    assert flash_command(["--board", "arduino-mega", "--image", str(mega), "--sha256", flash.sha256(b"x").hexdigest(), "--drive"]) == 2
    assert "arduino-mega shows no drive" in capsys.readouterr().err


def test_a_drive_that_stays_or_is_full_took_nothing(image: Path, drive: Path) -> None:
    bootsel.write(drive, image)
    with pytest.raises(bootsel.DriveError, match="still there: the chip did not start"):
        bootsel.await_gone(drive, 0.05)
    (drive / "full").mkdir()
    (drive / "full" / image.name).symlink_to("/dev/full")
    with pytest.raises(bootsel.DriveError, match=r"took 0 of 51200 bytes \(No space left"):
        bootsel.write(drive / "full", image)


def fat(disk: Path, info: Path) -> None:
    subprocess.run(["mkfs.vfat", "-n", "RPI-RP2", str(disk)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", str(disk), str(info), "::"], check=True)


def ext4(disk: Path, info: Path) -> None:
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(info.parent), str(disk)], check=True)


# a kernel without FAT mounts the same way what it has
FILE_SYSTEMS = {
    "vfat": (fat, ["mcopy", "-n", "-i", "DISK", "::tuffier-pico.uf2", "-"]),
    "ext4": (ext4, ["debugfs", "-R", "cat /tuffier-pico.uf2", "DISK"]),
}


@pytest.mark.skipif(bool(MISSING) or os.geteuid() != 0, reason=f"needs root, and: {', '.join(MISSING) or 'nothing more'}")
@pytest.mark.parametrize("kind", FILE_SYSTEMS)
def test_a_device_is_mounted_written_through_and_left(kind: str, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind not in Path("/proc/filesystems").read_text():
        pytest.skip(f"this kernel has no {kind}")
    make, read = FILE_SYSTEMS[kind]
    monkeypatch.setattr(bootsel, "FILE_SYSTEM", kind)
    disk, info = tmp_path / "disk", tmp_path / "content" / bootsel.INFO
    info.parent.mkdir()
    info.write_text(INFO)
    disk.write_bytes(bytes(4 << 20))
    make(disk, info)
    done = subprocess.run(["losetup", "--find", "--show", str(disk)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no loop device: {done.stderr}")
    loop = done.stdout.strip()
    try:
        with bootsel.opened(Path(loop), "RPI-RP2") as folder:
            bootsel.write(folder, image)
            # before it is left: forced out means on the disk now
            found = subprocess.run([part.replace("DISK", str(disk)) for part in read], check=True, capture_output=True).stdout
        assert found == image.read_bytes()
        assert not folder.exists()
        assert loop not in Path("/proc/mounts").read_text()
    finally:
        subprocess.run(["losetup", "--detach", loop], check=True)


def test_what_is_cut_behind_the_last_byte_is_the_drive_going(image: Path, drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(bootsel.os, "fsync", gone)
    bootsel.write(drive, image)
    assert (drive / image.name).read_bytes() == image.read_bytes()
