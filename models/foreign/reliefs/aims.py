"""Aims: for each view, where a sonographer holds the probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.foreign.reliefs.lumbar import SIDES, lumbar
from models.foreign.reliefs.relief import Body, Point
from models.foreign.reliefs.sacrum import S1_SAP_Y, S2_Y, hiatus, sacrum


@dataclass(frozen=True, slots=True)
class Aim:
    """focus: the patient's point looked at. deep: z that must be in the picture. tilts: degrees about the depth axis, in the picture, out of it.
    side: of the target on the screen, 0 on the midline. reach: mm beside the focus that should be in the picture."""

    body: Body
    focus: Point
    deep: float
    tilts: Point
    side: int = 0
    reach: float = 0.0
    sagittal: bool = False
    shallow: bool = False


def tilts(rng: np.random.Generator, turn: float = 3.5, roll: float = 3.5, tilt: float = 3.5) -> Point:
    """Small ones, by their standard deviations in degrees."""
    return float(rng.normal(0, turn)), float(rng.normal(0, roll)), float(rng.normal(0, tilt))


def side_of(rng: np.random.Generator) -> int:
    return int(rng.choice(SIDES))


def _towards(rng: np.random.Generator, side: int, most: float) -> float:
    """Where between the midline and the target the probe's middle stands: often over the midline."""
    return float(side * rng.uniform(-0.15, 1.0) * most if rng.random() < 0.6 else rng.normal(0, 3))


def _facet(rng: np.random.Generator) -> Aim:
    body, side = lumbar(rng), side_of(rng)
    joint, lamina = body.sizes["joint"], body.sizes["lamina"]
    return Aim(body, (_towards(rng, side, joint), rng.uniform(-17, -13.5), lamina + 2), lamina + 14, tilts(rng), side, joint + 8)


def _process(rng: np.random.Generator) -> Aim:
    body, side = lumbar(rng), side_of(rng)
    size = body.sizes
    focus = (_towards(rng, side, size["joint"] + 8), rng.uniform(0, 4), size["lamina"] + 8)
    return Aim(body, focus, size["lamina"] + 20, tilts(rng, 2.5, 3.5, 2.5), side, size["tip"] - 5)


def _interlaminar(rng: np.random.Generator) -> Aim:
    body = lumbar(rng)
    middle = -16 - (body.sizes["pitch"] - 21) / 2 + rng.uniform(-1.2, 1.2)
    return Aim(body, (rng.normal(0, 5), middle, body.sizes["yellow"]), body.sizes["floor"] + 6, tilts(rng, 2, 3.5, 2), 0, 18)


def _paramedian(rng: np.random.Generator) -> Aim:
    body, side = lumbar(rng), side_of(rng)
    inner = min(7.5, body.sizes["joint"] - 9.5)
    focus = (side * rng.uniform(min(4.6, inner - 0.3), inner), -24 + rng.normal(0, 6), body.sizes["lamina"] + 3)
    turn, roll, _ = tilts(rng, 3, 5)
    return Aim(body, focus, body.sizes["floor"] + 6, (turn, roll, -side * rng.uniform(6, 18)), side, 18, sagittal=True)


def _foramen(rng: np.random.Generator) -> Aim:
    body, side = lumbar(rng), side_of(rng)
    floor = body.sizes["floor"]
    focus = (side * (body.sizes["body"] + rng.uniform(0, 9)), rng.uniform(-14.5, -10.5), floor - 4)
    turn, _, tilt = tilts(rng, 3, 0, 3)
    return Aim(body, focus, floor + 14, (turn, side * rng.uniform(0, 20), tilt), side, 16)


def _ala(rng: np.random.Generator) -> Aim:
    body, side = sacrum(rng), side_of(rng)
    sap, plate = body.sizes["sap"], body.sizes["plate"]
    return Aim(body, (_towards(rng, side, sap + 6), S1_SAP_Y + rng.uniform(-2.5, 3), plate), plate + 18, tilts(rng), side, sap + 14)


def _s1(rng: np.random.Generator) -> Aim:
    body, side = sacrum(rng), side_of(rng)
    hole, plate = body.sizes["foramen1"], body.sizes["plate"]
    return Aim(body, (_towards(rng, side, hole + 2), rng.normal(0, 1.1), plate), plate + 14, tilts(rng), side, hole + 9)


def _sacroiliac(rng: np.random.Generator) -> Aim:
    body, side = sacrum(rng), side_of(rng)
    edge, plate = body.sizes["edge"], body.sizes["plate"]
    return Aim(body, (side * rng.uniform(0.15, 1) * edge, S2_Y + rng.normal(0, 1.0), plate), plate + 14, tilts(rng), side, edge + 4)


def _hiatus_across(rng: np.random.Generator) -> Aim:
    body = hiatus(rng)
    focus = (rng.normal(0, 3), rng.uniform(-11, -4), body.sizes["roof"])
    return Aim(body, focus, body.sizes["floor"] + 8, tilts(rng), 0, body.sizes["cornu"] + 6, shallow=True)


def _hiatus_along(rng: np.random.Generator) -> Aim:
    body = hiatus(rng)
    focus = (rng.normal(0, 0.7), rng.normal(-2, 6), body.sizes["roof"])
    return Aim(body, focus, body.sizes["floor"] + 8, tilts(rng, 3, 7, 3), 0, 16, sagittal=True, shallow=True)


AIMS: dict[str, Callable[[np.random.Generator], Aim]] = {
    "transverse_facet": _facet, "transverse_process": _process, "transverse_sacral_ala": _ala, "transverse_interlaminar": _interlaminar,
    "paramedian_oblique": _paramedian, "transverse_sacral_hiatus": _hiatus_across, "longitudinal_sacral_hiatus": _hiatus_along,
    "transverse_foramen": _foramen, "transverse_s1": _s1, "transverse_sacroiliac": _sacroiliac,
}  # fmt: skip
