"""Round things on a screen: ovals are measured to a fraction of a percent, what is no oval is none, and only several alike tell a stretch."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from edge.screen import profile, watch
from edge.screen.rounds import ovals, tell
from tests.unit.screens import Drawn, Grey, draw

FINE = 4


def drawn(shapes: list[tuple[str, float, float]], size: tuple[int, int], ground: int = 0) -> Grey:
    """Buttons of (form, width, height) in pixels of a screen of 1280 x 720, which is scaled to size (columns, rows)."""
    canvas = Image.new("L", (1280 * FINE, 720 * FINE), ground)
    pen = ImageDraw.Draw(canvas)
    for index, (form, width, height) in enumerate(shapes):
        box = [each * FINE for each in (80, 60 + 90 * index, 80 + width, 60 + 90 * index + height)]
        if form == "disc":
            pen.ellipse(box, fill=120)
        elif form == "ring":
            pen.ellipse(box, outline=120, width=4 * FINE)
        elif form == "box":
            pen.rectangle(box, fill=120)
        elif form == "round box":
            pen.rounded_rectangle(box, radius=10 * FINE, fill=120)
    return np.asarray(canvas.resize(size, Image.Resampling.BILINEAR))


DISCS = [("disc", 44.0, 44.0)] * 3
ROUND = [
    ("as drawn", DISCS, (1280, 720), 3, 1.0),
    ("16:9 in 4:3", DISCS, (640, 480), 3, 4 / 3),
    ("16:9 in standard definition", DISCS, (720, 576), 3, 64 / 45),
    ("one", DISCS[:1], (640, 480), 1, 0.0),
    ("of several shapes", [*DISCS[:2], ("disc", 44.0, 30.0)], (640, 480), 3, 0.0),
    ("drawn as ovals that no scaler makes", [("disc", 48.0, 44.0)] * 3, (1280, 720), 3, 0.0),
    ("rings", [("ring", 44.0, 44.0)] * 3, (640, 480), 0, 0.0),
    ("boxes", [("box", 44.0, 44.0)] * 3, (640, 480), 0, 0.0),
    ("boxes with round corners", [("round box", 44.0, 44.0)] * 3, (640, 480), 0, 0.0),
    ("too small", [("disc", 12.0, 12.0)] * 3, (640, 480), 0, 0.0),
]


@pytest.mark.parametrize(("name", "shapes", "size", "count", "expected"), ROUND, ids=[case[0] for case in ROUND])
def test_round_things_tell_a_stretch(name: str, shapes: list[tuple[str, float, float]], size: tuple[int, int], count: int, expected: float) -> None:
    pixels = drawn(shapes, size)
    found = ovals(pixels, pixels)
    assert len(found) == count, name
    assert tell(found, pixels.shape) == pytest.approx(expected)
    if shapes == DISCS:
        assert found == pytest.approx([1280 * size[1] / (720 * size[0])] * 3, rel=0.005)


def test_a_rectangle_beside_ovals_that_a_scaler_makes_has_no_scale() -> None:
    """A tablet's screen of 16:9 in video of 4:3 whose digits may just be so narrow (17003253: a quarter off across)."""
    scan = draw(Drawn(rows=480, columns=640, box=(200, 40, 460, 440), tick_px=18.0, ticks=23, ruler_column=490, labels=("0", "1", "2", "3", "4")))
    fit = watch.read_screen(scan, profile.AUTO, None)
    assert fit is not None
    assert fit.measures
    beside = np.maximum(scan, drawn(DISCS, (640, 480)))
    fit = watch.read_screen(beside, profile.AUTO, None)
    assert fit is not None
    assert (fit.measures, fit.why) == (False, watch.STRETCHED)
