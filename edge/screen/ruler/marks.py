"""Where a ruler's marks lie against a scan, and the distances and depths that scanners have."""

from __future__ import annotations

from edge.screen.area.scan_area import origin_of
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
