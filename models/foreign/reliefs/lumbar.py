"""Lumbar: five vertebrae as ridges, with the soft sheets between them.

y is 0 at the middle of the transverse processes of the middle vertebra. Widths and lengths of processes are of the order that Panjabi 1992 (Spine
17:299) and Masharawi 2004 (J Anat 205:89) give. The joint lies 19 +-6 mm beside the midline (Galiano 2005), levels 31.5 +-4 mm apart; the canal is
15 +-2 mm deep, the yellow ligament 3 to 5 mm thick.
"""

from __future__ import annotations

import numpy as np

from models.foreign.reliefs.relief import Blob, Body, Ridge, Sheet

SIDES = (-1, 1)


def normal(rng: np.random.Generator, mean: float, sd: float, least: float, most: float) -> float:
    return float(np.clip(rng.normal(mean, sd), least, most))


def roughness(rng: np.random.Generator) -> tuple[tuple[float, float, float, float], ...]:
    size = rng.uniform(0.08, 0.45)
    return tuple((size * float(rng.normal()), float(rng.uniform(-0.9, 0.9)), float(rng.uniform(-0.7, 0.7)),
        float(rng.uniform(0, 6.3))) for _ in range(5))


def lumbar(rng: np.random.Generator) -> Body:
    """Vertebrae "0" (middle), "+" and "#" (cranial), "-" and "=" (caudal): names end in it, and paired bones in l or r before it."""
    sizes = _sizes(rng)
    ridges: list[Ridge] = []
    for level, mark in ((2, "#"), (1, "+"), (0, "0"), (-1, "-"), (-2, "=")):
        ridges += _vertebra(rng, sizes, level * sizes["pitch"], mark, widening=1 - 0.06 * level)
    return Body(tuple(ridges), (), _sheets(rng, sizes), _blobs(rng, sizes), roughness(rng), sizes)


def _sizes(rng: np.random.Generator) -> dict[str, float]:
    joint = normal(rng, 16.5, 2.2, 11.5, 22)
    lamina = normal(rng, 25, 3.5, 17, 33)  # depth of the laminae's root under the tip
    yellow = lamina + normal(rng, 8.5, 1.2, 6, 11)
    return {
        "joint": joint, "lamina": lamina, "yellow": yellow, "floor": yellow + normal(rng, 14.5, 2.0, 10, 19), "tip": normal(rng, 42, 4.5, 31, 52),
        "proud": normal(rng, 6, 2.2, 2, 11),  # of the superior articular over the transverse process
        "tp_deep": normal(rng, 12.5, 2.2, 8, 18),  # of the transverse process under the lamina's root
        "body": normal(rng, 25, 2.2, 20, 30), "pitch": normal(rng, 34, 2.0, 29, 39), "worn": float(rng.random() ** 2),
        "lean": float(rng.uniform(0.1, 0.38)), "gap": float(rng.uniform(0.6, 2.6)),
        "spread": float(rng.uniform(2.2, 4.2)),  # half of the spinous process's thickness
    }  # fmt: skip


def _vertebra(rng: np.random.Generator, sizes: dict[str, float], y: float, mark: str, *, widening: float) -> list[Ridge]:
    deep, half = sizes["lamina"], sizes["spread"]
    drift, low, high = rng.normal(0, 0.7), rng.normal(-14.5, 1.2), rng.normal(2, 1.2)
    ends = (drift * 1.5, y + low, rng.normal(0, 0.8)), (drift, y + high, rng.uniform(1, 5))
    flat = sizes["body"] - 9
    found = [
        Ridge("spinous" + mark, *ends, (half + rng.uniform(0, 0.8), half * 0.85), rng.uniform(1, 2.6), rng.uniform(2, 4), deep + 6),
        Ridge("body" + mark, (-flat, y, sizes["floor"] + 0.8), (flat, y, sizes["floor"] + 0.8), (9, 9), 9.0, 2.0, 30.0, 0.0),
    ]
    for side in SIDES:
        found += _side(rng, sizes, y, mark, side, widening)
    if rng.random() < 0.02 and mark == "0":
        found = [one for one in found if not one.name.startswith("spinous")]
    return found


