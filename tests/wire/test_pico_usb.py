"""The Pico's USB port, on its emulated RP2040: what a host asks of it, and which of its two ports is the line. The emulator's USB host stands in for
a kernel's driver; no real host has asked yet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from pico import PicoBoard
from stepped import Stepped
from test_pico import STALE_MS, glass

from firmware_bridge import wire


@pytest.fixture
def board(pico_image: Path, tmp_path: Path) -> Iterator[PicoBoard]:
    with PicoBoard(pico_image, tmp_path, "usb") as board:
        yield board


@pytest.fixture
def enumerated(board: PicoBoard) -> PicoBoard:
    board.step(40)
    assert board.ask("usb")["enumerated"]
    return board


def asked(board: PicoBoard, setup: str, content: str = "") -> bytes | None:
    """What endpoint 0 answered to a request; None where it stalled."""
    said = board.ask("request", setup=setup.replace(" ", ""), **({"bytes": content} if content else {}))
    assert isinstance(said["answered"], list)
    return None if said["stalled"] else b"".join(map(bytes.fromhex, said["answered"]))


# --- what a host asks ---


def test_it_is_enumerated_as_a_serial_port(enumerated: PicoBoard) -> None:
    usb = enumerated.ask("usb")
    assert (usb["in"], usb["out"], usb["address"]) == (2, 2, 1)
    read = bytes.fromhex(str(usb["descriptors"]))
    parts, at = [], 0
    while at < len(read):
        parts.append(read[at : at + read[at]])
        at += read[at]
    assert len(read) == int.from_bytes(read[2:4], "little") == at
    interfaces = [tuple(part[2:9]) for part in parts if part[1] == 4]
    endpoints = [tuple(part[2:6]) for part in parts if part[1] == 5]
    # number, alternate, endpoints, class, subclass, protocol: communication by the abstract control model, data
    assert [interface[:6] for interface in interfaces] == [(0, 0, 1, 2, 2, 0), (1, 0, 2, 10, 0, 0)]
    assert [endpoint[:2] for endpoint in endpoints] == [(0x81, 3), (0x82, 2), (0x02, 2)]


DEVICE = bytes.fromhex("120100020200004009120100000101020001")
REQUESTS = [
    ("device", "80 06 0001 0000 1200", DEVICE),
    ("its first bytes, as a host begins", "80 06 0001 0000 0800", DEVICE[:8]),
    ("more than there is", "80 06 0001 0000 ff00", DEVICE),
    ("languages", "80 06 0003 0000 ff00", bytes.fromhex("04030904")),
    ("maker", "80 06 0103 0904 ff00", b"\x10\x03" + "tuffier".encode("utf-16-le")),
    ("what it is", "80 06 0203 0904 ff00", b"\x30\x03" + "tuffier research device".encode("utf-16-le")),
    ("no such words", "80 06 0303 0904 ff00", None),
    ("another speed: there is none", "80 06 0006 0000 0a00", None),
    ("state", "80 00 0000 0000 0200", b"\0\0"),
    ("which configuration", "80 08 0000 0000 0100", b"\1"),
    ("a configuration that is not there", "00 09 0200 0000 0000", None),
    ("alternate setting", "81 0a 0000 0100 0100", b"\0"),
    ("line coding", "a1 21 0000 0000 0700", bytes.fromhex("00c20100000008")),
    ("line coding of another length", "21 20 0000 0000 0000", None),
    ("halt of the port's way out taken back", "02 01 0000 8200 0000", b""),
    ("halt of the port's way in taken back", "02 01 0000 0200 0000", b""),
    ("a vendor's", "c0 01 0000 0000 0100", None),
    ("send break", "21 23 ffff 0000 0000", None),
]


def test_requests(enumerated: PicoBoard) -> None:
    for name, setup, answer in REQUESTS:
        assert asked(enumerated, setup) == answer, name


def test_line_coding_is_told_back(enumerated: PicoBoard) -> None:
    coding = "80250000000007"
    assert asked(enumerated, "21 20 0000 0000 0700", coding) == b""
    assert asked(enumerated, "a1 21 0000 0000 0700") == bytes.fromhex(coding)


@pytest.mark.slow
def test_after_any_requests_it_is_enumerated_and_drawn_to_as_before(board: PicoBoard) -> None:
    """Any eight bytes as a request, whole and cut short; then the cable is plugged anew, and figures stand."""
    board.step(40)
    chance = random.Random(26)
    for _ in range(1500):
        setup = chance.randbytes(8)
        if chance.random() < 0.8:  # of a kind that may mean something
            setup = bytes((chance.choice(b"\x00\x80\x01\x81\x02\x21\xa1"), chance.choice(bytes(range(12)) + b"\x20\x21\x22"))) + setup[2:]
        board.ask("request", setup=setup.hex(), **({"bytes": chance.randbytes(chance.randrange(65)).hex()} if chance.random() < 0.3 else {}))
    for there in (False, True):
        board.ask("plug", there=there)
        board.step(20)
    host = Stepped(board)
    host.digits()
    assert board.ask("time")["resets"] == 0


# --- which port is the line ---


@pytest.mark.parametrize("ending", ["the cable is pulled", pytest.param("the program closes the port", marks=pytest.mark.slow)])
def test_a_usb_that_ends_takes_the_figures_locks_the_bracket_and_begins_anew(board: PicoBoard, ending: str) -> None:
    host = Stepped(board)
    host.arm()
    host.run(100)
    figures = glass(host)
    pulled = ending == "the cable is pulled"
    command, key = ("plug", "there") if pulled else ("line_state", "dtr")
    board.ask(command, **{key: False})
    host.until(lambda: glass(host) != figures, "another picture")
    gone_ms, seen = host.now_ms, glass(host)
    for _ in range(12):
        host.step()
        if glass(host) != seen:
            gone_ms, seen = host.now_ms, glass(host)
    assert gone_ms - host.captured_ms <= STALE_MS
    host.run(1500)
    angle = [width for _, width in host.pulses][-1]
    board.ask(command, **{key: True})
    host.pulses.clear()
    host.until(lambda: host.status.guard is wire.Guard.LOCKED, "locked: a needle may be in it")
    host.digits()
    host.run(200)
    assert all(abs(width - angle) <= 0.2 for _, width in host.pulses)


def test_while_usb_is_open_the_uart_is_not_heard_and_without_it_it_is(board: PicoBoard) -> None:
    host = Stepped(board)
    host.digits()
    good = host.status.good_packets
    board.ask("uart", bytes="00" + "5a" * 20 + "00")
    host.run(300)
    assert host.status.good_packets > good
    assert host.status.bad_packets == 0
    assert board.step(5)["uart"] == ""
    board.ask("plug", there=False)
    board.ask("wire", to="uart")
    board.port = "uart"
    again = Stepped(board)
    again.digits()


@pytest.mark.slow
def test_a_host_that_reads_nothing_and_floods_loses_nothing_and_blocks_nothing(board: PicoBoard) -> None:
    """Ten thousand bytes at once: the board takes them as it has room."""
    host = Stepped(board)
    host.digits()
    before = host.status
    board.step(5, (b"\0" + b"\x01" * 9 + b"\0") * 900)
    host.until(lambda: host.status.bad_packets - before.bad_packets >= 900, "every one of them was looked at", 3000)
    host.digits()


@pytest.mark.slow
def test_the_board_s_words_come_in_short_packets(board: PicoBoard) -> None:
    """So that a host's driver hands each on at once: none of 64 bytes."""
    host = Stepped(board)
    host.digits()
    sizes = board.ask("sizes")["sizes"]
    assert isinstance(sizes, list)
    assert sizes
    assert all(0 < size < 64 for size in sizes)
