"""The scan alone, cut out of a video frame: whatever stands beside it on the screen is dropped.

Rule 1: nothing that records, shows or sends pixels takes them from anywhere else, so no patient's name can pass.
"""

from __future__ import annotations

import numpy as np

from edge.screen.area.sector import sector_mask
from edge.types import Frame, Scan


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
