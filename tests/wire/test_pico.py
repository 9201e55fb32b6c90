"""The Pico's own image on an emulated RP2040, driven by the real host link: what the reference firmware passes, and what only this board has.

Time is the board's own, but for the tests over a pty. The host is on the UART, or on USB (slow); test_pico_usb.py has what only USB has.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from core import Table
from page_code import ADDRESS, ZBAR, read_code
from pico import PicoBoard
from stepped import NOT_SEEN, SEEN, Stepped
from test_link import LIMITS, Host, wait_for

from firmware_bridge import wire
from firmware_bridge.flash import build_firmware, read_boards
from firmware_bridge.uf2 import Uf2Error, boot_checksum, segments, uf2_from_elf

RECORDS_AT, RECORD_AREA, PAGE = 0x100000, 0x40000, 256
STALE_MS = 300


@pytest.fixture(params=["uart", pytest.param("usb", marks=pytest.mark.slow)])
def board(pico_image: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PicoBoard]:
    with PicoBoard(pico_image, tmp_path, request.param) as board:
        yield board


@pytest.fixture
def host(board: PicoBoard) -> Stepped:
    return Stepped(board)


def lit(table: Table, rows: tuple[str, ...]) -> list[list[bool]]:
    """What the C core draws of these rows."""
    hexed = bytes.fromhex(table.ask(f"pixels :{''.join(rows)}"))
    return [[bool(hexed[16 * y + x // 8] >> (7 - x % 8) & 1) for x in range(128)] for y in range(64)]


def test_two_builds_are_the_same_bytes_and_the_boot_stage_has_its_sum(pico_image: Path, tmp_path: Path) -> None:
    build_firmware(read_boards()["pico"], tmp_path / "again.uf2")
    built = pico_image.read_bytes()
    assert (tmp_path / "again.uf2").read_bytes() == built
    first = built[32 : 32 + 256]
    assert struct.unpack("<I", first[252:])[0] == boot_checksum(first[:252])
    assert len(built) // 512 * 256 < 0x40000, "it may not reach the records"


def test_the_boot_stage_s_sum_is_that_of_a_known_vector() -> None:
    assert boot_checksum(b"123456789") == 0x0376E6E7  # CRC-32/MPEG-2 of the catalogue of CRCs


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01" + bytes(60), bytes(100)])
def test_what_is_no_elf_file_of_32_bits_is_refused(content: bytes) -> None:
    with pytest.raises(Uf2Error):
        uf2_from_elf(content)
    with pytest.raises(Uf2Error):
        list(segments(content))


def test_at_power_up_the_display_says_what_it_is(board: PicoBoard, table: Table) -> None:
    rows = table.do("boot 1 0 0").rows
    board.step(100)
    assert board.rows() == lit(table, rows)
    assert not board.pwm_enabled()


def test_the_display_shows_the_figures_and_the_bracket_follows(host: Stepped, table: Table) -> None:
    host.digits()
    host.until(lambda: lit(table, host.link.state.screen) == host.board.rows(), "the same picture as its words")
    assert host.link.state.screen[1:3] == ("  31.5 mm            ", " -33.7 deg           ")
    assert host.pulses == []
    host.arm()
    host.until(lambda: host.status.applied_tenths_deg == -337, "the bracket aims")
    host.run(100)
    starts, widths = zip(*host.pulses, strict=True)
    assert abs(widths[-1] - 1163) <= 1.0
    # 50 Hz, from the first pulse to the last; no leap: 600 us/s are 12 us a period
    assert all(19.9 <= after - before <= 20.1 for before, after in pairwise(starts))
    assert all(abs(after - before) <= 13 for before, after in pairwise(widths))
    host.guidance = replace(NOT_SEEN, reason=wire.Reason.FROZEN)
    host.until(lambda: "PICTURE FROZEN" in "".join(host.link.state.screen), "the reason")
    host.run(50)
    assert lit(table, host.link.state.screen) == host.board.rows()
    host.until(lambda: host.status.guard is wire.Guard.LOCKED, "the arm is lost after a second")
    host.run(100)
    assert abs(host.pulses[-1][1] - widths[-1]) <= 0.2


def test_the_page_s_code_is_on_the_glass_and_goes_with_the_first_number(host: Stepped, tmp_path: Path, table: Table) -> None:
    host.guidance, host.page_address = replace(NOT_SEEN, reason=wire.Reason.NO_SIGNAL), ADDRESS
    host.until(lambda: "NO SIGNAL" in "".join(host.link.state.screen), "idle")
    host.press("procedure", wire.PAGE_HOLD_MS + 200)
    host.until(lambda: host.status.shown is wire.Shown.CODE, "the code")
    host.run(300)
    seen = host.board.rows()
    # what it mirrors are the words beside it
    assert [row[64:] for row in seen] == [row[64:] for row in lit(table, host.link.state.screen)]
    if ZBAR is not None:
        assert read_code(seen, tmp_path) == ADDRESS
    host.guidance = SEEN
    host.digits()
    host.run(150)
    assert lit(table, host.link.state.screen) == host.board.rows()
    assert host.status.faults == wire.Fault(0)


@pytest.mark.slow
def test_buttons_choose_procedure_and_side(host: Stepped) -> None:
    host.digits()
    host.press("procedure")
    host.until(lambda: host.link.state.procedure is wire.Procedure.MEDIAL_BRANCH, "the choice reaches the host")
    host.press("side")
    host.until(lambda: host.link.state.side is wire.Side.LEFT, "the side too")
    assert host.status.refusal is wire.Refusal.OTHER_CHOICE


@pytest.mark.parametrize("power", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_configuration_and_lock_outlive_a_reset_and_a_power_cut_and_arming_does_not(host: Stepped, power: bool) -> None:
    host.arm()
    before = host.link.state.counters.packets_read
    host.board.ask("reset", power=power)
    host.pulses.clear()
    host.until(lambda: host.link.state.counters.packets_read > before and host.status.guard is wire.Guard.LOCKED, "locked: a needle may be in it")
    host.digits()
    assert host.link.state.configured is not None
    assert (host.link.state.configured.bracket, host.link.state.configured.servo_most_us) == (1, 2000)
    host.press("arm")
    assert host.status.guard is wire.Guard.LOCKED
    assert host.pulses == []
    host.press("lock", 1200)
    host.until(lambda: host.status.guard is wire.Guard.DISARMED, "unlocked")
    host.board.ask("reset", power=power)
    host.run(500)
    host.digits()
    assert host.status.guard is wire.Guard.DISARMED


ENDINGS = [
    "the host says nothing",
    "the display's bus breaks",
    *(pytest.param(ending, marks=pytest.mark.slow) for ending in ("the cable is out", "noise on the cable")),
    "the firmware hangs",
]


def glass(host: Stepped) -> list[list[bool]]:
    """Where depth and angle stand."""
    return host.board.rows()[8:40]


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_figure_is_on_the_glass_300_ms_after_its_picture(host: Stepped, ending: str) -> None:
    """By the glass itself: when nothing of the old figures' pages is left."""
    host.digits()
    host.run(100)
    figures = glass(host)
    row = next(n for n, lights in enumerate(figures) if any(lights))
    match ending:
        case "the host says nothing":
            host.guidance = None
        case "the display's bus breaks":
            host.board.ask("display", there=False)
            host.cut = True
        case "the cable is out":
            host.cut = True
        case "noise on the cable":
            host.cut = True
            for _ in range(12):
                host.board.step(0.5, bytes(range(48)))
        case "the firmware hangs":
            host.cut = True
            host.board.hang(host.board.hang_address())
    host.until(lambda: glass(host) != figures, "another picture")
    gone_ms, seen = host.now_ms, glass(host)
    for _ in range(12):  # 60 ms more: until the whole of it is drawn
        host.step()
        if glass(host) != seen:
            gone_ms, seen = host.now_ms, glass(host)
    assert gone_ms - host.captured_ms <= STALE_MS
    assert seen[row] != figures[row]


