"""The five lumbar views: two or three vertebrae, cut where the probe stands, with the soft parts that the plane shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.foreign.impedances.loft import Bone, Cut, Joint, Loft
from models.foreign.impedances.probe import Draw, Numbers, Plane, array_for, placed_across, sagittal, transverse
from models.foreign.impedances.scene import (
    Finder,
    Oval,
    Scene,
    Sheet,
    Spot,
    at,
    bend,
    corner,
    inside,
    limb,
    located,
    on_bone,
    on_sheet,
    peak,
    snapped,
    sunk,
)
from models.foreign.impedances.vertebra import Build, body, build_of, facet_joint, lamina_plate, spur, vertebra


def fat_of(draw: Draw) -> float:
    """Subcutaneous fat, mm: thin in most, thick in a fifth."""
    return float(draw.uniform(3, 14) if draw.random() < 0.55 else draw.uniform(12, 26) if draw.random() < 0.7 else draw.uniform(24, 45))


def pair_of(draw: Draw, build: Build) -> tuple[tuple[Bone, ...], tuple[Joint, Joint]]:
    """Two vertebrae and their bodies; the joints part the upper's inferior processes from the lower's superior ones."""
    joints = tuple(facet_joint(draw, build, side, ((f"upper.inferior{side}",), (f"lower.superior{side}",))) for side in (-1, 1))
    lower_z = draw.normal(0, 1.5)
    bones = [vertebra(draw, build, 0.0, joints=joints), vertebra(draw, build, build.pitch_mm, z=lower_z, joints=joints, name="lower")]
    bones += [Bone("bodies", (body(draw, build, 0.0), body(draw, build, build.pitch_mm, z=lower_z)), 1.0)]
    if build.spur_mm:
        bones = [_spurred(draw, build, bone, joints) for bone in bones]
    return tuple(bones), (joints[0], joints[1])


def _spurred(draw: Draw, build: Build, bone: Bone, joints: tuple[Joint, ...]) -> Bone:
    knobs: list[Loft] = []
    for side, joint in zip((-1, 1), joints, strict=True):
        away = -1 if bone.name == "upper" else 1
        place = np.array([joint.at[0] + side * away * draw.uniform(1, 3), build.lamina_top + build.lamina_high - 4, joint.at[2] - draw.uniform(0, 2)])
        if bone.name != "bodies" and draw.random() < 0.7:
            knobs.append(spur(draw, build, f"{bone.name}.spur{side}", place))
    return replace(
        bone, lofts=bone.lofts + tuple(knobs), joints=tuple(_clipping(bone.name, side, joint) for side, joint in zip((-1, 1), joints, strict=True))
    )


def _clipping(name: str, side: int, joint: Joint) -> Joint:
    """The joint as it clips the knobs of its side, too."""
    first, second = joint.names
    knob = (f"{name}.spur{side}",)
    return replace(joint, names=(first + knob, second) if name == "upper" else (first, second + knob))


def skin_over(draw: Draw, build: Build, fat: float) -> float:
    """z of the skin: the spinous tips lie a few mm under the fascia, or the muscle swells over them."""
    return -(build.spinous_mm * draw.uniform(0.75, 1.0) + fat * draw.uniform(0.6, 1.0) + draw.uniform(1, 7))


# --- transverse ------------------------------------------------------------------------------------------------------------------------------------


def transverse_facet(draw: Draw) -> Scene:
    build = build_of(draw)
    bones, joints = pair_of(draw, build)
    fat = fat_of(draw)
    skin = skin_over(draw, build, fat)
    y = build.lamina_top + build.lamina_high - draw.uniform(-1.5, 4.5)
    x = placed_across(draw, 0.6, around_mm=3, beside_mm=(4, 16))
    plane = transverse(draw, x=x, y=y, skin_z=skin, hinge_z=0)
    array = array_for(draw, 12 - skin, build.pillar_mm + 14 + abs(x))
    aims: list[tuple[str, Finder]] = [("spinous_process", peak("upper.spinous"))]
    for side, joint in zip((-1, 1), joints, strict=True):
        aims.append(("lamina", on_bone((side * (build.pillar_mm - 0.5) / 2, y, 0.0), 6.0, "upper")))
        aims.append(("facet", opening(f"upper.inferior{side}", f"lower.superior{side}", joint)))
    scene = Scene(array, plane, bones, tuple(aims), fat_mm=fat, middle_x=plane.flat((0, y, 0))[0])
    capsules = [_capsule(draw, plane, joint, side) for side, joint in zip((-1, 1), joints, strict=True) if draw.random() < 0.4]
    return scene.plus(*septa(draw, scene, -2.0), *capsules)


def _capsule(draw: Draw, plane: Plane, joint: Joint, side: int) -> Sheet:
    x, z = plane.flat(joint.at)
    reach = draw.uniform(3, 6)
    line = bend(draw, (x - reach, z - draw.uniform(1, 3)), (x + reach, z - draw.uniform(1, 3) + side * draw.normal(0, 1)), -1.0)
    return Sheet(line, draw.uniform(0.3, 0.8), draw.uniform(-4, 8))


def opening(first: str, second: str, joint: Joint) -> Finder:
    """Where a cleft meets the line that touches both bones dorsally."""

    def find(cut: Cut) -> Spot | None:
        tips = [peak(name)(cut) for name in (first, second)]
        if tips[0] is None or tips[1] is None:
            return None
        line = _touching(cut, first, second)
        if line is None:
            return None
        share = np.linspace(0, 1, 41)
        spots = [(1 - k) * np.array(line[0]) + k * np.array(line[1]) for k in share]
        away = []
        for spot in spots:
            beam, along = located_row(cut, spot)
            place = cut.plane.origin + cut.x[beam, along] * cut.plane.right + cut.z[beam, along] * cut.plane.down
            away.append(float(joint.beyond((place[0], place[1], place[2]))))
        cross = np.flatnonzero(np.diff(np.sign(away)) != 0)
        if not len(cross):
            return None
        beam_, along_ = cut.array.polar(*spots[int(cross[0])])
        return float(beam_), float(along_)

    return find


def located_row(cut: Cut, spot: Numbers) -> tuple[int, int]:
    beam, along = cut.array.polar(*spot)
    return (int(np.clip(round(float(beam)), 0, cut.x.shape[0] - 1)), int(np.clip(round(float(along) / cut.array.sample_mm), 0, cut.x.shape[1] - 1)))


def _touching(cut: Cut, first: str, second: str) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Two points on the screen, of the dorsal line that touches both lofts: the highest chord's ends."""
    curves = []
    for name in (first, second):
        top = cut.tops[name]
        rows = np.flatnonzero(np.isfinite(top))
        curves.append(np.array([cut.array.point(float(row), float(top[row])) for row in rows]))
    one, other = curves
    if abs(one[:, 0].mean() - other[:, 0].mean()) < 1.0:
        return None
    tip, far = one[np.argmin(one[:, 1])], other[np.argmin(other[:, 1])]
    for _ in range(4):
        tip, far = _tangent(one, far, tip), _tangent(other, tip, far)
    return (float(tip[0]), float(tip[1])), (float(far[0]), float(far[1]))


