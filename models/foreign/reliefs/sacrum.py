"""Sacrum: dorsal plate, crest, foramina, ilium; and its lower end with the hiatus.

y is 0 at the first foramen in `sacrum`, and at the hiatus's apex in `hiatus`. The first foramen lies 23 to 24 mm beside the midline (Kim 2023).
Cornua stand 18 to 19 +-3 mm apart. The canal is 3.6 to 4.7 mm high (1 to 8), its ligament 1.8 +-0.8 mm thick (Rhee 2008, PMID 9135359), the
sacroiliac joint 1 to 2 mm wide (doi 10.1002/art.24204).
"""

from __future__ import annotations

import numpy as np

from models.foreign.reliefs.lumbar import SIDES, normal, roughness
from models.foreign.reliefs.relief import Blob, Body, Pit, Ridge, Sheet

S1_SAP_Y, S2_Y = 24.0, -22.0


def sacrum(rng: np.random.Generator) -> Body:
    """From the superior articular processes of S1 to the third foramen, with both ilia."""
    plate = normal(rng, 12, 2.8, 6, 18)  # depth of the dorsal plate under the crest
    sizes = {
        "plate": plate, "foramen1": normal(rng, 22.5, 2, 18, 27), "foramen2": normal(rng, 18.5, 1.8, 15, 23), "sap": normal(rng, 20.5, 2, 16, 26),
        "edge": normal(rng, 38, 3, 31, 45), "gap": float(rng.uniform(1.0, 4.5)),
    }  # fmt: skip
    crest = []
    for y, low, top in ((S1_SAP_Y, 4, 2.5), (0, 7, 0.5), (S2_Y, 7, 0.5), (-42, 6, 1.5)):
        ends = (rng.normal(0, 0.7), y + low, rng.normal(top, 1)), (rng.normal(0, 0.7), y - 7, rng.normal(top + 0.5, 1))
        crest.append(Ridge("crest", *ends, (rng.uniform(2.5, 4.5), rng.uniform(2.5, 4)), rng.uniform(1.5, 3.5), rng.uniform(1.8, 3), plate + 4))
    saddle = Ridge("saddle", (0, S1_SAP_Y, plate - rng.uniform(2, 6)), (0, -50, plate - rng.uniform(2, 5)), (6, 6), 4.0, 2.0, 10.0)
    ridges = [*crest, saddle]
    pits: list[Pit] = []
    for side in SIDES:
        more_ridges, more_pits = _half(rng, sizes, side)
        ridges += more_ridges
        pits += more_pits
    return Body(tuple(ridges), tuple(pits), (), (), roughness(rng), sizes)


def _half(rng: np.random.Generator, sizes: dict[str, float], side: int) -> tuple[list[Ridge], list[Pit]]:
    end = "l" if side < 0 else "r"
    plate, steps = sizes["plate"] + rng.normal(0, 0.5), rng.normal(0, 0.8, 12)
    edge = sizes["edge"] + steps[0]
    fall = rng.uniform(0, 4.5)  # of the plate towards its side
    sap_z = plate - rng.uniform(0, 5)
    ala = sap_z + normal(rng, 9, 2.5, 4.5, 15)
    sap = side * (sizes["sap"] + steps[1])
    iliac_z = plate + fall - normal(rng, 6.5, 3, 0.5, 14)
    inner = edge + sizes["gap"]
    wide, cleft = rng.uniform(7, 12), plate + fall + rng.uniform(3.5, 9)
    sap_ends = (sap, S1_SAP_Y - 2, sap_z + 0.6), (sap + side * steps[2], S1_SAP_Y + 12, sap_z)
    root = (sap, S1_SAP_Y - 3, sap_z + 0.8), (sap, S1_SAP_Y + 10, sap_z + 0.4)
    ala_ends = (sap + side * 6, S1_SAP_Y, ala), (side * (edge + 7), S1_SAP_Y - 2, ala + rng.uniform(-3, 3))
    wing = side * (inner + wide + rng.uniform(9, 14)), side * (inner + wide + rng.uniform(5, 8))
    high = (wing[0], S1_SAP_Y + 14, iliac_z + rng.uniform(-2, 3)), (wing[1], 2, iliac_z - 1)
    low = (side * (inner + wide + 4), 0, iliac_z - 1), (side * (inner + wide), S2_Y - 12, iliac_z + 1)
    ridges = [
        Ridge("plate" + end, (side * 3, -16, plate), (side * (edge - 4), -16, plate + fall), (4, 4), 3.0, 3.0, 24.0, 0.11),
        Ridge("base" + end, (side * 4, 22, plate + 1.5), (side * 14, 22, plate + 3), (5, 5), 2.5, 3.0, 9.0, 0.45),
        Ridge("sap" + end, *sap_ends, (rng.uniform(4.5, 6.5), rng.uniform(4.5, 6.5)), rng.uniform(2.5, 4.5), 2.2, 16.0),
        Ridge("sap" + end, *root, (rng.uniform(7, 10), 8), ala - sap_z + 1.5, rng.uniform(1.4, 2.1), 16.0),
        Ridge("ala" + end, *ala_ends, (8, 8), 4.0, 3.5, 24.0, 0.55),
        Ridge("ilium" + end, *high, (wide, wide), rng.uniform(5, 8), 2.0, 30.0),
        Ridge("cleft" + end, (side * (edge + 1), -4, cleft), (side * (edge + 1), S2_Y - 12, cleft), (sizes["gap"] + 3,) * 2, 1.0, 3.0, 20.0),
        Ridge("ilium" + end, *low, (wide, wide), rng.uniform(3.5, 7), 2.2, 30.0),
    ]
    pits = []
    holes = (("foramen1", 0.0, normal(rng, 4.2, 0.7, 2.8, 6)), ("foramen2", S2_Y, normal(rng, 3.3, 0.6, 2.2, 4.8)), ("third", S2_Y - 18, 2.6))
    for name, y, radius in holes:
        x = side * (sizes.get(name, 16.0) + steps[5])
        for at, height, foot in ((x - side * (radius + 2.8), rng.uniform(-0.5, 3.0), 3.2), (x + side * (radius + 3.6), rng.uniform(-0.5, 3.2), 4.0)):
            z = plate + fall * abs(at) / edge - height
            ridges.append(Ridge("tubercle" + end, (at, y + rng.uniform(-1, 3), z), (at, y - rng.uniform(0, 3), z), (foot, foot), 2.5, 2.0, 8.0))
        pits.append(Pit((x, y), (radius, radius * rng.uniform(1.1, 1.6)), plate + rng.uniform(7, 20), frozenset({"plate" + end, "tubercle" + end})))
    return ridges, pits


