"""The device around the guard: what it stores through power cuts, its session, its words, what it says and when."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest
from core import C_FOLDER, LIMITS, POINTING, SESSION, Table, View

from firmware_bridge import framing, wire
from firmware_bridge.wire import Fault, Peer, Refusal

RECORD_BYTES = 8 + wire.Configure.LAYOUT.size + 3 + 4
FREE = 0xF5
OTHER = replace(LIMITS, angle_least_tenths_deg=-300, slew_tenths_deg_per_s=77)


def stored(table: Table) -> wire.Configure:
    """What the device says it holds, after a restart."""
    table.boot(seed=9)
    (said,) = [m for m in table.greet().sent if isinstance(m, wire.Configure)]
    return said


# --- what is stored ---


def test_limits_outlive_a_restart(table: Table) -> None:
    table.ready(OTHER)
    assert stored(table) == OTHER


def test_a_new_device_has_no_bracket_and_no_fault(table: Table) -> None:
    assert stored(table).bracket == 0
    assert table.view.faults == Fault(0)


@pytest.mark.parametrize("written", range(RECORD_BYTES))
def test_power_cut_while_storing_leaves_the_old_or_the_new(table: Table, written: int) -> None:
    table.ready(LIMITS)
    table.do(f"cut {written}")
    assert table.receive(OTHER).dead
    assert stored(table) == LIMITS
    assert table.view.faults == Fault(0)
    assert OTHER in table.receive(OTHER).sent
    assert stored(table) == OTHER


@pytest.mark.parametrize("written", [1, 5, 20, RECORD_BYTES - 1])
def test_power_cut_during_the_very_first_store_is_a_fault_until_configured(table: Table, written: int) -> None:
    table.boot()
    table.greet()
    table.do(f"cut {written}")
    table.receive(LIMITS)
    assert stored(table).bracket == 0
    assert table.view.faults == Fault.CONFIGURATION_LOST
    assert table.view.guard is wire.Guard.LOCKED  # nobody knows whether it was free
    assert LIMITS not in table.receive(LIMITS).sent
    table.press("lock", ms=1200)
    table.guide()
    assert table.press("arm").guard is wire.Guard.DISARMED
    assert table.receive(LIMITS).faults == Fault(0)


def test_both_records_damaged_is_a_fault(table: Table) -> None:
    table.ready(LIMITS)
    table.receive(OTHER)
    for slot in (0, 1):
        table.do(f"record {slot} {'5a' * RECORD_BYTES}")
    assert stored(table).bracket == 0
    assert table.view.faults == Fault.CONFIGURATION_LOST


@pytest.mark.parametrize("first", ["ff5a", "005a", "ff00"])
@pytest.mark.parametrize("rest", ["ff", "00"])
def test_a_record_that_begins_blank_is_damaged_all_the_same(table: Table, first: str, rest: str) -> None:
    """One byte more than blank: it was being written."""
    table.do(f"record 0 {first}{rest * (RECORD_BYTES - 2)}")
    assert (table.boot().guard, table.view.faults) == (wire.Guard.LOCKED, Fault.CONFIGURATION_LOST)


# found by search: the CRC-32 of its payload is 0, which a host without a Configure says
NO_DIGEST = wire.Configure(
    pivot_x_tenths_mm=-839, pivot_z_tenths_mm=-297, angle_least_tenths_deg=-893, angle_most_tenths_deg=375, servo_least_us=1000, servo_most_us=2000,
    max_age_ms=240, max_interval_tenths_mm=50,
)  # fmt: skip


def test_no_configure_has_the_digest_of_none(table: Table) -> None:
    assert zlib.crc32(NO_DIGEST.payload()) == 0
    assert framing.configure_digest(NO_DIGEST) == 1
    table.ready()
    told = statuses(table.receive(replace(NO_DIGEST, session=SESSION)))
    assert told[-1].configure_digest == 1


def test_a_lost_configuration_says_what_to_do_first(table: Table) -> None:
    """After each change of layout: CONFIGURE AGAIN had stood there, and no host can while it is locked."""
    for slot in (0, 1):
        table.do(f"record {slot} {'5a' * RECORD_BYTES}")
    table.boot()
    table.greet()
    assert (table.view.rows[4].strip(), table.view.rows[5][15:]) == ("HOLD LOCK TO RELEASE", "LOCKED")
    table.press("lock", ms=1200)
    assert (table.view.rows[4].strip(), table.view.rows[5].strip()) == ("CONFIGURE AGAIN", "RESEARCH ONLY")
    assert table.receive(LIMITS).faults == Fault(0)


def record(limits: wire.Configure, number: int, layout: int = wire.LAYOUT, free: int = FREE, pulse_us: int = 0) -> str:
    kept = layout.to_bytes(4, "little") + number.to_bytes(4, "little") + replace(limits, session=0).payload()
    kept += bytes((free,)) + pulse_us.to_bytes(2, "little")
    return (kept + zlib.crc32(kept).to_bytes(4, "little")).hex()


def damaged_record() -> str:
    """A bracket that is neither there nor not, sealed well."""
    kept = bytearray.fromhex(record(LIMITS, 1))[:-4]
    kept[12] = 2
    return (kept + zlib.crc32(kept).to_bytes(4, "little")).hex()


RECORDS = [
    ("the newer wins", record(LIMITS, 4), record(OTHER, 5), OTHER, Fault(0)),
    ("whichever slot", record(OTHER, 5), record(LIMITS, 4), OTHER, Fault(0)),
    ("numbers wrap", record(LIMITS, 0xFFFFFFFF), record(OTHER, 0), OTHER, Fault(0)),
    ("half the numbers ahead is not newer", record(LIMITS, 0), record(OTHER, 0x80000000), LIMITS, Fault(0)),
    ("of another layout", record(LIMITS, 1, wire.LAYOUT ^ 1), "ff" * RECORD_BYTES, None, Fault.CONFIGURATION_LOST),
    ("beyond this device", record(replace(LIMITS, angle_most_tenths_deg=900), 1), "ff" * RECORD_BYTES, None, Fault.CONFIGURATION_LOST),
    ("out of range, though its checksum is right", damaged_record(), "ff" * RECORD_BYTES, None, Fault.CONFIGURATION_LOST),
    ("never written, all zeros", "00" * RECORD_BYTES, "ff" * RECORD_BYTES, None, Fault(0)),
]


@pytest.mark.parametrize(("name", "first", "second", "held", "faults"), RECORDS, ids=[case[0] for case in RECORDS])
def test_records(table: Table, name: str, first: str, second: str, held: wire.Configure | None, faults: Fault) -> None:  # noqa: ARG001
    table.do(f"record 0 {first}")
    table.do(f"record 1 {second}")
    found = stored(table)
    assert found.bracket == (held is not None)
    assert held is None or found == held
    assert table.view.faults == faults


def test_a_power_cut_leaves_the_newer_record_whichever_slot_it_is_in(table: Table) -> None:
    table.do(f"record 0 {record(LIMITS, 4)}")
    table.do(f"record 1 {record(OTHER, 5)}")
    table.boot()
    table.greet()
    table.do("cut 3")
    assert table.receive(replace(OTHER, slew_tenths_deg_per_s=99)).dead
    assert stored(table) == OTHER


def test_a_store_that_fails_is_a_fault_and_keeps_the_old(table: Table) -> None:
    table.ready(LIMITS)
    table.do("fail-store 1")
    view = table.receive(OTHER)
    assert view.faults == Fault.STORAGE_FAILED
    assert LIMITS in view.sent
    assert table.logs[-1] == "configuration not stored"
    table.do("fail-store 0")
    assert table.receive(OTHER).faults == Fault(0)


def test_a_store_that_cannot_be_read_back_is_a_fault(table: Table) -> None:
    table.ready(LIMITS)
    table.do("fail-load 1")
    assert table.receive(OTHER).faults == Fault.STORAGE_FAILED


# --- the session ---


def test_an_old_hello_begins_no_session(table: Table) -> None:
    table.boot()
    old = wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT, session=SESSION, challenge=table.view.challenge)
    assert table.receive(old).session == SESSION
    table.greet(5)
    assert table.view.session == 5
    assert table.receive(old).session == 5
    assert table.guide(replace(POINTING, session=SESSION)).has_digits is False


def test_a_challenge_differs_from_boot_to_boot(table: Table) -> None:
    assert len({table.boot(seed=seed).challenge for seed in range(20)}) == 20


def test_a_challenge_is_never_that_of_a_host_that_knows_none(table: Table) -> None:
    assert table.do(f"boot {table.view.now_ms * 0x9E3779B9 & 0xFFFFFFFF} 0 0").challenge == 1


@pytest.mark.parametrize(("session", "peer"), [(0, Peer.GREETED), (1, Peer.IN_SESSION)])
def test_session_1_is_the_least(table: Table, session: int, peer: Peer) -> None:
    table.boot()
    assert (table.greet(session).session, table.view.peer) == (session, peer)


def test_a_challenge_differs_from_seed_to_seed(table: Table) -> None:
    assert len({table.do(f"boot {seed} 0 0").challenge for seed in range(1, 20)}) == 19


def test_what_the_port_found_out_is_a_fault_from_the_start(table: Table) -> None:
    assert table.boot(faults=int(Fault.WATCHDOG_RESET)).faults == Fault.WATCHDOG_RESET


def test_a_challenge_differs_from_time_to_time(table: Table) -> None:
    first = table.do("boot 1 0 0").challenge
    table.wait(5)
    assert table.do("boot 1 0 0").challenge != first


NO_SESSION = [
    ("a device", {"role": wire.Role.DEVICE}),
    ("nobody", {"role": wire.Role.NONE}),
    ("session 0", {"session": 0}),
]


@pytest.mark.parametrize(("name", "changes"), NO_SESSION, ids=[case[0] for case in NO_SESSION])
def test_not_everyone_gets_a_session(table: Table, name: str, changes: dict[str, object]) -> None:  # noqa: ARG001
    table.boot()
    hello = wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT, session=SESSION, challenge=table.view.challenge)
    assert table.receive(replace(hello, **changes)).session == 0


def test_a_silent_host_ends_the_session(table: Table) -> None:
    table.ready()
    assert table.wait(wire.SILENT_MS - 1).peer is Peer.IN_SESSION
    view = table.wait(1)
    assert (view.peer, view.session) == (Peer.SILENT, 0)
    assert "NO HOST" in view.figures
    assert table.guide().refusal is Refusal.NONE_YET


def test_session_0_is_nobodys(table: Table) -> None:
    table.boot()
    before = table.ask("stores")
    view = table.receive(replace(LIMITS, session=0))
    assert (view.sent, table.ask("stores")) == ((), before)
    assert table.receive(replace(POINTING, session=0, frame_id=9)).refusal is Refusal.NONE_YET


def test_a_configure_says_that_the_host_is_there(table: Table) -> None:
    table.ready()
    for _ in range(3):
        table.wait(wire.SILENT_MS - 100)
        table.receive(LIMITS)
    assert table.view.peer is Peer.IN_SESSION


def test_a_stranger_is_no_damage(table: Table) -> None:
    table.ready()
    table.receive(wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT ^ 1))
    assert statuses(table.wait(60))[-1].bad_packets == 0


def test_a_stranger_is_told_who_we_are_and_shown(table: Table) -> None:
    table.ready()
    view = table.receive(wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT ^ 1, session=3, challenge=table.view.challenge))
    assert (view.peer, view.session, view.has_digits) == (Peer.STRANGE_LAYOUT, 0, False)
    assert "UPDATE HOST OR DEVICE" in view.figures
    assert any(isinstance(m, wire.Hello) and m.layout == wire.LAYOUT for m in view.sent)


def test_a_hello_of_another_length_is_a_stranger_too(table: Table) -> None:
    table.boot()
    longer = wire.encode(wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT ^ 1)) + b"more"
    assert table.do(f"rx {framing.frame_packet(longer).hex()}").peer is Peer.STRANGE_LAYOUT
    shorter = longer[:7]
    assert table.do(f"rx {framing.frame_packet(shorter).hex()}").peer is Peer.STRANGE_LAYOUT


# --- what it says ---


def test_it_is_silent_until_somebody_speaks(table: Table) -> None:
    table.boot()
    assert table.wait(2000).sent == ()


def test_what_happens_before_somebody_listens_is_not_kept_for_them(table: Table) -> None:
    table.boot()
    table.press("arm")
    table.press("procedure")
    assert table.logs == []
    assert not [message for message in table.greet().sent if isinstance(message, wire.Log)]


BUILT = wire.Hello(
    role=wire.Role.DEVICE,
    protocol=wire.PROTOCOL,
    layout=wire.LAYOUT,
    serial_number=7,
    version_minor=1,
    capabilities=wire.Capability(15),
    angle_least_tenths_deg=-600,
    angle_most_tenths_deg=600,
    slew_most_tenths_deg_per_s=300,
    servo_least_us=600,
    servo_most_us=2400,
    servo_least_us_per_deg=5,
    servo_most_us_per_deg=30,
    servo_most_us_per_s=600,
    interval_most_tenths_mm=50,
)


def test_hello_says_all_of_it(table: Table) -> None:
    view = table.do("boot 1 0 0")
    assert view.sent == (replace(BUILT, challenge=view.challenge),)
    table.receive(wire.Hello(role=wire.Role.HOST, layout=wire.LAYOUT, session=SESSION, challenge=view.challenge ^ 1))
    assert table.view.sent[0] == replace(BUILT, challenge=view.challenge)
    view = table.greet()
    assert view.sent[0] == replace(BUILT, challenge=view.challenge, session=SESSION)
    held = view.sent[1]
    assert isinstance(held, wire.Configure)
    assert held == replace(wire.Configure(), session=SESSION, angle_least_tenths_deg=-600, angle_most_tenths_deg=600, slew_tenths_deg_per_s=300,
                           servo_least_us=1000, servo_most_us=2000, max_age_ms=240, max_interval_tenths_mm=50)  # fmt: skip


def statuses(view: View) -> list[wire.Status]:
    return [message for message in view.sent if isinstance(message, wire.Status)]


def test_status_says_all_of_it(table: Table) -> None:
    table.ready()
    table.do("rx 0901020304050607080000")
    table.guide_for(100)
    table.do("b 2")
    table.wait(wire.DEBOUNCE_MS)
    table.guide(age_ms=20)
    told = statuses(table.wait(60))[-1]
    assert told == wire.Status(
        device_ms=told.device_ms,
        session=SESSION,
        last_frame_id=4,
        pointing_ms=table.view.now_ms - 60,
        configure_digest=framing.configure_digest(LIMITS),
        peer=Peer.IN_SESSION,
        shown=wire.Shown.DIGITS,
        refusal=Refusal.ACCEPTED,
        guard=wire.Guard.LOCKED,
        stop=wire.Stop.LOCKED,
        buttons=wire.Button.LOCK,
        presses=1,
        supply_mv=5000,
        good_packets=6,
        bad_packets=1,
        round_trip_ms=0,
    )
    assert 0 <= table.view.now_ms - told.device_ms < wire.STATUS_MS


def test_status_says_where_the_bracket_is(table: Table) -> None:
    table.armed()
    table.guide_for(500)
    told = statuses(table.view)[-1]
    assert told.guard is wire.Guard.ARMED
    assert -337 < told.applied_tenths_deg < -50
    assert told.servo_us == 1500 + told.applied_tenths_deg  # 10 us a degree


@pytest.mark.parametrize("button", list(wire.Button))
def test_status_says_which_button_is_closed(table: Table, button: wire.Button) -> None:
    table.ready()
    table.do(f"b {int(button)}")
    assert statuses(table.wait(80))[-1].buttons is button


@pytest.mark.parametrize("button", [wire.Button(0), *wire.Button])
def test_a_button_closed_at_boot_is_said_and_is_no_press(table: Table, button: wire.Button) -> None:
    table.boot(buttons=int(button))
    table.greet()
    told = statuses(table.wait(80))[-1]
    assert (told.buttons, told.presses) == (button, 0)


def test_a_lock_button_closed_at_boot_frees_nothing(table: Table) -> None:
    table.armed()
    table.press("lock")
    table.do("b 2")
    assert table.boot(buttons=2).guard is wire.Guard.LOCKED
    assert table.wait(2 * wire.UNLOCK_MS).guard is wire.Guard.LOCKED


def test_a_slow_port_gets_the_same_bytes_in_pieces(table: Table) -> None:
    table.boot()
    table.do("take 7")
    said = table.greet().said + b"".join(table.do("t 0").said for _ in range(80))
    _, packets = framing.feed(framing.DecoderState(), said)
    assert [type(packet) for packet in packets] == [wire.Hello, wire.Configure, wire.Status, wire.Screen]


def test_a_new_session_is_told_the_screen_though_it_is_the_same(table: Table) -> None:
    table.boot()
    table.greet(1)
    table.wait(300)
    assert any(isinstance(message, wire.Screen) for message in table.greet(2).sent)


def test_log_and_screen_say_when(table: Table) -> None:
    table.ready()
    view = table.receive(replace(LIMITS, slew_tenths_deg_per_s=1000))
    (log,) = [message for message in view.sent if isinstance(message, wire.Log)]
    assert log == wire.Log(device_ms=view.now_ms, level=wire.Level.FAULT, line="configuration beyond this device")
    (screen,) = [message for message in table.withhold().sent if isinstance(message, wire.Screen)]
    assert (screen.device_ms, screen.shown) == (table.view.now_ms, wire.Shown.WORDS)


def test_status_comes_every_50_ms_and_at_once_on_a_change(table: Table) -> None:
    table.ready()
    assert sum(isinstance(m, wire.Status) for m in table.wait(200).sent) == 4
    table.guide()
    withheld = [m for m in table.withhold().sent if isinstance(m, wire.Status)]
    assert [m.shown for m in withheld] == [wire.Shown.WORDS]


def just_told(table: Table) -> Table:
    """A Status went out in this very step: the next is due in 50 ms."""
    while not statuses(table.wait(5)):
        pass
    return table


def test_a_press_that_changes_nothing_is_told_at_once(table: Table) -> None:
    table.ready()
    table.press("lock")
    table.withhold()
    just_told(table).do("b 2")
    assert [told.presses for told in statuses(table.wait(25))] == [2]


def test_a_fault_that_changes_nothing_else_is_told_at_once(table: Table) -> None:
    table.ready()
    table.withhold()
    just_told(table).do("v 4000")
    assert [told.faults for told in statuses(table.wait(5))] == [Fault.BROWN_OUT]


def test_another_configuration_is_told_at_once(table: Table) -> None:
    table.ready()
    table.withhold()
    told = statuses(just_told(table).receive(OTHER))
    assert [status.configure_digest for status in told] == [framing.configure_digest(OTHER)]


def test_other_digits_are_said_after_200_ms_and_no_later(table: Table) -> None:
    table.ready()
    table.wait(100)
    table.guide()
    table.wait(wire.SCREEN_MS - 105)
    assert not [said for said in table.guide(depth_tenths_mm=316).sent if isinstance(said, wire.Screen)]
    assert [said for said in table.wait(5).sent if isinstance(said, wire.Screen)]


def test_unlocking_is_told_at_once(table: Table) -> None:
    table.ready()
    table.press("lock")
    table.do("b 2")
    table.wait(70)
    table.withhold()  # words: a Status off the press's own time
    while table.view.guard is wire.Guard.LOCKED:
        table.wait(5)
    assert [told.guard for told in statuses(table.view)] == [wire.Guard.DISARMED]


def test_the_screen_is_said_as_it_is_shown(table: Table) -> None:
    table.ready()
    view = table.withhold(wire.Reason.MENU)
    (said,) = [m for m in view.sent if isinstance(m, wire.Screen)]
    assert said.rows == "".join(view.rows).rstrip()
    table.guide()
    assert not [m for m in table.guide(depth_tenths_mm=316).sent if isinstance(m, wire.Screen)]  # digits: not before 200 ms
    table.wait(100)
    table.guide(depth_tenths_mm=317)
    assert [m for m in table.wait(150).sent if isinstance(m, wire.Screen)]


def test_a_refused_configuration_is_logged(table: Table) -> None:
    table.ready()
    view = table.receive(replace(LIMITS, slew_tenths_deg_per_s=1000))
    assert any(isinstance(m, wire.Log) and "beyond this device" in m.line for m in view.sent)


def test_messages_of_devices_and_other_sessions_are_ignored(table: Table) -> None:
    table.ready()
    for message in (wire.Status(), wire.Log(line="x"), wire.Screen(), wire.Heartbeat(session=5), replace(OTHER, session=5)):
        view = table.receive(message)
    assert view.has_digits
    assert LIMITS not in view.sent


def test_every_word_has_its_letters(table: Table) -> None:
    letters = set(table.ask("font"))
    for words in (wire.PROCEDURE_WORDS, wire.SIDE_WORDS, wire.REASON_WORDS, wire.PEER_WORDS, wire.REFUSAL_WORDS, wire.GUARD_WORDS):
        for word in words:
            assert set(word) <= letters, word
            assert len(word) <= wire.SCREEN_COLUMNS
    for words, room in ((wire.PROCEDURE_WORDS, 15), (wire.SIDE_WORDS, 5), (wire.GUARD_WORDS[1:], 6)):
        assert all(len(word) <= room for word in words)
    for words in (wire.REASON_WORDS, wire.PEER_WORDS, wire.REFUSAL_WORDS):
        assert not any(letter.isdigit() for word in words for letter in word)
    drawn = (C_FOLDER / "src" / "tuffier_screen.c").read_text().split("*/", 1)[1]
    for word in re.findall(r'"([^"\\]*)"', drawn.replace('#include "tuffier_screen.h"', "")):
        assert set(word) <= letters, f"the display would show a question mark in: {word}"


# --- what cannot be read, or is not for us ---


def test_a_store_that_cannot_be_read_at_boot_is_locked_and_a_fault(table: Table) -> None:
    table.ready(LIMITS)
    table.do("fail-load 1")
    view = table.boot()
    assert (view.guard, view.faults) == (wire.Guard.LOCKED, Fault.CONFIGURATION_LOST)


def test_an_equal_configure_is_written_after_a_store_that_failed(table: Table) -> None:
    table.ready(LIMITS)
    table.do("fail-store 1")
    table.receive(OTHER)
    table.do("fail-store 0")
    before = int(table.ask("stores"))
    assert table.receive(LIMITS).faults == Fault(0)
    assert int(table.ask("stores")) == before + 1


def test_a_device_without_a_bracket_is_never_locked(table: Table) -> None:
    """It has no button to free it."""
    for slot in (0, 1):
        table.do(f"record {slot} {'5a' * RECORD_BYTES}")
    table.do("built 13")
    before = table.ask("stores")
    assert table.boot().guard is wire.Guard.DISARMED
    assert table.ask("stores") == before


def test_damage_is_counted_and_a_short_hello_is_damage(table: Table) -> None:
    table.ready()
    table.do(f"rx {framing.frame_packet(bytes((1, 2, 3))).hex()}")
    table.do("rx 0901020304050607080000")
    table.do(f"rx {framing.frame_packet(wire.encode(wire.Heartbeat()) + bytes(1)).hex()}")
    statuses = [m for m in table.wait(60).sent if isinstance(m, wire.Status)]
    assert statuses[-1].bad_packets == 3


def test_a_devices_own_message_whose_clock_is_the_session_is_ignored(table: Table) -> None:
    table.ready()
    assert table.receive(wire.Status(device_ms=SESSION)).has_digits


def test_a_choice_is_told_at_once(table: Table) -> None:
    table.ready()
    for button in ("side", "procedure"):
        table.do(f"b {4 if button == 'procedure' else 8}")
        table.wait(wire.DEBOUNCE_MS)
        table.wait(5)
        table.do("b 0")
        table.wait(50)
    said = [m for m in table.view.sent if isinstance(m, wire.Status)]
    assert said[-1].procedure is wire.Procedure.MEDIAL_BRANCH
