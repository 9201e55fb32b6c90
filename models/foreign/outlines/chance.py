"""Chance: the draws of one frame, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Floats = NDArray[np.float32]


class Chance:
    """Draws from one seed. Every draw moves the same stream, so the order of calls is part of a frame's identity."""

    def __init__(self, *seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def between(self, least: float, most: float) -> float:
        return float(self._generator.uniform(least, most))

    def about(self, mean: float, spread: float, least: float = -1e9, most: float = 1e9) -> float:
        """A normal draw, held between least and most."""
        return float(min(max(self._generator.normal(mean, spread), least), most))

    def happens(self, share: float) -> bool:
        return bool(self._generator.random() < share)

    def of(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        share = None if weights is None else np.asarray(weights, float) / sum(weights)
        return choices[int(self._generator.choice(len(choices), p=share))]

    def count(self, least: int, most: int) -> int:
        """A whole number from least to most, both possible."""
        return int(self._generator.integers(least, most + 1))

    def noise(self, *shape: int) -> Floats:
        """Standard normal values of that shape."""
        return self._generator.standard_normal(shape, dtype=np.float32)
