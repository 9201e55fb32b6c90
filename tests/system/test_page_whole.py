"""The page in a real browser, before the real main job and its device: chosen, lost, stopped, unplugged, killed, back, recorded, labelled, scored."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.whole import Whole
from tests.unit.annotate import driven
from tests.unit.annotate.driven import Annotating, labelled, until
from tests.unit.board.browser import Browser

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: sudo apt install chromium"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: sudo apt install gcc libc6-dev"),
]
# where on the canvas the target's ring is drawn, by its colour: nothing else is green there; null where there is none
TARGET = """
(() => {
  const canvas = at("scan");
  if (!canvas.checkVisibility() || canvas.width < 50) return null;
  const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0, count = 0;
  for (let i = 0; i < dots.length; i += 4) {
    if (dots[i + 1] > dots[i] + 80 && dots[i + 1] > dots[i + 2] + 50) { sum += (i / 4) % canvas.width; count++; }
  }
  return count > 20 ? sum / count / canvas.width : null;
})()
"""
SEEN = """({ target: TARGET !== null, picture: picture !== null, digits: /[0-9]/.test(at("digits").innerText + at("more").innerText),
  mirror: /[0-9]/.test(at("mirror").textContent) })""".replace("TARGET", TARGET.strip())
NOTHING = {"target": False, "picture": False, "digits": False, "mirror": False}


class Page:
    """What is on the page, and what a person does there."""

    def __init__(self, browser: Browser) -> None:
        self.value = browser.value
        self._browser = browser

    def open(self, url: str) -> None:
        self._browser.open("about:blank")
        until(lambda: self.value("location.href + document.readyState") == "about:blankcomplete", "an empty page")
        self._browser.open(url)
        until(lambda: self.value("document.readyState === 'complete' && typeof heard === 'function'"), "the page")

    def text(self, which: str) -> str:
        return str(self.value(f"at('{which}').innerText") or "")

    def shows(self, which: str, words: str) -> None:
        until(lambda: words in self.text(which), f"{words!r} in {which}")

    def target(self) -> float:
        """How far from the picture's left edge the target is drawn, as a part of its width."""
        found: list[Any] = []
        until(lambda: found.append(self.value(TARGET)) or found[-1] is not None, "a target")
        return float(found[-1])

    def choose(self, procedure: str) -> None:
        self.value(f"at('procedure').value = '{procedure}'; at('procedure').dispatchEvent(new Event('change'))")

    def click(self, selector: str) -> None:
        self.value(f"document.querySelector('{selector}').click()")

    def points(self) -> None:
        until(lambda: self.value("document.body.className") == "pointing" and self.value(TARGET) is not None, "a target")

    def shows_nothing_old(self) -> None:
        until(lambda: self.value(SEEN) == NOTHING, "an empty page")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(CHROMIUM or "", tmp_path_factory.mktemp("chromium"))
    opened.do("Emulation.setDeviceMetricsOverride", width=1366, height=768, deviceScaleFactor=1, mobile=False)
    yield opened
    opened.close()


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Whole]:
    whole = Whole(tmp_path, "--procedure", "facet", "--side", "right")
    try:
        whole.plug()
        whole.start()
        yield whole
    finally:
        whole.close()


def test_a_session_from_the_choice_to_the_score(browser: Browser, board: Whole) -> None:
    page = Page(browser)
    page.open(board.url)
    page.points()
    chosen_on_the_page(page, board)
    lost_and_back(page, board)
    recorded(page)
    killed_and_back(page, board)
    annotated_and_scored(browser, board)


def chosen_on_the_page(page: Page, board: Whole) -> None:
    """The target goes to the other side, on the page and in the device's words; a view that is not there is asked for with its drawing."""
    right = page.target()
    page.click('#sides input[value="left"]')
    page.shows("task", "patient's left")
    until(lambda: page.target() < right - 0.1, "the target on the other side")
    assert board.device is not None
    until(lambda: any("LEFT" in row for row in board.device.screen_lines()), "the side at the device")
    page.choose("caudal")
    page.shows("reason", "rong view")
    assert page.value("at('wanted').checkVisibility() && !at('sides').checkVisibility()")
    until(lambda: page.value(f"{SEEN}.digits || {SEEN}.target") is False, "no number and no target")
    assert not page.value(SEEN)['digits']
    assert page.value(TARGET) is None
    page.choose("facet")
    page.click('#sides input[value="right"]')
    page.points()
    until(lambda: abs(page.target() - right) < 0.1, "the target where it was")


def lost_and_back(page: Page, board: Whole) -> None:
    """The source's file, the device's cable, and a main job that stands still."""
    away = board.clip.with_suffix(".away")
    board.clip.rename(away)
    page.shows("reason", "ource lost")
    page.shows_nothing_old()
    away.rename(board.clip)
    page.points()

    board.unplug()
    until(lambda: page.value("at('device_item').classList.contains('bad')"), "a lost device in the bar")
    page.points()  # the page does not need it
    board.plug()
    page.shows("device", "connected")

    board.send(signal.SIGSTOP)
    page.shows_nothing_old()
    assert page.value("document.body.className") != "pointing"
    board.send(signal.SIGCONT)
    page.points()


def recorded(page: Page) -> None:
    page.click("#record")
    page.shows("recording", "on, ")
    until(lambda: int(page.text("recording").removeprefix("on, ").split()[0]) >= 30, "frames in the recording")
    page.click("#record")
    page.shows("said", "frames recorded")
    page.shows("recording", "off")


def killed_and_back(page: Page, board: Whole) -> None:
    board.kill()
    page.shows("state", "NO ANSWER")
    page.shows_nothing_old()
    board.start()
    page.points()


def annotated_and_scored(browser: Browser, board: Whole) -> None:
    """What was recorded is labelled on the other page, and scored."""
    (kept,) = (board.folder / "recordings").glob("*.mcap")
    work = Annotating(board.folder / "frames")
    work.start(str(kept), "--every-s", "1")
    try:
        page = driven.Page(browser)
        page.open(work.url)
        labelled(page)
        page.key("d")
        until(lambda: page.value("now.number") == 1, "the next frame")
        page.saved()
    finally:
        said = work.end(signal.SIGTERM)
    assert "1 done" in said
    score = [sys.executable, "-m", "edge.cli", "score", str(work.folder), "--scale", "truth", "--json"]
    figures = json.loads(subprocess.run(score, capture_output=True, text=True, check=True).stdout)
    assert (figures["frames"], figures["procedures"]["facet"]["held"]) == (1, 1)
