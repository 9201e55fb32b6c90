"""The least and the most of the training command's numbers, and what a wrong one is told, before hours of rendering. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.catalogue import VIEWS
from models.training.settings import DRAWN_VALIDATION, DRAWN_VALIDATION_END

CALIBRATION_FRAMES = 200  # whose ranges quantisation takes
BOUNDS: dict[str, tuple[float, float]] = {
    "train_frames": (CALIBRATION_FRAMES, 500_000),
    "none_frames": (0, 500_000),
    "drawn_frames": (0, 500_000),
    "first_subject": (0, 999_999),
    "drawn_first": (10_000_000, 99_999_999),
    "validation_frames": (1, 500_000),
    "test_frames": (1, 100_000),
    **dict.fromkeys(("steps", "rounded_steps", "settled_steps"), (0, 10_000_000)),
    "seed": (0, 2**31 - 1),
    **dict.fromkeys(("none_share", "labelled_share", "hard_share", "plain_share", "lowest_share", "average"), (0, 1)),
    **dict.fromkeys(("workers", "threads"), (1, 256)),
    "rate": (1e-8, 1),
}


def refuse_unusable(options: Mapping[str, Any]) -> None:
    """Raises ValueError for a number out of its bounds and for a view that there is not."""
    for name, (least, most) in BOUNDS.items():
        if not least <= options[name] <= most:
            raise ValueError(f"--{name.replace('_', '-')} {options[name]}: it must lie from {least:g} to {most:g}")
    first, end = options["drawn_first"], options["drawn_first"] + options["drawn_frames"]
    if max(first, DRAWN_VALIDATION) < min(end, DRAWN_VALIDATION_END):
        raise ValueError(f"--drawn-first {first}, to {end - 1}: seeds {DRAWN_VALIDATION} to {DRAWN_VALIDATION_END - 1} calibrate, and never teach")
    for view in options["views"].split(","):
        if view not in VIEWS:
            raise ValueError(f"--views {view!r}: it can be {', '.join(VIEWS)}")
