"""Drawings of the ten views: shipped, small, whole, and still what the command makes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from edge.catalogue import DRAWINGS, VIEWS
from models.phantom import drawings

MADE = ("transverse_facet", "paramedian_oblique", "transverse_sacral_hiatus")  # one of each kind of probe and plane: all take seconds


def texts(content: str) -> list[str]:
    return [str(each.text) for each in ElementTree.fromstring(content).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_small_drawing_that_names_its_target(view: str) -> None:
    content = (DRAWINGS / f"{view}.svg").read_text(encoding="utf-8")
    assert len(content) < drawings.MOST_BYTES
    said = texts(content)
    assert said[0] == view.replace("_", " ")
    assert "target" in said
    assert "synthetic phantom" in said
    assert {"patient's left", "cranial"} & set(said)
    assert set(said) & {name.replace("_", " ") for name in VIEWS[view].landmarks}
    assert "script" not in content


@pytest.mark.parametrize("view", MADE)
def test_the_command_still_makes_what_is_shipped(view: str) -> None:
    """Not the same bytes: JPEG coders differ. The same words, and about the same size."""
    made, shipped = drawings.drawing_of(view), (DRAWINGS / f"{view}.svg").read_text(encoding="utf-8")
    assert texts(made) == texts(shipped)
    assert 0.8 < len(made) / len(shipped) < 1.25


def test_no_drawing_is_left_of_a_view_that_is_gone() -> None:
    assert {path.stem for path in Path(DRAWINGS).glob("*.svg")} == set(VIEWS)
    assert set(drawings.SUBJECTS) == set(VIEWS)
