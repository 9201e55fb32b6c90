"""Shape: lines that touch ribbons, and places on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.foreign.ribbons.ribbon import Draw, Knot, Ribbon, ribbon


def tangent_at(ribbons: Sequence[Ribbon], x: float, reach_mm: float) -> float:
    """y at x of the line that touches, from above, what lies within reach_mm on both sides of x."""
    points = np.concatenate([one.points[np.abs(one.points[:, 0] - x) < reach_mm] for one in ribbons])
    left, right = (points[sign * (points[:, 0] - x) > 0] for sign in (-1, 1))
    share = (x - left[:, None, 0]) / (right[None, :, 0] - left[:, None, 0])
    height = left[:, None, 1] * (1 - share) + right[None, :, 1] * share
    return float(height.min())


def closed(draw: Draw, inner: Ribbon, outer: Ribbon, sign: int = 0) -> Ribbon:
    """The deep end of a cleft between two bones: joined where their ends lie nearest to each other, weak, a little deeper.

    sign: 1 or -1 where the inner bone has an end on either side and this one is meant; else the nearest."""
    ends = [one.points[[0, -1]] for one in (inner, outer)]
    apart = np.hypot(*(ends[0][:, None] - ends[1][None]).transpose(2, 0, 1))
    if sign:
        apart[0 if sign > 0 else 1] = np.inf
    a, b = np.unravel_index(int(apart.argmin()), apart.shape)
    first, second = ends[0][a], ends[1][b]
    beyond = 0.4 if second[0] > first[0] else -0.4
    deeper = max(first[1], second[1]) + draw.uniform(0, 3)
    knots = [Knot(first[0] - beyond, deeper), Knot(second[0] + beyond, deeper)]
    return ribbon(draw, knots, gain_db=-draw.uniform(6, 16), rough_mm=0.1)
