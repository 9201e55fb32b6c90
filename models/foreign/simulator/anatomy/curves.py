"""Outlines in mm: corners are cut, rims are roughened, and named points are found on what came out. All arrays are (n, 2), x then z."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Curve: TypeAlias = NDArray[np.float64]  # (n, 2): x, z in mm
Point: TypeAlias = tuple[float, float]
STEP_MM = 0.15


def rounded(corners: Curve, share: float, rounds: int = 3) -> Curve:
    """A closed polygon with its corners cut (Chaikin): share 0 leaves them sharp, 0.25 is roundest."""
    for _ in range(rounds if share > 0.01 else 0):
        after = np.roll(corners, -1, axis=0)
        corners = np.stack([corners + share * (after - corners), after - share * (after - corners)], axis=1).reshape(-1, 2)
    return corners


def resampled(points: Curve, step_mm: float = STEP_MM, closed: bool = False) -> Curve:
    """Points at even steps along the curve."""
    line = np.vstack([points, points[:1]]) if closed else points
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, max(length[-1], step_mm), step_mm)
    return np.stack([np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1])], axis=1)


def normals(points: Curve) -> Curve:
    """Unit vectors across an evenly sampled curve; for a clockwise outline (z down) they point outwards."""
    along = np.gradient(points, axis=0)
    across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    return np.asarray(across / np.maximum(np.hypot(*along.T), 1e-9)[:, None])


def wandering(count: int, reach: float, rng: np.random.Generator, mode: str = "reflect") -> NDArray[np.float64]:
    """Smooth noise of unit deviation along a curve; reach in samples."""
    noise = gaussian_filter1d(rng.standard_normal(count), max(reach, 0.1), mode=mode)
    return np.asarray(noise * np.sqrt(2 * np.sqrt(np.pi) * max(reach, 0.3)))


def roughened(outline: Curve, coarse_mm: float, fine_mm: float, rng: np.random.Generator) -> Curve:
    """The outline with humps some millimetres long and a fine roughness."""
    push = coarse_mm * wandering(len(outline), 2.5 / STEP_MM, rng, "wrap") + fine_mm * wandering(len(outline), 0.4 / STEP_MM, rng, "wrap")
    return outline + normals(outline) * push[:, None]


def pitted(outline: Curve, pits: int, deepest_mm: float, rng: np.random.Generator) -> Curve:
    """The outline with dents and spurs: each a bump 1 to 4 mm long, inwards or outwards."""
    push, at = np.zeros(len(outline)), np.arange(len(outline))
    for _ in range(pits):
        centre, width = rng.integers(len(outline)), rng.uniform(0.4, 1.6) / STEP_MM
        push += rng.uniform(-1.0, 0.7) * deepest_mm * np.exp(-0.5 * ((at - centre) / width) ** 2)
    return outline + normals(outline) * push[:, None]


def notched(outline: Curve, deep_mm: float, rng: np.random.Generator) -> Curve:
    """The outline with one piece broken out of it, 3 to 8 mm long, and a step of up to a third of that depth from there on for 10 mm."""
    at = (np.arange(len(outline)) - int(rng.integers(len(outline)))) * STEP_MM
    gap = np.exp(-((at / rng.uniform(1.5, 4.0)) ** 4))
    step = rng.uniform(0, 0.33) * ((at > 0) & (at < 10))
    inwards = outline.mean(axis=0) - outline
    inwards /= np.maximum(np.hypot(*inwards.T), 1e-6)[:, None]
    return np.asarray(outline + inwards * (deep_mm * np.maximum(gap, step))[:, None])


def extreme(points: Curve, near: Point, radius_mm: float, towards: Point) -> Point:
    """The vertex within a radius of a place that lies furthest in a direction; the nearest one where none is within."""
    away = np.hypot(*(points - np.array(near)).T)
    inside = points[away <= max(radius_mm, float(away.min()) + 1e-6)]
    best = inside[int(np.argmax(inside @ np.array(towards)))]
    return float(best[0]), float(best[1])


def dorsal(points: Curve, x_mm: float, reach_mm: float = 0.3) -> Point:
    """The shallowest vertex at an x."""
    off = np.abs(points[:, 0] - x_mm)
    inside = points[off <= max(reach_mm, float(off.min()) + 1e-6)]
    return x_mm, float(inside[:, 1].min())


def bridge(left: Curve, right: Curve) -> tuple[Point, Point]:
    """The line that touches both dorsally: its points of contact. Every other vertex lies beneath it."""
    slope, a, b = 0.0, left[0], right[0]
    for _ in range(12):
        a = left[int(np.argmin(left[:, 1] - slope * left[:, 0]))]
        b = right[int(np.argmin(right[:, 1] - slope * right[:, 0]))]
        slope = float((b[1] - a[1]) / max(b[0] - a[0], 1e-6))
    return (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))
