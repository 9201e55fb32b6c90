"""The C core on a table (firmware_bridge/c/bench), driven from Python with a clock of its own. Not a test."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from firmware_bridge import framing, wire

C_FOLDER = Path(framing.__file__).parent / "c"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow")
SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
COMPILER = shutil.which("gcc") or shutil.which("cc")
NO_COMPILER = "no C compiler: sudo apt install gcc libc6-dev"

SESSION = 77
POINTING = wire.Guidance(
    session=SESSION,
    age_ms=50,
    since_heard_ms=10,
    procedure=wire.Procedure.FACET,
    side=wire.Side.RIGHT,
    picture=wire.Picture.LIVE,
    state=wire.State.POINTING,
    depth_tenths_mm=315,
    lateral_tenths_mm=190,
    angle_tenths_deg=-337,
    insertion_tenths_mm=379,
    interval_tenths_mm=21,
    confidence_percent=93,
)
WITHHELD = wire.Guidance(session=SESSION, procedure=wire.Procedure.FACET, side=wire.Side.RIGHT, picture=wire.Picture.LIVE)
LIMITS = wire.Configure(
    session=SESSION,
    bracket=1,
    angle_least_tenths_deg=-500,
    angle_most_tenths_deg=500,
    slew_tenths_deg_per_s=200,
    servo_least_us=1000,
    servo_most_us=2000,
    max_age_ms=240,
    max_interval_tenths_mm=50,
)
BUTTONS = {"arm": 1, "lock": 2, "procedure": 4, "side": 8}


def compile_bench(program: Path, flags: Sequence[str] = SANITIZERS, *, sources: Path = C_FOLDER / "src") -> Path:
    """The table's program from the C core in `sources`; a library where its name ends in .so."""
    assert COMPILER is not None
    flags = [*flags, "-shared", "-fPIC"] if program.suffix == ".so" else flags
    files = [*sorted(map(str, sources.glob("*.c"))), str(C_FOLDER / "bench" / "main.c")]
    subprocess.run([COMPILER, *WARNINGS, *flags, f"-I{sources}", *files, "-o", str(program)], check=True)
    return program


@dataclass(frozen=True, slots=True)
class View:
    """All that the device knows after a line. applied in 0.0001 deg; sent: what it said, decoded."""

    now_ms: int
    shown: wire.Shown
    guard: wire.Guard
    stop: wire.Stop
    refusal: wire.Refusal
    peer: wire.Peer
    fresh: bool
    applied: int
    servo_us: int
    faults: wire.Fault
    procedure: wire.Procedure
    side: wire.Side
    session: int
    challenge: int
    round_trip_ms: int
    dead: bool
    sent: tuple[framing.Received, ...]
    rows: tuple[str, ...]
    said: bytes = b""

    @property
    def figures(self) -> str:
        """Rows 1 to 4; row 0 names the procedure and may hold a digit (S1)."""
        return "".join(self.rows[1:5])

    @property
    def has_digits(self) -> bool:
        return any(letter.isdigit() for letter in self.figures)


def parse_view(line: str) -> View:
    head, _, text = line.partition("|")
    *fields, sent = head.split(" ")
    n = [int(value) for value in fields]
    rows = tuple(text[i : i + wire.SCREEN_COLUMNS] for i in range(0, wire.SCREEN_COLUMNS * wire.SCREEN_ROWS, wire.SCREEN_COLUMNS))
    return View(
        n[0],
        wire.Shown(n[1]),
        wire.Guard(n[2]),
        wire.Stop(n[3]),
        wire.Refusal(n[4]),
        wire.Peer(n[5]),
        bool(n[6]),
        n[7],
        n[8],
        wire.Fault(n[9]),
        wire.Procedure(n[10]),
        wire.Side(n[11]),
        n[12],
        n[13],
        n[14],
        bool(n[15]),
        tuple(framing.feed(framing.DecoderState(), bytes.fromhex(sent))[1]),
        rows,
        bytes.fromhex(sent),
    )


