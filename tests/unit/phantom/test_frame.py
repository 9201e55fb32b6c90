"""The phantom's frames, clips and sets: repeatable, whole, split by subject, with truth in the contract's form."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from PIL import Image

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.source import truth as contract
from edge.types import ScreenLeft
from firmware_bridge.wire import Procedure, Side
from models.phantom import dataset, negatives, recorded
from models.phantom.clip import ClipSpec, render_clip
from models.phantom.frame import FrameSpec, PhantomFrame, can_be_seen, examine, render_frame
from models.phantom.probe import PROBE_KINDS, polar_of, sample_probe
from models.phantom.truth import Drawn, Placement, chosen_side, line, target_of

GOLDENS = Path(__file__).parents[2] / "vectors" / "phantom_goldens.json"
SUBJECT = 4242


@pytest.fixture(scope="module")
def frames() -> dict[str, PhantomFrame]:
    """A frame of each view and of none."""
    return {view: render_frame(FrameSpec(SUBJECT, view, 1)) for view in (*VIEWS, NO_VIEW)}


def parsed(frame: PhantomFrame) -> contract.TruthLine:
    return contract.parse(json.loads(dataset.line_of(frame, "000000.png")))


@pytest.mark.parametrize("view", [*VIEWS, NO_VIEW])
def test_truth_has_the_contracts_form(frames: dict[str, PhantomFrame], view: str) -> None:
    frame = frames[view]
    told = parsed(frame)
    assert told.subject == f"s{SUBJECT}"
    assert told.view in (view, NO_VIEW)
    assert frame.pixels.dtype == np.uint8
    left, top, right, bottom = frame.scan_box_px
    assert 0 <= left < right <= frame.pixels.shape[1]
    assert 0 <= top < bottom <= frame.pixels.shape[0]
    if told.view == NO_VIEW:
        assert (told.procedure, told.side, told.target, dict(told.landmarks)) == (Procedure.NONE, Side.NONE, None, {})
        return
    plan = PLANS[told.procedure]
    assert told.view in plan.views
    assert (told.side is not Side.NONE) == plan.sided
    assert told.screen_left is not ScreenLeft.UNKNOWN
    for name, points in told.landmarks.items():
        assert name in VIEWS[told.view].landmarks
        assert 1 <= len(points) <= (2 if name in VIEWS[told.view].paired else 1)
        assert list(points) == sorted(points)
        assert all(left <= u < right and top <= v < bottom for u, v in points)


def test_most_views_show_their_target(frames: dict[str, PhantomFrame]) -> None:
    assert sum(frames[view].truth["target"] is not None for view in VIEWS) >= 6  # one subject: some of its targets are dim


@pytest.mark.parametrize(("view", "landmark"), [("transverse_sacral_ala", "ala_groove"), ("transverse_interlaminar", "posterior_complex")])
def test_the_hand_slides_an_out_of_plane_target_to_the_axis(view: str, landmark: str) -> None:
    exams = [examine(FrameSpec(SUBJECT + k, view, k)) for k in range(16)]
    aside = [min(abs(point.x_mm) for point in exam.marks[landmark]) for exam in exams if exam.marks.get(landmark)]
    assert len(aside) >= 14
    assert np.mean(np.array(aside) <= 3.0) >= 0.75
    assert np.median(aside) > 0.1  # and no better than a hand can


def test_a_frame_is_the_same_in_another_process(frames: dict[str, PhantomFrame]) -> None:
    code = (
        "import hashlib\nfrom models.phantom.frame import FrameSpec, render_frame\n"
        f"print(hashlib.sha256(render_frame(FrameSpec({SUBJECT}, 'transverse_facet', 1)).pixels.tobytes()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout.strip()
    assert other == hashlib.sha256(frames["transverse_facet"].pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("change", [{"seed": 2}, {"subject_seed": SUBJECT + 1}, {"probe": "linear"}, {"layout": "telemed"}, {"bmi_kg_m2": 41.0}])
def test_every_part_of_a_spec_matters(frames: dict[str, PhantomFrame], change: dict[str, object]) -> None:
    spec = replace(FrameSpec(SUBJECT, "transverse_facet", 1), **change)
    assert not np.array_equal(render_frame(spec).pixels, frames["transverse_facet"].pixels)


def test_a_screen_does_not_change_the_patient() -> None:
    plain, other = (examine(FrameSpec(SUBJECT, "transverse_s1", 3, layout=name)) for name in ("ge", "telemed"))
    assert plain.pose is not None
    assert other.pose is not None
    assert np.array_equal(plain.pose.origin_mm, other.pose.origin_mm)
    assert plain.probe == other.probe
    assert plain.physics == other.physics


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="view 'elbow'"):
        render_frame(FrameSpec(0, "elbow", 0))
    with pytest.raises(ValueError, match="none_kind"):
        render_frame(FrameSpec(0, NO_VIEW, 0, none_kind="cat"))


@pytest.mark.parametrize("kind", negatives.KINDS)
def test_every_kind_of_none_is_none(kind: str) -> None:
    frame = render_frame(FrameSpec(SUBJECT, NO_VIEW, 5, none_kind=kind))
    assert frame.truth["view"] == NO_VIEW
    assert frame.truth["target"] is None
    assert (frame.truth["mm_per_px"] is None) == (kind in negatives.WITHOUT_SCAN)
    assert frame.kind == kind


def test_a_slid_plane_that_shows_a_view_is_told_as_that_view() -> None:
    exam = examine(FrameSpec(SUBJECT, "transverse_interlaminar", 1, probe="convex", water=False))
    assert exam.pose is not None
    shown = negatives.shown_view(exam.anatomy, exam.pose)
    assert shown is not None
    assert shown[0] == "transverse_interlaminar"


# where the target lies: view, landmarks (name, x, z, side), side, expected (x, z)
TARGETS = [
    ("transverse_facet", [("facet", -19, 40, "left"), ("facet", 18, 41, "right")], "right", (18, 41)),
    ("transverse_facet", [("facet", -19, 40, "left")], "right", None),
    ("transverse_interlaminar", [("posterior_complex", 1, 50, None)], None, (1, 50)),
    ("transverse_sacral_hiatus", [("scl", 0, 10, None), ("sacral_floor", 0, 14, None)], None, (0, 12)),
    ("longitudinal_sacral_hiatus", [("scl", 0, 10, None), ("sacral_floor", 6, 18, None)], None, (1.5, 12)),
    ("transverse_sacral_hiatus", [("scl", 0, 10, None)], None, None),
    ("transverse_s1", [("foramen_medial_lip", 20, 30, "left"), ("foramen_lateral_lip", 28, 34, "left")], "left", (24, 32)),
    ("transverse_sacroiliac", [("sacral_edge", 30, 40, "right"), ("iliac_edge", 34, 36, "right")], "right", (32, 38)),
]


@pytest.mark.parametrize(("view", "points", "side", "expected"), TARGETS)
def test_target_follows_the_procedures_rule(view: str, points: list, side: str | None, expected: tuple[float, float] | None) -> None:
    found: dict[str, list[Drawn]] = {}
    for name, x, z, of in points:
        found.setdefault(name, []).append(Drawn(x, z, x + 1, z + 2, of))
    target = target_of(view, found, side)  # type: ignore[arg-type]
    if expected is None:
        assert target is None
        return
    assert target is not None
    assert target[0] == pytest.approx(expected)
    assert target[1] == pytest.approx((expected[0] + 1, expected[1] + 2))


def test_the_side_is_one_whose_target_shows() -> None:
    points = {"facet": [Drawn(-19, 40, -19, 40, "left")]}
    rng = np.random.default_rng(0)
    assert {chosen_side("transverse_facet", points, None, rng) for _ in range(20)} == {"left"}
    assert chosen_side("transverse_facet", points, "right", rng) == "right"
    assert chosen_side("transverse_interlaminar", {}, "right", rng) is None


def test_a_mirrored_frame_has_its_points_mirrored() -> None:
    points = {"facet": [Drawn(-19, 40, -19, 40, "left"), Drawn(17, 41, 17, 41, "right")]}
    dim = {**points, "spinous_process": [Drawn(2, 30, 2, 30, None)]}
    place = Placement((300.0, 20.0), (0.2, 0.2), "rectangle", 0.0, 20.0, (100, 20, 500, 400), mirrored=True)
    told = line(
        subject="s1", view="transverse_facet", points=points, dim=dim, side="left", screen_left="patient_right", placement=place,
        clip="c", captured_ns=0,
    )  # fmt: skip
    assert told["landmarks"] == {"facet": [[215.0, 225.0], [395.0, 220.0]]}
    assert told["dim"] == {"spinous_process": [[290.0, 170.0]]}
    assert told["target"] == [395.0, 220.0]


@pytest.mark.parametrize("view", ["transverse_facet", "transverse_s1", "transverse_process"])
def test_the_patients_left_is_drawn_where_screen_left_says(view: str) -> None:
    for seed in range(4):
        frame = render_frame(FrameSpec(SUBJECT + seed, view, seed, side="left", probe="convex", faults=False, water=False))
        told = parsed(frame)
        middle = told.landmarks.get("spinous_process") or told.landmarks.get("median_crest")
        if told.target is None or not middle:
            continue
        drawn_left = told.target[0] < middle[0][0]
        assert drawn_left == (told.screen_left is ScreenLeft.PATIENT_LEFT)


def test_water_leaves_only_what_bone_shows() -> None:
    frame = render_frame(FrameSpec(SUBJECT, "transverse_interlaminar", 1, water=True, faults=False, layout="bare"))
    assert "posterior_complex" not in parsed(frame).landmarks
    assert np.median(frame.pixels) < 30


def test_splits_share_nobody() -> None:
    ranges = sorted(dataset.SPLITS.values())
    assert all(first + count <= following for (first, count), (following, _) in pairwise(ranges))
    assert dataset.split_of(2_000_199) == "test"
    assert dataset.split_of(2_000_200) is None
    drawn = {spec.subject_seed for spec in dataset.random_specs(300, split="training", seed=1, views=tuple(VIEWS), none_share=0.3)}
    assert all(dataset.split_of(subject) == "training" for subject in drawn)


def test_the_test_set_is_fixed_and_a_third_of_it_is_none() -> None:
    specs = list(dataset.specs_of_test_set())
    assert len(specs) == 9000
    assert len(set(specs)) == 9000
    assert {spec.subject_seed for spec in specs} == set(range(2_000_000, 2_000_200))
    assert {(spec.view, spec.probe) for spec in specs if spec.view != NO_VIEW} == {(view, probe) for view in VIEWS for probe in PROBE_KINDS}
    none = [spec for spec in specs if spec.view == NO_VIEW]
    assert len(none) / len(specs) >= 0.3
    assert {spec.none_kind for spec in none} == set(negatives.KINDS)
    assert list(dataset.specs_of_test_set(3)) == specs[:135]


def test_a_set_is_the_same_whatever_the_workers(tmp_path: Path) -> None:
    specs = list(dataset.random_specs(4, split="validation", seed=3, views=("transverse_s1",), none_share=0.5))
    for workers in (1, 2):
        dataset.write_set(specs, tmp_path / str(workers), workers=workers)
    names = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert names == ["000000.png", "000001.png", "000002.png", "000003.png", "truth.jsonl"]
    assert all((tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes() for name in names)
    assert [told.frame for told in contract.read(tmp_path / "1")] == names[:4]


def test_a_clip_comes_on_to_its_view_and_leaves_it() -> None:
    spec = ClipSpec(SUBJECT, "transverse_interlaminar", 2, seconds=1.6, rate_hz=5, probe="convex", layout="bare", water=False)
    made = list(render_clip(spec))
    assert len(made) == 8
    assert [frame.truth["captured_ns"] for frame in made] == [k * 200_000_000 for k in range(8)]
    assert len({frame.truth["clip"] for frame in made}) == 1
    assert made[4].truth["view"] == "transverse_interlaminar"
    assert made[4].truth["target"] is not None
    assert made[0].truth["view"] != "transverse_interlaminar" or made[7].truth["view"] != "transverse_interlaminar"
    again = list(render_clip(replace(spec, seconds=0.4)))
    assert np.array_equal(again[0].pixels, made[0].pixels)


@pytest.mark.parametrize(
    ("arriving", "grey", "there"),
    [
        ({}, 100, False),  # nothing arrives
        ({(60.0, 0.0): 0.5}, 100, True),
        ({(60.0, 0.0): 0.2}, 100, False),
        ({(60.0, 0.8): 0.3}, 100, True),  # a groove at a shadow's edge
        ({(60.0, 2.8): 0.9}, 100, True),
        ({(60.0, 3.8): 0.9}, 100, False),
        ({(59.0, 0.0): 0.5}, 100, True),  # on the surface of what then blocks
        ({(57.0, 0.0): 0.9}, 100, False),
        ({(60.0, 0.0): 0.9}, 10, False),  # black
    ],
)
def test_a_landmark_is_seen_where_sound_arrives(arriving: dict[tuple[float, float], float], grey: int, there: bool) -> None:
    """arriving: (depth, aside) in mm -> share of the amplitude."""
    probe = replace(sample_probe(np.random.default_rng(1), "linear", reach_mm=80.0), samples=448)
    share, picture = np.zeros((2, probe.samples, probe.beams), np.float32)
    picture[:] = grey
    spacing = float(probe.beam_spacing_mm(np.array([60.0], np.float32))[0])
    middle = float(polar_of(probe, np.array(0.0, np.float32), np.array(60.0, np.float32))[1])
    for (depth, aside), value in arriving.items():
        share[int(depth / probe.sample_mm), round(middle + aside / spacing)] = value
    assert can_be_seen(probe, Drawn(0.0, 60.0, 0.0, 60.0, None), share, picture) is there


def test_a_frozen_clip_repeats_one_picture() -> None:
    spec = ClipSpec(SUBJECT, "transverse_s1", 2, seconds=1.0, rate_hz=4, motion="hold", freeze_at_s=0.5)
    made = list(render_clip(spec))
    assert not np.array_equal(made[0].pixels, made[1].pixels)
    assert np.array_equal(made[1].pixels, made[2].pixels)
    assert np.array_equal(made[2].pixels, made[3].pixels)
    assert made[2].truth["captured_ns"] != made[3].truth["captured_ns"]


def test_a_clip_is_written_as_a_recording(tmp_path: Path) -> None:
    from edge.record.recording import read
    from edge.types import Scan

    path = tmp_path / "clip.mcap"
    assert recorded.write(ClipSpec(SUBJECT, "transverse_facet", 2, seconds=0.4, rate_hz=5), path) == 2
    held = list(read(path))
    assert len(held) == 2
    assert isinstance(held[0].scan, Scan)
    assert held[0].frame is not None


def golden_of(spec: FrameSpec) -> dict[str, object]:
    """What is kept of a frame: an 8 x 8 picture, the view and the target. Bytes differ by a grey level between processors' linear algebra."""
    frame = render_frame(spec)
    small = np.asarray(Image.fromarray(frame.pixels).resize((8, 8), Image.Resampling.BOX), int)
    return {"small": small.tolist(), "view": frame.truth["view"], "target": frame.truth["target"], "size": list(frame.pixels.shape)}


