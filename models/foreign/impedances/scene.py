"""Scene: what lies in one picture's plane, bone and soft, and where to look for its landmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from models.foreign.impedances.loft import Bone, Cut
from models.foreign.impedances.probe import Array, Draw, Numbers, Plane

Spot: TypeAlias = tuple[float, float]  # beam and mm along it, both real
FREE_MM = 2.0  # a root so near to bone is told from it by nobody
STEEP = 0.9  # a fall of more is an edge's side, not its face

Finder: TypeAlias = Callable[[Cut], Spot | None]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A thin layer of another impedance: a ligament, a fascia, a dura. points: (n, 2) x and z mm on the plane, x rising. db: of its echo over
    muscle's grain where the beam meets it squarely."""

    points: Numbers
    thick_mm: float
    db: float


@dataclass(frozen=True, slots=True, eq=False)
class Oval:
    """A round part of another kind: a nerve, a vessel, fluid, fat. db: of its grain over muscle's; rim_db: of the echo of its rim; loss_db_mm:
    what it takes from sound beyond what the scanner allows for, negative where it gives (fluid)."""

    x: float
    z: float
    wide_mm: float
    high_mm: float
    turn: float
    db: float
    rim_db: float = -30.0
    loss_db_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """middle_x: of the anatomical midline on the screen. sagittal: whether fibres run along the picture. fibre: radians on the screen."""

    array: Array
    plane: Plane
    bones: tuple[Bone, ...]
    aims: tuple[tuple[str, Finder], ...] = ()
    sheets: tuple[Sheet, ...] = ()
    ovals: tuple[Oval, ...] = ()
    fat_mm: float = 10.0
    middle_x: float = 0.0
    sagittal: bool = False
    one_sided: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    def plus(self, *more: Sheet | Oval) -> Scene:
        sheets = tuple(one for one in more if isinstance(one, Sheet))
        return replace(self, sheets=self.sheets + sheets, ovals=self.ovals + tuple(one for one in more if isinstance(one, Oval)))


# --- where a landmark lies in a cut ----------------------------------------------------------------------------------------------------------------


def located(cut: Cut, x: float, z: float) -> Spot:
    """Where the scan draws a place of the plane: three steps against refraction."""
    at = np.array([x, z])
    beam, along = cut.array.polar(*at)
    for _ in range(3):
        row = int(np.clip(round(float(beam)), 0, cut.x.shape[0] - 1))
        column = int(np.clip(round(float(along) / cut.array.sample_mm), 0, cut.x.shape[1] - 1))
        own = cut.array.point(row, column * cut.array.sample_mm)
        drawn = np.array([x - (cut.x[row, column] - own[0]), z - (cut.z[row, column] - own[1])])
        beam, along = cut.array.polar(*drawn)
    return float(beam), float(along)


def inside(cut: Cut, spot: Spot) -> bool:
    return 0.5 < spot[0] < cut.x.shape[0] - 1.5 and 1.0 < spot[1] < cut.array.depth_mm - 1.5


def snapped(cut: Cut, spot: Spot, reach_mm: float, bone: str | None = None) -> Spot | None:
    """The surface, met from above, next to a spot along its beam; None where none lies within reach."""
    if not inside(cut, spot):
        return None
    field_ = cut.all_bones() if bone is None else cut.fields[bone]
    row = field_[int(spot[0])] * (1 - spot[0] % 1) + field_[int(spot[0]) + 1] * (spot[0] % 1)
    down = np.flatnonzero((row[:-1] >= 0) & (row[1:] < 0))
    if not len(down):
        return None
    along = (down + row[down] / (row[down] - row[down + 1])) * cut.array.sample_mm
    best = along[np.argmin(np.abs(along - spot[1]))]
    return (spot[0], float(best)) if abs(best - spot[1]) <= reach_mm else None


def on_bone(point: Any, reach_mm: float = 4.0, bone: str | None = None) -> Finder:
    """The surface next to a point of the body."""
    return lambda cut: snapped(cut, located(cut, *cut.plane.flat(point)), reach_mm, bone)


def peak(name: str) -> Finder:
    """The dorsal tip of a loft: where its surface is nearest to the skin, in the middle of what is level with it."""

    def find(cut: Cut) -> Spot | None:
        top = cut.tops.get(name)
        if top is None or not np.isfinite(top).any():
            return None
        depth = _screen_z(cut, top)
        level = np.flatnonzero(depth <= np.nanmin(depth) + 0.35)
        beam = float(level.mean())
        return snapped(cut, (beam, float(np.nanmin(top[level]))), 2.5)

    return find


