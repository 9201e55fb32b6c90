"""Video files through PyAV: the only file that imports it."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray
from PIL import Image

from edge.limits import MOST_ASPECT, MOST_FRAMES, MOST_PIXELS, TooLargeError, refuse_large_picture
from edge.record.recording import RecordingError
from edge.source.pictures import SQUARE, grey_of, squared
from edge.source.sources import FILE_RATE_HZ, NS_PER_S, Clip, SourceError, Spec
from edge.source.truth import MOST_NS
from edge.types import BadFrame, Frame, GrayImage, ScreenLeft

UPRIGHT = 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30
TURNED_OFF = 0.002  # of a quarter turn's whole sines: a tenth of a degree


@dataclass(frozen=True, slots=True)
class _Begun:
    """What the first frame says for all: how far below 0 its time lies, and the shape of a pixel in the coded stream."""

    at_ns: int = 0
    coded_aspect: Any = None


def open_video(spec: Spec) -> Iterator[Clip]:
    """A video file as one clip. Raises SourceError."""
    if not Path(spec.name).is_file():
        raise SourceError(f"{spec.name}: no such file")
    # file: so that a name with a colon is none of a protocol's, and nothing that the file names is fetched from elsewhere
    container, stream = _opened(f"file:{spec.name}", spec.name)
    return iter([Clip(Path(spec.name).name, False, ScreenLeft.UNKNOWN, _frames(container, stream))])


def frames_in(file: IO[bytes]) -> Iterator[Frame | BadFrame]:
    """The frames of a video that lies in memory. Raises ValueError."""
    try:
        container, stream = _opened(file, "the video in it")
    except SourceError as error:
        raise ValueError(str(error)) from error
    return _frames(container, stream)


def _opened(source: str | IO[bytes], name: str) -> tuple[Any, Any]:
    """The container and the stream that a player shows: not a picture of its cover. Raises SourceError."""
    try:
        container: Any = av.open(source, options={"protocol_whitelist": "file", "max_pixels": str(MOST_PIXELS)})
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise SourceError(f"{name}: {str(error)[:200]}: is it there, and is it a video?") from error
    stream = container.streams.best("video")
    try:
        if stream is None:
            raise SourceError(f"{name}: no video in it")
        if stream.codec_context is None:
            raise SourceError(f"{name}: its video cannot be decoded: convert it to H.264")
        refuse_large_picture(stream.codec_context.width, stream.codec_context.height)
    except (SourceError, TooLargeError) as error:
        container.close()
        raise SourceError(f"{name}: {error}") if isinstance(error, TooLargeError) else error from None
    return container, stream


def _frames(container: Any, stream: Any) -> Iterator[Frame | BadFrame]:
    """Decoded frames as a player shows them; a frame that cannot be decoded is reported, and the rest go on."""
    frame_id, begun = 0, _Begun()
    with container:
        packets = container.demux(stream)
        while frame_id < MOST_FRAMES:
            try:
                decoded = next(packets).decode()
            except StopIteration:
                return
            except (av.FFmpegError, MemoryError) as error:
                if isinstance(error, av.EOFError):
                    return
                yield BadFrame(frame_id, _at_rate_ns(frame_id), f"frame {frame_id} cannot be decoded: {error}"[:200])
                frame_id += 1
                continue
            for picture in decoded:
                begun = begun if frame_id else _Begun(min(0, _time_ns(picture) or 0), _coded_aspect(stream))
                yield _frame(picture, stream, frame_id, begun)
                frame_id += 1


def _frame(picture: Any, stream: Any, frame_id: int, begun: _Begun) -> Frame | BadFrame:
    """One decoded picture: full-range luma with square pixels, turned as its display matrix says."""
    captured_ns = _captured_ns(picture, frame_id, begun.at_ns)
    try:
        if picture.is_corrupt:
            raise ValueError("part of it is missing, and would be another frame's")
        if _coded_aspect(stream) != begun.coded_aspect:
            raise ValueError("its pixels have another shape than the first frame's, which players show in two ways: cut the video there")
        refuse_large_picture(picture.width, picture.height)
        pixels = squared(_luma(picture), _pixel_aspect(stream))
        return Frame(frame_id, captured_ns, turned(pixels, _matrix(picture)))
    except (av.FFmpegError, ValueError, MemoryError, RuntimeError) as error:
        return BadFrame(frame_id, captured_ns, f"frame {frame_id} cannot be shown: {error}"[:200])


def _luma(picture: Any) -> GrayImage:
    """Brightness, 0 black and 255 white, whatever the range and depth of the stored one; what is transparent is black."""
    if not any(component.is_alpha for component in picture.format.components):
        return np.ascontiguousarray(picture.to_ndarray(format="gray"))
    seen = picture.to_ndarray(format="rgba")
    if not seen[:, :, 3].any():
        raise ValueError("it is wholly transparent, a player shows nothing of it")
    return grey_of(Image.fromarray(seen))


def _pixel_aspect(stream: Any) -> float:
    """How wide a stored pixel is, in its heights: the container's word before the coded stream's, as players have it. Raises ValueError."""
    stated = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    aspect = float(stated) if stated else 1.0
    if not 1 / MOST_ASPECT <= aspect <= MOST_ASPECT:
        raise ValueError(f"its pixels are stated to be {aspect:.3g} times as wide as high: convert it to square ones")
    return 1.0 if abs(aspect - 1) <= SQUARE else aspect


def _matrix(picture: Any) -> tuple[int, ...]:
    """The display matrix (a, b, u, c, d, v, x, y, w) in fixed point, upright where there is none."""
    for each in picture.side_data.keys():  # noqa: SIM118  # it is no dict: without keys() it gives other values
        if each.type == Type.DISPLAYMATRIX and len(bytes(each)) == 36:
            return struct.unpack("<9i" if sys.byteorder == "little" else ">9i", bytes(each))
    return UPRIGHT


def turned(pixels: GrayImage, matrix: tuple[int, ...]) -> GrayImage:
    """The picture as a display matrix shows it: column p, row q go to column a p + c q, row b p + d q (libavutil/display.h). Raises ValueError for
    what is no turn by quarters and no mirroring."""
    a, b, _, c, d, *_ = matrix
    major, minor = ((a, d), (b, c)) if abs(a) + abs(d) >= abs(b) + abs(c) else ((b, c), (a, d))
    least, most = sorted(map(abs, major))
    if least == 0 or most > least * (1 + SQUARE) or max(map(abs, minor)) > TURNED_OFF * least:
        raise ValueError("it is to be shown turned by no whole quarter, or stretched: convert it to upright frames")
    if major == (a, d):
        across, down, shown = a, d, pixels
    else:
        across, down, shown = c, b, pixels.T
    return np.ascontiguousarray(shown[:: 1 if down > 0 else -1, :: 1 if across > 0 else -1])


def _captured_ns(picture: Any, frame_id: int, begun_ns: int) -> int:
    at_ns = _time_ns(picture)
    # a stream may count from below 0; a recording's time does not, and ends somewhere
    return max(0, at_ns - begun_ns) if at_ns is not None and at_ns - begun_ns < MOST_NS else _at_rate_ns(frame_id)


def _time_ns(picture: Any) -> int | None:
    return None if picture.time is None else round(float(picture.time) * NS_PER_S)


def _coded_aspect(stream: Any) -> Any:
    return stream.codec_context.sample_aspect_ratio


def _at_rate_ns(frame_id: int) -> int:
    return frame_id * NS_PER_S // FILE_RATE_HZ


def write_video(path: Path, pictures: Iterable[NDArray[np.uint8]], *, rate_hz: int) -> None:
    """Grey pictures, or colour ones (rows, columns, 3), as a video; all are padded or cut to the first one's even size. Raises RecordingError."""
    try:
        with av.open(str(path), "w") as container:
            stream: Any = None
            for pixels in pictures:
                if stream is None:
                    stream = container.add_stream("libx264" if "libx264" in av.codecs_available else "mpeg4", rate=rate_hz)
                    stream.height, stream.width = (size + size % 2 for size in pixels.shape[:2])
                    stream.pix_fmt = "yuv420p"
                sheet = np.zeros((stream.height, stream.width, *pixels.shape[2:]), np.uint8)
                part = pixels[: stream.height, : stream.width]
                sheet[: part.shape[0], : part.shape[1]] = part
                for packet in stream.encode(av.VideoFrame.from_ndarray(sheet, format="gray" if sheet.ndim == 2 else "rgb24")):
                    container.mux(packet)
            for packet in () if stream is None else stream.encode():
                container.mux(packet)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise RecordingError(f"{path}: {error}: name a file such as clip.mp4") from error
