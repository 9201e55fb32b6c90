"""Probe: its beams, where they run in the picture, and the picture that a scanner makes of them.

Picture frame, mm: x to the right, z down, origin where the centre line meets the face (DESIGN, "Geometry").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.ndimage import map_coordinates

from models.foreign.foreign_frame import GreyPicture
from models.foreign.reliefs.relief import Plane, Point, Reals

Kind: TypeAlias = Literal["convex", "rectangle", "phased"]
Box: TypeAlias = tuple[int, int, int, int]
BEAMS, SAMPLES = 190, 420
LIMITS: dict[Kind, tuple[tuple[float, float], ...]] = {  # radius in mm, half of the fan in degrees or of the width in mm, MHz, slice in mm
    "convex": ((40, 66), (25, 37), (2.2, 6), (1.2, 3.2)),
    "rectangle": ((0, 0), (18, 31), (5.5, 12), (0.7, 1.8)),
    "phased": ((5, 14), (36, 44), (2, 4), (2, 3.8)),
}


@dataclass(frozen=True, slots=True)
class Probe:
    """radius_mm: of the face, 0 where flat. span: half of the fan in rad, or half of the width in mm where flat. deep_mm: on the centre line."""

    kind: Kind
    radius_mm: float
    span: float
    deep_mm: float
    mhz: float
    beams: int
    slice_mm: float

    @property
    def step_mm(self) -> float:
        return self.deep_mm / SAMPLES

    @property
    def half_width_mm(self) -> float:
        """Of the face."""
        return self.radius_mm * float(np.sin(self.span)) if self.radius_mm else self.span

    @property
    def reach_mm(self) -> float:
        """Half of the picture's width."""
        return (self.radius_mm + self.deep_mm) * float(np.sin(self.span)) if self.radius_mm else self.span

    def places(self) -> tuple[Reals, Reals]:
        """x and z of (beams, samples)."""
        along = (np.arange(SAMPLES, dtype=np.float32) + 0.5) * self.step_mm
        across = np.linspace(-self.span, self.span, self.beams, dtype=np.float32)[:, None]
        if not self.radius_mm:
            return np.broadcast_to(across, (self.beams, SAMPLES)).copy(), np.broadcast_to(along, (self.beams, SAMPLES)).copy()
        out = self.radius_mm + along
        return np.asarray(out * np.sin(across), np.float32), np.asarray(out * np.cos(across) - self.radius_mm, np.float32)

    def pitch_mm(self) -> Reals:
        """(samples,) how far apart neighbouring beams lie."""
        along = (np.arange(SAMPLES) + 0.5) * self.step_mm
        width = 2 * self.span / (self.beams - 1)
        return np.asarray((self.radius_mm + along) * width if self.radius_mm else np.full(SAMPLES, width), np.float32)

    def beam_of(self, x: Any, z: Any) -> tuple[Any, Any]:
        """Beam and sample, both real, of places of the picture."""
        if not self.radius_mm:
            across, along = np.asarray(x, float), np.asarray(z, float)
        else:
            across, along = np.arctan2(x, np.asarray(z, float) + self.radius_mm), np.hypot(x, np.asarray(z, float) + self.radius_mm) - self.radius_mm
        return (across + self.span) / (2 * self.span) * (self.beams - 1), along / self.step_mm - 0.5


def drawn_probe(rng: np.random.Generator, kind: Kind, deep_mm: float) -> Probe:
    """A probe of that kind with its usual frequencies."""
    radius, span, mhz, slice_mm = (float(rng.uniform(*limits)) for limits in LIMITS[kind])
    return Probe(kind, radius, span if kind == "rectangle" else float(np.radians(span)), deep_mm, mhz, BEAMS, slice_mm)


@dataclass(frozen=True, slots=True)
class Screen:
    """How the scan lies in the picture."""

    mm_per_px: float
    origin_px: tuple[float, float]
    shape: tuple[int, int]
    box: Box

    def px(self, x: float, z: float) -> list[float]:
        return [round(self.origin_px[0] + x / self.mm_per_px, 2), round(self.origin_px[1] + z / self.mm_per_px, 2)]

    def holds(self, x: float, z: float) -> bool:
        """Whether the scan's box holds a place, with 2 px to spare."""
        (u, v), (left, top, right, bottom) = self.px(x, z), self.box
        return left + 2 <= u < right - 2 and top + 2 <= v < bottom - 2


def screen_of(rng: np.random.Generator, probe: Probe) -> Screen:
    """A picture 380 to 640 px wide, with a margin; a wide fan may be cut at its sides."""
    reach = probe.reach_mm * (float(rng.uniform(0.78, 1.0)) if probe.kind == "convex" and rng.random() < 0.25 else 1.0)
    rise = probe.radius_mm * (1 - float(np.cos(probe.span))) if probe.radius_mm else 0.0
    width = int(rng.integers(380, 641))
    margin = float(rng.uniform(4, 24))
    mm_per_px = max(2 * reach / (width - 2 * margin), (probe.deep_mm + rise) / 560)
    left, top = (width - 2 * reach / mm_per_px) / 2, float(rng.uniform(3, 16))
    origin = (left + reach / mm_per_px, top + rise / mm_per_px)
    height = int(origin[1] + probe.deep_mm / mm_per_px + rng.uniform(3, 16))
    right, bottom = int(left + 2 * reach / mm_per_px) + 1, int(origin[1] + probe.deep_mm / mm_per_px) + 1
    return Screen(mm_per_px, origin, (height, width), (max(0, int(left)), int(top), min(width, right), min(height, bottom)))


def scanned(greys: Reals, probe: Probe, screen: Screen) -> GreyPicture:
    """(beams, samples) of 0 to 1 as the picture, black outside the scan."""
    rows, columns = np.mgrid[0 : screen.shape[0], 0 : screen.shape[1]]
    x, z = (columns - screen.origin_px[0]) * screen.mm_per_px, (rows - screen.origin_px[1]) * screen.mm_per_px
    beam, sample = probe.beam_of(x, z)
    left, top, right, bottom = screen.box
    held = (beam >= 0) & (beam <= probe.beams - 1) & (sample >= -0.5) & (sample <= SAMPLES - 0.5)
    held &= (columns >= left) & (columns < right) & (rows >= top) & (rows < bottom)
    if probe.radius_mm:
        held &= z > -probe.radius_mm
    picture = np.zeros(screen.shape, np.float32)
    picture[held] = map_coordinates(greys, [beam[held], sample[held]], order=1, mode="nearest", output=np.float32)
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def aimed(focus: Point, *, at: tuple[float, float], sagittal: bool, tilts: Point) -> Plane:
    """The plane whose place `at` (x, z of the picture) is the patient's point `focus`. tilts in degrees: about the depth axis, within the picture,
    about the screen's right (sagittal: towards the midline, as the sign says)."""
    turn, roll, tilt = np.radians(tilts)
    right, across, down = (np.eye(3)[i] for i in range(3))
    if sagittal:
        right, across = np.array([0.0, -1.0, 0.0]), np.array([1.0, 0.0, 0.0])
    right, across = right * np.cos(turn) + across * np.sin(turn), across * np.cos(turn) - right * np.sin(turn)
    across, down = across * np.cos(tilt) - down * np.sin(tilt), down * np.cos(tilt) + across * np.sin(tilt)
    right, down = right * np.cos(roll) + down * np.sin(roll), down * np.cos(roll) - right * np.sin(roll)
    origin = np.asarray(focus) - at[0] * right - at[1] * down
    return Plane(np.asarray(origin, np.float32), np.asarray([right, across, down], np.float32))

