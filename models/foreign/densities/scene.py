"""Scene: what stands under the probe, where the plane cuts it, and the landmarks to look for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from models.foreign.densities.bodies import F32, Lump, Oval, Sheet, Triple

How = Literal["on", "top", "valley", "end", "gap", "hole", "soft"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A landmark to look for near a point of the body.

    how: "on" the surface under the point; the "top" or the "valley" of the surface within reach_mm; the "end" of the surface
    when one walks from the point towards `towards` (+1: x or y grows), as long as it falls by less than `steep` a mm; the mouth
    of a "gap"; midway between the lips of a
    "hole", reach_mm apart; "soft": on the scene's sheet of that number, or (-1) the point itself.
    bone: only this bone's surface (-1: any).
    """

    name: str
    point_mm: Triple
    how: How
    reach_mm: float = 4.0
    towards: int = 0
    bone: int = -1
    sheet: int = -1
    steep: float = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The scan's plane: body point = origin + u * across + v * down. The origin is the middle of the probe's face."""

    origin_mm: F32
    across: F32
    down: F32
    sagittal: bool

    @property
    def normal(self) -> F32:
        return np.asarray(np.cross(self.across, self.down), np.float32)

    def points(self, u_mm: F32, v_mm: F32) -> F32:
        """(3, rows, columns)."""
        return np.asarray(
            self.origin_mm[:, None, None] + self.across[:, None, None] * u_mm[None] + self.down[:, None, None] * v_mm[None],
            np.float32,
        )

    def seen_at(self, point: Triple) -> tuple[float, float, Triple]:
        """(u, v) where the plane holds the point's depth and place along the picture, and that body point."""
        there = np.asarray(point, np.float64)
        free = 0 if self.sagittal else 1
        normal = self.normal.astype(np.float64)
        there[free] -= float(normal @ (there - self.origin_mm)) / float(normal[free])
        apart = there - self.origin_mm
        return float(apart @ self.across), float(apart @ self.down), (float(there[0]), float(there[1]), float(there[2]))


def posed(anchor: Triple, depth_mm: float, *, shift_mm: float, roll_deg: float, pitch_deg: float, yaw_deg: float, sagittal: bool) -> Pose:
    """The plane whose axis passes the anchor at depth_mm. roll: in the plane; pitch: of the plane about its own line; yaw: about the beam."""
    roll, pitch, yaw = np.deg2rad([roll_deg, pitch_deg, yaw_deg])
    along, side = (np.array([0.0, 1, 0]), np.array([1.0, 0, 0])) if sagittal else (np.array([1.0, 0, 0]), np.array([0.0, 1, 0]))
    across = np.cos(yaw) * along + np.sin(yaw) * side
    other = np.cos(yaw) * side - np.sin(yaw) * along
    down = np.cos(pitch) * np.array([0.0, 0, 1]) + np.sin(pitch) * other
    across, down = np.cos(roll) * across + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * across
    origin = np.asarray(anchor) - depth_mm * down - shift_mm * across
    return Pose(origin.astype(np.float32), across.astype(np.float32), down.astype(np.float32), sagittal)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """fat_mm: the first fascia under the skin. deep_mm: the depth that the picture must reach. wide_mm: half the width that it should show.
    muscle_to_mm: where muscle ends and whatever lies deeper begins. key: the landmarks without which the view is not seen."""

    pose: Pose
    lumps: list[Lump]
    sheets: list[Sheet]
    ovals: list[Oval]
    marks: list[Mark]
    fat_mm: float
    deep_mm: float
    wide_mm: float
    blend_mm: float
    kind: str = "back"
    key: tuple[str, ...] = field(default=())
