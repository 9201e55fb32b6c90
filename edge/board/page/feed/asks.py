"""What the page may ask of the main job, and what becomes of it.

Rule 1: the page is met by the network: what it sends is read as a stranger's. Rule 2: it never touches the bracket: LOCK, ARM and UNLOCK are the
device's alone, and no ask names them. Rule 3: where the device's own buttons have chosen, or its bracket is not free, the choice is the device's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from edge.guidance.session import Session, checked
from firmware_bridge.link import LinkState
from firmware_bridge.wire import Guard, Procedure, Side

MOST_ASK_BYTES = 400


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
class Reply:
    """What became of an ask: text says it in one line for the person who asked."""

    ask_id: int
    done: bool
    text: str


Ask: TypeAlias = Choose | Record | WantPictures


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
        case "record":
            return Record(ask_id, said["on"]) if isinstance(said["on"], bool) else None
        case "choose":
            return Choose(ask_id, Procedure[str(said["procedure"]).upper()], Side[str(said["side"] or "none").upper()])
    return None


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
