"""The training loop: one cosine, an average of weights, hard frames again, checkpoints to go on from. Same seed, same order of frames and
changes."""

from __future__ import annotations

import copy
import os
import pickle
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.training import augment, looks, mining, targets
from models.training.augment import Batch
from models.training.looks import Borrowed
from models.training.network import Network, build, set_rounding
from models.training.optimiser import Optimiser
from models.training.settings import VIEW_WEIGHTS, Vocabulary
from models.training.shards import Samples

CHECKPOINT_EVERY = 500
LOG_EVERY = 50


@dataclass(frozen=True, slots=True)
class Schedule:
    """steps of `batch` frames; learning rate up over `warm_up` steps, then down to lowest_share of it along a cosine: where it goes down to zero, the
    network settles on the sources it learns from, and knows others less well. hard_share of the batches wear the hardest looks, plain_share of the
    others next to none, the rest gentle ones, in all steps. Then rounded_steps more with every activation rounded as int8 will: rounded_rate, down to
    zero along a cosine. Then settled_steps more, rounded too, from the averaged weights on and with the averaged batch-norm statistics fixed, as they
    are in the exported model: settled_rate, down to zero along a cosine. Every mine_every steps the average is asked which frames it finds hardest
    (mining.py); mined_share of each batch is drawn from them."""

    steps: int
    hard_share: float = 0.0
    plain_share: float = 0.0
    lowest_share: float = 0.0
    rounded_steps: int = 0
    rounded_rate: float = 1e-3
    settled_steps: int = 0
    settled_rate: float = 3e-4
    batch: int = 32
    rate: float = 3e-3
    warm_up: int = 200
    decay: float = 0.02
    average: float = 0.998
    seed: int = 0
    view_weight: float = 3.0
    none_share: float = 0.3
    mine_every: int = 4000
    mined_share: float = 0.05

    def rate_at(self, step: int) -> float:
        """Learning rate at a step."""
        # the first steps are as long as the rate whatever the gradient: weights to go on from would be shaken out of place
        ramp = min(1.0, (step + 1) / self.warm_up)
        if step >= self.settled_from:
            return ramp * self.settled_rate * _cosine((step - self.settled_from) / max(1, self.settled_steps))
        if step >= self.steps:
            return ramp * self.rounded_rate * _cosine((step - self.steps) / max(1, self.rounded_steps))
        if step < self.warm_up:
            return ramp * self.rate
        left = _cosine((step - self.warm_up) / max(1, self.steps - self.warm_up))
        return self.rate * (self.lowest_share + (1 - self.lowest_share) * left)

    @property
    def settled_from(self) -> int:
        return self.steps + self.rounded_steps

    @property
    def total(self) -> int:
        return self.settled_from + self.settled_steps

    def stretches(self, first: int) -> Iterator[tuple[int, int]]:
        """(begin, end) of the steps from `first` on between which the hardest frames stay the same."""
        while first < self.total:
            end = min(self.total, (first // self.mine_every + 1) * self.mine_every)
            yield first, end
            first = end


def _cosine(share: float) -> float:
    """1 at 0, 0 from 1 on."""
    return 0.5 * (1 + float(np.cos(np.pi * min(1.0, share))))


def loss_of(heat: Tensor, logits: Tensor, batch: Batch, words: Vocabulary, view_weight: float) -> tuple[Tensor, Tensor]:
    """Heatmap and view loss. heat: logits (n, landmarks, rows, columns)."""
    wanted = targets.heatmaps(batch.points)
    weights = targets.channel_weights(batch.views, words)
    # per channel a sum over cells: a landmark then weighs the same however large the grid
    each = functional.binary_cross_entropy_with_logits(heat, wanted, reduction="none").sum((2, 3))
    spatial = (each * weights).sum() / weights.sum()
    # no label is smoothed: that would take away what tells a certain frame from a likely one
    return spatial, view_weight * functional.cross_entropy(logits, batch.views)


@dataclass(slots=True)
class _Course:
    """What a checkpoint holds. hard: of each view the frames that the average found hardest; empty before it was asked."""

    network: Network
    average: Network
    optimiser: Optimiser
    step: int = 0
    hard: list[NDArray[np.intp]] = field(default_factory=list)


def fit(
    samples: Samples,
    *,
    architecture: str,
    schedule: Schedule,
    folder: Path,
    start_from: Path | None = None,
    log: TextIO | None = None,
    borrowed: Borrowed | None = None,
) -> Network:
    """The averaged network, in evaluation mode. Goes on from folder/checkpoint.pt if that is there. borrowed: as looks.looked takes it."""
    torch.manual_seed(schedule.seed)
    words = samples.words
    network = build(architecture, landmarks=len(words.landmarks), views=len(words.views))
    if start_from is not None:
        network.load_state_dict(read_weights(start_from))
    # asked between the steps which frames are hard, and never trained itself
    average = copy.deepcopy(network).eval()
    course = _Course(network, average, Optimiser(network, rate=schedule.rate, decay=schedule.decay))
    _restore(folder / "checkpoint.pt", course)
    started, first, tally = time.monotonic(), course.step, [0.0, 0.0, 0]
    network.train()
    for begin, end in schedule.stretches(first):
        if begin and begin % schedule.mine_every == 0 and schedule.mined_share:
            course.hard = mining.hardest(average, samples)
        for batch in _ahead(samples, course.hard, schedule, begin, end, borrowed):
            spatial, view = _learnt(course, batch, words, schedule)
            tally = [tally[0] + spatial, tally[1] + view, tally[2] + 1]
            if course.step % LOG_EVERY == 0 or course.step == schedule.total:
                _report(course.step, schedule, tally, (course.step - first) / (time.monotonic() - started), log)
                tally = [0.0, 0.0, 0]
            if course.step % CHECKPOINT_EVERY == 0 or course.step == schedule.total:
                _checkpoint(folder / "checkpoint.pt", course)
    return average


def _learnt(course: _Course, batch: Batch, words: Vocabulary, schedule: Schedule) -> tuple[float, float]:
    """One step; heatmap and view loss."""
    network, step = course.network, course.step
    set_rounding(network, step >= schedule.steps)
    settled = step >= schedule.settled_from
    if step == schedule.settled_from:
        network.load_state_dict(course.average.state_dict())
    if settled:
        # a black background is one value in every channel, and its rounding error the same all over: statistics of the batch would take it
        # away in training, those of the exported model leave it in, and it grew from layer to layer until views were lost
        settle(network)
    with torch.autocast("cpu", torch.bfloat16, enabled=not settled):  # which int8 step a value falls on is finer than bfloat16 tells
        heat, logits = network(batch.grids.contiguous(memory_format=torch.channels_last))
    spatial, view = loss_of(heat.float(), logits.float(), batch, words, schedule.view_weight)
    (spatial + view).backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    course.optimiser.step(schedule.rate_at(step))
    _average(course.average, network, min(schedule.average, (1 + step) / (10 + step)))
    course.step += 1
    return float(spatial.detach()), float(view.detach())


def _ahead(
    samples: Samples, hard: list[NDArray[np.intp]], schedule: Schedule, begin: int, end: int, borrowed: Borrowed | None
) -> Iterator[Batch]:
    """The batches of steps begin to end, each made by another thread while the one before is learnt from."""
    pools = _pools(samples)
    hard = hard or pools
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as maker:
        coming = maker.submit(_batch, samples, pools, hard, schedule, begin, borrowed)
        for step in range(begin, end):
            batch = coming.result()
            coming = maker.submit(_batch, samples, pools, hard, schedule, step + 1, borrowed)
            yield batch


def _pools(samples: Samples) -> list[NDArray[np.intp]]:
    return [np.flatnonzero(samples.views == view) for view in range(len(samples.words.views))]


def _batch(
    samples: Samples, pools: list[NDArray[np.intp]], hard: list[NDArray[np.intp]], schedule: Schedule, step: int, borrowed: Borrowed | None = None
) -> Batch:
    """A stated share of no view, the rest spread over the views by their weights, a stated share of all from the hard ones; the order depends on
    seed, step and what was hard."""
    draw = np.random.Generator(np.random.PCG64([schedule.seed, step]))
    none = draw.random(schedule.batch) < schedule.none_share
    weights = np.array([VIEW_WEIGHTS.get(view, 1.0) for view in samples.words.views[1:]])
    views = np.where(none, 0, 1 + draw.choice(len(weights), schedule.batch, p=weights / weights.sum()))
    mined = draw.random(schedule.batch) < schedule.mined_share
    chosen = [(hard if again and len(hard[view]) else pools)[view] for view, again in zip(views, mined, strict=True)]
    picked = np.array([pool[draw.integers(len(pool))] for pool in chosen])
    grids = torch.from_numpy(samples.grids[picked]).float()[:, None] / 255
    masks = looks.masks_of(grids, torch.from_numpy(samples.sides[picked])).float()
    batch = Batch(grids, torch.from_numpy(samples.views[picked]), torch.from_numpy(samples.points[picked]), masks)
    generator = torch.Generator().manual_seed(int(draw.integers(2**62)))
    return augment.augmented(batch, samples.words, generator, _strength(schedule, draw), borrowed)


def _strength(schedule: Schedule, draw: np.random.Generator) -> augment.Strength:
    """How strong the looks of a batch are."""
    hard, plain = draw.random(2) < (schedule.hard_share, schedule.plain_share)
    return augment.Strength() if hard else augment.PLAIN if plain else augment.GENTLE


def settle(network: Network) -> None:
    """Batch norm by its running statistics from here on, which then stay as they are."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


@torch.no_grad()
def _average(average: Network, network: Network, keep: float) -> None:
    # weights and batch-norm statistics alike
    for old, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.mul_(keep).add_(new, alpha=1 - keep)
        else:
            old.copy_(new)


def _report(step: int, schedule: Schedule, tally: list[float], steps_s: float, log: TextIO | None) -> None:
    done = int(20 * step / schedule.total)
    left_min = (schedule.total - step) / max(steps_s, 1e-9) / 60
    line = (
        f"[{'#' * done}{'.' * (20 - done)}] {step}/{schedule.total} heat {tally[0] / tally[2]:.4f} view {tally[1] / tally[2]:.4f} "
        f"{steps_s * schedule.batch:.0f} frames/s {left_min:.1f} min left"
    )
    print(line, flush=True)
    if log is not None:
        print(line, file=log, flush=True)


def _checkpoint(path: Path, course: _Course) -> None:
    part = path.with_suffix(".part")
    state = {name: getattr(course, name).state_dict() for name in ("network", "average", "optimiser")}
    torch.save({"step": course.step, "hard": [torch.from_numpy(frames) for frames in course.hard]} | state, part)
    os.replace(part, path)


def write_weights(path: Path, network: Network) -> None:
    """All that training goes on from, as .npz: kernels as float16, which halves the file; the rest as it is. Whole or not at all."""
    part = path.with_suffix(".part.npz")
    np.savez(part, **{name: (value.half() if value.ndim > 1 else value).numpy() for name, value in network.state_dict().items()})
    os.replace(part, path)


def loaded(path: Path, architecture: str, words: Vocabulary) -> Network:
    """A network with the weights of a file, in evaluation mode. Raises ValueError."""
    network = build(architecture, landmarks=len(words.landmarks), views=len(words.views))
    network.load_state_dict(read_weights(path))
    return network.eval()


def read_weights(path: Path) -> dict[str, Tensor]:
    """From write_weights' file, or from a checkpoint (.pt) of this loop. Raises ValueError where it is neither."""
    try:
        if path.suffix == ".npz":
            return {name: torch.from_numpy(value).float() if value.ndim > 1 else torch.from_numpy(value) for name, value in np.load(path).items()}
        weights: dict[str, Tensor] = torch.load(path, weights_only=True)["average"]
    except (OSError, KeyError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: no weights: give the .weights.npz beside a model, or a checkpoint.pt of a training: {error}") from error
    return weights


def _restore(path: Path, course: _Course) -> None:
    if path.is_file():
        state = torch.load(path, weights_only=True)
        for name in ("network", "average", "optimiser"):
            getattr(course, name).load_state_dict(state[name])
        course.step = int(state["step"])
        course.hard = [frames.numpy() for frames in state["hard"]]
