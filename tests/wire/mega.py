"""The Mega's firmware on an emulated ATmega2560 (simavr): the wire on a pty, or time by the step. Not a test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from core import COMPILER
from pico import PicoBoard

SOURCE = Path(__file__).with_name("atmega2560.c")
HEADERS = Path("/usr/include/simavr")
MISSING = [
    *([] if shutil.which("avr-gcc") else ["avr-gcc: sudo apt install gcc-avr avr-libc"]),
    *([] if (HEADERS / "sim_avr.h").is_file() else ["simavr: sudo apt install libsimavr-dev libelf-dev"]),
    *([] if COMPILER else ["cc: sudo apt install gcc libc6-dev"]),
]


def build_emulator(out: Path) -> Path:
    """From its source beside this file."""
    flags = ("-std=gnu11", "-O2", f"-I{HEADERS}")
    subprocess.run(["cc", *flags, str(SOURCE), "-lsimavr", "-lelf", "-lm", "-o", str(out)], check=True)
    return out


class MegaBoard(PicoBoard):
    """As PicoBoard, which says the same things to another emulator."""

    watchdog_ms = 140
    told_ms = 300  # the change is stored first, and EEPROM is slow

    def __init__(self, emulator: Path, image: Path, folder: Path) -> None:
        super().__init__(image, folder)
        self._emulator = emulator

    def command(self, uart: Path) -> list[str]:
        return [str(self._emulator), str(self._image), str(uart)]

    def hang_address(self) -> int:
        """Where the C library ends a program that returned: interrupts off, and a jump to itself."""
        return flash_of(self._image).index(b"\xf8\x94\xff\xcf")


def flash_of(image: Path) -> bytes:
    """What a .hex puts into flash, from its start."""
    flash, above = bytearray(), 0
    for line in image.read_text().split():
        size, at, kind, content = bytes.fromhex(line[1:])[0], int(line[3:7], 16), int(line[7:9], 16), bytes.fromhex(line[9:-2])
        if kind == 2:
            above = int.from_bytes(content, "big") << 4
        if kind == 0:
            flash.extend(b"\xff" * (above + at + size - len(flash)))
            flash[above + at : above + at + size] = content
    return bytes(flash)
