"""What one phantom frame truly shows, in the form of truth.jsonl: landmarks where their echo is drawn, the target by its procedure's rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.catalogue import NO_VIEW, PLAN_OF, PLANS, VIEWS
from edge.types import GeometryKind
from firmware_bridge.wire import Procedure
from models.phantom.anatomy import Anatomy
from models.phantom.anatomy_types import Side
from models.phantom.landmarks import LandmarkTruth
from models.phantom.pose import ProbePose

CAUDAL_PAST_SCL_MM = 2.5  # design (PROCEDURES.md): no more than this past the ligament
PROCEDURE_OF: dict[str, Procedure] = {view: plan.procedure for view, plan in PLAN_OF.items()}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A visible landmark. x_mm, z_mm: where its echo is drawn, probe frame; tissue_*: where the tissue is; side: of the patient, None if unpaired."""

    x_mm: float
    z_mm: float
    tissue_x_mm: float
    tissue_z_mm: float
    side: Side | None


Points = Mapping[str, Sequence[Drawn]]


def side_of(anatomy: Anatomy, pose: ProbePose, point: LandmarkTruth) -> Side:
    """The patient's side of the midline on which a landmark lies."""
    at = pose.patient_from_probe(np.array([[point.x_mm, point.elevation_mm, point.z_mm]], np.float32))[0]
    return "left" if float(at[0]) >= anatomy.soft.at("x", float(at[1])) else "right"


def chosen_side(view: str, points: Points, wanted: Side | None, rng: np.random.Generator) -> Side | None:
    """The side whose target the truth states: as wanted, else one whose target is visible, else either. None where the procedure has no side."""
    plan = PLANS[PROCEDURE_OF[view]]
    draw: Side = "left" if rng.uniform() < 0.5 else "right"
    if not plan.sided:
        return None
    if wanted is not None:
        return wanted
    sides: tuple[Side, Side] = (draw, "right" if draw == "left" else "left")
    return next((side for side in sides if target_of(view, points, side) is not None), draw)


def target_of(view: str, points: Points, side: Side | None) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """(drawn, tissue) target in probe mm by the procedure's rule; None where a landmark it needs cannot be seen."""
    names = PLANS[PROCEDURE_OF[view]].target
    found = [_one(points, name, side if name in VIEWS[view].paired else None) for name in names]
    if any(p is None for p in found):
        return None
    kept = [p for p in found if p is not None]
    drawn = _combine(view, [(p.x_mm, p.z_mm) for p in kept])
    return drawn, _combine(view, [(p.tissue_x_mm, p.tissue_z_mm) for p in kept])


def _one(points: Points, name: str, side: Side | None) -> Drawn | None:
    return next((p for p in points.get(name, ()) if side is None or p.side == side), None)


def _combine(view: str, at: list[tuple[float, float]]) -> tuple[float, float]:
    if len(at) == 1:
        return at[0]
    (x0, z0), (x1, z1) = at
    share = 0.5
    if PROCEDURE_OF[view] is Procedure.CAUDAL:
        share = min(0.5, CAUDAL_PAST_SCL_MM / max(float(np.hypot(x1 - x0, z1 - z0)), 1e-6))
    return x0 + (x1 - x0) * share, z0 + (z1 - z0) * share


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the scan lies on the final frame. kind, face: as edge.types.ScanGeometry. box_px: left, top, right, bottom (exclusive). mirrored: x of
    the probe frame runs to the screen's left. apex_radius_mm, half_angle_deg, depth_mm: of a sector; 0, 0 and the depth of a rectangle."""

    origin_px: tuple[float, float]
    mm_per_px: tuple[float, float]
    kind: GeometryKind
    face_radius_mm: float
    face_half_width_mm: float
    box_px: tuple[int, int, int, int]
    apex_radius_mm: float = 0.0
    half_angle_deg: float = 0.0
    depth_mm: float = 0.0
    mirrored: bool = False

    @property
    def apex_px(self) -> tuple[float, float] | None:
        """Where a sector's beams meet; None for a rectangle."""
        return None if self.half_angle_deg == 0 else (self.origin_px[0], self.origin_px[1] - self.inner_radius_px)

    @property
    def inner_radius_px(self) -> float:
        """Row pixels, as edge.types.ScanGeometry has them."""
        return self.apex_radius_mm / self.mm_per_px[1]

    @property
    def outer_radius_px(self) -> float:
        return (self.apex_radius_mm + self.depth_mm) / self.mm_per_px[1] if self.half_angle_deg else 0.0

    def px(self, x_mm: float, z_mm: float) -> list[float]:
        u = self.origin_px[0] + (-x_mm if self.mirrored else x_mm) / self.mm_per_px[0]
        v = self.origin_px[1] + z_mm / self.mm_per_px[1]
        return [round(u, 3), round(v, 3)]


def line(
    *,
    subject: str,
    view: str,
    points: Points,
    dim: Points,
    side: Side | None,
    screen_left: str | None,
    placement: Placement | None,
    clip: str,
    captured_ns: int,
) -> dict[str, object]:
    """One line of truth.jsonl without "frame". placement None: no scan on the screen (no signal): no scale, no landmark. dim: clear and dim
    points; "dim" holds those that are not clear."""
    out: dict[str, object] = {"clip": clip, "captured_ns": captured_ns, "subject": subject, "view": view}
    none = view == NO_VIEW or placement is None
    out["procedure"] = None if none else PROCEDURE_OF[view].name.lower()
    out["side"] = None if none else side
    out["screen_left"] = screen_left
    out["mm_per_px"] = None if placement is None else [round(m, 7) for m in placement.mm_per_px]
    out["origin_px"] = None if placement is None else placement.px(0.0, 0.0)
    out["geometry"] = None
    if placement is not None:
        out["geometry"] = {
            "kind": placement.kind,
            "face_radius_mm": round(placement.face_radius_mm, 4),
            "face_half_width_mm": round(placement.face_half_width_mm, 4),
        }
    out["landmarks"], out["dim"] = {}, {}
    out["target"] = None
    if placement is None or view == NO_VIEW:
        return out
    out["landmarks"] = {name: sorted(placement.px(p.x_mm, p.z_mm) for p in ps) for name, ps in points.items() if ps}
    fainter = {name: [p for p in ps if p not in points.get(name, ())] for name, ps in dim.items()}
    out["dim"] = {name: sorted(placement.px(p.x_mm, p.z_mm) for p in ps) for name, ps in fainter.items() if ps}
    target = target_of(view, points, side)
    if target is not None:
        (x, z), tissue = target
        out["target"] = placement.px(x, z)
        out["tissue_target_probe_mm"] = [round(-tissue[0] if placement.mirrored else tissue[0], 4), round(tissue[1], 4)]
    return out
