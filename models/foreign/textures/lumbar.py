"""Lumbar: four transverse sections and the paramedian one. z is 0 at the tip of the spinous process, or where it would be.

Sizes: Panjabi 1992 (Spine 17:299: transverse processes 71 to 92 mm from tip to tip, canal 17 to 20 mm deep and 22 to 27 wide, bodies 41 to 47 wide),
Galiano 2005 (facets 19 +-6 mm beside the spinous process, 31.5 +-5 deep), Masharawi 2004 (Spine 29:1755: facets 14 to 18 mm high, wider apart
caudally). What tells the three dorsal planes apart: at the facet two bumps with a slit between them and nothing beside; at the transverse process
one bump, a step down and a long shelf; between the laminae no bone on the midline, and two lines of the canal.
"""

from __future__ import annotations

import numpy as np

from models.foreign.textures.sections import Point, Rng, Section, Subject, chance, sided


def facet(rng: Rng, who: Subject) -> Section:
    """Through the facet joints of one level."""
    section, k, u = Section(), who.size, rng.uniform
    level = u(0.0, 1.0)  # L1-2 to L5-S1
    base, apart, bend = k * u(15, 25), k * (14.0 + 8.0 * level + rng.normal(0, 1.5)), u(-4.0, 3.0)
    for side in (-1.0, 1.0):
        x, bump = apart + rng.normal(0, 1.2), base + bend + rng.normal(0, 1.2)
        gap, large = max(0.6, u(1.4, 3.8) - 1.6 * who.worn * u(0, 1)), 1.0 + 0.5 * who.worn * u(0, 1)
        foot = k * u(3.0, 5.0)
        medial = max(foot + 3.0, x - gap / 2 - k * large * u(5.5, 8.0))
        edge = bump + u(0.2, 1.6)
        lamina = [(foot, base - 1.0), ((foot + medial) / 2, base + u(0.2, 1.5)), (medial, base + u(0.0, 1.5))]
        inferior = [((medial + x) / 2, bump - 0.5 * large), (x - gap / 2 - 1.0, edge - 0.4), (x - gap / 2, edge + 0.6),
                    (x - gap / 2 - 1.5, edge + 9.0)]
        wide, tall = k * large * u(4.0, 8.0), u(-1.5, 2.5)
        superior = [(x + gap / 2 - 1.0, edge + 8.0), (x + gap / 2, edge + 0.6 + tall * 0.3), (x + gap / 2 + 0.3 * wide, edge - 0.7 + tall * 0.5),
                    (x + gap / 2 + 0.8 * wide, edge + 0.8 + tall), (x + gap / 2 + wide, edge + 5.0 + tall), (x + gap / 2 + wide + 1.0, edge + 16.0)]
        whole = chance(rng, 0.95)  # or the plane leaves the joint on this side
        section.bone(rng, sided(lamina + (inferior if whole else []), side), thick_mm=5.0)
        section.tell(lamina=(side * (foot + medial) / 2, base + 0.6))
        if whole:
            section.bone(rng, sided(superior, side), thick_mm=9.0)
            section.tell(facet=(side * x, edge + 0.1 * tall))
            section.sheet(sided([(x - 3.5, edge - 1.6), (x, edge - 1.0), (x + 3.5, edge - 0.8)], side), u(0.0, 0.2), 0.8)
    _spinous(rng, section, who, base, shown=chance(rng, 0.88))
    return section


def process(rng: Rng, who: Subject) -> Section:
    """Through the transverse processes of one vertebra, at the root of its superior articular processes."""
    section, k, u = Section(), who.size, rng.uniform
    level, base = u(0.0, 1.0), k * u(14, 24)
    far, apart = k * (37.0 + 8.0 * level + rng.normal(0, 2.5)), k * (16.5 + 7.0 * level + rng.normal(0, 1.5))
    step, turn = k * u(6.0, 13.0), u(-3.0, 6.0)
    for side in (-1.0, 1.0):
        x, tip = apart + rng.normal(0, 1.0), far + rng.normal(0, 2.0)
        apex = base + u(-4.0, 2.0) - 1.5 * who.worn
        low, groove = apex + step + rng.normal(0, 1.0), x + k * u(4.0, 7.5)
        foot = k * u(3.0, 5.0)
        end = low + turn + rng.normal(0, 1.2)
        roof = [(foot, base - 1.0), ((foot + x) / 2 - 0.5, base + u(0.5, 2.5)), (x - 3.5, max(apex + 1.0, base + 0.8)), (x - 1.0, apex - 0.2),
                (x + 1.0, apex), (x + 2.6, apex + 0.35 * step), (groove - 1.4, low - 1.4)]
        shelf = [(groove, low + 0.4), (groove + 0.35 * (tip - groove), low + 0.3 * turn + u(-1.5, 1.0)),
                 (groove + 0.7 * (tip - groove), low + 0.75 * turn), (tip - 1.5, end - 0.2), (tip, end + 0.8), (tip + 0.4, end + 5.0)]
        stump = chance(rng, 0.1)  # the plane leaves the process, or it is short
        section.bone(rng, sided(roof + (shelf[:2] if stump else shelf), side), thick_mm=6.0)
        section.tell(lamina=(side * (foot + x - 3.5) / 2, base + 1.2), sap_tip=(side * x, apex), tp_groove=(side * groove, low))
        if not stump:
            section.tell(tp_tip=(side * (tip - 1.2), end))
    _spinous(rng, section, who, base, shown=chance(rng, 0.8), sunk=u(0, 6))
    return section


