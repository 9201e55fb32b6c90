"""A lumbar spine and a sacrum drawn by chance: every frame has bones of its own. Sizes: edge/README.md, "Clinical ground"; the rest is design."""

from __future__ import annotations

from math import radians, tan

import numpy as np

from models.foreign.solids import ala
from models.foreign.solids.ala import Ala
from models.foreign.solids.bones import Band, Body, Bone, Cord, Field, Sheet, Strut, Surface, step

SIDES = (-1, 1)


def jitter(rng: np.random.Generator, value: float, share: float = 0.15) -> float:
    """`value` times 1 + a normal error of `share`, at most two of them."""
    return float(value * (1.0 + share * np.clip(rng.normal(), -2.0, 2.0)))


def lumps(rng: np.random.Generator, label: str, side: int, at: tuple[float, float, float]) -> list[Bone]:
    """Arthritic lumps beside a joint: one in four joints has up to three."""
    made: list[Bone] = []
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.25 else 0):
        x, y, z = (float(v) for v in np.asarray(at) + rng.normal(0.0, (1.5, 3.0, 0.8)))
        half = float(rng.uniform(1.0, 2.2))
        made.append(Strut(label, side, (x, y, z), (x, y + 0.5, z), (half, half), 8.0, dome=1.0, cap_mm=half))
    return made


def joint(rng: np.random.Generator, side: int, level: int, facet_mm: float, gap_mm: float, y: float) -> list[Bone]:
    """Inferior process of the vertebra above (centre y) and superior process of the one below, with the cleft between."""
    inner, outer = jitter(rng, 3.7), jitter(rng, 2.9)
    xi, xo = facet_mm - gap_mm / 2 - inner, facet_mm + gap_mm / 2 + outer
    z, step_mm, cap = rng.normal(0.5, 1.2), rng.normal(-0.5, 1.3), 2.0
    low, dome = jitter(rng, -22.0, 0.06), float(rng.uniform(0.35, 1.0))
    iap = Strut(f"iap{level}", side, (side * xi, y - 7, z + 0.8), (side * (xi + 0.3), y + low, z), (inner, inner), 9.0, dome=dome, cap_mm=cap)
    sap = Strut(
        f"sap{level + 1}",
        side,
        (side * xo, y - 10.5, z + step_mm + 1),
        (side * (xo - 0.3), y - 28.5, z + step_mm - 0.3),
        (outer, jitter(rng, outer, 0.1)),
        12.0,
        dome=float(rng.uniform(0.35, 1.0)),
        cap_mm=cap,
    )
    floor = z + float(rng.uniform(2.5, 6.0))  # the cleft curves away: no sound passes through it
    cleft = Strut(
        f"cleft{level}", side, (side * facet_mm, y - 10.5, floor), (side * facet_mm, y - 24.0, floor), (gap_mm + 1, gap_mm + 1), 9.0, dome=0.0
    )
    return [iap, sap, cleft, *lumps(rng, iap.label, side, (side * (xi - 1), y - 16, z)), *lumps(rng, sap.label, side, (side * (xo + 1.5), y - 17, z))]


def half_arch(rng: np.random.Generator, side: int, level: int, y: float, facet_mm: float) -> list[Bone]:
    """Lamina, pars and transverse process of one side."""
    z, slope = rng.normal(0.0, 0.8), float(rng.uniform(1.0, 4.5))
    lean, edge = side * float(rng.uniform(0.05, 0.42)), facet_mm - 6.0
    reach, tilt = facet_mm + float(rng.uniform(12.0, 30.0)), float(np.clip(rng.normal(0.0, 2.0), -3, 3))
    sap_mm, deep, fall = facet_mm + 6.0, jitter(rng, 9.0, 0.3), tan(radians(float(np.clip(rng.normal(4.0, 14.0), -25, 35))))
    half = jitter(rng, 8.3, 0.1)
    lamina = Strut(
        f"lamina{level}", side, (side * 1.0, y - 4.0, z - slope), (side * edge, y - 5.0, z + 0.5), (half + 1.2, half), 6.0, dome=0.15, lean=lean
    )
    pars = Strut(f"pars{level}", side, (side * (edge - 1.0), y, z + 2.0), (side * sap_mm, y + 3.5, z + 3.0), (5.0, 5.0), 10.0)
    tp = Strut(
        f"tp{level}",
        side,
        (side * (facet_mm + 3.0), y + 4.0, z + deep),
        (side * reach, y + 5.0 + tilt, z + deep + fall * (reach - facet_mm - 8.0)),
        (jitter(rng, 4.8, 0.25), jitter(rng, 3.8, 0.25)),
        7.0,
        dome=float(rng.uniform(0.3, 0.9)),
    )
    return [lamina, pars, tp]


