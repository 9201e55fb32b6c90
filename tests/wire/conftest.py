"""Fixtures of the wire: the C core on a table, compiled once a run with sanitizers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import emulated
import pytest
from core import COMPILER, NO_COMPILER, Table, compile_bench

from firmware_bridge.flash import build_firmware, read_boards


@pytest.fixture(scope="session")
def bench_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TUFFIER_BENCH names another build of it: with coverage, or a mutant."""
    if "TUFFIER_BENCH" in os.environ:
        return Path(os.environ["TUFFIER_BENCH"])
    if COMPILER is None:
        pytest.skip(NO_COMPILER)
    return compile_bench(tmp_path_factory.mktemp("bench") / "bench")


@pytest.fixture
def table(bench_program: Path) -> Iterator[Table]:
    table = Table(bench_program)
    yield table
    table.close()


@pytest.fixture(scope="session")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference firmware's image."""
    if emulated.MISSING:
        pytest.skip("; ".join(emulated.MISSING))
    image = tmp_path_factory.mktemp("firmware") / "tuffier.elf"
    build_firmware(read_boards()["lm3s6965"], image)
    return image


@pytest.fixture
def board(firmware: Path, tmp_path: Path) -> Iterator[emulated.Board]:
    with emulated.Board(firmware, tmp_path) as board:
        yield board
