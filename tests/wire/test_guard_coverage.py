"""Every line of the core is run by its tests, every branch of the guard, and 95 % of the others' (gcov)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from core import C_FOLDER, COMPILER, NO_COMPILER, WARNINGS

TESTS = ("test_guard.py", "test_device.py", "test_truth.py", "test_fuzz.py", "test_page_code.py")
LEAST_BRANCHES = {"tuffier_guard.c": 1.0, "tuffier_device.c": 0.95, "tuffier_frame.c": 0.95, "tuffier_screen.c": 0.95, "tuffier_qr.c": 0.95}


@pytest.mark.skipif(COMPILER is None or shutil.which("gcov") is None, reason=f"{NO_COMPILER}; gcov comes with it")
def test_the_core_is_covered(tmp_path: Path) -> None:
    objects = []
    for source in [*(C_FOLDER / "src").glob("*.c"), C_FOLDER / "bench" / "main.c"]:
        objects.append(tmp_path / f"{source.stem}.o")
        flags = ("-O0", "--coverage") if source.name in LEAST_BRANCHES else ("-O0",)
        subprocess.run([str(COMPILER), *WARNINGS, *flags, f"-I{C_FOLDER / 'src'}", "-c", str(source), "-o", str(objects[-1])], check=True)
    program = tmp_path / "bench"
    subprocess.run([str(COMPILER), "--coverage", *map(str, objects), "-o", str(program)], check=True)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(Path(__file__).with_name(name)) for name in TESTS)],
        env={**os.environ, "TUFFIER_BENCH": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    found = [line for name, least in LEAST_BRANCHES.items() for line in missed(report_of(name, tmp_path), least)]
    assert not found, "\n".join(found)


def report_of(name: str, folder: Path) -> dict:
    """What gcov says of one source."""
    command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", "-o", str(folder), str(folder / f"{Path(name).stem}.gcda")]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    (report,) = [file for file in json.loads(told.stdout)["files"] if file["file"].endswith(name)]
    return report


def missed(report: dict, least: float) -> list[str]:
    """Lines never run, and branches never taken where too many are, as text."""
    name = Path(report["file"]).name
    found = [f"{name}:{line['line_number']} never ran" for line in report["lines"] if line["count"] == 0]
    branches = [(line["line_number"], branch["count"]) for line in report["lines"] for branch in line["branches"]]
    never = [f"{name}:{number} a branch never taken" for number, count in branches if count == 0]
    return found + (never if len(never) > (1 - least) * len(branches) else [])
