"""The soft parts: skin, fat, fascia and muscle as height fields over the back, the canal and its contents, ligaments, nerve roots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from models.phantom.anatomy_types import F32, F64, SIDES, SIGN, Side
from models.phantom.morphometry import SubjectSize
from models.phantom.sacrum import Sacrum
from models.phantom.vertebra import Spine

Y_STEP_MM = 0.1
Y_LOW_MM, Y_HIGH_MM = -190.0, 260.0
COLUMNS = ("x", "roof", "half_canal", "canal", "middle", "bulge", "fat", "flavum", "between", "front", "flank", "gutter")


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """A spinal nerve after it leaves the canal: a line from start to end, radius."""

    level: str
    side: Side
    start_mm: F64
    end_mm: F64
    radius_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Soft:
    """table: float32 (rows, columns) over Y. Columns (mm; depths are Z): x of the midline; roof: ventral face of the flavum; half_canal;
    canal: depth of the canal; middle: fascia on the midline; bulge of the muscle beside it; fat; flavum's thickness; between: middle of the
    transverse processes; front: of the bodies; flank: how fast the back falls away laterally; gutter: half width of the bulge's furrow."""

    table: F32
    roots: tuple[Root, ...]
    skin_mm: float
    fat_lateral: float

    def at(self, name: str, y_mm: float) -> float:
        row = int(np.clip((y_mm - Y_LOW_MM) / Y_STEP_MM, 0, len(self.table) - 1))
        return float(self.table[row, COLUMNS.index(name)])

    def rows(self, y_mm: F32) -> F32:
        """(columns, N)."""
        row = np.clip((y_mm - np.float32(Y_LOW_MM)) * np.float32(1 / Y_STEP_MM), 0, len(self.table) - 1).astype(np.int32)
        return np.asarray(np.take(self.table, row, axis=0).T, np.float32)


def build_soft(sizes: SubjectSize, spine: Spine, sacrum: Sacrum) -> Soft:
    y = np.arange(Y_LOW_MM, Y_HIGH_MM, Y_STEP_MM)
    soft, vs = sizes.soft, sizes.vertebrae
    ssize = sizes.sacrum
    length, apex = ssize.length_mm, ssize.apex_s_mm

    def curve(points: list[tuple[float, float]]) -> F64:
        points = sorted(points)
        ys, vals = np.array([p[0] for p in points]), np.array([p[1] for p in points])
        keep = np.concatenate(([True], np.diff(ys) > 0.5))
        inner = PchipInterpolator(ys[keep], vals[keep])
        return np.asarray(inner(np.clip(y, ys[keep][0], ys[keep][-1])), float)

    frames = spine.frames[:5]
    sacral_s = np.linspace(2, length, 12)

    def along(name: str, sign: float = 1.0) -> list[tuple[float, float]]:
        pts = [sacrum.out(0, float(s), sign * sacrum.at(name, float(s))) for s in sacral_s]
        return [(float(p[1]), float(p[2])) for p in pts]

    middles = [(float(t[1] + 60), float(t[2]) - 3.0) for t in spine.spinous_tip_mm[:1]]
    middles += [(float(t[1]), float(t[2]) - 2.8) for t in spine.spinous_tip_mm]
    for s in (14.0, 34.0, 52.0, 67.0):
        p = sacrum.out(0, s * length / 105, -(ssize.crest_mm * 0.95 * max(0.35, 1 - s / apex * 0.45) + 2.8))
        middles.append((float(p[1]), float(p[2])))
    middles = _bridged(middles)
    for s, up in ((apex, 6.0), (apex + 10, max(ssize.cornu_height_mm.values()) + 1.8), (length + 5, 4.0), (length + 30, 4.0)):
        p = sacrum.out(0, s, -up)
        middles.append((float(p[1]), float(p[2])))
    fat_knots = [
        (260.0, soft.fat_mm * 0.9), (spine.frames[2].origin_mm[1], soft.fat_mm), (spine.frames[4].origin_mm[1], soft.fat_mm * 1.05),
        (float(sacrum.out(0, 42, 0)[1]), soft.fat_sacral_mm), (float(sacrum.out(0, apex + 5, 0)[1]), soft.fat_hiatus_mm),
        (float(sacrum.out(0, length + 25, 0)[1]), soft.fat_hiatus_mm * 1.1), (-190.0, soft.fat_hiatus_mm * 1.2),
    ]  # fmt: skip
    bulge = [(260.0, soft.bulge_mm), (frames[3].origin_mm[1], soft.bulge_mm), (0.0, soft.bulge_mm * 0.7),
             (float(sacrum.out(0, 30, 0)[1]), 1.0), (float(sacrum.out(0, 60, 0)[1]), 0.0), (-190.0, 2.0)]  # fmt: skip
    lumbar_y = [float(f.origin_mm[1]) for f in frames]
    roof = [(yy, float(f.out(0, 0, -v.canal_depth_mm)[2])) for yy, f, v in zip(lumbar_y, frames, vs, strict=True)] + along("roof")
    depth = [(yy, v.canal_depth_mm / np.cos(np.radians(v.pitch_deg))) for yy, v in zip(lumbar_y, vs, strict=True)]
    depth += [(float(sacrum.out(0, s, 0)[1]), sacrum.at("floor", s) - sacrum.at("roof", s)) for s in map(float, sacral_s)]
    half = [(yy, v.canal_half_mm) for yy, v in zip(lumbar_y, vs, strict=True)]
    half += [(float(sacrum.out(0, s, 0)[1]), sacrum.at("half_canal", s)) for s in map(float, sacral_s)]
    tp = [(float(f.origin_mm[1]), float(np.mean([spine.tp[k][side][0][2] for side in SIDES]))) for k, f in enumerate(frames)]
    tp.append((-8.0, float(sacrum.out(0, 4, 14)[2])))
    front = [(yy, float(f.out(0, 0, v.body_depth_mm + 4)[2])) for yy, f, v in zip(lumbar_y, frames, vs, strict=True)] + along("ventral")
    columns = {
        "x": curve([(yy, float(f.origin_mm[0])) for yy, f in zip(lumbar_y, frames, strict=True)] + [(-3.0, 0.0), (-190.0, 0.0)]),
        "roof": curve(roof),
        "half_canal": curve(half),
        "canal": curve(depth),
        "middle": curve(middles),
        "bulge": curve(bulge),
        "fat": curve(fat_knots),
        "flavum": curve([(yy, v.flavum_mm) for yy, v in zip(lumbar_y, vs, strict=True)] + [(0.0, 3.2), (-20.0, 1.0)]),
        "between": curve(tp),
        "front": curve(front),
        "flank": curve([(260.0, 0.0040), (0.0, 0.0032), (-60.0, 0.0022), (-190.0, 0.0020)]),
        "gutter": curve([(260.0, 15.0), (0.0, 15.0), (-190.0, 20.0)]),
    }
    table = np.stack([columns[name] for name in COLUMNS], axis=1).astype(np.float32)
    return Soft(table, _roots(sizes, spine), soft.skin_mm, soft.fat_lateral_mm)


