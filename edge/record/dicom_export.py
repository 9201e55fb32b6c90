"""From a recording to DICOM: one ultrasound multi-frame file for each stretch of an unchanged scan, its scale in the region's calibration.

Rule 1: the scan only, and nobody's name: patient and study are empty, and the file says that identity was removed. The screen's orientation has no
place in it: `dicom:F?screen_left=...` states it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

from edge.catalogue import NOTICE
from edge.record import recording
from edge.record.files import filling
from edge.record.recording import RecordingError
from edge.types import Frame, Scan

CENTIMETRES = 3
TISSUE = TWO_D = 1
PERIOD_MS = 1000 / 30  # of a stretch of one frame
Picture = tuple[Frame, Scan]


def export_dicom(path: Path, folder: Path) -> int:
    """Writes NNN.dcm, all or none; the number of files. Raises RecordingError, OSError (the folder is not empty)."""
    count = 0
    with filling(folder):
        for _, stretch in groupby(_pictures(path), key=lambda found: found[0]):
            count += 1
            dataset_of([picture for _, picture in stretch], name=f"{path.name} {count}", number=count).save_as(
                folder / f"{count:03d}.dcm", enforce_file_format=True
            )
        if count == 0:
            raise RecordingError(f"{path}: no picture in it: it was withheld throughout")
    return count


def _pictures(path: Path) -> Iterator[tuple[object, Picture]]:
    """What must not change within a file, and the picture."""
    for recorded in recording.read(path):
        frame, scan = recorded.frame, recorded.scan
        if frame is not None and isinstance(scan, Scan):
            scale = (scan.mm_per_px_x, scan.mm_per_px_y)
            yield (recorded.clip, frame.offset_px, frame.pixels.shape, scan.geometry, scan.origin_px, scale), (frame, scan)


def dataset_of(pictures: Sequence[Picture], *, name: str, number: int) -> Dataset:
    """Pictures of one size and scale as an Ultrasound Multi-frame Image (DICOM PS3.3, A.7). name: the unique identifiers are made from it."""
    frames = [frame.pixels for frame, _ in pictures]
    first, scan = pictures[0]
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = UltrasoundMultiFrameImageStorage
    made.SOPInstanceUID = generate_uid(entropy_srcs=[name, str(first.captured_ns), "instance"])
    made.StudyInstanceUID = generate_uid(entropy_srcs=[name.rpartition(" ")[0], "study"])
    made.SeriesInstanceUID = generate_uid(entropy_srcs=[name.rpartition(" ")[0], "series"])
    made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = made.SOPClassUID, made.SOPInstanceUID
    for empty in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"):
        setattr(made, empty, "")
    made.ReferringPhysicianName = ""
    made.PatientIdentityRemoved, made.DeidentificationMethod = "YES", "only pixels of the scan were recorded"
    made.BurnedInAnnotation = "NO"
    made.Modality, made.Manufacturer, made.ImageComments = "US", "", f"tuffier: {NOTICE}"
    made.SeriesNumber, made.InstanceNumber = 1, number
    made.ImageType = ["DERIVED", "SECONDARY"]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.NumberOfFrames, (made.Rows, made.Columns) = len(frames), frames[0].shape
    span_ms = (pictures[-1][0].captured_ns - first.captured_ns) / 1e6
    made.FrameTime = f"{span_ms / (len(frames) - 1) if len(frames) > 1 and span_ms > 0 else PERIOD_MS:.6g}"
    made.FrameIncrementPointer = 0x00181063  # (0018,1063) FrameTime
    # the recording's pictures were JPEG before
    made.LossyImageCompression, made.LossyImageCompressionMethod = "01", "ISO_10918_1"
    made.SequenceOfUltrasoundRegions = Items([_region(scan, first)])
    content = np.stack(frames).tobytes()
    made.PixelData = content + b"\0" * (len(content) % 2)
    return made


def _region(scan: Scan, frame: Frame) -> Dataset:
    """The whole picture as one calibrated region (PS3.3, C.8.5.5); the reference pixel is where the scan's centre line meets the face."""
    rows, columns = frame.pixels.shape
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = TWO_D, TISSUE, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = columns - 1, rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = CENTIMETRES
    region.PhysicalDeltaX, region.PhysicalDeltaY = scan.mm_per_px_x / 10, scan.mm_per_px_y / 10
    region.ReferencePixelX0 = round(scan.origin_px[0] - frame.offset_px[0])
    region.ReferencePixelY0 = round(scan.origin_px[1] - frame.offset_px[1])
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    return region
