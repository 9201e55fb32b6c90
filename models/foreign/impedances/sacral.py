"""The five sacral views: a sacrum, its ilia and ligaments, cut where the probe stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.foreign.impedances import sacrum
from models.foreign.impedances.loft import Bone, Cut, Joint, Loft, loft, ripple, section
from models.foreign.impedances.lumbar import fat_of, septa
from models.foreign.impedances.probe import Draw, Numbers, array_for, placed_across, sagittal, transverse
from models.foreign.impedances.sacrum import REACH_X, VENTRAL
from models.foreign.impedances.scene import Finder, Oval, Scene, Sheet, Spot, bend, limb, located, on_bone, on_sheet, peak, snapped, sunk


def transverse_sacral_ala(draw: Draw) -> Scene:
    """Above the first foramina, y = 0: crest or last lumbar spine, the first superior processes, the wings, and the ilia beside them."""
    fat = fat_of(draw)
    process_x = float(np.clip(draw.normal(22.5, 2.8), 16, 29))
    inner = sacrum.back_of(draw, ridge_x=14, ridge_mm=draw.uniform(0, 2), groove_mm=draw.uniform(0, 4), edge_x=48, fall_mm=draw.uniform(0, 5))
    wings = sacrum.wing_of(draw, root_x=process_x + draw.uniform(2, 4.5), inner=inner)
    high = draw.uniform(1.5, 6) if draw.random() < 0.3 else draw.uniform(6, 17)
    lofts: list[Loft] = [sacrum.shell("shell", [wings, wings + draw.normal(0, 0.6)], (-10, 14)), sacrum.crest(draw, (-6, 12), high)]
    lofts += [sacrum.sacral_process(draw, side, process_x * draw.uniform(0.93, 1.07), draw.uniform(0.03, 0.14)) for side in (-1, 1)]
    bones = [Bone("sacrum", tuple(lofts), draw.uniform(0.8, 3.0))]
    joints = []
    for side in (-1, 1):
        root_x, wing_z = draw.uniform(48, 62), float(np.interp(side * 50, REACH_X, wings))
        bones.append(
            Bone(f"ilium{side}", (sacrum.ilium(draw, side, root_x, wing_z - draw.uniform(-4, 12), (-15, 20), high=draw.uniform(12, 24)),), 1.0)
        )
        joints.append(_side_joint(draw, side, root_x, wing_z, draw.uniform(1, 4)))
    if draw.random() < 0.35:
        bones += [_last_lumbar(draw, side, process_x) for side in (-1, 1)]
    skin = -(high + fat * draw.uniform(0.6, 1.0) + draw.uniform(5, 20))
    x = placed_across(draw, 0.5, around_mm=4, beside_mm=(8, 26))
    plane = transverse(draw, x=x, y=draw.normal(0, 2), skin_z=skin, hinge_z=2, tilt=draw.normal(0, 0.12))
    array = array_for(draw, 14 - skin, 0.7 * (process_x + 20) + 0.5 * abs(x))
    aims: list[tuple[str, Finder]] = [("median_crest", peak("crest"))]
    for side in (-1, 1):
        aims += [("s1_sap", peak(f"process{side}")), ("ala_groove", valley(f"process{side}", side, "sacrum", 13.0))]
    scene = Scene(array, plane, tuple(bones), tuple(aims), fat_mm=fat, middle_x=plane.flat((0, 0, 0))[0])
    return scene.plus(*septa(draw, scene, 0.0))


def _side_joint(draw: Draw, side: int, x: float, z: float, gap: float) -> Joint:
    turn = draw.normal(0.15, 0.3)
    return Joint(np.array([side * x, 0.0, z]), np.array([side * np.cos(turn), 0.0, np.sin(turn)]), gap)


def _last_lumbar(draw: Draw, side: int, process_x: float) -> Bone:
    """The inferior process of the last lumbar vertebra, medial of the sacral one."""
    size = draw.uniform(3.0, 4.8)
    x = process_x - 6 - size - draw.uniform(0.5, 3)
    cuts = [section(size, size * draw.uniform(0.8, 1.3), waves=ripple(draw, 0.08)) for _ in range(2)]
    one = loft(f"lumbar{side}", (side * x, -22, size - 2), (side * x, draw.uniform(-4, 4), size - draw.uniform(0, 3)), VENTRAL, cuts)
    return Bone(f"lumbar{side}", (one,), 1.0)


def valley(name: str, side: int, bone: str, reach_mm: float) -> Finder:
    """The junction of a peg with the face that goes on beside it: deepest beneath the chord from its tip to a place so far lateral."""

    def find(cut: Cut) -> Spot | None:
        top = cut.tops.get(name)
        if top is None or not np.isfinite(top).any():
            return None
        tip = peak(name)(cut)
        if tip is None:
            return None
        x, z = cut.array.point(*tip)
        far, _ = cut.array.polar(x + side * reach_mm, z + 4)
        rows = np.arange(round(tip[0]), int(np.clip(far, 0, len(top) - 1)) + side, side)
        if len(rows) < 5:
            return None
        from models.foreign.impedances.loft import first_surface

        along = first_surface(cut.fields[bone][rows], cut.array.sample_mm)
        good = np.isfinite(along)
        if not (good[0] and good[-1]):
            return None
        points = np.array([cut.array.point(float(row), float(mm) if ok else 0.0) for row, mm, ok in zip(rows, along, good, strict=True)])
        chord = points[-1] - points[0]
        below = ((points[:, 1] - points[0, 1]) * chord[0] - (points[:, 0] - points[0, 0]) * chord[1]) * side / np.linalg.norm(chord)
        below = np.where(good, below, -np.inf)
        best = int(np.argmax(below))
        return (float(rows[best]), float(along[best])) if below[best] > 0.8 and 1 < best < len(rows) - 1 else None

    return find


# --- foramina --------------------------------------------------------------------------------------------------------------------------------------


def transverse_s1(draw: Draw) -> Scene:
    fat = fat_of(draw)
    high = draw.uniform(1, 5) if draw.random() < 0.3 else draw.uniform(5, 15)
    hole_x = float(np.clip(draw.normal(23.5, 2.8), 16, 32))
    back = sacrum.back_of(
        draw,
        ridge_x=hole_x - 6,
        ridge_mm=draw.uniform(0, 3.5),
        groove_mm=draw.uniform(0, 5),
        edge_x=46,
        fall_mm=draw.uniform(-1, 10),
        rim_mm=draw.uniform(0, 6),
    )
    lofts = [sacrum.shell("shell", [back + draw.normal(0, 0.5), back], (-12, 12)), sacrum.crest(draw, (-12, 10), high)]
    holes, sizes = [], []
    for side in (-1, 1):
        size = (float(np.clip(draw.normal(8.5, 1.6), 4, 14)), float(np.clip(draw.normal(10.3, 1.5), 6, 14)))
        x = hole_x + draw.normal(0, 0.8)
        z = float(np.interp(side * x, REACH_X, back))
        sizes.append((side, x, z, *size))
        holes.append(
            sacrum.foramen(draw, side, x, draw.normal(0, 1.2), wide=size[0], high=size[1], deep=float(np.clip(draw.normal(11, 1.9), 6, 17)), z=z)
        )
    bones = [Bone("sacrum", tuple(lofts), draw.uniform(0.8, 3.0), holes=tuple(holes))]
    if draw.random() < 0.7:
        bones += [_ilium_beside(draw, side, back) for side in (-1, 1)]
    skin = -(high + fat * draw.uniform(0.6, 1.0) + draw.uniform(4, 15))
    x = placed_across(draw, 0.5, around_mm=4, beside_mm=(8, 26))
    plane = transverse(draw, x=x, y=draw.normal(0, 1.2), skin_z=skin, hinge_z=0, tilt=draw.normal(0, 0.08))
    array = array_for(draw, 14 - skin, 0.7 * (hole_x + 12) + 0.5 * abs(x))
    aims: list[tuple[str, Finder]] = [("median_crest", peak("crest"))]
    for side, hx, z, wide, _ in sizes:
        for name, way in (("foramen_medial_lip", -1), ("foramen_lateral_lip", 1)):
            aims.append((name, lip((side * hx, 0.0, z), side * way, wide)))
    scene = Scene(array, plane, tuple(bones), tuple(aims), fat_mm=fat, middle_x=plane.flat((0, 0, 0))[0])
    return scene.plus(*_in_holes(draw, scene, sizes), *septa(draw, scene, -2.0))


def _ilium_beside(draw: Draw, side: int, back: Numbers) -> Bone:
    x = draw.uniform(42, 56)
    z = float(np.interp(side * x, REACH_X, back))
    return Bone(f"ilium{side}", (sacrum.ilium(draw, side, x, z - draw.uniform(-2, 15), (-20, 20), high=draw.uniform(12, 24)),), 1.0)


def lip(hole: tuple[float, float, float], way: int, wide: float) -> Finder:
    """The rim of a hole on a side: walking outwards from its middle, the first beam whose bone lies as shallow as the face does beyond."""

    def find(cut: Cut) -> Spot | None:
        x, z = cut.plane.flat(hole)
        top = cut.tops.get("shell")
        if top is None:
            return None
        start, beyond = located(cut, x, z), located(cut, x + way * (wide / 2 + 2.2), z)
        face = snapped(cut, beyond, 4.0)
        if face is None or not 0 <= start[0] < len(top):
            return None
        rows = np.arange(round(start[0]), round(face[0]) + way, way)
        near = np.array([row for row in rows if 0 <= row < len(top) and np.isfinite(top[row]) and top[row] < face[1] + 1.3])
        if not len(near) or near[0] == rows[0]:
            return None
        return snapped(cut, (float(near[0]), float(top[near[0]])), 2.0)

    return find


def _in_holes(draw: Draw, scene: Scene, sizes: list[tuple[int, float, float, float, float]]) -> list[Oval]:
    """A root or a vessel with fat in some foramina."""
    found = []
    for side, x, z, wide, _ in sizes:
        if draw.random() < 0.7:
            u, v = scene.plane.flat((side * (x - 1.5), 0, z + 4))
            found.append(Oval(u, v, wide * 0.4, draw.uniform(2, 4.5), draw.normal(0, 0.3), draw.uniform(-14, 4), rim_db=draw.uniform(-16, 4)))
    return found


def transverse_sacroiliac(draw: Draw) -> Scene:
    """At the second foramen: the sacral margin and the ilium with their cleft between: level, stepped, overhung, wide, narrow, or bridged."""
    fat = fat_of(draw)
    high = draw.uniform(0.8, 4) if draw.random() < 0.3 else draw.uniform(4, 12)
    hole_x, cleft_x = float(np.clip(draw.normal(18.5, 2.2), 13, 25)), draw.uniform(32, 46)
    back = sacrum.back_of(
        draw,
        ridge_x=hole_x - 5,
        ridge_mm=draw.uniform(0, 3),
        groove_mm=draw.uniform(0, 4),
        edge_x=cleft_x,
        fall_mm=draw.uniform(-1, 8),
        rim_mm=draw.uniform(0, 5),
    )
    bones: list[Bone] = []
    holes, joints, aims = [], [], [("median_crest", peak("crest"))]
    foramina: list[tuple[str, Finder]] = []
    clefts = []
    for side in (-1, 1):
        x, wide = hole_x + draw.normal(0, 0.7), float(np.clip(draw.normal(7.3, 1.3), 4, 11))
        z = float(np.interp(side * x, REACH_X, back))
        holes.append(
            sacrum.foramen(
                draw, side, x, draw.normal(0, 0.8), wide=wide, high=float(np.clip(draw.normal(7.1, 1.2), 5, 10)), deep=draw.uniform(5, 12), z=z
            )
        )
        own_x = cleft_x + draw.normal(0, 1.5)
        edge_z = float(np.interp(side * own_x, REACH_X, back))
        gap = draw.uniform(0.8, 2.0) if draw.random() < 0.45 else draw.uniform(2.0, 6.5)
        joint = replace(_side_joint(draw, side, own_x, edge_z, gap), names=(("shell",), (f"ilium{side}",)))
        joints.append(joint)
        rim = draw.normal(5, 6)
        bones.append(
            Bone(
                f"ilium{side}",
                (sacrum.ilium(draw, side, own_x - draw.uniform(-1, 3), edge_z - rim, (-20, 20), high=draw.uniform(12, 24)),),
                1.0,
                joints=(joint,),
            )
        )
        clefts.append((side * own_x, edge_z - max(0.0, rim / 2), gap))
        foramina.append(("s2_foramen", mouth((side * x, 0.0, z), wide)))
        aims += [("sacral_edge", limb("shell", side, far=_halfway(side * own_x))), ("iliac_edge", limb(f"ilium{side}", -side))]
    lofts = (sacrum.shell("shell", [back, back + draw.normal(0, 0.6)], (-14, 14)), sacrum.crest(draw, (-14, 12), high))
    bones.insert(0, Bone("sacrum", lofts, draw.uniform(0.8, 3.0), holes=tuple(holes), joints=tuple(joints)))
    skin = -(high + fat * draw.uniform(0.6, 1.0) + draw.uniform(3, 12))
    x = placed_across(draw, 0.25, around_mm=4, beside_mm=(14, 34))
    plane = transverse(draw, x=x, y=draw.normal(0, 1.0), skin_z=skin, hinge_z=2, tilt=draw.normal(0, 0.08))
    array = array_for(draw, 16 - skin, 0.65 * cleft_x + 0.4 * abs(x))
    scene = Scene(array, plane, tuple(bones), tuple(aims + foramina), fat_mm=fat, middle_x=plane.flat((0, 0, 0))[0])
    ties = [_tie(draw, scene, at) for at in clefts for _ in range(int(draw.integers(0, 3)))]
    return scene.plus(*ties, *septa(draw, scene, -2.0))


def _halfway(x: float) -> Callable[[Cut], float]:
    """Half of the way out to x, on the screen: a face that has another side is not walked from there."""
    return lambda cut: cut.plane.flat((x / 2, cut.plane.origin[1], 0.0))[0]


def _tie(draw: Draw, scene: Scene, cleft: tuple[float, float, float]) -> Sheet:
    """A band of the posterior sacroiliac ligament over a cleft."""
    x, z = scene.plane.flat((cleft[0], 0, cleft[1]))
    reach = cleft[2] / 2 + draw.uniform(3, 9)
    ends = (x - reach, z - draw.uniform(0, 5)), (x + reach, z - draw.uniform(0, 5))
    return Sheet(bend(draw, ends[0], ends[1], draw.normal(0.5, 1)), draw.uniform(0.3, 0.9), draw.uniform(-8, 6))


def mouth(hole: tuple[float, float, float], wide: float) -> Finder:
    """Midway between a hole's lips."""

    def find(cut: Cut) -> Spot | None:
        spots = [lip(hole, way, wide)(cut) for way in (-1, 1)]
        if spots[0] is None or spots[1] is None:
            return None
        points = [cut.array.point(*spot) for spot in spots if spot is not None]
        beam, along = cut.array.polar(*np.mean(points, axis=0))
        return float(beam), float(along)

    return find


