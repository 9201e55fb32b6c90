"""The lumbar views, each from the shapes that its plane cuts.

Sizes (mm): spinous process 20 to 34 from lamina to tip, 4 to 10 thick; facets 19 +-6 off the spinous process (Galiano 2005), cleft 0.8 to 3 at its mouth;
transverse processes end 33 to 50 off the midline (L3 longest), 8 to 16 deeper than the superior articular process; levels 31.5 +-4 apart; interlaminar
window 8 to 16; posterior to anterior complex 11 to 18 (canal's sagittal size). What tells the views apart: at the joint a notch between two knobs and no
transverse process; at the process a step down to a long plate; between the laminae no bone at the middle, and two lines there.
"""

from __future__ import annotations

import numpy as np

from models.foreign.beams.section import Section
from models.foreign.beams.soft import Draw, bellies, cover_mm, layers

SIDES = (-1, 1)
MISSING = 0.06  # of pieces: lost to disease, surgery, or a plane that misses them


def back(draw: Draw) -> tuple[Section, float, float]:
    """A section with muscle and fascia only; depth of the lamina; how far a spinous process rises from it."""
    section = Section(fascia_mm=cover_mm(draw), fibre=draw.normal(0, 0.08))
    rise = draw.uniform(19, 33)
    depth = section.fascia_mm + rise + draw.uniform(0, 4)
    layers(section, draw)
    bellies(section, draw, depth, lumbar=True)
    return section, float(depth), float(rise)


def spinous(section: Section, draw: Draw, depth: float, rise: float, *, share: float = 1.0, name: str = "spinous_process") -> None:
    """A blade on the midline with a round, thick or split tip."""
    tip, lean = draw.uniform(2, 4.6), draw.normal(0, 1.6)
    middle = (lean / 2, depth - rise / 2, draw.uniform(1.6, 3.2))
    section.bone((lean, depth - rise + tip, tip), middle, (0, depth + 2, draw.uniform(2.5, 4.5)), part=0, share=share)
    if draw.random() < 0.12 and name == "spinous_process":
        section.bone((lean + draw.choice(SIDES) * draw.uniform(3, 5), depth - rise + tip + draw.uniform(0, 2), 1.8), middle, part=0, share=share)
    if share >= 0.7:
        section.mark(name, lean, depth - rise)


def ghost(section: Section, draw: Draw, x: float, z: float, out: float, *, share: float) -> None:
    """A bone that fills part of the slice: a haze with half a shadow."""
    section.bone((x, z, draw.uniform(2, 3.5)), (x + out, z + draw.normal(0, 3), draw.uniform(1.5, 3)), part=9, share=share)


def transverse_facet(draw: Draw) -> Section:
    section, depth, rise = back(draw)
    full = draw.random() < 0.85
    spinous(section, draw, depth, rise if full else draw.uniform(6, 14), share=1.0 if draw.random() < 0.9 else 0.5)
    middle = float(np.clip(draw.normal(19, 3.6), 11.5, 29))
    drop, worn = draw.uniform(-1, 6), draw.random() < 0.3
    for side in SIDES:
        joint, fall, gap = middle + draw.normal(0, 1.3), drop + draw.normal(0, 1.2), draw.uniform(0.5, 1.6) if worn else draw.uniform(0.9, 3.2)
        inner, outer = draw.uniform(2.6, 5), draw.uniform(2.8, 6.5) * (1.2 if worn else 1)
        step = draw.normal(0.5, 1.5)
        near, far = joint - gap / 2 - inner, joint + gap / 2 + outer
        if draw.random() > MISSING:
            lamina = (side * near * 0.45, depth + draw.uniform(0.4, 0.7) * fall + 2.4, draw.uniform(1.8, 2.8))
            section.bone((0, depth + 2.5, 2.5), lamina, (side * near, depth + fall + inner, inner), part=0)
            section.bone((side * near, depth + fall + inner, inner), (side * (near - 1), depth + fall + inner + 6, inner), part=0)
        if draw.random() > MISSING:
            section.bone((side * far, depth + fall + step + outer, outer), (side * (far - 1), depth + fall + step + 14, outer), part=2 + side)
            if draw.random() < 0.35:  # mammillary process
                section.bone((side * (far + outer * 0.6), depth + fall + step + outer * 0.4, draw.uniform(1.2, 2.4)), part=2 + side)
            section.mark("facet", side * joint, depth + fall + step * (joint - near) / (far - near), "opening")
        inside = near - inner
        section.mark("lamina", side * (3.5 + max(inside, 6)) / 2, depth + 0.4 * fall)
        if draw.random() < 0.6:  # capsule over the gap
            top = depth + fall + step / 2 - draw.uniform(0.3, 1.2)
            section.sheet((side * (joint - 5), top + 0.6), (side * joint, top), (side * (joint + 6), top + 1 + step / 2), gain=draw.uniform(1, 3.5), thick_mm=1.0)
        if draw.random() < 0.3:
            ghost(section, draw, side * (far + outer + 2), depth + fall + draw.uniform(9, 15), side * draw.uniform(6, 16), share=draw.uniform(0.1, 0.4))
    return section


