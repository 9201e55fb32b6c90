"""Designs of screens that the phantom does not draw: what is read is right, and all but what nobody could read is."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

from models.phantom.look import PLAIN_LOOK
from tests.system.other_screens import DESIGNS, content_of, judged

WITHHELD = frozenset({
    "_no_unit", "_target_depth", "_calipers", "_zoomed", "_colour_bar", "_side_by_side", "_areas", "_menu", "_menu_alone", "_frequencies",
    "_sliders", "_histogram", "_header",
})  # fmt: skip
CASES = [pytest.param(design, number, id=f"{design.__name__[1:]}-{number}") for number, design in enumerate(DESIGNS)]


@pytest.mark.parametrize(("design", "number"), CASES)
def test_a_design(design, number) -> None:  # type: ignore[no-untyped-def]
    answer = judged(design(content_of(number % 3, PLAIN_LOOK)))
    assert not answer.startswith("wrong")
    assert (answer != "right") == (design.__name__ in WITHHELD)