def test_a_hung_firmware_is_reset_by_its_watchdog_and_locked(host: Stepped) -> None:
    host.arm()
    host.pulses.clear()
    host.board.hang(host.board.hang_address())
    host.until(lambda: host.board.ask("time")["resets"] == 1, "reset by the watchdog", host.board.watchdog_ms)
    host.run(20)
    host.pulses.clear()
    host.until(lambda: wire.Fault.WATCHDOG_RESET in host.status.faults, "it says so")
    host.digits()
    assert host.status.guard is wire.Guard.LOCKED
    assert host.pulses == []


@pytest.mark.slow
def test_a_servo_supply_that_sinks_disarms(host: Stepped) -> None:
    host.arm()
    assert abs(host.status.supply_mv - 5000) <= 5
    host.board.ask("supply", mv=4300)
    host.until(lambda: host.status.guard is wire.Guard.LOCKED, "locked", host.board.told_ms)
    assert wire.Fault.BROWN_OUT in host.status.faults


@pytest.mark.slow
def test_a_supply_that_is_not_wired_arms_nothing(host: Stepped) -> None:
    host.board.ask("supply", mv=0)
    host.until(lambda: wire.Fault.BROWN_OUT in host.status.faults, "it says so")
    host.press("arm")
    assert (host.status.guard, host.status.shown) == (wire.Guard.DISARMED, wire.Shown.WORDS)
    assert host.pulses == []


