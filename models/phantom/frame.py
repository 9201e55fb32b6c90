"""One frame of the phantom: a subject, a probe on the skin, an examination, a screen around it, and the exact truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, PLANS, VIEWS, Plan
from firmware_bridge.wire import Procedure
from models.phantom.acoustics import displace, render_beams, sample_physics
from models.phantom.anatomy import Anatomy, Section, sample_anatomy, tissues_at
from models.phantom.landmarks import LandmarkTruth, landmarks_for
from models.phantom.medium import Medium, medium_from, poor_contact
from models.phantom.pose import Face, ProbePose, Sweep, near_miss_pose, pose_for
from models.phantom.probe import F32, ProbeKind, ProbeSpec, sample_probe
from models.phantom.scanconvert import ScanPicture, scale_to_fit, scan_convert
from models.phantom.scanner import develop, sample_settings

SCREENS_PX = ((640, 480), (800, 600), (960, 720), (1024, 768), (1280, 720))
SHALLOW = frozenset({"transverse_sacral_hiatus", "longitudinal_sacral_hiatus"})
CAUDAL_ADVANCE_MM = 2.5
POOR_CONTACT_SHARE = 0.12
COLUMNS = 64
SEEDS = {"probe": 1, "pose": 2, "medium": 3, "beams": 4, "scanner": 5, "screen": 6}


@dataclass(frozen=True, slots=True)
class FrameSpec:
    """Which frame. The same spec gives the same bytes. view "none": a plane that shows no view, or no spine at all."""

    subject_seed: int
    view: str
    seed: int
    probe: ProbeKind | None = None
    bmi_kg_m2: float | None = None
    side: Literal["left", "right"] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PhantomFrame:
    """pixels: uint8 (height, width). truth: a line of truth.jsonl without "frame". scan_box_px: left, top, right, bottom, ends exclusive."""

    pixels: NDArray[np.uint8]
    truth: dict[str, Any]
    scan_box_px: tuple[int, int, int, int]


def render_frame(spec: FrameSpec) -> PhantomFrame:
    """Renders one frame."""
    anatomy = sample_anatomy(spec.subject_seed, bmi_kg_m2=spec.bmi_kg_m2)
    pose, probe, found = _examination(anatomy, spec)
    medium = _medium(anatomy, pose, probe, spec)
    beams_rng = _rng(spec, "beams")
    beams = render_beams(medium, probe, beams_rng, sample_physics(beams_rng))
    grey = develop(beams.envelope, sample_settings(_rng(spec, "scanner")))
    screen_rng = _rng(spec, "screen")
    width, height = SCREENS_PX[int(screen_rng.integers(len(SCREENS_PX)))]
    share = float(screen_rng.uniform(0.75, 0.98))
    mm_per_px = scale_to_fit(probe, width_px=int(width * share), height_px=int(height * share))
    picture = scan_convert(grey, probe, mm_per_px=mm_per_px)
    pixels, offset = _on_canvas(picture, width, height, screen_rng)
    truth = _truth(spec, anatomy, pose, probe, medium, found, picture, offset)
    rows, columns = picture.pixels.shape
    return PhantomFrame(pixels, truth, (offset[0], offset[1], offset[0] + columns, offset[1] + rows))


def _rng(spec: FrameSpec, purpose: str) -> np.random.Generator:
    view = list(VIEWS).index(spec.view) if spec.view in VIEWS else len(VIEWS)
    return np.random.Generator(np.random.PCG64([spec.subject_seed, spec.seed, view, SEEDS[purpose]]))


def _examination(anatomy: Anatomy, spec: FrameSpec) -> tuple[ProbePose, ProbeSpec, dict[str, list[LandmarkTruth]]]:
    """Probe and pose: the depth is set so that the view's landmarks are in the picture."""
    kind = spec.probe or _kind(spec)
    probe = sample_probe(_rng(spec, "probe"), kind, reach_mm=60.0)
    face = Face(probe.face_radius_mm, probe.face_half_width_mm)
    rng = _rng(spec, "pose")
    if spec.view == NO_VIEW:
        pose = _nowhere(anatomy, rng, face)
        return pose, sample_probe(_rng(spec, "probe"), kind, reach_mm=float(rng.uniform(25, 90))), {}
    pose = pose_for(anatomy, spec.view, rng, face=face, side=spec.side)
    found = landmarks_for(anatomy, pose, spec.view, apex_radius_mm=probe.apex_radius_mm)
    depths = [point.z_mm for points in found.values() for point in points]
    return pose, sample_probe(_rng(spec, "probe"), kind, reach_mm=float(np.clip(max(depths, default=60.0), 20, 130))), found


def _kind(spec: FrameSpec) -> ProbeKind:
    draw = _rng(spec, "probe").uniform()
    shares: dict[ProbeKind, float] = {"linear": 0.55 if spec.view in SHALLOW else 0.15, "convex": 0.92, "phased": 1.0}
    return next(kind for kind, below in shares.items() if draw < below)


def _nowhere(anatomy: Anatomy, rng: np.random.Generator, face: Face) -> ProbePose:
    """Between planes, too oblique, or beside the spine altogether."""
    if rng.uniform() < 0.7:
        return near_miss_pose(anatomy, rng, face=face)[0]
    views = list(VIEWS)
    sweep = Sweep(slide_x_mm=float(rng.choice([-1, 1]) * rng.uniform(60, 90)), slide_y_mm=float(rng.uniform(-20, 20)), lift_mm=float(rng.uniform(0, 4)))
    return pose_for(anatomy, views[int(rng.integers(len(views)))], rng, face=face, offset=sweep)


