"""`python -m models.foreign frames OUT --renderer outlines --view all --count 20 --first 0`: pictures and truth.jsonl into a new or empty folder."""

from __future__ import annotations

import argparse
import importlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from PIL import Image

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.foreign_frame import ForeignFrame

RENDERERS = ("simulator", "outlines", "solids")


class Renderer(Protocol):
    """A package models.foreign.NAME with this function: the same seed and view give the same bytes."""

    def render(self, seed: int, view: str) -> ForeignFrame: ...


def renderer(name: str) -> Renderer:
    """The renderer of that name. It is imported only here, so that one that is absent stops nobody else. Raises SystemExit."""
    try:
        return cast(Renderer, importlib.import_module(f"models.foreign.{name}"))
    except ModuleNotFoundError as error:
        raise SystemExit(f"renderer {name!r} is not here ({error}); choose another of {', '.join(RENDERERS)}") from error


def views_of(text: str, none_share: float, seed: int) -> str:
    """The view that this seed draws, out of `all`, `none`, or names with commas between them."""
    dice = random.Random(seed)
    if text == NO_VIEW or (text == "all" and dice.random() < none_share):
        return NO_VIEW
    return dice.choice(sorted(VIEWS) if text == "all" else text.split(","))


def write_frames(out: Path, options: argparse.Namespace) -> None:
    """PNG pictures named by seed and one truth line each. Raises SystemExit if the folder holds anything."""
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise SystemExit(f"{out} is not empty: name a new folder")
    draw = renderer(options.renderer).render
    with (out / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for seed in range(options.first, options.first + options.count):
            frame = draw(seed, views_of(options.view, options.none_share, seed))
            name = f"{seed:08d}.png"
            Image.fromarray(frame.pixels).save(out / name)
            lines.write(json.dumps({"frame": name, **frame.truth}) + "\n")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.foreign", description=__doc__)
    frames = parser.add_subparsers(dest="command", required=True).add_parser("frames", help="write pictures and truth.jsonl")
    frames.add_argument("out", type=Path, help="a new or empty folder")
    frames.add_argument("--renderer", choices=RENDERERS, required=True)
    frames.add_argument("--view", default="all", help="all, none, or names of views with commas between them")
    frames.add_argument("--count", type=int, default=20)
    frames.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed; one seed a frame")
    frames.add_argument("--none-share", type=float, default=0.25, help="share of view none among `all`")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments().parse_args(argv)
    unknown = set(options.view.split(",")) - set(VIEWS) - {NO_VIEW, "all"}
    if unknown:
        raise SystemExit(f"no view {', '.join(sorted(unknown))}; there are all, none, {', '.join(VIEWS)}")
    write_frames(options.out, options)


if __name__ == "__main__":
    main()
