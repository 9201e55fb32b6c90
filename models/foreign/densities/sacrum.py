"""The sacrum with the iliac bones, and the five views of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan, degrees, radians, tan

from models.foreign.densities.bodies import Lump, Oval, Rng, Sheet, lump, rod, turned
from models.foreign.densities.scene import Mark, Pose, Scene, posed


@dataclass(frozen=True, slots=True)
class Wing:
    """One side of a subject's sacrum and ilium, in mm and degrees before the subject's size."""

    sap_mm: float
    sap_z_mm: float
    ala_z_mm: float
    ala_deg: float
    plate_deg: float
    hole_mm: float
    hole_half_mm: float
    lateral_z_mm: float
    lateral_half_mm: float
    edge_mm: float
    joint_mm: float
    ilium_deg: float
    ilium_high_mm: float


def _wing(draw: Rng) -> Wing:
    return Wing(
        sap_mm=draw.uniform(17, 24),
        sap_z_mm=draw.uniform(-6, 1),
        ala_z_mm=draw.uniform(6, 13),
        ala_deg=draw.uniform(-14, 12),
        plate_deg=draw.uniform(0, 24),
        hole_mm=draw.uniform(20.5, 25.5),
        hole_half_mm=draw.uniform(2.6, 5.2),
        lateral_z_mm=draw.uniform(0.5, 7),
        lateral_half_mm=draw.uniform(4, 9),
        edge_mm=draw.uniform(34, 42),
        joint_mm=draw.uniform(0.8, 3.2),
        ilium_deg=draw.uniform(18, 46),
        ilium_high_mm=draw.uniform(11, 24),
    )


@dataclass(frozen=True, slots=True)
class Sacrum:
    """A subject. crest_mm: the median crest above the plate. Wings: left, right."""

    size: float
    crest_mm: float
    crest_half_mm: float
    fat_mm: float
    cover_mm: float
    blend_mm: float
    wings: tuple[Wing, Wing]

    @property
    def depth_mm(self) -> float:
        """From the skin to the dorsal plate."""
        return self.fat_mm + self.cover_mm + self.crest_mm


def sacrum(draw: Rng) -> Sacrum:
    """A subject of 50 to 120 kg."""
    left, mix = _wing(draw), _wing(draw)
    share = draw.choice([0.12, 0.35, 1.0], p=[0.5, 0.3, 0.2])
    right = Wing(*[(1 - share) * getattr(left, name) + share * getattr(mix, name) for name in Wing.__slots__])
    return Sacrum(
        size=draw.uniform(0.88, 1.13),
        crest_mm=draw.uniform(5, 14),
        crest_half_mm=draw.uniform(1.6, 4),
        fat_mm=float(draw.choice([draw.uniform(3, 12), draw.uniform(8, 22), draw.uniform(18, 40)], p=[0.5, 0.35, 0.15])),
        cover_mm=draw.uniform(2, 18),
        blend_mm=draw.uniform(0.5, 2.0),
        wings=(left, right),
    )


def _bone(draw: Rng, of: Sacrum, holes_y: tuple[float, float]) -> list[Lump]:
    """Bone 1: y = 0 at the top of S1. holes_y: the levels of the first and the second foramen."""
    s = of.size
    parts = [lump(1, (0, 35, 26 * s), (27 * s, 45, 15 * s), square=True)]
    for y, high in ((4, 1.0), (holes_y[0] + 1, draw.uniform(0.75, 1.1)), (holes_y[1], draw.uniform(0.6, 1.0))):
        half = of.crest_half_mm * draw.uniform(0.8, 1.3)
        tip = 2 - of.crest_mm * high
        parts.append(lump(1, (draw.normal(0, 0.8), y, tip + (4 - tip) / 2), (half, draw.uniform(9, 14), (4 - tip) / 2), square=True))
    for sign, wing in zip((-1, 1), of.wings, strict=True):
        parts += _side(draw, of, wing, sign, holes_y)
        parts += _ilium(of, wing, sign)
    return parts


def _side(draw: Rng, of: Sacrum, wing: Wing, sign: int, holes_y: tuple[float, float]) -> list[Lump]:
    s = of.size
    plate = turned(0, -sign * wing.plate_deg)
    across = wing.hole_mm * s * 0.55
    parts = [
        lump(1, (sign * across, 34, 3.5), (across, draw.uniform(32, 42), 3.5), plate, square=True),
        lump(1, (sign * wing.sap_mm * s, -4, wing.sap_z_mm + 5), (4.3 * s, 11, 5.5), square=bool(draw.random() < 0.4)),
        lump(1, (sign * 35 * s, 1, wing.ala_z_mm + 6), (15 * s, 13, 6), turned(0, sign * wing.ala_deg), square=True),
        lump(1, (sign * (wing.edge_mm - 7) * s, 42, wing.lateral_z_mm + 7), (7.5 * s, 38, 7), square=True),
        lump(1, (sign * 27 * s, 40, 12), (10 * s, 40, 6), square=True),
    ]
    for y in holes_y:
        x = wing.hole_mm * s
        slot = (wing.hole_half_mm + draw.uniform(-0.4, 0.4), draw.uniform(4, 6.5), 13)
        parts.append(lump(1, (sign * x, y, 2), slot, turned(draw.uniform(-15, 15), sign * draw.uniform(-10, 15)), hole=True, square=True))
        for lip in (-1, 1):
            if draw.random() < 0.6:
                where = (sign * (x + lip * (wing.hole_half_mm + draw.uniform(2.5, 4))), y + draw.uniform(-4, 4), draw.uniform(0, 3))
                parts.append(lump(1, where, (draw.uniform(1.5, 3.5), draw.uniform(4, 8), draw.uniform(2, 4))))
    return parts


def _ilium(of: Sacrum, wing: Wing, sign: int) -> list[Lump]:
    """Bone 2: a blade whose medial dorsal edge lies beside the sacrum's, and its crest above."""
    x, z = (wing.edge_mm + wing.joint_mm) * of.size, wing.lateral_z_mm - 1
    high = wing.ilium_high_mm
    out = high / max(0.5, tan(radians(wing.ilium_deg)))
    return [
        rod(2, (sign * (x - 1), 36, z + 3), (sign * (x + out + 4), 36, z - high), (42, 4.5)),
        rod(2, (sign * (x + 5), 44, z + 2), (sign * (x + 12), 44, z + 30), (34, 5)),
        lump(1, (sign * (x - wing.joint_mm / 2), 44, z + 8), (wing.joint_mm / 2, 40, 9), turned(0, -sign * 14), hole=True, square=True),
    ]


