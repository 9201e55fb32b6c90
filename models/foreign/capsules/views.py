"""Views: which view a cut is. The view follows from what the plane meets, never from what was wanted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.capsules import lumbar, sacral
from models.foreign.capsules.bones import ALA, ILIUM, PIT, PLATE, S1_SUPERIOR, SUPERIOR, TRANSVERSE
from models.foreign.capsules.cut import Cut
from models.foreign.capsules.marks import SIDES, Marks, complexes, joint, width_mm

READ: dict[str, Callable[[Cut], Marks | None]] = {
    "transverse_facet": lumbar.facet,
    "transverse_process": lumbar.transverse_process,
    "transverse_sacral_ala": sacral.sacral_ala,
    "transverse_interlaminar": lumbar.interlaminar,
    "paramedian_oblique": lumbar.paramedian,
    "transverse_sacral_hiatus": sacral.hiatus_across,
    "longitudinal_sacral_hiatus": sacral.hiatus_along,
    "transverse_foramen": lumbar.foramen,
    "transverse_s1": sacral.first_foramen,
    "transverse_sacroiliac": sacral.sacroiliac,
}
SAGITTAL = frozenset({"paramedian_oblique", "longitudinal_sacral_hiatus"})


def marks_of(cut: Cut, view: str) -> Marks | None:
    """The landmarks of a view, or None where the cut is not that view."""
    return READ[view](cut)


def views_of(cut: Cut, *, sagittal: bool) -> list[str]:
    """All views that the cut is, of one orientation."""
    return [view for view in READ if (view in SAGITTAL) == sagittal and marks_of(cut, view) is not None]


def resembles_one(cut: Cut) -> bool:
    """Whether a plane that is no view, and hardly turned, still holds what a reader would name one by: a joint, a process beside its articular one,
    an ala, a foramen, a sacroiliac cleft or a canal. Such a plane is neither a view nor `none`."""
    if abs(float(cut.plane.across[0])) < 0.9 or float(cut.plane.down[2]) < 0.92:
        return False
    wide = {part: width_mm(cut, np.nonzero(cut.part == part)[0]) for part in (S1_SUPERIOR, ALA, PIT, ILIUM, PLATE, TRANSVERSE, SUPERIOR)}
    pairs = ((S1_SUPERIOR, ALA), (ILIUM, PLATE), (TRANSVERSE, SUPERIOR))
    return (
        wide[PIT] > 3
        or any(min(wide[one], wide[other]) > 4 for one, other in pairs)
        or any(joint(cut, side) for side in SIDES)
        or bool(complexes(cut))
    )
