"""Lumbar: transverse sections through the facet joints, the transverse processes, between the laminae, and beside a foramen.

z is 0 at the ventral side of the ligamentum flavum on the midline, dorsal is negative. Sizes in mm, from the morphometry of lumbar vertebrae:
Panjabi 1992 (Spine 17:299: spinous process and canal to tip, transverse processes 71 to 92 across, bodies 41 to 49 wide), Masharawi 2004
(Spine 29:1755: facets 13 to 17 high), van Schaik 1985 (Spine 10:59: facets 30 to 60 degrees from the sagittal plane), Galiano 2005 (facets 19
from the midline).
"""

from __future__ import annotations

import numpy as np

from models.foreign.sections.shapes import Draft, Random, Section, oval


class Vertebra(Draft):
    """One draw of a lumbar vertebra."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng, (0.1, 0.3))
        self.worn = self.odds(0.3)  # osteophytes, narrow joint
        self.bumps_mm += 0.35 * self.worn
        self.size = self.n(1.0, 0.09)
        self.base_z = -self.n(11.0, 1.8, 7.0)  # where the lamina meets the spinous process
        self.tip_z = self.base_z - self.n(19.0, 5.0, 7.0) * self.size
        self.blade = self.n(5.5, 1.3, 3.0)
        self.lean = self.n(0.0, 2.5)  # the tip beside the midline
        self.facet_x = self.n(17.5, 3.0, 11.5) * self.size
        self.body_half = self.n(24.5, 2.3) * self.size

    def spinous(self, share: float = 1.0) -> None:
        b, x, z, slope = self.blade / 2, self.lean, self.tip_z, self.n(0.0, 0.8)
        knob, dip, neck_z = b * self.w(0.9, 1.9), self.w(-0.2, 0.8), self.tip_z * 0.55 + self.base_z * 0.45  # two knobs, or one
        dorsal = [(x - knob, z + 2.2 - slope), (x - knob / 2, z + 0.2 - slope / 2), (x, z + dip), (x + knob / 2, z + 0.2 + slope / 2)]
        right = [(x + knob, z + 2.2 + slope), (x * 0.5 + b, neck_z), (b + 1.5, self.base_z + 2), (0.0, -3.0)]
        self.bone([*dorsal, *right, (-b - 1.5, self.base_z + 2), (x * 0.5 - b, neck_z)], share=share)

    def ledge(self, side: int, gx: float, gz: float, long: float, *, share: float = 1.0, rise: float = 0.0, slant: float = 0.0) -> None:
        """A transverse process from gx outwards. rise: how much more dorsal its middle lies; slant: how much deeper its end."""
        end, thick = gx + long, self.w(4.5, 8.0)
        dorsal = [(gx - 1.0, gz), (gx + long * 0.3, gz - rise + slant * 0.3), (gx + long * 0.7, gz - rise + slant * 0.7), (end - 2.0, gz + slant)]
        under = [(end, gz + slant + 2.2), (end - 2, gz + slant + thick), (gx + long * 0.4, gz + thick + 1), (gx - 8.0, gz + thick + 2)]
        self.bone([*dorsal, *under, (gx - 6, gz + 2)], side, share)


def facet(rng: Random) -> Section:
    """Spinous process, laminae that fall off like a roof, and at each end the joint: a cleft between two knobs, with nothing but muscle beyond."""
    v = Vertebra(rng)
    v.spinous()
    v.mark("spinous_process", v.lean, v.tip_z)
    rest = v.n(-5.0, 2.2)
    for side in (-1, 1):
        fx, fz = v.facet_x * v.n(1.0, 0.07), rest + v.n(0.0, 1.2)
        gap, angle, deep = v.w(0.5, 1.5) if v.worn else v.w(1.2, 3.6), np.deg2rad(v.n(42.0, 9.0)), v.w(11.0, 16.0)
        hump, edge = v.w(0.2, 2.4), fx - 6.0  # of the inferior process; where the roof ends
        lx, lz = (v.blade / 2 + edge) / 2, v.base_z + (fz + 0.6 - v.base_z) * v.w(0.25, 0.75)
        ix, iz = fx - gap / 2 - np.sin(angle) * deep, fz + 1.5 + np.cos(angle) * deep  # the cleft's inner end
        roof = [(0.0, v.base_z - 1), (v.blade / 2 + 1, v.base_z + 0.5), (lx, lz), (edge, (lz + fz) / 2 + v.w(0.0, 1.5)), (fx - 3.2, fz - hump)]
        v.bone([*roof, (fx - gap / 2 - 0.5, fz + 0.3), (ix, iz), (ix - 3, min(iz - 2, 5.0)), (5.0, -1.5), (0.0, -3.0)], side)
        knob, wide = v.w(-2.2, 1.2) - 1.5 * v.worn, v.w(6.0, 9.5)  # the mamillary process
        superior = [(fx + gap / 2 + 0.5, fz + 0.3), (fx + 3.0, fz + knob), (fx + wide * 0.75, fz + 1.5 + max(0, knob)), (fx + wide, fz + 6)]
        v.bone([*superior, (fx + wide - 2, fz + 14), (ix + 7, iz + 4), (ix + gap + 1.2, iz + 1)], side)
        v.sheet([(fx - 3.2, fz - hump - 0.6), (fx, fz - 1.2 - hump / 2), (fx + 3.2, fz + knob - 0.6)], (-2.0, 8.0), side=side)
        v.soft([(fx - gap / 2, fz - 1), (fx + gap / 2, fz - 1), (ix + gap, iz), (ix, iz)], (-18, -6), 0.0, side)
        v.mark("lamina", lx, lz, side)
        v.mark("facet", fx, fz, side, "gap")
        if v.odds(0.2):  # a neighbour's transverse process grazes the slice
            v.ledge(side, fx + wide, fz + v.w(10, 14), v.w(14, 22), share=v.w(0.1, 0.3))
    return v.section(v.tip_z, 6.0)


def process(rng: Random) -> Section:
    """Spinous process, lamina, the superior process as a mound, and beyond a deep step the long ledge of the transverse process."""
    v = Vertebra(rng)
    v.spinous()
    v.mark("spinous_process", v.lean, v.tip_z)
    rest, fifth = v.n(-5.0, 2.4), v.odds(0.25)  # L5: stout, slanting processes
    for side in (-1, 1):
        sx, sz = v.facet_x * v.n(1.0, 0.07) + v.w(0.5, 4.0), rest + v.n(0.0, 1.2)
        step, long = v.w(5.5, 13.0), v.n(21.0, 4.5, 9.0) * v.size
        gx, gz = sx + v.w(4.5, 8.0), sz + step
        slant, rise = (v.w(-6.0, 0.0), 1.5) if fifth else (v.w(-2.5, 5.0), v.w(-0.3, 1.6))
        valley = max(sz, v.base_z) + v.w(-0.5, 2.5)  # between lamina and superior process
        lx, lz = (v.blade / 2 + sx - 7.0) / 2, v.base_z + (valley - v.base_z) * v.w(0.35, 0.8)
        notch = 3.5 if v.odds(0.35) else 0.6  # the tip of the inferior process from above leaves a cleft
        roof = [(0.0, v.base_z - 1), (v.blade / 2 + 1, v.base_z + 0.5), (lx, lz), (sx - 6.5, valley - 0.5), (sx - 4.2, valley + notch)]
        mound = [(sx - 2.2, sz + 1.2), (sx, sz), (sx + 2.4, sz + 1.3), (gx - 2.2, gz - step * v.w(0.3, 0.55)), (gx, gz), (gx + 2, gz + 4)]
        v.bone([*roof, *mound, (gx - 4, gz + 9), (12.0, gz + 5), (9.0, 3.0), (0.0, -3.0)], side)
        v.ledge(side, gx, gz, long, rise=rise, slant=slant)
        for name, x, z in (("lamina", lx, lz), ("sap_tip", sx, sz), ("tp_groove", gx, gz), ("tp_tip", gx + long - 1.2, gz + slant)):
            v.mark(name, x, z, side)
        if v.odds(0.5):  # mamillo-accessory ligament
            v.sheet([(sx + 2, sz), (gx - 1, gz - step * 0.6), (gx + 2.5, gz - 1.5)], (-6, 3), side=side)
    return v.section(v.tip_z, 12.0)


def _canal(v: Vertebra, half: float) -> float:
    """Ligamentum flavum and dura, the dural sac, and the front: ligament on body or disc. Returns the front's z."""
    deep, vee, bowl, off = v.n(16.0, 2.5, 10.0), v.w(0.5, 3.5), v.w(-1.0, 1.5), v.w(0.6, 1.0)
    back = [(-half, vee + 1), (-half * 0.5, vee * 0.35), (0.0, 0.0), (half * 0.5, vee * 0.35), (half, vee + 1)]
    dull = v.odds(0.25)  # the canal's back is not to be told from what lies over and under it
    line = v.sheet(back, (-12, 1) if dull else (9, 24), (0.8, 2.2))
    v.sheet([(-15 * off, deep + 1), (-7.0, deep + bowl / 2), (0.0, deep + bowl), (7.0, deep + bowl / 2), (15 * off, deep + 1)], (8, 24), (0.8, 2.5))
    v.soft(np.concatenate([line, line[::-1] - np.array([0.0, v.w(2.5, 4.5)])]), (-3, 3) if dull else (-6, 3), 0.0)
    v.soft(oval(0.0, deep / 2 + 0.5, min(24.0, 2.0 * half + 5), deep - 1.5), (-3, 3) if dull else (-20, -4))
    for _ in range(v.rng.integers(0, 4)):  # roots
        v.soft(oval(v.w(-5, 5), v.w(0.5, 0.9) * deep, 3.0, 2.0), (-8, 0), 0.0)
    v.mark("posterior_complex", 0.0, 0.0, on="sheet")
    v.mark("anterior_complex", 0.0, deep + bowl, on="sheet")
    v.bone(oval(0.0, deep + 17.5, 2 * v.body_half, 30.0)[::2], share=v.w(0.1, 0.5))
    return deep


