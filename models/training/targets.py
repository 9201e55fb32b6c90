"""What the network is asked to say: a Gaussian per visible point in its landmark's channel, nothing elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor

from models.training.settings import HEATMAP_COLUMNS, HEATMAP_ROWS, SIGMA_CELLS, STRIDE_CELLS, Vocabulary
from models.training.shards import SIDES, SLOTS

OTHER_VIEW_WEIGHT = 0.15  # of channels that the frame's view does not have: kept near zero, at little cost to the view's own
DIM_HEIGHT = 0.5  # of a Gaussian: a reader points at a dim echo half of the time
NO_VIEW_WEIGHT = 0.05  # of all channels of a frame without a view: near misses may keep their peaks, the view's logit alone says none


def heatmaps(points: Tensor) -> Tensor:
    """points: (n, landmarks, SLOTS, 2) as (column, row) of the grid, NaN where there is none. Gives (n, landmarks, rows, columns), 0 to 1."""
    cells = (points - (STRIDE_CELLS - 1) / 2) / STRIDE_CELLS
    across = _bell(cells[..., 0], HEATMAP_COLUMNS)
    down = _bell(cells[..., 1], HEATMAP_ROWS)
    height = torch.tensor([1.0] * SIDES + [DIM_HEIGHT] * (SLOTS - SIDES))
    return torch.einsum("nlsr,nlsc,s->nlsrc", down, across, height).amax(dim=2)


def _bell(centre: Tensor, count: int) -> Tensor:
    # NaN would poison the loss: a missing point is put far away, where its Gaussian is zero
    centre = torch.nan_to_num(centre, nan=-1e3).clamp(-1e3, 1e3)
    distance = torch.arange(count, dtype=centre.dtype) - centre[..., None]
    return torch.exp(-0.5 * (distance / SIGMA_CELLS) ** 2)


def channel_weights(views: Tensor, words: Vocabulary) -> Tensor:
    """(n, landmarks): 1 for the channels of the frame's view."""
    table = torch.full((len(words.views), len(words.landmarks)), OTHER_VIEW_WEIGHT)
    table[0] = NO_VIEW_WEIGHT
    for index, view in enumerate(words.views):
        for channel in words.channels_of(view):
            table[index, channel] = 1.0
    return table[views]
