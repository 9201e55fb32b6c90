"""A port's line (c/src/tuffier_line.c): the interrupt's bytes come to the loop in their order, and the device's to the UART."""

from __future__ import annotations

import ctypes
import struct
import subprocess
from collections import deque

import pytest
from core import C_FOLDER, COMPILER, NO_COMPILER, WARNINGS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RECEIVED = 512  # TF_LINE_RECEIVED
LINE_BYTES = 4096  # more than a tf_line takes: `in` and `out` come first
DEVICE_BYTES = 16384


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    if COMPILER is None:
        pytest.skip(NO_COMPILER)
    built = tmp_path_factory.mktemp("line") / "line.so"
    sources = map(str, sorted((C_FOLDER / "src").glob("*.c")))
    subprocess.run([COMPILER, *WARNINGS, "-O1", "-shared", "-fPIC", f"-I{C_FOLDER / 'src'}", *sources, "-o", str(built)], check=True)
    return ctypes.CDLL(str(built))


class Line:
    """One tf_line whose counts begin at `count`."""

    def __init__(self, library: ctypes.CDLL, count: int) -> None:
        self._library = library
        self._line = ctypes.create_string_buffer(struct.pack("<II", count, count), LINE_BYTES)
        self._byte = ctypes.c_uint8()

    def put(self, byte: int) -> None:
        self._library.tf_line_put(self._line, ctypes.c_uint8(byte))

    def get(self) -> int | None:
        there = ctypes.c_bool(self._library.tf_line_get(self._line, ctypes.byref(self._byte)) & 1)
        return self._byte.value if there else None

    def take(self, device: ctypes.Array[ctypes.c_char]) -> int | None:
        there = ctypes.c_bool(self._library.tf_line_take(self._line, device, ctypes.byref(self._byte)) & 1)
        return self._byte.value if there else None


BURSTS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 700)), max_size=5)  # so many come, so many are asked for


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.sampled_from([0, 1, 2**32 - 5, 2**32 - RECEIVED, 2**31]), bursts=BURSTS)
def test_bytes_come_in_their_order_and_a_full_line_loses_the_newest(library: ctypes.CDLL, count: int, bursts: list[tuple[int, int]]) -> None:
    """Whatever comes and goes when, and where the counts wrap."""
    line, model, sent = Line(library, count), deque[int](), 0
    for coming, going in bursts:
        for _ in range(coming):
            sent += 1
            line.put(sent % 251)
            if len(model) < RECEIVED:
                model.append(sent % 251)
        for _ in range(going):
            assert line.get() == (model.popleft() if model else None)


def test_what_a_device_says_goes_out_once_in_its_order(library: ctypes.CDLL) -> None:
    """tf_device's outbox is filled where it stands: no session is needed to say something."""
    device, line = ctypes.create_string_buffer(DEVICE_BYTES), Line(library, 0)
    taken = ctypes.create_string_buffer(RECEIVED)
    greeting = packed_hello(library, device)
    assert len(greeting) > 40
    device = ctypes.create_string_buffer(DEVICE_BYTES)
    boot(library, device)
    out = [line.take(device) for _ in range(len(greeting) + 3)]
    assert bytes(byte for byte in out if byte is not None) == greeting
    assert out[-3:] == [None, None, None]
    assert library.tf_device_take(device, taken, ctypes.c_size_t(RECEIVED)) == 0


STORAGE = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_void_p, ctypes.c_size_t)
NOTHING_KEPT = STORAGE(lambda *_: False)


def boot(library: ctypes.CDLL, device: ctypes.Array[ctypes.c_char]) -> None:
    built = ctypes.create_string_buffer(256)
    storage = (ctypes.c_void_p * 3)(*(ctypes.cast(NOTHING_KEPT, ctypes.c_void_p).value for _ in range(2)), None)
    library.tf_device_boot(device, built, storage, ctypes.c_uint32(1), ctypes.c_uint8(0), ctypes.c_uint8(0), ctypes.c_uint32(0))


def packed_hello(library: ctypes.CDLL, device: ctypes.Array[ctypes.c_char]) -> bytes:
    """All that a device says by itself after its boot."""
    boot(library, device)
    said = ctypes.create_string_buffer(RECEIVED)
    size = library.tf_device_take(device, said, ctypes.c_size_t(RECEIVED))
    return said.raw[:size]
