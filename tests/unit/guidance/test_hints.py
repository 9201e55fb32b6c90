"""A withheld frame's words: what this frame says of itself, and the cure where it has none of its own."""

from __future__ import annotations

import pytest

from edge.guidance.session import Session
from edge.pipeline import Course, PathState, conclude
from edge.types import NoScan, Placing, Withheld
from firmware_bridge.wire import Procedure, Reason, Side
from tests.unit import made

SAID = [
    ("nothing said", Reason.SCALE_UNKNOWN, "", "no depth scale: show the ruler, or run tuffier calibrate"),
    ("something said", Reason.SCALE_UNKNOWN, "the ruler's digits are not read", "the ruler's digits are not read; or run tuffier calibrate"),
    ("the cure said", Reason.SCALE_UNKNOWN, "no ruler: run tuffier calibrate", "no ruler: run tuffier calibrate"),
    ("another reason", Reason.NO_SIGNAL, "no signal: black", "no signal: black"),
]


@pytest.mark.parametrize(("name", "reason", "hint", "said"), SAID)
def test_the_words_of_a_withheld_frame(name: str, reason: Reason, hint: str, said: str) -> None:
    course = Course(Session(Procedure.FACET, Side.RIGHT), made.manifest())
    _, answer = conclude(PathState(None), NoScan(1, 0, reason, hint), None, Placing(), course, now_ns=0)  # type: ignore[arg-type]  # no screen is looked at
    assert isinstance(answer.guidance, Withheld)
    assert answer.guidance.hint == said, name
