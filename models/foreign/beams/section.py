"""Section: the anatomy that one scan plane cuts, in mm.

x runs to the right of the plane from the midline (sagittal: from the window's middle, caudal to the right), z down from the skin.
Rule 1: bone is chains of discs (x, z, radius): its surface is the implicit curve round them. Rule 2: what is soft is sheets and ellipses.
Rule 3: a mark is where the anatomy puts a landmark; judge.py says whether a scan shows it.
Over every view lie fat with septa, fasciae in layers, muscle bellies with their walls: muscle over the L4 lamina is 20 to 40 mm thick, multifidus 25
to 30 wide (MRI and ultrasound series); fat of 4 to 45 covers lean to obese backs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Kind: TypeAlias = Literal["bone", "opening", "soft", "root"]


class Draw(np.random.Generator):
    """Random draws of plain numbers."""

    def u(self, low: float, high: float) -> float:
        """Even between low and high."""
        return float(self.uniform(low, high))

    def n(self, sd: float, middle: float = 0.0) -> float:
        return float(self.normal(middle, sd))

    def chance(self, share: float) -> bool:
        return bool(self.random() < share)

    def pick(self, *options: float) -> float:
        return options[int(self.integers(len(options)))]


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """discs: (n, 3) of x, z, radius, joined in order. part: chains of one part melt together. share: of the slice that it fills, 0 to 1."""

    discs: Floats
    part: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """points: (n, 2) of x, z, x rising: the dorsal surface. gain: amplitude of its echo where beams meet it square, muscle = 1."""

    points: Floats
    gain: float
    thick_mm: float


@dataclass(frozen=True, slots=True)
class Body:
    """An ellipse of tissue. echo: its amplitude over that around it. rim: amplitude of its wall's echo. loss_db: a mm, above its surroundings."""

    x: float
    z: float
    wide: float
    high: float
    echo: float
    turn: float
    rim: float
    loss_db: float


@dataclass(frozen=True, slots=True)
class Mark:
    name: str
    x: float
    z: float
    kind: Kind


