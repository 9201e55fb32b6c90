"""Rulers against a scan: where their marks lie, the distances and depths that scanners have, and how wide one across the picture says columns are."""

from __future__ import annotations

from edge.screen.area.scan_area import origin_of
from edge.screen.ruler.numbers import ANY_ASPECT
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

TICKS_MM = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)  # distances of neighbouring marks that scanners draw
MAJORS_MM = (5.0, 10.0, 20.0, 50.0, 100.0)  # distances of larger marks
DEPTHS_MM = (12.0, 320.0)  # depths that scanners show
# of fans: 25 mm, less what measuring takes from it. Only flat faces look at skin and eyes, so labels 5 and 10 at a fan's marks count cm
# (test_a_fan_is_not_as_shallow_as_a_flat_face_may_see)
LEAST_FAN_DEPTH_MM = 24.5
BEFORE_NEXT = 0.9  # of a small mark's distance: so much deeper than its ruler's last a scan may be (25 mm, marked each 2)
MM_PER_PX = (0.015, 1.0)
USUAL_DEPTHS_MM = 5.0  # most depths go in steps of this
ALONG = 0.6  # of the scan that a ruler runs along; those across 23 phantom screens along 0.75 of the width and more, without half a mark at each end
AGREE = 0.005  # two rulers of one screen
LONE_TICKS_MM = TICKS_MM[:-1]  # by a printed depth alone: with 20 mm too few marks remain
AT_FACE = 0.3  # of a mark's distance: two labels alone must put their zero so near to the face, or to the first mark
AT_MARK = 0.15  # of a mark's distance: so near to a mark a lone label stands
MANY_MARKS = 12  # marks of a ruler of which one may be missing at its end
STRETCH = 0.13  # of square pixels: what standard-definition video makes of them
CHAIN = 0.01  # off what video chains make of columns, as a ruler across says: 1234 x 688 made 1280 x 720 is 0.9 % off square
SQUARE = 0.008  # off square pixels: a ruler across that says no more says that they are
LEAST_STRETCHED = 7  # marks of one that says that they are not: a frame around the scan and what lies on it made five, and columns 6 % wrong
CLAIMED = 0.012  # off what a fan's arcs claim, which is less exact
COUNTED_FROM_PX, COUNTED_FROM = 1.5, 0.03  # pixels, share of a mark's distance: so near to the scan's middle or a side a ruler across has a mark
MOST_RMS_PX, MOST_RMS = 0.5, 0.05  # of the marks of a ruler across off their places: pixels, share of its pitch


def begins_at_face(ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler's first mark stands at the face: what begins elsewhere is none of depth, as bright echoes are."""
    return abs(ruler.first_px - origin_of(geometry)[1]) <= max(2.0, AT_MARK * ruler.pitch_px)


def foreign(ruler: Ruler, other: Ruler) -> bool:
    """Whether another ruler's marks are neither every so many of this one's nor the other way about."""
    ratio = max(ruler.pitch_px, other.pitch_px) / min(ruler.pitch_px, other.pitch_px)
    return abs(ratio - round(ratio)) > 0.01 * ratio


def face_of(ruler: Ruler, geometry: ScanGeometry) -> float:
    """The place of the scan's face, in marks."""
    return (origin_of(geometry)[1] - ruler.first_px) / ruler.pitch_px


def lost_marks(ruler: Ruler, geometry: ScanGeometry) -> int:
    """How many marks stand between the scan's face and the ruler's first that were not seen."""
    return round((ruler.first_px - origin_of(geometry)[1]) / ruler.pitch_px)


def scan_depth_px(geometry: ScanGeometry) -> float:
    """From the face to the deepest sample along the axis, row pixels."""
    if geometry.apex_px is None:
        return float(geometry.bottom_px - geometry.top_px)
    return min(geometry.outer_radius_px, geometry.bottom_px - geometry.apex_px[1]) - geometry.inner_radius_px


def plausible(tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether marks so far apart make a scale and a depth that scanners have."""
    scale = tick_mm / ruler.pitch_px
    least_mm = DEPTHS_MM[0] if geometry.kind == "rectangle" else LEAST_FAN_DEPTH_MM
    depth_mm = scale * max(scan_depth_px(geometry), ruler.span_px) + (BEFORE_NEXT * tick_mm if tick_mm < USUAL_DEPTHS_MM else 0.0)
    return MM_PER_PX[0] <= scale <= MM_PER_PX[1] and least_mm <= depth_mm and scale * scan_depth_px(geometry) <= DEPTHS_MM[1]


def nearest(value: float, allowed: tuple[float, ...], tolerance: float) -> float:
    """The allowed value within a relative tolerance, 0.0 where there is none."""
    best = min(allowed, key=lambda each: abs(value - each) / each)
    return best if abs(value - best) <= tolerance * best else 0.0


def fits(value: float, allowed: tuple[float, ...]) -> bool:
    """Whether a value is one of these."""
    return any(abs(value - each) < 1e-6 * each for each in allowed)


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
    clear = [each for each in rulers if each.count >= 5 and each.high_px - each.low_px >= 2]
    clear = [each for each in clear if each.rms_px <= min(MOST_RMS_PX, MOST_RMS * each.pitch_px)]  # else chance, as echoes 6 pixels apart are
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
    within = geometry.left_px - across.pitch_px <= across.first_px and across.first_px + across.span_px <= geometry.right_px + across.pitch_px
    if len(fitting) != 1 or not _from_scan(across, geometry) or not within:
        return 0.0
    told = fitting[0] / across.pitch_px
    chain = any(abs(told / (down * width) - 1) <= CHAIN for width in made)
    alike = {fitting[0], fitting[0] * across.major_every} & {tick_mm, tick_mm * ruler.major_every} - {0.0}
    return told if chain and alike else 0.0


def _from_scan(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a mark, a larger one where some are, stands where the scan's middle or one of its sides does."""
    first, pitch = across.first_px + across.major_phase * across.pitch_px, across.pitch_px * max(1, across.major_every)
    places = ((column - first) / pitch for column in (geometry.left_px - 0.5, origin_of(geometry)[0], geometry.right_px - 0.5))
    return any(abs(place - round(place)) * pitch <= max(COUNTED_FROM_PX, COUNTED_FROM * across.pitch_px) for place in places)


def along_scan(across: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a ruler across runs along most of the scan, which it is there to measure. Equally wide letters of a line of writing need not, and made
    columns 8 % wrong (test_a_ruler_across_runs_along_the_scan)."""
    begin, end = across.first_px - across.pitch_px / 2, across.first_px + across.span_px + across.pitch_px / 2
    return min(end, geometry.right_px) - max(begin, geometry.left_px) >= ALONG * (geometry.right_px - geometry.left_px)
