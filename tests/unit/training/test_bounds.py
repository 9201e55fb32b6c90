"""What the training command is told wrong it says before it renders anything; without torch."""

from __future__ import annotations

import pytest

from edge.catalogue import VIEWS
from models.training.bounds import BOUNDS, refuse_unusable

USUAL = {name: least for name, (least, _) in BOUNDS.items()} | {"views": ",".join(VIEWS)}
WRONG = [
    ("train_frames", 199, "--train-frames 199: it must lie from 200 to 500000"),
    ("steps", -1, "--steps -1: it must lie from 0"),
    ("seed", -1, "--seed -1"),
    ("none_share", 1.5, "--none-share 1.5: it must lie from 0 to 1"),
    ("workers", 0, "--workers 0"),
    ("rate", float("nan"), "--rate nan"),
    ("drawn_first", 9_999_999, "--drawn-first 9999999: it must lie from 1e+07"),
    ("views", "", "--views ''"),
    ("views", "transverse_facet,elbow", "--views 'elbow': it can be"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_a_number_out_of_its_bounds_is_named(name: str, value: object, says: str) -> None:
    refuse_unusable(USUAL)
    with pytest.raises(ValueError) as caught:
        refuse_unusable(USUAL | {name: value})
    assert says in str(caught.value)


OVERLAPS = [(10_999_000, False), (10_999_001, True), (11_050_000, True), (11_099_999, True), (11_100_000, False)]


@pytest.mark.parametrize(("first", "overlaps"), OVERLAPS)
def test_no_drawn_frame_teaches_that_calibrates(first: int, overlaps: bool) -> None:
    options = USUAL | {"drawn_first": first, "drawn_frames": 1000}
    if not overlaps:
        refuse_unusable(options)
        return
    with pytest.raises(ValueError, match=f"--drawn-first {first}, to {first + 999}: seeds 11000000 to 11099999"):
        refuse_unusable(options)
