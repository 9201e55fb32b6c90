"""The path beside what others build from packages, on the same video file, a frame of each in turn: ratios, not times.

    pip install opencv-python-headless        # tuffier's own `video` extra too
    python -m tests.bench.peers --frames 300

- tuffier: `video:`, the whole path (screen, scale, grid, model, landmarks, target, gate), to the bytes for the port.
- opencv, area: cv2.VideoCapture, grey, the scan cut out at a box known beforehand, INTER_AREA to the model's grid, the same model in the same
  runtime, the highest cell of each heatmap. It knows neither scale nor whether the picture is alive, and refuses nothing.
- opencv, linear: the same with cv2's usual INTER_LINEAR, which aliases speckle.
- litert alone: set_tensor and invoke on a grid made beforehand. The bare model: nothing can be ahead of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from edge.board.port import wire_guidance
from edge.guidance.session import Session
from edge.judge.screens import PROFILE, screens
from edge.model.runner import load
from edge.model.tensor import to_grid
from edge.pipeline import Course, PathState, answer
from edge.screen import watch
from edge.source.sources import open_clips
from edge.types import Frame, GrayImage, Pointing, Scan
from firmware_bridge import framing
from firmware_bridge.wire import Procedure, Side

SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
PICTURES = 8
WARM_FRAMES = 20
FRAME_NS = 33_000_000


def filmed(size_px: tuple[int, int], frames: int, path: Path) -> None:
    """The demonstration on a screen as a Motion-JPEG video, as grabbers deliver it."""
    import cv2

    pictures = [cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) for picture in screens(size_px, PICTURES)]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, size_px)
    for index in range(frames):
        video.write(pictures[index % PICTURES])
    video.release()


def tuffier(path: Path) -> Iterator[bool]:
    """The whole path; whether each frame was pointed from."""
    model, session = load(), Session(Procedure.FACET, Side.RIGHT)
    course, state = Course(session, model.manifest), PathState(watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None))
    for clip in open_clips(f"video:{path}"):
        for item in clip.items:
            assert isinstance(item, Frame)
            state, said = answer(state, item, course, model.invoke, now_ns=item.captured_ns)
            framing.frame(wire_guidance(said.guidance, session, live=True))
            yield isinstance(said.guidance, Pointing)


def opencv(path: Path, box: tuple[int, int, int, int], interpolation: int) -> Iterator[Any]:
    """What a first program with OpenCV and the runtime does; where each heatmap is highest."""
    import cv2

    cv2.setNumThreads(1)
    model, video, (left, top, right, bottom) = load(), cv2.VideoCapture(str(path)), box
    network, grid = model.networks[0], model.manifest.grid
    while True:
        told, picture = video.read()
        if not told:
            return
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[top:bottom, left:right]
        small = cv2.resize(grey, (grid.columns, grid.rows), interpolation=interpolation)
        network.run((small ^ np.uint8(0x80)).view(np.int8)[None, :, :, None])
        heatmaps = network.interpreter.get_tensor(network.heatmap_index)[0]
        yield heatmaps.reshape(-1, heatmaps.shape[2]).argmax(axis=0)


def litert(scan: Scan, pictures: list[GrayImage]) -> Iterator[None]:
    """The bare model, for ever."""
    model = load()
    tensors = [to_grid(picture, scan, model.manifest.grid, mirrored=False).tensor for picture in pictures]
    while True:
        for tensor in tensors:
            model.networks[0].run(tensor)
            yield


def measured(size: str, frames: int, folder: Path) -> dict[str, Any]:
    """Median and least ms of each, and its ratio to tuffier's on the same frame: the median, and least over least, which a busy machine disturbs
    least."""
    import cv2

    path, pictures = folder / f"{size}.avi", screens(SIZES[size], PICTURES)
    filmed(SIZES[size], WARM_FRAMES + frames, path)
    scan = scan_of(pictures)
    box = scan.geometry.box_px
    peers: dict[str, Iterator[Any]] = {
        "tuffier": tuffier(path),
        "opencv, area": opencv(path, box, cv2.INTER_AREA),
        "opencv, linear": opencv(path, box, cv2.INTER_LINEAR),
        "litert alone": litert(scan, pictures),
    }
    for _ in range(WARM_FRAMES):
        pointing, *_ = [next(peer) for peer in peers.values()]
    took = np.array([[timed(lambda: next(peer)) for peer in peers.values()] for _ in range(frames)])  # noqa: B023 - called at once
    middle, least, ratio = np.median(took, axis=0), took.min(axis=0), np.median(took / took[:, :1], axis=0)
    figures = {"ms": middle, "least_ms": least, "over_tuffier": ratio, "over_tuffier_least": least / least[0]}
    rows = {kind: {name: round(float(value), 3) for name, value in zip(peers, values, strict=True)} for kind, values in figures.items()}
    return {"pointing": bool(pointing), **rows}


def scan_of(pictures: list[GrayImage]) -> Scan:
    """Where the scan is on these pictures, as the path reads it."""
    state = watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None)
    for index, picture in enumerate(pictures):
        state, scan = watch.watch(state, Frame(index, index * FRAME_NS, picture))
    assert isinstance(scan, Scan)
    return scan


def timed(call: Callable[[], Any]) -> float:
    start_ns = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - start_ns) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {size: measured(size, options.frames, Path(folder)) for size in SIZES}
    versions = {name: metadata.version(name) for name in ("opencv-python-headless", "ai-edge-litert", "av", "numpy")}
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    print(json.dumps({**machine, "versions": versions, "frames": options.frames, "sizes": found}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
