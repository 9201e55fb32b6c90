"""Near misses: what view `none` shows. Planes between, beside and along the views of the same bones, other parts of the body, gel and air."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.foreign.reliefs.aims import Aim, side_of, tilts
from models.foreign.reliefs.lumbar import lumbar, roughness
from models.foreign.reliefs.relief import Blob, Body, Ridge, Sheet
from models.foreign.reliefs.sacrum import S1_SAP_Y, S2_Y, hiatus, sacrum

SPINE_SHARE = 0.6


def near_miss(rng: np.random.Generator) -> Aim:
    """A spine that is none of the views, or no spine."""
    kinds = SPINE if rng.random() < SPINE_SHARE else OTHER
    return kinds[int(rng.integers(len(kinds)))](rng)


def _between_levels(rng: np.random.Generator) -> Aim:
    """Through the laminae under the pedicle: no transverse process, no joint."""
    body = lumbar(rng)
    lamina = body.sizes["lamina"]
    return Aim(body, (rng.normal(0, 5), rng.uniform(-8.5, -6.5), lamina), lamina + 12, tilts(rng, 2, 4, 2), reach=16)


def _along(rng: np.random.Generator) -> Aim:
    """Along spinous, articular or transverse processes."""
    body, side = lumbar(rng), side_of(rng)
    joint, lamina = body.sizes["joint"], body.sizes["lamina"]
    tip = max(joint + 14, body.sizes["tip"] - 2)
    x = rng.choice([rng.uniform(-1.5, 1.5), side * (joint + rng.uniform(-2, 4)), side * rng.uniform(joint + 13, tip)])
    return Aim(body, (float(x), rng.uniform(-30, 10), lamina + 5), lamina + 20, tilts(rng, 4, 5, 4), reach=20, sagittal=True)


def _oblique(rng: np.random.Generator) -> Aim:
    body, side = lumbar(rng), side_of(rng)
    lamina = body.sizes["lamina"]
    _, roll, tilt = tilts(rng, 0, 5, 6)
    return Aim(body, (rng.normal(0, 12), rng.uniform(-20, 5), lamina), lamina + 16, (side * rng.uniform(32, 62), roll, tilt), reach=20)


def _beside(rng: np.random.Generator) -> Aim:
    """Lateral to the processes' tips: muscle, with a tip at most."""
    body, side = lumbar(rng), side_of(rng)
    return Aim(body, (side * (body.sizes["tip"] + rng.uniform(28, 45)), rng.uniform(-25, 8), body.sizes["lamina"]), 55, tilts(rng, 8, 5, 5))


def _sacral_between(rng: np.random.Generator) -> Aim:
    """Between two foramina, over the middle: crest and plate."""
    body = sacrum(rng)
    y = rng.choice([S2_Y / 2, S2_Y - 9, -S2_Y / 2]) + rng.uniform(-1, 1.5)
    return Aim(body, (rng.normal(0, 4), float(y), body.sizes["plate"]), body.sizes["plate"] + 12, tilts(rng, 3, 4, 3), reach=18)


def _sacral_along(rng: np.random.Generator) -> Aim:
    body, side = sacrum(rng), side_of(rng)
    x = rng.choice([rng.normal(0, 1.5), side * rng.uniform(12, 30)])
    return Aim(body, (float(x), rng.uniform(-25, 15), body.sizes["plate"]), body.sizes["plate"] + 14, tilts(rng, 6, 6, 5), reach=20, sagittal=True)


def _iliac(rng: np.random.Generator) -> Aim:
    """The ilium and the muscles beside it, no sacrum."""
    body, side = sacrum(rng), side_of(rng)
    kept = tuple(one for one in body.ridges if one.name.startswith("ilium"))
    focus = (side * (body.sizes["edge"] + rng.uniform(22, 34)), rng.uniform(-30, S1_SAP_Y + 14), body.sizes["plate"])
    return Aim(Body(kept, bump=body.bump, sizes=body.sizes), focus, body.sizes["plate"] + 25, tilts(rng, 15, 8, 5))


def _hiatus_missed(rng: np.random.Generator) -> Aim:
    """Above the hiatus, under it, or along beside it."""
    body, side = hiatus(rng), side_of(rng)
    along = rng.random() < 0.34
    x, y = (side * rng.uniform(13, 22), rng.normal(-4, 6)) if along else (rng.normal(0, 3), rng.choice([rng.uniform(15, 35), rng.uniform(-48, -34)]))
    focus = (float(x), float(y), body.sizes["roof"])
    return Aim(body, focus, body.sizes["floor"] + 12, tilts(rng, 3, 4, 3), reach=14, sagittal=bool(along), shallow=True)


