"""Sacral: four transverse sections and the longitudinal one of the hiatus. z is 0 at the most dorsal bone of the midline, or where it would be.

Sizes: Kim 2023 (first dorsal foramina 23 to 24 mm from the midline, 10.6 to 11.9 mm deep to the epidural space), Rhee 2008 (cornua 18 to 19 +-3 mm
apart, ligament 1.8 +-0.8 mm), Sekiguchi 2004 (Clin Anat 17:46: hiatus 4.6 mm deep, 10 wide), Greher 2015 (ala 42 +-7 mm under the skin), Klauser
2008 (joint 1 to 2 mm wide). What tells the planes apart: at the ala two bumps fall into broad wings that have no tip; at S1 a roof with a hole on
each side; at S2 a smaller roof whose flanks end in a slit, and the ilium that stands up beyond; at the hiatus two buttons with a band between them.
"""

from __future__ import annotations

import numpy as np

from models.foreign.textures.sections import Point, Rng, Section, Subject, chance, sided


def ala(rng: Rng, who: Subject) -> Section:
    """Through the superior articular processes of S1 and the sacral wings."""
    section, k, u = Section(), who.size, rng.uniform
    base, apart, tall = k * u(8, 20), k * u(18, 25), u(-5.0, 2.0)
    rise = u(-9.0, 4.0)  # the wing runs level, climbs towards the ilium, or sinks a little
    for side in (-1.0, 1.0):
        x, apex = apart + rng.normal(0, 1.0), base + tall + rng.normal(0, 1.0) - 1.5 * who.worn
        groove, low = x + k * u(5.5, 10.0), apex + k * u(5.0, 11.0)
        foot, end = k * u(3, 6), k * u(50, 62)
        roof = [(foot, base - 1.5), ((foot + x) / 2, base + u(0.0, 2.5)), (x - 5.0, max(base + 0.8, apex + 1.5)), (x - 1.5, apex - 0.1),
                (x + 1.5, apex), (x + 3.8, apex + 2.0), (groove - 1.5, low - 1.0)]
        wing = [(groove, low + 0.3), (groove + 4.0, low + u(-0.6, 0.8)), ((groove + end) / 2, low + 0.5 * rise + u(-2, 1)), (end, low + rise),
                (end + 3, low + rise + 6)]
        section.bone(rng, sided(roof + wing, side), thick_mm=14.0)
        section.tell(s1_sap=(side * x, apex), ala_groove=(side * groove, low))
        if chance(rng, 0.45):  # the iliac crest, above and beyond the wing
            _ilium(rng, section, side, end - u(2, 8), low + rise - k * u(10, 24))
    if chance(rng, 0.85):
        _crest(rng, section, k * u(2.0, 4.5), base)
    return section


def first_foramina(rng: Rng, who: Subject) -> Section:
    """Through the first dorsal foramina: holes in the sacral roof."""
    section, k, u = Section(), who.size, rng.uniform
    base, slope, apart = k * u(4, 11), u(-0.05, 0.32), k * u(20, 26)
    _crest(rng, section, k * u(2, 4), base)
    for side in (-1.0, 1.0):
        hole, middle = k * u(5.0, 9.5), apart + rng.normal(0, 1.0)
        inner, outer = middle - hole / 2, middle + hole / 2
        z = base + slope * (inner - 5) + rng.normal(0, 0.6)
        lift, knob, far, turn = u(-2.5, 2.5), u(0.0, 2.5), outer + k * u(12, 20), u(-0.25, 0.4)
        section.bone(rng, sided([(4.0, base - 1), (9.0, base + slope * 3 + 0.8), ((inner + 9) / 2, z - knob), (inner - 1.5, z - 0.3),
                                 (inner, z + 0.6), (inner - 1.0, z + 7)], side), thick_mm=4)
        section.bone(rng, sided([(outer + 0.8, z + lift + 8), (outer, z + lift + 0.8), (outer + 1.5, z + lift - 0.4),
                                 ((outer + far) / 2, z + lift + turn * 6 - u(0, 2.5)), (far, z + lift + turn * 15),
                                 (far + 3, z + lift + turn * 15 + 8)], side), thick_mm=8)
        section.tell(foramen_medial_lip=(side * (inner - 0.6), z), foramen_lateral_lip=(side * (outer + 0.6), z + lift))
        deep = z + k * u(9.5, 14)
        section.sheet(sided([(inner - 1, deep), (middle, deep + 0.6), (outer + 1, deep + 0.2)], side), u(0.0, 0.7), u(1.0, 2.5))
        section.body(side * middle, z + 5.5, (hole * 0.42, 3.2), u(0.5, 1.2))
        if chance(rng, 0.5):
            _ilium(rng, section, side, far + u(2.0, 7.0), z + lift + turn * 15 - k * u(5, 18))
    return section


