"""How sound travels: where an echo is drawn at 1540 m/s, what the way there and back costs, and the fields brought to the fine grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse

from models.phantom.medium import Medium
from models.phantom.probe import F32, SCANNER_SPEED_M_S, ProbeSpec, point_at, polar_of
from models.phantom.tissue import ACOUSTICS, PLASTIC_BONE, Tissue


def table_of(name: str, medium: Medium) -> F32:
    """(labels,) one acoustic property by label, plastic bone put in where the medium has it."""
    rows = [PLASTIC_BONE if t is Tissue.BONE and medium.plastic_bone else ACOUSTICS[t] for t in Tissue]
    return np.array([getattr(row, name) for row in rows], np.float32)


def drawn_ranges_mm(medium: Medium, probe: ProbeSpec) -> F32:
    """(rows, columns) range at which the scanner draws the tissue of each coarse sample.

    Straight rays; a beam's delay is the mean over its aperture, about three columns. Behind true bone nothing is drawn, so bone and air count
    as 1540 m/s there.
    """
    labels = medium.labels[len(medium.labels) // 2]
    slowness = SCANNER_SPEED_M_S / table_of("speed_m_s", medium)
    slowness[Tissue.AIR] = 1.0
    if not medium.plastic_bone:
        slowness[Tissue.BONE] = 1.0
    per_row = ndimage.gaussian_filter1d(slowness[labels], 1.5, axis=1, mode="nearest")
    step = np.float32(probe.depth_mm / labels.shape[0])
    return np.asarray((np.cumsum(per_row, axis=0) - per_row / 2) * step, np.float32)


def displace(probe: ProbeSpec, medium: Medium, x_mm: F32, z_mm: F32) -> tuple[F32, F32]:
    """Where the echo of a tissue point of the probe frame is DRAWN: on the same beam, at 1540 m/s x half the travel time."""
    drawn = drawn_ranges_mm(medium, probe)
    rows, columns = drawn.shape
    range_mm, beam = polar_of(probe, np.asarray(x_mm, np.float32), np.asarray(z_mm, np.float32))
    row = range_mm / np.float32(probe.depth_mm / rows) - np.float32(0.5)
    column = (beam + np.float32(0.5)) * np.float32(columns / probe.beams) - np.float32(0.5)
    shift = drawn - probe.ranges_mm(rows)[:, None]
    moved = ndimage.map_coordinates(shift, [np.atleast_1d(row), np.atleast_1d(column)], order=1, mode="nearest")
    x, z = point_at(probe, range_mm + moved.reshape(np.shape(range_mm)), beam)
    return np.asarray(x, np.float32), np.asarray(z, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Resampler:
    """Brings coarse fields to the fine drawn grid. taps: int32 (4, samples, columns) flat coarse indices; cubic: their Catmull-Rom weights;
    lateral: (columns, beams) Catmull-Rom weights; rows: (samples, columns) coarse row drawn at each sample."""

    taps: np.ndarray
    cubic: F32
    lateral: F32
    rows: F32

    def fine(self, fields: F32) -> F32:
        """fields: (n, rows, columns) -> (n, samples, beams)."""
        n = len(fields)
        flat = fields.reshape(n, -1)
        along = np.take(flat, self.taps[0], axis=1) * self.cubic[0]
        for tap, weight in zip(self.taps[1:], self.cubic[1:], strict=True):
            along += np.take(flat, tap, axis=1) * weight
        samples, columns = self.rows.shape
        # sparse, not a BLAS product: four terms a beam, always in one order, so the bytes do not depend on threads
        across = sparse.csr_matrix(self.lateral.T) @ np.ascontiguousarray(along.reshape(n * samples, columns).T)
        return np.ascontiguousarray(across.T, np.float32).reshape(n, samples, -1)


def resampler_for(drawn_mm: F32, probe: ProbeSpec) -> Resampler:
    rows, columns = drawn_mm.shape
    at = probe.ranges_mm().astype(np.float64)
    index = np.arange(-1, rows + 1, dtype=np.float64)
    index[0], index[-1] = -0.5, rows - 0.5
    last = probe.depth_mm / rows / 2
    row = np.empty((probe.samples, columns), np.float32)
    for c in range(columns):
        ends = np.concatenate(([0.0], drawn_mm[:, c], [drawn_mm[-1, c] + last]))
        row[:, c] = np.interp(at, ends, index)
    base = np.floor(row).astype(np.int32)
    weights = _catmull_rom(row - base)
    column = np.arange(columns, dtype=np.int32)
    taps = np.stack([np.clip(base + k, 0, rows - 1) * columns + column for k in (-1, 0, 1, 2)])
    return Resampler(taps, weights, _lateral_weights(columns, probe.beams), row)


def _catmull_rom(t: F32) -> F32:
    """(4, ...) weights of the neighbours at -1, 0, 1, 2 of a fraction t."""
    t2, t3 = t * t, t * t * t
    return np.stack([(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2]).astype(np.float32)


def _lateral_weights(columns: int, beams: int) -> F32:
    at = (np.arange(beams) + 0.5) * columns / beams - 0.5
    base = np.floor(at).astype(int)
    weights = _catmull_rom((at - base).astype(np.float32))
    matrix = np.zeros((columns, beams), np.float32)
    for k in range(4):
        np.add.at(matrix, (np.clip(base + k - 1, 0, columns - 1), np.arange(beams)), weights[k])
    return matrix


def way_loss_db(medium: Medium, probe: ProbeSpec, *, attenuation_scale: float) -> F32:
    """(planes, rows, columns) two-way loss (dB, positive) down to each coarse sample. Bone's own loss is counted on the fine grid; here
    bone counts as muscle, so that nothing is taken twice."""
    alpha = table_of("attenuation_db_cm_mhz", medium)
    alpha[Tissue.BONE] = alpha[Tissue.MUSCLE]
    per_row = alpha[medium.labels] * np.float32(2 * probe.frequency_mhz * probe.depth_mm / medium.labels.shape[1] / 10)
    return np.asarray((np.cumsum(per_row, axis=1) - per_row / 2) * np.float32(attenuation_scale), np.float32)


def bone_loss_db(path_mm: F32, probe: ProbeSpec, *, plastic: bool) -> F32:
    """Two-way loss after a way through bone: the bone's attenuation and the cortex's share, taken over a
    millimetre so that the cortex's own scatter is still seen."""
    alpha = PLASTIC_BONE.attenuation_db_cm_mhz if plastic else ACOUSTICS[Tissue.BONE].attenuation_db_cm_mhz
    entry = 7.0 if plastic else 26.0
    bulk = 2 * alpha * probe.frequency_mhz * path_mm / 10
    return np.asarray(entry * (1 - np.exp(-((path_mm / 1.2) ** 2))) + bulk, np.float32)
