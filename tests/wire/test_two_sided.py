"""Host and device through restarts, resets, replays, presses and a bad line: what is shown and where the bracket goes is what the host means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from core import COMPILER, NO_COMPILER, compile_bench
from two_sided import World


@pytest.fixture(scope="session")
def fast_bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without sanitizers, in this process."""
    if COMPILER is None:
        pytest.skip(NO_COMPILER)
    return compile_bench(tmp_path_factory.mktemp("fast") / "bench.so", ("-O2",))


def run(program: Path, seed: int, minutes: float) -> dict[str, int]:
    world = World(program, seed)
    world.run(round(minutes * 60_000))
    world.table.close()
    return world.counts


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_run(fast_bench: Path, seed: int) -> None:
    counts = run(fast_bench, seed, 1)
    assert counts["digits"] > 100


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_an_hour(fast_bench: Path, part: int) -> None:
    seed = int(os.environ.get("TUFFIER_SEED", "100")) + part
    counts = run(fast_bench, seed, 10)
    print(seed, counts)
    assert all(counts.values()), counts
