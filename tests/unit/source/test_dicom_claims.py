"""What a DICOM file says beside its pixels is obeyed, is a doubt where it says it twice and differently, or the file is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.screen import profile
from edge.source import sources
from edge.source.sources import SourceError
from edge.step import Stated, fresh
from edge.types import Frame, NoScan, ScreenLeft
from tests.unit.screens import Grey, draw

pydicom = pytest.importorskip("pydicom", reason="the dicom extra is not installed")

from pydicom import encaps, uid  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402

from tests.unit.source.test_dicom import RAMP, SCREEN, TISSUE_BOX, dataset, pixels_of, read, region, scans, write  # noqa: E402


def said(path: Path, regions: tuple[Dataset, ...] = (), **elements: object) -> Path:
    """Two frames with some elements more."""
    made = pydicom.dcmread(write(path, [draw(SCREEN)] * 2, regions=regions))
    for name, value in elements.items():
        setattr(made, name, value)
    made.save_as(path)
    return path


NARROW: list[dict[str, Any]] = [
    {"PixelAspectRatio": [100, 125]},
    {"PixelSpacing": [0.2, 0.25]},
    {"ImagerPixelSpacing": [0.2, 0.25]},
    {"NominalScannedPixelSpacing": [0.2, 0.25]},
    {"PixelSpacing": [0.2, 0.25], "PixelAspectRatio": [4, 5]},
]


@pytest.mark.parametrize("elements", NARROW, ids=lambda elements: " and ".join(elements))
def test_whatever_states_the_shape_of_pixels_is_obeyed(tmp_path: Path, elements: dict[str, Any]) -> None:
    """A viewer stretches by a spacing too: passed over, a lateral of 17.4 mm was shown for one of 10.4."""
    _, items = read(said(tmp_path / "a.dcm", **elements))
    assert pixels_of(items[0]).shape == (480, 800)


def test_two_shapes_of_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.dcm: its PixelAspectRatio and PixelSpacing tell pixels of two shapes"):
        read(said(tmp_path / "a.dcm", PixelAspectRatio=[1, 1], PixelSpacing=[0.2, 0.25]))
    with pytest.raises(SourceError, match=r"a\.dcm: a PixelAspectRatio of \[1, 900\]"):
        read(said(tmp_path / "a.dcm", PixelAspectRatio=[1, 900]))


USUAL = 0.02, 0.02  # cm
DOUBTS: list[tuple[str, tuple[float, float], dict[str, Any], str]] = [
    ("nothing else", USUAL, {}, ""),
    ("depths that grow upwards", (0.02, -0.02), {}, "counts its depth upwards"),
    ("columns that are counted leftwards", (-0.02, 0.02), {}, "counts its columns leftwards"),
    ("a spacing that agrees", USUAL, {"PixelSpacing": [0.2, 0.2]}, ""),
    ("a spacing that is larger", USUAL, {"PixelSpacing": [0.24, 0.24]}, "PixelSpacing disagree"),
    ("a spacing of another shape", USUAL, {"PixelSpacing": [0.2, 0.25]}, "PixelSpacing disagree"),
    ("a ratio of another shape", USUAL, {"PixelAspectRatio": [100, 111]}, "PixelAspectRatio disagree"),
    ("millimetres for centimetres", (0.2, 0.2), {}, "800 mm high"),
    ("metres for centimetres", (0.002, 0.002), {}, "8 mm high"),
]


@pytest.mark.parametrize(("cm_per_px", "elements", "doubt"), [case[1:] for case in DOUBTS], ids=[case[0] for case in DOUBTS])
def test_a_region_that_the_file_itself_contradicts_is_a_doubt(
    tmp_path: Path, cm_per_px: tuple[float, float], elements: dict[str, Any], doubt: str
) -> None:
    path = said(tmp_path / "a.dcm", (region(TISSUE_BOX, cm_per_px),), **elements)
    (clip,) = sources.open_clips(f"dicom:{path}")
    assert clip.claim is not None
    assert doubt in clip.claim.doubt
    assert bool(clip.claim.doubt) == bool(doubt)
    assert not doubt or all(isinstance(scan, NoScan) and doubt in scan.hint for scan in scans(path))


POINTS_RIGHT = [(["L", "P"], ScreenLeft.PATIENT_RIGHT), (["RA", "P"], ScreenLeft.PATIENT_LEFT), (["H", "P"], ScreenLeft.CAUDAL),
                (["F", "A"], ScreenLeft.CRANIAL), (["A", "F"], ScreenLeft.UNKNOWN), (None, ScreenLeft.UNKNOWN)]  # fmt: skip


@pytest.mark.parametrize(("directions", "left"), POINTS_RIGHT, ids=str)
def test_patient_orientation_contradicts_and_never_states(tmp_path: Path, directions: list[str] | None, left: ScreenLeft) -> None:
    path = said(tmp_path / "a.dcm", **({"PatientOrientation": directions} if directions else {}))
    (clip,) = sources.open_clips(f"dicom:{path}")
    assert clip.told_left is left
    assert fresh(Stated(profile.AUTO), clip).screen.orientation is ScreenLeft.UNKNOWN
    for stated in (ScreenLeft.PATIENT_LEFT, ScreenLeft.PATIENT_RIGHT, ScreenLeft.CRANIAL):
        (asked,) = sources.open_clips(f"dicom:{path}?screen_left={stated.value}")
        kept = stated if left in (ScreenLeft.UNKNOWN, stated) else ScreenLeft.UNKNOWN
        assert fresh(Stated(profile.AUTO), asked).screen.orientation is kept
        assert fresh(Stated(profile.AUTO, screen_left=stated), clip).screen.orientation is kept


def test_frames_that_follow_each_other_in_space_are_no_neighbours_in_time(tmp_path: Path) -> None:
    _, items = read(said(tmp_path / "a.dcm", FrameIncrementPointer=0x00540080))  # Slice Vector
    assert [item.captured_ns for item in items if isinstance(item, Frame)] == [0, 1_000_000_000]
    _, items = read(said(tmp_path / "a.dcm", FrameIncrementPointer=[0x00181063, 0x00540080]))
    assert [item.captured_ns for item in items if isinstance(item, Frame)] == [0, 40_000_000]


GREYS: list[tuple[str, dict[str, Any], str]] = [
    ("turned over by its slope", {"PixelData": (255 - RAMP).tobytes(), "RescaleSlope": "-1", "RescaleIntercept": "255"}, ""),
    ("inverse twice", {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE", "PixelData": (255 - RAMP).tobytes()}, ""),
    ("inverse and not", {"PresentationLUTShape": "INVERSE"}, "both ways round"),
    ("in the upper bits", {"BitsStored": 7, "HighBit": 7}, "lowest bits"),
]


@pytest.mark.parametrize(("elements", "why"), [case[1:] for case in GREYS], ids=[case[0] for case in GREYS])
def test_greys_are_shown_as_the_file_says_or_refused(tmp_path: Path, elements: dict[str, Any], why: str) -> None:
    dataset("MONOCHROME2", RAMP.tobytes(), **elements).save_as(tmp_path / "a.dcm", enforce_file_format=True)
    if why:
        with pytest.raises(SourceError, match=why):
            read(tmp_path / "a.dcm")
        return
    _, items = read(tmp_path / "a.dcm")
    assert np.abs(pixels_of(items[0]).astype(np.int16) - RAMP).max() <= 1


@pytest.mark.parametrize("elements", [{"ImageRotation": 90}, {"ImageHorizontalFlip": "Y"}], ids=str)
def test_a_turn_that_only_some_viewers_obey_is_refused(tmp_path: Path, elements: dict[str, Any]) -> None:
    """The standard has these in presentation states, not beside pixels."""
    with pytest.raises(SourceError, match="turned"):
        read(said(tmp_path / "a.dcm", **elements))
    assert read(said(tmp_path / "a.dcm", ImageRotation=0, ImageHorizontalFlip="N"))


PALETTES: list[tuple[str, bool, int, int]] = [
    ("little endian, 16 bits", True, 16, 0), ("big endian, 16 bits", False, 16, 0), ("little endian, 8 bits", True, 8, 0),
    ("big endian, 8 bits", False, 8, 0), ("that begins later", True, 16, 7), ("that begins later, 8 bits", True, 8, 7),
]  # fmt: skip


@pytest.mark.parametrize(("little", "bits", "begins"), [case[1:] for case in PALETTES], ids=[case[0] for case in PALETTES])
def test_a_palette_is_read_in_the_files_order_of_bytes(tmp_path: Path, little: bool, bits: int, begins: int) -> None:
    """One of pydicom-data's files had been nearly black: its low bytes had been taken for brightness."""
    order = "<" if little else ">"
    # a curve, so that a value's two bytes are no pair of equals
    curve = (np.arange(256) ** 2 * (65535 if bits == 16 else 255) // 255**2).astype(f"{order}u2")
    table = curve.tobytes() if bits == 16 else np.frombuffer(curve.astype(np.uint8).tobytes(), "<u2").astype(f"{order}u2").tobytes()
    made = pydicom.dcmread(write(tmp_path / "a.dcm", [RAMP]))
    made.PhotometricInterpretation = "PALETTE COLOR"
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 16, 15
    made.PixelData = (RAMP.astype(np.int64) + begins).astype(f"{order}u2").tobytes()
    made["PixelData"].VR = "OW"
    for colour in ("Red", "Green", "Blue"):
        made.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, begins, bits])
        made.add_new(f"{colour}PaletteColorLookupTableData", "OW", table)
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian
    pydicom.dcmwrite(tmp_path / "a.dcm", made, implicit_vr=False, little_endian=little, force_encoding=True)
    _, items = read(tmp_path / "a.dcm")
    shown = (np.arange(256) ** 2 / 255).astype(np.int16)[RAMP]
    assert np.abs(pixels_of(items[0]).astype(np.int16) - shown).max() <= 1


