"""The lumbar vertebrae and facet joints as boxes in the patient frame, and the frames and points that landmarks are told by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.phantom.anatomy_types import F64, SIDES, SIGN, Side
from models.phantom.morphometry import JointSize, SubjectSize, VertebraSize
from models.phantom.sdf import Box, rod

FLAVUM_TO_JOINT_MM = 5.0  # the joint's dorsal opening lies this far behind the flavum's ventral face


@dataclass(frozen=True, slots=True, eq=False)
class LocalFrame:
    """axes: rows are left, cranial, ventral of the bone. Origin: middle of the dorsal wall of the body (sacrum: dorsal edge of its endplate)."""

    origin_mm: F64
    axes: F64

    def out(self, x: float, y: float, z: float) -> F64:
        """Local to patient."""
        return np.asarray(self.origin_mm + np.array([x, y, z]) @ self.axes, float)


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """A facet joint of one side. opening_mm: where the gap meets the line that touches both processes dorsally; along: cranial axis of the joint;
    dorsal: the gap's direction towards its opening; across: from inferior (medial) to superior process."""

    centre_mm: F64
    opening_mm: F64
    along: F64
    dorsal: F64
    across: F64
    size: JointSize


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """frames: L1..L5 and S1. bones: one list of boxes per vertebra; sacral: boxes of the S1 articular processes. spinous_tip_mm, lamina
    points: as named, per vertebra. tp: per vertebra and side, (root, tip) of the transverse process's middle line."""

    frames: tuple[LocalFrame, ...]
    bones: tuple[tuple[Box, ...], ...]
    sacral: tuple[Box, ...]
    joints: tuple[dict[Side, Joint], ...]
    spinous_tip_mm: tuple[F64, ...]
    tp: tuple[dict[Side, tuple[F64, F64]], ...]


