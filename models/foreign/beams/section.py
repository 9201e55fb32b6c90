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


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """discs: (n, 3) of x, z, radius, joined in order. part: chains of one part melt together. share: of the slice's thickness that it fills, 0 to 1."""

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
    turn: float
    echo: float
    rim: float = 0.0
    loss_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    name: str
    x: float
    z: float
    kind: Kind


@dataclass(slots=True)
class Section:
    """fascia_mm: depth of the deep fascia: skin and fat lie above, muscle beneath. fibre: slope of muscle fibres, rise over run."""

    fascia_mm: float
    fibre: float = 0.0
    bones: list[Bone] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def bone(self, *discs: tuple[float, float, float], part: int, share: float = 1.0) -> None:
        self.bones.append(Bone(np.asarray(discs, dtype=np.float64), part, share))

    def sheet(self, *points: tuple[float, float], gain: float, thick_mm: float = 0.6) -> None:
        self.sheets.append(Sheet(np.asarray(sorted(points), dtype=np.float64), gain, thick_mm))

    def body(self, x: float, z: float, wide: float, high: float, echo: float, *, turn: float = 0.0, rim: float = 0.0, loss_db: float = 0.0) -> None:
        self.bodies.append(Body(x, z, wide, high, turn, echo, rim, loss_db))

    def mark(self, name: str, x: float, z: float, kind: Kind = "bone") -> None:
        self.marks.append(Mark(name, x, z, kind))

    def placed(self, *, turn_rad: float, about_mm: float, shift_mm: float, mirrored: bool = False) -> Section:
        """The same turned about (0, about_mm), moved to the right by shift_mm, then mirrored left to right if so."""
        cos, sin, flip = np.cos(turn_rad), np.sin(turn_rad), -1.0 if mirrored else 1.0

        def at(x: Any, z: Any) -> tuple[Any, Any]:
            return flip * (cos * x - sin * (z - about_mm) + shift_mm), sin * x + cos * (z - about_mm) + about_mm

        def line(points: Floats) -> Floats:
            moved = np.column_stack((*at(points[:, 0], points[:, 1]), points[:, 2:]))
            return moved[::-1] if mirrored else moved

        return replace(
            self,
            fibre=flip * (self.fibre + sin),
            bones=[replace(bone, discs=line(bone.discs)) for bone in self.bones],
            sheets=[replace(sheet, points=line(sheet.points)) for sheet in self.sheets],
            bodies=[replace(body, x=float(x), z=float(z), turn=flip * (body.turn + turn_rad)) for body in self.bodies for x, z in [at(body.x, body.z)]],
            marks=[replace(mark, x=float(x), z=float(z)) for mark in self.marks for x, z in [at(mark.x, mark.z)]],
        )
