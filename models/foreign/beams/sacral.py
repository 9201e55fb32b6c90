"""The sacral views, each from the shapes that its plane cuts.

Sizes (mm): S1 dorsal foramen 23 to 24 off the midline, 5 to 11 wide (Kim 2023), canal 9 to 14 beneath; foramina come nearer to the midline downwards
(S2 14 to 20); cornua 18 to 19 +-3 apart, ligament 1.8 +-0.8 thick, canal 3.6 to 4.7 high, 1 to 8 (Rhee 2008); joint 1 to 2 wide, its mouth wider.
What tells the views apart: the ala is a step behind a knob and a broad plate that climbs to the ilium; S1 is one plate with two holes; the sacroiliac
plane has a smaller hole and a bone beside it that stands higher than the sacrum's edge; the hiatus is two knobs, or a plate's end, over a near floor.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from models.foreign.beams.lumbar import MISSING, SIDES, blade
from models.foreign.beams.section import Draw, Section, covered

Hole: TypeAlias = tuple[float, float, float, float, float]  # medial lip's x and z, lateral lip's, depth of the plate's outer end


def crest(section: Section, draw: Draw, depth: float, rise: float) -> None:
    """The median crest: a tubercle, sometimes flat, sometimes open (spina bifida occulta)."""
    if draw.chance(1 - MISSING):
        blade(section, draw, depth, rise, name="median_crest")


def ilium(section: Section, draw: Draw, side: int, x: float, z: float, climb: float) -> None:
    """The iliac wing from its medial edge at (x, z) up to the posterior spine and down again."""
    thick, out = draw.u(1.8, 3.2), draw.u(9, 18)
    wing = (x + out, z - climb + thick * 2, thick * 1.7), (x + out + 16, z - climb * 0.5 + 6, thick * 1.6), (x + out + 45, z + 12, 4)
    section.bone((x + thick, z + thick, thick), *wing, part=6 + side, side=side)
    section.knob(x + thick, z, thick, 6 + side, deep=12, side=side)


def transverse_sacral_ala(draw: Draw) -> Section:
    section, depth = covered(draw, (12, 27), lumbar=False, middle=13)
    crest(section, draw, depth, draw.u(4, 14))
    off, deep, climb = draw.u(15, 24), draw.u(5, 14), draw.u(-2, 8)
    for side in SIDES:
        apex, knob, top = off + draw.n(1), draw.u(3, 5.5), depth + draw.u(-4, 3)
        section.bone((0, depth + 3, 3), (apex * 0.5, depth + draw.u(1, 5), 2.4), (apex - 1, top + knob + 1, knob), part=0, side=side)
        section.knob(apex, top, knob, 0, side=side, name="s1_sap")
        if draw.chance(0.4):  # the inferior process of L5 beside it
            section.bone((apex - knob - draw.u(3, 5), top + draw.u(3, 6), 3), part=3 + side, share=draw.u(0.2, 0.9), side=side)
        if draw.chance(MISSING):
            continue
        root, floor, broad = apex + knob + draw.u(1, 3), top + deep + draw.n(1), draw.u(3, 7)
        end = draw.u(root + 14, root + 27)
        dome = ((root + end) / 2, floor - climb * draw.u(0.2, 0.7) + broad, broad), (end, floor - climb * 0.5 + 4 + broad, broad)
        section.bone((apex - 1, floor + 3, 3), (root, floor + 3, 3), *dome, part=0, side=side)
        section.mark("ala_groove", root + 0.2, floor, side=side)
        if draw.chance(0.75):
            ilium(section, draw, side, end + draw.u(1, 6), floor - climb - draw.u(0, 8), draw.u(2, 14))
    return section


def foramina(section: Section, draw: Draw, depth: float, middle: float, wide: float, outer: float, slope: float) -> list[Hole]:
    """Dorsal plates with a hole on each side."""
    found = []
    for side in SIDES:
        at, gap, thick = middle + draw.n(0.8), wide * draw.u(0.85, 1.15), draw.u(1.6, 2.8)
        medial, lateral, level = at - gap / 2, at + gap / 2, depth + slope * at + draw.n(0.7)
        beyond, end = level + draw.n(1.4, 0.5), depth + slope * outer * draw.u(1, 1.6) + draw.n(1)
        plate = (medial * 0.5, (depth + level) / 2 + draw.n(0.8) + thick, thick), (medial - thick, level + thick, thick)
        section.bone((0, depth + 2.5, 2.5), *plate, part=0, side=side)
        bump = (lateral + (outer - lateral) * draw.u(0.3, 0.6), (beyond + end) / 2 - draw.u(0, 2.5) + thick, thick)
        section.bone((lateral + thick, beyond + thick, thick), bump, (outer - thick, end + thick, thick), part=3 + side, side=side)
        floor = level + draw.u(9, 14)
        section.bone((at - 7, floor, 1.5), (at + 9, floor, 1.5), part=9, share=draw.pick(draw.u(0.1, 0.8), 1.0), side=side)
        section.body(side * at, level + gap * 0.5, gap * 0.45, gap * 0.6, draw.u(0.4, 1.8))
        found.append((medial - 0.35 * thick, level + 0.25 * thick, lateral + 0.35 * thick, beyond + 0.25 * thick, end))
    return found


def transverse_s1(draw: Draw) -> Section:
    section, depth = covered(draw, (8, 22), lumbar=False, middle=13)
    crest(section, draw, depth, draw.u(2.5, 11))
    outer = draw.u(37, 47)
    holes = foramina(section, draw, depth, draw.u(20.5, 26), draw.u(5, 11), outer, draw.u(-0.05, 0.2))
    for side, hole in zip(SIDES, holes, strict=True):
        section.mark("foramen_medial_lip", hole[0], hole[1], side=side)
        section.mark("foramen_lateral_lip", hole[2], hole[3], side=side)
        if draw.chance(0.45):
            ilium(section, draw, side, outer + draw.u(3, 9), depth - draw.u(0, 6), draw.u(4, 14))
    return section


def transverse_sacroiliac(draw: Draw) -> Section:
    section, depth = covered(draw, (5, 16), lumbar=False, middle=13)
    crest(section, draw, depth, draw.u(1.5, 8))
    outer = draw.u(27, 40)
    holes = foramina(section, draw, depth, draw.u(13.5, 19.5), draw.u(3.5, 7.5), outer, draw.u(0, 0.28))
    for side, (medial, inner, lateral, beyond, end) in zip(SIDES, holes, strict=True):
        cleft, higher = draw.u(1.3, 5), draw.u(-0.5, 7)
        section.mark("s2_foramen", (medial + lateral) / 2, (inner + beyond) / 2 - 0.5, "opening", side=side)
        section.mark("sacral_edge", outer - 0.7, end + 0.4, side=side)
        ilium(section, draw, side, outer + cleft, end - higher, draw.u(4, 16))
        section.mark("iliac_edge", outer + cleft + 0.8, end - higher + 0.6, side=side)
        if draw.chance(0.8):  # the joint bends: no beam passes through it
            section.bone((outer + cleft / 2, end + draw.u(9, 16), 4), part=12, side=side)
        if draw.chance(0.6):  # dorsal sacroiliac ligament
            ligament = (outer - 9, end - 2), (outer, end - 1.5 - higher / 2), (outer + cleft + 2, end - higher - 1)
            section.sheet(*ligament, gain=draw.u(1, 4), thick_mm=1.2, side=side)
    return section


def transverse_sacral_hiatus(draw: Draw) -> Section:
    section, depth = covered(draw, (0.5, 5), lumbar=False, middle=9)
    sizes = (1.6, 9.3, 6, 13.5), (1.7, 5, 2, 9), (0.7, 1.8, 0.6, 3.4)  # sd, mean, least, most
    half, canal, band = (float(np.clip(draw.n(sd, mean), least, most)) for sd, mean, least, most in sizes)
    ligament = depth + draw.u(0.5, 4)
    floor = ligament + band + canal
    for side in SIDES:
        horn, top, x = draw.u(1.5, 3.8), depth + draw.n(0.8), half + draw.n(0.6)
        if draw.chance(1 - MISSING):
            section.knob(x, top, horn, 3 + side, deep=floor - top, side=side, name="cornu")
            away = (x + draw.u(5, 10), top + draw.u(4, 13), 3.0), (x + 24, top + draw.u(12, 24), 4)
            section.bone((x, top + horn + 2, horn), *away, part=3 + side, side=side)
        section.body(side * (half + 24), depth + 6, 18, 10, draw.u(0.5, 1.3), rim=draw.u(0, 3))  # gluteus
    arch, hollow = draw.u(-1, 1.5), draw.u(0, 1)
    section.sheet((-half, ligament + arch), (0, ligament), (half, ligament + arch), gain=draw.u(4, 16), thick_mm=band, name="scl")
    section.bone((-half, floor + 3 - hollow, 3), (0, floor + 3, 3), (half, floor + 3 - hollow, 3), part=0)
    section.body(0, ligament + band + canal / 2, half * 0.7, canal / 2, draw.u(0.3, 1.2))
    section.mark("sacral_floor", 0, floor)
    return section


def longitudinal_sacral_hiatus(draw: Draw) -> Section:
    """Cranial to the left; render mirrors half of them."""
    section, depth = covered(draw, (0.5, 6), lumbar=False, middle=9)
    wall, canal, slope = draw.u(1.3, 2.6), float(np.clip(draw.n(1.7, 5.5), 2.5, 9.5)), draw.n(0.08, 0.05)
    bumps = [(x, depth + wall + slope * x - draw.u(0, 4.5) * (x < -8), wall * draw.u(0.9, 1.5)) for x in (-60, -48, -38, -29, -20, -11)]
    section.bone(*bumps, (-wall, depth + wall, wall), part=1)
    length, ligament, tail = draw.u(17, 34), draw.u(0.2, 1.8), draw.u(-0.1, 0.45)
    floor = depth + ligament + 1.8 + canal
    joint = floor + slope * length - draw.u(0, canal - 1.5)
    section.bone((-60, floor - slope * 20 + 6, 3), (-15, floor + 3.2 + draw.n(0.4), 3), (5, floor + 3, 3), (length - 1.5, joint + 3, 3), part=3)
    coccyx = (length + 2.5, joint + 3 + draw.n(0.8), 3), (length + 12, joint + 3 + tail * 10, 2.6), (length + 30, joint + 3 + tail * 32, 2.5)
    section.bone(*coccyx, part=4)
    top, rise = depth + ligament, (joint - depth - ligament) * 0.7
    surface = (-1.0, top - 0.3), (5.0, top + 0.1 * rise), (length * 0.6, top + 0.5 * rise), (length + 3, top + rise)
    section.sheet(*surface, gain=draw.u(4, 16), thick_mm=float(np.clip(draw.n(0.7, 1.8), 0.7, 3.5)))
    section.mark("hiatus_apex", -0.5 * wall, depth + 0.15 * wall)
    section.mark("scl", 5 - 0.5 * wall, float(np.interp(5 - 0.5 * wall, *np.array(surface).T)), "soft")
    section.mark("sacral_floor", 5 - 0.5 * wall, floor)
    return section


MAKERS = (transverse_sacral_ala, transverse_s1, transverse_sacroiliac, transverse_sacral_hiatus, longitudinal_sacral_hiatus)
