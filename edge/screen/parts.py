"""Whether a rectangle that was found is the scan and something beside it: a camera's picture, a second scan, buttons.

Rule 1: what an empty band parts from top to bottom is two things.
Rule 2: a scan's echoes go on from column to column, for a beam is wider than one. Where they do not, at any depth, two pictures meet.
Rule 3: where little goes on anywhere, from noise or a scaler, nothing is told.
"""

from __future__ import annotations

from math import radians, tan

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.foreign import bands
from edge.screen.area.shape import Mask, origin_of, outline_of, sides_of
from edge.screen.ruler.ruler import Ruler
from edge.types import GrayImage, ScanGeometry

TWO_PARTS = "something stands beside the scan: state the scan's box in a profile"
ALL_ACROSS = "the same all across, as of a probe in air, or a trace over time: apply the probe with gel, show the scan alone"
FACE_ABOVE = "something as wide as the scan lies above it: less gel, or state the scan's box in a profile"
STEERED = "the beams are steered, and the picture is a parallelogram: switch steering off, so that its sides stand upright"
PANEL = "a panel lies on the scan's upper edge, and may hide its face: close it, or state the scan's box in a profile"
# columns a row by which both sides of a steered picture lean at least, how far apart that may be, and share of the rows that end on each
LEAST_LEAN, SAME_LEAN, LEAN_SEEN = 0.05, 0.25, 0.3
ABOVE_PX, BEYOND_PX, FACE_FULL = 8, (4, 9), 0.9  # rows above a rectangle; columns beside it in which a line of the screen runs on; share of its width
SOMETHING, NOTHING = 0.02, 0.003  # of a column's pixels: something stands in it, nothing does
PARTING_PX, PARTING = 6, 0.02  # of columns without anything: pixels, share of the width
RIM_PX = 2  # rows at a face and a far edge, whose own edges run across all columns
BANDS, LEAST_BANDS = 4, 3  # from top to bottom; and so many that must show echoes on either side
MEAN_PX, MEAN = 7, 1 / 30  # rows of the mean that echoes stand out from, least and share of the height
ECHO = 4  # grey levels from that mean
LEAST_ECHOES = 0.15  # of a band's rows
APART_PX, APART = 4, 1 / 160  # columns that are compared, least and share of the width: more than a line between two pictures takes
USUAL = 75  # percentile of what goes on from column to column: a camera's picture may fill half
# of that what goes on at a seam, and the least by which it is told; columns side by side that tell it: of 302 phantom rectangles two had one column
# that did, and one that was found 3 mm too wide had three
SEAM, LEAST_USUAL, SEAM_PX = 0.14, 0.3, 2
# of what goes on over half of a trace's width, and of what goes on over a quarter: of 302 phantom rectangles six had as much, all of a probe in air
# or gel
LEAST_TRACE, ALL_ALONG = 0.45, 0.92
LINE, LIT = 0.6, 12.0  # of its neighbours' grey: so dark a column is a line between two pictures; grey levels of neighbours that tell it
BESIDE_PX = 60  # columns from a ruler: nearer its labels stand
ANOTHER_HIGH, ANOTHER_WIDE = 1 / 3, 0.05  # of the rows of ruler and scan, of the picture's width: so high and wide is another picture
ONE_GREY = 2  # levels off the most usual of them
# a panel above a face: rows, how far above the face they begin, columns at either end; grey levels from the background and from each other, share
PANEL_ROWS, PANEL_GAP, PANEL_ENDS, PANEL_INK, PANEL_LEVEL, PANEL_FULL = 8, 3, 5, 12, 4, 0.85


def doubt_of(pixels: GrayImage, mask: Mask, geometry: ScanGeometry) -> str:
    """Why a rectangle may be more than the scan, or none; empty where nothing says so. mask: what is not background."""
    if of_two_parts(mask, geometry) or seamed(pixels, geometry):
        return TWO_PARTS
    if of_a_trace(pixels, geometry):
        return ALL_ACROSS
    return FACE_ABOVE if below_a_face(mask, geometry) else ""


def leans(mask: Mask) -> bool:
    """Whether both sides of a scan (mask: what is none of the background) lean the same way by the same slope: its beams are steered."""
    outline = outline_of(mask)
    left, right = (None, None) if outline is None else sides_of(outline)
    if left is None or right is None or min(left.support, right.support) < LEAN_SEEN:
        return False
    least, most = sorted((abs(left.slope), abs(right.slope)))
    return left.slope * right.slope > 0 and least >= max(LEAST_LEAN, (1 - SAME_LEAN) * most)


