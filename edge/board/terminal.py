"""The live read-out in a terminal: what the path says, what the device shows."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import textwrap
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from edge.catalogue import NOTICE
from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.types import Estimate, Pointing, Withheld
from firmware_bridge.link import LinkState
from firmware_bridge.wire import Reason, Side

CLEAR = "\x1b[H\x1b[J"
GREEN, YELLOW, PLAIN = "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"
COLUMNS, ROWS = 80, 24  # of a terminal that does not say how large it is
LOOK_S = 0.05
PAGE = "\0page"  # in the queue of lines: the newest page's turn
STATE_ROWS = 5  # numbers and a notice, or a cure
OLD_NS = 250_000_000  # nothing older than 300 ms is shown, and a look at the clock comes every LOOK_S
MOST_WAITING, CLOSE_S = 256, 2.0  # lines that a stream has not taken yet; how long the end waits for it


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the read-out shows beside an answer."""

    frames: int
    frames_per_s: float
    path_ms: float
    overwritten: int
    link: str
    live: bool
    device_screen: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """What a terminal shows until a time of the monotonic clock, and what it shows from then on."""

    text: str
    until_ns: int
    old: str


ENDED = Page("", 0, CLEAR)


class ReadOut:
    """A stream for as long as it takes what is said: a reader that has gone, or a full disk, ends the words and nothing else. In a thread of its own:
    a terminal that stands still (Ctrl-S), or a reader that does not read, holds up neither guidance nor recording."""

    def __init__(self, stream: TextIO | None) -> None:
        """stream: None where the process began without one."""
        self.watched = stream is not None and stream.isatty()
        self.colour = self.watched and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._stream = stream
        self._page: Page | None = None
        self._shown_until_ns: int | None = None
        self._due = False
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._left_out = 0
        self._ended = stream is None
        self._writer = None if stream is None else threading.Thread(target=self._write, args=(stream,), name="read-out", daemon=True)
        if self._writer is not None:
            self._writer.start()

    def say(self, text: str) -> None:
        """One line. Never raises and never waits: of what a stream does not take in time some is left out."""
        if self._ended:
            return
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            self._left_out += 1
            self._due = False

    def draw(self, page: Page) -> None:
        """The page, over the last one. Newest wins: a slow terminal is never shown an old page; a page that has grown old is wiped by the read-out's
        own thread, whoever else stands still."""
        self._page = page
        if not self._due:
            self._due = True
            self.say(PAGE)

    def size(self) -> tuple[int, int]:
        """Columns and rows that a page may take: the last row stays free, so that nothing scrolls."""
        found = os.terminal_size((COLUMNS, ROWS))
        with contextlib.suppress(AttributeError, OSError, ValueError):
            found = os.get_terminal_size(self._stream.fileno()) if self._stream is not None else found
        return found.columns or COLUMNS, max(2, (found.lines or ROWS) - 1)

    def close(self) -> None:
        """Waits until all is said, but not for a stream that stands still."""
        if self._stream is None or self._writer is None or self._ended:
            return
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=CLOSE_S)
        self._writer.join(CLOSE_S)
        if self._writer.is_alive():
            complain("read-out: standard output stands still: what was said last is lost")
            silence(self._stream)  # else what is said after this waits for ever

    def _write(self, stream: TextIO) -> None:
        try:
            while (text := self._next()) is not None:
                if text == PAGE:
                    self._due = False
                    _put(stream, self._newest())
                    continue
                left_out, self._left_out = self._left_out, 0
                _put(stream, f"({left_out} left out)\n{text}\n" if left_out else f"{text}\n")
        except (OSError, ValueError) as error:
            self._ended = True
            silence(stream)
            complain(f"read-out stopped: standard output: {getattr(error, 'strerror', None) or error}: guidance and recording go on")
        self._ended = True


    def _next(self) -> str | None:
        """What is to be said next; PAGE also where the page on the screen has grown old."""
        while True:
            try:
                return self._waiting.get(timeout=LOOK_S)
            except queue.Empty:
                if self._shown_until_ns is not None and time.monotonic_ns() >= self._shown_until_ns:
                    return PAGE

    def _newest(self) -> str:
        """The newest page, or what is shown in its place once it is old; that stays."""
        page = self._page
        if page is None:
            return ""
        self._shown_until_ns = page.until_ns if time.monotonic_ns() < page.until_ns else None
        return page.old if self._shown_until_ns is None else page.text


def _put(stream: TextIO, text: str) -> None:
    """Past Python's own buffer where there is a descriptor: a thread that waits in it would hold up the end of the process."""
    stream.flush()
    try:
        descriptor = stream.fileno()
    except (AttributeError, OSError, ValueError):
        stream.write(text)
        stream.flush()
        return
    left = text.encode(stream.encoding or "utf-8", errors="replace")
    while left:
        left = left[os.write(descriptor, left) :]


