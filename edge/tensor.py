"""A scan resampled to the model's metric grid, whatever the depth setting, with the mapping back kept beside it."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge.crop import inside_sector
from edge.manifest import Grid
from edge.types import Affine, GrayImage, ModelInput, Scan, ScanGeometry

SIGN_BIT = np.uint8(0x80)


def to_grid(pixels: GrayImage, scan: Scan, grid: Grid, *, mirrored: bool, offset_px: tuple[int, int] = (0, 0)) -> ModelInput:
    """pixels (grey, their [0, 0] at offset_px of the frame) on the grid: int8 (1, rows, columns, 1), grey - 128, -128 outside the scan.

    Area averaged when the picture is finer than the grid, so that speckle does not alias.
    """
    affine = frame_px_from_grid(scan, grid, mirrored=False)
    cells, box = _overlap(scan.geometry, affine, grid, pixels.shape, offset_px)
    sheet = np.zeros((grid.rows, grid.columns), dtype=np.uint8)
    left, top, right, bottom = cells
    if right > left and bottom > top:
        part = np.asarray(_resized(pixels, box, (right - left, bottom - top)))
        inside = _inside(scan.geometry, affine, scan.mm_per_px_x / scan.mm_per_px_y, grid)
        if inside is None:
            sheet[top:bottom, left:right] = part
        else:
            np.bitwise_and(part, inside[top:bottom, left:right], out=sheet[top:bottom, left:right])
    # grey - 128 as int8 is the same bits as grey XOR 0x80
    np.bitwise_xor(sheet, SIGN_BIT, out=sheet)
    if mirrored:
        sheet = np.ascontiguousarray(sheet[:, ::-1])
    tensor = sheet.view(np.int8).reshape(1, grid.rows, grid.columns, 1)
    return ModelInput(tensor, frame_px_from_grid(scan, grid, mirrored=mirrored), mirrored)


def frame_px_from_grid(scan: Scan, grid: Grid, *, mirrored: bool) -> Affine:
    """(a, b, c, d): u = a * column + b, v = c * row + d; a mirrored grid's columns run from the screen's right."""
    a, c = grid.mm_per_cell / scan.mm_per_px_x, grid.mm_per_cell / scan.mm_per_px_y
    b, d = scan.origin_px[0] + grid.x0_mm / scan.mm_per_px_x, scan.origin_px[1] + grid.z0_mm / scan.mm_per_px_y
    if mirrored:
        a, b = -a, b + a * (grid.columns - 1)
    return a, b, c, d


def _overlap(
    geometry: ScanGeometry, affine: Affine, grid: Grid, shape: tuple[int, ...], offset_px: tuple[int, int]
) -> tuple[tuple[int, int, int, int], tuple[float, float, float, float]]:
    """Grid cells that lie whole inside scan and picture (left, top, right, bottom; exclusive ends), and their box in Pillow's edges of `pixels`."""
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


def _resized(pixels: GrayImage, box: tuple[float, float, float, float], size: tuple[int, int]) -> Image.Image:
    # crop first: Image.fromarray copies what it is given, and most of a screen is not scan
    left, top = floor(box[0]), floor(box[1])
    crop = pixels[top : ceil(box[3]), left : ceil(box[2])]
    near = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    return Image.fromarray(np.ascontiguousarray(crop)).resize(size, Image.Resampling.BILINEAR, box=near, reducing_gap=1.0)


@lru_cache(maxsize=8)
def _inside(geometry: ScanGeometry, affine: Affine, pixel_aspect: float, grid: Grid) -> NDArray[np.uint8] | None:
    """255 in cells inside a sector, 0 outside: (rows, columns), or None for a rectangle."""
    if geometry.apex_px is None:
        return None
    a, b, c, d = affine
    du = (a * np.arange(grid.columns) + b - geometry.apex_px[0]) * pixel_aspect
    dv = c * np.arange(grid.rows)[:, None] + d - geometry.apex_px[1]
    return inside_sector(geometry, du, dv).astype(np.uint8) * np.uint8(255)
