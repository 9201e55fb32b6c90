"""The screen stage over time: a video frame becomes a Scan, or NoScan with a reason. Read whole rarely (`reading`), watched every frame.

Rule 1: no pixel outside the scan area leaves this stage, and no text read on the screen does.
Rule 2: where pitch or unit of the ruler is not certain there is no scale.
Rule 3: after any change nothing is live until READINGS readings in a row agree on area and scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.screen import health
from edge.screen.certain import CONFIRMS, SAME_PX, otherwise
from edge.screen.health import Cells, Drawn, Samples, Seen, Stillness
from edge.screen.profile import Profile
from edge.screen.reading import NO_AREA, Fit, allowed, look, read_screen, stated_of
from edge.screen.widths import NO_SQUARES
from edge.types import Claim, Frame, Health, NoScan, Scan, ScreenLeft
from firmware_bridge.wire import Reason

__all__ = ["NO_SQUARES", "Fit", "ScreenState", "allowed", "fresh", "look", "read_screen", "watch"]

READINGS = 3
SAME_SCALE = 0.004
SAME_EDGE = 0.02  # of the scan's height
EAGER_TRIES = 6  # whole readings in a row, then one in PATIENCE frames
PATIENCE = 10


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What every frame is compared with: sample places, what they held when read, all and those around the scan, the marker that was drawn then, by
    how many grey levels a changed ruler differs from it, the scan's black, whether cells have shown texture, and how much of the scan's edges has
    been lit (2, 4), inside and outside of each."""

    samples: Samples
    seen: Seen
    around: bytes
    drawn: Drawn
    strip_changed: int
    black: int
    textured: NDArray[np.bool_]
    lit: NDArray[np.float64]
    stillness: Stillness

    def after(self, textured: NDArray[np.bool_], lit: NDArray[np.float64], stillness: Stillness) -> Watch:
        """With what a frame changes; replace() takes three times as long."""
        return Watch(self.samples, self.seen, self.around, self.drawn, self.strip_changed, self.black, textured, lit, stillness)


