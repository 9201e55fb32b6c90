"""Frames that the phantom did not draw, with their truth: drawn by a foreign renderer, or real and read by people.

    python -m models.foreign frames OUT --renderer simulator --count 200      pictures and truth.jsonl, for `tuffier score OUT --scale truth`
    python -m models.foreign readings OUT --frames DIR                        the same of real frames, laid out as TUFFIER_REAL_FRAMES is
    python -m models.foreign agreement                                        how far the two readers agree
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
from PIL import Image

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign import RENDERERS, readings, renderer_of, views_of
from models.foreign.foreign_frame import ForeignFrame


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 on wrong arguments or a folder that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "frames":
                print(f"{_frames(options)} frames in {options.out}")
            case "readings":
                chosen = [one for one in readings.read(options.reader) if options.half in ("all", one.half)]
                print(f"{readings.write(chosen, options.frames, options.out)} frames in {options.out}")
            case "agreement":
                print(_agreement())
    except (OSError, ValueError) as error:
        print(f"foreign: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.foreign", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    frames = commands.add_parser("frames", help="drawn frames")
    frames.add_argument("out", type=Path, help="a new or empty folder")
    frames.add_argument("--renderer", choices=RENDERERS, required=True)
    frames.add_argument("--view", default="all", help="all that the renderer draws, none, or views by comma")
    frames.add_argument("--count", type=int, default=20)
    frames.add_argument("--first", type=int, default=0, metavar="SEED", help="one seed a frame")
    frames.add_argument("--none-share", type=float, default=0.25, help="of view none among all")
    read = commands.add_parser("readings", help="real frames as people read them")
    read.add_argument("out", type=Path, help="a new or empty folder")
    read.add_argument("--frames", type=Path, required=True, metavar="DIR", help="the real frames")
    read.add_argument("--reader", choices=readings.READERS, default=readings.READERS[0])
    read.add_argument("--half", choices=("all", "choose", "report"), default="all")
    commands.add_parser("agreement", help="between the readers")
    return parser


def _frames(options: argparse.Namespace) -> int:
    """Writes PNG pictures named by their seeds, and a line of truth each. Raises OSError or ValueError."""
    unknown = set(options.view.split(",")) - set(VIEWS) - {NO_VIEW, "all"}
    if unknown:
        raise ValueError(f"no view {', '.join(sorted(unknown))}: there are all, none, {', '.join(VIEWS)}")
    held = views_of(options.renderer)
    missing = set(options.view.split(",")) & set(VIEWS) - set(held)
    if missing:
        raise ValueError(f"{options.renderer} draws no {', '.join(sorted(missing))}: it draws none, {', '.join(held)}")
    if options.out.is_dir() and any(options.out.iterdir()):
        raise FileExistsError(f"{options.out}: not empty: name a new folder")
    frames = _drawn(options, held)
    first = list(islice(frames, 1))  # a renderer that cannot draw says so before there is a folder
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for seed, frame in chain(first, frames):
            name = f"{seed:08d}.png"
            Image.fromarray(frame.pixels).save(options.out / name)
            lines.write(json.dumps({"frame": name, **frame.truth}) + "\n")
    return int(options.count)


def _drawn(options: argparse.Namespace, held: Sequence[str]) -> Iterator[tuple[int, ForeignFrame]]:
    render = renderer_of(options.renderer)
    for seed in range(options.first, options.first + options.count):
        yield seed, render(seed, view_of(options.view, options.none_share, seed, held))


def view_of(wanted: str, none_share: float, seed: int, held: Sequence[str] = tuple(VIEWS)) -> str:
    """The view that a seed shows, of `all` that a renderer holds, `none`, or names by comma."""
    draw = random.Random(seed)
    if wanted == NO_VIEW or (wanted == "all" and draw.random() < none_share):
        return NO_VIEW
    return draw.choice(list(held) if wanted == "all" else wanted.split(","))


def _agreement() -> str:
    one, other = (readings.read(reader) for reader in readings.READERS)
    found = readings.agreement(one, other)
    apart_mm = found.all_apart_mm
    apart = f"median {np.median(apart_mm):.1f} mm, largest {max(apart_mm):.1f}" if apart_mm else "none"
    return (
        f"{found.frames} frames: the same view on {found.same_view}, both see a whole view on {readings.both_whole(one, other)}; "
        f"{len(apart_mm)} landmarks that both put: {apart}"
    )


if __name__ == "__main__":
    sys.exit(main())
