"""Sacrum: transverse sections through ala, first foramina, sacroiliac joint and hiatus.

z is 0 at the median crest's tip (hiatus: at the tips of the cornua). Sizes in mm: S1 facets 22 from the midline (Panjabi 1993, Spine 18:1298), S1
foramina 23 (Kim 2023, Korean J Pain 36:98), S2 foramina 7.5 wide and 30 apart (McGrath and Stringer 2011, Surg Radiol Anat 33:279), cornua
18 apart, canal 1 to 8 high (Sekiguchi 2004, Clin Anat 17:51), joint 1 to 4 wide, ilium dorsal to the sacrum (Vleeming 2012, J Anat 221:537).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from models.foreign.sections.shapes import Bone, Mark, Random, Section, Sheet, Soft, about, bone, curve, mirrored, oval, within

Chain: TypeAlias = list[tuple[float, float]]  # dorsal points of the right half, from the midline outwards


def _crest(rng: Random, high: float, wide: float) -> Chain:
    """The median crest's half: a knob, a ridge or a swelling that is high above the lamina and at its foot wide from the midline."""
    blunt = within(rng, 0.2, 0.7)
    return [(0.0, 0.0), (wide * blunt * 0.8, high * 0.14), (wide * 0.75, high * within(rng, 0.45, 0.75)), (wide, high * 0.93)]


def _slab(rng: Random, chain: Chain, thick: float, side: int, *, bumps_mm: float, share: float = 1.0) -> Bone:
    """A plate under a dorsal chain."""
    under = [(x * 0.98, z + thick) for x, z in chain[::-2]]
    return bone(rng, mirrored(chain + under, side), share=share, bumps_mm=bumps_mm)


def _ilium(rng: Random, x: float, z: float, side: int, *, lean: float, share: float = 1.0) -> Bone:
    """The posterior ilium: its dorsal knob over x, z; its medial face falls by `lean` mm outwards in 25 mm."""
    wide = within(rng, 9.0, 20.0)
    points = [(x, z + 4.5), (x + wide * 0.12, z + 1.2), (x + wide * 0.4, z), (x + wide * 0.75, z + 1.0), (x + wide, z + 5), (x + wide + 6, z + 15)]
    points += [(x + wide + 7 + lean, z + 34), (x + lean + 3, z + 34), (x + lean * 0.5, z + 16)]
    return bone(rng, mirrored(points, side), share=share, bumps_mm=within(rng, 0.15, 0.5))


