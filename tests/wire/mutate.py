"""Mutates the guard (or TUFFIER_MUTATED=tuffier_device.c and so on) and asks the tests to notice: python tests/wire/mutate.py. Survivors are listed;
equivalent ones are named in EQUIVALENT."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core import C_FOLDER, COMPILER

HERE = Path(__file__).resolve().parent
SOURCE = C_FOLDER / "src" / os.environ.get("TUFFIER_MUTATED", "tuffier_guard.c")
TIME_OUT_S = 300
TESTS = ("test_guard.py", "test_truth.py", "test_device.py")
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

# Mutants that no test can tell from the guard, with why: text of the mutated line, after the change.
EQUIVALENT = {
    "return (a >= b) ? (a - b) : (b - a);": "equal: both are 0",
    "if (guidance->since_heard_ms >= elapsed_ms) {": "equal: both branches give age_ms",
    "const uint32_t moving_ms = (dt_ms <= TF_STEP_MAX_MS) ? dt_ms : TF_STEP_MAX_MS;": "equal: both are TF_STEP_MAX_MS",
    "if (distance(target, applied) < most) {": "just reached: a whole step ends at target too",
    "return (target >= applied) ? (applied + most) : (applied - most);": "equal: returned before",
}
HELD = "held counts only while armed, and arming needs an accepted Pointing, which clears it"


@dataclass(frozen=True, slots=True)
class Mutant:
    line: int
    before: str
    after: str


def mutants(source: str) -> Iterator[Mutant]:
    for number, line in enumerate(source.splitlines(), 1):
        code = line.split("/*")[0]
        if line.startswith(("#", "/*", " *")) or not code.strip():
            continue
        for pattern, others in SWAPS:
            for found in re.finditer(pattern, code):
                for other in others:
                    if other != found[0]:
                        yield Mutant(number, line, code[: found.start()] + other + code[found.end() :])
        if STATEMENT.match(line):
            yield Mutant(number, line, "    ;")


def why_equivalent(mutant: Mutant) -> str | None:
    """In drop, held may stay: the next line of the source tells it from accept's."""
    if mutant.before.strip() == "state->held = false;" and SOURCE.read_text().splitlines()[mutant.line].strip() == "disarm(state, cause);":
        return HELD
    return EQUIVALENT.get(mutant.after.strip())


def compile_rest(folder: Path) -> list[Path]:
    objects = []
    for source in [*(C_FOLDER / "src").glob("*.c"), C_FOLDER / "bench" / "main.c"]:
        if source != SOURCE:
            objects.append(folder / f"{source.stem}.o")
            command = [str(COMPILER), "-std=c11", "-O1", f"-I{C_FOLDER / 'src'}", "-c", str(source), "-o", str(objects[-1])]
            subprocess.run(command, check=True)
    return objects


def tests_pass(program: Path, copy: Path) -> bool:
    """The guard's tests, from the copy: the tree may change meanwhile. One that does not end has failed."""
    tests = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-c", os.devnull, *(str(copy / name) for name in TESTS)]
    environment = {**os.environ, "TUFFIER_BENCH": str(program), "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(tests, env=environment, cwd=copy, capture_output=True, timeout=TIME_OUT_S, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def copy_tests(folder: Path) -> Path:
    """The tests and the package that they need."""
    copy = folder / "copy"
    copy.mkdir()
    for name in ("conftest.py", "core.py", "emulated.py", *TESTS):
        shutil.copy(HERE / name, copy)
    shutil.copytree(C_FOLDER.parent, copy / "firmware_bridge", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def survives(mutant: Mutant | None, source: str, folder: Path, objects: list[Path]) -> bool:
    """Whether the guard's tests pass with this mutant (None: with none). One that does not compile is dead."""
    lines = source.splitlines()
    if mutant is not None:
        lines[mutant.line - 1] = mutant.after
    changed, program = folder / "guard.c", folder / "bench"
    changed.write_text("\n".join(lines) + "\n")
    command = [str(COMPILER), "-std=c11", "-O1", "-w", f"-I{C_FOLDER / 'src'}", str(changed), *map(str, objects), "-o", str(program)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return False
    return tests_pass(program, folder / "copy")


def main() -> int:
    """Exit status 1 when a mutant survives that EQUIVALENT does not name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", default="", help="only these, e.g. 40-80")
    given = parser.parse_args().lines
    least, most = (int(n) for n in given.split("-")) if given else (0, 10**9)
    source = SOURCE.read_text()
    chosen = [mutant for mutant in dict.fromkeys(mutants(source)) if least <= mutant.line <= most]
    alive = []
    with tempfile.TemporaryDirectory() as name:
        copy_tests(Path(name))
        objects = compile_rest(Path(name))
        if not survives(None, source, Path(name), objects):
            print("the guard's tests fail without any mutant: mend that first")
            return 2
        for mutant in chosen:
            if survives(mutant, source, Path(name), objects):
                alive.append(mutant)
                told = why_equivalent(mutant) or "SURVIVED"
                print(f"{SOURCE.name}:{mutant.line}: {told}\n  - {mutant.before.strip()}\n  + {mutant.after.strip()}", flush=True)
    unexplained = [mutant for mutant in alive if why_equivalent(mutant) is None]
    print(f"{len(chosen)} mutants, {len(chosen) - len(alive)} killed, {len(alive) - len(unexplained)} equivalent, {len(unexplained)} survived")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
