"""Misses: sections that are no view. The same bones beside their planes, other bones, and soft or empty pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.textures import lumbar, sacral
from models.foreign.textures.sections import Point, Rng, Section, Subject, chance, sided


def drawn(rng: Rng, who: Subject) -> tuple[Section, str]:
    """A section whose landmarks are none of a view, and what fills the picture: tissue, gel or air."""
    shares = np.array([share for _, share, _ in KINDS])
    make, _, medium = KINDS[int(rng.choice(len(KINDS), p=shares / shares.sum()))]
    return make(rng, who), medium


def _isthmus(rng: Rng, who: Subject) -> Section:
    """Between facet and transverse process: a spinous process, two plain slopes, nothing beside them."""
    section, k, u = Section(), who.size, rng.uniform
    base, end, fall = k * u(14, 24), k * u(13, 19), u(0.1, 0.6)
    for side in (-1.0, 1.0):
        outline = [(3.5, base - 1), (8, base + 1), (end - 2, base + fall * end), (end, base + fall * end + 2), (end + 1, base + 14)]
        section.bone(rng, sided(outline, side))
    if chance(rng, 0.75):
        section.bone(rng, [(-6, base), (-2.5, base - 3), (-2.5, 3), (-1.5, 0.2), (1.5, 0.2), (2.5, 3), (2.5, base - 3), (6, base)], thick_mm=3)
    return section


def _spine_alone(rng: Rng, who: Subject) -> Section:
    """Across spinous processes only: a cap or a tall wedge, soft tissue on both sides."""
    section, wide, tall = Section(), who.size * rng.uniform(3, 6), rng.uniform(6, 30)
    section.bone(rng, [(-0.7 * wide, tall), (-wide, 4), (-0.6 * wide, 0.3), (0, 0), (0.6 * wide, 0.3), (wide, 4), (0.7 * wide, tall)], thick_mm=4)
    return section


def _row(rng: Rng, who: Subject) -> Section:
    """Along processes: transverse (short arcs with bright gaps), articular (a chain of humps), spinous (broad flat caps), laminae without a
    window."""
    section, u = Section(sagittal=True), rng.uniform
    wide, gap, tall = {0: (12.0, 19.0, 2.0), 1: (20.0, 8.0, 4.5), 2: (22.0, 11.0, 0.8), 3: (31.0, 0.8, 2.5)}[int(rng.integers(4))]
    wide, gap, lean = wide * who.size * u(0.8, 1.2), gap * u(0.6, 1.3), u(-0.15, 0.15)
    start = -2.6 * (wide + gap) + u(0, wide)
    for step in range(6):
        left = start + step * (wide + gap)
        z, peak, high = lean * left + rng.normal(0, 0.8), u(0.35, 0.65), tall * u(0.6, 1.3)
        section.bone(rng, [(left, z + high + 4), (left, z + 0.8 * high), (left + peak * wide, z - 0.2 * high), (left + wide, z + 0.8 * high),
                           (left + wide, z + high + 4)], thick_mm=4, loose_mm=0.5)
    return section


def _beside(rng: Rng, who: Subject) -> Section:
    """The far flank of a section, all that lies within 36 mm of the midline out of the plane: the end of a process, a wing, an ilium."""
    whole = (lumbar.process, sacral.ala, sacral.first_foramina)[int(rng.integers(3))](rng, who)
    side, out = (1 if chance(rng, 0.5) else -1), rng.uniform(38, 58)
    return Section([np.subtract(part, (side * out, 0.0)) for bone in whole.bones if len(part := bone[side * bone[:, 0] > 36]) > 3])


def _oblique(rng: Rng, who: Subject) -> Section:
    """A plane far too oblique: pieces of a section, torn apart and stretched."""
    views: list[Callable[[Rng, Subject], Section]] = [lumbar.facet, lumbar.process, lumbar.interlaminar, sacral.sacroiliac, sacral.first_foramina]
    whole = views[int(rng.integers(len(views)))](rng, who)
    section, u = Section(), rng.uniform
    stretch, shear, keep = u(1.7, 2.6), u(0.25, 0.6) * (1 if chance(rng, 0.5) else -1), u(0.3, 0.7)
    section.bones = [np.stack([bone[:, 0] * stretch, bone[:, 1] + shear * bone[:, 0]], axis=1) for bone in whole.bones if chance(rng, keep)]
    return section


def _plain_sacrum(rng: Rng, who: Subject) -> Section:
    """Between foramina: a roof without holes, with or without a crest. Or lower: one smooth cap."""
    section, k, u, slope = Section(), who.size, rng.uniform, rng.uniform(0.0, 0.35)
    far, crest = k * u(16, 45), u(0, 7)
    half: list[Point] = [(2.0, 0.3 * crest), (4.0, crest), (0.5 * far, crest + 0.45 * slope * far - u(0, 2)), (far, crest + slope * far),
                         (far + 2, crest + slope * far + 9)]
    section.bone(rng, [*sided(half, -1.0)[::-1], (0.0, 0.0), *half], thick_mm=8)
    return section


def _rib(rng: Rng, who: Subject) -> Section:
    """Ribs across, and the bright line of the pleura beneath them."""
    section, pitch, deep = Section(), who.size * rng.uniform(22, 32), rng.uniform(5, 13)
    for step in range(-2, 3):
        x, wide = step * pitch + rng.normal(0, 1.5), rng.uniform(4, 7)
        section.bone(rng, [(x - wide, 4), (x - 0.7 * wide, 0.8), (x, 0), (x + 0.7 * wide, 0.8), (x + wide, 4)], thick_mm=6)
    x_all = np.linspace(-80, 80, 40)
    for echo in range(1, 4):
        section.sheet(np.stack([x_all, np.full(40, deep * echo) + rng.normal(0, 0.2, 40)], axis=1), 0.9 / echo**1.5, 1.6)
    return section


def _shaft(rng: Rng, _: Subject) -> Section:
    """A limb: the arc of one long bone, or of two, or its long side."""
    section, u = Section(), rng.uniform
    for x in (0.0,) if chance(rng, 0.6) else (-u(10, 16), u(10, 18)):
        wide, flat, turn = u(6, 16), u(0.5, 1.3), np.linspace(-1.35, 1.35, 11)
        section.bone(rng, [(x + wide * float(np.sin(a)), wide * flat * float(1 - np.cos(a)) + 0.15 * abs(x)) for a in turn], thick_mm=wide,
                     rough_mm=0.05)
    if chance(rng, 0.25):
        section.bones = []
        lean = u(-0.2, 0.2)
        section.bone(rng, [(float(x), lean * float(x) + u(-0.5, 0.5)) for x in np.linspace(-70, 70, 9)], thick_mm=12, rough_mm=0.05)
    return section


def _vessels(rng: Rng, _: Subject) -> Section:
    """Dark rounds with bright walls, and nerves."""
    section, u = Section(), rng.uniform
    for _one in range(int(rng.integers(1, 5))):
        r = u(2, 9)
        section.body(u(-22, 22), u(2, 40), (r, r * u(0.5, 1.0)), u(0.02, 0.5), u(-0.5, 0.5), u(0.0, 0.3))
    return section


def _kidney(rng: Rng, _: Subject) -> Section:
    """A kidney: dark rind, bright middle, a rim."""
    u = rng.uniform
    section, x, z, r, tilt = Section(), u(-15, 15), u(20, 45), u(22, 32), u(-0.4, 0.4)
    section.body(x, z, (r * 1.6, r * 0.8), u(0.35, 0.7), tilt, u(0.2, 0.6))
    section.body(x, z, (r * 0.9, r * 0.35), u(1.8, 3.0), tilt)
    return section


def _bare(_: Rng, __: Subject) -> Section:
    """Muscle and fat alone; or, as the medium is, gel or air."""
    return Section()


KINDS: tuple[tuple[Callable[[Rng, Subject], Section], float, str], ...] = (
    (_isthmus, 13, "tissue"), (_spine_alone, 9, "tissue"), (_row, 17, "tissue"), (_beside, 8, "tissue"), (_oblique, 10, "tissue"),
    (_plain_sacrum, 12, "tissue"), (_rib, 6, "tissue"), (_shaft, 7, "tissue"), (_shaft, 1, "gel"), (_vessels, 4, "tissue"), (_kidney, 3, "tissue"),
    (_bare, 5, "tissue"), (_bare, 2, "gel"), (_bare, 3, "air"))  # fmt: skip
