"""docs/truth.md and docs/views.md say what the code does."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

from edge.annotate.label import label_of, line_of
from edge.catalogue import DRAWINGS, VIEWS
from edge.source.truth import TruthLine, parse

DOCS = Path(__file__).resolve().parents[3] / "docs"


def example() -> dict[str, object]:
    text = (DOCS / "truth.md").read_text(encoding="utf-8")
    found: dict[str, object] = json.loads(text.split("```")[1])
    return found


def test_the_example_is_a_line_of_truth_as_annotate_writes_it() -> None:
    line = example()
    assert parse(line).target == (657.2, 464.6)
    assert line_of(line, label_of(line, done=True)) == line


def test_every_key_is_told() -> None:
    text = (DOCS / "truth.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in text.splitlines() if row.startswith("| `"))))
    assert told == {"geometry" if field.name == "face" else field.name for field in fields(TruthLine)}


def test_every_view_is_drawn() -> None:
    text = (DOCS / "views.md").read_text(encoding="utf-8")
    assert re.findall(r"drawings/(\w+)\.svg", text) == list(VIEWS)
    for name, view in VIEWS.items():
        part = text.split(f"drawings/{name}.svg")[1].split("\n## ")[0]
        assert f"Landmarks: {', '.join(each.replace('_', ' ') for each in view.landmarks)}." in part
        assert (DRAWINGS / f"{name}.svg").is_file()
