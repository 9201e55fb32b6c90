"""Sacral: the five views of the sacrum and their landmarks, read off the cut."""

from __future__ import annotations

import numpy as np

from models.foreign.lofts import sacrum
from models.foreign.lofts.array import array_for
from models.foreign.lofts.mesh import Draw, Loft, Mesh, Real, cut_of, joined, lofted
from models.foreign.lofts.profile import X_MM, Point, Profile, at_x, corner, end_of, top
from models.foreign.lofts.sacrum import Sacrum, sacrum_of
from models.foreign.lofts.scene import Scene, Sheet, cover_of, kept, plane_at, skinned
from models.foreign.lofts.vertebra import ALA, CORNU, CREST, FLOOR, ILIUM, INFERIOR, PLATE, SPINE, SUPERIOR, build_of, part


def _plate(side: float) -> tuple[int, ...]:
    return part(PLATE, side), part(CREST)


def transverse_sacral_ala(draw: Draw) -> Scene:
    bone, build = sacrum_of(draw), build_of(draw)
    y = draw.uniform(2, 0.4 * bone.y_s1)
    lofts = sacrum.first_processes(draw, bone, build, rows=(-8, draw.uniform(8, 12)))
    lofts += _fifth(draw, bone) if draw.random() < 0.4 else []
    meshes = [sacrum.sheet_of(bone, y - 16, y + 16), lofted(lofts)]
    if draw.random() < 0.75:
        meshes.append(_ilia(draw, bone, y, out=draw.uniform(-4, 14), up=draw.uniform(2, 26)))
    off = draw.choice((0.0, -25.0, 25.0)) + draw.normal(0, 5)
    scene = _over(draw, joined(meshes), (off, y), pitch=draw.uniform(-0.25, 0.2), deep=bone.lamina_mm + 16, wide=74, rough=build.rough)
    shown = _shown(scene)
    marks: dict[str, list[Point | None]] = {"median_crest": [_crest(bone, shown)], "s1_sap": [], "ala_groove": []}
    for side in (-1.0, 1.0):
        sap, wing = top(shown.of(part(SUPERIOR, side))), shown.of(part(ALA, side), part(PLATE, side))
        marks["s1_sap"].append(sap)
        marks["ala_groove"].append(_foot(shown, sap, wing, side))
    return _with(scene, kept(marks), *_loose(draw))


def _foot(shown: Profile, sap: Point | None, wing: Real, side: float) -> Point | None:
    """Where the process meets the wing: the corner between its top and a place of the wing 9 mm beyond the process."""
    if sap is None:
        return None
    process = np.flatnonzero(~np.isnan(shown.of(part(SUPERIOR, side))))
    edge = X_MM[process[-1] if side > 0 else process[0]]
    beyond = at_x(wing, round((edge + side * 7) * 4) / 4)
    return None if beyond is None else corner(shown.all, sap, (beyond[0], max(beyond[1], sap[1])))


def _fifth(draw: Draw, bone: Sacrum) -> list[Loft]:
    """The inferior processes of L5, medial of the sacral ones."""
    lofts = []
    for side, sign in zip(bone.sides, (-1.0, 1.0), strict=True):
        x, z = side.sap_x - draw.uniform(9, 12), bone.lamina_mm - draw.uniform(0, 5)
        path = [(sign * x, y, z) for y in (-14, -5, draw.uniform(-2, 4))]
        lofts.append(Loft(part(INFERIOR, sign), path, [(draw.uniform(3, 5), draw.uniform(4, 7))] * 3, blunt=4))
    return lofts


def _ilia(draw: Draw, bone: Sacrum, y: float, *, out: float, up: float) -> Mesh:
    edges = tuple(side.margin + out + draw.normal(0, 2) for side in bone.sides)
    ups = tuple(up + draw.normal(0, 2) - 8 for _ in bone.sides)
    return sacrum.ilium(draw, bone, y=y, x_of=(edges[0], edges[1]), up_of=(ups[0], ups[1]), lean=draw.uniform(-0.2, 0.9))


