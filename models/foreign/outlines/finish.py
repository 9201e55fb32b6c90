"""Finish: beam space becomes the picture: scan conversion, blur, coarse panels, tone, compression."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from models.foreign.foreign_frame import GreyPicture
from models.foreign.outlines.chance import Chance, Floats
from models.foreign.outlines.look import Look
from models.foreign.outlines.probe import BEAMS, Probe


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture's size in pixels, its scale, where the probe's origin lies in it, and the scan's box."""

    width_px: int
    height_px: int
    mm_per_px: tuple[float, float]
    origin_px: tuple[float, float]
    box_px: tuple[int, int, int, int]


def canvas_for(chance: Chance, probe: Probe) -> Canvas:
    """A picture that holds the scan with a rim of black; pixels of 0.1 to 0.5 mm, mostly square."""
    left, top, right, bottom = probe.box_mm
    down = min(max((right - left) / chance.between(260, 560), 0.1), 0.5)
    across = down * chance.of((1.0, chance.between(0.9, 1.1)), (85, 15))
    rim = [chance.of((0, chance.count(1, 40)), (4, 6)) for _ in range(4)]
    width, height = int((right - left) / across), int((bottom - top) / down)
    origin = (rim[0] - left / across, rim[1] - top / down)
    box = (rim[0], rim[1], rim[0] + width, rim[1] + height)
    return Canvas(box[2] + rim[2], box[3] + rim[3], (across, down), origin, box)


def _panel(probe: Probe, canvas: Canvas, coarse: float) -> tuple[NDArray[np.float64], NDArray[np.float64], float, NDArray[np.bool_]]:
    """Beam and sample of the pixels of a coarser panel, how many picture pixels one of its pixels is, and which lie in the scan."""
    step = max(1.0, 0.4 * coarse / canvas.mm_per_px[0])
    u = (np.arange(int(np.ceil(canvas.width_px / step))) + 0.5) * step - 0.5
    v = (np.arange(int(np.ceil(canvas.height_px / step))) + 0.5) * step - 0.5
    x = ((u - canvas.origin_px[0]) * canvas.mm_per_px[0])[None, :] + 0 * v[:, None]
    z = ((v - canvas.origin_px[1]) * canvas.mm_per_px[1])[:, None] + 0 * u[None, :]
    beam, sample = probe.beams_of(np.stack([x, z], axis=-1))
    return beam, sample, step, _inside(probe, canvas)


def _inside(probe: Probe, canvas: Canvas) -> NDArray[np.bool_]:
    """(height, width) of the picture: which pixels the scan covers."""
    x = ((np.arange(canvas.width_px, dtype=np.float32) - canvas.origin_px[0]) * canvas.mm_per_px[0])[None, :]
    z = ((np.arange(canvas.height_px, dtype=np.float32) - canvas.origin_px[1]) * canvas.mm_per_px[1])[:, None]
    left, _, right, _ = probe.box_mm
    held = (x >= left) & (x <= right) & (z <= probe.depth_mm)
    if probe.radius_mm == 0:
        return np.asarray(held & (z >= 0))
    down = z + probe.radius_mm
    reach, slope = x**2 + down**2, np.tan(np.radians(probe.half_deg))
    fan = (reach >= probe.radius_mm**2) & (reach <= (probe.radius_mm + probe.depth_mm) ** 2) & (np.abs(x) <= slope * down)
    return np.asarray(held & fan)


def picture(chance: Chance, probe: Probe, look: Look, canvas: Canvas, beams: Floats) -> GreyPicture:
    """The grey picture of beam-space greys (0 to 1). Pixels outside the scan are 0."""
    beam, sample, _, inside = _panel(probe, canvas, look.coarse)
    coarse = map_coordinates(beams, [sample, np.clip(beam, 0, BEAMS - 1)], order=1, mode="nearest", output=np.float32)
    if look.blur:
        coarse = gaussian_filter(coarse, look.blur * chance.between(0.4, 0.9), truncate=2.5)
        if chance.happens(0.4):
            coarse += chance.between(0.2, 0.8) * (coarse - gaussian_filter(coarse, 1.5, truncate=2.0))
    coarse *= chance.between(0.7, 1.2) / max(float(np.quantile(coarse[::2, ::2], 0.985)), 0.05)
    knee = chance.between(0.75, 0.95)  # above it bright greys are pressed together, as scanners do, rather than cut off
    coarse = np.where(coarse > knee, knee + (1 - knee) * np.tanh((coarse - knee) / (1 - knee) * 0.6), np.maximum(coarse, 0)) ** look.gamma
    floor = chance.of((0.0, chance.between(0, 0.08)), (7, 3))
    grey = Image.fromarray(np.asarray((floor + (1 - floor) * coarse) * 255, np.uint8))
    method = chance.of((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.NEAREST), (6, 3, 1))
    step_px = max(1.0, 0.4 * look.coarse / canvas.mm_per_px[0])
    box = (0.0, 0.0, min(canvas.width_px / step_px, grey.width), min(canvas.height_px / step_px, grey.height))
    pixels = np.array(grey.resize((canvas.width_px, canvas.height_px), method, box=box))
    pixels[~inside] = 0
    return _compressed(pixels, look.quality)


def _compressed(pixels: GreyPicture, quality: int) -> GreyPicture:
    if not quality:
        return pixels
    store = BytesIO()
    Image.fromarray(pixels).save(store, "JPEG", quality=quality)
    return np.array(Image.open(store).convert("L"))
