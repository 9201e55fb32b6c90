"""The landmarks of a view, found on the cut of the bones by the definitions of the clinical ground.

There are none where the cut does not hold the view's main ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from models.foreign.digitised.cut import Cut, Outline
from models.foreign.digitised.field import Floats
from models.foreign.digitised.spine import LINING_MM

Place: TypeAlias = tuple[float, float]  # x_mm, z_mm
Kind: TypeAlias = Literal["bone", "opening", "sheet", "nerve"]
LEAST_OF_FACET = 4  # both facets, and two of spinous process and laminae
LEAST_PROCESS_MM = 3.0  # width of a superior articular process that a joint has
LEAST_LAMINA_MM = 4.0  # between a lamina's mark and the tip beside it
WIDEST_JOINT_MM = 3.2  # from either bone to the middle of a joint's opening


@dataclass(frozen=True, slots=True)
class Mark:
    """judged: where its echo is looked for (an opening: on both bones beside it)."""

    name: str
    at: Place
    kind: Kind
    judged: tuple[Place, ...]


def _bone(name: str, at: Place) -> Mark:
    return Mark(name, at, "bone", (at,))


def marks_of(view: str, cut: Cut, upper: int, side: int) -> list[Mark]:
    """Landmarks of a view about the disc beneath bone `upper`; side: 1 for the body's right. Empty where the plane does not hold the view."""
    return MARKS[view](cut, upper, side)


def _facet(cut: Cut, upper: int, _: int) -> list[Mark]:
    above, below = cut.outline([upper]), cut.outline([upper + 1])
    if len(below.within(27, 99)):
        return []  # a transverse process: another view
    found = _tip(cut, above)
    openings = 0
    for side in (-1, 1):
        inner, outer = above.beside(side).unbroken(), below.beside(side)
        lamina = _lamina(inner, len(inner) - 1, tail_mm=7.0) if len(inner) > 4 else None
        found += [_bone("lamina", lamina)] if lamina else []
        opening = _opening(cut, upper, above.beside(side), outer)
        openings += opening is not None
        found += [opening] if opening else []
    return found if openings == 2 and len(found) >= LEAST_OF_FACET else []


def _tip(cut: Cut, outline: Outline) -> list[Mark]:
    """The spinous process's dorsal tip, if one stands over the midline."""
    spine = outline.within(0, 5)
    spine = spine.where(spine.mesh[2] > cut.spine.arch(spine.mesh[1]) + 9)
    return [_bone("spinous_process", spine.at(spine.top()))] if len(spine) else []


def _lamina(side: Outline, end: int, tail_mm: float) -> Place | None:
    """Midway between the spinous process's base and the medial edge of the articular process, whose dorsal face is tail_mm (mesh) wide."""
    far = np.abs(side.mesh[0])
    start = side.within(0, 5).top() if len(side.within(0, 5)) else 0
    if far[end] < 9 or end - start < 3:
        return None
    base = float(far[side.corner(start, end)])
    middle = (base + max(far[end] - tail_mm, base + 2)) / 2
    return side.at(int(np.argmin(np.abs(far - middle))))


def _opening(cut: Cut, upper: int, inner: Outline, outer: Outline) -> Mark | None:
    """Where the joint's middle meets the line that touches both processes dorsally."""
    inner, outer = inner.within(7, 24), outer.within(9, 26)
    if len(inner) < 2 or len(outer) < 3 or np.ptp(outer.x_mm) < LEAST_PROCESS_MM:
        return None
    inner = inner.where(np.abs(inner.x_mm - inner.x_mm[-1]) < 9)
    outer = outer.where(np.abs(outer.x_mm - outer.x_mm[0]) < 9)
    if abs(inner.x_mm[-1] - outer.x_mm[0]) > 9:
        return None
    first, last = _touching(inner, outer)
    line = np.linspace(inner.at(first), outer.at(last), 60)
    apart = np.stack([_sampled(cut, cut.distances_mm[bone], line) for bone in (upper, upper + 1)])
    middle = int(np.argmin(np.abs(apart[0] - apart[1]) + 3.0 * (apart.min(axis=0) <= 0)))
    if apart[:, middle].max() > WIDEST_JOINT_MM or apart[:, middle].min() <= 0:
        return None
    at = (float(line[middle][0]), float(line[middle][1]))
    return Mark("facet", at, "opening", (_shoulder(inner, first), _shoulder(outer, last)))


def _touching(inner: Outline, outer: Outline) -> tuple[int, int]:
    """Indices of the pair of places whose line runs dorsal of both outlines."""
    x, z = np.concatenate([inner.x_mm, outer.x_mm]), np.concatenate([inner.z_mm, outer.z_mm])
    run = outer.x_mm[None, :] - inner.x_mm[:, None]
    slope = (outer.z_mm[None, :] - inner.z_mm[:, None]) / np.where(np.abs(run) < 1e-6, 1e-6, run)
    over = inner.z_mm[:, None, None] + slope[:, :, None] * (x - inner.x_mm[:, None, None]) - z
    worst = over.max(axis=2) + 0.01 * np.abs(run)
    first, last = np.unravel_index(int(np.argmin(worst)), worst.shape)
    return int(first), int(last)


