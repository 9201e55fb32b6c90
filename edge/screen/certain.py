"""Whether scale and origin of a scan are certain, read or stated. A statement (an operator's, a profile's, a file's) is a claim.

Rule 1: a claim replaces a measurement that cannot be made; it never switches off a check that can be made. Rule 2: where what is seen contradicts it
there is no scale, and the reason says both. Rule 3: a claim holds for the picture that it was first seen with: its size, its ruler, its scan's width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, sin

from edge.screen import far_edge
from edge.screen.area import columns, scan_area
from edge.screen.area.edges import EdgesSeen, nearly_seen, partly_seen
from edge.screen.area.upright import turned_doubt
from edge.screen.ruler import scale
from edge.screen.ruler.marks import TICKS_MM, nearest
from edge.screen.ruler.ruler import Ruler
from edge.screen.ruler.scale import NoReading, Reading
from edge.types import Claim, GrayImage, PointMm, ScanGeometry

CONFIRMS = 0.01  # a ruler that reads a stated scale's rows so closely bears it out, and tells its origin too
NO_MARKS = 0.02  # of a usual distance: marks that a stated scale puts so far from all of them are against it
BEGINS = 0.5  # of how far a zero may stand off the face
ABOVE_MARKS = 1.5  # marks above the face of a ruler that tells no unit: the first may be an echo or a corner
CLAIM_PX, CLAIM_MM = 2.5, 1.0  # a file's depth 0 off the face that is seen, whichever is more: files round to pixels, faces blur over two
LOOSE_PX, LOOSE_MM = 3, 2.0  # a region's edges off the scan's, where the file tells no depth 0
SAME_PLACE = 0.5  # of the scan that lies in the region
RIM_PX = 1  # of a picture or of what is looked at: a scan that reaches so near to it may go on beyond
AROUND_PX = 24  # rows and columns around a region in which its scan's edges may lie: a cut by the region itself is none of them
SAME_RULER = 0.006  # pitches of one ruler read twice
SAME_PX, SAME_FAN, SAME_WIDTH = 2.0, 0.01, 0.05  # one scan read twice: pixels where its sides are plain, shares of a fan, of a scan with dark sides
FACE_UNSEEN = "the probe's face is not surely seen: more gel or gain"
FACE_CUT_OFF = "the picture begins below the probe's face, by its ruler: zoom out, or move the picture down until the face shows"
ZERO_ELSEWHERE = "the ruler's zero is not at the top of the scan"
STRETCHED = "the picture looks stretched: state pixel_aspect in a profile"
FACE_ELSEWHERE = "the file puts the face where none is seen: a magnified picture, or a dark near field"
CUT_ABOVE = "the picture begins with the scan, and the file tells no depth 0: it may be magnified or cut; export the whole screen"
NOT_ITS_SCAN = "the scan that is seen is not the one that the file calibrates"


@dataclass(frozen=True, slots=True)
class Borne:
    """What is seen of a stated scale. no_scale: why there is none; no_origin: why its origin is not certain; both empty where it is borne out.
    read: whether a ruler with a unit reads the same; pitch_px: of the ruler that bears it out, 0.0 without one; boxes: where a change would show."""

    no_scale: str = ""
    no_origin: str = ""
    read: bool = False
    pitch_px: float = 0.0
    boxes: tuple[tuple[int, int, int, int], ...] = ()


def origin_doubt(area: scan_area.Area, reading: Reading) -> str:
    """Why the origin is not certain, empty where it is: the face must be surely seen and not contradicted by the ruler, or the ruler's zero must
    lie where some of the face is seen, or its first mark just where most of it is. A first mark that is missing may lie behind what hides the face
    too: without a word of it nothing is certain."""
    row = scan_area.origin_of(area.geometry)[1]
    marks = reading.ruler
    told = reading.zero_px is not None or reading.whole
    zero = marks.first_px if reading.zero_px is None else reading.zero_px
    reach = far_edge.zero_reach_px(marks)
    if abs(row - zero) <= reach:
        shape = area.foreground.pixels.shape
        begins = abs(row - marks.first_px) <= BEGINS * reach and nearly_seen(area.seen, area.geometry, shape)
        enough = area.sure or begins or (told and partly_seen(area.seen, area.geometry, shape))
        return "" if enough else FACE_UNSEEN
    if told and zero < area.geometry.top_px - reach:
        return FACE_CUT_OFF
    return ZERO_ELSEWHERE if area.sure else FACE_UNSEEN


def borne_out(
    area: scan_area.Area, pixels: GrayImage, stated: PointMm, claim: Claim | None, rulers: tuple[Ruler, ...], reading: Reading | NoReading
) -> Borne:
    """What the screen says of a stated scale (mm per column and row). pixels: the screen with combed lines put back."""
    at_scale = list(scale.at_scale(rulers, stated[1]))
    no_scale = scale_doubt(area, pixels, stated, rulers, reading)
    if no_scale:
        return Borne(no_scale)
    said = [reading] if isinstance(reading, Reading) else []
    ruler = said[0] if said else at_scale[0] if at_scale else None
    no_origin = _origin_doubt(area, claim, said, at_scale) or (claim_doubt(area, claim, stated[1]) if claim else "")
    if not no_origin and not said and area.geometry.kind == "rectangle":  # a ruler that is read tells where depth 0 is
        no_origin = turned_doubt(pixels, area.geometry, stated)
    return Borne("", no_origin, bool(said), *((ruler.ruler.pitch_px, ruler.boxes) if ruler else ()))


def scale_doubt(
    area: scan_area.Area, pixels: GrayImage, stated: PointMm, rulers: tuple[Ruler, ...], reading: Reading | NoReading
) -> str:
    """What contradicts a stated scale; empty where nothing does: a ruler that reads otherwise, marks at distances that no scanner draws, a fan's
    sides and arcs that tell other columns."""
    across, down = stated
    if isinstance(reading, Reading):
        for said, told, where in ((reading.mm_per_px_y, down, "down"), (reading.mm_per_px_x, across, "across")):
            if said and abs(said / told - 1) > CONFIRMS:
                return f"the ruler {where} says {said:.4f} mm per pixel, and {told:.4f} is stated"
    else:
        whole = [each.pitch_px * down for each in rulers[: scale.MOST_RULERS] if each.count >= scale.STATED_MARKS]
        if whole and not any(nearest(each, TICKS_MM, NO_MARKS) for each in whole):
            return f"at the stated {down:.4f} mm per pixel the ruler's marks would be {whole[0]:.2f} mm apart"
    told_by_arcs = columns.told_by_arcs(pixels, area.geometry, area.pixel_aspect) if area.geometry.kind in ("convex", "phased") else None
    settled = columns.settled(told_by_arcs, pixels.shape) if told_by_arcs is not None else 0.0
    return STRETCHED if settled and abs(settled / (across / down) - 1) > columns.SAME else ""


def _origin_doubt(area: scan_area.Area, claim: Claim | None, said: list[Reading], at_scale: list[Reading]) -> str:
    """Why the origin is not certain by face and rulers. A ruler with a unit is asked as where the scale is read; one without may only bear out a face
    that is not surely seen, or contradict one that is by marks above it."""
    if said:
        return origin_doubt(area, said[0])
    row = scan_area.origin_of(area.geometry)[1]
    if any(each.ruler.first_px < row - ABOVE_MARKS * each.ruler.pitch_px for each in at_scale):
        return ZERO_ELSEWHERE
    told = any(not origin_doubt(area, each) for each in at_scale) or _claimed(area, claim)
    return "" if area.sure or told else FACE_UNSEEN


def _claimed(area: scan_area.Area, claim: Claim | None) -> bool:
    """Whether a file puts depth 0 where some of the face is seen."""
    return claim is not None and claim.zero_px is not None and partly_seen(area.seen, area.geometry, area.foreground.pixels.shape)


def claim_doubt(area: scan_area.Area, claim: Claim, mm_per_row: float) -> str:
    """What of a file's region the scan that is seen contradicts; empty where nothing does. Files put a curved face's depth 0 at its middle, as we
    do, or at its ends. Where none is said, a box drawn close around all but the scan's top says that the scan goes on above, in the dark. A loose
    one, which may be the whole picture, says nothing of it: the face must be sure by itself, which none is where the picture begins with the scan."""
    geometry = area.geometry
    if _filled(geometry.box_px, claim.box_px) < SAME_PLACE or _cut(geometry, claim, area.foreground.pixels.shape[1]):
        return NOT_ITS_SCAN
    face, top = scan_area.origin_of(geometry)[1], float(geometry.top_px)
    if claim.zero_px is not None:
        reach = max(CLAIM_PX, CLAIM_MM / mm_per_row)
        return "" if min(abs(claim.zero_px - row) for row in (face, top)) <= reach else FACE_ELSEWHERE
    if top <= RIM_PX:
        return CUT_ABOVE
    loose = max(LOOSE_PX, LOOSE_MM / mm_per_row)
    tight = max(abs(claim.box_px[side] - geometry.box_px[side]) for side in (0, 2, 3)) <= loose
    return FACE_ELSEWHERE if claim.box_px[1] - top > loose or (tight and top - claim.box_px[1] > loose) else ""


def _cut(geometry: ScanGeometry, claim: Claim, columns: int) -> bool:
    """Whether the scan goes on where what is looked at around the region ends: its middle is then none of the probe's."""
    left, _, right, _ = around(claim)
    return (left > 0 and geometry.left_px <= left + RIM_PX) or (right < columns and geometry.right_px >= right - RIM_PX)


