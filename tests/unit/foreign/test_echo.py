"""The rule by which a landmark of bone counts as seen: its bone must change the greys of the scan there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.catalogue import VIEWS
from models.foreign import echo
from models.foreign.echo import Levels

BEAMS, SAMPLES, MM = 60, 200, 0.4
BEAM, SAMPLE = 30, 100


def scan(*, above: float, bone: float, beneath: float, first: int = 0, last: int = BEAMS, thick_mm: float = 2.0) -> tuple[Levels, Levels]:
    """A scan with a level bone at SAMPLE in the beams from first to last, and the same without it."""
    without = np.full((BEAMS, SAMPLES), above)
    levels = without.copy()
    end = SAMPLE + round(thick_mm / MM)
    levels[first:last, SAMPLE:end], levels[first:last, end:] = bone, beneath
    return levels, without


CASES = [
    ("bright over black", scan(above=0.4, bone=0.8, beneath=0.0), True),
    ("as bright as tissue, over black: the brink shows", scan(above=0.4, bone=0.4, beneath=0.0), True),
    ("as bright as tissue, over haze as bright", scan(above=0.4, bone=0.4, beneath=0.4), False),
    ("a tenth brighter, over haze", scan(above=0.4, bone=0.44, beneath=0.42), False),
    ("a third brighter, over haze", scan(above=0.4, bone=0.54, beneath=0.4), True),
    ("too thick to tell its surface by the brink", scan(above=0.4, bone=0.4, beneath=0.0, thick_mm=8.0), False),
    ("black on black", scan(above=0.0, bone=0.02, beneath=0.0), False),
    ("the end of a bone", scan(above=0.4, bone=0.8, beneath=0.0, first=BEAM), True),
    ("a speck of one beam", scan(above=0.4, bone=0.8, beneath=0.0, first=BEAM, last=BEAM + 1), False),
    ("beside the bone", scan(above=0.4, bone=0.8, beneath=0.0, first=BEAM + 5), False),
]


@pytest.mark.parametrize(("scans", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_bone_is_seen_where_it_changes_the_scan(scans: tuple[Levels, Levels], expected: bool) -> None:
    assert echo.seen(*scans, echo.Place(BEAM, SAMPLE, MM, MM)) is expected


def test_what_lies_in_the_shadow_of_another_bone_is_not_seen() -> None:
    levels, without = scan(above=0.4, bone=0.8, beneath=0.05)
    assert not echo.seen(levels, without, echo.Place(BEAM, SAMPLE + 40, MM, MM))


CLEAR = [
    ("bright over black", scan(above=0.4, bone=0.8, beneath=0.0), True),
    ("no darker than above, over black", scan(above=0.4, bone=0.4, beneath=0.0), True),
    ("dimmer than above, over black", scan(above=0.4, bone=0.36, beneath=0.0), False),
    ("as bright as tissue, over haze as bright", scan(above=0.4, bone=0.4, beneath=0.4), False),
    ("a tenth brighter, over haze", scan(above=0.4, bone=0.44, beneath=0.42), False),
    ("a third brighter, over haze", scan(above=0.4, bone=0.54, beneath=0.4), True),
    ("in the dark beneath a bone, over more dark", scan(above=0.1, bone=0.12, beneath=0.1), False),
]


@pytest.mark.parametrize(("scans", "expected"), [case[1:] for case in CLEAR], ids=[case[0] for case in CLEAR])
def test_an_edge_is_clear_where_it_is_no_dimmer_than_above_and_brighter_than_the_darker_side(scans: tuple[Levels, Levels], expected: bool) -> None:
    assert echo.clear(scans[0], echo.Place(BEAM, SAMPLE, MM, MM)) is expected


DIMS = [
    ("a little dimmer than above, over black", scan(above=0.4, bone=0.3, beneath=0.0), True),
    ("far dimmer than above, over black", scan(above=0.4, bone=0.2, beneath=0.0), False),
    ("dimmer than above, over haze as bright as itself", scan(above=0.4, bone=0.36, beneath=0.34), False),
]


@pytest.mark.parametrize(("scans", "expected"), [case[1:] for case in DIMS], ids=[case[0] for case in DIMS])
def test_an_edge_that_is_not_clear_is_dim_where_it_is_still_an_edge(scans: tuple[Levels, Levels], expected: bool) -> None:
    at = echo.Place(BEAM, SAMPLE, MM, MM)
    assert (echo.clear(scans[0], at, echo.DIM), echo.clear(scans[0], at)) == (expected, False)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_clear_edge_is_at_least_dim(above: float, bone: float, beneath: float) -> None:
    levels, _ = scan(above=above, bone=bone, beneath=beneath)
    at = echo.Place(BEAM, SAMPLE, MM, MM)
    assert echo.clear(levels, at, echo.DIM) or not echo.clear(levels, at)


def test_only_the_points_that_are_not_clear_are_told_as_dim() -> None:
    clear = {"facet": [(1.0, 2.0)], "lamina": [(3.0, 4.0)]}
    dim = {"facet": [(1.0, 2.0), (5.0, 6.0)], "lamina": [(3.0, 4.0)], "tip": [(7.0, 8.0)]}
    assert echo.only_dim(dim, clear) == {"facet": [(5.0, 6.0)], "tip": [(7.0, 8.0)]}


WANTED = [
    ("its target shows", True, 4, False, True),
    ("its target does not show", False, 4, False, False),
    ("it shall hide and does", False, 4, True, True),
    ("it shall hide and does not", True, 4, True, False),
    ("it hides so well that nobody could name the view", False, 1, True, False),
]


@pytest.mark.parametrize(("target", "told", "hidden", "expected"), [case[1:] for case in WANTED], ids=[case[0] for case in WANTED])
def test_a_frame_is_drawn_again_until_its_target_is_as_wanted(target: bool, told: int, hidden: bool, expected: bool) -> None:
    view = "transverse_sacroiliac"
    assert echo.wanted(view, VIEWS[view].landmarks[:told], target=target, hidden=hidden) is expected


@given(st.floats(-20, BEAMS + 20), st.floats(-20, SAMPLES + 20), st.floats(0.05, 3.0), st.floats(0.05, 1.0))
def test_even_tissue_has_no_clear_edge_anywhere(beam: float, sample: float, pitch_mm: float, sample_mm: float) -> None:
    """Beside the scan too."""
    assert not echo.clear(np.full((BEAMS, SAMPLES), 0.5), echo.Place(beam, sample, pitch_mm, sample_mm))


@pytest.mark.parametrize(("left", "right", "expected"), [(True, True, True), (True, False, False), (False, False, False)])
def test_an_opening_is_seen_between_two_bones_that_are(left: bool, right: bool, expected: bool) -> None:
    levels, without = scan(above=0.4, bone=0.4, beneath=0.4)
    for shown, beams in ((left, slice(0, BEAM - 3)), (right, slice(BEAM + 4, BEAMS))):
        if shown:
            levels[beams, SAMPLE : SAMPLE + 5] = 0.8
    assert echo.opening_seen(levels, without, echo.Place(BEAM, SAMPLE, MM, MM)) is expected


@given(st.floats(-20, BEAMS + 20), st.floats(-20, SAMPLES + 20), st.floats(0.05, 3.0), st.floats(0.05, 1.0))
def test_a_scan_without_bone_shows_none_anywhere(beam: float, sample: float, pitch_mm: float, sample_mm: float) -> None:
    """Whatever the tissue, and beside the scan too."""
    tissue = np.random.default_rng(7).uniform(0, 1, (BEAMS, SAMPLES))
    assert not echo.seen(tissue, tissue, echo.Place(beam, sample, pitch_mm, sample_mm))
    assert not echo.opening_seen(tissue, tissue, echo.Place(beam, sample, pitch_mm, sample_mm))
