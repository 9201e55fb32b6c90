"""One phantom frame from seeds: subject, plane, sound, scanner, screen, and the truth that goes with it.

Rule 1: the same FrameSpec gives the same bytes. Anatomy, pose, acoustics, scanner and screen draw from streams of their own, so that a change to
one leaves the others as they were.
Rule 2: a frame is made for every seed. A plane that cannot be had is replaced by the exact one, never by an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from models.phantom import faults, layouts, negatives, screen, truth
from models.phantom.acoustics import Physics, render_beams, sample_physics, scatterers_for
from models.phantom.anatomy import Anatomy, Section, sample_anatomy, tissues_at
from models.phantom.anatomy_types import F32, Sex, Side
from models.phantom.landmarks import LandmarkTruth, landmarks_for
from models.phantom.look import BoneLook, sample_look, set_for
from models.phantom.medium import Medium, medium_from, poor_contact
from models.phantom.pose import Face, ProbePose, ScreenLeft, Sweep, pose_for
from models.phantom.probe import C64, PROBE_KINDS, ProbeKind, ProbeSpec, polar_of, sample_probe
from models.phantom.propagation import displace
from models.phantom.scanconvert import extent_mm
from models.phantom.scanner import ScannerSettings, develop, sample_settings
from models.phantom.truth import Placement

TRAINING_SUBJECTS, VALIDATION_SUBJECTS, TEST_SUBJECTS, DEMONSTRATION_SUBJECTS = 0, 1_000_000, 2_000_000, 3_000_000
TEST_SUBJECT_COUNT = 200

GrayImage: TypeAlias = NDArray[np.uint8]  # (height_px, width_px)
ColourImage: TypeAlias = NDArray[np.uint8]  # (height_px, width_px, 3), RGB
Sampler: TypeAlias = Callable[[F32, F32, F32], Section]
Marks: TypeAlias = Mapping[str, list[LandmarkTruth]]

# one number a stream: what is drawn from it never moves another's draws
_PROBE, _POSE, _CONTACT, _PHYSICS, _SETTINGS, _SPECKLE, _SCREEN, _FAULT, _CHOICE, _SCENE, _LOOK = range(11)
SLICE_HALF_MM = 3.0
TRIES = 4
GEL_MM, GEL_MM_HIATUS = (3.0, 6.0, 12.0), (12.0, 20.0, 40.0)  # thickest gap that gel fills
LEAST_TOUCHING = 0.45  # share of the face; with less, whoever wants to see a view takes more gel
BLACK_GREY, NEAR_MM = 14.0, 1.5  # a landmark in whose surround nothing is brighter than this cannot be seen
# a landmark is in a shadow where an echo within these distances before and beside it keeps less than this share of its amplitude, there and back:
# bone at -12 dB is still among the brightest, and a groove at a shadow's edge is plain to see by the bone that begins there: a reader points at
# that bone's end
LEAST_ARRIVING, BEFORE_MM, EDGE_MM = 0.25, 1.5, 3.0
# an edge is clear where, within BESIDE_MM of it, its echo is no more dimmer than grain makes it (the first of CLEAR, in grey levels) than what lies
# above, and brighter by the second than the darker of what lies above and behind. A reader hesitates at one that is dimmer: truth tells it as dim
# where DIM holds
CLEAR, DIM = (-10.0, 24.0), (-38.0, 10.0)
BESIDE_MM, ECHO_MM, ABOVE_MM, BEHIND_MM = 1.0, (0.2, 2.0), (-5.0, -1.2), (2.5, 6.0)
SOFT_LANDMARKS = frozenset({"posterior_complex", "scl", "intertransverse_ligament", "nerve_root"})  # not there in a phantom of bones in water
# a needle out of plane crosses the picture on its axis only: whoever steers one slides the probe until the target lies there. Most frames show that,
# the others the way there (design)
CENTRED_SHARE, CENTRED_SD_MM, CENTRED_MOST_MM = 0.85, 1.0, 2.5
WATER_VIEWS = frozenset(VIEWS) - {"transverse_sacral_hiatus", "longitudinal_sacral_hiatus"}


@dataclass(frozen=True, slots=True)
class FrameSpec:
    """What to render. What is None is drawn from the seeds.

    subject_seed: the patient. view: one of edge.catalogue.VIEWS or "none". seed: all else. none_kind: one of negatives.KINDS, for view "none".
    water: a phantom's bones in water. offset: the hand's error off the exact view. faults: False gives a clean video frame. colour: make the RGB
    picture too. look: how bone looks; look.PLAIN_LOOK is a thin line over black.
    """

    subject_seed: int
    view: str
    seed: int
    probe: ProbeKind | None = None
    layout: str | None = None
    side: Side | None = None
    level: str | None = None
    screen_left: ScreenLeft | None = None
    sex: Sex | None = None
    bmi_kg_m2: float | None = None
    none_kind: str | None = None
    water: bool | None = None
    offset: Sweep | None = None
    faults: bool = True
    colour: bool = False
    look: BoneLook | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PhantomFrame:
    """pixels: uint8 grey screen. truth: a line of truth.jsonl without "frame". scan_box_px: left, top, right, bottom (exclusive) of the scan; the
    whole frame where there is none. layout, kind: the screen's name; the view, or what kind of none it is. colour: RGB, where asked for.
    placement: where the scan lies, None where there is none."""

    pixels: GrayImage
    truth: dict[str, object]
    scan_box_px: tuple[int, int, int, int]
    layout: str
    kind: str
    colour: ColourImage | None = None
    placement: Placement | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What lies under the probe. view: what the plane shows; landmarks: tissue positions; orientation: what the truth says is drawn left."""

    view: str
    sample: Sampler
    pose: ProbePose | None
    landmarks: Marks
    orientation: str | None
    gel_mm: float | None
    contact: F32 | None
    plastic: bool
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """One examination: what stays the same over a clip. kind: "view", or the kind of none. slid_x_mm: how far the hand slid to centre the target."""

    spec: FrameSpec
    kind: str
    anatomy: Anatomy
    probe: ProbeSpec
    physics: Physics
    settings: ScannerSettings
    layout: layouts.Layout
    fault: faults.Fault
    water: bool
    plastic: bool
    pose: ProbePose | None
    marks: Marks
    slid_x_mm: float
    look: BoneLook


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture's beams: grey (samples, beams), with the medium that made it, the landmarks that sound shows, as drawn, and the clear ones of
    them: those alone are told as landmarks. dim: those and the dim ones."""

    grey: F32
    medium: Medium
    lit: dict[str, list[truth.Drawn]]
    clear: dict[str, list[truth.Drawn]]
    dim: dict[str, list[truth.Drawn]]


@dataclass(slots=True, eq=False)
class Trail:
    """What one frame of a clip hands to the next: speckle's scatterers and the developed picture, for persistence."""

    scatterers: C64 | None = None
    grey: F32 | None = None


