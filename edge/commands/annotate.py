"""`tuffier annotate`: a page on which a person sets views and landmarks on frames; what it keeps is truth."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.options import add_command, configured, fail, model_of, stated_of
from edge.record.export import PROPOSED
from edge.source import truth
from edge.source.sources import LIVE_KINDS, parse_spec
from edge.types import ScreenLeft

if TYPE_CHECKING:
    from edge.annotate.desk import Desk

PORT = 8643
READER = re.compile(r"[A-Za-z0-9_-]{1,40}")


def add(commands: Any) -> None:
    example = "tuffier annotate clip.mp4 --out frames"
    text = "a page to set views and landmarks on frames by hand: writes truth.jsonl, which score and training take"
    annotate = add_command(commands, "annotate", _annotate, text, example)
    annotate.add_argument("source", nargs="?", help="frames to take; left out, the work in FOLDER goes on.")
    annotate.add_argument("--out", type=Path, metavar="FOLDER", help="pictures, proposed.jsonl, and what was done: truth.jsonl, draft.jsonl")
    annotate.add_argument("--reader", default="", metavar="NAME", help="one of several readers: the files are kept in FOLDER/NAME")
    annotate.add_argument("--blind", action="store_true", help="show no proposals of the model")
    annotate.add_argument("--port", type=int, default=PORT, help="of the page, on this machine alone; 0 for any")
    _taking(annotate)
    annotate.add_argument("--agree", type=Path, nargs=2, metavar=("FOLDER", "FOLDER"), help="how far two readers agree, and no page")
    annotate.add_argument("--json", action="store_true", help="with --agree: as JSON")
    annotate.add_argument("--coco-out", type=Path, metavar="FILE", help="write what is done as COCO keypoints, and no page")
    annotate.add_argument("--coco-in", type=Path, metavar="FILE", help="take labels from COCO keypoints over those that are there, and no page")


def _taking(annotate: argparse.ArgumentParser) -> None:
    """How frames are taken from a source."""
    taking = annotate.add_argument_group("taking frames")
    taking.add_argument("--every-s", type=float, default=1.0, metavar="S", help="a frame every so often (default 1); 0 for all. Of a folder: all")
    taking.add_argument("--whole", action="store_true", help="keep whole screens, not the scan alone: with all that is written on them")
    taking.add_argument("--subject", default="", help="who it is; default the source's name. Frames of one person share it")
    taking.add_argument("--profile", help="a scanner profile: a shipped name or a path")
    taking.add_argument("--mm-per-px", type=float, metavar="V", help="state the scale, where the screen has no ruler")
    lefts = [left.value for left in ScreenLeft if left is not ScreenLeft.UNKNOWN]
    taking.add_argument("--screen-left", choices=lefts, help="state what is drawn left")
    taking.add_argument("--model", type=Path, help="whose proposals; default the bundled one")


def _annotate(options: argparse.Namespace) -> int:
    if options.agree:
        return _agree(options)
    if options.out is None:
        options.out, options.source = _in_place(options.source), None
    if options.reader and not READER.fullmatch(options.reader):
        fail(f"--reader {options.reader!r}: letters, digits, - and _, at most 40")
    if not 0 <= options.every_s <= 3600:
        fail(f"--every-s {options.every_s}: it must lie from 0 to 3600")
    if options.source is not None:
        _take(options)
    from edge.annotate.desk import Desk, DeskError

    try:
        desk = Desk(options.out, options.reader, blind=options.blind)
    except DeskError as error:
        fail(str(error))
    try:
        if options.coco_out or options.coco_in:
            return _coco(desk, options)
        return _served(desk, options)
    finally:
        desk.close()


def _in_place(source: str | None) -> Path:
    """A folder that annotate, export or a person has made."""
    if source is None:
        fail("name a SOURCE and --out FOLDER, or --out FOLDER alone to go on there")
    folder = Path(source)
    if not any((folder / name).is_file() for name in (PROPOSED, truth.FILE_NAME)):
        fail(f"{source}: say --out FOLDER, a new one: frames and truth.jsonl go there")
    return folder


def _take(options: argparse.Namespace) -> None:
    """Fills the folder from the source; does nothing where it was filled from it before."""
    from edge.annotate.frames import NoFramesError, Order, collect, cure

    options.source = _spec(options.source)
    if (options.out / PROPOSED).is_file():
        _refuse_another(options.out, options.source)
        return
    config = configured(argparse.Namespace(source=options.source, model=options.model, profile=options.profile))
    stated, model = stated_of(options, config), model_of(config)
    order = Order(options.source, options.every_s, options.whole, options.subject)
    if options.whole:
        print("tuffier annotate: --whole keeps what is written on the screens: not for frames that name a patient", file=sys.stderr)
    try:
        kept = collect(order, options.out, manifest=model.manifest, invoke=model.invoke, stated=stated, progress=_progress)
    except (NoFramesError, OSError) as error:
        fail(f"{getattr(error, 'filename', None) or options.out}: {error.strerror}" if isinstance(error, OSError) else str(error))
    left_out = ", ".join(f"{reason} {count}" for reason, count in kept.left_out.items())
    print(f"{kept.frames} frames in {options.out}" + (f"; left out: {left_out}: {cure(order.source, kept.left_out)}" if left_out else ""))


def _spec(source: str) -> str:
    """KIND:NAME of a source, whose kind may have been left out."""
    kind = parse_spec(source).kind
    if kind in LIVE_KINDS:
        fail(f"{source}: record it first: tuffier record {source} --out clip.mcap")
    return source if source.startswith(f"{kind}:") else f"{kind}:{source}"


def _refuse_another(folder: Path, source: str) -> None:
    with (folder / PROPOSED).open(encoding="utf-8") as lines:
        try:
            before = json.loads(lines.readline()).get("source")
        except (ValueError, AttributeError):
            before = None
    if before != source:
        fail(f"{folder}: holds frames of {before or 'another source'}: name a new folder, or leave SOURCE out to go on there")


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} frames", end="", file=sys.stderr, flush=True)


def _served(desk: Desk, options: argparse.Namespace) -> int:
    """Serves the page until it is interrupted."""
    from edge.annotate.server import Server, ServerError

    try:
        server = Server(desk, options.port)
    except ServerError as error:
        fail(str(error))
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    print(f"{_counted(desk)}\n{server.url}\nOpen it in a browser on this machine. Ctrl-C ends; what the page calls saved is kept.", flush=True)
    try:
        while not over.wait(3600):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
    print(f"\n{_counted(desk)}\n{_next_step(desk)}")
    return 0


def _counted(desk: Desk) -> str:
    counts = desk.counts()
    return f"{len(desk)} frames in {desk.folder}: {counts['done']} done, {counts['unsure']} set aside, {counts['open']} begun"


def _next_step(desk: Desk) -> str:
    if not desk.counts()["done"]:
        return "Nothing is done yet: there is no truth to score with."
    return f"Score it: tuffier score {desk.folder} --scale truth    (crops have no ruler to read the scale off)"


def _coco(desk: Desk, options: argparse.Namespace) -> int:
    """COCO keypoints in or out."""
    from edge.annotate import coco

    try:
        if options.coco_in:
            taken = coco.read(options.coco_in, desk)
            made = taken.made
            print(f"{sum(made.values())} labels taken: {made['done']} done, {made['unsure']} set aside, {made['open']} to finish")
            for why in taken.passed_over:
                print(f"tuffier annotate: {why}", file=sys.stderr)
        if options.coco_out:
            print(f"{coco.write(options.coco_out, desk)} frames in {options.coco_out}")
    except coco.CocoError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or options.coco_out}: {error.strerror}")
    return 0


def _agree(options: argparse.Namespace) -> int:
    from edge.judge.agreement import agreement_fields, agreement_table, of_folders

    try:
        found = of_folders(*options.agree)
    except truth.TruthError as error:
        fail(str(error))
    print(json.dumps(agreement_fields(found), indent=1) if options.json else agreement_table(found, *map(str, options.agree)))
    return 0
