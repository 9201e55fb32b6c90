"""What the checks of configuration and profiles share: where in a TOML text a word stands, and which known word is nearest to it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word most like this one."""
    return difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]


def line_of(text: str, pattern: str) -> int:
    """The first line that matches, counted from 1; 1 where none does."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(pattern, line):
            return number
    return 1
