"""Rendered frames on the model's grid, kept in small files: written whole or not at all, so that a stopped run goes on where it was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.settings import Vocabulary, vocabulary

SIDES = 2
ALL = vocabulary()


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """grids: uint8 (n, rows, columns). views: (n,) into words.views. points: float32 (n, landmarks, 2, 2) as grid (column, row), NaN where there is
    none. subjects: (n,). subtypes: (n,) what kind of frame, a free word."""

    words: Vocabulary
    grids: NDArray[np.uint8]
    views: NDArray[np.int64]
    points: NDArray[np.float32]
    subjects: NDArray[np.int64]
    subtypes: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.views)


def save(path: Path, samples: Samples) -> None:
    """Whole or not at all. samples speak the full vocabulary."""
    assert samples.words == ALL
    part = path.with_name(path.name + ".part.npz")
    np.savez_compressed(
        part,
        grids=samples.grids,
        views=samples.views,
        points=samples.points,
        subjects=samples.subjects,
        subtypes=samples.subtypes,
    )
    os.replace(part, path)


def load(paths: Sequence[Path]) -> Samples:
    """Shards one after another."""
    parts = [dict(np.load(path)) for path in paths]
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return Samples(ALL, **joined)


def narrowed(samples: Samples, words: Vocabulary) -> Samples:
    """Only the frames whose view these words have, in their numbers."""
    index = {view: number for number, view in enumerate(words.views)}
    renumbered = np.array([index.get(view, -1) for view in samples.words.views])[samples.views]
    keep = renumbered >= 0
    channels = [samples.words.landmarks.index(name) for name in words.landmarks]
    return Samples(
        words,
        samples.grids[keep],
        renumbered[keep],
        samples.points[keep][:, channels],
        samples.subjects[keep],
        samples.subtypes[keep],
    )
