"""Writes a .uf2 onto the drive that a Raspberry Pi Pico's boot ROM shows while BOOTSEL is held: for a computer without picotool.

Rule 1: a drive is what its own INFO_UF2.TXT says, not what it is called. Rule 2: all is written and forced out before anybody says so; the ROM
restarts into it by itself, and the drive goes with that. One that stays took nothing. Source: RP2040 datasheet, 2.8.4 (USB mass storage interface).
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

INFO = "INFO_UF2.TXT"
BY_LABEL = Path("/dev/disk/by-label")
FILE_SYSTEM = "vfat"
POLL_S = 0.1


class DriveError(RuntimeError):
    """The drive is not there, is another board's, or took nothing; the text names the cure."""


@contextlib.contextmanager
def opened(named: Path | None, board_id: str) -> Iterator[Path]:
    """The drive's folder: a mounted one, or a device that is mounted for so long. None: the one of that label. Raises DriveError."""
    place = BY_LABEL / board_id if named is None else named
    if place.is_block_device():
        with _mounted(place) as folder:
            yield checked(folder, board_id)
    elif place.is_dir():
        yield checked(place, board_id)
    else:
        raise DriveError(f"{place} is not there: hold BOOTSEL while plugging the board in, until the drive {board_id} appears")


def checked(folder: Path, board_id: str) -> Path:
    """Rule 1. Raises DriveError."""
    try:
        said = (folder / INFO).read_text(errors="replace")
    except OSError as error:
        raise DriveError(f"{folder} is no board's drive, it holds no {INFO}: give the drive that appeared with BOOTSEL held") from error
    found = re.search(r"^Board-ID:\s*(\S+)", said, re.MULTILINE)
    if found is None or found[1] != board_id:
        whose = found[1] if found else "a board without a name"
        raise DriveError(f"{folder} is the drive of {whose}, not {board_id}: this image is for another chip")
    return folder


@contextlib.contextmanager
def _mounted(device: Path) -> Iterator[Path]:
    # a mount that somebody's desktop made is theirs: this one is of its own, and every write goes out at once
    with tempfile.TemporaryDirectory(prefix="tuffier-bootsel-") as folder:
        command = ["mount", "-t", FILE_SYSTEM, "-o", "sync,nosuid,nodev,noexec", str(device), folder]
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            raise DriveError(f"{device} cannot be opened: run it with sudo, or give the folder where it is mounted")
        try:
            yield Path(folder)
        finally:
            # lazily: the chip has gone from under it
            subprocess.run(["umount", "-l", folder], check=False, capture_output=True)


def write(folder: Path, image: Path) -> None:
    """Rule 2, as far as this side knows. Raises DriveError."""
    content, done = image.read_bytes(), 0
    try:
        with (folder / image.name).open("wb", buffering=0) as out:
            while done < len(content):
                done += out.write(content[done:])
            os.fsync(out.fileno())
    except OSError as error:
        # the last block restarts the chip: what fails behind it (fsync, close) is the drive going
        if done < len(content):
            why = f"the drive took {done} of {len(content)} bytes ({error.strerror})"
            raise DriveError(f"{why}: plug the board in again with BOOTSEL held") from error


def await_gone(folder: Path, timeout_s: float) -> None:
    """The chip restarts into what it took. Raises DriveError."""
    end_s = time.monotonic() + timeout_s
    while _answers(folder):
        if time.monotonic() > end_s:
            raise DriveError("the drive took the image and is still there: the chip did not start from it; plug it in again with BOOTSEL held")
        time.sleep(POLL_S)


def _answers(folder: Path) -> bool:
    """Asked of the drive itself where it can be: a page that was read before would still be there."""
    try:
        with (folder / INFO).open("rb") as opened_info:
            os.posix_fadvise(opened_info.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return bool(opened_info.read(1))
    except OSError:
        return False
