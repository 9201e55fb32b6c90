"""A scan resampled to the model's metric grid, whatever the depth setting, with the mapping back kept beside it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from edge.model.manifest import Grid, Heatmap, Manifest
from edge.model.resample import Resampling, resampled, resampling
from edge.screen.area.sector import inside_sector
from edge.types import Affine, GrayImage, Int8Tensor, ModelInput, Placing, PointPx, Scan, ScanGeometry

SIGN_BIT = np.uint8(0x80)
BLACK_SHARE = 0.01  # this share of a picture's cells, of those not quite 0, is its black
# of an echo's contrast, grey levels: what is dimmer or brighter than this tells no more (2,863 targets)
LEAST_CONTRAST, MOST_CONTRAST = -25, 38
TILES_ABOVE, ROWS_BEFORE = 2, 2  # heatmap cells above the echo's own two, which begin so many rows of the grid before the landmark's
BLACK_MOST = 24  # video's own black is 16 at most, with some noise: a picture without anything darker has no black to tell


def laid(pixels: GrayImage, scan: Scan, manifest: Manifest, placing: Placing, *, offset_px: tuple[int, int] = (0, 0)) -> ModelInput:
    """pixels as a placing wants them for whichever network's turn it is."""
    return to_grid(pixels, scan, manifest.grid_of(placing), mirrored=placing.mirrored, offset_px=offset_px, turn=placing.number)


def to_grid(
    pixels: GrayImage, scan: Scan, grid: Grid, *, mirrored: bool, offset_px: tuple[int, int] = (0, 0), turn: int = 0
) -> ModelInput:
    """pixels (grey, their [0, 0] at offset_px of the frame) on the grid: int8 (1, rows, columns, 1), grey - 128, -128 outside the scan. turn: as
    ModelInput has it.

    Area averaged when the picture is finer than the grid, so that speckle does not alias.
    """
    place = _place(scan.geometry, scan.origin_px, (scan.mm_per_px_x, scan.mm_per_px_y), grid, pixels.shape, offset_px, mirrored)
    # grey - 128 as int8 is the same bits as grey XOR 0x80
    sheet = np.full((grid.rows, grid.columns), SIGN_BIT, dtype=np.uint8)
    if place.resampling is not None:
        left, top, right, bottom = place.cells
        part = resampled(pixels, place.resampling)
        if place.inside is not None:
            np.bitwise_and(part, place.inside, out=part)
        np.bitwise_xor(part, SIGN_BIT, out=sheet[top:bottom, left:right])
    return ModelInput(sheet.view(np.int8).reshape(1, grid.rows, grid.columns, 1), place.affine, mirrored, turn)


def brightness(tensor: Int8Tensor, heatmap: Heatmap) -> GrayImage:
    """(rows, columns) of a heatmap: mean grey of the 3 x 3 tiles around each of its cells (7 mm), over the picture's black. tensor: as a ModelInput
    has it. Whole numbers, so the same on every machine."""
    stride, rows, columns = heatmap.stride_cells, heatmap.rows, heatmap.columns
    sheet = tensor[0, : rows * stride, : columns * stride, 0].view(np.uint8) ^ SIGN_BIT
    black = _black(sheet)
    # slices: numpy's own sums over two axes take ten times as long
    wide = sheet.astype(np.uint16)
    strips = sum((wide[step::stride] for step in range(1, stride)), wide[::stride])
    tiles = sum((strips[:, step::stride] for step in range(1, stride)), strips[:, ::stride])
    padded = np.empty((rows + 2, columns + 2), np.uint16)  # nine tiles of 4 x 4 cells are 36,720 at most
    padded[1:-1, 1:-1] = tiles
    padded[0], padded[-1] = padded[1], padded[-2]
    padded[:, 0], padded[:, -1] = padded[:, 1], padded[:, -2]
    three = padded[:-2] + padded[1:-1] + padded[2:]
    around = (three[:, :-2] + three[:, 1:-1] + three[:, 2:]) // np.uint16(9 * stride * stride)
    over: GrayImage = (np.maximum(around, np.uint16(black)) - np.uint16(black)).astype(np.uint8)
    return over


