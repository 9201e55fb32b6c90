"""A box of a grey picture resampled to a smaller grid without aliasing: area means by whole pixels, then a triangle, as matrices made once.

The filter is Pillow's `reduce((f, g))` and then `resize(BILINEAR)`: means over g rows, g the whole part of the rows per cell, and over f columns, f
the largest of 1, 2 and 4 not above the columns per cell; then a triangle that reaches one cell to each side. Both are linear, so they are two
banded matrices, cut into blocks that BLAS multiplies without their zeros. Columns come in ones, twos and fours because so many neighbours are
summed in one machine word; most of the time goes into the products, which are as many as there are columns left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.types import GrayImage

Matrix = NDArray[np.float32]
LANES = 4  # sums of 16 bits in a word of 64
MOST_ROWS = 64  # the sum of so many rows and LANES columns of greys is still 16 bits
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
    """left, top, right, bottom: the pixels that are read. down: rows of sums over `step_rows` rows to cells; across: columns, `step_columns` of them
    summed first, to cells."""

    left: int
    top: int
    right: int
    bottom: int
    step_rows: int
    step_columns: int
    down: Axis
    gathered: NDArray[np.intp]
    across: Axis


def resampling(box: tuple[float, float, float, float], size: tuple[int, int], *, mirrored: bool) -> Resampling:
    """For a box (left, top, right, bottom; edges of pixels, inside the picture) to size (columns, rows). mirrored: columns run from the right."""
    left, top, right, bottom = int(box[0]), int(box[1]), int(np.ceil(box[2])), int(np.ceil(box[3]))
    step_columns = max(step for step in (1, 2, LANES) if step == 1 or step <= (box[2] - box[0]) / size[0])
    step_rows = min(MOST_ROWS, max(1, int((box[3] - box[1]) / size[1])))
    # every row and column of a group has the same weight, and the group comes summed
    columns = _weights(box[0] - left, box[2] - left, right - left, size[0], step_columns)
    down = _banded(_weights(box[1] - top, box[3] - top, bottom - top, size[1], step_rows), BLOCK_ROWS)
    across = _banded(columns[::-1] if mirrored else columns, BLOCK_COLUMNS)
    return Resampling(left, top, right, bottom, step_rows, step_columns, down, down.rows, across)


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
    """Sums over step_rows rows and step_columns columns; the last of each over what is left."""
    height, width = part.shape
    step, together = plan.step_rows, plan.step_columns
    if step == 1 and together == 1:
        return part.astype(np.float32)
    whole, groups = height // step, -(-height // step)
    sums = np.empty((groups, -(-width // together) * together), np.uint16)
    sums[:, width:] = 0
    own, rows = sums[:whole, :width], part[: whole * step]
    np.add(rows[::step], rows[1::step] if step > 1 else np.uint8(0), out=own, dtype=np.uint16)
    for row in range(2, step):
        np.add(own, rows[row::step], out=own)
    if whole < groups:
        np.add.reduce(part[whole * step :], axis=0, dtype=np.uint16, out=sums[whole, :width])
    return sums.astype(np.float32) if together == 1 else _neighbours(sums, together)


def _neighbours(sums: NDArray[np.uint16], together: int) -> Matrix:
    """Sums of two or four neighbouring columns, (rows, columns / together): the lanes of a word added up in its highest one, whichever way round the
    machine keeps them. sums is written over."""
    if together == 2:
        pairs = sums.view(np.uint32)
        pairs *= np.uint32(0x10001)
        pairs >>= np.uint32(16)
        return pairs.view(np.int32).astype(np.float32)
    fours = sums.view(np.uint64)
    fours *= np.uint64(0x1000100010001)
    fours >>= np.uint64(48)
    # by way of 16 bits: processors turn few into floats at a time from 64
    return fours.astype(np.uint16).astype(np.float32)


def _weights(first: float, last: float, size: int, cells: int, step: int) -> NDArray[np.float64]:
    """(cells, groups) of single pixels in groups of `step`: their mean, the last one's of what is left, then a triangle over the means."""
    groups = -(-size // step)
    per_cell = (last - first) / step / cells
    reach = max(1.0, per_cell)
    centres = first / step + (np.arange(cells) + 0.5) * per_cell
    triangle = np.maximum(0.0, 1.0 - np.abs(np.arange(groups) + 0.5 - centres[:, None]) / reach)
    triangle /= triangle.sum(axis=1, keepdims=True)
    return np.asarray(triangle / np.bincount(np.arange(size) // step, minlength=groups))


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
