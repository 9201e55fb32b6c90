"""Sacrum: its dorsal contour as radial sections about a deep axis, with crest, processes, foramina, cornua, roof and ilium as lofts of their own.

Lengths in mm, in the body's frame: z = 0 at the laminae. First dorsal foramen: 23.5 +-2.8 beside the midline, 8.5 +-1.6 wide, 11 +-1.9 deep, 29 +-5
degrees to the sagittal plane (Kim 2023, doi 10.3344/kjp.22227), 10.4 high; second 7.3 wide, 7.1 high (Saluja 2018).
Width 103.6 +-6.8, cornua 11.8 +-2.5 (dry bones) to 18 +-3 apart (Rhee 2008), canal at the hiatus 3.6 to 4.7 (1 to 8), ligament 1.8 +-0.8 thick
(PMC4090639). The rest is design."""

from __future__ import annotations

import numpy as np

from models.foreign.impedances.loft import Loft, loft, ripple, section
from models.foreign.impedances.probe import Draw, Numbers

AXIS_Z = 48.0  # of the radial sections, beneath the laminae
AROUND = 1536  # radii of a section
VENTRAL = (0.0, 0.0, 1.0)
REACH_X = np.linspace(-66, 66, 265)


def radial(contour: Numbers) -> Numbers:
    """(AROUND,) radii about the axis of a dorsal contour: z at each of REACH_X. What is ventral is round."""
    way = np.mod(np.arctan2(REACH_X, contour - AXIS_Z), 2 * np.pi)
    reach = np.hypot(REACH_X, contour - AXIS_Z)
    order = np.argsort(way)
    at = np.arange(AROUND) * 2 * np.pi / AROUND
    return np.asarray(np.interp(at, way[order], reach[order], left=30.0, right=30.0))


def shell(name: str, contours: list[Numbers], y: tuple[float, float]) -> Loft:
    """A length of sacrum between two heights."""
    return loft(name, (0, y[0], AXIS_Z), (0, y[1], AXIS_Z), VENTRAL, [radial(contour) for contour in contours])


def back_of(draw: Draw, *, ridge_x: float, ridge_mm: float, groove_mm: float, edge_x: float, fall_mm: float, rim_mm: float = 0.0) -> Numbers:
    """z at REACH_X of a usual dorsal face: grooves beside the midline, ridges of the fused joints, a lateral crest, and a fall to the sides."""
    sides = []
    for _ in range(2):
        x = np.abs(REACH_X)
        z = groove_mm * draw.uniform(0.7, 1.3) * np.exp(-(((x - 0.55 * ridge_x) / (0.3 * ridge_x)) ** 2))
        z = z - ridge_mm * draw.uniform(0.5, 1.4) * np.exp(-(((x - ridge_x) / draw.uniform(2, 4.5)) ** 2))
        z = z - rim_mm * draw.uniform(0.4, 1.5) * np.exp(-(((x - 0.9 * edge_x) / draw.uniform(3, 6)) ** 2))
        z = z + fall_mm * draw.uniform(0.7, 1.3) * np.clip(x / edge_x, 0, 1.6) ** draw.uniform(1.2, 3.0)
        sides.append(z + draw.normal(0, 0.35) * np.sin(x * draw.uniform(0.2, 0.5) + draw.uniform(0, 6)))
    return np.where(REACH_X < 0, sides[0], sides[1])


def wing_of(draw: Draw, *, root_x: float, inner: Numbers) -> Numbers:
    """z at REACH_X where the wings begin at root_x: a slope, a swell or trough, a step and a lip, each by chance, and each side its own."""
    z = inner.copy()
    deep = draw.uniform(3, 12)
    for side in (-1, 1):
        share = (side * REACH_X - root_x) / 28.0
        own = deep + draw.normal(0, 1.2) + 28 * np.tan(draw.normal(0.12, 0.28)) * share
        own = own + draw.normal(0, 2.6) * np.sin(np.pi * np.clip(share, 0, 1.3) * draw.uniform(0.8, 2.2))
        if draw.random() < 0.25:
            own = own + draw.normal(0, 3.0) / (1 + np.exp(-(share - draw.uniform(0.3, 0.8)) * draw.uniform(14, 40)))
        if draw.random() < 0.3:
            own = own + draw.uniform(1, 4.5) * np.exp(-(((share - draw.uniform(0.0, 0.15)) / draw.uniform(0.05, 0.16)) ** 2))
        blend = 1 / (1 + np.exp(-np.clip(share * 28 / draw.uniform(0.6, 2.0), -30, 30)))
        z = np.where(side * REACH_X > 0, z * (1 - blend) + own * blend, z)
    return z


