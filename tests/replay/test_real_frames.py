"""Real frames through the same path without special cases: every frame answered, and nothing pointed at where there is no spine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from numpy.typing import NDArray

from edge.catalogue import PLANS, VIEWS
from edge.guidance.session import Session, is_sagittal
from edge.judge.replay import replay
from edge.judge.score import score_folder
from edge.model import runner
from edge.pipeline import Course, Invoke
from edge.screen import profile, reading
from edge.screen.area import scan_area
from edge.source.sources import open_clips, pictures_in
from edge.source.truth import FILE_NAME
from edge.step import Stated
from edge.types import Pointing, ScreenLeft
from firmware_bridge.wire import Procedure, Side

pytestmark = pytest.mark.real_frames
SCALES_MM_PER_PX = (0.05, 0.10, 0.20, 0.30)
FEW_REFUSED = 0.05


@pytest.fixture(scope="module")
def model() -> runner.Model:
    return runner.load()


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A pure function of a picture, and of what else it is given, that works once for each: a still is shown five times, at four scales, from two
    sides. What it was given is kept with the answer, so that an id stays its own."""
    known: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def asked(pixels: NDArray[Any], *more: Any) -> Any:
        key = (sha256(pixels.tobytes()).digest(), pixels.shape, *(each if isinstance(each, int | float) else id(each) for each in more))
        if key not in known:
            known[key] = more, function(pixels, *more)
        return known[key][1]

    return asked


@pytest.fixture(scope="module")
def invoke(model: runner.Model) -> Iterator[Invoke]:
    """The model for many looks at the same stills. The screen's two long steps are remembered as well."""
    infer = remembered(lambda tensor, turn: model.invoke(SimpleNamespace(tensor=tensor, turn=turn)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan_area, "find_area", remembered(scan_area.find_area))
        patch.setattr(reading, "look", remembered(reading.look))
        yield lambda given: infer(given.tensor, given.turn)


def answers(source: str, model: runner.Model, stated: Stated) -> list[Any]:
    course = Course(Session(Procedure.FACET, Side.RIGHT), model.manifest)
    return [said for _, said in replay(open_clips(source), course, model.invoke, stated)]


def test_the_butterfly_video_is_answered_frame_by_frame(real_frames: Path, model: runner.Model) -> None:
    pytest.importorskip("av")
    said = answers(f"video:{real_frames}/ruler/butterfly_phantom.mp4", model, Stated(profile.AUTO, screen_left=ScreenLeft.PATIENT_LEFT))
    assert len(said) == 369
    assert [answer.guidance.frame_id for answer in said] == list(range(369))


def test_the_sweep_reaches_the_model_in_every_frame(real_frames: Path, model: runner.Model) -> None:
    said = answers(f"images:{real_frames}/spine_phantom/clarius_sweep", model, Stated(profile.AUTO, (0.2, 0.2), ScreenLeft.PATIENT_LEFT))
    assert len(said) == 199
    # a stated scale leaves only the picture's own trouble to withhold for
    assert sum(answer.raw is not None for answer in said) >= 190


def survey(folder: Path, scratch: Path, model: runner.Model, invoke: Invoke, left: ScreenLeft, procedures: list[Procedure]) -> dict[str, Any]:
    """Every picture of a folder as a still clip of view none, at each stated scale, for both sides of each procedure."""
    rows = [
        {
            "frame": str(path), "clip": f"{path.name} {scale}", "captured_ns": 0, "subject": path.name, "view": "none",
            "procedure": None, "side": None, "screen_left": left.value, "mm_per_px": [scale, scale], "origin_px": None,
            "landmarks": {}, "target": None,
        }
        for path in pictures_in(folder)
        for scale in SCALES_MM_PER_PX
    ]  # fmt: skip
    (scratch / FILE_NAME).write_text("\n".join(json.dumps(row) for row in rows))
    return score_folder(
        scratch, manifest=model.manifest, invoke=invoke, profile=profile.AUTO, procedures=procedures, scale_from_truth=True
    )


@pytest.mark.parametrize("left", [ScreenLeft.PATIENT_LEFT, ScreenLeft.CRANIAL])
def test_nothing_is_pointed_at_where_there_is_no_spine(
    real_frames: Path, tmp_path: Path, model: runner.Model, invoke: Invoke, left: ScreenLeft, capsys: pytest.CaptureFixture[str]
) -> None:
    sagittal = left is ScreenLeft.CRANIAL
    procedures = [procedure for procedure, plan in PLANS.items() if is_sagittal(plan) == sagittal or procedure is Procedure.CAUDAL]
    figures = survey(real_frames / "negatives", tmp_path, model, invoke, left, procedures)
    with capsys.disabled():
        print(f"\nnegatives, {left.value} left, views seen: {figures['views']['seen']}")
    # a scale at which a picture's face is no probe's is refused: a few of the smallest pictures
    withheld = figures["views"]["withheld_before_the_model"]
    assert withheld <= FEW_REFUSED * figures["frames"], "a frame withheld before the model proves nothing"
    shown = {name: found["shown"] for name, found in figures["procedures"].items()}
    assert shown == dict.fromkeys(shown, 0)


def test_every_view_is_some_procedures() -> None:
    assert {view for plan in PLANS.values() for view in plan.views} == set(VIEWS)


def test_a_folder_without_truth_is_one_clip_and_answered(real_frames: Path, model: runner.Model) -> None:
    said = answers(f"images:{real_frames}/negatives", model, Stated(profile.AUTO, (0.1, 0.1), ScreenLeft.PATIENT_LEFT))
    assert len(said) == 34
    assert not any(isinstance(answer.guidance, Pointing) for answer in said)
