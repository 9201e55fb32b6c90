"""DICOM files as frames that a viewer would show, and what they claim of the scan in them. Only this file and record/dicom_export.py import pydicom.

The Region Calibration Module (DICOM PS3.3, C.8.5.5): each item of Sequence of Ultrasound Regions (0018,6011) has a box, a data type and physical
units; units 3 are centimetres, so that mm per pixel is ten times the physical delta. Its reference pixel counts from the box's upper left corner, may
lie outside it, and has a physical value of its own: in a magnified picture depth 0 lies above the box.

Rule 1: a frame is decoded when it is asked for, and its coded size is looked at before. Rule 2: a claim is passed on, never applied: the screen is
read as any other and bears it out (screen/stated.py). Rule 3: what the file itself leaves open (two regions of tissue) is a doubt, not a choice.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import config, encaps, uid
from pydicom.errors import InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_voi_lut
from pydicom.pixels.utils import as_pixel_options

from edge import extras
from edge.limits import MOST_ASPECT, MOST_DEFLATED_BYTES, MOST_ELEMENT_BYTES, MOST_FRAMES, TooLargeError, refuse_large_picture
from edge.source.coded import coded_size
from edge.source.pictures import SQUARE, squared
from edge.source.sources import STILL_PERIOD_NS, STILL_REPEATS, Clip, SourceError
from edge.types import BadFrame, Claim, Frame, GrayImage, ScreenLeft

if TYPE_CHECKING:
    from edge.source.sources import Spec

CENTIMETRES = 3
TISSUE = 1
TWO_D = 1
FRAME_NS = 33_000_000
MM_PER_PX = (0.005, 2.0)
SAME_ASPECT = 0.01  # a region's columns over its rows, and the picture's pixel aspect ratio: both are rounded
MOST_CODED = 2, 4096  # a coded frame is at most so many times as long as its pixels, and so many bytes more
IN_RGB = frozenset({"RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})  # once they are decoded
FRAME_TIMES = 0x00181065  # Frame Time Vector, where Frame Increment Pointer (0028,0009) names it
# which of pydicom's plugins decodes what: of several the one that is named, if it is there
PLUGINS = {
    uid.JPEGBaseline8Bit: "pillow", uid.JPEGExtended12Bit: "pillow", uid.JPEGLossless: "gdcm", uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls", uid.JPEGLSNearLossless: "pyjpegls", uid.JPEG2000Lossless: "pylibjpeg", uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg", uid.HTJ2KLosslessRPCL: "pylibjpeg", uid.HTJ2K: "pylibjpeg", uid.RLELossless: "pydicom",
}  # fmt: skip
# all that pydicom and its plugins raise on damaged bytes
DAMAGED = (
    OSError, InvalidDicomError, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, AssertionError, EOFError,
    RuntimeError, NotImplementedError, MemoryError, RecursionError, UnicodeError, struct.error, zlib.error,
)  # fmt: skip
UNREADABLE = "not a DICOM file that can be read"

# a damaged file's reader speaks once, in our words
config.settings.reading_validation_mode = config.IGNORE
warnings.filterwarnings("ignore", module="pydicom")


@dataclass(frozen=True, slots=True)
class Region:
    """One calibrated two-dimensional tissue region: its box in frame_px (right and bottom exclusive), mm per pixel, and the row of depth 0 where the
    reference pixel tells it."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    mm_per_px_x: float
    mm_per_px_y: float
    zero_px: float | None = None


class _Bounded(io.BufferedReader):
    """A file that is never asked for more than it has left: a length that was raised takes no memory."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.length = path.stat().st_size

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self.length - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))


def regions_of(dataset: Any) -> tuple[Region, ...]:
    """The 2D tissue regions in centimetres, as the file lists them, each once. A region with absurd numbers is left out."""
    found = []
    for item in dataset.get("SequenceOfUltrasoundRegions") or ():
        usual = item.get("RegionSpatialFormat") == TWO_D and item.get("RegionDataType") == TISSUE
        if not usual or (item.get("PhysicalUnitsXDirection"), item.get("PhysicalUnitsYDirection")) != (CENTIMETRES, CENTIMETRES):
            continue
        try:
            box = [int(item[name].value) for name in ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")]
            across, down = (10 * float(item[name].value) for name in ("PhysicalDeltaX", "PhysicalDeltaY"))
        except (KeyError, TypeError, ValueError):
            continue
        region = Region(box[0], box[1], box[2] + 1, box[3] + 1, abs(across), abs(down), _zero_px(item, box[1], down))
        sane = all(MM_PER_PX[0] <= abs(each) <= MM_PER_PX[1] for each in (across, down))
        if sane and 0 <= region.left_px < region.right_px and 0 <= region.top_px < region.bottom_px:
            found.append(region)
    return tuple(dict.fromkeys(found))


def _zero_px(item: Any, top_px: int, mm_per_row: float) -> float | None:
    """The row of depth 0: the reference pixel's physical value is that of its row."""
    try:
        row, value_mm = top_px + int(item["ReferencePixelY0"].value), 10 * float(item["ReferencePixelPhysicalValueY"].value)
        zero = row - value_mm / mm_per_row
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return zero if math.isfinite(zero) else None


