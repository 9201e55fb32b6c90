"""Numbers printed on the screen: each line of writing becomes a text of one sign a mark, with signs for its gaps, in which a pattern finds them.

Rule 1: only digits, a decimal point and the units cm and mm are ever read; nobody's name can be.
Rule 2: a mark that is not surely a digit makes the number it stands in unreadable; beside a unit, less certainty will do.
Rule 3: what touches a number, or goes on behind its unit, makes it none: a clock's, a date's, a word's or an area's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.screen.ruler.digits import BLURRED_SHARE, CLASSES, STROKE_SHARE, Written, written
from edge.types import GrayImage

SURE = 0.8
SURE_WITH_UNIT = 0.4  # a printed depth must fit marks and scan besides: a digit read wrongly does not change which marks do
SURE_WAY = 0.9  # of what tells which way round a screen is
SURE_BEFORE = 0.75  # what stands before a number is a digit of it, and the number not whole
SURE_UNIT = 0.4  # two letters, one of two words: less will do
# shares of a digit's height: a point's size; how far off their line digits, letters and points are; where a
# colon's upper point is; how far below and above the foot a comma reaches; the height of a digit
POINT, LEVEL, UPPER, COMMA, TALL = 0.4, 0.15, (0.35, 0.85), 0.3, 0.8
# signs of gaps, up to these shares of a digit's height: within letters that touch, a word, a number, a line
GAPS = ((0.22, ""), (0.36, "'"), (0.58, "-"), (1.2, "~"))
HALF_SURE = "abcdefghij"  # signs of digits not surely read
SIGNS: tuple[str, ...] = (*"0123456789", "C", "M", "X", "W")  # of CLASSES but the last
# of a mark that is none of these, of one as high and narrow as a stroke between two numbers, and of a digit higher than its line's
OTHER, STROKE, HIGHER = "?", "|", "#"
NUMBER = re.compile(
    r"(?P<whole>[\da-j](?:['-]?[\da-j])*)(?:['~-]?(?P<point>[.,])['-]?(?P<part>[\da-j](?:['-]?[\da-j])*))?"
    r"(?:['~-]?(?:(?P<cm>C'?M|X)|(?P<mm>M'?M|W))(?!'?[^ ~'\-])|(?!'?[.:]|-[.:]['-]?[\da-j]|['-]?[^ ~'\-.:]))"
)
# what ends before a number makes it a part of another: a mark or point that touches, a digit, a stroke behind a digit
PART_OF = re.compile(r"(?:[^ ~':\-]|\.'|[\d#][-'~]|[a-j]['-]|[\da-j]['-]?\|['-]?|\d['~-]?:['~-]?)$")
BEFORE, TOUCHING = 1.5, 2.2  # of a digit's height: so far before a number its own digits may stand; width of letters that touch, at most
# what is raised behind a unit makes another of it: gap, distance above its foot and height; a dash's place and width; of a digit's height
RAISED_GAP, RAISED_FOOT, RAISED_MARK, DASH_UP, DASH_WIDE = 0.55, 0.35, 0.25, 0.33, 0.4
FAINT, FAINT_GREY = 0.1, 5  # of a digit's brightness, grey levels: a point between two digits that scaling has all but wiped out
MOST_DIGITS = 4
WIDTHS = (0.545, 0.8)  # of a digit's height: type on the recorded screens has 0.556 to 0.69
ANY_ASPECT = (0.0, np.inf)
SMALL_PX = 7  # digits lower than this are a pixel wider or narrower than their type
LARGE_PX, FAR_WIDTHS = 12, (0.5, 0.85)  # digits so high, and widths that even one of them tells

Unit: TypeAlias = Literal["", "mm", "cm"]
Box: TypeAlias = tuple[int, int, int, int]


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
    def box(self) -> Box:
        return self.left_px, self.top_px, self.right_px, self.bottom_px

    def flipped(self, width_px: int) -> Number:
        """The same number where the picture's mirror image holds it."""
        return replace(self, left_px=width_px - self.right_px, right_px=width_px - self.left_px)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of writing: a sign for each of its marks, points and gaps, and for each sign its mark's index (-1: none); the height of its digits."""

    text: str
    marks: tuple[int, ...]
    height: int


