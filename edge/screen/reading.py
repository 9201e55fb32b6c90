"""A whole reading of one frame, step by step: picture, area, what is drawn around it, scale, fit, and what speaks against that.

Rule 1: each step is a function of what the steps before it made; none changes what they said.
Rule 2: a scale without a certain origin, or an origin without a scale, measures nothing; `why` says what is missing, with its cure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from edge.screen import far_edge, parts
from edge.screen.area import columns, scan_area
from edge.screen.area.edges import EdgesSeen, phased_sides
from edge.screen.area.foreground import candidates
from edge.screen.certain import FACE_UNSEEN, Borne, Drawn, around, borne_out, drawn_at, origin_doubt
from edge.screen.profile import Profile, ScanPart
from edge.screen.ruler import against, heads, ruler, scale
from edge.screen.ruler.labels import without_labels
from edge.screen.ruler.marks import AGREE
from edge.screen.ruler.numbers import Number, lopsided, not_otherwise, read_blurred, read_numbers, stretched, usual_aspects
from edge.screen.ruler.scale import NoReading, Reading
from edge.screen.ruler.writing import beside, combed_px, ink_of, off_scan, put_back, raised
from edge.screen.widths import DigitsSay, width_of
from edge.types import Claim, GrayImage, PointMm, PointPx, ScaleSource, ScanGeometry
from firmware_bridge.wire import Reason

WIDEST_PICTURE_MM = 170.0  # a picture that is all scan, of a flat face or cropped, is no wider (design)
WIDEST_FLAT_FACE_MM = 90.0  # linear arrays for people are 25 to 60 mm wide (design)
NARROWEST_FLAT_FACE_MM = 17.0  # where the scale was read: a "25Hz" passed for 25 mm, and a face of 48 mm for one of 10
# chords of curved faces: the largest of abdominal arrays are about 80 mm, of the smallest 15 (design); else centimetres were taken for millimetres,
# or the other way about
CURVED_FACE_MM = 8.0, 120.0
MIRROR_DIGITS = 3  # digits that read only in a mirror, to call a screen without a scale mirrored
NO_AREA = "no ultrasound picture is seen: show the live scan, raise the gain, or state the scan's box in a profile"
ALONG_A_SIDE = "the depth marks stand along the scan's slanted edge, where they are not read: state mm_per_px in a profile"
TOO_WIDE = "no probe's flat face is so wide: more gain, or state the scan's box in a profile"
NO_SUCH_FACE = "no probe's face is of this width: the ruler's unit is in doubt; state the scale in a profile"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known before anything is looked at. stated: mm per column and row as the caller, the profile or the file (claim) states it, None where
    none does; source: which of them."""

    profile: Profile
    stated: PointMm | None
    source: ScaleSource
    claim: Claim | None

    @property
    def aspect(self) -> float:
        """mm per column over mm per row, 0 where the screen has to tell it."""
        return self.stated[0] / self.stated[1] if self.stated else self.profile.video.pixel_aspect


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What a screen shows around a scan: the picture with combed lines put back, the rulers down its sides, the scale or why there is none, whether
    the writing reads only in a mirror, and what its digits say of columns."""

    pixels: GrayImage
    rulers: tuple[ruler.Ruler, ...]
    reading: Reading | NoReading
    mirrored: bool
    digits_say: DigitsSay


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was found on the screen: geometry with its origin, the scale with its source (None: not known, why says why), whether the screen
    reads mirrored, the boxes that a change of scale would show in, how much of the edges is seen, whether the origin is certain, and what bears out
    a stated scale. reason: what kind of trouble why is, where there is no scale."""

    geometry: ScanGeometry
    origin_px: PointPx
    mm_per_px: PointMm | None
    scale_source: ScaleSource
    aspect: float
    mirrored: bool
    boxes: tuple[tuple[int, int, int, int], ...]
    why: str = ""
    seen: EdgesSeen | None = None
    sure: bool = True
    borne: Borne | None = None
    reason: Reason = Reason.SCALE_UNKNOWN

    @property
    def drawn(self) -> Drawn:
        """At which size, and how plainly, the scan is drawn."""
        return drawn_at(self.geometry, self.seen)

    @property
    def measures(self) -> bool:
        """Whether scale and origin are both certain."""
        return self.mm_per_px is not None and self.sure


