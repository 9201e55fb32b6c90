"""Textures: greys have the statistics that were measured, bone is where beams meet it, targets follow the procedures' rules."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import NO_VIEW
from models.foreign.textures import render, tissue
from models.foreign.textures.field import BEAMS, FLAT_MM, SAMPLES, Field
from models.foreign.textures.frame import NEAR_MM, on_bone
from models.foreign.textures.look import Look, speckled
from models.foreign.textures.sections import Section
from tests.unit.foreign.drawn import edges_of, frames_of

FLAT = Field("rectangle", FLAT_MM, 20.0 / FLAT_MM, 60.0, 21.0, 0.1, (200.0, 5.0), (610, 402))
FAN = Field("convex", 50.0, 0.6, 90.0, 99.0, 0.25, (320.0, 60.0), (420, 640))
RIDGE = np.array([(-10.0, 30.0), (0.0, 20.0), (10.0, 30.0), (10.0, 40.0), (-10.0, 40.0)])


@pytest.mark.parametrize("field", [FLAT, FAN])
def test_a_beam_stops_at_the_first_bone_it_meets(field: Field) -> None:
    lower = np.add(RIDGE, (0.0, 15.0))
    along, cosine = field.first_bone([lower, RIDGE])
    beam, _ = field.beam_of(0.0, 20.0)
    assert along[round(beam)] == pytest.approx(20.0, abs=0.3)
    assert along[0] == np.inf
    assert cosine[round(beam) + 8] == pytest.approx(np.cos(np.pi / 4), abs=0.12)


@pytest.mark.parametrize("field", [FLAT, FAN])
def test_beam_and_place_are_each_others_inverse(field: Field) -> None:
    for x, z in [(0.0, 10.0), (-12.0, 33.0), (9.0, 50.0)]:
        beam, along = field.beam_of(x, z)
        start, way = (np.array([np.interp(beam, np.arange(BEAMS), part[:, k]) for k in (0, 1)]) for part in (field.starts, field.ways))
        assert start + way * along == pytest.approx((x, z), abs=0.05)


def test_a_landmark_under_another_bone_is_not_on_bone() -> None:
    along, _ = FLAT.first_bone([RIDGE])
    levels = np.zeros((BEAMS, SAMPLES))
    laid = tissue.Laid(levels, levels, along)
    found = on_bone(FLAT, laid, (0.0, 20.5))
    assert found is not None
    assert np.hypot(found[0], found[1] - 20.5) <= NEAR_MM
    assert on_bone(FLAT, laid, (0.0, 28.0)) is None
    assert on_bone(FLAT, laid, (19.9, 20.0)) is None  # at the scan's rim


@pytest.mark.parametrize(("seed", "haze"), [(1, 0.3), (2, 1.0)])
def test_haze_behind_bone_is_its_share_of_the_grey_above(seed: int, haze: float) -> None:
    rng = np.random.default_rng(seed)
    look = Look(True, haze, 0.4, 1.0, 0.3, 1.0, 0.0, 0.1, 5.0, 60.0)
    without = np.full((BEAMS, SAMPLES), 0.4)
    flat = np.array([(-30.0, 20.0), (30.0, 20.0), (30.0, 30.0), (-30.0, 30.0)])
    levels = tissue.with_bone(rng, FLAT, without, look, *FLAT.first_bone([flat]), np.ones(BEAMS))
    above, peak, behind = (levels[20:140, round(a / FLAT.sample_mm) : round(b / FLAT.sample_mm)] for a, b in ((10, 17), (20, 22), (27, 33)))
    assert above.mean() == pytest.approx(0.4, abs=0.01)
    assert peak.max(axis=1).mean() > 0.45
    assert 0.55 * haze < behind.mean() / 0.4 < 1.1 * haze


def test_the_grain_is_the_share_that_the_look_states() -> None:
    look = Look(True, 1.0, 0.4, 1.0, 0.3, 1.0, 0.0, 0.11, 5.0, 60.0)
    greys = speckled(np.random.default_rng(0), FLAT, np.full((BEAMS, SAMPLES), 0.4), look)
    assert greys.mean() == pytest.approx(0.4, rel=0.07)  # a little electronic noise on top
    assert greys.std() / greys.mean() == pytest.approx(0.11, rel=0.08)


def test_bone_landmarks_lie_on_leading_edges() -> None:
    off = edges_of(frames_of("textures"))
    assert abs(float(np.median(off))) < 0.6
    assert float(np.mean(np.abs(off) < 1.2)) > 0.7


def test_none_has_bone_in_many_frames_and_no_view_is_drawn_of_an_unknown_name() -> None:
    pixels = [frame.pixels for frame in frames_of("textures")[NO_VIEW]]
    assert len({each.shape for each in pixels}) > 1
    with pytest.raises(ValueError, match="transverse_knee"):
        render(0, "transverse_knee")


def test_a_section_moves_with_its_marks() -> None:
    section = Section(bones=[RIDGE], marks={"lamina": [(0.0, 20.0)]})
    moved = section.moved(lambda line: line * (-1.0, 1.0) + (5.0, 2.0))
    assert moved.marks == {"lamina": [(5.0, 22.0)]}
    assert moved.bones[0][1] == pytest.approx((5.0, 22.0))
