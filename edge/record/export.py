"""From a recording to pictures with proposed labels, or to a video: the scan only.

Rule 1: what the model said is a proposal. It goes to proposed.jsonl, in truth.jsonl's form; it becomes truth when a person has corrected it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge.catalogue import NO_VIEW
from edge.model.decode import decode
from edge.model.manifest import Manifest
from edge.model.tensor import frame_px_from_grid
from edge.record import overlay, recording
from edge.record.files import filling, replacing
from edge.record.recording import Recorded, RecordingError
from edge.types import Frame, Placing, RawOutput, Scan

PROPOSED = "proposed.jsonl"
VIDEO_RATE_HZ = 30


class VideoWriter(Protocol):
    """edge.source.video_source.write_video: the one file that knows video files stands above this one."""

    def __call__(self, path: Path, pictures: Iterable[NDArray[np.uint8]], *, rate_hz: int) -> None: ...


def export_images(path: Path, folder: Path, manifest: Manifest) -> int:
    """Writes NNNNNN.png and proposed.jsonl, all or none; the number of pictures. Raises RecordingError, OSError (the folder is not empty)."""
    count = 0
    with filling(folder), (folder / PROPOSED).open("w", encoding="utf-8", newline="\n") as lines:
        for recorded, frame, scan in _pictures(path):
            name = f"{count:06d}.png"
            Image.fromarray(frame.pixels).save(folder / name)
            fields = ground_of(name, path.stem, frame, scan)
            seen = {} if recorded.raw is None else proposed(recorded.raw, recorded.placing, frame, scan, manifest)
            lines.write(json.dumps(fields | seen) + "\n")
            count += 1
    return count


def export_video(path: Path, out: Path, write_video: VideoWriter, *, with_answers: bool = False) -> int:
    """Writes the scan as an H.264 or MPEG-4 video at the recording's mean rate, whole or not at all; the number of frames. with_answers: in colour,
    with what was answered drawn on each picture. Raises RecordingError, OSError."""
    times = [frame.captured_ns for _, frame, _ in _pictures(path)]
    if not times:
        raise RecordingError(f"{path}: no picture in it: it was withheld throughout")
    span_ns = times[-1] - times[0]
    rate_hz = round((len(times) - 1) * 1e9 / span_ns) if span_ns > 0 else VIDEO_RATE_HZ
    shown = (picture for _, picture in overlay.pictures(path)) if with_answers else (frame.pixels for _, frame, _ in _pictures(path))
    with replacing(out) as part:
        try:
            write_video(part, shown, rate_hz=max(1, rate_hz))
        except RecordingError as error:
            raise RecordingError(str(error).replace(str(part), str(out))) from error
    return len(times)


def _pictures(path: Path) -> Iterator[tuple[Recorded, Frame, Scan]]:
    for recorded in recording.read(path):
        if recorded.frame is not None and isinstance(recorded.scan, Scan):
            yield recorded, recorded.frame, recorded.scan


def ground_of(name: str, clip: str, frame: Frame, scan: Scan | None) -> dict[str, Any]:
    """One line in truth.jsonl's form, in the picture's own pixels (the crop's corner is its origin), without a word on what it shows. scan: None
    where nothing is known of it."""
    left, top = frame.offset_px
    fields: dict[str, Any] = {
        "frame": name,
        "clip": clip,
        "captured_ns": frame.captured_ns,
        "subject": "",
        "view": NO_VIEW,
        "procedure": None,
        "side": None,
        "screen_left": "unknown",
        "mm_per_px": None,
        "origin_px": None,
        "geometry": None,
        "landmarks": {},
        "target": None,
    }
    if scan is None:
        return fields
    return fields | {
        "screen_left": scan.orientation.value,
        "mm_per_px": [scan.mm_per_px_x, scan.mm_per_px_y],
        "origin_px": [scan.origin_px[0] - left, scan.origin_px[1] - top],
        "geometry": {name: getattr(scan.geometry, name) for name in ("kind", "face_radius_mm", "face_half_width_mm")},
    }


def proposed(raw: RawOutput, placing: Placing, frame: Frame, scan: Scan, manifest: Manifest) -> dict[str, Any]:
    """What the model said of a picture: its view and landmarks, in the picture's own pixels."""
    left, top = frame.offset_px
    seen = decode(raw, frame_px_from_grid(scan, manifest.grid_of(placing), mirrored=placing.mirrored), manifest)
    places = {name: [[round(point.x_px - left, 2), round(point.y_px - top, 2)] for point in points] for name, points in seen.points.items()}
    return {"view": seen.view, "landmarks": places, "view_confidence": round(seen.view_confidence, 3)}
