"""What the page may ask of the main job, and what becomes of it.

Rule 1: the page is met by the network: what it sends is read as a stranger's. Rule 2: it never touches the bracket: LOCK, ARM and UNLOCK are the
device's alone, and no ask names them. Rule 3: where the device's own buttons have chosen, or its bracket is not free, the choice is the device's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from edge.guidance.session import Session, checked
from edge.types import ScreenLeft
from firmware_bridge.link import LinkState
from firmware_bridge.wire import Guard, PageAddress, Procedure, Side

MOST_ASK_BYTES = 400
MOST_ADDRESS = PageAddress.LAYOUT.size - 4  # characters that the device's code holds
MOST_PX, MOST_DEPTH_MM = 8000.0, 400.0  # of a point, and of two points' distance


@dataclass(frozen=True, slots=True)
class Choose:
    """Procedure and the patient's side."""

    ask_id: int
    procedure: Procedure
    side: Side


@dataclass(frozen=True, slots=True)
class Record:
    """Recording on or off."""

    ask_id: int
    on: bool


@dataclass(frozen=True, slots=True)
class WantPictures:
    """Somebody looks: pictures are worth their making for a while."""


@dataclass(frozen=True, slots=True)
class PageAt:
    """Where a browser on another machine finds the page, with its token; "" where none does. For the device's display, when somebody asks there."""

    address: str


class Step(Enum):
    """Of calibrating: hold a frame still, say what its points would make, write that."""

    LOOK = "look"
    PROPOSE = "propose"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Calibrate:
    """points: two on the frozen frame, in frame_px, depth_mm apart in depth; None where the screen tells its scale itself."""

    ask_id: int
    step: Step
    points: tuple[tuple[float, float], tuple[float, float]] | None = None
    depth_mm: float = 0.0
    left: ScreenLeft = ScreenLeft.UNKNOWN


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of an ask: text says it in one line for the person who asked."""

    ask_id: int
    done: bool
    text: str


Ask: TypeAlias = Choose | Record | Calibrate | WantPictures | PageAt


def read(line: bytes) -> Ask | None:
    """One line of the page's; None for anything that is no ask."""
    if len(line) > MOST_ASK_BYTES:
        return None
    try:
        said = json.loads(line)
        return _ask(said) if isinstance(said, dict) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _ask(said: dict[str, object]) -> Ask | None:
    """Raises KeyError, TypeError, AttributeError."""
    ask_id = said.get("id", 0)
    if not isinstance(ask_id, int) or isinstance(ask_id, bool):
        return None
    match said.get("ask"):
        case "pictures":
            return WantPictures()
        case "page":
            return PageAt(said["address"]) if isinstance(said["address"], str) and len(said["address"]) <= MOST_ADDRESS else None
        case "record":
            return Record(ask_id, said["on"]) if isinstance(said["on"], bool) else None
        case "choose":
            return Choose(ask_id, Procedure[str(said["procedure"]).upper()], Side[str(said["side"] or "none").upper()])
        case "calibrate":
            return _calibrate(ask_id, said)
    return None


def _calibrate(ask_id: int, said: dict[str, object]) -> Calibrate | None:
    """Raises KeyError, ValueError."""
    step = Step(said["step"])
    if step is not Step.PROPOSE:
        return Calibrate(ask_id, step)
    left = ScreenLeft(said["left"])
    if said["points"] is None:
        return Calibrate(ask_id, step, left=left)
    match said["points"]:
        case [[a, b], [c, d]]:
            points = (_number(a, MOST_PX), _number(b, MOST_PX)), (_number(c, MOST_PX), _number(d, MOST_PX))
            return Calibrate(ask_id, step, points, _number(said["depth_mm"], MOST_DEPTH_MM), left)
    return None


def _number(value: object, most: float) -> float:
    """Raises ValueError for what is no number from 0 to most."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(value)
    return float(value)


def chosen(ask: Choose, session: Session, device: LinkState | None) -> Session | str:
    """The session that the page asks for, or why it is refused and what to do instead."""
    if device is not None and device.procedure is not Procedure.NONE:
        return "the device's buttons have chosen: change procedure and side there"
    if device is not None and device.status is not None and device.status.guard is not Guard.DISARMED:
        return "the bracket is not free: take the needle out and unlock it at the device first"
    try:
        return checked(ask.procedure, ask.side, session.needle)
    except ValueError:
        if ask.procedure is Procedure.NONE:
            return "name a procedure"
        needs_side = ask.side is Side.NONE and session.needle.pivot_mm is None
        return "choose the patient's side too" if needs_side else "this procedure cannot be done with the bracket that the configuration states"
