"""The mutants that no test can tell from the core: each is one, and has a reason. That they survive, mutate.py shows."""

from __future__ import annotations

from core import C_FOLDER
from mutants import FILES, equivalents, mutants


def test_every_equivalent_mutant_is_one_and_has_a_reason() -> None:
    known = {mutant.name for file in FILES for mutant in mutants(file, (C_FOLDER / "src" / file).read_text())}
    assert equivalents().keys() <= known
    assert all(equivalents().values())
