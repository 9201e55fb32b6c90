"""What a printed depth makes of a ruler: the distance of its marks, if it has just as many and the scan is as deep."""

from __future__ import annotations

from edge.screen.area.scan_area import origin_of
from edge.screen.ruler.marks import DEPTHS_MM, LONE_TICKS_MM, MANY_MARKS, USUAL_DEPTHS_MM, lost_marks, scan_depth_px
from edge.screen.ruler.numbers import Number
from edge.screen.ruler.ruler import Ruler
from edge.types import ScanGeometry

PRINTED_TOLERANCE = 0.03  # printed depth against the scan's height
RULER_SLACK, MOST_SHORT = 1.05, 1  # marks that a ruler may have beyond the printed depth, and that may be missing at its end
MARKS_BEYOND = 0.35  # of the depth's marks: so many more a ruler may seem to have below a scan that is as deep as the print says
MOST_LOST = 2  # marks beside the face that its own brightness hides
MOST_ABOVE = 2  # marks above the face that writing there passes for, the end of a date say
LARGER_TELL = 5  # marks from one larger to the next, of which few begin at the face by chance
MOST_DEEPER = 1.6  # so much deeper than printed a scan of few marks is found at most, and of none that are hidden: else one had 1.8 times the scale
MOST_ABOVE_EXACT = 4  # of a ruler whose other marks are the printed depth's, and the scan as deep to a hundredth (two of them had 3 of 30)
SURE = 0.85  # of a printed depth: of 68 that told a unit alone three were less; a blurred "Zoom" was a 2 cm of 0.7, and made a fifth of the scale
SURE_BARE = 0.9  # of one that has no unit either
BARE_TOLERANCE = 0.01  # a depth printed without its unit against the scan's height
DECIMALS = {"cm": 1, "mm": 0}  # of a depth; a caliper's "4.00 cm" may be a depth's half


def usual_depth(ruler: Ruler, numbers: list[Number], tick_mm: float, geometry: ScanGeometry) -> bool:
    """Whether a printed depth of those that most depths are makes this distance of marks. Another may be half of the true depth by chance, a target's
    own depth printed large, say: of 60 such screens 4 were read so, at half the scale."""
    usual = [number for number in numbers if any(depth_mm % USUAL_DEPTHS_MM == 0 for depth_mm in meant_mm(number))]
    return tick_mm in printed_ticks(ruler, usual, geometry)


def as_deep_as_both(number: Number, tick_mm: float, ruler: Ruler, geometry: ScanGeometry) -> bool:
    """Whether a number without a unit is, in centimetres, as deep as the scan and as the marks, and a depth that scanners have."""
    depth_mm = 10 * number.value
    marks = int(depth_mm / tick_mm + 0.01) - (ruler.count - 1 + lost_marks(ruler, geometry))
    usual = number.decimals == 1 or depth_mm % USUAL_DEPTHS_MM == 0
    by_scan = scan_depth_px(geometry) / ruler.pitch_px * tick_mm
    return usual and abs(depth_mm - by_scan) <= BARE_TOLERANCE * depth_mm and abs(marks) <= MOST_SHORT


def has_its_marks(ruler: Ruler, numbers: list[Number], tick_mm: float, lost: int = 0) -> bool:
    """Whether a printed depth is the ruler's length, with as many more marks before its first."""
    length_mm = (ruler.count - 1 + lost) * tick_mm
    return any(number.unit and -0.01 * tick_mm < millimetres(number) - length_mm < 0.99 * tick_mm for number in numbers)


def millimetres(number: Number) -> float:
    """A printed length; of a number without a unit its value."""
    return number.value * (10 if number.unit == "cm" else 1)


def printed_ticks(ruler: Ruler, numbers: list[Number], geometry: ScanGeometry) -> set[float]:
    """Distances of marks (mm) that printed depths allow: a number with cm or mm that equals the scan's height in marks."""
    found = set()
    for number in numbers:
        for depth_mm in meant_mm(number) if number.certainty >= SURE else ():
            found |= {tick for tick in LONE_TICKS_MM if _depth_fits(depth_mm, tick, ruler, geometry, whole=number.whole)}
    return found


def meant_mm(number: Number) -> list[float]:
    """The depths that a printed number may mean: two where its point may be none; none where it is exacter than depths are: a caliper's length."""
    if number.decimals > DECIMALS.get(number.unit, 0):
        return []
    depth_mm = millimetres(number)
    meant = [depth_mm, depth_mm * 10 ** len(f"{number.value:g}".partition(".")[2])] if number.faint_point else [depth_mm]
    whole = [each for each in meant if number.unit and abs(each - round(each)) <= 1e-6]
    return [each for each in whole if DEPTHS_MM[0] <= each <= DEPTHS_MM[1]]


def _depth_fits(depth_mm: float, tick_mm: float, ruler: Ruler, geometry: ScanGeometry, *, whole: bool) -> bool:
    """Whether marks at tick_mm begin at the face and end where the depth does, and the scan too. Where the scan is found to end elsewhere, dark
    below or with writing below it, the ruler must have every mark that the depth has room for, the depth be one that scanners have (a clock's
    blurred 17 passed for 17 mm), and be read whole."""
    lost = lost_marks(ruler, geometry)
    by_scan = tick_mm / ruler.pitch_px * scan_depth_px(geometry)
    above = MOST_ABOVE_EXACT if abs(by_scan - depth_mm) <= BARE_TOLERANCE * depth_mm else MOST_ABOVE
    if ruler.major_every >= LARGER_TELL and (lost + ruler.major_phase) % ruler.major_every == 0:
        above = max(above, ruler.major_every - 1)  # the larger marks begin at the face: above it are a setting's dots
    if not -above <= lost <= MOST_LOST or abs(ruler.first_px - lost * ruler.pitch_px - origin_of(geometry)[1]) > max(3.0, 0.1 * ruler.pitch_px):
        return False
    marks = depth_mm / tick_mm
    short = int(marks + 0.01) - (ruler.count - 1 + lost)
    if lost >= 0 and abs(by_scan - depth_mm) <= PRINTED_TOLERANCE * depth_mm:
        beyond = short < 0 and _makes_as_many(depth_mm, ruler.count - 1 + lost)
        exact = whole and depth_mm % USUAL_DEPTHS_MM == 0 and abs(by_scan - depth_mm) <= BARE_TOLERANCE * depth_mm
        most = MARKS_BEYOND * marks if exact and lost == 0 else MOST_SHORT  # a grey bar hides marks, the last three of ten once
        return -max(RULER_SLACK, MARKS_BEYOND * marks) <= short <= most and not beyond
    if not whole or depth_mm % USUAL_DEPTHS_MM or short < -1:
        return False
    ended = by_scan < (1 + PRINTED_TOLERANCE) * depth_mm
    if not ended and (lost > 0 or (by_scan > MOST_DEEPER * depth_mm and ruler.count < MANY_MARKS)):
        return False
    if short == 0 or lost < 0:
        return short == 0
    if short == -1:  # something below passes for one more
        return ended and ruler.count >= MANY_MARKS
    return short == 1 and ruler.count >= MANY_MARKS


def _makes_as_many(depth_mm: float, marks: int) -> bool:
    """Whether a usual distance makes as many marks of a depth, or one more: then those seen beyond the depth speak for that one, and a scan that ends
    in the dark too soon for another: 2 mm of which ten dots of eleven were seen, 20 mm deep, had been taken for 2.5."""
    return any(0 <= int(depth_mm / tick_mm + 0.01) - marks <= MOST_SHORT for tick_mm in LONE_TICKS_MM)