def of_another(contrast: GrayImage, mask: Mask, geometry: ScanGeometry, ruler: Ruler) -> bool:
    """Whether another picture stands between a scan and a ruler, which is then that one's: in the rows of both something as wide as a picture of
    which a third is no background. A column of buttons is narrower, the window around a fan is of one grey, and what lies deeper than the scan that
    was found may be its own. contrast: grey levels from the background."""
    before, behind = ruler.high_px + BESIDE_PX <= geometry.left_px, ruler.low_px - BESIDE_PX >= geometry.right_px
    left, right = (ruler.high_px + BESIDE_PX, geometry.left_px) if before else (geometry.right_px, ruler.low_px - BESIDE_PX)
    top, bottom = max(round(ruler.first_px), geometry.top_px), min(round(ruler.first_px + ruler.span_px), geometry.bottom_px)
    if not (before or behind) or bottom <= max(0, top):
        return False
    place = np.s_[max(0, top) : bottom, left:right]
    usual = int(np.bincount(contrast[place][mask[place]], minlength=1).argmax())
    full = (mask[place] & (np.abs(contrast[place].astype(np.int16) - usual) > ONE_GREY)).mean(axis=0) >= ANOTHER_HIGH
    return any(end - begin >= ANOTHER_WIDE * mask.shape[1] for begin, end in bands(full, 1))


def below_a_face(mask: Mask, geometry: ScanGeometry) -> bool:
    """Whether a band as wide as a rectangle lies above it. Then the band is the probe's face, and the rectangle is the tissue below thick gel, once
    80 mm off (test_a_band_as_wide_as_a_scan_above_it_is_the_face)."""
    left, right = geometry.left_px, geometry.right_px
    if min(left, mask.shape[1] - right) <= BEYOND_PX[1]:
        return False
    above = mask[: max(0, geometry.top_px - ABOVE_PX)]
    full = above[:, left + RIM_PX : right - RIM_PX].mean(axis=1) >= FACE_FULL
    beyond = above[:, left - BEYOND_PX[1] : left - BEYOND_PX[0]].any(axis=1) | above[:, right + BEYOND_PX[0] : right + BEYOND_PX[1]].any(axis=1)
    return bool((full & ~beyond).any())


def of_two_parts(mask: Mask, geometry: ScanGeometry) -> bool:
    """Whether an empty band parts a rectangle from top to bottom. Then one of its parts is no scan: a column of buttons had put the origin 7 mm off
    across. Of 1,017 phantom rectangles of flat arrays 2 are parted, both off by more than 4 mm."""
    columns = mask[geometry.top_px : geometry.bottom_px, geometry.left_px : geometry.right_px].mean(axis=0)
    there = np.flatnonzero(columns > SOMETHING)
    if there.size == 0:
        return False
    within = columns[there[0] : there[-1] + 1]
    return any(end - begin >= max(PARTING_PX, PARTING * columns.size) for begin, end in bands(within <= NOTHING, 1))


