"""Sagittal views, cranial on the left, as traced from published sonograms.

Paramedian oblique: a row of laminae, as saw teeth, as horses' heads or as bars, and between them windows with a posterior and an anterior complex.
Longitudinal hiatus: the sacrum's dorsal wall ends at the apex, a band runs on over a thin canal to the coccyx, the ventral wall lies beneath.
Sizes: laminae 25 to 36 mm apart (levels 31.5 +-4, J Clin Anesth S0952-8180(16)30909-6), windows 6 to 16 mm; canal as in sacrum.py.
"""

from __future__ import annotations

from math import cos, hypot, sin

from models.foreign.tracings.page import Page, Point


def _lamina(page: Page, style: str, start: Point, end: Point, gain_db: float = 0.0) -> None:
    """A lamina's dorsal echo from its cranial to its caudal edge, both given. Beyond the edges it bends away."""
    (x0, z0), (x1, z1) = start, end
    length = x1 - x0

    def at(share: float, lift: float) -> Point:
        return x0 + share * length, z0 + (z1 - z0) * share - lift

    middle = {
        "saw": [at(0.5, page.u(-0.8, 0.8))],
        "horse": [at(page.u(0.3, 0.45), page.u(1, 3)), at(page.u(0.65, 0.8), page.u(2.5, 5.5))],
        "bar": [at(0.5, page.u(-0.5, 1.0))],
        "saddle": [at(0.4, page.u(-2.5, -0.5)), at(0.75, page.u(0, 1.5))],
    }[style]
    page.bone(*page.brow(start, -1, page.u(2, 5))[::-1], start, *middle, end, *page.brow(end, 1, page.u(2.5, 6)), gain_db=gain_db)


def paramedian_oblique(page: Page) -> None:
    style = page.pick("saw", "saw", "horse", "horse", "bar", "saddle")
    pitch, window = page.u(25, 36), page.u(6.5, 16)
    saw = {"saw": page.u(3, 9), "horse": page.u(0, 5), "bar": page.u(-2, 2), "saddle": page.u(-2, 5)}[style]
    drift = page.u(-3.5, 3.5)  # from level to level: lordosis and a heeled probe
    under, across = page.u(3.5, 10), page.u(9, 17)
    for level in (-2, -1, 0, 1):
        x0 = level * pitch + window / 2 + page.u(-1, 1) * (level not in (-1, 0))
        x1 = (level + 1) * pitch - window / 2
        bend = level * drift + page.u(-1.2, 1.2)
        start, end = (x0, bend + saw), (x1, bend + page.u(-0.5, 0.5))
        if level == -1:
            cranial = end
        if level == 0:
            caudal = start
        _lamina(page, style, start, end, gain_db=page.u(-3, 0) if level in (-2, 1) else 0.0)
    for level in (-1, 0, 1):
        shown = level == 0
        _complexes(page, cranial, caudal, (level * pitch, level * drift), under, across, marked=shown, gain_db=0 if shown else page.u(-6, 0))
    page.mark("lamina_cranial", cranial)
    page.mark("lamina_caudal", caudal)
    page.aim, page.reach_mm, page.along = (0.0, cranial[1] + under), 25.0, True


