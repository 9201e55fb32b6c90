"""The phantom's physics against theory: speckle, point-spread function, attenuation, shadow, incidence, speed of sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("scipy")

from models.phantom.acoustics import PLAIN, Beams, Physics, displace, render_beams, sample_physics
from models.phantom.medium import Medium, bridged, medium_from, poor_contact
from models.phantom.probe import F32, ProbeSpec, point_at, polar_of, sample_probe
from models.phantom.tissue import ACOUSTICS, Tissue

LINEAR = ProbeSpec("linear", 8.0, 60.0, 30.0, 0.0, 20.0, 0.0, 0.0, 10.0, elevation_aperture_mm=5, elevation_focus_mm=25)
CONVEX = ProbeSpec("convex", 4.0, 120.0, 60.0, 60.0, 30.0, 30.0, 60.0, 18.0)
PHASED = ProbeSpec("phased", 2.8, 130.0, 65.0, 0.0, 10.0, 40.0, 6.0, 16.0)
PROBES = (LINEAR, CONVEX, PHASED)


@dataclass
class Cut:
    """What a test's anatomy answers."""

    labels: np.ndarray
    bone_mm: F32
    sheets: dict[str, F32] = field(default_factory=dict)


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


Anatomy = Callable[[F32, F32, F32], Cut]  # of x, z, y


def uniform(tissue: Tissue) -> Anatomy:
    return lambda x, *_: Cut(np.full(x.shape, tissue, np.uint8), np.full(x.shape, 50, np.float32))


def plane_bone(depth_mm: float, tilt_deg: float = 0.0, *, half_width_mm: float = 1e3, tissue: Tissue = Tissue.MUSCLE) -> Anatomy:
    """Bone below a plane through (0, depth_mm) whose normal leans by tilt_deg; as wide as stated."""

    def cut(x: F32, z: F32, *_: F32) -> Cut:
        t = np.radians(tilt_deg)
        into = (z - depth_mm) * np.cos(t) - x * np.sin(t)
        bone = np.maximum(-into, np.abs(x) - half_width_mm).astype(np.float32)
        labels = np.where(bone < 0, Tissue.BONE, tissue).astype(np.uint8)
        return Cut(labels, bone)

    return cut


def plain(medium_of: Anatomy, probe: ProbeSpec, seed: int = 0, physics: Physics = PLAIN) -> tuple[Medium, Beams]:
    medium = medium_from(medium_of, probe, rng_of(seed))
    return medium, render_beams(medium, probe, rng_of(seed + 1), physics)


def db(values: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.maximum(values, 1e-12))


def rms_db(envelope: np.ndarray, axis: int | None = None) -> np.ndarray:
    return 10 * np.log10(np.mean(np.square(envelope, dtype=np.float64), axis=axis) + 1e-24)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_speckle_is_rayleigh(probe: ProbeSpec) -> None:
    ratios = []
    for seed in range(4):
        _, beams = plain(uniform(Tissue.MUSCLE), probe, seed, replace(PLAIN, tgc_db_cm_mhz=0.75 * 1585 / 1540))
        inner = beams.envelope[40:-40, 8:-8].astype(np.float64)
        ratios.append(inner.mean() / inner.std())
        assert abs(rms_db(inner)) < 0.5
    assert np.mean(ratios) == pytest.approx(1.91, abs=0.1)


def width_mm(profile: np.ndarray, step_mm: float) -> float:
    """-6 dB full width of a peak, crossings interpolated in the root of the decibels, in which a Gaussian's flanks are straight."""
    level = np.sqrt(-db(profile / profile.max()))
    edge = np.sqrt(6.02)
    top = int(level.argmin())
    left = next(i for i in range(top, 0, -1) if level[i] > edge)
    right = next(i for i in range(top, len(level)) if level[i] > edge)
    a = left + (level[left] - edge) / (level[left] - level[left + 1])
    b = right - (level[right] - edge) / (level[right] - level[right - 1])
    return float((b - a) * step_mm)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_point_target_has_the_stated_widths(probe: ProbeSpec, share: float) -> None:
    row, beam = int(share * probe.samples), probe.beams // 2
    at = np.array([(row + 0.5) * probe.sample_mm], np.float32)
    medium = medium_from(uniform(Tissue.GEL), probe, rng_of(0))
    still = replace(medium, labels=np.full_like(medium.labels, Tissue.GEL))
    x, z = point_at(probe, at * 1500 / 1540, np.array([beam], np.float32))  # drawn on the sample: gel is slower than 1540
    point = replace(still, points=((float(x[0]), float(z[0]), 20.0),))
    envelope = render_beams(point, probe, rng_of(1), replace(PLAIN, side_db=-34, grating_db=-50)).envelope
    s, b = np.unravel_index(int(envelope.argmax()), envelope.shape)
    assert abs(s - row) <= 1
    assert abs(b - beam) <= 1
    axial = width_mm(envelope[:, b], probe.sample_mm)
    lateral = width_mm(envelope[s, :], float(probe.beam_spacing_mm(at)[0]))
    assert axial == pytest.approx(probe.axial_width_mm, rel=0.15)
    assert lateral == pytest.approx(float(probe.lateral_width_mm(at)[0]), rel=0.15)


