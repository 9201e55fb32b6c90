"""Clips: a hand that comes on to a view, holds it with tremor and breathing, and leaves it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from edge.catalogue import NO_VIEW
from models.phantom import negatives
from models.phantom.acoustics import moved_scatterers
from models.phantom.anatomy_types import Sex, Side
from models.phantom.frame import (
    Exam,
    FrameSpec,
    PhantomFrame,
    Scene,
    Trail,
    examine,
    marks_at,
    present,
    render_exam,
    scene_of,
    shoot,
    shows,
    stream,
)
from models.phantom.look import BoneLook
from models.phantom.pose import Face, ProbePose, ScreenLeft, Sweep, hand_error, pose_for
from models.phantom.probe import C64, ProbeKind

Motion: TypeAlias = Literal["sweep", "hold", "rock", "press"]
MOTIONS: tuple[Motion, ...] = ("sweep", "hold", "rock", "press")
_PATH, _SPECKLE, _POSE = 20, 21, 1
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What to film. motion: sweep (on to the view, hold, off), hold (tremor and breathing only), rock (tilting through the view), press (lifted
    off, pressed on, released). freeze_at_s: from here on the picture stands still. Everything else as in FrameSpec."""

    subject_seed: int
    view: str
    seed: int
    seconds: float = 6.0
    rate_hz: float = 15.0
    motion: Motion = "sweep"
    bmi_kg_m2: float | None = None
    sex: Sex | None = None
    side: Side | None = None
    probe: ProbeKind | None = None
    layout: str | None = None
    level: str | None = None
    screen_left: ScreenLeft | None = None
    none_kind: str | None = None
    water: bool | None = None
    look: BoneLook | None = None
    faults: bool = True
    colour: bool = False
    freeze_at_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """A hand's way. waves: per axis of Sweep's first six fields, (amplitude, hertz, phase) of its tremor; breath_hz; away_mm, turn_deg: where the
    sweep starts, and leaves to."""

    steady: Sweep
    waves: tuple[tuple[tuple[float, float, float], ...], ...]
    breath_hz: float
    breath_mm: float
    away_mm: tuple[float, float]
    turn_deg: tuple[float, float]


TREMOR = (0.35, 0.2, 0.35, 0.4, 0.4, 0.35)  # mm, mm, deg, deg, deg, mm: standard deviations of a hand that rests on the patient (design)


def _path(rng: np.random.Generator) -> _Path:
    waves = tuple(
        tuple((float(size * rng.uniform(0.3, 1.0)), float(hertz * rng.uniform(0.7, 1.4)), float(rng.uniform(0, 6.3))) for hertz in (0.4, 1.3, 6.0))
        for size in TREMOR
    )
    sign = float(rng.choice([-1.0, 1.0]))
    return _Path(
        hand_error(rng, 0.5), waves, float(rng.uniform(0.2, 0.33)), float(rng.uniform(0.3, 1.2)),
        (sign * float(rng.uniform(9, 16)), -sign * float(rng.uniform(9, 16))), (float(rng.normal(0, 9)), float(rng.normal(0, 9))),
    )  # fmt: skip


