"""Where each landmark of a view lies in the probe frame, and whether sound can reach it.

A landmark begins as a point or line of the anatomy; it is taken where that meets the image plane and, for points of a bone's surface,
brought onto the surface that the plane cuts. Nothing here reads a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from models.phantom.anatomy import Anatomy, bone_at, intertransverse_z, part_at, roughness_mm, scl_surface
from models.phantom.anatomy_types import F32, F64, SIDES, SIGN, Side
from models.phantom.morphometry import JOINTS, LUMBAR
from models.phantom.pose import Face, ProbePose, face_z
from models.phantom.sacrum import FALL_PER_MM
from models.phantom.vertebra import pillar_x

STEP_MM = 0.5
LEAST_WINDOW_MM = 3.0  # an interlaminar window narrower than this is none
Field: TypeAlias = Callable[[F32], F32]


@dataclass(frozen=True, slots=True)
class LandmarkTruth:
    """Tissue position in the probe frame (mm). elevation_mm: distance out of the plane. visible: inside the slice and on a straight ray that meets
    no bone: what a hand looks for; what a picture then draws the sound decides (frame.py)."""

    x_mm: float
    z_mm: float
    elevation_mm: float
    visible: bool


@dataclass(frozen=True, slots=True)
class _Point:
    """A landmark in the probe frame before visibility. None stands for a landmark that the plane does not cut."""

    x: float
    z: float
    elevation: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Plane:
    """The image plane of a pose through a subject."""

    anatomy: Anatomy
    pose: ProbePose

    def patient(self, x: F32, z: F32) -> F32:
        pts = np.stack([x, np.zeros_like(x), z], axis=1).astype(np.float32)
        return self.pose.patient_from_probe(pts)

    def bone(self, points: F32) -> F32:
        return bone_at(self.anatomy, points)

    def profile(self, xs: F32, z_from: float, z_to: float, solid: Field | None = None) -> F32:
        """(N,) z of the first bone met from z_from down to z_to at each x; NaN where there is none."""
        zs = np.arange(z_from, z_to, STEP_MM, dtype=np.float32)
        x, z = np.meshgrid(xs.astype(np.float32), zs)
        d = (solid or self.bone)(self.patient(x.ravel(), z.ravel())).reshape(x.shape)
        inside = d < 0
        first = inside.argmax(axis=0)
        column = np.arange(len(xs))
        above = np.maximum(first - 1, 0)
        d0, d1 = d[above, column], d[first, column]
        share = np.where(first > 0, d0 / np.maximum(d0 - d1, 1e-6), 1.0)
        hit = zs[above] + STEP_MM * np.where(first > 0, share, 0)
        return np.where(inside.any(axis=0), hit, np.nan).astype(np.float32)

    def cross(self, point: F64, along: F64, reach_mm: float) -> _Point:
        """Where the line point + t along, |t| <= reach_mm, meets the plane (or comes nearest)."""
        local = self.pose.probe_from_patient(np.stack([point, point + along]).astype(np.float32)).astype(float)
        step = local[1] - local[0]
        t = -local[0, 1] / step[1] if abs(step[1]) > 1e-3 else 0.0
        p = local[0] + float(np.clip(t, -reach_mm, reach_mm)) * step
        return _Point(float(p[0]), float(p[2]), float(p[1]))

    def right_of_screen(self, side: Side) -> float:
        """+1 if the patient's side lies to the right of the screen."""
        return float(np.sign(self.pose.x_axis[0] * SIGN[side]))


def _near(x: float, half: float) -> F32:
    return np.arange(x - half, x + half + STEP_MM / 2, STEP_MM, dtype=np.float32)


def _apex(plane: _Plane, near: _Point | None, half: float, up: float, down: float, solid: Field | None = None) -> _Point | None:
    """Most dorsal bone within +-half of a point."""
    if near is None:
        return None
    xs = _near(near.x, half)
    h = plane.profile(xs, near.z - up, near.z + down, solid)
    if not np.isfinite(h).any():
        return None
    top = np.nanmin(h)
    close = np.flatnonzero(h < top + 0.3)
    return _Point(float(xs[close].mean()), float(top), near.elevation)


