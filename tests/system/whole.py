"""The real main job with its page's own process and the simulated device behind a name that can be unplugged. Not a test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from edge.guidance.session import checked
from edge.pipeline import Answer
from edge.record import recording
from edge.source.sources import BUNDLED
from edge.types import Withheld
from firmware_bridge import wire
from firmware_bridge.sim import SimDevice

ROOT = Path(__file__).resolve().parents[2]
POINTS = range(43, 97)  # of the demonstration's frames, those that are pointed at and what comes before the first


def write_clip(path: Path, numbers: range = POINTS) -> None:
    """Some of the demonstration's frames as a recording of their own."""
    told = recording.session_fields(BUNDLED)
    session = checked(wire.Procedure[str(told["procedure"]).upper()], wire.Side[str(told["side"]).upper()])
    with recording.Recorder(path, told) as recorder:
        for number, one in enumerate(recording.read(BUNDLED)):
            if number in numbers:
                guidance = Withheld(one.scan.frame_id, one.scan.captured_ns, wire.Reason.STARTING)
                recorder.write(one.frame, Answer(one.scan, one.raw, one.placing, None, guidance), session, clip="a")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Whole:
    """`tuffier monitor` in a folder of its own. url has the token; main job and page are separate processes, as on a board."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.clip, self._device_name = folder / "clip.mcap", folder / "device"
        self.port = free_port()
        self.url = ""
        self.device: SimDevice | None = None
        self.job: subprocess.Popen[str] | None = None
        self._words = words
        write_clip(self.clip)

    def plug(self) -> SimDevice:
        self.device = SimDevice().start()
        self._device_name.unlink(missing_ok=True)
        self._device_name.symlink_to(self.device.port_path)
        return self.device

    def unplug(self) -> None:
        if self.device is not None:
            self.device.close()

    def start(self) -> None:
        words = ["monitor", "--source", f"recording:{self.clip}", "--device", str(self._device_name), "--demo", "--page", f"127.0.0.1:{self.port}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(self.folder / "state"), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "edge.cli", *words, *self._words]
        with (self.folder / "errors").open("a") as errors:
            self.job = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self.job.stdout is not None
        said = next((line for line in self.job.stdout if line.startswith("page: ")), "")
        assert said, (self.folder / "errors").read_text()
        self.url = said.removeprefix("page: ").strip()

    def send(self, number: signal.Signals) -> None:
        """To the main job alone: the page's process hears of it as it would on a board."""
        assert self.job is not None
        self.job.send_signal(number)

    def kill(self) -> None:
        """At once, and until its page has followed it."""
        assert self.job is not None
        self.job.kill()
        self.job.wait()
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)):
                    return
            time.sleep(0.1)
        raise AssertionError("the page outlives its main job")

    def close(self) -> None:
        if self.job is not None:
            self.job.send_signal(signal.SIGCONT)
            self.job.terminate()
            try:
                self.job.wait(60)
            finally:
                self.job.kill()
                assert self.job.stdout is not None
                self.job.stdout.close()
        self.unplug()