def interlaminar(rng: Rng, who: Subject) -> Section:
    """Between two laminae: the ligaments of the midline let sound into the canal."""
    section, k, u = Section(), who.size, rng.uniform
    top, inner = k * u(13, 23), k * u(8.0, 14.0) - 2.5 * who.worn
    rear = top + k * u(3.0, 9.0)
    front = rear + k * u(11.0, 18.0)
    for side in (-1.0, 1.0):
        x, bump, wide = inner + rng.normal(0, 0.8), top + rng.normal(0, 1.0), k * u(12, 20)
        hump: list[Point] = [(x - 0.8, bump + 6.0), (x, bump + 1.4), (x + 1.4, bump), (x + 0.4 * wide, bump - u(0, 3))]
        if chance(rng, 0.5):  # the slit of the joint shows as a notch
            hump += [(x + 0.55 * wide, bump - 0.5), (x + 0.58 * wide, bump + 2.5), (x + 0.64 * wide, bump)]
        hump += [(x + 0.85 * wide, bump + u(0, 2)), (x + wide, bump + 5.0), (x + wide + 1.0, bump + 14.0)]
        section.bone(rng, sided(hump, side), thick_mm=8.0)
        section.tell(articular_process=(side * (x + 0.8), bump + 0.7))
        if chance(rng, 0.3):  # a transverse process, deeper: the ears of the bat
            low, out = bump + k * u(9, 14), x + wide + u(2, 5)
            section.bone(rng, sided([(out, low), (out + 6, low - 1), (out + u(10, 18), low + u(-2, 4))], side))
    half, roof = min(inner + 1.0, k * u(5.5, 9.5)), u(0.0, 3.0)  # the yellow ligament is an inverted V, flat in some
    across = np.linspace(-half, half, 9)
    section.sheet(np.stack([across, rear + roof * np.abs(across / half) ** 1.3], axis=1), u(0.3, 0.9), u(1.0, 2.6))
    if chance(rng, 0.35):  # the dura apart from the ligament
        section.sheet(np.stack([across * 0.8, np.full(9, rear + u(2.5, 5.0))], axis=1), u(0.2, 0.6), 0.9)
    wide = half * u(0.8, 1.3)
    across = np.linspace(-wide, wide, 9)
    section.sheet(np.stack([across, front - u(-1.0, 1.5) * (1 - (across / wide) ** 2)], axis=1), u(0.05, 1.0), u(1.2, 3.5))
    section.body(0.0, (rear + front) / 2 + 0.8, (half * 1.05, (front - rear) / 2 - 1.2), u(0.3, 0.9))
    section.body(0.0, 0.5 * rear, (u(2, 4), 0.45 * rear), u(0.55, 1.25))
    section.tell(posterior_complex=(0.0, rear), anterior_complex=(0.0, front))
    if chance(rng, 0.25):  # the tail of the spinous process above, short of the canal
        section.bone(rng, [(-3.0, 2.5), (0.0, 0.0), (3.0, 2.5)], thick_mm=3.0)
    return section


def foramen(rng: Rng, who: Subject) -> Section:
    """Beside the articular processes of one side, between two transverse processes: the ligament, the root beneath it, the body."""
    section, k, u = Section(), who.size, rng.uniform
    base, inner, edge = k * u(14, 24), k * u(9, 13), k * u(22, 28)
    rise, fall = base + u(-4.0, 1.0), k * u(5.0, 10.0)
    pillar = [(3.5, base - 1.0), (inner, base + 1.5), (inner + 4.0, rise), (edge - 4.0, rise - 0.5), (edge - 1.2, rise + 1.0), (edge, rise + 2.5),
              (edge + 0.6, rise + fall + 6)]
    section.bone(rng, pillar, thick_mm=9.0)
    low, lean, start, length = rise + fall + u(1, 4), u(-1.5, 4.5), edge + u(1.2, 3.0), k * u(17, 28)
    x = start + np.linspace(0, 1, 9) * length
    z = low + np.linspace(0, 1, 9) * lean - u(-1, 1.5) * np.sin(np.linspace(0, np.pi, 9))
    section.sheet(np.stack([x, z], axis=1), u(0.3, 0.85), u(0.8, 2.0))
    body, drop, corner = low + k * u(12, 19), u(0.25, 1.0), max(k * u(22, 28), edge + u(1.5, 5.0))
    section.bone(rng, [(corner - 8, body - 1.5), (corner - 1.5, body - 0.4), (corner + 1.5, body + 0.6), (corner + 6, body + 7 * drop),
                       (corner + 10, body + 16 * drop)], thick_mm=8.0)
    root = (edge + k * u(2.5, 7.0), low + (body - low) * u(0.4, 0.62))
    section.body(*root, (k * u(2.6, 4.2), k * u(2.0, 3.2)), u(0.25, 0.7), u(-0.6, 0.6), u(0.0, 0.4))
    section.tell(articular_edge=(edge - 0.5, rise + 1.8), vertebral_edge=(corner + 0.5, body + 0.2), nerve_root=root,
                 intertransverse_ligament=(float(x[4]), float(z[4])))
    section.bone(rng, sided([(3.5, base - 1.0), (inner, base + 1.5), (edge - 5, rise), (edge, rise + 3), (edge + 1, rise + fall + 6)], -1.0))
    _spinous(rng, section, who, base, shown=chance(rng, 0.85))
    return section


