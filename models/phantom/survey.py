"""What the anatomy measures against published figures: `python -m models.phantom.survey` prints the table, per BMI class too.

Every row samples subjects of the class that its source measured and takes the value from the built solid (landmarks of an exact pose), not
from the numbers that the sizes were drawn with. Rows of cadavers are lower bounds for depth.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from models.phantom.anatomy import Anatomy, sample_anatomy, tissues_at
from models.phantom.anatomy_types import F64, SIDES, SIGN, Sex
from models.phantom.landmarks import LandmarkTruth, landmarks_for
from models.phantom.morphometry import JOINTS, LUMBAR
from models.phantom.pose import Face, Sweep, pose_for
from models.phantom.sacrum import FALL_PER_MM
from models.phantom.tissue import Tissue

CONVEX = Face(60.0, 28.0)
FLAT = Face(0.0, 20.0)
BMI_CLASSES = ((18.5, 25.0), (25.0, 30.0), (30.0, 35.0), (35.0, 48.0))


@dataclass(frozen=True, slots=True)
class Row:
    """A published figure. subjects: seed -> subject of the class; measure: values of one subject. sd None: the source gives none. bound: the mean
    must only not lie below (cadavers, depth)."""

    name: str
    source: str
    subjects: Callable[[int], Anatomy]
    measure: Callable[[Anatomy], Iterable[float]]
    mean: float
    sd: float | None
    bound: bool = False


def _rng(anatomy: Anatomy) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([anatomy.seed, 0x5E1]))


def seen(anatomy: Anatomy, view: str, level: str | None = None, face: Face = CONVEX) -> dict[str, list[LandmarkTruth]]:
    """Landmarks of the exact view, patient left drawn left."""
    side = "patient_left" if view.startswith("transverse") else "cranial"
    pose = pose_for(anatomy, view, _rng(anatomy), face=face, level=level, offset=Sweep(), screen_left=side)  # type: ignore[arg-type]
    return landmarks_for(anatomy, pose, view)


def facet_depth(anatomy: Anatomy) -> list[float]:
    return [p.z_mm for level in JOINTS for p in seen(anatomy, "transverse_facet", level).get("facet", [])]


def facet_lateral(anatomy: Anatomy) -> list[float]:
    """From the spinous process, in the plane."""
    out = []
    for level in JOINTS:
        found = seen(anatomy, "transverse_facet", level)
        for tip in found.get("spinous_process", []):
            out += [abs(p.x_mm - tip.x_mm) for p in found.get("facet", [])]
    return out


def facet_spacing(anatomy: Anatomy) -> list[float]:
    joints = anatomy.spine.joints
    return [float(np.linalg.norm(joints[k][side].opening_mm - joints[k + 1][side].opening_mm)) for k in range(4) for side in SIDES]


def facet_angle(k: int) -> Callable[[Anatomy], list[float]]:
    """Angle of the gap to the vertebra's own sagittal plane, from the built joint."""

    def measure(anatomy: Anatomy) -> list[float]:
        frame = anatomy.spine.frames[k + 1]
        out = []
        for joint in anatomy.spine.joints[k].values():
            local = frame.axes @ joint.dorsal
            out.append(float(np.degrees(np.arctan2(abs(local[0]), -local[2]))))
        return out

    return measure


def groove_depth(anatomy: Anatomy) -> list[float]:
    return [p.z_mm for level in LUMBAR[2:] for p in seen(anatomy, "transverse_process", level).get("tp_groove", [])]


def ala_depth(anatomy: Anatomy) -> list[float]:
    return [p.z_mm for p in seen(anatomy, "transverse_sacral_ala").get("ala_groove", [])]


def posterior_depth(anatomy: Anatomy) -> list[float]:
    return [p.z_mm for level in JOINTS[2:4] for p in seen(anatomy, "transverse_interlaminar", level)["posterior_complex"]]


def cornual_distance(anatomy: Anatomy) -> list[float]:
    found = seen(anatomy, "transverse_sacral_hiatus", face=FLAT).get("cornu", [])
    return [found[1].x_mm - found[0].x_mm] if len(found) == 2 else []


def canal_height(anatomy: Anatomy) -> list[float]:
    """Between the ligament's ventral face and the floor, 5 mm caudal of the apex."""
    found = seen(anatomy, "longitudinal_sacral_hiatus", face=FLAT)
    scl, floor = found["scl"][0], found["sacral_floor"][0]
    return [float(np.hypot(scl.x_mm - floor.x_mm, scl.z_mm - floor.z_mm)) - anatomy.sizes.sacrum.scl_mm]


