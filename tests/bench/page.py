"""How old a number is when the page has painted it, and what fifty browsers, half of them stalled, or the page's calibrate cost the device's numbers.

python -m tests.bench.page                 # the real main job, its page and the simulated device on this machine; Debian's Chromium
python -m tests.bench.page --no-browser    # the fifty alone
python -m tests.bench.page --calibrate     # calibrate's look at the screen, one after the other, on four phantom screens

Ages are from the frame's arrival at the main job. Quiet and busy stretches take turns within one run: what else the machine does is in both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.system.whole import Whole
from tests.unit.board.browser import Browser
from tests.unit.board.served import until

WANTED_MS = 150.0
CLIENTS = 50
LEAST_A_SECOND = 8  # of ten: with fewer the machine is measured, and not calibrate
WATCHING = (
    "GET /watch HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
# of each number: its frame's time, and the wall clock when the script had it and when it was painted
PAINTED = """
window.painted = [];
(() => {
  const meant = show;
  show = told => {
    const had = performance.timeOrigin + performance.now();
    meant(told);
    if (told.state !== "pointing") return;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => painted.push([told.captured_ms, had, performance.timeOrigin + performance.now()]);
      after.port2.postMessage(0);
    });
  };
})()
"""


def spread(found_ms: list[float]) -> dict[str, float]:
    if not found_ms:
        return {"count": 0}
    middle, high, most = (round(float(np.percentile(found_ms, part)), 1) for part in (50, 99, 100))
    return {"count": len(found_ms), "median_ms": middle, "p99_ms": high, "most_ms": most}


def browser_clock(browser: Browser) -> tuple[float, float]:
    """What to take from the browser's wall clock to get this machine's monotonic one (ms), and how far off that may be."""
    tries = []
    for _ in range(50):
        before = time.monotonic_ns() / 1e6
        theirs = browser.value("performance.timeOrigin + performance.now()")
        after = time.monotonic_ns() / 1e6
        tries.append(((after - before) / 2, theirs - (before + after) / 2))
    within, offset = min(tries)
    return offset, within


def painted(whole: Whole, folder: Path, seconds: float) -> dict[str, Any]:
    """The page's own part."""
    browser = Browser(shutil.which("chromium") or "", folder)
    try:
        browser.do("Emulation.setDeviceMetricsOverride", width=1366, height=768, deviceScaleFactor=1, mobile=False)
        browser.open(whole.url)
        assert until(lambda: browser.value("document.body.className") == "pointing", within_s=60)
        offset, within = browser_clock(browser)
        browser.value(PAINTED)
        time.sleep(seconds)
        seen = [(had - offset - captured, at - offset - captured) for captured, had, at in browser.value("painted")]
    finally:
        browser.close()
    ages = [painted_ms for _, painted_ms in seen]
    share = sum(age <= WANTED_MS for age in ages) / max(1, len(ages))
    at_hand = spread([had_ms for had_ms, _ in seen])
    return {"at hand": at_hand, "painted": spread(ages), f"within_{WANTED_MS:.0f}_ms": round(share, 4), "clock_within_ms": round(within, 2)}


# fifty browsers, in a process of their own


async def reading(port: int, heard: Callable[[], None] = lambda: None) -> None:
    """One that keeps up: numbers acknowledged, pictures fetched one after the other. heard is called for each number."""
    import aiohttp

    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session, session.ws_connect("/watch") as line:
        showing = asyncio.create_task(fetching(session))
        try:
            async for said in line:
                kind = json.loads(said.data)["kind"]
                if kind in ("numbers", "standing"):
                    await line.send_str('{"got":1}')
                if kind == "numbers":
                    heard()
        finally:
            showing.cancel()


async def fetching(session: Any) -> None:
    last = ""
    while True:
        async with session.get("/picture", params={"after": last, "tier": "1"}) as reply:
            content = await reply.read()
            if reply.status == 200:
                length = int.from_bytes(content[:4], "little")
                last = str(json.loads(content[4 : 4 + length])["frame"])
        await asyncio.sleep(0.05)


async def stalled(port: int, request: str) -> None:
    """One that asks and never reads; ended by the page it comes back at once."""
    loop = asyncio.get_running_loop()
    while True:
        with socket.socket() as line, contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.setblocking(False)
            await loop.sock_connect(line, ("127.0.0.1", port))
            await loop.sock_sendall(line, request.encode())
            await asyncio.sleep(6.0)


async def crowd(port: int) -> None:
    half = CLIENTS // 2
    picture = "GET /picture?tier=0 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
    readers = [reading(port) for _ in range(half)]
    await asyncio.gather(*readers, *(stalled(port, WATCHING if number % 2 else picture) for number in range(CLIENTS - half)), return_exceptions=True)


class Crowd:
    """Fifty clients until the end of the block; they stand for other machines and give way to everything here."""

    def __init__(self, port: int) -> None:
        self._words = ["nice", "-n", "19", sys.executable, "-m", "tests.bench.page", "--crowd", str(port)]

    def __enter__(self) -> None:
        self._job = subprocess.Popen(self._words, stderr=subprocess.DEVNULL)
        time.sleep(3.0)  # until they are there

    def __exit__(self, *_: object) -> None:
        self._job.kill()
        self._job.wait()


