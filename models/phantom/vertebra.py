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
        top, depth = 1.0, (upper.canal_depth_mm + sizes.sacrum.canal_depth_mm[0] + 3) / 2
    phi = np.radians(size.angle_deg)
    along = frame.axes[1]
    dorsal = np.array([sign * np.sin(phi), 0, -np.cos(phi)]) @ frame.axes
    across = np.array([sign * np.cos(phi), 0, np.sin(phi)]) @ frame.axes
    opening = frame.out(sign * (size.x_mm + size.half_width_mm * np.sin(phi)), top + 2.5, -(depth + FLAVUM_TO_JOINT_MM))
    centre = opening - dorsal * size.half_width_mm
    return Joint(centre, opening + dorsal * (size.step_mm / 2 + 0.875 * size.osteophyte_mm), along, dorsal, across, size)


def _arch(v: VertebraSize, frame: LocalFrame, *, lower: bool) -> tuple[list[Box], F64]:
    """Body, and the spinous process with its tip."""
    body = Box(
        frame.out(0, 0, v.body_depth_mm / 2), frame.axes[[0, 1, 2]],
        (v.body_width_mm / 2, v.body_height_mm / 2, v.body_depth_mm / 2), 7.0,
    )  # fmt: skip
    droop = np.radians(v.spinous_droop_deg)
    b, middle = v.canal_depth_mm, -v.lamina_half_height_mm * 0.75
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
    root_z, tip_z = ((-7.0, -11.0), (-7.0, -11.0), (-6.0, -10.0), (-5.0, -11.0), (-2.0, -11.0))[k]
    start = frame.out(sign * (v.canal_half_mm + 3.0), 2.0, root_z)
    return start, frame.out(sign * (v.tp_half_span_mm[side] - 4.0), 2.0 + v.tp_rise_mm[side], tip_z)


def _side(v: VertebraSize, frame: LocalFrame, side: Side, tp: tuple[F64, F64], k: int) -> list[Box]:
    """Pedicle, lamina, articular column and transverse process of one side."""
    sign, b = SIGN[side], v.canal_depth_mm
    inner, half = v.canal_half_mm, v.pedicle_width_mm / 2
    up = frame.axes[1]
    pedicle = rod(
        frame.out(sign * (inner + half), 4.0, 3.0), frame.out(sign * (inner + half), 4.0, -9.0),
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
        local @ frame.axes, (wide + 2.0, v.lamina_half_height_mm, thick), thick * 0.85, blend_mm=5.0,
    )  # fmt: skip
    column = rod(
        frame.out(sign * (inner + 4.0), 8.0, -11.0), frame.out(sign * (inner + 0.5), -8.0, -(b + 1.5)),
        half_mm=(4.8, 4.6), up=frame.axes[0], blend_mm=4.0,
    )  # fmt: skip
    stout = 1.55 if k == 4 else 1.0
    process = rod(*tp, half_mm=(3.3 * stout, 5.5 * stout), end_half_mm=(3.0, 5.2), up=up, blend_mm=4.0)
    return [pedicle, lamina, column, process]


def _inferior(v: VertebraSize, frame: LocalFrame, side: Side, joint: Joint) -> list[Box]:
    """Inferior articular process: medial side of the joint, hung from the lamina."""
    size, thick = joint.size, 2.9
    reach = size.half_width_mm * 0.72 + size.osteophyte_mm / 2
    centre = joint.centre_mm - joint.across * (size.gap_mm / 2 + thick) + joint.dorsal * (size.half_width_mm * 0.28 + size.step_mm)
    axes = np.stack([joint.across, joint.along, joint.dorsal])
    process = Box(centre, axes, (thick, size.half_height_mm, reach + size.osteophyte_mm / 2), 2.6, (0.15, 0.0), 4.0)
    root = frame.out(SIGN[side] * (v.canal_half_mm - 0.5), -v.lamina_half_height_mm * 0.7, -(v.canal_depth_mm + 2.5))
    return [process, rod(root, centre + joint.along * 1.0, half_mm=(3.6, 4.4), up=frame.axes[0], blend_mm=4.0)]


def _superior(v: VertebraSize, frame: LocalFrame, side: Side, joint: Joint) -> list[Box]:
    """Superior articular process with its mammillary body: lateral side of the joint, on the pedicle."""
    foot = frame.out(SIGN[side] * (v.canal_half_mm + v.pedicle_width_mm / 2 + 1.0), 3.0, -8.5)
    return _process(frame, joint, foot)


def _sacral_superior(sizes: SubjectSize, frame: LocalFrame, side: Side, joint: Joint) -> list[Box]:
    foot = frame.out(SIGN[side] * (joint.size.x_mm + 5.5), -10.0, -(sizes.sacrum.canal_depth_mm[0] - 1.0))
    return _process(frame, joint, foot)


def _process(frame: LocalFrame, joint: Joint, foot: F64) -> list[Box]:
    size, thick = joint.size, 3.4
    grown = size.osteophyte_mm
    centre = joint.centre_mm + joint.across * (size.gap_mm / 2 + thick)
    axes = np.stack([joint.across, joint.along, joint.dorsal])
    process = Box(
        centre + joint.dorsal * grown / 4, axes, (thick, size.half_height_mm, size.half_width_mm + grown / 2), 3.0, (0.1, 0.0), 3.0
    )
    knob = centre + joint.dorsal * (size.half_width_mm - 3.2) + joint.across * 1.6
    mammillary = rod(knob - frame.axes[1] * 4.0, knob - frame.axes[1] * 9.0, half_mm=(3.0, 3.0), up=frame.axes[0], blend_mm=4.0)
    return [process, mammillary, rod(centre, foot, half_mm=(4.2, 4.6), up=frame.axes[0], blend_mm=4.0)]
