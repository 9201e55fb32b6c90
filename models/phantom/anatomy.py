"""One subject: a parametric solid of L3 to the coccyx with its soft parts, and what tissue lies at any point of it.

Patient frame (mm): X to the patient's left, Y cranial, Z ventral (depth grows with Z).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from models.phantom.pose import ProbePose

F32: TypeAlias = NDArray[np.float32]
Sex: TypeAlias = Literal["female", "male"]


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """One subject. seed makes it; all else follows from it."""

    seed: int
    sex: Sex
    bmi_kg_m2: float


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Tissue at N points. labels: uint8 (N,), values of Tissue. bone_mm: float32 (N,), signed distance to the nearest bone surface, negative
    inside, clamped at +-12. sheets: name -> float32 (N,), signed distances to thin layers ("skin", "fascia", "muscle_septum", "flavum", "dura",
    "scl", "capsule"), clamped alike. fibre: float32 (N, 2), two coordinates (mm) across the muscle's fibres, constant along them."""

    labels: NDArray[np.uint8]
    bone_mm: F32
    sheets: Mapping[str, F32] = field(default_factory=dict)
    fibre: F32 | None = None


def sample_anatomy(seed: int, *, sex: Sex | None = None, bmi_kg_m2: float | None = None) -> Anatomy:
    """The subject of a seed. Default population: a quarter each of BMI under 25, 25-30, 30-35 and over 35; half women."""
    raise NotImplementedError


def tissues_at(anatomy: Anatomy, points_mm: F32, pose: ProbePose | None = None) -> Section:
    """points_mm: float32 (N, 3) in the patient frame. With a pose the skin and fat are indented by its face (bone does not move)."""
    raise NotImplementedError
