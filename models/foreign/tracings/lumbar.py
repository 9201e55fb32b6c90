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


def _spine(page: Page, height: float, roots: list[Point], *, marked: bool = True) -> None:
    """A spinous process from the laminae's roots (left, right; x outwards) up to its tip at depth 0."""
    u = page.u
    lean, half, neck, waist = u(-3, 3), u(2.2, 6), u(1.5, 3.5), height * u(0.35, 0.7)
    cap = ((lean - half, u(1.0, 3.5)), (lean, 0.0), (lean + half, u(1.0, 3.5)))
    page.bone((-roots[0][0], roots[0][1]), (lean / 2 - neck, waist), *cap, (lean / 2 + neck, waist), roots[1])
    if marked:
        page.mark("spinous_process", (lean, 0.0))


def _middle(page: Page, one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2 + page.u(-0.6, 1.4)


def transverse_facet(page: Page) -> None:
    u, style = page.u, page.pick("plain", "plain", "between", "arthritic", "stepped", "turned")
    height, lean_z, cut = u(15, 29), u(-4, 4), page.pick_side() if style == "turned" else 0
    dim = u(-9, -2) if style == "between" else 0.0
    swell, gaps = (u(1.4, 2.0), (0.7, 1.6)) if style == "arthritic" else (1.0, (1.2, 3.6))
    roots: list[Point] = []
    for side in page.sides():
        x, top, gap = u(13.5, 23.5), height + u(-6, 7) + side * lean_z, u(*gaps) / 2
        rise = top + (u(2.6, 4.0) * page.pick_side() if style == "stepped" else u(-2, 2))
        foot = x - gap - swell * u(5, 7.5), top + swell * u(1.5, 4)
        roots.append((min(u(3.5, 6.5), foot[0] - 2.5), height + u(-2.5, 2)))
        lamina = _middle(page, roots[-1], foot)
        page.mark("lamina", lamina)
        if side == cut:  # turned: this side is cut above the joint, through the lamina alone
            page.bone(roots[-1], lamina, foot, (x + u(-3, 2), top + u(4, 8)))
            continue
        inner = u(2.5, 5)
        page.bone(roots[-1], lamina, foot, gain_db=dim)
        page.bone(foot, (x - gap - swell * u(1.5, 2.8), top), (x - gap, top + u(0.2, 1.0)), (x - gap + 0.3, top + inner))
        far = x + gap + swell * u(1.5, 3.0)
        edge = ((x + gap - 0.3, rise + inner), (x + gap, rise + u(0.2, 1.0)))
        page.bone(*edge, (far, rise), (far + swell * u(2.5, 4.5), rise + u(1.5, 4)), (far + swell * u(4, 7), rise + u(8, 16)))
        if page.chance(0.75):  # the joint's ground, cartilage and bone
            page.bone((x - gap, top + inner), (x + gap, rise + inner), gain_db=u(-12, -5), opacity=u(0.6, 0.95))
        page.mark("facet", (x, (top + rise) / 2), "opening")
        if page.chance(0.3):  # the transverse process of the vertebra below, half in the slice
            page.bone((x + u(12, 16), rise + u(11, 18)), (x + u(20, 27), rise + u(11, 18)), gain_db=u(-14, -7), opacity=0.7)
    if style != "between":
        _spine(page, height, roots)
    elif page.chance(0.6):  # only its tip, half in the slice
        page.bone((-u(1.5, 4), u(1, 3)), (0, 0), (u(1.5, 4), u(1, 3)), gain_db=u(-6, 0), opacity=u(0.7, 0.97))
        page.mark("spinous_process", (0.0, 0.0))


def transverse_process(page: Page) -> None:
    u, style = page.u, page.pick("steps", "steps", "swept", "broad", "mamillary", "hairline", "lateral")
    height, lean_z = u(17, 30), u(-4, 4)
    drops, lengths = ((5, 9), (9, 16)) if style == "broad" else ((6.5, 15), (12, 26))
    roots: list[Point] = []
    for side in page.sides():
        sap, apex = u(14, 21.5), height + u(-4, 5) + side * lean_z
        groove = sap + u(3.8, 8.5), apex + u(*drops)
        length = u(*lengths)
        tip = groove[0] + length, groove[1] + length * (u(-0.5, -0.15) if style == "swept" else u(-0.22, 0.22))
        foot = sap - u(3.5, 6), apex + u(1.5, 4.5)
        roots.append((min(u(3.5, 6.5), sap - 9), height + u(-2, 2)))
        lamina = _middle(page, roots[-1], foot)
        if style != "lateral" or page.chance(0.3):
            page.bone(roots[-1], lamina, foot)
            page.mark("lamina", lamina)
        start = (foot[0] + 0.8, foot[1] + u(1, 3)) if style == "hairline" else foot
        knob = [(sap + 2.0, apex + 2.2), (sap + 3.2, apex + u(0.6, 1.6))] if style == "mamillary" else [(sap + u(1.8, 3), apex + u(0.5, 2.2))]
        page.bone(start, (sap, apex), *knob, (groove[0] - u(0.5, 1.4), groove[1] - u(1.5, 3.0)), groove)
        half = (groove[0] + tip[0]) / 2, (groove[1] + tip[1]) / 2 + min(u(-2, 1), 0.4)
        page.bone(groove, half, tip, (tip[0] + 1.2, tip[1] + u(2, 4)), gain_db=u(-3, 2))
        for name, at in (("sap_tip", (sap, apex)), ("tp_groove", groove), ("tp_tip", tip)):
            page.mark(name, at)
    if style != "lateral" or page.chance(0.4):
        _spine(page, height, roots)


def transverse_interlaminar(page: Page) -> None:
    u, style = page.u, page.pick("bat", "bat", "narrow", "wide", "tent", "plain")
    level, lean_z = u(13, 26), u(-3, 3)
    rear = level + u(4.5, 14)
    front, halves = rear + u(9, 18), []
    for side in page.sides():
        edge = u(*{"narrow": (4.5, 7.0), "wide": (10.0, 14.0)}.get(style, (6.5, 11.0))), level + u(-3, 3) + side * lean_z
        hump = edge[0] + u(3, 7), edge[1] - u(0.3, 3.5)
        end = hump[0] + u(4, 8)
        page.bone(*page.brow(edge, -1, u(2.5, 6)), edge, hump, (end, edge[1] + u(0.5, 4)), (end + u(0.5, 3), edge[1] + u(7, 15)))
        page.mark("articular_process", edge)
        halves.append(edge[0] - u(0.5, 2))
        if style == "bat" or page.chance(0.25):  # wings: transverse processes or their ligament
            page.bone((end + u(3, 6), edge[1] + u(8, 15)), (end + u(12, 24), edge[1] + u(8, 15)), gain_db=u(-9, -2))
    left, right, off = -halves[0], halves[1], u(-1.2, 1.2)
    slack = rear + (u(2, 5) if style == "tent" else u(-0.8, 1.5))
    page.sheet((left, slack), (off, rear), (right, slack + u(-1, 1)), gain_db=u(0, 7))
    if page.chance(0.5):  # dura beneath the flavum: the equals sign
        page.sheet((left, slack + 2.8), (off, rear + u(2.2, 3.4)), (right, slack + 2.8), gain_db=u(-4, 2))
    bow = front + u(-1.5, 1.0)
    page.bone((left * 0.95, bow), (off, front), (right * 0.95, bow), gain_db=u(-3, 4), opacity=u(0.6, 0.93))
    page.mark("posterior_complex", (off, rear), "sheet")
    page.mark("anterior_complex", (off, front), "sheet")
    page.blob((off, (rear + front) / 2 + 1), (max(-left, right) * 0.9, (front - rear) / 2 - 1.2), u(-14, -4))  # the sac
    if page.chance(0.6):  # interspinous ligament
        page.blob((off, rear * 0.5), (u(1.5, 3.5), rear * 0.45), u(-7, 3))


def _window(page: Page, level: float) -> None:
    """What lies medial of the humps where the cut passes between laminae: the other hump, and the canal's two lines, dim. x counts outwards."""
    u, x, half = page.u, -page.u(9, 13), page.u(5, 8)
    page.bone((x - half, level + u(3, 7)), (x, level + u(-3, 3)), (x + half, level + u(3, 7)), gain_db=u(-4, 1))
    for z, gain_db in ((level + u(7, 12), u(-7, 0)), (level + u(19, 27), u(-9, -1))):
        page.bone((-half, z), (half, z), gain_db=gain_db, opacity=0.55)


def transverse_foramen(page: Page) -> None:
    u, style = page.u, page.pick("plain", "plain", "overhang", "iliac", "midline", "midline")
    page.flip = page.pick_side()
    level, x = u(15, 28), u(19, 29)
    edge, dip = (x, level + u(1, 5)), (x - u(9, 13), level + u(1.5, 6))
    end = x + (u(-2.5, -0.5) if style == "overhang" else u(0.2, 2.2)), edge[1] + u(5, 9)
    page.bone(dip, (x - u(3.5, 7), level), edge, *page.brow(edge, 1, u(1.5, 3)), end)
    if page.chance(0.65):
        base = u(4, 6), level + u(-3, 3)
        page.bone(base, _middle(page, base, dip), dip, gain_db=u(-5, 0))
        if style == "midline":  # a spinous process, which is no landmark of this view
            _spine(page, level, [(5.0, level + 2), base], marked=False)
    else:
        _window(page, level)
    sheet_z, start = edge[1] + u(5, 12), x + u(0, 2)
    stop, fall = start + u(11, 22), u(-3, 4)
    middle = (start + stop) / 2, sheet_z + fall / 2 + u(-0.8, 0.8)
    page.sheet((start, sheet_z), middle, (stop, sheet_z + fall), gain_db=u(-2, 4))
    body = bx, bz = x + u(1.5, 6.5), sheet_z + u(10, 18)
    flank = (bx + u(3, 6), bz + u(2.5, 6)), (bx + u(7, 11), bz + u(10, 20))
    page.bone((bx - u(4, 7), bz - u(-1.0, 1.5)), body, *flank, gain_db=u(-3, 3))
    radius, bright = u(2.0, 3.8), page.chance(0.55)
    root = max(bx + u(1.0, 6), x + 2.5), sheet_z + radius + u(2.0, max(2.2, bz - sheet_z - 2 * radius - 1))
    page.blob(root, (radius * u(1, 1.5), radius), *((u(5, 10), u(0, 3)) if bright else (u(-11, -5), u(3, 8))))
    page.mark("articular_edge", edge)
    page.mark("intertransverse_ligament", middle, "sheet")
    page.mark("vertebral_edge", body)
    page.mark("nerve_root", root, "blob")
    if style == "iliac":
        page.bone((stop + u(2, 6), sheet_z - u(0, 6)), (stop + u(8, 14), sheet_z - u(6, 14)), (stop + 22, sheet_z - 6))
    page.blob((stop, sheet_z + 16), (u(9, 15), u(8, 13)), u(-6, 1), u(0, 4))  # psoas
