"""What people read off real frames: turned as stored pictures are, compared, and written as a truth that score takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.source import truth
from models.foreign import readings
from models.foreign.readings import Reading

ONE = Reading(
    "spine_real/aigt/x_us.png", "p1", "report", "paramedian_oblique", "likely", 180, "unknown", "convex", (0.5, 0.4),
    {"lamina_cranial": ((30.0, 10.0),), "posterior_complex": ((20.0, 5.0),)}, {},
)  # fmt: skip


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_a_point_turns_with_its_picture(turn_deg: int) -> None:
    pixels = np.zeros((30, 40), np.uint8)
    pixels[7, 12] = 255
    turned = np.asarray(Image.fromarray(pixels).rotate(turn_deg, expand=True))
    row, column = np.argwhere(turned == 255)[0]
    assert readings.turned_point((12, 7), turn_deg, (40, 30)) == (column, row)


def test_other_angles_are_refused() -> None:
    with pytest.raises(ValueError, match="turn_deg 45"):
        readings.turned_point((0, 0), 45, (4, 4))


def test_a_written_folder_is_a_truth_that_score_reads(tmp_path: Path) -> None:
    source = tmp_path / "frames" / "spine_real" / "aigt"
    source.mkdir(parents=True)
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(source / "x_us.png")
    Image.fromarray(np.zeros((60, 80), np.uint8)).save(source / "x_seg.png")
    assert readings.write([ONE], tmp_path / "frames", tmp_path / "out") == 1
    line = truth.read(tmp_path / "out")[0]
    assert line.landmarks["lamina_cranial"] == ((9.0, 19.0),)
    assert line.target == (19.0, 24.0)
    with Image.open(readings.bone_of(tmp_path / "out" / line.frame)) as mask:
        assert mask.size == (40, 30)
    with pytest.raises(FileExistsError):
        readings.write([ONE], tmp_path / "frames", tmp_path / "out")


def test_readers_agree_where_they_name_the_same_view() -> None:
    near = replace(ONE, landmarks={"lamina_cranial": ((34.0, 10.0),)})
    other = replace(ONE, frame="b", view="none", landmarks={})
    one, two = [ONE, replace(other, view="transverse_facet")], [near, other]
    found = readings.agreement(one, two)
    assert (found.frames, found.same_view, readings.both_whole(one, two)) == (2, 1, 1)
    assert found.all_apart_mm == (2.0,)


def test_the_readers_files_are_whole() -> None:
    lines = readings.read("a")
    assert len({line.frame for line in lines}) == len(lines) == 51
    assert {line.half for line in lines} == {"choose", "report"}
    people = {half: {line.subject for line in lines if line.half == half} for half in ("choose", "report")}
    assert not people["choose"] & people["report"]