def stream(spec: FrameSpec, number: int, extra: int = 0) -> np.random.Generator:
    """The spec's own generator of a stream."""
    view = 0 if spec.view == NO_VIEW else 1 + tuple(VIEWS).index(spec.view)
    return np.random.Generator(np.random.PCG64([abs(spec.subject_seed), abs(spec.seed), view, number, extra]))


@lru_cache(maxsize=8)
def _anatomy(seed: int, sex: Sex | None, bmi: float | None) -> Anatomy:
    return sample_anatomy(seed, sex=sex, bmi_kg_m2=bmi)


def render_frame(spec: FrameSpec) -> PhantomFrame:
    """The frame of a spec. Raises ValueError for a view, layout or kind that does not exist; nothing else."""
    exam = examine(spec)
    return render_exam(exam)


def render_exam(exam: Exam) -> PhantomFrame:
    if exam.kind in negatives.WITHOUT_SCAN:
        return _without_scan(exam)
    scene = scene_of(exam, exam.pose, exam.marks, view=exam.spec.view if exam.kind == "view" else NO_VIEW)
    shot = shoot(exam, scene, Trail())
    return present(exam, scene, shot)


def examine(spec: FrameSpec) -> Exam:
    """Draws all that stays the same over an examination."""
    _check(spec)
    choice = stream(spec, _CHOICE)
    kind = "view" if spec.view != NO_VIEW else spec.none_kind or negatives.sample_kind(choice)
    draw = choice.uniform(size=3)
    may = (spec.view in WATER_VIEWS) if kind == "view" else kind in negatives.OF_SPINE
    water = bool(draw[0] < (0.08 if kind == "view" else 0.16) and may) if spec.water is None else spec.water
    bmi = spec.bmi_kg_m2
    if water and bmi is None:
        bmi = float(18 + 6 * draw[1])  # a phantom's water is shallow
    anatomy = _anatomy(spec.subject_seed, spec.sex, bmi)
    placed = _placed(spec, kind, anatomy)
    probe, pose, marks = placed.probe, placed.pose, placed.marks
    layout = layouts.sample_layout(stream(spec, _SCREEN), probe, spec.layout)
    fault = faults.sample_fault(stream(spec, _FAULT)) if spec.faults else faults.NO_FAULT
    if kind in ("upside_down", "torn"):
        fault = replace(fault, upside_down=kind == "upside_down", torn=kind == "torn")
    physics = sample_physics(stream(spec, _PHYSICS), water=water)
    look = sample_look(stream(spec, _LOOK), depth_mm=probe.depth_mm, water=water) if spec.look is None else spec.look
    settings = set_for(sample_settings(stream(spec, _SETTINGS), water=water), look, probe)
    plastic = bool(water and draw[2] < 0.8)
    return Exam(spec, kind, anatomy, probe, physics, settings, layout, fault, water, plastic, pose, marks, placed.slid_x_mm, look)


