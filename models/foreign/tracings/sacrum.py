"""Sacral transverse views, as traced from published sonograms.

Ala: the hump of the S1 superior articular process falls into a groove, and a long smooth slope follows that runs under the ilium and has no tip.
S1: a roof that slopes away from the crest and is broken by one hole with two lips on each side; the ilium is far. Sacroiliac: a small second
hole, and laterally the roof ends at a cleft whose far side is the ilium, as deep or shallower. Hiatus: two frog eyes, a band between, a floor beneath.
Sizes: S1 foramina 23 to 24 mm from the midline (Kim 2023), holes 5 to 12 mm wide; joint 1 to 2 mm wide, clefts drawn wider; cornua 18 to 19 +-3 mm
apart, canal 1 to 8 mm high, ligament 1.8 +-0.8 mm thick (Sekiguchi 2004; Rhee 2008); target of the L5 dorsal ramus 42 +-7 mm deep (Greher 2015).
"""

from __future__ import annotations

from models.foreign.tracings.page import Page, Point


def _crest(page: Page, height: float, left: Point, right: Point) -> None:
    """The median crest from the roof's two roots up to depth 0. It may be a knob, a keel or nearly flat."""
    lean, half = page.u(-2, 2), page.u(1.2, 4)
    page.bone(left, (lean - half, height * page.u(0.1, 0.4) + 0.5), (lean, 0.0), (lean + half, height * page.u(0.1, 0.4) + 0.5), right)
    page.mark("median_crest", (lean, 0.0))


def transverse_sacral_ala(page: Page) -> None:
    style = page.pick("plain", "joint", "deep", "flat", "lateral", "high crest")
    height = page.u(12, 22) if style == "high crest" else page.u(4, 13)
    lean_z, roots = page.u(-3, 3), []
    for side in (-1, 1):

        def out(x: float, z: float, side: int = side) -> Point:
            return side * x, z

        sap = page.u(16, 27)
        apex = height + page.u(-9, 5) + side * lean_z
        drop = page.u(11, 19) if style == "deep" else page.u(4.5, 8) if style == "flat" else page.u(6.5, 14)
        groove_x, floor = sap + page.u(4, 9.5), apex + drop
        root, foot = out(page.u(4, 7), height + page.u(-1, 2)), out(sap - page.u(4, 6.5), apex + page.u(2, 6))
        groove, hump = out(groove_x, floor), out(sap, apex)
        roots.append(root)
        if style == "joint" or page.chance(0.3):  # the joint of L5 and S1 medial of the hump
            page.bone(root, out(sap - page.u(8, 10), apex + page.u(0, 3)), out(sap - page.u(4.5, 6), apex + page.u(0.5, 3)), out(sap - 4, apex + 5))
            start = out(sap - page.u(2.2, 3.2), apex + page.u(3, 5))
        else:
            page.bone(root, ((root[0] + foot[0]) / 2, (root[1] + foot[1]) / 2 + page.u(-1, 1)), foot, gain_db=page.u(-4, 1))
            start = foot
        page.bone(start, hump, out(sap + page.u(1.5, 2.8), apex + page.u(0.7, 2.5)), out(groove_x - page.u(0.5, 1.3), floor - page.u(1.5, 2.8)), groove)
        rise = page.u(-0.35, 0.12)
        far = page.u(20, 34)
        page.bone(groove, out(groove_x + far * 0.3, floor + rise * far * page.u(0.2, 0.5)), out(groove_x + far, floor + rise * far), gain_db=page.u(-2, 2))
        if page.chance(0.6):  # the iliac crest, shallow, over the ala's end
            shore, crown = groove_x + far * page.u(0.55, 1.0), floor + rise * far - page.u(4, 14)
            page.bone(out(shore, crown + page.u(3, 7)), out(shore + page.u(2, 5), crown), out(shore + page.u(14, 22), crown - page.u(-4, 6)))
        page.mark("s1_sap", hump, side)
        page.mark("ala_groove", groove, side)
        page.aim = (groove_x * page.pick_side(), floor)
    page.reach_mm = 46.0
    if style != "lateral":
        _crest(page, height, roots[0], roots[1])