def _on_surface(plane: _Plane, x: float, z: float, up: float, down: float, elevation: float = 0.0) -> _Point | None:
    h = plane.profile(np.array([x], np.float32), z - up, z + down)[0]
    return _Point(x, float(h), elevation) if np.isfinite(h) else None


def _foot(plane: _Plane, top: _Point | None, beside: _Point | None, up: float, down: float) -> _Point | None:
    """The deepest surface point under the chord from a process's apex to the bone beside it: the groove between the two, however shallow it is; None
    where the bone falls off like a ridge."""
    if top is None or beside is None:
        return None
    steps = max(int(abs(beside.x - top.x) / STEP_MM), 2)
    xs = np.linspace(top.x, beside.x, steps, dtype=np.float32)
    h = plane.profile(xs, min(top.z, beside.z) - up, max(top.z, beside.z) + down)
    if not np.isfinite(h).all():
        return None
    chord = np.linspace(top.z, beside.z, steps)
    k = int(np.argmax(h - chord))
    if h[k] <= chord[k] or k == 0:
        return None
    return _Point(float(xs[k]), float(h[k]), beside.elevation)


def _spinous(plane: _Plane, k: int) -> _Point | None:
    size, frame = plane.anatomy.sizes.vertebrae[k], plane.anatomy.spine.frames[k]
    tip = plane.anatomy.spine.spinous_tip_mm[k]
    return _apex(plane, plane.cross(tip, frame.axes[1], size.spinous_half_height_mm), 5.0, 6.0, 7.0)


def _lamina(plane: _Plane, k: int, side: Side) -> _Point | None:
    """Midway between the base of the spinous process and the medial edge of the inferior articular process, on the dorsal surface."""
    size, frame = plane.anatomy.sizes.vertebrae[k], plane.anatomy.spine.frames[k]
    joint = plane.anatomy.spine.joints[k][side]
    sign = SIGN[side]
    base = sign * size.spinous_half_width_mm
    edge = joint.centre_mm - joint.across * (joint.size.gap_mm / 2 + 5.8) + joint.dorsal * (joint.size.half_width_mm * 0.6)
    edge_x = float((edge - frame.origin_mm) @ frame.axes[0])
    half = size.lamina_half_height_mm
    middle = frame.out((base + edge_x) / 2, -half * 0.62, -(size.canal_depth_mm + 7.0))
    at = plane.cross(middle, frame.axes[1], half)
    return _on_surface(plane, at.x, at.z, 8.0, 8.0, at.elevation)


def _opening(plane: _Plane, k: int, side: Side) -> _Point | None:
    joint = plane.anatomy.spine.joints[k][side]
    sunk = float(roughness_mm(plane.anatomy, joint.opening_mm[None].astype(np.float32))[0])
    at = plane.cross(joint.opening_mm - joint.dorsal * sunk, joint.along, joint.size.half_height_mm - 1.5)
    return at if abs(at.elevation) < 1.0 else None  # beyond the joint's end there is no gap between two processes


def _facet_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    k = JOINTS.index(plane.pose.level)
    return {
        "spinous_process": [_spinous(plane, k)],
        "lamina": [_lamina(plane, k, side) for side in SIDES],
        "facet": [_opening(plane, k, side) for side in SIDES],
    }


