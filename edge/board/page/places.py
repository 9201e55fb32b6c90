"""Places for clients: how many may be connected, and how long each may take.

Rule 1: nobody is locked out: who is connected and has not asked yet gives its place to the next one; who finds no place is told so (503). Rule 2: a
request that is not there whole within DEADLINE_S, and an answer that is not read for so long, end the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MOST_CONNECTIONS = 160
MOST_OF_ONE_ADDRESS = 120
DEADLINE_S = 5.0
REFUSED_S = 0.5  # for a client without a place to read that
BUSY = b"HTTP/1.0 503 Busy\r\nContent-Type: text/plain\r\nRetry-After: 1\r\n\r\ntoo many ask at once: try again\n"


class Places:
    """Who is connected now, oldest first."""

    def __init__(self, *, most: int = MOST_CONNECTIONS, most_each: int = MOST_OF_ONE_ADDRESS, deadline_s: float = DEADLINE_S) -> None:
        self._most = most
        self._most_each = most_each
        self.deadline_s = deadline_s
        self._taken: dict[asyncio.Transport, Place] = {}

    def protocol(self, inner: Callable[[], asyncio.Protocol]) -> asyncio.Protocol:
        """For one connection."""
        return Place(self, inner)

    def taken(self, transport: asyncio.Transport, place: Place) -> bool:
        """Whether there is room, if need be that of one who is silent."""
        same = [other for other in self._taken.values() if other.host == place.host]
        crowd = same if len(same) >= self._most_each else list(self._taken.values()) if len(self._taken) >= self._most else []
        silent = [other for other in crowd if not other.asked]
        if crowd and not silent:
            return False
        if silent:
            silent[0].end()
        self._taken[transport] = place
        return True

    def left(self, transport: asyncio.Transport) -> None:
        self._taken.pop(transport, None)

    def began(self, transport: asyncio.BaseTransport | None) -> None:
        """A request of this connection has been read whole, and is answered now."""
        for place in filter(None, [self._of(transport)]):
            place.began()

    def ended(self, transport: asyncio.BaseTransport | None) -> None:
        for place in filter(None, [self._of(transport)]):
            place.answering = False

    def _of(self, transport: asyncio.BaseTransport | None) -> Place | None:
        return self._taken.get(transport) if isinstance(transport, asyncio.Transport) else None


class Place(asyncio.Protocol):
    """One connection: passes on to the web server's own protocol what comes, and ends it where it takes too long."""

    def __init__(self, places: Places, inner: Callable[[], asyncio.Protocol]) -> None:
        self._places = places
        self._make = inner
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self.host = ""
        self.asked = False
        self.answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.host = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._places.taken(transport, self):
            transport.write(BUSY)
            transport.write_eof()
            # closed at once, with its request unread, it would lose what it is told
            asyncio.get_running_loop().call_later(REFUSED_S, transport.abort)
            return
        self._inner = self._make()
        self._inner.connection_made(transport)
        self._reading = self._timer()

    def _timer(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._places.deadline_s, self.end)

    def began(self) -> None:
        self.asked = self.answering = True
        self._reading = _stopped(self._reading)

    def data_received(self, content: bytes) -> None:
        if not self.answering and self._reading is None:
            self._reading = self._timer()
        if self._inner is not None:
            self._inner.data_received(content)

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def pause_writing(self) -> None:
        self._writing = self._writing or self._timer()
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._writing = _stopped(self._writing)
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._reading, self._writing = _stopped(self._reading), _stopped(self._writing)
        if self._transport is not None:
            self._places.left(self._transport)
        if self._inner is not None:
            self._inner.connection_lost(error)

    def end(self) -> None:
        if self._transport is not None:
            self._places.left(self._transport)
            self._transport.abort()


def _stopped(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """No timer any more."""
    if timer is not None:
        timer.cancel()
    return None
