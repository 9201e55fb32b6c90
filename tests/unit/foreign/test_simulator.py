"""The foreign simulator: the same seed gives the same bytes, truth lies on what is drawn, and the echoes have the statistics of echoes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, VIEWS
from edge.source.truth import parse
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.simulator import render
from models.foreign.simulator.anatomy.bone import Hand
from models.foreign.simulator.anatomy.canal import long_muscles
from models.foreign.simulator.anatomy.curves import bridge, dorsal, extreme, resampled, rounded
from models.foreign.simulator.anatomy.lumbar import transverse_facet, transverse_process
from models.foreign.simulator.anatomy.section import Section
from models.foreign.simulator.anatomy.subject import FRAMES_A_SUBJECT, subject_of
from models.foreign.simulator.echo import Points, pulsed, step_mm, summed
from models.foreign.simulator.probe import Probe

SEEDS = (3, 8)
ALL = [(SEEDS[k % 2], view) for k, view in enumerate(VIEWS)]
BONE = {"spinous_process", "lamina", "sap_tip", "tp_tip", "s1_sap", "median_crest", "cornu", "articular_process", "lamina_caudal", "sacral_floor"}
FLAT = Probe("rectangle", 0.0, 20.0, 128, 6.0, 2.0, 25.0, 2.5, 50.0)
ROUND = Probe("convex", 60.0, 30.0, 128, 3.5, 2.0, 50.0, 3.0, 100.0)


@lru_cache(maxsize=64)
def frame(seed: int, view: str) -> ForeignFrame:
    return render(seed, view)


def test_the_same_seed_gives_the_same_bytes() -> None:
    again = render(SEEDS[0], "transverse_facet")
    assert again.pixels.tobytes() == frame(SEEDS[0], "transverse_facet").pixels.tobytes()
    assert again.truth == frame(SEEDS[0], "transverse_facet").truth
    assert render(SEEDS[0] + 1, "transverse_facet").pixels.tobytes() != again.pixels.tobytes()


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(KeyError):
        render(0, "transverse_elbow")


@pytest.mark.parametrize(("seed", "view"), ALL)
def test_truth_is_of_its_form_and_inside_the_picture(seed: int, view: str) -> None:
    made = frame(seed, view)
    line = parse({"frame": "a.png", **json.loads(json.dumps(made.truth))})
    assert (line.view, line.subject) == (view, f"s{seed // FRAMES_A_SUBJECT}")
    assert set(line.landmarks) <= set(VIEWS[view].landmarks)
    left, top, right, bottom = made.scan_box_px
    points = [point for places in line.landmarks.values() for point in places] + ([line.target] if line.target else [])
    assert all(left <= u < right and top <= v < bottom for u, v in points)
    assert (made.pixels.dtype, made.pixels.ndim) == (np.uint8, 2)


@pytest.mark.parametrize(("seed", "view"), ALL)
def test_the_left_of_the_screen_comes_first_and_only_pairs_have_two(seed: int, view: str) -> None:
    for name, places in frame(seed, view).truth["landmarks"].items():
        assert len(places) <= (2 if name in VIEWS[view].paired else 1)
        assert [u for u, _ in places] == sorted(u for u, _ in places)


def test_the_target_is_one_of_the_sides_asked_for() -> None:
    for seed in SEEDS:
        truth = frame(seed, "transverse_facet").truth
        spine, target = truth["landmarks"].get("spinous_process"), truth["target"]
        if spine and target:
            drawn_left = truth["screen_left"] == f"patient_{truth['side']}"
            assert (target[0] < spine[0][0]) == drawn_left


def test_grey_rises_where_a_bone_begins() -> None:
    """Over all frames: from 2 mm above a bone landmark to its echo; single ones hide, as in people."""
    rises = []
    for seed, view in ALL:
        made = frame(seed, view)
        down = made.truth["mm_per_px"][1]
        for name in BONE & set(made.truth["landmarks"]):
            for u, v in made.truth["landmarks"][name]:
                column = made.pixels[:, round(u) - 1 : round(u) + 2].astype(float).mean(axis=1)
                above = column[max(0, round(v - 3 / down)) : round(v - 0.8 / down)]
                rises.append(column[round(v) : round(v + 1.5 / down) + 1].max() - above.mean() if len(above) else np.nan)
    assert np.nanmedian(rises) > 25
    assert np.nanmean(np.array(rises) > 0) > 0.85


def test_no_view_has_no_landmarks() -> None:
    for seed in range(4):
        truth = frame(seed, NO_VIEW).truth
        assert (truth["view"], truth["procedure"], truth["side"], truth["target"], truth["landmarks"]) == (NO_VIEW, None, None, None, {})


def test_four_frames_share_a_subject() -> None:
    assert subject_of(2) == subject_of(2)
    assert subject_of(2) != subject_of(3)


@pytest.mark.parametrize("make", [transverse_facet, transverse_process])
def test_no_lamina_and_no_joint_is_told_on_a_spinous_process_that_leans_over_it(make: Callable[[Hand], Section]) -> None:
    for number in range(60):
        marks = make(Hand(subject_of(number), np.random.default_rng([number, 0]), np.random.default_rng(number))).landmarks
        tips = [mark.at[1] for mark in marks if mark.name == "spinous_process"]
        assert all(mark.at[1] > tips[0] + 10 for mark in marks if tips and mark.name in ("lamina", "facet", "sap_tip")), number


def scattered(probe: Probe) -> np.ndarray:
    """The envelope of many even scatterers, away from the borders."""
    rng, count = np.random.default_rng(1), 300_000
    beam, far = rng.uniform(0, probe.beams - 1, count), rng.uniform(0, probe.depth_mm, count)
    echo = np.abs(pulsed(probe, summed(probe, Points(beam, far, rng.choice([-1.0, 1.0], count)))))
    return echo[20:-20, echo.shape[1] // 3 : -echo.shape[1] // 5]


@pytest.mark.parametrize("probe", [FLAT, ROUND], ids=lambda probe: probe.kind)
def test_speckle_is_fully_developed(probe: Probe) -> None:
    """A Rayleigh envelope's mean is 1.91 of its deviation (Burckhardt 1978)."""
    echo = scattered(probe)
    local = echo / echo.mean(axis=0, keepdims=True)
    assert local.mean() / local.std() == pytest.approx(1.91, abs=0.12)


