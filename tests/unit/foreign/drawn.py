"""Frames of the renderers that draw whole pictures by seed, rendered once for all tests of a process. Not a test."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign import renderer_of
from models.foreign.foreign_frame import ForeignFrame

Frames: TypeAlias = dict[str, list[ForeignFrame]]  # by view, one a seed
SEEDS = {"outlines": 20, "densities": 8}
BONE = {"spinous_process", "lamina", "sap_tip", "tp_tip", "articular_process", "cornu", "median_crest", "iliac_edge", "s1_sap", "lamina_cranial"}


@cache
def frames_of(renderer: str) -> Frames:
    render = renderer_of(renderer)
    return {view: [render(seed, view) for seed in range(SEEDS[renderer])] for view in (*VIEWS, NO_VIEW)}
