"""phantom:VIEW?... as a source: every view, procedure and kind of none can be had, and what makes no sense is refused with its cure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from edge.catalogue import NO_VIEW, VIEWS
from edge.source import phantom_source
from edge.source.sources import OPENERS, OPTIONS, SourceError, Spec
from edge.types import Frame
from models.phantom import layouts, negatives
from models.phantom.clip import MOTIONS

README = Path(__file__).resolve().parents[3] / "edge" / "README.md"
SHORT = {"seconds": "0.2", "rate": "10", "motion": "hold"}


def frames_of(name: str, options: dict[str, str]) -> list[Frame]:
    (clip,) = OPENERS["phantom"](Spec("phantom", name, SHORT | options))
    frames = list(clip.items)
    assert all(isinstance(frame, Frame) for frame in frames)
    return [frame for frame in frames if isinstance(frame, Frame)]


@pytest.mark.parametrize("name", [*VIEWS, NO_VIEW, "facet", "s1_foramen"])
def test_every_view_can_be_had(name: str) -> None:
    assert len(frames_of(name, {"seed": "3"})) == 2


@pytest.mark.parametrize("kind", negatives.KINDS)
def test_every_kind_of_none_can_be_had(kind: str) -> None:
    assert len(frames_of(NO_VIEW, {"kind": kind})) == 2


def test_options_change_the_picture_and_freeze_stops_it() -> None:
    plain = frames_of("facet", {"faults": "no"})
    for option in ({"seed": "1"}, {"bmi": "44"}, {"probe": "phased"}, {"layout": "ge"}, {"water": "yes"}):
        other = frames_of("facet", {"faults": "no"} | option)
        assert other[0].pixels.shape != plain[0].pixels.shape or (other[0].pixels != plain[0].pixels).any(), option
    moving, frozen = frames_of("facet", {}), frames_of("facet", {"freeze": "0.05"})
    assert (moving[0].pixels != moving[1].pixels).any()
    np.testing.assert_array_equal(frozen[0].pixels, frozen[1].pixels)


REFUSED = [
    ("elbow", {}, "a procedure"),
    ("facet", {"speed": "1"}, "unknown option"),
    ("facet", {"seed": "-1"}, "0 to"),
    ("facet", {"seed": "x"}, "a number"),
    ("facet", {"bmi": "nan"}, "15 to 60"),
    ("facet", {"seconds": "inf"}, "to 3600"),
    ("facet", {"layout": "toaster"}, "one of"),
    ("facet", {"motion": "fly"}, "sweep"),
    ("facet", {"faults": "maybe"}, "yes or no"),
    ("facet", {"kind": "air"}, "phantom:none"),
    (NO_VIEW, {"kind": "moon"}, "one of"),
]


@pytest.mark.parametrize(("name", "options", "told"), REFUSED)
def test_what_makes_no_sense_is_refused(name: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        frames_of(name, options)


def test_the_readme_and_the_parser_know_the_same_options() -> None:
    assert tuple(OPTIONS["phantom"]) == phantom_source.OPTIONS
    text = README.read_text(encoding="utf-8")
    words = [*phantom_source.OPTIONS, *negatives.KINDS, *MOTIONS, *layouts.LAYOUTS]
    part = text[text.index("`phantom:NAME") : text.index("## Coordinates")]
    assert [word for word in words if word not in part] == []