def _axes(pitch_deg: float, roll_deg: float, lean_deg: float) -> F64:
    p, r, c = np.radians([pitch_deg, roll_deg, lean_deg])
    pitch = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    roll = np.array([[np.cos(r), 0, -np.sin(r)], [0, 1, 0], [np.sin(r), 0, np.cos(r)]])
    lean = np.array([[np.cos(c), np.sin(c), 0], [-np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(roll @ lean @ pitch, float)


def frames_of(sizes: SubjectSize) -> tuple[LocalFrame, ...]:
    """L1..L5, S1. The chain starts at the S1 endplate (patient origin) and climbs: half a disc, half a body, in the mean direction."""
    frames = [LocalFrame(np.zeros(3), _axes(sizes.sacrum.pitch_deg, 0, 0))]
    at, below = np.zeros(3), frames[0].axes[1]
    for v in reversed(sizes.vertebrae):
        axes = _axes(v.pitch_deg, v.roll_deg, v.lean_deg)
        between = below + axes[1]
        at = at + between / np.linalg.norm(between) * v.disc_mm + axes[1] * (v.body_height_mm / 2)
        origin = at.copy()
        origin[0] = sizes.scoliosis_mm * np.sin(np.pi * at[1] / 170) + 0.0
        frames.insert(0, LocalFrame(origin, axes))
        at = at + axes[1] * (v.body_height_mm / 2)
        below = axes[1]
    return tuple(frames)


def build_spine(sizes: SubjectSize) -> Spine:
    """Every box of L1..L5 and of the S1 articular processes."""
    frames = frames_of(sizes)
    joints = tuple({side: _joint(sizes, frames, k, side) for side in SIDES} for k in range(5))
    bones: list[tuple[Box, ...]] = []
    tips: list[F64] = []
    tps: list[dict[Side, tuple[F64, F64]]] = []
    for k, v in enumerate(sizes.vertebrae):
        boxes, tip = _arch(v, frames[k], lower=k == 4)
        tp = {side: _tp_line(v, frames[k], side, k) for side in SIDES}
        for side in SIDES:
            boxes += _side(v, frames[k], side, tp[side], k)
            boxes += _inferior(v, frames[k], side, joints[k][side])
            if k > 0:
                boxes += _superior(v, frames[k], side, joints[k - 1][side])
        bones.append(tuple(boxes))
        tips.append(tip)
        tps.append(tp)
    sacral = tuple(box for side in SIDES for box in _sacral_superior(sizes, frames[5], side, joints[4][side]))
    return Spine(frames, tuple(bones), sacral, joints, tuple(tips), tuple(tps))


def _joint(sizes: SubjectSize, frames: tuple[LocalFrame, ...], k: int, side: Side) -> Joint:
    size, frame, sign = sizes.joints[k][side], frames[k + 1], SIGN[side]
    upper = sizes.vertebrae[k]
    if k < 4:
        lower = sizes.vertebrae[k + 1]
        top, depth = lower.body_height_mm / 2, (upper.canal_depth_mm + lower.canal_depth_mm) / 2
    else:
        top, depth = -0.5, (upper.canal_depth_mm + sizes.sacrum.canal_depth_mm[0] + 3) / 2
    phi = np.radians(size.angle_deg)
    along = frame.axes[1]
    dorsal = np.array([sign * np.sin(phi), 0, -np.cos(phi)]) @ frame.axes
    across = np.array([sign * np.cos(phi), 0, np.sin(phi)]) @ frame.axes
    outer = frame.out(sign * (size.x_mm + size.half_width_mm * np.sin(phi)), top + 2.5, -(depth + FLAVUM_TO_JOINT_MM))
    centre = outer - dorsal * size.half_width_mm
    inferior, superior = _inferior_extent(size), _superior_extent(size)
    high = _bridge_height(size, inferior, superior, EDGE_MM * sizes.edge)
    return Joint(centre, centre + dorsal * high, along, dorsal, across, size)


INFERIOR_HALF_MM, SUPERIOR_HALF_MM, EDGE_MM = 2.9, 3.4, 2.6


def _inferior_extent(size: JointSize) -> tuple[float, float]:
    """(from, to) along the gap's dorsal direction, from the joint's centre."""
    return -0.44 * size.half_width_mm + size.step_mm, size.half_width_mm + size.step_mm + size.osteophyte_mm


def _superior_extent(size: JointSize) -> tuple[float, float]:
    """The superior process reaches the further back the more coronal the joint, so that both are seen from behind."""
    back = 4.5 * np.sin(np.radians(size.angle_deg))
    return -size.half_width_mm, float(size.half_width_mm + back + 0.75 * size.osteophyte_mm)


def _bridge_height(size: JointSize, inferior: tuple[float, float], superior: tuple[float, float], edge: float) -> float:
    """Where the middle of the gap meets the line that touches both processes from behind, along the dorsal direction from the centre.

    Both are taken as rounded rectangles in the plane of (across, dorsal); the line is the edge of their common hull that closes the gap's dorsal end.
    """
    turn = np.radians(np.arange(-85.0, 85.5, 0.5))
    normal = np.stack([np.sin(turn), np.cos(turn)], axis=1)

    def support(a0: float, a1: float, extent: tuple[float, float]) -> F64:
        corners = np.array([(a, d) for a in (a0 + edge, a1 - edge) for d in (extent[0] + edge, extent[1] - edge)])
        return np.asarray((normal @ corners.T).max(axis=1) + edge, float)

    g = size.gap_mm / 2
    one = support(-g - 2 * INFERIOR_HALF_MM, -g, inferior)
    two = support(g, g + 2 * SUPERIOR_HALF_MM, superior)
    k = int(np.argmin(np.abs(one - two)))
    return float((one[k] + two[k]) / 2 / normal[k, 1])


def _arch(v: VertebraSize, frame: LocalFrame, *, lower: bool) -> tuple[list[Box], F64]:
    """Body, and the spinous process with its tip."""
    body = Box(
        frame.out(0, 0, v.body_depth_mm / 2), frame.axes[[0, 1, 2]],
        (v.body_width_mm / 2, v.body_height_mm / 2, v.body_depth_mm / 2), 7.0,
    )  # fmt: skip
    droop = np.radians(v.spinous_droop_deg * (0.4 if lower else 1.0))
    b, middle = v.canal_depth_mm, -v.lamina_half_height_mm * 0.75 + (2.0 if lower else 0.0)
    root = frame.out(0, middle + 1.5, -(b + 5.5))
    reach = v.spinous_mm - 5.5
    tip = frame.out(v.spinous_skew_mm, middle + 1.5 - reach * np.sin(droop), -(b + 5.5) - reach * np.cos(droop))
    inner = tip + (root - tip) / np.linalg.norm(root - tip) * v.spinous_half_width_mm * 1.25
    w, h = v.spinous_half_width_mm, v.spinous_half_height_mm
    up = frame.axes[1]
    spinous = rod(root, inner, half_mm=(w * 0.95, h * 0.9), end_half_mm=(w * 1.25, h * (0.8 if lower else 1.0)), up=up, blend_mm=4.0)
    return [body, spinous], tip


def _tp_line(v: VertebraSize, frame: LocalFrame, side: Side, k: int) -> tuple[F64, F64]:
    """Middle line of the transverse process: root at the pedicle, tip inside its end."""
    sign = SIGN[side]
    root_z, tip_z = ((-7.0, -11.0), (-7.0, -11.0), (-6.0, -10.0), (-5.0, -11.0), (-0.5, -10.0))[k]
    start = frame.out(sign * (v.canal_half_mm + 3.0), 2.0, root_z)
    return start, frame.out(sign * (v.tp_half_span_mm[side] - 4.0), 2.0 + v.tp_rise_mm[side], tip_z)


def _side(v: VertebraSize, frame: LocalFrame, side: Side, tp: tuple[F64, F64], k: int) -> list[Box]:
    """Pedicle, lamina, articular column and transverse process of one side."""
    sign, b = SIGN[side], v.canal_depth_mm
    inner, half = v.canal_half_mm, v.pedicle_width_mm / 2
    up = frame.axes[1]
    back = min(half, v.pedicle_height_mm / 2) - 11.5  # the rod's rounded end reaches 11.5 mm behind the body
    pedicle = rod(
        frame.out(sign * (inner + half), 4.0, 3.0), frame.out(sign * (inner + half), 4.0, back),
        half_mm=(half, v.pedicle_height_mm / 2), up=up,
    )  # fmt: skip
    slope, shingle = np.radians(v.lamina_slope_deg[side]), np.radians(v.lamina_shingle_deg)
    wide = (inner + 1.0) / 2 / np.cos(slope) + 0.5
    sideways = np.array([np.cos(slope), 0, sign * np.sin(slope)])
    tall = np.array([0, np.cos(shingle), np.sin(shingle)])
    normal = np.cross(sideways, tall)
    tall = np.cross(normal / np.linalg.norm(normal), sideways)
    local = np.stack([sideways, tall, np.cross(sideways, tall)])
    thick = v.lamina_half_thickness_mm
    lamina = Box(
        frame.out(sign * wide * np.cos(slope) * 0.9, -v.lamina_half_height_mm * 0.62, -(b + 1.2 + thick)),
        local @ frame.axes, (wide + 0.8, v.lamina_half_height_mm, thick), thick * 0.85, blend_mm=5.0,
    )  # fmt: skip
    column = rod(
        frame.out(sign * (inner + 4.0), 8.0, -11.0), frame.out(sign * (inner + 0.5), -8.0, -(b + 1.5)),
        half_mm=(4.2, 4.2), up=frame.axes[0], blend_mm=3.0,
    )  # fmt: skip
    stout, end = 1.35 if k == 4 else 1.0, (3.0, 5.2) if v.tp_end_half_mm < 6 else (4.5, v.tp_end_half_mm)
    process = rod(*tp, half_mm=(3.3 * stout, 5.5 * stout), end_half_mm=end, up=up, blend_mm=5.0)
    return [pedicle, lamina, column, process]


def _inferior(v: VertebraSize, frame: LocalFrame, side: Side, joint: Joint) -> list[Box]:
    """Inferior articular process: medial side of the joint, hung from the lamina."""
    size = joint.size
    low, high = _inferior_extent(size)
    away = joint.centre_mm - joint.across * (size.gap_mm / 2 + INFERIOR_HALF_MM)
    axes = np.stack([joint.across, joint.along, joint.dorsal])
    half = (INFERIOR_HALF_MM, size.half_height_mm, (high - low) / 2)
    process = Box(away + joint.dorsal * (low + high) / 2, axes, half, EDGE_MM, blend_mm=4.0)
    root = frame.out(SIGN[side] * (v.canal_half_mm - 0.5), -v.lamina_half_height_mm * 0.7, -(v.canal_depth_mm + 2.5))
    hang = away + joint.dorsal * (0.35 * size.half_width_mm) + joint.along * 1.0 - joint.across * 0.8
    return [process, rod(root, hang, half_mm=(3.4, 4.2), up=frame.axes[0], blend_mm=4.0)]


def joint_cut(joint: Joint) -> Box:
    """The gap, taken out of all bone."""
    size = joint.size
    axes = np.stack([joint.across, joint.along, joint.dorsal])
    middle = joint.centre_mm + joint.dorsal * 2.0
    return Box(middle, axes, (size.gap_mm / 2, size.half_height_mm + 0.5, size.half_width_mm + 4.0), size.gap_mm / 2 * 0.9, blend_mm=0.8)


def _superior(v: VertebraSize, frame: LocalFrame, side: Side, joint: Joint) -> list[Box]:
    """Superior articular process with its mammillary body: lateral side of the joint, on the pedicle."""
    x = pillar_x(frame, joint, v.canal_half_mm)
    foot = frame.out(SIGN[side] * x, 3.0, -8.5)
    back = -(v.canal_depth_mm + 4.0)
    return [*_process(frame, joint, foot), _pillar(frame, SIGN[side] * x, y=(-2.5, 11.0), z=(back, -4.0))]


def _pillar(frame: LocalFrame, x: float, *, y: tuple[float, float], z: tuple[float, float]) -> Box:
    """What carries a superior process, with the mammillary body at its back: broader at its foot, so that its lateral wall slopes."""
    centre = frame.out(x, sum(y) / 2, sum(z) / 2)
    half = (5.0, (y[1] - y[0]) / 2, (z[1] - z[0]) / 2)
    return Box(centre, frame.axes, half, 2.9, (0.36, 0.0), 4.0)


def pillar_x(frame: LocalFrame, joint: Joint, inner_mm: float) -> float:
    """How far lateral the middle of the superior process's pillar stands: no less than the process itself reaches, or its wall would overhang."""
    size = joint.size
    far = joint.centre_mm + joint.across * (size.gap_mm / 2 + 2 * SUPERIOR_HALF_MM - 1.5) + joint.dorsal * (_superior_extent(size)[1] - 2.5)
    return max(inner_mm + 4.4, float(abs((far - frame.origin_mm) @ frame.axes[0])) - 4.6)


def _sacral_superior(sizes: SubjectSize, frame: LocalFrame, side: Side, joint: Joint) -> list[Box]:
    depth = sizes.sacrum.canal_depth_mm[0]
    x = pillar_x(frame, joint, joint.size.x_mm)
    foot = frame.out(SIGN[side] * x, -8.0, -(depth - 2.0))
    pillar = _pillar(frame, SIGN[side] * x, y=(-17.0, 1.0), z=(-(depth + 6.5), -(depth - 9.0)))
    return [*_process(frame, joint, foot), pillar]


def _process(frame: LocalFrame, joint: Joint, foot: F64) -> list[Box]:
    size = joint.size
    low, high = _superior_extent(size)
    away = joint.centre_mm + joint.across * (size.gap_mm / 2 + SUPERIOR_HALF_MM)
    axes = np.stack([joint.across, joint.along, joint.dorsal])
    half = (SUPERIOR_HALF_MM, size.half_height_mm, (high - low) / 2)
    process = Box(away + joint.dorsal * (low + high) / 2, axes, half, EDGE_MM, (0.06, 0.0), 3.0)
    stem_top = away + joint.across * 1.0 - joint.along * 3.0
    return [process, rod(stem_top, foot, half_mm=(3.8, 4.0), up=frame.axes[0], blend_mm=4.0)]
