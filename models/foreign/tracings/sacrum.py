"""Sacral transverse views, as traced from published sonograms.

Ala: the hump of the S1 superior articular process falls into a groove, and a long smooth slope follows that runs under the ilium and has no tip.
S1: a roof that slopes away from the crest and is broken by one hole with two lips on each side; the ilium is far. Sacroiliac: a small second
hole, and laterally the roof ends at a cleft, whose far side is the ilium. Hiatus: two frog eyes, a band between them, a floor beneath.
Sizes: S1 foramina 23 to 24 mm from the midline (Kim 2023), holes 5 to 12 mm wide; joint 1 to 2 mm wide, clefts drawn wider; cornua 18 to 19 +-3 mm
apart, canal 1 to 8 mm high, ligament 1.8 +-0.8 mm thick (Sekiguchi 2004; Rhee 2008); L5 dorsal ramus 42 +-7 mm deep (Greher 2015).
"""

from __future__ import annotations

from models.foreign.tracings.page import Page, Point


def _crest(page: Page, height: float, roots: list[Point]) -> None:
    """The median crest from the roof's two roots (left, right; x outwards) up to depth 0. It may be a knob, a keel or nearly flat."""
    lean, half, low = page.u(-2, 2), page.u(1.2, 4), height * page.u(0.1, 0.4) + 0.5
    page.bone((-roots[0][0], roots[0][1]), (lean - half, low), (lean, 0.0), (lean + half, low), roots[1])
    page.mark("median_crest", (lean, 0.0))


def transverse_sacral_ala(page: Page) -> None:
    u, style = page.u, page.pick("plain", "joint", "deep", "flat", "lateral", "high crest")
    height, lean_z = u(12, 22) if style == "high crest" else u(4, 13), u(-3, 3)
    roots: list[Point] = []
    for side in page.sides():
        sap, apex = u(16, 27), height + u(-9, 5) + side * lean_z
        groove = gx, gz = sap + u(4, 9.5), apex + u(*{"deep": (11, 19), "flat": (4.5, 8)}.get(style, (6.5, 14)))
        start = sap - u(4, 6.5), apex + u(2, 6)
        roots.append(root := (u(4, 7), height + u(-1, 2)))
        if style == "joint" or page.chance(0.3):  # the joint of L5 and S1 medial of the hump
            page.bone(root, (sap - u(8, 10), apex + u(0, 3)), (sap - u(4.5, 6), apex + u(0.5, 3)), (sap - 4, apex + 5))
            start = sap - u(2.2, 3.2), apex + u(3, 5)
        else:
            page.bone(root, ((root[0] + start[0]) / 2, (root[1] + start[1]) / 2 + u(-1, 1)), start, gain_db=u(-4, 1))
        page.bone(start, (sap, apex), (sap + u(1.5, 2.8), apex + u(0.7, 2.5)), (gx - u(0.5, 1.3), gz - u(1.5, 2.8)), groove)
        far, rise = u(20, 34), u(-0.35, 0.12)
        end = gz + rise * far
        page.bone(groove, (gx + far * 0.3, gz + rise * far * u(0.2, 0.5)), (gx + far, end), gain_db=u(-2, 2))
        if page.chance(0.6):  # the iliac crest, shallow, over the ala's end
            shore, crown = gx + far * u(0.55, 1.0), end - u(4, 14)
            page.bone((shore, crown + u(3, 7)), (shore + u(2, 5), crown), (shore + u(14, 22), crown - u(-4, 6)))
        page.mark("s1_sap", (sap, apex))
        page.mark("ala_groove", groove)
    if style != "lateral":
        _crest(page, height, roots)


def transverse_s1(page: Page) -> None:
    u, style = page.u, page.pick("plain", "plain", "steep", "flat", "wide", "ilium")
    height, lean_z = u(3, 12), u(-3, 3)
    roots: list[Point] = []
    for side in page.sides():
        opening = u(8.5, 12.5) if style == "wide" else u(4.8, 9.5)
        fall = u(*{"steep": (0.35, 0.6), "flat": (-0.1, 0.15)}.get(style, (0.05, 0.4)))
        x = u(14, 21.5)
        lip = x, height + fall * (x - 5) + u(-1.5, 1.5) + side * lean_z
        lateral = x + opening, lip[1] + fall * opening + u(-1.5, 2)
        roots.append((u(4, 7), height + u(-1, 1)))
        intermediate = x - u(3.5, 6), lip[1] - u(0.5, 3)
        page.bone(roots[-1], intermediate, lip, *page.brow(lip, 1, u(2.5, 5), 0.6))
        cx, cz = lateral[0] + u(5, 10), lateral[1] + u(-3.5, 2)  # the lateral crest
        page.bone(*page.brow(lateral, -1, u(2.5, 5), 0.6), lateral, (cx, cz), (cx + u(6, 14), cz + u(4, 11)))
        if page.chance(0.55):  # the canal's far wall through the hole
            page.bone((x + 0.8, lip[1] + u(8, 14)), (lateral[0] - 0.8, lip[1] + u(8, 14)), gain_db=u(-12, -4), opacity=0.7)
        if page.chance(0.6 if style == "ilium" else 0.2):
            shore = cx + u(8, 14)
            page.bone((shore, cz - u(-3, 4)), (shore + u(6, 10), cz - u(4, 12)), (shore + 20, cz - u(4, 14)))
        page.mark("foramen_medial_lip", lip)
        page.mark("foramen_lateral_lip", lateral)
    _crest(page, height, roots)


