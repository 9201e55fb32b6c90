"""The kernel's V4L2 interface, as far as capture needs it: numbers, layouts and calls of linux/videodev2.h.

Rule 1: every buffer that was taken is given back, whatever becomes of its picture. Rule 2: times are the kernel's, on the monotonic clock.
Rule 3: lengths are the machine's own (native alignment), so that 32-bit and 64-bit systems both fit.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import select
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edge.source.luma import READABLE, PixelLayout

CAPTURE, MMAP = 1, 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_MMAP
CAP_CAPTURE, CAP_STREAMING = 0x00000001, 0x04000000
IN_CAP_DV_TIMINGS = 0x00000002
IN_TROUBLE = {0x00000001: "no power", 0x00000002: "no signal", 0x00000100: "no lock", 0x00010000: "no sync"}
BUF_ERROR, BUF_CLOCK_MASK, BUF_CLOCK_MONOTONIC = 0x00000040, 0x0000E000, 0x00002000
EVENT_SOURCE_CHANGE, CHANGED_RESOLUTION = 5, 0x0001
COLORSPACE_JPEG = 7
QUANTISATION_FULL, QUANTISATION_LIMITED = 1, 2
NO_PICTURE = {errno.ENOLINK: "no signal", errno.ENOLCK: "no lock on the signal", errno.ERANGE: "a video mode that the bridge cannot take"}
BUFFERS = 4

CAPABILITY = struct.Struct("@16s32s32sIII3I")
FORMAT_DESCRIPTION = struct.Struct("@III32sII3I")
INPUT = struct.Struct("@I32sIIIQII3I0Q")
FORMAT = struct.Struct("@I0L12I152x0L")
STREAM_PARAMETERS = struct.Struct("@I4I46I")
REQUEST_BUFFERS = struct.Struct("@5I")
BUFFER = struct.Struct("@5I0lll2I4B4BIILIIi0l")
DV_TIMINGS_BYTES = 132
SUBSCRIPTION = struct.Struct("@3I5I")
EVENT = struct.Struct("@I0QI60xIIll9I0Q")
INTEGER = struct.Struct("@i")


def _request(direction: int, number: int, size: int) -> int:
    """_IOC of asm-generic/ioctl.h: direction 1 writes, 2 reads, 3 both."""
    return direction << 30 | size << 16 | ord("V") << 8 | number


QUERYCAP = _request(2, 0, CAPABILITY.size)
ENUM_FMT = _request(3, 2, FORMAT_DESCRIPTION.size)
G_FMT, S_FMT = _request(3, 4, FORMAT.size), _request(3, 5, FORMAT.size)
REQBUFS = _request(3, 8, REQUEST_BUFFERS.size)
QUERYBUF, QBUF, DQBUF = (_request(3, number, BUFFER.size) for number in (9, 15, 17))
STREAMON, STREAMOFF = _request(1, 18, INTEGER.size), _request(1, 19, INTEGER.size)
S_PARM = _request(3, 22, STREAM_PARAMETERS.size)
ENUMINPUT, G_INPUT = _request(3, 26, INPUT.size), _request(2, 38, INTEGER.size)
S_INPUT = _request(3, 39, INTEGER.size)
S_DV_TIMINGS, QUERY_DV_TIMINGS = _request(3, 87, DV_TIMINGS_BYTES), _request(2, 99, DV_TIMINGS_BYTES)
DQEVENT, SUBSCRIBE_EVENT = _request(2, 89, EVENT.size), _request(1, 90, SUBSCRIPTION.size)


class NoPictureError(Exception):
    """The device is there and says that nothing usable comes in; the text says what."""


class UnusableError(Exception):
    """The device cannot be used as asked; the text names the cure."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to ask the device for; 0, None and "": whatever it is set to."""

    path: str
    width_px: int = 0
    height_px: int = 0
    rate_hz: float = 0.0
    fourcc: str = ""
    input_number: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What a wait ended with."""

    frame: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A buffer taken from the driver, to be given back. captured_ns is None where the driver does not use the monotonic clock."""

    index: int
    sequence: int
    captured_ns: int | None
    damaged: bool
    content: memoryview


