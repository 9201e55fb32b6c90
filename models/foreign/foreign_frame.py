"""ForeignFrame: one picture of a foreign renderer with its truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

GreyPicture: TypeAlias = NDArray[np.uint8]  # (height_px, width_px)


@dataclass(frozen=True, slots=True, eq=False)
class ForeignFrame:
    """pixels: the bare scan on black. truth: a line of truth.jsonl (DESIGN: "Truth and score") without "frame",
    and "dim": landmarks as "landmarks" has them, whose echo is there but dim (echo.py).
    scan_box_px: left, top, right, bottom of the scan, right and bottom exclusive."""

    pixels: GreyPicture
    truth: dict[str, Any]
    scan_box_px: tuple[int, int, int, int]
