"""Screens drawn for tests: a speckled scan of a known shape, a ruler of a known pitch, words where scanners put them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A screen to draw. convex: (apex column, apex row, inner radius, outer radius, half angle in degrees) in square pixels, None for the box.
    tick_px and tick_labels make a ruler at ruler_column from the scan's top; depth_text is printed below right."""

    rows: int = 600
    columns: int = 800
    box: tuple[int, int, int, int] = (200, 60, 600, 520)
    convex: tuple[float, float, float, float, float] | None = None
    tick_px: float = 0.0
    ticks: int = 0
    ruler_column: int = 640
    ruler_top: int = -1  # the first mark; the box's top where below 0
    every: int = 5
    labels: tuple[str, ...] = ()
    depth_text: str = ""
    name_text: str = ""
    background: int = 0
    speckle_seed: int = 1
    marker: str = "left"


def draw(drawn: Drawn) -> Grey:
    """The screen as grey pixels."""
    canvas = Image.new("L", (drawn.columns, drawn.rows), drawn.background)
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(16)
    left, top, right, _ = drawn.box
    for index in range(drawn.ticks):
        row = round((top if drawn.ruler_top < 0 else drawn.ruler_top) + index * drawn.tick_px)
        long = drawn.every and index % drawn.every == 0
        pen.line([drawn.ruler_column, row, drawn.ruler_column + (12 if long else 6), row], fill=230, width=2)
        number = index // drawn.every if drawn.every else 0
        if long and number < len(drawn.labels) and drawn.labels[number]:
            pen.text((drawn.ruler_column + 20, row), drawn.labels[number], fill=230, font=font, anchor="lm")
    if drawn.depth_text:
        pen.text((drawn.columns - 120, drawn.rows - 40), drawn.depth_text, fill=230, font=font)
    if drawn.name_text:
        pen.text((20, 12), drawn.name_text, fill=230, font=font)
    spot = left - 14 if drawn.marker == "left" else right + 14
    pen.ellipse([spot - 5, top - 5, spot + 5, top + 5], fill=240)
    pixels = np.asarray(canvas).copy()
    inside = inside_of(drawn)
    pixels[inside] = speckle(drawn)[inside]
    return pixels


def inside_of(drawn: Drawn) -> NDArray[np.bool_]:
    """Where the scan is."""
    v, u = np.mgrid[0 : drawn.rows, 0 : drawn.columns].astype(np.float64)
    if drawn.convex is None:
        left, top, right, bottom = drawn.box
        return (u >= left) & (u < right) & (v >= top) & (v < bottom)
    column, row, inner, outer, half = drawn.convex
    radius = np.hypot(u - column, v - row)
    return (radius >= inner) & (radius <= outer) & (np.abs(np.degrees(np.arctan2(u - column, v - row))) <= half)


def speckle(drawn: Drawn) -> Grey:
    """Log-compressed Rayleigh speckle, never quite black."""
    rng = np.random.default_rng(drawn.speckle_seed)
    envelope = rng.rayleigh(1.0, (drawn.rows, drawn.columns // 2)).repeat(2, axis=1)
    grey = 70 + 20 * np.log10(np.maximum(envelope, 1e-2)) * 2.2
    return np.clip(np.resize(grey, (drawn.rows, drawn.columns)), 3, 220).astype(np.uint8)
