"""Beams: its rays meet bone where the anatomy puts it, its shadows are wedges, and its truth lies on the leading edge."""

from __future__ import annotations

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign import beams
from models.foreign.beams import judge, misses, probe, rays, scan
from models.foreign.beams.section import Draw, Section
from models.foreign.echo import CLEAR
from tests.unit.foreign.drawn import edges_of, frames_of

DEPTH_MM = 30.0
PROBES = {
    "convex": probe.Probe("convex", 60.0, 0.5, 80.0, 4.0, 0.3),
    "rectangle": probe.Probe("rectangle", probe.FLAT_MM, 25 / probe.FLAT_MM, 60.0, 8.0, 0.2),
    "phased": probe.Probe("phased", 8.0, 0.7, 90.0, 3.0, 0.4),
}


def disc(radius_mm: float = 6.0) -> Section:
    """One round bone under muscle, its top at DEPTH_MM."""
    section = Section(fascia_mm=5.0)
    section.knob(0, DEPTH_MM, radius_mm, 0, deep=0.01, name="sap_tip")
    return section


def look(*steers: float, seed: int = 5) -> probe.Look:
    """A look of thin bone over black, without roughness, seen by beams steered so."""
    found = probe.Look(Draw(np.random.PCG64(seed)), 5.0)
    found.steers, found.bone_db, found.haze_db, found.blotch, found.waves = steers, 25.0, -60.0, 0.0, found.waves * 0
    found.slope_db, found.range_db, found.streak = 0.0, 60.0, (5.0, 0.5, 0.0)
    found.noise_db, found.side_db, found.near_db, found.double, found.repeat, found.muscle_grey, found.tail = -60.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0
    return found


@pytest.mark.parametrize("kind", list(PROBES))
def test_a_straight_ray_meets_a_disc_at_its_top_and_passes_beside_it(kind: str) -> None:
    surface = rays.surface_of(disc().bones, np.zeros((1, 4)))
    at, _, nz = rays.trace(surface, PROBES[kind].rays(), far_mm=PROBES[kind].depth_mm)
    middle = probe.BEAMS // 2
    assert at[middle] == pytest.approx(DEPTH_MM, abs=0.7)  # limbs of one part melt: a disc swells by 0.6 mm
    assert nz[middle] < -0.95
    assert at[0] == at[-1] == rays.NEVER_MM


@pytest.mark.parametrize("kind", list(PROBES))
def test_a_place_lies_among_the_beams_where_the_grid_has_it(kind: str) -> None:
    x, z = PROBES[kind].grid()
    for beam, sample in ((3, 10), (80, 200), (150, 90)):
        at = PROBES[kind].place(float(x[beam, sample]), float(z[beam, sample]))
        assert at.beam == pytest.approx(beam, abs=0.3)
        assert at.sample == pytest.approx(sample, abs=0.1)


@pytest.mark.parametrize("kind", list(PROBES))
def test_a_steered_ray_passes_where_the_probe_says(kind: str) -> None:
    x, z, dx, dz = PROBES[kind].rays(0.15)
    ray, along = PROBES[kind].steered(0.15)
    at = PROBES[kind].place(float(x[70] + dx[70] * along[0, 150]), float(z[70] + dz[70] * along[0, 150]))
    assert ray[:, 150][round(at.beam)] == pytest.approx(70, abs=0.6)
    assert at.sample == pytest.approx(150, abs=0.5)


def test_compounding_makes_a_shadow_a_wedge() -> None:
    """Straight beams leave a shadow of even width; steered ones light its sides, the more the deeper."""
    flat, contact = PROBES["rectangle"], np.zeros(probe.BEAMS)

    def dark(steers: tuple[float, ...], depth_mm: float) -> int:
        found, row = scan.scanned(disc(), flat, look(*steers), Draw(np.random.PCG64(1)), contact), round(depth_mm / flat.sample_mm)
        return int(((found.levels[:, row] < 0.01) & (found.without[:, row] > 0.1)).sum())

    assert dark((-0.2, 0.0, 0.2), 56) < 0.6 * dark((-0.2, 0.0, 0.2), 42)
    assert dark((0.0,), 56) > 0.9 * dark((0.0,), 42)


def test_a_mark_is_told_on_the_leading_edge_and_not_in_the_shadow_of_another_bone() -> None:
    section, contact, draw = disc(), np.zeros(probe.BEAMS), Draw(np.random.PCG64(3))
    seen = judge.told(section, PROBES["convex"], scan.scanned(section, PROBES["convex"], look(0.0), draw, contact), CLEAR)
    assert seen["sap_tip"][0][1] == pytest.approx(DEPTH_MM, abs=0.8)
    section.knob(0, DEPTH_MM - 12, 9, 1, deep=0.01)
    assert "sap_tip" not in judge.told(section, PROBES["convex"], scan.scanned(section, PROBES["convex"], look(0.0), draw, contact), CLEAR)


def test_landmarks_of_bone_lie_on_the_edge_of_finished_pictures() -> None:
    apart = edges_of(frames_of("beams"))
    assert len(apart) > 80
    assert abs(np.median(apart)) < 0.4


def test_sagittal_views_say_what_is_drawn_left_and_others_name_a_side() -> None:
    for view, frames in frames_of("beams").items():
        lefts = {frame.truth["screen_left"] for frame in frames}
        assert lefts <= ({"cranial", "caudal"} if view != NO_VIEW and VIEWS[view].plane == "sagittal" else {"patient_left", "patient_right"})
        assert all((frame.truth["side"] is not None) == (view != NO_VIEW and PLAN_OF[view].sided) for frame in frames)


def test_near_misses_tell_nothing_and_no_other_view_is_drawn() -> None:
    assert all(not make(Draw(np.random.PCG64(seed))).marks for make in (misses.missed,) for seed in range(40))
    with pytest.raises(ValueError, match="knee"):
        beams.render(1, "transverse_knee")