def _tangent(curve: Numbers, seen_from: Numbers, now: Numbers) -> Numbers:
    """The place of a curve that a line from outside touches, dorsally."""
    way = curve - seen_from
    aside = np.abs(way[:, 0])
    steep = np.where(aside > 0.8, way[:, 1] / np.maximum(aside, 0.8), np.inf)
    best = int(np.argmin(steep))
    return np.asarray(curve[best] if np.isfinite(steep[best]) else now)


def septa(draw: Draw, scene: Scene, deepest_z: float) -> list[Sheet]:
    """Walls between multifidus, longissimus and iliocostalis, and the dorsal tendon sheets, up to five."""
    top = scene.fat_mm + 1
    floor = scene.plane.flat((scene.plane.origin[0], scene.plane.origin[1], deepest_z))[1]
    found = []
    for _ in range(int(draw.integers(0, 6))):
        x = scene.middle_x + draw.uniform(-35, 35)
        to = x + draw.uniform(6, 24) * draw.choice((-1, 1))
        ends = sorted(((x, draw.uniform(top, max(top + 1, floor))), (to, draw.uniform(top, max(top + 1, floor)))))
        found.append(Sheet(bend(draw, ends[0], ends[1], draw.normal(0, 2.5), 0.6), draw.uniform(0.3, 0.7), draw.uniform(-9, 4)))
    return found


