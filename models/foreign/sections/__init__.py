"""Sections: polygons of tissue and bone in the plane, as a map of random scatterers in beam space under a pulse and a beam. It teaches.

Rule 1: anatomy and physics are this package's own; it shares with the other renderers only what a view is and what counts as seen (echo.py).
"""

from models.foreign.sections.drawing import render

__all__ = ["render"]
