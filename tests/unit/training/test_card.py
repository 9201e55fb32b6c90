"""The model card tells of the model that is committed, and its tables come from figures of that very model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.model import manifest as manifests
from edge.model import runner
from models.training import card


def test_the_card_is_the_committed_models() -> None:
    manifest, _ = manifests.read(runner.BUNDLED)
    text = card.CARD.read_text(encoding="utf-8")
    assert manifest.sha256 in text
    assert card.between_marks(text, "model", card.model_table(manifest, runner.BUNDLED.stat().st_size)) == text
    assert "nobody has validated it on patients" in text


def test_a_table_replaces_only_what_stands_between_its_marks() -> None:
    text = "before\n<!-- a -->\nold | \\1\n<!-- end a -->\nbetween\n<!-- b -->\nkept\n<!-- end b -->\n"
    new = card.between_marks(text, "a", "| new \\1 |")
    assert new == "before\n<!-- a -->\n| new \\1 |\n<!-- end a -->\nbetween\n<!-- b -->\nkept\n<!-- end b -->\n"
    assert card.between_marks(new, "a", "| new \\1 |") == new


def test_a_missing_mark_is_named() -> None:
    with pytest.raises(ValueError, match="<!-- a -->"):
        card.between_marks("<!-- a --> unclosed", "a", "")


def test_figures_of_another_model_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "CARD.md"
    copy.write_text(card.CARD.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "truth.json").write_text(json.dumps({"model": {"sha256": "another"}}), encoding="utf-8")
    assert card.main(["--card", str(copy), "--truth", str(tmp_path / "truth.json")]) == 2
    assert "score again" in capsys.readouterr().err
    assert copy.read_text(encoding="utf-8") == card.CARD.read_text(encoding="utf-8")


WRONG = [
    ("no model", ["--model", "NONE"], "NONE"),
    ("no card", ["--card", "NONE"], "NONE: No such file or directory"),
    ("no figures", ["--truth", "NONE"], "NONE: No such file or directory"),
    ("a folder", ["--report", "FOLDER"], "FOLDER: Is a directory"),
    ("no JSON", ["--screen", "TEXT"], "TEXT: no JSON"),
    ("other JSON", ["--truth", "OTHER"], "OTHER: the figures lack or misstate"),
    ("a list", ["--report", "LIST"], "LIST: the figures lack or misstate"),
]


@pytest.mark.parametrize(("name", "words", "says"), WRONG, ids=[case[0] for case in WRONG])
def test_a_wrong_path_is_one_line_and_the_card_stays(
    name: str, words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "CARD.md"
    copy.write_text(card.CARD.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "FOLDER").mkdir()
    for other, text in (("TEXT", "no figures"), ("OTHER", "{}"), ("LIST", "[]")):
        (tmp_path / other).write_text(text)
    assert card.main(["--card", str(copy), words[0], str(tmp_path / words[1])]) == 2, name
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
    assert copy.read_text(encoding="utf-8") == card.CARD.read_text(encoding="utf-8")
