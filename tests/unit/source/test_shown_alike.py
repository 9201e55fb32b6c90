"""However a file holds, turns, stretches or colours its picture, depth, angle and side are those of the unaltered one; or nothing is shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.screen import profile, watch
from edge.source import sources
from edge.step import Stated, fresh
from edge.types import BadFrame, Frame, Health, Scan, ScreenLeft
from tests.unit.screens import Drawn, Grey, draw

pytest.importorskip("av", reason="the video extra is not installed")
pydicom = pytest.importorskip("pydicom", reason="the dicom extra is not installed")

from tests.unit.source import test_dicom, test_video  # noqa: E402
from tests.unit.source.test_pictures import STORED  # noqa: E402

MM = 2 / 23.07  # of a pixel of SCREEN: five marks a centimetre
SCREEN = Drawn(tick_px=23.07, ticks=20, labels=("", "1", "2", "3"))
ORIGIN_PX, TARGET_PX, ENTRY_MM = (400.0, 60.0), (520.0, 300.0), 40.0
Written = Callable[[Path, list[Grey]], str]


def narrowed(pixels: Grey, aspect: float) -> Grey:
    """With columns that are to be shown so many times as wide as rows are high."""
    rows, columns = pixels.shape
    size = (round(columns / aspect / 2) * 2, rows) if aspect > 1 else (columns, round(rows * aspect / 2) * 2)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def as_pictures(folder: Path, frames: list[Grey], *, suffix: str, orientation: int, aspect: float) -> str:
    exif = Image.Exif()
    exif[0x0112] = orientation
    for index, pixels in enumerate(frames):
        # what is turned by a quarter is stretched before that
        stored, across = Image.fromarray(narrowed(pixels, aspect)), 1000 / aspect
        turn = STORED[orientation]
        dpi = (1000.0, across) if orientation >= 5 else (across, 1000.0)
        (stored if turn is None else stored.transpose(turn)).save(folder / f"f{index}{suffix}", exif=exif, dpi=dpi, quality=95)
    return f"images:{folder}"


def as_video(folder: Path, frames: list[Grey], *, name: str, full: bool, aspect: Fraction) -> str:
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    test_video.write(folder / name, [narrowed(each, float(aspect)) for each in frames], codec, "yuv420p", aspect=aspect, full=full,
                     options={"qscale": "1"} if codec == "mpeg4" else {"crf": "12"})  # fmt: skip
    return f"video:{folder / name}"


def as_dicom(folder: Path, frames: list[Grey], *, colours: str, element: str, aspect: float, region: bool) -> str:
    stored = [narrowed(each, aspect) for each in frames]
    across, down = (stored[0].shape[1] / 800, stored[0].shape[0] / 600)
    box = round(200 * across), round(60 * down), round(600 * across) - 1, round(520 * down) - 1
    regions = (test_dicom.region(box, (MM / 10 / across, MM / 10 / down)),) if region else ()
    made = pydicom.dcmread(test_dicom.write(folder / "a.dcm", stored, regions=regions))
    shape = Fraction(aspect).limit_denominator(1000)
    made.add_new(pydicom.datadict.tag_for_keyword(element), "IS" if element == "PixelAspectRatio" else "DS", down_and_across(element, shape, down))
    pixels = np.stack(stored)
    if colours == "MONOCHROME1":
        made.PhotometricInterpretation, made.PixelData = colours, (255 - pixels).tobytes()
    elif colours != "MONOCHROME2":
        chroma = np.full_like(pixels, 128)
        planes = [pixels] * 3 if colours == "RGB" else [pixels, chroma, chroma]
        made.PhotometricInterpretation, made.SamplesPerPixel, made.PlanarConfiguration = colours, 3, 0
        made.PixelData = np.stack(planes, axis=-1).tobytes()
    made.save_as(folder / "a.dcm")
    return f"dicom:{folder / 'a.dcm'}"


def down_and_across(element: str, aspect: Fraction, down: float) -> list[Any]:
    return [aspect.denominator, aspect.numerator] if element == "PixelAspectRatio" else [f"{MM / down:.8f}", f"{MM / down * float(aspect):.8f}"]


ASPECTS = st.floats(0.8, 1.5).map(lambda each: 1.0 if abs(each - 1) < 0.02 else each)
PICTURES = st.builds(
    lambda **how: lambda folder, frames: as_pictures(folder, frames, **how),
    suffix=st.sampled_from([".png", ".jpg", ".tif"]), orientation=st.integers(1, 8), aspect=ASPECTS,
)  # fmt: skip
VIDEOS = st.builds(
    lambda **how: lambda folder, frames: as_video(folder, frames, **how),
    name=st.sampled_from(["a.mp4", "a.mkv", "a.avi", "a.ts"]), full=st.just(False),
    aspect=st.fractions(Fraction(4, 5), Fraction(3, 2), max_denominator=20),
)  # fmt: skip
FILES = st.builds(
    lambda **how: lambda folder, frames: as_dicom(folder, frames, **how),
    colours=st.sampled_from(["MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL"]),
    element=st.sampled_from(["PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"]), aspect=ASPECTS,
    region=st.booleans(),
)  # fmt: skip


WRITTEN, SEEDS = st.one_of(PICTURES, VIDEOS, FILES), st.integers(1, 99)
UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large]


@given(written=WRITTEN, seed=SEEDS)
@settings(max_examples=2, deadline=None, suppress_health_check=UNHURRIED)
def test_depth_angle_and_side_are_those_of_the_unaltered_picture(tmp_path_factory: pytest.TempPathFactory, written: Written, seed: int) -> None:
    """Or nothing is shown."""
    measured(written, tmp_path_factory.mktemp("alike"), seed)


@pytest.mark.slow
@given(written=WRITTEN, seed=SEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=UNHURRIED)
def test_so_they_are_however_a_file_is_made(tmp_path_factory: pytest.TempPathFactory, written: Written, seed: int) -> None:
    measured(written, tmp_path_factory.mktemp("alike"), seed)


def measured(written: Written, folder: Path, seed: int) -> None:
    frames = [draw(Drawn(tick_px=23.07, ticks=20, labels=SCREEN.labels, speckle_seed=seed + index)) for index in range(4)]
    (clip,) = sources.open_clips(written(folder, frames))
    state = fresh(Stated(profile.AUTO, screen_left=ScreenLeft.PATIENT_LEFT), clip).screen
    for item in clip.items:
        assert isinstance(item, Frame | BadFrame)
        if isinstance(item, Frame):
            state, scan = watch.watch(state, item)
            if isinstance(scan, Scan) and scan.health is Health.LIVE:
                agrees(scan, item.pixels.shape)


def agrees(scan: Scan, shape: tuple[int, ...]) -> None:
    """With what is measured in SCREEN, wherever its target lies in a picture of this shape."""
    target = TARGET_PX[0] * shape[1] / 800, TARGET_PX[1] * shape[0] / 600
    lateral, depth = ((target[axis] - scan.origin_px[axis]) * mm for axis, mm in enumerate((scan.mm_per_px_x, scan.mm_per_px_y)))
    true_lateral, true_depth = ((TARGET_PX[axis] - ORIGIN_PX[axis]) * MM for axis in (0, 1))
    assert abs(depth - true_depth) <= 0.2
    assert abs(angle_deg(lateral, depth) - angle_deg(true_lateral, true_depth)) <= 0.5
    assert lateral > 0


def angle_deg(lateral_mm: float, depth_mm: float) -> float:
    return math.degrees(math.atan2(lateral_mm - ENTRY_MM, depth_mm))
