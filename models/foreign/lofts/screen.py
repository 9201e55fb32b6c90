"""Screen: beams become a picture."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from models.foreign.foreign_frame import GreyPicture
from models.foreign.lofts.array import BEAMS, Array
from models.foreign.lofts.mesh import Draw, Real

SIZE_PX = 416


def scale_of(draw: Draw, array: Array) -> float:
    """mm per pixel."""
    x, z = array.places
    return max(2 * float(x.max()), 0.85 * float(z.max() - z.min())) / (SIZE_PX * draw.uniform(0.88, 1.1))


def on_screen(grey: Real, array: Array, mm_per_px: float) -> tuple[GreyPicture, tuple[float, float]]:
    """The picture, and the pixel of the face's middle."""
    x, z = array.places
    edge, low, high = float(x.max()), float(z.min()), float(z.max())
    across = np.arange(-edge, edge + mm_per_px, mm_per_px, dtype=np.float32)
    down = np.arange(low, high + mm_per_px, mm_per_px, dtype=np.float32)
    if array.radius_mm:
        beam, along = array.polar(across[None, :], down[:, None])
    else:
        beam, along = np.broadcast_arrays(((across + np.float32(array.half)) / np.float32(array.step))[None, :], down[:, None])
    row = along / np.float32(array.sample_mm)
    picture = map_coordinates(grey, np.stack([row, beam]), order=1, mode="constant", cval=0.0, prefilter=False, output=np.float32)
    inside = (beam >= 0) & (beam <= BEAMS - 1) & (row >= 0)
    return (np.where(inside, picture, 0) * np.float32(255) + np.float32(0.5)).astype(np.uint8), (edge / mm_per_px, -low / mm_per_px)