# --- the hiatus ------------------------------------------------------------------------------------------------------------------------------------


def transverse_sacral_hiatus(draw: Draw) -> Scene:
    fat = draw.uniform(2, 10) if draw.random() < 0.7 else draw.uniform(8, 24)
    apart, canal = float(np.clip(draw.normal(16.5, 3.2), 9, 24)), float(np.clip(draw.normal(4.6, 1.5), 1.8, 8.5))
    thick, sink = draw.uniform(1.0, 2.8), draw.uniform(-0.8, 2.2)
    face = _hiatus_face(draw, apart / 2, sink + thick + canal)
    lofts = [sacrum.shell("shell", [face, face + draw.normal(0, 0.5)], (-10, 12))]
    lofts += [
        sacrum.cornu(draw, side, apart / 2 * draw.uniform(0.92, 1.08), high=draw.uniform(2.2, 5.0), wide=draw.uniform(1.8, 4.2)) for side in (-1, 1)
    ]
    skin = -(fat + draw.uniform(2.5, 9))
    plane = transverse(draw, x=draw.normal(0, 2.5), y=draw.normal(0, 2), skin_z=skin, hinge_z=2)
    array = array_for(draw, 10 - skin, apart * draw.uniform(0.9, 1.6))
    scene = Scene(array, plane, (Bone("sacrum", tuple(lofts), draw.uniform(0.6, 2.0)),), fat_mm=fat, middle_x=plane.flat((0, 0, 0))[0])
    middle, z = scene.middle_x, plane.flat((0, 0, sink))[1]
    band = bend(
        draw, (middle - apart / 2 + 0.5, z + draw.normal(0, 0.6)), (middle + apart / 2 - 0.5, z + draw.normal(0, 0.6)), draw.normal(0, 0.5), 0.15
    )
    here = float(np.interp(middle, band[:, 0], band[:, 1]))
    db = draw.uniform(4, 18)
    soft: list[Sheet | Oval] = [Oval(middle, here + thick + canal / 2, apart / 2 - 2, max(0.8, canal / 2 - 0.3), 0, draw.uniform(-16, 4))]
    soft += [Sheet(band, min(1.2, thick / 2), db), Sheet(sunk(band, thick), draw.uniform(0.3, 0.6), db - draw.uniform(0, 9))]
    aims: list[tuple[str, Finder]] = [("cornu", peak(f"cornu{side}")) for side in (-1, 1)]
    aims += [("scl", on_sheet(band, middle)), ("sacral_floor", on_bone((0, 0, sink + thick + canal), 5.0, "sacrum"))]
    return replace(scene, aims=tuple(aims)).plus(*soft, *_near_skin(draw, scene))


