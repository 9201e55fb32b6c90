"""Decode, locate, track and gate on made-up model outputs with known places."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, ceil, degrees
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.guidance.gate import GateState, Limits, gate
from edge.guidance.geometry import probe_from_frame
from edge.guidance.locate import MARGINS_MOST_MM, locate
from edge.guidance.risk import risk_of
from edge.guidance.session import Needle, Session, checked, mirrored, pivot_on_screen
from edge.guidance.track import MOST_GAP_NS, TrackState, gather_sights, gather_views
from edge.model.decode import decode, interval_mm, view_probabilities
from edge.model.manifest import Manifest, TargetRisk
from edge.model.resample import resampled, resampling
from edge.model.tensor import LEAST_CONTRAST, MOST_CONTRAST, brightness, contrast, contrast_at, frame_px_from_grid, to_grid
from edge.pipeline import Course, PathState, answer_scan, conclude
from edge.screen.watch import ScreenState
from edge.types import Estimate, Frame, Health, Missed, ModelInput, NoScan, Placing, Pointing, PointMm, RawOutput, Scan, ScreenLeft, Withheld
from firmware_bridge.wire import Procedure, Reason, Side
from tests.unit import made

FACET_PEAKS: dict[str, list[PointMm]] = {
    "spinous_process": [(1.0, 20.0)],
    "lamina": [(-12.0, 30.0), (13.0, 30.5)],
    "facet": [(-18.0, 32.0), (19.0, 31.5)],
}
FACET_CASES = [
    # name, side, screen_left, where the answer must lie
    ("right drawn right", Side.RIGHT, ScreenLeft.PATIENT_LEFT, (19.0, 31.5)),
    ("left drawn left", Side.LEFT, ScreenLeft.PATIENT_LEFT, (-18.0, 32.0)),
    ("right drawn left", Side.RIGHT, ScreenLeft.PATIENT_RIGHT, (-18.0, 32.0)),
    ("left drawn right", Side.LEFT, ScreenLeft.PATIENT_RIGHT, (19.0, 31.5)),
]


def located(session: Session, scan: Scan, view: str, peaks: dict[str, list[PointMm]], *, brightness: int = 90) -> Estimate | Missed:
    manifest = made.manifest()
    flip = mirrored(session, scan.orientation)
    seen = decode(made.raw(view, peaks, mirrored=flip, brightness=brightness), frame_px_from_grid(scan, manifest.grid, mirrored=flip), manifest)
    return locate(seen, scan, session, manifest)


@pytest.mark.parametrize(("name", "side", "left", "where"), FACET_CASES)
def test_the_chosen_side_is_the_patients(name: str, side: Side, left: ScreenLeft, where: PointMm) -> None:
    found = located(Session(Procedure.FACET, side), made.scan(left=left), "transverse_facet", FACET_PEAKS)
    assert isinstance(found, Estimate), name
    assert found.target_probe_mm == pytest.approx(where, abs=0.15), name
    # the needle comes from the target's side, so it leans back towards the midline
    assert np.sign(found.angle_deg) == -np.sign(where[0]), name


EDGES = [
    # name, where the facet lies (mm) in a scan of 30 mm to either side, which side is chosen, the hint's last word or nothing
    ("well inside", 20.0, Side.RIGHT, ""),
    ("2.5 mm from the side", 27.4, Side.RIGHT, ""),
    ("1.3 mm from the side", 28.6, Side.RIGHT, "right"),
    ("1.5 mm from the other side", -28.6, Side.LEFT, "left"),
    ("the other side's is none of ours", -28.6, Side.RIGHT, ""),
]


@pytest.mark.parametrize(("name", "x_mm", "side", "way"), EDGES)
def test_a_target_at_the_pictures_side_is_withheld(name: str, x_mm: float, side: Side, way: str) -> None:
    scan = made.scan()
    scan = replace(scan, geometry=replace(scan.geometry, left_px=170, right_px=470))
    peaks = {"spinous_process": [(0.0, 20.0)], "facet": [(x_mm, 31.0), (-np.sign(x_mm) * 20.0, 31.0)]}
    found = located(Session(Procedure.FACET, side), scan, "transverse_facet", peaks)
    if way:
        assert isinstance(found, Missed), name
        assert found.reason is Reason.OFF_AXIS
        assert found.hint.endswith(way), name
    else:
        assert isinstance(found, Estimate), name


PIVOTS = [
    # marker drawn, pivot on the screen, angle of the line from it to (19, 31.5): to the left of the pivot is negative
    ("right", (45.0, -35.0), degrees(atan2(19 - 45, 31.5 + 35))),
    ("left", (-45.0, -35.0), degrees(atan2(19 + 45, 31.5 + 35))),
]


@pytest.mark.parametrize(("marker", "on_screen", "angle_deg"), PIVOTS)
def test_a_pivot_follows_the_probes_marker(marker: Literal["left", "right"], on_screen: PointMm, angle_deg: float) -> None:
    """x = 45 mm in the probe's body is towards its marker, on whichever side of the screen that is drawn."""
    assert pivot_on_screen((45.0, -35.0), marker) == on_screen
    found = located(Session(Procedure.FACET, Side.RIGHT, Needle(pivot_mm=on_screen)), made.scan(), "transverse_facet", FACET_PEAKS)
    assert isinstance(found, Estimate)
    assert found.angle_deg == pytest.approx(angle_deg, abs=0.2)
    assert found.pivot_mm == pytest.approx(np.hypot(19 - on_screen[0], 66.5), abs=0.2)
    assert found.pivot_mm is not None
    assert found.insertion_mm < found.pivot_mm