def _filled(box: tuple[int, int, int, int], by: tuple[int, int, int, int]) -> float:
    """The share of a box that lies in another."""
    wide = min(box[2], by[2]) - max(box[0], by[0])
    high = min(box[3], by[3]) - max(box[1], by[1])
    return max(0, wide) * max(0, high) / max(1, (box[2] - box[0]) * (box[3] - box[1]))


def around(claim: Claim) -> tuple[int, int, int, int]:
    """Where a region's scan is looked for: with some of what is around it, and up to where depth 0 is said to be."""
    left, top, right, bottom = claim.box_px
    upper = top if claim.zero_px is None else min(top, round(claim.zero_px))
    return max(0, left - AROUND_PX), max(0, upper - AROUND_PX), right + AROUND_PX, bottom + AROUND_PX


@dataclass(frozen=True, slots=True)
class Drawn:
    """At which size a scan is drawn: its shape, its face's width, and where its far edge is seen how far that is from the face's centre (else 0), in
    pixels. plain: whether both sides are plain to see."""

    kind: str
    face_px: float
    far_px: float
    plain: bool


def drawn_at(geometry: ScanGeometry, seen: EdgesSeen | None) -> Drawn:
    """A fan's radius and angle are read less surely than the chord that both make: over a sweep of 199 real frames 2 % and 0.4 %."""
    flat = geometry.kind == "rectangle"
    wide = geometry.right_px - geometry.left_px if flat else 2 * geometry.inner_radius_px * sin(radians(geometry.half_angle_deg))
    far = 0.0 if flat or seen is None or not seen.sure_far_edge else geometry.outer_radius_px
    return Drawn(geometry.kind, float(wide), far, seen is not None and seen.plain_sides)