def broken(rng: np.random.Generator, bones: list[Bone]) -> list[Bone]:
    """Now and then a spinous process, lamina or transverse process is missing (operated, not fused, rudimentary)."""
    return [b for b in bones if not (b.label[:-1] in ("lamina", "tp", "spinous") and rng.random() < 0.025)]


def vertebra(rng: np.random.Generator, level: int, y: float, facet_mm: tuple[float, float], spine_mm: float) -> list[Bone]:
    """One vertebra with the joints to the next one below. facet_mm: x of the joints, left and right."""
    lean, low = rng.normal(0.0, 1.8), jitter(rng, -15.0, 0.1)
    tip = jitter(rng, 2.8, 0.25)
    made: list[Bone] = [
        Strut(
            f"spinous{level}",
            0,
            (lean * 0.5, y + 5.0, -spine_mm + rng.uniform(1, 6)),
            (lean, y + low, -spine_mm),
            (tip * 0.8, tip),
            spine_mm + 4.0,
            dome=0.8,
            cap_mm=2.0,
        )
    ]
    for side, x in zip(SIDES, facet_mm, strict=True):
        made += half_arch(rng, side, level, y, x)
        made += joint(rng, side, level, x, float(rng.uniform(1.6, 3.4)), y)
    return broken(rng, made)


def lumbar(rng: np.random.Generator) -> Body:
    """Four levels around level 1, whose centre is y = 0 and whose laminae are near z = 0."""
    pitch, spine_mm, canal = jitter(rng, 31.5, 0.08), float(rng.uniform(17.0, 30.0)), float(rng.uniform(13.0, 19.0))
    ys, marks, bones = [pitch, 0.0, -pitch, -2 * pitch], {"pitch": pitch, "spine": spine_mm}, list[Bone]()
    for level, y in enumerate(ys):
        facet = float(np.clip(rng.normal(18.5, 2.5), 14.0, 25.0))
        pair = tuple(facet * (1.0 + rng.normal(0.0, 0.06, 2)))
        bones += vertebra(rng, level, y, (float(pair[0]), float(pair[1])), jitter(rng, spine_mm, 0.08))
        marks |= {f"facet{level}-1": float(pair[0]), f"facet{level}1": float(pair[1])}
    flavum = float(rng.uniform(4.5, 8.0))
    wall, waist = flavum + canal, (marks["facet1-1"] + marks["facet11"]) / 2 + float(rng.uniform(4.5, 9.0))
    bones.append(Strut("body", 0, (0.0, 2 * pitch, wall), (0.0, -3 * pitch, wall), (waist, waist), 30.0, dome=float(rng.uniform(0.5, 1.0))))
    root = root_cords(rng, wall=wall, waist=waist)
    return Body(
        tuple(bones),
        lumbar_bands(rng, flavum, wall, jitter(rng, 10.0, 0.15)),
        root,
        marks | {"flavum": flavum, "wall": wall, "waist": waist},
        (14.0, flavum + 1.5, wall),
    )


def root_cords(rng: np.random.Generator, *, wall: float, waist: float) -> tuple[Cord, ...]:
    """The nerve roots under level 1: caudal and lateral, beside the body."""
    made = []
    for side in SIDES:
        away = np.array([side * 0.5, -0.75, 0.3]) + rng.normal(0.0, 0.08, 3)
        away /= np.linalg.norm(away)
        at = (side * (waist + float(rng.uniform(1.5, 5.5))), -17.0, wall - float(rng.uniform(0.0, 4.0)))
        made.append(Cord("nerve_root", side, at, (float(away[0]), float(away[1]), float(away[2])), float(rng.uniform(2.2, 3.8))))
    return tuple(made)


