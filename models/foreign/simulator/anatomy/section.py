"""What a plane cuts: bones, lines (fascia, ligament, dura), regions of other tissue, and the named points with the echoes that must witness them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from models.foreign.simulator.anatomy.curves import Curve, Point

Tissue: TypeAlias = Literal["water", "skin", "fat", "muscle", "fibre", "fluid", "bone", "nerve", "cortex", "sinus", "air", "deep", "psoas", "disc"]
Witness: TypeAlias = Literal["bone", "line", "soft"]
Move: TypeAlias = Callable[[Curve], Curve]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A thin reflector. strength 1: a typical fascia. thick_mm: how deep its echo reaches under its leading edge. ragged: share that is broken up."""

    points: Curve
    strength: float
    thick_mm: float = 0.3
    ragged: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A closed area of one tissue; later ones lie over earlier ones."""

    outline: Curve
    tissue: Tissue


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """A named point (mm) and where an echo of which kind must show for it to be visible. right: on the patient's right, where there are two."""

    name: str
    at: Point
    kind: Witness
    witnesses: tuple[Point, ...] = ()
    right: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """All that a plane cuts, in mm: x to the right, z down from the skin. aim_mm: the x that the operator puts under the probe."""

    bones: tuple[Curve, ...] = ()
    lines: tuple[Line, ...] = ()
    regions: tuple[Region, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    aim_mm: float = 0.0
    deepest_mm: float = 60.0
    fat_mm: float = 10.0
    fibres: Literal["across", "along"] = "across"
    skin: Tissue = "skin"
    flesh: Tissue = "muscle"
    notes: tuple[str, ...] = field(default=())


def moved(section: Section, move: Move) -> Section:
    """The section with every point moved."""

    def point(at: Point) -> Point:
        x, z = move(np.array([at]))[0]
        return float(x), float(z)

    return replace(
        section,
        bones=tuple(move(bone) for bone in section.bones),
        lines=tuple(replace(line, points=move(line.points)) for line in section.lines),
        regions=tuple(replace(region, outline=move(region.outline)) for region in section.regions),
        landmarks=tuple(replace(mark, at=point(mark.at), witnesses=tuple(point(w) for w in mark.witnesses)) for mark in section.landmarks),
        aim_mm=point((section.aim_mm, section.deepest_mm))[0],
    )
