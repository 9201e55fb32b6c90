"""Time per stage, bare invoke beside the whole path in one run, as JSON. A benchmark, not a test: ratios carry over, times do not."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from edge.board.port import wire_guidance
from edge.guidance.session import Session
from edge.model.decode import decode
from edge.model.runner import Model
from edge.model.tensor import to_grid
from edge.pipeline import Answer, Course, PathState, answer, conclude
from edge.screen import profile as profiles
from edge.screen import watch
from edge.types import Frame, GrayImage, NoScan, Placing, Scan, ScreenLeft
from firmware_bridge import framing
from firmware_bridge.wire import Procedure, Side

SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
FRAME_PERIOD_NS = 33_000_000


def bench(model: Model, *, frames: int) -> dict[str, Any]:
    """Median and 99th percentile in ms of each stage, for each size of frame."""
    return {
        "machine": {"python": platform.python_version(), "machine": platform.machine(), "runtime": model.runtime},
        "model": {"name": model.manifest.name, "version": model.manifest.version},
        "frames": frames,
        "sizes": {name: _one_size(model, size, frames) for name, size in SIZES.items()},
        "resident_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1),
    }


def _one_size(model: Model, size_px: tuple[int, int], frames: int) -> dict[str, Any]:
    course = Course(Session(Procedure.FACET, Side.RIGHT), model.manifest)
    pictures = [synthetic(size_px, seed) for seed in range(8)]
    mm_per_px = 100.0 / size_px[1]
    state = watch.fresh(profiles.AUTO, stated_mm_per_px=(mm_per_px, mm_per_px), stated_screen_left=ScreenLeft.PATIENT_LEFT)
    first_fit_ms = _timed(lambda: watch.watch(state, Frame(0, 0, pictures[0])))[0]
    path = PathState(state)
    # the screen is fitted before anything is timed
    for index in range(10):
        path, said = answer(path, Frame(index, index * FRAME_PERIOD_NS, pictures[index % 8]), course, model.invoke, now_ns=index * FRAME_PERIOD_NS)
    if not isinstance(said.scan, Scan) or said.raw is None:
        why = said.scan.reason.name if isinstance(said.scan, NoScan) else said.scan.health.name
        return {"not_measured": why}
    found = _stages(model, course, pictures, path, said, frames)
    rows = {name: _summary(values) for name, values in found.items()}
    return {
        "first_fit_ms": round(first_fit_ms, 3),
        "stages_ms": rows,
        "whole_over_invoke": round(rows["whole"]["median"] / rows["invoke"]["median"], 3),
        "whole_p99_over_median": round(rows["whole"]["p99"] / rows["whole"]["median"], 3),
    }


def _stages(
    model: Model, course: Course, pictures: list[GrayImage], path: PathState, said: Answer, frames: int
) -> dict[str, list[float]]:
    """Milliseconds of each stage and of the whole, a frame each. said: what the path says of these pictures, measured."""
    scan, raw = said.scan, said.raw
    assert isinstance(scan, Scan)
    assert raw is not None
    found: dict[str, list[float]] = {name: [] for name in ("screen", "tensor", "invoke", "decode", "behind_model", "wire", "whole")}
    for index in range(10, 10 + frames):
        picture = pictures[index % 8]
        frame = Frame(index, index * FRAME_PERIOD_NS, picture)
        before = path
        # stages and whole in turn, so that a drifting machine drifts for both
        found["screen"].append(_timed(lambda: watch.watch(before.screen, frame))[0])  # noqa: B023 - called at once
        ms, model_input = _timed(lambda: to_grid(picture, scan, model.manifest.grid, mirrored=False))  # noqa: B023
        found["tensor"].append(ms)
        found["invoke"].append(_timed(lambda: model.invoke(model_input))[0])  # noqa: B023
        found["decode"].append(_timed(lambda: decode(raw, model_input.frame_px_from_grid, model.manifest))[0])  # noqa: B023
        found["behind_model"].append(_timed(lambda: conclude(before, scan, raw, Placing(), course, now_ns=scan.captured_ns))[0])  # noqa: B023
        found["wire"].append(_timed(lambda: framing.frame(wire_guidance(said.guidance, course.session, live=True)))[0])
        ms, (path, _) = _timed(lambda: _whole(path, frame, course, model))  # noqa: B023
        found["whole"].append(ms)
    return found


def _whole(path: PathState, frame: Frame, course: Course, model: Model) -> tuple[PathState, bytes]:
    """Frame in memory to the bytes for the port."""
    path, said = answer(path, frame, course, model.invoke, now_ns=frame.captured_ns)
    return path, framing.frame(wire_guidance(said.guidance, course.session, live=True))


def synthetic(size_px: tuple[int, int], seed: int) -> GrayImage:
    """A speckled rectangle on a black screen: something for the screen stage to find, not anatomy."""
    width, height = size_px
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width), np.uint8)
    left, right = width // 5, width - width // 5
    depth = np.linspace(1.0, 0.4, height - 20)[:, None]
    speckle = rng.rayleigh(45.0, (height - 20, right - left)) * depth + 8
    picture[10 : height - 10, left:right] = np.clip(speckle, 0, 255).astype(np.uint8)
    return picture


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start_ns = time.perf_counter_ns()
    made = call()
    return (time.perf_counter_ns() - start_ns) / 1e6, made


def _summary(values_ms: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(values_ms)), 4), "p99": round(float(np.percentile(values_ms, 99)), 4)}
