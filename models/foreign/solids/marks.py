"""Landmarks of each view, told from what the beams meet. Points are (u, w), mm in the picture's plane; an unseen one is None."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.foreign.solids.bones import Band, Field
from models.foreign.solids.cut import Cut

Spot: TypeAlias = tuple[float, float] | None
Marks: TypeAlias = dict[str, dict[int, Spot]]  # name -> side (0 on the midline) -> spot
FACE_MM = 0.9  # a hit no deeper than this below the dorsal surface is on it
REACH_MM = 1.6  # a landmark counts as seen when a beam meets its bone this near


def spot(cut: Cut, beam: int) -> Spot:
    """The surface that a beam meets."""
    return float(cut.u[beam]), float(cut.w[beam])


def dorsal(cut: Cut, beams: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the beams that meet a bone's dorsal face, not its flank, its end or the wall of a hole."""
    kept = []
    for index in np.unique(cut.bone[beams]):
        mine = beams[cut.bone[beams] == index]
        top, _ = cut.body.bones[index].shape(cut.x[mine], cut.y[mine])
        kept.append(mine[cut.z[mine] - top < FACE_MM])
    return np.sort(np.concatenate(kept)) if kept else beams


def highest(cut: Cut, beams: NDArray[np.int64]) -> Spot:
    """The most dorsal of the surfaces met; None at the picture's side, where the top may lie outside."""
    if len(beams) < 2:
        return None
    best = int(beams[np.argmin(cut.z[beams])])
    return spot(cut, best) if 2 < best < len(cut.u) - 3 else None


def at_x(cut: Cut, beams: NDArray[np.int64], x_mm: float) -> Spot:
    """The surface at x, if one of these beams meets it within REACH_MM."""
    if not len(beams):
        return None
    order = np.argsort(cut.x[beams])
    near = int(beams[np.argmin(np.abs(cut.x[beams] - x_mm))])
    if abs(float(cut.x[near]) - x_mm) > REACH_MM:
        return None
    xs, us, ws = cut.x[beams][order], cut.u[beams][order], cut.w[beams][order]
    between = (xs > x_mm - 4) & (xs < x_mm + 4)
    return float(np.interp(x_mm, xs[between], us[between])), float(np.interp(x_mm, xs[between], ws[between]))


def end(cut: Cut, beams: NDArray[np.int64], *, lateral: bool, side: int) -> Spot:
    """The most lateral (or medial) surface met on one side; None at the picture's side."""
    if len(beams) < 2:
        return None
    reach = cut.x[beams] * side * (1 if lateral else -1)
    best = int(beams[np.argmax(reach)])
    return spot(cut, best) if 2 < best < len(cut.u) - 3 else None


def sides(find: Callable[[int], Spot]) -> dict[int, Spot]:
    """A paired landmark."""
    return {side: find(side) for side in (-1, 1)}


def crosses(cut: Cut, band: Band, *, x_mm: float | None = None, u_mm: float | None = None) -> Spot:
    """Where a band's shallow side crosses x (or a column of the picture), if no bone hides it there."""
    along = np.abs(cut.gx - x_mm) if x_mm is not None else np.abs(cut.gu - (u_mm or 0.0))
    rise = cut.gz - band.top(cut.gx, cut.gy)
    score = np.hypot(along, rise) + 50.0 * (band.foot(cut.gx, cut.gy) > 0.5)
    found = seen_at(cut, score, 1.2)
    if found is None:
        return None
    beam, sample = np.unravel_index(int(np.argmin(score)), score.shape)
    aside = 0.0 if x_mm is None else float(x_mm - cut.gx[beam, sample]) * float(np.sign(cut.plane.across[0]))
    return found[0] + aside, found[1] - float(rise[beam, sample])


def seen_at(cut: Cut, score: Field, within_mm: float) -> Spot:
    """The sample of the least score, if it is small and bone does not lie more than 1.5 mm before it."""
    beam, sample = np.unravel_index(int(np.argmin(score)), score.shape)
    if score[beam, sample] > within_mm or not 1 < beam < len(cut.u) - 2:
        return None
    depth = sample * cut.probe.depth_mm / (score.shape[1] - 1)
    return None if cut.range_mm[beam] < depth - 1.5 else (float(cut.gu[beam, sample]), float(cut.gw[beam, sample]))


