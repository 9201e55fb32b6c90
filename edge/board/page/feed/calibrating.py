"""Calibrate on the page: a frame held still, two points on it with their stated distance in depth, the profile that this makes, and its file.

Rule 1: what is stated never replaces what the screen tells: where that reads otherwise nothing is proposed. Rule 2: of the frame nothing is sent
but the scan and its marks. Rule 3: nothing is written that was not shown and asked for, and what stood there is kept beside it. Rule 4: it has a
thread of its own, which gives way at once and looks at most once a second: guidance goes on.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.board.check import calibration
from edge.board.check.calibration import Finding
from edge.board.page.feed.asks import Calibrate, Reply, Step
from edge.record.files import spare, write_atomically
from edge.screen import profile
from edge.screen.profile import AUTO, Profile, RulerPart
from edge.types import Frame, ScreenLeft

LEAST_SPAN = 0.3  # of the scan's height, between the two points: a hand is a pixel or two off
SAME = 0.03  # the screen's scale and the stated one agree within so much
TICKS_MM = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)  # that scanners draw
QUALITY = 85
NAME = "my-scanner"
LOOK_PERIOD_S = 1.0  # from one look's end to the next one's beginning: a page that asks without pause takes a fifth of Python's time, not half
GIVES_WAY_S = 0.0005  # Python lets a thread work for 5 ms while others wait, and the path would wait so at each of its calls into numpy
UNTOLD = "the screen tells no scale: set both points, and say how far apart in depth they are"
RECORDED = "this source keeps the scan alone, without its marks: calibrate before the scanner, or on a video"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile's text, as it would be written."""

    text: str
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """What goes back to the page: a reply, with the frozen picture where one was asked for."""

    reply: Reply
    header: dict[str, Any] | None = None
    picture: bytes = b""


def known_of(stated: Profile) -> Profile:
    """What still counts of the profile in use while another is made: where to look, and how wide a pixel is."""
    video = replace(AUTO.video, latency_ms=stated.video.latency_ms, pixel_aspect=stated.video.pixel_aspect)
    return replace(AUTO, name=NAME if stated.name == AUTO.name else stated.name, video=video, scan=stated.scan, orientation=stated.orientation)


def looked(frame: Frame | None, known: Profile) -> Finding | str:
    """What the frame tells, or why there is nothing to calibrate."""
    if frame is None:
        return "no picture now: is the source connected?"
    if frame.offset_px != (0, 0):
        return RECORDED
    found = calibration.look_at(frame.pixels, known)
    if found is None:
        return "no scan area found: show a live ultrasound picture"
    return "the picture is a mirror image: turn it round at scanner or grabber" if found.mirrored else found


def proposed(found: Finding, known: Profile, ask: Calibrate) -> Proposal | str:
    """What would be written, or why nothing would."""
    settled = _settled(found, known, ask)
    if isinstance(settled, str):
        return settled
    found, ruler = settled
    made = calibration.proposed(
        found, name=known.name, screen_left=ask.left, tick_mm=ruler.tick_mm, latency_ms=known.video.latency_ms,
        box_px=known.scan.box_px, pixel_aspect=known.video.pixel_aspect,
    )  # fmt: skip
    made = replace(
        made,
        scan=known.scan,
        ruler=replace(made.ruler, mm_per_px=ruler.mm_per_px),
        orientation=replace(made.orientation, marker=known.orientation.marker),
    )
    lacks = calibration.worth(found, made)
    if lacks:
        return f"such a profile could not point: {lacks}"
    text = calibration.as_toml(made, found)
    profile.parse(text, name="the new profile")  # what is written can be read
    return Proposal(text, _words(found, made))


def _words(found: Finding, made: Profile) -> str:
    lines = [f"scale: {calibration.scale_words(found)}"]
    if made.ruler.mm_per_px:
        x, y = made.ruler.mm_per_px
        by = "by your two points alone, at this depth and picture size"
        lines = [f"scale: {y:.4f} mm per pixel {by}", f"a pixel is taken for {x / y:.3f} times as wide as high"]
    if made.orientation.screen_left is ScreenLeft.UNKNOWN:
        lines.append("what is drawn left is not known: every procedure with a side is withheld")
    return "\n".join(lines)


def _settled(found: Finding, known: Profile, ask: Calibrate) -> tuple[Finding, RulerPart] | str:
    """The finding and the ruler's part of the profile once the points have been weighed against what the screen tells."""
    if ask.points is None:
        return (found, RulerPart()) if found.reading is not None else UNTOLD
    high_px = abs(ask.points[1][1] - ask.points[0][1])
    if high_px < LEAST_SPAN * (found.geometry.bottom_px - found.geometry.top_px):
        return "the points are too close to each other in depth: set them at least a third of the scan's depth apart"
    mm_per_px = ask.depth_mm / high_px
    if found.reading is not None:
        return _borne_out(found, mm_per_px)
    return _by_marks(found, known, mm_per_px) if found.seen is not None else (found, _stated_scale(found, known, mm_per_px))


def _borne_out(found: Finding, mm_per_px: float) -> tuple[Finding, RulerPart] | str:
    assert found.reading is not None
    told = found.reading.mm_per_px_y
    if abs(mm_per_px / told - 1) > SAME:
        by = " and ".join(found.reading.witnesses)
        return f"your points say {mm_per_px:.4f} mm per pixel, the screen's {by} {told:.4f}: look at points and distance again"
    return found, RulerPart()


