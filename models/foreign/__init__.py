"""Renderers of spinal ultrasound that share nothing with models/phantom: frames drawn by other hands.

Rule 1: `simulator` and `digitised` never teach; what they draw only judges. Rule 2: no renderer reads another's anatomy or physics.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from edge.catalogue import VIEWS
from models.foreign.foreign_frame import ForeignFrame

TAUGHT = ("outlines", "solids", "densities", "ribbons", "lofts", "impedances", "capsules")
RENDERERS = (*TAUGHT, "simulator", "digitised")


def views_of(name: str) -> tuple[str, ...]:
    """The views of the catalogue that a renderer draws: all, but for one that says otherwise (VIEWS_HELD)."""
    held: tuple[str, ...] = getattr(import_module(f"models.foreign.{name}"), "VIEWS_HELD", tuple(VIEWS))
    return held


def renderer_of(name: str) -> Callable[[int, str], ForeignFrame]:
    """render(seed, view) of a renderer by its name. Raises ValueError on an unknown one."""
    if name not in RENDERERS:
        raise ValueError(f"renderer {name!r}: it can be {', '.join(RENDERERS)}")
    render: Callable[[int, str], ForeignFrame] = import_module(f"models.foreign.{name}").render
    return render
