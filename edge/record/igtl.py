"""OpenIGTLink messages, version 1 (openigtlink.org, "Protocol specification"): the scan as IMAGE, the needle as TRANSFORM, the state as STATUS.

World is the probe: x to the screen's right, y down the beam, z out of the picture, millimetres, the origin where the scan's centre line meets the
array's face. Rule: a client keeps the last transform that it got, so a withheld answer sends one too: to PARKED, far above the skin.
"""

from __future__ import annotations

import struct
from functools import cache, lru_cache
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from edge.guidance.session import Session
from edge.types import Frame, Guidance, Pointing, Scan

IMAGE_NAME, NEEDLE_NAME, STATUS_NAME = "TuffierScan", "NeedleTipToProbe", "Tuffier"
OK, NOT_READY = 1, 13  # of STATUS's codes
PARKED_MM = (0.0, -10_000.0, 0.0)
UINT8, LITTLE_ENDIAN, LPS = 3, 2, 2
POLYNOMIAL, MASK = 0x42F0E1EBA9EA3693, (1 << 64) - 1
LANES, SHORT = 1024, 8192  # a long body's check sum is computed in so many parts at once
Matrix = NDArray[np.float64]  # (4, 4)


def message(kind: str, name: str, body: bytes, *, utc_ns: int) -> bytes:
    """Header and body. utc_ns: since 1970, when what it tells was captured."""
    seconds, rest = divmod(max(0, utc_ns), 1_000_000_000)
    stamp = (seconds & 0xFFFFFFFF, (rest << 32) // 1_000_000_000)
    return struct.pack(">H12s20sIIQQ", 1, kind.encode(), name.encode(), *stamp, len(body), crc64(body)) + body


def image(frame: Frame, scan: Scan, *, utc_ns: int) -> bytes:
    """A recorded or shown picture: the scan only, with its place in probe's millimetres."""
    rows, columns = frame.pixels.shape
    left, top = frame.offset_px
    across, down = scan.mm_per_px_x, scan.mm_per_px_y
    # the middle of the picture, whose pixels are centred on whole numbers
    middle = ((left + (columns - 1) / 2 - scan.origin_px[0]) * across, (top + (rows - 1) / 2 - scan.origin_px[1]) * down, 0.0)
    place = (across, 0.0, 0.0, 0.0, down, 0.0, 0.0, 0.0, 1.0, *middle)
    size = (columns, rows, 1)
    head = struct.pack(">HBBBB3H12f6H", 1, 1, UINT8, LITTLE_ENDIAN, LPS, *size, *place, 0, 0, 0, *size)
    return message("IMAGE", IMAGE_NAME, head + frame.pixels.tobytes(), utc_ns=utc_ns)


def transform(matrix: Matrix, *, utc_ns: int) -> bytes:
    """A tool's tip and axes in probe's millimetres."""
    return message("TRANSFORM", NEEDLE_NAME, struct.pack(">12f", *matrix[:3].T.ravel()), utc_ns=utc_ns)


def status(guidance: Guidance, *, live: bool, utc_ns: int) -> bytes:
    """OK with a number; not ready with the reason and its cure. Not live: it says DEMO."""
    demo = "" if live else "DEMO, the picture is not live: "
    if isinstance(guidance, Pointing):
        found = guidance.estimate
        code, name = OK, "POINTING"
        text = f"{demo}depth {found.depth_mm:.1f} mm, angle {found.angle_deg:+.1f} deg, within {found.interval_mm:.1f} mm; research device"
    else:
        code, name, text = NOT_READY, guidance.reason.name[:20], f"{demo}{guidance.hint}"
    body = struct.pack(">Hq20s", code, 0, name.encode()) + text.encode("ascii", "replace") + b"\0"
    return message("STATUS", STATUS_NAME, body, utc_ns=utc_ns)


def needle_matrix(guidance: Guidance, session: Session) -> Matrix:
    """The target, with the second axis along the needle from the skin to it; PARKED where there is no number."""
    matrix = np.eye(4)
    if not isinstance(guidance, Pointing):
        matrix[:3, 3] = PARKED_MM
        return matrix
    found, lean = guidance.estimate, radians(guidance.estimate.angle_deg)
    turn = np.eye(3)
    if session.approach == "in_plane":
        turn[:2, :2] = [[cos(lean), sin(lean)], [-sin(lean), cos(lean)]]
    else:
        turn[1:, 1:] = [[cos(lean), -sin(lean)], [sin(lean), cos(lean)]]
    matrix[:3, :3] = turn
    matrix[:3, 3] = (*found.target_probe_mm, 0.0)
    return matrix


def crc64(content: bytes) -> int:
    """ECMA-182, not reflected, from 0. Zeros in front change nothing, so that a long one is cut into LANES equal parts."""
    if len(content) < SHORT:
        return _crc_of(content)
    length = -(-len(content) // LANES)
    lanes = np.frombuffer(content.rjust(LANES * length, b"\0"), np.uint8).reshape(LANES, length)
    parts = np.zeros(LANES, np.uint64)
    for octets in np.ascontiguousarray(lanes.T):
        parts = _stepped(parts, octets)
    found, moves = 0, _moves(length)
    for part in parts.tolist():
        moved = 0
        for place, move in enumerate(moves):
            moved ^= move[found >> 8 * place & 0xFF]
        found = moved ^ part
    return found


def _crc_of(content: bytes) -> int:
    found, table = 0, _table().tolist()
    for octet in content:
        found = table[found >> 56 ^ octet] ^ found << 8 & MASK
    return int(found)


def _stepped(found: NDArray[np.uint64], octets: NDArray[np.uint8] | int) -> NDArray[np.uint64]:
    """Each part's check sum with one octet more."""
    return np.asarray(_table()[(found >> np.uint64(56)).astype(np.uint8) ^ octets] ^ (found << np.uint64(8)), np.uint64)


@cache
def _table() -> NDArray[np.uint64]:
    """What each octet adds."""
    found = []
    for octet in range(256):
        value = octet << 56
        for _ in range(8):
            value = (value << 1 ^ (POLYNOMIAL if value >> 63 else 0)) & MASK
        found.append(value)
    return np.array(found, np.uint64)


@lru_cache(maxsize=4)
def _moves(length: int) -> list[list[int]]:
    """For each octet of a check sum, what becomes of its values behind so many zeros."""
    values = np.arange(256, dtype=np.uint64)[None, :] << (8 * np.arange(8, dtype=np.uint64))[:, None]
    for _ in range(length):
        values = _stepped(values, 0)
    return [[int(each) for each in row] for row in values]