def test_a_pivot_below_a_convex_skin_gives_no_number() -> None:
    scan = made.scan()
    convex = replace(scan, geometry=replace(scan.geometry, face_radius_mm=60.0, face_half_width_mm=30.0))
    session = Session(Procedure.FACET, Side.RIGHT, Needle(pivot_mm=(45.0, -5.0)))
    found = located(session, convex, "transverse_facet", FACET_PEAKS)
    assert isinstance(found, Missed)
    assert "pivot_mm" in found.hint


def test_a_bracket_is_refused_out_of_plane() -> None:
    with pytest.raises(ValueError, match="in_plane"):
        checked(Procedure.INTERLAMINAR, Side.NONE, Needle(pivot_mm=(45.0, -35.0)))


def test_unknown_orientation_gives_no_side() -> None:
    found = located(Session(Procedure.FACET, Side.RIGHT), made.scan(left=ScreenLeft.UNKNOWN), "transverse_facet", FACET_PEAKS)
    assert found == Missed(Reason.ORIENTATION_UNKNOWN)


def test_one_facet_without_the_midline_has_no_side() -> None:
    found = located(Session(Procedure.FACET, Side.RIGHT), made.scan(), "transverse_facet", {"facet": [(19.0, 31.5)]})
    assert found == Missed(Reason.SIDE_UNCLEAR)


L5, ALA = Procedure.L5_DORSAL_RAMUS, "transverse_sacral_ala"
BESIDE = [
    ("no neighbour", L5, ALA, {"ala_groove": [(2.0, 40.0)]}, None),
    ("neighbour towards the midline", L5, ALA, {"ala_groove": [(2.0, 40.0)], "s1_sap": [(-6.0, 32.0)]}, 2.0),
    ("neighbour beyond: the other side", L5, ALA, {"ala_groove": [(2.0, 40.0)], "s1_sap": [(9.0, 32.0)]}, None),
    ("neighbour right over it", L5, ALA, {"ala_groove": [(2.0, 40.0)], "s1_sap": [(1.0, 32.0)]}, None),
    ("neighbour too far to be one", Procedure.MEDIAL_BRANCH, "transverse_process", {"tp_groove": [(20.0, 45.0)], "sap_tip": [(-14.0, 38.0)]}, None),
    ("a groove each side of a process", Procedure.MEDIAL_BRANCH, "transverse_process",
     {"tp_groove": [(-6.0, 45.0), (8.0, 45.0)], "sap_tip": [(0.0, 38.0)]}, 8.0),
    ("both laminae and one facet", Procedure.FACET, "transverse_facet", {"facet": [(14.0, 35.0)], "lamina": [(-9.0, 33.0), (3.0, 33.0)]}, 14.0),
    ("the midline seen goes first", Procedure.FACET, "transverse_facet",
     {"facet": [(14.0, 35.0)], "lamina": [(3.0, 33.0)], "spinous_process": [(20.0, 20.0)]}, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "procedure", "view", "peaks", "x_mm"), BESIDE)
def test_a_neighbour_tells_the_side_where_the_midline_is_not_seen(
    name: str, procedure: Procedure, view: str, peaks: dict[str, list[PointMm]], x_mm: float | None
) -> None:
    session = Session(procedure, Side.RIGHT)
    found = located(session, made.scan(), view, peaks)
    if x_mm is None:
        assert found == Missed(Reason.SIDE_UNCLEAR), name
    else:
        assert isinstance(found, Estimate), name
        assert found.target_probe_mm[0] == pytest.approx(x_mm, abs=0.2)
    # the same picture the other way round, for the other side
    turned = {landmark: [(-x, z) for x, z in points] for landmark, points in peaks.items()}
    other = located(Session(procedure, Side.LEFT), made.scan(), view, turned)
    assert isinstance(other, Estimate) == isinstance(found, Estimate), name


def test_only_the_other_sides_facet_is_not_shown() -> None:
    peaks = {"spinous_process": [(20.0, 20.0)], "facet": [(2.0, 31.0)]}
    found = located(Session(Procedure.FACET, Side.RIGHT), made.scan(), "transverse_facet", peaks)
    assert found == Missed(Reason.SIDE_UNCLEAR)


