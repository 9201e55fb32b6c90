"""The one owner of the serial port: sends the newest guidance, keeps the session, reconnects for ever.

Rule 1: only this file imports serial, and only its thread touches the port.
Rule 2: age is filled in last, just before writing.
Rule 3: the digest of the Configure that this host aims with goes out with every Guidance, and the Configure again at each change to DISARMED.
Rule 4: this thread's end by a fault is told: to the device at once, to the main loop by `trouble`.
Rule 5: the page's address, which holds its token, goes out only to a device that asks, and into no event.
Rule 6: a write that times out closes the port: nobody knows how many bytes went out, and the framing resynchronises.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeAlias

import serial

from firmware_bridge import framing, wire

READ_MOST_BYTES = 4096
WRITE_TIMEOUT_S: Final = 0.1
OUTBOX_WAIT_S: Final = 0.01
BOOTLOADER_NS: Final = 4_000_000_000  # a board that opening the port resets sits in its bootloader first
BACK_OFF_S: Final = (0.05, 0.1, 0.2)  # the last one repeats: an unplugged device is back within 1 s
ANSWER_NS: Final = 300_000_000  # an answer may be lost on the way: said again while the device still asks
OFFER_NS: Final = 1_000_000_000  # a Configure may be lost on the way: offered again while the device is free and holds another
STALLED_NS: Final = (wire.SILENT_MS - wire.HEARTBEAT_MS) * 1_000_000  # stopped for so long, this process may count as gone at the device
UNKNOWN_MS: Final = 0xFFFF
DEVICE_VERSION_CURE: Final = "run `tuffier flash` to put this version's firmware on the device, or install the version it was built for"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A guidance without session, heard and age, and when its frame was captured (monotonic clock)."""

    guidance: wire.Guidance
    captured_ns: int


@dataclass(frozen=True, slots=True)
class PortOpened:
    path: str


@dataclass(frozen=True, slots=True)
class PortLost:
    """The port is closed and will be tried again for ever. why is one line for the operator."""

    why: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A session began with this device."""

    hello: wire.Hello


@dataclass(frozen=True, slots=True)
class Refused:
    """The device was built from another wire.toml. Nothing but Hello is said to it."""

    why: str
    cure: str


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """The operator chose procedure and side at the device."""

    procedure: wire.Procedure
    side: wire.Side


@dataclass(frozen=True, slots=True)
class DeviceSaid:
    log: wire.Log


@dataclass(frozen=True, slots=True)
class StatusHeard:
    """former is None for a session's first one."""

    status: wire.Status
    former: wire.Status | None


@dataclass(frozen=True, slots=True)
class ScreenHeard:
    screen: wire.Screen


@dataclass(frozen=True, slots=True)
class ConfigureHeard:
    """What the device says it holds. agreed: it is what this host aims with."""

    configure: wire.Configure
    agreed: bool


@dataclass(frozen=True, slots=True)
class ConfigureOffered:
    configure: wire.Configure


@dataclass(frozen=True, slots=True)
class PageAsked:
    """The operator asked at the device for the page's address. told: there is one that another machine reaches."""

    told: bool


LinkEvent: TypeAlias = (
    PortOpened
    | PortLost
    | Connected
    | Refused
    | ChoiceMade
    | DeviceSaid
    | StatusHeard
    | ScreenHeard
    | ConfigureHeard
    | ConfigureOffered
    | PageAsked
)


@dataclass(frozen=True, slots=True)
class Counters:
    guidance_sent: int = 0
    packets_read: int = 0
    packets_bad: int = 0
    opened: int = 0
    sessions: int = 0
    write_timeouts: int = 0


