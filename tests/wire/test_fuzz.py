"""Damaged bytes: Python and C decode the same, accept no packet that was not sent, and are back by the second whole frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from core import Table
from fuzz import fuzz_codec


def test_python_and_c_decode_damaged_bytes_alike(table: Table) -> None:
    told = fuzz_codec(table, 300_000, seed=2)
    assert min(told.packets, told.bad, told.strangers, told.resynchronised) > 20


@pytest.mark.slow
def test_python_and_c_decode_ten_million_damaged_bytes_alike(bench_program: Path) -> None:
    table = Table(bench_program)
    assert fuzz_codec(table, 10_000_000, seed=3).bytes >= 10_000_000
    table.close()
