"""What the service manager is told: ready, still starting, alive, and one line of status (sd_notify's protocol over a datagram socket).

Rule 1: ready is said once, after the first answered frame. Rule 2: the watchdog is fed from the loop that does the work, nowhere else, and only
while the other loops turn.
Rule 3: a manager that does not listen is no reason to stop. Rule 4: a slow board is not a hung one: the watchdog waits for four of the longest turn
seen so far, where that is more than the unit's own time, and never more than a minute. Old digits do not wait for it: the device itself drops them
within 300 ms.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass

NS_PER_S = 1_000_000_000
STATUS_PERIOD_NS = NS_PER_S
DEFAULT_PERIOD_NS = NS_PER_S
TROUBLE_MOST = 160  # characters: what stands behind it, the device's state, is read by update and installer
START_EXTENDED_US = 60_000_000  # while starting, a loop that hangs for so long is ended; a slow board's first frame takes long
TURNS_WAITED = 4
WATCHDOG_MOST_NS = 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Standing:
    """What one turn of the main loop knows. said: "pointing" or why not; age_ms: of the last frame when its answer was handed to the link."""

    answered: int
    said: str
    frames_per_s: float
    age_ms: float
    overwritten: int
    trouble: str
    link: str
    still: str = ""  # which loop has not turned for too long


class Notifier:
    """Talks to $NOTIFY_SOCKET; without one every call does nothing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # systemd names sockets without a file by a leading @
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) if address else None
        self._watchdog_ns = int(environment.get("WATCHDOG_USEC", 0)) * 1000
        self._turned_ns = 0
        self._ready = False
        self._fed_ns = 0
        self._said_ns = 0

    @property
    def ready(self) -> bool:
        return self._ready

    def turn(self, standing: Standing, *, now_ns: int) -> None:
        """One turn of the main loop."""
        if self._socket is None:
            return
        lines = []
        if standing.answered and not self._ready:
            self._ready = True
            lines.append("READY=1")
        lines += self._waited(now_ns)
        if not standing.still and (now_ns - self._fed_ns >= self._period_ns or lines):
            self._fed_ns = now_ns
            lines.append("WATCHDOG=1" if self._ready else f"EXTEND_TIMEOUT_USEC={START_EXTENDED_US}")
        if now_ns - self._said_ns >= STATUS_PERIOD_NS or "READY=1" in lines:
            self._said_ns = now_ns
            lines.append(f"STATUS={status_text(standing)}")
        self._send(lines)

    @property
    def _period_ns(self) -> int:
        """sd_watchdog_enabled(3) asks for twice in its time at least."""
        return min(self._watchdog_ns // 3 or DEFAULT_PERIOD_NS, STATUS_PERIOD_NS)

    def _waited(self, now_ns: int) -> list[str]:
        """Rule 4, after a turn that was longer than those before it. Nothing where the unit has no watchdog."""
        turn_ns, self._turned_ns = now_ns - (self._turned_ns or now_ns), now_ns
        wanted_ns = min(TURNS_WAITED * turn_ns, WATCHDOG_MOST_NS)
        if not 0 < self._watchdog_ns < wanted_ns:
            return []
        self._watchdog_ns = wanted_ns
        return [f"WATCHDOG_USEC={wanted_ns // 1000}"]

    def stopping(self, why: str = "stopping") -> None:
        """Says that the end is meant."""
        self._send(["STOPPING=1", f"STATUS={why}"])

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, lines: list[str]) -> None:
        if self._socket is not None and lines:
            with contextlib.suppress(OSError):
                self._socket.sendto("\n".join(lines).encode(), self._address)


def status_text(standing: Standing) -> str:
    """One line for `systemctl status`."""
    link = f"; device {standing.link}"
    if standing.still:
        return one_line(f"{standing.still}: not fed{link}")
    told = standing.trouble[:TROUBLE_MOST]
    if not standing.answered:
        return one_line(f"waiting for the source: {told or 'no frame yet'}{link}")
    trouble = f"; {told}" if told else ""
    figures = f"{rate(standing.frames_per_s)} frames/s, {standing.age_ms:.0f} ms from capture to link, {standing.overwritten} overtaken"
    return one_line(f"{standing.said}; {figures}{trouble}{link}")


def rate(frames_per_s: float) -> str:
    """Zero is said only where no frame is answered: update and installer read it."""
    return f"{frames_per_s:.0f}" if frames_per_s >= 9.95 or frames_per_s == 0 else f"{max(frames_per_s, 0.1):.1f}"


def one_line(text: str) -> str:
    """A newline would end the message's field."""
    return " ".join(text.split())[:400]
