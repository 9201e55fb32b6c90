"""Some damaged files of every kind end in frames or in one line; `python -m tests.system.damaged` tries thousands, in processes that may die."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.damaged import kinds, made, outcomes

FEW, MANY = 12, 300


@pytest.mark.parametrize("name", list(kinds()))
def test_damage_ends_in_frames_or_a_line(tmp_path: Path, name: str) -> None:
    if name in ("dicom", "mp4"):
        pytest.importorskip({"dicom": "pydicom", "mp4": "av"}[name], reason="the extra is not installed")
    kind = kinds()[name]()
    for number in range(FEW):
        path = tmp_path / f"damaged{number}{kind.suffix}"
        path.write_bytes(made(kind, number))
        assert kind.read(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(kinds()))
def test_no_damage_costs_a_process_much_memory_or_time(name: str) -> None:
    assert [said for _, said in outcomes(name, MANY, first=100_000) if said.startswith("FAULT")] == []
