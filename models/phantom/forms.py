"""The families of bone: sharp or rounded, smooth, pitted or stepped, lopsided, lumpy with arthritis, broken or with a part taken out.

Rule: a form changes the solid that `anatomy.bone_at` measures, so that landmarks, shadows and echoes follow it; nothing is drawn over a picture.
All shares and sizes are design: no source counts them together. The published sizes (morphometry.py) hold for the subjects as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.phantom.anatomy_types import F32, F64, SIDES, SIGN, Side
from models.phantom.morphometry import SubjectSize, VertebraSize
from models.phantom.sacrum import Sacrum
from models.phantom.sdf import Box, Solid, rod
from models.phantom.vertebra import Spine

CROOKED_SHARE, LUMPY_SHARE, ROUGH_SHARE = 0.4, 0.4, 0.6
PROCESS_ROUND_MM = 5.0  # edges rounder than this are of bodies, and stay


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """The surface's unevenness. Heights mm: rough_mm of short waves, pit_mm of hollows, ledge_mm of steps. waves: float32 (7, 3), radians per mm:
    three of the short waves, three whose product makes the hollows, one across the steps; phases: float32 (7,)."""

    rough_mm: float
    pit_mm: float
    ledge_mm: float
    waves: F32
    phases: F32


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One subject's family. edge, blend: factors on how round the boxes' edges are and how softly they join."""

    edge: float
    blend: float
    relief: Relief


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """What lumps and breaks are placed by."""

    sizes: SubjectSize
    spine: Spine
    sacrum: Sacrum


def sample_form(rng: np.random.Generator) -> Form:
    rough = rng.uniform() < ROUGH_SHARE
    heights = rng.uniform(np.array((0.05, 0.0, 0.0)), np.array((0.3, 0.9, 1.1))) * (rng.uniform(size=3) < np.array((1.0, 0.5, 0.5))) * rough
    waves = rng.normal(0, 1, (7, 3))
    lengths_mm = np.concatenate([rng.uniform(4, 8, 3), rng.uniform(12, 20, 3), rng.uniform(10, 20, 1)])
    waves *= (2 * np.pi / lengths_mm / np.linalg.norm(waves, axis=1))[:, None]
    phases = rng.uniform(0, 6.28, 7).astype(np.float32)
    relief = Relief(float(heights[0]), float(heights[1]), float(heights[2]), waves.astype(np.float32), phases)
    return Form(float(rng.uniform(0.3, 1.0)), float(np.exp(rng.uniform(-1.0, 0.45))), relief)


def height_mm(relief: Relief, points_mm: F32) -> F32:
    """float32 (N,): how far the surface lies inside where it would lie without relief, at float32 (N, 3)."""
    if not relief.rough_mm and not relief.pit_mm and not relief.ledge_mm:
        return np.zeros(len(points_mm), np.float32)
    sines = np.sin(points_mm @ relief.waves.T + relief.phases)
    out = np.float32(relief.rough_mm / 2) * sines[:, :3].sum(axis=1)
    out += np.float32(relief.pit_mm * 1.5) * np.maximum(sines[:, 3] * sines[:, 4] * sines[:, 5] - np.float32(0.2), 0)
    out += np.float32(relief.ledge_mm / 2) * np.tanh(3 * sines[:, 6])
    return np.asarray(out, np.float32)


def crooked(sizes: SubjectSize, form: Form, rng: np.random.Generator) -> SubjectSize:
    """The subject's sizes with the form's edges and, for some, sides and levels that differ."""
    sizes = replace(sizes, edge=form.edge)
    if rng.uniform() >= CROOKED_SHARE:
        return sizes
    strength = float(rng.uniform(0.3, 1.0))
    return replace(sizes, vertebrae=tuple(_crooked(v, strength, rng) for v in sizes.vertebrae))


def _crooked(v: VertebraSize, strength: float, rng: np.random.Generator) -> VertebraSize:
    n = strength * np.clip(rng.standard_normal(8), -2, 2)
    return replace(
        v,
        roll_deg=float(v.roll_deg + 2.5 * n[0]),
        lean_deg=float(v.lean_deg + 1.5 * n[1]),
        spinous_skew_mm=float(v.spinous_skew_mm + 2.5 * n[2]),
        spinous_half_width_mm=float(v.spinous_half_width_mm * (1 + 0.15 * n[3])),
        lamina_slope_deg={"left": float(v.lamina_slope_deg["left"] + 5 * n[4]), "right": float(v.lamina_slope_deg["right"] + 5 * n[5])},
        tp_rise_mm={"left": float(v.tp_rise_mm["left"] + 1.5 * n[6]), "right": float(v.tp_rise_mm["right"] + 1.5 * n[7])},
    )


def shaped(boxes: tuple[Box, ...], form: Form) -> tuple[Box, ...]:
    """A bone's boxes with the form's edges and joins."""
    return tuple(
        replace(b, round_mm=b.round_mm * (form.edge if b.round_mm < PROCESS_ROUND_MM else 1.0), blend_mm=max(b.blend_mm * form.blend, 0.8))
        for b in boxes
    )


