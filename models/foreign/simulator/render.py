"""A seed and a view become a frame with its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.simulator.anatomy import canal, elsewhere, foramen, hiatus, lumbar, sacral
from models.foreign.simulator.anatomy.bone import Hand
from models.foreign.simulator.anatomy.curves import Curve
from models.foreign.simulator.anatomy.section import Line, Section, moved
from models.foreign.simulator.anatomy.subject import FRAMES_A_SUBJECT, Subject, subject_of
from models.foreign.simulator.display import Setting, contact_of, converted, drawn_canvas, drawn_setting, gain_db, greys, noise, with_artefacts
from models.foreign.simulator.echo import Echo, Echoes, echoes_of, passage_of
from models.foreign.simulator.probe import Probe, drawn_probe
from models.foreign.simulator.tissue import raster_of
from models.foreign.simulator.truth import DIM, Pose, truth_of, visible

SECTIONS: dict[str, Callable[[Hand], Section]] = {
    "transverse_facet": lumbar.transverse_facet,
    "transverse_process": lumbar.transverse_process,
    "transverse_interlaminar": canal.transverse_interlaminar,
    "paramedian_oblique": canal.paramedian_oblique,
    "transverse_foramen": foramen.transverse_foramen,
    "transverse_sacral_ala": sacral.transverse_sacral_ala,
    "transverse_s1": sacral.transverse_s1,
    "transverse_sacroiliac": sacral.transverse_sacroiliac,
    "transverse_sacral_hiatus": hiatus.transverse_sacral_hiatus,
    "longitudinal_sacral_hiatus": hiatus.longitudinal_sacral_hiatus,
    NO_VIEW: elsewhere.scene,
}


def render(seed: int, view: str) -> ForeignFrame:
    """The frame of a seed and one of edge.catalogue's views or "none". Raises KeyError for another name. Same seed and view, same bytes."""
    subject, number = subject_of(seed // FRAMES_A_SUBJECT), list(SECTIONS).index(view) if view in SECTIONS else -1
    make, rng = SECTIONS[view], np.random.default_rng([seed, number, 5])
    own = rng if view == NO_VIEW else np.random.default_rng([subject.number, number, 3])
    pose = drawn_pose(view, rng)
    section = posed(with_sides(make(Hand(subject, own, rng))), view, pose, rng)
    probe = drawn_probe(view, max(0.72 * section.deepest_mm, 8.0), section.deepest_mm, rng)
    section = replace(section, lines=(*section.lines, *fascia(section, probe, rng)))
    return pictured(seed, view, subject, section, probe, pose, rng)


def with_sides(section: Section) -> Section:
    """The section with each landmark told apart by the patient's side, while x still means that."""
    return replace(section, landmarks=tuple(replace(mark, right=mark.at[0] > 0) for mark in section.landmarks))


def drawn_pose(view: str, rng: np.random.Generator) -> Pose:
    """Side and orientation; both kinds of each."""
    flip, right = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    plan = PLAN_OF.get(view)
    side = ("right" if right else "left") if plan and plan.sided else None
    if view in VIEWS and VIEWS[view].plane == "sagittal":
        return Pose(side, "caudal" if flip else "cranial", flip)
    return Pose(side, "patient_right" if flip else "patient_left", flip)


def posed(section: Section, view: str, pose: Pose, rng: np.random.Generator) -> Section:
    """The section under the probe: the side asked for is aimed at, the plane a little turned, x to the screen's right."""
    sagittal = view in VIEWS and VIEWS[view].plane == "sagittal"
    lone = view == "transverse_foramen"
    towards = -1.0 if pose.side == "left" and not sagittal else 1.0
    sign = -1.0 if pose.mirrored else 1.0
    turn = float(np.clip(rng.normal(0, 0.055), -0.13, 0.13)) + (-sign * towards * rng.uniform(0.0, 0.2) if lone else 0.0)
    aim = section.aim_mm * (1.0 if lone else towards) + rng.normal(0, 2.5)
    pivot = 0.6 * section.deepest_mm

    def move(points: Curve) -> Curve:
        x, z = (points[:, 0] - aim) * sign * (towards if lone else 1.0), points[:, 1] - pivot
        return np.stack([x * np.cos(turn) - z * np.sin(turn), x * np.sin(turn) + z * np.cos(turn) + pivot], axis=1)

    return moved(section, move)


def fascia(section: Section, probe: Probe, rng: np.random.Generator) -> tuple[Line, ...]:
    """The skin's inner border, the fat's layers, and the fascia beneath it, bent as the face presses them."""
    if section.skin != "skin":
        return ()
    x = np.arange(-130, 130, 0.3)
    found = []
    for depth, strength, waves in _sheets(section.fat_mm, rng):
        bend = probe.face_z(x) * np.exp(-max(depth, 0) / 25)
        found.append(
            Line(
                np.stack([x, depth + bend + waves * np.sin(x / rng.uniform(6, 20) + rng.uniform(0, 6)) + rng.normal(0, 0.03) * x], axis=1),
                strength,
                0.4,
                0.5,
            )
        )
    return tuple(found)


def _sheets(fat: float, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Depth, strength and waves of each sheet."""
    sheets = [(1.6, 0.6, 0.05), (max(fat, 2.2), rng.uniform(0.7, 1.5), 0.5)]
    if rng.random() < 0.6:
        sheets.append((max(fat, 2.2) + rng.uniform(1.0, 2.5), rng.uniform(0.4, 1.0), 0.5))
    sheets += [(max(fat, 2.2) + rng.uniform(2, 16), rng.uniform(0.3, 0.9), 1.2) for _ in range(int(rng.integers(0, 4)))]
    return sheets + [(rng.uniform(2.5, max(fat, 3)), rng.uniform(0.2, 0.8), 0.6) for _ in range(int(fat / 6))]


def pictured(seed: int, view: str, subject: Subject, section: Section, probe: Probe, pose: Pose, rng: np.random.Generator) -> ForeignFrame:
    """Echoes, picture and truth of a posed section."""
    setting, canvas = drawn_setting(rng), drawn_canvas(probe, rng)
    raster = raster_of(section, subject, probe, rng)
    passage = passage_of(probe, raster, subject, contact_of(probe, subject.contact, setting.fade, rng))
    steady = int(rng.integers(2**31))
    looks = [echoes_of(probe, section, raster, subject, passage, setting.lobes_db, steady, rng) for _ in range(setting.looks)]
    envelope = np.mean([np.abs(whole(look, probe, setting, rng)) for look in looks], axis=0)
    grey = greys(envelope, gain_db(passage, setting, rng), setting, passage.step_mm)
    shown = [mark for mark in section.landmarks if visible(mark, probe, looks, passage, grey)]
    dim = [mark for mark in section.landmarks if mark not in shown and visible(mark, probe, looks, passage, grey, DIM)]
    return ForeignFrame(converted(grey, probe, canvas, setting), truth_of(seed, view, probe, pose, canvas, shown, dim), canvas.box)


def whole(look: Echoes, probe: Probe, setting: Setting, rng: np.random.Generator) -> Echo:
    """One look's echoes together, with artefacts and noise."""
    echo = with_artefacts(look.soft + look.line + look.bone + look.clutter, probe, setting, rng)
    return np.asarray(echo + noise(echo.shape, setting, rng))
