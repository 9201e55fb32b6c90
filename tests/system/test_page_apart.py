"""The two units under a real systemd, and the page asked from another network: with its token it answers, without it tells nothing.

Nothing of this machine's network is touched: the board has a network namespace of its own, the asker another, and one cable (veth) lies between them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge.sim import SimDevice
from tests.system.asking import TO_A_STRANGER, asked, statuses
from tests.system.living_systemd import CHANGED, Manager, missing, systemd
from tests.system.whole import write_clip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="no ip: sudo apt install iproute2"),
]
ROOT = Path(__file__).resolve().parents[2]
BOARD, ASKER, PORT = "10.25.0.1", "10.25.0.2", 8642


@dataclass(frozen=True)
class Apart:
    """The board, and somebody on the other end of its cable."""

    manager: Manager
    asker: int
    folder: Path

    def asked(self, *token: str) -> dict[str, tuple[int, str]]:
        return asked(self.asker, f"http://{BOARD}:{PORT}", *token)

    def doctor(self) -> str:
        """What it says on the board itself."""
        words = ["nsenter", f"--target={self.manager.pid}", "--net", "--mount", "--pid", sys.executable, "-m", "edge.cli", "doctor"]
        words += ["--config", str(self.folder / "tuffier.toml")]
        # in another mount namespace the folder that it was started in counts no more
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=300).stdout


def until(true: Callable[[], object], what: str, within_s: float = 120.0) -> None:
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s, what
        time.sleep(0.1)


def cable(board: int, asker: int) -> None:
    """One end for each, with its address."""
    within = {pid: ["nsenter", f"--target={pid}", "--net", "ip"] for pid in (board, asker)}
    told = [
        (asker, "link add there type veth peer name here"), (asker, f"link set here netns {board}"),
        *((pid, f"addr add {address}/30 dev {name}") for pid, name, address in ((board, "here", BOARD), (asker, "there", ASKER))),
        *((pid, f"link set {name} up") for pid, name in ((board, "here"), (asker, "there"), (board, "lo"))),
    ]  # fmt: skip
    for pid, words in told:
        subprocess.run([*within[pid], *words.split()], check=True, timeout=20)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    if why := missing():
        pytest.skip(why)
    clip, config = tmp_path / "clip.mcap", tmp_path / "tuffier.toml"
    write_clip(clip)
    with SimDevice() as device:
        config.write_text(
            f'[source]\nsource = "recording:{clip}"\n[device]\ndevice = "{device.port_path}"\ndemo = true\n[monitor]\npage = "0.0.0.0:{PORT}"\n'
        )
        units = {}
        for name, command in (("tuffier", "run"), ("tuffier-page", "page")):
            words = f"{sys.executable} -m edge.cli {command} --config {config}"
            units[f"{name}.service"] = (ROOT / "systemd" / f"{name}.service").read_text()
            units[f"{name}.service.d/test.conf"] = CHANGED.format(command=words, root=ROOT, folder=tmp_path, said=tmp_path / f"said-{name}")
        asker = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        try:
            with systemd(tmp_path, units, network=False) as manager:
                until(lambda: Path(f"/proc/{asker.pid}/comm").read_text() == "sleep\n", "the asker")
                cable(manager.pid, asker.pid)
                for name in ("tuffier-page", "tuffier"):
                    manager.ask("start", "--no-block", f"{name}.service")
                yield Apart(manager, asker.pid, tmp_path)
        finally:
            asker.kill()
            asker.wait()


def said(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("said*")))


def test_another_machine_needs_the_token(apart: Apart) -> None:
    place = apart.folder / "state" / "tuffier-page" / "token"
    until(place.exists, said(apart.folder))
    token = place.read_text().strip()
    assert place.stat().st_mode & 0o777 == 0o600

    def answers() -> bool:
        try:
            return apart.asked()["/healthz"] == (200, "ok\n")
        except subprocess.CalledProcessError:
            return False

    until(answers, said(apart.folder))
    assert statuses(apart.asked()) == TO_A_STRANGER
    assert statuses(apart.asked("another")) == TO_A_STRANGER
    assert apart.asked(token)["/"][0] == 200
    # the main job's own numbers, over the units' socket, out of a unit that has no network
    until(lambda: "\ntuffier_frames_total " in apart.asked(token)["/metrics"][1], "frames")
    assert apart.manager.shown("tuffier.service", "PrivateNetwork") == "yes"
    until(lambda: apart.asked(token)["/picture"][0] == 200, "a picture")
    told = apart.doctor()
    assert f"http://{BOARD}:{PORT}/#{token}" in told, told
