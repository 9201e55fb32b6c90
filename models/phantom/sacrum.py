"""The sacrum as a height field over its straightened dorsal surface, with canal, foramina, hiatus and cornua; ilium and coccyx as boxes.

Straightened frame: u to the patient's left, s caudal along the dorsal midline from the top of the S1 lamina, w ventral; the dorsal midline
is an arc in the sagittal plane, so that (s, w) are an angle and a radius about one centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.phantom.anatomy_types import F32, F64, SIDES, SIGN, Side
from models.phantom.morphometry import SacrumSize
from models.phantom.sdf import REACH_MM, Box, rod
from models.phantom.vertebra import LocalFrame

S_STEP_MM = 0.1
S_START_MM = -30.0
FALL_PER_MM = 0.0078  # the dorsal surface falls away by this times u squared
JOINT_W_MM = 8.0  # depth of the sacroiliac joint's dorsal margin under the dorsal midline
_COLUMNS: tuple[str, ...] = ("crest", "intermediate", "lateral", "ala", "half_width", "lean", "roof", "floor", "half_canal", "hiatus")
_COLUMNS += ("cornu", "ventral", "fall", "step")


@dataclass(frozen=True, slots=True, eq=False)
class Sacrum:
    """centre_yz: of the arc; start_rad: angle of s = 0 about it. table: float32 (rows, columns) of s."""

    size: SacrumSize
    centre_yz: tuple[float, float]
    start_rad: float
    radius_mm: float
    table: F32

    def out(self, u: float, s: float, w: float) -> F64:
        """Straightened to patient."""
        angle = self.start_rad - s / self.radius_mm
        r = self.radius_mm - w
        return np.array([u, self.centre_yz[0] + r * np.sin(angle), self.centre_yz[1] - r * np.cos(angle)])

    def axes(self, s: float) -> F64:
        """Rows: left, cranial, ventral at s."""
        angle = self.start_rad - s / self.radius_mm
        return np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])

    def straighten(self, points_mm: F32) -> tuple[F32, F32, F32]:
        """(u, s, w) of float32 (N, 3)."""
        dy = points_mm[:, 1] - np.float32(self.centre_yz[0])
        dz = np.float32(self.centre_yz[1]) - points_mm[:, 2]
        r = np.sqrt(dy * dy + dz * dz)
        s = (np.float32(self.start_rad) - np.arctan2(dy, dz)) * np.float32(self.radius_mm)
        return points_mm[:, 0], s, np.float32(self.radius_mm) - r

    def at(self, name: str, s: float) -> float:
        """One column of the table at s."""
        row = int(np.clip((s - S_START_MM) / S_STEP_MM, 0, len(self.table) - 1))
        return float(self.table[row, _COLUMNS.index(name)])


def build_sacrum(size: SacrumSize, frame: LocalFrame) -> Sacrum:
    start = frame.out(0, -5.0, -(size.canal_depth_mm[0] + size.roof_mm))
    centre = start + frame.axes[2] * size.bend_radius_mm
    return Sacrum(
        size, (float(centre[1]), float(centre[2])), float(np.radians(size.pitch_deg)), size.bend_radius_mm, _table(size)
    )


def _table(size: SacrumSize) -> F32:
    share = size.length_mm / 105.0
    s = np.arange(S_START_MM, size.length_mm + 40, S_STEP_MM)

    def knots(at: tuple[float, ...], value: tuple[float, ...]) -> F64:
        return np.asarray(np.interp(s, np.array(at) * share, value), float)

    def bumps(at: tuple[float, ...], height: tuple[float, ...], width: float) -> F64:
        return np.asarray(sum(h * np.exp(-(((s - a * share) / width) ** 2)) for a, h in zip(at, height, strict=True)), float)

    apex = size.apex_s_mm
    fade = np.clip((apex + 2 - s) / 12.0, 0, 1)
    fade = fade * fade * (3 - 2 * fade)
    waves = size.crest_waves
    tubercles = bumps((12, 32, 51, 67), (0.6 * waves[0], 0.6 * waves[1], 0.5 * waves[2], 0.35 * waves[3]), 7 * share)
    crest = size.crest_mm * (0.45 * np.clip((s + 1) / 6, 0, 1) + tubercles) * fade
    depth = size.canal_depth_mm[0] + (size.hiatus_height_mm - size.canal_depth_mm[0]) * np.clip(s / apex, 0, 1) ** 0.8
    roof = np.where(s < apex, size.roof_mm - (size.roof_mm - 3.2) * np.clip(s / apex, 0, 1), 3.2) + 0 * s
    opening = np.clip((s - apex) / 11.0, 0, 1) ** 0.6 * (min(size.cornu_u_mm.values()) - 2.2)
    hiatus = np.where((s > apex) & (not size.hiatus_closed), opening, -3.0)
    rise = np.clip((s - apex - 1) / (size.cornu_s_mm - apex), 0, 1)
    fall = np.clip((size.cornu_s_mm + 9 - s) / 6, 0, 1)
    columns = {
        "crest": crest,
        "intermediate": bumps((3, 24, 44, 61, 75), (2.0, 2.2, 2.0, 1.6, 1.2), 7 * share),
        "lateral": bumps((14, 35, 54, 71), (2.5, 3.0, 3.0, 2.0), 8 * share),
        "ala": np.clip((18 * share - s) / 14, 0, 1),
        "half_width": knots(
            (-30, 20, 50, 62, 78, 92, 105, 145), tuple(f * size.half_width_mm for f in (1.38, 1.16, 1.05, 1.0, 0.84, 0.66, 0.5, 0.3))
        ),
        "lean": knots((55, 72), (1.0, 0.15)),
        "roof": roof,
        "floor": roof + depth,
        "half_canal": knots((-30, 0, 50, 80, 145), (15.0, 14.0, 10.0, 7.5, 7.0)),
        "hiatus": hiatus,
        "cornu": rise * rise * (3 - 2 * rise) * fall,
        "fall": knots((-30, 60, 82, 95, 105), (FALL_PER_MM, FALL_PER_MM, 0.017, 0.032, 0.04)),
        "step": 11.0 * np.clip((20 * share - s) / 12, 0, 1),
        "ventral": roof + depth + knots((0, 30, 60, 85, 105), (28.0, 20.0, 11.0, 7.0, 5.0)),
    }
    return np.stack([columns[name] for name in _COLUMNS], axis=1).astype(np.float32)


def sacrum_distance_mm(sacrum: Sacrum, u: F32, s: F32, w: F32) -> tuple[F32, F32]:
    """(bone, hull): signed distance-like fields of the sacrum for straightened coordinates, float32 (N,); gradients near 1 close to the
    surface. hull: with canal and foramina filled."""
    size = sacrum.size
    row = np.clip((s - S_START_MM) * (1 / S_STEP_MM), 0, len(sacrum.table) - 1).astype(np.int32)
    crest, inter, lateral, ala, half_width, lean, roof, floor, half_canal, hiatus, cornu, ventral, fall, step = np.take(sacrum.table, row, axis=0).T
    au = np.abs(u)
    left = u > 0
    surface = np.minimum(fall * au * au, 12.0 + 0.12 * au)
    shelf = np.clip((au - 18) * (1 / 9.0), 0, 1)
    surface += ala * (step * shelf * shelf * (3 - 2 * shelf) - surface) * np.minimum(au * (1 / 18.0), 1)
    surface -= crest / (1 + np.square(u * (1 / 3.2))) ** 2
    surface -= inter * np.exp(-np.square((au - 12.5) * (1 / 3.5)))
    surface -= lateral * np.exp(-np.square((au - half_width * 0.86) * (1 / 5.0)))
    horn_u = np.where(left, np.float32(size.cornu_u_mm["left"]), np.float32(size.cornu_u_mm["right"]))
    horn = np.where(left, np.float32(size.cornu_height_mm["left"]), np.float32(size.cornu_height_mm["right"]))
    surface -= cornu * horn * np.exp(-np.square((au - horn_u) * (1 / 2.7)))
    dorsal = (surface - w) * np.float32(0.9)
    slope = np.where(left, *(np.float32(np.tan(np.radians(size.joint_angle_deg[side]))) for side in SIDES))
    edge = np.where(left, *(np.float32(size.joint_u_mm[side] / size.half_width_mm / 1.05) for side in SIDES)) * half_width
    side_wall = (au - edge - slope * lean * (w - JOINT_W_MM)) * np.float32(0.9)
    out = _smooth_max(dorsal, side_wall, 4.0)
    np.maximum(out, w - ventral, out=out)
    np.maximum(out, s - np.float32(size.length_mm), out=out)
    np.maximum(out, -s - 5 * np.clip((w - roof) * 0.25, 0, 1), out=out)  # the endplate stands 5 mm above the lamina
    half = np.maximum(floor - roof, 1.0) * 0.5
    hull = out
    canal = (np.sqrt(np.square(u / half_canal) + np.square((w - roof - half) / half)) - 1) * half
    out = _smooth_max(out, -canal, 1.0)
    out = _smooth_max(out, -np.maximum(au - hiatus, w - floor), 1.2)
    return _carve_foramina(sacrum, out, u, s, w), hull


def _smooth_max(a: F32, b: F32, soft_mm: float) -> F32:
    h = np.maximum(np.float32(soft_mm) - np.abs(a - b), 0)
    return np.asarray(np.maximum(a, b) + h * h * np.float32(0.25 / soft_mm), np.float32)


def _carve_foramina(sacrum: Sacrum, out: F32, u: F32, s: F32, w: F32) -> F32:
    """Dorsal foramina: conical tunnels from the dorsal surface towards the canal's side, leaning medially as they go in."""
    size = sacrum.size
    lean = np.float32(np.tan(np.radians(size.foramen_angle_deg)))
    for k in range(4):
        centre_s, radius = size.foramen_s_mm[k], size.foramen_radius_mm[k]
        rows = np.abs(s - np.float32(centre_s)) < 10
        for side in SIDES:
            mouth = size.foramen_u_mm[side][k]
            index = np.flatnonzero(rows & (np.abs(u * np.float32(SIGN[side]) - np.float32(mouth)) < 22))
            if len(index) == 0:
                continue
            uu, ss, ww = u[index] * np.float32(SIGN[side]), s[index], w[index]
            depth = ww - np.float32(FALL_PER_MM * mouth * mouth)
            off = uu - (mouth - lean * np.clip(depth, -3, 16))
            wide = np.float32(radius) + np.clip(2.0 - depth, 0, 3) * np.float32(0.25)
            hole = np.sqrt(off * off + np.square(ss - np.float32(centre_s))) * np.float32(0.95) - wide
            hole = np.maximum(hole, depth - 17)
            out[index] = _smooth_max(out[index], np.asarray(-hole, np.float32), 1.5)
    return out


