"""Posing: which probe is laid where on the back for a view, and where it is laid for near misses."""

from __future__ import annotations

import numpy as np

from models.foreign.capsules.bones import Numbers
from models.foreign.capsules.patient import Patient
from models.foreign.capsules.probe import Plane, Probe, posed
from models.foreign.capsules.views import SAGITTAL

SHALLOW = frozenset({"transverse_sacral_hiatus", "longitudinal_sacral_hiatus"})
FLAT_SHARE = {
    "transverse_sacral_hiatus": 0.6,
    "longitudinal_sacral_hiatus": 0.7,
    "transverse_s1": 0.3,
    "transverse_sacroiliac": 0.25,
    "paramedian_oblique": 0.2,
}


def probe(draw: np.random.Generator, view: str, deep_mm: float) -> Probe:
    """deep_mm: how deep what is looked for lies."""
    depth = float(np.clip(deep_mm * draw.uniform(1.3, 2.1) + 8, 40, 160))
    kind = draw.random()
    if kind < FLAT_SHARE.get(view, 0.1):
        return Probe("rectangle", 0.0, 0.0, draw.uniform(19, 30), min(depth, 100.0))
    if kind > 0.93 and view not in SHALLOW:
        return Probe("phased", draw.uniform(2, 6), np.radians(draw.uniform(33, 46)), 0.0, depth)
    radius = draw.uniform(40, 66) if draw.random() < 0.85 else draw.uniform(14, 30)
    return Probe("convex", radius, np.radians(draw.uniform(24, 36) if radius > 38 else draw.uniform(30, 42)), 0.0, depth)


def laid(draw: np.random.Generator, body: Patient, view: str) -> tuple[Probe, Plane]:
    """A probe near where a sonographer holds it for a view: off centre, a little turned and tilted."""
    anchor, off = _anchor(draw, body, view)
    sagittal = view in SAGITTAL
    yaw, pitch, roll = draw.normal(0, 4), draw.normal(0, 5), draw.normal(0, 4)
    if view == "paramedian_oblique":
        pitch = float(np.sign(anchor[0] - body.middle_x(anchor[1]))) * draw.uniform(2, 24)
    elif view == "transverse_foramen":
        roll += draw.uniform(-2, 12) * (1 if off < 0 else -1) * draw.choice([0, 1])
    held = probe(draw, view, float(anchor[2]))
    return held, posed(anchor, sagittal=sagittal, mirror=bool(draw.random() < 0.5), off_mm=off, yaw=yaw, pitch=pitch, roll=roll)


def _anchor(draw: np.random.Generator, body: Patient, view: str) -> tuple[Numbers, float]:
    """A point that the plane goes through, and how far across from the face's middle it is drawn."""
    base, side = body.sacrum, int(draw.choice((-1, 1)))
    one = body.vertebrae[int(draw.choice((0, 1, 2, 3), p=(0.1, 0.3, 0.36, 0.24)))]
    upper = body.vertebrae[int(draw.choice((0, 1, 2), p=(0.15, 0.4, 0.45)))]
    wander = draw.normal(0, 9) if draw.random() < 0.75 else draw.uniform(-32, 32)
    match view:
        case "transverse_facet":
            return _at(body, upper.centre_y + draw.uniform(12.5, 21), 0, 4), wander
        case "transverse_process":
            return _at(body, one.centre_y + draw.uniform(-8, -1), 0, 9), wander
        case "transverse_sacral_ala":
            y = base.y + draw.uniform(0, 12)
            return np.asarray([base.x, y, base.z + 6]), wander if draw.random() < 0.5 else side * draw.uniform(8, 34)
        case "transverse_interlaminar":
            return _at(body, (upper if draw.random() < 0.7 else body.vertebrae[3]).centre_y + draw.uniform(18, 28), 0, body.flavum), 0.7 * wander
        case "paramedian_oblique":
            higher = upper if draw.random() < 0.75 else body.vertebrae[3]
            return _at(body, higher.centre_y + 23, side * draw.uniform(4, 9), 3), draw.normal(0, 8)
        case "transverse_sacral_hiatus":
            y = base.apex + draw.uniform(0.25, 1.0) * (base.end - base.apex)
            return np.asarray([base.x, base.y + y, float(body.scl_z(np.asarray(base.x), np.asarray(base.y + y)))]), draw.normal(0, 4)
        case "longitudinal_sacral_hiatus":
            y = base.y + base.apex + 4
            return np.asarray([base.x + draw.normal(0, 1.5), y, float(body.scl_z(np.asarray(base.x), np.asarray(y)))]), draw.normal(0, 7)
        case "transverse_foramen":
            anchor = _at(body, one.centre_y + draw.uniform(5, 13), side * draw.uniform(20, 32), 20)
            return anchor, draw.normal(0, 7)
        case "transverse_s1":
            return np.asarray(
                [base.x, base.y + base.pits[0][2] + draw.uniform(-4, 4), base.z]
            ), wander if draw.random() < 0.6 else side * draw.uniform(10, 28)
        case _:
            y = base.y + base.pits[1][2] + draw.uniform(-3.0, 3.0)
            return np.asarray([base.x + side * draw.uniform(18, 38), y, float(base.plates_z(np.asarray(y - base.y)))]), draw.normal(0, 8)


def _at(body: Patient, y: float, x: float, beneath: float) -> Numbers:
    """A point so far off the midline, and so far beneath the laminae's surface."""
    return np.asarray([float(body.middle_x(np.asarray(y))) + x, y, float(body.lamina_z(np.asarray(y))) + beneath])


def missed(draw: np.random.Generator, body: Patient) -> tuple[Probe, Plane]:
    """A probe that shows the same bones in no view: between levels, beside them, turned or tipped too far, or along processes."""
    names = [
        "transverse_facet",
        "transverse_process",
        "transverse_sacral_ala",
        "transverse_interlaminar",
        "transverse_s1",
        "transverse_sacroiliac",
        "transverse_sacral_hiatus",
    ]
    view = str(draw.choice(names))
    anchor, off = _anchor(draw, body, view)
    yaw, pitch, roll = draw.normal(0, 4), draw.normal(0, 6), draw.normal(0, 5)
    sagittal = bool(draw.random() < 0.35)
    if sagittal:  # spinous processes, articular processes, transverse processes, or the ilium along their row
        anchor = anchor + np.asarray([draw.choice([0.0, draw.uniform(-60, 60)]), draw.uniform(-30, 20), 0.0])
        yaw, off = draw.normal(0, 8), draw.normal(0, 15)
    else:
        match int(draw.integers(4)):
            case 0:
                anchor = anchor + np.asarray([0.0, draw.choice((-1, 1)) * draw.uniform(4, 18), 0.0])
            case 1:
                yaw = draw.choice((-1, 1)) * draw.uniform(18, 75)
            case 2:
                pitch = draw.choice((-1, 1)) * draw.uniform(18, 42)
            case _:
                anchor = anchor + np.asarray([draw.choice((-1, 1)) * draw.uniform(25, 60), draw.uniform(-12, 12), 0.0])
    held = probe(draw, view, float(anchor[2]))
    return held, posed(anchor, sagittal=sagittal, mirror=bool(draw.random() < 0.5), off_mm=off, yaw=yaw, pitch=pitch, roll=roll)