def _check(spec: FrameSpec) -> None:
    if spec.view != NO_VIEW and spec.view not in VIEWS:
        raise ValueError(f"view {spec.view!r}: one of {', '.join(VIEWS)} or {NO_VIEW}")
    if spec.none_kind is not None and spec.none_kind not in negatives.KINDS:
        raise ValueError(f"none_kind {spec.none_kind!r}: one of {', '.join(negatives.KINDS)}")


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A probe at a depth that holds the view, on the skin (pose None: other scenes), with the landmarks of its plane."""

    probe: ProbeSpec
    pose: ProbePose | None
    marks: Marks
    slid_x_mm: float = 0.0


def _placed(spec: FrameSpec, kind: str, anatomy: Anatomy) -> _Placed:
    """A hand that cannot see what it came for tries again; one in twenty gives up and shows what there is."""
    if kind not in negatives.OF_SPINE and kind != "view":
        reach = float(stream(spec, _CHOICE, 1).uniform(25, 120))
        return _Placed(_probe(spec, spec.probe or _kind_for(spec, reach), reach), None, {})
    patience = 1 if spec.offset is not None or stream(spec, _CHOICE, 5).uniform() < 0.05 else TRIES
    tries = [_try(spec, kind, anatomy, 0)]
    while not _good(spec, kind, tries[-1]) and len(tries) < patience:
        tries.append(_try(spec, kind, anatomy, len(tries)))
    return tries[-1] if _good(spec, kind, tries[-1]) else tries[0]


def _try(spec: FrameSpec, kind: str, anatomy: Anatomy, attempt: int) -> _Placed:
    """The probe's draws do not depend on the depth, so its face stays as it was when the depth is set."""
    placed = _posed(spec, kind, anatomy, _probe(spec, spec.probe or "convex", 80.0), attempt)
    reach = _reach(spec, kind, anatomy, placed.marks)
    which = spec.probe or _kind_for(spec, reach)
    if which != placed.probe.kind:
        placed = _posed(spec, kind, anatomy, _probe(spec, which, reach), attempt)
        reach = max(reach, _reach(spec, kind, anatomy, placed.marks))
    return replace(placed, probe=_probe(spec, which, reach))


def _good(spec: FrameSpec, kind: str, placed: _Placed) -> bool:
    return kind != "view" or shows(spec.view, placed.marks, placed.probe)


def shows(view: str, marks: Marks, probe: ProbeSpec) -> bool:
    """The view's target and half of its landmarks can be seen within the scan's reach."""
    half_mm, _, bottom_mm = extent_mm(probe)
    seen = {name for name, found in marks.items() if any(p.visible and abs(p.x_mm) < half_mm and p.z_mm < bottom_mm for p in found)}
    return seen.issuperset(PLANS[truth.PROCEDURE_OF[view]].target) and 2 * len(seen) >= len(VIEWS[view].landmarks)


def _posed(spec: FrameSpec, kind: str, anatomy: Anatomy, probe: ProbeSpec, attempt: int) -> _Placed:
    face = Face(probe.face_radius_mm, probe.face_half_width_mm)
    if kind != "view":
        return _Placed(probe, negatives.spine_pose(kind, anatomy, stream(spec, _POSE, attempt), face), {})

    def found(slid_x_mm: float) -> _Placed:
        rng = stream(spec, _POSE, attempt)
        pose = pose_for(
            anatomy, spec.view, rng, face=face, side=spec.side, level=spec.level, offset=spec.offset, screen_left=spec.screen_left,
            slid_x_mm=slid_x_mm,
        )  # fmt: skip
        return _Placed(probe, pose, marks_at(spec.view, anatomy, pose, probe), slid_x_mm)

    placed = found(0.0)
    slide = _centring_mm(spec, anatomy, placed)
    return placed if slide == 0.0 else found(slide)


