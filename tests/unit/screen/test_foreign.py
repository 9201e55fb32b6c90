"""Only the scan is in the scan's area: a name beside or below it, a ruler, and what stands beyond an upright edge stay out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from edge.screen.area.sector import sector_mask
from edge.screen.profile import AUTO
from edge.screen.watch import Fit, read_screen
from tests.unit.screens import Drawn, Grey, draw, inside_of

NAME = "PATIENT 01 7315381"
FAN = Drawn(convex=(400.0, -40.0, 120.0, 480.0, 33.0))


def written_on(pixels: Grey, texts: dict[tuple[int, int], str]) -> tuple[Grey, NDArray[np.bool_]]:
    """The screen with texts (column and row of their left top), and where their ink is."""
    canvas = Image.new("L", (pixels.shape[1], pixels.shape[0]), 0)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(18)
    for place, text in texts.items():
        pen.text(place, text, fill=230, font=font)
    ink = np.asarray(canvas)
    return np.maximum(pixels, ink), np.asarray(ink > 60, np.bool_)


def found_in(fit: Fit, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(rows, columns) of the screen that the reading takes for the scan."""
    found = np.zeros(shape, np.bool_)
    area = fit.geometry
    box = (area.left_px, area.top_px, area.right_px, area.bottom_px)
    sector = sector_mask(area, fit.aspect, box)
    found[box[1] : box[3], box[0] : box[2]] = True if sector is None else sector
    return found


def only_near_field(drawn: Drawn, rows_px: int) -> Grey:
    """The screen with its scan dark below so many rows; a bone's slanted surface shines in the dark."""
    pixels, inside = draw(drawn), inside_of(drawn)
    v, u = np.mgrid[0 : drawn.rows, 0 : drawn.columns]
    first = int(np.flatnonzero(inside.any(axis=1))[0])
    dark = inside & (v >= first + rows_px) & ~(np.abs(v - 260 - 0.3 * (u - 400)) < 8)
    pixels[dark] = 0
    return pixels


DARK = [
    ("a name below a fan", FAN, {(300, 560): NAME}),
    ("two lines below a fan", FAN, {(280, 540): "Lumbar 6.0 MHz", (280, 562): NAME}),
    ("a name below a rectangle", Drawn(), {(250, 550): NAME}),
    ("a short word that begins beside a rectangle", Drawn(), {(577, 550): "Lum"}),
]


@pytest.mark.parametrize(("name", "drawn", "texts"), DARK, ids=[case[0] for case in DARK])
def test_a_scan_in_the_dark_does_not_reach_down_to_writing(name: str, drawn: Drawn, texts: dict[tuple[int, int], str]) -> None:
    pixels, ink = written_on(only_near_field(replace(drawn, rows=640), 60), texts)
    fit = read_screen(pixels, AUTO, (0.2, 0.2))
    assert fit is not None, name
    found = found_in(fit, pixels.shape)
    assert not (found & ink).any()
    bone = inside_of(replace(drawn, rows=640)) & (pixels > 0) & ~ink
    assert (found & bone).sum() >= 0.98 * bone.sum()


def test_buttons_below_the_dark_are_no_noise() -> None:
    pixels = only_near_field(replace(FAN, rows=640), 150)
    for left in range(120, 680, 80):
        pixels[540:590, left : left + 70] = np.random.default_rng(left).integers(60, 120, (50, 70))
    fit = read_screen(pixels, AUTO, (0.2, 0.2))
    assert fit is not None
    assert fit.geometry.bottom_px < 535


def test_a_row_of_dots_below_is_no_scan() -> None:
    drawn = Drawn()
    v, u = np.mgrid[0 : drawn.rows, 0 : drawn.columns]
    pixels = np.where(inside_of(drawn) & (v + 0.5 * (u - 200) > 480), 0, draw(drawn)).astype(np.uint8)
    pixels[400:520, 200:240] = draw(drawn)[400:520, 200:240]  # little of the far edge is seen
    for column in range(205, 600, 14):
        pixels[524:530, column : column + 6] = 220
    fit = read_screen(pixels, AUTO, (0.2, 0.2))
    assert fit is not None
    assert fit.geometry.bottom_px == 520


@pytest.mark.parametrize("side", ["both", "left"])
def test_what_stands_beyond_an_upright_edge_is_no_scan(side: str) -> None:
    """The screen's window cuts both corners of a fan; where one side lies in the dark, the other tells where."""
    drawn = Drawn(rows=720, columns=960, convex=(480.0, -120.0, 200.0, 640.0, 36.0))
    pixels = draw(drawn)
    pixels[:, :200], pixels[:, 761:] = 0, 0
    if side == "left":
        pixels[260:, 600:] = np.where(inside_of(drawn)[260:, 600:], 0, pixels[260:, 600:])
    pixels, ink = written_on(pixels, {(790, 360): "40", (790, 390): "50", (160, 350): "DOE"})
    assert (inside_of(drawn) & ink).any()
    fit = read_screen(pixels, AUTO, (0.2, 0.2))
    assert fit is not None
    assert not (found_in(fit, pixels.shape) & ink).any()
    assert fit.geometry.left_px == pytest.approx(200, abs=1)
    assert fit.geometry.right_px == pytest.approx(761, abs=1)


def test_a_fan_in_the_dark_is_not_cut() -> None:
    """Nothing is cut where no rows end together, though one corner shows nothing."""
    drawn = Drawn(rows=720, columns=960, convex=(480.0, -120.0, 200.0, 640.0, 36.0))
    pixels = draw(drawn)
    v, u = np.mgrid[0 : drawn.rows, 0 : drawn.columns]
    pixels[inside_of(drawn) & (u + 0.6 * v > 880)] = 0
    fit = read_screen(pixels, AUTO, (0.2, 0.2))
    assert fit is not None
    truth = inside_of(drawn)
    found = found_in(fit, pixels.shape)
    assert (found & truth).sum() >= 0.98 * (found | truth).sum()