def read_screen(pixels: GrayImage, profile: Profile, stated_mm_per_px: PointMm | None, claim: Claim | None = None) -> Fit | None:
    """A whole reading of one frame; None where there is no scan area."""
    told, seen = _told(profile, stated_mm_per_px, claim), allowed(pixels, profile)
    within = seen if claim is None else allowed(seen, replace(profile, scan=ScanPart(around(claim))))
    area = scan_area.find_area(within, told.aspect)
    if area is None:
        return None
    fit = _fit(seen, area, told)
    if fit.measures and area.geometry.apex_px is not None and abs(fit.aspect / area.pixel_aspect - 1) > columns.SAME:
        # a fan whose columns turned out to be of another width has other angles and another face
        again = scan_area.find_area(seen, fit.aspect)
        fit = replace(fit, sure=False, why=FACE_UNSEEN) if again is None else _fit(seen, again, told)
        area = again or area
    doubt = _origin_doubt(within, area, fit) or probe_doubt(fit, pixels.shape)
    return replace(fit, sure=False, why=doubt) if doubt else fit


def _told(profile: Profile, stated: PointMm | None, claim: Claim | None) -> Told:
    if stated is not None:
        return Told(profile, stated, "stated", claim)
    if profile.ruler.mm_per_px:
        return Told(profile, stated_of(profile, None), "profile", claim)
    return Told(profile, None, "ruler", None) if claim is None else Told(profile, claim.mm_per_px, "dicom", claim)


def stated_of(profile: Profile, stated_mm_per_px: PointMm | None) -> PointMm | None:
    """mm per column and row as the caller states it, else as the profile does; None where neither does."""
    if stated_mm_per_px is not None or not profile.ruler.mm_per_px:
        return stated_mm_per_px
    return profile.ruler.mm_per_px[0], profile.ruler.mm_per_px[1]


def allowed(pixels: GrayImage, profile: Profile) -> GrayImage:
    """The picture with what the profile masks, or leaves outside its box, painted over in the screen's most usual grey."""
    if not profile.scan.box_px and not profile.scan.masks_px:
        return pixels
    usual = np.uint8(parts.usual_grey(pixels))
    kept = pixels.copy()
    for left, top, right, bottom in profile.scan.masks_px:
        kept[top:bottom, left:right] = usual
    if profile.scan.box_px:
        left, top, right, bottom = profile.scan.box_px
        inside = kept[top:bottom, left:right].copy()
        kept[:] = usual
        kept[top:bottom, left:right] = inside
    return kept


def look(pixels: GrayImage, area: scan_area.Area, profile: Profile) -> Looked:
    """What a screen shows around a scan. pixels: what the profile allows of it."""
    ink = ink_of(pixels, area)
    combed = combed_px(off_scan(ink, area))
    seen, ink = put_back(pixels, combed), put_back(ink, combed)
    found, contrast = _rulers(seen, area, profile), off_scan(ink, area)
    measures = partial(_measures, contrast, area)
    rulers = tuple(filter(measures, found))
    reading, mirrored, say = _scale_of(seen, ink, area, profile, rulers, tuple(each for each in found if each not in rulers))
    if isinstance(reading, Reading) and not measures(reading.ruler):  # labels by themselves
        reading = NoReading(scale.NO_UNIT)
    if isinstance(reading, Reading) and reading.witnesses == ("labels",):
        doubt = heads.doubt_of(contrast, reading.ruler, reading.labels)
        reading = NoReading(doubt) if doubt else reading
    if isinstance(reading, NoReading) and not rulers and ruler.along_a_side(seen, area.geometry, area.pixel_aspect):
        reading = NoReading(ALONG_A_SIDE)
    return Looked(seen, rulers, reading, mirrored, say)


def _rulers(pixels: GrayImage, area: scan_area.Area, profile: Profile) -> tuple[ruler.Ruler, ...]:
    """The rulers down the sides, on the side that the profile states."""
    found = ruler.find_rulers(pixels, area.geometry)
    middle = (area.geometry.left_px + area.geometry.right_px) / 2
    return tuple(each for each in found if not profile.ruler.side or (each.low_px < middle) == (profile.ruler.side == "left"))


def _measures(contrast: GrayImage, area: scan_area.Area, found: ruler.Ruler) -> bool:
    """Whether a ruler is the scan's: no bar's, no histogram's and no other picture's."""
    of_bars = against.of_a_histogram(contrast, found) or against.of_a_bar(contrast, found)
    return not of_bars and not parts.of_another(contrast, area.foreground.pixels, area.geometry, found)


