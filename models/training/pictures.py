"""Where a model fails, as one picture: the frames whose view it was surest of and wrong, and those whose landmarks it put furthest off.

`python -m models.training.pictures --shards DIR OUT.jpg`; training writes one beside its report. Green circles: the truth; red crosses: the model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from edge.model import runner
from edge.model.decode import decode
from edge.model.manifest import Manifest
from edge.types import Landmarks
from models.training import shards
from models.training.calibrate import IDENTITY, Seen, nearest_mm, run, truth_points
from models.training.settings import GRID, Vocabulary
from models.training.shards import Samples

EACH = 8  # tiles of either kind
ACROSS = 4
ZOOM = 2
CAPTION_PX = 30
GREEN, RED, WHITE = (60, 220, 90), (255, 70, 60), (235, 235, 235)


@dataclass(frozen=True, slots=True)
class Failure:
    """One frame to show. badness: view probability, or mm off; points to draw are the sample's and landmarks'."""

    index: int
    badness: float
    caption: str
    landmarks: Landmarks


def failures(seen: Sequence[Seen], samples: Samples, manifest: Manifest) -> list[Failure]:
    """EACH wrong views, surest first, then EACH landmarks, furthest off first; a landmark counts where its peak passes the manifest's threshold."""
    views: list[Failure] = []
    points: list[Failure] = []
    for one in seen:
        found = decode(one.raws[0], IDENTITY, manifest)
        if found.view != one.true_view:
            caption = f"{one.true_view}\nseen as {found.view}, {found.view_confidence:.2f}"
            views.append(Failure(one.index, found.view_confidence, caption, found))
            continue
        worst = _furthest(found, samples, one.index)
        if worst is not None:
            name, off_mm = worst
            points.append(Failure(one.index, off_mm, f"{one.true_view}\n{name} {off_mm:.1f} mm off", found))
    return [*_most(views), *_most(points)]


def _most(found: list[Failure]) -> list[Failure]:
    return sorted(found, key=lambda failure: -failure.badness)[:EACH]


def _furthest(found: Landmarks, samples: Samples, index: int) -> tuple[str, float] | None:
    """The landmark that lies furthest from any truth of its name, of those that have one."""
    off = []
    for name, points in found.points.items():
        truths = truth_points(samples, index, name)
        if truths:
            off += [(name, nearest_mm(point, truths)) for point in points[: len(truths)]]
    return max(off, key=lambda pair: pair[1], default=None)


def sheet(found: Sequence[Failure], samples: Samples) -> Image.Image:
    """The tiles with their captions."""
    width, height = GRID.columns * ZOOM, GRID.rows * ZOOM + CAPTION_PX
    rows = max(1, -(-len(found) // ACROSS))
    page = Image.new("RGB", (ACROSS * width, rows * height))
    for place, failure in enumerate(found):
        page.paste(_tile(failure, samples), ((place % ACROSS) * width, (place // ACROSS) * height))
    return page


def _tile(failure: Failure, samples: Samples) -> Image.Image:
    grey = Image.fromarray(samples.grids[failure.index]).resize((GRID.columns * ZOOM, GRID.rows * ZOOM), Image.Resampling.BILINEAR)
    tile = Image.new("RGB", (grey.width, grey.height + CAPTION_PX))
    tile.paste(grey, (0, CAPTION_PX))
    draw = ImageDraw.Draw(tile)
    draw.multiline_text((3, 1), failure.caption, WHITE, spacing=2)
    for name in samples.words.landmarks:
        for column, row in truth_points(samples, failure.index, name):
            x, y = _placed(column, row)
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), outline=GREEN)
    for points in failure.landmarks.points.values():
        for point in points:
            x, y = _placed(point.x_px, point.y_px)
            draw.line((x - 4, y - 4, x + 4, y + 4), RED)
            draw.line((x - 4, y + 4, x + 4, y - 4), RED)
    return tile


def _placed(column: float, row: float) -> tuple[float, float]:
    return (column + 0.5) * ZOOM, (row + 0.5) * ZOOM + CAPTION_PX


def write(seen: Sequence[Seen], samples: Samples, manifest: Manifest, path: Path) -> None:
    """The sheet as a file; its kind by the name's end."""
    sheet(failures(seen, samples, manifest), samples).save(path, quality=80)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.pictures", description=__doc__)
    parser.add_argument("--model", type=Path, default=runner.BUNDLED)
    parser.add_argument("--shards", type=Path, required=True, help="a folder of rendered samples, as training keeps them")
    parser.add_argument("out", type=Path, metavar="OUT.jpg")
    options = parser.parse_args(arguments)
    model = runner.load(options.model)
    words = Vocabulary(model.manifest.views, model.manifest.landmarks)
    samples = shards.narrowed(shards.load(sorted(options.shards.glob("*.npz"))), words)
    seen = list(run(model, samples))
    write(seen, samples, model.manifest, options.out)
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
