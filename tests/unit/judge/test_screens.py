"""What benchmarks show the path is what a clinician would hold: every frame is read, found and pointed from, so that every stage does its work."""

from __future__ import annotations

import pytest

from edge.guidance.session import Session
from edge.judge.screens import PROFILE, screens
from edge.model.runner import load
from edge.pipeline import Course, PathState, answer
from edge.screen import watch
from edge.types import Frame, Pointing, Scan
from firmware_bridge.wire import Procedure, Side

FRAME_NS = 33_000_000


@pytest.mark.parametrize("size_px", [(640, 480), (1920, 1080)])
def test_a_benchmarks_frames_are_pointed_from(size_px: tuple[int, int]) -> None:
    model, pictures = load(), screens(size_px, 8)
    course = Course(Session(Procedure.FACET, Side.RIGHT), model.manifest)
    state = PathState(watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None))
    for index, picture in enumerate([*pictures, *pictures]):
        state, said = answer(state, Frame(index, index * FRAME_NS, picture), course, model.invoke, now_ns=index * FRAME_NS)
        assert isinstance(said.guidance, Pointing) or index < 8
    assert isinstance(said.scan, Scan)
    assert said.scan.scale_source == "ruler"
