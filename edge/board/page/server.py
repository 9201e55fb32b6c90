"""Serves the page, its numbers (WebSocket) and its pictures.

Rule 1: only this file imports aiohttp. Rule 2: from another machine nothing of a patient is told without the token; asks need it from anywhere, and
come from the page's own origin. Rule 3: a request asks by address or by this machine's own name.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from edge.board.page import address as addresses
from edge.board.page.address import AddressError
from edge.board.page.feed.asks import MOST_ADDRESS
from edge.board.page.intake import Intake
from edge.board.page.pictures import MOST_SIDE_PX, Pictures
from edge.board.page.places import DEADLINE_S, Places
from edge.board.page.watcher import Watcher, now_ms
from edge.catalogue import DRAWINGS, NOTICE, PLANS, VIEWS

STATIC = Path(__file__).with_name("static")
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml"}  # fmt: skip
COOKIE = "tuffier"
COOKIE_S = 30 * 24 * 3600
MOST_BODY_BYTES = 400
MOST_WATCHERS = 100
KEPT_ALIVE_S = 15.0
WRONG_TOKEN_S = 0.5
PICTURE_WAIT_S = 1.0
OLD_MS = 300  # DESIGN.md: nothing older is ever shown
HEALTHY_MS = 2000  # a lost source is said twice a second
CALIBRATE_S = 25.0  # a whole screen is read, beside guidance
END_S = 0.2  # for what is being answered when the page ends; lines that look would go on for ever
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def security_headers(host: str) -> dict[str, str]:
    own = f"'self' ws://{host}" if addresses.is_own(host) else "'self'"
    policy = f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob: data:; connect-src {own}; "
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Server": "tuffier",
    }


class Page:
    """The web application around one Intake."""

    def __init__(self, intake: Intake, token: str, places: Places) -> None:
        self._intake = intake
        self._token = token
        self._places = places
        self._pictures = Pictures()
        self._watchers = 0
        self._files = {path.name: path.read_bytes() for folder in (STATIC, DRAWINGS) for path in folder.iterdir() if path.suffix in KINDS}

    def application(self) -> web.Application:
        made = web.Application(middlewares=[self._guarded], client_max_size=MOST_BODY_BYTES)
        made.add_routes([
            web.get("/", self._root), web.get("/watch", self._watch), web.get("/picture", self._picture), web.post("/ask", self._ask),
            web.post("/sign-in", self._sign_in), web.get("/words.json", self._words), web.get("/healthz", self._healthz),
            web.get("/metrics", self._metrics), web.get("/calibration", self._calibration), web.get("/{name}", self._file),
        ])  # fmt: skip
        return made

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Names, origins and time for every request."""
        self._places.began(request.transport)
        try:
            if not addresses.is_own(request.host):
                answer: web.StreamResponse = web.Response(status=403, text="ask by address or by this machine's own name\n")
            elif not _same_origin(request):
                answer = web.Response(status=403, text="asked from another site\n")
            else:
                answer = await handler(request)
        except web.HTTPException as error:
            answer = web.Response(status=error.status, text=f"{error.reason}\n")
        finally:
            self._places.ended(request.transport)
        if not answer.prepared:
            answer.headers.update(security_headers(request.host))
        return answer

    def _has_token(self, request: web.Request) -> bool:
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        return self._is_token(bearer if kind == "Bearer" else request.cookies.get(COOKIE, ""))

    def _is_token(self, said: str) -> bool:
        return bool(self._token) and hmac.compare_digest(said.encode(errors="replace"), self._token.encode())

    def _may_look(self, request: web.Request) -> bool:
        """This machine's own browsers, and whoever has the token."""
        return addresses.is_loopback(request.remote or "") or self._has_token(request)

    async def _root(self, request: web.Request) -> web.Response:
        if not self._may_look(request):
            return web.Response(status=401, body=self._files["sign-in.html"], headers={"Content-Type": KINDS[".html"]})
        return web.Response(body=self._files["page.html"], headers={"Content-Type": KINDS[".html"]})

    async def _file(self, request: web.Request) -> web.Response:
        """Style, script and the views' drawings, the same for everybody."""
        name = request.match_info["name"]
        kind = KINDS.get(Path(name).suffix, "")
        if name not in self._files or name == "page.html" or not kind:
            return web.Response(status=404, text="there is /, /healthz and /metrics\n")
        return web.Response(body=self._files[name], headers={"Content-Type": kind})

    async def _words(self, _: web.Request) -> web.Response:
        return web.json_response([
            {
                "name": plan.procedure.name.lower(),
                "sided": plan.sided,
                "views": {view: VIEWS[view].landmarks for view in plan.views},
                "notice": plan.notice,
            }
            for plan in PLANS.values()
        ])  # fmt: skip

    async def _sign_in(self, request: web.Request) -> web.Response:
        said = (await _body(request)).decode(errors="replace").strip()
        if not self._is_token(said):
            await asyncio.sleep(WRONG_TOKEN_S)
            return web.Response(status=403, text="not this board's token: `tuffier doctor` prints the right address\n")
        answer = web.Response(status=204)
        answer.set_cookie(COOKIE, said, max_age=COOKIE_S, httponly=True, samesite="Strict", path="/")
        return answer

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        if not self._may_look(request):
            return web.Response(status=401, text="sign in first\n")
        if self._watchers >= MOST_WATCHERS:
            return web.Response(status=503, text="too many look at once: try again\n", headers={"Retry-After": "2"})
        line = web.WebSocketResponse(max_msg_size=MOST_BODY_BYTES, compress=False, timeout=1.0)
        await line.prepare(request)
        self._watchers += 1
        try:
            await self._watched(line, may_ask=self._has_token(request))
        finally:
            self._watchers -= 1
            if request.transport is not None:
                request.transport.abort()
        return line

    async def _watched(self, line: web.WebSocketResponse, *, may_ask: bool) -> None:
        """Until either side ends."""
        watcher = Watcher(self._intake, line.send_str, lambda: self._watchers)
        with contextlib.suppress(ConnectionError):
            await line.send_str(json.dumps({"kind": "hello", "notice": NOTICE, "may_ask": may_ask}))
            telling, hearing = asyncio.create_task(watcher.watch()), asyncio.create_task(_heard(line, watcher))
            try:
                await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (telling, hearing):
                    task.cancel()
                await asyncio.gather(telling, hearing, return_exceptions=True)

    async def _picture(self, request: web.Request) -> web.Response:
        """The newest picture, once there is one that the client has not: a header's length, the header, a JPEG."""
        if not self._may_look(request):
            return web.Response(status=401, text="sign in first\n")
        after, tier = request.query.get("after", ""), _tier(request.query.get("tier", ""))
        end_s = asyncio.get_running_loop().time() + PICTURE_WAIT_S
        while (left_s := end_s - asyncio.get_running_loop().time()) > 0:
            self._intake.want_pictures()
            raw = self._intake.picture
            if raw is not None and str(raw.header["frame"]) != after and now_ms() - raw.header["captured_ns"] / 1e6 < OLD_MS:
                jpeg = await self._pictures.jpeg(raw, tier)
                header = {**raw.header, "captured_ms": round(raw.header["captured_ns"] / 1e6, 1), "now_ms": now_ms()}
                return _with_header(header, jpeg)
            await self._intake.changed(left_s)
        return web.Response(status=204)

    async def _ask(self, request: web.Request) -> web.Response:
        if not self._has_token(request):
            return web.Response(status=401, text="changes need the token: `tuffier doctor` prints the address that has it\n")
        try:
            asked = json.loads(await _body(request))
        except (ValueError, RecursionError):
            return web.Response(status=400, text="no JSON\n")
        match asked:
            case {"ask": "choose", "procedure": str(procedure), "side": (str() | None) as side}:
                found = await self._intake.ask({"ask": "choose", "procedure": procedure, "side": side})
            case {"ask": "record", "on": bool(on)}:
                found = await self._intake.ask({"ask": "record", "on": on})
            case {"ask": "calibrate", "step": "look" | "write" as step}:
                found = await self._intake.ask({"ask": "calibrate", "step": step}, within_s=CALIBRATE_S)
            case {"ask": "calibrate", "step": "propose", "points": points, "depth_mm": depth_mm, "left": left}:
                asked = {"ask": "calibrate", "step": "propose", "points": points, "depth_mm": depth_mm, "left": left}
                found = await self._intake.ask(asked, within_s=CALIBRATE_S)
            case _:
                return web.Response(status=400, text="there is choose (procedure, side), record (on) and calibrate (step)\n")
        return web.json_response(found)

    async def _calibration(self, request: web.Request) -> web.Response:
        """The frame that was frozen last, as /picture sends one."""
        if not self._has_token(request):
            return web.Response(status=401, text="calibrating needs the token: `tuffier doctor` prints the address that has it\n")
        found = self._intake.calibration
        return web.Response(status=404, text="no picture is frozen\n") if found is None else _with_header(*found)

    def _age_ms(self) -> float | None:
        numbers = self._intake.numbers
        return None if numbers is None else max(0.0, now_ms() - numbers["captured_ns"] / 1e6)

    async def _healthz(self, _: web.Request) -> web.Response:
        """Whether answers come, not whether they point."""
        age_ms = self._age_ms()
        if age_ms is None:
            return web.Response(status=503, text="no answer yet\n")
        well = age_ms <= HEALTHY_MS
        return web.Response(status=200 if well else 503, text="ok\n" if well else f"the newest answer is {age_ms:.0f} ms old\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._may_look(request):
            return web.Response(status=401, text="from another machine: Authorization: Bearer TOKEN\n")
        text = metrics_text(self._intake.numbers, self._intake.standing, self._age_ms(), self._watchers)
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def metrics_text(numbers: dict[str, Any] | None, standing: dict[str, Any] | None, age_ms: float | None, watchers: int) -> str:
    """In Prometheus' text format; no number of an estimate is among them."""
    rows: list[tuple[str, str, str, float]] = [("tuffier_page_watchers", "gauge", "browsers that look", watchers)]
    if numbers is not None and standing is not None and age_ms is not None:
        rows += [
            ("tuffier_frames_total", "counter", "frames answered", standing["frames"]),
            ("tuffier_overwritten_total", "counter", "frames that a newer one overtook", standing["overwritten"]),
            ("tuffier_frames_per_second", "gauge", "frames answered a second", standing["frames_per_s"]),
            ("tuffier_path_seconds", "gauge", "frame in memory to guidance, the last one", round(standing["path_ms"] / 1000, 6)),
            ("tuffier_answer_age_seconds", "gauge", "since the newest answer's frame was captured", round(age_ms / 1000, 4)),
            ("tuffier_pointing", "gauge", "1: the newest answer points, 0: it is withheld", int(numbers["state"] == "pointing")),
        ]
    return "".join(f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, text, value in rows)


def _with_header(header: dict[str, Any], jpeg: bytes) -> web.Response:
    text = json.dumps(header, separators=(",", ":")).encode()
    return web.Response(body=len(text).to_bytes(4, "little") + text + jpeg, headers={"Content-Type": "application/octet-stream"})


def _same_origin(request: web.Request) -> bool:
    """A browser names the site that asks wherever it matters; what is no browser names none."""
    origin = request.headers.get("Origin")
    return origin is None or origin.lower() == f"http://{request.host.lower()}"


def _tier(text: str) -> int:
    return min(int(text), len(MOST_SIDE_PX) - 1) if text.isascii() and text.isdigit() and len(text) < 3 else 0


async def _body(request: web.Request) -> bytes:
    try:
        return await asyncio.wait_for(request.read(), DEADLINE_S)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


async def _heard(line: web.WebSocketResponse, watcher: Watcher) -> None:
    async for said in line:
        if said.type is WSMsgType.TEXT:
            await watcher.hear(said.data)


async def serving(place: tuple[str, int], feed: Path, token: str, places: Places) -> tuple[web.AppRunner, asyncio.Server, tuple[str, int]]:
    """The page at an address and its intake at a socket. Raises AddressError, OSError."""
    try:
        bound = socket.create_server(place, family=addresses.family(place[0]), backlog=128, dualstack_ipv6=place[0] == "::")
    except OSError as error:
        raise AddressError(f"page {place[0]}:{place[1]}: {error.strerror}: name another address or port") from error
    port = int(bound.getsockname()[1])
    intake = Intake(lambda: addresses.told_to_device(place[0], port, token, most=MOST_ADDRESS))
    await intake.serve(feed)
    made = Page(intake, token, places).application()
    runner = web.AppRunner(made, access_log=None, keepalive_timeout=KEPT_ALIVE_S, handler_cancellation=True, shutdown_timeout=END_S)
    await runner.setup()
    web_server = runner.server
    assert web_server is not None
    server = await asyncio.get_running_loop().create_server(lambda: places.protocol(web_server), sock=bound)
    return runner, server, (place[0], port)


async def serve(place: tuple[str, int], feed: Path, token: str, ready: Callable[[str, int], None], stopping: asyncio.Event) -> None:
    """Until stopping is set. ready is told where it is served. Raises AddressError, OSError."""
    runner, server, (host, port) = await serving(place, feed, token, Places())
    ready(host, port)
    await stopping.wait()
    server.close()
    await runner.shutdown()
    await runner.cleanup()
