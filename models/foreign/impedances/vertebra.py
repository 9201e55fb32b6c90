"""Vertebra: a lumbar vertebra of lofts, with the clefts to the next one.

Lengths in mm, in the body's frame: y = 0 at the transverse processes, z = 0 near the dorsal face of the lamina. Means and spreads follow: heights of
the lamina 20.8 to 27.6 (cadavers, L5 to L2) and widths of the interlaminar space 16.8 (L1) to 31.0 (L5) (Ebraheim and others, location of the lumbar
disc on the posterior aspect); facets 19 +-6 beside the midline (Galiano 2005); facets turned 26 to 56 degrees from the sagittal plane, with tropism
(PMC7341411); ligamentum flavum 3.2 to 3.7, roots 3.9 to 5.5 (Khasawneh 2023, doi 10.5603/FM.a2021.0120); canal 13 to 15 deep, 18.5 to 21.5 wide
(Kapoor 2014); ganglia up to 6.5 wide (Silverstein 2015, PMC4337191). The rest is design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.impedances.loft import Bone, Joint, Loft, loft, ripple, section
from models.foreign.impedances.probe import Draw, Numbers

VENTRAL = (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Build:
    """What a spine's vertebrae share. pillar_mm: how far beside the midline the inferior processes stand. rough: of the sections."""

    pitch_mm: float
    lamina_top: float
    lamina_high: float
    pillar_mm: float
    spinous_mm: float
    process_mm: float
    canal_mm: float
    slope: float
    pillar_z: float  # of the articular processes' dorsal faces, negative over the laminae
    turn: float  # of the facets, radians from the sagittal plane
    gap_mm: float
    spur_mm: float
    rough: float
    size: float


def build_of(draw: Draw) -> Build:
    worn = draw.random() < 0.35
    return Build(
        pitch_mm=float(np.clip(draw.normal(33.5, 2.5), 28, 40)),
        lamina_top=draw.uniform(-2.5, 3.0),
        lamina_high=float(np.clip(draw.normal(22, 2.5), 16, 28)),
        pillar_mm=float(np.clip(draw.normal(15.5, 2.8), 9.5, 22)),
        spinous_mm=float(np.clip(draw.normal(24, 4.5), 12, 34)),
        process_mm=float(np.clip(draw.normal(21, 4.5), 10, 32)),
        canal_mm=float(np.clip(draw.normal(15, 1.8), 10, 20)),
        slope=draw.uniform(-0.05, 0.65),
        pillar_z=float(np.clip(draw.normal(-0.5, 2.6), -6, 5)),
        turn=np.deg2rad(float(np.clip(draw.normal(42, 12), 12, 75))),
        gap_mm=draw.uniform(0.25, 0.8) if worn else draw.uniform(0.8, 3.2),
        spur_mm=draw.uniform(1.0, 3.2) if worn else 0.0,
        rough=draw.uniform(0.02, 0.1),
        size=draw.uniform(0.9, 1.15),
    )


def lamina_plate(draw: Draw, build: Build, side: int, y: float, *, high: float, top: float, z: float = 0.0) -> Loft:
    """One half of the arch's roof: leaning, its lower edge nearer to the skin."""
    wide, thick = 0.55 * build.pillar_mm, draw.uniform(2.3, 3.8)
    middle = side * 0.52 * build.pillar_mm
    lean = draw.uniform(1.0, 6.5)
    across = (side * np.cos(build.slope), 0.0, np.sin(build.slope))
    cuts = [
        section(wide, thick * share, square=draw.uniform(2, 3), waves=ripple(draw, build.rough)) for share in (0.7, 1.0, 1.1, draw.uniform(0.5, 1.0))
    ]
    start, end = (middle, y + top + 2, z + thick + lean), (middle + side * draw.normal(0, 1), y + top + high - 2, z + thick)
    return loft(f"lamina{side}", start, end, across, cuts, bow=(0, 0, draw.normal(0, 0.8)))


def spinous(draw: Draw, build: Build, y: float, *, z: float = 0.0) -> Loft:
    """A blade on the midline: thin, thick-tipped, bent aside, or short."""
    half, thin = build.spinous_mm / 2 + 3, draw.uniform(1.4, 3.2)
    family = draw.integers(4)
    bulb = (0.0, draw.uniform(0.6, 1.8), draw.uniform(0.1, 0.5), -0.45)[int(family)]
    cuts = [section(half * share, thin, square=draw.uniform(2, 4), waves=ripple(draw, 0.03), bulb=bulb) for share in (0.75, 1.0, 1.0, 0.7)]
    aside = draw.normal(0, 1.5)
    start = (0.3 * aside, y + build.lamina_top + 3, z - half + 6)
    end = (aside, y + build.lamina_top + build.lamina_high + draw.uniform(2, 13), z - half + 6 + draw.uniform(-2, 3))
    return loft("spinous", start, end, VENTRAL, cuts)