def _bridged(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The fascia spans hollows: a point that lies ventral of its neighbours' chord (L5, S1) rises most of the way to it."""
    points = sorted(points)
    y, z = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    for _ in range(2):
        chord = z.copy()
        for i in range(1, len(z) - 1):
            lower, upper = max(i - 2, 0), min(i + 2, len(z) - 1)
            chord[i] = np.interp(y[i], [y[lower], y[upper]], [z[lower], z[upper]])
        z = np.where(z > chord, z + 0.6 * (chord - z), z)
    return list(zip(y.tolist(), z.tolist(), strict=True))


def _roots(sizes: SubjectSize, spine: Spine) -> tuple[Root, ...]:
    """L1..L5: out under the pedicle, then ventrolateral and caudal past the disc below."""
    roots = []
    for k, (v, frame) in enumerate(zip(sizes.vertebrae, spine.frames[:5], strict=True)):
        for side in SIDES:
            sign = SIGN[side]
            wide = v.canal_half_mm + v.pedicle_width_mm
            start = frame.out(sign * (v.canal_half_mm - 1), -4.0, -5.0)
            end = frame.out(sign * (wide + 20.0), -27.0, 8.0)
            roots.append(Root(f"L{k + 1}", side, start, end, 2.6))
    return tuple(roots)


def fascia_z(rows: F32, x: F32) -> F32:
    """Depth (Z) of the thoracolumbar fascia's dorsal layer at lateral positions, from the columns at their Y."""
    off = np.abs(x - rows[0])
    out = rows[4] - rows[5] * (1 - np.exp(-np.square(off / rows[11])))
    out += rows[10] * np.square(np.maximum(off - 32, 0))
    return np.asarray(out, np.float32)


def fat_depth(soft: Soft, rows: F32, x: F32) -> F32:
    """Thickness of skin and fat over the fascia."""
    off = np.abs(x - rows[0])
    lateral = np.float32(soft.fat_lateral) * (1 - np.exp(-np.square(off * (1 / 40.0))))
    level = rows[5] * np.float32(0.45) * (1 - np.exp(-np.square(off / rows[11])))  # fat evens the furrow out
    return np.asarray(np.maximum(rows[6] + lateral - level, 2.0) + np.float32(soft.skin_mm), np.float32)


def skin_z(soft: Soft, points_mm: F32) -> F32:
    """Depth (Z) of the undisturbed skin at the points' X and Y."""
    rows = soft.rows(points_mm[:, 1])
    return fascia_z(rows, points_mm[:, 0]) - fat_depth(soft, rows, points_mm[:, 0])
