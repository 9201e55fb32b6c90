"""Sacrum: its dorsal skin as a sheet of heights, the ilium beside it, and the canal's end.

Sizes, mm: first dorsal foramina 23.5 +-2.8 from the midline and 8.5 +-1.6 wide (Kim 2023, doi 10.3344/kjp.22227); second 29.8 +-2.7 apart
between sides, 7.5 +-1.8 wide, 14.2 +-2.7 beneath the first (doi 10.1007/s00276-010-0735-0); hiatus 20 to 23 +-8 to 12 long, 13 to 14 +-3 to
4 wide, 5.2 to 5.6 +-1.5 deep at its apex (Shewale 2013; Abera 2021, doi 10.2147/LRA.S277556), cornua 11.8 to 18.5 +-3 apart, the ligament
1.8 +-0.8 thick (Rhee 2008, PMC4090639).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.lofts.mesh import Draw, Loft, Mesh, Real, Whole, lofted, sheet
from models.foreign.lofts.vertebra import ALA, CORNU, CREST, FLOOR, ILIUM, PLATE, SUPERIOR, Build, buttress, hump, part

ALAE = ("level", "falling", "rising", "trough", "swell", "step", "notch", "gutter", "wave", "shelf")
CRESTS = ("peak", "broad", "low", "none", "cleft", "double", "leaning", "tall")


@dataclass(frozen=True, slots=True)
class Side:
    """One half. ala: a family of its wing. All mm; angles by their tangents."""

    ala: str
    slope: float
    notch_mm: float
    notch_x: float
    sap_x: float
    sap_mm: float
    flank_mm: float
    s1_x: float
    s1_wide: float
    s1_pit: float
    s2_x: float
    s2_wide: float
    margin: float
    ridge_mm: float
    lateral_mm: float
    ilium_up: float
    gap_mm: float
    cornu_x: float
    cornu_mm: float


@dataclass(frozen=True, slots=True)
class Sacrum:
    """y 0 is the first superior articular process, y_s1 and y_s2 the foramina, y_apex the hiatus's apex. lamina_mm: the plate's depth under
    the crest's tip."""

    size: float
    crest: str
    crest_wide: float
    crest_off: float
    lamina_mm: float
    fall: float
    y_s1: float
    y_s2: float
    y_apex: float
    hiatus_mm: float
    canal_mm: float
    hiatus_wide: float
    floor_bow: float
    sides: tuple[Side, Side]


def sacrum_of(draw: Draw) -> Sacrum:
    size = float(np.clip(draw.normal(1.0, 0.08), 0.8, 1.2))
    y_s1 = size * draw.uniform(19, 25)
    y_s2 = y_s1 + size * draw.uniform(20, 26)
    one = _side(draw, size)
    return Sacrum(
        size=size,
        crest=str(draw.choice(CRESTS)),
        crest_wide=draw.uniform(2.5, 7),
        crest_off=draw.normal(0, 1.2),
        lamina_mm=size * draw.uniform(6, 15),
        fall=draw.uniform(-0.05, 0.35),
        y_s1=y_s1,
        y_s2=y_s2,
        y_apex=size * draw.uniform(68, 84),
        hiatus_mm=float(np.clip(draw.normal(22, 8), 9, 45)),
        canal_mm=float(np.clip(draw.normal(5.4, 1.6), 2.4, 10)),
        hiatus_wide=float(np.clip(draw.normal(13.5, 3), 8, 21)),
        floor_bow=draw.uniform(-1.5, 2.5),
        sides=(one, _unlike(draw, one)),
    )


