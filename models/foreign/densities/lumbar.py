"""Lumbar vertebrae, and the five views of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.foreign.densities.bodies import Lump, Oval, Rng, Sheet, lump, rod, turned
from models.foreign.densities.scene import Mark, Pose, Scene, posed


@dataclass(frozen=True, slots=True)
class Half:
    """One side of a subject's vertebrae, in mm and degrees before the subject's size."""

    facet_mm: float
    facet_z_mm: float
    cleft_mm: float
    cleft_deg: float
    lamina_deg: float
    tp_mm: float
    tp_z_mm: float
    tp_rise_mm: float
    spur_mm: float
    mamilla_mm: float


@dataclass(frozen=True, slots=True)
class Spine:
    """A subject. Lengths in mm after size. spinous_mm: from the lamina's dorsal face to the tip."""

    size: float
    pitch_mm: float
    spinous_mm: float
    spinous_half_mm: float
    bent_mm: float
    lamina_mm: float
    tilt_deg: float
    canal_mm: float
    fat_mm: float
    cover_mm: float
    blend_mm: float
    halves: tuple[Half, Half]
    plain_spinous: bool
    blocky: bool

    @property
    def depth_mm(self) -> float:
        """From the skin to the ventral face of the laminae."""
        return self.fat_mm + self.cover_mm + self.spinous_mm + 2 * self.lamina_mm


def _half(draw: Rng) -> Half:
    arthritic = draw.random() < 0.35
    return Half(
        facet_mm=draw.uniform(13.5, 20),
        facet_z_mm=draw.uniform(-6, 3),
        cleft_mm=draw.uniform(1.0, 1.8) if arthritic else draw.uniform(1.6, 3.6),
        cleft_deg=draw.uniform(15, 60),
        lamina_deg=draw.uniform(0, 38),
        tp_mm=draw.uniform(33, 47),
        tp_z_mm=draw.uniform(4, 12),
        tp_rise_mm=draw.uniform(-8, 7),
        spur_mm=draw.uniform(1.5, 4) if arthritic else 0.0,
        mamilla_mm=draw.uniform(1.5, 4.5),
    )


def spine(draw: Rng) -> Spine:
    """A subject of 50 to 120 kg."""
    size = draw.uniform(0.86, 1.16)
    left = _half(draw)
    mix = _half(draw)
    share = draw.choice([0.15, 0.35, 1.0], p=[0.5, 0.3, 0.2])
    right = Half(*[(1 - share) * getattr(left, name) + share * getattr(mix, name) for name in Half.__slots__])
    return Spine(
        size=size,
        pitch_mm=draw.uniform(32, 38) * size,
        spinous_mm=draw.uniform(17, 31) * size,
        spinous_half_mm=draw.uniform(1.8, 5),
        bent_mm=draw.normal(0, 2.0),
        lamina_mm=draw.uniform(2.4, 4.2),
        tilt_deg=draw.uniform(6, 30),
        canal_mm=draw.uniform(11, 19),
        fat_mm=float(draw.choice([draw.uniform(3, 12), draw.uniform(8, 22), draw.uniform(18, 42)], p=[0.5, 0.35, 0.15])),
        cover_mm=draw.uniform(1, 8),
        blend_mm=draw.uniform(0.5, 3.2),
        halves=(left, right),
        plain_spinous=bool(draw.random() < 0.9),
        blocky=bool(draw.random() < 0.5),
    )


def vertebra(draw: Rng, of: Spine, y0: float, bone: int) -> list[Lump]:
    """Its lumps, jittered so that neighbours differ. y0: the level of its transverse processes."""
    s = of.size
    t = of.lamina_mm
    parts = [lump(bone, (0, y0 + 1, of.canal_mm + 17 * s), (24 * s, 18 * s, 16 * s), square=True)]
    if of.plain_spinous:
        parts += _spinous(draw, of, y0, bone)
    for sign, half in zip((-1, 1), of.halves, strict=True):
        parts += _arch(of, half, sign, y0, bone)
        parts += _processes(draw, of, half, sign, y0, bone)
        if draw.random() < 0.12:
            where = (sign * draw.uniform(6, 24), y0 + draw.uniform(-4, 20), -t + draw.uniform(-3, 3))
            parts.append(lump(bone, where, (draw.uniform(1, 3), draw.uniform(2, 6), draw.uniform(1, 3)), hole=True))
    return parts


