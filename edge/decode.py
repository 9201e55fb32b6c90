"""Heatmaps and view logits to landmarks in frame_px, sub-pixel, with confidence and interval."""

from __future__ import annotations

from bisect import bisect_left
from math import log

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, VIEWS
from edge.manifest import Manifest, Table
from edge.types import Affine, Int8Tensor, Landmark, Landmarks, RawOutput

SECOND_PEAK_MM = 8.0  # peaks of one name nearer than this are one peak (the two cornua are 18 mm apart)
FLOOR = 0.02  # below this a heatmap holds nothing


def decode(raw: RawOutput, frame_px_from_grid: Affine, manifest: Manifest) -> Landmarks:
    """The view with its probability, and that view's landmarks whose peaks pass the manifest's thresholds."""
    view, confidence = seen_view(raw.view_logits_int8, manifest)
    if view == NO_VIEW or view not in VIEWS:
        return Landmarks(NO_VIEW, confidence, {})
    points: dict[str, tuple[Landmark, ...]] = {}
    for name in VIEWS[view].landmarks:
        if name not in manifest.landmarks:
            continue
        plane = raw.heatmaps_int8[:, :, manifest.landmarks.index(name)]
        found = _points(plane, 2 if name in VIEWS[view].paired else 1, name, frame_px_from_grid, manifest)
        if found:
            points[name] = found
    return Landmarks(view, confidence, points)


def seen_view(logits_int8: Int8Tensor, manifest: Manifest) -> tuple[str, float]:
    """The likeliest view and its softmax probability at the manifest's temperature."""
    scores = (logits_int8.astype(np.float64) - manifest.logit_zero_point) * (manifest.logit_scale / manifest.temperature)
    best = int(np.argmax(scores))
    return manifest.views[best], float(1.0 / np.exp(scores - scores[best]).sum())


def interval_mm(confidence: float, table: Table) -> float:
    """The 95 % interval at a confidence: linear between the table's rows, level beyond them."""
    at = bisect_left(table, (confidence, 0.0))
    if at == 0:
        return table[0][1]
    if at == len(table):
        return table[-1][1]
    (c0, mm0), (c1, mm1) = table[at - 1], table[at]
    return mm0 + (mm1 - mm0) * (confidence - c0) / (c1 - c0)


def _points(plane: Int8Tensor, most: int, name: str, affine: Affine, manifest: Manifest) -> tuple[Landmark, ...]:
    """Up to `most` peaks of one channel, left of the screen first."""
    heatmap = manifest.heatmap
    found: list[Landmark] = []
    plane = np.ascontiguousarray(plane)
    least = max(FLOOR, manifest.peak_threshold[name])
    radius = SECOND_PEAK_MM / (manifest.grid.mm_per_cell * heatmap.stride_cells)
    for turn in range(most):
        row, column = divmod(int(plane.argmax()), heatmap.columns)
        confidence = min(1.0, (int(plane[row, column]) - heatmap.zero_point) * heatmap.scale)
        if confidence < least:
            break
        sub_row, sub_column = _sub_cell(plane, row, column, heatmap.zero_point)
        grid_column = heatmap.offset_cells + heatmap.stride_cells * sub_column
        grid_row = heatmap.offset_cells + heatmap.stride_cells * sub_row
        a, b, c, d = affine
        found.append(Landmark(a * grid_column + b, c * grid_row + d, confidence, interval_mm(confidence, manifest.intervals[name])))
        if turn + 1 < most:
            plane = _without(plane, row, column, radius)
    return tuple(sorted(found, key=lambda point: point.x_px))


def _sub_cell(plane: Int8Tensor, row: int, column: int, zero_point: int) -> tuple[float, float]:
    """The peak between the cells: a Gaussian through three neighbours has its top at half the ratio of log differences."""
    rows, columns = plane.shape

    def height(r: int, c: int) -> float:
        return log(max(0.5, float(int(plane[r, c]) - zero_point)))

    def shift(before: float, middle: float, after: float) -> float:
        bend = before - 2 * middle + after
        return 0.0 if bend >= -1e-9 else max(-0.5, min(0.5, 0.5 * (before - after) / bend))

    middle = height(row, column)
    dr = shift(height(row - 1, column), middle, height(row + 1, column)) if 0 < row < rows - 1 else 0.0
    dc = shift(height(row, column - 1), middle, height(row, column + 1)) if 0 < column < columns - 1 else 0.0
    return row + dr, column + dc


def _without(plane: Int8Tensor, row: int, column: int, radius_cells: float) -> NDArray[np.int8]:
    """A copy with the square around a peak emptied."""
    rest = plane.copy()
    reach = int(radius_cells)
    top, left = max(0, row - reach), max(0, column - reach)
    rest[top : row + reach + 1, left : column + reach + 1] = -128
    return rest
