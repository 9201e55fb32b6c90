"""Which of the two slots starts next, as the boot loader reads it.

Rule 1: the slot that is kept changes only when the one that runs is found good. Rule 2: a slot on trial starts once; whatever ends that start, the
kept one is next. Rule 3: what the boot loader reads is one sector, overwritten in place: a power cut leaves the old or the new one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Slot = Literal["A", "B"]
SECTOR = 512
GRUB_SIZE = 1024  # of a GRUB environment block; what stands in it ends in its first sector
GRUB_HEAD = "# GRUB Environment Block\n"
PARTITIONS: dict[Slot, int] = {"A": 2, "B": 3}  # of a Raspberry Pi's card: the slots' own boot partitions
GRUB_FILE, PI_FILE = "grubenv", "autoboot.txt"


class SlotError(RuntimeError):
    """The boot loader's file is not there or cannot be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Slots:
    """kept: what starts. trial: what starts once instead, next."""

    kept: Slot = "A"
    trial: Slot | None = None


def other(slot: Slot) -> Slot:
    return "B" if slot == "A" else "A"


def slot_named(name: str) -> Slot:
    """Raises SlotError."""
    if name == "A":
        return "A"
    if name == "B":
        return "B"
    raise SlotError(f"no slot {name!r}: A or B")


def primary(slots: Slots) -> Slot:
    """What starts next."""
    return slots.trial or slots.kept


def tried_next(slots: Slots, slot: Slot) -> Slots:
    return replace(slots, trial=None if slot == slots.kept else slot)


def found_good(slot: Slot) -> Slots:
    return Slots(kept=slot)


def found_bad(slots: Slots, slot: Slot) -> Slots:
    """Neither kept nor tried: the other one starts."""
    return Slots(other(slot)) if slot == slots.kept else replace(slots, trial=None)


def is_good(slots: Slots, slot: Slot) -> bool:
    return slot in (slots.kept, slots.trial)


# --- what the boot loaders read ---


def grub_text(slots: Slots) -> bytes:
    """A GRUB environment block. image/grub.cfg reads it, and clears the trial before it starts one."""
    said = f"{GRUB_HEAD}slot={slots.kept}\ntrial={slots.trial or ''}\n"
    return said.encode().ljust(GRUB_SIZE, b"#")


def slots_of_grub(text: bytes) -> Slots:
    """What is odd or missing is as at the first start."""
    found = dict(line.split("=", 1) for line in text.decode("ascii", "replace").splitlines() if "=" in line)
    kept: Slot = "B" if found.get("slot") == "B" else "A"
    trial = found.get("trial")
    return Slots(kept, None if trial not in PARTITIONS or trial == kept else slot_named(trial))


def pi_text(slots: Slots) -> bytes:
    """autoboot.txt of a Raspberry Pi (its documentation, "autoboot.txt"): [tryboot] holds for one start that asks for it, by `reboot "0 tryboot"`."""
    said = f"[all]\ntryboot_a_b=1\nboot_partition={PARTITIONS[slots.kept]}\n[tryboot]\nboot_partition={PARTITIONS[primary(slots)]}\n"
    return said.encode().ljust(SECTOR, b"\n")


def slots_of_pi(text: bytes) -> Slots:
    found = [line.partition("=")[2].strip() for line in text.decode("ascii", "replace").splitlines() if line.startswith("boot_partition=")]
    slots: list[Slot] = ["B" if number == str(PARTITIONS["B"]) else "A" for number in (*found, *found[-1:], "2", "2")]
    return Slots(slots[0], None if slots[1] == slots[0] else slots[1])


def read(folder: Path) -> Slots:
    """Of the boot partition. Raises SlotError."""
    path = _file(folder)
    return slots_of_grub(path.read_bytes()) if path.name == GRUB_FILE else slots_of_pi(path.read_bytes())


def write(folder: Path, slots: Slots) -> None:
    """Rule 3. Raises SlotError, OSError."""
    path = _file(folder)
    content = grub_text(slots) if path.name == GRUB_FILE else pi_text(slots)
    handle = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(handle, content, 0)
        os.fsync(handle)
    finally:
        os.close(handle)


def is_pi(folder: Path) -> bool:
    return _file(folder).name == PI_FILE


def _file(folder: Path) -> Path:
    for name in (GRUB_FILE, PI_FILE):
        if (folder / name).is_file():
            return folder / name
    raise SlotError(f"{folder} holds neither {GRUB_FILE} nor {PI_FILE}: this board has no second slot")
