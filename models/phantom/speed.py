"""How many frames a second one core renders, stage by stage, in processor time and on the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from edge.catalogue import NO_VIEW, VIEWS
from models.phantom.frame import FrameSpec, Trail, examine, present, render_exam, render_frame, scene_of, shoot
from models.phantom.negatives import WITHOUT_SCAN

T = TypeVar("T")
WARM_UP = 4


class _Clock:
    """Processor and wall seconds by stage."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}

    def run(self, stage: str, work: Callable[[], T]) -> T:
        cpu, wall = time.process_time(), time.perf_counter()
        made = work()
        self.cpu[stage] = self.cpu.get(stage, 0.0) + time.process_time() - cpu
        self.wall[stage] = self.wall.get(stage, 0.0) + time.perf_counter() - wall
        return made


def measured(count: int) -> list[str]:
    """Renders `count` frames, a subject each, ten views and three in ten none. Returns the lines to print."""
    views = (*VIEWS, NO_VIEW, NO_VIEW, NO_VIEW, NO_VIEW)
    for k in range(WARM_UP):
        render_frame(FrameSpec(k, views[k], k))
    clock = _Clock()
    for k in range(count):
        _one(FrameSpec(100 + k, views[k % len(views)], k), clock)
    cpu, wall = sum(clock.cpu.values()), sum(clock.wall.values())
    each = 1000 / count
    lines = [f"{stage:24s} {each * spent:7.1f} ms processor, {each * clock.wall[stage]:7.1f} ms clock" for stage, spent in clock.cpu.items()]
    return [*lines, f"{count} frames: {count / cpu:.1f} a second of processor time, {count / wall:.1f} a second on the clock, one process"]


def _one(spec: FrameSpec, clock: _Clock) -> None:
    exam = clock.run("anatomy, pose, truth", lambda: examine(spec))
    if exam.kind in WITHOUT_SCAN:
        clock.run("screen, video", lambda: render_exam(exam))
        return
    view = spec.view if exam.kind == "view" else NO_VIEW
    scene = scene_of(exam, exam.pose, exam.marks, view=view)
    shot = clock.run("sound, scanner", lambda: shoot(exam, scene, Trail()))
    clock.run("screen, video", lambda: present(exam, scene, shot))
