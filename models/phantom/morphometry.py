"""The sizes of one subject: means and spreads of published morphometry, drawn jointly by seed.

Sources, named at the rows they gave:
[P92] Panjabi et al., Human lumbar vertebrae: quantitative three-dimensional anatomy, Spine 1992;17:299 (body, canal, pedicle, processes).
[P93] Panjabi et al., Articular facets of the human spine, Spine 1993;18:1298 (facet height and width, distance between facets).
[X99] Xu et al., Anatomic considerations of lumbar lamina, Spine 1999 (lamina height, thickness, slope).
[G05] Galiano et al. 2005, PMID 16037179 (facet depth and distance from the spinous process by ultrasound and CT, cadavers).
[ED]  PMID 29628840, PMID 17456672, RAPM 44 A161 (skin to posterior complex by BMI).
[R08] Rhee 2008, PMC4090639 (cornua, sacrococcygeal ligament); [S97] PMID 9135359 (height of the canal at the hiatus).
[K23] Kim 2023, synapse.koreamed.org 1516080638 (S1 foramen).
Where a row names no source it is design: chosen so that sections look like those of atlases and scans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.phantom.anatomy_types import Sex, Side

LUMBAR = ("L1", "L2", "L3", "L4", "L5")
JOINTS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
FORAMINA = ("S1", "S2", "S3", "S4")

# rows: L1..L5, men; women are smaller by _FEMALE
_BODY_WIDTH = (43.0, 44.5, 46.5, 49.0, 51.0)  # [P92]
_BODY_DEPTH = (34.0, 34.5, 35.0, 35.5, 35.0)  # [P92]
_BODY_HEIGHT = (26.5, 27.0, 27.0, 26.0, 23.0)  # dorsal height [P92]
_DISC_HEIGHT = (6.8, 7.8, 8.5, 8.8, 7.0)  # dorsal height of the disc below
_CANAL_DEPTH = (16.5, 16.0, 15.8, 16.2, 17.0)  # midline, to the ventral face of the flavum; [P92] gives bone to bone
_CANAL_HALF = (11.4, 11.6, 12.1, 12.8, 14.0)  # half of the interpedicular width [P92]
_PEDICLE_WIDTH = (8.6, 8.6, 10.0, 12.5, 17.0)  # [P92]
_PEDICLE_HEIGHT = (15.5, 15.0, 14.5, 14.5, 17.0)  # [P92]
_TP_SPAN = (72.0, 78.0, 90.0, 86.0, 92.0)  # tip to tip [P92]
_SPINOUS = (27.5, 28.5, 29.0, 27.0, 21.0)  # dorsal tip behind the ventral face of the flavum, so that depths meet [ED] and [P92]
_SPINOUS_HALF_HEIGHT = (9.5, 10.0, 10.0, 9.0, 7.0)
_LAMINA_HALF_HEIGHT = (11.0, 11.0, 10.8, 9.8, 8.2)  # [X99]
# rows: joints
_JOINT_X = (10.5, 11.5, 13.8, 16.0, 19.0)  # centre of the joint from the midline [P93], so that its dorsal opening meets [G05]
_JOINT_ANGLE = (26.0, 30.0, 36.0, 43.0, 48.0)  # to the sagittal plane
_JOINT_ANGLE_CV = (0.2, 0.2, 0.18, 0.18, 0.30)
_FACET_HALF_WIDTH = (6.2, 6.4, 7.0, 7.4, 7.8)  # [P93]
_FACET_HALF_HEIGHT = (7.2, 7.4, 7.8, 8.0, 7.8)  # [P93]
_PITCH = (-7.0, -5.0, -1.0, 6.0, 16.0, 31.0)  # L1..L5, S1 endplate: prone with a pillow
_FEMALE = 0.93


@dataclass(frozen=True, slots=True)
class JointSize:
    """A facet joint of one side. angle_deg: to the sagittal plane; osteophyte_mm: growth of its dorsal edges; medial_mm, lateral_mm: thickness
    of inferior and superior articular process."""

    x_mm: float
    angle_deg: float
    gap_mm: float
    half_width_mm: float
    half_height_mm: float
    osteophyte_mm: float
    step_mm: float


@dataclass(frozen=True, slots=True)
class VertebraSize:
    """A lumbar vertebra. Angles: pitch (endplates lean ventrally upwards), roll (axial rotation), lean (coronal tilt)."""

    body_width_mm: float
    body_depth_mm: float
    body_height_mm: float
    disc_mm: float
    canal_depth_mm: float
    canal_half_mm: float
    pedicle_width_mm: float
    pedicle_height_mm: float
    tp_half_span_mm: dict[Side, float]
    tp_rise_mm: dict[Side, float]
    tp_end_half_mm: float
    spinous_mm: float
    spinous_half_height_mm: float
    spinous_half_width_mm: float
    spinous_droop_deg: float
    spinous_skew_mm: float
    lamina_half_height_mm: float
    lamina_half_thickness_mm: float
    lamina_slope_deg: dict[Side, float]
    lamina_shingle_deg: float
    flavum_mm: float
    pitch_deg: float
    roll_deg: float
    lean_deg: float


@dataclass(frozen=True, slots=True)
class SacrumSize:
    """The sacrum in its straightened frame: u to the patient's left, s caudal along the dorsal midline from the top of the S1 lamina,
    w ventral. Lengths mm."""

    pitch_deg: float
    bend_radius_mm: float
    length_mm: float
    canal_depth_mm: tuple[float, float]
    roof_mm: float
    crest_mm: float
    crest_waves: tuple[float, ...]
    foramen_u_mm: dict[Side, tuple[float, float, float, float]]
    foramen_s_mm: tuple[float, float, float, float]
    foramen_radius_mm: tuple[float, float, float, float]
    foramen_depth_mm: float  # S1: from the mouth to the epidural space
    foramen_angle_deg: float
    half_width_mm: float
    apex_s_mm: float
    hiatus_height_mm: float
    scl_mm: float
    scl_calcified: bool
    hiatus_closed: bool
    cornu_u_mm: dict[Side, float]
    cornu_height_mm: dict[Side, float]
    cornu_s_mm: float
    sac_end_mm: float
    joint_u_mm: dict[Side, float]
    joint_angle_deg: dict[Side, float]
    joint_gap_mm: dict[Side, float]
    iliac_step_mm: dict[Side, float]


@dataclass(frozen=True, slots=True)
class SoftSize:
    """Layers. fat_mm: over the spinous tips of L3-L4; fat_sacral_mm: over the crest at S2, fat_hiatus_mm: over the hiatus; bulge_mm: how far the
    erector spinae stand out beside the midline."""

    skin_mm: float
    fat_mm: float
    fat_lateral_mm: float
    fat_sacral_mm: float
    fat_hiatus_mm: float
    bulge_mm: float
    fascia_mm: float
    sac_fill: float
    dura_gap_mm: float
    fibre_phase: float


@dataclass(frozen=True, slots=True)
class SubjectSize:
    vertebrae: tuple[VertebraSize, ...]
    joints: tuple[dict[Side, JointSize], ...]
    sacrum: SacrumSize
    soft: SoftSize
    degeneration: float
    roughness_mm: float
    scoliosis_mm: float
    transitional: bool
    edge: float = 1.0  # how round the processes' edges are, against vertebra.EDGE_MM


def sample_bmi(rng: np.random.Generator) -> float:
    """A quarter each of under 25, 25-30, 30-35 and over 35 (to 48)."""
    low, high = ((18.5, 25.0), (25.0, 30.0), (30.0, 35.0), (35.0, 48.0))[int(rng.integers(4))]
    share = rng.beta(1.0, 2.0) if low == 35.0 else rng.beta(2.0, 1.5) if low == 18.5 else rng.uniform()
    return float(low + (high - low) * share)


def _spread(rng: np.random.Generator, mean: float, cv: float, bound: float = 2.5) -> float:
    return float(mean * (1 + cv * np.clip(rng.standard_normal(), -bound, bound)))


def _pair(rng: np.random.Generator, mean: float, cv: float, sides_cv: float) -> dict[Side, float]:
    """Both sides: a common value and each side's own."""
    common = _spread(rng, mean, cv)
    return {"left": _spread(rng, common, sides_cv), "right": _spread(rng, common, sides_cv)}


