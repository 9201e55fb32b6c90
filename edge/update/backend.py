"""What RAUC asks of the boot loader (its reference, "Custom Bootloader Backend Interface"): python -m edge.update.backend get-primary, ..."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge.update import places, slots
from edge.update.slots import SlotError, Slots


def main(argv: Sequence[str]) -> int:
    """Exit status 0; 1 with a line that says why."""
    try:
        said = answer(places.here().boot, list(argv))
    except (SlotError, OSError) as error:
        print(f"slots: {error}", file=sys.stderr)
        return 1
    if said:
        print(said)
    return 0


def answer(boot: Path, words: list[str]) -> str:
    """One question. Raises SlotError, OSError."""
    match words:
        case ["get-primary"]:
            return slots.primary(slots.read(boot))
        case ["set-primary", name]:
            return _change(boot, slots.tried_next(slots.read(boot), slots.slot_named(name)))
        case ["get-state", name]:
            return "good" if slots.is_good(slots.read(boot), slots.slot_named(name)) else "bad"
        case ["set-state", name, "good"]:
            return _change(boot, slots.found_good(slots.slot_named(name)))
        case ["set-state", name, "bad"]:
            return _change(boot, slots.found_bad(slots.read(boot), slots.slot_named(name)))
        case _:
            raise SlotError(f"RAUC asks {' '.join(words)!r}, which this board does not know")


def _change(boot: Path, wanted: Slots) -> str:
    with writable(boot):
        slots.write(boot, wanted)
    return ""


@contextmanager
def writable(boot: Path) -> Iterator[None]:
    """The boot partition is read-only but for this moment; a folder that is no mount is left alone."""
    mounted = boot.is_mount()
    if mounted:
        subprocess.run(["mount", "-o", "remount,rw", str(boot)], check=False)
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(boot)], check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
