"""One reader's word on one frame, and the line of truth.jsonl that it becomes.

Rule 1: a label is whole when its view is chosen and every landmark of that view is placed or said to be hidden or cut off. Rule 2: what its reader is
unsure of never becomes truth: the frame is set aside, and kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import hypot, isfinite
from typing import Any, Literal, TypeAlias, get_args

from edge.catalogue import NO_VIEW, PLANS, VIEWS, Plan
from edge.guidance.locate import caudal_share
from edge.guidance.session import Session, outward
from edge.types import PointPx, ScreenLeft
from firmware_bridge.wire import Procedure, Side

Mark: TypeAlias = Literal["", "hidden", "cut", "unsure", "open"]
State: TypeAlias = Literal["open", "done", "unsure"]
ABSENT = ("hidden", "cut")  # behind a shadow or too dark to be seen; beyond the picture's edge
PLACES_PX = 2  # decimals of a place
MOST_SUBJECT = 200
Line: TypeAlias = dict[str, Any]  # of truth.jsonl, or in its form


class LabelError(ValueError):
    """What was sent is no label; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a landmark. at: frame_px, None where it is not placed; mark: hidden or cut where there is nothing to place, unsure where the place
    is a guess, open where it is still to be done."""

    at: PointPx | None = None
    mark: Mark = "open"


@dataclass(frozen=True, slots=True)
class Label:
    """slots: each landmark of the view, two for a paired one, left of the screen first. side: the PATIENT's whose target the truth states.
    finished: the reader says so."""

    view: str | None = None
    view_unsure: bool = False
    screen_left: ScreenLeft = ScreenLeft.UNKNOWN
    side: Side = Side.NONE
    subject: str = ""
    slots: Mapping[str, tuple[Slot, ...]] = field(default_factory=dict)
    finished: bool = False


def plan_of(view: str | None) -> Plan | None:
    """The procedure that a view belongs to."""
    return next((plan for plan in PLANS.values() if view in plan.views), None)


def slot_count(view: str, name: str) -> int:
    return 2 if name in VIEWS[view].paired else 1


def missing(label: Label) -> tuple[str, ...]:
    """What is still to be said before the label is whole, in words."""
    if label.view is None:
        return ("choose the view",)
    if label.view == NO_VIEW:
        return ()
    plan, found = plan_of(label.view), []
    if plan and plan.sided and label.side is Side.NONE:
        found.append("choose the target's side, the patient's")
    if plan and outward(Session(plan.procedure, label.side), label.view, label.screen_left) == 0:
        found.append("say what is drawn at the screen's left")
    for name in VIEWS[label.view].landmarks:
        for number, slot in enumerate(label.slots.get(name, ())):
            if slot.mark == "open":
                found.append(f"{titled(label.view, name, number)}: place it, or mark it hidden or cut off")
    return tuple(found)


def titled(view: str, name: str, number: int) -> str:
    """A landmark's place in words."""
    words = name.replace("_", " ")
    return f"{words}, screen's {('left', 'right')[number]}" if slot_count(view, name) == 2 else words


def state_of(label: Label) -> State:
    """done: it is truth; unsure: it is set aside; open: something is still to be said."""
    if not label.finished or missing(label):
        return "open"
    doubtful = label.view_unsure or any(slot.mark == "unsure" for slots in label.slots.values() for slot in slots)
    return "unsure" if doubtful else "done"


def target_px(label: Label, mm_per_px: tuple[float, float] | None) -> PointPx | None:
    """Where the procedure's rule puts the target, None where a landmark that it rests on is not placed."""
    plan = plan_of(label.view)
    if plan is None or label.view is None or (plan.sided and label.side is Side.NONE):
        return None
    direction = outward(Session(plan.procedure, label.side), label.view, label.screen_left)
    points = [_on_side(label.slots.get(name, ()), direction) for name in plan.target]
    seen = [point for point in points if point is not None]
    if direction == 0 or len(seen) < len(points):
        return None
    if plan.procedure is Procedure.CAUDAL:
        return None if mm_per_px is None else _advanced(seen[0], seen[1], mm_per_px)
    return _rounded((sum(point[0] for point in seen) / len(seen), sum(point[1] for point in seen) / len(seen)))