def _scale_of(
    pixels: GrayImage, ink: GrayImage, area: scan_area.Area, profile: Profile, rulers: tuple[ruler.Ruler, ...], others: tuple[ruler.Ruler, ...]
) -> tuple[Reading | NoReading, bool, DigitsSay]:
    """The scale, whether the screen's writing reads only in a mirror, and what its digits say of columns. others: rulers of something else."""
    contrast = off_scan(ink, area, beside(rulers))
    across = () if profile.video.pixel_aspect else ruler.find_across(pixels, area.geometry)
    ask = partial(_reading_of, rulers=rulers, others=others, across=across, area=area, profile=profile)
    numbers = read = read_numbers(contrast)
    reading = ask(read)
    for read_again in (partial(read_blurred, contrast), partial(_read_raised, pixels, area, rulers)):
        if isinstance(reading, NoReading) and reading.why in (scale.NO_UNIT, scale.OTHER_MARKS):
            read = not_otherwise(read_again(), numbers)
            reading = ask(read)
    say = DigitsSay(stretched(numbers) or stretched(read), usual_aspects(numbers))
    if isinstance(reading, Reading) and read is numbers:
        return reading, False, say
    turned = [number.flipped(pixels.shape[1]) for number in read_numbers(np.ascontiguousarray(contrast[:, ::-1]))]
    in_mirror = ask(turned)
    if isinstance(reading, Reading):
        return (in_mirror, True, DigitsSay()) if _tells_more(in_mirror, reading) else (reading, False, say)
    backward, forward = lopsided(turned), lopsided(numbers)
    if isinstance(in_mirror, Reading) and backward > forward:  # a screen full of numbers is none in a mirror: one gave half the scale
        return in_mirror, True, DigitsSay()
    return reading, backward >= MIRROR_DIGITS and backward > 3 * forward, DigitsSay()


def _read_raised(pixels: GrayImage, area: scan_area.Area, rulers: tuple[ruler.Ruler, ...]) -> list[Number]:
    """Numbers brighter than what is around them, whatever that is: over the edge of a panel or a button too."""
    return read_numbers(off_scan(raised(pixels), area, beside(rulers)))


def _reading_of(
    numbers: list[Number],
    *,
    rulers: tuple[ruler.Ruler, ...],
    others: tuple[ruler.Ruler, ...],
    across: tuple[ruler.Ruler, ...],
    area: scan_area.Area,
    profile: Profile,
) -> Reading | NoReading:
    """What rulers and numbers make of each other, but the labels of others."""
    return scale.read_scale(
        rulers,
        across,
        without_labels(numbers, others),
        area.geometry,
        tick_mm=profile.ruler.tick_mm,
        major_every=profile.ruler.major_every,
        aspect=area.pixel_aspect,
        made=columns.made_by_chains(area.foreground.pixels.shape),
        far_edge=area.seen.far_edge,
    )


def _tells_more(in_mirror: Reading | NoReading, reading: Reading) -> bool:
    """Whether a mirror shows plainly what was read otherwise without it, at the second try: a mirrored 3 had passed for a 6, and made twice the
    scale. A printed depth has several signs that must all be read, so chance reads it less often than two labels.
    test_what_is_hard_to_read_gives_way_to_what_a_mirror_shows."""
    if isinstance(in_mirror, NoReading) or abs(in_mirror.mm_per_px_y / reading.mm_per_px_y - 1) <= AGREE:
        return False
    return len(in_mirror.witnesses) >= len(reading.witnesses) + ("printed depth" in reading.witnesses)


def _fit(seen: GrayImage, area: scan_area.Area, told: Told) -> Fit:
    """Scale and origin of a scan area, stated or read."""
    looked = look(seen, area, told.profile)
    return _as_read(area, looked, told.profile) if told.stated is None else _as_stated(area, looked, told)


def _as_stated(area: scan_area.Area, looked: Looked, told: Told) -> Fit:
    """A scan area at a stated scale, as far as what is seen bears that out. A ruler tells the far edge too."""
    assert told.stated is not None
    ended = far_edge.as_deep_as_ruler(area, looked.rulers, told.stated[1], looked.pixels)
    fit = _fitted(ended, told.stated, told.source, mirrored=looked.mirrored)
    if looked.mirrored:
        return replace(fit, borne=Borne())
    borne = borne_out(area, looked.pixels, told.stated, told.claim, looked.rulers, looked.reading)
    fit = replace(fit, borne=borne, boxes=borne.boxes, sure=not borne.no_origin, why=borne.no_scale or borne.no_origin)
    return replace(fit, mm_per_px=None) if borne.no_scale else fit