def _shoulder(outline: Outline, touched: int) -> Place:
    """The shallowest place of a process within 3.5 mm of where the line touches it."""
    near = outline.where(np.abs(outline.x_mm - outline.x_mm[touched]) < 3.5)
    return near.at(near.top())


def _sampled(cut: Cut, values: Floats, places: Floats) -> Floats:
    columns = np.clip(np.round((places[:, 0] - cut.x_mm[0]) / (cut.x_mm[1] - cut.x_mm[0])).astype(int), 0, len(cut.x_mm) - 1)
    rows = np.clip(np.round((places[:, 1] - cut.z_mm[0]) / (cut.z_mm[1] - cut.z_mm[0])).astype(int), 0, len(cut.z_mm) - 1)
    return np.asarray(values[rows, columns])


def _process(cut: Cut, upper: int, _: int) -> list[Mark]:
    below, both = cut.outline([upper + 1]), cut.outline([upper, upper + 1])
    middle = both.within(0, 4)
    if len(middle) < 2 or np.abs(np.diff(middle.x_mm)).max() > 3 or (middle.mesh[2] < cut.spine.arch(middle.mesh[1]) - 1).any():
        return []  # open on the midline: an interlaminar window
    found = _tip(cut, both)
    grooves = 0
    for side in (-1, 1):
        row = below.beside(side).within(8, 60)
        row = row.unbroken() if len(row) else row
        arm = _arm(row)
        grooves += len(arm) > 0
        found += arm
        if arm and found:
            inner = both.beside(side)
            end = int(np.argmin(np.abs(inner.x_mm - arm[0].at[0])))
            lamina = _lamina(inner, end, tail_mm=5.0)
            found += [_bone("lamina", lamina)] if lamina and abs(lamina[0] - arm[0].at[0]) > LEAST_LAMINA_MM else []
    return found if grooves == 2 else []


def _arm(row: Outline) -> list[Mark]:
    """The tip of the superior articular process, the groove beside it and the transverse process's end, or nothing."""
    medial = row.within(8, 22)
    if not len(medial) or np.abs(row.mesh[0][-1]) < 27:
        return []
    top, end = medial.top(), len(row) - 1
    groove = row.corner(top, end)
    tip, foot, free = row.at(top), row.at(groove), row.at(max(end - 1, 0))
    if abs(foot[0] - tip[0]) < 2 or abs(free[0] - foot[0]) < 5 or foot[1] - tip[1] < 2:
        return []
    return [_bone("sap_tip", tip), _bone("tp_groove", foot), _bone("tp_tip", free)]


def _interlaminar(cut: Cut, upper: int, _: int) -> list[Mark]:
    arches = cut.outline([upper, upper + 1])
    found = []
    for side in (-1, 1):
        row = arches.beside(side).within(3, 22)
        row = row.unbroken() if len(row) else row
        if len(row) < 3 or not 4 < abs(row.mesh[0][0]) < 15:
            return []
        near = row.where(np.abs(row.x_mm - row.x_mm[0]) < 13)
        found.append(_bone("articular_process", near.at(int(np.argmin(near.z_mm + 0.4 * np.abs(near.x_mm - near.x_mm[0]))))))
    middle = np.abs(cut.mesh[0]).argmin(axis=1)
    complexes = _complexes(cut, middle)
    clear = complexes is not None and not _struck(cut, middle, complexes[0][1])
    return [*found, *_sheets(complexes)] if complexes and clear else []


def _struck(cut: Cut, columns: Floats, until_mm: float) -> bool:
    """Whether a bone stands on a line, or 1.5 mm beside it, above a depth."""
    rows = np.nonzero(cut.z_mm < until_mm)[0]
    near = cut.distances_mm[:, rows, np.asarray(columns, dtype=int)[rows]]
    return bool((near < 1.5).any())


def _complexes(cut: Cut, columns: Floats) -> tuple[Place, Place] | None:
    """Where a line (a column a row) crosses the ventral face of the ligamentum flavum, and the dorsal face of what covers the bodies."""
    rows = np.arange(len(cut.z_mm))
    mesh = cut.mesh[:, rows, np.asarray(columns, dtype=int)]
    found = []
    for border in (cut.spine.arch(mesh[1]), cut.spine.wall(mesh[1]) + LINING_MM):
        beyond = np.nonzero(mesh[2] < border)[0]
        if not len(beyond) or beyond[0] == 0:
            return None
        row, before = beyond[0], mesh[2][beyond[0] - 1] - border[beyond[0] - 1]
        part = float(before / max(before + border[row] - mesh[2][row], 1e-6))
        z = float(cut.z_mm[row - 1] + part * (cut.z_mm[1] - cut.z_mm[0]))
        found.append((float(cut.x_mm[int(columns[row])]), z))
    return found[0], found[1]


