"""The real host link beside an emulated Pico, both in the board's own time, a step at a time: this machine's load changes nothing. Not a test."""

from __future__ import annotations

from dataclasses import replace

from core import LIMITS, POINTING, WITHHELD
from pico import PicoBoard

from firmware_bridge import wire
from firmware_bridge.link import Link, LinkEvent, Outgoing, _Conversation

STEP_MS = 5
FRAME_MS = 30
AGE_MS = 30
SEEN = replace(POINTING, session=0, age_ms=0, since_heard_ms=0)
NOT_SEEN = replace(WITHHELD, session=0)
CONFIGURE = replace(LIMITS, session=0, slew_tenths_deg_per_s=300)


class Stepped:
    """A host that points at one target every 30 ms of the board's time until told otherwise. guidance None: it says nothing; cut: no cable."""

    def __init__(self, board: PicoBoard, configure: wire.Configure = CONFIGURE) -> None:
        self.board = board
        self.guidance: wire.Guidance | None = SEEN
        self.cut = False
        self.now_ms = 0
        self.captured_ms = 0  # of the last Pointing that was sent
        self.events: list[LinkEvent] = []
        self.pulses: list[tuple[float, float]] = []
        self._frame_id = 0
        self._to_device = b""
        self._from_device = b""
        self.page_address = ""
        self.link = Link(
            "none", lambda _: None, self.events.append, configure=configure, page_address=lambda: self.page_address,
            clock_ns=lambda: self.now_ms * 1_000_000,
        )  # fmt: skip
        self._there = board.port == "uart"
        self._talk = _Conversation(self)
        if self._there:
            self.link._begin(self._talk)

    def read(self, size: int, /) -> bytes:
        heard, self._from_device = self._from_device[:size], self._from_device[size:]
        return heard

    def write(self, content: bytes, /) -> int:
        self._to_device += content
        return len(content)

    @property
    def status(self) -> wire.Status:
        return self.link.state.status or wire.Status()

    def step(self) -> None:
        """5 ms of the board's time."""
        outgoing = None
        if self.guidance is not None and self.now_ms % FRAME_MS == 0:
            self._frame_id += 1
            captured_ms = self.now_ms - AGE_MS
            outgoing = Outgoing(replace(self.guidance, frame_id=self._frame_id), captured_ms * 1_000_000)
            if self.guidance.state is wire.State.POINTING and not self.cut and self._there:
                self.captured_ms = captured_ms
        if not self.cut and self._there:
            self.link._turn(self._talk, outgoing)
        sent, self._to_device = (b"" if self.cut else self._to_device), b""
        came = self.board.step(STEP_MS, sent)
        self.now_ms += STEP_MS
        self._see(there=bool(came.get("there", True)))
        self._from_device += b"" if self.cut else bytes.fromhex(str(came["sent"]))
        pulses = came["pulses"]
        assert isinstance(pulses, list)
        self.pulses += [(start_ms, width_us) for start_ms, width_us in pulses]

    def _see(self, *, there: bool) -> None:
        """A USB port comes with its enumeration and goes with the device: opened anew as the link's own loop does."""
        if self._there and not there:
            self.link._lose("gone")
            self._from_device = b""
        if there and not self._there:
            self._talk = _Conversation(self)
            self.link._begin(self._talk)
        self._there = there

    def run(self, ms: int) -> None:
        for _ in range(ms // STEP_MS):
            self.step()

    def until(self, condition: object, what: str, most_ms: int = 5000) -> int:
        """How long it took, in ms of the board's time."""
        assert callable(condition)
        from_ms = self.now_ms
        while not condition():
            assert self.now_ms - from_ms < most_ms, f"not within {most_ms} ms: {what}: {self.status}"
            self.step()
        return self.now_ms - from_ms

    def press(self, button: str, ms: int = 100) -> None:
        for closed in (True, False):
            self.board.ask("button", name=button, closed=closed)
            self.run(ms if closed else 60)

    def digits(self) -> None:
        self.until(lambda: self.status.shown is wire.Shown.DIGITS, "digits")

    def arm(self) -> None:
        """The first press parks, the next arms."""
        self.until(lambda: self.link.state.configured is not None and self.status.configure_digest == self.link.state.digest != 0, "configured")
        self.digits()
        self.press("arm")
        self.until(lambda: self.status.stop is wire.Stop.PARKED, "at park", 20_000)
        self.digits()
        self.press("arm")
        self.until(lambda: self.status.guard is wire.Guard.ARMED, "armed")
