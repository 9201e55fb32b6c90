"""Lumbar transverse views, as traced from published sonograms.

Facet: spinous cap with its shadow, laminae, and beside them two humps with a cleft between; nothing bright follows laterally, or only deep and dim.
Transverse process: the hump (superior articular process) falls in a step to a long flat line that ends at a tip; no cleft, or a hairline.
Interlaminar: no spinous shadow; humps beside a window with two short bright lines, the flying bat. Foramen: the hump's lateral edge, and beyond it
a sheet, a root and the body's flank.
Sizes: facets 19 +-6 mm from the spinous process (Galiano 2005); transverse processes span 70 to 100 mm from tip to tip, spinous processes are 20 to
35 mm long, their tips 5 to 12 mm wide (Panjabi 1992, Spine 17:299); facet cartilage 2 mm at its thickest; canal 12 to 20 mm deep (Lee 1995).
"""

from __future__ import annotations

from models.foreign.tracings.page import Page, Point


def _spine(page: Page, height: float, left: Point, right: Point, gain_db: float = 0.0) -> None:
    """A spinous process from the laminae's roots up to its tip at depth 0."""
    lean, half, neck = page.u(-3, 3), page.u(2.2, 6), page.u(1.5, 3.5)
    waist = height * page.u(0.35, 0.7)
    cap = ((lean - half, page.u(1.0, 3.5)), (lean, 0.0), (lean + half, page.u(1.0, 3.5)))
    page.bone(left, (lean / 2 - neck, waist), *cap, (lean / 2 + neck, waist), right, gain_db=gain_db)
    page.mark("spinous_process", (lean, 0.0))


