"""The configuration names line and cure of what it cannot take."""

import pytest

from edge.config import Config, ConfigError, parse

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
]


@pytest.mark.parametrize(("name", "text", "where", "cure"), BAD)
def test_bad_text_is_refused_with_line_and_cure(name: str, text: str, where: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert where in str(caught.value), name
    assert cure in str(caught.value), name


def test_empty_text_is_the_defaults() -> None:
    assert parse("") == Config()


def test_research_allows_looser_limits() -> None:
    assert parse("[gate]\nresearch = true\nmax_interval_mm = 9.0\n").gate.max_interval_mm == 9.0


def test_a_pivot_is_two_numbers() -> None:
    assert parse("[procedure]\npivot_mm = [40, -35.5]\n").procedure.pivot_mm == (40.0, -35.5)


def test_tighter_limits_need_nothing() -> None:
    assert parse("[gate]\nmax_interval_mm = 2\nagreeing_frames = 5\n").gate.agreeing_frames == 5