FORAMEN: dict[str, list[PointMm]] = {"articular_edge": [(-6.0, 40.0)], "intertransverse_ligament": [(1.0, 48.0)]}
TARGET_RULES = [
    (Procedure.INTERLAMINAR, Side.NONE, "transverse_interlaminar", {"posterior_complex": [(0.5, 45.0)]}, (0.5, 45.0)),
    (Procedure.CAUDAL, Side.NONE, "transverse_sacral_hiatus", {"scl": [(0.0, 12.0)], "sacral_floor": [(0.0, 16.0)]}, (0.0, 14.0)),
    (Procedure.CAUDAL, Side.NONE, "transverse_sacral_hiatus", {"scl": [(0.0, 12.0)], "sacral_floor": [(0.0, 22.0)]}, (0.0, 14.5)),
    (
        Procedure.S1_FORAMEN,
        Side.RIGHT,
        "transverse_s1",
        {"median_crest": [(-22.0, 20.0)], "foramen_medial_lip": [(-3.0, 30.0)], "foramen_lateral_lip": [(5.0, 32.0)]},
        (1.0, 31.0),
    ),
    (Procedure.SACROILIAC, Side.RIGHT, "transverse_sacroiliac", {"sacral_edge": [(3.0, 40.0)], "iliac_edge": [(7.0, 36.0)]}, (5.0, 38.0)),
    (Procedure.NERVE_ROOT, Side.RIGHT, "transverse_foramen", FORAMEN | {"nerve_root": [(4.0, 60.0)]}, (4.0, 60.0)),
    # a root may hang medial of the edge that it comes out under
    (Procedure.NERVE_ROOT, Side.RIGHT, "transverse_foramen", FORAMEN | {"nerve_root": [(-9.0, 60.0)]}, (-9.0, 60.0)),
    (Procedure.INTERLAMINAR_PARAMEDIAN, Side.RIGHT, "paramedian_oblique", {"posterior_complex": [(2.0, 48.0)]}, (2.0, 48.0)),
]


@pytest.mark.parametrize(("procedure", "side", "view", "peaks", "where"), TARGET_RULES)
def test_each_procedures_target_rule(procedure: Procedure, side: Side, view: str, peaks: dict[str, list[PointMm]], where: PointMm) -> None:
    left = ScreenLeft.CRANIAL if VIEWS[view].plane == "sagittal" else ScreenLeft.PATIENT_LEFT
    found = located(Session(procedure, side), made.scan(left=left), view, peaks)
    assert isinstance(found, Estimate)
    assert found.target_probe_mm == pytest.approx(where, abs=0.15)


DARK = [
    # what is looked for, its view and peaks, brightness around them, whether it counts as seen
    (Procedure.NERVE_ROOT, "transverse_foramen", FORAMEN | {"nerve_root": [(4.0, 60.0)]}, 16, True),
    (Procedure.NERVE_ROOT, "transverse_foramen", FORAMEN | {"nerve_root": [(4.0, 60.0)]}, 15, False),
    (Procedure.FACET, "transverse_facet", FACET_PEAKS, 3, True),  # bone throws a shadow of its own
]


@pytest.mark.parametrize(("procedure", "view", "peaks", "brightness", "seen"), DARK)
def test_a_root_in_the_dark_is_not_seen(
    procedure: Procedure, view: str, peaks: dict[str, list[PointMm]], brightness: int, seen: bool
) -> None:
    found = located(Session(procedure, Side.RIGHT), made.scan(), view, peaks, brightness=brightness)
    if seen:
        assert isinstance(found, Estimate)
    else:
        assert found == Missed(Reason.LANDMARK_MISSING, "nerve root, too dark there: more gain")


@pytest.mark.parametrize(
    ("name", "side", "ligament"),
    [("the other side", Side.LEFT, [(1.0, 48.0)]), ("not clear", Side.RIGHT, [(-4.5, 48.0)]), ("no ligament", Side.RIGHT, [])],
)
def test_a_root_beyond_the_edge_does_not_tell_its_side(name: str, side: Side, ligament: list[PointMm]) -> None:
    """Of two landmarks a few mm apart and a few mm off, the root's own place once told the wrong side: the ligament's does."""
    root = {"nerve_root": [(4.0, 60.0) if side is Side.RIGHT else (-12.0, 60.0)]}
    found = located(Session(Procedure.NERVE_ROOT, side), made.scan(), "transverse_foramen", FORAMEN | root | {"intertransverse_ligament": ligament})
    assert isinstance(found, Missed), name
    assert found.reason is Reason.SIDE_UNCLEAR, name


def test_lips_in_the_wrong_order_are_another_side() -> None:
    peaks = {"foramen_medial_lip": [(5.0, 30.0)], "foramen_lateral_lip": [(-3.0, 30.0)]}
    assert located(Session(Procedure.S1_FORAMEN, Side.RIGHT), made.scan(), "transverse_s1", peaks) == Missed(Reason.SIDE_UNCLEAR)


