"""Where the probe stands on the skin: the image plane of each view, sweeps away from it, and planes that nearly are a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from models.phantom.anatomy import Anatomy, bone_at
from models.phantom.anatomy_types import F32, F64, SIDES, SIGN, Side
from models.phantom.morphometry import JOINTS, LUMBAR
from models.phantom.soft import skin_z

ScreenLeft: TypeAlias = Literal["patient_left", "patient_right", "cranial", "caudal"]
FOOTPRINT_HALF_MM = 7.0  # half of the face's extent across the plane

SIDED = frozenset({"paramedian_oblique", "transverse_foramen", "transverse_sacroiliac", "transverse_s1", "transverse_sacral_ala"})
MIDLINE = frozenset({"transverse_interlaminar", "transverse_sacral_hiatus"})
SAGITTAL = frozenset({"paramedian_oblique", "longitudinal_sacral_hiatus"})


@dataclass(frozen=True, slots=True)
class Face:
    """The array's face that touches the skin. radius_mm: 0 for a flat face. half_width_mm: of the footprint."""

    radius_mm: float
    half_width_mm: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """An offset from the exact view, in the probe's own axes. slide_x_mm: along the face; slide_y_mm: across it (elevation). turn_deg: about the
    beam axis; tilt_deg: about x (the plane leans along elevation); rock_deg: about y (in the plane). press_mm: more (or less) compression;
    lift_mm: gel between face and skin."""

    slide_x_mm: float = 0.0
    slide_y_mm: float = 0.0
    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    rock_deg: float = 0.0
    press_mm: float = 0.0
    lift_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ProbePose:
    """The probe frame in the patient frame: origin where the centre line meets the face; x to the screen's right, y elevation, z depth (unit
    vectors, float64 (3,); x cross y = z). screen_left: what lies at the screen's left. face: what touches the skin; compression_mm: how far it
    indents the skin on the centre line. side: of the patient (None on the midline); level: "L3-L4", "S1", ... as asked of pose_for."""

    origin_mm: F64
    x_axis: F64
    y_axis: F64
    z_axis: F64
    compression_mm: float
    screen_left: ScreenLeft
    face: Face
    side: Side | None = None
    level: str = ""

    @property
    def basis(self) -> F32:
        """Rows: the probe's axes in the patient frame."""
        return np.stack([self.x_axis, self.y_axis, self.z_axis]).astype(np.float32)

    def patient_from_probe(self, points_mm: F32) -> F32:
        """points_mm: float32 (N, 3) as (x, y elevation, z). Returns float32 (N, 3) in the patient frame."""
        return np.asarray(points_mm @ self.basis + self.origin_mm.astype(np.float32), np.float32)

    def probe_from_patient(self, points_mm: F32) -> F32:
        """The inverse."""
        return np.asarray((points_mm - self.origin_mm.astype(np.float32)) @ self.basis.T, np.float32)

    def indentation_mm(self, points_mm: F32, below_skin_mm: F32) -> F32:
        """How far the face pushes the skin in over (or under) each point, along patient Z: float32 (N,), >= 0. below_skin_mm: depth (Z) under the
        undisturbed skin."""
        local = self.probe_from_patient(points_mm)
        x, y, z = local[:, 0], local[:, 1], local[:, 2]
        slant = np.float32(max(self.z_axis[2], 0.5))
        skin = z - below_skin_mm / slant
        beyond = np.maximum(np.abs(x) - np.float32(self.face.half_width_mm), 0)
        beyond = np.hypot(beyond, np.maximum(np.abs(y) - np.float32(FOOTPRINT_HALF_MM), 0))
        edge = face_z(self.face, np.clip(x, -self.face.half_width_mm, self.face.half_width_mm))
        return np.asarray(np.maximum(edge - skin - beyond * np.float32(0.7), 0) * slant, np.float32)


