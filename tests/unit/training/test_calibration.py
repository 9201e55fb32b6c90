"""Intervals and thresholds from errors: what split conformal promises, on made-up errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge.catalogue import PLANS, VIEWS
from edge.guidance.geometry import side_clearance_mm
from edge.guidance.risk import risk_of
from edge.guidance.session import Session
from edge.model import manifest as manifests
from edge.model import runner
from edge.model.decode import interval_mm
from edge.model.manifest import TargetRisk
from edge.model.tensor import frame_px_from_grid, to_grid
from edge.types import Placing, Pointing
from firmware_bridge.wire import Procedure, Side
from models.training import calibrate
from models.training.export import packed
from models.training.samples import on_grid, sides_on_grid
from models.training.settings import GRID, PLACINGS_CELLS
from models.training.shards import ALL, SIDES, SLOTS, Samples
from tests.unit import made

TRUTH = {
    "view": "transverse_facet",
    "screen_left": "patient_left",
    "mm_per_px": [0.3, 0.3],
    "origin_px": [320.0, 50.0],
    "geometry": {"kind": "rectangle"},
    "landmarks": {"facet": [[250.0, 150.0], [390.0, 160.0]]},
}


def made_errors(seed: int, count: int) -> np.ndarray:
    """Confidence 0 to 1; the error's spread falls with it."""
    rng = np.random.default_rng(seed)
    confidence = rng.random(count)
    return np.column_stack([confidence, np.abs(rng.normal(0, 1, count)) * (3 - 2 * confidence)])


@pytest.mark.parametrize("seed", range(5))
def test_intervals_hold_95_percent_of_new_errors(seed: int) -> None:
    table = tuple((confidence, mm) for confidence, mm in calibrate.conformal(made_errors(seed, 2000)))
    fresh = made_errors(seed + 100, 4000)
    inside = np.mean([error <= interval_mm(confidence, table) for confidence, error in fresh])
    assert 0.93 <= inside <= 0.97


@pytest.mark.parametrize("seed", range(5))
def test_intervals_never_grow_with_confidence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = calibrate.conformal(np.column_stack([rng.random(500), rng.random(500) * 9]))
    assert [row[0] for row in table] == sorted(row[0] for row in table)
    assert [row[1] for row in table] == sorted((row[1] for row in table), reverse=True)


def test_too_few_errors_give_an_interval_that_no_gate_lets_through() -> None:
    assert calibrate.conformal(made_errors(0, 10))[0][1] == calibrate.WIDEST_MM


CASES = [
    ("falls through 8 mm half-way", [[0.2, 12.0], [0.4, 4.0]], 0.3),
    ("narrow everywhere", [[0.2, 5.0], [0.4, 4.0]], 0.1),
    ("wide everywhere", [[0.2, 50.0], [0.4, 40.0]], 0.99),
]


@pytest.mark.parametrize(("name", "table", "expected"), CASES)
def test_peak_threshold(name: str, table: list[list[float]], expected: float) -> None:
    assert calibrate.peak_threshold(table, widest_mm=8.0, least=0.1) == pytest.approx(expected), name


def made_shown(procedure: Procedure, confidence: float, error_mm: float | None, **changes: Any) -> calibrate.Shown:
    given = {"view": "transverse_facet", "view_confidence": 0.99, "held": error_mm is not None, "on_another_view": False, "contrast": 10.0} | changes
    return calibrate.Shown(procedure, 1, shown=True, error_mm=error_mm, depth_error_mm=0.0, interval_mm=1.0, confidence=confidence, **given)


def made_risk(found: TargetRisk, procedure: Procedure, confidence: float, *, view_confidence: float = 0.99, contrast: float = 10.0) -> float:
    return risk_of(found, procedure.name.lower(), view_confidence=view_confidence, confidence=confidence, contrast=contrast)


def test_targets_as_uncertain_as_hidden_ones_are_not_shown() -> None:
    """Of a hundred, the forty least certain hold ten that are hidden: the risk falls through its most among them or above, and below the sixty that
    hold none."""
    shown = [made_shown(Procedure.FACET, 0.5 + at / 200, None if at < 40 and at % 4 == 3 else 1.0) for at in range(100)]
    found = calibrate.target_risk(shown)
    assert made_risk(found, Procedure.FACET, 0.5 + 35 / 200) > calibrate.MOST_RISK == found.most
    assert made_risk(found, Procedure.FACET, 0.5 + 60 / 200) <= calibrate.MOST_RISK


