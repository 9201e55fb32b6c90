"""How even the path's time is over many frames, with the other core loaded and a recording running: quantiles, collections, page faults, memory.

    python -m tests.bench.jitter                     # 100,000 frames, ten minutes on an idle machine
    python -m tests.bench.jitter --page 2            # and the page served meanwhile, by its own process, with two browsers' worth of clients
    python -m tests.bench.jitter --page 2 --rate 60  # at a scanner's pace: 28 minutes
    python -m tests.bench.jitter --frames 2000 --no-load

The path runs as in `tuffier run`: the main thread answers frame after frame, a watching thread takes the newest from a side slot, records it and
hands it to the page. A frame is timed from the moment that it is in memory to its bytes for the port. Frames come as fast as they are answered, or
at --rate.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import numpy as np

from edge.board.app import Settled
from edge.board.mailbox import Mailbox
from edge.board.page.child import Child
from edge.board.page.feed.feed import Feed
from edge.board.page.feed.look import Look
from edge.board.port import wire_guidance
from edge.board.terminal import Vitals
from edge.guidance.session import Session
from edge.judge.screens import PROFILE, screens
from edge.model.runner import load
from edge.pipeline import Answer, Course, PathState, answer
from edge.record.recording import Recorder
from edge.screen import watch
from edge.types import Frame, Pointing
from firmware_bridge import framing
from firmware_bridge.wire import Procedure, Side

SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
FRAME_NS = 33_000_000
PICTURES = 8
WARM_FRAMES = 50
SEGMENT_FRAMES = 5_000  # a recording is closed and begun again after so many, so that no disk fills
QUANTILES = {"median": 50.0, "p99": 99.0, "p99_9": 99.9, "worst": 100.0}


class Watching(threading.Thread):
    """Writes the newest answer into a file and hands it to the page, as the board's watcher does."""

    def __init__(self, slot: Mailbox[tuple[Frame, Answer]], session: Session, path: Path, feed: Feed | None) -> None:
        super().__init__(name="watcher", daemon=True)
        self._slot, self._session, self._path, self._feed = slot, session, path, feed
        self._settled = Settled()
        self.stopping = threading.Event()
        self.written = 0

    def run(self) -> None:
        while not self.stopping.is_set():
            with Recorder(self._path, {}) as recorder:
                for _ in range(SEGMENT_FRAMES):
                    taken = self._slot.take(0.1)
                    if taken is not None:
                        self._watch(recorder, *taken)
                    if self.stopping.is_set():
                        return

    def _watch(self, recorder: Recorder, frame: Frame, said: Answer) -> None:
        recorder.write(frame, said, self._session)
        self.written += 1
        self._settled.see(said.scan)
        if self._feed is not None:
            vitals = Vitals(frames=self.written, frames_per_s=0.0, path_ms=0.0, overwritten=0, link="none", live=True, device_screen=())
            self._feed.show(Look(frame, said, self._session, vitals, PROFILE.name))


def spin() -> None:
    """A core that is busy with something else."""
    while True:
        sum(range(10_000))


def browse(port: int, count: int, heard: Synchronized[int]) -> None:
    """Clients in a process of their own, each as a browser has the page open: numbers by WebSocket, acknowledged, and pictures. heard: numbers."""

    # here: what the clients import is not the path's memory
    from tests.bench.page import reading

    def tell() -> None:
        heard.value += 1

    async def all_of_them() -> None:
        await asyncio.gather(*(reading(port, tell) for _ in range(count)))

    asyncio.run(all_of_them())


@contextlib.contextmanager
def served(clients: int) -> Iterator[tuple[Feed | None, Synchronized[int]]]:
    """The page's own process with so many clients, what feeds it, and how many numbers they have heard. None without clients."""
    spawn = multiprocessing.get_context("spawn")
    heard: Synchronized[int] = spawn.Value("q", 0)
    if not clients:
        yield None, heard
        return
    page = Child("127.0.0.1:0")
    feed = Feed(page.socket)
    feed.start()
    browsers = spawn.Process(target=browse, args=(int(page.url.split("#")[0].rstrip("/").rsplit(":", 1)[1]), clients, heard), daemon=True)
    browsers.start()
    try:
        yield feed, heard
    finally:
        browsers.terminate()
        browsers.join()
        feed.stop()
        page.close()


