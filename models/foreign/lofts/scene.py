"""Scene: what a probe is held over: bones, soft sheets and ovals, the plane, and where the view's landmarks lie in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.foreign.lofts.array import Array
from models.foreign.lofts.mesh import Cut, Draw, Mesh, Plane, Real, bent, waves
from models.foreign.lofts.profile import Point

Marks = dict[str, list[Point]]  # mm of the picture: x, and depth under the array's face


@dataclass(frozen=True, slots=True)
class Sheet:
    """A soft surface that answers and casts no shadow. points: (n, 2) mm of the picture. loud: its echo in dB over the tissue around it."""

    points: Real
    loud: float
    thick_mm: float = 0.7


@dataclass(frozen=True, slots=True)
class Oval:
    """Soft and round: a nerve, a vessel, a lump of fat. loud: dB over the tissue; rim: the same of its edge."""

    middle: Point
    radii: Point
    loud: float
    rim: float = 0.0
    turned: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """cover_mm: skin and fat over the level that z = 0 stands at. mirrored: the picture is turned about its middle."""

    mesh: Mesh | None
    plane: Plane
    cover_mm: float
    array: Array
    marks: Marks = field(default_factory=dict)
    sheets: tuple[Sheet, ...] = ()
    ovals: tuple[Oval, ...] = ()
    calm: str = "muscle"  # what fills the picture: muscle, gel or air
    sagittal: bool = False


def cover_of(draw: Draw, *, least: float = 3.0) -> float:
    """Skin and fat, mm: thin to obese."""
    return float(least + np.clip(draw.gamma(1.6, 7.0), 1, 48))


def plane_at(
    draw: Draw, middle: tuple[float, float], cover_mm: float, *, turn: float = 0.0, pitch: float = 0.0, roll: float = 0.0, shake: float = 1.0
) -> Plane:
    """Across the back over (x, y). turn: of the probe on the skin, pi / 2 sagittal; pitch: of the beam towards caudal; roll: towards the side."""
    turn, pitch, roll = (angle + shake * draw.normal(0, spread) for angle, spread in ((turn, 0.05), (pitch, 0.06), (roll, 0.05)))
    across = np.array([np.cos(turn), np.sin(turn), 0.0])
    beyond = np.array([-np.sin(turn), np.cos(turn), 0.0])
    down = np.array([0.0, 0.0, np.cos(pitch)]) + np.sin(pitch) * beyond
    across, down = np.cos(roll) * across - np.sin(roll) * down, np.sin(roll) * across + np.cos(roll) * down
    return Plane(np.array([middle[0], middle[1], 0.0]) - cover_mm * down / max(down[2], 0.5), across, down)


def skinned(draw: Draw, mesh: Mesh, *, rough: float, warp_mm: float = 3.0) -> Mesh:
    """Bones of no even make: slowly warped, and with bumps and pits."""
    slow = waves(draw, longest_mm=110, shortest_mm=45, most_mm=warp_mm * draw.uniform(0.2, 1))
    fine = waves(draw, longest_mm=22, shortest_mm=4, most_mm=0.25 + 1.5 * rough * draw.uniform(0.3, 1), count=9)
    return bent(mesh, slow, fine)


def kept(marks: dict[str, list[Point | None]]) -> Marks:
    """What was found, left of the picture first."""
    return {name: sorted(found) for name, points in marks.items() if (found := [one for one in points if one is not None])}


def nothing() -> Cut:
    return Cut(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