def band_of(cut: Cut, label: str) -> Band:
    """The band with a label."""
    return next(b for b in cut.body.bands if b.label == label)


def medial_edge(cut: Cut, side: int) -> float:
    """x of the medial edge of the inferior articular process of level 1."""
    strut = next((b for b in cut.body.bones if b.label == "iap1" and b.side == side), None)
    return side * 9.5 if strut is None else float(strut.start[0] - side * strut.half_mm[0])  # type: ignore[union-attr]


def lamina(cut: Cut, side: int, level: int = 1) -> Spot:
    """Midway between the spinous process's base and the medial edge of the inferior articular process."""
    return at_x(cut, cut.hits(f"lamina{level}", side), 0.5 * (side * 3.0 + medial_edge(cut, side)))


def facet(cut: Cut, side: int) -> Spot:
    """Where the joint's gap meets the line that touches both processes dorsally."""
    inner, outer = cut.hits("iap1", side), cut.hits("sap2", side)
    x = side * cut.body.marks[f"facet1{side}"]
    inner, outer = inner[np.abs(cut.x[inner] - x) < 7], outer[np.abs(cut.x[outer] - x) < 7]
    a, b = highest(cut, inner), highest(cut, outer)
    if a is None or b is None:
        return None
    beams = np.concatenate([inner, outer])
    order = np.argsort(cut.x[beams])
    u = float(np.interp(x, cut.x[beams][order], cut.u[beams][order]))
    part = float(np.clip((u - a[0]) / (b[0] - a[0]) if abs(b[0] - a[0]) > 0.1 else 0.5, 0, 1))
    return u, a[1] + part * (b[1] - a[1])


def facet_marks(cut: Cut) -> Marks:
    """transverse_facet."""
    return {
        "spinous_process": {0: highest(cut, cut.hits("spinous1"))},
        "lamina": sides(lambda s: lamina(cut, s)),
        "facet": sides(lambda s: facet(cut, s)),
    }


def groove(cut: Cut, side: int, near: str, far: str) -> Spot:
    """The most medial surface of `far` beside `near`, where both are seen."""
    beams, mates = cut.hits(far, 0 if far == "sacrum" else side), cut.hits(near, side)
    if far == "sacrum":
        beams = beams[cut.x[beams] * side > cut.body.marks["sap"]]
    if len(beams) < 2 or len(mates) < 2:
        return None
    start, edge = end(cut, beams, lateral=False, side=side), end(cut, mates, lateral=True, side=side)
    return start if start and edge and abs(start[0] - edge[0]) < 6 else None


def process_marks(cut: Cut) -> Marks:
    """transverse_process."""
    return {
        "spinous_process": {0: highest(cut, cut.hits("spinous1"))},
        "lamina": sides(lambda s: lamina(cut, s)),
        "sap_tip": sides(lambda s: highest(cut, cut.hits("sap1", s))),
        "tp_groove": sides(lambda s: groove(cut, s, "sap1", "tp1")),
        "tp_tip": sides(lambda s: end(cut, dorsal(cut, cut.hits("tp1", s)), lateral=True, side=s)),
    }


def ala_marks(cut: Cut) -> Marks:
    """transverse_sacral_ala."""
    return {
        "median_crest": {0: crest(cut)},
        "s1_sap": sides(lambda s: highest(cut, cut.hits("s1_sap", s))),
        "ala_groove": sides(lambda s: groove(cut, s, "s1_sap", "sacrum")),
    }


def crest(cut: Cut) -> Spot:
    """The top of the median crest."""
    beams = cut.hits("sacrum")
    return highest(cut, beams[np.abs(cut.x[beams]) < 5.0])


def process_edge(cut: Cut, side: int, *, lateral: bool) -> Spot:
    """The medial edge of the inferior, or the lateral edge of the superior articular process."""
    beams = cut.hits("sap2", side) if lateral else cut.hits("iap1", side)
    return end(cut, dorsal(cut, beams), lateral=lateral, side=side)


