"""Lumbar: transverse sections through the facet joints, the transverse processes, between the laminae, and beside a foramen.

z is 0 at the ventral side of the ligamentum flavum on the midline, dorsal is negative. Sizes in mm, from the morphometry of lumbar vertebrae:
Panjabi 1992 (Spine 17:299: spinous process and canal to tip, transverse processes 71 to 92 across, bodies 41 to 49 wide), Masharawi 2004 (Spine
29:1755: facets 13 to 17 high), van Schaik 1985 (Spine 10:59: facets 30 to 60 degrees from the sagittal plane), Galiano 2005 (facets 19 from the midline).
"""

from __future__ import annotations

import numpy as np

from models.foreign.sections.shapes import Bone, Mark, Points, Random, Section, Sheet, Soft, about, bone, curve, mirrored, oval, within


class Vertebra:
    """One draw of a lumbar vertebra. Sides differ by `skew`, a share."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.size = about(rng, 1.0, 0.09)
        self.base_z = -about(rng, 11.0, 1.8, least=7.0)  # where the lamina meets the spinous process
        self.tip_z = self.base_z - about(rng, 19.0, 5.0, least=7.0) * self.size
        self.blade = about(rng, 5.5, 1.3, least=3.0)
        self.lean = about(rng, 0.0, 2.5, least=-6.0)  # the tip beside the midline
        self.facet_x = about(rng, 17.5, 3.0, least=11.5) * self.size
        self.worn = rng.random() < 0.3  # osteophytes, narrow joint
        self.bumps = within(rng, 0.1, 0.3) + (0.35 if self.worn else 0.0)
        self.canal = about(rng, 16.0, 2.5, least=10.0)
        self.body_half = about(rng, 24.5, 2.3) * self.size

    def skew(self, share: float = 0.07) -> float:
        return about(self.rng, 1.0, share, least=0.7)

    def bone(self, points: Points | list[tuple[float, float]], share: float = 1.0) -> Bone:
        return bone(self.rng, points, share=share, bumps_mm=self.bumps)

    def spinous(self, share: float = 1.0) -> Bone:
        rng, b, x, z = self.rng, self.blade / 2, self.lean, self.tip_z
        knob = b * within(rng, 0.9, 1.9)
        dip = within(rng, -0.4, 1.6)  # two knobs, or one
        slope = about(rng, 0.0, 0.8, least=-2.0)
        dorsal = [(x - knob, z + 2.2 - slope), (x - knob * 0.5, z + 0.2 - slope / 2), (x, z + dip * 0.5), (x + knob * 0.5, z + 0.2 + slope / 2), (x + knob, z + 2.2 + slope)]
        sides = [(x * 0.5 + b, z * 0.55 + self.base_z * 0.45), (b + 1.5, self.base_z + 2), (0.0, -3.0), (-b - 1.5, self.base_z + 2)]
        return self.bone([*dorsal, *sides, (x * 0.5 - b, z * 0.55 + self.base_z * 0.45)], share)

    def spinous_mark(self) -> Mark:
        return Mark("spinous_process", self.lean, self.tip_z, 0)


def facet(rng: Random) -> Section:
    """Spinous process, laminae that fall off like a roof, and at each end the joint: a cleft between two knobs, with nothing but muscle beyond."""
    v = Vertebra(rng)
    bones, softs, sheets, marks = [v.spinous()], [], [], [v.spinous_mark()]
    rest = about(rng, -5.0, 2.2, least=-11.0)
    for side in (-1, 1):
        fx, fz = v.facet_x * v.skew(), rest + about(rng, 0.0, 1.2, least=-3.0)
        gap = within(rng, 0.5, 1.5) if v.worn else within(rng, 1.2, 3.6)
        angle, deep = np.deg2rad(about(rng, 42.0, 9.0, least=18.0)), within(rng, 11.0, 16.0)
        hump, fall = within(rng, 0.2, 2.4), within(rng, 0.25, 0.75)  # of the inferior process; where the roof falls
        lx, edge = (v.blade / 2 + fx - 6.0) / 2, fx - 6.0
        lz = v.base_z + (fz + 0.6 - v.base_z) * fall
        inner = (fx - gap / 2 - np.sin(angle) * deep, fz + 1.5 + np.cos(angle) * deep)
        inferior = [(0.0, v.base_z - 1), (v.blade / 2 + 1, v.base_z + 0.5), (lx, lz), (edge, (lz + fz) / 2 + within(rng, 0.0, 1.5)), (fx - 3.2, fz - hump)]
        inferior += [(fx - gap / 2 - 0.5, fz + 0.3), inner, (inner[0] - 3, min(inner[1] - 2, 5.0)), (5.0, -1.5), (0.0, -3.0)]
        mamillary, wide = within(rng, -2.2, 1.2) - (1.5 if v.worn else 0.0), within(rng, 6.0, 9.5)
        superior = [(fx + gap / 2 + 0.5, fz + 0.3), (fx + 3.0, fz + mamillary), (fx + wide * 0.75, fz + 1.5 + max(0, mamillary)), (fx + wide, fz + 6)]
        superior += [(fx + wide - 2, fz + 14), (inner[0] + 7, inner[1] + 4), (inner[0] + gap + 1.2, inner[1] + 1)]
        bones += [v.bone(mirrored(inferior, side)), v.bone(mirrored(superior, side))]
        capsule = [(fx - 3.2, fz - hump - 0.6), (fx, fz - 1.2 - max(0, hump / 2)), (fx + 3.2, fz + mamillary - 0.6)]
        sheets.append(Sheet(curve(mirrored(capsule, side)), within(rng, -2.0, 8.0)))
        softs.append(Soft(mirrored([(fx - gap / 2, fz - 1), (fx + gap / 2, fz - 1), (inner[0] + gap, inner[1]), inner], side), within(rng, -18, -6), 0.0))
        marks += [Mark("lamina", side * lx, lz, side), Mark("facet", side * fx, fz, side, "gap")]
        if rng.random() < 0.2:  # a neighbour's transverse process grazes the slice
            bones.append(_ledge(v, side, fx + wide, fz + within(rng, 10, 14), within(rng, 14, 22), share=within(rng, 0.1, 0.3)))
    return Section(tuple(bones), tuple(softs), tuple(sheets), tuple(marks), v.tip_z, 6.0)


def _ledge(v: Vertebra, side: int, gx: float, gz: float, long: float, *, share: float = 1.0, rise: float = 0.0, slant: float = 0.0) -> Bone:
    """A transverse process from gx outwards. rise: how much more dorsal its middle lies; slant: how much deeper its end."""
    thick = within(v.rng, 4.5, 8.0)
    dorsal = [(gx - 1.0, gz), (gx + long * 0.3, gz - rise + slant * 0.3), (gx + long * 0.7, gz - rise + slant * 0.7), (gx + long - 2.0, gz + slant)]
    rest = [(gx + long, gz + slant + 2.2), (gx + long - 2, gz + slant + thick), (gx + long * 0.4, gz + thick + 1), (gx - 8.0, gz + thick + 2), (gx - 6, gz + 2)]
    return v.bone(mirrored(dorsal + rest, side), share)


def process(rng: Random) -> Section:
    """Spinous process, lamina, the superior process as a mound, and beyond a deep step the long ledge of the transverse process."""
    v = Vertebra(rng)
    bones, sheets, marks = [v.spinous()], [], [v.spinous_mark()]
    rest, fifth = about(rng, -5.0, 2.4, least=-11.0), rng.random() < 0.25  # L5: stout, slanting processes
    for side in (-1, 1):
        sx, sz = v.facet_x * v.skew() + within(rng, 0.5, 4.0), rest + about(rng, 0.0, 1.2, least=-3.0)
        step, out = within(rng, 5.5, 13.0), within(rng, 4.5, 8.0)
        gx, gz, long = sx + out, sz + step, about(rng, 21.0, 4.5, least=9.0) * v.size
        slant, rise = (within(rng, -6.0, 0.0), 1.5) if fifth else (within(rng, -2.5, 5.0), within(rng, -0.3, 1.6))
        lx = (v.blade / 2 + sx - 7.0) / 2
        valley = max(sz, v.base_z) + within(rng, -0.5, 2.5)  # between lamina and superior process
        lz = v.base_z + (valley - v.base_z) * within(rng, 0.35, 0.8)
        notch = rng.random() < 0.35  # the tip of the inferior process from above leaves a cleft
        mound = [(0.0, v.base_z - 1), (v.blade / 2 + 1, v.base_z + 0.5), (lx, lz), (sx - 6.5, valley - 0.5), (sx - 4.2, valley + (3.5 if notch else 0.6))]
        mound += [(sx - 2.2, sz + 1.2), (sx, sz), (sx + 2.4, sz + 1.3), (gx - 2.2, gz - step * within(rng, 0.3, 0.55)), (gx, gz), (gx + 2, gz + 4)]
        mound += [(gx - 4, gz + 9), (12.0, gz + 5), (9.0, 3.0), (0.0, -3.0)]
        bones += [v.bone(mirrored(mound, side)), _ledge(v, side, gx, gz, long, rise=rise, slant=slant)]
        marks += [Mark("lamina", side * lx, lz, side), Mark("sap_tip", side * sx, sz, side), Mark("tp_groove", side * gx, gz, side)]
        marks.append(Mark("tp_tip", side * (gx + long - 1.2), gz + slant, side))
        if rng.random() < 0.5:  # mamillo-accessory ligament
            sheets.append(Sheet(curve(mirrored([(sx + 2, sz), (gx - 1, gz - step * 0.6), (gx + 2.5, gz - 1.5)], side)), within(rng, -6, 3)))
    return Section(tuple(bones), (), tuple(sheets), tuple(marks), v.tip_z, 12.0)


def _canal(v: Vertebra, half: float) -> tuple[list[Soft], list[Sheet], list[Mark], list[Bone]]:
    """Ligamentum flavum and dura, the dural sac, and the front: ligament on body or disc."""
    rng, deep = v.rng, v.canal
    vee, bowl, off = within(rng, 0.5, 3.5), within(rng, -1.0, 1.5), within(rng, 0.6, 1.0)
    back = curve([(-half, vee + 1), (-half * 0.5, vee * 0.35), (0.0, 0.0), (half * 0.5, vee * 0.35), (half, vee + 1)])
    front = curve([(-15 * off, deep + 1), (-7.0, deep + bowl / 2), (0.0, deep + bowl), (7.0, deep + bowl / 2), (15 * off, deep + 1)])
    flavum = np.concatenate([back, back[::-1] - (0.0, within(rng, 2.5, 4.5))])
    softs = [Soft(flavum, within(rng, -6, 3), 0.0), Soft(oval(0.0, deep / 2 + 0.5, min(24.0, 2.0 * half + 5), deep - 1.5), within(rng, -24, -10), 0.1)]
    softs += [Soft(oval(within(rng, -5, 5), within(rng, 0.5, 0.9) * deep, 3.0, 2.0), within(rng, -8, 0), 0.0) for _ in range(rng.integers(0, 4))]
    sheets = [Sheet(back, within(rng, 10, 24), within(rng, 0.8, 2.2), "posterior_complex"), Sheet(front, within(rng, 8, 24), within(rng, 0.8, 2.5), "anterior_complex")]
    marks = [Mark("posterior_complex", 0.0, 0.0, 0, "sheet"), Mark("anterior_complex", 0.0, deep + bowl, 0, "sheet")]
    body = oval(0.0, deep + 17.5, 2 * v.body_half, 30.0)
    return softs, sheets, marks, [v.bone(body[::2], within(rng, 0.1, 0.5))]


def interlaminar(rng: Random) -> Section:
    """No bone on the midline: two articular masses, and between them the bright back and front of the canal."""
    v = Vertebra(rng)
    half = about(rng, 9.5, 2.0, least=5.5)
    softs, sheets, marks, bones = _canal(v, half)
    cleft, level, level2 = rng.random() < 0.4, about(rng, -6.0, 2.0, least=-11.0), within(rng, -1.2, 1.2)
    for side in (-1, 1):
        mx, mz = half * v.skew(), level + side * level2
        wide, hump = within(rng, 10.0, 17.0), within(rng, 0.3, 3.0)
        mass = [(mx, mz + 0.6), (mx + wide * 0.3, mz - hump * 0.6), (mx + wide * 0.55, mz - hump), (mx + wide * 0.85, mz + 0.5), (mx + wide, mz + 5)]
        mass += [(mx + wide - 2, mz + 14), (mx + 5, 12.0), (mx + 0.8, 4.5), (mx - 0.6, mz + 3.5)]
        if cleft:
            mass[2:3] = [(mx + wide * 0.5, mz - hump * 0.6), (mx + wide * 0.56, mz + 2.6), (mx + wide * 0.63, mz - hump)]
        bones.append(v.bone(mirrored(mass, side)))
        marks.append(Mark("articular_process", side * mx, mz + 0.6, side))
        if rng.random() < 0.25:
            bones.append(_ledge(v, side, mx + wide, mz + within(rng, 8, 12), within(rng, 12, 25), share=within(rng, 0.15, 0.6)))
    # the interspinous ligament, and a tip that grazes the slice
    softs.append(Soft(oval(0.0, -16.0, within(rng, 4, 8), 24.0), within(rng, -9, 3), 0.6))
    if rng.random() < 0.25:
        bones.append(Bone(oval(v.lean, v.tip_z + 3, v.blade, 5.0), within(rng, 0.05, 0.22)))
    return Section(tuple(bones), tuple(softs), tuple(sheets), tuple(marks), min(level - 3, v.tip_z + within(rng, 0, 8)), v.canal + 2)


def foramen(rng: Random) -> Section:
    """Beside an articular mass, between two transverse processes: the ligament between them, under it the root, and the shoulder of the body."""
    v = Vertebra(rng)
    side = 1 if rng.random() < 0.5 else -1
    ax, az = v.facet_x + within(rng, 3.0, 6.5), about(rng, -3.0, 2.0, least=-8.0)
    blank = rng.random() < 0.5  # lamina and spinous process are in the slice, or the plane lies lower
    mass = [(ax - 13, az - 0.5), (ax - 9, az - 2), (ax - 5, az - within(rng, 1.5, 4)), (ax - 2.0, az - within(rng, 0.4, 1.6)), (ax, az + 1), (ax + 0.4, az + 6)]
    mass += [(ax - 3, az + 14), (ax - 9, az + 14), (ax - 12, az + 6)]
    bones = [v.bone(mirrored(mass, side))]
    if blank:
        bones.append(v.spinous(within(rng, 0.2, 1.0)))
        roof = [(0.0, v.base_z), (6.0, v.base_z + 1.5), (ax - 9, az - 1), (ax - 9, az + 5), (0.0, -4.0)]
        bones.append(v.bone(mirrored(roof, side)))
    lz, slant, long = az + within(rng, 8.0, 14.0), within(rng, -3.0, 4.0), within(rng, 14.0, 26.0)
    band = curve(mirrored([(ax + 0.5, lz - 1), (ax + long / 3, lz + slant / 3 + within(rng, -0.6, 0.6)), (ax + long * 0.7, lz + slant * 0.7), (ax + long, lz + slant)], side))
    shoulder_x, shoulder_z = max(ax + within(rng, 0.0, 3.5), v.body_half - 1.5), lz + within(rng, 12.0, 19.0)
    body = [(0.0, shoulder_z - 4), (shoulder_x - 7, shoulder_z - 2.5), (shoulder_x - 2, shoulder_z - 0.6), (shoulder_x + 1.2, shoulder_z + 1.4)]
    body += [(shoulder_x + 2.6, shoulder_z + 5), (shoulder_x + 1.5, shoulder_z + 14), (shoulder_x - 8, shoulder_z + 24), (0.0, shoulder_z + 26)]
    bones.append(v.bone(mirrored(body, side)))
    nx, nz = shoulder_x + within(rng, 1.0, 5.0), (lz + shoulder_z) / 2 + within(rng, -1.0, 1.5)
    root = oval(side * nx, nz, within(rng, 5.0, 8.0), within(rng, 4.0, 6.0), side * within(rng, 0, 40))
    dark = rng.random() < 0.75
    softs = [Soft(oval(side * nx, nz, 12.0, 9.0), within(rng, 0, 5), 0.2), Soft(root, within(rng, -17, -7) if dark else within(rng, 5, 11), 0.1)]
    psoas = mirrored([(shoulder_x + 5, shoulder_z - 4), (shoulder_x + 18, lz + 6), (shoulder_x + 30, shoulder_z + 6), (shoulder_x + 8, shoulder_z + 26)], side)
    softs.insert(0, Soft(psoas, within(rng, -9, -3), 1.0))
    sheets = [Sheet(band, within(rng, 6, 20), within(rng, 0.6, 1.8), "intertransverse_ligament"), Sheet(root[10:], within(rng, -4, 6))]
    middle = band[len(band) // 2]
    marks = [Mark("articular_edge", side * (ax - 0.8), az + 0.2, side), Mark("intertransverse_ligament", *middle, side, "sheet")]
    marks += [Mark("vertebral_edge", side * (shoulder_x + 0.8), shoulder_z + 1.0, side), Mark("nerve_root", side * nx, nz, side, "root")]
    return Section(tuple(bones), tuple(softs), tuple(sheets), tuple(marks), v.tip_z, shoulder_z + 4, side=side)
