"""The guard's rules, one by one, on the C core with sanitizers and a clock of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LIMITS, POINTING, SESSION, WITHHELD, Table

from firmware_bridge import wire
from firmware_bridge.wire import Fault, Guard, Peer, Refusal, Shown, Stop

LEAST_TENTH = 1000  # View.applied is in 0.0001 deg


# --- boot and digits ---


def test_boot_is_disarmed_and_says_what_it_is(table: Table) -> None:
    view = table.do("boot 1 0 0")
    assert (view.guard, view.fresh, view.servo_us, view.has_digits, view.shown) == (Guard.DISARMED, False, 0, False, Shown.WORDS)
    assert [row.rstrip() for row in view.rows] == ["", "TUFFIER", "RESEARCH", "RESEARCH DEVICE", "NOT VALIDATED", "NOT FOR PATIENTS"]
    assert table.wait(wire.BOOT_NOTICE_MS - 1).rows[5].strip() == "NOT FOR PATIENTS"
    assert table.wait(1).rows[5].strip() == "RESEARCH ONLY"


def test_the_boot_notice_gives_way_to_a_pointing_but_not_at_once(table: Table) -> None:
    table.do("boot 1 0 0")
    table.greet()
    table.receive(replace(LIMITS, bracket=0))
    table.wait(wire.BOOT_NOTICE_LEAST_MS - 1)
    view = table.guide()
    assert (view.has_digits, view.rows[5].strip()) == (False, "NOT FOR PATIENTS")
    view = table.wait(1)
    assert (view.has_digits, view.rows[5].strip()) == (True, "RESEARCH ONLY")
    # it has gone for good
    assert table.wait(300).rows[5].strip() == "RESEARCH ONLY"


def test_without_a_pointing_the_boot_notice_stays(table: Table) -> None:
    table.do("boot 1 0 0")
    table.greet()
    table.wait(wire.BOOT_NOTICE_LEAST_MS)
    assert table.guide(state=wire.State.WITHHELD, reason=wire.Reason.WRONG_VIEW).rows[5].strip() == "NOT FOR PATIENTS"


def test_a_pointing_shows_digits(table: Table) -> None:
    table.ready()
    assert table.view.shown is Shown.DIGITS
    assert table.view.rows[:5] == (
        "FACET           RIGHT",
        "  31.5 mm            ",
        " -33.7 deg           ",
        "IN  37.9 X +19.0 mm  ",
        "WITHIN   2.1 mm      ",
    )


def test_largest_figures_fit(table: Table) -> None:
    table.ready()
    table.guide(
        depth_tenths_mm=2000, insertion_tenths_mm=3000, angle_tenths_deg=900, lateral_tenths_mm=-1500, interval_tenths_mm=50
    )
    assert table.view.rows[1:5] == (
        " 200.0 mm            ",
        " +90.0 deg           ",
        "IN 300.0 X-150.0 mm  ",
        "WITHIN   5.0 mm      ",
    )


def test_smallest_figures_keep_their_zero(table: Table) -> None:
    table.ready()
    table.guide(depth_tenths_mm=1, insertion_tenths_mm=1, angle_tenths_deg=0, lateral_tenths_mm=-5, interval_tenths_mm=0)
    assert table.view.rows[1:5] == (
        "   0.1 mm            ",
        "  +0.0 deg           ",
        "IN   0.1 X  -0.5 mm  ",
        "WITHIN   0.0 mm      ",
    )


# --- what feeds the dead-man ---


def test_digits_go_when_the_dead_man_runs_out(table: Table) -> None:
    table.ready()
    table.guide(age_ms=0)
    assert table.wait(wire.DEADMAN_MS - 1).has_digits
    view = table.wait(1)
    assert not view.has_digits
    assert "NO GUIDANCE" in view.figures


@pytest.mark.parametrize("age_ms", [0, 1, 50, 140, 200, 239, 240])
def test_digits_go_when_their_picture_is_too_old(table: Table, age_ms: int) -> None:
    """Age is one budget: digits had stood up to 499 ms after capture."""
    table.ready()
    table.guide(age_ms=age_ms)
    assert table.wait(wire.AGE_BUDGET_MS - age_ms - 1).has_digits
    assert not table.wait(1).has_digits


def test_a_bracket_whose_picture_is_too_old_stops_and_waits_for_the_dead_man(table: Table) -> None:
    table.armed()
    table.guide(age_ms=200)
    table.wait(50)
    applied = table.view.applied
    view = table.wait(wire.DEADMAN_MS - 51)
    assert (view.guard, view.applied, view.has_digits) == (Guard.ARMED, applied, False)
    view = table.wait(1)
    assert (view.guard, view.stop) == (Guard.LOCKED, Stop.DEAD_MAN)


def test_a_stalled_loop_shows_no_old_digits(table: Table) -> None:
    table.ready()
    assert not table.do("s 5000").has_digits


NOT_FEEDING = [
    ("a repeat", {"frame_id": 1}, Refusal.REPEATED),
    ("an older frame", {"frame_id": 0}, Refusal.REPEATED),
    ("half the numbers ahead", {"frame_id": 1 + 0x80000000}, Refusal.REPEATED),
    ("another session", {"session": SESSION + 1}, Refusal.ACCEPTED),  # not even judged: the last verdict stays
    ("too old", {"age_ms": 241}, Refusal.TOO_OLD),
    ("age unknown", {"age_ms": 65535}, Refusal.TOO_OLD),
    ("never heard us", {"since_heard_ms": 65535}, Refusal.TOO_OLD),
    ("a wide interval", {"interval_tenths_mm": 51}, Refusal.WIDE_INTERVAL),
    ("no procedure", {"procedure": wire.Procedure.NONE, "side": wire.Side.NONE}, Refusal.IMPLAUSIBLE),
    ("a side too many", {"procedure": wire.Procedure.CAUDAL}, Refusal.IMPLAUSIBLE),
    ("a side too few", {"side": wire.Side.NONE}, Refusal.IMPLAUSIBLE),
    ("no depth", {"depth_tenths_mm": 0}, Refusal.IMPLAUSIBLE),
    ("a path shorter than the depth", {"insertion_tenths_mm": 313}, Refusal.IMPLAUSIBLE),
]


@pytest.mark.parametrize(("name", "changes", "refusal"), NOT_FEEDING, ids=[case[0] for case in NOT_FEEDING])
def test_does_not_feed_the_dead_man(table: Table, name: str, changes: dict[str, object], refusal: Refusal) -> None:  # noqa: ARG001
    table.ready()
    for _ in range(5):
        table.wait(50)
        view = table.guide(**changes)
    assert view.refusal is refusal
    assert not view.has_digits
    assert not view.fresh


FEEDING = [
    ("the oldest age allowed", {"age_ms": wire.MAX_AGE_MS}),
    ("the widest interval allowed", {"interval_tenths_mm": 50}),
    ("a path one tenth short by rounding", {"insertion_tenths_mm": 314}),
    ("an unsided procedure", {"procedure": wire.Procedure.CAUDAL, "side": wire.Side.NONE}),
    ("the left side", {"side": wire.Side.LEFT}),
    ("the farthest frame ahead", {"frame_id": 0x80000000}),
    ("the shallowest depth", {"depth_tenths_mm": 1}),
]


@pytest.mark.parametrize(("name", "changes"), FEEDING, ids=[case[0] for case in FEEDING])
def test_feeds_the_dead_man(table: Table, name: str, changes: dict[str, object]) -> None:  # noqa: ARG001
    table.ready()
    table.wait(190)
    table.guide(**changes)
    assert table.view.refusal is Refusal.ACCEPTED
    assert table.wait(wire.AGE_BUDGET_MS - int(changes.get("age_ms", 50)) - 1).has_digits


def test_heartbeats_feed_nothing(table: Table) -> None:
    table.ready()
    for _ in range(5):
        table.wait(50)
        view = table.receive(wire.Heartbeat(session=SESSION))
    assert not view.has_digits
    assert view.peer is Peer.IN_SESSION


def test_half_the_numbers_ahead_is_behind(table: Table) -> None:
    table.ready()
    assert table.guide(frame_id=1 + 0x80000000).refusal is Refusal.REPEATED


def test_frame_ids_wrap(table: Table) -> None:
    table.ready()
    table.guide(frame_id=0x7FFFFFFF)
    table.guide(frame_id=0xFFFFFFFE)
    assert table.guide(frame_id=3).refusal is Refusal.ACCEPTED
    assert table.guide(frame_id=3).refusal is Refusal.REPEATED


def test_a_withheld_with_an_old_frame_id_does_not_turn_frames_back(table: Table) -> None:
    table.ready()
    table.guide(frame_id=100)
    table.receive(replace(WITHHELD, frame_id=50))
    assert table.guide(frame_id=99).refusal is Refusal.REPEATED
    assert not table.view.has_digits
    table.receive(replace(WITHHELD, frame_id=150))
    assert table.guide(frame_id=149).refusal is Refusal.REPEATED
    assert table.guide(frame_id=151).refusal is Refusal.ACCEPTED


def test_the_first_frame_of_a_session_may_have_any_id(table: Table) -> None:
    table.boot()
    table.greet()
    assert table.guide(frame_id=0xF0000000).refusal is Refusal.ACCEPTED


def test_a_new_session_begins_anew(table: Table) -> None:
    table.ready()
    view = table.greet(SESSION + 1)
    assert (view.has_digits, view.refusal) == (False, Refusal.NONE_YET)
    assert "WAITING" in view.figures
    assert table.guide(session=SESSION + 1, frame_id=0).refusal is Refusal.ACCEPTED


def test_a_dead_man_that_ran_out_unseen_has_run_out(table: Table) -> None:
    table.armed()
    table.do(f"clock {table.view.now_ms + wire.DEADMAN_MS}")  # no tick: the loop stalled and the next frame is there first
    view = table.guide()
    assert (view.guard, view.stop, view.has_digits) == (Guard.LOCKED, Stop.DEAD_MAN, True)


# --- age: the round trip is charged ---

# (name, heard_ms, since_heard_ms, age_ms, now_ms, expected); None: unknown
AGES = [
    ("no time on the way", 1000, 10, 50, 1010, 50),
    ("waited in a buffer", 1000, 10, 50, 1200, 240),
    ("heard a second ago", 1000, 0, 50, 2000, 1050),
    ("heard too long ago", 1000, 990, 50, 2001, None),
    ("heard in the future", 1000, 0, 50, 999, None),
    ("clocks differ a little", 1000, 30, 50, 1010, 50),
    ("clocks differ too much", 1000, 31, 50, 1010, None),
    ("age unknown", 1000, 10, 65535, 1010, None),
    ("the clock wraps", 0xFFFFFFF0, 5, 50, 16, 77),
    ("no age at all", 1000, 10, 65534, 1010, 65534),
]


@pytest.mark.parametrize(("name", "heard_ms", "since_ms", "age_ms", "now_ms", "expected"), AGES, ids=[case[0] for case in AGES])
def test_age(table: Table, name: str, heard_ms: int, since_ms: int, age_ms: int, now_ms: int, expected: int | None) -> None:  # noqa: ARG001
    answer = int(table.ask(f"age {heard_ms} {since_ms} {age_ms} {now_ms}"))
    assert answer == (0xFFFFFFFF if expected is None else expected)


def test_round_trip_is_told(table: Table) -> None:
    table.ready()
    assert table.view.round_trip_ms == 0
    table.wait(100)
    assert table.guide(heard_ms=table.view.now_ms - 30, since_heard_ms=5).round_trip_ms == 25
    assert table.guide(since_heard_ms=65535).round_trip_ms == 65535


def test_a_tighter_age_is_obeyed(table: Table) -> None:
    table.ready(replace(LIMITS, max_age_ms=100))
    assert table.guide(age_ms=100).refusal is Refusal.ACCEPTED
    assert table.guide(age_ms=101).refusal is Refusal.TOO_OLD


HEARD = [("no session", 0, 0, Refusal.OTHER_SESSION), ("another", 6, 5, Refusal.OTHER_SESSION), ("this one", 5, 5, Refusal.ACCEPTED)]


@pytest.mark.parametrize(("name", "session", "sent", "refusal"), HEARD, ids=[case[0] for case in HEARD])
def test_only_this_session_is_heard(table: Table, name: str, session: int, sent: int, refusal: Refusal) -> None:  # noqa: ARG001
    payload = replace(POINTING, session=sent, frame_id=1, heard_ms=table.view.now_ms - 10).payload()
    answer = table.ask(f"hear {session} {payload.hex()}")
    assert answer == f"{int(refusal)} {int(refusal is Refusal.ACCEPTED)}"


# --- withheld ---


@pytest.mark.parametrize("reason", list(wire.Reason))
def test_withheld_says_why_at_once(table: Table, reason: wire.Reason) -> None:
    table.ready()
    view = table.withhold(reason)
    assert not view.has_digits
    assert wire.REASON_WORDS[reason] in view.figures


def test_withheld_holds_an_armed_bracket_for_a_second_at_most(table: Table) -> None:
    table.armed()
    applied = table.withhold().applied
    for _ in range(9):
        table.wait(100)
        assert table.withhold().guard is Guard.ARMED
    assert table.wait(99).guard is Guard.ARMED
    view = table.wait(1)
    assert (view.guard, view.stop, view.applied) == (Guard.LOCKED, Stop.WITHHELD, applied)


def test_a_host_that_falls_silent_while_withholding_loses_the_arm(table: Table) -> None:
    table.armed()
    table.withhold()
    assert table.wait(wire.DEADMAN_MS - 1).guard is Guard.ARMED
    view = table.wait(1)
    assert (view.guard, view.stop) == (Guard.LOCKED, Stop.DEAD_MAN)


def test_a_pointing_after_a_short_withheld_goes_on(table: Table) -> None:
    table.armed()
    before = table.view.applied
    table.withhold()
    table.wait(200)
    table.withhold()
    assert table.view.applied == before
    table.guide()
    assert table.view.guard is Guard.ARMED
    assert table.wait(100).applied < before
    table.guide()
    assert table.guide_for(2000).guard is Guard.ARMED  # the second began anew


# --- arming ---


def test_arming_needs_a_bracket_and_a_fresh_pointing(table: Table) -> None:
    table.ready(replace(LIMITS, bracket=0))
    assert table.press("arm").guard is Guard.DISARMED
    table.parked()
    table.wait(300)
    assert table.press("arm").guard is Guard.DISARMED
    table.guide()
    table.withhold()
    assert table.press("arm").guard is Guard.DISARMED
    table.guide()
    assert table.press("arm").guard is Guard.ARMED


def test_a_press_after_a_dead_man_that_ran_out_unseen_does_not_arm(table: Table) -> None:
    table.parked()
    table.do("b 1")
    table.wait(10)
    assert table.do(f"s {wire.DEADMAN_MS}").guard is Guard.DISARMED  # one tick: the press is debounced and the dead-man is over


@pytest.mark.parametrize("button", ["procedure", "side", "lock"])
def test_other_buttons_do_not_arm(table: Table, button: str) -> None:
    table.ready()
    assert table.press(button).guard is not Guard.ARMED


def test_arming_needs_an_angle_in_reach(table: Table) -> None:
    for angle, armed in ((-501, False), (-500, True), (500, True), (501, False)):
        table.do("record 0 " + "ff" * 41)
        table.do("record 1 " + "ff" * 41)
        table.parked()
        table.guide(angle_tenths_deg=angle)
        view = table.press("arm")
        assert (view.guard is Guard.ARMED) == armed
        assert (view.stop is Stop.OUT_OF_RANGE) != armed


def test_a_button_closed_at_boot_never_arms(table: Table) -> None:
    table.boot(buttons=1)
    assert table.view.faults == Fault.BUTTON_STUCK
    table.greet()
    table.receive(LIMITS)
    table.guide()
    table.do("b 0")
    table.wait(50)
    table.guide()
    assert table.press("arm").guard is Guard.DISARMED
    table.withhold()
    assert "BUTTON STUCK: RESTART" in table.view.figures


def test_a_button_closed_for_ten_seconds_is_a_fault(table: Table) -> None:
    table.ready()
    table.do("b 8")
    table.wait(wire.STUCK_MS + wire.DEBOUNCE_MS - 5)
    assert table.view.faults == Fault(0)
    assert table.wait(10).faults == Fault.BUTTON_STUCK


def test_a_fault_disarms(table: Table) -> None:
    table.armed()
    table.do("b 8")  # the SIDE button, held: first a choice, then a fault
    table.guide_for(wire.STUCK_MS + 100)
    assert table.view.faults == Fault.BUTTON_STUCK
    assert table.view.guard is Guard.LOCKED


def test_a_stuck_arm_button_disarms(table: Table) -> None:
    table.parked()
    table.do("b 1")
    table.guide_for(wire.STUCK_MS - 200)
    assert table.view.guard is Guard.ARMED
    table.guide_for(400)
    assert (table.view.guard, table.view.stop) == (Guard.LOCKED, Stop.FAULT)


def test_a_watchdog_reset_keeps_the_bracket_from_arming(table: Table) -> None:
    table.boot(faults=int(Fault.WATCHDOG_RESET))
    table.greet()
    table.receive(LIMITS)
    table.guide()
    assert table.press("arm").guard is Guard.DISARMED


def test_low_supply_disarms_and_blanks(table: Table) -> None:
    table.armed()
    table.do(f"v {wire.SUPPLY_LOW_MV}")
    assert table.wait(5).guard is Guard.ARMED
    table.do(f"v {wire.SUPPLY_LOW_MV - 1}")
    view = table.wait(5)
    assert (view.guard, view.stop, view.faults, view.has_digits) == (Guard.LOCKED, Stop.BROWN_OUT, Fault.BROWN_OUT, False)
    assert table.guide().refusal is Refusal.FAULT
    table.do(f"v {wire.SUPPLY_GOOD_MV - 1}")  # what falls under load rises without it: no flutter
    table.wait(5)
    assert table.guide().refusal is Refusal.FAULT
    table.do(f"v {wire.SUPPLY_GOOD_MV}")
    table.wait(5)
    assert table.guide().refusal is Refusal.ACCEPTED
    assert table.view.guard is Guard.LOCKED


def test_a_supply_that_nobody_measures_is_no_fault(table: Table) -> None:
    table.ready()
    table.do("v 0")
    assert table.wait(5).faults == Fault(0)


# --- what disarms ---

DISARMING = [
    ("the dead-man", lambda t: t.wait(wire.DEADMAN_MS), Stop.DEAD_MAN),
    ("a new session", lambda t: t.greet(SESSION + 1), Stop.NEW_SESSION),
    ("Configure", lambda t: t.receive(LIMITS), Stop.CONFIGURED),
    ("the procedure button", lambda t: t.press("procedure"), Stop.CHOICE_CHANGED),
    ("the side button", lambda t: t.press("side"), Stop.CHOICE_CHANGED),
    ("another procedure", lambda t: t.guide(procedure=wire.Procedure.SACROILIAC), Stop.CHOICE_CHANGED),
    ("another side", lambda t: t.guide(side=wire.Side.LEFT), Stop.CHOICE_CHANGED),
    ("a jump in depth", lambda t: t.guide(depth_tenths_mm=366, insertion_tenths_mm=400), Stop.TARGET_JUMP),
    ("a jump up", lambda t: t.guide(depth_tenths_mm=264), Stop.TARGET_JUMP),
    ("a jump aside", lambda t: t.guide(lateral_tenths_mm=139), Stop.TARGET_JUMP),
    ("a jump of the angle", lambda t: t.guide(angle_tenths_deg=-438), Stop.TARGET_JUMP),
    ("the lock button", lambda t: t.press("lock"), Stop.LOCKED),
    ("another layout", lambda t: t.receive(wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT ^ 1)), Stop.NEW_SESSION),
]


@pytest.mark.parametrize(("name", "act", "stop"), DISARMING, ids=[case[0] for case in DISARMING])
def test_disarms_and_holds(table: Table, name: str, act, stop: Stop) -> None:  # noqa: ARG001
    table.armed()
    view = act(table)
    assert (view.guard, view.stop) == (Guard.LOCKED, stop)
    held = view.applied
    table.greet()
    table.guide_for(1000)
    table.press("arm")
    assert table.view.guard is Guard.LOCKED
    assert (table.guide_for(500).applied, table.view.servo_us) == (held, view.servo_us)


NOT_DISARMING = [
    ("the same again", {}),
    ("a small move", {"depth_tenths_mm": 365, "insertion_tenths_mm": 400}),
    ("a small move up", {"depth_tenths_mm": 265}),
    ("a small move aside", {"lateral_tenths_mm": 240}),
    ("a small turn", {"angle_tenths_deg": -437}),
]


@pytest.mark.parametrize(("name", "changes"), NOT_DISARMING, ids=[case[0] for case in NOT_DISARMING])
def test_stays_armed(table: Table, name: str, changes: dict[str, object]) -> None:  # noqa: ARG001
    table.armed()
    assert table.guide(**changes).guard is Guard.ARMED


def test_an_angle_leaving_the_range_disarms(table: Table) -> None:
    table.parked()
    table.guide(angle_tenths_deg=-450)
    table.press("arm")
    assert table.guide(angle_tenths_deg=-500).guard is Guard.ARMED
    view = table.guide(angle_tenths_deg=-501)
    assert (view.guard, view.stop) == (Guard.LOCKED, Stop.OUT_OF_RANGE)


def test_a_jump_while_disarmed_only_moves_the_digits(table: Table) -> None:
    table.ready()
    view = table.guide(depth_tenths_mm=600, insertion_tenths_mm=700)
    assert (view.guard, view.stop, view.has_digits) == (Guard.DISARMED, Stop.CONFIGURED, True)


# --- lock ---


def test_locked_is_frozen_until_held_free_at_the_device(table: Table) -> None:
    table.armed()
    table.press("lock")
    table.guide()
    frozen = table.view.applied
    for angle in (-337, -300, -250, -337):
        table.guide(angle_tenths_deg=angle)
        table.wait(100)
    assert table.view.applied == frozen
    assert table.press("lock", ms=wire.UNLOCK_MS - 100).guard is Guard.LOCKED
    view = table.press("lock", ms=wire.UNLOCK_MS + 100)
    assert (view.guard, view.stop) == (Guard.DISARMED, Stop.UNLOCKED)
    table.guide()
    table.press("arm")
    assert table.view.guard is Guard.ARMED


def test_the_press_that_locks_does_not_unlock(table: Table) -> None:
    table.armed()
    assert table.press("lock", ms=3000).guard is Guard.LOCKED
    assert "HOLD LOCK TO RELEASE" in table.wait(300).figures


def test_without_a_bracket_there_is_no_lock(table: Table) -> None:
    table.ready(replace(LIMITS, bracket=0))
    assert table.press("lock").guard is Guard.DISARMED


def test_lock_works_while_disarmed(table: Table) -> None:
    table.ready()
    assert table.press("lock").guard is Guard.LOCKED
    table.guide()
    assert table.press("arm").guard is Guard.LOCKED


UNLOCKS = [(Guard.DISARMED, Guard.DISARMED, Stop.BOOT), (Guard.ARMED, Guard.ARMED, Stop.BOOT), (Guard.LOCKED, Guard.DISARMED, Stop.UNLOCKED)]


@pytest.mark.parametrize(("before", "after", "stop"), UNLOCKS)
def test_unlock_frees_only_what_is_locked(table: Table, before: Guard, after: Guard, stop: Stop) -> None:
    assert table.ask(f"unlock {int(before)}") == f"{int(after)} {int(stop)}"


def test_unlock_of_nothing_is_nothing(table: Table) -> None:
    table.ready(replace(LIMITS, bracket=0))
    view = table.press("lock", ms=2000)
    assert (view.guard, view.stop) == (Guard.DISARMED, Stop.CONFIGURED)


def test_armed_again_does_not_jump_to_the_park_angle(table: Table) -> None:
    table.armed()
    table.guide_for(500)
    held = table.view.applied
    assert held < -20 * LEAST_TENTH
    table.press("lock")
    table.press("lock", ms=1200)
    table.guide()
    table.do("b 1")
    table.wait(25)
    assert table.view.guard is Guard.ARMED
    assert abs(table.view.applied - held) <= 30 * 200


# --- range, slew, servo ---


def test_the_bracket_goes_at_its_slew_rate_and_stops_at_the_target(table: Table) -> None:
    table.armed()
    start, start_ms = table.view.applied, table.view.now_ms
    table.guide_for(500)
    assert start - table.view.applied == 200 * (table.view.now_ms - start_ms)
    assert table.guide_for(3000).applied == -337 * LEAST_TENTH
    assert table.view.servo_us == 1163


def test_a_stalled_loop_moves_one_step_only(table: Table) -> None:
    table.armed()
    table.guide(age_ms=0)
    before = table.view.applied
    assert before - table.do("s 200").applied == 200 * wire.STEP_MAX_MS


STEPS = [  # (name, applied, target, slew, dt, expected)
    ("up", 0, 5000, 100, 10, 1000),
    ("down", 0, -5000, 100, 10, -1000),
    ("arrives from below", 4500, 5000, 100, 10, 5000),
    ("arrives from above", 5500, 5000, 100, 10, 5000),
    ("just arrives", 4000, 5000, 100, 10, 5000),
    ("just does not", 3999, 5000, 100, 10, 4999),
    ("stays", 5000, 5000, 100, 10, 5000),
    ("no time", 0, 5000, 100, 0, 0),
    ("no speed", 0, 5000, 0, 10, 0),
    ("at most 50 ms", 0, 900000, 1000, 51, 50000),
    ("from end to end", -900000, 900000, 1000, 4294967295, -850000),
]


@pytest.mark.parametrize(("name", "applied", "target", "slew", "dt", "expected"), STEPS, ids=[case[0] for case in STEPS])
def test_step(table: Table, name: str, applied: int, target: int, slew: int, dt: int, expected: int) -> None:  # noqa: ARG001
    assert int(table.ask(f"step {applied} {target} {slew} {dt}")) == expected


def test_servo_may_turn_the_other_way(table: Table) -> None:
    table.parked(replace(LIMITS, servo_least_us=2000, servo_most_us=1000))
    table.press("arm")
    table.guide_for(3000)
    assert table.view.servo_us == 1837


# --- Configure ---

UNSOUND = [
    ("beyond the left end", {"angle_least_tenths_deg": -601}),
    ("beyond the right end", {"angle_most_tenths_deg": 601}),
    ("no range", {"angle_least_tenths_deg": 0, "angle_most_tenths_deg": 0}),
    ("turned round", {"angle_least_tenths_deg": 10, "angle_most_tenths_deg": -10}),
    ("parked too far left", {"park_tenths_deg": -501}),
    ("parked too far right", {"park_tenths_deg": 501}),
    ("no speed", {"slew_tenths_deg_per_s": 0}),
    ("too fast", {"slew_tenths_deg_per_s": 301}),
    ("a shorter pulse than was built", {"servo_least_us": 599, "servo_most_us": 1599}),
    ("a longer pulse than was built", {"servo_least_us": 2401, "servo_most_us": 1401}),
    ("degrees that are whole turns of the servo", {"angle_least_tenths_deg": -10, "angle_most_tenths_deg": 10, "servo_least_us": 600,
                                                   "servo_most_us": 2400}),
    ("a microsecond too many for a degree", {"angle_least_tenths_deg": -150, "angle_most_tenths_deg": 150, "servo_most_us": 1901,
                                             "slew_tenths_deg_per_s": 100}),
    ("a microsecond too few for a degree", {"servo_most_us": 1499}),
    ("microseconds too fast", {"angle_least_tenths_deg": -250, "angle_most_tenths_deg": 250, "servo_most_us": 2001, "slew_tenths_deg_per_s": 300}),
    ("a wider interval than was built", {"max_interval_tenths_mm": 51}),
    ("a wider interval, without a bracket", {"max_interval_tenths_mm": 51, "bracket": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes"), UNSOUND, ids=[case[0] for case in UNSOUND])
def test_unsound_limits_are_refused(table: Table, name: str, changes: dict[str, int]) -> None:  # noqa: ARG001
    table.ready()
    view = table.receive(replace(LIMITS, **changes))
    assert view.faults == Fault.BAD_CONFIGURATION
    assert replace(LIMITS, session=SESSION) in view.sent
    assert table.receive(LIMITS).faults == Fault(0)


def test_a_device_without_a_bracket_takes_no_limits_for_one(table: Table) -> None:
    everything = int(wire.Capability.DISPLAY | wire.Capability.BRACKET | wire.Capability.BUTTONS | wire.Capability.STORAGE)
    payload = LIMITS.payload().hex()
    assert table.ask(f"sound {everything} {payload}") == "1"
    assert table.ask(f"sound {everything & ~int(wire.Capability.BRACKET)} {payload}") == "0"


SOUND = [
    ("the whole range", {"angle_least_tenths_deg": -600, "angle_most_tenths_deg": 600}),
    ("the fastest", {"slew_tenths_deg_per_s": 300}),
    ("the slowest", {"slew_tenths_deg_per_s": 1}),
    ("parked left", {"park_tenths_deg": -500}),
    ("parked right", {"park_tenths_deg": 500}),
    ("the narrowest", {"angle_least_tenths_deg": 0, "angle_most_tenths_deg": 1, "servo_most_us": 1001, "slew_tenths_deg_per_s": 200}),
    ("the shortest pulse and the fewest microseconds for a degree", {"servo_least_us": 600, "servo_most_us": 1100}),
    ("the longest pulse", {"servo_least_us": 2400, "servo_most_us": 1400}),
    ("the most microseconds for a degree", {"angle_least_tenths_deg": -150, "angle_most_tenths_deg": 150, "servo_most_us": 1900,
                                            "slew_tenths_deg_per_s": 200, "park_tenths_deg": 0}),
    ("no bracket, whatever else", {"bracket": 0, "angle_least_tenths_deg": 900, "slew_tenths_deg_per_s": 1000}),
    ("a narrower interval", {"max_interval_tenths_mm": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes"), SOUND, ids=[case[0] for case in SOUND])
def test_sound_limits_are_stored_and_read_back(table: Table, name: str, changes: dict[str, int]) -> None:  # noqa: ARG001
    table.boot()
    table.greet()
    wanted = replace(LIMITS, **changes)
    view = table.receive(wanted)
    assert view.faults == Fault(0)
    assert wanted in view.sent


def test_configure_blanks_and_must_be_parked_again(table: Table) -> None:
    table.armed()
    table.press("lock")
    table.press("lock", ms=1200)
    assert table.view.servo_us != 0
    table.guide()
    view = table.receive(LIMITS)
    assert (view.has_digits, view.stop, view.servo_us) == (False, Stop.CONFIGURED, 0)


def test_a_locked_device_stores_nothing(table: Table) -> None:
    table.armed()
    table.press("lock")
    table.guide()
    servo_us = table.view.servo_us
    view = table.receive(replace(LIMITS, servo_least_us=500))
    assert replace(LIMITS, session=SESSION) in view.sent
    assert view.servo_us == servo_us


# --- the operator's choice ---


def test_the_device_follows_the_host_until_a_button_chooses(table: Table) -> None:
    table.ready()
    assert (table.view.procedure, table.view.side) == (wire.Procedure.NONE, wire.Side.NONE)
    view = table.press("side")
    assert (view.procedure, view.side) == (wire.Procedure.FACET, wire.Side.LEFT)
    assert not view.has_digits
    assert table.guide().refusal is Refusal.OTHER_CHOICE
    assert not table.view.has_digits
    assert table.guide(side=wire.Side.LEFT).has_digits
    assert table.press("side").side is wire.Side.RIGHT


def test_another_procedure_needs_its_side_again(table: Table) -> None:
    table.ready()
    view = table.press("procedure")
    assert (view.procedure, view.side) == (wire.Procedure.MEDIAL_BRANCH, wire.Side.NONE)
    assert "CHOOSE SIDE" in view.figures
    assert table.guide(procedure=wire.Procedure.MEDIAL_BRANCH).refusal is Refusal.OTHER_CHOICE
    table.press("side")
    assert table.guide(procedure=wire.Procedure.MEDIAL_BRANCH, side=wire.Side.LEFT).has_digits


def test_the_procedure_button_goes_round(table: Table) -> None:
    table.boot()
    seen = [table.press("procedure").procedure for _ in range(10)]
    assert seen == [*list(wire.Procedure)[1:], wire.Procedure.FACET]


def test_an_unsided_procedure_takes_no_side(table: Table) -> None:
    table.ready()
    for _ in range(3):
        table.press("procedure")
    assert table.view.procedure is wire.Procedure.INTERLAMINAR
    assert table.press("side").side is wire.Side.NONE
    assert table.guide(procedure=wire.Procedure.INTERLAMINAR, side=wire.Side.NONE).has_digits


def test_side_without_a_procedure_is_nothing(table: Table) -> None:
    table.boot()
    assert table.press("side").procedure is wire.Procedure.NONE


def test_a_choice_survives_a_new_session(table: Table) -> None:
    table.ready()
    table.press("side")
    table.greet(SESSION + 1)
    assert table.view.side is wire.Side.LEFT


# --- the picture's way and the bracket's ---


@pytest.mark.parametrize(("mirrored", "sign"), [(0, 1), (1, -1)])
@pytest.mark.parametrize("angle", [-120, 80])
def test_the_bracket_leans_the_way_its_own_body_has_it(table: Table, mirrored: int, sign: int, angle: int) -> None:
    """The same screen angle: with the marker drawn left the servo goes the other way; the display keeps the screen's."""
    limits = replace(LIMITS, mirrored=mirrored, park_tenths_deg=0)
    table.parked(limits)
    table.guide(angle_tenths_deg=angle)
    assert table.press("arm").guard is Guard.ARMED
    view = table.guide_for(2000, angle_tenths_deg=angle)
    assert view.applied == sign * angle * LEAST_TENTH
    span = limits.angle_most_tenths_deg - limits.angle_least_tenths_deg
    reach_us = limits.servo_most_us - limits.servo_least_us
    assert view.servo_us == pytest.approx(limits.servo_least_us + (sign * angle - limits.angle_least_tenths_deg) * reach_us / span, abs=1)
    assert f"{angle / 10:+.1f}" in view.figures


@pytest.mark.parametrize(("mirrored", "angle", "reached"), [(0, 140, True), (0, -140, False), (1, 140, False), (1, -140, True)])
def test_a_lopsided_range_is_the_bodys(table: Table, mirrored: int, angle: int, reached: bool) -> None:
    table.parked(replace(LIMITS, mirrored=mirrored, angle_least_tenths_deg=-50, angle_most_tenths_deg=200, servo_most_us=1500, park_tenths_deg=0))
    table.guide(angle_tenths_deg=angle)
    view = table.press("arm")
    assert (view.guard is Guard.ARMED) == reached
    assert reached or view.stop is Stop.OUT_OF_RANGE
