"""`tuffier export`: a recording to pictures with proposed labels, to DICOM, or to a video."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from edge import extras
from edge.board.storage import refuse_loss
from edge.model import runner
from edge.options import add_command, fail
from edge.record.recording import cut_short, refuse_other_model


def add(commands: Any) -> None:
    example = "tuffier export clip.mcap --images folder"
    export = add_command(commands, "export", _export, "a recording to pictures with proposed labels, to DICOM, or to a video", example)
    export.add_argument("recording", type=Path)
    export.add_argument("--images", type=Path, metavar="FOLDER", help="PNGs and proposed.jsonl: what the model said, for a person to correct")
    export.add_argument("--dicom", type=Path, metavar="FOLDER", help="ultrasound multi-frame files, a file for each stretch of an unchanged scan")
    export.add_argument("--video", type=Path, metavar="FILE")
    export.add_argument("--overlay", type=Path, metavar="FILE", help="a video in colour, with what was answered drawn on each picture")
    export.add_argument("--model", type=Path, help="the model that made the recording; default the bundled one")


def _export(options: argparse.Namespace) -> int:
    if all(each is None for each in (options.images, options.video, options.overlay, options.dicom)):
        fail(f"nothing to write: say what, for example `{shlex.join(['tuffier', 'export', str(options.recording), '--images', 'pictures'])}`")
    for out in filter(None, (options.video, options.overlay)):
        refuse_loss(out, {"the recording": [options.recording], "the model": [options.model or runner.BUNDLED]})
    try:
        _write(options)
    except OSError as error:
        to = ", ".join(str(each) for each in (options.images, options.dicom, options.video, options.overlay) if each is not None)
        fail(f"{error.filename or to}: {error.strerror or str(error).strip().splitlines()[-1]}")
    except ImportError as error:
        extra = "dicom" if error.name == "pydicom" else "video"
        fail(f"this needs {error.name}: {extras.cure(extra)}")
    cut = cut_short(options.recording)
    if cut:
        print(f"tuffier export: {cut}, and are exported", file=sys.stderr)
    return 1 if cut else 0


def _write(options: argparse.Namespace) -> None:
    """Writes what was asked for, each with a line that says so."""
    from edge.record.export import export_images, export_video

    if options.images is not None:
        model = runner.load(options.model or runner.BUNDLED)
        refuse_other_model(options.recording, model.manifest.sha256)
        print(f"{export_images(options.recording, options.images, model.manifest)} pictures in {options.images}")
    if options.dicom is not None:
        from edge.record.dicom_export import export_dicom

        print(f"{export_dicom(options.recording, options.dicom)} DICOM files in {options.dicom}")
    for out, with_answers in ((options.video, False), (options.overlay, True)):
        if out is not None:
            from edge.source.video_source import write_video

            print(f"{export_video(options.recording, out, write_video, with_answers=with_answers)} frames in {out}")
