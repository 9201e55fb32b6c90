"""The screen stage: a video frame becomes a Scan, or NoScan with a reason. Read whole rarely, watched every frame.

Rule 1: no pixel outside the scan area leaves this stage, and no text read on the screen does.
Rule 2: where pitch or unit of the ruler is not certain there is no scale.
Rule 3: after any change nothing is live until READINGS readings in a row agree on area and scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import radians, sin

import numpy as np
from numpy.typing import NDArray

from edge.screen import far_edge, health, parts, rounds
from edge.screen.area import columns, scan_area
from edge.screen.area.edges import EdgesSeen, fits_better, phased_sides
from edge.screen.certain import CONFIRMS, FACE_UNSEEN, STRETCHED, Borne, around, borne_out, origin_doubt, otherwise
from edge.screen.health import Samples, Seen, Stillness
from edge.screen.profile import Profile, ScanPart
from edge.screen.ruler import bars, digits, heads, ruler, scale
from edge.screen.ruler.labels import without_labels
from edge.screen.ruler.marks import AGREE
from edge.screen.ruler.scale import NoReading, Reading
from edge.screen.writing import beside, ink_of, off_scan
from edge.types import Claim, Frame, GrayImage, Health, NoScan, PointPx, ScaleSource, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.wire import Reason

READINGS = 3
SAME_SCALE = 0.004
SAME_EDGE = 0.02  # of the scan's height
EAGER_TRIES = 6  # whole readings in a row, then one in PATIENCE frames
PATIENCE = 10
WIDEST_PICTURE_MM = 170.0  # a picture that is all scan, of a flat face or cropped, is no wider (design)
WIDEST_FLAT_FACE_MM = 90.0  # linear arrays for people are 25 to 60 mm wide (design)
NARROWEST_FLAT_FACE_MM = 17.0  # where the scale was read: a "25Hz" passed for 25 mm, and a face of 48 mm for one of 10
# chords of curved faces: the largest of abdominal arrays are about 80 mm, of the smallest 15 (design); else centimetres were taken for millimetres,
# or the other way about
CURVED_FACE_MM = 8.0, 120.0
TOO_WIDE = "no probe's flat face is so wide: more gain, or state the scan's box in a profile"
NO_SUCH_FACE = "no probe's face is of this width: the ruler's unit is in doubt; state the scale in a profile"
NO_SQUARES = "video of this size has no square pixels, and nothing tells how wide they are: state pixel_aspect in a profile"
# rows and columns of standard-definition video (ITU-R BT.601), whose pixels are 0.89 or 1.07 as wide as high, or 1.19 and 1.42 as wide screen. In
# 1,063 phantom frames 19 rectangles and phased arrays of such a size were given as square, and 3 of them were wrong; so was a fan whose arcs said so,
# by an eighth: here an aspect of 1 is what nothing told
STANDARD_DEFINITION = ((480, 720), (486, 720), (576, 720), (480, 704), (576, 704))
TELLING_SIDES = (0.3, 0.55)  # of both sides of a fan that are seen: then its arcs tell that columns are as wide as rows are high; that not
# 22 stretched phantom fans: the aspect is off by up to 0.6 of what a row at the arcs' ends makes (subjects 3,000,000 to 3,000,159)
TELLING_PX = 0.01
# the least width of a column that gives digits their usual one, where nothing else tells it: of 216 flat phantom pictures with square columns none
# said more than 0.89, of real ones a telephone's 0.954; of two that were given as square and were a third wider one said 0.999, one 0.981
NARROW_TYPE = 0.97
SOME_SIDES = 0.1  # of each side that is seen, to hold an arc's circle at all: two fans with less were an eighth off
SCALED = 0.008  # how near to what a scaler makes of a usual screen counts
MIRROR_DIGITS = 3  # digits that read only in a mirror, to call a screen without a scale mirrored


@dataclass(frozen=True, slots=True)
class DigitsSay:
    """Whether digits look stretched, and the widths of a column, in heights of a row, that make them usual: least and most."""

    stretched: bool = False
    aspects: tuple[float, float] = digits.ANY_ASPECT


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What a screen shows around a scan: the picture and its ink with combed lines put back, the rulers down its sides, the scale or why there is
    none, whether the writing reads only in a mirror, and what its digits say of columns."""

    pixels: GrayImage
    ink: GrayImage
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
    mm_per_px: tuple[float, float] | None
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
    def measures(self) -> bool:
        """Whether scale and origin are both certain."""
        return self.mm_per_px is not None and self.sure


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What every frame is compared with: sample places, what they held when read, by how many grey levels a changed ruler differs from it,
    the scan's black, whether cells have shown texture."""

    samples: Samples
    seen: Seen
    strip_changed: int
    black: int
    textured: NDArray[np.bool_]
    stillness: Stillness | None


