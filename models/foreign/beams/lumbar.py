"""The lumbar views, each from the shapes that its plane cuts.

Sizes (mm): spinous process 19 to 33 from lamina to tip, 4 to 9 thick; facets 19 +-6 off the spinous process (Galiano 2005), cleft 0.5 to 3 at its
mouth; transverse processes end 35 to 49 off the midline, 7 to 15 deeper than the superior articular process; levels 31.5 +-4 apart; interlaminar
window 9 to 17; posterior to anterior complex 10 to 18 (the canal's sagittal size). What tells the views apart: at the joint a notch between two knobs
and no transverse process; at the process a step down to a long plate; between the laminae no bone at the middle, and two lines there.
"""

from __future__ import annotations

import numpy as np

from models.foreign.beams.section import Draw, Section, covered

SIDES = (-1, 1)
MISSING = 0.06  # of pieces: lost to disease, surgery, or a plane that misses them


def back(draw: Draw) -> tuple[Section, float, float]:
    """A section with muscle and fascia only; depth of the lamina; how far a spinous process rises from it."""
    rise = draw.u(19, 33)
    return *covered(draw, (rise, rise + 4), lumbar=True), rise


def blade(section: Section, draw: Draw, depth: float, rise: float, *, share: float = 1.0, name: str = "spinous_process") -> None:
    """A process on the midline with a round, thick or split tip."""
    tip, lean = draw.u(2, 4.6), draw.n(1.6)
    middle = (lean / 2, depth - rise / 2, draw.u(1.6, 3.2))
    section.bone((lean, depth - rise + tip, tip), middle, (0, depth + 2, draw.u(2.5, 4.5)), part=0, share=share)
    if draw.chance(0.12):
        section.bone((lean + draw.pick(*SIDES) * draw.u(3, 5), depth - rise + tip + draw.u(0, 2), 1.8), middle, part=0, share=share)
    if share >= 0.7:
        section.mark(name, lean, depth - rise)


def ghost(section: Section, draw: Draw, x: float, z: float, out: float, *, share: float, side: int = 1) -> None:
    """A bone that fills part of the slice: a haze with half a shadow."""
    section.bone((x, z, draw.u(2, 3.5)), (x + out, z + draw.n(3), draw.u(1.5, 3)), part=9, share=share, side=side)


def transverse_facet(draw: Draw) -> Section:
    section, depth, rise = back(draw)
    blade(section, draw, depth, rise if draw.chance(0.85) else draw.u(6, 14), share=1.0 if draw.chance(0.9) else 0.5)
    middle, drop, worn = float(np.clip(draw.n(3.6, 19), 11.5, 29)), draw.u(-1, 6), draw.chance(0.3)
    for side in SIDES:
        joint, top, gap = middle + draw.n(1.3), depth + drop + draw.n(1.2), draw.u(0.5, 1.6) if worn else draw.u(0.9, 3.2)
        inner, outer, step = draw.u(2.6, 5), draw.u(2.8, 6.5) * (1.2 if worn else 1), draw.n(1.5, 0.5)
        near, far = joint - gap / 2 - inner, joint + gap / 2 + outer
        if draw.chance(1 - MISSING):
            lamina = (near * 0.45, depth + draw.u(0.4, 0.7) * (top - depth) + 2.4, draw.u(1.8, 2.8))
            section.bone((0, depth + 2.5, 2.5), lamina, (near, top + inner, inner), (near - 1, top + inner + 6, inner), part=0, side=side)
            section.mark("lamina", (3.5 + max(near - inner, 6)) / 2, depth + 0.4 * (top - depth), side=side)
        if draw.chance(1 - MISSING):
            section.knob(far, top + step, outer, 2 + side, deep=10, side=side)
            if draw.chance(0.35):  # mammillary process
                section.bone((far + outer * 0.6, top + step + outer * 0.4, draw.u(1.2, 2.4)), part=2 + side, side=side)
            section.mark("facet", joint, top + step * (joint - near) / (far - near), "opening", side=side)
        section.bone((joint, top + 9.5, 5), part=8, side=side)  # the joint bends: no beam passes through it
        if draw.chance(0.6):
            capsule = top + step / 2 - draw.u(0.3, 1.2)
            ends = (joint - 5, capsule + 0.6), (joint, capsule), (joint + 6, capsule + 1 + step / 2)
            section.sheet(*ends, gain=draw.u(1, 3.5), thick_mm=1.0, side=side)
        if draw.chance(0.3):
            ghost(section, draw, far + outer + 2, top + draw.u(9, 15), draw.u(6, 16), share=draw.u(0.1, 0.4), side=side)
    return section


