"""Video files through PyAV: the only file that imports it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from edge.record.recording import RecordingError
from edge.source.sources import FILE_RATE_HZ, NS_PER_S, Clip, SourceError, Spec
from edge.types import BadFrame, Frame, ScreenLeft


def open_video(spec: Spec) -> Iterator[Clip]:
    """A video file as one clip. Raises SourceError."""
    if not Path(spec.name).is_file():
        raise SourceError(f"{spec.name}: no such file")
    container = _opened(spec.name)
    return iter([Clip(Path(spec.name).name, False, ScreenLeft.UNKNOWN, _frames(container))])


def _opened(name: str) -> Any:
    try:
        container = av.open(name)
    except (av.FFmpegError, ValueError) as error:
        raise SourceError(f"{name}: {error}: is it there, and is it a video?") from error
    if not container.streams.video:
        container.close()
        raise SourceError(f"{name}: no video in it")
    return container


def _frames(container: Any) -> Iterator[Frame | BadFrame]:
    """Decoded frames as full-range luma; a frame that cannot be decoded is reported, and the rest go on."""
    stream = container.streams.video[0]
    frame_id = 0
    with container:
        packets = container.demux(stream)
        while True:
            try:
                decoded = next(packets).decode()
            except StopIteration:
                return
            except av.FFmpegError as error:
                if isinstance(error, av.EOFError):
                    return
                yield BadFrame(frame_id, frame_id * NS_PER_S // FILE_RATE_HZ, f"frame {frame_id} cannot be decoded: {error}"[:200])
                frame_id += 1
                continue
            for picture in decoded:
                yield Frame(frame_id, _captured_ns(picture, frame_id), np.ascontiguousarray(picture.to_ndarray(format="gray")))
                frame_id += 1


def _captured_ns(picture: Any, frame_id: int) -> int:
    if picture.time is not None:
        # a stream may count from below 0; a recording's time does not
        return max(0, round(float(picture.time) * NS_PER_S))
    return frame_id * NS_PER_S // FILE_RATE_HZ


def write_video(path: Path, frames: Sequence[Frame], *, rate_hz: int) -> None:
    """Grey frames as a video; all are padded to the first one's even size. Raises RecordingError."""
    rows, columns = (size + size % 2 for size in frames[0].pixels.shape)
    try:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264" if "libx264" in av.codecs_available else "mpeg4", rate=rate_hz)
            stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
            for frame in frames:
                sheet = np.zeros((rows, columns), np.uint8)
                part = frame.pixels[:rows, :columns]
                sheet[: part.shape[0], : part.shape[1]] = part
                for packet in stream.encode(av.VideoFrame.from_ndarray(sheet, format="gray")):
                    container.mux(packet)
            for packet in stream.encode():
                container.mux(packet)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise RecordingError(f"{path}: {error}: name a file such as clip.mp4") from error