def interlaminar(rng: Random) -> Section:
    """No bone on the midline: two articular masses, and between them the bright back and front of the canal."""
    v = Vertebra(rng)
    half, cleft, level, uneven = v.n(9.5, 2.0, 5.5), v.odds(0.4), v.n(-6.0, 2.0), v.w(-1.2, 1.2)
    deep = _canal(v, half)
    for side in (-1, 1):
        x, z, w, hump = half * v.n(1.0, 0.07), level + side * uneven, v.w(10.0, 17.0), v.w(0.3, 3.0)
        top = [(x + w * 0.5, z - hump * 0.6), (x + w * 0.56, z + 2.6), (x + w * 0.63, z - hump)] if cleft else [(x + w * 0.55, z - hump)]
        mass = [(x, z + 0.6), (x + w * 0.3, z - hump * 0.6), *top, (x + w * 0.85, z + 0.5), (x + w, z + 5), (x + w - 2, z + 14), (x + 5, 12.0)]
        v.bone([*mass, (x + 0.8, 4.5), (x - 0.6, z + 3.5)], side)
        v.mark("articular_process", x, z + 0.6, side)
        if v.odds(0.25):
            v.ledge(side, x + w, z + v.w(8, 12), v.w(12, 25), share=v.w(0.15, 0.6))
    v.soft(oval(0.0, -16.0, v.w(4, 8), 24.0), (-9, 3), 0.6)  # the interspinous ligament
    if v.odds(0.25):  # a tip that grazes the slice
        v.bone(oval(v.lean, v.tip_z + 3, v.blade, 5.0)[::2], share=v.w(0.05, 0.22))
    return v.section(min(level - 3, v.tip_z + v.w(0, 8)), deep + 2)


