"""One person's lumbar spine: the five digitised vertebrae stacked, brought to adult size, bent, and made uneven by a seed.

Mesh axes are those of the stack as it was digitised; body axes are the person's. Both: right, cranial, dorsal, mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from models.foreign.digitised.field import Floats, Form, form_of

LEVELS = ("lumbar1", "lumbar2", "lumbar3", "lumbar4", "lumbar5")
# positive leans the body's top backwards. The model that the meshes come with poses them by 0.25, 0.1, -0.1, -0.2, -0.3; the lower two are
# bent more here, since in that pose the lowest joints hardly overlap
TILTS_RAD = (0.25, 0.1, -0.1, -0.27, -0.47)
DISCS_MM = ((4.5, 7.0), (5.5, 8.5), (6.5, 9.5), (6.5, 10.0))  # mesh mm, from the highest: discs grow downwards
WIDE_FROM_MM = 20.0  # beyond this the transverse processes are drawn out: the meshes' reach 31 mm, those of adults 38 to 48 (README)
GRAIN_VOXELS = 48
LINING_MM = 1.0  # mesh mm: of the posterior longitudinal ligament and the dura on it


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """A vertebra in the stack: its body's centre (cranial, dorsal) and its tilt."""

    form: Form
    centre: Floats
    tilt_rad: float

    def own(self, mesh: Floats) -> Floats:
        """Points of the stack, (3, ...), in the vertebra's own axes."""
        c, d = mesh[1] - self.centre[0], mesh[2] - self.centre[1]
        cos, sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        return np.stack([mesh[0], self.form.centre[0] + cos * c + sin * d, self.form.centre[1] - sin * c + cos * d])

    def stacked(self, place: tuple[float, float]) -> Floats:
        """A place (cranial, dorsal) of the vertebra's own axes, in the stack."""
        c, d = place[0] - self.form.centre[0], place[1] - self.form.centre[1]
        cos, sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        return np.asarray(self.centre + np.array([cos * c - sin * d, sin * c + cos * d]))


@dataclass(frozen=True, slots=True, eq=False)
class Lump:
    """A spur (positive) or a missing piece (negative): its middle in mesh axes, how far it moves the surface, and its width. mm."""

    middle: Floats
    rise_mm: float
    width_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """scale: body mm per mesh mm on each axis. waves, phases, sways_mm: a slow bend of everything, in body axes.

    stretch: of what lies beyond WIDE_FROM_MM, right and left. swell_mm: growth of every bone, in mesh mm. cleft_mm: gap of the joints.
    """

    bones: tuple[Bone, ...]
    scale: Floats
    waves: Floats
    phases: Floats
    sways_mm: Floats
    stretch: tuple[float, float]
    swell_mm: float
    cleft_mm: float
    grain_mm: float
    grain_step_mm: float
    lumps: tuple[Lump, ...]

    def mesh(self, body: Floats) -> Floats:
        """Body points (3, ...) in mesh axes."""
        moved = body.astype(np.float32)
        for wave, phase, sway in zip(self.waves, self.phases, self.sways_mm, strict=True):
            swing = np.sin(np.tensordot(wave.astype(np.float32), body.astype(np.float32), 1) + np.float32(phase))
            moved = moved + sway.astype(np.float32).reshape(3, *[1] * (body.ndim - 1)) * swing
        mesh = moved / self.scale.astype(np.float32).reshape(3, *[1] * (body.ndim - 1))
        beyond = np.abs(mesh[0]) - WIDE_FROM_MM
        stretch = np.where(mesh[0] > 0, *self.stretch).astype(np.float32)
        mesh[0] = np.where(beyond > 0, np.sign(mesh[0]) * (WIDE_FROM_MM + beyond / stretch), mesh[0])
        return np.asarray(mesh)

    def body(self, mesh: Floats) -> Floats:
        """A mesh point (3,) in body axes, to 0.1 mm."""
        beyond = abs(mesh[0]) - WIDE_FROM_MM
        right = np.sign(mesh[0]) * (WIDE_FROM_MM + beyond * self.stretch[0 if mesh[0] > 0 else 1]) if beyond > 0 else mesh[0]
        wanted = np.array([right, mesh[1], mesh[2]]) * self.scale
        found = wanted.copy()
        for _ in range(4):
            found = wanted - np.sin(self.waves @ found + self.phases) @ self.sways_mm
        return np.asarray(found)

    def distances(self, mesh: Floats) -> Floats:
        """(bones, ...): from each bone's surface in body mm, negative inside."""
        uneven = self._uneven(mesh)
        apart = np.stack([bone.form.at(bone.own(mesh)) - uneven for bone in self.bones])
        half = self.cleft_mm / (2 * self._size)
        for upper in range(len(self.bones) - 1):
            between = (apart[upper] - apart[upper + 1]) / 2
            apart[upper] = np.maximum(apart[upper], between + half)
            apart[upper + 1] = np.maximum(apart[upper + 1], half - between)
        return np.asarray(apart * self._size)

    @property
    def _size(self) -> float:
        return float(np.prod(self.scale) ** (1 / 3))

    def _uneven(self, mesh: Floats) -> Floats:
        """How far the surface stands out, in mesh mm."""
        rise = self.swell_mm + self.grain_mm * map_coordinates(_grain(), mesh / self.grain_step_mm, order=1, mode="grid-wrap", prefilter=False)
        for lump in self.lumps:
            far2 = sum((mesh[k] - lump.middle[k]) ** 2 for k in range(3))
            rise = rise + lump.rise_mm * np.exp(-far2 / (2 * lump.width_mm**2))
        return np.asarray(rise)

    def wall(self, cranial: Floats) -> Floats:
        """Dorsal coordinate of the bodies' dorsal faces, mesh mm."""
        return self.swell_mm + _between(cranial, [bone.stacked(place) for bone in self.bones for place in bone.form.walls])

    def arch(self, cranial: Floats) -> Floats:
        """Dorsal coordinate of the arches' inner faces on the midline, mesh mm: where the ligamentum flavum ends ventrally."""
        return _between(cranial, [bone.stacked(bone.form.arch) for bone in self.bones])

    def process(self, cranial: Floats) -> Floats:
        """Dorsal coordinate of the row of transverse processes, mesh mm."""
        return _between(cranial, [bone.stacked(bone.form.process) for bone in self.bones])


