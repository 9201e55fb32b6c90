"""The main job: source thread, main thread and link thread around two one-slot mailboxes.

Rule 1: the main thread alone runs the path; the source only fills the first slot, the link only empties the second. Rule 2: what watches takes
copies from a side slot and can never slow the path. Rule 3: whatever ends the run, threads are joined and the recording is closed. Rule 4: the end
of any thread is the end of the process: the device is told, and the reason is said.
"""

from __future__ import annotations

import errno
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.board.board import give_back_memory
from edge.board.mailbox import Mailbox
from edge.board.notify import Standing
from edge.board.page.feed.asks import Reply, chosen
from edge.board.page.feed.feed import Feed
from edge.board.page.feed.look import Look, Recording
from edge.board.port import fault_guidance, wire_guidance
from edge.board.storage import RollingRecorder
from edge.board.terminal import ENDED, OLD_NS, Page, ReadOut, Vitals, complain, drawn, headline, link_line, old, page
from edge.guidance.session import Session, checked
from edge.pipeline import Answer, Course, Invoke, PathState, conclude
from edge.record.black_box import BlackBox
from edge.record.recording import Recorded, Recorder, RecordingError
from edge.source.sources import LIVE_KINDS, Clip, Counters, Item, SourceError, open_clips, parse_spec
from edge.step import Stated, captured_ns, fresh, retimed, step
from edge.types import BadFrame, Frame, NoScan, Placing, Pointing, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.link import Link, Outgoing
from firmware_bridge.wire import SIDED, Procedure, Reason, Side

if TYPE_CHECKING:
    from edge.record.igtl_server import IgtlServer

NS_PER_S = 1_000_000_000
SIGNAL_TIMEOUT_S = 0.5  # without a frame for so long, the source counts as lost
REOPEN_LEAST_S, REOPEN_MOST_S = 0.1, 0.4  # whatever comes back is used within a second
REDRAW_S = 0.1
MOST_PAUSE_S = 2.0  # between two frames of a file
STILL_S = {"link": 3.0, "watcher": 10.0, "source": 10.0}  # a loop that has not turned for so long hangs; a disk may be slow
SETTLED_ANSWERS = 15  # in a row of one scan: its screen has been read as often as it has to be
FAULT_SENT_S = 0.1  # the link thread needs a moment to say it


class ThreadEndedError(RuntimeError):
    """A thread of this process ended by itself; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One item from the source thread, with the clip it belongs to."""

    clip: Clip
    item: Item


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run was told. live: the picture comes from a scanner now; else the device says DEMO and arms nothing."""

    source: str
    course: Course
    stated: Stated
    once: bool
    record_to: Path | None = None
    record_session: dict[str, Any] = field(default_factory=dict)
    igtl: IgtlServer | None = None
    live: bool = False
    box: BlackBox | None = None
    feed: Feed | None = None  # the page's, whether anybody listens or not
    profiled: bool = False  # a profile says where the probe's marker is drawn
    page_url: str = ""
    recordings: Path = Path("recordings")  # where the page's go


@dataclass(frozen=True, slots=True)
class Watched:
    """A copy of what one turn of the main loop made, for whoever looks on. clip: changes where the path started afresh."""

    item: Item
    answer: Answer
    session: Session
    vitals: Vitals
    clip: str
    device_chose: bool = False


class Settled:
    """Gives memory back once a scan has stood still for SETTLED_ANSWERS: readings of its screen are over."""

    def __init__(self) -> None:
        self._shape: ScanGeometry | None = None
        self._answers = 0

    def see(self, scan: Scan | NoScan) -> None:
        shape = scan.geometry if isinstance(scan, Scan) else None
        self._answers = self._answers + 1 if shape is self._shape else 0
        self._shape = shape
        if shape is not None and self._answers == SETTLED_ANSWERS:
            give_back_memory()


def _frame_of(item: Item) -> Frame | None:
    """The item's pixels, if it has any."""
    frame = item.frame if isinstance(item, Recorded) else item
    return frame if isinstance(frame, Frame) else None


