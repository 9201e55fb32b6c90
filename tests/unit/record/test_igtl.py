"""OpenIGTLink as pyigtl's own client receives it, and what becomes of clients that do not read."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.guidance.session import Session
from edge.record import igtl
from edge.record.igtl_server import MOST_CLIENTS, IgtlServer, Shown, place_of
from edge.types import Frame, Pointing, Scan, Withheld
from firmware_bridge.wire import Procedure, Reason, Side
from tests.unit.board.looks import SESSION, look, named_screen

# ECMA-182's check value of the catalogue of parametrised CRC algorithms (CRC-64/ECMA-182)
CHECK = 0x6C40DF5F0B497347


def bitwise(content: bytes) -> int:
    """The check sum by its definition."""
    found = 0
    for octet in content:
        found ^= octet << 56
        for _ in range(8):
            found = (found << 1 ^ (igtl.POLYNOMIAL if found >> 63 else 0)) & igtl.MASK
    return found


def test_the_check_sum_is_the_catalogues() -> None:
    assert igtl.crc64(b"123456789") == CHECK


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=40), st.integers(igtl.SHORT - 2, igtl.SHORT + 2000), st.integers(0, 2**32 - 1))
def test_a_long_check_sum_is_the_short_ones(content: bytes, length: int, seed: int) -> None:
    assert igtl.crc64(content) == bitwise(content)
    long = np.random.default_rng(seed).bytes(length)
    assert igtl.crc64(long) == igtl._crc_of(long)


def shown(*, frames: int = 4, live: bool = True, session: Session = SESSION) -> Shown:
    """An answer whose frame is captured now; from three frames on it points."""
    at_ns = time.monotonic_ns()
    return Shown(Frame(0, at_ns, named_screen()), look(frames=frames, captured_ns=at_ns).answer, session, live)


@pytest.fixture
def server() -> Iterator[IgtlServer]:
    made = IgtlServer(("127.0.0.1", 0))
    yield made
    made.close()


@pytest.fixture
def client(server: IgtlServer) -> Iterator[Any]:
    """pyigtl's client, taught STATUS, which it does not know."""
    pyigtl = pytest.importorskip("pyigtl", reason="pyigtl is not installed")

    class StatusMessage(pyigtl.messages.MessageBase):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._message_type, self._valid_message = "STATUS", True

        def _unpack_content(self, content: bytes) -> None:
            self.code = int.from_bytes(content[:2], "big")
            self.name = content[10:30].rstrip(b"\0").decode()
            self.text = content[30:].rstrip(b"\0").decode()

    pyigtl.messages.message_type_to_class_constructor["STATUS"] = StatusMessage
    made = pyigtl.OpenIGTLinkClient("127.0.0.1", server.port)
    yield made
    made.stop()


def until(seen: Callable[[], Any], within_s: float = 60.0) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.005)
    raise AssertionError("it did not come")


def received(server: IgtlServer, client: Any, name: str, **kind: Any) -> Any:
    """What the client gets under a name while answers like this are shown."""

    def once() -> Any:
        server.show(shown(**kind))
        return client.wait_for_message(name, timeout=0.05)

    return until(once)


def test_the_client_gets_the_scan_in_its_place(server: IgtlServer, client: Any) -> None:
    image = received(server, client, igtl.IMAGE_NAME)
    answer = shown().answer
    assert isinstance(answer.scan, Scan)
    left, top, right, bottom = answer.scan.geometry.box_px
    assert image.image.shape == (1, bottom - top, right - left)
    # nothing beside the scan
    assert image.image.max() == 60
    corner = image.ijk_to_world_matrix @ [0, 0, 0, 1]
    u0, v0 = answer.scan.origin_px
    assert corner[:2] == pytest.approx([(left - u0) * answer.scan.mm_per_px_x, (top - v0) * answer.scan.mm_per_px_y], abs=0.01)
    assert abs(image.timestamp - time.time()) < 60


def test_the_client_gets_the_needle_and_loses_it(server: IgtlServer, client: Any) -> None:
    guidance = shown().answer.guidance
    assert isinstance(guidance, Pointing)
    needle = received(server, client, igtl.NEEDLE_NAME)
    assert needle.matrix[:3, 3] == pytest.approx([*guidance.estimate.target_probe_mm, 0], abs=0.01)
    entry = needle.matrix @ [0, -guidance.estimate.insertion_mm, 0, 1]
    assert entry[0] == pytest.approx(40, abs=0.1), "the needle enters where the session says"
    assert received(server, client, igtl.NEEDLE_NAME, frames=1).matrix[:3, 3] == pytest.approx(igtl.PARKED_MM)