@dataclass(frozen=True, slots=True, eq=False)
class ScreenState:
    """What one frame hands to the next. Fresh at each clip. agreed: readings in a row that said the same; while fewer than READINGS after a
    change, trouble says what changed. turn: frames since the last whole reading that failed. claim: what the file states. holds: the rows and columns
    of the first picture, and borne: its fit, which a stated scale was first borne out with."""

    profile: Profile
    stated_mm_per_px: tuple[float, float] | None
    orientation: ScreenLeft
    still: bool
    claim: Claim | None = None
    holds: tuple[int, ...] = ()
    borne: Fit | None = None
    fit: Fit | None = None
    watched: Watch | None = None
    agreed: int = 0
    trouble: Health = Health.UNKNOWN
    failures: int = 0
    turn: int = 0


def fresh(
    profile: Profile,
    *,
    stated_mm_per_px: tuple[float, float] | None,
    stated_screen_left: ScreenLeft | None,
    still: bool = False,
    claim: Claim | None = None,
) -> ScreenState:
    """The state at a clip's first frame. still: the clip is one frame, presented several times: freezing is not looked for. claim: what its file
    states."""
    orientation = profile.orientation.screen_left if stated_screen_left is None else stated_screen_left
    return ScreenState(profile, stated_mm_per_px, orientation, still, _undisputed(claim, stated_of(profile, stated_mm_per_px)))


def _undisputed(claim: Claim | None, stated: tuple[float, float] | None) -> Claim | None:
    """A file's claim, in doubt where another scale is stated beside it."""
    if claim is None or claim.doubt or stated is None:
        return claim
    apart = max(abs(ours / theirs - 1) for ours, theirs in zip(stated, claim.mm_per_px, strict=True))
    doubt = f"the file states {claim.mm_per_px[1]:.4f} mm per pixel, and {stated[1]:.4f} is stated too: leave out what is wrong"
    return replace(claim, doubt=doubt if apart > CONFIRMS else "")


def watch(state: ScreenState, frame: Frame) -> tuple[ScreenState, Scan | NoScan]:
    """One frame. Deterministic; nothing but the frame and the state decides."""
    rows, columns = frame.pixels.shape
    wanted = state.profile.video
    if (wanted.width_px and wanted.width_px != columns) or (wanted.height_px and wanted.height_px != rows):
        return _lost(state), _none(frame, Reason.LAYOUT_CHANGED, f"the video is {columns}x{rows}, not what the profile states")
    missing = health.no_signal(frame.pixels)
    if missing:
        return _lost(state), _none(frame, Reason.NO_SIGNAL, f"no signal: {missing}")
    if state.claim is not None and state.claim.doubt:
        return state, _none(frame, Reason.SCALE_UNKNOWN, state.claim.doubt)
    if (state.claim is not None or stated_of(state.profile, state.stated_mm_per_px)) and state.holds not in ((), (rows, columns)):
        hint = f"the picture is now {columns}x{rows}, and its scale was stated for {state.holds[1]}x{state.holds[0]}"
        return _lost(state), _none(frame, Reason.LAYOUT_CHANGED, hint)
    state = replace(state, holds=state.holds or (rows, columns))
    if state.fit is None or state.watched is None or state.watched.samples.shape != frame.pixels.shape:
        changed = state.fit is not None
        return _read_anew(replace(state, fit=None, watched=None, agreed=0), frame, Health.LAYOUT_CHANGED if changed else state.trouble)
    return _watched(state, state.fit, state.watched, frame)


def _lost(state: ScreenState) -> ScreenState:
    """The signal went: what comes back is read anew."""
    trouble = Health.LAYOUT_CHANGED if state.fit is not None else state.trouble
    return replace(state, fit=None, watched=None, agreed=0, failures=0, turn=0, trouble=trouble)


