"""Rectangles that are the scan and something beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edge.screen.parts import below_a_face, of_a_trace, of_another, of_two_parts, seamed, under_a_panel
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

Grey: TypeAlias = NDArray[np.uint8]
BOX = ScanGeometry("rectangle", 200, 60, 600, 520)


def speckle(width: int = 400, *, seed: int = 1, grain_px: int = 6) -> Grey:
    """A scan: bright and dark grains, wider than high."""
    rng = np.random.default_rng(seed)
    grains = Image.fromarray(rng.integers(20, 200, (460 // 4, max(2, width // grain_px))).astype(np.uint8))
    return np.asarray(grains.resize((width, 460), Image.Resampling.BICUBIC))


def screen(part: Grey) -> Grey:
    pixels = np.zeros((600, 800), np.uint8)
    pixels[60 : 60 + part.shape[0], 200 : 200 + part.shape[1]] = part
    return pixels


def with_bar_of_greys(part: Grey) -> Grey:
    part = part.copy()
    part[:, :24] = np.linspace(240, 10, 460)[:, None]
    return part


def with_camera(part: Grey) -> Grey:
    part = part.copy()
    part[:, 260:] = np.asarray(Image.fromarray(np.random.default_rng(5).integers(40, 220, (6, 4)).astype(np.uint8)).resize((140, 460)))
    return part


def with_another(part: Grey) -> Grey:
    return np.concatenate([part[:, :200], speckle(200, seed=9)], axis=1)


def with_its_mirror_image(part: Grey) -> Grey:
    part = np.concatenate([part[:, :200], part[:, 199::-1]], axis=1)
    part[:, 199:201] //= 4
    return part


def in_shadow(part: Grey) -> Grey:
    """A bone's, with a steep edge, over most of the depth."""
    shade = np.clip((np.abs(np.arange(400) - 150) - 40) / 8, 0.02, 1)
    part = part.astype(np.float64)
    part[120:] *= shade
    return part.astype(np.uint8)


def under_marks(part: Grey) -> Grey:
    """A ruler's, and a guide's dots down the middle."""
    part = part.copy()
    part[::20, 372:378] = 250
    for row in range(4, 460, 12):
        part[row : row + 3, 199:202] = 255
    return part


def under_noise(part: Grey) -> Grey:
    return np.clip(part / 8 + np.random.default_rng(3).normal(20, 8, part.shape), 0, 255).astype(np.uint8)


MERGED = [with_bar_of_greys, with_camera, with_another, with_its_mirror_image]
ALONE = [np.copy, in_shadow, under_marks, under_noise]


@pytest.mark.parametrize("made", MERGED, ids=lambda made: made.__name__)
def test_two_pictures_that_meet_are_told(made: Callable[[Grey], Grey]) -> None:
    assert seamed(screen(made(speckle())), BOX)


@pytest.mark.parametrize("made", ALONE, ids=lambda made: made.__name__)
@pytest.mark.parametrize("grain_px", [4, 6, 10])
def test_a_scan_alone_is_one(made: Callable[[Grey], Grey], grain_px: int) -> None:
    assert not seamed(screen(made(speckle(grain_px=grain_px))), BOX)


BETWEEN = [
    ("nothing", 0, 0, False),
    ("labels", 700, 718, False),
    ("a column of buttons", 620, 655, False),
    ("a window of one grey", 620, 700, False),
    ("a picture", 620, 700, True),
    ("one above the ruler's middle", 620, 700, False),
]


@pytest.mark.parametrize(("name", "left", "right", "expected"), BETWEEN, ids=[case[0] for case in BETWEEN])
def test_a_ruler_behind_another_picture_is_that_ones(name: str, left: int, right: int, expected: bool) -> None:
    pixels = screen(speckle())
    rows = slice(60, 60 + (120 if name == "one above the ruler's middle" else 460))
    pixels[rows, left:right] = 10 if name == "a window of one grey" else np.random.default_rng(2).integers(20, 200, pixels[rows, left:right].shape)
    assert of_another(pixels, pixels > 0, BOX, Ruler(True, 46.0, 60.0, 11, 0.2, 730, 738)) is expected


def test_what_lies_below_a_scan_found_too_shallow_is_no_other_picture() -> None:
    """A fan's far field, wider than the near field that was found."""
    pixels = np.zeros((600, 800), np.uint8)
    pixels[60:120, 200:600], pixels[250:520, 100:668] = speckle()[:60], speckle(568)[:270]
    assert not of_another(pixels, pixels > 0, ScanGeometry("rectangle", 200, 60, 600, 120), Ruler(True, 46.0, 60.0, 11, 0.2, 730, 738))


def test_one_beams_echoes_over_time_are_no_scan() -> None:
    rng = np.random.default_rng(4)
    beam = np.repeat(rng.uniform(10, 180, 153), 4)[:460, None]
    trace = np.clip(beam + rng.normal(0, 14, (460, 400)), 0, 255).astype(np.uint8)
    layered = np.clip(0.2 * beam + 0.8 * speckle(), 0, 255).astype(np.uint8)
    assert of_a_trace(screen(trace), BOX)
    assert not of_a_trace(screen(speckle()), BOX)
    assert not of_a_trace(screen(layered), BOX)


@pytest.mark.parametrize(("left", "right", "face"), [(200, 600, True), (200, 360, False), (180, 620, False)])
def test_a_band_as_wide_as_a_scan_above_it_is_the_face(left: int, right: int, face: bool) -> None:
    """39504357: tissue below 80 mm of gel."""
    below = ScanGeometry("rectangle", 200, 260, 600, 520)
    mask = screen(speckle()) > 0
    mask[:258] = False
    assert not below_a_face(mask, below)
    mask[60:64, left:right] = True
    assert below_a_face(mask, below) is face


def test_a_box_a_little_too_wide_has_no_seam() -> None:
    assert not seamed(screen(speckle()), ScanGeometry("rectangle", 197, 60, 603, 520))


def test_an_empty_band_parts_two_things() -> None:
    mask = screen(speckle()) > 0
    assert not of_two_parts(mask, BOX)
    mask[:, 230:244] = False
    assert of_two_parts(mask, BOX)


LEFT, TOP, RIGHT, BOTTOM = 200, 100, 600, 700
FLAT = ScanGeometry("rectangle", LEFT, TOP, RIGHT, BOTTOM)
ECHOES = np.random.default_rng(1).integers(20, 160, (BOTTOM - TOP, RIGHT - LEFT)).astype(np.uint8)
PANELS = [
    ("none", None, False),
    ("as wide as the scan", (LEFT, 60, RIGHT, TOP), True),
    ("wider", (LEFT - 30, 60, RIGHT + 80, TOP), True),
    ("across all of the screen", (0, 60, 900, TOP), False),
    ("above a gap", (LEFT - 30, 40, RIGHT + 80, TOP - 20), False),
    ("narrower", (LEFT + 100, 60, RIGHT, TOP), False),
    ("the ground that the scan lies on", (LEFT - 100, 20, RIGHT + 100, 760), False),
]


@pytest.mark.parametrize(("name", "panel", "expected"), PANELS, ids=[each[0] for each in PANELS])
def test_a_panel_on_a_face_may_hide_it(name: str, panel: tuple[int, int, int, int] | None, expected: bool) -> None:
    pixels = np.zeros((800, 900), np.uint8)
    if panel:
        pixels[panel[1] : panel[3], panel[0] : panel[2]] = 70
    pixels[TOP:BOTTOM, LEFT:RIGHT] = ECHOES
    assert under_a_panel(pixels, FLAT) is expected, name
