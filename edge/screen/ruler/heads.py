"""Words beside a ruler's labels. One at their head or foot (kPa, cm/s, ms, %) names what they count, and that is depth only in cm and mm; words in
their lines (a menu's, sliders', MHz) say that the numbers are no labels."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.screen.ruler import against
from edge.screen.ruler.digits import CLASSES, classify, glyphs, marks_of, stroke_mask
from edge.screen.ruler.numbers import SURE_WAY
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage

Box: TypeAlias = tuple[int, int, int, int]
# in heights of a label: how far above the first and below the last a word stands, and how far beside the column; heights of its letters; how far off
# on the line the next word is, or it is part of a longer line
REACH, GAP, BESIDE, LETTERS, ALONE = 2.3, 0.25, 2.4, (0.4, 1.7), 1.2
MOST_LETTERS, SPACE = 8, 0.5  # of a word; between letters, in heights of a label
UNITS = ("cm", "mm")
OTHER_UNIT = "a word beside the ruler's labels names another unit than cm or mm: state tick_mm in a profile"
LISTED_WORDS = "words or bars stand in the lines of the ruler's labels, as of a menu: mask it in a profile, or state tick_mm"
# words in the lines of labels: share of the labels that have one, and how many at least; heights of a label to a word behind, to one before it, and
# so far beyond that words are looked at; how far a letter's foot may be off the label's, of that height
LISTED, LEAST_LISTED = 0.6, 2
BEHIND, BEFORE, AROUND, FOOT = 2.5, 1.2, 8.0, 0.15
LONG_LINE = 4.0  # heights of a label: so long is no mark of a ruler, but a slider's line or a bar


def doubt_of(contrast: GrayImage, ruler: Ruler, labels: tuple[Box, ...]) -> str:
    """Why a ruler's labels alone may not count cm or mm; empty where no words say so. contrast: grey levels from the background, 0 over the scan.
    labels: boxes (left, top, right, bottom) of its labels."""
    by_themselves = tuple(box for box in labels if _is_mark(ruler, box))
    labels = by_themselves or labels
    if other_unit(contrast, ruler, labels):
        return OTHER_UNIT
    return LISTED_WORDS if of_a_list(contrast, ruler, labels) else ""


def _is_mark(ruler: Ruler, label: Box) -> bool:
    """Whether a label is a mark of its ruler, which labels by themselves make."""
    return ruler.low_px <= label[0] and label[2] <= ruler.high_px


def other_unit(contrast: GrayImage, ruler: Ruler, labels: tuple[Box, ...]) -> bool:
    """Whether a short word that is no unit of length stands alone above a ruler's first label or mark, or below its last. contrast: grey levels from
    the background, 0 over the scan. labels: boxes (left, top, right, bottom) of its labels."""
    if not labels:
        return False
    height = float(np.median([bottom - top for _, top, _, bottom in labels]))
    left = min(ruler.low_px, *(each[0] for each in labels)) - BESIDE * height
    right = max(ruler.high_px, *(each[2] for each in labels)) + BESIDE * height
    first = min(ruler.first_px - height / 2, *(each[1] for each in labels))
    last = max(ruler.first_px + ruler.span_px + height / 2, *(each[3] for each in labels))
    head, foot = (first - REACH * height, first - GAP * height), (last + GAP * height, last + REACH * height)
    return any(_stands_alone(contrast, (left, top, right, bottom), height) for top, bottom in (head, foot))


def of_a_list(contrast: GrayImage, ruler: Ruler, labels: tuple[Box, ...]) -> bool:
    """Whether in the lines of most of a ruler's labels words stand: numbered menus, sliders, frequencies. Of labels that are a ruler by themselves,
    too, whether bars or long lines do, and no marks."""
    if len(labels) < LEAST_LISTED:
        return False
    height = float(np.median([bottom - top for _, top, _, bottom in labels]))
    boxes = _marks_around(contrast, labels, height)
    beside = [_in_line(boxes, box, height) for box in labels]
    most = max(LEAST_LISTED, LISTED * len(labels))
    if sum(any(_is_word(marks, box, height, contrast) for marks in sides) for sides, box in zip(beside, labels, strict=True)) >= most:
        return True
    lines = [marks[0] for _, marks in beside if len(marks)]
    alone = all(_is_mark(ruler, box) for box in labels)
    length = np.array([right - left for left, _, right, _ in lines])
    return alone and len(lines) >= most and bool(np.median(length) > LONG_LINE * height or against.unlike(length))


def _marks_around(contrast: GrayImage, labels: tuple[Box, ...], height: float) -> NDArray[np.int64]:
    """Boxes of the marks around a column of labels."""
    left, top = (max(0, round(min(box[side] for box in labels) - reach * height)) for side, reach in ((0, BEFORE + AROUND), (1, AROUND)))
    right, bottom = (round(max(box[side] for box in labels) + reach * height) for side, reach in ((2, BEHIND + AROUND), (3, AROUND)))
    part = contrast[top:bottom, left:right]
    return np.asarray(marks_of(stroke_mask(part)) + np.array([left, top, left, top]), np.int64)


def _in_line(boxes: NDArray[np.int64], label: Box, height: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of marks those in a label's line: close before it, from the right, and close behind it, from the left; none where the nearest is not close."""
    left, top, right, bottom = label
    boxes = boxes[(boxes[:, 1] < bottom) & (boxes[:, 3] > top)]
    before, behind = boxes[boxes[:, 2] <= left], boxes[boxes[:, 0] >= right]
    before, behind = before[np.argsort(-before[:, 2])], behind[np.argsort(behind[:, 0])]
    near = bool(len(before)) and left - before[0, 2] <= BEFORE * height, bool(len(behind)) and behind[0, 0] - right <= BEHIND * height
    return before if near[0] else before[:0], behind if near[1] else behind[:0]


