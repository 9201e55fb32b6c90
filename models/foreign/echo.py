"""Echo: whether a scan shows a bone's own echo where a landmark of bone lies. The one rule of the teaching renderers.

Rule 1: a landmark of bone is seen where, in WIDTH_MM of the LOOK_MM around it, the bone changes the greys of the scan by LEAST_DB: within REACH_MM of
its surface the scan is so much brighter, or darker, than the same scan without bone, and it is not already so above the surface. Told on greys
without speckle. In finished pictures tissue stands out against its surroundings as often as bone does (README.md has the figures), so that a rule on
those would follow the grain.
Rule 2: an opening between two bones (OPENINGS) is seen where rule 1 holds on both sides of it, within BESIDE_MM.
Rule 3: of soft tissue a renderer judges by itself, and it adds what only it knows: that the bone meets sound there, inside the scan.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Levels: TypeAlias = NDArray[np.floating[Any]]  # (beams, samples) greys of 0 to 1 without speckle

LEAST_DB = 1.5  # a sixth of the grey
WIDTH_MM, LOOK_MM = 1.2, 3.0  # less than half: many landmarks are the ends of a bone, with none beyond
REACH_MM = (-0.5, 4.0)  # where along the beam the change may begin: an echo's thickness, or the brink to its shadow
ABOVE_MM = (-4.0, -1.5)
BESIDE_MM = (1.0, 2.0, 3.0, 4.0, 5.0)
OPENINGS = frozenset({"facet", "s2_foramen"})
FLOOR = 0.03  # greys that no screen tells from black


def change_db(levels: Levels, without: Levels, beam: float, sample: float, *, pitch_mm: float, sample_mm: float) -> Levels:
    """Of each beam that LOOK_MM holds: by how many dB bone changes the grey at a place, less the change above it. Empty beside the scan."""
    half = LOOK_MM / 2 / pitch_mm
    rows = slice(max(0, int(np.ceil(beam - half))), max(0, int(np.floor(beam + half)) + 1))
    first = max(0, round(sample + ABOVE_MM[0] / sample_mm))
    middle, start = (max(first, round(sample + mm / sample_mm)) for mm in (ABOVE_MM[1], REACH_MM[0]))
    columns = slice(first, max(first, round(sample + REACH_MM[1] / sample_mm) + 1))
    change = 20 * np.log10(np.maximum(levels[rows, columns], FLOOR) / np.maximum(without[rows, columns], FLOOR))
    if min(change.shape) == 0 or start - first >= change.shape[1]:
        return np.zeros(0)
    above = change[:, : max(1, middle - first)].mean(axis=1, keepdims=True)
    return np.asarray(np.abs(change[:, start - first :] - above).max(axis=1))


def seen(levels: Levels, without: Levels, beam: float, sample: float, *, pitch_mm: float, sample_mm: float) -> bool:
    """Rule 1 at a real beam and sample. without: the same scan with no bone; pitch_mm: between beams there."""
    change = change_db(levels, without, beam, sample, pitch_mm=pitch_mm, sample_mm=sample_mm)
    return bool(len(change) and (change >= LEAST_DB).mean() >= WIDTH_MM / LOOK_MM)


def opening_seen(levels: Levels, without: Levels, beam: float, sample: float, *, pitch_mm: float, sample_mm: float) -> bool:
    """Rule 2 at a real beam and sample."""

    def beside(side: float) -> bool:
        places = (beam + side * mm / pitch_mm for mm in BESIDE_MM)
        return any(seen(levels, without, place, sample, pitch_mm=pitch_mm, sample_mm=sample_mm) for place in places)

    return beside(-1.0) and beside(1.0)
