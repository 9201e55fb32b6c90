"""The Python codec against wire.toml: generated files are fresh, vectors hold, any bytes become messages or Bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import framing, generate, wire
from firmware_bridge.wire import Bad, BadCause

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wire.json").read_text())["vectors"]


def test_generated_files_are_those_of_wire_toml() -> None:
    assert generate.main(["--check"]) == 0


def message_of(vector: dict) -> wire.Message:
    return getattr(wire, vector["message"])(**vector["fields"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden_vectors(vector: dict) -> None:
    packet = bytes.fromhex(vector["packet"])
    assert wire.encode(message_of(vector)) == packet
    assert wire.decode(packet) == message_of(vector)
    assert framing.frame_packet(packet).hex() == vector["frame"]


def test_longest_frame_is_the_one_that_fits() -> None:
    assert max(len(bytes.fromhex(v["frame"])) for v in VECTORS) - 1 == framing.FRAME_MOST_BYTES


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_become_messages_or_bad_however_they_are_cut(received: bytes, cut: int) -> None:
    _, whole = framing.feed(framing.DecoderState(), received)
    state, pieces = framing.DecoderState(), []
    for start in range(0, len(received), cut):
        state, packets = framing.feed(state, received[start : start + cut])
        pieces += packets
    assert pieces == whole


BAD_ROLE = b"\x01\x63" + wire.encode(wire.Hello(layout=wire.LAYOUT))[2:]
GOOD = framing.frame(wire.Guidance(frame_id=7))
CASES = [
    ("nothing", b"", []),
    ("only zeros", b"\0\0\0", []),
    ("half a frame", GOOD[:9], []),
    ("code beyond the end", b"\x09\x01\0", [Bad(BadCause.STUFFING)]),
    ("no room for a checksum", b"\x05\x01\x02\x03\x04\0", [Bad(BadCause.SHORT)]),
    ("a flipped bit", GOOD[:9] + bytes((GOOD[9] ^ 0x10,)) + GOOD[10:], [Bad(BadCause.CHECKSUM)]),
    ("an unknown id", framing.frame_packet(b"\x63abc"), [Bad(BadCause.UNKNOWN_ID)]),
    ("a byte too many", framing.frame_packet(wire.encode(wire.Heartbeat()) + b"\0"), [Bad(BadCause.LENGTH)]),
    ("an enum beyond its members", framing.frame_packet(BAD_ROLE), [Bad(BadCause.RANGE)]),
    ("code one beyond the end", b"\x04\x01\x02\0", [Bad(BadCause.STUFFING)]),
    ("as long as the longest", b"\x01" * framing.FRAME_MOST_BYTES + b"\0", [Bad(BadCause.CHECKSUM)]),
    ("a byte longer", b"\x01" * (framing.FRAME_MOST_BYTES + 1) + b"\0", [Bad(BadCause.OVERLONG)]),
    ("good after endless", b"\x01" * 500 + b"\0" + GOOD, [Bad(BadCause.OVERLONG), wire.Guidance(frame_id=7)]),
    ("another layout and no more", framing.frame_packet(wire.encode(wire.Hello(layout=wire.LAYOUT ^ 1))[:7]), [framing.Stranger(wire.LAYOUT ^ 1)]),
    ("endless", b"\x01" * 500 + b"\0", [Bad(BadCause.OVERLONG)]),
    ("another layout", framing.frame(wire.Hello(layout=wire.LAYOUT ^ 1)), [framing.Stranger(wire.LAYOUT ^ 1)]),
    ("good after garbage", b"\xfe\xed\0" + GOOD, [Bad(BadCause.STUFFING), wire.Guidance(frame_id=7)]),
]


@pytest.mark.parametrize(("name", "received", "expected"), CASES, ids=[case[0] for case in CASES])
def test_damaged_bytes(name: str, received: bytes, expected: list[framing.Received]) -> None:  # noqa: ARG001
    assert framing.feed(framing.DecoderState(), received)[1] == expected


def test_a_field_out_of_range_is_not_sent() -> None:
    with pytest.raises(ValueError, match="depth_tenths_mm = 2001"):
        wire.encode(wire.Guidance(depth_tenths_mm=2001))
