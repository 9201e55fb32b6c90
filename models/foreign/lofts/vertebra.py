"""Vertebra: a lumbar vertebra as lofts, and a column of them.

Sizes, mm: transverse processes span 70 (L1) to 95 (L3 and L5), 10 to 19 long beyond the articular processes (Li 2003, doi
10.3969/j.issn.2095-252x.2003.02.008); facets 19 +-6 beside the spinous process and 31.5 +-4 apart (Galiano 2005, PMID 16037179; J Clin Anesth
S0952-8180(16)30909-6); canal 15 to 18 deep and 22 to 27 wide, bodies 42 to 52 wide (Gulek 2007, doi 10.1097/wnq.0b013e318032e0ca; Zindrick 1987, PMID
3576356; Panjabi 1992, PMID 1570656); joints 25 to 60 degrees from the sagittal plane. What has no source is design, and drawn wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.lofts.mesh import Draw, Loft

SPINE, LAMINA, INFERIOR, SUPERIOR, PROCESS, BODY, PEDICLE, CREST, PLATE, ALA, ILIUM, FLOOR, CORNU, LOOSE = range(14)
LEVEL = 100


def part(kind: int, side: float = 0.0, level: int = 0) -> int:
    """The number of a kind of bone, its side (-1 left of the picture, +1) and its level in the column."""
    return level * LEVEL + kind * 2 + int(side > 0)


@dataclass(frozen=True, slots=True)
class Build:
    """What a column's vertebrae share. size: 1 is usual. rough: 0 smooth to 1 arthritic. facing: of the joints, radians from the sagittal plane.
    gap_mm: of the joints."""

    size: float
    rough: float
    spacing_mm: float
    high_mm: float
    facing: float
    gap_mm: float
    lordosis: float
    process: str
    stout: float


PROCESSES = ("level", "dorsal", "ventral", "bowed", "hooked", "short", "long", "clubbed", "thin")


def build_of(draw: Draw) -> Build:
    size = float(np.clip(draw.normal(1.0, 0.08), 0.82, 1.2))
    return Build(
        size=size,
        rough=draw.beta(1.2, 2.2),
        spacing_mm=size * draw.uniform(30, 37),
        high_mm=size * draw.uniform(22, 33),
        facing=draw.uniform(0.4, 1.1),
        gap_mm=draw.choice((draw.uniform(0.6, 1.4), draw.uniform(1.4, 3.6))),
        lordosis=draw.normal(0, 0.1),
        process=str(draw.choice(PROCESSES)),
        stout=draw.uniform(0.8, 1.3),
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a vertebra stands: its middle (x, y, z), turned about the column and the side it leans to, and one side's size over the other."""

    x: float
    y: float
    z: float
    turned: float
    unlike: float

    def at(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """A place of the vertebra's own in the body."""
        grown = x * (1 + self.unlike * np.sign(x))
        c, s = float(np.cos(self.turned)), float(np.sin(self.turned))
        return self.x + c * grown + s * (z - 30), self.y + y, self.z + z - s * grown


def frames_of(draw: Draw, build: Build, count: int) -> list[Frame]:
    """One above the other; the middle one at y = 0, z = 0."""
    lean, turn = draw.normal(0, 0.025), draw.normal(0, 0.05)
    middle = count // 2
    steps = [(i - middle) * build.spacing_mm * draw.uniform(0.96, 1.04) for i in range(count)]
    return [Frame(lean * y, y, -build.lordosis * y + draw.normal(0, 0.7), turn + draw.normal(0, 0.03), draw.normal(0, 0.06)) for y in steps]


def vertebra(draw: Draw, build: Build, frame: Frame, level: int, *, body: bool = True) -> list[Loft]:
    """All its lofts. Its own y is 0 at the transverse process, its z 0 at the spinous process's tip."""
    lofts = _arch(draw, build, frame, level)
    for side in (-1.0, 1.0):
        lofts += [*_articular(draw, build, frame, level, side), _transverse(draw, build, frame, level, side)]
    return lofts + (_front(draw, build, frame, level) if body else [])


def _arch(draw: Draw, build: Build, frame: Frame, level: int) -> list[Loft]:
    k, high = build.size, build.high_mm
    thick = k * draw.uniform(2.2, 4.4)
    tip = thick * draw.uniform(0.7, 1.9)
    off, tall = draw.normal(0, 2.0), k * draw.uniform(10, 12.5)
    spine = Loft(
        part(SPINE, level=level),
        [frame.at(0, 13 * k, high + 2), frame.at(off / 2, 15 * k, high / 2), frame.at(off, 16.5 * k, 0)],
        [(thick * 1.7, tall * 0.8), (thick * 0.8, tall), (tip, tall * 0.9)],
        up=(0.0, 1.0, 0.0),
        blunt=draw.uniform(6, 16),
    )
    lofts, tall_l = [spine], k * draw.uniform(9, 12.5)
    for side in (-1.0, 1.0):
        slope, bow, low = k * draw.uniform(1, 7), draw.uniform(-2, 1.5), 27 * k - tall_l
        lofts.append(
            Loft(
                part(LAMINA, side, level),
                [frame.at(-side * 2, low, high), frame.at(side * 8 * k, low, high + slope / 2 + bow), frame.at(side * 15 * k, low - 2, high + slope)],
                [(tall_l, 3.5), (tall_l, 3.0 * build.stout), (0.9 * tall_l, 4)],
                blunt=12,
            )
        )
    return lofts


def hump(draw: Draw, build: Build) -> float:
    """How much larger than usual an arthritic joint's processes are."""
    return 1 + build.rough * draw.uniform(0, 0.5)


def _articular(draw: Draw, build: Build, frame: Frame, level: int, side: float) -> list[Loft]:
    """The inferior process reaches down to the next level's superior one; the joint is a gap between, turned by its facing."""
    k, high = build.size, build.high_mm
    wide, deep = k * draw.uniform(3.0, 4.6) * hump(draw, build), k * draw.uniform(4.5, 7)
    facing = build.facing + draw.normal(0, 0.1)
    apart = k * draw.uniform(10, 14)
    up = (side * float(np.sin(facing - 0.78)) * 0.6, 0.0, 1.0)
    low = build.spacing_mm - draw.uniform(0, 4)
    bulge, outer = draw.uniform(0.85, 1.35), draw.uniform(0.95, 1.3)
    sx = 0.95 * wide * (bulge + outer) + build.gap_mm - max(0.0, draw.normal(0, 0.8))
    sz = draw.uniform(-1, 7) * float(np.sin(facing))
    inferior = Loft(
        part(INFERIOR, side, level),
        [frame.at(side * apart, 13 * k, high + 3), frame.at(side * apart, 0.6 * low, high), frame.at(side * (apart + 0.5), low, high + 1)],
        [(wide, deep * 0.7), (wide, deep * 0.8), (wide * bulge, deep)],
        up=up,
        square=draw.uniform(1.8, 3.2),
        blunt=draw.uniform(3, 9),
    )
    x, z = apart + sx, high + sz
    superior = Loft(
        part(SUPERIOR, side, level),
        [frame.at(side * (x - 2), 12 * k, z + 8), frame.at(side * x, 1 * k, z + 2), frame.at(side * x, -15 * k, z)],
        [(wide * 1.1, deep), (wide * outer, deep), (wide * draw.uniform(0.7, 1.1), deep * draw.uniform(0.6, 1))],
        up=up,
        square=draw.uniform(1.7, 3.2),
        blunt=draw.uniform(3, 9),
    )
    return [inferior, superior, buttress(draw, superior, side)]


def buttress(draw: Draw, process: Loft, side: float) -> Loft:
    """The lateral foot by which a superior process slopes into what lies beside it."""
    wide, deep = process.radii[1]
    out, low = side * wide * draw.uniform(0.3, 1.1), deep * draw.uniform(0.5, 1.1)
    axis = [(x + out, y, z + low) for x, y, z in process.axis]
    return Loft(process.part, axis, [(wide * draw.uniform(0.9, 1.4), deep * draw.uniform(0.6, 1.0))] * 3, process.up, square=2.0)


def _transverse(draw: Draw, build: Build, frame: Frame, level: int, side: float) -> Loft:
    """From the foot of the superior process outwards, in one of nine families."""
    k, family = build.size, build.process if draw.random() < 0.7 else str(draw.choice(PROCESSES))
    root = build.high_mm + k * draw.uniform(6, 13)
    reach = k * {"short": draw.uniform(30, 35), "long": draw.uniform(45, 53)}.get(family, draw.uniform(36, 45))
    rise = {"dorsal": draw.uniform(-9, -4), "ventral": draw.uniform(4, 10), "hooked": -4.0}.get(family, draw.normal(0, 2))
    bow = {"bowed": draw.uniform(-6, -3), "hooked": draw.uniform(4, 7)}.get(family, draw.normal(0, 1.2))
    thick = k * {"thin": draw.uniform(1.6, 2.4), "clubbed": draw.uniform(2.6, 3.6)}.get(family, draw.uniform(2.2, 4.5))
    end = {"clubbed": draw.uniform(1.4, 2.1), "thin": 0.8}.get(family, draw.uniform(0.6, 1.1))
    tall, tilt = k * draw.uniform(5, 8), draw.normal(0, 4)
    return Loft(
        part(PROCESS, side, level),
        [
            frame.at(side * 13 * k, 2, root + 1),
            frame.at(side * (13 * k + reach) / 2, tilt / 2, root + rise / 2 + bow),
            frame.at(side * reach, tilt, root + rise),
        ],
        [(tall * 1.2, thick * 1.5), (tall, thick), (tall * 0.8, thick * end)],
        square=draw.uniform(1.8, 2.8),
        blunt=draw.uniform(8, 24),
    )


def _front(draw: Draw, build: Build, frame: Frame, level: int) -> list[Loft]:
    """Body with the disc beneath it, and pedicles."""
    k = build.size
    back = build.high_mm + canal_mm(build)
    wide, deep = k * draw.uniform(21, 26), k * draw.uniform(15, 18)
    ends = [frame.at(0, y, back + deep) for y in (-12 * k, 9 * k, build.spacing_mm - 10 * k)]
    lofts = [Loft(part(BODY, level=level), ends, [(wide * 1.05, deep), (wide * 0.86, deep * 0.94), (wide * 1.05, deep)], square=2.6, blunt=24)]
    for side in (-1.0, 1.0):
        path = [frame.at(side * 17 * k, 2, build.high_mm + 9), frame.at(side * 16 * k, 1, back - 3), frame.at(side * 15 * k, 0, back + 6)]
        lofts.append(Loft(part(PEDICLE, side, level), path, [(4.5 * k, 7 * k)] * 3, up=(0.0, 1.0, 0.0)))
    return lofts


def canal_mm(build: Build) -> float:
    """From the lamina's dorsal skin to the body's."""
    return build.size * 24.0