def _middle(page: Page, one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2 + page.u(-0.6, 1.4)


def transverse_facet(page: Page) -> None:
    style = page.pick("plain", "plain", "between", "arthritic", "stepped", "turned")
    height, roots = page.u(15, 29), []
    lean_z = page.u(-4, 4)
    cut = page.pick("-1", "1") if style == "turned" else "0"
    for side in (-1, 1):
        lateral = page.u(13.5, 23.5)
        gap = page.u(0.7, 1.6) if style == "arthritic" else page.u(1.2, 3.6)
        top = height + page.u(-6, 7) + side * lean_z
        swell = page.u(1.4, 2.0) if style == "arthritic" else 1.0
        step = page.u(2.6, 4.0) * (1 if page.chance(0.5) else -1) if style == "stepped" else page.u(-2, 2)

        def out(x: float, z: float, side: int = side) -> Point:
            return side * x, z

        medial = lateral - gap / 2 - swell * page.u(5, 7.5)
        root = out(min(page.u(3.5, 6.5), medial - 2.5), height + page.u(-2.5, 2))
        foot = out(medial, top + swell * page.u(1.5, 4))
        lamina = _middle(page, root, foot)
        page.aim = (lateral * page.pick_side(), top)
        roots.append(root)
        dim = page.u(-9, -2) if style == "between" else 0.0
        if str(side) == cut:  # turned: this side is cut above the joint, through the lamina alone
            page.bone(root, lamina, foot, out(lateral + page.u(-3, 2), top + page.u(4, 8)), gain_db=dim)
            page.mark("lamina", lamina, side)
            continue
        inner = page.u(2.5, 5)
        apex, edge = out(lateral - gap / 2 - swell * page.u(1.5, 2.8), top), out(lateral - gap / 2, top + page.u(0.2, 1.0))
        page.bone(root, lamina, foot, gain_db=dim)
        page.bone(foot, apex, edge, out(lateral - gap / 2 + 0.3, top + inner))
        other, rise = out(lateral + gap / 2 + swell * page.u(1.5, 3.0), top + step), top + step
        page.bone(
            out(lateral + gap / 2 - 0.3, rise + inner),
            out(lateral + gap / 2, rise + page.u(0.2, 1.0)),
            other,
            out(abs(other[0]) + swell * page.u(2.5, 4.5), rise + page.u(1.5, 4)),
            out(abs(other[0]) + swell * page.u(4, 7), rise + page.u(8, 16)),
        )
        if page.chance(0.75):  # the joint's ground, cartilage and bone
            page.bone(out(lateral - gap / 2, top + inner), out(lateral + gap / 2, rise + inner), gain_db=page.u(-12, -5), opacity=page.u(0.6, 0.95))
        if style == "arthritic" and page.chance(0.4):
            page.sheet(apex, out(lateral, top + min(step, 0) - page.u(0.6, 1.4)), other, gain_db=-4)  # a thick capsule
        page.mark("lamina", lamina, side)
        page.mark("facet", out(lateral, top + step / 2), side, "opening")
        if page.chance(0.3):  # the transverse process of the vertebra below, half in the slice
            deep = rise + page.u(11, 18)
            page.bone(out(lateral + page.u(12, 16), deep), out(lateral + page.u(20, 27), deep + page.u(-3, 4)), gain_db=page.u(-14, -7), opacity=0.7)
    if style != "between":
        _spine(page, height, roots[0], roots[1])
    elif page.chance(0.6):
        half = page.u(1.5, 4)
        page.bone((-half, page.u(1, 3)), (0, 0), (half, page.u(1, 3)), gain_db=page.u(-6, 0), opacity=page.u(0.7, 0.97))
        page.mark("spinous_process", (0.0, 0.0))
    if page.chance(0.5):
        _septa(page, height)


def _septa(page: Page, height: float) -> None:
    """Fat between multifidus and longissimus, from the humps to the fascia."""
    for side in (-1, 1):
        foot = page.u(17, 24)
        page.sheet((side * foot, height - page.u(4, 8)), (side * (foot + page.u(-2, 5)), height * 0.5), (side * (foot + page.u(2, 9)), 2.0), gain_db=-3)


def transverse_process(page: Page) -> None:
    style = page.pick("steps", "steps", "swept", "broad", "mamillary", "hairline", "lateral")
    height, roots = page.u(17, 30), []
    lean_z = page.u(-4, 4)
    for side in (-1, 1):
        sap = page.u(14, 21.5)
        apex = height + page.u(-4, 5) + side * lean_z
        drop = page.u(5, 9) if style == "broad" else page.u(6.5, 15)
        groove_x = sap + page.u(3.8, 8.5)
        tip_x = groove_x + (page.u(9, 16) if style == "broad" else page.u(12, 26))
        slope = page.u(-0.5, -0.15) if style == "swept" else page.u(-0.22, 0.22)

        def out(x: float, z: float, side: int = side) -> Point:
            return side * x, z

        root, foot = out(min(page.u(3.5, 6.5), sap - 9), height + page.u(-2, 2)), out(sap - page.u(3.5, 6), apex + page.u(1.5, 4.5))
        lamina, floor = _middle(page, root, foot), apex + drop
        groove, tip = out(groove_x, floor), out(tip_x, floor + slope * (tip_x - groove_x))
        sap_tip = out(sap, apex)
        bulge = page.u(-2.0, 1.0)
        half = out((groove_x + tip_x) / 2, (groove[1] + tip[1]) / 2 + min(bulge, 0.4))
        page.aim = (groove_x * page.pick_side(), floor)
        if not (style == "lateral" and page.chance(0.7)):
            page.bone(root, lamina, foot)
            page.mark("lamina", lamina, side)
        roots.append(root)
        start = [out(abs(foot[0]) + 0.8, foot[1] + page.u(1, 3))] if style == "hairline" else [foot]
        crown = [out(sap + page.u(1.8, 3), apex + page.u(0.5, 2.2))]
        if style == "mamillary":
            crown = [out(sap + 2.0, apex + 2.2), out(sap + 3.2, apex + page.u(0.6, 1.6))]
        page.bone(*start, sap_tip, *crown, out(groove_x - page.u(0.5, 1.4), floor - page.u(1.5, 3.0)), groove)
        page.bone(groove, half, tip, out(tip_x + 1.2, tip[1] + page.u(2, 4)), gain_db=page.u(-3, 2))
        page.mark("sap_tip", sap_tip, side)
        page.mark("tp_groove", groove, side)
        page.mark("tp_tip", tip, side)
        if page.chance(0.35):  # psoas and what lies before it
            page.sheet(out(tip_x + 2, floor + page.u(0, 6)), out(tip_x + page.u(14, 22), floor + page.u(2, 10)), gain_db=-3)
    page.reach_mm = 55.0
    if style != "lateral" or page.chance(0.4):
        _spine(page, height, roots[0], roots[1])
    if page.chance(0.4):
        _septa(page, height)


def transverse_interlaminar(page: Page) -> None:
    style = page.pick("bat", "bat", "narrow", "wide", "tent", "tilted")
    level = page.u(13, 26)
    rear = level + page.u(4.5, 14)
    front = rear + page.u(9, 18)
    lean_z = page.u(-3, 3)
    half_open = {"narrow": (4.5, 7.0), "wide": (10.0, 14.0)}.get(style, (6.5, 11.0))
    halves = []
    for side in (-1, 1):
        medial, top = page.u(*half_open), level + page.u(-3, 3) + side * lean_z

        def out(x: float, z: float, side: int = side) -> Point:
            return side * x, z

        edge = out(medial, top)
        hump = out(medial + page.u(3, 7), top - page.u(0.3, 3.5))
        shoulder = out(abs(hump[0]) + page.u(4, 8), top + page.u(0.5, 4))
        page.bone(*page.brow(edge, -side, page.u(2.5, 6))[::-1], edge, hump, shoulder, out(abs(shoulder[0]) + page.u(0.5, 3), top + page.u(7, 15)))
        page.mark("articular_process", edge, side)
        halves.append(medial - page.u(0.5, 2))
        if style == "bat" or page.chance(0.25):  # wings: transverse processes or their ligament
            deep = top + page.u(8, 15)
            page.bone(
                out(abs(shoulder[0]) + page.u(3, 6), deep), out(abs(shoulder[0]) + page.u(12, 24), deep + page.u(-4, 4)), gain_db=page.u(-9, -2)
            )
    tent = page.u(2, 5) if style == "tent" else page.u(-0.8, 1.5)
    off = page.u(-1.2, 1.2)
    left, right = -halves[0], halves[1]
    page.sheet((left, rear + tent), (off, rear), (right, rear + tent + page.u(-1, 1)), gain_db=page.u(0, 7))
    if page.chance(0.5):  # dura beneath the flavum: the equals sign
        page.sheet((left, rear + tent + 2.8), (off, rear + page.u(2.2, 3.4)), (right, rear + tent + 2.8), gain_db=page.u(-4, 2))
    bow = page.u(-1.5, 1.0)
    page.bone((left * 0.95, front + bow), (off, front), (right * 0.95, front + bow), gain_db=page.u(-3, 4), opacity=page.u(0.6, 0.93))
    page.mark("posterior_complex", (off, rear), 0, "sheet")
    page.mark("anterior_complex", (off, front), 0, "sheet")
    page.blob((off, (rear + front) / 2 + 1), (max(abs(left), right) * 0.9, (front - rear) / 2 - 1.2), page.u(-14, -4))  # the sac
    if page.chance(0.6):
        page.blob((off, rear * 0.5), (page.u(1.5, 3.5), rear * 0.45), page.u(-7, 3))  # interspinous ligament
    if page.chance(0.25):
        half = page.u(1, 3)
        page.bone((-half, 1.5), (0, 0), (half, 1.5), gain_db=-8, opacity=page.u(0.15, 0.45))  # rim of a spinous process, half in the slice
    page.aim = (0.0, rear)


def _window(page: Page, level: float, side: int) -> None:
    """What lies medial of the humps where the cut passes between laminae: the other hump, and the canal's two lines, dim."""
    x, half = side * page.u(9, 13), page.u(5, 8)
    page.bone((x - half, level + page.u(3, 7)), (x, level + page.u(-3, 3)), (x + half, level + page.u(3, 7)), gain_db=page.u(-4, 1))
    for z, gain_db in ((page.u(7, 12), page.u(-4, 3)), (page.u(19, 27), page.u(-6, 2))):
        page.bone((-half, level + z), (half, level + z), gain_db=gain_db - 3, opacity=0.55)


def transverse_foramen(page: Page) -> None:
    style = page.pick("plain", "plain", "overhang", "iliac", "process", "midline")
    side = 1 if page.chance(0.5) else -1
    level = page.u(15, 28)
    edge_x = page.u(19, 29)

    def out(x: float, z: float) -> Point:
        return side * x, z

    edge = out(edge_x, level + page.u(1, 5))
    hump, dip = out(edge_x - page.u(3.5, 7), level), out(edge_x - page.u(9, 13), level + page.u(1.5, 6))
    tuck = page.u(-2.5, -0.5) if style == "overhang" else page.u(0.2, 2.2)
    page.bone(dip, hump, edge, *page.brow(edge, side, page.u(1.5, 3)), out(edge_x + tuck, edge[1] + page.u(5, 9)))
    if page.chance(0.65):
        base = out(page.u(4, 6), level + page.u(-3, 3))
        page.bone(base, _middle(page, base, dip), dip, gain_db=page.u(-5, 0))
        if style == "midline":
            _spine(page, level, out(-5, level + 2), base)
            page.marks.pop()  # no landmark of this view
    else:
        _window(page, level, -side)
    sheet_z, start = edge[1] + page.u(5, 12), edge_x + page.u(0, 2)
    stop = start + page.u(11, 22)
    fall = page.u(-3, 4)
    middle = out((start + stop) / 2, sheet_z + fall / 2 + page.u(-0.8, 0.8))
    page.sheet(out(start, sheet_z), middle, out(stop, sheet_z + fall), gain_db=page.u(-2, 4))
    body_x, body_z = edge_x + page.u(0.5, 5), sheet_z + page.u(10, 18)
    body = out(body_x, body_z)
    page.bone(out(body_x - page.u(4, 7), body_z - page.u(-1.0, 1.5)), body, out(body_x + page.u(3, 6), body_z + page.u(2.5, 6)),
              out(body_x + page.u(7, 11), body_z + page.u(10, 20)), gain_db=page.u(-3, 3))  # fmt: skip
    radius = page.u(2.0, 3.8)
    root = out(max(body_x + page.u(1.0, 6), edge_x + 2.5), sheet_z + radius + page.u(2.0, max(2.2, body_z - sheet_z - 2 * radius - 1)))
    bright = page.chance(0.55)
    page.blob(root, (radius * page.u(1, 1.5), radius), page.u(5, 10) if bright else page.u(-11, -5), page.u(0, 3) if bright else page.u(3, 8))
    for name, at, kind in (("articular_edge", edge, "bone"), ("intertransverse_ligament", middle, "sheet"), ("vertebral_edge", body, "bone")):
        page.mark(name, at, side, "sheet" if kind == "sheet" else "bone")
    page.mark("nerve_root", root, side, "blob")
    if style == "iliac":
        page.bone(out(stop + page.u(2, 6), sheet_z - page.u(0, 6)), out(stop + page.u(8, 14), sheet_z - page.u(6, 14)), out(stop + 22, sheet_z - 6))
    if style == "process" and page.chance(0.8):
        page.bone(out(stop - page.u(2, 6), sheet_z + page.u(-1, 2)), out(stop + page.u(6, 14), sheet_z + page.u(-3, 3)), gain_db=page.u(-8, -2))
    page.blob(out(stop, sheet_z + 16), (page.u(9, 15), page.u(8, 13)), page.u(-6, 1), page.u(0, 4))  # psoas
    page.aim, page.reach_mm = root, 22.0
