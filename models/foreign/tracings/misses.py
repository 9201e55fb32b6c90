"""What shows none of the ten views: near misses of the same bones, other bones, soft parts, gel and air.

A near miss lacks what names a view: parasagittal rows (trident of transverse processes, camel humps of articular processes, caps of spinous
processes), planes between the sacral holes, one bone alone, cuts far too oblique, the coccyx, ribs with pleura.
"""

from __future__ import annotations

from collections.abc import Callable

from models.foreign.tracings.page import Page, Point


def _row(page: Page, pitch: float, width: float, height: float, *, gaps: bool, opacity: float = 0.985) -> None:
    """A row of humps along the picture."""
    first = page.u(-0.5, 0.5) * pitch
    for level in range(-2, 3):
        x, z = first + level * pitch + page.u(-2, 2), page.u(-2, 2)
        w = width * page.u(0.8, 1.2) / 2
        page.bone((x - w, z + height), (x - w * 0.55, z + height * 0.25), (x, z), (x + w * 0.55, z + height * 0.25), (x + w, z + height), opacity=opacity)
        if not gaps:
            page.bone((x + w, z + height), (x + pitch - w, height + page.u(-1, 1)), gain_db=-3)
    page.along, page.reach_mm = True, 20.0


def trident(page: Page) -> None:
    _row(page, page.u(26, 36), page.u(9, 15), page.u(1.5, 5), gaps=True)
    for depth in (page.u(10, 20), page.u(22, 34)):
        page.sheet((-60, depth + page.u(-3, 3)), (0, depth), (60, depth + page.u(-3, 3)), gain_db=page.u(-6, 0))


def humps(page: Page) -> None:
    _row(page, page.u(24, 34), page.u(22, 30), page.u(4, 9), gaps=False)


def caps(page: Page) -> None:
    _row(page, page.u(28, 36), page.u(14, 24), page.u(1, 3), gaps=True)


def spinous_alone(page: Page) -> None:
    half = page.u(2, 7)
    page.bone((-half - 1, page.u(5, 9)), (-half, page.u(1, 3)), (0, 0), (half, page.u(1, 3)), (half + 1, page.u(5, 9)))


def tips_alone(page: Page) -> None:
    """Beside the spine: the end of a transverse process, psoas, perhaps the kidney."""
    end, tilt = page.u(8, 20), page.u(-5, 5)
    page.bone((-page.u(8, 22), tilt), (0, 0), (end, -tilt * 0.4), (end + 1.2, 3.5))
    page.blob((end + page.u(6, 16), page.u(8, 22)), (page.u(10, 18), page.u(8, 14)), page.u(-7, 2), page.u(0, 5))
    if page.chance(0.4):
        kidney(page)


def oblique(page: Page) -> None:
    """One long slant of bone: lamina and humps cut far too obliquely."""
    slant = page.u(0.25, 0.8) * page.pick_side()
    xs = [-page.u(14, 34), -8.0, 6.0, page.u(14, 34)]
    page.bone(*[(x, slant * x + 10 + page.u(-1.5, 1.5)) for x in xs])


def between_holes(page: Page) -> None:
    """The sacrum's roof between two levels: a crest and two unbroken slopes."""
    height, fall = page.u(2, 10), page.u(0.05, 0.5)
    for side in (-1, 1):
        points: list[Point] = [(side * x, height + fall * (x - 5) + page.u(-1.3, 1.3)) for x in (5.0, 13.0, 21.0, 29.0, page.u(36, 44))]
        page.bone((0, page.u(0, 0.5)), (side * 2.5, height * 0.5), *points)
    page.reach_mm = 32.0


def median_sacrum(page: Page) -> None:
    points: list[Point] = [(x, page.u(-1.5, 1.5) + 0.0008 * x * x + (page.u(1, 5) if index % 2 else 0)) for index, x in enumerate(range(-60, 61, 12))]
    page.bone(*points)
    page.along = True


def ilium_alone(page: Page) -> None:
    side = page.pick_side()
    page.bone((-side * page.u(2, 6), page.u(8, 18)), (0, 0), (side * page.u(10, 18), -page.u(-2, 5)), (side * page.u(26, 40), page.u(-6, 10)))


