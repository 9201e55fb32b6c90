"""Time per stage, bare invoke beside the whole path in one run, on frames of the demonstration that are pointed from, as JSON.

A benchmark, not a test: ratios carry over, times do not.
"""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from edge.board.port import wire_guidance
from edge.guidance.session import Session
from edge.judge.screens import PROFILE, screens
from edge.model.decode import decode
from edge.model.runner import Model
from edge.model.tensor import to_grid
from edge.pipeline import Answer, Course, PathState, answer, conclude
from edge.screen import watch
from edge.types import Frame, GrayImage, NoScan, Placing, Scan
from firmware_bridge import framing
from firmware_bridge.wire import Procedure, Side

SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
FRAME_PERIOD_NS = 33_000_000
PICTURES = 8
STAGES = ("screen", "tensor", "bare", "invoke", "decode", "behind_model", "wire", "whole", "bare_processor", "whole_processor")


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
    pictures = screens(size_px, PICTURES)
    state = watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None)
    first_fit_ms = _timed(lambda: watch.watch(state, Frame(0, 0, pictures[0])))[0]
    path = PathState(state)
    # the screen is fitted before anything is timed
    for index in range(10):
        frame = Frame(index, index * FRAME_PERIOD_NS, pictures[index % PICTURES])
        path, said = answer(path, frame, course, model.invoke, now_ns=frame.captured_ns)
    if not isinstance(said.scan, Scan) or said.raw is None:
        why = said.scan.reason.name if isinstance(said.scan, NoScan) else said.scan.health.name
        return {"not_measured": why}
    found = _stages(model, course, pictures, path, said, frames)
    rows = {name: _summary(values) for name, values in found.items()}
    return {
        "first_fit_ms": round(first_fit_ms, 3),
        "stages_ms": rows,
        "whole_over_bare": round(rows["whole"]["median"] / rows["bare"]["median"], 3),
        "whole_over_bare_least": round(rows["whole"]["least"] / rows["bare"]["least"], 3),  # what a busy machine disturbs least
        "whole_over_bare_processor": round(rows["whole_processor"]["median"] / rows["bare_processor"]["median"], 3),
        "whole_p99_over_median": round(rows["whole"]["p99"] / rows["whole"]["median"], 3),
    }


def _stages(model: Model, course: Course, pictures: list[GrayImage], path: PathState, said: Answer, frames: int) -> dict[str, list[float]]:
    """Milliseconds of each stage and of the whole, a frame each. said: what the path says of these pictures, measured."""
    scan, raw = said.scan, said.raw
    assert isinstance(scan, Scan)
    assert raw is not None
    found: dict[str, list[float]] = {name: [] for name in STAGES}
    for index in range(10, 10 + frames):
        picture = pictures[index % PICTURES]
        frame = Frame(index, index * FRAME_PERIOD_NS, picture)
        before = path
        # stages and whole in turn, so that a drifting machine drifts for both
        found["screen"].append(_timed(lambda: watch.watch(before.screen, frame))[0])  # noqa: B023 - called at once
        ms, model_input = _timed(lambda: to_grid(picture, scan, model.manifest.grid, mirrored=False))  # noqa: B023
        found["tensor"].append(ms)
        for name, ms in zip(("bare", "bare_processor"), _both(lambda: model.bare(model_input)), strict=True):  # noqa: B023
            found[name].append(ms)
        found["invoke"].append(_timed(lambda: model.invoke(model_input))[0])  # noqa: B023
        found["decode"].append(_timed(lambda: decode(raw, model_input.frame_px_from_grid, model.manifest))[0])  # noqa: B023
        found["behind_model"].append(_timed(lambda: conclude(before, scan, raw, Placing(), course, now_ns=scan.captured_ns))[0])  # noqa: B023
        found["wire"].append(_timed(lambda: framing.frame(wire_guidance(said.guidance, course.session, live=True)))[0])
        start_ns = time.perf_counter_ns(), time.thread_time_ns()
        path, _ = _whole(path, frame, course, model)
        found["whole"].append((time.perf_counter_ns() - start_ns[0]) / 1e6)
        found["whole_processor"].append((time.thread_time_ns() - start_ns[1]) / 1e6)
    return found


def _whole(path: PathState, frame: Frame, course: Course, model: Model) -> tuple[PathState, bytes]:
    """Frame in memory to the bytes for the port."""
    path, said = answer(path, frame, course, model.invoke, now_ns=frame.captured_ns)
    return path, framing.frame(wire_guidance(said.guidance, course.session, live=True))


def _both(call: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds that passed, and that the processor worked for this thread: the second hardly counts what else the machine does."""
    start_ns = time.perf_counter_ns(), time.thread_time_ns()
    call()
    return (time.perf_counter_ns() - start_ns[0]) / 1e6, (time.thread_time_ns() - start_ns[1]) / 1e6


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start_ns = time.perf_counter_ns()
    made = call()
    return (time.perf_counter_ns() - start_ns) / 1e6, made


def _summary(values_ms: list[float]) -> dict[str, float]:
    least, median, p99 = np.percentile(values_ms, (0, 50, 99)).tolist()
    return {"median": round(median, 4), "p99": round(p99, 4), "least": round(least, 4)}
