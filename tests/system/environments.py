"""The path in environments of their own: both runtimes, numpy 1.24, 1.26 and 2.x; decoded targets must agree within 0.1 mm.

A target less certain than the manifest asks of one is none, and is not compared. Run on demand, minutes long:
`python -m tests.system.environments [--tests]`. --tests also runs the unit tests in each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import combinations
from math import hypot
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "tuffier.tflite"
AGREE_MM = 0.1
TARGET = "facet"  # what the bundled recording is a recording of
LEAST_CONFIDENCE = 0.5  # about what a target needs to be shown
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "litert, numpy 1.24": ("numpy==1.24.2", "ml_dtypes==0.5.4"),
    "litert, numpy 1.26": ("numpy==1.26.4", "ml_dtypes==0.5.4"),
    "litert, numpy 2": ("numpy==2.4.6",),
    "tflite, numpy 1.26": ("tflite-runtime==2.14.0", "numpy==1.26.4", "ml_dtypes==0.5.4"),
}
TESTING = ("pytest", "hypothesis", "scipy", "av")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="run tests/unit in each, too")
    options = parser.parse_args()
    answers: dict[str, list[dict[str, Any]]] = {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="tuffier-environments-") as folder:
        for name, packages in ENVIRONMENTS.items():
            python = _environment(Path(folder) / name.replace(", ", "-").replace(" ", "-"), packages, testing=options.tests)
            answers[name] = _replayed(python, name)
            pointing = sum(answer["state"] == "pointing" for answer in answers[name])
            print(f"{name}: {len(answers[name])} frames, {pointing} pointing", flush=True)
            if options.tests:
                done = subprocess.run([python, "-m", "pytest", "-q", "tests/unit"], cwd=ROOT, check=False)
                failed |= done.returncode != 0
    for one, other in combinations(answers, 2):
        worst_mm, compared = _worst_mm(answers[one], answers[other])
        failed |= worst_mm > AGREE_MM or compared == 0
        print(f"{one} against {other}: {compared} targets decoded by both, furthest apart {worst_mm:.4f} mm")
    print("FAILED" if failed else f"all agree within {AGREE_MM} mm")
    return int(failed)


def _environment(folder: Path, packages: tuple[str, ...], *, testing: bool) -> str:
    """A new virtual environment with tuffier and these packages; its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    wanted = [*packages, *(TESTING if testing else ())]
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", str(ROOT), *wanted], check=True)
    return python


def _replayed(python: str, name: str) -> list[dict[str, Any]]:
    """The bundled recording's frames through the model in that environment."""
    command = [python, "-m", "edge.cli", "replay", "recording:demonstration?from=frames", "--json", "-"]
    runtime = name.split(",")[0]
    done = subprocess.run(command, env={"TUFFIER_RUNTIME": runtime, "PATH": "/usr/bin:/bin"}, cwd=ROOT, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _worst_mm(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> tuple[float, int]:
    """Furthest distance between the same decoded target landmark in two environments, before any tracking, and how many were compared: those of
    which one of the two has LEAST_CONFIDENCE."""
    apart = [
        hypot((p[0] - q[0]) * a["mm_per_px"][0], (p[1] - q[1]) * a["mm_per_px"][1])
        for a, b in zip(one, other, strict=True)
        for p, q in _same_points(a, b)
        if max(p[2], q[2]) >= LEAST_CONFIDENCE
    ]
    return max(apart, default=0.0), len(apart)


def _same_points(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[list[float], list[float]]]:
    """Both environments' points of the recording's target, where both see the same view and as many of them."""
    if a["view"] != b["view"] or not a["landmarks_px"] or not b["landmarks_px"]:
        return []
    here, there = a["landmarks_px"].get(TARGET, []), b["landmarks_px"].get(TARGET, [])
    return list(zip(here, there, strict=True)) if len(here) == len(there) else []


if __name__ == "__main__":
    sys.exit(main())
