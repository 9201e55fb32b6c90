"""The reference firmware on an emulated microcontroller, driven by the real host link over its UART."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from core import Table
from emulated import MISSING, Board, ppm_bits, symbol
from page_code import ADDRESS, NO_ZBAR, ZBAR, read_code
from test_link import LIMITS, POINTING, WITHHELD, Host, wait_for

from firmware_bridge import wire
from firmware_bridge.flash import build_firmware, read_boards
from firmware_bridge.link import StatusHeard


@contextmanager
def hosted(board: Board) -> Iterator[Host]:
    host = Host(board.port_path, LIMITS)
    board.power_up()
    host.link.start()
    try:
        yield host
    finally:
        host.link.stop()


@pytest.fixture
def host(board: Board) -> Iterator[Host]:
    with hosted(board) as host:
        yield host


def status(host: Host) -> wire.Status:
    return host.link.state.status or wire.Status()


def statuses(host: Host, since: int) -> list[StatusHeard]:
    return [event for event in host.events[since:] if isinstance(event, StatusHeard)]


def show_digits(host: Host) -> None:
    wait_for(lambda: status(host).shown is wire.Shown.DIGITS, "digits")


def press(board: Board, host: Host, button: str) -> None:
    """As long as it takes this board to tell of it: on a busy machine its clock sees little of the world's."""
    before = status(host).presses
    board.hold(button, True)
    wait_for(lambda: status(host).presses != before, "the press is told")
    board.hold(button, False)
    wait_for(lambda: status(host).buttons == wire.Button(0), "the release is told")


def free(board: Board, host: Host) -> None:
    """LOCK is held until it has done its work."""
    board.hold("lock", True)
    wait_for(lambda: status(host).guard is wire.Guard.DISARMED, "free")
    board.hold("lock", False)
    wait_for(lambda: status(host).buttons == wire.Button(0), "the release is told")


def arm(board: Board, host: Host, until: Callable[[], bool] = lambda: True) -> int:
    """Until it is armed, and whatever else is waited for: on a busy machine the emulator may fall behind, and the device then rightly locks. How many
    pulses had been written before it last went to park."""
    for _ in range(50):
        if status(host).guard is wire.Guard.LOCKED:
            free(board, host)
        show_digits(host)
        before = len(board.pulses_us())
        press(board, host, "arm")
        wait_for(lambda: status(host).guard is not wire.Guard.PARKING, "the bracket is at park")
        wait_for(lambda: status(host).guard is not wire.Guard.ARMED or until(), "armed and there")
        if status(host).guard is wire.Guard.ARMED:
            return before
    raise AssertionError(f"not armed: {status(host)}")


