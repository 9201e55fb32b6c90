"""Cut: what a plane meets of a patient: along each beam the first bone, its part and how it faces the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign.capsules.bones import BODY, NOTHING, Capsule, Numbers, Window, nearest, union
from models.foreign.capsules.patient import Patient
from models.foreign.capsules.probe import Plane, Probe

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
    steps = np.arange(0.5, probe.depth_mm + 1.0, STEP_MM)
    u, w = start[:, :1] + go[:, :1] * steps, start[:, 1:] + go[:, 1:] * steps
    capsules = patient.bones.near((plane.origin, plane.normal))
    windows = [_window(one, plane, probe, len(steps)) for one in capsules]
    far = _distance(patient, capsules, plane.at(u, w), windows)
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
    normal = _normals(patient, capsules, at)
    beams = np.stack([go[:, 0] * plane.across[k] + go[:, 1] * plane.down[k] for k in range(3)])
    part, level, side = _parts(patient, capsules, at)
    part = np.where(hit, part, NOTHING)
    facing = np.clip(-(normal * beams).sum(axis=0), 0, 1)
    aside = np.abs(sum(normal[k] * plane.normal[k] for k in range(3)))
    return Cut(patient, plane, probe, way, hu, hw, at, part, level, side, facing, np.asarray(aside))


def _window(one: Capsule, plane: Plane, probe: Probe, steps: int) -> Window:
    """Beams and steps that may come near a capsule."""
    reach = max(one.radii) + MARGIN_MM
    ends = [plane.of(np.asarray(end))[:2] for end in one.ends]
    corners = [(u + a, w + b) for u, w in ends for a in (-reach, reach) for b in (-reach, reach)]
    if min(w for _, w in corners) + probe.radius_mm < 1:
        return slice(None), slice(None)
    beams = [probe.beam_of(*corner)[0] for corner in corners]
    ways = [probe.beam_of(u, w)[1] for u, w in ends]
    first, last = min(ways) - 1.5 * reach, max(ways) + 1.5 * reach
    return slice(max(0, int(min(beams))), max(0, int(max(beams)) + 2)), slice(max(0, int(first / STEP_MM)), min(steps, max(0, int(last / STEP_MM))))


def _distance(patient: Patient, capsules: list[Capsule], at: Numbers, windows: list[Window] | None = None) -> Numbers:
    far = union(capsules, at, windows)
    flat = far.reshape(len(far), -1), at.reshape(3, at.shape[1], -1)  # beams first
    deep = slice(int(np.argmax(flat[1][2].max(axis=0) > patient.flavum_least)), None) if at.ndim == 3 else slice(None)
    flat[0][:, deep] = np.minimum(flat[0][:, deep], patient.column_distance(flat[1][:, :, deep]))
    low = flat[1][1].max(axis=1) > patient.sacrum.y - 12
    if low.any():
        flat[0][low] = np.minimum(flat[0][low], patient.sacrum.distance(flat[1][:, low]))
    return far


def _normals(patient: Patient, capsules: list[Capsule], at: Numbers) -> Numbers:
    """(3, n) which way the surface looks."""
    nudges = np.eye(3)[:, :, None] * 0.5
    around = np.concatenate([at + nudge for sign in (1, -1) for nudge in sign * nudges], axis=1)
    far = _distance(patient, capsules, around.astype(np.float32)).reshape(2, 3, -1)
    slope = far[0] - far[1]
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=0), 1e-6))


def _parts(patient: Patient, capsules: list[Capsule], at: Numbers) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    index, far = nearest(capsules, at)
    known = np.asarray([(one.part, one.level, one.side) for one in capsules] or [(0, 0, 0)], np.intp)[index]
    part, level, side = known.T.copy()
    base = patient.sacrum
    sacral = (np.abs(base.distance(at)) < np.abs(far)) & (at[1] > base.y - 12)
    sides = np.sign(at[0] - base.x).astype(np.intp)
    part, level, side = np.where(sacral, base.zone(at), part), np.where(sacral, 6, level), np.where(sacral, sides, side)
    body = np.abs(patient.column_distance(at)) < np.minimum(np.abs(far), np.where(sacral, 0.3, 99.0))
    return np.where(body, BODY, part), level, side
