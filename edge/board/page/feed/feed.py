"""The main job's side: a thread that hands the newest look to the page over a unix socket, and hears what the page asks.

Rule 1: whatever the page does (absent, slow, gone, hostile), nothing here waits for it but this thread, and this thread's faults end nothing else.
Rule 2: newest wins: a look that the page was too slow for is dropped. Rule 3: a picture is made only while somebody looks at one.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from edge.board.board import BoardState, board_state
from edge.board.mailbox import Mailbox
from edge.board.page.feed.asks import Calibrate, Choose, PageAt, Record, Reply, WantPictures, read
from edge.board.page.feed.calibrating import Calibrating, Told
from edge.board.page.feed.look import Look, numbers_of, picture_of, standing_of
from edge.board.page.feed.packet import packed
from edge.board.terminal import complain
from edge.screen.profile import AUTO, Profile
from edge.types import Frame

SOCKET_NAME = "feed.sock"
BOARD_SOCKET = Path("/run/tuffier-page") / SOCKET_NAME  # tuffier-page.service makes the folder
CONNECT_PERIOD_S = 0.5
SEND_TIMEOUT_S = 0.5
TURN_S = 0.05
STANDING_PERIOD_S = 0.5
PICTURE_PERIOD_S = 0.05
WANTED_S = 2.0  # pictures are made for so long after one was wanted
MOST_HEARD_BYTES = 4096
COMPLAIN_PERIOD_S = 60.0


class Feed(threading.Thread):
    """Talks to whoever listens at a socket, for ever. choices and switches: what the page asks, for their owners to take. page_address: of
    the page that listens now, "" without one that another machine reaches."""

    def __init__(self, path: Path, *, stated: Profile = AUTO, profile_out: Path = Path("my-scanner.toml")) -> None:
        """stated: the profile in use; profile_out: where the page's calibrate writes one."""
        super().__init__(name="page-feed", daemon=True)
        self.choices: Mailbox[Choose] = Mailbox()
        self.switches: Mailbox[Record] = Mailbox()
        self.page_address = ""
        self._path = path
        self._looks: Mailbox[Look] = Mailbox()
        self._replies: Mailbox[Reply] = Mailbox()
        self._told: Mailbox[Told] = Mailbox()
        self._calibrating = Calibrating(stated, profile_out, self._told.put)
        self._frame: Frame | None = None
        self._stopping = threading.Event()
        self._complained_s = -COMPLAIN_PERIOD_S

    def show(self, look: Look) -> None:
        """The newest answer; the one before is forgotten. Never waits."""
        self._looks.put(look)

    def reply(self, reply: Reply) -> None:
        self._replies.put(reply)

    def stop(self) -> None:
        self._stopping.set()
        if self.is_alive():
            self.join(2.0)
        self._calibrating.stop()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                with _connected(self._path) as line:
                    self._talk(_Talk(line))
            except OSError:
                pass
            except Exception as error:
                # the one catch-all of this thread: a fault here must not end guidance
                self._complain(f"page: {type(error).__name__}: {error}: guidance goes on")
            self.page_address = ""
            self._looks.take(0)  # of a page that is not there nothing is kept
            self._stopping.wait(CONNECT_PERIOD_S)

    def _complain(self, text: str) -> None:
        if time.monotonic() - self._complained_s >= COMPLAIN_PERIOD_S:
            self._complained_s = time.monotonic()
            complain(text)

    def _talk(self, talk: _Talk) -> None:
        """Until stop. Raises OSError where the page has gone or does not read."""
        while not self._stopping.is_set():
            look = self._looks.take(TURN_S)
            self._frame = self._frame if look is None else look.frame
            self._hear(talk)
            self._answer(talk)
            if look is not None:
                talk.tell(look, time.monotonic())

    def _answer(self, talk: _Talk) -> None:
        """What became of asks. Raises OSError."""
        reply, told = self._replies.take(0), self._told.take(0)
        if told is not None and told.header is not None:
            talk.say({"kind": "calibration", **told.header}, told.picture)
        for each in filter(None, (reply, None if told is None else told.reply)):
            talk.say({"kind": "reply", "id": each.ask_id, "done": each.done, "text": each.text})

    def _hear(self, talk: _Talk) -> None:
        for line in talk.heard():
            match read(line):
                case Choose() as ask:
                    self.choices.put(ask)
                case Record() as ask:
                    self.switches.put(ask)
                case Calibrate() as ask:
                    self._calibrating.take(ask, self._frame)
                case WantPictures():
                    talk.wanted_s = time.monotonic()
                case PageAt(address):
                    self.page_address = address


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[socket.socket]:
    """Raises OSError where nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as line:
        line.settimeout(SEND_TIMEOUT_S)
        line.connect(os.fspath(path))
        yield line


class _Talk:
    """What holds for one connection."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._rest = b""
        self._board, self._stood_s, self._pictured_s = BoardState(), 0.0, 0.0
        self.wanted_s = -WANTED_S

    def say(self, header: dict[str, object], content: bytes = b"") -> None:
        self._line.sendall(packed(header, content))

    def tell(self, look: Look, now_s: float) -> None:
        """Numbers at once, the picture where it is wanted, the rest now and then."""
        self.say({"kind": "numbers", **numbers_of(look)})
        if now_s - self._stood_s >= STANDING_PERIOD_S:
            self._stood_s, self._board = now_s, board_state(Path())
            self.say({"kind": "standing", **standing_of(look, self._board)})
        if now_s - self.wanted_s < WANTED_S and now_s - self._pictured_s >= PICTURE_PERIOD_S:
            self._pictured_s = now_s
            picture = picture_of(look)
            if picture is not None:
                self.say({"kind": "picture", **picture[0]}, picture[1])

    def heard(self) -> list[bytes]:
        """Whole lines that have come. Raises OSError where the page has gone, or sends no lines."""
        # a socket with a time-out waits for it even where it is told not to
        if select.select([self._line], [], [], 0)[0]:
            more = self._line.recv(MOST_HEARD_BYTES)
            if not more:
                raise ConnectionResetError("the page has gone")
            self._rest += more
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > MOST_HEARD_BYTES:
            raise ConnectionResetError("the page sends no lines")
        return lines