def transverse_process(draw: Draw) -> Section:
    section, depth, rise = back(draw)
    spinous(section, draw, depth, rise if draw.random() < 0.6 else draw.uniform(6, 18), share=1.0 if draw.random() < 0.8 else 0.5)
    off, level, reach, deep, tilt = draw.uniform(14, 23), draw.uniform(-3, 4), draw.uniform(35, 49), draw.uniform(7, 15), draw.normal(0, 3.5)
    for side in SIDES:
        top, knob, apex = depth + level + draw.normal(0, 1), draw.uniform(3, 5.8), off + draw.normal(0, 1)
        section.bone((0, depth + 2.5, 2.5), (side * apex * 0.5, depth + 2 + max(level, 0) * 0.5, draw.uniform(1.8, 3)), (side * (apex - 1), top + knob + 1, knob), part=0)
        section.bone((side * apex, top + knob, knob), (side * (apex - 1), top + knob + 7, knob), part=0)
        section.mark("lamina", side * (apex - knob + 3) / 2, depth + 0.4)
        section.mark("sap_tip", side * apex, top)
        if draw.random() < 0.35:  # the process above still touches the slice, and its joint
            section.bone((side * (apex - knob - draw.uniform(1.5, 3)), top + draw.uniform(0, 2) + 2.5, 2.5), part=5 + side, share=draw.uniform(0.2, 0.6))
        if draw.random() < MISSING:
            continue
        root, thin, thick = apex + knob + draw.uniform(0.3, 2.2), draw.uniform(1.4, 3), draw.uniform(2.2, 4)
        tip, floor = max(reach + draw.normal(0, 2), root + 9), top + deep + draw.normal(0, 1)
        end = floor + tilt + draw.normal(0, 1)
        bow = (side * (root + tip) / 2, (floor + end) / 2 + draw.normal(0, 0.9) + thin, thin)
        section.bone((side * (apex - 2), floor + thick + 1, thick), (side * root, floor + thick, thick), bow, (side * tip, end + thin, thin * draw.uniform(0.8, 1.4)), part=0)
        section.mark("tp_groove", side * (root + 0.6), floor)
        section.mark("tp_tip", side * (tip + 0.5 * thin), end + 0.3 * thin)
        if draw.random() < 0.2:  # accessory process
            section.bone((side * (root + draw.uniform(3, 6)), floor + thick - 1, thick), part=0)
    return section


