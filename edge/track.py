"""Steadies the shown value from frame to frame.

Rule 1: a value never moves by more than the present frame's interval. Rule 2: any withheld frame starts afresh. Rule 3: nothing is extrapolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from edge.types import Estimate, Missed, PointMm

MEMORY = 0.5  # share of the past in a steadied value (design)


@dataclass(frozen=True, slots=True)
class TrackState:
    """The last steadied target, None at a fresh start."""

    target_mm: PointMm | None = None


def track(state: TrackState, estimate: Estimate | Missed) -> tuple[TrackState, PointMm | None]:
    """The steadied target in probe_mm, or None for a missed frame."""
    if isinstance(estimate, Missed):
        return TrackState(), None
    seen = estimate.target_probe_mm
    steadied = seen if state.target_mm is None else _towards(seen, state.target_mm, estimate.interval_mm)
    return TrackState(steadied), steadied


def _towards(seen_mm: PointMm, past_mm: PointMm, interval_mm: float) -> PointMm:
    dx, dz = past_mm[0] - seen_mm[0], past_mm[1] - seen_mm[1]
    distance_mm = hypot(dx, dz)
    if distance_mm > interval_mm:
        # further than chance: the probe moved, and the past is worth nothing
        return seen_mm
    return seen_mm[0] + MEMORY * dx, seen_mm[1] + MEMORY * dz