@pytest.mark.parametrize(
    ("view", "medial", "lateral"),
    [("transverse_s1", "foramen_medial_lip", "foramen_lateral_lip"), ("transverse_sacroiliac", "sacral_edge", "iliac_edge")],
)
def test_the_limit_on_margins_parts_one_side_from_two(view: str, medial: str, lateral: str) -> None:
    """On phantom subjects, 5 mm of error left on either side of it."""
    anatomy = pytest.importorskip("models.phantom.anatomy", reason="the phantom's extra is not installed")
    survey = pytest.importorskip("models.phantom.survey", reason="the phantom's extra is not installed")
    own: list[float] = []
    across: list[float] = []
    for seed in range(7_000_000, 7_000_012):
        points = survey.seen(anatomy.sample_anatomy(seed), view)
        middle = points["median_crest"][0].x_mm
        for one in points[medial]:
            for other in points[lateral]:
                same = (one.x_mm - middle) * (other.x_mm - middle) > 0
                (own if same else across).append(abs(one.x_mm - other.x_mm))
    assert len(own) >= 20
    assert max(own) + 5 <= MARGINS_MOST_MM <= min(across) - 5


def test_one_lip_of_each_side_is_no_target_on_the_midline() -> None:
    peaks = {"foramen_medial_lip": [(-15.0, 30.0)], "foramen_lateral_lip": [(-24.0, 30.0), (24.0, 30.0)]}
    session = Session(Procedure.S1_FORAMEN, Side.RIGHT)
    assert located(session, made.scan(), "transverse_s1", peaks) == Missed(Reason.SIDE_UNCLEAR)


@settings(max_examples=60, deadline=None)
@given(st.floats(-45, 45), st.floats(5, 100), st.booleans(), st.floats(0.05, 0.5))
def test_a_peak_comes_back_where_it_was_put(x_mm: float, z_mm: float, flip: bool, mm_per_px: float) -> None:
    manifest = made.manifest()
    scan = made.scan(mm_per_px=mm_per_px)
    raw = made.raw("transverse_interlaminar", {"posterior_complex": [(x_mm, z_mm)]}, mirrored=flip)
    seen = decode(raw, frame_px_from_grid(scan, manifest.grid, mirrored=flip), manifest)
    point = seen.points["posterior_complex"][0]
    assert probe_from_frame(scan, (point.x_px, point.y_px)) == pytest.approx((x_mm, z_mm), abs=0.2)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_any_raw_output_is_answered(seed: int) -> None:
    """Any int8 output becomes Pointing or Withheld, never an exception, for every procedure."""
    rng = np.random.default_rng(seed)
    raw = made.raw("none", {})
    noisy = replace(
        raw,
        heatmaps_int8=rng.integers(-128, 128, raw.heatmaps_int8.shape, np.int8),
        view_logits_int8=rng.integers(-128, 128, raw.view_logits_int8.shape, np.int8),
    )
    for procedure, plan in PLANS.items():
        course = Course(Session(procedure, Side.LEFT if plan.sided else Side.NONE), made.manifest())
        _, said = conclude(fresh_path(), made.scan(), noisy, Placing(), course, now_ns=0)
        assert isinstance(said.guidance, Withheld)


SHOWN = {
    "whole": made.raw("transverse_facet", FACET_PEAKS),
    "another view": made.raw("transverse_process", FACET_PEAKS),
    "no view": made.raw("none", {}),
    "no target": made.raw("transverse_facet", {"spinous_process": [(1.0, 20.0)]}),
    "elsewhere": made.raw("transverse_facet", {**FACET_PEAKS, "facet": [(-18.0, 32.0), (27.0, 31.5)]}),
}


@given(st.lists(st.sampled_from([*SHOWN, "no scan"]), min_size=1, max_size=14))
@settings(max_examples=80, deadline=None)
def test_a_number_rests_on_three_frames_in_a_row_that_each_support_it(names: list[str]) -> None:
    """Pointing only where the last three frames were live, showed the view and put the target in one place: no mean brings one in that lacks it."""
    course, state = Course(Session(Procedure.FACET, Side.RIGHT), made.manifest(view_threshold=0.9)), fresh_path()
    for at, name in enumerate(names):
        scan = NoScan(at, 0, Reason.NO_SIGNAL) if name == "no scan" else made.scan(frame_id=at)
        state, said = conclude(state, scan, SHOWN.get(name), Placing(), course, now_ns=0)
        last = names[max(0, at - 2) : at + 1]
        steady = len(last) == 3 and len(set(last)) == 1 and last[0] in ("whole", "elsewhere")
        assert isinstance(said.guidance, Pointing) == steady, names[: at + 1]