def ligament_thickness(anatomy: Anatomy) -> list[float]:
    """Of the sacrococcygeal ligament, counted in labels along its normal."""
    sacrum, size = anatomy.sacrum, anatomy.sizes.sacrum
    if size.scl_calcified:
        return []
    w = np.arange(-6.0, sacrum.at("floor", size.apex_s_mm + 5) - 0.5, 0.05)
    points = np.array([sacrum.out(0.0, size.apex_s_mm + 5, float(v)) for v in w], np.float32)
    return [float((tissues_at(anatomy, points).labels == Tissue.LIGAMENT).sum() * 0.05)]


def apex_to_sac(anatomy: Anatomy) -> list[float]:
    size = anatomy.sizes.sacrum
    return [size.apex_s_mm - size.sac_end_mm]


def _s1_tunnel(anatomy: Anatomy, side: str) -> tuple[F64, F64]:
    """(mouth, direction) in the straightened frame."""
    size = anatomy.sizes.sacrum
    sign = 1.0 if side == "left" else -1.0
    u, angle = size.foramen_u_mm[side][0], np.radians(size.foramen_angle_deg)  # type: ignore[index]
    return np.array([sign * u, size.foramen_s_mm[0], FALL_PER_MM * u * u]), np.array([-sign * np.sin(angle), 0.0, np.cos(angle)])


def s1_to_epidural(anatomy: Anatomy) -> list[float]:
    """Along the foramen from its mouth to the first epidural tissue."""
    out = []
    for side in SIDES:
        mouth, way = _s1_tunnel(anatomy, side)
        t = np.arange(0.0, 22.0, 0.1)
        points = np.array([anatomy.sacrum.out(*(mouth + v * way)) for v in t], np.float32)
        labels = tissues_at(anatomy, points).labels
        hit = np.flatnonzero((labels == Tissue.EPIDURAL_FAT) | (labels == Tissue.NERVE))
        if len(hit):
            out.append(float(t[hit[0]]))
    return out


def s1_lateral(anatomy: Anatomy) -> list[float]:
    """Middle between the lips, from the midline of the patient."""
    out = []
    for side in SIDES:
        pose = pose_for(anatomy, "transverse_s1", _rng(anatomy), face=CONVEX, side=side, offset=Sweep(), screen_left="patient_left")
        found = landmarks_for(anatomy, pose, "transverse_s1")
        for medial, lateral in zip(found.get("foramen_medial_lip", []), found.get("foramen_lateral_lip", []), strict=False):
            x = -((medial.x_mm + lateral.x_mm) / 2) * 1.0 + float(pose.origin_mm[0])
            if np.sign(x) == SIGN[side]:
                out.append(abs(x))
    return out


def s1_angle(anatomy: Anatomy) -> list[float]:
    return [abs(float(anatomy.sizes.sacrum.foramen_angle_deg))]


def default_subjects(seed: int) -> Anatomy:
    return sample_anatomy(seed)


def class_of(sex: Sex | None, mean: float, sd: float, low: float, high: float) -> Callable[[int], Anatomy]:
    """Subjects whose BMI is normal within bounds."""

    def subject(seed: int) -> Anatomy:
        rng = np.random.Generator(np.random.PCG64([seed, 0xB31]))
        bmi = float(rng.normal(mean, sd))
        while not low <= bmi <= high:
            bmi = float(rng.normal(mean, sd))
        return sample_anatomy(seed, sex=sex, bmi_kg_m2=bmi)

    return subject


# Where a source gives no spread of BMI, the class is design: its bounds are the source's.
SLIM = class_of(None, 23.5, 2.5, 18.5, 30.0)
PARTURIENT = class_of("female", 28.5, 3.0, 20.0, 40.0)
OBESE_PARTURIENT = class_of("female", 34.0, 4.0, 25.0, 45.0)
OBESE = class_of(None, 41.0, 40.0, 30.0, 52.0)  # the source says over 30 only: nearly even
CADAVER = class_of(None, 24.0, 3.5, 17.0, 32.0)
MEN = class_of("male", 25.0, 3.0, 18.5, 35.0)
WOMEN = class_of("female", 25.0, 3.0, 18.5, 35.0)

