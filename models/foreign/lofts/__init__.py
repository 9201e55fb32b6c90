"""Lofts: bones as rings along bent axes and sheets of heights, cut by a plane, answered by scatterers. models/foreign/README.md says how."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.echo import DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.lofts import lumbar, sacral
from models.foreign.lofts.echoes import echoes_of
from models.foreign.lofts.elsewhere import elsewhere
from models.foreign.lofts.look import look_of
from models.foreign.lofts.mesh import Draw
from models.foreign.lofts.profile import Point
from models.foreign.lofts.scene import Marks, Scene
from models.foreign.lofts.screen import on_screen, scale_of
from models.foreign.lofts.speckle import grained, greys_of
from models.foreign.lofts.truth import in_reach, line_of, seen, targets

MOST_DRAWINGS = 14
SCENES = {
    **{view: getattr(lumbar, view) for view in VIEWS if hasattr(lumbar, view)},
    **{view: getattr(sacral, view) for view in VIEWS if hasattr(sacral, view)},
    NO_VIEW: elsewhere,
}


def render(seed: int, view: str) -> ForeignFrame:
    """A frame of a view of edge.catalogue, or of "none". The same seed and view give the same bytes."""
    number = list(SCENES).index(view)
    hidden = np.random.default_rng([seed, number, 6]).random() < HIDDEN_SHARE
    for attempt in range(MOST_DRAWINGS):
        draw = np.random.Generator(np.random.PCG64([seed, number, attempt, 66]))
        scene: Scene = SCENES[view](draw)
        last = view == NO_VIEW or attempt == MOST_DRAWINGS - 1
        if not last and any(name not in scene.marks for name in VIEWS[view].landmarks[-1:]):
            continue
        look = look_of(draw, scene.array)
        echoes = echoes_of(draw, scene, look)
        reach = {} if view == NO_VIEW else in_reach(scene, echoes)
        if not last and not targets(view, reach, scene):
            continue
        greys = greys_of(scene.array, echoes, look)
        marks = seen(scene, reach, greys)
        if last or wanted(view, marks, target=bool(targets(view, marks, scene)), hidden=hidden):
            break
    dim = only_dim(seen(scene, reach, greys, DIM), marks)
    return _framed(draw, seed, view, scene, (marks, dim), grained(draw, scene.array, echoes, look))


def _framed(draw: Draw, seed: int, view: str, scene: Scene, told: tuple[Marks, Marks], grey: np.ndarray[Any, Any]) -> ForeignFrame:
    mm_per_px = scale_of(draw, scene.array)
    pixels, (u, v) = on_screen(grey, scene.array, mm_per_px)
    marks, dim = told
    line = line_of(draw, seed, view, scene, marks)

    def px(point: Point) -> list[float]:
        return [u + point[0] / mm_per_px, v + point[1] / mm_per_px]

    truth: dict[str, Any] = {**line, "mm_per_px": [mm_per_px, mm_per_px], "origin_px": [u, v]}
    truth["landmarks"] = {name: [px(point) for point in points] for name, points in line["landmarks"].items()}
    truth["dim"] = {name: [px(point) for point in points] for name, points in dim.items()}
    truth["target"] = None if line["target"] is None else px(line["target"])
    height, width = pixels.shape
    return ForeignFrame(pixels, truth, (0, 0, width, height))