def paramedian(rng: Rng, who: Subject) -> Section:
    """Along the laminae, tilted to the midline: their slopes in a row, and the canal in the gaps. Cranial is left; the window is at x 0."""
    section, k, u = Section(sagittal=True), who.size, rng.uniform
    pitch, gap, slope = k * u(28, 36), k * u(7.0, 15.0) - 2.5 * who.worn, u(-1.0, 4.5)
    lift, steps = u(-0.12, 0.12), range(-3, 3)
    depth = k * u(12, 18)
    for step in steps:
        left, right = gap / 2 + step * pitch, gap / 2 + step * pitch + pitch - gap
        if step < -1:
            left, right = left + rng.normal(0, 1.0), right + rng.normal(0, 1.0)
        head, tail = lift * left + slope * 0.5 + rng.normal(0, 0.5), lift * right - slope * 0.5 + rng.normal(0, 0.5)
        arch = u(0.0, 2.5)
        outline = [(left - 0.2, head + 3.5), (left, head + 0.8), (left + 1.5, head), ((left + right) / 2, (head + tail) / 2 - arch),
                   (right - 1.5, tail), (right, tail + 0.8), (right + 0.2, tail + 3.5)]
        section.bone(rng, outline, thick_mm=4.0)
        if step == -1:
            section.tell(lamina_cranial=(right - 0.6, tail + 0.3))
            near = (right, tail)
        if step == 0:
            section.tell(lamina_caudal=(left + 0.6, head + 0.3))
            _window(rng, section, near, (left, head), rear=k * u(3.5, 8.0), depth=depth, bright=1.0)
        elif step > -3 and step != -1 and chance(rng, 0.5):  # other windows are there, of which the reader takes the one in the middle
            _window(rng, section, (left - gap, head), (left, head), rear=6.0, depth=depth, bright=0.5, told=False)
    return section


def _window(rng: Rng, section: Section, one: Point, other: Point, *, rear: float, depth: float, bright: float, told: bool = True) -> None:
    """Both lines of the canal between the edges of two laminae. rear: ligament beneath the edges; depth: of the canal. told: this is the view's
    window."""
    middle, across = (np.array(one) + other) / 2, np.array(other) - one
    wide = float(np.hypot(*across))
    along = across / wide
    down = np.array([-along[1], along[0]])
    for name, at, grey in (("posterior_complex", rear, rng.uniform(0.35, 0.9)), ("anterior_complex", rear + depth, rng.uniform(0.35, 1.0))):
        reach = np.linspace(-0.62, 0.62, 9)[:, None] * wide * rng.uniform(0.9, 1.3)
        spot = middle + down * at
        section.sheet(spot + along * reach, grey * bright, rng.uniform(1.0, 2.4))
        if told:
            section.tell(**{name: (float(spot[0]), float(spot[1]))})
    if told:
        centre = middle + down * (rear + depth / 2 + 0.7)
        section.body(float(centre[0]), float(centre[1]), (wide * 0.7, depth / 2 - 1.2), rng.uniform(0.35, 0.9))


def _spinous(rng: Rng, section: Section, who: Subject, base: float, *, shown: bool, sunk: float = 0.0) -> None:
    """The spinous process from its tip to the laminae. sunk: how far the plane crosses it beneath its tip."""
    lean, tip, waist = rng.normal(0, 1.5), who.size * rng.uniform(2.0, 4.5), who.size * rng.uniform(1.6, 3.0)
    if not shown:  # the plane passes above or beneath it, and meets the laminae where they join
        section.bone(rng, [(-6.0, base + 0.8), (-2.0, base - 1.5), (2.0, base - 1.5), (6.0, base + 0.8)], thick_mm=4.0)
        return
    sunk = min(sunk, 0.5 * base)
    half = [(tip, sunk + 1.5), (tip, sunk + 4.5), (waist, 0.5 * (base + sunk)), (waist + 1.0, base - 2.0), (waist + 3.0, base + 1.0)]
    left = [(lean - x, z) for x, z in half][::-1]
    crown = [(lean - 0.4 * tip, sunk + 0.1), (lean, sunk + (1.0 if chance(rng, 0.15) else 0.0)), (lean + 0.4 * tip, sunk + 0.1)]
    section.bone(rng, [*left, *crown, *((lean + x, z) for x, z in half)], thick_mm=3.0, loose_mm=0.25)
    section.tell(spinous_process=(lean, sunk))