def _medium(anatomy: Anatomy, pose: ProbePose, probe: ProbeSpec, spec: FrameSpec) -> Medium:
    rng = _rng(spec, "medium")

    def section(x_mm: F32, z_mm: F32, y_mm: F32) -> Section:
        return tissues_at(anatomy, pose.patient_from_probe(np.stack([x_mm, y_mm, z_mm], axis=1)), pose)

    contact = poor_contact(rng, COLUMNS) if rng.uniform() < POOR_CONTACT_SHARE else None
    return medium_from(section, probe, rng, columns=COLUMNS, contact=contact)


def _on_canvas(picture: ScanPicture, width: int, height: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    rows, columns = picture.pixels.shape
    canvas = np.full((height, width), int(rng.choice([0, 0, 0, 8, 16])), np.uint8)
    left, top = int(rng.integers(0, max(1, width - columns + 1))), int(rng.integers(0, max(1, height - rows + 1)))
    place = canvas[top : top + rows, left : left + columns]
    place[picture.inside] = picture.pixels[picture.inside]
    return canvas, (left, top)


def _truth(
    spec: FrameSpec,
    anatomy: Anatomy,
    pose: ProbePose,
    probe: ProbeSpec,
    medium: Medium,
    found: dict[str, list[LandmarkTruth]],
    picture: ScanPicture,
    offset: tuple[int, int],
) -> dict[str, Any]:
    origin = (picture.origin_px[0] + offset[0], picture.origin_px[1] + offset[1])

    def drawn(point: LandmarkTruth) -> tuple[float, float]:
        x, z = displace(probe, medium, np.array([point.x_mm], np.float32), np.array([point.z_mm], np.float32))
        return origin[0] + float(x[0]) / picture.mm_per_px[0], origin[1] + float(z[0]) / picture.mm_per_px[1]

    landmarks: dict[str, list[tuple[float, float]]] = {}
    for name, points in found.items():
        places = [drawn(point) for point in points if point.visible]
        kept = sorted(place for place in places if _inside(picture, place, offset))
        if kept:
            landmarks[name] = kept[:2]
    plan = next((plan for plan in PLANS.values() if spec.view in plan.views), None)
    side = (spec.side or pose.side or ("left" if spec.seed % 2 else "right")) if plan is not None and plan.sided else None
    target = None if plan is None else _target(plan, landmarks, side, pose.screen_left, picture.mm_per_px)
    return {
        "clip": f"{spec.subject_seed}-{spec.view}-{spec.seed}",
        "captured_ns": 0,
        "subject": f"s{spec.subject_seed}",
        "view": spec.view,
        "procedure": None if plan is None else plan.procedure.name.lower(),
        "side": side,
        "screen_left": pose.screen_left,
        "mm_per_px": [round(value, 6) for value in picture.mm_per_px],
        "origin_px": [round(value, 3) for value in origin],
        "geometry": {
            "kind": picture.kind,
            "face_radius_mm": round(picture.face_radius_mm, 3),
            "face_half_width_mm": round(picture.face_half_width_mm, 3),
        },
        "landmarks": {name: [[round(u, 2), round(v, 2)] for u, v in places] for name, places in landmarks.items()},
        "target": None if target is None else [round(target[0], 2), round(target[1], 2)],
    }


def _inside(picture: ScanPicture, place: tuple[float, float], offset: tuple[int, int]) -> bool:
    column, row = round(place[0]) - offset[0], round(place[1]) - offset[1]
    rows, columns = picture.inside.shape
    return 0 <= row < rows and 0 <= column < columns and bool(picture.inside[row, column])


def _target(
    plan: Plan, landmarks: dict[str, list[tuple[float, float]]], side: str | None, screen_left: str, mm_per_px: tuple[float, float]
) -> tuple[float, float] | None:
    """The target of PROCEDURES.md from the drawn landmarks; None where one of them is hidden."""
    parts = []
    for name in plan.target:
        places = landmarks.get(name, [])
        chosen = places[:1] if plan.medial is None else _on_side(places, landmarks.get(plan.medial, []), side, screen_left)
        if not chosen:
            return None
        parts.append(chosen[0])
    if plan.procedure is Procedure.CAUDAL:
        (u0, v0), (u1, v1) = parts
        height_mm = float(np.hypot((u1 - u0) * mm_per_px[0], (v1 - v0) * mm_per_px[1]))
        share = min(CAUDAL_ADVANCE_MM, height_mm / 2) / max(height_mm, 1e-6)
        return u0 + share * (u1 - u0), v0 + share * (v1 - v0)
    return sum(part[0] for part in parts) / len(parts), sum(part[1] for part in parts) / len(parts)


def _on_side(
    places: list[tuple[float, float]], medial: list[tuple[float, float]], side: str | None, screen_left: str
) -> list[tuple[float, float]]:
    """The point on the patient's side: by the medial landmark where it is seen, else by the pair itself."""
    rightwards = (side == "right") == (screen_left == "patient_left")
    if medial:
        return [place for place in places if (place[0] > medial[0][0]) == rightwards][:1]
    if len(places) == 2:
        return [places[1] if rightwards else places[0]]
    return places[:1]
