"""Bones as a subject has them: corners in mm become outlines with that subject's roundness, roughness, pits and spurs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.foreign.simulator.anatomy.curves import Curve, Point, notched, pitted, resampled, roughened, rounded
from models.foreign.simulator.anatomy.section import Line, Region, Tissue
from models.foreign.simulator.anatomy.subject import Subject

Corners = Sequence[Point]


class Hand:
    """Draws one subject's anatomy: every length spreads about a middle, and is the same each time for one subject and view.

    slip: how this frame's plane differs.
    """

    def __init__(self, subject: Subject, rng: np.random.Generator, slip: np.random.Generator) -> None:
        self.subject, self.rng, self.slip = subject, rng, slip

    def about(self, middle: float, spread: float) -> float:
        """A length in mm: normal, held within two deviations, scaled by the subject's size, a little different in each frame."""
        own = middle + spread * float(np.clip(self.rng.normal(), -2, 2))
        return self.subject.size * (own + 0.15 * spread * float(np.clip(self.slip.normal(), -2, 2)))

    def between(self, least: float, most: float) -> float:
        return float(self.rng.uniform(least, most))

    def one_of(self, *tissues: Tissue) -> Tissue:
        return tissues[int(self.rng.integers(len(tissues)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def bone(self, corners: Corners, share: float = 1.0) -> Curve:
        """An outline from corners; share scales its roughness."""
        who = self.subject
        outline = resampled(rounded(np.array(corners, dtype=float), who.round_share), closed=True)
        outline = roughened(outline, share * who.coarse_mm, who.fine_mm, self.rng)
        outline = pitted(outline, int(share * who.pits * len(outline) * 0.15 / 100), share * who.pit_mm, self.rng)
        return notched(outline, self.between(1.5, 4.5), self.rng) if self.chance(who.broken) else outline

    def line(self, points: Corners, strength: float, thick_mm: float = 0.3, ragged: float = 0.3, wave_mm: float = 0.25) -> Line:
        """A line through points, gently waving."""
        curve = resampled(np.array(points, dtype=float))
        at = np.linspace(0, 1, len(curve))
        wave = sum(self.rng.normal() / (k + 1) * np.sin(np.pi * (k + 1) * at) for k in range(4))
        return Line(curve + wave_mm * np.stack([np.zeros(len(curve)), np.asarray(wave)], axis=1), strength, thick_mm, ragged)

    def region(self, corners: Corners, tissue: Tissue) -> Region:
        return Region(rounded(np.array(corners, dtype=float), 0.2), tissue)


def mirrored(corners: Corners) -> list[Point]:
    return [(-x, z) for x, z in corners]


def joined(half: Callable[[], Corners]) -> list[Point]:
    """A closed outline of two halves, each from the midline's top round to its bottom; the left one drawn anew, so that they differ."""
    right, left = list(half()), mirrored(half())
    return right + left[::-1]


def oval(centre: Point, wide_mm: float, high_mm: float, lean: float = 0.0) -> NDArray[np.float64]:
    """A closed ellipse by its half axes; lean in radians."""
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    x, z = wide_mm * np.cos(turn), high_mm * np.sin(turn)
    return np.stack([centre[0] + x * np.cos(lean) - z * np.sin(lean), centre[1] + x * np.sin(lean) + z * np.cos(lean)], axis=1)
