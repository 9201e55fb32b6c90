"""One subject: a parametric solid of L3 to the coccyx with its soft parts, and what tissue lies at any point of it.

Patient frame (mm): X to the patient's left, Y cranial, Z ventral (depth grows with Z). Origin: dorsal edge of the S1 endplate, midline.
L1 and L2 stand too, so that sections wider than the views are whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.phantom.anatomy_types import F32, Sex
from models.phantom.forms import Form, Skeleton, breaks, crooked, height_mm, lumps, sample_form, shaped
from models.phantom.morphometry import SubjectSize, sample_bmi, sample_sizes
from models.phantom.sacrum import FALL_PER_MM, Sacrum, bony_distance_mm, build_sacrum, coccyx_boxes, iliac_boxes
from models.phantom.sdf import REACH_MM, Solid, distance_mm
from models.phantom.soft import Soft, build_soft, fascia_z, fat_depth
from models.phantom.tissue import Tissue
from models.phantom.vertebra import Spine, build_spine, joint_cut
from models.phantom.weft import Weft, fibre_of, layers_mm, sample_weft

if TYPE_CHECKING:
    from models.phantom.pose import ProbePose

__all__ = ["F32", "Anatomy", "Section", "Sex", "bone_at", "part_at", "roughness_mm", "sample_anatomy", "tissues_at"]


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """One subject. seed makes it; all else follows from it. missing: what is cut out of all bone."""

    seed: int
    sex: Sex
    bmi_kg_m2: float
    sizes: SubjectSize
    spine: Spine
    sacrum: Sacrum
    soft: Soft
    solid: Solid
    pelvis: Solid
    form: Form
    missing: Solid | None
    weft: Weft


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Tissue at N points. labels: uint8 (N,), values of Tissue. bone_mm: float32 (N,), signed distance to the nearest bone surface, negative
    inside, clamped at +-12. sheets: name -> float32 (N,), signed distances to thin layers ("skin", "fascia", "muscle_septum", "flavum", "dura",
    "scl", "capsule", "layer"), clamped alike. fibre: float32 (N, 2), two coordinates (mm) across the muscle's fibres, constant along them."""

    labels: NDArray[np.uint8]
    bone_mm: F32
    sheets: Mapping[str, F32] = field(default_factory=dict)
    fibre: F32 | None = None


def sample_anatomy(seed: int, *, sex: Sex | None = None, bmi_kg_m2: float | None = None) -> Anatomy:
    """The subject of a seed. Default population: a quarter each of BMI under 25, 25-30, 30-35 and over 35; half women."""
    rng = np.random.Generator(np.random.PCG64([seed, 0xA7A]))
    drawn_sex: Sex = "female" if rng.uniform() < 0.5 else "male"
    drawn_bmi = sample_bmi(rng)
    sex = sex or drawn_sex
    bmi = drawn_bmi if bmi_kg_m2 is None else bmi_kg_m2
    shapes = np.random.Generator(np.random.PCG64([seed, 0xF03]))
    form = sample_form(shapes)
    sizes = crooked(sample_sizes(rng, sex=sex, bmi_kg_m2=bmi), form, shapes)
    spine = build_spine(sizes)
    sacrum = build_sacrum(sizes.sacrum, spine.frames[5])
    bones = [list(shaped(boxes, form)) for boxes in (*spine.bones, spine.sacral, coccyx_boxes(sacrum))]
    skeleton = Skeleton(sizes, spine, sacrum)
    for bone, lump in lumps(skeleton, shapes):
        bones[bone].append(lump)
    missing = breaks(skeleton, shapes)
    weft = sample_weft(np.random.Generator(np.random.PCG64([seed, 0xF1B])))
    cuts = [joint_cut(joint) for joints in spine.joints for joint in joints.values()]
    pelvis = Solid.of([iliac_boxes(sacrum, left=True), iliac_boxes(sacrum, left=False)])
    return Anatomy(seed, sex, bmi, sizes, spine, sacrum, build_soft(sizes, spine, sacrum), Solid.of(bones, cuts), pelvis, form, missing, weft)