def transverse_process(draw: Draw) -> Scene:
    build = build_of(draw)
    bones, _ = pair_of(draw, build)
    fat = fat_of(draw)
    skin = skin_over(draw, build, fat)
    y = build.pitch_mm + draw.uniform(-1.5, 3.0)
    x = placed_across(draw, 0.5, around_mm=4, beside_mm=(8, 28))
    plane = transverse(draw, x=x, y=y, skin_z=skin, hinge_z=4)
    array = array_for(draw, 18 - skin, 0.75 * (build.pillar_mm + 6 + build.process_mm) + 0.5 * abs(x))
    aims: list[tuple[str, Finder]] = [("spinous_process", either(peak("lower.spinous"), peak("upper.spinous")))]
    for side in (-1, 1):
        aims.append(("lamina", on_bone((side * (build.pillar_mm - 0.5) / 2, y, 2.0), 6.0, "lower")))
        aims.append(("sap_tip", peak(f"lower.superior{side}")))
        aims.append(("tp_groove", corner(f"lower.superior{side}", f"lower.process{side}", "lower")))
        aims.append(("tp_tip", limb(f"lower.process{side}", side)))
    scene = Scene(array, plane, bones, tuple(aims), fat_mm=fat, middle_x=plane.flat((0, y, 0))[0])
    return scene.plus(*septa(draw, scene, 4.0))


def either(first: Finder, second: Finder) -> Finder:
    def find(cut: Cut) -> Spot | None:
        one, other = first(cut), second(cut)
        if one is None or other is None:
            return one or other
        return one if one[1] <= other[1] else other

    return find


def transverse_interlaminar(draw: Draw) -> Scene:
    build = build_of(draw)
    build = replace(build, spinous_mm=min(build.spinous_mm, 26.0), lamina_high=min(build.lamina_high, build.pitch_mm - 12))
    bones, _ = pair_of(draw, build)
    bones = (without(bones[0], "spinous"), without(bones[1], "spinous"), bones[2])
    fat = fat_of(draw)
    skin = skin_over(draw, build, fat)
    low, high = build.lamina_top + build.lamina_high, build.pitch_mm + build.lamina_top
    y = low + draw.uniform(0.35, 0.75) * (high - low)
    plane = transverse(draw, x=draw.normal(0, 3.5), y=y, skin_z=skin, hinge_z=5)
    array = array_for(draw, 14 + build.canal_mm - skin, build.pillar_mm + 12)
    middle = plane.flat((0, y, 0))[0]
    aims: list[tuple[str, Finder]] = []
    for side in (-1, 1):
        aims.append(("articular_process", medial_edge((f"upper.inferior{side}", f"lower.superior{side}"), side)))
    scene = Scene(array, plane, bones, (), fat_mm=fat, middle_x=middle)
    back, front, soft = canal(draw, build, (middle, plane.flat((0, y, draw.uniform(2.5, 6)))[1]))
    aims += [("posterior_complex", on_sheet(back, middle)), ("anterior_complex", on_sheet(front, middle))]
    return replace(scene, aims=tuple(aims)).plus(*soft, *septa(draw, scene, -3.0), *_interspinous(draw, scene, build))


def without(bone: Bone, name: str) -> Bone:
    return replace(bone, lofts=tuple(one for one in bone.lofts if name not in one.name))


