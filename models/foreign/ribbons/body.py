"""Body: a section laid under a probe, scaled, turned, bent and covered with fat; in the probe's frame in mm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.foreign.ribbons.beams import Beams, beams_for
from models.foreign.ribbons.ribbon import Draw, Numbers, Section, chance


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """section: in the probe's frame. fat_mm: the fat's thickness, skin included, in the middle. lies: how the layers follow a curved face, 0 to 1.

    flipped: the section is drawn mirrored. middle_x: of the midline, in mm."""

    section: Section
    beams: Beams
    fat_mm: float
    lies: float
    flipped: bool
    middle_x: float


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """Where places of a section come to lie: waves (4, 4) of length, phase, sideways and downwards reach; turn (2, 2); shift."""

    waves: Numbers
    turn: Numbers
    shift: Numbers

    def __call__(self, points: Numbers) -> Numbers:
        turned = np.asarray(points, dtype=float) @ self.turn.T
        for (length, phase, aside, down), axis in zip(self.waves, (0, 1, 0, 1), strict=True):
            swing = np.sin(2 * np.pi * turned[:, axis] / length + phase)[:, None]
            turned = turned + swing * (aside, down)
        return np.asarray(turned + self.shift)


def laid(draw: Draw, section: Section) -> Body:
    """A section under a lean to an obese back, seen by an array that suits its depth; in half of the frames mirrored."""
    scale, flipped = draw.uniform(0.86, 1.16), chance(draw, 0.5)
    fat = float(np.clip(draw.lognormal(2.25, 0.6), 2.5, 45))
    deepest = section.deepest_mm()
    beams = beams_for(draw, scale * deepest + fat, shallow=deepest < 18)
    centre = (-1 if flipped else 1) * section.centre_x * scale + draw.uniform(-1, 1) * section.spread_mm
    if beams.extent_mm()[0] < 30 and not section.along and section.spread_mm > 12 and chance(draw, 0.7):
        centre = draw.choice((-1, 1)) * draw.uniform(8, 26)  # a narrow field is held over one side
    bend = _bend(draw, scale, np.array([-centre, fat]), flipped)
    middle = bend(np.array([[0.0, deepest]]))[0, 0]
    return Body(_bent(section, bend, scale, flipped), beams, fat, draw.uniform(0.2, 1.0), flipped, float(middle))


def _bend(draw: Draw, scale: float, shift: Numbers, flipped: bool) -> Bend:
    angle = draw.normal(0, 0.07) * (2.2 if chance(draw, 0.12) else 1)
    cosine, sine = np.cos(angle), np.sin(angle)
    wide = draw.uniform(0.92, 1.08) * (-1 if flipped else 1)
    turn = scale * np.array([[cosine * wide, -sine], [sine * wide, cosine]])
    waves = np.stack([draw.uniform(25, 110, 4), draw.uniform(0, 6.3, 4), draw.normal(0, 0.5, 4), draw.normal(0, 0.6, 4)], axis=1)
    return Bend(waves, turn, shift)


def _bent(section: Section, bend: Bend, scale: float, flipped: bool) -> Section:
    ribbons = tuple(replace(one, points=bend(one.points)) for one in section.ribbons)
    spots = bend(np.array([(patch.x, patch.y) for patch in section.patches]).reshape(-1, 2))
    patches = tuple(
        replace(
            patch, x=float(x), y=float(y), half_x=patch.half_x * scale, half_y=patch.half_y * scale, tilt_rad=(-1 if flipped else 1) * patch.tilt_rad
        )
        for patch, (x, y) in zip(section.patches, spots, strict=True)
    )
    ends = bend(np.array([(x, y) for _, x, y in section.places]).reshape(-1, 2))
    places = tuple((name, float(x), float(y)) for (name, _, _), (x, y) in zip(section.places, ends, strict=True))
    return replace(section, ribbons=ribbons, patches=patches, places=places)
