"""The figures of DESIGN.md's "Truth and score", from a folder of frames with truth.jsonl: one implementation for the command and for training.

Rule 1: every frame goes through the same path as in a run; the truth states only what an operator would: procedure, side, orientation (and the
scale, if asked for). Rule 2: every procedure sees every frame, so that a number on a wrong view is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import dist, hypot
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.guidance.gate import Limits
from edge.guidance.locate import aim_at, combined
from edge.guidance.session import Session, outward
from edge.model.manifest import Manifest
from edge.model.tensor import laid
from edge.pipeline import Answer, Course, Invoke, PathState, conclude, next_placing
from edge.screen import watch
from edge.screen.profile import Profile
from edge.screen.watch import ScreenState
from edge.source import truth
from edge.source.sources import STILL_PERIOD_NS, STILL_REPEATS, read_picture
from edge.source.truth import TruthError, TruthLine
from edge.types import BadFrame, Frame, NoScan, Placing, Pointing, PointMm, PointPx, RawOutput, Scan, ScreenLeft
from firmware_bridge.wire import Procedure, Reason, Side

WRONG_MM = 5.0  # a number further off than this is wrongly shown
BOOTSTRAPS = 1000
BOOTSTRAP_SEED = 0


@dataclass(frozen=True, slots=True)
class Errors:
    """One shown frame against its truth. Lengths mm, angles degrees; across_mm: the angle error times the true insertion."""

    target_mm: float
    depth_mm: float
    lateral_mm: float
    angle_deg: float
    insertion_mm: float
    across_mm: float
    true_insertion_mm: float
    interval_mm: float
    depth_interval_mm: float
    angle_interval_deg: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one procedure made of one frame. held: the procedure's view with its target in reach; on_axis: held, and the needle can reach it (out of
    plane: within the lateral limit); wrong: a number that should not stand there; fault: why not, where it is wrong; on_dim: it stands where truth
    has the target, whose echo it calls dim. That counts as wrong all the same: not everybody sees such an edge."""

    procedure: Procedure
    frame: str
    subject: str
    held: bool
    on_axis: bool
    shown: bool
    wrong: bool
    reason: str
    errors: Errors | None
    fault: str = ""
    on_dim: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """The view a frame shows and the view the model saw (None: withheld before the model)."""

    subject: str
    true_view: str
    seen_view: str | None