def read_numbers(contrast: GrayImage, stroke_share: float = STROKE_SHARE) -> list[Number]:
    """Every number of a picture. contrast: distance from the background; 0 where nothing is to be read."""
    writing, found, done = written(contrast, stroke_share), list[Number](), set[int]()
    line_on = lru_cache(partial(line_at, writing))
    for start in np.argsort(writing.boxes[:, 0], kind="stable").tolist():
        if start in done or not _is_digit(writing, start):
            continue
        line = line_on(*writing.boxes[start, 1::2].tolist())
        match = NUMBER.match(line.text, line.marks.index(start))
        if match:
            done |= set(line.marks[match.start() : match.end()])
            number = _number(writing, line, match)
            found += [number] if number else []
    return found


def read_blurred(contrast: GrayImage) -> list[Number]:
    """Numbers of a blurred picture, where read_numbers finds too little; ten centimetres and more count only with a point: it may be lost."""
    return [each for each in read_numbers(contrast, BLURRED_SHARE) if each.unit != "cm" or each.value < 10 or each.decimals]


def not_otherwise(again: list[Number], before: list[Number]) -> list[Number]:
    """What is read again without what was another number before: a part of one may be left, the 5 of an 8.5 say.
    test_a_part_of_a_number_is_not_read_as_another."""
    return [each for each in again if not any(_overlap(each.box, other.box) and each.value != other.value for other in before)]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _is_digit(writing: Written, index: int) -> bool:
    return bool(writing.name[index] < 10 and writing.certainty[index] >= SURE_WITH_UNIT)


def line_at(writing: Written, top: int, foot: int) -> Line:
    """The line of writing on these rows, of marks up to twice as high."""
    boxes, height = writing.boxes, foot - top
    high, wide = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    overlap = np.minimum(boxes[:, 3], foot) - np.maximum(boxes[:, 1], top)
    small = (high <= POINT * height) & (wide <= (POINT + 0.1) * height)
    letters = np.flatnonzero(~small & (overlap >= 0.5 * np.minimum(high, height)) & (high <= 2 * height))
    signs = [(int(boxes[each, 0]), int(boxes[each, 2]), _sign(writing, int(each), top, foot), int(each)) for each in letters]
    signs += [(*each, -1) for each in _points(writing.marks, foot, height)]
    return _spaced(writing, sorted(signs), height)


def _sign(writing: Written, index: int, top: int, foot: int) -> str:
    """A mark's sign on a line of writing. Digits of one number stand on one line and are equally high."""
    left, upper, right, lower = writing.boxes[index].tolist()
    name, certainty, height = int(writing.name[index]), float(writing.certainty[index]), foot - top
    level = max(abs(upper - top), abs(lower - foot)) <= max(1, LEVEL * height)
    if name < 10 and certainty >= SURE_WITH_UNIT and level:
        return SIGNS[name] if certainty >= SURE_BEFORE else HALF_SURE[name]
    if name < 10 and certainty >= SURE_BEFORE and upper <= top + max(1, LEVEL * height):
        return HIGHER
    if 10 <= name < len(SIGNS) and certainty >= SURE_UNIT:
        return SIGNS[name]
    return STROKE if lower - upper >= TALL * height and right - left <= TALL * height else OTHER


def _points(marks: NDArray[np.int64], foot: int, height: int) -> list[tuple[int, int, str]]:
    """Left, right and sign of a line's points, commas and colons (with a second point above, as high as small letters)."""
    size = np.maximum(marks[:, 3] - marks[:, 1], marks[:, 2] - marks[:, 0])
    dots = marks[(size <= POINT * height)]
    below, middle = dots[:, 3] - foot, (foot - (dots[:, 1] + dots[:, 3]) / 2) / height
    comma = (below > 0) & (below <= COMMA * height) & (np.abs(foot - dots[:, 1]) <= COMMA * height)
    upper = dots[(middle >= UPPER[0]) & (middle <= UPPER[1])]
    points = dots[(np.abs(below) <= max(1.5, LEVEL * height)) | comma]
    colon = [bool((np.abs(upper[:, 0] - point[0]) <= 1).any()) for point in points]
    return [(int(point[0]), int(point[2]), ":" if two else ".") for point, two in zip(points, colon, strict=True)]