@dataclass(frozen=True, slots=True, eq=False)
class ScreenState:
    """What one frame hands to the next. Fresh at each clip. agreed: readings in a row that said the same; while fewer than READINGS after a
    change, trouble says what changed. over: whether the picture was turned over since the first frame, left for right and top for bottom, told by the
    cells of the last one. turn: frames since the last whole reading that failed. claim: what the file states. holds: the rows and columns
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
    over: tuple[bool, bool] = (False, False)
    cells: Cells | None = None
    failures: int = 0
    turn: int = 0

    def after(self, watched: Watch, over: tuple[bool, bool], cells: Cells | None) -> ScreenState:
        """With what a frame of a screen that is as it was changes; replace() takes three times as long."""
        return ScreenState(
            self.profile, self.stated_mm_per_px, self.orientation, self.still, self.claim, self.holds, self.borne, self.fit,
            watched, self.agreed, self.trouble, over, cells, self.failures, self.turn,
        )  # fmt: skip


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
    known = state.watched if state.watched is not None and state.watched.samples.shape == frame.pixels.shape else None
    now = None if known is None else health.look(frame.pixels.ravel(), known.samples)
    missing = health.no_signal(frame.pixels, None if now is None else now.signal)
    if missing:
        return _lost(state), _none(frame, Reason.NO_SIGNAL, f"no signal: {missing}")
    if state.claim is not None and state.claim.doubt:
        return state, _none(frame, Reason.SCALE_UNKNOWN, state.claim.doubt)
    if state.holds not in ((), (rows, columns)) and (state.claim is not None or stated_of(state.profile, state.stated_mm_per_px)):
        hint = f"the picture is now {columns}x{rows}, and its scale was stated for {state.holds[1]}x{state.holds[0]}"
        return _lost(state), _none(frame, Reason.LAYOUT_CHANGED, hint)
    if not state.holds:
        state = replace(state, holds=(rows, columns))
    if state.fit is None or known is None or now is None:
        changed = state.fit is not None
        return _read_anew(replace(state, fit=None, watched=None, agreed=0), frame, Health.LAYOUT_CHANGED if changed else state.trouble)
    return _watched(state, state.fit, known, now, frame)


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


def _watched(state: ScreenState, fit: Fit, seen: Watch, now: Seen, frame: Frame) -> tuple[ScreenState, Scan | NoScan]:
    """A frame of a screen that has been read: compared with it, and read again where that is not enough. now: what the samples hold."""
    altered = None if now.around == seen.around else _altered(seen, now)
    if altered is Health.MIRRORED:
        return state, _scan(state, fit, frame, Health.MIRRORED)
    if altered is not None:
        return _read_anew(state, frame, altered)
    if state.agreed < READINGS and not state.still and fit.measures:
        return _read_anew(state, frame, state.trouble)
    if not fit.measures:
        return _unscaled(state, fit, frame)
    return _compared(state, fit, seen, frame, now)


def _altered(seen: Watch, now: Seen) -> Health | None:
    """What the samples around the scan say has changed, None where it is no more than noise."""
    if health.marker_flipped(now.markers, seen.drawn):
        return Health.MIRRORED
    apart, outside = health.apart(now.fixed, seen.seen.fixed), seen.samples.outside.size
    if health.share(apart[outside:] > seen.strip_changed) > health.STRIP_SHARE:
        return Health.SCALE_CHANGED
    return Health.LAYOUT_CHANGED if health.share(apart[:outside] > health.OUTSIDE_CHANGED) > health.OUTSIDE_SHARE else None


def _compared(state: ScreenState, fit: Fit, seen: Watch, frame: Frame, now: Seen) -> tuple[ScreenState, Scan | NoScan]:
    """A frame of a screen that is as it was read: is what it holds alive, the same way round, and as large?"""
    inside = now.inside
    flat_now, bright = health.flat_cells(inside, seen.black)
    covered = health.dialog(flat_now, bright, seen.textured, seen.samples.cell_places)
    lit = health.rim_lit(now.rim, seen.black)
    # of a thin ruler few samples change with the depth, and with a stated scale there may be none
    unruled = fit.borne is not None and not fit.boxes
    moved = health.edge_moved if unruled else health.sides_moved
    if (unruled and health.side_lost(flat_now, seen.textured, seen.samples.cell_places)) or (not covered and moved(lit, seen.lit)):
        return _read_anew(state, frame, Health.LAYOUT_CHANGED)
    lit = np.maximum(lit, health.RIM_FADES * seen.lit)
    over, cells = _followed(state, inside, seen.samples, covered=covered)
    stillness = health.still_since(seen.stillness, now, frame.captured_ns)
    state = state.after(seen.after(seen.textured if covered else ~flat_now, lit, stillness), over, cells)
    return state, _scan(state, fit, frame, _health(state, fit, frame, covered=covered, stillness=stillness))


def _followed(state: ScreenState, inside: NDArray[np.uint8], samples: Samples, *, covered: bool) -> tuple[tuple[bool, bool], Cells | None]:
    """Which way round the picture is now, by the frame before it, and this frame's cells: no marker or writing need be there to tell."""
    if covered:
        return state.over, state.cells
    cells = health.cells_of(inside, samples.cell_places)
    sides, depths = (False, False) if state.cells is None else health.turned_over(cells, state.cells)
    return (state.over[0] != sides, state.over[1] != depths), cells


def _health(state: ScreenState, fit: Fit, frame: Frame, *, covered: bool, stillness: Stillness) -> Health:
    """The worst that is true."""
    if fit.mirrored or any(state.over):
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
        return state, _none(frame, Reason.NO_SCAN_AREA, NO_AREA)
    read = read_screen(frame.pixels, state.profile, state.stated_mm_per_px, state.claim)
    if read is not None and read.borne is not None:
        read = _still_borne(state.borne, read)
        state = replace(state, borne=state.borne or (read if read.measures else None))
    state = replace(state, turn=0)
    if read is None:
        state = replace(state, fit=None, watched=None, agreed=0, failures=state.failures + 1, trouble=trouble)
        return state, _none(frame, Reason.NO_SCAN_AREA, NO_AREA)
    kept, agreed, trouble = _counted(state, read, trouble)
    now, covered = _watch_of(kept, frame, None if state.watched is None else state.watched.stillness)
    over, cells = _followed(state, now.seen.inside, now.samples, covered=covered)
    failures = 0 if kept.measures else state.failures + 1
    state = replace(state, fit=kept, watched=now, agreed=agreed, failures=failures, trouble=trouble, over=over, cells=cells)
    if not kept.measures:
        return state, _without_scale(kept, frame)
    if agreed < READINGS:
        return state, _scan(state, kept, frame, Health.MIRRORED if kept.mirrored or any(state.over) else trouble)
    state = replace(state, trouble=Health.UNKNOWN)
    return state, _scan(state, kept, frame, _health(state, kept, frame, covered=covered, stillness=now.stillness))


