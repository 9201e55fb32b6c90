"""The local page: what it serves and to whom, what may be asked of it, and that no pixel beside the scan and no digit of a withheld frame is told."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge.board.board import BoardState
from edge.board.check import doctor
from edge.board.page import address as addresses
from edge.board.page import token_file
from edge.board.page.address import AddressError, address, is_loopback, is_own, urls
from edge.board.page.feed import asks, packet
from edge.board.page.feed.asks import Calibrate, Choose, PageAt, Record, Reply, Step, WantPictures, chosen, read
from edge.board.page.feed.feed import Feed
from edge.board.page.feed.look import Look, numbers_of, picture_of, standing_of
from edge.board.page.pictures import Raw, jpeg_of
from edge.board.page.places import Places
from edge.board.page.server import STATIC, metrics_text
from edge.board.page.watcher import numbers_text
from edge.catalogue import NOTICE, VIEWS
from edge.guidance.session import Needle, Session
from edge.pipeline import Course, PathState, conclude
from edge.types import Frame, NoScan, Placing, Pointing, ScreenLeft
from firmware_bridge.link import LinkState
from firmware_bridge.wire import Guard, Procedure, Reason, Side, Status
from tests.unit import made
from tests.unit.board.looks import SESSION, look
from tests.unit.board.served import TOKEN, Served, outside_address, until

BEARER = f"Bearer {TOKEN}"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One page for all who change nothing."""
    served = Served(tmp_path_factory.mktemp("page"))
    yield served
    served.close()


def told(page: Served, seen: Look) -> None:
    """The page has it."""
    page.feed.show(seen)
    assert until(lambda: page.asked("/metrics")[1].count(b"tuffier_frames_total") or page.feed.show(seen))


def lost() -> Look:
    scan = NoScan(7, time.monotonic_ns(), Reason.NO_SIGNAL, "no signal: black")
    _, said = conclude(PathState(None), scan, None, Placing(), Course(SESSION, made.manifest()), now_ns=0)  # type: ignore[arg-type]
    return replace(look(), answer=said)


# what is told


def test_numbers_of_a_pointing_frame_fit_into_a_kilobyte() -> None:
    wide = replace(look().vitals, device_screen=tuple("W" * 30 for _ in range(12)))
    numbers = numbers_of(replace(look(), vitals=wide))
    assert numbers["state"] == "pointing"
    assert numbers["depth_mm"] == pytest.approx(31, abs=0.2)
    assert len(numbers_text({**numbers, "hint": "ä" * 160}).encode()) < 1000
    assert len(json.dumps(standing_of(look(), BoardState())).encode()) < 1000


def test_a_withheld_frame_has_no_digit_and_nothing_drawn() -> None:
    numbers = numbers_of(look(frames=1))
    assert (numbers["state"], numbers["reason"]) == ("withheld", "unsteady")
    assert not {name for name in numbers if name.endswith(("_mm", "_deg"))}
    picture = picture_of(look(frames=1))
    assert picture is not None
    assert picture[0]["overlay"] is None


def test_nothing_beside_the_scan_is_told() -> None:
    picture = picture_of(look())
    assert picture is not None
    greys = np.frombuffer(picture[1], np.uint8)
    assert (picture[0]["size"], greys.max()) == ([600, 580], 60)


def test_without_a_scan_there_is_no_picture() -> None:
    seen = lost()
    assert picture_of(seen) is None
    assert (numbers_of(seen)["reason"], numbers_of(seen)["hint"]) == ("no_signal", "no signal: black")


def test_what_is_drawn_lies_where_the_picture_shows_it() -> None:
    """The made scan begins at (20, 10); its facet on the right lies at x = 19 mm, z = 31 mm; the needle enters at x = 40 mm, z = 0."""
    picture = picture_of(look())
    assert picture is not None
    overlay, origin, scale = picture[0]["overlay"], picture[0]["origin"], picture[0]["mm_per_px"]
    assert origin == [300.5, 0.5]
    target = [(at - begin) * each for at, begin, each in zip(overlay["target"], origin, scale, strict=True)]
    entry = [(at - begin) * each for at, begin, each in zip(overlay["entry"], origin, scale, strict=True)]
    assert target == pytest.approx([19, 31], abs=0.3)
    assert entry == pytest.approx([40, 0], abs=0.3)


