"""Scenes in which the right answer is "none": planes that show no view, a probe off the skin, other parts of the body, screens without a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from edge.catalogue import PLANS, VIEWS
from models.phantom.anatomy import Anatomy, Section
from models.phantom.anatomy_types import F32, SIDES
from models.phantom.landmarks import landmarks_for
from models.phantom.morphometry import JOINTS, LUMBAR
from models.phantom.pose import SAGITTAL, Face, ProbePose, Sweep, face_z, levels_of, near_miss_pose, pose_for
from models.phantom.probe import ProbeSpec
from models.phantom.sdf import REACH_MM
from models.phantom.tissue import Tissue
from models.phantom.truth import PROCEDURE_OF

Sampler: TypeAlias = Callable[[F32, F32, F32], Section]

# kind -> share of the "none" frames (design): near misses are half, since they are what the operator passes through
KINDS: dict[str, float] = {
    "near_miss": 0.42,
    "muscle": 0.08,
    "half_lifted": 0.04,
    "upside_down": 0.03,
    "torn": 0.02,
    "gel": 0.06,
    "air": 0.05,
    "limb": 0.12,
    "neck": 0.10,
    "abstract": 0.05,
    "no_signal": 0.015,
    "menu": 0.015,
}
OF_SPINE = frozenset({"near_miss", "muscle", "half_lifted", "upside_down", "torn"})
WITHOUT_SCAN = frozenset({"no_signal", "menu"})


def sample_kind(rng: np.random.Generator) -> str:
    shares = np.array(list(KINDS.values()))
    return tuple(KINDS)[int(rng.choice(len(shares), p=shares / shares.sum()))]


def spine_pose(kind: str, anatomy: Anatomy, rng: np.random.Generator, face: Face) -> ProbePose:
    """A plane through the subject that shows no view (or shows one upside down, torn, or half lifted off)."""
    views = ("transverse_facet", "transverse_process", "transverse_interlaminar", "paramedian_oblique", "transverse_sacroiliac")
    if kind == "near_miss":
        return _near_miss(anatomy, rng, face)
    view = views[int(rng.integers(len(views)))]
    if kind == "muscle":
        away = float(rng.choice([-1.0, 1.0]) * rng.uniform(55, 80))
        return pose_for(anatomy, "transverse_facet", rng, face=face, offset=Sweep(slide_x_mm=away, turn_deg=float(rng.uniform(-30, 30))))
    return pose_for(anatomy, view, rng, face=face)


WIDE_MM = 45.0  # further aside than this nothing is on the picture
NEAR_MM = 13.0  # a view whose middle lies further off the plane than this is not on the picture
# facets and grooves are points, not lines that any plane cuts; a paramedian plane leans away from the joints' middle
REACH_OF_MM = {"transverse_facet": 9.0, "transverse_process": 9.0, "paramedian_oblique": 24.0}


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a plane must show of a view. turned_deg: from the view's own direction, at the most. share: of its landmarks that can be seen, at the
    least. target: whether the target must be among them. reach: factor on how far the view's middle may lie off the plane."""

    turned_deg: float
    share: float
    target: bool
    reach: float


SHOWN = Likeness(40.0, 0.5, target=True, reach=1.0)
# what a reader could take for the view: neither it nor none. A network taught that such a plane is none is certain of no view any more
LIKE = Likeness(48.0, 0.6, target=False, reach=1.25)


def _near_miss(anatomy: Anatomy, rng: np.random.Generator, face: Face) -> ProbePose:
    """A plane between or across the views. One that is like a view, its own or another that it slid onto, is drawn again, at last turned far."""
    for _ in range(12):
        pose, _ = near_miss_pose(anatomy, rng, face=face)
        if shown_view(anatomy, pose, LIKE) is None:
            return pose
    return pose_for(anatomy, "transverse_process", rng, face=face, offset=Sweep(turn_deg=float(rng.uniform(50, 70))))


