"""The phantom's screens and video faults: marks lie where the scale says, and what moves pixels moves the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy")

from models.phantom import faults
from models.phantom.canvas import Canvas
from models.phantom.faults import NO_FAULT, Fault
from models.phantom.glyphs import STROKES, glyph, words
from models.phantom.layouts import LAYOUTS, Layout, Ruler, sample_layout
from models.phantom.probe import PROBE_KINDS, ProbeKind, ProbeSpec, sample_probe
from models.phantom.screen import Dressed, dress
from models.phantom.truth import Placement

WITH_RULER = ("butterfly", "clarius", "sonosite", "ge", "telemed", "cart", "tablet")


def rng_of(*seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(list(seed)))


def dressed(layout: Layout, probe: ProbeSpec, grey: float, seed: int = 0) -> Dressed:
    return dress(np.full((probe.samples, probe.beams), grey, np.float32), probe, layout, rng_of(seed))


@pytest.mark.parametrize("kind", PROBE_KINDS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_holds_its_scan(name: str, kind: ProbeKind) -> None:
    for seed in range(3):
        probe = sample_probe(rng_of(seed), kind, reach_mm=60)
        layout = sample_layout(rng_of(seed, 1), probe, name)
        made = dressed(layout, probe, 200)
        left, top, right, bottom = made.placement.box_px
        assert made.pixels.shape == (layout.height_px, layout.width_px)
        assert 0 <= left < right <= layout.width_px
        assert 0 <= top < bottom <= layout.height_px
        assert 640 <= layout.width_px <= 1920
        inside = made.pixels[top:bottom, left:right]
        assert (inside == 200).mean() > 0.35
        u, v = made.placement.px(0.0, probe.depth_mm / 2)
        assert made.pixels[round(v), round(u)] == 200


def _mark_rows(made: Dressed, ruler: Ruler, layout: Layout) -> tuple[np.ndarray, float]:
    """Rows of the depth ruler's marks as centroids, found as bright runs in its own column of an otherwise black screen."""
    left, _, right, _ = made.placement.box_px
    background = int(np.median(made.pixels[:, 0]))
    columns = made.pixels.astype(int) - background
    strip = columns[:, right:] if ruler.side == "right" else columns[:, :left]
    if ruler.place == "inside":
        strip = columns[:, right - 40 : right]
    del layout
    return strip, float(made.placement.origin_px[1])


@pytest.mark.parametrize("name", WITH_RULER)
def test_marks_of_the_depth_ruler_lie_where_the_scale_says(name: str) -> None:
    probe = replace(sample_probe(rng_of(3), "linear", reach_mm=45), depth_mm=50.0)
    layout = replace(sample_layout(rng_of(5), probe, name), over=0.0, texts=(), shapes=(), marker=None, focus=None, clock=None, scan_edge=None)
    ruler = next(r for r in layout.rulers if r.side in ("left", "right"))
    layout = replace(layout, rulers=(replace(ruler, label_mm=0.0, axis=False),))
    made = dressed(layout, probe, 0.0)
    strip, origin_v = _mark_rows(made, ruler, layout)
    weight = np.clip(strip - 30, 0, None).sum(axis=1)
    count = int(probe.depth_mm / ruler.minor_mm + 1e-6)
    half = max(2, round(ruler.minor_mm / made.placement.mm_per_px[1] / 2) - 1)
    for k in range(count + 1):
        v = origin_v + k * ruler.minor_mm / made.placement.mm_per_px[1]
        rows = np.arange(max(0, round(v) - half), min(len(weight), round(v) + half + 1))
        near = weight[rows]
        assert near.sum() > 0, f"mark {k} is missing"
        assert (rows * near).sum() / near.sum() == pytest.approx(v, abs=1.0)


def test_a_layout_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="layout 'toaster'"):
        sample_layout(rng_of(0), sample_probe(rng_of(0)), "toaster")


def test_every_letter_is_drawn_and_no_two_alike() -> None:
    drawn = {letter: glyph(letter, 24, 0.14) for letter in STROKES}
    assert all(picture.max() > 0.99 for picture in drawn.values())
    seen = [(letter, picture.shape, picture.round(2).tobytes()) for letter, picture in drawn.items() if letter != "O"]
    assert len({(shape, data) for _, shape, data in seen}) == len(seen)
    assert words("10 cm", 12).shape[1] > words("1 c", 12).shape[1]