@pytest.mark.slow
def test_a_display_that_is_pulled_out_gets_its_picture_when_it_is_back(host: Stepped, table: Table) -> None:
    host.digits()
    host.board.ask("display", there=False, dark=True)
    host.run(500)
    assert host.status.shown is wire.Shown.DIGITS, "the device goes on"
    host.board.ask("display", there=True)
    host.until(lambda: lit(table, host.link.state.screen) == host.board.rows(), "the picture", 400)


def number_of(board: PicoBoard, slot: int) -> int:
    """Of the newest record in a slot: bytes 4 to 7 of its last page."""
    area = bytes.fromhex(str(board.ask("flash", at=RECORDS_AT + slot * RECORD_AREA, size=32 * PAGE)["bytes"]))
    used = [area[at : at + PAGE] for at in range(0, len(area), PAGE) if area[at : at + PAGE] != b"\xff" * PAGE]
    return int(struct.unpack_from("<I", used[-1], 4)[0]) if used else 0


@pytest.mark.slow
def test_a_slot_that_is_nearly_full_is_emptied_at_a_start_and_the_newest_record_stays(host: Stepped) -> None:
    host.arm()
    board = host.board
    older = min((0, 1), key=lambda slot: number_of(board, slot))
    page = bytes(PAGE)
    board.ask("fill", at=RECORDS_AT + older * RECORD_AREA, bytes=(page * 800).hex())
    board.ask("reset", power=True)
    board.step(4000)
    emptied = bytes.fromhex(str(board.ask("flash", at=RECORDS_AT + older * RECORD_AREA, size=RECORD_AREA)["bytes"]))
    assert emptied == page + b"\xff" * (RECORD_AREA - PAGE)
    again = Stepped(board)  # it was silent for three seconds: the host has opened its port anew
    again.until(lambda: again.status.guard is wire.Guard.LOCKED, "locked: a needle may be in it")


@pytest.mark.slow  # in the world's time, which an emulated board need not keep up with
@pytest.mark.parametrize("port", ["uart", "usb"])
def test_the_host_s_own_thread_over_a_pty(pico_image: Path, tmp_path: Path, port: str) -> None:
    """In the world's time: greeting, configuration, figures."""
    with ExitStack() as stack:
        board = stack.enter_context(PicoBoard(pico_image, tmp_path, port))
        host = Host(board.port_path, LIMITS)
        board.power_up()
        host.link.start()
        stack.callback(host.link.stop)
        wait_for(lambda: host.link.state.configured is not None, "configured")
        wait_for(lambda: host.link.state.status is not None and host.link.state.status.shown is wire.Shown.DIGITS, "digits")
        assert host.link.state.hello is not None
        assert host.link.state.hello.serial_number == 2040
