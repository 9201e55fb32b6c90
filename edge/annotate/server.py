"""The page of `tuffier annotate`: served to this machine only, under an address that nobody can guess.

Rule 1: an answer says "saved" only when the desk has it on the disk. Rule 2: a page of another site reaches nothing: the address holds a word of its
own, Host must be this machine's loopback, and what is sent must be JSON.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from edge.annotate.desk import Desk, HeldError, StaleError
from edge.annotate.label import LabelError, parse, plan_of, titled
from edge.catalogue import DRAWINGS, NOTICE, VIEWS
from edge.source.pictures import read_picture
from edge.types import BadFrame

HOST = "127.0.0.1"
MOST_BODY_BYTES = 1 << 20
CLIENT_TIMEOUT_S = 20.0
HERE = Path(__file__).parent
STATIC = {"": ("page.html", "text/html"), "page.css": ("page.css", "text/css"), "page.js": ("page.js", "text/javascript")}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Answer = tuple[int, Any]


class ServerError(Exception):
    """The page cannot be served; the text names the cure."""


class Server:
    """Serves one desk until closed. Raises ServerError where the port cannot be had."""

    def __init__(self, desk: Desk, port: int) -> None:
        try:
            self._server = _Server(desk, port)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise ServerError(f"port {port}: {why}: give another with --port, or --port 0 for any") from error
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="annotate", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_address[1]}/{self._server.desk.token}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2.0)


def catalogue_fields() -> list[dict[str, Any]]:
    """The views as the page needs them, landmarks in the catalogue's order."""
    found = []
    for view in VIEWS.values():
        plan = plan_of(view.name)
        assert plan is not None
        slots = {name: [titled(view.name, name, number) for number in range(2 if name in view.paired else 1)] for name in view.landmarks}
        target = list(plan.target)
        found.append(
            {
                "name": view.name,
                "plane": view.plane,
                "slots": slots,
                "procedure": plan.procedure.name.lower(),
                "sided": plan.sided,
                "target": target,
                "paired_target": any(name in view.paired for name in target),
            }
        )
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, desk: Desk, port: int) -> None:
        self.desk = desk
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    timeout = CLIENT_TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        words = self._words()
        if words is None:
            return
        desk = self.server.desk
        match words:
            case [name] if name in STATIC:
                file, kind = STATIC[name]
                self._send(200, f"{kind}; charset=utf-8", (HERE / file).read_bytes())
            case ["desk"]:
                about = {"notice": NOTICE, "reader": desk.reader, "folder": str(desk.folder), "views": catalogue_fields()}
                self._say(200, about | {"frames": desk.states()})
            case ["frame", number] if self._is_one(number):
                self._say(200, desk.fields(int(number)))
            case ["picture", number] if self._is_one(number):
                self._picture(desk.picture(int(number)))
            case ["drawing", name] if name.removesuffix(".svg") in VIEWS:
                self._file(DRAWINGS / name, "image/svg+xml")
            case _:
                self._say(404, {"why": "there is no such page"})

    def do_POST(self) -> None:
        words, desk = self._words(), self.server.desk
        if words is None:
            return
        try:
            sent = self._body()
            match words:
                case ["save", number] if self._is_one(number):
                    self._say(*_saved(desk, int(number), sent))
                case ["hold"]:
                    self._say(200, {"mine": desk.hold(str(sent["tab"]), take=bool(sent.get("take", False)))})
                case ["release"]:
                    desk.release(str(sent["tab"]))
                    self._say(200, {})
                case _:
                    self._say(404, {"why": "there is no such page"})
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            self._say(400, {"why": f"lacks or misstates {str(error)[:200]}"})

    def _words(self) -> list[str] | None:
        """The path behind the word; None where the asker is not let in, which is said."""
        port = self.server.server_address[1]
        own = {f"{HOST}:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        if self.headers.get("Host") not in own or (origin is not None and origin.removeprefix("http://") not in own):
            self._say(403, {"why": "this page is for this machine only"})
            return None
        begin, _, rest = self.path.lstrip("/").partition("/")
        if begin != self.server.desk.token:
            self._say(404, {"why": "take the address that tuffier annotate printed"})
            return None
        return rest.split("/")

    def _is_one(self, number: str) -> bool:
        return number.isascii() and number.isdigit() and len(number) < 8 and int(number) < len(self.server.desk)

    def _body(self) -> Mapping[str, Any]:
        """Raises ValueError."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Content-Type", "").split(";")[0] != "application/json" or not 0 < length <= MOST_BODY_BYTES:
            raise ValueError("a JSON body of at most 1 MB")
        found = json.loads(self.rfile.read(length))
        if not isinstance(found, dict):
            raise ValueError("a JSON object")
        return found

    def _picture(self, path: Path) -> None:
        """As score reads it, whatever kind of file it is."""
        frame = read_picture(path, frame_id=0, captured_ns=0)
        if isinstance(frame, BadFrame):
            self._say(404, {"why": frame.why})
            return
        packed = io.BytesIO()
        Image.fromarray(frame.pixels).save(packed, format="PNG", compress_level=1)
        self._send(200, "image/png", packed.getvalue())

    def _file(self, path: Path, kind: str) -> None:
        try:
            self._send(200, kind, path.read_bytes())
        except OSError as error:
            self._say(404, {"why": f"{path.name}: {error.strerror}"})

    def _say(self, status: int, fields: Any) -> None:
        self._send(status, "application/json", json.dumps(fields, allow_nan=False).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: Any) -> None:
        """Requests are not logged."""

    def version_string(self) -> str:
        return "tuffier"


def _saved(desk: Desk, number: int, sent: Mapping[str, Any]) -> Answer:
    """Status and answer. Raises KeyError."""
    try:
        return 200, desk.save(number, parse(sent["label"]), tab=str(sent["tab"]), revision=str(sent["revision"]))
    except LabelError as error:
        return 400, {"why": str(error)}
    except HeldError:
        return 409, {"why": "held"}
    except StaleError:
        return 409, {"why": "stale", **desk.fields(number)}
    except OSError as error:
        return 507, {"why": f"{desk.folder}: {error.strerror or error}"}
