"""A stand-in for the picamera2 package: pictures from a file, and faults as another process tells them.

TUFFIER_FAKE_CAMERA_HZ is the rate, 30 without it.
TUFFIER_FAKE_CAMERA names a folder: frames.npy (n, height, width) and state, one of live, unplugged, no_signal, frozen, resolution.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

PERIOD_S = 1 / float(os.environ.get("TUFFIER_FAKE_CAMERA_HZ", "30"))
FOLDER = Path(os.environ["TUFFIER_FAKE_CAMERA"])
FRAMES = np.load(FOLDER / "frames.npy", mmap_mode="r")
STRIDE_OF = 64


class Picamera2:
    """One camera at a time, as the package allows."""

    opened = 0

    def __init__(self, number: int) -> None:
        if state() == "unplugged":
            raise IndexError("list index out of range")
        if Picamera2.opened:
            raise RuntimeError("Camera __init__ sequence did not complete: device or resource busy")
        Picamera2.opened += 1
        self.number = number
        self.shown = 0
        self.closed = False
        self.due_s = time.monotonic()

    def create_preview_configuration(self, **options: Any) -> dict[str, Any]:
        return options

    def configure(self, _configuration: dict[str, Any]) -> None:
        self.step = 2 if state() == "resolution" else 1
        _, height, width = FRAMES[:, :: self.step, :: self.step].shape
        self.stream = {"size": (width, height), "stride": -(-width // STRIDE_OF) * STRIDE_OF, "format": "YUV420"}

    def camera_configuration(self) -> dict[str, Any]:
        return {"lores": self.stream}

    def start(self) -> None:
        self.due_s = time.monotonic()

    def capture_request(self, wait: bool) -> SimpleNamespace:
        assert not wait
        return SimpleNamespace()

    def wait(self, _job: SimpleNamespace, timeout: float) -> Request:
        self.due_s = max(self.due_s + PERIOD_S, time.monotonic() - PERIOD_S)
        pause_s = self.due_s - time.monotonic()
        if pause_s > timeout:
            time.sleep(timeout)
            raise TimeoutError
        time.sleep(max(0.0, pause_s))
        now = state()
        if now == "unplugged" or (now == "resolution") != (self.step == 2):
            raise RuntimeError("Camera frontend has timed out!")
        if now != "frozen":
            self.shown += 1
        return Request(self, dark=now == "no_signal")

    def stop(self) -> None:
        pass

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            Picamera2.opened -= 1


class Request:
    """One finished frame, exposed just now."""

    def __init__(self, camera: Picamera2, *, dark: bool) -> None:
        self.camera, self.dark = camera, dark
        self.at_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": self.at_ns}

    def release(self) -> None:
        self.camera = None  # type: ignore[assignment]


class MappedArray:
    """The picture with the camera's stride, chroma below it."""

    def __init__(self, request: Request, stream: str, write: bool) -> None:
        assert (stream, write) == ("lores", False)
        camera = request.camera
        width, height = camera.stream["size"]
        self.array = np.full((height * 3 // 2, camera.stream["stride"]), 0x80, np.uint8)
        self.array[:height, :width] = 0 if request.dark else FRAMES[camera.shown % len(FRAMES), :: camera.step, :: camera.step]

    def __enter__(self) -> MappedArray:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def state() -> str:
    """What the test wants now."""
    return (FOLDER / "state").read_text().strip()
