"""Packets of the socket between main job and page: two lengths, a JSON header, bytes."""

from __future__ import annotations

import json
import struct
from typing import Any

LENGTHS = struct.Struct("<II")
MOST_HEADER_BYTES = 64_000
MOST_CONTENT_BYTES = 2_000_000  # a scan of 720 by 720 pixels is 518,400


class PacketError(ValueError):
    """What came is no packet."""


def packed(header: dict[str, Any], content: bytes = b"") -> bytes:
    """Raises ValueError where the header has a number that is none."""
    text = json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
    return LENGTHS.pack(len(text), len(content)) + text + content


def lengths_of(head: bytes) -> tuple[int, int]:
    """Of header and content. Raises PacketError where they are longer than any of ours."""
    header_bytes, content_bytes = LENGTHS.unpack(head)
    if header_bytes > MOST_HEADER_BYTES or content_bytes > MOST_CONTENT_BYTES:
        raise PacketError(f"a packet of {header_bytes} and {content_bytes} bytes")
    return header_bytes, content_bytes


def header_of(text: bytes) -> dict[str, Any]:
    """Raises PacketError."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PacketError("a header that is no JSON") from error
    if not isinstance(header, dict):
        raise PacketError("a header that is no table")
    return header