class SourceThread(threading.Thread):
    """Plays a source into a mailbox: files at their own pace, live ones as they come, reopened for ever when lost."""

    def __init__(self, source: str, slot: Mailbox[Delivery], *, once: bool) -> None:
        super().__init__(name="source", daemon=True)
        self._source = source
        self._slot = slot
        self.live = parse_spec(source).kind in LIVE_KINDS
        self._once = once
        self._stopping = threading.Event()
        self.ended = threading.Event()
        self.crashed = False
        self.turned_s = time.monotonic()
        self.trouble = ""
        self.counters: Counters | None = None

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        try:
            self._play_for_ever()
        except Exception as error:
            # an end by a fault must not look like an end of the file: the exit status says so, and the service starts again
            self.trouble = f"{self._source}: {type(error).__name__}: {error}"
            self.crashed = True
            raise
        finally:
            # even a fault of ours must not leave the main loop waiting for frames
            self.ended.set()

    def _play_for_ever(self) -> None:
        wait_s = REOPEN_LEAST_S
        while not self._stopping.is_set():
            self.turned_s = time.monotonic()
            try:
                for clip in open_clips(self._source):
                    # it opened: whatever happens to it later, the first try after that comes soon
                    wait_s = REOPEN_LEAST_S
                    self.trouble = ""
                    self.counters = clip.counters
                    self._play(clip)
            except (SourceError, RecordingError) as error:
                self.trouble = str(error)
            except OSError as error:
                self.trouble = f"{self._source}: {error}"
            if self._once and not self.live:
                break
            if self.live or self.trouble:
                self._stopping.wait(wait_s)
                wait_s = min(REOPEN_MOST_S, 2 * wait_s)

    def _play(self, clip: Clip) -> None:
        start_ns, first_ns = time.monotonic_ns(), None
        for item in clip.items:
            self.turned_s = time.monotonic()
            if self._stopping.is_set():
                return
            if not self.live:
                first_ns = captured_ns(item) if first_ns is None else first_ns
                due_ns = start_ns + captured_ns(item) - first_ns
                wait_s = (due_ns - time.monotonic_ns()) / NS_PER_S
                if wait_s > MOST_PAUSE_S:
                    # a clock that was set while it was recorded: the file goes on from here
                    first_ns, wait_s = first_ns + round((wait_s - MOST_PAUSE_S) * NS_PER_S), MOST_PAUSE_S
                self._stopping.wait(max(0.0, wait_s))
                item = retimed(item, time.monotonic_ns())
            self._slot.put(Delivery(clip, item))


