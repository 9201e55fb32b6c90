"""The configuration names line and cure of what it cannot take."""

from pathlib import Path

import pytest

from edge.board.config import Config, ConfigError, load, parse
from edge.screen import profile
from edge.screen.profile import ProfileError

BAD = [
    ("unknown key", "[device]\nlatencyms = 5\n", "line 2", "latency_ms"),
    ("unknown section", "\n[devise]\n", "line 2", "device"),
    ("wrong type", '[model]\nthreads = "2"\n', "line 2", "threads"),
    ("out of range", "[gate]\nmax_age_ms = 5000\n", "line 2", "20 to 1000"),
    ("looser without research", "[gate]\nmax_interval_mm = 9\n", "research = true", "max_interval_mm"),
    ("bool for a number", "[model]\nthreads = true\n", "line 2", "threads"),
    ("a value for a section", "device = 3\n", "line 1", "device"),
    ("pivot of one number", "[procedure]\npivot_mm = [40]\n", "line 2", "[x, z]"),
    ("pivot below the skin", "[procedure]\npivot_mm = [40, 12]\n", "line 2", "above the skin"),
    ("pivot far off", "[procedure]\npivot_mm = [400.0, -12]\n", "line 2", "100"),
    ("no TOML", "[gate\n", "line 1", ""),
    ("no number that can be shown", f"[model]\nthreads = 0x{'f' * 5000}\n", "model.threads", "63 bits"),
    ("no number that can be read", f"[model]\nthreads = {'9' * 5000}\n", "line 2", "more digits than can be read"),
    ("no text that can name a file", '[source]\nsource = "images:a\\u0000b"\n', "source.source", "control character"),
    ("lists without end", f"[model]\npath = {'[' * 20_000}", "configuration", "nested too deep"),
    ("tables without end", f"[{'a.' * 5000}a]\n", "configuration", "nested too deep"),
]


@pytest.mark.parametrize(("name", "text", "where", "cure"), BAD)
def test_bad_text_is_refused_with_line_and_cure(name: str, text: str, where: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert where in str(caught.value), name
    assert cure in str(caught.value), name


@pytest.mark.parametrize("text", [text for name, text, _, _ in BAD if name.startswith(("no ", "lists", "tables"))])
def test_a_profile_of_such_text_is_refused_too(text: str) -> None:
    with pytest.raises(ProfileError):
        profile.parse(text)


def test_an_editors_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "with-mark.toml"
    path.write_bytes(b'\xef\xbb\xbf[procedure]\nside = "left"\n')
    assert load(path).procedure.side == "left"
    path.write_bytes(b'\xef\xbb\xbfname = "mine"\n')
    assert profile.load(path).name == "mine"


def test_empty_text_is_the_defaults() -> None:
    assert parse("") == Config()


def test_research_allows_looser_limits() -> None:
    assert parse("[gate]\nresearch = true\nmax_interval_mm = 9.0\n").gate.max_interval_mm == 9.0


def test_a_pivot_is_two_numbers() -> None:
    assert parse("[procedure]\npivot_mm = [40, -35.5]\n").procedure.pivot_mm == (40.0, -35.5)


def test_tighter_limits_need_nothing() -> None:
    assert parse("[gate]\nmax_interval_mm = 2\nagreeing_frames = 5\n").gate.agreeing_frames == 5
