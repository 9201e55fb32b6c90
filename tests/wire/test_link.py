"""The real host link with the real C core over a real pty."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import core
import pytest
from page_code import ADDRESS

from firmware_bridge import framing, wire
from firmware_bridge.link import ConfigureOffered, Connected, Link, LinkEvent, Outgoing, PageAsked, _Conversation, age_ms
from firmware_bridge.sim import SimDevice

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev")

# the link fills in session and ages itself
POINTING = replace(core.POINTING, session=0, age_ms=0, since_heard_ms=0)
WITHHELD = replace(core.WITHHELD, session=0)
LIMITS = replace(core.LIMITS, session=0, slew_tenths_deg_per_s=300)


def wait_for(condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
    """Poll; fail by name when it does not come true."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"not within {timeout_s} s: {what}"
        time.sleep(0.005)


class Host:
    """A host that points at one target 30 times a second until told otherwise."""

    def __init__(self, path: str, configure: wire.Configure | None = None) -> None:
        self.guidance: wire.Guidance | None = POINTING
        self.age_ns = 30_000_000
        self.events: list[LinkEvent] = []
        self._frame_id = 0
        self.page_address = ""
        self.link = Link(path, self._outbox, self.events.append, configure=configure, page_address=lambda: self.page_address)

    def restart_frames(self) -> None:
        """Another clip."""
        self._frame_id = 0

    def _outbox(self, timeout_s: float) -> Outgoing | None:
        time.sleep(timeout_s)
        if self.guidance is None:
            return None
        self._frame_id += 1
        return Outgoing(replace(self.guidance, frame_id=self._frame_id), time.monotonic_ns() - self.age_ns)


@pytest.fixture
def sim() -> Iterator[SimDevice]:
    with SimDevice() as device:
        yield device


@pytest.fixture
def host(sim: SimDevice) -> Iterator[Host]:
    host = Host(sim.port_path, LIMITS)
    host.link.start()
    yield host
    host.link.stop()


def figures(sim: SimDevice) -> str:
    """Rows 1 to 4: row 0 names the procedure and may hold a digit (S1)."""
    return "".join(sim.screen_lines()[1:5])


def status(sim: SimDevice) -> wire.Status:
    return sim.status or wire.Status()


def press(sim: SimDevice, button: str) -> None:
    """As long as it takes this device to tell of it, and of its end."""
    before = status(sim).presses
    sim.tell(f"press {button}")
    wait_for(lambda: status(sim).presses != before, "the press is told")
    sim.tell(f"release {button}")
    wait_for(lambda: status(sim).buttons == wire.Button(0), "the release is told")


def locked(sim: SimDevice) -> bool:
    """By its display: without a host it says no Status."""
    return sim.screen_lines()[5].endswith("LOCKED")


def free(sim: SimDevice) -> None:
    """LOCK is held until it has done its work."""
    sim.tell("press lock")
    wait_for(lambda: not locked(sim), "free")
    sim.tell("release lock")


def aim(sim: SimDevice, limits: wire.Configure, tenths_deg: int) -> None:
    """Parked, armed and there. On a busy machine the host falls silent at times, the device rightly locks, and it begins again."""
    wait_for(lambda: status(sim).configure_digest == framing.configure_digest(limits), "configured")
    for _ in range(50):
        if locked(sim):
            free(sim)
        wait_for(lambda: sim.shown is wire.Shown.DIGITS, "digits")
        press(sim, "arm")
        wait_for(lambda: status(sim).guard is not wire.Guard.PARKING, "the bracket is at park")
        wait_for(lambda: status(sim).guard is not wire.Guard.ARMED or status(sim).applied_tenths_deg == tenths_deg, "the bracket aims")
        if status(sim).guard is wire.Guard.ARMED:
            return
    raise AssertionError(f"never aimed: {status(sim)}")


def has_digits(sim: SimDevice) -> bool:
    return any(letter.isdigit() for letter in figures(sim))


def test_a_pointing_reaches_the_display(sim: SimDevice, host: Host) -> None:
    rows = ["FACET           RIGHT", "  31.5 mm            ", " -33.7 deg           "]
    wait_for(lambda: sim.screen_lines()[:3] == rows and host.link.state.connected, "what was sent")
    assert any(isinstance(event, Connected) for event in host.events)


