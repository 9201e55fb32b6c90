"""The layout of a card, by systemd/image/card.sh, of a tree that holds what a board's boot loader looks for. Nothing of it is started here: a Pi's
boot loader is not in any emulator; test_boot_slots.py and booted.py start a PC's, booted_pi.py a Pi's with a stand-in for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from edge.update import backend, slots
from edge.update.slots import Slots

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("genimage", "mke2fs", "debugfs", "mkfs.vfat", "mcopy", "sfdisk")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
GRUB = Path("/usr/lib/grub/i386-pc/boot.img")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not here: {', '.join(MISSING)}: sudo apt install genimage e2fsprogs dosfstools mtools")
CMDLINE = "console=tty1 root=/dev/mmcblk0p2 rw rootwait\n"  # as Debian's raspi-firmware writes it, about


@dataclass
class Card:
    image: Path

    def table(self) -> list[tuple[int, int, str]]:
        """Start and size in sectors, type, of each partition."""
        said = subprocess.run(["sfdisk", "-d", str(self.image)], capture_output=True, text=True, check=True).stdout
        assert "label-id: 0x74756666" in said, "fstab and system.conf name partitions by it"
        return [(int(a), int(b), c) for a, b, c in re.findall(r"start= *(\d+), size= *(\d+), type=(\w+)", said)]

    def file(self, partition: int, name: str) -> str:
        at = f"{self.image}@@{self.table()[partition - 1][0] * 512}"
        done = subprocess.run(["mtype", "-i", at, f"::{name}"], capture_output=True, check=False)
        return done.stdout.decode() if done.returncode == 0 else ""

    def label(self, partition: int) -> str:
        with self.image.open("rb") as opened:
            opened.seek(self.table()[partition - 1][0] * 512 + 1024 + 120)
            return opened.read(16).rstrip(b"\0").decode("ascii", "replace")


def card(folder: Path, kind: str, count: str) -> Card:
    tree = folder / "tree"
    (tree / "boot/firmware").mkdir(parents=True)
    (tree / "etc").mkdir()
    (tree / "etc/hostname").write_text("tuffier\n")
    for name, text in (("config.txt", "arm_64bit=1\n"), ("cmdline.txt", CMDLINE), ("start4.elf", "firmware"), ("kernel8.img", "kernel")):
        (tree / "boot/firmware" / name).write_text(text)
    out = folder / "card.img"
    subprocess.run(["sh", str(ROOT / "systemd/image/card.sh"), str(tree), kind, count, "8", str(out)], check=True, capture_output=True)
    return Card(out)


@pytest.mark.parametrize("kind", [pytest.param("pi", marks=pytest.mark.slow), *(["pc"] if GRUB.exists() else [])])
def test_the_same_tree_gives_the_same_card_at_any_time(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identities, hash seeds and times follow from SOURCE_DATE_EPOCH; where and when it was built does not get in."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = [card(tmp_path / name, kind, "two").image for name in ("one", "two")]
    beside = ["", ".root.ext4", *([".boot.vfat"] if kind == "pi" else [])]
    for suffix in beside:
        first, second = (sha256(Path(f"{image}{suffix}").read_bytes()).hexdigest() for image in made)
        assert first == second, suffix or "the card"
    root = f"{made[0]}.root.ext4"
    assert subprocess.run(["e2fsck", "-fn", root], capture_output=True, check=False).returncode == 0


def test_a_pi_s_card_has_two_slots_and_a_boot_file_that_the_board_s_own_code_reads_and_writes(tmp_path: Path) -> None:
    made = card(tmp_path, "pi", "two")
    kinds = [kind for *_, kind in made.table()]
    assert [kind.lower() for kind in kinds] == ["c", "c", "c", "f", "83", "83", "83"], "autoboot.txt names no partition beyond the fourth"
    starts = [start for start, *_ in made.table()]
    assert starts == sorted(starts)
    assert made.table()[1][1] == made.table()[2][1]
    assert made.table()[4][1] == made.table()[5][1]
    assert [made.label(number) for number in (5, 7)] == ["tuffier-root", "tuffier-data"]
    boot = tmp_path / "boot"
    boot.mkdir()
    (boot / slots.PI_FILE).write_text(made.file(1, "autoboot.txt"))
    assert (boot / slots.PI_FILE).stat().st_size == slots.SECTOR, "autoboot.txt has 512 bytes at most"
    assert slots.read(boot) == Slots("A")
    backend.answer(boot, ["set-primary", "B"])
    assert slots.read(boot) == Slots("A", "B")
    assert "start4.elf" in listing(made, 2)
    assert made.file(2, "cmdline.txt") == "console=tty1 ro rootwait root=PARTUUID=74756666-05 rauc.slot=A\n", "root is never writable, not even first"
    assert made.file(2, "config.txt") == "arm_64bit=1\n"
    assert made.file(3, "config.txt") == "", "slot B is empty"
    assert "hostname=" in made.file(1, "tuffier-setup.txt")


def listing(made: Card, partition: int) -> str:
    at = f"{made.image}@@{made.table()[partition - 1][0] * 512}"
    return subprocess.run(["mdir", "-b", "-i", at, "::"], capture_output=True, text=True, check=True).stdout


OTHERS = [("pi", "one", ["c", "83", "83"]), ("pc", "one", ["c", "83", "83"]), ("pc", "two", ["c", "83", "83", "83"])]


@pytest.mark.parametrize(("kind", "count", "kinds"), OTHERS)
def test_the_other_layouts(tmp_path: Path, kind: str, count: str, kinds: list[str]) -> None:
    if (kind, count) == ("pc", "two") and not GRUB.is_file():
        pytest.skip("not here: grub-pc-bin")
    made = card(tmp_path, kind, count)
    assert [found.lower() for *_, found in made.table()] == kinds
    assert [made.label(2), made.label(len(kinds))] == ["tuffier-root", "tuffier-data"]
    assert "hostname=" in made.file(1, "tuffier-setup.txt")
    if kind == "pi":
        assert made.file(1, "cmdline.txt") == CMDLINE.replace(" rw ", " ro ")
    if count == "two":
        assert "load_env" in made.file(1, "grub.cfg")
        assert slots.slots_of_grub(made.file(1, "grubenv").encode()) == Slots("A")
        assert made.image.read_bytes()[:440] == GRUB.read_bytes()[:440]


SLOTLESS = "console=tty1 rw rootwait root=ROOT rauc.slot=SLOT\n"


@pytest.mark.parametrize(("slot", "part"), [("A", 5), ("B", 6)])
def test_a_slot_is_written_into_a_kernel_s_line_that_says_none(tmp_path: Path, slot: str, part: int) -> None:
    (tmp_path / "cmdline.txt").write_text(SLOTLESS)
    run = ["sh", str(ROOT / "systemd/image/cmdline.sh"), slot, str(tmp_path / "cmdline.txt")]
    written = f"console=tty1 rw rootwait root=PARTUUID=74756666-0{part} rauc.slot={slot}\n"
    assert subprocess.run(run, check=False).returncode == 0
    assert (tmp_path / "cmdline.txt").read_text() == written
    other = [slots.other(slots.slot_named(slot)) if word == slot else word for word in run]
    assert subprocess.run(other, check=False).returncode != 0, "one that says a slot already is not taken for one that says none"
    assert (tmp_path / "cmdline.txt").read_text() == written


@pytest.mark.skipif(os.geteuid() != 0, reason="a hook mounts a boot partition: root only")
def test_a_bundle_s_hook_does_so_in_the_slot_that_it_was_installed_into(tmp_path: Path) -> None:
    card(tmp_path, "pi", "two")
    boot = tmp_path / "card.img.boot.vfat"
    ours = {**os.environ, "RAUC_SLOT_NAME": "boot.1", "RAUC_SLOT_DEVICE": str(boot)}
    done = subprocess.run(["sh", str(ROOT / "systemd/image/cmdline.sh"), "slot-post-install"], env=ours, capture_output=True, text=True, check=False)
    if "mount" in done.stderr:
        pytest.skip(f"no FAT can be mounted here: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0
    said = subprocess.run(["mtype", "-i", str(boot), "::cmdline.txt"], capture_output=True, text=True, check=True).stdout
    assert said.endswith(" root=PARTUUID=74756666-06 rauc.slot=B\n")