def _none(frame: Frame, reason: Reason, hint: str = "") -> NoScan:
    return NoScan(frame.frame_id, frame.captured_ns, reason, hint)


def _without_scale(fit: Fit, frame: Frame) -> NoScan:
    if fit.mm_per_px is not None and not fit.sure and not fit.mirrored:
        return _none(frame, Reason.NO_SCAN_AREA, fit.why)
    return _none(frame, Reason.MIRRORED if fit.mirrored else fit.reason, fit.why)


def _watched(state: ScreenState, fit: Fit, seen: Watch, frame: Frame) -> tuple[ScreenState, Scan | NoScan]:
    """A frame of a screen that has been read: compared with it, and read again where that is not enough."""
    flat = frame.pixels.ravel()
    now = health.look(flat, seen.samples)
    if health.marker_flipped(now, seen.seen):
        return state, _scan(state, fit, frame, Health.MIRRORED)
    strip = health.changed_share(now.strip, seen.seen.strip, seen.strip_changed)
    around = health.changed_share(now.outside, seen.seen.outside, health.OUTSIDE_CHANGED)
    if strip > health.STRIP_SHARE or around > health.OUTSIDE_SHARE:
        return _read_anew(state, frame, Health.SCALE_CHANGED if strip > health.STRIP_SHARE else Health.LAYOUT_CHANGED)
    if state.agreed < READINGS and not state.still and fit.measures:
        return _read_anew(state, frame, state.trouble)
    if not fit.measures:
        return _unscaled(state, fit, frame)
    flat_now, bright = health.flat_cells(now.inside, seen.black)
    if fit.borne is not None and not fit.boxes and health.side_lost(flat_now, seen.textured, seen.samples.cell_places):
        # no ruler would show that a stated scale no longer holds
        return _read_anew(state, frame, Health.LAYOUT_CHANGED)
    covered = health.dialog(flat_now, bright, seen.textured, seen.samples.cell_places)
    textured = seen.textured if covered else np.asarray(~flat_now, np.bool_)
    stillness = health.still_since(seen.stillness, now.inside, now.outside, frame.captured_ns)
    state = replace(state, watched=replace(seen, textured=textured, stillness=stillness))
    return state, _scan(state, fit, frame, _health(state, fit, frame, covered=covered, stillness=stillness))


def _health(state: ScreenState, fit: Fit, frame: Frame, *, covered: bool, stillness: Stillness) -> Health:
    """The worst that is true."""
    if fit.mirrored:
        return Health.MIRRORED
    if covered:
        return Health.MENU
    if not state.still and frame.captured_ns - stillness.since_ns >= health.FROZEN_NS:
        return Health.FROZEN
    return Health.LIVE


def _unscaled(state: ScreenState, fit: Fit, frame: Frame) -> tuple[ScreenState, Scan | NoScan]:
    """A screen without a certain scale: read whole again now and then."""
    state = replace(state, turn=state.turn + 1)
    if state.failures < EAGER_TRIES or state.turn >= PATIENCE:
        return _read_anew(state, frame, state.trouble)
    return state, _without_scale(fit, frame)