VIDEOS = [("MPEG-2", "mpeg2video", "a.ts", uid.MPEG2MPML), ("H.264", "libx264", "a.mp4", uid.MPEG4HP41), ("HEVC", "libx265", "a.ts", uid.HEVCMP51)]


def with_video(path: Path, video: Path, syntax: Any, frames: list[Grey] | None = None, **elements: object) -> Path:
    """A DICOM file around a video of two frames, or of some."""
    made = pydicom.dcmread(write(path, frames or [draw(SCREEN)] * 2))
    made.file_meta.TransferSyntaxUID = syntax
    made.PhotometricInterpretation, made.SamplesPerPixel, made.PlanarConfiguration = "YBR_PARTIAL_420", 3, 0
    made.PixelData = encaps.encapsulate([video.read_bytes()], has_bot=False)
    made["PixelData"].is_undefined_length = True
    for name, value in elements.items():
        setattr(made, name, value)
    made.save_as(path)
    return path


@pytest.mark.parametrize(("codec", "name", "syntax"), [case[1:] for case in VIDEOS], ids=[case[0] for case in VIDEOS])
def test_a_video_in_a_dicom_file_is_read_as_the_video_is(tmp_path: Path, codec: str, name: str, syntax: Any) -> None:
    av = pytest.importorskip("av", reason="the video extra is not installed")
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no {codec}")
    from tests.unit.source.test_video import write as write_video

    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    video = write_video(tmp_path / name, [draw(SCREEN)] * 2, codec, "yuv420p", options=options)
    (plain,) = sources.open_clips(f"video:{video}")
    _, items = read(with_video(tmp_path / "a.dcm", video, syntax))
    assert [item.captured_ns for item in items if isinstance(item, Frame)] == [0, 40_000_000]
    assert all(np.array_equal(pixels_of(item), pixels_of(other)) for item, other in zip(items, plain.items, strict=True))  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="is coded where"):
        read(with_video(tmp_path / "a.dcm", video, syntax, Rows=500))
    video.write_bytes(b"no video" * 50)
    with pytest.raises(SourceError, match=r"a\.dcm: its pixels .* cannot be decoded"):
        read(with_video(tmp_path / "a.dcm", video, syntax))