class Camera:
    """One streaming capture device: open() it, wait, take and give back, close()."""

    def __init__(self, file: int, wanted: Wanted) -> None:
        self._file = file
        self._wanted = wanted
        self._maps: list[mmap.mmap] = []
        self._poll = select.poll()
        self._poll.register(file, select.POLLIN | select.POLLPRI)
        self.layout = PixelLayout("GREY", 0, 0, 0, False)
        self.driver = ""

    @classmethod
    def open(cls, wanted: Wanted) -> Camera:
        """Sets the device up and starts it. Raises OSError, UnusableError, NoPictureError."""
        camera = cls(os.open(wanted.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC), wanted)
        try:
            camera._set_up()
        except BaseException:
            camera.close()
            raise
        return camera

    def wait(self, timeout_s: float) -> Ready:
        """Until a frame, an event or the time-out. Raises OSError where the device has gone."""
        found = self._poll.poll(round(timeout_s * 1000))
        bits = found[0][1] if found else 0
        if bits & select.POLLPRI and self._source_changed():
            return Ready(False, True)
        if bits & select.POLLERR and not bits & select.POLLIN:
            raise OSError(errno.ENODEV, "the capture device stopped or was unplugged")
        return Ready(bool(bits & select.POLLIN), False)

    def take(self) -> Taken | None:
        """The oldest finished buffer, or None. Raises OSError."""
        try:
            fields = self._call(DQBUF, BUFFER, *_buffer(0))
        except BlockingIOError:
            return None
        index, _, used, flags, _, seconds, microseconds = fields[:7]
        sequence = fields[17]
        monotonic = flags & BUF_CLOCK_MASK == BUF_CLOCK_MONOTONIC
        at_ns = seconds * 1_000_000_000 + microseconds * 1000 if monotonic else None
        return Taken(index, sequence, at_ns, bool(flags & BUF_ERROR), memoryview(self._maps[index])[:used])

    def give_back(self, taken: Taken) -> None:
        taken.content.release()
        self._queue(taken.index)

    def trouble(self) -> str:
        """What the input says is wrong: "" where nothing is, or where it cannot say."""
        try:
            status = self._input()[6]
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EINVAL, errno.ENODATA):
                return ""
            raise
        return ", ".join(text for bit, text in IN_TROUBLE.items() if status & bit)

    def close(self) -> None:
        """Stops and lets go of everything. Safe to call twice."""
        if self._file < 0:
            return
        with contextlib.suppress(OSError):  # unplugged: the kernel has stopped it
            fcntl.ioctl(self._file, STREAMOFF, INTEGER.pack(CAPTURE))
        for buffer in self._maps:
            buffer.close()
        self._maps.clear()
        os.close(self._file)
        self._file = -1

    def _set_up(self) -> None:
        capabilities = self._call(QUERYCAP, CAPABILITY, b"", b"", b"", *[0] * 6)
        self.driver = capabilities[0].split(b"\0")[0].decode(errors="replace")
        if capabilities[5] & (CAP_CAPTURE | CAP_STREAMING) != CAP_CAPTURE | CAP_STREAMING:
            raise UnusableError(f"{self._wanted.path} ({self.driver}) gives no video: try its next number, `v4l2-ctl --list-devices` lists them")
        if self._wanted.input_number is not None:
            self._call(S_INPUT, INTEGER, self._wanted.input_number)
        self._set_timings()
        self._subscribe()
        self._set_format()
        self._set_rate()
        self._start()

    def _input(self) -> tuple[Any, ...]:
        (number,) = self._call(G_INPUT, INTEGER, 0)
        return self._call(ENUMINPUT, INPUT, number, b"", *[0] * 9)

    def _set_timings(self) -> None:
        """An HDMI input takes the mode that comes in. Raises NoPictureError where none does."""
        try:
            has_timings = self._input()[7] & IN_CAP_DV_TIMINGS
        except OSError:
            return
        if not has_timings:
            return
        timings = bytearray(DV_TIMINGS_BYTES)
        try:
            fcntl.ioctl(self._file, QUERY_DV_TIMINGS, timings)
        except OSError as error:
            if error.errno in NO_PICTURE:
                raise NoPictureError(NO_PICTURE[error.errno]) from error
            raise
        try:
            fcntl.ioctl(self._file, S_DV_TIMINGS, timings)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ERANGE):
                raise NoPictureError("a video mode that this input cannot take: set the scanner to 1280x720 or 1920x1080, progressive") from error
            raise

    def _subscribe(self) -> None:
        try:
            (number,) = self._call(G_INPUT, INTEGER, 0)
            # a source change is told of its own input only
            fcntl.ioctl(self._file, SUBSCRIBE_EVENT, SUBSCRIPTION.pack(EVENT_SOURCE_CHANGE, number, *[0] * 6))
        except OSError:
            return  # a grabber without events: a change shows as a damaged or missing frame

    def _source_changed(self) -> bool:
        changed = False
        while True:
            try:
                fields = self._call(DQEVENT, EVENT, *[0] * 15)
            except OSError:
                return changed
            changed |= fields[0] == EVENT_SOURCE_CHANGE and bool(fields[1] & CHANGED_RESOLUTION)

    def _offered(self) -> Iterator[str]:
        for index in range(64):
            try:
                fields = self._call(ENUM_FMT, FORMAT_DESCRIPTION, index, CAPTURE, 0, b"", *[0] * 5)
            except OSError:
                return
            yield fields[4].to_bytes(4, "little").decode("latin-1")

    def _set_format(self) -> None:
        offered = [fourcc for fourcc in self._offered() if fourcc in READABLE]
        wanted = self._wanted
        fourcc = wanted.fourcc or preferred(offered, self.driver)
        if fourcc not in offered:
            asked, there = wanted.fourcc or "that tuffier reads", ", ".join(offered) or "none of them"
            raise UnusableError(f"{wanted.path}: no pixel format {asked}; it offers {there}")
        fields = list(self._call(G_FMT, FORMAT, CAPTURE, *[0] * 12))
        fields[1:3] = wanted.width_px or fields[1], wanted.height_px or fields[2]
        # 0 for stride and size: the driver fills in what fits, nothing stays from a former format
        fields[3:7] = int.from_bytes(fourcc.encode("latin-1"), "little"), 1, 0, 0
        self.layout = layout_from(self._call(S_FMT, FORMAT, *fields))
        if wanted.width_px and (self.layout.width_px, self.layout.height_px) != (wanted.width_px, wanted.height_px):
            raise UnusableError(
                f"{wanted.path} gives {self.layout.width_px}x{self.layout.height_px} instead of {wanted.width_px}x{wanted.height_px}: ask for a size "
                f"that `v4l2-ctl --device {wanted.path} --list-formats-ext` lists"
            )

    def _set_rate(self) -> None:
        if self._wanted.rate_hz:
            denominator = round(self._wanted.rate_hz * 1000)
            self._call(S_PARM, STREAM_PARAMETERS, CAPTURE, 0, 0, 1000, denominator, *[0] * 46)

    def _start(self) -> None:
        count = self._call(REQBUFS, REQUEST_BUFFERS, BUFFERS, CAPTURE, MMAP, 0, 0)[0]
        for index in range(count):
            fields = self._call(QUERYBUF, BUFFER, *_buffer(index))
            self._maps.append(mmap.mmap(self._file, fields[20], mmap.MAP_SHARED, mmap.PROT_READ, offset=fields[19]))
            self._queue(index)
        fcntl.ioctl(self._file, STREAMON, INTEGER.pack(CAPTURE))

    def _queue(self, index: int) -> None:
        self._call(QBUF, BUFFER, *_buffer(index))

    def _call(self, request: int, layout: struct.Struct, *fields: int | bytes) -> tuple[Any, ...]:
        """One ioctl with a structure in and out. Raises OSError."""
        content = bytearray(layout.pack(*fields))
        fcntl.ioctl(self._file, request, content)
        return layout.unpack(content)


