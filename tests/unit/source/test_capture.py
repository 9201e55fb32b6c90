"""Capture: the kernel's layouts against its own header, newest frame wins, no signal, damage, unplugging; picamera2's fake behind its interface."""

from __future__ import annotations

import contextlib
import errno
import io
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.source import picamera2_source, v4l2, v4l2_source
from edge.source.luma import BadPictureError, PixelLayout, luma
from edge.source.sources import Counters, SourceError, open_clips, parse_spec
from edge.source.v4l2 import Ready, Taken
from edge.types import BadFrame, Frame
from firmware_bridge.wire import Reason

HEADER_PROBE = r"""
#include <stdio.h>
#include <stddef.h>
#include <linux/videodev2.h>
#define R(name) printf(#name " %lu\n", (unsigned long)(unsigned int)VIDIOC_##name);
int main(void) {
R(QUERYCAP) R(ENUM_FMT) R(G_FMT) R(S_FMT) R(REQBUFS) R(QUERYBUF) R(QBUF) R(DQBUF) R(STREAMON) R(STREAMOFF) R(S_PARM)
R(ENUMINPUT) R(G_INPUT) R(S_INPUT) R(S_DV_TIMINGS) R(QUERY_DV_TIMINGS) R(DQEVENT) R(SUBSCRIBE_EVENT)
printf("sequence %zu\n", offsetof(struct v4l2_buffer, sequence));
printf("offset %zu\n", offsetof(struct v4l2_buffer, m));
printf("length %zu\n", offsetof(struct v4l2_buffer, length));
printf("quantization %zu\n", offsetof(struct v4l2_format, fmt.pix.quantization));
printf("interval %zu\n", offsetof(struct v4l2_streamparm, parm.capture.timeperframe));
printf("status %zu\n", offsetof(struct v4l2_input, status));
printf("changes %zu\n", offsetof(struct v4l2_event, u));
return 0; }
"""


def marked(layout: Any, place: int) -> int:
    """Where field number place of a Struct lies in bytes: by packing a 1 there."""
    empty = layout.unpack(bytes(layout.size))
    fields = [b"" if isinstance(value, bytes) else 0 for value in empty]
    fields[place] = 1
    return int(layout.pack(*fields).index(1))


def test_layouts_are_the_kernel_headers(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "probe.c").write_text(HEADER_PROBE)
    subprocess.run([compiler, str(tmp_path / "probe.c"), "-o", str(tmp_path / "probe")], check=True)
    lines = subprocess.run([str(tmp_path / "probe")], check=True, capture_output=True, text=True).stdout.splitlines()
    theirs = {name: int(value) for name, value in (line.split() for line in lines)}
    ours = {name: getattr(v4l2, name) for name in theirs if name.isupper()} | {
        "sequence": marked(v4l2.BUFFER, 17),
        "offset": marked(v4l2.BUFFER, 19),
        "length": marked(v4l2.BUFFER, 20),
        "quantization": marked(v4l2.FORMAT, 11),
        "interval": marked(v4l2.STREAM_PARAMETERS, 3),
        "status": marked(v4l2.INPUT, 6),
        "changes": marked(v4l2.EVENT, 1),
    }
    assert ours == theirs


# luma

RAMP = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)


def packed(fourcc: str, stride: int) -> bytes:
    rows = []
    for row in RAMP:
        if fourcc in ("YUYV", "UYVY"):
            pixels = np.full((20, 2), 128, np.uint8)
            pixels[:, 0 if fourcc == "YUYV" else 1] = row
        elif fourcc in ("RGB3", "BGR3"):
            pixels = np.repeat(row[:, None], 3, axis=1)
        else:
            pixels = row[:, None]
        rows.append(pixels.tobytes().ljust(stride, b"\xee"))
    return b"".join(rows)