def _by_marks(found: Finding, known: Profile, mm_per_px: float) -> tuple[Finding, RulerPart] | str:
    """Marks without a unit: the points give it, where it is one that scanners draw."""
    assert found.seen is not None
    apart_mm = found.seen.pitch_px * mm_per_px
    tick_mm = min(TICKS_MM, key=lambda each: abs(apart_mm / each - 1))
    if abs(apart_mm / tick_mm - 1) > SAME:
        return f"by your points the {found.seen.count} marks are {apart_mm:.2f} mm apart, which no scanner draws: set the points on two marks"
    again = calibration.look_at(found.pixels, replace(known, ruler=RulerPart(tick_mm=tick_mm)))
    if again is None or again.reading is None:
        return f"marks every {tick_mm:g} mm do not fit this screen{'' if again is None else f': {again.why}'}"
    return again, RulerPart(tick_mm=tick_mm)


def _stated_scale(found: Finding, known: Profile, mm_per_px: float) -> RulerPart:
    """No marks at all: the points' own scale, for this depth and picture size only."""
    return RulerPart(mm_per_px=(mm_per_px * (known.video.pixel_aspect or found.aspect), mm_per_px))


def frozen_picture(found: Finding) -> tuple[dict[str, Any], bytes]:
    """The frame as the page shows it, and where its points stand at first: the first and last mark, or the scan's top and bottom."""
    image, geometry, marks = calibration.picture_of(found), found.geometry, found.seen
    middle = (geometry.left_px + geometry.right_px) / 2
    points = [[middle, geometry.top_px], [middle, geometry.bottom_px - 1]]
    if marks is not None:
        at = (marks.low_px + marks.high_px) / 2
        points = [[at, marks.first_px], [at, marks.first_px + (marks.count - 1) * marks.pitch_px]]
    packed = io.BytesIO()
    image.save(packed, format="JPEG", quality=QUALITY)
    return {"size": list(image.size), "points": points, "told": found.reading is not None}, packed.getvalue()


def written(proposal: Proposal, out: Path) -> str:
    """Writes it; what was done and what comes next. Raises OSError."""
    out.parent.mkdir(parents=True, exist_ok=True)
    kept = ""
    if out.exists():
        beside = spare(out)
        write_atomically(beside, out.read_bytes())
        kept = f"kept {beside}, the profile that was there\n"
    write_atomically(out, proposal.text.encode())
    line = f"profile = {json.dumps(str(out.absolute()))}"
    return f"{kept}wrote {out}\nnext: into the configuration, under [source]: {line}\nit counts from the next start of tuffier on"


@contextlib.contextmanager
def giving_way() -> Iterator[None]:
    """Other threads wait for this one GIVES_WAY_S at most. For one thread at a time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(GIVES_WAY_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Calibrating:
    """Takes the page's asks one at a time. out: the profile that is written; tell is called from a thread of its own."""

    def __init__(self, stated: Profile, out: Path, tell: Callable[[Told], None]) -> None:
        self._known, self._out, self._tell = known_of(stated), out, tell
        self._found: Finding | None = None
        self._proposal: Proposal | None = None
        self._work: threading.Thread | None = None
        self._ending = threading.Event()
        self._looked_s = -LOOK_PERIOD_S

    def take(self, ask: Calibrate, frame: Frame | None) -> None:
        """Never waits."""
        if self._work is not None and self._work.is_alive():
            self._tell(Told(Reply(ask.ask_id, False, "the last question is still at work: a moment")))
            return
        self._work = threading.Thread(target=self._answer, args=(ask, frame), name="calibrating", daemon=True)
        self._work.start()

    def stop(self) -> None:
        self._ending.set()
        if self._work is not None:
            self._work.join(2.0)

    def _answer(self, ask: Calibrate, frame: Frame | None) -> None:
        try:
            with giving_way():
                told = self._answered(ask, frame)
        except OSError as error:
            told = Told(Reply(ask.ask_id, False, f"{self._out}: cannot be written: {error.strerror}"))
        except Exception as error:
            # the one catch-all of this thread: a fault here must end nothing else
            told = Told(Reply(ask.ask_id, False, f"{type(error).__name__}: {error}: nothing is written"))
        self._tell(told)

    def _answered(self, ask: Calibrate, frame: Frame | None) -> Told:
        match ask.step:
            case Step.LOOK:
                return self._looked(ask, frame)
            case Step.PROPOSE:
                return self._proposed(ask)
            case Step.WRITE:
                return self._written(ask)

    def _looked(self, ask: Calibrate, frame: Frame | None) -> Told:
        self._found = self._proposal = None
        self._ending.wait(max(0.0, self._looked_s + LOOK_PERIOD_S - time.monotonic()))
        found = looked(frame, self._known)
        self._looked_s = time.monotonic()
        if isinstance(found, str):
            return Told(Reply(ask.ask_id, False, found))
        self._found = found
        return Told(Reply(ask.ask_id, True, f"scale: {calibration.scale_words(found)}"), *frozen_picture(found))

    def _proposed(self, ask: Calibrate) -> Told:
        self._proposal = None
        if self._found is None:
            return Told(Reply(ask.ask_id, False, "no picture is frozen: begin again"))
        found = proposed(self._found, self._known, ask)
        if isinstance(found, str):
            return Told(Reply(ask.ask_id, False, found))
        self._proposal = found
        there = f"{self._out} is there: it will be kept as {spare(self._out).name}" if self._out.exists() else f"it will be written to {self._out}"
        return Told(Reply(ask.ask_id, True, f"{found.words}\n{there}\n\n{found.text}"))

    def _written(self, ask: Calibrate) -> Told:
        if self._proposal is None:
            return Told(Reply(ask.ask_id, False, "nothing was shown that could be written: begin again"))
        text = written(self._proposal, self._out)
        self._found = self._proposal = None
        return Told(Reply(ask.ask_id, True, text))