def test_a_big_scan_is_told_smaller() -> None:
    seen = look()
    scan = made.scan()
    scan = replace(scan, geometry=replace(scan.geometry, left_px=0, top_px=0, right_px=1900, bottom_px=1000))
    picture = picture_of(replace(seen, frame=Frame(0, 0, np.zeros((1080, 1920), np.uint8)), answer=replace(seen.answer, scan=scan)))
    assert picture is not None
    assert picture[0]["size"] == [634, 334]
    assert picture[0]["mm_per_px"] == pytest.approx([0.6, 0.6])


def test_metrics_tell_nothing_of_the_estimate() -> None:
    lines = metrics_text(numbers_of(look()), standing_of(look(), BoardState()), 50.0, 2).splitlines()
    found = {line.split()[0]: line.split()[1] for line in lines if not line.startswith("#")}
    assert found["tuffier_frames_total"] == "3"
    assert found["tuffier_answer_age_seconds"] == "0.05"
    assert not [name for name in found if "depth" in name or "angle" in name]


def test_each_view_has_a_drawing(quiet: Served) -> None:
    for view in VIEWS:
        status, content, headers = quiet.asked(f"/{view}.svg")
        assert (status, headers["Content-Type"], content[:4]) == (200, "image/svg+xml", b"<svg"), view


def test_the_page_asks_nobody_else_and_says_what_it_is() -> None:
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "http:" not in text, path
        assert "https:" not in text, path
    for name in ("page.html", "sign-in.html"):
        assert "not validated on patients" in (STATIC / name).read_text(encoding="utf-8")


# who gets what

ASKED = [
    ("the page", "/", "GET", {}, 200),
    ("by localhost", "/", "GET", {"Host": "localhost:8642"}, 200),
    ("by IPv6", "/", "GET", {"Host": "[::1]:8642"}, 200),
    ("this machine's own name", "/", "GET", {"Host": f"{socket.gethostname()}.local:8642"}, 200),
    ("a name that another site points here", "/picture", "GET", {"Host": "evil.example"}, 403),
    ("a name with a port", "/", "GET", {"Host": "evil.example:80"}, 403),
    ("another site's script", "/watch", "GET", {"Origin": "http://evil.example"}, 403),
    ("no page at all", "/watch", "GET", {"Origin": "null"}, 403),
    ("a file", "/../../etc/passwd", "GET", {}, 404),
    ("a module", "/server.py", "GET", {}, 404),
    ("a change without the token", "/ask", "POST", {}, 401),
    ("a change with another's token", "/ask", "POST", {"Authorization": "Bearer x"}, 401),
    ("a frozen picture without the token", "/calibration", "GET", {}, 401),
    ("a frozen picture where none is", "/calibration", "GET", {"Authorization": BEARER}, 404),
    ("a calibration without the token", "/ask", "POST", {"Host": "localhost"}, 401),
    ("a sign-in with another's token", "/sign-in", "POST", {}, 403),
    ("a change that is none", "/ask", "POST", {"Authorization": BEARER}, 400),
    ("another verb", "/", "DELETE", {}, 405),
]


@pytest.mark.parametrize(("name", "path", "method", "headers", "status"), ASKED)
def test_who_gets_what(quiet: Served, name: str, path: str, method: str, headers: dict[str, str], status: int) -> None:
    assert quiet.asked(path, method=method, body="{}" if method == "POST" else None, **headers)[0] == status, name


def test_from_another_address_nothing_is_told_without_the_token(tmp_path: Path) -> None:
    """An address of this machine that is not loopback stands for the network."""
    outside = outside_address()
    served = Served(tmp_path, host="0.0.0.0")
    try:
        told(served, look(captured_ns=time.monotonic_ns()))
        for path in ("/", "/watch", "/picture", "/metrics"):
            assert asked_at(outside, served.port, path) == 401, path
        assert asked_at(outside, served.port, "/", Authorization=BEARER) == 200
        assert asked_at(outside, served.port, "/metrics", Cookie=f"tuffier={TOKEN}") == 200
        assert asked_at(outside, served.port, "/healthz") in (200, 503)
    finally:
        served.close()


