"""Renderers of spinal ultrasound that share nothing with models/phantom: frames drawn by other hands.

Rule 1: `simulator` never teaches; what it draws only judges. Rule 2: no renderer reads another's anatomy or physics.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from models.foreign.foreign_frame import ForeignFrame

TAUGHT = ("outlines", "solids", "densities", "ribbons", "lofts", "impedances")
RENDERERS = (*TAUGHT, "simulator")


def renderer_of(name: str) -> Callable[[int, str], ForeignFrame]:
    """render(seed, view) of a renderer by its name. Raises ValueError on an unknown one."""
    if name not in RENDERERS:
        raise ValueError(f"renderer {name!r}: it can be {', '.join(RENDERERS)}")
    render: Callable[[int, str], ForeignFrame] = import_module(f"models.foreign.{name}").render
    return render
