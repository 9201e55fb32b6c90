"""Calibrate on the page: what two points and their distance make of a screen, and that what the screen tells always wins."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.board import run
from edge.board.check import calibration
from edge.board.check.calibration import Finding
from edge.board.mailbox import Mailbox
from edge.board.page.feed import calibrating
from edge.board.page.feed.asks import Calibrate, Step
from edge.board.page.feed.calibrating import NAME, RECORDED, Calibrating, Proposal, Told, known_of, looked, proposed
from edge.screen import profile, watch
from edge.screen.profile import AUTO, OrientationPart, Profile
from edge.types import Frame, ScreenLeft
from tests.unit.screens import Drawn, draw

KNOWN = known_of(AUTO)
BARE = Drawn(rows=576, columns=768, box=(150, 40, 500, 440), tick_px=18.0, ticks=23, ruler_column=530, labels=())  # marks of 2 mm, no unit
LABELLED = Drawn(tick_px=46.0, ticks=11, every=2, labels=("0", "1", "2", "3", "4", "5"), depth_text="5.0 cm")  # 5 mm a mark
NONE = replace(BARE, ticks=0)


def found(drawn: Drawn) -> Finding:
    seen = looked(Frame(0, 0, draw(drawn)), KNOWN)
    assert isinstance(seen, Finding), seen
    return seen


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {"bare": found(BARE), "labelled": found(LABELLED), "none": found(NONE)}


def ask(high_px: float, depth_mm: float, left: ScreenLeft = ScreenLeft.PATIENT_LEFT) -> Calibrate:
    return Calibrate(1, Step.PROPOSE, ((300.0, 60.0), (300.0, 60.0 + high_px)), depth_mm, left)


SILENT = Calibrate(1, Step.PROPOSE)
# screen, what is asked, what the profile's ruler then states (tick_mm, mm_per_px) or words of the refusal
CASES = [
    ("marks without a unit", "bare", ask(180, 20), (2.0, ())),
    ("a hand that is two pixels off", "bare", ask(178, 20), (2.0, ())),
    ("marks that no scanner draws", "bare", ask(180, 15), "no scanner draws"),
    ("points too close", "bare", ask(36, 4), "too close"),
    ("no points, no unit", "bare", SILENT, "set both points"),
    ("the screen's own scale, borne out", "labelled", ask(230, 25), (0.0, ())),
    ("the screen's own scale, contradicted", "labelled", ask(230, 50), "the screen's labels"),
    ("the screen's own scale, nothing stated", "labelled", SILENT, (0.0, ())),
    ("no marks at all", "none", ask(360, 40), (0.0, (40 / 360, 40 / 360))),
]


@pytest.mark.parametrize(("name", "screen", "asked", "expected"), CASES)
def test_what_points_make_of_a_screen(name: str, screen: str, asked: Calibrate, expected: object, findings: dict[str, Finding]) -> None:
    answer = proposed(findings[screen], KNOWN, asked)
    if isinstance(expected, str):
        assert isinstance(answer, str), name
        assert expected in answer
        return
    assert isinstance(answer, Proposal), (name, answer)
    made = profile.parse(answer.text)
    assert (made.ruler.tick_mm, made.ruler.mm_per_px) == (expected[0], pytest.approx(expected[1], abs=1e-5))  # type: ignore[index]
    assert made.orientation.screen_left is asked.left
    assert ("not known: every procedure with a side is withheld" in answer.words) == (asked.left is ScreenLeft.UNKNOWN)


@pytest.mark.parametrize(("drawn", "asked", "mm_per_px"), [(BARE, ask(180, 20), 2 / 18), (NONE, ask(360, 40), 40 / 360), (LABELLED, SILENT, 5 / 46)])
def test_with_what_is_proposed_the_screen_is_read(drawn: Drawn, asked: Calibrate, mm_per_px: float) -> None:
    answer = proposed(found(drawn), KNOWN, asked)
    assert isinstance(answer, Proposal)
    fit = watch.read_screen(draw(drawn), profile.parse(answer.text), None)
    assert fit is not None
    assert fit.measures
    assert fit.mm_per_px is not None
    assert fit.mm_per_px[1] == pytest.approx(mm_per_px, rel=0.005)


NOTHING = [
    ("no frame", None, "no picture now"),
    ("a recording's scan", Frame(0, 0, draw(BARE), (20, 10)), RECORDED),
    ("black", Frame(0, 0, np.zeros((480, 640), np.uint8)), "no scan area"),
]


@pytest.mark.parametrize(("name", "frame", "says"), NOTHING)
def test_without_a_whole_screen_there_is_nothing_to_calibrate(name: str, frame: Frame | None, says: str) -> None:
    answer = looked(frame, KNOWN)
    assert isinstance(answer, str), name
    assert says in answer


def test_the_frozen_picture_has_the_scan_and_its_marks_alone(findings: dict[str, Finding]) -> None:
    """White writing at the top, as a patient's name is, does not pass."""
    pixels = draw(BARE)
    pixels[:20] = 255
    seen = looked(Frame(0, 0, pixels), KNOWN)
    assert isinstance(seen, Finding)
    image = np.asarray(calibration.picture_of(seen))
    assert image[:20].max() == 0
    header, jpeg = calibrating.frozen_picture(findings["bare"])
    assert header["size"] == [768, 576]
    assert header["points"][1][1] - header["points"][0][1] == pytest.approx(22 * 18.0, abs=0.5)
    assert jpeg.startswith(b"\xff\xd8")


