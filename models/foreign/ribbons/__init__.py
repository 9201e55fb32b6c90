"""Ribbons: sections of the back as lines that are bent, cut by beams, and drawn with grain. models/foreign/README.md says how."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.echo import DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.ribbons import lumbar, sacrum
from models.foreign.ribbons.body import Body, laid
from models.foreign.ribbons.elsewhere import elsewhere
from models.foreign.ribbons.grain import grained, on_screen
from models.foreign.ribbons.levels import Levels, levels_of
from models.foreign.ribbons.look import Look, look_of
from models.foreign.ribbons.ribbon import Draw
from models.foreign.ribbons.truth import Seen, cuts_of, in_reach, line_of, seen_landmarks, targets

MOST_DRAWINGS = 16
NATURAL_DRAWINGS = 8  # of a frame that shall hide its target; contact over it is lost in those after
WIDTH_PX = 420
SECTIONS = {
    **{view: getattr(lumbar, view) for view in VIEWS if hasattr(lumbar, view)},
    **{view: getattr(sacrum, view) for view in VIEWS if hasattr(sacrum, view)},
    NO_VIEW: elsewhere,
}


def render(seed: int, view: str) -> ForeignFrame:
    """A frame of a view of edge.catalogue, or of "none". The same seed and view give the same bytes."""
    number = list(SECTIONS).index(view)
    hidden = np.random.default_rng([seed, number]).random() < HIDDEN_SHARE
    for attempt in range(MOST_DRAWINGS):
        draw = np.random.Generator(np.random.PCG64([seed, number, attempt, 21]))
        body = laid(draw, SECTIONS[view](draw))
        look, cuts = look_of(draw, body.beams.depth_mm), cuts_of(body)
        reach = targets(view, in_reach(body, cuts), body)
        last = view == NO_VIEW or attempt == MOST_DRAWINGS - 1
        if not last and not reach:
            continue
        lost = hidden and attempt >= NATURAL_DRAWINGS
        levels = levels_of(draw, body, look, cuts, [float(body.beams.polar(*point)[0]) for point in reach.values()] if lost else ())
        seen: Seen = {} if view == NO_VIEW else seen_landmarks(body, levels)
        if last or wanted(view, seen, target=bool(targets(view, seen, body)), hidden=hidden):
            break
    dim = {} if view == NO_VIEW else only_dim(seen_landmarks(body, levels, DIM), seen)
    return _framed(draw, seed, view, body, look, levels, (seen, dim))


def _framed(draw: Draw, seed: int, view: str, body: Body, look: Look, levels: Levels, told: tuple[Seen, dict[str, Any]]) -> ForeignFrame:
    half, top, bottom = body.beams.extent_mm()
    mm_per_px = max(2 * half, 0.8 * (bottom - top)) / (WIDTH_PX * draw.uniform(0.9, 1.1))
    pixels, (u, v) = on_screen(grained(draw, levels, body, look), body.beams, mm_per_px)
    seen, dim = told
    line = line_of(draw, seed, view, body, seen)

    def px(point: tuple[float, float]) -> list[float]:
        return [u + point[0] / mm_per_px, v + point[1] / mm_per_px]

    truth: dict[str, Any] = {**line, "mm_per_px": [mm_per_px, mm_per_px], "origin_px": [u, v]}
    truth["landmarks"] = {name: [px(point) for point in points] for name, points in line["landmarks"].items()}
    truth["dim"] = {name: [px(point) for point in points] for name, points in dim.items()}
    truth["target"] = None if line["target"] is None else px(line["target"])
    height, width = pixels.shape
    return ForeignFrame(pixels, truth, (0, 0, width, height))
