"""Probe: an array of beams, the picture's plane through the body, and the way from beams to pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

BEAMS, SAMPLES = 152, 336

Numbers: TypeAlias = NDArray[np.floating[Any]]
Draw: TypeAlias = np.random.Generator


@dataclass(frozen=True, slots=True)
class Array:
    """kind: convex, phased or linear. radius_mm: of the face, 0 for a flat one. half: the field's half angle in radians, or half width in mm.

    Screen frame: x and z in mm from the middle of the face, z down. Grids are (BEAMS, SAMPLES)."""

    kind: str
    radius_mm: float
    half: float
    depth_mm: float

    @property
    def sample_mm(self) -> float:
        return self.depth_mm / (SAMPLES - 1)

    def along_mm(self) -> Numbers:
        """(SAMPLES,) from the face along a beam."""
        return np.linspace(0, self.depth_mm, SAMPLES, dtype=np.float32)

    def places(self) -> tuple[Numbers, Numbers]:
        """x and z in mm of all beams and samples."""
        ways = np.linspace(-self.half, self.half, BEAMS, dtype=np.float32)[:, None]
        along = self.along_mm()[None, :]
        if not self.radius_mm:
            return ways + 0 * along, along + 0 * ways
        reach = along + np.float32(self.radius_mm)
        return reach * np.sin(ways), reach * np.cos(ways) - np.float32(self.radius_mm)

    def polar(self, x: Any, z: Any) -> tuple[Any, Any]:
        """(beam, mm along it) of places on the screen, both real; beams beside the field lie outside 0 to BEAMS - 1."""
        if not self.radius_mm:
            return (np.asarray(x) / self.half + 1) / 2 * (BEAMS - 1), np.asarray(z)
        way = np.arctan2(x, np.asarray(z) + self.radius_mm)
        return (way / self.half + 1) / 2 * (BEAMS - 1), np.hypot(x, np.asarray(z) + self.radius_mm) - self.radius_mm

    def point(self, beam: float, along_mm: float) -> tuple[float, float]:
        """x and z in mm on the screen: the way back."""
        way = (2 * beam / (BEAMS - 1) - 1) * self.half
        if not self.radius_mm:
            return way, along_mm
        reach = self.radius_mm + along_mm
        return float(reach * np.sin(way)), float(reach * np.cos(way) - self.radius_mm)

    def pitch_mm(self) -> Numbers:
        """(SAMPLES,) between neighbouring beams."""
        step = 2 * self.half / (BEAMS - 1)
        return step * (self.radius_mm + self.along_mm()) if self.radius_mm else np.full(SAMPLES, step, np.float32)

    def extent_mm(self) -> tuple[float, float]:
        """Half width and top (z <= 0 where the face is curved) of the field."""
        if not self.radius_mm:
            return self.half, 0.0
        return float((self.radius_mm + self.depth_mm) * np.sin(self.half)), float(self.radius_mm * (np.cos(self.half) - 1))

    def geometry(self) -> dict[str, str | float]:
        """As truth states it."""
        face = self.radius_mm * float(np.sin(self.half)) if self.radius_mm else self.half
        kind = {"linear": "rectangle"}.get(self.kind, self.kind)
        return {"kind": kind, "face_radius_mm": round(self.radius_mm, 3), "face_half_width_mm": round(face, 3)}


def array_for(draw: Draw, deepest_mm: float, wide_mm: float) -> Array:
    """An array and its depth setting, 40 to 160 mm, that hold a place as deep as that, and half a section as wide as that if they can."""
    depth = float(np.clip(deepest_mm * draw.uniform(1.15, 2.1), 40, 160))
    linear = 0.3 if deepest_mm < 55 else 0.12
    kind = draw.choice(3, p=(0.88 - linear, 0.12, linear))
    if kind == 0:
        radius = draw.uniform(40, 65)
        need = wide_mm / (radius + 0.8 * deepest_mm)
        return Array("convex", radius, float(np.clip(draw.uniform(0.9, 1.5) * need, 0.42, 0.68)), depth)
    if kind == 1:
        return Array("phased", draw.uniform(4, 9), draw.uniform(0.62, 0.8), max(depth, 60.0))
    return Array("linear", 0.0, float(np.clip(draw.uniform(0.9, 1.4) * wide_mm, 19, 40)), min(depth, 110.0))


@dataclass(frozen=True, slots=True)
class Plane:
    """The picture's plane in the body: where the middle of the face stands, and where the screen's right and down point (unit vectors).

    Body frame: x to the screen's right in a transverse plane, y caudal, z ventral, all in mm."""

    origin: Numbers
    right: Numbers
    down: Numbers

    def flat(self, point: Any) -> tuple[float, float]:
        """x and z on the plane of a point of the body, across the plane onto it."""
        away = np.asarray(point, float) - self.origin
        return float(away @ self.right), float(away @ self.down)


