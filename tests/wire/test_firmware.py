"""The reference firmware on an emulated microcontroller, driven by the real host link over its UART."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from core import Table
from emulated import MISSING, Board, ppm_bits, symbol
from test_link import LIMITS, WITHHELD, Host, wait_for

from firmware_bridge import wire
from firmware_bridge.flash import build_firmware, read_boards


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


def show_digits(host: Host) -> None:
    wait_for(lambda: status(host).shown is wire.Shown.DIGITS, "digits", 10)


def arm(board: Board, host: Host) -> None:
    """Until it is armed: on a busy machine the emulator may fall behind, and the device then rightly refuses, or sees too little of a press."""
    for tries in range(8):
        show_digits(host)
        board.press("arm", 100 << min(tries, 4))
        wait_for(lambda: status(host).guard is not wire.Guard.PARKING, "the bracket is at park", 60)
        if status(host).guard is wire.Guard.LOCKED:
            board.press("lock", 1200)
        elif status(host).guard is wire.Guard.ARMED:
            return
    raise AssertionError(f"not armed: {status(host)}")


def lit(table: Table, rows: tuple[str, ...]) -> list[list[bool]]:
    """What the C core draws of these rows."""
    hexed = bytes.fromhex(table.ask(f"pixels :{''.join(rows)}"))
    return [[bool(hexed[16 * y + x // 8] >> (7 - x % 8) & 1) for x in range(128)] for y in range(64)]


def test_at_power_up_the_display_says_what_it_is(board: Board, table: Table) -> None:
    rows = table.do("boot 1 0 0").rows
    assert "NOT FOR PATIENTS" in rows[5]
    wanted = lit(table, rows)  # its own clock runs only between pictures, and the notice stands for 2 s of it
    assert any(ppm_bits(board.picture_after(0.2, "boot")) == wanted for _ in range(9))


def test_the_display_shows_the_figures_and_the_bracket_follows(board: Board, host: Host, table: Table) -> None:
    show_digits(host)
    wait_for(lambda: lit(table, host.link.state.screen) == ppm_bits(board.picture("digits")), "the same picture as its words")
    assert host.link.state.screen[1:3] == ("  31.5 mm            ", " -33.7 deg           ")
    assert not board.pwm_enabled()
    arm(board, host)
    wait_for(lambda: status(host).applied_tenths_deg == -337, "the bracket aims")
    pulses = board.pulses_us()
    assert abs(pulses[-1] - 1163) <= 1.28
    assert all(0 <= before - after <= 15 for before, after in pairwise(pulses[1:]))  # no leap
    host.guidance = replace(WITHHELD, reason=wire.Reason.FROZEN)
    wait_for(lambda: "PICTURE FROZEN" in "".join(host.link.state.screen), "the reason")
    assert lit(table, host.link.state.screen) == ppm_bits(board.picture("words"))
    wait_for(lambda: status(host).guard is wire.Guard.LOCKED, "the arm is lost after a second")
    assert board.pulses_us()[-1] == pulses[-1]


@pytest.mark.slow
def test_buttons_choose_procedure_and_side(board: Board, host: Host) -> None:
    show_digits(host)
    # long ones: on a busy machine the emulated clock sees little of them
    board.press("procedure", 500)
    wait_for(lambda: host.link.state.procedure is wire.Procedure.MEDIAL_BRANCH, "the choice reaches the host")
    board.press("side", 500)
    wait_for(lambda: host.link.state.side is wire.Side.LEFT, "the side too")
    assert status(host).refusal is wire.Refusal.OTHER_CHOICE


@pytest.mark.slow
def test_configuration_outlives_a_reset_and_arming_does_not(board: Board, host: Host) -> None:
    show_digits(host)
    wait_for(lambda: host.link.state.configured is not None and host.link.state.configured.bracket == 1, "stored")
    arm(board, host)
    before = host.link.state.counters.sessions
    board.do("system_reset")
    wait_for(lambda: host.link.state.counters.sessions > before, "another session", 10)
    assert host.link.state.configured is not None
    assert (host.link.state.configured.bracket, host.link.state.configured.servo_most_us) == (1, 2000)
    show_digits(host)
    # armed when it was reset: a needle may be in it
    assert status(host).guard is wire.Guard.LOCKED
    assert status(host).servo_us == 0
    for seconds in (1, 2, 4, 8):  # on a busy machine the emulated clock sees little of it
        board.press("lock", 1200 * seconds)
        if status(host).guard is wire.Guard.DISARMED:
            break
    assert status(host).guard is wire.Guard.DISARMED
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
        wait_for(lambda: not lit_panel(board) and board.resets >= 3, "reset again and again", 60)
        assert not board.pwm_enabled()
        board.write_word(OLED_STATUS, TAKES_ALL)
        wait_for(lambda: lit_panel(board), "a picture once it takes bytes", 60)
        board.write_word(OLED_STATUS, TAKES_NOTHING)
        wait_for(lambda: not lit_panel(board), "dark again", 60)


def test_a_hung_firmware_is_reset_by_its_watchdog(firmware: Path, tmp_path: Path) -> None:
    """On a busy machine an emulated UART that was full when it was reset hears nothing more, about once in twenty: then another board is hung."""
    for tries in range(3):
        folder = tmp_path / str(tries)
        folder.mkdir()
        with Board(firmware, folder) as board, hosted(board) as host:
            show_digits(host)
            arm(board, host)
            board.hang(symbol(firmware, "hang"))
            try:
                wait_for(lambda host=host: wire.Fault.WATCHDOG_RESET in status(host).faults, "reset by the watchdog", 20)
            except AssertionError:
                if tries == 2:
                    raise
                continue
            show_digits(host)
            board.press("arm", 500)  # a long one: on a busy machine the emulated clock sees little of it
            wait_for(lambda host=host: status(host).presses == 1, "the press")
            assert status(host).guard is wire.Guard.LOCKED
            return