class Watcher(threading.Thread):
    """Recorder and read-out on copies of the newest answer."""

    def __init__(self, slot: Mailbox[Watched], plan: RunPlan, out: ReadOut) -> None:
        super().__init__(name="watcher", daemon=True)
        self._slot = slot
        self._plan = plan
        self._out = out
        self._stopping = threading.Event()
        self._last_said = ""
        self._opened_recorder: Recorder | RollingRecorder | None = None
        self._page_records = False
        self._settled = Settled()
        self.turned_s = time.monotonic()
        self.ended_by = ""
        self.trouble = ""

    @property
    def recorded(self) -> int:
        """Frames on disk: what a full disk refused does not count."""
        return 0 if self._opened_recorder is None else self._opened_recorder.frames

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        try:
            self._run()
        except Exception as error:
            self.ended_by = f"watcher: {type(error).__name__}: {error}"
            raise

    def _run(self) -> None:
        recorder = self._opened_recorder = self._opened()
        drawn_s = 0.0
        while True:
            self.turned_s = time.monotonic()
            recorder = self._switched(self._keep_box(recorder))
            watched = self._slot.take(0.1)
            if watched is None:
                if self._stopping.is_set():
                    break
                continue
            recorder = self._record(recorder, watched)
            self._settled.see(watched.answer.scan)
            self._show(watched, recorder)
            if self._out.watched and time.monotonic() - drawn_s >= REDRAW_S:
                drawn_s = time.monotonic()
                self._draw(watched)
            elif not self._out.watched:
                self._say(watched.answer)
        if self._out.watched:
            # nothing of the last answer stays behind
            self._out.draw(ENDED)
        self._close(self._keep_box(recorder))

    def _draw(self, watched: Watched) -> None:
        """The page of an answer, and the one that takes its place once that is old."""
        columns, rows = self._out.size()

        def drawn_of(answer: Answer, vitals: Vitals) -> str:
            return drawn(page(answer, watched.session, vitals, columns=columns, rows=rows, colour=self._out.colour))

        said, vitals = watched.answer, watched.vitals
        instead = drawn_of(old(said), replace(vitals, device_screen=()))
        self._out.draw(Page(drawn_of(said, vitals), said.scan.captured_ns + OLD_NS, instead))

    def _keep_box(self, recorder: Recorder | RollingRecorder | None) -> Recorder | RollingRecorder | None:
        """What the device said, into ring, recording and journal."""
        if self._plan.box is not None:
            try:
                self._plan.box.turn(recorder)
            except OSError as error:
                self._close(recorder)
                self._lost(error)
                return None
        return recorder

    def _show(self, watched: Watched, recorder: Recorder | RollingRecorder | None) -> None:
        """To the page and to OpenIGTLink's clients, if there are any."""
        if self._plan.igtl is not None:
            from edge.record.igtl_server import Shown

            self._plan.igtl.show(Shown(_frame_of(watched.item), watched.answer, watched.session, watched.vitals.live))
        if self._plan.feed is not None:
            recording = Recording(recorder is not None, self._page_records, self.recorded, self.trouble)
            stated = self._plan.stated.profile
            marker = stated.orientation.marker if self._plan.profiled else ""
            frame, chose = _frame_of(watched.item), watched.device_chose
            self._plan.feed.show(Look(frame, watched.answer, watched.session, watched.vitals, stated.name, marker, recording, chose))

    def _switched(self, recorder: Recorder | RollingRecorder | None) -> Recorder | RollingRecorder | None:
        """The page starts and ends a recording; one that the command line started is the run's."""
        feed = self._plan.feed
        ask = None if feed is None else feed.switches.take(0)
        if feed is None or ask is None:
            return recorder
        done, text = True, "it is so already"
        if self._plan.record_to is not None:
            done, text = False, "this run records from its start to its end"
        elif ask.on and recorder is None:
            recorder = self._recorder(self._plan.recordings)
            done, text = recorder is not None, f"recording into {self._plan.recordings}" if recorder else self.trouble
        elif not ask.on and recorder is not None:
            self._close(recorder)
            recorder, text = None, f"{self.recorded} frames recorded in {self._plan.recordings}"
        self._page_records = recorder is not None and self._plan.record_to is None
        feed.reply(Reply(ask.ask_id, done, text))
        return recorder

    def _recorder(self, folder: Path) -> RollingRecorder | None:
        """A new recording for the page."""
        self.trouble = ""
        try:
            self._opened_recorder = recorder = RollingRecorder(folder, self._plan.record_session)
        except OSError as error:
            self._lost(error)
            return None
        return recorder

    def _opened(self) -> Recorder | RollingRecorder | None:
        """A file's recorder, or for a folder one that goes on without end."""
        to = self._plan.record_to
        if to is None:
            return None
        try:
            return RollingRecorder(to, self._plan.record_session) if to.is_dir() else Recorder(to, self._plan.record_session)
        except OSError as error:
            self._lost(error)
            return None

    def _record(self, recorder: Recorder | RollingRecorder | None, watched: Watched) -> Recorder | RollingRecorder | None:
        if recorder is None:
            return None
        try:
            recorder.write(_frame_of(watched.item), watched.answer, watched.session, clip=watched.clip)
        except OSError as error:
            self._close(recorder)
            self._lost(error)
            return None
        return recorder

    def _close(self, recorder: Recorder | RollingRecorder | None) -> None:
        try:
            if recorder is not None:
                recorder.close()
        except OSError as error:
            self._lost(error)

    def _lost(self, error: OSError) -> None:
        cure = "free some space; " if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        self.trouble = f"recording stopped: {error.strerror}: {cure}guidance goes on"
        complain(self.trouble)

    def _say(self, said: Answer) -> None:
        """Where nobody watches a screen: changes only."""
        guidance = said.guidance
        line = headline(said)
        change = "pointing" if isinstance(guidance, Pointing) else guidance.reason.name
        if change != self._last_said:
            self._last_said = change
            self._out.say(f"frame {guidance.frame_id}: {line}")