def interlaminar_marks(cut: Cut) -> Marks:
    """transverse_interlaminar."""
    return {
        "articular_process": sides(lambda s: process_edge(cut, s, lateral=False)),
        "posterior_complex": {0: crosses(cut, band_of(cut, "posterior_complex"), x_mm=0.0)},
        "anterior_complex": {0: crosses(cut, band_of(cut, "anterior_complex"), x_mm=0.0)},
    }


def paramedian_marks(cut: Cut) -> Marks:
    """paramedian_oblique: the window between the laminae of levels 1 and 2."""
    above, below = dorsal(cut, cut.hits("lamina1")), dorsal(cut, cut.hits("lamina2"))
    if len(above) < 3 or len(below) < 3:
        return {}
    a, b = spot(cut, int(above[np.argmin(cut.y[above])])), spot(cut, int(below[np.argmax(cut.y[below])]))
    if a is None or b is None or abs(b[0] - a[0]) < 2.5:
        return {}
    made: Marks = {"lamina_cranial": {0: a}, "lamina_caudal": {0: b}}
    for name in ("posterior_complex", "anterior_complex"):
        made[name] = {0: below_middle(cut, band_of(cut, name), a, b)}
    return made


def below_middle(cut: Cut, band: Band, a: tuple[float, float], b: tuple[float, float]) -> Spot:
    """Where a band crosses the perpendicular through the middle between two points."""
    run, rise = b[0] - a[0], b[1] - a[1]
    off = np.abs((cut.gu - (a[0] + b[0]) / 2) * run + (cut.gw - (a[1] + b[1]) / 2) * rise) / np.hypot(run, rise)
    score = np.hypot(off, cut.gz - band.top(cut.gx, cut.gy)) + 50.0 * (band.foot(cut.gx, cut.gy) > 0.5)
    return seen_at(cut, score, 1.2)


def hiatus_marks(cut: Cut) -> Marks:
    """transverse_sacral_hiatus."""
    scl = crosses(cut, band_of(cut, "scl"), x_mm=0.0)
    floor = at_x(cut, cut.hits("floor"), 0.0) if scl else None
    return {"cornu": sides(lambda s: highest(cut, cut.hits("cornu", s))), "scl": {0: scl}, "sacral_floor": {0: floor}}


def long_hiatus_marks(cut: Cut) -> Marks:
    """longitudinal_sacral_hiatus: the scl 5 mm caudal of the apex, and its foot on the floor."""
    roof, floor = dorsal(cut, cut.hits("sacrum")), dorsal(cut, cut.hits("floor"))
    roof = roof[np.abs(cut.y[roof] + cut.body.marks["apex"]) < 25]
    if len(roof) < 3:
        return {}
    apex = spot(cut, int(roof[np.argmin(cut.y[roof])]))
    assert apex is not None
    toward = 1.0 if cut.plane.across[1] < 0 else -1.0
    scl = crosses(cut, band_of(cut, "scl"), u_mm=apex[0] + 5.0 * toward)
    foot: Spot = None
    if scl and len(floor):
        far = np.hypot(cut.u[floor] - scl[0], cut.w[floor] - scl[1])
        foot = spot(cut, int(floor[np.argmin(far)]))
    return {"hiatus_apex": {0: apex}, "scl": {0: scl}, "sacral_floor": {0: foot}}


def foramen_marks(cut: Cut) -> Marks:
    """transverse_foramen: one side, that of the picture's middle."""
    side = 1 if float(np.interp(0, cut.gu[:, 0], cut.gx[:, 0])) > 0 else -1
    middle = side * 31.0
    ligament = crosses(cut, band_of(cut, "intertransverse_ligament"), x_mm=middle)
    top = cut.hits("body")
    top = top[np.abs(cut.x[top]) > cut.body.marks["waist"] - 5.0]  # not what is seen through the interlaminar window
    top = top[cut.z[top] < cut.body.marks["wall"] + 7.0]  # the margin, not the flank deep to it
    body = end(cut, top, lateral=True, side=side)
    return {
        "articular_edge": {side: process_edge(cut, side, lateral=True)},
        "intertransverse_ligament": {side: ligament},
        "vertebral_edge": {side: body},
        "nerve_root": {side: root(cut, side)},
    }