def test_withheld_shows_its_reason(sim: SimDevice, host: Host) -> None:
    wait_for(lambda: sim.shown is wire.Shown.DIGITS, "digits")
    host.guidance = replace(WITHHELD, reason=wire.Reason.WRONG_VIEW)
    wait_for(lambda: "WRONG VIEW" in figures(sim), "the reason")
    assert not has_digits(sim)


def test_the_bracket_moves_only_after_arm(sim: SimDevice, host: Host) -> None:
    wait_for(lambda: sim.shown is wire.Shown.DIGITS and host.link.state.configured, "digits")
    assert sim.state.servo_us == 0
    aim(sim, LIMITS, -337)


def test_a_guidance_that_cannot_be_sent_is_told_as_a_fault(sim: SimDevice, host: Host) -> None:
    wait_for(lambda: sim.shown is wire.Shown.DIGITS, "digits")
    host.guidance = replace(POINTING, depth_tenths_mm=5000)
    wait_for(lambda: "HOST FAULT" in figures(sim), "the fault")
    host.guidance = POINTING
    wait_for(lambda: sim.shown is wire.Shown.DIGITS, "digits again")


def test_the_links_own_fault_is_told_without_another_procedure_or_a_demo(sim: SimDevice, host: Host) -> None:
    """Its last words name no procedure and no picture: what the host is about stays as it was."""
    aim(sim, LIMITS, -337)

    def failing(_talk: object) -> None:
        raise RuntimeError("injected")

    host.link._listen = failing  # type: ignore[method-assign]
    wait_for(lambda: any("HOST FAULT" in "".join(drawn.rows) for drawn in sim.history()), "the fault")
    told = next(drawn.rows for drawn in sim.history() if "HOST FAULT" in "".join(drawn.rows))
    assert told[0] == "FACET           RIGHT"
    assert "DEMO" not in "".join(told)
    wait_for(lambda: locked(sim), "locked")
    assert status(sim).stop not in (wire.Stop.NOT_LIVE, wire.Stop.OTHER_CONFIGURATION, wire.Stop.CHOICE_CHANGED)


def test_a_withheld_of_an_old_frame_goes_out(sim: SimDevice, host: Host) -> None:
    """A Pointing whose ids begin anew is another clip's and needs a session of its own; what is withheld needs none."""
    wait_for(lambda: sim.shown is wire.Shown.DIGITS, "digits")
    begun: list[wire.Guidance] = []
    begins, sends = host.link._end_session, host.link._send_guidance

    def sending(talk: _Conversation, outgoing: Outgoing) -> None:
        def ending(talk: _Conversation) -> None:
            begun.append(outgoing.guidance)
            begins(talk)

        host.link._end_session = ending  # type: ignore[method-assign]
        sends(talk, outgoing)
        host.link._end_session = begins  # type: ignore[method-assign]

    host.link._send_guidance = sending  # type: ignore[method-assign]
    host.guidance = wire.Guidance(reason=wire.Reason.SOURCE_LOST)
    host.restart_frames()
    wait_for(lambda: "SOURCE LOST" in figures(sim), "the reason")
    assert begun == []
    host.guidance = POINTING
    host.restart_frames()
    wait_for(lambda: begun, "a session for the other clip")


AGES = [
    ("now", 0, 0, 0, 0),
    ("rounded up", 0, 1, 0, 1),
    ("latency counts", 0, 5_000_000, 90, 95),
    ("the future", 2, 1, 0, 65535),
    ("long ago", 0, 10**15, 0, 65535),
]


@pytest.mark.parametrize(("name", "captured_ns", "now_ns", "latency_ms", "expected"), AGES, ids=[case[0] for case in AGES])
def test_age(name: str, captured_ns: int, now_ns: int, latency_ms: int, expected: int) -> None:  # noqa: ARG001
    assert age_ms(captured_ns, now_ns, latency_ms) == expected


def ask_page(sim: SimDevice, answered: Callable[[], bool]) -> None:
    """Again where the host fell silent meanwhile, on a busy machine."""
    for _ in range(20):
        before = len(sim.history())
        sim.tell("press procedure")
        wait_for(lambda: any(drawn.shown is wire.Shown.QUESTION for drawn in sim.history()[before:]), "the question")  # noqa: B023
        sim.tell("release procedure")
        wait_for(lambda: sim.shown is not wire.Shown.QUESTION, "an answer, or none")
        if answered():
            return
    raise AssertionError(f"never answered: {sim.screen_lines()}")