def claim_of(dataset: Any, chosen: str = "") -> Claim | None:
    """What the file states of its scan; None where it states nothing, or where the operator said 0. chosen: the number of a region, counted from 1.
    Raises SourceError for a number that there is not."""
    regions = regions_of(dataset)
    if chosen == "0" or (not regions and not chosen):
        return None
    if chosen and chosen not in [str(number) for number in range(1, len(regions) + 1)]:
        raise SourceError(f"region is {chosen!r}: it can be 0 (none) to {len(regions)}, of the calibrated regions that the file lists")
    region = regions[int(chosen) - 1 if chosen else 0]
    box = region.left_px, region.top_px, min(region.right_px, int(dataset.Columns)), min(region.bottom_px, int(dataset.Rows))
    doubt = "" if chosen or len(regions) == 1 else f"the file calibrates {len(regions)} parts of the picture: add ?region=1 to ?region={len(regions)}"
    return Claim((region.mm_per_px_x, region.mm_per_px_y), box, region.zero_px, doubt or _contradicted(region, dataset))


def _contradicted(region: Region, dataset: Any) -> str:
    """What else the file says against its region; empty where nothing does."""
    # some count the box's last column and row as outside
    if region.right_px > int(dataset.Columns) + 1 or region.bottom_px > int(dataset.Rows) + 1:
        return "the file's region reaches beyond its picture: it was calibrated for another size"
    stated = aspect_of(dataset)
    if stated and abs(region.mm_per_px_x / region.mm_per_px_y / stated - 1) > SAME_ASPECT:
        return "the file's region and its pixel aspect ratio disagree"
    return ""


def aspect_of(dataset: Any) -> float:
    """How wide a pixel is, in its heights, by Pixel Aspect Ratio (0028,0034), whose first value is the height; 0.0 where it is not said. Raises
    ValueError."""
    stated = dataset.get("PixelAspectRatio")
    if not stated:
        return 0.0
    down, across = (float(each) for each in stated)
    if not (down > 0 and across > 0 and 1 / MOST_ASPECT <= across / down <= MOST_ASPECT):
        raise ValueError(f"a pixel aspect ratio of {stated}")
    return across / down


def _opened(path: Path) -> tuple[Any, Iterator[NDArray[Any]]]:
    """The dataset without its pixels, and its frames, each decoded when it is asked for. Raises DAMAGED."""
    file = _Bounded(path)
    deflated = _refuse_deflated_bomb(file, path)
    dataset = pydicom.dcmread(file, stop_before_pixels=not deflated, defer_size=MOST_ELEMENT_BYTES)
    syntax = dataset.file_meta.TransferSyntaxUID
    count = int(dataset.get("NumberOfFrames") or 1)
    refuse_large_picture(int(dataset.Columns), int(dataset.Rows))
    if not 1 <= count <= MOST_FRAMES:
        raise TooLargeError(f"{count} frames: {MOST_FRAMES} are the most")
    if not deflated:
        _at_pixels(file, implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)
    return dataset, _decoded(dataset, file, deflated=deflated)


def _refuse_deflated_bomb(file: io.BufferedReader, path: Path) -> bool:
    """Whether the file is deflated. Raises TooLargeError where it would unpack to too much: pydicom unpacks it whole."""
    meta = pydicom.filereader.read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != uid.DeflatedExplicitVRLittleEndian:
        return False
    # preamble and DICM; the group's length element of 12 bytes, which counts from its own end
    file.seek(132 + 12 + int(meta.FileMetaInformationGroupLength))
    unpacking, total, packed = zlib.decompressobj(-zlib.MAX_WBITS), 0, file.read(1 << 16)
    while packed and not unpacking.eof:
        total += len(unpacking.decompress(packed, 1 << 20))
        packed = unpacking.unconsumed_tail or file.read(1 << 16)
        if total > MOST_DEFLATED_BYTES:
            raise TooLargeError(f"it would unpack to more than {MOST_DEFLATED_BYTES >> 20} MB")
    file.seek(0)
    return True


