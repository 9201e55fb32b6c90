"""The black box: what the device said and was told, kept for whoever asks later why.

Rule 1: every line carries boot id, monotonic and UTC time, and whether the clock is synchronised. Rule 2: the link thread only puts things down
here; the watcher's writes them into recording and journal, and a thread of its own onto the disk: waiting for that takes no frame from a recording.
Rule 3: the ring is bounded, is on the disk within SYNC_PERIOD_S, and a power cut costs its last line at most.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import IntEnum, IntFlag
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from firmware_bridge import wire
from firmware_bridge.link import (
    ChoiceMade,
    ConfigureHeard,
    ConfigureOffered,
    Connected,
    DeviceSaid,
    LinkEvent,
    PageAsked,
    PortLost,
    PortOpened,
    Refused,
    ScreenHeard,
    StatusHeard,
)

KINDS = ("status", "screen", "log", "button", "refusal", "guard", "link", "configuration", "process")
SEGMENT_BYTES, MOST_BYTES = 1_000_000, 40_000_000  # an hour of a busy device is less than 30 MB
SYNC_PERIOD_S, WRITE_PERIOD_S, CLOSE_S = 1.0, 0.1, 5.0
MOST_WAITING = 4096
MOST_LINES_PER_S = 20  # into the journal; what is more is counted
STATUS_PERIOD_NS = 1_000_000_000  # a Status that only counts on is kept once in so long
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When: on which boot, on its monotonic clock, by the calendar, and whether the calendar was set by a server."""

    boot: str
    monotonic_ns: int
    utc: str
    synchronised: bool

    def words(self) -> str:
        return f"boot {self.boot[:8]}, {self.monotonic_ns / 1e9:.3f} s, {self.utc}, clock {'' if self.synchronised else 'not '}synchronised"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. line: for the journal, empty for none."""

    kind: str
    stamp: Stamp
    fields: dict[str, Any]
    line: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self.stamp), **self.fields}


class Keeper(Protocol):
    """A recording that is being made."""

    def note(self, kind: str, at_ns: int, fields: dict[str, Any]) -> None: ...


def stamp_now() -> Stamp:
    now_ns = time.time_ns()
    utc = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now_ns // 10**9)) + f".{now_ns // 10**6 % 1000:03d}Z"
    return Stamp(_boot_id(), time.monotonic_ns(), utc, SYNCHRONISED.exists())


@cache
def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"


def default_folder(environment: dict[str, str]) -> Path:
    """The service's state folder, or the user's."""
    if "STATE_DIRECTORY" in environment:
        return Path(environment["STATE_DIRECTORY"].split(":")[0]) / "black-box"
    home = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME") or "/tmp") / ".local" / "state")
    return Path(home) / "tuffier" / "black-box"


class BlackBox:
    """hear() and note() from any thread; turn() and close() from the thread that writes."""

    def __init__(self, folder: Path | None, say: Callable[[str], None]) -> None:
        """folder: of the ring, None for none. say: one line for the journal."""
        self._ring = None if folder is None else Ring(folder)
        self._to_ring: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._run, name="black-box", daemon=True)
        self._say = say
        self._waiting: deque[Entry] = deque(maxlen=MOST_WAITING)
        self._writing = threading.Lock()
        self._kept: wire.Status | None = None
        self._kept_ns = 0
        self._second, self._lines = 0, 0
        self.trouble = ""
        self.ended_by = ""
        if self._ring is not None:
            self._writer.start()

    def hear(self, event: LinkEvent) -> None:
        """In the link thread."""
        stamp = stamp_now()
        match event:
            case StatusHeard(status, former):
                self._hear_status(stamp, status, former)
            case ScreenHeard(screen):
                self._put("screen", stamp, fields_of(screen))
            case DeviceSaid(log):
                self._put("log", stamp, fields_of(log), f"device: {log.line}")
            case ConfigureHeard(configure, agreed):
                told = "the same as the host's" if agreed else "another than the host's"
                self._put("configuration", stamp, {"held": fields_of(configure), "agreed": agreed}, f"the device holds a configuration, {told}")
            case ConfigureOffered(configure):
                self._put("configuration", stamp, {"offered": fields_of(configure)}, "configuration offered to the device")
            case PortOpened(path):
                self._put("link", stamp, {"opened": path}, f"port open: {path}")
            case PortLost(why):
                self._put("link", stamp, {"lost": why}, f"port lost: {why}")
            case Connected(hello):
                self._put("link", stamp, {"connected": fields_of(hello)}, f"session with device {hello.serial_number:08x}")
            case Refused(why):
                self._put("link", stamp, {"refused": why}, why)
            case PageAsked(told):
                why = "told" if told else "there is none that another machine reaches and the code holds: [monitor] page"
                self._put("button", stamp, {"page": told}, f"the device asks for the page's address: {why}")
            case ChoiceMade(procedure, side):
                chosen = {"procedure": procedure.name.lower(), "side": side.name.lower()}
                self._put("button", stamp, {"chosen": chosen}, f"chosen at the device: {chosen['procedure']}, {chosen['side']}")

    def note(self, what: str, **fields: Any) -> None:
        """Something of this process: its start, its end, its configuration."""
        self._put("process", stamp_now(), {"what": what, **fields}, what)

    def turn(self, keeper: Keeper | None) -> None:
        """Hands on what waits: to the ring, the recording if there is one, and the journal. Raises OSError of the recording only."""
        with self._writing:
            while self._waiting:
                entry = self._waiting.popleft()
                self._to_ring.append(json.dumps(entry.as_json()).encode() + b"\n")
                self._into_journal(entry)
                if keeper is not None:
                    keeper.note(entry.kind, entry.stamp.monotonic_ns, entry.as_json())

    def close(self) -> None:
        """Once more is nothing."""
        self.turn(None)
        self._closing.set()
        if self._writer.is_alive():
            self._writer.join(CLOSE_S)

    def _hear_status(self, stamp: Stamp, status: wire.Status, former: wire.Status | None) -> None:
        if former is None or status.refusal != former.refusal:
            self._put("refusal", stamp, {"refusal": status.refusal.name.lower()}, f"guidance: {status.refusal.name.lower().replace('_', ' ')}")
        if former is None or (status.guard, status.stop, status.faults) != (former.guard, former.stop, former.faults):
            told = {"guard": status.guard.name.lower(), "stop": status.stop.name.lower(), "faults": _name(status.faults)}
            words = f"bracket {told['guard']} ({told['stop'].replace('_', ' ')}) at {status.applied_tenths_deg / 10:+.1f} deg, {status.servo_us} us"
            self._put("guard", stamp, {**told, "applied_tenths_deg": status.applied_tenths_deg, "servo_us": status.servo_us},
                      f"{words}{'; faults: ' + told['faults'] if status.faults else ''}")  # fmt: skip
        if former is not None and (status.buttons, status.presses) != (former.buttons, former.presses):
            self._put("button", stamp, {"closed": _name(status.buttons), "presses": status.presses}, f"buttons: {_name(status.buttons) or 'none'}")
        if former is None or _news(status) != _news(self._kept) or stamp.monotonic_ns - self._kept_ns >= STATUS_PERIOD_NS:
            self._kept, self._kept_ns = status, stamp.monotonic_ns
            self._put("status", stamp, fields_of(status))

    def _put(self, kind: str, stamp: Stamp, fields: dict[str, Any], line: str = "") -> None:
        self._waiting.append(Entry(kind, stamp, fields, line))

    def _run(self) -> None:
        """The ring's thread. A disk that is full, or a folder that is not there, is said once and ends the ring, nothing else."""
        assert self._ring is not None
        try:
            closing = False
            while not closing:
                closing = self._closing.wait(WRITE_PERIOD_S)
                while self._to_ring:
                    self._ring.write(self._to_ring.popleft())
                self._ring.sync()
            self._ring.close()
        except OSError as error:
            self.trouble = f"black box stopped: {error.strerror}: guidance goes on"
            self._say(self.trouble)
        except Exception as error:
            self.ended_by = f"black box: {type(error).__name__}: {error}"
            raise

    def _into_journal(self, entry: Entry) -> None:
        if not entry.line:
            return
        second = entry.stamp.monotonic_ns // 10**9
        if second != self._second:
            if self._lines > MOST_LINES_PER_S:
                self._say(f"({self._lines - MOST_LINES_PER_S} lines left out)")
            self._second, self._lines = second, 0
        self._lines += 1
        if self._lines <= MOST_LINES_PER_S:
            self._say(f"{entry.line} [{entry.stamp.words()}]")