def test_what_holds_of_the_profile_in_use() -> None:
    used = replace(AUTO, name="ours", scan=profile.ScanPart(masks_px=((0, 0, 768, 20),)), orientation=OrientationPart(marker="right"))
    answer = proposed(found(BARE), known_of(used), ask(180, 20))
    assert isinstance(answer, Proposal)
    made = profile.parse(answer.text)
    assert (made.name, made.scan.masks_px, made.orientation.marker) == ("ours", ((0, 0, 768, 20),), "right")
    assert KNOWN.name == NAME


class Desk:
    """One Calibrating, asked and waited for."""

    def __init__(self, out: Path, stated: Profile = AUTO) -> None:
        self._told: Mailbox[Told] = Mailbox()
        self._work = Calibrating(stated, out, self._told.put)

    def ask(self, asked: Calibrate, frame: Frame | None = None) -> Told:
        self._work.take(asked, frame)
        told = self._told.take(60)
        self._work.stop()
        assert told is not None
        return told


def test_nothing_is_written_that_was_not_shown_and_what_was_there_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "profiles" / "mine.toml"
    desk, frame = Desk(out), Frame(0, 0, draw(BARE))
    assert not desk.ask(Calibrate(1, Step.WRITE)).reply.done
    assert not desk.ask(ask(180, 20)).reply.done  # nothing is frozen
    told = desk.ask(Calibrate(1, Step.LOOK), frame)
    assert told.reply.done
    assert told.picture
    assert not desk.ask(Calibrate(1, Step.WRITE)).reply.done
    assert not out.exists()
    shown = desk.ask(ask(180, 20)).reply
    assert f"it will be written to {out}" in shown.text
    assert "tick_mm = 2" in shown.text
    done = desk.ask(Calibrate(1, Step.WRITE)).reply
    assert done.done
    assert f'profile = "{out}"' in done.text
    assert out.read_text() in shown.text
    assert not desk.ask(Calibrate(1, Step.WRITE)).reply.done  # once

    before = out.read_text()
    desk.ask(Calibrate(1, Step.LOOK), frame)
    assert "it will be kept as mine.toml.1" in desk.ask(ask(178, 20, ScreenLeft.PATIENT_RIGHT)).reply.text
    assert "kept" in desk.ask(Calibrate(1, Step.WRITE)).reply.text
    assert out.with_name("mine.toml.1").read_text() == before
    assert 'screen_left = "patient_right"' in out.read_text()


def test_it_gives_way_while_it_works_and_leaves_nothing_behind() -> None:
    before = sys.getswitchinterval()
    with calibrating.giving_way():
        during = sys.getswitchinterval()
    assert during < before / 5
    assert sys.getswitchinterval() == before


def test_a_refused_proposal_takes_the_last_one_away(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "mine.toml")
    desk.ask(Calibrate(1, Step.LOOK), Frame(0, 0, draw(BARE)))
    assert desk.ask(ask(180, 20)).reply.done
    assert not desk.ask(ask(180, 15)).reply.done
    assert not desk.ask(Calibrate(1, Step.WRITE)).reply.done


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("a file")
    desk = Desk(tmp_path / "profiles" / "mine.toml")
    desk.ask(Calibrate(1, Step.LOOK), Frame(0, 0, draw(BARE)))
    desk.ask(ask(180, 20))
    told = desk.ask(Calibrate(1, Step.WRITE)).reply
    assert not told.done
    assert "cannot be written" in told.text


def test_where_it_writes(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    state = {"STATE_DIRECTORY": str(tmp_path / "state")}
    places = [run.profile_place(used, state) for used in (str(own), "butterfly", "", str(tmp_path / "away" / "ours.toml"))]
    assert places == [own, *[tmp_path / "state" / "profiles" / "my-scanner.toml"] * 3]
