"""Serves OpenIGTLink to 3D Slicer, PLUS and others, from a thread of its own.

Rule 1: who shows something never waits: one slot, the newest wins. Rule 2: a client that does not read gets the newest when it reads again, and is
let go when it stands still. Rule 3: an answer that has grown old is taken back, whoever stands still.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.record import igtl
from edge.screen.crop import scan_only
from edge.types import Frame, Guidance, Scan, Withheld
from firmware_bridge.wire import Reason

MOST_CLIENTS = 4
TURN_S, CLOSE_S = 0.02, 2.0
OLD_NS = 250_000_000  # nothing older than 300 ms stays
IMAGE_PERIOD_NS = 66_000_000  # 15 pictures a second: the numbers come with each answer
STANDS_STILL_NS = 5_000_000_000


def place_of(text: str) -> tuple[str, int]:
    """ADDRESS:PORT of this machine, [ADDRESS]:PORT for IPv6. Raises ValueError, whose text says what it can be."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    with contextlib.suppress(ValueError):
        if colon and ipaddress.ip_address(host) and 0 <= int(port) <= 65535:
            return host, int(port)
    raise ValueError("it is ADDRESS:PORT, e.g. 127.0.0.1:18944 (this machine only) or 0.0.0.0:18944 (all that reach it)")


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What one turn of the main loop made. frame: None where nothing of the picture is known; live: it comes from a scanner now."""

    frame: Frame | None
    answer: Answer
    session: Session
    live: bool


@dataclass(slots=True, eq=False)
class Client:
    """A connection, with what it was told last and what of that it has not taken yet."""

    peer: socket.socket
    told: Guidance | None = None
    left: memoryview = field(default_factory=lambda: memoryview(b""))
    moved_ns: int = 0


class IgtlServer:
    """Serves from the start until close(). Raises OSError where the address cannot be had."""

    def __init__(self, place: tuple[str, int], *, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._listener = socket.create_server(place, family=socket.AF_INET6 if ":" in place[0] else socket.AF_INET)
        self._listener.setblocking(False)
        self._now_ns = now_ns
        self._newest: Shown | None = None
        self._fresh, self._closing = threading.Event(), threading.Event()
        self._clients: list[Client] = []
        self._pictured_ns = 0
        self._thread = threading.Thread(target=self._run, name="igtl", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def show(self, shown: Shown) -> None:
        """Never waits."""
        self._newest = shown
        self._fresh.set()

    def close(self) -> None:
        self._closing.set()
        self._fresh.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        with self._listener:
            while not self._closing.is_set():
                self._fresh.wait(TURN_S)
                self._fresh.clear()
                self._accept()
                self._clients = [client for client in self._clients if self._alive(client)]
                self._serve()
        for client in self._clients:
            client.peer.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            peer, _ = self._listener.accept()
            peer.setblocking(False)
            if len(self._clients) >= MOST_CLIENTS:
                peer.close()
                return
            self._clients.append(Client(peer, moved_ns=self._now_ns()))

    def _serve(self) -> None:
        """The newest answer, once, to everyone who has taken the one before; then that it has grown old, once."""
        shown, now_ns = self._newest, self._now_ns()
        if shown is None:
            return
        if now_ns - shown.answer.scan.captured_ns >= OLD_NS:
            shown = replace(shown, frame=None, answer=replace(shown.answer, guidance=_old(shown.answer.guidance)))
        guidance = shown.answer.guidance
        waiting = [client for client in self._clients if not client.left and client.told != guidance]
        content = memoryview(self._packed(shown, now_ns) if waiting else b"")
        for client in waiting:
            client.told, client.left = guidance, content
            self._alive(client)

    def _packed(self, shown: Shown, now_ns: int) -> bytes:
        scan, guidance = shown.answer.scan, shown.answer.guidance
        utc_ns = time.time_ns() - (now_ns - scan.captured_ns)
        parts = [igtl.status(guidance, live=shown.live, utc_ns=utc_ns)]
        parts.append(igtl.transform(igtl.needle_matrix(guidance, shown.session), utc_ns=utc_ns))
        if shown.frame is not None and isinstance(scan, Scan) and now_ns - self._pictured_ns >= IMAGE_PERIOD_NS:
            self._pictured_ns = now_ns
            parts.append(igtl.image(scan_only(shown.frame, scan), scan, utc_ns=utc_ns))
        return b"".join(parts)

    def _alive(self, client: Client) -> bool:
        """Whether a client is still there, once what it takes was sent and what it says was passed over."""
        try:
            with contextlib.suppress(BlockingIOError):
                while said := client.peer.recv(65536):
                    del said
                client.peer.close()
                return False
            with contextlib.suppress(BlockingIOError):
                while client.left:
                    client.left = client.left[client.peer.send(client.left) :]
                    client.moved_ns = self._now_ns()
        except OSError:
            client.peer.close()
            return False
        if client.left and self._now_ns() - client.moved_ns > STANDS_STILL_NS:
            client.peer.close()
            return False
        return True


def _old(guidance: Guidance) -> Guidance:
    hint = "no new answer: the board is busy, or the main job stands still"
    return Withheld(guidance.frame_id, guidance.captured_ns, Reason.TOO_OLD, hint)
