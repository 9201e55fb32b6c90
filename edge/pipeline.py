"""One frame through the path: screen, tensor, model, decode, locate, track, gate. State in, state out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from edge.guidance.gate import GateState, Limits, gate
from edge.guidance.locate import estimate as estimate_at
from edge.guidance.locate import target_of
from edge.guidance.session import Session, mirrored, outward
from edge.guidance.track import TrackState, gather_sights, gather_views, up_to
from edge.model.decode import decode, view_probabilities
from edge.model.manifest import Manifest
from edge.model.tensor import frame_px_from_grid, laid
from edge.screen import watch
from edge.screen.watch import ScreenState
from edge.types import (
    BadFrame,
    Estimate,
    Frame,
    Guidance,
    Health,
    Landmarks,
    Missed,
    ModelInput,
    NoScan,
    Placing,
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

    @property
    def gathered_frames(self) -> int:
        """How many frames a number rests on: every placing once, and as many as must agree."""
        return max(len(self.manifest.placings), self.limits.agreeing_frames)


@dataclass(frozen=True, slots=True)
class PathState:
    """What one frame hands to the next. Fresh at each clip. placed: how many frames the model was shown."""

    screen: ScreenState
    placed: int = 0
    track: TrackState = field(default_factory=TrackState)
    gate: GateState = field(default_factory=GateState)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything the path said of one frame; placing belongs to raw."""

    scan: Scan | NoScan
    raw: RawOutput | None
    placing: Placing
    landmarks: Landmarks | None
    guidance: Guidance


def answer(state: PathState, frame: Frame | BadFrame, course: Course, invoke: Invoke, *, now_ns: int) -> tuple[PathState, Answer]:
    """A frame from a source: the screen is read first."""
    if isinstance(frame, BadFrame):
        lost = NoScan(frame.frame_id, frame.captured_ns, frame.reason, frame.why)
        return conclude(state, lost, None, Placing(), course, now_ns=now_ns)
    seen, scan = watch.watch(state.screen, frame)
    return answer_scan(PathState(seen, state.placed, state.track, state.gate), frame, scan, course, invoke, now_ns=now_ns)


def answer_scan(
    state: PathState, frame: Frame, scan: Scan | NoScan, course: Course, invoke: Invoke, *, now_ns: int
) -> tuple[PathState, Answer]:
    """A frame whose scan is known, from the screen or from a recording: the model runs on its pixels."""
    if isinstance(scan, NoScan):
        return conclude(state, scan, None, Placing(), course, now_ns=now_ns)
    placing = next_placing(state, scan, course)
    model_input = laid(frame.pixels, scan, course.manifest, placing, offset_px=frame.offset_px)
    return conclude(state, scan, invoke(model_input), placing, course, now_ns=now_ns)


def next_placing(state: PathState, scan: Scan, course: Course) -> Placing:
    """How the model is shown this scan: the manifest's placings in turn."""
    return Placing(state.placed % len(course.manifest.placings), mirrored(course.session, scan.orientation))


def conclude(
    state: PathState, scan: Scan | NoScan, raw: RawOutput | None, placing: Placing, course: Course, *, now_ns: int
) -> tuple[PathState, Answer]:
    """Everything behind the model: exact on any machine for the same scans and raw outputs."""
    landmarks: Landmarks | None = None
    found: Estimate | Missed = Missed(Reason.WRONG_VIEW)
    tracked, placed = TrackState(), state.placed
    if raw is not None and isinstance(scan, Scan):
        past = up_to(state.track if scan.health is Health.LIVE else tracked, scan.captured_ns)
        tracked, landmarks, found = _gathered(past, scan, raw, placing, course)
        placed += 1
    gated, guidance = gate(
        state.gate,
        scan=scan,
        landmarks=landmarks,
        estimate=found,
        agreeing=len(tracked.sights),
        session=course.session,
        manifest=course.manifest,
        limits=course.limits,
        now_ns=now_ns,
    )
    return PathState(state.screen, placed, tracked, gated), Answer(scan, raw, placing, landmarks, guidance)


def _gathered(
    state: TrackState, scan: Scan, raw: RawOutput, placing: Placing, course: Course
) -> tuple[TrackState, Landmarks, Estimate | Missed]:
    """View and target as this frame and the last ones tell them together; the needle is computed for that target. The landmarks are this
    frame's own."""
    manifest, session, most = course.manifest, course.session, course.gathered_frames
    state, probabilities = gather_views(state, view_probabilities(raw, manifest), most=most)
    affine = frame_px_from_grid(scan, manifest.grid_of(placing), mirrored=placing.mirrored)
    landmarks = decode(raw, affine, manifest, probabilities)
    found = target_of(landmarks, scan, session, manifest)
    state, sight = gather_sights(state, landmarks.view, found, most=most, agree_mm=course.limits.agree_mm)
    if isinstance(found, Missed):
        return state, landmarks, found
    assert sight is not None
    gathered = estimate_at(
        sight.target_mm,
        scan=scan,
        session=session,
        direction=outward(session, landmarks.view, scan.orientation),
        interval_mm=sight.interval_mm,
        confidence=sight.confidence,
        contrast=sight.contrast,
    )
    return state, landmarks, gathered
