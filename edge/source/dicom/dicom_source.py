"""DICOM files as clips: the frames that a viewer would show, and what the file claims of the scan in them.

Rule 1: a frame is decoded when it is asked for, and its coded size is looked at before. Rule 2: a claim is passed on, never applied: the screen is
read as any other and bears it out (screen/certain.py).
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
from numpy.typing import NDArray
from pydicom import config, encaps, uid
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import as_pixel_options

from edge import extras
from edge.limits import MOST_DEFLATED_BYTES, MOST_ELEMENT_BYTES, MOST_FRAMES, MOST_INNER_VIDEO_BYTES, TooLargeError, refuse_large_picture
from edge.source.dicom.claim import ContradictionError, aspect_of, claim_of, refuse_turned, times_ns, told_left
from edge.source.dicom.coded import coded_size
from edge.source.dicom.shown import luma
from edge.source.pictures import SQUARE, squared
from edge.source.sources import STILL_PERIOD_NS, STILL_REPEATS, Clip, SourceError
from edge.types import BadFrame, Frame, GrayImage, ScreenLeft

if TYPE_CHECKING:
    from edge.source.sources import Spec

MOST_CODED = 2, 4096  # a coded frame is at most so many times as long as its pixels, and so many bytes more
# which of pydicom's plugins decodes what: of several the one that is named, if it is there
PLUGINS = {
    uid.JPEGBaseline8Bit: "pillow", uid.JPEGExtended12Bit: "pillow", uid.JPEGLossless: "gdcm", uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls", uid.JPEGLSNearLossless: "pyjpegls", uid.JPEG2000Lossless: "pylibjpeg", uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg", uid.HTJ2KLosslessRPCL: "pylibjpeg", uid.HTJ2K: "pylibjpeg", uid.RLELossless: "pydicom",
}  # fmt: skip
# all that pydicom and its plugins raise on damaged bytes
DAMAGED = (
    OSError, InvalidDicomError, BytesLengthException, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, AssertionError,
    EOFError, RuntimeError, NotImplementedError, MemoryError, RecursionError, UnicodeError, struct.error, zlib.error,
)  # fmt: skip
UNREADABLE = "not a DICOM file that can be read"
# one stream for all frames: MPEG-2, H.264 and HEVC (PS3.5, 8.2.5 to 8.2.8)
VIDEOS = frozenset({*uid.MPEGTransferSyntaxes})
# which pydicom 3.0 does not know by name
NAMES = {"1.2.840.10008.1.2.4.110": "JPEG XL", "1.2.840.10008.1.2.4.111": "JPEG XL", "1.2.840.10008.1.2.4.112": "JPEG XL"}

# a damaged file's reader speaks once, in our words
config.settings.reading_validation_mode = config.IGNORE
warnings.filterwarnings("ignore", module="pydicom")


class _Bounded(io.BufferedReader):
    """A file that is never asked for more than it has left: a length that was raised takes no memory."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.length = path.stat().st_size

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self.length - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))


def _opened(path: Path) -> tuple[Any, Iterator[GrayImage]]:
    """The dataset without its pixels, and its frames as they are shown, each decoded when it is asked for. Raises DAMAGED."""
    file = _Bounded(path)
    deflated = _refuse_deflated_bomb(file, path)
    dataset = pydicom.dcmread(file, stop_before_pixels=not deflated, defer_size=MOST_ELEMENT_BYTES)
    syntax = dataset.file_meta.TransferSyntaxUID
    _refuse_unread(syntax)
    count = int(dataset.get("NumberOfFrames") or 1)
    refuse_large_picture(int(dataset.Columns), int(dataset.Rows))
    if not 1 <= count <= MOST_FRAMES:
        raise TooLargeError(f"{count} frames: {MOST_FRAMES} are the most")
    stored_as = "" if deflated else _at_pixels(file, implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)
    if syntax in VIDEOS:
        return dataset, _of_video(dataset, file)
    return dataset, (luma(frame, dataset) for frame in _decoded(dataset, file, stored_as))


def _refuse_unread(syntax: Any) -> None:
    """Raises NotImplementedError for a coding that neither pydicom nor PyAV decodes."""
    try:
        if syntax not in VIDEOS:
            get_decoder(syntax)
    except NotImplementedError:
        raise NotImplementedError(f"nothing here decodes {NAMES.get(syntax, syntax)}: export it uncompressed, or as JPEG 2000") from None


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


def _at_pixels(file: io.BufferedReader, *, implicit: bool, little: bool) -> str:
    """Goes on from the element's tag, where the reader stopped, to its value. Returns how it is stored: OB, or OW, whose two bytes a big-endian file
    has the other way round even where each is a pixel. Raises ValueError where it is none of whole numbers."""
    header = file.read(8 if implicit else 12)
    if struct.unpack_from("<HH" if little else ">HH", header) != (0x7FE0, 0x0010):
        raise ValueError("a DICOM file without pictures")
    return "OB" if header[4:6] == b"OB" and not implicit else "OW"


