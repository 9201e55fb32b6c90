"""cppcheck finds nothing in the core, and of MISRA C:2012 only the deviations that are named here with their reason."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from core import C_FOLDER

DEVIATIONS = {  # rule: why it is not kept
    "2.5": "the generated header names every member of every enum, used or not: both sides read one list",
    "7.2": "UINT32_C() gives the suffix: the addon does not see through it",
    "8.7": "part of the library's interface, used by a port or by the tests",
    "10.2": "'0' plus a digit below 10 is a digit's character: the addon does not follow the cast",
    "10.8": "a composite expression is cast wider or narrower where its range is known: stated beside it",
    "12.1": "precedence of arithmetic over comparison is known to every reader",
    "15.5": "a function returns as soon as its answer is known: nested ifs would hide the order of the rules",
}
SOURCES = [str(C_FOLDER / "src" / f"tuffier_{name}.c") for name in ("guard", "device", "frame", "screen", "line", "qr")]

pytestmark = pytest.mark.skipif(shutil.which("cppcheck") is None, reason="sudo apt install cppcheck")


def cppcheck(*options: str) -> list[str]:
    command = ["cppcheck", "--std=c11", "--quiet", "--suppress=missingIncludeSystem", f"-I{C_FOLDER / 'src'}", *options, *SOURCES]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return [line for line in told.splitlines() if re.search(r"\[[\w.-]+\]$", line)]


def test_cppcheck_finds_nothing() -> None:
    assert cppcheck("--enable=warning,style,performance,portability") == []


def test_misra_deviations_are_those_named() -> None:
    found = cppcheck("--addon=misra")
    rules = {match[1] for line in found if (match := re.search(r"\[misra-c2012-([\d.]+)\]$", line))}
    assert rules, "the addon said nothing"
    assert rules <= DEVIATIONS.keys(), [line for line in found if not any(f"c2012-{rule}]" in line for rule in DEVIATIONS)]
