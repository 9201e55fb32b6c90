"""A release is built twice, from two clones in two folders, and compared."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = [name for name in ("arm-none-eabi-gcc", "avr-gcc", "git") if shutil.which(name) is None]


def build(folder: Path) -> dict[str, bytes]:
    """The files of a release from a clone of its own."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "clone")], check=True)
    made = folder / "release"
    environment = {**os.environ, "TUFFIER_PYTHON": sys.executable}
    subprocess.run(["sh", str(folder / "clone/systemd/release.sh"), str(made)], env=environment, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in made.iterdir()}


@pytest.mark.slow
@pytest.mark.skipif(bool(NEEDED), reason=f"not here: {', '.join(NEEDED)}")
def test_two_releases_of_a_commit_are_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "another name").mkdir()
    first, second = build(tmp_path / "first"), build(tmp_path / "another name")
    assert first == second
    sums = dict(line.split()[::-1] for line in first["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in first.items() if name != "SHA256SUMS"}
    (wheel,) = (name for name in first if name.endswith(".whl"))
    with zipfile.ZipFile(tmp_path / "first/release" / wheel) as packed:
        for image in ("tuffier-pico.uf2", "tuffier-mega.hex"):
            assert packed.read(f"firmware_bridge/c/images/{image}") == first[image]
            assert sums[image] in packed.read("firmware_bridge/c/images/SHA256SUMS").decode()
    assert json.loads(first["tuffier.cdx.json"])["bomFormat"] == "CycloneDX"
