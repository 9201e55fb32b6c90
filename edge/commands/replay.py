"""`tuffier replay`: the same path without clock or device, one JSON line a frame."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from edge.board.storage import refuse_loss
from edge.options import add_command, configured, course_of, fail, files_read, model_of, path_options, readable, stated_of
from edge.record.recording import CutShortError, RecordingError, alone, session_fields
from edge.source.sources import SourceError, parse_spec, recording_path


def add(commands: Any) -> None:
    example = "tuffier replay clip.mp4 --procedure facet --side left"
    replay = add_command(commands, "replay", _replay, "the same path, every frame, deterministic", example)
    replay.add_argument("source")
    replay.add_argument("--json", default="-", metavar="OUT", help="where to, a line a frame; default: standard output")
    path_options(replay)


def _replay(options: argparse.Namespace) -> int:
    from edge.judge.replay import replay
    from edge.record.answer_line import answer_line
    from edge.source.sources import open_clips

    _as_recorded(options)
    config = configured(options)
    model = model_of(config)
    course, stated = course_of(config, model), stated_of(options, config)
    if options.json == "-" and sys.stdout is None:
        fail("--json -: standard output is closed: name a file")
    clips = open_clips(options.source)
    if options.json != "-":
        refuse_loss(Path(options.json), files_read(config))
    answers = replay(readable(clips, options.source), course, model.invoke, stated)
    lines = (answer_line(said, course.session) for _, said in answers)
    return _written(lines, sys.stdout, "") if options.json == "-" else _into_file(lines, options.json)


def _into_file(lines: Iterator[str], name: str) -> int:
    out = _opened(Path(name))
    try:
        return _written(lines, out, name)
    finally:
        # what the disk did not take is tried again here, and has been told
        with contextlib.suppress(OSError):
            out.close()


def _written(lines: Iterator[str], out: TextIO, name: str) -> int:
    """Writes the answers; the exit status. name: of the file, empty for standard output, whose trouble the command's end tells."""
    count = 0
    try:
        for line in lines:
            out.write(line + "\n")
            count += 1
        out.flush()
    except (SourceError, RecordingError) as error:
        if count == 0 and not isinstance(error, CutShortError):
            raise
        print(f"tuffier replay: {error}, and {count} are answered", file=sys.stderr)
        return 1
    except OSError as error:
        if not name:
            raise
        print(f"tuffier replay: {name}: {error.strerror} after {count} frames: free some space, or name another file", file=sys.stderr)
        return 1
    return 0


def _as_recorded(options: argparse.Namespace) -> None:
    """A recording is replayed for the procedure and side it was made with, unless others are stated."""
    spec = parse_spec(options.source)
    if spec.kind != "recording" or options.procedure is not None:
        return
    fields = session_fields(recording_path(spec))
    options.procedure = fields.get("procedure")
    if options.side is None and fields.get("side") in ("left", "right"):
        options.side = fields["side"]


def _opened(path: Path) -> TextIO:
    try:
        # a pipe is opened for writing alone: it waits for its reader
        return io.TextIOWrapper(io.BufferedWriter(alone(path, access=os.O_WRONLY)), encoding="utf-8", newline="\n")
    except OSError as error:
        fail(f"{path}: {error.strerror}" + ("" if error.errno == errno.EBUSY else ": name a file that can be written"))
