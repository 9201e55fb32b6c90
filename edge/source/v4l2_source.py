"""V4L2 capture devices as a source: USB grabbers, HDMI bridges, analogue frame grabbers.

Rule 1: the newest finished buffer is the frame; older ones are counted and given back unread. Rule 2: while the input says that nothing comes
in, no picture is delivered, whatever the driver fills buffers with. Rule 3: another resolution, or a signal that comes back, ends the clip:
the device is opened again and the path starts afresh.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edge.source.luma import BadPictureError, PixelLayout, luma
from edge.source.sources import Clip, Counters, SourceError, Spec
from edge.source.v4l2 import Camera, NoPictureError, Ready, Taken, UnusableError, Wanted
from edge.types import BadFrame, Frame, ScreenLeft
from firmware_bridge.wire import Reason

WAIT_S = 0.25  # without a frame for so long, the source says so; a scanner's video has at least 15 frames a second
SILENT_MOST_S = 2.0  # without a frame for so long, the device is opened again
STATUS_PERIOD_S = 0.25
DARK_PERIOD_S = 0.1
FORMATS = {"mjpeg": "MJPG", "yuyv422": "YUYV", "uyvy422": "UYVY", "gray": "GREY", "nv12": "NV12", "yuv420p": "YU12", "bgr24": "BGR3", "rgb24": "RGB3"}
OPTIONS = ("size", "rate", "format", "input")


class Capture(Protocol):
    """What v4l2.Camera is to this file, and a scripted device in tests."""

    layout: PixelLayout

    def wait(self, timeout_s: float) -> Ready: ...
    def take(self) -> Taken | None: ...
    def give_back(self, taken: Taken) -> None: ...
    def trouble(self) -> str: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class _Watch:
    """When the input was last asked, when a frame last came, and the last buffer's number."""

    asked_s: float = 0.0
    frame_s: float = 0.0
    trouble: str = ""
    sequence: int | None = None


def open_v4l2(spec: Spec) -> Iterator[Clip]:
    """A capture device as one endless clip; options: size=1280x720, rate=30, format=mjpeg|yuyv422|..., input=1. Raises SourceError."""
    wanted = wanted_from(spec)
    counters = Counters()
    try:
        items = frames(Camera.open(wanted), counters)
    except NoPictureError as error:
        items = _dark(wanted, str(error))
    except UnusableError as error:
        raise SourceError(str(error)) from error
    except OSError as error:
        raise SourceError(f"{spec.name}: {_why(error)}") from error
    return iter([Clip(spec.name, False, ScreenLeft.UNKNOWN, items, counters)])


def wanted_from(spec: Spec) -> Wanted:
    """The options of a v4l2: source. Raises SourceError."""
    unknown = sorted(set(spec.options) - set(OPTIONS))
    if unknown:
        raise SourceError(f"v4l2: unknown option {unknown[0]}: it can be {', '.join(OPTIONS)}")
    options = spec.options
    name = options.get("format", "")
    if name and name not in FORMATS:
        raise SourceError(f"v4l2: unknown format {name}: it can be {', '.join(FORMATS)}")
    try:
        width, height = (int(side) for side in options["size"].split("x")) if "size" in options else (0, 0)
        rate_hz = float(options.get("rate", 0))
        number = int(options["input"]) if "input" in options else None
    except ValueError as error:
        raise SourceError(f"v4l2: {error}: options are like size=1280x720&rate=30&input=0") from error
    if not (0 <= width <= 7680 and 0 <= height <= 4320 and 0 <= rate_hz <= 240):
        raise SourceError("v4l2: size goes up to 7680x4320, rate up to 240")
    return Wanted(spec.name, width, height, rate_hz, FORMATS.get(name, ""), number)