def _scene(of: Sacrum, lumps: list[Lump], pose: Pose, marks: list[Mark], key: tuple[str, ...], below_mm: float, wide_mm: float) -> Scene:
    return Scene(pose, lumps, [], [], marks, of.fat_mm, of.depth_mm + below_mm, wide_mm, of.blend_mm, "back", key)


def _plane(draw: Rng, of: Sacrum, y: float, x: float = 0.0, roll: float = 0.0) -> Pose:
    return posed(
        (x, y, 0),
        of.depth_mm,
        shift_mm=draw.normal(0, 5),
        roll_deg=roll + draw.normal(0, 4),
        pitch_deg=draw.normal(0, 3),
        yaw_deg=draw.normal(0, 2.5),
        sagittal=False,
    )


def ala(draw: Rng) -> Scene:
    """Across the first sacral level: the groove between the superior articular process and the ala."""
    of = sacrum(draw)
    lumps = _bone(draw, of, (24 * of.size, 46 * of.size))
    marks = [Mark("median_crest", (0, 2, 2 - of.crest_mm), "top", 4.5, bone=1)]
    for sign, wing in zip((-1, 1), of.wings, strict=True):
        x = wing.sap_mm * of.size
        marks.append(Mark("s1_sap", (sign * x, 0, wing.sap_z_mm), "top", 3.5, bone=1))
        marks.append(Mark("ala_groove", (sign * (x + 6.5 * of.size), 0, wing.ala_z_mm), "valley", 3.5, bone=1))
    return _scene(of, lumps, _plane(draw, of, draw.normal(0, 1.5)), marks, ("ala_groove", "s1_sap"), 22, 46)


