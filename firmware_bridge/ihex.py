"""A linked AVR program as the Intel .hex file that its bootloader takes: 16 bytes a line.

Source: Intel, Hexadecimal Object File Format Specification, revision A, 1988.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware_bridge.uf2 import Uf2Error, segments

LINE_SIZE = 16
DATA, END, SEGMENT = 0, 1, 2
BANK = 0x10000
FLASH_SIZE = 0x40000  # of an ATmega2560; what an ELF file has above it is RAM, EEPROM, fuses


class HexError(ValueError):
    """What was linked is no image for this chip; the text says why."""


def hex_from_elf(elf: bytes) -> bytes:
    """The .hex of an ELF file's flash. The same bytes in, the same bytes out. Raises HexError."""
    try:
        loaded = sorted((at, content) for at, content in segments(elf) if at < FLASH_SIZE)
    except Uf2Error as error:
        raise HexError(str(error)) from error
    if not loaded:
        raise HexError("nothing lies in flash")
    return b"".join(line for at, content in loaded for line in _lines(at, content)) + _line(END, 0, b"")


def _lines(start: int, content: bytes) -> Iterator[bytes]:
    """No line reaches over a bank's end, since its address has 16 bits; each bank begins with its own address."""
    at, bank = start, -1
    while at < start + len(content):
        if at // BANK != bank:
            bank = at // BANK
            yield _line(SEGMENT, 0, (bank * BANK >> 4).to_bytes(2, "big"))
        size = min(LINE_SIZE, BANK - at % BANK, start + len(content) - at)
        yield _line(DATA, at % BANK, content[at - start : at - start + size])
        at += size


def _line(kind: int, address: int, content: bytes) -> bytes:
    """Length, address, kind, bytes, and what makes the sum of all 0."""
    packed = bytes([len(content)]) + address.to_bytes(2, "big") + bytes([kind]) + content
    return b":" + (packed + bytes([-sum(packed) & 0xFF])).hex().upper().encode() + b"\n"