def transverse_process(draw: Draw) -> Section:
    section, depth, rise = back(draw)
    blade(section, draw, depth, rise if draw.chance(0.6) else draw.u(6, 18), share=1.0 if draw.chance(0.8) else 0.5)
    off, level, reach, deep, tilt = draw.u(14, 23), draw.u(-3, 4), draw.u(35, 49), draw.u(7, 15), draw.n(3.5)
    for side in SIDES:
        top, knob, apex = depth + level + draw.n(1), draw.u(3, 5.8), off + draw.n(1)
        lamina = (apex * 0.5, depth + 2 + max(level, 0) * 0.5, draw.u(1.8, 3))
        section.bone((0, depth + 2.5, 2.5), lamina, (apex - 1, top + knob + 1, knob), part=0, side=side)
        section.knob(apex, top, knob, 0, side=side, name="sap_tip")
        section.mark("lamina", (apex - knob + 3) / 2, depth + 0.4, side=side)
        if draw.chance(0.35):  # the process above still touches the slice, and its joint
            section.bone((apex - knob - draw.u(1.5, 3), top + draw.u(2.5, 4.5), 2.5), part=5 + side, share=draw.u(0.2, 0.6), side=side)
        if draw.chance(MISSING):
            continue
        root, thin, thick = apex + knob + draw.u(0.3, 2.2), draw.u(1.4, 3), draw.u(2.2, 4)
        tip, floor = max(reach + draw.n(2), root + 9), top + deep + draw.n(1)
        end = floor + tilt + draw.n(1)
        plate = ((root + tip) / 2, (floor + end) / 2 + draw.n(0.9) + thin, thin), (tip, end + thin, thin * draw.u(0.8, 1.4))
        section.bone((apex - 2, floor + thick + 1, thick), (root, floor + thick, thick), *plate, part=0, side=side)
        section.mark("tp_groove", root + 0.6, floor, side=side)
        section.mark("tp_tip", tip + 0.5 * thin, end + 0.3 * thin, side=side)
    return section


def transverse_interlaminar(draw: Draw) -> Section:
    section, depth, rise = back(draw)
    inner, fall, behind = draw.u(7, 14.5), draw.u(-2, 5), depth + draw.u(6, 15)
    front = behind + draw.u(10.5, 18)
    for side in SIDES:
        knob, outer, medial, top = draw.u(3, 6), draw.u(3, 6), inner + draw.n(1), depth + fall + draw.n(1)
        if draw.chance(1 - MISSING):
            section.knob(medial + knob, top, knob, 2 + side, deep=8, side=side)
            section.mark("articular_process", medial + 0.3 * knob, top + 0.3 * knob, side=side)
        section.knob(medial + 2 * knob + draw.pick(-1.0, draw.u(0.5, 2.5)) + outer, top + draw.n(1), outer, 5 + side, deep=9, side=side)
        section.bone((medial + 2 * knob, top + 13, 4), part=4, side=side)
        if draw.chance(0.5):  # wings of the bat: the transverse process of the level
            root = medial + 2 * knob + 2 * outer
            wing = (draw.u(root + 9, 48), top + draw.u(8, 17), 2.0)
            section.bone((root, top + draw.u(9, 15), 2.5), wing, part=8 + side, share=draw.u(0.2, 1.0), side=side)
    wide, arch = inner + 2, draw.u(-1, 5)
    flava = (-wide, behind + arch), (-wide / 2, behind + arch * 0.4), (0, behind), (wide / 2, behind + arch * 0.4), (wide, behind + arch)
    section.sheet(*flava, gain=draw.u(3, 16), thick_mm=draw.u(0.5, 2), name="posterior_complex")
    section.sheet((-wide, front + 1), (0, front), (wide, front + 1), gain=draw.u(5, 24), thick_mm=draw.u(0.7, 2.5), name="anterior_complex")
    section.bone((-14, front + 14, 12), (14, front + 14, 12), part=12)
    section.body(0, (behind + front) / 2 + 0.8, wide, (front - behind) / 2 - 0.8, draw.u(0.15, 0.7))
    section.body(0, (behind + section.fascia_mm) / 2, draw.u(2, 4), (behind - section.fascia_mm) / 2, draw.u(0.4, 1.3))
    if draw.chance(0.35):
        blade(section, draw, depth - draw.u(4, 8), rise - 9, share=draw.u(0.1, 0.35))
    return section