def transverse_interlaminar(draw: Draw) -> Section:
    section, depth, rise = back(draw)
    inner, fall = draw.uniform(7, 14.5), draw.uniform(-2, 5)
    behind = depth + draw.uniform(6, 15)
    front = behind + draw.uniform(10.5, 18)
    for side in SIDES:
        knob, outer, medial = draw.uniform(3, 6), draw.uniform(3, 6), inner + draw.normal(0, 1)
        top = depth + fall + draw.normal(0, 1)
        if draw.random() > MISSING:
            section.bone((side * (medial + knob), top + knob, knob), (side * (medial + knob + 1), top + knob + 8, knob), part=2 + side)
            section.mark("articular_process", side * (medial + 0.3 * knob), top + 0.3 * knob)
        gap = draw.choice([-1.0, draw.uniform(0.5, 2.5)])
        section.bone((side * (medial + 2 * knob + gap + outer), top + draw.normal(0, 1) + outer, outer), (side * (medial + 2 * knob + outer), top + 14, outer), part=5 + side)
        if draw.random() < 0.5:  # wings of the bat: the transverse process of the level
            root = medial + 2 * knob + 2 * outer
            share = draw.uniform(0.2, 1.0)
            section.bone((side * root, top + draw.uniform(9, 15), 2.5), (side * draw.uniform(root + 9, 48), top + draw.uniform(8, 17), 2.0), part=8 + side, share=share)
    wide, arch = inner + 2, draw.uniform(-1, 5)
    section.sheet((-wide, behind + arch), (-wide / 2, behind + arch * 0.4), (0, behind), (wide / 2, behind + arch * 0.4), (wide, behind + arch), gain=draw.uniform(3, 16), thick_mm=draw.uniform(0.5, 2))
    section.sheet((-wide, front + 1), (0, front), (wide, front + 1), gain=draw.uniform(5, 24), thick_mm=draw.uniform(0.7, 2.5))
    section.bone((-14, front + 14, 12), (14, front + 14, 12), part=12)
    section.body(0, (behind + front) / 2 + 0.8, wide, (front - behind) / 2 - 0.8, draw.uniform(0.15, 0.7))
    section.body(0, (behind + section.fascia_mm) / 2, draw.uniform(2, 4), (behind - section.fascia_mm) / 2, draw.uniform(0.4, 1.3))
    section.mark("posterior_complex", 0, behind, "soft")
    section.mark("anterior_complex", 0, front, "soft")
    if draw.random() < 0.35:
        spinous(section, draw, depth - draw.uniform(4, 8), rise - 9, share=draw.uniform(0.1, 0.35))
    return section


def transverse_foramen(draw: Draw) -> Section:
    """The right side; render mirrors half of them."""
    section, depth, rise = back(draw)
    edge, level = draw.uniform(17, 27), depth + draw.uniform(-1, 5)
    knob = draw.uniform(3, 5.5)
    if draw.random() < 0.7:
        spinous(section, draw, depth, rise, share=draw.choice([0.4, 1.0]))
    section.marks.clear()
    section.bone((0, depth + 2.5, 2.5), (edge * 0.4, depth + 2.5, 2.2), (edge - 3.2 * knob, level + knob, knob * 0.9), part=0, share=draw.choice([0.5, 1.0]))
    section.bone((edge - 2.6 * knob, level + knob + draw.normal(0, 0.8), knob * 0.9), (edge - knob, level + knob, knob), (edge - knob - 1, level + knob + 9, knob), part=1)
    section.bone((-edge + 1.5 * knob, level + knob, knob), (-edge + knob, level + knob + 8, knob), part=3)
    section.mark("articular_edge", edge - 0.15 * knob, level + 0.5 * knob)
    sheet, slope, reach = level + draw.uniform(8, 14), draw.normal(0, 0.12), draw.uniform(17, 30)
    section.sheet((edge - 3, sheet), (edge + reach / 2, sheet + slope * reach / 2 + draw.normal(0, 0.5)), (edge + reach, sheet + slope * reach), gain=draw.uniform(3, 14), thick_mm=draw.uniform(0.5, 2))
    section.mark("intertransverse_ligament", edge - 1.5 + reach / 2, sheet + slope * reach / 2, "soft")
    corner, front = edge + draw.uniform(-2, 8), sheet + draw.uniform(9, 15)
    section.bone((corner - 7, front + 9, 9), (-corner, front + 9, 9), (-corner, front + 25, 9), (corner - 7, front + 25, 9), part=4)
    section.mark("vertebral_edge", corner - 7 + 6.4, front + 9 - 6.4)
    size = draw.uniform(1.9, 3.4)
    x, z = corner + draw.uniform(-2, 4), min(front - size - 0.5, sheet + draw.uniform(4, 8) + size)
    bright = draw.random() < 0.5
    section.body(x, z, size * draw.uniform(1, 1.6), size, draw.uniform(1.8, 3.5) if bright else draw.uniform(0.2, 0.55), turn=draw.normal(0, 0.4), rim=draw.uniform(2, 5))
    section.mark("nerve_root", x, z, "root")
    section.body(corner + 24, front + 8, 20, 18, draw.uniform(0.5, 1.0), rim=draw.uniform(0.5, 2.5))  # psoas
    if draw.random() < 0.3:
        ghost(section, draw, edge + 4, sheet + draw.uniform(-3, 2), draw.uniform(10, 18), share=draw.uniform(0.1, 0.3))
    return section


