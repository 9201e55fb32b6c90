"""Debian's chromium without a window, driven over its own pipe (the DevTools protocol, a JSON text and a zero byte each way)."""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage --remote-debugging-pipe"
)
PATIENCE_S = 300
OWN_FD = 20  # above those that the browser's end is moved to


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    moved = fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, OWN_FD), fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, OWN_FD)
    for end in ends:
        os.close(end)
    return moved


class Browser:
    """One tab. close ends the browser that was started here."""

    def __init__(self, program: str, folder: Path) -> None:
        commands, self._to = _pipe()
        self._from, events = _pipe()

        def wired() -> None:
            os.dup2(commands, 3)
            os.dup2(events, 4)

        words = [program, *FLAGS.split(), f"--user-data-dir={folder}", "about:blank"]
        self._job = subprocess.Popen(words, preexec_fn=wired, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(events)
        self._read = b""
        self._last = 0
        self._tab = ""
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self._tab = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command's result; events on the way are passed over. Raises AssertionError where the browser has gone or refuses."""
        self._last += 1
        said = {"id": self._last, "method": method, "params": params} | ({"sessionId": self._tab} if self._tab else {})
        os.write(self._to, json.dumps(said).encode() + b"\0")
        while (reply := self._next()).get("id") != self._last:
            pass
        assert "error" not in reply, reply
        return dict(reply["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            assert select.select([self._from], [], [], PATIENCE_S)[0], f"the browser has said nothing for {PATIENCE_S} s: a question on the page?"
            more = os.read(self._from, 1 << 16)
            assert more, "the browser has gone"
            self._read += more
        text, _, self._read = self._read.partition(b"\0")
        return dict(json.loads(text))

    def open(self, url: str) -> None:
        self.do("Page.navigate", url=url)

    def value(self, script: str) -> Any:
        """What an expression is in the page."""
        return self.do("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def close(self) -> None:
        self._job.terminate()
        self._job.wait(60)
        os.close(self._to)
        os.close(self._from)
