"""Words beside a ruler's labels. One at their head or foot (kPa, cm/s, ms, %) names what they count, and that is depth only in cm and mm; words in
their lines (a menu's, sliders', MHz) say that the numbers are no labels."""

from __future__ import annotations

import re

import numpy as np

from edge.screen.ruler import against
from edge.screen.ruler.digits import Written, written
from edge.screen.ruler.numbers import Box, Line, line_at
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage

# in heights of a label: how far above the first and below the last a word stands, and how far beside the column; heights of its letters
REACH, GAP, BESIDE, LETTERS = 2.3, 0.25, 2.4, (0.4, 1.7)
# of the signs of a line: a letter; a word of two to eight; the units of length; a word close before a label, and close behind one
LETTER = r"[^\d ~'.,:-]"
WORD, LENGTH = re.compile(rf"{LETTER}(?:['-]?{LETTER}){{1,7}}"), re.compile(r"C'?M|M'?M|X|W")
BEFORE, BEHIND = re.compile(rf"{LETTER}['-]?{LETTER}['~-]?$"), re.compile(rf"[ '~-]?(?!(?:C'?M|M'?M)(?:[ ~]|$)){LETTER}['-]?{LETTER}")
LISTED, LEAST_LISTED = 0.6, 2  # share of the labels that have a word in their line, and how many at least
NEAR = 2.5  # heights of a label to what stands behind it
LONG_LINE = 4.0  # heights of a label: so long is no mark of a ruler, but a slider's line or a bar
OTHER_UNIT = "a word beside the ruler's labels names another unit than cm or mm: state tick_mm in a profile"
LISTED_WORDS = "words or bars stand in the lines of the ruler's labels, as of a menu: mask it in a profile, or state tick_mm"


def doubt_of(contrast: GrayImage, ruler: Ruler, labels: tuple[Box, ...]) -> str:
    """Why a ruler's labels alone may not count cm or mm; empty where no words say so. contrast: grey levels from the background, 0 over the scan.
    labels: boxes (left, top, right, bottom) of its labels."""
    by_themselves = tuple(box for box in labels if ruler.low_px <= box[0] and box[2] <= ruler.high_px)  # that are its marks
    labels, writing = by_themselves or labels, written(contrast)
    if other_unit(writing, ruler, labels):
        return OTHER_UNIT
    return LISTED_WORDS if of_a_list(writing, labels, alone=bool(by_themselves)) else ""


def other_unit(writing: Written, ruler: Ruler, labels: tuple[Box, ...]) -> bool:
    """Whether a short word that is no unit of length stands alone above a ruler's first label or mark, or below its last."""
    if not labels:
        return False
    height = float(np.median([bottom - top for _, top, _, bottom in labels]))
    left = min(ruler.low_px, *(each[0] for each in labels)) - BESIDE * height
    right = max(ruler.high_px, *(each[2] for each in labels)) + BESIDE * height
    first = min(ruler.first_px - height / 2, *(each[1] for each in labels))
    last = max(ruler.first_px + ruler.span_px + height / 2, *(each[3] for each in labels))
    head, foot = (first - REACH * height, first - GAP * height), (last + GAP * height, last + REACH * height)
    return any(_names_another(writing, (left, top, right, bottom), height) for top, bottom in (head, foot))


def _names_another(writing: Written, place: tuple[float, float, float, float], height: float) -> bool:
    """Whether one word, and no part of a longer line, is all that stands in a place and is no unit of length."""
    left, top, right, bottom = place
    boxes = writing.boxes
    high, middle = boxes[:, 3] - boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2
    of_size = (high >= LETTERS[0] * height) & (high <= LETTERS[1] * height) & (middle > top) & (middle < bottom)
    letters = np.flatnonzero(of_size & (boxes[:, 0] >= left) & (boxes[:, 2] <= right))
    if not letters.size:
        return False
    line = line_at(writing, int(np.median(boxes[letters, 1])), int(np.median(boxes[letters, 3])))
    words = [(part.group(), line.marks[part.start() : part.end()]) for part in re.finditer("[^ ]+", line.text)]
    there = [(text, marks) for text, marks in words if set(letters.tolist()) & set(marks)]
    return len(there) == 1 and bool(WORD.fullmatch(there[0][0])) and set(there[0][1]) <= {-1, *letters.tolist()} and not LENGTH.fullmatch(there[0][0])


def of_a_list(writing: Written, labels: tuple[Box, ...], *, alone: bool) -> bool:
    """Whether in the lines of most of a ruler's labels words stand: numbered menus, sliders, frequencies. alone: of labels that are a ruler by
    themselves, too, whether bars or long lines do, and no marks."""
    most = max(LEAST_LISTED, LISTED * len(labels))
    if len(labels) < LEAST_LISTED or sum(_has_a_word(writing, line_at(writing, box[1], box[3]), box) for box in labels) >= most:
        return len(labels) >= LEAST_LISTED
    lengths = np.array([length for box in labels if (length := _length_behind(writing, box))])
    height = float(np.median([bottom - top for _, top, _, bottom in labels]))
    return alone and len(lengths) >= most and bool(np.median(lengths) > LONG_LINE * height or against.unlike(lengths))


def _has_a_word(writing: Written, line: Line, label: Box) -> bool:
    """Whether close before a label or behind it two letters stand on its line that are no unit of length and no number."""
    own = [at for at, mark in enumerate(line.marks) if mark >= 0 and label[0] < writing.boxes[mark, 2] and writing.boxes[mark, 0] < label[2]]
    if not own:
        return False
    behind = next((int(writing.boxes[mark, 0]) for mark in line.marks[own[-1] + 1 :] if mark >= 0), 1 << 20)
    near = behind - label[2] <= NEAR * (label[3] - label[1])
    return bool(BEFORE.search(line.text, 0, own[0]) or (near and BEHIND.match(line.text, own[-1] + 1)))


def _length_behind(writing: Written, label: Box) -> int:
    """The length of the nearest mark close behind a label on its line, 0 where there is none."""
    marks = writing.marks[(writing.marks[:, 1] < label[3]) & (writing.marks[:, 3] > label[1]) & (writing.marks[:, 0] >= label[2])]
    near = marks[marks[:, 0] <= label[2] + NEAR * (label[3] - label[1])]
    return int(np.diff(near[near[:, 0].argmin(), [0, 2]])[0]) if len(near) else 0
