"""Packets in a stream of bytes: COBS(id, payload, CRC-32) 0x00. Any bytes become messages or Bad; never an exception, never a wrong packet."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from cobs import cobs

from firmware_bridge import wire
from firmware_bridge.wire import Bad, BadCause, Message

CHECKSUM_BYTES = 4
FRAME_MOST_BYTES = 137  # the longest stuffed packet: Screen, 1 + 131 + 4 bytes, and one for stuffing


@dataclass(frozen=True, slots=True)
class DecoderState:
    """Bytes since the last zero; overlong once they are more than any packet has (they are then dropped, not kept)."""

    pending: bytes = b""
    overlong: bool = False


@dataclass(frozen=True, slots=True)
class Stranger:
    """A Hello of another layout: the two sides were built from different descriptions."""

    layout: int


Received = Message | Stranger | Bad


def frame(message: Message) -> bytes:
    """The bytes to write. Raises ValueError naming a field out of range."""
    return frame_packet(wire.encode(message))


def frame_packet(packet: bytes) -> bytes:
    return bytes(cobs.encode(packet + zlib.crc32(packet).to_bytes(CHECKSUM_BYTES, "little"))) + b"\0"


def feed(state: DecoderState, received: bytes) -> tuple[DecoderState, list[Received]]:
    """Bytes in, packets out. An empty frame (two zeros in a row) is no error: a sender starts with one to end what went before."""
    *ended, rest = received.split(b"\0")
    packets: list[Received] = []
    for piece in ended:
        state = _append(state, piece)
        if state.overlong:
            packets.append(Bad(BadCause.OVERLONG))
        elif state.pending:
            packets.append(unframe(state.pending))
        state = DecoderState()
    return _append(state, rest), packets


def _append(state: DecoderState, piece: bytes) -> DecoderState:
    if state.overlong or len(state.pending) + len(piece) > FRAME_MOST_BYTES:
        return DecoderState(overlong=True)
    return DecoderState(state.pending + piece)


def unframe(stuffed: bytes) -> Received:
    """One frame without its zero."""
    try:
        checked = bytes(cobs.decode(stuffed))
    except cobs.DecodeError:
        return Bad(BadCause.STUFFING)
    if len(checked) <= CHECKSUM_BYTES:
        return Bad(BadCause.SHORT)
    packet = checked[:-CHECKSUM_BYTES]
    if zlib.crc32(packet) != int.from_bytes(checked[-CHECKSUM_BYTES:], "little"):
        return Bad(BadCause.CHECKSUM)
    layout = wire.hello_layout(packet)
    if layout is not None and layout != wire.LAYOUT:
        return Stranger(layout)
    return wire.decode(packet)


def configure_digest(configure: wire.Configure | None) -> int:
    """What host and device compare: the CRC-32 of a Configure's payload with session 0, never 0; 0 for none."""
    if configure is None:
        return 0
    return zlib.crc32(replace(configure, session=0).payload()) or 1