def sample_sizes(rng: np.random.Generator, *, sex: Sex, bmi_kg_m2: float) -> SubjectSize:
    """Every size of one subject."""
    size = float((1.0 if sex == "male" else _FEMALE) * (1 + 0.045 * np.clip(rng.standard_normal(), -2.5, 2.5)))
    degeneration = float(rng.beta(1.3, 2.0))
    scoliosis = float(rng.normal(0, 2.0) + (rng.uniform() < 0.12) * rng.normal(0, 7.0))
    transitional = bool(rng.uniform() < 0.06)
    vertebrae = tuple(_vertebra(rng, k, size, scoliosis, transitional) for k in range(5))
    joints = tuple(_joint(rng, k, size, degeneration) for k in range(5))
    return SubjectSize(
        vertebrae, joints, _sacrum(rng, size, sex), _soft(rng, sex, bmi_kg_m2, size), degeneration, 0.12 + 0.3 * degeneration, scoliosis, transitional
    )


def _vertebra(rng: np.random.Generator, k: int, size: float, scoliosis: float, transitional: bool) -> VertebraSize:
    def v(row: tuple[float, ...], cv: float) -> float:
        return _spread(rng, row[k] * size, cv)

    span = _pair(rng, _TP_SPAN[k] / 2 * size, 0.06, 0.04)
    if k == 4 and transitional:
        span = {side: value * 1.08 for side, value in span.items()}  # broad processes that reach for the ala, a narrow disc
    phase = np.pi * (k + 0.5) / 5
    return VertebraSize(
        body_width_mm=v(_BODY_WIDTH, 0.05),
        body_depth_mm=v(_BODY_DEPTH, 0.05),
        body_height_mm=v(_BODY_HEIGHT, 0.04),
        disc_mm=float(max(3.5, _DISC_HEIGHT[k] * size * (0.6 if k == 4 and transitional else 1.0) + rng.normal(0, 1.2))),
        canal_depth_mm=v(_CANAL_DEPTH, 0.09),
        canal_half_mm=v(_CANAL_HALF, 0.06),
        pedicle_width_mm=v(_PEDICLE_WIDTH, 0.1),
        pedicle_height_mm=v(_PEDICLE_HEIGHT, 0.07),
        tp_half_span_mm=span,
        tp_rise_mm={"left": float(rng.normal(1.5, 1.2)), "right": float(rng.normal(1.5, 1.2))},
        tp_end_half_mm=float(rng.uniform(8.0, 12.0)) if k == 4 and transitional else 5.2,
        spinous_mm=v(_SPINOUS, 0.09),
        spinous_half_height_mm=v(_SPINOUS_HALF_HEIGHT, 0.08),
        spinous_half_width_mm=_spread(rng, 3.3 * size, 0.12),
        spinous_droop_deg=float(rng.normal(9, 3)),
        spinous_skew_mm=float(rng.normal(0, 1.3)),
        lamina_half_height_mm=v(_LAMINA_HALF_HEIGHT, 0.07),
        lamina_half_thickness_mm=_spread(rng, 3.2 * size, 0.1),
        lamina_slope_deg={"left": float(rng.normal(27, 3)), "right": float(rng.normal(27, 3))},
        lamina_shingle_deg=float(rng.normal(17, 3)),
        flavum_mm=float(np.clip(rng.normal(3.6, 0.7), 2.2, 5.5)),
        pitch_deg=float(_PITCH[k] + rng.normal(0, 2.0)),
        roll_deg=float(rng.normal(0, 1.5) + 0.5 * scoliosis * np.sin(phase)),
        lean_deg=float(rng.normal(0, 0.8) + 0.6 * scoliosis * np.cos(phase)),
    )


