"""The page in a real browser: of an answer that is old, withheld or cut off nothing stays to be seen, measured by the browser itself."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from edge.board.page.monitor import Look, Monitor
from edge.pipeline import Course, PathState, conclude
from edge.types import NoScan, Placing
from firmware_bridge.wire import Reason
from tests.unit import made
from tests.unit.board.browser import Browser
from tests.unit.board.test_monitor import SESSION, VITALS, look

CHROMIUM = shutil.which("chromium")
OLD_MS, GONE_MS = 300, 300  # an answer is old after so long; so long after that nothing of it is seen
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: sudo apt install chromium")
# digits, target or needle path (the only colours on a grey scan), the device's mirror; scan: the picture itself
WATCH = """
(() => {
  const text = id => document.getElementById(id).innerText, canvas = document.querySelector("canvas");
  const seen = () => {
    const shown = canvas.checkVisibility(), dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let overlay = false, scan = false;
    for (let i = 0; i < dots.length; i += 4) {
      scan ||= dots[i + 3] > 0;
      overlay ||= Math.max(dots[i], dots[i + 1], dots[i + 2]) - Math.min(dots[i], dots[i + 1], dots[i + 2]) > 60;
    }
    const digits = ["depth", "angle", "insertion", "lateral", "pivot"].some(id => /[0-9]/.test(text(id)));
    return { digits, overlay: shown && overlay, scan: shown && scan, mirror: /[0-9]/.test(text("screen")), state: text("state") };
  };
  window.seen = seen; window.last = {};
  setInterval(() => {
    const now = seen(), at = performance.timeOrigin + performance.now();
    for (const [what, is] of Object.entries(now)) if (is === true) last[what] = at;
  }, 20);
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(CHROMIUM or "", tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


class Feed(threading.Thread):
    """A job that answers thirty times a second until it is told to stop. captured_ms: the wall clock at its last answer."""

    def __init__(self, page: Monitor) -> None:
        super().__init__(daemon=True)
        self._page = page
        self._stopping = threading.Event()
        self.captured_ms = 0.0

    def run(self) -> None:
        while not self._stopping.wait(0.033):
            self.captured_ms = time.time() * 1000
            self._page.show(pointing())

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def pointing() -> Look:
    vitals = replace(VITALS, device_screen=("FACET RIGHT", "31.0 mm  -33"))
    return replace(look(captured_ns=time.monotonic_ns()), vitals=vitals)


def stalled(page: Monitor) -> None:
    """The job stands still: the page goes on answering with what it has."""


def withheld(page: Monitor) -> None:
    page.show(replace(look(frames=1, captured_ns=time.monotonic_ns()), vitals=replace(VITALS, device_screen=("HOLD STILL", "31.0 mm"))))


def signal_lost(page: Monitor) -> None:
    scan = NoScan(7, time.monotonic_ns(), Reason.SOURCE_LOST, "unplugged")
    course = Course(SESSION, made.manifest())
    _, said = conclude(PathState(None), scan, None, Placing(), course, now_ns=scan.captured_ns)  # type: ignore[arg-type]  # no screen is looked at
    page.show(replace(pointing(), frame=None, answer=said))


def killed(page: Monitor) -> None:
    page.close()


def until(true: Callable[[], bool]) -> bool:
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("ending", [stalled, withheld, signal_lost, killed])
def test_nothing_of_an_old_answer_is_seen(browser: Browser, ending: Callable[[Monitor], None]) -> None:
    page = Monitor(("127.0.0.1", 0))
    feed = Feed(page)
    feed.start()
    try:
        browser.open(page.url)
        assert until(lambda: browser.value("document.readyState === 'complete' && location.protocol === 'http:'"))
        browser.value(WATCH)
        assert until(lambda: all(browser.value("seen()")[what] for what in ("digits", "overlay", "scan", "mirror"))), browser.value("seen()")
        feed.stop()
        ending(page)
        time.sleep((OLD_MS + GONE_MS) / 1000 + 0.5)
        last, seen = browser.value("last"), browser.value("seen()")
        assert not seen["digits"] and not seen["overlay"] and not seen["mirror"] and not seen["scan"], seen  # noqa: PT018
        assert {what: at - feed.captured_ms for what, at in last.items() if what != "scan" and at - feed.captured_ms > OLD_MS + GONE_MS} == {}
        assert "POINTING" not in seen["state"]
    finally:
        feed.stop()
        if ending is not killed:
            page.close()
