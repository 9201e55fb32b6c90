"""Bars of greys and colours beside a scan: whose ruler is theirs."""

from __future__ import annotations

import numpy as np
import pytest

from edge.screen.ruler.against import of_a_bar, of_a_histogram
from edge.screen.ruler.ruler import Ruler

MARKS = Ruler(True, 50.0, 100.0, 9, 0.2, 640, 646)
RAMP = np.linspace(250, 12, 401)
COLOURS = 110 + 80 * np.sin(np.arange(401) / 30)
CASES = [
    ("greys from mark to mark", RAMP, 100, 620, True),
    ("colours that come again", COLOURS, 100, 620, True),
    ("one grey", np.full(401, 90.0), 100, 620, False),
    ("half as long", RAMP[::2], 100, 620, False),
    ("above it", RAMP[:200], 20, 620, False),
    ("to black before its end", np.concatenate([RAMP[:300], np.zeros(101)]), 100, 620, False),
    ("far from it", RAMP, 100, 560, False),
]


@pytest.mark.parametrize(("name", "shades", "top", "left", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_bar_that_begins_and_ends_with_a_ruler_is_its_own(name: str, shades: np.ndarray, top: int, left: int, expected: bool) -> None:  # type: ignore[type-arg]
    contrast = np.zeros((720, 800), np.uint8)
    contrast[top : top + shades.size, left : left + 14] = shades[:, None]
    for mark in range(9):
        contrast[100 + 50 * mark, 640:646] = 200
    assert of_a_bar(contrast, MARKS) is expected, name


def test_letters_and_speckle_are_no_bar() -> None:
    contrast = np.random.default_rng(1).integers(0, 255, (720, 800)).astype(np.uint8)
    assert not of_a_bar(contrast, MARKS)
    contrast[:] = 0
    contrast[100:500:4, 650:660] = 200
    assert not of_a_bar(contrast, MARKS)


LENGTHS = [
    ("marks of one length", [8] * 9, False),
    ("every other longer", [8, 16] * 4 + [8], False),
    ("marks of three lengths", [24, 6, 12, 6, 12, 6, 12, 6, 24], False),
    ("two of them run into writing", [8, 8, 40, 8, 8, 8, 8, 55, 8], False),
    ("bars", [12, 55, 33, 20, 44, 61, 27, 39, 17], True),
]


@pytest.mark.parametrize(("name", "lengths", "expected"), LENGTHS, ids=[each[0] for each in LENGTHS])
def test_bars_that_end_anywhere_are_no_rulers_marks(name: str, lengths: list[int], expected: bool) -> None:
    contrast = np.zeros((720, 800), np.uint8)
    for mark, length in enumerate(lengths):
        contrast[99 + 50 * mark : 102 + 50 * mark, 640 : 640 + length] = 200
    assert of_a_histogram(contrast, MARKS) is expected, name
