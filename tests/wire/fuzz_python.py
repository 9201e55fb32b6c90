"""atheris on the Python decoder: any bytes become messages or Bad, never an exception. Run by fuzz.py python (pip install atheris)."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from firmware_bridge import framing, wire

PACKET_MOST_BYTES = 132


def one(received: bytes) -> None:
    """The bytes as they are, and sealed as a packet: no fuzzer gets past a checksum by chance."""
    state, packets = framing.feed(framing.DecoderState(), received)
    assert len(state.pending) <= framing.FRAME_MOST_BYTES
    if 0 < len(received) <= PACKET_MOST_BYTES:
        packets.append(framing.unframe(framing.frame_packet(received)[:-1]))
    for packet in packets:
        if not isinstance(packet, wire.Bad | framing.Stranger):
            assert wire.decode(wire.encode(packet)) == packet


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