def _side(draw: Draw, size: float) -> Side:
    s1_x = size * float(np.clip(draw.normal(23.5, 2.6), 17, 31))
    sap_x = size * draw.uniform(18, 26)
    return Side(
        ala=str(draw.choice(ALAE)),
        slope=draw.uniform(0.1, 0.8),
        notch_mm=draw.uniform(2.5, 9),
        notch_x=draw.uniform(3, 7),
        sap_x=sap_x,
        sap_mm=draw.uniform(1, 9),
        flank_mm=draw.uniform(1.2, 5),
        s1_x=s1_x,
        s1_wide=float(np.clip(draw.normal(8.5, 1.8), 5, 14)),
        s1_pit=draw.uniform(4, 12),
        s2_x=size * float(np.clip(draw.normal(17, 2), 12, 22)),
        s2_wide=float(np.clip(draw.normal(7.5, 1.8), 4, 12)),
        margin=size * draw.uniform(34, 44),
        ridge_mm=draw.choice((draw.uniform(0, 1.5), draw.uniform(1.5, 5))),
        lateral_mm=draw.uniform(0.5, 7),
        ilium_up=draw.uniform(2, 16),
        gap_mm=draw.uniform(1.0, 5.0),
        cornu_x=float(np.clip(draw.normal(8.5, 1.8), 5, 12.5)),
        cornu_mm=draw.choice((draw.uniform(1, 3), draw.uniform(3, 8))),
    )


def _unlike(draw: Draw, one: Side) -> Side:
    """The other half: much like the first, but for one in four that is another."""
    other = _side(draw, 1.0)
    if draw.random() < 0.25:
        return other
    names = Side.__dataclass_fields__
    mixed = {name: getattr(one, name) if name == "ala" else 0.75 * getattr(one, name) + 0.25 * getattr(other, name) for name in names}
    return Side(**mixed)


def bell(x: Real, middle: float | Real, wide: float) -> Real:
    return np.exp(-0.5 * ((x - middle) / wide) ** 2)


def step(x: Real, at: float | Real, soft: float) -> Real:
    """0 before, 1 beyond."""
    return 0.5 + 0.5 * np.tanh((x - at) / soft)


def crest_up(bone: Sacrum, x: Real, y: Real) -> Real:
    """The median crest over the plate: knobs at each level's height joined by a saddle."""
    width, x = bone.crest_wide, x - bone.crest_off
    knobs = 0.45 + 0.55 * np.maximum(bell(y, 8, 7), np.maximum(bell(y, bone.y_s1 + 8, 7), bell(y, bone.y_s2 + 8, 8)))
    knobs = knobs * (1 - step(y, bone.y_apex - 6, 4))
    up = bone.lamina_mm * {"low": 0.45, "none": 0.08, "tall": 1.35}.get(bone.crest, 1.0)
    match bone.crest:
        case "cleft":
            form = 0.6 * (bell(x, -1.6 * width, 0.7 * width) + bell(x, 1.6 * width, 0.7 * width)) * (1 - 0.6 * bell(y, 12, 14))
        case "double":
            form = bell(x, -0.7 * width, 0.5 * width) + 0.8 * bell(x, 0.8 * width, 0.5 * width)
        case "leaning":
            form = bell(x, 0.35 * width, 0.6 * width) * 0.9 + 0.35 * bell(x, -0.8 * width, 1.2 * width)
        case "broad":
            form = 1 / (1 + (np.abs(x) / (1.4 * width)) ** 5)
        case _:
            form = bell(x, 0.0, 0.55 * width)
    return np.asarray(up * knobs * form)


def _ala(side: Side, out: Real) -> Real:
    """The wing's depth beyond the groove, by its family; out: mm lateral of the foot of the superior process."""
    t, beyond = np.maximum(out, 0) / 22, np.maximum(out, 0)
    match side.ala:
        case "level":
            return 0 * t
        case "falling":
            return side.slope * beyond
        case "rising":
            return -0.6 * side.slope * beyond
        case "trough":
            return side.notch_mm * np.sin(np.pi * np.clip(t, 0, 1))
        case "swell":
            return -side.notch_mm * np.sin(np.pi * np.clip(t, 0, 1.2)) * 0.8
        case "step":
            return np.asarray(np.sign(side.slope - 0.45) * 0.7 * side.notch_mm * step(out, 4 + side.notch_x, 1.5))
        case "notch":
            return -0.25 * side.slope * beyond + side.notch_mm * bell(out, side.notch_x * 0.6, 1.8)
        case "gutter":
            return -0.9 * side.notch_mm * step(out, 5 + side.notch_x, 4.0)
        case "wave":
            return 0.45 * side.notch_mm * np.sin(out / 4.0 + side.notch_x)
        case _:
            return np.asarray(0.7 * side.slope * np.minimum(beyond, 9) - 0.15 * np.maximum(beyond - 9, 0))