def _process_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    k = LUMBAR.index(plane.pose.level)
    spinous = [p for p in (_spinous(plane, k), _spinous(plane, k - 1)) if p is not None]
    out: dict[str, list[_Point | None]] = {
        "spinous_process": [min(spinous, key=lambda p: abs(p.elevation))] if spinous else [],
        "lamina": [_lamina(plane, k, side) for side in SIDES],
        "sap_tip": [],
        "tp_groove": [],
        "tp_tip": [],
    }
    frame = plane.anatomy.spine.frames[k]
    for side in SIDES:
        root, tip = plane.anatomy.spine.tp[k][side]
        joint = plane.anatomy.spine.joints[k - 1][side]
        axis = frame.axes[1]
        size = plane.anatomy.sizes.vertebrae[k]
        x = SIGN[side] * (pillar_x(frame, joint, size.canal_half_mm) + 0.5)
        top = _apex(plane, plane.cross(frame.out(x, 4.0, -(size.canal_depth_mm + 4)), axis, 8.0), 3.5, 8.0, 9.0)
        middle = plane.cross(root * 0.4 + tip * 0.6, axis, 5.0)
        beside = _on_surface(plane, middle.x, middle.z, 9.0, 4.0, middle.elevation)
        out["sap_tip"].append(top)
        out["tp_groove"].append(_foot(plane, top, beside, 3.0, 12.0))
        out["tp_tip"].append(_tp_end(plane, plane.cross(tip, axis, 5.0), plane.right_of_screen(side)))
    return out


def _tp_end(plane: _Plane, tip: _Point, outward: float) -> _Point | None:
    """Lateral end of the transverse process's dorsal echo: where its surface has fallen 1 mm over the end's curve."""
    xs = (tip.x + outward * np.arange(-6.0, 8.0, STEP_MM)).astype(np.float32)
    h = plane.profile(xs, tip.z - 8, tip.z + 6)
    seen = np.flatnonzero(np.isfinite(h) & (h < np.nanmin(h[:10]) + 1.0)) if np.isfinite(h[:10]).any() else np.array([], int)
    return _Point(float(xs[seen[-1]]), float(h[seen[-1]]), tip.elevation) if len(seen) else None


def _crest(plane: _Plane, s: float) -> _Point | None:
    sacrum = plane.anatomy.sacrum
    at = plane.cross(sacrum.out(0, s, -sacrum.at("crest", s)), sacrum.axes(s)[1], 12.0)
    return _apex(plane, at, 5.0, 8.0, 10.0)


def _ala_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    sacrum = plane.anatomy.sacrum
    out: dict[str, list[_Point | None]] = {"median_crest": [_crest(plane, 4.0)], "s1_sap": [], "ala_groove": []}
    for side in SIDES:
        joint = plane.anatomy.spine.joints[4][side]
        frame = plane.anatomy.spine.frames[5]
        x = SIGN[side] * (pillar_x(frame, joint, joint.size.x_mm) + 0.5)
        at = plane.cross(frame.out(x, -6.0, -(sacrum.size.canal_depth_mm[0] + 6)), frame.axes[1], 10.0)
        top = _apex(plane, at, 3.5, 8.0, 10.0)
        outward = plane.right_of_screen(side)
        beside = None if top is None else _on_surface(plane, top.x + outward * 15.0, top.z + 8, 10.0, 18.0, at.elevation)
        out["s1_sap"].append(top)
        out["ala_groove"].append(_foot(plane, top, beside, 3.0, 14.0))
    return out


def _canal_point(plane: _Plane, *, ventral: bool) -> _Point:
    """Where the midline meets the flavum's ventral face (or the canal's ventral wall) in the plane."""
    soft = plane.anatomy.soft
    zs = np.arange(5.0, 160.0, 0.25, dtype=np.float32)
    x = 0.0
    z = 50.0
    for _ in range(3):
        p = plane.patient(np.full_like(zs, x), zs)
        rows = soft.rows(p[:, 1])
        level = p[:, 2] - rows[1] - (rows[3] if ventral else 0)
        z = float(zs[int(np.argmax(level > 0))])
        here = plane.patient(np.array([x], np.float32), np.array([z], np.float32))[0]
        x += float((soft.at("x", float(here[1])) - here[0]) * np.sign(plane.pose.x_axis[0]))
    return _Point(x, z)


