"""Whole screens that were once read wrong or not at all: where a scale is stated, the origin is right or not given; else the scale is, too.

The scans inside have the plain look, with which these screens were met.
"""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

from models.phantom.look import PLAIN_LOOK
from tests.system.screens import RIGHT_SCALE, measure, measure_change, off

CASES = [
    ("a face behind compression's blocks", 23000134, True),
    ("an apex 2.6 mm off for such blocks", 23000302, True),
    ("a date above a fan passed for its face", 23100380, True),
    ("a piece of a flat face passed for an arc", 23100233, False),
    ("panels and all, along the rim, for the picture", 38000171, False),
    ("the whole screen between a video's bars", 23100259, True),
    ("a column of buttons beside the scan", 39100111, True),
    ("a bar of greys beside a scan in water", 39104306, False),
    ("tissue below thick gel passed for all of it", 39504357, False),
    ("a face of which less is seen, and a ruler that begins there", 39001049, True),
    ("writing far above a fan passed for its face", 39504699, True),
    ("a phased array's plain face passed for a point", 39800880, True),
    ("a mark of the ruler beside a flat face", 39800407, True),
    ("a flat face that goes on beyond a dark side", 39800957, True),
    ("a line of the screen touches an arc", 39800384, True),
    ("one side of a phased array, and a ruler that begins where both meet", 39800931, False),
    ("a flat face and the far edge, and little of the sides", 39801088, True),
    ("one plain side of a phased array and its face, and nothing else drawn", 39800538, False),
    ("a panel along the rim, no ruler begins there", 39801136, False),
]
# The subjects' anatomy has changed since these were met: origin right, but the area found leaves out 10, 5 and 4 % of the scan. In the first nothing
# but the ruler's half centimetres shows where the scan ends, and of the five without a label one touches the focus mark: they are not taken for
# marks. In the others the outermost beams are as dark as the screen but at their two ends, and the sides follow the echoes.
NARROW = pytest.mark.xfail(strict=True, reason="the area found leaves out a dark part of the scan")
NARROW_SEEDS = (39100111, 39504699, 39800384)
STATED = [pytest.param(*case, id=case[0], marks=NARROW if case[1] in NARROW_SEEDS else ()) for case in CASES]
READ = [
    ("a fan in water, drawn 5:4 from 4:3", 38001228, False),
    ("a mirrored 3 passed for a 6", 39000804, False),
    ("a label, and a depth that a letter touches", 39000200, False),
    ("a label one mark below the last seen", 39000667, True),
    ("a bar of greys over the last marks", 39000702, True),
    ("small dots between large ones", 39000313, True),
    ("a square ruler across, and little of the fan", 39000824, True),
    ("tissue under a grabber's strong noise", 39103097, True),
    ("a scrap of a frame's line at a digit's foot", 39800955, True),
    ("digits over a frame's left line, the unit over its right", 39800888, True),
    ("writing above the face that passes for six marks", 39800869, True),
    ("part of a setting beyond the last mark", 39800074, True),
    ("a flat picture drawn 4:3 from 16:9, its type just not too narrow", 39900161, False),
    ("a flat picture drawn 5:4 from 4:3, five marks above it", 39970144, False),
]


@pytest.mark.parametrize(("name", "seed", "given"), STATED)
def test_an_origin_is_right_or_not_given(name: str, seed: int, given: bool) -> None:
    line = measure(seed, ways=("stated",), look=PLAIN_LOOK)
    assert line["stated"]["given"] is given, name
    assert not off(line["stated"])
    assert not given or line["iou"] >= 0.98


@pytest.mark.parametrize(("name", "seed", "given"), READ, ids=[case[0] for case in READ])
def test_a_scale_is_read_right_or_not_given(name: str, seed: int, given: bool) -> None:
    line = measure(seed, ways=("read",), look=PLAIN_LOOK)
    assert line["read"]["given"] is given, name
    assert not given or line["read"]["scale_error"] <= RIGHT_SCALE
    assert not off(line["read"])


@pytest.mark.parametrize(("name", "seed"), [("a narrower flat scan, beside a ruler so thin that few samples meet it", 44500016)])
def test_a_change_of_depth_is_noticed_at_once(name: str, seed: int) -> None:
    found = measure_change(seed)
    assert found["before"], name
    assert not found["stale"], name
