"""How far two readers agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from edge.judge.agreement import Read, agreement, agreement_fields, agreement_table, apart_mm, kappa, of_folders
from edge.source.truth import TruthError

ONE = Read("a", "transverse_facet", (0.5, 0.4), {"spinous_process": ((10.0, 10.0),), "facet": ((4.0, 20.0), (16.0, 20.0))})


@pytest.mark.parametrize(
    ("name", "mine", "others", "distances"),
    [
        ("the same", [(1, 1)], [(1, 1)], [0.0]),
        ("beside, down", [(0, 0), (10, 0)], [(4, 0), (10, 5)], [2.0, 2.0]),
        ("in the screen's order, not the nearest", [(0, 0), (10, 0)], [(9, 0), (30, 0)], [4.5, 10.0]),
        ("one of a pair", [(0, 0), (10, 0)], [(12, 0)], [1.0]),
        ("nothing of one", [], [(12, 0)], []),
    ],
)
def test_distances(name: str, mine: Any, others: Any, distances: list[float]) -> None:
    assert apart_mm(mine, others, (0.5, 0.4)) == pytest.approx(distances), name


PLACES = some.lists(some.tuples(some.floats(0, 100), some.floats(0, 100)), max_size=2)


@settings(deadline=None)
@given(PLACES, PLACES)
def test_two_readers_are_as_far_from_each_other_either_way(mine: Any, others: Any) -> None:
    assert sorted(apart_mm(mine, others, (0.5, 0.4))) == sorted(apart_mm(others, mine, (0.5, 0.4)))
    assert apart_mm(mine, mine, (0.5, 0.4)) == [0.0] * len(mine)


def test_landmarks_count_where_both_name_the_same_view() -> None:
    none = Read("b", "none", None, {})
    other = Read("a", "transverse_facet", (0.5, 0.4), {"spinous_process": ((12.0, 10.0),), "facet": ((4.0, 20.0),)})
    found = agreement([ONE, none, Read("c", "none", None, {})], [other, Read("b", "transverse_s1", (1, 1), {"median_crest": ((1, 1),)})])
    assert (found.frames, found.same_view, found.one_only, found.other_only) == (2, 1, 1, 0)
    assert found.apart_mm == {"spinous_process": (1.0,), "facet": (0.0,)}
    assert found.alone == {"facet": 1}
    assert found.views == {("transverse_facet", "transverse_facet"): 1, ("none", "transverse_s1"): 1}


def test_kappa_is_what_the_books_say() -> None:
    # Cohen 1960's form: 0.7 agree, 0.5 by chance
    assert kappa({("a", "a"): 35, ("b", "b"): 35, ("a", "b"): 15, ("b", "a"): 15}) == pytest.approx(0.4)
    assert kappa({("a", "a"): 5}) is None


def folder_of(folder: Path, up: str, facet: list[list[float]]) -> Path:
    folder.mkdir(parents=True)
    line = {"frame": f"{up}0.png", "view": "transverse_facet", "procedure": "facet", "side": "right", "screen_left": "patient_left"}
    line |= {"mm_per_px": [0.2, 0.2], "origin_px": [0, 0], "landmarks": {"facet": facet}, "target": facet[-1]}
    (folder / "truth.jsonl").write_text(json.dumps(line) + "\n" + json.dumps({"frame": f"{up}1.png", "view": "none"}) + "\n")
    return folder


def test_two_folders_of_one_set_of_pictures(tmp_path: Path) -> None:
    one, other = folder_of(tmp_path / "anna", "../", [[100, 50], [200, 50]]), folder_of(tmp_path / "ben", "../", [[100, 55], [200, 60]])
    found = of_folders(one, other)
    fields = json.loads(json.dumps(agreement_fields(found)))
    assert (fields["same_view"], fields["kappa"]) == (2, 1.0)
    assert fields["landmarks"]["facet"] == {"places": 2, "median_mm": 1.5, "p95_mm": 1.95, "largest_mm": 2.0}
    assert fields["landmarks"]["target"]["median_mm"] == 2.0
    assert fields["all_landmarks"]["places"] == 2  # the target is no landmark of its own
    table = agreement_table(found, "anna", "ben")
    assert "same view on 2 of 2 (100 %), Cohen's kappa 1.00" in table
    assert "not validated on patients" in table
    with pytest.raises(TruthError, match="no frame is done in both"):
        of_folders(one, folder_of(tmp_path / "elsewhere", "x", [[1, 1]]))
