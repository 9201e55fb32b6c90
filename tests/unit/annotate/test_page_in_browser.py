"""The page in a real browser: labelled by mouse, keyboard and touch, saved, killed, gone on with, and scored."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.source import truth
from tests.unit.annotate.driven import SCREENS, Annotating, Page, labelled, until
from tests.unit.board.browser import Browser

CHROMIUM = shutil.which("chromium")
AXE = os.environ.get("TUFFIER_AXE", "")  # axe.min.js of axe-core (npm pack axe-core)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: sudo apt install chromium")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(CHROMIUM or "", tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames of the bundled recording, as the command takes them: one folder that every test copies. Its first frame, where the probe is still on
    its way, is taken out again: three are left, and the model proposes the facets on the first."""
    folder = tmp_path_factory.mktemp("taken") / "frames"
    work = Annotating(folder)
    work.start("recording:demonstration", "--every-s", "3.5")
    work.end(signal.SIGTERM)
    proposed = folder / "proposed.jsonl"
    first, *rest = proposed.read_text().splitlines(keepends=True)
    proposed.write_text("".join(rest))
    (folder / json.loads(first)["frame"]).unlink()
    return folder


@pytest.fixture
def work(taken: Path, tmp_path: Path) -> Iterator[Annotating]:
    running = Annotating(tmp_path / "frames")
    shutil.copytree(taken, running.folder)
    running.start()
    yield running
    if running.job and running.job.poll() is None:
        running.end(signal.SIGKILL)