def _read_anew(state: ScreenState, frame: Frame, trouble: Health) -> tuple[ScreenState, Scan | NoScan]:
    """A whole reading: counts as agreeing where area and scale are what they were, else begins to count anew."""
    state = replace(state, turn=state.turn + 1)
    if state.fit is None and state.failures >= EAGER_TRIES and state.turn < PATIENCE:
        return state, _none(frame, Reason.NO_SCAN_AREA)
    read = read_screen(frame.pixels, state.profile, state.stated_mm_per_px, state.claim)
    if read is not None and read.borne is not None:
        read = _still_borne(state.borne, read)
        state = replace(state, borne=state.borne or (read if read.measures else None))
    state = replace(state, turn=0)
    if read is None:
        return replace(state, fit=None, watched=None, agreed=0, failures=state.failures + 1, trouble=trouble), _none(frame, Reason.NO_SCAN_AREA)
    old = state.fit
    first = old is None and trouble is Health.UNKNOWN
    if old is not None and _agree(old, read):
        # an origin once certain stays so while area and scale are what they were
        agreed, kept = state.agreed + 1, (old if state.agreed >= READINGS or (old.sure and not read.sure) else read)
        kept = replace(kept, boxes=read.boxes)
    else:
        trouble = _difference(old, read, trouble)
        agreed, kept = 1, read
    if not kept.measures:
        agreed = 1
    if first and (state.still or read.scale_source != "ruler"):
        agreed = READINGS
    failures = 0 if kept.measures else state.failures + 1
    samples = health.samples_for(frame.pixels.shape, kept.geometry, kept.aspect, kept.boxes)
    flat = frame.pixels.ravel()
    seen = health.look(flat, samples)
    black = health.black_of(seen.inside)
    flat_now, bright = health.flat_cells(seen.inside, black)
    stillness = state.watched.stillness if state.watched is not None else None
    if stillness is not None and stillness.inside.shape == seen.inside.shape and stillness.outside.shape == seen.outside.shape:
        stillness = health.still_since(stillness, seen.inside, seen.outside, frame.captured_ns)
    else:
        stillness = Stillness(seen.inside, seen.outside, frame.captured_ns)
    now = Watch(samples, seen, health.strip_changed(seen.strip), black, np.asarray(~flat_now, np.bool_), stillness)
    state = replace(state, fit=kept, watched=now, agreed=min(agreed, READINGS), failures=failures, trouble=trouble)
    if not kept.measures:
        return state, _without_scale(kept, frame)
    if state.agreed < READINGS:
        return state, _scan(state, kept, frame, Health.MIRRORED if kept.mirrored else trouble)
    state = replace(state, trouble=Health.UNKNOWN)
    covered = health.dialog(flat_now, bright, np.zeros(flat_now.size, np.bool_), samples.cell_places)
    return state, _scan(state, kept, frame, _health(state, kept, frame, covered=covered, stillness=stillness))


def _still_borne(first: Fit | None, read: Fit) -> Fit:
    """A reading of a stated scale, without a scale where it is not what the scale was first borne out with."""
    if first is None or first.borne is None or read.borne is None or read.mirrored:
        return read
    why = read.borne.no_scale or otherwise(first.geometry, first.borne, read.geometry, read.borne)
    return replace(read, mm_per_px=None, why=why, reason=Reason.SCALE_CHANGED) if why else read


def _agree(one: Fit, other: Fit) -> bool:
    """Whether two readings say the same of area and scale."""
    if one.mirrored != other.mirrored or one.geometry.kind != other.geometry.kind or (one.mm_per_px is None) != (other.mm_per_px is None):
        return False
    if one.mm_per_px is not None and other.mm_per_px is not None:
        apart = max(abs(a / b - 1) for a, b in zip(one.mm_per_px, other.mm_per_px, strict=True))
        if apart > SAME_SCALE:
            return False
    return _edges_apart(one.geometry, other.geometry) <= SAME_EDGE * (one.geometry.bottom_px - one.geometry.top_px)


def _edges_apart(one: ScanGeometry, other: ScanGeometry) -> int:
    return max(
        abs(one.left_px - other.left_px),
        abs(one.top_px - other.top_px),
        abs(one.right_px - other.right_px),
        abs(one.bottom_px - other.bottom_px),
    )


def _difference(old: Fit | None, read: Fit, trouble: Health) -> Health:
    """What changed between two readings that disagree."""
    if old is None:
        return trouble
    if read.mm_per_px is None or old.mm_per_px is None:
        return Health.SCALE_CHANGED
    apart = max(abs(a / b - 1) for a, b in zip(old.mm_per_px, read.mm_per_px, strict=True))
    return Health.SCALE_CHANGED if apart > SAME_SCALE else Health.LAYOUT_CHANGED


def read_screen(
    pixels: GrayImage, profile: Profile, stated_mm_per_px: tuple[float, float] | None, claim: Claim | None = None
) -> Fit | None:
    """A whole reading of one frame; None where there is no scan area."""
    seen, stated = allowed(pixels, profile), stated_of(profile, stated_mm_per_px) or (claim.mm_per_px if claim is not None else None)
    within = seen if claim is None else allowed(seen, replace(profile, scan=ScanPart(around(claim))))
    area = scan_area.find_area(within, stated[0] / stated[1] if stated else profile.video.pixel_aspect)
    if area is None:
        return None
    if stated is not None:
        source: ScaleSource = "stated" if stated_mm_per_px is not None else "profile" if profile.ruler.mm_per_px else "dicom"
        fit = _as_stated(seen, area, profile, stated, source, claim)
    else:
        fit = _read_area(seen, area, profile)
    if fit.measures and area.geometry.apex_px is not None and abs(fit.aspect / area.pixel_aspect - 1) > columns.SAME:
        # a fan whose columns turned out to be of another width has other angles and another face
        area = scan_area.find_area(seen, fit.aspect)
        fit = replace(fit, sure=False, why=FACE_UNSEEN) if area is None else _read_area(seen, area, profile)
    if fit.sure and area is not None and fit.geometry.kind == "rectangle":
        doubt = parts.doubt_of(within, area.foreground.pixels, fit.geometry)
        fit = replace(fit, sure=not doubt, why=doubt or fit.why)
    return _of_a_probe(fit, pixels.shape)