@dataclass(frozen=True, slots=True, eq=False)
class _Bones:
    """Signed distances, float32 (N,): all bone; ilium and sacrum alone; the sacrum with its holes filled."""

    bone: F32
    ilium: F32
    sacrum: F32
    hull: F32


def _bones(anatomy: Anatomy, points_mm: F32) -> _Bones:
    spine = distance_mm(anatomy.solid, points_mm)
    ilium = distance_mm(anatomy.pelvis, points_mm)
    sacrum, hull = bony_distance_mm(anatomy.sacrum, points_mm)
    if anatomy.sizes.sacrum.scl_calcified:
        band = _calcified(anatomy, points_mm)
        sacrum = np.minimum(sacrum, band)
    bone = np.minimum(np.minimum(spine, ilium), sacrum)
    index = np.flatnonzero(np.abs(bone) < 5)
    if len(index):
        rough = roughness_mm(anatomy, points_mm[index])
        for distance in (bone, ilium, sacrum):
            distance[index] += rough
    if anatomy.missing is not None:
        np.maximum(bone, -distance_mm(anatomy.missing, points_mm), out=bone)
    return _Bones(bone, ilium, sacrum, hull)


def roughness_mm(anatomy: Anatomy, points_mm: F32) -> F32:
    """Depth of the bone's unevenness: waves of 6 to 14 mm, more with degeneration, and the form's relief. The same for every
    bone, so that gaps keep their width."""
    rng = np.random.Generator(np.random.PCG64([anatomy.seed, 0xB0E]))
    waves = rng.normal(0, 1, (3, 3))
    waves *= (2 * np.pi / rng.uniform(6, 14, 3) / np.linalg.norm(waves, axis=1))[:, None]
    phase = points_mm @ waves.T.astype(np.float32) + rng.uniform(0, 6.28, 3).astype(np.float32)
    waves_mm = np.sin(phase).sum(axis=1) * np.float32(anatomy.sizes.roughness_mm / 2)
    return np.asarray(waves_mm + height_mm(anatomy.form.relief, points_mm), np.float32)


def bone_at(anatomy: Anatomy, points_mm: F32) -> F32:
    """Signed distance to bone alone, float32 (N,)."""
    return _bones(anatomy, points_mm).bone


def part_at(anatomy: Anatomy, points_mm: F32, *, ilium: bool) -> F32:
    """Signed distance to the ilia, or to the sacrum, as uneven as `bone_at` has them; float32 (N,)."""
    out = distance_mm(anatomy.pelvis, points_mm) if ilium else bony_distance_mm(anatomy.sacrum, points_mm)[0]
    index = np.flatnonzero(np.abs(out) < 5)
    out[index] += roughness_mm(anatomy, points_mm[index])
    return out


