"""The port comes and goes: the link is back within a second, says what is wrong meanwhile, and shares the port with nobody."""

from __future__ import annotations

import errno
import os
import pty
import secrets
import signal
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from core import COMPILER, NO_COMPILER
from test_link import Host, wait_for

from firmware_bridge import link, wire
from firmware_bridge.link import PortLost, PortOpened
from firmware_bridge.sim import SimDevice

pytestmark = pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
RECOVERED_S = 1.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """What udev's symbolic link is to a real device."""
    return tmp_path / "tuffier-device"


@pytest.fixture
def host(path: Path) -> Iterator[Host]:
    host = Host(str(path))
    host.link.start()
    yield host
    host.link.stop()
    assert not host.link.is_alive()


def unplug_and_plug(host: Host, path: Path, times: int) -> list[float]:
    """Seconds from the port's being there to a session, each time."""
    took_s = []
    for _ in range(times):
        with SimDevice() as device:
            path.unlink(missing_ok=True)
            path.symlink_to(device.port_path)
            start_s = time.monotonic()
            wait_for(lambda: host.link.state.connected, "a session")
            took_s.append(time.monotonic() - start_s)
        path.unlink()
        wait_for(lambda: not host.link.state.connected, "the loss is noticed")
    return took_s


def test_plugged_in_again_and_again(host: Host, path: Path) -> None:
    unplug_and_plug(host, path, 4)
    assert host.link.state.counters.sessions >= 4  # a busy machine may make the host greet twice


@pytest.mark.slow
def test_a_thousand_unplugs(host: Host, path: Path) -> None:
    took_s = unplug_and_plug(host, path, 1000)
    assert host.link.state.counters.sessions == 1000
    assert max(took_s) < RECOVERED_S, f"slowest {max(took_s):.2f} s"


def test_an_absent_port_is_told_once_with_its_cure(host: Host, path: Path) -> None:
    wait_for(lambda: host.link.state.problem, "the problem")
    assert host.link.state.problem == f"{path} is not there: plug the device in, or name another with --device"
    time.sleep(1)
    assert [type(event) for event in host.events] == [PortLost]


def test_a_device_that_hangs_is_left_and_found_again(host: Host, path: Path) -> None:
    with SimDevice() as device:
        path.symlink_to(device.port_path)
        wait_for(lambda: host.link.state.connected, "a session")
        os.kill(device.pid, signal.SIGSTOP)
        wait_for(lambda: not host.link.state.connected, "the loss is noticed")
        assert host.link.state.problem
        os.kill(device.pid, signal.SIGCONT)
        wait_for(lambda: host.link.state.connected, "a session again")


def test_a_device_that_restarts_gets_a_new_session(host: Host, path: Path) -> None:
    with SimDevice() as device:
        path.symlink_to(device.port_path)
        wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits")
        device.tell("reset")
        wait_for(lambda: host.link.state.counters.sessions >= 2, "another session")
        wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits again")


def test_frame_ids_that_begin_anew_get_a_new_session(host: Host, path: Path) -> None:
    with SimDevice() as device:
        path.symlink_to(device.port_path)
        wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits")
        host.restart_frames()
        wait_for(lambda: host.link.state.counters.sessions >= 2, "another session")
        wait_for(lambda: device.status is not None and 0 < device.status.last_frame_id < 100, "frames of the new one")
        wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits again")


def test_two_hosts_do_not_share_a_port(host: Host, path: Path) -> None:
    with SimDevice() as device:
        path.symlink_to(device.port_path)
        wait_for(lambda: host.link.state.connected, "a session")
        second = Host(str(path))
        second.link.start()
        wait_for(lambda: second.link.state.problem, "the second is told")
        assert "another program" in second.link.state.problem
        assert not any(isinstance(event, PortOpened) for event in second.events)
        second.link.stop()
        wait_for(lambda: host.link.state.connected, "the first goes on")


def test_a_port_that_talks_nonsense_harms_nobody(path: Path, host: Host) -> None:
    near, far = pty.openpty()
    tty.setraw(far)
    path.symlink_to(os.ttyname(far))
    wait_for(lambda: host.link.state.port_open, "the port")
    for _ in range(100):
        os.write(near, secrets.token_bytes(200))
        time.sleep(0.01)
    wait_for(lambda: host.link.state.counters.packets_bad > 10, "damage is counted")
    assert host.link.is_alive()
    assert not host.link.state.connected
    os.close(near)
    os.close(far)


def test_a_port_that_the_service_may_not_open_is_no_matter_of_groups(tmp_path: Path) -> None:
    """The unit's own limits refuse with EPERM, a file's mode with EACCES: adding a user to a group mends only the second."""
    port = tmp_path / "port"
    port.touch()
    assert "systemctl restart tuffier" in link._why(str(port), serial.SerialException(errno.EPERM, "Operation not permitted"))
    assert "systemctl" not in link._why(str(port), serial.SerialException(errno.EIO, "Input/output error"))