def lumbar_bands(rng: np.random.Generator, flavum: float, wall: float, tp_mm: float) -> tuple[Band, ...]:
    """Posterior complex, the longitudinal ligament before the body, and the ligaments between transverse processes."""
    bow, sag = float(rng.uniform(0.0, 0.02)), float(rng.uniform(0.0, 0.15))

    def posterior(x: Field, y: Field) -> Field:
        return np.asarray(flavum - bow * x * x + sag * np.sin(y / 5.0), np.float32)

    def anterior(x: Field, y: Field) -> Field:
        return np.asarray(wall - 0.1 + 0.0 * x + 0.1 * np.sin(y / 7.0), np.float32)

    def across(x: Field, y: Field) -> Field:
        return np.asarray(tp_mm + 0.03 * (np.abs(x) - 32.0) + 0.4 * np.sin(y / 6.0), np.float32)

    strength = rng.uniform(0.12, 0.5, 3)
    thick = rng.uniform(0.8, 2.5, 3)
    return (
        Band("posterior_complex", posterior, lambda x, _y: np.abs(x) - 11.0, float(thick[0]), float(strength[0])),
        Band("anterior_complex", anterior, lambda x, _y: np.abs(x) - 13.0, float(thick[1]), float(strength[1])),
        Band("intertransverse_ligament", across, lambda x, _y: np.maximum(23.5 - np.abs(x), np.abs(x) - 41.0), float(thick[2]), float(strength[2])),
    )


def sacrum(rng: np.random.Generator) -> Body:
    """Sacrum, coccyx, iliac bones: y = 0 at the first foramina."""
    shape = sacral_shape(rng)
    wings = ala.drawn(rng, shape["sap"] + shape["sap_half"])
    top = sacral_top(rng, shape, wings)
    bones: list[Bone] = [
        Sheet("sacrum", 0, top, sacral_foot(shape, wings), lambda x, _y: 4.0 + 21.0 * step(np.abs(x), at=8.0, over=3.0)),
        Sheet(
            "pit",
            0,
            lambda x, y: top(x, y) + shape["pit"],
            lambda x, y: np.maximum(np.abs(x) - 30.0, 12.0 - shape["apex"] - y),
            lambda x, _y: 10.0 + 0 * x,
        ),
    ]
    for side in SIDES:
        bones += sacral_side(rng, side, shape, top)
    bones += tail(rng, shape, top)
    return Body(tuple(bones), (ligament(rng, shape, top),), (), shape)


def sacral_shape(rng: np.random.Generator) -> dict[str, float]:
    """Lengths in mm that define a sacrum."""
    return {
        "crest": float(rng.uniform(6.0, 15.0)),
        "crest_half": float(rng.uniform(2.5, 4.5)),
        "slope": float(rng.uniform(0.0, 0.006)),
        "kyphosis": float(rng.uniform(0.002, 0.006)),
        "pit": float(rng.uniform(9.0, 20.0)),
        "edge-1": jitter(rng, 37.0, 0.08),
        "edge1": jitter(rng, 37.0, 0.08),
        "gap": float(rng.uniform(1.5, 4.5)),
        "apex": float(rng.uniform(62.0, 70.0)),
        "cornu": float(np.clip(rng.normal(9.3, 1.2), 6.5, 12.5)),
        "canal": float(np.clip(rng.normal(4.2, 1.2), 1.8, 7.5)),
        "scl": float(np.clip(rng.normal(1.8, 0.6), 0.8, 3.4)),
        "fall": float(rng.uniform(0.5, 7.0)),
        "sap": jitter(rng, 20.0, 0.08),
        "sap_half": float(rng.uniform(2.8, 5.5)),
        **{f"hole{i}{s}": float(rng.uniform(2.8, 5.5)) for i in range(3) for s in SIDES},
        **{f"hole_x{i}{s}": float(x + rng.normal(0, 1.3)) for i, x in enumerate((23.5, 21.0, 18.0)) for s in SIDES},
    }