def otherwise(first: Drawn, first_borne: Borne, now: Drawn, borne: Borne) -> str:
    """What tells that a stated scale no longer holds since it was first borne out; empty where nothing does: the ruler's marks stand otherwise or
    are gone, or without a ruler the scan is drawn wider or narrower."""
    if borne.read:
        return ""
    if first_borne.pitch_px:
        same = borne.pitch_px and abs(borne.pitch_px / first_borne.pitch_px - 1) <= SAME_RULER
        return "" if same else "the ruler is not the one that the stated scale was seen with"
    if first.kind != now.kind:
        return "the scan has another shape than the stated scale was seen with"
    return "" if _same_size(first, now) else "the scan is drawn at another size than the stated scale was seen with"


def _same_size(one: Drawn, other: Drawn) -> bool:
    """Whether two readings of a scan are of one size: to a pixel or two where both sides are plain, as far as a fan's far edge tells too."""
    if one.far_px and other.far_px and abs(one.far_px - other.far_px) > max(SAME_PX, SAME_FAN * one.far_px):
        return False
    if one.plain and other.plain:
        return abs(one.face_px - other.face_px) <= max(SAME_PX, SAME_FAN * one.face_px * (one.kind != "rectangle"))
    return abs(one.face_px - other.face_px) <= max(SAME_PX, SAME_WIDTH * one.face_px)