def root(cut: Cut, side: int) -> Spot:
    """The centroid of the nerve root's section."""
    cord = next(c for c in cut.body.cords if c.side == side)
    return seen_at(cut, axis_distance(cut.gx, cut.gy, cut.gz, cord.through, cord.along), 1.2)


def axis_distance(x: Field, y: Field, z: Field, through: tuple[float, ...], along: tuple[float, ...]) -> Field:
    """Distance of points to a line."""
    dx, dy, dz = x - through[0], y - through[1], z - through[2]
    t = dx * along[0] + dy * along[1] + dz * along[2]
    return np.asarray(np.sqrt(np.maximum(dx * dx + dy * dy + dz * dz - t * t, 0)), np.float32)


def lip(cut: Cut, side: int, hole: int, *, lateral: bool) -> Spot:
    """The last of the dorsal surface before a foramen, seen from the midline (medial lip) or beyond it (lateral lip)."""
    beams, pit = dorsal(cut, cut.hits("sacrum")), cut.hits("pit")
    x, radius = cut.body.marks[f"hole_x{hole}{side}"], cut.body.marks[f"hole{hole}{side}"]
    pit = pit[np.abs(cut.x[pit] * side - x) < radius + 1.5]
    if len(pit) < 2:
        return None
    reach = cut.x[beams] * side
    beams = beams[(np.abs(reach - x) < radius + 4) & ((reach > x) if lateral else (reach < x))]
    return end(cut, beams, lateral=not lateral, side=side)


def s1_marks(cut: Cut) -> Marks:
    """transverse_s1."""
    return {
        "median_crest": {0: crest(cut)},
        "foramen_medial_lip": sides(lambda s: lip(cut, s, 0, lateral=False)),
        "foramen_lateral_lip": sides(lambda s: lip(cut, s, 0, lateral=True)),
    }


def s2_hole(cut: Cut, side: int) -> Spot:
    """Midway between the lips of the second foramen."""
    a, b = lip(cut, side, 1, lateral=False), lip(cut, side, 1, lateral=True)
    return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) if a and b else None


def sacral_edge(cut: Cut, side: int) -> Spot:
    """The lateral margin of the sacrum's dorsal surface."""
    beams = dorsal(cut, cut.hits("sacrum"))
    return end(cut, beams[cut.x[beams] * side > 26.0], lateral=True, side=side)


def iliac_edge(cut: Cut, side: int) -> Spot:
    """The medial margin of the ilium."""
    beams = np.union1d(cut.hits("ilium", side), cut.hits("wing", side))
    return end(cut, dorsal(cut, beams), lateral=False, side=side)


def sacroiliac_marks(cut: Cut) -> Marks:
    """transverse_sacroiliac: edges count only where both bound the same cleft."""
    edges = {s: (sacral_edge(cut, s), iliac_edge(cut, s)) for s in (-1, 1)}
    edges = {s: e if e[0] and e[1] and np.hypot(e[0][0] - e[1][0], e[0][1] - e[1][1]) < 9 else (None, None) for s, e in edges.items()}
    return {
        "median_crest": {0: crest(cut)},
        "s2_foramen": sides(lambda s: s2_hole(cut, s)),
        "sacral_edge": {s: e[0] for s, e in edges.items()},
        "iliac_edge": {s: e[1] for s, e in edges.items()},
    }


MARKS: dict[str, Callable[[Cut], Marks]] = {
    "transverse_facet": facet_marks,
    "transverse_process": process_marks,
    "transverse_sacral_ala": ala_marks,
    "transverse_interlaminar": interlaminar_marks,
    "paramedian_oblique": paramedian_marks,
    "transverse_sacral_hiatus": hiatus_marks,
    "longitudinal_sacral_hiatus": long_hiatus_marks,
    "transverse_foramen": foramen_marks,
    "transverse_s1": s1_marks,
    "transverse_sacroiliac": sacroiliac_marks,
}
