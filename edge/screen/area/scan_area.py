"""Where the ultrasound picture lies on a screen: the large dense part that is not background.

Rule 1: the area is what is not background, dense, and large; a dark part of the scan never makes the area smaller.
Rule 2: background is what many cells hold exactly; the dark of a scan only comes near it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.connected import least_of_part
from edge.screen.area.edges import (
    CLEAR_FACE,
    CLEAR_RIVAL,
    LEAST_ARC_DEG,
    MOST_RIVAL,
    NO_FACE,
    SURE_FACE,
    EdgesSeen,
    beams_of,
    look,
    seen_alone,
    surely_seen,
    under_the_face,
)
from edge.screen.area.foreign import deepest, ended, without_corners, without_writing
from edge.screen.area.shape import (
    BEYOND_PX,
    LEAST_SIDE_PX,
    Fitted,
    Floats,
    Mask,
    Outline,
    Side,
    origin_of,
    outline_of,
    reaching,
    shapes,
    sides_of,
    with_face,
)
from edge.types import GrayImage, ScanGeometry

__all__ = [
    "Area", "Floats", "Foreground", "Mask", "distance_table", "find_area", "grow",
    "label_cells", "largest_near", "origin_of", "per_pixel", "screen_lines", "with_face",
]  # fmt: skip

Each = TypeVar("Each", bound=np.generic)

CELL_ROWS = 120  # a cell is at least this fine: rows / 120, 4 px or more
MOST_NOISE = 5.0  # grey levels (standard deviation) that a grabber's noise spreads
LEAST_NOISE = 0.35
PEAKED = 0.7
NOISE_REACH = 3.3  # standard deviations
STRONG_NOISE = 8  # grey levels that noise reaches
FLAT_RANGE = 6  # grey levels within a cell that is background
RINGING = 7  # grey levels beside a seam of two backgrounds
SEAM_PX = 8  # rows and columns from a seam, that compression rings in
DENSE = 0.5  # least share of a cell that is not background
HALO_SHARE = 0.15  # of the brightness around: less is taken for compression's halo
HALO_CELLS = 2
STEEP_SHARE = 0.3  # of the brightest around: an edge blunted by blur or compression is where the grey passes this
STEEP_SIDES = 0.4  # of both sides together: where faint parts are left out, a piece of a flat face may pass for an arc (6 mm off across)
ABOVE_PX = 24  # above a face: nearer than other things of the screen stand
LITTLE = 0.15  # of the picture: a smaller area may be only a part of the scan
WIDTHS = (0.2, 3.2)  # of the height
LEAST_PART = 8  # cells
MOST_PARTS = 5
LEAST_HALF_DEG = 8.0
ARC_MERIT, ARC_SEEN = 1.0, (0.7, 0.95)  # the merit of a whole arc; shares of the beams
PANEL_GREY = 0.15  # of what fills a shape that is of one grey level, or two on: so much of it is a panel's
BAND = 0.3  # of the width: a shape less high is only the near field
LEAST_DENSE = 0.02  # of the picture: less is no scan
LEAST_SHARPNESS = 0.1
EDGE_ROWS, FACE_ROWS = 4, 8  # rows in which a panel's edge may lie, and those of a face
SHINES, LEAST_BRIGHT = 32, 0.3  # grey levels above the darkest; share of a face's columns
SOLID_APART, SOLID_BRIGHT = 8, 0.6  # grey levels that the screen is brighter than the scan's dark; share of a flat face that shines
LEAST_BESIDE = 0.1  # of the rows show something along a scan's side
SAME_SCAN = 0.1  # of the width
LINE_STEP = 3  # grey levels from pixel to pixel along a line of the screen
LINE_ROWS, LINE_LENGTH, LINE_FILLED = 5, 0.06, 0.8  # thinner than so many rows; of the picture's width, on each side; set of what lies between
LONG_LINE, WHITE = 0.25, 200  # of the picture's width; grey levels from the background
ALONE_PX, ALONE = 8, 0.0001  # rows and columns around a scan; of the picture that something shows farther off: the least mark is more
HALO_PX = 3  # two areas nearer than this to each other have the same face and sides
LEAST_SHARE = 0.05  # of the picture: a smaller area is no scan


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """What is not background: pixels (rows, columns), the same in cells (share 0 to 1), the cell's size, background levels and noise.

    A pixel counts when it differs from every background level by more than the noise and by more than a share of what its neighbourhood
    differs by: the halo that lossy compression puts around a bright picture is background.
    """

    pixels: Mask
    share: NDArray[np.float32]
    cell_px: int
    levels: tuple[int, ...]
    noise: int


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A fitted scan area. pixel_aspect: mm per column over mm per row as the arcs tell it (1.0 where they do not)."""

    geometry: ScanGeometry
    pixel_aspect: float
    foreground: Foreground
    sharpness: float
    seen: EdgesSeen
    sure: bool


