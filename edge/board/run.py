"""Starts and ends the main job: device, link, loop, read-out, a clean stop on signals."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from edge.board.app import MainLoop, RunPlan, ThreadEndedError
from edge.board.board import board_state, share_one_heap
from edge.board.config import Config, ConfigError
from edge.board.mailbox import Mailbox
from edge.board.notify import Notifier
from edge.board.page.address import address
from edge.board.page.child import Child
from edge.board.page.feed.feed import BOARD_SOCKET, Feed
from edge.board.port import wire_heartbeat, wire_limits
from edge.board.terminal import ReadOut, complain, link_line
from edge.model.runner import Model
from edge.pipeline import Course
from edge.record.black_box import BlackBox, default_folder
from edge.screen import profile as profiles
from edge.source.sources import LIVE_KINDS, open_clips, parse_spec
from edge.step import Stated
from firmware_bridge import wire
from firmware_bridge.link import Link, LinkEvent, Outgoing
from firmware_bridge.sim import NoSimulatorError, SimDevice

if TYPE_CHECKING:
    from edge.record.igtl_server import IgtlServer


def run(config: Config, course: Course, stated: Stated, model: Model, *, once: bool, record_to: Path | None, page: str = "") -> int:
    """The main job until the source ends (once), an interrupt, a signal, or a thread's end. page: ADDRESS:PORT of a page that is started beside it;
    without one it tells the page service, where that runs. Returns the exit status. Raises ConfigError."""
    share_one_heap()
    spec = parse_spec(config.source.source)
    refuse_unlabelled(config)
    if config.monitor.page:
        # the page's own service reads the same file: what is wrong in it is said wherever it is read
        address(config.monitor.page)
    if spec.kind not in LIVE_KINDS:
        # a file that is not there is an error at once; a camera may come later
        open_clips(config.source.source)
    session = session_record(config, course, model)
    outbox: Mailbox[Outgoing] = Mailbox()
    pulse = Pulse(record_to)
    out = ReadOut(sys.stdout)
    # a person's screen is drawn anew all the time: its lines would tear it
    box = BlackBox(default_folder(dict(os.environ)), lambda line: None if out.watched else out.say(line))
    box.note(f"starts: {config.source.source} to {config.device.device}", session=session)
    status = 0
    try:
        with (
            _paged(page, out, config, stated) as (feed, url),
            _igtl(config, out) as igtl,
            _linked(config, stated, outbox, pulse, box.hear, lambda: feed.page_address) as link,
            _stopped_by_signals(),
        ):
            plan = RunPlan(
                config.source.source, course, stated, once, record_to, session, igtl, is_live(config), box,
                feed=feed, page_url=url, profiled=bool(config.source.profile), recordings=recordings_folder(os.environ),
            )  # fmt: skip
            loop = pulse.loop = MainLoop(plan, model.invoke, link, outbox, out)
            told = Notifier(os.environ)
            with contextlib.suppress(KeyboardInterrupt), _ended_thread() as ended:
                loop.run(alive=lambda: told.turn(loop.standing(), now_ns=time.monotonic_ns()))
            status = 1 if ended else 0
            told.stopping("; ".join(ended) or "stopping")
            if link is not None:
                out.say(f"device: {link_line(link.state)}")
        box.note("ends")
        box.close()
        out.say(loop.tally.line())
        if record_to is not None:
            out.say(f"{loop.watcher.recorded} frames recorded in {record_to}")
    except NoSimulatorError as error:
        print(f"tuffier: {error}", file=sys.stderr)
        return 2
    finally:
        box.close()
        out.close()
    if status:
        return status
    if loop.source.trouble:
        complain(f"source: {loop.source.trouble}")
        return 1
    return 0


def is_live(config: Config) -> bool:
    """Whether the picture comes from a scanner now."""
    return parse_spec(config.source.source).kind in LIVE_KINDS and not config.device.demo


def refuse_unlabelled(config: Config) -> None:
    """A picture that is not live goes to a real device only where somebody said so. Raises ConfigError."""
    device = config.device.device
    if not is_live(config) and not config.device.demo and not device.startswith(("sim:", "none:")):
        raise ConfigError(
            f"{config.source.source} is no live picture, and {device} a real device: name the scanner's ([source] source, --source, "
            "e.g. v4l2:/dev/video0), or say that it is a demonstration ([device] demo = true, --demo): the device then says DEMO and arms nothing"
        )


@contextlib.contextmanager
def _ended_thread() -> Iterator[list[str]]:
    """Which thread ended the run, said in one line."""
    ended: list[str] = []
    try:
        yield ended
    except ThreadEndedError as error:
        ended.append(str(error))
        complain(f"{error}: the process ends, and is started again by its service")


def session_record(config: Config, course: Course, model: Model) -> dict[str, Any]:
    """What a recording keeps of the session."""
    session = course.session
    return {
        "configuration": asdict(config),
        "profile": config.source.profile,
        "procedure": session.procedure.name.lower(),
        "side": session.side.name.lower(),
        "model": {"name": model.manifest.name, "version": model.manifest.version, "sha256": model.manifest.sha256},
        "versions": {"tuffier": metadata.version("tuffier"), "python": platform.python_version(), "runtime": model.runtime},
        "notice": "research device: nobody has validated it on patients",
    }


@contextlib.contextmanager
def _paged(page: str, out: ReadOut, config: Config, stated: Stated) -> Iterator[tuple[Feed, str]]:
    """What feeds the page: the one that is started here, with its address, or the service's. Raises AddressError."""
    with contextlib.ExitStack() as stack:
        url, path = "", BOARD_SOCKET
        if page:
            child = Child(page)
            stack.callback(child.close)
            url, path = child.url, child.socket
            out.say(f"page: {url}")
        feed = Feed(path, stated=stated.profile, profile_out=profile_place(config.source.profile, os.environ))
        feed.start()
        stack.callback(feed.stop)
        yield feed, url