def _at_pixels(file: io.BufferedReader, *, implicit: bool, little: bool) -> None:
    """Goes on from the element's tag, where the reader stopped, to its value. Raises ValueError where it is none of whole numbers."""
    header = file.read(8 if implicit else 12)
    if struct.unpack_from("<HH" if little else ">HH", header) != (0x7FE0, 0x0010):
        raise ValueError("a DICOM file without pictures")


def _decoded(dataset: Any, file: io.BufferedReader, *, deflated: bool) -> Iterator[NDArray[Any]]:
    """Frames as pydicom has them: YBR_FULL and YBR_FULL_422 are RGB already (pydicom 3), JPEG 2000's own colours too."""
    syntax = dataset.file_meta.TransferSyntaxUID
    decoder, options = get_decoder(syntax), as_pixel_options(dataset)
    if deflated:
        yield from (frame for frame, _ in decoder.iter_array(dataset))
        return
    options |= {"pixel_keyword": "PixelData", "pixel_vr": "OW" if int(dataset.BitsAllocated) > 8 else "OB"}
    if not syntax.is_encapsulated:
        yield from (frame for frame, _ in decoder.iter_array(file, **options))
        return
    count = int(dataset.get("NumberOfFrames") or 1)
    tables = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    offsets = tables if all(tables) else None
    options |= {"number_of_frames": 1}
    plugin = PLUGINS.get(syntax, "")
    plugin = plugin if plugin in decoder.available_plugins else ""
    for coded in encaps.generate_frames(file, number_of_frames=count, extended_offsets=offsets):
        _refuse_coded(coded, dataset)
        yield decoder.as_array(encaps.encapsulate([coded], has_bot=False), index=0, decoding_plugin=plugin, **options)[0]


def _refuse_coded(coded: bytes, dataset: Any) -> None:
    """Raises ValueError for a coded frame that is of another size than the file says, or much too long for it."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    size = coded_size(coded)
    if size is not None and size != (columns, rows):
        raise ValueError(f"a picture of {size[0]}x{size[1]} is coded where {columns}x{rows} is stated")
    raw = rows * columns * int(dataset.get("SamplesPerPixel") or 1) * max(1, int(dataset.BitsAllocated) // 8)
    if len(coded) > MOST_CODED[0] * raw + MOST_CODED[1]:
        raise TooLargeError(f"a picture of {columns}x{rows} is coded in {len(coded)} bytes")


def luma(frame: NDArray[Any], dataset: Any) -> GrayImage:
    """One frame's brightness, 0 to 255 (BT.601 for colours), as its photometric interpretation and window show it. Raises ValueError."""
    space, bits = str(dataset.PhotometricInterpretation), int(dataset.get("BitsStored") or 8)
    if space == "PALETTE COLOR":
        entries = int(dataset.RedPaletteColorLookupTableDescriptor[2])
        frame, bits = apply_color_lut(frame, dataset)[..., :3], 16 if entries > 8 else 8
    if frame.ndim == 2 and space in ("MONOCHROME1", "MONOCHROME2"):
        grey = 255 * _windowed(frame, dataset, bits)
        return np.asarray(np.clip(255 - grey if space == "MONOCHROME1" else grey, 0, 255) + 0.5, np.uint8)
    if frame.ndim != 3 or frame.shape[2] != 3 or space not in IN_RGB:
        raise ValueError(f"pixels of {space} are not understood: export it with RGB or MONOCHROME2 ones")
    red, green, blue = (frame[:, :, channel].astype(np.float32) for channel in range(3))
    grey = (np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue) * np.float32(255 / (2**bits - 1))
    return np.asarray(np.clip(grey + np.float32(0.5), 0, 255), np.uint8)


def _windowed(frame: NDArray[Any], dataset: Any, bits: int) -> NDArray[np.float32]:
    """Stored values as 0 to 1: by the window or table that the file states (PS3.3, C.11.2), else by all values that its bits can hold."""
    if "ModalityLUTSequence" in dataset:
        raise ValueError("its greys go through a modality table: export it without one")
    if "VOILUTSequence" in dataset:
        table_bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return np.asarray(apply_voi_lut(frame, dataset) / np.float32(2**table_bits - 1), np.float32)
    least = -(2 ** (bits - 1)) if int(dataset.get("PixelRepresentation") or 0) else 0
    values = frame.astype(np.float32)
    if dataset.get("WindowCenter") in (None, "") or dataset.get("WindowWidth") in (None, ""):
        return np.asarray((values - least) / np.float32(2**bits - 1), np.float32)
    centre, width = _first(dataset.WindowCenter), _first(dataset.WindowWidth)
    values = values * float(dataset.get("RescaleSlope") or 1) + float(dataset.get("RescaleIntercept") or 0)
    match str(dataset.get("VOILUTFunction") or "LINEAR"):
        case "SIGMOID":
            return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -80, 80))), np.float32)
        case "LINEAR_EXACT":
            return np.asarray((values - centre) / width + 0.5, np.float32)
        case _:
            return np.asarray((values - (centre - 0.5)) / max(width - 1, 1e-3) + 0.5, np.float32)


