"""From validation subjects to what the manifest promises: temperature, thresholds, and the interval that holds the truth in 95 % of cases.

Rule 1: validation subjects only. Split conformal (Vovk 2005; Lei 2018): how the error falls with confidence is one curve for all landmarks (a bin's
ceil((n + 1) 0.95)-th smallest error, made non-increasing by pooling neighbours, Barlow 1972); each landmark has a factor on it, the same
quantile of its errors over the curve. An interval speaks of landmarks that are there. Whether the view is the right one and whether its target is
there are two more questions, and the risk of a number answers both, by all that speaks of it together. A threshold for each view, fitted on how often
a number stood on another view, was worth nothing beside it (models/CARD.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, hypot, isnan, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.guidance.locate import locate
from edge.guidance.risk import signs
from edge.guidance.session import Session
from edge.model.decode import decode, interval_mm, view_evidence, view_probabilities
from edge.model.manifest import Manifest, TargetRisk
from edge.model.runner import Model
from edge.model.tensor import frame_px_from_grid
from edge.pipeline import Answer, Course, PathState, conclude, next_placing
from edge.types import Affine, Estimate, Health, Landmark, Landmarks, Missed, ModelInput, Placing, Pointing, RawOutput, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.wire import Procedure, Reason, Side
from models.training.settings import GRID
from models.training.shards import SIDES, Samples

COVERAGE = 0.95
WIDEST_MM = 99.0  # an interval that no gate lets through
BINS = 24
LEAST_PER_BIN = 40
LEAST_VIEW = 0.9  # pictures of people are unlike the phantom: certain of less than this is not certain (design)
# frame_px of a sample are the cells of the grid itself: its first placing's
IDENTITY = (1.0, 0.0, 1.0, 0.0)
WRONG_MM = 5.0
WIDEST_PEAK_MM = 8.0  # a landmark less certain than this is no landmark (design)
LEAST_PEAK = 0.3
MOST_RISK = 0.07  # of numbers about as risky as the riskiest that is shown, this many may stand in a wrong place (models/CARD.md)
LEAST_SPREAD = 1e-3  # of a sign: one that is the same everywhere tells nothing
LEAST_TARGETS = 30
RIDGE = 1.0  # of a procedure's move from the common curve, in log odds squared (half of the validation subjects to fit on: 0.2 to 5 give the same)
ODDS_MOST = 50.0
EVIDENCE_MOST = 3.0
ALL_PASS = TargetRisk(1.0, 0.0, 0.0, 0.0, 0.0, {})
FIRST_FACTOR, FACTOR_ROUNDS = 0.6, 4


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One sample through the model, once for each placing. raws as the runtime gave them."""

    index: int
    true_view: str
    raws: tuple[RawOutput, ...]


def run(model: Model, samples: Samples) -> Iterator[Seen]:
    """Every sample through the int8 model."""
    placings = model.manifest.placings
    for index in range(len(samples)):
        raws = tuple(model.invoke(presented(samples.grids[index], number, model.manifest)) for number in range(len(placings)))
        yield Seen(index, samples.words.views[samples.views[index]], raws)


def presented(sheet: NDArray[np.uint8], number: int, manifest: Manifest) -> ModelInput:
    """What the model is shown of a sample in one of the placings: placings move by whole cells, so these are the cells of a run."""
    tensor = (moved(sheet, *manifest.placings[number]) ^ 0x80).view(np.int8).reshape(1, GRID.rows, GRID.columns, 1)
    return ModelInput(tensor, affine_of(number, manifest), False, number)


def affine_of(number: int, manifest: Manifest) -> Affine:
    """A sample's frame_px from the cells of one of the placings."""
    return frame_px_from_grid(grid_scan(NO_VIEW), manifest.grid_of(Placing(number)), mirrored=False)


def moved(sheet: NDArray[np.uint8], right: int, down: int) -> NDArray[np.uint8]:
    """(rows, columns) moved by whole cells; black comes in."""
    rows, columns = sheet.shape
    out = np.zeros_like(sheet)
    out[max(0, down) : rows + min(0, down), max(0, right) : columns + min(0, right)] = sheet[
        max(0, -down) : rows - max(0, down), max(0, -right) : columns - max(0, right)
    ]
    return out


