"""The live read-out in a terminal: what the path says, what the device shows."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from edge.catalogue import NOTICE
from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.types import Pointing
from firmware_bridge.link import LinkState
from firmware_bridge.wire import Side

CLEAR = "\x1b[H\x1b[J"
MOST_WAITING, CLOSE_S = 256, 2.0  # lines or pages that a stream has not taken yet; how long the end waits for it


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


class ReadOut:
    """A stream for as long as it takes what is said: a reader that has gone, or a full disk, ends the words and nothing else. In a thread of its own:
    a terminal that stands still (Ctrl-S), or a reader that does not read, holds up neither guidance nor recording."""

    def __init__(self, stream: TextIO | None) -> None:
        """stream: None where the process began without one."""
        self.watched = stream is not None and stream.isatty()
        self._stream = stream
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._left_out = 0
        self._ended = stream is None
        self._writer = None if stream is None else threading.Thread(target=self._write, args=(stream,), name="read-out", daemon=True)
        if self._writer is not None:
            self._writer.start()

    def say(self, text: str) -> None:
        """One line, or the whole page. Never raises and never waits: of what a stream does not take in time some is left out."""
        if self._ended:
            return
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            self._left_out += 1

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
            while (text := self._waiting.get()) is not None:
                left_out, self._left_out = self._left_out, 0
                _put(stream, f"({left_out} left out)\n{text}\n" if left_out else f"{text}\n")
        except (OSError, ValueError) as error:
            self._ended = True
            silence(stream)
            complain(f"read-out stopped: standard output: {getattr(error, 'strerror', None) or error}: guidance and recording go on")
        self._ended = True


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
    shown = "" if state.status is None else f", shows {state.status.shown.name.lower()}"
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


def page(answer: Answer, session: Session, vitals: Vitals) -> str:
    """The whole read-out as text, for one frame."""
    side = "" if session.side is Side.NONE else f", patient's {session.side.name.lower()}"
    seen = f"{answer.landmarks.view} {100 * answer.landmarks.view_confidence:.0f} %" if answer.landmarks else "nothing"
    width = max([16, *(len(line) for line in vitals.device_screen)])
    display = [f"  |{line:<{width}}|" for line in vitals.device_screen]
    rule = "  +" + "-" * width + "+"
    return "\n".join(
        [
            f"tuffier, {NOTICE}" if vitals.live else f"tuffier, DEMO: the picture is not live; {NOTICE}",
            f"{session.procedure.name.lower().replace('_', ' ')}{side}",
            "",
            headline(answer),
            "",
            f"sees {seen}   frame {vitals.frames}   {vitals.frames_per_s:.0f}/s   {vitals.path_ms:.1f} ms   {vitals.overwritten} overwritten",
            f"device: {vitals.link}",
            *([rule, *display, rule] if display else []),
            "",
            "Ctrl-C ends",
        ]
    )
