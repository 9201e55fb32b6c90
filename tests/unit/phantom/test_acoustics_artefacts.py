"""The phantom's artefacts, each switched on alone: double bounce, mirror, lobes, slice thickness, edge shadow, haze, uneven loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")

from models.phantom.acoustics import PLAIN, Physics, render_beams
from models.phantom.medium import Medium, medium_from, plane_offsets_mm
from models.phantom.probe import F32, ProbeSpec, point_at
from models.phantom.tissue import Tissue

LINEAR = ProbeSpec("linear", 8.0, 60.0, 30.0, 0.0, 20.0, 0.0, 0.0, 10.0, elevation_aperture_mm=5, elevation_focus_mm=25)
CONVEX = ProbeSpec("convex", 4.0, 120.0, 60.0, 60.0, 30.0, 30.0, 60.0, 18.0)
MIDDLE = slice(70, 90)


class Cut:
    """What a test's anatomy answers: bone where the distance is negative, else one tissue or the labels given."""

    def __init__(self, bone_mm: F32, tissue: Tissue | F32 = Tissue.GEL) -> None:
        self.bone_mm = bone_mm.astype(np.float32)
        self.labels = np.where(bone_mm < 0, Tissue.BONE, tissue).astype(np.uint8)
        self.sheets: dict[str, F32] = {}


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def level_db(medium: Medium, probe: ProbeSpec, physics: Physics, seed: int = 1) -> F32:
    """(samples,) root mean square of the middle beams."""
    envelope = render_beams(medium, probe, rng_of(seed), physics).envelope[:, MIDDLE].astype(np.float64)
    return 10 * np.log10(np.mean(envelope**2, axis=1) + 1e-20)


def plate(depth_mm: float, tissue: Tissue, probe: ProbeSpec) -> Medium:
    return medium_from(lambda x, z, _: Cut(depth_mm - z + 0 * x, tissue), probe, rng_of(0))


def around(probe: ProbeSpec, range_mm: float, half_mm: float = 2.0) -> slice:
    return slice(int((range_mm - half_mm) / probe.sample_mm), int((range_mm + half_mm) / probe.sample_mm))


def test_the_double_bounce_comes_back_at_twice_the_range() -> None:
    medium = plate(22.0, Tissue.GEL, LINEAR)
    drawn = 2 * 22.0 * 1540 / 1500
    off, on = (level_db(medium, LINEAR, replace(PLAIN, tgc_db_cm_mhz=0, reverberation_db=r)) for r in (-200.0, -40.0))
    gain = (on - off)[around(LINEAR, drawn)]
    assert gain.max() > 30
    peak = int(on[30 + int(30 / LINEAR.sample_mm) :].argmax()) + 30 + int(30 / LINEAR.sample_mm)
    assert (peak + 0.5) * LINEAR.sample_mm == pytest.approx(drawn, abs=1.0)


def test_the_mirror_copies_tissue_behind_bone() -> None:
    medium = plate(25.0, Tissue.MUSCLE, LINEAR)
    behind = around(LINEAR, 34.0, 4.0)
    off, on = (level_db(medium, LINEAR, replace(PLAIN, tgc_db_cm_mhz=0.75, mirror_db=m))[behind].mean() for m in (-200.0, -25.0))
    assert off < -60
    assert on == pytest.approx(-25, abs=3)


@pytest.mark.parametrize("side_db", [-30.0, -45.0])
def test_side_lobes_have_the_stated_level(side_db: float) -> None:
    """The skirt is six times as wide as the main lobe: two and a half widths off the axis only it is left."""
    range_mm = np.array([30.0 + LINEAR.sample_mm / 2], np.float32)
    x, z = point_at(LINEAR, range_mm * 1500 / 1540, np.array([80.0], np.float32))
    medium = replace(
        medium_from(lambda x, *_: Cut(np.full(x.shape, 50.0)), LINEAR, rng_of(0)), points=((float(x[0]), float(z[0]), 60.0),)
    )
    row = render_beams(medium, LINEAR, rng_of(1), replace(PLAIN, tgc_db_cm_mhz=0, side_db=side_db)).envelope.max(axis=0)
    width_beams = float(LINEAR.lateral_width_mm(range_mm)[0] / LINEAR.beam_spacing_mm(range_mm)[0])
    off = round(2.5 * width_beams)
    relative = 20 * np.log10(row[80 + off] / row.max())
    sigmas = off / width_beams * 2.355 / 6
    assert relative == pytest.approx(side_db - 8.686 * sigmas**2 / 2, abs=1.5)


