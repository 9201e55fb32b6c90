"""The main job's own unit under a real systemd: whatever ends it, the device shows words, the service starts again and numbers are back."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from edge.guidance.session import checked
from edge.pipeline import Answer
from edge.record import black_box, recording
from edge.source.sources import BUNDLED
from edge.types import Withheld
from firmware_bridge import wire
from firmware_bridge.sim import SimDevice
from tests.system.living_systemd import CHANGED, Manager, missing, systemd

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev")]

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "tuffier.service"
POINTS = range(43, 97)  # of the demonstration's frames, those that are pointed at and what comes before the first
AGAIN_S = 2.0
PATIENCE = float(os.environ.get("TUFFIER_PATIENCE", "1"))  # factor on AGAIN_S, for a machine that has other work
JOB = """
import sys
from pathlib import Path
import {module} as module
holder = {holder}
meant = holder.{name}
def failing(*given, **named):
    try:
        Path({flag!r}).unlink()
    except FileNotFoundError:
        return meant(*given, **named)
    raise RuntimeError("injected")
holder.{name} = failing
from edge.cli import main
sys.exit(main(sys.argv[1:]))
"""
CASES = [
    ("host", ("edge.board.app", "module", "retimed")),
    ("link", ("firmware_bridge.link", "module.Link", "_listen")),
    ("watcher", ("edge.board.app", "module.Watcher", "_show")),
    ("source", ("edge.board.app", "module", "retimed")),
]


def wait_for(there: Callable[[], object], what: str, within_s: float = 120.0) -> None:
    end = time.monotonic() + within_s
    while not there():
        assert time.monotonic() < end, what
        time.sleep(0.01)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames that are pointed at from the third one on: the time until numbers is the start's own."""
    path, told = tmp_path_factory.mktemp("clip") / "pointed.mcap", recording.session_fields(BUNDLED)
    session = checked(wire.Procedure[str(told["procedure"]).upper()], wire.Side[str(told["side"]).upper()])
    with recording.Recorder(path, told) as recorder:
        for number, one in enumerate(recording.read(BUNDLED)):
            if number in POINTS:
                guidance = Withheld(one.scan.frame_id, one.scan.captured_ns, wire.Reason.STARTING)
                recorder.write(one.frame, Answer(one.scan, one.raw, one.placing, None, guidance), session, clip="a")
    return path


@dataclass(frozen=True)
class Board:
    """The service under systemd, and its device."""

    manager: Manager
    device: SimDevice
    flag: Path
    state: Path

    @property
    def pid(self) -> int:
        """Of the main job, as seen from here."""
        children = Path(f"/proc/{self.manager.pid}/task/{self.manager.pid}/children").read_text().split()
        return next(int(child) for child in children if b"--demo" in Path(f"/proc/{child}/cmdline").read_bytes())

    def cpu_s(self) -> float:
        """What the main job has used since its start: its part of the time that no other work on the machine stretches."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def board(request: pytest.FixtureRequest, clip: Path, tmp_path: Path) -> Iterator[Board]:
    if why := missing():
        pytest.skip(why)
    module, holder, name = request.param
    job, flag = tmp_path / "job.py", tmp_path / "fail"
    job.write_text(JOB.format(module=module, holder=holder, name=name, flag=str(flag)))
    with SimDevice() as device:
        command = f"{sys.executable} {job} run --source recording:{clip} --demo --device {device.port_path}"
        changed = CHANGED.format(command=command, root=ROOT, folder=tmp_path, said=tmp_path / "said")
        with systemd(tmp_path, {"tuffier.service": UNIT.read_text(), "tuffier.service.d/test.conf": changed}) as manager:
            manager.ask("start", "--no-block", "tuffier.service")
            yield Board(manager, device, flag, tmp_path / "state" / "tuffier")


@pytest.mark.parametrize(("name", "board"), CASES, ids=[case[0] for case in CASES], indirect=["board"])
def test_numbers_are_back_after(name: str, board: Board) -> None:
    device = board.device
    asked = board.manager.shown
    wait_for(lambda: device.shown is wire.Shown.DIGITS and asked("tuffier.service", "ActiveState") == "active", "digits")
    restarts, before, killed_s = int(asked("tuffier.service", "NRestarts")), len(device.history()), time.monotonic()
    os.kill(board.pid, signal.SIGKILL) if name == "host" else board.flag.touch()
    wait_for(lambda: any(state.shown is wire.Shown.WORDS for state in device.history()[before:]), "words")
    wait_for(lambda: device.shown is wire.Shown.DIGITS, "numbers again")
    again_s, cpu_s = time.monotonic() - killed_s, board.cpu_s()
    wait_for(lambda: int(asked("tuffier.service", "NRestarts")) == restarts + 1, "one restart")
    history = device.history()
    words = next(after for one, after in pairwise(history) if one.shown is wire.Shown.DIGITS and after.shown is wire.Shown.WORDS)
    assert (words.drawn_ms - words.pointing_ms) & 0xFFFFFFFF <= wire.BLANK_MS
    told = [entry["what"] for entry in black_box.entries(board.state / "black-box") if entry["kind"] == "process"]
    assert sum(what.startswith("starts") for what in told) == 2
    assert name == "host" or any("injected" in what for what in told)
    blank_ms, load = (words.drawn_ms - words.pointing_ms) & 0xFFFFFFFF, os.getloadavg()[0]
    print(f"{name}: words {blank_ms} ms after the last number, numbers again after {again_s:.2f} s ({cpu_s:.2f} s of CPU; load {load:.1f})")
    assert again_s <= AGAIN_S * PATIENCE
