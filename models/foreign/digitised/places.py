"""Where a probe is put for each view: planes are tried about the anatomy until the cut holds the view's landmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.foreign.digitised.cut import FINE_STEP_MM, SEARCH_STEP_MM, Cut, cut_of
from models.foreign.digitised.marks import Mark, marks_of
from models.foreign.digitised.plane import Plane, plane_at
from models.foreign.digitised.spine import Spine, joint_of, spine_of

FLEXION_RAD = {"transverse_interlaminar": (0.03, 0.16), "paramedian_oblique": (0.02, 0.14)}  # sitting bent; the others lie on a pillow
LYING_RAD = (0.0, 0.08)
TRIES = 14  # planes a person
PEOPLE = 40


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A person under a probe. upper: index of the bone above the disc that the plane is about. cover_mm: from the skin to the spinous processes."""

    spine: Spine
    plane: Plane
    upper: int
    side: int
    cover_mm: float
    sagittal: bool
    marks: tuple[Mark, ...]


def setting_of(view: str, chance: np.random.Generator) -> Setting:
    """A person and a plane that holds the view."""
    low, high = FLEXION_RAD.get(view, LYING_RAD)
    for _ in range(PEOPLE):
        spine = spine_of(chance, chance.uniform(low, high))
        upper, side = int(chance.choice(4, p=[0.1, 0.2, 0.35, 0.35])), int(chance.choice([-1, 1]))
        cover_mm = float(chance.uniform(4, 14) if chance.random() < 0.45 else chance.uniform(10, 44))
        for _ in range(TRIES):
            plane = PLANES[view](spine, upper, side, cover_mm, chance)
            held = Setting(spine, plane, upper, side, cover_mm, view == "paramedian_oblique", ())
            if marked(view, held, SEARCH_STEP_MM) and (marks := marked(view, held, FINE_STEP_MM)):
                return replace(held, marks=tuple(marks))
    raise RuntimeError(f"no plane of {PEOPLE} people holds {view}")


def marked(view: str, at: Setting, step_mm: float) -> list[Mark]:
    """The landmarks of a view on the plane, or none if the plane does not hold the view."""
    return marks_of(view, cut_under(at, step_mm), at.upper, at.side)


def cut_under(at: Setting, step_mm: float) -> Cut:
    """What lies under the probe."""
    return cut_of(at.spine, at.plane, half_width_mm=62, depth_mm=at.cover_mm + 85, step_mm=step_mm)


def skin_mm(spine: Spine, upper: int, cover_mm: float) -> float:
    """Dorsal coordinate of the skin, body mm: over the spinous processes on both sides of a disc."""
    tips = (bone.stacked(bone.form.tip)[1] for bone in spine.bones[upper : upper + 2])
    return float(max(tips) * spine.scale[2] + cover_mm)


def transverse(
    spine: Spine, upper: int, cover_mm: float, chance: np.random.Generator, *, cranial_mm: float, right_mm: float = 0.0, aim_rad: float = 0.0
) -> Plane:
    """Square to the spine at a height of the mesh, but for a hand's inaccuracy. aim_rad: cranially.

    right_mm: of the mesh, where the array's middle stands.
    """
    heights, tilts = [bone.centre[0] for bone in spine.bones[::-1]], [bone.tilt_rad for bone in spine.bones[::-1]]
    level = float(np.interp(cranial_mm, heights, tilts))
    middle = spine.body(np.array([right_mm, cranial_mm, spine.arch(np.array(cranial_mm))]))
    pitch = level + aim_rad + chance.normal(0, 0.05)
    under = (skin_mm(spine, upper, cover_mm) - middle[2]) / np.cos(pitch)
    turn, rock = chance.normal(0, 0.05), chance.normal(0, 0.05)
    return plane_at(middle, under_mm=under, pitch_rad=pitch, yaw_rad=turn, roll_rad=rock, sagittal=False, flip=bool(chance.random() < 0.5))


def _facet(spine: Spine, upper: int, side: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    joint = joint_of(spine.bones[upper], spine.bones[upper + 1], side)
    shift = chance.normal(0, 4) + side * (chance.uniform(5, 15) if chance.random() < 0.25 else 0)
    return transverse(spine, upper, cover_mm, chance, cranial_mm=joint[1] + chance.uniform(-2, 5), right_mm=shift)


def _process(spine: Spine, upper: int, side: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    bone = spine.bones[upper + 1]
    height = bone.stacked(bone.form.process)[0] + chance.uniform(-3, 5)
    shift = chance.normal(0, 4) + side * (chance.uniform(8, 22) if chance.random() < 0.35 else 0)
    return transverse(spine, upper, cover_mm, chance, cranial_mm=height, right_mm=shift)


def _interlaminar(spine: Spine, upper: int, _: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    above, below = spine.bones[upper], spine.bones[upper + 1]
    height = (above.stacked(above.form.arch)[0] + below.stacked(below.form.arch)[0]) / 2
    return transverse(
        spine, upper, cover_mm, chance, cranial_mm=height + chance.uniform(-9, 5), right_mm=chance.normal(0, 2), aim_rad=chance.uniform(-0.05, 0.5)
    )


def _paramedian(spine: Spine, upper: int, side: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    above, below = spine.bones[upper], spine.bones[upper + 1]
    height = (above.stacked(above.form.arch)[0] + below.stacked(below.form.arch)[0]) / 2 + chance.uniform(-8, 4)
    middle = spine.body(np.array([side * chance.uniform(1.0, 7.0), height, spine.arch(np.array(height))]))
    aim = chance.uniform(0.1, 0.38)  # towards the midline; 17 to 35 degrees for a needle
    under = (skin_mm(spine, upper, cover_mm) - middle[2]) / np.cos(aim)
    return plane_at(
        middle,
        under_mm=under,
        pitch_rad=-side * aim,
        yaw_rad=chance.normal(0, 0.06),
        roll_rad=chance.normal(0, 0.06),
        sagittal=True,
        flip=bool(chance.random() < 0.5),
    )


def _foramen(spine: Spine, upper: int, side: int, cover_mm: float, chance: np.random.Generator) -> Plane:
    above = spine.bones[upper]
    height = above.centre[0] + chance.uniform(-16, -2)
    return transverse(spine, upper, cover_mm, chance, cranial_mm=height, right_mm=side * chance.uniform(17, 27))


PLANES: dict[str, Callable[[Spine, int, int, float, np.random.Generator], Plane]] = {
    "transverse_facet": _facet,
    "transverse_process": _process,
    "transverse_interlaminar": _interlaminar,
    "paramedian_oblique": _paramedian,
    "transverse_foramen": _foramen,
}
VIEWS_HELD = tuple(PLANES)
