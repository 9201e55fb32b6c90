"""A refusal names what is seen: beams that are steered, a picture without its face, marks along a fan's edge, nothing at all."""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians, sin

import numpy as np
import pytest
from PIL import Image, ImageDraw

from edge.screen import certain, parts, reading, watch
from edge.screen.profile import AUTO
from edge.types import Frame, NoScan, ScreenLeft
from tests.unit.screens import Drawn, Grey, draw

RULED = Drawn(tick_px=23.0, ticks=20, labels=("0", "1", "2", "3"))
FAN = Drawn(convex=(400.0, -40.0, 120.0, 500.0, 33.0))


def leaning(drawn: Drawn, slope: float) -> Grey:
    """The screen with the scan's rows moved by slope columns each, as beams lean; the ruler stays."""
    left, top, right, bottom = drawn.box
    pixels = draw(drawn)
    scan = pixels[top:bottom, left:right].copy()
    pixels[top:bottom, left:right] = drawn.background
    for row in range(bottom - top):
        begin = left + round(slope * (row - (bottom - top) / 2))
        pixels[top + row, begin : begin + right - left] = scan[row]
    return pixels


@pytest.mark.parametrize("slope", [-0.3, -0.12, 0.12, 0.3])
def test_a_steered_picture_is_told(slope: float) -> None:
    fit = reading.read_screen(leaning(replace(RULED, box=(260, 60, 560, 520), ruler_column=700), slope), AUTO, None)
    assert fit is not None
    assert not fit.measures
    assert fit.why == parts.STEERED


def test_an_upright_picture_is_not_steered() -> None:
    fit = reading.read_screen(leaning(RULED, 0.0), AUTO, None)
    assert fit is not None
    assert fit.measures, fit.why


def test_a_picture_without_its_face_is_told_by_its_ruler() -> None:
    """Labels count from above the picture's top: it was magnified or moved."""
    labels = ("", "2", "3", "4", "5")
    fit = reading.read_screen(draw(replace(RULED, labels=labels, ruler_top=60, tick_px=20.0, ticks=23)), AUTO, None)
    assert fit is not None
    assert not fit.measures
    assert fit.why == certain.FACE_CUT_OFF


@pytest.mark.parametrize("side", [-1, 1])
def test_marks_along_a_fans_edge_are_told(side: int) -> None:
    canvas = Image.fromarray(draw(FAN))
    pen, half = ImageDraw.Draw(canvas), radians(33)
    for mark in range(20):
        deep = 120 + 19 * mark
        ends = [(400 + side * (deep * sin(half) + off * cos(half)), -40 + deep * cos(half) - off * sin(half)) for off in (4, 12)]
        pen.line(ends, fill=220, width=2)
    fit = reading.read_screen(np.asarray(canvas), AUTO, None)
    assert fit is not None
    assert fit.why == reading.ALONG_A_SIDE


def test_a_fan_without_marks_has_no_ruler() -> None:
    fit = reading.read_screen(draw(FAN), AUTO, None)
    assert fit is not None
    assert fit.why == "no ruler seen"


def test_what_is_no_scan_is_told_with_its_cure() -> None:
    pixels = np.full((600, 800), 30, np.uint8)
    pixels[100:130, 100:140] = 200
    pixels[500:530, 600:640] = 120
    state = watch.fresh(AUTO, stated_mm_per_px=None, stated_screen_left=ScreenLeft.PATIENT_LEFT)
    for number in range(8):
        state, said = watch.watch(state, Frame(number, number * 33_000_000, pixels))
        assert isinstance(said, NoScan)
        assert said.hint == reading.NO_AREA