def paramedian_oblique(draw: Draw) -> Section:
    """Cranial to the left; render mirrors half of them. Laminae overlap like tiles: each ends caudally nearer to the skin than it begins."""
    section, depth, _ = back(draw)
    section.fibre = draw.normal(0.15, 0.15)
    window, pitch, tile, thick = draw.uniform(8, 16), draw.uniform(29, 37), draw.uniform(1, 8), draw.uniform(1.8, 3.4)
    behind, canal = draw.uniform(4, 9), draw.uniform(11, 18)
    curve, sacrum = draw.normal(0, 0.0012), draw.random() < 0.25
    for step in range(-3, 4):
        start = step * pitch + window / 2 + thick * 0.6
        end = start + pitch - window - thick * 1.2
        if step == 0 and sacrum:  # L5-S1: the sacrum goes on without a window
            section.bone((start, depth + tile + thick, thick), (start + 12, depth + 3 + thick, thick * 1.3), (start + 40, depth + 16, thick * 1.3), (start + 70, depth + 30, thick), part=1)
            break
        sag = [depth + curve * x * x + draw.normal(0, 0.5) for x in (start, end)]
        middle = (start + (end - start) * draw.uniform(0.4, 0.7), (sag[0] + sag[1]) / 2 + tile * draw.uniform(0.2, 0.5) + thick, thick)
        section.bone((start, sag[0] + tile + thick, thick), middle, (end, sag[1] + thick, thick * draw.uniform(0.9, 1.4)), part=1 + step + 3)
        section.sheet((end - 2, sag[1] + behind), (end + window / 2 + 2, sag[1] + behind + tile / 2), (end + window + 4, sag[1] + behind + tile), gain=draw.uniform(3, 15), thick_mm=draw.uniform(0.6, 2))
    cranial, caudal = (-window / 2, depth + 0.6 * thick), (window / 2, depth + tile + 0.6 * thick)
    section.mark("lamina_cranial", cranial[0] - 0.4, cranial[1])
    section.mark("lamina_caudal", caudal[0] + 0.4, caudal[1])
    along = np.array([caudal[0] - cranial[0], caudal[1] - cranial[1]]) / np.hypot(window, tile)
    foot = np.array([0.0, (cranial[1] + caudal[1]) / 2])
    down = np.array([-along[1], along[0]])
    gains = (draw.uniform(4, 18), draw.uniform(5, 26))
    for name, deep, gain, half in (("posterior_complex", behind, gains[0], window / 2 + 3), ("anterior_complex", behind + canal, gains[1], pitch * 0.6)):
        at = foot + down * deep
        section.sheets = [sheet for sheet in section.sheets if deep != behind or not (sheet.points[0, 0] > -20 and sheet.points[-1, 0] < 20 and abs(sheet.points[:, 1].mean() - at[1]) < 5)]
        section.sheet(tuple(at - along * half), tuple(at), tuple(at + along * half), gain=gain, thick_mm=draw.uniform(0.6, 2.4))
        section.mark(name, float(at[0]), float(at[1]), "soft")
    return section


VIEWS_DRAWN = {
    "transverse_facet": transverse_facet,
    "transverse_process": transverse_process,
    "transverse_interlaminar": transverse_interlaminar,
    "transverse_foramen": transverse_foramen,
    "paramedian_oblique": paramedian_oblique,
}
