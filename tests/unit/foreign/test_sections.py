"""Sections: cuts are exact, shadows and speckle are what physics says, and truth follows from the scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign import echo
from models.foreign.sections import render
from models.foreign.sections.cuts import crossings, filled, surface_of
from models.foreign.sections.look import Look
from models.foreign.sections.probe import BEAMS, Probe
from models.foreign.sections.scan import scanned, speckled
from models.foreign.sections.shapes import Bone, Mark, Section, oval
from models.foreign.sections.tissue import Body
from models.foreign.sections.truth import target_of, told
from tests.unit.foreign.drawn import edges_of, frames_of

FLAT = Probe("rectangle", 0.0, 25.0, 60.0, 7.0)
FAN = Probe("convex", 50.0, 0.5, 80.0, 4.0)
BAR = np.array([[-10.0, 30.0], [10.0, 30.0], [10.0, 36.0], [-10.0, 36.0]])


def even(probe: Probe) -> Body:
    """Tissue of one grey."""
    return Body(np.zeros((BEAMS, probe.samples), np.float32), (), np.zeros((0, BEAMS)))


def plain() -> Look:  # without fade, clutter and noise
    look = Look(np.random.default_rng(1), FLAT)
    look.fade_db, look.haze_db = np.zeros(BEAMS), np.full(BEAMS, -80.0)
    look.loss_db_mm, look.noise_db, look.noise_db_mm, look.lag_db, look.bone_db, look.leak = 0.0, -80.0, 0.0, -60.0, 15.0, 1e-4
    look.tail_mm, look.band_mm, look.blotch_db, look.muscle_grey, look.range_db, look.gamma, look.grain = 0.5, 0.0, 0.1, 0.5, 60.0, 1.0, 1.0
    look.blur = look.sharpen = 0.0
    return look


@pytest.mark.parametrize("probe", [FLAT, FAN])
def test_a_place_and_its_point_are_inverse(probe: Probe) -> None:
    for x, z in ((0.0, 20.0), (-8.0, 35.0), (11.0, 50.0)):
        at = probe.place(x, z)
        assert probe.point(at.beam, at.sample * at.sample_mm) == pytest.approx((x, z))


@pytest.mark.parametrize("probe", [FLAT, FAN])
def test_beams_meet_a_level_line_at_its_depth_and_angle(probe: Probe) -> None:
    found = crossings(probe, np.array([[-40.0, 30.0], [40.0, 30.0]]), closed=False)
    start, way = probe.lines()
    assert len(found.r) > 0.7 * BEAMS
    assert start[found.beam, 1] + found.r * way[found.beam, 1] == pytest.approx(30.0)
    assert found.facing == pytest.approx(way[found.beam, 1])


def test_a_polygon_is_filled_as_large_as_it_is_also_from_inside() -> None:
    area_mm2 = filled(FLAT, oval(3.0, 25.0, 20.0, 12.0)).sum() * FLAT.sample_mm * float(FLAT.pitch_mm(np.array([25.0]))[0])
    assert area_mm2 == pytest.approx(np.pi * 10 * 6, rel=0.04)
    assert filled(FLAT, np.array([[-99.0, -9.0], [99.0, -9.0], [99.0, 99.0], [-99.0, 99.0]])).all()


def test_of_bones_that_overlap_only_the_outer_surface_answers() -> None:
    surface = surface_of(FLAT, (Bone(BAR), Bone(np.add(BAR, (5.0, 3.0)))))
    assert surface.r.min() == pytest.approx(30.0)
    assert np.bincount(surface.beam).max() == 1


def test_bone_is_bright_at_its_surface_and_dark_beneath_it() -> None:
    scan = scanned(np.random.default_rng(2), FLAT, surface_of(FLAT, (Bone(BAR),)), even(FLAT), plain())
    middle = scan.levels[BEAMS // 2]
    above, under = (middle[round(mm / FLAT.sample_mm)] for mm in (20, 50))
    rise = np.nonzero(middle > (middle.max() + above) / 2)[0][0] * FLAT.sample_mm
    assert middle.max() > above + 0.08
    assert under < above - 0.3
    assert rise == pytest.approx(30.0, abs=0.4)
    assert scan.bare[BEAMS // 2, -1] == pytest.approx(above, abs=0.02)


def test_speckle_of_even_tissue_is_rayleighs() -> None:
    look = plain()
    scan = scanned(np.random.default_rng(3), FLAT, surface_of(FLAT, ()), even(FLAT), look)
    grey = speckled(np.random.default_rng(4), FLAT, scan, look)[10:-10, 20:-20]
    amplitude = 10 ** (grey * look.range_db / 20)
    assert 1.7 < amplitude.mean() / amplitude.std() < 2.1


CASES = [("on its surface", 0.0, 31.5, ["lamina"]), ("beneath another bone", 0.0, 45.0, []), ("beside the scan", 40.0, 30.0, [])]


@pytest.mark.parametrize(("_name", "x", "z", "found"), CASES)
def test_a_landmark_is_told_only_where_sound_meets_it(_name: str, x: float, z: float, found: list[str]) -> None:
    section = Section((Bone(BAR), Bone(np.add(BAR, (0.0, 15.0)))), marks=(Mark("lamina", x, z, 0),))
    scan = scanned(np.random.default_rng(5), FLAT, surface_of(FLAT, section.bones), even(FLAT), plain())
    marks = told(FLAT, section, scan, echo.CLEAR)
    assert [mark.name for mark in marks] == found
    assert all(mark.z == pytest.approx(30.0) for mark in marks)


def test_targets_follow_the_procedures() -> None:
    deep = [Mark("scl", 0.0, 10.0, 0), Mark("sacral_floor", 0.0, 20.0, 0)]
    assert target_of("transverse_sacral_hiatus", deep, 1) == pytest.approx((0.0, 12.5))
    assert target_of("transverse_sacral_hiatus", [deep[0], replace(deep[1], z=13.0)], 1) == pytest.approx((0.0, 11.5))
    lips = [Mark("foramen_medial_lip", -18.0, 30.0, -1), Mark("foramen_lateral_lip", -26.0, 32.0, -1)]
    assert target_of("transverse_s1", lips, -1) == pytest.approx((-22.0, 31.0))
    assert target_of("transverse_s1", lips, 1) is None
    assert target_of("transverse_s1", lips[:1], -1) is None


def test_marks_stand_on_leading_edges() -> None:
    off = np.abs(edges_of(frames_of("sections")))
    assert np.median(off) < 0.8
    assert (off > 1.5).mean() < 0.3


def test_targets_are_hidden_in_some_frames_and_null_there() -> None:
    lines = [frame.truth for view in VIEWS for frame in frames_of("sections")[view]]
    assert all(line["target"] is None or set(PLAN_OF[line["view"]].target) <= set(line["landmarks"]) for line in lines)
    assert 0.1 < np.mean([line["target"] is None for line in lines]) < 0.45
    assert render(0, NO_VIEW).truth["landmarks"] == {}
