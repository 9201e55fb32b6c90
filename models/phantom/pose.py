"""Where the probe stands on the skin: the image plane of each view, sweeps away from it, and planes that nearly are a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from models.phantom.anatomy import F32, Anatomy

Side: TypeAlias = Literal["left", "right"]
ScreenLeft: TypeAlias = Literal["patient_left", "patient_right", "cranial", "caudal"]


@dataclass(frozen=True, slots=True)
class Face:
    """The array's face that touches the skin. radius_mm: 0 for a flat face. half_width_mm: of the footprint."""

    radius_mm: float
    half_width_mm: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """An offset from the exact view, in the probe's own axes. slide_x_mm: along the face; slide_y_mm: across it (elevation). turn_deg: about the
    beam axis; tilt_deg: about x (the plane leans along elevation); rock_deg: about y (in the plane). press_mm: more (or less) compression;
    lift_mm: gel between face and skin."""

    slide_x_mm: float = 0.0
    slide_y_mm: float = 0.0
    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    rock_deg: float = 0.0
    press_mm: float = 0.0
    lift_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ProbePose:
    """The probe frame in the patient frame: origin where the centre line meets the face; x to the screen's right, y elevation, z depth (unit
    vectors, float64 (3,); x cross y = z). screen_left: what lies at the screen's left. face: what touches the skin; compression_mm: how far it
    indents the skin on the centre line. side: of the patient (None on the midline); level: "L3-L4", "S1", ... as asked of pose_for."""

    origin_mm: np.ndarray
    x_axis: np.ndarray
    y_axis: np.ndarray
    z_axis: np.ndarray
    compression_mm: float
    screen_left: ScreenLeft
    face: Face
    side: Side | None = None
    level: str = ""

    def patient_from_probe(self, points_mm: F32) -> F32:
        """points_mm: float32 (N, 3) as (x, y elevation, z). Returns float32 (N, 3) in the patient frame."""
        basis = np.stack([self.x_axis, self.y_axis, self.z_axis]).astype(np.float32)
        return np.asarray(points_mm @ basis + self.origin_mm.astype(np.float32), np.float32)

    def probe_from_patient(self, points_mm: F32) -> F32:
        """The inverse."""
        basis = np.stack([self.x_axis, self.y_axis, self.z_axis]).astype(np.float32)
        return np.asarray((points_mm - self.origin_mm.astype(np.float32)) @ basis.T, np.float32)


def levels_of(anatomy: Anatomy, view: str) -> tuple[str, ...]:
    """The levels at which a view exists in this subject, as pose_for takes them: "L3-L4", "L4-L5", "L5-S1" for joints and windows; "L3", "L4",
    "L5" for transverse processes; one level for the sacral views."""
    raise NotImplementedError


def pose_for(
    anatomy: Anatomy,
    view: str,
    rng: np.random.Generator,
    *,
    face: Face,
    side: Side | None = None,
    level: str | None = None,
    offset: Sweep | None = None,
    screen_left: ScreenLeft | None = None,
) -> ProbePose:
    """The probe pressed on the skin for a view. Side, level, screen_left and the small error of the hand are drawn from rng where not given;
    offset replaces the hand's error (Sweep() is the exact view). side: which side lies under the probe's middle, None drawn for sided views
    (with transverse views a share of poses is centred on the midline)."""
    raise NotImplementedError


def near_miss_pose(
    anatomy: Anatomy, rng: np.random.Generator, *, face: Face, view: str | None = None
) -> tuple[ProbePose, str]:
    """A plane that shows no view: between planes, too oblique, wrong level. Returns it and why ("between_planes", "oblique", "wrong_level")."""
    raise NotImplementedError
