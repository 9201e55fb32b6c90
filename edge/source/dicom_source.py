"""DICOM files as frames, with the scale and the area that their ultrasound regions state. Only this file and dicom_export.py import pydicom.

The Region Calibration Module (DICOM PS3.3, C.8.5.5): each item of Sequence of Ultrasound Regions (0018,6011) has a box, a data type and
physical units; units 3 are centimetres, so that mm per pixel is ten times the physical delta.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import convert_color_space

from edge.record.recording import Recorded
from edge.screen.area.scan_area import find_area, origin_of, with_face
from edge.source.sources import STILL_PERIOD_NS, STILL_REPEATS, Clip, SourceError
from edge.types import Frame, GrayImage, Health, Placing, Scan, ScanGeometry, ScreenLeft

if TYPE_CHECKING:
    from edge.source.sources import Spec

CENTIMETRES = 3
TISSUE = 1
TWO_D = 1
FRAME_NS = 33_000_000
SHAPE_FRAMES = 30  # frames whose brightest pixels tell the shape
MM_PER_PX = (0.005, 2.0)


@dataclass(frozen=True, slots=True)
class Region:
    """One calibrated two-dimensional tissue region: its box in frame_px (right and bottom exclusive) and mm per pixel."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    mm_per_px_x: float
    mm_per_px_y: float


