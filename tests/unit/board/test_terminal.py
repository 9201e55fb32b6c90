"""The read-out in a real terminal (a pty): it fits, the newest page wins, and nothing of an old answer stays on it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import pytest

from edge.board.terminal import ENDED, Page, ReadOut, drawn, old, page
from edge.catalogue import NOTICE
from edge.pipeline import Answer
from edge.types import Pointing, Withheld
from firmware_bridge.wire import Reason
from tests.replay import clips
from tests.unit.board.looks import SESSION, VITALS, look

LONG = "connected, firmware 0.1.0, serial number 0badcafe, shows pointing, 123456 sent, 0 bad; it says: " + "a fault of the servo's supply " * 3
SCREEN = ("FACET           RIGHT", "DEPTH 31", "ANGLE -12", "", "", "HOLD STILL")
HALF = re.compile(r"\x1b(\[[0-9;?]*)?$")
CONTROL = re.compile(r"\x1b\[([HKJ]|[0-9;]*m)|\n|\r|[^\x1b\n\r]+")


@dataclass
class Terminal:
    """A pty whose other end is a stream of the test's, and what would be seen on it: the sequences that the read-out writes, and no others."""

    columns: int = 80
    rows: int = 24
    lines: list[str] = field(default_factory=lambda: [""] * 200)
    at: int = 0
    written: str = ""
    said: str = ""
    cut: str = ""
    decoder: codecs.IncrementalDecoder = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))

    def __post_init__(self) -> None:
        self.parent, self.child = pty.openpty()
        fcntl.ioctl(self.child, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        os.set_blocking(self.parent, False)

    def stream(self) -> TextIO:
        return os.fdopen(os.dup(self.child), "w", encoding="utf-8")

    def look(self) -> str:
        """All that came since, put on the screen; what is seen now."""
        raw = b""
        try:
            while part := os.read(self.parent, 65536):
                raw += part
        except OSError:
            pass
        text = self.cut + self.decoder.decode(raw)
        # a sequence that is only half there yet waits for the next look
        at = HALF.search(text)
        text, self.cut = (text, "") if at is None else (text[: at.start()], at[0])
        self.said += text
        for found in CONTROL.finditer(text):
            self._put(found[0])
        return "\n".join(self.lines)

    def _put(self, what: str) -> None:
        match what:
            case "\x1b[H":
                self.at, self.written = 0, ""
            case "\x1b[K":
                self.lines[self.at] = self.written
            case "\x1b[J":
                self.lines[self.at :] = [self.written, *[""] * (len(self.lines) - self.at - 1)]
            case "\n":
                self.at, self.written = self.at + 1, ""
            case text if not text.startswith(("\x1b", "\r")):
                self.written += text
                self.lines[self.at] = self.written + self.lines[self.at][len(self.written) :]

    def close(self) -> None:
        os.close(self.parent)
        os.close(self.child)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


def until(seen: Callable[[], bool], *, within_s: float = 60.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if seen():
            return True
        time.sleep(0.01)
    return seen()


POINTS = look().answer
NO_LABELS = "no labels at the marks that two witnesses agree on; or run tuffier calibrate"
WITHHELD = replace(POINTS, guidance=Withheld(7, 0, Reason.SCALE_UNKNOWN, NO_LABELS))


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(("columns", "rows"), [(80, 23), (40, 12), (120, 50), (20, 5)])
@pytest.mark.parametrize("answer", [POINTS, WITHHELD], ids=["pointing", "withheld"])
def test_a_page_fits_its_window(answer: Answer, columns: int, rows: int, colour: bool) -> None:
    lines = page(answer, SESSION, replace(VITALS, link=LONG, device_screen=SCREEN), columns=columns, rows=rows, colour=colour)
    assert len(lines) <= rows
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines) <= columns


def test_a_page_has_its_numbers_or_its_reason_and_cure() -> None:
    assert isinstance(POINTS.guidance, Pointing)
    text, without = ("\n".join(page(each, SESSION, VITALS)) for each in (POINTS, WITHHELD))
    assert "POINTING" in text
    assert f"{POINTS.guidance.estimate.depth_mm:.1f} mm" in text
    assert "WITHHELD  scale unknown" in without
    assert "run tuffier calibrate" in without
    assert not re.search(r"\d (mm|°)", without)
    assert "WITHHELD" in "\n".join(page(old(POINTS), SESSION, VITALS))
    assert not re.search(r"\d (mm|°)", "\n".join(page(old(POINTS), SESSION, VITALS)))


@pytest.mark.parametrize("live", [True, False])
def test_no_line_of_80_columns_parts_what_this_device_is(live: bool) -> None:
    text = "\n".join(page(POINTS, SESSION, replace(VITALS, live=live)))
    assert NOTICE in text
    assert text.startswith("DEMO: the picture is not live") is not live


def test_state_is_told_by_word_and_shape_and_nothing_beneath_it_moves() -> None:
    pointing, withheld = (page(each, SESSION, VITALS) for each in (POINTS, WITHHELD))
    assert [line for line in pointing if line.startswith("● POINTING")]
    assert [line for line in withheld if line.startswith("■ WITHHELD")]
    assert [line.startswith("sees") for line in pointing] == [line.startswith("sees") for line in withheld]


def test_a_page_that_grows_old_is_wiped_whoever_stands_still(terminal: Terminal) -> None:
    """The main job, or the thread that draws, may hang in a slow disk: nobody draws again here."""
    out = ReadOut(terminal.stream())
    text, instead = (drawn(page(each, SESSION, VITALS)) for each in (POINTS, old(POINTS)))
    for stands_ms in (500, 2000, 8000, 32000):  # on a busy machine a short one may be over before it is drawn
        out.draw(Page(text, time.monotonic_ns() + stands_ms * 1_000_000, instead))
        if until(lambda: re.search("POINTING|WITHHELD", terminal.look())) and "POINTING" in terminal.look():
            break
        assert until(lambda: "WITHHELD" in terminal.look())
    else:
        raise AssertionError("never drawn")
    assert until(lambda: "WITHHELD  too old" in terminal.look() and not re.search(r"POINTING|\d (mm|°)", terminal.look()))
    out.draw(ENDED)
    out.say("144 frames answered")
    out.close()
    assert terminal.look().strip("\n") == "144 frames answered"


def test_a_slow_terminal_gets_the_newest_page_only(terminal: Terminal) -> None:
    out = ReadOut(terminal.stream())
    for number in range(2000):
        out.draw(Page(drawn([f"page {number} " + "." * 60]), time.monotonic_ns() + 60_000_000_000, ""))
    assert until(lambda: "page 1999 " in terminal.look())
    out.close()
    assert terminal.said.count("page ") < 500


@pytest.mark.parametrize(("name", "value", "coloured"), [("TERM", "xterm", True), ("TERM", "dumb", False), ("NO_COLOR", "1", False)])
def test_colour_is_left_out_where_it_is_not_wanted(
    name: str, value: str, coloured: bool, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    out = ReadOut(terminal.stream())
    assert out.colour is coloured
    out.close()


def test_the_main_job_fits_a_terminal_of_80_columns_and_leaves_no_number(terminal: Terminal, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "edge.cli", "run", "--source", f"recording:{clips.soon(tmp_path / 'soon.mcap')}"]
    job = subprocess.Popen(words, stdout=terminal.child, stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"})
    widest = [0]

    def looked() -> None:
        seen = [line for line in terminal.look().split("\n") if "frames answered" not in line and not line.startswith("device:")]
        widest.append(max(map(len, seen)))

    def points() -> bool:
        looked()
        return "\x1b[1;32m● POINTING" in terminal.said

    def ended() -> bool:
        looked()
        return job.poll() is not None

    assert until(points, within_s=60)
    job.send_signal(signal.SIGINT)
    assert until(ended, within_s=60)
    assert max(widest) <= 80
    assert "frames answered" in terminal.look()
    assert not re.search(r"[●■]|\d (mm|°)", terminal.look())
