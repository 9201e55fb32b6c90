"""What the watch leaves out on most frames never changes what it says: each short cut against the long way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.screen import health
from edge.types import ScanGeometry

PLACES = np.argwhere(np.ones((health.CELLS_DOWN, health.CELLS_ACROSS), np.bool_)).astype(np.int64)
seeds = st.integers(0, 2**32 - 1)


def mixed(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """One grey with noise, and a block of another."""
    greys: NDArray[Any] = random.integers(0, 256) + random.normal(0, random.uniform(0, 12), shape)
    greys[: random.integers(0, shape[0] + 1), : random.integers(0, shape[1] + 1)] = random.integers(0, 256)
    return np.asarray(greys.clip(0, 255), np.uint8)


@settings(deadline=None)
@given(seeds, st.integers(1, 120), st.integers(1, 160))
def test_a_plain_picture_is_told_by_its_percentiles(seed: int, rows: int, columns: int) -> None:
    picture = mixed(np.random.default_rng(seed), (rows, columns))
    grid = picture[rows // 48 :: max(1, rows // health.SIGNAL_GRID[0]), columns // 96 :: max(1, columns // health.SIGNAL_GRID[1])]
    low, high = np.percentile(grid, (1, 99))
    assert (health.no_signal(picture) in ("black", "plain")) == (high - low <= health.FLAT_SIGNAL)


@settings(deadline=None)
@given(seeds, st.integers(1, 24), st.integers(1, 24))
def test_a_marker_stands_out_from_the_median(seed: int, rows: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    boxes = np.stack([mixed(random, (rows, columns)), mixed(random, (rows, columns))])
    apart = [np.abs(box.astype(np.int16) - int(np.median(box))) for box in boxes]
    found = health.drawn(boxes)
    assert np.array_equal(found.marks, np.stack(apart) > health.MARKER_CONTRAST)
    # whatever grey was usual before
    for guess in (found.usual, (random.integers(0, 256), found.usual[1])):
        marks = health._marks(boxes, guess)
        assert np.array_equal(found.marks, np.zeros(boxes.shape) if marks is None else marks)


@settings(deadline=None)
@given(seeds, st.integers(1, 120), st.integers(1, 160), st.integers(0, 255), st.floats(0.9, 1.0))
def test_a_picture_of_many_greys_is_neither_plain_nor_a_placard(seed: int, rows: int, columns: int, grey: int, share: float) -> None:
    random = np.random.default_rng(seed)
    grid = np.where(random.random((rows, columns)) < share, grey, random.integers(0, 256, (rows, columns))).astype(np.uint8)
    low, high = np.percentile(grid, (1, 99))
    near = np.count_nonzero(np.abs(grid.astype(np.int16) - grey) <= 2) / grid.size
    if health.many_greys(grid):
        assert high - low > health.FLAT_SIGNAL
        assert near <= health.PLAIN_SHARE


@settings(max_examples=300, deadline=None)
@given(seeds, st.floats(0, 1), st.integers(0, health.CELLS_DOWN), st.integers(0, health.CELLS_ACROSS))
def test_a_dialog_is_what_lost_its_texture_above_the_bottom(seed: int, texture: float, rows: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    flat, bright, before = random.random((3, len(PLACES))) < np.array((0.05, 0.02, texture))[:, None]
    top, left = random.integers(0, 10, 2)
    covered = (PLACES[:, 0] >= top) & (PLACES[:, 0] < top + rows) & (PLACES[:, 1] >= left) & (PLACES[:, 1] < left + columns)
    flat |= covered
    bright &= flat
    lost = flat & before & ~health._to_the_bottom(flat, PLACES)
    many = 0 < lost.sum() < health.SHADOW_SHARE * flat.size and health._joined(lost, PLACES, max(5, 2 * health.MENU_SHARE * flat.size))
    lit = health._joined(bright, PLACES, max(3, health.MENU_SHARE * flat.size))
    assert health.dialog(flat, bright, before, PLACES) == (lit or many)


@settings(max_examples=200, deadline=None)
@given(seeds, st.floats(0, 20), st.sampled_from(["as it is", "sides", "depths"]), st.booleans())
def test_a_picture_that_hardly_changed_was_not_turned_over(seed: int, noise: float, turn: str, same: bool) -> None:
    random = np.random.default_rng(seed)
    kept = PLACES[random.random(len(PLACES)) < random.uniform(0.3, 1)]
    shown = random.uniform(0, 255, (health.CELLS_DOWN, health.CELLS_ACROSS))
    later = {"as it is": shown, "sides": shown[:, ::-1], "depths": shown[::-1]}[turn]
    places = (kept, kept if same else kept.copy())
    pictures = [np.clip(each + random.normal(0, noise, (health.CELL_SAMPLES, *each.shape)), 0, 255).astype(np.uint8) for each in (shown, later)]
    then, now = (health.cells_of(each[:, at[:, 0], at[:, 1]], at) for each, at in zip(pictures, places, strict=True))
    assert health.turned_over(now, then) == health._turned_grids(now.grid(), then.grid())


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(64, 200), st.integers(64, 200))
def test_the_parts_of_a_reading_are_what_the_picture_holds_there(seed: int, rows: int, columns: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (rows, columns)).astype(np.uint8)
    geometry = ScanGeometry("rectangle", columns // 4, rows // 8, 3 * columns // 4, 7 * rows // 8)
    samples = health.samples_for(picture.shape, geometry, 1.0, ((1, 2, 9, rows - 5),))
    flat, seen = picture.ravel(), health.look(picture.ravel(), samples)
    for name in ("inside", "strip", "markers", "rim", "signal"):
        assert np.array_equal(getattr(seen, name), flat[getattr(samples, name)])
    assert np.array_equal(seen.fixed, np.concatenate([flat[samples.outside], flat[samples.strip]]))
    assert np.array_equal(seen.moving, np.concatenate([flat[samples.inside].ravel(), flat[samples.outside]]))
    assert seen.around == seen.fixed.tobytes() + seen.markers.tobytes()


@pytest.mark.parametrize(
    ("name", "inside", "outside", "one", "both"),
    [
        ("as it was", (0.6, 0.6, 1.0, 0.0), (0.0, 0.0, 1.0, 1.0), False, False),
        ("narrower", (0.0, 0.1, 0.9, 0.0), (0.0, 0.0, 1.0, 1.0), True, True),
        ("wider", (0.6, 0.7, 1.0, 0.0), (0.6, 0.5, 1.0, 1.0), True, True),
        ("one side in shadow", (0.0, 0.6, 1.0, 0.0), (0.0, 0.0, 1.0, 1.0), True, False),
        ("moved aside", (0.0, 0.6, 1.0, 0.0), (0.0, 0.6, 1.0, 1.0), True, False),
        ("a little darker", (0.3, 0.3, 0.8, 0.0), (0.0, 0.0, 1.0, 1.0), False, False),
    ],
)
def test_a_scans_sides_move_together_where_its_size_changes(
    name: str, inside: tuple[float, ...], outside: tuple[float, ...], one: bool, both: bool
) -> None:
    before, now = np.array([(0.6, 0.6, 1.0, 0.0), (0.0, 0.0, 1.0, 1.0)]), np.array([inside, outside])
    assert (health.edge_moved(now, before), health.sides_moved(now, before)) == (one, both), name
