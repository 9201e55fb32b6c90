"""Fixtures of the wire: the C core on a table, compiled once a run with sanitizers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import emulated
import mega
import pico
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


def built(board: str, image: Path, missing: Sequence[str]) -> Path:
    """A board's firmware, built into a file; skips where something is missing for that."""
    if missing:
        pytest.skip("; ".join(missing))
    build_firmware(read_boards()[board], image)
    return image


@pytest.fixture(scope="session")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference firmware's image."""
    return built("lm3s6965", tmp_path_factory.mktemp("firmware") / "tuffier.elf", emulated.MISSING)


@pytest.fixture(scope="session")
def pico_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Raspberry Pi Pico's image."""
    return built("pico", tmp_path_factory.mktemp("pico") / "tuffier-pico.uf2", pico.MISSING)


@pytest.fixture(scope="session")
def mega_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Arduino Mega's image."""
    return built("arduino-mega", tmp_path_factory.mktemp("mega") / "tuffier-mega.hex", mega.MISSING)


@pytest.fixture
def board(firmware: Path, tmp_path: Path) -> Iterator[emulated.Board]:
    with emulated.Board(firmware, tmp_path) as board:
        yield board