@dataclass(slots=True)
class Tally:
    """What a run did, for its last line."""

    answered: int = 0
    pointing: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    path_ns: int = 0
    age_ns: int = 0
    last: str = ""
    frames_per_s: float = 0.0

    def add(self, said: Answer, took_ns: int, since_s: float, *, age_ns: int) -> None:
        self.answered += 1
        self.path_ns = took_ns
        self.age_ns = age_ns
        self.last = "pointing" if isinstance(said.guidance, Pointing) else said.guidance.reason.name.lower()
        # the first rate counts whole: a slow board answers one frame in seconds, and would be at none for a minute
        self.frames_per_s += (0.1 if self.frames_per_s else 1.0) * (1 / max(since_s, 1e-3) - self.frames_per_s)
        if isinstance(said.guidance, Pointing):
            self.pointing += 1
        else:
            self.withheld[self.last] += 1

    def line(self) -> str:
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.withheld.most_common())
        return f"{self.answered} frames answered: {self.pointing} pointing, {self.answered - self.pointing} withheld ({reasons or 'none'})"


class MainLoop:
    """The path between the mailboxes, until the source ends, an interrupt comes, or for ever."""

    def __init__(self, plan: RunPlan, invoke: Invoke, link: Link | None, outbox: Mailbox[Outgoing], out: ReadOut) -> None:
        self.plan = plan
        self.tally = Tally()
        self.frames: Mailbox[Delivery] = Mailbox()
        self.source = SourceThread(plan.source, self.frames, once=plan.once)
        self._invoke = invoke
        self._link = link
        self._outbox = outbox
        self._side: Mailbox[Watched] = Mailbox()
        self.watcher = Watcher(self._side, plan, out)
        self._course = plan.course
        self._state: PathState | None = None
        self._clip: Clip | None = None
        self._last_id = 0
        self._clips = 0
        self._unfollowed = ""

    def run(self, alive: Callable[[], None] = lambda: None) -> None:
        """alive is called once a turn, by which a watchdog knows that the loop runs."""
        self.source.start()
        self.watcher.start()
        before_s = time.monotonic()
        try:
            while not (self.source.ended.is_set() and self._drained()):
                self._supervise()
                alive()
                self._follow_device()
                self._follow_page()
                delivery = self.frames.take(SIGNAL_TIMEOUT_S if self._state is not None else 0.1)
                if delivery is None:
                    self._lost()
                    continue
                start_ns = time.monotonic_ns()
                said = self._answered(delivery)
                self._outbox.put(Outgoing(wire_guidance(said.guidance, self._course.session, live=self.plan.live), said.scan.captured_ns))
                now_s, now_ns = time.monotonic(), time.monotonic_ns()
                self.tally.add(said, now_ns - start_ns, now_s - before_s, age_ns=now_ns - said.scan.captured_ns)
                before_s = now_s
                self._watched(delivery.item, said)
            self._supervise()
        except Exception as error:
            # the one catch-all: the device is told before the fault goes up
            self._outbox.put(Outgoing(fault_guidance(self._course.session, live=self.plan.live), time.monotonic_ns()))
            if self.plan.box is not None:
                self.plan.box.note(f"ends by a fault: {error}")
            time.sleep(FAULT_SENT_S)
            raise
        finally:
            self.source.stop()
            self.source.join(2.0)
            self.watcher.stop()
            self.watcher.join(5.0)

    def standing(self) -> Standing:
        """One line's worth of what goes on, for the service manager."""
        tally = self.tally
        link = "none" if self._link is None else link_line(self._link.state)
        return Standing(
            tally.answered, tally.last, tally.frames_per_s, tally.age_ns / 1e6, self.frames.overwritten, self.source.trouble, link, self._still()
        )

    def _supervise(self) -> None:
        """Raises ThreadEndedError."""
        if self.source.crashed:
            raise ThreadEndedError(f"source: {self.source.trouble}")
        if not self.watcher.is_alive():
            raise ThreadEndedError(self.watcher.ended_by or "watcher: ended")
        if self.plan.box is not None and self.plan.box.ended_by:
            raise ThreadEndedError(self.plan.box.ended_by)
        if self._link is not None and not self._link.is_alive():
            raise ThreadEndedError(self._link.trouble or "link: ended")

    def _still(self) -> str:
        """Which loop hangs, in words, or nothing. A file's source may wait or work for longer than a camera's."""
        now_s = time.monotonic()
        since_s = {"watcher": now_s - self.watcher.turned_s}
        if self._link is not None:
            since_s["link"] = now_s - self._link.turned_ns / NS_PER_S
        if self.source.live and not self.source.ended.is_set():
            since_s["source"] = now_s - self.source.turned_s
        return ", ".join(f"{name} stands still for {since:.0f} s" for name, since in since_s.items() if since > STILL_S[name])

    def _drained(self) -> bool:
        return self.frames.empty

    def _answered(self, delivery: Delivery) -> Answer:
        # a clip's first frame may have been overtaken in the mailbox: any frame of another clip starts afresh
        if delivery.clip is not self._clip or self._state is None:
            self._clip = delivery.clip
            self._clips += 1
            self._state = fresh(self.plan.stated, delivery.clip)
        self._state, said = step(self._state, delivery.item, self._course, self._invoke, now_ns=time.monotonic_ns())
        # a looping file counts on: the device takes only newer frames
        self._last_id += 1
        guidance = replace(said.guidance, frame_id=self._last_id)
        return replace(said, guidance=guidance)

    def _lost(self) -> None:
        """No frame in time: said once a time-out, so that the device and the operator know why."""
        if self.source.ended.is_set() or (self._state is None and not self.source.trouble):
            return
        lost = NoScan(self._last_id, time.monotonic_ns(), Reason.SOURCE_LOST, self.source.trouble)
        state = self._state or fresh(self.plan.stated, Clip("", False, ScreenLeft.UNKNOWN, ()))
        self._state, said = conclude(state, lost, None, Placing(), self._course, now_ns=lost.captured_ns)
        self.tally.last, self.tally.frames_per_s = "source_lost", 0.0
        self._outbox.put(Outgoing(wire_guidance(said.guidance, self._course.session, live=self.plan.live), lost.captured_ns))
        gone = BadFrame(lost.frame_id, lost.captured_ns, lost.hint)
        self._watched(gone, said)

    def _follow_device(self) -> None:
        """Buttons on the device choose procedure and side: a change starts the path afresh."""
        if self._link is None:
            return
        device, session = self._link.state, self._course.session
        if device.procedure is Procedure.NONE or (device.procedure, device.side) == (session.procedure, session.side):
            return
        try:
            followed = checked(device.procedure, device.side, session.needle)
        except ValueError as error:
            # meanwhile the device blanks whatever does not match its choice
            self._cannot_follow(device.procedure, device.side, error)
            return
        self._begin_with(followed)

    def _follow_page(self) -> None:
        """The page chooses where no button of the device has."""
        feed = self.plan.feed
        ask = None if feed is None else feed.choices.take(0)
        if feed is None or ask is None:
            return
        found = chosen(ask, self._course.session, None if self._link is None else self._link.state)
        if not isinstance(found, str) and found != self._course.session:
            self._begin_with(found)
        feed.reply(Reply(ask.ask_id, not isinstance(found, str), found if isinstance(found, str) else ""))

    def _begin_with(self, session: Session) -> None:
        self._course = replace(self._course, session=session)
        self._state = None if self._state is None else PathState(self._state.screen)
        self._clips += 1

    def _cannot_follow(self, procedure: Procedure, side: Side, error: ValueError) -> None:
        """Says once why, unless the side is only still to be chosen there."""
        why = f"the device asks for {procedure.name.lower()}: {error}"
        if why == self._unfollowed or (procedure in SIDED and side is Side.NONE):
            return
        self._unfollowed = why
        complain(why)
        if self.plan.box is not None:
            self.plan.box.note(why)

    def _watched(self, item: Item, said: Answer) -> None:
        """Into the side slot, for recorder and read-out."""
        name = "" if self._clip is None else self._clip.name
        chose = self._link is not None and self._link.state.procedure is not Procedure.NONE
        self._side.put(Watched(item, said, self._course.session, self._vitals(), f"{self._clips} {name}", chose))

    def _vitals(self) -> Vitals:
        link = self._link
        return Vitals(
            frames=self.tally.answered,
            frames_per_s=self.tally.frames_per_s,
            path_ms=self.tally.path_ns / 1e6,
            overwritten=self.frames.overwritten,
            link="none" if link is None else link_line(link.state),
            live=self.plan.live,
            device_screen=() if link is None else link.state.screen,
        )
