"""The outlines renderer: the same seed draws the same picture, and its truth lies where the echoes are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from models.foreign.foreign_frame import ForeignFrame
from models.foreign.outlines import ala, processes
from models.foreign.outlines.chance import Chance
from tests.unit.foreign.drawn import BONE, Frames, frames_of


@pytest.fixture(scope="module")
def frames() -> Frames:
    return frames_of("outlines")


def rise(frame: ForeignFrame, x: float, y: float) -> float:
    """Mean grey of the 2 mm below a point less that of the 2 mm above it."""
    per_mm = 1 / frame.truth["mm_per_px"][1]
    column = frame.pixels[:, max(0, round(x) - 1) : round(x) + 2].astype(float).mean(axis=1)
    row, reach = round(y), max(2, round(2 * per_mm))
    return float(column[row : row + reach].mean() - column[max(0, row - reach) : row].mean())


def test_the_grey_rises_at_most_landmarks_on_bone(frames: Frames) -> None:
    rises = [
        rise(frame, *point)
        for some in frames.values()
        for frame in some
        for name, points in frame.truth["landmarks"].items()
        if name in BONE
        for point in points
    ]
    assert np.mean(np.asarray(rises) > 0) > 0.7


@pytest.mark.parametrize("family", ala.FAMILIES, ids=lambda family: family.__name__)
def test_an_ala_of_any_family_has_no_free_end(family: ala.Surface) -> None:
    """Lateral of the groove bone lies under every place up to 20 mm beyond the ala's own run: the ilium goes on where the ala ends."""
    for seed in range(12):
        scene = ala.scene_of(Chance(seed), family)
        for groove in (mark for mark in scene.marks if mark.name == "ala_groove"):
            x = np.concatenate([bone.curve[:, 0] for bone in scene.bones]) * np.sign(groove.point[0])
            beyond = np.arange(abs(groove.point[0]), abs(groove.point[0]) + 50)
            assert max(np.abs(x[:, None] - beyond).min(axis=0)) < 5


@pytest.mark.parametrize("family", processes.FAMILIES, ids=lambda family: family.__name__)
def test_a_transverse_process_of_any_family_ends_free(family: processes.Shaft) -> None:
    for seed in range(12):
        scene = processes.scene_of(Chance(seed), family)
        for tip in (mark for mark in scene.marks if mark.name == "tp_tip"):
            x = np.concatenate([bone.curve[:, 0] for bone in scene.bones]) * np.sign(tip.point[0])
            assert x.max() < abs(tip.point[0]) + 4
