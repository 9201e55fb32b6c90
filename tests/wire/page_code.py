"""The page's code as a reader of codes sees it. Not a test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from core import Table
from PIL import Image

ZBAR = shutil.which("zbarimg")
NO_ZBAR = "sudo apt install zbar-tools"
ADDRESS = "http://192.168.100.123:8642/#AbCdEfGhIjKlMnOpQrStUvWx"  # as long as one may be
Bits = Sequence[Sequence[bool]]  # (height, width), True: lit


def bits_of(hexed: str) -> list[list[bool]]:
    """The 128 x 64 pixels of the table's answer."""
    drawn = bytes.fromhex(hexed)
    return [[bool(drawn[16 * y + x // 8] >> (7 - x % 8) & 1) for x in range(128)] for y in range(64)]


def glass(table: Table) -> list[list[bool]]:
    return bits_of(table.ask("glass"))


def read_code(bits: Bits, folder: Path) -> str:
    """What zbar reads off a display, photographed straight on and four times as large; "" for no code."""
    picture = Image.new("L", (128, 64))
    picture.putdata([255 if bit else 0 for row in bits for bit in row])
    picture.resize((512, 256), Image.Resampling.NEAREST).save(folder / "glass.png")
    told = subprocess.run([str(ZBAR), "--quiet", "--raw", str(folder / "glass.png")], capture_output=True, text=True, check=False)
    return told.stdout.rstrip("\n")
