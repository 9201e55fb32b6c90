"""reliefs: landmarks stand on the bone that the probe hears, the target follows the procedure, and frames are what a seed says."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from edge.guidance.locate import combined
from edge.source.truth import TruthLine, parse
from models.foreign import RENDERERS, TAUGHT
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.reliefs import render
from models.foreign.reliefs.aims import Aim
from models.foreign.reliefs.near_misses import OTHER, SPINE
from models.foreign.reliefs.outline import Mark
from models.foreign.reliefs.probe import SAMPLES, Probe
from models.foreign.reliefs.reader import Reader
from models.foreign.reliefs.relief import Body, Pit, Plane, Ridge, section
from models.foreign.reliefs.sound import Heard
from tests.unit.foreign.drawn import edges_of, frames_of


def line_of(frame: ForeignFrame) -> TruthLine:
    return parse({"frame": "a.png", **json.loads(json.dumps(frame.truth))})


def test_it_judges_and_never_teaches() -> None:
    assert "reliefs" in RENDERERS
    assert "reliefs" not in TAUGHT


@pytest.mark.parametrize("view", VIEWS)
def test_a_side_is_told_where_the_procedure_has_one(view: str) -> None:
    for frame in frames_of("reliefs")[view]:
        line = line_of(frame)
        assert (line.side.name == "NONE") == (not PLAN_OF[view].sided)
        assert (line.screen_left.value == "cranial") == (VIEWS[view].plane == "sagittal")
        assert 380 <= frame.pixels.shape[1] <= 640


def test_none_has_no_landmark_not_even_a_dim_one() -> None:
    for frame in frames_of("reliefs")[NO_VIEW]:
        assert (frame.truth["landmarks"], frame.truth["dim"], frame.truth["side"]) == ({}, {}, None)


@pytest.mark.parametrize("view", VIEWS)
def test_the_target_follows_its_procedure_on_the_stated_side(view: str) -> None:
    told = [line for line in map(line_of, frames_of("reliefs")[view]) if line.target is not None]
    assert told
    for line in told:
        names = PLAN_OF[view].target
        points = [line.landmarks[name] for name in names]
        drawn_right = (line.side.name == "RIGHT") == (line.screen_left.value == "patient_left")
        near = [some[-1 if drawn_right else 0] for some in points]
        assert line.mm_per_px is not None
        mm = line.mm_per_px[0]
        wanted = combined(PLAN_OF[view].procedure, [(mm * x, mm * z) for x, z in near])
        assert np.hypot(*(mm * np.array(line.target) - wanted)) < 0.1 * mm


def test_marks_of_bone_stand_on_rising_edges() -> None:
    edges = edges_of(frames_of("reliefs"))
    assert len(edges) > 60
    assert abs(float(np.median(edges))) < 0.6
    assert float(np.mean(np.abs(edges) < 1.5)) > 0.6


def test_nothing_is_told_where_no_sound_comes() -> None:
    probe = Probe("convex", 60.0, 0.5, 80.0, 3.5, 190, 2.0)
    shape = (probe.beams, SAMPLES)
    levels = np.full(shape, 0.3, np.float32)
    beam, sample = (round(float(value)) for value in probe.beam_of(5.0, 40.0))
    levels[:, sample : sample + 6] = 0.8
    told = [Reader(Heard(levels, levels, np.full(shape, lit, np.float32)), probe).sight(Mark("lamina", 5.0, 40.0)) for lit in (1.0, 0.4, 0.1)]
    assert told == ["clear", "dim", "hidden"]
    assert Reader(Heard(levels, levels, np.ones(shape, np.float32)), probe).sight(Mark("lamina", 90.0, 40.0)) == "hidden"
    assert 0 < beam < probe.beams


def test_a_ridge_is_cut_where_it_lies_and_a_pit_opens_it() -> None:
    plane = Plane(np.array([0.0, 0.0, -10.0], np.float32), np.eye(3, dtype=np.float32))
    bone = Ridge("bone", (-10, 0, 20), (10, 0, 20), (5, 5), 0.0, 4.0)
    whole = section(Body((bone,)), plane, half_mm=30, deep_mm=60, slices_mm=(0.0,))
    pit = Pit((0.0, 0.0), (3.0, 3.0), 28.0, frozenset({"bone"}))
    open_one = section(Body((bone,), (pit,)), plane, half_mm=30, deep_mm=60, slices_mm=(0.0,))
    assert whole.surface(0.0, 30.0) == pytest.approx(30.0, abs=0.3)
    assert whole.surface(20.0, 30.0) == 30.0  # nothing there: the guess comes back
    assert open_one.surface(0.0, 34.0, 8.0) == pytest.approx(38.0, abs=0.6)
    assert np.isnan(whole.top("bone")[0])


def test_no_view_of_another_name() -> None:
    with pytest.raises(ValueError, match="transverse_knee"):
        render(0, "transverse_knee")


@pytest.mark.parametrize("kind", dict.fromkeys((*SPINE, *OTHER)))
def test_every_near_miss_finds_its_place_in_every_body(kind: Callable[[np.random.Generator], Aim]) -> None:
    """A short transverse process once left no room for a plane along it."""
    for seed in range(200):
        assert kind(np.random.default_rng(seed)).deep > 0
