"""What on a screen can be writing: how far each pixel is from the backgrounds around it, and nothing of the scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.foreground import cell_share, distance_table, per_pixel
from edge.screen.area.scan_area import Area, Mask
from edge.screen.area.sector import sector_mask
from edge.screen.ruler.digits import LEAST_CONTRAST
from edge.screen.ruler.numbers import Box
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage

CELL_PX = 16
BARE = 0.6  # of a cell and its neighbours that is background: writing covers less of it than the rest, echoes more
LABELS_PX, LABELS_SHARE = 48, 0.08  # from a ruler to the end of its labels: pixels, share of its length
EVERYWHERE = 1 << 16
MOST_COMB_PX, COMBED = 3, 0.8  # columns that every other line may be off, and the share of their difference that remains where they are put back
STROKE, LEAST_STROKE_PX = 0.005, 3  # half the width of what is wider than a stroke: share of the rows, pixels
FILLED, AROUND = 0.5, 0.25  # of a cell, and of it and its neighbours: so much of a grey is background there, not writing


def ink_of(pixels: GrayImage, area: Area) -> GrayImage:
    """Distance from the background, over the scan too."""
    return off_backgrounds(pixels, area.foreground.levels, area.foreground.noise)


def off_scan(ink: GrayImage, area: Area, ground: tuple[Box, ...] = ()) -> GrayImage:
    """Ink with 0 over the scan. ground: boxes (left, top, right, bottom) that are no scan, as far as background is in them: a scan that ends in the
    dark may be found too wide or too deep, and over its own ruler's labels."""
    contrast = ink.copy()
    left, top, right, bottom = area.geometry.box_px
    mask = sector_mask(area.geometry, area.pixel_aspect, area.geometry.box_px)
    part = contrast[top:bottom, left:right]
    scan = np.ones(part.shape, np.bool_) if mask is None else mask
    if ground:
        scan = scan & ~_bare(ink, area, ground)[top:bottom, left:right]
    part[scan] = 0
    return contrast


def beside(rulers: tuple[Ruler, ...]) -> tuple[Box, ...]:
    """Where no scan is for a ruler's sake: around it, and below its end."""
    found = []
    for ruler in rulers[:1]:
        first, last = ruler.first_px, ruler.first_px + ruler.span_px
        reach = max(LABELS_PX, round(LABELS_SHARE * ruler.span_px))
        found.append((max(0, ruler.low_px - reach), max(0, round(first - reach / 2)), ruler.high_px + reach, round(last + reach / 2)))
        found.append((0, round(last + ruler.pitch_px), EVERYWHERE, EVERYWHERE))
    return tuple(found)


def _bare(ink: GrayImage, area: Area, ground: tuple[Box, ...]) -> Mask:
    """Pixels of boxes around which background is nearly all there is."""
    there = per_pixel(_around(cell_share(ink <= area.foreground.noise + 1, CELL_PX)) >= BARE, CELL_PX, ink.shape)
    kept = np.zeros(ink.shape, np.bool_)
    for left, top, right, bottom in ground:
        kept[top:bottom, left:right] = there[top:bottom, left:right]
    return kept


def off_backgrounds(pixels: GrayImage, levels: tuple[int, ...], noise: int) -> GrayImage:
    """How far each pixel is from the nearest background level that is there: writing may be as grey as a panel elsewhere. Where none of them
    is there, from the nearest of all."""
    contrast = distance_table(levels)[pixels]
    if len(levels) < 2:
        return contrast
    nearest = np.full(pixels.shape, 255, np.uint8)
    for level in levels:
        off = distance_table((level,))[pixels]
        share = cell_share(off <= noise + 1, CELL_PX)
        there = per_pixel((share >= FILLED) | (_around(share) >= AROUND), CELL_PX, pixels.shape)
        nearest = np.where(there, np.minimum(nearest, off), nearest)
    return np.where(nearest < 255, nearest, contrast)


def _around(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each cell and its neighbours."""
    rows, columns = share.shape
    wide = np.pad(share, 1, mode="edge")
    return np.asarray(np.add.reduce([wide[row : row + rows, column : column + columns] for row in range(3) for column in range(3)]) / 9, np.float32)


def combed_px(contrast: GrayImage) -> int:
    """How many columns every other line stands beside its place, as a bad converter leaves them; 0 where none does. As it stands, combed writing
    falls into rows of dots, some of which read as other digits: a "7.5 cm" had been read as a "3 cm"."""
    even, odd, below = (contrast[first : contrast.shape[0] - 2 + first : 2] for first in range(3))
    inked = odd.max(axis=1) > LEAST_CONTRAST
    even, odd, below = (each[inked].astype(np.int16) for each in (even, odd, below))
    between = (even + below) // 2
    apart = {by: float(np.abs(between - np.roll(odd, by, axis=1)).sum()) for by in range(-MOST_COMB_PX, MOST_COMB_PX + 1)}
    best = min(apart, key=lambda by: apart[by])
    return best if inked.any() and apart[best] <= COMBED * apart[0] else 0


def put_back(pixels: GrayImage, by_px: int) -> GrayImage:
    """A picture with every other line moved by so many columns."""
    if not by_px:
        return pixels
    moved = pixels.copy()
    moved[1::2] = np.roll(pixels[1::2], by_px, axis=1)
    return moved


def raised(pixels: GrayImage) -> GrayImage:
    """By how much each pixel is brighter than anything wider than a stroke around it."""
    reach = max(LEAST_STROKE_PX, round(STROKE * pixels.shape[0]))
    return np.asarray(pixels - _slid(_slid(pixels, reach, np.minimum), reach, np.maximum), np.uint8)


def _slid(pixels: GrayImage, reach: int, choose: np.ufunc) -> GrayImage:
    """The least or greatest grey so far (pixels) around each pixel, down and across."""
    for _ in range(2):
        padded = np.pad(pixels, ((reach, reach), (0, 0)), mode="edge")
        rows, width = pixels.shape[0], 1
        while 2 * width <= 2 * reach + 1:
            padded, width = choose(padded[:-width], padded[width:]), 2 * width
        rest = 2 * reach + 1 - width
        pixels = np.ascontiguousarray(choose(padded[:rows], padded[rest : rest + rows]).T)
    return pixels
