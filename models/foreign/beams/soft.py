"""Soft parts that lie over every view: fat with septa, fasciae in layers, muscle bellies with their walls.

Muscle over the L4 lamina is 20 to 40 mm thick, multifidus 25 to 30 mm wide (MRI and ultrasound series); fat of 4 to 45 mm covers lean to obese backs.
"""

from __future__ import annotations

import numpy as np

from models.foreign.beams.section import Draw, Section


def cover_mm(draw: Draw, least: float = 4.0, middle: float = 11.0, most: float = 42.0) -> float:
    """Skin and fat over the deep fascia."""
    return float(np.clip(draw.lognormal(np.log(middle), 0.6), least, most))


def wavy(draw: Draw, depth: float, slope: float, bend: float, waves: float) -> list[tuple[float, float]]:
    """Points of a sheet that sags by bend towards its sides and waves a little."""
    x = np.linspace(-95, 95, 39)
    step = draw.u(0.04, 0.16)
    z = depth + slope * x + bend * (x / 50) ** 2 + waves * (np.sin(step * x + draw.u(0, 6)) + 0.5 * np.sin(2.7 * step * x + draw.u(0, 6)))
    return list(zip(x.tolist(), z.tolist(), strict=True))


def layers(section: Section, draw: Draw) -> None:
    """Septa of the fat, and the deep fascia as one to three leaves."""
    deep, bend, slope = section.fascia_mm, draw.u(-1, 4), draw.n(0.02)
    for _ in range(int(draw.integers(0, 4 + int(deep > 12)))):
        start, end = draw.u(-70, 40), draw.u(12, 70)
        points = [(x, z) for x, z in wavy(draw, draw.u(0.25, 0.95) * deep, slope + draw.n(0.04), bend, 0.5) if start <= x <= start + end]
        if len(points) > 2:
            section.sheet(*points, gain=draw.u(1.5, 6), thick_mm=draw.u(0.2, 0.6))
    for leaf in range(int(draw.integers(1, 4))):
        line = wavy(draw, deep + leaf * draw.u(0.8, 2.5), slope, bend, draw.u(0.1, 0.6))
        section.sheet(*line, gain=draw.u(3, 10) / (1 + leaf), thick_mm=draw.u(0.3, 1.3))


def bellies(section: Section, draw: Draw, bone_mm: float, *, lumbar: bool) -> None:
    """Muscles between the fascia and bone at bone_mm: multifidus, erector spinae; over the sacrum thin multifidus, gluteus at the sides."""
    deep = section.fascia_mm
    high = max(bone_mm - deep, 3.0)
    for side in (-1, 1):
        inner = draw.u(11, 17) if lumbar else draw.u(8, 14)
        for x, wide, tall in ((inner, inner * 0.95, 0.5), (inner * 2.7, draw.u(14, 21), draw.u(0.5, 0.62)), (inner * 5, 20, 0.8)):
            turn, rim = side * draw.n(0.1, 0.08), draw.u(0, 2.2)
            section.body(side * x, deep + high * tall, wide, max(high * tall * 0.95, 1.5), draw.u(0.5, 1.5), turn=turn, rim=rim)
    for _ in range(int(draw.integers(0, 4))):  # fat and tendon within the muscle: short bright lines that are no bone
        x, z, half = draw.u(-50, 50), deep + draw.u(0.15, 0.95) * high, draw.u(5, 18)
        rise = draw.n(0.2) * half
        section.sheet((x - half, z - rise), (x, z + draw.n(0.6)), (x + half, z + rise), gain=draw.u(1, 4), thick_mm=draw.u(0.2, 0.8))