def test_a_target_seen_wherever_it_is_shown_is_shown() -> None:
    found = calibrate.target_risk([made_shown(Procedure.FACET, 0.5 + at / 200, 1.0) for at in range(100)])
    assert made_risk(found, Procedure.FACET, 0.5) <= calibrate.MOST_RISK


def test_one_wrong_target_does_not_set_a_procedures_risk() -> None:
    """Six hundred of one procedure tell how the risk falls; sixty of another, one of them wrong and quite certain, move it a little."""
    draw = np.random.default_rng(3)
    many = [(float(c), draw.random() < np.exp(-30 * (c - 0.45))) for c in draw.uniform(0.5, 0.9, 600)]
    shown = [made_shown(Procedure.FACET, confidence, None if wrong else 1.0) for confidence, wrong in many]
    others = [made_shown(Procedure.SACROILIAC, 0.5 + at / 150, None if at == 45 else 1.0) for at in range(60)]
    alone, found = calibrate.target_risk(shown), calibrate.target_risk(shown + others)
    for confidence, shows in ((0.5, False), (0.65, True)):
        assert (made_risk(alone, Procedure.FACET, confidence) <= calibrate.MOST_RISK) is shows
        for procedure in (Procedure.FACET, Procedure.SACROILIAC):
            assert (made_risk(found, procedure, confidence) <= calibrate.MOST_RISK) is shows


# the sign that alone tells the wrong ones, as they have it and as the others do
TELLS = [
    ("view", {"view_confidence": 0.92, "on_another_view": True}, {"view_confidence": 0.999}),
    ("contrast", {"contrast": -20.0}, {"contrast": 25.0}),
]


@pytest.mark.parametrize(("sign", "wrong", "right"), TELLS, ids=[case[0] for case in TELLS])
def test_a_sign_that_tells_wrong_numbers_weighs(sign: str, wrong: dict[str, Any], right: dict[str, Any]) -> None:
    shown = [made_shown(Procedure.FACET, 0.6 + at % 5 / 20, 1.0, **right) for at in range(100)]
    shown += [made_shown(Procedure.FACET, 0.6 + at % 5 / 20, None, **wrong) for at in range(20)]
    found = calibrate.target_risk(shown)
    assert getattr(found, sign) > 0
    told = [{name: value for name, value in signs.items() if name != "on_another_view"} for signs in (wrong, right)]
    high, low = (made_risk(found, Procedure.FACET, 0.7, **given) for given in told)
    assert low <= calibrate.MOST_RISK < 0.5 < high


def test_a_sign_that_seems_to_speak_for_wrong_numbers_weighs_nothing() -> None:
    draw = np.random.default_rng(5)
    shown = [made_shown(Procedure.FACET, float(c), None if draw.random() < c - 0.5 else 1.0) for c in draw.uniform(0.5, 0.9, 400)]
    assert calibrate.target_risk(shown).confidence == 0.0


def test_too_few_targets_tell_no_risk() -> None:
    assert calibrate.target_risk([made_shown(Procedure.FACET, 0.5, None)]) == calibrate.ALL_PASS


def test_the_shipped_model_judges_by_confidence_and_contrast_for_every_procedure() -> None:
    manifest, _ = manifests.read(runner.BUNDLED)
    risk = manifest.target_risk
    assert risk.most == calibrate.MOST_RISK
    assert min(risk.confidence, risk.contrast) > 0
    assert set(risk.procedures) == {procedure.name.lower() for procedure in PLANS}


def test_the_shipped_model_tells_the_contrast_of_what_it_was_shown() -> None:
    model = runner.load()
    sheet = np.full((GRID.rows, GRID.columns), 60, np.uint8)
    sheet[80:84] = 85
    seen = calibrate.presented(sheet, 0, model.manifest)
    raw = model.invoke(seen)
    assert raw.contrast_int8.shape == raw.heatmaps_int8.shape[:2]
    assert raw.contrast_at(20, 24) == raw.contrast_int8[20, 24] == 25
    assert raw.contrast_at(10, 24) == raw.contrast_int8[10, 24] == 0


