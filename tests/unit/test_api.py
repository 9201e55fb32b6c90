"""`import edge` as a Python program uses it: the path's own answers, and a cure for whatever it is told or given wrongly."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import edge
from edge.api import LEAST_PX, grey_of
from edge.guidance.session import checked
from edge.judge.replay import replay
from edge.model import runner
from edge.pipeline import Course
from edge.record.recording import Recorded
from edge.screen.profile import AUTO
from edge.source.sources import Clip, open_clips
from edge.step import Stated
from edge.types import Frame, ScreenLeft
from firmware_bridge.wire import Procedure, Side

README = Path(__file__).resolve().parents[2] / "docs" / "developer.md"
PICTURES = 60, 72
GREY = np.full((64, 96), 40, np.uint8)


@pytest.fixture(scope="module")
def clip() -> Clip:
    """The bundled recording's scans as pictures of their own, without a ruler."""
    found = next(open_clips("recording:demonstration?from=frames"))
    scans = [item.frame.pixels for item in islice(found.items, *PICTURES) if isinstance(item, Recorded) and item.frame is not None]
    return Clip("scans", False, ScreenLeft.UNKNOWN, [Frame(number, number * 33_000_000, pixels) for number, pixels in enumerate(scans)])


def a_guide() -> edge.Guide:
    return edge.Guide("facet", side="right", screen_left="patient_left", mm_per_px=0.155)


def pictures(clip: Clip) -> list[np.ndarray[Any, Any]]:
    return [item.pixels for item in clip.items if isinstance(item, Frame)]


def replayed(clip: Clip) -> list[edge.Guidance]:
    model = runner.load()
    course = Course(checked(Procedure.FACET, Side.RIGHT), model.manifest)
    return [said.guidance for _, said in replay(iter([clip]), course, model.invoke, Stated(AUTO, (0.155, 0.155), ScreenLeft.PATIENT_LEFT))]


def test_a_guide_answers_as_a_replay_does(clip: Clip) -> None:
    guide = a_guide()
    times = [item.captured_ns for item in clip.items if isinstance(item, Frame)]
    answers = [guide.push(picture, captured_ns=captured_ns) for picture, captured_ns in zip(pictures(clip), times, strict=True)]
    assert answers == replayed(clip)
    assert any(isinstance(said, edge.Pointing) for said in answers)
    assert guide.answer is not None
    assert guide.answer.guidance == answers[-1]


def test_a_still_is_answered_as_a_clip_of_one_frame_is(clip: Clip) -> None:
    guide = a_guide()
    one = pictures(clip)[0]
    turns = [Frame(0, turn * 33_000_000, one) for turn in range(5)]
    assert guide.still(one) == replayed(Clip("still", True, ScreenLeft.UNKNOWN, turns))[-1]


def test_a_pillow_picture_is_turned_as_it_says_and_lies_over_black() -> None:
    seen = np.arange(64 * 96, dtype=np.int64).reshape(64, 96).astype(np.uint8)
    turned = Image.fromarray(seen).transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6
    assert np.array_equal(grey_of(turned), seen)
    half = np.where(np.arange(96) < 48, np.uint8(0), np.uint8(255)) * np.ones((64, 1), np.uint8)
    over = grey_of(Image.merge("LA", (Image.fromarray(seen), Image.fromarray(half))))
    assert np.array_equal(over, np.where(half == 0, 0, seen))
    with pytest.raises(edge.GuideError, match="wholly transparent"):
        grey_of(Image.merge("LA", (Image.fromarray(seen), Image.new("L", (96, 64)))))


def test_a_restart_forgets_all_pictures(clip: Clip) -> None:
    guide = a_guide()
    first = [guide.push(picture) for picture in pictures(clip)]
    guide.restart()
    assert [guide.push(picture) for picture in pictures(clip)] == first


def test_grey_rgb_and_pillow_pictures_are_the_same_to_it(clip: Clip) -> None:
    grey = pictures(clip)[0]
    for image in (grey[..., None], np.dstack([grey] * 3), np.asfortranarray(grey), Image.fromarray(grey), Image.fromarray(grey).convert("RGBA")):
        assert np.array_equal(grey_of(image), grey)


def test_a_picture_is_kept_when_its_buffer_is_filled_anew() -> None:
    buffer = GREY.copy()
    kept = grey_of(buffer)
    buffer[:] = 0
    assert np.array_equal(kept, GREY)


