"""Echo: whether a scan shows a landmark where it lies. The rules of all renderers that teach.

Rule 1: a landmark of bone is seen where, in WIDTH_MM of the LOOK_MM around it, the bone changes the greys of the scan by LEAST_DB: within REACH_MM of
its surface the scan is so much brighter, or darker, than the same scan without bone, and it is not already so above the surface. Told on greys
without speckle. In finished pictures tissue stands out against its surroundings as often as bone does (README.md has the figures), so that a rule on
those would follow the grain.
Rule 2: an opening between two bones (OPENINGS) is seen where rules 1 and 3 hold on both sides of it, within BESIDE_MM.
Rule 3: a landmark on an edge, of bone or soft, is clear where its own echo is no darker than what lies above it, and brighter than the darker of what
lies above and beneath (CLEAR). A reader hesitates at an edge that is dimmer than what lies above it. Such an edge is told as **dim** where it is
still an edge (DIM), and as hidden beyond: the network learns to be half as sure of a dim one.
Rule 4: a renderer adds what only it knows: that the place meets sound, inside the scan, and, where rule 1 cannot be asked, that something lies there.
Rule 5: a frame of a view is drawn again until its target is clear, but in HIDDEN_SHARE of frames until it is not, while half of the view's landmarks
are. A network that seldom sees a view without its target says that the target is there wherever the view is (models/CARD.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import VIEWS

Levels: TypeAlias = NDArray[np.floating[Any]]  # (beams, samples) greys of 0 to 1 without speckle

LEAST_DB = 1.5  # a sixth of the grey
WIDTH_MM, LOOK_MM = 1.2, 3.0  # less than half: many landmarks are the ends of a bone, with none beyond
REACH_MM = (-0.5, 4.0)  # where along the beam the change may begin: an echo's thickness, or the brink to its shadow
ABOVE_MM = (-4.0, -1.5)
BESIDE_MM = (1.0, 2.0, 3.0, 4.0, 5.0)
OPENINGS = frozenset({"facet", "s2_foramen"})
SHEETS = frozenset({"posterior_complex", "anterior_complex", "scl", "intertransverse_ligament"})  # soft, with an edge; a nerve root has none
FLOOR = 0.03  # greys that no screen tells from black
OWN_MM, OVER_MM, UNDER_MM = (0.2, 1.8), (-5.0, -1.0), (2.5, 6.0)  # along the beam: the echo, what lies above it, what lies beneath
OWN_WIDE_MM, SIDES_WIDE_MM = 1.5, 3.0  # across, so much is averaged
HIDDEN_SHARE = 0.25
OPENING_MM = 2.0  # an opening's two edges may lie so much above or beneath it


@dataclass(frozen=True, slots=True)
class Least:
    """What an echo must be, as shares of the grey: by `over` brighter than what lies above it, by `edge` than the darker of above and beneath."""

    over: float
    edge: float


CLEAR = Least(over=0.0, edge=0.08)  # 5 dB of 60
DIM = Least(over=-0.15, edge=0.04)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a scan: beam and sample, both real numbers, how far apart beams lie there, and samples."""

    beam: float
    sample: float
    pitch_mm: float
    sample_mm: float

    def moved(self, *, across_mm: float = 0.0, down_mm: float = 0.0) -> Place:
        return replace(self, beam=self.beam + across_mm / self.pitch_mm, sample=self.sample + down_mm / self.sample_mm)

    def part(self, levels: Levels, mm: tuple[float, float], wide_mm: float) -> Levels:
        """(beams, samples) of levels that lie so deep under the place and so wide around it; empty beside the scan."""
        half = max(1, round(wide_mm / 2 / self.pitch_mm))
        first, last = (max(0, round(self.sample + at / self.sample_mm)) for at in mm)
        return levels[max(0, round(self.beam) - half) : max(0, round(self.beam) + half + 1), first : last + 1]