def find_area(pixels: GrayImage, known_aspect: float = 0.0) -> Area | None:
    """The scan area of a frame, None where there is none. known_aspect: mm per column over mm per row; 0 where the arcs have to tell it.

    Tried with and without allowance for compression's halo, with the largest part alone and with what lies below it; the one whose edges are
    sharpest counts.
    """
    if min(pixels.shape) < LEAST_SIDE_PX:
        return None
    cell_px = max(4, pixels.shape[0] // CELL_ROWS)
    levels, noise = background_levels(*cell_extremes(pixels, cell_px))
    noisy, strays = noisy_levels(pixels, cell_px)
    levels, noise = tuple(sorted({*levels, *noisy})), max(noise, strays)
    # a strong noise's own reach is range enough: more takes tissue for a panel
    plain = plain_cells(pixels, cell_px, 2 * noise + (FLAT_RANGE if noise < STRONG_NOISE else 0))
    away = distance_table(levels)[pixels]
    away[seams(pixels, levels, noise)] = 0
    around = tuple(level for level in levels if levels[0] + SOLID_APART <= level < WHITE)
    if around:
        within = _within_bars(pixels, levels[0] + noise + RINGING)
        bright = _on_a_bright_screen(pixels, around, within, noise, cell_px)
        found = [area for mask in candidates(bright)[:1] for area in _fitted(bright, mask, known_aspect) if area.seen.solid]
        left, _, right, _ = within
        # a panel reaches from rim to rim, a scan has the screen on both its sides: test_a_screen_above_a_bright_panel_is_no_scan
        found = [each for each in found if left + SEAM_PX < each.geometry.left_px and each.geometry.right_px < right - SEAM_PX]
        scans = [area for area in found if area.seen.face >= CLEAR_FACE and _fills(pixels, away, area.geometry)]
        if scans:
            return _trimmed(max(scans, key=lambda area: area.sharpness))
        for window in [area.geometry for area in found if area.geometry.kind == "rectangle"][:1]:
            away[_beside(window, away)] = 0
    loose, all_of_it = (_foreground(away, limit, cell_px, levels, noise) for limit in (halo_limit(away, cell_px), np.uint8(0)))
    best = preferred(*(_sharpest(foreground, pixels, plain, known_aspect) for foreground in (loose, all_of_it)))
    if best is None or not best.sure or NO_FACE < best.seen.face < CLEAR_FACE or _at_the_rim(best, pixels.shape[1]):
        steep = _by_steep_edges(_foreground(away, steep_limit(away, cell_px), cell_px, levels, noise), loose, pixels, plain, known_aspect)
        if steep is not None and (best is None or (steep.sure and not _bears_out(steep, best))):
            best = steep
    return _trimmed(best) if best is not None and best.sharpness > LEAST_SHARPNESS else None


def _sharpest(foreground: Foreground, pixels: GrayImage, plain: NDArray[np.int16], known_aspect: float) -> Area | None:
    """The area with the sharpest edges of all that the foreground may hold."""
    best: Area | None = None
    for mask in candidates(foreground):
        for area in _fitted(foreground, mask, known_aspect):
            better = best is None or area.sharpness > best.sharpness
            if better and _textured(foreground, plain, area.geometry) and _bright_face(pixels, area.geometry, LEAST_BRIGHT):
                best = area
    return best


def _by_steep_edges(steep: Foreground, loose: Foreground, pixels: GrayImage, plain: NDArray[np.int16], known_aspect: float) -> Area | None:
    """The area with edges where its grey rises; what is seen without them tells all else. Blur and compression's blocks blunt a bright edge by some
    rows, here more and there less. The area is not sure where something fainter lies farther above: that may be the face.
    test_a_face_is_seen_through_compressions_blocks."""
    area = _sharpest(steep, pixels, plain, known_aspect)
    if area is None:
        return None
    plainly = area.seen.left + area.seen.right >= STEEP_SIDES and _above(loose.pixels, area) <= CLEAR_RIVAL
    return replace(area, foreground=loose, sure=area.sure and plainly)


def _at_the_rim(area: Area, columns: int) -> bool:
    """Whether an area lies where screens have their panels."""
    rim = 2 * area.foreground.cell_px
    return area.geometry.kind == "rectangle" and (area.geometry.left_px <= rim or area.geometry.right_px >= columns - rim)


def _bears_out(steep: Area, best: Area) -> bool:
    """Whether steep edges put the origin where a face that was surely seen without them does: then all that was seen counts."""
    return best.sure and max(abs(one - other) for one, other in zip(origin_of(steep.geometry), origin_of(best.geometry), strict=True)) <= HALO_PX


def _above(mask: Mask, area: Area) -> float:
    """Share of the beams that show something above the face, farther off than a block of compression reaches."""
    geometry = area.geometry
    at = geometry.top_px if geometry.apex_px is None else round(geometry.inner_radius_px)
    above = beams_of(mask, geometry, area.pixel_aspect).set[:, max(0, at - ABOVE_PX) : max(0, at - SEAM_PX)]
    return float(above.any(axis=1).mean())


def preferred(without_halo: Area | None, other: Area | None) -> Area | None:
    """The sharper of two areas; of two that are the same scan the one without halo. Compression's blocks end as sharply as any edge, some rows and
    columns outside the scan, and had put its middle 1.8 mm off (test_of_two_like_areas_the_one_without_halo_counts)."""
    if without_halo is None or other is None:
        return without_halo or other
    one, two = without_halo.geometry, other.geometry
    apart = max(abs(one.left_px - two.left_px), abs(one.right_px - two.right_px), abs(one.top_px - two.top_px))
    same = one.kind == two.kind and without_halo.seen.face >= SURE_FACE and apart <= SAME_SCAN * (one.right_px - one.left_px)
    if same and other.sure and apart <= HALO_PX:
        return replace(without_halo, sure=True)  # what halo shows of the sides bears out a face that both see (negatives/0051: dark tissue there)
    if not same and _contradicts(without_halo, other):
        other = replace(other, sure=False)
    return without_halo if same or without_halo.sharpness >= other.sharpness else other


def _contradicts(one: Area, other: Area) -> bool:
    """Whether a face seen whole, between sides plain to see, lies elsewhere than another area's. Then neither is certain: a date above a fan had
    passed for its face, 52 mm off."""
    apart = abs(origin_of(one.geometry)[1] - origin_of(other.geometry)[1])
    return one.seen.face >= CLEAR_FACE and one.seen.plain_sides and apart > ABOVE_PX


def _on_a_bright_screen(
    pixels: GrayImage, around: tuple[int, ...], within: tuple[int, int, int, int], noise: int, cell_px: int
) -> Foreground:
    """What is none of the screen's greys but its darkest (around: the others). Of a scan on a brighter screen all of the outline is seen, whatever
    the scan shows, and so is that of a dark window around a fan. A video's black bars, around the box within, are no part of it.
    test_on_a_bright_screen_all_of_a_dark_scan_is_seen."""
    away = distance_table(around)[pixels]
    away[seams(pixels, around, noise)] = 0
    beside = np.ones(away.shape, np.bool_)
    left, top, right, bottom = within
    beside[top:bottom, left:right] = False
    away[beside] = 0
    return _foreground(away, halo_limit(away, cell_px), cell_px, around, noise)


def _fills(pixels: GrayImage, away: GrayImage, geometry: ScanGeometry) -> bool:
    """Whether a scan fills this shape: of a rectangle something shines along the top, and something shows along both sides. A dark window may be
    wider than the scan in it (test_a_dark_window_wider_than_the_scan_in_it_is_none)."""
    if geometry.kind != "rectangle":
        return True
    rows = np.s_[geometry.top_px : geometry.bottom_px]
    sides = (away[rows, geometry.left_px + 1 : geometry.left_px + 5], away[rows, geometry.right_px - 5 : geometry.right_px - 1])
    return all(float((side > RINGING).any(axis=1).mean()) >= LEAST_BESIDE for side in sides) and _bright_face(pixels, geometry, SOLID_BRIGHT)


def _within_bars(pixels: GrayImage, black: int) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the picture without the black bars that a video may have around it; all of one that is as dark."""
    if pixels.max() <= black:
        return 0, 0, pixels.shape[1], pixels.shape[0]
    rows, columns = np.flatnonzero(pixels.max(axis=1) > black), np.flatnonzero(pixels.max(axis=0) > black)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _beside(window: ScanGeometry, away: GrayImage) -> Mask:
    """What lies beside a dark window that the scan is drawn in: all beyond its edges, and compression's ringing along them."""
    beside = np.ones(away.shape, np.bool_)
    rim = SEAM_PX
    left, top, right, bottom = window.box_px
    beside[top:bottom, left:right] = away[top:bottom, left:right] <= RINGING
    beside[top + rim : bottom - rim, left + rim : right - rim] = False
    return beside


def _trimmed(area: Area) -> Area:
    """The area without what is seen to be none of the scan: a fan's corners beyond upright edges, writing below, what lies beyond its far edge."""
    mask = area.foreground.pixels
    geometry = without_corners(mask, area.geometry, area.pixel_aspect)
    geometry = without_writing(mask, geometry, area.pixel_aspect)
    return replace(area, geometry=ended(mask, geometry, area.pixel_aspect))


def _foreground(away: GrayImage, limit: GrayImage | np.uint8, cell_px: int, levels: tuple[int, ...], noise: int) -> Foreground:
    pixels = away > np.maximum(np.uint8(noise), limit)
    pixels &= ~screen_lines(pixels, away)
    return Foreground(pixels, cell_share(pixels, cell_px), cell_px, levels, noise)


def _fitted(foreground: Foreground, mask: Mask, known_aspect: float) -> list[Area]:
    """Every shape of a mask, with what is seen of its edges in all of the foreground."""
    outline = outline_of(mask)
    if outline is None:
        return []
    own = _without_foreign_rows(mask, outline, sides_of(outline))
    outline = outline if own is mask else outline_of(own) or outline
    areas = []
    for tried in shapes(outline, mask.shape, known_aspect):
        known = _deepened(foreground.pixels, tried)
        if not _is_scan(known, mask.shape, tried.pixel_aspect):
            continue
        geometry, seen = look(foreground.pixels, known, tried.pixel_aspect)
        if geometry.kind == "rectangle":
            narrow = under_the_face(foreground.pixels, geometry)
            if narrow != geometry:
                area = _area(foreground, *look(foreground.pixels, narrow, tried.pixel_aspect), tried.pixel_aspect)
                areas += [area] if _is_scan(area.geometry, mask.shape, tried.pixel_aspect) else []
        if _is_scan(geometry, mask.shape, tried.pixel_aspect):
            areas.append(_area(foreground, geometry, seen, tried.pixel_aspect))
    return areas


def _area(foreground: Foreground, geometry: ScanGeometry, seen: EdgesSeen, aspect: float) -> Area:
    sharp = seen.merit + ARC_MERIT * _arc_seen(geometry, seen)
    sure = surely_seen(seen, geometry, foreground.pixels.shape) or (seen_alone(seen, geometry) and _alone(foreground, geometry))
    return Area(geometry, aspect, foreground, sharp, seen, sure)


def _alone(foreground: Foreground, geometry: ScanGeometry) -> bool:
    """Whether a picture shows nothing but what lies in a shape: no panel, line or writing of a screen passes for a face there."""
    (left, top, right, bottom), mask = geometry.box_px, foreground.pixels
    within = mask[max(0, top - ALONE_PX) : bottom + ALONE_PX, max(0, left - ALONE_PX) : right + ALONE_PX]
    rest = np.count_nonzero(mask) - np.count_nonzero(within)
    return bool(rest <= ALONE * mask.size) and left > 0 and top > 0 and right < mask.shape[1]


def _arc_seen(geometry: ScanGeometry, seen: EdgesSeen) -> float:
    """How much of a curved face is seen, from hardly (0) to all of it (1). Panels of a screen have straight edges, and no list of numbers begins
    along an arc."""
    if geometry.kind != "convex" or geometry.half_angle_deg < LEAST_ARC_DEG or seen.rival > MOST_RIVAL:
        return 0.0
    return float(np.clip((seen.face - ARC_SEEN[0]) / (ARC_SEEN[1] - ARC_SEEN[0]), 0.0, 1.0))


def _deepened(mask: Mask, tried: Fitted) -> ScanGeometry:
    """A shape that is a band is the scan's near field: it goes down as far as anything is seen between its sides."""
    geometry = tried.geometry
    if geometry.apex_px is None:
        if geometry.bottom_px - geometry.top_px >= BAND * (geometry.right_px - geometry.left_px):
            return geometry
        return replace(geometry, bottom_px=max(geometry.bottom_px, min(mask.shape[0], round(deepest(mask, geometry, tried.pixel_aspect)))))
    if geometry.outer_radius_px - geometry.inner_radius_px >= BAND * (geometry.right_px - geometry.left_px):
        return geometry
    return reaching(geometry, deepest(mask, geometry, tried.pixel_aspect), mask.shape, tried.pixel_aspect)


def plain_cells(pixels: GrayImage, cell_px: int, range_grey: int) -> NDArray[np.int16]:
    """The grey level of each cell that holds next to one; -1 for others, and for partial cells at the right and bottom."""
    lowest, highest = (each.astype(np.int16) for each in cell_extremes(pixels, cell_px))
    grey = np.where(highest - lowest <= range_grey, (highest + lowest) // 2, np.int16(-1))
    rows, columns = -(-pixels.shape[0] // cell_px), -(-pixels.shape[1] // cell_px)
    return np.pad(grey, ((0, rows - grey.shape[0]), (0, columns - grey.shape[1])), constant_values=-1)


def _textured(foreground: Foreground, plain: NDArray[np.int16], geometry: ScanGeometry) -> bool:
    """Whether what fills the shape has a scan's texture: a panel of the screen has none, and is of a few greys. A smoothed picture drawn large has
    little texture too, but many greys. test_a_smooth_picture_drawn_large_is_a_scan."""
    size = foreground.cell_px
    part = np.s_[geometry.top_px // size : -(-geometry.bottom_px // size), geometry.left_px // size : -(-geometry.right_px // size)]
    filled = foreground.share[part] > 0.9
    greys = plain[part][filled]
    count = np.bincount(greys[greys >= 0], minlength=256)
    usual = np.convolve(count, np.ones(5), "same") >= PANEL_GREY * greys.size
    return float(count[usual].sum()) <= 0.5 * max(1, greys.size)


def _bright_face(pixels: GrayImage, geometry: ScanGeometry, least: float) -> bool:
    """Whether a rectangle's top may be a probe's face. Something shines along a face. Nothing does along the edge of a dark panel, nor along the
    screen's own, where noise had made a scan of all of it (8 mm off). Above a picture that begins at the rim there is no screen."""
    all_of_it = geometry.box_px == (0, 0, pixels.shape[1], pixels.shape[0])
    if geometry.kind != "rectangle" or (geometry.top_px < EDGE_ROWS and not all_of_it):
        return True
    inside = pixels[geometry.top_px : geometry.bottom_px, geometry.left_px : geometry.right_px]
    face = inside[EDGE_ROWS : EDGE_ROWS + FACE_ROWS].max(axis=0)
    return float((face > np.percentile(inside, 1) + SHINES).mean()) >= least


def _is_scan(geometry: ScanGeometry, shape: tuple[int, int], aspect: float) -> bool:
    """Whether a scan may have this size and form. Columns may be half as wide as rows are high."""
    width, height = geometry.right_px - geometry.left_px, geometry.bottom_px - geometry.top_px
    if min(width, height) < LEAST_SIDE_PX or width * height < LEAST_SHARE * shape[0] * shape[1]:
        return False
    if geometry.apex_px is not None and geometry.half_angle_deg < LEAST_HALF_DEG:
        return False
    return WIDTHS[0] * height <= width * aspect <= WIDTHS[1] * height


def _without_foreign_rows(mask: Mask, outline: Outline, sides: tuple[Side | None, Side | None]) -> Mask:
    """The mask without rows that run on past a side: lines and texts of the screen, not the scan."""
    foreign = np.zeros(outline.rows.size, np.bool_)
    for side, values, outward in ((sides[0], outline.left, -1.0), (sides[1], outline.right, 1.0)):
        if side is not None and side.support > 0.3:
            foreign |= (values - side.at - side.slope * outline.rows) * outward > 2 * BEYOND_PX
    if not 0 < foreign.mean() < 0.15:
        return mask
    kept = mask.copy()
    kept[outline.rows[foreign].astype(np.int64)] = False
    return kept


def distance_table(levels: tuple[int, ...]) -> GrayImage:
    """(256,): how far each grey level is from the nearest background level; 255 everywhere where there is none."""
    if not levels:
        return np.full(256, 255, np.uint8)
    away = np.abs(np.arange(256)[:, None] - np.array(levels)).min(axis=1)
    return np.asarray(away, np.uint8)


def seams(pixels: GrayImage, levels: tuple[int, ...], noise: int) -> Mask:
    """Pixels between two backgrounds: scaling and compression leave grey there that is neither, and ring a little on both sides. A face between two
    backgrounds is brighter than either."""
    found = np.zeros(pixels.shape, np.bool_)
    if len(levels) < 2:
        return found
    apart = np.abs(np.arange(256)[:, None] - np.array(levels))
    which = np.where(apart.min(axis=1) <= noise + 1, apart.argmin(axis=1) + 1, 0).astype(np.uint8)[pixels]
    between = (pixels >= max(0, min(levels) - RINGING)) & (pixels <= max(levels) + RINGING)
    rings = not noise and max(levels) - min(levels) > RINGING  # backgrounds that are nearly one do not (negatives/0051: its own dark tissue was lost)
    for reach in (1, 2, SEAM_PX) if rings else (1, 2):
        above, below = which[: -2 * reach], which[2 * reach :]
        found[reach:-reach] |= (above != below) & (above > 0) & (below > 0)
        before, after = which[:, : -2 * reach], which[:, 2 * reach :]
        found[:, reach:-reach] |= (before != after) & (before > 0) & (after > 0)
    return np.asarray(found & between, np.bool_)


def screen_lines(mask: Mask, grey: GrayImage) -> Mask:
    """Level lines of the screen, from end to end: those that run on past both sides of something higher, since a line that touches a scan's face
    hides it; and long ones to the picture's rim, which may lie close above a face. A line is of one grey from pixel to pixel, an echo is not unless
    it is white; a face all by itself has nothing higher in its middle."""
    found = np.zeros_like(mask)
    lone = mask.copy()
    lone[LINE_ROWS:] &= ~mask[:-LINE_ROWS]
    lone[:-LINE_ROWS] &= ~mask[LINE_ROWS:]
    length = round(LINE_LENGTH * mask.shape[1])
    for row in np.flatnonzero(lone.sum(axis=1) >= 2 * length):  # fewer cannot run on past both sides
        step = np.abs(np.diff(grey[row].astype(np.int16), append=np.int16(grey[row, -1])))
        total = np.cumsum(np.pad(lone[row] & (step <= LINE_STEP), (1, 0)), dtype=np.int32)
        starts = np.flatnonzero(total[length:] - total[:-length] == length)
        breaks = np.flatnonzero(np.diff(starts) > length)
        runs = np.split(starts, breaks + 1)
        for run in runs if starts.size else ():
            part = np.s_[row, run[0] : run[-1] + length]
            to_the_rim = run[0] == 0 or run[-1] + length == mask.shape[1]
            if to_the_rim and found[part].size >= LONG_LINE * mask.shape[1] and grey[part].max() < WHITE:
                found[part] = True
        if breaks.size and any(mask[row, starts[at] + length : starts[at + 1]].mean() > LINE_FILLED for at in breaks):
            found[row, starts[0] : starts[-1] + length] = True
    return found


def halo_limit(away: GrayImage, cell_px: int) -> GrayImage:
    """What compression may leave beside a bright picture: a share of the greatest mean of the cells around, for every pixel."""
    mean = _cells(away, cell_px).sum(axis=1, dtype=np.uint16).sum(axis=2, dtype=np.uint32) / cell_px**2
    return per_pixel((HALO_SHARE * largest_near(mean, HALO_CELLS)).astype(np.uint8), cell_px, away.shape)


def steep_limit(away: GrayImage, cell_px: int) -> GrayImage:
    """What an edge rises to, for every pixel: a share of the greatest grey in the cells around."""
    greatest = _cells(away, cell_px).max(axis=1).max(axis=2).astype(np.float64)
    return per_pixel((STEEP_SHARE * largest_near(greatest, 1)).astype(np.uint8), cell_px, away.shape)


def _cells(pixels: GrayImage, cell_px: int) -> GrayImage:
    """(rows, cell_px, columns, cell_px): the picture in cells, its last rows and columns repeated to whole ones."""
    rows, columns = -(-pixels.shape[0] // cell_px), -(-pixels.shape[1] // cell_px)
    padded = np.pad(pixels, ((0, rows * cell_px - pixels.shape[0]), (0, columns * cell_px - pixels.shape[1])), mode="edge")
    return padded.reshape(rows, cell_px, columns, cell_px)


def per_pixel(cells: NDArray[Each], size: int, shape: tuple[int, ...]) -> NDArray[Each]:
    """Values of cells of size x size pixels, for each pixel of a picture of this shape; what lies beyond it is cut off."""
    return np.repeat(np.repeat(cells, size, axis=0), size, axis=1)[: shape[0], : shape[1]]


def largest_near(values: Floats, steps: int) -> Floats:
    """The greatest value within `steps` cells."""
    for _ in range(steps):
        padded = np.pad(values, 1, mode="edge")
        across = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
        values = np.maximum(np.maximum(across[:-2], across[1:-1]), across[2:])
    return values


def cell_extremes(pixels: GrayImage, cell_px: int) -> tuple[GrayImage, GrayImage]:
    """Least and greatest grey of every whole cell."""
    rows, columns = pixels.shape[0] // cell_px, pixels.shape[1] // cell_px
    cells = pixels[: rows * cell_px, : columns * cell_px].reshape(rows, cell_px, columns, cell_px)
    across_low, across_high = cells.min(axis=1), cells.max(axis=1)
    return np.asarray(across_low.min(axis=2), np.uint8), np.asarray(across_high.max(axis=2), np.uint8)


def cell_share(mask: Mask, cell_px: int) -> NDArray[np.float32]:
    """Share of each cell that is set; partial cells at the right and bottom included."""
    rows, columns = -(-mask.shape[0] // cell_px), -(-mask.shape[1] // cell_px)
    padded = np.zeros((rows * cell_px, columns * cell_px), np.uint8)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    total = padded.reshape(rows, cell_px, columns, cell_px).sum(axis=1, dtype=np.uint16).sum(axis=2, dtype=np.uint32)
    area = np.full(rows, cell_px, np.float32)[:, None] * np.full(columns, cell_px, np.float32)
    area[-1] *= (mask.shape[0] - (rows - 1) * cell_px) / cell_px
    area[:, -1] *= (mask.shape[1] - (columns - 1) * cell_px) / cell_px
    return np.asarray(total / area, np.float32)


def background_levels(lowest: GrayImage, highest: GrayImage) -> tuple[tuple[int, ...], int]:
    """Grey levels of flat cells that fill at least 1.5 % of the picture, and how far background strays from them."""
    spread = highest.astype(np.int16) - lowest
    middle = ((highest.astype(np.int16) + lowest) // 2).astype(np.int64)
    flat = spread <= FLAT_RANGE
    exact = np.bincount(middle[spread == 0], minlength=256).astype(np.float64)
    nearly = np.convolve(np.bincount(middle[flat & (spread > 0)], minlength=256), np.ones(5), "same")
    # the dark of a scan is near one level, the dark of a screen is at it; panels of nearly one grey stand side by side
    exact[1:][(exact[1:] < 1.5 * nearly[1:]) & (exact[1:] < 0.05 * spread.size)] = 0
    levels = _peaks(exact, 0.015 * spread.size, apart=1)
    if levels:
        return levels, 0
    near = np.convolve(np.bincount(middle[flat], minlength=256).astype(np.float64), np.ones(5), "same")
    levels = _peaks(near, 0.08 * spread.size, apart=8)[:2]
    return levels, FLAT_RANGE - 2 if levels else 0


def noisy_levels(pixels: GrayImage, cell_px: int) -> tuple[tuple[int, ...], int]:
    """The same under a grabber's noise: means that many cells share whose spread is no more than the quietest tenth's, and how far noise strays."""
    rows, columns = pixels.shape[0] // cell_px, pixels.shape[1] // cell_px
    cells = pixels[: rows * cell_px, : columns * cell_px].reshape(rows, cell_px, columns, cell_px).astype(np.float32)
    mean = cells.mean(axis=(1, 3)).ravel()
    spread = np.sqrt(np.maximum((cells * cells).mean(axis=(1, 3)).ravel() - mean * mean, 0))
    flat = spread <= MOST_NOISE
    count = np.bincount(np.round(mean[flat]).astype(np.int64), minlength=256).astype(np.float64)
    close, around = (np.convolve(count, np.ones(width), "same") for width in (3, 11))
    close[close < PEAKED * around] = 0  # tissue's greys spread, a screen's do not
    levels = _peaks(close, 0.02 * spread.size, apart=3)
    near = [spread[flat & (np.abs(mean - level) <= 2)] for level in levels]
    noise = max((float(np.median(each)) for each in near), default=0.0)
    return (levels, max(2, round(NOISE_REACH * noise))) if noise > LEAST_NOISE else ((), 0)


def _peaks(count: Floats, least: float, *, apart: int) -> tuple[int, ...]:
    """Levels by falling count, at least `least` each and `apart` grey levels from one another; five at most."""
    levels: list[int] = []
    for level in np.argsort(-count):
        if count[level] >= least and all(abs(int(level) - other) >= apart for other in levels):
            levels.append(int(level))
    return tuple(levels[:5])


def label_cells(cells: Mask) -> tuple[NDArray[np.int32], int]:
    """Connected parts of a small mask by 4 neighbours: label 1 to n of every set cell, 0 elsewhere."""
    rows, columns = cells.shape
    label = np.where(cells, np.arange(1, rows * columns + 1, dtype=np.int32).reshape(rows, columns), 0)
    across, down = cells[:, 1:] & cells[:, :-1], cells[1:] & cells[:-1]
    edges_a = np.concatenate([label[:, 1:][across], label[1:][down]])
    edges_b = np.concatenate([label[:, :-1][across], label[:-1][down]])
    roots = least_of_part(rows * columns + 1, edges_a, edges_b)[label]
    names, numbered = np.unique(roots, return_inverse=True)
    first = 0 if names[0] == 0 else 1
    return np.asarray(numbered.reshape(cells.shape) + first, np.int32), len(names) - 1 + first


def grow(cells: Mask, steps: int = 1) -> Mask:
    """Dilation by a 3x3 square."""
    for _ in range(steps):
        padded = np.pad(cells, 1)
        across = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
        cells = across[:-2] | across[1:-1] | across[2:]
    return cells


def shrink(cells: Mask, steps: int = 1) -> Mask:
    """Erosion by a 3x3 square; beyond the picture counts as set."""
    return ~grow(~cells, steps)


def candidates(foreground: Foreground) -> list[Mask]:
    """What may be the scan: the pixels of the largest dense part, of it with what belongs to it, and, where that is little, all."""
    chosen: list[Mask] = []
    for least, closing in ((DENSE, 0), (0.2, 2)):
        dense = foreground.share >= least
        dense = shrink(grow(dense, closing), closing) if closing else dense
        chosen = _joined(grow(shrink(dense)) & dense)
        if chosen:
            break
    masks = [_near(foreground, cells) for cells in chosen] + _parts(foreground)
    if not chosen or chosen[-1].mean() < LITTLE:
        masks.append(foreground.pixels)
    return masks


def _parts(foreground: Foreground) -> list[Mask]:
    """The widest connected parts: in a dark scan the bright band at the face is all that tells its shape."""
    label, count = label_cells(foreground.share >= 0.2)
    boxes = [(_box(label == part), part) for part in range(1, count + 1) if (label == part).sum() >= LEAST_PART] if count < 400 else []
    wide = sorted(((box[2] - box[0], part) for box, part in boxes if box[2] - box[0] >= 0.08 * label.shape[1]), reverse=True)
    return [_near(foreground, np.asarray(label == part, np.bool_)) for _, part in wide[:MOST_PARTS]]


def _near(foreground: Foreground, cells: Mask) -> Mask:
    """The foreground's pixels in these cells and two around."""
    return np.asarray(foreground.pixels & per_pixel(grow(cells, 2), foreground.cell_px, foreground.pixels.shape), np.bool_)


def _joined(opened: Mask) -> list[Mask]:
    """The largest part with what surely belongs to it, and with what may; empty where it is too small."""
    label, count = label_cells(opened)
    if count == 0:
        return []
    sizes = np.bincount(label.ravel(), minlength=count + 1)
    sizes[0] = 0
    main = int(np.argmax(sizes))
    if sizes[main] < LEAST_DENSE * opened.size:
        return []
    found: list[Mask] = []
    for loosely in (False, True):
        chosen: Mask = label == main
        for other in np.argsort(-sizes):
            if other == main or sizes[other] < max(6, 0.004 * sizes[main]):
                continue
            part = label == other
            if _belongs(_box(chosen), _box(part), loosely=loosely):
                chosen |= part
        if not found or not np.array_equal(found[0], chosen):
            found.append(chosen)
    return found


def _box(cells: Mask) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the set cells."""
    columns, rows = np.flatnonzero(cells.any(axis=0)), np.flatnonzero(cells.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _belongs(main: tuple[int, int, int, int], part: tuple[int, int, int, int], *, loosely: bool) -> bool:
    """A part split off by a dark band: within the main part's columns and not far off, or inside its box. loosely: below it, as a fan widens."""
    left, top, right, bottom = main
    width, height = right - left, bottom - top
    within = part[0] >= left - 2 and part[2] <= right + 2
    gap = max(part[1] - bottom, top - part[3], 0)
    if within and gap == 0:
        return True
    if loosely and part[1] > top and gap <= 0.5 * height:
        return part[0] >= left - 0.5 * (gap + height) and part[2] <= right + 0.5 * (gap + height)
    wide = part[2] - part[0] >= 0.4 * width
    return within and wide and gap <= 0.5 * height
