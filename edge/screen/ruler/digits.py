"""Numbers printed on the screen: connected marks, each read by a small classifier, joined to numbers with a unit.

Rule 1: only digits, a decimal point and the units cm and mm are ever read; nobody's name can be.
Rule 2: a mark that is not surely a digit makes the number it stands in unreadable; beside a unit, less certainty will do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.connected import least_of_part
from edge.screen.area.foreground import largest_near, per_pixel
from edge.screen.area.foreign import bands
from edge.screen.area.scan_area import Floats, Mask
from edge.types import GrayImage

WEIGHTS = Path(__file__).resolve().parent / "digits.npz"  # written by models/training/glyphs.py
CLASSES = (*"0123456789", "c", "m", "cm", "mm", "other")
GLYPH_PX = 16
STROKE_SHARE = 0.45  # of the brightest contrast around: a stroke's edge
BLURRED_SHARE = 0.28  # the same where blur has left a letter's strokes unequally bright
BRIGHT_SHARE = 0.7  # the same where darker writing or marks lie over a letter
LEAST_CONTRAST = 20  # at a stroke's edge; with a smaller share as much less: blurred labels stand 36 above their panel
LEAST_HEIGHT_PX, MOST_HEIGHT_PX = 5, 60
SURE = 0.8
SURE_WITH_UNIT = 0.4  # a printed depth must fit marks and scan besides: a digit read wrongly does not change which marks do
SURE_WAY = 0.9  # of what tells which way round a screen is
SURE_BEFORE = 0.75  # what stands before a number is a digit of it, and the number not whole
SURE_UNIT = 0.4  # two letters, one of two words: less will do
MOST_MARKS = 3000
MOST_INK = 0.25  # of a picture: more is bars and panels besides, whose grey was not taken for a background
AT_ONCE = 256  # glyphs classified together: their products fill 7 MB
WIDTHS = (0.545, 0.8)  # of a digit's height: type on the recorded screens has 0.556 to 0.69
ANY_ASPECT = (0.0, np.inf)
SMALL_PX = 7  # digits lower than this are a pixel wider or narrower than their type
LARGE_PX, FAR_WIDTHS = 12, (0.5, 0.85)  # digits so high, and widths that even one of them tells
TOUCHING = 2.2  # width over height of letters that touch, at most
BEFORE = 1.5  # of a digit's height: so far to the left of a number its own digits may stand
MOST_SPLIT = 1.3  # of a digit's height: so close to the digit before, two numbers may be one
UNIT_LETTERS = ("c", "m", "cm", "mm")
# what follows a unit closely makes another of it, in shares of a digit's height: how far above the line and to the right it is looked for; how far
# the last letter's blur goes; gaps before what stands on the line and before what is raised; how far above the line that ends; its least height
RAISED, UNIT_REACH, UNIT_BLUR, UNIT_GAPS, RAISED_FOOT, UNIT_MARK = 0.5, 1.3, 0.2, (0.35, 0.55), 0.35, 0.3
UNIT_INK = 0.85  # of what makes a stroke
FRAME_PX = (18, 90)  # least width, greatest height of a frame drawn around writing
FRAMED = 0.8  # of each side of its box that a frame's line fills: corners may be round
BROKEN = 0.4  # of one of its two lines
FRAME_LINE_PX = 4
MOST_COMB_PX, COMBED = 3, 0.8  # columns that every other line may be off, and the share of their difference that remains where they are put back
COMMA = 0.3  # of a digit's height: so far below and above its foot a comma reaches
FAINT, FAINT_GREY = 0.1, 5  # of a digit's brightness, grey levels: a point between two digits that scaling has all but wiped out

Unit: TypeAlias = Literal["", "mm", "cm"]


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Marks that may be letters, read: boxes int (count, 4), name and certainty (count,) as classify gives them; dots: boxes of what may be
    points; contrast: the picture they were read from; share: of the brightest around that made a stroke."""

    boxes: NDArray[np.int64]
    name: NDArray[np.int64]
    certainty: NDArray[np.float32]
    dots: NDArray[np.int64]
    contrast: GrayImage
    share: float

    def is_digit(self, index: int) -> bool:
        return bool(self.name[index] < 10 and self.certainty[index] >= SURE_WITH_UNIT)


