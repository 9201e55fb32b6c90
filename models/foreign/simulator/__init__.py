"""A synthetic scanner with anatomy and physics of its own: point scatterers, beams, envelope. render(seed, view) is all that others use.

Rule 1: nothing here is ever trained on.
Rule 2: nothing here reads models/phantom or models/training, and they do not read it.
A frame's way: subject -> anatomy -> pose (render) -> tissue -> echo -> display -> truth.
"""

from models.foreign.simulator.render import render

__all__ = ["render"]
