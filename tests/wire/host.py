"""A host in a process of its own, that tests kill, stop and cut off: python host.py PORT. A line `stuck` on stdin: no more guidance. Not a test."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace

from core import LIMITS, POINTING

from firmware_bridge.link import Link, Outgoing

PERIOD_S = 1 / 30


def main() -> None:
    stuck = threading.Event()
    frame_id = 0
    next_s = time.monotonic()

    def outbox(timeout_s: float) -> Outgoing | None:
        nonlocal frame_id, next_s
        time.sleep(max(0.0, min(timeout_s, next_s - time.monotonic())))
        if stuck.is_set() or time.monotonic() < next_s:
            return None
        next_s = time.monotonic() + PERIOD_S
        frame_id += 1
        return Outgoing(replace(POINTING, frame_id=frame_id), time.monotonic_ns() - 50_000_000)

    Link(sys.argv[1], outbox, lambda event: print(event, flush=True), configure=LIMITS).start()
    for line in sys.stdin:
        if line.strip() == "stuck":
            stuck.set()


if __name__ == "__main__":
    main()
