"""Sacrum: transverse sections through ala, first foramina, sacroiliac joint and hiatus.

z is 0 at the median crest's tip (hiatus: at the tips of the cornua). Sizes in mm: S1 facets 22 from the midline (Panjabi 1993, Spine 18:1298),
S1 foramina 23 (Kim 2023, Korean J Pain 36:98), S2 foramina 7.5 wide and 30 apart (McGrath and Stringer 2011, Surg Radiol Anat 33:279), cornua
18 apart, canal 1 to 8 high (Sekiguchi 2004, Clin Anat 17:51), joint 1 to 4 wide, ilium dorsal to the sacrum (Vleeming 2012, J Anat 221:537).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from models.foreign.sections.shapes import Draft, Random, Section, oval

Chain: TypeAlias = list[tuple[float, float]]  # dorsal points of the right half, from the midline outwards


def _crest(d: Draft, high: float, wide: float) -> Chain:
    """The median crest's half: a knob, a ridge or a swelling that is high above the lamina and at its foot wide from the midline."""
    return [(0.0, 0.0), (wide * d.w(0.16, 0.56), high * 0.14), (wide * 0.75, high * d.w(0.45, 0.75)), (wide, high * 0.93)]


def _ilium(d: Draft, x: float, z: float, side: int) -> None:
    """The posterior ilium: its dorsal knob over x, z; its medial face falls outwards or inwards."""
    wide, lean = d.w(9.0, 20.0), d.w(-4.0, 9.0)
    knob = [(x, z + 4.5), (x + wide * 0.12, z + 1.2), (x + wide * 0.4, z), (x + wide * 0.75, z + 1.0), (x + wide, z + 5), (x + wide + 6, z + 15)]
    d.bone([*knob, (x + wide + 7 + lean, z + 34), (x + lean + 3, z + 34), (x + lean * 0.5, z + 16)], side)


def ala(rng: Random) -> Section:
    """S1: a low crest, a superior process each side, and beyond the groove the broad ala that runs on to the ilium: no tip, no end."""
    d = Draft(rng)
    high, wide = d.n(11.0, 3.0, 4.0), d.n(5.5, 1.5, 3.0)
    rest, open_back = high + d.n(-1.0, 2.0), d.odds(0.2)  # the lamina of S1 begins below the slice
    d.mark("median_crest", 0.0, 0.0)
    for side in (-1, 1):
        sx, sz = d.n(21.5, 2.8, 15.0), rest + d.w(-1.2, 1.2)
        gx, gz, valley = sx + d.w(5.0, 9.5), sz + d.w(4.5, 12.0), max(high, sz) + d.w(0.8, 4.0)
        inner = [(sx - 8.5, valley - 2.5), (sx - 6.0, valley - 2.8), (sx - 3.8, valley + 2.0)] if d.odds(0.3) else [(sx - 6.0, valley)]
        mound = [*inner, (sx - 3.0, sz + 1.4), (sx, sz), (sx + 2.6, sz + 1.2), ((sx + gx) / 2 + 1.6, (sz + gz) / 2 + 1), (gx, gz)]
        rise, long, bow = d.w(-5.0, 9.0), d.w(22.0, 34.0), d.w(-1.5, 2.0)  # the ala climbs to the ilium, or falls away
        wing = [(gx + long * 0.3, gz - rise * 0.25 - bow), (gx + long * 0.65, gz - rise * 0.65 - bow), (gx + long, gz - rise)]
        start = [(sx - 11.0, valley + 1)] if open_back else [*_crest(d, high, wide), ((wide + sx - 6) / 2, (high + valley) / 2)]
        dorsal = [*start, *mound, *wing]
        d.bone(dorsal + [(x * 0.98, z + 20.0) for x, z in dorsal[::-2]], side)
        if d.odds(0.75):
            _ilium(d, gx + d.w(20.0, 30.0), gz - rise - d.w(6.0, 20.0), side)
        d.mark("s1_sap", sx, sz, side)
        d.mark("ala_groove", gx, gz, side)
        d.sheet([(gx + 1, gz - d.w(5, 9)), (gx + 12, gz - d.w(5, 9)), (gx + 24, gz - rise - 6)], (-6, 5), side=side)
    if open_back:
        tip = [(-wide * 0.6, 3.5), (-wide * 0.3, 0.3), (0, 0), (wide * 0.3, 0.3), (wide * 0.6, 3.5), (0, high)]
        d.bone(tip, share=d.w(0.4, 1.0))
        d.sheet([(-9, high + 7), (0.0, high + 6), (9, high + 7)], (3, 14))
    return d.section(0.0, rest + 15.0)


