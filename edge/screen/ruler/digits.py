"""Digits and letters of units on the screen: connected marks, freed of frames drawn around them, each read by a small classifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.foreground import largest_near, parts_of, per_pixel
from edge.screen.area.scan_area import Floats, Mask
from edge.types import GrayImage

WEIGHTS = Path(__file__).resolve().parent / "digits.npz"  # written by models/training/glyphs.py
CLASSES = (*"0123456789", "c", "m", "cm", "mm", "other")
GLYPH_PX = 16
AROUND_PX = 8  # a stroke's neighbourhood
STROKE_SHARE = 0.45  # of the brightest contrast around: a stroke's edge
BLURRED_SHARE = 0.28  # the same where blur has left a letter's strokes unequally bright
LEAST_CONTRAST = 20  # at a stroke's edge; with a smaller share as much less: blurred labels stand 36 above their panel
LEAST_HEIGHT_PX, MOST_HEIGHT_PX = 5, 60
SURE = 0.8  # of a low "mm"
MOST_MARKS = 3000
MOST_INK = 0.25  # of a picture: more is bars and panels besides, whose grey was not taken for a background
AT_ONCE = 256  # glyphs classified together: their products fill 7 MB
FRAME_PX = (18, 90)  # least width, greatest height of a frame drawn around writing
FRAMED = 0.8  # of each side of its box that a frame's line fills: corners may be round
BROKEN = 0.4  # of one of its two lines
FRAME_LINE_PX = 4


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What may be letters, read: boxes int (count, 4), name and certainty (count,) as classify gives them; marks: boxes of all that was drawn, points
    and what is raised among it; contrast: the picture they were read from."""

    boxes: NDArray[np.int64]
    name: NDArray[np.int64]
    certainty: NDArray[np.float32]
    marks: NDArray[np.int64]
    contrast: GrayImage


