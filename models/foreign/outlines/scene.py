"""Scene: what one plane holds, in mm: bones, bands, ovals and the landmarks on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.foreign.outlines import curves
from models.foreign.outlines.chance import Chance
from models.foreign.outlines.curves import Points


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """A surface that stops sound. gain: 0 to 1 of the bone's grey. casts: whether a shadow follows. parts: share of it that shows (pieces)."""

    curve: Points
    gain: float = 1.0
    casts: bool = True
    whole: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A soft bright line: ligament, fascia, dura, needle. thick_mm from its leading edge downwards."""

    curve: Points
    gain: float
    thick_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Oval:
    """A round section: nerve, vessel, fluid. level multiplies the tissue's grey inside; rim: gain of its wall."""

    middle: tuple[float, float]
    radii: tuple[float, float]
    level: float
    rim: float


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A landmark. soft: no bone lies at it, so any bone above hides it.
    side: -1 left or 1 right of the anatomy's midline, told before the scene is tilted."""

    name: str
    point: tuple[float, float]
    soft: bool = False
    side: int = 0


@dataclass(slots=True)
class Scene:
    """A plane while it is put together. need_mm: the depth a user would set for it at least. aside: it holds one side, that of focus_mm's sign."""

    bones: list[Bone] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    ovals: list[Oval] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    need_mm: float = 60.0
    focus_mm: float = 0.0
    width_mm: float = 60.0
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """How this subject's bones are made: roundness of joins, height of bumps (mm), pits each 10 mm, steps, thickness of gaps."""

    roundness: float
    bump_mm: float
    pits: float
    steps: bool

    @staticmethod
    def drawn(chance: Chance) -> Build:
        return Build(
            roundness=chance.between(0.0, 1.0),
            bump_mm=abs(chance.about(0, 0.35, -1.2, 1.2)),
            pits=chance.of((0.0, 0.3, 1.0), (5, 3, 2)),
            steps=chance.happens(0.12),
        )


def outline(
    chance: Chance, build: Build, controls: Sequence[tuple[float, float]], bumps: float = 1.0
) -> tuple[Points, Callable[[int], tuple[float, float]]]:
    """The curve through the control points in this build, and a function from a control's number to where it came to lie."""
    curve, index = curves.through(controls, build.roundness)
    curve = curves.roughened(curve, chance, build.bump_mm * bumps)
    pits = int(build.pits * bumps * len(curve) * curves.STEP_MM / 10 + chance.between(0, 1))
    curve = curves.pitted(curve, chance, pits)
    if build.steps:
        curve = curves.stepped(curve, chance)
    return curve, lambda number: (float(curve[index[number], 0]), float(curve[index[number], 1]))


def apex(curve: Points, near: tuple[float, float], reach_mm: float = 2.5) -> tuple[float, float]:
    """The shallowest point of a curve within reach of a place."""
    close = curve[np.abs(curve[:, 0] - near[0]) <= reach_mm]
    if not len(close):
        return near
    best = close[np.argmin(close[:, 1])]
    return float(best[0]), float(best[1])


def moved(scene: Scene, move: Callable[[Points], Points]) -> Scene:
    """The scene with every curve, oval and landmark carried by one map of (n, 2) points."""

    def carried(point: tuple[float, float]) -> tuple[float, float]:
        x, z = move(np.asarray([point], float))[0]
        return float(x), float(z)

    return Scene(
        [replace(bone, curve=move(bone.curve)) for bone in scene.bones],
        [replace(band, curve=move(band.curve)) for band in scene.bands],
        [replace(oval, middle=carried(oval.middle)) for oval in scene.ovals],
        [replace(mark, point=carried(mark.point), side=1 if mark.point[0] > 0 else -1) for mark in scene.marks],
        scene.need_mm,
        scene.focus_mm,
        scene.width_mm,
        scene.aside,
    )