def sacroiliac(rng: Rng, who: Subject) -> Section:
    """Through the second dorsal foramina and the lower part of the joint."""
    section, k, u = Section(), who.size, rng.uniform
    base, slope, apart, edge = k * u(2, 7), u(0.0, 0.4), k * u(14, 20), k * u(27, 38)
    _crest(rng, section, k * u(1.8, 3.5), base)
    for side in (-1.0, 1.0):
        hole, middle = k * u(3.5, 6.5), apart + rng.normal(0, 0.8)
        inner, outer, end = middle - hole / 2, middle + hole / 2, max(edge + rng.normal(0, 1.2), middle + 7.0)
        z = base + slope * (inner - 4)
        step, last = u(-1.5, 1.5), z + slope * (end - inner) * u(0.4, 1.4) + u(-1, 2)
        section.bone(rng, sided([(3.2, base - 0.6), (6.5, base + slope * 2), (inner - 1.5, z - 0.4), (inner, z + 0.5), (inner - 0.8, z + 6)],
                                side), thick_mm=4)
        section.bone(rng, sided([(outer + 0.6, z + step + 7), (outer, z + step + 0.6), (outer + 1.5, z + step - 0.4),
                                 ((outer + end) / 2, (z + step + last) / 2 - u(0, 2)), (end - 1.2, last - 0.2), (end, last + 0.8),
                                 (end + 0.2, last + 9)], side), thick_mm=8)
        section.tell(s2_foramen=(side * middle, z + step / 2), sacral_edge=(side * (end - 0.7), last))
        gap, above = u(1.8, 6.5) - 1.0 * who.worn, u(-0.5, 7.0)
        _iliac_edge(rng, section, side, end + gap, last - above, k)
        ligament = np.array(sided([(end - 7, last - 4.0), (end + gap / 2, last - above - 1.8), (end + gap + 4, last - above - 4.0)], side))
        section.sheet(ligament, u(0.0, 0.3), 1.0)
    return section


def hiatus(rng: Rng, who: Subject) -> Section:
    """Across the hiatus: two cornua, the ligament between them, the floor."""
    section, k, u = Section(), who.size, rng.uniform
    apart, low = k * float(np.clip(rng.normal(18.5, 3.0), 11, 26)), u(1.0, 5.0)
    deep = float(np.clip(rng.normal(4.8, 1.6), 2.0, 9.0))
    for side in (-1.0, 1.0):
        x, top, wide, high = apart / 2 + rng.normal(0, 0.5), max(0.0, rng.normal(0, 0.7)), u(2.2, 4.2), low + u(0.5, 3)
        flank, out = u(0.15, 0.7), u(8, 16)
        outline = [(x - wide - 0.4, top + high + 1.5), (x - wide, top + 0.55 * high), (x - 0.5 * wide, top + 0.1), (x, top - 0.1),
                   (x + 0.5 * wide, top + 0.2), (x + wide, top + 0.4 * high), (x + wide + 4, top + 0.6 * high + 4 * flank),
                   (x + wide + out, top + 0.7 * high + 14 * flank)]
        section.bone(rng, sided(outline, side), thick_mm=5, loose_mm=0.2)
        section.tell(cornu=(side * x, top))
    half = apart / 2 - 2.0
    across, bow, wide, hollow = np.linspace(-half, half, 9), u(-1.0, 1.5), half * u(0.8, 1.15), u(-1.2, 1.2)
    section.sheet(np.stack([across, low + bow * (across / half) ** 2], axis=1), u(0.3, 0.9), float(np.clip(rng.normal(1.8, 0.6), 0.8, 3.0)))
    section.bone(rng, [(-wide, low + deep - hollow), (-0.4 * wide, low + deep - 0.1), (0, low + deep), (0.4 * wide, low + deep - 0.1),
                       (wide, low + deep - hollow)], thick_mm=6, loose_mm=0.15)
    section.body(0.0, low + 0.5 * deep + 0.9, (half * 0.9, max(0.6, deep / 2 - 0.9)), u(0.15, 0.8))
    section.tell(scl=(0.0, low), sacral_floor=(0.0, low + deep))
    return section


