"""Where each landmark of a view lies in the probe frame, and whether sound can reach it."""

from __future__ import annotations

from dataclasses import dataclass

from models.phantom.anatomy import Anatomy
from models.phantom.pose import ProbePose


@dataclass(frozen=True, slots=True)
class LandmarkTruth:
    """Tissue position in the probe frame (mm). elevation_mm: distance out of the plane. visible: inside the slice and not shadowed."""

    x_mm: float
    z_mm: float
    elevation_mm: float
    visible: bool


def landmarks_for(
    anatomy: Anatomy, pose: ProbePose, view: str, *, slice_half_mm: float = 3.0, apex_radius_mm: float | None = None
) -> dict[str, list[LandmarkTruth]]:
    """Every landmark of the view: name -> points, left of the screen first. apex_radius_mm: distance from where the beams meet to where they
    start; None takes the face's radius (0: parallel beams)."""
    raise NotImplementedError