def _joint(rng: np.random.Generator, k: int, size: float, degeneration: float) -> dict[Side, JointSize]:
    x = _pair(rng, _JOINT_X[k] * size, 0.10, 0.05)
    angle = _pair(rng, _JOINT_ANGLE[k], _JOINT_ANGLE_CV[k] * 0.85, _JOINT_ANGLE_CV[k] * 0.5)
    wear = {side: float(np.clip(degeneration * rng.uniform(0.4, 1.4), 0, 1)) for side in ("left", "right")}
    width = _pair(rng, _FACET_HALF_WIDTH[k] * size, 0.08, 0.05)
    height = _pair(rng, _FACET_HALF_HEIGHT[k] * size, 0.08, 0.04)
    sides: tuple[Side, Side] = ("left", "right")
    return {
        side: JointSize(
            x_mm=x[side],
            angle_deg=float(np.clip(angle[side], 12, 66)),
            gap_mm=float(np.clip(2.4 - 1.5 * wear[side] + rng.normal(0, 0.25), 0.6, 3.2)),
            half_width_mm=width[side],
            half_height_mm=height[side],
            osteophyte_mm=float(max(0.0, wear[side] - 0.45) * rng.uniform(1.0, 6.0)),
            step_mm=float(rng.normal(0.8, 0.9)),
        )
        for side in sides
    }


