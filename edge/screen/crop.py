"""The scan alone, cut out of a video frame: whatever stands beside it on the screen is dropped.

Rule 1: nothing that records, shows or sends pixels takes them from anywhere else, so no patient's name can pass.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.types import Frame, Scan, ScanGeometry


def scan_only(frame: Frame, scan: Scan) -> Frame:
    """The scan's bounding box as a frame with its offset, grey 0 outside the sector."""
    geometry = scan.geometry
    rows, columns = frame.pixels.shape
    left, top = max(geometry.left_px, frame.offset_px[0]), max(geometry.top_px, frame.offset_px[1])
    right, bottom = min(geometry.right_px, frame.offset_px[0] + columns), min(geometry.bottom_px, frame.offset_px[1] + rows)
    dx, dy = frame.offset_px
    part = frame.pixels[top - dy : max(top, bottom) - dy, left - dx : max(left, right) - dx]
    inside = sector_mask(geometry, scan.mm_per_px_x / scan.mm_per_px_y, (left, top, right, bottom))
    kept = part.copy() if inside is None else np.where(inside, part, np.uint8(0))
    return Frame(frame.frame_id, frame.captured_ns, kept, (left, top))


@lru_cache(maxsize=4)
def sector_mask(geometry: ScanGeometry, pixel_aspect: float, box_px: tuple[int, int, int, int]) -> NDArray[np.bool_] | None:
    """Pixels of box_px (left, top, right, bottom) inside the scan: (rows, columns), or None where all are. pixel_aspect: mm per column over mm
    per row."""
    if geometry.apex_px is None:
        return None
    left, top, right, bottom = box_px
    du = (np.arange(left, right) - geometry.apex_px[0]) * pixel_aspect
    dv = np.arange(top, bottom)[:, None] - geometry.apex_px[1]
    return inside_sector(geometry, du, dv)


def inside_sector(geometry: ScanGeometry, du: NDArray[np.floating[Any]], dv: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Whether points lie in the sector; du, dv: from the apex, in row pixels."""
    radius = np.hypot(du, dv)
    angle_deg = np.degrees(np.abs(np.arctan2(du, dv)))
    # a virtual convex fan starts at a flat face
    height = np.broadcast_to(dv, radius.shape) if geometry.kind == "virtual_convex" else radius
    inside = (height >= geometry.inner_radius_px) & (radius <= geometry.outer_radius_px) & (angle_deg <= geometry.half_angle_deg)
    return np.asarray(inside, dtype=np.bool_)
