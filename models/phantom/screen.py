"""The scanner's screen: the scan in its place with everything that stands around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phantom.layouts import Layout
from models.phantom.probe import F32, ProbeSpec
from models.phantom.scanconvert import scale_to_fit, scan_convert
from models.phantom.truth import Placement


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """A screen as the scanner makes it. pixels: uint8 (height, width); colour: (height, width, 3) or None for a grey screen."""

    pixels: NDArray[np.uint8]
    placement: Placement
    colour: NDArray[np.uint8] | None = None


def dress(grey: F32, probe: ProbeSpec, layout: Layout, rng: np.random.Generator, *, number: int = 0) -> Dressed:
    """grey: float32 (samples, beams), 0..255. number: of the frame in its clip (a clock that runs)."""
    left, top, right, bottom = layout.box_px
    scale = scale_to_fit(probe, width_px=right - left, height_px=bottom - top)
    picture = scan_convert(grey, probe, mm_per_px=scale)
    height, width = picture.pixels.shape
    u = left + (right - left - width) // 2
    v = top + (bottom - top - height) // 2
    pixels = np.zeros((layout.height_px, layout.width_px), np.uint8)
    u, v = max(u, 0), max(v, 0)
    part = picture.pixels[: layout.height_px - v, : layout.width_px - u]
    pixels[v : v + part.shape[0], u : u + part.shape[1]] = part
    placement = Placement(
        (picture.origin_px[0] + u, picture.origin_px[1] + v), picture.mm_per_px, picture.kind,
        picture.face_radius_mm, picture.face_half_width_mm, (u, v, u + part.shape[1], v + part.shape[0]),
    )  # fmt: skip
    return Dressed(pixels, placement)
