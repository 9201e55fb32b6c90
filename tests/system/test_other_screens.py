"""Designs of screens that the phantom does not draw: what is read is right, and all but what nobody could read is."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

from tests.system.other_screens import DESIGNS, content_of, judged

UNREADABLE = frozenset({"_no_unit"})
CASES = [pytest.param(design, number, id=f"{design.__name__[1:]}-{number}") for number, design in enumerate(DESIGNS)]


@pytest.mark.parametrize(("design", "number"), CASES)
def test_a_design(design, number) -> None:  # type: ignore[no-untyped-def]
    answer = judged(design(content_of(number % 3)))
    assert answer == ("ruler without a unit" if design.__name__ in UNREADABLE else "right")