def _spinous(draw: Rng, of: Spine, y0: float, bone: int) -> list[Lump]:
    s, top = of.size, -2 * of.lamina_mm
    foot = (0.0, y0 + 8 * s, top + 3)
    tip = (of.bent_mm, y0 + 10 * s, top - of.spinous_mm + 1)
    width = of.spinous_half_mm
    bulb = width * draw.uniform(0.85, 1.4)
    return [
        rod(bone, foot, tip, (12.5 * s, width)),
        lump(bone, (tip[0], tip[1], tip[2] + bulb - 1), (bulb, 11.5 * s, bulb), square=bool(draw.random() < 0.4)),
    ]


def _arch(of: Spine, half: Half, sign: int, y0: float, bone: int) -> list[Lump]:
    s, t = of.size, of.lamina_mm
    reach = half.facet_mm * s * 0.43 + 2
    return [
        lump(
            bone,
            (sign * reach * 0.95, y0 + 8 * s, -t + 0.5),
            (reach, 12.2 * s, t),
            turned(-of.tilt_deg * 0.7, -sign * half.lamina_deg),
            square=of.blocky,
        ),
        lump(bone, (sign * 14 * s, y0 - 1, 8 * s), (5 * s, 7.5 * s, 9 * s)),
    ]


def _processes(draw: Rng, of: Spine, half: Half, sign: int, y0: float, bone: int) -> list[Lump]:
    s = of.size
    x, z = half.facet_mm * s, half.facet_z_mm
    lean = turned(0, sign * (half.cleft_deg - 45) * 0.3)
    tip = (sign * half.tp_mm * s, y0 - draw.uniform(-1, 3), half.tp_z_mm + half.tp_rise_mm)
    parts = [
        lump(bone, (sign * (x - 3.6 * s), y0 + 19 * s, z + 2), (4.2 * s, 11.5 * s, 4.5 * s), lean, square=bool(draw.random() < 0.3)),
        lump(bone, (sign * (x + 3.8 * s), y0 - 7 * s, z + 2.5), (4.3 * s, 14.5 * s, 5.5 * s), lean, square=bool(draw.random() < 0.3)),
        lump(bone, (sign * (x + 4.8 * s), y0 - 1, z - 1), (half.mamilla_mm, 6 * s, half.mamilla_mm)),
        rod(bone, (sign * (x + 1), y0, half.tp_z_mm + 2), tip, (draw.uniform(4.5, 7.5) * s, draw.uniform(2, 3.8))),
    ]
    if half.spur_mm:
        parts.append(lump(bone, (sign * (x + draw.uniform(2, 6)), y0 - 12 * s, z - 2.5), (half.spur_mm, 6, half.spur_mm * 0.8)))
        parts.append(lump(bone, (sign * (x - draw.uniform(2, 5)), y0 + 20 * s, z - 2), (half.spur_mm, 5, half.spur_mm * 0.7)))
    return parts


def _joints(of: Spine, y0: float) -> list[Lump]:
    """The clefts between the vertebra at y0 (bone 1) and the one below (bone 2): holes in both."""
    cuts = []
    for sign, half in zip((-1, 1), of.halves, strict=True):
        centre = (sign * half.facet_mm * of.size, y0 + 22 * of.size, half.facet_z_mm + 1)
        for bone in (1, 2):
            cuts.append(lump(bone, centre, (half.cleft_mm / 2 + 0.2, 16, 7), turned(0, sign * -(half.cleft_deg - 10) * 0.6), hole=True, square=True))
    return cuts


def _column(draw: Rng, of: Spine) -> list[Lump]:
    """Bones 0, 1, 2: one level above, the level at y = 0, one below."""
    parts = [one for bone, y0 in ((1, 0.0), (2, of.pitch_mm)) for one in vertebra(draw, of, y0, bone)]
    return parts + _joints(of, 0.0)


def _flesh(draw: Rng, of: Spine) -> tuple[list[Sheet], list[Oval]]:
    """The ligamentum flavum and dura, the sac, and the layer in front of it, between the two vertebrae."""
    s = of.size
    y = 0.5 * (19.5 * s + of.pitch_mm - 3.5 * s)
    z = draw.uniform(0.5, 3.5)
    slope = draw.uniform(-0.15, 0.1)
    wide = draw.uniform(9, 13)
    back = Sheet((0, y, z), (wide, 8 * s), draw.uniform(0.8, 2.4), draw.uniform(0.7, 1.3), (0, slope), draw.uniform(-0.02, 0.01))
    front = Sheet(
        (0, y, of.canal_mm + s - draw.uniform(0.2, 1.4)),
        (wide + 2, 10 * s),
        draw.uniform(0.8, 3),
        draw.uniform(0.7, 1.3),
        (0, slope * 0.4),
        draw.uniform(0, 0.01),
    )
    sac = Oval((0, y, z + of.canal_mm / 2), (wide, 60, of.canal_mm / 2), draw.uniform(0.15, 0.7))
    return [back, front], [sac]


