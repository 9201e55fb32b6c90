"""Lumbar: the five views of the lumbar column, each a plane through three vertebrae, and their landmarks read off the cut."""

from __future__ import annotations

import numpy as np

from models.foreign.lofts.array import array_for
from models.foreign.lofts.mesh import Cut, Draw, Mesh, Plane, Real, cut_of, lofted
from models.foreign.lofts.profile import X_MM, Point, Profile, at_x, corner, end_of, on_chord, top
from models.foreign.lofts.scene import Marks, Oval, Scene, Sheet, cover_of, kept, plane_at, skinned
from models.foreign.lofts.vertebra import (
    BODY,
    INFERIOR,
    LAMINA,
    PROCESS,
    SPINE,
    SUPERIOR,
    Build,
    Frame,
    build_of,
    canal_mm,
    frames_of,
    part,
    vertebra,
)

LEVELS = (0, 1, 2)
SHOULDER_MM = 3.0  # an articular process is taken to reach so far beneath its top
NERVES = ((-9.0, 7.0), (-5.0, 5.0), (8.0, 0.0), (-12.0, 9.0))  # dB inside and at the rim


def column(draw: Draw, *, count: int = 3, body: bool = True) -> tuple[Build, list[Frame], Mesh]:
    """A build, its vertebrae's places, and their bones: the middle one at y = 0, a level's number is its place from above."""
    build = build_of(draw)
    frames = frames_of(draw, build, count)
    lofts = [loft for level, frame in enumerate(frames) for loft in vertebra(draw, build, frame, level, body=body)]
    return build, frames, skinned(draw, lofted(lofts), rough=build.rough)


def every(kind: int, side: float = 0.0) -> tuple[int, ...]:
    return tuple(part(kind, side, level) for level in LEVELS)


def transverse_facet(draw: Draw) -> Scene:
    build, frames, mesh = column(draw)
    y = build.size * draw.uniform(21.0, 26)
    scene = _over(draw, mesh, (frames[1].x + draw.normal(0, 3), y), pitch=draw.normal(0.04, 0.06), deep=build.high_mm + 12, wide=56)
    shown = Profile(cut_of(mesh, scene.plane))
    marks = {"spinous_process": [_spine(shown)], "lamina": [], "facet": []}
    for side in (-1.0, 1.0):
        marks["lamina"].append(_lamina(shown, side))
        marks["facet"].append(_opening(shown, side))
    return _with(scene, kept(marks), *_capsules(draw, kept(marks)))


def transverse_process(draw: Draw) -> Scene:
    build, frames, mesh = column(draw)
    off = draw.choice((0.0, 0.0, -22.0, 22.0)) + draw.normal(0, 4)
    scene = _over(draw, mesh, (frames[1].x + off, draw.uniform(3.5, 8)), pitch=draw.normal(-0.03, 0.07), deep=build.high_mm + 18, wide=70)
    shown = Profile(cut_of(mesh, scene.plane))
    marks: dict[str, list[Point | None]] = {"spinous_process": [_spine(shown)], "lamina": [], "sap_tip": [], "tp_groove": [], "tp_tip": []}
    for side in (-1.0, 1.0):
        tip, end = top(shown.of(*every(SUPERIOR, side))), end_of(shown.of(*every(PROCESS, side)), side, steepest=1.0)
        marks["lamina"].append(_lamina(shown, side))
        marks["sap_tip"].append(tip)
        marks["tp_tip"].append(end)
        marks["tp_groove"].append(_groove(shown, tip, end))
    return _with(scene, kept(marks))


def transverse_interlaminar(draw: Draw) -> Scene:
    build, frames, mesh = column(draw)
    y = build.spacing_mm * draw.uniform(0.93, 1.0)
    scene = _over(
        draw, mesh, (frames[1].x + draw.normal(0, 2.5), y), pitch=draw.normal(-0.08, 0.07), deep=build.high_mm + canal_mm(build) + 4, wide=52
    )
    shown = Profile(cut_of(mesh, scene.plane))
    back = at_x(shown.of(*every(BODY)), _midline(scene.plane, build))
    if back is None:
        return scene
    complex_mm = back[1] - build.size * draw.uniform(14, 18)
    roof = _roof(draw, (back[0], complex_mm))
    marks: dict[str, list[Point | None]] = {"posterior_complex": [(back[0], complex_mm)], "anterior_complex": [back], "articular_process": []}
    for side in (-1.0, 1.0):
        marks["articular_process"].append(_medial(shown, side, back[0]))
    return _with(
        scene, kept(marks), roof, Sheet(_line(back[0], back[1] - 0.2, 9, bow=-0.4), draw.uniform(6, 20)), *_ligament(draw, back[0], complex_mm)
    )


