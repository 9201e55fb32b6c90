"""Elsewhere: pictures of no view: planes of the back beside, between and along the views, and other places."""

from __future__ import annotations

import numpy as np

from models.foreign.lofts import sacrum
from models.foreign.lofts.array import array_for
from models.foreign.lofts.lumbar import column
from models.foreign.lofts.mesh import Draw, Loft, Mesh, joined, lofted
from models.foreign.lofts.sacrum import sacrum_of
from models.foreign.lofts.scene import Oval, Scene, Sheet, cover_of, plane_at, skinned
from models.foreign.lofts.vertebra import ILIUM, LOOSE, part


def elsewhere(draw: Draw) -> Scene:
    kinds = (between, aside, aslant, along, along, sacral_beside, sacral_along, muscle, ribs, kidney, limb, vessels, empty)
    return kinds[int(draw.integers(len(kinds)))](draw)


def _lumbar(draw: Draw, at: tuple[float, float], *, turn: float = 0.0, pitch: float = 0.0, wide: float = 60, body: bool = True) -> Scene:
    build, _, mesh = column(draw, body=body)
    cover = cover_of(draw)
    plane = plane_at(draw, at, cover, turn=turn, pitch=pitch)
    return Scene(mesh, plane, cover, array_for(draw, cover + build.high_mm + 18, wide_mm=wide), sagittal=abs(turn) > 0.7)


def between(draw: Draw) -> Scene:
    """Across a spinous process and its laminae alone: no joint, no transverse process, no window."""
    return _lumbar(draw, (draw.normal(0, 4), draw.uniform(13, 18)), pitch=draw.normal(0, 0.04))


def aside(draw: Draw) -> Scene:
    """Far out: muscle, or the ends of transverse processes."""
    return _lumbar(draw, (draw.choice((-1, 1)) * draw.uniform(58, 85), draw.uniform(-5, 30)), wide=40)


def aslant(draw: Draw) -> Scene:
    """Turned far too much for a reader, neither across nor along."""
    return _lumbar(draw, (draw.normal(0, 12), draw.uniform(0, 30)), turn=draw.choice((-1, 1)) * draw.uniform(0.7, 1.15))


def along(draw: Draw) -> Scene:
    """Along the spinous processes, the joints or the transverse processes: what lies between them is muscle."""
    x = draw.choice((draw.normal(0, 1.5), draw.uniform(20, 25), draw.uniform(29, 42))) * draw.choice((-1, 1))
    return _lumbar(draw, (x, draw.uniform(-12, 30)), turn=draw.choice((-1, 1)) * np.pi / 2, body=False)


def _sacral(draw: Draw, mesh: Mesh, at: tuple[float, float], deep: float, *, lid: float, turn: float = 0.0, pitch: float = 0.0) -> Scene:
    cover = cover_of(draw)
    plane = plane_at(draw, at, cover - lid, turn=turn, pitch=pitch)
    return Scene(
        skinned(draw, mesh, rough=draw.uniform(0, 0.6), warp_mm=2),
        plane,
        max(cover, 2),
        array_for(draw, cover + deep, wide_mm=60),
        sagittal=turn != 0,
    )


def sacral_beside(draw: Draw) -> Scene:
    """The sacrum between its foramina, or beneath the second and above the hiatus, or the ilium and what lies on it."""
    bone = sacrum_of(draw)
    if draw.random() < 0.65:
        y = draw.choice((bone.y_s2 + draw.uniform(10, 16), (bone.y_s1 + bone.y_s2) / 2 + draw.normal(0, 0.7)))
        return _sacral(draw, sacrum.sheet_of(bone, y - 14, y + 14, half_mm=48), (draw.normal(0, 8), y), bone.lamina_mm + 12, lid=y * bone.fall / 2)
    x = draw.choice((-1, 1)) * draw.uniform(85, 110)
    blade = [Loft(part(ILIUM), [(x - 50, -30, 34), (x, 0, 12 + draw.uniform(0, 12)), (x + 50, 30, 30)], [(40, 6)] * 3, square=2.4, blunt=20)]
    return _sacral(draw, lofted(blade), (x, 0.0), 40, lid=0.0)


def sacral_along(draw: Draw) -> Scene:
    """Along the sacrum, over its crest or its foramina, above the hiatus."""
    bone = sacrum_of(draw)
    middle, x = draw.uniform(15, 0.55 * bone.y_apex), draw.choice((0.0, 20.0, -20.0)) + draw.normal(0, 3)
    mesh = sacrum.sheet_of(bone, -6, bone.y_apex - 2, half_mm=34, x_mm=1.0)
    return _sacral(draw, mesh, (x, middle), bone.lamina_mm + 14, lid=middle * bone.fall / 2, turn=draw.choice((-1, 1)) * np.pi / 2)