def _centring_mm(spec: FrameSpec, anatomy: Anatomy, placed: _Placed) -> float:
    """How far the hand slides to bring an out-of-plane procedure's target to the axis, or nearly there; 0 where it need not, cannot or does not."""
    plan, pose, draw = PLANS[truth.PROCEDURE_OF[spec.view]], placed.pose, stream(spec, _CHOICE, 6)
    if plan.approach != "out_of_plane" or pose is None or draw.uniform() >= CENTRED_SHARE:
        return 0.0
    points = {
        name: [truth.Drawn(p.x_mm, p.z_mm, p.x_mm, p.z_mm, truth.side_of(anatomy, pose, p)) for p in found] for name, found in placed.marks.items()
    }
    target = truth.target_of(spec.view, points, (spec.side or pose.side) if plan.sided else None)
    rest = float(np.clip(draw.normal(0.0, CENTRED_SD_MM), -CENTRED_MOST_MM, CENTRED_MOST_MM))
    return 0.0 if target is None else target[0][0] - rest


def marks_at(view: str, anatomy: Anatomy, pose: ProbePose, probe: ProbeSpec) -> Marks:
    """Landmarks of a view's plane, tissue positions in the probe frame."""
    return landmarks_for(anatomy, pose, view, slice_half_mm=SLICE_HALF_MM, apex_radius_mm=probe.apex_radius_mm)


def _probe(spec: FrameSpec, kind: ProbeKind, reach_mm: float) -> ProbeSpec:
    probe = sample_probe(stream(spec, _PROBE), kind, reach_mm=float(np.clip(reach_mm, 18, 150)))
    return replace(probe, samples=448)


def _kind_for(spec: FrameSpec, reach_mm: float) -> ProbeKind:
    """Deep targets are not looked at with a linear probe."""
    kinds: tuple[ProbeKind, ...] = PROBE_KINDS
    linear = 0.45 if reach_mm < 40 else 0.2 if reach_mm < 60 else 0.05
    draw = stream(spec, _CHOICE, 2).uniform()
    return kinds[0] if draw < linear else kinds[2] if draw > 0.93 else kinds[1]


def _reach(spec: FrameSpec, kind: str, anatomy: Anatomy, marks: Marks) -> float:
    """Depth (mm) that the deepest landmark needs; for planes that show none, a depth as for a view."""
    if kind != "view":
        return float(anatomy.soft.at("fat", 30.0) + stream(spec, _CHOICE, 3).uniform(28, 75))
    return max((p.z_mm for points in marks.values() for p in points), default=60.0) + 4.0


def scene_of(exam: Exam, pose: ProbePose | None, marks: Marks, *, view: str) -> Scene:
    """The tissue under the probe at a pose, with the landmarks of the view that the plane shows."""
    spec, probe, kind = exam.spec, exam.probe, exam.kind
    rng = stream(spec, _CONTACT)
    columns = 64
    contact = poor_contact(rng, columns) if rng.uniform() < 0.12 else None
    if pose is None:
        sample = negatives.scene(kind, stream(spec, _SCENE), probe)
        left = "patient_left" if rng.uniform() < 0.5 else "patient_right"
        return Scene(NO_VIEW, sample, None, {}, left, None, negatives.contact(kind, rng, columns), False, kind)
    gel = float(rng.choice(GEL_MM_HIATUS if "hiatus" in spec.view else GEL_MM))
    if kind == "half_lifted":
        contact = negatives.contact(kind, rng, columns)
    if exam.water:
        marks = {name: points for name, points in marks.items() if name not in SOFT_LANDMARKS}
    sample = _in_water(exam.anatomy, pose) if exam.water else _in_body(exam.anatomy, pose)
    return Scene(view, sample, pose, marks, pose.screen_left, None if exam.water else gel, contact, exam.plastic, kind)


def _in_body(anatomy: Anatomy, pose: ProbePose) -> Sampler:
    def sample(x: F32, z: F32, y: F32) -> Section:
        return tissues_at(anatomy, pose.patient_from_probe(np.stack([x, y, z], axis=1)), pose)

    return sample


