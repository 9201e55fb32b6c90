"""The mutants of one file of the C core, and those that no test can tell from it (equivalent.toml)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

FILES = ("tuffier_guard.c", "tuffier_device.c", "tuffier_frame.c", "tuffier_screen.c", "tuffier_qr.c")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
SWAPS = [  # (what, by what): each place of each is one mutant
    (r"<=", ("<", ">")),
    (r">=", (">", "<")),
    (r"(?<![-<>])<(?![<=])", ("<=", ">=")),
    (r"(?<![->])>(?![>=])", (">=", "<=")),
    (r"==", ("!=",)),
    (r"!=", ("==",)),
    (r"&&", ("||",)),
    (r"\|\|", ("&&",)),
    (r"!(?![=])", ("",)),
    (r"(?<=[\w)] )\+(?= )", ("-",)),
    (r"(?<=[\w)] )-(?= )", ("+",)),
    (r"(?<=[\w)] )\*(?= )", ("/",)),
    (r"(?<=[\w)] )/(?= )", ("*",)),
    (r"\btrue\b", ("false",)),
    (r"\bfalse\b", ("true",)),
    (r"\b0u\b", ("1u",)),
    (r"\b1u\b", ("0u", "2u")),
    (r"\bTF_GUARD_(?:ARMED|LOCKED|DISARMED)\b", ("TF_GUARD_ARMED", "TF_GUARD_LOCKED", "TF_GUARD_DISARMED")),
]
STATEMENT = re.compile(r"^\s+(?!return|const|static|uint|int|bool|case|default|\}|break)[^{}]*;\s*(?:/\*.*)?$")
FUNCTION = re.compile(r"^\w[\w *]*?(\w+)\(")
Name: TypeAlias = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed line; `function` is the one that it stands in, `line` counts from 1 in the file, `nth` among the equal lines of that function."""

    file: str
    line: int
    function: str
    nth: int
    before: str
    after: str

    @property
    def name(self) -> Name:
        """What equivalent.toml names it by: lines move, these do not."""
        return (self.file, self.function, self.before.strip(), self.after.strip(), self.nth)

    def applied(self, source: str) -> str:
        lines = source.splitlines()
        lines[self.line - 1] = self.after
        return "\n".join(lines) + "\n"


def mutants(file: str, source: str) -> list[Mutant]:
    return list(dict.fromkeys(_mutants(file, source)))


def _mutants(file: str, source: str) -> Iterator[Mutant]:
    function, seen = "", Counter[str]()
    for number, line in enumerate(source.splitlines(), 1):
        if begins := FUNCTION.match(line):
            function, seen = begins[1], Counter[str]()
        seen[line.strip()] += 1
        for after in _changed(line):
            yield Mutant(file, number, function, seen[line.strip()], line, after)


def _changed(line: str) -> Iterator[str]:
    code = line.split("/*")[0]
    if line.startswith(("#", "/*", " *")) or not code.strip():
        return
    for pattern, others in SWAPS:
        for found in re.finditer(pattern, code):
            yield from (code[: found.start()] + other + code[found.end() :] for other in others if other != found[0])
    if STATEMENT.match(line):
        yield "    ;"


def equivalents() -> dict[Name, str]:
    """Mutant.name: why no test can tell it from the core."""
    listed = tomllib.loads(EQUIVALENT.read_text())["mutant"]
    return {(one["file"], one["in"], one["line"], one["becomes"], one.get("nth", 1)): one["why"] for one in listed}
