"""What the service manager is told: ready, still starting, alive, and one line of status (sd_notify's protocol over a datagram socket).

Rule 1: ready is said once, after the first answered frame. Rule 2: the watchdog is fed from the loop that does the work, nowhere else, and only
while the other loops turn.
Rule 3: a manager that does not listen is no reason to stop.
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
START_EXTENDED_US = 15_000_000  # while starting, a loop that hangs for so long is ended


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
        # sd_watchdog_enabled(3) asks for twice in its time at least
        self._period_ns = int(environment.get("WATCHDOG_USEC", 0)) * 1000 // 3 or DEFAULT_PERIOD_NS
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
        if not standing.still and (now_ns - self._fed_ns >= min(self._period_ns, STATUS_PERIOD_NS) or lines):
            self._fed_ns = now_ns
            lines.append("WATCHDOG=1" if self._ready else f"EXTEND_TIMEOUT_USEC={START_EXTENDED_US}")
        if now_ns - self._said_ns >= STATUS_PERIOD_NS or "READY=1" in lines:
            self._said_ns = now_ns
            lines.append(f"STATUS={status_text(standing)}")
        self._send(lines)

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
    figures = f"{standing.frames_per_s:.0f} frames/s, {standing.age_ms:.0f} ms from capture to link, {standing.overwritten} overtaken"
    return one_line(f"{standing.said}; {figures}{trouble}{link}")


def one_line(text: str) -> str:
    """A newline would end the message's field."""
    return " ".join(text.split())[:400]
