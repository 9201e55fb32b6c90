"""Misses: pictures of view `none`. Near misses of the same bones, and what else a probe meets."""

from __future__ import annotations

from models.foreign.beams.lumbar import SIDES, back, blade
from models.foreign.beams.sacral import ilium
from models.foreign.beams.section import Draw, Section, cover_mm, covered, layers


def mid_lamina(draw: Draw) -> Section:
    """Between joint and transverse process: a spinous process on sloping laminae, no notch and no step; or its low end over soft tissue."""
    section, depth, rise = back(draw)
    blade(section, draw, depth, rise)
    fall, end, low = draw.u(1, 12), draw.u(10, 18), draw.chance(0.35)
    for side in SIDES[: 0 if low else 2]:
        section.bone((0, depth + 2.5, 2.5), (end, depth + fall + 2.5, draw.u(2, 4)), (end - 1, depth + fall + 9, 2.5), part=0, side=side)
    return section


def pieces(draw: Draw) -> Section:
    """A plane turned by 30 to 60 degrees, or beside the spine: pieces of lamina and process at unlike depths, or none; psoas or quadratus."""
    section, depth, _ = back(draw)
    for part in range(int(draw.integers(0, 4))):
        x, z, long = draw.u(-45, 38), depth + draw.u(-16, 14), draw.u(5, 17)
        piece = (x, z, draw.u(2, 4)), (x + long / 2, z + draw.n(3), 3), (x + long, z + draw.n(6), draw.u(2, 4))
        section.bone(*piece, part=part, share=draw.pick(1.0, 0.5))
    section.body(draw.u(-15, 25), depth + 12, 22, 9, draw.u(0.4, 1.2), rim=draw.u(0, 3))
    return section


def along_processes(draw: Draw) -> Section:
    """Sagittal over transverse, articular or spinous processes: a row of fingers, of humps that touch, or of broad tips."""
    section, depth, rise = back(draw)
    pitch, start, kind = draw.u(28, 38), draw.u(-20, 20), int(draw.integers(3))
    for step in range(-3, 4):
        x, top = start + step * pitch, depth + (10, 2, -rise)[kind] + draw.n(1.2)
        hump = (x - pitch * 0.4, depth + 5, 5), (x, top, 6), (x + pitch * 0.4, depth + 5 + draw.n(1), 5)
        tip = (x - pitch * 0.25, top + 4, 3), (x + pitch * 0.25, top + 3, 4), (x + pitch * 0.2, top + 14, 4)
        finger = (x, top + 4, draw.u(3, 6)), (x, top + 11, 4)
        section.bone(*(finger, hump, tip)[kind], part=step + 3)
    return section


def plate(draw: Draw) -> Section:
    """The sacrum where no hole lies, S1-S2 or S2-S3: one plate with a crest or none. Or the ilium, or the sacrum's side, alone."""
    section, depth = covered(draw, (3, 22), lumbar=False, middle=13)
    end, fall, alone = draw.u(22, 44), draw.u(-3, 14), draw.chance(0.3)
    if alone:
        ilium(section, draw, 1, draw.u(-30, 5), depth + draw.u(0, 8), draw.u(3, 15))
        return section
    if draw.chance(0.8):
        section.bone((0, depth - draw.u(0, 7), draw.u(1.5, 4)), (0, depth + 3, 4), part=0)
    for side in SIDES:
        middle = (end * draw.u(0.4, 0.6), depth + 2.5 + fall * 0.4 - draw.u(-1, 3), 2.5)
        section.bone((0, depth + 2.5, 2.5), middle, (end, depth + fall + 3, 3), part=0, side=side)
    return section


def low_sacrum(draw: Draw) -> Section:
    """Beside the hiatus: a closed wall at S4, or the coccyx, across or along."""
    section, depth = covered(draw, (0.5, 6), lumbar=False, middle=9)
    half = draw.u(4, 22)
    section.bone((-half, depth + draw.u(2, 9), 3), (0, depth + 3, draw.u(2, 4)), (half, depth + draw.u(2, 9), 3), part=0)
    if draw.chance(0.4):
        section.bone((half + 4, depth + draw.u(4, 9), 3), (half + 15, depth + draw.u(5, 14), 3), part=1)
    return section


