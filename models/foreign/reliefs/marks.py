"""Marks: where a section's own outline puts the landmarks of each view, seen or not.

PROCEDURES fixes what each landmark is; the outline tells where it lies in the slice, to STEP_MM across and finer along the depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.foreign.reliefs.lumbar import SIDES
from models.foreign.reliefs.outline import Mark, Reading


def marks_of(view: str, reading: Reading) -> list[Mark]:
    """The landmarks by place, seen or not. The midline runs through the patient's x 0."""

    def half(mark: Mark) -> int:
        return 1 if reading.plane.place(mark.x, mark.z)[0] > 0 else -1

    return [replace(mark, half=half(mark)) for mark in MARKS[view](reading)]


def _laminae(read: Reading) -> list[Mark]:
    """Midway between the spinous process's base and the inferior articular process's inner edge."""
    found: list[Mark] = []
    size = read.aim.body.sizes
    for side, end in zip(SIDES, "lr", strict=True):
        iap = next(one for one in read.aim.body.ridges if one.name == f"iap{end}0")
        inner, base = abs(iap.a[0]) - iap.radius[0], size["spread"] + 0.5
        if inner > base + 2.5:
            x = read.column(side * (inner + base) / 2, size["lamina"] + 2)
            top = read.cut.top(f"lamina{end}0", f"pars{end}0")
            z = float(np.interp(x, read.cut.x_mm, top))
            if np.isfinite(z):
                found.append(Mark("lamina", x, read.cut.surface(x, z)))
    return found


def _facets(read: Reading) -> list[Mark]:
    """Where the joint's gap meets the line that touches both processes."""
    found: list[Mark] = []
    for side, end in zip(SIDES, "lr", strict=True):
        inner, outer = read.apex("iap", f"iap{end}0"), read.apex("sap", f"sap{end}-")
        if not inner or not outer or (outer[0].x - inner[0].x) * side < 3:
            continue
        one, two = (read.cut.top(name) for name in (f"iap{end}0", f"sap{end}-"))
        between = ((read.cut.x_mm - inner[0].x) * side > 0) & ((outer[0].x - read.cut.x_mm) * side > 0)
        joined = np.where(between, np.fmin(np.nan_to_num(one, nan=1e3), np.nan_to_num(two, nan=1e3)), -1)
        gap = int(np.argmax(joined))
        x = read.cut.x_mm
        near, far = (np.nonzero(between & ((x - x[gap]) * side * way > 0))[0] for way in (-1, 1))
        if len(near) == 0 or len(far) == 0:
            continue
        share = (x[gap] - x[near][:, None]) / (x[far][None] - x[near][:, None])
        z = float((joined[near][:, None] * (1 - share) + joined[far][None] * share).min())
        found.append(Mark("facet", float(x[gap]), z, lips=((inner[0].x, inner[0].z), (outer[0].x, outer[0].z))))
    return found


def _facet_marks(read: Reading) -> list[Mark]:
    return [*read.apex("spinous_process", "spinous0"), *_laminae(read), *_facets(read)]


def _process_marks(read: Reading) -> list[Mark]:
    found = [*read.apex("spinous_process", "spinous0"), *_laminae(read)]
    for side, end in zip(SIDES, "lr", strict=True):
        sap, tp = f"sap{end}0", f"tp{end}0"
        found += [*read.apex("sap_tip", sap), *read.corner("tp_groove", sap, tp, side), *read.rim("tp_tip", side, 12, tp, slope=0.9)]
    return found


def _ala_marks(read: Reading) -> list[Mark]:
    found = read.apex("median_crest", "crest")
    for side, end in zip(SIDES, "lr", strict=True):
        found += [*read.apex("s1_sap", f"sap{end}"), *read.corner("ala_groove", f"sap{end}", f"ala{end}", side)]
    return found


def _interlaminar_marks(read: Reading) -> list[Mark]:
    found: list[Mark] = []
    for side, end in zip(SIDES, "lr", strict=True):
        found += read.rim("articular_process", -side, 2.5, f"iap{end}0", f"sap{end}-")
    middle = read.column(0.0, read.aim.body.sizes["yellow"])
    return [*found, *read.sheet("posterior_complex", middle), *read.sheet("anterior_complex", read.column(0.0, read.aim.body.sizes["floor"]))]


def _paramedian_marks(read: Reading) -> list[Mark]:
    end = "l" if read.aim.side < 0 else "r"
    one, two = read.rim("lamina_cranial", 1, 12, f"lamina{end}0", slope=1.0), read.rim("lamina_caudal", -1, 12, f"lamina{end}-", slope=1.0)
    if not one or not two or two[0].x - one[0].x < 3:
        return [*one, *two]
    return [*one, *two, *read.facing("posterior_complex", one[0], two[0]), *read.facing("anterior_complex", one[0], two[0])]