def _limb(rng: np.random.Generator) -> Aim:
    """One long bone, or two, across or along."""
    radius, z = rng.uniform(6, 15), rng.uniform(4, 28)
    bones = [Ridge("shaft", (0, -80, z), (0, 80, z + rng.uniform(-4, 4)), (radius, radius), radius, rng.uniform(1.8, 2.4), 2 * radius)]
    if rng.random() < 0.3:
        bones.append(Ridge("shaft", (radius + 14, -80, z + 6), (radius + 15, 80, z + 8), (6, 6), 6, 2, 12))
    body = Body(tuple(bones), blobs=_vessels(rng), bump=roughness(rng))
    return Aim(body, (rng.normal(0, 8), 0.0, z), z + 22, tilts(rng, 12, 6, 5), sagittal=bool(rng.random() < 0.3), shallow=True)


def _ribs(rng: np.random.Generator) -> Aim:
    """Ribs in cross section over the pleura, or one rib along."""
    z, apart, wide = rng.uniform(6, 20), rng.uniform(18, 28), rng.uniform(4, 7)
    ribs = tuple(Ridge("rib", (-90, i * apart, z), (90, i * apart + 3, z + rng.normal(0, 3)), (wide, wide), 3.5, 2.2, 8.0) for i in range(-3, 4))
    pleura = Sheet("pleura", z + rng.uniform(7, 12), (0, 0), (-90, 90), (-90, 90), rng.uniform(8, 22), thick=1.2)
    body = Body(ribs, (), (pleura,), (Blob("lung", (0, 0, z + 112), (300, 300, 100), -rng.uniform(0, 12)),), roughness(rng))
    return Aim(body, (0.0, rng.uniform(-12, 12), z), z + 30, tilts(rng, 10, 4, 4), sagittal=bool(rng.random() < 0.75))


def _kidney(rng: np.random.Generator) -> Aim:
    deep = rng.uniform(25, 45)
    shell = Blob("kidney", (0, 0, deep + 22), (rng.uniform(40, 55), 40, rng.uniform(18, 26)), -rng.uniform(2, 10), rng.uniform(0, 5))
    sinus = Blob("sinus", (4, 0, deep + 22), (20, 20, 8), rng.uniform(2, 9))
    return Aim(Body((), blobs=(shell, sinus)), (rng.normal(0, 15), 0.0, deep), deep + 55, tilts(rng, 25, 10, 0))


def _vessels(rng: np.random.Generator) -> tuple[Blob, ...]:
    def vessel() -> Blob:
        centre, radius = (rng.uniform(-22, 22), 0, rng.uniform(6, 30)), (rng.uniform(2, 5), 60, rng.uniform(1.8, 4))
        return Blob("vessel", centre, radius, -rng.uniform(12, 26), rng.uniform(0, 8))

    return tuple(vessel() for _ in range(int(rng.integers(1, 5))))


def _muscle(rng: np.random.Generator) -> Aim:
    """Muscle, vessels, a fascia or two; no bone."""
    everywhere = (-90.0, 90.0)
    sheets = tuple(
        Sheet("fascia", z, (rng.uniform(-20, 20), 0), everywhere, everywhere, rng.uniform(3, 16), rng.uniform(-0.2, 0.2))
        for z in rng.uniform(8, 40, int(rng.integers(0, 4)))
    )
    body = Body((), sheets=sheets, blobs=_vessels(rng) if rng.random() < 0.6 else ())
    return Aim(body, (0.0, 0.0, 15.0), rng.uniform(30, 60), tilts(rng, 0, 6, 0), sagittal=bool(rng.random() < 0.5), shallow=True)


def _empty(rng: np.random.Generator) -> Aim:
    """Gel or air: `sizes` says so, and no tissue is drawn."""
    return Aim(Body((), sizes={"empty": 1.0, "air": float(rng.random() < 0.5)}), (0.0, 0.0, 15.0), rng.uniform(30, 70), (0.0, 0.0, 0.0))


SPINE: tuple[Callable[[np.random.Generator], Aim], ...] = (
    _between_levels, _along, _along, _oblique, _beside, _sacral_between, _sacral_along, _iliac, _hiatus_missed,
)  # fmt: skip
OTHER: tuple[Callable[[np.random.Generator], Aim], ...] = (_limb, _limb, _ribs, _kidney, _muscle, _muscle, _empty)