def _smooth(share: float) -> float:
    """0 to 1 with level ends."""
    t = min(max(share, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def offset_at(path: _Path, motion: Motion, share: float, seconds: float) -> Sweep:
    """Where the hand stands after a share (0..1) of the clip that lasts so many seconds; steady while 0.35 <= share <= 0.75."""
    t = share * seconds
    fast = 0.15  # of the tremor's third wave: physiological tremor is small
    tremor = [sum(a * (fast if f > 3 else 1.0) * np.sin(2 * np.pi * f * t + p) for a, f, p in axis) for axis in path.waves]
    breath = path.breath_mm * np.sin(2 * np.pi * path.breath_hz * t)
    come, go = 1 - _smooth(share / 0.33), _smooth((share - 0.77) / 0.23)
    s = path.steady
    slide, turn, tilt, lift = 0.0, 0.0, 0.0, 0.0
    if motion == "sweep":
        slide = path.away_mm[0] * come + path.away_mm[1] * go
        turn = path.turn_deg[0] * come + path.turn_deg[1] * go
    elif motion == "rock":
        tilt = 18.0 * np.sin(2 * np.pi * share * 2)
    elif motion == "press":
        lift = 18.0 * (1 - _smooth(share / 0.2)) + 18.0 * _smooth((share - 0.85) / 0.15)
    return Sweep(
        slide_x_mm=float(s.slide_x_mm + tremor[0]),
        slide_y_mm=float(s.slide_y_mm + slide + tremor[1] + 0.3 * breath),
        turn_deg=float(s.turn_deg + turn + tremor[2]),
        tilt_deg=float(s.tilt_deg + tilt + tremor[3]),
        rock_deg=float(s.rock_deg + tremor[4]),
        press_mm=float(s.press_mm + tremor[5] + breath),
        lift_mm=float(lift),
    )


def frame_spec(spec: ClipSpec) -> FrameSpec:
    """The examination that the clip films."""
    names = (
        "subject_seed", "view", "seed", "probe", "layout", "side", "level", "screen_left", "sex", "bmi_kg_m2", "none_kind", "water",
        "look", "faults", "colour",
    )  # fmt: skip
    fields = {name: getattr(spec, name) for name in names}
    return FrameSpec(**fields, offset=Sweep())


def render_clip(spec: ClipSpec) -> Iterator[PhantomFrame]:
    """The frames in order, each with its truth: the view asked for while the plane shows it, another view where it shows that, else none."""
    exam = examine(frame_spec(spec))
    if spec.motion not in MOTIONS:
        raise ValueError(f"motion {spec.motion!r}: one of {', '.join(MOTIONS)}")
    count = max(1, round(spec.seconds * spec.rate_hz))
    name = f"s{spec.subject_seed}-{spec.view}-{spec.seed}"
    if exam.kind in negatives.WITHOUT_SCAN:
        still = render_exam(exam)
        for k in range(count):
            yield replace(still, truth=still.truth | {"clip": name, "captured_ns": _captured_ns(k, spec)})
        return
    path = _path(stream(exam.spec, _PATH))
    trail, before = Trail(), exam.pose
    frozen: PhantomFrame | None = None
    for k in range(count):
        at_ns = _captured_ns(k, spec)
        if frozen is not None and spec.freeze_at_s is not None and at_ns >= spec.freeze_at_s * NS_PER_S:
            yield replace(frozen, truth=frozen.truth | {"captured_ns": at_ns})
            continue
        offset = offset_at(path, spec.motion, k / max(count - 1, 1), spec.seconds)
        scene = _scene(exam, offset)
        if k > 0 and trail.scatterers is not None:
            trail.scatterers = _flow(exam, trail, before, scene.pose, offset, k)
        before = scene.pose
        shot = shoot(exam, scene, trail, number=k)
        frozen = present(exam, scene, shot, clip=name, captured_ns=at_ns, number=k)
        yield frozen


def _captured_ns(k: int, spec: ClipSpec) -> int:
    return round(k * NS_PER_S / spec.rate_hz)


def _scene(exam: Exam, offset: Sweep) -> Scene:
    """The plane under the hand now, and what it shows."""
    spec, probe = exam.spec, exam.probe
    if exam.pose is None:
        return _slid(scene_of(exam, None, {}, view=NO_VIEW), offset)
    if exam.kind != "view":
        return scene_of(exam, nudged(exam.pose, offset), {}, view=NO_VIEW)
    face = Face(probe.face_radius_mm, probe.face_half_width_mm)
    # the same stream anew each time: only the offset moves
    left = exam.pose.screen_left
    pose = pose_for(
        exam.anatomy, spec.view, stream(spec, _POSE), face=face, side=spec.side, level=spec.level, offset=offset, screen_left=left,
        slid_x_mm=exam.slid_x_mm,
    )  # fmt: skip
    marks = marks_at(spec.view, exam.anatomy, pose, probe)
    if shows(spec.view, marks, probe):
        return scene_of(exam, pose, marks, view=spec.view)
    other = negatives.shown_view(exam.anatomy, pose)
    if other is None:
        return scene_of(exam, pose, {}, view=NO_VIEW)
    view, there = other
    return scene_of(exam, there, marks_at(view, exam.anatomy, there, probe), view=view)


def nudged(pose: ProbePose, offset: Sweep) -> ProbePose:
    """A pose moved in its own axes without being pressed on anew."""
    shift = pose.x_axis * offset.slide_x_mm + pose.y_axis * offset.slide_y_mm + pose.z_axis * (offset.press_mm * 0.3)
    return replace(pose, origin_mm=pose.origin_mm + shift)


def _slid(scene: Scene, offset: Sweep) -> Scene:
    still = scene.sample
    dx, dy, dz = np.float32(offset.slide_x_mm), np.float32(offset.slide_y_mm), np.float32(offset.press_mm * 0.3)
    return replace(scene, sample=lambda x, z, y: still(x + dx, z + dz, y + dy))


def _flow(exam: Exam, trail: Trail, before: ProbePose | None, now: ProbePose | None, offset: Sweep, number: int) -> C64:
    """Scatterers after the hand moved between two frames: tissue goes the other way on the screen."""
    assert trail.scatterers is not None
    right = down = out = 0.3
    if before is not None and now is not None:
        step = now.origin_mm - before.origin_mm
        right, down = -float(step @ now.x_axis), -float(step @ now.z_axis)
        tilt = float(np.degrees(np.arccos(np.clip(now.z_axis @ before.z_axis, -1, 1))))
        out = abs(float(step @ now.y_axis)) + np.radians(tilt) * exam.probe.depth_mm / 2
    del offset
    rng = stream(exam.spec, _SPECKLE, number)
    return moved_scatterers(trail.scatterers, exam.probe, rng, right_mm=right, down_mm=down, out_of_plane_mm=float(out))
