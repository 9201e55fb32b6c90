"""How near a model's landmarks lie to real bone: `python -m models.training.on_bone READINGS`, the folder that `models.foreign readings` writes.

A number needs a whole view, and readers see one on a single real frame (models/foreign/README.md). This asks for less, of all frames: where the
networks see a landmark at all, whatever view they tell, is there bone? And where a reader named a bone, do they see it?

Rule 1: nothing here teaches. Rule 2: a chance beside it: what a mark anywhere in the scan would reach.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt

from edge.model import runner
from edge.model.manifest import Manifest
from edge.model.runner import Model
from edge.screen.profile import AUTO
from edge.source import truth
from edge.source.truth import TruthError
from edge.types import RawOutput, Scan
from models.foreign import readings
from models.foreign.readings import Reading
from models.training import calibrate, labelled
from models.training.samples import sample_of
from models.training.settings import GRID
from models.training.shards import ALL

PEAK = 0.3
NEAR_MM = readings.NEAR_MM
WHITE = 255
HALF_WHITE = 127


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """The highest peak of every heatmap, of each look at a frame: names, heights (n,) 0 to 1, cells (n, 2) as (column, row) of the grid."""

    names: tuple[str, ...]
    heights: NDArray[np.float64]
    cells: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """frames: with a mask of bone. peaks: over PEAK on them. near: of these within NEAR_MM of the leading edge of bone. chance: share of the scans'
    cells that are. named: of each name that readers put and the networks know, how many points, and by how many stands a peak of that name."""

    frames: int
    peaks: int
    near: int
    chance: float
    named: Mapping[str, tuple[int, int]]


def peaks_of(raws: Sequence[RawOutput], manifest: Manifest) -> Peaks:
    """raws: one for each placing, in turn."""
    heat = manifest.heatmap
    names: list[str] = []
    heights, cells = [], []
    for raw, (right, down) in zip(raws, manifest.placings, strict=True):
        flat = raw.heatmaps_int8.reshape(-1, len(manifest.landmarks))
        rows, columns = np.divmod(flat.argmax(0), heat.columns)
        names += manifest.landmarks
        heights.append((flat.max(0).astype(np.float64) - heat.zero_point) * heat.scale)
        cells.append(np.stack([columns, rows], 1) * float(heat.stride_cells) + heat.offset_cells - (right, down))
    return Peaks(tuple(names), np.concatenate(heights), np.concatenate(cells))


def tally(model: Model, folder: Path, half: str) -> Tally:
    """half: of the people, "choose" or "report". Raises OSError, TruthError."""
    lines = {line.frame: line for line in truth.read(folder)}
    named: dict[str, tuple[int, int]] = {}
    away, chances = [], []
    for reading in readings.read(readings.READERS[0]):
        line = lines.get(reading.frame.replace("/", "_"))
        if line is None or line.mm_per_px is None or reading.half != half or (placed := labelled.scanned(folder, line, AUTO)) is None:
            continue
        pixels, scan = placed
        found = _found(model, _sheet(pixels, scan))
        named = _joined(named, seen(found, _cells(reading, pixels.shape, scan)))
        away_mm = _away_mm(folder / line.frame, scan)
        if away_mm is not None:
            away.append(_at(away_mm, found.cells[found.heights >= PEAK]))
            chances.append(float((away_mm <= NEAR_MM)[_sheet(np.full_like(pixels, WHITE), scan) > HALF_WHITE].mean()))
    near = sum(int((own <= NEAR_MM).sum()) for own in away)
    return Tally(len(away), sum(map(len, away)), near, float(np.mean(chances)) if chances else float("nan"), named)


def _found(model: Model, sheet: NDArray[np.uint8]) -> Peaks:
    looks = range(len(model.manifest.placings))
    return peaks_of([model.invoke(calibrate.presented(sheet, number, model.manifest)) for number in looks], model.manifest)


def _away_mm(picture: Path, scan: Scan) -> NDArray[np.float64] | None:
    """(rows, columns) of the grid: how far each cell is from the leading edge of the picture's bone; None where no mask tells of any."""
    mask = _mask(picture)
    edge = None if mask is None else leading(_sheet(mask, scan) > HALF_WHITE)
    if edge is None or not edge.any():
        return None
    away: NDArray[np.float64] = distance_transform_edt(~edge) * GRID.mm_per_cell
    return away