def _in_water(anatomy: Anatomy, pose: ProbePose) -> Sampler:
    return negatives.only_bone(_in_body(anatomy, pose))


def shoot(exam: Exam, scene: Scene, trail: Trail, number: int = 0) -> Shot:
    """Sound and scanner: one developed beam picture. trail is read and brought up to date."""
    medium = medium_from(
        scene.sample, exam.probe, stream(exam.spec, _SCENE, 1), contact=scene.contact, gel_mm=scene.gel_mm, plastic_bone=scene.plastic
    )
    if scene.view != NO_VIEW and medium.contact is not None and float(medium.contact.mean()) < LEAST_TOUCHING:
        medium = replace(medium, contact=None)
    rng = stream(exam.spec, _SPECKLE, number)
    if trail.scatterers is None:
        trail.scatterers = scatterers_for(exam.probe, rng)
    beams = render_beams(medium, exam.probe, rng, exam.physics, scatterers=trail.scatterers, look=exam.look)
    trail.grey = develop(beams.envelope, exam.settings, trail.grey)
    lit = _drawn(exam, scene, medium, beams.arriving, trail.grey)
    return Shot(trail.grey, medium, lit, _clear(exam.probe, lit, trail.grey, CLEAR), _clear(exam.probe, lit, trail.grey, DIM))


def _drawn(exam: Exam, scene: Scene, medium: Medium, arriving: F32, grey: F32) -> dict[str, list[truth.Drawn]]:
    """Landmarks where their echo is drawn; those out of the slice or the scan, in a shadow, under air or in the black are absent."""
    out: dict[str, list[truth.Drawn]] = {}
    if scene.pose is None or scene.view == NO_VIEW:
        return out
    for name, points in scene.landmarks.items():
        paired = name in VIEWS[scene.view].paired
        for p in points:
            x, z = displace(exam.probe, medium, np.array([p.x_mm], np.float32), np.array([p.z_mm], np.float32))
            drawn = truth.Drawn(
                float(x[0]), float(z[0]), p.x_mm, p.z_mm, truth.side_of(exam.anatomy, scene.pose, p) if paired else None
            )
            if abs(p.elevation_mm) <= SLICE_HALF_MM and can_be_seen(exam.probe, drawn, arriving, grey):
                out.setdefault(name, []).append(drawn)
    return out


def _clear(probe: ProbeSpec, lit: dict[str, list[truth.Drawn]], grey: F32, least: tuple[float, float]) -> dict[str, list[truth.Drawn]]:
    """Those that a reader does not hesitate to point at. A nerve root has no edge: it is an area."""
    found = {name: [p for p in points if name == "nerve_root" or stands_out(probe, p, grey, least)] for name, points in lit.items()}
    return {name: points for name, points in found.items() if points}


def can_be_seen(probe: ProbeSpec, point: truth.Drawn, arriving: F32, grey: F32) -> bool:
    """Whether a landmark can be told in the picture. arriving, grey: (samples, beams), as Beams.arriving and as developed."""
    range_mm, beam = (float(v) for v in polar_of(probe, np.array(point.x_mm, np.float32), np.array(point.z_mm, np.float32)))
    if not (1.0 <= range_mm <= probe.depth_mm - 0.5 and 0.5 <= beam <= probe.beams - 1.5):
        return False
    row, near, across = int(range_mm / probe.sample_mm), int(NEAR_MM / probe.sample_mm) + 1, 3
    around = slice(max(0, row - near), row + near + 1), slice(max(0, int(beam) - across), int(beam) + across + 1)
    if grey[around].size == 0 or float(grey[around].max()) < BLACK_GREY:
        return False
    beside = EDGE_MM / float(probe.beam_spacing_mm(np.array([range_mm], np.float32))[0])
    left, right = max(0, round(beam - beside)), round(beam + beside) + 1
    before = arriving[max(0, row - int(BEFORE_MM / probe.sample_mm) - 1) : row + 1, left:right]
    return float(before.max()) >= LEAST_ARRIVING