def medial_edge(names: tuple[str, ...], side: int) -> Finder:
    """The medial edge of what is seen first of several lofts."""

    def find(cut: Cut) -> Spot | None:
        spots = [spot for name in names if (spot := limb(name, -side)(cut)) is not None]
        return min(spots, key=lambda spot: side * spot[0]) if spots else None

    return find


def _interspinous(draw: Draw, scene: Scene, build: Build) -> list[Oval]:
    """The ligament between the spinous processes: a band that is darker, or brighter, than the muscle beside it."""
    z = scene.plane.flat((0, scene.plane.origin[1], -build.spinous_mm / 2))[1]
    return [
        Oval(
            scene.middle_x,
            z,
            draw.uniform(2.5, 5),
            build.spinous_mm * draw.uniform(0.35, 0.6),
            draw.normal(0, 0.05),
            draw.uniform(-9, 6),
            rim_db=draw.uniform(-20, 0),
        )
    ]


def canal(draw: Draw, build: Build, top: tuple[float, float]) -> tuple[Numbers, Numbers, list[Sheet | Oval]]:
    """The ventral surface of the ligamentum flavum, the dorsal one of the posterior longitudinal ligament, and what fills the canal."""
    x, z = top
    wide, deep = draw.uniform(6.5, 11), build.canal_mm * draw.uniform(0.8, 1.1)
    roof = draw.uniform(0.0, 3.0)
    back = _tent(draw, x, z, wide, roof)
    thick = draw.uniform(2.4, 4.6)
    front = bend(draw, (x - wide - 2, z + deep + draw.normal(0, 0.6)), (x + wide + 2, z + deep + draw.normal(0, 0.6)), draw.uniform(-1.2, 0.6))
    clear = draw.uniform(4, 19)
    dura = sunk(back, draw.uniform(0.9, 3.4))
    soft: list[Sheet | Oval] = [
        Sheet(back, draw.uniform(0.4, 1.0), clear),
        Sheet(sunk(back, -thick), draw.uniform(0.4, 0.9), clear - draw.uniform(4, 14)),
    ]
    soft += [Sheet(dura, draw.uniform(0.3, 0.7), clear - draw.uniform(-2, 9))]
    soft += [Sheet(front, draw.uniform(0.5, 1.3), draw.uniform(5, 20)), Sheet(sunk(front, draw.uniform(2, 4)), 0.6, draw.uniform(-4, 10))]
    fluid = Oval(x, z + deep / 2 + 0.5, wide, max(1.0, deep / 2 - 1.8), 0.0, draw.uniform(-22, -4), loss_db_mm=-draw.uniform(0.0, 0.3))
    roots = [
        Oval(x + draw.normal(0, 3), z + deep * draw.uniform(0.45, 0.85), 0.8, 0.6, 0, draw.uniform(-6, 4)) for _ in range(int(draw.integers(0, 6)))
    ]
    return back, front, [fluid, *roots, *soft]


def _tent(draw: Draw, x: float, z: float, wide: float, roof: float) -> Numbers:
    """A sheet whose two halves meet on the midline, or that is level."""
    at_x = np.linspace(-wide, wide, 41)
    skew = draw.normal(0, 0.05)
    return np.stack([x + at_x, z + roof * (at_x / wide) ** 2 * draw.uniform(0.6, 1.4) + skew * at_x], axis=1)


# --- the root --------------------------------------------------------------------------------------------------------------------------------------