def sacral_top(rng: np.random.Generator, shape: dict[str, float], wings: Ala) -> Surface:
    """The dorsal surface: crest with its tubercles, roof that falls sideways, intermediate and lateral crests, ala."""
    waves = rng.uniform(0.15, 0.6, 3)
    phase = rng.uniform(0, 6.3, 3)
    tubercle = float(rng.uniform(0.1, 0.4))
    ridges = rng.uniform(0.0, 2.5, 4)
    shift = rng.normal(0.0, 1.0)

    def top(x: Field, y: Field) -> Field:
        fade = step(y, at=-shape["apex"] - 2, over=45.0)
        crest = (
            shape["crest"]
            * fade
            * wings.crest_share(y)
            * (1 - tubercle + tubercle * np.cos(y / 25.0 * 6.28 + phase[0]))
            * np.exp(-(np.abs((x - shift) / shape["crest_half"]) ** 2.5))
        )
        wide = np.abs(x)
        left, right = np.asarray(x < 0, np.float32), np.asarray(x >= 0, np.float32)
        inner = (ridges[0] * left + ridges[1] * right) * np.exp(-(((wide - 13.0) / 2.5) ** 2))
        outer = (ridges[2] * left + ridges[3] * right) * np.exp(-(((wide - 31.0) / 2.5) ** 2))
        fall = shape["fall"] * step(wide, at=shape["cornu"] + 1.0, over=9.0) * step(-y, at=shape["apex"] - 12.0, over=14.0)
        rough = waves[0] * np.sin(x / 2.1 + phase[1]) * np.sin(y / 3.0 + phase[2])
        return np.asarray(
            shape["slope"] * x * x + shape["kyphosis"] * (y + 35.0) ** 2 - crest - inner - outer + wings.deeper(x, y) + fall + rough, np.float32
        )

    return top


def sacral_foot(shape: dict[str, float], wings: Ala) -> Surface:
    """Outline: sides, foramina as holes, the hiatus as a notch, an arch that did not close as another."""

    def foot(x: Field, y: Field) -> Field:
        edge = np.where(x < 0, shape["edge-1"], shape["edge1"]) - 16.0 * step(-y, at=45.0, over=40.0) + wings.reach * step(y, at=5.0, over=7.0)
        out = np.maximum(np.abs(x) - edge, np.maximum(y - 27.0, -y - shape["apex"] - 18.0))
        for i, yc in enumerate((0.0, -25.0, -46.0)):
            for side in SIDES:
                radius = shape[f"hole{i}{side}"]
                out = np.maximum(out, radius - np.hypot(x - side * shape[f"hole_x{i}{side}"], (y - yc) * 0.85))
        notch = np.maximum(np.abs(x) - shape["cornu"], y + shape["apex"] + 0.05 * x * x * 0)
        return np.asarray(np.maximum(np.maximum(out, -notch), wings.open_arch(x, y)), np.float32)

    return foot


def sacral_side(rng: np.random.Generator, side: int, shape: dict[str, float], top: Surface) -> list[Bone]:
    """Superior articular process, cornu and iliac bone of one side."""

    def z(x: float, y: float) -> float:
        return float(top(np.array([x], np.float32), np.array([y], np.float32))[0])

    cornu, apex, knob = side * shape["cornu"], shape["apex"], float(rng.uniform(1.6, 3.0))
    horn = Strut(
        "cornu",
        side,
        (cornu, -apex - 1, z(cornu, -apex) - 1.0),
        (cornu * 0.97, -apex - jitter(rng, 10.0), z(cornu, -apex - 8) - float(rng.uniform(1.0, 3.5))),
        (knob, knob),
        10.0,
        dome=1.0,
    )
    edge = shape[f"edge{side}"]
    return [
        *first_process(rng, side, (shape["sap"], shape["sap_half"]), z(side * 14.0, 20.0)),
        horn,
        *iliac(rng, side, edge + shape["gap"], z(side * edge, -25.0)),
    ]


