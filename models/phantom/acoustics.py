"""The echoes: from what the sound meets to the envelope along each beam, and where an echo is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.phantom.medium import Medium
from models.phantom.probe import F32, ProbeSpec


@dataclass(frozen=True, slots=True, eq=False)
class Beams:
    """envelope: float32 (samples, beams), after time-gain compensation, as drawn at 1540 m/s; 1.0 is muscle's speckle (root mean square).
    tissue_range_mm: float32 (samples, beams): range of the tissue drawn at each sample."""

    envelope: F32
    tissue_range_mm: F32


@dataclass(frozen=True, slots=True)
class Physics:
    """How one examination behaves; every term can be set to 0 and measured alone. Levels in dB against muscle's speckle."""

    attenuation_scale: float = 1.0
    tgc_db_cm_mhz: float = 0.65
    noise_db: float = -62.0


def sample_physics(rng: np.random.Generator) -> Physics:
    raise NotImplementedError


def render_beams(medium: Medium, probe: ProbeSpec, rng: np.random.Generator, physics: Physics | None = None) -> Beams:
    """One frame. The same generator state gives the same bytes."""
    raise NotImplementedError


def displace(probe: ProbeSpec, medium: Medium, x_mm: F32, z_mm: F32) -> tuple[F32, F32]:
    """Where the echo of a tissue point of the probe frame is DRAWN: same beam, range = 1540 m/s x travel time."""
    raise NotImplementedError
