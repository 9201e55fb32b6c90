"""Frames to look at: python -m models.foreign.simulator OUT --count N --first SEED [--view a,b|all] [--sheet]."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from PIL import Image, ImageDraw

from models.foreign.foreign_frame import ForeignFrame
from models.foreign.simulator.render import SECTIONS, render

COLOURS = ("red", "lime", "cyan", "yellow", "magenta", "orange")


def marked(frame: ForeignFrame) -> Image.Image:
    """The picture with its landmarks and target."""
    picture = Image.fromarray(frame.pixels).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for colour, points in zip(COLOURS, frame.truth["landmarks"].values(), strict=False):
        for u, v in points:
            pen.line([(u - 5, v), (u + 5, v)], fill=colour)
            pen.line([(u, v - 5), (u, v + 5)], fill=colour)
    if frame.truth["target"]:
        u, v = frame.truth["target"]
        pen.ellipse([u - 7, v - 7, u + 7, v + 7], outline="white")
    return picture


def sheet(frames: list[ForeignFrame], path: Path, wide: int = 470, columns: int = 4) -> None:
    """Each frame beside its marked self."""
    cells = [
        picture.resize((wide, max(1, round(picture.height * wide / picture.width))))
        for f in frames
        for picture in (Image.fromarray(f.pixels).convert("RGB"), marked(f))
    ]
    high = min(max(cell.height for cell in cells), int(0.72 * wide))
    whole = Image.new("RGB", (wide * columns, high * -(-len(cells) // columns)), (40, 40, 60))
    for k, cell in enumerate(cells):
        cell.thumbnail((wide, high))
        whole.paste(cell, ((k % columns) * wide, (k // columns) * high))
    whole.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--view", default="all")
    parser.add_argument("--sheet", action="store_true")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "truth.jsonl").open("w", encoding="utf-8") as file:
        for view in SECTIONS if asked.view == "all" else asked.view.split(","):
            frames = [render(asked.first + k * asked.step, view) for k in range(asked.count)]
            for k, frame in enumerate(frames):
                name = f"{view}_{asked.first + k * asked.step:06d}.png"
                Image.fromarray(frame.pixels).save(asked.out / name)
                file.write(json.dumps({"frame": name, **frame.truth}) + "\n")
            if asked.sheet:
                sheet(frames, asked.out / f"sheet_{view}.png")


if __name__ == "__main__":
    main()
