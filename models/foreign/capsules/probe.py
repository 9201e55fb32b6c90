"""Probe: its beams, its pose on the skin, and the plane that this picks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from models.foreign.capsules.bones import Numbers

BEAMS = 144


@dataclass(frozen=True, slots=True)
class Probe:
    """Beams fan out from a face of radius_mm over half_angle (rad), or stand upright over half_width_mm. depth_mm: from the face."""

    kind: Literal["convex", "rectangle", "phased"]
    radius_mm: float
    half_angle: float
    half_width_mm: float
    depth_mm: float

    def rays(self) -> tuple[Numbers, Numbers]:
        """(beams, 2) where each begins and which way it goes: across, down."""
        share = np.linspace(-1, 1, BEAMS)
        if self.kind == "rectangle":
            return np.stack([share * self.half_width_mm, np.zeros(BEAMS)], 1), np.stack([np.zeros(BEAMS), np.ones(BEAMS)], 1)
        way = np.stack([np.sin(share * self.half_angle), np.cos(share * self.half_angle)], 1)
        return way * self.radius_mm - np.asarray([0.0, self.radius_mm]), way

    def beam_of(self, u: Any, w: Any) -> tuple[Any, Any]:
        """Beam (a real number) and way along it in mm of a point of the plane, or of an array of points."""
        if self.kind == "rectangle":
            return (u / self.half_width_mm + 1) * (BEAMS - 1) / 2, w
        w = w + self.radius_mm
        return (np.arctan2(u, w) / self.half_angle + 1) * (BEAMS - 1) / 2, np.hypot(u, w) - self.radius_mm

    def pitch_mm(self, way_mm: float) -> float:
        """How far apart beams lie so deep."""
        wide = self.half_width_mm if self.kind == "rectangle" else self.half_angle * (self.radius_mm + max(0.0, way_mm))
        return 2 * wide / (BEAMS - 1)

    def geometry(self) -> dict[str, object]:
        half = self.half_width_mm if self.kind == "rectangle" else self.radius_mm * float(np.sin(self.half_angle))
        return {
            "kind": self.kind,
            "face_radius_mm": 0.0 if self.kind == "rectangle" else round(self.radius_mm, 3),
            "face_half_width_mm": round(half, 3),
        }


@dataclass(frozen=True, slots=True)
class Plane:
    """origin: of the face's middle, on the skin. across, down, normal: unit vectors of the patient's frame."""

    origin: Numbers
    across: Numbers
    down: Numbers
    normal: Numbers

    def at(self, u: Numbers, w: Numbers) -> Numbers:
        """(3, ...) of points of the plane."""
        return np.stack([self.origin[k] + u * self.across[k] + w * self.down[k] for k in range(3)]).astype(np.float32)

    def of(self, point: Numbers) -> tuple[float, float, float]:
        """Across, down and beside the plane, of a point of the patient."""
        away = np.asarray(point, float) - self.origin
        return float(away @ self.across), float(away @ self.down), float(away @ self.normal)

    def crossed(self, first: Numbers, second: Numbers) -> tuple[float, float] | None:
        """Where a line between two points meets the plane."""
        one, other = self.of(first), self.of(second)
        if one[2] * other[2] > 0 or one[2] == other[2]:
            return None
        share = one[2] / (one[2] - other[2])
        return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def posed(anchor: Numbers, *, sagittal: bool, mirror: bool, off_mm: float, yaw: float, pitch: float, roll: float) -> Plane:
    """The plane through an anchor, which lies off_mm across from the face's middle. Degrees: yaw about the beam, pitch out of the plane (the beam
    leans along the normal), roll within it. Transverse: across is the patient's right, or left if mirror; sagittal: the feet."""
    across = np.asarray([0.0, 1.0, 0.0]) if sagittal else np.asarray([-1.0 if mirror else 1.0, 0.0, 0.0])
    down = np.asarray([0.0, 0.0, 1.0])
    normal = np.cross(down, across)
    a, b = _turned(across, normal, yaw)
    d, b = _turned(down, b, pitch)
    d, a = _turned(d, a, roll)
    origin = anchor - d * (anchor[2] + off_mm * -a[2]) / d[2] - a * off_mm
    return Plane(origin - d * origin[2] / d[2], a, d, b)


def _turned(one: Numbers, other: Numbers, angle_deg: float) -> tuple[Numbers, Numbers]:
    c, s = float(np.cos(np.radians(angle_deg))), float(np.sin(np.radians(angle_deg)))
    return c * one + s * other, c * other - s * one
