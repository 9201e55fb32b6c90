"""The ten views and nine procedures: landmarks, target rules, depth gates. Clinical ground: edge/README.md, "Clinical ground"."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from firmware_bridge.wire import Procedure

Approach: TypeAlias = Literal["in_plane", "out_of_plane"]
Plane: TypeAlias = Literal["transverse", "sagittal"]

NO_VIEW = "none"
NOTICE = "research device, not validated on patients"
DRAWINGS = Path(__file__).with_name("drawings")  # VIEW.svg: what a view looks like, and where its target lies


@dataclass(frozen=True, slots=True)
class View:
    """A probe position and the landmarks it shows. `paired` landmarks can appear on both sides: one name, two points."""

    name: str
    plane: Plane
    landmarks: tuple[str, ...]
    paired: frozenset[str] = frozenset()


# a nerve root has no surface that answers, and a model puts it where it should lie: 428 validation frames, 11 of 225 roots over the peak's threshold
# lay in the dark, all 11 under this brightness, as 19 of the 211 that were there to be seen (14 to 20: 9 to 11, 14 to 30)
LEAST_BRIGHTNESS: dict[str, int] = {"nerve_root": 16}

VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View("transverse_facet", "transverse", ("spinous_process", "lamina", "facet"), frozenset({"lamina", "facet"})),
        View(
            "transverse_process",
            "transverse",
            ("spinous_process", "lamina", "sap_tip", "tp_groove", "tp_tip"),
            frozenset({"lamina", "sap_tip", "tp_groove", "tp_tip"}),
        ),
        View("transverse_sacral_ala", "transverse", ("median_crest", "s1_sap", "ala_groove"), frozenset({"s1_sap", "ala_groove"})),
        View(
            "transverse_interlaminar",
            "transverse",
            ("articular_process", "posterior_complex", "anterior_complex"),
            frozenset({"articular_process"}),
        ),
        View("paramedian_oblique", "sagittal", ("lamina_cranial", "lamina_caudal", "posterior_complex", "anterior_complex")),
        View("transverse_sacral_hiatus", "transverse", ("cornu", "scl", "sacral_floor"), frozenset({"cornu"})),
        View("longitudinal_sacral_hiatus", "sagittal", ("hiatus_apex", "scl", "sacral_floor")),
        View("transverse_foramen", "transverse", ("articular_edge", "intertransverse_ligament", "vertebral_edge", "nerve_root")),
        View(
            "transverse_s1",
            "transverse",
            ("median_crest", "foramen_medial_lip", "foramen_lateral_lip"),
            frozenset({"foramen_medial_lip", "foramen_lateral_lip"}),
        ),
        View(
            "transverse_sacroiliac",
            "transverse",
            ("median_crest", "s2_foramen", "sacral_edge", "iliac_edge"),
            frozenset({"s2_foramen", "sacral_edge", "iliac_edge"}),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One procedure. medial: the landmark that lies towards the midline of the target, by which the side is told (None: target on the midline).
    beside: one next to the target, towards the midline, that tells it where `medial` is out of the picture ("" for none). lateral: one that always
    lies beyond `medial` on the target's own side and tells the side in its stead, where the target itself may lie on either side of `medial`.

    depth_gate_mm: (least, most) depth that may be shown (design). entry_x_mm: default lateral distance of the needle's entry, on
    the target's side (design). notice: a line shown beside every number.
    """

    procedure: Procedure
    views: tuple[str, ...]
    target: tuple[str, ...]
    medial: str | None
    sided: bool
    depth_gate_mm: tuple[float, float]
    approach: Approach
    entry_x_mm: float = 40.0
    notice: str = ""
    beside: str = ""
    lateral: str = ""


PLANS: dict[Procedure, Plan] = {
    plan.procedure: plan
    for plan in (
        Plan(Procedure.FACET, ("transverse_facet",), ("facet",), "spinous_process", True, (15, 90), "in_plane", beside="lamina"),
        Plan(
            Procedure.MEDIAL_BRANCH,
            ("transverse_process",),
            ("tp_groove",),
            "spinous_process",
            True,
            (20, 100),
            "in_plane",
            notice="deeper than 70 mm: confirm with fluoroscopy",
            beside="sap_tip",
        ),
        Plan(
            Procedure.L5_DORSAL_RAMUS,
            ("transverse_sacral_ala",),
            ("ala_groove",),
            "median_crest",
            True,
            (20, 100),
            "out_of_plane",
            beside="s1_sap",
        ),
        Plan(Procedure.INTERLAMINAR, ("transverse_interlaminar",), ("posterior_complex",), None, False, (20, 110), "out_of_plane"),
        Plan(Procedure.INTERLAMINAR_PARAMEDIAN, ("paramedian_oblique",), ("posterior_complex",), None, True, (20, 110), "in_plane"),
        Plan(
            Procedure.CAUDAL,
            ("transverse_sacral_hiatus", "longitudinal_sacral_hiatus"),
            ("scl", "sacral_floor"),
            None,
            False,
            (3, 50),
            "in_plane",
            notice="stop at the ligament",
        ),
        Plan(
            Procedure.NERVE_ROOT,
            ("transverse_foramen",),
            ("nerve_root",),
            "articular_edge",
            True,
            (30, 120),
            "in_plane",
            notice="check the level",
            lateral="intertransverse_ligament",
        ),
        Plan(
            Procedure.S1_FORAMEN,
            ("transverse_s1",),
            ("foramen_medial_lip", "foramen_lateral_lip"),
            "median_crest",
            True,
            (10, 90),
            "out_of_plane",
        ),
        Plan(
            Procedure.SACROILIAC,
            ("transverse_sacroiliac",),
            ("sacral_edge", "iliac_edge"),
            "median_crest",
            True,
            (15, 90),
            "in_plane",
            entry_x_mm=20.0,
        ),
    )
}
TARGETS = frozenset(name for plan in PLANS.values() for name in plan.target)
PLAN_OF: dict[str, Plan] = {view: plan for plan in PLANS.values() for view in plan.views}  # each view is of one procedure
