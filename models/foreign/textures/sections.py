"""Section: bones, soft sheets and soft bodies of one plane, with its landmarks, in mm: x to the right, z away from the skin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Line: TypeAlias = Numbers  # (points, 2) of x, z in mm
Point: TypeAlias = tuple[float, float]
Rng: TypeAlias = np.random.Generator
Move: TypeAlias = Callable[[Line], Line]


@dataclass(frozen=True, slots=True)
class Subject:
    """One person. size: 0.82 to 1.2 of the mean adult. cover_mm: skin to the shallowest bone, 4 to 45. worn: 0 healthy to 1 degenerate."""

    size: float
    cover_mm: float
    worn: float

    @staticmethod
    def drawn(rng: Rng, *, shallow: bool) -> Subject:
        """shallow: over the sacral hiatus, where little lies on bone."""
        most = 26.0 if shallow else 45.0
        cover = min(most, 4.0 + (most - 4.0) * float(rng.beta(1.2, 2.6)))
        return Subject(float(np.clip(rng.normal(1.0, 0.08), 0.82, 1.2)), cover, float(rng.beta(1.2, 2.2)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A soft line that echoes. grey: how far it rises to white, 0 to 1. thick_mm along the beam. `line` is its leading edge."""

    line: Line
    grey: float
    thick_mm: float = 1.0


@dataclass(frozen=True, slots=True)
class Body:
    """A soft ellipse. gain: grey inside over the grey around it. rim: how far its edge rises to white."""

    centre: Point
    radii_mm: Point
    tilt: float
    gain: float
    rim: float = 0.0


@dataclass(slots=True)
class Section:
    """bones: closed outlines. marks: landmarks by name, before any is known to be seen. midline: of the body, at two depths."""

    bones: list[Line] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    marks: dict[str, list[Point]] = field(default_factory=dict)
    sagittal: bool = False
    midline: Line = field(default_factory=lambda: np.array([(0.0, 0.0), (0.0, 50.0)]))

    def tell(self, **places: Point) -> None:
        """Adds landmarks, by name."""
        for name, place in places.items():
            self.marks.setdefault(name, []).append(place)

    def sheet(self, points: Sequence[Point] | Line, grey: float, thick_mm: float = 1.0) -> None:
        self.sheets.append(Sheet(np.asarray(points, dtype=float), grey, thick_mm))

    def body(self, x: float, z: float, radii_mm: Point, gain: float, tilt: float = 0.0, rim: float = 0.0) -> None:
        self.bodies.append(Body((x, z), radii_mm, tilt, gain, rim))

    def bone(self, rng: Rng, points: Sequence[Point], *, thick_mm: float = 6.0, loose_mm: float = 0.35, rough_mm: float = 0.15) -> None:
        """Adds a bone by its dorsal outline. loose_mm: how far each bend may lie from where it is drawn; rough_mm: of the surface."""
        bends = np.asarray(points, dtype=float)
        top = curve(bends + rng.normal(0.0, loose_mm, bends.shape))
        top[:, 1] += rough_mm * np.convolve(rng.normal(size=len(top) + 4), np.full(5, 0.45), "valid")
        self.bones.append(np.concatenate([top, np.add(top[::-1], (0.0, thick_mm))]))

    def moved(self, move: Move) -> Section:
        """The same section in other coordinates."""

        def of(point: Point) -> Point:
            x, z = move(np.array([point]))[0]
            return float(x), float(z)

        return Section([move(bone) for bone in self.bones], [Sheet(move(sheet.line), sheet.grey, sheet.thick_mm) for sheet in self.sheets],
                       [Body(of(body.centre), body.radii_mm, body.tilt, body.gain, body.rim) for body in self.bodies],
                       {name: [of(point) for point in points] for name, points in self.marks.items()}, self.sagittal, move(self.midline))


def curve(points: Line, rounds: int = 2) -> Line:
    """An open line with its corners cut (Chaikin 1974), its ends kept."""
    for _ in range(rounds):
        early, late = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.concatenate([points[:1], np.stack([early, late], axis=1).reshape(-1, 2), points[-1:]])
    return points


def sided(points: Sequence[Point], side: float) -> list[Point]:
    """The points of a right half (side 1), or their mirror image (-1)."""
    return [(side * x, z) for x, z in points]


def between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def chance(rng: Rng, share: float) -> bool:
    return bool(rng.random() < share)
