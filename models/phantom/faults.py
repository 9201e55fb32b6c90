"""What happens to a scanner's picture on its way as video: scaling, aspect, overscan, compression, tearing, mirroring, no signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phantom.layouts import Layout
from models.phantom.screen import Dressed


@dataclass(frozen=True, slots=True)
class Fault:
    """One video chain. mirrored, upside_down: as a camera or a setting turns the frame."""

    mirrored: bool = False
    upside_down: bool = False
    torn: bool = False

    @property
    def breaks_truth(self) -> bool:
        """Nothing may be pointed from such a frame."""
        return self.upside_down or self.torn


NO_FAULT = Fault()


def sample_fault(rng: np.random.Generator) -> Fault:
    del rng
    return NO_FAULT


def apply(dressed: Dressed, fault: Fault, rng: np.random.Generator) -> Dressed:
    del rng
    pixels = dressed.pixels[::-1].copy() if fault.upside_down else dressed.pixels
    return Dressed(pixels, dressed.placement)


def no_scan(kind: str, layout: Layout, rng: np.random.Generator) -> NDArray[np.uint8]:
    del kind, rng
    return np.zeros((layout.height_px, layout.width_px), np.uint8)
