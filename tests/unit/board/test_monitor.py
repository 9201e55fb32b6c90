"""The local page: what it serves and to whom, and that no pixel beside the scan and no digit of a withheld frame is among it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge.board.page import monitor
from edge.board.page.monitor import Look, Monitor, MonitorError, address, picture_of
from edge.board.terminal import Vitals
from edge.catalogue import NOTICE
from edge.guidance.session import Session
from edge.pipeline import Answer, Course, PathState, conclude
from edge.types import Frame, NoScan, Placing, Pointing
from firmware_bridge.wire import Procedure, Reason, Side
from tests.unit import made

SESSION = Session(Procedure.FACET, Side.RIGHT)
VITALS = Vitals(frames=3, frames_per_s=30.0, path_ms=1.0, overwritten=0, link="connected", live=True, device_screen=("FACET",))
PEAKS: dict[str, list[tuple[float, float]]] = {"spinous_process": [(0, 20)], "facet": [(-19, 31), (19, 31)]}


def look(*, frames: int = 4, captured_ns: int = 0) -> Look:
    """After so many agreeing frames; from the third on it points."""
    course = Course(SESSION, made.manifest())
    state, said = PathState(None), None  # type: ignore[arg-type]  # conclude never looks at the screen
    for _ in range(frames):
        state, said = conclude(state, made.scan(captured_ns=captured_ns), made.raw("transverse_facet", PEAKS), Placing(), course, now_ns=captured_ns)
    assert said is not None
    return Look(Frame(0, captured_ns, named_screen()), said, SESSION, VITALS, "auto")


def named_screen() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Grey 60 inside the made scan (20..620 by 10..590), white, as a patient's name is, everywhere else."""
    pixels = np.full((600, 640), 255, np.uint8)
    pixels[10:590, 20:620] = 60
    return pixels


@pytest.fixture
def page() -> Iterator[Monitor]:
    served = Monitor(("127.0.0.1", 0), now_ns=lambda: 50_000_000)
    yield served
    served.close()


def asked(served: Monitor, path: str = "/state.json", *, method: str = "GET", host: str | None = None) -> tuple[int, bytes]:
    place = served.url.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(place, timeout=5)
    connection.request(method, path, headers={"Host": host} if host else {})
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply.status, body


def test_picture_and_numbers_of_one_frame_go_out_together_with_their_age(page: Monitor) -> None:
    page.show(look())
    state = json.loads(asked(page)[1])
    assert state["answer"]["state"] == "pointing"
    assert state["answer"]["depth_mm"] == pytest.approx(31, abs=0.2)
    assert state["age_ms"] == 50
    assert (state["profile"], state["link"], state["device_screen"]) == ("auto", "connected", ["FACET"])
    assert "not validated on patients" in state["notice"]
    assert "DEMO" not in state["notice"]


def test_nothing_beside_the_scan_is_served(page: Monitor) -> None:
    page.show(look())
    picture = json.loads(asked(page)[1])["picture"]
    with Image.open(io.BytesIO(base64.b64decode(picture["jpeg"]))) as image:
        greys = np.asarray(image)
    assert (picture["offset_px"], picture["size_px"]) == ([20, 10], [600, 580])
    assert greys.shape == (580, 600)
    assert greys.max() < 80


def test_a_big_scan_is_sent_smaller_and_says_so() -> None:
    scan = made.scan()
    scan = replace(scan, geometry=replace(scan.geometry, left_px=0, top_px=0, right_px=1900, bottom_px=1000))
    picture = picture_of(Frame(0, 0, np.zeros((1080, 1920), np.uint8)), scan)
    assert picture is not None
    assert (picture["size_px"], picture["frame_px_per_px"]) == ([1900, 1000], 3)


def test_a_withheld_frame_has_no_digit(page: Monitor) -> None:
    page.show(look(frames=1))
    state = json.loads(asked(page)[1])
    assert state["answer"]["state"] == "withheld"
    assert state["answer"]["reason"] == "unsteady"
    assert all(state["answer"][name] is None for name in ("depth_mm", "angle_deg", "insertion_mm", "lateral_mm", "target_px", "pivot_mm"))
    assert state["target_probe_mm"] is None


def test_without_a_scan_there_is_no_picture(page: Monitor) -> None:
    seen = look()
    scan = NoScan(7, 0, Reason.NO_SIGNAL, "no signal: black")
    _, said = conclude(PathState(None), scan, None, Placing(), Course(SESSION, made.manifest()), now_ns=0)  # type: ignore[arg-type]
    page.show(replace(seen, answer=said))
    state = json.loads(asked(page)[1])
    assert state["picture"] is None
    assert (state["answer"]["reason"], state["answer"]["hint"]) == ("no_signal", "no signal: black")