@pytest.mark.parametrize(("fourcc", "row_bytes"), [("GREY", 20), ("NV12", 20), ("YU12", 20), ("YUYV", 40), ("UYVY", 40), ("RGB3", 60), ("BGR3", 60)])
@pytest.mark.parametrize("padding", [0, 4, 60])
def test_every_format_gives_its_luma_whatever_the_stride(fourcc: str, row_bytes: int, padding: int) -> None:
    layout = PixelLayout(fourcc, 20, 12, row_bytes + padding, False)
    content = packed(fourcc, row_bytes + padding)
    assert np.array_equal(luma(memoryview(content), layout), RAMP)
    # a driver need not pad the last row
    assert np.array_equal(luma(content[: len(content) - padding], layout), RAMP)


def test_limited_range_is_spread() -> None:
    content = bytes([0, 16, 126, 235, 255])
    assert luma(content, PixelLayout("GREY", 5, 1, 5, True)).tolist() == [[0, 0, 128, 255, 255]]


@pytest.mark.parametrize(("fourcc", "padding"), [("GREY", 0), ("YUYV", 0), ("YUYV", 3), ("UYVY", 1)])
def test_every_grey_is_spread_as_the_standard_says(fourcc: str, padding: int) -> None:
    """More rows than are taken at once; (grey - 16) * 255 / 219, rounded and kept within 0 and 255."""
    greys, rows = np.tile(np.arange(256, dtype=np.uint8), (1100, 1)), np.full((1100, 512 + padding), 128, np.uint8)
    rows[:, (fourcc == "UYVY") : 512 : 2 if fourcc != "GREY" else 1][:, :256] = greys
    wanted = np.clip(np.rint((greys.astype(np.float64) - 16) * 255 / 219), 0, 255).astype(np.uint8)
    assert np.array_equal(luma(rows.tobytes(), PixelLayout(fourcc, 256, 1100, 512 + padding, limited=True)), wanted)


def test_luma_is_a_copy() -> None:
    content = bytearray(packed("GREY", 20))
    grey = luma(memoryview(content), PixelLayout("GREY", 20, 12, 20, False))
    content[:] = bytes(len(content))
    assert np.array_equal(grey, RAMP)


def without_huffman_tables(jpeg: bytes) -> bytes:
    """As many grabbers send it: no DHT segments."""
    place, kept = 2, [jpeg[:2]]
    while jpeg[place + 1] != 0xDA:
        size = 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if jpeg[place + 1] != 0xC4:
            kept.append(jpeg[place : place + size])
        place += size
    return b"".join([*kept, jpeg[place:]])


def jpeg_of(grey: Any) -> bytes:
    packed_file = io.BytesIO()
    Image.fromarray(grey).convert("RGB").save(packed_file, format="JPEG", quality=95)
    return packed_file.getvalue()


SMOOTH = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)


def test_jpeg_with_and_without_its_tables_and_cut_short() -> None:
    layout = PixelLayout("MJPG", 64, 48, 0, False)
    whole = jpeg_of(SMOOTH)
    for content in (whole, without_huffman_tables(whole)):
        assert np.abs(luma(content, layout).astype(int) - SMOOTH).max() <= 4
    with pytest.raises(BadPictureError):
        luma(whole[: len(whole) // 2], layout)
    with pytest.raises(BadPictureError, match="64x48"):
        luma(whole, PixelLayout("MJPG", 32, 48, 0, False))


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["GREY", "YUYV", "RGB3", "MJPG"]))
def test_any_bytes_become_a_picture_or_a_bad_one(content: bytes, fourcc: str) -> None:
    with contextlib.suppress(BadPictureError):
        assert luma(content, PixelLayout(fourcc, 8, 6, 30, False)).shape == (6, 8)


# V4L2: a scripted device


