"""What weights are worth on frames that they never saw, quickly: `python -m models.training.yardstick WEIGHTS --shards NAME=DIR ...`.

The float network alone, one look at each frame: for choosing between trainings. What a model is worth to a user is what `tuffier score` says of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW
from models.training import fit, shards
from models.training.network import Network
from models.training.settings import GRID, STRIDE_CELLS
from models.training.shards import ALL, SIDES, Samples

AT_ONCE = 50
SURE = 0.9  # of a view: what a gate would ask at the least
PEAK = 0.3


@dataclass(frozen=True, slots=True)
class Worth:
    """Shares are of frames with a view (right, sure), or of all (wrong: sure of a view that is not there). Errors in mm of peaks over PEAK on
    frames seen right; bias_mm: deeper than the truth is positive. seen: share of the landmarks there that have such a peak."""

    frames: int
    right: float
    sure: float
    none_right: float
    wrong: float
    seen: float
    median_mm: float
    p90_mm: float
    bias_mm: float


def worth(network: Network, samples: Samples) -> Worth:
    """network: in evaluation mode."""
    parts = [_answers(network, samples, first) for first in range(0, len(samples), AT_ONCE)]
    probabilities, places, peaks = (np.concatenate(each) for each in zip(*parts, strict=True))
    guess, top = probabilities.argmax(1), probabilities.max(1)
    held, none = samples.views > 0, samples.views == 0
    errors, offs, seen, there = _errors(samples, places, peaks, guess)
    wrong = (guess > 0) & (guess != samples.views) & (top >= SURE)
    return Worth(
        len(samples),
        _share((guess == samples.views)[held]),
        _share(((guess == samples.views) & (top >= SURE))[held]),
        _share((guess == 0)[none]),
        _share(wrong),
        seen / max(1, there),
        float(np.median(errors)) if len(errors) else np.nan,
        float(np.percentile(errors, 90)) if len(errors) else np.nan,
        float(np.mean(offs)) if len(offs) else np.nan,
    )


def _share(which: NDArray[np.bool_]) -> float:
    return float(which.mean()) if len(which) else np.nan


@torch.no_grad()
def _answers(network: Network, samples: Samples, first: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities (n, views), the likeliest place (n, landmarks, 2) as grid (column, row), its height (n, landmarks)."""
    grids = torch.from_numpy(samples.grids[first : first + AT_ONCE]).float()[:, None] / 255
    heat, logits = network(grids.contiguous(memory_format=torch.channels_last))
    count, channels, _, columns = heat.shape
    top, at = torch.sigmoid(heat.float()).reshape(count, channels, -1).max(2)
    place = torch.stack([at % columns, at // columns], -1) * STRIDE_CELLS + (STRIDE_CELLS - 1) / 2
    return torch.softmax(logits.float(), 1).numpy(), place.float().numpy(), top.numpy()


def _errors(
    samples: Samples, places: NDArray[np.float32], peaks: NDArray[np.float32], guess: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32], int, int]:
    """Distances and depths off, in mm, of the peaks that count; how many landmarks have one; how many are there."""
    errors, offs, there = [], [], 0
    for index in np.flatnonzero((guess == samples.views) & (samples.views > 0)):
        for channel in np.flatnonzero(~np.isnan(samples.points[index, :, :SIDES, 0]).all(1)):
            there += 1
            if peaks[index, channel] < PEAK:
                continue
            off = (places[index, channel] - samples.points[index, channel, :SIDES]) * GRID.mm_per_cell
            nearest = off[np.nanargmin(np.hypot(off[:, 0], off[:, 1]))]
            errors.append(float(np.hypot(*nearest)))
            offs.append(float(nearest[1]))
    return np.array(errors), np.array(offs), len(errors), there


def confusion(network: Network, samples: Samples) -> list[str]:
    """A line a view: how many of its frames were seen as what."""
    guess = np.concatenate([_answers(network, samples, first)[0].argmax(1) for first in range(0, len(samples), AT_ONCE)])
    lines = []
    for view in range(len(samples.words.views)):
        own = guess[samples.views == view]
        counts = {samples.words.views[other]: int((own == other).sum()) for other in np.unique(own)}
        lines.append(f"  {samples.words.views[view]:28}{len(own):5}  {counts}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.yardstick", description=__doc__)
    parser.add_argument("weights", type=Path, nargs="+", help=".weights.npz or checkpoint.pt")
    parser.add_argument("--shards", action="append", required=True, metavar="NAME=DIR", help="a folder of samples, or one file of them")
    parser.add_argument("--architecture", default="hybrid_a")
    parser.add_argument("--confusion", action="store_true", help=f"how each view was seen, {NO_VIEW} first")
    options = parser.parse_args(arguments)
    print(f"{'':44}{'n':>6}{'right':>7}{'sure':>7}{'none':>7}{'wrong':>7}{'seen':>7}{'median':>8}{'p90':>7}{'bias':>7}")
    for weights in options.weights:
        network = fit.loaded(weights, options.architecture, ALL)
        for named in options.shards:
            name, _, place = named.partition("=")
            folder = Path(place)
            samples = shards.load(sorted(folder.glob("*.npz")) if folder.is_dir() else [folder])
            found = worth(network, samples)
            print(
                f"{str(weights)[-26:]:27}{name:17}{found.frames:6}{found.right:7.3f}{found.sure:7.3f}{found.none_right:7.3f}{found.wrong:7.3f}"
                f"{found.seen:7.3f}{found.median_mm:8.2f}{found.p90_mm:7.2f}{found.bias_mm:7.2f}",
                flush=True,
            )
            if options.confusion:
                print("\n".join(confusion(network, samples)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
