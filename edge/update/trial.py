"""After a start from a slot on trial: it is kept once the main job has what it had before; else the board restarts into the slot that is kept.

Rule 1: what cannot be noted (a full data partition) never keeps a board in a bad slot. Rule 2: why a slot was taken back is said where the next one
finds it. Rule 3: what the main job had is asked once it has settled. One that just starts, or starts again and again, tells nothing: then what it
last told counts, from the data partition. systemd/install.sh holds the same rule.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from edge.record.files import write_atomically
from edge.update import slots
from edge.update.backend import writable
from edge.update.places import Places, running_slot
from edge.update.slots import Slot

READY_S = 180.0  # a scanner takes its time after a power cut
HOLD_S = 3.0  # one lucky frame does not count
POLL_S = 1.0
SETTLE_S = 20.0  # a camera or a device that answers later than this after the main job's start counts as not there
SETTLED_S = 90.0  # as long as a start may take
RUNS = ("ActiveState=active", "ActiveState=activating", "ActiveState=reloading", "ActiveState=deactivating")
LAST, PENDING, HAD = "last-update", "pending.json", "had.json"
Part = Literal["source", "device"]


@dataclass(frozen=True, slots=True)
class Pending:
    """An update under way. needed: what the main job had before it. boot_id: of the start that installed it."""

    slot: Slot
    version: str
    needed: tuple[str, ...]
    boot_id: str
    installed: bool = False


def has(state: str) -> frozenset[Part]:
    """What the service has by its own words: systemctl show's ActiveState and StatusText."""
    active = "ActiveState=active" in state
    frames = "frames/s" in state and "; 0 frames/s" not in state and "waiting for the source" not in state
    parts: set[Part] = set()
    if active and frames:
        parts.add("source")
    if "; device connected" in state:
        parts.add("device")
    return frozenset(parts)


def trouble(state: str, needed: frozenset[str]) -> str:
    """Why this state is no good one; empty where it is."""
    if "ActiveState=failed" in state:
        return "the main job has failed"
    if "ActiveState=active" not in state and "waiting for the source" not in state:
        return "the main job does not start"
    lost = sorted(needed - has(state))
    return f"the main job has lost its {' and '.join(lost)}" if lost else ""


def tells(state: str) -> bool:
    """Whether this state says what the main job has: it answers frames, or waits for a source that it could not open."""
    waits = "waiting for the source" in state and "waiting for the source: no frame yet" not in state
    return waits or "ActiveState=active" in state


def settled(look: Callable[[], str], *, settle_s: float = SETTLE_S, most_s: float = SETTLED_S) -> frozenset[Part] | None:
    """What the main job has: all of it at once, less once that has stood for settle_s. None: it told nothing for most_s, or does not run."""
    end_s = time.monotonic() + most_s
    had: frozenset[Part] | None = None
    since_s = 0.0
    while (now_s := time.monotonic()) < end_s:
        state = look()
        if not any(runs in state for runs in RUNS):
            return None
        found = has(state) if tells(state) else None
        if found is not None and (len(found) == len(get_args(Part)) or (found == had and now_s - since_s >= settle_s)):
            return found
        if found != had:
            had, since_s = found, now_s
        time.sleep(min(POLL_S, settle_s or POLL_S))
    return None


