"""Runs inside the emulated machine: every stage of the path between two marks. A mark is a call of getppid, at which the emulator's plugin writes
down how many instructions it has run. Writes the marks' labels, one a line.

    python counted.py PICTURES.npz LABELS.txt FRAMES
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from edge.board.port import wire_guidance
from edge.guidance.session import Session
from edge.judge.screens import PROFILE
from edge.model.decode import decode
from edge.model.runner import Model, load
from edge.model.tensor import brightness, contrast_at, laid
from edge.pipeline import Answer, Course, PathState, answer, conclude, next_placing
from edge.record.recording import Recorder
from edge.screen import watch
from edge.source.luma import PixelLayout, luma
from edge.types import Frame, GrayImage, Pointing, Scan
from firmware_bridge import framing
from firmware_bridge.wire import Procedure, Side

T = TypeVar("T")
FRAME_NS = 33_000_000
JPEG_QUALITY = 85
WARM_FRAMES = 12
labels: list[str] = []


def counted(label: str, call: Callable[[], T]) -> T:
    """What the call gives, between two marks."""
    os.getppid()
    made = call()
    os.getppid()
    labels.append(label)
    return made


def buffers(picture: GrayImage) -> dict[str, tuple[bytes, PixelLayout]]:
    """The picture as a grabber delivers it, by format."""
    rows, columns = picture.shape
    jpeg, yuyv = io.BytesIO(), np.full((rows, columns, 2), 128, np.uint8)
    yuyv[:, :, 0] = picture
    Image.fromarray(picture).convert("RGB").save(jpeg, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:2")
    return {
        "grey": (picture.tobytes(), PixelLayout("GREY", columns, rows, columns, limited=False)),
        "YUYV": (yuyv.tobytes(), PixelLayout("YUYV", columns, rows, 2 * columns, limited=True)),
        "MJPEG": (jpeg.getvalue(), PixelLayout("MJPG", columns, rows, columns, limited=False)),
    }


def one_size(size: str, pictures: list[GrayImage], model: Model, frames: int) -> None:
    """All stages for one size of picture, so many frames each."""
    course = Course(Session(Procedure.FACET, Side.RIGHT), model.manifest)
    path = PathState(watch.fresh(PROFILE, stated_mm_per_px=None, stated_screen_left=None))
    counted(f"{size} first fit", lambda: watch.watch(path.screen, Frame(0, 0, pictures[0])))
    for index in range(WARM_FRAMES):
        path, said = answer(path, frame_of(pictures, index), course, model.invoke, now_ns=index * FRAME_NS)
    for index in range(WARM_FRAMES, WARM_FRAMES + frames):
        path, said = one_frame(size, path, frame_of(pictures, index), course, model)
        assert isinstance(said.guidance, Pointing), said.guidance
    with tempfile.TemporaryDirectory() as folder, Recorder(Path(folder) / "counted.mcap", {}) as recorder:
        for index in range(frames):
            counted(f"{size} record", lambda: recorder.write(frame_of(pictures, index), said, course.session))  # noqa: B023
    for index in range(frames):
        for name, (content, layout) in buffers(pictures[index % len(pictures)]).items():
            counted(f"{size} read {name}", lambda: luma(content, layout))  # noqa: B023 - called at once


def frame_of(pictures: list[GrayImage], index: int) -> Frame:
    return Frame(index, index * FRAME_NS, pictures[index % len(pictures)])


def one_frame(size: str, path: PathState, frame: Frame, course: Course, model: Model) -> tuple[PathState, Answer]:
    """Each stage by itself, then the whole path on the same frame."""
    _, scan = counted(f"{size} watch", lambda: watch.watch(path.screen, frame))
    assert isinstance(scan, Scan)
    placing = next_placing(path, scan, course)
    model_input = counted(f"{size} resample", lambda: laid(frame.pixels, scan, course.manifest, placing))
    counted(f"{size} model", lambda: model.bare(model_input))
    raw = counted(f"{size} runner", lambda: model.invoke(model_input))
    counted(f"{size} brightness", lambda: brightness(model_input.tensor, model.manifest.heatmap))
    counted(f"{size} contrast", lambda: contrast_at(model_input.tensor, model.manifest.heatmap, 20, 20))
    counted(f"{size} decode", lambda: decode(raw, model_input.frame_px_from_grid, model.manifest))
    counted(f"{size} behind", lambda: conclude(path, scan, raw, placing, course, now_ns=frame.captured_ns))
    path, said = counted(f"{size} whole", lambda: answer(path, frame, course, model.invoke, now_ns=frame.captured_ns))
    counted(f"{size} link", lambda: framing.frame(wire_guidance(said.guidance, course.session, live=True)))
    return path, said


def main() -> None:
    pictures, out, frames = np.load(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    model = counted("start model", load)
    for _ in range(frames):
        counted("mark", lambda: None)
    for size in pictures.files:
        one_size(size, list(pictures[size]), model, frames)
    out.write_text("\n".join(labels))


if __name__ == "__main__":
    main()
