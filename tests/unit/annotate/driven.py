"""`tuffier annotate` as a process, and its page as a person uses it in a real browser."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.board.browser import Browser

PATIENCE_S = 120  # a machine that does something else first is no fault
SCREENS = {"phone": (390, 844), "phone_on_its_side": (844, 390), "tablet": (820, 1180), "laptop": (1366, 768)}


def until(true: Callable[[], Any], what: str = "") -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"never came: {what or true}")


class Annotating:
    """`tuffier annotate` as a process of its own, on one port and folder; started again it goes on there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.job: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, *words: str) -> None:
        command = [sys.executable, "-m", "edge.cli", "annotate", *words, "--out", str(self.folder), "--port", str(self._port)]
        self.job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.job.stdout is not None
        self.url = next(line.strip() for line in self.job.stdout if line.startswith("http"))

    def end(self, how: signal.Signals) -> str:
        """What it said afterwards."""
        assert self.job is not None
        self.job.send_signal(how)
        return self.job.communicate(timeout=PATIENCE_S)[0]


class Page:
    """The page as a person uses it."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def value(self, script: str) -> Any:
        return self.browser.value(script)

    def open(self, url: str, screen: str = "laptop", scheme: str = "light") -> None:
        self.size(screen, scheme)
        self.value("typeof waiting === 'object' && waiting.clear()")  # or it asks whether it may go, where an annotate was killed before it had saved
        self.browser.open("about:blank")
        # one way at a time: of two, the browser may answer neither
        until(lambda: self.value("location.href + document.readyState") == "about:blankcomplete", "an empty page")
        self.browser.open(url)
        until(lambda: self.value("typeof now === 'object' && now !== null && size[0] > 1 && document.readyState === 'complete'"), "the page")

    def size(self, screen: str, scheme: str = "light") -> None:
        width, height = SCREENS[screen]
        self.browser.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=screen != "laptop")
        self.browser.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def key(self, key: str, modifiers: int = 0) -> None:
        text = {"text": key} if len(key) == 1 and not modifiers else {}
        self.browser.do("Input.dispatchKeyEvent", type="keyDown", key=key, modifiers=modifiers, **text)
        self.browser.do("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=modifiers)

    def named_key(self, key: str, code: int) -> None:
        """A key that a list which is open takes itself; code: Windows' number of it."""
        for kind in ("rawKeyDown", "keyUp"):
            self.browser.do("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def press(self, which: str) -> None:
        """The mouse on the middle of what a selector finds, brought into sight."""
        script = (
            f"(() => {{ const e = document.querySelector('{which}'); e.scrollIntoView({{block: 'nearest'}}); const b = e.getBoundingClientRect();"
        )
        x, y = self.value(f"{script} return [b.x + b.width / 2, b.y + b.height / 2]; }})()")
        self.mouse(("mousePressed", x, y), ("mouseReleased", x, y))

    def mouse(self, *steps: tuple[str, float, float]) -> None:
        for kind, x, y in steps:
            down = kind == "mousePressed" or kind == "mouseMoved"
            self.browser.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=int(down), clickCount=1)

    def drag(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        middle = (begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2
        self.mouse(("mousePressed", *begin), ("mouseMoved", *middle), ("mouseMoved", *end), ("mouseReleased", *end))

    def touch(self, *steps: list[tuple[float, float]]) -> None:
        """Fingers on the screen, one list after the other; they are lifted at the end."""
        for number, fingers in enumerate(steps):
            points = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(fingers)]
            self.browser.do("Input.dispatchTouchEvent", type="touchStart" if number == 0 else "touchMove", touchPoints=points)
        self.browser.do("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def click(self, which: str) -> None:
        self.value(f"document.getElementById('{which}').click()")

    def where(self, slot: str) -> tuple[float, float]:
        """The middle of a landmark, or of a place of the picture given as [u, v], on the screen."""
        if slot.startswith("["):
            script = f"(() => {{ const p = new DOMPoint(...{slot}).matrixTransform(at('picture').getScreenCTM()); return [p.x, p.y]; }})()"
        else:
            box = f"document.querySelector('[data-slot=\"{slot}\"] .ring').getBoundingClientRect()"
            script = f"(() => {{ const b = {box}; return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        x, y = self.value(script)
        return x, y

    def slot(self, name: str, number: int = 0) -> dict[str, Any]:
        return dict(self.value(f"now.label.slots['{name}'][{number}]"))

    def saved(self) -> None:
        until(lambda: self.value("at('saved').textContent") == "all saved", "all saved")


def labelled(page: Page) -> None:
    """The first frame, whole: proposals taken over, what the model did not see marked."""
    page.key("1")
    page.key("a")
    still_open = "each().filter(({name, number}) => now.label.slots[name][number].mark === 'open').map(({name, number}) => [name, number])"
    for name, number in page.value(still_open):
        page.value(f"chosen = ['{name}', {number}]; draw()")
        page.key("h")
