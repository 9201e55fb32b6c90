"""Impedances: the plane's impedance and scattering as fields, cut from lofted bones; echoes are its slopes. models/foreign/README.md says how."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.echo import DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.impedances import lumbar, sacral
from models.foreign.impedances.echoes import echoes_of, grained, greys
from models.foreign.impedances.elsewhere import elsewhere
from models.foreign.impedances.flesh import flesh_of
from models.foreign.impedances.loft import Cut, cut
from models.foreign.impedances.look import look_of
from models.foreign.impedances.probe import BEAMS, Draw, Numbers, on_screen
from models.foreign.impedances.scene import Scene
from models.foreign.impedances.truth import Points, line_of, points_of, seen_spots, spots_of, targets

MOST_SCENES, MOST_LOOKS = 14, 5
WIDTH_PX = 400
SCENES = {
    **{view: getattr(lumbar, view) for view in VIEWS if hasattr(lumbar, view)},
    **{view: getattr(sacral, view) for view in VIEWS if hasattr(sacral, view)},
    NO_VIEW: elsewhere,
}


def render(seed: int, view: str) -> ForeignFrame:
    """A frame of a view of edge.catalogue, or of "none". The same seed and view give the same bytes."""
    draw = np.random.Generator(np.random.PCG64([seed, list(SCENES).index(view), 77]))
    hidden = draw.random() < HIDDEN_SHARE
    for attempt in range(MOST_SCENES):
        scene = SCENES[view](draw)
        plane = _refracted(draw, scene)
        spots = spots_of(scene, plane)
        if view == NO_VIEW or attempt == MOST_SCENES - 1 or targets(view, points_of(plane, spots), scene.middle_x):
            break
    for _ in range(1 if view == NO_VIEW else MOST_LOOKS):
        look = look_of(draw)
        echoes = echoes_of(draw, plane, flesh_of(draw, scene, plane, look), look, _contact_db(draw))
        full, bare = greys(echoes.db, look), greys(echoes.bare_db, look)
        points = points_of(plane, seen_spots(spots, plane, full, bare, echoes.sound_db))
        if view != NO_VIEW and wanted(view, points, target=bool(targets(view, points, scene.middle_x)), hidden=hidden):
            break
    dim = {} if view == NO_VIEW else only_dim(points_of(plane, seen_spots(spots, plane, full, bare, echoes.sound_db, DIM)), points)
    return _framed(draw, seed, view, scene, grained(draw, echoes, plane, look), (points, dim))


def _refracted(draw: Draw, scene: Scene) -> Cut:
    """The cut as it is drawn: waves of fat over muscle push beams aside, the more the deeper, and slow sound makes fat look thicker."""
    x, z = scene.array.places()
    deep = np.maximum(z - np.float32(scene.fat_mm), 0)
    push = np.sin(x * np.float32(draw.uniform(0.05, 0.3)) + np.float32(draw.uniform(0, 6))) * np.float32(abs(draw.normal(0, 0.02)))
    slow = np.float32(draw.uniform(0, 0.06))
    lift = np.sin(x * np.float32(draw.uniform(0.05, 0.2)) + np.float32(draw.uniform(0, 6))) * np.float32(draw.uniform(0, 0.5))
    drawn = z - slow * np.minimum(z, np.float32(scene.fat_mm)) + lift * np.minimum(deep, 10) / 10
    return cut(scene.bones, scene.plane, scene.array, x + push * deep, drawn)


def _contact_db(draw: Draw) -> Numbers:
    """(beams,) of sound left by the face's contact: lost at a side in a fifth of frames."""
    ways = np.linspace(0, 1, BEAMS)
    loss = np.abs(draw.normal(0, 1.2)) * np.sin(ways * draw.uniform(3, 14) + draw.uniform(0, 6))
    if draw.random() < 0.2:
        edge = draw.uniform(0.03, 0.2)
        ways = ways if draw.random() < 0.5 else 1 - ways
        loss = loss - draw.uniform(6, 30) * np.clip(1 - ways / edge, 0, 1)
    return np.asarray(loss, np.float32)


def _framed(draw: Draw, seed: int, view: str, scene: Scene, picture: Numbers, told: tuple[Points, dict[str, Any]]) -> ForeignFrame:
    half, top = scene.array.extent_mm()
    mm_per_px = max(2 * half, 0.85 * (scene.array.depth_mm - top)) / (WIDTH_PX * draw.uniform(0.9, 1.1))
    flipped = bool(draw.random() < 0.5)
    pixels, (u, v) = on_screen(picture, scene.array, mm_per_px, flipped)
    points, dim = told
    line = line_of(draw, seed, view, scene, points, flipped)

    def px(point: tuple[float, float]) -> list[float]:
        return [u + (-point[0] if flipped else point[0]) / mm_per_px, v + point[1] / mm_per_px]

    truth: dict[str, Any] = {**line, "mm_per_px": [mm_per_px, mm_per_px], "origin_px": [u, v]}
    truth["landmarks"] = {name: sorted(px(point) for point in some) for name, some in line["landmarks"].items()}
    truth["dim"] = {name: sorted(px(point) for point in some) for name, some in dim.items()}
    truth["target"] = None if line["target"] is None else px(line["target"])
    height, width = pixels.shape
    return ForeignFrame(pixels, truth, (0, 0, width, height))
