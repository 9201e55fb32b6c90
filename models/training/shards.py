"""Rendered frames on the model's grid, kept in small files: written whole or not at all, so that a stopped run goes on where it was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.settings import Vocabulary, vocabulary

SIDES = 2
SLOTS = 2 * SIDES  # of a landmark: where it is clear, left of the screen first, then where it is dim
ALL = vocabulary()


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """grids: uint8 (n, rows, columns). views: (n,) into words.views. points: float32 (n, landmarks, SLOTS, 2) as grid (column, row), NaN where there
    is none. subjects: (n,). subtypes: (n,) what kind of frame, a free word. sides: float32 (n, 5), of the scan: columns of its left and right ends,
    apex (column, row) and half angle in degrees, these NaN where its sides are upright."""

    words: Vocabulary
    grids: NDArray[np.uint8]
    views: NDArray[np.int64]
    points: NDArray[np.float32]
    subjects: NDArray[np.int64]
    subtypes: NDArray[np.str_]
    sides: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.views)

    def picked(self, which: NDArray[Any]) -> Samples:
        """Some of them, by number or by mask."""
        return Samples(self.words, **{name: getattr(self, name)[which] for name in ARRAYS})


ARRAYS = tuple(field.name for field in fields(Samples) if field.name != "words")


def save(path: Path, samples: Samples) -> None:
    """Whole or not at all. samples speak the full vocabulary."""
    assert samples.words == ALL
    part = path.with_name(path.name + ".part.npz")
    np.savez_compressed(part, **{name: getattr(samples, name) for name in ARRAYS})
    os.replace(part, path)


def load(paths: Sequence[Path]) -> Samples:
    """Shards one after another. Raises ValueError where another version rendered them."""
    parts = [dict(np.load(path)) for path in paths]
    if other := next((path for path, part in zip(paths, parts, strict=True) if set(part) != set(ARRAYS)), None):
        raise ValueError(f"{other}: rendered by another version: give another --work, or empty that folder")
    return Samples(ALL, **{name: np.concatenate([part[name] for part in parts]) for name in ARRAYS})


def narrowed(samples: Samples, words: Vocabulary) -> Samples:
    """Only the frames whose view these words have, in their numbers."""
    index = {view: number for number, view in enumerate(words.views)}
    renumbered = np.array([index.get(view, -1) for view in samples.words.views])[samples.views]
    keep = renumbered >= 0
    channels = [samples.words.landmarks.index(name) for name in words.landmarks]
    return replace(samples.picked(keep), words=words, views=renumbered[keep], points=samples.points[keep][:, channels])