def transverse_foramen(draw: Draw) -> Section:
    """The right side; render mirrors half of them."""
    section, depth, rise = back(draw)
    edge, level, knob = draw.u(17, 27), depth + draw.u(-1, 5), draw.u(3, 5.5)
    if draw.chance(0.7):
        blade(section, draw, depth, rise, share=draw.pick(0.4, 1.0))
    section.marks.clear()
    lamina = (edge * 0.4, depth + 2.5, 2.2), (edge - 3.2 * knob, level + knob, knob * 0.9)
    section.bone((0, depth + 2.5, 2.5), *lamina, part=0, share=draw.pick(0.5, 1.0))
    section.bone((edge - 2.6 * knob, level + knob + draw.n(0.8), knob * 0.9), (edge - knob, level + knob, knob), part=1)
    section.knob(edge - knob, level, knob, 1, deep=9)
    section.knob(edge - knob, level, knob, 3, side=-1)
    section.mark("articular_edge", edge - 0.23 * knob, level + 0.36 * knob)
    sheet, slope, reach = level + draw.u(8, 14), draw.n(0.12), draw.u(17, 30)
    ligament = (edge - 3, sheet), (edge - 1.5 + reach / 2, sheet + slope * reach / 2 + draw.n(0.4)), (edge + reach, sheet + slope * reach)
    section.sheet(*ligament, gain=draw.u(3, 14), thick_mm=draw.u(0.5, 2), name="intertransverse_ligament")
    corner, front = edge + draw.u(0, 9), sheet + draw.u(10, 16)
    section.bone((corner - 7, front + 9, 9), (-corner, front + 9, 9), (-corner, front + 25, 9), (corner - 7, front + 25, 9), part=4)
    section.mark("vertebral_edge", corner - 7 + 3.5, front + 9 - 8.3)
    size, bright = draw.u(1.9, 3.4), draw.chance(0.5)
    x, z = corner + draw.u(-3, 4), min(front - size - 1.5, sheet + draw.u(4, 8) + size)
    echo, rim = draw.u(2.2, 4.5) if bright else draw.u(0.12, 0.45), draw.u(2, 5)
    section.body(x, z, size * draw.u(1, 1.6), size, echo, turn=draw.n(0.4), rim=rim)
    section.mark("nerve_root", x, z, "root")
    section.body(corner + 24, front + 8, 20, 18, draw.u(0.5, 1.0), rim=draw.u(0.5, 2.5))  # psoas
    if draw.chance(0.3):
        ghost(section, draw, edge + 4, sheet + draw.u(-3, 2), draw.u(10, 18), share=draw.u(0.1, 0.3))
    return section


def paramedian_oblique(draw: Draw) -> Section:
    """Cranial to the left; render mirrors half of them. Laminae overlap like tiles: each ends caudally nearer to the skin than it begins."""
    section, depth, _ = back(draw)
    section.fibre = draw.n(0.15, 0.15)
    window, pitch, tile, thick = draw.u(9, 17), draw.u(29, 37), draw.u(0, 7), draw.u(1.8, 3.4)
    behind, canal, curve = draw.u(4, 9), draw.u(11, 18), draw.n(0.0012)
    sacrum = draw.chance(0.25)
    for step in range(-3, 4):
        start = step * pitch + window / 2 + thick * 0.6
        end = start + pitch - window - thick * 1.2
        if step == 0 and sacrum:  # L5-S1: the sacrum goes on without a window
            slab = (start + 12, depth + 3 + thick, thick * 1.3), (start + 40, depth + 16, thick * 1.3), (start + 70, depth + 30, thick)
            section.bone((start, depth + tile + thick, thick), *slab, part=3)
            break
        first, last = (depth + curve * x * x + draw.n(0.5) for x in (start, end))
        middle = (start + (end - start) * draw.u(0.4, 0.7), (first + last) / 2 + tile * draw.u(0.2, 0.5) + thick, thick)
        section.bone((start, first + tile + thick, thick), middle, (end, last + thick, thick * draw.u(0.9, 1.4)), part=step + 3)
        if step != -1:  # the dura in the other windows
            section.sheet((end - 2, last + behind), (end + window + 4, last + behind + tile), gain=draw.u(3, 15), thick_mm=draw.u(0.6, 2))
    section.mark("lamina_cranial", -window / 2 - 0.4, depth + 0.6 * thick)
    section.mark("lamina_caudal", window / 2 + 0.4, depth + tile + 0.6 * thick)
    along = np.array([window, tile]) / np.hypot(window, tile)
    foot, down = np.array([0.0, depth + tile / 2 + 0.6 * thick]), np.array([-along[1], along[0]])
    for name, deep, half in (("posterior_complex", behind, window / 2 + 3), ("anterior_complex", behind + canal, pitch * 0.6)):
        line = [(float(x), float(z)) for x, z in (foot + down * deep + along * half * share for share in (-1, 0, 1))]
        section.sheet(*line, gain=draw.u(4, 22), thick_mm=draw.u(0.6, 2.4), name=name)
    bodies = [(*(foot + down * (behind + canal + 8.5) + end * 1.3 * pitch * along), 7) for end in SIDES]
    section.bone(*bodies, part=9, share=draw.pick(0.6, 1.0))  # vertebral bodies
    return section.placed(turn_rad=-float(np.arctan2(tile, window)) * draw.u(0, 1), about_mm=depth)  # the probe is tilted until the window opens


MAKERS = (transverse_facet, transverse_process, transverse_interlaminar, transverse_foramen, paramedian_oblique)
