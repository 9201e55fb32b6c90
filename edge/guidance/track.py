"""Gathers what the last frames say: each is placed a little differently on the model's grid (the manifest's placings), and a number rests on several
of them, not on one.

Rule 1: a value never moves by more than the present frame's interval. Rule 2: a frame without a target starts the target afresh, a frame without
a live scan everything. Rule 3: nothing is extrapolated. Rule 4: frames that stand together for one number are neighbours in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from edge.types import Estimate, Missed, PointMm, Target

# between two frames that are neighbours (design): the slowest scanners draw 5 in a second and may lose one; in half a second a hand moves a probe by
# the 5 mm within which frames agree
MOST_GAP_NS = 500_000_000
SURE = 0.9  # a frame this sure of a view that the ones before were as sure it was not shows that the picture changed (design)


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a target was seen, how certainly, and how its echo stands out. view: the one that it was seen in."""

    view: str
    target_mm: PointMm
    interval_mm: float
    confidence: float
    contrast: float


@dataclass(frozen=True, slots=True)
class TrackState:
    """The last frames, newest first. views: each one's probabilities of the views; sights: of those in a row that put the target in one place. at_ns:
    when the newest was captured."""

    views: tuple[tuple[float, ...], ...] = ()
    sights: tuple[Sight, ...] = ()
    at_ns: int | None = None


def up_to(state: TrackState, at_ns: int) -> TrackState:
    """The last frames as one captured at at_ns may go on from them: none of them after a gap, or where time runs backwards."""
    if state.at_ns is not None and 0 <= at_ns - state.at_ns <= MOST_GAP_NS:
        return TrackState(state.views, state.sights, at_ns)
    return TrackState(at_ns=at_ns)


def gather_views(state: TrackState, probabilities: tuple[float, ...], *, most: int) -> tuple[TrackState, tuple[float, ...]]:
    """The mean probability of each view over this frame and the ones before, `most` in all; none before a change of view."""
    sure = max(probabilities)
    own = probabilities.index(sure)
    past = state.views[: most - 1]
    if past and sure >= SURE and all(before[own] <= 1 - SURE for before in past):
        past = ()
    views = (probabilities, *past)
    count = len(views)
    return TrackState(views, state.sights, state.at_ns), tuple([sum(values) / count for values in zip(*views, strict=True)])


def gather_sights(
    state: TrackState, view: str, found: Estimate | Target | Missed, *, most: int, agree_mm: float
) -> tuple[TrackState, Sight | None]:
    """The mean of the sights in a row, `most` in all, that lie within agree_mm of this frame's, or None for a missed frame. The target itself is
    the mean of those within this frame's interval: further than chance the probe moved, and the past is worth nothing."""
    if isinstance(found, Missed):
        return TrackState(state.views, (), state.at_ns), None
    present = Sight(view, found.target_probe_mm, found.interval_mm, found.confidence, found.contrast)
    sights = [present]
    for past in state.sights[: most - 1]:
        if past.view != view or not _apart_mm(past, present) <= agree_mm:
            break
        sights.append(past)
    near = [past for past in sights if _apart_mm(past, present) <= present.interval_mm] or [present]
    target_mm = (sum([one.target_mm[0] for one in near]) / len(near), sum([one.target_mm[1] for one in near]) / len(near))
    means = [sum(values) / len(sights) for values in zip(*[(one.interval_mm, one.confidence, one.contrast) for one in sights], strict=True)]
    return TrackState(state.views, tuple(sights), state.at_ns), Sight(view, target_mm, *means)


def _apart_mm(one: Sight, other: Sight) -> float:
    return hypot(one.target_mm[0] - other.target_mm[0], one.target_mm[1] - other.target_mm[1])
