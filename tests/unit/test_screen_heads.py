"""Words at the head or foot of a ruler's labels: what they say these count."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from edge.heads import other_unit
from edge.ruler import Ruler

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
    assert other_unit(np.asarray(canvas), RULER, tuple(labels)) is expected, name


def test_without_labels_nothing_is_told() -> None:
    assert not other_unit(np.zeros((600, 800), np.uint8), RULER, ())