def test_before_the_first_frame_only_the_notice_is_served(page: Monitor) -> None:
    assert json.loads(asked(page)[1]) == {"notice": NOTICE, "answer": None}


ASKED = [
    ("the page", "/", "GET", None, 200),
    ("by localhost", "/", "GET", "localhost:8642", 200),
    ("by IPv6", "/", "GET", "[::1]:8642", 200),
    ("a name that another site points here", "/state.json", "GET", "evil.example", 403),
    ("a name with a port", "/state.json", "GET", "evil.example:80", 403),
    ("this machine's own name", "/", "GET", f"{socket.gethostname()}.local:8642", 200),
    ("a file", "/../../etc/passwd", "GET", None, 404),
    ("a change", "/state.json", "POST", None, 501),
]


@pytest.mark.parametrize(("name", "path", "method", "host", "status"), ASKED)
def test_who_gets_what(page: Monitor, name: str, path: str, method: str, host: str | None, status: int) -> None:
    assert asked(page, path, method=method, host=host)[0] == status, name


def silent_clients(served: Monitor, count: int) -> list[socket.socket]:
    host, port = served.url.removeprefix("http://").rstrip("/").split(":")
    return [socket.create_connection((host, int(port)), timeout=5) for _ in range(count)]


def test_silent_clients_keep_nobody_out(page: Monitor) -> None:
    """A client that has not asked yet gives its place to the next one."""
    silent = silent_clients(page, 3 * monitor.MOST_CLIENTS)
    assert [asked(page)[0] for _ in range(5)] == [200] * 5
    for each in silent:
        each.close()


def test_a_client_that_sends_a_byte_at_a_time_is_ended(page: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "CLIENT_TIMEOUT_S", 0.3)
    (slow,) = silent_clients(page, 1)
    slow.settimeout(0.02)
    ended, end_s = False, time.monotonic() + 10
    while not ended and time.monotonic() < end_s:
        with contextlib.suppress(TimeoutError):
            try:
                slow.sendall(b"a")
                ended = slow.recv(1) == b""
            except ConnectionError:
                ended = True
    assert ended
    slow.close()


def test_health_says_whether_answers_come(page: Monitor) -> None:
    assert asked(page, "/healthz") == (503, b"no answer yet\n")
    page.show(look())
    assert asked(page, "/healthz") == (200, b"ok\n")
    page.show(look(captured_ns=50_000_000 - 3_000_000_000))
    assert asked(page, "/healthz") == (503, b"the newest answer is 3000 ms old\n")


def test_metrics_tell_how_fast_and_nothing_of_the_estimate(page: Monitor) -> None:
    assert asked(page, "/metrics") == (200, b"")
    page.show(look())
    lines = [line.split() for line in asked(page, "/metrics")[1].decode().splitlines() if not line.startswith("#")]
    assert {line[0]: line[1] for line in lines} == {
        "tuffier_frames_total": "3",
        "tuffier_overwritten_total": "0",
        "tuffier_frames_per_second": "30.0",
        "tuffier_path_seconds": "0.001",
        "tuffier_answer_age_seconds": "0.05",
        "tuffier_pointing": "1",
    }


def test_who_finds_no_place_is_told_so(page: Monitor) -> None:
    for _ in range(monitor.MOST_CLIENTS):
        page._server.clients.acquire()
    assert asked(page)[0] == 503
    page._server.clients.release()
    assert asked(page)[0] == 200


@pytest.mark.parametrize("text", ["8642", "nowhere:8642", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MonitorError, match="ADDRESS:PORT"):
        address(text)


def test_a_taken_port_is_named(page: Monitor) -> None:
    host, port = page.url.removeprefix("http://").rstrip("/").split(":")
    with pytest.raises(MonitorError, match="another address or port"):
        Monitor((host, int(port)))


def test_the_page_asks_nobody_else() -> None:
    text = Path(monitor.PAGE).read_text(encoding="utf-8")
    assert "http" not in text.replace("<!doctype html>", "").replace("<html", "")
    assert "not validated on patients" in text


def test_the_look_points() -> None:
    """The tests above mean something: the made look is one that points."""
    said: Answer = look().answer
    assert isinstance(said.guidance, Pointing)
