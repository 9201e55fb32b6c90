"""A box of a grey picture resampled to a smaller grid without aliasing: area means by whole pixels, then a triangle, as matrices made once.

The filter is Pillow's `reduce((f, g))` and then `resize(BILINEAR)`: means over g rows, g the whole part of the rows per cell, and over f columns, f
the largest of 1, 2 and 4 not above the columns per cell; then a triangle that reaches one cell to each side. Both are linear, so they are two
banded matrices, cut into blocks that BLAS multiplies without their zeros. The blocks begin equally far apart, so that one call takes all of them
out of the sums where they lie. Columns come in ones, twos and fours because so many neighbours are summed in one machine word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.types import GrayImage

Matrix = NDArray[np.float32]
LANES = 4  # sums of 16 bits in a word of 64
MOST_ROWS = 64  # the sum of so many rows and LANES columns of greys is still 16 bits
BLOCK_ROWS = 8
BLOCK_COLUMNS = 16  # with BLOCK_ROWS small enough that BLAS starts no threads of its own beside the model's
FLOAT_BYTES = 4
HALF = np.float32(0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Weights along one axis to `cells` cells in all: blocks (count, cells, taps). The first begins at entry `first` of the reduced axis, each other
    one `apart` entries further (before it, where negative). They reach over `entries`, of which the last may be zeros."""

    cells: int
    blocks: Matrix
    first: int
    apart: int

    @property
    def entries(self) -> int:
        count, _, taps = self.blocks.shape
        return self.first + max(0, (int(count) - 1) * self.apart) + int(taps)


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """left, top, right, bottom: the pixels that are read. down: rows of sums over `step_rows` rows to cells; across: columns, `step_columns` of them
    summed first, to cells, its blocks turned round: (count, taps, cells)."""

    left: int
    top: int
    right: int
    bottom: int
    step_rows: int
    step_columns: int
    down: Axis
    across: Axis
    turned: Matrix


def resampling(box: tuple[float, float, float, float], size: tuple[int, int], *, mirrored: bool) -> Resampling:
    """For a box (left, top, right, bottom; edges of pixels, inside the picture) to size (columns, rows). mirrored: columns run from the right."""
    left, top, right, bottom = int(box[0]), int(box[1]), int(np.ceil(box[2])), int(np.ceil(box[3]))
    step_columns = max(step for step in (1, 2, LANES) if step == 1 or step <= (box[2] - box[0]) / size[0])
    step_rows = min(MOST_ROWS, max(1, int((box[3] - box[1]) / size[1])))
    # every row and column of a group has the same weight, and the group comes summed
    columns = _weights(box[0] - left, box[2] - left, right - left, size[0], step_columns)
    down = _banded(_weights(box[1] - top, box[3] - top, bottom - top, size[1], step_rows), BLOCK_ROWS)
    across = _banded(columns[::-1] if mirrored else columns, BLOCK_COLUMNS)
    turned = np.ascontiguousarray(across.blocks.transpose(0, 2, 1))
    return Resampling(left, top, right, bottom, step_rows, step_columns, down, across, turned)


def resampled(pixels: GrayImage, plan: Resampling) -> GrayImage:
    """The box's cells: (rows, columns), rounded to the nearest grey."""
    sums = _summed(pixels, plan)
    down, across, line = plan.down, plan.across, sums.shape[1] * FLOAT_BYTES
    count, _, taps = down.blocks.shape
    rows = np.ndarray((count, taps, sums.shape[1]), np.float32, sums, down.first * line, (down.apart * line, line, FLOAT_BYTES))
    tall = np.matmul(down.blocks, rows)
    count, taps, width = plan.turned.shape
    columns = np.ndarray((count, down.cells, taps), np.float32, tall, across.first * FLOAT_BYTES, (across.apart * FLOAT_BYTES, line, FLOAT_BYTES))
    made = np.empty((down.cells, count, width), np.float32)
    np.matmul(columns, plan.turned, out=made.transpose(1, 0, 2))
    made += HALF
    return made.astype(np.uint8).reshape(down.cells, -1)[:, : across.cells]


def _summed(pixels: GrayImage, plan: Resampling) -> Matrix:
    """Sums over step_rows rows and step_columns columns of the plan's pixels, the last of each over what is left; then zeros, as far as the blocks
    reach."""
    width, height, step, together = plan.right - plan.left, plan.bottom - plan.top, plan.step_rows, plan.step_columns
    whole, groups = height // step, -(-height // step)
    wide = max(plan.across.entries, -(-width // together)) * together
    # where the picture goes on, sums as wide as their array take two thirds of the time; what is too wide is emptied
    part = pixels[plan.top : plan.bottom, plan.left : plan.left + wide]
    sums = np.empty((max(plan.down.entries, groups), wide), np.uint16)
    own, rows = sums[:whole, : part.shape[1]], part[: whole * step]
    np.add(rows[::step], rows[1::step] if step > 1 else np.uint8(0), out=own, dtype=np.uint16)
    for row in range(2, step):
        np.add(own, rows[row::step], out=own)
    if whole < groups:
        np.add.reduce(part[whole * step :], axis=0, dtype=np.uint16, out=sums[whole, : part.shape[1]])
    sums[:, width:] = 0
    sums[groups:] = 0
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
    """Cuts a banded matrix (all cells, entries) into blocks of so many cells that begin equally far apart, with the fewest taps."""
    used = [np.flatnonzero(weights[first : first + cells].any(axis=0)) for first in range(0, len(weights), cells)]
    furthest = weights.shape[1] // len(used) + 1
    # blocks that all begin with the first entry are always some
    taps, first, apart = min(window for window in (_window(used, apart) for apart in range(-furthest, furthest + 1)) if window)
    blocks = np.zeros((len(used), cells, taps), np.float32)
    for index in range(len(used)):
        start = first + index * apart
        part = weights[index * cells : (index + 1) * cells, start : start + taps]
        blocks[index, : part.shape[0], : part.shape[1]] = part
    return Axis(len(weights), blocks, first, apart)


def _window(used: list[NDArray[np.intp]], apart: int) -> tuple[int, int, int] | None:
    """(taps, first, apart): windows so far apart, each over the entries that its block uses; None where one would begin before all entries."""
    first = min(int(each[0]) - index * apart for index, each in enumerate(used))
    if min(first, first + (len(used) - 1) * apart) < 0:
        return None
    return max(int(each[-1]) + 1 - index * apart for index, each in enumerate(used)) - first, first, apart
