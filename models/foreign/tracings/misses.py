"""What shows none of the ten views: near misses of the same bones, other bones, soft parts, gel and air.

A near miss lacks what names a view: parasagittal rows (trident of transverse processes, camel humps of articular processes, caps of spinous
processes), planes between the sacral holes, one bone alone, cuts far too oblique, the coccyx, ribs with pleura.
"""

from __future__ import annotations

from collections.abc import Callable

from models.foreign.tracings.page import Page


def _arc(page: Page, x: float, z: float, half: float, fall: float) -> None:
    """A bone's round back."""
    end = half * page.u(0.5, 0.8)
    page.bone((x - half, z + fall), (x - end, z + fall * 0.25), (x, z), (x + end, z + fall * 0.25), (x + half, z + fall))


def _row(page: Page, pitch: float, half: float, fall: float, *, joined: bool = False) -> None:
    """A row of humps along the picture."""
    first = page.u(-0.5, 0.5) * pitch
    for x in (first + level * pitch for level in range(-2, 3)):
        _arc(page, x + page.u(-2, 2), page.u(-2, 2), half * page.u(0.8, 1.2), fall)
        if joined:
            page.bone((x + half, fall), (x + pitch - half, fall + page.u(-1, 1)), gain_db=-3)
    page.along = True


def _sheets(page: Page, *depths: float, gain_db: float = 0.0, opacity: float = 0.08) -> None:
    for z in depths:
        page.sheet((-130, z + page.u(-9, 9)), (0, z), (130, z + page.u(-9, 9)), gain_db=gain_db + page.u(-4, 4), opacity=opacity)


def trident(page: Page) -> None:
    """Transverse processes over the psoas, or ribs over the pleura."""
    ribs = page.chance(0.4)
    _row(page, page.u(17, 26) if ribs else page.u(26, 36), page.u(4.5, 7.5), page.u(1.5, 5))
    if ribs:
        _sheets(page, page.u(5, 10), gain_db=5, opacity=0.9)
    else:
        _sheets(page, page.u(10, 20), page.u(22, 34), gain_db=-3)


def humps(page: Page) -> None:
    """The camel's, or the caps of spinous processes, which nothing joins."""
    joined = page.chance(0.6)
    _row(page, page.u(24, 36), page.u(7, 12), page.u(4, 9) if joined else page.u(1, 3), joined=joined)


def one_arc(page: Page) -> None:
    """A spinous process alone, or the coccyx."""
    _arc(page, 0, 0, page.u(2.5, 12), page.u(2, 8))
    page.muscle = page.chance(0.6)


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
    page.bone(*[(x, slant * x + 10 + page.u(-1.5, 1.5)) for x in (-page.u(14, 34), -8.0, 6.0, page.u(14, 34))])


def between_holes(page: Page) -> None:
    """The sacrum's roof between two levels: a crest and two unbroken slopes."""
    height, fall = page.u(2, 10), page.u(0.05, 0.5)
    for _ in page.sides():
        page.bone((0, 0.2), (2.5, height * 0.5), *[(x, height + fall * (x - 5) + page.u(-1.3, 1.3)) for x in (5, 13, 21, 29, page.u(36, 44))])


def median_sacrum(page: Page) -> None:
    page.bone(*[(x, page.u(-1.5, 1.5) + 0.0008 * x * x + page.u(1, 5) * (x % 24 == 0)) for x in range(-60, 61, 12)])
    page.along = True


def ilium_alone(page: Page) -> None:
    page.flip = page.pick_side()
    page.bone((-page.u(2, 6), page.u(8, 18)), (0, 0), (page.u(10, 18), -page.u(-2, 5)), (page.u(26, 40), page.u(-6, 10)))


def pieces(page: Page) -> None:
    """Short bright bits of several bones, none whole: a plane that grazes a spine."""
    for _ in range(int(page.rng.integers(2, 5))):
        x, z, half, tilt = page.u(-28, 28), page.u(0, 22), page.u(2, 7), page.u(-0.6, 0.6)
        page.bone((x - half, z - tilt * half + 1), (x, z), (x + half, z + tilt * half + 1), gain_db=page.u(-7, 1), opacity=page.u(0.55, 0.97))


def thoracic(page: Page) -> None:
    """Another level: a steep spinous process, flat laminae, blunt transverse processes as shallow as they, and ribs over the pleura."""
    height = page.u(12, 20)
    _arc(page, 0, 0, page.u(2.5, 4), height)
    for _ in page.sides():
        end = page.u(22, 30)
        page.bone((4, height), (13, height + page.u(-1, 2)), (end - 4, height - page.u(1, 5)), (end, height), (end, height + 4))
        page.bone((end + 2, height + page.u(3, 6)), (end + page.u(12, 22), height + page.u(4, 9)), gain_db=-2)
    _sheets(page, height + page.u(14, 19), gain_db=4, opacity=0.9)


def kidney(page: Page) -> None:
    x, z, size = page.u(-15, 25), page.u(20, 45), page.u(16, 26)
    page.blob((x, z), (size * 1.7, size), page.u(-8, -3), page.u(3, 8))
    page.blob((x, z), (size * 0.9, size * 0.35), page.u(4, 10))


def limb(page: Page) -> None:
    radius = page.u(7, 22)
    _arc(page, 0, 0, radius, radius * page.u(0.6, 1.1))
    vessels(page)


def vessels(page: Page) -> None:
    for _ in range(int(page.rng.integers(1, 4))):
        radius = page.u(1.5, 6)
        page.blob((page.u(-20, 20), page.u(-5, 25)), (radius * page.u(1, 1.6), radius), page.u(-22, -10), page.u(2, 9))


def muscle_only(page: Page) -> None:
    _sheets(page, *page.rng.uniform(0, 40, page.rng.integers(1, 5)))
    page.along = page.chance(0.5)


NEAR: tuple[Callable[[Page], None], ...] = (trident, trident, humps, humps, one_arc, tips_alone, oblique, between_holes, median_sacrum, pieces)
NEAR += (ilium_alone, thoracic)
FAR: tuple[Callable[[Page], None], ...] = (kidney, limb, limb, vessels, muscle_only)


def none(page: Page) -> None:
    """Three in five are near misses. Gel and air are looks (looks.py): the page is bare then."""
    draw = page.u(0, 1)
    page.aim = (page.u(-8, 8), page.u(8, 20))
    kinds = NEAR if draw < 0.6 else FAR if draw < 0.93 else (lambda _: None,)
    kinds[int(page.rng.integers(len(kinds)))](page)
