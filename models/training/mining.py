"""Which frames a network in training finds hardest: a share of the batches is drawn from them (hard-example mining)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.network import Network
from models.training.shards import Samples

HARDEST = 0.1  # of each view's frames
AT_ONCE = 100


@torch.no_grad()
def hardest(network: Network, samples: Samples) -> list[NDArray[np.intp]]:
    """For each view the HARDEST of its frames: those to whose own view the network, in evaluation mode, gives the least probability."""
    own = np.concatenate([_probability(network, samples, first) for first in range(0, len(samples), AT_ONCE)])
    found = []
    for view in range(len(samples.words.views)):
        frames = np.flatnonzero(samples.views == view)
        order = np.argsort(own[frames], kind="stable")
        found.append(np.sort(frames[order[: round(HARDEST * len(frames))]]))
    return found


def _probability(network: Network, samples: Samples, first: int) -> NDArray[np.float32]:
    """(n,) of the frames' own views."""
    part = slice(first, first + AT_ONCE)
    grids = torch.from_numpy(samples.grids[part]).float()[:, None] / 255
    with torch.autocast("cpu", torch.bfloat16):
        _, logits = network(grids.contiguous(memory_format=torch.channels_last))
    chosen = torch.softmax(logits.float(), 1).gather(1, torch.from_numpy(samples.views[part])[:, None])
    return np.asarray(chosen[:, 0].numpy(), np.float32)