def _spaced(writing: Written, signs: list[tuple[int, int, str, int]], height: int) -> Line:
    """A line's signs with those of its gaps between. A point that lies under the digit before which it stands is a scrap of a frame's line."""
    text, marks, end = "", list[int](), -(1 << 20)
    for at, (left, right, sign, index) in enumerate(signs):
        behind = signs[at + 1] if at + 1 < len(signs) else None
        digit_before = bool(text) and (text[-1].isdigit() or text[-1] in HALF_SURE)
        if sign in ".:" and behind is not None and right > behind[0] + digit_before:
            continue
        gap = next((gap for most, gap in GAPS if left - end < most * height), " ")
        if index >= 0 and marks and marks[-1] >= 0 and 0.25 * height < left - end <= 1.1 * height and _faint_point(writing, marks[-1], index):
            gap = ","
        text += gap + sign
        marks += [-1] * len(gap) + [index]
        end = right
    return Line(text, tuple(marks), height)


def _faint_point(writing: Written, one: int, other: int) -> bool:
    """Whether something stands at the foot between two digits and nothing above it."""
    if not (_is_digit(writing, one) and _is_digit(writing, other)):
        return False
    left, top, right, foot = writing.boxes[one].tolist()
    height = foot - top
    between = writing.contrast[top : foot + 1, right + 1 : int(writing.boxes[other, 0]) - 1].astype(np.int64)
    if between.size == 0:
        return False
    ink = int(writing.contrast[top:foot, left:right].max())
    low, high = int(between[round(0.7 * height) :].max()), int(between[: round(0.55 * height)].max())
    return low - high >= max(FAINT_GREY, FAINT * ink)


def _number(writing: Written, line: Line, match: re.Match[str]) -> Number | None:
    """The number that a pattern found, None where it is a part of something else."""
    unit: Unit = "cm" if match["cm"] else "mm" if match["mm"] else ""
    if PART_OF.search(line.text, 0, match.start()) or (unit and _goes_on(writing, line, match.end())):
        return None
    ends = match.end("part") if match["part"] else match.end("whole")
    members = [index for index in line.marks[match.start() : ends] if index >= 0]
    box, faint = writing.boxes[members], match["point"] == ","
    certainty = float(writing.certainty[members].min())
    if len(members) > MOST_DIGITS or (not unit and (faint or certainty < SURE)):
        return None
    digits = "".join(CLASSES[writing.name[each]] for each in members)
    decimals = len(re.sub(r"[^\da-j]", "", match["part"] or ""))
    widths = tuple(float((b[2] - b[0]) / (b[3] - b[1])) for b, digit in zip(box, digits, strict=True) if digit != "1")
    (left, top), (right, bottom) = box[:, :2].min(axis=0).tolist(), box[:, 2:].max(axis=0).tolist()
    whole = _nothing_before(writing.boxes, members[0])
    return Number(int(digits) / 10**decimals, unit, left, top, right, bottom, certainty, widths, faint, whole, decimals)


def _goes_on(writing: Written, line: Line, end: int) -> bool:
    """Whether a raised figure (a square, a power) or a dash stands close behind a unit that ends at this sign of a line."""
    last = writing.boxes[next(index for index in reversed(line.marks[:end]) if index >= 0)]
    foot, height, marks = int(last[3]), line.height, writing.marks
    gap, above, wide, high = marks[:, 0] - last[2], foot - marks[:, 3], marks[:, 2] - marks[:, 0], marks[:, 3] - marks[:, 1]
    raised = (gap <= RAISED_GAP * height) & (above >= RAISED_FOOT * height) & (high >= RAISED_MARK * height)
    dash = (gap <= GAPS[1][0] * height) & (np.abs(above / height - DASH_UP) <= DASH_UP / 2) & (np.abs(wide / height - DASH_WIDE) <= DASH_WIDE / 2)
    near = (gap >= -1) & (marks[:, 3] > foot - height) & (np.maximum(wide, high) <= 2 * height)
    return bool(((raised | dash) & near).any())


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
