"""One truth between host and device, and what is physical: each fault of a day with the real host and the real C core, as the device sees it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from core import LIMITS, SESSION, WITHHELD, Table, View
from test_device import FREE, record

from firmware_bridge import framing, wire
from firmware_bridge.wire import Fault, Guard, Picture, Procedure, Refusal, Side, Stop

LEFT = replace(LIMITS, mirrored=1)
RATE_US_PER_S = 200  # of LIMITS: 20 deg/s at 10 us/deg


def digest(limits: wire.Configure) -> int:
    return framing.configure_digest(limits)


def logs(view: View) -> list[str]:
    return [message.line for message in view.sent if isinstance(message, wire.Log)]


def unlock(table: Table) -> None:
    table.press("lock", ms=wire.UNLOCK_MS + 100)
    assert table.view.guard is Guard.DISARMED


# --- one Configure ---


def test_the_device_says_the_digest_of_what_it_holds(table: Table) -> None:
    for limits in (LIMITS, LEFT):
        table.ready(limits)
        status = next(m for m in table.wait(60).sent if isinstance(m, wire.Status))
        assert status.configure_digest == digest(limits)
    assert digest(LIMITS) != digest(LEFT)
    assert digest(LIMITS) == digest(replace(LIMITS, session=9))


def test_a_bracket_does_not_arm_by_a_configure_that_the_host_does_not_aim_with(table: Table) -> None:
    """Armed with the marker right; locked; a host with the marker left: its Configure was refused, and it went to the other side of the body."""
    table.armed()
    table.press("lock")
    table.greet()
    refused = table.receive(LEFT)
    assert LEFT not in refused.sent
    assert logs(refused) == ["configuration not stored: locked"]
    unlock(table)
    table.digest = digest(LEFT)
    view = table.guide()
    assert (view.has_digits, view.rows[5].strip()) == (True, "OTHER CONFIG")
    before = view.servo_us
    view = table.press("arm")
    assert (view.guard, view.servo_us) == (Guard.DISARMED, before)
    assert table.logs[-1] == "not armed: configurations differ"
    table.receive(LEFT)
    assert table.guide().rows[5].strip() == "RESEARCH ONLY"
    table.park()
    table.guide()
    assert table.press("arm").guard is Guard.ARMED


@pytest.mark.parametrize(("changes", "stop"), [({"configure_digest": 1}, Stop.OTHER_CONFIGURATION), ({"picture": Picture.DEMO}, Stop.NOT_LIVE)])
@pytest.mark.parametrize("state", list(wire.State))
def test_an_armed_bracket_locks_where_the_truth_changes(table: Table, changes: dict[str, object], stop: Stop, state: wire.State) -> None:
    table.armed()
    view = table.guide(state=state, **changes)
    assert (view.guard, view.stop) == (Guard.LOCKED, stop)


def test_a_configure_that_the_device_holds_already_is_not_written_again(table: Table) -> None:
    """1,000 equal ones were 1,000 writes to flash."""
    table.ready()
    before = table.ask("stores")
    for _ in range(1000):
        view = table.receive(LIMITS)
    assert table.ask("stores") == before
    assert LIMITS in view.sent


def test_a_lost_configuration_is_written_though_it_is_the_default(table: Table) -> None:
    for slot in (0, 1):
        table.do(f"record {slot} {'5a' * 41}")
    table.boot()
    (default,) = [m for m in table.greet().sent if isinstance(m, wire.Configure)]
    assert table.view.faults == Fault.CONFIGURATION_LOST
    unlock(table)
    assert table.receive(default).faults == Fault(0)


# --- live or not ---


def test_a_picture_that_is_not_live_says_demo_and_arms_nothing(table: Table) -> None:
    table.parked()
    view = table.guide(picture=Picture.DEMO)
    assert (view.has_digits, view.rows[5].strip()) == (True, "DEMO, RESEARCH")
    view = table.press("arm")
    assert view.guard is Guard.DISARMED
    assert table.logs[-1] == "not armed: the picture is not live"
    view = table.guide(replace(WITHHELD, picture=Picture.DEMO))
    assert view.rows[4:] == ("DEMO: NOT LIVE       ", "DEMO, RESEARCH       ")


def test_nothing_parks_on_a_picture_that_is_not_live_or_without_a_host(table: Table) -> None:
    table.ready()
    table.guide(picture=Picture.DEMO)
    assert table.press("arm").guard is Guard.DISARMED
    table.guide()
    table.wait(wire.SILENT_MS)
    assert table.press("arm").guard is Guard.DISARMED


# --- what the display says of the host ---


def test_procedure_and_side_are_those_of_the_last_guidance_of_any_state(table: Table) -> None:
    """They had been those of the last Pointing: NO PROCEDURE before the first, the former side while the new one was withheld."""
    table.boot()
    assert table.greet().rows[0].strip() == ""
    assert table.guide(WITHHELD).rows[0] == "FACET           RIGHT"
    table.guide()
    assert table.guide(replace(WITHHELD, side=Side.LEFT)).rows[0] == "FACET           LEFT "
    assert table.guide(replace(WITHHELD, procedure=Procedure.CAUDAL, side=Side.NONE)).rows[0] == "CAUDAL          -    "
    assert table.wait(wire.SILENT_MS).rows[0].strip() == ""
    assert "NO HOST" in table.view.figures


def test_a_new_session_has_no_procedure_yet(table: Table) -> None:
    table.ready()
    assert table.greet(SESSION + 1).rows[0].strip() == ""


def test_an_older_withheld_does_not_turn_the_display_back(table: Table) -> None:
    table.ready()
    table.guide(frame_id=100)
    view = table.guide(replace(WITHHELD, side=Side.LEFT), frame_id=99)
    assert (view.rows[0], view.has_digits) == ("FACET           RIGHT", False)


def test_what_was_chosen_here_stands_apart_until_the_host_follows(table: Table) -> None:
    table.ready()
    view = table.press("procedure")
    assert (view.rows[0], view.rows[5]) == ("FACET           RIGHT", "MEDIAL BRANCH   -    ")
    table.press("side")
    view = table.guide()
    assert (view.rows[0], view.rows[3].strip(), view.rows[5]) == ("FACET           RIGHT", "HOST DISAGREES", "MEDIAL BRANCH   LEFT ")
    view = table.guide(procedure=Procedure.MEDIAL_BRANCH, side=Side.LEFT)
    assert (view.rows[0], view.rows[5].strip()) == ("MEDIAL BRANCH   LEFT ", "RESEARCH ONLY")


def test_another_procedure_on_the_same_side_is_another_choice(table: Table) -> None:
    table.ready()
    for button in ("procedure", "side", "side"):
        table.press(button)
    assert table.guide().rows[5] == "MEDIAL BRANCH   RIGHT"


def test_a_configure_beyond_the_build_is_named_on_the_display(table: Table) -> None:
    table.ready()
    table.receive(replace(LIMITS, slew_tenths_deg_per_s=1000))
    assert table.withhold().rows[4].strip() == "BAD CONFIGURATION"


def test_words_stand_below_dashes(table: Table) -> None:
    table.ready()
    view = table.withhold(wire.Reason.MENU)
    assert view.rows == (
        "FACET           RIGHT",
        "  --.- mm            ",
        "  --.- deg           ",
        "MENU ON SCREEN       ",
        "                     ",
        "RESEARCH ONLY        ",
    )


def test_a_fault_is_named_though_it_locked(table: Table) -> None:
    table.armed()
    table.do("v 4000")
    view = table.wait(5)
    assert (view.guard, view.rows[4].strip(), view.rows[5][15:]) == (Guard.LOCKED, "LOW SUPPLY", "LOCKED")


def test_the_first_press_of_side_turns_from_what_is_shown(table: Table) -> None:
    table.ready()
    table.guide(side=Side.LEFT)
    view = table.press("side")
    assert (view.procedure, view.side) == (Procedure.FACET, Side.RIGHT)


def test_a_press_of_side_is_nothing_where_there_are_none(table: Table) -> None:
    table.ready()
    table.guide(procedure=Procedure.CAUDAL, side=Side.NONE)
    view = table.press("side")
    assert (view.procedure, view.has_digits) == (Procedure.NONE, True)


def test_a_change_of_side_disarms_though_it_is_withheld(table: Table) -> None:
    table.armed()
    view = table.guide(replace(WITHHELD, side=Side.LEFT))
    assert (view.guard, view.stop) == (Guard.LOCKED, Stop.CHOICE_CHANGED)


# --- lock and park ---


def test_a_lock_outlives_a_reset(table: Table) -> None:
    """It was lost, and one press of ARM then jumped to park."""
    table.armed()
    table.guide_for(500)
    table.press("lock")
    left_us = table.view.servo_us
    view = table.boot(seed=3)
    assert (view.guard, view.stop, view.servo_us) == (Guard.LOCKED, Stop.RESET, 0)
    table.greet()
    table.guide()
    assert table.press("arm").guard is Guard.LOCKED
    unlock(table)
    table.guide()
    pulses = [view.servo_us for view in parking(table)]
    assert pulses[0] == left_us
    assert all(abs(b - a) * 1000 <= RATE_US_PER_S * 5 + 1000 for a, b in pairwise(pulses))
    assert pulses[-1] == 1500


def test_lock_held_for_a_second_frees_and_no_sooner(table: Table) -> None:
    table.ready()
    table.press("lock")
    table.do("b 2")
    assert table.wait(5 + wire.DEBOUNCE_MS + wire.UNLOCK_MS - 5).guard is Guard.LOCKED
    assert table.wait(5).guard is Guard.DISARMED


def test_one_hold_of_lock_frees_once(table: Table) -> None:
    """Kept closed, it frees nothing that locks later."""
    table.ready()
    table.press("lock")
    table.do("b 2")
    table.unsure(wire.UNLOCK_MS + 100)
    table.guide()
    table.do("b 3")
    assert table.wait(60).guard is Guard.PARKING
    assert table.guide(picture=Picture.DEMO).guard is Guard.LOCKED
    assert table.wait(100).guard is Guard.LOCKED


def parking(table: Table) -> list[View]:
    """From the press: every 5 ms that has a pulse, until it is parked."""
    seen: list[View] = []
    assert table.press("arm").guard is Guard.PARKING
    for _ in range(4000):
        if table.view.guard is not Guard.PARKING:
            break
        if table.view.now_ms % 100 < 5:
            table.withhold()
        seen.append(table.wait(5))
    return [view for view in seen if view.servo_us]


@pytest.mark.parametrize("act", ["armed", "locked", "armed and locked by the dead-man"])
def test_a_reset_locks_what_was_not_free(table: Table, act: str) -> None:
    table.armed() if act.startswith("armed") else table.ready()
    if act == "locked":
        table.press("lock")
    if "dead-man" in act:
        table.wait(400)
    assert table.boot().guard is Guard.LOCKED


def test_a_reset_after_unlock_is_free(table: Table) -> None:
    table.armed()
    table.press("lock")
    unlock(table)
    assert table.boot().guard is Guard.DISARMED


def test_the_lock_is_kept_before_an_armed_bracket_moves(table: Table) -> None:
    table.parked()
    before = int(table.ask("stores"))
    table.do("b 1")
    while table.view.guard is not Guard.ARMED:
        table.wait(5)
    assert int(table.ask("stores")) == before + 1
    assert table.view.servo_us == 1500


def test_a_bracket_whose_lock_cannot_be_kept_does_not_move(table: Table) -> None:
    table.parked()
    table.do("fail-store 1")
    view = table.press("arm")
    assert (view.guard, view.stop, view.faults) == (Guard.LOCKED, Stop.FAULT, Fault.STORAGE_FAILED)
    assert table.view.servo_us == 1500


@pytest.mark.parametrize("written", range(0, 41, 5))
def test_a_power_cut_while_the_lock_is_kept_leaves_it_locked_or_unmoved(table: Table, written: int) -> None:
    table.parked()
    table.do(f"cut {written}")
    table.do("b 1")
    while not table.view.dead:
        table.wait(5)
    assert table.view.servo_us == 1500
    assert table.boot().guard is not Guard.ARMED


def test_going_to_park_is_announced_started_by_a_press_and_no_arming(table: Table) -> None:
    table.ready()
    view = table.press("arm")
    assert (view.guard, view.servo_us, view.has_digits) == (Guard.PARKING, 0, False)
    assert (view.rows[3].strip(), view.rows[4].strip()) == ("PUT AT PARK MARK", "KEEP CLEAR")
    table.unsure(wire.PARK_BY_HAND_MS - 200)
    assert table.view.servo_us == 0
    view = table.unsure(300)
    assert (view.guard, view.stop, view.servo_us) == (Guard.DISARMED, Stop.PARKED, 1500)


def test_a_known_place_is_left_after_the_notice(table: Table) -> None:
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=1200)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    start_ms = table.view.now_ms
    pulses = parking(table)
    assert pulses[0].now_ms - start_ms >= wire.PARK_NOTICE_MS
    assert pulses[0].servo_us == 1200
    assert pulses[-1].now_ms - pulses[0].now_ms >= 300 * 1000 // RATE_US_PER_S


@pytest.mark.parametrize("pulse_us", [599, 2401, 65535])
def test_a_place_that_this_build_never_has_is_none(table: Table, pulse_us: int) -> None:
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=pulse_us)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    assert "PUT AT PARK MARK" in table.press("arm").figures


@pytest.mark.parametrize("pulse_us", [600, 2400])
def test_the_builds_own_ends_are_places(table: Table, pulse_us: int) -> None:
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=pulse_us)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    assert "GOING TO PARK" in table.press("arm").figures


@pytest.mark.parametrize("free", [0, 0xFF, FREE ^ 1])
def test_any_other_word_than_free_is_locked(table: Table, free: int) -> None:
    table.do(f"record 0 {record(LIMITS, 1, free=free)}")
    assert table.boot().guard is Guard.LOCKED


def test_the_way_to_park_begins_a_second_after_its_notice(table: Table) -> None:
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=1200)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    table.do("b 1")
    while table.view.guard is not Guard.PARKING:
        table.wait(5)
    table.wait(500)
    table.withhold()
    assert table.wait(wire.PARK_NOTICE_MS - 505).servo_us == 0
    assert table.wait(5).servo_us == 1200


def test_a_park_angle_aside_is_where_it_stands(table: Table) -> None:
    aside = replace(LIMITS, park_tenths_deg=100)
    table.ready(aside)
    view = table.park()
    assert (view.servo_us, view.applied) == (1600, 100_000)


def test_the_way_to_park_is_not_written_step_by_step(table: Table) -> None:
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=1000)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    before = int(table.ask("stores"))
    assert len(parking(table)) > 100
    assert int(table.ask("stores")) == before + 1


@pytest.mark.parametrize("act", ["parked", "armed"])
def test_a_store_that_failed_is_not_tried_again_until_something_changes(table: Table, act: str) -> None:
    table.ready() if act == "parked" else table.parked()
    table.do("fail-store 1")
    table.press("arm")
    table.unsure(wire.PARK_BY_HAND_MS + 200)
    assert table.view.faults == Fault.STORAGE_FAILED
    before = table.ask("stores")
    table.unsure(500)
    assert table.ask("stores") == before


HALTS = [
    ("LOCK", lambda t: t.press("lock"), Stop.LOCKED),
    ("a Configure", lambda t: t.receive(LEFT), Stop.CONFIGURED),
    ("a new session", lambda t: t.greet(SESSION + 1), Stop.NEW_SESSION),
    ("a host that is gone", lambda t: t.wait(wire.SILENT_MS), Stop.NEW_SESSION),
    ("another Configure at the host", lambda t: t.guide(configure_digest=1), Stop.OTHER_CONFIGURATION),
    ("a demonstration", lambda t: t.guide(picture=Picture.DEMO), Stop.NOT_LIVE),
    ("low supply", lambda t: (t.do("v 4000"), t.wait(5))[1], Stop.BROWN_OUT),
    ("the side button", lambda t: t.press("side"), Stop.CHOICE_CHANGED),
]


@pytest.mark.parametrize(("name", "act", "stop"), HALTS, ids=[case[0] for case in HALTS])
def test_what_halts_a_bracket_on_its_way_to_park(table: Table, name: str, act, stop: Stop) -> None:  # noqa: ARG001
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=1000)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    table.press("arm")
    table.unsure(wire.PARK_NOTICE_MS + 200)
    assert 1000 < table.view.servo_us < 1500
    view = act(table)
    assert (view.guard, view.stop) == (Guard.LOCKED, stop)
    held_us = view.servo_us
    assert held_us
    assert table.wait(500).servo_us == held_us
    table.do("v 5000")
    table.greet()
    table.press("lock", ms=1200)
    table.guide()
    assert table.press("arm").guard is Guard.PARKING
    assert table.wait(100).servo_us == held_us


def test_a_pointing_that_ends_does_not_halt_the_way_to_park(table: Table) -> None:
    table.ready()
    table.press("arm")
    table.unsure(2000)
    assert table.view.guard is Guard.PARKING


# --- what is said ---


def test_a_screen_that_was_dropped_is_said_again(table: Table) -> None:
    table.ready()
    table.withhold(wire.Reason.MENU)
    table.guide()
    # the outbox is full: four answers to a Configure and the rest of a busy moment
    hello = framing.frame(wire.Hello(role=wire.Role.HOST, protocol=wire.PROTOCOL, layout=wire.LAYOUT)).hex()
    table.frame_id += 1
    frozen = framing.frame(replace(WITHHELD, reason=wire.Reason.FROZEN, frame_id=table.frame_id)).hex()
    view = table.do(f"rx {hello * 12}{frozen}")
    assert not [m for m in view.sent if isinstance(m, wire.Screen)]
    said = [m for m in table.wait(5).sent if isinstance(m, wire.Screen)]
    assert "PICTURE FROZEN" in said[0].rows


def test_an_outbox_that_is_just_full_drops_nothing(table: Table) -> None:
    table.ready()
    hello = framing.frame(wire.Hello(role=wire.Role.HOST, protocol=wire.PROTOCOL, layout=wire.LAYOUT)).hex()
    table.frame_id += 1
    frozen = framing.frame(replace(WITHHELD, reason=wire.Reason.FROZEN, frame_id=table.frame_id)).hex()
    view = table.do(f"rx {hello * 2}{framing.frame(LIMITS).hex() * 7}{frozen}")
    assert len(view.said) == 512  # two Hello, seven Configure, Status, and at last
    assert isinstance(view.sent[-1], wire.Screen)


def levels(view: View) -> list[tuple[str, wire.Level]]:
    return [(message.line, message.level) for message in view.sent if isinstance(message, wire.Log)]


def test_what_is_told_has_its_level(table: Table) -> None:
    table.ready()
    stored = levels(table.receive(LEFT))
    table.digest = digest(LEFT)
    table.guide(picture=Picture.DEMO)
    refused = press_arm_now(table)
    table.guide()
    parks = press_arm_now(table)
    table.unsure(wire.PARK_BY_HAND_MS + 500)
    table.guide()
    armed = press_arm_now(table)
    assert stored == [("configuration stored", wire.Level.NOTE)]
    assert refused == [("not armed: the picture is not live", wire.Level.WARNING)]
    assert parks == [("going to park", wire.Level.NOTE)]
    assert armed == [("armed", wire.Level.NOTE)]


@pytest.mark.parametrize("sags_first", [False, True])
def test_a_press_in_a_fault_arms_nothing_and_says_so(table: Table, sags_first: bool) -> None:
    """Parked or not: a fault is told before anything else that is missing."""
    table.ready() if sags_first else table.parked()
    table.do("v 4000")
    assert press_arm_now(table)[-1] == ("not armed: a fault", wire.Level.WARNING)
    assert table.view.guard not in (Guard.ARMED, Guard.PARKING)


def press_arm_now(table: Table) -> list[tuple[str, wire.Level]]:
    """What is told of the press itself."""
    table.do("b 1")
    told = levels(table.wait(wire.DEBOUNCE_MS + 5))
    table.do("b 0")
    table.wait(30)
    return told


def test_arming_and_its_loss_are_told(table: Table) -> None:
    table.parked()
    table.press("arm")
    assert table.logs[-2:] == ["free: PARKED", "armed"]
    assert logs(table.wait(400)) == ["locked: DEAD MAN"]
    assert table.guide().refusal is Refusal.ACCEPTED
    table.press("arm")
    assert table.logs[-1] == "not armed: hold LOCK first"


def test_what_the_host_is_about_is_forgotten_when_it_only_beats(table: Table) -> None:
    """Heartbeats, or a recorder that says them again, had kept a procedure on the display for ever."""
    table.ready()
    assert table.idle(wire.SILENT_MS - 100).rows[0] == "FACET           RIGHT"
    assert table.idle(200).rows[0].strip() == ""
    assert table.view.peer is wire.Peer.IN_SESSION


def test_a_range_of_one_angle_is_none(table: Table) -> None:
    table.ready()
    point = replace(LIMITS, angle_least_tenths_deg=0, angle_most_tenths_deg=0, servo_least_us=1500, servo_most_us=1500)
    assert table.receive(point).faults == Fault.BAD_CONFIGURATION


def test_what_the_host_is_about_is_forgotten_after_a_second(table: Table) -> None:
    table.ready()
    assert table.idle(wire.SILENT_MS - 5).rows[0] == "FACET           RIGHT"
    assert table.wait(5).rows[0].strip() == ""


def test_a_bracket_on_its_way_to_park_halts_when_the_host_only_beats(table: Table) -> None:
    table.do(f"record 0 {record(LIMITS, 1, pulse_us=600)}")
    table.boot()
    table.greet()
    table.digest = digest(LIMITS)
    table.guide()
    table.press("arm")
    table.idle(wire.SILENT_MS + 200)
    assert (table.view.guard, table.view.stop) == (Guard.LOCKED, Stop.DEAD_MAN)


@pytest.mark.parametrize(("late_ms", "row"), [(wire.AGE_BUDGET_MS, "FACET           LEFT "), (wire.AGE_BUDGET_MS + 1, "FACET           RIGHT")])
def test_a_guidance_that_was_long_on_its_way_does_not_say_what_the_host_is_about(table: Table, late_ms: int, row: str) -> None:
    table.ready()
    table.wait(300)
    view = table.guide(replace(WITHHELD, side=Side.LEFT), heard_ms=table.view.now_ms - late_ms)
    assert view.rows[0] == row


def test_a_withheld_of_the_same_frame_says_what_the_host_is_about(table: Table) -> None:
    """What is withheld needs no frame of its own."""
    table.ready()
    table.guide(frame_id=100)
    assert table.guide(replace(WITHHELD, side=Side.LEFT), frame_id=100).rows[0] == "FACET           LEFT "


def test_the_slowest_bracket_gets_to_park_all_the_same(table: Table) -> None:
    slow = replace(LIMITS, slew_tenths_deg_per_s=1, servo_most_us=1500)
    table.do(f"record 0 {record(slow, 1, pulse_us=1247)}")
    table.boot()
    table.greet()
    table.digest = digest(slow)
    table.guide()
    pulses = parking(table)
    assert (pulses[0].servo_us, pulses[-1].servo_us) == (1247, 1250)
    assert pulses[-1].now_ms - pulses[0].now_ms >= 3000  # 1 us/s is the least


def test_a_reason_of_another_procedure_is_not_shown_as_that_of_the_chosen_one(table: Table) -> None:
    table.ready()
    table.press("side")
    assert "HOST DISAGREES" in table.withhold(wire.Reason.WRONG_VIEW).figures
    assert "WRONG VIEW" in table.guide(replace(WITHHELD, side=Side.LEFT, reason=wire.Reason.WRONG_VIEW)).figures