def _half(bone: Sacrum, side: Side, x: Real, y: Real) -> Real:
    """Depth under the plate's middle of one half; x from 0 outwards."""
    body = 0.10 * np.maximum(x - 6, 0) + side.ridge_mm * -bell(x, 0.78 * _row(bone, side, y), 2.6) * (1 - step(y, bone.y_apex, 5))
    groove = side.sap_x + 5.0
    wing = (side.sap_mm + _ala(side, x - groove)) * step(x, groove - 3, side.flank_mm) * (1 - step(y, 0.62 * bone.y_s1, 2.5))
    pits = side.s1_pit * np.maximum(_pit(x, y, side.s1_x, bone.y_s1, side.s1_wide), 0.8 * _pit(x, y, side.s2_x, bone.y_s2, side.s2_wide))
    lower = step(y, 0.62 * bone.y_s1, 3.0)
    tubercle = -lower * side.lateral_mm * bell(x, _row(bone, side, y) + 9.5, 4.0)
    edge = side.margin - 0.12 * y
    return np.asarray(body + wing + pits + tubercle + lower * 0.9 * np.maximum(x - edge, 0))


def _row(bone: Sacrum, side: Side, y: Real) -> Real:
    """x of the row of foramina."""
    return np.interp(y, (bone.y_s1, bone.y_s2, bone.y_s2 + 45), (side.s1_x, side.s2_x, 0.7 * side.s2_x))


def _pit(x: Real, y: Real, x0: float, y0: float, wide: float) -> Real:
    far = ((x - x0) / (wide / 2)) ** 2 + ((y - y0) / (wide * 0.62)) ** 2
    return 1 / (1 + far**5)


def dorsal(bone: Sacrum, x: Real, y: Real) -> Real:
    """z of the sacrum's dorsal skin at x, y: 0 is the usual crest's tip."""
    halves = [_half(bone, side, sign * x, y) for side, sign in zip(bone.sides, (-1.0, 1.0), strict=True)]
    return bone.lamina_mm + bone.fall * (y - 20) * 0.5 + np.where(x < 0, *halves) - crest_up(bone, x, y)


def sheet_of(bone: Sacrum, y0: float, y1: float, *, half_mm: float = 62.0, x_mm: float = 0.8, y_mm: float = 1.2) -> Mesh:
    """The dorsal skin from y0 to y1. Where the hiatus is open there is none."""
    x, y = np.arange(-half_mm, half_mm + x_mm, x_mm), np.arange(y0, y1 + y_mm, y_mm)
    xx, yy = np.meshgrid(x, y)
    return sheet(x, y, dorsal(bone, xx, yy), _parts(bone, xx, yy))


def _parts(bone: Sacrum, x: Real, y: Real) -> Whole:
    right = (x > 0).astype(int)
    sap = np.where(x < 0, bone.sides[0].sap_x, bone.sides[1].sap_x) + 3
    wing = (np.abs(x) > sap) & (y < 0.62 * bone.y_s1)
    crest = np.abs(x - bone.crest_off) < np.maximum(1.7 * bone.crest_wide, 4.0)
    kinds = np.where(wing, part(ALA) + right, np.where(crest, part(CREST), part(PLATE) + right))
    return np.where(opened(bone, x, y), -1, kinds)


def opened(bone: Sacrum, x: Real, y: Real) -> Whole:
    """Whether the hiatus is open there: an arch from its apex, as wide as the cornua leave it."""
    down = (y - bone.y_apex) / (0.35 * bone.hiatus_mm)
    return np.asarray((down > 0) & (np.abs(x) < bone.hiatus_wide / 2 * np.sqrt(np.clip(down, 0, 1))))