def _sacrum(rng: np.random.Generator, size: float, sex: Sex) -> SacrumSize:
    length = _spread(rng, (106.0 if sex == "male" else 101.0) * size, 0.05)
    share = length / 105.0
    us = _pair(rng, 25.4, 0.06, 0.03)
    epidural = rng.normal(11.9, 1.9) if sex == "male" else rng.normal(10.6, 1.8)
    shrink = (1.0, 0.78, 0.70, 0.64)
    apex = float(np.clip(_spread(rng, 77 * share, 0.055), 64 * share, 85 * share))
    cornu = _spread(rng, 19.9 / 2, 0.155)
    return SacrumSize(
        pitch_deg=float(_PITCH[5] + rng.normal(0, 5)),
        bend_radius_mm=_spread(rng, 95 * share, 0.10),
        length_mm=length,
        canal_depth_mm=(_spread(rng, 13.0 * size, 0.1), 5.0),
        roof_mm=_spread(rng, 4.6, 0.12),
        crest_mm=_spread(rng, 8.5 * size, 0.18),
        crest_waves=tuple(float(np.clip(rng.normal(1, 0.25), 0.3, 1.5)) for _ in range(4)),
        foramen_u_mm={
            side: (us[side], us[side] * shrink[1], us[side] * shrink[2], us[side] * shrink[3]) for side in ("left", "right")
        },
        foramen_s_mm=(24 * share, 44 * share, 59 * share, 72 * share),
        foramen_radius_mm=(_spread(rng, 4.0, 0.12), _spread(rng, 3.5, 0.12), _spread(rng, 3.0, 0.12), _spread(rng, 2.5, 0.12)),
        foramen_depth_mm=float(np.clip(epidural, 6.0, 16.5)),
        foramen_angle_deg=float(rng.normal(29, 5)),
        half_width_mm=_spread(rng, 34.0 * size, 0.05),
        apex_s_mm=apex,
        hiatus_height_mm=float(np.clip(rng.normal(4.3, 1.3), 1.2, 8.0)),
        scl_mm=float(np.clip(rng.normal(1.8, 0.75), 0.5, 4.0)),
        scl_calcified=bool(rng.uniform() < 0.05),
        hiatus_closed=bool(rng.uniform() < 0.03),
        cornu_u_mm={"left": _spread(rng, cornu, 0.05), "right": _spread(rng, cornu, 0.05)},
        cornu_height_mm=_pair(rng, 4.2, 0.25, 0.15),
        cornu_s_mm=float(apex + rng.uniform(9, 13)),
        sac_end_mm=float(apex - np.clip(rng.normal(62.8, 9.4), 34.8, 90)),
        joint_u_mm=_pair(rng, 36.0 * size, 0.06, 0.03),
        joint_angle_deg=_pair(rng, 27, 0.2, 0.12),
        joint_gap_mm=_pair(rng, 2.0, 0.2, 0.15),
        iliac_step_mm=_pair(rng, 4.0, 0.3, 0.15),
    )


def _soft(rng: np.random.Generator, sex: Sex, bmi: float, size: float) -> SoftSize:
    """Fat over the spinous tips so that the posterior complex lies where [ED] found it: 39.6 mm at BMI 24, 46.6 at 29, 56.1 at 34."""
    mean = (6.5 + 1.55 * max(bmi - 21.0, 0) + 0.5 * max(bmi - 35.0, 0)) * (1.05 if sex == "female" else 0.95)
    fat = float(np.clip(mean * np.exp(0.19 * np.clip(rng.standard_normal(), -2, 2)), 3.0, 60.0))
    return SoftSize(
        skin_mm=float(np.clip(rng.normal(2.2, 0.35), 1.3, 3.2)),
        fat_mm=fat,
        fat_lateral_mm=float(fat * rng.uniform(0.0, 0.5)),
        fat_sacral_mm=float(np.clip(fat * rng.uniform(0.55, 0.95), 4.0, 50.0)),
        fat_hiatus_mm=float(np.clip(3.0 + 0.35 * fat * rng.uniform(0.6, 1.3), 3.0, 24.0)),
        bulge_mm=float(np.clip(rng.normal(6.0, 2.0), 1.5, 11.0) * size),
        fascia_mm=float(np.clip(rng.normal(0.9, 0.25), 0.4, 1.6)),
        sac_fill=float(rng.uniform(0.74, 0.92)),
        dura_gap_mm=float(np.clip(rng.normal(2.2, 1.0), 0.3, 5.0)),
        fibre_phase=float(rng.uniform(0, 50)),
    )
