"""The local page: the newest answer with the scan it belongs to, read-only, for a browser on the board or beside it.

Rule 1: pixels come from edge.screen.crop only, so no name on the screen is served. Rule 2: picture and numbers go out together, in one answer, with
their age; the page takes digits away by itself when no newer answer comes. Rule 3: it reads copies from a side slot: no client can slow the path, and
however many there are, a picture is packed once and at most PACKED_PER_S times a second.
"""

from __future__ import annotations

import base64
import contextlib
import io
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from edge.board.config import ConfigError
from edge.board.terminal import Vitals
from edge.catalogue import NOTICE
from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.record.answer_line import answer_fields
from edge.screen.crop import scan_only
from edge.types import Frame, Pointing, Scan

PAGE = Path(__file__).with_name("monitor.html")
PACKED_PER_S = 10
HEALTHY_MS = 2000  # a lost source is said twice a second
MOST_SIDE_PX = 720  # of the picture that is sent
MOST_CLIENTS = 8
CLIENT_TIMEOUT_S = 5.0  # for a whole request and its answer
PLACE_WAIT_S = 0.2  # for the place of a client that is sent away
NS_PER_MS = 1_000_000
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
BUSY = b"HTTP/1.0 503 Busy\r\nContent-Type: text/plain\r\nRetry-After: 1\r\n\r\ntoo many ask at once: try again\n"


@dataclass(frozen=True, slots=True)
class Look:
    """What the page shows: frame is None where nothing of the picture may be shown."""

    frame: Frame | None
    answer: Answer
    session: Session
    vitals: Vitals
    profile: str


class MonitorError(ConfigError):
    """The page cannot be served; the text names the cure."""


def address(text: str) -> tuple[str, int]:
    """HOST:PORT of an address of this machine. Raises MonitorError."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = -1
    if not colon or not 0 <= number <= 65535:
        raise MonitorError(f"page {text!r}: it is ADDRESS:PORT, e.g. 127.0.0.1:8642 (this machine only) or 0.0.0.0:8642 (all that reach it)")
    return host, number


class Monitor:
    """Serves the newest Look until closed. Raises MonitorError where the address cannot be had."""

    def __init__(self, place: tuple[str, int], *, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = now_ns
        self._look: Look | None = None
        self._packing = threading.Lock()
        self._packed: tuple[Look, int, dict[str, Any]] | None = None
        try:
            self._server = _Server(place, self)
        except OSError as error:
            raise MonitorError(f"page {place[0]}:{place[1]}: {error.strerror}: name another address or port") from error
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="monitor", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host, port = str(self._server.server_address[0]), self._server.server_address[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def show(self, look: Look) -> None:
        """The newest answer; the one before is forgotten."""
        self._look = look

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2.0)

    def state(self) -> dict[str, Any]:
        """The newest answer as fields, with its age now; only the notice before the first frame."""
        with self._packing:
            look, now_ns = self._look, self._now_ns()
            if look is None:
                return {"notice": NOTICE, "answer": None}
            if self._packed is None or (look is not self._packed[0] and now_ns - self._packed[1] >= 1e9 / PACKED_PER_S):
                self._packed = look, now_ns, fields_of(look)
            shown, _, fields = self._packed
        return {**fields, "age_ms": max(0, (self._now_ns() - shown.answer.scan.captured_ns) // NS_PER_MS)}

    def age_ms(self) -> int | None:
        """Of the newest answer; None before the first."""
        look = self._look
        return None if look is None else max(0, (self._now_ns() - look.answer.scan.captured_ns) // NS_PER_MS)

    def health(self) -> tuple[int, str]:
        """Status and words: whether answers come, not whether they point."""
        age_ms = self.age_ms()
        if age_ms is None:
            return 503, "no answer yet\n"
        return (200, "ok\n") if age_ms <= HEALTHY_MS else (503, f"the newest answer is {age_ms} ms old\n")

    def metrics(self) -> str:
        """In Prometheus' text format; no number of an estimate is among them."""
        look, age_ms = self._look, self.age_ms()
        if look is None or age_ms is None:
            return ""
        pointing = isinstance(look.answer.guidance, Pointing)
        rows = (
            ("tuffier_frames_total", "counter", "frames answered", look.vitals.frames),
            ("tuffier_overwritten_total", "counter", "frames that a newer one overtook", look.vitals.overwritten),
            ("tuffier_frames_per_second", "gauge", "frames answered a second", round(look.vitals.frames_per_s, 2)),
            ("tuffier_path_seconds", "gauge", "frame in memory to guidance, the last one", round(look.vitals.path_ms / 1000, 6)),
            ("tuffier_answer_age_seconds", "gauge", "since the newest answer's frame was captured", age_ms / 1000),
            ("tuffier_pointing", "gauge", "1: the newest answer points, 0: it is withheld", int(pointing)),
        )
        return "".join(f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, text, value in rows)


