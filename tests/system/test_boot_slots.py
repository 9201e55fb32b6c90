"""The boot loader of a card with two slots, really started: GRUB with image/grub.cfg in QEMU, a real kernel, and an initial memory disk that says
which slot it was started from. No tuffier runs in it. A power cut is the end of the emulator.

TUFFIER_TEST_KERNEL names a kernel with what Debian's have built in; without it that of /boot.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from edge.update import slots
from edge.update.slots import Slots

ROOT = Path(__file__).resolve().parents[2]
KERNELS = [Path(os.environ["TUFFIER_TEST_KERNEL"])] if "TUFFIER_TEST_KERNEL" in os.environ else sorted(Path("/boot").glob("vmlinuz-*"))
PROGRAMS = ("qemu-system-x86_64", "grub-mkimage", "mkfs.vfat", "mcopy", "mke2fs", "sfdisk", "cpio", "busybox")
MISSING = [
    *(name for name in PROGRAMS if shutil.which(name) is None),
    *([] if Path("/usr/lib/grub/i386-pc/boot.img").is_file() else ["grub-pc-bin"]),
    *([] if KERNELS else ["a kernel"]),
]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=f"not here: {', '.join(MISSING)}")]
MIB = 1 << 20
FAT_MIB, SLOT_MIB = 8, 40
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
echo "STARTED $(/bin/busybox cat /proc/cmdline)" >/dev/ttyS0
/bin/busybox sleep 1
/bin/busybox poweroff -f
"""


class Card:
    """A disk image as systemd/image.sh --slots lays it out: FAT, slot A, slot B."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.disk, self._starts = folder, folder / "disk.img", 0
        boot = folder / "boot"
        subprocess.run(["sh", str(ROOT / "systemd/image/grub.sh"), str(boot), str(folder / "before")], check=True)
        self._fat, slot = folder / "fat", folder / "slot.ext4"
        subprocess.run(["mkfs.vfat", "-C", str(self._fat), str(FAT_MIB * 1024)], check=True, capture_output=True)
        subprocess.run(["mcopy", "-i", str(self._fat), str(boot / "grub.cfg"), str(boot / "grubenv"), "::"], check=True)
        tree = folder / "tree"
        tree.mkdir()
        shutil.copy(KERNELS[-1], tree / "vmlinuz")
        (tree / "initrd.img").write_bytes(memory_disk(folder / "initrd"))
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(slot), f"{SLOT_MIB}M"], check=True)
        table = f"label: dos\nlabel-id: 0x74756666\n2048,{FAT_MIB}M,c,*\n,{SLOT_MIB}M,83\n,{SLOT_MIB}M,83\n"
        with self.disk.open("wb") as out:
            out.truncate((1 + FAT_MIB + 2 * SLOT_MIB + 1) * MIB)
        subprocess.run(["sfdisk", "-q", str(self.disk)], input=table.encode(), check=True)
        before = (folder / "before").read_bytes()
        for at, content in ((0, before[:440]), (512, before[512:]), (MIB, self._fat.read_bytes())):
            self.put(at, content)
        for slot_name in ("A", "B"):
            self.put(self.slot_at(slot_name), slot.read_bytes())

    def slot_at(self, slot: str) -> int:
        return (1 + FAT_MIB + (0 if slot == "A" else SLOT_MIB)) * MIB

    def put(self, at: int, content: bytes) -> None:
        with self.disk.open("r+b") as out:
            out.seek(at)
            out.write(content)

    def state(self, wanted: Slots | None = None) -> Slots:
        """What the boot loader's file says; written there first, if that is wanted, by the board's own code."""
        with self.disk.open("rb") as disk:
            disk.seek(MIB)
            self._fat.write_bytes(disk.read(FAT_MIB * MIB))
        boot = self.folder / "read"
        boot.mkdir(exist_ok=True)
        subprocess.run(["mcopy", "-n", "-o", "-i", str(self._fat), "::grubenv", str(boot / "grubenv")], check=True)
        if wanted is not None:
            slots.write(boot, wanted)
            subprocess.run(["mcopy", "-n", "-o", "-i", str(self._fat), str(boot / "grubenv"), "::grubenv"], check=True)
            self.put(MIB, self._fat.read_bytes())
        return slots.read(boot)

    def start(self, until: str = "STARTED .*\n", most_s: float = 900.0) -> str:
        """Until the console says so; then the power is cut. Returns what it said."""
        self._starts += 1
        console = self.folder / f"console{self._starts}"
        # its clock counts instructions: on a busy machine a kernel finds that another clock's timer does not work, and gives up
        command = ["qemu-system-x86_64", "-accel", "tcg,thread=single", "-icount", "shift=1,sleep=off", "-cpu", "Nehalem", "-m", "256"]
        command += ["-display", "none", "-nic", "none", "-no-reboot"]
        command += ["-drive", f"file={self.disk},format=raw,if=ide", "-serial", f"file:{console}"]
        emulator = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end_s, said = time.monotonic() + most_s, ""
        while re.search(until, said) is None:
            assert time.monotonic() < end_s, said[-2000:]
            assert emulator.poll() is None or re.search(until, console.read_text(errors="replace")), said[-2000:]
            time.sleep(0.1)
            said = console.read_text(errors="replace") if console.exists() else ""
        emulator.kill()
        emulator.wait()
        return said


def memory_disk(folder: Path) -> bytes:
    (folder / "bin").mkdir(parents=True)
    shutil.copy(str(shutil.which("busybox")), folder / "bin/busybox")
    (folder / "init").write_text(INIT)
    (folder / "init").chmod(0o755)
    packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=b"init\nbin\nbin/busybox\n", cwd=folder, capture_output=True, check=True)
    return gzip.compress(packed.stdout, 1)


def test_a_slot_on_trial_is_started_once_and_the_kept_one_after_any_end_of_it(tmp_path: Path) -> None:
    card = Card(tmp_path)
    assert "rauc.slot=A " in card.start()
    card.state(Slots("A", "B"))
    assert re.search(r"STARTED .*root=PARTUUID=74756666-03 ro rauc\.slot=B tuffier\.trial", card.start())
    assert card.state() == Slots("A"), "the boot loader has cleared it"
    assert "rauc.slot=A " in card.start()
    card.state(Slots("B"))
    assert re.search(r"STARTED .*rauc\.slot=B  ?console", card.start())


def test_the_power_cut_while_the_boot_loader_starts_a_trial_leaves_the_kept_slot(tmp_path: Path) -> None:
    card = Card(tmp_path)
    card.state(Slots("B", "A"))
    card.start("starting slot A tuffier.trial")
    assert card.state() == Slots("B")
    assert "rauc.slot=B " in card.start()


def test_a_slot_without_a_system_is_passed_over(tmp_path: Path) -> None:
    card = Card(tmp_path)
    card.put(card.slot_at("B"), bytes(SLOT_MIB * MIB))
    card.state(Slots("A", "B"))
    said = card.start()
    assert "slot B has no system" in said
    assert "rauc.slot=A " in said
    card.state(Slots("B"))
    assert "rauc.slot=A " in card.start()
