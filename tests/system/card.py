"""A card that was built with two slots, and the machine that it is in. Not a test."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.update import slots
from edge.update.slots import Slot, Slots
from tests.system.machine import PC, PC_OWN_CLOCK, Machine

MIB = 1 << 20
PIECE = 4 * MIB
SLOWNESS = 4.0
WAIT_S = 3600.0  # nobody waits for a busy machine in vain
SECTOR = 512


class Card:
    """A copy of the card: what its boot loader reads, and what its slots hold. boot_file: of its first partition; roots: each slot's partition."""

    boot_file: str = slots.GRUB_FILE
    roots: Mapping[Slot, int] = slots.PARTITIONS

    def __init__(self, image: Path, folder: Path) -> None:
        self.disk, self._folder = folder / "card.img", folder
        if not self.disk.exists():
            subprocess.run(["cp", "--sparse=always", str(image), str(self.disk)], check=True)
        table = subprocess.run(["sfdisk", "-d", str(self.disk)], capture_output=True, text=True, check=True).stdout
        lines = [line for line in table.splitlines() if "start=" in line]
        self._starts = [int(line.split("start=")[1].split(",")[0]) * SECTOR for line in lines]
        self._sizes = [int(line.split("size=")[1].split(",")[0]) * SECTOR for line in lines]

    def copy_out(self, name: str, to: Path, partition: int = 1) -> None:
        """A file of a FAT partition; the first is the boot loader's and the technician's."""
        subprocess.run(["mcopy", "-n", "-o", "-i", f"{self.disk}@@{self._starts[partition - 1]}", f"::{name}", str(to)], check=True)

    def copy_in(self, file: Path, name: str) -> None:
        subprocess.run(["mcopy", "-n", "-o", "-i", f"{self.disk}@@{self._starts[0]}", str(file), f"::{name}"], check=True)

    def state(self, wanted: Slots | None = None) -> Slots:
        boot = self._folder / "boot"
        boot.mkdir(exist_ok=True)
        self.copy_out(self.boot_file, boot / self.boot_file)
        if wanted is not None:
            slots.write(boot, wanted)
            self.copy_in(boot / self.boot_file, self.boot_file)
        return slots.read(boot)

    def digest(self, slot: Slot, size: int) -> str:
        """Of a slot's first bytes, as many as its image has."""
        found = hashlib.sha256()
        with self.disk.open("rb") as disk:
            disk.seek(self._starts[self.roots[slot] - 1])
            for at in range(0, size, PIECE):
                found.update(disk.read(min(PIECE, size - at)))
        return found.hexdigest()

    def spoil(self, slot: Slot, size: int) -> None:
        """No piece of a slot's first bytes is of a version any more: written half, it is none."""
        with self.disk.open("r+b") as disk:
            for at in range(0, size, PIECE):
                disk.seek(self._starts[self.roots[slot] - 1] + at)
                disk.write(b"spoilt ")


class OnCard(Machine):
    """A machine with the card and sticks in it."""

    def __init__(self, card: Card, sticks: Sequence[Path], folder: Path) -> None:
        self.card, self.sticks, self.folder, self.slowness = card, sticks, folder, SLOWNESS
        self.emulator: subprocess.Popen[bytes] | None = None
        self.shell: socket.socket | None = None
        self.starts = 0

    def drives(self) -> list[str]:
        """QEMU's words: the card is its first disk, vda, the sticks follow."""
        disks = [(self.card.disk, "off"), *((stick, "on") for stick in self.sticks)]
        return [word for disk, kept in disks for word in ("-drive", f"file={disk},if=virtio,format=raw,readonly={kept}")]

    def writers(self) -> list[int]:
        """The processes that write the card; none between two starts."""
        assert self.emulator is not None
        return [] if self.emulator.poll() is not None else [self.emulator.pid]

    def copy_as_cut(self, to: Path) -> None:
        """The card as a power cut would leave it at this moment. The machine is held meanwhile, and goes on."""
        held = self.writers()
        try:
            for pid in held:
                os.kill(pid, signal.SIGSTOP)
            while not all(stands(pid) for pid in held):
                time.sleep(0.01)
            subprocess.run(["cp", "--sparse=always", str(self.card.disk), str(to)], check=True)
        finally:
            for pid in held:
                os.kill(pid, signal.SIGCONT)

    def follow(self) -> None:
        """It restarts by itself."""
        assert self.emulator is not None
        self.emulator.wait(WAIT_S)
        self.cut()
        self.start()


def stands(pid: int) -> bool:
    """Every thread of a process is stopped, or ended; none is within a write."""
    states = [path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state in "TtZX" for state in states)


class Qemu(OnCard):
    """The card in a PC: the image's own GRUB and kernel. At load 10 its systemd gives up on its disks; on an idle machine it is up in 40 s.
    network: its words for QEMU, none without; within: what starts it in another network namespace; own_clock: see machine.py."""

    own_clock = False
    network: Sequence[str] = ()
    within: Sequence[str] = ()

    def start(self) -> None:
        command = ["-nodefaults", "-display", "none", "-vga", "std", "-no-reboot"]
        command += [*self.drives(), *self.network]
        self.launch(command, memory_mb=1024, wait_s=WAIT_S, within=self.within, board=PC_OWN_CLOCK if self.own_clock else PC)