def fields_of(look: Look) -> dict[str, Any]:
    """Everything of one look but its age."""
    vitals, scan, guidance = look.vitals, look.answer.scan, look.answer.guidance
    return {
        "notice": NOTICE if vitals.live else f"DEMO: the picture is not live; {NOTICE}",
        "answer": answer_fields(look.answer, look.session),
        "clinical_notice": look.session.plan.notice,
        "approach": look.session.approach,
        "target_probe_mm": guidance.estimate.target_probe_mm if isinstance(guidance, Pointing) else None,
        "health": scan.health.value if isinstance(scan, Scan) else None,
        "screen_left": scan.orientation.value if isinstance(scan, Scan) else None,
        "profile": look.profile,
        "link": vitals.link,
        "device_screen": list(vitals.device_screen),
        "frames": vitals.frames,
        "frames_per_s": round(vitals.frames_per_s, 1),
        "path_ms": round(vitals.path_ms, 2),
        "overwritten": vitals.overwritten,
        "picture": picture_of(look.frame, scan) if look.frame is not None and isinstance(scan, Scan) else None,
    }


def picture_of(frame: Frame, scan: Scan) -> dict[str, Any] | None:
    """The scan as a JPEG, its corner in frame_px and how many of the frame's pixels one of its own is; None for an empty one."""
    kept = scan_only(frame, scan)
    if not kept.pixels.size:
        return None
    image = Image.fromarray(kept.pixels)
    factor = -(-max(image.size) // MOST_SIDE_PX)
    packed = io.BytesIO()
    image.reduce(factor).save(packed, format="JPEG", quality=80)
    jpeg = base64.b64encode(packed.getvalue()).decode()
    return {"jpeg": jpeg, "offset_px": list(kept.offset_px), "size_px": list(image.size), "frame_px_per_px": factor}


class _Server(ThreadingHTTPServer):
    """Rule: a client that has asked for nothing yet gives its place to the next one; who finds no place is told so (503), not left waiting."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, place: tuple[str, int], monitor: Monitor) -> None:
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        self.monitor = monitor
        self.clients = threading.Semaphore(MOST_CLIENTS)
        self._began_s: dict[socket.socket, float] = {}  # oldest first
        self._silent: set[socket.socket] = set()
        super().__init__(place, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self.clients.acquire(blocking=False):
            _end([client for client in list(self._began_s) if client in self._silent][:1])
            if not self.clients.acquire(timeout=PLACE_WAIT_S):
                self._refuse(request)
                return
        self._silent.add(request)
        self._began_s[request] = time.monotonic()
        super().process_request(request, client_address)

    def _refuse(self, request: Any) -> None:
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.sendall(BUSY)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.asked(request)
            self._began_s.pop(request, None)
            self.clients.release()

    def asked(self, request: Any) -> None:
        """Its request has been read whole: it keeps its place until it is answered, or its time is over."""
        self._silent.discard(request)

    def service_actions(self) -> None:
        """Ends clients that send or read a byte at a time."""
        oldest_s = time.monotonic() - CLIENT_TIMEOUT_S
        _end([client for client, began_s in list(self._began_s.items()) if began_s < oldest_s])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to say."""


def _end(clients: list[socket.socket]) -> None:
    """Their threads see the end of the connection and give the places back."""
    for client in clients:
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    timeout = CLIENT_TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        self.server.asked(self.connection)
        # a page of another site must not reach this one by a name of its own
        if not _is_own(self.headers.get("Host", "")):
            self._send(403, "text/plain", b"ask by address or by this machine's own name\n")
        elif self.path == "/":
            self._send(200, "text/html; charset=utf-8", PAGE.read_bytes())
        elif self.path == "/state.json":
            self._send(200, "application/json", json.dumps(self.server.monitor.state(), allow_nan=False).encode())
        elif self.path == "/healthz":
            status, words = self.server.monitor.health()
            self._send(status, "text/plain", words.encode())
        elif self.path == "/metrics":
            self._send(200, "text/plain; version=0.0.4; charset=utf-8", self.server.monitor.metrics().encode())
        else:
            self._send(404, "text/plain", b"there is /, /state.json, /healthz and /metrics\n")

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: Any) -> None:
        """Requests are not logged: nobody reads them, and a card wears out."""

    def version_string(self) -> str:
        return "tuffier"


def _is_own(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    own = socket.gethostname().lower()
    if name.lower() in ("localhost", own, f"{own}.local"):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
