"""What the host makes of a choice at the device: it follows, waits for a side, or says why it cannot."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from edge.board.app import MainLoop, RunPlan
from edge.board.mailbox import Mailbox
from edge.board.terminal import ReadOut
from edge.guidance.session import Needle, checked
from edge.model import runner
from edge.pipeline import Course
from edge.screen.profile import parse
from edge.step import Stated
from firmware_bridge.link import LinkState
from firmware_bridge.wire import Procedure, Side

BRACKET = Needle(pivot_mm=(45.0, -35.0))
CASES = [
    ("no choice", Procedure.NONE, Side.NONE, Needle(), Procedure.FACET, Side.RIGHT, ""),
    ("the other side", Procedure.FACET, Side.LEFT, Needle(), Procedure.FACET, Side.LEFT, ""),
    ("a side still to be chosen", Procedure.MEDIAL_BRANCH, Side.NONE, Needle(), Procedure.FACET, Side.RIGHT, ""),
    ("unsided", Procedure.CAUDAL, Side.NONE, Needle(), Procedure.CAUDAL, Side.NONE, ""),
    ("out of plane", Procedure.S1_FORAMEN, Side.LEFT, Needle(), Procedure.S1_FORAMEN, Side.LEFT, ""),
    ("out of plane with a bracket", Procedure.S1_FORAMEN, Side.LEFT, BRACKET, Procedure.FACET, Side.RIGHT, "s1_foramen is out of plane"),
]


@pytest.mark.parametrize(("name", "procedure", "side", "needle", "then", "then_side", "said"), CASES, ids=[case[0] for case in CASES])
def test_a_choice_at_the_device(
    name: str,  # noqa: ARG001
    procedure: Procedure,
    side: Side,
    needle: Needle,
    then: Procedure,
    then_side: Side,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = runner.load(runner.BUNDLED)
    course = Course(checked(Procedure.FACET, Side.RIGHT, needle), model.manifest)
    link = SimpleNamespace(state=LinkState(procedure=procedure, side=side))
    loop = MainLoop(RunPlan("recording:demonstration", course, Stated(parse("")), True), model.invoke, link, Mailbox(), ReadOut(sys.stdout))  # type: ignore[arg-type]
    for _ in range(2):
        loop._follow_device()
    assert (loop._course.session.procedure, loop._course.session.side) == (then, then_side)
    told = capsys.readouterr().err
    assert told.count("the device asks for") == bool(said)
    assert said in told