def _sheets(complexes: tuple[Place, Place]) -> list[Mark]:
    names = ("posterior_complex", "anterior_complex")
    return [Mark(name, at, "sheet", (at,)) for name, at in zip(names, complexes, strict=True)]


def _paramedian(cut: Cut, upper: int, _: int) -> list[Mark]:
    above, below = cut.outline([upper]), cut.outline([upper + 1])
    if len(above) < 6 or len(below) < 6:
        return []
    down = 1 if np.median(below.x_mm) > np.median(above.x_mm) else -1
    edge, rim = above.x_mm[int(np.argmax(down * above.x_mm))], below.x_mm[int(np.argmin(down * below.x_mm))]
    if not 5 < down * (rim - edge) < 28:
        return []
    first, last = (_edge(outline, x, inwards) for outline, x, inwards in ((above, edge, -down), (below, rim, down)))
    middle, run = (np.array(first) + np.array(last)) / 2, np.array(last) - np.array(first)
    columns = middle[0] - (cut.z_mm - middle[1]) * run[1] / run[0]
    columns = np.clip(np.round((columns - cut.x_mm[0]) / (cut.x_mm[1] - cut.x_mm[0])), 0, len(cut.x_mm) - 1)
    complexes = _complexes(cut, columns)
    if complexes is None or _struck(cut, columns, complexes[0][1]):
        return []
    return [_bone("lamina_cranial", first), _bone("lamina_caudal", last), *_sheets(complexes)]


def _edge(outline: Outline, x: float, inwards: int) -> Place:
    """The dorsal corner of an outline at its end: the shallowest place in proportion to how far it lies from the end."""
    near = outline.where((inwards * (outline.x_mm - x) >= 0) & (inwards * (outline.x_mm - x) < 3))
    return near.at(int(np.argmin(near.z_mm + 1.2 * np.abs(near.x_mm - x))))


def _foramen(cut: Cut, upper: int, side: int) -> list[Mark]:
    row = cut.outline([upper, upper + 1]).beside(side)
    row = row.unbroken() if len(row) else row
    bodies = cut.bodies().beside(side)
    if len(row) < 5 or len(bodies) < 5 or not 9 < abs(row.mesh[0][-1]) < 24:
        return []
    near = row.where(np.abs(row.x_mm - row.x_mm[-1]) < 4)
    outwards = np.sign(row.x_mm[-1] - row.x_mm[0])
    edge = near.at(int(np.argmin(near.z_mm + 1.2 * np.abs(near.x_mm - near.x_mm[-1]))))
    margin = bodies.at(int(np.argmax(outwards * bodies.x_mm - bodies.z_mm)))
    root = _root(cut, margin, outwards)
    ligament = _ligament(cut, edge, side)
    if root is None or ligament is None or margin[1] - edge[1] < 8:
        return []
    sheet = Mark("intertransverse_ligament", ligament, "sheet", (ligament,))
    return [_bone("articular_edge", edge), sheet, _bone("vertebral_edge", margin), Mark("nerve_root", root, "nerve", (root,))]


def _root(cut: Cut, margin: Place, outwards: float) -> Place | None:
    """Dorsal of the body's margin, as near to 2 mm lateral and 6 mm dorsal as 3 mm from any bone allow."""
    wanted = np.array([margin[0] + 2 * outwards, margin[1] - 6])
    x, z = np.meshgrid(cut.x_mm, cut.z_mm)
    far = np.hypot(x - wanted[0], z - wanted[1])
    free = np.where(cut.distances_mm.min(axis=0) > 3.2, far, np.inf)
    row, column = np.unravel_index(int(np.argmin(free)), free.shape)
    return (float(x[row, column]), float(z[row, column])) if free[row, column] < 5 else None


def _ligament(cut: Cut, edge: Place, side: int) -> Place | None:
    """The middle of the sheet from the articular process to the transverse processes' ends."""
    along = np.abs(cut.mesh[2] - cut.spine.process(cut.mesh[1]))
    rows = along.argmin(axis=0)
    columns = np.arange(len(cut.x_mm))
    right = side * cut.mesh[0, rows, columns]
    clear = np.nonzero((right > 15) & (right < 29) & (cut.distances_mm[:, rows, columns].min(axis=0) > 1.5))[0]
    clear = clear[np.abs(cut.x_mm[clear] - edge[0]) > 2]
    if len(clear) * (cut.x_mm[1] - cut.x_mm[0]) < 7:
        return None
    column = int(clear[len(clear) // 2])
    return float(cut.x_mm[column]), float(cut.z_mm[rows[column]])


MARKS: dict[str, Callable[[Cut, int, int], list[Mark]]] = {
    "transverse_facet": _facet,
    "transverse_process": _process,
    "transverse_interlaminar": _interlaminar,
    "paramedian_oblique": _paramedian,
    "transverse_foramen": _foramen,
}