def transverse_s1(page: Page) -> None:
    style = page.pick("plain", "plain", "steep", "flat", "wide", "ilium")
    height, roots = page.u(3, 12), []
    lean_z = page.u(-3, 3)
    for side in (-1, 1):

        def out(x: float, z: float, side: int = side) -> Point:
            return side * x, z

        medial = page.u(14, 21.5)
        opening = page.u(8.5, 12.5) if style == "wide" else page.u(4.8, 9.5)
        fall = page.u(0.35, 0.6) if style == "steep" else page.u(-0.1, 0.15) if style == "flat" else page.u(0.05, 0.4)
        root = out(page.u(4, 7), height + page.u(-1, 1))
        lip_z = height + fall * (medial - 5) + page.u(-1.5, 1.5) + side * lean_z
        lip, lateral = out(medial, lip_z), out(medial + opening, lip_z + fall * opening + page.u(-1.5, 2))
        knob = out(medial - page.u(3.5, 6), lip_z - page.u(0.5, 3))  # the intermediate crest
        roots.append(root)
        page.bone(root, knob, lip, *page.brow(lip, side, page.u(2.5, 5), 0.6))
        crest = out(abs(lateral[0]) + page.u(5, 10), lateral[1] + page.u(-3.5, 2))
        page.bone(*page.brow(lateral, -side, page.u(2.5, 5), 0.6)[::-1], lateral, crest, out(abs(crest[0]) + page.u(6, 14), crest[1] + page.u(4, 11)))
        if page.chance(0.55):  # the canal's far wall through the hole
            deep = lip_z + page.u(8, 14)
            page.bone(out(medial + 0.8, deep), out(medial + opening - 0.8, deep + page.u(0, 2)), gain_db=page.u(-12, -4), opacity=0.7)
        if page.chance(0.6 if style == "ilium" else 0.2):
            shore = abs(crest[0]) + page.u(8, 14)
            page.bone(out(shore, crest[1] - page.u(-3, 4)), out(shore + page.u(6, 10), crest[1] - page.u(4, 12)), out(shore + 20, crest[1] - page.u(4, 14)))
        page.mark("foramen_medial_lip", lip, side)
        page.mark("foramen_lateral_lip", lateral, side)
        page.aim = ((medial + opening / 2) * page.pick_side(), lip_z)
    page.reach_mm = 42.0
    _crest(page, height, roots[0], roots[1])