def _between(cranial: Floats, nodes: list[Floats]) -> Floats:
    places = np.array(nodes)
    places = places[np.argsort(places[:, 0], kind="stable")]
    return np.asarray(np.interp(cranial, places[:, 0], places[:, 1]))


@cache
def _grain() -> NDArray[np.float32]:
    rough = gaussian_filter(np.random.default_rng(1).normal(size=[GRAIN_VOXELS] * 3), 1.3, mode="wrap")
    return np.asarray(rough / rough.std(), dtype=np.float32)


def spine_of(chance: np.random.Generator, flexion_rad: float) -> Spine:
    """A person. flexion_rad: how far each disc opens backwards beyond the pose of the meshes."""
    bones = _stacked(chance, flexion_rad)
    overall = chance.uniform(1.1, 1.26)
    scale = np.array([overall * chance.uniform(0.97, 1.05), overall * chance.uniform(0.9, 0.97), overall * chance.uniform(0.95, 1.03)])
    reach_mm = chance.uniform(37, 47)
    waves = chance.normal(size=(5, 3))
    waves *= (2 * np.pi / chance.uniform(55, 140, 5) / np.linalg.norm(waves, axis=1))[:, None]
    return Spine(
        bones=bones,
        scale=scale,
        waves=waves,
        phases=chance.uniform(0, 2 * np.pi, 5),
        sways_mm=chance.normal(size=(5, 3)) * chance.uniform(0.2, 0.8),
        stretch=(_drawn_out(reach_mm * chance.uniform(0.93, 1.07), scale[0]), _drawn_out(reach_mm * chance.uniform(0.93, 1.07), scale[0])),
        swell_mm=chance.uniform(0.2, 1.1),
        cleft_mm=chance.uniform(1.2, 3.2),
        grain_mm=chance.uniform(0.05, 0.4),
        grain_step_mm=chance.uniform(1.2, 2.6),
        lumps=tuple(_lumps(bones, chance)),
    )


def _drawn_out(reach_mm: float, scale: float) -> float:
    return float((reach_mm / scale - WIDE_FROM_MM) / (31.0 - WIDE_FROM_MM))


def _stacked(chance: np.random.Generator, flexion_rad: float) -> tuple[Bone, ...]:
    """From the lowest up: each body stands over the one below along the mean of their axes, a disc between them."""
    lordosis = chance.uniform(0.75, 1.15)
    tilts = [lordosis * tilt + flexion_rad * (level - 2) + chance.normal(0, 0.02) for level, tilt in enumerate(TILTS_RAD)]
    forms = [form_of(level) for level in LEVELS]
    bones = [Bone(forms[-1], np.zeros(2), tilts[-1])]
    for form, tilt, disc_mm in zip(forms[-2::-1], tilts[-2::-1], DISCS_MM[::-1], strict=True):
        below = bones[0]
        mean = (tilt + below.tilt_rad) / 2
        axis = np.array([np.cos(mean), np.sin(mean)])
        apart_mm = _apart_mm(below, Bone(form, below.centre + 50 * axis, tilt), axis)
        bones.insert(0, Bone(form, below.centre + (50 - apart_mm + chance.uniform(*disc_mm)) * axis, tilt))
    return tuple(bones)


def _apart_mm(below: Bone, above: Bone, axis: Floats) -> float:
    """The gap between two bodies 50 mm apart along their axis."""
    along = np.arange(0, 50, 0.25)
    line = np.stack([np.zeros_like(along), *(below.centre[:, None] + axis[:, None] * along)])
    lower, upper = (bone.form.at(bone.own(line)) < 0 for bone in (below, above))
    return float(along[np.nonzero(upper)[0].min()] - along[np.nonzero(lower)[0].max()])


def _lumps(bones: tuple[Bone, ...], chance: np.random.Generator) -> list[Lump]:
    """Spurs about the joints in half of the people, and rarely a piece gone."""
    found = []
    for upper, lower in pairwise(bones):
        for side in (-1, 1):
            middle = joint_of(upper, lower, side)
            if chance.random() < 0.35:
                found.append(Lump(middle + chance.normal(0, 3, 3), chance.uniform(0.5, 2.5), chance.uniform(2.5, 5.0)))
            if chance.random() < 0.04:
                found.append(Lump(middle + chance.normal(0, 8, 3), chance.uniform(-4.0, -1.5), chance.uniform(2.0, 4.0)))
    return found


def joint_of(upper: Bone, lower: Bone, side: int) -> Floats:
    """Where the articular processes of two neighbours come nearest on a side (1 right, -1 left), mesh mm."""
    c, d = (upper.centre + lower.centre) / 2
    grid = np.stack(np.meshgrid(side * np.arange(9, 25, 1.5), c + np.arange(-14, 14, 1.5), d + np.arange(14, 42, 1.5), indexing="ij"))
    both = np.maximum(upper.form.at(upper.own(grid)), lower.form.at(lower.own(grid)))
    return np.asarray(grid.reshape(3, -1)[:, int(np.argmin(both))])
