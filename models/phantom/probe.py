"""The probe: its array, its beams in the probe frame, and the width of its point-spread function.

A beam starts on the array's face; a point is named by range (mm along the beam, 0 on the face) and beam (index, fractional).
Probe frame: x to the screen's right, z depth, origin where the centre line meets the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]
C64: TypeAlias = NDArray[np.complex64]
ProbeKind: TypeAlias = Literal["linear", "convex", "phased"]

SCANNER_SPEED_M_S = 1540.0  # what every scanner assumes
PROBE_KINDS: tuple[ProbeKind, ...] = ("linear", "convex", "phased")
GAUSSIAN_FWHM = float(2 * np.sqrt(2 * np.log(2)))  # -6 dB full width of an amplitude Gaussian, in sigmas


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """A probe at one setting. Lengths mm.

    face_radius_mm: 0 for a flat face (linear, phased). apex_radius_mm: from the point where the beams meet to where they start (0 for
    linear; the face radius for convex; small for phased). aperture_mm: the elements that form one beam. f_number: least focal ratio kept
    near the face. cycles: length of the pulse. elevation_*: the lens across the array.
    """

    kind: ProbeKind
    frequency_mhz: float
    depth_mm: float
    focus_mm: float
    face_radius_mm: float
    face_half_width_mm: float
    half_angle_deg: float
    apex_radius_mm: float
    aperture_mm: float
    f_number: float = 2.0
    cycles: float = 2.0
    elevation_aperture_mm: float = 12.0
    elevation_focus_mm: float = 60.0
    beams: int = 160
    samples: int = 512

    @property
    def wavelength_mm(self) -> float:
        return SCANNER_SPEED_M_S / (self.frequency_mhz * 1000)

    @property
    def sample_mm(self) -> float:
        """Distance between samples along a beam."""
        return self.depth_mm / self.samples

    @property
    def axial_width_mm(self) -> float:
        """-6 dB full width along the beam: half the pulse's length, pulse-echo."""
        return self.cycles * self.wavelength_mm / 2

    def ranges_mm(self, count: int | None = None) -> F32:
        """(count,) ranges of the samples: middles of equal intervals of 0..depth_mm."""
        n = self.samples if count is None else count
        return ((np.arange(n, dtype=np.float32) + 0.5) * np.float32(self.depth_mm / n)).astype(np.float32)

    def beam_spacing_mm(self, range_mm: F32) -> F32:
        """Distance between neighbouring beams at a range."""
        if self.kind == "linear":
            return np.full(np.shape(range_mm), 2 * self.face_half_width_mm / self.beams, np.float32)
        step_rad = 2 * np.radians(self.half_angle_deg) / self.beams
        return np.asarray((self.apex_radius_mm + range_mm) * step_rad, np.float32)

    def columns_mm(self) -> F32:
        """(1, beams) way along the fan at half depth, from its left end."""
        step = self.beam_spacing_mm(np.array([[self.depth_mm / 2]], np.float32))
        return np.asarray(step * np.arange(self.beams), np.float32)

    def lateral_width_mm(self, range_mm: F32) -> F32:
        """-6 dB full width across the beam in the plane, pulse-echo.

        Receive: dynamic focus, 1.4 wavelengths x focal ratio (apodised aperture). Transmit: one focus; off it the beam opens with the
        aperture's cone. Pulse-echo is the product of the two Gaussians.
        """
        ratio = np.maximum(range_mm / self.aperture_mm, self.f_number)
        receive = 1.4 * self.wavelength_mm * ratio
        opening = self.aperture_mm * 0.5 * np.abs(1 - range_mm / self.focus_mm)
        transmit = np.hypot(receive, opening)
        return np.asarray(1 / np.sqrt(receive**-2 + transmit**-2), np.float32)

    def elevation_width_mm(self, range_mm: F32) -> F32:
        """-6 dB full width across the plane (slice thickness): one fixed lens, transmit and receive alike."""
        waist = 1.2 * self.wavelength_mm * self.elevation_focus_mm / self.elevation_aperture_mm
        opening = self.elevation_aperture_mm * 0.5 * np.abs(1 - range_mm / self.elevation_focus_mm)
        return np.asarray(np.hypot(waist, opening) / np.sqrt(2), np.float32)


