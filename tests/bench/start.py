"""Time from exec to the first guidance, by parts, in a process of its own each time: wall clock, and what the processor worked of it.

python -m tests.bench.start                # warm, the other core idle
python -m tests.bench.start --loaded       # the other cores busy
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
PARTS = ("imports", "model", "first guidance", "first number")
MOST_FRAMES = 60

CHILD = """
import json, sys, time
marks = []
def mark(): marks.append((time.time() - float(sys.argv[1]), time.process_time()))
import edge.cli, edge.board.run
from edge.commands import run
mark()
from edge.model.runner import load
model = load()
mark()
import numpy as np
from tests.bench.start import path_of
for pointing in path_of(np.load(sys.argv[2]), model):
    if len(marks) == 2: mark()
    if pointing: break
mark()
print(json.dumps(marks))
"""


def path_of(pictures: Any, model: Any) -> Any:
    """Whether each answer points, frame after frame as fast as they are answered."""
    from edge.guidance.session import Session
    from edge.judge.screens import PROFILE
    from edge.pipeline import Course, PathState, answer
    from edge.screen import watch
    from edge.types import Frame, Pointing
    from firmware_bridge.wire import Procedure, Side

    course = Course(Session(Procedure.FACET, Side.RIGHT), model.manifest)
    state = PathState(watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None))
    for index in range(MOST_FRAMES):
        at_ns = index * 33_000_000
        state, said = answer(state, Frame(index, at_ns, pictures[index % len(pictures)]), course, model.invoke, now_ns=at_ns)
        yield isinstance(said.guidance, Pointing)


def started(pictures: Path) -> list[list[float]]:
    """Seconds since exec and of processor time at the end of each part."""
    words = [sys.executable, "-c", CHILD, str(time.time()), str(pictures)]
    made = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found: list[list[float]] = json.loads(made.stdout)
    return found


def spin() -> None:
    """A core that is busy with something else."""
    while True:
        sum(range(10_000))


def main() -> int:
    import numpy as np

    from edge.judge.screens import screens

    parser = argparse.ArgumentParser(prog="python -m tests.bench.start", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--loaded", action="store_true")
    options = parser.parse_args()
    others = [multiprocessing.Process(target=spin, daemon=True) for _ in range((os.cpu_count() or 2) - 1 if options.loaded else 0)]
    for other in others:
        other.start()
    found: dict[str, Any] = {"load": os.getloadavg()[0], "loaded": options.loaded}
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIZES.items():
            path = Path(folder) / f"{name}.npy"
            np.save(path, np.stack(screens(size, 8)))
            started(path)  # whatever was never imported before is compiled now
            runs = [started(path) for _ in range(options.times)]
            found[name] = {
                part: {"since_exec_s": round(median(run[at][0] for run in runs), 3), "processor_s": round(median(run[at][1] for run in runs), 3)}
                for at, part in enumerate(PARTS)
            }
    print(json.dumps(found, indent=1))
    for other in others:
        other.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