def of_a_trace(pixels: GrayImage, geometry: ScanGeometry) -> bool:
    """Whether a rectangle is an M-mode's: one beam's echoes over time, that go on as well over half of its width as over a quarter."""
    echo = _echoes(pixels[geometry.top_px + RIM_PX : geometry.bottom_px - RIM_PX, geometry.left_px : geometry.right_px].astype(np.float32))
    shares = []
    for apart in (echo.shape[1] // 4, echo.shape[1] // 2):
        left, right = echo[:, :-apart], echo[:, apart:]
        shares.append(float((left * right).sum(dtype=np.int64)) / max(1, int(((left != 0) | (right != 0)).sum())))
    return shares[1] >= LEAST_TRACE and shares[1] >= ALL_ALONG * shares[0]


def seamed(pixels: GrayImage, geometry: ScanGeometry) -> bool:
    """Whether two pictures meet in an upright line, from the rectangle's top to its bottom."""
    part = pixels[geometry.top_px + RIM_PX : geometry.bottom_px - RIM_PX, geometry.left_px : geometry.right_px].astype(np.float32)
    apart = max(APART_PX, round(APART * part.shape[1]))
    margin = 2 * apart + 1  # a side found some columns too far out is none
    rows = part.shape[0] // BANDS * BANDS
    if rows < BANDS * MEAN_PX or part.shape[1] <= 4 * margin:
        return False
    echo = _echoes(part)[:rows].reshape(BANDS, -1, part.shape[1])
    left, right = echo[:, :, :-apart], echo[:, :, apart:]
    seen = ((left != 0) | (right != 0)).sum(axis=1)
    goes_on = (left * right).sum(axis=1, dtype=np.int32) / np.maximum(seen, 1)
    told = seen >= LEAST_ECHOES * echo.shape[1]
    usual = float(np.percentile(goes_on[told], USUAL)) if told.any() else 0.0
    if usual < LEAST_USUAL:
        return False
    apart_there = (np.where(told, goes_on, -1.0).max(axis=0) < SEAM * usual) & (told.sum(axis=0) >= LEAST_BANDS)
    # a seam parts every two columns on both sides of it, chance one pair
    at_seam = np.lib.stride_tricks.sliding_window_view(apart_there[margin:-margin], SEAM_PX).all(axis=1)
    return bool(at_seam.any() or _lines(part, apart)[margin:-margin].any())


def _echoes(part: NDArray[np.float32]) -> NDArray[np.int8]:
    """1 where a pixel is brighter than the mean of the rows around it, -1 where it is darker, else 0."""
    around = max(MEAN_PX, round(MEAN * part.shape[0])) | 1
    total = np.cumsum(np.pad(part, ((around // 2 + 1, around // 2), (0, 0)), mode="edge"), axis=0, dtype=np.float32)
    off = part - (total[around:] - total[:-around]) / around
    return np.asarray((off > ECHO).astype(np.int8) - (off < -ECHO), np.int8)


def _lines(part: NDArray[np.float32], apart: int) -> NDArray[np.bool_]:
    """(columns,): whether a column is much darker, at any depth, than those on both sides of it: a line between a picture and its mirror image, which
    go on in each other."""
    rows = part.shape[0] // BANDS * BANDS
    grey = part[:rows].reshape(BANDS, -1, part.shape[1]).mean(axis=1)
    beside = np.zeros_like(grey)
    beside[:, apart:-apart] = np.minimum(grey[:, : -2 * apart], grey[:, 2 * apart :])
    lit = beside >= LIT
    return np.asarray((lit.sum(axis=0) >= LEAST_BANDS) & (~lit | (grey < LINE * beside)).all(axis=0), np.bool_)


def under_a_panel(pixels: GrayImage, geometry: ScanGeometry) -> bool:
    """Whether a panel as wide as a flat face, or wider, and no bar across all of the screen, ends where that begins."""
    (middle, face), half = origin_of(geometry), (geometry.right_px - geometry.left_px) / 2
    if geometry.kind not in ("rectangle", "virtual_convex"):
        return False
    half = half if geometry.apex_px is None else geometry.inner_radius_px * tan(radians(geometry.half_angle_deg))
    bottom, left, right = round(face) - PANEL_GAP, round(middle - half) + 2, round(middle + half) - 1
    if bottom < PANEL_ROWS or left < 0 or right > pixels.shape[1] or right - left < 4 * PANEL_ENDS:
        return False
    usual = usual_grey(pixels)
    rows = pixels[bottom - PANEL_ROWS : bottom].astype(np.int16)
    level = int(np.median(rows[:, left:right]))
    panel = np.abs(rows - level) <= PANEL_LEVEL
    gap = np.median(pixels[bottom : round(face), left:right], axis=1)
    ends = panel[:, left : left + PANEL_ENDS].mean(), panel[:, right - PANEL_ENDS : right].mean()
    there = abs(level - usual) >= PANEL_INK and panel[:, left:right].mean() >= PANEL_FULL and min(ends) >= PANEL_FULL
    across = panel[:, :PANEL_ENDS].mean() >= PANEL_FULL and panel[:, -PANEL_ENDS:].mean() >= PANEL_FULL
    below = pixels[round(face) + PANEL_GAP : round(face) + PANEL_GAP + PANEL_ROWS]
    beside = below[:, max(0, left - 3 * PANEL_ENDS) : left - 2 * PANEL_ENDS], below[:, right + 2 * PANEL_ENDS : right + 3 * PANEL_ENDS]
    ground = any(each.size and abs(int(np.median(each)) - level) <= PANEL_LEVEL for each in beside)  # of all the screen's window
    return bool(there and not across and not ground and (np.abs(gap - usual) > PANEL_LEVEL).all())


def usual_grey(pixels: GrayImage) -> int:
    """The screen's most usual grey: that of its background."""
    return int(np.bincount(pixels[::7, ::7].ravel(), minlength=256).argmax())