@given(st.lists(st.one_of(st.integers(0, MOST_GAP_NS), st.integers(MOST_GAP_NS + 1, 10**13), st.integers(-(10**10), -1)), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_three_frames_behind_a_number_are_neighbours_in_time(gaps_ns: list[int]) -> None:
    """After a gap, or where time runs backwards, the count starts anew, whatever the frames show."""
    course, state, at_ns, near = Course(Session(Procedure.FACET, Side.RIGHT), made.manifest(view_threshold=0.9)), fresh_path(), 10**12, 0
    for at, gap_ns in enumerate(gaps_ns):
        at_ns, near = at_ns + gap_ns, near + 1 if at and 0 <= gap_ns <= MOST_GAP_NS else 1
        scan = made.scan(frame_id=at, captured_ns=at_ns)
        state, said = conclude(state, scan, SHOWN["whole"], Placing(), course, now_ns=at_ns)
        assert isinstance(said.guidance, Pointing) == (near >= 3)


def fresh_path() -> PathState:
    return PathState(screen=None)  # type: ignore[arg-type]  # conclude never looks at it


def test_intervals_are_linear_between_rows() -> None:
    table = ((0.2, 6.0), (0.6, 2.0), (1.0, 1.0))
    assert [interval_mm(value, table) for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)] == pytest.approx([6, 6, 4, 2, 1.5, 1])


def estimate(x_mm: float = 19.0, z_mm: float = 31.5, interval: float = 2.0) -> Estimate:
    return Estimate((x_mm, z_mm), (0.0, 0.0), z_mm, x_mm, -30.0, 40.0, interval, 1.6, 2.0, 0.9)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(5, 100), st.floats(0.1, 6)), min_size=1, max_size=20))
def test_track_stays_within_each_frames_interval(seen: list[tuple[float, float, float]]) -> None:
    state = TrackState()
    for x_mm, z_mm, interval in seen:
        state, sight = gather_sights(state, "transverse_facet", estimate(x_mm, z_mm, interval), most=3, agree_mm=5.0)
        assert sight is not None
        assert np.hypot(sight.target_mm[0] - x_mm, sight.target_mm[1] - z_mm) <= interval + 1e-9


def test_track_starts_afresh_after_a_missed_frame() -> None:
    state, _ = gather_sights(TrackState(), "transverse_facet", estimate(), most=3, agree_mm=5.0)
    state, nothing = gather_sights(state, "transverse_facet", Missed(Reason.WRONG_VIEW), most=3, agree_mm=5.0)
    assert nothing is None
    assert state == TrackState()


SIGHTS = [
    # name, x in mm of the frames before (newest last) and of this one, how many agree, x in mm that is given
    ("one place", (19.0, 19.6, 19.3), 3, 19.3),
    ("no more than asked for", (10.0, 19.0, 19.6, 19.3), 3, 19.3),
    ("moving: the past agrees, and is worth nothing for the place", (12.0, 16.0, 19.0), 2, 19.0),
    ("a jump between", (19.0, 40.0, 19.0), 1, 19.0),
]


@pytest.mark.parametrize(("name", "xs", "agreeing", "given"), SIGHTS)
def test_a_place_rests_on_the_sights_in_a_row_that_agree(name: str, xs: tuple[float, ...], agreeing: int, given: float) -> None:
    state, sight = TrackState(), None
    for x_mm in xs:
        state, sight = gather_sights(state, "transverse_facet", estimate(x_mm), most=3, agree_mm=5.0)
    assert sight is not None
    assert len(state.sights) == agreeing, name
    assert sight.target_mm == pytest.approx((given, 31.5)), name


def test_a_sight_in_another_view_agrees_with_none() -> None:
    state, _ = gather_sights(TrackState(), "transverse_sacral_hiatus", estimate(), most=3, agree_mm=5.0)
    state, _ = gather_sights(state, "longitudinal_sacral_hiatus", estimate(), most=3, agree_mm=5.0)
    assert len(state.sights) == 1


def test_certainty_and_interval_are_the_means_of_the_sights() -> None:
    state, _ = gather_sights(TrackState(), "transverse_facet", replace(estimate(interval=2.0), confidence=0.5), most=3, agree_mm=5.0)
    _, sight = gather_sights(state, "transverse_facet", replace(estimate(interval=3.0), confidence=0.9), most=3, agree_mm=5.0)
    assert sight is not None
    assert (sight.interval_mm, sight.confidence) == pytest.approx((2.5, 0.7))


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), min_size=1, max_size=6))
def test_gathered_views_are_the_mean_of_the_last(drawn: list[list[float]]) -> None:
    """The mean of probabilities is one: none below zero, one in all."""
    state, mean = TrackState(), ()
    for weights in drawn:
        state, mean = gather_views(state, tuple(np.array(weights) / sum(weights)), most=3)
    assert 1 <= len(state.views) <= min(3, len(drawn))
    assert sum(mean) == pytest.approx(1.0)
    last = drawn[-len(state.views) :]
    assert mean == pytest.approx(np.mean([np.array(weights) / sum(weights) for weights in last], axis=0))


VIEWS_SEEN = [
    # name, probabilities of a first view frame by frame (a second has the rest), of how many frames the last mean is made
    ("sure of it all along", (0.99, 0.98, 0.99), 3),
    ("unsure once", (0.99, 0.4, 0.99), 3),
    ("another view until now", (0.02, 0.03, 0.99), 1),
    ("another view, and then unsure", (0.02, 0.03, 0.7), 3),
    ("a glitch between", (0.99, 0.02, 0.99), 1),
]


@pytest.mark.parametrize(("name", "first", "frames"), VIEWS_SEEN)
def test_a_change_of_view_starts_the_views_afresh(name: str, first: tuple[float, ...], frames: int) -> None:
    state = TrackState()
    for probability in first:
        state, _ = gather_views(state, (probability, 1 - probability), most=3)
    assert len(state.views) == frames, name


