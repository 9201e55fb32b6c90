"""What the main job tells the device of itself and of its bracket: from the configuration to the C core's own store, over a real pty."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tap import Tap
from test_link import Host, wait_for

from edge.board.board import BoardState, board_state
from edge.board.config import BracketConfig, Config, GateConfig, ProcedureConfig, parse
from edge.board.notify import Standing
from edge.board.port import wire_heartbeat, wire_limits
from edge.board.run import Pulse
from edge.screen.profile import MarkerSide
from firmware_bridge import framing, wire
from firmware_bridge.link import Link
from firmware_bridge.sim import SimDevice
from firmware_bridge.wire import Health

BRACKET = Config(procedure=ProcedureConfig(pivot_mm=(45.0, -35.0)), bracket=BracketConfig(-40.0, 40.0, 5.0, 20.0))
GOING = Standing(100, "pointing", 29.97, 40.0, 0, "", "")

HEALTH = [
    ("well", BoardState(45.0, False, False, 900), GOING, False, Health(0), 450, 300),
    ("no sensors", BoardState(), GOING, False, Health(0), 0, 300),
    ("before the loop", BoardState(), None, False, Health(0), 0, 0),
    ("all of the board's", BoardState(85.2, True, True, 10), GOING, True, Health(0b1001111), 852, 300),
    ("source lost", BoardState(), replace(GOING, said="source_lost"), False, Health.SOURCE_LOST, 0, 0),
    ("source in trouble", BoardState(), replace(GOING, trouble="unplugged"), False, Health.SOURCE_LOST, 0, 0),
    ("slow", BoardState(), replace(GOING, age_ms=180.0), False, Health.SLOW, 0, 300),
    ("beyond the wire", BoardState(999.0), replace(GOING, frames_per_s=1e9), False, Health.HOT, 1500, 65535),
]


@pytest.mark.parametrize(
    ("board", "standing", "stopped", "health", "temperature", "rate"), [case[1:] for case in HEALTH], ids=[case[0] for case in HEALTH]
)
def test_the_heartbeat_names_what_is_wrong(
    board: BoardState, standing: Standing | None, stopped: bool, health: Health, temperature: int, rate: int
) -> None:
    said = wire_heartbeat(board, standing, uptime_s=12.7, recording_stopped=stopped)
    assert said == wire.Heartbeat(uptime_s=12, health=health, temperature_tenths_c=temperature, frames_per_s_tenths=rate)
    said.payload()


def test_limits_are_rounded_inwards() -> None:
    config = Config(bracket=BracketConfig(-40.17, 40.17, 0.0, 20.19), gate=GateConfig(max_age_ms=120.9, max_interval_mm=4.19))
    limits = wire_limits(config, "right")
    assert (limits.bracket, limits.angle_least_tenths_deg, limits.angle_most_tenths_deg) == (0, -401, 401)
    assert (limits.slew_tenths_deg_per_s, limits.max_age_ms, limits.max_interval_tenths_mm) == (201, 160, 41)
    limits.payload()


def test_the_defaults_leave_the_device_its_own_age_and_interval() -> None:
    limits = wire_limits(Config(), "left")
    assert (limits.bracket, limits.max_age_ms, limits.max_interval_tenths_mm) == (0, wire.MAX_AGE_MS, 50)


@pytest.mark.parametrize(("marker", "bracket", "mirrored"), [("left", 1, 1), ("right", 1, 0), (None, 0, 0)])
def test_the_marker_turns_the_bracket_and_without_one_there_is_none(marker: MarkerSide | None, bracket: int, mirrored: int) -> None:
    limits = wire_limits(BRACKET, marker)
    assert (limits.bracket, limits.mirrored) == (bracket, mirrored)
    # pivot and limits are the body's either way
    assert limits.pivot_x_tenths_mm == 450
    assert replace(limits, bracket=1, mirrored=0) == replace(wire_limits(BRACKET, "right"), bracket=1)


def test_what_the_configuration_allows_the_wire_can_carry() -> None:
    widest = parse(
        "[procedure]\npivot_mm = [-100.0, -100.0]\n[bracket]\nangle_least_deg = -90.0\nangle_most_deg = 90.0\npark_deg = -90.0\n"
        "slew_deg_per_s = 100.0\nservo_least_us = 500\nservo_most_us = 2500\n[gate]\nresearch = true\nmax_age_ms = 1000.0\nmax_interval_mm = 20.0\n"
    )
    limits = wire_limits(widest, "left")
    limits.payload()
    # a device takes no looser ones, and would refuse the whole of it
    assert (limits.pivot_x_tenths_mm, limits.max_age_ms, limits.max_interval_tenths_mm) == (-1000, wire.MAX_AGE_MS, 50)


def test_sensors_are_read_and_what_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert board_state(tmp_path / "none", hwmon=tmp_path, thermal=tmp_path) == BoardState()
    for name, content in {
        "thermal_zone0/temp": "48312\n",
        "thermal_zone1/temp": "n/a\n",
        "hwmon1/in0_lcrit_alarm": "1\n",
        "cooling_device0/cur_state": "0\n",
        "cooling_device0/type": "cpufreq-cpu0\n",
        "cooling_device1/cur_state": "3\n",
        "cooling_device1/type": "pwm-fan\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    state = board_state(tmp_path, hwmon=tmp_path, thermal=tmp_path)
    assert (state.temperature_c, state.under_voltage, state.throttled, state.free_mb is not None) == (48.312, True, False, True)
    (tmp_path / "cooling_device0/cur_state").write_text("2\n")
    assert board_state(tmp_path, hwmon=tmp_path, thermal=tmp_path).throttled


needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev")


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[Config], wire.Configure]:
    """Runs a host with a configuration against one device, always with the same store, until the device holds what it was told."""

    def run(config: Config) -> wire.Configure:
        with SimDevice(tmp_path / "record") as device:
            wanted = wire_limits(config, "right")
            host = Host(device.port_path, wanted)
            host.link.start()
            try:
                wait_for(lambda: host.link.state.configured is not None and _same(host.link.state.configured, wanted), "configured")
                assert host.link.state.configured is not None
                return host.link.state.configured
            finally:
                host.link.stop()

    return run


def _same(one: wire.Configure, other: wire.Configure) -> bool:
    return replace(one, session=0) == replace(other, session=0)


@needs_compiler
def test_the_device_holds_the_configurations_bracket_and_loses_it_with_the_pivot(configured: Callable[[Config], wire.Configure]) -> None:
    assert configured(BRACKET).pivot_x_tenths_mm == 450
    assert configured(BRACKET).bracket == 1
    assert configured(Config()).bracket == 0


@needs_compiler
def test_another_device_behind_the_same_port_is_configured_too(tmp_path: Path) -> None:
    limits = wire_limits(BRACKET, "left")
    port = tmp_path / "device"
    link = Link(str(port), _nothing, lambda _: None, configure=limits)
    link.start()
    try:
        for name in ("first", "second"):
            with SimDevice(tmp_path / name) as device:
                port.symlink_to(device.port_path)
                store = tmp_path / name
                wait_for(lambda store=store: store.exists() and limits.payload()[4:] in store.read_bytes(), f"in the {name} device's store")
                port.unlink()
            wait_for(lambda: not link.state.port_open, "unplugged")
    finally:
        link.stop()


def _nothing(wait_s: float) -> None:
    """An empty outbox."""
    time.sleep(wait_s)


@needs_compiler
def test_the_hosts_health_goes_over_the_wire() -> None:
    with SimDevice() as device, Tap(device.port_path) as tap:
        link = Link(tap.host_path, _nothing, lambda _: None, health=Pulse(None))
        link.start()
        try:

            def beats() -> list[wire.Heartbeat]:
                _, packets = framing.feed(framing.DecoderState(), bytes(tap.from_host))
                return [packet for packet in packets if isinstance(packet, wire.Heartbeat)]

            wait_for(lambda: len(beats()) >= 2, "heartbeats")
            disk = board_state(Path.cwd()).disk_full
            assert {bool(beat.health & Health.DISK_FULL) for beat in beats()} == {disk}
            wait_for(lambda: link.state.status is not None and link.state.status.session in {beat.session for beat in beats()}, "this session's")
        finally:
            link.stop()