def test_a_frame_is_labelled_saved_killed_gone_on_with_and_scored(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    assert page.value("now.proposal.view") == "transverse_facet"
    labelled(page)
    before = page.slot("facet", 1)["at"]

    # the mouse
    begin = page.where("facet:1")
    page.drag(begin, (begin[0] + 30, begin[1] + 12))
    per_px = page.value("scale()")
    moved = page.slot("facet", 1)["at"]
    assert moved == pytest.approx([before[0] + 30 * per_px, before[1] + 12 * per_px], abs=0.1)

    # the keyboard
    page.key("ArrowLeft")
    page.key("ArrowUp", modifiers=8)
    assert page.slot("facet", 1)["at"] == pytest.approx([moved[0] - 1, moved[1] - 10], abs=0.02)
    for _ in range(2):
        page.key("z", modifiers=2)
    assert page.slot("facet", 1)["at"] == before
    page.key("y", modifiers=2)
    assert page.slot("facet", 1)["at"] == moved

    page.key("d")
    until(lambda: page.value("now.number") == 1, "the next frame")
    page.saved()
    line = truth.read(work.folder)[0]
    assert (line.view, line.procedure.name, line.side.name) == ("transverse_facet", "FACET", "RIGHT")
    assert line.target == line.landmarks["facet"][-1] == tuple(moved)

    # killed in the middle: the page says what is not kept, and keeps it when the command is back
    work.end(signal.SIGKILL)
    page.value("setView('none')")
    until(lambda: "NOT SAVED" in page.value("at('saved').textContent"), "NOT SAVED")
    work.start()
    page.saved()
    assert json.loads((work.folder / "draft.jsonl").read_text())["view"] == "none"
    page.open(work.url)
    assert page.value("desk.frames.map(frame => frame.state)")[:2] == ["done", "open"]
    assert page.value("now.number") == 1
    page.value("open(0)")
    until(lambda: page.value("now.number") == 0, "the first frame")
    assert page.slot("facet", 1)["at"] == moved

    said = work.end(signal.SIGTERM)
    assert "1 done" in said
    assert f"tuffier score {work.folder} --scale truth" in said
    score = [sys.executable, "-m", "edge.cli", "score", str(work.folder), "--scale", "truth", "--json"]
    figures = json.loads(subprocess.run(score, capture_output=True, text=True, check=True).stdout)
    assert (figures["frames"], figures["procedures"]["facet"]["held"]) == (1, 1)


def test_a_finger_moves_a_landmark_and_two_zoom(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url, "phone")
    browser.do("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=5)
    try:
        page.click("acceptall")
        before, (x, y) = page.slot("facet", 1)["at"], page.where("facet:1")
        page.touch([(x + 6, y + 4)], [(x - 10, y + 10)], [(x - 34, y + 24)])  # beside it: a finger hits no pixel
        per_px = page.value("scale()")
        assert page.slot("facet", 1)["at"] == pytest.approx([before[0] - 40 * per_px, before[1] + 20 * per_px], abs=0.2)

        x, y = page.where("[100, 300]")
        wide = page.value("box[2]")
        page.touch([(x, y), (x + 40, y)], [(x - 20, y), (x + 60, y)], [(x - 40, y), (x + 80, y)])
        assert page.value("box[2]") < 0.7 * wide
        assert page.slot("facet", 1)["at"] == pytest.approx([before[0] - 40 * per_px, before[1] + 20 * per_px], abs=0.2)

        # a tap puts what is chosen and not yet placed, close beside another too
        page.click("fit")
        page.value("now.label.slots.lamina[0].at = null; chosen = ['lamina', 0]; draw()")
        page.touch([page.where("[560, 480]")])
        until(lambda: page.slot("lamina")["at"] is not None, "the tap")
        assert page.slot("lamina")["at"] == pytest.approx([560, 480], abs=2)
        page.saved()
    finally:
        browser.do("Emulation.setTouchEmulationEnabled", enabled=False)


def asked(work: Annotating, path: str, fields: dict[str, Any]) -> Any:
    request = urllib.request.Request(work.url + path, json.dumps(fields).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return json.loads(reply.read())


def test_two_tabs_are_told_of_each_other(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    assert page.value("mine")
    page.key("n")
    page.saved()
    assert asked(work, "hold", {"tab": "another", "take": False}) == {"mine": False}
    assert asked(work, "hold", {"tab": "another", "take": True}) == {"mine": True}
    until(lambda: page.value("!mine && at('banner').checkVisibility()"), "the banner")
    assert "Another tab writes" in page.value("at('banner').innerText")
    page.key("1")
    assert page.value("now.label.view") == "none"
    assert page.value("at('done').disabled && at('view').disabled")

    # meanwhile the other changes the frame; this one takes over and shows it
    frame = page.value("fresh.get(0)")
    asked(work, "save/0", {"tab": "another", "revision": frame["revision"], "label": frame["label"] | {"subject": "of the other tab"}})
    page.click("take")
    until(lambda: page.value("mine && now.label.subject") == "of the other tab", "the other's label")
    assert not page.value("at('banner').checkVisibility()")


def test_zoom_contrast_list_and_what_is_missing(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    page.key("1")
    page.key("d")
    until(lambda: "place it, or mark it hidden" in page.value("at('missing').innerText"), "what is missing")
    assert page.value("now.number") == 0
    wide = page.value("box[2]")
    page.key("+")
    assert page.value("box[2]") == pytest.approx(0.8 * wide)
    page.key("f")
    assert page.value("box[2]") == pytest.approx(wide)
    page.value("at('contrast').value = 2; at('contrast').dispatchEvent(new Event('input'))")
    assert page.value("getComputedStyle(at('pixels')).filter") == "brightness(1) contrast(2)"
    page.key("a")
    page.key("u")  # nothing is placed in the chosen landmark yet
    labelled(page)
    page.value("chosen = ['facet', 1]; draw()")
    page.key("u")
    page.key("d")
    until(lambda: page.value("now.number") == 1, "the next frame")
    assert page.value("at('counts').innerText") == "0 of 3 done, 1 set aside"
    assert page.value("at('frames').children[0].firstChild.getAttribute('aria-label')").endswith("set aside")
    assert not (work.folder / "truth.jsonl").exists() or truth.read(work.folder) == []


def test_keys_are_the_pages_again_once_the_mouse_has_chosen(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    page.press("#left")
    until(lambda: page.value("document.activeElement.id") == "left", "the list")
    page.named_key("ArrowDown", 40)
    page.named_key("Enter", 13)
    until(lambda: page.value("now.label.screen_left") != "unknown" and document_has_the_keys(page), "what the mouse chose")
    page.press("#contrast")
    page.press("#subject")
    page.key("Enter")
    assert document_has_the_keys(page)
    page.press("#contrast")
    page.key("n")
    assert page.value("now.label.view") == "none"
    page.saved()


def document_has_the_keys(page: Page) -> bool:
    return bool(page.value("document.activeElement === document.body"))


def test_left_side_and_doubt_by_key_and_left_is_carried_on(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    page.key("5")
    before = page.value("now.label.screen_left")
    page.key("l")
    left = page.value("now.label.screen_left")
    assert left != before
    page.key("s")
    page.key("v")
    assert page.value("[now.label.side, now.label.view_unsure]") == ["right", True]
    page.key("v")
    page.key("n")
    assert page.value("[now.label.screen_left, now.label.view_unsure]") == [left, False]
    page.key("d")
    until(lambda: page.value("now.number") == 1, "the next frame")
    page.value("now.label.screen_left = 'unknown'")  # nobody has stated it of this frame
    page.key("n")
    assert page.value("now.label.screen_left") == left
    page.saved()


def test_a_view_is_exchanged_for_another_while_a_landmark_of_the_first_is_chosen(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    page.key("n")
    page.key("d")
    until(lambda: page.value("now.number") == 1, "the next frame")
    for key, first in (("5", "lamina_cranial"), ("6", "cornu"), ("k", None)):
        page.key(key)
        assert page.value("chosen && chosen[0]") == first
        page.saved()


def test_frames_are_told_apart_in_the_list(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    cases = [("['a_b_01.png', 'a_b_02.png']", 4), ("['000012.png', '000024.png']", 0), ("['a_b.png']", 0), ("['_1.png', '_2.png']", 1)]
    assert [page.value(f"alike({names})") for names, _ in cases] == [begin for _, begin in cases]
    assert page.value("at('frames').children[1].firstChild.children[1].innerText").startswith("2 ")


def test_what_a_file_says_is_never_markup(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    page.open(work.url)
    page.value("at('subject').value = '<img src=x onerror=\"window.bad=1\">'; at('subject').dispatchEvent(new Event('change'))")
    page.saved()
    page.open(work.url)
    assert page.value("at('subject').value").startswith("<img")
    assert page.value("window.bad === undefined && document.querySelectorAll('img').length === 1")


@pytest.mark.skipif(not AXE, reason="TUFFIER_AXE names no axe.min.js: npm pack axe-core")
def test_axe_finds_nothing_serious_or_moderate(browser: Browser, work: Annotating) -> None:
    page = Page(browser)
    rules = Path(AXE).read_text(encoding="utf-8")
    found = []
    for screen in SCREENS:
        for scheme in ("light", "dark"):
            page.open(work.url, screen, scheme)
            page.click("acceptall")
            page.saved()
            browser.do("Runtime.evaluate", expression=rules)
            reply = browser.do("Runtime.evaluate", expression="axe.run().then(r => r.violations)", awaitPromise=True, returnByValue=True)
            for each in reply["result"]["value"]:
                found.append((screen, scheme, each["impact"], each["id"], [node["html"][:120] for node in each["nodes"]][:3]))
    assert [each for each in found if each[2] in ("moderate", "serious", "critical")] == []
