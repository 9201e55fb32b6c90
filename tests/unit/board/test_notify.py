"""What the service manager hears: over a unix socket of the test's own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.board.notify import NS_PER_S, Notifier, Standing, rate, status_text
from edge.update.trial import has

IDLE = Standing(answered=0, said="", frames_per_s=0, age_ms=0, overwritten=0, trouble="/dev/video0: not there", link="/dev/x: no answer")
BUSY = Standing(answered=5, said="pointing", frames_per_s=30, age_ms=21, overwritten=1, trouble="", link="connected")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(manager: socket.socket) -> list[list[str]]:
    found = []
    while True:
        try:
            found.append(manager.recv(4096).decode().splitlines())
        except BlockingIOError:
            return found


def notifier(manager: socket.socket, watchdog_us: int = 4_000_000) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": str(watchdog_us)})


def test_ready_once_and_only_after_an_answer(manager: socket.socket) -> None:
    told = notifier(manager)
    for second in range(1, 4):
        told.turn(IDLE, now_ns=second * NS_PER_S)
    before = heard(manager)
    assert not any("READY=1" in lines for lines in before)
    assert all(any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in lines) for lines in before)
    for second in range(4, 8):
        told.turn(BUSY, now_ns=second * NS_PER_S)
    after = heard(manager)
    assert [lines.count("READY=1") for lines in after] == [1, 0, 0, 0]
    assert all("WATCHDOG=1" in lines for lines in after)


@pytest.mark.parametrize(("watchdog_us", "turns"), [(4_000_000, 10), (500_000, 40)])
def test_watchdog_is_fed_at_least_twice_in_its_time_and_not_every_turn(manager: socket.socket, watchdog_us: int, turns: int) -> None:
    told, fed = notifier(manager, watchdog_us), 0
    for turn in range(1, 301):
        told.turn(BUSY, now_ns=turn * NS_PER_S // 30)
        fed += sum("WATCHDOG=1" in lines for lines in heard(manager))
    assert turns <= fed <= turns * 1.6


# seconds of each turn, the unit's watchdog, what is asked for in turn
TURNS = [
    ("a fast board asks for nothing", [0.03] * 100, 4, []),
    ("a pause of a second asks for nothing", [0.03, 1.0, 0.03], 4, []),
    ("a slow board's first frame", [0.1, 4.6, 4.6, 4.5], 4, [18.4]),
    ("turns that get longer", [1.5, 3.0, 7.0], 4, [6.0, 12.0, 28.0]),
    ("never more than a minute", [20.0, 40.0], 4, [60.0]),
    ("a unit that waits longer itself", [20.0], 90, []),
    ("a unit without a watchdog", [20.0], 0, []),
]


@pytest.mark.parametrize(("name", "turns_s", "watchdog_s", "asked_s"), TURNS, ids=[case[0] for case in TURNS])
def test_a_slow_board_asks_for_a_watchdog_that_waits(
    manager: socket.socket,
    name: str,  # noqa: ARG001
    turns_s: list[float],
    watchdog_s: int,
    asked_s: list[float],
) -> None:
    told, now_ns = notifier(manager, watchdog_s * 1_000_000), NS_PER_S
    told.turn(IDLE, now_ns=now_ns)
    for turn_s in turns_s:
        now_ns += round(turn_s * NS_PER_S)
        told.turn(BUSY, now_ns=now_ns)
    lines = [line for message in heard(manager) for line in message]
    assert [int(line.partition("=")[2]) / 1e6 for line in lines if line.startswith("WATCHDOG_USEC=")] == asked_s


@given(st.lists(st.floats(0.001, 100), max_size=50))
def test_whatever_its_turns_a_hang_is_ended_within_a_minute(turns_s: list[float]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0tuffier-test-turns")
        manager.setblocking(False)
        told, now_ns, most_us = Notifier({"NOTIFY_SOCKET": "@tuffier-test-turns", "WATCHDOG_USEC": "4000000"}), NS_PER_S, 4_000_000
        for turn_s in turns_s:
            now_ns += round(turn_s * NS_PER_S)
            told.turn(BUSY, now_ns=now_ns)
            for line in (line for message in heard(manager) for line in message if line.startswith("WATCHDOG_USEC=")):
                asked_us = int(line.partition("=")[2])
                assert most_us < asked_us <= 60_000_000
                most_us = asked_us
        told.close()


@pytest.mark.parametrize(("frames_per_s", "said"), [(0, "0"), (0.02, "0.1"), (0.22, "0.2"), (9.94, "9.9"), (9.96, "10"), (30.4, "30")])
def test_a_slow_board_s_rate_is_not_zero(frames_per_s: float, said: str) -> None:
    assert rate(frames_per_s) == said
    assert ("source" in has(f"ActiveState=active\nStatusText={status_text(replace(BUSY, frames_per_s=frames_per_s))}")) == (frames_per_s > 0)


def test_status_says_state_rate_and_latency(manager: socket.socket) -> None:
    assert status_text(IDLE) == "waiting for the source: /dev/video0: not there; device /dev/x: no answer"
    assert status_text(BUSY) == "pointing; 30 frames/s, 21 ms from capture to link, 1 overtaken; device connected"
    told = notifier(manager)
    told.turn(Standing(1, "no_signal", 30, 1, 0, "two\nlines\nREADY=1", ""), now_ns=NS_PER_S)
    assert heard(manager)[0].count("READY=1") == 1


def test_without_a_manager_or_with_a_deaf_one_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).turn(BUSY, now_ns=NS_PER_S)
    deaf = Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    deaf.turn(BUSY, now_ns=NS_PER_S)
    deaf.stopping()
    deaf.close()
    deaf.turn(BUSY, now_ns=2 * NS_PER_S)


def test_an_abstract_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0tuffier-test-notify")
        Notifier({"NOTIFY_SOCKET": "@tuffier-test-notify"}).turn(BUSY, now_ns=NS_PER_S)
        assert b"READY=1" in manager.recv(4096)


def test_the_watchdog_is_not_fed_while_another_loop_stands_still(manager: socket.socket) -> None:
    told = notifier(manager)
    told.turn(BUSY, now_ns=NS_PER_S)
    heard(manager)
    for second in range(2, 6):
        told.turn(replace(BUSY, still="link stands still for 4 s"), now_ns=second * NS_PER_S)
    lines = [line for message in heard(manager) for line in message]
    assert not any(line.startswith("WATCHDOG") for line in lines)
    assert "STATUS=link stands still for 4 s: not fed; device connected" in lines