def transverse_sacroiliac(page: Page) -> None:
    style = page.pick("plain", "plain", "overhang", "level", "osteophyte", "lateral")
    height, roots = page.u(2, 10), []
    lean_z = page.u(-3, 3)
    for side in (-1, 1):

        def out(x: float, z: float, side: int = side) -> Point:
            return side * x, z

        hole, half = page.u(14.5, 22), page.u(1.8, 3.8)
        fall = page.u(0.0, 0.35)
        root, rim = out(page.u(3, 6), height), height + fall * (hole - 5) + side * lean_z
        other = rim + page.u(-1.0, 1.8)
        edge_x = hole + half + page.u(9, 16)
        edge = out(edge_x, other + fall * 10 + page.u(0, 6))
        climb = {"overhang": (7.0, 14.0), "level": (-2.0, 2.0)}.get(style, (1.0, 9.0))
        ilium_x = edge_x + (page.u(-0.5, 1.5) if style == "overhang" else page.u(1.4, 6.5))
        iliac = out(ilium_x, edge[1] - page.u(*climb))
        roots.append(root)
        page.bone(root, out((abs(root[0]) + hole - half) / 2, rim + page.u(-2.5, 0.5)), out(hole - half, rim), out(hole - half + 0.5, rim + page.u(2, 4)))
        knob = out(hole + half + page.u(3, 6), other - page.u(0.3, 3))  # the lateral crest
        last = [out(edge_x - page.u(1.5, 3), edge[1] + page.u(0.2, 1))] if style == "osteophyte" else []
        page.bone(out(hole + half - 0.5, other + page.u(2, 4)), out(hole + half, other), knob, *last, edge, *page.brow(edge, side, page.u(3, 7), 0.7))
        back = page.u(5, 10)
        page.bone(
            *page.brow(iliac, -side, page.u(3, 7), 0.7)[::-1],
            iliac,
            out(ilium_x + back, iliac[1] - page.u(1, 6)),
            out(ilium_x + back + page.u(9, 16), iliac[1] - page.u(-5, 6)),
            gain_db=page.u(-1, 3),
        )
        page.blob(((edge[0] + iliac[0]) / 2, edge[1] + 4), (max(1.5, abs(iliac[0] - edge[0]) / 2), 6), page.u(-12, -3))
        if page.chance(0.5):  # dorsal sacroiliac ligament
            page.sheet(knob, ((edge[0] + iliac[0]) / 2, min(edge[1], iliac[1]) - page.u(0.5, 2.5)), out(ilium_x + back, iliac[1] - 7), gain_db=-5)
        page.mark("s2_foramen", out(hole, (rim + other) / 2), side, "opening")
        page.mark("sacral_edge", edge, side)
        page.mark("iliac_edge", iliac, side)
        page.aim = (edge_x * page.pick_side(), edge[1])
    page.reach_mm = 50.0
    if style != "lateral":
        _crest(page, height, roots[0], roots[1])


def transverse_sacral_hiatus(page: Page) -> None:
    style = page.pick("frog", "frog", "low", "uneven", "narrow", "wide")
    lean_z = page.u(1, 4) if style == "uneven" else page.u(0, 1)
    lean_z *= page.pick_side()
    spread = {"narrow": (5.0, 7.0), "wide": (10.5, 14.0)}.get(style, (7.0, 11.0))
    band = page.u(1, 3) if style == "low" else page.u(1.5, 5)
    canal = page.u(2.6, 8)
    eyes = []
    for side in (-1, 1):
        x, z = page.u(*spread), 0.5 + side * lean_z + page.u(-0.5, 0.5)
        tall = page.u(1.5, 3) if style == "low" else page.u(2.5, 7)
        apex = (side * x, z)
        wide = page.u(2, 4)
        page.bone((side * (x - wide * 0.8), z + tall), (side * (x - wide * 0.4), z + tall * 0.3), apex, (side * (x + wide * 0.5), z + tall * 0.35),
                  (side * (x + wide), z + tall), (side * (x + wide + page.u(5, 14)), z + tall + page.u(-1, 7)))  # fmt: skip
        page.mark("cornu", apex, side)
        eyes.append((side * (x - wide * 0.4), z + tall * 0.3 + 0.3))
    off = page.u(-1, 1)
    page.sheet(eyes[0], (off, band), eyes[1], gain_db=page.u(2, 8))
    if page.chance(0.5):
        page.sheet((eyes[0][0], eyes[0][1] + 1.6), (off, band + page.u(1.4, 2.2)), (eyes[1][0], eyes[1][1] + 1.6), gain_db=page.u(-4, 4))  # its deep face
    floor = band + canal
    bow = page.u(-1.5, 1.5)
    reach = page.u(0.7, 1.1)
    page.bone((eyes[0][0] * reach, floor + bow), (off, floor), (eyes[1][0] * reach, floor + bow), gain_db=page.u(-3, 3))
    page.blob((off, band + canal / 2 + 0.8), (min(-eyes[0][0], eyes[1][0]) * 0.8, max(0.8, canal / 2 - 1)), page.u(-12, -4))
    page.mark("scl", (off, band), 0, "sheet")
    page.mark("sacral_floor", (off, floor))
    page.aim, page.reach_mm, page.muscle, page.most_cover_mm = (0.0, floor), 20.0, False, 32.0