def complain(text: str) -> None:
    """One line to standard error, if anything is there."""
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """What a broken stream still holds, and all that follows, goes nowhere: else the interpreter's last flush fails again."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def link_line(state: LinkState) -> str:
    """The link for a person: who is there, or what is wrong and its cure."""
    if state.problem:
        return state.problem
    differs = f"; {state.differs}" if state.differs else ""
    said = f"; it says: {state.said}" if state.said else ""
    if not state.connected or state.hello is None:
        return "waiting for the device to answer"
    hello, counters = state.hello, state.counters
    status = state.status
    # install.sh and update/in_use.py read these words: what is in use is not restarted
    shown = "" if status is None else f", shows {status.shown.name.lower()}, bracket {status.guard.name.lower()}"
    return (
        f"connected, firmware {hello.version_major}.{hello.version_minor}.{hello.version_patch}, serial number {hello.serial_number:08x}{shown}, "
        f"{counters.guidance_sent} sent, {counters.packets_bad} bad{differs}{said}"
    )


def headline(answer: Answer) -> str:
    """The one line that matters."""
    guidance = answer.guidance
    if not isinstance(guidance, Pointing):
        return f"WITHHELD  {guidance.reason.name.lower().replace('_', ' ')}: {guidance.hint}"
    found = guidance.estimate
    pivot = "" if found.pivot_mm is None else f"   from the pivot {found.pivot_mm:5.1f} mm"
    notice = f"  ({guidance.hint})" if guidance.hint else ""
    return (
        f"POINTING  depth {found.depth_mm:5.1f} ±{found.depth_interval_mm:.1f} mm   angle {found.angle_deg:+6.1f} ±{found.angle_interval_deg:.1f}°"
        f"   insertion {found.insertion_mm:5.1f} mm   lateral {found.lateral_mm:+6.1f} mm{pivot}{notice}"
    )


def page(answer: Answer, session: Session, vitals: Vitals, *, columns: int = COLUMNS, rows: int = ROWS, colour: bool = False) -> list[str]:
    """The whole read-out for one frame: rows lines at most, each of columns characters at most."""
    side = "" if session.side is Side.NONE else f", patient's {session.side.name.lower()}"
    lines = [] if vitals.live else _wrapped("DEMO: the picture is not live", columns)
    lines += _wrapped(f"tuffier, {NOTICE}", columns)
    lines += [f"{session.procedure.name.lower().replace('_', ' ')}{side}", "", *_state(answer, columns, colour), ""]
    lines += _wrapped(_beneath(answer, vitals), columns) + _wrapped(f"device: {vitals.link}", columns)
    # the device's mirror goes first where a window is low
    lines += _mirror(vitals.device_screen) if len(lines) + len(vitals.device_screen) + 3 <= rows else []
    lines = [*lines, "", "Ctrl-C ends"][:rows]
    return [line if "\x1b" in line else line[:columns] for line in lines]


def drawn(lines: Sequence[str]) -> str:
    """A page over the one before, without a flicker: each line's rest and all below are wiped."""
    return "\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J"


def _state(answer: Answer, columns: int, colour: bool) -> list[str]:
    """The state as word, shape and colour; its numbers, or its reason and cure. As many lines either way, so that nothing beneath them moves."""
    guidance = answer.guidance
    if isinstance(guidance, Pointing):
        word, paint, lines = "● POINTING", GREEN, [*_numbers(guidance.estimate), *_wrapped(guidance.hint, columns - 2)]
    else:
        word, paint = f"■ WITHHELD  {guidance.reason.name.lower().replace('_', ' ')}", YELLOW
        lines = _wrapped(guidance.hint, columns - 2)
    lines = [f"  {line}" for line in lines] + [""] * (STATE_ROWS - len(lines))
    word = word[:columns]
    return [f"{paint}{word}{PLAIN}" if colour else word, "", *lines]


def _numbers(found: Estimate) -> list[str]:
    pivot = "" if found.pivot_mm is None else f"   from the pivot {found.pivot_mm:6.1f} mm"
    return [
        f"depth      {found.depth_mm:6.1f} mm ±{found.depth_interval_mm:.1f}",
        f"angle      {found.angle_deg:+6.1f} °  ±{found.angle_interval_deg:.1f}",
        f"insertion  {found.insertion_mm:6.1f} mm",
        f"lateral    {found.lateral_mm:+6.1f} mm{pivot}",
    ]


def _beneath(answer: Answer, vitals: Vitals) -> str:
    seen = f"{answer.landmarks.view.replace('_', ' ')} {100 * answer.landmarks.view_confidence:.0f} %" if answer.landmarks else "nothing"
    return f"sees {seen}   frame {vitals.frames}   {vitals.frames_per_s:.0f}/s   {vitals.path_ms:.1f} ms   {vitals.overwritten} overwritten"


def _mirror(screen: Sequence[str]) -> list[str]:
    """What the device shows, in a frame."""
    if not screen:
        return []
    width = max(16, *(len(line) for line in screen))
    rule = "  +" + "-" * width + "+"
    return [rule, *(f"  |{line:<{width}}|" for line in screen), rule]


def _wrapped(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, max(8, columns), break_long_words=True)


def old(answer: Answer) -> Answer:
    """The same answer once it is too old to be shown: without its numbers and without what was seen."""
    hint = "no new answer: the board is busy, or the main job stands still"
    return replace(answer, guidance=Withheld(answer.guidance.frame_id, answer.scan.captured_ns, Reason.TOO_OLD, hint), landmarks=None)