@dataclass
class Scripted:
    """A device whose turns are told: each turn a list of (sequence, age_ms, damaged), "changed", "gone" or "quiet"."""

    turns: list[Any]
    troubles: list[str] = field(default_factory=lambda: [""])
    layout: PixelLayout = field(default_factory=lambda: PixelLayout("GREY", 20, 12, 20, False))
    finished: list[tuple[int, int, bool | str]] = field(default_factory=list)
    out: int = 0
    closed: bool = False

    def wait(self, timeout_s: float) -> Ready:
        turn = self.turns.pop(0) if self.turns else "gone"
        match turn:
            case "changed":
                return Ready(False, True)
            case "gone":
                raise OSError(errno.ENODEV, "unplugged")
            case "quiet":
                time.sleep(timeout_s)
                return Ready(False, False)
        assert not isinstance(turn, str)
        self.finished = list(turn)
        return Ready(True, False)

    def take(self) -> Taken | None:
        if not self.finished:
            return None
        sequence, age_ms, damaged = self.finished.pop(0)
        self.out += 1
        content = memoryview(packed("GREY", 20)[: 30 if damaged == "short" else 240])
        at_ns = None if damaged == "no clock" else time.monotonic_ns() - age_ms * 1_000_000
        return Taken(self.out, sequence, at_ns, damaged is True, content)

    def give_back(self, taken: Taken) -> None:
        taken.content.release()
        self.out -= 1

    def trouble(self) -> str:
        return self.troubles.pop(0) if len(self.troubles) > 1 else self.troubles[0]

    def close(self) -> None:
        self.closed = True


def played(camera: Scripted) -> tuple[list[Frame | BadFrame], Counters, str]:
    counters, items, end = Counters(), [], "ended"
    try:
        for item in v4l2_source.frames(camera, counters):
            items.append(item)
    except OSError as error:
        end = errno.errorcode[error.errno or 0]
    assert camera.closed
    assert camera.out == 0, "a buffer was not given back"
    return items, counters, end


def test_newest_frame_wins_and_what_it_overtook_is_counted() -> None:
    camera = Scripted([[(0, 1, False)], [(1, 99, False), (2, 66, False), (3, 33, False), (4, 1, False)], [(9, 1, False)]])
    items, counters, end = played(camera)
    assert [type(item) for item in items] == [Frame] * 3
    assert all(time.monotonic_ns() - item.captured_ns < 2_000_000_000 for item in items)
    # skipped: finished but overtaken. lost: sequence numbers that never came (5 to 8)
    assert (counters.skipped, counters.lost_by_kernel, end) == (3, 4, "ENODEV")


def test_a_damaged_and_a_short_frame_are_said_and_the_next_is_whole() -> None:
    items, _, _ = played(Scripted([[(0, 1, True)], [(1, 1, "short")], [(2, 1, False)]]))
    assert [item.reason if isinstance(item, BadFrame) else None for item in items] == [Reason.BAD_FRAME, Reason.BAD_FRAME, None]


def test_no_signal_gives_no_picture_though_buffers_come_and_ends_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v4l2_source, "STATUS_PERIOD_S", 0.0)
    items, _, end = played(Scripted([[(n, 1, False)] for n in range(5)], ["", "no signal", "no signal", ""]))
    assert [getattr(item, "reason", None) for item in items] == [None, Reason.NO_SIGNAL, Reason.NO_SIGNAL]
    assert end == "ended"


def test_another_resolution_ends_the_clip() -> None:
    items, _, end = played(Scripted([[(0, 1, False)], "changed", [(1, 1, False)]]))
    assert (len(items), end) == (1, "ended")