@dataclass(slots=True)
class Section:
    """fascia_mm: depth of the deep fascia: skin and fat lie above, muscle beneath. fibre: slope of muscle fibres, rise over run.
    follows: all sheets lie along the face. Its verbs take x as on the right side; side -1 puts a thing on the left."""

    fascia_mm: float
    fibre: float = 0.0
    follows: bool = False
    bones: list[Bone] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def bone(self, *discs: tuple[float, float, float], part: int, share: float = 1.0, side: int = 1) -> None:
        self.bones.append(Bone(np.asarray(discs, dtype=np.float64) * (side, 1, 1), part, share))

    def knob(self, x: float, top: float, radius: float, part: int, *, deep: float = 7.0, side: int = 1, name: str = "") -> None:
        """A rounded end at depth top, on a stem that goes down. name: the landmark that its top is."""
        self.bone((x, top + radius, radius), (x, top + radius + deep, radius), part=part, side=side)
        self.marks += [Mark(name, side * x, top, "bone")] if name else []

    def sheet(self, *points: tuple[float, float], gain: float, thick_mm: float, side: int = 1, name: str = "") -> None:
        """name: the landmark that its middle point is."""
        self.sheets.append(Sheet(np.asarray(sorted((side * x, z) for x, z in points), dtype=np.float64), gain, thick_mm))
        self.marks += [Mark(name, *points[len(points) // 2], "soft")] if name else []

    def body(self, x: float, z: float, wide: float, high: float, echo: float, *, turn: float = 0.0, rim: float = 0.0, loss_db: float = 0.0) -> None:
        self.bodies.append(Body(x, z, wide, high, echo, turn, rim, loss_db))

    def mark(self, name: str, x: float, z: float, kind: Kind = "bone", *, side: int = 1) -> None:
        self.marks.append(Mark(name, side * x, z, kind))

    def placed(self, *, turn_rad: float, about_mm: float, shift_mm: float = 0.0, mirrored: bool = False) -> Section:
        """The same turned about (0, about_mm), moved to the right by shift_mm, then mirrored left to right if so."""
        cos, sin, flip = np.cos(turn_rad), np.sin(turn_rad), -1.0 if mirrored else 1.0

        def at(x: Any, z: Any) -> dict[str, Any]:
            return {"x": flip * (cos * x - sin * (z - about_mm) + shift_mm), "z": sin * x + cos * (z - about_mm) + about_mm}

        def line(points: Floats) -> Floats:
            moved = np.column_stack((*at(points[:, 0], points[:, 1]).values(), points[:, 2:]))
            return moved[:: -1 if mirrored else 1]

        return replace(
            self,
            fibre=flip * (self.fibre + sin),
            bones=[replace(bone, discs=line(bone.discs)) for bone in self.bones],
            sheets=[replace(sheet, points=line(sheet.points)) for sheet in self.sheets],
            bodies=[replace(body, turn=flip * (body.turn + turn_rad), **at(body.x, body.z)) for body in self.bodies],
            marks=[replace(mark, **at(mark.x, mark.z)) for mark in self.marks],
        )


def cover_mm(draw: Draw, least: float = 4.0, middle: float = 11.0, most: float = 42.0) -> float:
    """Skin and fat over the deep fascia."""
    return float(np.clip(draw.lognormal(np.log(middle), 0.6), least, most))


def wavy(draw: Draw, depth: float, slope: float, bend: float, waves: float) -> list[tuple[float, float]]:
    """Points of a sheet that sags by bend towards its sides and waves a little."""
    x = np.linspace(-95, 95, 39)
    step = draw.u(0.04, 0.16)
    z = depth + slope * x + bend * (x / 50) ** 2 + waves * (np.sin(step * x + draw.u(0, 6)) + 0.5 * np.sin(2.7 * step * x + draw.u(0, 6)))
    return list(zip(x.tolist(), z.tolist(), strict=True))


def covered(draw: Draw, muscle_mm: tuple[float, float], *, lumbar: bool, middle: float = 11.0) -> tuple[Section, float]:
    """A section with soft parts only, and the depth of the bone at the midline."""
    section = Section(fascia_mm=cover_mm(draw, middle=middle), fibre=draw.n(0.08))
    depth = section.fascia_mm + draw.u(*muscle_mm)
    layers(section, draw)
    bellies(section, draw, depth, lumbar=lumbar)
    return section, depth


def layers(section: Section, draw: Draw) -> None:
    """Septa of the fat, and the deep fascia as one to three leaves."""
    deep, bend, slope = section.fascia_mm, draw.u(-1, 4), draw.n(0.02)
    for _ in range(int(draw.integers(0, 4 + int(deep > 12)))):
        start, end = draw.u(-70, 40), draw.u(12, 70)
        points = [(x, z) for x, z in wavy(draw, draw.u(0.25, 0.95) * deep, slope + draw.n(0.04), bend, 0.5) if start <= x <= start + end]
        if len(points) > 2:
            section.sheet(*points, gain=draw.u(1.5, 6), thick_mm=draw.u(0.2, 0.6))
    for leaf in range(int(draw.integers(1, 4))):
        line = wavy(draw, deep + leaf * draw.u(0.8, 2.5), slope, bend, draw.u(0.1, 0.6))
        section.sheet(*line, gain=draw.u(3, 10) / (1 + leaf), thick_mm=draw.u(0.3, 1.3))


def bellies(section: Section, draw: Draw, bone_mm: float, *, lumbar: bool) -> None:
    """Muscles between the fascia and bone at bone_mm: multifidus, erector spinae; over the sacrum thin multifidus, gluteus at the sides."""
    deep = section.fascia_mm
    high = max(bone_mm - deep, 3.0)
    for side in (-1, 1):
        inner = draw.u(11, 17) if lumbar else draw.u(8, 14)
        for x, wide, tall in ((inner, inner * 0.95, 0.5), (inner * 2.7, draw.u(14, 21), draw.u(0.5, 0.62)), (inner * 5, 20, 0.8)):
            turn, rim = side * draw.n(0.1, 0.08), draw.u(-0.5, 1.6)
            section.body(side * x, deep + high * tall, wide, max(high * tall * 0.95, 1.5), draw.u(0.5, 1.5), turn=turn, rim=rim)
    for _ in range(int(draw.integers(0, 4))):  # fat and tendon within the muscle: short bright lines that are no bone
        x, z, half = draw.u(-50, 50), deep + draw.u(0.15, 0.95) * high, draw.u(5, 18)
        rise = draw.n(0.2) * half
        section.sheet((x - half, z - rise), (x, z + draw.n(0.6)), (x + half, z + rise), gain=draw.u(1, 4), thick_mm=draw.u(0.2, 0.8))