def _hiatus_face(draw: Draw, half: float, floor: float) -> Numbers:
    """z at REACH_X: the floor of the canal between the cornua, and the face beside them."""
    z = np.zeros_like(REACH_X)
    for side in (-1, 1):
        x = side * REACH_X
        beside = draw.uniform(1, 6) + draw.uniform(0.0, 0.45) * np.maximum(x - half, 0) + draw.normal(0, 0.8) * np.sin(x * draw.uniform(0.2, 0.6))
        share = 1 / (1 + np.exp(-np.clip((x - half) / draw.uniform(0.4, 1.0), -30, 30)))
        z = np.where(x >= 0, floor * (1 - share) + beside * share, z)
    return z + draw.uniform(-0.1, 0.06) * (half**2 - np.minimum(REACH_X**2, half**2)) / half


def _near_skin(draw: Draw, scene: Scene) -> list[Sheet]:
    found = []
    for _ in range(int(draw.integers(0, 4))):
        z = scene.fat_mm * draw.uniform(0.2, 0.95)
        x = draw.uniform(-15, 15)
        found.append(
            Sheet(bend(draw, (x - 14, z + draw.normal(0, 1)), (x + 14, z + draw.normal(0, 1)), draw.normal(0, 0.8)), 0.4, draw.uniform(-8, 6))
        )
    return found


