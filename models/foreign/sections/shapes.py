"""Shapes: closed polygons of bone and tissue, open lines of sheets, and the section of the body that they make up.

Rule 1: a point is (x, z) in mm, x to the screen's right, z down. Arrays of points are (n, 2). Rule 2: a landmark's side is -1 (left of the
midline on the screen), +1 or 0 (on the midline, or the view has one side).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points: TypeAlias = NDArray[np.float64]  # (n, 2) mm
Random: TypeAlias = np.random.Generator
BETWEEN = 5  # points of a curve for one that was given


@dataclass(frozen=True, slots=True)
class Bone:
    """A closed polygon. share: of the slice's thickness that the bone fills, 0 to 1: less answers less and lets sound pass."""

    outline: Points
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Soft:
    """A closed polygon of soft tissue. echo_db: against muscle. grain: 0 without streaks, 1 as muscle."""

    outline: Points
    echo_db: float
    grain: float = 0.3


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open line of fascia or ligament. echo_db: of its echo at right angles, against muscle. thick_mm: how deep its echo reaches."""

    line: Points
    echo_db: float
    thick_mm: float = 0.8


@dataclass(frozen=True, slots=True)
class Mark:
    """A landmark. on: "bone", "sheet" (its leading edge is sought along the beam), "gap" (an opening), "root" or "line" (as it stands)."""

    name: str
    x: float
    z: float
    side: int
    on: str = "bone"


@dataclass(frozen=True, slots=True)
class Section:
    """What the plane cuts. cover_z: z of the most dorsal bone. along: streaks run along the plane (sagittal) or are cut across (transverse)."""

    bones: tuple[Bone, ...] = ()
    softs: tuple[Soft, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    marks: tuple[Mark, ...] = ()
    cover_z: float = 0.0
    deepest_z: float = 40.0
    along: bool = False
    gel: bool = False  # nothing but gel under the face
    side: int = 0  # of the patient's two, where a view shows one: -1 left of the screen

    def moved(self, *, x0: float, dz: float, turn_deg: float) -> Section:
        """Turned about (x0, cover_z), then x0 put at 0 and everything lowered by dz."""
        c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
        turn = np.array([[c, -s], [s, c]])

        def there(points: Points) -> Points:
            return np.asarray((points - (x0, self.cover_z)) @ turn.T + (0.0, self.cover_z + dz))

        marks = (replace(mark, x=float(p[0]), z=float(p[1])) for mark in self.marks for p in [there(np.array([mark.x, mark.z]))])
        return replace(self, bones=tuple(replace(bone, outline=there(bone.outline)) for bone in self.bones), softs=tuple(replace(soft,
            outline=there(soft.outline)) for soft in self.softs), sheets=tuple(replace(sheet, line=there(sheet.line)) for sheet in self.sheets),
            marks=tuple(marks), cover_z=self.cover_z + dz, deepest_z=self.deepest_z + dz)


def curve(points: ArrayLike, *, closed: bool = False) -> Points:
    """A Catmull-Rom curve through the points."""
    p = np.asarray(points, float)
    ends = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    q = np.concatenate([ends[0], p, ends[1]])
    a, b, c, d = q[:-3, None], q[1:-2, None], q[2:-1, None], q[3:, None]
    t = (np.arange(BETWEEN) / BETWEEN)[None, :, None]
    made = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat = made.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, p[-1:]])


def rough(rng: Random, points: Points, mm: float) -> Points:
    """The points with bumps of about mm, some 3 points long, along their own normals; lower where points lie close, so that none becomes a spike."""
    noise = rng.normal(size=len(points))
    bumps = noise + np.roll(noise, 1) + np.roll(noise, 2) + 0.7 * np.roll(noise, 4)
    along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    long = np.maximum(np.hypot(*along.T), 1e-6)
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1) / long[:, None]
    return np.asarray(points + np.clip(0.5 * mm * bumps, -0.12 * long, 0.12 * long)[:, None] * normal)


def oval(x: float, z: float, wide_mm: float, high_mm: float, turn_deg: float = 0.0) -> Points:
    """An ellipse of 20 points about (x, z)."""
    angle, turn = np.linspace(0, 2 * np.pi, 20, endpoint=False), np.deg2rad(turn_deg)
    a, b = wide_mm / 2 * np.cos(angle), high_mm / 2 * np.sin(angle)
    return np.stack([x + a * np.cos(turn) - b * np.sin(turn), z + a * np.sin(turn) + b * np.cos(turn)], axis=1)


def at_x(line: Points, x: float) -> float:
    """z of an open line, that runs one way in x, at x."""
    order = np.argsort(line[:, 0])
    return float(np.interp(x, line[order, 0], line[order, 1]))


def within(rng: Random, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


class Draft:
    """A section in the making. Points are of the right side, x from the midline outwards; a side of -1 mirrors them."""

    def __init__(self, rng: Random, bumps_mm: tuple[float, float] = (0.1, 0.4)) -> None:
        self.rng, self.bumps_mm = rng, within(rng, *bumps_mm)
        self.bones: list[Bone] = []
        self.softs: list[Soft] = []
        self.sheets: list[Sheet] = []
        self.marks: list[Mark] = []

    def w(self, low: float, high: float) -> float:
        return within(self.rng, low, high)

    def n(self, mean: float, sd: float, least: float = -1e9) -> float:
        """A normal draw, held within 2.2 standard deviations and above least."""
        return max(least, mean + sd * float(np.clip(self.rng.normal(), -2.2, 2.2)))

    def odds(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def bone(self, points: ArrayLike, side: int = 1, share: float = 1.0) -> None:
        self.bones.append(Bone(rough(self.rng, curve(np.asarray(points, float) * (side, 1.0), closed=True), self.bumps_mm), share))

    def soft(self, points: ArrayLike, db: tuple[float, float], grain: float = 0.2, side: int = 1) -> None:
        outline = np.asarray(points, float) * (side, 1.0)
        self.softs.append(Soft(curve(outline, closed=True) if len(outline) < 8 else outline, self.w(*db), grain))

    def sheet(self, points: ArrayLike, db: tuple[float, float], thick: tuple[float, float] = (0.5, 1.1), side: int = 1) -> Points:
        line = curve(np.asarray(points, float) * (side, 1.0))
        self.sheets.append(Sheet(line, self.w(*db), self.w(*thick)))
        return line

    def mark(self, name: str, x: float, z: float, side: int = 0, on: str = "bone") -> None:
        self.marks.append(Mark(name, x * (side or 1), z, side, on))

    def section(self, cover_z: float, deepest_z: float, *, along: bool = False, side: int = 0) -> Section:
        return Section(tuple(self.bones), tuple(self.softs), tuple(self.sheets), tuple(self.marks), cover_z, deepest_z, along, False, side)
