"""What the sound meets: tissue labels and signed distances on a coarse polar grid of the probe, a few elevational planes deep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.phantom.probe import F32, ProbeSpec, point_at
from models.phantom.tissue import Tissue


class SectionLike(Protocol):
    """What the anatomy says of N points: labels uint8 (N,), bone_mm float32 (N,) signed, negative inside, sheets: name -> float32 (N,)."""

    @property
    def labels(self) -> NDArray[np.uint8]: ...
    @property
    def bone_mm(self) -> F32: ...
    @property
    def sheets(self) -> Mapping[str, F32]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Medium:
    """The coarse polar grid: row = range (middles of equal intervals of 0..depth), column = beam (equal intervals of the fan).

    labels: uint8 (planes, rows, columns), values of Tissue. bone_mm: float32, same shape: signed distance to the nearest bone surface,
    negative inside. sheets: name -> float32, same shape or (1, rows, columns): signed distance (mm) to a thin layer's surface; acoustics.SHEETS
    says how each name echoes. fibre: float32 (rows, columns, 2) or None: two coordinates (mm) across the fibres, constant along
    them: texture is drawn in these. planes_mm: elevation of each plane. contact: float32 (columns,): 1 where the face touches gel or skin, 0
    where air lies under it. plastic_bone: bones of a water phantom that let sound through. points: (x_mm, z_mm, level_db) of single
    scatterers (wires, needle tips seen end on) in tissue coordinates.
    """

    labels: NDArray[np.uint8]
    bone_mm: F32
    sheets: Mapping[str, F32]
    planes_mm: F32
    fibre: F32 | None = None
    contact: F32 | None = None
    plastic_bone: bool = False
    texture_seed: int = 0
    points: tuple[tuple[float, float, float], ...] = ()


def plane_offsets_mm(probe: ProbeSpec, planes: int = 3) -> F32:
    """(planes,) elevations that stand for the slice: within +- 0.6 of its -6 dB width at mid depth."""
    if planes == 1:
        return np.zeros(1, np.float32)
    width = float(probe.elevation_width_mm(np.array([probe.depth_mm * 0.5], np.float32))[0])
    return np.linspace(-0.6 * width, 0.6 * width, planes, dtype=np.float32)


def polar_points(probe: ProbeSpec, *, rows: int, columns: int) -> tuple[F32, F32]:
    """(rows, columns) x_mm and z_mm of the coarse grid."""
    beam = (np.arange(columns, dtype=np.float32) + 0.5) * np.float32(probe.beams / columns) - np.float32(0.5)
    x, z = point_at(probe, probe.ranges_mm(rows)[:, None], beam[None, :])
    return x.astype(np.float32), z.astype(np.float32)


def bridged(labels: NDArray[np.uint8], probe: ProbeSpec, *, gel_mm: float) -> F32:
    """(columns,) 1 where the gap between face and skin is at most gel_mm, else 0. labels: (rows, columns)."""
    outside = (labels == Tissue.GEL) | (labels == Tissue.AIR)
    gap_mm = np.where(outside.all(axis=0), len(labels), outside.argmin(axis=0)) * (probe.depth_mm / len(labels))
    return (gap_mm <= gel_mm).astype(np.float32)


def poor_contact(rng: np.random.Generator, columns: int) -> F32:
    """(columns,) contact spoilt as it is in practice: one end lifted, or hairs and bubbles that darken narrow fans."""
    at = (np.arange(columns) + 0.5) / columns
    if rng.uniform() < 0.4:
        share, end = rng.uniform(0.08, 0.45), at if rng.uniform() < 0.5 else 1 - at
        return np.asarray(np.clip((end - share) / 0.05, 0, 1), np.float32)
    contact = np.ones(columns)
    for _ in range(int(rng.integers(1, 5))):
        contact *= 1 - rng.uniform(0.3, 1.0) * np.exp(-(((at - rng.uniform()) / rng.uniform(0.01, 0.05)) ** 2))
    return np.asarray(contact, np.float32)


def medium_from(
    sample: Callable[[F32, F32, F32], SectionLike],
    probe: ProbeSpec,
    rng: np.random.Generator,
    *,
    rows: int = 112,
    columns: int = 64,
    planes: int = 3,
    contact: F32 | None = None,
    gel_mm: float | None = None,
    plastic_bone: bool = False,
) -> Medium:
    """Ask the anatomy for every point of the probe's coarse grid. sample(x_mm, z_mm, y_mm) takes flat float32 arrays of the probe frame (y is
    elevation) and is called once. contact: (columns,), 1 touching to 0 air. gel_mm: thickest gap that gel fills; wider ones are air."""
    x, z = polar_points(probe, rows=rows, columns=columns)
    y = plane_offsets_mm(probe, planes)
    shape = (planes, rows, columns)
    grid = [np.broadcast_to(a, shape).ravel() for a in (x, z, y[:, None, None])]
    if contact is not None and contact.shape != (columns,):
        raise ValueError(f"contact has shape {contact.shape}; it needs one value a column: ({columns},)")
    section = sample(*(np.ascontiguousarray(g, dtype=np.float32) for g in grid))
    fibre = getattr(section, "fibre", None)
    if fibre is not None:
        fibre = np.asarray(fibre, np.float32).reshape(*shape, -1)[planes // 2]
    labels = np.asarray(section.labels, np.uint8).reshape(shape)
    if gel_mm is not None:
        filled = bridged(labels[planes // 2], probe, gel_mm=gel_mm)
        contact = filled if contact is None else contact * filled
    return Medium(
        labels=labels,
        bone_mm=np.asarray(section.bone_mm, np.float32).reshape(shape),
        sheets={name: np.asarray(s, np.float32).reshape(shape) for name, s in section.sheets.items()},
        planes_mm=y,
        fibre=fibre,
        contact=contact,
        plastic_bone=plastic_bone,
        texture_seed=int(rng.integers(1 << 31)),
    )
