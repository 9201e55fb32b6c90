"""What each beam meets first, and what lies at each sample: the solids cut by the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign.solids.beams import BEAMS, COARSE, SAMPLES, Plane, Probe
from models.foreign.solids.bones import Body, Bone, Field


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Per beam: range_mm (infinite: nothing met), bone (index into body.bones, -1), u, w (mm in the plane), x, y, z (mm in the patient, before the
    bones' random bending is undone), facing (cosine of incidence, 0 to 1). Per sample, coarse in depth: gx, gy, gz."""

    body: Body
    probe: Probe
    plane: Plane
    range_mm: Field
    bone: NDArray[np.int64]
    u: Field
    w: Field
    x: Field
    y: Field
    z: Field
    facing: Field
    gu: Field
    gw: Field
    gx: Field
    gy: Field
    gz: Field

    def hits(self, label: str, side: int = 0) -> NDArray[np.int64]:
        """Beams that meet a bone with this label (a side of 0: any) first, in order of the screen."""
        wanted = [i for i, b in enumerate(self.body.bones) if b.label == label and side in (0, b.side)]
        return np.flatnonzero(np.isin(self.bone, wanted))


def bend(rng: np.random.Generator) -> NDArray[np.float64]:
    """Waves that bend all bones: rows of wave vector (3, rad/mm), phase, displacement (3, mm). Long ones lean the spine, short ones roughen it."""
    force = np.exp(rng.uniform(-0.7, 0.6))
    rows = [
        np.concatenate([direction(rng) * 6.28 / length, [rng.uniform(0, 6.28)], direction(rng) * force * size * rng.uniform(0.2, 1.0)])
        for length, size in ((120.0, 4.0), (55.0, 1.6), (26.0, 0.9), (11.0, 0.45))
    ]
    return np.array(rows)


def direction(rng: np.random.Generator) -> NDArray[np.float64]:
    """A random unit vector."""
    v = rng.normal(size=3)
    return np.asarray(v / np.linalg.norm(v), np.float64)


def bent(waves: NDArray[np.float64], x: Field, y: Field, z: Field) -> tuple[Field, Field, Field]:
    """Where in the unbent body a point of the bent one lies."""
    dx, dy, dz = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for kx, ky, kz, phase, ax, ay, az in waves.astype(np.float32):
        wave = np.sin(kx * x + ky * y + kz * z + phase)
        dx, dy, dz = dx + ax * wave, dy + ay * wave, dz + az * wave
    return x + dx, y + dy, z + dz


def window(bone: Bone, x: Field, y: Field) -> tuple[slice, slice] | None:
    """The samples near a bone, told on each eighth of them."""
    x0, x1, y0, y1 = bone.bounds()
    near = (x >= x0 - 3) & (x <= x1 + 3) & (y >= y0 - 3) & (y <= y1 + 3)
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    if not len(rows):
        return None
    return slice(max(0, 8 * (rows[0] - 1)), 8 * (rows[-1] + 2)), slice(max(0, 8 * (columns[0] - 1)), 8 * (columns[-1] + 2))


def cut(body: Body, probe: Probe, plane: Plane, waves: NDArray[np.float64]) -> Cut:
    """Cast every beam onto the bones."""
    beams, depths = probe.steps()
    gu, gw = probe.place(beams[:, None], depths[None, ::COARSE])
    gx, gy, gz = bent(waves, *plane.patient(gu, gw))
    field, owner = np.full(gx.shape, 50.0, np.float32), np.full(gx.shape, -1, np.int64)
    few = gx[::8, ::8], gy[::8, ::8]
    for index, bone in enumerate(body.bones):
        place = window(bone, *few)
        if place is not None:
            out = bone.outside(gx[place], gy[place], gz[place])
            nearer = out < field[place]
            field[place] = np.where(nearer, out, field[place])
            owner[place] = np.where(nearer, index, owner[place])
    return meet(body, probe, plane, field, owner, (gu, gw, gx, gy, gz))


def meet(body: Body, probe: Probe, plane: Plane, field: Field, owner: NDArray[np.int64], grid: tuple[Field, ...]) -> Cut:
    """First crossing of each beam, interpolated between samples."""
    rows = np.arange(BEAMS)
    inside = field < 0
    inside[:, :2] = False
    first = np.argmax(inside, 1)
    met = np.asarray(inside.any(1), np.bool_)
    before, after = field[rows, np.maximum(first - 1, 0)], field[rows, first]
    part = np.clip(before / np.maximum(before - after, 1e-3), 0, 1)
    pace = probe.depth_mm * COARSE / (SAMPLES - 1)
    range_mm = np.where(met, (first - 1 + part) * pace, np.inf).astype(np.float32)
    at = np.where(met, first - 1 + part, 0.0)
    low = np.minimum(at.astype(np.int64), field.shape[1] - 2)
    u, w, x, y, z = ((g[rows, low] + (at - low) * (g[rows, low + 1] - g[rows, low])).astype(np.float32) for g in grid)
    bone = np.where(met, owner[rows, first], -1)
    return Cut(body, probe, plane, range_mm, bone, u, w, x, y, z, facing(probe, u, w, met), *grid)


def facing(probe: Probe, u: Field, w: Field, met: NDArray[np.bool_]) -> Field:
    """Cosine between beam and the surface's normal, from the neighbouring beams."""
    du, dw = np.gradient(u), np.gradient(w)
    beams = probe.steps()[0] if probe.kind != "rectangle" else np.zeros(BEAMS, np.float32)
    along = np.abs(du * np.sin(beams) + dw * np.cos(beams)) / np.maximum(np.hypot(du, dw), 1e-3)
    return np.where(met, np.sqrt(np.maximum(1.0 - along**2, 0.0)), 0.0).astype(np.float32)