def _interlaminar_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    k = JOINTS.index(plane.pose.level)
    posterior = _canal_point(plane, ventral=False)
    edges: list[_Point | None] = []
    for side in SIDES:
        joint = plane.anatomy.spine.joints[k][side]
        at = plane.cross(joint.opening_mm, joint.along, 12.0)
        outward = plane.right_of_screen(side)
        span = abs(at.x - posterior.x)
        xs = (posterior.x + outward * np.arange(2.0, span + 3, STEP_MM)).astype(np.float32)
        edges.append(_corner(plane, xs, outward, posterior.z - 16, posterior.z + 1.5))
    return {
        "articular_process": edges,
        "posterior_complex": [posterior],
        "anterior_complex": [_canal_point(plane, ventral=True)],
    }


def _corner(plane: _Plane, xs: F32, outward: float, z_from: float, z_to: float, solid: Field | None = None) -> _Point | None:
    """The dorsal edge that faces against `outward`: the surface point met first by a line at 45 degrees from that side and above."""
    h = plane.profile(xs, z_from, z_to, solid)
    if solid is not None:  # where another bone overhangs, this one is not seen from behind
        h = np.where(h > plane.profile(xs, z_from, z_to) + 0.5, np.nan, h)
    if not np.isfinite(h).any():
        return None
    k = int(np.nanargmin(h + outward * xs))
    return _Point(float(xs[k]), float(h[k]))