def beam_directions(probe: ProbeSpec, beam: F32) -> tuple[F32, F32, F32, F32]:
    """(x0, z0, sin, cos) of beams given by index: where each starts on the face and the direction it takes."""
    offset = (beam + 0.5) / probe.beams * 2 - 1
    if probe.kind == "linear":
        x0 = (offset * probe.face_half_width_mm).astype(np.float32)
        return x0, np.zeros_like(x0), np.zeros_like(x0), np.ones_like(x0)
    angle = offset * np.float32(np.radians(probe.half_angle_deg))
    sin, cos = np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)
    radius = np.float32(probe.apex_radius_mm)
    return radius * sin, radius * (cos - 1), sin, cos


def point_at(probe: ProbeSpec, range_mm: F32, beam: F32) -> tuple[F32, F32]:
    """(x_mm, z_mm) in the probe frame; arguments broadcast."""
    x0, z0, sin, cos = beam_directions(probe, beam)
    return x0 + range_mm * sin, z0 + range_mm * cos


def polar_of(probe: ProbeSpec, x_mm: F32, z_mm: F32) -> tuple[F32, F32]:
    """(range_mm, beam) of points of the probe frame: the inverse of `point_at`. Outside the scan, range < 0 or > depth or beam outside
    -0.5..beams - 0.5."""
    x, z = np.asarray(x_mm, np.float32), np.asarray(z_mm, np.float32)
    if probe.kind == "linear":
        return z, ((x / probe.face_half_width_mm + 1) / 2 * probe.beams - 0.5).astype(np.float32)
    down = z + np.float32(probe.apex_radius_mm)
    offset = np.arctan2(x, down) / np.float32(np.radians(probe.half_angle_deg))
    beam = (offset + 1) / 2 * probe.beams - 0.5
    return np.sqrt(x * x + down * down) - np.float32(probe.apex_radius_mm), beam.astype(np.float32)


def sample_probe(rng: np.random.Generator, kind: ProbeKind | None = None, *, reach_mm: float | None = None) -> ProbeSpec:
    """A random probe as sold for the spine and beyond. reach_mm: depth that must be seen; the depth setting is then 1.05 to 1.6
    times it, and the frequency one that gets there. The same generator state gives the same face whatever reach_mm says."""
    which = kind or PROBE_KINDS[int(rng.choice(3, p=[0.2, 0.7, 0.1]))]
    low, high = {"linear": (30.0, 70.0), "convex": (60.0, 180.0), "phased": (80.0, 180.0)}[which]
    depth = rng.uniform(low, high) if reach_mm is None else reach_mm * rng.uniform(1.05, 1.6)
    depth = float(np.clip(np.ceil(depth / 5) * 5, 20, 220))
    focus = float(depth * rng.uniform(0.35, 0.75))
    beams = int(rng.choice([128, 144, 160, 176, 192]))
    make = partial(ProbeSpec, depth_mm=depth, focus_mm=focus, f_number=rng.uniform(1.5, 2.5), cycles=rng.uniform(1.7, 2.6), beams=beams)
    affordable_mhz = 65.0 / (2 * 0.7 * depth / 10)  # spends 65 dB on the way to the bottom and back
    if which == "linear":
        return make(
            kind="linear",
            frequency_mhz=float(np.clip(affordable_mhz * rng.uniform(0.6, 1.2), 5, 14)),
            face_radius_mm=0.0,
            face_half_width_mm=rng.uniform(19, 26),
            half_angle_deg=0.0,
            apex_radius_mm=0.0,
            aperture_mm=rng.uniform(9, 14),
            elevation_aperture_mm=rng.uniform(4, 6),
            elevation_focus_mm=rng.uniform(15, 30),
        )
    if which == "convex":
        radius, half_deg = rng.uniform(40, 68), rng.uniform(24, 37)
        return make(
            kind="convex",
            frequency_mhz=float(np.clip(affordable_mhz * rng.uniform(0.6, 1.2), 2.2, 6.0)),
            face_radius_mm=radius,
            face_half_width_mm=radius * float(np.sin(np.radians(half_deg))),
            half_angle_deg=half_deg,
            apex_radius_mm=radius,
            aperture_mm=rng.uniform(14, 24),
            elevation_aperture_mm=rng.uniform(10, 14),
            elevation_focus_mm=rng.uniform(50, 80),
        )
    return make(
        kind="phased",
        frequency_mhz=float(np.clip(affordable_mhz * rng.uniform(0.6, 1.2), 2.0, 4.0)),
        face_radius_mm=0.0,
        face_half_width_mm=rng.uniform(8, 12),
        half_angle_deg=rng.uniform(36, 45),
        apex_radius_mm=rng.uniform(2, 12),
        aperture_mm=rng.uniform(14, 20),
        elevation_aperture_mm=rng.uniform(10, 14),
        elevation_focus_mm=rng.uniform(55, 80),
    )
