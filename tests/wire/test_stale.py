"""No old figure: whatever happens to host or cable, digits go within 300 ms of the last Pointing, and an armed bracket stays where it is.

Measured on the device's own clock: each Screen and Status says when it was drawn and when a Pointing was last accepted. The simulator
and the firmware on the emulated microcontroller run the same C.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from core import COMPILER, NO_COMPILER
from emulated import Board
from tap import Tap
from test_link import locked, wait_for

from firmware_bridge import wire
from firmware_bridge.sim import SimDevice

SETTLE_S = 1.0  # past the dead-man and the hold, before the device takes the host for gone


@dataclass(slots=True)
class Scene:
    """A device, its cable, and a host in a process of its own."""

    device: SimDevice | Board
    tap: Tap
    host: subprocess.Popen[str]

    @property
    def status(self) -> wire.Status:
        return self.tap.statuses()[-1] if self.tap.statuses() else wire.Status()

    def shows_digits(self) -> bool:
        return self.status.shown is wire.Shown.DIGITS

    # a device says nothing to a host that is gone: the simulated one is looked at

    def shows_words(self) -> bool:
        return (self.device.shown if isinstance(self.device, SimDevice) else self.status.shown) is wire.Shown.WORDS

    def is_locked(self) -> bool:
        return locked(self.device) if isinstance(self.device, SimDevice) else self.status.guard is wire.Guard.LOCKED

    @property
    def servo_us(self) -> int:
        return self.device.state.servo_us if isinstance(self.device, SimDevice) else self.status.servo_us

    def figures(self) -> str:
        """Rows 1 to 4."""
        if isinstance(self.device, SimDevice):
            return "".join(self.device.screen_lines()[1:5])
        return [message for message in self.tap.said if isinstance(message, wire.Screen)][-1].rows[21:105]

    def arm(self) -> None:
        """On a busy machine the device may rightly refuse: free it and try again."""
        for _ in range(10):
            wait_for(self.shows_digits, "digits")
            self.press("arm")
            wait_for(lambda: self.status.guard is not wire.Guard.PARKING, "the bracket is at park")
            if self.status.guard is wire.Guard.ARMED:
                return
            if self.status.guard is wire.Guard.LOCKED:
                self.free()
        raise AssertionError(f"not armed: {self.status}")

    def press(self, button: str) -> None:
        """Until the device has told it: an emulated clock on a busy machine sees little of a short one."""
        presses = self.status.presses
        self.hold(button, True)
        wait_for(lambda: self.status.presses != presses, "the press is told")
        self.hold(button, False)
        wait_for(lambda: self.status.buttons == wire.Button(0), "the release is told")

    def free(self) -> None:
        """LOCK is held until it has done its work."""
        self.hold("lock", True)
        wait_for(lambda: self.status.guard is wire.Guard.DISARMED, "free")
        self.hold("lock", False)
        wait_for(lambda: self.status.buttons == wire.Button(0), "the release is told")

    def hold(self, button: str, down: bool) -> None:
        if isinstance(self.device, Board):
            self.device.hold(button, down)
        else:
            self.device.tell(f"{'press' if down else 'release'} {button}")


@pytest.fixture(params=["simulator", pytest.param("microcontroller", marks=pytest.mark.slow)])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    if request.param == "simulator":
        if COMPILER is None:
            pytest.skip(NO_COMPILER)
        device: SimDevice | Board = SimDevice().start()
    else:
        device = request.getfixturevalue("board")
        device.power_up()
    with Tap(device.port_path) as tap:
        host = start_host(tap)
        scene = Scene(device, tap, host)
        try:
            yield scene
        finally:
            scene.host.kill()
            scene.host.wait()
            if isinstance(device, SimDevice):
                device.close()


def start_host(tap: Tap) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("host.py")), tap.host_path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)


def kill(scene: Scene) -> None:
    scene.host.send_signal(signal.SIGKILL)
    scene.host.wait()


def stop(scene: Scene) -> None:
    scene.host.send_signal(signal.SIGSTOP)


def pull(scene: Scene) -> None:
    scene.tap.pulled = True


def get_stuck(scene: Scene) -> None:
    assert scene.host.stdin is not None
    scene.host.stdin.write("stuck\n")
    scene.host.stdin.flush()


def delay(scene: Scene) -> None:
    """Everything the host sends waits half a second on the way and comes at once, twice."""
    for _ in range(2):
        scene.tap.held = True
        time.sleep(0.5)
        scene.tap.held = False
        time.sleep(0.05)
    scene.tap.pulled = True


def replay(scene: Scene) -> None:
    """The cable goes to a recorder that says again, from its beginning, all that the host ever said."""
    scene.tap.pulled = True
    for _ in range(2):
        scene.tap.inject(bytes(scene.tap.from_host[-4000:]))
        scene.tap.inject(bytes(scene.tap.from_host[:4000]))
        time.sleep(0.2)


ACCIDENTS = [
    pytest.param(kill, id="the host is killed"),
    pytest.param(stop, id="the host is stopped"),
    pytest.param(pull, id="the cable is pulled", marks=pytest.mark.slow),
    pytest.param(get_stuck, id="the host is stuck in the model", marks=pytest.mark.slow),
    pytest.param(delay, id="bytes wait on the way", marks=pytest.mark.slow),
    pytest.param(replay, id="old frames are replayed"),
]


def check_no_stale_digits(scene: Scene) -> None:
    """By the device's clock, what it said and what it drew: no Pointing stood as digits for longer than it may."""
    told = scene.tap.statuses()
    digits = [status for status in told if status.shown is wire.Shown.DIGITS]
    assert digits
    assert all(status.device_ms - status.pointing_ms <= wire.BLANK_MS for status in digits)
    if isinstance(scene.device, SimDevice):
        # a busy machine lets the simulated device look late: it had digits still when it looked before
        gone = [words for before, words in pairwise(scene.device.history())
                if before.shown is wire.Shown.DIGITS and words.shown is wire.Shown.WORDS]  # fmt: skip
        assert all(words.drawn_ms - words.turn_ms - words.pointing_ms <= wire.BLANK_MS for words in gone)
        return
    after = told[told.index(digits[-1]) + 1]
    assert after.device_ms - after.pointing_ms <= wire.BLANK_MS, after


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_digits_go_and_the_bracket_holds(scene: Scene, accident: Callable[[Scene], None]) -> None:
    scene.arm()
    accident(scene)
    wait_for(lambda: scene.shows_words() and scene.is_locked(), "words, and the bracket is locked")
    time.sleep(SETTLE_S)
    assert scene.shows_words()
    assert scene.is_locked()
    assert not any(letter.isdigit() for letter in scene.figures())
    check_no_stale_digits(scene)
    held_us = scene.servo_us

    # A new host, in a new session, with fresh Pointing: digits come back, the bracket does not move until it is freed and armed.
    kill(scene)
    scene.tap.pulled = False
    scene.host = start_host(scene.tap)
    wait_for(scene.shows_digits, "digits again")
    assert scene.is_locked()
    scene.press("arm")
    assert scene.is_locked()
    assert scene.servo_us == held_us
    scene.free()
    scene.arm()


JUMPS = ["+5000", "-200", *(pytest.param(jump, marks=pytest.mark.slow) for jump in ("-5000", "+200", "+3000000000"))]


@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
@pytest.mark.parametrize("jump", JUMPS)
def test_the_device_clock_jumps(jump: str) -> None:
    with SimDevice() as device, Tap(device.port_path) as tap:
        scene = Scene(device, tap, start_host(tap))
        try:
            wait_for(scene.shows_digits, "digits")
            device.tell(f"clock {jump}")
            get_stuck(scene)
            wait_for(lambda: device.shown is wire.Shown.WORDS, "words")
            time.sleep(SETTLE_S)
            wait_for(lambda: not any(letter.isdigit() for letter in scene.figures()), "no digit is left")
        finally:
            scene.host.kill()
            scene.host.wait()
