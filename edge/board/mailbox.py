"""One slot between two threads: the newest value wins, and what it overwrote is counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """put never waits; take waits for a value, at most timeout_s."""

    def __init__(self) -> None:
        self._filled = threading.Condition()
        self._slot: list[T] = []
        self._overwritten = 0

    @property
    def overwritten(self) -> int:
        """How many values nobody took."""
        return self._overwritten

    @property
    def empty(self) -> bool:
        return not self._slot

    def put(self, value: T) -> None:
        with self._filled:
            self._overwritten += len(self._slot)
            self._slot = [value]
            self._filled.notify()

    def take(self, timeout_s: float) -> T | None:
        """The newest value, or None when none came in time."""
        with self._filled:
            if not self._slot:
                self._filled.wait(timeout_s)
            return self._slot.pop() if self._slot else None
