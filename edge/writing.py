"""What on a screen can be writing: how far each pixel is from the backgrounds around it, and nothing of the scan."""

from __future__ import annotations

import numpy as np

from edge.crop import sector_mask
from edge.scan_area import Area, Mask, cell_share, distance_table
from edge.types import GrayImage

CELL_PX = 16
FILLED, AROUND = 0.5, 0.25  # of a cell, and of it and its neighbours: so much of a grey is background there, not writing


def written(pixels: GrayImage, area: Area) -> GrayImage:
    """Distance from the background, 0 over the scan: what can be writing."""
    contrast = off_backgrounds(pixels, area.foreground.levels, area.foreground.noise)
    geometry = area.geometry
    box = (geometry.left_px, geometry.top_px, geometry.right_px, geometry.bottom_px)
    mask = sector_mask(geometry, area.pixel_aspect, box)
    part = contrast[box[1] : box[3], box[0] : box[2]]
    part[...] = 0 if mask is None else np.where(mask, 0, part)
    return contrast


def off_backgrounds(pixels: GrayImage, levels: tuple[int, ...], noise: int) -> GrayImage:
    """How far each pixel is from the nearest background level that is there: writing may be as grey as a panel elsewhere. Where none of them
    is there, from the nearest of all."""
    contrast = distance_table(levels)[pixels]
    if len(levels) < 2:
        return contrast
    nearest = np.full(pixels.shape, 255, np.uint8)
    for level in levels:
        off = distance_table((level,))
        there = _spread(_is_background((off <= noise + 1)[pixels]), pixels.shape)
        nearest = np.where(there, np.minimum(nearest, off[pixels]), nearest)
    return np.where(nearest < 255, nearest, contrast)


def _is_background(level: Mask) -> Mask:
    """Cells of CELL_PX in which a grey is background, from the pixels that have it."""
    share = cell_share(level, CELL_PX)
    rows, columns = share.shape
    wide = np.pad(share, 1, mode="edge")
    around = np.add.reduce([wide[row : row + rows, column : column + columns] for row in range(3) for column in range(3)]) / 9
    return np.asarray((share >= FILLED) | (around >= AROUND), np.bool_)


def _spread(cells: Mask, shape: tuple[int, ...]) -> Mask:
    """Cells as pixels."""
    return np.asarray(np.repeat(np.repeat(cells, CELL_PX, axis=0), CELL_PX, axis=1)[: shape[0], : shape[1]], np.bool_)