def ala(rng: Random) -> Section:
    """S1: a low crest, a superior process each side, and beyond the groove the broad ala that runs on to the ilium: no tip, no end."""
    high, wide, bumps = about(rng, 11.0, 3.0, least=4.0), about(rng, 5.5, 1.5, least=3.0), within(rng, 0.1, 0.4)
    bones, marks, sheets = [], [Mark("median_crest", 0.0, 0.0, 0)], []
    open_back = rng.random() < 0.2  # the lamina of S1 begins below the slice
    rest = high + about(rng, -1.0, 2.0)
    for side in (-1, 1):
        sx, sz = about(rng, 21.5, 2.8, least=15.0), rest + within(rng, -1.2, 1.2)
        gx, gz = sx + within(rng, 5.0, 9.5), sz + within(rng, 4.5, 12.0)
        valley = max(high, sz) + within(rng, 0.8, 4.0)
        mound = [(sx - 6.0, valley), (sx - 3.0, sz + 1.4), (sx, sz), (sx + 2.6, sz + 1.2), ((sx + gx) / 2 + 1.6, (sz + gz) / 2 + 1), (gx, gz)]
        rise, long = within(rng, -5.0, 9.0), within(rng, 22.0, 34.0)  # the ala climbs to the ilium, or falls away
        bow = within(rng, -1.5, 2.0)
        wing = [(gx + long * 0.3, gz - rise * 0.25 - bow), (gx + long * 0.65, gz - rise * 0.65 - bow), (gx + long, gz - rise)]
        if rng.random() < 0.3:  # a cleft: the inferior process of L5 stands medial to the superior
            mound[0:1] = [(sx - 8.5, valley - 2.5), (sx - 6.0, valley - 2.8), (sx - 3.8, valley + 2.0)]
        start = [(sx - 11.0, valley + 1)] if open_back else [*_crest(rng, high, wide), ((wide + sx - 6) / 2, (high + valley) / 2)]
        bones.append(_slab(rng, [*start, *mound, *wing], 20.0, side, bumps_mm=bumps))
        if rng.random() < 0.75:
            bones.append(_ilium(rng, gx + within(rng, 20.0, 30.0), gz - rise - within(rng, 6.0, 20.0), side, lean=within(rng, -4, 8)))
        marks += [Mark("s1_sap", side * sx, sz, side), Mark("ala_groove", side * gx, gz, side)]
        sheets.append(Sheet(curve(mirrored([(gx + 1, gz - within(rng, 5, 9)), (gx + 12, gz - within(rng, 5, 9)), (gx + 24, gz - rise - 6)], side)), within(rng, -6, 5)))
    if open_back:
        bones.append(bone(rng, [(-wide * 0.6, 3.5), (-wide * 0.3, 0.3), (0, 0), (wide * 0.3, 0.3), (wide * 0.6, 3.5), (0, high)], share=within(rng, 0.4, 1.0)))
        sheets.append(Sheet(curve([(-9, high + 7), (0.0, high + 6), (9, high + 7)]), within(rng, 3, 14)))
    return Section(tuple(bones), (), tuple(sheets), tuple(marks), 0.0, rest + 15.0)


def _holed(rng: Random, medial: Chain, lateral: Chain, floor: float, side: int, bumps: float) -> tuple[list[Bone], list[Soft]]:
    """Two plates with a hole between them, and the bone or fat at its bottom."""
    (ax, az), (bx, bz) = medial[-1], lateral[0]
    inner = [*medial, (ax + 0.3, az + 3), (ax - 3.5, az + 7.0), (0.0, medial[0][1] + 20.0)]
    outer = [*lateral, (lateral[-1][0], lateral[-1][1] + 18), (bx + 5.0, bz + 18), (bx + 2.0, bz + 7.0), (bx - 0.3, bz + 3)]
    bones = [bone(rng, mirrored(inner, side), bumps_mm=bumps), bone(rng, mirrored(outer, side), bumps_mm=bumps)]
    fat = Soft(mirrored([(ax - 0.5, az + 0.3), (bx + 0.5, bz + 0.3), (bx + 2, bz + floor), (ax - 3, az + floor)], side), within(rng, -12, 3), 0.0)
    if rng.random() < 0.6:
        bones.append(bone(rng, mirrored(oval((ax + bx) / 2 - 1, (az + bz) / 2 + floor + 3, 22.0, 6.0)[::2], side), share=within(rng, 0.3, 1.0)))
    return bones, [fat]