def _holed(d: Draft, medial: Chain, lateral: Chain, floor: float, side: int) -> None:
    """Two plates with a hole between them, and the bone or fat at its bottom."""
    (ax, az), (bx, bz), (ex, ez) = medial[-1], lateral[0], lateral[-1]
    d.bone([*medial, (ax + 0.3, az + 3), (ax - 3.5, az + 7.0), (0.0, medial[0][1] + 20.0)], side)
    d.bone([*lateral, (ex, ez + 18), (bx + 5.0, bz + 18), (bx + 2.0, bz + 7.0), (bx - 0.3, bz + 3)], side)
    bottom = [(bx + 2, bz + floor * 0.6), ((ax + bx) / 2, az + floor), (ax - 3, az + floor * 0.7)]
    d.soft([(ax - 0.5, az + 0.3), (bx + 0.5, bz + 0.3), *bottom], (-11, 4), 0.3, side)
    if d.odds(0.6):
        d.bone(oval((ax + bx) / 2 - 1, (az + bz) / 2 + floor + 3, 22.0, 6.0)[::2], side, d.w(0.3, 1.0))


def s1(rng: Random) -> Section:
    """The first dorsal foramina: a bright roof from the crest with a gap each side, and the lateral mass beyond."""
    d = Draft(rng)
    high, wide, fall, jump = d.n(9.0, 2.8, 3.0), d.n(5.0, 1.5, 2.5), d.w(1.0, 6.0), d.n(0.3, 1.5)
    d.mark("median_crest", 0.0, 0.0)
    for side in (-1, 1):
        mx, mz = d.n(18.5, 2.4, 13.0), high + fall + d.w(-1, 1)
        lx, lz = mx + d.n(7.5, 1.9, 4.0), mz + jump + d.w(-0.8, 0.8)
        medial = [*_crest(d, high, wide), ((wide + mx) / 2 - 1, high + fall * 0.45), (mx - 4.0, mz - d.w(0.0, 2.6)), (mx - 0.4, mz - 0.2)]
        long, lift, knob = d.w(12.0, 20.0), d.w(-5.0, 4.0), d.w(0.0, 3.0)
        lateral = [(lx + 0.4, lz - 0.1), (lx + 4, lz - 0.4 - knob / 2), (lx + long * 0.6, lz - lift * 0.5 - knob), (lx + long, lz - lift + 1)]
        _holed(d, medial, lateral, d.w(8.0, 15.0), side)
        if d.odds(0.75):
            _ilium(d, lx + long + d.w(-3, 4), lz - lift - d.w(4.0, 17.0), side)
        d.mark("foramen_medial_lip", mx - 0.6, mz, side)
        d.mark("foramen_lateral_lip", lx + 0.6, lz, side)
    return d.section(0.0, high + fall + 10)