def _first(value: Any) -> float:
    """The first of a multiple value. Raises ValueError, TypeError."""
    number = float(value if isinstance(value, (str, float, int)) else value[0])
    if not math.isfinite(number):
        raise ValueError(f"{value} is no number")
    return number


def times_ns(dataset: Any) -> Iterator[int]:
    """When each frame was captured, from the first: by the frames' own times, else by one between all of them. Raises ValueError."""
    own = dataset.get("FrameTimeVector")
    if own is not None and (int(dataset.get("FrameIncrementPointer") or 0) == FRAME_TIMES or not dataset.get("FrameTime")):
        periods_ns = [_period_ns(each) for each in ([own] if isinstance(own, (str, float, int)) else own)]
        # the first is the time before the first frame
        return chain(accumulate(periods_ns[1:], initial=0), _beyond(sum(periods_ns[1:]), periods_ns[-1] or FRAME_NS))
    period_ns = frame_period_ns(dataset)
    return (index * period_ns for index in range(MOST_FRAMES))


def _beyond(last_ns: int, period_ns: int) -> Iterator[int]:
    return (last_ns + (index + 1) * period_ns for index in range(MOST_FRAMES))


def frame_period_ns(dataset: Any) -> int:
    """Time between frames: Frame Time, else Cine Rate, else a thirtieth of a second. Raises ValueError."""
    time_ms = dataset.get("FrameTime")
    if time_ms:
        return _period_ns(time_ms)
    rate = dataset.get("CineRate") or dataset.get("RecommendedDisplayFrameRate")
    return _period_ns(1e3 / float(rate)) if rate else FRAME_NS


def _period_ns(time_ms: Any) -> int:
    value = float(time_ms)
    if not 0 <= value <= 1e9:
        raise ValueError(f"a frame time of {time_ms} ms")
    return round(value * 1e6)


def open_dicom(spec: Spec) -> Iterator[Clip]:
    """The clip of a DICOM file: its frames, and what it claims of the scan in them. Raises SourceError."""
    path, left = Path(spec.name), ScreenLeft(spec.options.get("screen_left") or "unknown")
    try:
        dataset, decoded = _opened(path)
        claim = claim_of(dataset, spec.options.get("region", ""))
        times = times_ns(dataset)
        # with a region its own scales tell columns from rows
        aspect = 1.0 if claim is not None else aspect_of(dataset) or 1.0
        syntax = str(dataset.file_meta.TransferSyntaxUID.name)
    except DAMAGED as error:
        why = f": {str(error)[:200]}" if isinstance(error, TooLargeError) else ""
        raise SourceError(f"{path.name}: {UNREADABLE}{why}") from error
    items = _items(dataset, decoded, times, 1.0 if abs(aspect - 1) <= SQUARE else aspect)
    first = next(items, None)
    if first is None or isinstance(first, BadFrame):
        why = "there is none" if first is None else first.why
        raise SourceError(f"{path.name}: its pixels ({syntax}) cannot be decoded: {why}")
    if int(dataset.get("NumberOfFrames") or 1) == 1:
        shown = [replace(first, captured_ns=turn * STILL_PERIOD_NS) for turn in range(STILL_REPEATS)]
        return iter([Clip(path.name, True, left, shown, claim=claim)])
    return iter([Clip(path.name, False, left, chain([first], items), claim=claim)])


def _items(dataset: Any, decoded: Iterator[NDArray[Any]], times: Iterator[int], aspect: float) -> Iterator[Frame | BadFrame]:
    """Every frame; where one cannot be decoded the rest cannot be found, and the reason is the last."""
    for index, captured_ns in enumerate(times):
        try:
            pixels = next(decoded, None)
            if pixels is None:
                return
            yield Frame(index, captured_ns, squared(luma(pixels, dataset), aspect))
        except DAMAGED as error:
            yield BadFrame(index, captured_ns, _said(error))
            return


def _said(error: BaseException) -> str:
    """One line; where a decoder is missing, what brings it."""
    text = " ".join(str(error).split()) or type(error).__name__
    missing = "missing dependencies" in text or "not available" in text
    return f"its decoder is not installed: {extras.cure('dicom')}" if missing else text[:200]