def first_foramen(draw: Rng) -> Scene:
    """Across the first sacral foramina."""
    of = sacrum(draw)
    first = 24 * of.size
    lumps = _bone(draw, of, (first, 46 * of.size))
    marks = [Mark("median_crest", (0, first, 2 - of.crest_mm), "top", 4.5, bone=1)]
    for sign, wing in zip((-1, 1), of.wings, strict=True):
        x, half = wing.hole_mm * of.size, wing.hole_half_mm
        marks.append(Mark("foramen_medial_lip", (sign * (x - half - 2.5), first, 2), "end", 4.5, towards=sign, bone=1))
        marks.append(Mark("foramen_lateral_lip", (sign * (x + half + 2.5), first, 3), "end", 4.5, towards=-sign, bone=1))
    return _scene(of, lumps, _plane(draw, of, first + draw.normal(0, 0.8)), marks, ("foramen_medial_lip", "foramen_lateral_lip"), 18, 38)


def joint(draw: Rng) -> Scene:
    """Across the second sacral foramina, out to the sacroiliac joint of one side."""
    of = sacrum(draw)
    second = 46 * of.size
    side = int(draw.choice([-1, 1]))
    lumps = _bone(draw, of, (24 * of.size, second))
    middle = side * draw.uniform(10, 32)
    pose = posed(
        (middle, second + draw.normal(0, 1), 0),
        of.depth_mm,
        shift_mm=0.0,
        roll_deg=side * draw.normal(4, 5),
        pitch_deg=draw.normal(0, 3),
        yaw_deg=draw.normal(0, 3),
        sagittal=False,
    )
    marks = [Mark("median_crest", (0, second, 3 - of.crest_mm), "top", 4.5, bone=1)]
    for sign, wing in zip((-1, 1), of.wings, strict=True):
        x, edge = wing.hole_mm * of.size, wing.edge_mm * of.size
        marks.append(Mark("s2_foramen", (sign * x, second, 2), "hole", 2 * wing.hole_half_mm, bone=1))
        marks.append(Mark("sacral_edge", (sign * (edge - 4), second, wing.lateral_z_mm + 0.5), "end", 8, towards=sign, bone=1))
        marks.append(
            Mark("iliac_edge", (sign * (edge + wing.joint_mm + 4), second, wing.lateral_z_mm - 5), "end", 8, towards=-sign, bone=2, steep=2.0)
        )
    return _scene(of, lumps, pose, marks, ("sacral_edge", "iliac_edge"), 20, 44)


@dataclass(frozen=True, slots=True)
class Hiatus:
    """The sacrum's lower end. y = 0 at the hiatus' apex; z = 0 at the roof's dorsal face there."""

    canal_mm: float
    scl_mm: float
    horn_mm: float
    horn_half_mm: float
    horn_high_mm: float
    horn_skew_mm: float
    steep: float
    depth_mm: float


def _hiatus(draw: Rng) -> Hiatus:
    return Hiatus(
        canal_mm=float(min(max(draw.normal(4.4, 1.5), 2.0), 8)),
        scl_mm=draw.uniform(0.8, 2.6),
        horn_mm=float(min(max(draw.normal(9.3, 1.5), 6), 13)),
        horn_half_mm=draw.uniform(1.6, 3.6),
        horn_high_mm=draw.uniform(1.0, 4.0),
        horn_skew_mm=draw.normal(0, 0.9),
        steep=draw.uniform(-0.05, 0.16),
        depth_mm=float(draw.choice([draw.uniform(6, 14), draw.uniform(10, 28)])),
    )


def _lower(draw: Rng, h: Hiatus, size: float) -> list[Lump]:
    """Roof with crest (bone 1), horns and floor (bone 2), tailbone (bone 3)."""
    roof = draw.uniform(1.3, 2.6)
    base = turned(-degrees(atan(h.steep)))
    floor = h.scl_mm + h.canal_mm
    parts = [
        lump(1, (0, -30, roof), (14 * size, 30.5, roof), base, square=True),
        lump(1, (0, -26, -1), (draw.uniform(1.5, 3), draw.uniform(14, 23), draw.uniform(1.5, 4.5))),
        lump(2, (0, -12, floor + 5), (17 * size, 42, 5), base, square=True),
        lump(3, (draw.normal(0, 0.5), draw.uniform(43, 47.5), floor + 5 + 8 * h.steep), (9 * size, 15, 4), turned(-draw.uniform(0, 14))),
    ]
    for sign in (-1, 1):
        x = sign * h.horn_mm * size + h.horn_skew_mm * 0.5
        high = max(0.6, h.horn_high_mm + sign * h.horn_skew_mm)
        body = (floor + 4 + high) / 2
        parts.append(lump(2, (x, 8, body - high), (h.horn_half_mm, 13, body), square=bool(draw.random() < 0.5)))
        wing = turned(0, sign * draw.uniform(-12, 20))
        where = (sign * draw.uniform(18, 22) * size, -6, floor + draw.uniform(0, 3))
        parts.append(lump(2, where, (draw.uniform(7, 11) * size, 36, 5), wing, square=bool(draw.random() < 0.5)))
    return parts


