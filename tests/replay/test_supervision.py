"""The end of any thread is the end of the process: words at the device, the reason said, and numbers again when it is started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge.record import black_box
from firmware_bridge import wire
from firmware_bridge.sim import SimDevice
from tests.replay import clips
from tests.replay.clips import DEADLINE_S, wait_for

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev")

JOB = """
import sys
from pathlib import Path
import {module} as module
holder = {holder}
meant = holder.{name}
def failing(*given, **named):
    if Path(sys.argv[1]).exists():
        raise RuntimeError("injected")
    return meant(*given, **named)
holder.{name} = failing
from edge.cli import main
sys.exit(main(sys.argv[2:]))
"""
CASES = [
    ("link", ("firmware_bridge.link", "module.Link", "_listen")),
    ("watcher", ("edge.board.app", "module.Watcher", "_show")),
    ("source", ("edge.board.app", "module", "retimed")),
    ("host", ("edge.board.app", "module", "retimed")),
]


@pytest.fixture(scope="module")
def soon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.soon(tmp_path_factory.mktemp("soon") / "soon.mcap")


def start(device: SimDevice, clip: Path, state: Path, flag: Path, place: tuple[str, str, str]) -> subprocess.Popen[str]:
    module, holder, name = place
    program = JOB.format(module=module, holder=holder, name=name)
    command = [sys.executable, "-c", program, str(flag), "run", "--demo", "--source", f"recording:{clip}", "--device", device.port_path]
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize(("name", "place"), CASES, ids=[case[0] for case in CASES])
def test_a_thread_that_ends_ends_the_process_and_the_device_shows_words(name: str, place: tuple[str, str, str], soon: Path, tmp_path: Path) -> None:
    flag = tmp_path / "fail"
    with SimDevice() as device:
        job = start(device, soon, tmp_path, flag, place)
        wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits")
        job.send_signal(signal.SIGKILL) if name == "host" else flag.write_text("")
        _, errors = job.communicate(timeout=DEADLINE_S)
        wait_for(lambda: device.shown is wire.Shown.WORDS, "words")
        words = next(after for before, after in zip(device.history(), device.history()[1:], strict=False)
                     if before.shown is wire.Shown.DIGITS and after.shown is wire.Shown.WORDS)  # fmt: skip
        # a busy machine lets the simulated device look late: it had digits still when it looked before
        assert words.drawn_ms - words.turn_ms - words.pointing_ms <= wire.BLANK_MS
        if name != "host":
            assert job.returncode == 1
            assert f"{name}: " in errors
            assert "injected" in errors
            assert any("injected" in entry.get("what", "") for entry in black_box.entries(tmp_path / "tuffier" / "black-box"))
        flag.unlink(missing_ok=True)
        again = start(device, soon, tmp_path, flag, place)
        try:
            wait_for(lambda: device.shown is wire.Shown.DIGITS, "numbers again")
            # asked while it runs: at its end it waits five seconds for a slow disk, no longer
            wait_for(lambda: starts(tmp_path) == 2, "both starts in the black box")
        finally:
            again.send_signal(signal.SIGINT)
            again.communicate(timeout=DEADLINE_S)


def starts(state: Path) -> int:
    told = [entry["what"] for entry in black_box.entries(state / "tuffier" / "black-box") if entry["kind"] == "process"]
    return sum(what.startswith("starts") for what in told)