def _as_read(area: scan_area.Area, looked: Looked, profile: Profile) -> Fit:
    """Scale and origin of a scan area, from the ruler, which tells the far edge too."""
    reading = looked.reading
    if isinstance(reading, NoReading):
        return replace(_fitted(area, None, "ruler", mirrored=looked.mirrored), why=reading.why)
    aspect, doubt = width_of(looked.pixels, area, reading, looked.digits_say, stated=profile.video.pixel_aspect, mirrored=looked.mirrored)
    if doubt:
        return replace(_fitted(area, None, "ruler"), why=doubt)
    down = reading.mm_per_px_y
    ended = far_edge.as_deep_as_ruler(area, looked.rulers, down, looked.pixels)
    unsure = origin_doubt(area, reading)
    fitted = _fitted(ended, (down * aspect, down), "ruler", mirrored=looked.mirrored)
    return replace(fitted, boxes=reading.boxes, sure=not unsure, why=unsure)


def _fitted(area: scan_area.Area, mm_per_px: PointMm | None, source: ScaleSource, *, mirrored: bool = False) -> Fit:
    geometry = area.geometry
    aspect = area.pixel_aspect
    if mm_per_px is not None:
        geometry = scan_area.with_face(geometry, mm_per_px_x=mm_per_px[0], mm_per_px_y=mm_per_px[1])
        aspect = mm_per_px[0] / mm_per_px[1]
    why = "" if area.sure else FACE_UNSEEN
    return Fit(geometry, scan_area.origin_of(geometry), mm_per_px, source, aspect, mirrored, (), why, area.seen, area.sure)


def _origin_doubt(pixels: GrayImage, area: scan_area.Area, fit: Fit) -> str:
    """What else in the picture says that the origin is elsewhere; empty where nothing does."""
    mask = area.foreground.pixels
    if fit.geometry.kind == "rectangle" and not fit.sure and parts.leans(next(candidates(area.foreground))):
        return parts.STEERED
    if fit.sure and fit.mm_per_px is not None and parts.under_a_panel(pixels, area.geometry):
        return parts.PANEL
    return parts.doubt_of(pixels, mask, fit.geometry) if fit.sure and fit.geometry.kind == "rectangle" else ""


def probe_doubt(fit: Fit, shape: tuple[int, ...]) -> str:
    """Why no probe has this face, or the face is another; empty where one may. shape: rows, columns of the picture. A phased array's is a point
    between its sides, which have to be seen."""
    chord_mm, seen = 2 * fit.geometry.face_half_width_mm, fit.seen
    match fit.geometry.kind:
        case "convex":
            return "" if not chord_mm or CURVED_FACE_MM[0] <= chord_mm <= CURVED_FACE_MM[1] else NO_SUCH_FACE
        case "phased":
            return FACE_UNSEEN if fit.sure and seen is not None and not phased_sides(seen, fit.geometry.half_angle_deg) else ""
        case "rectangle" if 0 < chord_mm < (NARROWEST_FLAT_FACE_MM if fit.scale_source == "ruler" else CURVED_FACE_MM[0]):
            return NO_SUCH_FACE
        case "rectangle" if fit.scale_source != "ruler" and chord_mm > WIDEST_PICTURE_MM:
            return NO_SUCH_FACE
        case "rectangle" if chord_mm > WIDEST_FLAT_FACE_MM:
            shown = seen is not None and (seen.plain_sides or seen.clear_face)
            return "" if shown and not _whole_screen(fit.geometry, chord_mm, shape) else TOO_WIDE
        case _:
            return ""


def _whole_screen(geometry: ScanGeometry, chord_mm: float, shape: tuple[int, ...]) -> bool:
    """Whether a rectangle is the screen itself: from the picture's upper to its lower rim with something beside, or from rim to rim, either way,
    and wider than any picture that is all scan. One between a video's bars had put the origin 14 mm off in depth (test_a_whole_screen_is_no_scan)."""
    high = geometry.top_px == 0 and geometry.bottom_px >= shape[0]
    wide = geometry.left_px == 0 and geometry.right_px >= shape[1]
    return (high and geometry.left_px > 0) or ((high or wide) and chord_mm > WIDEST_PICTURE_MM)
