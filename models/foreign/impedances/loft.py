"""Loft: a piece of bone as radial sections along an axis, bent, with round ends; bones are lofts that blend."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.foreign.impedances.probe import Array, Draw, Numbers, Plane

ALONG, ROUND = 64, 192  # steps of a table of radii; a sacrum asks for more around
MOST_CAP_MM = 6.0  # how far a loft reaches beyond its axis at most
FAR_MM = 20.0  # what a field says where no bone is near
COARSE = 8  # beams and samples between the places where a loft's box is sought


def section(wide: float, high: float, *, square: float = 2.0, waves: Numbers | None = None, bulb: float = 0.0) -> Numbers:
    """(ROUND,) radii of half a width and half a height, mm. square: 2 an ellipse, more a box. waves: (k, 2) amplitude and phase of the harmonics
    2, 3, ... bulb: how much wider it is towards angle pi (dorsal, where a loft's first direction is ventral)."""
    way = np.arange(ROUND) * 2 * np.pi / ROUND
    sine = np.abs(np.sin(way)) / (high * (1 + bulb * (1 - np.cos(way)) / 2))
    radii = (np.abs(np.cos(way) / wide) ** square + sine**square) ** (-1 / square)
    for order, (size, phase) in enumerate(() if waves is None else waves, start=2):
        radii = radii * (1 + size * np.cos(order * way + phase))
    return radii


def ripple(draw: Draw, size: float) -> Numbers:
    """Harmonics 2 to 5 for a section, falling."""
    return np.stack([draw.normal(0, size, 4) / np.arange(1, 5), draw.uniform(0, 6.28, 4)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Loft:
    """name: of the piece. start, end: of its axis, mm in the body. first: the direction of angle 0. radii: (ALONG, ROUND) mm. bow: how far the
    middle of the axis is bent, mm in the body."""

    name: str
    start: Numbers
    end: Numbers
    first: Numbers
    radii: Numbers
    bow: Numbers

    def axes(self) -> tuple[Numbers, Numbers, Numbers, float]:
        way = self.end - self.start
        length = float(np.linalg.norm(way))
        way = way / length
        first = self.first - (self.first @ way) * way
        first = first / np.linalg.norm(first)
        return way, first, np.cross(way, first), length

    def depth_within(self, points: tuple[Numbers, Numbers, Numbers]) -> Numbers:
        """How far outside (+) or inside (-) the loft places of the body lie: radial, not the shortest way."""
        way, first, second, length = (np.asarray(one, np.float32) for one in self.axes())
        away = [points[at] - np.float32(self.start[at]) for at in range(3)]
        along = away[0] * way[0] + away[1] * way[1] + away[2] * way[2]
        share = np.clip(along / length, 0, 1)
        bent = 4 * share * (1 - share)
        bow_u, bow_v = np.float32(self.bow @ first), np.float32(self.bow @ second)
        u = away[0] * first[0] + away[1] * first[1] + away[2] * first[2] - bow_u * bent
        v = away[0] * second[0] + away[1] * second[1] + away[2] * second[2] - bow_v * bent
        over = along - share * length
        around = self.radii.shape[1]
        turn = ((np.arctan2(v, u) * np.float32(around / (2 * np.pi)) + np.float32(around + 0.5)).astype(np.int32)) % around
        radii = self.radii[(share * (ALONG - 1) + 0.5).astype(np.int32), turn]
        over *= radii / np.float32(min(MOST_CAP_MM, float(self.radii.min())))  # an end no rounder than the loft is thin
        return np.asarray(np.sqrt(u * u + v * v + over * over) - radii)

    def mirrored(self) -> Loft:
        """On the other side of the midline."""
        flip = np.array([-1.0, 1.0, 1.0])
        table = np.roll(self.radii[:, ::-1], 1, axis=1)
        return replace(self, start=self.start * flip, end=self.end * flip, first=self.first * flip, bow=self.bow * flip, radii=table)


def loft(name: str, start: object, end: object, first: object, sections: list[Numbers], bow: object = (0.0, 0.0, 0.0)) -> Loft:
    """Of sections that lie evenly along the axis."""
    keys = np.linspace(0, 1, len(sections)) if len(sections) > 1 else np.zeros(1)
    at = np.linspace(0, 1, ALONG)
    blend = np.stack([np.interp(at, keys, row) for row in np.eye(len(sections))], axis=1)  # (ALONG, sections): each section's weight
    table = blend @ np.stack(sections)
    return Loft(name, np.asarray(start, float), np.asarray(end, float), np.asarray(first, float), table.astype(np.float32), np.asarray(bow, float))


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """A cleft that parts two bones: through `at`, `gap_mm` wide. normal: unit, towards the second bone; curve: 1 / mm, bends it."""

    at: Numbers
    normal: Numbers
    gap_mm: float
    curve: float = 0.0
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())  # of the lofts on the first side and on the second

    def beyond(self, points: tuple[Numbers, Numbers, Numbers]) -> Numbers:
        """How far places lie beyond the middle of the cleft, towards the second bone."""
        away = [points[k] - np.float32(self.at[k]) for k in range(3)]
        straight = away[0] * np.float32(self.normal[0]) + away[1] * np.float32(self.normal[1]) + away[2] * np.float32(self.normal[2])
        if not self.curve:
            return np.asarray(straight)
        aside = away[2] * np.float32(self.normal[0]) - away[0] * np.float32(self.normal[2])
        return np.asarray(straight - np.float32(self.curve) * aside * aside)


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """lofts: blended over blend_mm. holes: taken out of them. joints: clefts that clip the lofts they name."""

    name: str
    lofts: tuple[Loft, ...]
    blend_mm: float = 2.0
    holes: tuple[Loft, ...] = ()
    joints: tuple[Joint, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Bones in a plane. x, z: (beams, samples) where on the plane each sample lies, after refraction. fields: of each bone, mm outside its surface.
    tops: of each loft by name, (beams,) mm along the beam to its first surface, NaN where there is none."""

    array: Array
    plane: Plane
    x: Numbers
    z: Numbers
    fields: dict[str, Numbers]
    tops: dict[str, Numbers]

    def all_bones(self) -> Numbers:
        """(beams, samples): mm outside the nearest bone."""
        merged = np.full(self.x.shape, FAR_MM, np.float32)
        for field in self.fields.values():
            np.minimum(merged, field, out=merged)
        return merged


def cut(bones: tuple[Bone, ...], plane: Plane, array: Array, x: Numbers, z: Numbers) -> Cut:
    body = tuple(np.float32(plane.origin[k]) + x * np.float32(plane.right[k]) + z * np.float32(plane.down[k]) for k in range(3))
    fields: dict[str, Numbers] = {}
    tops: dict[str, Numbers] = {}
    for bone in bones:
        field = fields.setdefault(bone.name, np.full(x.shape, FAR_MM, np.float32))
        for one in bone.lofts:
            box = _box(one, body)
            if box is None:
                continue
            points = (body[0][box], body[1][box], body[2][box])
            depth = _clipped(one, bone, points)
            field[box] = _blended(field[box], depth, bone.blend_mm)
            top = tops.setdefault(one.name, np.full(len(x), np.nan, np.float32))
            top[box[0]] = np.fmin(top[box[0]], first_surface(depth, array.sample_mm, box[1].start))
    return Cut(array, plane, x, z, fields, tops)


def _clipped(one: Loft, bone: Bone, points: tuple[Numbers, Numbers, Numbers]) -> Numbers:
    depth = one.depth_within(points)
    for joint in bone.joints:
        for sign, names in zip((1, -1), joint.names, strict=True):
            if one.name in names:
                depth = np.maximum(depth, sign * joint.beyond(points) + np.float32(joint.gap_mm / 2))
    for hole in bone.holes:
        depth = np.maximum(depth, -hole.depth_within(points))
    return depth


def _blended(one: Numbers, other: Numbers, over_mm: float) -> Numbers:
    """The union of two fields, filleted over so many mm."""
    near = np.maximum(np.float32(over_mm) - np.abs(one - other), 0)
    return np.minimum(one, other) - near * near * np.float32(0.25 / over_mm)


def _box(one: Loft, body: tuple[Numbers, ...]) -> tuple[slice, slice] | None:
    """Beams and samples that may hold the loft; None where it lies off the plane."""
    x, y, z = (np.asarray(part[::COARSE, ::COARSE], float) for part in body)
    way, _, _, length = one.axes()
    away = np.stack([x - one.start[0], y - one.start[1], z - one.start[2]], axis=-1)
    share = np.clip(away @ way, 0, length)
    apart = np.linalg.norm(away - share[..., None] * way, axis=-1) - float(one.radii.max()) - float(np.linalg.norm(one.bow))
    step = max(abs(x[1, -1] - x[0, -1]), abs(z[0, 1] - z[0, 0]), abs(y[0, 1] - y[0, 0]))
    beams, samples = np.nonzero(apart < 2.5 + 0.7 * step)
    if not len(beams):
        return None
    first = [max(0, (int(some.min()) - 1) * COARSE) for some in (beams, samples)]
    last = [min(n, (int(some.max()) + 1) * COARSE + 1) for some, n in zip((beams, samples), body[0].shape, strict=True)]
    return slice(first[0], last[0]), slice(first[1], last[1])


def first_surface(depth: Numbers, sample_mm: float, offset: int = 0) -> Numbers:
    """(beams,) mm along each beam where a field first falls under 0, NaN where it does not."""
    inside = depth < 0
    first = np.argmax(inside, axis=1)
    rows = np.arange(len(depth))
    before = np.maximum(first - 1, 0)
    high, low = depth[rows, before], depth[rows, first]
    share = np.where(first > 0, high / np.maximum(high - low, 1e-6), 0.0)
    return np.where(inside[rows, first], (before + share + offset) * sample_mm, np.nan).astype(np.float32)
