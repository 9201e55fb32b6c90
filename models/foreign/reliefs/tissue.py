"""Tissue: how strongly the soft parts answer, on the beam grid, in dB over the mean muscle.

Fat lobules and septa, layered fascia, muscles with their septa and fibres, the interspinous ligament, and a body's own sheets and blobs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from models.foreign.reliefs.probe import SAMPLES, Probe
from models.foreign.reliefs.relief import Body, Plane, Reals

FADED_MM = 12.0  # so far under a sheet nothing is left of its echo


@dataclass(frozen=True, slots=True)
class Soft:
    """diffuse_db: of the speckle's mean power; lines: amplitudes of mirror-like echoes, as a share of muscle's."""

    diffuse_db: Reals
    lines: Reals


def grain(rng: np.random.Generator, shape: tuple[int, int], sigma: tuple[float, float]) -> Reals:
    """Smooth noise of mean 0 and deviation 1."""
    step = [max(1, int(s / 1.5)) for s in sigma]
    small = rng.standard_normal([n // k + 3 for n, k in zip(shape, step, strict=True)]).astype(np.float32)
    smooth = gaussian_filter(small, [s / k for s, k in zip(sigma, step, strict=True)])
    smooth = (smooth - smooth.mean()) / max(float(smooth.std()), 1e-6)
    for count, k in zip(shape, step, strict=True):  # each axis in turn becomes the last
        at = np.arange(count, dtype=np.float32) / k
        low = at.astype(int)
        share = at - low
        smooth = (smooth[low] * (1 - share)[:, None] + smooth[low + 1] * share[:, None]).T
    return np.ascontiguousarray(smooth, dtype=np.float32)


def soft(rng: np.random.Generator, body: Body, plane: Plane, probe: Probe, *, fat_mm: float, sagittal: bool) -> Soft:
    """The soft parts of a body under so much fat."""
    px, pz = probe.places()
    x, y, z = plane.patient(px, pz)
    pitch, step = float(probe.pitch_mm()[SAMPLES // 3]), probe.step_mm
    shape = px.shape

    def mm(across: float, along: float) -> Reals:
        return grain(rng, shape, (across / pitch, along / step))

    along = (np.arange(SAMPLES, dtype=np.float32) + 0.5) * probe.step_mm  # layers bend with the face, the deeper the less
    depth = along + (np.maximum(pz, 0) - along) * np.clip(along / 30, 0, 1) * rng.uniform(0.4, 1)
    fascia = fat_mm + 0.6 * mm(14, 60) + 0.02 * np.abs(px)
    in_fat = depth < fascia
    fibre = (rng.uniform(5, 14), rng.uniform(0.35, 0.8)) if sagittal else (rng.uniform(1.2, 4), rng.uniform(0.4, 1.1))
    diffuse = rng.uniform(1.5, 5.5) * mm(*fibre) + rng.uniform(1, 3.5) * mm(9, 6)
    diffuse += rng.uniform(0, 7) * (1 / (1 + np.exp(-(np.abs(x) - rng.uniform(14, 28) - 0.2 * (z - 20)) / 1.5)) - 0.5)  # the next muscle
    septum = np.abs(np.abs(x) - rng.uniform(18, 27) - 0.25 * (z - 15))
    lines = np.exp(-((septum / 0.7) ** 2)) * (z > 2) * rng.uniform(0, 1.5) * (0.6 + 0.5 * mm(1, 3))
    lines += rng.uniform(0.3, 2.4) * np.maximum(mm(*fibre) - rng.uniform(1.2, 1.9), 0)
    diffuse += np.exp(-((x / rng.uniform(2.5, 5)) ** 2)) * (z > -1) * rng.uniform(-5, 4)  # the ligament between spinous processes
    diffuse = np.where(in_fat, rng.uniform(-8, 5) + rng.uniform(1, 3) * mm(5, 1.2), diffuse)
    septa = np.abs(mm(rng.uniform(5, 14), rng.uniform(1.0, 2.2)))
    lines += in_fat * np.exp(-((septa / 0.08) ** 2)) * rng.uniform(0, 1.3) * np.clip(0.6 + 0.7 * mm(6, 3), 0, 2)
    layers = ((0.0, rng.uniform(1, 5)), (rng.uniform(1.2, 3), rng.uniform(0, 3)), (-fat_mm * rng.uniform(0.3, 0.6), rng.uniform(0, 2)))
    for offset, strength in layers:
        lines += strength * np.exp(-(((depth - fascia - offset) / 0.35) ** 2)) * np.clip(0.7 + 0.5 * mm(5, 40), 0, 2)
    diffuse = np.where(along < rng.uniform(1, 2.4), rng.uniform(4, 10), diffuse)  # skin
    for blob in body.blobs:
        reach = np.sqrt(sum(((v - c) / r) ** 2 for v, c, r in zip((x, y, z), blob.centre, blob.radius, strict=True)))
        diffuse = np.where(reach < 1, blob.fill_db + 0.3 * diffuse, diffuse)
        if blob.rim_db:
            diffuse = np.maximum(diffuse, blob.rim_db - 8.7 * ((reach - 1) * min(blob.radius) / 0.6) ** 2)
    for sheet in body.sheets:
        off = sheet.over(x, y, z)
        uneven = np.clip(0.9 + 0.4 * grain(rng, shape, (3 / pitch, 40)), 0.15, 1.8)
        inside = np.clip(off / step + 0.5, 0, 1) * (off < FADED_MM)
        square = np.abs(np.gradient(off, step, axis=1)) > 0.2
        lines += np.asarray(10 ** (sheet.strength_db / 20) * uneven * inside * np.exp(-np.maximum(off, 0) / 0.5) * square, np.float32)
        band = (off >= 0) & (off < sheet.thick)
        diffuse = np.where(band, np.maximum(diffuse, sheet.strength_db - 5 + 5 * (uneven - 0.9)), diffuse)
    return Soft(np.asarray(diffuse, np.float32), np.asarray(lines, np.float32))


def empty(rng: np.random.Generator, probe: Probe, *, air: bool) -> Soft:
    """A probe in air: ringing under the face that dies away. In gel: the same, weaker, over specks."""
    shape = (probe.beams, SAMPLES)
    depth = (np.arange(SAMPLES, dtype=np.float32) + 0.5) * probe.step_mm
    period, decay = rng.uniform(2, 9), rng.uniform(4, 20)
    rings = np.exp(-(((depth % period) / 0.5) ** 2)) * 10 ** (-depth / decay) * rng.uniform(4, 20)
    lines = np.broadcast_to(rings, shape) * np.clip(1 + 0.3 * grain(rng, shape, (30, 9)), 0, 2)
    diffuse = np.full(shape, -70.0, np.float32) if air else -rng.uniform(14, 40) + rng.uniform(1, 5) * grain(rng, shape, (20, 20))
    return Soft(np.asarray(diffuse, np.float32), np.asarray(lines, np.float32))