class Process:
    """The bench as a program of its own. It ends with its own verdict: sanitizers make it fail."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """The next line of the answer."""
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            _, errors = self._process.communicate(timeout=60)
            raise AssertionError(f"the device died: {errors}")
        return answer.rstrip("\n")

    def close(self) -> None:
        _, errors = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, errors


class Library:
    """The bench in this process: ten times faster, without sanitizers."""

    def __init__(self, program: Path) -> None:
        self._library = ctypes.CDLL(str(program))
        self._library.table_new.restype = ctypes.c_void_p
        self._library.table_answer.restype = ctypes.c_char_p
        self._library.table_answer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self._library.table_end.argtypes = [ctypes.c_void_p]
        self._table = self._library.table_new()
        self._lines: list[str] = []

    def say(self, line: str) -> None:
        self._lines = self._library.table_answer(self._table, line.encode()).decode().split("\n")[::-1]

    def hear(self) -> str:
        return self._lines.pop()

    def close(self) -> None:
        self._library.table_end(self._table)


def open_bench(program: Path) -> Process | Library:
    return Library(program) if program.suffix == ".so" else Process(program)


class Table:
    """One device on the table."""

    def __init__(self, program: Path) -> None:
        self._bench = open_bench(program)
        self.frame_id = 0
        self.digest = 0
        self.logs: list[str] = []
        self.view = self.do("boot 1 0 0")

    def close(self) -> None:
        self._bench.close()

    def ask(self, line: str) -> str:
        self._bench.say(line)
        return self._bench.hear()

    def decode(self, received: bytes) -> list[str]:
        """What the C decoder makes of bytes, one line an event."""
        events = []
        line = self.ask(f"decode {received.hex()}")
        while line != ".":
            events.append(line)
            line = self._bench.hear()
        return events

    def do(self, line: str) -> View:
        self.view = parse_view(self.ask(line))
        self.logs += [message.line for message in self.view.sent if isinstance(message, wire.Log)]
        return self.view

    def wait(self, ms: int) -> View:
        return self.do(f"t {ms}")

    def idle(self, ms: int) -> View:
        """Time passes with a host that has nothing to say but that it is there."""
        while ms > 0 and self.view.session != 0:
            self.receive(wire.Heartbeat(session=self.view.session))
            self.wait(min(ms, wire.HEARTBEAT_MS))
            ms -= wire.HEARTBEAT_MS
        return self.wait(max(ms, 0))

    def unsure(self, ms: int) -> View:
        """Time passes with a host that sees no target."""
        while ms > 0:
            self.withhold()
            self.wait(min(ms, 100))
            ms -= 100
        return self.view

    def unsure_of(self, reason: wire.Reason, ms: int) -> View:
        """Time passes with a host that withholds for this reason."""
        while ms > 0:
            self.withhold(reason)
            self.wait(min(ms, 200))
            ms -= 200
        return self.view

    def receive_stranger(self) -> View:
        """A Hello of another layout."""
        hello = wire.encode(wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT ^ 1))
        return self.do(f"rx {framing.frame_packet(hello).hex()}")

    def receive(self, message: wire.Message) -> View:
        return self.do(f"rx {framing.frame(message).hex()}")

    def boot(self, *, seed: int = 1, buttons: int = 0, faults: int = 0) -> View:
        """Boot, and wait until the notice has gone."""
        self.do(f"boot {seed} {buttons} {faults}")
        return self.wait(wire.BOOT_NOTICE_MS)

    def greet(self, session: int = SESSION) -> View:
        return self.receive(
            wire.Hello(role=wire.Role.HOST, protocol=wire.PROTOCOL, layout=wire.LAYOUT, session=session, challenge=self.view.challenge)
        )

    def guide(self, guidance: wire.Guidance = POINTING, **changes: object) -> View:
        """A Guidance with the next frame id, heard 10 ms ago, of the Configure that ready() gave, unless stated."""
        self.frame_id += 1
        stamped = {"frame_id": self.frame_id, "heard_ms": (self.view.now_ms - 10) & 0xFFFFFFFF, "configure_digest": self.digest}
        return self.receive(replace(guidance, **{**stamped, **changes}))

    def guide_for(self, ms: int, guidance: wire.Guidance = POINTING, every_ms: int = 50, **changes: object) -> View:
        for _ in range(ms // every_ms):
            self.guide(guidance, **changes)
            self.wait(every_ms)
        return self.view

    def withhold(self, reason: wire.Reason = wire.Reason.WRONG_VIEW) -> View:
        return self.guide(replace(WITHHELD, reason=reason))

    def press(self, button: str, ms: int = 60) -> View:
        self.do(f"b {BUTTONS[button]}")
        self.idle(ms)
        self.do("b 0")
        return self.wait(40)

    def ready(self, limits: wire.Configure = LIMITS) -> Table:
        """Booted, in session, configured, digits shown."""
        self.boot()
        self.greet()
        self.receive(limits)
        self.digest = framing.configure_digest(limits)
        self.guide()
        return self

    def parked(self, limits: wire.Configure = LIMITS) -> Table:
        """Ready, taken to park by a press, digits shown."""
        self.ready(limits)
        self.park()
        self.guide()
        return self

    def park(self) -> View:
        """A press of ARM; until it is there."""
        self.press("arm")
        for _ in range(200):
            if self.view.guard is not wire.Guard.PARKING:
                break
            self.unsure(100)
        assert (self.view.guard, self.view.stop) == (wire.Guard.DISARMED, wire.Stop.PARKED)
        return self.view

    def armed(self) -> Table:
        self.parked()
        self.press("arm")
        self.guide()
        assert self.view.guard is wire.Guard.ARMED
        return self