ROWS = (
    Row("facet depth", "Galiano 2005, cadavers", CADAVER, facet_depth, 31.5, 5.0, bound=True),
    Row("facet to spinous process", "Galiano 2005", CADAVER, facet_lateral, 19.0, 6.0),
    Row("facet to next facet", "J Clin Anesth S0952-8180(16)30909-6", default_subjects, facet_spacing, 31.5, 4.0),
    Row("medial branch depth, BMI > 30", "Rauch 2009", OBESE, groove_depth, 76.0, 15.0),
    Row("L5 dorsal ramus depth", "Greher 2015, cadavers", CADAVER, ala_depth, 42.0, 7.0, bound=True),
    Row("posterior complex depth, BMI < 30", "PMID 29628840", SLIM, posterior_depth, 39.6, 4.4),
    Row("posterior complex depth, parturients", "PMID 17456672", PARTURIENT, posterior_depth, 46.6, 6.8),
    Row("posterior complex depth, heavier parturients", "RAPM 44 A161", OBESE_PARTURIENT, posterior_depth, 56.1, 9.3),
    Row("cornua apart", "Rhee 2008", default_subjects, cornual_distance, 18.5, 3.0),
    Row("canal height at the hiatus", "PMID 9135359, Rhee 2008", default_subjects, canal_height, 4.2, None),
    Row("sacrococcygeal ligament", "Rhee 2008", default_subjects, ligament_thickness, 1.8, 0.8),
    Row("hiatus apex to dural sac", "wprim 16577", default_subjects, apex_to_sac, 62.8, 9.4),
    Row("S1 foramen to epidural, men", "Kim 2023", MEN, s1_to_epidural, 11.9, 1.9),
    Row("S1 foramen to epidural, women", "Kim 2023", WOMEN, s1_to_epidural, 10.6, 1.8),
    Row("S1 foramen from the midline", "Kim 2023", default_subjects, s1_lateral, 23.5, None),
    Row("S1 foramen to the sagittal plane (deg)", "Kim 2023", default_subjects, s1_angle, 29.0, None),
)
# Facet orientation: the source gives coefficients of variation.
ANGLE_CV = (("L4-L5", 0.18), ("L5-S1", 0.30))


def values_of(row: Row, subjects: int, *, first_seed: int = 7_000_000) -> F64:
    """All measured values of `subjects` subjects."""
    return np.array([v for i in range(subjects) for v in row.measure(row.subjects(first_seed + i))], float)


def agrees(row: Row, values: F64) -> bool:
    """Mean within 10 % and standard deviation within 25 %; for a bound the mean alone, not more than 10 % below."""
    if row.bound:
        return bool(values.mean() >= 0.9 * row.mean)
    spread = row.sd is None or abs(values.std() / row.sd - 1) <= 0.25
    return bool(spread and abs(values.mean() / row.mean - 1) <= 0.10)


def _print_rows(subjects: int) -> None:
    for row in ROWS:
        v = values_of(row, subjects)
        ok = agrees(row, v)
        sd = "-" if row.sd is None else f"{row.sd:.1f}"
        sign = ">=" if row.bound else "  "
        verdict = "ok" if ok else "OFF"
        print(f"{row.name:46s} {v.mean():6.1f} +-{v.std():5.1f}  {sign}{row.mean:6.1f} +-{sd:>5s}  n {len(v):5d}  {verdict:3s}  {row.source}")
    for level, cv in ANGLE_CV:
        measure = facet_angle(JOINTS.index(level))
        a = np.array([x for i in range(subjects) for x in measure(sample_anatomy(7_000_000 + i))])
        print(f"facet angle {level}: {a.mean():.1f} deg, CV {a.std() / a.mean():.2f} (published {cv})")


def _print_classes(subjects: int) -> None:
    depths: dict[str, Callable[[Anatomy], Iterable[float]]] = {
        "facet": lambda a: [p.z_mm for level in JOINTS[2:] for p in seen(a, "transverse_facet", level).get("facet", [])],
        "tp_groove": groove_depth,
        "ala_groove": ala_depth,
        "posterior_complex": posterior_depth,
        "scl": lambda a: [p.z_mm for p in seen(a, "transverse_sacral_hiatus", face=FLAT)["scl"]],
        "nerve_root": lambda a: [p.z_mm for p in seen(a, "transverse_foramen")["nerve_root"]],
        "s1 lip": lambda a: [p.z_mm for p in seen(a, "transverse_s1").get("foramen_medial_lip", [])],
        "sacral_edge": lambda a: [p.z_mm for p in seen(a, "transverse_sacroiliac").get("sacral_edge", [])],
    }
    print("depth (mm) by BMI class: " + ", ".join(f"{low:.0f}-{high:.0f}" for low, high in BMI_CLASSES))
    for name, measure in depths.items():
        cells = []
        for low, high in BMI_CLASSES:
            subject = class_of(None, (low + high) / 2, (high - low) / 3, low, high)
            v = np.array([x for i in range(subjects) for x in measure(subject(8_000_000 + i))])
            cells.append(f"{v.mean():6.1f} +-{v.std():4.1f} ({v.min():.0f}-{v.max():.0f})")
        print(f"{name:20s} " + "  ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description="The phantom's anatomy against published morphometry.")
    parser.add_argument("--subjects", type=int, default=500, help="subjects per row (default 500)")
    parser.add_argument("--by-bmi", action="store_true", help="depths per BMI class instead")
    given = parser.parse_args()
    (_print_classes if given.by_bmi else _print_rows)(given.subjects)


if __name__ == "__main__":
    main()