def stated_of(profile: Profile, stated_mm_per_px: tuple[float, float] | None) -> tuple[float, float] | None:
    """mm per column and row as the caller states it, else as the profile does; None where neither does."""
    if stated_mm_per_px is not None or not profile.ruler.mm_per_px:
        return stated_mm_per_px
    return profile.ruler.mm_per_px[0], profile.ruler.mm_per_px[1]


def _as_stated(
    seen: GrayImage, area: scan_area.Area, profile: Profile, stated: tuple[float, float], source: ScaleSource, claim: Claim | None
) -> Fit:
    """A scan area at a stated scale, as far as what is seen bears that out. A ruler tells the far edge too."""
    looked = look(seen, area, profile)
    ended = far_edge.as_deep_as_ruler(area, looked.rulers, stated[1], looked.pixels)
    fit = _fitted(ended, stated, source, mirrored=looked.mirrored)
    if looked.mirrored:
        return replace(fit, borne=Borne())
    borne = borne_out(area, looked.pixels, stated, claim, looked.rulers, looked.reading)
    fit = replace(fit, borne=borne, boxes=borne.boxes, sure=not borne.no_origin, why=borne.no_scale or borne.no_origin)
    return replace(fit, mm_per_px=None) if borne.no_scale else fit


def _read_area(seen: GrayImage, area: scan_area.Area, profile: Profile) -> Fit:
    """Scale and origin of a scan area, from the ruler, which tells the far edge too."""
    looked = look(seen, area, profile)
    reading = looked.reading
    if isinstance(reading, NoReading):
        return replace(_fitted(area, None, "ruler", mirrored=looked.mirrored), why=reading.why)
    if reading.mm_per_px_x and not _arcs_allow(looked.pixels, area, reading.mm_per_px_x / reading.mm_per_px_y):
        reading = replace(reading, mm_per_px_x=0.0)
    if profile.video.pixel_aspect:
        aspect, doubt = profile.video.pixel_aspect, ""
    elif looked.mirrored or reading.mm_per_px_x:
        aspect, doubt = scaler_aspect(area.pixel_aspect, seen.shape), ""
    else:
        aspect, doubt = column_width(looked.pixels, off_scan(looked.ink, area), area, looked.digits_say)
    if doubt:
        return replace(_fitted(area, None, "ruler"), why=doubt)
    across = reading.mm_per_px_x or reading.mm_per_px_y * aspect
    ended = far_edge.as_deep_as_ruler(area, looked.rulers, reading.mm_per_px_y, looked.pixels)
    fitted = _fitted(ended, (across, reading.mm_per_px_y), "ruler", mirrored=looked.mirrored)
    unsure = origin_doubt(area, reading) or (parts.PANEL if parts.under_a_panel(seen, area.geometry) else "")
    return replace(fitted, boxes=reading.boxes, sure=not unsure, why=unsure)


def _legible(pixels: GrayImage, area: scan_area.Area) -> tuple[GrayImage, GrayImage]:
    """The picture and its ink, with combed lines put back."""
    ink = ink_of(pixels, area)
    combed_px = digits.combed_px(off_scan(ink, area))
    return digits.put_back(pixels, combed_px), digits.put_back(ink, combed_px)


