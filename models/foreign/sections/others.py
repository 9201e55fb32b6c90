"""Others: what the view `none` shows. Planes beside, between and across the views' own, other regions, and no body at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.foreign.sections import lumbar, sacrum
from models.foreign.sections.shapes import Draft, Random, Section, oval


def _row(rng: Random) -> Section:
    """Sagittal: spinous processes, articular humps that touch, transverse processes or ribs, by the hump's length."""
    d = Draft(rng)
    pitch = d.n(31.0, 4.0, 20.0)
    half, high = d.w(4.0, 8.0) if d.odds(0.6) else pitch * d.w(0.46, 0.52), d.w(1.5, 7.0)
    for x in np.arange(d.w(-60, -40), 60, pitch):
        z = d.w(-1.5, 1.5)
        shoulders = [(x + half * share, z + high * low) for share, low in ((-1, 1.5), (-0.7, 0.3), (0.0, 0.0), (0.7, 0.3), (1.0, 1.5))]
        d.bone([*shoulders, (x, z + high + 12)])
    if d.odds(0.4):  # pleura or peritoneum
        depth = d.w(8.0, 22.0)
        d.sheet([(-60, depth), (-20, depth + d.w(-3, 3)), (20, depth + d.w(-3, 3)), (60, depth)], (8, 22), (1.0, 2.0))
    return d.section(0.0, 14.0, along=True)


def _lone(rng: Random) -> Section:
    """One bone: a long one of a limb, the ilium's wing, the coccyx, or a process that is cut along."""
    d = Draft(rng, (0.05, 0.5))
    high, xs = d.w(8.0, 30.0), np.linspace(d.w(-55, -10), d.w(10, 55), 9)
    z = d.w(-0.7, 0.7) * xs + d.w(0, 3) * np.sin(xs / d.w(4, 14))
    plate = np.concatenate([np.stack([xs, z], 1), [(xs[-1], z[-1] + 12), (xs[0], z[0] + 12)]])
    shape = oval(d.w(-12, 12), high / 2, d.w(8.0, 34.0), high, d.w(-45, 45))[::2] if d.odds(0.6) else plate
    d.bone(shape)
    _septa(d, 3)
    return d.section(float(shape[:, 1].min()), 12.0, along=d.odds(0.4))


def _septa(d: Draft, most: int) -> None:
    for _ in range(d.rng.integers(0, most)):
        z, x = d.w(-15, 15), d.w(-30, 30)
        d.sheet([(x - 25, z + d.w(-6, 6)), (x, z), (x + 25, z + d.w(-6, 6))], (2, 16), (0.5, 1.5))


def _soft(rng: Random) -> Section:
    """No bone: muscle, vessels and nerves, or a kidney with its bright middle."""
    d = Draft(rng)
    _septa(d, 5)
    if d.odds(0.35):
        x, z, wide, turn = d.w(-25, 25), d.w(15, 35), d.w(50, 95), d.w(-35, 35)
        capsule = oval(x, z, wide, wide * 0.48, turn)
        d.soft(capsule, (-12, -4))
        d.soft(oval(x, z, wide * 0.5, wide * 0.17, turn), (3, 10), 0.8)
        d.sheet(np.concatenate([capsule, capsule[:1]]), (4, 14))
    for _ in range(d.rng.integers(0, 6)):
        size = d.w(3.0, 14.0)
        ring = oval(d.w(-28, 28), d.w(-12, 25), size, size * d.w(0.5, 1.0), d.w(-30, 30))
        d.soft(ring, (-30, -6) if d.odds(0.7) else (2, 9), 0.1)
        d.sheet(np.concatenate([ring, ring[:1]]), (0, 12))
    return d.section(0.0, 20.0, along=d.odds(0.5))


def _nothing(rng: Random) -> Section:
    """Gel or air: the face's own ringing."""
    return Section(deepest_z=float(rng.uniform(10, 60)), gel=True)


def _beside(rng: Random) -> Section:
    """A view's section seen so far beside its place, that what names it is out of the picture: a process' end, the ilium."""
    d = Draft(rng)
    made, shift = (lumbar.process(rng), d.w(62, 78)) if d.odds(0.5) else (sacrum.sacroiliac(rng), d.w(68, 85))
    moved = made.moved(x0=shift if d.odds(0.5) else -shift, dz=0.0, turn_deg=d.w(-8, 8))
    return replace(moved, marks=(), cover_z=0.0)


def _between(rng: Random) -> Section:
    """Planes between views: a spinous process alone, or the closed roof of the lower sacrum."""
    v = lumbar.Vertebra(rng)
    if v.odds(0.5):
        v.spinous(v.w(0.5, 1.0))
        return v.section(v.tip_z, 6.0)
    high, half, fall = v.w(1.0, 6.0), v.w(18.0, 32.0), v.w(4.0, 16.0)
    right = [(0.0, 0.0), (4.5, high), (half / 2, high + fall * 0.3), (half, high + fall)]
    v.bone([*[(-x, z) for x, z in right[:0:-1]], *right, (half - 6, high + fall + 10), (6 - half, high + fall + 10)])
    return v.section(0.0, high + fall + 6)


def _missed(rng: Random) -> Section:
    """A view's section whose bones lie beneath the picture."""
    made = (lumbar.facet, lumbar.interlaminar, sacrum.ala, sacrum.s1)[rng.integers(4)](rng)
    return replace(made.moved(x0=0.0, dz=float(rng.uniform(75, 95)), turn_deg=0.0), marks=(), cover_z=0.0, deepest_z=10.0)


KINDS: tuple[Callable[[Random], Section], ...] = (_row, _lone, _soft, _nothing, _beside, _between, _missed)
SHARES = (0.2, 0.18, 0.2, 0.07, 0.15, 0.15, 0.05)


def near_miss(rng: Random) -> Section:
    return KINDS[rng.choice(len(KINDS), p=np.array(SHARES) / sum(SHARES))](rng)
