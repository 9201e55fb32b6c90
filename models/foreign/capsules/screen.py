"""Screen: from beams and samples to pixels on black, and points of the plane to pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.capsules.bones import Numbers
from models.foreign.capsules.flesh import SAMPLES
from models.foreign.capsules.probe import BEAMS, Probe
from models.foreign.foreign_frame import GreyPicture


@dataclass(frozen=True, slots=True)
class Screen:
    """origin_px: the face's middle. size_px: width, height. box_px: the scan's left, top, right, bottom."""

    probe: Probe
    mm_per_px: float
    origin_px: tuple[float, float]
    size_px: tuple[int, int]
    box_px: tuple[int, int, int, int]

    def pixel(self, u: float, w: float) -> list[float]:
        return [round(self.origin_px[0] + u / self.mm_per_px, 2), round(self.origin_px[1] + w / self.mm_per_px, 2)]


def screen(draw: np.random.Generator, probe: Probe) -> Screen:
    """A picture of 360 to 530 px on its longer side."""
    flat = probe.kind == "rectangle"
    wide = probe.half_width_mm if flat else (probe.radius_mm + probe.depth_mm) * float(np.sin(probe.half_angle))
    above = 0.0 if flat else probe.radius_mm * (1 - float(np.cos(probe.half_angle)))
    mm = max(2 * wide, probe.depth_mm + above) / draw.uniform(360, 480)
    left, top = int(draw.integers(0, 24)), int(draw.integers(0, 24))
    across, down = int(np.ceil(2 * wide / mm)), int(np.ceil((probe.depth_mm + above) / mm))
    size = left + across + int(draw.integers(0, 24)), top + down + int(draw.integers(0, 24))
    return Screen(probe, mm, (left + wide / mm, top + above / mm), size, (left, top, left + across, top + down))


def picture(shown: Screen, greys: Numbers) -> GreyPicture:
    """greys: (BEAMS, SAMPLES) of 0 to 1."""
    left, top, right, bottom = shown.box_px
    u = ((np.arange(left, right) - shown.origin_px[0]) * shown.mm_per_px)[None, :].astype(np.float32)
    w = ((np.arange(top, bottom) - shown.origin_px[1]) * shown.mm_per_px)[:, None].astype(np.float32)
    probe = shown.probe
    if probe.kind == "rectangle":
        beam, way = np.broadcast_arrays((u / probe.half_width_mm + 1) * (BEAMS - 1) / 2, w)
    else:
        from_apex = w + np.float32(probe.radius_mm)
        beam, way = (np.arctan2(u, from_apex) / probe.half_angle + 1) * (BEAMS - 1) / 2, np.hypot(u, from_apex) - probe.radius_mm
    row = way * (SAMPLES / probe.depth_mm) - 0.5
    inside = (beam > -0.5) & (beam < BEAMS - 0.5) & (row > -0.6) & (row < SAMPLES - 0.4)
    values = _between(greys.astype(np.float32), beam[inside].clip(0, BEAMS - 1.001), row[inside].clip(0, SAMPLES - 1.001))
    pixels = np.zeros((shown.size_px[1], shown.size_px[0]), np.uint8)
    box = np.zeros(inside.shape, np.uint8)
    box[inside] = values * 255 + 0.5
    pixels[top:bottom, left:right] = box
    return pixels


def _between(greys: Numbers, beam: Numbers, row: Numbers) -> Numbers:
    """Bilinear in beams and samples."""
    i, j = beam.astype(np.int32), row.astype(np.int32)
    a, b, flat = beam - i, row - j, greys.ravel()
    k = i * SAMPLES + j
    return np.asarray((1 - a) * ((1 - b) * flat[k] + b * flat[k + 1]) + a * ((1 - b) * flat[k + SAMPLES] + b * flat[k + SAMPLES + 1]))
