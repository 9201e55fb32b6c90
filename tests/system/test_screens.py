"""Whole screens that were once read wrong or not at all: where a scale is stated, the origin is right or not given."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

from tests.system.screens import measure, off

CASES = [
    ("a face behind compression's blocks", 23000134, True),
    ("an apex 2.6 mm off for such blocks", 23000302, True),
    ("a date above a fan passed for its face", 23100380, True),
    ("a piece of a flat face passed for an arc", 23100233, False),
    ("panels and all, along the rim, for the picture", 38000171, False),
    ("the whole screen between a video's bars", 23100259, True),
]


@pytest.mark.parametrize(("name", "seed", "given"), CASES, ids=[case[0] for case in CASES])
def test_an_origin_is_right_or_not_given(name: str, seed: int, given: bool) -> None:
    line = measure(seed)
    assert line["stated"]["given"] is given, name
    assert not off(line["stated"])
    assert not given or line["iou"] >= 0.98
