"""Where the probe stands for each view, and for pictures that hold none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.foreign.solids.beams import Plane, Probe, draw_probe, turned
from models.foreign.solids.bones import Band, Body, Bone, Strut
from models.foreign.solids.spine import lumbar, sacrum

SACRAL = ("transverse_sacral_ala", "transverse_s1", "transverse_sacroiliac", "transverse_sacral_hiatus", "longitudinal_sacral_hiatus")
SAGITTAL = ("paramedian_oblique", "longitudinal_sacral_hiatus")
LEVEL_MM = {  # y of the plane and its spread
    "transverse_facet": (-12.2, 0.9),
    "transverse_process": (3.4, 0.9),
    "transverse_interlaminar": (-20.5, 1.0),
    "transverse_foramen": (-14.0, 1.6),
    "transverse_sacral_ala": (20.0, 1.8),
    "transverse_s1": (0.0, 1.0),
    "transverse_sacroiliac": (-25.0, 1.0),
}
NEED_MM = {"transverse_facet": 8, "transverse_process": 16, "transverse_interlaminar": 26, "paramedian_oblique": 28, "transverse_foramen": 28}
WIDE_MM = {
    "transverse_facet": 26,
    "transverse_process": 36,
    "transverse_sacral_ala": 30,
    "transverse_interlaminar": 22,
    "transverse_foramen": 24,
    "transverse_s1": 30,
    "transverse_sacroiliac": 28,
    "transverse_sacral_hiatus": 14,
    "longitudinal_sacral_hiatus": 20,
    "paramedian_oblique": 26,
}


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A body, a probe and its plane. skin_mm: from the probe to the first bone on the axis. medium: "tissue", "water", "gel" or "air"."""

    body: Body
    probe: Probe
    plane: Plane
    skin_mm: float
    side: int
    medium: str = "tissue"


def log_uniform(rng: np.random.Generator, least: float, most: float) -> float:
    """Evenly spread in the logarithm."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def medium(rng: np.random.Generator) -> str:
    """Tissue nine times in ten."""
    return "tissue" if rng.random() < 0.92 else "water"


def shaken(rng: np.random.Generator, plane: Plane, pivot_mm: float, *, yaw_deg: float = 4.0, pitch_deg: float = 5.0, roll_deg: float = 6.0) -> Plane:
    """The plane held by a hand: turned about the anatomy. Angles are standard deviations, cut at two of them."""
    yaw, pitch, roll = np.deg2rad(np.clip(rng.normal(size=3), -2, 2) * (yaw_deg, pitch_deg, roll_deg))
    return turned(plane, yaw=float(yaw), pitch=float(pitch), roll=float(roll), pivot_mm=pivot_mm)


def transverse(rng: np.random.Generator, x: float, y: float, z: float, depth_mm: float) -> Plane:
    """A transverse plane over the point (x, y, z), which lies `depth_mm` below the probe."""
    across = np.array([rng.choice([-1.0, 1.0]), 0.0, 0.0])
    return Plane(np.array([x, y, z - depth_mm]), across, np.array([0.0, 0.0, 1.0]))


def sagittal(rng: np.random.Generator, x: float, y: float, z: float, depth_mm: float, *, medial_rad: float = 0.0) -> Plane:
    """A sagittal plane over a point, its beams leaning towards -x by an angle."""
    across = np.array([0.0, rng.choice([-1.0, 1.0]), 0.0])
    down = np.array([-np.sin(medial_rad), 0.0, np.cos(medial_rad)])
    return Plane(np.array([x, y, z]) - depth_mm * down, across, down)


def lumbar_place(rng: np.random.Generator, view: str) -> Place:
    """Over the lumbar spine."""
    body, skin, side = lumbar(rng), log_uniform(rng, 5.0, 52.0), int(rng.choice([-1, 1]))
    depth = skin + body.marks["spine"]  # down to the laminae
    if view == "paramedian_oblique":
        x, y = side * rng.uniform(2.0, 7.0), -body.marks["pitch"] / 2 - 4.0 + rng.normal(0, 2.5)
        plane = sagittal(rng, x, y, 0.0, depth, medial_rad=side * np.deg2rad(rng.uniform(6, 24)))
    else:
        middle, spread = LEVEL_MM[view]
        aside = view == "transverse_process" and rng.random() < 0.25
        x = side * rng.uniform(22, 33) if view == "transverse_foramen" or aside else rng.normal(0, 3.0)
        plane = transverse(rng, x, middle + np.clip(rng.normal(), -2, 2) * spread, 0.0, depth)
        if view == "transverse_foramen":  # the probe stands lateral and looks a little medially
            plane = turned(plane, yaw=0.0, pitch=0.0, roll=float(side * plane.across[0] * np.deg2rad(rng.uniform(5, 20))), pivot_mm=depth)
    plane = shaken(rng, plane, depth, yaw_deg=4.0, pitch_deg=3.5, roll_deg=4.5)
    probe = draw_probe(rng, depth + NEED_MM[view], WIDE_MM[view])
    return Place(body, probe, plane, depth if view == "paramedian_oblique" else skin, side, medium(rng))


def top_z(body: Body, x: float, y: float) -> float:
    """z of the sacrum's dorsal surface."""
    sheet = body.bones[0]
    one = np.float32(1.0)
    return float(sheet.top(x * one, y * one))  # type: ignore[union-attr, arg-type]