def test_a_screen_lands_on_the_grid_where_its_truth_says() -> None:
    pixels = np.zeros((480, 640), np.uint8)
    for u, v in TRUTH["landmarks"]["facet"]:  # type: ignore[index]
        pixels[int(v) - 2 : int(v) + 3, int(u) - 2 : int(u) + 3] = 255
    sample = on_grid(pixels, {**TRUTH, "dim": {"lamina": [TRUTH["landmarks"]["facet"][1]]}}, (100, 50, 540, 450))
    assert sample is not None
    grid, view, points, sides = sample
    assert view == "transverse_facet"
    # the box's edges lie half a pixel before its first column and its end, 0.3 mm each
    left_mm, right_mm = (float(column) * GRID.mm_per_cell + GRID.x0_mm for column in sides[:2])
    assert (right_mm - left_mm, left_mm) == pytest.approx((440 * 0.3, (99.5 - TRUTH["origin_px"][0]) * 0.3), abs=1e-4)  # type: ignore[index]
    assert np.isnan(sides[2:]).all()
    facet, lamina = points[ALL.landmarks.index("facet")], points[ALL.landmarks.index("lamina")]
    assert np.isnan(facet[SIDES:]).all()
    assert np.isnan(lamina[:SIDES]).all()
    assert lamina[SIDES].tolist() == facet[1].tolist()
    for column, row in facet[:SIDES]:
        assert grid[round(float(row)), round(float(column))] > 200
        assert GRID.mm_per_cell * float(row) + GRID.z0_mm == pytest.approx(30.0 if column < GRID.columns / 2 else 33.0, abs=1e-4)


def test_the_same_parts_give_the_same_bytes() -> None:
    assert packed((b"model", b"other"), {"a": 1}) == packed((b"model", b"other"), {"a": 1})


def test_a_network_over_300_kb_is_not_packed() -> None:
    with pytest.raises(ValueError, match="most"):
        packed((b"model", bytes(300_001)), {})


@pytest.mark.parametrize("placing", PLACINGS_CELLS)
def test_calibration_has_the_cells_of_a_run(placing: tuple[int, int]) -> None:
    """A sample moved by a placing's cells is the picture on that placing's grid, wherever both have cells; a cell stands for the same place."""
    noise = np.random.default_rng(1).uniform(1, 255, (600, 800))
    # as fine as speckle
    pixels = np.round(sum(np.roll(noise, (i, j), (0, 1)) for i in range(6) for j in range(6)) / 36).astype(np.uint8)
    scan = made.scan(mm_per_px=0.25)
    manifest = replace(made.manifest(), grid=GRID, placings=(placing,))
    plain = to_grid(pixels, scan, GRID, mirrored=False).tensor[0, :, :, 0].view(np.uint8) ^ np.uint8(0x80)
    seen = to_grid(pixels, scan, manifest.grid_of(Placing(0)), mirrored=False)
    cells = seen.tensor[0, :, :, 0].view(np.uint8) ^ np.uint8(0x80)
    moved = calibrate.moved(plain, *placing)
    both = (cells > 0) & (moved > 0)
    assert both.sum() > 0.3 * both.size
    # the resampling's first sums, of whole pixels, begin elsewhere
    off, unmoved = (np.abs(cells[both].astype(int) - other[both]).mean() for other in (moved, plain))
    assert off < 0.15 * pixels.std()
    assert off < 0.25 * unmoved or placing == (0, 0)
    right, down = placing
    a, b, c, d = calibrate.affine_of(0, manifest)
    assert (a * (50 + right) + b, c * (60 + down) + d) == pytest.approx((50, 60))


def test_a_still_is_answered_once_every_placing_was_taken() -> None:
    """The view is the likeliest by all placings together, and the target lies in the middle of where they put it."""
    manifest = replace(made.manifest(), grid=replace(made.GRID, rows=GRID.rows), placings=((0, 0), (2, 1), (1, -2)))
    peaks = [{"spinous_process": [(0.0, 20.0)], "facet": [(-19.0, 31.0), (x_mm, 31.0)]} for x_mm in (18.0, 19.0, 20.0)]
    mm = made.GRID.mm_per_cell
    raws = [
        made.raw("transverse_facet", {name: [(x + right * mm, z + down * mm) for x, z in places] for name, places in each.items()})
        for each, (right, down) in zip(peaks, manifest.placings, strict=True)
    ]
    seen = calibrate.Seen(0, "transverse_facet", tuple(raws))
    session = Session(Procedure.FACET, Side.RIGHT)
    answer = calibrate._answer(seen, manifest, session, "transverse_facet", made.whole_grid(1)[0])
    assert isinstance(answer.guidance, Pointing)
    assert calibrate.view_of(seen, manifest)[0] == "transverse_facet"
    origin_mm = made.GRID.x0_mm - GRID.x0_mm  # made grids begin elsewhere than the training's, whose cells grid_scan measures in
    assert answer.guidance.estimate.target_probe_mm[0] - origin_mm == pytest.approx(19.0, abs=0.15)