def long_hiatus(rng: Rng, who: Subject) -> Section:
    """Along the midline: the sacrum's dorsal wall ends at the apex, the ligament runs on to the coccyx, the floor lies beneath. Cranial is left;
    the apex is at x 0."""
    section, k, u = Section(sagittal=True), who.size, rng.uniform
    deep, thick, lean, bend = float(np.clip(rng.normal(4.8, 1.6), 2.0, 9.0)), u(1.8, 4.0), u(-0.1, 0.35), u(0.0, 0.012)

    def dorsal(x: float) -> float:
        return lean * x + bend * x * abs(x) * (1 if x > 0 else 0.4)

    bumps = [(-x, dorsal(-x) - u(-0.5, 3.0) - 0.04 * x) for x in (44.0, 36.0, 28.0, 20.0, 13.0, 7.0)]
    section.bone(rng, [*bumps, (-2.5, dorsal(-2.5) - 0.4), (-0.6, 0.0), (0.3, 0.9), (0.0, thick)], thick_mm=thick, loose_mm=0.3)
    section.tell(hiatus_apex=(-0.4, 0.2))
    length, drop = k * u(16, 32), u(0.2, 2.2)  # the ligament lies a little beneath the wall's edge

    def band(x: float) -> float:
        return dorsal(x) + drop * float(np.exp(-(((x - 0.3 * length) / (0.6 * length)) ** 2))) - 0.6 * deep * max(0.0, x / length - 0.5)

    section.sheet(np.array([(x, band(x)) for x in np.linspace(0.6, length, 14)]), u(0.3, 0.9), float(np.clip(rng.normal(1.8, 0.6), 0.8, 3.0)))

    def floor(x: float) -> float:
        return band(5.0) + deep + dorsal(x) - dorsal(5.0) - 0.25 * deep * max(0.0, x - 5) / length

    ends = [(float(each), floor(each) + 0.3 * rng.normal()) for each in np.linspace(-30, length + 8, 9)]
    section.bone(rng, ends, thick_mm=6, loose_mm=0.1)
    if chance(rng, 0.6):  # the coccyx, its joint a notch
        end = length + u(0, 3)
        section.bone(rng, [(end, band(end) + 2.5), (end + 2, band(end) + 0.6), (end + 9, dorsal(end + 9) + 1), (end + 15, dorsal(end + 15) + 4)],
                     thick_mm=5)
    section.tell(scl=(5.0, band(5.0)))
    foot = 5.0 - (band(6.0) - band(4.0)) / 2 * deep
    section.tell(sacral_floor=(foot, floor(foot)))
    middle, half = 0.4 * length, (0.5 * length, max(0.6, deep / 2 - 1.2))
    section.body(middle, band(middle) + deep / 2 + 0.6, half, u(0.15, 0.8), float(np.arctan(lean)))
    return section


def _crest(rng: Rng, section: Section, half: float, base: float) -> None:
    """The median crest on the roof, a blade or a hump."""
    lean = rng.normal(0, 1.0)
    right: list[Point] = [(half, 0.25 * base + 0.8), (half + 0.6, 0.75 * base), (half + 3.0, base + 0.8)]
    crown = [(lean - 0.5 * half, 0.1), (lean, 0.0), (lean + 0.5 * half, 0.1)]
    section.bone(rng, [*((lean - x, z) for x, z in right[::-1]), *crown, *((lean + x, z) for x, z in right)], thick_mm=4, loose_mm=0.2)
    section.tell(median_crest=(lean, 0.0))


def _iliac_edge(rng: Rng, section: Section, side: float, x: float, z: float, k: float) -> None:
    """The ilium beside the joint: it stands up from its dorsal margin towards the skin, then turns outwards."""
    climb, wide, turned = rng.uniform(0.2, 1.3), k * rng.uniform(8, 14), rng.uniform(-1, 4)
    top = z - climb * wide
    section.bone(rng, sided([(x - 0.3, z + 9), (x, z + 1.0), (x + 1.0, z - 0.1), (x + 0.5 * wide, z - 0.6 * climb * wide), (x + wide, top),
                             (x + wide + 7, top + turned), (x + wide + 16, top + 3 * turned + 4)], side), thick_mm=8)
    section.tell(iliac_edge=(side * (x + 0.8), z))


def _ilium(rng: Rng, section: Section, side: float, x: float, top: float) -> None:
    """The iliac crest or spine far beside the sacrum."""
    section.bone(rng, sided([(x, top + 10), (x + 1, top + 4), (x + 4, top), (x + 9, top + 0.6), (x + 18, top + 6)], side), thick_mm=8)