def _seen(draw: Rng, h: Hiatus, size: float, scene: Scene) -> Scene:
    """The scene with the bone of the sacrum's lower end, a first fascia and how far lumps flow together."""
    return replace(scene, lumps=_lower(draw, h, size), fat_mm=h.depth_mm * draw.uniform(0.3, 0.9), blend_mm=draw.uniform(0.4, 1.2))


def hiatus_across(draw: Rng) -> Scene:
    """Across the horns: ligament, canal and floor between them."""
    h, size = _hiatus(draw), draw.uniform(0.85, 1.12)
    y = draw.uniform(5, 11)
    pose = posed(
        (0, y, 0),
        h.depth_mm,
        shift_mm=draw.normal(0, 3),
        roll_deg=draw.normal(0, 5),
        pitch_deg=draw.normal(0, 5),
        yaw_deg=draw.normal(0, 4),
        sagittal=False,
    )
    band = Sheet((0, y, 0.4), (h.horn_mm * size - 1, 14), h.scl_mm, draw.uniform(0.5, 1.4), (0, h.steep), draw.uniform(-0.02, 0.008))
    canal = Oval((0, y, h.scl_mm + h.canal_mm / 2), (h.horn_mm * size, 40, h.canal_mm / 2), draw.uniform(0.2, 0.8))
    marks = [Mark("cornu", (s * h.horn_mm * size + h.horn_skew_mm * 0.5, y, -h.horn_high_mm), "top", 3.5, bone=2) for s in (-1, 1)]
    marks.append(Mark("scl", (0, y, float(band.depth_at(0, y))), "soft", sheet=0))
    marks.append(Mark("sacral_floor", (0, y, h.scl_mm + h.canal_mm + h.steep * (y + 12)), "on", 4, bone=2))
    return _seen(draw, h, size, Scene(pose, [], [band], [canal], marks, 0, h.depth_mm + 14, 22, 0, key=("cornu", "scl", "sacral_floor")))


def hiatus_along(draw: Rng) -> Scene:
    """Along the middle: the roof ends, the ligament slopes down over the floor."""
    h, size = _hiatus(draw), draw.uniform(0.85, 1.12)
    pose = posed(
        (draw.normal(0, 0.8), draw.uniform(-4, 8), 0),
        h.depth_mm,
        shift_mm=0.0,
        roll_deg=draw.normal(0, 6),
        pitch_deg=draw.normal(0, 4),
        yaw_deg=draw.normal(0, 3),
        sagittal=True,
    )
    fall = draw.uniform(0.02, 0.14) + h.steep
    band = Sheet((0, 0, 0.6), (12, 26), h.scl_mm, draw.uniform(0.5, 1.4), (0, fall))
    canal = Oval((0, 4, h.scl_mm + h.canal_mm / 2), (12, 26, h.canal_mm / 2), draw.uniform(0.2, 0.8))
    marks = [
        Mark("hiatus_apex", (0, -6, 0.2 - 6 * h.steep), "end", 9, towards=1, bone=1),
        Mark("scl", (0, 5, float(band.depth_at(0, 5))), "soft", sheet=0),
        Mark("sacral_floor", (0, 5.3, h.scl_mm + h.canal_mm + h.steep * 17), "on", 4, bone=2),
    ]
    return _seen(draw, h, size, Scene(pose, [], [band], [canal], marks, 0, h.depth_mm + 14, 24, 0, key=("hiatus_apex", "scl", "sacral_floor")))


VIEWS = {
    "transverse_sacral_ala": ala,
    "transverse_s1": first_foramen,
    "transverse_sacroiliac": joint,
    "transverse_sacral_hiatus": hiatus_across,
    "longitudinal_sacral_hiatus": hiatus_along,
}
