"""The renderer of digitised bones: the same seed gives the same bytes, truth lies on the bones that were cut, and it never teaches."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, PLANS, VIEWS
from edge.source.truth import parse
from models.foreign import TAUGHT, renderer_of, views_of
from models.foreign.__main__ import main
from models.foreign.digitised import VIEWS_HELD, meshes, render
from models.foreign.digitised.field import form_of
from models.foreign.digitised.places import Setting, setting_of
from models.foreign.foreign_frame import ForeignFrame
from tests.unit.foreign.drawn import at_edge

ON_BONE = {"spinous_process", "lamina", "sap_tip", "tp_groove", "tp_tip", "articular_process", "lamina_cranial", "lamina_caudal", "articular_edge"}
TOPS = ("spinous_process", "sap_tip", "articular_process")
SEEDS = range(6)


def missing() -> str:
    """Why the bones cannot be read, or nothing."""
    try:
        meshes.folder()
    except FileNotFoundError as error:
        return str(error)
    return ""


needs_bones = pytest.mark.skipif(bool(missing()), reason=missing() or "the bones are there")


@lru_cache(maxsize=64)
def frame(seed: int, view: str) -> ForeignFrame:
    return render(seed, view)


@lru_cache(maxsize=64)
def setting(seed: int, view: str) -> Setting:
    return setting_of(view, np.random.default_rng(seed))


def test_it_never_teaches() -> None:
    assert "digitised" not in TAUGHT
    assert callable(renderer_of("digitised"))


def test_without_bones_the_error_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(meshes.FOLDER_VARIABLE, str(tmp_path))
    assert main(["frames", str(tmp_path / "out"), "--renderer", "digitised", "--count", "1"]) == 2
    assert "pip install --no-deps myo-sim" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()  # so that the same command works once they are there


ONE_TRIANGLE = bytes(80) + (1).to_bytes(4, "little") + bytes(50)


@pytest.mark.parametrize(
    ("content", "whole"),
    [(ONE_TRIANGLE, True), (ONE_TRIANGLE[:-1], False), (ONE_TRIANGLE + b"x", False), (b"", False), (bytes(84), False), (b"solid of text", False)],
    ids=["one triangle", "cut short", "too long", "empty", "no triangle", "text"],
)
def test_a_damaged_mesh_is_named(content: bytes, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(meshes.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "lumbar1.stl").write_bytes(content)
    if whole:
        assert meshes.triangles("lumbar1").shape == (1, 3, 3)
        return
    with pytest.raises(ValueError, match=r"lumbar1\.stl: damaged"):
        meshes.triangles("lumbar1")


@pytest.mark.parametrize("view", sorted(set(VIEWS) - set(VIEWS_HELD)))
def test_a_view_that_the_bones_do_not_carry_is_refused(view: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="transverse_facet"):
        render(0, view)
    assert main(["frames", str(tmp_path / "out"), "--renderer", "digitised", "--view", view]) == 2
    assert view in capsys.readouterr().err


def test_all_is_what_a_renderer_draws() -> None:
    assert views_of("digitised") == VIEWS_HELD
    assert views_of("simulator") == tuple(VIEWS)


@needs_bones
@pytest.mark.parametrize("view", [*VIEWS_HELD, NO_VIEW])
def test_the_same_seed_gives_the_same_bytes(view: str) -> None:
    again = render(1, view)
    assert again.pixels.tobytes() == frame(1, view).pixels.tobytes()
    assert again.truth == frame(1, view).truth
    assert again.pixels.tobytes() != frame(2, view).pixels.tobytes()


@needs_bones
@pytest.mark.parametrize("view", VIEWS_HELD)
def test_truth_is_of_its_form_inside_the_scan_and_in_order(view: str) -> None:
    for seed in SEEDS:
        made = frame(seed, view)
        line = parse({"frame": "a.png", **json.loads(json.dumps(made.truth))})
        left, top, right, bottom = made.scan_box_px
        assert (made.pixels.dtype, made.pixels.shape) == (np.uint8, (bottom, right))
        assert view in PLANS[line.procedure].views
        for named in (line.landmarks, line.dim):
            assert set(named) <= set(VIEWS[view].landmarks)
            for name, points in named.items():
                assert len(points) <= (2 if name in VIEWS[view].paired else 1)
                assert [x for x, _ in points] == sorted(x for x, _ in points)
                assert all(left <= x < right and top <= y < bottom for x, y in points)
        assert line.target is None or line.target in line.landmarks[PLANS[line.procedure].target[0]]


@needs_bones
def test_none_has_no_landmarks() -> None:
    for seed in SEEDS:
        truth = frame(seed, NO_VIEW).truth
        assert (truth["view"], truth["procedure"], truth["side"], truth["target"]) == (NO_VIEW, None, None, None)
        assert truth["landmarks"] == truth["dim"] == {}


@needs_bones
@pytest.mark.parametrize("view", VIEWS_HELD)
def test_landmarks_of_bone_lie_within_a_millimetre_of_its_surface(view: str) -> None:
    for seed in SEEDS:
        at = setting(seed, view)
        for mark in at.marks:
            if mark.name in ON_BONE:
                point = at.plane.points(np.array([mark.at[0]]), np.array([mark.at[1]]))
                assert abs(at.spine.distances(at.spine.mesh(point)).min()) < 1.0, (seed, mark)


@needs_bones
def test_the_field_of_a_bone_is_nought_on_the_digitised_surface() -> None:
    """But for the rounding of edges."""
    corners = meshes.triangles("lumbar3")
    away = np.abs(form_of("lumbar3").at(corners.mean(axis=1).T))
    assert np.median(away) < 0.25
    assert np.quantile(away, 0.95) < 0.9


@needs_bones
@pytest.mark.parametrize("view", VIEWS_HELD)
def test_the_main_landmarks_are_on_the_plane_and_most_of_them_are_told(view: str) -> None:
    told = [len(frame(seed, view).truth["landmarks"]) for seed in SEEDS]
    assert np.mean(told) >= 0.5 * len(VIEWS[view].landmarks)
    assert all({mark.name for mark in setting(seed, view).marks} >= set(PLAN_OF[view].target) for seed in SEEDS)


@needs_bones
def test_grey_rises_where_a_bone_begins() -> None:
    """Median over tops of bone, which the beam meets squarely; on slopes the neighbouring columns begin earlier."""
    frames = [frame(seed, view) for view in VIEWS_HELD for seed in SEEDS]
    away = [at_edge(made, *point) for made in frames for name in TOPS for point in made.truth["landmarks"].get(name, [])]
    assert len(away) > 20
    assert abs(np.median(away)) < 0.35


@needs_bones
def test_bone_is_as_bright_over_what_lies_above_as_in_scans_of_people() -> None:
    """The mean of 2.5 to 5 mm above over the brightest near the mark: 0.43, 0.71, 0.96 at the 10th, 50th and 90th percentile in people (README)."""
    shares = []
    for made in (frame(seed, view) for view in VIEWS_HELD for seed in SEEDS):
        mm = made.truth["mm_per_px"][1]
        for name in ON_BONE:
            for x, y in made.truth["landmarks"].get(name, []):
                column = made.pixels[:, max(0, round(x) - 1) : round(x) + 2].astype(float).mean(axis=1)
                peak = column[round(y - 1.5 / mm) : round(y + 3 / mm) + 1].max()
                shares.append(column[max(0, round(y - 5 / mm)) : round(y - 2.5 / mm)].mean() / max(peak, 1))
    assert 0.55 < np.median(shares) < 0.85
    assert np.quantile(shares, 0.1) > 0.3
