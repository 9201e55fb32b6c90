"""Misses: sections that are no view. The same bones beside their planes, other bones, and soft or empty pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.textures import lumbar, sacral
from models.foreign.textures.sections import Body, Point, Rng, Section, Sheet, Subject, between, chance, sided


def drawn(rng: Rng, who: Subject) -> tuple[Section, str]:
    """A section without landmarks, and what fills the picture: tissue, gel or air."""
    shares = np.array([share for _, share in KINDS])
    make = KINDS[int(rng.choice(len(KINDS), p=shares / shares.sum()))][0]
    section = make(rng, who)
    section.marks.clear()
    medium = {_gel: "gel", _air: "air"}.get(make, "tissue")
    return section, medium


def _isthmus(rng: Rng, who: Subject) -> Section:
    """Between facet and transverse process: a spinous process, two plain slopes, nothing beside them."""
    section, k = Section(), who.size
    base, end, fall = k * between(rng, 14, 24), k * between(rng, 13, 19), between(rng, 0.1, 0.6)
    for side in (-1.0, 1.0):
        outline = [(3.5, base - 1), (8, base + 1), (end - 2, base + fall * end), (end, base + fall * end + 2), (end + 1, base + 14)]
        section.bone(rng, sided(outline, side))
    if chance(rng, 0.75):
        section.bone(rng, [(-6, base), (-2.5, base - 3), (-2.5, 3), (-1.5, 0.2), (1.5, 0.2), (2.5, 3), (2.5, base - 3), (6, base)], thick_mm=3)
    return section


def _spine_alone(rng: Rng, who: Subject) -> Section:
    """Across spinous processes only: a cap or a tall wedge, soft tissue on both sides."""
    section, wide, tall = Section(), who.size * between(rng, 3, 6), between(rng, 6, 30)
    section.bone(rng, [(-0.7 * wide, tall), (-wide, 4), (-0.6 * wide, 0.3), (0, 0), (0.6 * wide, 0.3), (wide, 4), (0.7 * wide, tall)], thick_mm=4)
    return section


def _row(rng: Rng, who: Subject) -> Section:
    """Along processes: transverse (short arcs with bright gaps), articular (a chain of humps), spinous (broad flat caps), laminae without a
    window."""
    section = Section(sagittal=True)
    wide, gap, tall = {0: (12.0, 19.0, 2.0), 1: (20.0, 8.0, 4.5), 2: (22.0, 11.0, 0.8), 3: (31.0, 0.8, 2.5)}[int(rng.integers(4))]
    wide, gap, lean = wide * who.size * between(rng, 0.8, 1.2), gap * between(rng, 0.6, 1.3), between(rng, -0.15, 0.15)
    start = -2.6 * (wide + gap) + between(rng, 0, wide)
    for step in range(6):
        left = start + step * (wide + gap)
        z, peak = lean * left + rng.normal(0, 0.8), between(rng, 0.35, 0.65)
        high = tall * between(rng, 0.6, 1.3)
        section.bone(rng, [(left, z + high + 4), (left, z + 0.8 * high), (left + peak * wide, z - 0.2 * high), (left + wide, z + 0.8 * high),
                           (left + wide, z + high + 4)], thick_mm=4, loose_mm=0.5)
    return section


def _beside(rng: Rng, who: Subject) -> Section:
    """A true section so far out that only its far flank is under the probe."""
    make = (lumbar.process, lumbar.facet, sacral.ala, sacral.first_foramina)[int(rng.integers(4))]
    out = between(rng, 52, 66) if make is not lumbar.facet else between(rng, 42, 56)
    side = 1.0 if chance(rng, 0.5) else -1.0
    return make(rng, who).moved(lambda line: line - (side * out, 0.0))


def _oblique(rng: Rng, who: Subject) -> Section:
    """A plane far too oblique: pieces of a section, torn apart and stretched."""
    views: list[Callable[[Rng, Subject], Section]] = [lumbar.facet, lumbar.process, lumbar.interlaminar, sacral.sacroiliac, sacral.first_foramina]
    whole = views[int(rng.integers(len(views)))](rng, who)
    stretch, shear, keep = between(rng, 1.7, 2.6), between(rng, 0.25, 0.6) * (1 if chance(rng, 0.5) else -1), between(rng, 0.3, 0.7)
    section = Section()
    section.bones = [np.stack([bone[:, 0] * stretch, bone[:, 1] + shear * bone[:, 0]], axis=1) for bone in whole.bones if chance(rng, keep)]
    return section


def _plain_sacrum(rng: Rng, who: Subject) -> Section:
    """Between foramina: a roof without holes, with or without a crest. Or lower: one smooth cap."""
    section, k, slope = Section(), who.size, between(rng, 0.0, 0.35)
    far, crest = k * between(rng, 16, 45), between(rng, 0, 7)
    half: list[Point] = [(2.0, 0.3 * crest), (4.0, crest), (0.5 * far, crest + 0.45 * slope * far - between(rng, 0, 2)),
                         (far, crest + slope * far), (far + 2, crest + slope * far + 9)]
    section.bone(rng, [*sided(half, -1.0)[::-1], (0.0, 0.0), *half], thick_mm=8)
    return section


def _rib(rng: Rng, who: Subject) -> Section:
    """Ribs across, and the bright line of the pleura beneath them."""
    section, pitch, deep = Section(), who.size * between(rng, 22, 32), between(rng, 5, 13)
    for step in range(-2, 3):
        x, wide = step * pitch + rng.normal(0, 1.5), between(rng, 4, 7)
        section.bone(rng, [(x - wide, 4), (x - 0.7 * wide, 0.8), (x, 0), (x + 0.7 * wide, 0.8), (x + wide, 4)], thick_mm=6)
    x_all = np.linspace(-80, 80, 40)
    for echo in range(1, 4):
        section.sheets.append(Sheet(np.stack([x_all, np.full(40, deep * echo) + rng.normal(0, 0.2, 40)], axis=1), 0.9 / echo**1.5, 1.6))
    return section


def _shaft(rng: Rng, _: Subject) -> Section:
    """A limb: the arc of one long bone, or of two, or its long side."""
    section = Section()
    for x in (0.0,) if chance(rng, 0.6) else (-between(rng, 10, 16), between(rng, 10, 18)):
        wide, flat = between(rng, 6, 16), between(rng, 0.5, 1.3)
        turn = np.linspace(-1.35, 1.35, 11)
        section.bone(rng, [(x + wide * float(np.sin(a)), wide * flat * float(1 - np.cos(a)) + 0.15 * abs(x)) for a in turn], thick_mm=wide,
                     rough_mm=0.05)
    if chance(rng, 0.25):
        section.bones = []
        lean = between(rng, -0.2, 0.2)
        section.bone(rng, [(float(x), lean * float(x) + between(rng, -0.5, 0.5)) for x in np.linspace(-70, 70, 9)], thick_mm=12, rough_mm=0.05)
    return section


def _vessels(rng: Rng, _: Subject) -> Section:
    """Dark rounds with bright walls, and nerves."""
    section = Section()
    for _one in range(int(rng.integers(1, 5))):
        r = between(rng, 2, 9)
        section.bodies.append(Body((between(rng, -22, 22), between(rng, 2, 40)), (r, r * between(rng, 0.5, 1.0)), between(rng, -0.5, 0.5),
                                   between(rng, 0.02, 0.5), between(rng, 0.0, 0.3)))
    return section


def _kidney(rng: Rng, _: Subject) -> Section:
    """A kidney: dark rind, bright middle, a rim."""
    x, z, r = between(rng, -15, 15), between(rng, 20, 45), between(rng, 22, 32)
    tilt = between(rng, -0.4, 0.4)
    outer = Body((x, z), (r * 1.6, r * 0.8), tilt, between(rng, 0.35, 0.7), between(rng, 0.2, 0.6))
    return Section(bodies=[outer, Body((x, z), (r * 0.9, r * 0.35), tilt, between(rng, 1.8, 3.0))])


def _soft(_: Rng, __: Subject) -> Section:
    """Muscle and fat alone."""
    return Section()


def _gel(rng: Rng, who: Subject) -> Section:
    """The probe in gel or water, with something far below or nothing."""
    return _shaft(rng, who) if chance(rng, 0.3) else Section()


def _air(_: Rng, __: Subject) -> Section:
    """The probe in the air."""
    return Section()


KINDS: tuple[tuple[Callable[[Rng, Subject], Section], float], ...] = (
    (_isthmus, 0.13), (_spine_alone, 0.09), (_row, 0.17), (_beside, 0.08), (_oblique, 0.1), (_plain_sacrum, 0.12), (_rib, 0.06),
    (_shaft, 0.07), (_vessels, 0.04), (_kidney, 0.03), (_soft, 0.05), (_gel, 0.03), (_air, 0.03),
)  # fmt: skip
