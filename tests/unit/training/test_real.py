"""Real frames that teach "none": who teaches, and at which scales a frame can be placed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.catalogue import NO_VIEW
from models.training import real


def picture(folder: Path, name: str, width_px: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(3).integers(40, 200, (600, width_px), np.uint8)
    pixels[70::86, -3:] = 255  # marks of 5 mm at 0.058 mm per pixel, at the very edge
    Image.fromarray(pixels).save(folder / name)
    return folder / name


@pytest.mark.parametrize(("name", "teaches"), [("11_1_ultrasound.png", True), ("10_1_ultrasound.png", False)])
def test_cadavers_of_odd_numbers_teach(name: str, teaches: bool) -> None:
    assert real.taught(Path("bone_real") / real.CADAVERS / name) is teaches
    assert not real.taught(Path("bone_real") / "plus_limb" / "001.png")


@pytest.mark.parametrize(("scale_mm", "there"), [(0.05, True), (0.1, True), (0.2, False), (0.3, False)])
def test_a_cadaver_is_placed_whole_whatever_its_marks_say_where_an_array_could_be_as_wide(tmp_path: Path, scale_mm: float, there: bool) -> None:
    found = real.placed(picture(tmp_path / real.CADAVERS, "11_1_ultrasound.png", 900), scale_mm)
    assert (found is not None) is there
    if found is not None:
        grid, view, points, _ = found
        columns = np.flatnonzero(grid.any(axis=0))
        assert np.ptp(columns) * 0.6 == pytest.approx(900 * scale_mm, abs=1.5)
        assert view == NO_VIEW
        assert not np.isfinite(points).any()


def test_both_halves_are_told_apart_and_an_empty_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "bone_real" / real.CADAVERS
    for name in ("10_1_ultrasound.png", "11_1_ultrasound.png"):
        picture(folder, name, 500)
    subjects = [set(real.none_samples(tmp_path, teaching=teaching).subjects.tolist()) for teaching in (True, False)]
    assert not subjects[0] & subjects[1]
    with pytest.raises(ValueError, match="no real frame without a spine"):
        real.none_samples(tmp_path / "nowhere", teaching=True)