def test_silence_is_said_and_then_the_device_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of its own: a busy machine had slept through all of the silence in one turn."""
    times_s = [100.0]
    clock = SimpleNamespace(monotonic=lambda: times_s[-1], monotonic_ns=lambda: round(times_s[-1] * 1e9))
    monkeypatch.setattr(v4l2_source, "time", clock)
    monkeypatch.setattr(time, "sleep", lambda wait_s: times_s.append(times_s[-1] + wait_s))
    items, _, end = played(Scripted(["quiet"] * 50))
    assert [getattr(item, "reason", None) for item in items] == [Reason.SOURCE_LOST] * int(v4l2_source.SILENT_MOST_S / v4l2_source.WAIT_S)
    assert end == "ETIMEDOUT"


def test_a_picture_whose_time_nobody_knows_is_no_new_one() -> None:
    """It had got the time at which it was read, age 0."""
    items, _, _ = played(Scripted([[(0, 1, "no clock")], [(1, 1, False)]]))
    assert [getattr(item, "reason", None) for item in items] == [Reason.TOO_OLD, None]


def test_a_time_from_the_future_is_now() -> None:
    items, _, _ = played(Scripted([[(0, -5000, False)]]))
    assert items[0].captured_ns <= time.monotonic_ns()


LAYOUTS = [
    (("YUYV", 0, 8), True),  # sRGB, default: limited
    (("YUYV", 1, 8), False),
    (("YUYV", 0, 7), False),  # JPEG's colours
    (("GREY", 0, 8), False),
    (("GREY", 2, 8), True),
]


@pytest.mark.parametrize(("given_format", "limited"), LAYOUTS)
def test_quantisation(given_format: tuple[str, int, int], limited: bool) -> None:
    fourcc, quantisation, colorspace = given_format
    fields = (1, 64, 48, int.from_bytes(fourcc.encode(), "little"), 1, 128, 6144, colorspace, 0, 0, 0, quantisation, 0)
    assert v4l2.layout_from(fields) == PixelLayout(fourcc, 64, 48, 128, limited)


BAD_SPECS = [
    "v4l2:/dev/none-there",
    "v4l2:/dev/null",
    "v4l2:/dev/x?size=12",
    "v4l2:/dev/x?size=axb",
    "v4l2:/dev/x?format=h264",
    "v4l2:/dev/x?colour=1",
]


@pytest.mark.parametrize("text", BAD_SPECS)
def test_a_source_that_cannot_be_is_refused_with_its_cure(text: str) -> None:
    with pytest.raises(SourceError, match=r":.*: |it can be|goes up to|no video"):
        open_clips(text)


PREFERRED = [(["YUYV", "MJPG"], "uvcvideo", "MJPG"), (["MJPG", "YUYV"], "unicam", "YUYV"), ([], "x", "")]


@pytest.mark.parametrize(("offered", "driver", "wanted"), PREFERRED)
def test_preferred_format(offered: list[str], driver: str, wanted: str) -> None:
    assert v4l2.preferred(offered, driver) == wanted


# picamera2: its names, behind the thin interface


class FakeRequest:
    def __init__(self, camera: FakePicamera2, metadata: dict[str, int]) -> None:
        self.camera, self.metadata = camera, metadata
        camera.out += 1

    def get_metadata(self) -> dict[str, int]:
        return self.metadata

    def release(self) -> None:
        self.camera.out -= 1


class FakePicamera2:
    """What of picamera2's class is used, and how it behaves: jobs that come late, stale requests, a stride wider than the picture."""

    script: ClassVar[list[Any]] = []
    last: ClassVar[FakePicamera2 | None] = None

    def __init__(self, number: int) -> None:
        if number > 0:
            raise IndexError("list index out of range")
        self.out, self.state, self.jobs = 0, "open", 0
        FakePicamera2.last = self

    def create_preview_configuration(self, **options: Any) -> dict[str, Any]:
        assert options["queue"] is False
        return options

    def configure(self, configuration: dict[str, Any]) -> None:
        width, height = configuration["lores"]["size"]
        self.streams = {"lores": {"size": (width, height), "stride": -(-width // 64) * 64, "format": "YUV420"}}

    def camera_configuration(self) -> dict[str, Any]:
        return self.streams

    def start(self) -> None:
        self.state = "started"

    def capture_request(self, wait: bool) -> SimpleNamespace:
        assert not wait
        self.jobs += 1
        return SimpleNamespace(number=self.jobs)

    def wait(self, job: SimpleNamespace, timeout: float) -> FakeRequest:
        assert timeout > 0
        assert job.number == self.jobs, "an older job was waited for"
        step = self.script.pop(0) if self.script else RuntimeError("camera gone")
        if isinstance(step, Exception):
            raise step
        return FakeRequest(self, {"SensorTimestamp": time.clock_gettime_ns(time.CLOCK_BOOTTIME) - step * 1_000_000})

    def stop(self) -> None:
        self.state = "stopped"

    def close(self) -> None:
        self.state = "closed"


class FakeMappedArray:
    def __init__(self, request: FakeRequest, stream: str, write: bool) -> None:
        assert (stream, write) == ("lores", False)
        width, height = request.camera.streams["lores"]["size"]
        stride = request.camera.streams["lores"]["stride"]
        self.array = np.full((height * 3 // 2, stride), 0xEE, np.uint8)
        self.array[:height, :width] = np.add.outer(np.arange(height), np.arange(width)) % 251

    def __enter__(self) -> FakeMappedArray:
        return self

    def __exit__(self, *_: object) -> None:
        self.array[:] = 0  # unmapped: whoever kept a view sees it


@pytest.fixture
def fake_picamera2(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("picamera2")
    module.Picamera2, module.MappedArray = FakePicamera2, FakeMappedArray  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)


def filmed(script: list[Any]) -> tuple[list[Any], Counters, str, FakePicamera2]:
    FakePicamera2.script = script
    (clip,) = open_clips("picamera2:0?size=100x60&rate=25")
    items, end = [], "ended"
    try:
        for item in clip.items:
            items.append(item)
    except OSError as error:
        end = str(error)
    assert clip.counters is not None
    assert FakePicamera2.last is not None
    assert (FakePicamera2.last.out, FakePicamera2.last.state) == (0, "closed"), "a request was kept, or the camera left open"
    return items, clip.counters, end, FakePicamera2.last


@pytest.mark.usefixtures("fake_picamera2")
def test_csi_frames_are_sliced_out_of_their_stride_and_timed_by_the_sensor() -> None:
    items, _, _, _ = filmed([40, 20])
    assert np.array_equal(items[0].pixels, np.add.outer(np.arange(60), np.arange(100)) % 251)
    age_ms = (time.monotonic_ns() - items[0].captured_ns) / 1e6
    assert 40 <= age_ms < 2000
    assert items[0].captured_ns < items[1].captured_ns


@pytest.mark.usefixtures("fake_picamera2")
def test_csi_late_and_stale_requests() -> None:
    items, counters, _, camera = filmed([20, TimeoutError(), TimeoutError(), 10, 5000, 1])
    assert [getattr(item, "reason", None) for item in items] == [None, Reason.SOURCE_LOST, Reason.SOURCE_LOST, None, None]
    # the request from 5 s ago is older than the one before it: skipped. A late job is waited for, not asked for again
    assert (counters.skipped, camera.jobs) == (1, 5)


@pytest.mark.usefixtures("fake_picamera2")
def test_csi_exception_in_the_middle_closes_the_camera() -> None:
    items, _, end, _ = filmed([20, RuntimeError("frontend timed out")])
    assert len(items) == 1
    assert "frontend timed out" in end


@pytest.mark.usefixtures("fake_picamera2")
def test_csi_closed_while_a_frame_is_out() -> None:
    FakePicamera2.script = [20, 10]
    (clip,) = open_clips("picamera2:0?size=100x60")
    next(iter(clip.items))
    clip.items.close()  # type: ignore[attr-defined]
    assert FakePicamera2.last is not None
    assert (FakePicamera2.last.out, FakePicamera2.last.state) == (0, "closed")


@pytest.mark.usefixtures("fake_picamera2")
def test_no_such_csi_camera() -> None:
    with pytest.raises(SourceError, match="ribbon cable"):
        open_clips("picamera2:1")


def test_without_picamera2_the_cure_is_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(SourceError, match="apt install python3-picamera2"):
        picamera2_source.open_picamera2(parse_spec("picamera2:0"))
