"""What on a screen can be writing: how far each pixel is from the backgrounds around it, and nothing of the scan."""

from __future__ import annotations

import numpy as np

from edge.crop import sector_mask
from edge.scan_area import Area, Mask, cell_share, distance_table, per_pixel
from edge.types import GrayImage

CELL_PX = 16
FILLED, AROUND = 0.5, 0.25  # of a cell, and of it and its neighbours: so much of a grey is background there, not writing


def written(pixels: GrayImage, area: Area) -> GrayImage:
    """Distance from the background, 0 over the scan: what can be writing."""
    contrast = off_backgrounds(pixels, area.foreground.levels, area.foreground.noise)
    left, top, right, bottom = area.geometry.box_px
    mask = sector_mask(area.geometry, area.pixel_aspect, area.geometry.box_px)
    part = contrast[top:bottom, left:right]
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
        off = distance_table((level,))[pixels]
        there = per_pixel(_is_background(off <= noise + 1), CELL_PX, pixels.shape)
        nearest = np.where(there, np.minimum(nearest, off), nearest)
    return np.where(nearest < 255, nearest, contrast)


def _is_background(level: Mask) -> Mask:
    """Cells of CELL_PX in which a grey is background, from the pixels that have it."""
    share = cell_share(level, CELL_PX)
    rows, columns = share.shape
    wide = np.pad(share, 1, mode="edge")
    around = np.add.reduce([wide[row : row + rows, column : column + columns] for row in range(3) for column in range(3)]) / 9
    return np.asarray((share >= FILLED) | (around >= AROUND), np.bool_)