def paramedian_oblique(draw: Draw) -> Scene:
    build, _, mesh = column(draw)
    side, x = draw.choice((-1.0, 1.0)), draw.uniform(5, 10) * build.size
    middle = build.spacing_mm * draw.uniform(0.72, 1.05)
    flipped = draw.random() < 0.5
    cover = cover_of(draw)
    lean = side * draw.uniform(0.08, 0.3)
    deep = build.high_mm + canal_mm(build) + 6
    turn = np.pi / 2 if not flipped else -np.pi / 2
    plane = plane_at(draw, (side * (x + 0.2 * build.high_mm), middle), cover, turn=turn, pitch=lean if not flipped else -lean)
    scene = Scene(mesh, plane, cover, array_for(draw, cover + deep, wide_mm=60), sagittal=True)
    return _window(draw, build, scene)


def transverse_foramen(draw: Draw) -> Scene:
    build, frames, mesh = column(draw)
    side = draw.choice((-1.0, 1.0))
    y = build.spacing_mm * draw.uniform(0.5, 0.68)
    off = side * draw.uniform(14, 30)
    roll = -side * draw.uniform(-0.05, 0.3)
    scene = _over(draw, mesh, (frames[1].x + off, y), pitch=draw.normal(0, 0.06), roll=roll, deep=build.high_mm + 30, wide=56)
    return _root(draw, scene, float(side))


def _over(draw: Draw, mesh: Mesh, at: Point, *, pitch: float, deep: float, wide: float, roll: float = 0.0) -> Scene:
    cover = cover_of(draw)
    return Scene(mesh, plane_at(draw, at, cover, pitch=pitch, roll=roll), cover, array_for(draw, cover + deep, wide_mm=wide))


def _with(scene: Scene, marks: Marks, *sheets: Sheet, ovals: tuple[Oval, ...] = ()) -> Scene:
    return Scene(scene.mesh, scene.plane, scene.cover_mm, scene.array, marks, sheets, ovals, scene.calm, scene.sagittal)


def _midline(plane: Plane, build: Build) -> float:
    """The picture's x of the column's middle at the canal's depth."""
    return float(plane.flat(np.array([[0.0, plane.origin[1], build.high_mm + 10]]))[0, 0])


def _spine(shown: Profile) -> Point | None:
    return top(shown.of(*every(SPINE)))