def sacral_place(rng: np.random.Generator, view: str) -> Place:
    """Over the sacrum."""
    body, side = sacrum(rng), int(rng.choice([-1, 1]))
    apex = body.marks["apex"]
    hiatus = "hiatus" in view
    depth = log_uniform(rng, 5.0, 24.0) if hiatus else log_uniform(rng, 8.0, 48.0)
    if view == "longitudinal_sacral_hiatus":
        y = -apex - 3.0 + rng.normal(0, 5.0)
        plane = sagittal(rng, rng.normal(0, 1.0), y, top_z(body, 0.0, y), depth)
    elif hiatus:
        y = -apex - rng.uniform(2.5, 8.0)
        plane = transverse(rng, rng.normal(0, 2.5), y, top_z(body, 0.0, y), depth)
    else:
        middle, spread = LEVEL_MM[view]
        y = middle + np.clip(rng.normal(), -2, 2) * spread
        lateral = rng.random() < {"transverse_sacroiliac": 0.75, "transverse_sacral_ala": 0.3}.get(view, 0.0)
        x = side * rng.uniform(16, 32) if lateral else rng.normal(0, 4.0)
        plane = transverse(rng, x, y, top_z(body, 0.0, y), depth)
    plane = shaken(rng, plane, depth + 4.0, yaw_deg=3.0, pitch_deg=4.0)
    need = depth + (12.0 if hiatus else 26.0)
    return Place(body, draw_probe(rng, need, WIDE_MM[view]), plane, depth, side, medium(rng))


def long_bones(rng: np.random.Generator, skin: float) -> Body:
    """One to three shafts or joint ends under a limb's skin."""
    bones: list[Bone] = []
    turn = rng.uniform(0, 3.14)
    for i in range(int(rng.integers(1, 4))):
        half, z = float(rng.uniform(4, 20)), float(rng.uniform(0, 12) * (i > 0))
        x, y = rng.normal(0, 6 if i == 0 else 22, 2)
        run = 45.0 * np.array([np.cos(turn), np.sin(turn)])
        halves = (half, half * float(rng.uniform(0.6, 1.5)))
        slope = float(rng.normal(0, 4))
        start, stop = (float(x - run[0]), float(y - run[1]), z - slope), (float(x + run[0]), float(y + run[1]), z + slope)
        bones.append(Strut("shaft", 0, start, stop, halves, 2 * half, dome=float(rng.uniform(0.5, 1.6)), cap_mm=float(rng.uniform(3, 12))))
        turn += rng.normal(0, 0.3)
    return Body(tuple(bones), soft_bands(rng, skin), (), {})


def ribs(rng: np.random.Generator) -> Body:
    """A row of ribs over the pleura."""
    pitch, half, lean = rng.uniform(17, 28), float(rng.uniform(4, 7)), rng.normal(0, 12)
    bones = [
        Strut("rib", 0, (-80.0, i * pitch - lean, rng.normal(0, 1)), (80.0, i * pitch + lean, rng.normal(0, 1)), (half, half), 8.0, dome=0.8)
        for i in range(-4, 5)
    ]
    deep = float(rng.uniform(6, 12))
    pleura = Band(
        "pleura",
        lambda x, y: deep + 0.3 * np.sin(x / 9.0 + y / 7.0),
        lambda x, _y: 0 * x - 1.0,
        float(rng.uniform(0.6, 2)),
        float(rng.uniform(0.2, 0.5)),
    )
    return Body(tuple(bones), (pleura,), (), {})


def soft_bands(rng: np.random.Generator, skin: float) -> tuple[Band, ...]:
    """Fasciae with no bone."""
    made = []
    for _ in range(int(rng.integers(0, 4))):
        z, tilt, size, wave = rng.uniform(-skin, 25), rng.normal(0, 0.15), rng.uniform(0, 2), rng.uniform(8, 30)
        made.append(
            Band(
                "fascia",
                lambda x, y, z=z, tilt=tilt, size=size, wave=wave: np.asarray(z + tilt * x + size * np.sin((x + y) / wave), np.float32),  # type: ignore[misc]
                lambda x, _y: 0 * x - 1.0,
                float(rng.uniform(0.5, 2.0)),
                float(rng.uniform(0.1, 0.45)),
            )
        )
    return tuple(made)


