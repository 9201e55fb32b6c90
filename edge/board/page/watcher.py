"""One browser that looks: numbers as they come, never more than a few on the way, and what it says back.

Rule 1: the newest answer only: one that a slow client could not be told in time is never told. Rule 2: a client that says nothing back for
SILENT_S is ended.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from edge.board.page.intake import NO_JOB, Intake

MOST_ON_THE_WAY = 3
SILENT_S = 5.0
TURN_S = 0.5
LEAST_PERIOD_S = ((8, 0.03), (24, 0.06), (10_000, 0.1))  # of numbers, for so many watchers


def now_ms() -> float:
    return round(time.monotonic_ns() / 1e6, 1)


def numbers_text(numbers: dict[str, Any]) -> str:
    """Below a kilobyte, with both times on this machine's clock."""
    told = {**numbers, "kind": "numbers", "captured_ms": round(numbers["captured_ns"] / 1e6, 1), "now_ms": now_ms()}
    del told["captured_ns"]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


class Watcher:
    """say sends one text to the browser; watchers: how many there are now."""

    def __init__(self, intake: Intake, say: Callable[[str], Awaitable[None]], watchers: Callable[[], int]) -> None:
        self._intake = intake
        self._say = say
        self._watchers = watchers
        self._on_the_way = 0
        self._got = asyncio.Event()
        self._numbered = -1
        self._standing: dict[str, Any] | None = None
        self._told_gone = False
        self._told_s = 0.0

    async def hear(self, text: str) -> None:
        """An acknowledgement, or a question for the time. Anything else is passed over."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(said, dict):
            return
        if said.get("got") == 1:
            self._on_the_way = max(0, self._on_the_way - 1)
            self._got.set()
        elif isinstance(said.get("clock"), int | float):
            await self._say(json.dumps({"kind": "clock", "client": said["clock"], "now_ms": now_ms()}))

    async def watch(self) -> None:
        """Until the client is silent for too long, or cancelled."""
        while True:
            if self._on_the_way >= MOST_ON_THE_WAY:
                self._got.clear()
                try:
                    await asyncio.wait_for(self._got.wait(), SILENT_S)
                except TimeoutError:
                    return
            elif not await self._told():
                await self._intake.changed(TURN_S)

    async def _told(self) -> bool:
        """Whether there was something new to tell."""
        intake = self._intake
        if not intake.connected:
            told, self._told_gone = not self._told_gone, True
            if told:
                await self._say(json.dumps({"kind": "gone", "text": NO_JOB}))
            return told
        self._told_gone = False
        if intake.standing is not None and intake.standing is not self._standing:
            self._standing = intake.standing
            await self._send(json.dumps({**intake.standing, "kind": "standing"}, ensure_ascii=False, separators=(",", ":")))
            return True
        if intake.numbers is None or intake.numbered == self._numbered:
            return False
        await asyncio.sleep(max(0.0, self._told_s + self._period_s() - time.monotonic()))
        return await self._newest()

    async def _newest(self) -> bool:
        numbers, self._numbered, self._told_s = self._intake.numbers, self._intake.numbered, time.monotonic()
        if numbers is not None:
            await self._send(numbers_text(numbers))
        return True

    def _period_s(self) -> float:
        watchers = self._watchers()
        return next(period for most, period in LEAST_PERIOD_S if watchers <= most)

    async def _send(self, text: str) -> None:
        self._on_the_way += 1
        await self._say(text)