def transverse_foramen(draw: Draw) -> Scene:
    build = build_of(draw)
    build = replace(build, pillar_mm=draw.uniform(9.5, 15), size=draw.uniform(1.0, 1.2))
    bones, _ = pair_of(draw, build)
    fat = fat_of(draw)
    skin = skin_over(draw, build, fat) * draw.uniform(0.75, 1.0)
    y = build.pitch_mm * draw.uniform(0.42, 0.6)
    edge = build.pillar_mm + 10
    plane = transverse(draw, x=edge + draw.uniform(-4, 9), y=y, skin_z=skin, hinge_z=14, lean=draw.uniform(0.08, 0.55))
    array = array_for(draw, 26 - skin, draw.uniform(22, 32))
    scene = Scene(array, plane, bones, (), fat_mm=fat, middle_x=plane.flat((0, y, 0))[0], one_sided=True)
    x0 = plane.flat((edge, y, 0))[0]
    tops = [plane.flat((0, y, z))[1] for z in (draw.uniform(5, 10), 5 + build.canal_mm)]
    band = bend(draw, (x0 - 3, tops[0] + draw.uniform(-2, 2)), (x0 + draw.uniform(18, 30), tops[0] + draw.uniform(-3, 4)), draw.normal(0, 1.2))
    root = _root(draw, x0, tops)
    lateral = (draw.uniform(17, 22) * build.size, y, 5 + build.canal_mm + draw.uniform(2, 6))
    aims: tuple[tuple[str, Finder], ...] = (
        ("articular_edge", lateral_edge(("upper.inferior1", "lower.superior1"))),
        ("intertransverse_ligament", on_sheet(band, x0 + draw.uniform(6, 11))),
        ("vertebral_edge", margin("bodies", lateral)),
        ("nerve_root", at(root.x, root.z)),
    )
    soft: list[Sheet | Oval] = [Sheet(band, draw.uniform(0.5, 1.3), draw.uniform(4, 17)), *_psoas(draw, x0, tops)]
    if draw.random() < 0.5:
        soft.append(Sheet(sunk(band, draw.uniform(1.2, 3)), draw.uniform(0.3, 0.7), draw.uniform(-4, 10)))
    return replace(scene, aims=aims).plus(*soft, *septa(draw, scene, 2.0), root)


def _root(draw: Draw, x0: float, tops: list[float]) -> Oval:
    """An oval of 4 to 6.5 mm, darker than the fat around it, with a rim, and a brighter spot in some."""
    size = draw.uniform(2.0, 3.4)
    z = tops[0] + draw.uniform(0.35, 0.75) * (tops[1] - tops[0]) + 1.5
    return Oval(
        x0 + draw.uniform(3.5, 10), z, size * draw.uniform(1.0, 1.5), size, draw.normal(0.3, 0.4), draw.uniform(-16, -6), rim_db=draw.uniform(0, 13)
    )


def _psoas(draw: Draw, x0: float, tops: list[float]) -> list[Sheet | Oval]:
    """Fat about the root, psoas beneath, a vessel in some."""
    fat = Oval(
        x0 + 7, (tops[0] + tops[1]) / 2 + 1.5, draw.uniform(7, 10), max(3.0, (tops[1] - tops[0]) * 0.4), draw.normal(0, 0.3), draw.uniform(-2, 8)
    )
    psoas = Oval(
        x0 + draw.uniform(16, 24),
        tops[1] + draw.uniform(0, 8),
        draw.uniform(9, 14),
        draw.uniform(8, 14),
        draw.normal(0, 0.4),
        draw.uniform(-10, -2),
        rim_db=draw.uniform(-12, 4),
    )
    vessel = Oval(
        x0 + draw.uniform(4, 12), tops[1] + draw.uniform(-6, 0), draw.uniform(0.7, 1.4), draw.uniform(0.7, 1.4), 0, -22.0, rim_db=draw.uniform(-14, 2)
    )
    return [psoas, fat, *([vessel] if draw.random() < 0.5 else [])]


def lateral_edge(names: tuple[str, ...]) -> Finder:
    def find(cut: Cut) -> Spot | None:
        spots = [spot for name in names if (spot := limb(name, 1)(cut)) is not None]
        return max(spots, key=lambda spot: spot[0]) if spots else None

    return find