def _of_a_probe(fit: Fit, shape: tuple[int, ...]) -> Fit:
    """A face is of a probe's size, or the scale is another; and no flat face is as wide as a screen: a rectangle of that width, neither face
    nor sides of which are plain to see, was drawn around panels and dark, and its top is none of the probe's. From the picture's upper to its lower
    rim with something beside, or from rim to rim, either way, and wider than any picture that is all scan, it is the screen itself: one between a
    video's bars had put the origin 14 mm off in depth (test_a_whole_screen_is_no_scan)."""
    chord_mm = 2 * fit.geometry.face_half_width_mm
    if fit.geometry.kind == "convex" and chord_mm > 0:
        return fit if CURVED_FACE_MM[0] <= chord_mm <= CURVED_FACE_MM[1] else replace(fit, sure=False, why=NO_SUCH_FACE)
    if fit.geometry.kind == "rectangle" and fit.scale_source == "ruler" and 0 < chord_mm < NARROWEST_FLAT_FACE_MM:
        return replace(fit, sure=False, why=NO_SUCH_FACE)
    if fit.geometry.kind == "phased" and fit.sure and fit.seen is not None and not phased_sides(fit.seen, fit.geometry.half_angle_deg):
        return replace(fit, sure=False, why=FACE_UNSEEN)
    if chord_mm <= WIDEST_FLAT_FACE_MM or fit.geometry.kind != "rectangle":
        return fit
    from_rim_to_rim = fit.geometry.top_px == 0 and fit.geometry.bottom_px >= shape[0]
    from_side_to_side = fit.geometry.left_px == 0 and fit.geometry.right_px >= shape[1]
    all_of_one = from_rim_to_rim or from_side_to_side
    whole_screen = (from_rim_to_rim and fit.geometry.left_px > 0) or (all_of_one and chord_mm > WIDEST_PICTURE_MM)
    if fit.seen is not None and (fit.seen.plain_sides or fit.seen.clear_face) and not whole_screen:
        return fit
    return replace(fit, sure=False, why=TOO_WIDE)


def _fitted(area: scan_area.Area, mm_per_px: tuple[float, float] | None, source: ScaleSource, *, mirrored: bool = False) -> Fit:
    geometry = area.geometry
    aspect = area.pixel_aspect
    if mm_per_px is not None:
        geometry = scan_area.with_face(geometry, mm_per_px_x=mm_per_px[0], mm_per_px_y=mm_per_px[1])
        aspect = mm_per_px[0] / mm_per_px[1]
    why = "" if area.sure else FACE_UNSEEN
    return Fit(geometry, scan_area.origin_of(geometry), mm_per_px, source, aspect, mirrored, (), why, area.seen, area.sure)


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


def _rulers(pixels: GrayImage, area: scan_area.Area, profile: Profile) -> tuple[ruler.Ruler, ...]:
    """The rulers down the sides, on the side that the profile states."""
    found = ruler.find_rulers(pixels, area.geometry)
    middle = (area.geometry.left_px + area.geometry.right_px) / 2
    return tuple(each for each in found if not profile.ruler.side or (each.low_px < middle) == (profile.ruler.side == "left"))


def look(pixels: GrayImage, area: scan_area.Area, profile: Profile) -> Looked:
    """What a screen shows around a scan. pixels: what the profile allows of it."""
    seen, ink = _legible(pixels, area)
    found, contrast = _rulers(seen, area, profile), off_scan(ink, area)

    def measures(each: ruler.Ruler) -> bool:
        of_bars = bars.of_a_histogram(contrast, each) or bars.of_a_bar(contrast, each)
        return not of_bars and not parts.of_another(area.foreground.pixels, area.geometry, each)

    others = tuple(each for each in found if not measures(each))
    rulers = tuple(each for each in found if each not in others)
    reading, mirrored, say = _scale_of(seen, ink, area, profile, rulers, others)
    if isinstance(reading, Reading) and not measures(reading.ruler):  # labels by themselves
        reading = NoReading(scale.NO_UNIT)
    if isinstance(reading, Reading) and reading.witnesses == ("labels",):
        doubt = heads.doubt_of(contrast, reading.ruler, reading.labels)
        reading = NoReading(doubt) if doubt else reading
    return Looked(seen, ink, rulers, reading, mirrored, say)


