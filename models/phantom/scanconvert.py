"""Scan conversion: from beams to a grey picture at a given scale, with the geometry that tells where everything lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.phantom.probe import F32, ProbeSpec, polar_of


@dataclass(frozen=True, slots=True, eq=False)
class ScanPicture:
    """pixels: uint8 (height, width), 0 outside the scan. inside: bool, the scan area. Pixel fields are in the picture's own pixels (centres
    at integers) and follow edge.types.ScanGeometry: radii in row pixels, apex None and radii 0 for a rectangle, half_angle_deg true."""

    pixels: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    kind: str
    origin_px: tuple[float, float]
    apex_px: tuple[float, float] | None
    inner_radius_px: float
    outer_radius_px: float
    half_angle_deg: float
    face_radius_mm: float
    face_half_width_mm: float
    mm_per_px: tuple[float, float]

    def px_from_probe(self, x_mm: float, z_mm: float) -> tuple[float, float]:
        return self.origin_px[0] + x_mm / self.mm_per_px[0], self.origin_px[1] + z_mm / self.mm_per_px[1]


def extent_mm(probe: ProbeSpec) -> tuple[float, float, float]:
    """(half width, top, bottom) of the scan in the probe frame; top <= 0."""
    if probe.kind == "linear":
        return probe.face_half_width_mm, 0.0, probe.depth_mm
    half = np.radians(probe.half_angle_deg)
    outer = probe.apex_radius_mm + probe.depth_mm
    return float(outer * np.sin(half)), float(probe.apex_radius_mm * (np.cos(half) - 1)), probe.depth_mm


def picture_size_px(probe: ProbeSpec, mm_per_px: tuple[float, float]) -> tuple[int, int]:
    """(width, height) that just holds the scan."""
    half, top, bottom = extent_mm(probe)
    return int(np.ceil(2 * half / mm_per_px[0])) + 1, int(np.ceil((bottom - top) / mm_per_px[1])) + 1


def scale_to_fit(probe: ProbeSpec, *, width_px: int, height_px: int) -> float:
    """Least mm per (square) pixel at which the scan fits a box."""
    half, top, bottom = extent_mm(probe)
    return max(2 * half / (width_px - 1), (bottom - top) / (height_px - 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Where each inside pixel looks in the beam image: index of the upper left sample and the two fractions."""

    inside: NDArray[np.bool_]
    places: NDArray[np.intp]
    index: NDArray[np.int32]
    down: F32
    right: F32
    origin_px: tuple[float, float]


@lru_cache(maxsize=4)
def _table(probe: ProbeSpec, mm_per_px: tuple[float, float]) -> _Table:
    _, top, _ = extent_mm(probe)
    width, height = picture_size_px(probe, mm_per_px)
    origin = ((width - 1) / 2, -top / mm_per_px[1])
    x = (np.arange(width, dtype=np.float32) - np.float32(origin[0])) * np.float32(mm_per_px[0])
    z = (np.arange(height, dtype=np.float32) - np.float32(origin[1])) * np.float32(mm_per_px[1])
    range_mm, beam = polar_of(probe, x[None, :], z[:, None])
    inside = (range_mm >= 0) & (range_mm <= np.float32(probe.depth_mm)) & (beam >= np.float32(-0.5)) & (beam <= np.float32(probe.beams - 0.5))
    places = np.flatnonzero(inside)
    row = np.take(np.broadcast_to(range_mm, inside.shape), places)  # worked on in place: fresh memory costs more than the sums
    row *= np.float32(1 / probe.sample_mm)
    row -= np.float32(0.5)
    index = _split(row, probe.samples)
    index *= np.int32(probe.beams)
    column = np.take(np.broadcast_to(beam, inside.shape), places)
    index += _split(column, probe.beams)
    return _Table(inside, places, index, row, column, origin)


def _split(at: F32, count: int) -> NDArray[np.int32]:
    """The whole part of places among count samples, clipped so that a next one exists; `at` keeps the fraction."""
    np.clip(at, np.float32(0), np.float32(count - 1.001), out=at)
    whole = at.astype(np.int32)
    at -= whole
    return whole


def scan_convert(grey: F32, probe: ProbeSpec, *, mm_per_px: float | tuple[float, float]) -> ScanPicture:
    """grey: float32 (samples, beams), 0..255, as drawn at 1540 m/s. Bilinear. mm_per_px: one value or (x, y)."""
    scale = (mm_per_px, mm_per_px) if isinstance(mm_per_px, (int, float)) else mm_per_px
    table = _table(probe, scale)
    flat = np.ascontiguousarray(grey, np.float32).ravel()
    step = probe.beams
    upper = np.take(flat, table.index)
    upper += (np.take(flat, table.index + 1) - upper) * table.right
    lower = np.take(flat, table.index + step)
    lower += (np.take(flat, table.index + step + 1) - lower) * table.right
    upper += (lower - upper) * table.down
    pixels = np.zeros(table.inside.shape, np.uint8)
    upper += np.float32(0.5)
    pixels.reshape(-1)[table.places] = np.clip(upper, np.float32(0), np.float32(255), out=upper).astype(np.uint8)
    sector = probe.kind != "linear"
    apex = (table.origin_px[0], table.origin_px[1] - probe.apex_radius_mm / scale[1]) if sector else None
    return ScanPicture(
        pixels=pixels,
        inside=table.inside,
        kind={"linear": "rectangle", "convex": "convex", "phased": "phased"}[probe.kind],
        origin_px=table.origin_px,
        apex_px=apex,
        inner_radius_px=probe.apex_radius_mm / scale[1] if sector else 0.0,
        outer_radius_px=(probe.apex_radius_mm + probe.depth_mm) / scale[1] if sector else 0.0,
        half_angle_deg=probe.half_angle_deg if sector else 0.0,
        face_radius_mm=probe.face_radius_mm,
        face_half_width_mm=probe.face_half_width_mm,
        mm_per_px=scale,
    )