@pytest.mark.parametrize("tissue", [Tissue.FAT, Tissue.MUSCLE, Tissue.LIGAMENT])
@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_attenuation_slope(probe: ProbeSpec, tissue: Tissue) -> None:
    rows = np.mean([rms_db(plain(uniform(tissue), probe, s, replace(PLAIN, tgc_db_cm_mhz=0))[1].envelope[:, 8:-8], 1) for s in range(3)], axis=0)
    keep = slice(30, -30)
    slope_db_cm = np.polyfit(probe.ranges_mm()[keep] / 10, rows[keep], 1)[0]
    drawn_per_tissue = 1540 / ACOUSTICS[tissue].speed_m_s  # a picture's centimetre is not the tissue's
    theory = -2 * ACOUSTICS[tissue].attenuation_db_cm_mhz * probe.frequency_mhz / drawn_per_tissue
    assert slope_db_cm == pytest.approx(theory, rel=0.1)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_shadow_behind_bone_is_deep_but_not_empty(probe: ProbeSpec) -> None:
    """Full physics: reverberation, mirror, clutter and noise fill the shadow, 20 dB or more below tissue at the same depth."""
    depth = probe.depth_mm * 0.3
    drops = []
    for seed in range(6):
        physics = replace(sample_physics(rng_of(seed)), noise_db=-90.0)
        bone = plain(plane_bone(depth, half_width_mm=1e3), probe, seed, physics)[1].envelope
        open_ = plain(uniform(Tissue.MUSCLE), probe, seed, physics)[1].envelope
        n = probe.samples
        below = np.r_[int(n * 0.36) : int(n * 0.52), int(n * 0.64) : int(n * 0.8)]  # not the double bounce
        middle = slice(probe.beams * 2 // 5, probe.beams * 3 // 5)
        drops.append(rms_db(open_[below, middle]) - rms_db(bone[below, middle]))
    assert np.median(drops) >= 20
    assert np.median(drops) < 60


def bone_level_db(tilt_deg: float) -> float:
    levels = []
    for seed in range(6):
        _, beams = plain(plane_bone(30.0, tilt_deg, tissue=Tissue.GEL), LINEAR, seed, replace(PLAIN, tgc_db_cm_mhz=0.0))
        levels.append(rms_db(beams.envelope[:, LINEAR.beams // 2 - 20 : LINEAR.beams // 2 + 20].max(axis=0)))
    return float(np.mean(levels))


def test_bone_echo_falls_off_with_the_angle() -> None:
    levels = [bone_level_db(t) for t in (0, 15, 30, 45, 60)]
    assert all(a > b - 0.5 for a, b in pairwise(levels)), levels
    assert levels[0] - levels[2] > 5, levels
    assert levels[0] - levels[4] > 12, levels


@pytest.mark.parametrize("tissue", [Tissue.FAT, Tissue.MUSCLE])
@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_echo_is_drawn_where_theory_says(probe: ProbeSpec, tissue: Tissue) -> None:
    """A point under a layer is drawn at 1540 x its travel time: range x 1540 / speed."""
    at = np.float32(probe.depth_mm * 0.5)
    x, z = point_at(probe, np.array([at]), np.array([probe.beams * 0.6], np.float32))
    medium = replace(medium_from(uniform(tissue), probe, rng_of(0)), points=((float(x[0]), float(z[0]), 60.0),))
    theory = float(at) * 1540 / ACOUSTICS[tissue].speed_m_s
    drawn = displace(probe, medium, x, z)
    assert float(polar_of(probe, *drawn)[0][0]) == pytest.approx(theory, abs=0.2)
    envelope = render_beams(medium, probe, rng_of(1), PLAIN).envelope
    s, b = np.unravel_index(int(envelope.argmax()), envelope.shape)
    assert (s + 0.5) * probe.sample_mm == pytest.approx(theory, abs=0.2)
    assert b == pytest.approx(probe.beams * 0.6, abs=1.0)


def test_twenty_of_fat_reads_as_twenty_one() -> None:
    """BK 3500 guide: 20 mm of fat at 1450 m/s reads as 21.2."""
    medium = medium_from(uniform(Tissue.FAT), LINEAR, rng_of(0))
    _, z = displace(LINEAR, medium, np.zeros(1, np.float32), np.full(1, 20, np.float32))
    assert float(z[0]) == pytest.approx(21.24, abs=0.05)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_bone_landmark_lies_at_the_brightest_sample(probe: ProbeSpec) -> None:
    """Hit at less than 30 degrees, the drawn surface lies within 1 mm of the brightest sample on its beam; random examinations. A wide beam
    on a leaning surface draws a thick echo, so a few lie farther off."""
    misses = []
    for seed in range(21):
        tilt_deg = (0.0, 14.0, 28.0)[seed % 3]
        medium, beams = plain(plane_bone(probe.depth_mm * 0.4, tilt_deg), probe, seed, sample_physics(rng_of(seed)))
        x, z = displace(probe, medium, np.zeros(1, np.float32), np.full(1, probe.depth_mm * 0.4, np.float32))
        truth, beam = (float(v[0]) for v in polar_of(probe, x, z))
        near = np.abs(probe.ranges_mm() - truth) < 4
        trace = np.where(near, beams.envelope[:, round(beam)], 0)
        misses.append(abs((trace.argmax() + 0.5) * probe.sample_mm - truth))
    assert np.median(misses) < 0.5
    assert np.mean(np.array(misses) < 1.0) >= 0.85


def test_fluid_is_dark_and_brightens_what_lies_behind() -> None:
    def cyst(x: F32, z: F32, *_: F32) -> Cut:
        inside = np.hypot(x, z - 50) < 12
        return Cut(np.where(inside, Tissue.CSF, Tissue.MUSCLE).astype(np.uint8), np.full(x.shape, 50, np.float32))

    levels = []
    for seed in range(4):
        envelope = plain(cyst, CONVEX, seed, replace(PLAIN, tgc_db_cm_mhz=0.75))[1].envelope
        middle, side = slice(75, 85), slice(20, 40)
        levels.append([rms_db(envelope[int(d / 120 * 512) - 10 : int(d / 120 * 512) + 10, b]) for d, b in ((50, middle), (80, middle), (80, side))])
    inside, behind, beside = np.mean(levels, axis=0)
    assert inside < -20
    assert 6 < behind - beside < 2 * 0.75 * 4.0 * 2.4 + 3  # at most what 24 mm of muscle would have taken


def test_noise_rises_with_depth() -> None:
    physics = replace(PLAIN, noise_db=-60, tgc_db_cm_mhz=0.7)
    envelope = plain(uniform(Tissue.GEL), CONVEX, 0, physics)[1].envelope
    assert rms_db(envelope[300:340]) - rms_db(envelope[100:140]) > 20


def test_air_under_half_the_array_blacks_that_half() -> None:
    medium = medium_from(uniform(Tissue.MUSCLE), CONVEX, rng_of(0), contact=np.repeat([0.0, 1.0], 32).astype(np.float32))
    envelope = render_beams(medium, CONVEX, rng_of(1), Physics(noise_db=-95)).envelope
    deep = slice(150, 250)
    assert rms_db(envelope[deep, :40]) < rms_db(envelope[deep, -40:]) - 20
    assert rms_db(envelope[:30, :40]) > rms_db(envelope[:30, -40:]) + 3  # the lens rings on


def test_gel_bridges_a_narrow_gap_only() -> None:
    labels = np.full((100, 4), Tissue.MUSCLE, np.uint8)
    for column, rows in enumerate((0, 3, 8, 100)):
        labels[:rows, column] = Tissue.GEL
    probe = replace(LINEAR, depth_mm=100.0)
    assert bridged(labels, probe, gel_mm=5.0).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("seed", range(10))
def test_poor_contact_is_a_share(seed: int) -> None:
    contact = poor_contact(rng_of(seed), 64)
    assert contact.shape == (64,)
    assert 0 <= contact.min() < 0.8
    assert contact.max() <= 1


def test_contact_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one value a column"):
        medium_from(uniform(Tissue.MUSCLE), LINEAR, rng_of(0), contact=np.ones(3, np.float32))


def test_plastic_bone_shows_the_surface_behind() -> None:
    def plates(_: F32, z: F32, *__: F32) -> Cut:
        bone = np.minimum(np.abs(z - 40) - 3, np.abs(z - 70) - 3).astype(np.float32)
        return Cut(np.where(bone < 0, Tissue.BONE, Tissue.GEL).astype(np.uint8), bone)

    rows = {}
    for plastic in (False, True):
        medium = medium_from(plates, CONVEX, rng_of(0), plastic_bone=plastic)
        rows[plastic] = db(render_beams(medium, CONVEX, rng_of(1), PLAIN).envelope.max(axis=1))
    second = slice(int(62 / 120 * 512), int(76 / 120 * 512))
    assert rows[True][second].max() > 5
    assert rows[False][second].max() < rows[True][second].max() - 40


@pytest.mark.parametrize("seed", range(6))
def test_same_seed_same_bytes_and_any_random_examination_is_finite(seed: int) -> None:
    probe = sample_probe(rng_of(seed))
    medium = medium_from(plane_bone(probe.depth_mm * 0.5, 10), probe, rng_of(seed))
    first, second = (render_beams(medium, probe, rng_of(seed), sample_physics(rng_of(seed))).envelope for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.dtype == np.float32
    assert first.shape == (probe.samples, probe.beams)
    assert np.isfinite(first).all()


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_polar_of_undoes_point_at(probe: ProbeSpec) -> None:
    beam = np.linspace(0, probe.beams - 1, 9, dtype=np.float32)
    range_mm = np.linspace(1, probe.depth_mm, 9, dtype=np.float32)
    back = polar_of(probe, *point_at(probe, range_mm, beam))
    np.testing.assert_allclose(back[0], range_mm, atol=1e-3)
    np.testing.assert_allclose(back[1], beam, atol=1e-2)
