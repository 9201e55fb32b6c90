"""What drives a started image (booted.py), as far as it needs no image."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.system.booted import moment
from tests.system.card import MIB, SECTOR, Card, OnCard
from tests.system.uml import CAMERA_DRIVER, MODULES, memory_disk, with_needed

COUNTS = """import os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
for number in range(10**9):
    for at in (0, 1 << 20):
        os.pwrite(file, number.to_bytes(8), at)
"""
TABLE = """label: dos
start=2048, size=2048
start=4096, size=16384
start=20480, size=16384
start=36864
"""
DRIVER = f"kernel/{CAMERA_DRIVER}.ko"
needs_tools = pytest.mark.skipif(shutil.which("busybox") is None or shutil.which("cpio") is None, reason="busybox and cpio are not there")


def modules_in(folder: Path, *more: str) -> Path:
    for name in (*(f"kernel/{name}.ko" for name in MODULES), *more):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_a_module_goes_behind_those_that_it_needs(tmp_path: Path) -> None:
    (tmp_path / "modules.dep").write_text(f"kernel/mc.ko:\n{DRIVER}: kernel/videodev.ko kernel/mc.ko\nkernel/videodev.ko: kernel/mc.ko\n")
    assert [path.name for path in with_needed(tmp_path, DRIVER)] == ["mc.ko", "videodev.ko", "vivid.ko"]


@needs_tools
def test_a_run_that_was_killed_goes_on_in_its_folder(tmp_path: Path) -> None:
    modules = modules_in(tmp_path / "modules")
    memory_disk(tmp_path, modules)
    assert memory_disk(tmp_path, modules).stat().st_size > 0


@needs_tools
def test_only_a_kernel_that_has_the_camera_brings_it(tmp_path: Path) -> None:
    modules = modules_in(tmp_path / "modules")
    memory_disk(tmp_path, modules)
    assert not (tmp_path / "memory-disk/modules/camera").exists()
    modules_in(modules, DRIVER, "kernel/mc.ko")
    (modules / "modules.dep").write_text(f"{DRIVER}: kernel/mc.ko\n")
    memory_disk(tmp_path, modules)
    assert (tmp_path / "memory-disk/modules/camera").read_text() == "mc.ko\nvivid.ko\n"


def test_the_moments_of_a_seed_stay_and_lie_on_both_sides_of_the_restart() -> None:
    moments = [moment(26, number) for number in range(1, 21)]
    assert moments == [moment(26, number) for number in range(1, 21)]
    assert {at.restarts for at in moments} == {0, 1}
    assert all(0 <= at.share <= 1.1 for at in moments)


@pytest.mark.skipif(shutil.which("sfdisk") is None, reason="sfdisk is not there")
def test_a_spoilt_slot_is_whole_again_only_when_all_of_it_is_written(tmp_path: Path) -> None:
    version = random.Random(26).randbytes(6 * MIB)
    image = tmp_path / "image"
    image.write_bytes(bytes(20 * MIB))
    subprocess.run(["sfdisk", "-q", str(image)], input=TABLE, text=True, check=True)
    (tmp_path / "folder").mkdir()
    card = Card(image, tmp_path / "folder")
    whole = hashlib.sha256(version).hexdigest()

    def write(size: int) -> str:
        with card.disk.open("r+b") as disk:
            disk.seek(20480 * SECTOR)
            disk.write(version[:size])
        return card.digest("B", len(version))

    assert write(len(version)) == whole
    assert write(3 * MIB) == whole  # what a cut leaves where the slot held this version before
    card.spoil("B", len(version))
    assert write(3 * MIB) != whole
    assert write(len(version)) == whole


def counts_in(disk: Path) -> tuple[int, int]:
    content = disk.read_bytes()
    return int.from_bytes(content[:8]), int.from_bytes(content[1 << 20 : (1 << 20) + 8])


def test_a_copy_is_the_card_of_one_moment_and_the_machine_goes_on(tmp_path: Path) -> None:
    card = Card.__new__(Card)
    card.disk = tmp_path / "card.img"
    machine = OnCard(card, (), tmp_path)
    with subprocess.Popen([sys.executable, "-c", COUNTS, str(card.disk)]) as machine.emulator:
        try:
            end_s, seen = time.monotonic() + 60, 0
            while seen < 5 and time.monotonic() < end_s:
                if card.disk.exists() and card.disk.stat().st_size > 1 << 20:
                    machine.copy_as_cut(tmp_path / "copy.img")
                    first, second = counts_in(tmp_path / "copy.img")
                    assert first - second in (0, 1)
                    assert counts_in(card.disk)[0] >= first
                    seen += 1
        finally:
            machine.emulator.kill()
    assert seen == 5
    machine.copy_as_cut(tmp_path / "copy.img")
    assert counts_in(tmp_path / "copy.img") == counts_in(card.disk)
