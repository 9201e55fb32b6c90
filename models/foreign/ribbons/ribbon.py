"""Ribbon: one surface of a section, as a line of points in mm; Section: the ribbons and patches that a plane shows.

Section coordinates: x in mm to the side of the midline (or towards the feet, in planes along the spine), y in mm below the deep side of the fat.
Rule 1: a mark is a place on a ribbon. Whatever bends the ribbon takes the mark with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Numbers: TypeAlias = NDArray[np.floating[Any]]
Draw: TypeAlias = np.random.Generator

STEP_MM = 0.25  # between the points of a ribbon


class Knot(NamedTuple):
    """A point that a ribbon passes near. mark: the landmark that lies there, or ""."""

    x: float
    y: float
    mark: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Ribbon:
    """points: (n, 2) mm. marks: landmark and the row of its point. hard: bone, which casts a shadow; else a sheet that lets sound through.

    gain_db: its echo beside other ribbons of its kind. thick_mm: of the echo, for sheets."""

    points: Numbers
    marks: tuple[tuple[str, int], ...] = ()
    hard: bool = True
    gain_db: float = 0.0
    thick_mm: float = 0.8


@dataclass(frozen=True, slots=True)
class Patch:
    """An oval of other tissue: centre, half axes and tilt; gain_db beside its surroundings, rim_db of its wall. mark: a landmark in its centre.

    corners: 2 for an oval, more the nearer it is to a box."""

    x: float
    y: float
    half_x: float
    half_y: float
    gain_db: float
    rim_db: float = 0.0
    tilt_rad: float = 0.0
    mark: str = ""
    corners: float = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """What a plane shows. places: landmarks that lie between ribbons. centre_x, spread_mm: where a probe is put, and how far off it may be.

    along: whether the plane runs along the muscles. layers: whether there is skin and fat. least_mm: what the depth shows at least, below the fat."""

    ribbons: tuple[Ribbon, ...]
    patches: tuple[Patch, ...] = ()
    places: tuple[tuple[str, float, float], ...] = ()
    centre_x: float = 0.0
    spread_mm: float = 10.0
    along: bool = False
    layers: bool = True
    least_mm: float = 0.0

    def deepest_mm(self) -> float:
        """y of its deepest landmark, or what the depth shows at least."""
        on = [float(one.points[row, 1]) for one in self.ribbons for _, row in one.marks]
        return max([self.least_mm, *on, *(y for _, _, y in self.places), *(patch.y for patch in self.patches if patch.mark)])


def ribbon(
    draw: Draw,
    knots: Sequence[Knot],
    *,
    hard: bool = True,
    round_mm: float | None = None,
    rough_mm: float | None = None,
    gain_db: float = 0.0,
    thick_mm: float = 0.8,
) -> Ribbon:
    """Joins knots in their order, rounds the corners and roughens the surface. Marks stay at their share of the length."""
    corners = np.array([(knot.x, knot.y) for knot in knots], dtype=float)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    count = max(8, int(lengths[-1] / STEP_MM))
    along = np.linspace(0, lengths[-1], count)
    line = np.stack([np.interp(along, lengths, corners[:, axis]) for axis in (0, 1)], axis=1)
    sigma = (draw.uniform(0.3, 1.6) if round_mm is None else round_mm) * count / max(lengths[-1], 1e-6)
    line = gaussian_filter1d(line, max(sigma, 0.5), axis=0, mode="nearest")
    rough = (draw.uniform(0, 0.35) if hard else draw.uniform(0, 0.3)) if rough_mm is None else rough_mm
    line[:, 1] += rough * bumps(draw, count, draw.uniform(2, 9) / STEP_MM)
    marks = tuple((knot.mark, round(float(at / lengths[-1]) * (count - 1))) for knot, at in zip(knots, lengths, strict=True) if knot.mark)
    return Ribbon(line, tuple((mark, _on_top(line, row, mark)) for mark, row in marks), hard, gain_db, thick_mm)


TOPS = frozenset({"spinous_process", "sap_tip", "s1_sap", "median_crest", "cornu"})  # the shallowest point nearby
FLOORS = frozenset({"tp_groove", "ala_groove"})  # the deepest nearby
NEARBY_MM = 2.5


def _on_top(line: Numbers, row: int, mark: str) -> int:
    """The row of a top or of a groove near the row that its knot was given."""
    reach = int(NEARBY_MM / STEP_MM)
    first, last = max(0, row - reach), row + reach + 1
    if mark in TOPS:
        return first + int(np.argmin(line[first:last, 1]))
    return first + int(np.argmax(line[first:last, 1])) if mark in FLOORS else row


def bumps(draw: Draw, count: int, length: float) -> Numbers:
    """(count,) smooth noise of deviation 1 whose waves are about `length` steps long."""
    few = draw.standard_normal(int(count / max(length, 1.0)) + 4)
    places = np.linspace(1, len(few) - 3, count)
    return 1.3 * np.asarray(gaussian_filter1d(np.interp(places, np.arange(len(few)), few), max(0.5, length / 3)))


def sheet(draw: Draw, knots: Sequence[Knot], *, gain_db: float, thick_mm: float = 0.8, round_mm: float = 1.5) -> Ribbon:
    """A ribbon of soft tissue: ligament, fascia or dura."""
    return ribbon(draw, knots, hard=False, gain_db=gain_db, thick_mm=thick_mm, round_mm=round_mm)


def mirrored(knots: Sequence[Knot]) -> list[Knot]:
    """The same on the left, from the outside in: a left half joins a right one in order of x."""
    return [Knot(-knot.x, knot.y, knot.mark) for knot in reversed(knots)]


def chance(draw: Draw, share: float) -> bool:
    return bool(draw.random() < share)