def limb(name: str, side: int, far: Callable[[Cut], float] | None = None) -> Finder:
    """The end of a loft's echo on a side of the screen: walking in from where it ends, the first place that no longer falls away steeply. far: x on
    the screen beyond which it must lie, on that side."""

    def find(cut: Cut) -> Spot | None:
        top = cut.tops.get(name)
        if top is None:
            return None
        rows = np.flatnonzero(np.isfinite(top))
        points = np.array([cut.array.point(float(row), float(top[row])) for row in rows]).reshape(-1, 2)
        if far is not None:
            keep = (points[:, 0] - far(cut)) * side > 0
            rows, points = rows[keep], points[keep]
        if len(rows) < 4 or (rows[0] == 0 and side < 0) or (rows[-1] == len(top) - 1 and side > 0):
            return None
        order = slice(None, None, -1) if side > 0 else slice(None)
        rows, points = rows[order], points[order]
        for k in range(len(rows) - 2):
            rise = (points[k, 1] - points[k + 2, 1]) / max(abs(points[k + 2, 0] - points[k, 0]), 0.05)
            if rise < STEEP and abs(points[k, 0] - points[0, 0]) >= 0.3:
                return snapped(cut, (float(rows[k]), float(top[rows[k]])), 1.5)
        return None

    return find


def corner(first: str, second: str, bone: str | None = None) -> Finder:
    """The junction of two lofts: deepest beneath the chord between the first's tip and the far side of the second."""

    def find(cut: Cut) -> Spot | None:
        one, other = cut.tops.get(first), cut.tops.get(second)
        if one is None or other is None or not np.isfinite(one).any() or not np.isfinite(other).any():
            return None
        start = int(np.nanargmin(_screen_z(cut, one)))
        rows = np.flatnonzero(np.isfinite(other))
        stop = int(rows[np.argmax(np.abs(rows - start))])
        return _deepest(cut, start, stop, bone)

    return find


def _deepest(cut: Cut, start: int, stop: int, bone: str | None) -> Spot | None:
    from models.foreign.impedances.loft import first_surface

    rows = np.arange(min(start, stop), max(start, stop) + 1)
    if len(rows) < 5:
        return None
    along = first_surface((cut.all_bones() if bone is None else cut.fields[bone])[rows], cut.array.sample_mm)
    points = np.array([cut.array.point(float(row), float(mm)) for row, mm in zip(rows, along, strict=True)])
    good = np.isfinite(along)
    if not (good[0] and good[-1]):
        return None
    chord = (points[-1] - points[0]) / np.linalg.norm(points[-1] - points[0])
    below = (points[:, 1] - points[0, 1]) * chord[0] - (points[:, 0] - points[0, 0]) * chord[1]
    below = np.where(good, below, -np.inf)
    best = int(np.argmax(below))
    return (float(rows[best]), float(along[best])) if below[best] > 0.6 else None


def on_sheet(points: Numbers, x: float | None = None, deeper_mm: float = 0.0) -> Finder:
    """A sheet's place at x of the plane; None: its middle."""

    def find(cut: Cut) -> Spot | None:
        at = float(points[len(points) // 2, 0]) if x is None else x
        spot = located(cut, at, float(np.interp(at, points[:, 0], points[:, 1])) + deeper_mm)
        return spot if inside(cut, spot) else None

    return find


def at(x: float, z: float) -> Finder:
    """A soft place of the plane: none where bone lies over it or within FREE_MM."""

    def find(cut: Cut) -> Spot | None:
        spot = located(cut, x, z)
        if not inside(cut, spot):
            return None
        over = cut.all_bones()[round(spot[0]), : round(spot[1] / cut.array.sample_mm) + 1]
        return spot if over.min() > 0 and over[-1] >= FREE_MM else None

    return find


def _screen_z(cut: Cut, top: Numbers) -> Numbers:
    """(beams,) z on the screen of tops along the beams."""
    if not cut.array.radius_mm:
        return top
    way = np.linspace(-cut.array.half, cut.array.half, len(top))
    return np.asarray((cut.array.radius_mm + top) * np.cos(way))


# --- curves ----------------------------------------------------------------------------------------------------------------------------------------


def sunk(points: Numbers, mm: float) -> Numbers:
    """A curve that lies so much deeper."""
    return np.asarray(points + np.array([0.0, mm]))


def bend(draw: Draw, start: tuple[float, float], end: tuple[float, float], sag_mm: float, wave_mm: float = 0.3) -> Numbers:
    """(41, 2) a curve on the plane between two places, sagging deeper by so much, with a slow wave."""
    share = np.linspace(0, 1, 41)
    wave = wave_mm * np.sin(share * draw.uniform(4, 12) + draw.uniform(0, 6)) * np.sin(share * np.pi)
    z = start[1] + (end[1] - start[1]) * share + 4 * sag_mm * share * (1 - share) + wave
    return np.stack([start[0] + (end[0] - start[0]) * share, z], axis=1)
