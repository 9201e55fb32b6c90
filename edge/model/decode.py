"""Heatmaps and view logits to landmarks in frame_px, sub-pixel, with confidence and interval."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from math import log

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, VIEWS
from edge.model.manifest import Manifest, Table
from edge.types import Affine, GrayImage, Int8Tensor, Landmark, Landmarks, RawOutput

SECOND_PEAK_MM = 8.0  # peaks of one name nearer than this are one peak (the two cornua are 18 mm apart)
REACH = 2  # heatmap cells each way from the highest that tell where between them the peak is (4.8 mm)
FLOOR = 0.02  # below this a heatmap holds nothing


def decode(raw: RawOutput, frame_px_from_grid: Affine, manifest: Manifest, probabilities: tuple[float, ...] | None = None) -> Landmarks:
    """The likeliest view with its probability, and that view's landmarks whose peaks pass the manifest's thresholds. probabilities: of the views,
    where more than this output tells them."""
    probabilities = probabilities or view_probabilities(raw, manifest)
    confidence = max(probabilities)
    view = manifest.views[probabilities.index(confidence)]
    if view == NO_VIEW or view not in VIEWS:
        return Landmarks(NO_VIEW, confidence, {})
    points: dict[str, tuple[Landmark, ...]] = {}
    for name in VIEWS[view].landmarks:
        if name not in manifest.landmarks:
            continue
        plane = raw.heatmaps_int8[:, :, manifest.landmarks.index(name)]
        found = _points(plane, raw.brightness_uint8, 2 if name in VIEWS[view].paired else 1, name, frame_px_from_grid, manifest)
        if found:
            points[name] = found
    return Landmarks(view, confidence, points)


def view_probabilities(raw: RawOutput, manifest: Manifest) -> tuple[float, ...]:
    """In the order of the manifest's views: softmax of what the network says of the picture whole, at the manifest's temperature, and of whether the
    view's landmarks are found, with the manifest's weight. The two come from different parts of the network and err apart on pictures unlike those
    that taught it (models/CARD.md)."""
    scores = (raw.view_logits_int8.astype(np.float64) - manifest.logit_zero_point) * (manifest.logit_scale / manifest.temperature)
    if manifest.evidence_weight:
        scores = scores + manifest.evidence_weight * view_evidence(raw, manifest)
    weights = np.exp(scores - scores.max())
    return tuple((weights / weights.sum()).tolist())


def view_evidence(raw: RawOutput, manifest: Manifest) -> NDArray[np.float64]:
    """(views,) mean logarithm of the highest peaks of each view's landmarks, each at least FLOOR; the manifest's evidence_none for no view."""
    heatmap = manifest.heatmap
    tops = raw.heatmaps_int8.reshape(-1, raw.heatmaps_int8.shape[2]).max(axis=0)
    logs = np.log(np.clip((tops.astype(np.float64) - heatmap.zero_point) * heatmap.scale, FLOOR, 1.0))
    found = np.full(len(manifest.views), manifest.evidence_none)
    for index, channels in enumerate(channels_of(manifest.views, manifest.landmarks)):
        if channels:
            found[index] = logs[list(channels)].mean()
    return found


@cache
def channels_of(views: tuple[str, ...], landmarks: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Of each view the heatmaps of its landmarks; none for no view."""
    return tuple(tuple(landmarks.index(name) for name in VIEWS[view].landmarks if name in landmarks) if view in VIEWS else () for view in views)


def interval_mm(confidence: float, table: Table) -> float:
    """The 95 % interval at a confidence: linear between the table's rows, level beyond them."""
    at = bisect_left(table, (confidence, 0.0))
    if at == 0:
        return table[0][1]
    if at == len(table):
        return table[-1][1]
    (c0, mm0), (c1, mm1) = table[at - 1], table[at]
    return mm0 + (mm1 - mm0) * (confidence - c0) / (c1 - c0)


def _points(
    plane: Int8Tensor, brightness: GrayImage, most: int, name: str, affine: Affine, manifest: Manifest
) -> tuple[Landmark, ...]:
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
        found.append(
            Landmark(
                a * grid_column + b, c * grid_row + d, confidence, interval_mm(confidence, manifest.intervals[name]), int(brightness[row, column])
            )
        )
        if turn + 1 < most:
            plane = _without(plane, row, column, radius)
    return tuple(sorted(found, key=lambda point: point.x_px))


def _sub_cell(plane: Int8Tensor, row: int, column: int, zero_point: int) -> tuple[float, float]:
    """The peak between the cells: (row, column). The sums along rows and columns of the cells around it are each a Gaussian, whose logarithm is a
    parabola (Guo 2011, weights the squared sums). Over five cells, not three: rounding that differs between runtimes then moves it half as far."""
    rows, columns = plane.shape
    down, across = min(REACH, row, rows - 1 - row), min(REACH, column, columns - 1 - column)
    # 25 whole numbers: Python adds them up before numpy has begun
    window = plane[row - down : row + down + 1, column - across : column + across + 1].tolist()
    high, wide = len(window) * zero_point, len(window[0]) * zero_point
    return row + _top([sum(line) - wide for line in window]), column + _top([sum(line) - high for line in zip(*window, strict=True)])


def _top(sums: list[int]) -> float:
    """Where the Gaussian through an odd number of sums has its top, from the middle one, -1 to 1; 0 where they have none."""
    middle = len(sums) // 2
    # moments of the weighted parabola fit; x is small and whole, so plain sums are exact enough and quicker than a solver
    w0 = w1 = w2 = w3 = w4 = y0 = y1 = y2 = 0.0
    for x, value in enumerate(sums, start=-middle):
        if value <= 0:
            continue  # it would weigh nothing
        weight, height, square = float(value * value), log(value), x * x
        w0 += weight
        w1 += weight * x
        w2 += weight * square
        w3 += weight * square * x
        w4 += weight * square * square
        y0 += weight * height
        y1 += weight * height * x
        y2 += weight * height * square
    # Cramer's rule for slope and bend of height = level + slope x + bend x^2
    slope = y1 * (w0 * w4 - w2 * w2) - y0 * (w1 * w4 - w2 * w3) - y2 * (w0 * w3 - w1 * w2)
    bend = y2 * (w0 * w2 - w1 * w1) - y0 * (w2 * w2 - w1 * w3) - y1 * (w0 * w3 - w1 * w2)
    whole = w0 * (w2 * w4 - w3 * w3) - w1 * (w1 * w4 - w2 * w3) + w2 * (w1 * w3 - w2 * w2)
    if whole <= 0.0 or bend >= -1e-9 * whole:
        return 0.0
    return max(-1.0, min(1.0, -0.5 * slope / bend))


def _without(plane: Int8Tensor, row: int, column: int, radius_cells: float) -> NDArray[np.int8]:
    """A copy with the square around a peak emptied."""
    rest = plane.copy()
    reach = int(radius_cells)
    top, left = max(0, row - reach), max(0, column - reach)
    rest[top : row + reach + 1, left : column + reach + 1] = -128
    return rest
