"""What the operator has chosen, and what follows from it: which way the side is drawn, whether the model sees it mirrored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge.catalogue import PLANS, VIEWS, Approach, Plan
from edge.types import PointMm, ScreenLeft
from firmware_bridge.wire import Procedure, Side


@dataclass(frozen=True, slots=True)
class Needle:
    """How the needle comes in. None: the procedure's default. pivot_mm is in probe_mm as drawn on the screen (pivot_on_screen)."""

    approach: Approach | None = None
    entry_x_mm: float | None = None
    entry_y_mm: float = 15.0
    lateral_limit_mm: float = 3.0
    pivot_mm: PointMm | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A procedure, a side and a needle. side is NONE for procedures without one."""

    procedure: Procedure
    side: Side = Side.NONE
    needle: Needle = field(default_factory=Needle)

    @property
    def plan(self) -> Plan:
        """The catalogue's entry. Raises KeyError for Procedure.NONE."""
        return PLANS[self.procedure]

    @property
    def approach(self) -> Approach:
        return self.needle.approach or self.plan.approach


def checked(procedure: Procedure, side: Side, needle: Needle | None = None) -> Session:
    """A session that makes sense. Raises ValueError, naming the cure, where a side is missing."""
    plan = PLANS.get(procedure)
    if plan is None:
        raise ValueError("no procedure chosen: `tuffier procedures` lists them")
    if plan.sided and side is Side.NONE:
        raise ValueError(f"{procedure.name.lower()} needs a side: --side left or --side right (the patient's)")
    needle = needle or Needle()
    if needle.pivot_mm is not None and (needle.approach or plan.approach) == "out_of_plane":
        raise ValueError(f"{procedure.name.lower()} is out of plane and a bracket's needle lies in the picture: --approach in_plane, or no pivot_mm")
    return Session(procedure, side if plan.sided else Side.NONE, needle)


def pivot_on_screen(body_mm: PointMm, marker: Literal["left", "right"]) -> PointMm:
    """A bracket's pivot, stated in the probe's body with +x towards its marker, in probe_mm: +x stays where the marker is drawn right."""
    return (body_mm[0] if marker == "right" else -body_mm[0]), body_mm[1]


def is_sagittal(plan: Plan) -> bool:
    """Whether every view of the procedure is sagittal."""
    return all(VIEWS[view].plane == "sagittal" for view in plan.views)


def outward(session: Session, view: str, orientation: ScreenLeft) -> int:
    """+1 or -1: the screen direction that leads from the midline to the chosen side (transverse), or towards caudal (sagittal: needles come from
    there); 0 where the orientation does not tell. A transverse view without a side is always +1."""
    if VIEWS[view].plane == "sagittal":
        return {ScreenLeft.CRANIAL: 1, ScreenLeft.CAUDAL: -1}.get(orientation, 0)
    if session.side is Side.NONE:
        return 1
    left_drawn_left = {ScreenLeft.PATIENT_LEFT: 1, ScreenLeft.PATIENT_RIGHT: -1}.get(orientation, 0)
    return left_drawn_left if session.side is Side.RIGHT else -left_drawn_left


def mirrored(session: Session, orientation: ScreenLeft) -> bool:
    """Whether the model is shown the picture mirrored: sided transverse procedures whose side is drawn left; sagittal ones with caudal left."""
    if orientation is ScreenLeft.CAUDAL:
        return any(VIEWS[view].plane == "sagittal" for view in session.plan.views)
    return session.side is not Side.NONE and outward(session, session.plan.views[0], orientation) == -1


def entry_x_mm(session: Session, direction: int) -> float:
    """Signed x of the needle's entry: on the target's side, or the medial side for sacroiliac (design; DESIGN.md, "Geometry" 5)."""
    stated = session.needle.entry_x_mm
    medial = session.procedure is Procedure.SACROILIAC
    size_mm = session.plan.entry_x_mm if stated is None else stated
    return size_mm * (-direction if medial else direction)