def service_state() -> str:
    command = ["systemctl", "show", "tuffier.service", "--property=ActiveState,StatusText,NRestarts"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def demands(places: Places, look: Callable[[], str] = service_state, *, settle_s: float = SETTLE_S, most_s: float = SETTLED_S) -> tuple[str, ...]:
    """Rule 3: what the other slot must have to be kept."""
    found = settled(look, settle_s=settle_s, most_s=most_s)
    if found is not None:
        write_had(places, found)
        return tuple(sorted(found))
    had = read_had(places)
    print(f"update: the main job does not tell what it has: what it last had counts: {' and '.join(had) or 'nothing'}", flush=True)
    return had


def watched(needed: frozenset[str], look: Callable[[], str] = service_state, *, ready_s: float = READY_S, hold_s: float = HOLD_S) -> str:
    """Empty once nothing has been wrong for hold_s; else what was still wrong after ready_s."""
    end_s = time.monotonic() + ready_s
    good_s: float | None = None
    why = "the main job does not start"
    while time.monotonic() < end_s:
        found, now_s = trouble(look(), needed), time.monotonic()
        why = found or why
        good_s = None if found else good_s or now_s
        if good_s is not None and now_s - good_s >= hold_s:
            return ""
        time.sleep(min(POLL_S, hold_s or POLL_S))
    return why


# --- what is noted ---


def read_pending(places: Places) -> Pending | None:
    try:
        found = json.loads((places.kept / PENDING).read_text())
        return Pending(**{**found, "needed": tuple(found["needed"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def read_had(places: Places) -> tuple[str, ...]:
    """What the main job had when it last told; nothing where it never did."""
    try:
        found = json.loads((places.kept / HAD).read_text())
        return tuple(sorted(part for part in found if part in get_args(Part)))
    except (OSError, ValueError, TypeError):
        return ()


def write_had(places: Places, had: Iterable[str]) -> None:
    """A full data partition keeps the older note: the update itself then says that there is no room."""
    with contextlib.suppress(OSError):
        places.kept.mkdir(parents=True, exist_ok=True)
        write_atomically(places.kept / HAD, json.dumps(sorted(had)).encode())


def write_pending(places: Places, pending: Pending) -> None:
    """Raises OSError where the data partition is full."""
    places.kept.mkdir(parents=True, exist_ok=True)
    write_atomically(places.kept / PENDING, json.dumps(asdict(pending)).encode())


def conclude(places: Places, text: str) -> None:
    """The update's end, for whoever looks later. Without room for it the pending note stays, and the next start says less."""
    print(f"update: {text}", flush=True)
    try:
        line = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n"
        write_atomically(places.kept / LAST, line.encode())
    except OSError as error:
        print(f"update: that could not be noted: {error}", flush=True)
    else:
        (places.kept / PENDING).unlink(missing_ok=True)


# --- the judgement ---


def settle(places: Places, look: Callable[[], str] = service_state, *, ready_s: float = READY_S, hold_s: float = HOLD_S) -> bool:
    """After a start. False: this slot is not kept, and the board must restart. Raises SlotError, OSError where the boot loader's file is lost."""
    here, state, pending = running_slot(places), slots.read(places.boot), read_pending(places)
    if here == state.kept:
        _look_back(places, here, pending)
        return True
    needed = frozenset(pending.needed if pending else ())
    why = watched(needed, look, ready_s=ready_s, hold_s=hold_s)
    version = f" ({pending.version})" if pending else ""
    if why:
        _clear_trial(places, state)
        conclude(places, f"took slot {here}{version} back: {why}")
        return False
    with writable(places.boot):
        slots.write(places.boot, slots.found_good(here))
    if needed:
        write_had(places, needed)
    conclude(places, f"slot {here}{version} is kept{', with ' + ' and '.join(sorted(needed)) if needed else ''}")
    return True


def _clear_trial(places: Places, state: slots.Slots) -> None:
    """GRUB cleared it before this start. A Pi's firmware writes nothing: a later `--restart` would try the bad slot again. Rule 1."""
    if state.trial is not None:
        with contextlib.suppress(OSError, slots.SlotError), writable(places.boot):
            slots.write(places.boot, slots.Slots(state.kept))


def _look_back(places: Places, here: Slot, pending: Pending | None) -> None:
    """The kept slot runs: what became of an update that was under way."""
    if pending is None or pending.boot_id == places.boot_id.read_text().strip():
        return
    with writable(places.boot):
        slots.write(places.boot, slots.Slots(here))
    if not pending.installed:
        conclude(places, f"the update to {pending.version} was cut short: nothing has changed; run it again")
    else:
        conclude(places, f"took slot {pending.slot} ({pending.version}) back: its start ended before it was ready, or was never asked for")


def installed(pending: Pending) -> Pending:
    return replace(pending, installed=True)


def last_words(kept: Path) -> str:
    try:
        return (kept / LAST).read_text().strip()
    except OSError:
        return "no update so far"