def _is_word(marks: NDArray[np.int64], label: Box, height: float, contrast: GrayImage) -> bool:
    """Whether the nearest of the marks in a label's line are letters on it, of no unit of length and no number. marks: as _in_line gives them."""
    high = marks[:, 3] - marks[:, 1]
    pair = marks[(high >= LETTERS[0] * height) & (high <= LETTERS[1] * height)][:2]
    if len(pair) < 2 or max(pair[0, 0] - label[2], label[0] - pair[0, 2]) > BEHIND * height or not _letters_side_by_side(pair, height):
        return False
    on_line = np.abs(pair[:, 3] - label[3]) <= max(1, FOOT * height)
    name, certainty = classify(glyphs(contrast, pair[np.argsort(pair[:, 0])]))
    nearest = 0 if pair[0, 0] >= label[2] else 1
    number = bool(name[nearest] < 10 and certainty[nearest] >= SURE_WAY)
    return bool(on_line.any()) and not number and "".join(CLASSES[each] for each in name) not in UNITS


def _stands_alone(contrast: GrayImage, place: tuple[float, float, float, float], height: float) -> bool:
    """Whether one word, and no part of a longer line, is all that stands in a place and is no unit of length."""
    left, top, right, bottom = (max(0, round(each)) for each in place)
    reach = round((ALONE + 1) * height)
    begin, above = max(0, left - reach), max(0, round(top - height))
    part = contrast[above : round(bottom + height), begin : right + reach]
    if min(part.shape) < 3:
        return False
    boxes = marks_of(stroke_mask(part))
    boxes = boxes[(boxes[:, 3] > top - above) & (boxes[:, 1] < bottom - above)]
    high, middle = boxes[:, 3] - boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2 + above
    letters = boxes[(high >= LETTERS[0] * height) & (high <= LETTERS[1] * height) & (middle > top) & (middle < bottom)]
    within = (letters[:, 0] >= left - begin) & (letters[:, 2] <= right - begin)
    word = letters[within]
    if not 1 < len(word) <= MOST_LETTERS or not _letters_side_by_side(word, height):
        return False
    near = (boxes[:, 0] < word[:, 2].max() + ALONE * height) & (boxes[:, 2] > word[:, 0].min() - ALONE * height)
    outside = near & ((boxes[:, 0] < left - begin) | (boxes[:, 2] > right - begin))
    return not outside.any() and _names_another(part, word)


def _letters_side_by_side(word: NDArray[np.int64], height: float) -> bool:
    """Whether marks follow each other as letters do: those of a ruler across stand farther apart."""
    ordered = word[np.argsort(word[:, 0])]
    gaps, together = ordered[1:, 0] - ordered[:-1, 2], np.minimum(ordered[1:, 3], ordered[:-1, 3]) > np.maximum(ordered[1:, 1], ordered[:-1, 1])
    return bool((together & (gaps <= SPACE * height)).all())


def _names_another(part: GrayImage, word: NDArray[np.int64]) -> bool:
    """Whether a word is no unit of length, and no setting either: those have numbers."""
    name, certainty = classify(glyphs(part, word[np.argsort(word[:, 0])]))
    return not ((name < 10) & (certainty >= SURE_WAY)).any() and "".join(CLASSES[each] for each in name) not in UNITS