def face_z(face: Face, x_mm: F32) -> F32:
    """z of the face at lateral x (probe frame): 0 under a flat face, <= 0 beside the middle of a convex one."""
    if face.radius_mm <= 0:
        return np.zeros_like(x_mm)
    r = np.float32(face.radius_mm)
    return np.asarray(np.sqrt(np.maximum(r * r - x_mm * x_mm, 0)) - r, np.float32)


def levels_of(anatomy: Anatomy, view: str) -> tuple[str, ...]:
    """The levels at which a view exists in this subject, as pose_for takes them: "L3-L4", "L4-L5", "L5-S1" for joints and windows; "L3", "L4",
    "L5" for transverse processes; one level for the sacral views."""
    del anatomy
    if view in ("transverse_facet", "transverse_interlaminar", "paramedian_oblique"):
        return JOINTS[2:]
    if view == "transverse_foramen":
        return JOINTS[2:4]  # at L5-S1 ilium and ala hide the root from a transverse plane
    if view == "transverse_process":
        return LUMBAR[2:]
    return ("sacrum",)


@dataclass(frozen=True, slots=True, eq=False)
class _Aim:
    """The exact plane of a view: a point that the centre line passes, the depth axis and the direction of +x before the screen is chosen (patient
    left, or cranial)."""

    point: F64
    depth: F64
    across: F64


def _unit(v: F64) -> F64:
    return np.asarray(v / np.linalg.norm(v), float)


def _skin_normal(anatomy: Anatomy, x: float, y: float) -> F64:
    """Into the body, unit, from the skin's slopes over 30 mm."""
    d = 15.0
    pts = np.array([[x + d, y, 0], [x - d, y, 0], [x, y + d, 0], [x, y - d, 0]], np.float32)
    z = skin_z(anatomy.soft, pts)
    return _unit(np.array([-(z[0] - z[1]) / (2 * d), -(z[2] - z[3]) / (2 * d), 1.0]))


def _joint_aim(anatomy: Anatomy, k: int, *, shift_mm: float, side: Side | None, lateral: float) -> _Aim:
    """A transverse plane through both facet joints of a level, shifted cranially along them. lateral 0..1: from the midline to the side's joint."""
    joints = anatomy.spine.joints[k]
    left, right = joints["left"], joints["right"]
    along = _unit(left.along + right.along)
    frames = anatomy.spine.frames
    across = _unit(frames[k].axes[0] + frames[k + 1].axes[0] + 0.5 * _unit(left.opening_mm - right.opening_mm))
    middle = (left.opening_mm + right.opening_mm) / 2
    if side is not None:
        middle = middle + (joints[side].opening_mm - middle) * lateral
    depth = _unit(np.cross(across, along))
    return _Aim(middle + along * shift_mm, depth, across)


def _transverse(anatomy: Anatomy, point: F64, *, own: F64, share: float) -> _Aim:
    """Straight across the patient; depth between the bone's own ventral axis (share) and the skin's normal."""
    normal = _skin_normal(anatomy, float(point[0]), float(point[1]))
    normal[0] = 0.0
    depth = _unit(own * share + normal * (1 - share))
    across = np.array([1.0, 0, 0])
    return _Aim(point, _unit(depth - across * (depth @ across)), across)