SESSION = Session(Procedure.FACET, Side.RIGHT)


def gated(state: GateState, **changes: object) -> tuple[GateState, Pointing | Withheld]:
    landmarks = decode(made.raw("transverse_facet", FACET_PEAKS), frame_px_from_grid(made.scan(), made.GRID, mirrored=False), made.manifest())
    given_values: dict[str, object] = {
        "scan": made.scan(),
        "landmarks": landmarks,
        "estimate": estimate(),
        "agreeing": 3,
        "session": SESSION,
        "manifest": made.manifest(),
        "limits": Limits(),
        "now_ns": 0,
    } | changes
    return gate(state, **given_values)  # type: ignore[arg-type]


def risky(**changes: object) -> Manifest:
    """A manifest by which the shown estimate is just safe enough, with a heavier weight on one sign or another."""
    risk = TargetRisk(most=0.04, level=3.0, view=0.0, confidence=8.0, contrast=0.0, procedures={})
    return replace(made.manifest(), target_risk=replace(risk, **changes))  # type: ignore[arg-type]


DIM = replace(estimate(), contrast=-25.0)
GATE_CASES = [
    ("no signal", {"scan": NoScan(0, 0, Reason.NO_SIGNAL)}, Reason.NO_SIGNAL),
    ("frozen", {"scan": made.scan(health=Health.FROZEN)}, Reason.FROZEN),
    ("menu", {"scan": made.scan(health=Health.MENU)}, Reason.MENU),
    ("mirrored", {"scan": made.scan(health=Health.MIRRORED)}, Reason.MIRRORED),
    ("layout changed", {"scan": made.scan(health=Health.LAYOUT_CHANGED)}, Reason.LAYOUT_CHANGED),
    ("scale changed", {"scan": made.scan(health=Health.SCALE_CHANGED)}, Reason.SCALE_CHANGED),
    ("health not known", {"scan": made.scan(health=Health.UNKNOWN)}, Reason.STARTING),
    ("old", {"now_ns": 200_000_001}, Reason.TOO_OLD),
    ("from the future", {"now_ns": -1}, Reason.TOO_OLD),
    ("no landmarks", {"landmarks": None}, Reason.WRONG_VIEW),
    ("unsure of the view", {"manifest": made.manifest(view_threshold=0.999999)}, Reason.LOW_CONFIDENCE),
    ("unsure of the target", {"manifest": risky(confidence=6.0)}, Reason.LOW_CONFIDENCE),
    ("a target dimmer than what lies above it", {"manifest": risky(contrast=60.0), "estimate": DIM}, Reason.LOW_CONFIDENCE),
    ("a procedure of many wrong numbers", {"manifest": risky(procedures={"facet": 9.0})}, Reason.LOW_CONFIDENCE),
    ("missed", {"estimate": Missed(Reason.SIDE_UNCLEAR)}, Reason.SIDE_UNCLEAR),
    ("wide", {"estimate": estimate(interval=5.1)}, Reason.WIDE_INTERVAL),
    ("nan interval", {"estimate": estimate(interval=float("nan"))}, Reason.WIDE_INTERVAL),
    ("too shallow", {"estimate": estimate(z_mm=14.9)}, Reason.OUT_OF_REACH),
    ("too deep", {"estimate": estimate(z_mm=90.1)}, Reason.OUT_OF_REACH),
    ("nan depth", {"estimate": estimate(z_mm=float("nan"))}, Reason.OUT_OF_REACH),
]


@pytest.mark.parametrize(("name", "changes", "reason"), GATE_CASES)
def test_one_unsupported_frame_withholds(name: str, changes: dict[str, object], reason: Reason) -> None:
    ready = GateState(3)
    assert isinstance(gated(ready)[1], Pointing)
    state, guidance = gated(ready, **changes)
    assert isinstance(guidance, Withheld), name
    assert guidance.reason is reason, name
    assert guidance.hint, name
    assert state == GateState(), name


def test_the_same_risk_lets_a_sure_and_bright_target_pass() -> None:
    assert isinstance(gated(GateState(3), manifest=risky())[1], Pointing)
    assert isinstance(gated(GateState(3), manifest=risky(contrast=60.0), estimate=replace(DIM, contrast=20.0))[1], Pointing)


WEIGHTS = st.floats(0, 50)
RISKS = st.builds(TargetRisk, st.just(0.04), st.floats(-50, 50), WEIGHTS, WEIGHTS, WEIGHTS, st.fixed_dictionaries({"facet": st.floats(-5, 5)}))


SHARES, GREYS = st.floats(0, 1), st.integers(-25, 38)


@given(RISKS, st.tuples(SHARES, SHARES), st.tuples(SHARES, SHARES), st.tuples(GREYS, GREYS))
def test_no_sign_of_a_good_target_makes_a_number_riskier(
    risk: TargetRisk, view: tuple[float, float], confidence: tuple[float, float], contrast: tuple[int, int]
) -> None:
    worst, best = (
        risk_of(risk, "facet", view_confidence=end(view), confidence=end(confidence), contrast=end(contrast)) for end in (min, max)
    )
    assert 0 <= best <= worst <= 1