def _counted(state: ScreenState, read: Fit, trouble: Health) -> tuple[Fit, int, Health]:
    """What is kept of a reading beside the one before, how many agree by now, and what the trouble is where they do not."""
    old, first = state.fit, state.fit is None and trouble is Health.UNKNOWN
    if old is not None and _agree(old, read):
        # an origin once certain stays so while area and scale are what they were
        kept = replace(old if state.agreed >= READINGS or (old.sure and not read.sure) else read, boxes=read.boxes)
        agreed = min(READINGS, state.agreed + 1)
    else:
        kept, agreed, trouble = read, 1, _difference(old, read, trouble)
    if first and (state.still or read.scale_source != "ruler"):
        return kept, READINGS, trouble
    return kept, agreed if kept.measures else 1, trouble


def _watch_of(fit: Fit, frame: Frame, before: Stillness | None) -> tuple[Watch, bool]:
    """What the frames after this one are compared with, and whether something covers the scan already."""
    samples, flat = health.samples_for(frame.pixels.shape, fit.geometry, fit.aspect, fit.boxes), frame.pixels.ravel()
    seen = health.look(flat, samples)
    black = health.black_of(seen.inside)
    flat_now, bright = health.flat_cells(seen.inside, black)
    stillness = health.still_since(before, seen, frame.captured_ns)
    covered = health.dialog(flat_now, bright, np.zeros(flat_now.size, np.bool_), samples.cell_places)
    lit, textured = health.rim_lit(seen.rim, black), np.asarray(~flat_now, np.bool_)
    drawn, strip = health.drawn(seen.markers), health.strip_changed(seen.strip)
    return Watch(samples, seen, seen.around, drawn, strip, black, textured, lit, stillness), covered


def _still_borne(first: Fit | None, read: Fit) -> Fit:
    """A reading of a stated scale, without a scale where it is not what the scale was first borne out with."""
    if first is None or first.borne is None or read.borne is None or read.mirrored:
        return read
    why = read.borne.no_scale or otherwise(first.drawn, first.borne, read.drawn, read.borne)
    return replace(read, mm_per_px=None, why=why, reason=Reason.SCALE_CHANGED) if why else read


def _agree(one: Fit, other: Fit) -> bool:
    """Whether two readings say the same of area and scale."""
    apart = max(abs(a - b) for a, b in zip(one.geometry.box_px, other.geometry.box_px, strict=True))
    near = apart <= SAME_EDGE * (one.geometry.bottom_px - one.geometry.top_px) and _same_place(one, other)
    return near and one.mirrored == other.mirrored and one.geometry.kind == other.geometry.kind and _same_scale(one, other)


def _same_place(one: Fit, other: Fit) -> bool:
    """Whether a rectangle whose sides are plain to see has its face where it was: else an origin that moved by 2 % would be kept."""
    if not (one.geometry.kind == other.geometry.kind == "rectangle" and one.drawn.plain and other.drawn.plain):
        return True
    return max(abs(a - b) for a, b in zip(one.geometry.box_px[:3], other.geometry.box_px[:3], strict=True)) <= SAME_PX


def _same_scale(one: Fit, other: Fit) -> bool:
    """Whether two readings give one scale, or none."""
    if one.mm_per_px is None or other.mm_per_px is None:
        return one.mm_per_px is other.mm_per_px
    return max(abs(a / b - 1) for a, b in zip(one.mm_per_px, other.mm_per_px, strict=True)) <= SAME_SCALE


def _difference(old: Fit | None, read: Fit, trouble: Health) -> Health:
    """What changed between two readings that disagree."""
    if old is None:
        return trouble
    return Health.LAYOUT_CHANGED if read.mm_per_px is not None and _same_scale(old, read) else Health.SCALE_CHANGED


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