GOLDEN_SPECS = {view: FrameSpec(2_000_000 + k, view, 99) for k, view in enumerate((*VIEWS, NO_VIEW))}


@pytest.mark.parametrize("view", GOLDEN_SPECS)
def test_frames_are_as_they_were(view: str) -> None:
    """After a wanted change: `python -m tests.unit.phantom.test_frame` writes the goldens anew."""
    kept, now = json.loads(GOLDENS.read_text(encoding="utf-8"))[view], golden_of(GOLDEN_SPECS[view])
    assert (now["view"], now["size"]) == (kept["view"], kept["size"])
    np.testing.assert_allclose(np.array(now["small"]), np.array(kept["small"]), atol=2)
    assert now["target"] == (None if kept["target"] is None else pytest.approx(kept["target"], abs=0.2))


@pytest.mark.slow
def test_no_seed_of_the_training_range_raises() -> None:
    rng = np.random.default_rng(5)
    views = (*VIEWS, NO_VIEW, NO_VIEW, NO_VIEW)
    for k in range(400):
        frame = render_frame(FrameSpec(int(rng.integers(1_000_000)), views[k % len(views)], int(rng.integers(2**31))))
        parsed(frame)


if __name__ == "__main__":
    GOLDENS.write_text(json.dumps({view: golden_of(spec) for view, spec in GOLDEN_SPECS.items()}) + "\n", encoding="utf-8")