def test_grating_lobes_appear_a_quarter_of_the_fan_off() -> None:
    x, z = point_at(LINEAR, np.array([30.0], np.float32), np.array([80.0], np.float32))
    medium = replace(
        medium_from(lambda x, *_: Cut(np.full(x.shape, 50.0)), LINEAR, rng_of(0)), points=((float(x[0]), float(z[0]), 60.0),)
    )
    row = render_beams(medium, LINEAR, rng_of(1), replace(PLAIN, tgc_db_cm_mhz=0, grating_db=-40)).envelope.max(axis=0)
    assert 20 * np.log10(row[40] / row.max()) == pytest.approx(-40, abs=1.5)
    assert 20 * np.log10(row[120] / row.max()) == pytest.approx(-40, abs=1.5)


def test_a_slice_half_filled_with_bone_echoes_less_and_shadows_less() -> None:
    planes = plane_offsets_mm(CONVEX)
    whole = plate(50.0, Tissue.MUSCLE, CONVEX)
    half = medium_from(lambda _, z, y: Cut(np.maximum(50.0 - z, planes[2] / 2 - y), Tissue.MUSCLE), CONVEX, rng_of(0))
    physics = replace(PLAIN, tgc_db_cm_mhz=0.75)
    full_db, half_db = level_db(whole, CONVEX, physics), level_db(half, CONVEX, physics)
    surface, behind = around(CONVEX, 49.0), around(CONVEX, 80.0, 10.0)
    assert 3 < full_db[surface].max() - half_db[surface].max() < 25
    assert half_db[behind].mean() > -6
    assert full_db[behind].mean() < -40


def test_a_vessels_edge_casts_a_shadow() -> None:
    def fat_cylinder(x: F32, z: F32, _: F32) -> Cut:
        inside = np.hypot(x, z - 40) < 12
        return Cut(np.full(x.shape, 50.0), np.where(inside, Tissue.FAT, Tissue.MUSCLE))

    medium = medium_from(fat_cylinder, CONVEX, rng_of(0))
    off, on = (
        np.mean([render_beams(medium, CONVEX, rng_of(s), replace(PLAIN, refraction=r)).envelope[300:360] ** 2 for s in range(2)], axis=(0, 1))
        for r in (0.0, 2.0)
    )
    loss_db = 10 * np.log10(off / on)
    assert loss_db.max() > 6
    assert np.median(loss_db) < 1


def test_haze_trails_bone_and_fades() -> None:
    medium = plate(40.0, Tissue.MUSCLE, CONVEX)
    physics = replace(PLAIN, tgc_db_cm_mhz=0.75, clutter_db=-25.0)
    level = level_db(medium, CONVEX, physics)
    near, far = level[around(CONVEX, 45.0)].mean(), level[around(CONVEX, 85.0)].mean()
    assert near > far + 5
    assert -45 < far < -20


def test_uneven_loss_spreads_the_beams() -> None:
    medium = medium_from(lambda x, *_: Cut(np.full(x.shape, 50.0), Tissue.MUSCLE), CONVEX, rng_of(3))
    spreads = []
    for streak_db in (0.0, 4.0):
        envelope = render_beams(medium, CONVEX, rng_of(1), replace(PLAIN, tgc_db_cm_mhz=0.75, streak_db=streak_db)).envelope
        spreads.append(float(np.std(10 * np.log10(np.mean(envelope[230:330] ** 2, axis=0)))))
    assert spreads[0] < 0.9
    assert 1.2 < spreads[1] < 7
