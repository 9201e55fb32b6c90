"""The page's address at the device: asked for by hand, made into a code there, gone with the first guidance; against another maker and a reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import page_code
import pytest
import segno
from core import LIMITS, POINTING, SESSION, WITHHELD, Table, View
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_code import ADDRESS, NO_ZBAR, ZBAR, glass, read_code
from segno import encoder

from firmware_bridge import wire
from firmware_bridge.wire import Fault, Guard, Picture, Procedure, Reason, Shown, Side

SIDE_MODULES = 29
MOST = 53
IDLE = [Reason.STARTING, Reason.NO_SIGNAL, Reason.NO_SCAN_AREA, Reason.SOURCE_LOST, Reason.NO_PROCEDURE]
ANSWER = wire.PageAddress(session=SESSION, address=ADDRESS)


# --- the code itself ---


def modules(table: Table, text: str) -> list[str]:
    """A row a line, left first, 1 is dark."""
    hexed = table.ask(f"code :{text}")
    rows = [int(hexed[8 * y : 8 * y + 8], 16) for y in range(SIDE_MODULES)]
    return [f"{row:032b}"[:SIDE_MODULES] for row in rows]


def segnos(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    # segno 1.6.6 fills a whole byte of zeros in where none is missing: 7.4.10 of ISO/IEC 18004 wants none
    monkeypatch.setattr(encoder, "write_padding_bits", lambda buff, _version, length: buff.extend([0] * (-length % 8)))
    made = segno.make(text, version=3, error="l", mask=0, mode="byte", boost_error=False, micro=False)
    return ["".join(str(int(dark)) for dark in row) for row in made.matrix]


TEXTS = ["h", "http://10.0.0.1:8642/#T", "0" * MOST, "~" * (MOST - 1), ADDRESS]


@pytest.mark.parametrize("text", TEXTS)
def test_each_module_is_that_of_segno(table: Table, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert modules(table, text) == segnos(text, monkeypatch)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=MOST))
def test_each_module_of_any_text_is_that_of_segno(table: Table, text: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        assert modules(table, text) == segnos(text, patched)


# --- when it is shown ---


def hold(table: Table, ms: int = wire.PAGE_HOLD_MS + 100) -> View:
    """PROCEDURE, and a host that sees no scanner."""
    table.do("b 4")
    for _ in range(ms // 100):
        table.withhold(Reason.NO_SIGNAL)
        table.wait(100)
    table.do("b 0")
    return table.wait(40)


def idle(table: Table, limits: wire.Configure = LIMITS) -> Table:
    table.boot()
    table.greet()
    table.receive(limits)
    table.withhold(Reason.NO_SIGNAL)
    return table


def shown(table: Table, limits: wire.Configure = LIMITS) -> Table:
    """The code is on the display."""
    idle(table, limits)
    assert hold(table).shown is Shown.QUESTION
    assert table.receive(ANSWER).shown is Shown.CODE
    return table


def test_a_held_procedure_button_asks_and_the_code_is_shown(table: Table) -> None:
    idle(table)
    view = hold(table)
    assert (view.shown, view.rows[3].strip(), view.procedure) == (Shown.QUESTION, "ASKING FOR THE PAGE", Procedure.NONE)
    assert [m.shown for m in view.sent if isinstance(m, wire.Status)][-1:] in ([], [Shown.QUESTION])
    view = table.receive(ANSWER)
    assert (view.shown, view.has_digits, view.fresh) == (Shown.CODE, False, False)
    assert [row.strip() for row in view.rows] == ["", "PAGE", "", "", "RESEARCH", "ONLY"]
    assert [m.shown for m in view.sent if isinstance(m, wire.Status)] == [Shown.CODE]


def test_what_the_page_mirrors_holds_no_token(table: Table) -> None:
    said = [m for m in shown(table).view.sent if isinstance(m, wire.Screen)]
    assert [(m.shown, "".join(m.rows.split())) for m in said] == [(Shown.CODE, "PAGERESEARCHONLY")]
    assert ADDRESS.encode() not in table.view.said


def test_of_a_picture_that_is_not_live_it_says_demo(table: Table) -> None:
    shown(table)
    assert table.guide(replace(WITHHELD, reason=Reason.NO_SIGNAL, picture=Picture.DEMO)).rows[5].strip() == "DEMO"


def test_let_go_sooner_it_is_a_press_that_steps_the_procedure(table: Table) -> None:
    idle(table)
    view = hold(table, wire.PAGE_HOLD_MS - 100)
    assert (view.shown, view.procedure) == (Shown.WORDS, Procedure.MEDIAL_BRANCH)


def test_it_asks_when_the_time_is_over_and_not_before(table: Table) -> None:
    idle(table)
    table.do("b 4")
    table.idle(wire.DEBOUNCE_MS)
    table.idle(wire.PAGE_HOLD_MS - 5)
    assert table.view.shown is Shown.WORDS
    table.idle(5)
    assert table.view.shown is Shown.QUESTION


def test_a_button_closed_at_boot_asks_nothing_and_steps_nothing(table: Table) -> None:
    table.do("b 4")
    table.do("boot 1 4 0")
    table.wait(wire.BOOT_NOTICE_MS)
    table.greet()
    table.idle(wire.PAGE_HOLD_MS)
    assert table.view.shown is Shown.WORDS
    table.do("b 0")
    assert table.wait(40).procedure is Procedure.NONE


def test_without_a_session_there_is_nobody_to_ask(table: Table) -> None:
    table.boot()
    table.do("b 4")
    assert table.wait(wire.PAGE_HOLD_MS + 100).shown is Shown.WORDS
    table.do("b 0")
    assert table.wait(40).procedure is not Procedure.NONE


def test_a_new_session_without_a_word_yet_is_idle_too(table: Table) -> None:
    table.boot()
    table.greet()
    table.do("b 4")
    table.idle(wire.PAGE_HOLD_MS + 100)
    assert table.view.shown is Shown.QUESTION


@pytest.mark.parametrize("address", [ADDRESS, "http", "https://a"])
def test_an_address_opens_a_page(table: Table, address: str) -> None:
    idle(table)
    hold(table)
    assert table.receive(replace(ANSWER, address=address)).shown is Shown.CODE


@pytest.mark.parametrize("address", ["", "tel:+4930", "htt", "HTTP://A", " http://a", "xttp", "hxtp", "htxp", "httx"])
def test_no_address_and_what_opens_no_page_is_told_as_none_for_a_while(table: Table, address: str) -> None:
    idle(table)
    hold(table)
    view = table.receive(replace(ANSWER, address=address))
    assert (view.shown, view.rows[3].strip()) == (Shown.WORDS, "NO PAGE TO REACH")
    table.unsure_of(Reason.NO_SIGNAL, wire.PAGE_WAIT_MS - 5)
    assert table.view.rows[3].strip() == "NO PAGE TO REACH"
    assert table.wait(5).rows[3].strip() == "NO SIGNAL"


def test_an_answer_that_does_not_come_is_not_waited_for(table: Table) -> None:
    idle(table)
    table.do("b 4")
    table.wait(wire.DEBOUNCE_MS + 5)
    table.unsure_of(Reason.NO_SIGNAL, wire.PAGE_HOLD_MS)
    assert table.view.shown is Shown.QUESTION
    table.unsure_of(Reason.NO_SIGNAL, wire.PAGE_WAIT_MS - 5)
    assert table.view.shown is Shown.QUESTION
    assert table.wait(5).shown is Shown.WORDS
    table.do("b 0")
    assert table.wait(40).procedure is Procedure.NONE


def test_nobody_asked_and_nothing_is_shown(table: Table) -> None:
    idle(table)
    assert table.receive(ANSWER).shown is Shown.WORDS
    table.receive(ANSWER)
    hold(table)
    assert table.receive(replace(ANSWER, session=SESSION + 1)).shown is Shown.QUESTION


def test_a_second_answer_changes_nothing(table: Table) -> None:
    before = glass(shown(table))
    table.receive(replace(ANSWER, address="http://other"))
    assert glass(table) == before


# --- when it goes ---

PAGES = [
    ("an accepted Pointing", lambda t: t.guide(), Shown.DIGITS),
    ("a Pointing that is too old", lambda t: t.guide(age_ms=241), Shown.WORDS),
    ("an implausible Pointing", lambda t: t.guide(depth_tenths_mm=0), Shown.WORDS),
    ("a Pointing said again", lambda t: t.guide(frame_id=t.frame_id), Shown.WORDS),
    ("another session", lambda t: t.greet(SESSION + 1), Shown.WORDS),
    ("a silent host", lambda t: t.do("s 1100"), Shown.WORDS),
    ("low supply", lambda t: (t.do("v 4000"), t.wait(5))[1], Shown.WORDS),
    ("LOCK", lambda t: t.press("lock"), Shown.WORDS),
    ("a reset", lambda t: t.boot(), Shown.WORDS),
    ("another layout", lambda t: t.receive_stranger(), Shown.WORDS),
]


@pytest.mark.parametrize(("name", "act", "then"), PAGES, ids=[case[0] for case in PAGES])
def test_what_takes_the_code_away(table: Table, name: str, act: object, then: Shown) -> None:  # noqa: ARG001
    shown(table)
    assert callable(act)
    assert act(table).shown is then
    assert table.receive(ANSWER).shown is not Shown.CODE, "it is forgotten"


@pytest.mark.parametrize("reason", list(Reason))
def test_words_that_somebody_may_aim_by_take_the_code_away_and_do_not_let_it_come(table: Table, reason: Reason) -> None:
    shown(table)
    assert (table.withhold(reason).shown is Shown.CODE) == (reason in IDLE)
    idle(table)
    hold(table)
    table.withhold(reason)
    assert (table.receive(ANSWER).shown is Shown.CODE) == (reason in IDLE)


def test_fresh_digits_are_never_hidden(table: Table) -> None:
    table.ready()
    table.do("b 4")
    for _ in range(50):
        assert table.guide().shown is Shown.DIGITS
        table.wait(50)
    table.receive(ANSWER)
    assert table.guide().shown is Shown.DIGITS
    table.do("b 0")
    assert table.wait(40).procedure is Procedure.MEDIAL_BRANCH


def test_it_does_not_come_while_a_needle_may_be_in_the_guide(table: Table) -> None:
    idle(table)
    table.press("lock")
    view = hold(table)
    assert (view.guard, view.shown) == (Guard.LOCKED, Shown.WORDS)


def test_it_does_not_come_over_a_fault(table: Table) -> None:
    table.do(f"record 0 {'5a' * 41}")
    table.boot()
    table.do("built 0")
    table.boot()
    assert table.view.faults == Fault.CONFIGURATION_LOST
    table.greet()
    table.withhold(Reason.NO_SIGNAL)
    assert hold(table).shown is Shown.WORDS


def test_it_goes_by_itself(table: Table) -> None:
    shown(table)
    table.unsure_of(Reason.NO_SIGNAL, wire.PAGE_SHOWN_MS - 5)
    assert table.view.shown is Shown.CODE
    assert table.wait(5).shown is Shown.WORDS


@pytest.mark.parametrize("button", ["arm", "procedure", "side"])
def test_a_press_takes_it_away_and_does_nothing_else(table: Table, button: str) -> None:
    shown(table)
    view = table.press(button)
    assert (view.shown, view.guard, view.procedure, view.side) == (Shown.WORDS, Guard.DISARMED, Procedure.NONE, Side.NONE)
    table.press("procedure")
    assert table.view.procedure is Procedure.MEDIAL_BRANCH, "the next press is a press"


def test_a_press_that_took_it_away_and_is_held_asks_no_more(table: Table) -> None:
    shown(table)
    assert hold(table).shown is Shown.WORDS
    assert hold(table).shown is Shown.QUESTION


def test_another_button_while_it_asks_ends_the_question(table: Table) -> None:
    idle(table)
    hold(table)
    view = table.press("side")
    assert (view.shown, view.side) == (Shown.WORDS, Side.LEFT)


def test_procedure_stops_what_moves_when_it_closes_and_steps_when_it_opens(table: Table) -> None:
    table.armed()
    table.do("b 4")
    view = table.wait(wire.DEBOUNCE_MS + 5)
    assert (view.guard, view.stop, view.has_digits, view.procedure) == (Guard.LOCKED, wire.Stop.CHOICE_CHANGED, False, Procedure.NONE)
    table.guide()
    table.do("b 0")
    view = table.wait(wire.DEBOUNCE_MS + 5)
    assert (view.procedure, view.has_digits) == (Procedure.MEDIAL_BRANCH, False)


def test_lock_locks_and_leaves_the_digits(table: Table) -> None:
    table.ready()
    table.do("b 2")
    view = table.wait(wire.DEBOUNCE_MS + 5)
    assert (view.guard, view.has_digits) == (Guard.LOCKED, True)


def test_it_is_stored_nowhere(table: Table) -> None:
    idle(table)
    stores = table.ask("stores")
    shown(table)
    assert table.ask("stores") == stores
    table.boot()
    table.greet()
    assert table.view.shown is Shown.WORDS


# --- on the glass ---


def test_the_glass_shows_the_modules_two_pixels_wide_and_three_around(table: Table) -> None:
    bits, dark = glass(shown(table)), modules(table, ADDRESS)
    for y in range(64):
        for x in range(64):
            inside = 3 <= x < 61 and 3 <= y < 61
            assert bits[y][x] == (not inside or dark[(y - 3) // 2][(x - 3) // 2] == "0"), (x, y)
    rows = "".join(table.view.rows)
    assert [row[64:] for row in bits] == [row[64:] for row in page_code.bits_of(table.ask(f"pixels :{rows}"))]


@pytest.mark.skipif(ZBAR is None, reason=NO_ZBAR)
@pytest.mark.parametrize("address", [ADDRESS, "http://tuffier.local:8642/#AbCdEfGhIjKlMnOpQrStUvWx", "http://10.0.0.7:8642/#--__AAAA", "http"])
def test_a_reader_reads_it_off_the_glass(table: Table, tmp_path: Path, address: str) -> None:
    idle(table)
    hold(table)
    table.receive(replace(ANSWER, address=address))
    assert read_code(glass(table), tmp_path) == address
    table.guide(POINTING)
    assert read_code(glass(table), tmp_path) == ""


def test_no_two_addresses_look_alike_and_none_is_left_behind(table: Table) -> None:
    shown(table)
    table.press("side")
    words = glass(table)
    assert words == page_code.bits_of(table.ask(f"pixels :{''.join(table.view.rows)}"))