def _side(rng: np.random.Generator, sizes: dict[str, float], y: float, mark: str, side: int, widening: float) -> list[Ridge]:
    """One half. Each half draws its own small differences."""
    end = ("l" if side < 0 else "r") + mark
    deep, worn = sizes["lamina"] + rng.normal(0, 0.5), sizes["worn"]
    below, above = (sizes["joint"] * widening + rng.normal(0, 0.8) + more for more in (0.6, -0.4))
    steps = rng.normal(0, 0.7, 12)
    inner, outer = 4.2 + 0.4 * steps[0] + worn, 4.0 + 0.4 * steps[1] + 1.3 * worn
    tp_z, tip = deep + sizes["tp_deep"] + steps[2], sizes["tip"] + 1.5 * steps[5]
    sap_x, sap_z = side * (above + outer + 0.8), tp_z - sizes["proud"] + 0.8 * steps[3]
    sap = (sap_x, y + 1, sap_z), (sap_x - side, y + 18 + steps[4], deep + rng.normal(3.2, 1.3) - worn * rng.uniform(0, 3))
    root = (sap_x, y - 1, sap_z + 0.4), (sap_x, y + 9, sap_z - 0.6)
    tp = (side * (above + outer + 3), y + 2, tp_z), (side * tip, y + rng.uniform(1, 6), tp_z + rng.uniform(-2.5, 3))
    iap_x = side * (below - inner - sizes["gap"] / 2)
    iap = (iap_x, y - 13, deep + 3.5 + steps[6]), (iap_x, y - 24 + steps[7], deep + 2 + steps[8] - 1.5 * worn)
    lamina = (side * 2.5, y - 6.5, deep + 0.5), (side * (below - inner - 3), y - 6.5, deep + rng.uniform(2.5, 6.5))
    pars = (side * (below - 3.5), y - 2, deep + 6.5), (side * (below - inner - 0.5), y - 13, deep + 4.5)
    joint = (side * (below - 1), y - 13, deep + rng.uniform(7, 10)), (side * (below - 1), y - 25, deep + rng.uniform(7, 9))
    return [
        Ridge("lamina" + end, *lamina, (4, 4), 2.0, 4.0, 7.0, 0.35, sizes["lean"]),
        Ridge("pars" + end, *pars, (4.5, 4.5), 3.0, 2.5, 9.0),
        Ridge("iap" + end, *iap, (inner, inner + 0.3), 3.5, rng.uniform(1.8, 3), 12.0),
        Ridge("sap" + end, *sap, (outer + 1, outer), rng.uniform(2.5, 4.5), rng.uniform(1.8, 3), 14.0),
        Ridge("sap" + end, *root, (outer + rng.uniform(2.5, 4.5), outer + 3), sizes["proud"] + 1.5, rng.uniform(1.4, 2.1), 14.0),
        Ridge("joint" + end, *joint, (3, 3), 1.0, 3.0, 8.0),  # what sound meets in the cleft
        Ridge("tp" + end, *tp, (rng.uniform(4, 6), rng.uniform(3, 4.8)), 2.6, 2.2, 9.0),
        Ridge("pedicle" + end, (side * 15, y + 4, tp_z + 3), (side * (above + 2), y + 3, tp_z + 1), (5, 5), 3.0, 2.5, 24.0),
    ]


def _sheets(rng: np.random.Generator, sizes: dict[str, float]) -> tuple[Sheet, ...]:
    """The complexes behind and before the dural sac at three windows, and the ligament between transverse processes."""
    found: list[Sheet] = []
    back, front = normal(rng, 9, 4, 0, 18), normal(rng, 9, 4, 0, 18)
    yellow, floor = sizes["yellow"], sizes["floor"]
    for y in (-sizes["pitch"], 0.0, sizes["pitch"]):
        window = (y - sizes["pitch"] + 1, y - 13)
        middle, slope = (0.0, sum(window) / 2), float(rng.uniform(0.1, 0.4))
        found += [
            Sheet("posterior_complex", yellow, middle, (-11, 11), window, back, slope, rng.uniform(-0.12, 0.05), rng.uniform(0.6, 1.8)),
            Sheet("flavum", yellow - rng.uniform(3, 5), middle, (-11, 11), window, back - rng.uniform(3, 9), slope, 0.0, rng.uniform(1, 3)),
            Sheet("anterior_complex", floor, middle, (-12, 12), window, front, rng.uniform(-0.06, 0.1), 0.0, rng.uniform(0.6, 2)),
        ]
    base, strength = sizes["lamina"] + sizes["tp_deep"] + rng.normal(1, 1), normal(rng, 9, 4, -2, 17)
    for side in SIDES:
        span = (sizes["joint"] + 4, sizes["tip"] - 3) if side > 0 else (3 - sizes["tip"], -sizes["joint"] - 4)
        between = (4 - sizes["pitch"], -3.0)
        bend, thick = rng.uniform(-0.08, 0.1), rng.uniform(0.6, 1.8)
        found.append(Sheet("intertransverse_ligament", base, (side * 30, 0), span, between, strength, bend, 0.0, thick))
    return tuple(found)


def _blobs(rng: np.random.Generator, sizes: dict[str, float]) -> tuple[Blob, ...]:
    """The dural sac, dark; a nerve root a side, on its way out beneath the pedicle."""
    middle = (sizes["yellow"] + sizes["floor"]) / 2
    half = (sizes["floor"] - sizes["yellow"]) / 2
    found = [Blob("sac", (0, 0, middle), (11, 400, half), -rng.uniform(6, 22))]
    for side in SIDES:
        root = (side * (sizes["body"] + rng.uniform(0, 4.5)), -13, sizes["floor"] + rng.uniform(-3.5, 3))
        found.append(Blob("nerve_root", root, (rng.uniform(2.2, 3.8), 8, rng.uniform(1.8, 3.0)), rng.normal(0, 5), normal(rng, 9, 4, 0, 16)))
    return tuple(found)
