"""Page: what a sonographer would trace on the screen: strokes of bone and of sheets, blobs, and the marks that a reader would set.

In mm, x to the screen's right from the midline (sagittal views: from the window, caudal to the right), z down from the shallowest bone.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """A page being drawn. aim: the place that the probe is put over. muscle: whether muscle lies between fascia and bone. along: fibres lie along
    the picture."""

    rng: np.random.Generator
    strokes: list[Stroke] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    aim: Point = (0.0, 20.0)
    reach_mm: float = 40.0
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

    def bone(self, *points: Point, gain_db: float = 0.0, opacity: float = 0.985) -> None:
        self.strokes.append(Stroke(np.array(points), opacity, gain_db))

    def brow(self, edge: Point, way: int, down: float, broad: float = 0.9) -> list[Point]:
        """How a bone's echo ends beyond its edge: a little further on, then down. way: +1 to the right."""
        wide = self.u(0.6, 1.1) * broad
        return [(edge[0] + way * wide, edge[1] + 0.3 * broad), (edge[0] + way * 1.7 * wide, edge[1] + down)]

    def sheet(self, *points: Point, gain_db: float = 0.0, opacity: float = 0.08) -> None:
        self.strokes.append(Stroke(np.array(points), opacity, gain_db))

    def blob(self, centre: Point, radii: Point, gain_db: float, rim_db: float = 0.0) -> None:
        self.blobs.append(Blob(centre, radii, gain_db, rim_db))

    def mark(self, name: str, at: Point, side: int = 0, kind: Kind = "bone") -> None:
        self.marks.append(Mark(name, at, side, kind))


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a page comes to lie under the probe: bent by a smooth field, made larger, turned about its aim, shifted."""

    scale: float
    turn_rad: float
    shift: Point
    about: Point
    waves: Curve  # (waves, 6): amplitude x, z mm; wave numbers x, z 1/mm; phases

    def __call__(self, points: Curve | Sequence[Point]) -> Curve:
        """(points, 2) mm of the page to (points, 2) probe_mm."""
        here = np.asarray(points, dtype=float).reshape(-1, 2)
        bent = here.copy()
        for ax, az, kx, kz, px, pz in self.waves:
            arm = kx * here[:, 0] + kz * here[:, 1]
            bent += np.column_stack((ax * np.sin(arm + px), az * np.sin(arm + pz)))
        arms = (bent - self.about) * self.scale
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        return np.column_stack((arms[:, 0] * cos - arms[:, 1] * sin, arms[:, 0] * sin + arms[:, 1] * cos)) + self.about + self.shift


def placed(page: Page, pose: Pose) -> Page:
    """The page under the probe: strokes as fine curves through their points, all in probe_mm."""
    strokes = [replace(stroke, points=pose(_spline(stroke.points))) for stroke in page.strokes]
    blobs = [replace(blob, centre=_first(pose([blob.centre])), radii=(blob.radii[0] * pose.scale, blob.radii[1] * pose.scale)) for blob in page.blobs]
    marks = [replace(mark, at=_first(pose([mark.at]))) for mark in page.marks]
    return replace(page, strokes=strokes, blobs=blobs, marks=marks)


def _first(points: Curve) -> Point:
    return float(points[0, 0]), float(points[0, 1])


def _spline(points: Curve) -> Curve:
    """A curve through the points whose hills and valleys lie on them, a point every STEP_MM."""
    arms = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(np.maximum(arms, 0.05))))
    fine = np.linspace(0, along[-1], max(2, int(along[-1] / STEP_MM)))
    return np.asarray(PchipInterpolator(along, points, axis=0)(fine))
