"""How wide a fan's columns are: told by its edges to a fraction of a percent, with an uncertainty that holds; or not told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from edge.screen import profile, watch
from edge.screen.area import columns
from edge.screen.area.columns import Told, made_by_chains, settled, told_by_arcs
from edge.types import ScanGeometry
from tests.unit.screens import Drawn, Grey, draw, inside_of

FAN = Drawn(rows=960, columns=1280, convex=(640.0, -60.0, 260.0, 900.0, 33.0))
PHASED = Drawn(rows=960, columns=1280, convex=(640.0, 60.0, 12.0, 840.0, 40.0))


def delivered(drawn: Drawn, size: tuple[int, int], dark: float = 1.0) -> tuple[Grey, ScanGeometry, float]:
    """A drawn screen scaled to (columns, rows), its geometry a pixel or two off, and its aspect. dark: of the fan's depth, from where the middle
    two thirds of its beams show nothing."""
    assert drawn.convex is not None
    apex, top, inner, outer, half = drawn.convex
    pixels = draw(drawn)
    v, u = np.mgrid[0 : drawn.rows, 0 : drawn.columns].astype(np.float64)
    shadow = (np.hypot(u - apex, v - top) > inner + dark * (outer - inner)) & (np.abs(np.degrees(np.arctan2(u - apex, v - top))) < half / 1.5)
    pixels[shadow & inside_of(drawn)] = 1
    across, down = size[0] / drawn.columns, size[1] / drawn.rows
    scaled = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
    where = (apex + 0.5) * across - 0.5, (top + 0.5) * down - 0.5
    kind = "phased" if inner < 20 else "convex"
    geometry = ScanGeometry(kind, 0, 0, size[0], size[1], (where[0] + 1, where[1] + 2), inner * down + 1, outer * down - 1, half + 0.2)
    return scaled, geometry, down / across


SIZES = [(720, 480), (720, 576), (1280, 960), (1280, 720), (1024, 768), (640, 576)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "drawn", "arcs"), [("convex", FAN, 2), ("phased", PHASED, 1)])
def test_arcs_and_sides_tell_how_wide_columns_are(size: tuple[int, int], name: str, drawn: Drawn, arcs: int) -> None:
    pixels, geometry, aspect = delivered(drawn, size)
    told = told_by_arcs(pixels, geometry, aspect * 1.01)
    assert told is not None, name
    assert told.arcs == arcs
    assert told.sigma < columns.MOST_SIGMA
    assert abs(told.aspect / aspect - 1) < 2.5 * told.sigma


def test_tissue_that_hides_the_middle_of_the_far_edge_bends_nothing() -> None:
    pixels, geometry, aspect = delivered(FAN, (720, 480), dark=0.6)
    told = told_by_arcs(pixels, geometry, aspect)
    assert told is not None
    assert abs(told.aspect / aspect - 1) < 2.5 * told.sigma


def test_without_one_side_nothing_is_told() -> None:
    pixels, geometry, aspect = delivered(FAN, (720, 480))
    pixels = pixels.copy()
    pixels[:, 360:] = 0
    assert told_by_arcs(pixels, geometry, aspect) is None


@pytest.mark.parametrize("seed", range(24))
def test_any_picture_and_fan_give_a_width_or_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 2 + 250 * (seed % 3), (200, 300)).astype(np.uint8)
    pixels[:, : 100 * (seed % 2)] = 0
    apex = float(rng.uniform(-50, 350)), float(rng.uniform(-300, 220))
    inner = float(rng.choice([0.0, rng.uniform(0, 200)]))
    geometry = ScanGeometry("convex", 10, 5, 290, 195, apex, inner, inner + float(rng.uniform(2, 300)), float(rng.uniform(0.5, 80)))
    told = told_by_arcs(pixels, geometry, float(rng.uniform(0.5, 2)))
    assert told is None or (0.3 < told.aspect < 3 and told.sigma > 0)


def steered(by_deg: float) -> tuple[Grey, ScanGeometry]:
    """A curved array of 220 rows' radius whose outermost beams are steered outward: sides meet below the centre of the face, and the far edge,
    equally deep along every beam, is an arc of neither."""
    rows, columns_ = 720, 960
    angle = np.radians(np.linspace(-30, 30, 1601))[:, None]
    beam = angle * (1 + by_deg / 30)
    deep = np.linspace(0, 440, 1761)[None, :]
    u = 480 + 220 * np.sin(angle) + deep * np.sin(beam)
    v = -120 + 220 * np.cos(angle) + deep * np.cos(beam)
    pixels = np.zeros((rows, columns_), np.uint8)
    grey = draw(Drawn(rows=rows, columns=columns_, box=(0, 0, columns_, rows)))
    at = np.round(v).astype(int), np.round(u).astype(int)
    pixels[at] = grey[at]
    half = 30.0 + by_deg
    ends = 220 * np.sin(np.radians(30)) / np.tan(np.radians(half))
    top = -120 + 220 * np.cos(np.radians(30)) - ends
    return pixels, ScanGeometry("convex", 0, 0, columns_, rows, (480.0, float(top)), float(100 - top), float(540 - top), half)


def test_arcs_of_a_picture_steered_wider_than_its_array_contradict_each_other() -> None:
    straight, geometry = steered(0.0)
    told = told_by_arcs(straight, geometry, 1.0)
    assert told is not None
    assert abs(told.aspect - 1) < 0.005
    assert told_by_arcs(*steered(6.0), 1.0) is None


SETTLED = [
    ("square", 0.998, 0.003, 2, (480, 720), 1.0),
    ("4:3 on all of it", 0.892, 0.002, 2, (480, 720), 8 / 9),
    ("4:3 of broadcast", 0.907, 0.002, 2, (480, 720), 10 / 11),
    ("16:9 on all of it", 1.42, 0.002, 2, (576, 720), 64 / 45),
    ("between two", 0.899, 0.003, 2, (480, 720), 0.0),
    ("near to one, not exact", 1.009, 0.002, 2, (480, 720), 0.0),
    ("near to none, exact", 1.0094, 0.001, 2, (720, 1280), 1.0094),
    ("near to none, one arc", 1.0094, 0.001, 1, (720, 1280), 0.0),
    ("told roughly, far from all others", 1.0018, 0.0046, 1, (576, 720), 1.0),
    ("told roughly, as near as that is rough", 1.006, 0.0046, 1, (576, 720), 1.0),
    ("told more roughly", 0.9967, 0.009, 1, (480, 720), 1.0),
    ("told too roughly", 0.9967, 0.012, 1, (480, 720), 0.0),
    ("told roughly, not quite there", 1.0105, 0.007, 1, (576, 720), 0.0),
    ("told roughly, near to another", 0.8895, 0.0046, 1, (480, 720), 0.0),
    ("not told well enough", 1.0, 0.008, 2, (480, 720), 0.0),
    ("5:4 is square there", 1.0665, 0.002, 2, (1024, 1280), 16 / 15),
]


@pytest.mark.parametrize(("name", "aspect", "sigma", "arcs", "shape", "expected"), SETTLED, ids=[case[0] for case in SETTLED])
def test_what_is_near_to_what_chains_make_is_that(
    name: str, aspect: float, sigma: float, arcs: int, shape: tuple[int, int], expected: float
) -> None:
    assert settled(Told(aspect, sigma, arcs), shape) == pytest.approx(expected, abs=1e-9), name


def test_chains_make_broadcast_columns_only_in_standard_definition() -> None:
    assert 12 / 11 in made_by_chains((576, 720))
    assert 12 / 11 not in made_by_chains((576, 1024))


@pytest.mark.parametrize(("size", "expected"), [((720, 480), 8 / 9), ((720, 576), 16 / 15)])
def test_a_fan_in_standard_definition_video_is_measured(size: tuple[int, int], expected: float) -> None:
    labels = ("0", "1", "2", "3", "4", "5", "6", "7", "8")
    screenful = replace(FAN, tick_px=16.0, ticks=41, ruler_column=1200, ruler_top=200, labels=labels, marker="left", box=(300, 200, 980, 840))
    pixels = np.asarray(Image.fromarray(draw(screenful)).resize(size, Image.Resampling.BILINEAR))
    fit = watch.read_screen(pixels, profile.AUTO, None)
    assert fit is not None
    assert fit.mm_per_px is not None, fit.why
    assert fit.mm_per_px[0] / fit.mm_per_px[1] == pytest.approx(expected, rel=1e-6)
