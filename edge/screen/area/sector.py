"""Which pixels of a box lie inside a scan's sector."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.types import ScanGeometry

CHUNK_ROWS = 32  # at a time: distances and angles of a whole 1080p picture take 50 MB


@lru_cache(maxsize=2)
def sector_mask(geometry: ScanGeometry, pixel_aspect: float, box_px: tuple[int, int, int, int]) -> NDArray[np.bool_] | None:
    """Pixels of box_px (left, top, right, bottom) inside the scan: (rows, columns), or None where all are. pixel_aspect: mm per column over mm
    per row."""
    if geometry.apex_px is None:
        return None
    left, top, right, bottom = box_px
    du = (np.arange(left, right) - geometry.apex_px[0]) * pixel_aspect
    dv = np.arange(top, bottom)[:, None] - geometry.apex_px[1]
    made = np.zeros((len(dv), len(du)), np.bool_)
    for first in range(0, len(dv), CHUNK_ROWS):
        made[first : first + CHUNK_ROWS] = inside_sector(geometry, du, dv[first : first + CHUNK_ROWS])
    return made


def inside_sector(geometry: ScanGeometry, du: NDArray[np.floating[Any]], dv: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Whether points lie in the sector; du, dv: from the apex, in row pixels."""
    radius = np.hypot(du, dv)
    angle_deg = np.degrees(np.abs(np.arctan2(du, dv)))
    # a virtual convex fan starts at a flat face
    height = np.broadcast_to(dv, radius.shape) if geometry.kind == "virtual_convex" else radius
    inside = (height >= geometry.inner_radius_px) & (radius <= geometry.outer_radius_px) & (angle_deg <= geometry.half_angle_deg)
    return np.asarray(inside, dtype=np.bool_)
