"""How many instructions model and path take on a Pi 4's processor (Cortex-A72), a stage at a time, counted under qemu-user.

    apt install qemu-user mmdebstrap gcc
    python -m tests.bench.aarch64 --root ~/.cache/tuffier-aarch64 --json counts.json

The first run fetches Debian's arm64 Python and the aarch64 wheels of the packages that are installed here (300 MB, some minutes); the counting
takes a minute on an idle machine. Counts do not depend on load. They say nothing of caches or of how many instructions a processor does at once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edge.judge.screens import screens

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
FORMATS = ("grey", "YUYV", "MJPEG")
PICTURES = 8
DEBIAN = "python3.11-minimal,libpython3.11-stdlib,libstdc++6,libgomp1,zlib1g,libffi8"
WHEELS = ("numpy", "ai-edge-litert", "pillow", "cobs", "pyserial", "mcap", "zstandard", "lz4")
GLIBC = (17, 24, 26, 27, 28, 31, 34, 35)
# a Raspberry Pi 4's, as the kernel shows it: the runtime and BLAS choose their kernels by it
CPUINFO = Path(__file__).parents[3] / "systemd" / "image" / "cpuinfo.cortex-a72"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.aarch64", description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path.home() / ".cache" / "tuffier-aarch64", help="where the arm64 system is kept")
    parser.add_argument("--frames", type=int, default=5, help="of which the median is taken")
    parser.add_argument("--json", type=Path, help="where to write all counts")
    options = parser.parse_args()
    missing = [name for name in ("qemu-aarch64", "mmdebstrap", "gcc") if shutil.which(name) is None]
    if missing:
        print(f"{missing[0]} is missing: apt install qemu-user mmdebstrap gcc", file=sys.stderr)
        return 2
    if not (options.root / "site").exists():
        build(options.root)
    found = count(options.root, options.frames)
    if options.json:
        options.json.write_text(json.dumps({"instructions": found, "versions": versions()}, indent=1))
    print(table(found))
    return 0


def build(root: Path) -> None:
    """Debian's Python of the arm64 architecture, unpacked and not installed, and the wheels beside it."""
    root.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mmdebstrap", "--architectures=arm64", "--variant=extract", f"--include={DEBIAN}", "bookworm", str(root)], check=True)
    (root / "proc").mkdir(exist_ok=True)
    shutil.copy(CPUINFO, root / "proc" / "cpuinfo")
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in GLIBC] + ["--platform=manylinux2014_aarch64"]
    with tempfile.TemporaryDirectory() as folder:
        for name in WHEELS:
            wanted = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--python-version=311", *platforms]
            subprocess.run([*wanted, "-d", folder, f"{name}=={metadata.version(name)}"], check=True)
        for wheel in Path(folder).glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(root / "site.part")
    (root / "site.part").rename(root / "site")


def count(root: Path, frames: int) -> dict[str, int]:
    """Instructions by size and stage: medians over the frames, the marks' own taken off."""
    with tempfile.TemporaryDirectory() as folder:
        plugin, marks, labels, pictures = (Path(folder) / name for name in ("counter.so", "marks", "labels", "pictures.npz"))
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-o", plugin, HERE / "counter.c"], check=True)
        np.savez(pictures, **{name: np.stack(screens(size, PICTURES)) for name, size in SIZES.items()})  # type: ignore[arg-type]
        paths = os.pathsep.join((str(REPOSITORY), str(root / "site")))
        emulated = ["qemu-aarch64", "-L", root, "-cpu", "cortex-a72", "-plugin", f"{plugin},out={marks}", "-E", f"PYTHONPATH={paths}"]
        python = [root / "usr" / "bin" / "python3.11", HERE / "counted.py", pictures, labels, str(frames)]
        environment = {"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1", "HOME": folder}
        subprocess.run([str(word) for word in [*emulated, *python]], check=True, env=environment)
        at = [int(line) for line in marks.read_text().split()]
        found: dict[str, list[int]] = defaultdict(list)
        for index, label in enumerate(labels.read_text().splitlines()):
            found[label].append(at[2 * index + 1] - at[2 * index])
    own = median(found.pop("mark"))
    return {label: round(median(counts) - own) for label, counts in found.items()}


def versions() -> dict[str, Any]:
    return {name: metadata.version(name) for name in WHEELS}


def table(found: dict[str, int]) -> str:
    """Millions of instructions as Markdown: a row for each stage, then the sums."""
    stages = ["read " + kind for kind in FORMATS] + ["watch", "resample", "model", "brightness", "contrast", "decode", "guidance", "link"]
    stages += ["whole", "record", "first fit"]
    rows = {size: millions(found, size) for size in SIZES}
    lines = [f"| million A72 instructions | {' | '.join(SIZES)} |", "| --- |" + " ---: |" * len(SIZES)]
    lines += [f"| {stage} | " + " | ".join(f"{rows[size][stage]:.2f}" for size in SIZES) + " |" for stage in stages]
    for kind in FORMATS:
        shares = (rows[size][f"outside, {kind}"] for size in SIZES)
        lines.append(f"| outside the model, of model and path, {kind} | " + " | ".join(f"{share:.1f} %" for share in shares) + " |")
    return "\n".join(lines)


def millions(found: dict[str, int], size: str) -> dict[str, float]:
    """Each stage's count, and the share of what lies outside the model in percent."""
    by = {label.removeprefix(f"{size} "): number / 1e6 for label, number in found.items() if label.startswith(size)}
    by["guidance"] = by["behind"] - by["decode"]
    for kind in FORMATS:
        whole = by[f"read {kind}"] + by["whole"] + by["link"]
        by[f"outside, {kind}"] = 100 * (1 - by["model"] / whole)
    return by


if __name__ == "__main__":
    sys.exit(main())