def change_db(levels: Levels, without: Levels, at: Place) -> Levels:
    """Of each beam that LOOK_MM holds: by how many dB bone changes the grey at a place, less the change above it. Empty beside the scan."""
    half = LOOK_MM / 2 / at.pitch_mm
    rows = slice(max(0, int(np.ceil(at.beam - half))), max(0, int(np.floor(at.beam + half)) + 1))
    first = max(0, round(at.sample + ABOVE_MM[0] / at.sample_mm))
    middle, start = (max(first, round(at.sample + mm / at.sample_mm)) for mm in (ABOVE_MM[1], REACH_MM[0]))
    columns = slice(first, max(first, round(at.sample + REACH_MM[1] / at.sample_mm) + 1))
    change = 20 * np.log10(np.maximum(levels[rows, columns], FLOOR) / np.maximum(without[rows, columns], FLOOR))
    if min(change.shape) == 0 or start - first >= change.shape[1]:
        return np.zeros(0)
    above = change[:, : max(1, middle - first)].mean(axis=1, keepdims=True)
    return np.asarray(np.abs(change[:, start - first :] - above).max(axis=1))


def seen(levels: Levels, without: Levels, at: Place) -> bool:
    """Rule 1. without: the same scan with no bone."""
    change = change_db(levels, without, at)
    return bool(len(change) and (change >= LEAST_DB).mean() >= WIDTH_MM / LOOK_MM)


def clear(levels: Levels, at: Place, least: Least = CLEAR) -> bool:
    """Rule 3, or with DIM its weaker form. False beside the scan."""
    own, over, under = at.part(levels, OWN_MM, OWN_WIDE_MM), at.part(levels, OVER_MM, SIDES_WIDE_MM), at.part(levels, UNDER_MM, SIDES_WIDE_MM)
    if own.size == 0 or over.size == 0:
        return False
    echo, above = float(own.max(axis=1).mean()), float(over.mean())
    darker = min(above, float(under.mean())) if under.size else above
    return echo - above >= least.over and echo - darker >= least.edge


def shows(name: str, levels: Levels, without: Levels, at: Place, *, soft: bool, least: Least = CLEAR) -> bool:
    """Whether the scan shows the landmark of that name, which has an edge: an opening by rule 2, what is soft by rule 3, bone by rules 1 and 3."""
    if name in OPENINGS:
        return opening_seen(levels, without, at, least)
    return clear(levels, at, least) and (soft or seen(levels, without, at))


def opening_seen(levels: Levels, without: Levels, at: Place, least: Least = CLEAR) -> bool:
    """Rule 2."""
    return all(
        any(seen(levels, without, place) and _edge(levels, place, least) for place in _beside(at, side)) for side in (-1.0, 1.0)
    )


def edges_beside(levels: Levels, at: Place, least: Least = CLEAR) -> bool:
    """Rule 2 where nobody knows the scan without bone: rule 3 alone."""
    return all(any(_edge(levels, place, least) for place in _beside(at, side)) for side in (-1.0, 1.0))


def _beside(at: Place, side: float) -> list[Place]:
    return [at.moved(across_mm=side * mm) for mm in BESIDE_MM]


def _edge(levels: Levels, at: Place, least: Least) -> bool:
    """Whether an opening's edge is clear there: it lies a little above or beneath the opening."""
    return any(clear(levels, at.moved(down_mm=mm), least) for mm in (0.0, -OPENING_MM, OPENING_MM))


def wanted(view: str, told: Collection[str], *, target: bool, hidden: bool) -> bool:
    """Rule 5. told: names of the landmarks that the frame tells. target: it tells a target. hidden: it is one of HIDDEN_SHARE."""
    return not target and 2 * len(set(told)) >= len(VIEWS[view].landmarks) if hidden else target


Points = TypeVar("Points", bound=Collection[Any])


def only_dim(dim: Mapping[str, Points], clear: Mapping[str, Points]) -> dict[str, list[Any]]:
    """The points that are told with DIM and not with CLEAR, by name."""
    found = {name: [point for point in points if point not in clear.get(name, ())] for name, points in dim.items()}
    return {name: points for name, points in found.items() if points}