class Ring:
    """Numbered files of JSON lines, the oldest removed. Each process writes its own: none is ever opened again."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._segment_bytes, self._most_bytes = segment_bytes, most_bytes
        self._file: BinaryIO | None = None
        self._length = 0
        self._synced_s = time.monotonic()

    def write(self, line: bytes) -> None:
        """Raises OSError."""
        if self._file is None or self._length + len(line) > self._segment_bytes:
            self._next()
        assert self._file is not None
        self._file.write(line)
        self._length += len(line)

    def sync(self) -> None:
        now_s = time.monotonic()
        if self._file is not None and now_s - self._synced_s >= SYNC_PERIOD_S:
            self._synced_s = now_s
            os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _next(self) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = segments(self._folder)
        sizes = [path.stat().st_size for path in kept]
        while kept and sum(sizes) > self._most_bytes - self._segment_bytes:
            kept.pop(0).unlink(missing_ok=True)
            sizes.pop(0)
        number = _number(kept[-1]) + 1 if kept else 1
        self._file = (self._folder / f"{number:08d}-{os.getpid()}.jsonl").open("xb", buffering=0)
        self._length = 0


def segments(folder: Path) -> list[Path]:
    """The ring's files, oldest first."""
    return sorted((path for path in folder.glob("*.jsonl") if _number(path) > 0), key=lambda path: (_number(path), path.name))


def _number(path: Path) -> int:
    digits = path.name.split("-")[0]
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """What the ring holds, oldest first; a line that a power cut tore is left out."""
    for path in segments(folder):
        for line in path.read_bytes().split(b"\n"):
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found


def fields_of(message: wire.Message) -> dict[str, Any]:
    """A message as JSON, enums by name."""
    return {name: _name(value) if isinstance(value, (IntEnum, IntFlag)) else value for name, value in asdict(message).items()}


def _name(value: IntEnum | IntFlag) -> str:
    if isinstance(value, IntFlag):
        return " ".join(str(flag.name).lower() for flag in type(value) if flag in value)
    return value.name.lower()


def _news(status: wire.Status | None) -> wire.Status | None:
    """A Status without what only counts on."""
    if status is None:
        return None
    return replace(
        status, device_ms=0, last_frame_id=0, pointing_ms=0, good_packets=0, round_trip_ms=0, supply_mv=0, applied_tenths_deg=0, servo_us=0
    )
