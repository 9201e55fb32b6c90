"""The plane of a probe on the back: where its middle touches the skin, and which way right of the screen, depth and the normal lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.digitised.field import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Body axes (right, cranial, dorsal). origin: the middle of the array's face, mm.

    across, depth, normal: unit vectors; across is right of the screen.
    """

    origin: Floats
    across: Floats
    depth: Floats
    normal: Floats

    def points(self, x_mm: Floats, z_mm: Floats, off_mm: float = 0.0) -> Floats:
        """Body points (3, ...) of places of the plane, moved along its normal."""
        lines = (self.origin + off_mm * self.normal, self.across, self.depth)
        start, across, depth = (line.reshape(3, *[1] * np.ndim(x_mm)) for line in lines)
        return np.asarray(start + across * x_mm + depth * z_mm)

    def place(self, body: Floats) -> tuple[float, float]:
        """x and z in mm of a body point, dropped onto the plane."""
        away = body - self.origin
        return float(away @ self.across), float(away @ self.depth)


def plane_at(middle: Floats, *, under_mm: float, pitch_rad: float, yaw_rad: float, roll_rad: float, sagittal: bool, flip: bool) -> Plane:
    """A plane through `middle`, under_mm beneath its skin.

    pitch: about the array's long axis. yaw: turned on the skin from the transverse or the sagittal plane. roll: rocked along the array.
    sagittal: across runs caudal, else right. flip: the other way round.
    """
    across = np.array([0.0, -1.0, 0.0]) if sagittal else np.array([1.0, 0.0, 0.0])
    inwards = np.array([0.0, 0.0, -1.0])
    across = _turned(across, inwards, yaw_rad)
    depth = _turned(inwards, across, pitch_rad)
    normal = np.cross(across, depth)
    across, depth = _turned(across, normal, roll_rad), _turned(depth, normal, roll_rad)
    across = -across if flip else across
    return Plane(middle - under_mm * depth, across, depth, np.cross(across, depth))


def _turned(vector: Floats, axis: Floats, angle_rad: float) -> Floats:
    """Rodrigues' rotation."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.asarray(vector * cos + np.cross(axis, vector) * sin + axis * (axis @ vector) * (1 - cos))