@dataclass(frozen=True, slots=True)
class LinkState:
    """What the link knows, for other threads. problem is "" or one line with its cure. digest: of the Configure that this host aims with."""

    port_open: bool = False
    connected: bool = False
    hello: wire.Hello | None = None
    status: wire.Status | None = None
    configured: wire.Configure | None = None
    digest: int = 0
    procedure: wire.Procedure = wire.Procedure.NONE
    side: wire.Side = wire.Side.NONE
    screen: tuple[str, ...] = ()
    problem: str = ""
    said: str = ""  # the last Log of this session
    counters: Counters = field(default_factory=Counters)

    @property
    def differs(self) -> str:
        """Why the bracket does not arm though both are there: one line with its cure, or nothing."""
        status = self.status
        if status is None or not self.digest or status.configure_digest == self.digest:
            return ""
        if wire.Fault.BAD_CONFIGURATION in status.faults:
            return "no bracket: the configuration is beyond what this device was built for: narrow [bracket]"
        if status.guard is not wire.Guard.DISARMED:
            return "no bracket: the device holds another configuration and is locked: take the needle out, hold LOCK for 1 s"
        return "no bracket: the device holds another configuration: it is being told"


class Port(Protocol):
    """What of a serial port is used."""

    def read(self, size: int, /) -> bytes: ...

    def write(self, content: bytes, /) -> int | None: ...


@dataclass(slots=True)
class _Conversation:
    """What holds for one opening of the port."""

    port: Port
    decoder: framing.DecoderState = field(default_factory=framing.DecoderState)
    session: int = 0
    wanted_session: int = 0
    challenge: int = 0
    last_frame_id: int | None = None
    heard_ms: int | None = None
    heard_ns: int = 0
    last_packet_ns: int = 0
    hello_ns: int = 0
    heartbeat_ns: int = 0
    stranger: bool = False
    offered_ns: int | None = None  # None: not since the device was last not free
    turn_ns: int = 0
    answered_ns: int | None = None  # None: the device does not ask for the page's address