def contrast(tensor: Int8Tensor, heatmap: Heatmap) -> Int8Tensor:
    """(rows, columns) of a heatmap: contrast_at each of its cells."""
    stride, rows = heatmap.stride_cells, heatmap.rows
    lines = np.arange(stride * (rows + TILES_ABOVE + 1)) - ROWS_BEFORE - stride * TILES_ABOVE
    cells = tensor[0, lines.clip(0, tensor.shape[1] - 1), : stride * heatmap.columns, 0].astype(np.int16)
    # slices, as above: a line's sums over a cell's width, then the highest and the sum of a cell's lines
    sums = sum((cells[:, step::stride] for step in range(1, stride)), cells[:, ::stride])
    brightest, whole = sums[::stride], sums[::stride]
    for step in range(1, stride):
        brightest, whole = np.maximum(brightest, sums[step::stride]), whole + sums[step::stride]
    own = np.maximum(brightest[TILES_ABOVE:-1], brightest[TILES_ABOVE + 1 :])
    above = whole[: -TILES_ABOVE - 1] + whole[1:-TILES_ABOVE]
    found: Int8Tensor = ((own - above // (TILES_ABOVE * stride)) // stride).clip(LEAST_CONTRAST, MOST_CONTRAST).astype(np.int8)
    return found


def contrast_at(tensor: Int8Tensor, heatmap: Heatmap, row: int, column: int) -> int:
    """By how many grey levels the brightest line of the picture, a cell of the heatmap wide and within 4 mm of it, outshines the 5 mm above:
    LEAST_CONTRAST to MOST_CONTRAST. That is how truth tells an edge that can be seen (models/foreign/echo.py), as far as a device can tell it. Above
    the picture its first line goes on. Whole numbers, so the same on every machine."""
    stride = heatmap.stride_cells
    first, last = stride * (row - TILES_ABOVE) - ROWS_BEFORE, stride * (row + 2) - ROWS_BEFORE
    # 64 whole numbers: Python adds them up before numpy has begun
    strip = tensor[0, max(0, first) : last, stride * column : stride * (column + 1), 0].tolist()
    missing = stride * (TILES_ABOVE + 2) - len(strip)
    sums = list(map(sum, strip))
    sums = [sums[0]] * missing + sums if first < 0 else sums + [sums[-1]] * missing
    split = stride * TILES_ABOVE
    found: int = (max(sums[split:]) - sum(sums[:split]) // split) // stride
    return max(LEAST_CONTRAST, min(MOST_CONTRAST, found))


def _black(sheet: GrayImage) -> int:
    """The grey that BLACK_SHARE of the cells that are not quite 0 do not pass, 1 to BLACK_MOST."""
    inside = int(np.count_nonzero(sheet))
    wanted = sheet.size - inside + BLACK_SHARE * inside
    return 1 + bisect_left(range(1, BLACK_MOST), wanted, key=lambda grey: float(np.count_nonzero(sheet <= grey)))


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a scan's cells lie on the grid (left, top, right, bottom; exclusive ends), how they are made (None: there are none), 255 in those
    inside the scan (None: all are)."""

    affine: Affine
    cells: tuple[int, int, int, int]
    resampling: Resampling | None
    inside: NDArray[np.uint8] | None


@lru_cache(maxsize=8)
def _place(
    geometry: ScanGeometry,
    origin_px: PointPx,
    mm_per_px: tuple[float, float],
    grid: Grid,
    shape: tuple[int, ...],
    offset_px: tuple[int, int],
    mirrored: bool,
) -> _Place:
    """Made once for a scan: it changes with the depth setting, not with the frame."""
    plain = _affine(origin_px, mm_per_px, grid, mirrored=False)
    affine = _affine(origin_px, mm_per_px, grid, mirrored=mirrored)
    (left, top, right, bottom), box = _overlap(geometry, plain, grid, shape, offset_px)
    if right <= left or bottom <= top:
        return _Place(affine, (0, 0, 0, 0), None, None)
    made = resampling(box, (right - left, bottom - top), mirrored=mirrored)
    inside = _inside(geometry, plain, mm_per_px[0] / mm_per_px[1], grid)
    if inside is not None:
        inside = inside[top:bottom, left:right]
        inside = np.ascontiguousarray(inside[:, ::-1] if mirrored else inside)
    if mirrored:
        left, right = grid.columns - right, grid.columns - left
    return _Place(affine, (left, top, right, bottom), made, inside)


def frame_px_from_grid(scan: Scan, grid: Grid, *, mirrored: bool) -> Affine:
    """(a, b, c, d): u = a * column + b, v = c * row + d; a mirrored grid's columns run from the screen's right."""
    return _affine(scan.origin_px, (scan.mm_per_px_x, scan.mm_per_px_y), grid, mirrored=mirrored)


def _affine(origin_px: PointPx, mm_per_px: tuple[float, float], grid: Grid, *, mirrored: bool) -> Affine:
    a, c = grid.mm_per_cell / mm_per_px[0], grid.mm_per_cell / mm_per_px[1]
    b, d = origin_px[0] + grid.x0_mm / mm_per_px[0], origin_px[1] + grid.z0_mm / mm_per_px[1]
    if mirrored:
        a, b = -a, b + a * (grid.columns - 1)
    return a, b, c, d


def _overlap(
    geometry: ScanGeometry, affine: Affine, grid: Grid, shape: tuple[int, ...], offset_px: tuple[int, int]
) -> tuple[tuple[int, int, int, int], tuple[float, float, float, float]]:
    """Grid cells that lie whole inside scan and picture (left, top, right, bottom; exclusive ends), and their box in the edges of `pixels`."""
    a, b, c, d = affine
    first_u = max(geometry.left_px, offset_px[0]) - 0.5
    last_u = min(geometry.right_px, offset_px[0] + shape[1]) - 0.5
    first_v = max(geometry.top_px, offset_px[1]) - 0.5
    last_v = min(geometry.bottom_px, offset_px[1] + shape[0]) - 0.5
    left, right = max(0, ceil((first_u - b) / a + 0.5 - 1e-9)), min(grid.columns, floor((last_u - b) / a + 0.5 + 1e-9))
    top, bottom = max(0, ceil((first_v - d) / c + 0.5 - 1e-9)), min(grid.rows, floor((last_v - d) / c + 0.5 + 1e-9))
    box = (
        max(0.0, a * (left - 0.5) + b + 0.5 - offset_px[0]),
        max(0.0, c * (top - 0.5) + d + 0.5 - offset_px[1]),
        min(float(shape[1]), a * (right - 0.5) + b + 0.5 - offset_px[0]),
        min(float(shape[0]), c * (bottom - 0.5) + d + 0.5 - offset_px[1]),
    )
    return (left, top, right, bottom), box


def _inside(geometry: ScanGeometry, affine: Affine, pixel_aspect: float, grid: Grid) -> NDArray[np.uint8] | None:
    """255 in cells inside a sector, 0 outside: (rows, columns), or None for a rectangle."""
    if geometry.apex_px is None:
        return None
    a, b, c, d = affine
    du = (a * np.arange(grid.columns) + b - geometry.apex_px[0]) * pixel_aspect
    dv = c * np.arange(grid.rows)[:, None] + d - geometry.apex_px[1]
    return inside_sector(geometry, du, dv).astype(np.uint8) * np.uint8(255)