def test_canvas_clips_at_its_edges_and_keeps_grey_and_colour_alike() -> None:
    canvas = Canvas.blank(40, 30, (0, 0, 0), coloured=True)
    canvas.text("WIDE", -10, -3, 20, (255, 255, 255))
    canvas.dot(39, 29, 6, (255, 255, 255))
    canvas.line(-5, 10, 60, 12, (255, 255, 255), 2.0)
    assert canvas.colour is not None
    assert (canvas.colour.max(axis=2) == canvas.grey).all()
    assert canvas.grey[29, 39] == 255


FAULTS = [
    ("stretched", Fault(scale_to=(1280, 720), bars=False)),
    ("with bars", Fault(scale_to=(1920, 1080))),
    ("shrunk", Fault(scale_to=(720, 480), bars=False)),
    ("overscan", Fault(overscan=0.02)),
    ("mirrored", Fault(mirrored=True)),
    ("all at once", Fault(scale_to=(1024, 768), overscan=0.015, mirrored=True, jpeg_quality=80, levels=(10, 240), blur=0.7)),
]


def _spot(u: float, v: float, width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return (255 * np.exp(-((x - u) ** 2 + (y - v) ** 2) / 18)).astype(np.uint8)


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_truth_moves_with_the_pixels(name: str, fault: Fault) -> None:
    del name
    place = Placement((300.0, 40.0), (0.2, 0.2), "rectangle", 0.0, 20.0, (200, 40, 400, 400))
    for x_mm, z_mm in ((-9.0, 20.0), (12.0, 55.0)):
        u, v = place.px(x_mm, z_mm)
        out = faults.apply(Dressed(_spot(u, v, 640, 480), place), fault, rng_of(0))
        expected = out.placement.px(x_mm, z_mm)
        row, column = np.unravel_index(int(out.pixels.argmax()), out.pixels.shape)
        near = np.clip(out.pixels[row - 9 : row + 10, column - 9 : column + 10].astype(float) - 60, 0, None)
        rows, columns = np.mgrid[row - 9 : row + 10, column - 9 : column + 10]
        assert (columns * near).sum() / near.sum() == pytest.approx(expected[0], abs=0.6)
        assert (rows * near).sum() / near.sum() == pytest.approx(expected[1], abs=0.6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_any_video_chain_keeps_box_and_truth_inside(seed: int) -> None:
    rng = rng_of(seed)
    fault = faults.sample_fault(rng)
    place = Placement((300.0, 40.0), (0.2, 0.2), "rectangle", 0.0, 20.0, (200, 40, 400, 400))
    out = faults.apply(Dressed(np.full((480, 640), 90, np.uint8), place), fault, rng)
    left, top, right, bottom = out.placement.box_px
    height, width = out.pixels.shape
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    u, v = out.placement.px(0.0, 30.0)
    assert left < u < right
    assert top < v < bottom
    assert out.pixels.dtype == np.uint8


def test_no_fault_leaves_every_pixel() -> None:
    pixels = rng_of(1).integers(0, 256, (48, 64), dtype=np.uint8)
    place = Placement((30.0, 4.0), (0.2, 0.2), "rectangle", 0.0, 2.0, (20, 4, 40, 40))
    assert (faults.apply(Dressed(pixels, place), NO_FAULT, rng_of(2)).pixels == pixels).all()


@pytest.mark.parametrize("fault", [Fault(upside_down=True), Fault(torn=True)])
def test_what_has_no_truth_says_so_and_is_changed(fault: Fault) -> None:
    pixels = rng_of(1).integers(0, 256, (480, 640), dtype=np.uint8)
    place = Placement((300.0, 40.0), (0.2, 0.2), "rectangle", 0.0, 20.0, (200, 40, 400, 400))
    assert fault.breaks_truth
    assert (faults.apply(Dressed(pixels, place), fault, rng_of(2)).pixels != pixels).any()


@pytest.mark.parametrize("kind", ["no_signal", "menu"])
def test_a_frame_without_a_scan_has_the_screens_size(kind: str) -> None:
    layout = sample_layout(rng_of(0), sample_probe(rng_of(0)), "ge")
    pictures = [faults.no_scan(kind, layout, rng_of(seed)) for seed in range(8)]
    assert {picture.shape for picture in pictures} == {(600, 800)}
    assert len({picture.tobytes() for picture in pictures}) > 2
