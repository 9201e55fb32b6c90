"""What tissue lies where, and how strongly it scatters: a raster of labels and of decibels over muscle, with fibres, lobules and patches."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from models.foreign.simulator.anatomy.curves import Curve, wandering
from models.foreign.simulator.anatomy.section import Section, Tissue
from models.foreign.simulator.anatomy.subject import Subject
from models.foreign.simulator.probe import Floats, Probe, half_picture_mm

RES_MM, ABOVE_MM = 0.3, 18.0
# tissue: (dB over muscle, spread of it between frames, dB lost per cm and MHz one way)
KINDS: dict[Tissue, tuple[float, float, float]] = {
    "muscle": (0, 0, 0.55), "water": (-60, 0, 0.0), "skin": (7, 2, 0.9), "fat": (-2, 3.5, 0.5), "fibre": (4, 2.5, 0.8), "fluid": (-22, 5, 0.05),
    "bone": (-30, 4, 0.6), "nerve": (-9, 3, 0.5), "cortex": (-4, 2, 0.5), "sinus": (7, 2, 0.7), "air": (-34, 4, 1.2), "deep": (1, 2, 0.6),
    "psoas": (-4, 2.5, 0.5), "disc": (-7, 3, 1.8),
}  # fmt: skip
LABEL = {name: k for k, name in enumerate(KINDS)}


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Arrays of (rows, columns). label: tissue; decibel: scattering over muscle; cloud_db: unevenness of haze behind bone.

    loss: per tissue, dB per cm and MHz. left_mm, -ABOVE_MM: where cell (0, 0) lies.
    """

    label: NDArray[np.uint8]
    decibel: Floats
    cloud_db: Floats
    loss: Floats
    left_mm: float

    def cells(self, x: Floats, z: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows = np.clip(np.round((z + ABOVE_MM) / RES_MM), 0, self.label.shape[0] - 1).astype(np.intp)
        return rows, np.clip(np.round((x - self.left_mm) / RES_MM), 0, self.label.shape[1] - 1).astype(np.intp)


def raster_of(section: Section, subject: Subject, probe: Probe, rng: np.random.Generator) -> Raster:
    """The section on a raster as large as the picture."""
    half = half_picture_mm(probe) + 3
    shape = (ceil((probe.depth_mm + ABOVE_MM + 2) / RES_MM), ceil(2 * half / RES_MM))
    label = _layers(section, probe, shape, -half, rng)
    label = _filled(label, [(region.outline, region.tissue) for region in section.regions] + [(bone, "bone") for bone in section.bones], -half)
    base = np.array([level + spread * float(np.clip(rng.normal(), -1.6, 1.6)) for level, spread, _ in KINDS.values()])
    loss = np.array([loss for _, _, loss in KINDS.values()]) * rng.uniform(0.8, 1.2)
    cloud = 1.2 * subject.spread_db * _noise(shape, 9, 6, rng)
    halo = subject.halo_db * np.minimum(2.5 * gaussian_filter((label == LABEL["bone"]).astype(np.float32), 2.5 / RES_MM), 1)
    return Raster(label, base[label] + halo * (label == LABEL["muscle"]) + _texture(section, subject, label, rng), cloud, loss, -half)


def _layers(section: Section, probe: Probe, shape: tuple[int, int], left: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Skin, fat and flesh, bent as the face presses them."""
    z = (np.arange(shape[0]) * RES_MM - ABOVE_MM)[:, None]
    x: Floats = left + np.arange(shape[1], dtype=np.float64) * RES_MM
    bend = probe.face_z(x)[None, :] * np.exp(-np.maximum(z, 0) / 25)
    fat_end = section.fat_mm + min(1.2, 0.1 * section.fat_mm) * wandering(shape[1], 9 / RES_MM, rng)
    under = z - bend
    label = np.where(under < 1.6, LABEL[section.skin], np.where(under < fat_end[None, :], LABEL["fat"], LABEL[section.flesh]))
    return np.asarray(label, dtype=np.uint8)


def _filled(label: NDArray[np.uint8], areas: list[tuple[Curve, Tissue]], left: float) -> NDArray[np.uint8]:
    """The labels with each closed area painted over, in order."""
    picture = Image.fromarray(label)
    pen = ImageDraw.Draw(picture)
    for outline, tissue in areas:
        pen.polygon(
            [((x - left) / RES_MM, (z + ABOVE_MM) / RES_MM) for x, z in outline[:: 2 if len(outline) > 150 else 1].tolist()], fill=LABEL[tissue]
        )
    return np.array(picture)


def _noise(shape: tuple[int, int], down_mm: float, across_mm: float, rng: np.random.Generator) -> Floats:
    """Smooth noise of unit deviation with the given reaches."""
    noise = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), (down_mm / RES_MM, across_mm / RES_MM), mode="wrap", truncate=3)
    return np.asarray(noise / max(float(noise.std()), 1e-9), dtype=np.float64)


def _slanted(noise: Floats, slope: float) -> Floats:
    """The noise sheared: streaks that lay level now slope."""
    rows = (np.arange(noise.shape[0])[:, None] - np.round(slope * np.arange(noise.shape[1])).astype(int)[None, :]) % noise.shape[0]
    return np.asarray(np.take_along_axis(noise, rows, axis=0))


def _texture(section: Section, subject: Subject, label: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Decibels on top of each tissue's own: patches everywhere, streaks in muscle, septa in fat."""
    patches = subject.spread_db * (0.8 * _noise(label.shape, 4, 7, rng) + 0.8 * _noise(label.shape, 12, 18, rng))
    fibres = _fibres(label.shape, section.fibres, subject, rng)
    septa = 8 * np.exp(-((_noise(label.shape, 1.3, 4.5, rng) / 0.18) ** 2)) - 2
    marbling = 9 * subject.fatty * np.maximum(_noise(label.shape, 2.2, 3.5, rng) - 0.2, 0)
    muscle, fat = (label == LABEL["muscle"]) | (label == LABEL["psoas"]), (label == LABEL["fat"]) | (label == LABEL["deep"])
    return np.asarray(patches + np.where(muscle, fibres + marbling, 0) + np.where(fat, septa, 0))


def _fibres(shape: tuple[int, int], way: Literal["across", "along"], subject: Subject, rng: np.random.Generator) -> Floats:
    """Streaks of perimysium: long and slanting where the muscle is cut lengthwise, short and scattered where across."""
    long, slope = (rng.uniform(8, 20), rng.uniform(-0.1, 0.2)) if way == "along" else (rng.uniform(1.2, 3.0), rng.uniform(-0.3, 0.3))
    streaks = _slanted(_noise(shape, 0.3, long, rng), slope)
    return subject.fibre_db * (np.maximum(streaks - 0.4, 0) - 0.25)