def score_folder(
    folder: Path,
    *,
    manifest: Manifest,
    invoke: Invoke,
    profile: Profile,
    procedures: Sequence[Procedure] = tuple(PLANS),
    scale_from_truth: bool = False,
    limits: Limits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """All figures as JSON-ready values. Raises TruthError, also where there is no frame or none can be read."""
    lines = truth.read(folder)
    if not lines:
        raise TruthError(f"{folder / truth.FILE_NAME}: no frame in it: a line a frame tells what it shows")
    unread: list[str] = []
    outcomes: list[Outcome] = []
    sightings: list[Sighting] = []
    done = 0
    for _, group in groupby(lines, key=lambda line: line.clip):
        members = list(group)
        scorer = _ClipScorer(manifest, invoke, profile, tuple(procedures), limits or Limits(), members, scale_from_truth)
        for line, frame in _presented(folder, members, first_id=done):
            unread += [each.why for each in frame[-1:] if isinstance(each, BadFrame)]
            found, sighting = scorer.frame(line, frame)
            outcomes += found
            sightings += [sighting]
        done += len(members)
        if progress:
            progress(done, len(lines))
    if len(unread) == len(lines):
        raise TruthError(f"{folder}: none of its {len(lines)} frames can be read: {unread[0]}: put the pictures beside {truth.FILE_NAME}")
    return {
        "frames": len(lines),
        "unread": {"frames": len(unread), "first": unread[0] if unread else None},
        "subjects": len({line.subject for line in lines}),
        "model": {"name": manifest.name, "version": manifest.version, "sha256": manifest.sha256},
        "scale": "truth" if scale_from_truth else "screen",
        "bootstrap": {"resamples": BOOTSTRAPS, "seed": BOOTSTRAP_SEED, "over": "subjects"},
        "why_no_target": "" if any(outcome.held or outcome.shown for outcome in outcomes) else why_no_target(lines, procedures),
        "why_no_view": why_no_view(sightings, outcomes),
        "views": _view_figures(sightings),
        "procedures": {
            procedure.name.lower(): procedure_figures([outcome for outcome in outcomes if outcome.procedure is procedure])
            for procedure in procedures
        },
    }


def why_no_target(lines: Sequence[TruthLine], procedures: Sequence[Procedure]) -> str:
    """Why no frame holds a procedure's view with its target in reach, with the cure."""
    label = "set views and landmarks with `tuffier annotate --out FOLDER`"
    seen = [line for line in lines if line.view != NO_VIEW]
    if not seen:
        return f"all {len(lines)} frames are of view none: {label}"
    mine = [line for line in seen if line.procedure in procedures]
    if not mine:
        return f"no frame is of a procedure asked for: there are {', '.join(sorted({line.procedure.name.lower() for line in seen}))}"
    aimed = [line for line in mine if line.target is not None]
    if not aimed:
        return f"none of {len(mine)} frames has a target: {label}"
    placed = [line for line in aimed if line.mm_per_px is not None and line.origin_px is not None]
    if not placed:
        return f"none of {len(aimed)} frames with a target states mm_per_px and origin_px: without them it has no depth"
    return f"all {len(placed)} targets lie outside their procedure's depths, or on a side that the line does not state"


def why_no_view(sightings: Sequence[Sighting], outcomes: Sequence[Outcome]) -> str:
    """Why no frame reached the model, with the cure; empty where one did."""
    if any(sighting.seen_view is not None for sighting in sightings):
        return ""
    reasons = _counts(outcome.reason for outcome in outcomes)
    cure = "state the truth's scale with --scale truth" if "scale_unknown" in reasons else "`tuffier replay images:FOLDER --json -` tells why, each"
    return f"every frame was withheld before the model ({', '.join(reasons)}): {cure}"


def _presented(folder: Path, members: Sequence[TruthLine], *, first_id: int) -> Iterator[tuple[TruthLine, list[Frame | BadFrame]]]:
    """Each frame with its presentations: one within a clip, STILL_REPEATS where it is the whole clip."""
    for index, line in enumerate(members):
        frame = read_picture(folder / line.frame, frame_id=first_id + index, captured_ns=line.captured_ns)
        turns = STILL_REPEATS if len(members) == 1 else 1
        yield line, [replace(frame, captured_ns=frame.captured_ns + turn * STILL_PERIOD_NS) for turn in range(turns)]


class _ClipScorer:
    """One clip through every procedure and side at once; the screen and the model are run once for all of them."""

    def __init__(
        self,
        manifest: Manifest,
        invoke: Invoke,
        profile: Profile,
        procedures: Sequence[Procedure],
        limits: Limits,
        members: Sequence[TruthLine],
        scale_from_truth: bool,
    ) -> None:
        left = members[0].screen_left
        self._invoke = invoke
        self._manifest = manifest
        self._screen: ScreenState = watch.fresh(
            profile,
            stated_mm_per_px=members[0].mm_per_px if scale_from_truth else None,
            stated_screen_left=None if left is ScreenLeft.UNKNOWN else left,
            still=len(members) == 1,
        )
        wanted = _sessions(procedures, members)
        self._courses = [Course(session, manifest, limits) for session in wanted]
        self._states = [PathState(self._screen) for _ in wanted]

    def frame(self, line: TruthLine, presentations: Sequence[Frame | BadFrame]) -> tuple[list[Outcome], Sighting]:
        answers: list[Answer] = []
        for frame in presentations:
            answers = self._present(frame)
        outcomes = [judge(line, answer, course.session) for answer, course in zip(answers, self._courses, strict=True)]
        return outcomes, Sighting(line.subject, line.view, self._seen(line, answers))

    def _seen(self, line: TruthLine, answers: Sequence[Answer]) -> str | None:
        """The view seen by a session that looks for the true one: only that turns the picture as its view is drawn."""
        pairs = sorted(zip(self._courses, answers, strict=True), key=lambda pair: line.view not in pair[0].session.plan.views)
        return next((answer.landmarks.view for _, answer in pairs if answer.landmarks), None)

    def _present(self, frame: Frame | BadFrame) -> list[Answer]:
        scan = self._scan(frame)
        raws: dict[Placing, RawOutput] = {}
        answers = []
        for index, course in enumerate(self._courses):
            raw, placing = None, Placing()
            if isinstance(scan, Scan) and isinstance(frame, Frame):
                placing = next_placing(self._states[index], scan, course)
                if placing not in raws:
                    raws[placing] = self._invoke(laid(frame.pixels, scan, self._manifest, placing))
                raw = raws[placing]
            self._states[index], answer = conclude(self._states[index], scan, raw, placing, course, now_ns=frame.captured_ns)
            answers.append(answer)
        return answers

    def _scan(self, frame: Frame | BadFrame) -> Scan | NoScan:
        if isinstance(frame, BadFrame):
            return NoScan(frame.frame_id, frame.captured_ns, Reason.BAD_FRAME, frame.why)
        self._screen, scan = watch.watch(self._screen, frame)
        return scan


def _sessions(procedures: Sequence[Procedure], members: Sequence[TruthLine]) -> list[Session]:
    """Every procedure on every clip: with the truth's side where the clip is its own, with both sides elsewhere."""
    found = []
    for procedure in procedures:
        plan = PLANS[procedure]
        own = {line.side for line in members if line.view in plan.views and line.procedure is procedure and line.side is not Side.NONE}
        sides = (own or {Side.LEFT, Side.RIGHT}) if plan.sided else {Side.NONE}
        found += [Session(procedure, side) for side in sorted(sides)]
    return found


def judge(line: TruthLine, answer: Answer, session: Session) -> Outcome:
    """One answer against its truth."""
    guidance = answer.guidance
    shown = isinstance(guidance, Pointing)
    true_mm = true_target_mm(line, session)
    least_mm, most_mm = session.plan.depth_gate_mm
    held = true_mm is not None and least_mm <= true_mm[1] <= most_mm
    on_axis = held and true_mm is not None and (session.approach == "in_plane" or abs(true_mm[0]) <= session.needle.lateral_limit_mm)
    errors = errors_of(line, guidance, session, true_mm) if isinstance(guidance, Pointing) and true_mm is not None else None
    # a scan whose origin was misread has its target on the right pixel and the wrong depth beside it: that is off as well
    wrong = shown and (errors is None or not max(errors.target_mm, abs(errors.depth_mm)) <= WRONG_MM)
    reason = "pointing" if isinstance(guidance, Pointing) else guidance.reason.name.lower()
    dim_mm = from_dim_mm(line, guidance, session) if isinstance(guidance, Pointing) and errors is None else None
    fault = _fault(line, session, errors, dim_mm) if wrong else ""
    on_dim = dim_mm is not None and dim_mm <= WRONG_MM
    return Outcome(session.procedure, line.frame, line.subject, held, on_axis, shown, wrong, reason, errors, fault, on_dim)


def _fault(line: TruthLine, session: Session, errors: Errors | None, dim_mm: float | None) -> str:
    """What is wrong with a number that should not stand there."""
    if errors is not None:
        return f"{errors.target_mm:.1f} mm off, depth {errors.depth_mm:+.1f} mm"
    if dim_mm is not None:
        return f"the target is dim, {dim_mm:.1f} mm away"
    if line.view not in session.plan.views:
        return f"the view is {line.view}"
    return "the target cannot be seen" if line.side is session.side else "the truth tells of the other side"


def true_target_mm(line: TruthLine, session: Session) -> PointMm | None:
    """The truth's target in probe_mm, None where this procedure has none in this frame."""
    return _in_probe_mm(line, line.target) if line.target is not None and _tells(line, session) else None


def _tells(line: TruthLine, session: Session) -> bool:
    """Whether the line speaks of what this session looks for."""
    return line.view in session.plan.views and line.procedure is session.procedure and line.side is session.side


def _in_probe_mm(line: TruthLine, at: PointPx) -> PointMm | None:
    """None where the line states no scale or no origin."""
    if line.mm_per_px is None or line.origin_px is None:
        return None
    return (at[0] - line.origin_px[0]) * line.mm_per_px[0], (at[1] - line.origin_px[1]) * line.mm_per_px[1]


def from_dim_mm(line: TruthLine, guidance: Pointing, session: Session) -> float | None:
    """How far a number stands from where the target's landmarks, clear and dim, put it; None where one of them is neither, or none of them dim: what
    is clear is then the other side's."""
    shown = _in_probe_mm(line, guidance.estimate.target_px)
    if shown is None or not _tells(line, session) or not any(line.dim.get(name) for name in session.plan.target):
        return None
    told = [[*line.landmarks.get(name, ()), *line.dim.get(name, ())] for name in session.plan.target]
    places = [[mm for at in points if (mm := _in_probe_mm(line, at)) is not None] for points in told]
    if not all(places):
        return None
    # a pair's other side is far away
    return dist(shown, combined(session.procedure, [min(points, key=lambda at: dist(at, shown)) for points in places]))


def errors_of(line: TruthLine, guidance: Pointing, session: Session, true_mm: PointMm) -> Errors:
    """Signed errors, shown minus true: the target between drawn and estimated pixel, the rest through the needle's geometry."""
    assert line.target is not None
    assert line.mm_per_px is not None
    shown = guidance.estimate
    # a longitudinal view without a stated orientation is never shown, so 1 stands for nothing here
    aim = aim_at(true_mm, session, line.face, outward(session, line.view, line.screen_left) or 1)
    du, dv = shown.target_px[0] - line.target[0], shown.target_px[1] - line.target[1]
    angle_error_deg = shown.angle_deg - aim.angle_deg
    return Errors(
        target_mm=hypot(du * line.mm_per_px[0], dv * line.mm_per_px[1]),
        depth_mm=shown.depth_mm - true_mm[1],
        lateral_mm=shown.lateral_mm - true_mm[0],
        angle_deg=angle_error_deg,
        insertion_mm=shown.insertion_mm - aim.insertion_mm,
        across_mm=abs(np.sin(np.radians(angle_error_deg))) * aim.insertion_mm,
        true_insertion_mm=aim.insertion_mm,
        interval_mm=shown.interval_mm,
        depth_interval_mm=shown.depth_interval_mm,
        angle_interval_deg=shown.angle_interval_deg,
    )


Rows = list[Outcome]
Statistic = Callable[[Rows], float | None]


def procedure_figures(outcomes: Rows) -> dict[str, Any]:
    """One procedure's figures, each {"value", "low", "high"}: the 95 % interval is bootstrapped over subjects."""
    shown = [outcome for outcome in outcomes if outcome.shown]
    figures: dict[str, Any] = {
        "frames": len(outcomes),
        "subjects": len({outcome.subject for outcome in outcomes if outcome.held}),
        "held": sum(outcome.held for outcome in outcomes),
        "on_axis": sum(outcome.on_axis for outcome in outcomes),
        "shown": len(shown),
        "wrong": sum(outcome.wrong for outcome in outcomes),
        "wrong_on_dim": sum(outcome.on_dim for outcome in outcomes),
        "wrong_frames": [{"frame": outcome.frame, "fault": outcome.fault} for outcome in outcomes if outcome.wrong],
        "reasons_where_held": _counts(outcome.reason for outcome in outcomes if outcome.held),
    }
    for name, statistic in STATISTICS.items():
        figures[name] = bootstrapped(outcomes, statistic)
    return figures


def bootstrapped(outcomes: Rows, statistic: Statistic) -> dict[str, float] | None:
    """The statistic with its interval over resampled subjects; None where there is nothing to count."""
    value = statistic(outcomes)
    if value is None:
        return None
    by_subject: dict[str, Rows] = {}
    for outcome in outcomes:
        if outcome.held or outcome.shown:
            by_subject.setdefault(outcome.subject, []).append(outcome)
    groups = list(by_subject.values())
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    found = []
    for _ in range(BOOTSTRAPS):
        drawn = statistic([outcome for index in rng.integers(0, len(groups), len(groups)) for outcome in groups[index]])
        if drawn is not None:
            found.append(drawn)
    low, high = np.percentile(found, [2.5, 97.5])
    return {"value": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def _over(
    pick: Callable[[Errors], float], reduce: Callable[[NDArray[np.float64]], Any], *, only: Callable[[Errors], bool] | None = None
) -> Statistic:
    def statistic(outcomes: Rows) -> float | None:
        values = [pick(outcome.errors) for outcome in outcomes if outcome.errors and (only is None or only(outcome.errors))]
        return float(reduce(np.asarray(values))) if values else None

    return statistic


def _share(count: Callable[[Outcome], bool], of: Callable[[Outcome], bool]) -> Statistic:
    def statistic(outcomes: Rows) -> float | None:
        whole = [outcome for outcome in outcomes if of(outcome)]
        return sum(count(outcome) for outcome in whole) / len(whole) if whole else None

    return statistic


def _p95(values: NDArray[np.float64]) -> Any:
    return np.percentile(values, 95)


LONG_MM = 40.0  # from this insertion on the angle's error is judged in degrees, below it across the needle
STATISTICS: dict[str, Statistic] = {
    "target_median_mm": _over(lambda e: e.target_mm, np.median),
    "target_p95_mm": _over(lambda e: e.target_mm, _p95),
    "depth_bias_mm": _over(lambda e: e.depth_mm, np.mean),
    "depth_p95_mm": _over(lambda e: abs(e.depth_mm), _p95),
    "lateral_p95_mm": _over(lambda e: abs(e.lateral_mm), _p95),
    "insertion_p95_mm": _over(lambda e: abs(e.insertion_mm), _p95),
    "angle_p95_deg": _over(lambda e: abs(e.angle_deg), _p95, only=lambda e: e.true_insertion_mm >= LONG_MM),
    "across_p95_mm": _over(lambda e: e.across_mm, _p95, only=lambda e: e.true_insertion_mm < LONG_MM),
    "shown_share": _share(lambda o: o.shown, lambda o: o.held),
    # what an operator gets who has followed the hint and put the probe's middle over the target
    "shown_share_on_axis": _share(lambda o: o.shown, lambda o: o.on_axis),
    "wrongly_shown_share": _share(lambda o: o.wrong, lambda o: o.shown),
    "coverage": _share(lambda o: o.errors is not None and o.errors.target_mm <= o.errors.interval_mm, lambda o: o.errors is not None),
    "depth_coverage": _share(
        lambda o: o.errors is not None and abs(o.errors.depth_mm) <= o.errors.depth_interval_mm, lambda o: o.errors is not None
    ),
    "angle_coverage": _share(
        lambda o: o.errors is not None and abs(o.errors.angle_deg) <= o.errors.angle_interval_deg, lambda o: o.errors is not None
    ),
    "interval_mean_mm": _over(lambda e: e.interval_mm, np.mean),
}


def _view_figures(sightings: Sequence[Sighting]) -> dict[str, Any]:
    """Sensitivity and specificity of each view against the rest, before the gate, over the frames that reached the model; each with its 95 %
    interval bootstrapped over subjects."""
    reached = [sighting for sighting in sightings if sighting.seen_view is not None]
    views = [NO_VIEW, *VIEWS]
    figures: dict[str, Any] = {
        "frames": len(reached),
        "withheld_before_the_model": len(sightings) - len(reached),
        "none_share": round(sum(s.true_view == NO_VIEW for s in sightings) / max(1, len(sightings)), 4),
        "seen": _counts(sighting.seen_view or "" for sighting in reached),
    }
    for view in views:
        own = [(s.subject, s.seen_view == view) for s in reached if s.true_view == view]
        rest = [(s.subject, s.seen_view != view) for s in reached if s.true_view != view]
        figures[view] = {
            "frames": len(own),
            "subjects": len({subject for subject, _ in own}),
            "sensitivity": bootstrapped_share(own),
            "specificity": bootstrapped_share(rest),
        }
    return figures


def bootstrapped_share(answers: Sequence[tuple[str, bool]]) -> dict[str, float] | None:
    """The share of right answers (subject, right) with its interval over resampled subjects; None where there are none."""
    if not answers:
        return None
    names = sorted({subject for subject, _ in answers})
    place = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), 2))  # right, all
    for subject, right in answers:
        counts[place[subject]] += (right, 1)
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = counts[rng.integers(0, len(names), (BOOTSTRAPS, len(names)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], [2.5, 97.5])
    right, of = counts.sum(axis=0)
    return {"value": round(float(right / of), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def _counts(names: Iterator[str] | Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def score_table(figures: Mapping[str, Any]) -> str:
    """The figures for a person: a block a procedure, then the views."""
    lines = [
        f"{figures['frames']} frames, {figures['subjects']} subjects, scale from the {figures['scale']}, "
        f"model {figures['model']['name']} {figures['model']['version']}; in brackets: 95 % interval, "
        f"{figures['bootstrap']['resamples']} resamples of subjects, seed {figures['bootstrap']['seed']}",
    ]
    if figures["unread"]["frames"]:
        lines.append(f"{figures['unread']['frames']} frames cannot be read and count as withheld, the first: {figures['unread']['first']}")
    for name, found in figures["procedures"].items():
        if found["held"] or found["shown"]:
            lines += ["", *_block(name, found)]
    for what in ("target", "view"):
        if figures[f"why_no_{what}"]:
            lines += ["", f"no figures of a {what}: {figures[f'why_no_{what}']}"]
    lines += ["", f"{'view':28}{'frames':>8}{'subjects':>10}{'sensitivity':>26}{'specificity':>26}"]
    for view in [NO_VIEW, *VIEWS]:
        row = figures["views"][view]
        if row["frames"]:
            shares = f"{_percent(row['sensitivity']):>26}{_percent(row['specificity']):>26}"
            lines.append(f"{view:28}{row['frames']:>8}{row['subjects']:>10}{shares}")
    lines.append("Measured on synthetic frames or phantoms only; nobody has validated this device on patients.")
    return "\n".join(lines)


def _block(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    """A procedure's lines."""
    on_dim = f" ({found['wrong_on_dim']} on a target that truth calls dim)" if found["wrong_on_dim"] else ""
    yield f"{name}: held {found['held']}, shown {found['shown']}, wrong {found['wrong']}{on_dim}, subjects {found['subjects']}"
    for key in STATISTICS:
        if found[key] is not None:
            yield f"  {key:22} {found[key]['value']:8.3f}  ({found[key]['low']:.3f} to {found[key]['high']:.3f})"
    yield from (f"  wrong: {each['frame']}: {each['fault']}" for each in found["wrong_frames"])


def _percent(share: Mapping[str, float] | None) -> str:
    return "-" if share is None else f"{100 * share['value']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f})"