def margin(bone: str, point: tuple[float, float, float]) -> Finder:
    """The dorsolateral margin of a body: on its surface under a point, or where the arch's shadow first lets it be seen."""

    def find(cut: Cut) -> Spot | None:
        spot = located(cut, *cut.plane.flat(point))
        top = cut.tops.get("body")
        if top is None or not inside(cut, spot):
            return None
        above = np.min([cut.tops[name] for name in cut.tops if name != "body"] or [np.full(len(top), np.nan)], axis=0)
        merged = np.fmin.reduce([cut.tops[name] for name in cut.tops if name != "body"]) if len(cut.tops) > 1 else above
        rows = np.flatnonzero(np.isfinite(top) & ~(merged < top - 1))
        rows = rows[rows >= spot[0] - 2]
        if not len(rows):
            return None
        beam = float(rows[np.argmin(np.abs(rows - spot[0]))])
        return snapped(cut, (beam, float(top[int(beam)])), 2.0, bone)

    return find


# --- the paramedian window -------------------------------------------------------------------------------------------------------------------------


def paramedian_oblique(draw: Draw) -> Scene:
    """Three or four laminae in a row. Each has its own height, lean, thickness and step, and each window its own width: 3 to 21 mm."""
    build = build_of(draw)
    build = replace(build, slope=build.slope * 0.5, pillar_mm=max(build.pillar_mm, 13.0))
    fat = fat_of(draw)
    skin = -(draw.uniform(16, 30) + fat * draw.uniform(0.7, 1.1))
    window = draw.uniform(3, 8) if draw.random() < 0.4 else draw.uniform(7, 21)
    arch, plates = laminae(draw, build, window)
    x = 0.5 * build.pillar_mm + draw.uniform(-2, 2)
    plane = sagittal(draw, x=x, y=draw.normal(0, 5), skin_z=skin, hinge_z=3, lean=draw.uniform(-0.05, 0.4))
    array = array_for(draw, 16 + build.canal_mm - skin, 27)
    scene = Scene(array, plane, (), (), fat_mm=fat, sagittal=True)
    edges = [plane.flat((x, plate.end[1] + radius, plate.end[2])) for plate, radius in ((plates[0], 1.5),)]
    edges.append(plane.flat((x, plates[1].start[1] - 1.5, plates[1].start[2])))
    back, front, soft = column(draw, build, edges)
    aims: tuple[tuple[str, Finder], ...] = (
        ("lamina_cranial", limb("upper.lamina1", 1)),
        ("lamina_caudal", limb("lower.lamina1", -1)),
        ("posterior_complex", between("upper.lamina1", "lower.lamina1", back)),
        ("anterior_complex", between("upper.lamina1", "lower.lamina1", front)),
    )
    depth = plane.origin[2] + float(front[:, 1].mean()) * plane.down[2] + draw.uniform(0.3, 2.0)
    bones = (*arch, Bone("bodies", _column_bodies(draw, build, depth), 1.0))
    return replace(scene, bones=bones, aims=aims).plus(*soft, *septa(draw, scene, -2.0))


def laminae(draw: Draw, build: Build, window: float) -> tuple[tuple[Bone, ...], list[Loft]]:
    """The plates about the window (at y = 0) and their neighbours. Overlap: the cranial one's lower edge may stand over the caudal one's upper."""
    step = draw.normal(0, 2.2)
    names, plates, y, z = ["upper", "lower"], [], -window / 2, step / 2
    high = draw.uniform(13, 25)
    plates.append(_plate(draw, build, "upper", y - high, high, z - abs(draw.normal(0, 1.0))))
    low = draw.uniform(13, 25)
    plates.append(_plate(draw, build, "lower", window / 2, low, z - step))
    far = draw.uniform(5, 18)
    extra = [_plate(draw, build, "third", window / 2 + low + far, draw.uniform(13, 24), -step + draw.normal(0, 2.5))]
    above = draw.uniform(5, 18)
    extra.append(_plate(draw, build, "fourth", y - high - above - 20, 20.0, step + draw.normal(0, 2.5)))
    names += ["third", "fourth"]
    return tuple(Bone(name, (plate,), 1.0) for name, plate in zip(names, plates + extra, strict=True)), plates