def _plain(
    draw: Draw, mesh: Mesh | None, *, deep: float, sheets: tuple[Sheet, ...] = (), ovals: tuple[Oval, ...] = (), calm: str = "muscle"
) -> Scene:
    cover = cover_of(draw)
    plane = plane_at(draw, (0.0, 0.0), cover)
    return Scene(
        mesh, plane, cover, array_for(draw, cover + deep, wide_mm=50, shallow=draw.random() < 0.5), {}, sheets, ovals, calm, bool(draw.random() < 0.4)
    )


def _layer(draw: Draw, deep: float) -> Sheet:
    t = np.linspace(-1, 1, 61)
    line = np.stack([60 * t, draw.uniform(8, deep) + draw.normal(0, 4) * t + draw.normal(0, 3) * t**2 + 0.6 * np.sin(9 * t)], axis=1)
    return Sheet(line, draw.uniform(2, 16), draw.uniform(0.3, 1.2))


def muscle(draw: Draw) -> Scene:
    return _plain(draw, None, deep=40, sheets=tuple(_layer(draw, 45) for _ in range(draw.integers(0, 6))))


def ribs(draw: Draw) -> Scene:
    """Two to four round bones in a row, often with a bright line of lung beneath."""
    apart, z = draw.uniform(20, 30), draw.uniform(3, 14)
    wide, start = draw.uniform(4, 8), draw.uniform(-10, 10)
    bones = [
        Loft(part(LOOSE), [(x, -30, z), (x, 0, z + draw.normal(0, 0.5)), (x, 30, z)], [(wide, 3.5)] * 3) for x in start + apart * np.arange(-2, 3)
    ]
    lung = Sheet(np.stack([np.linspace(-70, 70, 61), np.full(61, z + cover_of(draw, least=6))], axis=1), draw.uniform(12, 26), 1.0)
    return _plain(draw, skinned(draw, lofted(bones), rough=0.1), deep=z + 30, sheets=(lung,) if draw.random() < 0.7 else ())


def kidney(draw: Draw) -> Scene:
    """A dark bean with a bright middle, under muscle."""
    middle = (draw.normal(0, 10), draw.uniform(45, 70))
    size = draw.uniform(35, 55), draw.uniform(18, 26)
    bean = Oval(middle, size, -draw.uniform(4, 11), draw.uniform(3, 11), draw.normal(0, 0.3))
    core = Oval(middle, (size[0] * 0.55, size[1] * 0.35), draw.uniform(7, 14), 0.0, bean.turned)
    return _plain(draw, None, deep=80, ovals=(bean, core), sheets=(_layer(draw, 30),))


def limb(draw: Draw) -> Scene:
    """One long bone, across or along, or two."""
    z, wide = draw.uniform(4, 25), draw.uniform(5, 16)
    ends = ((-80, 0), (80, 0)) if draw.random() < 0.4 else ((0, -40), (0, 40))
    shapes = [
        [(ends[0][0] + x, ends[0][1], z), (x, 0, z + draw.normal(0, 2)), (ends[1][0] + x, ends[1][1], z + draw.normal(0, 3))]
        for x in (draw.normal(0, 8), 28.0)
    ]
    bones = [Loft(part(LOOSE), axis, [(wide, wide)] * 3, blunt=30, square=draw.uniform(1.8, 3)) for axis in shapes[: draw.integers(1, 3)]]
    return _plain(
        draw, skinned(draw, lofted(bones), rough=0.15, warp_mm=1.5), deep=z + 25, sheets=tuple(_layer(draw, 30) for _ in range(draw.integers(0, 4)))
    )


def vessels(draw: Draw) -> Scene:
    ovals = tuple(
        Oval(
            (draw.normal(0, 14), draw.uniform(10, 40)),
            (draw.uniform(1.5, 8), draw.uniform(1.5, 6)),
            draw.uniform(-28, -5),
            draw.uniform(0, 8),
            draw.normal(0, 0.5),
        )
        for _ in range(draw.integers(1, 6))
    )
    return _plain(draw, None, deep=35, ovals=ovals, sheets=tuple(_layer(draw, 40) for _ in range(draw.integers(0, 4))))


def empty(draw: Draw) -> Scene:
    """Gel or air, sometimes with a floor that answers."""
    slab = [Loft(part(LOOSE), [(-90, 0, 30), (0, 0, draw.uniform(28, 32)), (90, 0, 30)], [(30, 3)] * 3, blunt=40)]
    mesh = joined([lofted(slab)]) if draw.random() < 0.4 else None
    return _plain(draw, mesh, deep=40, calm=str(draw.choice(("gel", "air"))))
