"""Cuts: where beams cross polygons and lines, exactly, and the grids that follow from it.

A beam crosses each edge at a way that two cross products give. A polygon fills the samples after an odd number of crossings. No raster is
searched, so that a surface lies where it lies, and the angle at which sound meets it is the edge's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign.sections.probe import BEAMS, Grid, Probe
from models.foreign.sections.shapes import Bone, Points

Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Crossings:
    """One entry a crossing. beam, sample: the first sample at or under it. r: way in mm. facing: cosine between the beam and the edge's normal."""

    beam: Whole
    sample: Whole
    r: Grid
    facing: Grid


def crossings(probe: Probe, points: Points, *, closed: bool) -> Crossings:
    """All of a line or polygon, also those beneath the scan (held to its last sample), none above the face."""
    start, way = probe.lines()
    edges = np.diff(np.concatenate([points, points[:1]]) if closed else points, axis=0)
    from_beam = points[None, : len(edges)] - start[:, None]  # (beams, edges, 2)
    across = way[:, :1] * edges[None, :, 1] - way[:, 1:] * edges[None, :, 0]
    across = np.where(np.abs(across) < 1e-9, 1e-9, across)
    r = (from_beam[..., 0] * edges[None, :, 1] - from_beam[..., 1] * edges[None, :, 0]) / across
    share = (from_beam[..., 0] * way[:, 1:] - from_beam[..., 1] * way[:, :1]) / across
    beam, edge = np.nonzero((share >= 0) & (share < 1) & (r > 0))
    found = r[beam, edge]
    sample = np.minimum(np.ceil(found / probe.sample_mm).astype(np.intp), probe.samples)
    length = np.maximum(np.hypot(edges[:, 0], edges[:, 1]), 1e-9)
    return Crossings(beam, sample, found, np.abs(across[beam, edge]) / length[edge])


def filled(probe: Probe, points: Points, found: Crossings | None = None) -> NDArray[np.bool_]:
    """(beams, samples): inside the polygon. Where the face lies inside it, the first sample begins inside."""
    found = crossings(probe, points, closed=True) if found is None else found
    counts = np.zeros((BEAMS, probe.samples + 1), np.int8)
    np.add.at(counts, (found.beam, found.sample), 1)
    first = counts.sum(axis=1, dtype=np.int32)[:, None] % 2  # crossings are those under the face
    return np.asarray((np.cumsum(counts, axis=1, dtype=np.int32) + first)[:, :-1] % 2 == 1)


@dataclass(frozen=True, slots=True)
class Surface:
    """The bones' union in beam space. share: (beams, samples) of the slice that is bone, 0 outside. The rest: one entry for each place where a
    beam comes from soft tissue into bone."""

    share: Grid
    beam: Whole
    sample: Whole
    r: Grid
    facing: Grid
    strength: Grid


def surface_of(probe: Probe, bones: tuple[Bone, ...]) -> Surface:
    share = np.zeros((BEAMS, probe.samples), np.float32)
    parts = []
    for bone in bones:
        found = crossings(probe, bone.outline, closed=True)
        inside = filled(probe, bone.outline, found)
        np.maximum(share, np.where(inside, np.float32(bone.share), np.float32(0)), out=share)
        parts.append((found, np.full(len(found.r), bone.share)))
    if not parts:
        none = np.zeros(0)
        return Surface(share, none.astype(np.intp), none.astype(np.intp), none, none, none)
    beam, sample = (np.concatenate([getattr(found, name) for found, _ in parts]) for name in ("beam", "sample"))
    r, facing = (np.concatenate([getattr(found, name) for found, _ in parts]) for name in ("r", "facing"))
    strength = np.concatenate([own for _, own in parts])
    inside = sample < probe.samples - 1
    own, before = np.minimum(sample, probe.samples - 1), np.maximum(sample - 1, 0)
    enters = inside & (share[beam, own] >= strength - 1e-6) & (share[beam, before] < strength - 1e-6)
    return Surface(share, beam[enters], sample[enters], r[enters], facing[enters], strength[enters])
