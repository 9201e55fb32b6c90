"""Sacrum: the dorsal bony surface as a height over the patient's frame, with crest, foramina, cornua and hiatus; and the ilia as capsules.

Sizes in mm: first foramen 23.5 +-2.8 off the midline, 8.5 wide, 11 deep (Kim 2023, Korean J Pain 36:98); second 7 by 7 (Saluja 2018, JCDR 12:AC01);
cornua 18 apart (Rhee 2008, PMC4090639); hiatus 18.5 +-7 long, its apex at S4 in four of
five, sacrum 107 +-10 long and 104 +-7 wide (Anatomical evaluation of sacrum in dry bones, 30 bones). The rest is design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.foreign.capsules.bones import ALA, CORNU, CREST, FLOOR, ILIUM, PIT, PLATE, S1_SUPERIOR, Capsule, Numbers

HOLLOW_MM = 11.0  # how deep a foramen is


@dataclass(frozen=True, slots=True)
class Sacrum:
    """Lengths in mm, y from the first lamina's height. pits: (side, x, y, half width, half height) of each foramen. widths: half of it by y."""

    x: float
    y: float
    z: float
    hump: float
    fall: float
    crest: float
    crest_wide: float
    beat: float
    open_s1: bool
    rows: tuple[float, float]
    pits: tuple[tuple[int, float, float, float, float], ...]
    apex: float
    end: float
    canal: float
    roof: float
    cornu: float
    cornu_x: tuple[float, float]
    widths: tuple[float, ...]
    ala: float
    wing: float
    gap: float
    tops: tuple[float, float]

    def plates_z(self, y: Numbers) -> Numbers:
        """Depth of the surface beside the crest. y: from the sacrum's top."""
        tail = 0.5 - 0.5 * np.cos(np.pi * np.clip((y - 50) / 55, 0, 1))
        rise = self.hump * (1 - np.clip((55 - y) / 55, 0, 1.2) ** 2)
        return np.asarray(self.z - rise + self.fall * tail + 0.3 * np.maximum(0, y - self.end - 3))

    def half_width(self, y: Numbers) -> Numbers:
        return np.asarray(np.interp(y, (-6, 12, 30, 48, 62, 85, 104, 112, 140), self.widths))

    def pit(self, x: Numbers, y: Numbers) -> Numbers:
        """How far from a foramen's middle, 1 on its lips. x, y: from the sacrum's own middle and top."""
        far = np.full(np.shape(x), 9.0)
        for side, px, py, wide, high in self.pits:
            far = np.minimum(far, np.hypot((x - side * px) / wide, (y - py) / high))
        return far

    def surface(self, x: Numbers, y: Numbers) -> Numbers:
        """Depth of the dorsal surface. x, y: from the sacrum's own middle and top."""
        off = np.abs(x)
        beat = 0.65 + 0.35 * np.cos((y - 12 - self.beat) * 2 * np.pi / 21)
        fade = np.clip((self.apex - 6 - y) / 14, 0, 1) * (np.clip((y - 22) / 6, 0, 1) if self.open_s1 else 1.0)
        up = self.crest * beat * fade * np.exp(-((off / self.crest_wide) ** 2.5))
        foramen = np.interp(y, (24, 46, 66, 82), [one[1] for one in self.pits[:4]])
        body = np.clip((y - 12) / 8, 0, 1) * np.clip((92 - y) / 12, 0, 1)
        up = up + body * (self.rows[0] * np.exp(-(((off - foramen + 9) / 3.5) ** 2)) + self.rows[1] * np.exp(-(((off - foramen - 9) / 4.5) ** 2)))
        up = up - 0.5 * np.maximum(0, off - foramen - 13) * np.clip((y - 14) / 10, 0, 1)
        up = up - self.ala * np.clip((off - 16) / 6, 0, 1) * np.clip((19 - y) / 9, 0, 1)
        up = up + self.wing * np.maximum(0, off - foramen - 9) * np.clip((16 - y) / 10, 0, 1)
        pit = 1 / (1 + np.exp(np.clip((self.pit(x, y) - 0.88) / 0.055, -30, 30)))
        horn = np.where(x < 0, self.cornu_x[0], self.cornu_x[1])
        tail = np.clip((y - self.apex - 1) / 6, 0, 1) * np.clip((self.end + 3 - y) / 4, 0, 1)
        up = up + self.cornu * tail * np.exp(-(((off - horn) / 2.8) ** 2))
        deep = (
            (self.roof + self.canal)
            * np.clip((horn - 1.5 - off) / 1.5, 0, 1)
            * np.clip((y - self.apex) / 1.2, 0, 1)
            * np.clip((self.end + 14 - y) / 10, 0, 1)
        )
        return np.asarray(self.plates_z(y) - up + HOLLOW_MM * pit + deep)

    def outside(self, x: Numbers, y: Numbers) -> Numbers:
        """How far beside the sacrum's outline, negative within."""
        off = np.abs(x)
        top = np.interp(off, (6, 17, 25, 60), (self.tops[0] + (14 if self.open_s1 else 0), self.tops[0] - 2, self.tops[1], self.tops[1] + 4))
        return np.maximum(off - self.half_width(y), top - y)

    def distance(self, at: Numbers) -> Numbers:
        """at: (3, ...) mm in the patient's frame. Exact only in its sign: beams are walked in steps, none is skipped."""
        x, y = at[0] - self.x, at[1] - self.y
        over = self.surface(x, y) - at[2]
        spread = np.clip(-over - 2.5, 0, 14) * np.clip((70 - y) / 8, 0, 1)  # the joint's cleft closes beneath its dorsal margin
        return np.asarray(np.maximum(over * 0.8, self.outside(x, y) - spread))

    def zone(self, at: Numbers) -> Numbers:
        """at: (3, n) mm. Which part of the back each point lies on."""
        x, y = at[0] - self.x, at[1] - self.y
        off, horn = np.abs(x), np.where(x < 0, self.cornu_x[0], self.cornu_x[1])
        tail = y > self.apex
        return np.select(
            [self.pit(x, y) < 1.04, tail & (off < horn - 2), tail & (np.abs(off - horn) < 3.5), off < 5.0, (y < 17) & (off > 26)],
            [PIT, FLOOR, CORNU, CREST, ALA],
            PLATE,
        )