def foramen(rng: Random) -> Section:
    """Beside an articular mass, between two transverse processes: the ligament between them, under it the root, and the shoulder of the body."""
    v = Vertebra(rng)
    side = 1 if v.odds(0.5) else -1
    ax, az = v.facet_x + v.w(3.0, 6.5), v.n(-3.0, 2.0)
    mass = [(ax - 13, az - 0.5), (ax - 9, az - 2), (ax - 5, az - v.w(1.5, 4)), (ax - 2.0, az - v.w(0.4, 1.6)), (ax, az + 1), (ax + 0.4, az + 6)]
    v.bone([*mass, (ax - 3, az + 14), (ax - 9, az + 14), (ax - 12, az + 6)], side)
    if v.odds(0.5):  # lamina and spinous process are in the slice, or the plane lies lower
        v.spinous(v.w(0.2, 1.0))
        v.bone([(0.0, v.base_z), (6.0, v.base_z + 1.5), (ax - 9, az - 1), (ax - 9, az + 5), (0.0, -4.0)], side)
    lz, slant, long = az + v.w(8.0, 14.0), v.w(-3.0, 4.0), v.w(14.0, 26.0)
    ligament = [(ax + 0.5, lz - 1), (ax + long / 3, lz + slant / 3 + v.w(-0.6, 0.6)), (ax + long * 0.7, lz + slant * 0.7), (ax + long, lz + slant)]
    x, z = max(ax + v.w(0.0, 3.5), v.body_half - 1.5), lz + v.w(12.0, 19.0)  # the body's shoulder
    body = [(0.0, z - 4), (x - 7, z - 2.5), (x - 2, z - 0.6), (x + 1.2, z + 1.4), (x + 2.6, z + 5), (x + 1.5, z + 14), (x - 8, z + 24), (0.0, z + 26)]
    v.bone(body, side)
    v.soft([(x + 5, z - 4), (x + 18, lz + 6), (x + 30, z + 6), (x + 8, z + 26)], (-9, -3), 1.0, side)  # psoas
    nx, nz = x + v.w(1.0, 5.0), (lz + z) / 2 + v.w(-1.0, 1.5)
    root = oval(nx, nz, v.w(5.0, 8.0), v.w(4.0, 6.0), v.w(0, 40))
    v.soft(oval(nx, nz, 13.0, 10.0), (2, 9), side=side)
    v.soft(root, ((-18, -8), (9, 15), (-2, 5))[rng.choice(3, p=[0.6, 0.2, 0.2])], 0.1, side)  # at times nothing tells it
    v.sheet(root[10:], (-4, 6), side=side)
    band = v.sheet(ligament, (6, 20), (0.6, 1.8), side)
    v.mark("articular_edge", ax - 0.8, az + 0.2, side)
    v.mark("intertransverse_ligament", abs(band[len(band) // 2, 0]), band[len(band) // 2, 1], side, "sheet")
    v.mark("vertebral_edge", x + 0.8, z + 1.0, side)
    v.mark("nerve_root", nx, nz, side, "root")
    return v.section(v.tip_z, z + 4, side=side)