@pytest.mark.parametrize(("frames", "live", "code", "name", "says"), [
    (4, True, igtl.OK, "POINTING", "depth "), (1, True, igtl.NOT_READY, "UNSTEADY", "hold still"), (4, False, igtl.OK, "POINTING", "DEMO, "),
])  # fmt: skip
def test_the_client_gets_the_state(frames: int, live: bool, code: int, name: str, says: str, server: IgtlServer, client: Any) -> None:
    status = until(lambda: (got := received(server, client, igtl.STATUS_NAME, frames=frames, live=live)).name == name and got)
    assert (status.code, status.name, status.text.startswith(says)) == (code, name, True)


def test_an_answer_that_grows_old_is_taken_back_whoever_stands_still(server: IgtlServer, client: Any) -> None:
    received(server, client, igtl.STATUS_NAME)
    # nobody shows anything from here on
    status = until(lambda: (got := client.wait_for_message(igtl.STATUS_NAME, timeout=1)) and got.name == "TOO_OLD" and got)
    assert status.code == igtl.NOT_READY
    assert until(lambda: client.wait_for_message(igtl.NEEDLE_NAME, timeout=1)).matrix[1, 3] == pytest.approx(igtl.PARKED_MM[1])


def test_a_client_that_does_not_read_holds_up_nobody(server: IgtlServer, client: Any) -> None:
    stalled = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2)]
    for _ in range(200):
        # shows and returns, whatever the clients do
        server.show(shown())
    assert received(server, client, igtl.IMAGE_NAME) is not None
    for each in stalled:
        each.close()
    assert received(server, client, igtl.STATUS_NAME) is not None


def test_one_client_too_many_is_let_go_and_a_place_comes_free(server: IgtlServer) -> None:
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(MOST_CLIENTS)]
    until(lambda: len(server._clients) == MOST_CLIENTS)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as late:
        assert late.recv(1) == b""
    held.pop().close()
    until(lambda: len(server._clients) == MOST_CLIENTS - 1)
    for each in held:
        each.close()


@pytest.mark.parametrize(("procedure", "side"), [(Procedure.FACET, Side.RIGHT), (Procedure.CAUDAL, Side.NONE), (Procedure.INTERLAMINAR, Side.NONE)])
def test_the_needles_axis_is_as_long_as_the_insertion_and_begins_on_the_skin(procedure: Procedure, side: Side) -> None:
    session, guidance = Session(procedure, side), shown().answer.guidance
    assert isinstance(guidance, Pointing)
    depth, y_e = guidance.estimate.target_probe_mm[1], 15.0
    if session.approach == "out_of_plane":
        lean = math.degrees(math.atan2(y_e, depth))
        estimate = replace(guidance.estimate, angle_deg=lean, insertion_mm=math.hypot(y_e, depth))
        guidance = replace(guidance, estimate=estimate)
    matrix = igtl.needle_matrix(guidance, session)
    entry = matrix @ [0, -guidance.estimate.insertion_mm, 0, 1]
    assert np.linalg.norm(matrix[:3, 1]) == pytest.approx(1)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1)
    assert entry[1] == pytest.approx(0, abs=0.01)
    if session.approach == "out_of_plane":
        assert entry[2] == pytest.approx(-y_e)


PLACES = [
    ("127.0.0.1:18944", ("127.0.0.1", 18944)), ("[::1]:0", ("::1", 0)), ("18944", None), ("here:18944", None), ("127.0.0.1:", None),
    ("127.0.0.1:70000", None), (":18944", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), PLACES)
def test_where_it_is_served(text: str, place: tuple[str, int] | None) -> None:
    if place is not None:
        assert place_of(text) == place
        return
    with pytest.raises(ValueError, match="ADDRESS:PORT"):
        place_of(text)


def test_withheld_has_no_place() -> None:
    withheld = Withheld(0, 0, Reason.NO_SIGNAL, "no picture")
    assert tuple(igtl.needle_matrix(withheld, SESSION)[:3, 3]) == igtl.PARKED_MM


def test_the_main_job_serves_it_and_ends(tmp_path: Path) -> None:
    pyigtl = pytest.importorskip("pyigtl", reason="pyigtl is not installed")
    words = [sys.executable, "-m", "edge.cli", "run", "--device", "none:", "--igtl", "127.0.0.1:0"]
    job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "HOME": str(tmp_path)})
    assert job.stdout is not None
    port = next(int(line.rsplit(" ", 1)[1]) for line in job.stdout if line.startswith("OpenIGTLink: "))
    client = pyigtl.OpenIGTLinkClient("127.0.0.1", port)
    try:
        assert client.wait_for_message(igtl.NEEDLE_NAME, timeout=60) is not None
        assert client.wait_for_message(igtl.IMAGE_NAME, timeout=60) is not None
    finally:
        client.stop()
        job.terminate()
        job.stdout.read()
        assert job.wait(60) == 0