def transverse_s1(draw: Draw) -> Scene:
    bone, build = sacrum_of(draw), build_of(draw)
    y = bone.y_s1 + draw.normal(0, 1.2)
    meshes = [sacrum.sheet_of(bone, y - 14, y + 14, x_mm=0.6)]
    if draw.random() < 0.75:
        meshes.append(_ilia(draw, bone, y, out=draw.uniform(-4, 10), up=draw.uniform(4, 26)))
    off = draw.choice((0.0, -20.0, 20.0)) + draw.normal(0, 4)
    scene = _over(draw, joined(meshes), (off, y), pitch=draw.uniform(-0.3, 0.2), deep=bone.lamina_mm + 12, wide=64, rough=0.6 * build.rough)
    shown = _shown(scene)
    marks: dict[str, list[Point | None]] = {"median_crest": [_crest(bone, shown)], "foramen_medial_lip": [], "foramen_lateral_lip": []}
    for side, sign in zip(bone.sides, (-1.0, 1.0), strict=True):
        lips = _lips(scene, shown, sign, (side.s1_x, y), side.s1_wide)
        if lips is not None:
            marks["foramen_medial_lip"].append(lips[0])
            marks["foramen_lateral_lip"].append(lips[1])
    return _with(scene, kept(marks), *_loose(draw))


def _lips(scene: Scene, shown: Profile, sign: float, at: Point, wide: float) -> tuple[Point, Point] | None:
    """The brinks of a pit on its medial and lateral side: where the outline leaves the chord between its shoulders."""
    x = float(scene.plane.flat(np.array([[sign * at[0], at[1], 10.0]]))[0, 0])
    if np.isnan(shown.all[_column(x)]):
        return None
    floor = np.nanmax(shown.all[_column(x - 1.5) : _column(x + 1.5) + 1])
    lips = []
    for way in (-sign, sign):
        columns = [_column(x + way * far) for far in np.arange(0, wide / 2 + 4, 0.25)]
        depth = shown.all[columns]
        if np.isnan(depth).any():
            return None
        rim = depth[round(wide / 2 / 0.25) :].min()
        at_rim = int(np.flatnonzero(depth <= rim + max(0.6, 0.15 * (floor - rim)))[0])
        if floor - depth[at_rim] < 1.8:
            return None
        lips.append((float(X_MM[columns[at_rim]]), float(depth[at_rim])))
    return lips[0], lips[1]


def _column(x: float) -> int:
    return int(np.clip(round((x - X_MM[0]) / 0.25), 0, len(X_MM) - 1))


def transverse_sacroiliac(draw: Draw) -> Scene:
    bone, build = sacrum_of(draw), build_of(draw)
    y = bone.y_s2 + draw.normal(0, 1.5)
    gaps = [side.gap_mm for side in bone.sides]
    ends = [side.margin - 0.12 * y + draw.uniform(-1, 3) for side in bone.sides]
    edge = tuple(end + gap for end, gap in zip(ends, gaps, strict=True))
    ups = tuple(draw.uniform(2, 17) for _ in gaps)
    blades = sacrum.ilium(draw, bone, y=y, x_of=(edge[0], edge[1]), up_of=(ups[0], ups[1]), lean=draw.uniform(-0.15, 0.8))
    side = draw.choice((-1.0, 1.0, 0.0), p=(0.4, 0.4, 0.2))
    scene = _over(
        draw,
        joined([sacrum.sheet_of(bone, y - 14, y + 14, x_mm=0.6), blades]),
        (side * 22 + draw.normal(0, 3), y),
        pitch=draw.uniform(-0.2, 0.3),
        deep=bone.lamina_mm + 14,
        wide=66,
        rough=0.5 * build.rough,
    )
    shown = _shown(scene)
    marks: dict[str, list[Point | None]] = {"median_crest": [_crest(bone, shown)], "s2_foramen": [], "sacral_edge": [], "iliac_edge": []}
    for half, sign in zip(bone.sides, (-1.0, 1.0), strict=True):
        lips = _lips(scene, shown, sign, (half.s2_x, y), half.s2_wide)
        marks["s2_foramen"].append(None if lips is None else _between(*lips))
        bony = _margins(shown, sign)
        if bony is not None:
            marks["sacral_edge"].append(bony[0])
            marks["iliac_edge"].append(bony[1])
    return _with(scene, kept(marks), *_loose(draw))