def transverse_sacroiliac(page: Page) -> None:
    u, style = page.u, page.pick("plain", "plain", "overhang", "level", "osteophyte", "lateral")
    height, lean_z = u(2, 10), u(-3, 3)
    roots: list[Point] = []
    for side in page.sides():
        hole, half, fall = u(14.5, 22), u(1.8, 3.8), u(0.0, 0.35)
        roots.append(root := (u(3, 6), height))
        rim = height + fall * (hole - 5) + side * lean_z
        other = rim + u(-1.0, 1.8)
        edge = ex, ez = hole + half + u(9, 16), other + fall * 10 + u(0, 6)
        climb = u(*{"overhang": (7, 14), "level": (-2, 2)}.get(style, (1, 9)))
        iliac = ix, iz = ex + (u(-0.5, 1.5) if style == "overhang" else u(1.4, 6.5)), ez - climb
        page.bone(root, ((root[0] + hole - half) / 2, rim + u(-2.5, 0.5)), (hole - half, rim), (hole - half + 0.5, rim + u(2, 4)))
        crest = hole + half + u(3, 6), other - u(0.3, 3)  # the lateral one
        spur = [(ex - u(1.5, 3), ez + u(0.2, 1))] if style == "osteophyte" else []
        page.bone((hole + half - 0.5, other + u(2, 4)), (hole + half, other), crest, *spur, edge, *page.brow(edge, 1, u(3, 7), 0.7))
        back = ix + u(5, 10)
        page.bone(*page.brow(iliac, -1, u(3, 7), 0.7), iliac, (back, iz - u(1, 6)), (back + u(9, 16), iz - u(-5, 6)), gain_db=u(-1, 3))
        page.blob(((ex + ix) / 2, ez + 4), (max(1.5, abs(ix - ex) / 2), 6), u(-12, -3))
        if page.chance(0.5):  # dorsal sacroiliac ligament
            page.sheet(crest, ((ex + ix) / 2, min(ez, iz) - u(0.5, 2.5)), (back, iz - 7), gain_db=-5)
        page.mark("s2_foramen", (hole, (rim + other) / 2), "opening")
        page.mark("sacral_edge", edge)
        page.mark("iliac_edge", iliac)
    if style != "lateral":
        _crest(page, height, roots)
    else:  # no crest, but the roof is whole
        page.bone((-roots[0][0], roots[0][1]), roots[1])


def transverse_sacral_hiatus(page: Page) -> None:
    u, style = page.u, page.pick("frog", "frog", "low", "uneven", "narrow", "wide")
    lean_z = page.pick_side() * (u(1, 4) if style == "uneven" else u(0, 1))
    band, canal, off = u(1, 3) if style == "low" else u(1.5, 5), u(2.6, 8), u(-1, 1)
    eyes: list[Point] = []
    for side in page.sides():
        x, z = u(*{"narrow": (5, 7), "wide": (10.5, 14)}.get(style, (7, 11))), 0.5 + side * lean_z + u(-0.5, 0.5)
        tall, wide = u(1.5, 3) if style == "low" else u(2.5, 7), u(2, 4)
        inner = x - wide * 0.4, z + tall * 0.3
        outer = (x + wide, z + tall), (x + wide + u(5, 14), z + tall + u(-1, 7))
        page.bone((x - wide * 0.8, z + tall), inner, (x, z), (x + wide * 0.5, z + tall * 0.35), *outer)
        page.mark("cornu", (x, z))
        eyes.append((side * inner[0], inner[1] + 0.3))
    (lx, lz), (rx, rz) = eyes
    page.sheet((lx, lz), (off, band), (rx, rz), gain_db=u(2, 8))
    if page.chance(0.5):  # the ligament's deep face
        page.sheet((lx, lz + 1.6), (off, band + u(1.4, 2.2)), (rx, rz + 1.6), gain_db=u(-4, 4))
    floor, bow, reach = band + canal, u(-1.5, 1.5), u(0.7, 1.1)
    page.bone((lx * reach, floor + bow), (off, floor), (rx * reach, floor + bow), gain_db=u(-3, 3))
    page.blob((off, band + canal / 2 + 0.8), (min(-lx, rx) * 0.8, max(0.8, canal / 2 - 1)), u(-12, -4))
    page.mark("scl", (off, band), "sheet")
    page.mark("sacral_floor", (off, floor))
    page.muscle, page.most_cover_mm = False, 32.0