def _plate(draw: Draw, build: Build, name: str, y: float, high: float, z: float) -> Loft:
    one = lamina_plate(draw, build, 1, y, high=high, top=0.0, z=z)
    return replace(one, name=f"{name}.lamina1")


def _column_bodies(draw: Draw, build: Build, z: float) -> tuple[Loft, ...]:
    """Bodies whose dorsal faces lie at z."""
    at_y = draw.uniform(-8, 8)
    shift = z - 5 - build.canal_mm
    return tuple(body(draw, build, at_y + (k - 0.5) * build.pitch_mm, z=shift + draw.normal(0, 0.5)) for k in (-1, 0, 1, 2))


def column(draw: Draw, build: Build, edges: list[tuple[float, float]]) -> tuple[Numbers, Numbers, list[Sheet | Oval]]:
    """Along the canal: ligamentum flavum with its dura behind the window, fluid, the longitudinal ligament and the bodies."""
    (x1, z1), (x2, z2) = edges
    deep = draw.uniform(2.0, 6.5)
    slack = 12.0
    tilt = (z2 - z1) / max(4.0, x2 - x1) * draw.uniform(0.0, 0.6)
    middle, z = (x1 + x2) / 2, (z1 + z2) / 2 + deep
    back = bend(draw, (x1 - slack, z - tilt * (middle - x1 + slack)), (x2 + slack, z + tilt * (x2 + slack - middle)), draw.uniform(-1.0, 1.0), 0.2)
    far = build.canal_mm * draw.uniform(0.7, 1.0)
    front = bend(draw, (x1 - 25, z + far - tilt * (middle - x1 + 25)), (x2 + 25, z + far + tilt * (x2 + 25 - middle)), draw.normal(0, 1), 0.5)
    clear = draw.uniform(4, 19)
    soft: list[Sheet | Oval] = [
        Oval(middle, z + far / 2 + 0.6, 26, max(1.0, far / 2 - 1.6), tilt, draw.uniform(-22, -5), loss_db_mm=-draw.uniform(0, 0.3))
    ]
    soft += [Sheet(sunk(back, far * share), 0.4, draw.uniform(-14, -2)) for share in draw.uniform(0.35, 0.9, int(draw.integers(0, 4)))]
    soft += [
        Sheet(back, draw.uniform(0.4, 1.0), clear),
        Sheet(sunk(back, -draw.uniform(2.5, 4.5)), draw.uniform(0.4, 0.9), clear - draw.uniform(5, 15)),
    ]
    soft += [Sheet(sunk(back, draw.uniform(0.9, 3.2)), draw.uniform(0.3, 0.7), clear - draw.uniform(-2, 9))]
    soft += [Sheet(front, draw.uniform(0.5, 1.3), draw.uniform(5, 20))]
    return back, front, soft


def between(first: str, second: str, points: Numbers) -> Finder:
    """Where a sheet meets the perpendicular through the middle between two edges of a window."""

    def find(cut: Cut) -> Spot | None:
        ends = [limb(first, 1)(cut), limb(second, -1)(cut)]
        if ends[0] is None or ends[1] is None:
            return None
        one, other = (np.array(cut.array.point(*spot)) for spot in ends if spot is not None)
        chord = (other - one) / max(float(np.linalg.norm(other - one)), 1e-6)
        if chord[0] < 0.3:
            return None
        middle, normal = (one + other) / 2, np.array([-chord[1], chord[0]])
        drawn = np.array([cut.array.point(*located(cut, *point)) for point in points])
        side = (drawn - middle) @ chord
        cross = np.flatnonzero(np.diff(np.sign(side)) != 0)
        if not len(cross):
            return None
        k = int(cross[0])
        share = side[k] / (side[k] - side[k + 1])
        spot = drawn[k] * (1 - share) + drawn[k + 1] * share
        if (spot - middle) @ normal < 0:
            return None
        beam, along = cut.array.polar(*spot)
        return (float(beam), float(along)) if inside(cut, (float(beam), float(along))) else None

    return find