def test_three_agreeing_frames_show() -> None:
    state, shown = GateState(), []
    for _ in range(4):
        state, guidance = gated(state)
        shown.append(isinstance(guidance, Pointing))
    assert shown == [False, False, True, True]


def test_a_jump_starts_the_count_again() -> None:
    state, guidance = gated(GateState(3), agreeing=1)
    assert isinstance(guidance, Withheld)
    assert guidance.reason is Reason.UNSTEADY
    assert state.supported == 1


def test_out_of_plane_says_which_way_to_slide() -> None:
    session = Session(Procedure.INTERLAMINAR)
    landmarks = decode(made.raw("transverse_interlaminar", {}), frame_px_from_grid(made.scan(), made.GRID, mirrored=False), made.manifest())
    _, guidance = gated(GateState(3), session=session, landmarks=landmarks, estimate=estimate(4.0, 45.0))
    assert isinstance(guidance, Withheld)
    assert guidance.reason is Reason.OFF_AXIS
    assert "right" in guidance.hint


def test_tensor_holds_grey_minus_128_and_nothing_outside_the_scan() -> None:
    pixels = np.full((600, 640), 200, np.uint8)
    made_input = to_grid(pixels, made.scan(), made.GRID, mirrored=False)
    values = made_input.tensor[0, :, :, 0]
    assert set(np.unique(values)) == {-128, 72}
    # the scan is 600 x 580 px at 0.2 mm: 120 x 116 mm, wider than the grid; its top edge lies at z = 0
    first_row = int(np.argmax(values[:, 96] > -128))
    assert made.GRID.z0_mm + made.GRID.mm_per_cell * first_row == pytest.approx(0.0, abs=made.GRID.mm_per_cell)


def test_the_models_networks_are_asked_in_turn() -> None:
    """A still shown again and again, as a frozen picture or a slow probe is."""
    manifest = replace(made.manifest(), placings=((0, 0), (2, 1), (1, -2)))
    course, state, turns = Course(Session(Procedure.FACET, Side.RIGHT), manifest), PathState(None), []  # type: ignore[arg-type]  # no screen is looked at

    def invoke(given: ModelInput) -> RawOutput:
        turns.append(given.turn)
        return made.raw("transverse_facet", FACET_PEAKS)

    for index in range(5):
        frame = Frame(index, index * 33_000_000, np.full((600, 640), 90, np.uint8))
        state, _ = answer_scan(state, frame, made.scan(captured_ns=frame.captured_ns), course, invoke, now_ns=frame.captured_ns)
    assert turns == [0, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("black", "grey", "expected"),
    [(1, 100, 99), (16, 100, 84), (24, 100, 76), (60, 100, 76), (0, 0, 0), (16, 16, 0)],
)
def test_brightness_is_over_the_pictures_black(black: int, grey: int, expected: int) -> None:
    """A disc of grey on a black ground, and a picture's black is looked for up to video's own only."""
    rows, columns = np.mgrid[0 : made.GRID.rows, 0 : made.GRID.columns]
    sheet = np.where(np.hypot(rows - 82, columns - 60) < 12, grey, black).astype(np.uint8)
    found = brightness((sheet ^ 0x80).view(np.int8)[None, :, :, None], made.HEATMAP)
    assert found.shape == (made.HEATMAP.rows, made.HEATMAP.columns)
    assert found[20, 14] == expected
    assert found[40, 40] == max(0, black - 24)
    assert found[40, 40] <= found[20, 17] <= expected


# grey above, of the echo and of what lies beneath; the contrast that is told
ECHOES = [
    ("brighter than what lies above", 60, 80, 40, 20),
    ("as bright", 60, 60, 40, 0),
    ("dimmer", 60, 50, 10, -10),
    ("much brighter", 10, 200, 10, MOST_CONTRAST),
    ("much dimmer", 200, 10, 10, LEAST_CONTRAST),
    ("black", 0, 0, 0, 0),
]


@pytest.mark.parametrize(("name", "above", "echo", "beneath", "expected"), ECHOES, ids=[case[0] for case in ECHOES])
def test_contrast_is_of_an_echo_over_what_lies_above_it(name: str, above: int, echo: int, beneath: int, expected: int) -> None:
    sheet = np.full((made.GRID.rows, made.GRID.columns), above, np.uint8)
    sheet[78:83], sheet[83:] = echo, beneath  # the landmark lies in row 80, in cell 20: rows 78 to 85 are its echo's, 70 to 77 those above
    tensor = (sheet ^ 0x80).view(np.int8)[None, :, :, None]
    assert contrast_at(tensor, made.HEATMAP, 20, 14) == expected, name


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 47), st.integers(0, 47))
def test_a_cells_contrast_is_that_of_the_whole_picture(seed: int, row: int, column: int) -> None:
    noise = np.random.default_rng(seed).integers(-128, 128, (1, made.GRID.rows, made.GRID.columns, 1), np.int8)
    whole = contrast(noise, made.HEATMAP)
    assert whole.shape == (made.HEATMAP.rows, made.HEATMAP.columns)
    assert contrast_at(noise, made.HEATMAP, row, column) == whole[row, column]


