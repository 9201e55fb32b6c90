"""The last word on every frame.

Rule 1: only this file decides Pointing or Withheld. Rule 2: one frame that does not support the number takes it away; three that agree bring it back.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.guidance.risk import risk_of
from edge.guidance.session import Session
from edge.model.manifest import Manifest
from edge.types import Estimate, Guidance, Health, Landmarks, Missed, NoScan, Pointing, Scan, Withheld
from firmware_bridge.wire import Reason

NS_PER_MS = 1_000_000

HINTS: dict[Reason, str] = {
    Reason.STARTING: "wait",
    Reason.NO_SIGNAL: "no picture: check the video cable and the scanner",
    Reason.BAD_FRAME: "a frame could not be read",
    Reason.NO_SCAN_AREA: "no ultrasound picture found: run tuffier calibrate",
    Reason.FROZEN: "the scanner is frozen: unfreeze it",
    Reason.MENU: "close the scanner's menu",
    Reason.MIRRORED: "the picture is mirrored: flip it back on the scanner",
    Reason.LAYOUT_CHANGED: "the screen's layout changed: wait, or run tuffier calibrate",
    Reason.SCALE_UNKNOWN: "no depth scale: show the ruler, or run tuffier calibrate",
    Reason.SCALE_CHANGED: "the depth setting changed: reading it again",
    Reason.ORIENTATION_UNKNOWN: "state what is drawn left: screen_left in the profile",
    Reason.WRONG_VIEW: "move the probe to the procedure's view",
    Reason.LOW_CONFIDENCE: "the view is not certain: hold still, more gel, less tilt",
    Reason.LANDMARK_MISSING: "part of the view is missing",
    Reason.SIDE_UNCLEAR: "show the midline too, or check the side",
    Reason.WIDE_INTERVAL: "too uncertain: improve the picture",
    Reason.OUT_OF_REACH: "the target's depth is outside the procedure's range",
    Reason.OFF_AXIS: "slide the probe",
    Reason.UNSTEADY: "hold still",
    Reason.TOO_OLD: "the picture arrives too late",
    Reason.SOURCE_LOST: "the video source is gone: reconnecting",
    Reason.NO_PROCEDURE: "choose a procedure",
    Reason.HOST_FAULT: "tuffier has stopped: see its log",
}

TARGET_HINT = "the target is not certain: improve the picture"

HEALTH_REASONS: dict[Health, Reason] = {
    Health.UNKNOWN: Reason.STARTING,
    Health.FROZEN: Reason.FROZEN,
    Health.MENU: Reason.MENU,
    Health.MIRRORED: Reason.MIRRORED,
    Health.LAYOUT_CHANGED: Reason.LAYOUT_CHANGED,
    Health.SCALE_CHANGED: Reason.SCALE_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults (design). Looser ones need research = true in the configuration."""

    max_age_ms: float = 200.0
    max_interval_mm: float = 5.0
    agreeing_frames: int = 3
    agree_mm: float = 5.0


@dataclass(frozen=True, slots=True)
class GateState:
    """How many frames in a row supported the number."""

    supported: int = 0


def gate(
    state: GateState,
    *,
    scan: Scan | NoScan,
    landmarks: Landmarks | None,
    estimate: Estimate | Missed,
    agreeing: int,
    session: Session,
    manifest: Manifest,
    limits: Limits,
    now_ns: int,
) -> tuple[GateState, Guidance]:
    """The guidance for one frame. agreeing: how many frames in a row, with this one, put the target in one place. now_ns: the clock that captured_ns
    is on (a replay passes captured_ns itself)."""
    found = _fault(scan, landmarks, estimate, session, manifest, limits, now_ns)
    if found is None:
        assert isinstance(estimate, Estimate)
        return _agreement(state, scan, estimate, agreeing, session, limits)
    reason, hint = found
    return GateState(), Withheld(scan.frame_id, scan.captured_ns, reason, _with_cure(reason, hint))


def _with_cure(reason: Reason, hint: str) -> str:
    """What this frame says of itself, or the reason's own words. A scale that is not known keeps its cure, the commonest that an operator needs."""
    if reason is Reason.SCALE_UNKNOWN and hint and "tuffier calibrate" not in hint:
        return f"{hint}; or run tuffier calibrate"
    return hint or HINTS[reason]


def _agreement(
    state: GateState, scan: Scan | NoScan, estimate: Estimate, agreeing: int, session: Session, limits: Limits
) -> tuple[GateState, Guidance]:
    state = GateState(min(state.supported + 1, agreeing, limits.agreeing_frames))
    if state.supported < limits.agreeing_frames:
        return state, Withheld(scan.frame_id, scan.captured_ns, Reason.UNSTEADY, HINTS[Reason.UNSTEADY])
    return state, Pointing(scan.frame_id, scan.captured_ns, estimate, session.plan.notice)


def _fault(
    scan: Scan | NoScan,
    landmarks: Landmarks | None,
    estimate: Estimate | Missed,
    session: Session,
    manifest: Manifest,
    limits: Limits,
    now_ns: int,
) -> tuple[Reason, str] | None:
    """The first thing that forbids a number, most telling first."""
    if isinstance(scan, NoScan):
        return scan.reason, scan.hint
    if scan.health is not Health.LIVE:
        return HEALTH_REASONS[scan.health], ""
    if now_ns < scan.captured_ns:
        return Reason.TOO_OLD, "the picture's time lies ahead of the clock: its age is not known"
    if now_ns - scan.captured_ns > limits.max_age_ms * NS_PER_MS:
        return Reason.TOO_OLD, ""
    if landmarks is None or landmarks.view not in session.plan.views:
        return Reason.WRONG_VIEW, _view_hint(session)
    if landmarks.view_confidence < manifest.view_threshold.get(landmarks.view, 1.0):
        return Reason.LOW_CONFIDENCE, ""
    if isinstance(estimate, Missed):
        return estimate.reason, f"not seen: {estimate.hint}" if estimate.reason is Reason.LANDMARK_MISSING else estimate.hint
    if _too_risky(landmarks, estimate, session, manifest):
        return Reason.LOW_CONFIDENCE, TARGET_HINT
    return _out_of_bounds(estimate, session, limits)


def _too_risky(landmarks: Landmarks, estimate: Estimate, session: Session, manifest: Manifest) -> bool:
    risk = risk_of(
        manifest.target_risk,
        session.procedure.name.lower(),
        view_confidence=landmarks.view_confidence,
        confidence=estimate.confidence,
        contrast=estimate.contrast,
    )
    # written so that a NaN fails
    return not risk <= manifest.target_risk.most


def _out_of_bounds(estimate: Estimate, session: Session, limits: Limits) -> tuple[Reason, str] | None:
    # written so that a NaN fails
    if not estimate.interval_mm <= limits.max_interval_mm:
        return Reason.WIDE_INTERVAL, ""
    least_mm, most_mm = session.plan.depth_gate_mm
    if not least_mm <= estimate.depth_mm <= most_mm:
        return Reason.OUT_OF_REACH, ""
    if session.approach == "out_of_plane" and not abs(estimate.lateral_mm) <= session.needle.lateral_limit_mm:
        way = "right" if estimate.lateral_mm > 0 else "left"
        return Reason.OFF_AXIS, f"slide the probe {abs(estimate.lateral_mm):.0f} mm towards the screen's {way}"
    return None


def _view_hint(session: Session) -> str:
    views = " or ".join(view.replace("_", " ") for view in session.plan.views)
    return f"move the probe to the {views} view"
