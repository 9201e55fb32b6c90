"""A grabber of YUYV without hardware: buffers of the kernel's size, filled from a file at 30 frames a second, behind the real source and main job.

    python -m tests.bench.grabber FRAMES.yuyv 1920x1080 run --source v4l2:/dev/video0 ...

Buffers are mapped and shared, as a driver's are, and count as this process's memory. Frames are read into them one by one: the file itself does not.
"""

from __future__ import annotations

import mmap
import os
import sys
import time
from pathlib import Path

import numpy as np

from edge import cli
from edge.source import v4l2_source
from edge.source.luma import PixelLayout
from edge.source.v4l2 import BUFFERS, Ready, Taken, Wanted
from edge.types import GrayImage

PERIOD_NS = 33_000_000
GREY = 128  # of both colours: none


def as_yuyv(picture: GrayImage) -> bytes:
    """The picture as a grabber sends it, in the range 16 to 235."""
    packed = np.full((*picture.shape, 2), GREY, np.uint8)
    packed[:, :, 0] = 16 + picture.astype(np.uint16) * 219 // 255
    return packed.tobytes()


class Grabber:
    """What v4l2.Camera is to the source. A frame that nobody takes in time is overwritten by the next one."""

    def __init__(self, frames: Path, width_px: int, height_px: int) -> None:
        self.layout = PixelLayout("YUYV", width_px, height_px, 2 * width_px, limited=True)
        self._bytes = 2 * width_px * height_px
        self._file = os.open(frames, os.O_RDONLY)
        self._count = os.fstat(self._file).st_size // self._bytes
        self._buffers = [mmap.mmap(-1, self._bytes) for _ in range(BUFFERS)]
        self._begun_ns = time.monotonic_ns()
        self._sequence = -1

    def wait(self, timeout_s: float) -> Ready:
        due_ns = self._begun_ns + (self._sequence + 1) * PERIOD_NS
        time.sleep(max(0.0, min(timeout_s, (due_ns - time.monotonic_ns()) / 1e9)))
        return Ready(time.monotonic_ns() >= due_ns, False)

    def take(self) -> Taken | None:
        newest = (time.monotonic_ns() - self._begun_ns) // PERIOD_NS
        if newest <= self._sequence:
            return None
        self._sequence, index = newest, newest % BUFFERS
        os.preadv(self._file, [self._buffers[index]], newest % self._count * self._bytes)
        return Taken(index, newest, self._begun_ns + newest * PERIOD_NS, False, memoryview(self._buffers[index]))

    def give_back(self, taken: Taken) -> None:
        taken.content.release()

    def trouble(self) -> str:
        return ""

    def close(self) -> None:
        for buffer in self._buffers:
            buffer.close()
        os.close(self._file)


def main() -> int:
    frames, size, *words = sys.argv[1:]
    width_px, height_px = (int(side) for side in size.split("x"))

    class Camera:
        @classmethod
        def open(cls, _wanted: Wanted) -> Grabber:
            return Grabber(Path(frames), width_px, height_px)

    v4l2_source.Camera = Camera  # type: ignore[assignment, misc]
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