@dataclass(frozen=True, slots=True)
class Number:
    """A number read on the screen: its value, the unit beside it if there is one, its box, its least sure digit's certainty, the widths of its
    digits but 1 as shares of their heights, whether its point is all but wiped out, so that it may be none, whether nothing before it can
    be more of its digits, and how many digits follow its point."""

    value: float
    unit: Unit
    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    certainty: float
    widths: tuple[float, ...] = ()
    faint_point: bool = False
    whole: bool = True
    decimals: int = 0

    @property
    def middle_row(self) -> float:
        return (self.top_px + self.bottom_px - 1) / 2

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left_px, self.top_px, self.right_px, self.bottom_px

    def flipped(self, width_px: int) -> Number:
        """The same number where the picture's mirror image holds it."""
        return replace(self, left_px=width_px - self.right_px, right_px=width_px - self.left_px)


def not_otherwise(again: list[Number], before: list[Number]) -> list[Number]:
    """What is read again without what was another number before: a part of one may be left, the 5 of an 8.5 say.
    test_a_part_of_a_number_is_not_read_as_another."""
    return [each for each in again if not any(_overlap(each.box, other.box) and each.value != other.value for other in before)]


def with_bare(again: list[Number], before: list[Number]) -> list[Number]:
    """What is read again, and what was read before without a unit: a second reading may give those with one alone."""
    return [*again, *(each for each in before if not each.unit and not any(_overlap(each.box, other.box) for other in again))]


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def stroke_mask(contrast: GrayImage, share: float = STROKE_SHARE) -> Mask:
    """Pixels of strokes: bright against the background (contrast: distance from it) and against a share of the brightest around."""
    size = 8
    rows, columns = -(-contrast.shape[0] // size), -(-contrast.shape[1] // size)
    padded = np.pad(contrast, ((0, rows * size - contrast.shape[0]), (0, columns * size - contrast.shape[1])))
    brightest = padded.reshape(rows, size, columns, size).max(axis=1).max(axis=2).astype(np.float64)
    limit = np.maximum(LEAST_CONTRAST * min(1.0, share / STROKE_SHARE), share * largest_near(brightest, 1)).astype(np.uint8)
    return np.asarray(contrast > per_pixel(limit, size, contrast.shape), np.bool_)


def marks_of(mask: Mask) -> NDArray[np.int64]:
    """(count, 4): boxes (left, top, right, bottom; exclusive ends) of the parts connected by 8 neighbours. Without SciPy: union by least label over
    the set pixels' neighbour pairs, with pointer jumping."""
    flat = np.flatnonzero(mask.ravel())
    if flat.size == 0 or flat.size > MOST_INK * mask.size:
        return np.zeros((0, 4), np.int64)
    order = np.zeros(mask.size + 1, np.int32)
    order[flat] = np.arange(flat.size, dtype=np.int32)
    width = mask.shape[1]
    column = flat % width
    ones, others = [], []
    linked = mask.ravel()
    for step, allowed in ((1, column < width - 1), (width - 1, column > 0), (width, column >= 0), (width + 1, column < width - 1)):
        there = flat[allowed] + step
        within = there < linked.size
        here, there = flat[allowed][within], there[within]
        both = linked[there]
        ones.append(order[here[both]])
        others.append(order[there[both]])
    root = least_of_part(flat.size, np.concatenate(ones), np.concatenate(others))
    _, part = np.unique(root, return_inverse=True)
    return _boxes(part.ravel(), flat // width, column)


def _boxes(part: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
    count = int(part.max()) + 1
    left, top = np.full(count, 1 << 30), np.full(count, 1 << 30)
    right, bottom = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.minimum.at(left, part, column)
    np.minimum.at(top, part, row)
    np.maximum.at(right, part, column + 1)
    np.maximum.at(bottom, part, row + 1)
    return np.stack([left, top, right, bottom], axis=1).astype(np.int64)


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


def read_numbers(contrast: GrayImage, stroke_share: float = STROKE_SHARE) -> list[Number]:
    """Every number of a picture. contrast: distance from the background; 0 where nothing is to be read."""
    mask = stroke_mask(contrast, stroke_share)
    boxes = marks_of(mask)
    free = unframed(mask, boxes)
    if free is not mask:
        boxes, contrast = marks_of(free), np.where(mask & ~free, np.uint8(0), contrast)
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    letters = (height >= LEAST_HEIGHT_PX) & (height <= MOST_HEIGHT_PX) & (width <= 3 * height) & (width >= 1)
    low = (height == LEAST_HEIGHT_PX - 1) & (width >= 2 * height) & (width <= 3 * height)  # an "mm" beside small digits, or a ruler's tick
    letters |= low
    if not 0 < letters.sum() <= MOST_MARKS:
        return []
    name, certainty = classify(glyphs(contrast, boxes[letters]))
    known = ~low[letters] | ((name == CLASSES.index("mm")) & (certainty >= SURE))
    letters[letters] = known
    dots = boxes[(height <= 6) & (width <= 6) & ~letters]
    dots = np.concatenate([dots, boxes[letters & (height <= 8) & (width <= 8)]])
    return _numbers(Writing(boxes[letters], name[known], certainty[known], dots, contrast, stroke_share))


def read_blurred(contrast: GrayImage) -> list[Number]:
    """Numbers of a blurred picture, where read_numbers finds too little; ten centimetres and more count only with a point: it may be lost."""
    return [each for each in read_numbers(contrast, BLURRED_SHARE) if each.unit != "cm" or each.value < 10 or each.value % 1]


def read_bright(contrast: GrayImage) -> list[Number]:
    """Numbers with their unit that darker writing or marks lie over, as a ruler through the "cm" does: as one mark with those neither is read."""
    return [each for each in read_numbers(contrast, BRIGHT_SHARE) if each.unit]


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


def stretched(numbers: list[Number]) -> bool:
    """Whether digits are wider or narrower than usual type's, so that columns and rows of pixels are not the same length. 4:3 drawn as 16:9
    is noticed, and the other way about; a tenth is not. Fewer than three digits tell it only where they are large and far off."""
    least, most = usual_aspects(numbers)
    if (least, most) != ANY_ASPECT:
        return not least <= 1 <= most
    large = [width for each in numbers if each.bottom_px - each.top_px >= LARGE_PX for width in each.widths]
    return bool(large) and not FAR_WIDTHS[0] <= float(np.median(large)) <= FAR_WIDTHS[1]


def usual_aspects(numbers: list[Number]) -> tuple[float, float]:
    """The widths of a column, in heights of a row, that give digits the widths of usual type: least and most. ANY_ASPECT where fewer than three
    digits tell it."""
    widths = [_nearest_width(width, each.bottom_px - each.top_px) for each in numbers for width in each.widths]
    if len(widths) < 3:
        return ANY_ASPECT
    middle = float(np.median(widths))
    return WIDTHS[0] / middle, WIDTHS[1] / middle


def _nearest_width(width: float, height_px: int) -> float:
    """A digit's width over its height: of a small one, the nearest to usual type's that a pixel's error allows."""
    off = 0.0 if height_px >= SMALL_PX else 1 / height_px
    return float(np.clip(sum(WIDTHS) / 2, width - off, width + off))


def lopsided(numbers: list[Number]) -> int:
    """How many digits and letters of numbers surely read would read otherwise in a mirror: writing the right way round has many, mirrored writing
    few: an E is nearly a 3 there."""
    sure = [f"{number.value:g}{number.unit}" for number in numbers if number.certainty >= SURE_WAY]
    return sum(text.count(sign) for text in sure for sign in "2345679c")


def _numbers(writing: Writing) -> list[Number]:
    """Runs of digits on one line, with their points and units."""
    found = []
    used = np.zeros(len(writing.boxes), np.bool_)
    for start in np.argsort(writing.boxes[:, 0], kind="stable").tolist():
        if not writing.is_digit(start) or used[start]:
            continue
        number = _run(writing, _line_of(writing.boxes, start), start, used)
        if number is not None:
            found.append(number)
    return found


def _line_of(boxes: NDArray[np.int64], start: int) -> NDArray[np.int64]:
    """Marks on the same line as one, by their left edge."""
    _, top, _, bottom = boxes[start]
    height = bottom - top
    overlap = np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top)
    near = (boxes[:, 2] > boxes[start, 0] - 4 * height) & (boxes[:, 0] < boxes[start, 2] + 14 * height)
    on_line = near & (overlap >= 0.5 * np.minimum(boxes[:, 3] - boxes[:, 1], height)) & (boxes[:, 3] - boxes[:, 1] <= 2 * height)
    line = np.flatnonzero(on_line)
    return line[np.argsort(boxes[line, 0], kind="stable")]


def _run(writing: Writing, line: NDArray[np.int64], start: int, used: Mask) -> Number | None:
    """The number that begins with one digit, None where it is part of something else. Its digits are set in used."""
    boxes, name, certainty, dots = writing.boxes, writing.name, writing.certainty, writing.dots
    height = int(boxes[start, 3] - boxes[start, 1])
    at = int(np.flatnonzero(line == start)[0])
    if at > 0 and _gap(boxes, int(line[at - 1]), start) < 0.22 * height and not _small(boxes, int(line[at - 1]), height):
        return None  # the tail of a word
    if _dot_between(boxes, None, start, dots, height) and not _colon_before(boxes, start, dots, height):
        return None  # a point leads: its digits before were not read
    text, members, following, faint = _digits(writing, line, at)
    used[members] = True
    if _dot_after(boxes, members[-1], dots, height):
        return None
    if at > 0 and _goes_before(writing, int(line[at - 1]), start):
        return None  # the tail of a number whose point was not seen
    if at > 1 and _divided(writing, int(line[at - 2]), int(line[at - 1]), start):
        return None  # the second of "3.0/6.0 cm": a part of the picture, and all of it
    unit, ok = _unit(writing, line, following, members[-1], height)
    if not unit and (faint or float(certainty[members].min()) < SURE):
        return None
    if not ok or len(text.replace(".", "")) > 4 or text.count(".") > 1:
        return None
    box = boxes[members]
    return Number(
        float(text),
        unit,
        int(box[:, 0].min()),
        int(box[:, 1].min()),
        int(box[:, 2].max()),
        int(box[:, 3].max()),
        float(certainty[members].min()),
        tuple(float((b[2] - b[0]) / (b[3] - b[1])) for b, each in zip(box, members, strict=True) if name[each] != 1),
        faint,
        _nothing_before(boxes, start),
        len(text.partition(".")[2]),
    )


def _nothing_before(boxes: NDArray[np.int64], start: int) -> bool:
    """Whether what stands close before a digit, if anything, is as large as a letter: digits under other writing are one mark with it, as
    the 10 of a 10.5 was (test_digits_under_other_writing_make_a_depth_unsure)."""
    left, top, _, foot = boxes[start].tolist()
    height = foot - top
    near = (boxes[:, 0] < left) & (boxes[:, 2] > left - BEFORE * height) & (boxes[:, 1] < foot) & (boxes[:, 3] > top)
    near &= (boxes[:, 2] - boxes[:, 0] > 0.4 * height) | (boxes[:, 3] - boxes[:, 1] > 0.4 * height)
    width, above, below = boxes[:, 2] - boxes[:, 0], top - boxes[:, 1], boxes[:, 3] - foot
    letter = (width <= 1.2 * height) & (above <= max(1, 0.25 * height)) & (below <= 0.4 * height)
    word = (width <= TOUCHING * height) & (np.abs(above) <= 1) & (np.abs(below) <= 1) & (left - boxes[:, 2] >= 0.3 * height)
    return bool((letter | word)[near].all())


def _goes_before(writing: Writing, one: int, other: int) -> bool:
    """Whether a mark may be a digit of the same number, a point or not between them: a small letter is lower, and seldom surely a digit."""
    boxes = writing.boxes
    height = int(boxes[other, 3] - boxes[other, 1])
    sure = bool(writing.name[one] < 10 and writing.certainty[one] >= SURE_BEFORE)
    return sure and boxes[one, 1] <= boxes[other, 1] + max(1, 0.15 * height) and _gap(boxes, one, other) <= MOST_SPLIT * height


def _divided(writing: Writing, one: int, stroke: int, other: int) -> bool:
    """Whether a stroke as high as a digit stands close between two digits."""
    boxes = writing.boxes
    height = int(boxes[other, 3] - boxes[other, 1])
    tall = boxes[stroke, 3] - boxes[stroke, 1] >= 0.8 * height and boxes[stroke, 2] - boxes[stroke, 0] <= 0.7 * height
    near = _gap(boxes, one, stroke) <= MOST_SPLIT * height / 2 and _gap(boxes, stroke, other) <= MOST_SPLIT * height / 2
    return bool(tall and near and not writing.is_digit(stroke) and writing.is_digit(one))


def _digits(writing: Writing, line: NDArray[np.int64], at: int) -> tuple[str, list[int], int, bool]:
    """The digits that follow each other from line[at]: their text with points, their indices, the place on the line behind them, and whether
    a point among them is all but wiped out."""
    boxes, start = writing.boxes, int(line[at])
    height = int(boxes[start, 3] - boxes[start, 1])
    text, members, faint = CLASSES[writing.name[start]], [start], False
    following = at + 1
    while following < line.size:
        this, last = int(line[following]), members[-1]
        if _small(boxes, this, height):
            following += 1
            continue
        gap = _gap(boxes, last, this)
        point = _dot_between(boxes, last, this, writing.dots, height)
        if not point and 0.25 * height < gap <= 1.1 * height and _faint_point(writing.contrast, boxes[last], boxes[this]):
            point = faint = True
        if not writing.is_digit(this) or gap > (1.1 if point else 0.55) * height or not _level(boxes, start, this):
            break
        text += ("." if point else "") + CLASSES[writing.name[this]]
        members.append(this)
        following += 1
    return text, members, following, faint


def _faint_point(contrast: GrayImage, before: NDArray[np.int64], after: NDArray[np.int64]) -> bool:
    """Whether something stands at the foot between two digits (boxes) and nothing above it."""
    top, foot = int(before[1]), int(before[3])
    height = foot - top
    between = contrast[top : foot + 1, int(before[2]) + 1 : int(after[0]) - 1].astype(np.int64)
    if between.size == 0:
        return False
    ink = int(contrast[top:foot, int(before[0]) : int(before[2])].max())
    low, high = int(between[round(0.7 * height) :].max()), int(between[: round(0.55 * height)].max())
    return low - high >= max(FAINT_GREY, FAINT * ink)


def _unit(writing: Writing, line: NDArray[np.int64], at: int, last: int, height: int) -> tuple[Unit, bool]:
    """The unit right of a number; not ok where something else touches the number."""
    boxes, name, certainty = writing.boxes, writing.name, writing.certainty
    word: list[int] = []
    before = last
    for this in line[at : at + 4].tolist():
        if _small(boxes, this, height):
            if this != line[at] or _gap(boxes, before, this) > 0.4 * height:
                break
            return "", False  # a point or colon follows: the rest was not read
        if _gap(boxes, before, this) > (1.1 * height if not word else 0.35 * height):
            break
        word.append(this)
        before = this
    if not word:
        return "", True
    touching = _gap(boxes, last, word[0]) < 0.6 * height and not (CLASSES[name[word[0]]] in UNIT_LETTERS and certainty[word[0]] >= SURE_UNIT)
    text = "".join(CLASSES[name[this]] if certainty[this] >= SURE_UNIT else "?" for this in word)
    if text in ("cm", "mm"):
        return ("", False) if _goes_on(writing, [last, *word], height) else ("cm" if text == "cm" else "mm", True)
    return "", not touching


def _goes_on(writing: Writing, members: list[int], height: int) -> bool:
    """Whether a unit goes on behind its letters, raised or on the line: squares, cubes, seconds. members: the number's last digit and the unit.
    Looked for in the picture itself: a thin stroke, or a small figure, may be no mark."""
    boxes, contrast = writing.boxes[members], writing.contrast
    top, foot, end = int(boxes[0, 1]), int(boxes[0, 3]), int(boxes[:, 2].max())
    rows = contrast[max(0, round(top - RAISED * height)) : foot, end : end + round(UNIT_REACH * height)]
    ink = int(contrast[top:foot, int(boxes[0, 0]) : int(boxes[0, 2])].max())
    inked = rows > max(LEAST_CONTRAST / 2, UNIT_INK * writing.share * ink)
    behind = 0  # where what belongs to the unit so far ends
    for begin, close in bands(np.asarray(inked.any(axis=0), np.bool_), 1):
        if begin == 0 and close <= 1 + UNIT_BLUR * height:
            continue  # the last letter's own edge
        there = np.flatnonzero(inked[:, begin:close].any(axis=1))
        if there[0] == 0 and there[-1] == rows.shape[0] - 1:
            return False  # higher than any letter: the line of a frame around it all
        raised = rows.shape[0] - 1 - there[-1] >= RAISED_FOOT * height
        if begin - behind > UNIT_GAPS[bool(raised or behind)] * height:
            return False
        if np.ptp(there) + 1 >= UNIT_MARK * height:
            return True
        behind = close
    return False


def _gap(boxes: NDArray[np.int64], one: int, other: int) -> int:
    return int(boxes[other, 0] - boxes[one, 2])


def _small(boxes: NDArray[np.int64], index: int, height: int) -> bool:
    """A point's size beside digits of a height."""
    return bool(boxes[index, 3] - boxes[index, 1] <= 0.4 * height and boxes[index, 2] - boxes[index, 0] <= 0.5 * height)


def _level(boxes: NDArray[np.int64], one: int, other: int) -> bool:
    """Digits of one number stand on one line and are equally high."""
    height = boxes[one, 3] - boxes[one, 1]
    return bool(abs(boxes[one, 3] - boxes[other, 3]) <= max(1, 0.15 * height) and abs(boxes[one, 1] - boxes[other, 1]) <= max(1, 0.15 * height))


def _dot_after(boxes: NDArray[np.int64], last: int, dots: NDArray[np.int64], height: int) -> bool:
    """Whether a point or a comma follows the number closely: digits behind it were not read."""
    there = (dots[:, 0] >= boxes[last, 2] - 1) & (dots[:, 0] <= boxes[last, 2] + 0.35 * height)
    return bool((there & _are_points(dots, boxes[last, 3], height)).any())


def _dot_between(boxes: NDArray[np.int64], last: int | None, this: int, dots: NDArray[np.int64], height: int) -> bool:
    """Whether a point or a comma stands between two digits (last None: close before the digit)."""
    low = boxes[this, 0] - 0.35 * height if last is None else boxes[last, 2] - 1
    # what leads stands clear of its digit: a scrap of a frame's line at the digit's foot does not
    there = (dots[:, 0] >= low) & (dots[:, 2] <= boxes[this, 0] + (last is not None))
    return bool((there & _are_points(dots, boxes[this, 3], height)).any())


def _colon_before(boxes: NDArray[np.int64], this: int, dots: NDArray[np.int64], height: int) -> bool:
    """Whether the point close before a digit has another above it, about the height of small letters: "D:60mm"."""
    near = dots[(dots[:, 0] >= boxes[this, 0] - 0.5 * height) & (dots[:, 2] <= boxes[this, 0] + 1)]
    high = np.maximum(near[:, 3] - near[:, 1], near[:, 2] - near[:, 0]) <= 0.4 * height
    middle = (boxes[this, 3] - (near[:, 1] + near[:, 3]) / 2) / height
    upper, lower = near[high & (middle >= 0.35) & (middle <= 0.85)], near[_are_points(near, boxes[this, 3], height)]
    return bool(len(upper) and len(lower) and np.abs(upper[:, None, 0] - lower[None, :, 0]).min() <= 1)


def _are_points(dots: NDArray[np.int64], foot: int, height: int) -> NDArray[np.bool_]:
    """Which small marks are points or commas at the foot of a line of writing."""
    size, below = np.maximum(dots[:, 3] - dots[:, 1], dots[:, 2] - dots[:, 0]), dots[:, 3] - foot
    point = np.abs(below) <= max(1.5, 0.15 * height)
    comma = (below > 0) & (below <= COMMA * height) & (np.abs(foot - dots[:, 1]) <= COMMA * height)
    return np.asarray((size <= 0.4 * height) & (point | comma), np.bool_)
