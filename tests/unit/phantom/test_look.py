"""How bone looks: what a look adds lies behind bone's surface, is speckle at its stated level, and hides a landmark only by the rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")

from models.phantom.acoustics import PLAIN, render_beams
from models.phantom.frame import FrameSpec, render_frame, stands_out
from models.phantom.look import PLAIN_LOOK, BoneLook, fading, sample_look
from models.phantom.medium import Medium, medium_from
from models.phantom.probe import F32, ProbeSpec
from models.phantom.texture import WEAVES, muscle_tile
from models.phantom.tissue import Tissue
from models.phantom.truth import Drawn
from tests.unit.phantom.test_acoustics import CONVEX, LINEAR, PHASED, plane_bone, rms_db, rng_of, uniform

PROBES = (LINEAR, CONVEX, PHASED)
OPEN = replace(PLAIN, tgc_db_cm_mhz=0.75 * 1585 / 1540)


def bone_under_muscle(probe: ProbeSpec, seed: int = 0) -> Medium:
    return medium_from(plane_bone(probe.depth_mm * 0.4), probe, rng_of(seed))


def envelope_of(probe: ProbeSpec, look: BoneLook, seed: int = 0) -> F32:
    return render_beams(bone_under_muscle(probe, seed), probe, rng_of(seed + 1), OPEN, look=look).envelope


def drawn_mm(probe: ProbeSpec) -> float:
    return probe.depth_mm * 0.4 * 1540 / 1585


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
@pytest.mark.parametrize(
    "look",
    [
        BoneLook(tail_db=-3, tail_mm=8, tail_power=4),
        BoneLook(tail_db=-6, tail_mm=10, tail_power=1, ripple=1, ripple_mm=3),
        BoneLook(bone_db=-12, haze_db=0, blotch_db=6),
        BoneLook(haze_db=6, haze_patch_db=4, edge_scale=3),
    ],
    ids=["band", "ripple", "blotchy over haze", "bright haze"],
)
def test_what_a_look_adds_lies_behind_the_surface(probe: ProbeSpec, look: BoneLook) -> None:
    """Above the surface, but for the pulse's own length, the plain picture stays to the last bit of speckle."""
    plain = envelope_of(probe, PLAIN_LOOK)
    with_look = envelope_of(probe, replace(look, bone_db=0, blotch_db=0))
    above = probe.ranges_mm() < drawn_mm(probe) - 2.5 * max(probe.axial_width_mm, 0.5)
    np.testing.assert_allclose(with_look[above], plain[above], rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("tail_mm", [2.0, 5.0, 10.0])
def test_a_tail_begins_at_the_truth_and_is_as_long_as_it_says(tail_mm: float) -> None:
    """Over many beams: the first rise to half lies on the surface within a millimetre, the last fall to half about tail_mm behind it."""
    look = BoneLook(bone_db=-10, tail_db=0, tail_mm=tail_mm, tail_power=4)
    level = np.sqrt(np.mean([np.mean(envelope_of(LINEAR, look, seed) ** 2, axis=1) for seed in range(6)], axis=0))
    high = LINEAR.ranges_mm()[level > 0.5 * level.max()]
    assert high[0] == pytest.approx(drawn_mm(LINEAR), abs=1.0)
    assert high[-1] - drawn_mm(LINEAR) == pytest.approx(tail_mm, rel=0.35, abs=1.0)


@pytest.mark.parametrize("haze_db", [-20.0, -6.0, 3.0])
@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_haze_is_speckle_at_its_stated_level(probe: ProbeSpec, haze_db: float) -> None:
    behind = probe.ranges_mm() > drawn_mm(probe) + 12
    middle = slice(probe.beams * 2 // 5, probe.beams * 3 // 5)  # a fan's outer beams meet the plane deeper
    levels, ratios = [], []
    for seed in range(4):
        envelope = envelope_of(probe, BoneLook(haze_db=haze_db), seed)[behind][:-10, middle].astype(np.float64)
        levels.append(rms_db(envelope))
        ratios.append(envelope.mean() / envelope.std())
    assert np.mean(levels) == pytest.approx(haze_db, abs=1.0)
    assert np.mean(ratios) == pytest.approx(1.91, abs=0.1)


def test_haze_over_an_echo_takes_its_share_of_the_power() -> None:
    """What is told of an echo in bone's shadow falls as the haze over it rises, and nothing changes before bone."""
    row = int((drawn_mm(LINEAR) + 10) / LINEAR.sample_mm)
    told = []
    for haze_db in (-200.0, -30.0, 10.0):
        beams = render_beams(bone_under_muscle(LINEAR), LINEAR, rng_of(1), OPEN, look=BoneLook(haze_db=haze_db))
        told.append(float(beams.arriving[row].mean()))
        assert float(beams.arriving[: int(drawn_mm(LINEAR) / LINEAR.sample_mm) - 8].min()) > 0.99
    assert told[0] >= told[1] >= told[2]
    assert told[2] < 1e-3


@pytest.mark.parametrize(
    ("above", "echo", "behind", "there"),
    [(80, 200, 10, True), (80, 90, 10, True), (80, 74, 10, True), (80, 60, 10, False), (80, 80, 78, False), (80, 92, 84, False)],
    ids=["bright line", "line over the dark", "as dim as grain makes it", "dim line over the dark", "all alike", "faint line"],
)
def test_an_echo_is_clear_where_it_is_as_bright_as_above_and_brighter_than_the_darker_side(above: int, echo: int, behind: int, there: bool) -> None:
    at = 25.0
    rows = LINEAR.ranges_mm() - at
    column = np.select([rows < -0.5, rows <= 2.0], [above, echo], behind).astype(np.float32)
    grey = np.repeat(column[:, None], LINEAR.beams, axis=1)
    assert stands_out(LINEAR, Drawn(0.0, at, 0.0, at, None), grey) is there


@pytest.mark.parametrize("seed", range(20))
def test_a_random_look_keeps_to_its_ranges(seed: int) -> None:
    look = sample_look(rng_of(seed), depth_mm=80)
    assert look == sample_look(rng_of(seed), depth_mm=80)
    assert 0 <= look.tail_mm <= 10
    assert 1 <= look.edge_scale <= 3
    assert look.bone_db > -28 or look.haze_db < -3
    assert sample_look(rng_of(seed), depth_mm=80, water=True).haze_db == -200


def test_a_stated_look_is_taken_and_moves_no_other_draw() -> None:
    """Plain and wide frames of one seed have their landmarks in the same places, where both show them."""
    spec = FrameSpec(4242, "transverse_facet", 1)
    plain, wide = (render_frame(replace(spec, look=look)).truth for look in (PLAIN_LOOK, BoneLook(tail_db=0, tail_mm=8, haze_db=-6)))
    assert plain["origin_px"] == wide["origin_px"]
    assert plain["landmarks"] == wide["landmarks"]


def test_a_fade_takes_from_some_beams_below_and_from_none_at_the_face() -> None:
    kept = fading(BoneLook(fade_db=12), 12345, CONVEX)
    assert kept.shape == (CONVEX.samples, CONVEX.beams)
    assert kept[0].min() > 0.98
    assert 10 ** (-12 / 20) - 1e-4 <= kept[-1].min() < 0.6
    assert kept[-1].max() > 0.7
    assert np.all(np.diff(kept, axis=0) <= 1e-6)


def test_a_fade_over_an_echo_counts_as_sound_that_does_not_arrive() -> None:
    look = BoneLook(fade_db=14)
    beams = render_beams(medium_from(uniform(Tissue.MUSCLE), CONVEX, rng_of(0)), CONVEX, rng_of(1), OPEN, look=look)
    plain = render_beams(medium_from(uniform(Tissue.MUSCLE), CONVEX, rng_of(0)), CONVEX, rng_of(1), OPEN)
    lost_db = 20 * np.log10(beams.envelope[-60:].mean(axis=0) / plain.envelope[-60:].mean(axis=0))
    told_db = 20 * np.log10(beams.arriving[-60:].mean(axis=0))
    assert np.median(np.abs(lost_db - told_db)) < 1.0
    assert told_db.min() < -6


@pytest.mark.parametrize("weave", range(len(WEAVES)))
def test_a_weave_is_structure_about_the_tissues_level(weave: int) -> None:
    """Units of the tissue's spread: none so bright that muscle passes for bone, and all as periodic as the first."""
    tile = muscle_tile(weave)
    assert tile.shape == muscle_tile(0).shape
    assert -2.0 <= tile.min() < tile.max() <= 1.7 + 2.2 * 1.3 + 1e-3
    assert abs(float(tile.mean())) < 0.5
    assert tile.tobytes() == muscle_tile(weave).tobytes()


@pytest.mark.parametrize("slope_db", [-10.0, 3.0])
def test_a_slope_is_the_users_gain_and_leaves_the_middle(slope_db: float) -> None:
    medium = medium_from(uniform(Tissue.MUSCLE), CONVEX, rng_of(0))
    plain, sloped = (render_beams(medium, CONVEX, rng_of(1), OPEN, look=look) for look in (PLAIN_LOOK, BoneLook(slope_db=slope_db)))
    ratio_db = 20 * np.log10(sloped.envelope[:, 40] / plain.envelope[:, 40])
    assert ratio_db[[0, CONVEX.samples // 2, -1]].tolist() == pytest.approx([-slope_db, 0.0, slope_db], abs=0.1)
    assert np.array_equal(sloped.arriving, plain.arriving)
