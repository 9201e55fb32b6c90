"""Words at the head or foot of a ruler's labels, in their lines, or behind a length: what they say these count."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from edge.screen.ruler.digits import written
from edge.screen.ruler.heads import LISTED_WORDS, doubt_of, other_unit
from edge.screen.ruler.ruler import Ruler

PITCH, FIRST, COUNT = 50.0, 100.0, 9
RULER = Ruler(True, PITCH, FIRST, COUNT, 0.2, 640, 648)
CASES = [
    ("nothing", "", (640, 70), False),
    ("kPa above", "kPa", (640, 72), True),
    ("MHz above, a little to the left", "MHz", (630, 72), True),
    ("ms below", "ms", (642, 512), True),
    ("cm above", "cm", (640, 72), False),
    ("mm below", "mm", (642, 512), False),
    ("a setting", "G 68", (636, 72), False),
    ("a line that goes on", "Preset Lumbar", (560, 72), False),
    ("far above", "kPa", (640, 30), False),
    ("beside", "kPa", (700, 72), False),
]


@pytest.mark.parametrize(("name", "word", "at", "expected"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("size", [14, 18])
def test_a_word_at_a_rulers_head_or_foot(name: str, word: str, at: tuple[int, int], expected: bool, size: int) -> None:
    canvas = Image.new("L", (800, 600))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(size)
    labels = []
    for mark in range(COUNT):
        row = FIRST + PITCH * mark
        pen.line((640, row, 647, row), fill=220)
        pen.text((656, row), str(mark), fill=220, font=font, anchor="lm")
        left, top, right, bottom = pen.textbbox((656, row), str(mark), font=font, anchor="lm")
        labels.append((round(left), round(top), round(right), round(bottom)))
    pen.text((at[0], at[1] - (size - 14) * (at[1] < FIRST)), word, fill=220, font=font)
    assert other_unit(written(np.asarray(canvas)), RULER, tuple(labels)) is expected, name


WORDS = ("Dist", "Area", "Volume", "Angle", "Hip", "Trace", "Report", "Text", "End")
LINES = [
    ("labels", "{n}", "", ""),
    ("labels with their unit", "{n} cm", "", ""),
    ("a menu", "{n}  {word}", "", LISTED_WORDS),
    ("frequencies", "{n} MHz", "", LISTED_WORDS),
    ("a depth in centimetres", "{n}", "Depth 2.4 cm", ""),
    ("other settings", "{n}", "5.0 MHz  25 Hz  3 in all  12 lines", ""),
]


@pytest.mark.parametrize(("name", "label", "line", "expected"), LINES, ids=[each[0] for each in LINES])
@pytest.mark.parametrize("size", [14, 18, 26])
@pytest.mark.parametrize("alone", [False, True])
def test_words_in_the_lines_of_labels(name: str, label: str, line: str, expected: str, size: int, alone: bool) -> None:
    canvas = Image.new("L", (1000, 700))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(size)
    labels = []
    for mark, word in enumerate(WORDS):
        row, number = FIRST + PITCH * mark, str(mark)
        if not alone:
            pen.line((640, row, 647, row), fill=220)
        pen.text((656, row), label.format(n=number, word=word), fill=220, font=font, anchor="lm")
        left, top, right, bottom = pen.textbbox((656, row), number, font=font, anchor="lm")
        labels.append((round(left), round(top), round(right), round(bottom)))
    pen.text((100, 640), line, fill=220, font=font)
    ruler = Ruler(True, PITCH, FIRST, COUNT, 0.2, min(each[0] for each in labels), max(each[2] for each in labels)) if alone else RULER
    assert doubt_of(np.asarray(canvas), ruler, tuple(labels)) == expected, name


@pytest.mark.parametrize(("name", "ends"), [("sliders", [900] * COUNT), ("bars", [680 + 37 * k % 90 for k in range(COUNT)])])
def test_lines_behind_numbers_by_themselves_are_no_rulers_marks(name: str, ends: list[int]) -> None:
    canvas = Image.new("L", (1000, 700))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(16)
    for mark, end in enumerate(ends):
        row = FIRST + PITCH * mark
        pen.text((656, row), str(mark), fill=220, font=font, anchor="rm")
        pen.rectangle((670, row - 1, end, row + 1), fill=220)
    labels = tuple((646, round(FIRST + PITCH * mark) - 6, 656, round(FIRST + PITCH * mark) + 6) for mark in range(COUNT))
    assert doubt_of(np.asarray(canvas), Ruler(True, PITCH, FIRST, COUNT, 0.2, 646, 656), labels) == LISTED_WORDS, name


def test_without_labels_nothing_is_told() -> None:
    assert not other_unit(written(np.zeros((600, 800), np.uint8)), RULER, ())
