"""Every line and every branch of the guard is run by its tests (gcov)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from core import C_FOLDER, COMPILER, NO_COMPILER, WARNINGS

MEASURED = "tuffier_guard.c"


@pytest.mark.skipif(COMPILER is None or shutil.which("gcov") is None, reason=f"{NO_COMPILER}; gcov comes with it")
def test_guard_is_covered(tmp_path: Path) -> None:
    objects = []
    for source in [*(C_FOLDER / "src").glob("*.c"), C_FOLDER / "bench" / "main.c"]:
        objects.append(tmp_path / f"{source.stem}.o")
        flags = ("-O0", "--coverage") if source.name == MEASURED else ("-O0",)
        subprocess.run([str(COMPILER), *WARNINGS, *flags, f"-I{C_FOLDER / 'src'}", "-c", str(source), "-o", str(objects[-1])], check=True)
    program = tmp_path / "bench"
    subprocess.run([str(COMPILER), "--coverage", *map(str, objects), "-o", str(program)], check=True)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).with_name("test_guard.py"))],
        env={**os.environ, "TUFFIER_BENCH": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    told = subprocess.run(
        ["gcov", "--json-format", "--stdout", "--branch-probabilities", "-o", str(tmp_path), str(tmp_path / "tuffier_guard.gcda")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    found = missed(json.loads(told.stdout))
    assert not found, "\n".join(found)


def missed(report: dict) -> list[str]:
    """Lines never run and branches never taken, as text."""
    found = []
    (guard,) = [file for file in report["files"] if file["file"].endswith(MEASURED)]
    for line in guard["lines"]:
        if line["count"] == 0:
            found.append(f"{MEASURED}:{line['line_number']} never ran")
        found += [f"{MEASURED}:{line['line_number']} branch {i} never taken" for i, b in enumerate(line["branches"]) if b["count"] == 0]
    return found
