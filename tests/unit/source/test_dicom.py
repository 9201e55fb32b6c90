"""DICOM files of every kind read through `dicom:`: uncompressed, JPEG and RLE, several regions, columns of another scale than rows."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.record.recording import Recorded
from edge.source import sources
from edge.types import Frame, Scan, ScreenLeft
from tests.unit.screens import Drawn, Grey, draw

pydicom = pytest.importorskip("pydicom", reason="the dicom extra is not installed")

from pydicom import encaps, uid  # noqa: E402
from pydicom.dataset import Dataset, FileMetaDataset  # noqa: E402

CENTIMETRES, SECONDS, TISSUE, TWO_D, DOPPLER = 3, 4, 1, 1, 3
SCREEN = Drawn(rows=480, columns=640, box=(120, 40, 520, 440))
SYNTAXES = {"uncompressed": uid.ExplicitVRLittleEndian, "jpeg": uid.JPEGBaseline8Bit, "rle": uid.RLELossless}


def region(
    box: tuple[int, int, int, int], cm_per_px: tuple[float, float], *, kind: int = TISSUE, unit: int = CENTIMETRES, space: int = TWO_D
) -> Dataset:
    """An item of the ultrasound regions; box as in the standard, its last column and row inside."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = space, kind, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0, item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = unit
    item.PhysicalDeltaX, item.PhysicalDeltaY = cm_per_px
    return item


def jpeg(frame: Grey) -> bytes:
    held = BytesIO()
    Image.fromarray(frame).save(held, "JPEG", quality=95)
    return held.getvalue()


def write(path: Path, frames: list[Grey], *, coding: str = "uncompressed", regions: tuple[Dataset, ...] = (), inverse: bool = False) -> Path:
    """An ultrasound file of grey frames of one size."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.UltrasoundMultiFrameImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid.UID("1.2.826.0.1.3680043.8.498.1")
    made.Rows, made.Columns, made.NumberOfFrames, made.FrameTime = *frames[0].shape, len(frames), 40
    made.SamplesPerPixel, made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 1, 8, 8, 7, 0
    made.PhotometricInterpretation = "MONOCHROME1" if inverse else "MONOCHROME2"
    if regions:
        made.SequenceOfUltrasoundRegions = list(regions)
    made.PixelData = np.stack(frames).tobytes()
    made["PixelData"].VR = "OB"
    if coding == "rle":
        made.compress(uid.RLELossless)
    elif coding == "jpeg":
        made.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
        made.PixelData = encaps.encapsulate([jpeg(frame) for frame in frames])
        made["PixelData"].is_undefined_length = True
    made.save_as(path, enforce_file_format=True)
    return path


def read(path: Path, options: str = "") -> tuple[bool, list[Frame | Recorded]]:
    (clip,) = sources.open_clips(f"dicom:{path}{options}")
    items = list(clip.items)
    assert all(isinstance(item, Frame | Recorded) for item in items)
    return clip.still, [item for item in items if isinstance(item, Frame | Recorded)]


def pixels_of(item: Frame | Recorded) -> Grey:
    frame = item if isinstance(item, Frame) else item.frame
    assert frame is not None
    return frame.pixels


@pytest.mark.parametrize("coding", SYNTAXES)
def test_pixels_and_a_scale_that_differs_across(tmp_path: Path, coding: str) -> None:
    frames = [draw(SCREEN), draw(Drawn(rows=480, columns=640, box=SCREEN.box, speckle_seed=2))]
    path = write(tmp_path / "a.dcm", frames, coding=coding, regions=(region((120, 40, 519, 439), (0.025, 0.0125)),))
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == SYNTAXES[coding]
    still, items = read(path, "?screen_left=patient_left")
    assert not still
    assert len(items) == 2
    for index, (item, drawn) in enumerate(zip(items, frames, strict=True)):
        apart = np.abs(pixels_of(item).astype(np.int16) - drawn)
        assert apart.mean() < 3 if coding == "jpeg" else apart.max() == 0
        assert isinstance(item, Recorded)
        assert isinstance(item.scan, Scan)
        scan = item.scan
        assert scan.scale_source == "dicom"
        assert (scan.mm_per_px_x, scan.mm_per_px_y) == pytest.approx((0.25, 0.125))
        assert (scan.orientation, scan.captured_ns) == (ScreenLeft.PATIENT_LEFT, index * 40_000_000)
        box = (scan.geometry.left_px, scan.geometry.top_px, scan.geometry.right_px, scan.geometry.bottom_px)
        assert np.abs(np.array(box) - SCREEN.box).max() <= 2


TISSUE_BOX, OTHER_BOX = (120, 40, 519, 439), (0, 0, 639, 479)
REGIONS = [
    ("the largest of two", (region((0, 0, 99, 99), (0.05, 0.05)), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("not the spectrum", (region(OTHER_BOX, (0.05, 0.05), kind=DOPPLER), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("not what is in seconds", (region(OTHER_BOX, (0.05, 0.05), unit=SECONDS), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("not an M-mode", (region(OTHER_BOX, (0.05, 0.05), space=2), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("a delta below zero is a direction", (region(TISSUE_BOX, (0.02, -0.02)),), 0.2),
    ("no centimetres a pixel", (region(TISSUE_BOX, (0.0, 0.0)),), None),
    ("a metre a pixel", (region(TISSUE_BOX, (100.0, 100.0)),), None),
    ("an empty box", (region((519, 40, 120, 439), (0.02, 0.02)),), None),
    ("seconds only", (region(TISSUE_BOX, (0.02, 0.02), unit=SECONDS),), None),
    ("none", (), None),
]


@pytest.mark.parametrize(("regions", "mm_per_px"), [case[1:] for case in REGIONS], ids=[case[0] for case in REGIONS])
def test_which_region_tells_the_scale(tmp_path: Path, regions: tuple[Dataset, ...], mm_per_px: float | None) -> None:
    _, items = read(write(tmp_path / "a.dcm", [draw(SCREEN)] * 2, regions=regions))
    told = [item.scan.mm_per_px_y if isinstance(item, Recorded) and isinstance(item.scan, Scan) else None for item in items]
    assert told == [mm_per_px if mm_per_px is None else pytest.approx(mm_per_px)] * 2


def test_one_picture_is_a_still_and_a_negative_is_turned_over(tmp_path: Path) -> None:
    drawn = draw(SCREEN)
    still, items = read(write(tmp_path / "a.dcm", [255 - drawn], inverse=True))
    assert still
    assert len(items) == sources.STILL_REPEATS
    assert all(np.array_equal(pixels_of(item), drawn) for item in items)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_bytes(b"not a picture" * 40)
    whole = write(tmp_path / "a.dcm", [draw(SCREEN)])
    (tmp_path / "cut.dcm").write_bytes(whole.read_bytes()[:-1000])
    for name in ("text.dcm", "cut.dcm", "absent.dcm"):
        with pytest.raises(sources.SourceError):
            read(tmp_path / name)
