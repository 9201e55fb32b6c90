"""The sacral views, each from the shapes that its plane cuts.

Sizes (mm): S1 dorsal foramen 23 to 24 off the midline, 5 to 11 wide (Kim 2023), canal 10 to 14 beneath; foramina come nearer to the midline downwards (S2
14 to 20); cornua 18 to 19 +-3 apart, ligament 1.8 +-0.8 thick, canal 3.6 to 4.7 high, 1 to 8 (Rhee 2008); joint 1 to 2 wide, its mouth wider.
What tells the views apart: the ala is a step behind a knob and a broad plate that climbs to the ilium; S1 is one plate with two holes; the sacroiliac plane has a
smaller hole and a bone beside it that stands higher than the sacrum's edge; the hiatus is two knobs, or one plate's end, over a near floor.
"""

from __future__ import annotations

import numpy as np

from models.foreign.beams.lumbar import MISSING, SIDES
from models.foreign.beams.section import Section
from models.foreign.beams.soft import Draw, bellies, cover_mm, layers


def pelvis(draw: Draw, muscle_mm: tuple[float, float], middle_mm: float = 13.0) -> tuple[Section, float]:
    """A section with soft parts only, and the depth of the sacrum's dorsal plate at the midline."""
    section = Section(fascia_mm=cover_mm(draw, middle=middle_mm), fibre=draw.normal(0, 0.08))
    depth = float(section.fascia_mm + draw.uniform(*muscle_mm))
    layers(section, draw)
    bellies(section, draw, depth, lumbar=False)
    return section, depth


def crest(section: Section, draw: Draw, depth: float, rise: float) -> None:
    """The median crest: a tubercle, sometimes flat, sometimes open (spina bifida occulta)."""
    if draw.random() < MISSING:
        return
    tip, lean = draw.uniform(1.6, 4), draw.normal(0, 1.3)
    section.bone((lean, depth - rise + tip, tip), (0, depth + 2, draw.uniform(2.5, 5)), part=0)
    section.mark("median_crest", lean, depth - rise)


def ilium(section: Section, draw: Draw, side: int, x: float, z: float, climb: float) -> None:
    """The iliac wing from its medial edge at (x, z) up to the posterior spine and down again."""
    thick, out = draw.uniform(1.8, 3.2), draw.uniform(9, 18)
    peak = (side * (x + out), z - climb + thick * 2, thick * 1.7)
    section.bone((side * (x + thick), z + thick, thick), peak, (side * (x + out + 16), z - climb * 0.5 + 6, thick * 1.6), (side * (x + out + 45), z + 12, 4), part=6 + side)
    section.bone((side * (x + thick), z + thick, thick), (side * (x + thick - 1), z + 14, thick), part=6 + side)


def transverse_sacral_ala(draw: Draw) -> Section:
    section, depth = pelvis(draw, (12, 27))
    crest(section, draw, depth, draw.uniform(4, 14))
    off, deep, climb = draw.uniform(15, 24), draw.uniform(5, 14), draw.uniform(-2, 8)
    for side in SIDES:
        apex, knob, top = off + draw.normal(0, 1), draw.uniform(3, 5.5), depth + draw.uniform(-4, 3)
        section.bone((0, depth + 3, 3), (side * apex * 0.5, depth + draw.uniform(1, 5), 2.4), (side * (apex - 1), top + knob + 1, knob), part=0)
        section.bone((side * apex, top + knob, knob), (side * apex, top + knob + 6, knob), part=0)
        section.mark("s1_sap", side * apex, top)
        if draw.random() < 0.4:  # the inferior process of L5 beside it
            section.bone((side * (apex - knob - draw.uniform(3, 5)), top + draw.uniform(0, 3) + 3, 3), part=3 + side, share=draw.uniform(0.2, 0.9))
        if draw.random() < MISSING:
            continue
        root, floor, broad = apex + knob + draw.uniform(1, 3), top + deep + draw.normal(0, 1), draw.uniform(3, 7)
        end = draw.uniform(root + 14, root + 27)
        dome = (side * (root + end) / 2, floor - climb * draw.uniform(0.2, 0.7) + broad, broad)
        section.bone((side * (apex - 1), floor + 3, 3), (side * root, floor + 3, 3), dome, (side * end, floor - climb * 0.5 + 4 + broad, broad), part=0)
        section.mark("ala_groove", side * (root + 0.2), floor)
        if draw.random() < 0.75:
            ilium(section, draw, side, end + draw.uniform(1, 6), floor - climb - draw.uniform(0, 8), draw.uniform(2, 14))
    return section