def _calcified(anatomy: Anatomy, points_mm: F32) -> F32:
    """The sacrococcygeal ligament turned to bone."""
    size = anatomy.sizes.sacrum
    u, s, w = anatomy.sacrum.straighten(points_mm)
    depth = w - scl_surface(anatomy, s, u)
    out = np.maximum(np.maximum(-depth, depth - np.float32(max(size.scl_mm, 2.6))), np.abs(u) - np.float32(min(size.cornu_u_mm.values())))
    return np.asarray(np.clip(np.maximum(out, np.maximum(size.apex_s_mm - s, s - size.length_mm)), -REACH_MM, REACH_MM), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Layers:
    """Depths of the points below the (indented) skin and fascia, and the columns at their Y. below_skin: q, below_fascia: h; squeezed: place in
    the undisturbed fat."""

    rows: F32
    below_skin: F32
    below_fascia: F32
    fat: F32


def _layers(anatomy: Anatomy, points_mm: F32, pose: ProbePose | None) -> _Layers:
    soft = anatomy.soft
    rows = soft.rows(points_mm[:, 1])
    x, z = points_mm[:, 0], points_mm[:, 2]
    fascia = fascia_z(rows, x)
    fat = fat_depth(soft, rows, x)
    below_fascia = z - fascia
    below_skin = below_fascia + fat
    if pose is None:
        return _Layers(rows, below_skin, below_fascia, fat)
    pushed = pose.indentation_mm(points_mm, below_skin)
    deep = np.maximum(pushed - 0.6 * fat, 0)
    below_fascia = below_fascia - deep * np.exp(np.minimum(-below_fascia, 0) * np.float32(1 / 15.0))
    return _Layers(rows, below_skin - pushed, below_fascia, np.maximum(fat - pushed + deep, 1.0))


def tissues_at(anatomy: Anatomy, points_mm: F32, pose: ProbePose | None = None) -> Section:
    """points_mm: float32 (N, 3) in the patient frame. With a pose the skin and fat are indented by its face (bone does not move)."""
    layers = _layers(anatomy, points_mm, pose)
    bones = _bones(anatomy, points_mm)
    bone = bones.bone
    rows, soft = layers.rows, anatomy.soft
    x, y, z = points_mm[:, 0], points_mm[:, 1], points_mm[:, 2]
    off = np.abs(x - rows[0])
    sheets = {"skin": layers.below_skin, "fascia": layers.below_fascia}
    labels = np.full(len(x), Tissue.MUSCLE, np.uint8)
    labels[z > rows[9]] = Tissue.BOWEL
    _foramina(anatomy, labels, points_mm, np.flatnonzero((bones.hull < 0) & (bone > 0)))
    _canal(anatomy, labels, sheets, rows, off, y, z)
    _ligaments(anatomy, labels, sheets, rows, off, points_mm)
    labels[(bones.ilium < 6) & (bones.sacrum < 6) & (bone > 0)] = Tissue.LIGAMENT
    _septa(sheets, rows, off, y, z, layers.below_fascia)
    _layer_sheet(anatomy, sheets, layers, bone, off, points_mm)
    _roots(soft, labels, sheets, points_mm)
    labels[layers.below_fascia < 0.5] = Tissue.FASCIA
    labels[layers.below_fascia < -0.5] = Tissue.FAT
    labels[layers.below_skin < soft.skin_mm] = Tissue.SKIN
    labels[layers.below_skin < 0] = Tissue.GEL
    labels[bone < 0] = Tissue.BONE
    for name, field_mm in sheets.items():
        sheets[name] = np.clip(field_mm, -REACH_MM, REACH_MM).astype(np.float32, copy=False)
    fibre = fibre_of(anatomy.weft, x - rows[0], y, layers.below_fascia, anatomy.sizes.soft.fibre_phase)
    return Section(labels, bone, sheets, fibre)


def _foramina(anatomy: Anatomy, labels: NDArray[np.uint8], points_mm: F32, holes: NDArray[np.intp]) -> None:
    """What fills the sacrum's holes: fat near the dorsal mouths, epidural fat beyond."""
    labels[holes] = Tissue.EPIDURAL_FAT
    if len(holes) == 0:
        return
    size = anatomy.sizes.sacrum
    u, s, w = anatomy.sacrum.straighten(np.ascontiguousarray(points_mm[holes]))
    depth = np.float32(size.foramen_depth_mm * np.cos(np.radians(size.foramen_angle_deg)))
    mouth = np.float32(0.5 * (size.foramen_u_mm["left"][0] + size.foramen_u_mm["right"][0]))
    near = (np.abs(u) > 8) & (w < FALL_PER_MM * mouth * mouth + depth) & (s < size.apex_s_mm)
    labels[holes[near]] = Tissue.FAT


def _canal(anatomy: Anatomy, labels: NDArray[np.uint8], sheets: dict[str, F32], rows: F32, off: F32, y: F32, z: F32) -> None:
    """Flavum, epidural fat, dura, fluid and the roots of the cauda equina. The roof is a gable, the sac an ellipse under it."""
    size, sacrum = anatomy.sizes.soft, anatomy.sacrum
    down = z - rows[1]  # ventral of the flavum's ventral face on the midline
    roof = down - np.float32(0.42) * off
    lumbar = y > sacrum.out(0, 0, 0)[1] - 2
    inside = (roof > 0) & (down < rows[3]) & (off < rows[2])
    flavum = (roof <= 0) & (roof > -rows[7]) & (off < rows[2]) & lumbar
    ends = np.float32(sacrum.out(0, anatomy.sizes.sacrum.sac_end_mm, 0)[1])
    gap = np.float32(size.dura_gap_mm)
    half_z = np.maximum((rows[3] - gap - 0.8) * 0.5, 0.5)
    half_x = np.maximum(rows[2] * np.float32(size.sac_fill) - np.clip(ends + 25 - y, 0, 25) * 0.3, 0.5)
    centre = gap + half_z
    sac = (np.sqrt(np.square(off / half_x) + np.square((down - centre) / half_z)) - 1) * np.minimum(half_x, half_z)
    sac = np.maximum(sac, ends - y)
    labels[flavum] = Tissue.FLAVUM
    labels[inside] = Tissue.EPIDURAL_FAT
    labels[inside & (sac < 0.4)] = Tissue.DURA
    labels[inside & (sac < -0.4)] = Tissue.CSF
    settled = (down - centre - 0.15 * half_z) / half_z
    strands = np.sin(off * 2.4 + 1.0) * np.sin(down * 2.2 + off) > 0.35
    labels[inside & (sac < -1.2) & (settled > -0.2) & strands] = Tissue.NERVE
    behind = inside | flavum | (down >= rows[3])
    labels[(down >= rows[3]) & (down < rows[3] + 2) & (off < rows[2])] = Tissue.LIGAMENT
    labels[(down >= rows[3] + 2) & (off < 22) & lumbar & (z < rows[9])] = Tissue.DISC
    far = np.float32(REACH_MM)
    sideways = np.maximum(off - rows[2], 0)
    sheets["flavum"] = np.where(lumbar & (off < rows[2]), roof, np.where(behind, far, np.minimum(np.abs(roof) + sideways, far)))
    sheets["dura"] = np.where(off < rows[2], sac, far)
    wall = down - rows[3]
    sheets["anterior"] = np.where((off < rows[2]) & lumbar, wall, far)


def _ligaments(
    anatomy: Anatomy, labels: NDArray[np.uint8], sheets: dict[str, F32], rows: F32, off: F32, points_mm: F32
) -> None:
    """Supra- and interspinous, intertransverse, sacroiliac, sacrococcygeal ligament, joint capsules and gaps."""
    z = points_mm[:, 2]
    far = np.float32(REACH_MM)
    mid = (off < 3.0) & (z < rows[1] - rows[7]) & (z > rows[4]) & (labels == Tissue.MUSCLE)
    labels[mid] = Tissue.LIGAMENT
    membrane = z - intertransverse_z(rows, off)
    between = (off > 15) & (off < 42) & (points_mm[:, 1] > -6)
    labels[between & (np.abs(membrane) < 0.9)] = Tissue.LIGAMENT
    sheets["intertransverse"] = np.where(between, membrane, far)
    _sacrococcygeal(anatomy, labels, sheets, points_mm)
    for joints in anatomy.spine.joints:
        for joint in joints.values():
            local = points_mm - joint.centre_mm.astype(np.float32)
            index = np.flatnonzero(np.einsum("ij,ij->i", local, local) < 18.0**2)
            if len(index) == 0:
                continue
            axes = np.stack([joint.across, joint.along, joint.dorsal]).astype(np.float32)
            a, b, d = (local[index] @ axes.T).T
            size = joint.size
            gap = (np.abs(a) < size.gap_mm / 2 + 0.3) & (np.abs(b) < size.half_height_mm) & (np.abs(d) < size.half_width_mm)
            labels[index[gap]] = Tissue.CARTILAGE


def intertransverse_z(rows: F32, off: F32) -> F32:
    """Depth (Z) of the intertransverse ligament's middle; the processes rise dorsally towards their tips."""
    return np.asarray(rows[8] - np.float32(0.15) * (off - 20), np.float32)


def scl_surface(anatomy: Anatomy, s: F32, u: F32) -> F32:
    """w of the sacrococcygeal ligament's dorsal surface over the straightened sacrum: a band slung between the cornua."""
    size = anatomy.sizes.sacrum
    roof = anatomy.sacrum.at("roof", size.apex_s_mm + 1)
    top = roof - np.float32(size.scl_mm)
    sunk = np.clip((s - size.cornu_s_mm - 6) / 14, 0, 1) * np.float32(2.0)
    return np.asarray(top + sunk - 0.012 * np.square(u), np.float32)


def _sacrococcygeal(anatomy: Anatomy, labels: NDArray[np.uint8], sheets: dict[str, F32], points_mm: F32) -> None:
    size, sacrum = anatomy.sizes.sacrum, anatomy.sacrum
    out = np.full(len(points_mm), REACH_MM, np.float32)
    sheets["scl"] = out
    u, s, w = sacrum.straighten(points_mm)
    index = np.flatnonzero((s > size.apex_s_mm - 1) & (s < size.length_mm + 12) & (np.abs(u) < 24) & (w > -14) & (w < 20))
    if len(index) == 0:
        return
    uu, ss, ww = u[index], s[index], w[index]
    depth = ww - scl_surface(anatomy, ss, uu)
    wide = np.abs(uu) < min(size.cornu_u_mm.values())
    labels[index[(depth <= 0) & (labels[index] != Tissue.BONE)]] = Tissue.FAT
    band = wide & (depth > 0) & (depth < size.scl_mm)
    labels[index[wide & (depth >= size.scl_mm) & (ww < sacrum.at("floor", size.apex_s_mm + 5))]] = Tissue.EPIDURAL_FAT
    labels[index[band]] = Tissue.LIGAMENT
    out[index] = np.where(wide, depth, REACH_MM)


def _septa(sheets: dict[str, F32], rows: F32, off: F32, y: F32, z: F32, below_fascia: F32) -> None:
    """Between multifidus and longissimus, and between longissimus and iliocostalis: planes that lean laterally as they go deep."""
    lift = np.clip(y * np.float32(1 / 120), 0, 1) * 4
    first = (off - (22 - lift) + below_fascia * np.float32(0.12)) * np.float32(0.97)
    second = (off - 46 + below_fascia * np.float32(0.25)) * np.float32(0.95)
    near = np.where(np.abs(first) < np.abs(second), first, second)
    over = (below_fascia > 0) & (z < rows[8]) & (y > -60)
    sheets["muscle_septum"] = np.where(over, near, np.float32(REACH_MM))


def _layer_sheet(anatomy: Anatomy, sheets: dict[str, F32], layers: _Layers, bone: F32, off: F32, points_mm: F32) -> None:
    """The thin layers in the fat and between the muscles, outside bone and dorsal of the transverse processes."""
    away = layers_mm(anatomy.weft, off, points_mm[:, 1], layers.below_fascia, layers.fat)
    if away is not None:
        free = (bone > 1.5) & (layers.below_skin > anatomy.soft.skin_mm + 1) & (points_mm[:, 2] < layers.rows[8])
        sheets["layer"] = np.where(free, away, np.float32(REACH_MM))


def _roots(soft: Soft, labels: NDArray[np.uint8], sheets: dict[str, F32], points_mm: F32) -> None:
    """Spinal nerves in their fat; their sheath is a sheet."""
    sheath = np.full(len(points_mm), REACH_MM, np.float32)
    sheets["root"] = sheath
    low, high = points_mm.min(axis=0) - 6, points_mm.max(axis=0) + 6
    for root in soft.roots:
        a, b = root.start_mm, root.end_mm
        if np.any(np.maximum(a, b) < low) or np.any(np.minimum(a, b) > high):
            continue
        ab = (b - a).astype(np.float32)
        rel = points_mm - a.astype(np.float32)
        t = np.clip(rel @ ab / np.float32(ab @ ab), 0, 1)
        near = rel - t[:, None] * ab
        square = np.einsum("ij,ij->i", near, near)
        near_root = np.flatnonzero(square < (root.radius_mm + 4) ** 2)
        sheath[near_root] = np.sqrt(square[near_root]) - np.float32(root.radius_mm)
        free = labels != Tissue.BONE
        labels[free & (square < (root.radius_mm + 1.8) ** 2)] = Tissue.EPIDURAL_FAT
        labels[free & (square < root.radius_mm**2)] = Tissue.NERVE
