"""Whatever the host sends: the applied angle stays in range, moves no faster than slew, and only while armed; digits are never old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core import BUTTONS, LIMITS, POINTING, SESSION, Table, View
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_bridge import wire
from firmware_bridge.wire import Guard

NARROW = replace(LIMITS, angle_least_tenths_deg=-200, angle_most_tenths_deg=150, park_tenths_deg=-50, slew_tenths_deg_per_s=120)

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
            return said[-1] if said else limits
        case "wait":
            table.wait(given)
        case "stall":
            table.do(f"s {given}")
        case "arm":
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
    if after.servo_us:  # placed: the angle is one that the bracket was told
        assert limits.angle_least_tenths_deg * 1000 <= after.applied <= limits.angle_most_tenths_deg * 1000
        low, high = sorted((limits.servo_least_us, limits.servo_most_us))
        assert low <= after.servo_us <= high
    if before.servo_us and after.servo_us and limits == was:
        elapsed_ms = (after.now_ms - before.now_ms) & 0xFFFFFFFF
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
