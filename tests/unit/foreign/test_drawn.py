"""What holds of the renderers that draw whole pictures by seed: the same seed draws the same one, and its truth is of its form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.source.truth import parse
from models.foreign import renderer_of
from models.foreign.foreign_frame import ForeignFrame

SEEDS = range(8)
Frames = dict[str, list[ForeignFrame]]


@pytest.fixture(scope="module", params=["outlines", "densities"])
def drawn(request: pytest.FixtureRequest) -> tuple[str, Frames]:
    """A renderer's name and its frames by view."""
    render = renderer_of(request.param)
    return request.param, {view: [render(seed, view) for seed in SEEDS] for view in (*VIEWS, NO_VIEW)}


@pytest.mark.parametrize("view", [*VIEWS, NO_VIEW])
def test_the_same_seed_gives_the_same_bytes(view: str, drawn: tuple[str, Frames]) -> None:
    name, frames = drawn
    again = renderer_of(name)(3, view)
    assert again.pixels.tobytes() == frames[view][3].pixels.tobytes()
    assert again.truth == frames[view][3].truth
    assert frames[view][3].pixels.tobytes() != frames[view][4].pixels.tobytes()


@pytest.mark.parametrize("view", VIEWS)
def test_truth_is_of_its_form_inside_the_scan_and_in_order(view: str, drawn: tuple[str, Frames]) -> None:
    for frame in drawn[1][view]:
        line = parse({"frame": "a.png", **json.loads(json.dumps(frame.truth))})
        left, top, right, bottom = frame.scan_box_px
        assert frame.pixels.dtype == np.uint8
        assert set(line.landmarks) <= set(VIEWS[view].landmarks)
        assert view in PLANS[line.procedure].views
        for name, points in line.landmarks.items():
            assert len(points) <= (2 if name in VIEWS[view].paired else 1)
            assert [x for x, _ in points] == sorted(x for x, _ in points)
            assert all(left <= x < right and top <= y < bottom for x, y in points)


def test_none_has_no_landmarks(drawn: tuple[str, Frames]) -> None:
    for frame in drawn[1][NO_VIEW]:
        assert (frame.truth["procedure"], frame.truth["side"], frame.truth["target"]) == (None, None, None)
        assert frame.truth["landmarks"] == {}
