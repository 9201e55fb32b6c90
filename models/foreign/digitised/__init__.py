"""Frames of the lumbar spine cut out of digitised human bones.

Rule 1: the bones are those of the distribution `myo-sim`, made adult and uneven by a seed; no vertebra is invented here.
Rule 2: what is drawn here never teaches. It measures how a model does on anatomy that none of the teaching renderers' authors made.
"""

from __future__ import annotations

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.digitised.echoes import Bones, Echoes, echoes_of
from models.foreign.digitised.elsewhere import OF_THE_BODY, Other, bones_of, near_miss_of, other_of, pleura_mm
from models.foreign.digitised.field import Floats
from models.foreign.digitised.flesh import Scan, back, empty, over_gas, spinal
from models.foreign.digitised.look import Look, look_of
from models.foreign.digitised.meshes import folder
from models.foreign.digitised.places import VIEWS_HELD, Setting, setting_of
from models.foreign.digitised.probe import BEAMS, Probe, probe_for
from models.foreign.digitised.truth import target_of, truth_of
from models.foreign.foreign_frame import ForeignFrame


def render(seed: int, view: str) -> ForeignFrame:
    """One frame. Raises ValueError on a view that these bones do not carry, FileNotFoundError where the bones are missing."""
    if view not in (*VIEWS_HELD, NO_VIEW):
        raise ValueError(f"view {view!r}: the digitised bones carry {', '.join(VIEWS_HELD)} and {NO_VIEW}")
    folder()  # the error of a machine without bones does not depend on the view
    chance = np.random.default_rng([seed, 811, (*VIEWS, NO_VIEW).index(view)])
    if view == NO_VIEW:
        return _no_view(seed, chance)
    at = setting_of(view, chance)
    probe = _probe(view, at, chance)
    return framed(seed, view, probe, drawn(probe, at, chance), at)


def _probe(view: str, at: Setting, chance: np.random.Generator) -> Probe:
    """An array whose picture holds the target and, where that tells the view, the free end beside it; after ten arrays, whatever it holds."""
    deepest = max(mark.at[1] for mark in at.marks)
    widest = max(abs(mark.at[0]) for mark in at.marks)
    target = target_of(view, at)
    assert target is not None
    towards = np.sign(target.at[0])
    wanted = [target, *(mark for mark in at.marks if mark.name == "tp_tip" and towards * mark.at[0] > 0)]
    for _ in range(10):
        probe = probe_for(float(np.clip(deepest * chance.uniform(1.1, 1.45) + 5, 45, 160)), widest, chance)
        beams, _samples = probe.beam_sample(*np.array([mark.at for mark in wanted]).T)
        if ((beams > 4) & (beams < BEAMS - 5)).all():
            break
    return probe


def _no_view(seed: int, chance: np.random.Generator) -> ForeignFrame:
    if chance.random() < OF_THE_BODY:
        at = near_miss_of(chance)
        probe = probe_for(float(np.clip((at.cover_mm + 32) * chance.uniform(1.0, 1.3), 45, 160)), 35.0, chance)
        return framed(seed, NO_VIEW, probe, drawn(probe, at, chance), at)
    probe = probe_for(float(chance.uniform(45, 120)), 30.0, chance)
    return framed(seed, NO_VIEW, probe, _elsewhere(probe, other_of(chance), chance), None)


def framed(seed: int, view: str, probe: Probe, echoes: Echoes, at: Setting | None) -> ForeignFrame:
    pixels = np.round(255 * probe.picture(echoes.grey)).astype(np.uint8)
    height, width = pixels.shape
    return ForeignFrame(pixels, truth_of(view, probe, echoes, at, f"d{seed}"), (0, 0, width, height))


def drawn(probe: Probe, at: Setting, chance: np.random.Generator) -> Echoes:
    """The scan of a setting."""
    look = look_of(chance, probe.frequency_mhz)
    x, z, along = probe.places()
    depth = np.broadcast_to(along, x.shape)
    distances, mesh = _sliced(at, look, x, z)
    scan = Scan(x, z, depth, mesh)
    around = back(scan, max(at.cover_mm - chance.uniform(2, 5), 2.5), at.sagittal, chance)
    flesh = spinal(scan, at, distances[1], around, chance)
    return echoes_of(probe, look, scan, flesh, Bones(distances, look.slice_mm / 2), chance)


def _sliced(at: Setting, look: Look, x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Distances to the nearest bone at three places of the slice's thickness, and the middle one's mesh coordinates."""
    meshes = [at.spine.mesh(at.plane.points(x, z, off)) for off in (-look.slice_mm / 2, 0.0, look.slice_mm / 2)]
    return np.stack([at.spine.distances(mesh).min(axis=0) for mesh in meshes]), meshes[1]


def _elsewhere(probe: Probe, other: Other, chance: np.random.Generator) -> Echoes:
    """The scan of something that is no spine."""
    look = look_of(chance, probe.frequency_mhz)
    x, z, along = probe.places()
    scan = Scan(x, z, np.broadcast_to(along, x.shape), None)
    flesh = empty(scan) if other.kind == "air" else back(scan, other.fat_mm, bool(chance.random() < 0.5), chance)
    gas_mm = pleura_mm(other, chance)
    flesh = flesh if gas_mm is None else over_gas(scan, flesh, gas_mm, chance)
    return echoes_of(probe, look, scan, flesh, Bones(bones_of(other, x, z, chance), look.slice_mm / 2), chance)
