"""Looks that several tests make: what the main job tells page, read-out and recordings of one frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.board.page.feed.look import Look
from edge.board.terminal import Vitals
from edge.guidance.session import Session
from edge.pipeline import Course, PathState, conclude
from edge.types import Frame, Placing
from firmware_bridge.wire import Procedure, Side
from tests.unit import made

SESSION = Session(Procedure.FACET, Side.RIGHT)
VITALS = Vitals(frames=3, frames_per_s=30.0, path_ms=1.0, overwritten=0, link="connected", live=True, device_screen=("FACET",))
PEAKS: dict[str, list[tuple[float, float]]] = {"spinous_process": [(0, 20)], "facet": [(-19, 31), (19, 31)]}


def look(*, frames: int = 4, captured_ns: int = 0) -> Look:
    """After so many agreeing frames; from the third on it points."""
    course = Course(SESSION, made.manifest())
    state, said = PathState(None), None  # type: ignore[arg-type]  # conclude never looks at the screen
    for _ in range(frames):
        state, said = conclude(state, made.scan(captured_ns=captured_ns), made.raw("transverse_facet", PEAKS), Placing(), course, now_ns=captured_ns)
    assert said is not None
    return Look(Frame(0, captured_ns, named_screen()), said, SESSION, VITALS, "auto")


def named_screen() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Grey 60 inside the made scan (20..620 by 10..590), white, as a patient's name is, everywhere else."""
    pixels = np.full((600, 640), 255, np.uint8)
    pixels[10:590, 20:620] = 60
    return pixels
