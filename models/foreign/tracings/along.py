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
    (x0, z0), (x1, z1), u = start, end, page.u
    lifts = {
        "saw": ((0.5, u(-0.8, 0.8)),),
        "horse": ((u(0.3, 0.45), u(1, 3)), (u(0.65, 0.8), u(2.5, 5.5))),
        "bar": ((0.5, u(-0.5, 1.0)),),
        "saddle": ((0.4, u(-2.5, -0.5)), (0.75, u(0, 1.5))),
    }[style]
    middle = [(x0 + share * (x1 - x0), z0 + share * (z1 - z0) - lift) for share, lift in lifts]
    page.bone(*page.brow(start, -1, u(2, 5)), start, *middle, end, *page.brow(end, 1, u(2.5, 6)), gain_db=gain_db)


def paramedian_oblique(page: Page) -> None:
    u, style = page.u, page.pick("saw", "saw", "horse", "horse", "bar", "saddle")
    pitch, window, under, across = u(26, 37), u(7.5, 17), u(3.5, 10), u(9, 17)
    saw = u(*{"saw": (2, 6.5), "horse": (-1, 4), "bar": (-2, 2), "saddle": (-2, 5)}[style])
    drift = u(-3.5, 3.5)  # from level to level: lordosis and a heeled probe
    edges: list[Point] = []
    for level in (-2, -1, 0, 1):
        bend = level * drift + u(-1.2, 1.2)
        edges += [(level * pitch + window / 2, bend + saw), ((level + 1) * pitch - window / 2, bend + u(-0.5, 0.5))]
        _lamina(page, style, edges[-2], edges[-1], u(-3, 0) if level in (-2, 1) else 0.0)
    cranial, caudal = edges[3:5]
    for level in (-1, 0, 1):
        _complexes(page, (cranial, caudal), (level * pitch, level * drift), under, across, u(-6, 0) if level else 0.0)
    page.mark("lamina_cranial", cranial)
    page.mark("lamina_caudal", caudal)
    page.along = True


def _complexes(page: Page, edges: tuple[Point, Point], shift: Point, under: float, across: float, gain_db: float) -> None:
    """Both complexes on the perpendicular through the middle between a window's edges. The window that is not shifted has the marks."""
    u, (one, other) = page.u, edges
    width = hypot(other[0] - one[0], other[1] - one[1])
    down = (one[1] - other[1]) / width, (other[0] - one[0]) / width
    middle = (one[0] + other[0]) / 2 + shift[0], (one[1] + other[1]) / 2 + shift[1]
    slope, flat, half = u(-0.1, 0.35), u(-0.15, 0.15), width * u(0.45, 0.75)
    rear, front = ((middle[0] + way * down[0], middle[1] + way * down[1]) for way in (under, under + across))

    def line(at: Point, tilt: float, lower: float = 0.0) -> list[Point]:
        return [(at[0] + way * half, at[1] + way * tilt * half + lower) for way in (-1, 0, 1)]

    page.sheet(*line(rear, slope), gain_db=gain_db + u(0, 6))
    if page.chance(0.5):
        page.sheet(*line(rear, slope, u(2, 3.4)), gain_db=gain_db + u(-3, 2))
    page.bone(*line(front, flat), gain_db=gain_db + u(-3, 4), opacity=u(0.6, 0.93))
    page.blob(((rear[0] + front[0]) / 2, (rear[1] + front[1]) / 2 + 1), (half, across / 2 - 1.5), u(-12, -3))
    if shift == (0.0, 0.0):
        page.mark("posterior_complex", rear, "sheet")
        page.mark("anterior_complex", front, "sheet")


def longitudinal_sacral_hiatus(page: Page) -> None:
    u, style = page.u, page.pick("plain", "plain", "knob", "steep", "thin", "long")
    slope = u(0.35, 0.75) if style == "steep" else u(-0.1, 0.4)
    canal = u(1.8, 3.2) if style == "thin" else u(2.8, 7.5)
    rise = u(-0.12, 0.22)  # of the dorsal wall towards cranial: minus is deeper
    wall = [(-x, -rise * x + u(-1.2, 1.2)) for x in (46.0, 34.0, 22.0)]
    wall += [(-13.0, -rise * 13 - (u(2, 5) if style == "knob" else u(-0.5, 1.5))), (-5.0, -u(0, 1.2)), (0.0, 0.0)]
    page.bone(*wall, *page.brow((0.0, 0.0), 1, u(1.2, 2.2), 0.7))
    tail = u(20, 36) if style == "long" else u(13, 26)
    close, sag = u(0.15, 0.7), u(-0.8, 0.8)  # close: of the canal's height, left at the ligament's end

    def on(distance: float, depth: float) -> Point:
        return distance * cos(slope) - depth * sin(slope), distance * sin(slope) + depth * cos(slope)

    scl, floor = on(5.0, 0.7), on(5.0, 0.7 + canal)
    page.sheet((0.2, 0.6), scl, on(tail * 0.6, 0.7 + sag), on(tail, 0.9), gain_db=u(2, 8))
    if page.chance(0.6):  # the ligament's deep face
        page.sheet(on(1, 2.2), on(5, u(2.2, 2.8)), on(tail * 0.9, 2.3 + sag * 0.5), gain_db=u(-5, 4))
    caudal = on(tail * 0.55, 0.7 + canal * (close + 1) / 2), on(tail, 0.9 + canal * close)
    page.bone((-14.0, floor[1] - u(-1, 2)), on(-2, 0.7 + canal * u(0.95, 1.2)), floor, *caudal, gain_db=u(-2, 3))
    if page.chance(0.7):  # the first coccygeal piece beyond a notch
        page.bone(on(tail + 2, canal * close + 1), on(tail + 5, canal * close - 1), on(tail + 13, canal * close + 2), gain_db=-1)
    page.blob(on(tail * 0.35, 0.8 + canal * 0.55), (tail * 0.3, max(0.7, canal * 0.28)), u(-10, -3))
    page.mark("hiatus_apex", (0.0, 0.0))
    page.mark("scl", scl, "sheet")
    page.mark("sacral_floor", floor)
    page.along, page.muscle, page.most_cover_mm = True, False, 32.0