def lit(table: Table, rows: tuple[str, ...]) -> list[list[bool]]:
    """What the C core draws of these rows."""
    hexed = bytes.fromhex(table.ask(f"pixels :{''.join(rows)}"))
    return [[bool(hexed[16 * y + x // 8] >> (7 - x % 8) & 1) for x in range(128)] for y in range(64)]


def as_said(board: Board, host: Host, table: Table) -> bool:
    """Whether the glass shows the words that the device says it shows."""
    return lit(table, host.link.state.screen) == ppm_bits(board.picture("seen"))


def test_at_power_up_the_display_says_what_it_is(board: Board, table: Table) -> None:
    rows = table.do("boot 1 0 0").rows
    assert "NOT FOR PATIENTS" in rows[5]
    wanted = lit(table, rows)  # its own clock runs only between pictures, and the notice stands for 2 s of it
    assert any(ppm_bits(board.picture_after(0.2, "boot")) == wanted for _ in range(9))


def test_the_display_shows_the_figures_and_the_bracket_follows(board: Board, host: Host, table: Table) -> None:
    show_digits(host)
    wait_for(lambda: host.link.state.screen[1:3] == ("  31.5 mm            ", " -33.7 deg           ") and as_said(board, host, table), "its figures")
    assert not board.pwm_enabled()
    before = arm(board, host, lambda: status(host).applied_tenths_deg == -337)
    pulses = board.pulses_us()[before:]
    assert abs(pulses[-1] - 1163) <= 1.28
    assert all(0 <= sooner - later <= 15 for sooner, later in pairwise(pulses[1:]))  # no leap
    host.guidance = replace(WITHHELD, reason=wire.Reason.FROZEN)
    wait_for(lambda: "PICTURE FROZEN" in "".join(host.link.state.screen) and as_said(board, host, table), "the reason")
    wait_for(lambda: status(host).guard is wire.Guard.LOCKED, "the arm is lost after a second")
    assert board.pulses_us()[-1] == pulses[-1]


@pytest.mark.skipif(ZBAR is None, reason=NO_ZBAR)
def test_the_page_s_code_is_read_off_the_glass(board: Board, host: Host, tmp_path: Path) -> None:
    host.guidance, host.page_address = replace(WITHHELD, reason=wire.Reason.NO_SIGNAL), ADDRESS
    wait_for(lambda: "NO SIGNAL" in "".join(host.link.state.screen), "idle")
    while status(host).shown is not wire.Shown.CODE:  # again where the host fell silent meanwhile, on a busy machine
        before = len(host.events)
        board.hold("procedure", True)
        wait_for(lambda: any(heard.status.shown is wire.Shown.QUESTION for heard in statuses(host, before)), "the question")  # noqa: B023
        board.hold("procedure", False)
        wait_for(lambda: status(host).shown not in (wire.Shown.QUESTION, wire.Shown.BLANK), "an answer, or none")
    wait_for(lambda: read_code(ppm_bits(board.picture("code")), tmp_path) == ADDRESS, "it is read")
    host.guidance = POINTING
    show_digits(host)


@pytest.mark.slow
def test_buttons_choose_procedure_and_side(board: Board, host: Host) -> None:
    show_digits(host)
    press(board, host, "procedure")
    wait_for(lambda: host.link.state.procedure is wire.Procedure.MEDIAL_BRANCH, "the choice reaches the host")
    press(board, host, "side")
    wait_for(lambda: host.link.state.side is wire.Side.LEFT, "the side too")
    assert status(host).refusal is wire.Refusal.OTHER_CHOICE


@pytest.mark.slow
def test_configuration_outlives_a_reset_and_arming_does_not(board: Board, host: Host) -> None:
    show_digits(host)
    wait_for(lambda: host.link.state.configured is not None and host.link.state.configured.bracket == 1, "stored")
    arm(board, host)
    before = host.link.state.counters.sessions
    board.do("system_reset")
    wait_for(lambda: host.link.state.counters.sessions > before, "another session")
    assert host.link.state.configured is not None
    assert (host.link.state.configured.bracket, host.link.state.configured.servo_most_us) == (1, 2000)
    show_digits(host)
    # armed when it was reset: a needle may be in it
    assert status(host).guard is wire.Guard.LOCKED
    assert status(host).servo_us == 0
    free(board, host)
    assert status(host).stop is wire.Stop.UNLOCKED


OLED_STATUS = 0x2000FFF0  # in RAM that nothing clears, in the place of the SSI's own
TAKES_NOTHING, TAKES_ALL = 0, 2
PANEL_SUPPLY = 0x400063FC  # port C, bit 6


@pytest.fixture(scope="module")
def stubborn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firmware with an OLED whose status is a word of RAM: all zeros at power-up, it never takes a byte."""
    if MISSING:
        pytest.skip("; ".join(MISSING))
    image, board = tmp_path_factory.mktemp("stubborn") / "tuffier.elf", read_boards()["lm3s6965"]
    build_firmware(replace(board, build=(*board.build, f"-DSSI_SR=REG({OLED_STATUS:#x}u)")), image)
    return image


def lit_panel(board: Board) -> bool:
    return bool(board.read_word(PANEL_SUPPLY) & 0x40)


def test_an_oled_that_never_takes_a_byte_ends_in_the_watchdog_and_dark(stubborn: Path, tmp_path: Path) -> None:
    """The watchdog had been started after the first of these waits: the board hung for ever, an old picture on its glass."""
    with Board(stubborn, tmp_path) as board:
        board.power_up()
        wait_for(lambda: not lit_panel(board) and board.resets >= 3, "reset again and again")
        assert not board.pwm_enabled()
        board.write_word(OLED_STATUS, TAKES_ALL)
        wait_for(lambda: lit_panel(board), "a picture once it takes bytes")
        board.write_word(OLED_STATUS, TAKES_NOTHING)
        wait_for(lambda: not lit_panel(board), "dark again")


def test_a_hung_firmware_is_reset_by_its_watchdog(firmware: Path, tmp_path: Path) -> None:
    """Its UART's FIFO may be full at the reset: an emulated one said nothing more then, until the firmware emptied it."""
    with Board(firmware, tmp_path) as board, hosted(board) as host:
        arm(board, host)
        board.hang(symbol(firmware, "hang"))
        wait_for(lambda: wire.Fault.WATCHDOG_RESET in status(host).faults, "reset by the watchdog")
        show_digits(host)
        press(board, host, "arm")
        assert status(host).guard is wire.Guard.LOCKED