def stands_out(probe: ProbeSpec, point: truth.Drawn, grey: F32, least: tuple[float, float] = CLEAR) -> bool:
    """Whether a landmark's echo is clear, or with DIM at least dim: about as bright as what lies above it, and brighter than the darker side.
    grey: (samples, beams), as developed."""
    range_mm, beam = (float(v) for v in polar_of(probe, np.array(point.x_mm, np.float32), np.array(point.z_mm, np.float32)))
    beside = max(1, round(BESIDE_MM / float(probe.beam_spacing_mm(np.array([range_mm], np.float32))[0])))
    echoes, aboves, behinds = (_rows(probe, range_mm, mm) for mm in (ECHO_MM, ABOVE_MM, BEHIND_MM))
    for middle in (round(beam) + k * beside for k in (-1, 0, 1)):
        if 0 <= middle < probe.beams:
            along = grey[:, max(0, middle - beside) : middle + beside + 1].mean(axis=1)
            echo, above, behind = float(along[echoes].max()), float(along[aboves].mean()), float(along[behinds].mean())
            if echo - above >= least[0] and echo - min(above, behind) >= least[1]:
                return True
    return False


def _rows(probe: ProbeSpec, range_mm: float, mm: tuple[float, float]) -> slice:
    """Samples so far above and beneath a range; at least one."""
    first, last = (int(np.clip((range_mm + at) / probe.sample_mm, 0, probe.samples - 1)) for at in mm)
    return slice(first, last + 1)


def present(exam: Exam, scene: Scene, shot: Shot, *, clip: str = "", captured_ns: int = 0, number: int = 0) -> PhantomFrame:
    """The developed beams on a screen, through the video's faults, with the truth."""
    spec = exam.spec
    dressed = screen.dress(shot.grey, exam.probe, exam.layout, stream(spec, _SCREEN, 1), number=number, coloured=spec.colour)
    video = faults.apply(dressed, exam.fault, stream(spec, _FAULT, 1 + number))
    lit, points, dim = (_on_screen(marks, video.placement) for marks in (shot.lit, shot.clear, shot.dim))
    # a view of which next to nothing can be seen is none to anybody
    told = scene.view != NO_VIEW and not exam.fault.breaks_truth and bool(points) and 3 * len(lit) >= len(VIEWS[scene.view].landmarks)
    view = scene.view if told else NO_VIEW
    side = truth.chosen_side(view, points, _side(exam, scene), stream(spec, _CHOICE, 4)) if view != NO_VIEW else None
    left = _screen_left(scene.orientation, mirrored=exam.fault.mirrored)
    line = truth.line(
        subject=f"s{spec.subject_seed}", view=view, points=points, dim=dim, side=side, screen_left=left,
        placement=video.placement, clip=clip or f"s{spec.subject_seed}-{spec.seed}", captured_ns=captured_ns,
    )  # fmt: skip
    name = view if view != NO_VIEW else "off_view" if exam.kind == "view" else exam.kind
    place = video.placement
    return PhantomFrame(np.ascontiguousarray(video.pixels), line, place.box_px, exam.layout.name, name, video.colour, place)


def _on_screen(points: truth.Points, placement: truth.Placement) -> dict[str, list[truth.Drawn]]:
    """The landmarks that the screen's box has not cut off."""
    left, top, right, bottom = placement.box_px
    out: dict[str, list[truth.Drawn]] = {}
    for name, found in points.items():
        for p in found:
            u, v = placement.px(p.x_mm, p.z_mm)
            if left <= u <= right - 1 and top <= v <= bottom - 1:
                out.setdefault(name, []).append(p)
    return out


def _side(exam: Exam, scene: Scene) -> Side | None:
    return exam.spec.side or (scene.pose.side if scene.pose is not None else None)


_OTHER = {"patient_left": "patient_right", "patient_right": "patient_left", "cranial": "caudal", "caudal": "cranial"}


def _screen_left(orientation: str | None, *, mirrored: bool) -> str | None:
    return _OTHER[orientation] if mirrored and orientation is not None else orientation


def _without_scan(exam: Exam) -> PhantomFrame:
    """No signal, a menu, a screen saver: a frame without a scan."""
    rng = stream(exam.spec, _SCREEN, 2)
    pixels = faults.no_scan(exam.kind, exam.layout, rng)
    line = truth.line(
        subject=f"s{exam.spec.subject_seed}", view=NO_VIEW, points={}, dim={}, side=None, screen_left=None, placement=None,
        clip=f"s{exam.spec.subject_seed}-{exam.spec.seed}", captured_ns=0,
    )  # fmt: skip
    return PhantomFrame(pixels, line, (0, 0, pixels.shape[1], pixels.shape[0]), exam.layout.name, exam.kind)

