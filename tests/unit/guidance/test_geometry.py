"""The needle's geometry against DESIGN.md's vectors and its own laws."""

from dataclasses import replace
from math import atan2, cos, degrees, hypot, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.guidance.geometry import (
    Face,
    aim_in_plane,
    aim_out_of_plane,
    frame_from_probe,
    probe_from_frame,
    side_clearance_mm,
    skin_crossing,
    skin_z_mm,
)
from edge.types import Health, Scan, ScanGeometry, ScreenLeft

TARGET = (19.0, 31.5)
VECTORS = [
    ("flat", Face(), -33.69, 37.86),
    ("convex", Face(60.0, 30.0), -27.97, 44.77),
]


@pytest.mark.parametrize(("name", "face", "angle_deg", "insertion_mm"), VECTORS)
def test_design_vectors(name: str, face: Face, angle_deg: float, insertion_mm: float) -> None:
    aim = aim_in_plane(TARGET, entry_x_mm=40.0, face=face)
    assert aim.angle_deg == pytest.approx(angle_deg, abs=0.005), name
    assert aim.insertion_mm == pytest.approx(insertion_mm, abs=0.005), name


def test_out_of_plane_is_a_right_triangle() -> None:
    aim = aim_out_of_plane((0.0, 36.0), entry_y_mm=15.0)
    assert aim.insertion_mm == pytest.approx(39.0)
    assert aim.angle_deg == pytest.approx(degrees(atan2(15, 36)))


SKIN = [(0.0, 0.0), (30.0, 60 * cos(radians(30)) - 60), (-30.0, 60 * cos(radians(30)) - 60), (80.0, 60 * cos(radians(30)) - 60)]


@pytest.mark.parametrize(("x_mm", "z_mm"), SKIN)
def test_skin_under_a_convex_face(x_mm: float, z_mm: float) -> None:
    assert skin_z_mm(x_mm, Face(60.0, 30.0)) == pytest.approx(z_mm)


lateral = st.floats(-60, 60)
depth = st.floats(5, 120)


@given(lateral, depth, st.floats(-60, 60))
def test_the_needle_reaches_the_target(x_mm: float, z_mm: float, entry_x_mm: float) -> None:
    aim = aim_in_plane((x_mm, z_mm), entry_x_mm=entry_x_mm, face=Face(60.0, 30.0))
    angle = radians(aim.angle_deg)
    assert aim.entry_mm[0] + aim.insertion_mm * sin(angle) == pytest.approx(x_mm, abs=1e-6)
    assert aim.entry_mm[1] + aim.insertion_mm * cos(angle) == pytest.approx(z_mm, abs=1e-6)


@given(lateral, depth, st.floats(30, 70), st.floats(-60, -25))
def test_a_bracket_needle_crosses_the_skin_on_its_line(x_mm: float, z_mm: float, pivot_x: float, pivot_z: float) -> None:
    face = Face(60.0, 30.0)
    entry = skin_crossing((pivot_x, pivot_z), (x_mm, z_mm), face)
    assert entry[1] == pytest.approx(skin_z_mm(entry[0], face), abs=1e-6)
    aim = aim_in_plane((x_mm, z_mm), entry_x_mm=0.0, face=face, pivot_mm=(pivot_x, pivot_z))
    assert aim.pivot_mm == pytest.approx(hypot(x_mm - pivot_x, z_mm - pivot_z))
    assert aim.pivot_mm is not None
    assert aim.pivot_mm >= aim.insertion_mm - 1e-6


def scan() -> Scan:
    return Scan(0, 0, ScanGeometry("rectangle", 0, 0, 640, 480), (320.0, 12.0), 0.2, 0.25, "stated", ScreenLeft.PATIENT_LEFT, Health.LIVE)


@given(st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_frame_and_probe_invert(u: float, v: float) -> None:
    assert frame_from_probe(scan(), probe_from_frame(scan(), (u, v))) == pytest.approx((u, v), abs=1e-6)


FAN = ScanGeometry("convex", 0, 0, 800, 700, apex_px=(400.0, -100.0), inner_radius_px=150.0, outer_radius_px=700.0, half_angle_deg=30.0)
CLEARANCES = [
    # name, geometry, mm per pixel, point, mm inside the nearer side
    ("left of a rectangle", ScanGeometry("rectangle", 100, 0, 500, 400), (0.2, 0.3), (110.0, 50.0), 10.5 * 0.2),
    ("right of a rectangle", ScanGeometry("rectangle", 100, 0, 500, 400), (0.2, 0.3), (498.0, 50.0), 1.5 * 0.2),
    ("outside", ScanGeometry("rectangle", 100, 0, 500, 400), (0.2, 0.3), (90.0, 50.0), -9.5 * 0.2),
    ("on a fan's axis", FAN, (0.2, 0.2), (400.0, 300.0), 400 * 0.2 * sin(radians(30))),
    ("beside a fan's ray", FAN, (0.2, 0.2), (400.0 + 400 * sin(radians(29)), -100 + 400 * cos(radians(29))), 80 * sin(radians(1))),
    ("a fan that the picture cuts", replace(FAN, right_px=410), (0.2, 0.2), (400.0, 300.0), 9.5 * 0.2),
]


@pytest.mark.parametrize(("name", "geometry", "mm_per_px", "point", "expected"), CLEARANCES)
def test_clearance_from_the_scans_sides(
    name: str, geometry: ScanGeometry, mm_per_px: tuple[float, float], point: tuple[float, float], expected: float
) -> None:
    scan = Scan(0, 0, geometry, (400.0, 50.0), *mm_per_px, "stated", ScreenLeft.PATIENT_LEFT, Health.LIVE)
    assert side_clearance_mm(scan, point) == pytest.approx(expected), name
