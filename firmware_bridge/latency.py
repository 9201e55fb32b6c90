"""How long a Guidance takes from write to decoded, in the simulated device: `python -m firmware_bridge.latency`."""

from __future__ import annotations

import argparse
import json
import os
import pty
import sys
import threading
import time
import tty
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from firmware_bridge import wire
from firmware_bridge.link import Link, Outgoing
from firmware_bridge.sim import NoSimulatorError, SimDevice

BITS_PER_BYTE = 10  # start, 8, stop
POINTING = wire.Guidance(
    procedure=wire.Procedure.FACET,
    side=wire.Side.RIGHT,
    picture=wire.Picture.LIVE,
    state=wire.State.POINTING,
    depth_tenths_mm=315,
    insertion_tenths_mm=379,
    interval_tenths_mm=21,
)


class PacedCable:
    """A cable between two ptys on which each byte takes its time: a pty alone knows no baud rate."""

    def __init__(self, device_path: str, baud_bps: int) -> None:
        self._device = os.open(device_path, os.O_RDWR | os.O_NOCTTY)
        self._near, self._far = pty.openpty()
        tty.setraw(self._far)
        self.path = os.ttyname(self._far)
        self._byte_s = BITS_PER_BYTE / baud_bps
        for source, sink in ((self._near, self._device), (self._device, self._near)):
            threading.Thread(target=self._pass, args=(source, sink), name="paced-cable", daemon=True).start()

    def _pass(self, source: int, sink: int) -> None:
        free_s = time.monotonic()
        try:
            while received := os.read(source, 64):
                # The line is busy until the last bit of these bytes; then the receiver has them.
                free_s = max(free_s, time.monotonic()) + len(received) * self._byte_s
                time.sleep(max(0.0, free_s - time.monotonic()))
                os.write(sink, received)
        except OSError:
            return  # an end was closed


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the link's taking a Guidance to the device's having decoded it."""

    line: str
    frames: int
    median_ms: float
    p99_ms: float
    most_ms: float


def measure(frames: int, baud_bps: int | None) -> Latency:
    """frames Guidance, 30 a second, through the whole link. Raises NoSimulatorError."""
    waits_ms: list[float] = []
    with SimDevice() as device:
        path = device.port_path if baud_bps is None else PacedCable(device.port_path, baud_bps).path
        taken: dict[int, int] = {}
        wanted: list[int] = []

        def outbox(timeout_s: float) -> Outgoing | None:
            if not wanted:
                time.sleep(min(timeout_s, 0.001))
                return None
            frame_id = wanted.pop()
            taken[frame_id] = time.monotonic_ns()
            return Outgoing(replace(POINTING, frame_id=frame_id), taken[frame_id])

        link = Link(path, outbox, lambda _: None)
        link.start()
        for frame_id in range(1, frames + 60):
            wanted[:] = [frame_id]
            time.sleep(1 / 30)
            at_ns, guided = device.state.guided
            if frame_id >= 60 and guided in taken:  # the first ones go while the session begins
                waits_ms.append((at_ns - taken[guided]) / 1e6)
        link.stop()
    waits_ms.sort()
    return Latency(
        line="pty" if baud_bps is None else f"{baud_bps} baud",
        frames=len(waits_ms),
        median_ms=round(waits_ms[len(waits_ms) // 2], 3),
        p99_ms=round(waits_ms[int(len(waits_ms) * 0.99)], 3),
        most_ms=round(waits_ms[-1], 3),
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m firmware_bridge.latency", description=__doc__)
    parser.add_argument("--frames", type=int, default=600)
    options = parser.parse_args(argv)
    try:
        for baud_bps in (None, wire.BAUD_BPS):
            measured = measure(options.frames, baud_bps)
            print(json.dumps(asdict(measured)))
    except NoSimulatorError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