def view_scale(seen: list[Seen], manifest: Manifest) -> dict[str, float]:
    """temperature, evidence_weight and evidence_none of the manifest: those at which the mean of a sample's looks, on which a number rests, is least
    surprised by the truth."""
    truth = np.array([manifest.views.index(one.true_view) for one in seen])
    logits = np.stack([[raw.view_logits_int8 for raw in one.raws] for one in seen]).astype(np.float64)
    logits = (logits - manifest.logit_zero_point) * manifest.logit_scale
    none = np.array([view == NO_VIEW for view in manifest.views])
    evidence = np.where(none, 0.0, np.stack([[view_evidence(raw, manifest) for raw in one.raws] for one in seen]))

    def surprise(given: NDArray[np.float64]) -> float:
        scaled = logits / np.exp(given[0]) + given[1] * evidence + given[2] * none
        weights = np.exp(scaled - scaled.max(axis=2, keepdims=True))
        mean = (weights / weights.sum(axis=2, keepdims=True)).mean(axis=1)
        return -float(np.log(mean[np.arange(len(truth)), truth]).mean())

    bounds = [(log(0.3), log(3.0)), (0.0, EVIDENCE_MOST), (-3 * EVIDENCE_MOST, 3 * EVIDENCE_MOST)]
    cold, weight, level = minimize(surprise, np.array([0.0, 0.5, -0.5]), method="L-BFGS-B", bounds=bounds).x
    weight = round(float(weight), 4)
    return {
        "temperature": round(float(np.exp(cold)), 4),
        "evidence_weight": weight,
        "evidence_none": round(float(level) / weight, 4) if weight else 0.0,
    }


def target_risk(shown: list[Shown]) -> TargetRisk:
    """How likely a number is wrong by its view, its target's confidence and its echo's contrast: one logistic curve for all procedures, moved for
    each as far as its own frames insist. A procedure alone has two or three wrong numbers, and what is fitted on them follows chance
    (models/CARD.md, "Thresholds"). With too few frames to tell, everything passes."""
    rows = [one for one in shown if one.shown]
    if len(rows) < LEAST_TARGETS:
        return ALL_PASS
    names = list(PLANS)
    own = np.array([names.index(one.procedure) for one in rows])
    marks = np.array([signs(one.view_confidence, one.confidence, one.contrast) for one in rows])
    level, weights, moves = _risk_curve(marks, np.array([float(one.wrong) for one in rows]), own, len(names))
    view, confidence, contrast = (round(float(weight), 4) for weight in weights)
    told = {procedure.name.lower(): round(float(move), 4) for procedure, move in zip(names, moves, strict=True)}
    return TargetRisk(MOST_RISK, round(level, 4), view, confidence, contrast, told)