def sacrum(draw: np.random.Generator, *, x: float, y: float, z: float, size: float, least_z: float, tail_z: float) -> Sacrum:
    """x, y, z: middle, top, and depth of its first lamina. least_z: how near the skin its hump may come; tail_z: its end."""
    hump = min(draw.uniform(3, 18), max(0.0, z - least_z))
    first, end = draw.normal(23.5, 2.4) * size, draw.normal(107, 6) * size
    spots = []
    for k, py in enumerate((25.0, 47.0, 67.0, 83.0)):
        wide, high = (draw.normal(4.2, 0.6), draw.normal(5.2, 0.7)) if k == 0 else (draw.normal(3.5, 0.4), draw.normal(3.7, 0.4))
        spots.append((first - 2.6 * k + draw.normal(0, 0.7), py * size + draw.normal(0, 1.5), max(2.2, wide), max(2.6, high)))
    pits = tuple((side, px + draw.normal(0, 0.8), py + draw.normal(0, 1.2), wide, high) for side in (-1, 1) for px, py, wide, high in spots)
    apex = end - np.clip(draw.normal(19, 6), 8, 38) * size
    width = draw.normal(50, 3) * size
    return Sacrum(
        x, y, z, hump=hump, fall=tail_z - z + hump,
        crest=draw.uniform(4, 11), crest_wide=draw.uniform(2.8, 4.6),
        beat=draw.uniform(-4, 4), open_s1=draw.random() < 0.08, rows=(draw.uniform(0.5, 3.2), draw.uniform(0.3, 4.0)), pits=pits, apex=apex, end=end,
        canal=float(np.clip(draw.normal(4.4, 1.5), 1.6, 8)), roof=draw.uniform(1.4, 2.8), cornu=draw.uniform(1.5, 5.0),
        cornu_x=(draw.normal(9.2, 1.2), draw.normal(9.2, 1.2)),
        widths=(width, width, width * 0.89, width * 0.82, width * 0.72, width * 0.46, width * 0.3, 11.0, 6.0),
        ala=draw.uniform(6, 12), wing=draw.uniform(-0.05, 0.35), gap=draw.uniform(1.2, 5.0),
        tops=(draw.uniform(3, 8), draw.uniform(-5, 0)),
    )  # fmt: skip


def ilia(draw: np.random.Generator, base: Sacrum) -> list[Capsule]:
    """The dorsal rim of each ilium beside the joint, and the blade that falls away from it to the side. PSIS at the second foramen's height."""
    rise, psis = draw.uniform(3, 13), 42 + draw.normal(0, 5)
    spread, blade = draw.uniform(0.15, 0.9), draw.uniform(22, 30)
    capsules = []
    ys = np.arange(-24.0, 63.0, 7.0)
    for side in (-1, 1):
        thick = draw.uniform(3.8, 5.5)
        nears = base.half_width(ys) + base.gap + thick + np.maximum(0.0, 12 - ys) * 0.35
        ups = rise * np.exp(-(((ys - psis) / 20) ** 2)) - 0.12 * np.maximum(0.0, 12 - ys)
        depths = np.maximum(base.surface(nears - thick - base.gap - 3, np.maximum(ys, 14.0)) - ups + thick, thick + 3.0)
        for y, near, z in zip(ys, nears, depths, strict=True):
            start = (base.x + side * float(near), base.y + float(y), float(z))
            far = (start[0] + side * blade, start[1] - 5.0, start[2] + blade * spread)
            capsules.append(Capsule((start, far), (thick, thick + 1.5), ILIUM, 7, side))
    return capsules


def first_superior(draw: np.random.Generator, base: Sacrum, *, joint_x: tuple[float, float], lamina_z: float, joint_y: float) -> list[Capsule]:
    """The sacrum's own articular processes beside the inferior ones of L5."""
    capsules = []
    for side in (-1, 1):
        lean, gap, thick = np.radians(draw.uniform(18, 40)), draw.uniform(0.9, 2.6), draw.uniform(4.0, 5.2)
        reach = 4.2 + thick + gap
        x = joint_x[(side + 1) // 2] - 5 + reach * float(np.cos(lean))
        z = lamina_z + 4.2 + reach * float(np.sin(lean))
        top = (base.x + side * x, joint_y - 8.0, z)
        capsules.append(Capsule((top, (base.x + side * (x + 0.5), joint_y + 9.0, z + 1)), (thick, thick), S1_SUPERIOR, 6, side))
        capsules.append(
            Capsule(((base.x + side * (x + 1), joint_y, z - 2.5), (base.x + side * (x + 1), joint_y + 8, z - 1)), (3.4, 3.4), S1_SUPERIOR, 6, side)
        )
    return capsules
