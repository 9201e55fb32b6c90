"""Whether a rectangle that was found lies with its face above, told by the echoes themselves: a picture without writing may hang or lie on its side.

Rule 1: echoes are finer along a beam than across it, and layers of tissue lie along the face: grey changes more from row to row than from column
to column. Rule 2: a face rings in rows, and below it is bright and finely grained; at the far end it is dark, coarse, and shadows make columns.
Rule 3: what tells neither is upright. Of 281 rectangles (177 of the phantom, 42 of another simulator, 62 real) 2 of the simulator are withheld; of
the same turned by 90 degrees 2 % pass, upside down 2 %.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.types import GrayImage, PointMm, ScanGeometry

HANGS = "the picture is drawn upside down: its echoes begin at the lower edge; switch the inversion off"
LIES = "the picture lies on its side: its echoes run from side to side; turn it so that the probe's face is above"
RIM_PX = 2  # rows and columns at the rectangle's own edges, which a scaler has mixed with what is around
LAG_MM = 1.0  # over which grey is compared, along and across: wider than speckle, finer than a layer
RINGING_MM, NEAR_MM = 2.0, 5.0  # below a face: its ringing; what the probe's ends of the gain curve make bright
NEAR, FAR = 1 / 3, 1 / 4  # of the height: no bone's shadow is there yet; what lies at either end
FACE_WEIGHT = 0.3  # of what faces tell beside what echoes tell: gel and blur take it away
LEAST_LYING, LEAST_HANGING = -0.1, -0.5  # natural logarithms of ratios, summed: below it a picture is turned
NOTHING_LEVEL, DARK_LEVEL = 0.5, 5.0  # grey levels added to both of a ratio: of changes, of means

Floats = NDArray[np.float64]


def turned_doubt(pixels: GrayImage, geometry: ScanGeometry, mm_per_px: PointMm) -> str:
    """What says that a rectangle's face is not above, empty where nothing does. mm_per_px: of a column, of a row."""
    inside = pixels[geometry.top_px + RIM_PX : geometry.bottom_px - RIM_PX, geometry.left_px + RIM_PX : geometry.right_px - RIM_PX]
    echoes = inside.astype(np.float64)
    if min(echoes.shape) < 1 / NEAR / NEAR:
        return ""
    if layered(echoes, mm_per_px) < LEAST_LYING:
        return LIES
    return HANGS if standing(echoes, mm_per_px[1]) < LEAST_HANGING else ""


def layered(echoes: Floats, mm_per_px: PointMm) -> float:
    """How much more grey changes along the rows' normal than across it, in all and near the face, and how much more rings there than at the sides."""
    rows, columns = (_rows_of(each, RINGING_MM) for each in (mm_per_px[1], mm_per_px[0]))
    near = echoes[: max(8, int(echoes.shape[0] * NEAR))]
    beside = max(_rings(echoes.T[:columns]), _rings(echoes.T[-columns:]))
    face = float(np.log((_rings(echoes[:rows]) + 1) / (beside + 1)))
    return _finer(echoes, mm_per_px) + _finer(near, mm_per_px) + FACE_WEIGHT * face


def standing(echoes: Floats, mm_per_row: float) -> float:
    """How much more the upper end is a face's than the lower: by ringing, brightness, grain, and columns that shadows make."""
    ringing, bright, end = _rows_of(mm_per_row, RINGING_MM), _rows_of(mm_per_row, NEAR_MM), int(echoes.shape[0] * FAR)
    upper, lower = ([part[:ringing], part[: min(bright, end)], part[:end]] for part in (echoes, echoes[::-1]))
    told = (
        (_rings(upper[0]) + 1) / (_rings(lower[0]) + 1),
        (float(upper[1].mean()) + DARK_LEVEL) / (float(lower[1].mean()) + DARK_LEVEL),
        (_grain(upper[2]) + NOTHING_LEVEL) / (_grain(lower[2]) + NOTHING_LEVEL),
        _streaked(lower[2]) / _streaked(upper[2]),
    )
    return float(np.log(told).sum())


def _rows_of(mm_per_px: float, mm: float) -> int:
    return max(4, round(mm / mm_per_px))


def _rings(band: Floats) -> float:
    """By how many grey levels a band's rows differ as wholes."""
    return float(band.mean(axis=1).std())


def _grain(band: Floats) -> float:
    """By how many grey levels neighbouring rows differ."""
    return float(np.abs(np.diff(band, axis=0)).mean())


def _streaked(band: Floats) -> float:
    """How much of what differs in a band differs from column to column, all the way down."""
    return (float(band.mean(axis=0).std()) + 1) / (float(band.std()) + 1)


def _finer(echoes: Floats, mm_per_px: PointMm) -> float:
    """The logarithm of how much more grey changes over LAG_MM of rows than of columns; 0 where there are not so many."""
    across, down = (max(1, round(LAG_MM / each)) for each in mm_per_px)
    if echoes.shape[0] <= down or echoes.shape[1] <= across:
        return 0.0
    along_beams = float(np.abs(echoes[down:] - echoes[:-down]).mean())
    along_face = float(np.abs(echoes[:, across:] - echoes[:, :-across]).mean())
    return float(np.log((along_beams + NOTHING_LEVEL) / (along_face + NOTHING_LEVEL)))