def _scale_of(
    pixels: GrayImage, ink: GrayImage, area: scan_area.Area, profile: Profile, rulers: tuple[ruler.Ruler, ...], others: tuple[ruler.Ruler, ...]
) -> tuple[Reading | NoReading, bool, DigitsSay]:
    """The scale, whether the screen's writing reads only in a mirror, and what its digits say of columns. others: rulers of something else."""
    across = () if profile.video.pixel_aspect else ruler.find_across(pixels, area.geometry)
    made = columns.made_by_chains(area.foreground.pixels.shape)
    contrast = off_scan(ink, area, beside(rulers))

    def reading_of(seen: list[digits.Number]) -> Reading | NoReading:
        return scale.read_scale(
            rulers,
            across,
            without_labels(seen, others),
            area.geometry,
            tick_mm=profile.ruler.tick_mm,
            major_every=profile.ruler.major_every,
            aspect=area.pixel_aspect,
            made=made,
            far_edge=area.seen.far_edge,
        )

    numbers = read = digits.read_numbers(contrast)
    reading = reading_of(read)
    for read_again in (digits.read_blurred, digits.read_bright):
        if isinstance(reading, NoReading) and reading.why in (scale.NO_UNIT, scale.OTHER_MARKS):
            read = digits.not_otherwise(read_again(contrast), numbers)
            reading = reading_of(digits.with_bare(read, numbers))
    say = DigitsSay(digits.stretched(numbers) or digits.stretched(read), digits.usual_aspects(numbers))
    if isinstance(reading, Reading) and read is numbers:
        return reading, False, say
    turned = [number.flipped(pixels.shape[1]) for number in digits.read_numbers(np.ascontiguousarray(contrast[:, ::-1]))]
    in_mirror = reading_of(turned)
    if isinstance(reading, Reading):
        return (in_mirror, True, DigitsSay()) if _tells_more(in_mirror, reading) else (reading, False, say)
    backward, forward = digits.lopsided(turned), digits.lopsided(numbers)
    if isinstance(in_mirror, Reading) and backward > forward:  # a screen full of numbers is none in a mirror: one gave half the scale
        return in_mirror, True, DigitsSay()
    return reading, backward >= MIRROR_DIGITS and backward > 3 * forward, DigitsSay()


def _tells_more(in_mirror: Reading | NoReading, reading: Reading) -> bool:
    """Whether a mirror shows plainly what was read otherwise without it, at the second try: a mirrored 3 had passed for a 6, and made twice the
    scale. A printed depth has several signs that must all be read, so chance reads it less often than two labels.
    test_what_is_hard_to_read_gives_way_to_what_a_mirror_shows."""
    if isinstance(in_mirror, NoReading) or abs(in_mirror.mm_per_px_y / reading.mm_per_px_y - 1) <= AGREE:
        return False
    return len(in_mirror.witnesses) >= len(reading.witnesses) + ("printed depth" in reading.witnesses)


def column_width(pixels: GrayImage, ink: GrayImage, area: scan_area.Area, digits_say: DigitsSay) -> tuple[float, str]:
    """How wide a column is in heights of a row, without a ruler across, and why that is not certain. Where more than square pixels is to be shown,
    or those are not to be expected, a fan's edges are measured to a part of a pixel; bars may show that they are square all the same. What is
    round on the screen may show that a rectangle was stretched, and how much where digits agree. ink: grey levels from the background, 0 over the
    scan."""
    doubt = columns_doubt(area, digits_say)
    if not doubt and area.geometry.kind in ("convex", "phased"):
        others = tuple(each for each in columns.made_by_chains(pixels.shape) if abs(each / area.pixel_aspect - 1) > columns.SAME)
        doubt = STRETCHED if fits_better(area.foreground.pixels, area.geometry, area.pixel_aspect, others) else ""
    if area.pixel_aspect == 1.0 and not doubt:
        by_rounds = rounds.tell(rounds.ovals(pixels, ink), pixels.shape) if area.geometry.kind == "rectangle" else 0.0
        return 1.0, STRETCHED if by_rounds and abs(by_rounds - 1) > columns.SAME else ""
    fan = area.geometry.kind in ("convex", "phased")
    told = columns.told_by_arcs(pixels, area.geometry, area.pixel_aspect) if fan else None
    measured = 0.0 if told is None else _agreed(told, area, digits_say, pixels.shape)
    if measured:
        return measured, ""
    if doubt == NO_SQUARES and columns.square_by_bars(pixels) and (told is None or columns.may_be(told, 1.0)):
        return 1.0, ""
    by_rounds, (least, most) = rounds.tell(rounds.ovals(pixels, ink), pixels.shape), digits_say.aspects
    agreed = digits_say.aspects != digits.ANY_ASPECT and least <= by_rounds <= most and (told is None or columns.may_be(told, by_rounds))
    return (by_rounds, "") if agreed else (scaler_aspect(area.pixel_aspect, pixels.shape), doubt)