def first_process(rng: np.random.Generator, side: int, width: tuple[float, float], base: float) -> list[Bone]:
    """The superior articular process of the sacrum: slim or broad, round or flat, low or high; at times the last lumbar vertebra's inferior one
    beside it. width: x of its middle and its half-width."""
    (x, half), rise = width, float(rng.uniform(0.5, 8.0))
    sap = side * x
    made: list[Bone] = [
        Strut(
            "s1_sap",
            side,
            (sap, 12.0, base - rise + 2),
            (sap + side, 27.0, base - rise),
            (half, jitter(rng, half)),
            16.0,
            dome=float(rng.uniform(0.15, 1.1)),
        )
    ]
    if rng.random() < 0.35:
        inner = float(rng.uniform(2.0, 3.6))
        at, high = side * (x - half - inner - float(rng.uniform(0.8, 2.5))), base - rise + float(rng.uniform(-2.5, 2.5))
        made.append(Strut("l5_iap", side, (at, 34.0, high - 1), (at, 13.0, high), (inner, inner), 9.0, dome=float(rng.uniform(0.3, 1.0)), cap_mm=2.0))
    return made


def iliac(rng: np.random.Generator, side: int, inner: float, z: float) -> list[Bone]:
    """The iliac bone from the joint's far side (x inner, where the sacrum lies z deep) up to its crest and down its outer face.
    Higher up it stands farther from the midline, or not, and over the wing."""
    hip, half, up_hip, away = (float(rng.uniform(*ends)) for ends in ((3.0, 10.0), (6.0, 11.0), (2.0, 14.0), (0.0, 12.0)))
    deep, z = float(rng.uniform(6, 14)), z - float(rng.uniform(0.0, 5.0))
    x, outer = inner + half + 3, 15.0
    return [
        Strut("cleft", side, (side * (inner - 1), -48.0, z + deep), (side * (inner - 1), 6.0, z + deep), (6.0, 6.0), 30.0, dome=0.2),
        Strut("ilium", side, (side * (inner + half), -48.0, z), (side * (inner + half), 4.0, z - 2), (half, half), 40.0, dome=0.15),
        Strut("wing", side, (side * x, -40.0, z - hip), (side * (x + 2 + away), 30.0, z - up_hip), (half, half), 40.0, dome=0.9),
        Strut(
            "outer",
            side,
            (side * (x + half + outer - 3), -40.0, z - hip + 9),
            (side * (x + away + half + outer - 1), 30.0, z - up_hip + float(rng.uniform(6, 16))),
            (outer, outer),
            40.0,
            dome=0.8,
        ),
    ]


def tail(rng: np.random.Generator, shape: dict[str, float], top: Surface) -> list[Bone]:
    """The ventral wall of the canal, and the coccyx behind a small gap."""
    apex, deep = shape["apex"], shape["canal"] + shape["scl"]

    def z(y: float) -> float:
        return float(top(np.zeros(1, np.float32), np.array([y], np.float32))[0])

    floor = Sheet(
        "floor",
        0,
        lambda x, y: top(0 * x, y) + deep - 0.55 * deep * step(-y, at=apex + 4, over=16.0) + 0.004 * x * x,
        lambda x, y: np.maximum(np.abs(x) - 14.0, np.maximum(y + apex - 25.0, -y - apex - 20.5)),
        lambda x, _y: 9.0 + 0 * x,
    )
    end = z(-apex - 19) + 0.5 * deep
    coccyx = Strut("coccyx", 0, (0.0, -apex - 21.0, end), (0.0, -apex - 38.0, end + rng.uniform(2, 9)), (7.0, 4.0), 8.0, dome=0.7)
    return [floor, coccyx]


def ligament(rng: np.random.Generator, shape: dict[str, float], top: Surface) -> Band:
    """The sacrococcygeal ligament: a band from the apex of the hiatus to the ventral wall and the coccyx."""
    apex, deep = shape["apex"], shape["canal"] + shape["scl"]
    bow = float(rng.uniform(0.0, 0.012))

    def surface(x: Field, y: Field) -> Field:
        return np.asarray(top(0 * x, y) + 0.4 + 0.4 * deep * step(-y, at=apex + 6, over=14.0) + bow * x * x, np.float32)

    def foot(x: Field, y: Field) -> Field:
        return np.asarray(np.maximum(np.abs(x) - shape["cornu"], np.maximum(y + apex + 0.5, -y - apex - 22.0)), np.float32)

    return Band("scl", surface, foot, shape["scl"], float(rng.uniform(0.12, 0.45)))
