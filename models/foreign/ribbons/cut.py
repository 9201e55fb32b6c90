"""Cut: where each beam first meets a ribbon, and how square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.ribbons.beams import BEAMS, Beams
from models.foreign.ribbons.ribbon import Numbers, Ribbon


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """By beam: depth_mm along it, infinite where it misses; square, the cosine of incidence; row, where on the ribbon."""

    depth_mm: Numbers
    square: Numbers
    row: Numbers


def cut_of(ribbon: Ribbon, beams: Beams) -> Cut:
    beam, along = beams.polar(ribbon.points[:, 0], ribbon.points[:, 1])
    first, last = np.ceil(np.minimum(beam[:-1], beam[1:])), np.floor(np.maximum(beam[:-1], beam[1:]))
    first, last = np.clip(first, 0, BEAMS), np.clip(last, -1, BEAMS - 1)
    counts = np.maximum(last - first + 1, 0).astype(int)
    pieces = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(pieces)) - np.repeat(np.cumsum(counts) - counts, counts)
    met = (first[pieces] + within).astype(int)
    step = beam[pieces + 1] - beam[pieces]
    share = (met - beam[pieces]) / np.where(np.abs(step) < 1e-9, 1e-9, step)
    depth = along[pieces] + share * (along[pieces + 1] - along[pieces])
    aside = step * np.array([beams.pitch_mm(one) for one in along])[pieces]
    square = np.abs(aside) / np.maximum(np.hypot(aside, along[pieces + 1] - along[pieces]), 1e-9)
    return _shallowest(met, depth, square, pieces + share)


def _shallowest(met: Numbers, depth: Numbers, square: Numbers, row: Numbers) -> Cut:
    """Of all places where a beam meets the ribbon, the first."""
    order = np.argsort(-depth, kind="stable")
    depths, squares, rows = np.full(BEAMS, np.inf), np.zeros(BEAMS), np.zeros(BEAMS)
    for into, values in ((depths, depth), (squares, square), (rows, row)):
        into[met[order]] = values[order]
    depths[depths < 0.5] = np.inf
    return Cut(depths, squares, rows)
