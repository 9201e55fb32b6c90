"""One frame of a foreign renderer: the bare scan, its truth, and where the scan stands in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ForeignFrame:
    """pixels: (height, width), grey, black outside the scan. truth: truth.jsonl's form without "frame". scan_box_px: left, top, right, bottom."""

    pixels: NDArray[np.uint8]
    truth: dict[str, Any]
    scan_box_px: tuple[int, int, int, int]
