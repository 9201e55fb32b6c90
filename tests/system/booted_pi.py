"""The built arm64 image of a card with two slots, really started: its own kernel, root, systemd, RAUC and commands, on QEMU's `virt` board.

python -m tests.system.booted_pi --card CARD --site SITE.pem --key SITE.key --folder F [--cuts 20] [--steps N ...]
CARD is what `systemd/image.sh --arch arm64 --test --slots SITE.pem --output CARD` made, with CARD.root.ext4 and CARD.boot.vfat beside it. As root.
Steps, cuts, and a run that goes on in its folder: booted.py.
Needs: qemu-system-arm device-tree-compiler mtools rauc squashfs-tools

The board is no Pi, and a Pi's firmware is not there. What it does is written here after Raspberry Pi's documentation ("autoboot.txt", "config.txt"):
it chooses the boot partition, takes kernel, initramfs and cmdline.txt from it, and says in the device tree whether it was asked for a trial. The
board's disk and sticks are virtio's, its clock counts its instructions. The console is added to the image's own cmdline.txt, the rest is the image's.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from edge.update import slots
from edge.update.slots import Slot
from tests.system.booted import begun, common_words, gone_through
from tests.system.card import WAIT_S, Card, OnCard
from tests.system.machine import OWN_CLOCK

EMULATOR, PROCESSOR = "qemu-system-aarch64", (*OWN_CLOCK, "-cpu", "cortex-a72")
MEMORY_MB = 1024
TRIAL_ASKED = b"Restarting system with command '0 tryboot'"
COMPATIBLE = "tuffier-arm64"


class PiCard(Card):
    """The first partition is the firmware's and the technician's; each slot has a boot partition and a root."""

    boot_file = slots.PI_FILE
    roots: Mapping[Slot, int] = MappingProxyType({"A": 5, "B": 6})

    def file(self, name: str, partition: int) -> Path:
        """A copy of a boot partition's file."""
        to = self._folder / "boot" / name
        to.parent.mkdir(exist_ok=True)
        self.copy_out(name, to, partition)
        return to


def boot_partition(autoboot: str, *, trial: bool) -> int:
    """What the firmware takes: the last line that holds, of the sections [all] and, in a start that asks for a trial, [tryboot]."""
    holds, found = True, 1
    for line in map(str.strip, autoboot.splitlines()):
        if line.startswith("["):
            holds = line == "[all]" or (line == "[tryboot]" and trial)
        elif holds and line.startswith("boot_partition="):
            found = int(line.partition("=")[2])
    return found


def started_files(config: str) -> tuple[str, str]:
    """Kernel and initramfs, as config.txt names them: the last of each."""
    kernels = re.findall(r"^kernel=(\S+)", config, re.MULTILINE)
    memory_disks = re.findall(r"^initramfs (\S+)", config, re.MULTILINE)
    return kernels[-1], memory_disks[-1]


class Board(OnCard):
    """The card in an arm64 board, and what stands in for a Pi's firmware."""

    def __init__(self, card: PiCard, sticks: Sequence[Path], folder: Path) -> None:
        super().__init__(card, sticks, folder)
        self.boots = card

    def start(self) -> None:
        trial = self._trial_asked()
        number = boot_partition(self.boots.file(slots.PI_FILE, 1).read_text(), trial=trial)
        names = started_files(self.boots.file("config.txt", number).read_text())
        kernel, memory_disk = (self.boots.file(name, number) for name in names)
        words = self.boots.file("cmdline.txt", number).read_text().strip()
        print(f"     start {self.starts + 1}: boot partition {number}{', a trial' if trial else ''}: {words}", flush=True)
        command = ["-nodefaults", "-display", "none", "-no-reboot", "-kernel", str(kernel), "-initrd", str(memory_disk)]
        command += ["-append", f"{words} console=ttyAMA0 panic=10", "-dtb", str(self._tree(trial=trial)), *self.drives()]
        self.launch(command, memory_mb=MEMORY_MB, wait_s=WAIT_S, board=(EMULATOR, "-M", "virt", *PROCESSOR))

    def _trial_asked(self) -> bool:
        """The last start ended in a restart by `reboot "0 tryboot"`; after a power cut nothing is asked."""
        console = self.folder / f"console{self.starts}.log"
        return console.exists() and TRIAL_ASKED in console.read_bytes()

    def _tree(self, *, trial: bool) -> Path:
        """The board's device tree, with what the firmware says in it: how it was asked to start."""
        path = self.folder / "board.dtb"
        told = [EMULATOR, "-M", f"virt,dumpdtb={path}", *PROCESSOR, "-m", str(MEMORY_MB)]
        subprocess.run(told, check=True, capture_output=True)
        subprocess.run(["fdtput", "-p", "-t", "i", str(path), "/chosen/bootloader", "tryboot", str(int(trial))], check=True)
        return path

    def shell_words(self, path: Path) -> Sequence[str]:
        """The board's own serial line is ttyAMA0, and ttyS1 the second of these."""
        return ("-device", "pci-serial", "-chardev", f"socket,id=shell,path={path},server=on,wait=off", "-device", "pci-serial,chardev=shell")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common_words(parser)
    options = parser.parse_args()
    at = begun(options, COMPATIBLE, "--boot", f"{options.card}.boot.vfat")
    return gone_through(options, at, lambda sticks: Board(PiCard(options.card, options.folder), sticks, options.folder))


if __name__ == "__main__":
    sys.exit(main())