def _lamina(shown: Profile, side: float) -> Point | None:
    """Midway between where the spinous process ends and where the joint's process begins, if it is lamina that is seen there."""
    lamina = shown.of(*every(LAMINA, side))
    bare = X_MM[~np.isnan(lamina) & (lamina <= shown.all + 0.05)]
    if len(bare) < 5:
        return None
    return at_x(lamina, float(bare[np.argsort(side * bare)[len(bare) // 2]]))


def _opening(shown: Profile, side: float) -> Point | None:
    """Where the joint's gap meets the line that touches both processes. A process counts as far as it stays near its own top."""
    inner, outer = shown.of(*every(INFERIOR, side)), shown.of(*every(SUPERIOR, side))
    left, right = top(inner), top(outer)
    if left is None or right is None or side * (right[0] - left[0]) < 2:
        return None
    near = [side * X_MM[depth <= peak[1] + SHOULDER_MM] for depth, peak in ((inner, left), (outer, right))]
    medial, lateral = near[0].max(), near[1][near[1] > side * left[0]].min()
    if not 0.3 <= lateral - medial <= 6.5:
        return None
    gap = float(side * (medial + lateral) / 2)
    return gap, on_chord(gap, left, right)


def _groove(shown: Profile, tip: Point | None, end: Point | None) -> Point | None:
    if tip is None or end is None or abs(end[0] - tip[0]) < 6:
        return None
    near = (tip[0] + 0.62 * (end[0] - tip[0]), 0.0)
    foot = at_x(shown.all, near[0])
    return None if foot is None else corner(shown.all, tip, foot)


def _medial(shown: Profile, side: float, middle: float) -> Point | None:
    """The medial dorsal edge of the articular processes on a side."""
    depth = shown.of(*every(INFERIOR, side), *every(SUPERIOR, side))
    here = np.flatnonzero(~np.isnan(depth) & (side * (X_MM - middle) > 3))
    if len(here) < 8:
        return None
    order = here if side > 0 else here[::-1]
    peak = np.nanmin(depth[order[:48]])
    rising = order[np.flatnonzero(depth[order] <= peak + 1.6)[0]]
    return float(X_MM[rising]), float(depth[rising])


def _line(x: float, z: float, half: float, *, bow: float = 0.0, tilt: float = 0.0) -> Real:
    t = np.linspace(-1, 1, 41)
    return np.stack([x + half * t, z - bow * t**2 + tilt * half * t], axis=1)


def _roof(draw: Draw, at: Point) -> Sheet:
    """The flavum and the dorsal dura: a flat line or a low roof."""
    return Sheet(_line(*at, draw.uniform(5, 10), bow=-draw.uniform(-0.5, 4), tilt=draw.normal(0, 0.05)), draw.uniform(5, 22), draw.uniform(0.5, 1.6))


def _ligament(draw: Draw, x: float, z: float) -> list[Sheet]:
    """Sometimes bits of interspinous ligament over the roof."""
    return [Sheet(_line(x + draw.normal(0, 1), z - draw.uniform(8, 26), draw.uniform(1, 4)), draw.uniform(0, 7)) for _ in range(draw.integers(0, 3))]


def _capsules(draw: Draw, marks: Marks) -> list[Sheet]:
    """Over some joints a thin capsule."""
    return [
        Sheet(_line(x, z - draw.uniform(0.3, 1.5), draw.uniform(3, 6)), draw.uniform(1, 8), 0.5)
        for x, z in marks.get("facet", [])
        if draw.random() < 0.4
    ]


def _window(draw: Draw, build: Build, scene: Scene) -> Scene:
    """Laminae above and beneath, and the complexes on the perpendicular through the middle between their edges."""
    cut = cut_of(scene.mesh, scene.plane) if scene.mesh is not None else None
    assert cut is not None
    shown = Profile(cut)
    caudal = float(np.sign(scene.plane.across[1]))
    upper = _brink(shown, 1, caudal)
    lower = _brink(shown, 2, -caudal)
    if upper is None or lower is None or not 4 < caudal * (lower[0] - upper[0]) < 32:
        return scene
    middle = (np.array(upper) + np.array(lower)) / 2
    along = np.array(lower) - np.array(upper)
    along = along / np.linalg.norm(along) * caudal
    down = np.array([-along[1], along[0]])
    first = draw.uniform(4, 9) * build.size
    second = first + draw.uniform(11, 17) * build.size
    posterior, anterior = (middle + far * down for far in (first, second))
    sheets = [
        Sheet(_slant(posterior, along, draw.uniform(4, 7)), draw.uniform(6, 22), draw.uniform(0.5, 1.5)),
        Sheet(_slant(anterior, along, draw.uniform(5, 9)), draw.uniform(8, 24), draw.uniform(0.6, 1.6)),
    ]
    marks = {"lamina_cranial": [upper], "lamina_caudal": [lower], "posterior_complex": [tuple(posterior)], "anterior_complex": [tuple(anterior)]}
    return _with(_without_bodies(scene), {name: [(float(x), float(z)) for x, z in points] for name, points in marks.items()}, *sheets)


def _slant(at: Real, along: Real, half: float) -> Real:
    return np.asarray(at + np.linspace(-half, half, 41)[:, None] * along)


def _without_bodies(scene: Scene) -> Scene:
    """The anterior complex of this scene is a sheet: the bodies behind would stand before or after it."""
    mesh = scene.mesh
    assert mesh is not None
    keep = ~np.isin(mesh.parts, every(BODY))
    return Scene(Mesh(mesh.vertices, mesh.triangles[keep], mesh.parts[keep]), scene.plane, scene.cover_mm, scene.array, sagittal=True)


def _brink(shown: Profile, level: int, towards: float) -> Point | None:
    """The edge of a level's lamina towards a side of the picture: its last place before it falls."""
    depth = shown.of(*(part(kind, side, level) for kind in (LAMINA, INFERIOR) for side in (-1.0, 1.0)))
    depth = np.where(depth <= shown.all + 0.05, depth, np.nan)
    return end_of(depth, towards, steepest=1.6)


def _root(draw: Draw, scene: Scene, side: float) -> Scene:
    """The nerve between the articular process, the ligament that spans the transverse processes, and the body's margin."""
    assert scene.mesh is not None
    cut: Cut = cut_of(scene.mesh, scene.plane)
    shown = Profile(cut)
    joint = end_of(shown.of(*every(INFERIOR, side), *every(SUPERIOR, side), *every(LAMINA, side)), side, steepest=1.6)
    body = shown.of(*every(BODY))
    seen = np.flatnonzero(~np.isnan(body) & (np.abs(body - shown.all) < 0.05) & (side * X_MM > (side * joint[0] if joint else 0)))
    if joint is None or len(seen) < 3:
        return scene
    margin = seen[0] if side > 0 else seen[-1]
    edge = (float(X_MM[margin] + side * draw.uniform(0.5, 2)), 0.0)
    vertebral = at_x(body, round(edge[0] / 0.25) * 0.25)
    z = joint[1] + draw.uniform(-1, 6)
    reach = draw.uniform(12, 26)
    ligament = _line(joint[0] + side * (1.5 + reach / 2), z, reach / 2, bow=draw.normal(0, 1), tilt=side * draw.normal(0.05, 0.12))
    sheet = Sheet(ligament, draw.uniform(5, 18), draw.uniform(0.5, 1.6))
    if vertebral is None or vertebral[1] < z + 8:
        return scene
    nerve = (float(joint[0] + side * draw.uniform(2, 7)), float(z + draw.uniform(0.45, 0.75) * (vertebral[1] - z)))
    loud, rim = NERVES[int(draw.integers(len(NERVES)))]
    oval = Oval(nerve, (draw.uniform(2.2, 4.2), draw.uniform(1.8, 3.2)), loud, rim, draw.uniform(0, 3))
    marks: Marks = {"articular_edge": [joint], "intertransverse_ligament": [(float(ligament[20, 0]), float(ligament[20, 1]))]}
    marks |= {"vertebral_edge": [vertebral], "nerve_root": [nerve]}
    return _with(scene, marks, sheet, ovals=(oval,))