def _arcs_allow(pixels: GrayImage, area: scan_area.Area, aspect: float) -> bool:
    """Whether a fan's sides and arcs allow the columns that a ruler across tells, where those are not the ones that its outline told."""
    if area.geometry.apex_px is None or abs(aspect / area.pixel_aspect - 1) <= columns.SAME:
        return True
    told = columns.told_by_arcs(pixels, area.geometry, area.pixel_aspect)
    return told is None or columns.may_be(told, aspect)


def _agreed(told: columns.Told, area: scan_area.Area, digits_say: DigitsSay, shape: tuple[int, ...]) -> float:
    """What sides and arcs say of columns where that is certain, else 0. Digits may contradict them, and must agree with a convex fan's only arc:
    where the picture is steered wider than the array, sides meet elsewhere."""
    width, (least, most) = columns.settled(told, shape), digits_say.aspects
    unheard = told.arcs == 1 and area.geometry.kind == "convex" and digits_say.aspects == digits.ANY_ASPECT
    return width if least <= width <= most and not unheard else 0.0


def columns_doubt(area: scan_area.Area, digits_say: DigitsSay) -> str:
    """Why it is not certain, without a ruler across, how wide a column is; empty where it is. The arcs tell it where the scan's sides meet at their
    centre and an arc is wide enough; what else they say (an ellipse and a circle are alike over a short arc) counts only where it is what a scaler
    makes of a usual screen, and what gives the digits their usual width. Else pixels are taken for square where the writing looks as usual and
    video of this size may have square ones: standard-definition video never has."""
    shape = area.foreground.pixels.shape
    least, per_px = min(area.seen.left, area.seen.right), aspect_per_px(area) if area.geometry.kind == "convex" else np.inf
    if area.pixel_aspect == 1.0 and shape in STANDARD_DEFINITION:
        return STRETCHED if digits_say.stretched else NO_SQUARES
    if least >= TELLING_SIDES[area.pixel_aspect != 1.0] and per_px <= TELLING_PX:
        return ""
    if area.pixel_aspect != 1.0:
        agreed = digits_say.aspects != digits.ANY_ASPECT and digits_say.aspects[0] <= area.pixel_aspect <= digits_say.aspects[1]
        scaled = scaler_aspect(area.pixel_aspect, shape) != area.pixel_aspect
        enough = per_px <= TELLING_PX * (1 + (least >= TELLING_SIDES[True])) and least >= SOME_SIDES
        return "" if agreed and scaled and enough and area.seen.far_edge else STRETCHED
    return STRETCHED if digits_say.stretched or digits_say.aspects[0] > NARROW_TYPE else ""


def scaler_aspect(aspect: float, shape: tuple[int, ...]) -> float:
    """What a scaler makes of square pixels when it fills a video frame of this shape with a screen of a usual one, where an aspect measured is so
    near to that; else the aspect. An arc's ends tell it to a row, the frame's size exactly."""
    if aspect == 1.0:
        return aspect
    nearest = min((screen * shape[0] / shape[1] for screen in columns.SCREENS), key=lambda each: abs(each / aspect - 1))
    return nearest if abs(nearest / aspect - 1) <= SCALED else aspect


def aspect_per_px(area: scan_area.Area) -> float:
    """By how much of itself the aspect of a fan changes for one row at the ends of its arcs: of an arc of radius R and half chord c, both in row
    pixels, R / c^2. The far arc counts where it is seen."""
    geometry, half = area.geometry, radians(area.geometry.half_angle_deg)
    tells = [geometry.inner_radius_px] + [geometry.outer_radius_px] * area.seen.far_edge
    return min(1 / max(1e-6, radius * sin(half) ** 2) for radius in tells)


def _scan(state: ScreenState, fit: Fit, frame: Frame, condition: Health) -> Scan:
    assert fit.mm_per_px is not None
    return Scan(
        frame.frame_id,
        frame.captured_ns,
        fit.geometry,
        fit.origin_px,
        fit.mm_per_px[0],
        fit.mm_per_px[1],
        fit.scale_source,
        state.orientation,
        condition,
    )
