"""What the checks of configuration and profiles share: a TOML text's values, where in it a word stands, and which known word is nearest to it."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from edge.limits import MOST_TOML_BYTES

MOST_DEEP = 8  # no known value lies deeper than 4


def table_of(text: str) -> dict[str, Any]:
    """A TOML text's values, all of which can be compared, shown in an error and named to the system; an editor's byte order mark is passed over.
    Raises ValueError, naming what is wrong."""
    if len(text) > MOST_TOML_BYTES:
        raise ValueError(f"longer than {MOST_TOML_BYTES} characters")
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python's own words name a setting of Python
        raise ValueError(f"line {line_of(text, '[0-9_]{4000}')}: a number of more digits than can be read") from None
    except RecursionError:
        raise ValueError("nested too deep") from None
    waiting: list[tuple[str, Any, int]] = [("", table, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        match value:
            case dict() | list() if depth == MOST_DEEP:
                raise ValueError(f"{name[:60]}: nested too deep")
            case dict():
                waiting += [(f"{name}.{key}".lstrip("."), each, depth + 1) for key, each in value.items()]
            case list():
                waiting += [(name, each, depth + 1) for each in value]
            case int() if abs(value) >= 2**63:
                raise ValueError(f"{name}: a whole number of more than 63 bits")
            case str() if any(ord(each) < 32 or ord(each) == 127 for each in value):
                raise ValueError(f"{name} is {value[:60]!r}: a control character in it")
    return table


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word most like this one."""
    return difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]


def line_of(text: str, pattern: str) -> int:
    """The first line that matches, counted from 1; 1 where none does."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(pattern, line):
            return number
    return 1