def _scene(of: Spine, draw: Rng, pose: Pose, marks: list[Mark], key: tuple[str, ...], below_mm: float, wide_mm: float) -> Scene:
    sheets, ovals = _flesh(draw, of)
    deep = of.depth_mm + below_mm
    return Scene(pose, _column(draw, of), sheets, ovals, marks, of.fat_mm, deep, wide_mm, of.blend_mm, "back", key)


def _pose(draw: Rng, of: Spine, y: float, x: float = 0.0, roll_deg: float = 5.0) -> Pose:
    """A transverse plane through (x, y) at the laminae."""
    return posed(
        (x, y, 0),
        of.depth_mm,
        shift_mm=draw.normal(0, 6),
        roll_deg=draw.normal(0, roll_deg),
        pitch_deg=draw.normal(0, 2.5),
        yaw_deg=draw.normal(0, 2.5),
        sagittal=False,
    )


def _middle_marks(of: Spine) -> list[Mark]:
    """The spinous process and both laminae."""
    found = [Mark("spinous_process", (of.bent_mm * 0.9, 0, -2 * of.lamina_mm - of.spinous_mm), "top", 5, bone=1)] if of.plain_spinous else []
    for sign, half in zip((-1, 1), of.halves, strict=True):
        x = 0.5 * (of.spinous_half_mm + half.facet_mm * of.size - 7.8 * of.size)
        found.append(Mark("lamina", (sign * max(x, 5.0), 0, -2 * of.lamina_mm), "on", 6, bone=1))
    return found


def facet(draw: Rng) -> Scene:
    """Across both facet joints: joints, laminae, spinous process."""
    of = spine(draw)
    pose = _pose(draw, of, 17.5 * of.size + draw.normal(0, 0.8))
    marks = _middle_marks(of)
    for sign, half in zip((-1, 1), of.halves, strict=True):
        marks.append(Mark("facet", (sign * half.facet_mm * of.size, 0, half.facet_z_mm - 2), "gap", half.cleft_mm))
    return _scene(of, draw, pose, marks, ("facet", "lamina"), 12, 36)


def process(draw: Rng) -> Scene:
    """Across the transverse processes."""
    of = spine(draw)
    pose = _pose(draw, of, draw.normal(1.0, 0.8))
    marks = _middle_marks(of)
    for sign, half in zip((-1, 1), of.halves, strict=True):
        x, z = half.facet_mm * of.size + 4 * of.size, half.facet_z_mm - 2.5
        marks.append(Mark("sap_tip", (sign * x, 0, z), "top", 3.5, bone=1))
        marks.append(Mark("tp_groove", (sign * (x + 5.5 * of.size), 0, half.tp_z_mm - 1), "valley", 3.2, bone=1))
        end_z = half.tp_z_mm + half.tp_rise_mm - 2.5
        marks.append(Mark("tp_tip", (sign * (half.tp_mm - 6) * of.size, 0, end_z - half.tp_rise_mm * 0.2), "end", 9, towards=sign, bone=1))
    return _scene(of, draw, pose, marks, ("tp_groove", "tp_tip"), 18, 50)


def interlaminar(draw: Rng) -> Scene:
    """Across the window between two laminae."""
    of = spine(draw)
    y = 0.5 * (19.5 * of.size + of.pitch_mm - 3.5 * of.size) + draw.normal(0, 0.5)
    pose = posed(
        (0, y, 2),
        of.depth_mm + 2,
        shift_mm=draw.normal(0, 6),
        roll_deg=draw.normal(0, 4),
        pitch_deg=draw.normal(0, 1.5),
        yaw_deg=draw.normal(0, 2),
        sagittal=False,
    )
    scene = _scene(of, draw, pose, [], ("articular_process", "posterior_complex", "anterior_complex"), of.canal_mm + 12, 34)
    for sign, half in zip((-1, 1), of.halves, strict=True):
        inner = (sign * (half.facet_mm - 4) * of.size, 0.0, half.facet_z_mm - 1.0)
        scene.marks.append(Mark("articular_process", inner, "end", 7, towards=-sign, bone=1))
    for number, name in enumerate(("posterior_complex", "anterior_complex")):
        scene.marks.append(Mark(name, (0, y, float(scene.sheets[number].depth_at(0.0, y))), "soft", sheet=number))
    return scene


