"""Where the ultrasound picture lies on a screen: foreground, its outline, the shapes that may explain it, and how surely each one's edges are seen.

Rule 1: the shape whose edges are sharpest counts, if it has a scan's size and form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

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
    surely_seen,
    under_the_face,
)
from edge.screen.area.foreground import (
    RINGING,
    SEAM_PX,
    Foreground,
    Ground,
    candidates,
    foreground_of,
    ground_of,
    grow,
    halo_limit,
    on_a_bright_screen,
    steep_limit,
)
from edge.screen.area.foreign import deepest, ended, without_corners, without_writing
from edge.screen.area.shape import LEAST_SIDE_PX, Floats, Mask, origin_of, outline_of, reaching, shapes, with_face
from edge.types import GrayImage, ScanGeometry

__all__ = ["Area", "Floats", "Foreground", "Mask", "find_area", "grow", "origin_of", "with_face"]

STEEP_SIDES = 0.4  # of both sides together: where faint parts are left out, a piece of a flat face may pass for an arc (6 mm off across)
ABOVE_PX = 24  # above a face: nearer than other things of the screen stand
WIDTHS = (0.2, 3.2)  # of the height
LEAST_HALF_DEG = 8.0
ARC_SEEN = (0.7, 0.95)  # shares of the beams that see hardly anything of an arc, and all of it
BAND = 0.3  # of the width: a shape less high is only the near field
LEAST_MERIT = 0.1  # of a shape with less nothing is seen
EDGE_ROWS, FACE_ROWS = 4, 8  # rows in which a panel's edge may lie, and those of a face
SHINES, LEAST_BRIGHT = 32, 0.3  # grey levels above the darkest; share of a face's columns
LEAST_BESIDE = 0.1  # of the rows show something along a scan's side
SAME_SCAN = 0.1  # of the width
HALO_PX = 3  # two areas nearer than this to each other have the same face and sides
LEAST_SHARE = 0.05  # of the picture: a smaller area is no scan


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A fitted scan area. pixel_aspect: mm per column over mm per row as the arcs tell it (1.0 where they do not)."""

    geometry: ScanGeometry
    pixel_aspect: float
    foreground: Foreground
    seen: EdgesSeen
    sure: bool


def find_area(pixels: GrayImage, known_aspect: float = 0.0) -> Area | None:
    """The scan area of a frame, None where there is none. known_aspect: mm per column over mm per row; 0 where the arcs have to tell it.

    Tried with and without allowance for compression's halo, with the largest part alone and with what lies below it; the one whose edges are
    sharpest counts.
    """
    if min(pixels.shape) < LEAST_SIDE_PX:
        return None
    ground = ground_of(pixels)
    solid = _on_a_bright_screen(ground, known_aspect) if ground.bright else None
    if solid is not None:
        return _trimmed(solid)
    loose = foreground_of(ground, halo_limit(ground.away, ground.cell_px))
    best = preferred(_sharpest(loose, pixels, known_aspect), _sharpest(foreground_of(ground, np.uint8(0)), pixels, known_aspect))
    if best is None or not best.sure or NO_FACE < best.seen.face < CLEAR_FACE or _at_the_rim(best, pixels.shape[1]):
        rises = _by_steep_edges(loose, ground, known_aspect)
        best = rises if rises is not None and (best is None or (rises.sure and not _bears_out(rises, best))) else best
    return _trimmed(best) if best is not None and _merit(best) > LEAST_MERIT else None


def _on_a_bright_screen(ground: Ground, known_aspect: float) -> Area | None:
    """A scan all of whose outline is seen, on a screen brighter than its dark; None where there is none. A panel reaches from rim to rim, a scan has
    the screen on both its sides. test_a_screen_above_a_bright_panel_is_no_scan."""
    bright = on_a_bright_screen(ground)
    found = [area for mask in islice(candidates(bright), 1) for area in _fitted(bright, mask, known_aspect) if area.seen.solid]
    found = [each for each in found if each.geometry.left_px > SEAM_PX and each.geometry.right_px < ground.pixels.shape[1] - SEAM_PX]
    scans = [area for area in found if area.seen.face >= CLEAR_FACE and _fills(ground, area.geometry)]
    return max(scans, key=_merit, default=None)


def _sharpest(foreground: Foreground, pixels: GrayImage, known_aspect: float) -> Area | None:
    """The area with the sharpest edges of all that the foreground may hold, where something shines along a flat face."""
    areas = (area for mask in candidates(foreground) for area in _fitted(foreground, mask, known_aspect))
    return max((area for area in areas if _bright_face(pixels, area.geometry)), key=_merit, default=None)


def _by_steep_edges(loose: Foreground, ground: Ground, known_aspect: float) -> Area | None:
    """The area with edges where its grey rises; what is seen without them tells all else. Blur and compression's blocks blunt a bright edge by some
    rows, here more and there less. The area is not sure where something fainter lies farther above: that may be the face.
    test_a_face_is_seen_through_compressions_blocks."""
    area = _sharpest(foreground_of(ground, steep_limit(ground.away, ground.cell_px)), ground.pixels, known_aspect)
    if area is None:
        return None
    plainly = area.seen.left + area.seen.right >= STEEP_SIDES and _above(loose.pixels, area) <= CLEAR_RIVAL
    return replace(area, foreground=loose, sure=area.sure and plainly)


def _at_the_rim(area: Area, columns: int) -> bool:
    """Whether an area lies where screens have their panels."""
    rim = 2 * area.foreground.cell_px
    return area.geometry.kind == "rectangle" and (area.geometry.left_px <= rim or area.geometry.right_px >= columns - rim)


