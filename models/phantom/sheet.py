"""The contact sheet: every view of the phantom, its negatives and its bones in water beside real frames, for a person to say what gives it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge.catalogue import NO_VIEW, VIEWS
from models.phantom.canvas import Canvas, Colour
from models.phantom.frame import DEMONSTRATION_SUBJECTS, FrameSpec, PhantomFrame, render_frame
from models.phantom.probe import ProbeKind

CELL_PX = (360, 300)
ORANGE: Colour = (255, 120, 0)
RED: Colour = (255, 40, 40)
YELLOW: Colour = (240, 230, 90)
PICTURES = frozenset({".png", ".jpg", ".jpeg"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sheet: its words and its pictures."""

    words: str
    cells: list[NDArray[np.uint8]]


def contact_sheet(
    *, columns: int, seed: int, real: Path | None, marked: bool = True, probes: Sequence[ProbeKind | None] = (None,)
) -> NDArray[np.uint8]:
    """RGB (height, width, 3): a row a view, a row of negatives, a row of bones in water, rows of real frames. probes: the views' columns have
    them in turn; None: as a hand would choose."""
    rows = [Row(view, [_view_cell(view, seed + k, marked=marked, probe=probes[k % len(probes)]) for k in range(columns)]) for view in VIEWS]
    rows.append(Row("none: near misses", [_none_cell("near_miss", seed + k) for k in range(columns)]))
    others = ("limb", "neck", "muscle", "half_lifted", "air", "gel", "abstract", "upside_down")
    rows.append(Row("none: others", [_none_cell(others[k % len(others)], seed + k) for k in range(columns)]))
    rows.append(Row("phantom, bones in water", [_water_cell(seed + k) for k in range(columns)]))
    rows += _real_rows(real, columns) if real is not None else []
    return _laid(rows, columns)


def _view_cell(view: str, seed: int, *, marked: bool, probe: ProbeKind | None) -> NDArray[np.uint8]:
    frame = render_frame(FrameSpec(DEMONSTRATION_SUBJECTS + seed, view, seed, probe=probe, water=False))
    return _cut(frame, marked=marked)


def _none_cell(kind: str, seed: int) -> NDArray[np.uint8]:
    return _cut(render_frame(FrameSpec(DEMONSTRATION_SUBJECTS + seed, NO_VIEW, seed, none_kind=kind)), marked=False)


def _water_cell(seed: int) -> NDArray[np.uint8]:
    views = ("transverse_facet", "transverse_interlaminar", "transverse_process", "paramedian_oblique")
    spec = FrameSpec(DEMONSTRATION_SUBJECTS + seed, views[seed % len(views)], seed, water=True, probe="convex", layout="bare", faults=False)
    return _cut(render_frame(spec), marked=False)


def _cut(frame: PhantomFrame, *, marked: bool) -> NDArray[np.uint8]:
    """The scan area with its landmarks, RGB."""
    left, top, right, bottom = frame.scan_box_px
    grey = np.ascontiguousarray(frame.pixels[top:bottom, left:right])
    canvas = Canvas(grey, np.repeat(grey[..., None], 3, axis=2))
    points = frame.truth["landmarks"] if marked else {}
    size = max(2.0, grey.shape[1] / 130)
    assert isinstance(points, dict)
    for found in points.values():
        for u, v in found:
            canvas.dot(u - left, v - top, size, ORANGE)
    target = frame.truth["target"] if marked else None
    if isinstance(target, list):
        canvas.dot(target[0] - left, target[1] - top, size * 0.6, RED)
    assert canvas.colour is not None
    return canvas.colour


def _real_rows(folder: Path, columns: int) -> list[Row]:
    """Evenly picked frames of each folder of pictures below `folder` (no video)."""
    rows = []
    for name in sorted({path.parent for path in folder.rglob("*") if path.suffix.lower() in PICTURES}):
        paths = sorted(path for path in name.iterdir() if path.suffix.lower() in PICTURES)
        picked = [paths[k * len(paths) // columns] for k in range(min(columns, len(paths)))]
        rows.append(Row(f"real: {name.name}", [_picture(path) for path in picked]))
    return rows


def _picture(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def _laid(rows: list[Row], columns: int) -> NDArray[np.uint8]:
    width, height = CELL_PX
    canvas = Canvas.blank(width * columns, (height + 22) * len(rows), (24, 24, 28), coloured=True)
    assert canvas.colour is not None
    for r, row in enumerate(rows):
        top = r * (height + 22)
        canvas.text(row.words, 6, top + 5, 11, YELLOW)
        for c, cell in enumerate(row.cells):
            small = _fitted(cell, (width - 4, height - 4))
            canvas.colour[top + 22 : top + 22 + small.shape[0], c * width : c * width + small.shape[1]] = small
    return canvas.colour


def _fitted(cell: NDArray[np.uint8], box: tuple[int, int]) -> NDArray[np.uint8]:
    share = min(box[0] / cell.shape[1], box[1] / cell.shape[0])
    size = max(1, round(cell.shape[1] * share)), max(1, round(cell.shape[0] * share))
    return np.asarray(Image.fromarray(cell).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), np.uint8)
