"""Curves: control points become a bone's outline, round or sharp, stepped, bumpy or pitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.foreign.outlines.chance import Chance

Points = NDArray[np.float64]  # (n, 2) x to the right and z down, mm
STEP_MM = 0.25


def through(controls: Sequence[tuple[float, float]], roundness: float) -> tuple[Points, NDArray[np.intp]]:
    """A dense curve through the control points and the index of each on it. roundness 0 is a polyline, 1 a cubic Hermite (Catmull-Rom) curve."""
    knots = np.asarray(controls, float)
    tangent = _held(np.gradient(knots, axis=0), np.hypot(*np.diff(knots, axis=0).T))
    pieces, index, total = [], [0], 0
    for a, b, before, after in zip(knots[:-1], knots[1:], tangent[:-1], tangent[1:], strict=True):
        count = max(2, int(np.hypot(*(b - a)) / STEP_MM))
        t = (np.arange(count) / count)[:, None]
        straight = a + (b - a) * t
        hermite = (2 * t**3 - 3 * t**2 + 1) * a + (t**3 - 2 * t**2 + t) * before + (3 * t**2 - 2 * t**3) * b + (t**3 - t**2) * after
        pieces.append(straight + roundness * (hermite - straight))
        total += count
        index.append(total)
    return np.concatenate([*pieces, knots[-1:]]), np.asarray(index)


def _held(tangents: Points, lengths: NDArray[np.float64]) -> Points:
    """Tangents no longer than the shorter neighbouring piece: else uneven control points make loops."""
    most = np.minimum(np.append(lengths, lengths[-1]), np.insert(lengths, 0, lengths[0]))
    size = np.hypot(tangents[:, 0], tangents[:, 1])
    return np.asarray(tangents * np.minimum(1.0, most / np.maximum(size, 1e-6))[:, None])


def roughened(curve: Points, chance: Chance, height_mm: float) -> Points:
    """The curve with bumps of a few lengths along its normal; height_mm is their usual size."""
    along = np.arange(len(curve)) * STEP_MM
    normal = np.gradient(curve, axis=0)[:, ::-1] * (-1, 1)
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-6)[:, None]
    bumps = np.zeros(len(curve))
    for length_mm in (3.0, 6.0, 13.0, 30.0):
        wave = np.sin(2 * np.pi * (along / (length_mm * chance.between(0.7, 1.4)) + chance.between(0, 1)))
        bumps += chance.about(0, 0.5) * height_mm * wave * (length_mm / 13.0) ** 0.6
    return curve + normal * bumps[:, None]


def pitted(curve: Points, chance: Chance, count: int) -> Points:
    """The curve with small pits and spurs (osteophytes) downwards and upwards."""
    result, along = curve.copy(), np.arange(len(curve)) * STEP_MM
    for _ in range(count):
        middle, width_mm = chance.between(0, along[-1]), chance.between(0.5, 2.0)
        result[:, 1] += chance.of((-1.0, 1.0)) * chance.between(0.4, 2.2) * np.exp(-(((along - middle) / width_mm) ** 2))
    return result


def stepped(curve: Points, chance: Chance) -> Points:
    """The curve as a stair: depth moves in treads of 1 to 3 mm, softened."""
    tread = chance.between(1.0, 3.0)
    level = np.round(curve[:, 1] / tread) * tread
    kernel = np.ones(5) / 5
    soft = np.convolve(np.pad(level, 2, mode="edge"), kernel, mode="valid")
    return np.column_stack([curve[:, 0], 0.6 * soft + 0.4 * curve[:, 1]])