def _on_side(slots: Sequence[Slot], direction: int) -> PointPx | None:
    if len(slots) == 2:
        return slots[1 if direction > 0 else 0].at
    return slots[0].at if slots else None


def _advanced(ligament: PointPx, floor: PointPx, mm_per_px: tuple[float, float]) -> PointPx:
    """Just through the ligament."""
    du, dv = floor[0] - ligament[0], floor[1] - ligament[1]
    share = caudal_share(hypot(du * mm_per_px[0], dv * mm_per_px[1]))
    return _rounded((ligament[0] + share * du, ligament[1] + share * dv))


def _rounded(point: PointPx) -> PointPx:
    return round(point[0], PLACES_PX), round(point[1], PLACES_PX)


def line_of(base: Mapping[str, Any], label: Label) -> Line:
    """The frame's line in truth.jsonl's form; base: what is known of the frame without a reader, whose other keys stay. A draft has `state` too, its
    view may be null, and it keeps what its reader is unsure of."""
    plan, state = plan_of(label.view), state_of(label)
    scale = base.get("mm_per_px")
    target = target_px(label, None if scale is None else (scale[0], scale[1]))
    landmarks = {name: [list(_rounded(slot.at)) for slot in slots if slot.at] for name, slots in label.slots.items()}
    marks = {name: [slot.mark for slot in slots] for name, slots in label.slots.items() if any(slot.mark for slot in slots)}
    line = {key: value for key, value in base.items() if key not in ("marks", "state", "view_unsure", "finished")} | {
        "subject": label.subject,
        "view": label.view,
        "procedure": plan.procedure.name.lower() if plan else None,
        "side": None if label.side is Side.NONE or not (plan and plan.sided) else label.side.name.lower(),
        "screen_left": label.screen_left.value,
        "landmarks": {name: points for name, points in landmarks.items() if points},
        "target": None if target is None else list(target),
    }
    if line["target"] != base.get("target"):
        line.pop("tissue_target_probe_mm", None)  # it belonged to the other one
    line |= {"marks": marks} if marks else {}
    return line if state == "done" else line | {"state": state, "view_unsure": label.view_unsure, "finished": label.finished}


def label_of(line: Mapping[str, Any], *, done: bool) -> Label:
    """The label that a line of truth (done) or a draft holds. A truth's absent landmark is hidden. Raises LabelError."""
    view = _view(line.get("view"))
    label = Label(
        view=view,
        view_unsure=bool(line.get("view_unsure", False)),
        screen_left=_left(line.get("screen_left")),
        side=_side(line.get("side")),
        subject=str(line.get("subject") or "")[:MOST_SUBJECT],
        finished=done or bool(line.get("finished", False)),
    )
    if view is None or view == NO_VIEW:
        return label
    landmarks, marks = line.get("landmarks") or {}, line.get("marks") or {}
    midline_u = _midline_u(line)
    slots = {
        name: _slots(landmarks.get(name) or [], marks.get(name), slot_count(view, name), midline_u, "hidden" if done else "open")
        for name in VIEWS[view].landmarks
    }
    return replace(label, slots=slots)


def _midline_u(line: Mapping[str, Any]) -> float:
    """The column that tells which of a pair a lone point is: the midline's landmark, else the scan's centre line."""
    plan, landmarks = plan_of(line.get("view")), line.get("landmarks") or {}
    for name in ([plan.medial] if plan and plan.medial else []) + ["posterior_complex", "scl", "sacral_floor"]:
        if len(landmarks.get(name) or []) == 1:
            return float(landmarks[name][0][0])
    return float((line.get("origin_px") or [0.0])[0])


