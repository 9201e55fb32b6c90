"""View none: planes of the same body that are no view, and scans without a lumbar spine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.foreign.digitised.cut import FINE_STEP_MM
from models.foreign.digitised.field import FAR_MM, Floats
from models.foreign.digitised.marks import marks_of
from models.foreign.digitised.places import Setting, cut_under, skin_mm, transverse
from models.foreign.digitised.plane import Plane, plane_at
from models.foreign.digitised.spine import Spine, spine_of

TRIES = 30
OF_THE_BODY = 0.72  # share of frames that show the same bones


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """A scan of something else. fat_mm: beneath the skin. ribs: none, or rounded bones over gas. air: the probe touches nothing."""

    kind: str
    fat_mm: float


def near_miss_of(chance: np.random.Generator) -> Setting:
    """A person under a probe on a plane that no reader would call a view."""
    for _ in range(TRIES):
        spine = spine_of(chance, chance.uniform(0.0, 0.1))
        upper, side = int(chance.integers(0, 4)), int(chance.choice([-1, 1]))
        cover_mm = float(chance.uniform(4, 14) if chance.random() < 0.45 else chance.uniform(10, 44))
        name = str(chance.choice(list(PLANES)))
        plane = PLANES[name](spine, upper, side, cover_mm, chance)
        sagittal = abs(plane.across[1]) > 0.7
        at = Setting(spine, plane, upper, side, cover_mm, sagittal, ())
        if not _views(at):
            return at
    raise RuntimeError("every plane holds a view")


def _views(at: Setting) -> list[str]:
    """The views that a plane holds after all, seen from either disc beside it."""
    views = ("paramedian_oblique",) if at.sagittal else ("transverse_facet", "transverse_process", "transverse_interlaminar")
    uppers = [upper for upper in (at.upper - 1, at.upper, at.upper + 1) if 0 <= upper <= 3]
    cut = cut_under(at, FINE_STEP_MM)
    return [view for view in views for upper in uppers if marks_of(view, cut, upper, at.side)]


def _over_a_spinous_process(spine: Spine, upper: int, _: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    """Across the middle of a spinous process: neither joint nor transverse process in it."""
    bone = spine.bones[upper]
    height = bone.stacked((bone.form.arch[0], bone.form.arch[1] + 12))[0] - chance.uniform(2, 9)
    return transverse(spine, upper, cover_mm, chance, cranial_mm=height, right_mm=chance.normal(0, 3))


def _far_lateral(spine: Spine, upper: int, side: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    """Along the spine beside it or over the ends of the transverse processes, or across it beyond them."""
    if chance.random() < 0.5:
        height = spine.bones[upper].centre[0] + chance.uniform(-15, 15)
        return transverse(spine, upper, cover_mm, chance, cranial_mm=height, right_mm=side * chance.uniform(48, 70))
    return _along(spine, upper, cover_mm, side * chance.uniform(24, 40), chance)


def _spinous_row(spine: Spine, upper: int, _: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    return _along(spine, upper, cover_mm, chance.normal(0, 0.8), chance)


def _joint_row(spine: Spine, upper: int, side: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    return _along(spine, upper, cover_mm, side * chance.uniform(13, 19), chance)


def _along(spine: Spine, upper: int, cover_mm: float, right_mm: float, chance: np.random.Generator) -> Plane:
    height = spine.bones[upper].centre[0] + chance.uniform(-18, 18)
    middle = spine.body(np.array([right_mm, height, spine.arch(np.array(height))]))
    under = skin_mm(spine, upper, cover_mm) - middle[2]
    turn, flip = chance.normal(0, 0.04), bool(chance.random() < 0.5)
    return plane_at(middle, under_mm=under, pitch_rad=chance.normal(0, 0.04), yaw_rad=turn, roll_rad=0.0, sagittal=True, flip=flip)


def _oblique(spine: Spine, upper: int, _: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    """Turned half way between across and along, or tilted far along the spine."""
    height = spine.bones[upper].centre[0] + chance.uniform(-18, 18)
    middle = spine.body(np.array([chance.normal(0, 8), height, spine.arch(np.array(height))]))
    turned = chance.random() < 0.6
    yaw = chance.choice([-1, 1]) * chance.uniform(0.55, 1.0) if turned else chance.normal(0, 0.05)
    pitch = chance.normal(0, 0.1) if turned else chance.choice([-1, 1]) * chance.uniform(0.7, 1.0)
    under = (skin_mm(spine, upper, cover_mm) - middle[2]) / np.cos(pitch)
    return plane_at(middle, under_mm=under, pitch_rad=pitch, yaw_rad=yaw, roll_rad=0.0, sagittal=False, flip=bool(chance.random() < 0.5))


PLANES: dict[str, Callable[[Spine, int, int, float, np.random.Generator], Plane]] = {
    "spinous process": _over_a_spinous_process,
    "far lateral": _far_lateral,
    "row of spinous processes": _spinous_row,
    "row of joints": _joint_row,
    "oblique": _oblique,
}


def other_of(chance: np.random.Generator) -> Other:
    return Other(str(chance.choice(["muscle", "ribs", "bone", "air"], p=[0.35, 0.3, 0.2, 0.15])), float(chance.uniform(2, 25)))


def bones_of(other: Other, x: Floats, z: Floats, chance: np.random.Generator) -> Floats:
    """Distances (slices, beams, samples) to ribs or to one long bone; far where there are none."""
    away = np.full(x.shape, FAR_MM)
    if other.kind == "ribs":
        depth, apart = other.fat_mm + chance.uniform(5, 15), chance.uniform(18, 26)
        start = chance.uniform(-apart, 0) - 3 * apart
        for rib in range(7):
            wide, high = chance.uniform(4, 7), chance.uniform(2.5, 4)
            far = np.hypot((x - start - rib * apart) / wide, (z - depth - chance.normal(0, 1) - high) / high)
            away = np.minimum(away, (far - 1) * high)
    if other.kind == "bone":
        depth, slope, bow = other.fat_mm + chance.uniform(8, 35), chance.normal(0, 0.12), chance.uniform(-0.004, 0.012)
        away = depth + slope * x + bow * x**2 - z
    return np.stack([away] * 3)


def pleura_mm(other: Other, chance: np.random.Generator) -> float | None:
    """How far beneath the skin gas begins, under ribs."""
    return other.fat_mm + chance.uniform(16, 26) if other.kind == "ribs" else None
