"""Page: what a sonographer would trace on the screen: strokes of bone and of sheets, blobs, and the marks that a reader would set.

In mm, x to the screen's right from the midline (sagittal views: from the window, caudal to the right), z down from the shallowest bone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Point: TypeAlias = tuple[float, float]  # x, z in mm
Curve: TypeAlias = NDArray[np.floating[Any]]  # (points, 2) mm
Kind: TypeAlias = Literal["bone", "sheet", "opening", "blob"]
STEP_MM = 0.5


@dataclass(frozen=True, slots=True)
class Stroke:
    """A traced echo. opacity: share of the sound that it stops, 0 to 1; above 0.5 it counts as bone. gain_db: against the frame's bone or sheets."""

    points: Curve
    opacity: float
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Blob:
    """A round section. gain_db: inside against the tissue around; rim_db: of its wall."""

    centre: Point
    radii: Point
    gain_db: float
    rim_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A landmark's place. side: -1 drawn left, +1 right of the midline, 0 on it."""

    name: str
    at: Point
    side: int
    kind: Kind


@dataclass(slots=True)
class Page:
    """A page being drawn. flip: while sides() runs, the side that points are drawn on: x then counts outwards. aim: the place that the probe is put
    over. muscle: whether muscle lies between fascia and bone. along: fibres lie along the picture."""

    rng: np.random.Generator
    strokes: list[Stroke] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    flip: int = 0
    aim: Point = (0.0, 20.0)
    muscle: bool = True
    along: bool = False
    most_cover_mm: float = 45.0

    def u(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, *names: str) -> str:
        return str(names[int(self.rng.integers(len(names)))])

    def pick_side(self) -> int:
        return 1 if self.chance(0.5) else -1

    def sides(self) -> Iterator[int]:
        for self.flip in (-1, 1):
            yield self.flip
        self.flip = 0

    def bone(self, *points: Point, gain_db: float = 0.0, opacity: float = 0.997) -> None:
        self.strokes.append(Stroke(np.array(points) * (self.flip or 1, 1), opacity, gain_db))

    def sheet(self, *points: Point, gain_db: float = 0.0, opacity: float = 0.08) -> None:
        self.bone(*points, gain_db=gain_db, opacity=opacity)

    def blob(self, centre: Point, radii: Point, gain_db: float, rim_db: float = 0.0) -> None:
        self.blobs.append(Blob((centre[0] * (self.flip or 1), centre[1]), radii, gain_db, rim_db))

    def mark(self, name: str, at: Point, kind: Kind = "bone") -> None:
        self.marks.append(Mark(name, (at[0] * (self.flip or 1), at[1]), self.flip, kind))

    def brow(self, edge: Point, way: int, down: float, broad: float = 0.9) -> list[Point]:
        """How a bone's echo ends beyond its edge: a little further on, then down. way: +1 to larger x, and then from the edge; -1 is towards it."""
        wide = self.u(0.6, 1.1) * broad
        return [(edge[0] + way * wide, edge[1] + 0.3 * broad), (edge[0] + way * 1.7 * wide, edge[1] + down)][::way]


def placed(page: Page, scale: float, turn_rad: float, shift: Point, waves: Curve) -> Page:
    """The page under the probe, in probe_mm: strokes as fine curves through their points, all bent by waves ((waves, 6): amplitude x, z mm; wave
    numbers x, z 1/mm; phases), made larger, turned and shifted."""
    cos, sin = scale * np.cos(turn_rad), scale * np.sin(turn_rad)

    def pose(points: Curve) -> Curve:
        bent = points.copy()
        for ax, az, kx, kz, px, pz in waves:
            arm = kx * points[:, 0] + kz * points[:, 1]
            bent += np.column_stack((ax * np.sin(arm + px), az * np.sin(arm + pz)))
        return np.asarray(bent @ np.array(((cos, sin), (-sin, cos))) + shift)

    def one(at: Point) -> Point:
        return float((there := pose(np.array([at])))[0, 0]), float(there[0, 1])

    strokes = [replace(stroke, points=pose(_spline(stroke.points))) for stroke in page.strokes]
    blobs = [replace(blob, centre=one(blob.centre), radii=(blob.radii[0] * scale, blob.radii[1] * scale)) for blob in page.blobs]
    return replace(page, strokes=strokes, blobs=blobs, marks=[replace(mark, at=one(mark.at)) for mark in page.marks])


def _spline(points: Curve) -> Curve:
    """A curve through the points whose hills and valleys lie on them, a point every STEP_MM."""
    arms = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(np.maximum(arms, 0.05))))
    fine = np.linspace(0, along[-1], max(2, int(along[-1] / STEP_MM)))
    return np.asarray(PchipInterpolator(along, points, axis=0)(fine))