def _foramen_marks(read: Reading) -> list[Mark]:
    side, size = read.aim.side, read.aim.body.sizes
    end = "l" if side < 0 else "r"
    edge = read.rim("articular_edge", side, 4, f"iap{end}0", f"sap{end}-", f"pars{end}0", slope=1.6)
    middle = read.column(side * (size["joint"] + 9 + size["tip"] - 3) / 2, size["lamina"] + size["tp_deep"])
    found = [*edge, *read.sheet("intertransverse_ligament", middle)]
    x, z, _ = read.plane.picture((side * (size["body"] - 9 + 9 * 0.707), read.aim.focus[1], size["floor"] + 0.8 + 9 * 0.293))
    found.append(Mark("vertebral_edge", x, read.cut.surface(x, z, 2.5)))
    root = next(one for one in read.aim.body.blobs if one.name == "nerve_root" and one.centre[0] * side > 0)
    x, z, _ = read.plane.picture((root.centre[0], read.aim.focus[1], root.centre[2]))
    return [*found, Mark("nerve_root", x, z, root=(root.radius[0], root.radius[2]))]


def _lips(read: Reading, index: int, side: int) -> list[Mark]:
    """Inner and outer lip of the first (0) or second (1) foramen of a side, where the slice meets it."""
    pit = [one for one in read.aim.body.pits if one.centre[0] * side > 0][index]
    end = "l" if side < 0 else "r"
    y = read.plane.place(read.column(pit.centre[0], 0), read.plane.picture(read.aim.focus)[1])[1]
    inside = 1 - ((y - pit.centre[1]) / pit.radius[1]) ** 2
    if inside < 0.3:
        return []
    found: list[Mark] = []
    top = read.cut.top("plate" + end, "tubercle" + end)
    floor = read.plane.picture((pit.centre[0], pit.centre[1], pit.depth_mm - 4))[1]  # deeper lies the hole
    for name, way in (("foramen_medial_lip", -side), ("foramen_lateral_lip", side)):
        x = read.column(pit.centre[0] + way * (pit.radius[0] * inside**0.5 + 1.2), read.aim.body.sizes["plate"])
        z = float(np.interp(x, read.cut.x_mm, top))
        if np.isfinite(z) and z < floor:
            found.append(Mark(name, x, read.cut.surface(x, z, 3)))
    return found if len(found) == 2 else []


def _s1_marks(read: Reading) -> list[Mark]:
    return [*read.apex("median_crest", "crest"), *(mark for side in SIDES for mark in _lips(read, 0, side))]


def _sacroiliac_marks(read: Reading) -> list[Mark]:
    found = read.apex("median_crest", "crest")
    for side, end in zip(SIDES, "lr", strict=True):
        lips = _lips(read, 1, side)
        if lips:
            (one_x, one_z), (two_x, two_z) = ends = [(lip.x, lip.z) for lip in lips]
            found.append(Mark("s2_foramen", (one_x + two_x) / 2, (one_z + two_z) / 2, tuple(ends)))
        found += [*read.rim("sacral_edge", side, 12, f"plate{end}", slope=1.0), *read.rim("iliac_edge", -side, 12, f"ilium{end}", slope=1.0)]
    return found


def _across_marks(read: Reading) -> list[Mark]:
    found = [*read.apex("cornu", "cornul"), *read.apex("cornu", "cornur")]
    found += read.sheet("scl", read.column(0.0, read.aim.body.sizes["roof"]))
    return [*found, *_floor(read, read.column(0.0, read.aim.body.sizes["floor"]))]


def _floor(read: Reading, x: float) -> list[Mark]:
    z = float(np.interp(x, read.cut.x_mm, read.cut.top("floor")))
    return [Mark("sacral_floor", x, z)] if np.isfinite(z) else []


def _along_marks(read: Reading) -> list[Mark]:
    apex = read.rim("hiatus_apex", 1, 40, "roof")
    if not apex:
        return []
    scl = read.sheet("scl", apex[0].x + 5)
    if not scl:
        return apex
    floor = read.cut.top("floor")
    return [*apex, *scl, *read.nearest("sacral_floor", np.hypot(read.cut.x_mm - scl[0].x, floor - scl[0].z), floor)]


MARKS: dict[str, Callable[[Reading], list[Mark]]] = {
    "transverse_facet": _facet_marks, "transverse_process": _process_marks, "transverse_sacral_ala": _ala_marks,
    "transverse_interlaminar": _interlaminar_marks, "paramedian_oblique": _paramedian_marks, "transverse_sacral_hiatus": _across_marks,
    "longitudinal_sacral_hiatus": _along_marks, "transverse_foramen": _foramen_marks,
    "transverse_s1": _s1_marks, "transverse_sacroiliac": _sacroiliac_marks,
}  # fmt: skip
