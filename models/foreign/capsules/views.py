"""Views: which view a cut is. The view follows from what the plane meets, never from what was wanted."""

from __future__ import annotations

from collections.abc import Callable

from models.foreign.capsules import lumbar, sacral
from models.foreign.capsules.cut import Cut
from models.foreign.capsules.marks import Marks

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