def _decoded(dataset: Any, file: io.BufferedReader, stored_as: str) -> Iterator[NDArray[Any]]:
    """Frames as pydicom has them: YBR_FULL and YBR_FULL_422 are RGB already (pydicom 3), JPEG 2000's own colours too. stored_as: empty where the file
    is deflated, whose pixels the dataset holds."""
    syntax = dataset.file_meta.TransferSyntaxUID
    decoder, options = get_decoder(syntax), as_pixel_options(dataset)
    count = int(dataset.get("NumberOfFrames") or 1)
    # one by one: pydicom 3.0's iter_array takes every frame of YBR_FULL_422 behind the first for YBR_FULL
    if not stored_as:
        yield from (decoder.as_array(dataset, index=index)[0] for index in range(count))
        return
    options |= {"pixel_keyword": "PixelData", "pixel_vr": stored_as}
    if not syntax.is_encapsulated:
        at = file.tell()
        for index in range(count):
            file.seek(at)
            yield decoder.as_array(file, index=index, **options)[0]
        return
    tables = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    offsets = tables if all(tables) else None
    options |= {"number_of_frames": 1}
    plugin = PLUGINS.get(syntax, "")
    plugin = plugin if plugin in decoder.available_plugins else ""
    for coded in encaps.generate_frames(file, number_of_frames=count, extended_offsets=offsets):
        _refuse_coded(coded, dataset)
        yield decoder.as_array(encaps.encapsulate([coded], has_bot=False), index=0, decoding_plugin=plugin, **options)[0]


def _of_video(dataset: Any, file: io.BufferedReader) -> Iterator[GrayImage]:
    """The frames of the one video that all fragments make together, as a player shows them."""
    try:
        from edge.source.video_source import frames_in
    except ImportError as error:
        raise RuntimeError(f"it holds a video, whose decoder is not installed: {extras.cure('video')}") from error
    encaps.parse_basic_offsets(file)
    held = io.BytesIO()
    for fragment in encaps.generate_fragments(file):
        if held.write(fragment) and held.tell() > MOST_INNER_VIDEO_BYTES:
            raise TooLargeError(f"a video of more than {MOST_INNER_VIDEO_BYTES >> 20} MB: cut it into shorter ones")
    held.seek(0)
    stated = int(dataset.Rows), int(dataset.Columns)
    for frame in frames_in(held):
        if isinstance(frame, BadFrame):
            raise ValueError(frame.why)
        if frame.pixels.shape != stated:
            raise ValueError(f"a picture of {frame.pixels.shape[::-1]} is coded where {stated[::-1]} is stated")
        yield frame.pixels


def _refuse_coded(coded: bytes, dataset: Any) -> None:
    """Raises ValueError for a coded frame that is of another size than the file says, or much too long for it."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    size = coded_size(coded)
    if size is not None and size != (columns, rows):
        raise ValueError(f"a picture of {size[0]}x{size[1]} is coded where {columns}x{rows} is stated")
    raw = rows * columns * int(dataset.get("SamplesPerPixel") or 1) * max(1, int(dataset.BitsAllocated) // 8)
    if len(coded) > MOST_CODED[0] * raw + MOST_CODED[1]:
        raise TooLargeError(f"a picture of {columns}x{rows} is coded in {len(coded)} bytes")


def open_dicom(spec: Spec) -> Iterator[Clip]:
    """The clip of a DICOM file: its frames, and what it claims of the scan in them. Raises SourceError."""
    path, left = Path(spec.name), ScreenLeft(spec.options.get("screen_left") or "unknown")
    try:
        dataset, shown = _opened(path)
        refuse_turned(dataset)
        claim = claim_of(dataset, spec.options.get("region", ""))
        times = times_ns(dataset)
        # with a region its own scales tell columns from rows
        aspect = 1.0 if claim is not None else aspect_of(dataset)
        told, syntax = told_left(dataset), str(dataset.file_meta.TransferSyntaxUID.name)
    except ContradictionError as error:
        raise SourceError(f"{path.name}: {error}") from error
    except DAMAGED as error:
        why = f": {str(error)[:200]}" if isinstance(error, TooLargeError | NotImplementedError) else ""
        raise SourceError(f"{path.name}: {UNREADABLE}{why}") from error
    items = _items(shown, times, 1.0 if abs(aspect - 1) <= SQUARE else aspect)
    first = next(items, None)
    if first is None or isinstance(first, BadFrame):
        why = "there is none" if first is None else first.why
        raise SourceError(f"{path.name}: its pixels ({syntax}) cannot be decoded: {why}")
    if int(dataset.get("NumberOfFrames") or 1) == 1:
        repeated = [replace(first, captured_ns=turn * STILL_PERIOD_NS) for turn in range(STILL_REPEATS)]
        return iter([Clip(path.name, True, left, repeated, claim=claim, told_left=told)])
    return iter([Clip(path.name, False, left, chain([first], items), claim=claim, told_left=told)])


def _items(shown: Iterator[GrayImage], times: Iterator[int], aspect: float) -> Iterator[Frame | BadFrame]:
    """Every frame; where one cannot be decoded the rest cannot be found, and the reason is the last."""
    for index, captured_ns in enumerate(times):
        try:
            pixels = next(shown, None)
            if pixels is None:
                return
            yield Frame(index, captured_ns, squared(pixels, aspect))
        except DAMAGED as error:
            yield BadFrame(index, captured_ns, _said(error))
            return


def _said(error: BaseException) -> str:
    """One line; where a decoder is missing, what brings it."""
    text = " ".join(str(error).split()) or type(error).__name__
    missing = "missing dependencies" in text or "not available" in text
    return f"its decoder is not installed: {extras.cure('dicom')}" if missing else text[:200]
