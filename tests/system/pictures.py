"""Makes the pictures of the documents from what really runs: the page in Debian's chromium, the device's display, a recording's overlay.

    python -m tests.system.pictures [FOLDER]     default: docs
"""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops

from edge.record import overlay
from edge.source import sources
from firmware_bridge import wire
from firmware_bridge.link import Link, Outgoing
from firmware_bridge.sim import SimDevice
from tests.unit.board.browser import Browser

PAGE_PX = (1000, 760)
PLACE = "127.0.0.1:8657"
WITHIN_S = 120.0
BACKGROUND = (245, 245, 245)
GAP_PX, QUALITY = 12, 72


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not seen():
        if time.monotonic() > end:
            raise TimeoutError("what is to be pictured never came")
        time.sleep(0.02)


def first_screen() -> Image.Image:
    """Page and display of one moment, in which the demonstration points."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("pictures: chromium is missing: sudo apt install chromium")
    with SimDevice() as device, tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "edge.cli", "monitor", "--demo", "--device", device.port_path, "--page", PLACE]
        job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        browser = Browser(program, Path(folder))
        try:
            browser.do("Emulation.setDeviceMetricsOverride", width=PAGE_PX[0], height=PAGE_PX[1], deviceScaleFactor=1, mobile=False)
            browser.open(_address(job))
            taken: list[Image.Image] = []
            until(lambda: _taken(browser, device, taken))
            return taken[0]
        finally:
            browser.close()
            job.terminate()
            job.wait(30)


def _taken(browser: Browser, device: SimDevice, into: list[Image.Image]) -> bool:
    """Whether page and display were caught while both had numbers, before and after."""

    def points() -> bool:
        page = str(browser.value("document.body.innerText")).upper()
        mirrored = browser.value("/[0-9] mm/.test(document.getElementById('mirror').textContent)")  # the device tells its words a little later
        return "POINTING" in page and bool(mirrored) and any("mm" in line for line in device.screen_lines())

    if not points():
        return False
    # a picture takes this browser longer than a page may show numbers: its clock stands still meanwhile
    browser.do("Emulation.setScriptExecutionDisabled", value=True)
    page = base64.b64decode(browser.do("Page.captureScreenshot", format="png")["data"])
    display = device.picture()
    browser.do("Emulation.setScriptExecutionDisabled", value=False)
    if _coloured(page):
        into.append(_beside(Image.open(io.BytesIO(page)), Image.open(io.BytesIO(display))))
    return bool(into)


def _coloured(page: bytes) -> bool:
    """Whether target or needle are on the picture: the scan is grey, and its frame too."""
    with Image.open(io.BytesIO(page)) as picture:
        scan = picture.convert("RGB").crop((20, 60, picture.width // 2, picture.height - 20))
    red, green, blue = (band.getextrema()[1] for band in scan.split())
    return max(red, green, blue) > 200 and ImageChops.difference(scan.getchannel(0), scan.getchannel(2)).getextrema()[1] > 80


def _address(job: subprocess.Popen[str]) -> str:
    """The page's, from the line that says it."""
    assert job.stdout is not None
    for line in job.stdout:
        if found := re.search(r"https?://\S+", line):
            return found[0]
    raise RuntimeError("the main job ended before it said where its page is")


def _beside(page: Image.Image, display: Image.Image) -> Image.Image:
    """The page, with the display under it."""
    sheet = Image.new("RGB", (page.width, page.height + display.height + 2 * GAP_PX), BACKGROUND)
    sheet.paste(page.convert("RGB"), (0, 0))
    sheet.paste(display.convert("RGB"), ((page.width - display.width) // 2, page.height + GAP_PX))
    return sheet


def answered() -> Image.Image:
    """The demonstration's overlay, in the middle of the stretch that points."""
    told = [told["state"] == "pointing" for _, told in sources.recording.read_answers(sources.BUNDLED)]
    middle = [index for index, points in enumerate(told) if points][sum(told) // 2]
    shown = [picture for _, picture in overlay.pictures(sources.BUNDLED)]
    return Image.fromarray(shown[min(middle, len(shown) - 1)])


def labelling() -> Image.Image:
    """The page of `tuffier annotate` on the demonstration's first frame, its proposals taken over."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["annotate", "recording:demonstration", "--every-s", "2", "--out", f"{folder}/frames", "--port", "0"]
        job = subprocess.Popen([sys.executable, "-m", "edge.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        browser = Browser(shutil.which("chromium") or "chromium", Path(folder) / "chromium")
        try:
            browser.do("Emulation.setDeviceMetricsOverride", width=1280, height=760, deviceScaleFactor=1, mobile=False)
            browser.open(_address(job))
            until(lambda: bool(browser.value("typeof now === 'object' && now !== null && size[0] > 1")))
            browser.value("acceptAll()")
            until(lambda: browser.value("at('saved').textContent") == "all saved")
            browser.value("at('where').textContent = 'frames'")
            return Image.open(io.BytesIO(base64.b64decode(browser.do("Page.captureScreenshot", format="png")["data"]))).convert("RGB")
        finally:
            browser.close()
            job.terminate()
            job.wait(30)


def page_code() -> Image.Image:
    """The device's display when it was asked for the page's address, of a host that sees no scanner."""
    nobody = wire.Guidance(procedure=wire.Procedure.FACET, side=wire.Side.RIGHT, picture=wire.Picture.LIVE, reason=wire.Reason.NO_SIGNAL)

    def unseen(timeout_s: float) -> Outgoing:
        time.sleep(timeout_s)
        return Outgoing(nobody, time.monotonic_ns())

    with SimDevice() as device:
        link = Link(device.port_path, unseen, lambda _: None, page_address=lambda: "http://10.0.0.7:8642/#not-a-token-of-any-board")
        link.start()
        try:
            until(lambda: "NO SIGNAL" in "".join(device.screen_lines()))
            device.tell("press procedure")
            until(lambda: device.shown is wire.Shown.CODE)
            return Image.open(io.BytesIO(device.picture()))
        finally:
            link.stop()


def main() -> int:
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).resolve().parents[2] / "docs"
    for name, made in (("overlay.jpg", answered()), ("annotate.jpg", labelling()), ("first-screen.jpg", first_screen())):
        made.thumbnail((900, 1200))
        made.save(folder / name, quality=QUALITY, optimize=True)
        print(f"{folder / name}: {made.width} x {made.height}, {(folder / name).stat().st_size // 1000} kB")
    page_code().save(folder / "page-code.png", optimize=True)  # a JPEG's edges would blur the modules
    return 0


if __name__ == "__main__":
    sys.exit(main())
