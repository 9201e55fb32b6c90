"""Sections that are no view: flesh, vessels, limbs, ribs, an organ, an empty picture, and planes of the back that no reader would take for a view."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.ribbons.ribbon import Draw, Knot, Patch, Ribbon, Section, chance, ribbon, sheet


def elsewhere(draw: Draw) -> Section:
    return _KINDS[int(draw.integers(len(_KINDS)))](draw)


def flesh(draw: Draw) -> Section:
    """Muscle with fasciae, on which no bone lies."""
    lines = []
    for y in np.cumsum(draw.uniform(5, 16, draw.integers(1, 6))):
        tilt = draw.normal(0, 0.12)
        lines.append(sheet(draw, [Knot(x, y + tilt * x + draw.normal(0, 1)) for x in (-60, -30, 0, 30, 60)], gain_db=draw.uniform(-10, 3)))
    return Section(tuple(lines), along=chance(draw, 0.5), least_mm=draw.uniform(15, 70))


def vessels(draw: Draw) -> Section:
    """Round holes in flesh, nerves beside them, in half over an arc of bone."""
    below = flesh(draw)
    holes = [
        Patch(draw.uniform(-20, 20), draw.uniform(4, 40), r, r * draw.uniform(0.5, 1), -30, draw.uniform(0, 8))
        for r in draw.uniform(2, 8, draw.integers(1, 4))
    ]
    nerves = [Patch(draw.uniform(-20, 20), draw.uniform(4, 30), r * 1.5, r, draw.uniform(-6, 6), 5) for r in draw.uniform(1.5, 4, 2)]
    bones = limb(draw).ribbons if chance(draw, 0.3) else ()
    return Section((*below.ribbons, *bones), (*holes, *nerves), least_mm=draw.uniform(20, 45))


def limb(draw: Draw) -> Section:
    """A shaft cut across (an arc), aslant or along (a line), alone or in twos."""
    ribbons: list[Ribbon] = []
    for _ in range(draw.integers(1, 3)):
        x, y, radius, tilt = draw.uniform(-18, 18), draw.uniform(2, 35), draw.uniform(4, 18), draw.normal(0, 0.2)
        if chance(draw, 0.4):
            knots = [Knot(x + u * 40, y + tilt * u * 40 + draw.normal(0, 0.5)) for u in (-1, -0.5, 0, 0.5, 1)]
        else:
            knots = [Knot(x + radius * np.sin(a), y + radius * (1 - np.cos(a)) + tilt * radius * np.sin(a)) for a in np.linspace(-1.5, 1.5, 13)]
        ribbons.append(ribbon(draw, knots))
    return Section((*ribbons, *flesh(draw).ribbons[:2]), least_mm=draw.uniform(20, 50))


def joint(draw: Draw) -> Section:
    """Two ends of bone with a space between, as at a knee, a finger or a shoulder."""
    y, gap, tilt = draw.uniform(3, 25), draw.uniform(2, 10), draw.normal(0, 0.15)
    step = draw.normal(0, 3)
    left = [Knot(-gap / 2 - 50, y + 4), Knot(-gap / 2 - 15, y + 2 - 15 * tilt), Knot(-gap / 2 - 4, y), Knot(-gap / 2, y + draw.uniform(3, 10))]
    right = [
        Knot(gap / 2, y + step + draw.uniform(3, 10)),
        Knot(gap / 2 + 4, y + step),
        Knot(gap / 2 + 20, y + step + 3),
        Knot(gap / 2 + 55, y + step + 5 + 30 * tilt),
    ]
    pad = Patch(0, y - 2, gap + 6, 3, draw.uniform(-12, 6))
    return Section((ribbon(draw, left), ribbon(draw, right), *flesh(draw).ribbons[:1]), (pad,), spread_mm=20, along=True, least_mm=y + 12)


def ribs(draw: Draw) -> Section:
    """Ribs across, the pleura's bright line between and under them, its copies below."""
    pitch, y, radius = draw.uniform(18, 28), draw.uniform(4, 22), draw.uniform(4, 8)
    bend = np.linspace(-1.4, 1.4, 9)
    arcs = _row(draw, pitch, 0.3, 1.0, lambda x, lift: [Knot(x + radius * np.sin(a), y + lift + 0.6 * radius * (1 - np.cos(a))) for a in bend])
    pleura = y + radius + draw.uniform(1, 5)
    copies = [sheet(draw, [Knot(-80, pleura * k), Knot(80, pleura * k)], gain_db=9 - 8 * k, thick_mm=1.2) for k in range(1, 4)]
    return Section((*arcs, *copies), along=True, least_mm=pleura * draw.uniform(1.2, 2.5))


def _row(draw: Draw, pitch: float, first: float, spread_mm: float, cap: Callable[[float, float], list[Knot]]) -> tuple[Ribbon, ...]:
    """Five bones in a row, pitch apart: cap gives each one's knots at its x and lift. first: where the middle one stands, of the pitch."""
    return tuple(ribbon(draw, cap(pitch * (number + first), draw.normal(0, spread_mm))) for number in range(-2, 3))


def organ(draw: Draw) -> Section:
    """A kidney, a liver with vessels, or a bladder under the wall."""
    x, y, half = draw.uniform(-15, 15), draw.uniform(25, 55), draw.uniform(22, 45)
    flat, tilt = half * draw.uniform(0.4, 0.6), draw.normal(0, 0.3)
    whole = Patch(x, y, half, flat, draw.uniform(-9, 3), draw.uniform(2, 9), tilt)
    middle = Patch(x, y, half * 0.55, flat * 0.45, draw.uniform(4, 12), 0, tilt) if chance(draw, 0.6) else Patch(x, y, half * 0.8, flat * 0.8, -25, 6)
    holes = [Patch(x + draw.uniform(-20, 20), y + draw.uniform(-10, 10), r * 2, r, -25, 5, draw.normal(0, 1)) for r in draw.uniform(1, 3, 3)]
    return Section(flesh(draw).ribbons[:2], (whole, middle, *holes), least_mm=y + draw.uniform(10, 40))


