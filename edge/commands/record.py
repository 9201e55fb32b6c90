"""`tuffier record`: a source and its answers to an MCAP file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.board.storage import refuse_recording_over
from edge.options import add_command, configured, course_of, fail, files_read, model_of, path_options, readable, stated_of
from edge.record.recording import RecordingError
from edge.source.sources import Clip, SourceError

if TYPE_CHECKING:
    from edge.model.runner import Model
    from edge.pipeline import Course
    from edge.record.recording import Recorder
    from edge.step import Stated


def add(commands: Any) -> None:
    example = "tuffier record clip.mp4 --out clip.mcap"
    record = add_command(commands, "record", _record, "a source and its answers to an MCAP file", example)
    record.add_argument("source")
    record.add_argument("--out", type=Path, required=True, help="a new file")
    record.add_argument("--jpeg-quality", type=int, default=90)
    path_options(record)


def _record(options: argparse.Namespace) -> int:
    from edge.board.run import session_record
    from edge.record.recording import Recorder
    from edge.source.sources import open_clips

    config = configured(options)
    if options.out.is_dir():
        fail(f"{options.out}: is a folder: name a file in it")
    refuse_recording_over(options.out, files_read(config))
    model = model_of(config)
    course, stated = course_of(config, model), stated_of(options, config)
    clips = open_clips(options.source)
    if not 1 <= options.jpeg_quality <= 100:
        fail(f"--jpeg-quality {options.jpeg_quality}: it must lie from 1 to 100")
    try:
        recorder = Recorder(options.out, session_record(config, course, model), jpeg_quality=options.jpeg_quality)
    except OSError as error:
        print(f"tuffier record: {options.out}: {error.strerror}: nothing is recorded", file=sys.stderr)
        return 1
    return _recorded(recorder, lambda: _fill(recorder, readable(clips, options.source), course, model, stated), options.out)


def _recorded(recorder: Recorder, fill: Callable[[], None], out: Path) -> int:
    """Fills and closes a recording; the exit status, with what became of it said."""
    try:
        with recorder:
            try:
                fill()
            except KeyboardInterrupt:
                print("interrupted: the recording is closed", file=sys.stderr)
    except (SourceError, RecordingError) as error:
        print(f"tuffier record: {error}, and {recorder.frames} are recorded", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"tuffier record: {out}: {error.strerror}: {recorder.frames} frames are recorded and can be read", file=sys.stderr)
        return 1
    print(f"{recorder.frames} frames, {out.stat().st_size / 1e6:.2f} MB in {out}")
    return 0


def _fill(recorder: Recorder, clips: Iterator[Clip], course: Course, model: Model, stated: Stated) -> None:
    from edge.judge.replay import replay
    from edge.record.recording import Recorded
    from edge.types import Frame

    for number, clip in enumerate(clips):
        for item, said in replay(iter([clip]), course, model.invoke, stated):
            frame = item.frame if isinstance(item, Recorded) else item
            kept = frame if isinstance(frame, Frame) else None
            recorder.write(kept, said, course.session, clip=f"{number} {clip.name}", still=clip.still)
