"""A linked RP2040 program as the .uf2 file that its boot ROM takes: 256 bytes a block, the boot stage's checksum filled in.

Sources: the UF2 file format (github.com/microsoft/uf2), the ELF header of 32 bits, RP2040 datasheet 2.8.1.3.1 (checksum).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

FAMILY_RP2040 = 0xE48BFF56
FLASH = 0x10000000
BLOCK_SIZE = 256
BOOT_SIZE = 256
MAGIC = (0x0A324655, 0x9E5D5157, 0x0AB16F30)
FAMILY_FLAG = 0x2000
LOADED = 1


class Uf2Error(ValueError):
    """What was linked is no image for this chip; the text says why."""


def uf2_from_elf(elf: bytes) -> bytes:
    """The .uf2 of an ELF file whose segments lie in flash. The same bytes in, the same bytes out. Raises Uf2Error."""
    flash = bytearray(flash_image(elf))
    flash[BOOT_SIZE - 4 : BOOT_SIZE] = struct.pack("<I", boot_checksum(bytes(flash[: BOOT_SIZE - 4])))
    return b"".join(_blocks(bytes(flash)))


def flash_image(elf: bytes) -> bytes:
    """What lies in flash from its start, gaps filled with zeros. Raises Uf2Error."""
    flash = bytearray()
    for address, content in segments(elf):
        at = address - FLASH
        if not 0 <= at < 1 << 24:
            raise Uf2Error(f"a segment lies at {address:#x}, which is not flash")
        flash.extend(bytes(max(0, at + len(content) - len(flash))))
        flash[at : at + len(content)] = content
    if len(flash) <= BOOT_SIZE:
        raise Uf2Error("nothing lies behind the boot stage")
    return bytes(flash) + bytes(-len(flash) % BLOCK_SIZE)


def segments(elf: bytes) -> Iterator[tuple[int, bytes]]:
    """(load address, content) of each loaded segment. Raises Uf2Error where this is no 32-bit little-endian ELF file."""
    if elf[:6] != b"\x7fELF\x01\x01":
        raise Uf2Error("no ELF file of 32 bits")
    (headers_at,) = struct.unpack_from("<I", elf, 28)
    size, count = struct.unpack_from("<HH", elf, 42)
    for n in range(count):
        kind, offset, _, physical, in_file = struct.unpack_from("<5I", elf, headers_at + n * size)
        if kind == LOADED and in_file:
            yield physical, elf[offset : offset + in_file]


def boot_checksum(content: bytes) -> int:
    """CRC-32 with polynomial 0x04C11DB7, most significant bit first, from all ones, nothing inverted at the end."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc


def _blocks(flash: bytes) -> Iterator[bytes]:
    count = len(flash) // BLOCK_SIZE
    for n in range(count):
        content = flash[n * BLOCK_SIZE : (n + 1) * BLOCK_SIZE]
        head = struct.pack("<8I", MAGIC[0], MAGIC[1], FAMILY_FLAG, FLASH + n * BLOCK_SIZE, BLOCK_SIZE, n, count, FAMILY_RP2040)
        yield head + content.ljust(476, b"\0") + struct.pack("<I", MAGIC[2])
