"""How large a picture is that JPEG, JPEG-LS or JPEG 2000 bytes hold, from their first header alone: before a decoder takes memory for it."""

from __future__ import annotations

import struct

JPEG, SIZE_OF_J2K = b"\xff\xd8", b"\xff\x4f\xff\x51"
# start of frame: all SOFn of ITU-T T.81 but DHT (C4), JPG (C8) and DAC (CC), and JPEG-LS's (F7)
FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment


def coded_size(coded: bytes) -> tuple[int, int] | None:
    """(columns, rows), or None for what is none of these. Raises ValueError for one without its header."""
    if coded[:2] == JPEG:
        return _jpeg_size(coded)
    if coded[:4] == SIZE_OF_J2K:
        # SIZ (T.800, A.5.1): length, capabilities, width, height, offsets of the picture in its grid
        width, height, left, top = struct.unpack_from(">4I", coded.ljust(24, b"\0"), 8)
        return width - left, height - top
    return None


def _jpeg_size(coded: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(coded):
        if coded[at] != 0xFF:
            break
        marker = coded[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in ALONE:
            at += 2
        elif marker in FRAMES:
            rows, columns = struct.unpack_from(">2H", coded, at + 5)
            return columns, rows
        else:
            at += 2 + max(2, int.from_bytes(coded[at + 2 : at + 4], "big"))
    raise ValueError("a JPEG without a header: it is damaged")