def empty(draw: Draw) -> Section:
    """Gel or water over nothing, or air right under the array: lines that repeat."""
    if chance(draw, 0.5):
        return Section((), (Patch(0, 60, 400, 200, -50),), layers=False, least_mm=draw.uniform(30, 100))
    pitch = draw.uniform(2, 9)
    lines = [sheet(draw, [Knot(-80, pitch * k), Knot(80, pitch * k)], gain_db=8 - 3.0 * k, thick_mm=0.8) for k in range(1, 9)]
    return Section(tuple(lines), (Patch(0, 60, 400, 200, -50),), layers=False, least_mm=draw.uniform(30, 100))


def along_processes(draw: Draw) -> Section:
    """Lengthways over the transverse processes: short caps far apart, with muscle between and far below."""
    pitch, y, half = draw.uniform(26, 36), draw.uniform(22, 36), draw.uniform(3.5, 7)

    def cap(x: float, lift: float) -> list[Knot]:
        edges = ((-1, 4), (-0.6, 0.6), (0, 0), (0.6, 0.6), (1, 4))
        return [Knot(x + half * aside, y + lift + deep) for aside, deep in edges]

    caps = _row(draw, pitch, 0.4, 1.5, cap)
    return Section(caps, along=True, spread_mm=14, least_mm=y + draw.uniform(5, 30))


def along_spines(draw: Draw) -> Section:
    """Lengthways over the spinous processes: shallow caps, dark between."""
    pitch, y, half = draw.uniform(26, 36), draw.uniform(0.5, 6), draw.uniform(6, 12)

    def cap(x: float, lift: float) -> list[Knot]:
        edges = ((-1, 8), (-0.9, 1), (0, draw.normal(0, 0.7)), (0.9, 0), (1, 7))
        return [Knot(x + half * aside, y + lift + deep) for aside, deep in edges]

    caps = _row(draw, pitch, 0.4, 1.2, cap)
    return Section(caps, along=True, spread_mm=14, least_mm=draw.uniform(20, 55))


def along_facets(draw: Draw) -> Section:
    """Lengthways over the articular processes: humps that join without a window."""
    pitch, y = draw.uniform(26, 36), draw.uniform(16, 28)
    knots = []
    for number in range(-3, 4):
        x, height = pitch * number, draw.uniform(3, 8)
        knots += [Knot(x - pitch * 0.3, y - height * 0.7), Knot(x, y - height), Knot(x + pitch * 0.25, y - height * 0.5), Knot(x + pitch * 0.5, y)]
    return Section((ribbon(draw, knots),), along=True, spread_mm=14, least_mm=y + draw.uniform(5, 35))


def along_sacrum(draw: Draw) -> Section:
    """Lengthways over the sacrum beside its middle: a long bone with shallow waves and no end in the picture."""
    y, tilt = draw.uniform(4, 20), draw.normal(0, 0.15)
    knots = [Knot(x, y + tilt * x + draw.normal(0, 1.6)) for x in range(-80, 81, 10)]
    return Section((ribbon(draw, knots, round_mm=2.5),), along=True, least_mm=y + draw.uniform(8, 35))


def one_spine(draw: Draw) -> Section:
    """Across, over a spinous process alone: the probe leans, and no lamina answers."""
    y, half = draw.uniform(0.5, 6), draw.uniform(2, 5)
    cap = ribbon(draw, [Knot(-half, y + 9), Knot(-half * 0.8, y + 1), Knot(0, y), Knot(half * 0.8, y + 1), Knot(half, y + 9)])
    return Section((cap,), spread_mm=12, least_mm=draw.uniform(25, 60))


def far_out(draw: Draw) -> Section:
    """Across, far beside the spine: the ends of processes in the corner, or an iliac crest, and muscle."""
    if chance(draw, 0.5):
        y, x = draw.uniform(4, 18), draw.uniform(-15, 25)
        crest = [Knot(x - 6, y + 16), Knot(x - 3, y + 4), Knot(x, y), Knot(x + 8, y + 1.5), Knot(x + 35, y + draw.uniform(5, 22))]
        return Section((ribbon(draw, crest),), spread_mm=8, least_mm=y + draw.uniform(15, 45))
    y = draw.uniform(26, 40)
    tip = ribbon(draw, [Knot(-50, y - 3), Knot(-26, y), Knot(-24, y + 4)])
    return Section((tip, *flesh(draw).ribbons[:2]), spread_mm=5, least_mm=y + draw.uniform(8, 40))


def aslant(draw: Draw) -> Section:
    """Pieces of bone at odd depths, as a plane far aslant meets them."""
    pieces = []
    for x in np.arange(-45, 50, draw.uniform(16, 26)):
        y, half, tilt = draw.uniform(8, 40), draw.uniform(2, 8), draw.normal(0, 0.6)
        pieces.append(ribbon(draw, [Knot(x - half, y - tilt * half + 2), Knot(x, y), Knot(x + half, y + tilt * half + 1)]))
    return Section(tuple(pieces), along=chance(draw, 0.5), spread_mm=15, least_mm=draw.uniform(30, 60))


_KINDS: tuple[Callable[[Draw], Section], ...] = (
    flesh, flesh, vessels, limb, joint, ribs, organ, empty, along_processes, along_spines, along_facets, along_sacrum, one_spine, far_out, aslant,
)  # fmt: skip