def s1(rng: Random) -> Section:
    """The first dorsal foramina: a bright roof from the crest with a gap each side, and the lateral mass beyond."""
    high, wide, bumps = about(rng, 9.0, 2.8, least=3.0), about(rng, 5.0, 1.5, least=2.5), within(rng, 0.1, 0.4)
    bones, softs, sheets, marks = [], [], [], [Mark("median_crest", 0.0, 0.0, 0)]
    fall, jump = within(rng, 1.0, 6.0), about(rng, 0.3, 1.5)
    for side in (-1, 1):
        mx, mz, gap = about(rng, 18.5, 2.4, least=13.0), high + fall + within(rng, -1, 1), about(rng, 7.5, 1.9, least=4.0)
        lx, lz = mx + gap, mz + jump + within(rng, -0.8, 0.8)
        bump = within(rng, 0.0, 2.6)  # the intermediate crest
        medial = [*_crest(rng, high, wide), ((wide + mx) / 2 - 1, high + fall * 0.45), (mx - 4.0, mz - bump), (mx - 0.4, mz - 0.2)]
        long, lift, tubercle = within(rng, 12.0, 20.0), within(rng, -5.0, 4.0), within(rng, 0.0, 3.0)
        lateral = [(lx + 0.4, lz - 0.1), (lx + 4, lz - 0.4 - tubercle / 2), (lx + long * 0.6, lz - lift * 0.5 - tubercle), (lx + long, lz - lift + 1)]
        more, fat = _holed(rng, medial, lateral, within(rng, 8.0, 15.0), side, bumps)
        bones, softs = bones + more, softs + fat
        if rng.random() < 0.75:
            bones.append(_ilium(rng, lx + long + within(rng, -3, 4), lz - lift - within(rng, 4.0, 17.0), side, lean=within(rng, -3, 9)))
        marks += [Mark("foramen_medial_lip", side * (mx - 0.6), mz, side), Mark("foramen_lateral_lip", side * (lx + 0.6), lz, side)]
    return Section(tuple(bones), tuple(softs), tuple(sheets), tuple(marks), 0.0, high + fall + 10)


def sacroiliac(rng: Random) -> Section:
    """S2: low crest, small foramen, lateral mass, and the cleft to an ilium that overhangs it."""
    high, wide, bumps = about(rng, 6.0, 2.2, least=2.0), about(rng, 4.5, 1.3, least=2.5), within(rng, 0.1, 0.4)
    bones, softs, sheets, marks = [], [], [], [Mark("median_crest", 0.0, 0.0, 0)]
    fall = within(rng, 1.0, 7.0)
    for side in (-1, 1):
        fx, gap, fz = about(rng, 15.5, 1.9, least=11.0), about(rng, 5.5, 1.6, least=3.0), high + fall * 0.6
        ex, ez = about(rng, 34.0, 4.0, least=26.0), high + fall + about(rng, 3.0, 2.2)
        medial = [*_crest(rng, high, wide), ((wide + fx) / 2, high + fall * 0.2), (fx - gap / 2 - 2, fz - 0.8), (fx - gap / 2, fz)]
        tubercle = within(rng, 0.0, 3.0)
        lateral = [(fx + gap / 2, fz + 0.3), (fx + gap / 2 + 3, fz - tubercle * 0.4), ((fx + ex) / 2 + 1, (fz + ez) / 2 - tubercle), (ex - 3.0, ez - 0.4), (ex, ez)]
        more, fat = _holed(rng, medial, lateral, within(rng, 6.0, 11.0), side, bumps)
        bones, softs = bones + more, softs + fat
        cleft, up = within(rng, 1.2, 4.5), within(rng, 0.5, 13.0)
        lean = within(rng, -2.0, 7.0)
        ix, iz = ex + cleft, ez - up
        out, knob = within(rng, 0.0, 5.0), within(rng, 9.0, 18.0)
        lip = [(ix, iz + 3.6 if up > 4 else iz + 1), (ix + 0.6 + out * 0.1, iz + 0.4), (ix + 2.5, iz - 0.6), (ix + knob * 0.5, iz - out), (ix + knob, iz - out + 2)]
        lip += [(ix + knob + 6, iz + 12), (ix + knob + 8 + lean, iz + 32), (ix + lean + 2, iz + 34), (ix + lean * 0.4, iz + 14)]
        bones.append(bone(rng, mirrored(lip, side), bumps_mm=bumps))
        softs.append(Soft(mirrored([(ex - 5, ez - 1), (ix + 1.5, iz + 1.5), (ix + lean * 0.4 + 1, iz + 20), (ex - 2, ez + 6)], side), within(rng, -10, 4), 0.3))
        marks += [Mark("s2_foramen", side * fx, fz + 0.1, side, "gap"), Mark("sacral_edge", side * (ex - 0.6), ez, side), Mark("iliac_edge", side * (ix + 0.7), iz + 0.4, side)]
        if rng.random() < 0.6:  # the long dorsal ligament
            sheets.append(Sheet(curve(mirrored([(ex - 12, ez - 4), (ex - 3, ez - up * 0.5 - 3), (ix + 5, iz - out * 0.4 - 1.5)], side)), within(rng, -3, 9), 1.2))
    return Section(tuple(bones), tuple(softs), tuple(sheets), tuple(marks), -2.0, high + fall + 14.0)