def _complexes(page: Page, cranial: Point, caudal: Point, shift: Point, under: float, across: float, *, marked: bool, gain_db: float) -> None:
    """Both complexes on the perpendicular through the middle between the window's edges."""
    dx, dz = caudal[0] - cranial[0], caudal[1] - cranial[1]
    width = hypot(dx, dz)
    down = (-dz / width, dx / width)
    middle = (cranial[0] + caudal[0]) / 2 + shift[0], (cranial[1] + caudal[1]) / 2 + shift[1]
    slope, flat = page.u(-0.1, 0.35), page.u(-0.15, 0.15)
    half = width * page.u(0.45, 0.75)
    rear = middle[0] + under * down[0], middle[1] + under * down[1]
    front = middle[0] + (under + across) * down[0], middle[1] + (under + across) * down[1]

    def line(at: Point, tilt: float, lower: float = 0.0) -> list[Point]:
        return [(at[0] - half, at[1] - tilt * half + lower), (at[0], at[1] + lower), (at[0] + half, at[1] + tilt * half + lower)]

    page.sheet(*line(rear, slope), gain_db=gain_db + page.u(0, 6))
    if page.chance(0.5):
        page.sheet(*line(rear, slope, page.u(2, 3.4)), gain_db=gain_db + page.u(-3, 2))
    page.bone(*line(front, flat), gain_db=gain_db + page.u(-3, 4), opacity=page.u(0.6, 0.93))
    if page.chance(0.4):
        page.sheet(*line(front, flat, page.u(3, 5)), gain_db=gain_db - 2)
    page.blob(((rear[0] + front[0]) / 2, (rear[1] + front[1]) / 2 + 1), (half, across / 2 - 1.5), page.u(-12, -3))
    if marked:
        page.mark("posterior_complex", rear, 0, "sheet")
        page.mark("anterior_complex", front, 0, "sheet")


def longitudinal_sacral_hiatus(page: Page) -> None:
    style = page.pick("plain", "plain", "knob", "steep", "thin", "long")
    slope = page.u(0.35, 0.75) if style == "steep" else page.u(-0.1, 0.4)
    canal = page.u(1.8, 3.2) if style == "thin" else page.u(2.8, 7.5)
    rise = page.u(-0.12, 0.22)  # of the dorsal wall towards cranial: minus is deeper
    wall = [(-x, -rise * x + page.u(-1.2, 1.2)) for x in (46.0, 34.0, 22.0)]
    wall += [(-13.0, -rise * 13 - (page.u(2, 5) if style == "knob" else page.u(-0.5, 1.5))), (-5.0, -page.u(0, 1.2)), (0.0, 0.0)]
    wall += page.brow((0.0, 0.0), 1, page.u(1.2, 2.2), 0.7)
    page.bone(*wall)
    along, normal = (cos(slope), sin(slope)), (-sin(slope), cos(slope))
    tail = page.u(20, 36) if style == "long" else page.u(13, 26)
    close = page.u(0.15, 0.7)  # of the canal's height, left at the ligament's end

    def on(distance: float, depth: float) -> Point:
        return distance * along[0] + depth * normal[0], distance * along[1] + depth * normal[1]

    sag = page.u(-0.8, 0.8)
    scl, floor = on(5.0, 0.7), on(5.0, 0.7 + canal)
    page.sheet((0.2, 0.6), scl, on(tail * 0.6, 0.7 + sag), on(tail, 0.9), gain_db=page.u(2, 8))
    if page.chance(0.6):
        page.sheet(on(1, 2.2), on(5, page.u(2.2, 2.8)), on(tail * 0.9, 2.3 + sag * 0.5), gain_db=page.u(-5, 4))
    coccyx = on(tail, 0.9 + canal * close)
    page.bone((-14.0, floor[1] - page.u(-1, 2)), on(-2, 0.7 + canal * page.u(0.95, 1.2)), floor, on(tail * 0.55, 0.7 + canal * (close + 1) / 2), coccyx,
              gain_db=page.u(-2, 3))  # fmt: skip
    if page.chance(0.6):  # the first coccygeal piece beyond a notch
        page.bone(on(tail + 2, canal * close + 1), on(tail + 5, canal * close - 1), on(tail + 13, canal * close + 2), gain_db=-1)
    page.blob(on(tail * 0.35, 0.8 + canal * 0.55), (tail * 0.3, max(0.7, canal * 0.28)), page.u(-10, -3))
    page.mark("hiatus_apex", (0.0, 0.0))
    page.mark("scl", scl, 0, "sheet")
    page.mark("sacral_floor", floor)
    page.aim, page.reach_mm, page.along, page.muscle, page.most_cover_mm = (5.0, canal), 16.0, True, False, 32.0
