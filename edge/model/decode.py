"""Heatmaps and view logits to landmarks in frame_px, sub-pixel, with confidence and interval."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from math import exp, log

import numpy as np

from edge.catalogue import LEAST_BRIGHTNESS, NO_VIEW, TARGETS, VIEWS
from edge.model.manifest import Heatmap, Manifest, Table
from edge.types import Affine, Int8Tensor, Landmark, Landmarks, RawOutput

SECOND_PEAK_MM = 8.0  # peaks of one name nearer than this are one peak (the two cornua are 18 mm apart)
REACH = 2  # heatmap cells each way from the highest that tell where between them the peak is (4.8 mm)
FLOOR = 0.02  # below this a heatmap holds nothing
EMPTY = -128  # the lowest level
SUMS = range((2 * REACH + 1) * 255 + 1)  # what the levels of so many cells may sum up to
WEIGHTS = tuple(float(each * each) for each in SUMS)  # of a sum in the fit of a peak
WEIGHED = tuple(float(each * each) * log(max(1, each)) for each in SUMS)  # its logarithm by its weight


def decode(raw: RawOutput, frame_px_from_grid: Affine, manifest: Manifest, probabilities: tuple[float, ...] | None = None) -> Landmarks:
    """The likeliest view with its probability, and that view's landmarks whose peaks pass the manifest's thresholds. probabilities: of the views,
    where more than this output tells them."""
    probabilities = probabilities or view_probabilities(raw, manifest)
    confidence = max(probabilities)
    view = manifest.views[probabilities.index(confidence)]
    if view == NO_VIEW or view not in VIEWS:
        return Landmarks(NO_VIEW, confidence, {})
    points: dict[str, tuple[Landmark, ...]] = {}
    for name, channel, most in sought(view, manifest.landmarks):
        found = _points(raw, channel, most, name, frame_px_from_grid, manifest)
        if found:
            points[name] = found
    return Landmarks(view, confidence, points)


@cache
def sought(view: str, landmarks: tuple[str, ...]) -> tuple[tuple[str, int, int], ...]:
    """A view's landmarks among the model's: name, channel, how many points at most."""
    told = VIEWS[view]
    return tuple((name, landmarks.index(name), 2 if name in told.paired else 1) for name in told.landmarks if name in landmarks)


def view_probabilities(raw: RawOutput, manifest: Manifest) -> tuple[float, ...]:
    """In the order of the manifest's views: softmax of what the network says of the picture whole, at the manifest's temperature, and of whether the
    view's landmarks are found, with the manifest's weight. The two come from different parts of the network and err apart on pictures unlike those
    that taught it (models/CARD.md)."""
    # eleven views: Python is done before numpy has begun
    step, zero = manifest.logit_scale / manifest.temperature, manifest.logit_zero_point
    scores = [(logit - zero) * step for logit in raw.view_logits_int8.tolist()]
    if manifest.evidence_weight:
        weight = manifest.evidence_weight
        scores = [score + weight * found for score, found in zip(scores, view_evidence(raw, manifest), strict=True)]
    most = max(scores)
    weights = [exp(score - most) for score in scores]
    total = sum(weights)
    return tuple([weight / total for weight in weights])


def view_evidence(raw: RawOutput, manifest: Manifest) -> tuple[float, ...]:
    """(views,) mean logarithm of the highest peaks of each view's landmarks, each at least FLOOR; the manifest's evidence_none for no view."""
    # rows first: along whole rows numpy takes many cells at once
    tops, logs = np.maximum.reduce(np.maximum.reduce(raw.heatmaps_int8)).tolist(), logs_of(manifest.heatmap)
    return tuple(
        [
            sum([logs[tops[channel]] for channel in channels]) / len(channels) if channels else manifest.evidence_none
            for channels in channels_of(manifest.views, manifest.landmarks)
        ]
    )


@cache
def logs_of(heatmap: Heatmap) -> dict[int, float]:
    """The logarithm of what each int8 value says, FLOOR to 1."""
    return {value: log(min(1.0, max(FLOOR, (value - heatmap.zero_point) * heatmap.scale))) for value in range(-128, 128)}


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


def _points(raw: RawOutput, channel: int, most: int, name: str, affine: Affine, manifest: Manifest) -> tuple[Landmark, ...]:
    """Up to `most` peaks of one channel, left of the screen first."""
    heatmap, (a, b, c, d) = manifest.heatmap, affine
    brightness = raw.brightness_uint8 if name in LEAST_BRIGHTNESS else None
    levels = raw.heatmaps_int8[:, :, channel].copy()  # in one piece first: numpy takes a plane in steps cell by cell
    lowest = heatmap.zero_point
    found: list[Landmark] = []
    least = max(FLOOR, manifest.peak_threshold[name])
    for turn in range(most):
        at = int(levels.argmax())
        confidence = min(1.0, (levels.item(at) - lowest) * heatmap.scale)
        if confidence < least:
            break
        row, column = divmod(at, levels.shape[1])
        sub_row, sub_column = _sub_cell(levels, row, column, lowest)
        x_px = a * (heatmap.offset_cells + heatmap.stride_cells * sub_column) + b
        y_px = c * (heatmap.offset_cells + heatmap.stride_cells * sub_row) + d
        bright = 255 if brightness is None else int(brightness[row, column])
        contrast = raw.contrast_at(row, column) if name in TARGETS else 0
        found.append(Landmark(x_px, y_px, confidence, interval_mm(confidence, manifest.intervals[name]), bright, contrast))
        if turn + 1 < most:
            _empty(levels, row, column, int(SECOND_PEAK_MM / (manifest.grid.mm_per_cell * heatmap.stride_cells)))
    if len(found) > 1:
        found.sort(key=lambda point: point.x_px)
    return tuple(found)


def _sub_cell(levels: Int8Tensor, row: int, column: int, lowest: int) -> tuple[float, float]:
    """The peak between the cells: (row, column). lowest: the level that says 0. The sums along rows and columns of the cells around it are each a
    Gaussian, whose logarithm is a parabola (Guo 2011, weights the squared sums). Over five cells, not three: rounding that differs between runtimes
    then moves it half as far."""
    rows, columns = levels.shape
    down, across = min(REACH, row, rows - 1 - row), min(REACH, column, columns - 1 - column)
    # 25 whole numbers: Python adds them up before numpy has begun
    lines = levels[row - down : row + down + 1, column - across : column + across + 1].tolist()
    return (
        row + _top(list(map(sum, lines)), lowest * (2 * across + 1)),
        column + _top(list(map(sum, zip(*lines, strict=True))), lowest * (2 * down + 1)),
    )


def _top(sums: list[int], nothing: int) -> float:
    """Where the Gaussian through one, three or five sums has its top, from the middle one, -1 to 1; 0 where they have none. A sum not above `nothing`
    weighs nothing."""
    if len(sums) < 2 * REACH + 1:
        missing = [nothing] * (REACH - len(sums) // 2)
        sums = [*missing, *sums, *missing]
    first, second, middle, fourth, last = [each - nothing if each > nothing else 0 for each in sums]
    # moments of the weighted parabola fit over -2 to 2, in the order of the sums
    a, b, c, d, e = WEIGHTS[first], WEIGHTS[second], WEIGHTS[middle], WEIGHTS[fourth], WEIGHTS[last]
    w0, w1, w2 = a + b + c + d + e, 2.0 * (e - a) + d - b, 4.0 * (a + e) + b + d
    w3, w4 = 8.0 * (e - a) + d - b, 16.0 * (a + e) + b + d
    a, b, c, d, e = WEIGHED[first], WEIGHED[second], WEIGHED[middle], WEIGHED[fourth], WEIGHED[last]
    y0, y1, y2 = a + b + c + d + e, -2.0 * a - b + d + 2.0 * e, 4.0 * a + b + d + 4.0 * e
    # Cramer's rule for slope and bend of height = level + slope x + bend x^2
    p, q, r = w0 * w3 - w1 * w2, w0 * w4 - w2 * w2, w1 * w4 - w2 * w3
    s, t, u = w0 * w2 - w1 * w1, w2 * w4 - w3 * w3, w1 * w3 - w2 * w2
    whole = w0 * t - w1 * r + w2 * u
    bend = y2 * s + y0 * u - y1 * p
    if whole <= 0.0 or bend >= -1e-9 * whole:
        return 0.0
    slope = y1 * q - y0 * r - y2 * p
    return max(-1.0, min(1.0, -0.5 * slope / bend))


def _empty(levels: Int8Tensor, row: int, column: int, reach: int) -> None:
    """Empties the square around a peak."""
    levels[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = EMPTY