def _aim_facet(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    k = JOINTS.index(level)
    aim = _joint_aim(anatomy, k, shift_mm=2.8 if k < 4 else 3.4, side=side, lateral=float(rng.choice([0.0, 1.0])) * 0.9)
    frame = anatomy.spine.frames[k]
    lower = anatomy.spine.spinous_tip_mm[k] - frame.axes[1] * (0.3 * anatomy.sizes.vertebrae[k].spinous_half_height_mm)
    return _leaned(aim, lower - aim.point)


def _aim_interlaminar(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    del side, rng
    return _interlaminar_plane(anatomy, JOINTS.index(level))


@lru_cache(maxsize=8)
def _interlaminar_plane(anatomy: Anatomy, k: int) -> _Aim:
    """The plane of several nearby that sees most of the canal's floor past laminae and spinous process."""
    aims: list[_Aim] = []
    cost: list[float] = []
    for shift in (-10.0, -8.5, -7.0, -5.5, -4.0):
        aim = _joint_aim(anatomy, k, shift_mm=shift, side=None, lateral=0)
        up = np.cross(aim.depth, aim.across)
        for tilt in (-12.0, -8.0, -4.0, 0.0, 4.0, 8.0):
            a = np.radians(tilt)
            depth = _unit(np.cos(a) * aim.depth + np.sin(a) * up)
            aims.append(_Aim(_posterior_point(anatomy, aim.point, depth), depth, aim.across))
            cost.append(0.03 * abs(tilt) + 0.05 * abs(shift + 7))
    clear = _clearance(anatomy, aims, np.arange(-42.0, 6.0, 1.0, dtype=np.float32), 5.0)
    return aims[int(np.argmax(2 * clear[:, 1] + 0.5 * (clear[:, 0] + clear[:, 2]) - np.array(cost)))]


def _clearance(anatomy: Anatomy, aims: list[_Aim], z_mm: F32, beside_mm: float) -> F64:
    """(aims, 3): least distance to bone, at most 3 mm, along each centre line and two lines beside it. All in one question to the anatomy."""
    x = np.array([-beside_mm, 0.0, beside_mm], np.float32)
    point, depth, across = (np.stack([getattr(aim, name) for aim in aims]).astype(np.float32) for name in ("point", "depth", "across"))
    pts = point[:, None, None] + z_mm[None, :, None, None] * depth[:, None, None] + x[None, None, :, None] * across[:, None, None]
    free = np.minimum(bone_at(anatomy, np.ascontiguousarray(pts.reshape(-1, 3))), 3.0).reshape(len(aims), len(z_mm), 3)
    return np.asarray(free.min(axis=1), float)


def _posterior_point(anatomy: Anatomy, point: F64, depth: F64) -> F64:
    """Where the midline meets the flavum's ventral face in the plane that holds point and depth (three Newton steps along depth)."""
    p = point.copy()
    for _ in range(4):
        p[0] = anatomy.soft.at("x", float(p[1]))
        p = p + depth * (anatomy.soft.at("roof", float(p[1])) - p[2]) / max(depth[2], 0.3)
    return np.asarray(p, float)


def _aim_process(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    k = LUMBAR.index(level)
    frame = anatomy.spine.frames[k]
    tp = anatomy.spine.tp[k]
    left, right = ((a * 0.5 + b * 0.5) for a, b in (tp["left"], tp["right"]))
    across = _unit(left - right)
    middle = (left + right) / 2
    if side is not None:
        middle = middle + ({"left": left, "right": right}[side] - middle) * float(rng.choice([0.0, 1.0]) * 0.9)
    middle = middle + frame.axes[1] * (0.2 if k < 4 else -0.7)
    upper = anatomy.spine.spinous_tip_mm[k] + frame.axes[1] * (0.45 * anatomy.sizes.vertebrae[k].spinous_half_height_mm)
    back = frame.axes[2] - across * (frame.axes[2] @ across)
    return _leaned(_Aim(middle, _unit(back), across), upper - middle, least_deg=-8.0 if k < 4 else -5.0, most_deg=1.0)


def _leaned(aim: _Aim, dorsal: F64, *, least_deg: float = -8.0, most_deg: float = 8.0) -> _Aim:
    """The plane turned about its lateral axis so that it also meets aim.point + dorsal. Degrees: positive leans
    the dorsal end cranially."""
    up = np.cross(aim.depth, aim.across)
    wanted = float(np.arctan2(dorsal @ up, -(dorsal @ aim.depth)))
    lean = float(np.clip(wanted, np.radians(least_deg), np.radians(most_deg)))
    return _Aim(aim.point, _unit(np.cos(lean) * aim.depth - np.sin(lean) * up), aim.across)


def _sacral(anatomy: Anatomy, u: float, s: float, w: float, share: float = 0.6) -> _Aim:
    return _transverse(anatomy, anatomy.sacrum.out(u, s, w), own=anatomy.sacrum.axes(s)[2], share=share)


def _aim_ala(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    del level
    chosen = side or SIDES[int(rng.integers(2))]
    u = SIGN[chosen] * float(rng.uniform(22, 36))
    aim = _sacral(anatomy, u, 0.5, 6.0)
    return _leaned(aim, anatomy.sacrum.out(u, 5.0, -8.0) - aim.point)


def _aim_paramedian(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    """Along the spine beside the spinous processes, leaning medially into the canal between the laminae."""
    k = JOINTS.index(level)
    sign = SIGN[side or "left"]
    interlaminar = _aim_interlaminar(anatomy, level, None, rng)
    target = interlaminar.point
    spine_up = _unit(anatomy.spine.frames[k].origin_mm - anatomy.spine.frames[k + 1].origin_mm)
    spine_up[0] = 0.0
    up = _unit(spine_up)
    medial = np.radians(float(np.clip(rng.normal(22, 4), 14, 32)))
    straight = _skin_normal(anatomy, 0.0, float(target[1]))
    straight[0] = 0.0
    straight = _unit(straight)
    depth = _unit(np.cos(medial) * straight - sign * np.sin(medial) * np.array([1.0, 0, 0]))
    point = target + sign * np.array([1.0, 0, 0]) * float(rng.uniform(2.5, 5.0))
    across = _unit(up - depth * (up @ depth))
    aims: list[_Aim] = []
    cost: list[float] = []
    for slide in (-6.0, -3.0, 0.0, 3.0, 6.0):
        for rock in (-14.0, -9.0, -4.0, 1.0, 6.0):
            a = np.radians(rock)
            turned = _unit(depth * np.cos(a) - across * np.sin(a)), _unit(across * np.cos(a) + depth * np.sin(a))
            aims.append(_Aim(point + across * slide, *turned))
            cost.append(0.03 * abs(rock + 4) + 0.05 * abs(slide))
    clear = _clearance(anatomy, aims, np.arange(-30.0, 12.0, 1.0, dtype=np.float32), 2.5)
    return aims[int(np.argmax(2 * clear[:, 1] + clear[:, 0] + clear[:, 2] - np.array(cost)))]


def _aim_hiatus(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    """Across the cornua, where along them and how steeply a hand would: the view is one plane only on paper."""
    del level, side
    s = anatomy.sizes.sacrum.cornu_s_mm + float(rng.uniform(-2.5, 2.5))
    return _sacral(anatomy, float(rng.uniform(-1.5, 1.5)), s, 0.0, share=float(rng.uniform(0.3, 0.7)))


def _aim_hiatus_long(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    aim = _aim_hiatus(anatomy, level, side, rng)
    s = anatomy.sizes.sacrum.apex_s_mm + float(rng.uniform(0, 8))
    up = np.cross(aim.depth, aim.across)
    return _Aim(anatomy.sacrum.out(0, s, 2.0), aim.depth, _unit(up))


def _aim_foramen(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    k = JOINTS.index(level)
    chosen = side or "left"
    joint = anatomy.spine.joints[k][chosen]
    aim = _joint_aim(anatomy, k, shift_mm=4.0, side=None, lateral=0)
    outward = SIGN[chosen] * aim.across
    point = joint.opening_mm + outward * float(rng.uniform(5, 11)) + joint.along * 4.0 + aim.depth * 14
    root = next(r for r in anatomy.soft.roots if r.level == level.split("-")[0] and r.side == chosen)
    aimed = (root.start_mm + root.end_mm) / 2
    best, score = aim, -1e9
    first = float(rng.uniform(5, 10))
    for more in (0.0, 4.0, 8.0, 12.0):
        lean = np.radians(first + more)
        depth = _unit(np.cos(lean) * aim.depth - np.sin(lean) * outward)
        way = aimed - depth * np.arange(4.0, 40.0, 1.5)[:, None]
        value = min(float(bone_at(anatomy, way.astype(np.float32)).min()), 2.5) - 0.05 * more
        if value > score:
            best, score = _Aim(point, depth, _unit(aim.across - depth * (aim.across @ depth))), value
    return best


def _aim_s1(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    del level
    size = anatomy.sizes.sacrum
    u = 0.0 if side is None else SIGN[side] * size.foramen_u_mm[side][0] * float(rng.uniform(0.3, 1.0))
    return _sacral(anatomy, u, size.foramen_s_mm[0], 3.0, share=0.7)


def _aim_sacroiliac(anatomy: Anatomy, level: str, side: Side | None, rng: np.random.Generator) -> _Aim:
    del level
    size = anatomy.sizes.sacrum
    u = 0.0 if side is None else SIGN[side] * 25.0 * float(rng.uniform(0.4, 1.0))
    return _sacral(anatomy, u, size.foramen_s_mm[1] + 1.0, 4.0, share=0.6)


_AIMS: dict[str, Callable[[Anatomy, str, Side | None, np.random.Generator], _Aim]] = {
    "transverse_facet": _aim_facet,
    "transverse_process": _aim_process,
    "transverse_sacral_ala": _aim_ala,
    "transverse_interlaminar": _aim_interlaminar,
    "paramedian_oblique": _aim_paramedian,
    "transverse_sacral_hiatus": _aim_hiatus,
    "longitudinal_sacral_hiatus": _aim_hiatus_long,
    "transverse_foramen": _aim_foramen,
    "transverse_s1": _aim_s1,
    "transverse_sacroiliac": _aim_sacroiliac,
}


def hand_error(rng: np.random.Generator, scale: float = 1.0, *, centred: bool = False, oblique: bool = False) -> Sweep:
    """How far a hand that has found the view stands off it; a view sought on the midline is centred better. oblique: of a view that bears it, the
    plane is turned and rocked half as far again."""
    more = 1.6 if oblique else 1.0
    n = rng.standard_normal(6) * scale
    return Sweep(
        slide_x_mm=float(np.clip((2.0 if centred else 4.0) * n[0], -9, 9)),
        slide_y_mm=float(np.clip(0.7 * n[1], -1.6, 1.6)),
        turn_deg=float(np.clip(2.0 * n[2], -5, 5) * more),
        tilt_deg=float(np.clip(1.5 * n[3], -3.5, 3.5)),
        rock_deg=float(np.clip(2.5 * n[4], -6, 6) * more),
        press_mm=float(np.clip(2.0 * n[5], -3, 5)),
    )


def pose_for(
    anatomy: Anatomy,
    view: str,
    rng: np.random.Generator,
    *,
    face: Face,
    side: Side | None = None,
    level: str | None = None,
    offset: Sweep | None = None,
    screen_left: ScreenLeft | None = None,
    slid_x_mm: float = 0.0,
) -> ProbePose:
    """The probe pressed on the skin for a view. Side, level, screen_left and the small error of the hand are drawn from rng where not given;
    offset replaces the hand's error (Sweep() is the exact view). side: which side lies under the probe's middle, None drawn for sided views
    (with transverse views a share of poses is centred on the midline). slid_x_mm: how far the hand then slid along the face."""
    draw = rng.integers(2, size=2)
    levels = levels_of(anatomy, view)
    level = level or levels[int(rng.integers(len(levels)))]
    if side is None and view in SIDED:
        side = SIDES[int(draw[0])]
    aim = _AIMS[view](anatomy, level, side, rng)
    if screen_left is None:
        names: tuple[ScreenLeft, ScreenLeft] = ("cranial", "caudal") if view in SAGITTAL else ("patient_left", "patient_right")
        screen_left = names[int(draw[1])]
    sweep = hand_error(rng, centred=view in MIDLINE, oblique=view not in MIDLINE | SAGITTAL) if offset is None else offset
    sweep = replace(sweep, slide_x_mm=sweep.slide_x_mm + slid_x_mm)
    return replace(press(anatomy, aim.point, aim.depth, aim.across, sweep, face, screen_left), side=side, level=level)


def press(
    anatomy: Anatomy, point: F64, depth: F64, across: F64, sweep: Sweep, face: Face, screen_left: ScreenLeft
) -> ProbePose:
    """Put the face on the skin so that its centre line, before the sweep, passes `point` along `depth`. across: patient left or cranial."""
    x = -across if screen_left in ("patient_left", "cranial") else across
    z = _unit(depth)
    x = _unit(x - z * (x @ z))
    y = np.cross(z, x)
    on_skin = _skin_hit(anatomy, point, z)
    at = on_skin + x * sweep.slide_x_mm + y * sweep.slide_y_mm
    x, y, z = _turned(x, y, z, sweep)
    steps = np.linspace(-1, 1, 21, dtype=np.float32) * np.float32(face.half_width_mm)
    rim = face_z(face, steps)
    d = 0.0
    gaps = np.zeros_like(steps)
    for _ in range(4):
        origin = at + z * d
        pts = (origin + steps[:, None] * x + rim[:, None] * z).astype(np.float32)
        gaps = (skin_z(anatomy.soft, pts) - pts[:, 2]) / np.float32(max(z[2], 0.5))
        d += float(gaps.min())
    origin = at + z * d
    left = (skin_z(anatomy.soft, (origin + steps[:, None] * x + rim[:, None] * z).astype(np.float32)) - (origin[2] + steps * x[2] + rim * z[2]))
    if abs(float(left.min())) > 0.5:  # where the back falls away steeply the steps above run off: walk to the skin instead
        gaps = _way_to_skin(anatomy, at + steps[:, None] * x + rim[:, None] * z, z)
        d = float(gaps.min())
    gaps -= gaps.min()
    fat = anatomy.soft.at("fat", float(at[1]))
    limit = 0.45 * fat + 2.5
    # the hand presses until four fifths of the face touch, or the fat gives no more; gel fills what stays open
    push = float(np.clip(np.quantile(gaps, 0.8) + 1.0, 1.0, limit)) + sweep.press_mm
    push = float(np.clip(push, 0.2, limit + 3.0)) - sweep.lift_mm
    origin = at + z * (d + push)
    return ProbePose(origin, x, y, z, max(0.0, push - float(gaps[10])), screen_left, face)


def _skin_hit(anatomy: Anatomy, point: F64, depth: F64) -> F64:
    p = np.array(point, float)
    for _ in range(8):
        z = float(skin_z(anatomy.soft, p[None].astype(np.float32))[0])
        p = p + depth * (z - p[2]) / max(float(depth[2]), 0.4) * 0.9
    if abs(float(skin_z(anatomy.soft, p[None].astype(np.float32))[0]) - p[2]) < 0.3:
        return p
    return np.asarray(point + depth * float(_way_to_skin(anatomy, np.array(point)[None], depth)[0]), float)


def _way_to_skin(anatomy: Anatomy, points: F64, depth: F64) -> F32:
    """Signed way along depth from each point (N, 3) to the outermost skin within 160 mm, by half millimetres."""
    t = np.arange(-160.0, 60.0, 0.5)
    at = points[:, None, :] + t[None, :, None] * depth
    inside = at[..., 2] > skin_z(anatomy.soft, at.reshape(-1, 3).astype(np.float32)).reshape(len(points), -1)
    enters = inside[:, 1:] & ~inside[:, :-1]
    return np.asarray(t[1:][np.where(enters.any(axis=1), enters.argmax(axis=1), len(t) - 2)], np.float32)


def _turned(x: F64, y: F64, z: F64, sweep: Sweep) -> tuple[F64, F64, F64]:
    def about(axis: F64, v: F64, deg: float) -> F64:
        a = np.radians(deg)
        return np.asarray(v * np.cos(a) + np.cross(axis, v) * np.sin(a) + axis * (axis @ v) * (1 - np.cos(a)), float)

    x, y = about(z, x, sweep.turn_deg), about(z, y, sweep.turn_deg)
    y, z = about(x, y, sweep.tilt_deg), about(x, z, sweep.tilt_deg)
    return about(y, x, sweep.rock_deg), y, about(y, z, sweep.rock_deg)


NEAR_MISSES = (("between_planes", 0.35), ("oblique", 0.22), ("tilted", 0.13), ("wrong_plane", 0.2), ("wrong_level", 0.1))


def near_miss_pose(
    anatomy: Anatomy, rng: np.random.Generator, *, face: Face, view: str | None = None
) -> tuple[ProbePose, str]:
    """A plane that is not the view's, and why. between_planes: slid along the spine; oblique: turned about the beam; tilted: leaning; wrong_plane:
    along the spine over the spinous, articular or transverse processes; wrong_level: across the lower sacrum or the coccyx. The last two are
    drawn only where no view is asked for. The first three can land on another view of another level: who needs none at all must look."""
    names = tuple(_AIMS)
    chosen = view or names[int(rng.integers(len(names)))]
    kinds = NEAR_MISSES if view is None else NEAR_MISSES[:3]
    weights = np.array([w for _, w in kinds])
    why = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))][0]
    sign = 1.0 if rng.uniform() < 0.5 else -1.0
    if why == "wrong_plane":
        return _wrong_plane(anatomy, rng, face), why
    if why == "wrong_level":
        return _wrong_level(anatomy, rng, face), why
    offset = {
        "between_planes": Sweep(slide_y_mm=sign * float(rng.uniform(8, 13))),
        "oblique": Sweep(turn_deg=sign * float(rng.uniform(28, 60))),
        "tilted": Sweep(tilt_deg=sign * float(rng.uniform(18, 32)), slide_y_mm=float(rng.uniform(-4, 4))),
    }[why]
    return pose_for(anatomy, chosen, rng, face=face, offset=offset), why


def _wrong_plane(anatomy: Anatomy, rng: np.random.Generator, face: Face) -> ProbePose:
    """Along the spine: on the midline (row of spinous processes), over the joints (humps), over the transverse processes (trident)."""
    k = int(rng.integers(2, 5))
    frame = anatomy.spine.frames[k]
    sign = 1.0 if rng.uniform() < 0.5 else -1.0
    low, high = ((0.0, 2.5), (15.0, 19.0), (28.0, 38.0))[int(rng.integers(3))]
    point = frame.out(sign * float(rng.uniform(low, high)), -15.0, -14.0)
    depth = _skin_normal(anatomy, 0.0, float(point[1]))
    up = frame.axes[1] - depth * (frame.axes[1] @ depth)
    screen: ScreenLeft = "cranial" if rng.uniform() < 0.5 else "caudal"
    return replace(press(anatomy, point, depth, _unit(up), hand_error(rng), face, screen), level=JOINTS[k], side="left" if sign > 0 else "right")


def _wrong_level(anatomy: Anatomy, rng: np.random.Generator, face: Face) -> ProbePose:
    size = anatomy.sizes.sacrum
    low, high = ((size.foramen_s_mm[2] - 2, size.apex_s_mm - 6), (size.length_mm + 8, size.length_mm + 24))[int(rng.integers(2))]
    aim = _sacral(anatomy, float(rng.uniform(-8, 8)), float(rng.uniform(low, high)), 2.0, share=0.4)
    screen: ScreenLeft = "patient_left" if rng.uniform() < 0.5 else "patient_right"
    return replace(press(anatomy, aim.point, aim.depth, aim.across, hand_error(rng), face, screen), level="sacrum")
