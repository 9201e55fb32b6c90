"""A time drawn as black and white cells, read back from a captured picture: how long a picture takes from the screen to the program.

The pattern is a white frame on black with two rows of cells in it. The upper row is the time in Gray code, so that a picture caught between two
times has one uncertain cell; the lower row is its negative, so that a cell is read against its own partner, whatever brightness and blur a grabber
adds. What is not plain in every cell is not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import numpy as np

from edge.types import GrayImage

BITS = 12
WRAPS_MS = 1 << BITS  # times are known up to whole multiples of this
MOST_MS = 2_000  # so a delay of more than this is not told from a shorter one
MARGIN, FRAME = 0.06, 0.03  # of the screen's width and height, of the smaller side
ROWS_AT = (0.33, 0.67)  # the two rows' middles, of the frame's height
CELL = (0.05, 0.2)  # of the frame's width and height
LOOK = (0.012, 0.05)  # half of what is looked at of a cell, so that a blurred rim counts for nothing
LONG = 0.25  # a side of the frame is at least so much of the picture
LEAST_CONTRAST = 40  # grey levels between a cell and its negative
LEAST_READ = 20  # pictures, to say anything


def cells_of(ms: int) -> list[bool]:
    """White or black for each cell of the upper row, from the left."""
    at = ms % WRAPS_MS
    grey = at ^ (at >> 1)
    return [bool(grey >> bit & 1) for bit in range(BITS - 1, -1, -1)]


def ms_of(cells: Iterable[bool]) -> int:
    """The time that cells say, 0 to WRAPS_MS."""
    at = 0
    for cell in cells:
        at = at << 1 | (at & 1 ^ cell)
    return at


def drawn(ms: int, size_px: tuple[int, int]) -> GrayImage:
    """The pattern on a screen of (columns, rows), as the page draws it."""
    columns, rows = size_px
    picture = np.zeros((rows, columns), np.uint8)
    left, top = round(MARGIN * columns), round(MARGIN * rows)
    wide, high, rim = columns - 2 * left, rows - 2 * top, max(2, round(FRAME * min(columns, rows)))
    picture[top : top + high, left : left + wide] = 255
    picture[top + rim : top + high - rim, left + rim : left + wide - rim] = 0
    for index, white in enumerate(cells_of(ms)):
        u = left + wide * (index + 1) / (BITS + 1)
        v = top + high * ROWS_AT[not white]
        half_u, half_v = CELL[0] * wide / 2, CELL[1] * high / 2
        picture[round(v - half_v) : round(v + half_v), round(u - half_u) : round(u + half_u)] = 255
    return picture


def read(pixels: GrayImage) -> int | None:
    """The time in a captured picture in ms, 0 to WRAPS_MS; None where it is not plain."""
    box = _frame_in(pixels)
    if box is None:
        return None
    apart = np.array([_mean(pixels, box, index, 0) - _mean(pixels, box, index, 1) for index in range(BITS)])
    return ms_of((apart > 0).tolist()) if np.abs(apart).min() >= LEAST_CONTRAST else None


def _frame_in(pixels: GrayImage) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of the white frame: between the first and last long lines."""
    bright = pixels > (int(pixels.max()) + int(pixels.min())) // 2
    down, across = (np.flatnonzero(bright.mean(axis=axis) >= LONG) for axis in (1, 0))
    if down.size < 2 or across.size < 2:
        return None
    return int(across[0]), int(down[0]), int(across[-1] - across[0] + 1), int(down[-1] - down[0] + 1)


def _mean(pixels: GrayImage, box: tuple[int, int, int, int], index: int, row: int) -> float:
    left, top, wide, high = box
    u, v = left + wide * (index + 1) / (BITS + 1), top + high * ROWS_AT[row]
    half_u, half_v = max(1, round(LOOK[0] * wide)), max(1, round(LOOK[1] * high))
    part = pixels[round(v) - half_v : round(v) + half_v, round(u) - half_u : round(u) + half_u]
    return float(part.mean()) if part.size else 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One captured picture. shown_ms: the time drawn on it, None where that is not plain; captured_ms, arrived_ms: when the kernel took it and when
    the program had it, all on one clock."""

    shown_ms: int | None
    captured_ms: float
    arrived_ms: float


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds: the middle, and what 5 and 95 % of the pictures stay below."""

    median_ms: float
    low_ms: float
    high_ms: float


@dataclass(frozen=True, slots=True)
class Latency:
    """capture: from the screen to the kernel's time, which the program cannot know by itself; whole: to the program. pictures, unread: how many."""

    capture: Delay
    whole: Delay
    pictures: int
    unread: int

    @property
    def stated_ms(self) -> int:
        """What the profile states: an age must not be told shorter than it is, so what 95 % stay below, and never less than 0."""
        return max(0, ceil(self.capture.high_ms))


def latency_of(pictures: Iterable[Shown]) -> Latency | None:
    """None where fewer than LEAST_READ pictures could be read."""
    seen = list(pictures)
    plain = [each for each in seen if each.shown_ms is not None]
    if len(plain) < LEAST_READ:
        return None
    capture = _delay([_since(each.shown_ms or 0, each.captured_ms) for each in plain])
    whole = _delay([_since(each.shown_ms or 0, each.arrived_ms) for each in plain])
    return Latency(capture, whole, len(seen), len(seen) - len(plain))


def _since(shown_ms: int, at_ms: float) -> float:
    """at_ms less the time shown, that is known up to WRAPS_MS: -WRAPS_MS + MOST_MS to MOST_MS."""
    return MOST_MS - (MOST_MS - (at_ms - shown_ms)) % WRAPS_MS


def _delay(values_ms: list[float]) -> Delay:
    low, middle, high = np.percentile(values_ms, (5, 50, 95)).tolist()
    return Delay(middle, low, high)