def stroke_mask(contrast: GrayImage, share: float = STROKE_SHARE) -> Mask:
    """Pixels of strokes: bright against the background (contrast: distance from it) and against a share of the brightest around."""
    rows, columns = -(-contrast.shape[0] // AROUND_PX), -(-contrast.shape[1] // AROUND_PX)
    padded = np.pad(contrast, ((0, rows * AROUND_PX - contrast.shape[0]), (0, columns * AROUND_PX - contrast.shape[1])))
    brightest = padded.reshape(rows, AROUND_PX, columns, AROUND_PX).max(axis=1).max(axis=2).astype(np.float64)
    limit = np.maximum(LEAST_CONTRAST * min(1.0, share / STROKE_SHARE), share * largest_near(brightest, 1)).astype(np.uint8)
    return np.asarray(contrast > per_pixel(limit, AROUND_PX, contrast.shape), np.bool_)


def marks_of(mask: Mask) -> NDArray[np.int64]:
    """(count, 4): boxes (left, top, right, bottom; exclusive ends) of the parts connected by 8 neighbours; none where too much is set."""
    if not 0 < np.count_nonzero(mask) <= MOST_INK * mask.size:
        return np.zeros((0, 4), np.int64)
    flat, part = parts_of(mask, diagonal=True)
    row, column = np.divmod(flat, mask.shape[1])
    boxes = np.tile(np.array([1 << 30, 1 << 30, 0, 0]), (int(part.max()) + 1, 1))
    for side, keep, value in ((0, np.minimum, column), (1, np.minimum, row), (2, np.maximum, column + 1), (3, np.maximum, row + 1)):
        keep.at(boxes[:, side], part, value)
    return boxes


def glyphs(contrast: GrayImage, boxes: NDArray[np.int64]) -> NDArray[np.float32]:
    """(count, 257): each box's contrast on a 16 x 16 grid, aspect kept and centred, its brightest 1; and width over height."""
    if len(boxes) == 0:
        return np.zeros((0, GLYPH_PX**2 + 1), np.float32)
    left, top, right, bottom = (boxes[:, side].astype(np.float64) for side in range(4))
    width, height = right - left, bottom - top
    fine = (np.arange(2 * GLYPH_PX) + 0.5) / (2 * GLYPH_PX)
    wide = np.maximum(width, height)
    row = top[:, None] + fine * height[:, None] - 0.5
    column = ((left + right) / 2)[:, None] + (fine - 0.5) * wide[:, None] - 0.5
    inside = (column >= left[:, None] - 0.5) & (column <= right[:, None] - 0.5)
    value = _bilinear(contrast, row, column) * inside[:, None, :]
    coarse = value.reshape(len(boxes), GLYPH_PX, 2, GLYPH_PX, 2).mean(axis=(2, 4))
    coarse /= np.maximum(coarse.max(axis=(1, 2), keepdims=True), 1e-6)
    aspect = np.minimum(width / height, 3.0)[:, None]
    return np.concatenate([coarse.reshape(len(boxes), -1), aspect], axis=1).astype(np.float32)


def _bilinear(image: GrayImage, row: Floats, column: Floats) -> Floats:
    """image at every (row, column) pair of each box: rows (n, a), columns (n, b) give (n, a, b)."""
    row = np.clip(row, 0, image.shape[0] - 1.001)
    column = np.clip(column, 0, image.shape[1] - 1.001)
    row0, column0 = row.astype(np.int64), column.astype(np.int64)
    down, right = (row - row0)[:, :, None], (column - column0)[:, None, :]
    r, c = row0[:, :, None], column0[:, None, :]
    upper = image[r, c] * (1 - right) + image[r, c + 1] * right
    lower = image[r + 1, c] * (1 - right) + image[r + 1, c + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float64)


@lru_cache(maxsize=1)
def _weights() -> tuple[NDArray[np.float32], ...]:
    with np.load(WEIGHTS) as kept:
        return tuple(kept[name].astype(np.float32) * kept[f"{name}_step"] for name in ("k1", "a1", "k2", "a2", "w1", "b1", "w2", "b2"))


def classify(features: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The class of each glyph (index into CLASSES) and its probability: two convolutions, each halved by its maxima, and one hidden layer."""
    k1, a1, k2, a2, w1, b1, w2, b2 = _weights()
    chosen = [np.zeros((0, len(CLASSES)), np.float32)]
    for first in range(0, len(features), AT_ONCE):
        part = features[first : first + AT_ONCE]
        image = part[:, :-1].reshape(-1, GLYPH_PX, GLYPH_PX, 1)
        image = _halved(_convolved(_halved(_convolved(image, k1, a1)), k2, a2))
        hidden = np.maximum(np.concatenate([image.reshape(len(part), -1), part[:, -1:]], axis=1) @ w1 + b1, 0)
        chosen.append(hidden @ w2 + b2)
    score = np.concatenate(chosen)
    score = np.exp(score - score.max(axis=1, keepdims=True, initial=-np.inf))
    score /= score.sum(axis=1, keepdims=True)
    best = score.argmax(axis=1)
    return best.astype(np.int64), score[np.arange(len(best)), best]


def _convolved(images: NDArray[np.float32], kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> NDArray[np.float32]:
    """3 x 3 with zeros around, then nothing below 0. images: (n, rows, columns, channels). kernel: (9 * channels, out), rows of the kernel first."""
    count, rows, columns, channels = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    around = np.concatenate([padded[:, row : row + rows, column : column + columns] for row in range(3) for column in range(3)], axis=3)
    return np.asarray(np.maximum(around.reshape(-1, 9 * channels) @ kernel + bias, 0).reshape(count, rows, columns, -1), np.float32)


def _halved(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of each 2 x 2."""
    count, rows, columns, channels = images.shape
    return np.asarray(images.reshape(count, rows // 2, 2, columns // 2, 2, channels).max(axis=(2, 4)), np.float32)


def unframed(mask: Mask, boxes: NDArray[np.int64]) -> Mask:
    """The mask without the lines of frames drawn around writing: what touches them stands alone again, and what crosses their upright lines. A
    mark that touches a frame from outside stays, as a ruler's tick on the box of the depth does. test_a_depth_is_read_whose_frame_touches_a_mark."""
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    kept = mask
    for box in boxes[(width >= FRAME_PX[0]) & (width > height) & (height >= 8) & (height <= FRAME_PX[1])].tolist():
        left, top, right, bottom = _lined(mask, box)
        part = mask[top:bottom, left:right]
        upright = part.mean(axis=0) >= FRAMED if part.size else np.zeros(0, np.bool_)
        if bottom - top < 8 or not upright.any() or upright.mean() > 0.3:
            continue
        kept = kept.copy() if kept is mask else kept
        crossed = _across_lines(part & ~upright & ~_outside_marks(part, upright)) & part
        inside = np.where(upright, crossed, part)
        inside[: _line_px(part)] = False
        inside[inside.shape[0] - _line_px(part[::-1]) :] = False
        kept[top:bottom, left:right] = inside
    return kept


def _lined(mask: Mask, box: list[int]) -> tuple[int, int, int, int]:
    """The part of a mark's box from its first row that a line fills to its last; an empty one where there are none. Of a box with lines along all of
    its sides one may be broken, by what is drawn over it."""
    left, top, right, bottom = box
    filled, upright = mask[top:bottom, left:right].mean(axis=1), mask[top:bottom, left:right].mean(axis=0)
    lines = np.flatnonzero(filled >= FRAMED)
    if lines.size and min(filled[0], filled[-1]) >= BROKEN and min(upright[:FRAME_LINE_PX].max(), upright[-FRAME_LINE_PX:].max()) >= FRAMED:
        return left, top, right, bottom
    return (left, top + int(lines[0]), right, top + int(lines[-1]) + 1) if lines.size else (left, top, right, top)


def _outside_marks(part: Mask, upright: NDArray[np.bool_]) -> Mask:
    """What is set beyond a frame's outermost lines in rows where it runs on: a ruler's tick on the frame. A letter's edge is none, as of an m that
    stands against the line from inside (test_a_depth_is_read_in_a_frame_that_is_no_plain_box)."""
    marks = np.zeros_like(part)
    columns = np.flatnonzero(upright)
    for outside in (np.s_[:, columns[-1] + 1 :], np.s_[:, : columns[0]]):
        beyond = part[outside]
        # a frame one of whose upright lines is broken has its inside beyond the other: digits may lie over its left one
        if FRAME_LINE_PX < beyond.shape[1] <= part.shape[1] / 2:
            marks[outside] = beyond & (beyond.sum(axis=1, keepdims=True) > FRAME_LINE_PX)
    return marks


def _across_lines(part: Mask) -> Mask:
    """Pixels with a set one within half a line's width both on their left and on their right."""
    reach = FRAME_LINE_PX // 2
    padded = np.pad(part, ((0, 0), (reach, reach)))
    before, behind = ([padded[:, step : step + part.shape[1]] for step in steps] for steps in (range(reach), range(reach + 1, 2 * reach + 1)))
    return np.asarray(np.logical_or.reduce(before) & np.logical_or.reduce(behind), np.bool_)


def _line_px(part: Mask) -> int:
    """How many rows from the top on a frame's line fills."""
    return next((row for row in range(FRAME_LINE_PX) if part[row].mean() < FRAMED), FRAME_LINE_PX)


def written(contrast: GrayImage, stroke_share: float = STROKE_SHARE) -> Written:
    """What may be letters in a picture. contrast: distance from the background; 0 where nothing is to be read."""
    mask = stroke_mask(contrast, stroke_share)
    boxes = marks_of(mask)
    free = unframed(mask, boxes)
    if free is not mask:
        boxes, contrast = marks_of(free), np.where(mask & ~free, np.uint8(0), contrast)
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    letters = (height >= LEAST_HEIGHT_PX) & (height <= MOST_HEIGHT_PX) & (width <= 3 * height) & (width >= 1)
    low = (height == LEAST_HEIGHT_PX - 1) & (width >= 2 * height) & (width <= 3 * height)  # an "mm" beside small digits, or a ruler's tick
    letters |= low
    if letters.sum() > MOST_MARKS:
        letters[:] = False
    name, certainty = classify(glyphs(contrast, boxes[letters]))
    known = ~low[letters] | ((name == CLASSES.index("mm")) & (certainty >= SURE))
    return Written(boxes[letters][known], name[known], certainty[known], boxes, contrast)
