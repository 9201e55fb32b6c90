"""One frame through the path: screen, tensor, model, decode, locate, track, gate. State in, state out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from edge import screen
from edge.decode import decode
from edge.gate import GateState, Limits, gate
from edge.locate import estimate as estimate_at
from edge.locate import locate
from edge.manifest import Manifest
from edge.screen import ScreenState
from edge.session import Session, mirrored, outward
from edge.tensor import frame_px_from_grid, to_grid
from edge.track import TrackState, track
from edge.types import (
    BadFrame,
    Estimate,
    Frame,
    Guidance,
    Landmarks,
    Missed,
    ModelInput,
    NoScan,
    Pointing,
    RawOutput,
    Scan,
)
from firmware_bridge.wire import Reason

Invoke = Callable[[ModelInput], RawOutput]


@dataclass(frozen=True, slots=True)
class Course:
    """What stays the same through a clip: the operator's session, the model's manifest, the gate's limits."""

    session: Session
    manifest: Manifest
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class PathState:
    """What one frame hands to the next. Fresh at each clip."""

    screen: ScreenState
    track: TrackState = field(default_factory=TrackState)
    gate: GateState = field(default_factory=GateState)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything the path said of one frame; mirrored belongs to raw."""

    scan: Scan | NoScan
    raw: RawOutput | None
    mirrored: bool
    landmarks: Landmarks | None
    guidance: Guidance


def answer(state: PathState, frame: Frame | BadFrame, course: Course, invoke: Invoke, *, now_ns: int) -> tuple[PathState, Answer]:
    """A frame from a source: the screen is read first."""
    if isinstance(frame, BadFrame):
        lost = NoScan(frame.frame_id, frame.captured_ns, frame.reason, frame.why)
        return conclude(state, lost, None, False, course, now_ns=now_ns)
    seen, scan = screen.watch(state.screen, frame)
    return answer_scan(replace(state, screen=seen), frame, scan, course, invoke, now_ns=now_ns)


def answer_scan(
    state: PathState, frame: Frame, scan: Scan | NoScan, course: Course, invoke: Invoke, *, now_ns: int
) -> tuple[PathState, Answer]:
    """A frame whose scan is known, from the screen or from a recording: the model runs on its pixels."""
    if isinstance(scan, NoScan):
        return conclude(state, scan, None, False, course, now_ns=now_ns)
    flip = mirrored(course.session, scan.orientation)
    model_input = to_grid(frame.pixels, scan, course.manifest.grid, mirrored=flip, offset_px=frame.offset_px)
    return conclude(state, scan, invoke(model_input), flip, course, now_ns=now_ns)


def conclude(
    state: PathState, scan: Scan | NoScan, raw: RawOutput | None, flip: bool, course: Course, *, now_ns: int
) -> tuple[PathState, Answer]:
    """Everything behind the model: exact on any machine for the same scan and raw output."""
    landmarks: Landmarks | None = None
    found: Estimate | Missed = Missed(Reason.WRONG_VIEW)
    if raw is not None and isinstance(scan, Scan):
        landmarks = decode(raw, frame_px_from_grid(scan, course.manifest.grid, mirrored=flip), course.manifest)
        found = locate(landmarks, scan, course.session, course.manifest)
    tracked, found = _steadied(state.track, found, scan, landmarks, course.session)
    gated, guidance = gate(
        state.gate,
        scan=scan,
        landmarks=landmarks,
        estimate=found,
        session=course.session,
        manifest=course.manifest,
        limits=course.limits,
        now_ns=now_ns,
    )
    tracked = tracked if isinstance(guidance, Pointing) else TrackState()
    return PathState(state.screen, tracked, gated), Answer(scan, raw, flip, landmarks, guidance)


def _steadied(
    state: TrackState, found: Estimate | Missed, scan: Scan | NoScan, landmarks: Landmarks | None, session: Session
) -> tuple[TrackState, Estimate | Missed]:
    """The estimate at the tracked target, its needle computed anew."""
    tracked, target_mm = track(state, found)
    if target_mm is None or isinstance(found, Missed) or not isinstance(scan, Scan) or landmarks is None:
        return tracked, found
    steadied = estimate_at(
        target_mm,
        scan=scan,
        session=session,
        direction=outward(session, landmarks.view, scan.orientation),
        interval_mm=found.interval_mm,
        confidence=found.confidence,
    )
    return tracked, steadied