def frames(camera: Capture, counters: Counters) -> Iterator[Frame | BadFrame]:
    """The newest frame each time, until the picture's size changes or a lost signal is back. Raises OSError where the device goes."""
    watch = _Watch(frame_s=time.monotonic())
    frame_id = 0
    try:
        while True:
            ready = camera.wait(WAIT_S)
            if ready.changed:
                return
            taken = _newest(camera, counters, watch) if ready.frame else None
            signal_back = _ask(camera, watch)
            item = _item(camera, taken, watch, frame_id)
            if signal_back:
                return
            if item is not None:
                yield item
                frame_id += 1
    finally:
        camera.close()


def _newest(camera: Capture, counters: Counters, watch: _Watch) -> Taken | None:
    """The last finished buffer; the ones before it are given back."""
    newest: Taken | None = None
    while True:
        try:
            newer = camera.take()
        except BaseException:
            if newest is not None:
                camera.give_back(newest)
            raise
        if newer is None:
            return newest
        if newest is not None:
            camera.give_back(newest)
            counters.skipped += 1
        if watch.sequence is not None:
            counters.lost_by_kernel += max(0, newer.sequence - watch.sequence - 1)
        newest, watch.sequence = newer, newer.sequence


def _ask(camera: Capture, watch: _Watch) -> bool:
    """Asks the input now and then. True when a lost signal has come back."""
    now_s = time.monotonic()
    if now_s - watch.asked_s < STATUS_PERIOD_S:
        return False
    before, watch.trouble, watch.asked_s = watch.trouble, camera.trouble(), now_s
    return bool(before) and not watch.trouble


def _item(camera: Capture, taken: Taken | None, watch: _Watch, frame_id: int) -> Frame | BadFrame | None:
    """What a turn delivers. Raises OSError after SILENT_MOST_S without a frame."""
    now_s, now_ns = time.monotonic(), time.monotonic_ns()
    if taken is None:
        if watch.trouble:
            return BadFrame(frame_id, now_ns, watch.trouble, Reason.NO_SIGNAL)
        if now_s - watch.frame_s > SILENT_MOST_S:
            raise OSError(errno.ETIMEDOUT, f"no frame for {SILENT_MOST_S:.0f} s")
        return BadFrame(frame_id, now_ns, "no frame from the grabber", Reason.SOURCE_LOST) if now_s - watch.frame_s >= WAIT_S else None
    watch.frame_s = now_s
    try:
        # a time from the future would make an old frame young
        at_ns = now_ns if taken.captured_ns is None else min(taken.captured_ns, now_ns)
        if taken.captured_ns is None:
            return BadFrame(frame_id, now_ns, "the driver does not say when it took the picture: its age is not known", Reason.TOO_OLD)
        if watch.trouble:
            return BadFrame(frame_id, at_ns, watch.trouble, Reason.NO_SIGNAL)
        if taken.damaged:
            return BadFrame(frame_id, at_ns, "the driver marked the frame as damaged")
        return Frame(frame_id, at_ns, luma(taken.content, camera.layout))
    except BadPictureError as error:
        return BadFrame(frame_id, at_ns, str(error))
    finally:
        camera.give_back(taken)


def _dark(wanted: Wanted, why: str) -> Iterator[BadFrame]:
    """Says that there is no signal, until there is one. Raises OSError where the device goes."""
    frame_id = 0
    while True:
        yield BadFrame(frame_id, time.monotonic_ns(), why, Reason.NO_SIGNAL)
        frame_id += 1
        time.sleep(DARK_PERIOD_S)
        try:
            Camera.open(wanted).close()
        except NoPictureError as error:
            why = str(error)
            continue
        except UnusableError as error:
            raise OSError(errno.EINVAL, str(error)) from error
        return


def _why(error: OSError) -> str:
    cures = {
        errno.ENOENT: "not there: plug the grabber in; `v4l2-ctl --list-devices` lists what is there",
        errno.EACCES: "no permission: sudo usermod -aG video $USER, then log in again",
        errno.EPERM: "closed to this service: sudo systemctl restart tuffier",
        errno.EBUSY: "another program has it: end that one (`fuser -v` names it)",
        errno.ENOTTY: "no video device: name one, e.g. /dev/video0",
    }
    return cures.get(error.errno or 0, f"{error.strerror}: unplug it and plug it in again")
