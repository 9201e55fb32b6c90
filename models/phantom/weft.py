"""The run of one subject's muscle fibres, and the thin layers beside the thoracolumbar fascia: in the fat over it, between the muscles below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.phantom.anatomy_types import F32


@dataclass(frozen=True, slots=True)
class Layer:
    """A sheet beside the fascia. depth_mm: below it (negative: in the fat above it, as a share of the fat); slope: mm per mm to the side; wave_mm,
    length_mm, phase: how it undulates along the spine and across."""

    depth_mm: float
    slope: float
    wave_mm: float
    length_mm: float
    phase: float


@dataclass(frozen=True, slots=True)
class Weft:
    """rise: how steeply fibres run towards the fascia, mm per mm cranially. fan: how much closer fascicles lie per mm of depth (fan shape, towards
    the spinous processes or away). taper: how much closer they lie per mm along the spine, so that lines converge in long sections. bend_mm: of
    fibres about each other. Design."""

    rise: float
    fan: float
    taper: float
    bend_mm: float
    layers: tuple[Layer, ...]


def sample_weft(rng: np.random.Generator) -> Weft:
    below = [_layer(rng, float(rng.uniform(1.5, 12))) for _ in range(int(rng.integers(0, 3)))]
    above = [_layer(rng, -float(rng.uniform(0.2, 0.85))) for _ in range(int(rng.integers(0, 3)))]
    return Weft(
        rise=float(rng.uniform(-0.05, 0.30)),
        fan=float(rng.uniform(-0.012, 0.012)),
        taper=float(rng.uniform(-0.008, 0.008)),
        bend_mm=float(rng.uniform(0, 2.0)),
        layers=tuple(below + above),
    )


def _layer(rng: np.random.Generator, depth_mm: float) -> Layer:
    return Layer(depth_mm, float(rng.normal(0, 0.06)), float(rng.uniform(0, 1.2)), float(rng.uniform(25, 70)), float(rng.uniform(0, 6.3)))


def fibre_of(weft: Weft, off_mm: F32, y_mm: F32, below_fascia_mm: F32, fibre_phase: float) -> F32:
    """float32 (N, 2): two coordinates (mm) across the fibres, constant along them. Fibres run along the spine and, medially, from lateral-caudal to
    medial-cranial (multifidus). off_mm: signed distance from the midline."""
    medial = np.exp(-np.square(off_mm * np.float32(1 / 26.0)))
    closer = 1 + np.float32(weft.taper) * np.clip(y_mm, -60, 80)
    u = (off_mm + np.sign(off_mm) * medial * y_mm * np.float32(0.22)) * (1 + np.float32(weft.fan) * np.clip(below_fascia_mm, 0, 60))
    v = (below_fascia_mm - y_mm * np.float32(weft.rise)) * closer
    if weft.bend_mm > 0:
        v = v + np.float32(weft.bend_mm) * np.sin(u * np.float32(2 * np.pi / 23) + y_mm * np.float32(2 * np.pi / 90))
    return np.stack([u + np.float32(fibre_phase), v], axis=1).astype(np.float32)


def layers_mm(weft: Weft, off_mm: F32, y_mm: F32, below_fascia_mm: F32, fat_mm: F32) -> F32 | None:
    """float32 (N,): signed distance to the nearest layer, None where the subject has none."""
    nearest: F32 | None = None
    for layer in weft.layers:
        depth = np.float32(layer.depth_mm) * (fat_mm if layer.depth_mm < 0 else np.float32(1))
        along = (y_mm + 0.7 * off_mm) * np.float32(2 * np.pi / layer.length_mm) + np.float32(layer.phase)
        away = below_fascia_mm - depth - np.float32(layer.slope) * np.abs(off_mm) - np.float32(layer.wave_mm) * np.sin(along)
        nearest = away if nearest is None else np.where(np.abs(away) < np.abs(nearest), away, nearest)
    return nearest
