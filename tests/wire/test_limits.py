"""Whatever the host sends: the applied angle stays in range, moves no faster than slew, and only while armed; digits are never old."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from core import BUTTONS, LIMITS, POINTING, SESSION, Table, View
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_bridge import framing, wire
from firmware_bridge.wire import Guard, Stop

NARROW = replace(LIMITS, angle_least_tenths_deg=-200, angle_most_tenths_deg=150, park_tenths_deg=-50, slew_tenths_deg_per_s=120)
LEAST_US, MOST_US, MOST_US_PER_S = 600, 2400, 600  # as the bench is built

any_guidance = st.builds(
    wire.Guidance,
    session=st.sampled_from([SESSION, SESSION, SESSION, SESSION, 5]),
    frame_id=st.integers(0, 2**32 - 1),
    heard_ms=st.integers(0, 2**32 - 1),
    since_heard_ms=st.integers(0, 65535),
    age_ms=st.integers(0, 65535),
    procedure=st.sampled_from(list(wire.Procedure)),
    side=st.sampled_from(list(wire.Side)),
    state=st.sampled_from(list(wire.State)),
    reason=st.sampled_from(list(wire.Reason)),
    depth_tenths_mm=st.integers(0, 2000),
    lateral_tenths_mm=st.integers(-1500, 1500),
    angle_tenths_deg=st.integers(-900, 900),
    insertion_tenths_mm=st.integers(0, 3000),
    interval_tenths_mm=st.integers(0, 1000),
    confidence_percent=st.integers(0, 100),
)
good_changes = st.fixed_dictionaries(
    {"angle_tenths_deg": st.one_of(st.integers(-210, 160), st.integers(-60, 0))},
    optional={"age_ms": st.integers(0, 300), "state": st.sampled_from(list(wire.State)), "depth_tenths_mm": st.integers(290, 340)},
)
any_limits = st.builds(
    lambda **changes: replace(NARROW, **changes),
    angle_least_tenths_deg=st.integers(-900, 100),
    angle_most_tenths_deg=st.integers(-100, 900),
    slew_tenths_deg_per_s=st.integers(0, 1000),
    servo_least_us=st.integers(500, 2500),
    servo_most_us=st.integers(500, 2500),
    park_tenths_deg=st.integers(-60, 60),
)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("guide"), good_changes),
        st.tuples(st.just("guide"), good_changes),
        st.tuples(st.just("guide"), good_changes),
        st.tuples(st.just("any"), any_guidance),
        st.tuples(st.just("limits"), any_limits),
        st.tuples(st.just("wait"), st.integers(1, 400)),
        st.tuples(st.just("stall"), st.integers(1, 5000)),
        st.tuples(st.just("arm"), st.none()),
        st.tuples(st.just("press"), st.sampled_from(sorted(BUTTONS))),
        st.tuples(st.just("free"), st.none()),
        st.tuples(st.just("greet"), st.none()),
    ),
    max_size=40,
)


def do(table: Table, limits: wire.Configure, act: tuple) -> wire.Configure:
    """One act; returns the limits that hold afterwards, as the device says them."""
    kind, given = act
    match kind:
        case "guide":
            table.guide(POINTING, **{"age_ms": 40, **given})
        case "any":
            table.receive(given)
        case "limits":
            said = [m for m in table.receive(given).sent if isinstance(m, wire.Configure)]
            if said:
                table.digest = framing.configure_digest(said[-1])
                return said[-1]
        case "wait":
            table.wait(given)
        case "stall":
            table.do(f"s {given}")
        case "arm":
            table.guide(angle_tenths_deg=-50)
            table.press("arm", 30)
            table.unsure(wire.PARK_BY_HAND_MS)
            table.guide(angle_tenths_deg=-50)
            table.press("arm", 30)
        case "press":
            table.press(given)
        case "free":
            table.press("lock", 1100)
        case "greet":
            table.greet()
    return limits


def check(before: View, after: View, limits: wire.Configure, was: wire.Configure, built_slew: int = 300) -> None:
    elapsed_ms = (after.now_ms - before.now_ms) & 0xFFFFFFFF
    if after.servo_us:
        assert LEAST_US <= after.servo_us <= MOST_US
    if before.servo_us and after.servo_us:
        assert abs(after.servo_us - before.servo_us) * 1000 <= MOST_US_PER_S * elapsed_ms + 1000  # a microsecond of rounding
    if before.servo_us and after.servo_us and limits == was and Guard.PARKING not in (before.guard, after.guard) and after.stop is not Stop.PARKED:
        assert abs(after.applied - before.applied) <= min(limits.slew_tenths_deg_per_s, built_slew) * elapsed_ms
        if before.guard is Guard.LOCKED and after.guard is Guard.LOCKED:
            assert after.applied == before.applied
    if after.has_digits:
        assert after.fresh
        assert after.shown is wire.Shown.DIGITS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_no_host_moves_the_bracket_out_of_its_limits(bench_program: Path, acts: list[tuple]) -> None:
    table = Table(bench_program)
    table.ready(NARROW)
    limits = NARROW
    for act in [("arm", None), *acts]:
        before, was = table.view, limits
        limits = do(table, limits, act)
        check(before, table.view, limits, was)
    table.close()


any_configure = st.builds(
    wire.Configure,
    session=st.just(SESSION),
    bracket=st.just(1),
    mirrored=st.integers(0, 1),
    angle_least_tenths_deg=st.integers(-620, 100),
    angle_most_tenths_deg=st.integers(-100, 620),
    park_tenths_deg=st.integers(-100, 100),
    slew_tenths_deg_per_s=st.one_of(st.integers(1, 300), st.integers(0, 1000)),
    servo_least_us=st.integers(500, 2500),
    servo_most_us=st.integers(500, 2500),
    max_age_ms=st.just(wire.MAX_AGE_MS),
    max_interval_tenths_mm=st.integers(21, 55),
)


def _scaled(limits: wire.Configure, us_per_deg: int, up: bool) -> wire.Configure:
    """The same range, at about so many us a degree: most of what is drawn blindly is refused."""
    reach = abs(limits.angle_most_tenths_deg - limits.angle_least_tenths_deg) * us_per_deg // 10
    low = min(max(limits.servo_least_us, 500), 2500)
    high = min(low + reach, 2500)
    return replace(limits, servo_least_us=low if up else high, servo_most_us=high if up else low)


ANY_CONFIGURES = given(st.lists(st.builds(_scaled, any_configure, st.integers(4, 31), st.booleans()), min_size=1, max_size=4), st.integers(-500, 500))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY_CONFIGURES
def test_any_configure_keeps_the_servo_within_its_build(bench_program: Path, offered: list[wire.Configure], angle: int) -> None:
    within_its_build(bench_program, offered, angle)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY_CONFIGURES
def test_any_configure_of_many_keeps_the_servo_within_its_build(bench_program: Path, offered: list[wire.Configure], angle: int) -> None:
    within_its_build(bench_program, offered, angle)


def within_its_build(bench_program: Path, offered: list[wire.Configure], angle: int) -> None:
    """Pulse widths, and microseconds a second, from one 5 ms to the next, through parking, arming, aiming and the next Configure."""
    table = Table(bench_program)
    table.ready(NARROW)
    seen: list[int] = []

    def watch(ms: int) -> None:
        for _ in range(ms // 5):
            if table.view.now_ms % 50 == 0:
                table.guide(angle_tenths_deg=angle)
            seen.append(table.wait(5).servo_us)

    for limits in [NARROW, *offered]:
        table.press("lock", 1100)
        table.receive(limits)
        held = [m for m in table.view.sent if isinstance(m, wire.Configure)]
        table.digest = framing.configure_digest(held[-1]) if held else table.digest
        table.guide(angle_tenths_deg=angle)
        for _ in range(2):
            table.do("b 1")
            watch(50)
            table.do("b 0")
            watch(wire.PARK_BY_HAND_MS + 700)
    table.close()
    pulses = [us for us in seen if us]
    assert all(LEAST_US <= us <= MOST_US for us in pulses)
    # where pulses paused, they begin again where they were
    assert all(abs(after - before) * 1000 <= MOST_US_PER_S * 5 + 1000 for before, after in pairwise(pulses))