def _paramedian_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    """Edges of the laminae beside the window nearest to the probe's middle, whichever level it is of; the complexes on the perpendicular through
    their middle. A picture shows two windows as often as not, and only its middle tells which one is meant."""
    soft = plane.anatomy.soft
    zs = np.arange(10.0, 150.0, 0.25, dtype=np.float32)

    def surface(x: float, *, ventral: bool) -> float:
        p = plane.patient(np.full_like(zs, x), zs)
        rows = soft.rows(p[:, 1])
        off = np.abs(p[:, 0] - rows[0])
        level = p[:, 2] - rows[1] - (rows[3] if ventral else np.float32(0.42) * off)
        return float(zs[int(np.argmax(level > 0))])

    roof = surface(0.0, ventral=False)
    cranial = 1.0 if plane.pose.x_axis[1] > 0 else -1.0
    xs = np.arange(-30.0, 30.0, STEP_MM / 2, dtype=np.float32)  # an edge is where the samples say, unlike a surface's depth, which lies between two
    h = plane.profile(xs, roof - 18, roof + 6)
    bony = np.isfinite(h)
    gap = _open_run(~bony, len(xs) // 2, least=round(LEAST_WINDOW_MM / (STEP_MM / 2)))
    if gap is None:
        return {}
    low, high = gap
    ends = [_Point(float(xs[low - 1]), float(h[low - 1])), _Point(float(xs[high]), float(h[high]))]
    up, down = (ends[1], ends[0]) if cranial > 0 else (ends[0], ends[1])
    x0, z0 = (up.x + down.x) / 2, (up.z + down.z) / 2
    slope = (ends[1].z - ends[0].z) / (ends[1].x - ends[0].x)
    complexes: list[_Point | None] = []
    for ventral in (False, True):
        x = x0
        for _ in range(4):
            x = x0 - slope * (surface(x, ventral=ventral) - z0)
        z = surface(x, ventral=ventral)
        here = plane.patient(np.array([x], np.float32), np.array([z], np.float32))
        rows = soft.rows(here[:, 1])
        inside = abs(float(here[0, 0] - rows[0, 0])) < float(rows[2, 0])  # beside the canal there is no complex
        complexes.append(_Point(x, z) if inside else None)
    return {"lamina_cranial": [up], "lamina_caudal": [down], "posterior_complex": [complexes[0]], "anterior_complex": [complexes[1]]}


def _open_run(free: np.ndarray, middle: int, least: int) -> tuple[int, int] | None:
    """(first, last + 1) of the free run, of at least so many samples, nearest to the middle that has bone on both sides."""
    edges = np.flatnonzero(np.diff(free.astype(np.int8)))
    runs = [(int(a) + 1, int(b) + 1) for a, b in pairwise(edges) if free[a + 1]]
    runs = [r for r in runs if r[1] - r[0] >= least]
    return min(runs, key=lambda r: abs((r[0] + r[1]) / 2 - middle)) if runs else None


def _sacral_midline(plane: _Plane, surface: Callable[[F32], F32], *, bony: bool = False) -> _Point:
    """Where u = 0 and w = surface(s) meet in the plane; bony: of a surface that is as uneven as bone."""
    sacrum = plane.anatomy.sacrum
    x, z = 0.0, 0.0
    zs = np.arange(-5.0, 90.0, 0.2, dtype=np.float32)
    for _ in range(3):
        points = plane.patient(np.full_like(zs, x), zs)
        u, s, w = sacrum.straighten(points)
        k = int(np.argmax(w > surface(s) + (roughness_mm(plane.anatomy, points) if bony else 0)))
        z = float(zs[k])
        x -= float(u[k]) * float(np.sign(plane.pose.x_axis[0]))
    return _Point(x, z)


def _hiatus_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    sacrum = plane.anatomy.sacrum
    size = sacrum.size
    floor = sacrum.at("floor", size.apex_s_mm + 8)
    cornua = []
    for side in SIDES:
        at = plane.cross(sacrum.out(SIGN[side] * size.cornu_u_mm[side], size.cornu_s_mm, -3.0), sacrum.axes(size.cornu_s_mm)[1], 8.0)
        cornua.append(_apex(plane, at, 4.0, 8.0, 9.0))
    return {
        "cornu": cornua,
        "scl": [_sacral_midline(plane, lambda s: scl_surface(plane.anatomy, s, np.zeros_like(s)))],
        "sacral_floor": [_sacral_midline(plane, lambda s: np.full_like(s, floor), bony=True)],
    }


def _hiatus_long_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    anatomy = plane.anatomy
    sacrum, size = anatomy.sacrum, anatomy.sizes.sacrum
    apex = plane.cross(sacrum.out(0, size.apex_s_mm, sacrum.at("roof", size.apex_s_mm) - 2), np.array([1.0, 0, 0]), 8.0)
    caudal = -1.0 if plane.pose.x_axis[1] > 0 else 1.0
    xs = (apex.x + caudal * np.arange(-8.0, 8.0, STEP_MM)).astype(np.float32)
    h = plane.profile(xs, apex.z - 7, apex.z + 2.2)
    seen = np.flatnonzero(np.isfinite(h))
    tip = _Point(float(xs[seen[-1]]), float(h[seen[-1]]), apex.elevation) if len(seen) else None
    s = np.array([size.apex_s_mm + 5], np.float32)
    w = float(scl_surface(anatomy, s, np.zeros_like(s))[0])
    line = np.array([1.0, 0, 0])
    floor = sacrum.out(0, float(s[0]), sacrum.at("floor", float(s[0])))
    floor += sacrum.axes(float(s[0]))[2] * float(roughness_mm(anatomy, floor[None].astype(np.float32))[0])
    return {
        "hiatus_apex": [tip],
        "scl": [plane.cross(sacrum.out(0, float(s[0]), w), line, 6.0)],
        "sacral_floor": [plane.cross(floor, line, 6.0)],
    }


def _foramen_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    anatomy, side = plane.anatomy, plane.pose.side or "left"
    k = JOINTS.index(plane.pose.level)
    joint, outward = anatomy.spine.joints[k][side], plane.right_of_screen(side)
    at = plane.cross(joint.centre_mm + joint.across * 4, joint.along, joint.size.half_height_mm)
    xs = (at.x + outward * np.arange(-4.0, 14.0, STEP_MM)).astype(np.float32)
    edge = _corner(plane, xs[::-1].copy(), -outward, at.z - 12, at.z + 10)
    root = next(r for r in anatomy.soft.roots if r.level == JOINTS[k].split("-")[0] and r.side == side)
    along = root.end_mm - root.start_mm
    length = float(np.linalg.norm(along))
    frame, size = anatomy.spine.frames[k], anatomy.sizes.vertebrae[k]
    margin = frame.out(SIGN[side] * (size.body_width_mm / 2 - 0.9), -size.body_height_mm / 2, 3.5)
    out: dict[str, list[_Point | None]] = {
        "articular_edge": [edge],
        "intertransverse_ligament": [_intertransverse(plane, edge, k, side)],
        "vertebral_edge": [plane.cross(margin, frame.axes[1], size.body_height_mm)],
        "nerve_root": [plane.cross((root.start_mm + root.end_mm) / 2, along / length, length / 2)],
    }
    return out


def _intertransverse(plane: _Plane, edge: _Point | None, k: int, side: Side) -> _Point | None:
    """Middle of the ligament's dorsal surface between the articular process and the line of the transverse tips."""
    if edge is None:
        return None
    tip = plane.cross(plane.anatomy.spine.tp[k][side][1], plane.anatomy.spine.frames[k].axes[1], 60.0)
    x = (edge.x + tip.x) / 2
    zs = np.arange(edge.z - 10, edge.z + 25, 0.2, dtype=np.float32)
    p = plane.patient(np.full_like(zs, x), zs)
    rows = plane.anatomy.soft.rows(p[:, 1])
    level = p[:, 2] - intertransverse_z(rows, np.abs(p[:, 0] - rows[0])) + 0.9
    return _Point(x, float(zs[int(np.argmax(level > 0))])) if (level > 0).any() else None


def _lips(plane: _Plane, hole: int, side: Side) -> tuple[_Point | None, _Point | None]:
    """Medial and lateral lip of a dorsal foramen: where the surface, coming out of the hole, is within 1 mm of the rim's height."""
    sacrum = plane.anatomy.sacrum
    size = sacrum.size
    s, u = size.foramen_s_mm[hole], size.foramen_u_mm[side][hole]
    at = plane.cross(sacrum.out(SIGN[side] * u, s, FALL_PER_MM * u * u), sacrum.axes(s)[1], size.foramen_radius_mm[hole])
    outward = plane.right_of_screen(side)
    lips: list[_Point | None] = []
    for direction in (-outward, outward):
        xs = (at.x + direction * np.arange(0.0, 11.0, STEP_MM)).astype(np.float32)
        h = plane.profile(xs, at.z - 9, at.z + 14)
        rim = np.nanmin(np.where(np.isfinite(h), h, np.inf)[:19])
        trend = np.where(np.isfinite(h), h, np.inf)
        local = np.array([np.min(trend[i : i + 5]) for i in range(len(xs))])
        seen = np.flatnonzero((trend < local + 0.8) & (trend < rim + 5.0))
        lips.append(_Point(float(xs[seen[0]]), float(h[seen[0]]), at.elevation) if len(seen) and seen[0] > 0 else None)
    return lips[0], lips[1]


def _s1_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    pairs = [_lips(plane, 0, side) for side in SIDES]
    crest = _crest(plane, plane.anatomy.sizes.sacrum.foramen_s_mm[0])
    return {"median_crest": [crest], "foramen_medial_lip": [p[0] for p in pairs], "foramen_lateral_lip": [p[1] for p in pairs]}


def _sacroiliac_view(plane: _Plane) -> dict[str, list[_Point | None]]:
    anatomy = plane.anatomy
    size, sacrum = anatomy.sizes.sacrum, anatomy.sacrum
    s = size.foramen_s_mm[1]
    out: dict[str, list[_Point | None]] = {"median_crest": [_crest(plane, s)], "s2_foramen": [], "sacral_edge": [], "iliac_edge": []}
    for side in SIDES:
        medial, lateral = _lips(plane, 1, side)
        both = medial is not None and lateral is not None
        out["s2_foramen"].append(
            _Point((medial.x + lateral.x) / 2, (medial.z + lateral.z) / 2, medial.elevation) if both and medial and lateral else None
        )
        at = plane.cross(sacrum.out(SIGN[side] * size.joint_u_mm[side], s, 8.0), sacrum.axes(s)[1], 20.0)
        outward = plane.right_of_screen(side)
        xs = (at.x + outward * np.arange(-14.0, 8.0, STEP_MM)).astype(np.float32)
        out["sacral_edge"].append(_corner(plane, xs[::-1].copy(), -outward, at.z - 12, at.z + 8, lambda p: part_at(anatomy, p, ilium=False)))
        xs = (at.x + outward * np.arange(-14.0, 16.0, STEP_MM)).astype(np.float32)
        out["iliac_edge"].append(_corner(plane, xs, outward, at.z - 18, at.z + 10, lambda p: part_at(anatomy, p, ilium=True)))
    return out


_VIEWS: dict[str, Callable[[_Plane], dict[str, list[_Point | None]]]] = {
    "transverse_facet": _facet_view,
    "transverse_process": _process_view,
    "transverse_sacral_ala": _ala_view,
    "transverse_interlaminar": _interlaminar_view,
    "paramedian_oblique": _paramedian_view,
    "transverse_sacral_hiatus": _hiatus_view,
    "longitudinal_sacral_hiatus": _hiatus_long_view,
    "transverse_foramen": _foramen_view,
    "transverse_s1": _s1_view,
    "transverse_sacroiliac": _sacroiliac_view,
}


def landmarks_for(
    anatomy: Anatomy, pose: ProbePose, view: str, *, slice_half_mm: float = 3.0, apex_radius_mm: float | None = None
) -> dict[str, list[LandmarkTruth]]:
    """Every landmark of the view: name -> points, left of the screen first. A landmark that the plane does not cut is absent. apex_radius_mm:
    distance from where the beams meet to where they start; None takes the face's radius (0: parallel beams)."""
    plane = _Plane(anatomy, pose)
    found = [(name, p) for name, points in _VIEWS[view](plane).items() for p in points if p is not None]
    radius = pose.face.radius_mm if apex_radius_mm is None else apex_radius_mm
    clear = _reached(plane, [p for _, p in found], radius)
    out: dict[str, list[LandmarkTruth]] = {}
    for (name, p), seen in zip(found, clear, strict=True):
        truth = LandmarkTruth(p.x, p.z, p.elevation, bool(seen and abs(p.elevation) <= slice_half_mm))
        out.setdefault(name, []).append(truth)
    for points in out.values():
        points.sort(key=lambda p: p.x_mm)
    return out


def _reached(plane: _Plane, points: list[_Point], radius_mm: float) -> list[bool]:
    """Whether the straight beam from the face meets no bone earlier than 2 mm before the point. Bone counts from 0.2 mm inside its surface."""
    if not points:
        return []
    target = np.array([(p.x, p.z) for p in points])
    if radius_mm > 0:
        away = target + np.array([0.0, radius_mm])
        ranges = np.linalg.norm(away, axis=1)
        direction = away / ranges[:, None]
        length = ranges - radius_mm
    else:
        direction = np.tile([0.0, 1.0], (len(points), 1))
        length = target[:, 1] - face_z(Face(0.0, plane.pose.face.half_width_mm), target[:, 0].astype(np.float32))
    steps = np.arange(2.0, 140.0, 0.6)
    along = steps[None, :] < length[:, None]
    where = target[:, None, :] - direction[:, None, :] * steps[None, :, None]
    rows, columns = np.nonzero(along)
    hits = plane.bone(plane.patient(where[rows, columns, 0].astype(np.float32), where[rows, columns, 1].astype(np.float32))) < -0.2
    blocked = np.zeros(len(points), int)
    np.add.at(blocked, rows, hits)
    return [bool(b == 0 and way > 0.5) for b, way in zip(blocked, length, strict=True)]
