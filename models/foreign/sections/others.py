"""Others: what the view `none` shows. Planes beside, between and across the views' own, other regions, and no body at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.foreign.sections import lumbar, sacrum
from models.foreign.sections.shapes import Bone, Points, Random, Section, Sheet, Soft, about, bone, curve, oval, within


def _row(rng: Random) -> Section:
    """Sagittal: spinous processes, articular humps that touch, transverse processes or ribs, by the hump's length."""
    pitch = about(rng, 31.0, 4.0, least=20.0)
    long = within(rng, 8.0, 16.0) if rng.random() < 0.6 else pitch * within(rng, 0.93, 1.05)
    high, x = within(rng, 1.5, 7.0), within(rng, -60, -40)
    bones = []
    while x < 60:
        z = within(rng, -1.5, 1.5)
        points = [(x - long / 2, z + high + 3), (x - long * 0.35, z + high * 0.3), (x, z), (x + long * 0.35, z + high * 0.3), (x + long / 2, z + high + 3)]
        bones.append(bone(rng, [*points, (x, z + high + 12)], bumps_mm=within(rng, 0.1, 0.5)))
        x += pitch
    sheets: list[Sheet] = []
    if rng.random() < 0.4:  # pleura or peritoneum
        depth = within(rng, 8.0, 22.0)
        sheets = [Sheet(curve([(-60, depth), (-20, depth + within(rng, -3, 3)), (20, depth + within(rng, -3, 3)), (60, depth)]), within(rng, 8, 22), 1.5)]
    return Section(tuple(bones), (), tuple(sheets), (), 0.0, 14.0, along=True)


def _lone(rng: Random) -> Section:
    """One bone: a long one of a limb, the ilium's wing, the coccyx, or a process that is cut along."""
    wide, high = within(rng, 8.0, 34.0), within(rng, 8.0, 30.0)
    turn = within(rng, -45, 45)
    shape = rough_oval(rng, wide, high, turn) if rng.random() < 0.6 else _plate(rng)
    bones = [bone(rng, shape, bumps_mm=within(rng, 0.05, 0.5))]
    return Section(tuple(bones), (), tuple(_septum(rng) for _ in range(rng.integers(0, 3))), (), float(shape[:, 1].min()), 12.0, along=rng.random() < 0.4)


def rough_oval(rng: Random, wide: float, high: float, turn: float) -> Points:
    return oval(within(rng, -12, 12), high / 2, wide, high, turn)[::2]


def _plate(rng: Random) -> Points:
    """A long surface, straight or wavy, that slants through the picture."""
    slope, xs = within(rng, -0.7, 0.7), np.linspace(within(rng, -55, -10), within(rng, 10, 55), 9)
    z = slope * xs + within(rng, 0, 3) * np.sin(xs / within(rng, 4, 14))
    return np.concatenate([np.stack([xs, z], 1), [(xs[-1], z[-1] + 12), (xs[0], z[0] + 12)]])


def _septum(rng: Random) -> Sheet:
    z, x = within(rng, -15, 15), within(rng, -30, 30)
    return Sheet(curve([(x - 25, z + within(rng, -6, 6)), (x, z), (x + 25, z + within(rng, -6, 6))]), within(rng, 2, 16), within(rng, 0.5, 1.5))


def _soft(rng: Random) -> Section:
    """No bone: muscle, vessels and nerves, or a kidney with its bright middle."""
    softs, sheets = [], [_septum(rng) for _ in range(rng.integers(0, 5))]
    if rng.random() < 0.35:
        x, z, wide, turn = within(rng, -25, 25), within(rng, 15, 35), within(rng, 50, 95), within(rng, -35, 35)
        capsule = oval(x, z, wide, wide * 0.48, turn)
        softs = [Soft(capsule, within(rng, -12, -4), 0.2), Soft(oval(x, z, wide * 0.5, wide * 0.17, turn), within(rng, 3, 10), 0.8)]
        sheets.append(Sheet(np.concatenate([capsule, capsule[:1]]), within(rng, 4, 14)))
    else:
        for _ in range(rng.integers(0, 6)):
            size = within(rng, 3.0, 14.0)
            ring = oval(within(rng, -28, 28), within(rng, -12, 25), size, size * within(rng, 0.5, 1.0), within(rng, -30, 30))
            softs.append(Soft(ring, within(rng, -30, -6) if rng.random() < 0.7 else within(rng, 2, 9), 0.1))
            sheets.append(Sheet(np.concatenate([ring, ring[:1]]), within(rng, 0, 12), 0.5))
    return Section((), tuple(softs), tuple(sheets), (), 0.0, 20.0, along=rng.random() < 0.5)


def _nothing(rng: Random) -> Section:
    """Gel or air: the face's own ringing."""
    return Section(deepest_z=within(rng, 10, 60), gel=True)


def _beside(rng: Random) -> Section:
    """A view's section seen so far beside its place, that what names it is out of the picture: a process' end, the ilium."""
    side = rng.choice([-1, 1])
    made, shift = (lumbar.process(rng), within(rng, 62, 78)) if rng.random() < 0.5 else (sacrum.sacroiliac(rng), within(rng, 68, 85))
    moved = made.moved(x0=side * shift, dz=0.0, turn_deg=within(rng, -8, 8))
    return replace(moved, marks=(), cover_z=0.0)


def _between(rng: Random) -> Section:
    """Planes between views: a spinous process alone, or the closed roof of the lower sacrum."""
    if rng.random() < 0.5:
        v = lumbar.Vertebra(rng)
        return Section((v.spinous(within(rng, 0.5, 1.0)),), (), (), (), v.tip_z, 6.0)
    high, half, fall = within(rng, 1.0, 6.0), within(rng, 18.0, 32.0), within(rng, 4.0, 16.0)
    dorsal = [(-half, high + fall), (-half / 2, high + fall * 0.3), (-4.5, high), (0.0, 0.0), (4.5, high), (half / 2, high + fall * 0.3), (half, high + fall)]
    roof: Bone = bone(rng, [*dorsal, (half - 6, high + fall + 10), (6 - half, high + fall + 10)], bumps_mm=within(rng, 0.1, 0.5))
    return Section((roof,), (), (), (), 0.0, high + fall + 6)


def _missed(rng: Random) -> Section:
    """A view's section whose bones lie beneath the picture."""
    made = (lumbar.facet, lumbar.interlaminar, sacrum.ala, sacrum.s1)[rng.integers(4)](rng)
    return replace(made.moved(x0=0.0, dz=within(rng, 75, 95), turn_deg=0.0), marks=(), cover_z=0.0, deepest_z=10.0)


KINDS: tuple[tuple[Callable[[Random], Section], float], ...] = (
    (_row, 0.2), (_lone, 0.18), (_soft, 0.2), (_nothing, 0.07), (_beside, 0.15), (_between, 0.15), (_missed, 0.05),
)  # fmt: skip


def near_miss(rng: Random) -> Section:
    kinds, shares = zip(*KINDS, strict=True)
    chosen: Callable[[Random], Section] = kinds[rng.choice(len(kinds), p=np.array(shares) / sum(shares))]
    return chosen(rng)
