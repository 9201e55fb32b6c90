"""The needle's geometry: skin, entry, angle and insertion from a target in probe_mm. Exact; DESIGN.md, "Geometry", is its contract."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, hypot, radians, sin, sqrt

from edge.types import PointMm, PointPx, Scan

BISECTIONS = 60  # halves a 200 mm segment down to less than a femtometre


@dataclass(frozen=True, slots=True)
class Face:
    """The array's face: radius_mm 0 is flat; half_width_mm bounds the curved part."""

    radius_mm: float = 0.0
    half_width_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Aim:
    """entry_mm: where the needle crosses the skin. angle_deg: 0 along the beam axis, positive leaning towards +x (out of plane: towards the picture).
    pivot_mm: pivot to target, None without a bracket."""

    entry_mm: PointMm
    angle_deg: float
    insertion_mm: float
    pivot_mm: float | None = None


def probe_from_frame(scan: Scan, point_px: PointPx) -> PointMm:
    """frame_px to probe_mm."""
    return (point_px[0] - scan.origin_px[0]) * scan.mm_per_px_x, (point_px[1] - scan.origin_px[1]) * scan.mm_per_px_y


def frame_from_probe(scan: Scan, point_mm: PointMm) -> PointPx:
    """probe_mm to frame_px."""
    return point_mm[0] / scan.mm_per_px_x + scan.origin_px[0], point_mm[1] / scan.mm_per_px_y + scan.origin_px[1]


def side_clearance_mm(scan: Scan, point_px: PointPx) -> float:
    """How far inside the scan's nearer side edge a point lies, upright edge or ray; negative outside."""
    shape, u = scan.geometry, point_px[0]
    # pixels are centred on whole numbers, and right_px is the first one outside
    upright_mm = min(u - (shape.left_px - 0.5), shape.right_px - 0.5 - u) * scan.mm_per_px_x
    if shape.apex_px is None:
        return upright_mm
    dx, dz = (u - shape.apex_px[0]) * scan.mm_per_px_x, (point_px[1] - shape.apex_px[1]) * scan.mm_per_px_y
    return min(upright_mm, hypot(dx, dz) * sin(radians(shape.half_angle_deg) - abs(atan2(dx, dz))))


def skin_z_mm(x_mm: float, face: Face) -> float:
    """Height of the skin at x: 0 under a flat face, on the arc under a convex one (<= 0), level beyond its half-width."""
    if face.radius_mm == 0.0:
        return 0.0
    x_mm = min(abs(x_mm), face.half_width_mm)
    return sqrt(max(0.0, face.radius_mm**2 - x_mm**2)) - face.radius_mm


def aim_in_plane(target_mm: PointMm, *, entry_x_mm: float, face: Face, pivot_mm: PointMm | None = None) -> Aim:
    """The needle lies in the picture and enters at entry_x_mm, or, with a bracket, on the line from its pivot to the target."""
    entry = (entry_x_mm, skin_z_mm(entry_x_mm, face)) if pivot_mm is None else skin_crossing(pivot_mm, target_mm, face)
    dx, dz = target_mm[0] - entry[0], target_mm[1] - entry[1]
    reach = None if pivot_mm is None else hypot(target_mm[0] - pivot_mm[0], target_mm[1] - pivot_mm[1])
    return Aim(entry, degrees(atan2(dx, dz)), hypot(dx, dz), reach)


def aim_out_of_plane(target_mm: PointMm, *, entry_y_mm: float) -> Aim:
    """The needle crosses the picture on its axis, from entry_y_mm behind the probe."""
    depth_mm = target_mm[1]
    return Aim((0.0, 0.0), degrees(atan2(entry_y_mm, depth_mm)), hypot(entry_y_mm, depth_mm))


def skin_crossing(outside_mm: PointMm, inside_mm: PointMm, face: Face) -> PointMm:
    """Where the line from a point above the skin to one below it crosses the skin, by bisection."""

    def at(share: float) -> PointMm:
        return (
            outside_mm[0] + share * (inside_mm[0] - outside_mm[0]),
            outside_mm[1] + share * (inside_mm[1] - outside_mm[1]),
        )

    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        x_mm, z_mm = at(middle)
        low, high = (middle, high) if z_mm < skin_z_mm(x_mm, face) else (low, middle)
    return at((low + high) / 2)