def _between(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _margins(shown: Profile, side: float) -> tuple[Point, Point] | None:
    """Dorsal margins of the joint: the ilium's medial one, and the sacrum's last place before the ilium hides it or it falls away."""
    blade = shown.of(part(ILIUM, side))
    here = np.flatnonzero(~np.isnan(blade))
    if len(here) < 8:
        return None
    order = here if side > 0 else here[::-1]
    slope = np.abs(np.gradient(blade[order], 0.25))
    level = np.flatnonzero(slope < 1.6)
    if len(level) == 0:
        return None
    rim = order[level[0]]
    plate = shown.of(*_plate(side))
    free = np.flatnonzero(~np.isnan(plate) & (side * X_MM < side * X_MM[order[0]]) & (side * X_MM > 8))
    sacral = end_of(np.where(np.isin(np.arange(len(X_MM)), free), plate, np.nan), side, steepest=1.1)
    iliac = (float(X_MM[rim]), float(blade[rim]))
    return None if sacral is None or not 0.8 < side * (iliac[0] - sacral[0]) < 14 else (sacral, iliac)


def transverse_sacral_hiatus(draw: Draw) -> Scene:
    bone = sacrum_of(draw)
    y = bone.y_apex + draw.uniform(0.25, 0.6) * bone.hiatus_mm
    mesh = joined([sacrum.sheet_of(bone, y - 14, y + 14, half_mm=34), lofted(sacrum.cornua(draw, bone)), sacrum.floor_of(bone, y - 14, y + 14)])
    scene = _over(
        draw,
        mesh,
        (draw.normal(0, 3), y),
        pitch=draw.uniform(-0.35, 0.35),
        deep=bone.lamina_mm + 10,
        wide=44,
        rough=0.2,
        shallow=True,
        lid=y * bone.fall / 2,
    )
    shown = _shown(scene)
    humps = [top(shown.of(part(CORNU, side))) for side in (-1.0, 1.0)]
    x, z = (float(one) for one in scene.plane.flat(np.array([[0.0, y, float(sacrum.lid_z(bone, np.array(y)))]]))[0])
    floor = at_x(shown.of(part(FLOOR)), round(x * 4) / 4)
    if floor is None or floor[1] - z < 2:
        return scene
    band = _band(draw, (x, z), bone.hiatus_wide / 2 + 1.5)
    return _with(scene, kept({"cornu": list(humps), "scl": [(x, z)], "sacral_floor": [floor]}), *band)


def _band(draw: Draw, at: Point, half: float, *, tilt: float = 0.0) -> list[Sheet]:
    """The ligament: a bright surface, sometimes with a second beneath it."""
    t = np.linspace(-1, 1, 41)
    line = np.stack([at[0] + half * t, at[1] + draw.uniform(-0.5, 1.0) * t**2 + tilt * half * t], axis=1)
    thick = float(np.clip(draw.normal(1.8, 0.7), 0.7, 3.4))
    bands = [Sheet(line, draw.uniform(6, 22), draw.uniform(0.5, thick))]
    return bands if draw.random() < 0.5 else [*bands, Sheet(line + np.array((0, thick)), draw.uniform(2, 12), 0.5)]


def longitudinal_sacral_hiatus(draw: Draw) -> Scene:
    bone = sacrum_of(draw)
    flipped = draw.random() < 0.5
    y0, y1 = bone.y_apex - 50, bone.y_apex + 45
    mesh = joined([sacrum.sheet_of(bone, y0, y1, half_mm=9, x_mm=1.0), _ventral(draw, bone)])
    middle = bone.y_apex + draw.uniform(-9, 12)
    scene = _over(
        draw,
        mesh,
        (draw.normal(0, 0.8), middle),
        pitch=0.0,
        deep=bone.lamina_mm + 12,
        wide=52,
        rough=0.2,
        shallow=True,
        turn=-np.pi / 2 if flipped else np.pi / 2,
        lid=middle * bone.fall / 2,
        roll=draw.normal(0, 0.15),
    )
    way = -1.0 if flipped else 1.0
    shown = _shown(scene)
    apex = end_of(
        np.where(way * X_MM < way * _x_of(scene, bone.y_apex + 4), shown.of(part(CREST), part(PLATE, -1), part(PLATE, 1)), np.nan), way, steepest=2.0
    )
    if apex is None:
        return scene
    lid = _lid(draw, scene, bone, apex, way)
    place = np.argmin(np.abs(lid.points[:, 0] - apex[0] - way * 5))
    scl = (float(lid.points[place, 0]), float(lid.points[place, 1]))
    foot = at_x(shown.of(part(FLOOR)), round(scl[0] * 4) / 4)
    if foot is None or foot[1] - scl[1] < 2:
        return scene
    return _with(scene, kept({"hiatus_apex": [apex], "scl": [scl], "sacral_floor": [foot]}), lid)


def _x_of(scene: Scene, y: float) -> float:
    return float(scene.plane.flat(np.array([[0.0, y, 10.0]]))[0, 0])


def _lid(draw: Draw, scene: Scene, bone: Sacrum, apex: Point, way: float) -> Sheet:
    """The ligament from the apex to the hiatus's end."""
    y = np.linspace(bone.y_apex, bone.y_apex + bone.hiatus_mm + 4, 41)
    z = sacrum.lid_z(bone, y) + draw.uniform(-1.0, 2.5) * np.linspace(0, 1, 41) ** 2
    line = scene.plane.flat(np.stack([np.zeros(41), y, z], axis=1))
    line = line + (np.array(apex) + np.array((way * 0.5, draw.uniform(0.2, 1.2))) - line[0])
    return Sheet(line, draw.uniform(5, 22), draw.uniform(0.5, 1.8))


def _ventral(draw: Draw, bone: Sacrum) -> Mesh:
    return sacrum.floor_of(bone, bone.y_apex - 50, bone.y_apex + bone.hiatus_mm + draw.uniform(0, 12))


def _crest(bone: Sacrum, shown: Profile) -> Point | None:
    """The crest's top; none where it is cleft or worn away."""
    return None if bone.crest in ("none", "cleft") else top(shown.of(part(CREST), part(SPINE)))


def _shown(scene: Scene) -> Profile:
    assert scene.mesh is not None
    return Profile(cut_of(scene.mesh, scene.plane))


def _over(
    draw: Draw,
    mesh: Mesh,
    at: Point,
    *,
    pitch: float,
    deep: float,
    wide: float,
    rough: float,
    shallow: bool = False,
    turn: float = 0.0,
    roll: float = 0.0,
    lid: float = 0.0,
) -> Scene:
    """lid: how far beneath z = 0 the bone lies here, for the sacrum falls away."""
    cover = cover_of(draw, least=2.0) * (0.6 if shallow else 1.0) + 2
    skin = cover - lid if shallow else cover
    plane = plane_at(draw, at, skin, turn=turn, pitch=pitch, roll=roll)
    array = array_for(draw, cover + deep, wide_mm=wide, shallow=shallow)
    return Scene(skinned(draw, mesh, rough=rough, warp_mm=2.0), plane, max(cover, 1.5), array, sagittal=turn != 0)


def _with(scene: Scene, marks: dict[str, list[Point]], *sheets: Sheet) -> Scene:
    return Scene(scene.mesh, scene.plane, scene.cover_mm, scene.array, marks, sheets, scene.ovals, scene.calm, scene.sagittal)


def _loose(draw: Draw) -> list[Sheet]:
    """Nothing, or a septum or ligament that hangs in the muscle."""
    return [
        Sheet(
            np.stack(
                [draw.uniform(-30, 30) + draw.uniform(3, 14) * (t := np.linspace(-1, 1, 31)), draw.uniform(6, 30) + draw.normal(0, 3) * t], axis=1
            ),
            draw.uniform(1, 9),
        )
        for _ in range(draw.integers(0, 3))
    ]