def regions_of(dataset: Any) -> tuple[Region, ...]:
    """The 2D tissue regions in centimetres, largest first. A region with absurd numbers is left out."""
    found = []
    for item in dataset.get("SequenceOfUltrasoundRegions") or ():
        usual = item.get("RegionSpatialFormat") == TWO_D and item.get("RegionDataType") == TISSUE
        if not usual or (item.get("PhysicalUnitsXDirection"), item.get("PhysicalUnitsYDirection")) != (CENTIMETRES, CENTIMETRES):
            continue
        try:
            box = [int(item[name].value) for name in ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")]
            across, down = (10 * abs(float(item[name].value)) for name in ("PhysicalDeltaX", "PhysicalDeltaY"))
        except (KeyError, TypeError, ValueError):
            continue
        region = Region(box[0], box[1], box[2] + 1, box[3] + 1, across, down)
        sane = all(MM_PER_PX[0] <= each <= MM_PER_PX[1] for each in (across, down))
        if sane and 0 <= region.left_px < region.right_px and 0 <= region.top_px < region.bottom_px:
            found.append(region)
    return tuple(sorted(found, key=lambda each: (each.left_px - each.right_px) * (each.bottom_px - each.top_px)))


def geometry_in(region: Region, pixels: GrayImage) -> ScanGeometry:
    """The shape that a region's pixels show; the whole region where they show none."""
    area = find_area(np.ascontiguousarray(pixels[region.top_px : region.bottom_px, region.left_px : region.right_px]))
    whole = ScanGeometry("rectangle", 0, 0, region.right_px - region.left_px, region.bottom_px - region.top_px)
    geometry = _moved(whole if area is None else area.geometry, region.left_px, region.top_px)
    return with_face(geometry, mm_per_px_x=region.mm_per_px_x, mm_per_px_y=region.mm_per_px_y)


def _moved(geometry: ScanGeometry, across: int, down: int) -> ScanGeometry:
    apex = None if geometry.apex_px is None else (geometry.apex_px[0] + across, geometry.apex_px[1] + down)
    return replace(
        geometry,
        left_px=geometry.left_px + across,
        right_px=geometry.right_px + across,
        top_px=geometry.top_px + down,
        bottom_px=geometry.bottom_px + down,
        apex_px=apex,
    )


def frames_of(dataset: Any) -> Iterator[GrayImage]:
    """Every frame as 8-bit luma. Raises what pydicom raises where the pixels cannot be decoded."""
    pixels = dataset.pixel_array
    space = str(dataset.PhotometricInterpretation)
    colour = int(dataset.get("SamplesPerPixel", 1)) == 3
    several = pixels.ndim == (4 if colour else 3)
    for frame in pixels if several else pixels[None]:
        yield _luma(frame, space, int(dataset.get("BitsStored", 8)))


def _luma(frame: NDArray[Any], space: str, bits: int) -> GrayImage:
    """One frame's brightness, 0 to 255 (BT.601 for colours)."""
    if frame.ndim == 2:
        grey = frame.astype(np.float64) * (255.0 / (2**bits - 1)) if bits != 8 else frame.astype(np.float64)
        return np.asarray(np.clip(255 - grey if space == "MONOCHROME1" else grey, 0, 255) + 0.5, np.uint8)
    if space.startswith("YBR"):
        frame = convert_color_space(frame, "YBR_FULL", "RGB") if space in ("YBR_FULL", "YBR_FULL_422") else frame
    luma = frame.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    return np.asarray(np.clip(luma + 0.5, 0, 255), np.uint8)


def frame_period_ns(dataset: Any) -> int:
    """Time between frames: Frame Time, else Cine Rate, else a thirtieth of a second."""
    time_ms = dataset.get("FrameTime")
    if time_ms:
        return round(float(time_ms) * 1e6)
    rate = dataset.get("CineRate") or dataset.get("RecommendedDisplayFrameRate")
    return round(1e9 / float(rate)) if rate else FRAME_NS


def open_dicom(spec: Spec) -> Iterator[Clip]:
    """The clip of a DICOM file: its frames with the scan that its region states; without a region, no scale. Raises SourceError."""
    path = Path(spec.name)
    try:
        dataset = pydicom.dcmread(path)
    except (OSError, InvalidDicomError) as error:
        raise SourceError(f"{path.name}: not a DICOM file that can be read") from error
    if "PixelData" not in dataset:
        raise SourceError(f"{path.name}: a DICOM file without pictures")
    try:
        frames = list(frames_of(dataset))
    except (ValueError, RuntimeError, NotImplementedError, AttributeError) as error:
        raise SourceError(f"{path.name}: its pixels ({dataset.file_meta.TransferSyntaxUID.name}) cannot be decoded: {error}") from error
    left = ScreenLeft(spec.options["screen_left"]) if spec.options.get("screen_left") else ScreenLeft.UNKNOWN
    items = list(_items(frames, regions_of(dataset), left, frame_period_ns(dataset)))
    if len(items) == 1:
        return iter([Clip(path.name, True, left, [_later(items[0], turn * STILL_PERIOD_NS) for turn in range(STILL_REPEATS)])])
    return iter([Clip(path.name, False, left, items)])


def _items(frames: list[GrayImage], regions: tuple[Region, ...], left: ScreenLeft, period_ns: int) -> Iterator[Frame | Recorded]:
    """Frames with their scan; without a region, frames alone: the screen stage may yet find a ruler on them."""
    if not regions:
        yield from (Frame(index, index * period_ns, pixels) for index, pixels in enumerate(frames))
        return
    region = regions[0]
    geometry = geometry_in(region, np.maximum.reduce(frames[:SHAPE_FRAMES]))
    for index, pixels in enumerate(frames):
        frame = Frame(index, index * period_ns, pixels)
        scan = Scan(
            index, frame.captured_ns, geometry, origin_of(geometry), region.mm_per_px_x, region.mm_per_px_y, "dicom", left, Health.LIVE
        )
        yield Recorded(scan=scan, frame=frame, raw=None, placing=Placing())


def _later(item: Frame | Recorded, by_ns: int) -> Frame | Recorded:
    if isinstance(item, Frame):
        return replace(item, captured_ns=item.captured_ns + by_ns)
    assert item.frame is not None
    when = item.frame.captured_ns + by_ns
    return replace(item, scan=replace(item.scan, captured_ns=when), frame=replace(item.frame, captured_ns=when))