def foramina(section: Section, draw: Draw, depth: float, middle: float, wide: float, outer: float, slope: float, *, opening: bool) -> list[float]:
    """Dorsal plates with a hole on each side; marks its lips, or the opening. Returns the depth of each outer end."""
    ends = []
    for side in SIDES:
        at, gap, thick = middle + draw.normal(0, 0.8), wide * draw.uniform(0.85, 1.15), draw.uniform(1.6, 2.8)
        medial, lateral = at - gap / 2, at + gap / 2
        level = depth + slope * at + draw.normal(0, 0.7)
        beyond = level + draw.normal(0.5, 1.4)
        section.bone((0, depth + 2.5, 2.5), (side * medial * 0.5, (depth + level) / 2 + draw.normal(0, 0.8) + thick, thick), (side * (medial - thick), level + thick, thick), part=0)
        end = (side * (outer - thick), depth + slope * outer * draw.uniform(1, 1.6) + draw.normal(0, 1) + thick)
        bump = (side * (lateral + (outer - lateral) * draw.uniform(0.3, 0.6)), (beyond + end[1]) / 2 - draw.uniform(0, 2.5) + thick, thick)
        section.bone((side * (lateral + thick), beyond + thick, thick), bump, (*end, thick), part=3 + side)
        section.bone((side * (at - 7), level + draw.uniform(9, 14), 1.5), (side * (at + 9), level + draw.uniform(9, 14), 1.5), part=9, share=draw.uniform(0.1, 0.8))
        section.body(side * at, level + gap * 0.5, gap * 0.45, gap * 0.6, draw.uniform(0.4, 1.8))
        if opening:
            section.mark("s2_foramen", side * at, (level + beyond) / 2, "opening")
        else:
            section.mark("foramen_medial_lip", side * (medial - 0.35 * thick), level + 0.25 * thick)
            section.mark("foramen_lateral_lip", side * (lateral + 0.35 * thick), beyond + 0.25 * thick)
        ends.append(float(end[1] - thick))
    return ends


def transverse_s1(draw: Draw) -> Section:
    section, depth = pelvis(draw, (8, 22))
    crest(section, draw, depth, draw.uniform(2.5, 11))
    outer = draw.uniform(37, 47)
    foramina(section, draw, depth, draw.uniform(20.5, 26), draw.uniform(5, 11), outer, draw.uniform(-0.05, 0.2), opening=False)
    for side in SIDES:
        if draw.random() < 0.45:
            ilium(section, draw, side, outer + draw.uniform(3, 9), depth - draw.uniform(0, 6), draw.uniform(4, 14))
    return section


def transverse_sacroiliac(draw: Draw) -> Section:
    section, depth = pelvis(draw, (5, 16))
    crest(section, draw, depth, draw.uniform(1.5, 8))
    outer, middle = draw.uniform(27, 40), draw.uniform(13.5, 19.5)
    ends = foramina(section, draw, depth, middle, draw.uniform(3.5, 7.5), outer, draw.uniform(0, 0.28), opening=True)
    for side, end in zip(SIDES, ends, strict=True):
        cleft, higher = draw.uniform(1.3, 5), draw.uniform(-0.5, 7)
        section.mark("sacral_edge", side * (outer - 0.7), end + 0.4)
        ilium(section, draw, side, outer + cleft, end - higher, draw.uniform(4, 16))
        section.mark("iliac_edge", side * (outer + cleft + 0.8), end - higher + 0.6)
        if draw.random() < 0.6:  # dorsal sacroiliac ligament
            section.sheet((side * (outer - 9), end - 2), (side * outer, end - 1.5 - higher / 2), (side * (outer + cleft + 2), end - higher - 1), gain=draw.uniform(1, 4), thick_mm=1.2)
    return section


