"""How wide columns are, by a ruler across the picture."""

from __future__ import annotations

from edge.screen.area.scan_area import origin_of
from edge.screen.ruler.digits import ANY_ASPECT
from edge.screen.ruler.marks import AGREE, ALONG, TICKS_MM
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

STRETCH = 0.13  # of square pixels: what standard-definition video makes of them
CHAIN = 0.01  # off what video chains make of columns, as a ruler across says: 1234 x 688 made 1280 x 720 is 0.9 % off square
SQUARE = 0.008  # off square pixels: a ruler across that says no more says that they are
LEAST_STRETCHED = 7  # marks of one that says that they are not: a frame around the scan and what lies on it made five, and columns 6 % wrong
CLAIMED = 0.012  # off what a fan's arcs claim, which is less exact
COUNTED_FROM_PX, COUNTED_FROM = 1.5, 0.03  # pixels, share of a mark's distance: so near to the scan's middle or a side a ruler across has a mark
MOST_RMS_PX, MOST_RMS = 0.5, 0.05  # of the marks of a ruler across off their places: pixels, share of its pitch


def mm_across(
    rulers: tuple[Ruler, ...],
    ruler: Ruler,
    tick_mm: float,
    geometry: ScanGeometry,
    *,
    aspect: float,
    usual: tuple[float, float],
    made: tuple[float, ...],
) -> float | None:
    """mm per pixel across from the rulers there; 0 where none tells it, None where what one tells is in doubt. A ruler that says that columns are as
    wide as a fan's arcs claim, or as rows are high, is right: chance rarely says so. Any other must have LEAST_STRETCHED marks: of one with fewer,
    that tells a width all the same, nothing is known. test_a_ruler_across_confirms_what_arcs_claim_or_square_pixels."""
    down = tick_mm / ruler.pitch_px
    clear = [each for each in rulers if _clear_across(each)]
    told = [tick / each.pitch_px for each in clear for tick in TICKS_MM if usual[0] <= tick / each.pitch_px / down <= usual[1]]
    for width, near in ((aspect, SQUARE if aspect == 1.0 else CLAIMED), (1.0, SQUARE)):
        claimed = [each for each in told if abs(each / (down * width) - 1) <= near]
        if claimed:
            return claimed[0]
    told_by_digits = usual != ANY_ASPECT and (geometry.kind != "rectangle" or not usual[0] <= 1 <= usual[1])
    bounds = usual if told_by_digits else (1 / (1 + STRETCH), 1 / (1 - STRETCH))
    stretched = {each: _stretched_mm(each, ruler, tick_mm, geometry, bounds, made) for each in clear}
    sure = [mm for each, mm in stretched.items() if mm and each.count >= LEAST_STRETCHED]
    if sure and aspect == 1.0 and max(sure) <= min(sure) * (1 + AGREE):
        return sure[0]
    return None if any(mm or each.count >= LEAST_STRETCHED for each, mm in stretched.items()) else 0.0


def _stretched_mm(
    across: Ruler, ruler: Ruler, tick_mm: float, geometry: ScanGeometry, bounds: tuple[float, float], made: tuple[float, ...]
) -> float:
    """mm per pixel by a ruler across, of columns that are not as wide as rows are high; 0 where it does not tell them. It must count from the scan's
    middle or sides, end with it and be marked like the ruler down, since the marks along a loop's frames made columns 4 to 13 % wrong. Its columns
    must be of a width that video chains make, and within bounds (of a row's height), since 2 mm stretched is 2.5 mm: beside a fan, or where digits
    are too wide or narrow for less, within what gives the digits usual widths. test_beside_a_fan_a_ruler_across_may_tell_a_wide_stretch."""
    down = tick_mm / ruler.pitch_px
    fitting = [tick for tick in TICKS_MM if bounds[0] <= tick / across.pitch_px / down <= bounds[1]]
    if len(fitting) != 1 or not _from_scan(across, geometry) or not _within(across, geometry):
        return 0.0
    told = fitting[0] / across.pitch_px
    chain = any(abs(told / (down * width) - 1) <= CHAIN for width in made)
    return told if chain and _marked_alike(across, fitting[0], ruler, tick_mm) else 0.0


def _from_scan(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a mark, a larger one where some are, stands where the scan's middle or one of its sides does."""
    first, pitch = across.first_px + across.major_phase * across.pitch_px, across.pitch_px * max(1, across.major_every)
    places = ((column - first) / pitch for column in (geometry.left_px - 0.5, origin_of(geometry)[0], geometry.right_px - 0.5))
    return any(abs(place - round(place)) * pitch <= max(COUNTED_FROM_PX, COUNTED_FROM * across.pitch_px) for place in places)


def _within(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler across goes no farther than a mark's distance beyond the scan's sides."""
    last = across.first_px + across.span_px
    return across.first_px >= geometry.left_px - across.pitch_px and last <= geometry.right_px + across.pitch_px


def _marked_alike(one: Ruler, one_mm: float, other: Ruler, other_mm: float) -> bool:
    """Whether two rulers of one screen have their marks, or larger ones, at the same distance."""
    return bool({one_mm, one_mm * one.major_every} & {other_mm, other_mm * other.major_every} - {0.0})


def along_scan(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler across runs along most of the scan, which it is there to measure. Equally wide letters of a line of writing need not, and made
    columns 8 % wrong (test_a_ruler_across_runs_along_the_scan)."""
    begin, end = across.first_px - across.pitch_px / 2, across.first_px + across.span_px + across.pitch_px / 2
    return min(end, geometry.right_px) - max(begin, geometry.left_px) >= ALONG * (geometry.right_px - geometry.left_px)


def _clear_across(ruler: Ruler) -> bool:
    """Whether a ruler across is one surely: what strays so far for its small pitch is chance, as echoes 6 pixels apart are."""
    return ruler.count >= 5 and ruler.high_px - ruler.low_px >= 2 and ruler.rms_px <= min(MOST_RMS_PX, MOST_RMS * ruler.pitch_px)
