"""Where an image keeps what an update reads and writes. Another tree may be named by TUFFIER_ROOT: tests do."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from edge.update.slots import Slot, SlotError, slot_named


@dataclass(frozen=True, slots=True)
class Places:
    """boot: the partition with the boot loader's file. kept: on the data partition, of no slot. running: what the kernel was started with."""

    boot: Path
    kept: Path
    running: Path
    boot_id: Path
    system: Path  # RAUC's system.conf


def here() -> Places:
    root = Path(os.environ.get("TUFFIER_ROOT", "/"))
    return Places(
        boot=root / "boot/firmware",
        kept=root / "var/lib/tuffier-update",
        running=root / "proc/cmdline",
        boot_id=root / "proc/sys/kernel/random/boot_id",
        system=root / "etc/rauc/system.conf",
    )


def running_slot(places: Places) -> Slot:
    """Raises SlotError where the board was not started from a slot."""
    found = re.search(r"(?:^|\s)rauc\.slot=(\S+)", places.running.read_text())
    if found is None:
        raise SlotError("this board was not started from a slot: an update is a new card, or install.sh")
    return slot_named(found[1])