class Link(threading.Thread):
    """Owns device_path from start() to stop().

    outbox(timeout_s) waits for the newest Outgoing or returns None; on_event is called in this thread and must be quick; health() fills
    a Heartbeat (its session is set here); latency_ms is the profile's: from the probe to the kernel's capture time. configure is what the host
    aims with: offered to a device that is free and holds another. page_address(): what a browser opens, with the token; "" where there is none that
    another machine reaches, or none that fits. clock_ns: monotonic. trouble: why the thread ended by itself.
    """

    def __init__(
        self,
        device_path: str,
        outbox: Callable[[float], Outgoing | None],
        on_event: Callable[[LinkEvent], None],
        *,
        latency_ms: int = 0,
        health: Callable[[], wire.Heartbeat] = wire.Heartbeat,
        configure: wire.Configure | None = None,
        baud_bps: int = wire.BAUD_BPS,
        version: tuple[int, int, int] = (0, 1, 0),
        page_address: Callable[[], str] = str,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        super().__init__(name="link", daemon=True)
        self.state = LinkState(digest=framing.configure_digest(configure))
        self.trouble = ""
        self.turned_ns = clock_ns()
        self._clock_ns = clock_ns
        self._path = device_path
        self._outbox = outbox
        self._on_event = on_event
        self._latency_ms = latency_ms
        self._health = health
        self._configure = configure
        self._baud_bps = baud_bps
        self._version = version
        self._page_address = page_address
        self._stopping = threading.Event()

    def stop(self, timeout_s: float = 2.0) -> None:
        self._stopping.set()
        if self.is_alive():
            self.join(timeout_s)

    def run(self) -> None:
        try:
            self._run()
        except Exception as error:
            self.trouble = f"link: {type(error).__name__}: {error}"
            raise

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self.turned_ns = self._clock_ns()
            try:
                with self._open() as port:
                    failures = 0
                    self._talk(_Conversation(port))
            except (OSError, termios.error, _PortSilentError) as error:
                self._lose(_why(self._path, error))
            self._stopping.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    def _open(self) -> serial.Serial:
        port = serial.Serial(self._path, self._baud_bps, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
        with contextlib.suppress(OSError, ValueError, NotImplementedError, AttributeError):
            port.set_low_latency_mode(True)  # a pty and a USB CDC device have no such mode
        port.reset_input_buffer()
        counters = self.state.counters
        self._update(port_open=True, counters=replace(counters, opened=counters.opened + 1))
        return port

    def _lose(self, why: str) -> None:
        if self.state.port_open or self.state.problem != why:
            self._update(port_open=False, connected=False, status=None, screen=(), problem=why)
            self._on_event(PortLost(why))

    def _talk(self, talk: _Conversation) -> None:
        """Until the port fails or stop(). Raises what pyserial raises, and _PortSilentError."""
        self._begin(talk)
        try:
            while not self._stopping.is_set():
                self._turn(talk, self._outbox(OUTBOX_WAIT_S))
        except (OSError, termios.error, _PortSilentError):
            raise
        except Exception:
            self._last_words(talk)
            raise

    def _begin(self, talk: _Conversation) -> None:
        self._on_event(PortOpened(self._path))
        talk.last_packet_ns = self._clock_ns() + BOOTLOADER_NS
        talk.port.write(b"\0")  # ends what a former host may have begun
        self._say_hello(talk)
        talk.turn_ns = self._clock_ns()

    def _turn(self, talk: _Conversation, outgoing: Outgoing | None) -> None:
        """Hears what came, says what is due."""
        last_ns, talk.turn_ns = talk.turn_ns, self._clock_ns()
        self.turned_ns = talk.turn_ns
        if talk.session != 0 and talk.turn_ns - last_ns > STALLED_NS:
            self._end_session(talk)  # the device has given us up meanwhile, and waits for a greeting without a word
            self._say_hello(talk)
        self._listen(talk)
        if outgoing is not None and talk.session != 0:
            self._send_guidance(talk, outgoing)
        self._keep_alive(talk)

    def _last_words(self, talk: _Conversation) -> None:
        """A fault of this thread ends the process: the device shows so at once."""
        if talk.session != 0 and talk.last_frame_id is not None:
            fault = wire.Guidance(session=talk.session, frame_id=talk.last_frame_id, reason=wire.Reason.HOST_FAULT)
            with contextlib.suppress(OSError):
                talk.port.write(framing.frame(fault))

    def _keep_alive(self, talk: _Conversation) -> None:
        now_ns = self._clock_ns()
        if now_ns - talk.last_packet_ns > wire.SILENT_MS * 1_000_000:
            raise _PortSilentError
        if talk.session == 0 and now_ns - talk.hello_ns > wire.HELLO_MS * 1_000_000:
            self._say_hello(talk)
        if talk.session != 0 and now_ns - talk.heartbeat_ns > wire.HEARTBEAT_MS * 1_000_000:
            talk.heartbeat_ns = now_ns
            self._write(talk, _sendable(replace(self._health(), session=talk.session), wire.Heartbeat(session=talk.session)))

    def _write(self, talk: _Conversation, message: wire.Message) -> None:
        try:
            talk.port.write(framing.frame(message))
        except serial.SerialTimeoutException:
            counters = self.state.counters
            self._update(counters=replace(counters, write_timeouts=counters.write_timeouts + 1))
            raise

    def _say_hello(self, talk: _Conversation) -> None:
        """Ask for a session: with the device's present challenge it is granted."""
        talk.hello_ns = self._clock_ns()
        if talk.wanted_session == 0:
            talk.wanted_session = secrets.randbits(32) or 1
        major, minor, patch = self._version
        hello = wire.Hello(
            role=wire.Role.HOST,
            protocol=wire.PROTOCOL,
            layout=wire.LAYOUT,
            session=talk.wanted_session,
            challenge=talk.challenge,
            version_major=major,
            version_minor=minor,
            version_patch=patch,
        )
        self._write(talk, hello)

    def _send_guidance(self, talk: _Conversation, outgoing: Outgoing) -> None:
        frame_id = outgoing.guidance.frame_id & 0xFFFFFFFF
        if talk.last_frame_id is not None and _went_back(frame_id, talk.last_frame_id):
            if outgoing.guidance.state is wire.State.POINTING:
                self._end_session(talk)  # another clip: its ids begin anew, and the device must know that
                self._say_hello(talk)
                return
            frame_id = talk.last_frame_id  # what is withheld needs no frame of its own
        talk.last_frame_id = frame_id
        now_ns = self._clock_ns()
        stamped = replace(
            outgoing.guidance,
            session=talk.session,
            frame_id=frame_id,
            heard_ms=talk.heard_ms or 0,
            since_heard_ms=UNKNOWN_MS if talk.heard_ms is None else min((now_ns - talk.heard_ns) // 1_000_000, UNKNOWN_MS),
            age_ms=age_ms(outgoing.captured_ns, now_ns, self._latency_ms),
            configure_digest=self.state.digest,
        )
        fault = replace(_NO_NUMBER, session=talk.session, frame_id=frame_id, procedure=stamped.procedure, side=stamped.side, picture=stamped.picture,
                        configure_digest=stamped.configure_digest)  # fmt: skip
        self._write(talk, _sendable(stamped, fault))
        counters = self.state.counters
        self._update(counters=replace(counters, guidance_sent=counters.guidance_sent + 1))

    def _end_session(self, talk: _Conversation) -> None:
        talk.session = 0
        talk.wanted_session = 0
        talk.last_frame_id = None
        talk.offered_ns = None
        self._update(connected=False, status=None, screen=(), said="")  # what the former session said holds no more

    def _listen(self, talk: _Conversation) -> None:
        received = talk.port.read(READ_MOST_BYTES)
        if not received:
            return
        talk.decoder, packets = framing.feed(talk.decoder, received)
        bad = sum(isinstance(packet, wire.Bad) for packet in packets)
        counters = self.state.counters
        self._update(
            counters=replace(
                counters, packets_read=counters.packets_read + len(packets) - bad, packets_bad=counters.packets_bad + bad
            )
        )
        for packet in packets:
            self._hear(talk, packet)

    def _hear(self, talk: _Conversation, packet: framing.Received) -> None:
        if isinstance(packet, wire.Bad):
            return
        talk.last_packet_ns = self._clock_ns()
        match packet:
            case framing.Stranger():
                self._refuse(talk, packet)
            case wire.Hello(role=wire.Role.DEVICE):
                self._hear_hello(talk, packet)
            case wire.Status():
                self._hear_status(talk, packet)
            case wire.Configure():
                self._hear_configure(packet)
            case wire.Screen():
                rows = packet.rows.ljust(wire.SCREEN_COLUMNS * wire.SCREEN_ROWS)
                width = wire.SCREEN_COLUMNS
                self._update(screen=tuple(rows[i : i + width] for i in range(0, len(rows), width)))
                self._on_event(ScreenHeard(packet))
            case wire.Log():
                self._update(said=packet.line)
                self._on_event(DeviceSaid(packet))
            case _:
                pass  # a host's own message, come back

    def _refuse(self, talk: _Conversation, stranger: framing.Stranger) -> None:
        why = f"the device speaks layout {stranger.layout:08X}, this host {wire.LAYOUT:08X}"
        self._end_session(talk)
        if not talk.stranger:
            talk.stranger = True
            self._update(problem=f"{why}: {DEVICE_VERSION_CURE}")
            self._on_event(Refused(why, DEVICE_VERSION_CURE))

    def _hear_hello(self, talk: _Conversation, hello: wire.Hello) -> None:
        news = hello.challenge != talk.challenge
        talk.challenge = hello.challenge
        talk.stranger = False
        if hello.session != 0 and hello.session == talk.wanted_session:
            if talk.session == 0:
                talk.session = hello.session
                counters = self.state.counters
                self._update(connected=True, hello=hello, problem="", counters=replace(counters, sessions=counters.sessions + 1))
                self._on_event(Connected(hello))
            return
        if talk.session != 0:
            self._end_session(talk)  # it restarted, or another host took it
        if news:
            self._say_hello(talk)  # a challenge answered already needs no second answer

    def _hear_status(self, talk: _Conversation, status: wire.Status) -> None:
        talk.heard_ms, talk.heard_ns = status.device_ms, self._clock_ns()
        if talk.session != 0 and status.session != talk.session:
            self._end_session(talk)
            self._say_hello(talk)
        chosen = (status.procedure, status.side)
        changed = chosen != (self.state.procedure, self.state.side)
        former = self.state.status
        self._update(status=status, procedure=status.procedure, side=status.side)
        self._on_event(StatusHeard(status, former))
        if changed:
            self._on_event(ChoiceMade(*chosen))
        self._offer(talk, status)
        self._tell_page(talk, status)

    def _tell_page(self, talk: _Conversation, status: wire.Status) -> None:
        if status.shown is not wire.Shown.QUESTION or talk.session == 0:
            talk.answered_ns = None
            return
        now_ns = self._clock_ns()
        if talk.answered_ns is not None and now_ns - talk.answered_ns < ANSWER_NS:
            return
        none = wire.PageAddress(session=talk.session)
        answer = _sendable(replace(none, address=self._page_address()), none)
        self._write(talk, answer)
        if talk.answered_ns is None:
            self._on_event(PageAsked(answer != none))
        talk.answered_ns = now_ns

    def _offer(self, talk: _Conversation, status: wire.Status) -> None:
        """Only a device that is free takes a Configure. One that has refused it as beyond its build is not asked again before it was not free."""
        if status.guard is not wire.Guard.DISARMED:
            talk.offered_ns = None
            return
        wanted, now_ns = self._configure, self._clock_ns()
        lost = wire.Fault.CONFIGURATION_LOST in status.faults  # until it is told, even where its default is the host's
        if wanted is None or talk.session == 0 or (status.configure_digest == self.state.digest and not lost):
            return
        beyond = wire.Fault.BAD_CONFIGURATION in status.faults
        if talk.offered_ns is None or (not beyond and now_ns - talk.offered_ns >= OFFER_NS):
            talk.offered_ns = now_ns
            self._write(talk, replace(wanted, session=talk.session))
            self._on_event(ConfigureOffered(wanted))

    def _hear_configure(self, configured: wire.Configure) -> None:
        self._update(configured=configured)
        self._on_event(ConfigureHeard(configured, framing.configure_digest(configured) == self.state.digest))

    def _update(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # one writer; readers see the old or the new one


_NO_NUMBER: Final = wire.Guidance(reason=wire.Reason.HOST_FAULT)


def _sendable(message: wire.Message, instead: wire.Message) -> wire.Message:
    """The message, or the other one when a field is out of range: a fault of this host must not end the thread that could tell of it."""
    try:
        message.payload()
    except ValueError:
        return instead
    return message


class _PortSilentError(Exception):
    """Nothing was heard for wire.SILENT_MS although the port is open."""


def age_ms(captured_ns: int, now_ns: int, latency_ms: int) -> int:
    """Whole milliseconds, rounded up; UNKNOWN_MS for a capture in the future: a clock jumped, and no age is known."""
    if captured_ns > now_ns:
        return UNKNOWN_MS
    return min(-(-(now_ns - captured_ns) // 1_000_000) + latency_ms, UNKNOWN_MS)


def _went_back(frame_id: int, last_frame_id: int) -> bool:
    return (frame_id - last_frame_id) & 0xFFFFFFFF >= 0x80000000


def _why(path: str, error: BaseException) -> str:
    """One line for the operator, with its cure."""
    if isinstance(error, _PortSilentError):
        return f"{path} is open but the device says nothing: is it this device, powered, and at {wire.BAUD_BPS} baud?"
    if isinstance(error, serial.SerialTimeoutException):
        return f"{path} takes no bytes: unplug the device and plug it in again"
    if not os.path.exists(path):
        return f"{path} is not there: plug the device in, or name another with --device"
    if getattr(error, "errno", None) == errno.EPERM:
        # not the file's mode: a service's own limits, settled before the driver was there
        return f"{path} is closed to this service: sudo systemctl restart tuffier"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"{path} may not be opened: sudo usermod -aG dialout $USER, then log in again"
    return f"{path} failed ({error}): is another program using it?"
