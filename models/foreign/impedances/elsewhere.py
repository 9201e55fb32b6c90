"""Elsewhere: pictures that are none of the ten views: near misses of the same bones, ribs, a kidney, a limb, muscle, gel, air."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.foreign.impedances import lumbar, sacrum
from models.foreign.impedances.loft import Bone, Loft, loft, ripple, section
from models.foreign.impedances.probe import Array, Draw, array_for, sagittal, transverse
from models.foreign.impedances.scene import Oval, Scene, Sheet, bend
from models.foreign.impedances.vertebra import build_of, transverse_process

VENTRAL = (0.0, 0.0, 1.0)


def elsewhere(draw: Draw) -> Scene:
    kinds = (
        muscle,
        muscle,
        processes_in_a_row,
        far_lateral,
        through_laminae,
        far_aslant,
        spines_in_a_row,
        facets_in_a_row,
        low_sacrum,
        sacrum_along,
        ribs,
        kidney,
        limb_bone,
        gel,
    )
    scene = kinds[int(draw.integers(len(kinds)))](draw)
    return replace(scene, aims=())


def _bare(draw: Draw, bones: tuple[Bone, ...], array: Array, *, fat: float, sagittal_: bool = False, skin: float = 0.0) -> Scene:
    make = sagittal if sagittal_ else transverse
    return Scene(array, make(draw, x=0, y=0, skin_z=skin, hinge_z=20), bones, fat_mm=fat, sagittal=sagittal_)


def muscle(draw: Draw) -> Scene:
    """The back without bone, with vessels and sheets."""
    fat = lumbar.fat_of(draw)
    scene = _bare(draw, (), array_for(draw, draw.uniform(30, 80), draw.uniform(20, 36)), fat=fat, sagittal_=draw.random() < 0.5)
    parts: list[Sheet | Oval] = []
    for _ in range(int(draw.integers(0, 4))):
        size = draw.uniform(1, 7)
        parts.append(
            Oval(
                draw.uniform(-25, 25),
                fat + draw.uniform(5, 45),
                size,
                size * draw.uniform(0.6, 1),
                draw.normal(0, 0.5),
                draw.uniform(-24, -8),
                draw.uniform(-14, 6),
                -draw.uniform(0, 0.4),
            )
        )
    for _ in range(int(draw.integers(0, 4))):
        z = fat + draw.uniform(4, 50)
        parts.append(
            Sheet(
                bend(draw, (-45, z + draw.normal(0, 5)), (45, z + draw.normal(0, 5)), draw.normal(0, 4), 1.5),
                draw.uniform(0.3, 1.2),
                draw.uniform(0, 20),
            )
        )
    return scene.plus(*parts, *lumbar.septa(draw, scene, 40.0))


def processes_in_a_row(draw: Draw) -> Scene:
    """A sagittal plane through the transverse processes: the trident."""
    build = build_of(draw)
    lofts = [transverse_process(draw, build, 1, k * build.pitch_mm + draw.normal(0, 1)) for k in (-2, -1, 0, 1, 2)]
    bones = tuple(Bone(f"bone{k}", (replace(one, name=f"bone{k}"),), 1.0) for k, one in enumerate(lofts))
    fat = lumbar.fat_of(draw)
    skin = -(draw.uniform(14, 30) + fat)
    plane = sagittal(draw, x=build.pillar_mm + draw.uniform(7, 18), y=draw.normal(0, 12), skin_z=skin, hinge_z=8)
    scene = Scene(array_for(draw, 18 - skin, 30), plane, bones, fat_mm=fat, sagittal=True)
    return scene.plus(*lumbar.septa(draw, scene, 4.0))


def _off(draw: Draw, *, y_share: tuple[float, float], x: float, tilt: float) -> Scene:
    """Two vertebrae in a transverse plane where no view lies. y_share: of the pitch."""
    build = build_of(draw)
    bones, _ = lumbar.pair_of(draw, build)
    fat = lumbar.fat_of(draw)
    skin = lumbar.skin_over(draw, build, fat)
    plane = transverse(draw, x=x, y=build.pitch_mm * draw.uniform(*y_share), skin_z=skin, hinge_z=4, tilt=tilt)
    scene = Scene(array_for(draw, 16 - skin, 30), plane, bones, fat_mm=fat)
    return scene.plus(*lumbar.septa(draw, scene, 0.0))


def far_lateral(draw: Draw) -> Scene:
    """So far out that at most a transverse process is left."""
    return _off(draw, y_share=(0.1, 1.1), x=float(draw.choice((-1, 1))) * draw.uniform(58, 85), tilt=0.0)


def through_laminae(draw: Draw) -> Scene:
    """Through the upper part of the laminae, between the transverse processes and the joints: spine and roof alone."""
    build = build_of(draw)
    bones, _ = lumbar.pair_of(draw, build)
    bare = lumbar.without(lumbar.without(bones[0], "superior"), "inferior")
    fat = lumbar.fat_of(draw)
    skin = lumbar.skin_over(draw, build, fat)
    plane = transverse(draw, x=draw.normal(0, 10), y=draw.uniform(8, 12), skin_z=skin, hinge_z=2)
    scene = Scene(array_for(draw, 14 - skin, 28), plane, (bare,), fat_mm=fat)
    return scene.plus(*lumbar.septa(draw, scene, 0.0))


def far_aslant(draw: Draw) -> Scene:
    """A plane turned by 30 to 60 degrees against both kinds of view."""
    scene = _off(draw, y_share=(0.2, 1.0), x=draw.normal(0, 14), tilt=draw.normal(0, 0.2))
    turn = draw.uniform(0.5, 1.05) * draw.choice((-1, 1))
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    right -= (right @ scene.plane.down) * scene.plane.down
    return replace(scene, plane=replace(scene.plane, right=right / np.linalg.norm(right)))


def spines_in_a_row(draw: Draw) -> Scene:
    """On the midline: spinous processes, and little between them."""
    build = build_of(draw)
    bones, _ = lumbar.pair_of(draw, build)
    fat = lumbar.fat_of(draw)
    skin = lumbar.skin_over(draw, build, fat)
    plane = sagittal(draw, x=draw.normal(0, 0.8), y=build.pitch_mm * draw.uniform(0.5, 1.2), skin_z=skin, hinge_z=-10)
    return Scene(array_for(draw, 20 - skin, 30), plane, bones[:2], fat_mm=fat, sagittal=True)


def facets_in_a_row(draw: Draw) -> Scene:
    """A sagittal plane through the articular processes: humps without a window."""
    build = build_of(draw)
    bones, _ = lumbar.pair_of(draw, build)
    fat = lumbar.fat_of(draw)
    skin = lumbar.skin_over(draw, build, fat)
    plane = sagittal(draw, x=build.pillar_mm + draw.uniform(1, 6), y=build.pitch_mm * draw.uniform(0.5, 1.0), skin_z=skin, hinge_z=2)
    scene = Scene(array_for(draw, 16 - skin, 30), plane, bones[:2], fat_mm=fat, sagittal=True)
    return scene.plus(*lumbar.septa(draw, scene, -2.0))


def low_sacrum(draw: Draw) -> Scene:
    """A transverse plane of the sacrum between its foramina, below the second: a closed roof with or without a crest, no hole and no cornua."""
    back = sacrum.back_of(
        draw, ridge_x=draw.uniform(9, 15), ridge_mm=draw.uniform(0, 2), groove_mm=draw.uniform(0, 2), edge_x=30, fall_mm=draw.uniform(0, 10)
    )
    lofts: list[Loft] = [sacrum.shell("shell", [back, back], (-14, 14))]
    if draw.random() < 0.7:
        lofts.append(sacrum.crest(draw, (-14, 12), draw.uniform(1, 7)))
    fat = lumbar.fat_of(draw)
    skin = -(fat + draw.uniform(3, 12))
    plane = transverse(draw, x=draw.normal(0, 6), y=0, skin_z=skin, hinge_z=0)
    return Scene(array_for(draw, 10 - skin, 22), plane, (Bone("sacrum", tuple(lofts), 2.0),), fat_mm=fat)


def sacrum_along(draw: Draw) -> Scene:
    """A sagittal plane along the sacrum, off its hiatus: one long roof."""
    cuts = [section(draw.uniform(3, 6), 14, square=3, waves=ripple(draw, 0.08)) for _ in range(5)]
    one = loft("back", (0, -60, draw.uniform(0, 8)), (0, 60, draw.uniform(0, 14)), VENTRAL, cuts, bow=(0, 0, draw.normal(-2, 3)))
    fat = lumbar.fat_of(draw)
    skin = -(fat + draw.uniform(3, 16))
    plane = sagittal(draw, x=draw.normal(0, 2), y=0, skin_z=skin, hinge_z=0)
    scene = Scene(array_for(draw, 12 - skin, 26), plane, (Bone("sacrum", (one,), 2.0),), fat_mm=fat, sagittal=True)
    return scene.plus(*lumbar.septa(draw, scene, -3.0))


def ribs(draw: Draw) -> Scene:
    """Ribs across the plane with the pleura under them."""
    fat, pitch = draw.uniform(3, 18), draw.uniform(17, 28)
    deep = fat + draw.uniform(6, 22)
    shift, size = draw.uniform(0, pitch), draw.uniform(3.0, 5.5)
    bones = []
    for k in range(-3, 4):
        cuts = [section(size * draw.uniform(0.9, 1.1), size * draw.uniform(1.0, 1.7), waves=ripple(draw, 0.05))] * 2
        middle = np.array([k * pitch + shift, 0.0, deep + size + draw.normal(0, 0.6)])
        aslant = np.array([4.0, 30.0, 0.0])
        bones.append(Bone(f"rib{k}", (loft(f"rib{k}", middle - aslant, middle + aslant, VENTRAL, cuts),), 1.0))
    scene = _bare(draw, tuple(bones), array_for(draw, deep + 18, 28), fat=fat)
    z = deep + size + draw.uniform(4, 9)
    lines = [Sheet(bend(draw, (-60, z * k), (60, z * k), draw.normal(0, 2), 0.5), 0.7, draw.uniform(8, 22) / k) for k in (1, 2)]
    return scene.plus(*lines)


def kidney(draw: Draw) -> Scene:
    """An organ behind the muscle: a dark rind, a bright middle, gas that shadows dirtily beside it."""
    fat = draw.uniform(4, 24)
    scene = _bare(draw, (), array_for(draw, fat + draw.uniform(50, 80), 34), fat=fat, sagittal_=draw.random() < 0.5)
    x, z, wide, high = draw.normal(0, 12), fat + draw.uniform(30, 50), draw.uniform(22, 45), draw.uniform(16, 26)
    turn = draw.normal(0, 0.3)
    rind = Oval(x, z, wide, high, turn, draw.uniform(-10, -2), rim_db=draw.uniform(4, 16))
    sinus = Oval(
        x + draw.normal(0, 3), z + draw.normal(0, 2), wide * draw.uniform(0.4, 0.6), high * draw.uniform(0.3, 0.5), turn, draw.uniform(4, 12)
    )
    gas = Oval(
        x + draw.choice((-1, 1)) * (wide + 8),
        z + draw.uniform(-5, 15),
        draw.uniform(4, 14),
        3,
        0,
        draw.uniform(8, 18),
        rim_db=draw.uniform(4, 18),
        loss_db_mm=draw.uniform(1, 4),
    )
    return scene.plus(rind, sinus, *([gas] if draw.random() < 0.6 else []))


def limb_bone(draw: Draw) -> Scene:
    """One long bone, across or along."""
    fat, size = draw.uniform(2, 15), draw.uniform(7, 17)
    deep = fat + draw.uniform(1, 30)
    along = draw.random() < 0.35
    cuts = [section(size, size * draw.uniform(0.8, 1.4), waves=ripple(draw, 0.05)) for _ in range(3)]
    way = np.array([60.0, 10.0, draw.normal(0, 6)]) if along else np.array([draw.normal(0, 8), 40.0, 0.0])
    middle = np.array([draw.normal(0, 8), 0.0, deep + size])
    scene = _bare(draw, (Bone("bone", (loft("bone", middle - way, middle + way, VENTRAL, cuts),), 1.0),), array_for(draw, deep + 14, 24), fat=fat)
    return scene.plus(*lumbar.septa(draw, scene, deep))


def gel(draw: Draw) -> Scene:
    """The probe in gel or air: rings and nothing else."""
    scene = _bare(draw, (), array_for(draw, draw.uniform(30, 70), 28), fat=0.5)
    return replace(scene, ovals=(Oval(0, 60, 140, 58, 0, -60.0, loss_db_mm=draw.uniform(0, 2)),), extra={"empty": True})