def bony_distance_mm(sacrum: Sacrum, points_mm: F32) -> tuple[F32, F32]:
    """(bone, hull) at points of the patient frame, clamped at REACH_MM."""
    out = np.full(len(points_mm), REACH_MM, np.float32)
    hull = out.copy()
    u, s, w = sacrum.straighten(points_mm)
    near = np.flatnonzero((s > -22) & (s < sacrum.size.length_mm + REACH_MM) & (w > -26) & (w < 70) & (np.abs(u) < 80))
    if len(near):
        bone, filled = sacrum_distance_mm(sacrum, u[near], s[near], w[near])
        out[near] = np.clip(bone, -REACH_MM, REACH_MM)
        hull[near] = np.clip(filled, -REACH_MM, REACH_MM)
    return out, hull


def iliac_boxes(sacrum: Sacrum, *, left: bool) -> tuple[Box, ...]:
    """One ilium: the part beside the joint with its dorsal rim (posterior superior spine), and the wing that climbs laterally."""
    side: Side = "left" if left else "right"
    size, sign = sacrum.size, 1.0 if left else -1.0
    share = size.length_mm / 105.0
    theta = np.radians(size.joint_angle_deg[side])
    thick, deep = 8.0, 26.0
    s = 40 * share
    frame = sacrum.axes(s)
    inward = np.array([sign * np.sin(theta), 0, np.cos(theta)])
    lateral = np.array([sign * np.cos(theta), 0, -np.sin(theta)])
    margin = np.array([sign * size.joint_u_mm[side], 0.0, 0.0])
    away = lateral * (size.joint_gap_mm[side] + thick) + inward * (deep - size.iliac_step_mm[side])
    middle = sacrum.out(float(margin[0] + away[0]), s, float(JOINT_W_MM + away[2]))
    flare = np.radians(13.0)  # the wing opens laterally as it climbs
    upward = np.array([sign * np.sin(flare), np.cos(flare), 0.0])
    lateral = lateral - upward * (lateral @ upward)
    lateral /= np.linalg.norm(lateral)
    axes = np.stack([lateral, upward, np.cross(lateral, upward)]) @ frame
    if axes[2] @ (inward @ frame) < 0:
        axes[2] *= -1
    beside = Box(middle, axes, (thick, 27 * share, deep), 4.5)
    rim = middle - axes[2] * (deep - 10)
    up = axes[2]
    crest = sacrum.out(sign * (size.joint_u_mm[side] + 34), -34 * share, 20.0)
    wing = rod(rim, crest, half_mm=(7.0, 10.0), end_half_mm=(5.0, 22.0), up=up, blend_mm=8.0)
    flank = sacrum.out(sign * (size.joint_u_mm[side] + 80), -48 * share, 50.0)
    return beside, wing, rod(crest, flank, half_mm=(5.0, 22.0), up=up, blend_mm=8.0)


def coccyx_boxes(sacrum: Sacrum) -> tuple[Box, ...]:
    """Three small bones that go on along the arc."""
    boxes, s = [], sacrum.size.length_mm + 2
    for half_width, length in ((8.0, 11.0), (5.5, 9.0), (4.0, 8.0)):
        boxes.append(rod(sacrum.out(0, s + 2.5, 5.5), sacrum.out(0, s + length - 2.5, 6.5), half_mm=(half_width, 3.0), up=sacrum.axes(s)[2]))
        s += length + 1.5
    return tuple(boxes)