def paramedian(draw: Rng) -> Scene:
    """Along the laminae, leaning to the middle, through the window between them."""
    of = spine(draw)
    gap = (19.5 * of.size, of.pitch_mm - 3.5 * of.size)
    y = sum(gap) / 2
    sign = int(draw.choice([-1, 1]))
    inner = min(half.facet_mm for half in of.halves) * of.size
    x = sign * draw.uniform(3.2, max(4.5, inner - 9.5 * of.size))
    lean = sign * draw.uniform(3, 16)
    pose = posed(
        (x, y, 0),
        of.depth_mm * draw.uniform(0.75, 1),
        shift_mm=draw.normal(0, 7),
        roll_deg=draw.normal(0, 6),
        pitch_deg=-lean,
        yaw_deg=draw.normal(0, 3),
        sagittal=True,
    )
    scene = _scene(of, draw, pose, [], ("lamina_cranial", "lamina_caudal", "posterior_complex"), of.canal_mm + 12, 40)
    above = vertebra(draw, of, -of.pitch_mm, 0)
    scene.lumps.extend(above)
    top = -2 * of.lamina_mm + 2
    scene.marks.append(Mark("lamina_cranial", (0, gap[0] - 6, top - 1), "end", 9, towards=1, bone=1))
    scene.marks.append(Mark("lamina_caudal", (0, gap[1] + 6, top + 1), "end", 9, towards=-1, bone=2))
    for number, name in enumerate(("posterior_complex", "anterior_complex")):
        scene.marks.append(Mark(name, (0, y, float(scene.sheets[number].depth_at(0.0, y))), "soft", sheet=number))
    return scene


def foramen(draw: Rng) -> Scene:
    """Beside the joint, where the root leaves: one side."""
    of = spine(draw)
    of = replace(of, halves=(replace(of.halves[0], facet_mm=draw.uniform(12, 16)), replace(of.halves[1], facet_mm=draw.uniform(12, 16))))
    s = of.size
    side = int(draw.choice([-1, 1]))
    half = of.halves[0 if side < 0 else 1]
    y = of.pitch_mm - draw.uniform(11, 15) * s
    outer = (half.facet_mm + 8) * s
    pose = posed(
        (side * outer, y, 6),
        of.depth_mm * draw.uniform(0.8, 1.05) + 6,
        shift_mm=draw.normal(0, 5),
        roll_deg=side * draw.uniform(-2, 16),
        pitch_deg=draw.normal(0, 2),
        yaw_deg=draw.normal(0, 3),
        sagittal=False,
    )
    root = (side * (outer + draw.uniform(-0.5, 3)), y, of.canal_mm - draw.uniform(0.5, 4))
    ligament = Sheet(
        (side * (outer + 9), y, half.tp_z_mm + draw.uniform(-2, 1)),
        (9, 40),
        draw.uniform(0.6, 1.6),
        draw.uniform(0.4, 1.0),
        (side * draw.uniform(-0.2, 0.1), 0.0),
    )
    scene = _scene(of, draw, pose, [], ("nerve_root", "articular_edge"), of.canal_mm + 20, 30)
    size = draw.uniform(2.2, 4.2)
    scene.sheets.append(ligament)
    scene.ovals.append(Oval(root, (size * draw.uniform(1, 1.5), 60, size), draw.uniform(0.15, 0.5), draw.uniform(0.7, 1.8)))
    wide = max(26 * s, outer + draw.uniform(4, 9))
    scene.lumps.append(lump(3, (0, y, of.canal_mm + 20 * s), (wide, 12, 17 * s), square=True))
    scene.marks.append(Mark("articular_edge", (side * (half.facet_mm + 3) * s, 0, half.facet_z_mm - 2), "end", 9, towards=side, bone=2))
    scene.marks.append(Mark("intertransverse_ligament", (side * (outer + 9), y, ligament.centre_mm[2]), "soft", sheet=2))
    scene.marks.append(Mark("vertebral_edge", (side * (wide - 5), 0, of.canal_mm + 4 * s), "end", 10, towards=side, bone=3))
    scene.marks.append(Mark("nerve_root", root, "soft"))
    return scene


VIEWS = {
    "transverse_facet": facet,
    "transverse_process": process,
    "transverse_interlaminar": interlaminar,
    "paramedian_oblique": paramedian,
    "transverse_foramen": foramen,
}