def _buffer(index: int) -> tuple[int, ...]:
    """The fields of an empty v4l2_buffer: index, type, 16 zeros, memory, 4 zeros."""
    return (index, CAPTURE, *[0] * 16, MMAP, 0, 0, 0, 0)


def preferred(offered: list[str], driver: str) -> str:
    """The format to ask for: a USB 2 grabber reaches its frame rate with JPEG only; elsewhere the one that is cheapest to read."""
    order = ("MJPG", "YUYV", "NV12", "YU12", "UYVY", "GREY", "BGR3", "RGB3")
    ranked = order if driver == "uvcvideo" else ("GREY", *order[1:5], *order[6:], "MJPG")
    return next((fourcc for fourcc in ranked if fourcc in offered), "")


def layout_from(fields: tuple[Any, ...]) -> PixelLayout:
    """v4l2_pix_format as the driver set it. Quantisation 0 means: full for JPEG's colours, grey and RGB, else limited."""
    _, width, height, pixel_format, _, stride, _, colorspace = fields[:8]
    fourcc = pixel_format.to_bytes(4, "little").decode("latin-1")
    quantisation = fields[11]
    usually_full = colorspace == COLORSPACE_JPEG or fourcc in ("GREY", "RGB3", "BGR3", "MJPG", "JPEG")
    limited = quantisation == QUANTISATION_LIMITED or (quantisation != QUANTISATION_FULL and not usually_full)
    return PixelLayout(fourcc, width, height, stride, limited)