def sacroiliac(rng: Random) -> Section:
    """S2: low crest, small foramen, lateral mass, and the cleft to an ilium that overhangs it."""
    d = Draft(rng)
    high, wide, fall = d.n(6.0, 2.2, 2.0), d.n(4.5, 1.3, 2.5), d.w(1.0, 7.0)
    d.mark("median_crest", 0.0, 0.0)
    for side in (-1, 1):
        fx, half, fz = d.n(15.5, 1.9, 11.0), d.n(2.75, 0.8, 1.5), high + fall * 0.6
        ex, ez, knob = d.n(34.0, 4.0, 26.0), high + fall + d.n(3.0, 2.2), d.w(0.0, 3.0)
        medial = [*_crest(d, high, wide), ((wide + fx) / 2, high + fall * 0.2), (fx - half - 2, fz - 0.8), (fx - half, fz)]
        lateral = [(fx + half, fz + 0.3), (fx + half + 3, fz - knob * 0.4), ((fx + ex) / 2 + 1, (fz + ez) / 2 - knob), (ex - 3.0, ez - 0.4), (ex, ez)]
        _holed(d, medial, lateral, d.w(6.0, 11.0), side)
        up, lean, out, long = d.w(0.5, 13.0), d.w(-2.0, 7.0), d.w(0.0, 5.0), d.w(9.0, 18.0)
        ix, iz = ex + d.w(1.2, 4.5), ez - up
        lip = [(ix, iz + (3.6 if up > 4 else 1)), (ix + 0.6 + out * 0.1, iz + 0.4), (ix + 2.5, iz - 0.6), (ix + long * 0.5, iz - out)]
        lip += [(ix + long, iz - out + 2), (ix + long + 6, iz + 12), (ix + long + 8 + lean, iz + 32), (ix + lean + 2, iz + 34)]
        d.bone([*lip, (ix + lean * 0.4, iz + 14)], side)
        d.soft([(ex - 5, ez - 1), (ix + 1.5, iz + 1.5), (ix + lean * 0.4 + 1, iz + 20), (ex - 2, ez + 6)], (-10, 4), 0.3, side)
        if d.odds(0.6):  # the long dorsal ligament
            d.sheet([(ex - 12, ez - 4), (ex - 3, ez - up * 0.5 - 3), (ix + 5, iz - out * 0.4 - 1.5)], (-3, 9), (0.8, 1.6), side)
        d.mark("s2_foramen", fx, fz + 0.1, side, "gap")
        d.mark("sacral_edge", ex - 0.6, ez, side)
        d.mark("iliac_edge", ix + 0.7, iz + 0.4, side)
    return d.section(-2.0, high + fall + 14.0)


def hiatus(rng: Random) -> Section:
    """Two cornua, the ligament that bridges them, and under it the bright floor of the canal."""
    d = Draft(rng, (0.1, 0.35))
    apart, low, half, canal = d.n(9.2, 1.4, 5.0), d.n(4.5, 1.5, 1.5), d.w(1.5, 3.2), d.n(4.8, 1.6, 2.2)
    sag, thick, stunted, ends = d.w(-1.2, 1.4), d.n(1.8, 0.7, 0.7), d.odds(0.2), []
    for side in (-1, 1):
        shrug = 0.15 if stunted and side == 1 else d.w(0.3, 1.0)
        x, z, horn = apart * d.n(1.0, 0.1), d.n(0.0, 0.8) + (1 - shrug) * 1.5, low * shrug + 1.0
        outer, far, w = d.w(1.0, 9.0), x + half + d.w(10.0, 20.0), half * 0.65
        inner = [(x - half + 0.8, z + horn + canal), (x - half, z + horn + 0.5), (x - w, z + horn * 0.35), (x, z)]
        wing = [(x + w, z + horn * 0.35), (x + half * 1.1, z + horn), ((x + half + far) / 2, z + horn + outer * 0.5), (far, z + horn + outer)]
        d.bone([*inner, *wing, (far, z + horn + outer + 9), (x + 3, z + horn + 14)], side)
        d.mark("cornu", x, z, side)
        ends.append((side * (x - half * 0.7), z + horn * 0.35))
    (left, left_z), (right, right_z) = ends
    top = (left_z + right_z) / 2 + sag * 0.8
    band = d.sheet([(left, left_z), (left * 0.5, top), (0.0, top + sag * 0.3), (right * 0.5, top), (right, right_z)], (8, 20), (thick, thick))
    scl_z, wide, bowl = top + sag * 0.3, min(-left, right) + 2.5, d.w(-1.0, 1.8)
    z = scl_z + thick + canal
    floor = [(-wide, z - bowl * 0.6), (-wide / 2, z - bowl * 0.2), (0, z), (wide / 2, z - bowl * 0.2), (wide, z - bowl * 0.6)]
    d.bone([*floor, (wide, z + 7), (0, z + 10), (-wide, z + 7)])
    d.soft([(-wide, scl_z + 1), (0, scl_z + thick * 0.6), (wide, scl_z + 1), (wide - 1, z), (1 - wide, z)], (-20, -4))
    d.soft(np.concatenate([band, band[::-1] + np.array([0.0, thick])]), (2, 10))
    d.mark("scl", 0.0, scl_z, on="sheet")
    d.mark("sacral_floor", 0.0, z)
    return d.section(-1.0, z + 3)
