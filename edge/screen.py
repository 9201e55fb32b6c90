"""The screen stage: a video frame becomes a Scan, or NoScan with a reason. Fitted rarely, watched every frame.

Rule 1: no pixel outside the scan area leaves this stage, and no text read on the screen does.
Rule 2: where pitch or unit of the ruler is not certain there is no scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge import scan_area
from edge.profile import Profile
from edge.types import Frame, Health, NoScan, PointPx, ScaleSource, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.wire import Reason


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found on the screen: geometry with its origin, and the scale with its source."""

    geometry: ScanGeometry
    origin_px: PointPx
    mm_per_px: tuple[float, float]
    scale_source: ScaleSource


@dataclass(frozen=True, slots=True)
class ScreenState:
    """What one frame hands to the next. Fresh at each clip."""

    profile: Profile
    stated_mm_per_px: tuple[float, float] | None
    orientation: ScreenLeft
    still: bool
    fit: Fit | None = None


def fresh(
    profile: Profile, *, stated_mm_per_px: tuple[float, float] | None, stated_screen_left: ScreenLeft | None, still: bool = False
) -> ScreenState:
    """The state at a clip's first frame. still: the clip is one frame, presented several times: freezing is not looked for."""
    orientation = profile.orientation.screen_left if stated_screen_left is None else stated_screen_left
    return ScreenState(profile, stated_mm_per_px, orientation, still)


def watch(state: ScreenState, frame: Frame) -> tuple[ScreenState, Scan | NoScan]:
    """One frame. Deterministic; nothing but the frame and the state decides."""
    if state.fit is None:
        fitted = fit_frame(state, frame)
        if isinstance(fitted, NoScan):
            return state, fitted
        state = replace(state, fit=fitted)
    assert state.fit is not None
    return state, _scan(state, state.fit, frame)


def fit_frame(state: ScreenState, frame: Frame) -> Fit | NoScan:
    """Finds area and scale in one frame."""
    area = scan_area.find_area(frame.pixels)
    if area is None:
        return NoScan(frame.frame_id, frame.captured_ns, Reason.NO_SCAN_AREA)
    if state.stated_mm_per_px is None:
        return NoScan(frame.frame_id, frame.captured_ns, Reason.SCALE_UNKNOWN)
    across, down = state.stated_mm_per_px
    geometry = scan_area.with_face(area.geometry, mm_per_px_x=across, mm_per_px_y=down)
    return Fit(geometry, scan_area.origin_of(geometry), (across, down), "stated")


def _scan(state: ScreenState, fit: Fit, frame: Frame) -> Scan:
    return Scan(
        frame.frame_id,
        frame.captured_ns,
        fit.geometry,
        fit.origin_px,
        fit.mm_per_px[0],
        fit.mm_per_px[1],
        fit.scale_source,
        state.orientation,
        Health.LIVE,
    )