def transverse_sacral_hiatus(draw: Draw) -> Section:
    section, depth = pelvis(draw, (0.5, 5), middle_mm=9)
    half, canal, band = float(np.clip(draw.normal(9.3, 1.6), 6, 13.5)), float(np.clip(draw.normal(5.0, 1.7), 2.0, 9)), float(np.clip(draw.normal(1.8, 0.7), 0.6, 3.4))
    ligament = depth + draw.uniform(0.5, 4)
    floor = ligament + band + canal
    for side in SIDES:
        horn, top, x = draw.uniform(1.5, 3.8), depth + draw.normal(0, 0.8), half + draw.normal(0, 0.6)
        if draw.random() > MISSING:
            away = (side * (x + draw.uniform(5, 10)), top + draw.uniform(4, 13), 3.0)
            section.bone((side * x, top + horn, horn), (side * x, floor + 3, horn + 1), part=3 + side)
            section.bone((side * x, top + horn + 2, horn), away, (side * (x + 24), top + draw.uniform(12, 24), 4), part=3 + side)
            section.mark("cornu", side * x, top)
        section.body(side * (half + 24), depth + 6, 18, 10, draw.uniform(0.5, 1.3), rim=draw.uniform(0, 3))  # gluteus
    arch = draw.uniform(-1, 1.5)
    section.sheet((-half, ligament + arch), (0, ligament), (half, ligament + arch), gain=draw.uniform(4, 16), thick_mm=band)
    section.bone((-half, floor + 3 - draw.uniform(0, 1), 3), (0, floor + 3, 3), (half, floor + 3 - draw.uniform(0, 1), 3), part=0)
    section.body(0, ligament + band + canal / 2, half * 0.7, canal / 2, draw.uniform(0.3, 1.2))
    section.mark("scl", 0, ligament, "soft")
    section.mark("sacral_floor", 0, floor)
    return section


def longitudinal_sacral_hiatus(draw: Draw) -> Section:
    """Cranial to the left; render mirrors half of them."""
    section, depth = pelvis(draw, (0.5, 6), middle_mm=9)
    wall, canal, slope = draw.uniform(1.3, 2.6), float(np.clip(draw.normal(5.5, 1.7), 2.5, 9.5)), draw.normal(0.05, 0.08)
    bumps = [(x, depth + wall + slope * x - draw.uniform(0, 4.5) * (x < -8), wall * draw.uniform(0.9, 1.5)) for x in (-60, -48, -38, -29, -20, -11)]
    section.bone(*bumps, (-wall, depth + wall, wall), part=1)
    length, ligament = draw.uniform(17, 34), draw.uniform(0.2, 1.8)
    floor = depth + ligament + 1.8 + canal
    joint, tail = floor + slope * length - draw.uniform(0, canal - 1.5), draw.uniform(-0.1, 0.45)
    section.bone((-60, floor - slope * 20 + 6, 3), (-15, floor + 3.2 + draw.normal(0, 0.4), 3), (5, floor + 3, 3), (length - 1.5, joint + 3, 3), part=3)
    section.bone((length + 2.5, joint + 3 + draw.normal(0, 0.8), 3), (length + 12, joint + 3 + tail * 10, 2.6), (length + 30, joint + 3 + tail * 32, 2.5), part=4)
    rise = (joint - depth - ligament) * 0.7
    surface = [(-1.0, depth + ligament - 0.3), (5.0, depth + ligament + 0.2 * rise / 2), (length * 0.6, depth + ligament + 0.5 * rise), (length + 3, depth + ligament + rise)]
    section.sheet(*surface, gain=draw.uniform(4, 16), thick_mm=float(np.clip(draw.normal(1.8, 0.7), 0.7, 3.5)))
    section.mark("hiatus_apex", -0.5 * wall, depth + 0.15 * wall)
    section.mark("scl", 5 - 0.5 * wall, float(np.interp(5 - 0.5 * wall, *np.array(surface).T)), "soft")
    section.mark("sacral_floor", 5 - 0.5 * wall, floor)
    return section


VIEWS_DRAWN = {
    "transverse_sacral_ala": transverse_sacral_ala,
    "transverse_s1": transverse_s1,
    "transverse_sacroiliac": transverse_sacroiliac,
    "transverse_sacral_hiatus": transverse_sacral_hiatus,
    "longitudinal_sacral_hiatus": longitudinal_sacral_hiatus,
}
