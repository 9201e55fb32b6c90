"""The Mega's own image on an emulated ATmega2560: the proofs of test_pico.py on another board, and what only this one has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import mega
import pytest
from core import Table
from mega import MegaBoard
from stepped import NOT_SEEN, Stepped
from test_link import LIMITS, Host, wait_for
from test_pico import (  # noqa: F401  the same proofs, on this file's board
    lit,
    test_a_display_that_is_pulled_out_gets_its_picture_when_it_is_back,
    test_a_hung_firmware_is_reset_by_its_watchdog_and_locked,
    test_a_servo_supply_that_sinks_disarms,
    test_a_supply_that_is_not_wired_arms_nothing,
    test_at_power_up_the_display_says_what_it_is,
    test_buttons_choose_procedure_and_side,
    test_configuration_and_lock_outlive_a_reset_and_a_power_cut_and_arming_does_not,
    test_no_figure_is_on_the_glass_300_ms_after_its_picture,
    test_the_display_shows_the_figures_and_the_bracket_follows,
    test_the_page_s_code_is_on_the_glass_and_goes_with_the_first_number,
)

from firmware_bridge import wire
from firmware_bridge.flash import build_firmware, read_boards
from firmware_bridge.ihex import HexError, hex_from_elf

FLASH_MOST = 0x3E000  # the bootloader's 8 KiB lie behind


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if mega.MISSING:
        pytest.skip("; ".join(mega.MISSING))
    return mega.build_emulator(tmp_path_factory.mktemp("emulator") / "atmega2560")


@pytest.fixture
def board(emulator: Path, mega_image: Path, tmp_path: Path) -> Iterator[MegaBoard]:
    with MegaBoard(emulator, mega_image, tmp_path) as board:
        yield board


@pytest.fixture
def host(board: MegaBoard) -> Stepped:
    return Stepped(board)


def test_two_builds_are_the_same_bytes_and_leave_the_bootloader_alone(mega_image: Path, tmp_path: Path) -> None:
    build_firmware(read_boards()["arduino-mega"], tmp_path / "again.hex")
    assert (tmp_path / "again.hex").read_bytes() == mega_image.read_bytes()
    assert len(mega.flash_of(mega_image)) < FLASH_MOST


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01" + bytes(60), bytes(100)])
def test_what_is_no_elf_file_of_32_bits_is_refused(content: bytes) -> None:
    with pytest.raises(HexError):
        hex_from_elf(content)


@pytest.mark.slow
def test_the_record_is_in_eeprom_in_two_slots_of_64_bytes(host: Stepped) -> None:
    host.arm()
    kept = bytes.fromhex(str(host.board.ask("eeprom")["bytes"]))
    numbers = sorted(int.from_bytes(slot[4:8], "little") for slot in (kept[:64], kept[64:128]))
    assert numbers[1] - numbers[0] == 1
    assert kept[128:] == b"\xff" * 128


def is_dark(host: Stepped) -> bool:
    return not any(map(any, host.board.rows()))


def test_the_glass_is_dark_while_the_eeprom_is_written(host: Stepped) -> None:
    """A record takes longer than a digit may stand: the host's Configure is the first."""
    kept = b""
    changing_ms = dark_ms = 0
    while host.status.configure_digest == 0 or host.status.configure_digest != host.link.state.digest or is_dark(host):
        host.step()
        now = bytes.fromhex(str(host.board.ask("eeprom")["bytes"]))
        if kept not in (b"", now):
            changing_ms += 5
            dark_ms += 5 * is_dark(host)
        kept = now
        assert host.now_ms < 5000, host.status
    assert changing_ms == dark_ms >= 100


def test_the_glass_shows_the_newest_words_whenever_they_changed(host: Stepped, table: Table) -> None:
    """It drew the header of a picture that came amid a page into that page, and kept the old procedure and side on top."""
    seen = [replace(NOT_SEEN, side=side, procedure=procedure) for side in (wire.Side.LEFT, wire.Side.RIGHT)
            for procedure in (wire.Procedure.FACET, wire.Procedure.NERVE_ROOT)]  # fmt: skip
    host.until(lambda: host.status.session != 0, "a session")
    host.run(wire.BOOT_NOTICE_MS)
    for apart_ms in range(0, 60, 5):
        for guidance in seen[apart_ms // 5 % 2 :]:
            host.guidance = guidance
            host.run(30 + apart_ms)
        host.run(300)
        assert lit(table, host.link.state.screen) == host.board.rows(), apart_ms


@pytest.mark.slow  # in the world's time, which an emulated board need not keep up with
def test_the_host_s_own_thread_over_a_pty(emulator: Path, mega_image: Path, tmp_path: Path) -> None:
    """In the world's time: greeting, configuration, figures."""
    with ExitStack() as stack:
        board = stack.enter_context(MegaBoard(emulator, mega_image, tmp_path))
        host = Host(board.port_path, LIMITS)
        board.power_up()
        host.link.start()
        stack.callback(host.link.stop)
        wait_for(lambda: host.link.state.configured is not None, "configured", 60)
        wait_for(lambda: host.link.state.status is not None and host.link.state.status.shown is wire.Shown.DIGITS, "digits", 60)
        assert host.link.state.hello is not None
        assert host.link.state.hello.serial_number == 2560