def coccyx(page: Page) -> None:
    half = page.u(4, 9)
    page.bone((-half - 3, page.u(4, 8)), (-half, page.u(1, 2.5)), (0, 0), (half, page.u(1, 2.5)), (half + 3, page.u(4, 8)))
    page.muscle, page.most_cover_mm = False, 25.0


def ribs(page: Page) -> None:
    _row(page, page.u(17, 26), page.u(9, 14), page.u(1.5, 4), gaps=True)
    pleura = page.u(5, 10)
    page.sheet((-60, pleura + page.u(-2, 2)), (0, pleura), (60, pleura + page.u(-2, 2)), gain_db=page.u(3, 9), opacity=0.9)


def kidney(page: Page) -> None:
    x, z, size = page.u(-15, 25), page.u(20, 45), page.u(16, 26)
    page.blob((x, z), (size * 1.7, size), page.u(-8, -3), page.u(3, 8))
    page.blob((x, z), (size * 0.9, size * 0.35), page.u(4, 10))
    if page.chance(0.5):
        page.blob((x + page.u(-9, 9), z), (3, 3), page.u(-15, -8))


def limb(page: Page) -> None:
    radius = page.u(7, 22)
    page.bone((-radius, radius * page.u(0.6, 1.1)), (-radius * 0.6, radius * 0.25), (0, 0), (radius * 0.6, radius * 0.25), (radius, radius * page.u(0.6, 1.1)))
    if page.chance(0.4):
        x = (radius + page.u(8, 18)) * page.pick_side()
        page.bone((x - 6, 9), (x, 4), (x + 6, 9), gain_db=-3)
    vessels(page)


def shaft(page: Page) -> None:
    tilt = page.u(-0.2, 0.2)
    page.bone(*[(x, tilt * x + page.u(-0.7, 0.7)) for x in (-70.0, -30.0, 0.0, 30.0, 70.0)])
    page.along = True


def vessels(page: Page) -> None:
    for _ in range(int(page.rng.integers(1, 4))):
        radius = page.u(1.5, 6)
        page.blob((page.u(-20, 20), page.u(-5, 25)), (radius * page.u(1, 1.6), radius), page.u(-22, -10), page.u(2, 9))


def muscle_only(page: Page) -> None:
    for _ in range(int(page.rng.integers(1, 5))):
        z, tilt = page.u(0, 40), page.u(-0.3, 0.3)
        page.sheet((-50, z - 50 * tilt), (0, z + page.u(-3, 3)), (50, z + 50 * tilt), gain_db=page.u(-6, 5))
    page.along = page.chance(0.5)


def pieces(page: Page) -> None:
    """Short bright bits of several bones, none whole: a plane that grazes a spine."""
    for _ in range(int(page.rng.integers(2, 5))):
        x, z, half, tilt = page.u(-28, 28), page.u(0, 22), page.u(2, 7), page.u(-0.6, 0.6)
        page.bone((x - half, z - tilt * half + 1), (x, z), (x + half, z + tilt * half + 1), gain_db=page.u(-7, 1), opacity=page.u(0.5, 0.97))


def crest_beside(page: Page) -> None:
    """Half of a vertebra whose joint and process are gone from the slice: a lamina that ends in the dark."""
    side, height = page.pick_side(), page.u(10, 24)
    page.bone((-side * 3, 3.0), (0, 0), (side * 3, 3.0), (side * 4, height * 0.6), (side * 5, height), (side * page.u(11, 15), height + page.u(0, 5)))


NEAR: tuple[Callable[[Page], None], ...] = (
    trident, humps, caps, spinous_alone, tips_alone, oblique, between_holes, median_sacrum, ilium_alone, coccyx, pieces, crest_beside,
)  # fmt: skip
FAR: tuple[Callable[[Page], None], ...] = (ribs, kidney, limb, shaft, vessels, muscle_only)


def none(page: Page) -> None:
    """Three in five are near misses. Gel and air are looks (looks.py): the page is bare then."""
    draw = page.u(0, 1)
    page.aim = (page.u(-8, 8), page.u(8, 20))
    if draw < 0.93:
        kinds = NEAR if draw < 0.6 else FAR
        kinds[int(page.rng.integers(len(kinds)))](page)
