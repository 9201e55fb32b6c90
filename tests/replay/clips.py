"""Short clips of the demonstration for live runs, which take as long as their clip, and what waits for such a run. Not a test."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.record import recording
from edge.source import sources

DEADLINE_S = 60.0  # for what is waited for
PROGRAM_S = 300.0  # for a whole program on a machine that has other work
SOON_NS, END_NS = 2_900_000_000, 10_000_000_000


def soon(path: Path) -> Path:
    """The demonstration from its end of the search on: it points after half a second and then for seven."""
    path.write_bytes(recording.copied([sources.BUNDLED], from_ns=SOON_NS))
    return path


def brief(path: Path) -> Path:
    """The demonstration's last two seconds."""
    path.write_bytes(recording.copied([sources.BUNDLED], from_ns=END_NS))
    return path


def wait_for(there: Callable[[], object], what: str = "", *, within_s: float = DEADLINE_S) -> None:
    """Until it is there, and no longer."""
    end = time.monotonic() + within_s
    while not there():
        assert time.monotonic() < end, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.01)


@contextmanager
def started(words: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A job whose lines, standard error among them, are read with heard(); it is ended with the block."""
    job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield job
    finally:
        job.kill()
        job.communicate(timeout=DEADLINE_S)


def heard(job: subprocess.Popen[str], words: str) -> list[str]:
    """What the job says up to the first line with these words."""
    assert job.stdout is not None
    said: list[str] = []
    late = threading.Timer(PROGRAM_S, job.kill)
    late.start()
    try:
        for line in job.stdout:
            said.append(line)
            if words in line:
                return said
    finally:
        late.cancel()
    raise AssertionError(f"the job ended, or was ended after {PROGRAM_S:.0f} s, and did not say {words!r}: {''.join(said)}")