def crest(draw: Draw, y: tuple[float, float], high_mm: float) -> Loft:
    """The median crest: a ridge with a sharp, a round or a broad top, a little off the midline."""
    wide = draw.uniform(1.5, 4.0)
    half = max(2.5, high_mm / 2 + 1.5)
    cuts = [
        section(half * share, wide, square=draw.uniform(1.8, 3.5), waves=ripple(draw, 0.05), bulb=draw.uniform(-0.3, 0.8))
        for share in (0.6, 1.0, 1.0, 0.7)
    ]
    aside = draw.normal(0, 1.2)
    middle = half - high_mm
    return loft("crest", (aside, y[0], middle), (aside + draw.normal(0, 1), y[1], middle + draw.normal(0, 1)), VENTRAL, cuts)


def sacral_process(draw: Draw, side: int, x: float, rough: float) -> Loft:
    """The first superior articular process: a peg that leans back, of 4 to 10 mm over the lamina."""
    wide, thick = draw.uniform(3.2, 6.5), draw.uniform(3.5, 6.5)
    up = draw.uniform(0.0, 8.0)
    cuts = [section(wide * share, thick * share, square=draw.uniform(2, 3), waves=ripple(draw, rough)) for share in (1.15, 1.0, 0.8)]
    start, end = (side * (x - 1), 7.0, thick - 0.3 * up + 1), (side * (x + draw.normal(0, 1)), -9.0, thick - up)
    return loft(f"process{side}", start, end, (side, 0.0, 0.0), cuts)


def foramen(draw: Draw, side: int, x: float, y: float, *, wide: float, high: float, deep: float, z: float = 0.0) -> Loft:
    """A hole that leads ventrally and medially."""
    lean = np.deg2rad(float(np.clip(draw.normal(29, 5), 15, 42)))
    way = np.array([-side * np.sin(lean), 0.0, np.cos(lean)])
    at = np.array([side * x, y, z])
    cuts = [section(wide / 2 * share, high / 2 * share, square=draw.uniform(2, 3), waves=ripple(draw, 0.04)) for share in (1.1, 1.0, 0.9)]
    return loft(f"hole{side}", at - 9 * way, at + max(2.0, deep - wide / 2) * way, (side, 0.0, 0.0), cuts)


def ilium(draw: Draw, side: int, x: float, z: float, y: tuple[float, float], *, high: float) -> Loft:
    """The hind part of the ilium as a plate on edge: its medial dorsal rim at x, z; leaning, rounded or beaked."""
    wide = draw.uniform(5, 13)
    lean = draw.uniform(-0.5, 0.7)
    cuts = [section(high, wide, square=draw.uniform(2.0, 3.2), waves=ripple(draw, 0.07), bulb=draw.uniform(-0.3, 0.5)) for _ in range(3)]
    middle = np.array([side * (x + wide * 0.9 + 0.3 * high * max(0.0, lean)), 0.0, z + high * 0.9])
    start, end = middle + np.array([0, y[0], 0]), middle + np.array([side * draw.normal(0, 2), y[1], 0])
    return loft(f"ilium{side}", start, end, (side * np.sin(lean), 0.0, np.cos(lean)), cuts)


def cornu(draw: Draw, side: int, x: float, *, high: float, wide: float) -> Loft:
    cuts = [section(wide * share, high * share, square=draw.uniform(1.9, 3), waves=ripple(draw, 0.06)) for share in (1.1, 1.0, 0.8)]
    start = (side * x, -7.0, draw.normal(0, 0.6) + high * 0.4)
    return loft(
        f"cornu{side}", start, (side * (x + draw.normal(0, 1)), draw.uniform(6, 11), high * 0.4 + draw.normal(0, 0.5)), (side, 0.0, 0.0), cuts
    )
