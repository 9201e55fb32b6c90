"""The page that `tuffier latency` serves, with this machine's clock for it, and what a source's pictures show of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from edge.board.config import ConfigError
from edge.judge import latency
from edge.judge.latency import Shown
from edge.source.sources import Item, open_clips
from edge.types import Frame

PAGE = Path(__file__).with_name("latency.html")
PATTERN_WAIT_S = 120.0  # for a person to open the page and make it fill the screen


def items_of(source: str) -> Iterator[Item]:
    for clip in open_clips(source):
        yield from clip.items


def seen(items: Iterator[Item], seconds: float) -> Iterator[Shown]:
    """What each picture shows, from the first one that can be read on for so many seconds; nothing where none can be for PATTERN_WAIT_S."""
    ends_s, begun = time.monotonic() + PATTERN_WAIT_S, False
    for item in items:
        if isinstance(item, Frame):
            arrived_ms = time.monotonic_ns() / 1e6
            shown = Shown(latency.read(item.pixels), item.captured_ns / 1e6, arrived_ms)
            if not begun and shown.shown_ms is not None:
                begun, ends_s = True, time.monotonic() + seconds
            if begun:
                yield shown
        if time.monotonic() >= ends_s:
            return


class Page(ThreadingHTTPServer):
    """Serves the pattern, and this machine's monotonic clock to it. half_ms: half the shortest way there and back that the page has seen."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Answer)
        self.half_ms = 0.0

    @property
    def url(self) -> str:
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{'THIS-BOARD' if host == '0.0.0.0' else host}:{port}/"


class _Answer(BaseHTTPRequestHandler):
    server: Page
    timeout = 5.0

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/time":
            told = parse_qs(asked.query).get("half_ms", [""])[0]
            self.server.half_ms = float(told) if told.replace(".", "", 1).isdecimal() else self.server.half_ms
            self._say("application/json", json.dumps({"ms": time.monotonic_ns() / 1e6}).encode())
        elif asked.path == "/":
            self._say("text/html; charset=utf-8", PAGE.read_bytes())
        else:
            self.send_error(404)

    def _say(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Twice a second is no news."""


@contextmanager
def served(listen: str) -> Iterator[Page]:
    """The page, until the end. Raises ConfigError."""
    host, _, port = listen.rpartition(":")
    try:
        page = Page((host, int(port)))
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(f"--listen {listen}: {error}: name an address and a free port, e.g. 127.0.0.1:8643") from error
    thread = threading.Thread(target=page.serve_forever, name="page", daemon=True)
    thread.start()
    try:
        yield page
    finally:
        page.shutdown()
        thread.join(2.0)
        page.server_close()
