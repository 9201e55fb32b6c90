"""outlines: a cheap drawing renderer. Its purpose is variety of bone outlines and of looks, not physics."""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians, sin

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign import echo
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.outlines import ala, echoes, extras, finish, lumbar, nothing, probe, processes, sacral, tissue, truth
from models.foreign.outlines.chance import Chance, Floats
from models.foreign.outlines.curves import Points
from models.foreign.outlines.echoes import Echoes
from models.foreign.outlines.look import Look
from models.foreign.outlines.probe import Probe
from models.foreign.outlines.scene import Mark, Scene, moved

TEMPLATES = {name: next(getattr(room, name) for room in (lumbar, processes, sacral, ala) if hasattr(room, name)) for name in VIEWS}
SHALLOW = ("transverse_sacral_hiatus", "longitudinal_sacral_hiatus")
SAGITTAL = ("paramedian_oblique", "longitudinal_sacral_hiatus")

__all__ = ["render"]


def render(seed: int, view: str) -> ForeignFrame:
    """One frame of one of the ten views or "none". The same seed and view give the same bytes. Raises KeyError on another view."""
    chance = Chance(seed, 0 if view == NO_VIEW else 1 + list(VIEWS).index(view))
    template = chance.of(nothing.KINDS, nothing.SHARES) if view == NO_VIEW else TEMPLATES[view]
    scene = template(chance)
    scene, skin_mm = _placed(chance, scene, view)
    seen_by = probe.drawn(chance, scene.need_mm, scene.width_mm)
    look = Look.drawn(chance)
    found = echoes.of_scene(chance, seen_by, look, scene)
    gain = tissue.gains(chance, seen_by, look)
    beams, clear, soft = _beams(chance, seen_by, look, scene, found, gain, skin_mm)
    if template is nothing.upside_down:
        beams = np.ascontiguousarray(beams[::-1])
    canvas = finish.canvas_for(chance, seen_by)
    pixels = finish.picture(chance, seen_by, look, canvas, beams)

    def told(least: echo.Least) -> list[Mark]:
        return [] if view == NO_VIEW else [mark for mark in scene.marks if truth.seen(seen_by, found, gain, (clear.T, soft.T), mark, least)]

    line = truth.line(chance, seed, view, seen_by, canvas, told(echo.CLEAR))
    line["dim"] = echo.only_dim(truth.lists(canvas, told(echo.DIM)), line["landmarks"])
    return _turned(chance, ForeignFrame(pixels, line, canvas.box_px), view)


def _placed(chance: Chance, scene: Scene, view: str) -> tuple[Scene, float]:
    """The scene in the probe's frame: scaled, under more or less tissue, tilted, bent, off centre. Also how much tissue lies above it, mm."""
    size = chance.between(0.85, 1.15)
    over = chance.between(5, 16), chance.between(14, 34), chance.between(30, 52)  # lean, usual, obese
    skin = chance.between(4, 24) if view in SHALLOW else chance.of(over, (6, 4, 1.5))
    skin += chance.between(0, 14) if view == "transverse_sacral_ala" else 0.0
    roll = radians(chance.about(0, 6, -18, 18))
    across = -scene.focus_mm * chance.of((0.0, chance.between(-0.9, 0.9), chance.of((-1.0, 1.0))), (5, 3, 2))
    if scene.aside:
        across = -scene.focus_mm * chance.between(0.4, 1.1)
    across = float(np.clip(across + chance.about(0, 3.5), -32, 32))
    bend = (chance.about(0, 1.2), chance.between(12, 40), chance.between(0, 6))
    pull = (chance.about(0, 0.8), chance.between(10, 30), chance.between(0, 6))
    deep = scene.need_mm * 0.5

    def move(points: Points) -> Points:
        x, z = points[:, 0] * size, points[:, 1] * size
        x, z = x + pull[0] * np.sin(z / pull[1] + pull[2]), z + bend[0] * np.sin(x / bend[1] + bend[2])
        turned = np.column_stack([x * cos(roll) - (z - deep) * sin(roll), x * sin(roll) + (z - deep) * cos(roll) + deep])
        return np.asarray(turned + np.array([across, skin]))

    placed = moved(scene, move)
    ovals = [replace(oval, radii=(oval.radii[0] * size, oval.radii[1] * size)) for oval in placed.ovals]
    placed.ovals, placed.need_mm = ovals, scene.need_mm * size + skin
    extras.add(placed, chance)
    return placed, skin


def _beams(chance: Chance, seen_by: Probe, look: Look, scene: Scene, found: Echoes, gain: Floats, skin_mm: float) -> tuple[Floats, Floats, Floats]:
    """(samples, beams): greys of everything together, the same without speckle, and without speckle and bone."""
    grain, x_z = tissue.speckle(chance, seen_by, look), seen_by.grid_mm()
    grey = tissue.soft_tissue(chance, seen_by, look, skin_mm)
    for oval in scene.ovals:
        grey *= echoes.oval_factor(*x_z, oval)
    share = np.clip(found.soft, 0, 1)
    grey = grey * (1 - share) + share * np.maximum(grey, look.bone * chance.between(0.6, 1.0))
    soft = grey * gain
    grey = grey * (1 - found.shade) + found.shade * tissue.haze(chance, seen_by, look)
    clear = (grey * (1 - found.bone) + found.bone * np.maximum(look.bone, 0.9 * grey)) * gain
    grey *= grain
    patch = np.sqrt(grain) if look.blotch > 0.4 else grain**0.25
    grey = grey * (1 - found.bone) + found.bone * np.maximum(look.bone * patch, 0.9 * grey)
    grey *= gain
    if look.noise:
        grey += look.noise * np.linspace(0.3, 1.3, seen_by.samples)[:, None] * np.abs(chance.noise(*grey.shape))
    return np.asarray(grey, np.float32), np.asarray(clear, np.float32), np.asarray(soft, np.float32)


def _turned(chance: Chance, frame: ForeignFrame, view: str) -> ForeignFrame:
    """A sagittal frame in half of the cases with caudal at the left: everything mirrored."""
    if view not in SAGITTAL or chance.happens(0.5):
        return frame
    last = frame.pixels.shape[1] - 1
    line = dict(frame.truth)
    line["screen_left"] = "caudal"
    line["origin_px"] = [last - line["origin_px"][0], line["origin_px"][1]]
    for told in ("landmarks", "dim"):
        line[told] = {name: [[last - x, y] for x, y in reversed(points)] for name, points in line[told].items()}
    line["target"] = None if line["target"] is None else [last - line["target"][0], line["target"][1]]
    left, top, right, bottom = frame.scan_box_px
    return ForeignFrame(np.ascontiguousarray(frame.pixels[:, ::-1]), line, (last + 1 - right, top, last + 1 - left, bottom))
