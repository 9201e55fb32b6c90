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

from firmware_bridge.flash import OPENSSL

ROOT = Path(__file__).resolve().parents[2]
NEEDED = [name for name in ("arm-none-eabi-gcc", "avr-gcc", "git", "openssl") if shutil.which(name) is None]


def build(folder: Path, key: Path, certificate: Path) -> dict[str, bytes]:
    """The files of a release from a clone of its own, signed."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "clone")], check=True)
    made = folder / "release"
    environment = {**os.environ, "TUFFIER_PYTHON": sys.executable}
    command = ["sh", str(folder / "clone/systemd/release.sh"), "--sign", str(key), str(certificate), str(made)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in made.iterdir()}


def make_key(folder: Path) -> tuple[Path, Path]:
    key, site = folder / "site.key", folder / "site.pem"
    kind = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=site")
    subprocess.run(["openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(site)], check=True, capture_output=True)
    return key, site


def verified(path: Path, site: Path) -> bool:
    return subprocess.run([*OPENSSL, "-in", f"{path}.p7s", "-content", str(path), "-CAfile", str(site)], check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(bool(NEEDED), reason=f"not here: {', '.join(NEEDED)}")
def test_two_releases_of_a_commit_are_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "another name").mkdir()
    key, site = make_key(tmp_path)
    first, second = build(tmp_path / "first", key, site), build(tmp_path / "another name", key, site)
    assert first == second
    sums = dict(line.split()[::-1] for line in first["SHA256SUMS"].decode().splitlines())
    summed = {name: content for name, content in first.items() if name != "SHA256SUMS" and not name.endswith(".p7s")}
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in summed.items()}
    assert {"SHA256SUMS.p7s", "tuffier-pico.uf2.p7s", "tuffier-mega.hex.p7s"} <= first.keys()
    assert verified(tmp_path / "first/release/SHA256SUMS", site)
    (wheel,) = (name for name in first if name.endswith(".whl"))
    with zipfile.ZipFile(tmp_path / "first/release" / wheel) as packed:
        for image in ("tuffier-pico.uf2", "tuffier-mega.hex"):
            assert packed.read(f"firmware_bridge/c/images/{image}") == first[image]
            assert sums[image] in packed.read("firmware_bridge/c/images/SHA256SUMS").decode()
    assert json.loads(first["tuffier.cdx.json"])["bomFormat"] == "CycloneDX"


def test_an_image_is_released_only_with_a_signature(tmp_path: Path) -> None:
    command = ["sh", str(ROOT / "systemd/release.sh"), "--image", "amd64", "", str(tmp_path / "release")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--image needs --sign before it" in done.stderr
    assert not (tmp_path / "release").exists()
