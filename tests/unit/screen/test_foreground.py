"""Connected parts, cells' means, and how much memory a whole reading takes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.judge.screens import PROFILE, screens
from edge.screen import watch
from edge.screen.area.foreground import ROWS_AT_ONCE, Mask, _moments, parts_of
from edge.types import Frame


def flooded(mask: Mask, *, diagonal: bool) -> list[int]:
    """Which part each set pixel is of, one pixel after the other."""
    beside = [(-1, 0), (1, 0), (0, -1), (0, 1), *([(-1, -1), (-1, 1), (1, -1), (1, 1)] if diagonal else [])]
    places = [(int(row), int(column)) for row, column in np.argwhere(mask)]
    part: dict[tuple[int, int], int] = {}
    for number, place in enumerate(places):
        waiting = [place] if place not in part else []
        while waiting:
            row, column = waiting.pop()
            part[row, column] = number
            around = [(row + down, column + across) for down, across in beside]
            waiting += [each for each in around if each in places and each not in part]
    order = {number: index for index, number in enumerate(sorted(set(part.values())))}
    return [order[part[place]] for place in places]


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.data())
def test_parts_are_what_a_flood_finds(rows: int, columns: int, diagonal: bool, data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)
    flat, part = parts_of(mask, diagonal=diagonal)
    assert flat.tolist() == np.flatnonzero(mask).tolist()
    assert part.tolist() == flooded(mask, diagonal=diagonal)


@pytest.mark.parametrize("rows", [1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 3 * ROWS_AT_ONCE + 1])
def test_cells_told_a_few_rows_at_a_time_are_the_same(rows: int) -> None:
    pixels = np.random.default_rng(rows).integers(0, 256, (9 * rows + 4, 95)).astype(np.uint8)
    cells = pixels[: 9 * rows, :90].reshape(rows, 9, 10, 9).astype(np.float32)
    mean = cells.mean(axis=(1, 3)).ravel()
    spread = np.sqrt((cells * cells).mean(axis=(1, 3)).ravel() - mean * mean)
    found = _moments(pixels, 9)
    assert np.array_equal(found[0], mean)
    assert np.array_equal(found[1], spread)


def test_a_reading_of_a_large_screen_holds_few_pictures_at_a_time() -> None:
    """Of 1080p, where each is 2 MB: eleven and more at a time had the device's job hold 118 MB while it read a screen (asked: 110)."""
    picture, state = screens((1920, 1080), 1)[0], watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None)
    tracemalloc.start()
    try:
        watch.watch(state, Frame(0, 0, picture))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 10 * picture.size