def shown_view(anatomy: Anatomy, pose: ProbePose, likeness: Likeness = SHOWN) -> tuple[str, ProbePose] | None:
    """The view that a plane shows, and the pose with that view's level and side."""
    sagittal = pose.screen_left in ("cranial", "caudal")
    along = np.degrees(np.arccos(np.clip(abs(float(pose.x_axis[0])), 0, 1)))
    if (90 - along if sagittal else along) > likeness.turned_deg:
        return None  # too oblique for any view, whatever it cuts
    for view, entry in VIEWS.items():
        if (view in SAGITTAL) != sagittal:
            continue
        for level in _all_levels(anatomy, view):
            if abs(_elevation(anatomy, pose, view, level)) < likeness.reach * REACH_OF_MM.get(view, NEAR_MM):
                shown = _shown_at(anatomy, pose, view, level, entry.landmarks, likeness)
                if shown is not None:
                    return view, shown
    return None


def _all_levels(anatomy: Anatomy, view: str) -> tuple[str, ...]:
    """A view is a view at L1 too, though nobody is asked to look there."""
    own = levels_of(anatomy, view)
    return JOINTS if own[0] in JOINTS else LUMBAR if own[0] in LUMBAR else own


def _elevation(anatomy: Anatomy, pose: ProbePose, view: str, level: str) -> float:
    """How far (mm) the middle of a view lies off the plane; far where it lies beyond the picture's side."""
    if level in JOINTS:
        joints = anatomy.spine.joints[JOINTS.index(level)]
        at = (joints["left"].opening_mm + joints["right"].opening_mm) / 2
    elif level in LUMBAR:
        ends = anatomy.spine.tp[LUMBAR.index(level)]
        at = (ends["left"][0] + ends["right"][0]) / 2
    else:
        size = anatomy.sizes.sacrum
        along = {"transverse_sacral_ala": 4.0, "transverse_s1": size.foramen_s_mm[0], "transverse_sacroiliac": size.foramen_s_mm[1]}
        at = anatomy.sacrum.out(0.0, along.get(view, size.cornu_s_mm), 0.0)
    aside, elevation, _ = (float(v) for v in pose.probe_from_patient(at[None].astype(np.float32))[0])
    return elevation if view not in SAGITTAL or abs(aside) < WIDE_MM else 2 * WIDE_MM


def _shown_at(anatomy: Anatomy, pose: ProbePose, view: str, level: str, names: tuple[str, ...], likeness: Likeness) -> ProbePose | None:
    wanted = PLANS[PROCEDURE_OF[view]].target if likeness.target else ()
    for side in SIDES if view in ("paramedian_oblique", "transverse_foramen") else (pose.side,):
        there = replace(pose, level=level, side=side)
        found = landmarks_for(anatomy, there, view)
        seen = {name for name, points in found.items() if any(p.visible and abs(p.x_mm) < WIDE_MM for p in points)}
        if seen.issuperset(wanted) and len(seen) >= likeness.share * len(names):
            return there
    return None


def contact(kind: str, rng: np.random.Generator, columns: int) -> F32 | None:
    """(columns,) contact of the face, or None for all of it."""
    if kind == "air":
        return np.zeros(columns, np.float32)
    if kind != "half_lifted":
        return None
    at = (np.arange(columns) + 0.5) / columns
    share = rng.uniform(0.55, 0.9)
    end = at if rng.uniform() < 0.5 else 1 - at
    return np.asarray(np.clip((end - share) / 0.05, 0, 1), np.float32)


def only_bone(sample: Sampler) -> Sampler:
    """The same bones in water: all else is taken away."""

    def bare(x: F32, z: F32, y: F32) -> Section:
        section = sample(x, z, y)
        labels = np.where(section.bone_mm < 0, np.uint8(Tissue.BONE), np.uint8(Tissue.GEL)).astype(np.uint8)
        return Section(labels, section.bone_mm)

    return bare