def _risk_curve(
    marks: NDArray[np.float64], wrong: NDArray[np.float64], group: NDArray[np.intp], groups: int
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Of log odds = level + moves[group] - marks @ weights: the likeliest level, weights (none below 0) and moves, these held by a ridge. marks:
    (n, signs)."""
    middle, spread = marks.mean(axis=0), np.maximum(marks.std(axis=0), LEAST_SPREAD)
    even, first = (marks - middle) / spread, 1 + marks.shape[1]

    def surprise(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = given[0] + given[first:][group] - even @ given[1:first]
        off = 1 / (1 + np.exp(-odds)) - wrong
        slopes = [[off.sum()], -(even.T @ off), np.bincount(group, off, groups) + 2 * RIDGE * given[first:]]
        return float((np.logaddexp(0, odds) - wrong * odds).sum() + RIDGE * (given[first:] ** 2).sum()), np.concatenate(slopes)

    bounds = [(-ODDS_MOST, ODDS_MOST), *[(0.0, ODDS_MOST)] * marks.shape[1], *[(None, None)] * groups]
    best = minimize(surprise, np.zeros(first + groups), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = best[1:first] / spread
    return float(best[0] + weights @ middle), weights, best[first:]


def pooled(bins: Iterable[NDArray[np.float64]], value: Callable[[NDArray[np.float64]], float]) -> list[NDArray[np.float64]]:
    """Bins of rows, neighbours joined until value(their second column) nowhere rises (Barlow 1972)."""
    joined: list[NDArray[np.float64]] = []
    for part in bins:
        joined.append(part)
        while len(joined) > 1 and value(joined[-1][:, 1]) > value(joined[-2][:, 1]):
            last = joined.pop()
            joined[-1] = np.concatenate([joined[-1], last])
    return joined


def view_of(one: Seen, manifest: Manifest) -> tuple[str, float]:
    """The likeliest view and its probability, by all placings together."""
    each = [view_probabilities(raw, manifest) for raw in one.raws]
    means = [sum(values) / len(each) for values in zip(*each, strict=True)]
    return manifest.views[means.index(max(means))], max(means)


def peaks(seen: list[Seen], samples: Samples, manifest: Manifest) -> dict[str, NDArray[np.float64]]:
    """landmark -> (n, 2): confidence and distance in mm to the nearest truth of that name, of landmarks that are visible. Frames whose view was
    seen right; manifest has its peak thresholds at zero."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in manifest.landmarks}
    each = ((one, decode(raw, affine_of(number, manifest), manifest)) for one in seen for number, raw in enumerate(one.raws))
    for one, landmarks in each:
        if landmarks.view != one.true_view:
            continue
        for name, points in landmarks.points.items():
            truths = truth_points(samples, one.index, name)
            # a paired name's second peak counts only where two could be seen: truth says nothing of the other side's
            points = tuple(sorted(points, key=lambda point: nearest_mm(point, truths))[: len(truths)])
            found[name] += [(point.confidence, nearest_mm(point, truths)) for point in points]
    return {name: np.array(rows, dtype=np.float64).reshape(-1, 2) for name, rows in found.items()}


def truth_points(samples: Samples, index: int, name: str, *, dim: bool = False) -> list[tuple[float, float]]:
    """(column, row) of the clear points, left first. dim: of the dim ones too."""
    points = samples.points[index, samples.words.landmarks.index(name), : None if dim else SIDES]
    return sorted((float(c), float(r)) for c, r in points if c == c)


def nearest_mm(point: Landmark, truths: list[tuple[float, float]]) -> float:
    """To the nearest truth; WIDEST_MM where there is none."""
    distances = [hypot(point.x_px - c, point.y_px - r) * GRID.mm_per_cell for c, r in truths]
    return min(distances, default=WIDEST_MM)


Curve = list[list[float]]  # [[confidence, interval_mm], ...], ascending in confidence, non-increasing in mm


def conformal(rows: NDArray[np.float64]) -> Curve:
    """rows: (n, 2) confidence, error in mm, of all landmarks together."""
    if len(rows) < LEAST_PER_BIN:
        return [[0.0, WIDEST_MM], [1.0, WIDEST_MM]]
    rows = rows[np.argsort(rows[:, 0])]
    bins = np.array_split(rows, max(1, min(BINS, len(rows) // LEAST_PER_BIN)))
    return [[round(float(part[:, 0].mean()), 4), round(quantile_mm(part[:, 1]), 3)] for part in pooled(bins, quantile_mm)]


def scaled(curve: Curve, rows: NDArray[np.float64]) -> Curve:
    """The curve times the factor at which it holds 95 % of one landmark's errors."""
    if len(rows) < LEAST_PER_BIN:
        return [[0.0, WIDEST_MM], [1.0, WIDEST_MM]]
    table = tuple((confidence, mm) for confidence, mm in curve)
    factor = quantile_mm(np.array([error / interval_mm(confidence, table) for confidence, error in rows]))
    return [[confidence, round(min(WIDEST_MM, mm * factor), 3)] for confidence, mm in curve]


def quantile_mm(errors_mm: NDArray[np.float64]) -> float:
    """The conformal 95 % quantile; WIDEST_MM where there are too few errors for one."""
    rank = ceil((len(errors_mm) + 1) * COVERAGE)
    return WIDEST_MM if rank > len(errors_mm) else float(np.sort(errors_mm)[rank - 1])


def peak_threshold(table: Curve, *, widest_mm: float, least: float) -> float:
    """The confidence at which the interval falls to widest_mm, at least `least`."""
    for (low, wide), (high, narrow) in pairwise(table):
        if wide > widest_mm >= narrow:
            return round(max(least, low + (high - low) * (wide - widest_mm) / (wide - narrow)), 4)
    return least if table[0][1] <= widest_mm else 0.99


@dataclass(frozen=True, slots=True)
class Shown:
    """One procedure and side on one sample: error_mm is None where truth has no such target, clear or dim. dim: it has no clear one. view: as
    seen; confidence and contrast: of the target, 0 where nothing is shown."""

    procedure: Procedure
    subject: int
    view: str
    view_confidence: float
    held: bool
    shown: bool
    error_mm: float | None
    depth_error_mm: float | None
    interval_mm: float
    confidence: float
    contrast: float
    on_another_view: bool
    dim: bool = False

    @property
    def wrong(self) -> bool:
        """A number that should not stand there."""
        return self.shown and (self.error_mm is None or self.error_mm > WRONG_MM)


def grid_scan(view: str, sides: NDArray[np.float32] | None = None) -> Scan:
    """A scan whose frame_px are the grid's cells. sides: of a sample, else those of the grid."""
    geometry = ScanGeometry("rectangle", 0, 0, GRID.columns, GRID.rows)
    if sides is not None:
        left, right, column, row, half_angle_deg = sides.tolist()
        geometry = replace(geometry, left_px=round(left + 0.5), right_px=round(right + 0.5))
        if not isnan(column):
            geometry = replace(geometry, kind="convex", apex_px=(column, row), half_angle_deg=half_angle_deg)
    orientation = ScreenLeft.CRANIAL if view in VIEWS and VIEWS[view].plane == "sagittal" else ScreenLeft.PATIENT_LEFT
    origin = (-GRID.x0_mm / GRID.mm_per_cell, -GRID.z0_mm / GRID.mm_per_cell)
    return Scan(0, 0, geometry, origin, GRID.mm_per_cell, GRID.mm_per_cell, "stated", orientation, Health.LIVE)


def through_path(seen: list[Seen], samples: Samples, manifest: Manifest) -> Iterator[Shown]:
    """Every sample through all that stands behind the model, as a still, for every procedure and side that could show it."""
    for one in seen:
        guess, confidence = view_of(one, manifest)
        for procedure, plan in PLANS.items():
            if guess not in plan.views and one.true_view not in plan.views:
                continue
            for side in (Side.LEFT, Side.RIGHT) if plan.sided else (Side.NONE,):
                answer = _one_shown(one, samples, manifest, Session(procedure, side), guess, confidence)
                if answer is not None:
                    yield answer


def _one_shown(one: Seen, samples: Samples, manifest: Manifest, session: Session, guess: str, confidence: float) -> Shown | None:
    """None where the sample's truth, which states no side, does not tell it either: nothing could be said of what is shown."""
    truth = _true_estimate(one, samples, manifest, session)
    if isinstance(truth, Missed) and truth.reason is Reason.SIDE_UNCLEAR:
        return None
    least_mm, most_mm = session.plan.depth_gate_mm
    held = isinstance(truth, Estimate) and least_mm <= truth.depth_mm <= most_mm
    other = one.true_view not in session.plan.views
    guidance = _answer(one, manifest, session, guess, samples.sides[one.index]).guidance
    subject = int(samples.subjects[one.index])
    seen = (session.procedure, subject, guess, confidence, held)
    if not isinstance(guidance, Pointing):
        return Shown(*seen, False, None, None, 0.0, 0.0, 0.0, other)
    shown = guidance.estimate
    if dim := isinstance(truth, Missed):
        truth = _true_estimate(one, samples, manifest, session, dim=True)
    if isinstance(truth, Missed):
        return Shown(*seen, True, None, None, shown.interval_mm, shown.confidence, shown.contrast, other, dim)
    dx, dz = (a - b for a, b in zip(shown.target_probe_mm, truth.target_probe_mm, strict=True))
    return Shown(*seen, True, hypot(dx, dz), dz, shown.interval_mm, shown.confidence, shown.contrast, other, dim)


def _answer(one: Seen, manifest: Manifest, session: Session, guess: str, sides: NDArray[np.float32]) -> Answer:
    """What stands behind the model, until every placing was taken and as many frames agree as the gate asks for. The grid is never mirrored again: it
    is drawn patient's left on the left, or cranial left."""
    course, scan, state = Course(session, manifest), grid_scan(guess, sides), PathState(screen=None)  # type: ignore[arg-type]  # never looked at
    for _ in range(len(one.raws) + course.limits.agreeing_frames - 1):
        placing = replace(next_placing(state, scan, course), mirrored=False)
        state, answer = conclude(state, scan, one.raws[placing.number], placing, course, now_ns=0)
    return answer


def _true_estimate(one: Seen, samples: Samples, manifest: Manifest, session: Session, *, dim: bool = False) -> Estimate | Missed:
    """By the clear landmarks. dim: by the dim ones too."""
    if one.true_view not in session.plan.views:
        return Missed(Reason.WRONG_VIEW)
    points = {
        name: tuple(Landmark(c, r, 1.0, 0.0) for c, r in truth_points(samples, one.index, name, dim=dim)) for name in VIEWS[one.true_view].landmarks
    }
    truth = Landmarks(one.true_view, 1.0, {name: found for name, found in points.items() if found})
    return locate(truth, grid_scan(one.true_view), session, manifest)


def target_factors(shown: list[Shown], before: Mapping[str, float]) -> dict[str, float]:
    """What each procedure's interval must be multiplied with so that 95 % of the shown hold the truth. before: the factors of what is shown."""
    factors = {}
    for procedure in PLANS:
        name = procedure.name.lower()
        ratios = np.array([one.error_mm / one.interval_mm for one in shown if one.procedure is procedure and one.error_mm is not None])
        factors[name] = round(before.get(name, 1.0) * quantile_mm(ratios), 3) if len(ratios) >= LEAST_PER_BIN else 1.0
    return factors


def settled_factors(seen: list[Seen], samples: Samples, manifest: Manifest) -> dict[str, float]:
    """Factors that hold on what is shown with them: a number rests on three looks, whose mean errs less than one look does, and what a gate withholds
    for its width depends on the factor. From a low start, halfway each time, so that nothing is left out for an interval that it will not have."""
    factors = {procedure.name.lower(): FIRST_FACTOR for procedure in PLANS}
    for _ in range(FACTOR_ROUNDS):
        found = target_factors(list(through_path(seen, samples, replace(manifest, target_factor=factors))), factors)
        factors = {name: round((factors[name] + found[name]) / 2, 3) for name in factors}
    return found


def calibrated(manifest: Manifest, model: Model, samples: Samples) -> tuple[Manifest, list[Seen]]:
    """The manifest with temperature, thresholds, intervals, target factors and risk from these (validation) samples."""
    seen = list(run(model, samples))
    open_all: Mapping[str, float] = dict.fromkeys(manifest.landmarks, 0.0)
    certain = dict.fromkeys(manifest.views, LEAST_VIEW)
    manifest = replace(manifest, **view_scale(seen, manifest), peak_threshold=open_all, view_threshold=certain)
    rows = peaks(seen, samples, manifest)
    curve = conformal(np.concatenate(list(rows.values())))
    tables = {name: scaled(curve, own) for name, own in rows.items()}
    manifest = replace(
        manifest,
        intervals={name: tuple((confidence, mm) for confidence, mm in table) for name, table in tables.items()},
        peak_threshold={name: peak_threshold(table, widest_mm=WIDEST_PEAK_MM, least=LEAST_PEAK) for name, table in tables.items()},
        target_risk=ALL_PASS,
        target_factor={},
    )
    manifest = replace(manifest, target_factor=settled_factors(seen, samples, manifest))
    return replace(manifest, target_risk=target_risk(list(through_path(seen, samples, manifest)))), seen