def leading(bone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of bone (rows, columns): what has none right above it."""
    edge: NDArray[np.bool_] = bone.copy()
    edge[1:] &= ~bone[:-1]
    return edge


def seen(found: Peaks, points: Mapping[str, NDArray[np.float64]]) -> dict[str, tuple[int, int]]:
    """Of each name that the networks know: how many points (n, 2), as (column, row), a reader put, and how many have a peak of it within NEAR_MM."""
    told = {}
    for name, cells in points.items():
        own = found.cells[[each == name and height >= PEAK for each, height in zip(found.names, found.heights, strict=True)]]
        apart_mm = np.linalg.norm(cells[:, None] - own[None], axis=2) * GRID.mm_per_cell
        told[name] = len(cells), int((apart_mm.min(1, initial=np.inf) <= NEAR_MM).sum())
    return told


def _sheet(pixels: NDArray[np.uint8], scan: Scan) -> NDArray[np.uint8]:
    return sample_of(pixels, scan, {})[0]


def _mask(picture: Path) -> NDArray[np.uint8] | None:
    """The mask beside a picture; None where there is none."""
    path = readings.bone_of(picture)
    if not path.is_file():
        return None
    with Image.open(path) as mask:
        return np.asarray(mask.convert("L"))


def _cells(reading: Reading, shape: tuple[int, ...], scan: Scan) -> dict[str, NDArray[np.float64]]:
    """Where a reader put the bones that the networks know, whole view or not: name -> (n, 2)."""
    size = (shape[1], shape[0]) if reading.turn_deg % 180 == 0 else (shape[0], shape[1])
    put = {
        name: tuple(readings.turned_point(point, reading.turn_deg, size) for point in points)
        for name, points in [*reading.landmarks.items(), *reading.seen.items()]
        if name in ALL.landmarks and points
    }
    on_grid = sample_of(np.zeros(shape, np.uint8), scan, put)[1]
    cells = {name: on_grid[ALL.landmarks.index(name)] for name in put}
    return {name: places[np.isfinite(places).all(1)].astype(np.float64) for name, places in cells.items()}


def _at(away_mm: NDArray[np.float64], cells: NDArray[np.float64]) -> NDArray[np.float64]:
    columns, rows = np.rint(cells).astype(int).T
    return away_mm[rows.clip(0, GRID.rows - 1), columns.clip(0, GRID.columns - 1)]


def _joined(one: Mapping[str, tuple[int, int]], other: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    both = [(name, one.get(name, (0, 0)), other.get(name, (0, 0))) for name in {**one, **other}]
    return {name: (first[0] + second[0], first[1] + second[1]) for name, first, second in both}


def told(half: str, found: Tally) -> str:
    """A line for a person."""
    share = found.near / found.peaks if found.peaks else float("nan")
    named = ", ".join(f"{name} {there} of {points}" for name, (points, there) in sorted(found.named.items()))
    return (
        f"{half}: {found.frames} frames with a mask of bone, {found.peaks} peaks over {PEAK}, {found.near} ({share:.0%}) within {NEAR_MM:g} mm of it "
        f"(by chance {found.chance:.1%}); of the points that readers named: {named or 'none'}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 where the folder or the model cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m models.training.on_bone", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readings", type=Path, help="a folder written by `python -m models.foreign readings`")
    parser.add_argument("--model", type=Path, default=runner.BUNDLED)
    options = parser.parse_args(arguments)
    try:
        model = runner.load(options.model)
        for half in _halves(readings.read(readings.READERS[0])):
            print(told(half, tally(model, options.readings, half)))
    except (OSError, TruthError, runner.ModelError) as error:
        print(f"on_bone: {error}", file=sys.stderr)
        return 2
    return 0


def _halves(lines: Iterable[Reading]) -> list[str]:
    return sorted({line.half for line in lines})


if __name__ == "__main__":
    sys.exit(main())
