"""A box of a grey picture resampled to a smaller grid without aliasing: area means by whole pixels, then a triangle, as matrices made once.

The filter is Pillow's `resize(BILINEAR, reducing_gap=1.0)`: means over f x f pixels, f the whole part of the pixels per cell, then a triangle that
reaches one cell to each side. Both are linear, so they are two banded matrices, cut into blocks that BLAS multiplies without their zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.types import GrayImage

Matrix = NDArray[np.float32]
MOST_STEP = 128  # the sum of twice so many greys is still 16 bits
BLOCK_ROWS = 16
BLOCK_COLUMNS = 16  # with BLOCK_ROWS small enough that BLAS starts no threads of its own beside the model's


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Weights along one axis: blocks (count, cells, taps) that start at `starts` of the reduced axis; `cells` in all."""

    cells: int
    blocks: Matrix
    starts: tuple[int, ...]

    @property
    def rows(self) -> NDArray[np.intp]:
        """Every block's entries, one block after the other: (count * taps,)."""
        return (np.asarray(self.starts)[:, None] + np.arange(self.blocks.shape[2])).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """left, top, right, bottom: the pixels that are read. down: rows of sums over `step_rows` rows to cells; across: columns to cells, neighbouring
    columns summed first where paired, the last one 0 where padded."""

    left: int
    top: int
    right: int
    bottom: int
    step_rows: int
    paired: bool
    padded: bool
    down: Axis
    gathered: NDArray[np.intp]
    across: Axis


def resampling(box: tuple[float, float, float, float], size: tuple[int, int], *, picture_columns: int, mirrored: bool) -> Resampling:
    """For a box (left, top, right, bottom; edges of pixels, inside the picture) to size (columns, rows). mirrored: columns run from the right."""
    left, top, right, bottom = int(box[0]), int(box[1]), int(np.ceil(box[2])), int(np.ceil(box[3]))
    step_columns, columns = _weights(box[0] - left, box[2] - left, right - left, size[0])
    step_rows, rows = _weights(box[1] - top, box[3] - top, bottom - top, size[1])
    # every row of a group has the same weight, and the group comes summed
    down = _banded(rows[:, ::step_rows], BLOCK_ROWS)
    columns = columns[::-1] if mirrored else columns
    halves = step_columns % 2 == 0
    # an odd last column's partner is read with it and set to 0
    padded = halves and (right - left) % 2 == 1 and right < picture_columns
    paired = halves and (padded or (right - left) % 2 == 0)
    across = _banded(columns[:, ::2] if paired else columns, BLOCK_COLUMNS)
    return Resampling(left, top, right + padded, bottom, step_rows, paired, padded, down, down.rows, across)


def resampled(pixels: GrayImage, plan: Resampling) -> GrayImage:
    """The box's cells: (rows, columns), rounded to the nearest grey."""
    sums = _summed(pixels[plan.top : plan.bottom, plan.left : plan.right], plan)
    count, cells, taps = plan.down.blocks.shape
    tall = np.matmul(plan.down.blocks, sums[plan.gathered].reshape(count, taps, sums.shape[1])).reshape(count * cells, sums.shape[1])
    tall = tall[: plan.down.cells]
    made = np.empty((plan.down.cells, plan.across.cells), np.float32)
    width, taps = plan.across.blocks.shape[1:]
    for index, start in enumerate(plan.across.starts):
        part = made[:, index * width : (index + 1) * width]
        np.matmul(tall[:, start : start + taps], plan.across.blocks[index, : part.shape[1]].T, out=part)
    made += 0.5
    return made.astype(np.uint8)


def _summed(part: GrayImage, plan: Resampling) -> Matrix:
    """Sums over step_rows rows, and over neighbouring columns where paired."""
    height, width = part.shape
    step = plan.step_rows
    if step == 1 and not plan.paired:
        return part.astype(np.float32)
    whole = height // step
    sums = np.empty((-(-height // step), width), np.uint16)
    own, rows = sums[:whole], part[: whole * step]
    np.add(rows[::step], rows[1::step] if step > 1 else np.uint8(0), out=own, dtype=np.uint16)
    for row in range(2, step):
        np.add(own, rows[row::step], out=own)
    if whole < len(sums):
        np.add.reduce(part[whole * step :], axis=0, dtype=np.uint16, out=sums[whole])
    if not plan.paired:
        return sums.astype(np.float32)
    if plan.padded:
        sums[:, -1] = 0
    pairs = sums.view(np.uint32)
    # low + high half-word come to stand in the high one, whichever way round the machine keeps them
    pairs *= np.uint32(0x10001)
    pairs >>= np.uint32(16)
    return pairs.view(np.int32).astype(np.float32)


def _weights(first: float, last: float, size: int, cells: int) -> tuple[int, NDArray[np.float64]]:
    """(f, weights (cells, size) of single pixels): means over f pixels, the last of what is left, then a triangle over the means."""
    step = min(MOST_STEP, max(1, int((last - first) / cells)))
    groups = -(-size // step)
    per_cell = (last - first) / step / cells
    reach = max(1.0, per_cell)
    centres = first / step + (np.arange(cells) + 0.5) * per_cell
    triangle = np.maximum(0.0, 1.0 - np.abs(np.arange(groups) + 0.5 - centres[:, None]) / reach)
    triangle /= triangle.sum(axis=1, keepdims=True)
    group = np.arange(size) // step
    return step, (triangle / np.bincount(group, minlength=groups))[:, group]


def _banded(weights: NDArray[np.float64], cells: int) -> Axis:
    """Cuts a banded matrix (all cells, entries) into blocks of so many cells."""
    count, entries = len(weights), weights.shape[1]
    spans = []
    for first in range(0, count, cells):
        used = np.flatnonzero(weights[first : first + cells].any(axis=0))
        spans.append((int(used[0]), int(used[-1]) + 1))
    taps = max(last - first for first, last in spans)
    starts = tuple(min(first, entries - taps) for first, _ in spans)
    blocks = np.zeros((len(spans), cells, taps), np.float32)
    for index, start in enumerate(starts):
        part = weights[index * cells : (index + 1) * cells, start : start + taps]
        blocks[index, : len(part)] = part
    return Axis(count, blocks, starts)
