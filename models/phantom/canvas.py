"""A grey screen to draw on, with its colours kept beside it where wanted: rectangles, lines, dots, text, all clipped at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.phantom.glyphs import words

Colour: TypeAlias = tuple[int, int, int]
Anchor: TypeAlias = Literal["left", "middle", "right"]
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def grey_of(colour: Colour) -> float:
    return sum(c * w for c, w in zip(colour, LUMA, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """grey: uint8 (height, width), written in place. colour: (height, width, 3) or None."""

    grey: NDArray[np.uint8]
    colour: NDArray[np.uint8] | None = None

    @staticmethod
    def blank(width_px: int, height_px: int, background: Colour, *, coloured: bool) -> Canvas:
        grey = np.full((height_px, width_px), round(grey_of(background)), np.uint8)
        colour = np.broadcast_to(np.array(background, np.uint8), (height_px, width_px, 3)).copy() if coloured else None
        return Canvas(grey, colour)

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """right and bottom exclusive."""
        rows, columns = slice(max(0, round(top)), max(0, round(bottom))), slice(max(0, round(left)), max(0, round(right)))
        self.grey[rows, columns] = round(grey_of(colour))
        if self.colour is not None:
            self.colour[rows, columns] = colour

    def outline(self, left: float, top: float, right: float, bottom: float, colour: Colour, thick: int = 1) -> None:
        self.fill(left, top, right, top + thick, colour)
        self.fill(left, bottom - thick, right, bottom, colour)
        self.fill(left, top, left + thick, bottom, colour)
        self.fill(right - thick, top, right, bottom, colour)

    def cover(self, coverage: NDArray[np.float32], left: float, top: float, colour: Colour) -> None:
        """Blends a colour in by coverage 0..1."""
        u, v = round(left), round(top)
        height, width = self.grey.shape
        above, before = max(0, -v), max(0, -u)
        part = coverage[above : max(0, height - v), before : max(0, width - u)]
        if part.size == 0:
            return
        rows, columns = slice(v + above, v + above + part.shape[0]), slice(u + before, u + before + part.shape[1])
        old = self.grey[rows, columns].astype(np.float32)
        self.grey[rows, columns] = (old + part * (np.float32(grey_of(colour)) - old) + 0.5).astype(np.uint8)
        if self.colour is not None:
            was = self.colour[rows, columns].astype(np.float32)
            self.colour[rows, columns] = (was + part[..., None] * (np.array(colour, np.float32) - was) + 0.5).astype(np.uint8)

    def text(self, text: str, x: float, y: float, height_px: float, colour: Colour, anchor: Anchor = "left", weight: float = 0.14) -> None:
        """y: top of the capitals."""
        coverage = words(text, max(5, round(height_px)), weight)
        left = x - {"left": 0.0, "middle": coverage.shape[1] / 2, "right": coverage.shape[1]}[anchor]
        self.cover(coverage, left, y, colour)

    def dot(self, u: float, v: float, radius_px: float, colour: Colour) -> None:
        """A smooth disc whose middle lies at (u, v), pixel centres at integers."""
        left, top, size = int(np.floor(u - radius_px - 1)), int(np.floor(v - radius_px - 1)), int(2 * radius_px + 4)
        y, x = np.mgrid[top : top + size, left : left + size]
        self.cover(np.clip(radius_px + 0.5 - np.hypot(x - u, y - v), 0, 1).astype(np.float32), left, top, colour)

    def line(self, u0: float, v0: float, u1: float, v1: float, colour: Colour, width_px: float = 1.0, dash_px: float = 0.0) -> None:
        """A smooth straight line; dash_px: length of dashes and gaps, 0 for a whole line."""
        pad = width_px / 2 + 1.5
        left, top = int(np.floor(min(u0, u1) - pad)), int(np.floor(min(v0, v1) - pad))
        right, bottom = int(np.ceil(max(u0, u1) + pad)), int(np.ceil(max(v0, v1) + pad))
        y, x = np.mgrid[top : bottom + 1, left : right + 1].astype(np.float32)
        length = max(float(np.hypot(u1 - u0, v1 - v0)), 1e-6)
        along = ((x - u0) * (u1 - u0) + (y - v0) * (v1 - v0)) / length
        t = np.clip(along, 0, length)
        off = np.hypot(x - u0 - t * (u1 - u0) / length, y - v0 - t * (v1 - v0) / length)
        coverage = np.clip(width_px / 2 + 0.5 - off, 0, 1)
        if dash_px > 0:
            coverage = coverage * (np.floor(t / dash_px) % 2 == 0)
        self.cover(coverage.astype(np.float32), left, top, colour)

    def ramp(self, left: float, top: float, right: float, bottom: float, *, white_above: bool = True) -> None:
        """The grey bar."""
        rows = max(2, round(bottom) - round(top))
        values = np.linspace(255, 0, rows) if white_above else np.linspace(0, 255, rows)
        for k, value in enumerate(values):
            grey = int(value)
            self.fill(left, round(top) + k, right, round(top) + k + 1, (grey, grey, grey))