def hiatus(rng: np.random.Generator) -> Body:
    """The last of the roof, cornua, the sacrococcygeal ligament and the floor."""
    apart = normal(rng, 9.3, 1.5, 6, 13)
    canal = normal(rng, 4.8, 1.5, 1.6, 8.5)
    roof = normal(rng, 3.5, 1.2, 1, 6)
    wall = rng.uniform(1.5, 3)
    drop = rng.uniform(0.02, 0.16)  # of the ligament, towards the coccyx
    sizes = {"cornu": apart, "roof": roof, "canal": canal, "floor": roof + wall * 0.6 + canal, "drop": drop}
    slope = rng.uniform(-0.08, 0.16)
    ridges = [Ridge("roof", (0, 60, roof + rng.normal(0, 1)), (0, 2.8, roof), (10, 2.8), rng.uniform(1.2, 2.4), 2.5, 2.0 + wall),
        Ridge("crest", (0, 50, -1.5), (rng.normal(0, 0.7), rng.uniform(12, 20), roof - 1.5), (3, 2), 1.8, 2.0, 6.0),
        Ridge("floor", (-apart, -18, sizes["floor"]), (apart, -18, sizes["floor"]), (4, 4), 2.0, 3.0, 14.0, 0.12, slope)]
    for side in SIDES:
        end = "l" if side < 0 else "r"
        tilt, height = rng.normal(0, 1, 2)
        top = roof - 1.0 + 0.9 * height
        width = min(rng.uniform(2.2, 4), 0.38 * apart)
        outer = side * (apart + rng.uniform(8, 14))
        cornu = (side * apart, 3, top), (side * (apart + 0.8 * tilt), -rng.uniform(11, 17), top + rng.uniform(-0.5, 1.5))
        flank = (side * (apart + 2), 4, roof + rng.uniform(3, 6)), (outer, 6, roof + rng.uniform(6, 11))
        ridges += [
            Ridge("cornu" + end, *cornu, (width, width * 0.85), rng.uniform(2, 4), 2.0, 9.0),
            Ridge("flank" + end, *flank, (4, 4), 2.5, 2.5, 9.0, 0.3),
            Ridge("flank" + end, (side * (apart + 6), 40, roof + 1), (side * 16, 8, roof + 4), (10, 7), 3, 2.5, 12.0),
        ]
    thick = normal(rng, 1.8, 0.7, 0.7, 3.5)
    scl = Sheet("scl", roof + 0.3, (0, 0), (-apart, apart), (-30, 0.5), normal(rng, 8, 4, -1, 16), rng.uniform(-0.04, 0.06), -drop, thick)
    under = Blob("canal", (0, -10, roof + wall * 0.6 + canal / 2), (apart - 2, 14, canal / 2), -rng.uniform(3, 16))
    return Body(tuple(ridges), (), (scl,), (under,), roughness(rng), sizes)