def captured(port: int, end_s: float) -> Iterator[tuple[int, float]]:
    """Frame and capture time (ms, this machine's monotonic clock) of numbers, as one client is told them."""

    async def hear() -> list[tuple[int, float]]:
        import aiohttp

        found = []
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session, session.ws_connect("/watch") as line:
            while time.monotonic() < end_s:
                told = json.loads((await line.receive(timeout=10)).data)
                if told["kind"] in ("numbers", "standing"):
                    await line.send_str('{"got":1}')
                if told["kind"] == "numbers" and told["reason"] != "source_lost":  # which has the number of the frame before
                    found.append((told["frame"], told["captured_ms"]))
        return found

    yield from asyncio.run(hear())


def at_the_device(whole: Whole, seconds: float) -> list[float]:
    """Age (ms) of guidance when the device has decoded it."""
    assert whole.device is not None
    end_s, told = time.monotonic() + seconds, []
    hearing = threading.Thread(target=lambda: told.extend(captured(whole.port, end_s)))
    hearing.start()
    decoded: dict[int, float] = {}
    while time.monotonic() < end_s:
        at_ns, frame = whole.device.state.guided
        decoded.setdefault(frame, at_ns / 1e6)
        time.sleep(0.005)
    hearing.join()
    return [decoded[frame] - at_ms for frame, at_ms in told if frame in decoded]


def asked_ms(port: int, times: int) -> list[float]:
    """How long the page itself takes, from a client that comes new."""
    found = []
    for _ in range(times):
        begun_s = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("GET", "/")
        assert line.getresponse().status == 200
        line.close()
        found.append(1000 * (time.monotonic() - begun_s))
    return found


def crowded(whole: Whole, rounds: int, seconds: float) -> dict[str, Any]:
    quiet, full, asked = [], [], []
    for _ in range(rounds):
        quiet += at_the_device(whole, seconds)
        with Crowd(whole.port):
            full += at_the_device(whole, seconds)
            asked += asked_ms(whole.port, 20)
    return {"quiet": spread(quiet), f"{CLIENTS} clients": spread(full), "ratio": ratio(full, quiet), "the page asked meanwhile": spread(asked)}


def screens(folder: Path) -> Path:
    """Whole screens with their rulers, ten a second, each for a quarter of ten seconds."""
    drawn, shown = folder / "drawn", folder / "shown"
    words = ["frames", str(drawn), "--view", "transverse_facet", "--count", "4", "--seed", "1"]
    subprocess.run([sys.executable, "-m", "models.phantom", *words], check=True, stdout=subprocess.DEVNULL)
    shown.mkdir()
    four = sorted(drawn.glob("*.png"))
    for number in range(100):
        (shown / f"{3 * number:04d}.png").symlink_to(four[number * len(four) // 100])
    return shown


class Calibrating:
    """Asks for a look at the screen, again and again, until the end of the block; counts those that were answered."""

    def __init__(self, whole: Whole) -> None:
        self._port, self._token = whole.port, whole.url.split("#")[1]
        self._over = threading.Event()
        self._asking = threading.Thread(target=self._ask, name="calibrating")
        self.looks = 0

    def __enter__(self) -> Calibrating:
        self._asking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._asking.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            line.request("POST", "/ask", json.dumps({"ask": "calibrate", "step": "look"}), {"Authorization": f"Bearer {self._token}"})
            self.looks += line.getresponse().status == 200
            line.close()


def calibrated(whole: Whole, rounds: int, seconds: float) -> dict[str, Any]:
    quiet, busy, looks = [], [], 0
    for _ in range(rounds):
        quiet += at_the_device(whole, seconds)
        with Calibrating(whole) as asking:
            busy += at_the_device(whole, seconds)
        looks += asking.looks
    told = {"quiet": spread(quiet), "calibrating": spread(busy), "looks": looks}
    if len(quiet) < LEAST_A_SECOND * rounds * seconds:
        return {**told, "too busy to say": f"fewer than {LEAST_A_SECOND} answers a second without it"}
    return {**told, "ratio": ratio(busy, quiet), "rate": round(len(busy) / len(quiet), 3)}


def ratio(busy: list[float], quiet: list[float]) -> dict[str, float]:
    return {name: round(float(np.percentile(busy, part) / np.percentile(quiet, part)), 2) for name, part in (("median", 50), ("p99", 99))}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each stretch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--crowd", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crowd:
        asyncio.run(crowd(options.crowd))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        source = ["--source", f"images:{screens(Path(folder))}"] if options.calibrate else []
        whole = Whole(Path(folder), "--procedure", "facet", "--side", "right", *source)
        try:
            whole.plug()
            whole.start()
            assert until(lambda: whole.device is not None and whole.device.state.guided[1] > 0, within_s=120)
            time.sleep(3.0)
            found = {"load": os.getloadavg()[0], **measured(whole, Path(folder), options)}
        finally:
            whole.close()
    print(json.dumps(found, indent=1))
    return 0


def measured(whole: Whole, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if options.calibrate:
        return {"at the device": calibrated(whole, options.rounds, options.seconds)}
    shown = {} if options.no_browser else {"in the browser": painted(whole, folder / "chromium", options.rounds * options.seconds)}
    return {**shown, "at the device": crowded(whole, options.rounds, options.seconds)}


if __name__ == "__main__":
    sys.exit(main())