def placed_across(draw: Draw, middle_share: float, *, around_mm: float, beside_mm: tuple[float, float]) -> float:
    """x of the probe: in so many cases about the midline, else so far to either side of it."""
    return draw.normal(0, around_mm) if draw.random() < middle_share else float(draw.choice((-1, 1))) * draw.uniform(*beside_mm)


def transverse(draw: Draw, *, x: float, y: float, skin_z: float, hinge_z: float, tilt: float = 0.0, lean: float = 0.0) -> Plane:
    """Across the spine. y holds at the depth hinge_z, about which the plane is tilted (radians, towards
    caudal); lean (radians): towards smaller x with depth. The hand errs by some degrees."""
    tilt += draw.normal(0, 0.05)
    turn, slip = draw.normal(0, 0.05, 2)
    lean += slip
    down = np.array([-np.sin(lean), np.sin(tilt), np.cos(tilt) * np.cos(lean)])
    down /= np.linalg.norm(down)
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    right -= (right @ down) * down
    right /= np.linalg.norm(right)
    origin = np.array([x, y, hinge_z]) + down * (skin_z - hinge_z) / down[2]
    return Plane(origin, right, down)


def sagittal(draw: Draw, *, x: float, y: float, skin_z: float, hinge_z: float, lean: float = 0.0) -> Plane:
    """Along the spine, cranial left. x and y hold at the depth hinge_z; lean (radians): towards smaller x with depth."""
    turn, pitch = draw.normal(0, 0.05, 2)
    down = np.array([-np.sin(lean), np.sin(pitch), np.cos(lean) * np.cos(pitch)])
    down /= np.linalg.norm(down)
    right = np.array([np.sin(turn), np.cos(turn), 0.0])
    right -= (right @ down) * down
    right /= np.linalg.norm(right)
    return Plane(np.array([x, y, hinge_z]) + down * (skin_z - hinge_z) / down[2], right, down)


def on_screen(greys: Numbers, array: Array, mm_per_px: float, flipped: bool) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """The bare scan on black, mirrored if flipped, and the origin's pixel (x, y)."""
    half, top = array.extent_mm()
    width, height = int(2 * half / mm_per_px) + 1, int((array.depth_mm - top) / mm_per_px) + 1
    u, v = (width - 1) / 2, -top / mm_per_px
    x = ((np.arange(width, dtype=np.float32) - np.float32(u)) * np.float32(-mm_per_px if flipped else mm_per_px))[None, :]
    z = ((np.arange(height, dtype=np.float32) - np.float32(v)) * np.float32(mm_per_px))[:, None]
    beam, along = array.polar(x, z)
    shape = (height, width)
    places = np.stack([np.broadcast_to(beam, shape), np.broadcast_to(along, shape) / np.float32(array.sample_mm)])
    picture = map_coordinates(greys, places, order=1, mode="constant", cval=0.0, prefilter=False, output=np.float32)
    return np.round(picture * 255).astype(np.uint8), (u, v)