def measured(size: str, frames: int, rate_hz: float, to: Path, feed: Feed | None) -> dict[str, Any]:
    """The quantiles of one size of frame, and what else happened meanwhile."""
    model, session = load(), Session(Procedure.FACET, Side.RIGHT)
    course, pictures, slot = Course(session, model.manifest), screens(SIZES[size], PICTURES), Mailbox[tuple[Frame, Answer]]()
    path = PathState(watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None))
    watching = Watching(slot, session, to, feed)
    watching.start()
    took_ns, pointing = np.zeros(frames, np.int64), 0
    resident_kb: dict[str, int] = {}
    began = resource.getrusage(resource.RUSAGE_SELF), collections()
    due_ns = time.perf_counter_ns()
    for index in range(-WARM_FRAMES, frames):
        if rate_hz:
            due_ns += round(1e9 / rate_hz)
            time.sleep(max(0.0, (due_ns - time.perf_counter_ns()) / 1e9))
        if index == 0:
            began = resource.getrusage(resource.RUSAGE_SELF), collections()
        if index in (0, frames // 10, frames // 2):
            resident_kb[str(index)] = resident()
        at_ns = (index + WARM_FRAMES) * FRAME_NS
        frame = Frame(index + WARM_FRAMES, at_ns, pictures[index % PICTURES])
        start_ns = time.perf_counter_ns()
        path, said = answer(path, frame, course, model.invoke, now_ns=at_ns)
        framing.frame(wire_guidance(said.guidance, session, live=True))
        took_ns[max(0, index)] = time.perf_counter_ns() - start_ns
        pointing += isinstance(said.guidance, Pointing) and index >= 0
        slot.put((frame, said))
    used, after = resource.getrusage(resource.RUSAGE_SELF), collections()
    watching.stopping.set()
    watching.join(10.0)
    found = {name: round(float(np.percentile(took_ns, share)) / 1e6, 4) for name, share in QUANTILES.items()}
    return {
        "ms": found,
        "p99_over_median": round(found["p99"] / found["median"], 3),
        "frames": frames,
        "pointing": pointing,
        "recorded": watching.written,
        "collections": [now - before for now, before in zip(after, began[1], strict=True)],
        "page_faults": {"minor": used.ru_minflt - began[0].ru_minflt, "major": used.ru_majflt - began[0].ru_majflt},
        "switched_away": used.ru_nivcsw - began[0].ru_nivcsw,
        "resident_mb_at_frame": {at: round(kb / 1000, 1) for at, kb in (resident_kb | {str(frames): resident(), "peak": used.ru_maxrss}).items()},
    }


def collections() -> list[int]:
    """How often the garbage collector has run, youngest generation first."""
    return [generation["collections"] for generation in gc.get_stats()]


def resident() -> int:
    """Of this process, in kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.jitter", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--size", choices=list(SIZES), default="640x480")
    parser.add_argument("--rate", type=float, default=0.0, help="frames a second; 0: as fast as they are answered")
    parser.add_argument("--page", type=int, default=0, metavar="CLIENTS", help="serve the page meanwhile to so many clients")
    parser.add_argument("--switch-ms", type=float, default=5.0, help="how long Python lets one thread work while another waits (its default is 5)")
    parser.add_argument("--no-load", action="store_true", help="leave the other core idle")
    options = parser.parse_args()
    sys.setswitchinterval(options.switch_ms / 1000)
    other = multiprocessing.get_context("spawn").Process(target=spin, daemon=True)
    if not options.no_load:
        other.start()
    with tempfile.TemporaryDirectory() as folder, served(options.page) as (feed, heard):
        found = measured(options.size, max(100, options.frames), options.rate, Path(folder) / "jitter.mcap", feed)
        found["clients_heard"] = heard.value
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    print(json.dumps({"size": options.size, **machine, **found}, indent=1))
    if not options.no_load:
        other.terminate()
        other.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
