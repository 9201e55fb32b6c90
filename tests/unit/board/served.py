"""The page as a whole in one process of a test: server, socket and the main job's feed, each in its own thread."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.board.page.feed.feed import Feed
from edge.board.page.places import Places
from edge.board.page.server import serving

TOKEN = "a-token-of-a-test"


class Served:
    """Until close(). url ends with a slash; feed is the main job's side."""

    def __init__(self, folder: Path, *, places: Places | None = None, host: str = "127.0.0.1") -> None:
        self._folder = folder / f"s{time.monotonic_ns()}"
        self._folder.mkdir()
        self._places = places or Places()
        self._host = host
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(60)
        self.profile = folder / "profiles" / "mine.toml"
        self.feed = Feed(self.socket, profile_out=self.profile)
        self.feed.start()

    @property
    def socket(self) -> Path:
        return self._folder / "feed.sock"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def _run(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        runner, server, (_, self.port) = await serving((self._host, 0), self.socket, TOKEN, self._places)
        self._ready.set()
        await self._ended.wait()
        server.close()
        await runner.cleanup()

    def end_page(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(10)

    def close(self) -> None:
        self.feed.stop()
        self.end_page()

    def asked(self, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        found = reply.status, reply.read(), reply.headers
        connection.close()
        return found


def until(true: Callable[[], object], *, within_s: float = 60.0, missing: type[Exception] | tuple[()] = ()) -> bool:
    """missing: what counts as not yet."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        with contextlib.suppress(*([missing] if missing else [])):
            if true():
                return True
        time.sleep(0.05)
    return False


def outside_address() -> str:
    """This machine's own address that is not loopback. Skips the test where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])