WRONG_PICTURES = [
    ("sixteen bits", GREY.astype(np.uint16) << 8, r"uint16, not uint8: .*>> 8"),
    ("floats", GREY / 255, r"float64, not uint8: .*\* 255"),
    ("half floats", GREY.astype(np.float16), r"float16, not uint8: .*\* 255"),
    ("whole numbers", GREY.astype(np.int64), r"int64, not uint8: .*astype"),
    ("signed bytes", GREY.astype(np.int8), r"int8, not uint8: push grey levels"),
    ("a mask", GREY > 0, r"bool, not uint8: a mask is no picture"),
    ("complex", GREY.astype(complex), r"complex128, not uint8: push a numpy array"),
    ("a path", "frame.png", r"not uint8: push a numpy array or a Pillow image"),
    ("nothing", None, r"object, not uint8: push a numpy array"),
    ("a Pillow picture of 16 bits", Image.fromarray(GREY.astype(np.uint16)), r"uint16, not uint8"),
    ("alpha", np.dstack([GREY] * 4), r"shape \(64, 96, 4\).*\[\.\.\., :3\]"),
    ("channels first", np.stack([GREY] * 3), r"shape \(3, 64, 96\).*moveaxis"),
    ("a batch", np.zeros((2, 64, 96, 3), np.uint8), r"one by one"),
    ("a row", GREY[0], r"one whole picture"),
    ("a thumbnail", GREY[:8], r"96x8 pixels: push the scanner's whole screen"),
    ("an empty one", GREY[:0], r"96x0 pixels"),
]


@pytest.mark.parametrize(("name", "image", "says"), WRONG_PICTURES, ids=[case[0] for case in WRONG_PICTURES])
def test_a_wrong_picture_is_refused_with_its_cure(name: str, image: Any, says: str) -> None:  # noqa: ARG001
    with pytest.raises(edge.GuideError, match=says):
        grey_of(image)


WRONG_WORDS: list[tuple[str, dict[str, Any], str]] = [
    ("a procedure misspelt", {"procedure": "facett", "side": "left"}, r"did you mean 'facet'\? There are .*caudal"),
    ("no side", {"procedure": "facet"}, r"side='left' or side='right', the patient's"),
    ("another side", {"procedure": "facet", "side": "both"}, r"side 'both'"),
    ("another left", {"procedure": "facet", "side": "left", "screen_left": "left"}, r"screen_left 'left': it can be patient_left"),
    ("no scale", {"procedure": "caudal", "mm_per_px": 0.0}, r"mm_per_px 0\.0: it must lie from 0\.005 to 2"),
    ("a scale without end", {"procedure": "caudal", "mm_per_px": (0.2, float("nan"))}, r"it must lie from"),
    ("a scale of three", {"procedure": "caudal", "mm_per_px": (0.2, 0.2, 0.2)}, r"one number, or \(x, y\)"),
    ("a scale in words", {"procedure": "caudal", "mm_per_px": "fine"}, r"one number, or \(x, y\)"),
    ("no such profile", {"procedure": "caudal", "profile": "nobody"}, r"neither a file .* nor a shipped profile \(auto, butterfly"),
    ("no such model", {"procedure": "caudal", "model": "/nowhere/model.tflite"}, r"/nowhere/model\.tflite"),
    ("another approach", {"procedure": "caudal", "approach": "sideways"}, r"'in_plane' or 'out_of_plane'"),
]


@pytest.mark.parametrize(("name", "words", "says"), WRONG_WORDS, ids=[case[0] for case in WRONG_WORDS])
def test_a_wrong_word_is_refused_with_its_cure(name: str, words: dict[str, Any], says: str) -> None:  # noqa: ARG001
    with pytest.raises(edge.GuideError, match=says):
        edge.Guide(**words)


def test_time_does_not_run_back_within_a_clip() -> None:
    guide = edge.Guide("caudal")
    guide.push(GREY, captured_ns=2)
    with pytest.raises(edge.GuideError, match=r"restart\(\)"):
        guide.push(GREY, captured_ns=1)


def test_a_picture_that_comes_too_late_is_withheld(clip: Clip) -> None:
    guide = a_guide()
    answers = [guide.push(picture, captured_ns=0, now_ns=300_000_000) for picture in pictures(clip)]
    assert all(isinstance(said, edge.Withheld) for said in answers)
    assert answers[-1] == edge.Withheld(len(answers) - 1, 0, edge.Reason.TOO_OLD, "the picture arrives too late")


SIDES = st.integers(LEAST_PX, 80)
GUIDE = edge.Guide("caudal", screen_left="cranial", mm_per_px=0.3)


@settings(max_examples=40, deadline=None)
@given(st.tuples(SIDES, SIDES).flatmap(lambda shape: arrays.arrays(np.uint8, shape)))
def test_no_picture_raises_and_none_of_noise_is_pointed_from(image: np.ndarray[Any, Any]) -> None:
    assert isinstance(GUIDE.push(image), edge.Withheld)
    assert isinstance(GUIDE.still(image), edge.Withheld)


def test_importing_it_loads_nothing() -> None:
    code = "import sys, edge; dir(edge); print([name for name in sys.modules if name.split('.')[0] in ('numpy', 'PIL', 'edge', 'models')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "['edge']\n"


def test_it_names_what_it_has() -> None:
    assert [name for name in edge.__all__ if not hasattr(edge, name)] == []
    with pytest.raises(AttributeError, match=r"has no attribute 'guide': it has .*Guide"):
        edge.guide  # type: ignore[attr-defined]  # noqa: B018


def test_the_readmes_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, str(README), "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert all(re.match(r"[\d.]+ mm deep|[A-Z_]+: ", line) for line in lines)
    assert any("mm deep" in line for line in lines)