def asked_at(host: str, port: int, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request("GET", path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_signing_in_gives_a_cookie_that_no_script_reads(quiet: Served) -> None:
    status, _, headers = quiet.asked("/sign-in", method="POST", body=TOKEN)
    assert status == 204
    assert all(word in headers["Set-Cookie"] for word in (f"tuffier={TOKEN}", "HttpOnly", "SameSite=Strict"))


def test_every_answer_is_kept_by_nobody_and_framed_by_nobody(quiet: Served) -> None:
    for path in ("/", "/page.js", "/healthz", "/nothing"):
        headers = quiet.asked(path)[2]
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_the_picture_comes_with_what_is_drawn_on_it(page: Served) -> None:
    stop = threading.Event()
    feeding = threading.Thread(target=lambda: [page.feed.show(look(captured_ns=time.monotonic_ns())) for _ in iter(lambda: stop.wait(0.05), True)])
    feeding.start()
    try:
        assert until(lambda: page.asked("/picture?tier=1")[0] == 200)
        status, content, _ = page.asked("/picture?tier=2")
        while status != 200:
            status, content, _ = page.asked("/picture?tier=2")
    finally:
        stop.set()
        feeding.join()
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    with Image.open(io.BytesIO(content[4 + length :])) as image:
        assert image.size == (300, 290)
    assert header["overlay"]["target"]
    assert 0 <= header["now_ms"] - header["captured_ms"] < 300


def test_health_says_whether_answers_come(page: Served) -> None:
    assert page.asked("/healthz")[:2] == (503, b"no answer yet\n")
    told(page, look(captured_ns=time.monotonic_ns()))
    page.feed.show(look(captured_ns=time.monotonic_ns() - 3_000_000_000))
    assert until(lambda: b"ms old" in page.asked("/healthz")[1])
    assert page.asked("/healthz")[0] == 503


def test_a_main_job_that_has_gone_is_forgotten_at_once(page: Served) -> None:
    told(page, look(captured_ns=time.monotonic_ns()))
    page.feed.stop()
    assert until(lambda: page.asked("/healthz")[1] == b"no answer yet\n")
    assert page.asked("/picture")[0] == 204


# places


WATCHING = (
    b"GET /watch HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def silent_clients(served: Served, count: int) -> list[socket.socket]:
    return [socket.create_connection(("127.0.0.1", served.port), timeout=60) for _ in range(count)]


def test_silent_clients_keep_nobody_out(tmp_path: Path) -> None:
    served = Served(tmp_path, places=Places(most=8, most_each=8))
    silent = silent_clients(served, 24)
    assert [served.asked("/")[0] for _ in range(5)] == [200] * 5
    for each in silent:
        each.close()
    served.close()


def test_a_request_that_is_not_there_in_time_ends(tmp_path: Path) -> None:
    served = Served(tmp_path, places=Places(deadline_s=0.3))
    (slow,) = silent_clients(served, 1)
    slow.sendall(b"GET / HT")
    slow.settimeout(60)
    with contextlib.suppress(ConnectionError):
        assert slow.recv(1) == b""
    slow.close()
    served.close()


def test_who_finds_no_place_is_told_so(tmp_path: Path) -> None:
    served = Served(tmp_path, places=Places(most=1, most_each=1))
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as first:
        first.sendall(WATCHING)
        assert first.recv(12) == b"HTTP/1.1 101"
        assert served.asked("/")[0] == 503
    assert until(lambda: served.asked("/")[0] == 200)
    served.close()


GOT = b"\x81\x89\0\0\0\0" + b'{"got":1}'  # a browser's frame: the numbers before have been read


class Reader(threading.Thread):
    """So many browsers that read all they are told. numbers: how often each was told numbers."""

    def __init__(self, lines: list[socket.socket]) -> None:
        super().__init__(daemon=True)
        self._lines = lines
        self.numbers = dict.fromkeys(lines, 0)

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # until they are closed
            while True:
                for line in select.select(self._lines, [], [], 0.2)[0]:
                    content = line.recv(65536)
                    line.sendall(GOT * (content.count(b'"kind":"numbers"') + content.count(b'"kind":"standing"')))
                    self.numbers[line] += content.count(b'"kind":"numbers"')


def watching(served: Served) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", served.port))
    line.sendall(WATCHING)
    return line


def test_of_fifty_that_look_half_may_stall(page: Served) -> None:
    """The others are told numbers, a newcomer is served, and the main job is held up by none."""
    lines = [watching(page) for _ in range(50)]
    for line in lines[1::4]:
        line.sendall(b"GET /picture HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)  # a stalled one that asks for more and more
    reader, stop = Reader(lines[::2]), threading.Event()
    reader.start()
    feeding = threading.Thread(target=lambda: [page.feed.show(look(captured_ns=time.monotonic_ns())) for _ in iter(lambda: stop.wait(0.05), True)])
    feeding.start()
    try:
        assert until(lambda: min(reader.numbers.values()) >= 5, within_s=60), sorted(reader.numbers.values())
        assert page.asked("/")[0] == 200
        assert page.asked("/healthz")[0] in (200, 503)  # it answers; how old the newest number is depends on the machine
        lines.append(watching(page))
        newcomer = Reader(lines[-1:])
        newcomer.start()
        assert until(lambda: min(newcomer.numbers.values()) >= 2, within_s=60)
    finally:
        stop.set()
        feeding.join()
        for line in lines:
            line.close()


# what may be asked

LINES = [
    ("pictures", b'{"ask": "pictures"}', WantPictures()),
    ("record", b'{"ask": "record", "on": true, "id": 3}', Record(3, True)),
    ("choose", b'{"ask": "choose", "procedure": "facet", "side": "left", "id": 4}', Choose(4, Procedure.FACET, Side.LEFT)),
    ("the page's address", b'{"ask": "page", "address": "http://10.0.0.1:8642/#T"}', PageAt("http://10.0.0.1:8642/#T")),
    ("no address", b'{"ask": "page", "address": ""}', PageAt("")),
    ("an address longer than a code", b'{"ask": "page", "address": "' + b"a" * 54 + b'"}', None),
    ("a number for an address", b'{"ask": "page", "address": 1}', None),
    ("no side", b'{"ask": "choose", "procedure": "caudal", "side": null, "id": 4}', Choose(4, Procedure.CAUDAL, Side.NONE)),
    ("a frozen frame", b'{"ask": "calibrate", "step": "look", "id": 5}', Calibrate(5, Step.LOOK)),
    (
        "two points", b'{"ask": "calibrate", "step": "propose", "points": [[1, 2.5], [1, 90]], "depth_mm": 40, "left": "cranial", "id": 6}',
        Calibrate(6, Step.PROPOSE, ((1.0, 2.5), (1.0, 90.0)), 40.0, ScreenLeft.CRANIAL),
    ),
    ("no points", b'{"ask": "calibrate", "step": "propose", "points": null, "left": "unknown", "id": 6}', Calibrate(6, Step.PROPOSE)),
    ("one point", b'{"ask": "calibrate", "step": "propose", "points": [[1, 2]], "depth_mm": 40, "left": "unknown"}', None),
    ("no number", b'{"ask": "calibrate", "step": "propose", "points": [[1, 2], [NaN, 9]], "depth_mm": 40, "left": "unknown"}', None),
    ("a place to write to", b'{"ask": "calibrate", "step": "save", "out": "/etc/passwd"}', None),
    ("unlock", b'{"ask": "unlock"}', None),
    ("an unknown procedure", b'{"ask": "choose", "procedure": "knee", "side": null}', None),
    ("a number for a switch", b'{"ask": "record", "on": 1}', None),
    ("a list", b"[]", None),
    ("too long", b'{"ask": "pictures"}' + b" " * asks.MOST_ASK_BYTES, None),
]


@pytest.mark.parametrize(("name", "line", "expected"), LINES)
def test_lines_of_the_page(name: str, line: bytes, expected: object) -> None:
    assert read(line) == expected, name


@given(st.binary(max_size=500))
def test_any_line_is_an_ask_or_none(line: bytes) -> None:
    """Never an exception: the page is met by the network."""
    assert read(line) is None or line


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), st.binary(max_size=100))
def test_packets_come_back(header: dict[str, object], content: bytes) -> None:
    whole = packet.packed(header, content)
    header_bytes, content_bytes = packet.lengths_of(whole[:8])
    assert packet.header_of(whole[8 : 8 + header_bytes]) == header
    assert whole[8 + header_bytes :] == content
    assert content_bytes == len(content)


FREE = LinkState(status=Status(guard=Guard.DISARMED))
CHOICES = [
    ("no device", Choose(1, Procedure.CAUDAL, Side.NONE), None, None, Session(Procedure.CAUDAL)),
    ("a free device", Choose(1, Procedure.FACET, Side.LEFT), FREE, None, Session(Procedure.FACET, Side.LEFT)),
    ("no side", Choose(1, Procedure.FACET, Side.NONE), FREE, None, "choose the patient's side too"),
    ("no procedure", Choose(1, Procedure.NONE, Side.NONE), FREE, None, "name a procedure"),
    ("the device's buttons chose", Choose(1, Procedure.CAUDAL, Side.NONE), replace(FREE, procedure=Procedure.FACET), None, "buttons have chosen"),
    *(
        (f"{guard.name}", Choose(1, Procedure.CAUDAL, Side.NONE), LinkState(status=Status(guard=guard)), None, "bracket is not free")
        for guard in Guard
        if guard is not Guard.DISARMED
    ),
    ("out of plane with a bracket", Choose(1, Procedure.INTERLAMINAR, Side.NONE), FREE, (45.0, -35.0), "with the bracket"),
]


@pytest.mark.parametrize(("name", "ask", "device", "pivot", "expected"), CHOICES)
def test_the_page_chooses_only_where_the_device_lets_it(
    name: str, ask: Choose, device: LinkState | None, pivot: tuple[float, float] | None, expected: Session | str
) -> None:
    found = chosen(ask, Session(Procedure.FACET, Side.RIGHT, Needle(pivot_mm=pivot)), device)
    assert found == expected or (isinstance(expected, str) and isinstance(found, str) and expected in found), name


def test_an_ask_goes_to_the_main_job_and_its_reply_back(page: Served) -> None:
    told(page, look(captured_ns=time.monotonic_ns()))
    answers: list[tuple[int, bytes]] = []
    body = '{"ask": "choose", "procedure": "caudal", "side": null}'
    asking = threading.Thread(target=lambda: answers.append(page.asked("/ask", method="POST", body=body, Authorization=BEARER)[:2]))
    asking.start()
    ask = page.feed.choices.take(60)
    assert ask is not None
    assert (ask.procedure, ask.side) == (Procedure.CAUDAL, Side.NONE)
    page.feed.reply(Reply(ask.ask_id, False, "not now"))
    asking.join(60)
    assert answers[0][0] == 200
    assert json.loads(answers[0][1]) == {"done": False, "text": "not now"}


def test_without_a_main_job_an_ask_is_refused(page: Served) -> None:
    page.feed.stop()
    assert until(lambda: b"does not run" in page.asked("/ask", method="POST", body='{"ask": "record", "on": true}', Authorization=BEARER)[1])


def test_a_page_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    """A socket that is accepted and never read: show() returns at once, and stop() too."""
    path = tmp_path / "feed.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        feed = Feed(path)
        feed.start()
        met, _ = listening.accept()
        met.sendall(b'{"ask": "pictures"}\n' + b"x" * 100)
        for _ in range(500):
            feed.show(look())
        feed.stop()
        assert not feed.is_alive()
        met.close()


# address and token


@pytest.mark.parametrize("text", ["8642", "nowhere:8642", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AddressError, match="ADDRESS:PORT"):
        address(text)


def test_a_taken_port_is_named(page: Served, tmp_path: Path) -> None:
    from edge.board.page.command import page_command

    with pytest.raises(AddressError, match="another address or port"):
        page_command(["--page", f"127.0.0.1:{page.port}", "--socket", str(tmp_path / "other.sock")])


def test_the_page_ends_by_itself_while_somebody_looks(tmp_path: Path) -> None:
    """A browser that never closes its line does not hold the page up until it is killed."""
    words = [sys.executable, "-m", "edge.cli", "page", "--page", "127.0.0.1:0", "--socket", str(tmp_path / "feed.sock")]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as job:
        assert job.stdin is not None
        assert job.stdout is not None
        port = int(urlsplit(job.stdout.readline().removeprefix("page: ").strip()).port or 0)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as looking:
            looking.sendall(WATCHING)
            assert looking.recv(12) == b"HTTP/1.1 101"
            job.stdin.close()
            assert job.wait(45) == 0  # aiohttp's own patience is 60 s


def test_doctor_refuses_an_address_of_another_machine() -> None:
    row = doctor._page("203.0.113.1:8642")
    assert (row.status, "another address" in row.cure) == (doctor.Status.FAIL, True)


def token_words(folder: Path) -> tuple[str, str]:
    """As somebody who is not root, where the tests are."""
    before = os.geteuid()
    os.seteuid(before or 65534)
    try:
        return doctor._token((folder,))
    finally:
        os.seteuid(before)


def test_doctor_sends_to_sudo_only_who_may_not_read_the_token(tmp_path: Path) -> None:
    """Root, too early or for another user's page, was told to run what it had just run."""
    made, hidden = tmp_path / "made", tmp_path / "hidden"
    made.mkdir()
    (made / "token").write_text("T\n")
    hidden.mkdir(mode=0o000)
    assert doctor._token((tmp_path / "none", made)) == ("T", "")
    assert "sudo" not in doctor._token((tmp_path / "none",))[1]
    assert "run this again" in doctor._token((tmp_path / "none",))[1]
    assert token_words(hidden) == ("", "; with its token: `sudo tuffier doctor`")


@pytest.mark.parametrize(("status", "says"), [(0, "just starting: run this again"), (3, "sudo systemctl start tuffier-page")])
def test_doctor_does_not_start_a_page_that_starts(status: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = tmp_path / "systemctl"
    manager.write_text(f"#!/bin/sh\nexit {status}\n")
    manager.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert says in doctor._page("127.0.0.1:0").found


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False), ("", False)])
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_names_of_this_machine() -> None:
    own = socket.gethostname()
    assert all(is_own(name) for name in (own, f"{own.partition('.')[0]}.local:8642", "localhost", "10.0.0.1:80", "[fe80::1]"))
    assert not any(is_own(name) for name in ("evil.example", f"{own}.evil.example", "", "local"))


def test_the_token_stands_behind_the_hash_where_no_log_has_it() -> None:
    assert urls("127.0.0.1", 8642, "T") == ["http://127.0.0.1:8642/#T"]
    assert urls("::1", 1, "") == ["http://[::1]:1/"]
    assert urls("0.0.0.0", 8642, "T")[-1].endswith(".local:8642/#T")


PLACES = [
    ("an address", "10.0.0.1", "T", "http://10.0.0.1:8642/#T"),
    ("the longest of them", "192.168.100.123", "t" * 24, "http://192.168.100.123:8642/#" + "t" * 24),
    ("one more than a code holds", "192.168.100.123", "t" * 25, ""),
    ("this machine alone", "127.0.0.1", "T", ""),
    ("the same", "::1", "T", ""),
    ("without a token", "10.0.0.1", "", ""),
]


@pytest.mark.parametrize(("name", "host", "token", "expected"), PLACES, ids=[case[0] for case in PLACES])
def test_what_the_device_may_show_of_the_page(name: str, host: str, token: str, expected: str) -> None:  # noqa: ARG001
    assert addresses.told_to_device(host, 8642, token, most=asks.MOST_ADDRESS) == expected


def test_an_address_by_name_where_that_by_number_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_reached", lambda _host: "192.168.100.123")
    monkeypatch.setattr(addresses.socket, "gethostname", lambda: "pi")
    assert addresses.told_to_device("0.0.0.0", 18642, "t" * 24, most=asks.MOST_ADDRESS) == "http://pi.local:18642/#" + "t" * 24


def test_the_main_job_knows_the_page_s_address_while_that_is_there(tmp_path: Path) -> None:
    """For the device, when somebody asks there: the page alone may meet the network and read its token."""
    served = Served(tmp_path, host="0.0.0.0")
    try:
        served.feed.show(look())
        assert until(lambda: served.feed.page_address != "")
        assert served.feed.page_address == addresses.told_to_device("0.0.0.0", served.port, TOKEN, most=asks.MOST_ADDRESS)
        served.end_page()
        assert until(lambda: served.feed.page_address == "")
    finally:
        served.close()


def test_a_browser_cannot_put_an_address_on_the_device(page: Served) -> None:
    body = '{"ask": "page", "address": "http://10.9.9.9/"}'
    assert page.asked("/ask", method="POST", body=body, Authorization=BEARER)[0] == 400
    assert page.feed.page_address == ""


def test_a_board_on_a_cable_without_a_way_on_is_told_by_its_address() -> None:
    """What a default route leads to is asked first; without one the machine's own addresses are looked at."""
    outside = outside_address()
    assert addresses._of_a_cable() not in ("", "127.0.0.1")
    assert addresses._reached("0.0.0.0") == outside


def test_the_token_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = token_file.token(tmp_path / "page")
    assert token_file.token(tmp_path / "page") == first
    assert len(first) >= 24
    assert (tmp_path / "page" / "token").stat().st_mode & 0o777 == 0o600
    assert "▀" in token_file.qr_lines(f"http://10.0.0.1:8642/#{first}")


def test_jpegs_keep_their_shape() -> None:
    raw = Raw({"size": [600, 300]}, bytes(180_000))
    assert raw.sound
    assert not Raw({"size": [600, 300]}, b"").sound
    for tier, size in enumerate([(600, 300), (480, 240), (300, 150)]):
        with Image.open(io.BytesIO(jpeg_of(raw, tier))) as image:
            assert image.size == size


def test_the_look_points() -> None:
    """The tests above mean something: the made look is one that points."""
    assert isinstance(look().answer.guidance, Pointing)
    assert "not validated" in NOTICE
