"""Patient: lumbar spine L2 to L5, sacrum, ilia and the soft sheets between them, drawn once a seed.

Depths in mm: skin to posterior complex 40 +-4 and deeper in heavy people (PMID 29628840). Canal 14 to 19 deep, body 48 wide and 34 deep, flavum and
roots are round numbers of this renderer's own (bodies in the range of Zhou 2000, Eur Spine J 9:242).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.capsules.bones import Bones, Capsule, Numbers, gathered
from models.foreign.capsules.sacrum import Sacrum, first_superior, ilia, sacrum
from models.foreign.capsules.vertebra import Vertebra, vertebra

ROOT = ((12.0, 1.0, 21.0), (42.0, 21.0, 33.0))  # a root's way out, from the body's centre and the laminae's surface


@dataclass(frozen=True, slots=True)
class Patient:
    """cover_mm: skin to the spinous tips. fascia: its depth as a share of cover. flavum, canal: lamina to flavum's ventral surface, on to the
    body."""

    vertebrae: tuple[Vertebra, ...]
    sacrum: Sacrum
    bones: Bones
    cover_mm: float
    fascia: float
    flavum: float
    canal: float
    column: tuple[float, float]
    between: float
    scl: float
    scl_thick: float
    root_mm: float

    def lamina_z(self, y: Numbers) -> Numbers:
        """Depth of the laminae's surface at a height, from vertebra to vertebra and on to the sacrum."""
        marks = [(one.centre_y + 6, one.lamina_z) for one in self.vertebrae] + [(self.sacrum.y + 12, self.sacrum.z)]
        return np.interp(y, [y for y, _ in marks], [z for _, z in marks])

    def middle_x(self, y: Numbers) -> Numbers:
        marks = [(one.centre_y, one.centre_x) for one in self.vertebrae] + [(self.sacrum.y + 12, self.sacrum.x)]
        return np.interp(y, [y for y, _ in marks], [x for _, x in marks])

    def flavum_z(self, y: Numbers) -> Numbers:
        return np.asarray(self.lamina_z(y) + self.flavum)

    def column_distance(self, at: Numbers) -> Numbers:
        """at: (3, ...) mm. The bodies and discs as one bean; only its back is ever met."""
        wide, deep = self.column
        x = at[0] - self.middle_x(at[1])
        z = at[2] - self.flavum_z(at[1]) - self.canal - deep
        waist = wide - 2.0 * np.cos((at[1] - self.vertebrae[-1].centre_y) * 2 * np.pi / 35) ** 2
        a, b = np.abs(x / waist), np.abs(z / deep)
        bean = (np.cbrt(a * a * a + b * b * b) - 1) * deep * 0.8
        return np.asarray(np.maximum(bean, at[1] - self.sacrum.y - 8))

    @property
    def shallowest(self) -> float:
        """Depth above which there is no bone."""
        base = self.sacrum
        plates = min(base.z - base.hump, base.z - base.hump + base.fall) - base.crest - 4
        return min(plates, float((self.bones.ends[:, :, 2].min(axis=1) - self.bones.radii.max(axis=1)).min()))

    @property
    def flavum_least(self) -> float:
        return min(one.lamina_z for one in self.vertebrae) + self.flavum - 1.0

    def between_z(self, x: Numbers, y: Numbers) -> Numbers:
        """The intertransverse ligament's dorsal surface."""
        return np.asarray(self.lamina_z(y) + self.between + 0.12 * (np.abs(x - self.middle_x(y)) - 30))

    def scl_z(self, x: Numbers, y: Numbers) -> Numbers:
        """The sacrococcygeal ligament's dorsal surface."""
        base = self.sacrum
        return np.asarray(base.plates_z(y - base.y) - base.cornu * self.scl * (0.6 + 0.4 * np.minimum(1, np.abs(x - base.x) / 9) ** 2))

    def root(self, vertebra: Vertebra, side: int) -> tuple[Numbers, Numbers]:
        """Both ends of the nerve root that leaves beneath a vertebra's pedicle."""
        first, second = (np.asarray(vertebra.placed((side * x, y, z))) for x, y, z in ROOT)
        return first, second


def patient(draw: np.random.Generator) -> Patient:
    cover = float(np.clip(np.exp(draw.normal(np.log(12.5), 0.6)), 4, 45))
    size, worn = float(np.clip(draw.normal(1, 0.065), 0.85, 1.16)), float(draw.beta(1, 2.2))
    pitch, middle = draw.normal(35, 1.6) * size, 0.0
    y = -20.0 - draw.normal(0, 1.5)
    ways = {
        level: (base * size * draw.normal(1, 0.05), base * size * draw.normal(1, 0.05))
        for level, base in ((1, 13.0), (2, 13.5), (3, 15.5), (4, 18.5))
    }
    lordosis = np.cumsum([draw.uniform(0, 5), draw.uniform(-2, 1.5), draw.uniform(-2, 2), draw.uniform(-2, 2)])
    found: list[Vertebra] = []
    for k, level in enumerate((5, 4, 3, 2)):
        tip = max(3.0, cover + float(lordosis[k]))
        found.append(vertebra(draw, level, centre=(middle, y, tip), joint_above_x=ways[level - 1], size=size, worn=worn))
        middle += draw.normal(0, 1.2)
        y -= pitch + draw.normal(0, 1.2)
    found.reverse()
    last = found[-1]
    tail_z = max(4.5, cover * draw.uniform(0.35, 0.95) + draw.uniform(1, 7))
    base = sacrum(
        draw,
        x=last.centre_x + draw.normal(0, 1),
        y=draw.normal(0, 1),
        z=last.lamina_z + draw.normal(4.5, 2),
        size=size,
        least_z=cover * 0.8 + 9,
        tail_z=tail_z,
    )
    capsules: list[Capsule] = [one for each in found for one in each.capsules]
    capsules += first_superior(draw, base, joint_x=last.joint_x, lamina_z=last.lamina_z, joint_y=last.centre_y + 20)
    capsules += ilia(draw, base)
    return Patient(
        tuple(found), base, gathered(capsules), cover, fascia=draw.uniform(0.45, 0.95), flavum=draw.uniform(7.5, 10.5), canal=draw.uniform(14, 19),
        column=(24 * size * draw.normal(1, 0.05), 17 * size), between=draw.uniform(11, 15), scl=draw.uniform(0.1, 0.9),
        scl_thick=float(np.clip(draw.normal(1.8, 0.8), 0.7, 4)), root_mm=draw.uniform(4, 6.5),
    )  # fmt: skip