def _bears_out(rises: Area, best: Area) -> bool:
    """Whether steep edges put the origin where a face that was surely seen without them does: then all that was seen counts."""
    return best.sure and max(abs(one - other) for one, other in zip(origin_of(rises.geometry), origin_of(best.geometry), strict=True)) <= HALO_PX


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
    return without_halo if same or _merit(without_halo) >= _merit(other) else other


def _contradicts(one: Area, other: Area) -> bool:
    """Whether a face seen whole, between sides plain to see, lies elsewhere than another area's. Then neither is certain: a date above a fan had
    passed for its face, 52 mm off."""
    apart = abs(origin_of(one.geometry)[1] - origin_of(other.geometry)[1])
    return one.seen.face >= CLEAR_FACE and one.seen.plain_sides and apart > ABOVE_PX


def _fills(ground: Ground, geometry: ScanGeometry) -> bool:
    """Whether a scan fills this shape: of a rectangle something shows along both sides. A dark window may be wider than the scan in it
    (test_a_dark_window_wider_than_the_scan_in_it_is_none)."""
    if geometry.kind != "rectangle":
        return True
    rows = np.s_[geometry.top_px : geometry.bottom_px]
    sides = (ground.away[rows, geometry.left_px + 1 : geometry.left_px + 5], ground.away[rows, geometry.right_px - 5 : geometry.right_px - 1])
    return all(float((side > RINGING).any(axis=1).mean()) >= LEAST_BESIDE for side in sides)


def _trimmed(area: Area) -> Area:
    """The area without what is seen to be none of the scan: a fan's corners beyond upright edges, writing below, what lies beyond its far edge."""
    mask = area.foreground.pixels
    geometry = without_corners(mask, area.geometry, area.pixel_aspect)
    geometry = without_writing(mask, geometry, area.pixel_aspect)
    return replace(area, geometry=ended(mask, geometry, area.pixel_aspect))


def _fitted(foreground: Foreground, mask: Mask, known_aspect: float) -> list[Area]:
    """Every shape of a mask, with what is seen of its edges in all of the foreground."""
    outline = outline_of(mask)
    areas: list[Area] = []
    for tried, aspect in shapes(outline, mask.shape, known_aspect) if outline is not None else ():
        known = _deepened(foreground.pixels, tried, aspect)
        if not _is_scan(known, mask.shape, aspect):
            continue
        found = [look(foreground.pixels, known, aspect)]
        narrow = under_the_face(foreground.pixels, found[0][0]) if known.kind == "rectangle" else known
        if narrow not in (known, found[0][0]):
            found.insert(0, look(foreground.pixels, narrow, aspect))
        areas += [Area(geometry, aspect, foreground, seen, surely_seen(seen, geometry, mask.shape)) for geometry, seen in found]
    return [area for area in areas if _is_scan(area.geometry, mask.shape, area.pixel_aspect)]


def _merit(area: Area) -> float:
    """How plainly an area's edges are seen, those of a curved face twice: panels of a screen have straight edges, and no list of numbers begins along
    an arc."""
    seen, geometry = area.seen, area.geometry
    if geometry.kind != "convex" or geometry.half_angle_deg < LEAST_ARC_DEG or seen.rival > MOST_RIVAL:
        return seen.merit
    return seen.merit + float(np.clip((seen.face - ARC_SEEN[0]) / (ARC_SEEN[1] - ARC_SEEN[0]), 0.0, 1.0))


def _deepened(mask: Mask, geometry: ScanGeometry, aspect: float) -> ScanGeometry:
    """A shape that is a band is the scan's near field: it goes down as far as anything is seen between its sides."""
    flat = geometry.apex_px is None
    high = geometry.bottom_px - geometry.top_px if flat else geometry.outer_radius_px - geometry.inner_radius_px
    if high >= BAND * (geometry.right_px - geometry.left_px):
        return geometry
    deep = deepest(mask, geometry, aspect)
    deeper = max(geometry.bottom_px, min(mask.shape[0], round(deep)))
    return replace(geometry, bottom_px=deeper) if flat else reaching(geometry, deep, mask.shape, aspect)


def _bright_face(pixels: GrayImage, geometry: ScanGeometry) -> bool:
    """Whether a rectangle's top may be a probe's face. Something shines along a face. Nothing does along the edge of a dark panel, nor along the
    screen's own, where noise had made a scan of all of it (8 mm off). Above a picture that begins at the rim there is no screen."""
    all_of_it = geometry.box_px == (0, 0, pixels.shape[1], pixels.shape[0])
    if geometry.kind != "rectangle" or (geometry.top_px < EDGE_ROWS and not all_of_it):
        return True
    inside = pixels[geometry.top_px : geometry.bottom_px, geometry.left_px : geometry.right_px]
    face = inside[EDGE_ROWS : EDGE_ROWS + FACE_ROWS].max(axis=0)
    return float((face > np.percentile(inside, 1) + SHINES).mean()) >= LEAST_BRIGHT


def _is_scan(geometry: ScanGeometry, shape: tuple[int, int], aspect: float) -> bool:
    """Whether a scan may have this size and form. Columns may be half as wide as rows are high."""
    width, height = geometry.right_px - geometry.left_px, geometry.bottom_px - geometry.top_px
    if min(width, height) < LEAST_SIDE_PX or width * height < LEAST_SHARE * shape[0] * shape[1]:
        return False
    if geometry.apex_px is not None and geometry.half_angle_deg < LEAST_HALF_DEG:
        return False
    return WIDTHS[0] * height <= width * aspect <= WIDTHS[1] * height
