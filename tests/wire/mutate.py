"""Mutates the C core and asks its tests to notice: python tests/wire/mutate.py [tuffier_guard.c ...]

Each mutant answers again, natively, what the tests once said to the core (c/bench/replay.c). The tests whose answers differ are run on it, the
latest killers first, until one fails; what no test noticed is tried once more with sanitizers. Survivors must stand in equivalent.toml with a
reason, and whatever stands there must survive: exit status 1 otherwise. What was killed is kept, and believed as long as mutant, core and killing
test are the same: a run that was stopped goes on. Where the core has changed, the former killer is asked first. --anew forgets it all.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import inspect
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import core
import pytest
from _pytest.runner import runtestprotocol
from core import C_FOLDER, COMPILER, SANITIZERS
from mutants import FILES, Mutant, equivalents, mutants

HERE = Path(__file__).resolve().parent
TESTS = ("test_guard.py", "test_truth.py", "test_device.py", "test_frame.py", "test_page_code.py")
FAST = (shutil.which("tcc") or str(COMPILER), "-std=c11", "-w")
SURE = (str(COMPILER), "-std=c11", "-ftrivial-auto-var-init=pattern", "-Werror=return-type", *SANITIZERS, "-O0", "-g0")
INCLUDED = f"-I{C_FOLDER / 'src'}"
CPU_MOST_S = 3  # of a test on a mutant: an endless loop ends
FEW = 3  # parts that differ, before their tests are asked


@dataclass(frozen=True, slots=True)
class Part:
    """What one test said to one table, and what that answered."""

    test: str
    said: bytes
    answered: bytes


@dataclass(slots=True)
class Workshop:
    """Where mutants are built and tried."""

    folder: Path
    items: dict[str, pytest.Item]
    parts: list[Part] = field(default_factory=list)
    latest: list[int] = field(default_factory=list)  # numbers of parts, the latest killer first

    def run(self, *words: object) -> bool:
        return subprocess.run([*map(str, words)], capture_output=True, check=False, cwd=self.folder).returncode == 0

    def prepare(self) -> None:
        """All that is the same for every mutant."""
        for name, flags in (("replay", ()), ("sure-replay", SANITIZERS)):
            assert self.run(COMPILER, "-std=c11", "-w", *flags, C_FOLDER / "bench" / "replay.c", "-o", name)
        for source in (*(C_FOLDER / "src").glob("*.c"), C_FOLDER / "bench" / "main.c"):
            for name, command in (("fast", FAST), ("sure", SURE)):
                assert self.run(*command, "-fPIC", INCLUDED, "-c", source, "-o", f"{name}-{source.stem}.o")

    def build(self, name: str, command: Iterable[str], changed: Path | None, built: str) -> Path | None:
        """A library, or a program with sanitizers. None: does not compile."""
        others = [path for path in self.folder.glob(f"{name}-*.o") if changed is None or path.stem != f"{name}-{changed.stem}"]
        (self.folder / built).unlink(missing_ok=True)
        shared = ("-shared", "-fPIC") if built.endswith(".so") else ()
        return self.folder / built if self.run(*command, *shared, INCLUDED, *([changed] if changed else []), *others, "-o", built) else None

    def record(self) -> list[str]:
        """Runs the tests on the core itself and keeps what they say, over runs too; returns those that fail."""
        told = self.folder / "parts.json"
        if told.exists():
            self.parts = [Part(name, said.encode(), answered.encode()) for name, said, answered in json.loads(told.read_text())]
            self.latest = self.first_order()
            return []
        self.prepare()
        bench, kept = self.build("fast", FAST, None, "bench.so"), self.folder / "said.json"
        failed = []
        for name, item in self.items.items():
            kept.unlink(missing_ok=True)
            if not _passes(item, bench, kept):
                failed.append(name)
            talks = json.loads(kept.read_text()) if kept.exists() else []
            self.parts += [Part(name, said.encode(), heard.encode()) for said, heard in talks]
        self.latest = self.first_order()
        with (self.folder / "parts").open("wb") as file:
            for part in self.parts:
                file.write(f"{len(part.said)} {len(part.answered)}\n".encode() + part.said + part.answered)
        if not failed:
            told.write_text(json.dumps([(part.test, part.said.decode(), part.answered.decode()) for part in self.parts]))
        return failed

    def first_order(self) -> list[int]:
        """What compares whole messages comes first: it notices most."""
        return sorted(range(len(self.parts)), key=lambda number: "_says_" not in self.parts[number].test)

    def differing(self, replay: str, library: Path, most: int) -> list[int]:
        """Those of the parts that the mutant answers otherwise."""
        done = subprocess.run(
            [str(self.folder / replay), str(library), str(self.folder / "parts"), str(most)],
            input=" ".join(map(str, self.latest)),
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
            capture_output=True,
            text=True,
            check=True,
        )
        return [int(line) for line in done.stdout.split()]

    def killer(self, mutant: Mutant, source: str, former: str | None) -> str | None:
        """The test that fails on it; None: all pass. former: killed it once."""
        changed = self.folder / mutant.file
        changed.write_text(mutant.applied(source))
        fast = self.build("fast", FAST, changed, "mutant.so")
        if fast is None:
            return "the compiler"
        if former in self.items and not _passes(self.items[former], fast):
            return former
        return self.notices("replay", fast, fast)

    def sure_killer(self, mutant: Mutant, source: str) -> str | None:
        """With sanitizers: slower, and they see what no answer tells."""
        changed = self.folder / mutant.file
        changed.write_text(mutant.applied(source))
        library, program = (self.build("sure", SURE, changed, name) for name in ("mutant.so", "mutant"))
        if library is None or program is None:
            return "the compiler"  # which warns of what tcc lets pass
        return self.notices("sure-replay", library, program)

    def notices(self, replay: str, library: Path, bench: Path) -> str | None:
        """The first test that fails on the bench, of those whose answers differ."""
        tried: set[str] = set()
        for most in (FEW, len(self.parts)):
            for number in self.differing(replay, library, most):
                name = self.parts[number].test
                if name not in tried and not _passes(self.items[name], bench):
                    self.latest.remove(number)
                    self.latest.insert(0, number)
                    return name
                tried.add(name)
        return None


class Overheard:
    """A bench, and all that was said to it and answered."""

    def __init__(self, bench: core.Process | core.Library, talk: list[str]) -> None:
        self._bench, self._talk = bench, talk

    def say(self, line: str) -> None:
        self._talk[0] += line + "\n"
        self._bench.say(line)

    def hear(self) -> str:
        line = self._bench.hear()
        self._talk[1] += line + "\n"
        return line

    def close(self) -> None:
        self._bench.close()


def _overhear() -> list[list[str]]:
    """From now on: what each new table is told and answers."""
    talks: list[list[str]] = []
    real = core.open_bench

    def overheard(program: Path) -> Any:
        talks.append(["", ""])
        return Overheard(real(program), talks[-1])

    core.open_bench = overheard
    return talks


def _passes(item: pytest.Item, bench: Path | None, kept: Path | None = None) -> bool:
    """One test in a process of its own, on this build; `kept` gets what it said and heard."""
    child = os.fork()
    if child == 0:
        os.environ["TUFFIER_BENCH"] = str(bench)
        talks = _overhear() if kept else []
        if kept is None:
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_MOST_S, CPU_MOST_S))
        reports = runtestprotocol(item, log=False, nextitem=None)
        if kept:
            kept.write_text(json.dumps(talks))
        os._exit(0 if all(report.passed or report.skipped for report in reports) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Kept:
    """What was killed by which test, over runs."""

    def __init__(self, path: Path, items: dict[str, pytest.Item], anew: bool) -> None:
        self._path, self._items = path, items
        self._killed: dict[str, str] = json.loads(path.read_text()) if path.exists() and not anew else {}
        self._core = _core_digest()

    def _key(self, mutant: Mutant, killer: str) -> str:
        item = self._items.get(killer)
        return _digest(self._core, str(mutant), killer, inspect.getsource(item.function) if isinstance(item, pytest.Function) else "")

    def former(self, mutant: Mutant) -> str | None:
        """Killed it once, whatever has changed since."""
        return self._killed.get(_named(mutant))

    def killer(self, mutant: Mutant) -> str | None:
        """Still kills it: nothing has changed."""
        killer = self.former(mutant)
        return killer if killer and self._killed.get(self._key(mutant, killer)) else None

    def keep(self, mutant: Mutant, killer: str) -> None:
        self._killed[_named(mutant)] = killer
        self._killed[self._key(mutant, killer)] = "yes"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._killed))


def _core_digest() -> str:
    files = [*sorted(C_FOLDER.glob("src/*")), C_FOLDER / "bench" / "main.c", HERE / "core.py"]
    return _digest(*(path.read_text() for path in files))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Trials:
    """The pytest plugin: in place of running the tests, runs them on mutants."""

    options: argparse.Namespace
    verdict: list[int]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        gc.freeze()  # forks share it
        items = {item.nodeid.split("/")[-1]: item for item in session.items}
        folder = self.options.state / f"{_core_digest()}-{_digest(*((HERE / name).read_text() for name in TESTS))}"
        folder.mkdir(parents=True, exist_ok=True)
        self.verdict.append(self._try_all(Workshop(folder, items), items))
        return True

    def _try_all(self, workshop: Workshop, items: dict[str, pytest.Item]) -> int:
        if failed := workshop.record():
            print("these fail without any mutant, mend them first:", *failed, sep="\n  ")
            return 2
        print(f"{len(items)} tests, {len(workshop.parts)} tables", flush=True)
        sources = {file: (C_FOLDER / "src" / file).read_text() for file in self.options.files}
        kept = {file: Kept(self.options.state / f"{file}.json", items, self.options.anew) for file in sources}
        least, most = (int(number) for number in self.options.lines.split("-"))
        chosen = {file: [m for m in mutants(file, source) if least <= m.line <= most] for file, source in sources.items()}
        unnoticed = {file: [m for m in chosen[file] if not self._killed(m, kept[file], workshop, source)] for file, source in sources.items()}
        alive = {file: [m for m in unnoticed[file] if not self._surely_killed(m, kept[file], workshop, source)] for file, source in sources.items()}
        return max([_verdict(file, chosen[file], alive[file]) for file in sources])

    def _killed(self, mutant: Mutant, kept: Kept, workshop: Workshop, source: str) -> bool:
        if kept.killer(mutant):
            return True
        killer = workshop.killer(mutant, source, kept.former(mutant))
        if killer:
            kept.keep(mutant, killer)
        else:
            print(f"not noticed: {_told(mutant)}", flush=True)
        return killer is not None

    def _surely_killed(self, mutant: Mutant, kept: Kept, workshop: Workshop, source: str) -> bool:
        killer = workshop.sure_killer(mutant, source)
        if killer:
            print(f"killed with sanitizers by {killer}: {_told(mutant)}", flush=True)
            kept.keep(mutant, killer)
        return killer is not None


def _named(mutant: Mutant) -> str:
    """The same name as ever for the first of equal lines."""
    *words, nth = mutant.name
    return _digest(*map(str, words), *([str(nth)] if nth > 1 else []))


def _told(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.line} {mutant.function}\n  - {mutant.before.strip()}\n  + {mutant.after.strip()}"


def _verdict(file: str, chosen: list[Mutant], alive: list[Mutant]) -> int:
    """Every survivor is named, and every name survives."""
    named, names = equivalents(), {mutant.name for mutant in alive}
    unnamed = [mutant for mutant in alive if mutant.name not in named]
    wrong = sorted(name for name in {mutant.name for mutant in chosen} & named.keys() if name not in names)
    for mutant in unnamed:
        print(f"SURVIVED: {_told(mutant)}")
    for name in wrong:
        print(f"named equivalent, but killed: {name}")
    counts = f"{len(chosen) - len(alive)} killed, {len(alive) - len(unnamed)} equivalent, {len(unnamed)} survived"
    print(f"{file}: {len(chosen)} mutants, {counts}", flush=True)
    return 1 if unnamed or wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=list(FILES))
    parser.add_argument("--lines", default="1-99999", help="only these, e.g. 40-80")
    parser.add_argument("--anew", action="store_true", help="forget what was killed before")
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "tuffier-mutants", help="where it is kept")
    options = parser.parse_args()
    verdict: list[int] = []
    quiet = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:faulthandler")
    status = pytest.main([*quiet, *(str(HERE / name) for name in TESTS)], plugins=[Trials(options, verdict)])
    return max([*verdict, int(status) and 2])


if __name__ == "__main__":
    sys.exit(main())