def midline_row(rng: np.random.Generator) -> Place:
    """Spinous processes in the midline sagittal plane."""
    body, skin = lumbar(rng), log_uniform(rng, 5, 35)
    plane = sagittal(rng, rng.normal(0, 0.7), rng.uniform(-40, 20), -body.marks["spine"], skin)
    return miss(rng, body, shaken(rng, plane, skin, yaw_deg=2, pitch_deg=2), skin, 30.0)


def trident(rng: np.random.Generator) -> Place:
    """The transverse processes, or what lies beyond them, in a sagittal plane."""
    body, skin, side = lumbar(rng), log_uniform(rng, 20, 60), rng.choice([-1, 1])
    return miss(rng, body, shaken(rng, sagittal(rng, side * rng.uniform(27, 60), rng.uniform(-40, 20), 9.0, skin), skin), skin, 30.0)


def oblique(rng: np.random.Generator) -> Place:
    """Half way between transverse and sagittal."""
    body, skin = lumbar(rng), log_uniform(rng, 8, 40)
    plane = transverse(rng, rng.normal(0, 15), rng.uniform(-30, 10), -body.marks["spine"], skin)
    return miss(
        rng,
        body,
        turned(plane, yaw=float(rng.choice([-1, 1]) * rng.uniform(0.95, 1.3)), pitch=0.1, roll=float(rng.normal(0, 0.15)), pivot_mm=skin),
        skin,
        40.0,
    )


def far_lateral(rng: np.random.Generator) -> Place:
    """Transverse, beside the spine."""
    body, skin = lumbar(rng), log_uniform(rng, 20, 60)
    return miss(rng, body, shaken(rng, transverse(rng, rng.choice([-1, 1]) * rng.uniform(65, 90), rng.uniform(-30, 10), 8.0, skin), skin), skin, 20.0)


def low_sacrum(rng: np.random.Generator) -> Place:
    """Transverse over the sacrum where it has neither foramina, joints nor hiatus."""
    body, skin = sacrum(rng), log_uniform(rng, 6, 35)
    y = -56.0 + rng.normal(0, 0.8)
    return miss(rng, body, shaken(rng, transverse(rng, rng.normal(0, 6), y, top_z(body, 0, y), skin), skin, yaw_deg=1, pitch_deg=1), skin, 20.0)


def limb(rng: np.random.Generator) -> Place:
    """Long bones and joints."""
    skin = log_uniform(rng, 4, 35)
    return miss(rng, long_bones(rng, skin), shaken(rng, transverse(rng, rng.normal(0, 5), 0.0, 0.0, skin), skin, roll_deg=10), skin, 15.0)


def rib_cage(rng: np.random.Generator) -> Place:
    """Ribs cut across or along."""
    skin = log_uniform(rng, 6, 40)
    plane = sagittal(rng, 0.0, rng.uniform(-10, 10), 0.0, skin) if rng.random() < 0.7 else transverse(rng, 0.0, rng.uniform(-10, 10), 0.0, skin)
    return miss(rng, ribs(rng), shaken(rng, plane, skin), skin, 25.0)


def nothing(rng: np.random.Generator) -> Place:
    """Soft tissue only, or gel, air, water."""
    skin = log_uniform(rng, 15, 60)
    kind = str(rng.choice(["tissue", "tissue", "tissue", "gel", "air", "water"]))
    body = Body((), soft_bands(rng, skin) if kind == "tissue" else (), (), {})
    place = miss(rng, body, shaken(rng, transverse(rng, 0.0, 0.0, 0.0, skin), skin), skin, 15.0)
    return Place(place.body, place.probe, place.plane, skin, 0, kind)


def miss(rng: np.random.Generator, body: Body, plane: Plane, skin: float, more: float) -> Place:
    """A place that holds no view."""
    return Place(body, draw_probe(rng, skin + more, 25.0), plane, skin, 0, medium(rng))


MISSES: tuple[Callable[[np.random.Generator], Place], ...] = (
    midline_row,
    trident,
    oblique,
    far_lateral,
    low_sacrum,
    limb,
    limb,
    rib_cage,
    nothing,
    nothing,
)


def place_for(rng: np.random.Generator, view: str) -> Place:
    """A place that should hold the view; for "none" one that holds no view."""
    if view == "none":
        return MISSES[int(rng.integers(len(MISSES)))](rng)
    return sacral_place(rng, view) if view in SACRAL else lumbar_place(rng, view)