def wrapped(draw: Draw, middle_mm: float = 11.0, most_mm: float = 42.0) -> Section:
    """Skin, fat and fascia over muscle."""
    section = Section(fascia_mm=cover_mm(draw, middle=middle_mm, most=most_mm), fibre=draw.n(0.15))
    layers(section, draw)
    return section


def ribs(draw: Draw) -> Section:
    section = wrapped(draw)
    depth, pitch, start = section.fascia_mm + draw.u(3, 18), draw.u(18, 30), draw.u(-12, 12)
    for step in range(-3, 4):
        section.knob(start + step * pitch, depth + draw.n(1), draw.u(3.5, 6), step + 3, deep=0.1)
    section.sheet((-80, depth + 11), (0, depth + 10 + draw.n(1)), (80, depth + 12), gain=draw.u(8, 30), thick_mm=1.5)
    return section


def kidney(draw: Draw) -> Section:
    section = wrapped(draw)
    x, z, long, turn = draw.n(14), section.fascia_mm + draw.u(28, 45), draw.u(32, 55), draw.n(0.3)
    section.body(x, z, long, draw.u(18, 26), 0.5, turn=turn, rim=6)
    section.body(x, z, long * 0.5, 8, draw.u(3, 7), turn=turn)
    return section


def limb(draw: Draw) -> Section:
    """One long bone, across or along, under muscle; sometimes a second across."""
    section = wrapped(draw, 6, 18)
    depth, x, slope = section.fascia_mm + draw.u(4, 40), draw.n(12), draw.n(0.12)
    if draw.chance(0.55):
        section.knob(x, depth, draw.u(5, 16), 0, deep=0.1)
        section.knob(x + draw.pick(*SIDES) * draw.u(20, 120), depth + draw.u(0, 20), draw.u(4, 8), 1, deep=0.1)
    else:
        section.bone((-90, depth - 90 * slope + 6, 6), (0, depth + 6 + draw.n(1.5), 6), (90, depth + 90 * slope + 6, 6), part=0)
    section.body(x - 10, depth * 0.7, 18, depth * 0.2, draw.u(0.4, 1.2), turn=draw.n(0.3), rim=3)
    return section


def vessels(draw: Draw) -> Section:
    section = wrapped(draw, 6, 16)
    for _ in range(int(draw.integers(1, 5))):
        x, z, r = draw.u(-22, 22), section.fascia_mm + draw.u(4, 26), draw.u(1.5, 6)
        section.body(x, z, r * draw.u(1, 2.5), r, 0.06, rim=draw.u(2, 6), loss_db=-0.4)
    section.body(draw.u(-18, 18), section.fascia_mm + draw.u(4, 20), 4.5, 2.6, 2.2, rim=4)  # a nerve
    return section


def nothing(draw: Draw) -> Section:
    """Gel or water, with the bottom of a bath at most; or air: lines that repeat at equal steps and fade."""
    section, step, fade = Section(fascia_mm=1.0, follows=draw.chance(0.6)), draw.u(1.5, 7), draw.u(0.6, 0.9)
    section.body(0, 100, 300, 130, 0.015)
    for number in range(1, 12 if section.follows else 1):
        section.sheet(*((x, number * step) for x in range(-90, 91, 6)), gain=20 * fade**number, thick_mm=draw.u(0.2, 0.9))
    if not section.follows and draw.chance(0.4):
        section.sheet((-90, 12 * step), (0, 12 * step + draw.n(2)), (90, 12 * step + draw.n(4)), gain=12, thick_mm=2)
    return section


NEAR = (mid_lamina, mid_lamina, pieces, along_processes, plate, plate, low_sacrum)
FAR = (ribs, kidney, limb, vessels, lambda draw: back(draw)[0], nothing, nothing)


def missed(draw: Draw) -> Section:
    """Three in five are near misses."""
    section = (NEAR if draw.chance(0.6) else FAR)[int(draw.integers(7))](draw)
    section.marks.clear()
    return section