@dataclass(frozen=True, slots=True, eq=False)
class _Tube:
    """A vessel, nerve, tendon, long bone or gland: a superellipse in the plane whose middle drifts with elevation. power 2: an ellipse."""

    x_mm: float
    z_mm: float
    half_x_mm: float
    half_z_mm: float
    turn_rad: float
    lean: tuple[float, float]
    power: float
    tissue: Tissue
    wall_mm: float

    def distance_mm(self, x: F32, z: F32, y: F32) -> F32:
        """About the signed distance to the outline, negative inside."""
        dx, dz = x - np.float32(self.x_mm) - y * np.float32(self.lean[0]), z - np.float32(self.z_mm) - y * np.float32(self.lean[1])
        cos, sin = np.float32(np.cos(self.turn_rad)), np.float32(np.sin(self.turn_rad))
        a, b = np.abs(dx * cos + dz * sin) / self.half_x_mm, np.abs(dz * cos - dx * sin) / self.half_z_mm
        reach = (a**self.power + b**self.power) ** (1 / self.power)
        return np.asarray((reach - 1) * min(self.half_x_mm, self.half_z_mm), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A tissue from a wavy surface down. waves: (amplitude mm, radians per mm, phase) of the surface over x; tilt: mm per mm."""

    top_mm: float
    tilt: float
    waves: tuple[tuple[float, float, float], ...]
    tissue: Tissue
    sheet: str | None

    def surface_mm(self, x: F32) -> F32:
        out = np.float32(self.top_mm) + x * np.float32(self.tilt)
        for amplitude, rate, phase in self.waves:
            out = out + np.float32(amplitude) * np.sin(x * np.float32(rate) + np.float32(phase))
        return np.asarray(out, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Strand:
    """A tendon or an intermuscular septum: a thin bright line that ends. curve: mm per mm^2."""

    x_mm: float
    z_mm: float
    half_length_mm: float
    slope: float
    curve: float
    sheet: str

    def distance_mm(self, x: F32, z: F32) -> F32:
        dx = x - np.float32(self.x_mm)
        beyond = np.maximum(np.abs(dx) - np.float32(self.half_length_mm), 0)
        off = z - np.float32(self.z_mm) - dx * np.float32(self.slope) - dx * dx * np.float32(self.curve)
        return np.asarray(off + np.copysign(beyond * 2, off), np.float32)


def scene(kind: str, rng: np.random.Generator, probe: ProbeSpec) -> Sampler:
    """Layers of tissue with tubes in them, in the probe frame: limb, neck, abstract, gel, air."""
    if kind in ("gel", "air"):
        return _sampler(probe, (), _stray(rng, probe) if kind == "gel" else (), (), 0.0)
    depth, wide = probe.depth_mm, _half_width(probe)
    layers = _layers(rng, depth, abstract=kind == "abstract")
    tubes = {"limb": _limb, "neck": _neck, "abstract": _abstract}[kind](rng, depth, wide)
    lean = float(rng.normal(0, 0.5))
    return _sampler(probe, layers, tubes, _strands(rng, depth, wide), lean)


def _half_width(probe: ProbeSpec) -> float:
    """Half of what is seen at half depth."""
    if probe.kind == "linear":
        return probe.face_half_width_mm
    return float((probe.apex_radius_mm + probe.depth_mm / 2) * np.sin(np.radians(probe.half_angle_deg)))


def _sampler(
    probe: ProbeSpec, layers: tuple[_Layer, ...], tubes: tuple[_Tube, ...], strands: tuple[_Strand, ...], fibre_lean: float
) -> Sampler:
    face = Face(probe.face_radius_mm, probe.face_half_width_mm)

    def sample(x: F32, z: F32, y: F32) -> Section:
        rim = face_z(face, np.clip(x, -face.half_width_mm, face.half_width_mm))
        below_face = z - rim * np.exp(np.minimum(rim - z, 0) * np.float32(1 / 15))  # soft tissue gives way to the face
        labels = np.full(len(x), Tissue.GEL, np.uint8)
        bone = np.full(len(x), REACH_MM, np.float32)
        sheets: dict[str, F32] = {}
        for layer in layers:
            below = below_face - layer.surface_mm(x)
            labels[below > 0] = layer.tissue
            if layer.sheet is not None:
                _nearer(sheets, layer.sheet, below)
        for strand in strands:
            _nearer(sheets, strand.sheet, strand.distance_mm(x, below_face))
        for tube in tubes:
            d = tube.distance_mm(x, z, y)
            if tube.wall_mm > 0:
                labels[d < tube.wall_mm] = Tissue.DURA if tube.tissue is Tissue.VESSEL else Tissue.FASCIA
            labels[d < 0] = tube.tissue
            if tube.tissue is Tissue.BONE:
                bone = np.minimum(bone, d)
        bone = np.clip(bone, -REACH_MM, REACH_MM).astype(np.float32)
        labels[bone < 0] = Tissue.BONE
        fibre = np.stack([x, z + np.float32(fibre_lean) * x], axis=1).astype(np.float32)
        return Section(labels, bone, sheets, fibre)

    return sample


def _nearer(sheets: dict[str, F32], name: str, distance_mm: F32) -> None:
    """Keeps the nearer of two thin layers of one name."""
    held = sheets.get(name)
    near = distance_mm if held is None else np.where(np.abs(distance_mm) < np.abs(held), distance_mm, held)
    sheets[name] = np.clip(near, -REACH_MM, REACH_MM).astype(np.float32)


def _strands(rng: np.random.Generator, depth: float, wide: float) -> tuple[_Strand, ...]:
    """None, or some, sharing a direction as muscles do."""
    slope = float(rng.normal(0, 0.35))
    out = []
    for _ in range(int(rng.choice([0, 3, 6, 12, 20]))):
        x, z = float(rng.uniform(-wide, wide)), float(rng.uniform(0.08, 0.9) * depth)
        sheet = ("fascia", "muscle_septum", "other", "capsule")[int(rng.integers(4))]
        lean = slope + float(rng.normal(0, 0.15))
        out.append(_Strand(x, z, float(rng.uniform(3, 30)), lean, float(rng.normal(0, 0.006)), sheet))
    return tuple(out)


def _layers(rng: np.random.Generator, depth: float, *, abstract: bool) -> tuple[_Layer, ...]:
    """Skin, fat, and muscles between fasciae."""

    def waves(most: float) -> tuple[tuple[float, float, float], ...]:
        return tuple((float(rng.uniform(0, most)), float(rng.uniform(0.03, 0.25)), float(rng.uniform(0, 6.3))) for _ in range(2))

    skin = float(rng.uniform(1.0, 2.5))
    fat = float(rng.uniform(2, 12)) if rng.uniform() < 0.7 else float(rng.uniform(10, 0.5 * depth + 10))
    out = [_Layer(-0.5, 0.0, (), Tissue.SKIN, None), _Layer(skin, 0.0, (), Tissue.FAT, "skin")]
    z = skin + fat
    inner = (Tissue.MUSCLE, Tissue.MUSCLE, Tissue.MUSCLE, Tissue.FAT, Tissue.LIGAMENT)
    wild = tuple(t for t in Tissue if t not in (Tissue.AIR, Tissue.BONE))
    while z < depth:
        names = wild if abstract else inner
        sheet = str(rng.choice(["fascia", "muscle_septum", "capsule", "other"]))
        out.append(_Layer(z, float(rng.normal(0, 0.12)), waves(1.5), names[int(rng.integers(len(names)))], sheet))
        z += float(rng.uniform(5, 30))
    if rng.uniform() < 0.12:
        out.append(_Layer(float(rng.uniform(0.4, 0.95)) * depth, float(rng.normal(0, 0.2)), waves(3), Tissue.BOWEL, "other"))
    return tuple(out)


def _tube(rng: np.random.Generator, x: float, z: float, half: tuple[float, float], tissue: Tissue, wall: float = 0.0, power: float = 2.0) -> _Tube:
    lean = (float(rng.normal(0, 0.5)), float(rng.normal(0, 0.2)))
    return _Tube(x, z, half[0], half[1], float(rng.uniform(0, np.pi)), lean, power, tissue, wall)


def _at(rng: np.random.Generator, depth: float, wide: float) -> tuple[float, float]:
    return float(rng.uniform(-wide, wide)), float(rng.uniform(0.15, 0.8) * depth)


def _vessels(rng: np.random.Generator, depth: float, wide: float, count: int) -> list[_Tube]:
    """Artery (round), vein (flattened), nerve (bright, honeycombed by its fascicles) in a bundle or strewn."""
    out: list[_Tube] = []
    x, z = _at(rng, depth, wide)
    for _ in range(count):
        if rng.uniform() < 0.4:
            x, z = _at(rng, depth, wide)
        r = float(rng.uniform(1.2, 7.0))
        what = rng.uniform()
        if what < 0.4:
            out.append(_tube(rng, x, z, (r, r * float(rng.uniform(0.85, 1))), Tissue.VESSEL, 0.6))
        elif what < 0.65:
            out.append(_tube(rng, x, z, (r, r * float(rng.uniform(0.3, 0.8))), Tissue.VESSEL, 0.3))
        else:
            out.append(_tube(rng, x, z, (r * 0.8, r * float(rng.uniform(0.3, 0.7))), Tissue.LIGAMENT, 0.5))
            for _ in range(int(rng.integers(2, 7))):
                a = rng.uniform(0, 6.3)
                out.append(_tube(rng, x + 0.4 * r * float(np.cos(a)), z + 0.25 * r * float(np.sin(a)), (r * 0.16, r * 0.16), Tissue.VESSEL))
        x, z = x + float(rng.uniform(-12, 12)), z + float(rng.uniform(-6, 6))
    return out


def _limb(rng: np.random.Generator, depth: float, wide: float) -> tuple[_Tube, ...]:
    """Round long bones, one or two, under muscle, with a bundle beside them; or a joint's blunt ends; or a rib's row."""
    out = _vessels(rng, depth, wide, int(rng.integers(0, 4)))
    if rng.uniform() < 0.75:
        for _ in range(int(rng.integers(1, 3))):
            x, z = float(rng.uniform(-0.8, 0.8) * wide), float(rng.uniform(0.35, 0.9) * depth)
            r = float(rng.uniform(6, 22))
            out.append(_tube(rng, x, z + r * 0.6, (r, r * float(rng.uniform(0.6, 1))), Tissue.BONE, 0.0, float(rng.uniform(2, 3.2))))
    if rng.uniform() < 0.2:
        z, step = float(rng.uniform(0.3, 0.8) * depth), float(rng.uniform(14, 26))
        out += [_tube(rng, k * step + float(rng.normal(0, 1)), z, (float(rng.uniform(4, 7)), 3.5), Tissue.BONE, 0.0, 2.4) for k in range(-3, 4)]
    return tuple(out)


def _neck(rng: np.random.Generator, depth: float, wide: float) -> tuple[_Tube, ...]:
    """Gland lobes of even texture, great vessels, a round airway with air in it, a vertebra's blunt front below."""
    x = float(rng.uniform(-0.4, 0.4) * wide)
    z = float(rng.uniform(0.2, 0.45) * depth)
    out: list[_Tube] = []
    for sign in (-1.0, 1.0):
        half = (float(rng.uniform(6, 11)), float(rng.uniform(6, 12)))
        gland = (Tissue.DISC, Tissue.FLAVUM, Tissue.LIGAMENT)[int(rng.integers(3))]
        out.append(_tube(rng, x + sign * float(rng.uniform(10, 17)), z + 3, half, gland, 0.4))
    if rng.uniform() < 0.6:
        r = float(rng.uniform(7, 11))
        out.append(_tube(rng, x, z + r, (r, r), Tissue.BONE))  # the cartilage in front of the air shadows as bone does
    out += _vessels(rng, depth, wide, int(rng.integers(1, 5)))
    if rng.uniform() < 0.4:
        out.append(_tube(rng, x + float(rng.normal(0, 5)), z + float(rng.uniform(24, 36)), (14, 9), Tissue.BONE, 0.0, 3.0))
    return tuple(out)


def _abstract(rng: np.random.Generator, depth: float, wide: float) -> tuple[_Tube, ...]:
    """Shapes of any tissue anywhere: what nobody thought of."""
    names = tuple(t for t in Tissue if t is not Tissue.AIR)
    out = []
    for _ in range(int(rng.integers(2, 14))):
        x, z = _at(rng, depth, wide)
        half = (float(rng.uniform(1, 25)), float(rng.uniform(1, 14)))
        wall = float(rng.choice([0.0, 0.7]))
        out.append(_tube(rng, x, z, half, names[int(rng.integers(len(names)))], wall, float(rng.uniform(1.3, 4))))
    return tuple(out)


def _stray(rng: np.random.Generator, probe: ProbeSpec) -> tuple[_Tube, ...]:
    """A bath's floor, a wall or a gel pad's edge: one flat reflector, or nothing."""
    if rng.uniform() < 0.4:
        return ()
    z = float(rng.uniform(0.4, 1.0) * probe.depth_mm)
    flat = _tube(rng, float(rng.normal(0, 10)), z + 20, (90.0, 20.0), Tissue.DISC, 0.8, 6.0)
    return (replace(flat, turn_rad=float(rng.normal(0, 0.1)), lean=(0.0, 0.0)),)
