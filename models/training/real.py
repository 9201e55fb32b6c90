"""Real frames without a spine, as samples that say "none": other people's bone and limbs, which the phantoms do not draw.

The folder is laid out as the project's real frames are (TUFFIER_REAL_FRAMES): bone_real/ultrabones/, negatives/. None of it is in the repository.
Rule 1: half of the people teach, the other half only report; `taught` says which. A spine, real or cast, never teaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge.catalogue import NO_VIEW
from edge.screen import profile as profiles
from edge.source.truth import parse
from models.training.labelled import sample_of_line
from models.training.shards import ALL, SLOTS, Samples

SCALES_MM_PER_PX = (0.05, 0.1, 0.2, 0.3)  # what a depth setting could be: no scale makes a shin a spine
KIND = "real"  # of such a sample
SUBJECTS = 20_000_000  # beyond the phantoms' seeds


def taught(path: Path) -> bool:
    """Whether a frame teaches: cadavers of odd numbers, every second nerve or vessel."""
    name = path.stem.split("_")[0]
    return path.parent.name in ("ultrabones", "negatives") and (int(name) % 2 == 1)


def without_spine(folder: Path) -> Iterator[Path]:
    """All frames that show no spine, in order."""
    for part in ("bone_real/ultrabones", "bone_real/plus_limb", "negatives"):
        yield from sorted((folder / part).glob("*.png"))


def none_samples(folder: Path, *, teaching: bool) -> Samples:
    """The half that teaches, or the other, at each scale that the screen stage takes. Raises ValueError where there is none."""
    grids, sides, subjects = [], [], []
    for number, path in enumerate(without_spine(folder)):
        if taught(path) != teaching:
            continue
        for scale in SCALES_MM_PER_PX:
            line = parse({"frame": path.name, "view": NO_VIEW, "mm_per_px": [scale, scale]})
            sample = sample_of_line(path.parent, line, profiles.AUTO)
            if sample is not None:
                grids.append(sample[0])
                sides.append(sample[2])
                subjects.append(SUBJECTS + number)
    if not grids:
        raise ValueError(f"{folder}: no real frame without a spine: it holds bone_real/ultrabones and negatives")
    count = len(grids)
    points = np.full((count, len(ALL.landmarks), SLOTS, 2), np.nan, dtype=np.float32)
    kinds = np.array([KIND] * count, dtype=np.str_)
    return Samples(ALL, np.stack(grids), np.zeros(count, np.int64), points, np.array(subjects, np.int64), kinds, np.stack(sides))