def test_a_device_that_asks_is_told_the_page_s_address_and_no_event_holds_it(sim: SimDevice, host: Host) -> None:
    host.guidance = replace(WITHHELD, reason=wire.Reason.NO_SIGNAL)
    host.page_address = ADDRESS
    wait_for(lambda: "NO SIGNAL" in figures(sim), "idle")
    ask_page(sim, lambda: sim.shown is wire.Shown.CODE)
    wait_for(lambda: PageAsked(True) in host.events, "it is said")
    assert not any(ADDRESS[28:] in repr(event) for event in host.events)
    assert ADDRESS[28:] not in repr(host.link.state)
    host.guidance = POINTING
    wait_for(lambda: sim.shown is wire.Shown.DIGITS, "digits")


@pytest.mark.parametrize("address", ["", "http://" + 47 * "a", "http://bücher"])
def test_without_an_address_that_fits_the_device_says_so(sim: SimDevice, host: Host, address: str) -> None:
    host.guidance = replace(WITHHELD, reason=wire.Reason.NO_SIGNAL)
    host.page_address = address
    wait_for(lambda: "NO SIGNAL" in figures(sim), "idle")
    ask_page(sim, lambda: any("NO PAGE TO REACH" in "".join(drawn.rows) for drawn in sim.history()))
    wait_for(lambda: PageAsked(False) in host.events, "it is said")


LEFT = replace(LIMITS, mirrored=1)


def run_host(sim: SimDevice, limits: wire.Configure) -> Host:
    host = Host(sim.port_path, limits)
    host.link.start()
    return host


def test_a_configure_refused_while_locked_is_offered_again_and_nothing_arms_by_the_old_one(sim: SimDevice) -> None:
    """Armed with the marker right; the service stopped; started with a marker-left profile; UNLOCK, ARM: it had gone to the other side."""
    host = run_host(sim, LIMITS)
    aim(sim, LIMITS, -337)
    host.link.stop()
    wait_for(lambda: locked(sim), "locked")
    host = run_host(sim, LEFT)
    try:
        wait_for(lambda: "OTHER CONFIG" in sim.screen_lines()[5], "the device says why")
        wait_for(lambda: "another configuration and is locked" in host.link.state.differs, "so does the host")
        press(sim, "arm")
        assert (status(sim).guard, status(sim).applied_tenths_deg) == (wire.Guard.LOCKED, -337)
        wait_for(lambda: has_digits(sim), "digits may stand")
        free(sim)
        wait_for(lambda: status(sim).configure_digest == framing.configure_digest(LEFT), "offered again once free")
        wait_for(lambda: host.link.state.connected and host.link.state.differs == "", "one truth")
        aim(sim, LEFT, 337)
    finally:
        host.link.stop()


def test_a_lost_configuration_is_told_again_though_it_is_the_default(tmp_path: Path) -> None:
    """The device's default is then the host's too, and its fault had stood until the next power-up."""
    kept = tmp_path / "record"
    kept.write_bytes(b"\x5a" * 82)
    with SimDevice(kept) as sim:
        first = run_host(sim, LIMITS)
        wait_for(lambda: first.link.state.configured is not None, "it says what it holds")
        default = first.link.state.configured
        first.link.stop()
        assert default is not None
        host = run_host(sim, default)
        try:
            wait_for(lambda: host.link.state.status is not None, "a session")
            sim.tell("press lock")
            wait_for(lambda: sim.status is not None and sim.status.faults == wire.Fault(0), "told once it was free")
        finally:
            host.link.stop()


def test_a_configure_beyond_the_build_is_refused_and_said(sim: SimDevice) -> None:
    host = run_host(sim, replace(LIMITS, angle_least_tenths_deg=-10, angle_most_tenths_deg=10, servo_least_us=600, servo_most_us=2400))
    try:
        wait_for(lambda: "beyond what this device was built for" in host.link.state.differs, "the host says so")
        wait_for(lambda: host.link.state.said == "configuration beyond this device", "the device's own words are heard")
        time.sleep(1.5)
        assert sum(isinstance(event, ConfigureOffered) for event in host.events) <= sum(isinstance(event, Connected) for event in host.events)
    finally:
        host.link.stop()
