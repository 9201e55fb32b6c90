"""The sheet of failures: the surest wrong views first, then the landmarks furthest off; truth green, model red."""

from __future__ import annotations

import numpy as np

from models.training import pictures
from models.training.calibrate import Seen
from models.training.settings import GRID, HEATMAP_ROWS
from models.training.shards import ALL, SLOTS, Samples
from tests.unit import made


def samples_of(views: list[str], points: list[tuple[float, float] | None]) -> Samples:
    """One facet point (column, row) a frame, or none."""
    places = np.full((len(views), len(ALL.landmarks), SLOTS, 2), np.nan, np.float32)
    for index, point in enumerate(points):
        if point is not None:
            places[index, ALL.landmarks.index("facet"), 0] = point
    grids = np.zeros((len(views), GRID.rows, GRID.columns), np.uint8)
    numbers = np.array([ALL.views.index(view) for view in views], np.int64)
    return Samples(ALL, grids, numbers, places, np.arange(len(views)), np.array(["made"] * len(views), dtype=np.str_), made.whole_grid(len(views)))


def seen_of(samples: Samples, index: int, view: str, x_mm: float) -> Seen:
    raw = made.raw(view, {"facet": [(x_mm, 40.0)]})
    assert raw.heatmaps_int8.shape[0] <= HEATMAP_ROWS
    return Seen(index, ALL.views[samples.views[index]], (raw,))


def test_wrong_views_come_first_and_the_furthest_landmark_before_nearer_ones() -> None:
    at = (-made.GRID.x0_mm / made.GRID.mm_per_cell, (40.0 - made.GRID.z0_mm) / made.GRID.mm_per_cell)
    samples = samples_of(["transverse_facet"] * 3 + ["none", "transverse_facet"], [at, at, at, None, None])
    seen = [seen_of(samples, index, "transverse_facet", x_mm) for index, x_mm in enumerate((1.0, 12.0, -4.0, 0.0, 0.0))]
    found = pictures.failures(seen, samples, made.manifest())
    # frame 3 shows no view and is seen as one; frame 4's facet is hidden, so that nothing can be off there
    assert [failure.index for failure in found] == [3, 1, 2, 0]
    assert found[1].caption.endswith("facet 12.0 mm off")
    page = np.asarray(pictures.sheet(found, samples))
    assert page.shape == (GRID.rows * pictures.ZOOM + pictures.CAPTION_PX, 4 * GRID.columns * pictures.ZOOM, 3)
    tile = page[:, GRID.columns * pictures.ZOOM : 2 * GRID.columns * pictures.ZOOM]
    x, y = (round(value) for value in ((at[0] + 0.5) * pictures.ZOOM, (at[1] + 0.5) * pictures.ZOOM + pictures.CAPTION_PX))
    assert (tile[y - 5 : y + 6, x - 5 : x + 6] == pictures.GREEN).all(axis=-1).any()
    cross = x + round(12.0 / made.GRID.mm_per_cell * pictures.ZOOM)
    assert (tile[y - 5 : y + 6, cross - 5 : cross + 6] == pictures.RED).all(axis=-1).any()
