"""Section: the anatomy that one scan plane cuts, in mm.

x runs to the right of the plane from the midline (sagittal: from the window's middle, caudal to the right), z down from the skin.
Rule 1: bone is chains of discs (x, z, radius): its surface is the implicit curve round them. Rule 2: what is soft is sheets and ellipses.
Rule 3: a mark is where the anatomy puts a landmark; judge.py says whether a scan shows it.
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

    def knob(self, x: float, top: float, radius: float, part: int, *, deep: float = 7.0, share: float = 1.0, side: int = 1) -> None:
        """A rounded end at depth top, on a stem that goes down."""
        self.bone((x, top + radius, radius), (x, top + radius + deep, radius), part=part, share=share, side=side)

    def sheet(self, *points: tuple[float, float], gain: float, thick_mm: float = 0.6, side: int = 1) -> None:
        self.sheets.append(Sheet(np.asarray(sorted((side * x, z) for x, z in points), dtype=np.float64), gain, thick_mm))

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
