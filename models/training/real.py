"""Real frames without a spine, as samples that say "none": other people's bone and limbs, which the phantoms do not draw.

The folder is laid out as the project's real frames are (TUFFIER_REAL_FRAMES): bone_real/ultrabones/, negatives/. None of it is in the repository.
Rule 1: half of the people teach, the other half only report; `taught` says which. A spine, real or cast, never teaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from edge.catalogue import NO_VIEW
from edge.screen import profile as profiles
from edge.source.truth import parse
from models.training.labelled import sample_of_line
from models.training.samples import Placed, on_grid
from models.training.shards import ALL, SLOTS, Samples

SCALES_MM_PER_PX = (0.05, 0.1, 0.2, 0.3)  # what a depth setting could be: no scale makes a shin a spine
KIND = "real"  # of such a sample
SUBJECTS = 20_000_000  # beyond the phantoms' seeds
CADAVERS = "ultrabones"
WIDEST_MM = 120.0  # no array's picture is wider


def taught(path: Path) -> bool:
    """Whether a frame teaches: cadavers of odd numbers, every second nerve or vessel."""
    name = path.stem.split("_")[0]
    return path.parent.name in (CADAVERS, "negatives") and (int(name) % 2 == 1)


def without_spine(folder: Path) -> Iterator[Path]:
    """All frames that show no spine, in order."""
    for part in ("bone_real/ultrabones", "bone_real/plus_limb", "negatives"):
        yield from sorted((folder / part).glob("*.png"))


def placed(path: Path, scale_mm: float) -> Placed | None:
    """A frame on the grid at a scale (mm per pixel); None where the screen stage would not take it. A cadaver's picture is taken as it stands where
    an array could be as wide: marks at its edge contradict every scale but its own, so that the screen stage lets none pass."""
    line = {"frame": path.name, "view": NO_VIEW, "mm_per_px": [scale_mm, scale_mm]}
    if path.parent.name != CADAVERS:
        sample = sample_of_line(path.parent, parse(line), profiles.AUTO)
        return None if sample is None else (sample[0], NO_VIEW, *sample[1:])
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    height, width = pixels.shape
    return on_grid(pixels, {**line, "origin_px": [width / 2, 0], "landmarks": {}}, (0, 0, width, height)) if width * scale_mm <= WIDEST_MM else None


def none_samples(folder: Path, *, teaching: bool) -> Samples:
    """The half that teaches, or the other, at each scale at which a frame can be placed. Raises ValueError where there is none."""
    grids, sides, subjects = [], [], []
    for number, path in enumerate(without_spine(folder)):
        if taught(path) != teaching:
            continue
        for scale in SCALES_MM_PER_PX:
            sample = placed(path, scale)
            if sample is not None:
                grids.append(sample[0])
                sides.append(sample[3])
                subjects.append(SUBJECTS + number)
    if not grids:
        raise ValueError(f"{folder}: no real frame without a spine: it holds bone_real/ultrabones and negatives")
    count = len(grids)
    points = np.full((count, len(ALL.landmarks), SLOTS, 2), np.nan, dtype=np.float32)
    kinds = np.array([KIND] * count, dtype=np.str_)
    return Samples(ALL, np.stack(grids), np.zeros(count, np.int64), points, np.array(subjects, np.int64), kinds, np.stack(sides))