def inferior_process(draw: Draw, build: Build, side: int, y: float, *, z: float = 0.0) -> Loft:
    wide, thick = build.size * draw.uniform(3.8, 6.0), build.size * draw.uniform(3.4, 6.0)
    low = y + build.lamina_top + build.lamina_high
    cuts = [section(wide * share, thick * share, square=draw.uniform(2, 3), waves=ripple(draw, 1.5 * build.rough)) for share in (0.9, 1.0, 0.85)]
    z += build.pillar_z
    start = (side * (build.pillar_mm - 3), low - 9, z + thick)
    end = (side * (build.pillar_mm + draw.normal(0, 1)), low + draw.uniform(7, 12), z + thick - draw.uniform(-1, 3))
    return loft(f"inferior{side}", start, end, (side, 0.0, 0.3), cuts)


def superior_process(draw: Draw, build: Build, side: int, y: float, *, z: float = 0.0) -> Loft:
    wide, thick = build.size * draw.uniform(4.2, 6.5), build.size * draw.uniform(4.5, 7.0)
    out = build.pillar_mm + draw.uniform(4.5, 7.5)
    z += build.pillar_z + draw.normal(0, 1)
    cuts = [section(wide * share, thick * share, square=draw.uniform(2, 3), waves=ripple(draw, 1.5 * build.rough)) for share in (1.1, 1.0, 0.8)]
    start = (side * (out - 2), y + 4, z + thick + draw.uniform(0, 2.5))
    return loft(f"superior{side}", start, (side * out, y - draw.uniform(12, 16), z + thick - draw.uniform(-1, 2.5)), (side, 0.0, 0.0), cuts)


def transverse_process(draw: Draw, build: Build, side: int, y: float, *, z: float = 0.0) -> Loft:
    """Flat, rising, drooping, clubbed, thin or bowed, at 5 to 12 mm beneath the lamina."""
    deep, high, thick = z + draw.uniform(5, 12), draw.uniform(4.5, 7.5), draw.uniform(2.2, 4.2)
    root = build.pillar_mm + 4
    length = build.process_mm * draw.uniform(0.85, 1.15)
    swell = ((1.2, 0.9, 0.8), (1.1, 0.8, 1.3), (1.3, 1.0, 0.5), (1.0, 1.0, 1.0))[int(draw.integers(4))]
    cuts = [section(thick * share, high * share, square=draw.uniform(2, 3), waves=ripple(draw, build.rough)) for share in swell]
    end = (side * (root + length), y + draw.normal(0, 2.5), deep + thick + draw.normal(-0.5, 3.2))
    return loft(f"process{side}", (side * root, y + draw.normal(1, 1), deep + thick), end, VENTRAL, cuts, bow=(0, 0, draw.normal(0, 1.6)))


def body(draw: Draw, build: Build, y: float, *, z: float = 0.0) -> Loft:
    deep = build.size * draw.uniform(14, 18)
    wide = build.size * draw.uniform(21, 27)
    front = z + 5 + build.canal_mm + deep
    waist = draw.uniform(0.84, 0.96)
    cuts = [section(deep * share, wide * share, square=draw.uniform(2.2, 3.0), waves=ripple(draw, 0.02)) for share in (1.0, waist, waist, 1.0)]
    return loft("body", (0, y - 11, front), (0, y + 13, front), VENTRAL, cuts)


def facet_joint(draw: Draw, build: Build, side: int, names: tuple[tuple[str, ...], tuple[str, ...]], z: float = 0.0) -> Joint:
    turn = build.turn + draw.normal(0, 0.13)
    at = np.array([side * (build.pillar_mm + draw.uniform(2.0, 4.2)), 0.0, z + build.pillar_z + draw.uniform(0.5, 3.0)])
    gap = float(np.clip(build.gap_mm * draw.uniform(0.7, 1.4), 0.15, 4.5))
    return Joint(at, np.array([side * np.cos(turn), 0.0, np.sin(turn)]), gap, curve=draw.uniform(0, 0.04), names=names)


def spur(draw: Draw, build: Build, name: str, at: Numbers) -> Loft:
    """An osteophyte: a knob at a joint's lip."""
    size = build.spur_mm * draw.uniform(0.6, 1.2)
    to = at + np.array([draw.normal(0, 1), draw.uniform(4, 9), draw.normal(0, 0.8)])
    return loft(name, at, to, VENTRAL, [section(size, size * draw.uniform(0.7, 1.6), waves=ripple(draw, 0.1))] * 2)


def vertebra(draw: Draw, build: Build, y: float, *, z: float = 0.0, joints: tuple[Joint, ...] = (), name: str = "upper") -> Bone:
    """All but the body: what lies behind the arch is a bone of its own, so that it does not blend."""
    lofts: list[Loft] = [spinous(draw, build, y, z=z)]
    for side in (-1, 1):
        lofts.append(
            lamina_plate(draw, build, side, y, high=build.lamina_high * draw.uniform(0.94, 1.06), top=build.lamina_top, z=z + draw.normal(0, 0.6))
        )
        for make in (inferior_process, superior_process, transverse_process):
            lofts.append(make(draw, build, side, y, z=z))
    return Bone(name, tuple(_named(one, name) for one in lofts), draw.uniform(1.0, 3.5), joints=joints)


def _named(one: Loft, name: str) -> Loft:
    return Loft(f"{name}.{one.name}", one.start, one.end, one.first, one.radii, one.bow)
