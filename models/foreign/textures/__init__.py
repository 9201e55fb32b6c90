"""Textures: sections of bone laid into tissue whose greys have the statistics of real pictures. Teaches.

Rule 1: the look is measured, not copied: tissue.py holds the figures, and no pixel of a real picture is here.
Rule 2: a landmark is the first bone that a beam meets, or a soft edge; echo.py judges it on greys without speckle.
"""

from models.foreign.textures.frame import render

__all__ = ["render"]