def _ball(at: F64, radius_mm: float) -> Box:
    return rod(at - np.array([0, 0, 1e-2]), at + np.array([0, 0, 1e-2]), half_mm=(radius_mm, radius_mm), blend_mm=2.5)


def lumps(of: Skeleton, rng: np.random.Generator) -> list[tuple[int, Box]]:
    """(bone, ball) of arthritic growth beside the joints, on laminae and on the sacrum; bone 5 is the sacrum's processes, 6 stands alone.
    None lies over a joint's opening: that stays where the two processes leave it."""
    if rng.uniform() >= LUMPY_SHARE * (0.5 + of.sizes.degeneration):
        return []
    out = []
    for k, joints in enumerate(of.spine.joints):
        for side in SIDES:
            joint = joints[side]
            if rng.uniform() < 0.5:
                lateral = float(rng.choice([-1.0, 1.0]))
                away = joint.across * lateral * rng.uniform(7.5, 10) + joint.along * rng.uniform(-7, 7)
                at = joint.centre_mm + away + joint.dorsal * joint.size.half_width_mm * rng.uniform(-0.2, 0.8)
                out.append((k + (lateral > 0), _ball(np.asarray(at, float), float(rng.uniform(2, 4.5)))))
    for _ in range(int(rng.integers(0, 6))):
        u, s = float(rng.uniform(-30, 30)), float(rng.uniform(4, of.sacrum.size.apex_s_mm - 12))
        out.append((6, _ball(of.sacrum.out(u, s, 0.0078 * u * u + float(rng.uniform(-0.5, 1.5))), float(rng.uniform(2, 4)))))
    return out


def breaks(of: Skeleton, rng: np.random.Generator) -> Solid | None:
    """What is missing: a lamina taken out, a spinous tip or transverse process broken off, a gap in the sacral crest or roof. None for most."""
    kinds: tuple[tuple[Callable[[Skeleton, np.random.Generator], Box], float], ...] = (
        (_laminectomy, 0.10), (_lost_tip, 0.12), (_lost_process, 0.08), (_crest_gap, 0.15), (_open_roof, 0.07),
    )  # fmt: skip
    cuts = [make(of, rng) for make, share in kinds if rng.uniform() < share]
    return Solid.of([[cut] for cut in cuts]) if cuts else None


def _level(rng: np.random.Generator) -> int:
    return int(rng.integers(2, 5))


def _side(rng: np.random.Generator) -> Side:
    return SIDES[int(rng.integers(2))]


def _laminectomy(of: Skeleton, rng: np.random.Generator) -> Box:
    """One lamina, medial of the joint, or both with the spinous process."""
    k, side = _level(rng), _side(rng)
    v, frame = of.sizes.vertebrae[k], of.spine.frames[k]
    reach = max(min(abs(float((j.centre_mm - frame.origin_mm) @ frame.axes[0])) for j in of.spine.joints[k].values()) - 8.0, 4.0)
    tall, y = v.lamina_half_height_mm * float(rng.uniform(0.7, 1.2)), -v.lamina_half_height_mm * 0.6
    if rng.uniform() < 0.5:
        return Box(frame.out(0, y, -(v.canal_depth_mm + 20)), frame.axes, (reach, tall, 21.0), 1.5)
    half = (reach - 1.0) / 2 + 0.5
    return Box(frame.out(SIGN[side] * (half + 2.0), y, -(v.canal_depth_mm + 6)), frame.axes, (half, tall, 7.0), 1.5)


def _lost_tip(of: Skeleton, rng: np.random.Generator) -> Box:
    k = _level(rng)
    v, lost = of.sizes.vertebrae[k], float(rng.uniform(2, 14))
    at = of.spine.spinous_tip_mm[k] - of.spine.frames[k].axes[2] * (12.0 - lost)
    return Box(at, of.spine.frames[k].axes, (10.0, v.spinous_half_height_mm * 1.4, 12.0), 1.5)


def _lost_process(of: Skeleton, rng: np.random.Generator) -> Box:
    k, side = _level(rng), _side(rng)
    root, tip = of.spine.tp[k][side]
    along = (tip - root) / np.linalg.norm(tip - root)
    return rod(tip - along * float(rng.uniform(0, 12)), tip + along * 12.0, half_mm=(9.0, 9.0))


def _crest_gap(of: Skeleton, rng: np.random.Generator) -> Box:
    s = float(rng.uniform(4, of.sacrum.size.apex_s_mm - 8))
    deep = float(rng.uniform(1.5, 5.0))
    return Box(of.sacrum.out(0, s, -12.0 + deep - 4.0), of.sacrum.axes(s), (9.0, float(rng.uniform(3, 10)), 12.0), 1.5)


def _open_roof(of: Skeleton, rng: np.random.Generator) -> Box:
    """S1's laminae have not met (spina bifida occulta)."""
    s = float(rng.uniform(2, 12))
    half = float(rng.uniform(1.5, 4.5)), float(rng.uniform(6, 12)), of.sacrum.at("roof", s) + 5.0
    return Box(of.sacrum.out(float(rng.normal(0, 1.5)), s, -3.0), of.sacrum.axes(s), half, 1.0)
