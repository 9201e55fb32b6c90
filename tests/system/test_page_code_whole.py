"""From `tuffier monitor` on a LAN to a code on the device's glass: held at the device, read off its pixels, and opened."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from firmware_bridge import wire
from firmware_bridge.sim import SimDevice

ROOT = Path(__file__).resolve().parents[2]
ZBAR = shutil.which("zbarimg")
pytestmark = [
    pytest.mark.skipif(ZBAR is None, reason="sudo apt install zbar-tools"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev"),
]


def until(seen: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.fixture
def device() -> Iterator[SimDevice]:
    with SimDevice() as device:
        yield device


@pytest.fixture
def url(device: SimDevice, tmp_path: Path) -> Iterator[str]:
    """The page's address, on all addresses of this machine, before a scanner that is switched off."""
    (tmp_path / "black").mkdir()
    for number in range(30):
        Image.new("L", (640, 480)).save(tmp_path / "black" / f"{number:03}.png")
    words = ["monitor", "--source", f"images:{tmp_path / 'black'}", "--device", device.port_path, "--demo", "--page", "0.0.0.0:0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([sys.executable, "-m", "edge.cli", *words], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        yield next(line for line in job.stdout if line.startswith("page: ")).removeprefix("page: ").strip()
        job.terminate()


def read_off(device: SimDevice, folder: Path) -> str:
    Image.open(io.BytesIO(device.picture())).save(folder / "glass.png")
    told = subprocess.run([str(ZBAR), "--quiet", "--raw", str(folder / "glass.png")], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def test_who_stands_at_the_device_opens_the_page(device: SimDevice, url: str, tmp_path: Path) -> None:
    until(lambda: "NO SIGNAL" in "".join(device.screen_lines()), "nobody scans")
    for _ in range(20):  # again where the host was too slow, on a busy machine
        before = len(device.history())
        device.tell("press procedure")
        until(lambda: any(drawn.shown is wire.Shown.QUESTION for drawn in device.history()[before:]), "the question")  # noqa: B023
        device.tell("release procedure")
        until(lambda: device.shown is not wire.Shown.QUESTION, "an answer, or none")
        if device.shown is wire.Shown.CODE:
            break
    assert read_off(device, tmp_path) == url
    place, _, token = url.partition("#")
    asked = urllib.request.Request(f"{place}metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=60) as page:
        assert page.status == 200
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file() and path.name != "token"]
    assert kept
    assert not any(token.encode() in path.read_bytes() for path in kept), "the token is kept in no record"
