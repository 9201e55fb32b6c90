"""CSI cameras through picamera2: the only file that imports it. It comes from apt only (python3-picamera2), never from pip.

Rule 1: a request is released whatever happens to its picture, or the camera runs out of buffers. Rule 2: only the camera's own time stamp counts;
a frame that was handed out before is skipped. Not tried on hardware so far: systemd/BRINGUP.md says what to check.
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.source.luma import BadPictureError, PixelLayout, luma
from edge.source.sources import Clip, Counters, SourceError, Spec
from edge.types import BadFrame, Frame, ScreenLeft
from firmware_bridge.wire import Reason

WAIT_S = 0.25
SILENT_MOST_S = 2.0
DEFAULT_SIZE = (1280, 720)
DEFAULT_RATE_HZ = 30.0
BUFFERS = 4
OPTIONS = ("size", "rate")


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """One finished request. sensor_ns: start of the exposure on CLOCK_BOOTTIME; content: rows of luma, then chroma, with the camera's stride."""

    sensor_ns: int | None
    content: NDArray[np.uint8]


class CsiCamera(Protocol):
    """The thin interface: picamera2 behind it on a board, a fake in tests."""

    layout: PixelLayout

    def exposed(self, timeout_s: float) -> contextlib.AbstractContextManager[Exposed | None]:
        """The next finished request, released on leaving; None when none came in time. Raises OSError."""
        ...

    def close(self) -> None: ...


class Picamera:
    """CsiCamera on a board: the low-resolution YUV420 stream, newest request only."""

    def __init__(self, number: int, size: tuple[int, int], rate_hz: float) -> None:
        from picamera2 import MappedArray, Picamera2

        self._mapped = MappedArray
        self._camera: Any = Picamera2(number)
        self._job: Any = None
        try:
            # a preview's colours are full-range (sYCC), a video's are not; queue=False keeps no finished frame for later
            configuration = self._camera.create_preview_configuration(
                main={"size": size}, lores={"size": size, "format": "YUV420"}, buffer_count=BUFFERS, queue=False, controls={"FrameRate": rate_hz}
            )
            self._camera.configure(configuration)
            stream = self._camera.camera_configuration()["lores"]
            width, height = stream["size"]
            self.layout = PixelLayout("YU12", width, height, stream["stride"], False)
            self._camera.start()
        except BaseException:
            self._camera.close()
            raise

    @contextlib.contextmanager
    def exposed(self, timeout_s: float) -> Iterator[Exposed | None]:
        try:
            # one job at a time: a late one is waited for again
            self._job = self._job or self._camera.capture_request(wait=False)
            request = self._camera.wait(self._job, timeout=timeout_s)
        except TimeoutError:
            yield None
            return
        except RuntimeError as error:
            self._job = None
            raise OSError(errno.EIO, f"the camera failed: {error}") from error
        self._job = None
        try:
            with self._mapped(request, "lores", write=False) as mapped:
                yield Exposed(request.get_metadata().get("SensorTimestamp"), mapped.array)
        finally:
            request.release()

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._camera.stop()
        with contextlib.suppress(RuntimeError):
            self._camera.close()


def open_picamera2(spec: Spec) -> Iterator[Clip]:
    """A CSI camera as one endless clip: picamera2:0?size=1280x720&rate=30. Raises SourceError; ImportError without the package."""
    number, size, rate_hz = _asked(spec)
    try:
        camera = Picamera(number, size, rate_hz)
    except ImportError as error:
        raise SourceError(
            f"picamera2: {error}: sudo apt install python3-picamera2, and an environment that sees it (systemd/install.sh --camera makes one)"
        ) from error
    except IndexError as error:
        raise SourceError(f"picamera2:{number}: no such camera: check the ribbon cable; `rpicam-hello --list-cameras` lists what is there") from error
    except (RuntimeError, ValueError) as error:
        raise SourceError(f"picamera2:{number}: {error}: is another program using it?") from error
    counters = Counters()
    return iter([Clip(f"picamera2:{number}", False, ScreenLeft.UNKNOWN, frames(camera, counters), counters)])


def frames(camera: CsiCamera, counters: Counters) -> Iterator[Frame | BadFrame]:
    """Each new frame once. Raises OSError where the camera fails or stays silent."""
    frame_id, last_ns, frame_s = 0, 0, time.monotonic()
    try:
        while True:
            with camera.exposed(WAIT_S) as exposed:
                now_ns = time.monotonic_ns()
                if exposed is None:
                    if time.monotonic() - frame_s > SILENT_MOST_S:
                        raise OSError(errno.ETIMEDOUT, f"no frame from the camera for {SILENT_MOST_S:.0f} s")
                    item: Frame | BadFrame = BadFrame(frame_id, now_ns, "no frame from the camera", Reason.SOURCE_LOST)
                else:
                    frame_s = time.monotonic()
                    at_ns = now_ns if exposed.sensor_ns is None else min(monotonic_ns(exposed.sensor_ns), now_ns)
                    if at_ns <= last_ns:
                        counters.skipped += 1
                        continue
                    last_ns = at_ns
                    item = _pictured(frame_id, at_ns, exposed, camera.layout)
            yield item
            frame_id += 1
    finally:
        camera.close()


def _pictured(frame_id: int, at_ns: int, exposed: Exposed, layout: PixelLayout) -> Frame | BadFrame:
    try:
        return Frame(frame_id, at_ns, luma(exposed.content.reshape(-1), layout))
    except BadPictureError as error:
        return BadFrame(frame_id, at_ns, str(error))


def monotonic_ns(boottime_ns: int) -> int:
    """A time on CLOCK_BOOTTIME (libcamera's SensorTimestamp) on CLOCK_MONOTONIC, which lacks the time asleep."""
    return boottime_ns - (time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC))


def _asked(spec: Spec) -> tuple[int, tuple[int, int], float]:
    unknown = sorted(set(spec.options) - set(OPTIONS))
    if unknown:
        raise SourceError(f"picamera2: unknown option {unknown[0]}: it can be {', '.join(OPTIONS)}")
    try:
        width, height = (int(side) for side in spec.options["size"].split("x")) if "size" in spec.options else DEFAULT_SIZE
        return int(spec.name or 0), (width, height), float(spec.options.get("rate", DEFAULT_RATE_HZ))
    except ValueError as error:
        raise SourceError(f"picamera2: {error}: it is like picamera2:0?size=1280x720&rate=30") from error