@pytest.mark.parametrize("probe", [FLAT, ROUND], ids=lambda probe: probe.kind)
def test_a_point_is_drawn_where_it_lies_and_widest_far_from_the_focus(probe: Probe) -> None:
    widths = []
    for far in (probe.focus_mm, probe.focus_mm * 1.9):
        echo = np.abs(pulsed(probe, summed(probe, Points(np.array([64.0]), np.array([far]), np.array([1.0])))))
        rising = int(np.argmax(echo[64] > echo[64].max() / 2)) * step_mm(probe)
        assert rising == pytest.approx(far, abs=0.25)
        widths.append(float((echo.max(axis=1) > echo.max() / 2).sum()) * float(probe.beam_mm(np.array([far]))[0]))
    assert widths[1] > widths[0]


@pytest.mark.parametrize("probe", [FLAT, ROUND], ids=lambda probe: probe.kind)
def test_beams_and_places_are_each_others_inverse(probe: Probe) -> None:
    beam, far = np.meshgrid(np.linspace(0, probe.beams - 1, 9), np.linspace(0, probe.depth_mm, 7))
    back = probe.beam_range(*probe.place(beam, far))
    np.testing.assert_allclose(back[0], beam, atol=1e-9)
    np.testing.assert_allclose(back[1], far, atol=1e-9)


def test_curves_find_their_points() -> None:
    square = resampled(np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]]), closed=True)
    assert dorsal(square, 5.0) == pytest.approx((5.0, 0.0))
    assert extreme(square, (9.5, 0.5), 2.0, (0.7, -0.7)) == pytest.approx((10.0, 0.0), abs=0.15)
    assert rounded(np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]]), 0.25).min() > -1e-9
    left, right = np.array([[0.0, 5.0], [2.0, 3.0], [4.0, 6.0]]), np.array([[6.0, 6.0], [8.0, 2.0], [9.0, 7.0]])
    assert bridge(left, right) == ((2.0, 3.0), (8.0, 2.0))


def test_muscle_under_more_fat_than_its_picture_is_deep_is_drawn() -> None:
    who, rng = replace(subject_of(1), fat_mm=35.0), np.random.default_rng(0)
    lines = long_muscles(Hand(who, rng, rng), 30.0)
    assert len(lines) >= 3
    assert all(np.isfinite(line.points).all() for line in lines)