def longitudinal_sacral_hiatus(draw: Draw) -> Scene:
    """The roof ends at y = 0; the ligament goes on to the tail; the ventral wall lies under both."""
    fat = draw.uniform(2, 10) if draw.random() < 0.7 else draw.uniform(8, 24)
    canal, thick = float(np.clip(draw.normal(4.6, 1.5), 1.8, 8.5)), draw.uniform(1.0, 2.8)
    roof_mm, slope = draw.uniform(1.2, 3.0), draw.normal(0.0, 0.14)
    plates = [section(roof_mm * share, 9, square=3, waves=ripple(draw, 0.05)) for share in (draw.uniform(0.8, 2.2), 1.0, draw.uniform(0.6, 1.0))]
    start = (0, -46.0, roof_mm - 46 * slope - draw.uniform(0, 5))
    roof = loft("roof", start, (0, -roof_mm * 0.7, roof_mm), VENTRAL, plates, bow=(0, 0, draw.normal(0, 1.5)))
    wall = 2 * roof_mm + canal
    floor_mm = draw.uniform(3, 5)
    end = draw.uniform(14, 34)
    cuts = [section(floor_mm, 12, square=3, waves=ripple(draw, 0.06)) for _ in range(4)]
    floor = loft(
        "floor",
        (0, -48.0, wall + floor_mm - 48 * slope),
        (0, end, wall + floor_mm + end * slope * 0.4 - draw.uniform(0, 2)),
        VENTRAL,
        cuts,
        bow=(0, 0, draw.normal(0, 1.2)),
    )
    tail = loft(
        "tail", (0, end + floor_mm * 2 + draw.uniform(0, 3), wall + 3 + end * slope), (0, end + 30, wall + 5 + draw.uniform(0, 9)), VENTRAL, cuts[:2]
    )
    bones = (Bone("roof", (roof,), 1.0), Bone("floor", (floor, tail), 1.0))
    skin = -(fat + draw.uniform(2.5, 8))
    plane = sagittal(draw, x=draw.normal(0, 1.2), y=draw.normal(3, 5), skin_z=skin, hinge_z=2, lean=draw.normal(0, 0.06))
    array = array_for(draw, 10 - skin, draw.uniform(16, 26))
    scene = Scene(array, plane, bones, fat_mm=fat, sagittal=True)
    sink = draw.uniform(-0.2, 1.2)
    tip, far = plane.flat((0, 0.5, sink)), plane.flat((0, end, wall - draw.uniform(0.5, 3)))
    band = bend(draw, tip, far, draw.normal(-0.4, 0.8), 0.15)
    db = draw.uniform(4, 18)
    soft: list[Sheet | Oval] = [Oval((tip[0] + far[0]) / 2 - 8, (tip[1] + far[1]) / 2 + 2.5, end * 0.7, canal * 0.55, 0.05, draw.uniform(-12, 4))]
    soft += [Sheet(band, min(1.2, thick / 2), db), Sheet(sunk(band, thick), draw.uniform(0.3, 0.6), db - draw.uniform(0, 9))]
    scl = past_edge("roof", band, 5.0)
    aims: tuple[tuple[str, Finder], ...] = (("hiatus_apex", limb("roof", 1)), ("scl", scl), ("sacral_floor", foot(scl, "floor")))
    return replace(scene, aims=aims).plus(*soft, *_near_skin(draw, scene))


def past_edge(name: str, points: Numbers, mm: float) -> Finder:
    """On a sheet, so many mm to the right of where a loft ends."""

    def find(cut: Cut) -> Spot | None:
        edge = limb(name, 1)(cut)
        if edge is None:
            return None
        row, column = round(edge[0]), min(cut.x.shape[1] - 1, round(edge[1] / cut.array.sample_mm))
        return on_sheet(points, float(cut.x[row, column]) + mm)(cut)

    return find


def foot(of: Finder, name: str) -> Finder:
    """The nearest place on a loft's surface."""

    def find(cut: Cut) -> Spot | None:
        spot, top = of(cut), cut.tops.get(name)
        if spot is None or top is None or not np.isfinite(top).any():
            return None
        rows = np.flatnonzero(np.isfinite(top))
        points = np.array([cut.array.point(float(row), float(top[row])) for row in rows])
        best = int(np.argmin(np.hypot(*(points - np.array(cut.array.point(*spot))).T)))
        return snapped(cut, (float(rows[best]), float(top[rows[best]])), 2.0)

    return find
