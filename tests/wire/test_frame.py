"""The C codec by itself: golden vectors and damaged bytes, as the Python one."""

from __future__ import annotations

import pytest
from core import Table
from fuzz import named
from test_codec import CASES, VECTORS

from firmware_bridge import framing, wire


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden_vectors(table: Table, vector: dict) -> None:
    layout = wire.decode(bytes.fromhex(vector["packet"]))
    expected = f"stranger {layout.layout}" if isinstance(layout, wire.Hello) and layout.layout != wire.LAYOUT else f"packet {vector['packet']}"
    assert table.decode(bytes.fromhex(vector["frame"])) == [expected]


@pytest.mark.parametrize(("name", "received", "expected"), CASES, ids=[case[0] for case in CASES])
def test_damaged_bytes(table: Table, name: str, received: bytes, expected: list[framing.Received]) -> None:  # noqa: ARG001
    assert table.decode(received) == [named(event) for event in expected]
