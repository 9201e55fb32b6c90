"""The page's side of the socket: keeps the newest of what the main job tells, and carries asks to it.

Rule 1: one main job at a time, the newest to connect; without one everything is forgotten at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.board.page.feed.packet import LENGTHS, PacketError, header_of, lengths_of
from edge.board.page.pictures import Raw

REPLY_WAIT_S = 3.0
WANT_PERIOD_S = 0.5
NO_JOB = "tuffier's main job does not run: is it started?"


class Intake:
    """numbers, standing and picture are the newest; numbered: counts the numbers that came."""

    def __init__(self, address: Callable[[], str] = str) -> None:
        """address(): where another machine finds the page; it may change with the network."""
        self._address = address
        self._told_address = ""
        self.numbers: dict[str, Any] | None = None
        self.standing: dict[str, Any] | None = None
        self.picture: Raw | None = None
        self.calibration: tuple[dict[str, Any], bytes] | None = None  # the frozen frame: header, JPEG
        self.numbered = 0
        self.connected = False
        self._came = asyncio.Event()
        self._job: asyncio.StreamWriter | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._wanted_s = 0.0

    async def serve(self, path: Path) -> asyncio.Server:
        """Listens. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.stat().st_mode):
                path.unlink()
        before = os.umask(0o117)  # the folder's group may connect, nobody else
        try:
            return await asyncio.start_unix_server(self._heard, path, limit=1 << 20)
        finally:
            os.umask(before)

    async def _heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._job is not None:
            self._job.close()
        self._job, self.connected, self._told_address = writer, True, ""
        self._tell_address()
        try:
            while True:
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, PacketError, OSError):
            pass
        finally:
            writer.close()
            if self._job is writer:
                self._job, self.connected = None, False
                self.numbers = self.standing = self.picture = self.calibration = None
                self._tell()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One packet. Raises PacketError, IncompleteReadError."""
        header_bytes, content_bytes = lengths_of(await reader.readexactly(LENGTHS.size))
        header = header_of(await reader.readexactly(header_bytes))
        content = await reader.readexactly(content_bytes)
        if self._job is not writer:
            raise PacketError("another job has come")
        match header.pop("kind", None):
            case "numbers":
                self.numbers = header
                self.numbered += 1
            case "standing":
                self.standing = header
                self._tell_address()
            case "picture":
                raw = Raw(header, content)
                self.picture = raw if raw.sound else None
            case "calibration":
                self.calibration = header, content
            case "reply":
                self._replied(header)
        self._tell()

    def _tell_address(self) -> None:
        """To the main job, for the device: it shows it when somebody asks there."""
        now = self._address()
        if now != self._told_address and self._say({"ask": "page", "address": now}):
            self._told_address = now

    def _tell(self) -> None:
        self._came.set()
        self._came = asyncio.Event()

    async def changed(self, timeout_s: float) -> None:
        """Until something came, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), timeout_s)

    def want_pictures(self) -> None:
        """Says that somebody looks."""
        if time.monotonic() - self._wanted_s >= WANT_PERIOD_S:
            self._wanted_s = time.monotonic()
            self._say({"ask": "pictures"})

    async def ask(self, asked: dict[str, Any], *, within_s: float = REPLY_WAIT_S) -> dict[str, Any]:
        """What became of it: {"done", "text"}."""
        ask_id = next(self._ids)
        waiting = self._waiting[ask_id] = asyncio.get_running_loop().create_future()
        try:
            if not self._say({**asked, "id": ask_id}):
                return {"done": False, "text": NO_JOB}
            return await asyncio.wait_for(waiting, within_s)
        except TimeoutError:
            return {"done": False, "text": "no answer from the main job: look at its state, then try again"}
        finally:
            self._waiting.pop(ask_id, None)

    def _say(self, asked: dict[str, Any]) -> bool:
        if self._job is None or self._job.is_closing():
            return False
        self._job.write(json.dumps(asked).encode() + b"\n")
        return True

    def _replied(self, header: dict[str, Any]) -> None:
        waiting = self._waiting.get(header.get("id", 0))
        if waiting is not None and not waiting.done():
            waiting.set_result({"done": bool(header.get("done")), "text": str(header.get("text", ""))})