def _slots(points: Sequence[Sequence[float]], marks: Any, count: int, midline_u: float, absent: Mark) -> tuple[Slot, ...]:
    """points: left of the screen first. marks: a word a slot, where a line has them."""
    placed = [point_of(point) for point in sorted(points, key=list)[:count]]
    if marks is None:
        marks = [""] * len(placed) + [absent] * (count - len(placed))
        if len(placed) == 1 and count == 2 and placed[0][0] > midline_u:
            marks.reverse()
    if len(marks) != count or any(mark not in get_args(Mark) for mark in marks):
        raise LabelError(f"marks {marks!r}: {count} of {', '.join(map(repr, get_args(Mark)))}")
    if sum(mark in ("", "unsure") for mark in marks) != len(placed):
        raise LabelError(f"marks {marks!r} for {len(placed)} points")
    rest = iter(placed)
    return tuple(Slot(next(rest) if mark in ("", "unsure") else None, mark) for mark in marks)


def parse(fields: Mapping[str, Any]) -> Label:
    """A label as the page sends it. A pair whose places are exchanged is put in order. Raises LabelError."""
    try:
        label = Label(
            _view(fields["view"]),
            bool(fields["view_unsure"]),
            _left(fields["screen_left"]),
            _side(fields["side"]),
            str(fields["subject"]).strip()[:MOST_SUBJECT],
            finished=bool(fields["finished"]),
        )
        if label.view in (None, NO_VIEW):
            return label
        sent = fields["slots"]
        names = VIEWS[label.view].landmarks
        return replace(label, slots={name: _parsed(sent.get(name), slot_count(label.view, name)) for name in names})
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise LabelError(f"lacks or misstates {str(error)[:200]}") from error


def _parsed(sent: Any, count: int) -> tuple[Slot, ...]:
    slots = tuple(_slot(each) for each in sent or [{"at": None, "mark": "open"}] * count)
    if len(slots) != count:
        raise LabelError(f"{len(slots)} places of a landmark that has {count}")
    places = [slot.at for slot in slots if slot.at]
    return slots if all(one <= other for one, other in pairwise(places)) else slots[::-1]


def _slot(sent: Mapping[str, Any]) -> Slot:
    at, mark = sent["at"], sent["mark"]
    if mark not in get_args(Mark) or (at is None) == (mark in ("", "unsure")):
        raise LabelError(f"place {at!r} with mark {mark!r}")
    return Slot(None if at is None else point_of(at), mark)


def point_of(values: Sequence[Any]) -> PointPx:
    """Raises LabelError."""
    try:
        u, v = (float(value) for value in values)
    except (TypeError, ValueError) as error:
        raise LabelError(f"place {values!r}: it is [u, v]") from error
    if not (isfinite(u) and isfinite(v)):
        raise LabelError(f"place {values!r}: not finite")
    return _rounded((u, v))


def _view(name: Any) -> str | None:
    if name is not None and name != NO_VIEW and name not in VIEWS:
        raise LabelError(f"view {name!r}")
    return None if name is None else str(name)


def _left(value: Any) -> ScreenLeft:
    try:
        return ScreenLeft(value or "unknown")
    except ValueError as error:
        raise LabelError(str(error)) from error


def _side(value: Any) -> Side:
    if value not in (None, "", "none", "left", "right"):
        raise LabelError(f"side {value!r}")
    return Side[(value or "none").upper()]


def fields_of(label: Label) -> dict[str, Any]:
    """What the page is sent: the reverse of parse."""
    return {
        "view": label.view,
        "view_unsure": label.view_unsure,
        "screen_left": label.screen_left.value,
        "side": None if label.side is Side.NONE else label.side.name.lower(),
        "subject": label.subject,
        "slots": {name: [{"at": slot.at, "mark": slot.mark} for slot in slots] for name, slots in label.slots.items()},
        "finished": label.finished,
    }
