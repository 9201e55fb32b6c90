"""A word at the head or the foot of a ruler's labels: kPa, cm/s, ms, %. What it names its labels count, and that is depth only in cm and mm."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.digits import CLASSES, SURE_WAY, classify, glyphs, marks_of, stroke_mask
from edge.ruler import Ruler
from edge.types import GrayImage

Box: TypeAlias = tuple[int, int, int, int]
# in heights of a label: how far above the first and below the last a word stands, and how far beside the column; heights of its letters; how far off
# on the line the next word is, or it is part of a longer line
REACH, GAP, BESIDE, LETTERS, ALONE = 2.3, 0.25, 2.4, (0.4, 1.7), 1.2
MOST_LETTERS, SPACE = 8, 0.5  # of a word; between letters, in heights of a label
UNITS = ("cm", "mm")


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


def _stands_alone(contrast: GrayImage, place: tuple[float, float, float, float], height: float) -> bool:
    """Whether one word, and no part of a longer line, is all that stands in a place and is no unit of length."""
    left, top, right, bottom = (max(0, round(each)) for each in place)
    reach = round((ALONE + 1) * height)
    begin, above = max(0, left - reach), max(0, round(top - height))
    part = contrast[above : round(bottom + height), begin : right + reach]
    if min(part.shape) < 3:
        return False
    boxes = marks_of(stroke_mask(part)).boxes
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
