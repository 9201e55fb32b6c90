"""Round things on a screen, buttons and the dot of a probe's marker: what is round where it was drawn is an oval where columns were stretched.

Rule 1: one oval may be meant; two that agree, and are as long as a scaler makes a disc of a usual screen, are not.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from edge.screen.area.columns import made_by_chains
from edge.screen.ruler.digits import marks_of
from edge.types import GrayImage

INK, MOST_INK = 20, 0.1  # grey levels from the background; share of a picture that writing and buttons fill, where the background is known
LEAST_PX, MOST_SHARE = 14, 0.1  # its lesser width; its greatest of the picture's height
LONGEST = 2.0
BOX_FILLED = (0.66, 0.9)  # of its box: a disc fills 0.785
MARGIN_PX, FLAT = 3, 8  # around it, and the range of grey levels there
OVAL, FULL = 0.05, 0.02  # of its area: off an oval's, pixel by pixel; and off what its spread says
ALIKE, NEAR = 0.01, 0.01  # ovals that agree; and so near to what a scaler makes
LEAST_ROUNDS = 2


def ovals(pixels: GrayImage, ink: GrayImage) -> list[float]:
    """Height over width of each plain oval: the width of a column in heights of a row, if it was drawn round. ink: grey levels from the background,
    0 over the scan."""
    half = ink[::2, ::2] > INK
    if half.mean() > MOST_INK:
        return []
    boxes = 2 * marks_of(half).boxes
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    sized = (np.minimum(width, height) >= LEAST_PX) & (np.maximum(width, height) <= MOST_SHARE * pixels.shape[0])
    sized &= (width <= LONGEST * height) & (height <= LONGEST * width)
    found = []
    for left, top, right, bottom in boxes[sized].tolist():
        filled = float(half[top // 2 : bottom // 2, left // 2 : right // 2].mean())
        inside = min(left, top) >= MARGIN_PX and bottom + MARGIN_PX <= pixels.shape[0] and right + MARGIN_PX <= pixels.shape[1]
        if inside and BOX_FILLED[0] <= filled <= BOX_FILLED[1]:
            ratio = _height_over_width(pixels[top - MARGIN_PX : bottom + MARGIN_PX, left - MARGIN_PX : right + MARGIN_PX])
            found += [ratio] if ratio else []
    return found


def _height_over_width(part: GrayImage) -> float:
    """Of one oval of one grey on another; 0 where it is none."""
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]).astype(np.float64)
    ground = float(np.median(rim))
    off = part.astype(np.float64) - ground
    core = float(np.median(off[np.abs(off) > INK])) if (np.abs(off) > INK).any() else 0.0
    if np.ptp(rim) > FLAT or abs(core) < INK:
        return 0.0
    cover = np.clip(off / core, 0.0, 1.0)
    cover[cover < FLAT / abs(core) / 2] = 0.0
    area = float(cover.sum())
    v, u = np.mgrid[0 : part.shape[0], 0 : part.shape[1]].astype(np.float64)
    u, v = u - float((cover * u).sum()) / area, v - float((cover * v).sum()) / area
    wide, high = 2 * sqrt(float((cover * u * u).sum()) / area), 2 * sqrt(float((cover * v * v).sum()) / area)  # half axes, if it is an oval
    drawn = np.clip(0.5 + (1 - np.hypot(u / wide, v / high)) * min(wide, high), 0.0, 1.0)
    plain = float(np.abs(cover - drawn).sum()) <= OVAL * area and abs(area / (pi * wide * high) - 1) <= FULL
    return high / wide if plain else 0.0


def tell(ratios: list[float], shape: tuple[int, ...]) -> float:
    """The width of a column, in heights of a row, that makes round what is an oval on the screen: one that video chains make, and all of it agrees; 0
    where that is not so. shape: rows, columns of the picture."""
    if len(ratios) < LEAST_ROUNDS or max(ratios) / min(ratios) - 1 > ALIKE:
        return 0.0
    middle = float(np.median(ratios))
    nearest = min(made_by_chains(shape), key=lambda each: abs(middle / each - 1))
    return nearest if abs(middle / nearest - 1) <= NEAR else 0.0