@pytest.mark.parametrize(("name", "right", "shown"), [("inside", 140.0, True), ("at the picture's side", 129.0, False)])
def test_calibration_withholds_at_the_pictures_side_as_a_run_does(name: str, right: float, shown: bool) -> None:
    manifest = replace(made.manifest(), grid=replace(made.GRID, rows=GRID.rows))
    raw = made.raw("transverse_facet", {"spinous_process": [(0.0, 20.0)], "facet": [(-19.0, 31.0), (19.0, 31.0)]})  # column 127
    sides = np.array([10.0, right, np.nan, np.nan, np.nan], np.float32)
    seen = calibrate.Seen(0, "transverse_facet", (raw,))
    answer = calibrate._answer(seen, manifest, Session(Procedure.FACET, Side.RIGHT), "transverse_facet", sides)
    assert isinstance(answer.guidance, Pointing) is shown, name


# slot of truth in which the facet under the number lies, or none; and whether the number is wrong and its target dim
TRUTHS = [
    ("clear", 0, 0.0, False, False),
    ("dim", SIDES, 0.0, False, True),
    ("dim and elsewhere", SIDES, 8.0, True, True),
    ("hidden", None, 0.0, True, True)]


@pytest.mark.parametrize(("slot", "off_mm", "wrong", "dim"), [case[1:] for case in TRUTHS], ids=[case[0] for case in TRUTHS])
def test_a_number_on_a_dim_target_is_right_where_the_target_lies(slot: int | None, off_mm: float, wrong: bool, dim: bool) -> None:
    manifest = replace(made.manifest(), grid=replace(made.GRID, rows=GRID.rows))
    raw = made.raw("transverse_facet", {"spinous_process": [(0.0, 20.0)], "facet": [(-19.0, 31.0), (19.0, 31.0)]})
    points = np.full((1, len(ALL.landmarks), SLOTS, 2), np.nan, np.float32)
    points[0, ALL.landmarks.index("spinous_process"), 0] = (95.5, 36.0)
    if slot is not None:
        points[0, ALL.landmarks.index("facet"), slot] = ((19.0 - made.GRID.x0_mm) / 0.6, (31.0 + off_mm - made.GRID.z0_mm) / 0.6)
    grids, view = np.zeros((1, GRID.rows, GRID.columns), np.uint8), ALL.views.index("transverse_facet")
    samples = Samples(ALL, grids, np.array([view]), points, np.zeros(1, np.int64), np.array(["made"]), made.whole_grid(1))
    seen = calibrate.Seen(0, "transverse_facet", (raw,))
    told = calibrate._one_shown(seen, samples, manifest, Session(Procedure.FACET, Side.RIGHT), "transverse_facet", 0.99)
    assert told is not None
    assert (told.shown, told.wrong, told.dim, told.held) == (True, wrong, dim, slot == 0)


def test_a_fans_sides_are_its_rays() -> None:
    scan = made.scan()
    fan = replace(scan.geometry, kind="convex", apex_px=(320.0, -290.0), inner_radius_px=300.0, outer_radius_px=800.0, half_angle_deg=30.0)
    affine = frame_px_from_grid(scan, GRID, mirrored=False)
    sides = sides_on_grid(fan, affine)
    there = calibrate.grid_scan("transverse_facet", sides)
    a, b, c, d = affine
    for u, v in ((320.0, 300.0), (500.0, 250.0), (150.0, 280.0)):
        wanted = side_clearance_mm(replace(scan, geometry=fan), (u, v))
        assert side_clearance_mm(there, ((u - b) / a, (v - d) / c)) == pytest.approx(wanted, abs=0.31)  # whole cells


@pytest.mark.parametrize(("found", "counts"), [("own", True), ("the other's", False)])
def test_landmarks_count_in_a_views_probability_only_where_they_tell_it(found: str, counts: bool) -> None:
    rng = np.random.default_rng(0)
    views, seen = ("transverse_facet", "transverse_interlaminar"), []
    for index in range(80):
        true = views[index % 2]
        shown = true if found == "own" else views[(index + 1) % 2]
        output = made.raw(shown, {name: [(0.0, 30.0)] for name in VIEWS[shown].landmarks}, height=float(rng.uniform(0.5, 0.9)))
        told = true if rng.random() < 0.8 else views[(index + 1) % 2]  # the logit errs in one of five
        logits = np.where(np.array(made.manifest().views) == told, 20, 0).astype(np.int8)
        seen.append(calibrate.Seen(index, true, (replace(output, view_logits_int8=logits),)))
    assert (calibrate.view_scale(seen, made.manifest())["evidence_weight"] > 0.5) == counts