def recordings_folder(environment: Mapping[str, str]) -> Path:
    """Where recordings go that the page asks for: the service's state folder, or the current one."""
    return Path(environment.get("STATE_DIRECTORY", "").split(":")[0]) / "recordings"


def profile_place(used: str, environment: Mapping[str, str]) -> Path:
    """Where the page's calibrate writes: over the operator's own profile, where that may be written, else into the service's state folder, or the
    current one."""
    own = Path(used)
    if own.suffix == ".toml" and profiles.path_of(used) == own and os.access(own.parent, os.W_OK) and not own.is_symlink():
        return own
    return Path(environment.get("STATE_DIRECTORY", "").split(":")[0]) / "profiles" / "my-scanner.toml"


@contextlib.contextmanager
def _igtl(config: Config, out: ReadOut) -> Iterator[IgtlServer | None]:
    """OpenIGTLink at the configured address; where that cannot be had guidance goes on without. Raises ConfigError for what is no address."""
    if not config.monitor.igtl:
        yield None
        return
    from edge.record.igtl_server import IgtlServer, place_of

    try:
        place = place_of(config.monitor.igtl)
        server = IgtlServer(place)
    except ValueError as error:
        raise ConfigError(f"igtl {config.monitor.igtl!r}: {error}") from error
    except OSError as error:
        complain(f"OpenIGTLink: {config.monitor.igtl}: {error.strerror}: guidance goes on without; name another port with --igtl")
        yield None
        return
    out.say(f"OpenIGTLink: {place[0]}, port {server.port}")
    try:
        yield server
    finally:
        server.close()


class Pulse:
    """The Heartbeat's content whenever the link thread asks for it. loop is set once there is one."""

    def __init__(self, record_to: Path | None) -> None:
        self.loop: MainLoop | None = None
        to = (record_to or Path("recording")).absolute()
        self._folder = to if to.is_dir() else to.parent
        self._started_s = time.monotonic()

    def __call__(self) -> wire.Heartbeat:
        loop = self.loop
        return wire_heartbeat(
            board_state(self._folder),
            None if loop is None else loop.standing(),
            uptime_s=time.monotonic() - self._started_s,
            recording_stopped=loop is not None and bool(loop.watcher.trouble),
        )


@contextlib.contextmanager
def _linked(
    config: Config, stated: Stated, outbox: Mailbox[Outgoing], pulse: Pulse, hear: Callable[[LinkEvent], None],
    page_address: Callable[[], str],
) -> Iterator[Link | None]:
    """The link to the configured device, with the simulated one behind it if asked for. Raises NoSimulatorError."""
    device = config.device.device
    if device == "none:":
        yield None
        return
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(SimDevice()).port_path if device == "sim:" else device
        # either place may state it, of the same scanner and grabber
        latency_ms = round(max(config.device.latency_ms, stated.profile.video.latency_ms))
        # the profile that fits any screen does not know where its marker is
        marker = stated.profile.orientation.marker if config.source.profile else None
        if config.procedure.pivot_mm and marker is None:
            complain("bracket: not used: no profile says where the picture shows the probe's marker: [source] profile, or --profile")
        link = Link(path, outbox.take, hear, latency_ms=latency_ms, health=pulse, configure=wire_limits(config, marker),
                    page_address=page_address)  # fmt: skip
        link.start()
        try:
            yield link
        finally:
            link.stop()


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        # a second one would break the joins and tear the recording; they are bounded anyway
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    # SIGINT too: a shell's background job is born with it ignored
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
