"""Cut: what a plane meets of a patient: along each beam the first bone, its part and how it faces the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign.capsules.bones import BODY, NOTHING, Bones, Numbers, Window, distances, union
from models.foreign.capsules.patient import Patient
from models.foreign.capsules.probe import BEAMS, Plane, Probe

STEP_MM, MARGIN_MM = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class Surface:
    """Of each beam: way to the first bone in mm (inf: none), its part, facing (cosine between beam and surface in space), aside (how much of the
    surface's slope leaves the plane)."""

    way: Numbers
    part: NDArray[np.intp]
    facing: Numbers
    aside: Numbers


@dataclass(frozen=True, slots=True)
class Cut:
    """Of each beam (n = BEAMS): way to the first bone in mm (inf: none), u and w in the plane, at (3, n) in the patient, part, level, side;
    facing and aside as Surface has them."""

    patient: Patient
    plane: Plane
    probe: Probe
    way: Numbers
    u: Numbers
    w: Numbers
    at: Numbers
    part: NDArray[np.intp]
    level: NDArray[np.intp]
    side: NDArray[np.intp]
    facing: Numbers
    aside: Numbers

    @property
    def surface(self) -> Surface:
        return Surface(self.way, self.part, self.facing, self.aside)

    def open_to(self, u: float, w: float) -> bool:
        """Whether sound reaches a point: it lies in the scan, and no bone above it."""
        beam, way = self.probe.beam_of(u, w)
        if not (1.5 <= beam <= len(self.way) - 2.5 and 1.0 < way < self.probe.depth_mm - 1.0):
            return False
        return bool(np.min(self.way[int(beam) : int(beam) + 2]) > way - 0.8)


def cut(patient: Patient, plane: Plane, probe: Probe) -> Cut:
    start, go = probe.rays()
    steps = np.arange(max(0.5, patient.shallowest - 2.0), probe.depth_mm + 1.0, STEP_MM)
    u, w = start[:, :1] + go[:, :1] * steps, start[:, 1:] + go[:, 1:] * steps
    bones = patient.bones.near(plane.origin, plane.normal)
    windows = _windows(bones, plane, probe, steps)
    far = _distance(patient, bones, plane.at(u, w), windows)
    within = far < 0
    hit = within.any(axis=1)
    first = np.maximum(within.argmax(axis=1), 1)
    rows = np.arange(len(first))
    above, beneath = far[rows, first - 1], far[rows, first]
    share = np.clip(above / np.maximum(above - beneath, 1e-6), 0, 1)
    way = np.where(hit, steps[first - 1] + share * STEP_MM, np.inf)
    reach = np.where(hit, way, probe.depth_mm)
    hu, hw = start[:, 0] + go[:, 0] * reach, start[:, 1] + go[:, 1] * reach
    at = plane.at(hu, hw)
    normal = _normals(patient, bones, at)
    beams = np.stack([go[:, 0] * plane.across[k] + go[:, 1] * plane.down[k] for k in range(3)])
    part, level, side = _parts(patient, bones, at)
    part = np.where(hit, part, NOTHING)
    facing = np.clip(-(normal * beams).sum(axis=0), 0, 1)
    aside = np.abs(sum(normal[k] * plane.normal[k] for k in range(3)))
    return Cut(patient, plane, probe, way, hu, hw, at, part, level, side, facing, np.asarray(aside))


def _windows(bones: Bones, plane: Plane, probe: Probe, steps: Numbers) -> list[Window]:
    """Beams and steps that may come near each capsule."""
    reach = bones.radii.max(axis=1)[:, None] + MARGIN_MM
    u, w = (bones.ends - plane.origin) @ plane.across, (bones.ends - plane.origin) @ plane.down
    corners = [probe.beam_of(u + a * reach, w + b * reach)[0] for a in (-1, 1) for b in (-1, 1)]
    beams = np.concatenate(corners, axis=1).clip(0, BEAMS)
    ways = probe.beam_of(u, w)[1]
    first, last = np.searchsorted(steps, ways.min(axis=1) - 1.5 * reach[:, 0]), np.searchsorted(steps, ways.max(axis=1) + 1.5 * reach[:, 0])
    lows, highs = beams.min(axis=1).astype(int), beams.max(axis=1).astype(int) + 2
    whole = (w - reach).min(axis=1) + probe.radius_mm < 1  # beside the fan's apex
    return [(slice(0, BEAMS), slice(0, len(steps))) if whole[k] else (slice(lows[k], highs[k]), slice(first[k], last[k])) for k in range(len(first))]


def _distance(patient: Patient, bones: Bones, at: Numbers, windows: list[Window] | None = None) -> Numbers:
    far = union(bones, at, windows)
    flat = far.reshape(len(far), -1), at.reshape(3, at.shape[1], -1)  # beams first
    deep = slice(int(np.argmax(flat[1][2].max(axis=0) > patient.flavum_least)), None) if at.ndim == 3 else slice(None)
    flat[0][:, deep] = np.minimum(flat[0][:, deep], patient.column_distance(flat[1][:, :, deep]))
    base = patient.sacrum
    least, most = min(base.z - base.hump, base.z - base.hump + base.fall) - 16, max(base.z, base.z + base.fall) + 28  # deeper lies only shadow
    low = (flat[1][1] > base.y - 12) & (flat[1][2] > least) & (flat[1][2] < most)
    if low.any():
        flat[0][low] = np.minimum(flat[0][low], base.distance(flat[1][:, low]))
    return far


def _normals(patient: Patient, bones: Bones, at: Numbers) -> Numbers:
    """(3, n) which way the surface looks."""
    nudges = np.eye(3)[:, :, None] * 0.5
    around = np.concatenate([at + nudge for sign in (1, -1) for nudge in sign * nudges], axis=1)
    far = _distance(patient, bones, around.astype(np.float32)).reshape(2, 3, -1)
    slope = far[0] - far[1]
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=0), 1e-6))


def _parts(patient: Patient, bones: Bones, at: Numbers) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    apart = distances(bones, at) if bones.capsules else np.full((1, at.shape[1]), 99.0)
    index, far = apart.argmin(axis=0), apart.min(axis=0)
    known = bones.what[index] if bones.capsules else np.zeros((at.shape[1], 3), np.intp)
    part, level, side = known.T.copy()
    base = patient.sacrum
    sacral = (np.abs(base.distance(at)) < np.abs(far)) & (at[1] > base.y - 12)
    sides = np.sign(at[0] - base.x).astype(np.intp)
    part, level, side = np.where(sacral, base.zone(at), part), np.where(sacral, 6, level), np.where(sacral, sides, side)
    body = np.abs(patient.column_distance(at)) < np.minimum(np.abs(far), np.where(sacral, 0.3, 99.0))
    return np.where(body, BODY, part), level, side
