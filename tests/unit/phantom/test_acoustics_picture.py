"""The phantom's scanner and scan conversion: compression, grey map, persistence, and where a point of the probe frame is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")

from models.phantom.acoustics import moved_scatterers, scatterers_for
from models.phantom.probe import ProbeSpec, polar_of, sample_probe
from models.phantom.scanconvert import extent_mm, picture_size_px, scale_to_fit, scan_convert
from models.phantom.scanner import ScannerSettings, develop, sample_settings

LINEAR = ProbeSpec("linear", 8.0, 60.0, 30.0, 0.0, 20.0, 0.0, 0.0, 10.0)
CONVEX = ProbeSpec("convex", 4.0, 120.0, 60.0, 60.0, 30.0, 30.0, 60.0, 18.0)
PHASED = ProbeSpec("phased", 2.8, 130.0, 65.0, 0.0, 10.0, 40.0, 6.0, 16.0)
PROBES = (LINEAR, CONVEX, PHASED)
BARE = ScannerSettings(persistence=0, edge=0, smooth_samples=0, smooth_beams=0, speckle_reduction=0)


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("mm_per_px", [0.15, 0.3, (0.2, 0.35)])
@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_a_bright_cell_is_drawn_where_the_geometry_says(probe: ProbeSpec, mm_per_px: float | tuple[float, float]) -> None:
    x, z = 6.0, probe.depth_mm * 0.6
    range_mm, beam = (float(v) for v in polar_of(probe, np.array(x, np.float32), np.array(z, np.float32)))
    samples, beams = np.arange(probe.samples)[:, None], np.arange(probe.beams)[None, :]
    spot = np.exp(-((samples - (range_mm / probe.sample_mm - 0.5)) ** 2) / 18 - (beams - beam) ** 2 / 8)
    picture = scan_convert((255 * spot).astype(np.float32), probe, mm_per_px=mm_per_px)
    v, u = np.unravel_index(int(picture.pixels.argmax()), picture.pixels.shape)
    near = picture.pixels[v - 4 : v + 5, u - 4 : u + 5].astype(float) ** 3
    rows, columns = np.mgrid[v - 4 : v + 5, u - 4 : u + 5]
    expected = picture.px_from_probe(x, z)
    assert (columns * near).sum() / near.sum() == pytest.approx(expected[0], abs=0.35 / picture.mm_per_px[0])
    assert (rows * near).sum() / near.sum() == pytest.approx(expected[1], abs=0.35 / picture.mm_per_px[1])


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.kind)
def test_scan_area_matches_its_geometry(probe: ProbeSpec) -> None:
    picture = scan_convert(np.full((probe.samples, probe.beams), 200, np.float32), probe, mm_per_px=0.25)
    assert (picture.pixels[picture.inside] == 200).all()
    assert (picture.pixels[~picture.inside] == 0).all()
    u0, v0 = picture.origin_px
    assert picture.inside[round(v0 + 2), round(u0)]
    assert v0 < 2 or not picture.inside[round(v0 - 2), round(u0)]
    if picture.apex_px is None:
        assert picture.kind == "rectangle"
        return
    v, u = np.nonzero(picture.inside)
    radius = np.hypot(u - picture.apex_px[0], v - picture.apex_px[1])
    angle = np.degrees(np.arctan2(u - picture.apex_px[0], v - picture.apex_px[1]))
    assert radius.min() == pytest.approx(picture.inner_radius_px, abs=1)
    assert radius.max() == pytest.approx(picture.outer_radius_px, abs=1)
    assert np.abs(angle[radius > picture.outer_radius_px * 0.5]).max() == pytest.approx(picture.half_angle_deg, abs=0.3)


@pytest.mark.parametrize("kind", ["linear", "convex", "phased"])
def test_the_face_does_not_depend_on_the_depth(kind: str) -> None:
    near, far = (sample_probe(rng_of(3), kind, reach_mm=reach) for reach in (25.0, 110.0))  # type: ignore[arg-type]
    assert (near.face_radius_mm, near.face_half_width_mm, near.half_angle_deg) == (far.face_radius_mm, far.face_half_width_mm, far.half_angle_deg)
    assert near.depth_mm < far.depth_mm
    assert near.frequency_mhz >= far.frequency_mhz


@pytest.mark.parametrize("seed", range(8))
def test_scale_to_fit_fits(seed: int) -> None:
    probe = sample_probe(rng_of(seed))
    scale = scale_to_fit(probe, width_px=500, height_px=400)
    width, height = picture_size_px(probe, (scale, scale))
    assert width <= 501
    assert height <= 401
    assert width >= 499 or height >= 399
    half, top, bottom = extent_mm(probe)
    assert half > 0
    assert top <= 0 < bottom


def test_log_compression_spreads_the_stated_range() -> None:
    settings = replace(BARE, dynamic_range_db=60, reference=0.4)
    ramp = np.repeat((10 ** (np.array([-24.0, 0.0, 12.0, 36.0, 60.0, -90.0]) / 20)).astype(np.float32)[:, None], 8, axis=1)
    grey = develop(ramp, settings)[:, 0]
    np.testing.assert_allclose(grey, [0, 102, 153, 255, 255, 0], atol=1.0)


def test_persistence_keeps_a_share_of_the_last_frame() -> None:
    settings = replace(BARE, persistence=0.5)
    black, bright = np.full((32, 8), 1e-6, np.float32), np.full((32, 8), 1e3, np.float32)
    first = develop(bright, settings)
    second = develop(black, settings, first)
    np.testing.assert_allclose(second, first / 2, atol=0.5)


@pytest.mark.parametrize("seed", range(6))
def test_any_scanner_gives_grey_values(seed: int) -> None:
    probe, rng = sample_probe(rng_of(seed)), rng_of(seed)
    grey = develop(np.abs(scatterers_for(probe, rng)).astype(np.float32), sample_settings(rng))
    assert np.isfinite(grey).all()
    assert grey.min() >= -1
    assert grey.max() <= 256
    assert 10 < grey.mean() < 170


def test_speckle_reduction_narrows_speckle_and_keeps_an_edge() -> None:
    envelope = np.abs(scatterers_for(CONVEX, rng_of(0)))
    envelope[256:] *= 30
    reduced, raw = (develop(envelope.astype(np.float32), replace(BARE, speckle_reduction=s)) for s in (0.8, 0.0))
    assert reduced[:250].std() < 0.75 * raw[:250].std()
    assert reduced[260:].mean() - reduced[:250].mean() == pytest.approx(raw[260:].mean() - raw[:250].mean(), rel=0.1)


def test_scatterers_move_with_the_tissue_and_fade_out_of_plane() -> None:
    first = scatterers_for(CONVEX, rng_of(0))
    moved = moved_scatterers(first, CONVEX, rng_of(1), down_mm=CONVEX.sample_mm * 3)
    np.testing.assert_allclose(moved[3:], first[:-3], atol=1e-6)
    gone = moved_scatterers(first, CONVEX, rng_of(1), out_of_plane_mm=20.0)
    assert abs(np.mean(gone * first.conj())) < 0.02
    assert np.mean(np.abs(gone) ** 2) == pytest.approx(1, abs=0.02)
