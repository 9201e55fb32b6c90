"""`tuffier record`: a source and its answers to an MCAP file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from edge.board.storage import refuse_recording_over
from edge.commands.options import add_command, configured, course_of, fail, files_read, model_of, path_options, readable, stated_of
from edge.record.recording import RecordingError
from edge.source.sources import SourceError


def add(commands: Any) -> None:
    example = "tuffier record phantom:facet?seed=7 --out clip.mcap"
    record = add_command(commands, "record", _record, "a source and its answers to an MCAP file", example)
    record.add_argument("source")
    record.add_argument("--out", type=Path, required=True, help="a new file")
    record.add_argument("--jpeg-quality", type=int, default=90)
    path_options(record)


def _record(options: argparse.Namespace) -> int:
    from edge.board.run import session_record
    from edge.judge.replay import replay
    from edge.record.recording import Recorded, Recorder
    from edge.source.sources import open_clips
    from edge.types import Frame

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
    try:
        with recorder:
            try:
                for number, clip in enumerate(readable(clips, options.source)):
                    for item, said in replay(iter([clip]), course, model.invoke, stated):
                        frame = item.frame if isinstance(item, Recorded) else item
                        kept = frame if isinstance(frame, Frame) else None
                        recorder.write(kept, said, course.session, clip=f"{number} {clip.name}", still=clip.still)
            except KeyboardInterrupt:
                print("interrupted: the recording is closed", file=sys.stderr)
    except (SourceError, RecordingError) as error:
        print(f"tuffier record: {error}, and {recorder.frames} are recorded", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"tuffier record: {options.out}: {error.strerror}: {recorder.frames} frames are recorded and can be read", file=sys.stderr)
        return 1
    print(f"{recorder.frames} frames, {options.out.stat().st_size / 1e6:.2f} MB in {options.out}")
    return 0