@settings(max_examples=30, deadline=None)
@given(st.floats(-40, 40), st.floats(10, 90), st.booleans())
def test_a_bright_spot_lands_in_the_cell_that_the_mapping_says(x_mm: float, z_mm: float, flip: bool) -> None:
    scan = made.scan()
    pixels = np.zeros((600, 640), np.uint8)
    u, v = scan.origin_px[0] + x_mm / 0.2, scan.origin_px[1] + z_mm / 0.2
    pixels[round(v) - 3 : round(v) + 4, round(u) - 3 : round(u) + 4] = 255
    made_input = to_grid(pixels, scan, made.GRID, mirrored=flip)
    weights = made_input.tensor[0, :, :, 0].astype(np.float64) + 128
    row, column = (np.average(axis, weights=weights) for axis in np.mgrid[0 : made.GRID.rows, 0 : made.GRID.columns])
    a, b, c, d = made_input.frame_px_from_grid
    assert (a * column + b, c * row + d) == pytest.approx((round(u), round(v)), abs=0.4)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_resampler_is_pillows_without_its_roundings(data: st.DataObject) -> None:
    """Any box of any picture: means over whole pixels, then a triangle, as Pillow's reduce and resize do."""
    rows, columns = data.draw(st.integers(40, 500)), data.draw(st.integers(40, 500))
    left, top = data.draw(st.floats(0, columns / 3)), data.draw(st.floats(0, rows / 3))
    right, bottom = data.draw(st.floats(columns / 2, columns)), data.draw(st.floats(rows / 2, rows))
    size = data.draw(st.integers(5, 192)), data.draw(st.integers(5, 192))
    pixels = np.random.default_rng(data.draw(st.integers(0, 99))).choice(np.array([0, 40, 255], np.uint8), (rows, columns))
    crop = pixels[int(top) : ceil(bottom), int(left) : ceil(right)]
    near = (left - int(left), top - int(top), right - int(left), bottom - int(top))
    plan = resampling((left, top, right, bottom), size, mirrored=False)
    steps = plan.step_columns, plan.step_rows
    small = Image.fromarray(crop.astype(np.float32)).reduce(steps)
    box = tuple(edge / step for edge, step in zip(near, 2 * steps, strict=True))
    wanted = np.asarray(small.resize(size, Image.Resampling.BILINEAR, box=box))
    for flip in (False, True):
        plan = resampling((left, top, right, bottom), size, mirrored=flip)
        assert np.abs(resampled(pixels, plan)[:, :: -1 if flip else 1] - wanted).max() < 0.51  # half a grey, and the weights' rounding


@pytest.mark.parametrize("period_px", [2.0, 2.2, 2.6, 3.3])
def test_stripes_finer_than_the_grid_hardly_alias(period_px: float) -> None:
    """Stripes finer than two cells of 2.88 px would come back as broad ones if pixels were picked; averaged, less than a quarter is left of them."""
    stripes = np.tile((127.5 + 127.5 * np.cos(2 * np.pi * np.arange(384) / period_px)).round().astype(np.uint8), (460, 1))
    plan = resampling((0.0, 0.0, 383.0, 460.0), (133, 160), mirrored=False)
    assert resampled(stripes, plan)[:, 3:-3].std() < 0.25 * stripes[0].std()


def test_screen_state_is_a_value() -> None:
    assert ScreenState.__dataclass_params__.frozen  # type: ignore[attr-defined]


def with_logits(view: str, peaks: dict[str, list[tuple[float, float]]], *, step: int) -> RawOutput:
    """Logits that hold a view a little likelier than all others: step int8 steps."""
    output = made.raw(view, peaks)
    logits = np.where(output.view_logits_int8 > 0, step, 0).astype(np.int8)
    return replace(output, view_logits_int8=logits)


EVIDENCE = replace(made.manifest(), evidence_weight=1.0, evidence_none=-1.0)


@pytest.mark.parametrize(
    ("name", "manifest", "peaks", "expected"),
    [
        ("without a weight the logits alone tell", made.manifest(), FACET_PEAKS, "transverse_process"),
        ("landmarks of another view that are found outweigh a small lead", EVIDENCE, FACET_PEAKS, "transverse_facet"),
        ("no landmark anywhere is no view", EVIDENCE, {}, NO_VIEW),
    ],
)
def test_a_views_probability_counts_its_landmarks(name: str, manifest: Manifest, peaks: dict[str, list[tuple[float, float]]], expected: str) -> None:
    del name
    probabilities = view_probabilities(with_logits("transverse_process", peaks, step=5), manifest)
    assert manifest.views[probabilities.index(max(probabilities))] == expected
    assert sum(probabilities) == pytest.approx(1.0)