def first_processes(draw: Draw, bone: Sacrum, build: Build, *, rows: tuple[float, float]) -> list[Loft]:
    """The superior articular processes of S1, and sometimes the inferior ones of L5 medial of them."""
    lofts = []
    for side, sign in zip(bone.sides, (-1.0, 1.0), strict=True):
        z, wide = bone.lamina_mm + draw.uniform(-4, 5), draw.uniform(3.2, 5.5) * hump(draw, build)
        deep = draw.uniform(5, 8)
        axis = [(sign * (side.sap_x - 1), rows[1], z + 4), (sign * side.sap_x, sum(rows) / 2, z), (sign * (side.sap_x + 1), rows[0], z + 1)]
        lofts.append(
            Loft(
                part(SUPERIOR, sign),
                axis,
                [(wide * 1.15, deep), (wide, deep), (wide * 0.85, deep)],
                square=draw.uniform(1.7, 3.2),
                blunt=draw.uniform(4, 12),
            )
        )
        lofts.append(buttress(draw, lofts[-1], sign))
    return lofts


def ilium(draw: Draw, bone: Sacrum, *, y: float, x_of: tuple[float, float], up_of: tuple[float, float], lean: float) -> Mesh:
    """A blade on each side: its dorsal border at x_of, up_of over the sacrum's plate, leaning outwards in depth."""
    lofts = []
    for sign, x, up in zip((-1.0, 1.0), x_of, up_of, strict=True):
        z, thick, deep = bone.lamina_mm + 6 - up, draw.uniform(3.5, 8), draw.uniform(16, 26)
        tilt = lean + draw.normal(0, 0.12)
        middle = (x + thick * 0.9 + deep * np.sin(tilt), z + deep)
        axis = [(sign * (middle[0] + slide * 0.25), y + slide, middle[1] + abs(slide) * 0.1) for slide in (-24, 0, 24)]
        lofts.append(Loft(part(ILIUM, sign), axis, [(thick, deep)] * 3, roll=sign * -tilt, square=draw.uniform(1.8, 3.4), blunt=30))
    return lofted(lofts)


def floor_of(bone: Sacrum, y0: float, y1: float) -> Mesh:
    """The dorsal skin of the canal's ventral wall under the hiatus."""
    x, y = np.arange(-11, 11.5, 1.0), np.arange(y0, y1 + 1.5, 1.5)
    xx, yy = np.meshgrid(x, y)
    z = lid_z(bone, yy) + depth_of_canal(bone, yy) - bone.floor_bow * (xx / 9) ** 2
    return sheet(x, y, z, np.full(xx.shape, part(FLOOR)))


def lid_z(bone: Sacrum, y: Real) -> Real:
    """z of the plate's, and beyond the apex of the ligament's, dorsal skin on the midline."""
    thick = 1.5 * np.clip((bone.y_apex + 4 - y) / 6, 0, 1)
    return bone.lamina_mm + bone.fall * (y - 20) * 0.5 + 0 * thick


def depth_of_canal(bone: Sacrum, y: Real) -> Real:
    """From the lid to the floor: it narrows towards the hiatus's end."""
    down = np.clip((y - bone.y_apex) / bone.hiatus_mm, -0.6, 1.0)
    return bone.canal_mm * (1.25 - 0.55 * down) + 1.5


def cornua(draw: Draw, bone: Sacrum) -> list[Loft]:
    """Two humps beside the hiatus."""
    lofts, y = [], bone.y_apex + draw.uniform(0.25, 0.6) * bone.hiatus_mm
    for side, sign in zip(bone.sides, (-1.0, 1.0), strict=True):
        wide, long = draw.uniform(1.8, 4.5), draw.uniform(5, 10)
        z = float(lid_z(bone, np.array(y))) - side.cornu_mm + 4
        axis = [(sign * (side.cornu_x + draw.normal(0, 0.6)), y + slide, z + abs(slide) * 0.12) for slide in (-long, 0, long)]
        lofts.append(Loft(part(CORNU, sign), axis, [(wide, 4.0)] * 3, square=draw.uniform(1.6, 3), blunt=4, roll=draw.normal(0, 0.3)))
    return lofts