def hiatus(rng: Random) -> Section:
    """Two cornua, the ligament that bridges them, and under it the bright floor of the canal."""
    bones, marks = [], []
    apart, low = about(rng, 9.2, 1.4, least=5.0), about(rng, 4.5, 1.5, least=1.5)
    wide, canal, bumps = within(rng, 3.0, 6.5), about(rng, 4.8, 1.6, least=2.2), within(rng, 0.1, 0.35)
    sag, worn = within(rng, -1.2, 1.4), rng.random() < 0.2
    ends: dict[int, tuple[float, float]] = {}
    for side in (-1, 1):
        cx, cz = apart * about(rng, 1.0, 0.1), about(rng, 0.0, 0.8)
        shrug = within(rng, 0.3, 1.0) if not (worn and side == 1) else 0.15  # a stunted horn
        horn, w = low * shrug + 1.0, wide / 2
        outer, long = within(rng, 1.0, 9.0), within(rng, 10.0, 20.0)
        cz += (1 - shrug) * 1.5
        chain = [(cx - w, cz + horn + 0.5), (cx - w * 0.65, cz + horn * 0.35), (cx, cz), (cx + w * 0.65, cz + horn * 0.35), (cx + w * 1.1, cz + horn)]
        chain += [(cx + w + long * 0.5, cz + horn + outer * 0.5), (cx + w + long, cz + horn + outer), (cx + w + long, cz + horn + outer + 9)]
        chain += [(cx + 3, cz + horn + 14), (cx - w + 0.8, cz + horn + canal)]
        bones.append(bone(rng, mirrored(chain, side), bumps_mm=bumps))
        marks.append(Mark("cornu", side * cx, cz, side))
        ends[side] = (side * (cx - w * 0.7), cz + horn * 0.35)
    top = (ends[-1][1] + ends[1][1]) / 2 + sag * 0.8
    band = curve([ends[-1], (ends[-1][0] * 0.5, top), (0.0, top + sag * 0.3), (ends[1][0] * 0.5, top), ends[1]])
    thick = about(rng, 1.8, 0.7, least=0.7)
    scl_z, half = float(band[np.argmin(np.abs(band[:, 0])), 1]), min(-ends[-1][0], ends[1][0]) + 2.5
    floor_z = scl_z + thick + canal
    bowl = within(rng, -1.0, 1.8)
    bones.append(bone(rng, [(-half, floor_z - bowl * 0.6), (-half / 2, floor_z - bowl * 0.2), (0, floor_z), (half / 2, floor_z - bowl * 0.2), (half, floor_z - bowl * 0.6), (half, floor_z + 7), (0, floor_z + 10), (-half, floor_z + 7)]))
    inside = [(-half, scl_z + 1), (0, scl_z + thick * 0.6), (half, scl_z + 1), (half - 1, floor_z), (1 - half, floor_z)]
    softs = [Soft(np.asarray(inside, float), within(rng, -20, -4), 0.2), Soft(np.concatenate([band, band[::-1] + (0.0, thick)]), within(rng, 2, 10), 0.1)]
    marks += [Mark("scl", 0.0, scl_z, 0, "sheet"), Mark("sacral_floor", 0.0, floor_z, 0)]
    return Section(tuple(bones), tuple(softs), (Sheet(band, within(rng, 8, 20), thick, "scl"),), tuple(marks), -1.0, floor_z + 3)
